/* refund/refund_jobs.c -- money on its way back, and courses that do not take place. */
#include <stdlib.h>

#include "account/account.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "course/course.h"
#include "data/db.h"
#include "enrolment/enrolment.h"
#include "payment/payment.h"
#include "refund/refund_private.h"
#include "staff_log/staff_log.h"

enum { BATCH = 200, COURSES_AT_ONCE = 200 };

static const struct failure refund_not_known_yet = { 503, "refund_not_known_yet" };

#define REFUND_COLUMNS \
	"SELECT STRAIGHT_JOIN r.id, r.payment_id, r.enrolment_id, p.order_id, p.method, r.member_id AS `member.id`, m.name AS `member.name`, " \
	"COALESCE(y.member_id, 0) AS `payee.member_id`, COALESCE(y.name, '') AS `payee.name`, COALESCE(y.phone, '') AS `payee.phone`, " \
	"k.id AS `course.id`, k.title AS `course.title`, r.amount, r.by_hand, r.kind, r.reason_code, r.reason, r.note, r.state, r.code, " \
	"r.by_member_id AS `by.id`, COALESCE(b.name, '') AS `by.name`, r.created_at, r.done_at, r.created_at + INTERVAL 5 DAY AS due_at "
#define REFUND_NAMES \
	"JOIN member_name m ON m.id = r.member_id JOIN course_title k ON k.id = p.course_id " \
	"LEFT JOIN member_name b ON b.id = r.by_member_id LEFT JOIN refund_payee y ON y.member_id = r.member_id AND r.state <> 'done' "
#define REFUND_ROW REFUND_COLUMNS "FROM refund r JOIN payment_brief p ON p.id = r.payment_id " REFUND_NAMES

static const struct shape refund_person_shape = ID_NAME_SHAPE("RefundPerson");
static const struct shape refund_payee_shape = SHAPE("RefundPayee", struct refund_payee,
	F(member_id), F(name), F(phone, .about = "Masked in lists."));
static const struct shape refund_course_shape = ID_TITLE_SHAPE("RefundCourse");

const struct shape refund_shape = SHAPE("Refund", struct refund,
	F(id), F(payment_id), F(enrolment_id), F(order_id), F(method), F(member, .of = &refund_person_shape),
	F(payee, .of = &refund_payee_shape, .or_null = true, .about = "Whom to pay, of a member who has withdrawn: kept until it is done."),
	F(course, .of = &refund_course_shape),
	F(amount), F(by_hand, .about = "Not through the gateway."), F(kind, .words = refund_kinds, .called = "refund", .about = "Who began it."),
	F(reason_code, .words = refund_reasons),
	F(reason), F(note, .about = "To the member."), F(state, .words = refund_states, .called = "refund"), F(code, .about = "Of the gateway's last answer."),
	F(by, .of = &refund_person_shape, .about = "id 0: by itself, with the course."), F(created_at), F(done_at),
	F(due_at, .about = "The law wants it paid back by then."));

SQL(select_refund, REFUND_ROW "WHERE r.id = ?");
SQL(select_of_payment, REFUND_ROW "WHERE r.payment_id = ? ORDER BY r.id");
SQL(select_quote, "SELECT quote FROM refund WHERE id = ?");
SQL(sum_through_gateway, "SELECT COALESCE(SUM(amount), 0) AS n FROM refund WHERE payment_id = ? AND state = 'done' AND NOT by_hand");
SQL(finish_refund, "UPDATE refund SET state = 'done', code = '', done_at = ? WHERE id = ? AND state = ?");
SQL(note_code, "UPDATE refund SET code = ? WHERE id = ? AND state = 'due'");
SQL(give_to_people, "UPDATE refund SET state = 'by_hand', by_hand = TRUE, code = ? WHERE id = ? AND state = 'due'");

struct kept_quote {
	opt_str quote;
};
static const struct shape kept_quote_shape = SHAPE("KeptQuote", struct kept_quote, F(quote));

bool refund_kept_quote(struct ctx *c, int64_t id, struct quote *q)
{
	struct kept_quote k = { 0 };
	uint64_t given;

	if (!db_one(c, &select_quote, &kept_quote_shape, &k, arg(id)) || !k.quote.set)
		return false;
	if (json_read(c, &quote_shape, q, &given, k.quote.v, false) != OK)
		return false;
	policy_words(c, q);
	return true;
}

