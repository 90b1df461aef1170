/* term/term.h -- the terms that a centre's year is divided into (봄 학기, 여름 학기 …).
 *
 * A course may belong to one. A term may limit how many of its courses one member has or waits for; the limit is handed to the queue
 * with the course (queue_course_set), and when it changes (queue_term_set), because joining looks there.
 *
 * Tables: term; view term_name (sql/0011)   Routes, pages: term_routes.c, templates/term/   Tests: tests/unit/test_term.c
 */
#ifndef TERM_H
#define TERM_H

#include "core/ctx.h"
#include "core/shape.h"

struct term {
	int64_t id;
	str name;
	day starts_on, ends_on;
	int64_t per_member_limit;              /* 0: any number */
	int64_t version;
};
extern const struct shape term_shape;
/* The same struct as an input: id and version are not sent. */
extern const struct shape term_input_shape;
extern const struct failure term_unknown;              /* 404 */
extern const struct failure term_unknown_ref;          /* 422: named in a body */
extern const struct failure term_name_taken;           /* 409 */

bool term_find(struct ctx *, int64_t id, struct term *);
/* The newest first, at most 200: a centre has four a year. */
list term_all(struct ctx *);
/* A page of them in the same order, one row more than limit (list_page). */
struct keyset;
list term_page(struct ctx *, const struct keyset *from, int64_t limit);

outcome term_create(struct ctx *, const struct term *in, struct term *made);

struct term_patch {
	int64_t id;
	opt_int version;                       /* that the edit was made on; absent: any */
	uint64_t given;                        /* bits of term_input_shape */
	struct term in;
};
/* A new limit counts for those who join from now on. */
outcome term_edit(struct ctx *, const struct term_patch *, struct term *now);

#endif
