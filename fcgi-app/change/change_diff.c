/* change/change_diff.c -- a request beside its course: as JSON for programs, as words for people. */
#include "change/change_private.h"

#include <string.h>

#include "core/i18n.h"
#include "core/json.h"

const struct shape change_diff_shape = SHAPE("ChangeDiff", struct change_diff,
	F(field), F(base, .about = "As it was when the request was filed."), F(proposed), F(current, .about = "As it is now."),
	F(conflict, .about = "Somebody else changed it meanwhile, to something else."), F(sensitive));

const struct shape diff_part_shape = SHAPE("DiffPart", struct diff_part, F(text), F(ins), F(del));

const struct shape diff_words_shape = SHAPE("DiffWords", struct diff_words,
	F(field), F(label), F(base), F(proposed), F(current), F(conflict), F(sensitive), F(is_text), F(current_is_base), F(current_is_proposed),
	F(parts, .of = &diff_part_shape));

/* -- three ways ------------------------------------------------------------------------------------------------------------ */

/* Is it still to be decided, so that what the course is now matters? */
static bool is_pending(const struct change *r)
{
	return r->state == CHANGE_DRAFT || r->state == CHANGE_SUBMITTED || r->state == CHANGE_APPROVED || r->state == CHANGE_STALE;
}

static bool current_of(struct ctx *c, const struct change *r, struct change_fields *now)
{
	struct course k;

	if (!course_find(c, r->course.id, true, &k))
		return false;
	*now = change_fields_of(&k);
	return true;
}

static struct change_diff diff_of(struct ctx *c, const struct change *r, const struct asked *a, const struct change_fields *now, size_t i)
{
	struct change_diff d = { .field = { change_fields_shape.fields[i].name, change_fields_shape.fields[i].name_len },
				 .base.s = change_value(c, &a->base, i), .proposed.s = change_value(c, &a->proposed, i),
				 .current.s = change_value(c, now, i) };

	d.conflict = is_pending(r) && !str_eq(d.current.s, d.base.s) && !str_eq(d.current.s, d.proposed.s);
	d.sensitive = change_is_sensitive(CHANGE_EDIT, UINT64_C(1) << i);
	return d;
}

list change_diffs(struct ctx *c, const struct change *r)
{
	struct change_diff *d = arena_array(c->arena, struct change_diff, CHANGE_FIELDS);
	struct change_fields now;
	struct asked a;
	size_t n = 0;

	change_asked(c, r, &a);
	if (!a.bits || !current_of(c, r, &now))
		return (list){ d, 0 };
	for (size_t i = 0; i < change_fields_shape.n; i++)
		if (a.bits >> i & 1)
			d[n++] = diff_of(c, r, &a, &now, i);
	return (list){ d, n };
}

/* -- words ----------------------------------------------------------------------------------------------------------------- */

static str clock_of(struct ctx *c, struct clock_face f)
{
	return str_fmt(c->arena, "%02d:%02d", (int)f.hour, (int)f.minute);
}

static str number_of(struct ctx *c, int64_t n)
{
	return str_fmt(c->arena, "%lld", (long long)n);
}

/* "12. 3. (목) 10:00–12:00 · 101호"; with its year, if that is not this year. */
static str session_words(struct ctx *c, const struct course_session *s)
{
	struct clock_face f = when_in_seoul(s->starts_at), t = when_in_seoul(s->ends_at);
	const char *weekday = str_z(c->arena, str_fmt(c->arena, "change.weekday.%d", (int)f.weekday));
	const char *key = f.year == when_in_seoul(c->now).year ? "change.session" : "change.session_of_year";

	return words(c, key, { "year", number_of(c, f.year) }, { "month", number_of(c, f.month) }, { "day", number_of(c, f.day) },
		     { "weekday", words(c, weekday) }, { "from", clock_of(c, f) }, { "to", clock_of(c, t) }, { "room", s->room });
}

static str sessions_words(struct ctx *c, list sessions)
{
	const struct course_session *s = sessions.p;
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < sessions.n; i++) {
		str line = session_words(c, &s[i]);      /* in the arena too: the buffer grows afterwards */

		if (i)
			buf_char(&b, '\n');
		buf_str(&b, line);
	}
	return buf_text(&b);
}

static str words_of(struct ctx *c, const struct change_fields *f, size_t i)
{
	const struct field *m = &change_fields_shape.fields[i];
	const void *v = shape_at(f, m);

	switch ((enum kind)m->kind) {
	case K_MONEY: return i18n_money(c->arena, c->locale, *(const money *)v);
	case K_INT: return words(c, "change.people", { NULL, i18n_number(c->arena, *(const int64_t *)v) });
	case K_WHEN: return i18n_when(c->arena, c->locale, *(const when *)v);
	case K_LIST: return sessions_words(c, f->sessions);
	case K_WORD: return words(c, str_z(c->arena, str_fmt(c->arena, "word.course.status.%s", course_statuses[f->status])));
	default: return *(const str *)v;
	}
}

/* A value that has no parts of its own: the one goes, the other comes. */
static list replaced(struct ctx *c, str from, str to)
{
	struct diff_part *p = arena_array(c->arena, struct diff_part, 2);
	size_t n = 0;

	if (str_eq(from, to))
		return (list){ NULL, 0 };
	if (from.n)
		p[n++] = (struct diff_part){ .text = from, .del = true };
	if (to.n)
		p[n++] = (struct diff_part){ .text = to, .ins = true };
	return (list){ p, n };
}

/* The last line has its break too, so that it is the same line when another follows. */
static str all_lines(struct ctx *c, str s)
{
	return s.n ? str_join(c->arena, s, S("\n")) : s;
}

static list parts_of(struct ctx *c, size_t i, str from, str to)
{
	switch ((enum kind)change_fields_shape.fields[i].kind) {
	case K_STR: return change_fold(c, change_diff_text(c, from, to));
	case K_LIST: return change_fold_lines(c, change_diff_lines(c, all_lines(c, from), all_lines(c, to)));
	default: return replaced(c, from, to);
	}
}

list change_diff_words(struct ctx *c, const struct change *r)
{
	struct diff_words *w = arena_array(c->arena, struct diff_words, CHANGE_FIELDS);
	struct change_fields now;
	struct asked a;
	size_t n = 0;

	change_asked(c, r, &a);
	if (!a.bits || !current_of(c, r, &now))
		return (list){ w, 0 };
	for (size_t i = 0; i < change_fields_shape.n; i++) {
		struct change_diff d;
		struct diff_words *x = &w[n];

		if (!(a.bits >> i & 1))
			continue;
		d = diff_of(c, r, &a, &now, i);
		*x = (struct diff_words){ .field = d.field, .conflict = d.conflict, .sensitive = d.sensitive,
					  .is_text = change_fields_shape.fields[i].kind == K_STR,
					  .current_is_base = str_eq(d.current.s, d.base.s),
					  .current_is_proposed = str_eq(d.current.s, d.proposed.s) };
		x->label = i18n_in(c, c->locale, str_fmt(c->arena, "label.ChangeFields.%.*s", STR(d.field)), NULL, 0);
		x->base = words_of(c, &a.base, i);
		x->proposed = words_of(c, &a.proposed, i);
		x->current = words_of(c, &now, i);
		x->parts = parts_of(c, i, is_pending(r) ? x->current : x->base, x->proposed);
		n++;
	}
	return (list){ w, n };
}
