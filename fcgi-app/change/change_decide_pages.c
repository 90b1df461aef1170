/* change/change_decide_pages.c -- many decisions at once: the page that says what they would do, and the one that says what became of them. */
#include "change/change_pages.h"

#include <stdlib.h>

#include "core/i18n.h"
#include "web/form.h"

const struct failure change_none_done = { 409, "change_none_done" };

enum { MOST = 200 };

/* -- what is to be decided ----------------------------------------------------------------------------------------------------------------- */

static const char *const check_actions[] = { "staged", "approve", "reject", "complete", NULL };
enum { CHECK_STAGED, CHECK_APPROVE, CHECK_REJECT, CHECK_COMPLETE };

struct check_in {
	list ids;
	int action;
	opt_int version;                   /* of the only one, as it was seen */
};
const struct shape change_check_in_shape = SHAPE("ChangeCheckIn", struct check_in,
	F(ids, .of = &int_item_shape, .optional = true, .max = MOST), F(action, .optional = true, .words = check_actions),
	F(version, .min = 1));

static const char *const applies[] = { "no", "yes", NULL };

struct decide_in {
	list approve, reject, complete;
	str reason;
	int apply;
};
const struct shape change_decide_in_shape = SHAPE("ChangeDecideForm", struct decide_in,
	F(approve, .of = &int_item_shape, .optional = true, .max = MOST), F(reject, .of = &int_item_shape, .optional = true, .max = MOST),
	F(complete, .of = &int_item_shape, .optional = true, .max = MOST), F(reason, .optional = true, .multiline = true, .max = 500),
	F(apply, .optional = true, .words = applies));

struct check_row {
	struct change change;
	int action;
	str reason, age;
	bool ok, moved, needs_reason, is_final;
	opt_str message;
	struct change_impact impact;
};
static const struct shape check_row_shape = SHAPE("ChangeCheckRow", struct check_row,
	F(change, .of = &change_row_shape), F(action, .words = change_actions, .called = "change_request"), F(reason), F(age), F(ok), F(moved),
	F(needs_reason), F(is_final), F(message),
	F(impact, .of = &change_impact_shape));

struct check_page {
	list rows, skipped;
	int64_t n_all, n_ok, n_approve, n_reject, n_complete, n_skip;
	bool needs_reason, may_apply, part;
};
const struct shape change_check_page_shape = SHAPE("ChangeCheckPage", struct check_page,
	F(rows, .of = &check_row_shape), F(skipped, .of = &check_row_shape), F(n_all), F(n_ok), F(n_approve), F(n_reject), F(n_complete),
	F(n_skip), F(needs_reason), F(may_apply), F(part));

/* The decisions of a page, each request once. */
struct picks {
	int64_t ids[MOST];
	struct decision each[MOST];
	struct change change[MOST];
	opt_int seen[MOST];                /* the versions that were shown */
	size_t n;
};

static void pick(struct ctx *c, struct picks *p, int64_t id, enum change_action action, str reason)
{
	struct change k;

	for (size_t i = 0; i < p->n; i++)
		if (p->ids[i] == id)
			return;
	if (p->n == MOST || !change_find(c, id, &k) || k.state == CHANGE_DRAFT)
		return;
	if (action == CHANGE_DO_REJECT && k.staged == CHANGE_STAGE_REJECT && k.staged_reason.n)
		reason = k.staged_reason;          /* what was typed here is for those that had none */
	p->ids[p->n] = id;
	p->each[p->n] = (struct decision){ action, reason };
	p->seen[p->n] = (opt_int){ 0 };
	p->change[p->n++] = k;
}

static void pick_all(struct ctx *c, struct picks *p, const list *ids, enum change_action action, str reason)
{
	const struct int_item *id = ids->p;

	for (size_t i = 0; i < ids->n; i++)
		pick(c, p, id[i].value, action, reason);
}

/* "_version.12=3" */
static void take_seen(void *arg, str name, str value)
{
	struct picks *p = arg;
	int64_t id, version;

	if (!str_starts(name, S("_version.")) || !str_int(str_after(name, 9), &id) || !str_int(value, &version))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (p->ids[i] == id)
			p->seen[i] = some_int(version);
}

static struct picks *picks_posted(struct request *rq, const struct decide_in *in)
{
	struct ctx *c = rq->ctx;
	struct picks *p = arena_new_of(c->arena, struct picks);

	pick_all(c, p, &in->approve, CHANGE_DO_APPROVE, (str){ NULL, 0 });
	pick_all(c, p, &in->reject, CHANGE_DO_REJECT, str_trim(in->reason));
	pick_all(c, p, &in->complete, CHANGE_DO_COMPLETE, (str){ NULL, 0 });
	form_each(c, rq->form, take_seen, p);
	return p;
}

