/* change/change_routes.c -- requests as JSON: for those who teach, and for the staff who decide. */
#include "change/change_pages.h"
#include "change/change_private.h"
#include "change/teach_pages.h"

#include "core/json.h"
#include "queue/queue.h"
#include "web/lists.h"
#include "web/request.h"

/* -- what comes in --------------------------------------------------------------------------------------------------------- */

struct filing_in {
	int64_t id;
	int64_t course_id;
	int kind;
	json_text changes;
	str note;
	bool draft;
};
/* The longest description in Korean, and the largest timetable. */
enum { CHANGES_MAX = 128 * 1024 };

static const struct shape filing_in_shape = SHAPE("ChangeFiling", struct filing_in,
	F(course_id, .min = 1), F(kind, .words = change_kinds, .called = "change_request"),
	F(changes, .optional = true, .max = CHANGES_MAX, .about = "The fields of the course that shall be changed (a JSON merge "
	"patch of the course: null clears what may be empty)."),
	F(note, .optional = true, .max = 1000, .multiline = true), F(draft, .optional = true, .about = "Keep it, don't send it."));
static const struct shape refiling_in_shape = SHAPE("ChangeRefiling", struct filing_in,
	F(id, .read_only = true), F(changes, .optional = true, .max = CHANGES_MAX, .about = "A merge patch of what the request "
	"asks for: null takes a field out of it, a list is replaced."), F(note, .optional = true, .max = 1000, .multiline = true));

static const char *const state_words[] = { "any", "draft", "submitted", "approved", "completed", "rejected", "withdrawn", "stale", NULL };
static const char *const kind_words[] = { "any", "edit", "delete", "status", NULL };
static const char *const sort_words[] = { "newest", "oldest", NULL };
static const char *const tell_words[] = { "now", "later", NULL };

struct filter_in {
	int state, kind, sort;
	opt_int course_id, instructor_id;
	opt_str cursor;
	int64_t limit;
};
#define FILTER F(state, .optional = true, .words = state_words, .called = "change_request"), \
	F(kind, .optional = true, .words = kind_words, .called = "change_request"), F(course_id, .min = 1), \
	F(sort, .optional = true, .words = sort_words), F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100)
static const struct shape filter_shape = SHAPE("ChangeFilter", struct filter_in, FILTER, F(instructor_id, .min = 1));
static const struct shape own_filter_shape = SHAPE("OwnChangeFilter", struct filter_in, FILTER);

#define SEEN_VERSION F(version, .min = 1, .about = "Of the request that was seen, as in If-Match: nothing is decided if it has changed since.")

#define TELL F(tell, .optional = true, .words = tell_words, .about = "When its notices leave: at once (now, also if it is left out), after which it " \
	"can't be undone; or after ten minutes (later), in which its batch can be undone, as the console does.")

struct deciding_in {
	int64_t id;
	str reason;
	int tell;
	opt_int version;
};
static const struct shape deciding_in_shape = SHAPE("ChangeDecision", struct deciding_in,
	F(id, .read_only = true), F(reason, .optional = true, .max = 500), TELL,
	SEEN_VERSION);

struct seen {
	int64_t id, version;
};
static const struct shape seen_shape = SHAPE("ChangeSeen", struct seen, F(id, .min = 1), F(version, .min = 1));

struct bulk_in {
	list ids, seen;
	int action;
	str reason;
	bool dry_run, all_or_nothing;
	int tell;
};
static const struct shape bulk_in_shape = SHAPE("ChangeBulk", struct bulk_in,
	F(ids, .of = &int_item_shape, .min = 1, .max = CHANGE_BULK_MAX), F(action, .words = change_actions, .called = "change_request"),
	F(seen, .of = &seen_shape, .optional = true, .max = CHANGE_BULK_MAX,
	  .about = "The versions that were seen, of as many as one likes: one that has changed since is not decided (version_stale)."),
	F(reason, .optional = true, .max = 500, .about = "Of a rejection: it must be there."),
	F(dry_run, .optional = true, .about = "Says what would be done, and does nothing."),
	F(all_or_nothing, .optional = true, .about = "One that can't be done stops all."), TELL);

