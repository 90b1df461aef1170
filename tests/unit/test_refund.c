/* Seats that are given back, and money that goes back for them. A whole course: test_refund_course.c. */
#include "refund_fixtures.h"

#include <stdatomic.h>
#include <string.h>

#include "data/db.h"
#include "fake_gateway.h"

SQL(use_fake, "UPDATE payment SET gateway = 'fake' WHERE id = ?");
SQL(count_events, "SELECT COUNT(*) FROM outbox WHERE stream = ? AND type = 'refund.send'");
SQL(count_refunds, "SELECT COUNT(*) FROM refund WHERE payment_id = ?");
SQL(count_logged, "SELECT COUNT(*) FROM staff_log WHERE action = ? AND object_id = ?");
SQL(add_session, "INSERT INTO course_session (course_id, n, starts_at, ends_at, room) VALUES (?, ?, ?, ?, ?)");
SQL(select_attempt, "SELECT MAX(id) FROM payment_attempt WHERE payment_id = ?");
SQL(sold_online, "SELECT source = 'online' FROM enrolment WHERE ticket_id = ?");

static outcome send_refund(struct ctx *c, int64_t refund_id)
{
	struct event e = { .payload = str_fmt(c->arena, "{\"refund_id\":%lld}", (long long)refund_id) };
	const struct listener *l = listener_of("refund.send");

	assert_true(l->outside);
	c->now = when_now();
	return l->act(c, &e);
}

static struct refund read_refund(struct ctx *c, int64_t id)
{
	struct refund r = { 0 };

	assert_true(refund_find(c, id, &r));
	return r;
}

#define assert_refund(c, id, wanted) assert_str_at(str_of(refund_states[read_refund((c), (id)).state]), (wanted), __FILE__, __LINE__)

/* The gateway says yes, and that this much has gone back in all. */
static void gateway_gives(int64_t in_all)
{
	fake.cancel = fake_says(GATEWAY_APPROVED, PRICE);
	fake.cancel.returned = won(in_all);
}

/* -- leaving ------------------------------------------------------------------------------------------------------------ */

COMMITTED(who_leaves_gives_the_seat_to_the_next_and_is_promised_the_money_at_once)
{
	int64_t course = a_course(c, .capacity = 1), refund;
	struct sold s = a_sale(c, .course = course);
	int64_t next = a_ticket(c, .course = course);

	assert_ticket(c, next, "waiting");
	refund = leave(c, &s);
	assert_ticket(c, s.ticket, "cancelled");
	assert_ticket(c, next, "active");
	assert_int_equal(told(c, holder_of(c, next), "seat.offered"), 1);
	assert_int_equal(told(c, s.member, "enrolment.cancelled"), 1);
	assert_refund(c, refund, "due");
	assert_int_equal(read_refund(c, refund).amount.won, PRICE);
	assert_int_equal(read_payment(c, &s).promised.won, PRICE);
	assert_int_equal(read_payment(c, &s).returned.won, 0);
	assert_int_equal(read_payment(c, &s).status, PAYMENT_PAID);
	assert_int_equal(enrolment_of_ticket(c, s.ticket), 0);
	assert_course_sound(c, course);
}

COMMITTED(only_ones_own_enrolment_can_be_left_and_only_once)
{
	struct sold s = a_sale(c);
	struct cancelling v = { .enrolment_id = s.enrolment, .reason_code = S("changed_mind") };

	as(c, a_member(c));
	assert_ptr_equal(try_cancel(c, &v, NULL), &enrolment_unknown);
	leave(c, &s);
	assert_ptr_equal(try_cancel(c, &v, NULL), &enrolment_not_active);
	assert_int_equal(db_int(c, &count_refunds, 0, arg(s.payment.id)), 1);
	assert_int_equal(told(c, s.member, "enrolment.cancelled"), 1);
}

