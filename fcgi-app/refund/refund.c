/* refund/refund.c -- quoting, cancelling, promising. What the gateway is asked for afterwards: refund_jobs.c. */
#include "refund/refund.h"

#include "core/i18n.h"
#include "core/json.h"
#include "core/metrics.h"
#include "course/course.h"
#include "data/db.h"
#include "enrolment/enrolment.h"
#include "payment/payment.h"
#include "queue/queue.h"
#include "refund/refund_private.h"
#include "staff_log/staff_log.h"

const char *const refund_kinds[] = { "member", "staff", "course", NULL };
const char *const refund_states[] = { "due", "by_hand", "done", NULL };
const char *const refund_reasons[] = { "changed_mind", "moved", "ill", "course_changed", "course_cancelled", "mistake", "other", NULL };

const struct failure enrolment_not_active = { 409, "enrolment_not_active" };
const struct failure refund_too_large = { 422, "refund_too_large" };
const struct failure refund_nothing_left = { 409, "refund_nothing_left" };
const struct failure refund_below_law = { 422, "refund_below_law" };
const struct failure quote_changed = { 409, "quote_changed" };
const struct failure payment_not_paid = { 409, "payment_not_paid" };
const struct failure refund_unknown = { 404, "refund_unknown" };
const struct failure refund_not_by_hand = { 409, "refund_not_by_hand" };

static const struct shape session_shape = SHAPE("PolicySession", struct policy_session, F(starts_at), F(ends_at));

