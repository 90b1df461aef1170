/* Money for a seat, whatever the gateway says and whenever it says it. */
#include "payment_fixtures.h"

#include <stdatomic.h>
#include <string.h>

#include "data/db.h"
#include "enrolment/enrolment.h"
#include "policy/policy.h"

SQL(count_attempts, "SELECT COUNT(*) FROM payment_attempt WHERE payment_id = ?");
SQL(count_enrolments, "SELECT COUNT(*) FROM enrolment WHERE course_id = ? AND status = 'active'");
SQL(select_return, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE stream = ? AND type = 'payment.return'");
SQL(sold_at_desk, "SELECT source = 'desk' FROM enrolment WHERE id = ?");
SQL(force_expired, "UPDATE ticket SET state = 'expired', hold_expires_at = NULL WHERE id = ?");
SQL(give_seat_back, "UPDATE course_seat SET taken = taken - 1 WHERE course_id = ?");

static void lose_seat(struct ctx *c, const struct payment *p)
{
	db_run(c, &force_expired, arg(p->ticket_id));
	db_run(c, &give_seat_back, arg(p->course_id));
}

static bool return_event(struct ctx *c, const struct payment *p, struct event *e)
{
	return db_one(c, &select_return, &event_shape, e, arg(str_fmt(c->arena, "p.%lld", (long long)p->id)));
}

static outcome give_back(struct ctx *c, const struct payment *p)
{
	struct event e = { 0 };

	assert_true(return_event(c, p, &e));
	assert_string_equal(payment_listeners[0].type, "payment.return");
	return payment_listeners[0].act(c, &e);
}

COMMITTED(a_held_seat_is_checked_out_at_the_courses_price)
{
	int64_t ticket = a_ticket(c);
	struct payment p = check_out(c, ticket), q, now;

	assert_int_equal(p.amount.won, PRICE);
	assert_status(c, &p, "ready");
	assert_ticket(c, ticket, "active");
	as(c, a_member(c));
	assert_false(payment_read(c, p.order_id, &q));       /* not somebody else's */
	assert_ptr_equal(confirm_order(c, &p, &now), &payment_unknown);
}

COMMITTED(only_ones_own_running_hold_can_be_checked_out)
{
	int64_t course = a_course(c, .capacity = 1), holds = a_ticket(c, .course = course), waits = a_ticket(c, .course = course);
	struct payment p;

	as_holder(c, waits);
	assert_ptr_equal(try_check_out(c, waits, &p), &ticket_not_active);
	assert_ptr_equal(try_check_out(c, holds, &p), &ticket_unknown);
	as_holder(c, holds);
	age_hold(c, holds);
	assert_ptr_equal(try_check_out(c, holds, &p), &ticket_not_active);
	confirmed(c, (holds = a_ticket(c)), fake_says(GATEWAY_UNKNOWN, 0));
	assert_ptr_equal(try_check_out(c, holds, &p), &payment_in_flight);
	confirmed(c, (holds = a_ticket(c)), fake_says(GATEWAY_APPROVED, PRICE));
	assert_ptr_equal(try_check_out(c, holds, &p), &ticket_not_active);
}

COMMITTED(a_new_order_takes_the_place_of_the_one_before)
{
	int64_t ticket = a_ticket(c);
	struct payment first = check_out(c, ticket), second = check_out(c, ticket), now;

	assert_status(c, &first, "cancelled");
	fake_reset();
	assert_ptr_equal(confirm_order(c, &first, &now), &order_closed);
	assert_int_equal(fake.confirms, 0);
	fake.confirm = fake_says(GATEWAY_APPROVED, PRICE);
	assert_ptr_equal(confirm_order(c, &second, &now), OK);
	assert_status(c, &second, "paid");
}

COMMITTED(a_free_course_is_enrolled_at_once)
{
	int64_t course = a_course(c, .free_of_charge = true), ticket = a_ticket(c, .course = course);
	struct payment p = check_out(c, ticket);

	assert_status(c, &p, "paid");
	assert_ticket(c, ticket, "enrolled");
	assert_true(enrolment_of_ticket(c, ticket) > 0);
	assert_int_equal(told(c, holder_of(c, ticket), "enrolment.confirmed"), 1);
	assert_course_sound(c, course);
}

COMMITTED(another_amount_than_the_orders_is_refused_before_the_gateway_hears_of_it)
{
	int64_t ticket = a_ticket(c);
	struct payment p = check_out(c, ticket), now;

	fake_reset();
	assert_ptr_equal(payment_confirm(c, p.order_id, S("pk"), won(PRICE - 1), &now), &amount_differs);
	assert_str(c->errors->field, "amount");
	assert_str(c->errors->value, "100000");
	assert_int_equal(fake.confirms, 0);
	assert_ticket(c, ticket, "active");
	assert_status(c, &p, "ready");
}

COMMITTED(an_order_whose_hold_ran_out_is_not_charged)
{
	int64_t ticket = a_ticket(c);
	struct payment p = check_out(c, ticket), now;

	fake_reset();
	age_hold(c, ticket);
	c->now = when_now();
	assert_ptr_equal(confirm_order(c, &p, &now), &ticket_not_active);
	assert_int_equal(fake.confirms, 0);
	assert_status(c, &p, "ready");
}

COMMITTED(one_payment_key_pays_one_order)
{
	int64_t one = a_ticket(c), other = a_ticket(c);
	struct payment p = check_out(c, one), q, now;

	fake_reset();
	fake.confirm = fake_says(GATEWAY_APPROVED, PRICE);
	assert_ptr_equal(payment_confirm(c, p.order_id, S("the-same-key"), won(PRICE), &now), OK);
	q = check_out(c, other);
	assert_ptr_equal(payment_confirm(c, q.order_id, S("the-same-key"), won(PRICE), &now), &payment_key_used);
	assert_int_equal(fake.confirms, 1);
	assert_ticket(c, other, "active");
	assert_status(c, &q, "ready");
}

/* -- what the gateway says -- */

COMMITTED(an_approved_payment_is_a_seat)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_APPROVED, PRICE));

	assert_int_equal(p.status, PAYMENT_PAID);
	assert_int_equal(p.approved.won, PRICE);
	assert_true(p.paid_at.set);
	assert_ticket(c, ticket, "enrolled");
	assert_true(enrolment_of_ticket(c, ticket) > 0);
	assert_str(attempt_of(c, &p).state, "approved");
	assert_false(attempt_of(c, &p).check_at.set);
	assert_int_equal(told(c, p.member_id, "enrolment.confirmed"), 1);
	assert_course_sound(c, course);
}

