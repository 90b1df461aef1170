/* What becomes of orders and payments when the hold or the course ends before them. */
#include "core/i18n.h"
#include "data/db.h"
#include "notify/notify.h"
#include "payment_fixtures.h"

SQL(select_holds_ended, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE stream = ? AND type = 'holds.ended' ORDER BY id DESC LIMIT 1");

static void close_orders(struct ctx *c, int64_t course)
{
	struct event e = { 0 };

	assert_true(db_one(c, &select_holds_ended, &event_shape, &e, arg(str_fmt(c->arena, "q.%lld", (long long)course))));
	assert_string_equal(payment_listeners[1].type, "holds.ended");
	assert_ptr_equal(payment_listeners[1].act(c, &e), OK);
}

COMMITTED(who_was_refused_while_the_course_ended_is_not_sent_to_another_card)
{
	int64_t course = a_course(c), ticket = a_ticket(c, .course = course);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_UNKNOWN, 0));
	const struct notification *n;
	struct course k;
	bool seen = false;
	size_t at;
	list l;

	assert_ptr_equal(course_set_status(c, course, COURSE_FINISHED, S("끝"), &k), OK);
	fake.query = fake_says(GATEWAY_REFUSED, 0);
	run_janitor(c, &p);
	assert_ticket(c, ticket, "cancelled");
	assert_status(c, &p, "refused");
	l = notify_after(c, p.member_id, 0, 20);
	n = l.p;
	for (size_t i = 0; i < l.n; i++) {
		if (!str_eq(n[i].type, S("payment.refused")))
			continue;
		seen = true;
		assert_true(str_find(n[i].body, S("거절"), &at));
		assert_false(str_find(n[i].body, S("다른 카드"), &at));
	}
	assert_true(seen);
}

COMMITTED(an_order_that_was_never_sent_ends_with_the_course_that_ended_meanwhile)
{
	int64_t course = a_course(c, .capacity = 2), ticket = a_ticket(c, .course = course), other = a_ticket(c, .course = course);
	struct gateway_result not_sent = fake_says(GATEWAY_NOT_SENT, 0);
	struct payment asked = confirmed(c, other, fake_says(GATEWAY_UNKNOWN, 0)), p = check_out(c, ticket);
	struct course k;

	fake_reset();
	fake.dies = true;
	assert_int_equal(test_fault(c, confirm_and_die, &p), FAULT_BUG);
	fake.dies = false;
	assert_ptr_equal(course_set_status(c, course, COURSE_FINISHED, S("끝"), &k), OK);
	payment_settle(c, attempt_of(c, &p).id, &not_sent);
	assert_ticket(c, ticket, "cancelled");
	assert_status(c, &p, "ready");
	close_orders(c, course);
	assert_status(c, &p, "cancelled");
	close_orders(c, course);                      /* the event comes twice */
	assert_status(c, &p, "cancelled");
	as(c, asked.member_id);
	assert_status(c, &asked, "unknown");          /* what the gateway was asked about finds its own end */
}

COMMITTED(an_order_that_the_gateway_was_asked_about_is_not_closed_with_its_hold)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_UNKNOWN, 0));
	struct event e = { .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"ticket_ids\":[%lld]}", (long long)course, (long long)ticket) };

	assert_ptr_equal(payment_listeners[1].act(c, &e), OK);
	assert_status(c, &p, "unknown");
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	run_janitor(c, &p);
	assert_status(c, &p, "paid");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(who_was_refused_while_the_course_ended_is_not_sent_to_another_card),
	cmocka_unit_test(an_order_that_was_never_sent_ends_with_the_course_that_ended_meanwhile),
	cmocka_unit_test(an_order_that_the_gateway_was_asked_about_is_not_closed_with_its_hold),
};

static int load_words(void **state)
{
	(void)state;
	return i18n_load("templates") ? 0 : -1;
}

UNIT_GROUP(payment_end, tests, load_words, NULL)
