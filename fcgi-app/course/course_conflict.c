#include "course/course_conflict.h"

#include "core/i18n.h"
#include "course/course_pages.h"
#include "instructor/instructor.h"
#include "web/form.h"
#include "web/lists.h"
#include "web/page_form.h"
#include "web/view.h"

const struct shape course_difference_shape = SHAPE("CourseFormDifference", struct course_difference,
	F(label), F(base), F(stored), F(typed), F(touched));

/* -- as a browser sends it ------------------------------------------------------------------------------------------- */

static void put_pair(struct ctx *c, struct buf *b, str name, str value)
{
	if (b->n)
		buf_char(b, '&');
	buf_str(b, str_url_encode(c->arena, name));
	buf_char(b, '=');
	buf_str(b, str_url_encode(c->arena, value));
}

static void put_sessions(struct ctx *c, struct buf *b, list l)
{
	const struct course_session *s = l.p;

	for (size_t i = 0; i < l.n; i++) {
		str at = str_fmt(c->arena, "sessions[%zu].", i);

		put_pair(c, b, str_join(c->arena, at, S("starts_at")), view_local(c->arena, s[i].starts_at));
		put_pair(c, b, str_join(c->arena, at, S("ends_at")), view_local(c->arena, s[i].ends_at));
		put_pair(c, b, str_join(c->arena, at, S("room")), s[i].room);
	}
}

str course_form_text(struct ctx *c, const struct course_input *in)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < course_input_shape.n; i++) {
		const struct field *f = &course_input_shape.fields[i];
		str name = { f->name, f->name_len };

		if (f->read_only)
			continue;
		if (f->kind == K_LIST)
			put_sessions(c, &b, in->sessions);
		else
			put_pair(c, &b, name, f->kind == K_WHEN ? view_local(c->arena, *(const when *)shape_at(in, f)) :
				 shape_to_text(c->arena, f, in));
	}
	return buf_text(&b);
}

/* -- what was touched ------------------------------------------------------------------------------------------------ */

struct gathering {
	struct ctx *c;
	str member;
	struct buf text;
	bool found;
};

static bool is_of(str name, str member)
{
	return str_starts(name, member) && (name.n == member.n || name.p[member.n] == '[');
}

/* Line breaks come back as two characters, and the number of a row depends on the rows that were left empty. */
static void gather(void *arg, str name, str value)
{
	struct gathering *g = arg;
	str inside, row_member = { NULL, 0 };

	if (!is_of(name, g->member))
		return;
	g->found = true;
	value = str_trim(value);
	if (name.n > g->member.n) {
		str_split(name, ']', &inside, &row_member);
		if (value.n == 0)
			return;
		buf_char(&g->text, '\n');
		buf_str(&g->text, row_member);
		buf_char(&g->text, '=');
	}
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] != '\r')
			buf_char(&g->text, value.p[i]);
}

static str said_of(struct ctx *c, str form, str member, bool *found)
{
	struct gathering g = { c, member, buf_in(c->arena), false };

	form_each(c, form, gather, &g);
	*found = g.found;
	return buf_text(&g.text);
}

/* Rows of the timetable that were all emptied, or are not there at all, take its sessions out; another field that is missing says nothing. */
uint64_t course_form_touched(struct ctx *c, str typed, str base)
{
	uint64_t touched = 0;

	for (size_t i = 0; i < course_input_shape.n; i++) {
		const struct field *f = &course_input_shape.fields[i];
		str member = { f->name, f->name_len };
		bool is_typed, is_known;
		str a = said_of(c, typed, member, &is_typed), b = said_of(c, base, member, &is_known);

		if (!f->read_only && (is_typed || f->kind == K_LIST) && !str_eq(a, b))
			touched |= UINT64_C(1) << i;
	}
	return touched;
}

struct merging {
	struct ctx *c;
	struct buf text;
	uint64_t members;
	bool others;               /* also what is no member: the token, the version */
};

static void take_members(void *arg, str name, str value)
{
	struct merging *m = arg;
	const struct field *f;
	str member, rest;

	str_split(name, '[', &member, &rest);
	f = shape_field(&course_input_shape, member);
	if (f ? m->members >> (f - course_input_shape.fields) & 1 : m->others)
		put_pair(m->c, &m->text, name, value);
}

str course_form_merged(struct ctx *c, str typed, str now, uint64_t touched)
{
	struct merging m = { c, buf_in(c->arena), touched, true };

	form_each(c, typed, take_members, &m);
	m.members = ~touched;
	m.others = false;
	form_each(c, now, take_members, &m);
	return buf_text(&m.text);
}

/* -- in words -------------------------------------------------------------------------------------------------------- */

static str sessions_shown(struct ctx *c, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < in->sessions.n; i++)
		buf_fmt(&b, "%s%.*s–%.*s %.*s", i ? "\n" : "", STR(i18n_when(c->arena, c->locale, s[i].starts_at)),
			STR(str_after(view_local(c->arena, s[i].ends_at), 11)), STR(s[i].room));
	return buf_text(&b);
}

static str shown(struct ctx *c, const struct field *f, const struct course_input *in)
{
	str name = { f->name, f->name_len };

	if (str_eq(name, S("category_id")))
		return str_trim(id_option_label(course_category_options(c), in->category_id));
	if (str_eq(name, S("instructor_id")))
		return id_option_label(instructor_options(c, in->instructor_id), in->instructor_id);
	if (str_eq(name, S("term_id")))
		return id_option_label(course_term_options(c), in->term_id.v);
	if (str_eq(name, S("sessions")))
		return sessions_shown(c, in);
	if (f->kind == K_MONEY)
		return i18n_money(c->arena, c->locale, in->price);
	if (f->kind == K_WHEN)
		return i18n_when(c->arena, c->locale, *(const when *)shape_at(in, f));
	if (f->kind == K_OPT_DAY && !in->decide_on.set)
		return (str){ NULL, 0 };
	return shape_to_text(c->arena, f, in);
}

/* What a browser brings back as the base is no form that somebody filled in: what is wrong with it is not said. */
static struct course_input read_base(struct ctx *c, str base)
{
	struct field_error *errors = c->errors;
	struct course_input in = { 0 };
	uint64_t given;

	form_read(c, &course_input_shape, &in, &given, base);
	c->errors = errors;
	return in;
}

list course_differences(struct ctx *c, str base, const struct course_input *stored, const struct course_input *typed, uint64_t touched)
{
	uint64_t theirs = course_form_touched(c, course_form_text(c, stored), base);
	struct course_difference *d = arena_array(c->arena, struct course_difference, course_input_shape.n);
	struct course_input opened = read_base(c, base);
	size_t n = 0;

	for (size_t i = 0; i < course_input_shape.n; i++) {
		const struct field *f = &course_input_shape.fields[i];
		bool mine = touched >> i & 1;

		if (theirs >> i & 1)
			d[n++] = (struct course_difference){ page_field_words(c, "label", &course_input_shape, f),
							     shown(c, f, &opened), shown(c, f, stored), mine ? shown(c, f, typed) : (str){ NULL, 0 },
							     mine };
	}
	return (list){ d, n };
}
