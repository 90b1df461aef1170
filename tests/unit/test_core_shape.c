/* Limits, words and texts of members: core/shape.h. */
#include "assert_str.h"

#include "core/ctx.h"
#include "core/shape.h"

static const char *const colours[] = { "red", "green", NULL };

struct thing {
	int64_t id, count, age, page;
	str name, code, memo, email;
	money price;
	when at;
	day on;
	bool open;
	int colour;
	json_text extra;
	list numbers;
	opt_int cap;
	opt_str note;
	opt_when ends;
	str password;
};

static const struct shape thing_shape = SHAPE("Thing", struct thing,
	F(id, .read_only = true),
	F(count),
	F(age, .min = 1, .max = 150),
	F(page, .min = 1, .dflt = 20, .optional = true),
	F(name, .min = 2, .max = 5),
	F(code, .pattern = "^[A-Z0-9-]{4,8}$"),
	F(memo, .multiline = true, .optional = true),
	F(email, .format = "email"),
	F(price),
	F(at),
	F(on),
	F(open),
	F(colour, .words = colours),
	F(extra),
	F(numbers, .of = &int_item_shape, .min = 1, .max = 2),
	F(cap, .min = 1, .max = 9),
	F(note),
	F(ends),
	F(password, .secret = true));

OWN_CTX(c)
static struct thing t;

/* Reads one member from text; gives the code of what is wrong with it, or "". */
static const char *from_text(const char *member, const char *text)
{
	const struct field *f = shape_field(&thing_shape, str_of(member));
	bool good;

	assert_non_null(f);
	c->errors = NULL;
	good = shape_from_text(c, f, &t, str_of(text), str_of(member));
	assert_int_equal(good, c->errors == NULL);
	if (good)
		return "";
	assert_str(c->errors->field, member);
	return c->errors->code;
}

static str limit(void)
{
	return c->errors ? c->errors->value : S("no error");
}

static void a_text_is_measured_in_characters(void **state)
{
	(void)state;
	assert_string_equal(from_text("name", "가나다라마"), "");
	assert_string_equal(from_text("name", "가나다라마바"), "too_long");
	assert_str(limit(), "5");
	assert_string_equal(from_text("name", "가"), "too_short");
	assert_str(limit(), "2");
	assert_string_equal(from_text("name", ""), "too_short");
}

static void a_text_without_a_limit_ends_at_a_thousand(void **state)
{
	char long_text[TEXT_MAX + 2];

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	long_text[TEXT_MAX + 1] = '\0';
	assert_string_equal(from_text("note", long_text), "too_long");
	assert_str(limit(), "1000");
	long_text[TEXT_MAX] = '\0';
	assert_string_equal(from_text("note", long_text), "");
}

static void broken_texts_and_controls_are_named(void **state)
{
	const struct field *f = shape_field(&thing_shape, S("name"));

	(void)state;
	assert_string_equal(from_text("name", "ab\xff"), "utf8");
	assert_string_equal(from_text("name", "a\nb"), "control");
	assert_string_equal(from_text("name", "a\x1b[0m"), "control");
	assert_string_equal(from_text("name", "a\x7f"), "control");
	assert_string_equal(from_text("name", "a\xc2\x85"), "control");
	c->errors = NULL;
	assert_false(shape_from_text(c, f, &t, S("a\0b"), S("name")));
	assert_string_equal(c->errors->code, "control");
}

static void hangul_is_taken_in_one_spelling_but_a_password_as_it_was_typed(void **state)
{
	(void)state;
	assert_string_equal(from_text("name", "\u1112\u1161\u11ab\u1100\u1173\u11af"), "");
	assert_str(t.name, "한글");
	assert_string_equal(from_text("name", "\u1100\u1161"), "too_short");
	assert_string_equal(from_text("note", "\u1100\u1161"), "");
	assert_str(t.note.v, "가");
	assert_string_equal(from_text("extra", "{\"a\":\"\u1100\u1161\"}"), "");
	assert_str(t.extra.s, "{\"a\":\"가\"}");
	assert_string_equal(from_text("password", "\u1100\u1161"), "");
	assert_str(t.password, "\u1100\u1161");
}