SQL(select_sessions, "SELECT starts_at, ends_at FROM course_meeting WHERE course_id = ? ORDER BY starts_at, ends_at");
SQL(select_cancelled, "SELECT status = 'cancelled' AS cancelled FROM course_brief WHERE id = ?");
SQL(select_enrolment_of, "SELECT id, course_id, member_id, ticket_id, policy_id, order_id, paid, status, created_at FROM enrolment_brief WHERE order_id = ?");
SQL(insert_refund,
	"INSERT INTO refund (payment_id, enrolment_id, member_id, amount, kind, reason_code, reason, note, quote, by_hand, state, by_member_id, "
	"created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

list refund_sessions(struct ctx *c, int64_t course_id)
{
	return db_all(c, &select_sessions, &session_shape, arg(course_id));
}

bool refund_enrolment_of(struct ctx *c, str order_id, struct enrolled *e)
{
	return db_one(c, &select_enrolment_of, &enrolled_shape, e, arg(order_id));
}

bool refund_is_centre_fault(int reason_code)
{
	return reason_code == REASON_COURSE_CHANGED || reason_code == REASON_COURSE_CANCELLED || reason_code == REASON_MISTAKE;
}

/* A course that the centre has cancelled is its fault, whoever leaves first. */
static void quote(struct ctx *c, const struct enrolled *e, const struct payment *p, bool centre_fault, when at, struct quote *q)
{
	list s = refund_sessions(c, e->course_id);

	centre_fault |= db_int(c, &select_cancelled, 0, arg(e->course_id)) != 0;
	policy_quote(c, e->policy_id, e->paid, won(p->approved.won - p->promised.won), s.p, s.n, centre_fault, at, q);
}

outcome refund_quote(struct ctx *c, int64_t enrolment_id, bool centre_fault, struct quote *q)
{
	struct enrolled e = { 0 };
	struct payment p = { 0 };

	if (!enrolment_find(c, enrolment_id, &e) || !payment_of_order(c, e.order_id, &p))
		return &enrolment_unknown;
	if (e.status != ENROLMENT_ACTIVE)
		return &enrolment_not_active;
	quote(c, &e, &p, centre_fault, c->now, q);
	return OK;
}

/* -- cancelling ------------------------------------------------------------------------------------------------------- */

struct locked {
	struct seat seat;
	struct enrolled enrolled;
	struct payment payment;
};

/* Seat, ticket, enrolment, payment, in the order of the house. A seat that goes to another course meanwhile takes its enrolment
 * along: then it is looked at again, or left alone there if only this course is meant. */
static outcome lock_all(struct ctx *c, const struct cancelling *v, struct locked *l)
{
	struct enrolled *e = &l->enrolled;
	int64_t ticket_id;

	if (!enrolment_find(c, v->enrolment_id, e) || !payment_of_order(c, e->order_id, &l->payment))
		return &enrolment_unknown;
	do {
		if (v->of_course && e->course_id != v->of_course)
			return &enrolment_not_active;
		ticket_id = e->ticket_id;
		if (queue_lock(c, ticket_id, &l->seat) != OK || !enrolment_lock(c, v->enrolment_id, e))
			return &enrolment_unknown;
	} while (e->ticket_id != ticket_id);
	return payment_lock_row(c, l->payment.id, &l->payment) ? OK : &enrolment_unknown;
}

static outcome check_amount(struct ctx *c, const struct cancelling *v, const struct quote *q, money *amount)
{
	*amount = v->amount.set ? v->amount.v : q->refund;
	if (v->expected.set && amount->won < v->expected.v.won)
		return fail(c, &quote_changed, "expected", "quote_is_less", str_fmt(c->arena, "%lld", (long long)amount->won));
	if (amount->won > q->paid.won)
		return fail(c, &refund_too_large, "amount", "more_than_left", str_fmt(c->arena, "%lld", (long long)q->paid.won));
	if (v->kind == REFUND_BY_STAFF && !v->keeps_seat && amount->won < q->by_law.won)
		return fail(c, &refund_below_law, "amount", "less_than_law", str_fmt(c->arena, "%lld", (long long)q->by_law.won));
	if (v->keeps_seat && (!v->amount.set || amount->won <= 0))
		return fail(c, &invalid, "amount", v->amount.set ? "too_small" : "required", i18n_money(c->arena, c->locale, won(1)));
	return OK;
}

/* What is wrong with the reason and with the amount is said at once. */
static outcome check(struct ctx *c, const struct cancelling *v, const struct locked *l, const struct quote *q, money *amount)
{
	outcome reason = OK, o;

	if (!v->keeps_seat && l->enrolled.status != ENROLMENT_ACTIVE)
		return &enrolment_not_active;
	if (v->keeps_seat && q->paid.won <= 0)          /* with the seat something ends even if no money goes back */
		return &refund_nothing_left;
	if (str_eq(v->reason_code, S("other")) && v->kind == REFUND_BY_STAFF && !str_trim(v->reason).n)
		reason = fail(c, &invalid, "reason", "required", (str){ NULL, 0 });
	o = check_amount(c, v, q, amount);
	return reason != OK ? reason : o;
}

static int64_t add_refund(struct ctx *c, const struct cancelling *v, const struct locked *l, const struct quote *q, money amount)
{
	bool by_hand = str_eq(l->payment.gateway, S("desk"));
	struct buf b = buf_in(c->arena);
	int64_t id;

	if (!payment_promise(c, l->payment.id, amount))
		fault(c, "payment %lld has less left than it said", (long long)l->payment.id);
	json_write(&b, &quote_shape, q);
	id = db_insert(c, &insert_refund, arg(l->payment.id), arg(l->enrolled.id), arg(l->enrolled.member_id), arg(amount),
		       arg(str_of(refund_kinds[v->kind])), arg(v->reason_code), arg(v->reason), arg(v->note), arg(buf_text(&b)), arg(by_hand),
		       arg(str_of(refund_states[by_hand ? REFUND_BY_HAND : REFUND_DUE])), arg(c->who.id), arg(c->now));
	if (!by_hand)
		refund_send_later(c, l->payment.id, id);
	metric_add(METRIC_refunds, 1);
	return id;
}

static struct notice notice_of(struct ctx *c, const struct cancelling *v, const struct locked *l, money amount)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, "{\"course_id\":%lld,\"enrolment_id\":%lld,\"refund\":%lld,\"course_title\":", (long long)l->enrolled.course_id,
		(long long)l->enrolled.id, (long long)amount.won);
	buf_json(&b, l->seat.title);
	buf_lit(&b, ",\"note\":");
	buf_json(&b, v->note);
	buf_char(&b, '}');
	return (struct notice){ l->enrolled.member_id, v->kind == REFUND_BY_COURSE ? S("course.cancelled") : S("enrolment.cancelled"), buf_text(&b) };
}