bool refund_find(struct ctx *c, int64_t id, struct refund *r)
{
	if (!db_one(c, &select_refund, &refund_shape, r, arg(id)))
		return false;
	r->payee.phone = account_phone_words(c, r->payee.phone);
	return true;
}

list refund_of_payment(struct ctx *c, int64_t payment_id)
{
	list l = db_all(c, &select_of_payment, &refund_shape, arg(payment_id));
	struct refund *r = l.p;

	for (size_t i = 0; i < l.n; i++)
		r[i].payee.phone = account_phone_words(c, r[i].payee.phone);
	return l;
}

list refund_list(struct ctx *c, const struct refund_filter_in *f, const struct keyset *from)
{
	static const struct sort_key newest[] = { { "r.id", .descending = true } };
	/* A course's refunds are found by its payments; all others from the refunds outwards, the newest first. */
	struct query q = f->course_id.set ?
		query_from(c, REFUND_COLUMNS "FROM payment_brief p JOIN refund r ON r.payment_id = p.id " REFUND_NAMES "WHERE 1 = 1") :
		query_from(c, REFUND_ROW "WHERE 1 = 1");
	struct refund *r;
	list l;

	if (f->state > 0)
		query_add(&q, " AND r.state = ?", arg(str_of(refund_states[f->state - 1])));
	if (f->member_id.set)
		query_add(&q, " AND r.member_id = ?", arg(f->member_id));
	if (f->course_id.set)
		query_add(&q, " AND p.course_id = ?", arg(f->course_id));
	query_keyset(&q, from, newest, 1, f->limit);
	l = query_all(c, &q, &refund_shape);
	r = l.p;
	for (size_t i = 0; i < l.n; i++)
		r[i].payee.phone = account_masked_phone(c, r[i].payee.phone);
	return l;
}

void refund_send_later(struct ctx *c, int64_t payment_id, int64_t refund_id)
{
	outbox_add(c, LANE_WORK, str_fmt(c->arena, "p.%lld", (long long)payment_id), S("refund.send"),
		   str_fmt(c->arena, "{\"refund_id\":%lld}", (long long)refund_id));
}

/* -- done -------------------------------------------------------------------------------------------------------------- */

static void tell_done(struct ctx *c, const struct refund *r)
{
	struct buf b = buf_in(c->arena);

	buf_lit(&b, "{\"order_id\":");
	buf_json(&b, r->order_id);
	buf_fmt(&b, ",\"amount\":%lld,\"refund_id\":%lld,\"course_id\":%lld,\"course_title\":", (long long)r->amount.won, (long long)r->id,
		(long long)r->course.id);
	buf_json(&b, r->course.title);
	buf_lit(&b, ",\"note\":");
	buf_json(&b, r->enrolment_id.set ? r->note : S(""));
	buf_char(&b, '}');
	notify(c, r->member.id, "payment.refunded", buf_text(&b));
}

/* The payment's row first: it is what all its refunds are decided under. */
static bool finish(struct ctx *c, const struct refund *r, enum refund_state from)
{
	struct payment p = { 0 };

	if (!payment_lock_row(c, r->payment_id, &p) || db_run(c, &finish_refund, arg(c->now), arg(r->id), arg(str_of(refund_states[from]))) == 0)
		return false;
	payment_went_back(c, p.id, r->amount);
	tell_done(c, r);
	refund_forget_payee(c, r->member.id);
	metric_add(METRIC_refunds_done, 1);
	return true;
}

outcome refund_done_by_hand(struct ctx *c, int64_t id, str reason, struct refund *now)
{
	struct refund before = { 0 };

	if (!refund_find(c, id, &before))
		return &refund_unknown;
	if (!str_trim(reason).n)
		return fail(c, &invalid, "reason", "required", (str){ NULL, 0 });
	if (!finish(c, &before, REFUND_BY_HAND))
		return &refund_not_by_hand;
	refund_find(c, id, now);
	before.payee = now->payee = (struct refund_payee){ 0 };          /* the log is kept longer than they are */
	staff_log_add(c, "refund.done", "refund", id, &refund_shape, &before, now, reason);
	return OK;
}

/* -- the gateway ------------------------------------------------------------------------------------------------------- */

struct sending {
	const struct refund *refund;
	str code;
};

static outcome note_done(struct ctx *c, void *v)
{
	finish(c, ((const struct sending *)v)->refund, REFUND_DUE);
	return OK;
}

