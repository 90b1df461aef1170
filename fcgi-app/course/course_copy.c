/* course/course_copy.c -- the same course again, at another time; and many courses at once. */
#include <stdlib.h>

#include "core/i18n.h"
#include "course/course_private.h"
#include "queue/queue.h"
#include "term/term.h"
#include "web/problem.h"

const char *const course_bulk_actions[] = { "open", "close", "copy", NULL };

const struct shape course_bulk_result_shape = SHAPE("CourseBulkResult", struct course_bulk_result,
	F(id), F(ok), F(code), F(message), F(made_id, .about = "Of a copy."), F(first_day, .about = "Of a copy, also of one that a dry run tries."));

/* -- copying -- */

struct shifting {
	int64_t us;
	bool before, after;                /* something would leave the calendar */
};

static when shifted(struct shifting *s, when t)
{
	t.us += s->us;
	s->before |= t.us < 0;
	s->after |= t.us >= CALENDAR_DAYS * DAY;
	return t;
}

static bool shift(struct ctx *c, struct course_input *in, int64_t days)
{
	const struct course_session *from = in->sessions.p;
	struct course_session *to = arena_array(c->arena, struct course_session, in->sessions.n + 1);
	struct shifting s = { days * DAY, false, false };

	in->enrol_opens_at = shifted(&s, in->enrol_opens_at);
	in->enrol_closes_at = shifted(&s, in->enrol_closes_at);
	if (in->decide_on.set) {
		in->decide_on.v.days += days;
		s.before |= in->decide_on.v.days < 0;
	}
	for (size_t i = 0; i < in->sessions.n; i++) {
		to[i] = from[i];
		to[i].id = 0;
		to[i].starts_at = shifted(&s, from[i].starts_at);
		to[i].ends_at = shifted(&s, from[i].ends_at);
	}
	in->sessions.p = to;
	return !s.before && !s.after;
}

struct copying {
	int64_t id;
	opt_day first_day;
	int64_t days;                      /* counts if there is no first_day */
	const struct term *into;           /* not NULL: its first day of the same weekday counts */
	opt_int term_id;
	opt_str title;
	struct course *made;
};

/* The first day of the term that is the same day of the week; its first day if there are no sessions, and nothing moves. */
static day first_day_in(const struct term *t, const struct course *k)
{
	int64_t from = t->starts_on.days, was = k->starts_on.set ? k->starts_on.v.days : from;

	return (day){ from + ((was - from) % 7 + 7) % 7 };
}

/* The whole of it lies in its term. */
static outcome check_term(struct ctx *c, const struct copying *v, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;
	struct term t = { 0 };
	bool outside = false;

	if (!in->term_id.set || !term_find(c, in->term_id.v, &t))       /* one that is not there is found later */
		return OK;
	for (size_t i = 0; i < in->sessions.n; i++) {
		int64_t d = when_day_in_seoul(s[i].starts_at).days;

		outside |= d < t.starts_on.days || d > t.ends_on.days;
	}
	if (!outside)
		return OK;
	return fail(c, &invalid, v->first_day.set ? "first_day" : "first_day_shift_days", "outside_term",
		    str_fmt(c->arena, "%.*s, %.*s – %.*s", STR(t.name), STR(i18n_day(c->arena, c->locale, t.starts_on)),
			    STR(i18n_day(c->arena, c->locale, t.ends_on))));
}

static outcome copy(struct ctx *c, void *p)
{
	struct copying *v = p;
	struct course_input in;
	struct course k;
	int64_t days = v->days;
	outcome o;

	if (!course_find(c, v->id, true, &k))
		return &course_unknown;
	in = course_as_input(&k);
	if (v->into)
		v->first_day = (opt_day){ true, first_day_in(v->into, &k) };
	if (v->first_day.set)
		days = k.starts_on.set ? v->first_day.v.days - k.starts_on.v.days : 0;
	if (!shift(c, &in, days)) {
		fail_field(c, v->first_day.set ? S("first_day") : S("first_day_shift_days"), "out_of_calendar", (str){ NULL, 0 });
		return &invalid;
	}
	if (v->term_id.set)
		in.term_id = v->term_id;
	if (v->title.set)
		in.title = v->title.v;
	if ((o = check_term(c, v, &in)) != OK)
		return o;
	return course_create_from(c, k.id, &in, v->made);
}

