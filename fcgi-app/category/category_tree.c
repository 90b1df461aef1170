/* category/category_tree.c -- changes of the tree. It is small: all of it is locked, so that two moves cannot make a ring. */
#include "category/category.h"
#include "data/cache.h"
#include "data/outbox.h"
#include "staff_log/staff_log.h"

const struct failure category_unknown = { 404, "category_unknown" };
const struct failure category_used = { 409, "category_used" };
const struct failure category_name_taken = { 409, "category_name_taken" };

const struct shape category_place_shape = SHAPE("CategoryPlace", struct category, F(id), F(parent_id), F(name), F(position));

SQL_SCAN(lock_all, "SELECT id, parent_id, name, position FROM category ORDER BY id FOR UPDATE");
SQL(insert_category, "INSERT INTO category (parent_id, name, position) VALUES (?, ?, ?)");
SQL(update_category, "UPDATE category SET parent_id = ?, name = ?, position = ? WHERE id = ?");
SQL(delete_category, "DELETE FROM category WHERE id = ?");
SQL(select_course, "SELECT id FROM course_brief WHERE category_id = ? LIMIT 1");

static const struct category *find(const list *tree, int64_t id)
{
	const struct category *k = tree->p;

	for (size_t i = 0; i < tree->n; i++)
		if (k[i].id == id)
			return &k[i];
	return NULL;
}

/* 1: at the top. Stops at a depth that is too much anyway. */
static int64_t depth_of(const list *tree, const struct category *k)
{
	int64_t n = 1;

	while (k->parent_id.set && n <= CATEGORY_DEPTH_MAX && (k = find(tree, k->parent_id.v)))
		n++;
	return n;
}

static bool is_within(const list *tree, const struct category *k, int64_t id)
{
	for (int n = 0; k && n <= CATEGORY_DEPTH_MAX; n++) {
		if (k->id == id)
			return true;
		k = k->parent_id.set ? find(tree, k->parent_id.v) : NULL;
	}
	return false;
}

/* How many levels there are from this one down. */
static int64_t height_of(const list *tree, const struct category *top)
{
	const struct category *k = tree->p;
	int64_t most = 0, base = depth_of(tree, top);

	for (size_t i = 0; i < tree->n; i++)
		if (is_within(tree, &k[i], top->id) && depth_of(tree, &k[i]) - base > most)
			most = depth_of(tree, &k[i]) - base;
	return most + 1;
}

static int64_t size_of(const list *tree, int64_t top)
{
	const struct category *k = tree->p;
	int64_t n = 0;

	for (size_t i = 0; i < tree->n; i++)
		n += is_within(tree, &k[i], top);
	return n;
}

static int64_t top_of(const list *tree, const struct category *k)
{
	const struct category *up;

	while (k->parent_id.set && (up = find(tree, k->parent_id.v)))
		k = up;
	return k->id;
}

/* May something of this height and size come to lie in this parent? */
static outcome check_place(struct ctx *c, const list *tree, opt_int parent_id, int64_t height, int64_t size)
{
	const struct category *parent = parent_id.set ? find(tree, parent_id.v) : NULL;

	if (!parent_id.set)
		return OK;
	if (!parent)
		fail_field(c, S("parent_id"), category_unknown_ref.code, (str){ NULL, 0 });
	else if (depth_of(tree, parent) + height > CATEGORY_DEPTH_MAX)
		fail_field(c, S("parent_id"), "too_deep", str_fmt(c->arena, "%d", (int)CATEGORY_DEPTH_MAX));
	else if (size_of(tree, top_of(tree, parent)) + size > CATEGORY_SUBTREE_MAX)
		fail_field(c, S("parent_id"), "too_many", str_fmt(c->arena, "%d", (int)CATEGORY_SUBTREE_MAX));
	return c->errors ? &invalid : OK;
}

static int64_t last_position(const list *tree, opt_int parent_id)
{
	const struct category *k = tree->p;
	int64_t last = 0;

	for (size_t i = 0; i < tree->n; i++)
		if (k[i].parent_id.set == parent_id.set && (!parent_id.set || k[i].parent_id.v == parent_id.v) && k[i].position > last)
			last = k[i].position;
	return last;
}

static bool same(opt_int a, opt_int b)
{
	return a.set == b.set && (!a.set || a.v == b.v);
}

/* Side by side two of one name cannot be told apart. */
static outcome check_name(struct ctx *c, const list *tree, const struct category *one)
{
	const struct category *k = tree->p;
	str name = str_trim(one->name);

	for (size_t i = 0; i < tree->n; i++)
		if (k[i].id != one->id && same(k[i].parent_id, one->parent_id) && str_eq(str_trim(k[i].name), name))
			return fail(c, &category_name_taken, "name", "category_name_taken", (str){ NULL, 0 });
	return OK;
}

static void catalogue_changed(struct ctx *c, void *p)
{
	(void)p;
	generation_bump(c, GEN_CATALOGUE);
}

static void tell(struct ctx *c, int64_t id)
{
	outbox_add(c, LANE_WORK, str_fmt(c->arena, "g.%lld", (long long)id), S("category.changed"),
		   str_fmt(c->arena, "{\"category_id\":%lld}", (long long)id));
}

struct creating {
	str name;
	opt_int parent_id;
	struct category *made;
};

static outcome create(struct ctx *c, void *p)
{
	struct creating *v = p;
	list tree = db_all(c, &lock_all, &category_place_shape);
	outcome o = check_place(c, &tree, v->parent_id, 1, 1);

	if (o != OK)
		return o;
	*v->made = (struct category){ 0, v->parent_id, v->name, last_position(&tree, v->parent_id) + 1 };
	if ((o = check_name(c, &tree, v->made)) != OK)
		return o;
	v->made->id = db_insert(c, &insert_category, arg(v->parent_id), arg(v->name), arg(v->made->position));
	tx_after_commit(c, catalogue_changed, NULL, 0);
	staff_log_add(c, "category.create", "category", v->made->id, &category_place_shape, NULL, v->made, (str){ NULL, 0 });
	return OK;
}

