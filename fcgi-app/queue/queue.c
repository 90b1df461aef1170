/* queue/queue.c -- joining, leaving, and what payment and course may do with a ticket. */
#include "queue/queue.h"

#include <time.h>

#include "core/metrics.h"
#include "data/cache.h"
#include "data/db.h"
#include "data/job.h"
#include "queue/queue_private.h"
#include "web/once.h"
#include "web/route.h"

const struct failure ticket_unknown = { 404, "ticket_unknown" };
const struct failure course_unknown = { 404, "course_unknown" };
const struct failure course_not_open = { 409, "course_not_open" };
const struct failure enrolment_not_yet_open = { 409, "enrolment_not_yet_open" };
const struct failure enrolment_over = { 409, "enrolment_over" };
const struct failure already_in_queue = { 409, "already_in_queue" };
const struct failure already_enrolled = { 409, "already_enrolled" };
const struct failure ticket_not_active = { 409, "ticket_not_active" };
const struct failure ticket_enrolled = { 409, "ticket_enrolled" };
const struct failure ticket_over = { 409, "ticket_over" };
const struct failure payment_in_flight = { 409, "payment_in_flight" };
const struct failure capacity_below_taken = { 422, "capacity_below_taken" };
const struct failure term_limit_reached = { 409, "term_limit_reached" };

const char *const ticket_states[] = { "waiting", "active", "paying", "enrolled", "expired", "left", "cancelled", NULL };

const struct shape ticket_shape = SHAPE("Ticket", struct ticket,
	F(id), F(course_id),
	F(state, .words = ticket_states, .called = "ticket"),
	F(position, .about = "1 is next. Only while waiting; provisional while numbered is false."),
	F(ahead, .about = "How many wait before this one."),
	F(eta_seconds, .about = "An estimate, from the holds that run."),
	F(hold_expires_at, .about = "While active or paying: until when the seat is held."),
	F(numbered, .about = "False for the moment between the answer to a join and the promoter's number."));

/* What a join must know of its course, and what its answer says. */
struct door {
	int64_t course_id;
	bool is_open, published;
	when opens_at, closes_at;
	int64_t free_seats, waiting, held, hold_seconds;
	opt_int term_id;
	int64_t per_member_limit;
};
static const struct shape door_shape = SHAPE("QueueDoor", struct door,
	F(course_id), F(is_open), F(published), F(opens_at), F(closes_at), F(free_seats), F(waiting), F(held), F(hold_seconds), F(term_id),
	F(per_member_limit));

enum { KEPT = 16 };
struct kept_door {
	uint64_t generation;
	int64_t until;                  /* clock_us() */
	struct door door;
};

struct ticket_row {
	int64_t id, course_id, member_id;
	int state;
	opt_int number;
	opt_when hold_expires_at;
	int64_t free_seats, waiting, held, hold_seconds;
};
static const struct shape ticket_row_shape = SHAPE("TicketRow", struct ticket_row,
	F(id), F(course_id), F(member_id), F(state, .words = ticket_states, .called = "ticket"), F(number), F(hold_expires_at),
	F(free_seats), F(waiting), F(held), F(hold_seconds));

struct locked_row {
	int64_t course_id, member_id;
	int state;
	opt_int number;
	opt_when hold_expires_at;
};
static const struct shape locked_row_shape = SHAPE("LockedTicket", struct locked_row,
	F(course_id), F(member_id), F(state, .words = ticket_states, .called = "ticket"), F(number), F(hold_expires_at));

SQL(select_door,
	"SELECT course_id, is_open, published, opens_at, closes_at, capacity - taken AS free_seats, waiting, taken - enrolled AS held, "
	"hold_seconds, term_id, per_member_limit FROM course_seat WHERE course_id = ?");
