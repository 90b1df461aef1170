/* course/course_form.c -- the form of a course: what was typed stays, whatever is wrong with it. */
#include <string.h>

#include "core/i18n.h"
#include "course/course.h"
#include "course/course_conflict.h"
#include "course/course_routes.h"
#include "instructor/instructor.h"
#include "queue/queue.h"
#include "staff_log/staff_log.h"
#include "web/form.h"
#include "web/view.h"

struct room_option {
	str name;
};
static const struct shape room_option_shape = SHAPE("RoomOption", struct room_option, F(name));

SQL(select_rooms, "SELECT name FROM room WHERE active ORDER BY name LIMIT 200");

/* A session of another course that is in the way. */
struct clash_row {
	int64_t number, course_id;           /* of the session, from 1 */
	str title, room;
	when starts_at, ends_at;
	bool of_room;
};
static const struct shape clash_row_shape = SHAPE("CourseFormClash", struct clash_row,
	F(number), F(course_id), F(title), F(room), F(starts_at), F(ends_at), F(of_room));

struct form_page {
	struct course_input form;
	list category_id_options, instructor_id_options, term_id_options;
	list rooms, clashes, differences;
	str stored_title, weeks;
	str base;                          /* what the form was opened with */
	int64_t version;                   /* that a save is to be based on */
	bool conflict;                     /* somebody else saved meanwhile */
};
const struct shape course_page_form_shape = SHAPE("CourseFormPage", struct form_page,
	F(form, .of = &course_input_shape), F(category_id_options, .of = &id_option_shape),
	F(instructor_id_options, .of = &id_option_shape), F(term_id_options, .of = &id_option_shape), F(rooms, .of = &room_option_shape),
	F(clashes, .of = &clash_row_shape), F(differences, .of = &course_difference_shape), F(stored_title), F(weeks),
	F(base), F(version), F(conflict));

/* -- the rows of the timetable --------------------------------------------------------------------------------------- */

enum { ROWS_MAX = 220, WEEKS_MAX = 60 };

struct typed_row {
	int64_t at;                        /* its number in the form */
	str starts_at, ends_at, room;
};

struct typed_rows {
	struct ctx *c;
	struct typed_row row[ROWS_MAX];
	size_t n;
	struct buf rest;                   /* all other fields */
};

static struct typed_row *row_at(struct typed_rows *t, int64_t at)
{
	size_t i = 0;

	while (i < t->n && t->row[i].at < at)
		i++;
	if (i < t->n && t->row[i].at == at)
		return &t->row[i];
	if (t->n == ROWS_MAX)
		return NULL;
	memmove(&t->row[i + 1], &t->row[i], (t->n - i) * sizeof(t->row[0]));
	t->row[i] = (struct typed_row){ .at = at };
	t->n++;
	return &t->row[i];
}

static void put_pair(struct typed_rows *t, str name, str value)
{
	if (t->rest.n)
		buf_char(&t->rest, '&');
	buf_str(&t->rest, str_url_encode(t->c->arena, name));
	buf_char(&t->rest, '=');
	buf_str(&t->rest, str_url_encode(t->c->arena, value));
}

static void take_pair(void *arg, str name, str value)
{
	struct typed_rows *t = arg;
	str inside, member;
	int64_t at;
	struct typed_row *r;

	if (!str_starts(name, S("sessions[")) || !str_split(str_after(name, 9), ']', &inside, &member) || !str_int(inside, &at) || at < 0) {
		put_pair(t, name, value);
		return;
	}
	if (str_trim(value).n == 0 || !(r = row_at(t, at)))
		return;
	if (str_eq(member, S(".starts_at")))
		r->starts_at = value;
	else if (str_eq(member, S(".ends_at")))
		r->ends_at = value;
	else if (str_eq(member, S(".room")))
		r->room = value;
}

static str a_week_later(struct ctx *c, str local, int64_t weeks)
{
	when t;

	if (!when_parse(str_join(c->arena, str_trim(local), S(":00+09:00")), &t))
		return local;
	return view_local(c->arena, when_plus(t, weeks * 7 * DAY));
}

/* Counts the rows anew without those that are empty, as the rules count the sessions, and adds `weeks` more, a week after the last. How many there
 * were. */
