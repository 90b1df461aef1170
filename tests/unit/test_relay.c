/* The relay: each listener acts once per event, failures rest and are parked, and a fault stops nothing. */
#include "relay_fixtures.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "account/account.h"
#include "audit/audit.h"
#include "core/config.h"
#include "data/cache.h"
#include "data/db.h"
#include "data/outbox.h"
#include "enrolment/enrolment.h"
#include "relay/listeners.h"

SQL_SCAN(empty_outbox, "DELETE FROM outbox");
SQL(select_event, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE stream = ?");
SQL(count_due, "SELECT COUNT(*) FROM outbox WHERE shard BETWEEN 32 AND 39 AND (not_before IS NULL OR not_before <= ?)");
SQL(count_done, "SELECT COUNT(*) FROM inbox WHERE event_id = ? AND listener = ?");
SQL(insert_done, "INSERT INTO inbox (event_id, listener, done_at) VALUES (?, ?, ?)");
SQL(set_tries, "UPDATE outbox SET tries = ?, not_before = NULL WHERE stream = ?");
SQL(most_tries, "SELECT MAX(tries) FROM outbox WHERE stream = ?");
SQL(select_pause, "SELECT TIMESTAMPDIFF(SECOND, ?, not_before) FROM outbox WHERE stream = ?");
SQL(count_parked, "SELECT COUNT(*) FROM outbox_parked WHERE stream = ? AND reason = 'return_unknown'");
SQL(make_old, "UPDATE outbox SET created_at = ?, not_before = NULL WHERE stream = ?");
SQL(forget_parked, "DELETE FROM outbox_parked WHERE stream = ?");
SQL(count_reason, "SELECT COUNT(*) FROM outbox_parked WHERE stream = ? AND reason = ?");
SQL(spoil_books, "UPDATE course_seat SET taken = 0, enrolled = 0 WHERE course_id = ?");
SQL(course_of, "SELECT course_id FROM ticket WHERE id = ?");
SQL(select_stuck,
	"SELECT COALESCE(MAX(id), 0) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() "
	"AND info LIKE 'SELECT%FROM course_seat WHERE course_id =%FOR UPDATE'");
SQL(refunded_by, "SELECT COUNT(*) FROM refund WHERE member_id = ? AND by_member_id = ?");
SQL(sell_ticket,
	"INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, created_at, paid_at) "
	"VALUES (?, ?, ?, ?, 'desk', 100, 100, 'paid', ?, ?)");
SQL(insert_returning,
	"INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, payment_key, created_at) "
	"VALUES (?, ?, ?, ?, 'gone', 100, 100, 'returning', 'pk', ?)");

static void let_work(struct ctx *c)
{
	let_relay(c, test_config(), relay_work_main, 32, 39);
}

struct writing {
	const char *stream, *type;
	str payload;
};

static outcome write_tx(struct ctx *c, void *p)
{
	const struct writing *w = p;

	outbox_add(c, LANE_WORK, str_of(w->stream), str_of(w->type), w->payload);
	return OK;
}

static void write_event(struct ctx *c, const char *stream, const char *type, str payload)
{
	db_tx(c, write_tx, &(struct writing){ stream, type, payload });
}

static bool waits(struct ctx *c, const char *stream, struct event *e)
{
	*e = (struct event){ 0 };
	return db_one(c, &select_event, &event_shape, e, arg(str_of(stream)));
}

static str about(struct ctx *c, int64_t member)
{
	return str_fmt(c->arena, "{\"member_id\":%lld}", (long long)member);
}

static outcome suspend(struct ctx *c, void *p)
{
	return account_suspend(c, *(const int64_t *)p);
}

COMMITTED(a_listener_acts_once_and_the_event_is_gone)
{
	int64_t waiting = a_course(c, .capacity = 1), member = a_member(c), held, waits_there, id;
	struct event e;

	db_run(c, &empty_outbox);
	a_ticket(c, .course = waiting);
	held = a_ticket(c, .member = member);
	waits_there = a_ticket(c, .course = waiting, .member = member);
	write_event(c, "test.once", "member.withdrawn", about(c, member));
	assert_true(waits(c, "test.once", &e));
	id = e.id;
	let_work(c);
	assert_ticket(c, held, "left");
	assert_ticket(c, waits_there, "left");
	assert_false(waits(c, "test.once", &e));
	assert_int_equal(db_int(c, &count_done, 0, arg(id), arg(S("queue.leave_all"))), 1);
}

COMMITTED(the_seat_of_somebody_who_is_suspended_goes_to_the_next)
{
	int64_t course = a_course(c, .capacity = 1), held = a_ticket(c, .course = course), next = a_ticket(c, .course = course);

	db_run(c, &empty_outbox);
	assert_ptr_equal(db_tx(c, suspend, &(int64_t){ holder_of(c, held) }), OK);
	let_work(c);
	assert_ticket(c, held, "left");
	assert_ticket(c, next, "active");
}

COMMITTED(an_effect_that_was_had_already_is_not_had_again)
{
	int64_t ticket = a_ticket(c);
	struct event e;

	db_run(c, &empty_outbox);
	write_event(c, "test.again", "member.withdrawn", about(c, holder_of(c, ticket)));
	assert_true(waits(c, "test.again", &e));
	db_run(c, &insert_done, arg(e.id), arg(S("queue.leave_all")), arg(c->now));
	let_work(c);
	assert_ticket(c, ticket, "active");
	assert_false(waits(c, "test.again", &e));
}

COMMITTED(an_event_that_nobody_listens_to_goes)
{
	struct event e;

	db_run(c, &empty_outbox);
	write_event(c, "test.nobody", "nobody.listens", S("{}"));
	let_work(c);
	assert_false(waits(c, "test.nobody", &e));
}

/* Money that cannot be returned, because its gateway is gone. */
static void write_hopeless(struct ctx *c, const char *stream)
{
	int64_t ticket = a_ticket(c), payment;

	payment = db_insert(c, &insert_returning, arg(str_fmt(c->arena, "%s.%lld", stream, (long long)ticket)), arg(holder_of(c, ticket)),
			    arg(ticket), arg((int64_t)1), arg(c->now));
	write_event(c, stream, "payment.return", str_fmt(c->arena, "{\"payment_id\":%lld}", (long long)payment));
}

COMMITTED(what_the_outside_refuses_is_tried_later_each_time_and_parked_after_days)
{
	struct event e;

	db_run(c, &empty_outbox);
	write_hopeless(c, "test.money");
	let_work(c);
	assert_true(waits(c, "test.money", &e));
	assert_int_equal(e.tries, 1);
	db_run(c, &set_tries, arg((int64_t)5), arg(S("test.money")));
	let_work(c);
	assert_in_range(db_int(c, &select_pause, 0, arg(c->now), arg(S("test.money"))), 14, 16);
	db_run(c, &set_tries, arg((int64_t)40), arg(S("test.money")));
	let_work(c);
	assert_true(waits(c, "test.money", &e));
	assert_in_range(db_int(c, &select_pause, 0, arg(c->now), arg(S("test.money"))), 595, 601);
	assert_int_equal(db_int(c, &count_parked, 0, arg(S("test.money"))), 0);
	db_run(c, &make_old, arg(when_plus(c->now, -30 * DAY)), arg(S("test.money")));
	let_work(c);
	assert_false(waits(c, "test.money", &e));
	assert_int_equal(db_int(c, &count_parked, 0, arg(S("test.money"))), 1);
	db_run(c, &forget_parked, arg(S("test.money")));
}

COMMITTED(a_streams_later_events_wait_for_the_one_that_fails)
{
	int64_t ticket = a_ticket(c);

	db_run(c, &empty_outbox);
	write_hopeless(c, "test.order");
	write_event(c, "test.order", "member.withdrawn", about(c, holder_of(c, ticket)));
	db_run(c, &set_tries, arg((int64_t)0), arg(S("test.order")));
	{
		struct timespec moment = { 0, 5000000 };
		struct relay *r = a_relay(test_config());
		pthread_t threads[1];

		assert_int_equal(pthread_create(threads, NULL, relay_work_main, r), 0);
		for (int i = 0; i < 1000 && db_int(c, &most_tries, 0, arg(S("test.order"))) == 0; i++)
			nanosleep(&moment, NULL);
		stop_relay(r, threads, 1);
	}
	assert_int_equal(db_int(c, &most_tries, 0, arg(S("test.order"))), 1);
	assert_ticket(c, ticket, "active");
	db_run(c, &empty_outbox);
}

/* -- faults -- */

/* Somebody who holds a seat withdraws, and the books of the course are such that giving it back breaks a CHECK. */
static void write_broken(struct ctx *c, const char *stream, int64_t *ticket)
{
	*ticket = a_ticket(c);
	db_run(c, &spoil_books, arg(db_int(c, &course_of, 0, arg(*ticket))));
	write_event(c, stream, "member.withdrawn", about(c, holder_of(c, *ticket)));
}

COMMITTED(a_listener_that_faults_has_tried_and_is_parked_after_as_many_tries)
{
	int64_t broken, good = a_ticket(c);
	struct event e;

	db_run(c, &empty_outbox);
	write_broken(c, "test.broken", &broken);
	write_event(c, "test.after", "member.withdrawn", about(c, holder_of(c, good)));
	let_work(c);
	assert_true(waits(c, "test.broken", &e));
	assert_int_equal(e.tries, 1);
	assert_in_range(db_int(c, &select_pause, -1, arg(c->now), arg(S("test.broken"))), 0, 2);        /* and not the whole lease */
	assert_ticket(c, broken, "active");
	assert_ticket(c, good, "left");
	write_event(c, "test.broken", "nobody.listens", S("{}"));
	db_run(c, &set_tries, arg((int64_t)11), arg(S("test.broken")));
	let_work(c);
	assert_false(waits(c, "test.broken", &e));              /* nor does the stream stand still behind it */
	assert_int_equal(db_int(c, &count_reason, 0, arg(S("test.broken")), arg(S("listener_broke"))), 1);
	db_run(c, &forget_parked, arg(S("test.broken")));
}

struct holding_up {
	struct ctx *more;
	int64_t course;
};

/* While the course is locked, whoever waits for it is cut off by the database. */
static outcome cut_off(struct ctx *c, void *p)
{
	const struct holding_up *h = p;
	struct timespec moment = { 0, 2000000 };
	struct relay *r = a_relay(test_config());
	pthread_t threads[1];
	int64_t stuck = 0;
	struct event e;

	assert_true(queue_lock_course(c, h->course));
	assert_int_equal(pthread_create(threads, NULL, relay_work_main, r), 0);
	for (int i = 0; i < 1000 && !stuck; i++) {
		nanosleep(&moment, NULL);
		stuck = db_int(h->more, &select_stuck, 0);
	}
	assert_true(stuck > 0);
	db_script(h->more, str_fmt(h->more->arena, "KILL QUERY %lld", (long long)stuck));
	for (int i = 0; i < 1000 && waits(h->more, "test.trouble", &e) && db_int(h->more, &count_due, 0, arg(when_plus(when_now(), 61 * SECOND))); i++)
		nanosleep(&moment, NULL);
	stop_relay(r, threads, 1);
	return OK;
}

COMMITTED(trouble_of_the_database_is_tried_again_later_and_never_parked)
{
	int64_t ticket = a_ticket(c);
	struct holding_up h = { test_ctx_more(), db_int(c, &course_of, 0, arg(ticket)) };
	struct event e;

	db_run(c, &empty_outbox);
	write_event(c, "test.trouble", "member.withdrawn", about(c, holder_of(c, ticket)));
	db_run(c, &set_tries, arg((int64_t)40), arg(S("test.trouble")));
	assert_ptr_equal(db_tx(c, cut_off, &h), OK);
	test_ctx_close(h.more);
	assert_true(waits(c, "test.trouble", &e));
	assert_int_equal(e.tries, 41);
	assert_in_range(db_int(c, &select_pause, 0, arg(when_now()), arg(S("test.trouble"))), 590, 601);
	db_run(c, &set_tries, arg((int64_t)41), arg(S("test.trouble")));
	let_work(c);
	assert_false(waits(c, "test.trouble", &e));
	assert_ticket(c, ticket, "left");
}

/* -- one event after the other -- */

static outcome enrol_tx(struct ctx *c, void *p)
{
	int64_t ticket = *(int64_t *)p, course = db_int(c, &course_of, 0, arg(ticket));
	str order = str_fmt(c->arena, "relay-%lld", (long long)ticket);
	struct seat s;

	pay_seat(c, ticket);
	s = lock_seat(c, ticket);
	db_run(c, &sell_ticket, arg(order), arg(s.member_id), arg(ticket), arg(course), arg(c->now), arg(c->now));
	enrolment_create(c, &s, order, won(100), SOLD_AT_DESK);
	return OK;
}

COMMITTED(what_one_event_was_about_is_forgotten_before_the_next)
{
	int64_t leaver = a_ticket(c), sold = a_ticket(c), course = db_int(c, &course_of, 0, arg(sold));
	str stream;
	struct relay *r = a_relay(test_config());
	pthread_t threads[1];

	assert_ptr_equal(db_tx(c, enrol_tx, &sold), OK);
	db_run(c, &empty_outbox);
	stream = str_fmt(c->arena, "k.%lld", (long long)course);
	/* Both in one shard, so that one look finds both. */
	for (int i = 0; ; i++) {
		str first = str_fmt(c->arena, "test.%d", i);

		if (outbox_shard(LANE_WORK, first) != outbox_shard(LANE_WORK, stream))
			continue;
		write_event(c, str_z(c->arena, first), "member.withdrawn", about(c, holder_of(c, leaver)));
		break;
	}
	write_event(c, str_z(c->arena, stream), "course.cancelled", str_fmt(c->arena, "{\"course_id\":%lld,\"reason\":\"\"}", (long long)course));
	assert_int_equal(pthread_create(threads, NULL, relay_work_main, r), 0);
	for (int i = 0; i < 1000 && db_int(c, &count_due, 0, arg(when_now())) > 0; i++)
		nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
	stop_relay(r, threads, 1);
	assert_ticket(c, leaver, "left");
	assert_int_equal(db_int(c, &refunded_by, 0, arg(holder_of(c, sold)), arg((int64_t)0)), 1);
}

/* -- the frame -- */

static void break_down(struct ctx *c, void *p)
{
	++*(int *)p;
	fault(c, "on purpose");
}

static void go_well(struct ctx *c, void *p)
{
	(void)c;
	++*(int *)p;
}

static void a_fault_ends_its_own_work_only(void **state)
{
	int ran = 0;
	struct ctx *c;

	(void)state;
	fixture_ctx();
	c = test_ctx_more();
	assert_false(relay_guard(c, break_down, &ran));
	assert_true(relay_guard(c, go_well, &ran));
	assert_int_equal(ran, 2);
	test_ctx_close(c);
}

static void a_shard_that_fails_rests_longer_each_time_up_to_a_second(void **state)
{
	static const int64_t rests_ms[] = { 100, 200, 400, 800, 1000, 1000 };
	struct relay *r;

	(void)state;
	fixture_ctx();
	r = a_relay(test_config());
	for (size_t i = 0; i < sizeof(rests_ms) / sizeof(rests_ms[0]); i++) {
		int64_t from = clock_us() + rests_ms[i] * 1000;

		relay_shard_done(r, 33, true, false);
		assert_in_range(r->rest_until[33], from, clock_us() + rests_ms[i] * 1000);
		assert_true(r->dirty >> 33 & 1);
	}
	r->dirty = 0;
	relay_shard_done(r, 33, false, false);
	assert_int_equal(r->rest_until[33], 0);
	assert_int_equal(r->dirty, 0);
	relay_shard_done(r, 33, false, true);          /* there is more */
	assert_true(r->dirty >> 33 & 1);
	stop_relay(r, NULL, 0);
}

static void names_of_listeners_and_jobs_are_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < listener_count(); i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(listener_at(i)->name, listener_at(j)->name);
	for (size_t i = 0; i < job_count(); i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(job_at(i)->name, job_at(j)->name);
	assert_true(job_count() <= RELAY_JOBS);
	assert_null(listener_at(listener_count()));
}

static void the_audit_knows_which_events_ask_the_outside(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < listener_count(); i++) {
		char type[80];

		snprintf(type, sizeof(type), "'%s'", listener_at(i)->type);
		assert_int_equal(strstr(AUDIT_OUTSIDE_TYPES, type) != NULL, listener_at(i)->outside);
		n += listener_at(i)->outside;
	}
	assert_true(n > 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_listener_acts_once_and_the_event_is_gone),
	cmocka_unit_test(the_seat_of_somebody_who_is_suspended_goes_to_the_next),
	cmocka_unit_test(an_effect_that_was_had_already_is_not_had_again),
	cmocka_unit_test(an_event_that_nobody_listens_to_goes),
	cmocka_unit_test(what_the_outside_refuses_is_tried_later_each_time_and_parked_after_days),
	cmocka_unit_test(a_streams_later_events_wait_for_the_one_that_fails),
	cmocka_unit_test(a_listener_that_faults_has_tried_and_is_parked_after_as_many_tries),
	cmocka_unit_test(trouble_of_the_database_is_tried_again_later_and_never_parked),
	cmocka_unit_test(what_one_event_was_about_is_forgotten_before_the_next),
	cmocka_unit_test(a_fault_ends_its_own_work_only),
	cmocka_unit_test(a_shard_that_fails_rests_longer_each_time_up_to_a_second),
	cmocka_unit_test(the_audit_knows_which_events_ask_the_outside),
	cmocka_unit_test(names_of_listeners_and_jobs_are_their_own),
};
UNIT_GROUP(relay, tests, NULL, NULL)