static void white_space_of_one_line_is_single_and_inside(void **state)
{
	(void)state;
	assert_string_equal(from_text("note", "  방 \u00a0 A\u3000"), "");
	assert_str(t.note.v, "방 A");
	assert_string_equal(from_text("note", "방\u2003A"), "");
	assert_str(t.note.v, "방 A");
	assert_string_equal(from_text("name", " 가   나   다 "), "");     /* the limits are those of what is kept */
	assert_str(t.name, "가 나 다");
	assert_string_equal(from_text("name", " 가    "), "too_short");
	assert_string_equal(from_text("name", "\u3000  "), "required");
	assert_string_equal(from_text("note", " \u00a0 "), "");
	assert_false(t.note.set);
	assert_string_equal(from_text("email", " jiwoo@example.com "), "");
	assert_str(t.email, "jiwoo@example.com");
	assert_string_equal(from_text("name", "a\tb"), "control");
}

static void a_secret_a_pattern_and_json_keep_their_white_space(void **state)
{
	(void)state;
	assert_string_equal(from_text("password", "  a  b "), "");
	assert_str(t.password, "  a  b ");
	assert_string_equal(from_text("code", " SUMMER"), "pattern");
	assert_string_equal(from_text("extra", "{\"a\":\" x  y \"}"), "");
	assert_str(t.extra.s, "{\"a\":\" x  y \"}");
}

static void only_a_textarea_holds_line_breaks_and_they_become_plain(void **state)
{
	(void)state;
	assert_string_equal(from_text("memo", "  a\r\n\r\nb\t  c \u3000\t\r\n\r\n"), "");
	assert_str(t.memo, "  a\n\nb\t  c");
	assert_string_equal(from_text("memo", "a\rb"), "control");
}

static void a_pattern_must_match(void **state)
{
	(void)state;
	assert_string_equal(from_text("code", "SUMMER-1"), "");
	assert_string_equal(from_text("code", "summer"), "pattern");
	assert_string_equal(from_text("code", "SUMMER-12"), "pattern");
}

