#include "category/category.h"

#include "data/db.h"

const struct failure category_unknown_ref = { 422, "category_not_listed" };

const struct shape category_shape = SHAPE("Category", struct category,
	F(id), F(parent_id, .about = "null: at the top."), F(name));

SQL_SCAN(select_all, "SELECT id, parent_id, name FROM category ORDER BY position, id");
SQL(select_parent, "SELECT COALESCE(parent_id, 0) AS parent_id FROM category WHERE id = ?");
SQL(select_exists, "SELECT COUNT(*) FROM category WHERE id = ?");

list category_all(struct ctx *c)
{
	return db_all(c, &select_all, &category_shape);
}

bool category_exists(struct ctx *c, int64_t id)
{
	return db_int(c, &select_exists, 0, arg(id)) > 0;
}

size_t category_subtree(struct ctx *c, int64_t id, int64_t ids[CATEGORY_SUBTREE_MAX])
{
	list l = category_all(c);
	const struct category *k = l.p;
	size_t n = 0, before;

	for (size_t i = 0; i < l.n; i++)
		if (k[i].id == id)
			ids[n++] = id;
	do {
		before = n;
		for (size_t i = 0; i < l.n && n < CATEGORY_SUBTREE_MAX; i++) {
			bool parent_in = false, in = false;

			for (size_t j = 0; j < n; j++) {
				parent_in |= k[i].parent_id.set && ids[j] == k[i].parent_id.v;
				in |= ids[j] == k[i].id;
			}
			if (parent_in && !in)
				ids[n++] = k[i].id;
		}
	} while (n > before);
	return n;
}

size_t category_path(struct ctx *c, int64_t id, int64_t ids[CATEGORY_DEPTH_MAX])
{
	size_t n = 0;

	while (id && n < CATEGORY_DEPTH_MAX) {
		ids[n++] = id;
		id = db_int(c, &select_parent, 0, arg(id));
	}
	return n;
}