/* What the caller staged; those to be skipped come into the page's own list. */
static struct picks *picks_staged(struct ctx *c, struct check_page *page)
{
	struct picks *p = arena_new_of(c->arena, struct picks);
	list staged = change_staged_by(c, c->who.id);
	const struct change *k = staged.p;
	struct check_row *skipped = arena_array(c->arena, struct check_row, staged.n + 1);

	for (size_t i = 0; i < staged.n; i++)
		if (k[i].staged == CHANGE_STAGE_SKIP)
			skipped[page->n_skip++].change = k[i];
		else
			pick(c, p, k[i].id, k[i].staged == CHANGE_STAGE_REJECT ? CHANGE_DO_REJECT : CHANGE_DO_APPROVE, k[i].staged_reason);
	page->skipped = (list){ skipped, (size_t)page->n_skip };
	return p;
}

/* -- what it would do ------------------------------------------------------------------------------------------------------------------------ */

static outcome try_all(struct ctx *c, const struct picks *p, list *results)
{
	struct decision *each = arena_array(c->arena, struct decision, p->n + 1);
	struct change_bulk b = { .ids = p->ids, .each = each, .n = p->n, .dry_run = true };
	int64_t batch_id;

	for (size_t i = 0; i < p->n; i++) {
		each[i] = p->each[i];
		if (each[i].action == CHANGE_DO_REJECT && each[i].reason.n == 0)
			each[i].reason = S("-");        /* it is asked for on this page */
	}
	return change_bulk(c, &b, results, &batch_id);
}

static void count(struct check_page *page, const struct check_row *row)
{
	page->n_all++;
	page->n_ok += row->ok;
	if (!row->ok)
		return;
	page->n_approve += row->action == CHANGE_DO_APPROVE;
	page->n_reject += row->action == CHANGE_DO_REJECT;
	page->n_complete += row->action == CHANGE_DO_COMPLETE;
}

static outcome fill_check(struct ctx *c, const struct picks *p, struct check_page *page)
{
	struct check_row *rows = arena_array(c->arena, struct check_row, p->n + 1);
	struct field_error *wrong = c->errors;
	list results = { NULL, 0 };
	const struct change_result *r;
	outcome o = p->n ? try_all(c, p, &results) : OK;

	c->errors = wrong;
	if (o != OK)
		return o;
	r = results.p;
	for (size_t i = 0; i < p->n && i < results.n; i++) {
		struct check_row *row = &rows[i];

		*row = (struct check_row){ .change = p->change[i], .action = (int)p->each[i].action, .reason = p->each[i].reason, .ok = r[i].ok,
					   .message = r[i].message, .impact = r[i].impact };
		row->moved = p->seen[i].set && p->seen[i].v != row->change.version;
		row->needs_reason = row->action == CHANGE_DO_REJECT && row->reason.n == 0;
		row->is_final = row->impact.final && row->action != CHANGE_DO_REJECT;
		page->needs_reason |= row->needs_reason;
		count(page, row);
	}
	page->rows = (list){ rows, p->n };
	page->may_apply = page->n_approve > 0;
	page->part = page->n_ok < page->n_all;
	return OK;
}

outcome change_page_check(struct request *rq)
{
	static const enum change_action action_of[] = { CHANGE_DO_APPROVE, CHANGE_DO_APPROVE, CHANGE_DO_REJECT, CHANGE_DO_COMPLETE };
	const struct check_in *in = rq->in;
	struct check_page page = { 0 };
	struct picks *p;
	outcome o;

	if (in->ids.n == 0) {
		p = picks_staged(rq->ctx, &page);
	} else {
		p = arena_new_of(rq->ctx->arena, struct picks);
		pick_all(rq->ctx, p, &in->ids, action_of[in->action], (str){ NULL, 0 });
		if (p->n == 1)
			p->seen[0] = in->version;
	}
	o = fill_check(rq->ctx, p, &page);
	return o == OK ? reply(rq, &page) : o;
}

outcome change_page_check_again(struct request *rq)
{
	struct check_page page = { 0 };
	struct decide_in in = *(const struct decide_in *)rq->in;
	outcome o;

	in.reason.n = 0;               /* so that the field is still there */
	o = fill_check(rq->ctx, picks_posted(rq, &in), &page);
	return o == OK ? reply(rq, &page) : o;
}

/* -- doing it ---------------------------------------------------------------------------------------------------------------------------------- */

/* Nothing was done, because of this if it was the reason of one. */
static outcome none_done(struct ctx *c, const list *results)
{
	const struct change_result *r = results->p;

	for (size_t i = 0; i < results->n; i++)
		if (r[i].code.set && str_eq(r[i].code.v, str_of(version_stale.code)))
			return fail(c, &version_stale, "version", "request_moved", (str){ NULL, 0 });
	return &change_none_done;
}

