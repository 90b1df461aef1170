/* course/course_pages.c -- the same resources as pages: they work without JavaScript. */
#include "category/category.h"
#include "core/i18n.h"
#include "course/course.h"
#include "course/course_routes.h"
#include "instructor/instructor.h"
#include "queue/queue.h"
#include "saved_view/saved_view.h"
#include "term/term.h"

/* -- choices --------------------------------------------------------------------------------------------------------- */

const struct shape course_option_shape = SHAPE("Option", struct course_option, F(value), F(label), F(selected));

/* How deep a category lies: 0 at the top. */
static size_t depth(const struct category *k, size_t n, size_t i)
{
	size_t deep = 0;

	while (k[i].parent_id.set && deep < 8) {
		size_t up = 0;

		while (up < n && k[up].id != k[i].parent_id.v)
			up++;
		if (up == n)
			break;
		i = up;
		deep++;
	}
	return deep;
}

static void put_below(struct ctx *c, const struct category *k, size_t n, int64_t parent, int64_t selected, struct course_option *o, size_t *at)
{
	for (size_t i = 0; i < n; i++) {
		str indent = S("\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0");      /* browsers keep no-break spaces */

		if ((k[i].parent_id.set ? k[i].parent_id.v : 0) != parent || *at >= n)
			continue;
		indent.n = depth(k, n, i) * 4 < indent.n ? depth(k, n, i) * 4 : indent.n;
		o[(*at)++] = (struct course_option){ k[i].id, str_join(c->arena, indent, k[i].name), k[i].id == selected };
		put_below(c, k, n, k[i].id, selected, o, at);
	}
}

list course_category_options(struct ctx *c, int64_t selected)
{
	list all = category_all(c);
	struct course_option *o = arena_array(c->arena, struct course_option, all.n + 1);
	size_t n = 0;

	put_below(c, all.p, all.n, 0, selected, o, &n);
	return (list){ o, n };
}

list course_instructor_options(struct ctx *c, int64_t selected)
{
	list all = instructor_active(c, 0, 500);
	const struct instructor *k = all.p;
	struct course_option *o = arena_array(c->arena, struct course_option, all.n + 2);
	struct instructor gone = { 0 };
	bool found = selected == 0;

	for (size_t i = 0; i < all.n; i++) {
		o[i] = (struct course_option){ k[i].id, k[i].name, k[i].id == selected };
		found |= k[i].id == selected;
	}
	if (!found && instructor_find(c, selected, &gone))       /* teaches no longer, but this is theirs */
		o[all.n++] = (struct course_option){ gone.id, gone.name, true };
	return (list){ o, all.n };
}

list course_term_options(struct ctx *c, int64_t selected)
{
	list all = term_all(c);
	const struct term *t = all.p;
	struct course_option *o = arena_array(c->arena, struct course_option, all.n + 1);

	for (size_t i = 0; i < all.n; i++)
		o[i] = (struct course_option){ t[i].id, t[i].name, t[i].id == selected };
	return (list){ o, all.n };
}

str course_option_chosen(list options)
{
	const struct course_option *o = options.p;

	for (size_t i = 0; i < options.n; i++)
		if (o[i].selected)
			return o[i].label;
	return (str){ NULL, 0 };
}

/* -- list ------------------------------------------------------------------------------------------------------------ */

/* A filter that is set, and the list without it. */
struct chip {
	str label, href;
};
static const struct shape chip_shape = SHAPE("CourseChip", struct chip, F(label), F(href));

const struct shape course_page_filter_shape = SHAPE("CoursePageFilter", struct course_filter_in,
	F(q, .max = 100), F(category_id, .min = 1), F(instructor_id, .min = 1), F(term_id, .min = 1), F(to_decide, .optional = true),
	F(status, .optional = true, .words = course_filter_statuses), F(sort, .optional = true, .words = course_sorts),
	F(cursor), F(limit, .optional = true, .dflt = 50, .min = 1, .max = 100));

struct list_page {
	list data;
	opt_str next_cursor, prev_cursor;
	list categories, terms, instructors, chips, views;
	str q;
	int status, sort;
	bool to_decide;
};
const struct shape course_page_list_shape = SHAPE("CourseListPage", struct list_page,
	F(data, .of = &course_row_shape), F(next_cursor), F(prev_cursor), F(categories, .of = &course_option_shape),
	F(terms, .of = &course_option_shape), F(instructors, .of = &course_option_shape), F(chips, .of = &chip_shape),
	F(views, .of = &saved_view_tab_shape), F(q), F(status, .words = course_filter_statuses), F(sort, .words = course_sorts), F(to_decide));

/* The query without this member and without the place in the list. */
static str without(const struct request *rq, str member)
{
	struct buf b = buf_in(rq->ctx->arena);
	str rest = rq->query, pair, name, value;

	buf_lit(&b, "/admin/courses");
	for (char sign = '?'; rest.n;) {
		str_split(rest, '&', &pair, &rest);
		str_split(pair, '=', &name, &value);
		if (value.n == 0 || str_eq(name, member) || str_eq(name, S("cursor")))
			continue;
		buf_char(&b, sign);
		buf_str(&b, pair);
		sign = '&';
	}
	return buf_text(&b);
}

