/* queue/queue_promote.c -- numbering and offering, under the lock of the course's row. */
#include <stdlib.h>

#include "core/config.h"
#include "core/log.h"
#include "core/metrics.h"
#include "data/cache.h"
#include "data/db.h"
#include "data/outbox.h"
#include "queue/queue_private.h"

const struct shape seat_row_shape = SHAPE("SeatRow", struct seat_row,
	F(course_id), F(title), F(is_open), F(is_over), F(is_called_off), F(hold_seconds), F(capacity), F(taken), F(enrolled), F(waiting),
	F(last_number));

struct person {
	int64_t id, member_id;
};
static const struct shape person_shape = SHAPE("QueuePerson", struct person, F(id), F(member_id));

struct course_due {
	int64_t course_id;
};
static const struct shape course_due_shape = SHAPE("CourseDue", struct course_due, F(course_id));

struct next_due {
	opt_when at;
};
static const struct shape next_due_shape = SHAPE("NextDue", struct next_due, F(at));

#define SEAT_ROW \
	"SELECT course_id, title, is_open, over_at IS NOT NULL AS is_over, is_called_off, hold_seconds, capacity, taken, enrolled, waiting, " \
	"last_number " \
	"FROM course_seat WHERE course_id = ?"
SQL(lock_seat, SEAT_ROW " FOR UPDATE");
SQL(look_at_seat, SEAT_ROW);
/* Without locking: a locking read would wait for every join that is not committed yet. Whoever commits later is seen
 * by the next round, and has a larger id than everybody whose 201 was out before its join was sent. */
SQL(select_newcomers, "SELECT id, member_id FROM ticket WHERE course_id = ? AND number IS NULL ORDER BY id LIMIT ?");
SQL(give_number, "UPDATE ticket SET number = ? WHERE id = ?");
SQL(select_next,
	"SELECT id, member_id FROM ticket WHERE course_id = ? AND state = 'waiting' AND number IS NOT NULL ORDER BY number LIMIT ?");
SQL(give_hold, "UPDATE ticket SET state = 'active', hold_expires_at = ?, offered_at = ? WHERE id = ?");
SQL(save_seat, "UPDATE course_seat SET taken = ?, enrolled = ?, waiting = ?, last_number = ? WHERE course_id = ?");
SQL(select_due_courses,
	"SELECT DISTINCT course_id FROM ticket WHERE hold_expires_at <= ? AND state = 'active' LIMIT 100");
SQL(select_due,
	"SELECT id, member_id FROM ticket WHERE course_id = ? AND state = 'active' AND hold_expires_at <= ? ORDER BY id LIMIT ?");
SQL(end_hold, "UPDATE ticket SET state = 'expired', hold_expires_at = NULL, ended_at = ? WHERE id = ?");
SQL(select_next_due, "SELECT MIN(hold_expires_at) AS at FROM ticket WHERE hold_expires_at > ?");
SQL(select_idle,
	"SELECT course_id FROM course_seat s WHERE is_open AND ((waiting > 0 AND taken < capacity) OR "
	"EXISTS (SELECT 1 FROM ticket t WHERE t.course_id = s.course_id AND t.number IS NULL)) "
	"UNION ALL SELECT course_id FROM course_seat s WHERE over_at > ? AND "
	"EXISTS (SELECT 1 FROM ticket t WHERE t.course_id = s.course_id AND t.state IN ('waiting', 'active'))");
/* Who joins at the last moment has committed long before this has passed. */
#define LAST_MOMENT DAY

bool queue_begin(struct ctx *c, int64_t course_id, struct seat_change *ch)
{
	*ch = (struct seat_change){ 0 };
	return db_one(c, sabotaged(c, "course_lock") ? &look_at_seat : &lock_seat, &seat_row_shape, &ch->s, arg(course_id));
}

size_t queue_number(struct ctx *c, struct seat_change *ch)
{
	struct seat_row *s = &ch->s;
	list l = db_all(c, &select_newcomers, &person_shape, arg(s->course_id), arg(QUEUE_BATCH));
	struct arg *rows = arena_array(c->arena, struct arg, l.n * 2 + 1);
	struct person *p = l.p;

	for (size_t i = 0; i < l.n; i++) {
		rows[2 * i] = arg(s->last_number + 1 + (int64_t)i);
		rows[2 * i + 1] = arg(p[i].id);
	}
	if (l.n && db_bulk(c, &give_number, rows, l.n, 2) != (int64_t)l.n)
		fault(c, "a newcomer vanished under the lock of its course");
	s->last_number += (int64_t)l.n;
	s->waiting += (int64_t)l.n;
	ch->changed |= l.n > 0;
	return l.n;
}

