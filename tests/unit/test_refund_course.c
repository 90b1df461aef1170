/* Courses that do not take place: everybody's seat and money, one failing or not, and what goes on beside it. */
#include "refund_fixtures.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/json.h"
#include "data/db.h"
#include "desk/desk.h"
#include "fake_gateway.h"

SQL(use_fake, "UPDATE payment SET gateway = 'fake' WHERE id = ?");
SQL(select_event, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE stream = ? AND type = ? ORDER BY id DESC LIMIT 1");
SQL(count_active, "SELECT COUNT(*) FROM enrolment WHERE course_id = ? AND status = 'active'");
SQL(select_attempt, "SELECT MAX(id) FROM payment_attempt WHERE payment_id = ?");
SQL(count_batches, "SELECT COUNT(*) FROM outbox WHERE stream = ? AND type = 'refund.course'");
SQL(count_later, "SELECT COUNT(*) FROM outbox WHERE stream = ? AND type = 'refund.enrolment'");
SQL(hide_payment, "UPDATE payment SET order_id = CONCAT('x', order_id) WHERE id = ?");
SQL(show_payment, "UPDATE payment SET order_id = SUBSTR(order_id, 2) WHERE id = ?");
SQL(set_enrolled, "UPDATE course_seat SET enrolled = ? WHERE course_id = ?");
SQL(clear_stream, "DELETE FROM outbox WHERE stream = ?");
SQL(park_event,
	"INSERT INTO outbox_parked (shard, id, stream, type, payload, created_at, tries, reason, parked_at) "
	"SELECT shard, id, stream, type, payload, created_at, 12, 'listener_broke', created_at FROM outbox WHERE stream = ?");
SQL(forget_parked, "DELETE FROM outbox_parked WHERE stream = ?");
SQL(select_place, "SELECT course_id FROM enrolment WHERE id = ? AND status = 'active'");
SQL(set_status, "UPDATE course SET status = 'cancelled' WHERE id = ?");

/* -- a course that does not take place ----------------------------------------------------------------------------------- */

static outcome act_in_tx(struct ctx *c, void *p)
{
	const struct event *e = p;

	return listener_of("course.cancelled")->act(c, e);
}

static outcome act_later(struct ctx *c, void *p)
{
	return listener_of("refund.enrolment")->act(c, p);
}

COMMITTED(a_cancelled_course_gives_everybody_their_money_back)
{
	int64_t course = a_course(c);
	struct sold a = a_sale(c, .course = course), b = a_sale(c, .course = course, .at_desk = true);
	struct course_cost cost;
	struct event e = { .stream = str_fmt(c->arena, "k.%lld", (long long)course),
			   .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"reason\":\"신청이 적어서\"}", (long long)course) };

	give_part(c, &a, 10000);
	refund_course_cost(c, course, &cost);
	assert_int_equal(cost.enrolled, 2);
	assert_int_equal(cost.refunds, 2);
	assert_int_equal(cost.due.won, 2 * PRICE - 10000);
	as(c, 0);
	c->now = when_now();
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);
	assert_int_equal(db_int(c, &count_active, -1, arg(course)), 0);
	assert_int_equal(read_payment(c, &a).promised.won, PRICE);
	assert_int_equal(read_payment(c, &b).promised.won, PRICE);
	assert_int_equal(told(c, a.member, "course.cancelled"), 1);
	assert_int_equal(told(c, b.member, "course.cancelled"), 1);
	assert_int_equal(told(c, a.member, "enrolment.cancelled"), 0);
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);                  /* again: nothing is left to do */
	assert_int_equal(told(c, a.member, "course.cancelled"), 1);
	assert_course_sound(c, course);
}

COMMITTED(money_that_comes_when_the_course_is_over_goes_back_by_itself)
{
	struct gateway_result yes = fake_says(GATEWAY_APPROVED, PRICE);

	for (int refused = 0; refused < 2; refused++) {
		struct sold s = { .course = a_course(c) };
		struct event e;
		struct course k;

		s.ticket = a_ticket(c, .course = s.course);
		as(c, s.member = holder_of(c, s.ticket));
		c->now = when_now();
		assert_ptr_equal(db_tx(c, check_out_tx, &s), OK);
		db_run(c, &use_fake, arg(s.payment.id));
		fake_reset();
		fake.confirm = fake_says(GATEWAY_UNKNOWN, 0);
		payment_confirm(c, s.payment.order_id, str_fmt(c->arena, "pay-%.*s", STR(s.payment.order_id)), s.payment.amount, &s.payment);
		as(c, 0);
		assert_ptr_equal(course_set_status(c, s.course, COURSE_FINISHED, S("끝"), &k), OK);
		assert_ticket(c, s.ticket, "paying");
		yes.outcome = refused ? GATEWAY_REFUSED : GATEWAY_APPROVED;
		payment_settle(c, db_int(c, &select_attempt, 0, arg(s.payment.id)), &yes);
		assert_ticket(c, s.ticket, "cancelled");
		assert_int_equal(enrolment_of_ticket(c, s.ticket), 0);
		assert_int_equal(read_payment_only(c, &s).status, refused ? PAYMENT_REFUSED : PAYMENT_RETURNING);
		assert_int_equal(db_one(c, &select_event, &event_shape, &e, arg(str_fmt(c->arena, "p.%lld", (long long)s.payment.id)),
					arg(S("payment.return"))), !refused);
		assert_course_sound(c, s.course);
	}
	fake_reset();
}