SQL(join_queue, "CALL queue_join(?, ?, ?, ?, ?, ?)");
SQL(join_queue_limited, "CALL queue_join_limited(?, ?, ?, ?, ?, ?, ?, ?)");
SQL(select_live, "SELECT state = 'enrolled' AS enrolled FROM ticket WHERE course_id = ? AND member_id = ? AND live = 1");
#define TICKET_ROW \
	"SELECT t.id, t.course_id, t.member_id, t.state, t.number, t.hold_expires_at, s.capacity - s.taken AS free_seats, s.waiting, " \
	"s.taken - s.enrolled AS held, s.hold_seconds FROM ticket t JOIN course_seat s ON s.course_id = t.course_id "
SQL(select_ticket, TICKET_ROW "WHERE t.id = ?");
SQL(select_tickets_of, TICKET_ROW "WHERE t.member_id = ? AND t.id < ? ORDER BY t.id DESC LIMIT ?");
SQL(count_ahead, "SELECT COUNT(*) FROM ticket WHERE course_id = ? AND state = 'waiting' AND number < ?");
SQL(count_newcomers_ahead, "SELECT COUNT(*) FROM ticket WHERE course_id = ? AND number IS NULL AND id < ?");
SQL(select_course_of, "SELECT course_id FROM ticket WHERE id = ?");
SQL(lock_ticket, "SELECT course_id, member_id, state, number, hold_expires_at FROM ticket WHERE id = ? FOR UPDATE");
SQL(set_state, "UPDATE ticket SET state = ?, hold_expires_at = ?, ended_at = ?, enrolled_at = COALESCE(?, enrolled_at) WHERE id = ?");
/* Locked, so that nobody goes while a seat is sold to them. */
SQL(share_member, "SELECT status = 'withdrawn' FROM member_contact WHERE id = ? LOCK IN SHARE MODE");
/* The limit of a term is kept by queue_term_set: what the caller has read of it may be of yesterday, unless the course has just come into the
 * term. Then the foreign key of its course holds the term's row, and nobody changes it meanwhile. */
SQL(upsert_course,
	"INSERT INTO course_seat (course_id, title, is_open, published, opens_at, closes_at, hold_seconds, capacity, term_id, per_member_limit) "
	"VALUES (?, ?, ?, is_open, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE title = VALUES(title), is_open = VALUES(is_open), "
	"published = published OR VALUES(is_open), opens_at = VALUES(opens_at), closes_at = VALUES(closes_at), "
	"hold_seconds = VALUES(hold_seconds), capacity = VALUES(capacity), "
	"per_member_limit = IF(term_id <=> VALUES(term_id), per_member_limit, VALUES(per_member_limit)), term_id = VALUES(term_id)");

static int64_t eta(int64_t free_seats, int64_t ahead, int64_t held, int64_t hold_seconds)
{
	return free_seats > ahead ? 0 : (ahead + 1 + held) / (held ? held : 1) * hold_seconds;
}

/* The course's row as this thread read it last, for as long as nothing has changed (data/cache.h: the generation is bumped
 * after every commit that touches a course, so on this machine it is never stale; from another machine a closing arrives within half a
 * second). In a rush it is read once per round of the promoter and not once per join. */
static const struct door *door_of(struct ctx *c, int64_t course_id, struct door *fresh)
{
	uint64_t now = generation(c, GEN_CATALOGUE);
	struct kept_door *kept = ctx_keep(c, KEPT_DOORS, sizeof(struct kept_door) * KEPT);
	struct kept_door *k = &kept[course_id % KEPT];

	if (k->generation == now && k->until > clock_us() && k->door.course_id == course_id)
		return &k->door;
	*fresh = (struct door){ 0 };
	if (!db_one(c, &select_door, &door_shape, fresh, arg(course_id)))
		return NULL;
	*k = (struct kept_door){ now, clock_us() + SECOND, *fresh };
	return fresh;
}

static outcome may_join(const struct ctx *c, const struct door *d)
{
	if (!d || !d->published)
		return &course_unknown;
	if (!d->is_open)
		return &course_not_open;
	if (c->now.us < d->opens_at.us)
		return &enrolment_not_yet_open;
	return c->now.us >= d->closes_at.us ? &enrolment_over : OK;
}

/* A unique key was taken: the same request again, the key of another request, or a second ticket. key_in_flight: none of
 * these can be seen, so another join of this member has not committed yet, or a neighbour in the index, who comes back to the
 * queue at this moment, has its entry beside ours locked. */
