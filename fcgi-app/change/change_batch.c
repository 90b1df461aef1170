/* change/change_batch.c -- decisions that wait to be sent, batches that were sent, their undo and their notices. */
#include "change/change_private.h"

#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/json.h"
#include "data/outbox.h"
#include "staff_log/staff_log.h"
#include "web/route.h"

const struct failure change_batch_unknown = { 404, "change_batch_unknown" };
const struct failure change_told = { 409, "change_told" };
const struct failure change_undone = { 409, "change_undone" };
const struct failure course_moved_on = { 409, "course_moved_on" };
const struct failure change_final = { 409, "change_final" };

static const struct shape person_shape = ID_NAME_SHAPE("ChangeBatchBy");

#define BATCH_FIELDS F(id), F(by, .of = &person_shape), F(at), F(tell_at, .about = "When its notices leave; until then it can be undone."), \
	F(told_at), F(undone_at)
const struct shape change_batch_shape = SHAPE("ChangeBatch", struct change_batch, BATCH_FIELDS, F(results, .of = &change_result_shape));

struct batch_row {
	int64_t id;
	struct id_name by;
	when at;
	opt_when tell_at, told_at, undone_at;
	str results;
};
static const struct shape batch_row_shape = SHAPE("ChangeBatchRow", struct batch_row, BATCH_FIELDS, F(results));

SQL(select_batch,
	"SELECT b.id, b.member_id AS `by.id`, m.name AS `by.name`, b.at, b.tell_at, b.told_at, b.undone_at, b.results FROM change_batch b "
	"JOIN member_name m ON m.id = b.member_id WHERE b.id = ?");
SQL(lock_batch, "SELECT id FROM change_batch WHERE id = ? FOR UPDATE");
SQL(select_due, "SELECT id AS value FROM change_batch WHERE tell_at <= ? ORDER BY tell_at LIMIT 50");
SQL(update_told, "UPDATE change_batch SET tell_at = NULL, told_at = ? WHERE id = ?");
SQL(update_undone, "UPDATE change_batch SET undone_at = ?, tell_at = IF(?, tell_at, NULL) WHERE id = ?");
SQL(count_taken_back, "SELECT COUNT(*) FROM change_step WHERE request_id = ? AND batch_id = ? AND undone");
SQL(delete_notice, "DELETE FROM change_notice WHERE batch_id = ? AND request_id = ?");
SQL(delete_told, "DELETE FROM change_notice WHERE batch_id = ? AND held_by IS NULL");
SQL(delete_held, "DELETE FROM change_notice WHERE held_by = ?");
SQL(count_notices, "SELECT COUNT(*) FROM change_notice WHERE batch_id = ? AND held_by IS NULL");
/* Whoever decides anew waits until they have left, or they wait until the decision holds them back. */
SQL(lock_notices, "SELECT request_id AS value FROM change_notice WHERE batch_id = ? FOR UPDATE");
SQL(hold_notice, "UPDATE change_notice SET held_by = ? WHERE batch_id = ? AND request_id = ?");
SQL(let_notice_go, "UPDATE change_notice SET held_by = NULL WHERE batch_id = ? AND request_id = ? AND held_by = ?");
SQL(update_tell_at, "UPDATE change_batch SET tell_at = ? WHERE id = ? AND tell_at IS NULL");
SQL(select_holding, "SELECT DISTINCT batch_id AS value FROM change_notice WHERE held_by = ? ORDER BY batch_id");
SQL(select_notices,
	"SELECT n.request_id, n.action, r.member_id, r.course_id, k.title AS course_title, n.reason, r.was FROM change_notice n "
	"JOIN change_request r ON r.id = n.request_id JOIN course_title k ON k.id = r.course_id WHERE n.batch_id = ? AND n.held_by IS NULL "
	"ORDER BY r.member_id, r.id");
SQL(update_stage,
	"UPDATE change_request SET staged = ?, staged_reason = ?, staged_by = ?, staged_at = ?, version = version + 1 WHERE id = ?");
SQL(select_before,
	"SELECT p.at, p.member_id AS `by.id`, '' AS `by.name`, p.state, p.reason, p.undone FROM change_step s "
	"JOIN change_step p ON p.request_id = s.request_id AND p.n = s.n - 1 WHERE s.request_id = ? AND s.batch_id = ? ORDER BY s.n DESC LIMIT 1");
/* As an insert, because it may make the request live again beside a twin: a taken key is an answer then. It belongs to the batch before
 * again, so that one that approved and one that applied can be undone one after the other. */
