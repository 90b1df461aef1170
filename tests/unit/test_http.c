/* What `sent` means when connections break, tried on a small server that misbehaves. */
#include "unit.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/config.h"
#include "outside/http.h"

static const struct config config = { .profile = "sandbox" };

static int set_up(void **state)
{
	*state = ctx_new(&config);
	return 0;
}

static int tear_down(void **state)
{
	ctx_free(*state);
	return 0;
}

/* One word per request that the server hears: what it does then. */
struct server {
	int listener;
	int port;
	const char *const *plan;
	pthread_t thread;
	char heard[4096];
};

static int hear_request(int fd, char *to, size_t room)
{
	size_t n = 0;
	ssize_t got;

	while (n + 1 < room && (got = recv(fd, to + n, room - 1 - n, 0)) > 0) {
		n += (size_t)got;
		to[n] = '\0';
		if (strstr(to, "\r\n\r\n") && (!strstr(to, "Content-Length: 5") || strstr(to, "hello")))
			return 1;
	}
	return 0;
}

static void say_much(int fd)
{
	static const char kilobyte[1024];

	dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", 2 << 20);
	for (int i = 0; i < 2048; i++)
		if (send(fd, kilobyte, sizeof(kilobyte), MSG_NOSIGNAL) < 0)
			return;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd = -1;

	for (const char *const *todo = s->plan; *todo; todo++) {
		if (fd < 0)
			fd = accept(s->listener, NULL, NULL);
		hear_request(fd, s->heard, sizeof(s->heard));
		if (strcmp(*todo, "answer") == 0) {
			dprintf(fd, "HTTP/1.1 201 Created\r\nContent-Type: text/x\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nok");
			continue;
		}
		if (strcmp(*todo, "redirect") == 0)
			dprintf(fd, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
		else if (strcmp(*todo, "much") == 0)
			say_much(fd);
		else if (strcmp(*todo, "silence") == 0)
			usleep(700000);
		else if (strcmp(*todo, "vanish") == 0)
			close(s->listener);
		else if (strcmp(*todo, "half") == 0)
			dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	close(s->listener);
	return NULL;
}

static void start(struct server *s, const char *const *plan)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t n = sizeof(a);

	memset(s, 0, sizeof(*s));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s->listener, 8), 0);
	getsockname(s->listener, (struct sockaddr *)&a, &n);
	s->port = ntohs(a.sin_port);
	s->plan = plan;
	pthread_create(&s->thread, NULL, serve, s);
}

static struct http_answer post(struct ctx *c, const struct server *s)
{
	struct http_pair headers[] = { { "Idempotency-Key", S("k 1") }, { NULL, S("") } };
	struct http_call call = { .method = "POST", .url = str_fmt(c->arena, "http://127.0.0.1:%d/x", s->port), .headers = headers,
		.body = S("hello"), .timeout_ms = 400 };

	return http_send(c, &call);
}

#define PLAN(...) (const char *const[]){ __VA_ARGS__, NULL }

static void an_answer_comes_with_status_body_and_type(void **state)
{
	struct server s;
	struct http_answer a;

	start(&s, PLAN("answer", "answer"));
	a = post(*state, &s);
	assert_int_equal(a.status, 201);
	assert_true(a.sent && !a.error && str_eq(a.body, S("ok")) && str_eq(a.content_type, S("text/x")));
	assert_int_equal(a.retry_after, 7);
	assert_int_equal(post(*state, &s).status, 201);          /* on the same connection: the server accepts only one */
	pthread_join(s.thread, NULL);
	assert_non_null(strstr(s.heard, "Idempotency-Key: k 1\r\n"));
}

static void nobody_who_listens_means_not_sent(void **state)
{
	struct server s;
	struct http_answer a;

	start(&s, PLAN("vanish"));
	post(*state, &s);
	pthread_join(s.thread, NULL);
	a = post(*state, &s);
	assert_false(a.sent);
	assert_int_equal(a.status, 0);
	assert_non_null(a.error);
}

static void silence_half_an_answer_and_too_much_are_sent_without_an_answer(void **state)
{
	struct server s;

	start(&s, PLAN("silence", "half", "much"));
	for (int i = 0; i < 3; i++) {
		struct http_answer a = post(*state, &s);

		assert_true(a.sent);
		assert_int_equal(a.status, 0);
		assert_int_equal(a.body.n, 0);
		assert_non_null(a.error);
		if (i == 0)
			usleep(500000);
	}
	pthread_join(s.thread, NULL);
}

/* The trap: the kept connection takes the request and dies, curl asks anew, and that is refused. It was sent all the same. */
static void a_kept_connection_that_dies_means_sent(void **state)
{
	struct server s;
	struct http_answer a;

	start(&s, PLAN("answer", "vanish"));
	assert_int_equal(post(*state, &s).status, 201);
	a = post(*state, &s);
	pthread_join(s.thread, NULL);
	assert_true(a.sent);
	assert_int_equal(a.status, 0);
}

static void redirects_are_not_followed(void **state)
{
	struct server s;

	start(&s, PLAN("redirect"));
	assert_int_equal(post(*state, &s).status, 302);
	pthread_join(s.thread, NULL);
}

static void headers_cannot_be_smuggled_in(void **state)
{
	struct http_pair headers[] = { { "A", S("b\r\nC: d") }, { NULL, S("") } };
	struct http_call call = { .method = "GET", .url = S("http://127.0.0.1:1/"), .headers = headers };
	struct http_call other = { .method = "GET", .url = S("file:///etc/passwd") };

	assert_false(http_send(*state, &call).sent);
	assert_false(http_send(*state, &other).sent);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_answer_comes_with_status_body_and_type),
	cmocka_unit_test(nobody_who_listens_means_not_sent),
	cmocka_unit_test(silence_half_an_answer_and_too_much_are_sent_without_an_answer),
	cmocka_unit_test(a_kept_connection_that_dies_means_sent),
	cmocka_unit_test(redirects_are_not_followed),
	cmocka_unit_test(headers_cannot_be_smuggled_in),
};

UNIT_GROUP(http, tests, set_up, tear_down)