struct staging_in {
	int64_t id;
	int decision;
	str reason;
	opt_int version;
};
static const struct shape staging_in_shape = SHAPE("ChangeStaging", struct staging_in,
	F(id, .read_only = true), F(decision, .words = change_stages, .called = "change_request"), F(reason, .optional = true, .max = 500), SEEN_VERSION);

/* -- what goes out --------------------------------------------------------------------------------------------------------- */

static const struct shape list_shape = PAGED_SHAPE("ChangeList", change_row_shape);
static const struct shape own_list_shape = PAGED_SHAPE("OwnChangeList", change_own_row_shape);
static const struct shape course_list_shape = PAGED_SHAPE("TaughtCourseList", course_row_shape);

struct results_out {
	list results;
	opt_int batch_id;
	int64_t done;
};
static const struct shape results_shape = SHAPE("ChangeResults", struct results_out,
	F(results, .of = &change_result_shape, .max = CHANGE_BULK_MAX), F(batch_id, .about = "null: nothing was done."), F(done));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct change *)row)->id;
}

/* -- those who teach ------------------------------------------------------------------------------------------------------- */

static void course_keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct course *)row)->id;
}

static outcome taught(struct request *rq)
{
	const struct page_in *in = rq->in;
	struct list_out out = { 0 };

	list_page(rq, &out, teach_courses(rq->ctx, rq->cursor, in->limit), &course_row_shape, in->limit, course_keys);
	return reply(rq, &out);
}

static outcome taught_one(struct request *rq)
{
	struct course k;
	outcome o = teach_find_course(rq->ctx, ((const struct id_in *)rq->in)->id, &k);

	if (o != OK)
		return o;
	return reply(rq, &k);
}

/* Whose names are no field, or none of theirs. */
static void check_name(void *p, str key, const struct json *value)
{
	struct ctx *c = p;

	(void)value;
	if (!shape_field(&change_fields_shape, key))
		shape_wrong(c, str_join(c->arena, S("changes."), key.n > 64 ? S("?") : key), "not_allowed", (str){ NULL, 0 });
}

static outcome read_changes(struct ctx *c, str json, struct change_filing *f)
{
	struct field_error *before = c->errors;
	const struct json *j;
	outcome o;

	if (!json.n)
		return OK;
	j = json_parse(c, json);
	json_each(j, check_name, c);
	if (c->errors != before)
		return &change_not_allowed;
	o = json_read(c, &change_fields_shape, &f->changes, &f->given, json, true);
	change_errors_inside(c, before);
	return o == &json_not_an_object ? fail(c, &invalid, "changes", "type", (str){ NULL, 0 }) : o;
}

static outcome file(struct request *rq)
{
	const struct filing_in *in = rq->in;
	struct change_filing f = { .course_id = in->course_id, .kind = (enum change_kind)in->kind, .note = in->note, .draft = in->draft };
	struct change made;
	outcome o = read_changes(rq->ctx, in->changes.s, &f);

	if (o == OK)
		o = change_file(rq->ctx, &f, &made);
	return o == OK ? reply(rq, &made) : o;
}

struct merging {
	struct ctx *c;
	uint64_t taken_out;
	struct buf rest;               /* what is not null, as an object */
};

static void merge_member(void *p, str key, const struct json *value)
{
	struct merging *m = p;
	const struct field *f = shape_field(&change_fields_shape, key);

	if (!value && f) {
		m->taken_out |= UINT64_C(1) << (f - change_fields_shape.fields);
		return;
	}
	buf_char(&m->rest, m->rest.n ? ',' : '{');
	buf_json(&m->rest, key);
	buf_char(&m->rest, ':');
	buf_str(&m->rest, value ? json_compact(m->c, value) : S("null"));
}

/* RFC 7396 within what the request asks for already (f->changes). Null is not "clear that field of the course", as it is in a filing: it takes
 * the field out. */
