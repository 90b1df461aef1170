#include "notify/notify_stream.h"

#include "core/config.h"
#include "core/metrics.h"
#include "notify/notify.h"
#include "web/session.h"

struct stream_in {
	opt_str ticket;
	opt_str last_event_id;
};
/* last_event_id is what some EventSource polyfills send instead of the header. */
const struct shape notify_stream_in_shape = SHAPE("EventStreamIn", struct stream_in, F(ticket, .max = 200), F(last_event_id, .max = 200));

enum { REPLAY_ROWS = 500 };

static outcome reply_stream(struct request *rq, str text)
{
	reply_header(rq, S("X-Accel-Buffering"), S("no"));
	return reply_text(rq, 200, S("text/event-stream"), text);
}

/* The number that the client saw last; -1: none, or not one of ours. */
static int64_t last_seen(struct request *rq)
{
	const struct stream_in *in = rq->in;
	str id = request_header(rq, "HTTP_LAST_EVENT_ID");
	int64_t n;

	if (!id.n && in->last_event_id.set)
		id = in->last_event_id.v;
	return str_int(str_trim(id), &n) && n >= 0 ? n : -1;
}

static outcome reauth(struct request *rq)
{
	return reply_stream(rq, S("retry: 5000\nevent: reauth\ndata: {}\n\n"));
}

/* Who was here before is told inside the stream. */
static outcome refuse(struct request *rq, outcome why, int64_t last)
{
	return last >= 0 || request_header(rq, "HTTP_LAST_EVENT_ID").n ? reauth(rq) : why;
}

static outcome sync(struct request *rq, int64_t head)
{
	return reply_stream(rq, str_fmt(rq->ctx->arena, "retry: 100\nid: %lld\nevent: sync\ndata: {\"head\":%lld}\n\n",
					(long long)head, (long long)head));
}

static outcome replay(struct request *rq, const list *rows)
{
	const struct notification *n = rows->p;
	struct buf b = buf_in(rq->ctx->arena);

	buf_lit(&b, "retry: 1000\n");
	if (rows->n == REPLAY_ROWS)
		buf_lit(&b, "retry: 100\n");
	for (size_t i = 0; i < rows->n; i++) {
		buf_fmt(&b, "id: %lld\nevent: %.*s\ndata: ", (long long)n[i].seq, STR(n[i].type));
		notify_json(rq->ctx, &n[i], &b);
		buf_lit(&b, "\n\n");
	}
	metric_add(METRIC_sse_replayed, (int64_t)rows->n);
	return reply_stream(rq, buf_text(&b));
}

outcome notify_stream(struct request *rq)
{
	struct ctx *c = rq->ctx;
	const struct stream_in *in = rq->in;
	int64_t last = last_seen(rq), head;
	str stream;
	list rows;

	if (c->who.id == 0) {
		outcome o = in->ticket.set ? session_use_event_ticket(c, in->ticket.v, last >= 0) : &not_logged_in;

		if (o != OK)
			return refuse(rq, o, last);
	}
	/* Before the head is read: what is told after that is published to us. */
	stream = str_fmt(c->arena, "u.%lld", (long long)c->who.id);
	if (!session_listen(c, stream, ROLE_MEMBER))
		return refuse(rq, &not_logged_in, last);
	head = notify_head(c, c->who.id);
	if (last < 0 || last > head)
		return sync(rq, head);
	if (sabotaged(c, "replay"))
		last = head;
	rows = notify_after(c, c->who.id, last, REPLAY_ROWS);
	if (rows.n)
		return replay(rq, &rows);
	metric_add(METRIC_sse_opened, 1);
	return session_reply_stream(rq, stream);
}
