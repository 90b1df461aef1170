/* category/category.h -- the tree that courses are sorted into.
 *
 * Tables: category (sql/0003)   Routes: end of category.c
 */
#ifndef CATEGORY_H
#define CATEGORY_H

#include "core/ctx.h"
#include "core/shape.h"

struct category {
	int64_t id;
	opt_int parent_id;
	str name;
};
extern const struct shape category_shape;
extern const struct failure category_unknown;          /* 422: named in a body or a filter */

enum { CATEGORY_SUBTREE_MAX = 32, CATEGORY_DEPTH_MAX = 4 };

/* All of them: the whole tree is small. In the order in which people want to see it. */
list category_all(struct ctx *);
bool category_exists(struct ctx *, int64_t id);
/* The category and all below it; how many (0: there is no such category). */
size_t category_subtree(struct ctx *, int64_t id, int64_t ids[CATEGORY_SUBTREE_MAX]);
/* The category, the one that it lies in, and so on up to the top; how many. */
size_t category_path(struct ctx *, int64_t id, int64_t ids[CATEGORY_DEPTH_MAX]);

#endif
