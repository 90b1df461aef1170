#include "course/course.h"

#include <string.h>

#include "category/category.h"
#include "data/cache.h"
#include "data/db.h"
#include "instructor/instructor.h"
#include "queue/queue.h"
#include "staff_log/staff_log.h"
#include "web/route.h"

const struct failure course_status_refused = { 409, "course_status_refused" };

const char *const course_statuses[] = { "draft", "open", "closed", "cancelled", "finished", NULL };

static const struct shape course_ref_shape = SHAPE("CourseRef", struct course_ref, F(id), F(name));

const struct shape course_session_shape = SHAPE("CourseSession", struct course_session,
	F(starts_at), F(ends_at), F(room, .min = 1, .max = 60));

#define COURSE_FIELDS \
	F(id, .read_only = true), F(title), F(category, .of = &course_ref_shape), F(instructor, .of = &course_ref_shape), F(price), \
	F(capacity), F(seats_left, .about = "Seats that nobody has or holds."), \
	F(queue_length, .about = "People who wait for a seat."), F(status, .words = course_statuses), F(enrol_opens_at), \
	F(enrol_closes_at), F(starts_on), F(ends_on), F(hold_seconds, .about = "How long an offered seat is held."), F(version)

const struct shape course_row_shape = SHAPE("CourseRow", struct course, COURSE_FIELDS);
const struct shape course_shape = SHAPE("Course", struct course, COURSE_FIELDS,
	F(sessions, .of = &course_session_shape), F(description, .max = 20000, .multiline = true));

const struct shape course_input_shape = SHAPE("CourseInput", struct course_input,
	F(id, .read_only = true, .about = "Of the path."),
	F(title, .min = 1, .max = 120),
	F(category_id, .min = 1),
	F(instructor_id, .min = 1),
	F(price, .max = 100000000),
	F(capacity, .min = 1, .max = 10000),
	F(hold_seconds, .min = 1, .max = 86400, .optional = true, .dflt = 600),
	F(enrol_opens_at),
	F(enrol_closes_at),
	F(description, .max = 20000, .multiline = true, .optional = true),
	F(sessions, .of = &course_session_shape, .max = 200, .optional = true));

#define COURSE_COLUMNS \
	"k.id, k.title, k.category_id AS `category.id`, g.name AS `category.name`, k.instructor_id AS `instructor.id`, " \
	"i.name AS `instructor.name`, k.price, s.capacity, s.seats_left, s.queue_length, k.status, k.enrol_opens_at, k.enrol_closes_at, " \
	"k.starts_on, k.ends_on, k.hold_seconds, k.version"
#define COURSE_FROM \
	" FROM course k JOIN category g ON g.id = k.category_id JOIN instructor_name i ON i.id = k.instructor_id " \
	"JOIN seat_count s ON s.course_id = k.id "

