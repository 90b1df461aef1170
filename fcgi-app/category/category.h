/* category/category.h -- the tree that courses are sorted into.
 *
 * At most CATEGORY_DEPTH_MAX deep, and CATEGORY_SUBTREE_MAX under one top. A new name or place writes the event category.changed
 * {category_id} for each category whose courses are found by it (course_text).
 *
 * Tables: category (sql/0003)   Routes: category_routes.c   Pages: category_pages.c, templates/category/   Tests: tests/unit/test_category.c
 */
#ifndef CATEGORY_H
#define CATEGORY_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/db.h"

struct category {
	int64_t id;
	opt_int parent_id;
	str name;
	int64_t position;              /* among its siblings; not in category_shape */
};
extern const struct shape category_shape, category_place_shape;
extern const struct failure category_unknown;          /* 404 */
extern const struct failure category_unknown_ref;      /* 422: named in a body or a filter */
extern const struct failure category_name_taken;       /* 409: beside it lies one of that name */
extern const struct failure category_used;             /* 409: has courses, or categories below it */

enum { CATEGORY_SUBTREE_MAX = 32, CATEGORY_DEPTH_MAX = 4 };

/* All of them: the whole tree is small. In the order in which people want to see it. */
list category_all(struct ctx *);
bool category_exists(struct ctx *, int64_t id);
/* The category and all below it; how many (0: there is no such category). */
size_t category_subtree(struct ctx *, int64_t id, int64_t ids[CATEGORY_SUBTREE_MAX]);
/* The category, the one that it lies in, and so on up to the top; how many. */
size_t category_path(struct ctx *, int64_t id, int64_t ids[CATEGORY_DEPTH_MAX]);

/* Goes to the end of its siblings. */
outcome category_create(struct ctx *, str name, opt_int parent_id, struct category *made);

struct category_patch {
	int64_t id;
	opt_str name;
	bool moves;                    /* to parent_id; not set: to the top */
	opt_int parent_id, position;
};
outcome category_edit(struct ctx *, const struct category_patch *, struct category *now);
/* Changes places with its next sibling above (by < 0) or below; at the end of them nothing happens. */
outcome category_shift(struct ctx *, int64_t id, int by);
outcome category_delete(struct ctx *, int64_t id);

#endif