static outcome note_refused(struct ctx *c, void *v)
{
	const struct sending *s = v;

	db_run(c, &give_to_people, arg(s->code), arg(s->refund->id));
	log_line(c, LOG_WARN, "refund refused by the gateway", "order_id", s->refund->order_id, "code", s->code);
	return OK;
}

static str short_code(str code)
{
	return code.n > 80 ? (str){ code.p, 80 } : code;
}

/* What became of it, once the gateway has answered: its books decide, because the first of two answers may have been lost. A clear no
 * that they confirm is for people; whatever else is asked again, with the same key. */
static outcome settle(struct ctx *c, const struct refund *r, const struct gateway_result *said, const struct gateway_result *books,
		      int64_t returned)
{
	struct sending s = { r, short_code(said->code) };

	c->now = when_now();
	if (books->returned.won >= returned + r->amount.won)
		return db_tx(c, note_done, &s);
	if (said->outcome == GATEWAY_REFUSED && !said->alarm && books->outcome == GATEWAY_APPROVED)
		return db_tx(c, note_refused, &s);
	db_run(c, &note_code, arg(s.code), arg(r->id));
	log_line(c, LOG_WARN, "money not returned yet", "order_id", r->order_id, "code", said->code);
	return &refund_not_known_yet;
}

static outcome send(struct ctx *c, const struct event *e)
{
	struct refund r = { 0 };
	struct payment p = { 0 };
	const struct gateway *gateway;
	struct gateway_cancel ask;
	struct gateway_result said, books;
	int64_t returned;

	if (!refund_find(c, json_int(json_parse(c, e->payload), "refund_id", 0), &r) || r.state != REFUND_DUE || !payment_find(c, r.payment_id, &p))
		return OK;
	gateway = gateway_find(p.gateway);
	if (!gateway || !p.payment_key.set)
		return &refund_not_known_yet;
	returned = db_int(c, &sum_through_gateway, 0, arg(p.id));
	ask = (struct gateway_cancel){ str_fmt(c->arena, "refund-%lld", (long long)r.id), p.payment_key.v,
				       str_fmt(c->arena, "환불 %lld", (long long)r.id), r.amount, { true, { p.approved.won - returned } } };
	said = books = gateway->cancel(c, &ask);
	if (said.outcome != GATEWAY_APPROVED)
		books = gateway->query(c, p.payment_key.v);
	return settle(c, &r, &said, &books, returned);
}

/* -- a course that does not take place --------------------------------------------------------------------------------- */

struct piece {
	struct cancelling what;
	struct notice told;
};

static struct cancelling as_course(const struct json *in, int64_t enrolment_id)
{
	return (struct cancelling){ .enrolment_id = enrolment_id, .kind = REFUND_BY_COURSE, .centre_fault = true,
				    .of_course = json_int(in, "course_id", 0), .reason_code = S("course_cancelled"),
				    .reason = json_str(in, "reason"), .note = json_str(in, "note") };
}

static outcome cancel_one(struct ctx *c, void *v)
{
	struct piece *p = v;
	struct quote q;
	int64_t refund_id;

	return refund_cancel_untold(c, &p->what, &q, &refund_id, &p->told);
}

static str stream_of(struct ctx *c, int64_t enrolment_id)
{
	return str_fmt(c->arena, "e.%lld", (long long)enrolment_id);
}

/* {"course_id", <key>, "reason", "note"}: the key says how far a batch came, or which enrolment is meant. */
static str payload(struct ctx *c, const struct json *in, const char *key, int64_t id)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, "{\"course_id\":%lld,\"%s\":%lld,\"reason\":", (long long)json_int(in, "course_id", 0), key, (long long)id);
	buf_json(&b, json_str(in, "reason"));
	buf_lit(&b, ",\"note\":");
	buf_json(&b, json_str(in, "note"));
	buf_char(&b, '}');
	return buf_text(&b);
}

/* By itself from here on: tried again, given up where an operator sees it. */
static void try_later(struct ctx *c, const struct json *in, int64_t enrolment_id, outcome why)
{
	str stream = stream_of(c, enrolment_id);

	log_line(c, LOG_WARN, "enrolment of a cancelled course not cancelled yet", "enrolment", stream, "code", str_of(why->code));
	if (!outbox_holds(c, LANE_WORK, stream, S("refund.enrolment")))
		outbox_add(c, LANE_WORK, stream, S("refund.enrolment"), payload(c, in, "enrolment_id", enrolment_id));
}