COMMITTED(a_refund_that_was_agreed_to_is_not_made_smaller)
{
	struct sold s = a_sale(c);
	struct cancelling v = { .enrolment_id = s.enrolment, .reason_code = S("changed_mind"), .expected = { true, { PRICE } } };
	when now = when_now();

	db_run(c, &add_session, arg(s.course), arg(1), arg(when_plus(now, -HOUR)), arg(when_plus(now, HOUR)), arg(S("1")));
	assert_ptr_equal(try_cancel(c, &v, NULL), &quote_changed);
	assert_ticket(c, s.ticket, "enrolled");
	v.expected.set = false;
	assert_ptr_equal(try_cancel(c, &v, NULL), OK);
	assert_int_equal(read_payment(c, &s).promised.won, 0);          /* half of it was held */
}

COMMITTED(who_paid_nothing_leaves_without_a_refund)
{
	struct sold s = a_sale(c, .course = a_course(c, .free_of_charge = true));

	assert_int_equal(leave(c, &s), 0);
	assert_ticket(c, s.ticket, "cancelled");
	assert_int_equal(db_int(c, &count_refunds, 0, arg(s.payment.id)), 0);
	assert_int_equal(told(c, s.member, "enrolment.cancelled"), 1);
}

/* -- by staff ---------------------------------------------------------------------------------------------------------- */

COMMITTED(staff_give_back_a_part_and_the_seat_stays)
{
	struct sold s = a_sale(c);
	int64_t refund = give_part(c, &s, 30000);

	assert_ticket(c, s.ticket, "enrolled");
	assert_int_equal(read_refund(c, refund).amount.won, 30000);
	assert_int_equal(read_payment(c, &s).promised.won, 30000);
	assert_int_equal(db_int(c, &count_logged, 0, arg(S("payment.refund")), arg(s.payment.id)), 1);
	leave(c, &s);
	assert_int_equal(read_payment(c, &s).promised.won, PRICE);      /* what was left */
}

COMMITTED(never_more_goes_back_than_is_left)
{
	struct sold s = a_sale(c);
	struct cancelling v = { .enrolment_id = s.enrolment, .kind = REFUND_BY_STAFF, .amount = { true, { PRICE - 30000 + 1 } },
				.reason_code = S("mistake"), .keeps_seat = true };

	give_part(c, &s, 30000);
	assert_ptr_equal(try_cancel(c, &v, NULL), &refund_too_large);
	assert_str(c->errors->field, "amount");
	v.amount.v = won(PRICE - 30000);
	assert_ptr_equal(try_cancel(c, &v, NULL), OK);
	v.amount.v = won(1);
	assert_ptr_equal(try_cancel(c, &v, NULL), &refund_nothing_left);
}

COMMITTED(another_reason_wants_words)
{
	struct sold s = a_sale(c);
	struct cancelling v = { .enrolment_id = s.enrolment, .kind = REFUND_BY_STAFF, .reason_code = S("other"), .reason = S("  ") };

	as(c, a_member(c, .roles = ROLE_OPERATOR));
	assert_ptr_equal(try_cancel(c, &v, NULL), &invalid);
	assert_str(c->errors->field, "reason");
	v.reason = S("이사 때문에 두 번 신청함");
	assert_ptr_equal(try_cancel(c, &v, NULL), OK);
	assert_int_equal(db_int(c, &count_logged, 0, arg(S("enrolment.cancel")), arg(s.enrolment)), 1);
}

COMMITTED(money_can_follow_after_the_seat_was_given_back)
{
	struct sold s = a_sale(c);
	struct cancelling v = { .enrolment_id = s.enrolment, .kind = REFUND_BY_STAFF, .amount = { true, { 40000 } }, .reason_code = S("ill") };

	half_held(c, s.course);                                         /* the law gives nothing any more */
	as(c, a_member(c, .roles = ROLE_OPERATOR));
	assert_ptr_equal(try_cancel(c, &v, NULL), OK);
	assert_ticket(c, s.ticket, "cancelled");
	assert_int_equal(read_payment(c, &s).promised.won, 40000);
	give_part(c, &s, 60000);
	assert_int_equal(read_payment(c, &s).promised.won, PRICE);
}

