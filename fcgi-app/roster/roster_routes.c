/* roster/roster_routes.c -- rosters and attendance, as JSON. */
#include "queue/queue.h"
#include "roster/roster_routes.h"
#include "staff_log/staff_log.h"

const struct shape students_in_shape = SHAPE("StudentFilter", struct students_in,
	F(id, .read_only = true), F(status, .optional = true, .words = roster_wanted, .called = "enrolment", .about = "Those who are enrolled now, if left out."),
	F(purpose, .max = 200, .about = "What the look is for; it is written down."),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));
static const struct shape student_list_shape = PAGED_SHAPE("StudentList", student_shape);

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct student *)row)->enrolment_id;
}

static outcome students(struct request *rq)
{
	const struct students_in *in = rq->in;
	struct roster_course k;
	struct list_out out = { 0 };

	if (!roster_course_find(rq->ctx, in->id, &k))
		return &course_unknown;
	staff_log_look(rq->ctx, "roster.look", "course", in->id, in->purpose.v);
	list_page(rq, &out, roster_students(rq->ctx, in->id, (enum roster_wanted)in->status, &rq->cursor, in->limit, false), &student_shape,
		  in->limit, keys);
	return reply(rq, &out);
}

/* -- attendance --------------------------------------------------------------------------------------------------------- */

struct session_in {
	int64_t id, session_id;
};
static const struct shape session_in_shape = SHAPE("AttendanceOf", struct session_in, F(id, .read_only = true), F(session_id, .read_only = true));

enum { STUDENTS_MAX = 10000 };

struct marks_in {
	int64_t id, session_id;
	list marks;
};
static const struct shape marks_in_shape = SHAPE("AttendanceMarks", struct marks_in,
	F(id, .read_only = true), F(session_id, .read_only = true),
	F(marks, .of = &attendance_mark_shape, .max = STUDENTS_MAX, .about = "Those who are left out stay as they are."));

struct attendance_out {
	struct roster_session session;
	list data;
	opt_str next_cursor;           /* never set: a session's list is marked as a whole */
};
static const struct shape attendance_out_shape = SHAPE("Attendance", struct attendance_out,
	F(session, .of = &roster_session_shape), F(data, .of = &attendance_row_shape, .about = "All who are enrolled, in the order of their enrolments."),
	F(next_cursor));

static outcome answer(struct request *rq, int64_t course_id, int64_t session_id)
{
	static const struct keyset beginning;
	struct attendance_out out = { 0 };

	if (!roster_session_find(rq->ctx, course_id, session_id, &out.session))
		return &course_session_unknown;
	out.data = roster_attendance(rq->ctx, course_id, session_id, &beginning, STUDENTS_MAX);
	return reply(rq, &out);
}

static outcome attendance(struct request *rq)
{
	const struct session_in *in = rq->in;
	struct roster_course k;

	if (!roster_course_find(rq->ctx, in->id, &k))
		return &course_unknown;
	staff_log_look(rq->ctx, "attendance.look", "course", in->id, (str){ NULL, 0 });
	return answer(rq, in->id, in->session_id);
}

static outcome taught(struct request *rq)
{
	const struct session_in *in = rq->in;
	struct roster_course k;

	if (!roster_course_taught(rq->ctx, in->id, &k))
		return &course_unknown;
	return answer(rq, in->id, in->session_id);
}

static outcome note(struct ctx *c, void *p)
{
	const struct marks_in *in = p;

	return roster_mark(c, in->id, in->session_id, in->marks.p, in->marks.n);
}

static outcome mark(struct request *rq)
{
	struct marks_in *in = rq->in;
	struct roster_course k;
	outcome o;

	if (!roster_course_find(rq->ctx, in->id, &k))
		return &course_unknown;
	if ((o = db_tx(rq->ctx, note, in)) != OK)
		return o;
	return answer(rq, in->id, in->session_id);
}

static outcome mark_taught(struct request *rq)
{
	const struct marks_in *in = rq->in;
	struct roster_course k;

	return roster_course_taught(rq->ctx, in->id, &k) ? mark(rq) : &course_unknown;
}

const struct route roster_routes[] = {
	{ GET, "/api/v1/admin/courses/{id}/students", STAFF, students, &students_in_shape, &student_list_shape, .fails = FAILS(&course_unknown),
	  .about = "Who is in a course. The look is written down." },
	{ GET, "/api/v1/admin/courses/{id}/sessions/{session_id}/attendance", STAFF, attendance, &session_in_shape, &attendance_out_shape,
	  .fails = FAILS(&course_unknown, &course_session_unknown), .about = "Who was there." },
	{ PUT, "/api/v1/admin/courses/{id}/sessions/{session_id}/attendance", STAFF, mark, &marks_in_shape, &attendance_out_shape,
	  .fails = FAILS(&course_unknown, &course_session_unknown), .about = "Notes who was there." },
	{ GET, "/api/v1/teach/courses/{id}/sessions/{session_id}/attendance", INSTRUCTOR, taught, &session_in_shape, &attendance_out_shape,
	  .fails = FAILS(&course_unknown, &course_session_unknown), .about = "Who was there, of a course of one's own." },
	{ PUT, "/api/v1/teach/courses/{id}/sessions/{session_id}/attendance", INSTRUCTOR, mark_taught, &marks_in_shape, &attendance_out_shape,
	  .fails = FAILS(&course_unknown, &course_session_unknown), .about = "Notes who was there, in a course of one's own." },
	ROSTER_ENROLMENT_ROUTES
	ROSTER_PAGE_ROUTES
	{ 0 }
};
