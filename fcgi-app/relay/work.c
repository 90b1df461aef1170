/* relay/work.c -- LANE_WORK and LANE_MAIL: each listener acts exactly once per event (EV-2). */
#include <string.h>

#include "core/config.h"
#include "core/log.h"
#include "core/metrics.h"
#include "data/db.h"
#include "relay/listeners.h"
#include "relay/relay.h"

enum { BATCH = 20, LEASE_SECONDS = 60, PARK_AFTER = 12 };
/* The outside may be away for a night: money that is owed and mails wait for it, so what is given up there is old. */
#define OUTSIDE_PARK_AFTER (3 * DAY)

/* What a fault in a listener counts as. A bug has tried in vain, like any failure; a database that was away, or locks that could not be
 * had, say nothing about the event, so it is tried for as long as it takes (and `madang audit` says so). */
static const struct failure listener_broke = { 500, "listener_broke" };
static const struct failure database_trouble = { 503, "database_trouble" };

/* The oldest event of each stream, if it is due: a stream's later ones wait for it. */
SQL(select_due,
	"SELECT o.id, o.shard, o.stream, o.type, o.payload, o.created_at, o.tries FROM outbox o WHERE o.shard = ? "
	"AND (o.not_before IS NULL OR o.not_before <= ?) AND NOT EXISTS "
	"(SELECT 1 FROM outbox e WHERE e.shard = o.shard AND e.stream = o.stream AND e.id < o.id) ORDER BY o.id LIMIT ?");
SQL(lease_event,
	"UPDATE outbox SET not_before = ?, tries = tries + 1 WHERE shard = ? AND id = ? AND (not_before IS NULL OR not_before <= ?)");
SQL(postpone_event, "UPDATE outbox SET not_before = ? WHERE shard = ? AND id = ?");
SQL(delete_event, "DELETE FROM outbox WHERE shard = ? AND id = ?");
SQL(insert_inbox, "INSERT INTO inbox (event_id, listener, done_at) VALUES (?, ?, ?)");
SQL(select_inbox, "SELECT COUNT(*) FROM inbox WHERE event_id = ? AND listener = ?");
SQL(park_event,
	"INSERT INTO outbox_parked (shard, id, stream, type, payload, created_at, tries, reason, parked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

struct acting {
	const struct event *event;
	const struct listener *listener;
};

/* Key and effect in one transaction. */
static outcome act_inside(struct ctx *c, void *p)
{
	const struct acting *a = p;

	if (!db_insert(c, &insert_inbox, arg(a->event->id), arg(str_of(a->listener->name)), arg(c->now)) && !sabotaged(c, "inbox_key"))
		return OK;
	return a->listener->act(c, a->event);
}

static outcome note_done(struct ctx *c, void *p)
{
	const struct acting *a = p;

	db_insert(c, &insert_inbox, arg(a->event->id), arg(str_of(a->listener->name)), arg(c->now));
	return OK;
}

static outcome act(struct ctx *c, struct acting *a)
{
	outcome o;

	if (!a->listener->outside)
		return db_tx(c, act_inside, a);
	if (db_int(c, &select_inbox, 0, arg(a->event->id), arg(str_of(a->listener->name))))
		return OK;
	o = a->listener->act(c, a->event);
	return o == OK ? db_tx(c, note_done, a) : o;
}

/* A fault ends the try and not the drain: the event must not come back for ever as if it had never been tried. */
static outcome act_apart(struct ctx *c, struct acting *a)
{
	struct fault_frame f;
	outcome o;

	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		metric_add(METRIC_faults, 1);
		log_line(c, LOG_ERROR, "fault in a listener", "listener", str_of(a->listener->name), "what", str_of(f.what), "file", str_of(f.file));
		return f.kind == FAULT_BUG ? &listener_broke : &database_trouble;
	}
	o = act(c, a);
	fault_leave(c, &f);
	return o;
}

static outcome forget(struct ctx *c, void *p)
{
	const struct event *e = p;

	db_run(c, &delete_event, arg(e->shard), arg(e->id));
	return OK;
}

struct parking {
	const struct event *event;
	str reason;
};

