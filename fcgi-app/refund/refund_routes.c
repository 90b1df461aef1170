/* refund/refund_routes.c -- quotes, cancelling, refunds, as JSON: for members and for the staff. */
#include "data/db.h"
#include "enrolment/enrolment.h"
#include "payment/payment.h"
#include "refund/refund_routes.h"
#include "staff_log/staff_log.h"

/* -- members ----------------------------------------------------------------------------------------------------------- */

struct cancel_in {
	int64_t id;
	str reason;
	opt_money expected;
};
static const struct shape cancel_in_shape = SHAPE("CancelEnrolment", struct cancel_in,
	F(id, .read_only = true), F(reason, .optional = true, .max = 500),
	F(expected, .about = "The refund that was quoted: 409 if it would be less by now."));

struct cancel_out {
	struct enrolment enrolment;
	struct refund refund;          /* or_null */
	struct quote quote;
};
static const struct shape cancel_out_shape = SHAPE("CancelledEnrolment", struct cancel_out,
	F(enrolment, .of = &enrolment_shape), F(refund, .of = &refund_shape, .or_null = true, .about = "null: nothing goes back."),
	F(quote, .of = &quote_shape));

static outcome show_quote(struct request *rq)
{
	int64_t id = ((struct id_in *)rq->in)->id;
	struct enrolled e = { 0 };
	struct quote q;
	outcome o;

	if (!enrolment_find(rq->ctx, id, &e) || e.member_id != rq->ctx->who.id)
		return &enrolment_unknown;
	o = refund_quote(rq->ctx, id, false, &q);
	return o == OK ? reply(rq, &q) : o;
}

static outcome cancel(struct request *rq)
{
	const struct cancel_in *in = rq->in;
	struct cancelling v = { .enrolment_id = in->id, .kind = REFUND_BY_MEMBER, .expected = in->expected, .reason_code = S("changed_mind"),
				.reason = in->reason };
	struct cancel_out out = { .enrolment.id = in->id };
	int64_t refund_id;
	outcome o = refund_cancel(rq->ctx, &v, &out.quote, &refund_id);

	if (o != OK)
		return o;
	enrolment_read(rq->ctx, in->id, &out.enrolment);
	if (refund_id)
		refund_find(rq->ctx, refund_id, &out.refund);
	return reply(rq, &out);
}

/* -- staff ------------------------------------------------------------------------------------------------------------- */

const char *const refund_filter_states[] = { "any", "due", "by_hand", "done", NULL };

const struct shape refund_filter_shape = SHAPE("RefundFilter", struct refund_filter_in,
	F(state, .optional = true, .words = refund_filter_states, .called = "refund"), F(member_id, .min = 1), F(course_id, .min = 1),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

static const struct shape refund_list_shape = PAGED_SHAPE("RefundList", refund_shape);

const struct shape refund_in_shape = SHAPE("RefundOrder", struct refund_in,
	F(id, .read_only = true, .about = "The payment."),
	F(amount, .min = 1, .max = 100000000, .about = "Left out: what the rule says."),
	F(reason_code, .words = refund_reasons),
	F(reason, .optional = true, .max = 500, .about = "Needed with other."),
	F(note, .optional = true, .max = 500, .about = "To the member."),
	F(keeps_seat, .optional = true, .about = "The money goes back, and the member stays enrolled."));

const struct shape refund_out_shape = SHAPE("RefundMade", struct refund_out,
	F(refund, .of = &refund_shape, .or_null = true), F(quote, .of = &quote_shape), F(enrolment_id),
	F(enrolment_status, .words = enrolment_statuses, .called = "enrolment"));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct refund *)row)->id;
}

void refund_list_page(struct request *rq, struct list_out *out)
{
	const struct refund_filter_in *in = rq->in;

	list_page(rq, out, refund_list(rq->ctx, in, &rq->cursor), &refund_shape, in->limit, keys);
	staff_log_look_list(rq->ctx, &(struct staff_log_list){ "refund.list", "refund", "", in->member_id, in->course_id }, out->data,
			    sizeof(struct refund));
}

static outcome list_refunds(struct request *rq)
{
	struct list_out out = { 0 };

	refund_list_page(rq, &out);
	return reply(rq, &out);
}

