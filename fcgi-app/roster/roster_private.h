/* roster/roster_private.h -- between the files of this module. */
#ifndef ROSTER_PRIVATE_H
#define ROSTER_PRIVATE_H

#include "data/db.h"
#include "roster/roster.h"

/* The course that a roster is of. */
struct roster_course {
	int64_t id, instructor_id;
	str title;
};
extern const struct shape roster_course_shape;
bool roster_course_find(struct ctx *, int64_t id, struct roster_course *);
/* The same, but only for the instructor who teaches it: for everybody else it is as if there were none. */
bool roster_course_taught(struct ctx *, int64_t id, struct roster_course *);

struct roster_session {
	int64_t id;
	when starts_at, ends_at;
	str room;
	bool chosen;                     /* in lists: the one that the page shows */
};
extern const struct shape roster_session_shape, roster_session_choice_shape;
list roster_sessions(struct ctx *, int64_t course_id, int64_t chosen);       /* in the order of time */
bool roster_session_find(struct ctx *, int64_t course_id, int64_t id, struct roster_session *);
/* The one that a page begins with: that of today, else the next one, else the last one. 0: there is none. */
int64_t roster_session_now(struct ctx *, const list *sessions);

extern const struct shape roster_person_shape;

struct attended {
	int64_t present, late, absent, excused;
};

struct student {
	int64_t enrolment_id;
	struct id_name member;
	str phone;
	money paid;
	int status, source;
	when enrolled_at;
	struct attended attended;        /* of the sessions of this course */
};
extern const struct shape student_shape;
enum roster_wanted { ROSTER_ACTIVE, ROSTER_CANCELLED, ROSTER_ANY };
extern const char *const roster_wanted[], *const roster_sources[];
/* limit + 1 rows, for list_page; ascending. full_phone: else masked. */
list roster_students(struct ctx *, int64_t course_id, enum roster_wanted, const struct keyset *, int64_t limit, bool full_phone);

/* The whole file. */
str roster_csv(struct ctx *, int64_t course_id, enum roster_wanted);

/* One row of an attendance list. */
struct attendance_row {
	int64_t enrolment_id;
	struct id_name member;
	opt_str state;                   /* attendance_states */
	opt_when noted_at;
	opt_str noted_by;
};
extern const struct shape attendance_row_shape;
list roster_attendance(struct ctx *, int64_t course_id, int64_t session_id, const struct keyset *, int64_t limit);

#endif
