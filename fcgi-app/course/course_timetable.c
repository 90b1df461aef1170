/* course/course_timetable.c -- a week: what is where, or who is where. */
#include "core/i18n.h"
#include "course/course_private.h"
#include "course/course_routes.h"

static const char *const rows_words[] = { "room", "instructor", NULL };
enum { BY_ROOM, BY_INSTRUCTOR };
enum { WEEK = 7, SESSIONS_MAX = 500 };

struct timetable_in {
	opt_day week;
	opt_str room;
	opt_int instructor_id;
	int by;
};
const struct shape course_timetable_in_shape = SHAPE("Timetable", struct timetable_in,
	F(week), F(room, .max = 60), F(instructor_id, .min = 1), F(by, .optional = true, .words = rows_words));

struct meeting {
	int64_t course_id, instructor_id;
	str title, room, instructor;
	when starts_at, ends_at;
	bool draft;
};
static const struct shape meeting_shape = SHAPE("TimetableMeeting", struct meeting,
	F(course_id), F(instructor_id), F(title), F(room), F(instructor), F(starts_at), F(ends_at), F(draft));

struct cell {
	str label;                         /* the day, said again for narrow windows */
	list meetings;
};
static const struct shape cell_shape = SHAPE("TimetableCell", struct cell, F(label), F(meetings, .of = &meeting_shape));

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
	day week, last, next, prev;
	list days, lines, instructors;
	str room, kept;                    /* the filters, for the links to other weeks */
	int by;
};
const struct shape course_timetable_shape = SHAPE("TimetablePage", struct timetable_page,
	F(week), F(last), F(next), F(prev), F(days, .of = &head_shape), F(lines, .of = &line_shape), F(instructors, .of = &course_option_shape),
	F(room), F(kept), F(by, .words = rows_words));

#define MEETINGS \
	"SELECT STRAIGHT_JOIN s.course_id, k.instructor_id, k.title, s.room, i.name AS instructor, s.starts_at, s.ends_at, " \
	"k.status = 'draft' AS draft FROM course_session s JOIN course k ON k.id = s.course_id " \
	"JOIN instructor_name i ON i.id = k.instructor_id WHERE s.starts_at >= ? AND s.starts_at < ? AND k.status <> 'cancelled'"

static day monday_of(day d)
{
	return (day){ d.days - ((d.days + 3) % WEEK + WEEK) % WEEK };       /* the first of 1970 was a Thursday */
}

static when midnight(day d)
{
	return (when){ d.days * DAY - 9 * HOUR };
}

static list meetings(struct ctx *c, const struct timetable_in *in, day week)
{
	struct query q = query_from(c, "");

	query_add(&q, MEETINGS, arg(midnight(week)), arg(midnight((day){ week.days + WEEK })));
	if (in->room.set)
		query_add(&q, " AND s.room = ?", arg(in->room));
	if (in->instructor_id.set)
		query_add(&q, " AND k.instructor_id = ?", arg(in->instructor_id));
	query_add(&q, " ORDER BY s.starts_at, s.course_id LIMIT ?", arg((int64_t)SESSIONS_MAX));
	return query_all(c, &q, &meeting_shape);
}

static str name_of(const struct meeting *m, int by)
{
	return by == BY_ROOM ? m->room : m->instructor;
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
					 { arena_array(c->arena, struct meeting, most), 0 } };
	l[i] = (struct line){ name, { cell, WEEK } };
	++*n;
	return &l[i];
}

static void fill_lines(struct ctx *c, struct timetable_page *p, list all)
{
	const struct meeting *m = all.p;
	size_t n = 0;

	p->lines.p = arena_array(c->arena, struct line, all.n + 1);
	for (size_t i = 0; i < all.n; i++) {
		struct line *l = line_of(c, p, &n, name_of(&m[i], p->by), all.n < 40 ? all.n : 40);
		struct cell *cell = (struct cell *)l->cells.p + (when_day_in_seoul(m[i].starts_at).days - p->week.days);

		if (cell->meetings.n < 40)
			((struct meeting *)cell->meetings.p)[cell->meetings.n++] = m[i];
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
	struct head *h = arena_array(c->arena, struct head, WEEK);

	for (int64_t d = 0; d < WEEK; d++)
		h[d] = (struct head){ { p.week.days + d }, p.week.days + d == today.days };
	p.days = (list){ h, WEEK };
	p.last = (day){ p.week.days + WEEK - 1 };
	p.next = (day){ p.week.days + WEEK };
	p.prev = (day){ p.week.days - WEEK };
	p.room = in->room.set ? in->room.v : (str){ NULL, 0 };
	p.kept = kept_filters(c, in);
	p.instructors = course_instructor_options(c, in->instructor_id.set ? in->instructor_id.v : 0);
	fill_lines(c, &p, meetings(c, in, p.week));
	return reply(rq, &p);
}
