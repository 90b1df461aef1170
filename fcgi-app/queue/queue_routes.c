/* queue/queue_routes.c -- the queue's public face. */
#include "queue/queue.h"
#include "queue/queue_watch.h"
#include "web/lists.h"
#include "web/request.h"

static const struct shape ticket_list_shape = LIST_SHAPE("TicketList", ticket_shape);

static outcome join(struct request *rq)
{
	struct id_in *in = rq->in;
	str stored;
	outcome o = queue_join(rq->ctx, in->id, rq->ctx->who.id, rq->key, rq->fingerprint, &stored);

	return o == OK ? reply_stored(rq, 201, stored) : o;
}

static outcome show(struct request *rq)
{
	struct id_in *in = rq->in;
	struct ticket t;
	outcome o = queue_ticket(rq->ctx, in->id, &t);

	return o == OK ? reply(rq, &t) : o;
}

static outcome leave(struct request *rq)
{
	struct id_in *in = rq->in;
	outcome o = queue_leave(rq->ctx, in->id);

	return o == OK ? reply_none(rq) : o;
}

static void ticket_keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct ticket *)row)->id;
}

static outcome mine(struct request *rq)
{
	struct page_in *in = rq->in;
	struct list_out out = { 0 };
	str next;

	out.data = queue_tickets_of(rq->ctx, rq->ctx->who.id, rq->cursor.set ? rq->cursor.n[0] : INT64_MAX, in->limit + 1);
	next = cursor_next(rq, &out.data, sizeof(struct ticket), in->limit, ticket_keys);
	out.next_cursor = next_page(next);
	return reply(rq, &out);
}

const struct route queue_routes[] = {
	{ POST, "/api/v1/courses/{id}/queue", MEMBER, join, &id_in_shape, &ticket_shape, .status = 201, .once = ONCE_OWN,
	  .fails = FAILS(&course_unknown, &course_not_open, &enrolment_not_yet_open, &enrolment_over, &already_in_queue, &already_enrolled,
			&term_limit_reached),
	  .about = "Joins the queue of an open course and gives a ticket." },
	{ GET, "/api/v1/tickets/{id}", MEMBER, show, &id_in_shape, &ticket_shape, .fails = FAILS(&ticket_unknown),
	  .about = "One of the caller's tickets as it stands now." },
	{ DELETE, "/api/v1/tickets/{id}", MEMBER, leave, &id_in_shape, NULL, .status = 204,
	  .fails = FAILS(&ticket_unknown, &payment_in_flight, &ticket_enrolled, &ticket_over), .about = "Leaves the queue, or gives a held seat back." },
	{ GET, "/api/v1/me/tickets", MEMBER, mine, &page_in_shape, &ticket_list_shape, .about = "The caller's tickets, the newest first." },
	{ GET, "/api/v1/admin/courses/{id}/queue", STAFF, queue_watch_snapshot, &id_in_shape, &queue_snapshot_shape,
	  .fails = FAILS(&course_unknown), .about = "A course's queue as it stands now: numbers, holds, who is next, what happened last." },
	{ GET, "/api/v1/admin/courses/{id}/events", STAFF, queue_watch_events, &id_in_shape, NULL, .stream = true,
	  .fails = FAILS(&course_unknown), .about = "The same as a stream of states (queue.state), never of increments." },
	{ GET, "/api/v1/admin/openings", STAFF, queue_watch_openings, &page_in_shape, &queue_openings_shape,
	  .about = "The courses that are open for enrolment, and those that open within a day; what opens last comes first." },
	{ GET, "/admin/live", STAFF, queue_watch_wall, NULL, &queue_wall_shape, .page = "queue/live.html" },
	{ GET, "/admin/live/queue/{id}", STAFF, queue_watch_snapshot, &id_in_shape, &queue_snapshot_shape, .page = "queue/watch.html",
	  .fails = FAILS(&course_unknown) },
	{ 0 }
};
