/* change/change_decide.c -- approve, reject, complete: one, or many in one transaction. */
#include "change/change_private.h"

#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/json.h"
#include "queue/queue.h"
#include "staff_log/staff_log.h"
#include "web/route.h"

const struct failure change_held_back = { 409, "change_held_back" };

const struct shape change_result_shape = SHAPE("ChangeResult", struct change_result,
	F(id), F(action, .words = change_actions, .called = "change_request"), F(ok), F(code, .about = "Why not."), F(message),
	F(impact, .of = &change_impact_shape, .or_null = true, .about = "Of a dry run: what it would do."));

SQL(insert_batch, "INSERT INTO change_batch (member_id, at, tell_at) VALUES (?, ?, ?)");
SQL(delete_batch, "DELETE FROM change_batch WHERE id = ?");
SQL(update_results, "UPDATE change_batch SET results = ? WHERE id = ?");
SQL(insert_notice, "INSERT INTO change_notice (batch_id, request_id, action, reason) VALUES (?, ?, ?, ?)");
SQL(update_decided,
	"UPDATE change_request SET state = ?, reason = ?, decided_by = ?, decided_at = ?, completed_at = ?, was = ?, applied_version = ?, "
	"batch_id = ?, staged = NULL, staged_by = NULL, staged_reason = '', staged_at = NULL, version = version + 1 WHERE id = ?");
SQL(update_stale,
	"UPDATE change_request SET state = 'stale', staged = NULL, staged_by = NULL, staged_reason = '', staged_at = NULL, version = version + 1 "
	"WHERE id = ? AND state IN ('submitted', 'approved')");

/* -- one ----------------------------------------------------------------------------------------------------------------- */

/* The work on one of a batch. */
struct piece {
	struct change *r;              /* NULL: unknown */
	enum change_action action;
	str reason;
	opt_int seen;
	int64_t batch_id;
	bool forecast;
	struct course *course;         /* the last that was looked at: requests come in the order of their courses */
	struct change_impact impact;
};

static bool may(enum change_action action, int state)
{
	switch (action) {
	case CHANGE_DO_APPROVE: return state == CHANGE_SUBMITTED;
	case CHANGE_DO_REJECT: return state == CHANGE_SUBMITTED || state == CHANGE_APPROVED;
	case CHANGE_DO_COMPLETE: return state == CHANGE_APPROVED;
	}
	return false;
}

static outcome look_at_course(struct ctx *c, struct piece *p)
{
	int64_t id = p->r->course.id;

	if (p->course->id == id)
		return OK;
	memset(p->course, 0, sizeof(*p->course));
	return course_lock(c, id, p->course) ? OK : &course_unknown;
}

static outcome complete(struct ctx *c, struct piece *p, const struct asked *a)
{
	struct change *r = p->r;
	struct change_fields was = change_fields_of(p->course);
	struct course after;
	uint64_t changed;
	outcome o = change_apply(c, r, a, p->course, p->reason.n ? p->reason : r->reason, &changed, &after);

	if (o != OK)
		return o;
	r->was.s = change_write(c, &was, changed);
	r->applied_version = some_int(after.version);
	r->course.version = after.version;
	r->completed_at = some_when(c->now);
	*p->course = after;
	return OK;
}

static outcome on_course(struct ctx *c, struct piece *p)
{
	struct asked a;
	outcome o = look_at_course(c, p);

	if (o != OK)
		return o;
	change_asked(c, p->r, &a);
	if ((o = change_stands(c, p->r, &a, p->course)) != OK)
		return o;
	return p->action == CHANGE_DO_COMPLETE ? complete(c, p, &a) : OK;
}

static void keep(struct ctx *c, const struct piece *p, const struct change *before)
{
	const struct change *r = p->r;
	static const char *const logged[] = { "change.approve", "change.reject", "change.complete" };
	opt_str was = { r->was.s.n > 0, r->was.s };

	db_run(c, &update_decided, arg(str_of(change_states[r->state])), arg(r->reason), arg(r->decided_by.id), arg(r->decided_at),
	       arg(r->completed_at), arg(was), arg(r->applied_version), arg(r->batch_id), arg(r->id));
	change_notice_hold(c, before, r->batch_id.v);
	change_step_add(c, r->id, (enum change_state)r->state, p->reason, r->batch_id, false);
	staff_log_add(c, logged[p->action], "change_request", r->id, &change_row_shape, before, r, p->reason);
}