static outcome merge_changes(struct ctx *c, str json, struct change_filing *f)
{
	struct merging m = { .c = c, .rest = buf_in(c->arena) };
	uint64_t before = f->given;
	outcome o;

	if (str_eq(json, S("null"))) {
		f->given = 0;
		return OK;
	}
	if (!str_starts(json, S("{")))
		return read_changes(c, json, f);       /* says what is wrong with it */
	json_each(json_parse(c, json), merge_member, &m);
	buf_str(&m.rest, m.rest.n ? S("}") : S("{}"));
	o = read_changes(c, buf_text(&m.rest), f);
	f->given |= before & ~m.taken_out;
	return o;
}

/* Kept as it was where nothing is said; sent by another call. */
static outcome refile(struct request *rq)
{
	const struct filing_in *in = rq->in;
	struct change_filing f = { .id = in->id, .note = in->note, .draft = true, .seen = rq->if_match };
	struct change r, made;
	outcome o;

	if (!change_find_own(rq->ctx, in->id, &r))
		return &change_unknown;
	f.kind = (enum change_kind)r.kind;
	if (!given(rq, "note"))
		f.note = r.note;
	change_read(rq->ctx, r.changes.s, &f.changes, &f.given);
	o = given(rq, "changes") ? merge_changes(rq->ctx, in->changes.s, &f) : OK;
	if (o == OK)
		o = change_file(rq->ctx, &f, &made);
	return o == OK ? reply(rq, &made) : o;
}

static outcome submit(struct request *rq)
{
	struct change now;
	outcome o = change_submit(rq->ctx, ((const struct id_in *)rq->in)->id, &now);

	return o == OK ? reply(rq, &now) : o;
}

static outcome withdraw(struct request *rq)
{
	struct change now;
	outcome o = change_withdraw(rq->ctx, ((const struct id_in *)rq->in)->id, &now);

	return o == OK ? reply(rq, &now) : o;
}

static outcome show_own(struct request *rq)
{
	struct change r;

	if (!change_find_own(rq->ctx, ((const struct id_in *)rq->in)->id, &r))
		return &change_unknown;
	change_show(rq->ctx, &r, false);
	return reply(rq, &r);
}

static struct change_filter filter_of(const struct request *rq)
{
	const struct filter_in *in = rq->in;

	return (struct change_filter){ .has_state = in->state > 0, .state = in->state - 1, .has_kind = in->kind > 0, .kind = in->kind - 1,
				       .course_id = in->course_id, .instructor_id = in->instructor_id, .oldest_first = in->sort == 1,
				       .from = rq->cursor, .limit = in->limit };
}

static outcome list_own(struct request *rq)
{
	struct change_filter f = filter_of(rq);
	struct list_out out = { 0 };

	f.member_id = some_int(rq->ctx->who.id);
	list_page(rq, &out, change_list(rq->ctx, &f), &change_row_shape, f.limit, keys);
	return reply(rq, &out);
}

/* -- the staff ------------------------------------------------------------------------------------------------------------- */

static outcome list_all(struct request *rq)
{
	struct change_filter f = filter_of(rq);
	struct list_out out = { 0 };

	f.sent = true;
	list_page(rq, &out, change_list(rq->ctx, &f), &change_row_shape, f.limit, keys);
	return reply(rq, &out);
}

static outcome show(struct request *rq)
{
	struct change r;

	if (!change_find(rq->ctx, ((const struct id_in *)rq->in)->id, &r))
		return &change_unknown;
	change_show(rq->ctx, &r, true);
	return reply(rq, &r);
}

static enum change_tell tell_of(int word)
{
	return word == 0 ? CHANGE_TELL_NOW : CHANGE_TELL_LATER;
}

/* The header, else the member: whoever sends both means the same. */
static opt_int seen_of(const struct request *rq, opt_int version)
{
	return rq->if_match.set ? rq->if_match : version;
}

static outcome decide(struct request *rq, enum change_action action)
{
	const struct deciding_in *in = rq->in;
	struct change now;
	outcome o = change_decide(rq->ctx, in->id, seen_of(rq, in->version), action, in->reason, tell_of(in->tell), &now);

	return o == OK ? reply(rq, &now) : o;
}

static outcome approve(struct request *rq) { return decide(rq, CHANGE_DO_APPROVE); }
static outcome reject(struct request *rq) { return decide(rq, CHANGE_DO_REJECT); }
static outcome complete(struct request *rq) { return decide(rq, CHANGE_DO_COMPLETE); }

