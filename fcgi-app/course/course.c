#include "course/course.h"

#include <string.h>

#include "category/category.h"
#include "course/course_private.h"
#include "data/cache.h"
#include "instructor/instructor.h"
#include "queue/queue.h"
#include "staff_log/staff_log.h"
#include "term/term.h"
#include "web/route.h"

const char *const course_statuses[] = { "draft", "open", "closed", "cancelled", "finished", NULL };

const struct shape course_ref_shape = ID_NAME_SHAPE("CourseRef");

const struct shape course_session_shape = SHAPE("CourseSession", struct course_session,
	F(starts_at), F(ends_at), F(room, .min = 1, .max = 60),
	F(id, .optional = true, .min = 0, .max = INT_MAX_JSON, .about = "Stays when the course is edited: a session that is sent with its id goes on, "
	  "with its attendance, at the time that is sent. 0, or the id of another course's session, is as none: such a one goes on with a session at its time, "
	  "or, if no id of the course is named, at its place."));

#define COURSE_FIELDS \
	F(id, .read_only = true), F(title), F(category, .of = &course_ref_shape), F(instructor, .of = &course_ref_shape), F(price), \
	F(capacity), F(seats_left, .about = "Seats that nobody has or holds."), \
	F(queue_length, .about = "People who wait for a seat."), F(status, .words = course_statuses, .called = "course"), F(enrol_opens_at), \
	F(enrol_closes_at), F(starts_on), F(ends_on), F(hold_seconds, .about = "How long an offered seat is held."), \
	F(min_enrolled, .about = "Fewer than these, and the centre decides on decide_on whether the course runs. 0: it always does."), \
	F(decide_on), F(decision, .about = "run: it runs although fewer came."), F(term, .of = &course_ref_shape, .or_null = true), F(version)

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
	F(sessions, .of = &course_session_shape, .max = 200, .optional = true),
	F(term_id, .min = 1),
	F(min_enrolled, .min = 0, .max = 10000, .optional = true),
	F(decide_on, .about = "Left out: three days before the first session, if there is a minimum."));

