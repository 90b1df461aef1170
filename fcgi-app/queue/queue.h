/* queue/queue.h -- who wants a seat, in which order, and who holds one (QU-1, QU-2, QU-4, QU-8).
 *
 * Joining only appends a ticket. A promoter comes by at once (wake-up), locks the course's row in
 * course_seat, numbers the newcomers, and turns as many waiting tickets into holds as there are seats. Everything that
 * frees a seat does so under the same lock and calls queue_promote() before it commits, so the seat goes on in the same
 * transaction, and the new holder's `seat.offered` leaves with it.
 *
 *	waiting -> active -> paying -> enrolled        the way to a seat
 *	           active -> expired                   the hold ran out
 *	waiting, active -> left                        by the member
 *	paying -> active                               the payment was refused
 *	paying -> left                                 the payment is known, and the member has withdrawn meanwhile
 *	waiting, active, enrolled -> cancelled         by staff, refund, or the course's end
 *
 * A course that is over (finished or cancelled) stays so, and course_seat says it: whoever waits or holds a seat then is ended by the next who
 * has its row locked, so that a join that had looked at the door before, and a payment that is refused after, leave nobody behind.
 *
 * Always true: taken = active + paying + enrolled tickets <= capacity; enrolled = enrolled tickets; numbers of a course are
 * 1, 2, 3 … without a gap, in the order of the joins (of those that overlap either may be first); nobody is offered a seat
 * while one with a smaller number waits; nobody waits or holds a seat in a course that is over.
 * Told, but to nobody who is a member: holds.ended {course_id, ticket_ids}, of tickets that lost their seat without paying, on stream q.<course>.
 * Lock order: course_seat -> ticket -> (enrolment, payment) -> member_stream ascending -> outbox.
 *
 * Tables: course_seat, ticket; view seat_count; procedure queue_join (sql/0004); term_member, queue_join_limited (sql/0011);
 * over_at (sql/0020), is_called_off (sql/0024), published (sql/0035)
 * Routes: queue_routes.c, queue_watch.c   Jobs: queue_jobs.c   Desk: queue_desk.c
 * Tests: tests/unit/test_queue.c, test_queue_seat.c, test_queue_race.c, test_queue_end.c, tests/chaos/
 */
#ifndef QUEUE_H
#define QUEUE_H

#include "core/ctx.h"
#include "core/shape.h"

enum ticket_state { TICKET_WAITING, TICKET_ACTIVE, TICKET_PAYING, TICKET_ENROLLED, TICKET_EXPIRED, TICKET_LEFT, TICKET_CANCELLED };
extern const char *const ticket_states[];

struct ticket {
	int64_t id, course_id;
	int state;
	opt_int position;               /* 1 is next; only while waiting */
	opt_int ahead;
	opt_int eta_seconds;
	opt_when hold_expires_at;
	bool numbered;
};
extern const struct shape ticket_shape;

extern const struct failure ticket_unknown;            /* 404 */
extern const struct failure course_unknown;            /* 404 */
extern const struct failure course_not_open;           /* 409 */
extern const struct failure enrolment_not_yet_open;    /* 409 */
extern const struct failure enrolment_over;            /* 409 */
extern const struct failure already_in_queue;          /* 409 */
extern const struct failure already_enrolled;          /* 409 */
extern const struct failure ticket_not_active;         /* 409 */
extern const struct failure ticket_enrolled;           /* 409: it is the enrolment that is cancelled */
extern const struct failure ticket_over;               /* 409: it neither waits nor holds a seat any more */
extern const struct failure payment_in_flight;         /* 409 */
extern const struct failure capacity_below_taken;      /* 422 */
extern const struct failure term_limit_reached;        /* 409 */

/* Appends a ticket for this member, with the idempotency key, in one round trip and one commit. *stored: the answer as
 * JSON (the same for the same key), *ticket_id 0 if it is a replay. Not within db_tx. */
outcome queue_join(struct ctx *, int64_t course_id, int64_t member_id, str key, const unsigned char fingerprint[32], str *stored);

/* The caller's own ticket as it stands now; ticket_unknown if it is somebody else's. */
outcome queue_ticket(struct ctx *, int64_t ticket_id, struct ticket *out);
/* The caller's tickets, newest first. */
list queue_tickets_of(struct ctx *, int64_t member_id, int64_t before_id, int64_t limit);

/* Of a waiting or active ticket of the caller's; one that has left stays so. payment_in_flight, ticket_enrolled, ticket_over. */
outcome queue_leave(struct ctx *, int64_t ticket_id);