COMMITTED(a_big_course_is_cancelled_batch_by_batch_to_the_last_member)
{
	enum { SOLD = 203 };
	int64_t course = a_course(c, .capacity = SOLD);
	struct event e = { .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"reason\":\"\",\"note\":\"다음 학기에\"}", (long long)course) }, next = { 0 };
	struct sold last = { 0 };

	e.stream = str_fmt(c->arena, "k.%lld", (long long)course);
	for (int i = 0; i < SOLD; i++)
		last = a_sale(c, .course = course, .at_desk = true);
	as(c, 0);
	c->now = when_now();
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);
	assert_int_equal(db_int(c, &count_active, -1, arg(course)), 3);
	assert_int_equal(db_int(c, &count_batches, -1, arg(e.stream)), 1);
	assert_true(db_one(c, &select_event, &event_shape, &next, arg(e.stream), arg(S("refund.course"))));
	assert_ptr_equal(listener_of("refund.course")->act, listener_of("course.cancelled")->act);
	assert_ptr_equal(db_tx(c, act_in_tx, &next), OK);
	assert_int_equal(db_int(c, &count_active, -1, arg(course)), 0);
	assert_int_equal(db_int(c, &count_batches, -1, arg(e.stream)), 1);
	assert_int_equal(read_payment(c, &last).promised.won, PRICE);
	assert_str(json_str(json_parse(c, told_data(c, last.member, "course.cancelled")), "note"), "다음 학기에");
	assert_course_sound(c, course);
}

COMMITTED(who_was_just_paying_when_the_course_was_cancelled_is_found_later)
{
	struct sold s = a_sale(c);
	str stream = str_fmt(c->arena, "k.%lld", (long long)s.course);
	struct event e = { 0 };

	db_run(c, &set_status, arg(s.course));
	as(c, 0);
	refund_jobs[0].run(c);
	assert_true(db_one(c, &select_event, &event_shape, &e, arg(stream), arg(S("refund.course"))));
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);
	assert_int_equal(db_int(c, &count_active, -1, arg(s.course)), 0);
	assert_int_equal(read_payment(c, &s).promised.won, PRICE);
}

COMMITTED(who_leaves_a_course_that_was_cancelled_gets_what_the_centre_owes)
{
	struct sold stays = a_sale(c), s = a_sale(c);
	struct quote q;

	half_held(c, stays.course);
	leave(c, &stays);
	assert_int_equal(read_payment(c, &stays).promised.won, 0);
	half_held(c, s.course);
	db_run(c, &set_status, arg(s.course));                          /* and its listener has not come by yet */
	as(c, s.member);
	c->now = when_now();
	assert_ptr_equal(refund_quote(c, s.enrolment, false, &q), OK);
	assert_int_equal(q.refund.won, PRICE / 2);
	leave(c, &s);
	assert_int_equal(read_payment(c, &s).promised.won, PRICE / 2);
}

