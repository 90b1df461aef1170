/* course/course_routes.h -- inputs and answers that the JSON routes and the pages share. */
#ifndef COURSE_ROUTES_H
#define COURSE_ROUTES_H

#include "core/shape.h"
#include "web/lists.h"
#include "web/request.h"

struct course_filter_in {
	opt_str q;
	opt_int category_id, instructor_id, term_id;
	bool to_decide;
	int status, sort;
	opt_str cursor;
	int64_t limit;
};
extern const char *const course_sorts[], *const course_filter_statuses[];
extern const struct shape course_filter_shape;

extern const struct shape course_list_shape;

struct course_status_in {
	int64_t id;
	int status;
	str reason;
};
extern const struct shape course_status_shape;

void course_list_page(struct request *, struct list_out *);

/* Pages (course_pages.c). */
handler course_page_list, course_page_show, course_page_new, course_page_create, course_page_edit, course_page_save, course_page_status;
extern const struct shape course_page_list_shape, course_page_show_in_shape, course_page_show_shape, course_page_form_shape;

#define COURSE_PAGE_ROUTES \
	{ GET, "/admin/courses", ANY_STAFF, course_page_list, &course_filter_shape, &course_page_list_shape, .page = "course/list.html" }, \
	{ GET, "/admin/courses/new", STAFF, course_page_new, NULL, &course_page_form_shape, .page = "course/new.html" }, \
	{ POST, "/admin/courses/new", STAFF, course_page_create, &course_input_shape, &course_page_form_shape, .page = "course/new.html", \
	  .again = course_page_new, .once = ONCE_TX, .fails = FAILS(&room_taken, &instructor_busy) }, \
	{ GET, "/admin/courses/{id}", ANY_STAFF, course_page_show, &course_page_show_in_shape, &course_page_show_shape, \
	  .page = "course/show.html", .fails = FAILS(&course_unknown) }, \
	{ GET, "/admin/courses/{id}/edit", STAFF, course_page_edit, &id_in_shape, &course_page_form_shape, .page = "course/edit.html", \
	  .fails = FAILS(&course_unknown) }, \
	{ POST, "/admin/courses/{id}/edit", STAFF, course_page_save, &course_input_shape, &course_page_form_shape, \
	  .page = "course/edit.html", .again = course_page_edit, .fails = FAILS(&course_unknown, &capacity_below_taken, &version_stale, &room_taken, &instructor_busy, &session_attended) }, \
	{ POST, "/admin/courses/{id}/status", STAFF, course_page_status, &course_status_shape, &course_page_show_shape, \
	  .page = "course/show.html", .again = course_page_show, .fails = FAILS(&course_unknown, &course_status_refused) },

#endif
