/* roster/roster_routes.h -- inputs and answers that the JSON routes and the pages share. */
#ifndef ROSTER_ROUTES_H
#define ROSTER_ROUTES_H

#include "roster/roster_private.h"
#include "web/lists.h"
#include "web/request.h"

struct students_in {
	int64_t id;
	int status;
	opt_str purpose;
	opt_str cursor;
	int64_t limit;
};
extern const struct shape students_in_shape;

/* Pages. */
handler roster_page_students, roster_page_csv, roster_page_csv_again,
	roster_page_sheet, roster_page_attendance, roster_page_mark, roster_page_teach, roster_page_teach_mark;
extern const struct shape roster_students_page_shape, roster_csv_in_shape, roster_sheet_in_shape, roster_sheet_page_shape,
	roster_attendance_in_shape, roster_attendance_form_shape, roster_attendance_page_shape;

#define ROSTER_PAGE_ROUTES \
	{ GET, "/admin/courses/{id}/students", STAFF, roster_page_students, &students_in_shape, &roster_students_page_shape, \
	  .page = "roster/students.html", .fails = FAILS(&course_unknown) }, \
	{ GET, "/admin/courses/{id}/students.csv", STAFF, roster_page_csv, &roster_csv_in_shape, &roster_students_page_shape, \
	  .page = "roster/students.html", .again = roster_page_csv_again, .fails = FAILS(&course_unknown) }, \
	{ GET, "/admin/courses/{id}/sheet", STAFF, roster_page_sheet, &roster_sheet_in_shape, &roster_sheet_page_shape, \
	  .page = "roster/sheet.html", .fails = FAILS(&course_unknown, &course_session_unknown) }, \
	{ GET, "/admin/courses/{id}/attendance", STAFF, roster_page_attendance, &roster_attendance_in_shape, &roster_attendance_page_shape, \
	  .page = "roster/attendance.html", .fails = FAILS(&course_unknown, &course_session_unknown) }, \
	{ POST, "/admin/courses/{id}/attendance", STAFF, roster_page_mark, &roster_attendance_form_shape, &roster_attendance_page_shape, \
	  .page = "roster/attendance.html", .again = roster_page_attendance, .fails = FAILS(&course_unknown, &course_session_unknown) }, \
	{ GET, "/teach/courses/{id}/attendance", INSTRUCTOR, roster_page_teach, &roster_attendance_in_shape, &roster_attendance_page_shape, \
	  .page = "roster/teach.html", .fails = FAILS(&course_unknown, &course_session_unknown) }, \
	{ POST, "/teach/courses/{id}/attendance", INSTRUCTOR, roster_page_teach_mark, &roster_attendance_form_shape, \
	  &roster_attendance_page_shape, .page = "roster/teach.html", .again = roster_page_teach, \
	  .fails = FAILS(&course_unknown, &course_session_unknown) },

/* All enrolments (roster_enrolments.c). */
handler roster_enrolments, roster_page_enrolments;
extern const struct shape enrolments_in_shape, enrolments_shape, roster_enrolments_page_shape;

#define ROSTER_ENROLMENT_ROUTES \
	{ GET, "/api/v1/admin/enrolments", ANY_STAFF, roster_enrolments, &enrolments_in_shape, &enrolments_shape, \
	  .about = "All enrolments, the newest first." }, \
	{ GET, "/admin/enrolments", ANY_STAFF, roster_page_enrolments, &enrolments_in_shape, &roster_enrolments_page_shape, \
	  .page = "roster/enrolments.html" },

#endif
