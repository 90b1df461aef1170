/* course/course.h -- what is sold: title, people, dates, price, and when one may enrol (CO-1, CO-2).
 *
 * The text of a course changes rarely and carries a version, which every edit raises: an edit names the version that it
 * was made on (If-Match). Seats are the queue's: each change of capacity, window or status is handed to it in the same
 * transaction (queue_course_set), and live numbers are read through its view seat_count.
 *
 *	draft -> open <-> closed        draft -> cancelled        open, closed -> finished
 *
 * Tables: course, course_session (sql/0003)   Routes: course_routes.c   Pages: course_pages.c, templates/course/
 * Tests: tests/unit/test_course.c, tests/http/
 */
#ifndef COURSE_H
#define COURSE_H

#include "core/ctx.h"
#include "core/shape.h"

enum course_status { COURSE_DRAFT, COURSE_OPEN, COURSE_CLOSED, COURSE_CANCELLED, COURSE_FINISHED };
extern const char *const course_statuses[];

struct course_ref {
	int64_t id;
	str name;
};

struct course_session {
	when starts_at, ends_at;
	str room;
};

/* As the API shows it. In lists, sessions and description stay out (course_row_shape). */
struct course {
	int64_t id;
	str title;
	struct course_ref category, instructor;
	money price;
	int64_t capacity, seats_left, queue_length;
	int status;
	when enrol_opens_at, enrol_closes_at;
	opt_day starts_on, ends_on;
	list sessions;
	str description;
	int64_t hold_seconds;
	int64_t version;
};
extern const struct shape course_shape, course_row_shape, course_session_shape;

/* What staff send: everything to create one; what is given, to edit one. */
struct course_input {
	int64_t id;
	str title;
	int64_t category_id, instructor_id;
	money price;
	int64_t capacity, hold_seconds;
	when enrol_opens_at, enrol_closes_at;
	str description;
	list sessions;
};
extern const struct shape course_input_shape;

/* Bits of course_patch.given, in the order of the members of course_input. */
struct course_patch {
	int64_t id;
	opt_int version;                    /* that the edit was made on; absent: any */
	uint64_t given;                     /* of course_input_shape */
	struct course_input in;
};

enum course_sort { COURSE_NEWEST, COURSE_OPENING };
struct course_filter {
	opt_int category_id, instructor_id;
	bool has_status;
	int status;
	int sort;
	bool drafts;                        /* staff see them */
	bool after;                         /* continue behind these keys */
	int64_t key[2];
	int64_t limit;
};

extern const struct failure course_status_refused;     /* 409 */

bool course_find(struct ctx *, int64_t id, bool drafts, struct course *);
list course_list(struct ctx *, const struct course_filter *);
outcome course_create(struct ctx *, const struct course_input *, struct course *made);
outcome course_edit(struct ctx *, const struct course_patch *, struct course *now);
outcome course_set_status(struct ctx *, int64_t id, enum course_status, str reason, struct course *now);

/* What a checkout needs. */
struct course_terms {
	int64_t id;
	str title;
	money price;
};
bool course_terms(struct ctx *, int64_t id, struct course_terms *);

#endif
