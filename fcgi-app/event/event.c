/* event/event.c -- events that were given up: staff see them, and put them back (EV-1).
 *
 * The rows are the outbox's (data/outbox.h); here is only their face.  Page: templates/event/   Tests: tests/http/states.py, people.py
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

/* -- the page ---------------------------------------------------------------------------------------------------------------- */

struct event_row {
	int64_t id;
	str stream, type, payload, reason;
	when created_at, parked_at;
	int64_t tries;
};
static const struct shape event_row_shape = SHAPE("ParkedEventRow", struct event_row,
	F(id), F(stream), F(type), F(payload), F(reason), F(created_at), F(parked_at), F(tries));

struct event_page {
	list data;
	opt_str next_cursor, prev_cursor;
};
static const struct shape event_page_shape = SHAPE("ParkedEventPage", struct event_page,
	F(data, .of = &event_row_shape), F(next_cursor), F(prev_cursor));

static list as_rows(struct ctx *c, list found)
{
	const struct parked_event *e = found.p;
	struct event_row *r = arena_array(c->arena, struct event_row, found.n + 1);

	for (size_t i = 0; i < found.n; i++)
		r[i] = (struct event_row){ e[i].id, e[i].stream, e[i].type, e[i].payload.s, e[i].reason, e[i].created_at, e[i].parked_at,
					   e[i].tries };
	return (list){ r, found.n };
}

/* Also after a refusal: then from the newest. */
static outcome show_parked(struct request *rq)
{
	const struct page_in *in = rq->method == GET ? rq->in : NULL;
	int64_t limit = in ? in->limit : 20;
	list found = outbox_parked(rq->ctx, in && rq->cursor.set ? rq->cursor.n[0] : INT64_MAX, limit + 1);
	struct event_page p = { 0 };

	p.next_cursor = next_page(cursor_next(rq, &found, sizeof(struct parked_event), limit, keys));
	p.data = as_rows(rq->ctx, found);
	return reply(rq, &p);
}

static outcome requeue_from_page(struct request *rq)
{
	struct putting_back v = { ((struct id_in *)rq->in)->id, { 0 } };
	outcome o = db_tx(rq->ctx, put_back, &v);

	return o == OK ? reply_see_other(rq, S("/admin/events?done=requeued")) : o;
}

const struct route event_routes[] = {
	{ GET, "/api/v1/admin/events", ANY_STAFF, parked, &page_in_shape, &event_list_shape,
	  .about = "Events that were given up after many tries, the newest first." },
	{ POST, "/api/v1/admin/events/{id}/requeue", STAFF, requeue, &id_in_shape, &parked_event_shape, .once = ONCE_TX,
	  .fails = FAILS(&event_unknown), .about = "Puts one back; answers what it was." },
	{ GET, "/admin/events", ANY_STAFF, show_parked, &page_in_shape, &event_page_shape, .page = "event/list.html" },
	{ POST, "/admin/events/{id}/requeue", STAFF, requeue_from_page, &id_in_shape, &event_page_shape, .page = "event/list.html",
	  .again = show_parked, .once = ONCE_TX, .fails = FAILS(&event_unknown) },
	{ 0 }
};
