/* roster/roster_attendance.c -- who was there, as a page: for the staff, and for the instructor. */
#include "queue/queue.h"
#include "roster/roster_routes.h"
#include "staff_log/staff_log.h"

/* A form has room for 500 values, and a row takes two. */
enum { ROWS_MAX = 200 };

struct attendance_in {
	int64_t id;
	opt_int session;
	opt_str cursor;
	int64_t limit;
};
const struct shape roster_attendance_in_shape = SHAPE("AttendancePageOf", struct attendance_in,
	F(id, .read_only = true), F(session, .min = 1), F(cursor),
	F(limit, .optional = true, .dflt = ROWS_MAX, .min = 1, .max = ROWS_MAX));

/* What a form sends: nothing chosen is "unmarked", which changes nothing. */
static const char *const typed_states[] = { "unmarked", "present", "late", "absent", "excused", NULL };
struct typed_mark {
	int64_t enrolment_id;
	int state;
};
static const struct shape typed_mark_shape = SHAPE("TypedMark", struct typed_mark,
	F(enrolment_id, .min = 1), F(state, .optional = true, .words = typed_states));

struct attendance_form {
	int64_t id, session;
	str page;                      /* the cursor of the page that it is on, to come back to */
	bool all;
	list marks;
};
const struct shape roster_attendance_form_shape = SHAPE("AttendanceForm", struct attendance_form,
	F(id, .read_only = true), F(session, .min = 1), F(page, .optional = true, .max = 64, .pattern = "^[A-Za-z0-9_-]*$"),
	F(all, .optional = true, .about = "Whoever has no mark was there."),
	F(marks, .of = &typed_mark_shape, .optional = true, .max = ROWS_MAX));

struct page_row {
	int64_t n, enrolment_id;
	str name;
	bool present, late, absent, excused;
	opt_when noted_at;
	opt_str noted_by;
};
static const struct shape page_row_shape = SHAPE("AttendancePageRow", struct page_row,
	F(n), F(enrolment_id), F(name), F(present), F(late), F(absent), F(excused), F(noted_at), F(noted_by));

struct attendance_page {
	struct roster_course course;
	list sessions;
	struct roster_session session;
	list rows;
	int64_t marked, unmarked;
	opt_str next_cursor, prev_cursor;
	str base, here;
};
const struct shape roster_attendance_page_shape = SHAPE("AttendancePage", struct attendance_page,
	F(course, .of = &roster_course_shape), F(sessions, .of = &roster_session_choice_shape),
	F(session, .of = &roster_session_shape, .or_null = true), F(rows, .of = &page_row_shape), F(marked), F(unmarked),
	F(next_cursor), F(prev_cursor), F(base), F(here));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct attendance_row *)row)->enrolment_id;
}

/* The form that was refused keeps what was typed. */
static int typed_state(const struct attendance_form *form, int64_t enrolment_id)
{
	const struct typed_mark *m = form ? form->marks.p : NULL;

	for (size_t i = 0; m && i < form->marks.n; i++)
		if (m[i].enrolment_id == enrolment_id)
			return m[i].state;
	return 0;
}

static void fill_rows(struct ctx *c, struct attendance_page *p, const list *found, const struct attendance_form *form)
{
	const struct attendance_row *r = found->p;
	struct page_row *out = arena_array(c->arena, struct page_row, found->n + 1);

	for (size_t i = 0; i < found->n; i++) {
		int state = typed_state(form, r[i].enrolment_id);

		if (!state && r[i].state.set)
			state = shape_word(&typed_mark_shape.fields[1], r[i].state.v);
		p->marked += r[i].state.set;
		out[i] = (struct page_row){ (int64_t)i, r[i].enrolment_id, r[i].member.name, state == 1, state == 2, state == 3, state == 4,
					    r[i].noted_at, r[i].noted_by };
	}
	p->unmarked = (int64_t)found->n - p->marked;
	p->rows = (list){ out, found->n };
}

/* The page of the list that was refused begins with the first of its marks. */
static struct keyset from_first(const struct attendance_form *form)
{
	const struct typed_mark *m = form->marks.p;
	struct keyset k = { 0 };