void queue_tell(struct ctx *c, struct seat_change *ch, int64_t member_id, const char *type, int64_t ticket_id, str more)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, "{\"course_id\":%lld,\"ticket_id\":%lld,\"course_title\":", (long long)ch->s.course_id, (long long)ticket_id);
	buf_json(&b, ch->s.title);
	buf_str(&b, more);
	buf_char(&b, '}');
	if (ch->n == ch->room) {
		struct notice *old = ch->notices;

		ch->room = ch->room ? ch->room * 2 : 8;
		ch->notices = arena_array(c->arena, struct notice, ch->room);
		for (size_t i = 0; i < ch->n; i++)
			ch->notices[i] = old[i];
	}
	ch->notices[ch->n++] = (struct notice){ member_id, str_of(type), buf_text(&b) };
}

void queue_holds_end(struct ctx *c, int64_t course_id, const int64_t *ticket_ids, size_t n)
{
	struct buf b = buf_in(c->arena);

	if (!n)
		return;
	buf_fmt(&b, "{\"course_id\":%lld,\"ticket_ids\":[", (long long)course_id);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s%lld", i ? "," : "", (long long)ticket_ids[i]);
	buf_lit(&b, "]}");
	outbox_add(c, LANE_WORK, str_fmt(c->arena, "q.%lld", (long long)course_id), S("holds.ended"), buf_text(&b));
}

static void count_promotions(struct ctx *c, void *p)
{
	(void)c;
	metric_add(METRIC_promotions, (int64_t)*(size_t *)p);
}

size_t queue_offer(struct ctx *c, struct seat_change *ch)
{
	struct seat_row *s = &ch->s;
	int64_t free_seats = s->capacity - s->taken;
	when until = when_plus(c->now, s->hold_seconds * SECOND);
	struct arg *rows;
	struct person *p;
	str more;
	list l;

	if (!s->is_open || free_seats <= 0 || s->waiting <= 0)
		return 0;
	l = db_all(c, &select_next, &person_shape, arg(s->course_id), arg(free_seats < QUEUE_BATCH ? free_seats : (int64_t)QUEUE_BATCH));
	p = l.p;
	rows = arena_array(c->arena, struct arg, l.n * 3 + 1);
	more = str_fmt(c->arena, ",\"hold_expires_at\":\"%.*s\",\"hold_minutes\":%lld", STR(when_text(c->arena, until)),
		       (long long)((s->hold_seconds + 59) / 60));
	for (size_t i = 0; i < l.n; i++) {
		rows[3 * i] = arg(until);
		rows[3 * i + 1] = arg(c->now);
		rows[3 * i + 2] = arg(p[i].id);
		queue_tell(c, ch, p[i].member_id, "seat.offered", p[i].id, more);
	}
	if (l.n)
		db_bulk(c, &give_hold, rows, l.n, 3);
	s->taken += (int64_t)l.n;
	s->waiting -= (int64_t)l.n;
	ch->changed |= l.n > 0;
	tx_after_commit(c, count_promotions, &l.n, sizeof(l.n));
	return l.n;
}

static void catalogue_changed(struct ctx *c, void *p)
{
	(void)p;
	generation_bump(c, GEN_CATALOGUE);
}

static int by_member(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;

	return (x->member_id > y->member_id) - (x->member_id < y->member_id);
}

void queue_pass_on(struct ctx *c, struct seat_change *ch)
{
	size_t n = queue_number(c, ch);

	if (!ch->s.is_over) {
		queue_offer(c, ch);
		return;
	}
	while (n == QUEUE_BATCH)
		n = queue_number(c, ch);
	queue_end_idle(c, ch);
}

