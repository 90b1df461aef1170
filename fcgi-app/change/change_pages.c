/* change/change_pages.c -- change requests as operators see them: the list with one of them open beside it, and staging. */
#include "change/change_pages.h"

#include <string.h>

#include "core/i18n.h"
#include "core/json.h"
#include "instructor/instructor.h"
#include "saved_view/saved_view.h"
#include "web/form.h"
#include "web/page_form.h"
#include "web/read.h"

static const struct shape fact_shape = SHAPE("ChangeFact", struct change_fact, F(label), F(value));

const struct shape change_view_shape = SHAPE("ChangeView", struct change_view,
	F(id), F(change, .of = &change_shape), F(fields, .of = &diff_words_shape), F(facts, .of = &fact_shape),
	F(impact, .of = &change_impact_shape), F(history, .of = &change_step_shape), F(age), F(conflict), F(passed_on), F(may_stage), F(may_apply),
	F(may_reject), F(is_staged), F(next_id), F(prev_id), F(then_id), F(here), F(action));

/* -- one request ------------------------------------------------------------------------------------------------------------------------- */

str change_age(struct ctx *c, when since)
{
	int64_t minutes = (c->now.us - since.us) / MINUTE;
	const char *key = minutes < 60 ? "change.age.minutes" : minutes < 48 * 60 ? "change.age.hours" : "change.age.days";
	int64_t n = minutes < 60 ? minutes : minutes < 48 * 60 ? minutes / 60 : minutes / (24 * 60);

	if (minutes < 1)
		return words(c, "change.age.now");
	return i18n_text(c, key, &(struct i18n_arg){ NULL, str_fmt(c->arena, "%lld", (long long)n) }, 1);
}

static str number(struct ctx *c, int64_t n)
{
	return i18n_number(c->arena, n);
}

static bool is_touched(const struct change_view *v, str name)
{
	const struct diff_words *d = v->fields.p;

	for (size_t i = 0; i < v->fields.n; i++)
		if (str_eq(d[i].field, name))
			return true;
	return false;
}

/* What the course says in the fields that the request leaves alone. */
static list untouched(struct ctx *c, const struct change_view *v, const struct course *k)
{
	const struct { str name, value; } all[] = {
		{ S("title"), k->title },
		{ S("price"), i18n_money(c->arena, c->locale, k->price) },
		{ S("capacity"), number(c, k->capacity) },
		{ S("min_enrolled"), number(c, k->min_enrolled) },
		{ S("enrol_opens_at"), i18n_when(c->arena, c->locale, k->enrol_opens_at) },
		{ S("enrol_closes_at"), i18n_when(c->arena, c->locale, k->enrol_closes_at) },
		{ S("sessions"), words(c, "change.sessions", { NULL, number(c, (int64_t)k->sessions.n) }) },
		{ S("description"), k->description },
	};
	enum { MOST = sizeof(all) / sizeof(all[0]) };
	struct change_fact *f = arena_array(c->arena, struct change_fact, MOST);
	size_t n = 0;

	for (size_t i = 0; i < MOST; i++) {
		const struct field *field = shape_field(&change_fields_shape, all[i].name);

		if (field && !is_touched(v, all[i].name))
			f[n++] = (struct change_fact){ page_field_words(c, "label", &change_fields_shape, field), all[i].value };
	}
	return (list){ f, n };
}

static bool any_conflict(const list *fields)
{
	const struct diff_words *d = fields->p;

	for (size_t i = 0; i < fields->n; i++)
		if (d[i].conflict)
			return true;
	return false;
}

void change_view_fill(struct ctx *c, const struct change *k, struct change_view *v)
{
	struct course course;
	bool staff = (c->who.roles & STAFF) != 0, living = k->state == CHANGE_SUBMITTED || k->state == CHANGE_APPROVED;

	v->id = k->id;
	v->change = *k;
	v->fields = change_diff_words(c, k);
	v->history = change_history(c, k->id);
	v->age = change_age(c, k->submitted_at.set ? k->submitted_at.v : k->created_at);
	if (living) {
		change_impact(c, k, &v->impact);
		v->conflict = any_conflict(&v->fields);
		v->passed_on = v->impact.blocked.set && str_eq(v->impact.blocked.v, str_of(change_passed_on.code));
	}
	if (course_find(c, k->course.id, true, &course))
		v->facts = untouched(c, v, &course);
	v->may_stage = staff && k->state == CHANGE_SUBMITTED;
	v->may_apply = staff && k->state == CHANGE_APPROVED && !v->conflict && !v->passed_on;
	v->may_reject = staff && k->state == CHANGE_APPROVED;
	v->is_staged = k->staged != CHANGE_STAGE_NONE;
}

