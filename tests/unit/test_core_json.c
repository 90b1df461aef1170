/* JSON in and out: core/json.h. */
#include "assert_str.h"
#include "support.h"

#include "core/ctx.h"
#include "core/json.h"

static const char *const states[] = { "open", "closed", NULL };

struct room {
	int64_t number;
	str name;
};

struct lesson {
	int64_t id;
	str title;
	money price;
	when at;
	day on;
	bool live;
	str about;
	int state;
	opt_str note;
	opt_int cap;
	opt_day until;
	list rooms;
	list days;
	json_text extra;
	struct room hall;
	struct room spare;
	int64_t limit;
	str password;
};

static const struct shape room_shape = SHAPE("Room", struct room,
	F(number, .min = 1),
	F(name, .max = 5));

static const struct shape lesson_shape = SHAPE("Lesson", struct lesson,
	F(id, .read_only = true),
	F(title, .min = 1, .max = 10),
	F(price),
	F(at, .optional = true),
	F(on, .optional = true),
	F(live, .optional = true),
	F(about, .max = 10, .optional = true, .write_only = true),
	F(state, .words = states, .optional = true),
	F(note),
	F(cap, .min = 1),
	F(until),
	F(rooms, .of = &room_shape, .optional = true, .max = 2),
	F(days, .of = &int_item_shape, .optional = true),
	F(extra, .optional = true),
	F(hall, .of = &room_shape, .optional = true),
	F(spare, .of = &room_shape, .optional = true, .or_null = true),
	F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100, .write_only = true),
	F(password, .optional = true, .write_only = true, .secret = true));

enum { TITLE_BIT = 1, PRICE_BIT = 2, ABOUT_BIT = 6, NOTE_BIT = 8 };

OWN_CTX(c)
static struct lesson got;
static uint64_t given;

/* The code of the outcome, or "" if all is well. */
static const char *outcome_of(str text, bool partial)
{
	outcome o;

	ctx_begin(c);
	memset(&got, 0, sizeof(got));
	o = json_read(c, &lesson_shape, &got, &given, text, partial);
	return o == OK ? "" : o->code;
}

/* What is wrong with the one wrong member: "path code". */
static str wrong(const char *text)
{
	const char *code = outcome_of(str_of(text), true);

	if (strcmp(code, "invalid") != 0)
		return str_of(code);
	assert_non_null(c->errors);
	if (c->errors->next)
		return S("more than one");
	return str_fmt(c->arena, "%.*s %s", STR(c->errors->field), c->errors->code);
}

static void a_whole_object_is_read(void **state)
{
	(void)state;
	assert_string_equal(outcome_of(S(" {\"title\": \"도\\u0041\\n\", \"price\": 128000, \"at\": \"2026-11-20T14:00:00+09:00\","
		"\"on\":\"2026-11-20\", \"live\": true, \"state\": \"closed\", \"note\": \"n\", \"cap\": null, \"until\": null,"
		"\"rooms\": [{\"number\": 1, \"name\": \"a\"}, {\"number\": 2, \"name\": \"\"}], \"days\": [1, -3],"
		"\"hall\": {\"number\": 9, \"name\": \"b\"}, \"spare\": null, \"password\": \"x\"}\r\n"), false), "invalid");
	assert_string_equal(c->errors->code, "control");     /* the line break in a title */
	assert_string_equal(outcome_of(S(" {\"title\": \"도\\u0041\", \"price\": 128000, \"at\": \"2026-11-20T14:00:00+09:00\","
		"\"on\":\"2026-11-20\", \"live\": true, \"state\": \"closed\", \"note\": \"n\", \"cap\": null, \"until\": null,"
		"\"rooms\": [{\"number\": 1, \"name\": \"a\"}, {\"number\": 2, \"name\": \"\"}], \"days\": [1, -3],"
		"\"hall\": {\"number\": 9, \"name\": \"b\"}, \"spare\": null, \"password\": \"x\"}\r\n"), false), "");
	assert_str(got.title, "도A");
	assert_int_equal(got.price.won, 128000);
	assert_str(when_text(c->arena, got.at), "2026-11-20T05:00:00Z");
	assert_str(day_text(c->arena, got.on), "2026-11-20");
	assert_true(got.live && got.state == 1);
	assert_true(got.note.set && !got.cap.set && !got.until.set);
	assert_int_equal(got.rooms.n, 2);
	assert_int_equal(((struct room *)got.rooms.p)[1].number, 2);
	assert_int_equal(got.days.n, 2);
	assert_int_equal(((struct int_item *)got.days.p)[1].value, -3);
	assert_str(got.hall.name, "b");
	assert_int_equal(got.limit, 20);
	assert_str(got.password, "x");
}