SQL(select_course, "SELECT " COURSE_COLUMNS ", k.description" " FROM course k" COURSE_JOINS "WHERE k.id = ? AND (k.published OR ?)");
SQL(select_sessions, "SELECT starts_at, ends_at, room, id FROM course_session WHERE course_id = ? ORDER BY n");
SQL(lock_course, "SELECT version FROM course WHERE id = ? FOR UPDATE");
SQL(insert_course,
	"INSERT INTO course (title, category_id, instructor_id, price, hold_seconds, enrol_opens_at, enrol_closes_at, starts_on, ends_on, "
	"description, term_id, min_enrolled, decide_on, copied_from, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
SQL(update_course,
	"UPDATE course SET title = ?, category_id = ?, instructor_id = ?, price = ?, hold_seconds = ?, enrol_opens_at = ?, "
	"enrol_closes_at = ?, starts_on = ?, ends_on = ?, description = ?, term_id = ?, min_enrolled = ?, decide_on = ?, version = version + 1 "
	"WHERE id = ?");
SQL(select_terms, "SELECT id, title, price FROM course WHERE id = ?");

static const struct shape terms_shape = SHAPE("CourseTerms", struct course_terms, F(id), F(title), F(price));

bool course_find(struct ctx *c, int64_t id, bool drafts, struct course *k)
{
	memset(k, 0, sizeof(*k));
	if (!db_one(c, &select_course, &course_shape, k, arg(id), arg(drafts)))
		return false;
	k->sessions = db_all(c, &select_sessions, &course_session_shape, arg(id));
	return true;
}

bool course_terms(struct ctx *c, int64_t id, struct course_terms *t)
{
	return db_one(c, &select_terms, &terms_shape, t, arg(id));
}

/* -- checks -- */

enum { DECIDE_BEFORE = 3 };         /* days before the first session, unless said otherwise */

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

/* A new course takes no notice of ids. */
static void check_ids(struct ctx *c, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;

	for (size_t i = 1; i < in->sessions.n; i++)
		for (size_t j = 0; j < i; j++)
			if (s[i].id && s[i].id == s[j].id) {
				fail_field(c, str_fmt(c->arena, "sessions[%zu].id", i), "duplicate", (str){ NULL, 0 });
				break;
			}
}

static void check_sessions(struct ctx *c, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;

	for (size_t i = 0; i < in->sessions.n; i++) {
		int64_t us = s[i].ends_at.us - s[i].starts_at.us;

		if (us <= 0)
			fail_field(c, str_fmt(c->arena, "sessions[%zu].ends_at", i), "before_start", (str){ NULL, 0 });
		else if (us > COURSE_SESSION_MOST)
			fail_field(c, str_fmt(c->arena, "sessions[%zu].ends_at", i), "session_long", S("7"));
	}
}

static void check_minimum(struct ctx *c, const struct course_input *in)
{
	opt_day first, last;

	first_and_last(in, &first, &last);
	if (in->min_enrolled > in->capacity)
		fail_field(c, S("min_enrolled"), "too_large", str_fmt(c->arena, "%lld", (long long)in->capacity));
	if (in->decide_on.set && first.set && in->decide_on.v.days > first.v.days)
		fail_field(c, S("decide_on"), "after_first_session", day_text(c->arena, first.v));
}

/* Who has left, or what is no more, may stay where it stands already. */
static void check_references(struct ctx *c, const struct course_input *in, const struct course *before)
{
	struct term t;

	if (!(before && before->category.id == in->category_id) && !category_exists(c, in->category_id))
		fail_field(c, S("category_id"), category_unknown_ref.code, (str){ NULL, 0 });
	if (!(before && before->instructor.id == in->instructor_id) && !instructor_exists(c, in->instructor_id))
		fail_field(c, S("instructor_id"), instructor_unknown_ref.code, (str){ NULL, 0 });
	if (in->term_id.set && !term_find(c, in->term_id.v, &t))
		fail_field(c, S("term_id"), term_unknown_ref.code, (str){ NULL, 0 });
}

outcome course_check(struct ctx *c, const struct course_input *in, const struct course *before)
{
	if (in->enrol_opens_at.us >= in->enrol_closes_at.us)
		fail_field(c, S("enrol_closes_at"), "before_start", (str){ NULL, 0 });
	check_sessions(c, in);
	if (before)
		check_ids(c, in);
	check_minimum(c, in);
	check_references(c, in, before);
	return c->errors ? &invalid : OK;
}

/* The day of the decision if nobody named one: with a minimum, and a first session to count from. */
static opt_day usual_decide_on(const struct course_input *in)
{
	opt_day first, last;

	first_and_last(in, &first, &last);
	if (in->min_enrolled == 0 || !first.set)
		return (opt_day){ 0 };
	first.v.days = first.v.days > DECIDE_BEFORE ? first.v.days - DECIDE_BEFORE : 0;
	return first;
}

static void settle_decide_on(struct course_input *in)
{
	if (in->min_enrolled == 0)
		in->decide_on = (opt_day){ 0 };
	else if (!in->decide_on.set)
		in->decide_on = usual_decide_on(in);
}

/* -- what others are told -- */

static void catalogue_changed(struct ctx *c, void *p)
{
	(void)p;
	generation_bump(c, GEN_CATALOGUE);
}

outcome course_tell_queue(struct ctx *c, int64_t id, const struct course_input *in, bool open)
{
	struct term t = { 0 };

	if (in->term_id.set)
		term_find(c, in->term_id.v, &t);
	tx_after_commit(c, catalogue_changed, NULL, 0);
	return queue_course_set(c, &(struct queue_course){ id, in->title, open, in->enrol_opens_at, in->enrol_closes_at,
							   in->hold_seconds, in->capacity, in->term_id, t.per_member_limit });
}

void course_event(struct ctx *c, int64_t id, const char *type, str more)
{
	outbox_add(c, LANE_WORK, str_fmt(c->arena, "k.%lld", (long long)id), str_of(type),
		   str_fmt(c->arena, "{\"course_id\":%lld%.*s}", (long long)id, STR(more)));
}

/* -- making -- */

struct creating {
	const struct course_input *in;
	int64_t copied_from;
	struct course *made;
};

static outcome create(struct ctx *c, void *p)
{
	struct creating *v = p;
	struct course_input in = *v->in;
	opt_int from = { v->copied_from > 0, v->copied_from };
	opt_day first, last;
	outcome o = course_check(c, &in, NULL);
	int64_t id;

	if (o != OK || (o = course_book(c, NULL, &in)) != OK)
		return o;
	settle_decide_on(&in);
	first_and_last(&in, &first, &last);
	id = db_insert(c, &insert_course, arg(in.title), arg(in.category_id), arg(in.instructor_id), arg(in.price), arg(in.hold_seconds),
		       arg(in.enrol_opens_at), arg(in.enrol_closes_at), arg(first), arg(last), arg(in.description), arg(in.term_id),
		       arg(in.min_enrolled), arg(in.decide_on), arg(from), arg(c->now));
	if ((o = course_keep_sessions(c, id, &in)) != OK || (o = course_tell_queue(c, id, &in, false)) != OK)
		return o;
	course_text_refresh(c, id);
	if (!course_find(c, id, true, v->made))
		fault(c, "the course that was made is not there");
	staff_log_add(c, v->copied_from ? "course.copy" : "course.create", "course", id, &course_shape, NULL, v->made, (str){ NULL, 0 });
	return OK;
}

outcome course_create(struct ctx *c, const struct course_input *in, struct course *made)
{
	struct creating v = { in, 0, made };

	return db_tx(c, create, &v);
}

outcome course_create_from(struct ctx *c, int64_t copied_from, const struct course_input *in, struct course *made)
{
	struct creating v = { in, copied_from, made };

	return db_tx(c, create, &v);
}

/* -- editing -- */

struct course_input course_as_input(const struct course *k)
{
	return (struct course_input){ k->id, k->title, k->category.id, k->instructor.id, k->price, k->capacity, k->hold_seconds,
				      k->enrol_opens_at, k->enrol_closes_at, k->description, k->sessions,
				      { k->term.id > 0, k->term.id }, k->min_enrolled, k->decide_on };
}

static size_t size_of_kind(const struct field *f)
{
	switch ((enum kind)f->kind) {
	case K_STR: return sizeof(str);
	case K_LIST: return sizeof(list);
	case K_OPT_INT: return sizeof(opt_int);
	case K_OPT_DAY: return sizeof(opt_day);
	default: return sizeof(int64_t);
	}
}

static bool has(const struct course_patch *p, const char *member)
{
	return p->given >> (shape_field(&course_input_shape, str_of(member)) - course_input_shape.fields) & 1;
}

static void patch(struct course_input *to, const struct course_patch *p)
{
	/* A day that was counted from the first session moves with it. */
	opt_day usual = usual_decide_on(to);
	bool follows = !has(p, "decide_on") && to->decide_on.set && usual.set && to->decide_on.v.days == usual.v.days;

	for (size_t i = 0; i < course_input_shape.n; i++) {
		const struct field *f = &course_input_shape.fields[i];

		if (p->given >> i & 1)
			memcpy(shape_at(to, f), shape_at(&p->in, f), size_of_kind(f));
	}
	to->id = p->id;
	if (follows)
		to->decide_on = (opt_day){ 0 };
	if (to->min_enrolled == 0 || !has(p, "decide_on"))
		settle_decide_on(to);
}

void course_changed(struct ctx *c, int64_t id, bool title, bool sessions, bool price)
{
	struct buf b = buf_in(c->arena);

	if (!title && !sessions && !price)
		return;
	buf_lit(&b, ",\"fields\":[");
	if (title)
		buf_lit(&b, "\"title\"");
	if (sessions)
		buf_str(&b, title ? S(",\"sessions\"") : S("\"sessions\""));
	if (price)
		buf_str(&b, title || sessions ? S(",\"price\"") : S("\"price\""));
	buf_char(&b, ']');
	course_event(c, id, "course.changed", buf_text(&b));
}

static void tell_of_change(struct ctx *c, const struct course *before, const struct course_input *in)
{
	if (course_is_on(before->status))
		course_changed(c, before->id, !str_eq(before->title, in->title), !course_same_sessions(before->sessions, in->sessions),
			       before->price.won != in->price.won);
}

static outcome save(struct ctx *c, const struct course *before, const struct course_input *in)
{
	bool moved = !course_same_sessions(before->sessions, in->sessions);
	bool swapped = course_swaps_sessions(before->sessions, in->sessions);
	opt_day first, last;
	outcome o;

	if (course_is_living(before->status) && (moved || in->instructor_id != before->instructor.id) && (o = course_book(c, before, in)) != OK)
		return o;
	first_and_last(in, &first, &last);
	db_run(c, &update_course, arg(in->title), arg(in->category_id), arg(in->instructor_id), arg(in->price), arg(in->hold_seconds),
	       arg(in->enrol_opens_at), arg(in->enrol_closes_at), arg(first), arg(last), arg(in->description), arg(in->term_id),
	       arg(in->min_enrolled), arg(in->decide_on), arg(in->id));
	if ((moved || swapped) && (o = course_keep_sessions(c, in->id, in)) != OK)
		return o;
	if ((o = course_tell_queue(c, in->id, in, before->status == COURSE_OPEN)) != OK)
		return o;
	course_text_refresh(c, in->id);
	return OK;
}

static bool same_value(const struct field *f, const void *a, const void *b)
{
	switch ((enum kind)f->kind) {
	case K_STR: return str_eq(*(const str *)a, *(const str *)b);
	case K_OPT_INT: {
		const opt_int *x = a, *y = b;

		return x->set == y->set && (!x->set || x->v == y->v);
	}
	case K_OPT_DAY: {
		const opt_day *x = a, *y = b;

		return x->set == y->set && (!x->set || x->v.days == y->v.days);
	}
	case K_LIST: return course_same_sessions(*(const list *)a, *(const list *)b) && !course_swaps_sessions(*(const list *)a, *(const list *)b);
	default: return *(const int64_t *)a == *(const int64_t *)b;
	}
}

/* Then it is no edit: no version that others' edits would be stale for, and no line on the log. */
static bool changes_nothing(const struct course *before, const struct course_input *in)
{
	struct course_input was = course_as_input(before);

	for (size_t i = 0; i < course_input_shape.n; i++) {
		const struct field *f = &course_input_shape.fields[i];

		if (!same_value(f, shape_at(&was, f), shape_at(in, f)))
			return false;
	}
	return true;
}

struct editing {
	const struct course_patch *patch;
	struct course *now;
};

bool course_lock(struct ctx *c, int64_t id, struct course *k)
{
	return db_int(c, &lock_course, 0, arg(id)) > 0 && course_find(c, id, true, k);
}

static outcome edit(struct ctx *c, void *p)
{
	struct editing *v = p;
	int64_t id = v->patch->id;
	struct course_input in;
	struct course before;
	outcome o;

	if (!course_lock(c, id, &before))
		return &course_unknown;
	if (v->patch->version.set && v->patch->version.v != before.version)
		return &version_stale;
	in = course_as_input(&before);
	patch(&in, v->patch);
	if ((o = course_check(c, &in, &before)) != OK)
		return o;
	if (changes_nothing(&before, &in)) {
		*v->now = before;
		return OK;
	}
	if ((o = save(c, &before, &in)) != OK)
		return o;
	if (!v->patch->quiet)
		tell_of_change(c, &before, &in);
	course_find(c, id, true, v->now);
	staff_log_add(c, "course.edit", "course", id, &course_shape, &before, v->now, (str){ NULL, 0 });
	return OK;
}

outcome course_edit(struct ctx *c, const struct course_patch *p, struct course *now)
{
	struct editing v = { p, now };

	return db_tx(c, edit, &v);
}
