/* refund/refund_pages.c -- a payment, its refund by form and check page, the queue of refunds, calling a course off. */
#include "core/i18n.h"
#include "queue/queue.h"
#include "refund/refund_routes.h"
#include "saved_view/saved_view.h"
#include "staff_log/staff_log.h"
#include "web/form.h"
#include "web/once.h"

/* -- a payment --------------------------------------------------------------------------------------------------------- */

struct payment_page {
	struct payment_detail detail;
	str gateway_words;
	bool may_refund, is_enrolled;
};
const struct shape refund_page_payment_shape = SHAPE("PaymentPage", struct payment_page,
	F(detail, .of = &payment_detail_shape), F(gateway_words), F(may_refund), F(is_enrolled));

static str words_of_gateway(struct ctx *c, str gateway)
{
	str key = str_fmt(c->arena, "refund.gateway.%.*s", STR(gateway));

	return i18n_has(c->locale, key) ? i18n_raw(c->locale, key) : gateway;
}

outcome refund_page_payment(struct request *rq)
{
	const struct id_in *in = rq->in;
	struct payment_page p = { 0 };

	if (!refund_detail(rq->ctx, in->id, &p.detail))
		return &payment_unknown;
	staff_log_look(rq->ctx, "payment.look", "payment", in->id, (str){ NULL, 0 });
	p.is_enrolled = p.detail.enrolment.id && p.detail.enrolment.status == ENROLMENT_ACTIVE;
	p.may_refund = p.is_enrolled || (p.detail.enrolment.id && p.detail.left.won > 0);
	p.gateway_words = words_of_gateway(rq->ctx, p.detail.payment.gateway);
	return reply(rq, &p);
}

/* -- giving money back: the form, the check, the deed ------------------------------------------------------------------- */

struct form_page {
	struct refund_in form;
	struct payment_look payment;
	money left;
	bool is_enrolled;
	struct quote by_member, by_centre;
	/* the check */
	bool checking, ends_seat, goes_back, by_hand;
	money amount, left_after;
	day expected;
	struct quote quote;
	int reason_code;
	str once;                      /* of the form that was checked: whatever is sent from here on is one refund */
};
const struct shape refund_page_form_shape = SHAPE("RefundFormPage", struct form_page,
	F(form, .of = &refund_in_shape), F(payment, .of = &payment_look_shape), F(left), F(is_enrolled), F(by_member, .of = &quote_shape),
	F(by_centre, .of = &quote_shape), F(checking), F(ends_seat), F(goes_back), F(by_hand), F(amount), F(left_after), F(expected),
	F(quote, .of = &quote_shape), F(reason_code, .words = refund_reasons), F(once));

static outcome fill_form(struct ctx *c, int64_t payment_id, struct form_page *p)
{
	struct payment_detail d = { 0 };

	if (!refund_detail(c, payment_id, &d))
		return &payment_unknown;
	if (!d.enrolment.id)
		return &payment_not_paid;
	staff_log_look_once(c, "payment.look", "payment", payment_id, (str){ NULL, 0 });
	p->form.id = payment_id;
	p->form.reason_code = -1;                  /* none is chosen, so that it is really asked */
	p->payment = d.payment;
	p->left = d.left;
	p->is_enrolled = d.enrolment.status == ENROLMENT_ACTIVE;
	p->by_hand = str_eq(d.payment.gateway, S("desk"));
	if (p->is_enrolled) {
		refund_quote(c, d.enrolment.id, false, &p->by_member);
		refund_quote(c, d.enrolment.id, true, &p->by_centre);
	}
	return OK;
}

/* Somebody has given it all back meanwhile: there is nothing to decide, and the payment says what became of it. */
static bool is_over(const struct form_page *p)
{
	return !p->is_enrolled && p->left.won <= 0;
}

static outcome show_payment(struct request *rq, int64_t id)
{
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/payments/%lld?done=refunded", (long long)id));
}

static bool said_of(const struct ctx *c, const char *field)
{
	for (const struct field_error *e = c->errors; e; e = e->next)
		if (str_eq(e->field, str_of(field)))
			return true;
	return false;
}

/* A form that was refused before the rules saw it: what they would say of the amount and the reason is said as well. */
static void say_the_rest(struct ctx *c, const struct refund_in *in, money left)
{
	if (!said_of(c, "reason_code"))
		return;
	if (in->amount.set && in->amount.v.won > left.won && !said_of(c, "amount"))
		fail_field(c, S("amount"), "more_than_left", str_fmt(c->arena, "%lld", (long long)left.won));
}

