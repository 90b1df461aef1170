/* instructor/instructor.h -- the people who teach. An instructor is a member with a profile of their own.
 *
 * Tables: instructor; view instructor_name (sql/0003)   Routes: end of instructor.c
 */
#ifndef INSTRUCTOR_H
#define INSTRUCTOR_H

#include "core/ctx.h"
#include "core/shape.h"

struct instructor {
	int64_t id, member_id;
	str name, bio;
	bool active;
	int64_t version;
};
extern const struct shape instructor_shape;
extern const struct failure instructor_unknown_ref;    /* 422: named in a body */

list instructor_active(struct ctx *, int64_t after_id, int64_t limit);
bool instructor_exists(struct ctx *, int64_t id);
/* The instructor who is this member; 0: none, or not active. */
int64_t instructor_of_member(struct ctx *, int64_t member_id);
int64_t instructor_member(struct ctx *, int64_t id);        /* the member behind the instructor; 0: unknown */

extern const struct failure instructor_unknown;        /* 404 */
extern const struct failure instructor_exists_already; /* 409: this member is one */
extern const struct failure instructor_teaches;        /* 409: has courses that are not over */

#endif
