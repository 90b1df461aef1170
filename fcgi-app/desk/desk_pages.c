/* desk/desk_pages.c -- the counter as pages. */
#include "account/account.h"
#include "course/course.h"
#include "desk/desk_private.h"
#include "enrolment/enrolment.h"
#include "payment/payment.h"
#include "refund/refund.h"
#include "staff_log/staff_log.h"
#include "web/form.h"
#include "web/once.h"

struct desk_course {
	int64_t id;
	str title;
	int status;
	money price;
	int64_t seats_left, queue_length;
};
static const struct shape desk_course_shape = SHAPE("DeskCourse", struct desk_course, F(id), F(title),
	F(status, .words = course_statuses, .called = "course"),
	F(price), F(seats_left), F(queue_length));

SQL(select_course,
	"SELECT k.id, k.title, k.status, k.price, s.seats_left, s.queue_length FROM course_brief k JOIN seat_count s ON s.course_id = k.id WHERE k.id = ?");

static bool course_find_for_desk(struct ctx *c, int64_t id, struct desk_course *k)
{
	return db_one(c, &select_course, &desk_course_shape, k, arg(id));
}

/* -- who is it: who is in use, found as everywhere, and on the log ------------------------------------------------------------ */

enum { PEOPLE = 20 };

static list search(struct ctx *c, int64_t course_id, str q)
{
	struct account_look look = { .action = "desk.search", .object_type = "course", .object_id = course_id };

	return account_search(c, q, PEOPLE, false, &look);
}

/* A page that is shown again, because its form was refused or is to be checked, is the same look. */
static void show_person(struct ctx *c, int64_t id, struct account_person *p)
{
	struct account_look look = { .action = "desk.look", .object_type = "member", .purpose = S("desk"), .once = true };

	if (!account_person(c, id, NULL, p) || p->status != ACCOUNT_ACTIVE)
		*p = (struct account_person){ 0 };
	else
		account_person(c, id, &look, p);
}

/* -- the desk of a course --------------------------------------------------------------------------------------------------- */

struct desk_in {
	int64_t id;
	opt_str q;
	opt_int member;
	opt_int enrolled, queued;      /* what has just been done: an enrolment, a ticket */
};
const struct shape desk_in_shape = SHAPE("DeskOf", struct desk_in,
	F(id, .read_only = true), F(q, .max = 100), F(member, .min = 1), F(enrolled, .min = 1), F(queued, .min = 1));

/* Of an enrolment: what was paid. Of a ticket: the place in the queue. */
struct desk_done {
	int64_t id, member_id, position;
	str name;
	money paid;
};
static const struct shape desk_done_shape = SHAPE("DeskDone", struct desk_done, F(id), F(member_id), F(position), F(name), F(paid));
SQL(select_enrolled,
	"SELECT e.id, e.member_id, 0 AS position, m.name, e.paid FROM enrolment_brief e JOIN member_name m ON m.id = e.member_id "
	"WHERE e.id = ? AND e.course_id = ?");
SQL(select_queued,
	"SELECT t.id, t.member_id, (SELECT COUNT(*) FROM ticket_brief b WHERE b.course_id = t.course_id AND b.state = 'waiting' AND "
	"b.number <= t.number) AS position, m.name, 0 AS paid FROM ticket_brief t JOIN member_name m ON m.id = t.member_id "
	"WHERE t.id = ? AND t.course_id = ? AND t.state = 'waiting'");

struct desk_page {
	struct desk_course course;
	struct walk_in_in form;
	opt_str q;
	list found;
	struct account_person member;
	struct desk_done enrolled, queued;
	bool is_over;                  /* the course: nobody comes in any more */
	bool checking, takes_money;
	bool waits, surprises;         /* there is no seat; and that was not asked for */
	int64_t position;
	money amount;
	int method;
	str once;                      /* of the form that was checked; empty: it has done its work already */
};
const struct shape desk_page_shape = SHAPE("DeskPage", struct desk_page,
	F(course, .of = &desk_course_shape), F(form, .of = &walk_in_in_shape), F(q), F(found, .of = &account_person_shape),
	F(member, .of = &account_person_shape, .or_null = true), F(enrolled, .of = &desk_done_shape, .or_null = true),
	F(queued, .of = &desk_done_shape, .or_null = true), F(is_over), F(checking), F(takes_money), F(waits), F(surprises),
	F(position), F(amount), F(method, .words = desk_methods, .called = "payment"), F(once));

