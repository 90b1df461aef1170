#include "roster/roster.h"

#include <stdlib.h>

#include "account/account.h"
#include "instructor/instructor.h"
#include "roster/roster_private.h"
#include "staff_log/staff_log.h"
#include "web/route.h"

const struct failure course_session_unknown = { 404, "course_session_unknown" };

const char *const attendance_states[] = { "present", "late", "absent", "excused", NULL };
const char *const roster_wanted[] = { "active", "cancelled", "any", NULL };
const char *const roster_sources[] = { "online", "desk", NULL };
static const char *const student_statuses[] = { "active", "cancelled", NULL };

const struct shape roster_course_shape = SHAPE("RosterCourse", struct roster_course, F(id), F(instructor_id), F(title));
const struct shape roster_person_shape = ID_NAME_SHAPE("RosterPerson");
const struct shape roster_session_shape = SHAPE("RosterSession", struct roster_session, F(id), F(starts_at), F(ends_at), F(room));
const struct shape roster_session_choice_shape = SHAPE("RosterSessionChoice", struct roster_session,
	F(id), F(starts_at), F(ends_at), F(room), F(chosen));

static const struct shape attended_shape = SHAPE("Attended", struct attended, F(present), F(late), F(absent), F(excused));
const struct shape student_shape = SHAPE("Student", struct student,
	F(enrolment_id), F(member, .of = &roster_person_shape), F(phone, .about = "Masked: 010-****-5678."), F(paid),
	F(status, .words = student_statuses, .called = "enrolment"), F(source, .words = roster_sources, .called = "enrolment"), F(enrolled_at),
	F(attended, .of = &attended_shape, .about = "Sessions of this course, by how the member attended them."));

const struct shape attendance_mark_shape = SHAPE("AttendanceMark", struct attendance_mark,
	F(enrolment_id, .min = 1), F(state, .words = attendance_states));
const struct shape attendance_row_shape = SHAPE("AttendanceRow", struct attendance_row,
	F(enrolment_id), F(member, .of = &roster_person_shape), F(state, .about = "present, late, absent, excused; null: not noted yet."),
	F(noted_at), F(noted_by, .about = "The name of who noted it."));

struct counted {
	int64_t enrolment_id, present, late, absent, excused;
};
static const struct shape counted_shape = SHAPE("AttendanceCount", struct counted,
	F(enrolment_id), F(present), F(late), F(absent), F(excused));

/* A mark as it stands; state empty: there is none. */
struct standing {
	int64_t enrolment_id;
	opt_str state;
};
static const struct shape standing_shape = SHAPE("AttendanceStanding", struct standing, F(enrolment_id), F(state));

struct marks_log {
	int64_t session_id;
	list marks;
};
static const struct shape marks_log_shape = SHAPE("AttendanceLog", struct marks_log, F(session_id), F(marks, .of = &attendance_mark_shape));

SQL(select_course, "SELECT id, instructor_id, title FROM course_brief WHERE id = ?");
SQL(select_sessions, "SELECT id, starts_at, ends_at, room, FALSE AS chosen FROM course_meeting WHERE course_id = ? ORDER BY starts_at, id");
SQL(select_session, "SELECT id, starts_at, ends_at, room FROM course_meeting WHERE id = ? AND course_id = ?");
/* Locked, so that it does not go before the marks are there. */
SQL(share_session, "SELECT id FROM course_meeting WHERE id = ? AND course_id = ? LOCK IN SHARE MODE");
SQL(count_attended,
	"SELECT STRAIGHT_JOIN a.enrolment_id, COUNT(IF(a.state = 'present', 1, NULL)) AS present, COUNT(IF(a.state = 'late', 1, NULL)) AS late, "
	"COUNT(IF(a.state = 'absent', 1, NULL)) AS absent, COUNT(IF(a.state = 'excused', 1, NULL)) AS excused "
	"FROM course_meeting s JOIN attendance a ON a.session_id = s.id WHERE s.course_id = ? AND a.enrolment_id BETWEEN ? AND ? "
	"GROUP BY a.enrolment_id");
SQL(select_standing,
	"SELECT e.id AS enrolment_id, a.state FROM enrolment_brief e LEFT JOIN attendance a ON a.session_id = ? AND a.enrolment_id = e.id "
	"WHERE e.course_id = ? AND e.status = 'active' AND e.id >= ? ORDER BY e.id LIMIT ?");
