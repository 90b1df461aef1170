/* change/change_pages.h -- what the pages of change requests share: inputs, one request as it is shown, their routes. */
#ifndef CHANGE_PAGES_H
#define CHANGE_PAGES_H

#include "change/change.h"
#include "web/lists.h"
#include "web/request.h"

/* A field that the request leaves as it is. */
struct change_fact {
	str label, value;
};

/* One request as a page shows it. The first member is 0 where a page may do without one. */
struct change_view {
	int64_t id;
	struct change change;
	list fields;                       /* struct diff_words: what it touches */
	list facts;                        /* struct change_fact: what it leaves alone */
	struct change_impact impact;
	list history;                      /* struct change_step */
	str age;
	bool conflict, passed_on, may_stage, may_apply, may_reject, is_staged;
	int64_t next_id, prev_id;          /* beside it in the list; 0: none */
	int64_t then_id;                   /* the next one that nobody has decided */
	str here;                          /* the list's query, each pair followed by an ampersand */
	str action;                        /* where its decision is sent */
};
extern const struct shape change_view_shape;

/* Reads all that is shown of it, but its neighbours. */
void change_view_fill(struct ctx *, const struct change *, struct change_view *);
/* "3일 전" */
str change_age(struct ctx *, when since);

/* -- operators (change_pages.c, change_decide_pages.c) ---------------------------------------------------------------------------------- */

handler change_page_list, change_page_list_again, change_page_show, change_page_show_again, change_page_stage;
handler change_page_check, change_page_check_again, change_page_decide;
handler change_page_batch, change_page_batch_again, change_page_undo, change_page_tell;
extern const struct shape change_list_in_shape, change_list_page_shape, change_show_in_shape, change_show_page_shape, change_stage_in_shape;
extern const struct shape change_check_in_shape, change_check_page_shape, change_decide_in_shape, change_batch_in_shape, change_batch_page_shape;
extern const struct failure change_none_done;          /* 409: not one of the decisions could be carried out */

#define CHANGE_PAGE_ROUTES \
	{ GET, "/admin/requests", ANY_STAFF, change_page_list, &change_list_in_shape, &change_list_page_shape, .page = "change/list.html" }, \
	{ POST, "/admin/requests/{id}/stage", STAFF, change_page_stage, &change_stage_in_shape, &change_list_page_shape, \
	  .page = "change/list.html", .again = change_page_list_again, .fails = FAILS(&change_unknown, &change_state_refused, &version_stale) }, \
	{ GET, "/admin/requests/{id}", ANY_STAFF, change_page_show, &change_show_in_shape, &change_show_page_shape, .page = "change/show.html", \
	  .fails = FAILS(&change_unknown) }, \
	{ POST, "/admin/requests/{id}", STAFF, change_page_stage, &change_stage_in_shape, &change_show_page_shape, .page = "change/show.html", \
	  .again = change_page_show_again, .fails = FAILS(&change_unknown, &change_state_refused, &version_stale) }, \
	{ GET, "/admin/requests/decide", STAFF, change_page_check, &change_check_in_shape, &change_check_page_shape, \
	  .page = "change/decide.html" }, \
	{ POST, "/admin/requests/decide", STAFF, change_page_decide, &change_decide_in_shape, &change_check_page_shape, \
	  .page = "change/decide.html", .again = change_page_check_again, .once = ONCE_TX_REQUIRED, .fails = FAILS(&change_none_done, &version_stale) }, \
	{ GET, "/admin/requests/batches/{id}", ANY_STAFF, change_page_batch, &change_batch_in_shape, &change_batch_page_shape, \
	  .page = "change/batch.html", .fails = FAILS(&change_batch_unknown) }, \
	{ POST, "/admin/requests/batches/{id}/undo", STAFF, change_page_undo, &id_in_shape, &change_batch_page_shape, \
	  .page = "change/batch.html", .again = change_page_batch_again, .once = ONCE_TX_REQUIRED, \
	  .fails = FAILS(&change_batch_unknown, &change_told, &change_undone) }, \
	{ POST, "/admin/requests/batches/{id}/tell", STAFF, change_page_tell, &id_in_shape, &change_batch_page_shape, \
	  .page = "change/batch.html", .again = change_page_batch_again, .once = ONCE_TX_REQUIRED, \
	  .fails = FAILS(&change_batch_unknown, &change_told, &change_undone) },

#endif