static void hangul_is_read_in_one_spelling_but_a_password_as_it_was_sent(void **state)
{
	(void)state;
	assert_string_equal(outcome_of(S("{\"title\": \"\\u1112\\u1161\\u11ab\u1100\u1173\u11af\", \"price\": 1, \"note\": \"\u1100\u1161\","
		"\"hall\": {\"number\": 9, \"name\": \"\u1100\u1161\"}, \"extra\": [\"\u1100\u1161\"], \"password\": \"\u1100\u1161\"}"), false), "");
	assert_str(got.title, "한글");
	assert_str(got.note.v, "가");
	assert_str(got.hall.name, "가");
	assert_str(got.extra.s, "[\"가\"]");
	assert_str(got.password, "\u1100\u1161");
}

static void what_is_not_json_is_refused_as_such(void **state)
{
	static const char *const broken[] = {
		"", " ", "{", "}", "{\"title\"}", "{\"title\":}", "{\"title\":1,}", "{,}", "{'title':1}", "{title:1}", "{\"a\":NaN}",
		"{\"a\":Infinity}", "{\"a\":-}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":+1}", "{\"a\":0x1}",
		"{\"a\":1-2}", "{\"a\":1 2}", "{\"a\":truefalse}", "{\"a\":TRUE}", "{\"a\":nul}", "{\"a\":\"x\ny\"}", "{\"a\":\"\t\"}",
		"{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"x}", "{} {}", "{}x", "{}//x", "/**/{}", "{\"a\":[1,]}", "{\"a\":[1}}",
		"{\"a\":\"\xff\"}", "{\"\xc3\":1}", "\xef\xbb\xbf{}", "{\"a\\u0000b\":1}", "{\"a\" 1}", "{\"a\"::1}", "{\"a\":\v1}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (strcmp(outcome_of(str_of(broken[i]), true), "json_broken") != 0)
			fail_msg("%s gives \"%s\"", broken[i], outcome_of(str_of(broken[i]), true));
	assert_string_equal(outcome_of(S("{}\0"), true), "json_broken");
	assert_string_equal(outcome_of(S("{\"title\":\"a\0b\"}"), true), "json_broken");
}

static void the_top_is_an_object(void **state)
{
	(void)state;
	assert_string_equal(outcome_of(S("[1]"), true), "json_not_an_object");
	assert_string_equal(outcome_of(S("12"), true), "json_not_an_object");
	assert_string_equal(outcome_of(S("\"x\""), true), "json_not_an_object");
	assert_string_equal(outcome_of(S(" null "), true), "json_not_an_object");
}

static void sixteen_levels_are_deep_enough_and_a_bomb_costs_nothing(void **state)
{
	static char bomb[5000];
	str sixteen = S("{\"extra\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}"), seventeen = S("{\"extra\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}");
	int64_t before;

	(void)state;
	assert_string_equal(outcome_of(sixteen, true), "");
	assert_string_equal(outcome_of(seventeen, true), "json_too_deep");
	memset(bomb, '[', sizeof(bomb));
	before = test_worked_us();
	for (int i = 0; i < 1000; i++)
		assert_string_equal(outcome_of((str){ bomb, sizeof(bomb) }, true), "json_too_deep");
	assert_true(test_worked_us() - before < 2 * SECOND);
}