static size_t number_rows(struct request *rq, int64_t weeks)
{
	struct typed_rows t = { .c = rq->ctx, .rest = buf_in(rq->ctx->arena) };
	size_t filled;

	form_each(rq->ctx, rq->form, take_pair, &t);
	filled = t.n;
	for (int64_t w = 1; filled > 0 && w <= weeks && t.n < ROWS_MAX; w++) {
		const struct typed_row *last = &t.row[filled - 1];

		t.row[t.n] = (struct typed_row){ last->at + w, a_week_later(rq->ctx, last->starts_at, w),
						 a_week_later(rq->ctx, last->ends_at, w), last->room };
		t.n++;
	}
	for (size_t i = 0; i < t.n; i++) {
		str at = str_fmt(rq->ctx->arena, "sessions[%zu].", i);

		put_pair(&t, str_join(rq->ctx->arena, at, S("starts_at")), t.row[i].starts_at);
		put_pair(&t, str_join(rq->ctx->arena, at, S("ends_at")), t.row[i].ends_at);
		put_pair(&t, str_join(rq->ctx->arena, at, S("room")), t.row[i].room);
	}
	rq->form = buf_text(&t.rest);
	return filled;
}

static bool wants_repeat(const struct request *rq)
{
	str v;

	return rq->form.n && form_value(rq->ctx, rq->form, S("_repeat"), &v);
}

/* The button that adds weeks: nothing is judged yet. */
static void repeat(struct request *rq)
{
	str v = { NULL, 0 };
	int64_t weeks = 0;

	rq->ctx->errors = NULL;
	if (form_value(rq->ctx, rq->form, S("_weeks"), &v) && str_int(str_trim(v), &weeks) && weeks > WEEKS_MAX)
		weeks = WEEKS_MAX;
	/* The eye stays where the hand is: at the first of the new rows. */
	rq->focus = str_fmt(rq->ctx->arena, "sessions[%zu].starts_at", number_rows(rq, weeks));
}

/* -- the page -------------------------------------------------------------------------------------------------------- */

static list clash_rows(struct ctx *c, list l)
{
	const struct course_clash *k = l.p;
	struct clash_row *r = arena_array(c->arena, struct clash_row, l.n + 1);

	for (size_t i = 0; i < l.n; i++)
		r[i] = (struct clash_row){ k[i].n + 1, k[i].course_id, k[i].title, k[i].room, k[i].starts_at, k[i].ends_at, str_eq(k[i].kind, S("room")) };
	return (list){ r, l.n };
}

static outcome reply_form(struct request *rq, struct form_page *p)
{
	const struct course_input *in = rq->in;
	struct ctx *c = rq->ctx;

	if (wants_repeat(rq))
		repeat(rq);
	if (failed_by(c, &room_taken) || failed_by(c, &instructor_busy))
		p->clashes = clash_rows(c, course_clashes(c, in->id, in->instructor_id, in->sessions.p, in->sessions.n));
	p->category_id_options = course_category_options(c);
	p->instructor_id_options = instructor_options(c, p->form.instructor_id);
	p->term_id_options = course_term_options(c);
	p->rooms = db_all(c, &select_rooms, &room_option_shape);
	p->weeks = S("7");
	if (rq->form.n)
		form_value(c, rq->form, S("_weeks"), &p->weeks);
	return reply(rq, p);
}

outcome course_page_new(struct request *rq)
{
	struct form_page p = { 0 };
	int64_t midnight = (rq->ctx->now.us + 9 * HOUR) / DAY * DAY - 9 * HOUR;

	p.form.capacity = 20;
	p.form.hold_seconds = 600;
	p.form.enrol_opens_at.us = midnight + 7 * DAY + 10 * HOUR;        /* in a week at ten in the morning, in Seoul */
	p.form.enrol_closes_at.us = midnight + 21 * DAY + 18 * HOUR;
	return reply_form(rq, &p);
}

outcome course_page_create(struct request *rq)
{
	struct course k;
	outcome o;

	if (wants_repeat(rq))
		return &invalid;
	number_rows(rq, 0);
	o = course_create(rq->ctx, rq->in, &k);
	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld?done=created", (long long)k.id));
}

/* -- somebody else was faster ---------------------------------------------------------------------------------------- */

/* What the form was opened with; `stored` if it does not say. */
static str base_sent(struct request *rq, str stored)
{
	str s;

	return rq->form.n && form_value(rq->ctx, rq->form, S("_base"), &s) && s.n ? s : stored;
}

/* Who it was and when, instead of the bare refusal. */
static void say_who(struct ctx *c, int64_t id)
{
	struct log_line l = { 0 };

	if (!staff_log_last_change(c, "course", id, &l) || !l.member.name.n)
		return;
	for (struct field_error *e = c->errors; e; e = e->next)
		if (strcmp(e->code, version_stale.code) == 0) {
			e->code = "changed_by";
			e->value = words(c, "course.conflict.who", { "name", l.member.name },
					 { "at", str_after(i18n_when(c->arena, c->locale, l.at), when_day_in_seoul(l.at).days == when_day_in_seoul(c->now).days ?
							   i18n_when(c->arena, c->locale, l.at).n - 5 : 0) });
		}
}