SQL(update_back,
	"UPDATE change_request SET state = ?, reason = ?, decided_by = ?, decided_at = ?, completed_at = NULL, was = NULL, applied_version = NULL, "
	"batch_id = (SELECT p.batch_id FROM change_step s JOIN change_step p ON p.request_id = s.request_id AND p.n = s.n - 1 "
	"WHERE s.request_id = ? AND s.batch_id = ? ORDER BY s.n DESC LIMIT 1), version = version + 1 WHERE id = ?");
SQL(select_staff,
	"SELECT id AS value FROM member_contact WHERE is_staff = 1 AND status = 'active' AND roles & 40 <> 0 ORDER BY id LIMIT 50");

/* -- staged ---------------------------------------------------------------------------------------------------------------- */

struct staging {
	int64_t id;
	opt_int seen;
	enum change_staged staged;
	str reason;
	struct change *now;
};

static bool is_staged_so(const struct ctx *c, const struct staging *s, const struct change *r)
{
	return s->staged != CHANGE_STAGE_NONE && r->staged == (int)s->staged && r->staged_by.id == c->who.id && str_eq(r->staged_reason, s->reason);
}

static outcome stage(struct ctx *c, void *v)
{
	const struct staging *s = v;
	bool none = s->staged == CHANGE_STAGE_NONE;
	opt_str word = { !none, str_of(change_stages[s->staged]) };
	opt_int by = { !none, c->who.id };
	opt_when at = { !none, c->now };
	struct change r;
	outcome o;

	if (!change_lock(c, s->id) || !change_find(c, s->id, &r))
		return &change_unknown;
	if (!none && r.state != CHANGE_SUBMITTED && (r.state != CHANGE_APPROVED || s->staged == CHANGE_STAGE_APPROVE))
		return change_state_wrong(c, &r);
	if (is_staged_so(c, s, &r)) {          /* a second click */
		*s->now = r;
		return OK;
	}
	if ((o = change_as_seen(c, &r, s->seen)) != OK)
		return o;
	db_run(c, &update_stage, arg(word), arg(none ? S("") : s->reason), arg(by), arg(at), arg(s->id));
	change_find(c, s->id, s->now);
	return OK;
}

outcome change_stage(struct ctx *c, int64_t id, opt_int seen, enum change_staged staged, str reason, struct change *now)
{
	struct staging v = { id, seen, staged, reason, now };

	return db_tx(c, stage, &v);
}

/* -- batches --------------------------------------------------------------------------------------------------------------- */

static int word_in(const char *const *words, str word)
{
	for (int i = 0; words[i]; i++)
		if (str_eq(str_of(words[i]), word))
			return i;
	return 0;
}

static opt_str optional(str s)
{
	return (opt_str){ s.n > 0, s };
}

static list results_of(struct ctx *c, str json)
{
	const struct json *all = json_parse(c, json);
	list l = { arena_array(c->arena, struct change_result, json_length(all) + 1), json_length(all) };
	struct change_result *x = l.p;

	for (size_t i = 0; i < l.n; i++) {
		const struct json *j = json_at(all, i);

		x[i].id = json_int(j, "id", 0);
		x[i].action = word_in(change_actions, json_str(j, "action"));
		x[i].ok = json_bool(j, "ok");
		x[i].code = optional(json_str(j, "code"));
		x[i].message = optional(json_str(j, "message"));
	}
	return l;
}

bool change_was_taken_back(struct ctx *c, int64_t request_id, int64_t batch_id)
{
	return db_int(c, &count_taken_back, 0, arg(request_id), arg(batch_id)) > 0;
}

bool change_batch_find(struct ctx *c, int64_t id, struct change_batch *b)
{
	struct batch_row r = { 0 };

	if (!db_one(c, &select_batch, &batch_row_shape, &r, arg(id)))
		return false;
	*b = (struct change_batch){ r.id, r.by, r.at, r.tell_at, r.told_at, r.undone_at, results_of(c, r.results) };
	return true;
}

static bool find_locked(struct ctx *c, int64_t id, struct change_batch *b)
{
	return db_int(c, &lock_batch, 0, arg(id)) == id && change_batch_find(c, id, b);
}

/* -- undo ------------------------------------------------------------------------------------------------------------------ */

struct undoing {
	int64_t id;
	list *results;
};

struct taking_back {
	int64_t batch_id;
	struct change *r;              /* NULL: unknown */
	int action;
	struct led_back *back;
};

