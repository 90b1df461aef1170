/* queue/queue_desk.c -- what the desk may do with a queue: somebody joins at the counter, a ticket is taken out, or goes to another course. */
#include "data/db.h"
#include "data/job.h"
#include "queue/queue_private.h"

struct desk_ticket {
	int64_t course_id, member_id;
	int state;
	opt_int number;
};
static const struct shape desk_ticket_shape = SHAPE("DeskTicket", struct desk_ticket,
	F(course_id), F(member_id), F(state, .words = ticket_states, .called = "ticket"), F(number));

SQL(insert_ticket, "INSERT INTO ticket (course_id, member_id, joined_at) VALUES (?, ?, ?)");
SQL(take_seat, "UPDATE ticket SET number = ?, state = 'active', hold_expires_at = ?, offered_at = ? WHERE id = ?");
SQL(sell_seat, "UPDATE ticket SET state = 'enrolled', hold_expires_at = NULL, enrolled_at = ? WHERE id = ?");
SQL(select_living, "SELECT state = 'enrolled' AS enrolled FROM ticket WHERE course_id = ? AND member_id = ? AND live = 1");
SQL(select_course_of, "SELECT course_id FROM ticket WHERE id = ?");
SQL(lock_ticket, "SELECT course_id, member_id, state, number FROM ticket WHERE id = ? FOR UPDATE");
SQL(end_ticket, "UPDATE ticket SET state = 'cancelled', hold_expires_at = NULL, ended_at = ? WHERE id = ?");
/* Nobody comes before the opening minute; after the closing, while the course stays open, seats that are left may be sold at the desk. */
SQL(select_opens_in, "SELECT TIMESTAMPDIFF(MICROSECOND, ?, opens_at) AS us FROM course_seat WHERE course_id = ?");

/* Everybody who came before has a number, and the seats that were free are theirs. */
static void serve_those_before(struct ctx *c, struct seat_change *ch)
{
	while (queue_number(c, ch) == QUEUE_BATCH)
		;
	queue_offer(c, ch);
}

/* Under the lock of the course: a new ticket at the end, with the seat or waiting; *ticket_id 0 if there is no seat to take. */
static outcome append(struct ctx *c, struct seat_change *ch, int64_t member_id, bool take, int64_t leaves_course, int64_t *ticket_id)
{
	int64_t course_id = ch->s.course_id, enrolled = db_int(c, &select_living, -1, arg(course_id), arg(member_id));
	outcome o;

	*ticket_id = 0;
	if (enrolled >= 0)
		return enrolled ? &already_enrolled : &already_in_queue;
	if (!ch->s.is_open)
		return &course_not_open;
	if (db_int(c, &select_opens_in, 0, arg(c->now), arg(course_id)) > 0)
		return &enrolment_not_yet_open;
	if ((o = queue_term_room(c, course_id, member_id, leaves_course)) != OK)
		return o;
	serve_those_before(c, ch);
	if (take && (ch->s.waiting > 0 || ch->s.taken >= ch->s.capacity))
		return OK;
	*ticket_id = db_insert(c, &insert_ticket, arg(course_id), arg(member_id), arg(c->now));
	if (!*ticket_id)
		return &already_in_queue;             /* a join of the same member came first */
	ch->changed = true;
	if (take) {
		db_run(c, &take_seat, arg(++ch->s.last_number), arg(when_plus(c->now, ch->s.hold_seconds * SECOND)), arg(c->now), arg(*ticket_id));
		ch->s.taken++;
	}
	return OK;
}

outcome queue_add(struct ctx *c, int64_t course_id, int64_t member_id, bool take_seat_now, int64_t *ticket_id)
{
	struct seat_change ch;
	outcome o;

	*ticket_id = 0;
	if (!queue_begin(c, course_id, &ch))
		return &course_unknown;
	if ((o = append(c, &ch, member_id, take_seat_now, 0, ticket_id)) != OK)
		return o;
	queue_finish(c, &ch);
	if (take_seat_now)
		wake_after_commit(c, WAKE_JOB, 0);            /* a hold that runs out */
	return OK;
}

static str with_reason(struct ctx *c, str reason)
{
	struct buf b = buf_in(c->arena);

	buf_lit(&b, ",\"reason\":");
	buf_json(&b, reason);
	return buf_text(&b);
}