static bool any_done(const list *results)
{
	const struct change_result *r = results->p;

	for (size_t i = 0; i < results->n; i++)
		if (r[i].ok)
			return true;
	return false;
}

/* Those that were approved just now, applied at once: a batch of its own, because each of the two can be undone. */
static outcome apply_approved(struct ctx *c, const struct picks *p, const list *results, int64_t *batch_id)
{
	int64_t *ids = arena_array(c->arena, int64_t, p->n + 1);
	struct change_bulk b = { .ids = ids, .action = CHANGE_DO_COMPLETE };
	const struct change_result *r = results->p;
	list applied;

	for (size_t i = 0; i < p->n && i < results->n; i++)
		if (r[i].ok && p->each[i].action == CHANGE_DO_APPROVE)
			ids[b.n++] = p->ids[i];
	return b.n ? change_bulk(c, &b, &applied, batch_id) : OK;
}

outcome change_page_decide(struct request *rq)
{
	struct ctx *c = rq->ctx;
	const struct decide_in *in = rq->in;
	struct picks *p = picks_posted(rq, in);
	struct change_bulk b = { .ids = p->ids, .each = p->each, .seen = p->seen, .n = p->n };
	int64_t batch_id = 0, applied_id = 0;
	list results = { NULL, 0 };
	outcome o;

	for (size_t i = 0; i < p->n; i++)
		if (p->each[i].action == CHANGE_DO_REJECT && p->each[i].reason.n == 0)
			return fail(c, &invalid, "reason", "required", (str){ NULL, 0 });
	o = p->n ? change_bulk(c, &b, &results, &batch_id) : OK;
	if (o != OK)
		return o;
	if (!any_done(&results))
		return none_done(c, &results);
	if (in->apply && (o = apply_approved(c, p, &results, &applied_id)) != OK)
		return o;
	if (applied_id)
		return reply_see_other(rq, str_fmt(c->arena, "/admin/requests/batches/%lld?then=%lld", (long long)batch_id, (long long)applied_id));
	return reply_see_other(rq, str_fmt(c->arena, "/admin/requests/batches/%lld", (long long)batch_id));
}

/* -- what became of it ------------------------------------------------------------------------------------------------------------------------- */

struct batch_in {
	int64_t id;
	opt_int then;                      /* the batch that applied what this one approved */
};
const struct shape change_batch_in_shape = SHAPE("ChangeBatchIn", struct batch_in,
	F(id), F(then, .min = 1));

struct batch_row {
	struct change change;
	int action;
	bool ok, stuck;                    /* stuck: the rest was undone, this one could not be */
	opt_str message;
};
static const struct shape batch_row_shape = SHAPE("ChangeBatchItem", struct batch_row,
	F(change, .of = &change_row_shape), F(action, .words = change_actions, .called = "change_request"), F(ok), F(stuck), F(message));

struct batch_part {
	int64_t id;
	struct id_name by;
	when at;
	opt_when tell_at, told_at, undone_at;
	list rows;
	int64_t n_ok, n_failed, n_undone, n_stuck, minutes, seconds;
	bool may_undo, part;
	str failed, stuck;                 /* which, and why: R-498 (…), R-499 (…) */
};
static const struct shape batch_part_shape = SHAPE("ChangeBatchPart", struct batch_part,
	F(id), F(by, .of = &id_name_shape), F(at), F(tell_at), F(told_at), F(undone_at), F(rows, .of = &batch_row_shape), F(n_ok), F(n_failed),
	F(n_undone), F(n_stuck), F(minutes), F(seconds), F(may_undo), F(part), F(failed), F(stuck));

struct batch_page {
	struct batch_part batch, then;
	int64_t n_submitted, n_approved;
};
const struct shape change_batch_page_shape = SHAPE("ChangeBatchPage", struct batch_page,
	F(batch, .of = &batch_part_shape), F(then, .of = &batch_part_shape, .or_null = true), F(n_submitted), F(n_approved));

static void fill_batch_row(struct ctx *c, struct batch_part *p, const struct change_result *r, struct batch_row *row)
{
	*row = (struct batch_row){ .action = r->action, .ok = r->ok, .message = r->message };
	if (!change_find(c, r->id, &row->change))
		row->change.id = r->id;
	row->stuck = p->undone_at.set && row->ok && !change_was_taken_back(c, r->id, p->id);
	p->n_stuck += row->stuck;
	p->n_undone += p->undone_at.set && row->ok && !row->stuck;
	p->n_ok += row->ok;
	p->n_failed += !row->ok;
}

/* What is not as it was meant comes first. */
static int trouble_first(const void *a, const void *b)
{
	const struct batch_row *x = a, *y = b;
	bool trouble = !x->ok || x->stuck, other = !y->ok || y->stuck;

	if (trouble != other)
		return trouble ? -1 : 1;
	return x->change.id < y->change.id ? -1 : x->change.id > y->change.id;
}

