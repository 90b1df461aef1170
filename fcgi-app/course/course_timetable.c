/* course/course_timetable.c -- a week: what is where, or who is where. */
#include "core/i18n.h"
#include "course/course_private.h"
#include "course/course_routes.h"
#include "instructor/instructor.h"

static const char *const rows_words[] = { "room", "instructor", NULL };
enum { BY_ROOM, BY_INSTRUCTOR };
enum { WEEK = 7, SLOTS_MOST = 5000 };

struct timetable_in {
	opt_day week;
	opt_str room;
	opt_int instructor_id;
	int by;
};
const struct shape course_timetable_in_shape = SHAPE("Timetable", struct timetable_in,
	F(week), F(room, .max = 60), F(instructor_id, .min = 1), F(by, .optional = true, .words = rows_words));

struct cell {
	str label;                         /* the day, said again for narrow windows */
	list meetings;
};
static const struct shape cell_shape = SHAPE("TimetableCell", struct cell, F(label), F(meetings, .of = &course_slot_shape));

struct line {
	str name;
	list cells;
};
static const struct shape line_shape = SHAPE("TimetableLine", struct line, F(name), F(cells, .of = &cell_shape));

struct head {
	day on;
	bool today;
};
static const struct shape head_shape = SHAPE("TimetableDay", struct head, F(on), F(today));

struct timetable_page {
	struct timetable_in form;
	day week, last, next, prev;
	list days, lines, instructor_id_options;
	str kept;                          /* the filters, for the links to other weeks */
	int by;
};
const struct shape course_timetable_shape = SHAPE("TimetablePage", struct timetable_page,
	F(form, .of = &course_timetable_in_shape), F(week), F(last), F(next), F(prev), F(days, .of = &head_shape), F(lines, .of = &line_shape),
	F(instructor_id_options, .of = &id_option_shape), F(kept), F(by, .words = rows_words));

static day monday_of(day d)
{
	return (day){ d.days - ((d.days + 3) % WEEK + WEEK) % WEEK };       /* the first of 1970 was a Thursday */
}

static str name_of(const struct course_slot *m, int by)
{
	return by == BY_ROOM ? m->room : m->instructor.name;
}

static struct line *line_of(struct ctx *c, struct timetable_page *p, size_t *n, str name, size_t most)
{
	struct line *l = p->lines.p;
	struct cell *cell;
	size_t i = 0;

	while (i < *n && str_cmp(l[i].name, name) < 0)
		i++;
	if (i < *n && str_eq(l[i].name, name))
		return &l[i];
	for (size_t k = *n; k > i; k--)
		l[k] = l[k - 1];
	cell = arena_array(c->arena, struct cell, WEEK);
	for (int64_t d = 0; d < WEEK; d++)
		cell[d] = (struct cell){ i18n_day(c->arena, c->locale, (day){ p->week.days + d }),
					 { arena_array(c->arena, struct course_slot, most), 0 } };
	l[i] = (struct line){ name, { cell, WEEK } };
	++*n;
	return &l[i];
}

static void fill_lines(struct ctx *c, struct timetable_page *p, list all)
{
	const struct course_slot *m = all.p;
	size_t n = 0;

	p->lines.p = arena_array(c->arena, struct line, all.n + 1);
	for (size_t i = 0; i < all.n; i++) {
		struct line *l = line_of(c, p, &n, name_of(&m[i], p->by), all.n < 40 ? all.n : 40);
		struct cell *cell = (struct cell *)l->cells.p + (when_day_in_seoul(m[i].starts_at).days - p->week.days);

		if (cell->meetings.n < 40)
			((struct course_slot *)cell->meetings.p)[cell->meetings.n++] = m[i];
	}
	p->lines.n = n;
}

static str kept_filters(struct ctx *c, const struct timetable_in *in)
{
	struct buf b = buf_in(c->arena);

	if (in->by == BY_INSTRUCTOR)
		buf_lit(&b, "&by=instructor");
	if (in->instructor_id.set)
		buf_fmt(&b, "&instructor_id=%lld", (long long)in->instructor_id.v);
	if (in->room.set) {
		buf_lit(&b, "&room=");
		buf_str(&b, str_url_encode(c->arena, in->room.v));
	}
	return buf_text(&b);
}

outcome course_page_timetable(struct request *rq)
{
	const struct timetable_in *in = rq->in;
	struct ctx *c = rq->ctx;
	day today = when_day_in_seoul(c->now);
	struct timetable_page p = { .week = monday_of(in->week.set ? in->week.v : today), .by = in->by };
	struct course_timetable_filter f = { p.week, { p.week.days + WEEK - 1 }, in->room, in->instructor_id, SLOTS_MOST, { 0 } };
	struct head *h = arena_array(c->arena, struct head, WEEK);
	list slots;
	outcome o = course_timetable(c, &f, &slots);

	if (o != OK)
		return o;
	for (int64_t d = 0; d < WEEK; d++)
		h[d] = (struct head){ { p.week.days + d }, p.week.days + d == today.days };
	p.days = (list){ h, WEEK };
	p.last = (day){ p.week.days + WEEK - 1 };
	p.next = (day){ p.week.days + WEEK };
	p.prev = (day){ p.week.days - WEEK };
	p.form = *in;
	p.form.week = (opt_day){ true, p.week };
	p.kept = kept_filters(c, in);
	p.instructor_id_options = instructor_options(c, in->instructor_id.v);
	fill_lines(c, &p, slots);
	return reply(rq, &p);
}
