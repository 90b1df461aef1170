/* test_review.c -- what a hostile or unlucky caller must not get through with: guesses from many addresses, an answer of a
 * rolled-back try, numbers of a stream that leave in another order. */
#include "ask.h"
#include "fixtures.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/config.h"
#include "data/db.h"
#include "relay/nchan.h"
#include "web/read.h"

struct named {
	str email;
};
static const struct shape named_shape = SHAPE("Named", struct named, F(email));
static const struct route login_route = { POST, "/login", .in = &named_shape, .rate = RATE_LOGIN };
static const struct route signup_route = { POST, "/signup", .in = &named_shape, .rate = RATE_SIGNUP };

static str unlike_any(struct ctx *c, const char *what)
{
	static int n;

	return str_fmt(c->arena, "%s-%d-%lld-%d@example.com", what, (int)getpid(), (long long)clock_us(), n++);
}

static void guesses_at_one_account_are_counted_together_wherever_they_come_from(void **state)
{
	struct ctx *c = test_ctx();
	struct named in = { unlike_any(c, "victim") }, other = { unlike_any(c, "other") };
	struct request rq = { .ctx = c, .route = &login_route, .in = &in };

	(void)state;
	for (int i = 0; i < 10; i++) {
		c->ip = str_fmt(c->arena, "198.51.100.%d", i);
		c->who.id = 1000000 + i;             /* a login of one's own doesn't make a fresh start either */
		assert_ptr_equal(limit_check(&rq), OK);
		limit_failed(&rq);
	}
	c->ip = S("198.51.100.99");
	assert_int_equal(limit_check(&rq)->status, 429);
	rq.in = &other;
	assert_ptr_equal(limit_check(&rq), OK);
}

static void a_login_of_ones_own_is_no_new_address_to_sign_up_from(void **state)
{
	struct ctx *c = test_ctx();
	struct named in = { unlike_any(c, "new") };
	struct request rq = { .ctx = c, .route = &signup_route, .in = &in };
	outcome o = OK;

	(void)state;
	c->ip = str_fmt(c->arena, "2001:db8::%x", (unsigned)clock_us() & 0xffff);
	for (int i = 0; i < 11 && o == OK; i++) {     /* more than twice the limit: a new minute may begin meanwhile */
		c->who.id = 2000000 + i;
		o = limit_check(&rq);
	}
	assert_ptr_not_equal(o, OK);
	assert_int_equal(o->status, 429);
}

struct asked {
	opt_str q;
};
static const struct shape asked_shape = SHAPE("Asked", struct asked, F(q));
static const struct route catalogue_route = { GET, "/courses", .in = &asked_shape, .rate = RATE_CATALOGUE };

static void questions_are_counted_and_plain_lists_are_not(void **state)
{
	struct ctx *c = test_ctx();
	struct asked in = { some_str(S("수채화")) }, list_only = { { 0 } };
	struct request rq = { .ctx = c, .route = &catalogue_route, .in = &in };
	outcome o = OK;

	(void)state;
	c->ip = str_fmt(c->arena, "2001:db8:1::%x", (unsigned)clock_us() & 0xffff);
	for (int i = 0; i < 20; i++)
		assert_ptr_equal(limit_check(&rq), OK);
	for (int i = 0; i < 25 && o == OK; i++)
		o = limit_check(&rq);
	assert_ptr_equal(o, &too_many);
	rq.in = &list_only;
	assert_ptr_equal(limit_check(&rq), OK);
}

static int tries;

static outcome unlucky_once(struct request *rq)
{
	reply_header(rq, S("ETag"), str_fmt(rq->ctx->arena, "\"%d\"", ++tries));
	reply_text(rq, 201, S("application/json"), S("{}"));
	if (tries == 1)
		fault_at(rq->ctx, FAULT_RETRY, __FILE__, __LINE__, "a deadlock");
	return OK;
}

static void an_answer_has_nothing_of_a_try_that_was_rolled_back(void **state)
{
	static const struct route route = { POST, "/x", .handle = unlucky_once, .once = ONCE_TX };
	struct ctx *c = test_ctx();
	struct request rq = { .ctx = c, .route = &route, .key = unlike_any(c, "key") };

	(void)state;
	tries = 0;
	c->who.id = 3000000;
	assert_ptr_equal(once_run(&rq), OK);
	assert_int_equal(tries, 2);
	assert_non_null(rq.reply_headers);
	assert_null(rq.reply_headers->next);
	assert_true(str_eq(rq.reply_headers->value, S("\"2\"")));
}

/* Takes the first, refuses the second for want of memory, takes all others; what was taken goes to `told`. */
static int refuse_the_second(int listening, int told)
{
	char room[65536];
	size_t have = 0, requests = 0, at;
	int fd = accept(listening, NULL, NULL);
	ssize_t got;

	while ((got = recv(fd, room + have, sizeof(room) - have, 0)) > 0) {
		have += (size_t)got;
		while (str_find((str){ room, have }, S("\r\n\r\n"), &at) && have >= at + 5) {
			const char *answer = ++requests == 2 ? "HTTP/1.1 507 x\r\nContent-Length: 0\r\n\r\n" : "HTTP/1.1 201 x\r\nContent-Length: 0\r\n\r\n";

			if (requests != 2 && write(told, room + at + 4, 1) != 1)
				return 1;
			memmove(room, room + at + 5, have - at - 5);
			have -= at + 5;
			if (send(fd, answer, strlen(answer), MSG_NOSIGNAL) < 0)
				break;
		}
	}
	return 0;
}