static outcome decide(struct ctx *c, void *v)
{
	static const int becomes[] = { CHANGE_APPROVED, CHANGE_REJECTED, CHANGE_COMPLETED };
	struct piece *p = v;
	struct change *r = p->r, before;
	outcome o;

	if (!r)
		return &change_unknown;
	before = *r;
	if (!may(p->action, r->state))
		return change_state_wrong(c, r);
	if ((o = change_as_seen(c, r, p->seen)) != OK)
		return o;
	if (p->action == CHANGE_DO_REJECT && !str_trim(p->reason).n)
		return fail(c, &invalid, "reason", "required", (str){ NULL, 0 });
	if (p->forecast)
		change_impact(c, r, &p->impact);
	if (p->action != CHANGE_DO_REJECT && (o = on_course(c, p)) != OK)
		return o;
	r->state = becomes[p->action];
	if (p->action != CHANGE_DO_COMPLETE || p->reason.n)
		r->reason = p->reason;
	if (p->action != CHANGE_DO_COMPLETE) {
		r->decided_by = (struct id_name){ c->who.id, c->who.name };
		r->decided_at = some_when(c->now);
	}
	r->staged = CHANGE_STAGE_NONE;
	r->staged_by = (struct id_name){ 0 };
	r->staged_reason = (str){ NULL, 0 };
	r->batch_id = some_int(p->batch_id);
	r->version++;
	keep(c, p, &before);
	return OK;
}

/* -- stale: kept although the decision was refused -------------------------------------------------------------------------- */

struct stale {
	struct {
		int64_t id;
		bool passed_on;
	} each[CHANGE_BULK_MAX];
	size_t n;
};

static bool mark_stale(struct ctx *c, int64_t id, struct change *now)
{
	struct change before;

	if (!change_lock(c, id) || !change_find(c, id, &before) || db_run(c, &update_stale, arg(id)) == 0 || !change_find(c, id, now))
		return false;
	change_notice_drop(c, &before);
	change_step_add(c, id, CHANGE_STALE, (str){ NULL, 0 }, (opt_int){ 0 }, false);
	staff_log_add(c, "change.stale", "change_request", id, &change_row_shape, &before, now, (str){ NULL, 0 });
	return true;
}

/* All that are stale, and the notices of the batch with those that their instructors get. */
static void mark_and_tell(struct ctx *c, const struct stale *s, int64_t batch_id)
{
	struct notice *out = arena_array(c->arena, struct notice, s->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct change now;

		if (mark_stale(c, s->each[i].id, &now))
			out[n++] = change_stale_notice(c, &now, s->each[i].passed_on);
	}
	if (n || batch_id)
		change_tell(c, batch_id, (list){ out, n });
}

static outcome mark_all(struct ctx *c, void *p)
{
	mark_and_tell(c, p, 0);
	return OK;
}

static void mark_after(struct ctx *c, void *p)
{
	db_tx(c, mark_all, p);
}

/* -- many ---------------------------------------------------------------------------------------------------------------- */

struct deciding {
	const struct change_bulk *bulk;
	bool single;                   /* its failure is the outcome */
	list *results;
	int64_t *batch_id;
	struct change *now;            /* of a single one */

	struct change_result *result;  /* in the order of the ids */
	struct stale *stale;
	size_t done;
	outcome why;                   /* of the last that failed */
	struct field_error *errors;
};

static int by_course(const void *a, const void *b)
{
	const struct turn *x = a, *y = b;
	int64_t p = x->r ? x->r->course.id : 0, q = y->r ? y->r->course.id : 0;

	if (p != q)
		return p < q ? -1 : 1;
	p = x->r ? x->r->id : 0;
	q = y->r ? y->r->id : 0;
	if (p != q)
		return p < q ? -1 : 1;
	return x->nth < y->nth ? -1 : 1;
}