static int by_member(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;

	return (x->member_id > y->member_id) - (x->member_id < y->member_id);
}

/* Each by itself, so that none holds back the others; then all are told in their order, in which everybody locks members' streams. */
static outcome cancel_batch(struct ctx *c, const struct event *e)
{
	const struct json *in = json_parse(c, e->payload);
	list l = enrolment_of_course(c, json_int(in, "course_id", 0), json_int(in, "after", 0), BATCH);
	struct notice *told = arena_array(c->arena, struct notice, l.n + 1);
	const struct enrolled *k = l.p;
	size_t n = 0;

	for (size_t i = 0; i < l.n; i++) {
		struct piece p = { .what = as_course(in, k[i].id) };
		outcome o = db_try_apart(c, cancel_one, &p);

		if (o == OK)
			told[n++] = p.told;
		else if (o != &enrolment_not_active)
			try_later(c, in, k[i].id, o);
	}
	if (n) {
		qsort(told, n, sizeof(*told), by_member);
		notify_many(c, told, n);
	}
	if (l.n == BATCH)
		outbox_add(c, LANE_WORK, e->stream, S("refund.course"), payload(c, in, "after", k[l.n - 1].id));
	return OK;
}

/* One that had failed in its batch. */
static outcome cancel_left(struct ctx *c, const struct event *e)
{
	const struct json *in = json_parse(c, e->payload);
	struct cancelling v = as_course(in, json_int(in, "enrolment_id", 0));
	struct quote q;
	int64_t refund_id;
	outcome o = refund_cancel(c, &v, &q, &refund_id);

	return o == &enrolment_not_active ? OK : o;
}

const struct listener refund_listeners[] = {
	{ "refund.send", "refund.send", send, .outside = true },
	{ "course.cancelled", "refund.course_cancelled", cancel_batch },
	{ "refund.course", "refund.course", cancel_batch },
	{ "refund.enrolment", "refund.enrolment", cancel_left },
	{ "member.withdrawn", "refund.of_withdrawn", refund_of_withdrawn },
	{ "refund.withdrawn", "refund.withdrawn", refund_cancel_withdrawn },
	{ 0 }
};

/* The net under the events of the courses: enrolments of a cancelled course that none of them comes to. What waits already, or was
 * given up and waits for an operator, is not asked for a second time. */
struct straggler {
	int64_t course_id;
};
static const struct shape straggler_shape = SHAPE("CancelledCourse", struct straggler, F(course_id));

SQL(select_stragglers,
	"SELECT k.id AS course_id FROM course_brief k WHERE k.status = 'cancelled' "
	"AND (SELECT e.id FROM enrolment_brief e WHERE e.course_id = k.id AND e.status = 'active' LIMIT 1) IS NOT NULL LIMIT ?");

static bool has_unclaimed(struct ctx *c, int64_t course_id)
{
	list l = enrolment_of_course(c, course_id, 0, BATCH);
	const struct enrolled *k = l.p;

	for (size_t i = 0; i < l.n; i++)
		if (!outbox_holds(c, LANE_WORK, stream_of(c, k[i].id), S("refund.enrolment")))
			return true;
	return l.n == BATCH;
}

static outcome call_again(struct ctx *c, void *p)
{
	int64_t course_id = ((const struct straggler *)p)->course_id;
	str stream = str_fmt(c->arena, "k.%lld", (long long)course_id);

	if (outbox_holds(c, LANE_WORK, stream, S("refund.course")) || outbox_holds(c, LANE_WORK, stream, S("course.cancelled")) ||
	    !has_unclaimed(c, course_id))
		return OK;
	outbox_add(c, LANE_WORK, stream, S("refund.course"), str_fmt(c->arena, "{\"course_id\":%lld,\"reason\":\"\"}", (long long)course_id));
	return OK;
}

static int64_t look_for_stragglers(struct ctx *c)
{
	list l = db_all(c, &select_stragglers, &straggler_shape, arg(COURSES_AT_ONCE));

	for (size_t i = 0; i < l.n; i++)
		db_tx(c, call_again, (struct straggler *)l.p + i);
	return 0;
}

const struct job refund_jobs[] = {
	{ "refund.stragglers", 30 * SECOND, look_for_stragglers, .alone = true },
	{ 0 }
};
