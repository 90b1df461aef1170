/* change/teach_forms.c -- the three forms in which an instructor asks for a change. What is typed is kept as a draft; the page that
 * comes next shows only what would change, and sends it. */
#include "change/change_private.h"
#include "change/teach_pages.h"

#include <string.h>

#include "queue/queue.h"
#include "web/form.h"
#include "web/view.h"

static const char *const nexts[] = { "check", "draft", NULL };
enum { THEN_CHECK, THEN_DRAFT };

struct form_in {
	int64_t id;                        /* of the course; the first member of all inputs here, as in struct id_in */
	opt_int request;                   /* one that is written on, or filed again */
};
const struct shape teach_form_in_shape = SHAPE("TeachFormIn", struct form_in,
	F(id), F(request, .min = 1));

struct edit {
	int64_t id;
	opt_int request;
	str title;
	money price;
	int64_t capacity, min_enrolled;
	when enrol_opens_at, enrol_closes_at;
	str description;
	list sessions;
	str note;
	int next;
};
const struct shape teach_edit_shape = SHAPE("TeachEdit", struct edit,
	F(id, .read_only = true), F(request, .min = 1), F(title, .min = 1, .max = 120), F(price, .max = 100000000),
	F(capacity, .min = 1, .max = 10000), F(min_enrolled, .max = 10000, .optional = true), F(enrol_opens_at), F(enrol_closes_at),
	F(description, .max = 20000, .multiline = true, .optional = true), F(sessions, .of = &course_session_shape, .max = 200, .optional = true),
	F(note, .max = 1000, .multiline = true, .optional = true), F(next, .words = nexts, .optional = true));

/* What an instructor may ask the status to become. */
static const char *const wanted[] = { "open", "closed", "finished", NULL };
static const enum course_status wanted_status[] = { COURSE_OPEN, COURSE_CLOSED, COURSE_FINISHED };

struct status {
	int64_t id;
	opt_int request;
	int status;
	str note;
	int next;
};
const struct shape teach_status_shape = SHAPE("TeachStatus", struct status,
	F(id, .read_only = true), F(request, .min = 1), F(status, .words = wanted), F(note, .max = 1000, .multiline = true, .optional = true),
	F(next, .words = nexts, .optional = true));

struct delete {
	int64_t id;
	opt_int request;
	str note;
	int next;
};
const struct shape teach_delete_shape = SHAPE("TeachDelete", struct delete,
	F(id, .read_only = true), F(request, .min = 1), F(note, .min = 1, .max = 1000, .multiline = true), F(next, .words = nexts, .optional = true));

/* What the three pages have in common. */
#define PAGE_MEMBERS struct course course; int64_t request_id
#define PAGE_FIELDS F(course, .of = &course_shape), F(request_id)

struct edit_page {
	PAGE_MEMBERS;
	struct edit form;
};

struct status_page {
	PAGE_MEMBERS;
	list status_options;
	struct status form;
};
struct delete_page {
	PAGE_MEMBERS;
	struct delete form;
};
const struct shape teach_edit_page_shape = SHAPE("TeachEditPage", struct edit_page, PAGE_FIELDS, F(form, .of = &teach_edit_shape));
const struct shape teach_status_page_shape = SHAPE("TeachStatusPage", struct status_page, PAGE_FIELDS,
	F(status_options, .of = &text_option_shape), F(form, .of = &teach_status_shape));
const struct shape teach_delete_page_shape = SHAPE("TeachDeletePage", struct delete_page, PAGE_FIELDS, F(form, .of = &teach_delete_shape));

/* -- showing -------------------------------------------------------------------------------------------------------------------------------- */

struct begun {
	struct course course;
	struct change change;              /* that is written on; id 0: none */
	struct change_fields fields;       /* what the form begins with */
};

/* Of the page's GET the query says which request, of its POST the form. */
static opt_int request_of(struct request *rq)
{
	int64_t id;
	str s;

	if (rq->method == GET)
		return ((const struct form_in *)rq->in)->request;
	return form_value(rq->ctx, rq->form, S("request"), &s) && str_int(s, &id) ? some_int(id) : (opt_int){ 0 };
}

static outcome begin(struct request *rq, enum change_kind kind, struct begun *b)
{
	int64_t id = ((const struct id_in *)rq->in)->id;
	opt_int request = request_of(rq);
	struct course *k = &b->course;
	outcome o;

	memset(b, 0, sizeof(*b));
	o = teach_find_course(rq->ctx, id, k);
	if (o != OK)
		return o;
	if (request.set && (!change_find_own(rq->ctx, request.v, &b->change) || b->change.course.id != id || b->change.kind != (int)kind))
		return &change_unknown;
	b->fields = change_fields_of(k);
	if (request.set)
		change_proposed(rq->ctx, &b->change, k, &b->fields);
	return OK;
}

outcome teach_page_edit(struct request *rq)
{
	struct begun b;
	outcome o = begin(rq, CHANGE_EDIT, &b);
	const struct change_fields *f = &b.fields;
	struct edit_page p = { .request_id = b.change.id };

	if (o != OK)
		return o;
	p.course = b.course;
	p.form = (struct edit){ .title = f->title, .price = f->price, .capacity = f->capacity, .min_enrolled = f->min_enrolled,
				.enrol_opens_at = f->enrol_opens_at, .enrol_closes_at = f->enrol_closes_at, .description = f->description,
				.sessions = f->sessions, .note = b.change.note };
	return reply(rq, &p);
}

