/* queue/queue_private.h -- between the files of this module. */
#ifndef QUEUE_PRIVATE_H
#define QUEUE_PRIVATE_H

#include "notify/notify.h"
#include "queue/queue.h"

struct seat_row {
	int64_t course_id;
	str title;
	bool is_open, is_over, is_called_off;
	int64_t hold_seconds, capacity, taken, enrolled, waiting, last_number;
};
extern const struct shape seat_row_shape;

/* One change under the lock of a course's row: begun by the lock, ended by the counters and the notices. */
struct seat_change {
	struct seat_row s;
	struct notice *notices;
	size_t n, room;
	bool changed;
};

/* Locks the row; false: no such course. */
bool queue_begin(struct ctx *, int64_t course_id, struct seat_change *);
/* Gives numbers to newcomers, in the order of their ids, at most a batch. How many. */
size_t queue_number(struct ctx *, struct seat_change *);
/* Turns waiting tickets into holds while seats are free. How many. */
size_t queue_offer(struct ctx *, struct seat_change *);
/* Numbers newcomers, and passes free seats on; if the course is over, ends whoever waits or holds a seat without paying. */
void queue_pass_on(struct ctx *, struct seat_change *);
/* The second half of that, in queue_end.c. */
void queue_end_idle(struct ctx *, struct seat_change *);
/* A payment that was under way when the course ended bought nothing: its ticket ends, with a word that does not say that nothing was charged. */
void queue_end_paying(struct ctx *, struct seat *);
/* Tells a member, with {course_id, ticket_id, course_title} and what `more` adds (",\"x\":1" or empty). */
void queue_tell(struct ctx *, struct seat_change *, int64_t member_id, const char *type, int64_t ticket_id, str more);
/* queue_pass_on; writes counters and notices (ascending by member: lock order), wakes
 * who looks on, and makes kept answers stale. */
void queue_finish(struct ctx *, struct seat_change *);

/* These tickets held a seat, and were not paid: event holds.ended. Under the lock of the course's row. */
void queue_holds_end(struct ctx *, int64_t course_id, const int64_t *ticket_ids, size_t n);

/* Those who look on get the course's numbers. */
void queue_tell_state(struct ctx *, int64_t course_id);

/* term_limit_reached if the course's term has a limit, and this member has or waits for as many of its courses. One member's joins are decided
 * one after the other, under their row in term_member. leaves_course: a course that they give up for it, or 0. Call within db_tx, before the
 * ticket is made. */
outcome queue_term_room(struct ctx *, int64_t course_id, int64_t member_id, int64_t leaves_course);

enum { QUEUE_BATCH = 500 };

#endif
