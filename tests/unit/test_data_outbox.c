/* test_data_outbox.c -- events, wake-ups and jobs. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/config.h"
#include "data/db.h"
#include "data/job.h"
#include "data/outbox.h"

SQL_SCAN(select_events, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox ORDER BY id");
SQL_SCAN(count_events, "SELECT COUNT(*) FROM outbox WHERE stream LIKE 'test.%'");
SQL_SCAN(count_shards, "SELECT COUNT(*) FROM outbox_shard WHERE shard BETWEEN 0 AND 43");
SQL_SCAN(delete_events, "DELETE FROM outbox");
SQL(error_length, "SELECT LENGTH(last_error) FROM job WHERE name = 'test'");
SQL(delete_job, "DELETE FROM job WHERE name = 'test'");

struct wake_up {
	char kind;
	int64_t what;
};

/* Plays the relay of an own folder: c's wake-ups go to it. */
static int listen_as_relay(struct ctx *c, struct config *k, char *folder, struct ctx *speaker)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_non_null(mkdtemp(folder));
	*k = *c->config;
	k->run_dir = folder;
	*speaker = *c;
	memset(speaker->kept, 0, sizeof(speaker->kept));      /* what c keeps is about another folder */
	speaker->config = k;
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/relay-2.wake", folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

static void stop_listening(struct ctx *c, struct ctx *speaker, int fd, const char *folder)
{
	for (size_t i = 0; i < KEPT_SLOTS; i++)
		free(speaker->kept[i]);
	close(fd);
	assert_int_equal(unlink(str_z(c->arena, str_fmt(c->arena, "%s/relay-2.wake", folder))), 0);
	assert_int_equal(rmdir(folder), 0);
}

static bool woken(int fd, struct wake_up *w)
{
	unsigned char m[64];

	if (recv(fd, m, sizeof(m), 0) < 9)
		return false;
	w->kind = (char)m[0];
	memcpy(&w->what, m + 1, sizeof(w->what));
	return true;
}

static outcome add_one_event(struct ctx *c, void *arg)
{
	int *fd = arg;
	struct wake_up w;

	outbox_add(c, LANE_PUSH, S("test.1"), S("seat.offered"), S("{\"t\":\"자리\"}"));
	assert_false(woken(*fd, &w));
	return OK;
}

static outcome add_many_events(struct ctx *c, void *arg)
{
	struct event e[100] = { { 0 } };

	for (int i = 0; i < 100; i++) {
		e[i].stream = str_fmt(c->arena, "test.%d", i % 3);
		e[i].type = S("many");
		e[i].payload = str_fmt(c->arena, "{\"n\":%d}", i);
	}
	outbox_add_many(c, LANE_WORK, e, 100);
	return arg;
}

static void an_event_leaves_with_its_transaction_and_wakes_the_relay(void **state)
{
	static const struct failure no = { 409, "no" };
	char folder[] = "/tmp/madang-test-XXXXXX";
	struct ctx *c = test_ctx(), speaker;
	struct config k;
	struct wake_up w = { 0 };
	struct event *e;
	int fd = listen_as_relay(c, &k, folder, &speaker);
	unsigned kinds = 0, used = 0;
	list l;

	(void)state;
	db_run(c, &delete_events);
	assert_ptr_equal(db_tx(&speaker, add_one_event, &fd), OK);
	assert_true(woken(fd, &w));
	assert_int_equal(w.kind, WAKE_OUTBOX);
	assert_int_equal(w.what, INT64_C(1) << outbox_shard(LANE_PUSH, S("test.1")));
	assert_false(woken(fd, &w));
	assert_ptr_equal(db_tx(&speaker, add_many_events, (void *)(uintptr_t)&no), &no);
	assert_false(woken(fd, &w));
	assert_int_equal(db_int(c, &count_events, -1), 1);
	assert_ptr_equal(db_tx(&speaker, add_many_events, NULL), OK);
	assert_true(woken(fd, &w));
	assert_false(woken(fd, &w));                                           /* once for all shards */
	assert_int_equal(w.what & ((INT64_C(1) << OUTBOX_PUSH_SHARDS) - 1), 0);
	kinds = (unsigned)(w.what >> OUTBOX_PUSH_SHARDS);
	l = db_all(c, &select_events, &event_shape);
	e = l.p;
	assert_int_equal(l.n, 101);
	assert_true(str_eq(e[0].payload, S("{\"t\":\"자리\"}")));
	assert_int_equal(e[0].created_at.us, c->now.us);
	for (int i = 0; i < 100; i++) {
		assert_true(str_eq(e[i + 1].payload, str_fmt(c->arena, "{\"n\":%d}", i)));
		assert_int_equal(e[i + 1].shard, outbox_shard(LANE_WORK, e[i + 1].stream));
		used |= 1u << (e[i + 1].shard - OUTBOX_PUSH_SHARDS);
	}
	assert_int_equal(kinds, used);
	db_run(c, &delete_events);
	stop_listening(c, &speaker, fd, folder);
}