static outcome why_not(struct ctx *c, int64_t course_id, int64_t member_id, str key, const unsigned char fingerprint[32], str *stored)
{
	bool known;
	outcome o = once_look(c, member_id, key, fingerprint, &known, stored);
	int64_t enrolled;

	if (known)
		return o;
	enrolled = db_int(c, &select_live, -1, arg(course_id), arg(member_id));
	if (enrolled < 0)
		return &key_in_flight;
	return enrolled ? &already_enrolled : &already_in_queue;
}

/* The procedure never waits for a lock, so that a rush of joins cannot deadlock; who was unlucky comes again. 32 ms in all. */
enum { JOIN_TRIES = 6 };

static void wait_for_neighbour(int try)
{
	struct timespec pause = { 0, 500000L << try };

	nanosleep(&pause, NULL);
}

/* The ticket's id; 0: a unique key is taken; -1: the term's limit. Only with a limit are a member's joins counted, and wait for each other. */
static int64_t append(struct ctx *c, const struct door *d, int64_t member_id, str key, str print, str tail)
{
	if (d->per_member_limit == 0)
		return db_int(c, &join_queue, 0, arg(member_id), arg(d->course_id), arg(key), arg(print), arg(c->now), arg(tail));
	return db_int(c, &join_queue_limited, 0, arg(member_id), arg(d->course_id), arg(key), arg(print), arg(c->now), arg(tail),
		      arg(d->term_id), arg(d->per_member_limit));
}

outcome queue_join(struct ctx *c, int64_t course_id, int64_t member_id, str key, const unsigned char fingerprint[32], str *stored)
{
	str print = { (const char *)fingerprint, 32 }, tail;
	struct door fresh;
	const struct door *d = door_of(c, course_id, &fresh);
	outcome o = may_join(c, d);
	int64_t id;
	bool known;

	if (o != OK) {
		/* A request that was answered while the course was open keeps its answer. */
		outcome before = once_look(c, member_id, key, fingerprint, &known, stored);

		return known ? before : o;
	}
	tail = str_fmt(c->arena, ",\"course_id\":%lld,\"state\":\"waiting\",\"position\":%lld,\"ahead\":%lld,\"eta_seconds\":%lld,"
		       "\"hold_expires_at\":null,\"numbered\":false}", (long long)course_id, (long long)d->waiting + 1, (long long)d->waiting,
		       (long long)eta(d->free_seats, d->waiting, d->held, d->hold_seconds));
	for (int try = 0; (id = append(c, d, member_id, key, print, tail)) <= 0; try++) {
		o = why_not(c, course_id, member_id, key, fingerprint, stored);
		if (id < 0 && o == &key_in_flight)
			return &term_limit_reached;
		if (o != &key_in_flight || try == JOIN_TRIES)
			return o;
		wait_for_neighbour(try);
	}
	*stored = str_fmt(c->arena, "{\"id\":%lld%.*s", (long long)id, STR(tail));
	wake_relay(c, WAKE_PROMOTE, course_id);
	metric_add(METRIC_joins, 1);
	return OK;
}

static void show(struct ctx *c, const struct ticket_row *r, struct ticket *out)
{
	int64_t ahead;

	*out = (struct ticket){ .id = r->id, .course_id = r->course_id, .state = r->state, .numbered = r->number.set,
				.hold_expires_at = r->hold_expires_at };
	if (r->state != TICKET_WAITING)
		return;
	ahead = r->number.set ? db_int(c, &count_ahead, 0, arg(r->course_id), arg(r->number))
			      : r->waiting + db_int(c, &count_newcomers_ahead, 0, arg(r->course_id), arg(r->id));
	out->ahead = some_int(ahead);
	out->position = some_int(ahead + 1);
	out->eta_seconds = some_int(eta(r->free_seats, ahead, r->held, r->hold_seconds));
}

outcome queue_ticket(struct ctx *c, int64_t ticket_id, struct ticket *out)
{
	struct ticket_row r = { 0 };

	if (!db_one(c, &select_ticket, &ticket_row_shape, &r, arg(ticket_id)) || r.member_id != c->who.id)
		return &ticket_unknown;
	show(c, &r, out);
	return OK;
}

