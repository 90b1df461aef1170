/* Texts, buffers, the arena: core/str.h, core/buf.h, core/arena.h. */
#include "assert_str.h"

#include "core/arena.h"
#include "core/buf.h"

static struct arena *a;

static int make_arena(void **state)
{
	(void)state;
	a = arena_new();
	return 0;
}

static int drop_arena(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

static void a_whole_number_stands_alone(void **state)
{
	int64_t n = 7;

	(void)state;
	assert_true(str_int(S("-12"), &n) && n == -12);
	assert_true(str_int(S("9223372036854775807"), &n) && n == INT64_MAX);
	assert_false(str_int(S(""), &n));
	assert_false(str_int(S("-"), &n));
	assert_false(str_int(S("+1"), &n));
	assert_false(str_int(S(" 1"), &n));
	assert_false(str_int(S("1.5"), &n));
	assert_false(str_int(S("0x1"), &n));
	assert_false(str_int(S("9223372036854775808"), &n));
	assert_false(str_int(S("99999999999999999999"), &n));
}

static void characters_are_counted_not_bytes(void **state)
{
	(void)state;
	assert_int_equal(str_chars(S("")), 0);
	assert_int_equal(str_chars(S("한글 abc")), 6);
	assert_int_equal(str_chars(S("\U0001F600")), 1);
	assert_int_equal(str_chars(S("a\0b")), 3);
}

/* What a Mac sends for names of files and what is copied from there; other letters, and what is no text, stay as they are. */
static void single_jamo_become_syllables(void **state)
{
	(void)state;
	assert_str(str_composed(a, S("\u1112\u1161\u11ab\u1100\u1173\u11af")), "한글");
	assert_str(str_composed(a, S("\u110e\u116c\u1109\u1165\u1100\u1161\u1106 M\u1161")), "최서가\u1106 M\u1161");
	assert_str(str_composed(a, S("하\u11ab a가\u11ab")), "한 a간");
	assert_str(str_composed(a, S("한\u11ab\u1100\u1100\u1161\u1161")), "한\u11ab\u1100가\u1161");
	assert_str(str_composed(a, S("\u1100a\u1161")), "\u1100a\u1161");
	assert_str(str_composed(a, S("\u1112\u1175\u11c2\xF0\x9F\x8E\xAB\u1100\u1161\u11a8")), "힣\xF0\x9F\x8E\xAB각");
	assert_str(str_composed(a, S("\u1100\u1161\xe1\x86")), "가\xe1\x86");
	assert_str(str_composed(a, S("\xff\u1100\u1161\xe1")), "\xff가\xe1");
	assert_str(str_composed(a, S("plain")), "plain");
	assert_str(str_composed(a, (str){ NULL, 0 }), "");
}

static void white_space_becomes_single_whatever_stands_beside_it(void **state)
{
	(void)state;
	assert_str(str_single_spaced(a, S("가 나")), "가 나");
	assert_str(str_single_spaced(a, S(" ")), "");
	assert_str(str_single_spaced(a, S("\u3000a \u2009\u00a0 b\u205f")), "a b");
	assert_str(str_single_spaced(a, S("\u00a1 \u200b \u3001")), "\u00a1 \u200b \u3001");
	assert_str(str_single_spaced(a, S("a\t b\n")), "a\t b\n");
	assert_str(str_single_spaced(a, S("\xe3\x80 \xe3  \xc2")), "\xe3\x80 \xe3 \xc2");
	assert_str(str_without_tail(S("  a\n b \u00a0\n\t\u3000")), "  a\n b");
	assert_str(str_without_tail(S("\u3000\n")), "");
	assert_str(str_without_tail(S("\xa0")), "\xa0");
	assert_str(str_without_tail(S("가\xe3\x80")), "가\xe3\x80");
}

static void broken_utf8_has_no_characters(void **state)
{
	static const char *const broken[] = {
		"\xff", "\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xf0\x9f\x98", "ok\xc3",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		if (str_chars(str_of(broken[i])) != -1)
			fail_msg("number %zu counts as UTF-8", i);
	assert_int_equal(str_chars(S("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf")), 3);     /* the neighbours are valid */
}

static void base64_is_read_in_both_alphabets_with_and_without_padding(void **state)
{
	static const struct { const char *plain, *padded, *url; } cases[] = {
		{ "", "", "" }, { "f", "Zg==", "Zg" }, { "fo", "Zm8=", "Zm8" }, { "foo", "Zm9v", "Zm9v" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" }, { "\xfb\xff\xfe", "+//+", "-__-" },
	};
	str out;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		str plain = str_of(cases[i].plain);

		assert_str(str_base64(a, plain.p, plain.n), cases[i].padded);
		assert_str(str_base64url(a, plain.p, plain.n), cases[i].url);
		assert_true(str_unbase64(a, str_of(cases[i].padded), &out));
		assert_str(out, cases[i].plain);
		assert_true(str_unbase64(a, str_of(cases[i].url), &out));
		assert_str(out, cases[i].plain);
	}
}

static void what_is_not_base64_is_refused(void **state)
{
	str out;

	(void)state;
	assert_false(str_unbase64(a, S("Zm9 v"), &out));
	assert_false(str_unbase64(a, S("Zg==Zg=="), &out));
	assert_false(str_unbase64(a, S("Z*=="), &out));
	assert_false(str_unbase64(a, S("Zm9vY"), &out));     /* six bits are no byte */
}

static void hex_has_exactly_two_digits_per_byte(void **state)
{
	unsigned char b[3] = { 0 };

	(void)state;
	assert_true(str_unhex(S("00aBff"), b, 3));
	assert_memory_equal(b, "\x00\xab\xff", 3);
	assert_str(str_hex(a, b, 3), "00abff");
	assert_false(str_unhex(S("00abf"), b, 3));
	assert_false(str_unhex(S("00abfff"), b, 3));
	assert_false(str_unhex(S("00abfg"), b, 3));
}

static void an_address_is_decoded_and_encoded(void **state)
{
	(void)state;
	assert_str(str_url_decode(a, S("a%20b+c%2B"), true), "a b c+");
	assert_str(str_url_decode(a, S("a%20b+c"), false), "a b+c");
	assert_str(str_url_decode(a, S("100%"), true), "100%");
	assert_str(str_url_decode(a, S("%4"), true), "%4");
	assert_str(str_url_decode(a, S("%zz%41"), true), "%zzA");
	assert_str(str_url_decode(a, S("%ED%95%9C"), true), "한");
	assert_int_equal(str_url_decode(a, S("%00"), true).n, 1);
	assert_str(str_url_encode(a, S("한 a/~-._&")), "%ED%95%9C%20a%2F~-._%26");
}

static void texts_are_split_trimmed_and_found(void **state)
{
	str head, rest;
	size_t at;

	(void)state;
	assert_true(str_split(S("a=b=c"), '=', &head, &rest));
	assert_str(head, "a");
	assert_str(rest, "b=c");
	assert_true(str_split(S("a="), '=', &head, &rest));
	assert_str(rest, "");
	assert_false(str_split(S("a"), '=', &head, &rest));
	assert_str(head, "a");
	assert_false(str_split((str){ NULL, 0 }, '=', &head, &rest));
	assert_str(str_trim(S(" \t a b \r\n")), "a b");
	assert_str(str_trim(S("   ")), "");
	assert_true(str_find(S("hayneedle"), S("needle"), &at) && at == 3);
	assert_false(str_find(S("nee"), S("needle"), &at));
	assert_str(str_after(S("abc"), 9), "");
	assert_true(str_eq((str){ NULL, 0 }, S("")));
	assert_true(str_eq_nocase(S("Content-TYPE"), S("content-type")));
	assert_true(str_cmp(S("a"), S("ab")) < 0 && str_cmp(S("b"), S("ab")) > 0);
	assert_false(str_starts(S("a"), S("ab")));
	assert_true(str_ends(S("course.json"), S(".json")));
}

static void a_buffer_grows_without_losing_anything(void **state)
{
	struct buf b = buf_in(a);

	(void)state;
	for (int i = 0; i < 100000; i++) {
		buf_char(&b, (char)('a' + i % 26));
		if (i % 1000 == 0)
			arena_text(a, 1);     /* so that it can't always grow in place */
	}
	assert_int_equal(b.n, 100000);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
}

static void whole_numbers_are_written_to_both_ends(void **state)
{
	struct buf b = buf_in(a);

	(void)state;
	buf_int(&b, 0);
	buf_char(&b, ' ');
	buf_int(&b, INT64_MIN);
	buf_char(&b, ' ');
	buf_int(&b, INT64_MAX);
	buf_fmt(&b, " %s", "x");
	assert_str(buf_text(&b), "0 -9223372036854775808 9223372036854775807 x");
}

static void json_texts_are_safe_in_scripts_and_event_streams(void **state)
{
	struct buf b = buf_in(a);

	(void)state;
	buf_json(&b, S("a\"\\\b\f\n\r\t\x01\x1f\x7f</script>&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xa7한\0z"));
	assert_str(buf_text(&b), "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\\u003c/script\\u003e\\u0026\\u2028\\u2029"
				 "\xe2\x80\xa7한\\u0000z\"");
}

static void html_is_escaped_for_texts_and_attributes(void **state)
{
	struct buf b = buf_in(a);

	(void)state;
	buf_html(&b, S("<a href=\"x\" id='y'>&amp;한"));
	assert_str(buf_text(&b), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;한");
}

static char order[8];

static void note(void *p)
{
	strcat(order, p);
}

static void deferred_calls_run_the_newest_first_and_only_past_the_mark(void **state)
{
	struct arena_mark m;

	(void)state;
	order[0] = '\0';
	arena_defer(a, note, "1");
	m = arena_mark(a);
	arena_defer(a, note, "2");
	arena_alloc(a, 100000);
	arena_defer(a, note, "3");
	arena_rewind(a, m);
	assert_string_equal(order, "32");
	arena_reset(a);
	assert_string_equal(order, "321");
}

static void memory_is_zeroed_and_aligned_even_when_it_was_used_before(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t n = 1; n < 300; n += 7) {
			unsigned char *p;

			memset(arena_text(a, n), 0xAA, n);
			p = arena_alloc(a, n);
			assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(p[i], 0);
			memset(p, 0xAA, n);
		}
		arena_reset(a);
	}
}

static void what_nobody_can_see_is_blank(void **state)
{
	static const str blank[] = { S(""), S("  \t\n"), S("\u00a0\u3000"), S("\u200b\ufeff"), S("\u3164\u115f\u1160\uffa0"), S("\u2060\u00ad") };
	static const str seen[] = { S("a"), S(" \uac00 "), S("\u200b1"), S("\U0001f3a8"), S("\u4e00"), S("\u00c5"), S("\xc3") };

	(void)state;
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
		assert_true(str_is_blank(blank[i]));
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		assert_false(str_is_blank(seen[i]));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_whole_number_stands_alone),
	cmocka_unit_test(characters_are_counted_not_bytes),
	cmocka_unit_test(what_nobody_can_see_is_blank),
	cmocka_unit_test(single_jamo_become_syllables),
	cmocka_unit_test(white_space_becomes_single_whatever_stands_beside_it),
	cmocka_unit_test(broken_utf8_has_no_characters),
	cmocka_unit_test(base64_is_read_in_both_alphabets_with_and_without_padding),
	cmocka_unit_test(what_is_not_base64_is_refused),
	cmocka_unit_test(hex_has_exactly_two_digits_per_byte),
	cmocka_unit_test(an_address_is_decoded_and_encoded),
	cmocka_unit_test(texts_are_split_trimmed_and_found),
	cmocka_unit_test(a_buffer_grows_without_losing_anything),
	cmocka_unit_test(whole_numbers_are_written_to_both_ends),
	cmocka_unit_test(json_texts_are_safe_in_scripts_and_event_streams),
	cmocka_unit_test(html_is_escaped_for_texts_and_attributes),
	cmocka_unit_test(deferred_calls_run_the_newest_first_and_only_past_the_mark),
	cmocka_unit_test(memory_is_zeroed_and_aligned_even_when_it_was_used_before),
};
UNIT_GROUP(core_text, tests, make_arena, drop_arena)