static void streams_spread_over_the_shards_of_their_lane(void **state)
{
	struct ctx *c = test_ctx();
	uint64_t push = 0, work = 0, mail = 0;

	(void)state;
	assert_int_equal(db_int(c, &count_shards, -1), OUTBOX_SHARDS);
	for (int i = 0; i < 1000; i++) {
		str stream = str_fmt(c->arena, "u.%d", i);

		push |= UINT64_C(1) << outbox_shard(LANE_PUSH, stream);
		work |= UINT64_C(1) << outbox_shard(LANE_WORK, stream);
		mail |= UINT64_C(1) << outbox_shard(LANE_MAIL, stream);
	}
	assert_true(push == UINT64_C(0xFFFFFFFF));
	assert_true(work == UINT64_C(0xFF00000000));
	assert_true(mail == UINT64_C(0xF0000000000));
}

static const struct job job = { "test", 10 * SECOND, NULL };

static struct ctx *with_job(void)
{
	struct ctx *c = test_ctx();

	db_run(c, &delete_job);
	job_register(c, &job);
	job_register(c, &job);
	return c;
}

static void a_job_has_one_owner_until_it_is_due_again(void **state)
{
	struct ctx *c = with_job();

	(void)state;
	assert_true(job_claim(c, &job, S("one"), 30 * SECOND));
	assert_false(job_claim(c, &job, S("two"), 30 * SECOND));
	assert_false(job_finish(c, &job, S("two"), c->now, 5, S("")));
	assert_true(job_finish(c, &job, S("one"), when_plus(c->now, 60 * SECOND), 5, S("")));
	assert_false(job_claim(c, &job, S("two"), 30 * SECOND));
	c->now.us += 10 * SECOND;
	assert_true(job_claim(c, &job, S("two"), 30 * SECOND));
	assert_true(job_finish(c, &job, S("two"), when_plus(c->now, SECOND), 5, S("")));
	c->now.us += SECOND;     /* sooner than usual, because it wished so */
	assert_true(job_claim(c, &job, S("two"), 30 * SECOND));
}

static void a_job_whose_owner_died_is_taken_over(void **state)
{
	struct ctx *c = with_job();

	(void)state;
	assert_true(job_claim(c, &job, S("one"), 2 * SECOND));
	c->now.us += SECOND;
	assert_false(job_claim(c, &job, S("two"), 2 * SECOND));
	c->now.us += SECOND;
	assert_true(job_claim(c, &job, S("two"), 2 * SECOND));
	assert_false(job_finish(c, &job, S("one"), c->now, 5, S("")));
}

static void why_a_job_failed_is_kept_as_far_as_there_is_room(void **state)
{
	struct ctx *c = with_job();
	str long_text = str_fmt(c->arena, "%0399d\xED\x95\x9C%0400d", 0, 0);     /* a character across the end of the column */

	(void)state;
	assert_true(job_claim(c, &job, S("one"), 60 * SECOND));
	assert_true(job_finish(c, &job, S("one"), when_plus(c->now, 10 * SECOND), 5, long_text));
	assert_int_equal(db_int(c, &error_length, -1), 399);
	c->now.us += 10 * SECOND;
	assert_true(job_claim(c, &job, S("two"), 60 * SECOND));
	assert_true(job_finish(c, &job, S("two"), when_plus(c->now, 10 * SECOND), 5, S("\xFF broken")));
}

SQL(insert_claim, "INSERT INTO test_claim VALUES (?)");
SQL_SCAN(count_claims, "SELECT COUNT(*) FROM test_claim");

static void make_claims(struct ctx *c, void *arg)
{
	(void)arg;
	db_script(c, S("DROP TABLE IF EXISTS test_claim; CREATE TABLE test_claim (process INT PRIMARY KEY)"));
}

static int claim(struct ctx *c, int which)
{
	if (job_claim(c, &job, str_fmt(c->arena, "process %d", which), 60 * SECOND))
		db_run(c, &insert_claim, arg(which));
	return 0;
}

static void one_of_many_gets_the_job(void **state)
{
	struct ctx *c = with_job();

	(void)state;
	assert_int_equal(test_fault(c, make_claims, NULL), 0);
	for (int i = 1; i <= 5; i++) {
		test_at_once(6, claim);
		assert_int_equal(db_int(c, &count_claims, -1), 1);
		assert_int_equal(test_fault(c, make_claims, NULL), 0);
		db_run(c, &delete_job);
		job_register(c, &job);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_event_leaves_with_its_transaction_and_wakes_the_relay),
	cmocka_unit_test(streams_spread_over_the_shards_of_their_lane),
	cmocka_unit_test(a_job_has_one_owner_until_it_is_due_again),
	cmocka_unit_test(a_job_whose_owner_died_is_taken_over),
	cmocka_unit_test(why_a_job_failed_is_kept_as_far_as_there_is_room),
	cmocka_unit_test(one_of_many_gets_the_job),
};
UNIT_GROUP(data_outbox, tests, NULL, NULL)
