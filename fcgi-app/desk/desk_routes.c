/* desk/desk_routes.c -- the counter, as JSON. */
#include "desk/desk_private.h"
#include "payment/payment.h"
#include "refund/refund.h"
#include "staff_log/staff_log.h"

const struct shape walk_in_in_shape = SHAPE("WalkIn", struct walk_in_in,
	F(id, .read_only = true), F(member_id, .min = 1), F(name, .optional = true, .max = 60, .about = "Of somebody without an account."),
	F(phone, .optional = true, .max = 24), F(method, .words = desk_methods, .called = "payment"),
	F(amount, .about = "What was taken: the price, or 0 if the method is free."),
	F(may_wait, .optional = true, .about = "Join the queue if there is no seat; nothing is taken then. With an amount of 0 nothing "
	  "was taken: 422 amount_differs if there is a seat after all."), F(reason, .min = 1, .max = 500));

const struct shape desk_move_in_shape = SHAPE("TicketMove", struct move_in,
	F(id, .read_only = true), F(course_id, .min = 1), F(reason, .min = 1, .max = 500));
const struct shape desk_remove_in_shape = SHAPE("TicketRemoval", struct remove_in,
	F(id, .read_only = true), F(expected, .about = "Of an enrolled one: the refund that was shown; 409 if it would be less by now."),
	F(reason, .min = 1, .max = 500));

static const struct shape desk_person_shape = ID_NAME_SHAPE("QueuedPerson");
const struct shape queued_shape = SHAPE("QueuedTicket", struct queued,
	F(id), F(number, .about = "The place in the order; never given twice."), F(position, .about = "1 is next; null of who has a seat."),
	F(state, .words = ticket_states, .called = "ticket"),
	F(member, .of = &desk_person_shape), F(joined_at), F(hold_expires_at));
static const struct shape queued_list_shape = PAGED_SHAPE("QueuedTicketList", queued_shape);

SQL(select_title, "SELECT 1 AS found FROM course_title WHERE id = ?");

/* -- rules in the transaction that runs ----------------------------------------------------------------------------------- */

struct enrolling {
	struct walk_in w;
	int64_t enrolment_id, ticket_id;
};

static outcome enrol(struct ctx *c, void *p)
{
	struct enrolling *v = p;

	return desk_enrol(c, &v->w, &v->enrolment_id, &v->ticket_id);
}

outcome desk_walk_in(struct request *rq, const struct walk_in_in *in, int64_t *enrolment_id, int64_t *ticket_id)
{
	struct enrolling v = { { in->id, in->member_id, in->name, in->phone, in->method, in->amount, in->may_wait, in->reason }, 0, 0 };
	outcome o = db_tx(rq->ctx, enrol, &v);

	*enrolment_id = v.enrolment_id;
	*ticket_id = v.ticket_id;
	return o;
}

struct moving {
	const struct move_in *in;
	int64_t *to_ticket;
};

static outcome move(struct ctx *c, void *p)
{
	struct moving *v = p;

	return desk_move(c, v->in->id, v->in->course_id, v->in->reason, v->to_ticket);
}

outcome desk_do_move(struct request *rq, const struct move_in *in, int64_t *to_ticket)
{
	struct moving v = { in, to_ticket };

	return db_tx(rq->ctx, move, &v);
}

static outcome take_away(struct ctx *c, void *p)
{
	const struct remove_in *in = p;

	return desk_remove(c, in->id, in->expected, in->reason);
}

outcome desk_do_remove(struct request *rq, const struct remove_in *in)
{
	struct remove_in copy = *in;

	return db_tx(rq->ctx, take_away, &copy);
}

/* -- handlers ------------------------------------------------------------------------------------------------------------- */

struct walk_in_out {
	opt_int enrolment_id, ticket_id;
};
static const struct shape walk_in_out_shape = SHAPE("WalkedInAnswer", struct walk_in_out,
	F(enrolment_id), F(ticket_id, .about = "Of somebody who waits now."));

static outcome walk_in(struct request *rq)
{
	struct walk_in_out out = { 0 };
	outcome o = desk_walk_in(rq, rq->in, &out.enrolment_id.v, &out.ticket_id.v);

	if (o != OK)
		return o;
	out.enrolment_id.set = out.enrolment_id.v > 0;
	out.ticket_id.set = out.ticket_id.v > 0;
	return reply(rq, &out);
}

