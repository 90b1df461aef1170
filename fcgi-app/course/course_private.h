/* course/course_private.h -- between the files of this module. */
#ifndef COURSE_PRIVATE_H
#define COURSE_PRIVATE_H

#include "course/course.h"

#define COURSE_COLUMNS \
	"k.id, k.title, k.category_id AS `category.id`, g.name AS `category.name`, k.instructor_id AS `instructor.id`, " \
	"i.name AS `instructor.name`, k.price, s.capacity, s.seats_left, s.queue_length, k.status, k.enrol_opens_at, k.enrol_closes_at, " \
	"k.starts_on, k.ends_on, k.hold_seconds, k.min_enrolled, k.decide_on, k.decision, COALESCE(k.term_id, 0) AS `term.id`, " \
	"COALESCE(m.name, '') AS `term.name`, k.version"
#define COURSE_JOINS \
	" JOIN category g ON g.id = k.category_id JOIN instructor_name i ON i.id = k.instructor_id " \
	"JOIN seat_count s ON s.course_id = k.id LEFT JOIN term_name m ON m.id = k.term_id "

/* A session of more than a week is a slip of the pen. */
#define COURSE_SESSION_MOST (7 * DAY)
enum { COURSE_CLASHES_MAX = 400 };

/* course_create, and where it was copied from. */
outcome course_create_from(struct ctx *, int64_t copied_from, const struct course_input *, struct course *made);

/* What no single member can say: references, the order of dates. before: NULL for a new course. 422. */
outcome course_check(struct ctx *, const struct course_input *, const struct course *before);

/* Locks the rooms (made where they are named first) and the instructor, and refuses clashes, also of the sessions among themselves.
 * before: NULL for a new course, whose row is inserted afterwards. */
outcome course_book(struct ctx *, const struct course *before, const struct course_input *);

/* Stores the sessions. Those that stay keep their ids: those that name it, then those at the same time, and if none named any, those at the
 * same place in the order; session_attended if one with attendance would go. */
outcome course_keep_sessions(struct ctx *, int64_t id, const struct course_input *);
/* The same times and rooms, whatever their ids. */
bool course_same_sessions(list a, list b);
/* One that stands in the same place of the order names the id of another one. */
bool course_swaps_sessions(list before, list now);

/* Hands the queue what it must know, and makes kept answers stale after the commit. */
outcome course_tell_queue(struct ctx *, int64_t id, const struct course_input *, bool open);

/* course.changed, course.cancelled: payload {"course_id": id, more}. */
void course_event(struct ctx *, int64_t id, const char *type, str more);

/* Sold, and not over. */
static inline bool course_is_on(int status)
{
	return status == COURSE_OPEN || status == COURSE_CLOSED;
}

/* Takes up room and instructor. */
static inline bool course_is_living(int status)
{
	return status == COURSE_DRAFT || course_is_on(status);
}
#define COURSE_LIVING "('draft', 'open', 'closed')"

#endif