struct turn *change_turns(struct ctx *c, const int64_t *ids, size_t n)
{
	list found = change_lock_many(c, ids, n);
	struct change *r = found.p;
	struct turn *t = arena_array(c->arena, struct turn, n + 1);

	for (size_t i = 0; i < n; i++) {
		t[i].nth = i;
		for (size_t j = 0; j < found.n && !t[i].r; j++)
			if (r[j].id == ids[i])
				t[i].r = &r[j];
	}
	qsort(t, n, sizeof(*t), by_course);
	return t;
}

/* "수강료: 0보다 커야 합니다" behind the failure's own words. */
/* The words of the fields, each once. What says why by itself (the room, and whose it is) needs no other sentence before it. */
str change_words_for(struct ctx *c, outcome why)
{
	enum { SAID = 3 };
	str text = i18n_in(c, c->locale, str_fmt(c->arena, "problem.%s", why->code), NULL, 0), said[SAID], all = { NULL, 0 };
	bool by_itself = false;
	size_t n = 0;

	for (const struct field_error *e = c->errors; e && n < SAID; e = e->next) {
		str words = i18n_in(c, c->locale, str_fmt(c->arena, "field.%s", e->code), &(struct i18n_arg){ NULL, e->value }, 1);
		bool again = false;

		by_itself |= strcmp(e->code, why->code) == 0;
		for (size_t i = 0; i < n; i++)
			again |= str_eq(said[i], words);
		if (!again)
			said[n++] = words;
	}
	for (size_t i = n; i-- > 0; )           /* the first that was found stands last */
		all = all.n ? str_fmt(c->arena, "%.*s. %.*s", STR(all), STR(said[i])) : said[i];
	if (!n || by_itself)
		return n ? all : text;
	return str_fmt(c->arena, "%.*s (%.*s)", STR(text), STR(all));
}

static void note_failure(struct ctx *c, struct deciding *d, const struct turn *t, outcome why)
{
	struct change_result *x = &d->result[t->nth];

	x->code = some_str(str_of(why->code));
	x->message = some_str(change_words_for(c, why));
	d->why = why;
	d->errors = c->errors;
	if ((why == &change_stale || why == &change_passed_on) && t->r) {
		d->stale->each[d->stale->n].id = t->r->id;
		d->stale->each[d->stale->n++].passed_on = why == &change_passed_on;
	}
}

static void take_turn(struct ctx *c, struct deciding *d, const struct turn *t, struct course *course, int64_t batch_id)
{
	const struct change_bulk *b = d->bulk;
	struct field_error *errors = c->errors;
	struct piece p = { .r = t->r, .action = b->each ? b->each[t->nth].action : b->action, .reason = b->each ? b->each[t->nth].reason : b->reason,
			   .seen = b->seen ? b->seen[t->nth] : (opt_int){ 0 }, .batch_id = batch_id, .forecast = b->dry_run, .course = course };
	struct change_result *x = &d->result[t->nth];
	struct change before = { 0 };
	outcome o;

	x->id = b->ids[t->nth];
	x->action = p.action;
	if (t->r)
		before = *t->r;
	c->errors = NULL;
	o = db_try(c, decide, &p);
	x->ok = o == OK;
	x->impact = p.impact;
	d->done += o == OK;
	if (o == OK && t->r)
		x->reason = t->r->reason;
	if (o != OK) {
		note_failure(c, d, t, o);
		course->id = 0;        /* what it showed may have been taken back */
		if (t->r)
			*t->r = before;
	}
	c->errors = errors;
}

static void write_notices(struct ctx *c, const struct deciding *d, int64_t batch_id)
{
	struct arg *rows = arena_array(c->arena, struct arg, d->bulk->n * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < d->bulk->n; i++) {
		const struct change_result *x = &d->result[i];

		if (!x->ok)
			continue;
		rows[n * 4] = arg(batch_id);
		rows[n * 4 + 1] = arg(x->id);
		rows[n * 4 + 2] = arg(str_of(change_actions[x->action]));
		rows[n * 4 + 3] = arg(x->reason);
		n++;
	}
	db_bulk(c, &insert_notice, rows, n, 4);
}

