/* event/event.c -- events that were given up: staff see them, and put them back (EV-1).
 *
 * The rows are the outbox's (data/outbox.h); here is only their face.
 */
#include "data/db.h"
#include "data/outbox.h"
#include "staff_log/staff_log.h"
#include "web/lists.h"
#include "web/request.h"

static const struct failure event_unknown = { 404, "event_unknown" };

static const struct shape event_list_shape = LIST_SHAPE("ParkedEventList", parked_event_shape);

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct parked_event *)row)->id;
}

static outcome parked(struct request *rq)
{
	struct page_in *in = rq->in;
	struct list_out out = { outbox_parked(rq->ctx, rq->cursor.set ? rq->cursor.n[0] : INT64_MAX, in->limit + 1), { 0 } };

	out.next_cursor = next_page(cursor_next(rq, &out.data, sizeof(struct parked_event), in->limit, keys));
	return reply(rq, &out);
}

struct putting_back {
	int64_t id;
	struct parked_event was;
};

static outcome put_back(struct ctx *c, void *p)
{
	struct putting_back *v = p;

	if (!outbox_requeue(c, v->id, &v->was))
		return &event_unknown;
	staff_log_add(c, "event.requeue", "event", v->id, &parked_event_shape, &v->was, NULL, (str){ NULL, 0 });
	return OK;
}

static outcome requeue(struct request *rq)
{
	struct putting_back v = { ((struct id_in *)rq->in)->id, { 0 } };
	outcome o = db_tx(rq->ctx, put_back, &v);

	return o == OK ? reply(rq, &v.was) : o;
}

const struct route event_routes[] = {
	{ GET, "/api/v1/admin/events", ANY_STAFF, parked, &page_in_shape, &event_list_shape,
	  .about = "Events that were given up after many tries, the newest first." },
	{ POST, "/api/v1/admin/events/{id}/requeue", STAFF, requeue, &id_in_shape, &parked_event_shape, .once = ONCE_TX,
	  .fails = FAILS(&event_unknown), .about = "Puts one back; answers what it was." },
	{ 0 }
};