COMMITTED(confirming_a_paid_order_again_asks_nobody)
{
	struct payment p = confirmed(c, a_ticket(c), fake_says(GATEWAY_APPROVED, PRICE)), now;

	assert_ptr_equal(confirm_order(c, &p, &now), OK);
	assert_int_equal(now.status, PAYMENT_PAID);
	assert_int_equal(fake.confirms, 1);
	assert_int_equal(db_int(c, &count_attempts, 0, arg(p.id)), 1);
}

COMMITTED(a_refused_card_leaves_the_seat_held_for_another)
{
	int64_t ticket = a_ticket(c);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_REFUSED, 0)), q;

	assert_int_equal(p.status, PAYMENT_REFUSED);
	assert_ticket(c, ticket, "active");
	assert_int_equal(told(c, p.member_id, "payment.refused"), 1);
	assert_str(attempt_of(c, &p).code, "REJECT_CARD_COMPANY");
	q = confirmed(c, ticket, fake_says(GATEWAY_APPROVED, PRICE));
	assert_status(c, &q, "paid");
	assert_status(c, &p, "refused");
}

COMMITTED(what_was_never_sent_can_be_sent_again_with_the_same_payment_key)
{
	int64_t ticket = a_ticket(c);
	struct payment p = check_out(c, ticket), now;

	fake_reset();
	fake.confirm = fake_says(GATEWAY_NOT_SENT, 0);
	assert_ptr_equal(confirm_order(c, &p, &now), &gateway_unavailable);
	assert_status(c, &p, "ready");
	assert_ticket(c, ticket, "active");
	fake.confirm = fake_says(GATEWAY_APPROVED, PRICE);
	assert_ptr_equal(confirm_order(c, &p, &now), OK);
	assert_status(c, &p, "paid");
	assert_int_equal(db_int(c, &count_attempts, 0, arg(p.id)), 2);
}

