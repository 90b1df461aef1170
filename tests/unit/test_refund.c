/* Seats that are given back, and money that goes back for them. */
#include "fixtures.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "core/json.h"
#include "data/db.h"
#include "desk/desk.h"
#include "enrolment/enrolment.h"
#include "fake_gateway.h"
#include "notify/notify.h"
#include "payment/payment.h"
#include "refund/refund_private.h"

enum { PRICE = 100000 };

SQL(use_fake, "UPDATE payment SET gateway = 'fake' WHERE id = ?");
SQL(select_enrolment, "SELECT id FROM enrolment WHERE ticket_id = ?");
SQL(select_event, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE stream = ? AND type = ? ORDER BY id DESC LIMIT 1");
SQL(count_events, "SELECT COUNT(*) FROM outbox WHERE stream = ? AND type = 'refund.send'");
SQL(count_active, "SELECT COUNT(*) FROM enrolment WHERE course_id = ? AND status = 'active'");
SQL(count_refunds, "SELECT COUNT(*) FROM refund WHERE payment_id = ?");
SQL(sum_refunds, "SELECT COALESCE(SUM(amount), 0) FROM refund WHERE payment_id = ?");
SQL(count_logged, "SELECT COUNT(*) FROM staff_log WHERE action = ? AND object_id = ?");
SQL(add_session, "INSERT INTO course_session (course_id, n, starts_at, ends_at, room) VALUES (?, ?, ?, ?, ?)");
SQL(select_attempt, "SELECT MAX(id) FROM payment_attempt WHERE payment_id = ?");
SQL(sold_online, "SELECT source = 'online' FROM enrolment WHERE ticket_id = ?");
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

/* Somebody who has paid for a seat. */
struct sold {
	int64_t course, ticket, member, enrolment;
	struct payment payment;
};

struct a_sale {
	int64_t course, member;        /* new ones; the course of PRICE */
	bool at_desk;                  /* in cash */
};

static outcome check_out_tx(struct ctx *c, void *p)
{
	struct sold *s = p;

	return payment_checkout(c, s->ticket, &s->payment);
}

static outcome at_desk_tx(struct ctx *c, void *p)
{
	struct sold *s = p;
	struct seat seat = lock_seat(c, s->ticket);

	assert_true(queue_enrol(c, &seat));
	assert_ptr_equal(payment_at_desk(c, &seat, S("cash"), won(PRICE), &s->payment), OK);
	enrolment_create(c, &seat, s->payment.order_id, won(PRICE), SOLD_AT_DESK);
	return OK;
}

static struct sold make_sale(struct ctx *c, const struct a_sale *a)
{
	struct sold s = { .course = a->course ? a->course : a_course(c) };

	s.ticket = a_ticket(c, .course = s.course, .member = a->member);
	s.member = holder_of(c, s.ticket);
	as(c, s.member);
	c->now = when_now();
	assert_ptr_equal(db_tx(c, a->at_desk ? at_desk_tx : check_out_tx, &s), OK);
	if (!a->at_desk && s.payment.amount.won > 0) {
		db_run(c, &use_fake, arg(s.payment.id));
		fake_reset();
		fake.confirm = fake_says(GATEWAY_APPROVED, s.payment.amount.won);
		assert_ptr_equal(payment_confirm(c, s.payment.order_id, str_fmt(c->arena, "pay-%.*s", STR(s.payment.order_id)), s.payment.amount,
						 &s.payment), OK);
	}
	s.enrolment = db_int(c, &select_enrolment, 0, arg(s.ticket));
	fake_reset();
	return s;
}
#define a_sale(c, ...) make_sale((c), &(struct a_sale){ __VA_ARGS__ })

struct trying {
	struct cancelling v;
	struct quote q;
	int64_t refund_id;
};

static outcome cancel_tx(struct ctx *c, void *p)
{
	struct trying *t = p;

	return refund_cancel(c, &t->v, &t->q, &t->refund_id);
}

static outcome try_cancel(struct ctx *c, const struct cancelling *v, int64_t *refund_id)
{
	struct trying t = { .v = *v };
	outcome o;

	c->now = when_now();
	c->errors = NULL;
	o = db_tx(c, cancel_tx, &t);
	if (refund_id)
		*refund_id = t.refund_id;
	return o;
}

/* The member of the sale leaves; the refund's id. */
static int64_t leave(struct ctx *c, const struct sold *s)
{
	int64_t id;

	as(c, s->member);
	assert_ptr_equal(try_cancel(c, &(struct cancelling){ .enrolment_id = s->enrolment, .reason_code = S("changed_mind") }, &id), OK);
	return id;
}

static int64_t give_part(struct ctx *c, const struct sold *s, int64_t amount)
{
	struct cancelling v = { .enrolment_id = s->enrolment, .kind = REFUND_BY_STAFF, .amount = { true, { amount } }, .reason_code = S("mistake"),
				.keeps_seat = true };
	int64_t id;

	as(c, a_member(c, .roles = ROLE_OPERATOR));
	assert_ptr_equal(try_cancel(c, &v, &id), OK);
	return id;
}

static const struct listener *listener_of(const char *type)
{
	const struct listener *l = refund_listeners;

	while (l->type && strcmp(l->type, type) != 0)
		l++;
	assert_non_null(l->type);
	return l;
}

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

static struct payment read_payment(struct ctx *c, const struct sold *s)
{
	struct payment p = { 0 };

	assert_true(payment_find(c, s->payment.id, &p));
	assert_int_equal(db_int(c, &sum_refunds, -1, arg(p.id)), p.promised.won);
	return p;
}

/* Without its refunds: money without a seat goes back whole. */
static struct payment read_payment_only(struct ctx *c, const struct sold *s)
{
	struct payment p = { 0 };

	assert_true(payment_find(c, s->payment.id, &p));
	return p;
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

/* Sessions of an hour each, one that was held and one that will be. */
static void half_held(struct ctx *c, int64_t course)
{
	when now = when_now();

	db_run(c, &add_session, arg(course), arg(1), arg(when_plus(now, -3 * HOUR)), arg(when_plus(now, -2 * HOUR)), arg(S("1")));
	db_run(c, &add_session, arg(course), arg(2), arg(when_plus(now, DAY)), arg(when_plus(now, DAY + HOUR)), arg(S("1")));
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
	assert_ptr_equal(try_cancel(c, &v, NULL), &refund_too_large);
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

static void line_up(struct ctx *c, int n)
{
	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&all->ready, 1);
	while (atomic_load(&all->ready) < n)
		;
	c->now = when_now();
}

static int give_60000(struct ctx *c, int which)
{
	struct cancelling v = { .enrolment_id = all->enrolment, .kind = REFUND_BY_STAFF, .amount = { true, { 60000 } }, .reason_code = S("mistake"),
				.keeps_seat = which % 2 };
	outcome o;

	line_up(c, 4);
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

/* -- a batch and what goes on beside it --------------------------------------------------------------------------------- */

static struct beside {
	int64_t course, to_course, low, high, ticket;
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
	as(c, which ? 0 : all->operator);
	return which ? call_off(c) : db_tx(c, move_away, NULL) != OK;
}

COMMITTED(who_was_moved_to_another_course_meanwhile_stays_there)
{
	int64_t course = a_course(c), to = a_course(c);
	struct sold moved = a_sale(c, .course = course), stays = a_sale(c, .course = course);

	share(&moved, a_member(c, .roles = ROLE_OPERATOR));
	begin_beside();
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
	cmocka_unit_test(a_cancelled_course_gives_everybody_their_money_back),
	cmocka_unit_test(who_settles_a_payment_is_not_who_sold_the_seat),
	cmocka_unit_test(money_that_comes_when_the_course_is_over_goes_back_by_itself),
	cmocka_unit_test(a_big_course_is_cancelled_batch_by_batch_to_the_last_member),
	cmocka_unit_test(who_was_just_paying_when_the_course_was_cancelled_is_found_later),
	cmocka_unit_test(who_leaves_a_course_that_was_cancelled_gets_what_the_centre_owes),
	cmocka_unit_test(an_enrolment_that_fails_holds_back_nobody_else),
	cmocka_unit_test(an_enrolment_whose_books_fault_holds_back_nobody_else),
	cmocka_unit_test(stragglers_are_not_looked_for_while_an_event_of_their_own_waits),
	cmocka_unit_test(a_batch_tells_its_members_in_their_order_whoever_came_first),
	cmocka_unit_test(who_was_moved_to_another_course_meanwhile_stays_there),
	cmocka_unit_test(several_refunds_at_once_never_give_back_more_than_was_paid),
};
UNIT_GROUP(refund, tests, NULL, NULL)