outcome refund_meant(struct ctx *c, const struct refund_in *in, struct cancelling *v, struct enrolled *e)
{
	struct payment p = { 0 };

	if (!payment_find(c, in->id, &p))
		return &payment_unknown;
	if (!refund_enrolment_of(c, p.order_id, e))
		return &payment_not_paid;
	*v = (struct cancelling){ .enrolment_id = e->id, .kind = REFUND_BY_STAFF, .centre_fault = refund_is_centre_fault(in->reason_code),
				  .amount = in->amount, .reason_code = str_of(refund_reasons[in->reason_code]), .reason = in->reason,
				  .note = in->note, .keeps_seat = in->keeps_seat || e->status != ENROLMENT_ACTIVE };
	return OK;
}

outcome refund_order(struct ctx *c, const struct refund_in *in, struct refund_out *out)
{
	struct enrolled e = { 0 };
	struct cancelling v;
	int64_t refund_id;
	outcome o = refund_meant(c, in, &v, &e);

	if (o != OK || (o = refund_cancel(c, &v, &out->quote, &refund_id)) != OK)
		return o;
	if (refund_id)
		refund_find(c, refund_id, &out->refund);
	enrolment_find(c, e.id, &e);
	out->enrolment_id = e.id;
	out->enrolment_status = e.status;
	return OK;
}

static outcome order(struct request *rq)
{
	struct refund_out out = { 0 };
	outcome o = refund_order(rq->ctx, rq->in, &out);

	return o == OK ? reply(rq, &out) : o;
}

const struct shape refund_done_in_shape = SHAPE("RefundDone", struct refund_done_in,
	F(id, .read_only = true), F(reason, .min = 1, .max = 500, .about = "How: cash at the desk, a transfer with its number."));

static outcome done(struct request *rq)
{
	const struct refund_done_in *in = rq->in;
	struct refund r = { 0 };
	outcome o = refund_done_by_hand(rq->ctx, in->id, in->reason, &r);

	return o == OK ? reply(rq, &r) : o;
}

const struct shape payment_detail_shape = SHAPE("PaymentDetail", struct payment_detail,
	F(payment, .of = &payment_look_shape), F(calls, .of = &payment_call_shape), F(refunds, .of = &refund_shape),
	F(enrolment, .of = &enrolled_shape, .or_null = true),
	F(quote, .of = &quote_shape, .or_null = true, .about = "What would go back now; null if nothing is left to cancel."),
	F(left));

bool refund_detail(struct ctx *c, int64_t payment_id, struct payment_detail *d)
{
	struct payment_filter one = { .id = some_int(payment_id), .limit = 1 };
	list l = payment_list(c, &one);

	if (l.n == 0)
		return false;
	d->payment = *(struct payment_look *)l.p;
	d->calls = payment_calls(c, payment_id);
	d->refunds = refund_of_payment(c, payment_id);
	d->left = won(d->payment.approved.won - d->payment.promised.won);
	if (refund_enrolment_of(c, d->payment.order_id, &d->enrolment))
		refund_quote(c, d->enrolment.id, false, &d->quote);
	return true;
}

static outcome detail(struct request *rq)
{
	struct payment_detail d = { 0 };
	int64_t id = ((struct id_in *)rq->in)->id;

	if (!refund_detail(rq->ctx, id, &d))
		return &payment_unknown;
	staff_log_look(rq->ctx, "payment.look", "payment", id, (str){ NULL, 0 });
	return reply(rq, &d);
}

/* -- what becomes of a course: its own module does all but the refunds of one that is called off --------------------------- */

struct status_in {
	int64_t id;
	int status;
	str reason, note;
	opt_money expected;
	opt_int expected_enrolled, expected_sessions;
};
static const struct shape status_in_shape = SHAPE("CourseStatusChange", struct status_in,
	F(id, .read_only = true), F(status, .words = course_statuses, .called = "course"), F(reason, .optional = true, .max = 500),
	F(note, .optional = true, .max = 500, .about = "With cancelled: to the members, who are told that the course is called off."),
	F(expected, .about = "With cancelled: what the refunds come to, as the caller saw it (cancel-quote, due): 409 if it is more by now."),
	F(expected_enrolled, .min = 0, .about = "With cancelled: how many are enrolled, as the caller saw it: 409 if it is more by now."),
	F(expected_sessions, .min = 0, .about = "With finished: how many sessions the caller knows to be still to come (0: none): 409 if it is "
	  "more. Left out, a course ends whatever is to come."));

