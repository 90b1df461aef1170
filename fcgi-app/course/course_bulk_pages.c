/* course/course_bulk_pages.c -- several courses at once: what would happen, then doing it, then what happened.
 *
 * The check page rehearses: it does all of it in a transaction that is taken back. */
#include "core/i18n.h"
#include "course/course.h"
#include "course/course_routes.h"
#include "queue/queue.h"
#include "term/term.h"

static const char *const actions[] = { "open", "closed", "copy", NULL };
enum { ACT_OPEN, ACT_CLOSE, ACT_COPY };

struct bulk_in {
	list ids;
	int action;
	opt_int term_id;
};
const struct shape course_page_bulk_in_shape = SHAPE("CourseBulk", struct bulk_in,
	F(ids, .of = &int_item_shape, .optional = true, .max = 200), F(action, .optional = true, .words = actions), F(term_id, .min = 1));
const struct shape course_page_bulk_do_shape = SHAPE("CourseBulk", struct bulk_in,
	F(ids, .of = &int_item_shape, .max = 200), F(action, .words = actions), F(term_id, .min = 1));

struct bulk_row {
	int64_t id;
	str title, why;
	int status;
	opt_day first_day;                 /* of the copy */
	bool ok;
	const char *code;
};
static const struct shape bulk_row_shape = SHAPE("CourseBulkRow", struct bulk_row,
	F(id), F(title), F(why), F(status, .words = course_statuses), F(first_day), F(ok));

struct bulk_page {
	list data, term_id_options;
	int action;
	opt_int term_id;
	int64_t picked, able, failed;
	bool checked;
};
const struct shape course_page_bulk_shape = SHAPE("CourseBulkPage", struct bulk_page,
	F(data, .of = &bulk_row_shape), F(term_id_options, .of = &course_option_shape), F(action, .words = actions), F(term_id),
	F(picked), F(able), F(failed), F(checked));

struct bulk {
	int action;
	opt_int term_id;
	struct term term;
	struct bulk_row *row;
	size_t n;
	bool rehearsed;
	const struct bulk_row *now;
	int64_t made;                      /* the copy */
};

/* Each id once, in the order in which they were sent. */
static void take_ids(struct ctx *c, struct bulk *b, list ids)
{
	const struct int_item *id = ids.p;

	b->row = arena_array(c->arena, struct bulk_row, ids.n + 1);
	for (size_t i = 0; i < ids.n; i++) {
		size_t k = 0;

		while (k < b->n && b->row[k].id != id[i].value)
			k++;
		if (k == b->n)
			b->row[b->n++].id = id[i].value;
	}
}

/* The first day of the term that is the same day of the week. */
static day first_day_in(const struct term *t, const struct course *k)
{
	int64_t from = t->starts_on.days, was = k->starts_on.set ? k->starts_on.v.days : from;

	return (day){ from + ((was - from) % 7 + 7) % 7 };
}

static outcome act(struct ctx *c, void *p)
{
	struct bulk *b = p;
	struct bulk_row *r = (struct bulk_row *)(uintptr_t)b->now;
	struct course k, made;
	outcome o;

	if (!course_find(c, r->id, true, &k))
		return &course_unknown;
	r->title = k.title;
	r->status = k.status;
	if (b->action != ACT_COPY)
		return course_set_status(c, r->id, b->action == ACT_OPEN ? COURSE_OPEN : COURSE_CLOSED, (str){ NULL, 0 }, &made);
	r->first_day = (opt_day){ true, first_day_in(&b->term, &k) };
	o = course_copy(c, &(struct course_copying){ .id = r->id, .first_day = r->first_day.v, .term_id = b->term_id }, &made);
	b->made = o == OK ? made.id : 0;
	return o;
}

/* Why not, in words: what stands at the member, or else what the failure is called. */
static str cause(struct ctx *c, const char *code)
{
	const struct field_error *e = c->errors;
	str key = e ? str_fmt(c->arena, "field.%s", e->code) : (str){ NULL, 0 }, value = e ? e->value : key, status;

	if (!e || !i18n_has(c->locale, key))
		return i18n_raw(c->locale, str_fmt(c->arena, "problem.%s", code));
	status = str_fmt(c->arena, "course.status.%.*s", STR(value));
	if (i18n_has(c->locale, status))
		value = i18n_raw(c->locale, status);
	return i18n_in(c, c->locale, key, (const struct i18n_arg[]){ { NULL, value } }, 1);
}

static const struct failure rehearsal = { 409, "rehearsal" };

static outcome run(struct ctx *c, void *p)
{
	struct bulk *b = p;

	for (size_t i = 0; i < b->n; i++) {
		struct bulk_row *r = &b->row[i];
		outcome o;

		b->now = r;
		b->made = 0;
		c->errors = NULL;
		o = db_try(c, act, b);
		r->ok = o == OK;
		r->code = r->ok ? "" : o->code;
		r->why = r->ok ? (str){ NULL, 0 } : cause(c, o->code);
		if (r->ok && b->made && !b->rehearsed)
			r->id = b->made;           /* what one wants to look at now */
	}
	c->errors = NULL;
	return b->rehearsed ? &rehearsal : OK;
}

