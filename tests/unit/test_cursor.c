/* Cursors of keyset lists: bound to the path and the filters, and not to be made by a client. */
#include "ask.h"

#include <string.h>

#include "web/crypto.h"
#include "web/lists.h"
#include "web/read.h"

struct filter {
	opt_str cursor;
	int64_t limit;
	opt_int category_id;
	opt_str q;
};
static const struct shape filter_shape = SHAPE("CursorFilter", struct filter,
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100), F(category_id), F(q));

static const struct route route = { GET, "/test", ANYONE, NULL, &filter_shape, NULL };

struct row {
	int64_t at, id;
};
static const struct shape row_shape = SHAPE("CursorRow", struct row, F(at), F(id));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct row *)row)->at;
	n[1] = ((const struct row *)row)->id;
}

/* A page of `n` rows, asked with this filter; the cursor of the next one. */
static str page(struct ctx *c, const char *path, struct filter f, size_t n, size_t *shown)
{
	struct request rq = { .ctx = c, .route = &route, .in = &f, .path = str_of(path) };
	list rows = { arena_array(c->arena, struct row, n + 1), n };
	str next;

	for (size_t i = 0; i < n; i++)
		((struct row *)rows.p)[i] = (struct row){ -5 - (int64_t)i, INT64_MAX - (int64_t)i };
	next = cursor_next(&rq, &rows, sizeof(struct row), f.limit, keys);
	*shown = rows.n;
	return next;
}

static outcome read_back(struct ctx *c, const char *path, struct filter f, str cursor, struct keyset *got)
{
	struct request rq = { .ctx = c, .route = &route, .in = &f, .path = str_of(path) };
	outcome o;

	c->errors = NULL;
	f.cursor = some_str(cursor);
	o = cursor_read(&rq);
	*got = rq.cursor;
	return o;
}

COMMITTED(a_cursor_carries_the_keys_of_the_last_row_shown)
{
	struct filter f = { .limit = 3 };
	struct keyset got;
	size_t shown;
	str next = page(c, "/a", f, 4, &shown);

	assert_int_equal(shown, 3);
	assert_ptr_equal(read_back(c, "/a", f, next, &got), OK);
	assert_true(got.set);
	assert_int_equal(got.n[0], -7);
	assert_int_equal(got.n[1], INT64_MAX - 2);
	f.limit = 50;                                  /* the size of the page may change on the way */
	assert_ptr_equal(read_back(c, "/a", f, next, &got), OK);
}

COMMITTED(a_list_goes_on_where_the_looking_stopped)
{
	struct filter f = { .limit = 3 };
	struct request rq = { .ctx = c, .route = &route, .in = &f, .path = S("/a") };
	struct keyset stopped = { true, false, { 7, 9 } }, got;
	struct row rows[4] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 } };
	struct list_out out;

	list_page_so_far(&rq, &out, (list){ rows, 0 }, &row_shape, 3, keys, &stopped);
	assert_false(out.prev_cursor.set);
	assert_ptr_equal(read_back(c, "/a", f, out.next_cursor.v, &got), OK);
	assert_true(got.n[0] == 7 && got.n[1] == 9 && !got.back);
	rq.cursor = (struct keyset){ true, true, { 8, 8 } };       /* backwards, and nothing found on the way */
	list_page_so_far(&rq, &out, (list){ rows, 0 }, &row_shape, 3, keys, &stopped);
	assert_ptr_equal(read_back(c, "/a", f, out.prev_cursor.v, &got), OK);
	assert_true(got.n[0] == 7 && got.back);
	assert_ptr_equal(read_back(c, "/a", f, out.next_cursor.v, &got), OK);
	assert_true(got.n[0] == 7 && !got.back);
	rq.cursor = (struct keyset){ 0 };
	list_page_so_far(&rq, &out, (list){ rows, 4 }, &row_shape, 3, keys, &(struct keyset){ 0 });
	assert_ptr_equal(read_back(c, "/a", f, out.next_cursor.v, &got), OK);
	assert_int_equal(got.n[1], 3);
}

COMMITTED(the_last_page_has_no_next_one)
{
	struct filter f = { .limit = 3 };
	size_t shown;

	assert_int_equal(page(c, "/a", f, 3, &shown).n, 0);
	assert_int_equal(shown, 3);
	assert_int_equal(page(c, "/a", f, 0, &shown).n, 0);
}

COMMITTED(a_cursor_is_good_for_its_own_path_and_filters_only)
{
	struct filter f = { .limit = 1, .category_id = some_int(4), .q = some_str(S("물")) }, g;
	struct keyset got;
	size_t shown;
	str next = page(c, "/a", f, 2, &shown);

	assert_ptr_equal(read_back(c, "/a", f, next, &got), OK);
	assert_ptr_equal(read_back(c, "/b", f, next, &got), &cursor_invalid);
	assert_str(c->errors->field, "cursor");
	g = f;
	g.category_id = some_int(5);
	assert_ptr_equal(read_back(c, "/a", g, next, &got), &cursor_invalid);
	g.category_id = (opt_int){ 0 };
	assert_ptr_equal(read_back(c, "/a", g, next, &got), &cursor_invalid);
	g = f;
	g.q = some_str(S("불"));
	assert_ptr_equal(read_back(c, "/a", g, next, &got), &cursor_invalid);
	/* what stands in one filter is not what stands in the next one */
	f = (struct filter){ .limit = 1, .q = some_str(S("4\nx")) };
	next = page(c, "/a", f, 2, &shown);
	f.q = some_str(S("4"));
	assert_ptr_equal(read_back(c, "/a", f, next, &got), &cursor_invalid);
}

