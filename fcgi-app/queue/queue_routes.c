/* queue/queue_routes.c -- the queue's public face. */
#include "queue/queue.h"
#include "queue/queue_watch.h"
#include "web/request.h"

struct join_in {
	int64_t id;
};
static const struct shape join_in_shape = SHAPE("JoinQueue", struct join_in, F(id, .about = "The course."));

struct ticket_id {
	int64_t id;
};
static const struct shape ticket_id_shape = SHAPE("TicketId", struct ticket_id, F(id));

struct tickets_in {
	opt_str cursor;
	int64_t limit;
};
static const struct shape tickets_in_shape = SHAPE("TicketFilter", struct tickets_in,
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

struct ticket_list {
	list data;
	opt_str next_cursor;
};
static const struct shape ticket_list_shape = SHAPE("TicketList", struct ticket_list, F(data, .of = &ticket_shape), F(next_cursor));

static outcome join(struct request *rq)
{
	struct join_in *in = rq->in;
	str stored;
	outcome o = queue_join(rq->ctx, in->id, rq->ctx->who.id, rq->key, rq->fingerprint, &stored);

	return o == OK ? reply_stored(rq, 201, stored) : o;
}

static outcome show(struct request *rq)
{
	struct ticket_id *in = rq->in;
	struct ticket t;
	outcome o = queue_ticket(rq->ctx, in->id, &t);

	return o == OK ? reply(rq, &t) : o;
}

static outcome leave(struct request *rq)
{
	struct ticket_id *in = rq->in;
	outcome o = queue_leave(rq->ctx, in->id);

	return o == OK ? reply_none(rq) : o;
}

static void ticket_keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct ticket *)row)->id;
}

static outcome mine(struct request *rq)
{
	struct tickets_in *in = rq->in;
	struct ticket_list out = { 0 };
	str next;

	out.data = queue_tickets_of(rq->ctx, rq->ctx->who.id, rq->cursor.set ? rq->cursor.n[0] : INT64_MAX, in->limit + 1);
	next = cursor_next(rq, &out.data, sizeof(struct ticket), in->limit, ticket_keys);
	out.next_cursor = next.n ? some_str(next) : (opt_str){ 0 };
	return reply(rq, &out);
}

const struct route queue_routes[] = {
	{ POST, "/api/v1/courses/{id}/queue", MEMBER, join, &join_in_shape, &ticket_shape, .status = 201, .once = ONCE_OWN,
	  .fails = FAILS(&course_unknown, &course_not_open, &enrolment_not_yet_open, &enrolment_over, &already_in_queue, &already_enrolled),
	  .about = "Joins the queue of an open course and gives a ticket." },
	{ GET, "/api/v1/tickets/{id}", MEMBER, show, &ticket_id_shape, &ticket_shape, .fails = FAILS(&ticket_unknown),
	  .about = "One of the caller's tickets as it stands now." },
	{ DELETE, "/api/v1/tickets/{id}", MEMBER, leave, &ticket_id_shape, NULL, .status = 204,
	  .fails = FAILS(&ticket_unknown, &payment_in_flight, &ticket_not_active), .about = "Leaves the queue, or gives a held seat back." },
	{ GET, "/api/v1/me/tickets", MEMBER, mine, &tickets_in_shape, &ticket_list_shape, .about = "The caller's tickets, the newest first." },
	{ GET, "/api/v1/admin/courses/{id}/queue", STAFF, queue_watch_snapshot, &queue_watch_in_shape, &queue_snapshot_shape,
	  .fails = FAILS(&course_unknown), .about = "A course's queue as it stands now: numbers, holds, who is next, what happened last." },
	{ GET, "/api/v1/admin/courses/{id}/events", STAFF, queue_watch_events, &queue_watch_in_shape, NULL, .stream = true,
	  .fails = FAILS(&course_unknown), .about = "The same as a stream of states (queue.state), never of increments." },
	{ 0 }
};