COMMITTED(an_unknown_outcome_keeps_the_seat_pinned_until_it_is_known)
{
	int64_t ticket = a_ticket(c);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_UNKNOWN, 0)), now;

	assert_int_equal(p.status, PAYMENT_UNKNOWN);
	assert_ticket(c, ticket, "paying");
	assert_int_equal(told(c, p.member_id, "payment.unknown"), 1);
	assert_ptr_equal(confirm_order(c, &p, &now), OK);          /* the member presses again: nobody is asked */
	assert_int_equal(fake.confirms, 1);
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	run_janitor(c, &p);
	assert_status(c, &p, "paid");
	assert_ticket(c, ticket, "enrolled");
	assert_int_equal(fake.queries, 1);
}

COMMITTED(read_backs_come_later_each_time_and_the_member_is_told_once)
{
	static const int64_t pauses[] = { 2, 3, 5, 8, 15, 30, 60, 120, 300, 660, 660 };
	struct payment p = confirmed(c, a_ticket(c), fake_says(GATEWAY_UNKNOWN, 0));

	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		struct attempt_look a = attempt_of(c, &p);

		assert_int_equal(a.tries, i + 1);
		assert_int_equal((a.check_at.v.us - c->now.us) / SECOND, pauses[i]);
		run_janitor(c, &p);
	}
	assert_int_equal(told(c, p.member_id, "payment.unknown"), 1);
	fake.query = fake_says(GATEWAY_REFUSED, 0);
	run_janitor(c, &p);
	assert_status(c, &p, "refused");
	assert_int_equal(told(c, p.member_id, "payment.refused"), 1);
}

COMMITTED(a_look_that_was_not_sent_says_nothing_about_the_payment)
{
	int64_t ticket = a_ticket(c);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_UNKNOWN, 0));

	fake.query = fake_says(GATEWAY_NOT_SENT, 0);
	run_janitor(c, &p);
	assert_status(c, &p, "unknown");
	assert_ticket(c, ticket, "paying");
}

COMMITTED(the_janitor_finishes_what_a_dead_worker_began_with_the_same_key)
{
	int64_t ticket = a_ticket(c);
	struct payment p = check_out(c, ticket);
	struct attempt_look a;
	char key[100];

	fake_reset();
	fake.dies = true;
	assert_int_equal(test_fault(c, confirm_and_die, &p), FAULT_BUG);
	assert_status(c, &p, "in_flight");
	assert_ticket(c, ticket, "paying");
	a = attempt_of(c, &p);
	assert_true(a.check_at.set);
	memcpy(key, fake.key, sizeof(key));
	assert_str(a.idem_key, key);
	fake.dies = false;
	fake.query.state = GATEWAY_OPEN;              /* known there, and not charged yet */
	fake.confirm = fake_says(GATEWAY_APPROVED, PRICE);
	run_janitor(c, &p);
	assert_string_equal(fake.key, key);
	assert_status(c, &p, "paid");
	assert_ticket(c, ticket, "enrolled");
}