static void add_chip(const struct request *rq, struct list_page *p, const char *member, str what)
{
	struct chip *all = p->chips.p;

	if (what.n)
		all[p->chips.n++] = (struct chip){ str_trim(what), without(rq, str_of(member)) };
}

static void fill_filters(const struct request *rq, struct list_page *p)
{
	const struct course_filter_in *in = rq->in;
	struct ctx *c = rq->ctx;

	p->categories = course_category_options(c, in->category_id.set ? in->category_id.v : 0);
	p->terms = course_term_options(c, in->term_id.set ? in->term_id.v : 0);
	p->instructors = course_instructor_options(c, in->instructor_id.set ? in->instructor_id.v : 0);
	p->status = in->status;
	p->sort = in->sort;
	p->to_decide = in->to_decide;
	p->chips.p = arena_array(c->arena, struct chip, 6);
	if (in->q.set) {
		p->q = in->q.v;
		add_chip(rq, p, "q", str_fmt(c->arena, "“%.*s”", STR(in->q.v)));
	}
	add_chip(rq, p, "category_id", course_option_chosen(p->categories));
	if (in->status)
		add_chip(rq, p, "status", i18n_raw(c->locale, str_fmt(c->arena, "course.status.%s", course_filter_statuses[in->status])));
	add_chip(rq, p, "term_id", course_option_chosen(p->terms));
	add_chip(rq, p, "instructor_id", course_option_chosen(p->instructors));
	if (in->to_decide)
		add_chip(rq, p, "to_decide", i18n_raw(c->locale, S("course.to_decide")));
}

outcome course_page_list(struct request *rq)
{
	struct list_out found = { 0 };
	struct list_page out = { 0 };

	course_list_page(rq, &found);
	out.data = found.data;
	out.next_cursor = found.next_cursor;
	out.prev_cursor = found.prev_cursor;
	fill_filters(rq, &out);
	out.views = saved_views(rq, "courses");
	return reply(rq, &out);
}

/* -- one course ------------------------------------------------------------------------------------------------------ */

struct show_in {
	int64_t id;
	opt_str done;
};
const struct shape course_page_show_in_shape = SHAPE("CoursePageIn", struct show_in, F(id), F(done, .max = 20, .pattern = "^[a-z]+$"));

/* What must stand before a course is opened. */
struct ready {
	bool seats, price, sessions, window, policy, all;
};
static const struct shape ready_shape = SHAPE("CourseReady", struct ready, F(seats), F(price), F(sessions), F(window), F(policy), F(all));

struct show_page {
	struct course course;
	int64_t enrolled;
	struct ready ready;
	str policy;                        /* the current one, which what is sold gets */
	str hold;                          /* how long a seat is held, in words */
	bool may_open, may_close, may_cancel, may_finish, may_edit, to_decide, decide_late;
	bool was_created, was_saved, was_opened, was_closed, was_finished, was_decided, was_copied;
};
const struct shape course_page_show_shape = SHAPE("CoursePage", struct show_page,
	F(course, .of = &course_shape), F(enrolled), F(ready, .of = &ready_shape), F(policy), F(hold),
	F(may_open), F(may_close), F(may_cancel), F(may_finish), F(may_edit), F(to_decide),
	F(decide_late), F(was_created), F(was_saved), F(was_opened), F(was_closed), F(was_finished), F(was_decided), F(was_copied));

struct policy_row {
	str name;
};
static const struct shape policy_row_shape = SHAPE("CoursePolicy", struct policy_row, F(name));
SQL(select_policy, "SELECT name FROM refund_policy_name ORDER BY id DESC LIMIT 1");
SQL(select_enrolled, "SELECT enrolled FROM seat_count WHERE course_id = ?");

/* 10분, 90초 */
static str hold_words(struct ctx *c, int64_t seconds)
{
	bool whole = seconds % 60 == 0;

	return words(c, whole ? "course.minutes" : "course.seconds", { NULL, i18n_number(c->arena, whole ? seconds / 60 : seconds) });
}

static void fill_show_page(const struct request *rq, struct show_page *p)
{
	const struct course *k = &p->course;
	int s = k->status;
	struct policy_row policy = { { NULL, 0 } };
	bool staff = (rq->ctx->who.roles & STAFF) != 0, on = s == COURSE_OPEN || s == COURSE_CLOSED;

	p->may_edit = staff && s != COURSE_CANCELLED && s != COURSE_FINISHED;
	p->may_open = staff && (s == COURSE_DRAFT || s == COURSE_CLOSED);
	p->may_close = staff && s == COURSE_OPEN;
	p->may_cancel = staff && (s == COURSE_DRAFT || on);
	p->may_finish = staff && on;
	p->enrolled = db_int(rq->ctx, &select_enrolled, 0, arg(k->id));
	/* Who may not come yet cannot be missing, unless the day of the decision is near. */
	p->to_decide = on && k->min_enrolled > 0 && !k->decision.set && p->enrolled < k->min_enrolled &&
		       (k->enrol_opens_at.us <= rq->ctx->now.us ||
			(k->decide_on.set && k->decide_on.v.days <= when_day_in_seoul(rq->ctx->now).days + COURSE_DECIDE_AHEAD));
	p->decide_late = k->decide_on.set && k->decide_on.v.days < when_day_in_seoul(rq->ctx->now).days;
	p->ready = (struct ready){ k->capacity > 0, k->price.won > 0, k->sessions.n > 0, k->enrol_closes_at.us > rq->ctx->now.us,
				   db_one(rq->ctx, &select_policy, &policy_row_shape, &policy), false };
	p->policy = policy.name;
	p->hold = hold_words(rq->ctx, k->hold_seconds);
	p->ready.all = p->ready.seats && p->ready.sessions && p->ready.window && p->ready.policy;
}