/* -- for payment: call within db_tx ------------------------------------------------------------------------------- */

/* Locks the course's row and the ticket, in that order, and shows them. */
struct seat {
	int64_t course_id, ticket_id, member_id;
	int state;
	opt_when hold_expires_at;
	int64_t free;                   /* seats nobody has */
	int64_t hold_seconds;
	str title;
	bool is_over;                   /* the course: no seat is pinned or sold any more */
};
outcome queue_lock(struct ctx *, int64_t ticket_id, struct seat *);

/* active -> paying: the hold does not run out while the gateway is asked. ticket_not_active if it ran out, or the course is over. */
outcome queue_pin(struct ctx *, struct seat *);
/* paying -> active, with at least `grace` left on the hold, so that another card can be tried; cancelled if the course is over, left if the
 * member has withdrawn. */
void queue_unpin(struct ctx *, struct seat *);
/* The seat is sold: paying or active -> enrolled; a ticket that had lost its hold (expired, left, cancelled) gets a seat
 * only if one is free and nobody waits for it. false: there is none, the course is over, or the member has withdrawn; the money goes back. */
bool queue_enrol(struct ctx *, struct seat *);
/* enrolled -> cancelled; the seat goes to the next. */
void queue_release(struct ctx *, struct seat *);

/* -- for course ----------------------------------------------------------------------------------------------------- */

/* What the queue must know of a course; call within db_tx when it is made or changed. Raised capacity or opening gives
 * seats to those who wait, at once. capacity_below_taken if fewer seats than are sold or held. */
struct queue_course {
	int64_t course_id;
	str title;
	bool open;                      /* from the first time on the public knows of it, and who would join a closed one hears so */
	when opens_at, closes_at;
	int64_t hold_seconds;
	int64_t capacity;
	opt_int term_id;
	int64_t per_member_limit;       /* of the term, read after the course came into it; 0: none. Joining beyond it is term_limit_reached */
};
outcome queue_course_set(struct ctx *, const struct queue_course *);
/* The limit of a term has changed: for all its courses. Call within db_tx. */
void queue_term_set(struct ctx *, int64_t term_id, int64_t per_member_limit);

/* The course is over: those who wait or hold a seat without paying leave with a word (course.cancelled if it was called off, else course.changed;
 * its `ended` says what the ticket was: waiting, active, or paying); payments in flight are settled first, and find no seat then. Call within
 * db_tx, after queue_course_set closed it. */
void queue_end(struct ctx *, int64_t course_id, bool called_off);

/* -- for the desk: call within db_tx ---------------------------------------------------------------------------------- */

/* A ticket for somebody at the counter, at the end of the queue. take_seat: only if a seat is free and nobody waits, active then with a hold;
 * *ticket_id 0 if not. already_in_queue, already_enrolled, course_not_open, enrolment_not_yet_open (after the window, while the course stays
 * open, the desk may go on), term_limit_reached. */
outcome queue_add(struct ctx *, int64_t course_id, int64_t member_id, bool take_seat, int64_t *ticket_id);
/* A waiting or active ticket ends; the member is told with the reason (ticket.removed). payment_in_flight, ticket_over. */
outcome queue_remove(struct ctx *, int64_t ticket_id, str reason);
/* The ticket ends, and its member stands at the end of the other course's queue; an enrolled one takes a seat there, if one is free and
 * nobody waits (*to_ticket 0 if not, and nothing is changed). Both courses are locked, the smaller id first; the member is told (ticket.moved).
 * As in queue_add and queue_remove. */
outcome queue_move(struct ctx *, int64_t ticket_id, int64_t to_course_id, str reason, int64_t *to_ticket);

/* -- the promoter ----------------------------------------------------------------------------------------------------- */

/* The rule. Call within db_tx, with the course's row locked by queue_lock_course. */
bool queue_lock_course(struct ctx *, int64_t course_id);
void queue_promote(struct ctx *, int64_t course_id);

/* Numbers and promotes until there is nothing left to do; its own transactions. For the relay's promoter. */
void queue_serve(struct ctx *, int64_t course_id);
/* Ends holds that ran out (due at c->now), passing their seats on. Returns when the next one is due, or 0. */
int64_t queue_expire(struct ctx *);
/* Courses with newcomers without a number, or with free seats while somebody waits: the net under the wake-ups. */
int64_t queue_sweep(struct ctx *);

#endif