COMMITTED(a_webhook_only_makes_the_janitor_look_at_once)
{
	struct payment p = confirmed(c, a_ticket(c), fake_says(GATEWAY_UNKNOWN, 0)), paid;

	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	payment_hint(c, S("mdg-no-such-order"), (str){ NULL, 0 });
	payment_janitor(c);
	assert_status(c, &p, "unknown");
	payment_hint(c, p.order_id, (str){ NULL, 0 });
	assert_status(c, &p, "unknown");
	payment_janitor(c);
	assert_status(c, &p, "paid");
	paid = confirmed(c, a_ticket(c), fake_says(GATEWAY_APPROVED, PRICE));
	payment_hint(c, paid.order_id, (str){ NULL, 0 });      /* settled: nothing to look for */
	assert_false(attempt_of(c, &paid).check_at.set);
	p = confirmed(c, a_ticket(c), fake_says(GATEWAY_UNKNOWN, 0));
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	payment_hint(c, (str){ NULL, 0 }, read_order(c, &p).payment_key.v);
	payment_janitor(c);
	assert_status(c, &p, "paid");
}

/* -- money that goes back -- */

COMMITTED(a_wrong_amount_goes_back_and_buys_nothing)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_APPROVED, PRICE - 500)), now;

	assert_int_equal(p.status, PAYMENT_RETURNING);
	assert_int_equal(p.approved.won, PRICE - 500);
	assert_int_equal(p.promised.won, p.approved.won);     /* all of it is spoken for before it has gone back */
	assert_ticket(c, ticket, "active");
	assert_int_equal(enrolment_of_ticket(c, ticket), 0);
	assert_ptr_equal(confirm_order(c, &p, &now), &order_closed);
	fake.cancel = fake_says(GATEWAY_APPROVED, PRICE - 500);
	fake.cancel.returned = won(PRICE - 500);
	assert_ptr_equal(give_back(c, &p), OK);
	now = read_order(c, &p);
	assert_int_equal(now.status, PAYMENT_RETURNED);
	assert_int_equal(now.returned.won, PRICE - 500);
	assert_int_equal(told(c, p.member_id, "payment.refunded"), 1);
	assert_ptr_equal(give_back(c, &p), OK);       /* the event comes twice: the money goes back once */
	assert_int_equal(fake.cancels, 1);
	assert_int_equal(told(c, p.member_id, "payment.refunded"), 1);
	assert_course_sound(c, course);
}

COMMITTED(late_money_becomes_the_seat_if_it_is_still_free)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_UNKNOWN, 0));

	lose_seat(c, &p);
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	run_janitor(c, &p);
	assert_status(c, &p, "paid");
	assert_ticket(c, ticket, "enrolled");
	assert_course_sound(c, course);
}

COMMITTED(late_money_without_a_seat_goes_back_by_itself)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_UNKNOWN, 0));
	int64_t next = a_ticket(c, .course = course);

	lose_seat(c, &p);
	queue_serve(c, course);
	fake.query = fake_says(GATEWAY_APPROVED, PRICE);
	run_janitor(c, &p);
	assert_status(c, &p, "returning");
	assert_ticket(c, next, "active");
	assert_ticket(c, ticket, "expired");
	assert_int_equal(db_int(c, &count_enrolments, 0, arg(course)), 0);
	assert_course_sound(c, course);
}

COMMITTED(money_is_only_called_returned_when_the_gateways_books_say_so)
{
	struct payment p = confirmed(c, a_ticket(c), fake_says(GATEWAY_APPROVED, 1));

	fake.cancel = fake_says(GATEWAY_UNKNOWN, 0);
	fake.query = fake_says(GATEWAY_APPROVED, 1);
	assert_ptr_not_equal(give_back(c, &p), OK);
	assert_status(c, &p, "returning");
	fake.cancel = fake_says(GATEWAY_REFUSED, 0);
	assert_ptr_not_equal(give_back(c, &p), OK);
	fake.query.returned = won(1);                 /* an earlier try had been done after all */
	assert_ptr_equal(give_back(c, &p), OK);
	assert_status(c, &p, "returned");
}