static outcome reply_results(struct request *rq, list results, int64_t batch_id)
{
	struct results_out out = { results, { batch_id != 0, batch_id }, 0 };
	const struct change_result *x = results.p;

	for (size_t i = 0; i < results.n; i++)
		out.done += x[i].ok;
	return reply(rq, &out);
}

static opt_int seen_in(const struct bulk_in *in, int64_t id)
{
	const struct seen *s = in->seen.p;

	for (size_t i = 0; i < in->seen.n; i++)
		if (s[i].id == id)
			return some_int(s[i].version);
	return (opt_int){ 0 };
}

static outcome bulk(struct request *rq)
{
	const struct bulk_in *in = rq->in;
	const struct int_item *id = in->ids.p;
	int64_t ids[CHANGE_BULK_MAX];
	opt_int seen[CHANGE_BULK_MAX];
	struct change_bulk b = { .ids = ids, .seen = seen, .n = in->ids.n, .action = (enum change_action)in->action, .reason = in->reason,
				 .tell = tell_of(in->tell), .dry_run = in->dry_run, .all_or_nothing = in->all_or_nothing };
	int64_t batch_id;
	list results;
	outcome o;

	for (size_t i = 0; i < b.n; i++) {
		ids[i] = id[i].value;
		seen[i] = seen_in(in, ids[i]);
	}
	o = change_bulk(rq->ctx, &b, &results, &batch_id);
	return o == OK ? reply_results(rq, results, batch_id) : o;
}

static outcome stage(struct request *rq)
{
	const struct staging_in *in = rq->in;
	struct change now;
	outcome o = change_stage(rq->ctx, in->id, seen_of(rq, in->version), (enum change_staged)in->decision, in->reason, &now);

	return o == OK ? reply(rq, &now) : o;
}

static outcome show_batch(struct request *rq)
{
	struct change_batch b;

	if (!change_batch_find(rq->ctx, ((const struct id_in *)rq->in)->id, &b))
		return &change_batch_unknown;
	return reply(rq, &b);
}

static outcome undo_batch(struct request *rq)
{
	int64_t id = ((const struct id_in *)rq->in)->id;
	list results;
	outcome o = change_batch_undo(rq->ctx, id, &results);

	return o == OK ? reply_results(rq, results, id) : o;
}

static outcome tell_batch(struct request *rq)
{
	int64_t id = ((const struct id_in *)rq->in)->id;
	outcome o = change_batch_tell(rq->ctx, id);

	return o == OK ? show_batch(rq) : o;
}

#define OF_A_COURSE &course_unknown, &course_status_refused, &capacity_below_taken, &room_taken, &instructor_busy, &session_attended
#define DECIDING &change_unknown, &change_state_refused
#define DECIDED &change_shape, .once = ONCE_TX, .may_match = true, .tag = "request"