/* The colleague's values stand where nothing was typed, so that saving again keeps them. */
static void meet(struct request *rq, struct form_page *p, const struct course *k)
{
	str base = base_sent(rq, p->base);
	uint64_t touched = course_form_touched(rq->ctx, rq->form, base);

	p->differences = course_differences(rq->ctx, base, &p->form, rq->in, touched);
	rq->form = course_form_merged(rq->ctx, rq->form, p->base, touched);
	p->version = k->version;
	say_who(rq->ctx, k->id);
}

outcome course_page_edit(struct request *rq)
{
	struct form_page p = { 0 };
	struct course k;

	if (!course_find(rq->ctx, ((struct id_in *)rq->in)->id, true, &k))
		return &course_unknown;
	p.form = course_as_input(&k);
	p.stored_title = k.title;
	p.base = course_form_text(rq->ctx, &p.form);
	/* Who has been told of the other's change may save over it. */
	p.conflict = failed_by(rq->ctx, &version_stale);
	if (p.conflict) {
		meet(rq, &p, &k);
	} else {
		p.version = form_version(rq->ctx, rq->form, k.version);
		p.base = base_sent(rq, p.base);
	}
	return reply_form(rq, &p);
}

static void note_member(void *arg, str name, str value)
{
	const struct field *f;
	str member, rest;

	(void)value;
	str_split(name, '[', &member, &rest);
	f = shape_field(&course_input_shape, member);
	if (f && !f->read_only)
		*(uint64_t *)arg |= UINT64_C(1) << (f - course_input_shape.fields);
}

/* What the form has fields for. One that was emptied counts: rows of the timetable that are all empty take its sessions out. What stands there as
 * it was when the form was opened is no wish. */
static uint64_t members_sent(struct request *rq)
{
	uint64_t sent = 0;
	str base = base_sent(rq, (str){ NULL, 0 });

	form_each(rq->ctx, rq->form, note_member, &sent);
	return base.n ? sent & course_form_touched(rq->ctx, rq->form, base) : sent;
}

outcome course_page_save(struct request *rq)
{
	const struct course_input *in = rq->in;
	struct course_patch p = { .id = in->id, .given = members_sent(rq), .in = *in };
	struct course k;
	outcome o;

	if (wants_repeat(rq))
		return &invalid;
	p.version = some_int(form_version(rq->ctx, rq->form, 0));
	number_rows(rq, 0);
	o = course_edit(rq->ctx, &p, &k);
	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld?done=saved", (long long)in->id));
}

/* -- the same course again ------------------------------------------------------------------------------------------- */

struct copy_page {
	struct course_copying form;
	list term_id_options, clashes;
	str stored_title;
};
const struct shape course_page_copy_form_shape = SHAPE("CourseCopyPage", struct copy_page,
	F(form, .of = &course_copying_shape), F(term_id_options, .of = &id_option_shape), F(clashes, .of = &clash_row_shape), F(stored_title));

/* What is in the way of the copy that was asked for. */
static list copy_clashes(struct ctx *c, const struct course *k, const struct course_copying *in)
{
	struct course_session *s = arena_array(c->arena, struct course_session, k->sessions.n + 1);
	int64_t days = k->starts_on.set ? in->first_day.days - k->starts_on.v.days : 0;

	for (size_t i = 0; i < k->sessions.n; i++) {
		s[i] = ((const struct course_session *)k->sessions.p)[i];
		s[i].starts_at = when_plus(s[i].starts_at, days * DAY);
		s[i].ends_at = when_plus(s[i].ends_at, days * DAY);
	}
	return clash_rows(c, course_clashes(c, 0, k->instructor.id, s, k->sessions.n));
}

/* A clash stands at a session, of which this form has none: it is said of the first day. */
static void say_of_the_day(struct ctx *c)
{
	struct field_error **at = &c->errors;

	while (*at) {
		struct field_error *e = *at;

		if (str_starts(e->field, S("sessions"))) {
			if (e->next && str_starts(e->next->field, S("sessions"))) {
				*at = e->next;
				continue;
			}
			e->field = S("first_day");
		}
		at = &e->next;
	}
}

outcome course_page_copy_form(struct request *rq)
{
	struct copy_page p = { 0 };
	struct course k;

	if (!course_find(rq->ctx, *(int64_t *)rq->in, true, &k))
		return &course_unknown;
	if (failed_by(rq->ctx, &room_taken) || failed_by(rq->ctx, &instructor_busy)) {
		p.clashes = copy_clashes(rq->ctx, &k, rq->in);
		say_of_the_day(rq->ctx);
	}
	p.form.id = k.id;
	p.stored_title = k.title;
	p.term_id_options = course_term_options(rq->ctx);
	return reply(rq, &p);
}

outcome course_page_copy(struct request *rq)
{
	struct course k;
	outcome o = course_copy(rq->ctx, rq->in, &k);

	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld?done=copied", (long long)k.id));
}
