/* course/course_pages.c -- the same resources as pages: they work without JavaScript. */
#include <string.h>

#include "category/category.h"
#include "course/course.h"
#include "course/course_routes.h"
#include "instructor/instructor.h"
#include "queue/queue.h"
#include "web/form.h"

struct option {
	int64_t value;
	str label;
	bool selected;
};
static const struct shape option_shape = SHAPE("Option", struct option, F(value), F(label), F(selected));

/* -- list ------------------------------------------------------------------------------------------------------------ */

struct list_page {
	list data;
	opt_str next_cursor, prev_cursor;
	list categories;
	int status, sort;
	opt_str done;
};
const struct shape course_page_list_shape = SHAPE("CourseListPage", struct list_page,
	F(data, .of = &course_row_shape), F(next_cursor), F(prev_cursor), F(categories, .of = &option_shape),
	F(status, .words = course_filter_statuses), F(sort, .words = course_sorts), F(done));

static list category_options(struct ctx *c, int64_t selected)
{
	list all = category_all(c);
	const struct category *k = all.p;
	struct option *o = arena_array(c->arena, struct option, all.n + 1);

	for (size_t i = 0; i < all.n; i++)
		o[i] = (struct option){ k[i].id, k[i].parent_id.set ? str_join(c->arena, S("– "), k[i].name) : k[i].name, k[i].id == selected };
	return (list){ o, all.n };
}

static list instructor_options(struct ctx *c, int64_t selected)
{
	list all = instructor_active(c, 0, 200);
	const struct instructor *k = all.p;
	struct option *o = arena_array(c->arena, struct option, all.n + 1);

	for (size_t i = 0; i < all.n; i++)
		o[i] = (struct option){ k[i].id, k[i].name, k[i].id == selected };
	return (list){ o, all.n };
}

outcome course_page_list(struct request *rq)
{
	const struct course_filter_in *in = rq->in;
	struct list_out found = { 0 };
	struct list_page out = { 0 };

	course_list_page(rq, &found);
	out.data = found.data;
	out.next_cursor = found.next_cursor;
	out.prev_cursor = found.prev_cursor;
	out.categories = category_options(rq->ctx, in->category_id.set ? in->category_id.v : 0);
	out.status = in->status;
	out.sort = in->sort;
	return reply(rq, &out);
}

/* -- one course -------------------------------------------------------------------------------------------------------- */

struct show_in {
	int64_t id;
	opt_str done;
};
const struct shape course_page_show_in_shape = SHAPE("CoursePageIn", struct show_in, F(id), F(done, .max = 20, .pattern = "^[a-z]+$"));

struct show_page {
	struct course course;
	bool may_open, may_close, may_cancel, may_finish, may_edit;
	bool was_created, was_saved, was_opened, was_closed, was_cancelled, was_finished;
};
const struct shape course_page_show_shape = SHAPE("CoursePage", struct show_page,
	F(course, .of = &course_shape), F(may_open), F(may_close), F(may_cancel), F(may_finish), F(may_edit),
	F(was_created), F(was_saved), F(was_opened), F(was_closed), F(was_cancelled), F(was_finished));

static void fill_show_page(const struct request *rq, struct show_page *p)
{
	int s = p->course.status;
	bool staff = (rq->ctx->who.roles & STAFF) != 0;

	p->may_edit = staff && s != COURSE_CANCELLED && s != COURSE_FINISHED;
	p->may_open = staff && (s == COURSE_DRAFT || s == COURSE_CLOSED);
	p->may_close = staff && s == COURSE_OPEN;
	p->may_cancel = staff && (s == COURSE_DRAFT || s == COURSE_OPEN || s == COURSE_CLOSED);
	p->may_finish = staff && (s == COURSE_OPEN || s == COURSE_CLOSED);
}

outcome course_page_show(struct request *rq)
{
	struct show_page p = { 0 };
	str done = { NULL, 0 };

	if (!course_find(rq->ctx, ((struct id_in *)rq->in)->id, true, &p.course))
		return &course_unknown;
	fill_show_page(rq, &p);
	if (rq->method == GET && ((struct show_in *)rq->in)->done.set)
		done = ((struct show_in *)rq->in)->done.v;
	p.was_created = str_eq(done, S("created"));
	p.was_saved = str_eq(done, S("saved"));
	p.was_opened = str_eq(done, S("open"));
	p.was_closed = str_eq(done, S("closed"));
	p.was_cancelled = str_eq(done, S("cancelled"));
	p.was_finished = str_eq(done, S("finished"));
	return reply(rq, &p);
}

outcome course_page_status(struct request *rq)
{
	const struct course_status_in *in = rq->in;
	struct course k;
	outcome o = course_set_status(rq->ctx, in->id, (enum course_status)in->status, in->reason, &k);

	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld?done=%s", (long long)in->id, course_statuses[in->status]));
}

/* -- forms --------------------------------------------------------------------------------------------------------------- */

struct form_page {
	struct course_input form;
	list category_id_options, instructor_id_options;
	str stored_title;
	int64_t version;                   /* that a save is to be based on */
	bool conflict;                     /* somebody else saved meanwhile */
};
const struct shape course_page_form_shape = SHAPE("CourseFormPage", struct form_page,
	F(form, .of = &course_input_shape), F(category_id_options, .of = &option_shape), F(instructor_id_options, .of = &option_shape),
	F(stored_title), F(version), F(conflict));

static outcome reply_form(struct request *rq, struct form_page *p)
{
	p->category_id_options = category_options(rq->ctx, p->form.category_id);
	p->instructor_id_options = instructor_options(rq->ctx, p->form.instructor_id);
	return reply(rq, p);
}

static bool is_told(const struct ctx *c, outcome why)
{
	for (const struct field_error *e = c->errors; e; e = e->next)
		if (strcmp(e->code, why->code) == 0)
			return true;
	return false;
}

/* The version that the form was made on; `stored` if there was none. */
static int64_t version_sent(struct request *rq, int64_t stored)
{
	int64_t v;
	str s;

	return rq->form.n && form_value(rq->ctx, rq->form, S("_version"), &s) && str_int(s, &v) ? v : stored;
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
	outcome o = course_create(rq->ctx, rq->in, &k);

	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld?done=created", (long long)k.id));
}

outcome course_page_edit(struct request *rq)
{
	struct form_page p = { 0 };
	struct course k;

	if (!course_find(rq->ctx, ((struct id_in *)rq->in)->id, true, &k))
		return &course_unknown;
	p.form = course_as_input(&k);
	p.stored_title = k.title;
	/* Who has been told of the other's change may save over it. */
	p.conflict = is_told(rq->ctx, &version_stale);
	p.version = p.conflict ? k.version : version_sent(rq, k.version);
	return reply_form(rq, &p);
}

outcome course_page_save(struct request *rq)
{
	const struct course_input *in = rq->in;
	/* A form sends all that it has; what it does not have stays. */
	struct course_patch p = { .id = in->id, .given = UINT64_C(0x7fe) | (rq->given & ~UINT64_C(1)), .in = *in };
	struct course k;
	outcome o;

	p.version = some_int(version_sent(rq, 0));
	o = course_edit(rq->ctx, &p, &k);
	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/courses/%lld?done=saved", (long long)in->id));
}