/* -- the list ------------------------------------------------------------------------------------------------------------------------------ */

/* What is left to do comes first, so that a filter that is left out means it. */
static const char *const list_states[] = { "submitted", "approved", "completed", "rejected", "stale", "withdrawn", "any", NULL };
static const char *const list_kinds[] = { "any", "edit", "status", "delete", NULL };
static const char *const decisions[] = { "approve", "reject", "skip", "none", NULL };
static const enum change_state state_of[] = { CHANGE_SUBMITTED, CHANGE_APPROVED, CHANGE_COMPLETED, CHANGE_REJECTED, CHANGE_STALE, CHANGE_WITHDRAWN };
static const enum change_kind kind_of[] = { CHANGE_EDIT, CHANGE_EDIT, CHANGE_STATUS, CHANGE_DELETE };
enum { LIST_SUBMITTED, LIST_APPROVED, LIST_ANY = 6 };

struct list_in {
	int state, kind;
	opt_int course_id, instructor_id, id, done;
	opt_str cursor;
	int64_t limit;
};
const struct shape change_list_in_shape = SHAPE("ChangeListPageIn", struct list_in,
	F(state, .optional = true, .words = list_states, .called = "change_request"), F(kind, .optional = true, .words = list_kinds, .called = "change_request"),
	F(course_id, .min = 1, .letters = "C"), F(instructor_id, .min = 1), F(id, .min = 1), F(done, .min = 1), F(cursor),
	F(limit, .optional = true, .dflt = 50, .min = 1, .max = 100));

struct row {
	struct change change;
	bool open, conflict, undecided, asks_price, asks_sessions, asks_capacity, asks_status;
	str age;
};
static const struct shape row_shape = SHAPE("ChangeListRow", struct row,
	F(change, .of = &change_row_shape), F(open), F(conflict), F(undecided), F(asks_price),
	F(asks_sessions), F(asks_capacity), F(asks_status), F(age));

struct list_page_out {
	list data;
	opt_str next_cursor, prev_cursor;
	struct id_name course;          /* whose requests these are: the page is one of its pages then */
	struct change_view chosen;
	struct change_view done;           /* whose decision was staged just now */
	struct list_in form;               /* what narrows the list, also where the page shows a refused decision again */
	list instructor_id_options, views;
	int state;
	bool filtered, deciding, applying, all_decided;
	int64_t n_submitted, n_approved, n_staged;
	str here;
};
const struct shape change_list_page_shape = SHAPE("ChangeListPage", struct list_page_out,
	F(data, .of = &row_shape), F(next_cursor), F(prev_cursor), F(course, .of = &course_ref_shape, .or_null = true),
	F(chosen, .of = &change_view_shape, .or_null = true),
	F(done, .of = &change_view_shape, .or_null = true), F(form, .of = &change_list_in_shape),
	F(instructor_id_options, .of = &id_option_shape),
	F(views, .of = &saved_view_tab_shape), F(state, .words = list_states, .called = "change_request"),
	F(filtered), F(deciding), F(applying), F(all_decided), F(n_submitted), F(n_approved), F(n_staged), F(here));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct change *)row)->id;
}

/* Rows and forms of the list keep its query, but name these themselves. */
static const char *const said_once[] = { "id", "done", NULL };

static bool in_conflict(struct ctx *c, const struct change *k)
{
	list diffs = change_diffs(c, k);
	const struct change_diff *d = diffs.p;

	for (size_t i = 0; i < diffs.n; i++)
		if (d[i].conflict)
			return true;
	return false;
}

/* What it asks for has to be read only of requests that touch money or plans; and only where the course has moved on since can there be
 * a conflict. So most rows cost nothing. */
static void look_inside(struct ctx *c, struct row *row)
{
	const struct change *k = &row->change;
	bool living = k->state == CHANGE_SUBMITTED || k->state == CHANGE_APPROVED, moved = living && k->course.version != k->base_version;
	struct change whole;
	const struct json *asked;

	row->asks_status = k->kind != CHANGE_EDIT;
	if ((!k->sensitive && !moved) || !change_find(c, k->id, &whole))
		return;
	asked = json_parse(c, whole.changes.s);
	row->asks_price = json_get(asked, "price") != NULL;
	row->asks_sessions = json_get(asked, "sessions") != NULL;
	row->asks_capacity = json_get(asked, "capacity") != NULL;
	row->conflict = moved && in_conflict(c, &whole);
}

static bool is_undecided(const struct change *k)
{
	return k->state == CHANGE_SUBMITTED && k->staged == CHANGE_STAGE_NONE;
}