/* What the staff's log keeps of a refund. */
struct refund_look {
	int64_t enrolment_id;
	int status;
	str order_id;
	money approved, promised, returned;
	opt_int refund_id;
	str reason_code, note;
};
static const struct shape refund_look_shape = SHAPE("RefundLook", struct refund_look,
	F(enrolment_id), F(status, .words = enrolment_statuses, .called = "enrolment"), F(order_id), F(approved), F(promised), F(returned), F(refund_id),
	F(reason_code), F(note));

static struct refund_look look(const struct locked *l)
{
	return (struct refund_look){ .enrolment_id = l->enrolled.id, .status = l->enrolled.status, .order_id = l->payment.order_id,
				     .approved = l->payment.approved, .promised = l->payment.promised, .returned = l->payment.returned };
}

static void log_it(struct ctx *c, const struct cancelling *v, const struct locked *l, money amount, int64_t refund_id)
{
	struct refund_look before = look(l), after = before;

	after.status = v->keeps_seat ? before.status : ENROLMENT_CANCELLED;
	after.promised.won += amount.won;
	after.refund_id = (opt_int){ refund_id > 0, refund_id };
	after.reason_code = v->reason_code;
	after.note = v->note;
	staff_log_add(c, v->keeps_seat ? "payment.refund" : "enrolment.cancel", v->keeps_seat ? "payment" : "enrolment",
		      v->keeps_seat ? l->payment.id : l->enrolled.id, &refund_look_shape, &before, &after, v->reason);
}

outcome refund_check(struct ctx *c, const struct cancelling *v, struct quote *q, money *amount)
{
	struct locked l = { 0 };

	if (!enrolment_find(c, v->enrolment_id, &l.enrolled) || !payment_of_order(c, l.enrolled.order_id, &l.payment))
		return &enrolment_unknown;
	quote(c, &l.enrolled, &l.payment, v->centre_fault, c->now, q);
	return check(c, v, &l, q, amount);
}

outcome refund_cancel_untold(struct ctx *c, const struct cancelling *v, struct quote *q, int64_t *refund_id, struct notice *n)
{
	struct locked l = { 0 };
	money amount;
	outcome o;

	*refund_id = 0;
	if ((o = lock_all(c, v, &l)) != OK)
		return o;
	if (v->kind == REFUND_BY_MEMBER && l.enrolled.member_id != c->who.id)
		return &enrolment_unknown;
	quote(c, &l.enrolled, &l.payment, v->centre_fault, v->as_of.set ? v->as_of.v : c->now, q);
	if ((o = check(c, v, &l, q, &amount)) != OK)
		return o;
	if (amount.won > 0)
		*refund_id = add_refund(c, v, &l, q, amount);
	if (!v->keeps_seat) {
		enrolment_cancel(c, l.enrolled.id, v->reason.n ? v->reason : v->reason_code);
		queue_release(c, &l.seat);
		metric_add(METRIC_enrolments_cancelled, 1);
	}
	*n = notice_of(c, v, &l, amount);
	if (v->kind == REFUND_BY_STAFF)
		log_it(c, v, &l, amount, *refund_id);
	return OK;
}