static void look_for(struct request *rq, struct desk_page *p, const struct desk_in *in)
{
	p->q = in->q;
	if (in->q.set)
		p->found = search(rq->ctx, in->id, in->q.v);
	if (in->enrolled.set)
		db_one(rq->ctx, &select_enrolled, &desk_done_shape, &p->enrolled, arg(in->enrolled.v), arg(in->id));
	if (in->queued.set)
		db_one(rq->ctx, &select_queued, &desk_done_shape, &p->queued, arg(in->queued.v), arg(in->id));
	if (p->enrolled.id || p->queued.id)
		staff_log_look_once(rq->ctx, "desk.look", "member", p->enrolled.id ? p->enrolled.member_id : p->queued.member_id, S("desk"));
}

static outcome show_desk(struct request *rq, struct desk_page p)
{
	opt_int chosen;
	int64_t id;

	if (rq->method == POST) {
		p.form = *(const struct walk_in_in *)rq->in;
		chosen = p.form.member_id;
		id = p.form.id;
	} else {
		const struct desk_in *in = rq->in;

		chosen = in->member;
		id = in->id;
		look_for(rq, &p, in);
	}
	if (!course_find_for_desk(rq->ctx, id, &p.course))
		return &course_unknown;
	p.is_over = p.course.status == COURSE_CANCELLED || p.course.status == COURSE_FINISHED;
	if (chosen.set)
		show_person(rq->ctx, chosen.v, &p.member);
	if (rq->method == GET)
		p.form = (struct walk_in_in){ .id = id, .method = DESK_TERMINAL, .amount = p.course.price };
	p.form.member_id = (opt_int){ p.member.id > 0, p.member.id };
	return reply(rq, &p);
}

static struct walk_in as_walk_in(const struct walk_in_in *in)
{
	return (struct walk_in){ in->id, in->member_id, in->name, in->phone, in->method, in->amount, in->may_wait, in->reason };
}

static bool said_of(const struct ctx *c, const char *field)
{
	for (const struct field_error *e = c->errors; e; e = e->next)
		if (str_eq(e->field, str_of(field)))
			return true;
	return false;
}

/* A form that lacks something lacks it all at once: who it is, too. */
outcome desk_page_desk(struct request *rq)
{
	if (rq->method == POST && rq->ctx->errors && !said_of(rq->ctx, "name") && !said_of(rq->ctx, "phone") && !said_of(rq->ctx, "member_id") &&
	    !said_of(rq->ctx, "")) {
		struct walk_in w = as_walk_in(rq->in);

		desk_check_person(rq->ctx, &w);
	}
	return show_desk(rq, (struct desk_page){ 0 });
}

/* Back in the browser, the same form may be of another person: it gets a new key, and who is enrolled already is found by that. */
outcome desk_page_check(struct request *rq)
{
	const struct walk_in_in *in = rq->in;
	struct walk_in w = as_walk_in(in);
	struct desk_page p = { .checking = true, .method = in->method };
	struct desk_course k = { 0 };
	outcome o = desk_check(rq->ctx, &w, &p.waits);
	str result;

	if (o != OK)
		return o;
	course_find_for_desk(rq->ctx, in->id, &k);
	p.amount = p.waits ? won(0) : in->amount;
	p.takes_money = p.amount.won > 0;
	p.surprises = p.waits && !in->may_wait;
	p.position = k.queue_length + 1;
	form_value(rq->ctx, rq->body, S("_once"), &p.once);
	if (once_led_to(rq->ctx, p.once, &result))
		p.once = (str){ NULL, 0 };
	return show_desk(rq, p);
}

outcome desk_page_enrol(struct request *rq)
{
	const struct walk_in_in *in = rq->in;
	int64_t enrolment_id, ticket_id;
	outcome o = desk_walk_in(rq, in, &enrolment_id, &ticket_id);

	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld/desk?%s=%lld", (long long)in->id, enrolment_id ? "enrolled" : "queued",
					   (long long)(enrolment_id ? enrolment_id : ticket_id)));
}

/* -- its queue -------------------------------------------------------------------------------------------------------------- */

struct tickets_in {
	int64_t id;
	opt_str cursor;
	int64_t limit;
};
const struct shape desk_tickets_in_shape = SHAPE("TicketsPageOf", struct tickets_in,
	F(id, .read_only = true), F(cursor),
	F(limit, .optional = true, .dflt = 50, .min = 1, .max = 100));

struct tickets_page {
	struct desk_course course;
	list data;
	opt_str next_cursor, prev_cursor;
};
const struct shape desk_tickets_page_shape = SHAPE("TicketsPage", struct tickets_page,
	F(course, .of = &desk_course_shape), F(data, .of = &queued_shape), F(next_cursor), F(prev_cursor));