static outcome take_back(struct ctx *c, void *v)
{
	static const int became[] = { CHANGE_APPROVED, CHANGE_REJECTED, CHANGE_COMPLETED };
	static const char *const logged[] = { "change.undo_approve", "change.undo_reject", "change.undo_complete" };
	struct taking_back *t = v;
	struct change *r = t->r, now;
	struct change_step before;
	opt_when decided_at = { 0 };
	opt_int decided_by = { 0 };
	str reason = { NULL, 0 };
	outcome o;

	if (!r)
		return &change_unknown;
	if (r->state != became[t->action] || !r->batch_id.set || r->batch_id.v != t->batch_id ||
	    !db_one(c, &select_before, &change_step_shape, &before, arg(r->id), arg(t->batch_id)))
		return change_state_wrong(c, r);
	if (t->action == CHANGE_DO_COMPLETE && (o = change_apply_back(c, r, t->back)) != OK)
		return o;
	if (before.state == CHANGE_APPROVED) {
		decided_at = some_when(before.at);
		decided_by = some_int(before.by.id);
		reason = before.reason;
	}
	if (!db_insert(c, &update_back, arg(str_of(change_states[before.state])), arg(reason), arg(decided_by), arg(decided_at), arg(r->id),
		       arg(t->batch_id), arg(r->id)))
		return &change_twice;
	change_step_add(c, r->id, (enum change_state)before.state, (str){ NULL, 0 }, some_int(t->batch_id), true);
	db_run(c, &delete_notice, arg(t->batch_id), arg(r->id));
	change_find(c, r->id, &now);
	change_notice_let_go(c, &now, t->batch_id);
	staff_log_add(c, logged[t->action], "change_request", r->id, &change_row_shape, r, &now, (str){ NULL, 0 });
	return OK;
}

/* The last one first, so that of several on one course each finds what it left. */
static void take_all_back(struct ctx *c, int64_t batch_id, struct change_result *x, const struct turn *turns, size_t n)
{
	struct led_back back = { 0 };

	for (size_t i = n; i-- > 0; ) {
		struct change_result *y = &x[turns[i].nth];
		struct field_error *errors = c->errors;
		struct led_back before = back;
		struct taking_back t = { batch_id, turns[i].r, y->action, &back };
		outcome o;

		c->errors = NULL;
		o = db_try(c, take_back, &t);
		y->ok = o == OK;
		if (o != OK) {
			back = before;
			y->code = some_str(str_of(o->code));
			y->message = some_str(change_words_for(c, o));
		}
		c->errors = errors;
	}
}

/* Batches whose notices wait behind those of this one, and may get a time again: older ones, so they come before it. */
static void lock_those_behind(struct ctx *c, int64_t batch_id)
{
	list l = db_all(c, &select_holding, &int_item_shape, arg(batch_id));
	const struct int_item *id = l.p;

	for (size_t i = 0; i < l.n; i++)
		db_int(c, &lock_batch, 0, arg(id[i].value));
}

static outcome undo(struct ctx *c, void *v)
{
	struct undoing *u = v;
	struct change_batch b;
	const struct change_result *x;
	struct change_result *out;
	int64_t ids[CHANGE_BULK_MAX];
	size_t n = 0;

	*u->results = (list){ NULL, 0 };
	lock_those_behind(c, u->id);
	if (!find_locked(c, u->id, &b))
		return &change_batch_unknown;
	if (b.undone_at.set)
		return &change_undone;
	if (b.told_at.set || !b.tell_at.set)
		return &change_told;
	x = b.results.p;
	out = arena_array(c->arena, struct change_result, b.results.n + 1);
	for (size_t i = 0; i < b.results.n && n < CHANGE_BULK_MAX; i++)
		if (x[i].ok) {
			out[n] = (struct change_result){ .id = x[i].id, .action = x[i].action };
			ids[n++] = x[i].id;
		}
	take_all_back(c, u->id, out, change_turns(c, ids, n), n);
	db_run(c, &update_undone, arg(c->now), arg(db_int(c, &count_notices, 0, arg(u->id)) > 0), arg(u->id));
	*u->results = (list){ out, n };
	return OK;
}

outcome change_batch_undo(struct ctx *c, int64_t id, list *results)
{
	struct undoing v = { id, results };

	return db_tx(c, undo, &v);
}

/* -- notices --------------------------------------------------------------------------------------------------------------- */

struct due_notice {
	int64_t request_id;
	int action;
	int64_t member_id, course_id;
	str course_title, reason;
	json_text was;
};
static const struct shape due_notice_shape = SHAPE("DueChangeNotice", struct due_notice,
	F(request_id), F(action, .words = change_actions, .called = "change_request"), F(member_id), F(course_id), F(course_title), F(reason), F(was));

static str notice_data(struct ctx *c, int64_t request_id, int64_t course_id, str title, str reason)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, "{\"request_id\":%lld,\"course_id\":%lld,\"course_title\":", (long long)request_id, (long long)course_id);
	buf_json(&b, title);
	buf_lit(&b, ",\"reason\":");
	buf_json(&b, reason);
	buf_char(&b, '}');
	return buf_text(&b);
}