outcome refund_page_form(struct request *rq)
{
	struct form_page p = { 0 };
	int64_t id = ((struct id_in *)rq->in)->id;
	outcome o = fill_form(rq->ctx, id, &p);

	if (o != OK)
		return o;
	if (rq->method == POST)
		say_the_rest(rq->ctx, rq->in, p.left);
	return rq->method == GET && is_over(&p) ? show_payment(rq, id) : reply(rq, &p);
}

outcome refund_page_check(struct request *rq)
{
	const struct refund_in *in = rq->in;
	struct form_page p = { 0 };
	struct enrolled e = { 0 };
	struct cancelling v;
	outcome o = refund_meant(rq->ctx, in, &v, &e);
	str result;

	form_value(rq->ctx, rq->body, S("_once"), &p.once);
	if (once_led_to(rq->ctx, p.once, &result))
		return reply_see_other(rq, result);
	if (o != OK || (o = fill_form(rq->ctx, in->id, &p)) != OK)
		return o;
	if (is_over(&p))
		return show_payment(rq, in->id);
	if ((o = refund_check(rq->ctx, &v, &p.quote, &p.amount)) != OK)
		return o;
	p.form = *in;
	p.reason_code = in->reason_code;
	p.checking = true;
	p.ends_seat = !v.keeps_seat;
	p.goes_back = p.amount.won > 0;
	p.left_after = won(p.left.won - p.amount.won);
	p.expected = when_day_in_seoul(when_plus(rq->ctx->now, POLICY_PAY_DAYS * DAY));
	return reply(rq, &p);
}

outcome refund_page_order(struct request *rq)
{
	const struct refund_in *in = rq->in;
	struct refund_out out = { 0 };
	struct form_page p = { 0 };
	outcome o = fill_form(rq->ctx, in->id, &p);

	if (o == OK && is_over(&p))
		return show_payment(rq, in->id);
	if (o != OK || (o = refund_order(rq->ctx, in, &out)) != OK)
		return o;
	if (!out.refund.id)
		return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/payments/%lld?done=cancelled", (long long)in->id));
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/refunds/%lld", (long long)out.refund.id));
}

/* -- the queue ---------------------------------------------------------------------------------------------------------- */

struct list_page {
	list data;
	opt_str next_cursor, prev_cursor;
	list views;
	int state;
};
const struct shape refund_page_list_shape = SHAPE("RefundListPage", struct list_page,
	F(data, .of = &refund_shape), F(next_cursor), F(prev_cursor), F(views, .of = &saved_view_tab_shape),
	F(state, .words = refund_filter_states, .called = "refund"));

outcome refund_page_list(struct request *rq)
{
	struct list_out found = { 0 };
	struct list_page out;

	refund_list_page(rq, &found);
	out = (struct list_page){ found.data, found.next_cursor, found.prev_cursor, saved_views(rq, "refunds"),
				  ((struct refund_filter_in *)rq->in)->state };
	return reply(rq, &out);
}

struct refund_page {
	struct refund refund;
	struct refund_done_in form;
	bool has_quote;
	struct quote quote;
	bool checking;
	str once;
};
const struct shape refund_page_show_shape = SHAPE("RefundPage", struct refund_page,
	F(refund, .of = &refund_shape), F(form, .of = &refund_done_in_shape), F(has_quote), F(quote, .of = &quote_shape),
	F(checking), F(once));

outcome refund_page_show(struct request *rq)
{
	struct refund_page p = { 0 };
	int64_t id = ((struct id_in *)rq->in)->id;

	if (!refund_find(rq->ctx, id, &p.refund))
		return &refund_unknown;
	staff_log_look_once(rq->ctx, "refund.look", "refund", id, (str){ NULL, 0 });
	p.form.id = id;
	p.has_quote = refund_kept_quote(rq->ctx, id, &p.quote);
	return reply(rq, &p);
}

outcome refund_page_done_check(struct request *rq)
{
	const struct refund_done_in *in = rq->in;
	struct refund_page p = { .form = *in, .checking = true };
	str result;

	form_value(rq->ctx, rq->body, S("_once"), &p.once);
	if (once_led_to(rq->ctx, p.once, &result))
		return reply_see_other(rq, result);
	if (!str_trim(in->reason).n)
		return fail(rq->ctx, &invalid, "reason", "required", (str){ NULL, 0 });
	if (!refund_find(rq->ctx, in->id, &p.refund))
		return &refund_unknown;
	return p.refund.state == REFUND_BY_HAND ? reply(rq, &p) : &refund_not_by_hand;
}