list queue_tickets_of(struct ctx *c, int64_t member_id, int64_t before_id, int64_t limit)
{
	list rows = db_all(c, &select_tickets_of, &ticket_row_shape, arg(member_id), arg(before_id), arg(limit));
	list out = { arena_array(c->arena, struct ticket, rows.n + 1), rows.n };

	for (size_t i = 0; i < rows.n; i++)
		show(c, (struct ticket_row *)rows.p + i, (struct ticket *)out.p + i);
	return out;
}

/* Course first, then ticket: the course is read without a lock, because a ticket never changes its course. */
static bool lock_both(struct ctx *c, int64_t ticket_id, struct seat_change *ch, struct locked_row *t)
{
	int64_t course_id = db_int(c, &select_course_of, 0, arg(ticket_id));

	return course_id && queue_begin(c, course_id, ch) && db_one(c, &lock_ticket, &locked_row_shape, t, arg(ticket_id));
}

static void set(struct ctx *c, int64_t ticket_id, enum ticket_state state, opt_when hold, bool ended)
{
	opt_when now = some_when(c->now), never = { 0 };

	db_run(c, &set_state, arg(str_of(ticket_states[state])), arg(hold), arg(ended ? now : never), arg(state == TICKET_ENROLLED ? now : never),
	       arg(ticket_id));
}

static outcome leave(struct ctx *c, void *p)
{
	int64_t ticket_id = *(int64_t *)p;
	struct locked_row t = { 0 };
	struct seat_change ch;

	if (!lock_both(c, ticket_id, &ch, &t) || t.member_id != c->who.id)
		return &ticket_unknown;
	if (t.state == TICKET_PAYING)
		return &payment_in_flight;
	if (t.state == TICKET_LEFT)
		return OK;
	if (t.state == TICKET_ACTIVE) {
		ch.s.taken--;
		queue_holds_end(c, t.course_id, &ticket_id, 1);
	} else if (t.state == TICKET_WAITING) {
		while (!t.number.set && queue_number(c, &ch) && db_one(c, &lock_ticket, &locked_row_shape, &t, arg(ticket_id)))
			;
		ch.s.waiting--;
	} else {
		return t.state == TICKET_ENROLLED ? &ticket_enrolled : &ticket_over;
	}
	ch.changed = true;
	set(c, ticket_id, TICKET_LEFT, (opt_when){ 0 }, true);
	queue_finish(c, &ch);
	return OK;
}

outcome queue_leave(struct ctx *c, int64_t ticket_id)
{
	return db_tx(c, leave, &ticket_id);
}

outcome queue_lock(struct ctx *c, int64_t ticket_id, struct seat *out)
{
	struct locked_row t = { 0 };
	struct seat_change ch;

	if (!lock_both(c, ticket_id, &ch, &t))
		return &ticket_unknown;
	*out = (struct seat){ t.course_id, ticket_id, t.member_id, t.state, t.hold_expires_at, ch.s.capacity - ch.s.taken,
			      ch.s.hold_seconds, ch.s.title, ch.s.is_over };
	return OK;
}

outcome queue_pin(struct ctx *c, struct seat *s)
{
	if (s->is_over || s->state != TICKET_ACTIVE || !s->hold_expires_at.set || s->hold_expires_at.v.us <= c->now.us)
		return &ticket_not_active;
	set(c, s->ticket_id, TICKET_PAYING, s->hold_expires_at, false);
	s->state = TICKET_PAYING;
	return OK;
}

enum { SECOND_CARD_GRACE = 60 };

static bool has_withdrawn(struct ctx *c, int64_t member_id)
{
	return db_int(c, &share_member, 0, arg(member_id)) != 0;
}