/* Under the lock of its course: a ticket that waits or holds a seat ends. */
static outcome take_out(struct ctx *c, struct seat_change *ch, int64_t ticket_id, struct desk_ticket *t)
{
	if (!db_one(c, &lock_ticket, &desk_ticket_shape, t, arg(ticket_id)))
		return &ticket_unknown;
	if (t->state == TICKET_PAYING)
		return &payment_in_flight;
	if (t->state != TICKET_WAITING && t->state != TICKET_ACTIVE)
		return &ticket_over;
	if (!t->number.set)
		while (queue_number(c, ch) == QUEUE_BATCH)
			;
	if (t->state == TICKET_ACTIVE) {
		ch->s.taken--;
		queue_holds_end(c, ch->s.course_id, &ticket_id, 1);
	} else {
		ch->s.waiting--;
	}
	ch->changed = true;
	db_run(c, &end_ticket, arg(c->now), arg(ticket_id));
	return OK;
}

outcome queue_remove(struct ctx *c, int64_t ticket_id, str reason)
{
	int64_t course_id = db_int(c, &select_course_of, 0, arg(ticket_id));
	struct desk_ticket t = { 0 };
	struct seat_change ch;
	outcome o;

	if (!course_id || !queue_begin(c, course_id, &ch))
		return &ticket_unknown;
	if ((o = take_out(c, &ch, ticket_id, &t)) != OK)
		return o;
	queue_tell(c, &ch, t.member_id, "ticket.removed", ticket_id, with_reason(c, reason));
	queue_finish(c, &ch);
	return OK;
}

/* Ascending by their ids, so that two moves in opposite directions do not wait for each other. */
static bool begin_both(struct ctx *c, int64_t from_id, int64_t to_id, struct seat_change *from, struct seat_change *to)
{
	if (from_id < to_id)
		return queue_begin(c, from_id, from) && queue_begin(c, to_id, to);
	return queue_begin(c, to_id, to) && queue_begin(c, from_id, from);
}

static str moved_from(struct ctx *c, const struct seat_change *from, str reason)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, ",\"from_course_id\":%lld,\"from_title\":", (long long)from->s.course_id);
	buf_json(&b, from->s.title);
	buf_str(&b, with_reason(c, reason));
	return buf_text(&b);
}

/* The notices of the first course leave with those of the second, so that members' streams are locked in ascending order. */
static void finish_both(struct ctx *c, struct seat_change *from, struct seat_change *to)
{
	struct notice *all;

	queue_pass_on(c, from);
	all = arena_array(c->arena, struct notice, to->n + from->n + 1);
	for (size_t i = 0; i < to->n; i++)
		all[i] = to->notices[i];
	for (size_t i = 0; i < from->n; i++)
		all[to->n + i] = from->notices[i];
	to->notices = all;
	to->n += from->n;
	to->room = to->n;
	from->n = 0;
	queue_finish(c, from);
	queue_finish(c, to);
}

/* The seat goes along: out of one course's books, into the other's. */
static outcome move_seat(struct ctx *c, int64_t ticket_id, struct seat_change *from, struct seat_change *to, struct desk_ticket *t,
			 int64_t *to_ticket)
{
	outcome o = append(c, to, t->member_id, true, from->s.course_id, to_ticket);

	if (o != OK || !*to_ticket)
		return o;
	db_run(c, &sell_seat, arg(c->now), arg(*to_ticket));
	to->s.enrolled++;
	db_run(c, &end_ticket, arg(c->now), arg(ticket_id));
	from->s.enrolled--;
	from->s.taken--;
	from->changed = true;
	return OK;
}

static outcome move_ticket(struct ctx *c, int64_t ticket_id, struct seat_change *from, struct seat_change *to, struct desk_ticket *t,
			   int64_t *to_ticket)
{
	outcome o = take_out(c, from, ticket_id, t);

	return o == OK ? append(c, to, t->member_id, false, from->s.course_id, to_ticket) : o;
}

outcome queue_move(struct ctx *c, int64_t ticket_id, int64_t to_course_id, str reason, int64_t *to_ticket)
{
	int64_t course_id = db_int(c, &select_course_of, 0, arg(ticket_id));
	struct desk_ticket t = { 0 };
	struct seat_change from, to;
	outcome o;

	*to_ticket = 0;
	if (!course_id)
		return &ticket_unknown;
	if (course_id == to_course_id)
		return &already_in_queue;
	if (!begin_both(c, course_id, to_course_id, &from, &to))
		return &course_unknown;
	if (!db_one(c, &lock_ticket, &desk_ticket_shape, &t, arg(ticket_id)))
		return &ticket_unknown;
	o = t.state == TICKET_ENROLLED ? move_seat(c, ticket_id, &from, &to, &t, to_ticket) : move_ticket(c, ticket_id, &from, &to, &t, to_ticket);
	if (o != OK)
		return o;
	if (*to_ticket)
		queue_tell(c, &to, t.member_id, "ticket.moved", *to_ticket, moved_from(c, &from, reason));
	finish_both(c, &from, &to);
	return OK;
}
