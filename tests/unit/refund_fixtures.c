#include "refund_fixtures.h"

#include <string.h>

#include "data/db.h"
#include "fake_gateway.h"

SQL(use_fake, "UPDATE payment SET gateway = 'fake' WHERE id = ?");
SQL(select_enrolment, "SELECT id FROM enrolment WHERE ticket_id = ?");
SQL(sum_refunds, "SELECT COALESCE(SUM(amount), 0) FROM refund WHERE payment_id = ?");
SQL(add_session, "INSERT INTO course_session (course_id, n, starts_at, ends_at, room) VALUES (?, ?, ?, ?, ?)");

outcome check_out_tx(struct ctx *c, void *p)
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

struct sold make_sale(struct ctx *c, const struct a_sale *a)
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

outcome try_cancel(struct ctx *c, const struct cancelling *v, int64_t *refund_id)
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

int64_t leave(struct ctx *c, const struct sold *s)
{
	int64_t id;

	as(c, s->member);
	assert_ptr_equal(try_cancel(c, &(struct cancelling){ .enrolment_id = s->enrolment, .reason_code = S("changed_mind") }, &id), OK);
	return id;
}

int64_t give_part(struct ctx *c, const struct sold *s, int64_t amount)
{
	struct cancelling v = { .enrolment_id = s->enrolment, .kind = REFUND_BY_STAFF, .amount = { true, { amount } }, .reason_code = S("mistake"),
				.keeps_seat = true };
	int64_t id;

	as(c, a_member(c, .roles = ROLE_OPERATOR));
	assert_ptr_equal(try_cancel(c, &v, &id), OK);
	return id;
}

const struct listener *listener_of(const char *type)
{
	const struct listener *l = refund_listeners;

	while (l->type && strcmp(l->type, type) != 0)
		l++;
	assert_non_null(l->type);
	return l;
}

struct payment read_payment(struct ctx *c, const struct sold *s)
{
	struct payment p = { 0 };

	assert_true(payment_find(c, s->payment.id, &p));
	assert_int_equal(db_int(c, &sum_refunds, -1, arg(p.id)), p.promised.won);
	return p;
}

struct payment read_payment_only(struct ctx *c, const struct sold *s)
{
	struct payment p = { 0 };

	assert_true(payment_find(c, s->payment.id, &p));
	return p;
}

void half_held(struct ctx *c, int64_t course)
{
	when now = when_now();

	db_run(c, &add_session, arg(course), arg(1), arg(when_plus(now, -3 * HOUR)), arg(when_plus(now, -2 * HOUR)), arg(S("1")));
	db_run(c, &add_session, arg(course), arg(2), arg(when_plus(now, DAY)), arg(when_plus(now, DAY + HOUR)), arg(S("1")));
}