	for (size_t i = 0; i < form->marks.n; i++)
		if (!k.set || m[i].enrolment_id <= k.n[0])
			k = (struct keyset){ .set = true, .n = { m[i].enrolment_id - 1 } };
	return k;
}

static outcome show(struct request *rq, struct attendance_page *p, opt_int session, const struct attendance_form *form, const char *under)
{
	struct ctx *c = rq->ctx;
	struct list_out found = { 0 };
	int64_t chosen;

	p->sessions = roster_sessions(c, p->course.id, 0);
	chosen = session.set ? session.v : roster_session_now(c, &p->sessions);
	if (chosen && !roster_session_find(c, p->course.id, chosen, &p->session))
		return &course_session_unknown;
	p->sessions = roster_sessions(c, p->course.id, chosen);
	p->base = str_fmt(c->arena, "/%s/courses/%lld/attendance", under, (long long)p->course.id);
	if (rq->method == GET)         /* the links of the list name the session that it is of */
		((struct attendance_in *)rq->in)->session = (opt_int){ chosen > 0, chosen };
	else if (form)
		rq->cursor = from_first(form);
	if (chosen)
		list_page(rq, &found, roster_attendance(c, p->course.id, chosen, &rq->cursor, ROWS_MAX), &attendance_row_shape, ROWS_MAX, keys);
	fill_rows(c, p, &found.data, form);
	if (rq->method == GET) {
		p->next_cursor = found.next_cursor;
		p->prev_cursor = found.prev_cursor;
	}
	return reply(rq, p);
}

static outcome page(struct request *rq, const struct roster_course *k, const char *under)
{
	struct attendance_page p = { .course = *k };

	if (rq->method == POST) {
		const struct attendance_form *form = rq->in;

		p.here = form->page;
		return show(rq, &p, (opt_int){ form->session > 0, form->session }, form, under);
	}
	p.here = ((const struct attendance_in *)rq->in)->cursor.v;
	return show(rq, &p, ((const struct attendance_in *)rq->in)->session, NULL, under);
}

static int64_t course_id(const struct request *rq)
{
	return rq->method == POST ? ((const struct attendance_form *)rq->in)->id : ((const struct attendance_in *)rq->in)->id;
}

outcome roster_page_attendance(struct request *rq)
{
	struct roster_course k;

	if (!roster_course_find(rq->ctx, course_id(rq), &k))
		return &course_unknown;
	if (rq->method == GET)
		staff_log_look(rq->ctx, "attendance.look", "course", k.id, (str){ NULL, 0 });
	return page(rq, &k, "admin");
}

outcome roster_page_teach(struct request *rq)
{
	struct roster_course k;

	return roster_course_taught(rq->ctx, course_id(rq), &k) ? page(rq, &k, "teach") : &course_unknown;
}

/* What was chosen, and with `all` everybody else as present. */
static size_t marks_of(const struct attendance_form *form, struct attendance_mark *marks)
{
	const struct typed_mark *m = form->marks.p;
	size_t n = 0;

	for (size_t i = 0; i < form->marks.n; i++)
		if (m[i].state || form->all)
			marks[n++] = (struct attendance_mark){ m[i].enrolment_id, m[i].state ? m[i].state - 1 : (int)ATTENDANCE_PRESENT };
	return n;
}

static outcome note(struct ctx *c, void *p)
{
	const struct attendance_form *form = p;
	struct attendance_mark *marks = arena_array(c->arena, struct attendance_mark, form->marks.n + 1);

	return roster_mark(c, form->id, form->session, marks, marks_of(form, marks));
}

static outcome save(struct request *rq, const char *under)
{
	struct attendance_form *form = rq->in;
	outcome o = db_tx(rq->ctx, note, form);

	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/%s/courses/%lld/attendance?session=%lld&done=saved%s%.*s", under, (long long)form->id,
					   (long long)form->session, form->page.n ? "&cursor=" : "", STR(form->page)));
}

outcome roster_page_mark(struct request *rq)
{
	struct roster_course k;

	return roster_course_find(rq->ctx, course_id(rq), &k) ? save(rq, "admin") : &course_unknown;
}

outcome roster_page_teach_mark(struct request *rq)
{
	struct roster_course k;

	return roster_course_taught(rq->ctx, course_id(rq), &k) ? save(rq, "teach") : &course_unknown;
}