outcome category_create(struct ctx *c, str name, opt_int parent_id, struct category *made)
{
	struct creating v = { name, parent_id, made };

	return db_tx(c, create, &v);
}

struct editing {
	const struct category_patch *patch;
	struct category *now;
};

static outcome move(struct ctx *c, const list *tree, const struct category *was, opt_int to)
{
	const struct category *parent = to.set ? find(tree, to.v) : NULL, *k = tree->p;
	int64_t joins = parent && top_of(tree, parent) != top_of(tree, was) ? size_of(tree, was->id) : 0;
	outcome o;

	if (parent && is_within(tree, parent, was->id)) {
		fail_field(c, S("parent_id"), "below_itself", (str){ NULL, 0 });
		return &invalid;
	}
	if ((o = check_place(c, tree, to, height_of(tree, was), joins)) != OK)
		return o;
	for (size_t i = 0; i < tree->n; i++)
		if (is_within(tree, &k[i], was->id))
			tell(c, k[i].id);
	return OK;
}

static outcome edit(struct ctx *c, void *p)
{
	struct editing *v = p;
	const struct category_patch *in = v->patch;
	list tree = db_all(c, &lock_all, &category_place_shape);
	const struct category *was = find(&tree, in->id);
	outcome o;

	if (!was)
		return &category_unknown;
	*v->now = *was;
	if (in->name.set)
		v->now->name = in->name.v;
	if (in->moves && !same(in->parent_id, was->parent_id)) {
		if ((o = move(c, &tree, was, in->parent_id)) != OK)
			return o;
		v->now->parent_id = in->parent_id;
		v->now->position = last_position(&tree, in->parent_id) + 1;
	} else if (!str_eq(v->now->name, was->name)) {
		tell(c, was->id);
	}
	if (in->position.set)
		v->now->position = in->position.v;
	/* One that was there twice already may still be moved up and down. */
	if ((!str_eq(v->now->name, was->name) || !same(v->now->parent_id, was->parent_id)) && (o = check_name(c, &tree, v->now)) != OK)
		return o;
	db_run(c, &update_category, arg(v->now->parent_id), arg(v->now->name), arg(v->now->position), arg(was->id));
	tx_after_commit(c, catalogue_changed, NULL, 0);
	staff_log_add(c, "category.edit", "category", was->id, &category_place_shape, was, v->now, (str){ NULL, 0 });
	return OK;
}

outcome category_edit(struct ctx *c, const struct category_patch *p, struct category *now)
{
	struct editing v = { p, now };

	return db_tx(c, edit, &v);
}

struct shifting {
	int64_t id;
	int by;
};

static bool is_before(const struct category *a, const struct category *b)
{
	return a->position != b->position ? a->position < b->position : a->id < b->id;
}

/* The siblings in the order in which they are shown; how many. */
static size_t siblings_of(const list *tree, const struct category *one, const struct category **out)
{
	const struct category *k = tree->p;
	size_t n = 0;

	for (size_t i = 0; i < tree->n; i++) {
		size_t at = n;

		if (!same(k[i].parent_id, one->parent_id))
			continue;
		for (; at > 0 && is_before(&k[i], out[at - 1]); at--)
			out[at] = out[at - 1];
		out[at] = &k[i];
		n++;
	}
	return n;
}

/* Positions may be equal or have gaps: all siblings are counted anew. */
static outcome shift(struct ctx *c, void *p)
{
	struct shifting *v = p;
	list tree = db_all(c, &lock_all, &category_place_shape);
	const struct category *was = find(&tree, v->id), **row = arena_array(c->arena, const struct category *, tree.n + 1);
	size_t n, at = 0, to;

	if (!was)
		return &category_unknown;
	n = siblings_of(&tree, was, row);
	while (row[at] != was)
		at++;
	if (v->by < 0 ? at == 0 : at + 1 == n)
		return OK;
	to = v->by < 0 ? at - 1 : at + 1;
	row[at] = row[to];
	row[to] = was;
	for (size_t i = 0; i < n; i++) {
		struct category now = *row[i];

		now.position = (int64_t)i + 1;
		if (now.position == row[i]->position)
			continue;
		db_run(c, &update_category, arg(now.parent_id), arg(now.name), arg(now.position), arg(now.id));
		staff_log_add(c, "category.edit", "category", now.id, &category_place_shape, row[i], &now, (str){ NULL, 0 });
	}
	tx_after_commit(c, catalogue_changed, NULL, 0);
	return OK;
}

outcome category_shift(struct ctx *c, int64_t id, int by)
{
	struct shifting v = { id, by };

	return db_tx(c, shift, &v);
}

static outcome remove_it(struct ctx *c, void *p)
{
	int64_t id = *(int64_t *)p;
	list tree = db_all(c, &lock_all, &category_place_shape);
	const struct category *was = find(&tree, id);

	if (!was)
		return &category_unknown;
	if (size_of(&tree, id) > 1 || db_int(c, &select_course, 0, arg(id)))
		return &category_used;
	db_run(c, &delete_category, arg(id));
	tx_after_commit(c, catalogue_changed, NULL, 0);
	staff_log_add(c, "category.delete", "category", id, &category_place_shape, was, NULL, (str){ NULL, 0 });
	return OK;
}

outcome category_delete(struct ctx *c, int64_t id)
{
	return db_tx(c, remove_it, &id);
}