COMMITTED(a_cursor_that_was_changed_is_refused)
{
	struct filter f = { .limit = 1 };
	struct keyset got;
	size_t shown;
	str next = page(c, "/a", f, 2, &shown), raw;
	unsigned char bytes[27];

	assert_true(str_unbase64(c->arena, next, &raw));
	assert_int_equal(raw.n, sizeof(bytes));
	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		memcpy(bytes, raw.p, sizeof(bytes));
		bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_ptr_equal(read_back(c, "/a", f, str_base64url(c->arena, bytes, sizeof(bytes)), &got), &cursor_invalid);
		assert_false(got.set);
	}
	assert_ptr_equal(read_back(c, "/a", f, S(""), &got), &cursor_invalid);
	assert_ptr_equal(read_back(c, "/a", f, S("AAAA"), &got), &cursor_invalid);
	assert_ptr_equal(read_back(c, "/a", f, S("%%%%"), &got), &cursor_invalid);
	assert_ptr_equal(read_back(c, "/a", f, str_join(c->arena, next, S("AAAA")), &got), &cursor_invalid);
}

COMMITTED(over_http_a_foreign_cursor_is_a_422_that_names_it)
{
	struct request *rq;
	const struct json *j;
	str next;

	a_course(c);
	a_course(c);
	rq = ask(c, "GET", "/api/v1/courses?limit=1");
	next = json_str(answered_json(rq), "next_cursor");
	assert_true(next.n > 0);
	rq = ask(c, "GET", str_z(c->arena, str_fmt(c->arena, "/api/v1/courses?limit=1&cursor=%.*s", STR(next))));
	assert_int_equal(rq->status, 200);
	rq = ask(c, "GET", str_z(c->arena, str_fmt(c->arena, "/api/v1/courses?sort=opening&cursor=%.*s", STR(next))));
	assert_problem(rq, 422, "cursor_invalid");
	j = json_at(json_get(answered_json(rq), "errors"), 0);
	assert_str(json_str(j, "field"), "cursor");
	assert_problem(ask(c, "GET", "/api/v1/courses?cursor=abc"), 422, "cursor_invalid");
}

/* -- both directions, against a plain array ------------------------------------------------------------------------------------ */

enum { ROWS = 23 };

struct walk {
	bool descending;
	int64_t limit;
};

/* Few values of `at`, so the id decides often. */
static struct list_out step(struct ctx *c, struct request *rq, const struct walk *w)
{
	const struct sort_key keys_of[] = { { "r.at", .descending = w->descending }, { "r.id", .descending = w->descending } };
	struct query q = query_from(c, "SELECT r.at, r.id FROM (SELECT seq DIV 4 AS at, seq AS id FROM seq_1_to_23) r WHERE TRUE");
	struct list_out out;

	query_keyset(&q, &rq->cursor, keys_of, 2, w->limit);
	list_page(rq, &out, query_all(c, &q, &row_shape), &row_shape, w->limit, keys);
	return out;
}

/* The page behind this cursor, as a request would get it. */
static struct list_out turn(struct ctx *c, const struct walk *w, opt_str cursor)
{
	struct filter f = { .limit = w->limit, .cursor = cursor };
	struct request rq = { .ctx = c, .route = &route, .in = &f, .path = S("/walk") };

	assert_ptr_equal(cursor_read(&rq), OK);
	return step(c, &rq, w);
}

static int64_t wanted(const struct walk *w, int64_t nth)
{
	return w->descending ? ROWS - nth : 1 + nth;
}

static void walk_there_and_back(struct ctx *c, struct walk w)
{
	struct list_out page = turn(c, &w, (opt_str){ 0 });
	int64_t first = 0;

	assert_false(page.prev_cursor.set);
	for (;; page = turn(c, &w, page.next_cursor), first += w.limit) {
		for (size_t i = 0; i < page.data.n; i++)
			assert_int_equal(((struct row *)page.data.p)[i].id, wanted(&w, first + (int64_t)i));
		assert_int_equal(page.prev_cursor.set, first > 0);
		if (!page.next_cursor.set)
			break;
	}
	assert_int_equal(first + (int64_t)page.data.n, ROWS);
	while (page.prev_cursor.set) {
		page = turn(c, &w, page.prev_cursor);
		first -= w.limit;
		assert_int_equal(page.data.n, w.limit);
		for (size_t i = 0; i < page.data.n; i++)
			assert_int_equal(((struct row *)page.data.p)[i].id, wanted(&w, first + (int64_t)i));
		assert_true(page.next_cursor.set);
	}
	assert_int_equal(first, 0);
}

COMMITTED(a_list_is_walked_to_its_end_and_back_in_both_orders)
{
	for (int64_t limit = 1; limit <= ROWS + 1; limit++)
		for (int descending = 0; descending < 2; descending++)
			walk_there_and_back(c, (struct walk){ .descending = descending, .limit = limit });
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_list_is_walked_to_its_end_and_back_in_both_orders),
	cmocka_unit_test(a_cursor_carries_the_keys_of_the_last_row_shown),
	cmocka_unit_test(a_list_goes_on_where_the_looking_stopped),
	cmocka_unit_test(the_last_page_has_no_next_one),
	cmocka_unit_test(a_cursor_is_good_for_its_own_path_and_filters_only),
	cmocka_unit_test(a_cursor_that_was_changed_is_refused),
	cmocka_unit_test(over_http_a_foreign_cursor_is_a_422_that_names_it),
};
UNIT_GROUP(cursor, tests, with_routes, NULL)
