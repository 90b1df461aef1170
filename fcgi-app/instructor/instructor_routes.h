/* instructor/instructor_routes.h -- inputs and answers that the JSON routes and the pages share. */
#ifndef INSTRUCTOR_ROUTES_H
#define INSTRUCTOR_ROUTES_H

#include "instructor/instructor.h"
#include "web/lists.h"
#include "web/request.h"

/* "true" comes first, so that a filter that is left out means it. */
struct instructor_filter_in {
	opt_str q;
	int active;
	opt_str cursor;
	int64_t limit;
};
extern const struct shape instructor_filter_shape, instructor_input_shape, instructor_edit_shape;

struct instructor_edit_in {
	int64_t id;
	str name, bio;
	bool active;
};

/* What they teach (the newest 50), and what they asked for (the newest 20). */
struct instructor_course {
	int64_t id, enrolled, capacity;
	str title;
	int status;
	when enrol_opens_at;
	opt_day starts_on, ends_on;
};
struct instructor_request {
	int64_t id, course_id;
	str title;
	int kind, state;
	when created_at;
};
extern const struct shape instructor_course_shape, instructor_request_shape;
list instructor_courses(struct ctx *, int64_t id);
list instructor_requests(struct ctx *, int64_t id);

/* Pages (instructor_pages.c). */
struct instructor_active_in {
	int64_t id;
	bool active;
};
handler instructor_page_list, instructor_page_show, instructor_page_active, instructor_page_new, instructor_page_create, instructor_page_edit,
	instructor_page_save;
extern const struct shape instructor_row_shape, instructor_page_list_shape, instructor_page_shape,
	instructor_active_shape, instructor_new_in_shape, instructor_new_page_shape, instructor_edit_page_shape, instructor_form_shape,
	instructor_page_filter_shape;

#define INSTRUCTOR_PAGE_ROUTES \
	{ GET, "/admin/instructors", ANY_STAFF, instructor_page_list, &instructor_page_filter_shape, &instructor_page_list_shape, \
	  .page = "instructor/list.html" }, \
	{ GET, "/admin/instructors/new", STAFF, instructor_page_new, &instructor_new_in_shape, &instructor_new_page_shape, \
	  .page = "instructor/new.html" }, \
	{ POST, "/admin/instructors/new", STAFF, instructor_page_create, &instructor_input_shape, &instructor_new_page_shape, \
	  .page = "instructor/new.html", .again = instructor_page_new, .once = ONCE_TX, \
	  .fails = FAILS(&instructor_exists_already, &instructor_no_member) }, \
	{ GET, "/admin/instructors/{id}", ANY_STAFF, instructor_page_show, &id_in_shape, &instructor_page_shape, \
	  .page = "instructor/show.html", .fails = FAILS(&instructor_unknown) }, \
	{ POST, "/admin/instructors/{id}/active", STAFF, instructor_page_active, &instructor_active_shape, &instructor_page_shape, \
	  .page = "instructor/show.html", .again = instructor_page_show, .fails = FAILS(&instructor_unknown, &instructor_teaches) }, \
	{ GET, "/admin/instructors/{id}/edit", STAFF, instructor_page_edit, &id_in_shape, &instructor_edit_page_shape, \
	  .page = "instructor/edit.html", .fails = FAILS(&instructor_unknown) }, \
	{ POST, "/admin/instructors/{id}/edit", STAFF, instructor_page_save, &instructor_form_shape, &instructor_edit_page_shape, \
	  .page = "instructor/edit.html", .again = instructor_page_edit, .fails = FAILS(&instructor_unknown, &version_stale) },

#endif
