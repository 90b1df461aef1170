/* search/search.h -- one box for everything: members, courses, requests, payments, instructors, pages (palette and /admin/search).
 *
 * Takes what people paste: C-2417, R-511, a telephone number in any spelling or its last four digits, an e-mail address, an order id, a URL
 * of the console.   Routes, page: search.c, templates/search/   Tests: tests/unit/test_search.c
 */
#ifndef SEARCH_H
#define SEARCH_H

#include "core/ctx.h"
#include "core/shape.h"

struct search_hit {
	str kind;                  /* "member", "course", "request", "payment", "instructor", "page" */
	str title, detail, href;
};
extern const struct shape search_hit_shape;

/* In groups, the surest first; at most `each` of a kind. Only what the caller may see. */
list search_all(struct ctx *, str q, int64_t each);

#endif
