/* Moments and days: core/value.h. */
#include "assert_str.h"

#include "core/value.h"

static str written(when t)
{
	static char text[32];

	return (str){ text, when_write(t, text) };
}

static void moments_are_read_with_any_offset(void **state)
{
	static const struct { const char *text, *in_utc; } cases[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
		{ "2026-11-20T14:05:06+09:00", "2026-11-20T05:05:06Z" },
		{ "2026-11-20T01:00:00+09:00", "2026-11-19T16:00:00Z" },
		{ "2026-11-20T22:30:00-03:30", "2026-11-21T02:00:00Z" },
		{ "2026-11-20t05:06:07z", "2026-11-20T05:06:07Z" },
		{ "2026-11-20 05:06:07Z", "2026-11-20T05:06:07Z" },
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z" },
		{ "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z" },
		{ "2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z" },
		{ "2026-11-20T05:06:07.5Z", "2026-11-20T05:06:07.500000Z" },
		{ "2026-11-20T05:06:07.123456789Z", "2026-11-20T05:06:07.123456Z" },
		{ "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z" },
	};
	when t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(when_parse(str_of(cases[i].text), &t));
		assert_str(written(t), cases[i].in_utc);
	}
}

static void what_is_no_moment_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "2026-11-20", "2026-11-20T05:06:07", "2026-11-20T05:06Z", "2026-11-20T24:00:00Z", "2026-11-20T05:60:00Z",
		"2026-11-20T05:06:61Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-04-00T00:00:00Z", "1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+09:00", "10000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "2026-11-20T05:06:07+9:00",
		"2026-11-20T05:06:07+0900", "2026-11-20T05:06:07+24:00", "2026-11-20T05:06:07+09:60", "2026-11-20T05:06:07.Z",
		"2026-11-20T05:06:07Zx", "2026-11-20T05:06:07 Z", "2026/11/20T05:06:07Z", "+026-11-20T05:06:07Z",
	};
	when t;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (when_parse(str_of(wrong[i]), &t))
			fail_msg("%s counts as a moment", wrong[i]);
}

static void every_day_from_1970_to_9999_comes_back_as_it_went(void **state)
{
	char text[10];
	day back;

	(void)state;
	for (int64_t i = 0; i <= 2932896; i += 13) {
		assert_int_equal(day_write((day){ i }, text), 10);
		assert_true(day_parse((str){ text, 10 }, &back));
		assert_int_equal(back.days, i);
	}
	assert_false(day_parse(S("2026-02-30"), &back));
	assert_false(day_parse(S("2026-2-03"), &back));
	assert_false(day_parse(S("2026-02-03 "), &back));
}

static void a_day_in_seoul_begins_at_fifteen_hours_utc(void **state)
{
	when t;
	struct clock_face f;
	char text[10];

	(void)state;
	assert_true(when_parse(S("2026-11-19T14:59:59.999999Z"), &t));
	day_write(when_day_in_seoul(t), text);
	assert_str(((str){ text, 10 }), "2026-11-19");
	day_write(when_day_in_seoul(when_plus(t, 1)), text);
	assert_str(((str){ text, 10 }), "2026-11-20");
	f = when_in_seoul(when_plus(t, 1));
	assert_true(f.hour == 0 && f.minute == 0 && f.second == 0);
	assert_int_equal(f.weekday, 5);
}

static void a_clock_face_becomes_the_moment_it_shows(void **state)
{
	when t;
	struct clock_face f = { 2026, 11, 20, 5, 6, 7, 0 };

	(void)state;
	assert_true(when_from_utc(f, 89, &t));
	assert_str(written(t), "2026-11-20T05:06:07.000089Z");
	f.day = 31;
	assert_false(when_from_utc(f, 0, &t));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(moments_are_read_with_any_offset),
	cmocka_unit_test(what_is_no_moment_is_refused),
	cmocka_unit_test(every_day_from_1970_to_9999_comes_back_as_it_went),
	cmocka_unit_test(a_day_in_seoul_begins_at_fifteen_hours_utc),
	cmocka_unit_test(a_clock_face_becomes_the_moment_it_shows),
};
UNIT_GROUP(core_value, tests, NULL, NULL)
