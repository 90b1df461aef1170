/* saved_view/saved_view.c -- saved views of lists. */
#include "saved_view/saved_view.h"

#include "data/db.h"
#include "staff_log/staff_log.h"
#include "web/lists.h"
#include "web/request.h"

static const struct failure view_unknown = { 404, "view_unknown" };
static const struct failure view_name_taken = { 409, "view_name_taken" };
static const struct failure view_too_many = { 409, "view_too_many" };

#define VIEW_FIELDS F(id), F(page, .about = "What stands behind /admin/."), F(name), F(query), F(shared), F(mine)
const struct shape saved_view_shape = SHAPE("SavedView", struct saved_view, VIEW_FIELDS);
const struct shape saved_view_tab_shape = SHAPE("SavedViewTab", struct saved_view, VIEW_FIELDS, F(current));

struct view_in {
	str page, name, query;
	bool shared;
};
static const struct shape view_in_shape = SHAPE("SavedViewInput", struct view_in,
	F(page, .min = 1, .max = 47, .pattern = "^(/admin/)?[a-z][a-z/_-]*$", .about = "courses, or /admin/courses."),
	F(name, .min = 1, .max = 40),
	F(query, .optional = true, .max = 500, .pattern = "^[]A-Za-z0-9%&=+._~,:*@/?!$'();[-]*$", .about = "As it stands in the URL; without cursor."),
	F(shared, .optional = true, .about = "Everybody sees it."));

struct views_filter {
	str page;
	opt_str cursor;
	int64_t limit;
};
static const struct shape views_filter_shape = SHAPE("SavedViewFilter", struct views_filter,
	F(page, .min = 1, .max = 40, .pattern = "^[a-z][a-z/_-]*$"), F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));
static const struct shape views_out_shape = PAGED_SHAPE("SavedViewList", saved_view_shape);
static const struct sort_key as_made[] = { { "id", .descending = false } };

enum { VIEWS_MOST = 30 };

SQL(select_views,
	"SELECT id, page, name, query, shared, member_id = ? AS mine FROM saved_view WHERE page = ? AND member_id = ? "
	"UNION ALL SELECT id, page, name, query, shared, FALSE AS mine FROM saved_view WHERE page = ? AND shared AND member_id <> ? "
	"ORDER BY mine DESC, name, id LIMIT 30");
SQL(select_mine, "SELECT id, page, name, query, shared, TRUE AS mine FROM saved_view WHERE member_id = ? ORDER BY page, name LIMIT 30");
SQL(select_view, "SELECT id, page, name, query, shared, member_id = ? AS mine FROM saved_view WHERE id = ?");
SQL(count_own, "SELECT COUNT(*) FROM saved_view WHERE member_id = ? AND page = ?");
SQL(insert_view, "INSERT INTO saved_view (member_id, page, name, query, shared, created_at) VALUES (?, ?, ?, ?, ?, ?)");
SQL(delete_view, "DELETE FROM saved_view WHERE id = ?");

static list of_page(struct ctx *c, str page)
{
	return db_all(c, &select_views, &saved_view_shape, arg(c->who.id), arg(page), arg(c->who.id), arg(page), arg(c->who.id));
}

/* A query as it is kept: its filters, without a place in the list and without what a page was told by the way. */
static str filters_of(struct ctx *c, str query)
{
	static const char *const others[] = { "cursor", "id", "done", NULL };
	str pairs = query_filters(c, query, others);

	return (str){ pairs.p, pairs.n ? pairs.n - 1 : 0 };
}

list saved_views(struct request *rq, const char *page)
{
	str here = filters_of(rq->ctx, rq->query);
	list found = of_page(rq->ctx, str_of(page));
	struct saved_view *v = found.p;

	for (size_t i = 0; i < found.n; i++)
		v[i].current = str_eq(filters_of(rq->ctx, v[i].query), here);
	return found;
}

list saved_views_mine(struct ctx *c)
{
	return db_all(c, &select_mine, &saved_view_shape, arg(c->who.id));
}

/* What stands behind /admin/. */
static str short_page(str page)
{
	return str_starts(page, S("/admin/")) ? str_after(page, 7) : page;
}

/* There is such a page, and the caller may see it. */
static bool is_page(struct ctx *c, str page)
{
	struct path_part parts[4];
	size_t n;
	int status;
	unsigned allow;
	const struct route *r = route_find(GET, str_join(c->arena, S("/admin/"), page), parts, &n, &status, &allow);

	return r && r->page && n == 0 && (r->access & c->who.roles);
}

/* A place in a list is no filter. */
static bool has_cursor(str query)
{
	size_t at;

	return str_starts(query, S("cursor=")) || str_find(query, S("&cursor="), &at);
}

struct saving {
	const struct view_in *in;
	struct saved_view made;
};

