/* course/course_bulk_pages.c -- several courses at once: what would happen, then doing it, then what happened.
 *
 * What is done is course_bulk's; the check page is its dry run. */
#include "core/i18n.h"
#include "course/course.h"
#include "course/course_routes.h"
#include "queue/queue.h"

struct bulk_in {
	list ids;
	int action;
	opt_int term_id;
};
const struct shape course_page_bulk_in_shape = SHAPE("CourseBulk", struct bulk_in,
	F(ids, .of = &int_item_shape, .optional = true, .max = COURSE_BULK_MAX),
	F(action, .optional = true, .words = course_bulk_actions), F(term_id, .min = 1));
const struct shape course_page_bulk_do_shape = SHAPE("CourseBulk", struct bulk_in,
	F(ids, .of = &int_item_shape, .max = COURSE_BULK_MAX), F(action, .words = course_bulk_actions), F(term_id, .min = 1));

struct bulk_row {
	int64_t id;
	str title, why;
	int status;
	when enrol_opens_at;
	opt_day first_day;                 /* of the copy */
	bool ok;
	str code;
};
static const struct shape bulk_row_shape = SHAPE("CourseBulkRow", struct bulk_row,
	F(id), F(title), F(why), F(status, .words = course_statuses, .called = "course"), F(enrol_opens_at), F(first_day), F(ok));

struct bulk_page {
	list data, term_id_options;
	int action;
	opt_int term_id;
	int64_t picked, able, failed;
	bool checked;
};
const struct shape course_page_bulk_shape = SHAPE("CourseBulkPage", struct bulk_page,
	F(data, .of = &bulk_row_shape), F(term_id_options, .of = &id_option_shape), F(action, .words = course_bulk_actions), F(term_id),
	F(picked), F(able), F(failed), F(checked));

struct picked {
	int64_t id[COURSE_BULK_MAX];
	size_t n;
};

/* Each id once, in the order in which they were sent. */
static void take_ids(struct picked *p, list ids)
{
	const struct int_item *sent = ids.p;

	for (size_t i = 0; i < ids.n; i++) {
		size_t k = 0;

		while (k < p->n && p->id[k] != sent[i].value)
			k++;
		if (k == p->n && p->n < COURSE_BULK_MAX)
			p->id[p->n++] = sent[i].value;
	}
}

static outcome run(struct ctx *c, const struct bulk_in *in, const struct picked *p, bool dry, list *results)
{
	struct course_bulk b = { .ids = p->id, .n = p->n, .action = in->action, .term_id = in->term_id, .dry_run = dry };

	return course_bulk(c, &b, results);
}

/* What became of each, or only what they are as long as nothing was tried. */
static list rows_of(struct ctx *c, const struct picked *p, list results)
{
	const struct course_bulk_result *k = results.p;
	struct bulk_row *r = arena_array(c->arena, struct bulk_row, p->n + 1);
	struct course now;

	for (size_t i = 0; i < p->n; i++) {
		r[i] = (struct bulk_row){ .id = p->id[i] };
		if (i < results.n) {
			r[i].ok = k[i].ok;
			r[i].why = k[i].message.set ? k[i].message.v : (str){ NULL, 0 };
			r[i].code = k[i].code.set ? k[i].code.v : (str){ NULL, 0 };
			r[i].first_day = k[i].first_day;
			if (k[i].made_id.set)
				r[i].id = k[i].made_id.v;           /* what one wants to look at now */
		}
		if (course_find(c, r[i].id, true, &now)) {
			r[i].title = now.title;
			r[i].status = now.status;
			r[i].enrol_opens_at = now.enrol_opens_at;
		}
	}
	return (list){ r, p->n };
}

outcome course_page_bulk(struct request *rq)
{
	const struct bulk_in *in = rq->in;
	struct bulk_page p = { .action = in->action, .term_id = in->term_id };
	struct field_error *told = rq->ctx->errors;
	struct picked picked = { .n = 0 };
	const struct bulk_row *r;
	list results = { NULL, 0 };

	take_ids(&picked, in->ids);
	if (picked.n && (in->action != COURSE_BULK_COPY || in->term_id.set))
		p.checked = run(rq->ctx, in, &picked, true, &results) == OK;
	rq->ctx->errors = told;
	p.data = rows_of(rq->ctx, &picked, results);
	r = p.data.p;
	p.picked = (int64_t)picked.n;
	for (size_t i = 0; p.checked && i < p.data.n; i++)
		*(r[i].ok ? &p.able : &p.failed) += 1;
	p.term_id_options = course_term_options(rq->ctx);
	return reply(rq, &p);
}

static void put_ids(struct buf *out, list rows, bool ok)
{
	const struct bulk_row *r = rows.p;
	bool first = true;

	for (size_t i = 0; i < rows.n; i++) {
		if (r[i].ok != ok)
			continue;
		buf_fmt(out, "%s%lld", first ? "" : ",", (long long)r[i].id);
		if (!ok)
			buf_fmt(out, ".%.*s", STR(r[i].code));
		first = false;
	}
}

outcome course_page_bulk_do(struct request *rq)
{
	const struct bulk_in *in = rq->in;
	struct buf where = buf_in(rq->ctx->arena);
	struct picked picked = { .n = 0 };
	list results, rows;
	outcome o;

	take_ids(&picked, in->ids);
	if (picked.n == 0)
		return &course_unknown;
	if (in->action == COURSE_BULK_COPY && !in->term_id.set)
		return fail(rq->ctx, &invalid, "term_id", "required", (str){ NULL, 0 });
	o = run(rq->ctx, in, &picked, false, &results);
	if (o != OK)
		return o;
	rows = rows_of(rq->ctx, &picked, results);
	buf_fmt(&where, "/admin/courses/bulk/done?action=%s&done=", course_bulk_actions[in->action]);
	put_ids(&where, rows, true);
	buf_lit(&where, "&failed=");
	put_ids(&where, rows, false);
	return reply_see_other(rq, buf_text(&where));
}

/* -- what happened --------------------------------------------------------------------------------------------------- */

struct done_in {
	int action;
	opt_str done, failed;
};
const struct shape course_page_bulk_done_in_shape = SHAPE("CourseBulkDoneIn", struct done_in,
	F(action, .optional = true, .words = course_bulk_actions), F(done, .max = 4000, .pattern = "^[0-9,]*$"), F(failed, .max = 8000, .pattern = "^[0-9a-z_.,]*$"));

struct done_page {
	list done, failed;
	int action;
	int64_t able, refused;
};
const struct shape course_page_bulk_done_shape = SHAPE("CourseBulkDonePage", struct done_page,
	F(done, .of = &bulk_row_shape), F(failed, .of = &bulk_row_shape), F(action, .words = course_bulk_actions), F(able), F(refused));

/* "12,13" or "12.course_status_refused,13.…" */
static list read_rows(struct ctx *c, opt_str text)
{
	struct bulk_row *r = arena_array(c->arena, struct bulk_row, COURSE_BULK_MAX);
	str rest = text.set ? text.v : (str){ NULL, 0 }, one, id, code;
	struct course k;
	size_t n = 0;

	while (rest.n && n < COURSE_BULK_MAX) {
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