/* What speaks of one end means nothing with another status: it is not swallowed. */
static outcome check_status(struct ctx *c, const struct status_in *in)
{
	const struct { const char *name; bool given; enum course_status with; const char *code; } of_it[] = {
		{ "note", in->note.n > 0, COURSE_CANCELLED, "only_cancelled" },
		{ "expected", in->expected.set, COURSE_CANCELLED, "only_cancelled" },
		{ "expected_enrolled", in->expected_enrolled.set, COURSE_CANCELLED, "only_cancelled" },
		{ "expected_sessions", in->expected_sessions.set, COURSE_FINISHED, "only_finished" },
	};
	outcome o = OK;

	for (size_t i = 0; i < sizeof(of_it) / sizeof(of_it[0]); i++)
		if (of_it[i].given && in->status != (int)of_it[i].with)
			o = fail(c, &invalid, of_it[i].name, of_it[i].code, (str){ NULL, 0 });
	return o;
}

static outcome end_or_change(struct ctx *c, const struct status_in *in, struct course *k)
{
	const struct calling_off off = { in->id, in->reason, in->note, in->expected, in->expected_enrolled };

	switch (in->status) {
	case COURSE_CANCELLED: return refund_call_off(c, &off, k);
	case COURSE_FINISHED: return course_finish(c, in->id, in->expected_sessions, in->reason, k);
	default: return course_set_status(c, in->id, (enum course_status)in->status, in->reason, k);
	}
}

static outcome set_status(struct request *rq)
{
	struct course k;
	outcome o = check_status(rq->ctx, rq->in);

	if (o != OK || (o = end_or_change(rq->ctx, rq->in, &k)) != OK)
		return o;
	return reply(rq, &k);
}

static outcome cancel_quote(struct request *rq)
{
	int64_t id = ((struct id_in *)rq->in)->id;
	struct course_cost cost;
	struct course k;

	if (!course_find(rq->ctx, id, true, &k))
		return &course_unknown;
	refund_course_cost(rq->ctx, id, &cost);
	return reply(rq, &cost);
}

const struct route refund_routes[] = {
	{ GET, "/api/v1/enrolments/{id}/refund-quote", MEMBER, show_quote, &id_in_shape, &quote_shape,
	  .fails = FAILS(&enrolment_unknown, &enrolment_not_active), .about = "What would go back if the caller left the course now, and why." },
	{ POST, "/api/v1/enrolments/{id}/cancel", MEMBER, cancel, &cancel_in_shape, &cancel_out_shape, .once = ONCE_TX_REQUIRED,
	  .fails = FAILS(&enrolment_unknown, &enrolment_not_active, &quote_changed),
	  .about = "Leaves the course: the seat goes to the next at once, the money follows." },
	{ GET, "/api/v1/admin/payments/{id}", ANY_STAFF, detail, &id_in_shape, &payment_detail_shape, .fails = FAILS(&payment_unknown),
	  .about = "One payment, with the calls to the gateway, its refunds, its enrolment, and what would go back now." },
	{ POST, "/api/v1/admin/payments/{id}/refund", ANY_STAFF, order, &refund_in_shape, &refund_out_shape, .once = ONCE_TX_REQUIRED,
	  .fails = FAILS(&payment_unknown, &payment_not_paid, &enrolment_not_active, &refund_nothing_left, &refund_too_large, &refund_below_law),
	  .about = "Gives back what the rule says, or another amount: up to what is left, and no less than the law gives if the seat ends." },
	{ GET, "/api/v1/admin/refunds", ANY_STAFF, list_refunds, &refund_filter_shape, &refund_list_shape, .about = "Refunds, the newest first." },
	{ POST, "/api/v1/admin/refunds/{id}/done", ANY_STAFF, done, &refund_done_in_shape, &refund_shape, .once = ONCE_TX_REQUIRED,
	  .fails = FAILS(&refund_unknown, &refund_not_by_hand), .about = "Somebody has given it back by hand." },
	{ POST, "/api/v1/admin/courses/{id}/status", STAFF, set_status, &status_in_shape, &course_shape, .once = ONCE_TX, .tag = "course",
	  .fails = FAILS(&course_unknown, &course_status_refused, &quote_changed, &sessions_to_come),
	  .about = "Opens, closes, cancels or finishes a course. Cancelled: all enrolments are refunded." },
	{ GET, "/api/v1/admin/courses/{id}/cancel-quote", ANY_STAFF, cancel_quote, &id_in_shape, &course_cost_shape, .tag = "course",
	  .fails = FAILS(&course_unknown), .about = "What it would bring to cancel the course now." },
	REFUND_PAGE_ROUTES
	{ 0 }
};