const struct route change_routes[] = {
	{ GET, "/api/v1/teach/courses", INSTRUCTOR, taught, &page_in_shape, &course_list_shape, .tag = "teach", .about = "The caller's own courses, drafts too." },
	{ GET, "/api/v1/teach/courses/{id}", INSTRUCTOR, taught_one, &id_in_shape, &course_shape, .tag = "teach", .fails = FAILS(&course_unknown),
	  .about = "One of the caller's own courses." },
	{ GET, "/api/v1/teach/requests", INSTRUCTOR, list_own, &own_filter_shape, &own_list_shape, .tag = "teach", .about = "What the caller asked for." },
	{ POST, "/api/v1/teach/requests", INSTRUCTOR, file, &filing_in_shape, &change_own_shape, .tag = "teach", .status = 201, .once = ONCE_TX,
	  .fails = FAILS(OF_A_COURSE, &change_not_allowed, &change_empty, &change_twice), .about = "Asks for a change of one's own course." },
	{ GET, "/api/v1/teach/requests/{id}", INSTRUCTOR, show_own, &id_in_shape, &change_own_detail_shape, .tag = "teach",
	  .fails = FAILS(&change_unknown), .about = "One request, beside the course as it is, with its history." },
	{ PATCH, "/api/v1/teach/requests/{id}", INSTRUCTOR, refile, &refiling_in_shape, &change_own_shape, .tag = "teach",
	  .fails = FAILS(DECIDING, &course_unknown, &change_not_allowed, &change_empty, &version_stale),
	  .about = "Changes one that is a draft or stale, on the course as it is now, by a merge patch that goes into its `changes`; /submit sends it." },
	{ POST, "/api/v1/teach/requests/{id}/submit", INSTRUCTOR, submit, &id_in_shape, &change_own_shape, .tag = "teach", .once = ONCE_TX,
	  .fails = FAILS(DECIDING, OF_A_COURSE, &change_empty, &change_twice), .about = "Sends a draft, or a stale one again." },
	{ POST, "/api/v1/teach/requests/{id}/withdraw", INSTRUCTOR, withdraw, &id_in_shape, &change_own_shape, .tag = "teach", .once = ONCE_TX,
	  .fails = FAILS(DECIDING), .about = "Takes back what was not decided yet." },

	{ GET, "/api/v1/admin/requests", ANY_STAFF, list_all, &filter_shape, &list_shape, .tag = "request", .about = "What instructors asked for; drafts only if asked for." },
	{ GET, "/api/v1/admin/requests/{id}", ANY_STAFF, show, &id_in_shape, &change_detail_shape, .tag = "request", .fails = FAILS(&change_unknown),
	  .about = "One request: before, proposed and current field by field, its effect, its history." },
	{ POST, "/api/v1/admin/requests/{id}/approve", STAFF, approve, &deciding_in_shape, DECIDED,
	  .fails = FAILS(DECIDING, &version_stale, &change_stale, &change_passed_on, &course_status_refused), .about = "submitted -> approved. Whom it concerns is told at once, unless `tell` is later." },
	{ POST, "/api/v1/admin/requests/{id}/reject", STAFF, reject, &deciding_in_shape, DECIDED, .fails = FAILS(DECIDING, &version_stale),
	  .about = "submitted, approved -> rejected, with a reason. The instructor is told at once, unless `tell` is later." },
	{ POST, "/api/v1/admin/requests/{id}/complete", STAFF, complete, &deciding_in_shape, DECIDED,
	  .fails = FAILS(DECIDING, OF_A_COURSE, &version_stale, &change_stale, &change_passed_on), .about = "approved -> completed: the course is changed. Whom it concerns is told at once, unless `tell` is later." },
	{ PUT, "/api/v1/admin/requests/{id}/stage", STAFF, stage, &staging_in_shape, &change_shape, .tag = "request",
	  .fails = FAILS(DECIDING, &version_stale), .about = "A decision that is kept for later: colleagues see it, nothing happens." },
	{ POST, "/api/v1/admin/requests/bulk", STAFF, bulk, &bulk_in_shape, &results_shape, .tag = "request", .once = ONCE_TX,
	  .items_fail = FAILS(DECIDING, OF_A_COURSE, &invalid, &version_stale, &change_stale, &change_passed_on, &change_held_back),
	  .about = "The same decision for many, in one transaction; or what it would do. Told at once, unless `tell` is later." },
	{ GET, "/api/v1/admin/requests/batches/{id}", ANY_STAFF, show_batch, &id_in_shape, &change_batch_shape, .tag = "request",
	  .fails = FAILS(&change_batch_unknown), .about = "Decisions that were sent together." },
	{ POST, "/api/v1/admin/requests/batches/{id}/undo", STAFF, undo_batch, &id_in_shape, &results_shape, .tag = "request", .once = ONCE_TX,
	  .items_fail = FAILS(DECIDING, OF_A_COURSE, &invalid, &change_twice, &course_moved_on, &change_final),
	  .fails = FAILS(&change_batch_unknown, &change_told, &change_undone), .about = "Takes them back, as long as nobody was told." },
	{ POST, "/api/v1/admin/requests/batches/{id}/tell", STAFF, tell_batch, &id_in_shape, &change_batch_shape, .tag = "request", .once = ONCE_TX,
	  .fails = FAILS(&change_batch_unknown, &change_told, &change_undone), .about = "Its notices leave now." },
	CHANGE_PAGE_ROUTES
	TEACH_PAGE_ROUTES
	{ 0 }
};