static outcome save(struct ctx *c, void *p)
{
	struct saving *v = p;
	struct saved_view *m = &v->made;

	*m = (struct saved_view){ .page = short_page(v->in->page), .name = str_trim(v->in->name), .shared = v->in->shared, .mine = true };
	if (m->name.n == 0)
		return fail(c, &invalid, "name", "required", (str){ NULL, 0 });
	if (m->page.n > 40 || !is_page(c, m->page))
		return fail(c, &invalid, "page", "view_page", (str){ NULL, 0 });
	if (has_cursor(v->in->query))
		return fail(c, &invalid, "query", "view_cursor", (str){ NULL, 0 });
	m->query = filters_of(c, v->in->query);
	if (db_int(c, &count_own, 0, arg(c->who.id), arg(m->page)) >= VIEWS_MOST)
		return &view_too_many;
	m->id = db_insert(c, &insert_view, arg(c->who.id), arg(m->page), arg(m->name), arg(m->query), arg(m->shared), arg(c->now));
	if (!m->id)
		return fail(c, &view_name_taken, "name", "view_name_taken", (str){ NULL, 0 });
	staff_log_add(c, "view.create", "view", m->id, &saved_view_shape, NULL, m, (str){ NULL, 0 });
	return OK;
}

struct dropping {
	int64_t id;
	struct saved_view was;
};

/* Everybody their own; an administrator also what is shared, whose owner may have left. */
static outcome drop(struct ctx *c, void *p)
{
	struct dropping *v = p;

	if (!db_one(c, &select_view, &saved_view_shape, &v->was, arg(c->who.id), arg(v->id)))
		return &view_unknown;
	if (!v->was.mine && !(v->was.shared && (c->who.roles & ROLE_ADMIN)))
		return &view_unknown;
	db_run(c, &delete_view, arg(v->id));
	staff_log_add(c, "view.delete", "view", v->id, &saved_view_shape, &v->was, NULL, (str){ NULL, 0 });
	return OK;
}

/* -- handlers ---------------------------------------------------------------------------------------------------------- */

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct saved_view *)row)->id;
}

static outcome list_views(struct request *rq)
{
	struct ctx *c = rq->ctx;
	const struct views_filter *in = rq->in;
	struct query q = query_from(c, "SELECT id, page, name, query, shared, ");
	struct list_out out;

	query_add(&q, "member_id = ? AS mine FROM saved_view WHERE page = ? AND (member_id = ? OR shared)", arg(c->who.id), arg(in->page), arg(c->who.id));
	query_keyset(&q, &rq->cursor, as_made, 1, in->limit);
	list_page(rq, &out, query_all(c, &q, &saved_view_shape), &saved_view_shape, in->limit, keys);
	return reply(rq, &out);
}

static outcome create(struct request *rq)
{
	struct saving v = { rq->in, { 0 } };
	outcome o = db_tx(rq->ctx, save, &v);

	return o == OK ? reply(rq, &v.made) : o;
}

static outcome remove_view(struct request *rq)
{
	struct dropping v = { ((struct id_in *)rq->in)->id, { 0 } };
	outcome o = db_tx(rq->ctx, drop, &v);

	return o == OK ? reply_none(rq) : o;
}

static outcome back_to(struct request *rq, const struct saved_view *v)
{
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/%.*s%s%.*s", STR(v->page), v->query.n ? "?" : "", STR(v->query)));
}

static outcome page_create(struct request *rq)
{
	struct saving v = { rq->in, { 0 } };
	outcome o = db_tx(rq->ctx, save, &v);

	return o == OK ? back_to(rq, &v.made) : o;
}

static outcome page_delete(struct request *rq)
{
	struct dropping v = { ((struct id_in *)rq->in)->id, { 0 } };
	outcome o = db_tx(rq->ctx, drop, &v);

	return o == OK ? back_to(rq, &v.was) : o;
}

struct new_page {
	struct view_in form;
};
static const struct shape new_page_shape = SHAPE("SavedViewPage", struct new_page, F(form, .of = &view_in_shape));

static outcome page_again(struct request *rq)
{
	struct new_page p = { *(struct view_in *)rq->in };

	return reply(rq, &p);
}

const struct route saved_view_routes[] = {
	{ GET, "/api/v1/admin/views", ANY_STAFF, list_views, &views_filter_shape, &views_out_shape,
	  .about = "The caller's saved views of a page and those shared with all, in the order in which they were made." },
	{ POST, "/api/v1/admin/views", ANY_STAFF, create, &view_in_shape, &saved_view_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&view_name_taken, &view_too_many), .about = "A name for a page's query." },
	{ DELETE, "/api/v1/admin/views/{id}", ANY_STAFF, remove_view, &id_in_shape, NULL, .status = 204, .fails = FAILS(&view_unknown),
	  .about = "Takes a saved view away." },
	{ POST, "/admin/views", ANY_STAFF, page_create, &view_in_shape, &new_page_shape, .once = ONCE_TX,
	  .fails = FAILS(&view_name_taken, &view_too_many), .page = "saved_view/new.html", .again = page_again },
	{ POST, "/admin/views/delete", ANY_STAFF, page_delete, &id_in_shape, NULL, .status = 303, .fails = FAILS(&view_unknown) },
	{ 0 }
};