COMMITTED(who_loses_the_seat_gets_no_less_than_the_law_gives)
{
	struct sold s = a_sale(c), begun = a_sale(c);
	struct cancelling v = { .enrolment_id = s.enrolment, .kind = REFUND_BY_STAFF, .amount = { true, { 40000 } }, .reason_code = S("ill") };
	struct quote q;
	money amount;

	as(c, a_member(c, .roles = ROLE_OPERATOR));
	assert_ptr_equal(try_cancel(c, &v, NULL), &refund_below_law);
	assert_str(c->errors->field, "amount");
	assert_str(c->errors->value, "100000");
	assert_ticket(c, s.ticket, "enrolled");
	v.keeps_seat = true;                                            /* a favour has no floor */
	assert_ptr_equal(try_cancel(c, &v, NULL), OK);
	v.keeps_seat = false;
	v.amount.v = won(59999);
	assert_ptr_equal(try_cancel(c, &v, NULL), &refund_below_law);
	assert_str(c->errors->value, "60000");                          /* of what is left */
	v.amount.v = won(60000);
	assert_ptr_equal(try_cancel(c, &v, NULL), OK);
	half_held(c, begun.course);
	v = (struct cancelling){ .enrolment_id = begun.enrolment, .kind = REFUND_BY_STAFF, .centre_fault = true, .amount = { true, { 49999 } },
				 .reason_code = S("mistake") };
	assert_ptr_equal(refund_check(c, &v, &q, &amount), &refund_below_law);
	v.amount.v = won(50000);
	assert_ptr_equal(try_cancel(c, &v, NULL), OK);
}

/* -- the gateway -------------------------------------------------------------------------------------------------------- */

COMMITTED(the_gateway_says_yes_and_the_member_hears_of_it_once)
{
	struct sold s = a_sale(c);
	int64_t refund = leave(c, &s);

	gateway_gives(PRICE);
	assert_ptr_equal(send_refund(c, refund), OK);
	assert_refund(c, refund, "done");
	assert_int_equal(read_payment(c, &s).returned.won, PRICE);
	assert_int_equal(read_payment(c, &s).status, PAYMENT_RETURNED);
	assert_int_equal(told(c, s.member, "payment.refunded"), 1);
	assert_ptr_equal(send_refund(c, refund), OK);                   /* the event comes twice */
	assert_int_equal(fake.cancels, 1);
	assert_int_equal(told(c, s.member, "payment.refunded"), 1);
}

COMMITTED(parts_go_back_one_after_the_other_each_with_its_own_key)
{
	struct sold s = a_sale(c);
	int64_t first = give_part(c, &s, 30000), second = give_part(c, &s, 20000);

	assert_int_equal(db_int(c, &count_events, 0, arg(str_fmt(c->arena, "p.%lld", (long long)s.payment.id))), 2);
	gateway_gives(30000);
	assert_ptr_equal(send_refund(c, first), OK);
	assert_int_equal(fake.asked.amount.won, 30000);
	assert_int_equal(fake.asked.returnable.v.won, PRICE);
	assert_string_equal(fake.cancel_key, str_z(c->arena, str_fmt(c->arena, "refund-%lld", (long long)first)));
	gateway_gives(50000);
	assert_ptr_equal(send_refund(c, second), OK);
	assert_int_equal(fake.asked.returnable.v.won, PRICE - 30000);
	assert_string_equal(fake.cancel_key, str_z(c->arena, str_fmt(c->arena, "refund-%lld", (long long)second)));
	assert_int_equal(read_payment(c, &s).returned.won, 50000);
	assert_int_equal(read_payment(c, &s).status, PAYMENT_PAID);
}

COMMITTED(a_lost_answer_is_looked_up_in_the_gateways_books)
{
	struct sold s = a_sale(c);
	int64_t refund = leave(c, &s);

	fake.cancel = fake_says(GATEWAY_UNKNOWN, 0);
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	fake.query.returned = won(PRICE);                               /* it had been done */
	assert_ptr_equal(send_refund(c, refund), OK);
	assert_refund(c, refund, "done");
	assert_int_equal(fake.cancels, 1);
}

