/* queue/queue_end.c -- a course that is over: whoever waits or holds a seat leaves with a word. */
#include "data/db.h"
#include "queue/queue_private.h"

struct idle_person {
	int64_t id, member_id;
	int state;
};
static const struct shape idle_person_shape = SHAPE("IdlePerson", struct idle_person,
	F(id), F(member_id), F(state, .words = ticket_states, .called = "ticket"));

SQL(set_over, "UPDATE course_seat SET over_at = COALESCE(over_at, ?), is_called_off = ? WHERE course_id = ?");
SQL(count_paying, "SELECT COUNT(*) FROM ticket WHERE course_id = ? AND state = 'paying'");
SQL(select_idle_people,
	"SELECT id, member_id, state FROM ticket WHERE course_id = ? AND state IN ('waiting', 'active') AND number IS NOT NULL ORDER BY number LIMIT ?");
SQL(end_ticket, "UPDATE ticket SET state = 'cancelled', hold_expires_at = NULL, ended_at = ? WHERE id = ?");

/* What the ticket was until then makes the words: who was paying may have been charged. */
static void tell_end(struct ctx *c, struct seat_change *ch, int64_t member_id, int64_t ticket_id, int was)
{
	bool called_off = ch->s.is_called_off;

	queue_tell(c, ch, member_id, called_off ? "course.cancelled" : "course.changed", ticket_id,
		   str_fmt(c->arena, ",\"ended\":\"%s\"%s", ticket_states[was], called_off ? "" : ",\"fields\":[\"status\"]"));
}

static size_t end_batch(struct ctx *c, struct seat_change *ch)
{
	list l = db_all(c, &select_idle_people, &idle_person_shape, arg(ch->s.course_id), arg(QUEUE_BATCH));
	const struct idle_person *p = l.p;
	struct arg *rows = arena_array(c->arena, struct arg, l.n * 2 + 1);
	int64_t *held = arena_array(c->arena, int64_t, l.n + 1);
	size_t n_held = 0;

	for (size_t i = 0; i < l.n; i++) {
		rows[2 * i] = arg(c->now);
		rows[2 * i + 1] = arg(p[i].id);
		tell_end(c, ch, p[i].member_id, p[i].id, p[i].state);
		if (p[i].state == TICKET_ACTIVE)
			held[n_held++] = p[i].id;
	}
	if (l.n)
		db_bulk(c, &end_ticket, rows, l.n, 2);
	queue_holds_end(c, ch->s.course_id, held, n_held);
	return l.n;
}

void queue_end_idle(struct ctx *c, struct seat_change *ch)
{
	struct seat_row *s = &ch->s;

	if (s->waiting == 0 && s->taken == s->enrolled)
		return;
	while (end_batch(c, ch) > 0)
		ch->changed = true;
	s->waiting = 0;
	s->taken = s->enrolled + db_int(c, &count_paying, 0, arg(s->course_id));
}

void queue_end_paying(struct ctx *c, struct seat *s)
{
	struct seat_change ch;

	if (!queue_begin(c, s->course_id, &ch))
		return;
	db_run(c, &end_ticket, arg(c->now), arg(s->ticket_id));
	tell_end(c, &ch, s->member_id, s->ticket_id, TICKET_PAYING);
	queue_holds_end(c, s->course_id, &s->ticket_id, 1);
	ch.s.taken--;
	ch.changed = true;
	queue_finish(c, &ch);
	s->hold_expires_at = (opt_when){ 0 };
	s->state = TICKET_CANCELLED;
}

void queue_end(struct ctx *c, int64_t course_id, bool called_off)
{
	struct seat_change ch;

	if (!queue_begin(c, course_id, &ch))
		return;
	db_run(c, &set_over, arg(c->now), arg(called_off), arg(course_id));
	ch.s.is_over = ch.changed = true;
	ch.s.is_called_off = called_off;
	queue_finish(c, &ch);
}