/* The row that the address names; without one, the first that waits for somebody. -1: none of this page. */
static int64_t chosen_row(const struct change *k, size_t n, const struct list_in *in)
{
	for (size_t i = 0; i < n; i++)
		if (in->id.set ? k[i].id == in->id.v : is_undecided(&k[i]) || k[i].state == CHANGE_APPROVED)
			return (int64_t)i;
	return -1;
}

/* Who comes before and after it, and the next that waits for a decision: below it, else from the top. */
static void set_neighbours(struct change_view *v, const struct change *k, size_t n, int64_t at)
{
	if (at < 0)
		return;
	v->prev_id = at > 0 ? k[at - 1].id : 0;
	v->next_id = at + 1 < (int64_t)n ? k[at + 1].id : 0;
	for (size_t i = 1; i < n && v->then_id == 0; i++) {
		const struct change *other = &k[((size_t)at + i) % n];

		if (is_undecided(other))
			v->then_id = other->id;
	}
}

static void open_one(struct request *rq, const struct list_in *in, struct list_page_out *out, const struct change *k, size_t n)
{
	struct ctx *c = rq->ctx;
	int64_t at = chosen_row(k, n, in), id = at >= 0 ? k[at].id : in->id.set ? in->id.v : 0;
	struct change whole;

	if (id == 0 || !change_find(c, id, &whole) || whole.state == CHANGE_DRAFT)
		return;
	change_view_fill(c, &whole, &out->chosen);
	set_neighbours(&out->chosen, k, n, at);
	out->chosen.here = out->here;
	out->chosen.action = str_fmt(c->arena, "/admin/requests/%lld/stage?%.*s", (long long)id, STR(out->here));
}

static void fill_rows(struct ctx *c, struct list_page_out *out, const struct change *k, size_t n)
{
	struct row *rows = arena_array(c->arena, struct row, n + 1);

	out->all_decided = out->deciding && n > 0;
	for (size_t i = 0; i < n; i++) {
		rows[i] = (struct row){ .change = k[i], .open = k[i].id == out->chosen.id, .undecided = is_undecided(&k[i]),
					.age = change_age(c, k[i].submitted_at.set ? k[i].submitted_at.v : k[i].created_at) };
		look_inside(c, &rows[i]);
		if (rows[i].undecided)
			out->all_decided = false;
	}
	out->data = (list){ rows, n };
}

/* What is held back waits for nobody. */
static int64_t decided_by_caller(struct ctx *c)
{
	list staged = change_staged_by(c, c->who.id);
	const struct change *k = staged.p;
	int64_t n = 0;

	for (size_t i = 0; i < staged.n; i++)
		n += k[i].staged != CHANGE_STAGE_SKIP;
	return n;
}

/* rq is that of the list itself, or stands for it when a decision that was refused is shown again. */
static void fill_list(struct request *rq, const struct list_in *in, struct list_page_out *out)
{
	struct ctx *c = rq->ctx;
	struct change_filter f = { .has_state = in->state != LIST_ANY, .has_kind = in->kind > 0, .sent = true, .course_id = in->course_id,
				   .instructor_id = in->instructor_id, .oldest_first = in->state <= LIST_APPROVED, .from = rq->cursor,
				   .limit = in->limit };
	struct list_out found;
	struct change done;
	struct course k;

	f.state = f.has_state ? (int)state_of[in->state] : 0;
	f.kind = (int)kind_of[in->kind];
	list_page(rq, &found, change_list(c, &f), &change_row_shape, in->limit, keys);
	*out = (struct list_page_out){ .next_cursor = found.next_cursor, .prev_cursor = found.prev_cursor, .form = *in,
				       .state = in->state, .deciding = in->state == LIST_SUBMITTED, .applying = in->state == LIST_APPROVED };
	if (in->course_id.set && course_find(c, in->course_id.v, true, &k))
		out->course = (struct id_name){ k.id, k.title };
	out->filtered = in->kind > 0 || in->course_id.set || in->instructor_id.set;
	out->instructor_id_options = instructor_options(c, in->instructor_id.v);
	out->views = saved_views(rq, "requests");
	out->here = query_filters(c, rq->query, said_once);
	out->n_submitted = change_count(c, CHANGE_SUBMITTED);
	out->n_approved = change_count(c, CHANGE_APPROVED);
	out->n_staged = decided_by_caller(c);
	open_one(rq, in, out, found.data.p, found.data.n);
	fill_rows(c, out, found.data.p, found.data.n);
	if (in->done.set && change_find(c, in->done.v, &done)) {
		out->done.id = done.id;
		out->done.change = done;
		out->done.is_staged = done.staged != CHANGE_STAGE_NONE;
	}
}

outcome change_page_list(struct request *rq)
{
	struct list_page_out out;

	fill_list(rq, rq->in, &out);
	return reply(rq, &out);
}

