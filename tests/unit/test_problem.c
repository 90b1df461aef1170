/* How trouble is told: problem documents (RFC 9457), in the caller's language, with the members that are wrong. */
#include "ask.h"

#include "core/i18n.h"
#include "web/problem.h"
#include "web/route.h"

#define SIGNUP "/api/v1/auth/signup"

static void assert_words(struct ctx *c, const struct failure *why)
{
	str key = str_fmt(c->arena, "problem.%s", why->code);

	if (!i18n_has(LOCALE_KO, key) || !i18n_has(LOCALE_EN, key))
		fail_msg("no words for %s", why->code);
	assert_in_range(why->status, 400, 503);
}

COMMITTED(every_failure_of_a_route_has_words_in_both_languages)
{
	static const struct failure *const general[] = {
		&not_readable, &invalid, &not_found, &not_logged_in, &token_expired, &role_missing, &csrf_missing, &method_not_allowed,
		&version_missing, &version_stale, &too_large, &wrong_content_type, &too_many, &key_missing, &key_invalid, &key_reused, &key_in_flight,
		&cursor_invalid, &internal_error, &unavailable, &outcome_unknown };

	for (size_t i = 0; i < sizeof(general) / sizeof(general[0]); i++)
		assert_words(c, general[i]);
	for (size_t i = 0; i < route_count(); i++)
		for (const struct failure *const *f = route_at(i)->fails; f && *f; f++)
			assert_words(c, *f);
}

COMMITTED(a_problem_speaks_the_callers_language)
{
	str ko = json_str(answered_json(ask(c, "GET", "/api/v1/me")), "title");
	str en = json_str(answered_json(ask(c, "GET", "/api/v1/me", .language = "en-US,en;q=0.9,ko;q=0.1")), "title");

	assert_true(str_eq(ko, i18n_raw(LOCALE_KO, S("problem.not_logged_in"))));
	assert_true(str_eq(en, i18n_raw(LOCALE_EN, S("problem.not_logged_in"))));
	assert_false(str_eq(ko, en));
}

COMMITTED(all_members_that_are_wrong_are_named_at_once)
{
	struct request *rq = ask(c, "POST", SIGNUP, .body = "{\"email\":\"x\",\"password\":\"short\",\"name\":\"\",\"surprise\":1}");
	const struct json *errors = json_get(answered_json(rq), "errors");
	bool email = false, password = false, name = false, phone = false, surprise = false;

	assert_problem(rq, 422, "invalid");
	assert_int_equal(json_length(errors), 5);
	for (size_t i = 0; i < json_length(errors); i++) {
		str field = json_str(json_at(errors, i), "field");
		size_t at;

		email |= str_eq(field, S("email"));
		password |= str_eq(field, S("password"));
		name |= str_eq(field, S("name"));
		phone |= str_eq(field, S("phone"));
		surprise |= str_eq(field, S("surprise"));
		assert_true(json_str(json_at(errors, i), "code").n > 0);
		assert_true(json_str(json_at(errors, i), "message").n > 0);
		assert_false(str_find(json_str(json_at(errors, i), "message"), S("{"), &at));
	}
	assert_true(email && password && name && phone && surprise);
}

static void assert_says(struct ctx *c, enum locale l, const char *code, const char *value, const char *wanted)
{
	const struct field_error e = { S("amount"), code, str_of(value), NULL };
	str got;

	c->locale = l;
	got = problem_field_message(c, &e);
	if (!str_eq(got, str_of(wanted)))
		fail_msg("%s: got \"%.*s\", wanted \"%s\"", code, STR(got), wanted);
}

COMMITTED(amounts_and_counts_in_a_message_read_as_everywhere)
{
	assert_says(c, LOCALE_KO, "cost_is_more", "1250000", "지금은 모두 1,250,000원을 환불합니다");
	assert_says(c, LOCALE_EN, "cost_is_more", "1250000", "The refunds come to ₩1,250,000 now");
	assert_says(c, LOCALE_KO, "more_enrolled", "1200", "지금은 수강생이 1,200명입니다");
	assert_says(c, LOCALE_KO, "differs", "50000", "주문한 금액은 50,000원입니다");
	assert_says(c, LOCALE_EN, "less_than_law", "50000", "At least ₩50,000, which the law gives to who loses the seat");
	assert_says(c, LOCALE_KO, "too_long", "2000", "2,000자 이하로 입력하세요");
	assert_says(c, LOCALE_KO, "too_large", "2099-12-31", "2099-12-31 이하여야 합니다");
	c->locale = LOCALE_KO;
}

struct priced {
	money price;
};
static const struct shape priced_shape = SHAPE("Priced", struct priced, F(price, .max = 10000000));