COMMITTED(what_is_not_known_is_asked_again_with_the_same_key)
{
	struct sold s = a_sale(c);
	int64_t refund = leave(c, &s);
	char key[100];

	fake.cancel = fake_says(GATEWAY_UNKNOWN, 0);
	fake.query = fake_says(GATEWAY_UNKNOWN, 0);
	assert_ptr_not_equal(send_refund(c, refund), OK);
	memcpy(key, fake.cancel_key, sizeof(key));
	assert_refund(c, refund, "due");
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);                /* known there, and nothing has gone back */
	assert_ptr_not_equal(send_refund(c, refund), OK);
	assert_refund(c, refund, "due");
	assert_int_equal(told(c, s.member, "payment.refunded"), 0);
	gateway_gives(PRICE);
	assert_ptr_equal(send_refund(c, refund), OK);
	assert_string_equal(fake.cancel_key, key);
	assert_refund(c, refund, "done");
}

COMMITTED(what_the_gateway_refuses_for_good_is_given_back_by_hand)
{
	struct sold s = a_sale(c);
	int64_t refund = leave(c, &s);
	struct refund now;

	fake.cancel = fake_says(GATEWAY_REFUSED, 0);
	fake.cancel.code = S("EXCEED_MAX_REFUND_DUE");
	fake.query = fake_says(GATEWAY_UNKNOWN, 0);
	assert_ptr_not_equal(send_refund(c, refund), OK);               /* its books decide, and they are closed */
	assert_refund(c, refund, "due");
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	assert_ptr_equal(send_refund(c, refund), OK);
	assert_refund(c, refund, "by_hand");
	assert_str(read_refund(c, refund).code, "EXCEED_MAX_REFUND_DUE");
	as(c, a_member(c, .roles = ROLE_OPERATOR));
	assert_ptr_equal(refund_done_by_hand(c, refund, S("국민은행으로 보냄"), &now), OK);
	assert_refund(c, refund, "done");
	assert_int_equal(read_payment(c, &s).returned.won, PRICE);
}

COMMITTED(what_went_back_by_hand_is_not_expected_in_the_gateways_books)
{
	struct sold s = a_sale(c);
	int64_t first = give_part(c, &s, 30000), second = give_part(c, &s, 20000);
	struct refund now;

	fake.cancel = fake_says(GATEWAY_REFUSED, 0);
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	assert_ptr_equal(send_refund(c, first), OK);
	assert_ptr_equal(refund_done_by_hand(c, first, S("현금"), &now), OK);
	gateway_gives(20000);
	assert_ptr_equal(send_refund(c, second), OK);
	assert_int_equal(fake.asked.returnable.v.won, PRICE);
	assert_refund(c, second, "done");
}

COMMITTED(money_paid_at_the_desk_waits_for_a_person)
{
	struct sold s = a_sale(c, .at_desk = true);
	int64_t refund = leave(c, &s);
	struct refund now;

	assert_refund(c, refund, "by_hand");
	assert_int_equal(db_int(c, &count_events, 0, arg(str_fmt(c->arena, "p.%lld", (long long)s.payment.id))), 0);
	as(c, a_member(c, .roles = ROLE_FINANCE));
	assert_ptr_equal(refund_done_by_hand(c, refund, S("창구에서 현금"), &now), OK);
	assert_int_equal(now.state, REFUND_DONE);
	assert_int_equal(read_payment(c, &s).status, PAYMENT_RETURNED);
	assert_int_equal(told(c, s.member, "payment.refunded"), 1);
	assert_ptr_equal(refund_done_by_hand(c, refund, S("또"), &now), &refund_not_by_hand);
	assert_int_equal(db_int(c, &count_logged, 0, arg(S("refund.done")), arg(refund)), 1);
}