/* What the course may become from where it is. */
static list status_options(struct ctx *c, int now)
{
	const struct field *f = shape_field(&teach_status_shape, S("status"));
	struct text_option *o = arena_array(c->arena, struct text_option, 3);
	size_t n = 0;

	for (int i = 0; wanted[i]; i++)
		if ((int)wanted_status[i] != now && (now != COURSE_DRAFT || wanted_status[i] == COURSE_OPEN))
			o[n++] = (struct text_option){ str_of(wanted[i]), view_word(c, &teach_status_shape, f, str_of(wanted[i])) };
	return (list){ o, n };
}

outcome teach_page_status(struct request *rq)
{
	struct begun b;
	outcome o = begin(rq, CHANGE_STATUS, &b);
	struct status_page p = { .request_id = b.change.id };

	if (o != OK)
		return o;
	p.course = b.course;
	p.status_options = status_options(rq->ctx, b.course.status);
	p.form = (struct status){ .status = -1, .note = b.change.note };
	for (int i = 0; b.change.id && wanted[i]; i++)
		if ((int)wanted_status[i] == b.fields.status)
			p.form.status = i;
	return reply(rq, &p);
}

outcome teach_page_delete(struct request *rq)
{
	struct begun b;
	outcome o = begin(rq, CHANGE_DELETE, &b);
	struct delete_page p = { .request_id = b.change.id };

	if (o != OK)
		return o;
	p.course = b.course;
	p.form.note = b.change.note;
	return reply(rq, &p);
}

/* -- filing --------------------------------------------------------------------------------------------------------------------------------- */

/* Rules speak of "changes.title", the form of "title". */
static void errors_at_fields(struct ctx *c)
{
	for (struct field_error *e = c->errors; e; e = e->next)
		if (str_starts(e->field, S("changes")))
			e->field = str_after(e->field, sizeof("changes.") - 1);
}

static outcome try_it(struct ctx *c, void *p)
{
	struct change k;

	return change_file(c, p, &k);
}

/* Would it be accepted as it is? Nothing is kept of it. */
static outcome would_pass(struct ctx *c, const struct change_filing *f)
{
	struct change_filing sent = *f;

	sent.draft = false;
	return db_probe(c, try_it, &sent);
}

struct filing_work {
	struct change_filing *filing;
	bool check;
	struct change now;
};

static outcome keep(struct ctx *c, void *p)
{
	struct filing_work *w = p;
	outcome o = w->check ? would_pass(c, w->filing) : OK;

	return o == OK ? change_file(c, w->filing, &w->now) : o;
}

/* A request that was decided stays as it is: what is made of it is a new one. */
static int64_t written_on(struct ctx *c, opt_int request)
{
	struct change k;

	if (!request.set || !change_find_own(c, request.v, &k) || (k.state != CHANGE_DRAFT && k.state != CHANGE_STALE))
		return 0;
	return k.id;
}

static outcome file(struct request *rq, struct change_filing *f, opt_int request, int then)
{
	static const char *const kinds[] = { "edit", "delete", "status" };
	struct filing_work w = { .filing = f, .check = then == THEN_CHECK };
	struct course course;
	outcome o = teach_find_course(rq->ctx, f->course_id, &course);

	if (o != OK)
		return o;
	f->id = written_on(rq->ctx, request);
	f->draft = true;
	o = db_tx(rq->ctx, keep, &w);
	errors_at_fields(rq->ctx);
	if (o != OK)
		return o;
	if (then == THEN_DRAFT)
		return reply_see_other(rq, str_fmt(rq->ctx->arena, "/teach/courses/%lld/request/%s?request=%lld&done=saved", (long long)f->course_id,
						   kinds[f->kind], (long long)w.now.id));
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/teach/requests/%lld/check", (long long)w.now.id));
}

/* A form's moments end with the minute: one that nobody touched keeps its seconds. */
static when unless_touched(when typed, when stored)
{
	return typed.us == stored.us / MINUTE * MINUTE ? stored : typed;
}

static void keep_seconds(struct change_fields *f, const struct course *k)
{
	struct course_session *s = f->sessions.p;
	const struct course_session *was = k->sessions.p;

	f->enrol_opens_at = unless_touched(f->enrol_opens_at, k->enrol_opens_at);
	f->enrol_closes_at = unless_touched(f->enrol_closes_at, k->enrol_closes_at);
	for (size_t i = 0; i < f->sessions.n; i++)
		for (size_t j = 0; j < k->sessions.n; j++)
			if (s[i].starts_at.us == was[j].starts_at.us / MINUTE * MINUTE && s[i].ends_at.us == was[j].ends_at.us / MINUTE * MINUTE) {
				s[i].starts_at = was[j].starts_at;
				s[i].ends_at = was[j].ends_at;
			}
}

outcome teach_page_edit_post(struct request *rq)
{
	const struct edit *in = rq->in;
	struct change_filing f = { .course_id = in->id, .kind = CHANGE_EDIT, .given = ~change_bit("status"), .note = str_trim(in->note) };
	struct course k;

	f.changes = (struct change_fields){ in->title, in->price, in->capacity, in->min_enrolled, in->enrol_opens_at, in->enrol_closes_at,
					    in->description, in->sessions, 0 };
	if (teach_find_course(rq->ctx, in->id, &k) == OK)
		keep_seconds(&f.changes, &k);
	return file(rq, &f, in->request, in->next);
}

outcome teach_page_status_post(struct request *rq)
{
	const struct status *in = rq->in;
	struct change_filing f = { .course_id = in->id, .kind = CHANGE_STATUS, .given = change_bit("status"), .note = str_trim(in->note) };

	f.changes.status = (int)wanted_status[in->status];
	return file(rq, &f, in->request, in->next);
}

outcome teach_page_delete_post(struct request *rq)
{
	const struct delete *in = rq->in;
	struct change_filing f = { .course_id = in->id, .kind = CHANGE_DELETE, .note = str_trim(in->note) };

	return file(rq, &f, in->request, in->next);
}