static void one_name_stands_once_in_each_object(void **state)
{
	(void)state;
	assert_string_equal(outcome_of(S("{\"price\":1,\"price\":1}"), true), "json_duplicate_key");
	assert_string_equal(outcome_of(S("{\"price\":1,\"pr\\u0069ce\":1}"), true), "json_duplicate_key");
	assert_string_equal(outcome_of(S("{\"extra\":[{\"a\":{\"b\":1,\"b\":2}}]}"), true), "json_duplicate_key");
	assert_string_equal(outcome_of(S("{\"extra\":[{\"b\":1},{\"b\":2}],\"note\":\"a:b,\\\"c\\\":\"}"), true), "");
}

static void an_integer_is_an_integer(void **state)
{
	(void)state;
	assert_str(wrong("{\"price\":1.5}"), "price type");
	assert_str(wrong("{\"price\":1.0}"), "price type");
	assert_str(wrong("{\"price\":1e3}"), "price type");
	assert_str(wrong("{\"price\":\"1\"}"), "price type");
	assert_str(wrong("{\"price\":true}"), "price type");
	assert_str(wrong("{\"price\":-1}"), "price too_small");
	assert_str(wrong("{\"price\":9007199254740991}"), "");
	assert_str(wrong("{\"price\":9007199254740992}"), "price too_large");
	assert_str(wrong("{\"cap\":9223372036854775808}"), "cap too_large");
	assert_str(wrong("{\"cap\":99999999999999999999999999}"), "cap too_large");
	assert_str(wrong("{\"cap\":-99999999999999999999999999}"), "cap too_small");
}

static void other_kinds_are_kept_apart_too(void **state)
{
	(void)state;
	assert_str(wrong("{\"title\":1}"), "title type");
	assert_str(wrong("{\"live\":1}"), "live type");
	assert_str(wrong("{\"live\":\"true\"}"), "live type");
	assert_str(wrong("{\"at\":1700000000}"), "at type");
	assert_str(wrong("{\"at\":\"2026-11-20T14:00\"}"), "at type");
	assert_str(wrong("{\"on\":\"2026-02-30\"}"), "on type");
	assert_str(wrong("{\"state\":\"half\"}"), "state word");
	assert_str(wrong("{\"state\":0}"), "state type");
	assert_str(wrong("{\"hall\":[]}"), "hall type");
	assert_str(wrong("{\"rooms\":{}}"), "rooms type");
	assert_str(wrong("{\"title\":\"\\u0000\"}"), "title control");
	assert_str(wrong("{\"title\":\"\"}"), "title too_short");
}

static void a_wrong_member_is_named_by_its_path(void **state)
{
	(void)state;
	assert_str(wrong("{\"hall\":{\"number\":1,\"name\":\"123456\"}}"), "hall.name too_long");
	assert_str(wrong("{\"hall\":{\"number\":1}}"), "hall.name required");
	assert_str(wrong("{\"rooms\":[{\"number\":1,\"name\":\"\"},{\"number\":0,\"name\":\"\"}]}"), "rooms[1].number too_small");
	assert_str(wrong("{\"rooms\":[{\"number\":1,\"name\":\"\",\"x\":1}]}"), "rooms[0].x unknown");
	assert_str(wrong("{\"rooms\":[7]}"), "rooms[0] type");
	assert_str(wrong("{\"rooms\":[null]}"), "rooms[0] type");
	assert_str(wrong("{\"rooms\":[{},{},{}]}"), "rooms too_many");
	assert_str(wrong("{\"days\":[1,\"x\"]}"), "days[1] type");
	assert_str(wrong("{\"days\":[null]}"), "days[0] null");
}