static void an_email_address_has_a_name_and_a_domain(void **state)
{
	static const char *const wrong[] = {
		"a", "a@b", "@b.kr", "a@", "a@.kr", "a@b.", "a@b..kr", "a b@c.kr", "a@b@c.kr", "한@b.kr", "a@b.kr,c@d.kr", "<a@b.kr>",
	};
	char many[300];

	(void)state;
	assert_string_equal(from_text("email", "jiwoo.kim+madang@example.co.kr"), "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_string_equal(from_text("email", wrong[i]), "email");
	memset(many, 'x', sizeof(many));
	memcpy(many, "a@", 2);
	memcpy(many + 252, ".kr", 4);
	assert_string_equal(from_text("email", many), "email");
	memcpy(many + 251, ".kr", 4);
	assert_string_equal(from_text("email", many), "");
}

static void numbers_stay_within_their_range(void **state)
{
	(void)state;
	assert_string_equal(from_text("age", "1"), "");
	assert_string_equal(from_text("age", " 150 "), "");
	assert_int_equal(t.age, 150);
	assert_string_equal(from_text("age", "0"), "too_small");
	assert_str(limit(), "1");
	assert_string_equal(from_text("age", "151"), "too_large");
	assert_str(limit(), "150");
	assert_string_equal(from_text("age", "1.5"), "type");
	assert_string_equal(from_text("age", "abc"), "type");
	assert_string_equal(from_text("age", "99999999999999999999"), "too_large");
	assert_string_equal(from_text("age", "-99999999999999999999"), "too_small");
}

static void plain_numbers_are_those_that_json_carries_and_money_is_not_negative(void **state)
{
	(void)state;
	assert_string_equal(from_text("count", "-9007199254740991"), "");
	assert_string_equal(from_text("count", "9007199254740991"), "");
	assert_string_equal(from_text("count", "9007199254740992"), "too_large");
	assert_string_equal(from_text("count", "-9007199254740992"), "too_small");
	assert_string_equal(from_text("price", "0"), "");
	assert_string_equal(from_text("price", "-1"), "too_small");
	assert_string_equal(from_text("price", "9007199254740992"), "too_large");
}

static void what_is_left_empty_is_required_unless_it_is_optional(void **state)
{
	(void)state;
	assert_string_equal(from_text("age", ""), "required");
	assert_string_equal(from_text("at", "  "), "required");
	t.page = 7;
	assert_string_equal(from_text("page", ""), "");
	assert_int_equal(t.page, 20);
	t.cap = some_int(3);
	assert_string_equal(from_text("cap", ""), "");
	assert_false(t.cap.set);
	assert_string_equal(from_text("cap", "5"), "");
	assert_true(t.cap.set && t.cap.v == 5);
	assert_string_equal(from_text("cap", "10"), "too_large");
	assert_string_equal(from_text("note", ""), "");
	assert_false(t.note.set);
}

static void a_form_means_seouls_time_and_an_api_says_the_offset(void **state)
{
	(void)state;
	assert_string_equal(from_text("at", "2026-11-20T14:05"), "");
	assert_str(when_text(c->arena, t.at), "2026-11-20T05:05:00Z");
	assert_string_equal(from_text("at", "2026-11-20T14:05:06"), "");
	assert_str(when_text(c->arena, t.at), "2026-11-20T05:05:06Z");
	assert_string_equal(from_text("at", "2026-11-20T14:05:06Z"), "");
	assert_str(when_text(c->arena, t.at), "2026-11-20T14:05:06Z");
	assert_string_equal(from_text("at", "2026-11-20"), "type");
	assert_string_equal(from_text("ends", "tomorrow"), "type");
	assert_string_equal(from_text("on", "2026-11-20"), "");
	assert_string_equal(from_text("on", "2026-11-31"), "type");
	assert_string_equal(from_text("on", "2199-12-31"), "");
	assert_string_equal(from_text("on", "2200-01-01"), "too_large");
}

static void moments_stay_in_the_years_that_people_plan_for(void **state)
{
	(void)state;
	c->errors = NULL;
	t.at.us = -1;
	shape_check(c, shape_field(&thing_shape, S("at")), &t, S("at"));
	assert_string_equal(c->errors->code, "too_small");
	c->errors = NULL;
	t.at.us = CALENDAR_DAYS * DAY;
	shape_check(c, shape_field(&thing_shape, S("at")), &t, S("at"));
	assert_string_equal(c->errors->code, "too_large");
	c->errors = NULL;
	t.on.days = CALENDAR_DAYS;
	shape_check(c, shape_field(&thing_shape, S("on")), &t, S("on"));
	assert_string_equal(c->errors->code, "too_large");
}

static void a_switch_is_on_off_or_wrong(void **state)
{
	(void)state;
	assert_string_equal(from_text("open", "on"), "");
	assert_true(t.open);
	assert_string_equal(from_text("open", "0"), "");
	assert_false(t.open);
	assert_string_equal(from_text("open", "true"), "");
	assert_true(t.open);
	assert_string_equal(from_text("open", "yes"), "type");
}

static void a_word_is_one_of_its_list(void **state)
{
	(void)state;
	assert_string_equal(from_text("colour", "green"), "");
	assert_int_equal(t.colour, 1);
	assert_string_equal(from_text("colour", "blue"), "word");
	assert_str(limit(), "red, green");
	assert_string_equal(from_text("colour", "gree"), "word");
	assert_int_equal(shape_word(shape_field(&thing_shape, S("colour")), S("red")), 0);
	assert_int_equal(shape_word(shape_field(&thing_shape, S("colour")), S("")), -1);
}

static void a_list_has_its_length(void **state)
{
	const struct field *f = shape_field(&thing_shape, S("numbers"));

	(void)state;
	for (size_t n = 0; n < 4; n++) {
		c->errors = NULL;
		t.numbers.n = n;
		shape_check(c, f, &t, S("numbers"));
		if (n == 1 || n == 2)
			assert_null(c->errors);
		else
			assert_string_equal(c->errors->code, n ? "too_many" : "too_few");
	}
}

static void a_text_comes_back_as_it_was_read(void **state)
{
	static const struct { const char *member, *text; } cases[] = {
		{ "count", "-12" }, { "name", "가나" }, { "price", "128000" }, { "at", "2026-11-20T05:06:07Z" }, { "on", "2026-11-20" },
		{ "open", "true" }, { "open", "false" }, { "colour", "green" }, { "cap", "" }, { "cap", "3" }, { "extra", "{\"a\":[1]}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(from_text(cases[i].member, cases[i].text), "");
		assert_str(shape_to_text(c->arena, shape_field(&thing_shape, str_of(cases[i].member)), &t), cases[i].text);
	}
}

static void one_member_is_wrong_for_one_reason_and_there_are_at_most_fifty(void **state)
{
	int n = 0;

	(void)state;
	c->errors = NULL;
	shape_wrong(c, S("a"), "type", S(""));
	shape_wrong(c, S("a"), "too_long", S(""));
	assert_string_equal(c->errors->code, "type");
	for (int i = 0; i < 1000; i++)
		shape_wrong(c, str_fmt(c->arena, "f%d", i), "type", S(""));
	for (const struct field_error *e = c->errors; e; e = e->next)
		n++;
	assert_int_equal(n, 50);
}

static void a_dump_shows_everything_but_secrets(void **state)
{
	struct int_item two[] = { { 1 }, { 2 } };
	struct thing full = {
		.id = 4, .name = S("나\n"), .colour = 1, .cap = some_int(3), .numbers = { two, 2 }, .password = S("hunter2"),
	};
	str text;

	(void)state;
	text = shape_dump(c->arena, &thing_shape, &full);
	assert_true(str_find(text, S("Thing\n  id: 4\n"), NULL));
	assert_true(str_find(text, S("  name: \"나\\n\"\n"), NULL));
	assert_true(str_find(text, S("  colour: green\n"), NULL));
	assert_true(str_find(text, S("    [1]\n      value: 2\n"), NULL));
	assert_true(str_find(text, S("  cap: 3\n  note: not set\n"), NULL));
	assert_true(str_find(text, S("  password: ***\n"), NULL));
	assert_false(str_find(text, S("hunter2"), NULL));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_text_is_measured_in_characters),
	cmocka_unit_test(a_text_without_a_limit_ends_at_a_thousand),
	cmocka_unit_test(broken_texts_and_controls_are_named),
	cmocka_unit_test(hangul_is_taken_in_one_spelling_but_a_password_as_it_was_typed),
	cmocka_unit_test(white_space_of_one_line_is_single_and_inside),
	cmocka_unit_test(a_secret_a_pattern_and_json_keep_their_white_space),
	cmocka_unit_test(only_a_textarea_holds_line_breaks_and_they_become_plain),
	cmocka_unit_test(a_pattern_must_match),
	cmocka_unit_test(an_email_address_has_a_name_and_a_domain),
	cmocka_unit_test(numbers_stay_within_their_range),
	cmocka_unit_test(plain_numbers_are_those_that_json_carries_and_money_is_not_negative),
	cmocka_unit_test(what_is_left_empty_is_required_unless_it_is_optional),
	cmocka_unit_test(a_form_means_seouls_time_and_an_api_says_the_offset),
	cmocka_unit_test(moments_stay_in_the_years_that_people_plan_for),
	cmocka_unit_test(a_switch_is_on_off_or_wrong),
	cmocka_unit_test(a_word_is_one_of_its_list),
	cmocka_unit_test(a_list_has_its_length),
	cmocka_unit_test(a_text_comes_back_as_it_was_read),
	cmocka_unit_test(one_member_is_wrong_for_one_reason_and_there_are_at_most_fifty),
	cmocka_unit_test(a_dump_shows_everything_but_secrets),
};
UNIT_GROUP(core_shape, tests, make_ctx, drop_ctx)
