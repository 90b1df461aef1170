/* category/category_routes.c -- the tree for everybody, and its changes for the staff. */
#include "category/category_pages.h"
#include "web/lists.h"
#include "web/request.h"

static const struct shape category_list_shape = LIST_SHAPE("CategoryList", category_shape);

struct category_in {
	int64_t id;
	str name;
	opt_int parent_id, position;
};
static const struct shape create_in_shape = SHAPE("CategoryInput", struct category_in,
	F(name, .min = 1, .max = 60), F(parent_id, .min = 1, .about = "Left out: at the top."));
static const struct shape edit_in_shape = SHAPE("CategoryPatch", struct category_in,
	F(id, .read_only = true), F(name, .min = 1, .max = 60), F(parent_id, .min = 1, .about = "null: to the top."),
	F(position, .min = 0, .max = 10000, .about = "Among those that lie in the same."));

static outcome all(struct request *rq)
{
	struct list_out l = { .data = category_all(rq->ctx) };

	return reply(rq, &l);
}

static outcome create(struct request *rq)
{
	struct category_in *in = rq->in;
	struct category k;
	outcome o = category_create(rq->ctx, in->name, in->parent_id, &k);

	return o == OK ? reply(rq, &k) : o;
}

static outcome edit(struct request *rq)
{
	struct category_in *in = rq->in;
	struct category_patch p = { in->id, { given(rq, "name"), in->name }, given(rq, "parent_id"), in->parent_id, in->position };
	struct category k;
	outcome o = category_edit(rq->ctx, &p, &k);

	return o == OK ? reply(rq, &k) : o;
}

static outcome delete(struct request *rq)
{
	outcome o = category_delete(rq->ctx, ((struct id_in *)rq->in)->id);

	return o == OK ? reply_none(rq) : o;
}

const struct route category_routes[] = {
	{ GET, "/api/v1/categories", ANYONE, all, NULL, &category_list_shape, .cached = CACHED_CATALOGUE, .about = "The whole tree of categories." },
	{ POST, "/api/v1/admin/categories", STAFF, create, &create_in_shape, &category_place_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&category_name_taken), .about = "A new category, at the end of its siblings." },
	{ PATCH, "/api/v1/admin/categories/{id}", STAFF, edit, &edit_in_shape, &category_place_shape,
	  .fails = FAILS(&category_unknown, &category_name_taken),
	  .about = "Changes what is given (JSON merge patch)." },
	{ DELETE, "/api/v1/admin/categories/{id}", STAFF, delete, &id_in_shape, NULL, .status = 204,
	  .fails = FAILS(&category_unknown, &category_used), .about = "Takes out a category that nothing lies in." },
	CATEGORY_PAGE_ROUTES
	{ 0 }
};