/* What was really changed, and members planned with, as the course itself says it of an edit. */
static void tell_of_change(struct ctx *c, const struct due_notice *n)
{
	struct change_fields was;
	uint64_t bits;

	change_read(c, n->was.s, &was, &bits);
	course_changed(c, n->course_id, bits & change_bit("title"), bits & change_bit("sessions"), bits & change_bit("price"));
}

static int by_member(const void *a, const void *b)
{
	const struct notice *x = a, *y = b;

	return x->member_id < y->member_id ? -1 : x->member_id > y->member_id;
}

void change_notice_hold(struct ctx *c, const struct change *before, int64_t batch_id)
{
	if (before->batch_id.set)
		db_run(c, &hold_notice, arg(batch_id), arg(before->batch_id), arg(before->id));
}

void change_notice_let_go(struct ctx *c, const struct change *now, int64_t batch_id)
{
	if (now->batch_id.set && db_run(c, &let_notice_go, arg(now->batch_id), arg(now->id), arg(batch_id)))
		db_run(c, &update_tell_at, arg(c->now), arg(now->batch_id));
}

void change_notice_drop(struct ctx *c, const struct change *r)
{
	if (r->batch_id.set)
		db_run(c, &delete_notice, arg(r->batch_id), arg(r->id));
}

struct notice change_stale_notice(struct ctx *c, const struct change *r, bool passed_on)
{
	return (struct notice){ r->member_id, passed_on ? S("request.passed_on") : S("request.stale"),
				notice_data(c, r->id, r->course.id, r->course.title, (str){ NULL, 0 }) };
}

void change_tell(struct ctx *c, int64_t batch_id, list more)
{
	static const char *const types[] = { "request.approved", "request.rejected", "request.completed" };
	size_t locked = batch_id ? db_all(c, &lock_notices, &int_item_shape, arg(batch_id)).n : 0;
	list due = locked ? db_all(c, &select_notices, &due_notice_shape, arg(batch_id)) : (list){ NULL, 0 };
	const struct due_notice *n = due.p;
	const struct notice *m = more.p;
	struct notice *out = arena_array(c->arena, struct notice, due.n + more.n + 1);

	for (size_t i = 0; i < due.n; i++)
		out[i] = (struct notice){ n[i].member_id, str_of(types[n[i].action]),
					  notice_data(c, n[i].request_id, n[i].course_id, n[i].course_title, n[i].reason) };
	for (size_t i = 0; i < more.n; i++)
		out[due.n + i] = m[i];
	qsort(out, due.n + more.n, sizeof(*out), by_member);
	notify_many(c, out, due.n + more.n);
	for (size_t i = 0; i < due.n; i++)
		if (n[i].action == CHANGE_DO_COMPLETE)
			tell_of_change(c, &n[i]);
	if (batch_id) {
		db_run(c, &delete_told, arg(batch_id));
		db_run(c, &delete_held, arg(batch_id));
		db_run(c, &update_told, arg(c->now), arg(batch_id));
	}
}

void change_tell_submitted(struct ctx *c, const struct change *r)
{
	list staff = db_all(c, &select_staff, &int_item_shape);
	const struct int_item *id = staff.p;
	struct notice *out = arena_array(c->arena, struct notice, staff.n + 1);
	str data = notice_data(c, r->id, r->course.id, r->course.title, (str){ NULL, 0 });
	bool self = false;
	size_t n = 0;

	for (size_t i = 0; i <= staff.n; i++) {
		if (!self && (i == staff.n || id[i].value >= r->member_id)) {
			out[n++] = (struct notice){ r->member_id, S("request.submitted"), data };
			self = true;
		}
		if (i < staff.n && id[i].value != r->member_id)
			out[n++] = (struct notice){ id[i].value, S("request.submitted"), data };
	}
	notify_many(c, out, n);
}

static outcome tell_due(struct ctx *c, void *v)
{
	int64_t id = *(const int64_t *)v;
	struct change_batch b;

	if (!find_locked(c, id, &b))
		return &change_batch_unknown;
	if (!b.tell_at.set)
		return b.undone_at.set ? &change_undone : &change_told;
	change_tell(c, id, (list){ 0 });
	return OK;
}

outcome change_batch_tell(struct ctx *c, int64_t id)
{
	return db_tx(c, tell_due, &id);
}

static int64_t tell_all_due(struct ctx *c)
{
	list due = db_all(c, &select_due, &int_item_shape, arg(c->now));
	const struct int_item *id = due.p;

	for (size_t i = 0; i < due.n; i++)
		change_batch_tell(c, id[i].value);     /* another relay may have been quicker */
	return due.n == 50 ? c->now.us : 0;
}

const struct job change_jobs[] = {
	{ "change.tell", SECOND, tell_all_due },
	{ 0 }
};
