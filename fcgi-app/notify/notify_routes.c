/* notify/notify_routes.c -- the list, reading, and the stream's ticket. */
#include "data/db.h"
#include "notify/notify.h"
#include "notify/notify_stream.h"
#include "web/lists.h"
#include "web/session.h"

struct notification_list {
	list data;
	int64_t unread;
	opt_str next_cursor;
};
static const struct shape notification_list_shape = SHAPE("NotificationList", struct notification_list,
	F(data, .of = &notification_shape), F(unread), F(next_cursor));

struct read_in {
	opt_int up_to;
};
static const struct shape read_in_shape = SHAPE("NotificationRead", struct read_in,
	F(up_to, .min = 0, .about = "Marks this and all earlier ones as read; absent: all."));

struct unread_out {
	int64_t unread;
};
static const struct shape unread_out_shape = SHAPE("Unread", struct unread_out, F(unread));

struct ticket_out {
	str ticket;
	int64_t expires_in;
};
static const struct shape ticket_out_shape = SHAPE("EventTicketOut", struct ticket_out, F(ticket), F(expires_in, .about = "Seconds."));

static const struct shape row_shape = SHAPE("NotificationPageRow", struct notification_row,
	F(member_id), F(seq), F(type), F(data), F(at), F(read_at));

SQL(select_page,
	"SELECT member_id, seq, type, data, at, read_at FROM notification WHERE member_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?");
SQL(select_unread, "SELECT unread FROM member_stream WHERE member_id = ?");
SQL(lock_stream, "SELECT head FROM member_stream WHERE member_id = ? FOR UPDATE");
SQL(mark_read, "UPDATE notification SET read_at = ? WHERE member_id = ? AND seq <= ? AND read_at IS NULL");
SQL(count_unread,
	"UPDATE member_stream SET unread = (SELECT COUNT(*) FROM notification n WHERE n.member_id = member_stream.member_id AND n.read_at IS NULL) "
	"WHERE member_id = ?");

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct notification *)row)->seq;
}

static outcome page(struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct page_in *in = rq->in;
	list rows = db_all(c, &select_page, &row_shape, arg(c->who.id), arg(rq->cursor.set ? rq->cursor.n[0] : INT64_MAX), arg(in->limit + 1));
	struct notification_list out = { { arena_array(c->arena, struct notification, rows.n + 1), rows.n },
				db_int(c, &select_unread, 0, arg(c->who.id)), { 0 } };
	enum locale locale = request_header(rq, "HTTP_ACCEPT_LANGUAGE").n ? c->locale : notify_locale(c, c->who.id);
	str next;

	for (size_t i = 0; i < rows.n; i++)
		notify_words(c, locale, (struct notification_row *)rows.p + i, (struct notification *)out.data.p + i);
	next = cursor_next(rq, &out.data, sizeof(struct notification), in->limit, keys);
	out.next_cursor = next_page(next);
	return reply(rq, &out);
}

static outcome read_up_to(struct ctx *c, void *p)
{
	int64_t head = db_int(c, &lock_stream, 0, arg(c->who.id)), *up_to = p;

	if (*up_to < 0 || *up_to > head)
		*up_to = head;
	db_run(c, &mark_read, arg(c->now), arg(c->who.id), arg(*up_to));
	db_run(c, &count_unread, arg(c->who.id));
	return OK;
}

static outcome mark(struct request *rq)
{
	struct read_in *in = rq->in;
	int64_t up_to = in->up_to.set ? in->up_to.v : -1;
	struct unread_out out;

	db_tx(rq->ctx, read_up_to, &up_to);
	out.unread = db_int(rq->ctx, &select_unread, 0, arg(rq->ctx->who.id));
	return reply(rq, &out);
}

static outcome ticket(struct request *rq)
{
	struct ticket_out out = { session_event_ticket(rq->ctx), 60 };

	return reply(rq, &out);
}

const struct route notify_routes[] = {
	{ GET, "/api/v1/notifications", MEMBER, page, &page_in_shape, &notification_list_shape, .about = "What the caller was told, the newest first: in the language of Accept-Language, or else in the member's own." },
	{ POST, "/api/v1/notifications/read", MEMBER, mark, &read_in_shape, &unread_out_shape, .about = "Marks as read." },
	{ POST, "/api/v1/events/ticket", MEMBER, ticket, NULL, &ticket_out_shape, .status = 201,
	  .about = "A one-use ticket for an EventSource that can send no header: GET events?ticket=…" },
	{ GET, "/api/v1/events", ANYONE, notify_stream, &notify_stream_in_shape, NULL, .stream = true,
	  .about = "Server-sent events: what the caller is told, live. Reconnects carry Last-Event-ID." },
	{ 0 }
};
