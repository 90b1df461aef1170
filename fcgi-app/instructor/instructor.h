/* instructor/instructor.h -- the people who teach. An instructor is a member with a profile of their own (CO-4).
 *
 * Who becomes one gets the role, who stops loses it, in the same transaction. Whoever has courses that are not over cannot stop.
 * Who gives a course to an instructor locks the instructor's row first (instructor_lock), so that the two cannot pass each other.
 *
 * Tables: instructor; view instructor_name (sql/0003)   Routes: instructor_routes.c   Pages: instructor_pages.c, templates/instructor/
 * Tests: tests/unit/test_instructor.c
 */
#ifndef INSTRUCTOR_H
#define INSTRUCTOR_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/db.h"

struct instructor {
	int64_t id, member_id;
	str name, bio;
	bool active;
	int64_t version;
};
extern const struct shape instructor_shape;
extern const struct failure instructor_unknown_ref;    /* 422: named in a body */

list instructor_active(struct ctx *, int64_t after_id, int64_t limit);
/* For a select: those who teach, and the chosen one (0: nobody is); of struct id_option. */
list instructor_options(struct ctx *, int64_t chosen);
bool instructor_exists(struct ctx *, int64_t id);
/* The instructor who is this member; 0: none, or not active. */
int64_t instructor_of_member(struct ctx *, int64_t member_id);
/* Locks the row; false: unknown, or not active. Call within db_tx. */
bool instructor_lock(struct ctx *, int64_t id);

extern const struct failure instructor_unknown;        /* 404 */
extern const struct failure instructor_exists_already; /* 409: this member is one */
extern const struct failure instructor_teaches;        /* 409: has courses that are not over */
extern const struct failure instructor_no_member;      /* 422: no active member of this id; at member_id */

/* "active" comes first, so that a filter that is left out means it. */
enum instructor_which { INSTRUCTOR_ACTIVE, INSTRUCTOR_INACTIVE, INSTRUCTOR_ALL };

struct instructor_filter {
	opt_str q;                             /* how the name begins */
	int which;
	struct keyset from;                    /* id */
	int64_t limit;
};
bool instructor_find(struct ctx *, int64_t id, struct instructor *);
/* In the order of their ids; limit + 1 rows, for list_page. */
list instructor_list(struct ctx *, const struct instructor_filter *);


/* The same with what there is to do for each: courses that are not over, requests that wait. */
enum { INSTRUCTOR_PAGE = 50 };
struct instructor_row {
	int64_t id, member_id, courses, requests;
	str name;
	bool active;
};
extern const struct shape instructor_row_shape;
list instructor_rows(struct ctx *, const struct instructor_filter *);

/* A member becomes an instructor, under the member's name unless another is given. */
struct instructor_making {
	int64_t member_id;
	opt_str name, bio;
};
outcome instructor_make(struct ctx *, const struct instructor_making *, struct instructor *made);

/* What is given changes. */
struct instructor_patch {
	int64_t id;
	opt_int version;                       /* that the edit was made on; absent: any */
	opt_str name, bio;
	opt_bool active;
};
outcome instructor_edit(struct ctx *, const struct instructor_patch *, struct instructor *now);

/* The member goes for good: instructor_teaches, or they teach no more. What they wrote of themselves is erased; their name stays with the courses
 * that they gave. OK if they are none. Call within db_tx. */
outcome instructor_withdraw(struct ctx *, int64_t member_id);

#endif
