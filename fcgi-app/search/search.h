/* search/search.h -- one box for everything: members, courses, requests, payments, instructors, pages (palette and /admin/search).
 *
 * Takes what people paste: C-2417, R-511, a telephone number in any spelling or its last four digits, an e-mail address, an order id, a URL
 * of the console. What is named exactly is all that is found (search_ids.c), and the page opens it at once.
 *
 * Routes, page: search.c, templates/search/   Tests: tests/http/people.py, tests/browser/test_people.js
 */
#ifndef SEARCH_H
#define SEARCH_H

#include "core/ctx.h"
#include "core/shape.h"

struct search_hit {
	str kind;                  /* "member", "course", "request", "payment", "enrolment", "instructor", "page" */
	str title, detail, href;
};
extern const struct shape search_hit_shape;

/* In groups, the surest first; at most `each` of a kind. Only what the caller may see. An empty text finds the pages. */
list search_all(struct ctx *, str q, int64_t each);

/* There is a page of this path (a query may follow), and the caller may see it. */
bool search_may_see(struct ctx *, str href);

#endif