/* Nobody is there to try another card. */
static void leave_for_good(struct ctx *c, struct seat *s)
{
	struct seat_change ch;

	if (!queue_begin(c, s->course_id, &ch))
		return;
	ch.s.taken--;
	queue_holds_end(c, s->course_id, &s->ticket_id, 1);
	ch.changed = true;
	set(c, s->ticket_id, TICKET_LEFT, (opt_when){ 0 }, true);
	s->hold_expires_at = (opt_when){ 0 };
	s->state = TICKET_LEFT;
	queue_finish(c, &ch);
}

void queue_unpin(struct ctx *c, struct seat *s)
{
	int64_t grace = s->hold_seconds < SECOND_CARD_GRACE ? s->hold_seconds : SECOND_CARD_GRACE;
	when least = when_plus(c->now, grace * SECOND);

	if (s->state != TICKET_PAYING)
		return;
	if (has_withdrawn(c, s->member_id)) {
		leave_for_good(c, s);
		return;
	}
	if (s->is_over) {
		queue_end_paying(c, s);
		return;
	}
	if (!s->hold_expires_at.set || s->hold_expires_at.v.us < least.us)
		s->hold_expires_at = some_when(least);
	set(c, s->ticket_id, TICKET_ACTIVE, s->hold_expires_at, false);
	s->state = TICKET_ACTIVE;
	wake_after_commit(c, WAKE_JOB, 0);
}

static void count_enrolment(struct ctx *c, void *p)
{
	(void)c, (void)p;
	metric_add(METRIC_enrolments, 1);
}

bool queue_enrol(struct ctx *c, struct seat *s)
{
	struct seat_change ch;

	if (s->state == TICKET_ENROLLED)
		return true;
	if (!queue_begin(c, s->course_id, &ch))
		return false;
	if (ch.s.is_over || has_withdrawn(c, s->member_id)) {
		queue_finish(c, &ch);
		return false;
	}
	if (s->state != TICKET_PAYING && s->state != TICKET_ACTIVE) {
		queue_number(c, &ch);
		if (s->state == TICKET_WAITING || ch.s.waiting > 0 || ch.s.taken >= ch.s.capacity ||
		    db_int(c, &select_live, -1, arg(s->course_id), arg(s->member_id)) >= 0) {
			queue_finish(c, &ch);         /* newcomers may have got their numbers just now */
			return false;
		}
		ch.s.taken++;
	}
	ch.s.enrolled++;
	ch.changed = true;
	set(c, s->ticket_id, TICKET_ENROLLED, (opt_when){ 0 }, false);
	s->state = TICKET_ENROLLED;
	queue_finish(c, &ch);
	tx_after_commit(c, count_enrolment, NULL, 0);         /* the desk also tries, and takes it back */
	return true;
}

void queue_release(struct ctx *c, struct seat *s)
{
	struct seat_change ch;

	if (s->state != TICKET_ENROLLED || !queue_begin(c, s->course_id, &ch))
		return;
	ch.s.enrolled--;
	ch.s.taken--;
	ch.changed = true;
	set(c, s->ticket_id, TICKET_CANCELLED, (opt_when){ 0 }, true);
	s->state = TICKET_CANCELLED;
	queue_finish(c, &ch);
}

outcome queue_course_set(struct ctx *c, const struct queue_course *k)
{
	struct seat_change ch;
	bool there = queue_begin(c, k->course_id, &ch);

	if (there && k->capacity < ch.s.taken)
		return fail(c, &capacity_below_taken, "capacity", "too_small", str_fmt(c->arena, "%lld", (long long)ch.s.taken));
	db_run(c, &upsert_course, arg(k->course_id), arg(k->title), arg(k->open), arg(k->opens_at), arg(k->closes_at), arg(k->hold_seconds),
	       arg(k->capacity), arg(k->term_id), arg(k->per_member_limit));
	if (!queue_begin(c, k->course_id, &ch))
		fault(c, "a course without its seat row");
	ch.changed = true;
	queue_finish(c, &ch);
	return OK;
}

bool queue_lock_course(struct ctx *c, int64_t course_id)
{
	struct seat_change ch;

	return queue_begin(c, course_id, &ch);
}

void queue_promote(struct ctx *c, int64_t course_id)
{
	struct seat_change ch;

	if (queue_begin(c, course_id, &ch))
		queue_finish(c, &ch);
}