void queue_finish(struct ctx *c, struct seat_change *ch)
{
	const struct seat_row *s = &ch->s;

	queue_pass_on(c, ch);
	if (!ch->changed)
		return;
	db_run(c, &save_seat, arg(s->taken), arg(s->enrolled), arg(s->waiting), arg(s->last_number), arg(s->course_id));
	if (ch->n) {
		qsort(ch->notices, ch->n, sizeof(*ch->notices), by_member);
		notify_many(c, ch->notices, ch->n);
	}
	queue_tell_state(c, s->course_id);
	tx_after_commit(c, catalogue_changed, NULL, 0);
}

struct serving {
	int64_t course_id;
	bool more;
};

static outcome serve_batch(struct ctx *c, void *p)
{
	struct serving *v = p;
	struct seat_change ch;
	int64_t before;

	v->more = false;
	c->now = when_now();
	if (!queue_begin(c, v->course_id, &ch))
		return OK;
	before = ch.s.last_number;
	queue_finish(c, &ch);
	v->more = ch.s.last_number - before == QUEUE_BATCH;
	return OK;
}

void queue_serve(struct ctx *c, int64_t course_id)
{
	struct serving v = { course_id, true };

	if (db_in_tx(c))
		fault(c, "a queue is served in transactions of its own");
	while (v.more) {
		struct arena_mark m = arena_mark(c->arena);

		db_tx(c, serve_batch, &v);
		arena_rewind(c->arena, m);
	}
}

/* Holds of one course that ran out; their seats go on in the same transaction. Payments in flight pin theirs. */
struct expiring {
	int64_t course_id;
	bool more;
};

static outcome expire_in_course(struct ctx *c, void *p)
{
	struct expiring *v = p;
	struct seat_change ch;
	struct person *due;
	struct arg *rows;
	int64_t *ids;
	list l;

	v->more = false;
	c->now = when_now();
	if (!queue_begin(c, v->course_id, &ch))
		return OK;
	l = db_all(c, &select_due, &person_shape, arg(ch.s.course_id), arg(c->now), arg(QUEUE_BATCH));
	due = l.p;
	rows = arena_array(c->arena, struct arg, l.n * 2 + 1);
	ids = arena_array(c->arena, int64_t, l.n + 1);
	for (size_t i = 0; i < l.n; i++) {
		rows[2 * i] = arg(c->now);
		rows[2 * i + 1] = arg(ids[i] = due[i].id);
		queue_tell(c, &ch, due[i].member_id, "seat.expired", due[i].id, (str){ NULL, 0 });
	}
	if (l.n)
		db_bulk(c, &end_hold, rows, l.n, 2);
	queue_holds_end(c, ch.s.course_id, ids, l.n);
	ch.s.taken -= (int64_t)l.n;
	ch.changed = l.n > 0;
	queue_finish(c, &ch);
	metric_add(METRIC_expiries, (int64_t)l.n);
	v->more = l.n == QUEUE_BATCH;
	return OK;
}

/* A course whose books can't be written (a CHECK refuses) must not keep the others from being served: its holds are the oldest,
 * so it would stand first for ever. */
static bool expire_apart(struct ctx *c, int64_t course_id)
{
	struct expiring v = { course_id, false };
	struct fault_frame f;

	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		if (f.kind == FAULT_DATABASE)
			fault_again(c, &f);
		metric_add(METRIC_faults, 1);
		log_line(c, LOG_ERROR, "holds of a course can't be ended", "course_id", str_fmt(c->arena, "%lld", (long long)course_id),
			 "what", str_of(f.what));
		return false;
	}
	db_tx(c, expire_in_course, &v);
	fault_leave(c, &f);
	return v.more;
}

int64_t queue_expire(struct ctx *c)
{
	list l = db_all(c, &select_due_courses, &course_due_shape, arg(c->now));
	struct course_due *k = l.p;
	struct next_due next = { 0 };
	bool more = false;

	for (size_t i = 0; i < l.n; i++)
		more |= expire_apart(c, k[i].course_id);
	if (more)
		return c->now.us;             /* a full batch: the rest is due as well */
	db_one(c, &select_next_due, &next_due_shape, &next, arg(c->now));
	return next.at.set ? next.at.v.us : 0;
}

int64_t queue_sweep(struct ctx *c)
{
	list l = db_all(c, &select_idle, &course_due_shape, arg(when_plus(c->now, -LAST_MOMENT)));
	struct course_due *k = l.p;

	for (size_t i = 0; i < l.n; i++)
		queue_serve(c, k[i].course_id);
	return 0;
}