outcome course_copy(struct ctx *c, const struct course_copying *k, struct course *made)
{
	struct copying v = { .id = k->id, .first_day = { true, k->first_day }, .term_id = k->term_id, .title = k->title, .made = made };

	return db_tx(c, copy, &v);
}

/* -- many at once -- */

struct piece {
	const struct course_bulk *b;
	const struct term *into;
	int64_t id;
	struct course now;
};

static outcome do_piece(struct ctx *c, void *p)
{
	struct piece *v = p;

	if (v->b->action == COURSE_BULK_COPY)
		return copy(c, &(struct copying){ .id = v->id, .days = v->b->shift_days.v, .into = v->into, .term_id = v->b->term_id,
						  .made = &v->now });
	return course_set_status(c, v->id, v->b->action == COURSE_BULK_OPEN ? COURSE_OPEN : COURSE_CLOSED, v->b->reason, &v->now);
}

/* The member's words say more than the code's: they name the other course. */
static str words_for(struct ctx *c, outcome why)
{
	const struct field_error *e = c->errors;
	struct field_error in_words;
	str status;

	while (e && e->next)
		e = e->next;                   /* the first one that was noted */
	if (e) {
		in_words = *e;
		status = str_fmt(c->arena, "word.course.status.%.*s", STR(e->value));
		if (i18n_has(c->locale, status))
			in_words.value = i18n_raw(c->locale, status);
	}
	return e ? problem_field_message(c, &in_words) : i18n_text(c, str_z(c->arena, str_fmt(c->arena, "problem.%s", why->code)), NULL, 0);
}

struct bulk {
	const struct course_bulk *b;
	const struct term *into;           /* copies go where their weekday is first in it */
	list *results;
};

static void take_turn(struct ctx *c, const struct bulk *v, struct course_bulk_result *r)
{
	struct field_error *errors = c->errors;
	struct piece p = { .b = v->b, .into = v->into, .id = r->id };
	outcome o;

	c->errors = NULL;
	o = db_try(c, do_piece, &p);
	r->ok = o == OK;
	if (o != OK) {
		r->code = some_str(str_of(o->code));
		r->message = some_str(words_for(c, o));
	} else if (v->b->action == COURSE_BULK_COPY) {
		r->first_day = p.now.starts_on;
		if (!v->b->dry_run)
			r->made_id = some_int(p.now.id);
	}
	c->errors = errors;
}

static int by_id(const void *a, const void *b)
{
	const struct course_bulk_result *x = *(struct course_bulk_result *const *)a, *y = *(struct course_bulk_result *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

static outcome take_turns(struct ctx *c, void *p)
{
	struct bulk *v = p;
	struct course_bulk_result *r = arena_array(c->arena, struct course_bulk_result, v->b->n + 1);
	struct course_bulk_result **turn = arena_array(c->arena, struct course_bulk_result *, v->b->n + 1);

	for (size_t i = 0; i < v->b->n; i++) {
		r[i].id = v->b->ids[i];
		turn[i] = &r[i];
	}
	qsort(turn, v->b->n, sizeof(struct course_bulk_result *), by_id);
	for (size_t i = 0; i < v->b->n; i++)
		take_turn(c, v, turn[i]);
	*v->results = (list){ r, v->b->n };
	return OK;
}

static outcome run(struct ctx *c, void *p)
{
	return ((const struct bulk *)p)->b->dry_run ? db_probe(c, take_turns, p) : take_turns(c, p);
}

outcome course_bulk(struct ctx *c, const struct course_bulk *b, list *results)
{
	struct bulk v = { .b = b, .results = results };
	struct term into;

	if (b->action == COURSE_BULK_COPY && !b->shift_days.set) {
		if (!b->term_id.set)
			return fail(c, &invalid, "first_day_shift_days", "required", (str){ NULL, 0 });
		if (!term_find(c, b->term_id.v, &into))
			return fail(c, &invalid, "term_id", "term_not_listed", (str){ NULL, 0 });
		v.into = &into;
	}
	return db_tx(c, run, &v);
}
