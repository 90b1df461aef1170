/* relay/push.c -- LANE_PUSH to nchan: each shard in order, under the lock of its row (EV-1, NO-4). */
#include "core/config.h"
#include "core/i18n.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "data/db.h"
#include "notify/notify.h"
#include "queue/queue_watch.h"
#include "relay/nchan.h"
#include "relay/relay.h"
#include "web/session.h"

enum { BATCH = 200 };

struct outgoing {
	int64_t id;
	str stream, type, payload;
	when created_at;
	str locale, sessions;
};
static const struct shape outgoing_shape = SHAPE("Outgoing", struct outgoing,
	F(id), F(stream), F(type), F(payload), F(created_at), F(locale), F(sessions));

SQL(claim_shard, "SELECT shard FROM outbox_shard WHERE shard = ? FOR UPDATE SKIP LOCKED");
/* sessions: who listens now, after the commit of what is published. Somebody with more sessions than that gets it live in the newest;
 * the others replay it when their connection has had no news for a while and comes again. */
SQL(select_batch,
	"SELECT o.id, o.stream, o.type, o.payload, o.created_at, COALESCE(m.locale, 'ko') AS locale, COALESCE((SELECT "
	"GROUP_CONCAT(l.session_id ORDER BY l.session_id DESC LIMIT 64) FROM stream_listener l WHERE l.stream = o.stream), '') AS sessions FROM outbox o "
	"LEFT JOIN member_name m ON m.id = IF(o.type = 'notify', SUBSTRING(o.stream, 3), NULL) WHERE o.shard = ? ORDER BY o.id LIMIT ?");
/* Each by its id: a smaller id may have been committed after the batch was read. */
SQL(delete_published, "DELETE FROM outbox WHERE shard = ? AND id = ?");

struct batch {
	struct relay *relay;
	struct nchan nchan;
	int64_t shard;
	bool failed, more;
};

/* The text that EventSource gets as data. nchan puts an id of its own before it; a body that ends in CR and "id: 17"
 * gives the event our number instead, because the last id of an event counts. All text is JSON-escaped, so
 * there is no other CR in it. */
static str notification_text(struct ctx *c, const struct outgoing *o, str *event)
{
	struct json *p = json_parse(c, o->payload);
	struct notification_row row = { json_int(p, "member_id", 0), json_int(p, "seq", 0), json_str(p, "type"),
					json_compact(c, json_get(p, "data")), { 0 }, { 0 } };
	struct notification n = { 0 };
	struct buf b = buf_in(c->arena);

	when_parse(json_str(p, "at"), &row.at);
	notify_words(c, str_eq(o->locale, S("en")) ? LOCALE_EN : LOCALE_KO, &row, &n);
	notify_json(c, &n, &b);
	buf_fmt(&b, "\rid: %lld", (long long)row.seq);
	*event = n.type;
	return buf_text(&b);
}

/* A course's state is read now, so several in one batch are one. */
static bool already_told(const struct outgoing *o, size_t n, size_t at)
{
	for (size_t i = at + 1; i < n; i++)
		if (str_eq(o[i].type, o[at].type) && str_eq(o[i].stream, o[at].stream))
			return true;
	return false;
}

/* The event and the text for a row; empty: nothing is to be published (told already, or there is no such course). */
static struct nchan_message message_of(struct ctx *c, const struct outgoing *o, size_t n, size_t at)
{
	struct nchan_message m = { .event = S("queue.state") };
	int64_t course_id;

	if (str_eq(o[at].type, S("notify")))
		m.text = notification_text(c, &o[at], &m.event);
	else if (!str_eq(o[at].type, S("course.state")))
		log_line(c, LOG_ERROR, "nobody pushes events of this type", "type", o[at].type);
	else if (!already_told(o, n, at) && str_int(str_after(o[at].stream, 2), &course_id))
		m.text = queue_watch_state(c, course_id);
	return m;
}

/* What goes out, and for which row. */
struct post {
	struct nchan_message *m;
	size_t *row, n;
};

/* Room for all: no id of a session is shorter than a digit and its comma. */
static struct post room_for(struct ctx *c, const struct outgoing *o, size_t n)
{
	size_t room = 1;