struct moved_out {
	int64_t ticket_id, course_id;
};
static const struct shape moved_out_shape = SHAPE("MovedTicket", struct moved_out, F(ticket_id, .about = "The new one."), F(course_id));

static outcome move_ticket(struct request *rq)
{
	const struct move_in *in = rq->in;
	struct moved_out out = { 0, in->course_id };
	outcome o = desk_do_move(rq, in, &out.ticket_id);

	return o == OK ? reply(rq, &out) : o;
}

static outcome remove_ticket(struct request *rq)
{
	const struct remove_in *in = rq->in;
	struct desk_ticket out = { 0 };
	outcome o = desk_do_remove(rq, in);

	if (o != OK)
		return o;
	desk_ticket_find(rq->ctx, in->id, &out);
	return reply(rq, &out);
}

struct tickets_in {
	int64_t id;
	opt_str cursor;
	int64_t limit;
};
static const struct shape tickets_in_shape = SHAPE("TicketsOf", struct tickets_in,
	F(id, .read_only = true), F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

static const struct sort_key in_order[] = { { "t.number", .descending = false } };

SQL(count_before, "SELECT COUNT(*) FROM ticket_brief WHERE course_id = ? AND state = 'waiting' AND number < ?");

/* The rows stand in the order of their numbers, so the first of who waits is counted, and the others follow. */
static void give_positions(struct ctx *c, int64_t course_id, list l)
{
	struct queued *t = l.p;
	int64_t at = 0;

	for (size_t i = 0; i < l.n; i++) {
		if (t[i].state != TICKET_WAITING)
			continue;
		at = at ? at + 1 : db_int(c, &count_before, 0, arg(course_id), arg(t[i].number)) + 1;
		t[i].position = some_int(at);
	}
}

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct queued *)row)->number;
}

void desk_queue_page(struct request *rq, int64_t course_id, int64_t limit, struct list_out *out)
{
	struct query q = query_from(rq->ctx, "SELECT STRAIGHT_JOIN t.id, t.number, t.state, m.id AS `member.id`, m.name AS `member.name`, "
		"t.joined_at, t.hold_expires_at FROM ticket_brief t JOIN member_name m ON m.id = t.member_id ");

	query_add(&q, "WHERE t.course_id = ? AND t.state IN ('waiting', 'active', 'paying') AND t.number IS NOT NULL", arg(course_id));
	query_keyset(&q, &rq->cursor, in_order, 1, limit);
	list_page(rq, out, query_all(rq->ctx, &q, &queued_shape), &queued_shape, limit, keys);
	give_positions(rq->ctx, course_id, out->data);
	staff_log_look_list(rq->ctx, &(struct staff_log_list){ "ticket.list", "ticket", "", .course_id = some_int(course_id) }, out->data,
			    sizeof(struct queued));
}

static outcome tickets(struct request *rq)
{
	const struct tickets_in *in = rq->in;
	struct list_out out = { 0 };

	if (!db_int(rq->ctx, &select_title, 0, arg(in->id)))
		return &course_unknown;
	desk_queue_page(rq, in->id, in->limit, &out);
	return reply(rq, &out);
}

const struct route desk_routes[] = {
	{ POST, "/api/v1/admin/courses/{id}/walk-ins", STAFF, walk_in, &walk_in_in_shape, &walk_in_out_shape, .status = 201,
	  .once = ONCE_TX_REQUIRED, .fails = FAILS(DESK_FAILS_ENROL), .about = "Enrols somebody at the counter; a walk-in never overtakes who waits." },
	{ GET, "/api/v1/admin/courses/{id}/tickets", STAFF, tickets, &tickets_in_shape, &queued_list_shape, .fails = FAILS(&course_unknown),
	  .about = "Who waits, holds a seat or pays, in the order of the queue." },
	{ POST, "/api/v1/admin/tickets/{id}/move", STAFF, move_ticket, &desk_move_in_shape, &moved_out_shape, .once = ONCE_TX_REQUIRED,
	  .fails = FAILS(DESK_FAILS_MOVE), .about = "To the end of another course's queue; a paid seat to a seat of the same price." },
	{ POST, "/api/v1/admin/tickets/{id}/remove", STAFF, remove_ticket, &desk_remove_in_shape, &desk_ticket_shape, .once = ONCE_TX_REQUIRED,
	  .fails = FAILS(DESK_FAILS_REMOVE), .about = "Takes a ticket out of the queue; an enrolled one is cancelled and paid back." },
	DESK_PAGE_ROUTES
	{ 0 }
};
