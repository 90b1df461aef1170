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

enum { BATCH = 200 };

struct outgoing {
	int64_t id;
	str stream, type, payload;
	when created_at;
	str locale;
};
static const struct shape outgoing_shape = SHAPE("Outgoing", struct outgoing,
	F(id), F(stream), F(type), F(payload), F(created_at), F(locale));

SQL(claim_shard, "SELECT shard FROM outbox_shard WHERE shard = ? FOR UPDATE SKIP LOCKED");
SQL(select_batch,
	"SELECT o.id, o.stream, o.type, o.payload, o.created_at, COALESCE(m.locale, 'ko') AS locale FROM outbox o "
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

/* What is to be published for a row; false: nothing (told already, or nobody wants it). */
static bool message_of(struct ctx *c, const struct outgoing *o, size_t n, size_t at, struct nchan_message *m)
{
	int64_t course_id;

	*m = (struct nchan_message){ o[at].stream, S("queue.state"), { NULL, 0 } };
	if (str_eq(o[at].type, S("notify"))) {
		m->text = notification_text(c, &o[at], &m->event);
	} else if (!str_eq(o[at].type, S("course.state"))) {
		log_line(c, LOG_ERROR, "nobody pushes events of this type", "type", o[at].type);
	} else if (!already_told(o, n, at) && str_int(str_after(o[at].stream, 2), &course_id)) {
		m->text = queue_watch_state(c, course_id);
	}
	return m->text.n > 0;
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
	struct nchan_message *m = arena_array(c->arena, struct nchan_message, n + 1);
	size_t *row = arena_array(c->arena, size_t, n + 1), count = 0, taken;

	for (size_t i = 0; i < n; i++)
		if (message_of(c, o, n, i, &m[count]))
			row[count++] = i;
	taken = nchan_publish(c, nchan, m, count);
	if (taken == count)
		return n;
	metric_add(METRIC_outbox_failed, 1);
	return row[taken];               /* the first that was not taken stays, with all behind it */
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
