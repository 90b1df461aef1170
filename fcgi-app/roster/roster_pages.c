/* roster/roster_pages.c -- the roster as a page, as a file, and on paper. */
#include <string.h>

#include "queue/queue.h"
#include "roster/roster_routes.h"
#include "staff_log/staff_log.h"

/* The file's form stands at the end of the page. */
struct csv_in {
	int64_t id;
	int status;
	str purpose;
};
const struct shape roster_csv_in_shape = SHAPE("StudentFile", struct csv_in,
	F(id, .read_only = true), F(status, .optional = true, .words = roster_wanted),
	F(purpose, .min = 1, .max = 200, .about = "What the telephone numbers are needed for; it is written down."));

/* -- page --------------------------------------------------------------------------------------------------------------- */

struct students_page {
	struct roster_course course;
	list data;
	opt_str next_cursor, prev_cursor;
	int status;
	struct csv_in form;
};
const struct shape roster_students_page_shape = SHAPE("StudentsPage", struct students_page,
	F(course, .of = &roster_course_shape), F(data, .of = &student_shape), F(next_cursor), F(prev_cursor), F(status, .words = roster_wanted),
	F(form, .of = &roster_csv_in_shape));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct student *)row)->enrolment_id;
}

outcome roster_page_students(struct request *rq)
{
	const struct students_in *in = rq->in;
	struct students_page p = { .status = in->status };
	struct list_out found = { 0 };

	if (!roster_course_find(rq->ctx, in->id, &p.course))
		return &course_unknown;
	staff_log_look(rq->ctx, "roster.look", "course", in->id, in->purpose.v);
	list_page(rq, &found, roster_students(rq->ctx, in->id, (enum roster_wanted)in->status, &rq->cursor, in->limit, false), &student_shape,
		  in->limit, keys);
	p.data = found.data;
	p.next_cursor = found.next_cursor;
	p.prev_cursor = found.prev_cursor;
	return reply(rq, &p);
}

/* -- file --------------------------------------------------------------------------------------------------------------- */

/* Without a purpose there is no file: its form is shown again, where it stands. */
outcome roster_page_csv_again(struct request *rq)
{
	static const struct keyset beginning;
	const struct csv_in *in = rq->in;
	enum roster_wanted wanted = in->status < 0 ? ROSTER_ACTIVE : (enum roster_wanted)in->status;      /* below 0: no such word */
	struct students_page p = { .status = (int)wanted, .form = *in };
	struct list_out found = { 0 };
	int64_t limit = 20;

	if (!roster_course_find(rq->ctx, in->id, &p.course))
		return &course_unknown;
	staff_log_look(rq->ctx, "roster.look", "course", in->id, (str){ NULL, 0 });
	list_page(rq, &found, roster_students(rq->ctx, in->id, wanted, &beginning, limit, false), &student_shape, limit,
		  keys);
	p.data = found.data;
	return reply(rq, &p);
}

/* What one system or another takes no file name with. */
static str file_name(struct ctx *c, str title)
{
	char *p = arena_text(c->arena, title.n);

	for (size_t i = 0; i < title.n; i++)
		p[i] = memchr("/\\:*?\"<>|", title.p[i], 9) ? '-' : title.p[i];
	return (str){ p, title.n };
}

/* RFC 6266: a name in ASCII for old programs, and the course's own for all others. */
static str disposition(struct ctx *c, const struct roster_course *k)
{
	day today = when_day_in_seoul(c->now);
	str name = str_fmt(c->arena, "%.*s %.*s.csv", STR(file_name(c, k->title)), STR(day_text(c->arena, today)));

	return str_fmt(c->arena, "attachment; filename=\"students-%lld.csv\"; filename*=UTF-8''%.*s", (long long)k->id,
		       STR(str_url_encode(c->arena, name)));
}

outcome roster_page_csv(struct request *rq)
{
	const struct csv_in *in = rq->in;
	struct roster_course k;

	if (!roster_course_find(rq->ctx, in->id, &k))
		return &course_unknown;
	staff_log_look(rq->ctx, "roster.csv", "course", in->id, in->purpose);
	reply_text(rq, 200, S("text/csv; charset=utf-8"), roster_csv(rq->ctx, in->id, (enum roster_wanted)in->status));
	reply_header(rq, S("Content-Disposition"), disposition(rq->ctx, &k));
	reply_header(rq, S("Cache-Control"), S("no-store"));
	return OK;
}

/* -- paper -------------------------------------------------------------------------------------------------------------- */

struct sheet_in {
	int64_t id;
	opt_int session;
};
const struct shape roster_sheet_in_shape = SHAPE("SheetOf", struct sheet_in, F(id, .read_only = true), F(session, .min = 1));

enum { SHEET_MAX = 10000 };

struct sheet_row {
	int64_t n;
	str name, phone;
};
static const struct shape sheet_row_shape = SHAPE("SheetRow", struct sheet_row, F(n), F(name), F(phone));

struct sheet_page {
	struct roster_course course;
	list sessions;
	struct roster_session session;
	list rows;
	str printed_by;
	when printed_at;
};
const struct shape roster_sheet_page_shape = SHAPE("SheetPage", struct sheet_page,
	F(course, .of = &roster_course_shape), F(sessions, .of = &roster_session_choice_shape),
	F(session, .of = &roster_session_shape, .or_null = true), F(rows, .of = &sheet_row_shape), F(printed_by), F(printed_at));

static list sheet_rows(struct ctx *c, int64_t course_id)
{
	static const struct keyset beginning;
	list l = roster_students(c, course_id, ROSTER_ACTIVE, &beginning, SHEET_MAX, false);
	const struct student *s = l.p;
	struct sheet_row *r = arena_array(c->arena, struct sheet_row, l.n + 1);

	for (size_t i = 0; i < l.n; i++)
		r[i] = (struct sheet_row){ (int64_t)i + 1, s[i].member.name, s[i].phone };
	return (list){ r, l.n };
}

outcome roster_page_sheet(struct request *rq)
{
	const struct sheet_in *in = rq->in;
	struct ctx *c = rq->ctx;
	struct sheet_page p = { .printed_by = c->who.name, .printed_at = c->now };
	int64_t session;

	if (!roster_course_find(c, in->id, &p.course))
		return &course_unknown;
	p.sessions = roster_sessions(c, in->id, 0);
	session = in->session.set ? in->session.v : roster_session_now(c, &p.sessions);
	if (session && !roster_session_find(c, in->id, session, &p.session))
		return &course_session_unknown;
	p.sessions = roster_sessions(c, in->id, session);
	staff_log_look(c, "roster.sheet", "course", in->id, (str){ NULL, 0 });
	p.rows = sheet_rows(c, in->id);
	return reply(rq, &p);
}
