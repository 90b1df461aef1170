/* change/teach_pages.h -- the instructors' pages: their courses, their requests, the forms (teach_pages.c, teach_forms.c, teach_requests.c). */
#ifndef TEACH_PAGES_H
#define TEACH_PAGES_H

#include "change/change.h"
#include "web/lists.h"
#include "web/request.h"

/* A course as its instructor sees it in a list, with the newest request that is not over. */
struct teach_course {
	struct course course;
	struct change request;             /* id 0: none */
};
extern const struct shape teach_course_shape;

/* The caller's own course; course_unknown if it is somebody else's. */
outcome teach_find_course(struct ctx *, int64_t id, struct course *);
/* All that are the caller's own, drafts too: limit + 1 rows, for list_page. */
list teach_courses(struct ctx *, struct keyset from, int64_t limit);

handler teach_page_home, teach_page_courses, teach_page_course, teach_page_choose;
extern const struct shape teach_home_shape, teach_courses_shape, teach_course_page_shape;

handler teach_page_edit, teach_page_edit_post, teach_page_status, teach_page_status_post, teach_page_delete, teach_page_delete_post;
extern const struct shape teach_form_in_shape, teach_edit_shape, teach_status_shape, teach_delete_shape;
extern const struct shape teach_edit_page_shape, teach_status_page_shape, teach_delete_page_shape;

handler teach_page_requests, teach_page_request, teach_page_request_again, teach_page_check, teach_page_submit, teach_page_withdraw;
extern const struct shape teach_requests_in_shape, teach_requests_shape, teach_request_shape;

#define TEACH_PAGE_ROUTES \
	{ GET, "/teach/", INSTRUCTOR, teach_page_home, NULL, &teach_home_shape, .page = "teach/home.html" }, \
	{ GET, "/teach/courses", INSTRUCTOR, teach_page_courses, &page_in_shape, &teach_courses_shape, .page = "teach/courses.html" }, \
	{ GET, "/teach/courses/{id}", INSTRUCTOR, teach_page_course, &id_in_shape, &teach_course_page_shape, .page = "teach/course.html", \
	  .fails = FAILS(&course_unknown) }, \
	{ GET, "/teach/courses/{id}/request", INSTRUCTOR, teach_page_choose, &id_in_shape, &teach_course_page_shape, \
	  .page = "teach/choose.html", .fails = FAILS(&course_unknown) }, \
	TEACH_FORM_ROUTES("edit", teach_page_edit, teach_page_edit_post, teach_edit_shape, teach_edit_page_shape) \
	TEACH_FORM_ROUTES("status", teach_page_status, teach_page_status_post, teach_status_shape, teach_status_page_shape) \
	TEACH_FORM_ROUTES("delete", teach_page_delete, teach_page_delete_post, teach_delete_shape, teach_delete_page_shape) \
	{ GET, "/teach/requests", INSTRUCTOR, teach_page_requests, &teach_requests_in_shape, &teach_requests_shape, .page = "teach/requests.html" }, \
	{ GET, "/teach/requests/{id}", INSTRUCTOR, teach_page_request, &id_in_shape, &teach_request_shape, \
	  .page = "teach/request.html", .fails = FAILS(&change_unknown) }, \
	{ POST, "/teach/requests/{id}/withdraw", INSTRUCTOR, teach_page_withdraw, &id_in_shape, &teach_request_shape, \
	  .page = "teach/request.html", .again = teach_page_request_again, .once = ONCE_TX, .fails = FAILS(&change_unknown, &change_state_refused) }, \
	{ GET, "/teach/requests/{id}/check", INSTRUCTOR, teach_page_check, &id_in_shape, &teach_request_shape, .page = "teach/check.html", \
	  .fails = FAILS(&change_unknown) }, \
	{ POST, "/teach/requests/{id}/check", INSTRUCTOR, teach_page_submit, &id_in_shape, &teach_request_shape, .page = "teach/check.html", \
	  .again = teach_page_check, .once = ONCE_TX, .fails = FAILS(&change_unknown, &change_state_refused, &change_empty, &change_twice) },

#define TEACH_FORM_ROUTES(kind, show, post, in, out) \
	{ GET, "/teach/courses/{id}/request/" kind, INSTRUCTOR, show, &teach_form_in_shape, &out, .page = "teach/" kind ".html", \
	  .fails = FAILS(&course_unknown, &change_unknown) }, \
	{ POST, "/teach/courses/{id}/request/" kind, INSTRUCTOR, post, &in, &out, .page = "teach/" kind ".html", .again = show, .once = ONCE_TX, \
	  .fails = FAILS(&course_unknown, &change_unknown, &change_empty, &change_twice, &change_state_refused) },

#endif