COMMITTED(an_attempt_is_settled_once)
{
	int64_t course = a_course(c), ticket = a_ticket(c, .course = course);
	struct payment p = confirmed(c, ticket, fake_says(GATEWAY_APPROVED, PRICE));
	struct gateway_result again = fake_says(GATEWAY_APPROVED, PRICE), no = fake_says(GATEWAY_REFUSED, 0);
	int64_t attempt = attempt_of(c, &p).id;

	payment_settle(c, attempt, &again);
	payment_settle(c, attempt, &no);
	assert_status(c, &p, "paid");
	assert_ticket(c, ticket, "enrolled");
	assert_int_equal(db_int(c, &count_enrolments, 0, arg(course)), 1);
	assert_int_equal(told(c, p.member_id, "enrolment.confirmed"), 1);
	assert_int_equal(told(c, p.member_id, "payment.refused"), 0);
}

struct paying_at_desk {
	int64_t ticket, enrolment;
	struct payment paid;
};

static outcome pay_at_desk_tx(struct ctx *c, void *p)
{
	struct paying_at_desk *v = p;
	struct seat s = { 0 };
	outcome o = queue_lock(c, v->ticket, &s);

	assert_ptr_equal(o, OK);
	assert_true(queue_enrol(c, &s));
	o = payment_at_desk(c, &s, S("cash"), won(PRICE), &v->paid);
	v->enrolment = enrolment_create(c, &s, v->paid.order_id, won(PRICE), SOLD_AT_DESK);
	return o;
}

COMMITTED(money_taken_at_the_desk_is_paid_at_once_and_replaces_an_open_order)
{
	struct paying_at_desk v = { .ticket = a_ticket(c) };
	struct payment open = check_out(c, v.ticket);
	struct enrolled e = { 0 };

	as(c, a_member(c));
	c->now = when_now();
	assert_ptr_equal(db_tx(c, pay_at_desk_tx, &v), OK);
	as(c, open.member_id);
	assert_status(c, &open, "cancelled");
	assert_status(c, &v.paid, "paid");
	assert_int_equal(read_order(c, &v.paid).approved.won, PRICE);
	assert_str(read_order(c, &v.paid).gateway, "desk");
	assert_str(read_order(c, &v.paid).method, "cash");
	assert_true(enrolment_find(c, v.enrolment, &e));
	assert_int_equal(e.policy_id, policy_current(c));
	assert_int_equal(db_int(c, &sold_at_desk, 0, arg(v.enrolment)), 1);
}

static struct shared {
	int64_t attempt, member;
	atomic_int ready;
	int confirms;
	char order_id[64];
} *all;

static void share(void)
{
	if (!all)
		all = shared_memory(sizeof(*all));
	memset(all, 0, sizeof(*all));
}

static int settle_approved(struct ctx *c, int which)
{
	struct gateway_result yes = fake_says(GATEWAY_APPROVED, PRICE);

	(void)which;
	test_line_up(c, &all->ready, 4);
	payment_settle(c, all->attempt, &yes);
	return 0;
}

COMMITTED(settled_by_several_processes_at_once_it_is_one_enrolment)
{
	share();
	for (int i = 0; i < 8; i++) {
		int64_t course = a_course(c), ticket = a_ticket(c, .course = course);
		struct payment p = confirmed(c, ticket, fake_says(GATEWAY_UNKNOWN, 0));

		all->attempt = attempt_of(c, &p).id;
		atomic_store(&all->ready, 0);
		test_at_once(4, settle_approved);
		assert_status(c, &p, "paid");
		assert_int_equal(db_int(c, &count_enrolments, 0, arg(course)), 1);
		assert_int_equal(told(c, p.member_id, "enrolment.confirmed"), 1);
		assert_course_sound(c, course);
	}
}