static void what_a_client_may_not_send_is_unknown(void **state)
{
	(void)state;
	assert_str(wrong("{\"id\":1}"), "id unknown");
	assert_str(wrong("{\"TITLE\":\"x\"}"), "TITLE unknown");
	assert_str(wrong("{\"\":1}"), " unknown");
	assert_str(wrong("{\"가나다라마바사아자차카타파하가나다라마바사아자차카타파하\":1}"), "가나다라마바사아자차카타파하가나다라마바사 unknown");
}

static void all_wrong_members_are_told_at_once(void **state)
{
	int n = 0;

	(void)state;
	assert_string_equal(outcome_of(S("{\"price\":-1,\"x\":1,\"state\":\"half\"}"), false), "invalid");
	for (const struct field_error *e = c->errors; e; e = e->next)
		n++;
	assert_int_equal(n, 4);     /* and the title is missing */
	assert_str(c->errors->field, "title");
	assert_string_equal(c->errors->code, "required");
}

static void a_patch_tells_what_was_given_and_null_clears_only_what_can_be_empty(void **state)
{
	(void)state;
	assert_string_equal(outcome_of(S("{}"), true), "");
	assert_int_equal(given, 0);
	assert_int_equal(got.limit, 0);     /* no default in a patch */
	assert_string_equal(outcome_of(S("{\"note\":null,\"price\":5}"), true), "");
	assert_int_equal(given, 1 << NOTE_BIT | 1 << PRICE_BIT);
	assert_false(got.note.set);
	assert_str(wrong("{\"title\":null}"), "title null");
	assert_string_equal(outcome_of(S("{\"about\":null}"), true), "");
	assert_int_equal(given, 1 << ABOUT_BIT);
	assert_int_equal(got.about.n, 0);
	assert_str(wrong("{\"rooms\":null}"), "rooms null");
	assert_str(wrong("{\"hall\":null}"), "hall null");
	assert_str(wrong("{\"spare\":null}"), "");
}

static void any_json_is_kept_compact_and_harmless(void **state)
{
	(void)state;
	assert_string_equal(outcome_of(S("{\"extra\": {\"a\" : [1, -2.50, 1e3, true, null, \"</script>\"], \"b/c\": {} } }"), true), "");
	assert_str(got.extra.s, "{\"a\":[1,-2.50,1e3,true,null,\"\\u003c/script\\u003e\"],\"b/c\":{}}");
	assert_string_equal(outcome_of(S("{\"extra\":null}"), true), "");
	assert_str(got.extra.s, "null");
}

static void a_reply_shows_every_member_that_may_come_out(void **state)
{
	struct room rooms[] = { { 1, S("a\"") }, { 2, S("b") } };
	struct int_item days[] = { { 1 }, { -2 } };
	struct lesson l = {
		.id = 7, .title = S("도자기"), .price = won(128000), .live = true, .state = 1, .cap = some_int(-3), .rooms = { rooms, 2 },
		.days = { days, 2 }, .extra = { S("{\"a\":1}") }, .hall = { 3, S("h") }, .password = S("hunter2"),
		.until = { true, { 1 } },
	};
	struct buf b = buf_in(c->arena);

	(void)state;
	json_write(&b, &lesson_shape, &l);
	assert_str(buf_text(&b), "{\"id\":7,\"title\":\"도자기\",\"price\":128000,\"at\":\"1970-01-01T00:00:00Z\",\"on\":\"1970-01-01\","
		"\"live\":true,\"state\":\"closed\",\"note\":null,\"cap\":-3,\"until\":\"1970-01-02\","
		"\"rooms\":[{\"number\":1,\"name\":\"a\\\"\"},{\"number\":2,\"name\":\"b\"}],\"days\":[1,-2],\"extra\":{\"a\":1},"
		"\"hall\":{\"number\":3,\"name\":\"h\"},\"spare\":null}");
	l = (struct lesson){ .spare = { 1, S("") } };
	b.n = 0;
	json_write(&b, &lesson_shape, &l);
	assert_true(str_find(buf_text(&b), S("\"rooms\":[],\"days\":[],\"extra\":null,"), NULL));
	assert_true(str_find(buf_text(&b), S("\"hall\":{\"number\":0,\"name\":\"\"},"), NULL));     /* only or_null objects go away */
	assert_true(str_find(buf_text(&b), S("\"spare\":{\"number\":1,\"name\":\"\"}}"), NULL));
}