outcome refund_cancel(struct ctx *c, const struct cancelling *v, struct quote *q, int64_t *refund_id)
{
	struct notice n;
	outcome o = refund_cancel_untold(c, v, q, refund_id, &n);

	if (o == OK && !v->keeps_seat)
		notify_many(c, &n, 1);
	return o;
}

/* -- what a whole course would cost ------------------------------------------------------------------------------------ */

/* Those who paid alike get alike. */
struct paid_alike {
	int64_t n, policy_id;
	money paid, left_of_it;
};
static const struct shape paid_alike_shape = SHAPE("PaidAlike", struct paid_alike, F(n), F(policy_id), F(paid), F(left_of_it));

SQL(select_alike,
	"SELECT COUNT(*) AS n, e.policy_id, e.paid, p.approved - p.promised AS left_of_it FROM enrolment_brief e "
	"JOIN payment_brief p ON p.order_id = e.order_id WHERE e.course_id = ? AND e.status = 'active' "
	"GROUP BY e.policy_id, e.paid, p.approved - p.promised");
SQL(select_counts,
	"SELECT enrolled, queue_length AS waiting, capacity - seats_left - enrolled AS held, 0 AS due, 0 AS refunds FROM seat_count "
	"WHERE course_id = ?");

const struct shape course_cost_shape = SHAPE("CourseCost", struct course_cost, F(enrolled), F(waiting), F(held, .about = "Seats that are offered or being paid."),
	F(due, .about = "What goes back."), F(refunds, .about = "How many payments it goes back for."));

void refund_course_cost(struct ctx *c, int64_t course_id, struct course_cost *cost)
{
	list s = refund_sessions(c, course_id), l = db_all(c, &select_alike, &paid_alike_shape, arg(course_id));
	const struct paid_alike *k = l.p;
	struct quote q;

	*cost = (struct course_cost){ 0 };
	db_one(c, &select_counts, &course_cost_shape, cost, arg(course_id));
	for (size_t i = 0; i < l.n; i++) {
		policy_quote(c, k[i].policy_id, k[i].paid, k[i].left_of_it, s.p, s.n, true, c->now, &q);
		cost->due.won += k[i].n * q.refund.won;
		cost->refunds += q.refund.won > 0 ? k[i].n : 0;
	}
}

/* -- calling it off ----------------------------------------------------------------------------------------------------- */

/* Stands before the course's own event in its stream, so that the note reaches those who are told. */
static void leave_note(struct ctx *c, const struct calling_off *v)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, "{\"course_id\":%lld,\"reason\":", (long long)v->course_id);
	buf_json(&b, v->reason);
	buf_lit(&b, ",\"note\":");
	buf_json(&b, v->note);
	buf_char(&b, '}');
	outbox_add(c, LANE_WORK, str_fmt(c->arena, "k.%lld", (long long)v->course_id), S("refund.course"), buf_text(&b));
}

struct calling {
	const struct calling_off *v;
	struct course *now;
};

static outcome call_off(struct ctx *c, void *p)
{
	const struct calling *k = p;
	const struct calling_off *v = k->v;
	struct course_cost cost;
	outcome o;

	if (v->note.n)
		leave_note(c, v);
	if ((o = course_set_status(c, v->course_id, COURSE_CANCELLED, v->reason, k->now)) != OK)
		return o;
	refund_course_cost(c, v->course_id, &cost);          /* nobody comes in any more */
	if (v->expected_enrolled.set && cost.enrolled > v->expected_enrolled.v)
		o = fail(c, &quote_changed, "expected_enrolled", "more_enrolled", str_fmt(c->arena, "%lld", (long long)cost.enrolled));
	if (v->expected.set && cost.due.won > v->expected.v.won)
		o = fail(c, &quote_changed, "expected", "cost_is_more", str_fmt(c->arena, "%lld", (long long)cost.due.won));
	return o;
}

outcome refund_call_off(struct ctx *c, const struct calling_off *v, struct course *now)
{
	return db_tx(c, call_off, &(struct calling){ v, now });
}