	for (size_t i = 0; i < n; i++)
		room += 2 + o[i].sessions.n / 2;
	return (struct post){ arena_array(c->arena, struct nchan_message, room), arena_array(c->arena, size_t, room), 0 };
}

static void add(struct ctx *c, struct post *p, struct nchan_message m, str stream, int64_t session_id, size_t row)
{
	m.channel = session_channel(c, stream, session_id);
	p->m[p->n] = m;
	p->row[p->n++] = row;
}

/* The same for each session that listens. */
static void add_for_all(struct ctx *c, struct post *p, const struct outgoing *o, size_t n, size_t at)
{
	struct nchan_message m = message_of(c, o, n, at);
	str rest = o[at].sessions, one;
	int64_t session_id;

	while (m.text.n && rest.n) {
		str_split(rest, ',', &one, &rest);
		if (str_int(one, &session_id))
			add(c, p, m, o[at].stream, session_id, at);
	}
}

/* A session listens to this stream no more. Its connection ends and comes back, and is told why by the answer; one to a course's stream
 * would get a 401, so it is told before. (A member's must not be: the message would carry an id of nchan's, and the client forget where it was.) */
static void add_end(struct ctx *c, struct post *p, const struct outgoing *o, size_t at)
{
	int64_t session_id = json_int(json_parse(c, o[at].payload), "session_id", 0);

	if (str_starts(o[at].stream, S("c.")))
		add(c, p, (struct nchan_message){ .event = S("reauth"), .text = S("{}") }, o[at].stream, session_id, at);
	add(c, p, (struct nchan_message){ .end = true }, o[at].stream, session_id, at);
}

static void note_published(const struct outgoing *o, size_t n)
{
	int64_t now = when_now().us;

	for (size_t i = 0; i < n; i++)
		metric_time(METRIC_publish_time, now - o[i].created_at.us);
	metric_add(METRIC_outbox_published, (int64_t)n);
}

/* Publishes the batch in order. How many rows, from the first on, are done with. */
static size_t publish(struct ctx *c, struct nchan *nchan, const struct outgoing *o, size_t n)
{
	struct post p = room_for(c, o, n);
	size_t taken;

	for (size_t i = 0; i < n; i++) {
		if (str_eq(o[i].type, S("stream.end")))
			add_end(c, &p, o, i);
		else if (o[i].sessions.n)
			add_for_all(c, &p, o, n, i);
	}
	taken = nchan_publish(c, nchan, p.m, p.n);
	if (taken == p.n)
		return n;
	metric_add(METRIC_outbox_failed, 1);
	return p.row[taken];             /* the first that was not taken stays, with all behind it */
}

static outcome drain(struct ctx *c, void *p)
{
	struct batch *b = p;
	const struct outgoing *o;
	struct arg *done;
	size_t n;
	list l;

	b->failed = b->more = false;
	if (db_int(c, &claim_shard, -1, arg(b->shard)) < 0)
		return OK;               /* another relay has it */
	l = db_all(c, &select_batch, &outgoing_shape, arg(b->shard), arg(BATCH));
	o = l.p;
	n = publish(c, &b->nchan, o, l.n);
	done = arena_array(c->arena, struct arg, n * 2 + 1);
	for (size_t i = 0; i < n; i++) {
		done[2 * i] = arg(b->shard);
		done[2 * i + 1] = arg(o[i].id);
	}
	if (n)
		db_bulk(c, &delete_published, done, n, 2);
	note_published(o, n);
	b->failed = n < l.n;
	b->more = l.n == BATCH;
	return OK;
}

static void work(struct ctx *c, void *p)
{
	db_tx(c, drain, p);
}

static int64_t ready(struct relay *r, int64_t now, int64_t *look_again)
{
	return relay_take_shard(r, 0, OUTBOX_PUSH_SHARDS, now, look_again);
}

void *relay_push_main(void *p)
{
	struct batch b = { .relay = p, .nchan = nchan_new() };
	struct ctx *c = relay_ctx(b.relay);

	while ((b.shard = relay_wait(b.relay, ready)) >= 0) {
		bool good = relay_guard(c, work, &b);

		relay_shard_done(b.relay, b.shard, !good || b.failed, b.more);
	}
	nchan_close(&b.nchan);
	relay_ctx_free(c);
	return NULL;
}