static outcome park(struct ctx *c, void *p)
{
	const struct parking *k = p;
	const struct event *e = k->event;

	db_insert(c, &park_event, arg(e->shard), arg(e->id), arg(e->stream), arg(e->type), arg(e->payload), arg(e->created_at), arg(e->tries),
		  arg(k->reason), arg(c->now));
	db_run(c, &delete_event, arg(e->shard), arg(e->id));
	return OK;
}

/* 0.5, 1, 2 … 60 seconds; from the 30th try on, which only the outside gets, 10 minutes. */
static int64_t pause_after(int64_t tries)
{
	if (tries >= 30)
		return 10 * MINUTE;
	return tries > 6 ? 60 * SECOND : (SECOND / 2) << tries;
}

static bool is_given_up(const struct event *e, outcome o, const struct listener *l)
{
	if (o == &database_trouble)
		return false;
	if (l->outside)
		return when_now().us - e->created_at.us > OUTSIDE_PARK_AFTER;
	return e->tries + 1 >= PARK_AFTER;
}

static void settle(struct ctx *c, const struct event *e, outcome o, const struct listener *l)
{
	if (o == OK) {
		db_tx(c, forget, (void *)(uintptr_t)e);
		metric_add(METRIC_outbox_published, 1);
		return;
	}
	metric_add(METRIC_outbox_failed, 1);
	log_line(c, LOG_WARN, "event not handled", "type", e->type, "listener", str_of(l->name), "code", str_of(o->code));
	if (is_given_up(e, o, l))
		db_tx(c, park, &(struct parking){ e, str_of(o->code) });
	else
		db_run(c, &postpone_event, arg(when_plus(when_now(), pause_after(e->tries))), arg(e->shard), arg(e->id));
}

static void handle_event(struct ctx *c, const struct event *e)
{
	const struct listener *l = NULL;
	outcome o = OK;

	if (db_run(c, &lease_event, arg(when_plus(when_now(), LEASE_SECONDS * SECOND)), arg(e->shard), arg(e->id), arg(when_now())) == 0)
		return;                  /* another relay has it */
	for (size_t i = 0; i < listener_count() && o == OK; i++) {
		struct acting a = { e, listener_at(i) };

		l = a.listener;
		if (str_eq(str_of(a.listener->type), e->type))
			o = act_apart(c, &a);
	}
	settle(c, e, o, l);
}

/* As ctx_begin, but the list of events stays: nothing of the last one reaches the next, neither who it was done for nor its memory. */
static void handle_afresh(struct ctx *c, const struct event *e)
{
	struct arena_mark m = arena_mark(c->arena);

	c->who = (struct caller){ 0 };
	c->locale = LOCALE_KO;
	c->errors = NULL;
	c->fail_detail = NULL;
	c->now = when_now();
	handle_event(c, e);
	arena_rewind(c->arena, m);
}

struct shard_work {
	struct relay *relay;
	int64_t shard;
	bool more;
};

static void drain(struct ctx *c, void *p)
{
	struct shard_work *w = p;
	list l = db_all(c, &select_due, &event_shape, arg(w->shard), arg(c->now), arg(BATCH));
	const struct event *e = l.p;

	for (size_t i = 0; i < l.n; i++)
		handle_afresh(c, &e[i]);
	w->more = l.n > 0;
}

enum { WORK_FROM = OUTBOX_PUSH_SHARDS, MAIL_FROM = WORK_FROM + OUTBOX_WORK_SHARDS };

static int64_t work_ready(struct relay *r, int64_t now, int64_t *look_again)
{
	return relay_take_shard(r, WORK_FROM, MAIL_FROM, now, look_again);
}

static int64_t mail_ready(struct relay *r, int64_t now, int64_t *look_again)
{
	return relay_take_shard(r, MAIL_FROM, OUTBOX_SHARDS, now, look_again);
}

static void *handle(struct relay *r, int64_t (*ready)(struct relay *, int64_t, int64_t *))
{
	struct shard_work w = { .relay = r };
	struct ctx *c = relay_ctx(w.relay);

	while ((w.shard = relay_wait(w.relay, ready)) >= 0) {
		bool good;

		w.more = false;
		good = relay_guard(c, drain, &w);
		relay_shard_done(w.relay, w.shard, !good, w.more);
	}
	relay_ctx_free(c);
	return NULL;
}

void *relay_work_main(void *r)
{
	return handle(r, work_ready);
}

void *relay_mail_main(void *r)
{
	return handle(r, mail_ready);
}