static int look_after(struct ctx *c, int which)
{
	(void)which;
	test_line_up(c, &all->ready, 4);
	payment_janitor(c);
	return 0;
}

COMMITTED(of_several_janitors_one_looks)
{
	struct payment p = confirmed(c, a_ticket(c), fake_says(GATEWAY_UNKNOWN, 0));

	share();
	make_due(c, &p);
	fake.query.state = GATEWAY_OPEN;
	fake.confirm = fake_says(GATEWAY_APPROVED, PRICE);
	fake.shared_confirms = &all->confirms;
	test_at_once(4, look_after);
	assert_int_equal(all->confirms, 1);
	assert_status(c, &p, "paid");
}

static int confirm_the_order(struct ctx *c, int which)
{
	struct payment now;

	(void)which;
	test_line_up(c, &all->ready, 4);
	as(c, all->member);
	return payment_confirm(c, str_of(all->order_id), S("pressed-twice"), won(PRICE), &now) == OK ? 0 : 1;
}

COMMITTED(a_button_pressed_in_several_windows_charges_once)
{
	struct payment p = check_out(c, a_ticket(c));

	share();
	fake_reset();
	fake.confirm = fake_says(GATEWAY_APPROVED, PRICE);
	fake.shared_confirms = &all->confirms;
	all->member = p.member_id;
	memcpy(all->order_id, p.order_id.p, p.order_id.n);
	test_at_once(4, confirm_the_order);
	assert_int_equal(all->confirms, 1);
	assert_status(c, &p, "paid");
	assert_int_equal(db_int(c, &count_attempts, 0, arg(p.id)), 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_held_seat_is_checked_out_at_the_courses_price),
	cmocka_unit_test(only_ones_own_running_hold_can_be_checked_out),
	cmocka_unit_test(a_new_order_takes_the_place_of_the_one_before),
	cmocka_unit_test(a_free_course_is_enrolled_at_once),
	cmocka_unit_test(another_amount_than_the_orders_is_refused_before_the_gateway_hears_of_it),
	cmocka_unit_test(an_order_whose_hold_ran_out_is_not_charged),
	cmocka_unit_test(one_payment_key_pays_one_order),
	cmocka_unit_test(an_approved_payment_is_a_seat),
	cmocka_unit_test(confirming_a_paid_order_again_asks_nobody),
	cmocka_unit_test(a_refused_card_leaves_the_seat_held_for_another),
	cmocka_unit_test(what_was_never_sent_can_be_sent_again_with_the_same_payment_key),
	cmocka_unit_test(an_unknown_outcome_keeps_the_seat_pinned_until_it_is_known),
	cmocka_unit_test(read_backs_come_later_each_time_and_the_member_is_told_once),
	cmocka_unit_test(a_look_that_was_not_sent_says_nothing_about_the_payment),
	cmocka_unit_test(the_janitor_finishes_what_a_dead_worker_began_with_the_same_key),
	cmocka_unit_test(a_webhook_only_makes_the_janitor_look_at_once),
	cmocka_unit_test(a_wrong_amount_goes_back_and_buys_nothing),
	cmocka_unit_test(late_money_becomes_the_seat_if_it_is_still_free),
	cmocka_unit_test(late_money_without_a_seat_goes_back_by_itself),
	cmocka_unit_test(money_is_only_called_returned_when_the_gateways_books_say_so),
	cmocka_unit_test(money_taken_at_the_desk_is_paid_at_once_and_replaces_an_open_order),
	cmocka_unit_test(an_attempt_is_settled_once),
	cmocka_unit_test(settled_by_several_processes_at_once_it_is_one_enrolment),
	cmocka_unit_test(of_several_janitors_one_looks),
	cmocka_unit_test(a_button_pressed_in_several_windows_charges_once),
};
UNIT_GROUP(payment, tests, NULL, NULL)