/* What was said before stays as it was noted. The assignments are made from left to right. */
SQL(note,
	"INSERT INTO attendance (session_id, enrolment_id, state, noted_at, noted_by) VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE "
	"noted_at = IF(state = VALUES(state), noted_at, VALUES(noted_at)), noted_by = IF(state = VALUES(state), noted_by, VALUES(noted_by)), "
	"state = VALUES(state)");

bool roster_course_find(struct ctx *c, int64_t id, struct roster_course *k)
{
	return db_one(c, &select_course, &roster_course_shape, k, arg(id));
}

bool roster_course_taught(struct ctx *c, int64_t id, struct roster_course *k)
{
	int64_t who = instructor_of_member(c, c->who.id);

	return who && roster_course_find(c, id, k) && k->instructor_id == who;
}

list roster_sessions(struct ctx *c, int64_t course_id, int64_t chosen)
{
	list l = db_all(c, &select_sessions, &roster_session_choice_shape, arg(course_id));
	struct roster_session *s = l.p;

	for (size_t i = 0; i < l.n; i++)
		s[i].chosen = s[i].id == chosen;
	return l;
}

bool roster_session_find(struct ctx *c, int64_t course_id, int64_t id, struct roster_session *s)
{
	return db_one(c, &select_session, &roster_session_shape, s, arg(id), arg(course_id));
}

int64_t roster_session_now(struct ctx *c, const list *sessions)
{
	const struct roster_session *s = sessions->p;
	day today = when_day_in_seoul(c->now);

	for (size_t i = 0; i < sessions->n; i++)
		if (when_day_in_seoul(s[i].starts_at).days >= today.days)
			return s[i].id;
	return sessions->n ? s[sessions->n - 1].id : 0;
}

/* -- who is in it ------------------------------------------------------------------------------------------------------- */

static int by_enrolment(const void *key, const void *row)
{
	int64_t id = *(const int64_t *)key, at = ((const struct counted *)row)->enrolment_id;

	return (id > at) - (id < at);
}

static int counted_order(const void *a, const void *b)
{
	return by_enrolment(&((const struct counted *)a)->enrolment_id, b);
}

static void count_attendance(struct ctx *c, int64_t course_id, list rows)
{
	struct student *s = rows.p;
	int64_t least = INT64_MAX, most = 0;
	list l;

	for (size_t i = 0; i < rows.n; i++) {
		least = s[i].enrolment_id < least ? s[i].enrolment_id : least;
		most = s[i].enrolment_id > most ? s[i].enrolment_id : most;
	}
	if (!rows.n)
		return;
	l = db_all(c, &count_attended, &counted_shape, arg(course_id), arg(least), arg(most));
	if (l.n)
		qsort(l.p, l.n, sizeof(struct counted), counted_order);
	for (size_t i = 0; l.n && i < rows.n; i++) {
		const struct counted *n = bsearch(&s[i].enrolment_id, l.p, l.n, sizeof(*n), by_enrolment);

		if (n)
			s[i].attended = (struct attended){ n->present, n->late, n->absent, n->excused };
	}
}

static const struct sort_key by_id[] = { { "e.id", .descending = false } };

list roster_students(struct ctx *c, int64_t course_id, enum roster_wanted wanted, const struct keyset *from, int64_t limit, bool full_phone)
{
	struct query q = query_from(c, "SELECT STRAIGHT_JOIN e.id AS enrolment_id, m.id AS `member.id`, m.name AS `member.name`, ");
	struct student *s;
	list l;

	query_add(&q, "m.phone, e.paid, e.status, e.source, e.created_at AS enrolled_at, 0 AS `attended.present`, 0 AS `attended.late`, "
		  "0 AS `attended.absent`, 0 AS `attended.excused` FROM enrolment_brief e JOIN member_contact m ON m.id = e.member_id "
		  "WHERE e.course_id = ?", arg(course_id));
	if (wanted != ROSTER_ANY)
		query_add(&q, " AND e.status = ?", arg(str_of(roster_wanted[wanted])));
	query_keyset(&q, from, by_id, 1, limit);
	l = query_all(c, &q, &student_shape);
	s = l.p;
	for (size_t i = 0; i < l.n && !full_phone; i++)
		s[i].phone = account_masked_phone(c, s[i].phone);
	count_attendance(c, course_id, l);
	return l;
}

/* -- who was there ------------------------------------------------------------------------------------------------------ */