COMMITTED(who_settles_a_payment_is_not_who_sold_the_seat)
{
	struct gateway_result yes = fake_says(GATEWAY_APPROVED, PRICE);

	for (int by_janitor = 0; by_janitor < 2; by_janitor++) {
		struct sold s = { .ticket = a_ticket(c) };

		as(c, holder_of(c, s.ticket));
		c->now = when_now();
		assert_ptr_equal(db_tx(c, check_out_tx, &s), OK);
		db_run(c, &use_fake, arg(s.payment.id));
		fake_reset();
		fake.confirm = fake_says(GATEWAY_UNKNOWN, 0);
		payment_confirm(c, s.payment.order_id, str_fmt(c->arena, "pay-%.*s", STR(s.payment.order_id)), s.payment.amount, &s.payment);
		as(c, by_janitor ? 0 : a_member(c, .roles = ROLE_OPERATOR));
		payment_settle(c, db_int(c, &select_attempt, 0, arg(s.payment.id)), &yes);
		assert_int_equal(db_int(c, &sold_online, 2, arg(s.ticket)), 1);
	}
	fake_reset();
}

/* -- at once ------------------------------------------------------------------------------------------------------------- */

static struct shared {
	int64_t enrolment, operator;
	atomic_int ready, done;
} *all;

static void share(const struct sold *s, int64_t operator)
{
	if (!all)
		all = shared_memory(sizeof(*all));
	memset(all, 0, sizeof(*all));
	all->enrolment = s->enrolment;
	all->operator = operator;
}

static int give_60000(struct ctx *c, int which)
{
	struct cancelling v = { .enrolment_id = all->enrolment, .kind = REFUND_BY_STAFF, .amount = { true, { 60000 } }, .reason_code = S("mistake"),
				.keeps_seat = which % 2 };
	outcome o;

	test_line_up(c, &all->ready, 4);
	as(c, all->operator);
	o = try_cancel(c, &v, NULL);
	if (o == OK)
		atomic_fetch_add(&all->done, 1);
	return o == OK || o == &refund_too_large || o == &enrolment_not_active ? 0 : 1;
}

COMMITTED(several_refunds_at_once_never_give_back_more_than_was_paid)
{
	int64_t operator = a_member(c, .roles = ROLE_OPERATOR);

	for (int i = 0; i < 5; i++) {
		struct sold s = a_sale(c);

		half_held(c, s.course);                         /* so that any amount may go with the seat */
		share(&s, operator);
		test_at_once(4, give_60000);
		assert_int_equal(atomic_load(&all->done), 1);
		assert_int_equal(read_payment(c, &s).promised.won, 60000);
		assert_course_sound(c, s.course);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(who_leaves_gives_the_seat_to_the_next_and_is_promised_the_money_at_once),
	cmocka_unit_test(only_ones_own_enrolment_can_be_left_and_only_once),
	cmocka_unit_test(a_refund_that_was_agreed_to_is_not_made_smaller),
	cmocka_unit_test(who_paid_nothing_leaves_without_a_refund),
	cmocka_unit_test(staff_give_back_a_part_and_the_seat_stays),
	cmocka_unit_test(never_more_goes_back_than_is_left),
	cmocka_unit_test(another_reason_wants_words),
	cmocka_unit_test(money_can_follow_after_the_seat_was_given_back),
	cmocka_unit_test(who_loses_the_seat_gets_no_less_than_the_law_gives),
	cmocka_unit_test(the_gateway_says_yes_and_the_member_hears_of_it_once),
	cmocka_unit_test(parts_go_back_one_after_the_other_each_with_its_own_key),
	cmocka_unit_test(a_lost_answer_is_looked_up_in_the_gateways_books),
	cmocka_unit_test(what_is_not_known_is_asked_again_with_the_same_key),
	cmocka_unit_test(what_the_gateway_refuses_for_good_is_given_back_by_hand),
	cmocka_unit_test(what_went_back_by_hand_is_not_expected_in_the_gateways_books),
	cmocka_unit_test(money_paid_at_the_desk_waits_for_a_person),
	cmocka_unit_test(who_settles_a_payment_is_not_who_sold_the_seat),
	cmocka_unit_test(several_refunds_at_once_never_give_back_more_than_was_paid),
};
UNIT_GROUP(refund, tests, NULL, NULL)