outcome desk_page_tickets(struct request *rq)
{
	const struct tickets_in *in = rq->in;
	struct tickets_page p = { 0 };
	struct list_out found = { 0 };

	if (!course_find_for_desk(rq->ctx, in->id, &p.course))
		return &course_unknown;
	desk_queue_page(rq, in->id, in->limit, &found);
	p.data = found.data;
	p.next_cursor = found.next_cursor;
	p.prev_cursor = found.prev_cursor;
	return reply(rq, &p);
}

/* -- one ticket: what would happen, and the forms that do it ------------------------------------------------------------------ */

struct ticket_in {
	int64_t id;
	opt_int to;
};
const struct shape desk_ticket_in_shape = SHAPE("TicketPageOf", struct ticket_in, F(id, .read_only = true), F(to, .min = 1, .letters = "C"));

struct ticket_page {
	int64_t id;
	int state;
	struct account_person member;
	struct desk_course course, to;
	opt_int asked;                 /* the number of the course that was asked for */
	bool may_change, is_enrolled, other_price;
	bool goes_back, by_hand;       /* of an enrolled one */
	money amount;
	struct quote quote;
	struct move_in form;           /* the reason, for both */
};
const struct shape desk_ticket_page_shape = SHAPE("TicketPage", struct ticket_page,
	F(id), F(state, .words = ticket_states, .called = "ticket"), F(member, .of = &account_person_shape, .or_null = true), F(course, .of = &desk_course_shape),
	F(to, .of = &desk_course_shape, .or_null = true), F(asked), F(may_change), F(is_enrolled), F(other_price),
	F(goes_back), F(by_hand), F(amount), F(quote, .of = &quote_shape, .or_null = true),
	F(form, .of = &desk_move_in_shape));

/* Which course it would go to: of the query, or of the form that was refused. */
static opt_int where_to(const struct request *rq)
{
	if (rq->method == GET)
		return ((const struct ticket_in *)rq->in)->to;
	if (rq->route->in == &desk_move_in_shape)
		return some_int(((const struct move_in *)rq->in)->course_id);
	return (opt_int){ 0 };
}

static int64_t ticket_id_of(const struct request *rq)
{
	if (rq->method == GET)
		return ((const struct ticket_in *)rq->in)->id;
	return rq->route->in == &desk_move_in_shape ? ((const struct move_in *)rq->in)->id : ((const struct remove_in *)rq->in)->id;
}

/* What goes back if an enrolled one is taken out now. */
static void fill_quote(struct ctx *c, struct ticket_page *p)
{
	int64_t id = enrolment_of_ticket(c, p->id);
	struct enrolled e = { 0 };
	struct payment paid = { 0 };

	if (!id || refund_quote(c, id, false, &p->quote) != OK)
		return;
	p->amount = p->quote.refund;
	p->goes_back = p->amount.won > 0;
	p->by_hand = enrolment_find(c, id, &e) && payment_of_order(c, e.order_id, &paid) && str_eq(paid.gateway, S("desk"));
}

outcome desk_page_ticket(struct request *rq)
{
	struct ticket_page p = { .asked = where_to(rq) };
	struct desk_ticket t = { 0 };

	if (!desk_ticket_find(rq->ctx, ticket_id_of(rq), &t) || !course_find_for_desk(rq->ctx, t.course_id, &p.course))
		return &ticket_unknown;
	p.id = t.id;
	p.state = t.state;
	account_person(rq->ctx, t.member_id, NULL, &p.member);
	staff_log_look(rq->ctx, "ticket.look", "ticket", t.id, (str){ NULL, 0 });
	p.is_enrolled = t.state == TICKET_ENROLLED;
	p.may_change = p.is_enrolled || t.state == TICKET_WAITING || t.state == TICKET_ACTIVE;
	if (p.asked.set && p.asked.v != t.course_id)
		course_find_for_desk(rq->ctx, p.asked.v, &p.to);
	p.other_price = p.is_enrolled && p.to.id && p.to.price.won != p.course.price.won;
	p.form.course_id = p.to.id;
	if (p.is_enrolled)
		fill_quote(rq->ctx, &p);
	return reply(rq, &p);
}

static outcome back_to_list(struct request *rq, int64_t ticket_id, const char *done)
{
	struct desk_ticket t = { 0 };

	desk_ticket_find(rq->ctx, ticket_id, &t);
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld/tickets?done=%s", (long long)t.course_id, done));
}

outcome desk_page_move(struct request *rq)
{
	const struct move_in *in = rq->in;
	int64_t to_ticket;
	outcome o = desk_do_move(rq, in, &to_ticket);

	return o == OK ? back_to_list(rq, in->id, "moved") : o;
}

outcome desk_page_remove(struct request *rq)
{
	const struct remove_in *in = rq->in;
	outcome o = desk_do_remove(rq, in);

	return o == OK ? back_to_list(rq, in->id, "removed") : o;
}