static void close_batch(struct ctx *c, struct deciding *d, int64_t batch_id)
{
	struct buf b = buf_in(c->arena);

	if (!d->done) {
		db_run(c, &delete_batch, arg(batch_id));
		return;
	}
	json_write_list(&b, &change_result_shape, d->result, d->bulk->n);
	db_run(c, &update_results, arg(buf_text(&b)), arg(batch_id));
	write_notices(c, d, batch_id);
	*d->batch_id = batch_id;
}

/* Those that could be done, but are not, since others could not. */
static void hold_back(struct ctx *c, struct deciding *d)
{
	c->errors = NULL;
	for (size_t i = 0; i < d->bulk->n; i++) {
		struct change_result *x = &d->result[i];

		if (!x->ok)
			continue;
		x->ok = false;
		x->code = some_str(str_of(change_held_back.code));
		x->message = some_str(change_words_for(c, &change_held_back));
	}
}

static outcome run_all(struct ctx *c, void *v)
{
	struct deciding *d = v;
	const struct change_bulk *b = d->bulk;
	opt_when tell_at = some_when(when_plus(c->now, CHANGE_UNDO_SECONDS * SECOND));
	int64_t batch_id = db_insert(c, &insert_batch, arg(c->who.id), arg(c->now), arg(tell_at));
	struct turn *t = change_turns(c, b->ids, b->n);
	struct course course = { 0 };

	for (size_t i = 0; i < b->n; i++)
		take_turn(c, d, &t[i], &course, batch_id);
	close_batch(c, d, batch_id);
	if (d->single && d->now && t[0].r)
		*d->now = *t[0].r;
	return b->all_or_nothing && d->done < b->n ? &change_held_back : OK;
}

static outcome run_bulk(struct ctx *c, void *v)
{
	struct deciding *d = v;
	const struct change_bulk *b = d->bulk;

	d->result = arena_array(c->arena, struct change_result, b->n + 1);      /* anew, if the transaction is repeated */
	d->stale = arena_new_of(c->arena, struct stale);
	d->done = 0;
	*d->batch_id = 0;
	*d->results = (list){ d->result, b->n };
	if (b->dry_run)
		db_probe(c, run_all, d);
	else if (b->all_or_nothing)
		db_try(c, run_all, d);
	else
		run_all(c, d);
	if (b->dry_run || (b->all_or_nothing && d->done < b->n))
		*d->batch_id = 0;
	if (b->all_or_nothing && d->done < b->n)
		hold_back(c, d);
	if (d->single && !d->done) {
		if (d->stale->n)
			tx_after_rollback(c, mark_after, d->stale, sizeof(*d->stale));
		c->errors = d->errors;
		return d->why;
	}
	if (!b->dry_run)
		mark_and_tell(c, d->stale, b->tell == CHANGE_TELL_NOW ? *d->batch_id : 0);
	return OK;
}

outcome change_bulk(struct ctx *c, const struct change_bulk *b, list *results, int64_t *batch_id)
{
	struct deciding d = { .bulk = b, .results = results, .batch_id = batch_id };

	if (b->n > CHANGE_BULK_MAX)
		return fail(c, &invalid, "ids", "too_many", str_fmt(c->arena, "%d", (int)CHANGE_BULK_MAX));
	if (!b->each && b->action == CHANGE_DO_REJECT && !str_trim(b->reason).n)
		return fail(c, &invalid, "reason", "required", (str){ NULL, 0 });
	return db_tx(c, run_bulk, &d);
}

outcome change_decide(struct ctx *c, int64_t id, opt_int seen, enum change_action action, str reason, enum change_tell tell, struct change *now)
{
	struct change_bulk b = { .ids = &id, .seen = &seen, .n = 1, .action = action, .reason = reason, .tell = tell };
	list results;
	int64_t batch_id;
	struct deciding d = { .bulk = &b, .single = true, .results = &results, .batch_id = &batch_id, .now = now };

	return db_tx(c, run_bulk, &d);
}