COMMITTED(an_enrolment_that_fails_holds_back_nobody_else)
{
	int64_t course = a_course(c);
	struct sold broken = a_sale(c, .course = course), good = a_sale(c, .course = course), also = a_sale(c, .course = course);
	struct event e = { .stream = str_fmt(c->arena, "k.%lld", (long long)course),
			   .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"reason\":\"강사 사정\",\"note\":\"죄송합니다\"}", (long long)course) };
	struct event later = { 0 };
	str stream = str_fmt(c->arena, "e.%lld", (long long)broken.enrolment);

	db_run(c, &hide_payment, arg(broken.payment.id));
	db_run(c, &set_status, arg(course));
	as(c, 0);
	c->now = when_now();
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);
	assert_ticket(c, good.ticket, "cancelled");
	assert_ticket(c, also.ticket, "cancelled");
	assert_int_equal(told(c, also.member, "course.cancelled"), 1);
	assert_ticket(c, broken.ticket, "enrolled");
	assert_int_equal(told(c, broken.member, "course.cancelled"), 0);
	assert_int_equal(db_int(c, &count_later, 0, arg(stream)), 1);
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);                  /* found again: it has its event already */
	assert_int_equal(db_int(c, &count_later, 0, arg(stream)), 1);
	assert_true(db_one(c, &select_event, &event_shape, &later, arg(stream), arg(S("refund.enrolment"))));
	assert_ptr_equal(listener_of("refund.enrolment")->act(c, &later), &enrolment_unknown);     /* tried again, and parked in the end */
	db_run(c, &show_payment, arg(broken.payment.id));
	assert_ptr_equal(db_tx(c, act_later, &later), OK);
	assert_ticket(c, broken.ticket, "cancelled");
	assert_str(json_str(json_parse(c, told_data(c, broken.member, "course.cancelled")), "note"), "죄송합니다");
	assert_int_equal(read_payment(c, &broken).promised.won, PRICE);
	assert_ptr_equal(db_tx(c, act_later, &later), OK);
	assert_int_equal(told(c, broken.member, "course.cancelled"), 1);
	assert_course_sound(c, course);
}

COMMITTED(an_enrolment_whose_books_fault_holds_back_nobody_else)
{
	int64_t course = a_course(c);
	struct sold good = a_sale(c, .course = course), broken = a_sale(c, .course = course);
	struct event e = { .stream = str_fmt(c->arena, "k.%lld", (long long)course),
			   .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"reason\":\"\"}", (long long)course) };
	str stream = str_fmt(c->arena, "e.%lld", (long long)broken.enrolment);

	db_run(c, &set_enrolled, arg(1), arg(course));                  /* so that the second one cannot be taken off */
	as(c, 0);
	c->now = when_now();
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);
	assert_ticket(c, good.ticket, "cancelled");
	assert_int_equal(told(c, good.member, "course.cancelled"), 1);
	assert_ticket(c, broken.ticket, "enrolled");
	assert_int_equal(read_payment(c, &broken).promised.won, 0);
	assert_int_equal(db_int(c, &count_later, 0, arg(stream)), 1);
	db_run(c, &set_enrolled, arg(1), arg(course));
	db_run(c, &clear_stream, arg(stream));
}

COMMITTED(stragglers_are_not_looked_for_while_an_event_of_their_own_waits)
{
	struct sold s = a_sale(c);
	str stream = str_fmt(c->arena, "k.%lld", (long long)s.course), own = str_fmt(c->arena, "e.%lld", (long long)s.enrolment);
	struct event e = { 0 };

	db_run(c, &clear_stream, arg(stream));
	db_run(c, &set_status, arg(s.course));
	as(c, 0);
	refund_jobs[0].run(c);
	refund_jobs[0].run(c);
	assert_int_equal(db_int(c, &count_batches, 0, arg(stream)), 1);
	db_run(c, &park_event, arg(stream));
	db_run(c, &clear_stream, arg(stream));
	refund_jobs[0].run(c);                                          /* an operator puts that one back */
	assert_int_equal(db_int(c, &count_batches, 0, arg(stream)), 0);
	db_run(c, &forget_parked, arg(stream));
	db_run(c, &hide_payment, arg(s.payment.id));
	refund_jobs[0].run(c);
	assert_true(db_one(c, &select_event, &event_shape, &e, arg(stream), arg(S("refund.course"))));
	assert_ptr_equal(db_tx(c, act_in_tx, &e), OK);
	db_run(c, &clear_stream, arg(stream));
	refund_jobs[0].run(c);                                          /* who is left is tried by itself */
	assert_int_equal(db_int(c, &count_batches, 0, arg(stream)), 0);
	db_run(c, &park_event, arg(own));
	db_run(c, &clear_stream, arg(own));
	refund_jobs[0].run(c);
	assert_int_equal(db_int(c, &count_batches, 0, arg(stream)), 0);
	db_run(c, &forget_parked, arg(own));
	db_run(c, &show_payment, arg(s.payment.id));
	leave(c, &s);
}

/* -- a batch and what goes on beside it --------------------------------------------------------------------------------- */

static struct beside {
	int64_t course, to_course, low, high, ticket, operator;
	atomic_int locked, calls[2];
} *beside;

static void begin_beside(void)
{
	if (!beside)
		beside = shared_memory(sizeof(*beside));
	memset(beside, 0, sizeof(*beside));
}

