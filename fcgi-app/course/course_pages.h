/* course/course_pages.h -- the pages of courses: list and bulk, one course, its form, the timetable. */
#ifndef COURSE_PAGES_H
#define COURSE_PAGES_H

#include "web/request.h"

/* A choice of a <select>. */
struct course_option {
	int64_t value;
	str label;
	bool selected;
};
extern const struct shape course_option_shape;
/* Indented by how deep they lie in the tree. */
list course_category_options(struct ctx *, int64_t selected);
list course_instructor_options(struct ctx *, int64_t selected);
list course_term_options(struct ctx *, int64_t selected);
/* The label of the chosen one; empty: none is. */
str course_option_chosen(list options);

/* course_pages.c */
handler course_page_list, course_page_show, course_page_status, course_page_decide, course_page_finish_form, course_page_finish;
extern const struct shape course_page_filter_shape, course_page_list_shape, course_page_show_in_shape, course_page_show_shape,
	course_page_status_shape, 	course_page_finish_in_shape, course_page_finish_shape;
/* course_form.c */
handler course_page_new, course_page_create, course_page_edit, course_page_save, course_page_copy_form, course_page_copy;
extern const struct shape course_page_form_shape, course_page_copy_form_shape;
/* course_bulk_pages.c */
handler course_page_bulk, course_page_bulk_do, course_page_bulk_done;
extern const struct shape course_page_bulk_in_shape, course_page_bulk_do_shape, course_page_bulk_shape,
	course_page_bulk_done_in_shape, course_page_bulk_done_shape;
/* course_timetable.c */
handler course_page_timetable;
extern const struct shape course_timetable_in_shape, course_timetable_shape;

#define COURSE_PAGE_ROUTES \
	{ GET, "/admin/courses", ANY_STAFF, course_page_list, &course_page_filter_shape, &course_page_list_shape, .page = "course/list.html" }, \
	{ GET, "/admin/courses/bulk", STAFF, course_page_bulk, &course_page_bulk_in_shape, &course_page_bulk_shape, .page = "course/bulk.html" }, \
	{ POST, "/admin/courses/bulk", STAFF, course_page_bulk_do, &course_page_bulk_do_shape, &course_page_bulk_shape, \
	  .page = "course/bulk.html", .again = course_page_bulk, .once = ONCE_TX }, \
	{ GET, "/admin/courses/bulk/done", STAFF, course_page_bulk_done, &course_page_bulk_done_in_shape, &course_page_bulk_done_shape, \
	  .page = "course/bulk_done.html" }, \
	{ GET, "/admin/courses/new", STAFF, course_page_new, NULL, &course_page_form_shape, .page = "course/new.html" }, \
	{ POST, "/admin/courses/new", STAFF, course_page_create, &course_input_shape, &course_page_form_shape, .page = "course/new.html", \
	  .again = course_page_new, .once = ONCE_TX, .fails = FAILS(&room_taken, &instructor_busy) }, \
	{ GET, "/admin/courses/{id}", ANY_STAFF, course_page_show, &course_page_show_in_shape, &course_page_show_shape, \
	  .page = "course/show.html", .fails = FAILS(&course_unknown) }, \
	{ GET, "/admin/courses/{id}/edit", STAFF, course_page_edit, &id_in_shape, &course_page_form_shape, .page = "course/edit.html", \
	  .fails = FAILS(&course_unknown) }, \
	{ POST, "/admin/courses/{id}/edit", STAFF, course_page_save, &course_input_shape, &course_page_form_shape, \
	  .page = "course/edit.html", .again = course_page_edit, \
	  .fails = FAILS(&course_unknown, &capacity_below_taken, &version_stale, &room_taken, &instructor_busy, &session_attended) }, \
	{ POST, "/admin/courses/{id}/status", STAFF, course_page_status, &course_page_status_shape, &course_page_show_shape, \
	  .page = "course/show.html", .again = course_page_show, .fails = FAILS(&course_unknown, &course_status_refused) }, \
	{ GET, "/admin/courses/{id}/finish", STAFF, course_page_finish_form, &id_in_shape, &course_page_finish_shape, \
	  .page = "course/finish.html", .fails = FAILS(&course_unknown) }, \
	{ POST, "/admin/courses/{id}/finish", STAFF, course_page_finish, &course_page_finish_in_shape, &course_page_finish_shape, \
	  .page = "course/finish.html", .again = course_page_finish_form, .once = ONCE_TX_REQUIRED, \
	  .fails = FAILS(&course_unknown, &course_status_refused, &sessions_to_come) }, \
	{ POST, "/admin/courses/{id}/decision", STAFF, course_page_decide, &course_reason_shape, &course_page_show_shape, \
	  .page = "course/show.html", .again = course_page_show, .once = ONCE_TX, \
	  .fails = FAILS(&course_unknown, &course_status_refused, &course_decided) }, \
	{ GET, "/admin/courses/{id}/copy", STAFF, course_page_copy_form, &id_in_shape, &course_page_copy_form_shape, .page = "course/copy.html", \
	  .fails = FAILS(&course_unknown) }, \
	{ POST, "/admin/courses/{id}/copy", STAFF, course_page_copy, &course_copying_shape, &course_page_copy_form_shape, \
	  .page = "course/copy.html", .again = course_page_copy_form, .once = ONCE_TX, \
	  .fails = FAILS(&course_unknown, &room_taken, &instructor_busy) }, \
	{ GET, "/admin/timetable", ANY_STAFF, course_page_timetable, &course_timetable_in_shape, &course_timetable_shape, \
	  .page = "course/timetable.html" },

#endif