static const struct shape lines_shape = SHAPE("Lines", struct room, F(number), F(name, .multiline = true));

static void a_written_object_can_be_read_back(void **state)
{
	struct buf b;
	struct room r = { 0 }, again = { 12, S("한\n\xe2\x80\xa8<") };

	(void)state;
	ctx_begin(c);
	b = buf_in(c->arena);
	json_write(&b, &lines_shape, &again);
	c->errors = NULL;
	json_read(c, &lines_shape, &r, NULL, buf_text(&b), false);
	assert_int_equal(r.number, 12);
	assert_str(r.name, "한\n\xe2\x80\xa8<");
}

static void strangers_json_is_looked_up_without_surprises(void **state)
{
	const struct json *j;
	str text;

	(void)state;
	ctx_begin(c);
	j = json_parse(c, S("{\"s\":\"x\",\"n\":12,\"b\":true,\"a\":[{\"k\":1},2],\"z\":null,\"d\":1.5}"));
	assert_non_null(j);
	assert_str(json_str(j, "s"), "x");
	assert_str(json_str(j, "n"), "");
	assert_int_equal(json_int(j, "n", 5), 12);
	assert_int_equal(json_int(j, "s", 5), 5);
	assert_int_equal(json_int(j, "d", 5), 5);
	assert_int_equal(json_int(j, "missing", 5), 5);
	assert_true(json_bool(j, "b"));
	assert_false(json_bool(j, "n"));
	assert_int_equal(json_length(json_get(j, "a")), 2);
	assert_int_equal(json_int(json_at(json_get(j, "a"), 0), "k", 0), 1);
	assert_null(json_at(json_get(j, "a"), 2));
	assert_null(json_get(json_at(json_get(j, "a"), 1), "k"));
	assert_null(json_get(NULL, "k"));
	assert_int_equal(json_length(NULL), 0);
	assert_str(json_str(NULL, "k"), "");
	assert_true(json_text_value(json_get(j, "s"), &text));
	assert_false(json_text_value(json_get(j, "n"), &text));
	assert_str(json_compact(c, json_get(j, "a")), "[{\"k\":1},2]");
	assert_non_null(json_parse(c, S(" 12 ")));
	assert_null(json_parse(c, S("12 13")));
	assert_null(json_parse(c, S("not json")));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_whole_object_is_read),
	cmocka_unit_test(hangul_is_read_in_one_spelling_but_a_password_as_it_was_sent),
	cmocka_unit_test(what_is_not_json_is_refused_as_such),
	cmocka_unit_test(the_top_is_an_object),
	cmocka_unit_test(sixteen_levels_are_deep_enough_and_a_bomb_costs_nothing),
	cmocka_unit_test(one_name_stands_once_in_each_object),
	cmocka_unit_test(an_integer_is_an_integer),
	cmocka_unit_test(other_kinds_are_kept_apart_too),
	cmocka_unit_test(a_wrong_member_is_named_by_its_path),
	cmocka_unit_test(what_a_client_may_not_send_is_unknown),
	cmocka_unit_test(all_wrong_members_are_told_at_once),
	cmocka_unit_test(a_patch_tells_what_was_given_and_null_clears_only_what_can_be_empty),
	cmocka_unit_test(any_json_is_kept_compact_and_harmless),
	cmocka_unit_test(a_reply_shows_every_member_that_may_come_out),
	cmocka_unit_test(a_written_object_can_be_read_back),
	cmocka_unit_test(strangers_json_is_looked_up_without_surprises),
};
UNIT_GROUP(core_json, tests, make_ctx, drop_ctx)