static void wait_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static outcome cancel_beside(struct ctx *c, void *p)
{
	atomic_fetch_add(&beside->calls[1], 1);
	return act_in_tx(c, p);
}

static int call_off(struct ctx *c)
{
	struct event e = { .stream = str_fmt(c->arena, "k.%lld", (long long)beside->course),
			   .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"reason\":\"\"}", (long long)beside->course) };

	while (!atomic_load(&beside->locked))
		;
	c->now = when_now();
	return db_tx(c, cancel_beside, &e) != OK;
}

/* As any other transaction that tells several members: in their order. */
static outcome tell_both(struct ctx *c, void *p)
{
	(void)p;
	atomic_fetch_add(&beside->calls[0], 1);
	notify(c, beside->low, "enrolment.cancelled", S("{}"));
	atomic_store(&beside->locked, 1);
	wait_ms(300);
	notify(c, beside->high, "enrolment.cancelled", S("{}"));
	return OK;
}

static int tell_or_call_off(struct ctx *c, int which)
{
	ctx_begin(c);
	assert_true(db_alive(c));
	return which ? call_off(c) : db_tx(c, tell_both, NULL) != OK;
}

COMMITTED(a_batch_tells_its_members_in_their_order_whoever_came_first)
{
	int64_t course = a_course(c);
	struct sold first, second;
	int64_t a = a_member(c), b = a_member(c);

	assert_true(a < b);
	first = a_sale(c, .course = course, .member = b);
	second = a_sale(c, .course = course, .member = a);
	assert_true(first.enrolment < second.enrolment);
	begin_beside();
	beside->course = course;
	beside->low = a;
	beside->high = b;
	test_at_once(2, tell_or_call_off);
	assert_int_equal(db_int(c, &count_active, -1, arg(course)), 0);
	assert_int_equal(told(c, a, "course.cancelled"), 1);
	assert_int_equal(told(c, b, "course.cancelled"), 1);
	assert_int_equal(atomic_load(&beside->calls[0]), 1);           /* nobody was the victim of a deadlock */
	assert_int_equal(atomic_load(&beside->calls[1]), 1);
}

static outcome move_away(struct ctx *c, void *p)
{
	int64_t to_ticket;

	(void)p;
	if (desk_move(c, beside->ticket, beside->to_course, S("폐강"), &to_ticket) != OK)
		return &enrolment_unknown;
	atomic_store(&beside->locked, 1);
	wait_ms(300);
	return OK;
}

static int move_or_call_off(struct ctx *c, int which)
{
	ctx_begin(c);
	assert_true(db_alive(c));
	as(c, which ? 0 : beside->operator);
	return which ? call_off(c) : db_tx(c, move_away, NULL) != OK;
}

COMMITTED(who_was_moved_to_another_course_meanwhile_stays_there)
{
	int64_t course = a_course(c), to = a_course(c);
	struct sold moved = a_sale(c, .course = course), stays = a_sale(c, .course = course);

	begin_beside();
	beside->operator = a_member(c, .roles = ROLE_OPERATOR);
	beside->course = course;
	beside->to_course = to;
	beside->ticket = moved.ticket;
	test_at_once(2, move_or_call_off);
	assert_int_equal(db_int(c, &select_place, 0, arg(moved.enrolment)), to);
	assert_int_equal(read_payment(c, &moved).promised.won, 0);
	assert_int_equal(told(c, moved.member, "course.cancelled"), 0);
	assert_ticket(c, stays.ticket, "cancelled");
	assert_course_sound(c, course);
	assert_course_sound(c, to);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_cancelled_course_gives_everybody_their_money_back),
	cmocka_unit_test(money_that_comes_when_the_course_is_over_goes_back_by_itself),
	cmocka_unit_test(a_big_course_is_cancelled_batch_by_batch_to_the_last_member),
	cmocka_unit_test(who_was_just_paying_when_the_course_was_cancelled_is_found_later),
	cmocka_unit_test(who_leaves_a_course_that_was_cancelled_gets_what_the_centre_owes),
	cmocka_unit_test(an_enrolment_that_fails_holds_back_nobody_else),
	cmocka_unit_test(an_enrolment_whose_books_fault_holds_back_nobody_else),
	cmocka_unit_test(stragglers_are_not_looked_for_while_an_event_of_their_own_waits),
	cmocka_unit_test(a_batch_tells_its_members_in_their_order_whoever_came_first),
	cmocka_unit_test(who_was_moved_to_another_course_meanwhile_stays_there),
};
UNIT_GROUP(refund_course, tests, NULL, NULL)
