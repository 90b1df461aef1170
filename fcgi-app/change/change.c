/* change/change.c -- requests as they are filed, found and listed. */
#include "change/change_private.h"

#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"
#include "core/json.h"
#include "instructor/instructor.h"
#include "queue/queue.h"
#include "web/crypto.h"
#include "web/route.h"

const struct failure change_unknown = { 404, "change_unknown" };
const struct failure change_state_refused = { 409, "change_state_refused" };
const struct failure change_stale = { 409, "change_stale" };
const struct failure change_passed_on = { 409, "change_passed_on" };
const struct failure change_twice = { 409, "change_twice" };
const struct failure change_empty = { 422, "change_empty" };
const struct failure change_not_allowed = { 422, "change_not_allowed" };

const char *const change_kinds[] = { "edit", "delete", "status", NULL };
const char *const change_states[] = { "draft", "submitted", "approved", "completed", "rejected", "withdrawn", "stale", NULL };
const char *const change_actions[] = { "approve", "reject", "complete", NULL };
const char *const change_stages[] = { "none", "approve", "reject", "skip", NULL };

/* -- shapes -------------------------------------------------------------------------------------------------------------- */

static const struct shape person_shape = ID_NAME_SHAPE("ChangePerson");
static const struct shape course_of_shape = SHAPE("ChangeCourse", struct change_course, F(id), F(title), F(version));

#define OWN_FIELDS \
	F(id), F(course, .of = &course_of_shape), F(instructor, .of = &person_shape), F(kind, .words = change_kinds, .called = "change_request"), \
	F(state, .words = change_states, .called = "change_request"), F(base_version, .about = "Of the course, when it was filed."), F(note), \
	F(reason, .about = "Of the decision."), F(n_fields), F(sensitive, .about = "Money, or people's plans."), \
	F(decided_by, .of = &person_shape, .or_null = true), F(created_at), F(submitted_at), F(decided_at), F(completed_at), F(version)
#define ROW_FIELDS OWN_FIELDS, \
	F(staged, .words = change_stages, .called = "change_request", .about = "A decision that was not sent yet."), F(staged_reason), \
	F(staged_by, .of = &person_shape, .or_null = true), F(batch_id)
#define DETAILS F(diff, .of = &change_diff_shape), F(history, .of = &change_step_shape)

const struct shape change_own_row_shape = SHAPE("OwnChangeRow", struct change, OWN_FIELDS);
const struct shape change_own_shape = SHAPE("OwnChange", struct change, OWN_FIELDS, F(changes));
const struct shape change_own_detail_shape = SHAPE("OwnChangeDetail", struct change, OWN_FIELDS, F(changes), DETAILS);
const struct shape change_row_shape = SHAPE("ChangeRow", struct change, ROW_FIELDS);
const struct shape change_shape = SHAPE("Change", struct change, ROW_FIELDS, F(changes));
const struct shape change_detail_shape = SHAPE("ChangeDetail", struct change, ROW_FIELDS, F(changes), DETAILS,
	F(impact, .of = &change_impact_shape));
const struct shape change_whole_shape = SHAPE("ChangeWhole", struct change, ROW_FIELDS, F(changes), F(member_id), F(base), F(was),
	F(applied_version));

/* -- SQL ----------------------------------------------------------------------------------------------------------------- */

#define ROW_COLUMNS \
	"r.id, r.course_id AS `course.id`, k.title AS `course.title`, k.version AS `course.version`, r.instructor_id AS `instructor.id`, " \
	"i.name AS `instructor.name`, r.kind, r.state, r.base_version, r.note, r.reason, r.n_fields, r.`sensitive`, r.staged, " \
	"r.staged_reason, r.staged_by AS `staged_by.id`, s.name AS `staged_by.name`, r.decided_by AS `decided_by.id`, " \
	"d.name AS `decided_by.name`, r.batch_id, r.created_at, r.submitted_at, r.decided_at, r.completed_at, r.version"
