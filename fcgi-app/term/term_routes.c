/* term/term_routes.c -- terms, as JSON and as pages. */
#include "data/db.h"
#include "term/term.h"
#include "web/form.h"
#include "web/lists.h"
#include "web/request.h"

static const struct shape term_list_shape = PAGED_SHAPE("TermList", term_shape);

/* -- JSON ------------------------------------------------------------------------------------------------------------ */

static void keys(const void *row, int64_t n[2])
{
	const struct term *t = row;

	n[0] = t->starts_on.days;
	n[1] = t->id;
}

static outcome list_terms(struct request *rq)
{
	const struct page_in *in = rq->in;
	struct list_out out;

	list_page(rq, &out, term_page(rq->ctx, &rq->cursor, in->limit), &term_shape, in->limit, keys);
	return reply(rq, &out);
}

static outcome show(struct request *rq)
{
	struct term t = { 0 };

	return term_find(rq->ctx, ((struct id_in *)rq->in)->id, &t) ? reply(rq, &t) : &term_unknown;
}

static outcome create(struct request *rq)
{
	struct term t = { 0 };
	outcome o = term_create(rq->ctx, rq->in, &t);

	return o == OK ? reply(rq, &t) : o;
}

static outcome edit(struct request *rq)
{
	const struct term *in = rq->in;
	struct term_patch p = { .id = in->id, .version = rq->if_match, .given = rq->given, .in = *in };
	struct term t = { 0 };
	outcome o = term_edit(rq->ctx, &p, &t);

	return o == OK ? reply(rq, &t) : o;
}

/* -- pages ----------------------------------------------------------------------------------------------------------- */

struct term_row {
	int64_t id, per_member_limit, courses;
	str name;
	day starts_on, ends_on;
	bool now;
};
static const struct shape term_row_shape = SHAPE("TermRow", struct term_row,
	F(id), F(per_member_limit), F(courses), F(name), F(starts_on), F(ends_on), F(now));

SQL(select_rows,
	"SELECT t.id, t.per_member_limit, t.name, t.starts_on, t.ends_on, ? BETWEEN t.starts_on AND t.ends_on AS now, "
	"(SELECT COUNT(*) FROM course_brief k WHERE k.term_id = t.id) AS courses FROM term t ORDER BY t.starts_on DESC, t.id DESC LIMIT 200");

struct list_page {
	list data;
};
static const struct shape list_page_shape = SHAPE("TermListPage", struct list_page, F(data, .of = &term_row_shape));

static outcome page_list(struct request *rq)
{
	struct list_page p = { .data = db_all(rq->ctx, &select_rows, &term_row_shape, arg(when_day_in_seoul(rq->ctx->now))) };

	return reply(rq, &p);
}

struct form_page {
	struct term form;
	str stored_name;
	int64_t version;
	bool conflict;
	struct term stored;                /* what somebody else saved meanwhile */
};
static const struct shape form_page_shape = SHAPE("TermFormPage", struct form_page,
	F(form, .of = &term_input_shape), F(stored_name), F(version), F(conflict), F(stored, .of = &term_shape));

static outcome page_new(struct request *rq)
{
	struct form_page p = { 0 };

	return reply(rq, &p);
}

static outcome page_create(struct request *rq)
{
	struct term t = { 0 };
	outcome o = term_create(rq->ctx, rq->in, &t);

	return o == OK ? reply_see_other(rq, S("/admin/terms?done=created")) : o;
}

static outcome page_edit(struct request *rq)
{
	struct form_page p = { 0 };

	if (!term_find(rq->ctx, *(int64_t *)rq->in, &p.stored))
		return &term_unknown;
	p.form = p.stored;
	p.stored_name = p.stored.name;
	/* Who has been shown the other's change may save over it. */
	p.conflict = failed_by(rq->ctx, &version_stale);
	p.version = p.conflict ? p.stored.version : form_version(rq->ctx, rq->form, p.stored.version);
	return reply(rq, &p);
}

static outcome page_save(struct request *rq)
{
	const struct term *in = rq->in;
	struct term_patch p = { .id = in->id, .version = some_int(form_version(rq->ctx, rq->form, 0)), .given = ~UINT64_C(0), .in = *in };
	struct term t = { 0 };
	outcome o = term_edit(rq->ctx, &p, &t);

	return o == OK ? reply_see_other(rq, S("/admin/terms?done=saved")) : o;
}

const struct route term_routes[] = {
	{ GET, "/api/v1/admin/terms", ANY_STAFF, list_terms, &page_in_shape, &term_list_shape, .about = "The terms, the newest first." },
	{ POST, "/api/v1/admin/terms", STAFF, create, &term_input_shape, &term_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&term_name_taken), .about = "A new term." },
	{ GET, "/api/v1/admin/terms/{id}", ANY_STAFF, show, &id_in_shape, &term_shape, .fails = FAILS(&term_unknown), .about = "One term." },
	{ PATCH, "/api/v1/admin/terms/{id}", STAFF, edit, &term_input_shape, &term_shape, .if_match = true,
	  .fails = FAILS(&term_unknown, &term_name_taken, &version_stale), .about = "Changes what is given (JSON merge patch)." },
	{ GET, "/admin/terms", ANY_STAFF, page_list, NULL, &list_page_shape, .page = "term/list.html" },
	{ GET, "/admin/terms/new", STAFF, page_new, NULL, &form_page_shape, .page = "term/new.html" },
	{ POST, "/admin/terms/new", STAFF, page_create, &term_input_shape, &form_page_shape, .page = "term/new.html", .again = page_new,
	  .once = ONCE_TX, .fails = FAILS(&term_name_taken) },
	{ GET, "/admin/terms/{id}/edit", STAFF, page_edit, &id_in_shape, &form_page_shape, .page = "term/edit.html",
	  .fails = FAILS(&term_unknown) },
	{ POST, "/admin/terms/{id}/edit", STAFF, page_save, &term_input_shape, &form_page_shape, .page = "term/edit.html", .again = page_edit,
	  .fails = FAILS(&term_unknown, &term_name_taken, &version_stale) },
	{ 0 }
};