/* R-498 (그사이 수강료가 바뀌었습니다), R-499, and how many more. */
static void name_them(struct ctx *c, struct batch_part *p)
{
	enum { NAMED = 5 };
	const struct batch_row *r = p->rows.p;
	struct buf failed = buf_in(c->arena), stuck = buf_in(c->arena);
	int64_t n_failed = 0, n_stuck = 0;

	for (size_t i = 0; i < p->rows.n; i++) {
		struct buf *b = r[i].stuck ? &stuck : &failed;

		if ((r[i].ok && !r[i].stuck) || ++*(r[i].stuck ? &n_stuck : &n_failed) > NAMED)
			continue;
		buf_fmt(b, "%sR-%lld", b->n ? ", " : "", (long long)r[i].change.id);
		if (!r[i].ok && r[i].message.set)
			buf_fmt(b, " (%.*s)", STR(r[i].message.v));
	}
	p->failed = buf_text(&failed);
	p->stuck = buf_text(&stuck);
	if (n_failed > NAMED)
		p->failed = words(c, "change.batch.more", { NULL, p->failed }, { NULL, i18n_number(c->arena, n_failed - NAMED) });
	if (n_stuck > NAMED)
		p->stuck = words(c, "change.batch.more", { NULL, p->stuck }, { NULL, i18n_number(c->arena, n_stuck - NAMED) });
}

static bool fill_batch(struct ctx *c, int64_t id, struct batch_part *p)
{
	struct change_batch b;
	const struct change_result *r;
	struct batch_row *rows;
	int64_t left;

	if (!change_batch_find(c, id, &b))
		return false;
	*p = (struct batch_part){ .id = b.id, .by = b.by, .at = b.at, .tell_at = b.tell_at, .told_at = b.told_at, .undone_at = b.undone_at };
	rows = arena_array(c->arena, struct batch_row, b.results.n + 1);
	r = b.results.p;
	for (size_t i = 0; i < b.results.n; i++)
		fill_batch_row(c, p, &r[i], &rows[i]);
	qsort(rows, b.results.n, sizeof(*rows), trouble_first);
	p->rows = (list){ rows, b.results.n };
	name_them(c, p);
	left = b.tell_at.set ? (b.tell_at.v.us - c->now.us) / SECOND : 0;
	p->may_undo = (c->who.roles & STAFF) && left > 0 && !b.undone_at.set && !b.told_at.set && p->n_ok > 0;
	p->minutes = left > 0 ? left / 60 : 0;
	p->seconds = left > 0 ? left % 60 : 0;
	p->part = p->n_ok > 0 && p->n_failed > 0;
	return true;
}

static outcome reply_batch(struct request *rq, int64_t id, int64_t then)
{
	struct batch_page page = { 0 };

	if (!fill_batch(rq->ctx, id, &page.batch))
		return &change_batch_unknown;
	if (then && !fill_batch(rq->ctx, then, &page.then))
		return &change_batch_unknown;
	page.n_submitted = change_count(rq->ctx, CHANGE_SUBMITTED);
	page.n_approved = change_count(rq->ctx, CHANGE_APPROVED);
	return reply(rq, &page);
}

outcome change_page_batch(struct request *rq)
{
	const struct batch_in *in = rq->in;

	return reply_batch(rq, in->id, in->then.set ? in->then.v : 0);
}

/* The other batch of the same page, which the form names. */
static int64_t then_of(struct request *rq)
{
	int64_t id;
	str s;

	return form_value(rq->ctx, rq->form, S("_then"), &s) && str_int(s, &id) && id > 0 ? id : 0;
}

outcome change_page_batch_again(struct request *rq)
{
	return reply_batch(rq, ((struct id_in *)rq->in)->id, then_of(rq));
}

static outcome back_to_batch(struct request *rq, int64_t id, int64_t then, const char *done)
{
	if (then)
		return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/requests/batches/%lld?then=%lld&done=%s", (long long)id, (long long)then, done));
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/requests/batches/%lld?done=%s", (long long)id, done));
}

/* What was applied is taken back before what was approved. */
outcome change_page_undo(struct request *rq)
{
	int64_t id = ((struct id_in *)rq->in)->id, then = then_of(rq);
	list results;
	outcome o = then ? change_batch_undo(rq->ctx, then, &results) : OK;

	if (o == OK)
		o = change_batch_undo(rq->ctx, id, &results);
	return o == OK ? back_to_batch(rq, id, then, "undone") : o;
}

outcome change_page_tell(struct request *rq)
{
	int64_t id = ((struct id_in *)rq->in)->id, then = then_of(rq);
	outcome o = change_batch_tell(rq->ctx, id);

	if (o == OK && then)
		o = change_batch_tell(rq->ctx, then);
	return o == OK ? back_to_batch(rq, id, then, "told") : o;
}