static void fill_done(struct show_page *p, str done)
{
	p->was_created = str_eq(done, S("created"));
	p->was_saved = str_eq(done, S("saved"));
	p->was_opened = str_eq(done, S("open"));
	p->was_closed = str_eq(done, S("closed"));
	p->was_finished = str_eq(done, S("finished"));
	p->was_decided = str_eq(done, S("decided"));
	p->was_copied = str_eq(done, S("copied"));
}

outcome course_page_show(struct request *rq)
{
	struct show_page p = { 0 };

	if (!course_find(rq->ctx, ((struct id_in *)rq->in)->id, true, &p.course))
		return &course_unknown;
	fill_show_page(rq, &p);
	if (rq->method == GET && ((struct show_in *)rq->in)->done.set)
		fill_done(&p, ((struct show_in *)rq->in)->done.v);
	return reply(rq, &p);
}

static outcome to_course(struct request *rq, int64_t id, const char *done)
{
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld?done=%s", (long long)id, done));
}

struct status_in {
	int64_t id;
	int status;
	str reason;
};
const struct shape course_page_status_shape = SHAPE("CourseStatusForm", struct status_in,
	F(id, .read_only = true), F(status, .words = course_statuses), F(reason, .optional = true, .max = 500));

outcome course_page_status(struct request *rq)
{
	const struct status_in *in = rq->in;
	struct course k;
	outcome o;

	/* What cannot be undone has a page of its own, that says what it brings. */
	if (in->status == COURSE_FINISHED || in->status == COURSE_CANCELLED)
		return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld/%s", (long long)in->id,
						   in->status == COURSE_FINISHED ? "finish" : "cancel"));
	o = course_set_status(rq->ctx, in->id, (enum course_status)in->status, in->reason, &k);

	return o == OK ? to_course(rq, in->id, course_statuses[in->status]) : o;
}

/* -- the end of a course ---------------------------------------------------------------------------------------------- */

struct finish_in {
	int64_t id;
	str reason;
	opt_int expected_sessions;     /* to come, as the page said */
};
const struct shape course_page_finish_in_shape = SHAPE("CourseFinish", struct finish_in, F(id, .read_only = true), F(reason, .min = 1, .max = 500),
	F(expected_sessions));

struct finish_counts {
	int64_t enrolled, waiting, held;
};
static const struct shape finish_counts_shape = SHAPE("CourseFinishCounts", struct finish_counts, F(enrolled), F(waiting), F(held));
SQL(select_counts,
	"SELECT enrolled, queue_length AS waiting, capacity - seats_left - enrolled AS held FROM seat_count WHERE course_id = ?");

struct finish_page {
	struct finish_in form;
	struct course course;
	struct finish_counts counts;
	int64_t to_come;               /* sessions that have not begun */
	opt_when next;
	bool may_finish;
};
const struct shape course_page_finish_shape = SHAPE("CourseFinishPage", struct finish_page,
	F(form, .of = &course_page_finish_in_shape), F(course, .of = &course_shape), F(counts, .of = &finish_counts_shape), F(to_come),
	F(next), F(may_finish));

outcome course_page_finish_form(struct request *rq)
{
	struct finish_page p = { .form.id = *(int64_t *)rq->in };

	if (!course_find(rq->ctx, p.form.id, true, &p.course))
		return &course_unknown;
	p.to_come = course_sessions_to_come(rq->ctx, &p.course, &p.next);
	db_one(rq->ctx, &select_counts, &finish_counts_shape, &p.counts, arg(p.form.id));
	p.may_finish = p.course.status == COURSE_OPEN || p.course.status == COURSE_CLOSED;
	return reply(rq, &p);
}

outcome course_page_finish(struct request *rq)
{
	const struct finish_in *in = rq->in;
	struct course k;
	outcome o = course_finish(rq->ctx, in->id, in->expected_sessions, in->reason, &k);

	return o == OK ? to_course(rq, in->id, course_statuses[COURSE_FINISHED]) : o;
}

outcome course_page_decide(struct request *rq)
{
	const struct course_reason_in *in = rq->in;
	struct course k;
	outcome o = course_decide(rq->ctx, in->id, in->reason, &k);

	return o == OK ? to_course(rq, in->id, "decided") : o;
}