COMMITTED(the_limit_of_money_is_money)
{
	struct priced in;
	uint64_t given;

	c->locale = LOCALE_KO;
	assert_ptr_equal(json_read(c, &priced_shape, &in, &given, S("{\"price\":20000000}"), false), &invalid);
	assert_true(str_eq(problem_field_message(c, c->errors), S("10,000,000원 이하여야 합니다")));
	c->errors = NULL;
}

COMMITTED(a_secret_is_never_repeated)
{
	struct request *rq = ask(c, "POST", SIGNUP, .body = "{\"email\":\"x\",\"password\":\"hush\"}");
	size_t at;

	assert_problem(rq, 422, "invalid");
	assert_false(str_find(answered(rq), S("hush"), &at));
}

COMMITTED(what_cannot_be_read_is_a_400_or_a_415)
{
	assert_int_equal(ask(c, "POST", SIGNUP, .body = "{")->status, 400);
	assert_int_equal(ask(c, "POST", SIGNUP, .body = "[]")->status, 400);
	assert_int_equal(ask(c, "POST", SIGNUP, .body = "{\"email\":\"\xff\"}")->status, 400);
	assert_int_equal(ask(c, "POST", SIGNUP, .body = "{\"email\":\"a@b.c\",\"email\":\"a@b.c\"}")->status, 400);
	assert_problem(ask(c, "POST", SIGNUP, .body = "email=x", .type = "application/x-www-form-urlencoded"), 415, "wrong_content_type");
}

COMMITTED(a_401_names_the_scheme_and_a_409_in_flight_when_to_come_again)
{
	struct request rq = { .ctx = c, .path = S("/api/v1/test") };

	assert_str(answered_header(ask(c, "GET", "/api/v1/me"), "WWW-Authenticate"), "Bearer");
	reply_problem(&rq, &key_in_flight);
	assert_str(answered_header(&rq, "Retry-After"), "1");
	assert_problem(&rq, 409, "key_in_flight");
	reply_problem(&rq, &unavailable);
	assert_str(answered_header(&rq, "Retry-After"), "1");
	assert_problem(&rq, 503, "unavailable");
}

COMMITTED(headers_of_an_answer_that_came_to_nothing_do_not_leave)
{
	struct request rq = { .ctx = c, .path = S("/api/v1/test") };

	reply_etag(&rq, 4);
	reply_problem(&rq, &not_found);
	assert_str(answered_header(&rq, "ETag"), "");
}

COMMITTED(a_page_leads_to_the_login_and_back_again)
{
	struct request *rq = ask(c, "GET", "/admin/courses?status=open&q=%EB%AC%BC");

	assert_int_equal(rq->status, 303);
	assert_str(answered_header(rq, "Location"), "/admin/login?next=%2Fadmin%2Fcourses%3Fstatus%3Dopen%26q%3D%25EB%25AC%25BC");
}

COMMITTED(errors_are_in_the_order_in_which_they_were_found)
{
	struct request rq = { .ctx = c, .path = S("/api/v1/test") };
	const struct json *errors;

	c->errors = NULL;
	for (int i = 0; i < 100; i++)
		fail_field(c, str_fmt(c->arena, "f%d", i), "required", (str){ NULL, 0 });
	reply_problem(&rq, &invalid);
	errors = json_get(answered_json(&rq), "errors");
	assert_true(json_length(errors) >= 50);
	for (size_t i = 1; i < json_length(errors); i++) {
		int64_t a, b;

		assert_true(str_int(str_after(json_str(json_at(errors, i - 1), "field"), 1), &a));
		assert_true(str_int(str_after(json_str(json_at(errors, i), "field"), 1), &b));
		assert_int_equal(b, a + 1);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_failure_of_a_route_has_words_in_both_languages),
	cmocka_unit_test(a_problem_speaks_the_callers_language),
	cmocka_unit_test(all_members_that_are_wrong_are_named_at_once),
	cmocka_unit_test(amounts_and_counts_in_a_message_read_as_everywhere),
	cmocka_unit_test(the_limit_of_money_is_money),
	cmocka_unit_test(a_secret_is_never_repeated),
	cmocka_unit_test(what_cannot_be_read_is_a_400_or_a_415),
	cmocka_unit_test(a_401_names_the_scheme_and_a_409_in_flight_when_to_come_again),
	cmocka_unit_test(headers_of_an_answer_that_came_to_nothing_do_not_leave),
	cmocka_unit_test(a_page_leads_to_the_login_and_back_again),
	cmocka_unit_test(errors_are_in_the_order_in_which_they_were_found),
};
UNIT_GROUP(problem, tests, with_routes, NULL)