static void count(const struct bulk *b, struct bulk_page *p)
{
	for (size_t i = 0; i < b->n; i++)
		*(b->row[i].ok ? &p->able : &p->failed) += 1;
	p->picked = (int64_t)b->n;
	p->data = (list){ b->row, b->n };
}

static bool is_ready(struct ctx *c, struct bulk *b)
{
	return b->n > 0 && (b->action != ACT_COPY || (b->term_id.set && term_find(c, b->term_id.v, &b->term)));
}

outcome course_page_bulk(struct request *rq)
{
	const struct bulk_in *in = rq->in;
	struct bulk b = { .action = in->action, .term_id = in->term_id, .rehearsed = true };
	struct bulk_page p = { .action = in->action, .term_id = in->term_id };
	struct field_error *told = rq->ctx->errors;

	take_ids(rq->ctx, &b, in->ids);
	p.picked = (int64_t)b.n;
	p.data = (list){ b.row, b.n };
	if (is_ready(rq->ctx, &b)) {
		db_tx(rq->ctx, run, &b);
		count(&b, &p);
		p.checked = true;
	}
	rq->ctx->errors = told;
	p.term_id_options = course_term_options(rq->ctx, in->term_id.set ? in->term_id.v : 0);
	return reply(rq, &p);
}

static void put_ids(struct buf *out, const struct bulk *b, bool ok)
{
	bool first = true;

	for (size_t i = 0; i < b->n; i++) {
		if (b->row[i].ok != ok)
			continue;
		buf_fmt(out, "%s%lld", first ? "" : ",", (long long)b->row[i].id);
		if (!ok)
			buf_fmt(out, ".%s", b->row[i].code);
		first = false;
	}
}

outcome course_page_bulk_do(struct request *rq)
{
	const struct bulk_in *in = rq->in;
	struct bulk b = { .action = in->action, .term_id = in->term_id };
	struct buf where = buf_in(rq->ctx->arena);
	outcome o;

	take_ids(rq->ctx, &b, in->ids);
	if (!is_ready(rq->ctx, &b))
		return b.n ? fail(rq->ctx, &term_unknown_ref, "term_id", "term_not_listed", (str){ NULL, 0 }) : &course_unknown;
	o = db_tx(rq->ctx, run, &b);
	if (o != OK)
		return o;
	buf_fmt(&where, "/admin/courses/bulk/done?action=%s&done=", actions[in->action]);
	put_ids(&where, &b, true);
	buf_lit(&where, "&failed=");
	put_ids(&where, &b, false);
	return reply_see_other(rq, buf_text(&where));
}

/* -- what happened --------------------------------------------------------------------------------------------------- */

struct done_in {
	int action;
	opt_str done, failed;
};
const struct shape course_page_bulk_done_in_shape = SHAPE("CourseBulkDoneIn", struct done_in,
	F(action, .optional = true, .words = actions), F(done, .max = 4000, .pattern = "^[0-9,]*$"), F(failed, .max = 8000, .pattern = "^[0-9a-z_.,]*$"));

struct done_page {
	list done, failed;
	int action;
	int64_t able, refused;
};
const struct shape course_page_bulk_done_shape = SHAPE("CourseBulkDonePage", struct done_page,
	F(done, .of = &bulk_row_shape), F(failed, .of = &bulk_row_shape), F(action, .words = actions), F(able), F(refused));

enum { DONE_MAX = 200 };

/* "12,13" or "12.course_status_refused,13.…" */
static list read_rows(struct ctx *c, opt_str text)
{
	struct bulk_row *r = arena_array(c->arena, struct bulk_row, DONE_MAX);
	str rest = text.set ? text.v : (str){ NULL, 0 }, one, id, code;
	struct course k;
	size_t n = 0;

	while (rest.n && n < DONE_MAX) {
		str_split(rest, ',', &one, &rest);
		str_split(one, '.', &id, &code);
		if (!str_int(id, &r[n].id) || !course_find(c, r[n].id, true, &k))
			continue;
		r[n].title = k.title;
		r[n].status = k.status;
		code = str_fmt(c->arena, "problem.%.*s", STR(code));
		r[n++].why = i18n_has(c->locale, code) ? i18n_raw(c->locale, code) : (str){ NULL, 0 };
	}
	return (list){ r, n };
}

outcome course_page_bulk_done(struct request *rq)
{
	const struct done_in *in = rq->in;
	struct done_page p = { .action = in->action };

	p.done = read_rows(rq->ctx, in->done);
	p.failed = read_rows(rq->ctx, in->failed);
	p.able = (int64_t)p.done.n;
	p.refused = (int64_t)p.failed.n;
	return reply(rq, &p);
}