#define FROM_CHANGE \
	" FROM change_request r JOIN course_brief k ON k.id = r.course_id JOIN instructor_name i ON i.id = r.instructor_id " \
	"LEFT JOIN member_name s ON s.id = r.staged_by LEFT JOIN member_name d ON d.id = r.decided_by "
#define WHOLE_COLUMNS ROW_COLUMNS ", r.changes, r.member_id, r.base, r.was, r.applied_version"

SQL(select_change, "SELECT " WHOLE_COLUMNS FROM_CHANGE "WHERE r.id = ?");
SQL(select_staged, "SELECT " WHOLE_COLUMNS FROM_CHANGE "WHERE r.staged_by = ? ORDER BY r.id LIMIT 200");
SQL(lock_change, "SELECT id FROM change_request WHERE id = ? FOR UPDATE");
#define TEN "?, ?, ?, ?, ?, ?, ?, ?, ?, ?"
SQL(lock_fifty, "SELECT id AS value FROM change_request WHERE id IN (" TEN ", " TEN ", " TEN ", " TEN ", " TEN ") ORDER BY id FOR UPDATE");
SQL(select_fifty, "SELECT " WHOLE_COLUMNS FROM_CHANGE "WHERE r.id IN (" TEN ", " TEN ", " TEN ", " TEN ", " TEN ")");
SQL(insert_change,
	"INSERT INTO change_request (course_id, instructor_id, member_id, kind, state, base_version, base, changes, n_fields, `sensitive`, print, "
	"note, created_at, submitted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
/* Run as an insert too: a living twin is an answer, whether it was there before or came to life at this moment. */
SQL(update_change,
	"UPDATE change_request SET kind = ?, state = ?, base_version = ?, base = ?, changes = ?, n_fields = ?, `sensitive` = ?, print = ?, "
	"note = ?, submitted_at = ?, reason = '', decided_at = NULL, decided_by = NULL, batch_id = NULL, version = version + 1 WHERE id = ?");
SQL(update_state, "UPDATE change_request SET state = ?, staged = NULL, staged_by = NULL, staged_reason = '', staged_at = NULL, "
	"version = version + 1 WHERE id = ?");
SQL(insert_step,
	"INSERT INTO change_step (request_id, n, at, member_id, state, reason, batch_id, undone) "
	"SELECT ?, COALESCE(MAX(n), 0) + 1, ?, ?, ?, ?, ?, ? FROM change_step WHERE request_id = ?");
SQL(select_steps,
	"SELECT s.at, s.member_id AS `by.id`, m.name AS `by.name`, s.state, s.reason, s.undone FROM change_step s "
	"JOIN member_name m ON m.id = s.member_id WHERE s.request_id = ? ORDER BY s.n");
SQL(count_state, "SELECT COUNT(*) FROM (SELECT id FROM change_request WHERE state = ? LIMIT 1000) r");

const struct shape change_step_shape = SHAPE("ChangeStep", struct change_step,
	F(at), F(by, .of = &person_shape), F(state, .words = change_states, .called = "change_request"), F(reason), F(undone, .about = "An undo brought it here."));

/* -- rows ---------------------------------------------------------------------------------------------------------------- */

bool change_find(struct ctx *c, int64_t id, struct change *r)
{
	memset(r, 0, sizeof(*r));
	return db_one(c, &select_change, &change_whole_shape, r, arg(id));
}

bool change_find_own(struct ctx *c, int64_t id, struct change *r)
{
	return change_find(c, id, r) && r->member_id == c->who.id;
}

bool change_lock(struct ctx *c, int64_t id)
{
	return db_int(c, &lock_change, 0, arg(id)) == id;
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

enum { AT_ONCE = 50 };

list change_lock_many(struct ctx *c, const int64_t *ids, size_t n)
{
	int64_t *sorted = arena_array(c->arena, int64_t, n + 1);
	list out = { arena_array(c->arena, struct change, n + 1), 0 };

	memcpy(sorted, ids, n * sizeof(*ids));
	qsort(sorted, n, sizeof(*sorted), ascending);
	for (size_t from = 0; from < n; from += AT_ONCE) {
		struct arg args[AT_ONCE];

		for (size_t i = 0; i < AT_ONCE; i++)      /* the last one fills it up */
			args[i] = arg(sorted[from + i < n ? from + i : n - 1]);
		db_all_args(c, &lock_fifty, &int_item_shape, args, AT_ONCE);
	}
	for (size_t from = 0; from < n; from += AT_ONCE) {
		struct arg args[AT_ONCE];
		list some;

		for (size_t i = 0; i < AT_ONCE; i++)
			args[i] = arg(sorted[from + i < n ? from + i : n - 1]);
		some = db_all_args(c, &select_fifty, &change_whole_shape, args, AT_ONCE);
		/* An id that is asked for twice may come with two chunks. */
		memcpy((struct change *)out.p + out.n, some.p, some.n * sizeof(struct change));
		out.n += some.n;
	}
	return out;
}

void change_show(struct ctx *c, struct change *r, bool impact)
{
	r->diff = change_diffs(c, r);
	r->history = change_history(c, r->id);
	if (impact)
		change_impact(c, r, &r->impact);
}

list change_history(struct ctx *c, int64_t id)
{
	return db_all(c, &select_steps, &change_step_shape, arg(id));
}

list change_staged_by(struct ctx *c, int64_t member_id)
{
	return db_all(c, &select_staged, &change_whole_shape, arg(member_id));
}

int64_t change_count(struct ctx *c, enum change_state state)
{
	return db_int(c, &count_state, 0, arg(str_of(change_states[state])));
}

void change_step_add(struct ctx *c, int64_t id, enum change_state state, str reason, opt_int batch_id, bool undone)
{
	db_run(c, &insert_step, arg(id), arg(c->now), arg(c->who.id), arg(str_of(change_states[state])), arg(reason), arg(batch_id), arg(undone),
	       arg(id));
}

outcome change_state_wrong(struct ctx *c, const struct change *r)
{
	str key = str_fmt(c->arena, "word.change_request.state.%s", change_states[r->state]);

	return fail(c, &change_state_refused, "state", "not_from_here", words(c, str_z(c->arena, key)));
}

outcome change_as_seen(struct ctx *c, const struct change *r, opt_int seen)
{
	if (!seen.set || seen.v == r->version)
		return OK;
	return fail(c, &version_stale, "version", "request_moved", (str){ NULL, 0 });
}

/* -- lists --------------------------------------------------------------------------------------------------------------- */

static const struct sort_key newest[] = { { "r.id", .descending = true } };
static const struct sort_key oldest[] = { { "r.id", .descending = false } };

list change_list(struct ctx *c, const struct change_filter *f)
{
	struct query q = query_from(c, "SELECT STRAIGHT_JOIN " ROW_COLUMNS FROM_CHANGE "WHERE ");

	query_add(&q, "TRUE");
	if (f->has_state)
		query_add(&q, " AND r.state = ?", arg(str_of(change_states[f->state])));
	else if (f->sent)
		query_add(&q, " AND r.state <> 'draft'");
	if (f->has_kind)
		query_add(&q, " AND r.kind = ?", arg(str_of(change_kinds[f->kind])));
	if (f->course_id.set)
		query_add(&q, " AND r.course_id = ?", arg(f->course_id));
	if (f->instructor_id.set)
		query_add(&q, " AND r.instructor_id = ?", arg(f->instructor_id));
	if (f->member_id.set)
		query_add(&q, " AND r.member_id = ?", arg(f->member_id));
	query_keyset(&q, &f->from, f->oldest_first ? oldest : newest, 1, f->limit);
	return query_all(c, &q, &change_row_shape);
}

/* -- filing -------------------------------------------------------------------------------------------------------------- */

/* What is to be stored of a filing. */
struct proposal {
	struct asked asked;
	str base, changes;
	unsigned char print[32];
	bool sensitive;
};

static outcome not_theirs(struct ctx *c, size_t nth)
{
	return fail(c, &change_not_allowed, str_z(c->arena, str_fmt(c->arena, "changes.%s", change_fields_shape.fields[nth].name)),
		    "not_allowed", (str){ NULL, 0 });
}

/* An edit touches all but the status, a change of status nothing else, a deletion nothing at all. */
static outcome check_kind(struct ctx *c, const struct change_filing *f)
{
	uint64_t status = change_bit("status"), may = f->kind == CHANGE_STATUS ? status : f->kind == CHANGE_EDIT ? ~status : 0;
	int to = f->changes.status;

	for (size_t i = 0; i < change_fields_shape.n; i++)
		if (f->given & ~may & UINT64_C(1) << i)
			return not_theirs(c, i);
	if (f->given & status && to == COURSE_CANCELLED)
		return fail(c, &change_not_allowed, "changes.status", "deletion_wanted", (str){ NULL, 0 });
	if (f->given & status && to != COURSE_OPEN && to != COURSE_CLOSED && to != COURSE_FINISHED)
		return not_theirs(c, change_fields_shape.n - 1);
	return OK;
}

static outcome propose(struct ctx *c, const struct change_filing *f, const struct course *k, struct proposal *p)
{
	outcome o = check_kind(c, f);
	str said;

	if (o != OK)
		return o;
	p->asked.base = change_fields_of(k);
	p->asked.proposed = f->changes;
	if (f->kind == CHANGE_DELETE)
		p->asked.proposed.status = COURSE_CANCELLED;
	p->asked.bits = change_unlike(c, &p->asked.base, &p->asked.proposed, f->kind == CHANGE_DELETE ? change_bit("status") : f->given);
	if (!p->asked.bits)
		return fail(c, &change_empty, "changes", "nothing_changes", (str){ NULL, 0 });
	p->base = change_write(c, &p->asked.base, p->asked.bits);
	p->changes = f->kind == CHANGE_DELETE ? S("{}") : change_write(c, &p->asked.proposed, p->asked.bits);
	said = f->kind == CHANGE_DELETE ? p->changes : change_said(c, &p->asked.proposed, p->asked.bits);
	crypto_sha256(str_fmt(c->arena, "%s %.*s", change_kinds[f->kind], STR(said)), p->print);
	p->sensitive = change_is_sensitive(f->kind, p->asked.bits);
	return OK;
}

struct filing {
	const struct change_filing *f;
	struct change *made;
};

/* The course, locked: so two that file the same wait for each other. */
static outcome own_course(struct ctx *c, int64_t id, struct course *k)
{
	int64_t instructor = instructor_of_member(c, c->who.id);

	if (!instructor || !course_lock(c, id, k) || k->instructor.id != instructor)
		return &course_unknown;
	return OK;
}

/* What is sent can be done now, by the course's own rules. */
static outcome may_be_sent(struct ctx *c, const struct change *r, const struct proposal *p, const struct course *k)
{
	outcome o = change_course_lives(c, k);

	return o == OK ? change_probe(c, r, &p->asked, k) : o;
}

/* Its id; 0: the same lives already. */
static int64_t store(struct ctx *c, const struct change *r, const struct change_filing *f, const struct proposal *p, int64_t version)
{
	str print = { (const char *)p->print, sizeof(p->print) }, kind = str_of(change_kinds[f->kind]), state = str_of(change_states[r->state]);
	int64_t n = (int64_t)change_count_bits(p->asked.bits);
	opt_when sent = r->state == CHANGE_SUBMITTED ? some_when(c->now) : (opt_when){ 0 };

	if (!r->id)
		return db_insert(c, &insert_change, arg(r->course.id), arg(r->instructor.id), arg(c->who.id), arg(kind), arg(state), arg(version),
				 arg(p->base), arg(p->changes), arg(n), arg(p->sensitive), arg(print), arg(f->note), arg(c->now), arg(sent));
	if (!db_insert(c, &update_change, arg(kind), arg(state), arg(version), arg(p->base), arg(p->changes), arg(n), arg(p->sensitive), arg(print),
		       arg(f->note), arg(sent), arg(r->id)))
		return 0;
	return r->id;
}

static outcome file(struct ctx *c, void *v)
{
	const struct change_filing *f = ((struct filing *)v)->f;
	struct change *made = ((struct filing *)v)->made, r = { 0 };
	struct proposal p = { 0 };
	struct course k;
	int was = -1;
	outcome o;

	if (f->id && (!change_lock(c, f->id) || !change_find_own(c, f->id, &r)))
		return &change_unknown;
	if (f->id && (o = change_as_seen(c, &r, f->seen)) != OK)
		return o;
	if (f->id && r.state != CHANGE_DRAFT && r.state != CHANGE_STALE)
		return change_state_wrong(c, &r);
	if (f->id)
		was = r.state;
	if ((o = own_course(c, f->id ? r.course.id : f->course_id, &k)) != OK || (o = propose(c, f, &k, &p)) != OK)
		return o;
	r.course.id = k.id;
	r.instructor.id = k.instructor.id;
	r.kind = f->kind;
	r.state = !f->draft ? CHANGE_SUBMITTED : f->id ? was : CHANGE_DRAFT;
	if (!f->draft && (o = may_be_sent(c, &r, &p, &k)) != OK)
		return o;
	r.id = store(c, &r, f, &p, k.version);
	if (!r.id)
		return &change_twice;
	if (r.state != was)
		change_step_add(c, r.id, (enum change_state)r.state, f->note.n <= 500 ? f->note : (str){ NULL, 0 }, (opt_int){ 0 }, false);
	if (!change_find(c, r.id, made))
		fault(c, "the request that was filed is not there");
	if (r.state == CHANGE_SUBMITTED)
		change_tell_submitted(c, made);
	return OK;
}

outcome change_file(struct ctx *c, const struct change_filing *f, struct change *made)
{
	struct filing v = { f, made };

	return db_tx(c, file, &v);
}

struct sending {
	int64_t id;
	struct change *now;
};

static outcome submit(struct ctx *c, void *v)
{
	const struct sending *s = v;
	struct change_filing f = { .id = s->id };
	struct change r;

	if (!change_lock(c, s->id) || !change_find_own(c, s->id, &r))
		return &change_unknown;
	change_read(c, r.changes.s, &f.changes, &f.given);
	f.kind = (enum change_kind)r.kind;
	f.note = r.note;
	return change_file(c, &f, s->now);
}

outcome change_submit(struct ctx *c, int64_t id, struct change *now)
{
	struct sending v = { id, now };

	return db_tx(c, submit, &v);
}

static outcome withdraw(struct ctx *c, void *v)
{
	const struct sending *s = v;
	struct change r;

	if (!change_lock(c, s->id) || !change_find_own(c, s->id, &r))
		return &change_unknown;
	if (r.state != CHANGE_DRAFT && r.state != CHANGE_STALE && r.state != CHANGE_SUBMITTED)
		return change_state_wrong(c, &r);
	db_run(c, &update_state, arg(str_of(change_states[CHANGE_WITHDRAWN])), arg(s->id));
	change_step_add(c, s->id, CHANGE_WITHDRAWN, (str){ NULL, 0 }, (opt_int){ 0 }, false);
	change_find(c, s->id, s->now);
	return OK;
}

outcome change_withdraw(struct ctx *c, int64_t id, struct change *now)
{
	struct sending v = { id, now };

	return db_tx(c, withdraw, &v);
}

void change_proposed(struct ctx *c, const struct change *r, const struct course *k, struct change_fields *f)
{
	struct asked a;
	char *to = (char *)f;

	change_asked(c, r, &a);
	*f = change_fields_of(k);
	for (size_t i = 0; i < change_fields_shape.n; i++) {
		const struct field *m = &change_fields_shape.fields[i];
		size_t end = i + 1 < change_fields_shape.n ? change_fields_shape.fields[i + 1].offset : sizeof(*f);

		if (a.bits >> i & 1)
			memcpy(to + m->offset, (const char *)&a.proposed + m->offset, end - m->offset);
	}
}