outcome refund_page_done(struct request *rq)
{
	const struct refund_done_in *in = rq->in;
	struct refund r = { 0 };
	outcome o = refund_done_by_hand(rq->ctx, in->id, in->reason, &r);

	return o == OK ? reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/refunds/%lld", (long long)in->id)) : o;
}

/* -- calling a course off ------------------------------------------------------------------------------------------------ */

struct call_off_in {
	int64_t id;
	str reason, note;
	money expected;                /* what the page said it would cost, and for how many */
	opt_int expected_enrolled;
};
const struct shape refund_call_off_shape = SHAPE("CourseCallOff", struct call_off_in,
	F(id, .read_only = true), F(reason, .min = 1, .max = 500), F(note, .optional = true, .max = 500),
	F(expected), F(expected_enrolled));

/* What became of it, and what is still under way: the enrolments are cancelled one after another. */
struct called_off {
	int64_t enrolments, by_hand;   /* by_hand: to be given back by somebody */
	money refunds;
};
static const struct shape called_off_shape = SHAPE("CourseCalledOff", struct called_off, F(enrolments), F(by_hand), F(refunds));
SQL(select_refunded,
	"SELECT COUNT(*) AS enrolments, COALESCE(SUM(f.state = 'by_hand' OR (f.by_hand AND f.state = 'due')), 0) AS by_hand, COALESCE(SUM(f.amount), 0) AS refunds "
	"FROM enrolment_brief e JOIN refund f ON f.enrolment_id = e.id AND f.kind = 'course' WHERE e.course_id = ?");
SQL(count_cancelled, "SELECT COUNT(*) FROM enrolment_brief WHERE course_id = ? AND status = 'cancelled' AND cancelled_at >= ?");
SQL(count_from_desk,
	"SELECT COUNT(*) FROM enrolment_brief e JOIN payment_brief p ON p.order_id = e.order_id "
	"WHERE e.course_id = ? AND e.status = 'active' AND p.gateway = 'desk' AND p.approved > p.promised");

struct course_page {
	struct call_off_in form;
	struct id_name course;
	str title;
	int64_t refunds, enrolled, waiting, held;
	money due;
	day expected;
	bool may_cancel, is_cancelled;
	struct called_off off;
};
const struct shape refund_page_course_shape = SHAPE("CourseCallOffPage", struct course_page,
	F(form, .of = &refund_call_off_shape), F(course, .of = &course_ref_shape), F(title), F(refunds), F(enrolled),
	F(waiting), F(held), F(due), F(expected), F(may_cancel),
	F(is_cancelled), F(off, .of = &called_off_shape));

static void fill_called_off(struct ctx *c, int64_t id, const struct course_cost *left, struct called_off *off)
{
	struct log_line l = { 0 };

	db_one(c, &select_refunded, &called_off_shape, off, arg(id));
	off->enrolments = left->enrolled;
	if (staff_log_last_change(c, "course", id, &l))       /* nothing changes in a course after its end */
		off->enrolments += db_int(c, &count_cancelled, 0, arg(id), arg(l.at));
	off->by_hand += db_int(c, &count_from_desk, 0, arg(id));
	off->refunds.won += left->due.won;
}

outcome refund_page_course(struct request *rq)
{
	int64_t id = ((struct id_in *)rq->in)->id;
	struct course_page p = { .form.id = id };
	struct course_cost cost;
	struct course k;

	if (!course_find(rq->ctx, id, true, &k))
		return &course_unknown;
	refund_course_cost(rq->ctx, id, &cost);
	p.title = k.title;
	p.course = (struct id_name){ k.id, k.title };
	p.refunds = cost.refunds;
	p.enrolled = cost.enrolled;
	p.waiting = cost.waiting;
	p.held = cost.held;
	p.due = cost.due;
	p.expected = when_day_in_seoul(when_plus(rq->ctx->now, POLICY_PAY_DAYS * DAY));
	p.is_cancelled = k.status == COURSE_CANCELLED;
	p.may_cancel = !p.is_cancelled && k.status != COURSE_FINISHED;
	if (p.is_cancelled)
		fill_called_off(rq->ctx, id, &cost, &p.off);
	return reply(rq, &p);
}

outcome refund_page_call_off(struct request *rq)
{
	const struct call_off_in *in = rq->in;
	struct calling_off v = { in->id, in->reason, in->note, { true, in->expected }, in->expected_enrolled };
	struct course k;
	outcome o;

	if (!str_trim(in->reason).n)
		return fail(rq->ctx, &invalid, "reason", "required", (str){ NULL, 0 });
	if ((o = refund_call_off(rq->ctx, &v, &k)) != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld/cancel", (long long)in->id));
}