list roster_attendance(struct ctx *c, int64_t course_id, int64_t session_id, const struct keyset *from, int64_t limit)
{
	struct query q = query_from(c, "SELECT STRAIGHT_JOIN e.id AS enrolment_id, m.id AS `member.id`, m.name AS `member.name`, a.state, "
		"a.noted_at, n.name AS noted_by FROM enrolment_brief e JOIN member_name m ON m.id = e.member_id ");

	query_add(&q, "LEFT JOIN attendance a ON a.session_id = ? AND a.enrolment_id = e.id LEFT JOIN member_name n ON n.id = a.noted_by ",
		  arg(session_id));
	query_add(&q, "WHERE e.course_id = ? AND e.status = 'active'", arg(course_id));
	query_keyset(&q, from, by_id, 1, limit);
	return query_all(c, &q, &attendance_row_shape);
}

static int mark_order(const void *a, const void *b)
{
	const struct attendance_mark *const *x = a, *const *y = b;

	return ((*x)->enrolment_id > (*y)->enrolment_id) - ((*x)->enrolment_id < (*y)->enrolment_id);
}

/* Pointers to them, ascending by enrolment: the order in which rows are locked. */
static const struct attendance_mark **in_order(struct ctx *c, const struct attendance_mark *m, size_t n)
{
	const struct attendance_mark **p = arena_array(c->arena, const struct attendance_mark *, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = &m[i];
	if (n)
		qsort(p, n, sizeof(*p), mark_order);
	return p;
}

struct noting {
	int64_t course_id, session_id;
	const struct attendance_mark *marks;
	const struct attendance_mark **sorted;
	size_t n;
	struct arg *rows;
	size_t changed;
	struct attendance_mark *before, *after;
	size_t n_before;
};

static void wrong_mark(struct ctx *c, const struct noting *v, const struct attendance_mark *m, const char *code)
{
	fail_field(c, str_fmt(c->arena, "marks[%zu].enrolment_id", (size_t)(m - v->marks)), code, (str){ NULL, 0 });
}

static void take_mark(struct ctx *c, struct noting *v, const struct attendance_mark *m, const struct standing *s)
{
	str word = str_of(attendance_states[m->state]);
	struct arg *r = &v->rows[v->changed * 5];

	if (s->state.set && str_eq(s->state.v, word))
		return;
	r[0] = arg(v->session_id);
	r[1] = arg(m->enrolment_id);
	r[2] = arg(word);
	r[3] = arg(c->now);
	r[4] = arg(c->who.id);
	if (s->state.set)
		v->before[v->n_before++] = (struct attendance_mark){ m->enrolment_id, shape_word(&attendance_mark_shape.fields[1], s->state.v) };
	v->after[v->changed++] = *m;
}

/* Both in the order of enrolments: each mark is held against who is enrolled. */
static void compare(struct ctx *c, struct noting *v)
{
	enum { BATCH = 500 };
	list l = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < v->n; i++) {
		const struct attendance_mark *m = v->sorted[i];
		const struct standing *s = l.p;

		if (i && v->sorted[i - 1]->enrolment_id == m->enrolment_id) {
			wrong_mark(c, v, m, "duplicate");
			continue;
		}
		while (at < l.n && s[at].enrolment_id < m->enrolment_id)
			at++;
		if (at == l.n) {
			l = db_all(c, &select_standing, &standing_shape, arg(v->session_id), arg(v->course_id), arg(m->enrolment_id),
				   arg((int64_t)BATCH));
			s = l.p;
			at = 0;
		}
		if (at < l.n && s[at].enrolment_id == m->enrolment_id)
			take_mark(c, v, m, &s[at]);
		else
			wrong_mark(c, v, m, "not_enrolled");
	}
}

outcome roster_mark(struct ctx *c, int64_t course_id, int64_t session_id, const struct attendance_mark *marks, size_t n)
{
	struct noting v = { course_id, session_id, marks, in_order(c, marks, n), n, arena_array(c->arena, struct arg, n * 5 + 1), 0,
			    arena_array(c->arena, struct attendance_mark, n + 1), arena_array(c->arena, struct attendance_mark, n + 1), 0 };

	if (!db_int(c, &share_session, 0, arg(session_id), arg(course_id)))
		return &course_session_unknown;
	compare(c, &v);
	if (c->errors)
		return &invalid;
	if (!v.changed)
		return OK;
	db_bulk(c, &note, v.rows, v.changed, 5);
	if (c->who.roles & STAFF) {
		struct marks_log before = { session_id, { v.before, v.n_before } }, after = { session_id, { v.after, v.changed } };

		staff_log_add(c, "attendance.mark", "course", course_id, &marks_log_shape, &before, &after, (str){ NULL, 0 });
	}
	return OK;
}
