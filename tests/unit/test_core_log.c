/* Log lines: core/log.h. */
#include "assert_str.h"

#include <unistd.h>

#include "core/ctx.h"
#include "core/json.h"
#include "core/log.h"

OWN_CTX(c)
static char line[64 * 1024];
static int ends[2], real_stderr;

static void listen_to_stderr(void)
{
	assert_int_equal(pipe(ends), 0);
	real_stderr = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
}

/* What was written since, as JSON; NULL: nothing, or no JSON. */
static struct json *logged(void)
{
	ssize_t n;

	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(ends[1]);
	n = read(ends[0], line, sizeof(line) - 1);
	close(ends[0]);
	line[n > 0 ? n : 0] = '\0';
	return n > 0 ? json_parse(c, (str){ line, (size_t)n }) : NULL;
}

static void a_line_is_one_object_with_its_pairs(void **state)
{
	struct json *j;
	when t;

	(void)state;
	ctx_begin(c);
	strcpy(c->trace.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
	listen_to_stderr();
	log_line(c, LOG_WARN, "gateway \"slow\"", "order_id", S("o-1\nx"), "ms", S("31"));
	j = logged();
	assert_non_null(j);
	assert_true(when_parse(json_str(j, "time"), &t));
	assert_str(json_str(j, "level"), "warn");
	assert_str(json_str(j, "msg"), "gateway \"slow\"");
	assert_true(str_eq(json_str(j, "request_id"), c->request_id));
	assert_str(json_str(j, "trace_id"), "4bf92f3577b34da6a3ce929d0e0e4736");
	assert_str(json_str(j, "order_id"), "o-1\nx");
	assert_int_equal(json_length(j), 7);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void without_a_request_there_is_no_request_id(void **state)
{
	struct json *j;

	(void)state;
	listen_to_stderr();
	log_line(NULL, LOG_ERROR, "started");
	j = logged();
	assert_non_null(j);
	assert_int_equal(json_length(j), 3);
}

static void secrets_never_reach_a_log(void **state)
{
	(void)state;
	listen_to_stderr();
	log_line(c, LOG_WARN, "m", "password", S("hunter2"), "access_token", S("hunter2"), "set-cookie", S("hunter2"));
	assert_non_null(logged());
	assert_null(strstr(line, "hunter2"));
}

static void broken_and_endless_values_still_make_a_line(void **state)
{
	static char noise[100000];
	str s = { noise, sizeof(noise) };

	(void)state;
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (char)(i * 7);
	listen_to_stderr();
	log_line(c, LOG_WARN, "m", "a", s, "b", s, "c", s, "d", s, "e", s, "f", s, "g", s, "h", s);
	assert_non_null(logged());
	assert_true(strlen(line) <= 16 * 1024);
	memset(noise, 1, sizeof(noise));     /* six bytes each */
	listen_to_stderr();
	log_line(c, LOG_WARN, "m", "a", s, "b", s, "c", s, "d", s, "e", s, "f", s);
	assert_non_null(logged());
	for (size_t i = 0; i + 3 <= sizeof(noise); i += 3)
		memcpy(noise + i, "\xed\x95\x9c", 3);
	listen_to_stderr();
	log_line(c, LOG_WARN, "m", "a", str_after(s, 0));
	assert_non_null(logged());
	assert_null(strchr(line, '?'));     /* cut between characters */
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_line_is_one_object_with_its_pairs),
	cmocka_unit_test(without_a_request_there_is_no_request_id),
	cmocka_unit_test(secrets_never_reach_a_log),
	cmocka_unit_test(broken_and_endless_values_still_make_a_line),
};
UNIT_GROUP(core_log, tests, make_ctx, drop_ctx)
