/* Which route a path leads to. The routes are the program's own. */
#include "ask.h"

#include "web/route.h"

static const struct route *find(enum method m, const char *path, int *status, unsigned *allow)
{
	struct path_part parts[4];
	size_t n;

	return route_find(m, str_of(path), parts, &n, status, allow);
}

static void assert_route(enum method m, const char *path, const char *wanted)
{
	int status;
	unsigned allow;
	const struct route *r = find(m, path, &status, &allow);

	assert_non_null(r);
	assert_string_equal(r->path, wanted);
	assert_int_equal(status, 200);
}

static void assert_nothing(const char *path)
{
	int status;
	unsigned allow;

	assert_null(find(GET, path, &status, &allow));
	assert_int_equal(status, 404);
	assert_int_equal(allow, 0);
}

static void each_route_is_found_by_its_own_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);
		int status;
		unsigned allow;

		assert_ptr_equal(find(r->method, r->path, &status, &allow), r);
		assert_int_equal(route_index(r), i);
	}
}

static void a_literal_word_goes_before_a_name(void **state)
{
	(void)state;
	assert_route(GET, "/admin/courses/new", "/admin/courses/new");
	assert_route(GET, "/admin/courses/7", "/admin/courses/{id}");
	assert_route(GET, "/admin/courses/newer", "/admin/courses/{id}");
}

static void the_parts_of_the_path_have_their_names(void **state)
{
	struct path_part parts[4];
	unsigned allow;
	size_t n;
	int status;

	(void)state;
	assert_non_null(route_find(POST, S("/api/v1/payments/mdg-1/confirm"), parts, &n, &status, &allow));
	assert_int_equal(n, 1);
	assert_str(parts[0].name, "order_id");
	assert_str(parts[0].value, "mdg-1");
	assert_non_null(route_find(GET, S("/api/v1/courses"), parts, &n, &status, &allow));
	assert_int_equal(n, 0);
}

static void what_is_not_exactly_a_path_is_not_found(void **state)
{
	(void)state;
	assert_nothing("/api/v1/courses/");
	assert_nothing("/api/v1/courses/7/");
	assert_nothing("/api/v1//courses");
	assert_nothing("//api/v1/courses");
	assert_nothing("/api/v1/courses//queue");
	assert_nothing("/api/v1/Courses");
	assert_nothing("/api/v1");
	assert_nothing("/api");
	assert_nothing("api/v1/courses");
	assert_nothing("");
	assert_nothing("/api/v1/courses/7/queue/8");
}

static void another_method_is_told_which_ones_there_are(void **state)
{
	int status;
	unsigned allow;

	(void)state;
	assert_null(find(PUT, "/api/v1/me", &status, &allow));
	assert_int_equal(status, 405);
	assert_int_equal(allow, 1u << GET | 1u << PATCH | 1u << DELETE);
	assert_null(find(GET, "/api/v1/auth/login", &status, &allow));
	assert_int_equal(status, 405);
	assert_int_equal(allow, 1u << POST);
}

static void methods_have_their_names(void **state)
{
	enum method m;

	(void)state;
	for (int i = 0; i < METHODS; i++) {
		assert_true(route_method(str_of(method_names[i]), &m));
		assert_int_equal(m, i);
	}
	assert_true(route_method(S("HEAD"), &m));
	assert_int_equal(m, GET);
	assert_false(route_method(S("get"), &m));
	assert_false(route_method(S("BREW"), &m));
	assert_false(route_method(S(""), &m));
}

COMMITTED(over_http_a_405_says_what_is_allowed)
{
	struct request *rq = ask(c, "PUT", "/api/v1/me");

	assert_problem(rq, 405, "method_not_allowed");
	assert_str(answered_header(rq, "Allow"), "GET, HEAD, PATCH, DELETE");
	rq = ask(c, "BREW", "/api/v1/me");
	assert_problem(rq, 405, "method_not_allowed");
	assert_str(answered_header(rq, "Allow"), "GET, HEAD, PATCH, DELETE");
	assert_problem(ask(c, "OPTIONS", "/api/v1/nothing"), 404, "not_found");
	assert_problem(ask(c, "GET", "/api/v1/nothing"), 404, "not_found");
	assert_problem(ask(c, "GET", "/api/v1/courses/"), 404, "not_found");
}

COMMITTED(an_id_that_cannot_be_one_is_an_unknown_thing)
{
	static const char *const ids[] = { "abc", "0", "-1", "1.5", "99999999999999999999", "%20", "%00", "1%2F2" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct request *rq = ask(c, "GET", str_z(c->arena, str_fmt(c->arena, "/api/v1/courses/%s", ids[i])));

		assert_int_equal(rq->status, 404);
	}
	assert_problem(ask(c, "GET", "/api/v1/courses/abc"), 404, "course_unknown");
	assert_problem(ask(c, "GET", "/api/v1/courses/1099511627776"), 404, "course_unknown");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(over_http_a_405_says_what_is_allowed),
	cmocka_unit_test(an_id_that_cannot_be_one_is_an_unknown_thing),
	cmocka_unit_test(each_route_is_found_by_its_own_path),
	cmocka_unit_test(a_literal_word_goes_before_a_name),
	cmocka_unit_test(the_parts_of_the_path_have_their_names),
	cmocka_unit_test(what_is_not_exactly_a_path_is_not_found),
	cmocka_unit_test(another_method_is_told_which_ones_there_are),
	cmocka_unit_test(methods_have_their_names),
};
UNIT_GROUP(route, tests, with_routes, NULL)
