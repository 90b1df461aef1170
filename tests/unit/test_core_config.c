/* The settings file: core/config.h. */
#include "assert_str.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/config.h"

#define SECRET_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char folder[64], said[4096];

static void write_file(const char *name, const char *text, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static void remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static int make_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/madang-unit-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	write_file("secret", SECRET_HEX "\n", 65);
	return 0;
}

static int drop_folder(void **state)
{
	(void)state;
	remove_file("secret");
	remove_file("raw");
	remove_file("madang.conf");
	return rmdir(folder);
}

/* Reads these lines as a file; what is said on stderr goes to `said`. */
static const struct config *settings(const char *lines)
{
	static const struct config *kept[64];     /* settings live for ever */
	static size_t n;
	char path[128];
	int keep = dup(STDERR_FILENO), out;
	ssize_t length;

	write_file("madang.conf", lines, strlen(lines));
	snprintf(path, sizeof(path), "%s/said", folder);
	fflush(stderr);
	out = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(out, STDERR_FILENO);
	unlink(path);
	snprintf(path, sizeof(path), "%s/madang.conf", folder);
	kept[n++ % 64] = config_read(path);
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
	length = pread(out, said, sizeof(said) - 1, 0);
	said[length > 0 ? length : 0] = '\0';
	close(out);
	return kept[(n - 1) % 64];
}

#define LEAST "root = .\nsecret_file = secret\nbase_url = https://127.0.0.1:9000/\n"

static void what_is_left_out_gets_the_usual_value(void **state)
{
	const struct config *k = settings(LEAST);
	char wanted[128];

	(void)state;
	assert_non_null(k);
	assert_string_equal(said, "");
	assert_int_equal(k->access_seconds, 900);
	assert_int_equal(k->refresh_seconds, 14 * 24 * 3600);
	assert_int_equal(k->console_idle_seconds, 8 * 3600);
	assert_int_equal(k->gateway_timeout_ms, 10000);
	assert_int_equal(k->web_processes, 2);
	assert_string_equal(k->profile, "production");
	assert_false(k->sandbox);
	assert_string_equal(k->base_url, "https://127.0.0.1:9000");
	assert_string_equal(k->db_password, "");
	snprintf(wanted, sizeof(wanted), "%s/templates", folder);
	assert_string_equal(k->templates_dir, wanted);
}

static void paths_are_under_the_root_unless_they_begin_with_a_slash(void **state)
{
	const struct config *k = settings(LEAST "run_dir = here/run\nmail_dir=/var/lib/madang/mail\n");
	char wanted[128];

	(void)state;
	assert_non_null(k);
	snprintf(wanted, sizeof(wanted), "%s/here/run", folder);
	assert_string_equal(k->run_dir, wanted);
	assert_string_equal(k->mail_dir, "/var/lib/madang/mail");
	assert_string_equal(k->root, folder);
}

static void remarks_spaces_and_equal_signs_in_values_are_fine(void **state)
{
	const struct config *k = settings("# a remark\n\n" LEAST "  db_password =  a=b # c \n\tprofile = sandbox\nweb_threads=3");

	(void)state;
	assert_non_null(k);
	assert_string_equal(k->db_password, "a=b # c");
	assert_true(k->sandbox);
	assert_int_equal(k->web_threads, 3);
}

static void a_secret_is_32_bytes_or_64_digits(void **state)
{
	static const unsigned char bytes[32] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
						 25, 26, 27, 28, 29, 30, 31 };
	const struct config *k = settings(LEAST);

	(void)state;
	assert_non_null(k);
	assert_memory_equal(k->secret, bytes, 32);
	write_file("raw", (const char *)bytes, 32);
	k = settings("root=.\nsecret_file=raw\nbase_url=https://x\n");
	assert_non_null(k);
	assert_memory_equal(k->secret, bytes, 32);
	write_file("raw", (const char *)bytes, 31);
	assert_null(settings("root=.\nsecret_file=raw\nbase_url=https://x\n"));
	assert_non_null(strstr(said, "32 bytes"));
	assert_null(settings("root=.\nsecret_file=absent\nbase_url=https://x\n"));
}

static void an_unknown_setting_is_told_but_does_not_stop(void **state)
{
	(void)state;
	assert_non_null(settings(LEAST "web_theads = 3\n"));
	assert_non_null(strstr(said, ":4: there is no setting called web_theads"));
}

static void what_is_wrong_stops_and_is_told(void **state)
{
	static const struct { const char *line, *says; } cases[] = {
		{ "web_threads = many\n", "web_threads must be a whole number from 1 to 256" },
		{ "web_threads = 0\n", "web_threads must be" },
		{ "gateway_timeout_ms = 99999999\n", "gateway_timeout_ms must be" },
		{ "profile = test\n", "profile must be sandbox or production" },
		{ "no equal sign\n", ":4: this is not `key = value`" },
		{ "db_name = a\ndb_name = b\n", "db_name is set twice" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char lines[512];

		snprintf(lines, sizeof(lines), LEAST "%s", cases[i].line);
		assert_null(settings(lines));
		if (!strstr(said, cases[i].says))
			fail_msg("got %s wanted %s", said, cases[i].says);
	}
	assert_null(settings("root = .\nsecret_file = secret\n"));
	assert_non_null(strstr(said, "base_url is missing"));
	assert_null(settings("root = .\nsecret_file = secret\nbase_url = http://x\n"));
	assert_non_null(strstr(said, "https://"));
	assert_null(settings("root = absent\nsecret_file = secret\nbase_url = https://x\n"));
}

static void a_wrong_secret_is_not_printed(void **state)
{
	(void)state;
	write_file("raw", "hunter2hunter2", 14);
	assert_null(settings("root=.\nsecret_file=raw\nbase_url=https://x\ndb_password=hunter2\nweb_threads=0\n"));
	assert_null(strstr(said, "hunter2"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_left_out_gets_the_usual_value),
	cmocka_unit_test(paths_are_under_the_root_unless_they_begin_with_a_slash),
	cmocka_unit_test(remarks_spaces_and_equal_signs_in_values_are_fine),
	cmocka_unit_test(a_secret_is_32_bytes_or_64_digits),
	cmocka_unit_test(an_unknown_setting_is_told_but_does_not_stop),
	cmocka_unit_test(what_is_wrong_stops_and_is_told),
	cmocka_unit_test(a_wrong_secret_is_not_printed),
};
UNIT_GROUP(core_config, tests, make_folder, drop_folder)
