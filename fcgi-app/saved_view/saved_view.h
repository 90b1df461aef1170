/* saved_view/saved_view.h -- filters that somebody wants again tomorrow: a name for a query of a console's list, for oneself or for all.
 *
 * A list page puts `views` into its out-shape: F(views, .of = &saved_view_tab_shape), fills it by saved_views(rq, "courses"), and shows them with
 * {{>partials/views}}.
 *
 * Tables: saved_view (sql/0014)   Routes: saved_view.c   Page: templates/saved_view/new.html (a form that was refused)
 * Tests: tests/unit/test_saved_view.c
 */
#ifndef SAVED_VIEW_H
#define SAVED_VIEW_H

#include "core/ctx.h"
#include "core/shape.h"

struct saved_view {
	int64_t id;
	str page, name, query;
	bool shared, mine;
	bool current;              /* its filters are the request's (saved_views) */
};
extern const struct shape saved_view_shape, saved_view_tab_shape;     /* tab: with current */

/* The caller's own of that page, and those shared with all; at most 30. */
struct request;
list saved_views(struct request *, const char *page);
/* The caller's own of all pages, in the order of pages and names; at most 30. */
list saved_views_mine(struct ctx *);

#endif