/* The list behind a decision that was refused: its query stands behind the form's action. */
outcome change_page_list_again(struct request *rq)
{
	struct field_error *wrong = rq->ctx->errors;
	struct list_in in = { .limit = 50 };
	struct list_page_out out;
	struct path_part parts[4];
	struct request asked = *rq;
	unsigned allow;
	int status;
	size_t n;

	asked.path = rq->path = S("/admin/requests");
	asked.route = route_find(GET, asked.path, parts, &n, &status, &allow);
	asked.in = &in;
	if (form_read_query(rq->ctx, &change_list_in_shape, &in, 0, rq->query) != OK || cursor_read(&asked) != OK)
		in = (struct list_in){ .limit = 50 };
	rq->ctx->errors = wrong;
	in.id = some_int(((struct id_in *)rq->in)->id);
	fill_list(&asked, &in, &out);
	return reply(rq, &out);
}

/* -- one request on a page of its own ------------------------------------------------------------------------------------------------------ */

struct show_in {
	int64_t id;
	opt_int done;
};
const struct shape change_show_in_shape = SHAPE("ChangePageIn", struct show_in, F(id), F(done, .min = 1));

struct show_page {
	struct change_view chosen;
	bool was_staged;
};
const struct shape change_show_page_shape = SHAPE("ChangePage", struct show_page, F(chosen, .of = &change_view_shape), F(was_staged));

outcome change_page_show(struct request *rq)
{
	const struct show_in *in = rq->in;
	struct show_page p = { 0 };
	struct change k;

	if (!change_find(rq->ctx, in->id, &k) || k.state == CHANGE_DRAFT)
		return &change_unknown;
	change_view_fill(rq->ctx, &k, &p.chosen);
	p.chosen.action = str_fmt(rq->ctx->arena, "/admin/requests/%lld", (long long)k.id);
	p.was_staged = rq->method == GET && in->done.set && p.chosen.is_staged;
	return reply(rq, &p);
}

outcome change_page_show_again(struct request *rq)
{
	return change_page_show(rq);
}

/* -- staging ---------------------------------------------------------------------------------------------------------------------------------- */

static const char *const why_words[] = { "written", "moved", "room", "people", "price", NULL };

struct stage_in {
	int64_t id;
	int decision, why;
	str reason;
};
const struct shape change_stage_in_shape = SHAPE("ChangeStageForm", struct stage_in,
	F(id, .read_only = true), F(decision, .words = decisions), F(why, .optional = true, .words = why_words),
	F(reason, .optional = true, .multiline = true, .max = 400));

/* The words of the template, and what was written besides. */
static str whole_reason(struct ctx *c, const struct stage_in *in)
{
	str own = str_trim(in->reason), given;

	if (in->why == 0)
		return own;
	given = i18n_raw(c->locale, str_fmt(c->arena, "word.ChangeStageForm.why.%s", why_words[in->why]));
	return own.n ? str_fmt(c->arena, "%.*s\n%.*s", STR(given), STR(own)) : given;
}

static enum change_staged stage_of(int decision)
{
	static const enum change_staged all[] = { CHANGE_STAGE_APPROVE, CHANGE_STAGE_REJECT, CHANGE_STAGE_SKIP, CHANGE_STAGE_NONE };

	return all[decision];
}

/* Which request is opened next, and which version was shown: the form says it, because both may have changed since. */
static int64_t named_by_form(struct request *rq, str name)
{
	int64_t id;
	str s;

	return form_value(rq->ctx, rq->form, name, &s) && str_int(s, &id) && id > 0 ? id : 0;
}

outcome change_page_stage(struct request *rq)
{
	const struct stage_in *in = rq->in;
	enum change_staged stage = stage_of(in->decision);
	str reason = stage == CHANGE_STAGE_REJECT ? whole_reason(rq->ctx, in) : (str){ NULL, 0 }, here = query_filters(rq->ctx, rq->query, said_once);
	int64_t shown = named_by_form(rq, S("_version")), then = stage == CHANGE_STAGE_NONE ? in->id : named_by_form(rq, S("_then"));
	bool in_list = str_ends(rq->path, S("/stage"));
	struct change k;
	outcome o;

	if (stage == CHANGE_STAGE_REJECT && reason.n == 0)
		return fail(rq->ctx, &invalid, "reason", "required", (str){ NULL, 0 });
	o = change_stage(rq->ctx, in->id, (opt_int){ shown > 0, shown }, stage, reason, &k);
	if (o != OK)
		return o;
	if (!in_list)
		return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/requests/%lld?done=%lld", (long long)in->id, (long long)in->id));
	if (then)
		here = str_fmt(rq->ctx->arena, "%.*sid=%lld&", STR(here), (long long)then);
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/requests?%.*sdone=%lld", STR(here), (long long)in->id));
}
