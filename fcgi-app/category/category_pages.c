/* category/category_pages.c -- the tree as the staff keep it, as plain forms. */
#include "category/category_pages.h"
#include "data/db.h"
#include "web/lists.h"

const struct shape category_form_shape = SHAPE("CategoryInput", struct category_form,
	F(id, .read_only = true), F(name, .min = 1, .max = 60), F(parent_id, .min = 1));

static const char *const ways[] = { "up", "down", NULL };
struct shift_in {
	int64_t id;
	int way;
};
const struct shape category_shift_shape = SHAPE("CategoryShift", struct shift_in, F(id, .read_only = true), F(way, .words = ways));

/* A line of the tree; what lies in it follows. */
struct row {
	int64_t id;
	opt_int parent_id;
	str name, indent, parent;          /* parent: its name */
	int64_t courses;
	bool first, last, unused;          /* among its siblings; nothing lies in it */
};
static const struct shape row_shape = SHAPE("CategoryRow", struct row,
	F(id), F(parent_id), F(name), F(indent), F(parent), F(courses), F(first), F(last), F(unused));

struct counted {
	int64_t id;
	opt_int parent_id;
	str name;
	int64_t courses;
};
static const struct shape counted_shape = SHAPE("CategoryCounted", struct counted, F(id), F(parent_id), F(name), F(courses));
SQL_SCAN(select_counted,
	"SELECT g.id, g.parent_id, g.name, (SELECT COUNT(*) FROM course_brief k WHERE k.category_id = g.id) AS courses FROM category g "
	"ORDER BY g.position, g.id");

struct list_page {
	struct category_form form;
	list data, parent_id_options;
};
const struct shape category_page_shape = SHAPE("CategoryPage", struct list_page,
	F(form, .of = &category_form_shape), F(data, .of = &row_shape), F(parent_id_options, .of = &id_option_shape));

struct edit_page {
	struct category_form form;
	list parent_id_options;
	str stored_name;
	bool unused;
};
const struct shape category_edit_page_shape = SHAPE("CategoryEditPage", struct edit_page,
	F(form, .of = &category_form_shape), F(parent_id_options, .of = &id_option_shape), F(stored_name), F(unused));

/* Browsers keep no-break spaces. */
static str indent(size_t depth)
{
	str s = S("\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0\u00a0");

	s.n = depth * 6 < s.n ? depth * 6 : s.n;
	return s;
}

static void put_below(list all, const struct counted *parent, size_t depth, struct row *r, size_t *n)
{
	const struct counted *k = all.p;
	struct row *last = NULL;

	for (size_t i = 0; i < all.n; i++) {
		if ((k[i].parent_id.set ? k[i].parent_id.v : 0) != (parent ? parent->id : 0) || *n >= all.n || depth >= CATEGORY_DEPTH_MAX)
			continue;
		r[*n] = (struct row){ .id = k[i].id, .parent_id = k[i].parent_id, .name = k[i].name, .indent = indent(depth), .courses = k[i].courses,
				      .first = !last };
		if (parent)
			r[*n].parent = parent->name;
		last = &r[(*n)++];
		put_below(all, &k[i], depth + 1, r, n);
		last->unused = last == &r[*n - 1] && last->courses == 0;
	}
	if (last)
		last->last = true;
}

static list rows(struct ctx *c)
{
	list all = db_all(c, &select_counted, &counted_shape);
	struct row *r = arena_array(c->arena, struct row, all.n + 1);
	size_t n = 0;

	put_below(all, NULL, 0, r, &n);
	return (list){ r, n };
}

static list options(struct ctx *c, list rows)
{
	const struct row *r = rows.p;
	struct id_option *o = arena_array(c->arena, struct id_option, rows.n + 1);

	for (size_t i = 0; i < rows.n; i++)
		o[i] = (struct id_option){ r[i].id, str_join(c->arena, r[i].indent, r[i].name) };
	return (list){ o, rows.n };
}

outcome category_page_list(struct request *rq)
{
	struct list_page p = { .data = rows(rq->ctx) };

	p.parent_id_options = options(rq->ctx, p.data);
	return reply(rq, &p);
}

outcome category_page_create(struct request *rq)
{
	const struct category_form *in = rq->in;
	struct category made;
	outcome o = category_create(rq->ctx, in->name, in->parent_id, &made);

	return o == OK ? reply_see_other(rq, S("/admin/categories?done=created")) : o;
}

outcome category_page_edit(struct request *rq)
{
	int64_t id = *(int64_t *)rq->in;
	list all = rows(rq->ctx);
	const struct row *r = all.p;
	struct edit_page p = { 0 };

	for (size_t i = 0; i < all.n; i++) {
		if (r[i].id != id)
			continue;
		p.form = (struct category_form){ id, r[i].name, r[i].parent_id };
		p.stored_name = r[i].name;
		p.unused = r[i].unused;
	}
	if (!p.form.id)
		return &category_unknown;
	p.parent_id_options = options(rq->ctx, all);
	return reply(rq, &p);
}

outcome category_page_save(struct request *rq)
{
	const struct category_form *in = rq->in;
	struct category_patch p = { .id = in->id, .name = some_str(in->name), .moves = true, .parent_id = in->parent_id };
	struct category now;
	outcome o = category_edit(rq->ctx, &p, &now);

	return o == OK ? reply_see_other(rq, S("/admin/categories?done=saved")) : o;
}

outcome category_page_shift(struct request *rq)
{
	const struct shift_in *in = rq->in;
	outcome o = category_shift(rq->ctx, in->id, in->way == 0 ? -1 : 1);

	return o == OK ? reply_see_other(rq, S("/admin/categories?done=saved")) : o;
}

outcome category_page_delete(struct request *rq)
{
	outcome o = category_delete(rq->ctx, *(int64_t *)rq->in);

	return o == OK ? reply_see_other(rq, S("/admin/categories?done=deleted")) : o;
}