/* Says that there is no such channel, and that it is broken. */
static int not_there_then_broken(int listening, int told)
{
	static const char answers[] = "HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\n";
	char room[4096];
	size_t have = 0;
	int fd = accept(listening, NULL, NULL);
	ssize_t got;

	while (have < sizeof(room) && (got = recv(fd, room + have, sizeof(room) - have, 0)) > 0) {
		have += (size_t)got;
		if (have > 9 && memcmp(room + have - 4, "\r\n\r\n", 4) == 0 && memmem(room, have, "/pub/u.2.1 ", 11))
			send(fd, answers, sizeof(answers) - 1, MSG_NOSIGNAL);
	}
	return write(told, room, have) < 0;
}

/* How many of the messages this nchan takes; what it tells of them goes into `told`, which is big enough. */
static size_t published_to(struct ctx *c, int (*serve)(int, int), const struct nchan_message *m, size_t n, char *told, size_t room)
{
	struct config k = *c->config;
	const struct config *was = c->config;
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct nchan nchan = nchan_new();
	int listening = socket(AF_UNIX, SOCK_STREAM, 0), pipes[2], status;
	ssize_t got;
	size_t taken;
	pid_t pid;

	snprintf(a.sun_path, sizeof(a.sun_path), "/tmp/madang-review-%d", (int)getpid());
	unlink(a.sun_path);
	assert_int_equal(bind(listening, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(pipe(pipes), 0);
	if ((pid = fork()) == 0)
		_exit(serve(listening, pipes[1]));
	k.nchan_pub_socket = a.sun_path;
	c->config = &k;
	taken = nchan_publish(c, &nchan, m, n);
	c->config = was;
	nchan_close(&nchan);
	waitpid(pid, &status, 0);
	got = read(pipes[0], told, room - 1);
	assert_true(got > 0);
	told[got] = 0;
	unlink(a.sun_path);
	close(listening);
	close(pipes[0]);
	close(pipes[1]);
	return taken;
}

static void what_follows_a_refused_message_of_the_same_channel_is_not_published(void **state)
{
	static const struct nchan_message m[] = {
		{ .channel = { "u.1.1", 5 }, .event = { "e", 1 }, .text = { "a", 1 } }, { .channel = { "u.2.1", 5 }, .event = { "e", 1 }, .text = { "b", 1 } },
		{ .channel = { "u.3.1", 5 }, .event = { "e", 1 }, .text = { "c", 1 } }, { .channel = { "u.2.1", 5 }, .event = { "e", 1 }, .text = { "d", 1 } },
	};
	char taken[8];

	(void)state;
	assert_int_equal(published_to(test_ctx(), refuse_the_second, m, 4, taken, sizeof(taken)), 1);
	assert_null(strchr(taken, 'd'));
}

static void a_channel_that_is_not_there_has_ended_and_one_that_cannot_be_ended_is_tried_again(void **state)
{
	static const struct nchan_message m[] = { { .channel = { "u.1.1", 5 }, .end = true }, { .channel = { "u.2.1", 5 }, .end = true } };
	char asked[4096];

	(void)state;
	assert_int_equal(published_to(test_ctx(), not_there_then_broken, m, 2, asked, sizeof(asked)), 1);
	assert_string_equal(asked, "DELETE /pub/u.1.1 HTTP/1.1\r\nHost: nchan\r\n\r\nDELETE /pub/u.2.1 HTTP/1.1\r\nHost: nchan\r\n\r\n");
}

SQL(course_of, "SELECT course_id FROM ticket WHERE id = ?");
SQL(break_books, "UPDATE course_seat SET enrolled = taken WHERE course_id = ?");
SQL(mend_books, "UPDATE course_seat SET enrolled = 0 WHERE course_id = ?");

/* Whatever is wrong with one course's books (a CHECK refuses to write them), others are served. */
COMMITTED(a_course_with_broken_books_holds_up_no_other)
{
	int64_t broken = a_ticket(c), sound = a_ticket(c);
	int64_t course = db_int(c, &course_of, 0, arg(broken));

	age_hold(c, broken);
	age_hold(c, sound);
	db_run(c, &break_books, arg(course));
	c->now = when_now();
	queue_expire(c);
	assert_ticket(c, sound, "expired");
	assert_ticket(c, broken, "active");
	db_run(c, &mend_books, arg(course));
	queue_expire(c);
	assert_ticket(c, broken, "expired");
}

static void what_was_cut_off_is_not_taken_for_all_of_it(void **state)
{
	struct ctx *c = test_ctx();
	struct request rq = { .ctx = c };
	static char uri[] = "REQUEST_URI=/api/v1/ping", method[] = "REQUEST_METHOD=GET", other[] = "HTTP_X=1";
	char *envp[REQUEST_PARAMS + 2] = { uri, method };

	(void)state;
	for (int i = 2; i <= REQUEST_PARAMS; i++)
		envp[i] = other;
	request_params(&rq, envp);
	serve_request(&rq);
	assert_int_equal(rq.status, 400);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_course_with_broken_books_holds_up_no_other),
	cmocka_unit_test(what_was_cut_off_is_not_taken_for_all_of_it),
	cmocka_unit_test(guesses_at_one_account_are_counted_together_wherever_they_come_from),
	cmocka_unit_test(questions_are_counted_and_plain_lists_are_not),
	cmocka_unit_test(a_login_of_ones_own_is_no_new_address_to_sign_up_from),
	cmocka_unit_test(an_answer_has_nothing_of_a_try_that_was_rolled_back),
	cmocka_unit_test(what_follows_a_refused_message_of_the_same_channel_is_not_published),
	cmocka_unit_test(a_channel_that_is_not_there_has_ended_and_one_that_cannot_be_ended_is_tried_again),
};
UNIT_GROUP(review, tests, with_routes, NULL)
