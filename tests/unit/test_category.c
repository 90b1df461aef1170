/* The tree of categories: its limits, what may go, and what its courses are found by. */
#include "fixtures.h"

#include "category/category.h"
#include "data/db.h"

SQL(count_told, "SELECT COUNT(*) FROM outbox WHERE type = 'category.changed' AND stream = ?");

static int64_t below(struct ctx *c, int64_t parent)
{
	static int64_t made;                       /* side by side no two have one name */
	struct category k;

	c->errors = NULL;
	if (category_create(c, str_fmt(c->arena, "가지 %lld", (long long)++made), (opt_int){ parent > 0, parent }, &k) != OK)
		return 0;
	return k.id;
}

static outcome move(struct ctx *c, int64_t id, int64_t to)
{
	struct category now;
	struct category_patch p = { .id = id, .moves = true, .parent_id = { to > 0, to } };

	c->errors = NULL;
	return category_edit(c, &p, &now);
}

static int64_t events_of(struct ctx *c, int64_t id)
{
	return db_int(c, &count_told, 0, arg(str_fmt(c->arena, "g.%lld", (long long)id)));
}

RULE(a_tree_is_four_levels_deep_at_most)
{
	int64_t a = below(c, 0), b = below(c, a), d = below(c, b), e = below(c, d);

	assert_true(e > 0);
	assert_int_equal(below(c, e), 0);
	assert_string_equal(c->errors->code, "too_deep");
	assert_ptr_equal(move(c, b, below(c, 0)), OK);             /* three levels below one */
	assert_ptr_equal(move(c, b, below(c, below(c, 0))), &invalid);
}

RULE(nothing_lies_in_itself)
{
	int64_t a = below(c, 0), b = below(c, a), d = below(c, b);

	assert_ptr_equal(move(c, a, a), &invalid);
	assert_ptr_equal(move(c, a, d), &invalid);
	assert_string_equal(c->errors->code, "below_itself");
	assert_ptr_equal(move(c, d, 0), OK);
	assert_ptr_equal(move(c, a, d), OK);
}

RULE(a_tree_has_a_size_that_filters_can_name)
{
	int64_t top = below(c, 0), other = below(c, 0);

	for (int i = 1; i < CATEGORY_SUBTREE_MAX; i++)
		assert_true(below(c, top) > 0);
	assert_int_equal(below(c, top), 0);
	assert_string_equal(c->errors->code, "too_many");
	assert_ptr_equal(move(c, other, top), &invalid);
}

RULE(what_is_used_stays)
{
	int64_t top = below(c, 0), leaf = below(c, top), gone = below(c, top);
	struct course_input in = a_course_input(c);
	struct course made;

	in.category_id = leaf;
	assert_ptr_equal(course_create(c, &in, &made), OK);
	assert_ptr_equal(category_delete(c, leaf), &category_used);
	assert_ptr_equal(category_delete(c, top), &category_used);
	assert_ptr_equal(category_delete(c, gone), OK);
	assert_ptr_equal(category_delete(c, gone), &category_unknown);
	assert_ptr_equal(move(c, gone, 0), &category_unknown);
}

RULE(new_names_and_places_are_told_for_whose_courses_they_matter)
{
	int64_t a = below(c, 0), b = below(c, a), d = below(c, 0);
	struct category now;
	struct category_patch p = { .id = b, .name = some_str(S("새 이름")) };

	assert_ptr_equal(category_edit(c, &p, &now), OK);
	assert_str(now.name, "새 이름");
	assert_int_equal(now.parent_id.v, a);
	assert_int_equal(events_of(c, b), 1);
	assert_int_equal(events_of(c, a), 0);
	assert_ptr_equal(move(c, a, d), OK);
	assert_int_equal(events_of(c, a), 1);
	assert_int_equal(events_of(c, b), 2);
	p = (struct category_patch){ .id = b, .position = some_int(7) };
	assert_ptr_equal(category_edit(c, &p, &now), OK);
	assert_int_equal(events_of(c, b), 2);
}

/* Which of the parent's come first to last, as digits from 1. */
static int64_t order_of(struct ctx *c, int64_t parent, int64_t first)
{
	list l = category_all(c);
	const struct category *k = l.p;
	int64_t order = 0;

	for (size_t i = 0; i < l.n; i++)
		if (k[i].parent_id.set && k[i].parent_id.v == parent)
			order = order * 10 + k[i].id - first + 1;
	return order;
}

RULE(side_by_side_no_two_have_one_name)
{
	int64_t top = below(c, 0), other = below(c, 0), one = 0;
	struct category k = { 0 }, now;
	struct category_patch rename = { .name = some_str(S("물레")) };

	assert_ptr_equal(category_create(c, S("물레"), some_int(top), &k), OK);
	one = k.id;
	assert_ptr_equal(category_create(c, S(" 물레 "), some_int(top), &k), &category_name_taken);
	c->errors = NULL;
	assert_ptr_equal(category_create(c, S("물레"), some_int(other), &k), OK);
	assert_ptr_equal(move(c, k.id, top), &category_name_taken);
	c->errors = NULL;
	rename.id = below(c, top);
	assert_ptr_equal(category_edit(c, &rename, &now), &category_name_taken);
	c->errors = NULL;
	rename.id = one;
	assert_ptr_equal(category_edit(c, &rename, &now), OK);
}

RULE(a_category_changes_places_with_its_sibling_even_at_equal_positions)
{
	int64_t top = below(c, 0), one = below(c, top), two = below(c, top), three = below(c, top);
	struct category now;
	struct category_patch p = { .id = three, .position = some_int(2) };

	assert_int_equal(order_of(c, top, one), 123);
	assert_ptr_equal(category_edit(c, &p, &now), OK);           /* where the second is, too */
	assert_ptr_equal(category_shift(c, three, -1), OK);
	assert_int_equal(order_of(c, top, one), 132);
	assert_ptr_equal(category_shift(c, one, -1), OK);           /* the first already */
	assert_int_equal(order_of(c, top, one), 132);
	assert_ptr_equal(category_shift(c, one, 1), OK);
	assert_int_equal(order_of(c, top, one), 312);
	assert_ptr_equal(category_shift(c, two, 1), OK);            /* the last already */
	assert_int_equal(order_of(c, top, one), 312);
	assert_ptr_equal(category_shift(c, INT64_C(1) << 40, 1), &category_unknown);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_tree_is_four_levels_deep_at_most),
	cmocka_unit_test(nothing_lies_in_itself),
	cmocka_unit_test(a_tree_has_a_size_that_filters_can_name),
	cmocka_unit_test(what_is_used_stays),
	cmocka_unit_test(new_names_and_places_are_told_for_whose_courses_they_matter),
	cmocka_unit_test(side_by_side_no_two_have_one_name),
	cmocka_unit_test(a_category_changes_places_with_its_sibling_even_at_equal_positions),
};
UNIT_GROUP(category, tests, NULL, NULL)