SQL(select_course, "SELECT " COURSE_COLUMNS ", k.description" COURSE_FROM "WHERE k.id = ?");
SQL(select_sessions, "SELECT starts_at, ends_at, room FROM course_session WHERE course_id = ? ORDER BY n");
SQL(lock_course, "SELECT version FROM course WHERE id = ? FOR UPDATE");
SQL(insert_course,
	"INSERT INTO course (title, category_id, instructor_id, price, hold_seconds, enrol_opens_at, enrol_closes_at, starts_on, ends_on, "
	"description, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
SQL(update_course,
	"UPDATE course SET title = ?, category_id = ?, instructor_id = ?, price = ?, hold_seconds = ?, enrol_opens_at = ?, "
	"enrol_closes_at = ?, starts_on = ?, ends_on = ?, description = ?, version = version + 1 WHERE id = ?");
SQL(update_status, "UPDATE course SET status = ?, version = version + 1 WHERE id = ?");
SQL(delete_sessions, "DELETE FROM course_session WHERE course_id = ?");
SQL(insert_session, "INSERT INTO course_session (course_id, n, starts_at, ends_at, room) VALUES (?, ?, ?, ?, ?)");
SQL(select_terms, "SELECT id, title, price FROM course WHERE id = ?");

static const struct shape terms_shape = SHAPE("CourseTerms", struct course_terms, F(id), F(title), F(price));

bool course_find(struct ctx *c, int64_t id, bool drafts, struct course *k)
{
	memset(k, 0, sizeof(*k));
	if (!db_one(c, &select_course, &course_shape, k, arg(id)) || (k->status == COURSE_DRAFT && !drafts))
		return false;
	k->sessions = db_all(c, &select_sessions, &course_session_shape, arg(id));
	return true;
}

bool course_terms(struct ctx *c, int64_t id, struct course_terms *t)
{
	return db_one(c, &select_terms, &terms_shape, t, arg(id));
}

/* An IN list has one of three lengths, so that only three texts have to be prepared: the last id fills it up. */
static void in_category(struct ctx *c, struct query *q, int64_t category_id)
{
	int64_t ids[CATEGORY_SUBTREE_MAX];
	size_t n = category_subtree(c, category_id, ids), wide = n <= 1 ? 1 : n <= 8 ? 8 : 16;

	query_add(q, " AND k.category_id IN (?", arg(n ? ids[0] : (int64_t)0));
	for (size_t i = 1; i < wide; i++)
		query_add(q, ", ?", arg(n ? ids[i < n ? i : n - 1] : (int64_t)0));
	query_add(q, ")");
}

static const struct sort_key newest[] = { { "k.id", .descending = true } };
static const struct sort_key by_opening[] = { { "k.enrol_opens_at", .moment = true }, { "k.id", .descending = false } };

list course_list(struct ctx *c, const struct course_filter *f)
{
	/* Courses first: left to itself the optimiser may begin with the few categories, and sort all courses. */
	struct query q = query_from(c, "SELECT STRAIGHT_JOIN " COURSE_COLUMNS COURSE_FROM "WHERE ");

	if (f->has_status)
		query_add(&q, "k.status = ?", arg(str_of(course_statuses[f->status])));
	else
		query_add(&q, f->drafts ? "TRUE" : "k.status <> 'draft'");
	if (f->has_status && f->status == COURSE_DRAFT && !f->drafts)
		query_add(&q, " AND FALSE");
	if (f->category_id.set)
		in_category(c, &q, f->category_id.v);
	if (f->instructor_id.set)
		query_add(&q, " AND k.instructor_id = ?", arg(f->instructor_id));
	if (f->sort == COURSE_OPENING)
		query_keyset(&q, &f->from, by_opening, 2, f->limit);
	else
		query_keyset(&q, &f->from, newest, 1, f->limit);
	return query_all(c, &q, &course_row_shape);
}

/* What no single member can say: references, order of dates. */
static outcome check(struct ctx *c, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;

	if (in->enrol_opens_at.us >= in->enrol_closes_at.us)
		fail_field(c, S("enrol_closes_at"), "before_start", (str){ NULL, 0 });
	for (size_t i = 0; i < in->sessions.n; i++)
		if (s[i].starts_at.us >= s[i].ends_at.us)
			fail_field(c, str_fmt(c->arena, "sessions[%zu].ends_at", i), "before_start", (str){ NULL, 0 });
	if (!category_exists(c, in->category_id))
		fail_field(c, S("category_id"), category_unknown.code, (str){ NULL, 0 });
	if (!instructor_exists(c, in->instructor_id))
		fail_field(c, S("instructor_id"), instructor_unknown_ref.code, (str){ NULL, 0 });
	return c->errors ? &invalid : OK;
}

static void first_and_last(const struct course_input *in, opt_day *first, opt_day *last)
{
	const struct course_session *s = in->sessions.p;

	*first = *last = (opt_day){ 0 };
	for (size_t i = 0; i < in->sessions.n; i++) {
		day from = when_day_in_seoul(s[i].starts_at), to = when_day_in_seoul(s[i].ends_at);

		if (!first->set || from.days < first->v.days)
			*first = (opt_day){ true, from };
		if (!last->set || to.days > last->v.days)
			*last = (opt_day){ true, to };
	}
}

static void save_sessions(struct ctx *c, int64_t id, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;
	struct arg *rows = arena_array(c->arena, struct arg, in->sessions.n * 5 + 1);

	db_run(c, &delete_sessions, arg(id));
	for (size_t i = 0; i < in->sessions.n; i++) {
		rows[i * 5] = arg(id);
		rows[i * 5 + 1] = arg((int64_t)i + 1);
		rows[i * 5 + 2] = arg(s[i].starts_at);
		rows[i * 5 + 3] = arg(s[i].ends_at);
		rows[i * 5 + 4] = arg(s[i].room);
	}
	if (in->sessions.n)
		db_bulk(c, &insert_session, rows, in->sessions.n, 5);
}

static void catalogue_changed(struct ctx *c, void *p)
{
	(void)p;
	generation_bump(c, GEN_CATALOGUE);
}

/* Hands the queue what it must know, and makes kept answers stale after the commit. */
static outcome tell_queue(struct ctx *c, int64_t id, const struct course_input *in, bool open)
{
	tx_after_commit(c, catalogue_changed, NULL);
	return queue_course_set(c, &(struct queue_course){ id, in->title, open, in->enrol_opens_at, in->enrol_closes_at,
							   in->hold_seconds, in->capacity, { 0 }, 0 });
}

struct creating {
	const struct course_input *in;
	struct course *made;
};

static outcome create(struct ctx *c, void *p)
{
	struct creating *v = p;
	const struct course_input *in = v->in;
	opt_day first, last;
	outcome o = check(c, in);
	int64_t id;

	if (o != OK)
		return o;
	first_and_last(in, &first, &last);
	id = db_insert(c, &insert_course, arg(in->title), arg(in->category_id), arg(in->instructor_id), arg(in->price), arg(in->hold_seconds),
		       arg(in->enrol_opens_at), arg(in->enrol_closes_at), arg(first), arg(last), arg(in->description), arg(c->now));
	save_sessions(c, id, in);
	if ((o = tell_queue(c, id, in, false)) != OK)
		return o;
	if (!course_find(c, id, true, v->made))
		fault(c, "the course that was made is not there");
	staff_log_add(c, "course.create", "course", id, &course_shape, NULL, v->made, (str){ NULL, 0 });
	return OK;
}

outcome course_create(struct ctx *c, const struct course_input *in, struct course *made)
{
	struct creating v = { in, made };

	return db_tx(c, create, &v);
}

struct course_input course_as_input(const struct course *k)
{
	return (struct course_input){ k->id, k->title, k->category.id, k->instructor.id, k->price, k->capacity, k->hold_seconds,
				      k->enrol_opens_at, k->enrol_closes_at, k->description, k->sessions, { 0 }, 0, { 0 } };
}

static size_t size_of_kind(const struct field *f)
{
	switch ((enum kind)f->kind) {
	case K_STR: return sizeof(str);
	case K_LIST: return sizeof(list);
	default: return sizeof(int64_t);
	}
}

static void patch(struct course_input *to, const struct course_patch *p)
{
	for (size_t i = 0; i < course_input_shape.n; i++) {
		const struct field *f = &course_input_shape.fields[i];

		if (p->given >> i & 1)
			memcpy(shape_at(to, f), shape_at(&p->in, f), size_of_kind(f));
	}
	to->id = p->id;
}

struct editing {
	const struct course_patch *patch;
	struct course *now;
};

static outcome edit(struct ctx *c, void *p)
{
	struct editing *v = p;
	int64_t id = v->patch->id, version = db_int(c, &lock_course, 0, arg(id));
	struct course_input in;
	struct course before;
	opt_day first, last;
	outcome o;

	if (!version || !course_find(c, id, true, &before))
		return &course_unknown;
	if (v->patch->version.set && v->patch->version.v != version)
		return &version_stale;
	in = course_as_input(&before);
	patch(&in, v->patch);
	if ((o = check(c, &in)) != OK)
		return o;
	first_and_last(&in, &first, &last);
	db_run(c, &update_course, arg(in.title), arg(in.category_id), arg(in.instructor_id), arg(in.price), arg(in.hold_seconds),
	       arg(in.enrol_opens_at), arg(in.enrol_closes_at), arg(first), arg(last), arg(in.description), arg(id));
	if (in.sessions.p != before.sessions.p)
		save_sessions(c, id, &in);
	if ((o = tell_queue(c, id, &in, before.status == COURSE_OPEN)) != OK)
		return o;
	course_find(c, id, true, v->now);
	staff_log_add(c, "course.edit", "course", id, &course_shape, &before, v->now, (str){ NULL, 0 });
	return OK;
}

outcome course_edit(struct ctx *c, const struct course_patch *p, struct course *now)
{
	struct editing v = { p, now };

	return db_tx(c, edit, &v);
}

/* The state machine: which status may follow which. */
static const unsigned may_become[] = {
	[COURSE_DRAFT] = 1u << COURSE_OPEN | 1u << COURSE_CANCELLED,
	[COURSE_OPEN] = 1u << COURSE_CLOSED | 1u << COURSE_FINISHED,
	[COURSE_CLOSED] = 1u << COURSE_OPEN | 1u << COURSE_FINISHED,
};

struct changing {
	int64_t id;
	enum course_status to;
	str reason;
	struct course *now;
};

static outcome change_status(struct ctx *c, void *p)
{
	struct changing *v = p;
	struct course before;
	struct course_input in;
	outcome o;

	if (!db_int(c, &lock_course, 0, arg(v->id)) || !course_find(c, v->id, true, &before))
		return &course_unknown;
	if ((size_t)before.status >= sizeof(may_become) / sizeof(may_become[0]) || !(may_become[before.status] >> v->to & 1))
		return fail(c, &course_status_refused, "status", "not_from_here", str_of(course_statuses[before.status]));
	in = course_as_input(&before);
	db_run(c, &update_status, arg(str_of(course_statuses[v->to])), arg(v->id));
	if ((o = tell_queue(c, v->id, &in, v->to == COURSE_OPEN)) != OK)
		return o;
	if (v->to == COURSE_FINISHED || v->to == COURSE_CANCELLED)
		queue_end(c, v->id);
	course_find(c, v->id, true, v->now);
	staff_log_add(c, "course.status", "course", v->id, &course_shape, &before, v->now, v->reason);
	return OK;
}

outcome course_set_status(struct ctx *c, int64_t id, enum course_status to, str reason, struct course *now)
{
	struct changing v = { id, to, reason, now };

	return db_tx(c, change_status, &v);
}
