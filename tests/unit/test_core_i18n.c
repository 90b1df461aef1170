/* Words in two languages: core/i18n.h, and the catalogues of templates/words. */
#include "assert_str.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/i18n.h"

static struct ctx *c;
static char folder[64];

static void put_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/words/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void put_folder(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int make_words(void **state)
{
	(void)state;
	c = ctx_new(NULL);
	strcpy(folder, "/tmp/madang-unit-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	put_folder("words");
	put_folder("words/ko");
	put_folder("words/en");
	put_file("ko/a.json", "{\"hello\":\"{0|이/가} {name} 님에게\",\"only_ko\":\"한\",\"plain\":\"글\",\"to\":\"{0|으로/로}\","
			      "\"mark\":\"‘{0}’{|을/를}\",\"odd\":\"{ {9} {x} {} {|} }\","
			      "\"Masked.\":\"일부를 가린 값입니다.\",\"events?ticket=… is one\":\"표\"}");
	put_file("en/a.json", "{\"hello\":\"{0} to {name}\",\"plain\":\"text\",\"to\":\"{0}\",\"mark\":\"{0}\"}");
	put_file("en/b.json", "{\"odd\":\"x\",\"only_en\":\"y\"}");
	return i18n_load(folder) ? 0 : -1;
}

static int drop_words(void **state)
{
	static const char *const paths[] = { "words/ko/a.json", "words/en/a.json", "words/en/b.json", "words/en/c.json", "words/ko", "words/en",
					     "words", "" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, paths[i]);
		remove(path);
	}
	ctx_free(c);
	return 0;
}

static str filled(const char *key, const char *value)
{
	c->locale = LOCALE_KO;
	return words(c, key, { NULL, str_of(value) }, { "name", S("지우") });
}

static void places_are_filled_by_number_and_by_name(void **state)
{
	(void)state;
	assert_str(filled("hello", "강좌"), "강좌가 지우 님에게");
	c->locale = LOCALE_EN;
	assert_str(words(c, "hello", { NULL, S("a") }, { "name", S("b") }), "a to b");
	assert_str(words(c, "plain"), "text");
	assert_str(i18n_raw(LOCALE_KO, S("plain")), "글");
}

static void a_missing_key_shows_itself_and_an_unknown_place_stays(void **state)
{
	(void)state;
	assert_str(filled("no.such.key", "x"), "no.such.key");
	assert_str(filled("odd", "x"), "{ {9} {x} {} {|} }");
	assert_false(i18n_has(LOCALE_EN, S("only_ko")));
	assert_true(i18n_has(LOCALE_KO, S("only_ko")));
	assert_false(i18n_has(LOCALE_KO, S("")));
}

static void a_value_with_braces_is_not_filled_again(void **state)
{
	(void)state;
	assert_str(filled("hello", "{name}"), "{name}가 지우 님에게");
}

static void particles_follow_the_last_sound(void **state)
{
	static const struct { const char *value, *with; } cases[] = {
		{ "강좌", "강좌가" }, { "수업", "수업이" }, { "교실", "교실이" }, { "1", "1이" }, { "2", "2가" }, { "10", "10이" },
		{ "128,000원", "128,000원이" }, { "URL", "URL이" }, { "API", "API가" }, { "SMS", "SMS가" }, { "PR", "PR이" },
		{ "Python", "Python이" }, { "Docker", "Docker가" }, { "\"도예\"", "\"도예\"가" }, { "「흙」", "「흙」이" },
		{ "도예(초급)", "도예(초급)이" }, { "", "가" }, { "!", "!가" }, { "힣", "힣이" }, { "가", "가가" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(filled("hello", cases[i].value), str_z(c->arena, str_join(c->arena, str_of(cases[i].with), S(" 지우 님에게"))));
}

static void to_a_word_on_rieul_it_is_ro(void **state)
{
	(void)state;
	assert_str(filled("to", "교실"), "교실로");
	assert_str(filled("to", "강당"), "강당으로");
	assert_str(filled("to", "학교"), "학교로");
	assert_str(filled("to", "3"), "3으로");
	assert_str(filled("to", "7"), "7로");
	assert_str(filled("to", "Seoul"), "Seoul로");
}

static void a_particle_may_stand_behind_marks(void **state)
{
	(void)state;
	assert_str(filled("mark", "수업"), "‘수업’을");
	assert_str(filled("mark", "강좌"), "‘강좌’를");
}

static char lacking[256];

static void note(const char *key, enum locale lacks)
{
	snprintf(lacking + strlen(lacking), sizeof(lacking) - strlen(lacking), "%s lacks %s\n", i18n_name(lacks), key);
}

static void the_catalogues_are_compared(void **state)
{
	(void)state;
	lacking[0] = '\0';
	assert_int_equal(i18n_differences(note), 2);
	assert_string_equal(lacking, "en lacks only_ko\nko lacks only_en\n");
}

static void gather(void *with, str key)
{
	*(size_t *)with += i18n_is_english(key);
}

static void a_sentence_is_its_own_english(void **state)
{
	size_t sentences = 0;

	(void)state;
	assert_str(i18n_raw(LOCALE_KO, S("Masked.")), "일부를 가린 값입니다.");
	assert_str(i18n_raw(LOCALE_EN, S("Masked.")), "Masked.");
	assert_false(i18n_is_english(S("problem.invalid")));
	i18n_each(LOCALE_KO, gather, &sentences);
	assert_int_equal(sentences, 2);
	i18n_each(LOCALE_EN, gather, &sentences);
	assert_int_equal(sentences, 2);
}

/* Quietly: what is wrong is told on stderr. */
static bool load_quietly(void)
{
	int keep = dup(STDERR_FILENO);
	FILE *nowhere = fopen("/dev/null", "w");
	bool good;

	dup2(fileno(nowhere), STDERR_FILENO);
	good = i18n_load(folder);
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
	fclose(nowhere);
	return good;
}

static void a_broken_catalogue_does_not_load(void **state)
{
	static const char *const broken[] = { "", "[]", "{\"a\":1}", "{\"a\":\"1\",\"a\":\"2\"}", "{\"plain\":\"again\"}", "{\"a\":\"b\"", "12" };

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		put_file("en/c.json", broken[i]);
		if (load_quietly())
			fail_msg("%s was loaded", broken[i]);
	}
	put_file("en/c.json", "{}");
	assert_true(load_quietly());
}

static void the_reader_gets_english_only_if_it_is_preferred(void **state)
{
	static const struct { const char *header; enum locale wanted; } cases[] = {
		{ "", LOCALE_KO }, { "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", LOCALE_KO }, { "en-US,en;q=0.9,ko;q=0.8", LOCALE_EN },
		{ "en", LOCALE_EN }, { "EN-gb", LOCALE_EN }, { "fr, de;q=0.9", LOCALE_KO }, { "*", LOCALE_KO }, { "en;q=0", LOCALE_KO },
		{ "en;q=0.5, ko;q=0.6", LOCALE_KO }, { "ko;q=0.5,en;q=0.51", LOCALE_EN }, { "english", LOCALE_KO },
		{ "fr;q=1, en;q=0.001", LOCALE_EN }, { " en ; q=0.3 , ko ; q=0.2 ", LOCALE_EN }, { ",,;;=,", LOCALE_KO },
		{ "ko, en", LOCALE_KO }, { "en, ko", LOCALE_EN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (i18n_locale(str_of(cases[i].header)) != cases[i].wanted)
			fail_msg("\"%s\" gives %s", cases[i].header, i18n_name(i18n_locale(str_of(cases[i].header))));
}

static void numbers_money_and_moments_look_as_people_write_them(void **state)
{
	when t;

	(void)state;
	assert_str(i18n_number(c->arena, 0), "0");
	assert_str(i18n_number(c->arena, 999), "999");
	assert_str(i18n_number(c->arena, -1234567), "-1,234,567");
	assert_str(i18n_number(c->arena, INT64_MIN), "-9,223,372,036,854,775,808");
	assert_str(i18n_money(c->arena, LOCALE_KO, won(128000)), "128,000원");
	assert_str(i18n_money(c->arena, LOCALE_EN, won(128000)), "₩128,000");
	assert_str(i18n_money(c->arena, LOCALE_EN, won(-500)), "-₩500");
	assert_true(when_parse(S("2026-11-20T05:05:59Z"), &t));
	assert_str(i18n_when(c->arena, LOCALE_KO, t), "2026-11-20 (금) 14:05");
	assert_str(i18n_when(c->arena, LOCALE_EN, t), "2026-11-20 (Fri) 14:05");
	assert_str(i18n_day(c->arena, LOCALE_KO, when_day_in_seoul(t)), "2026-11-20 (금)");
}

static void complain(const char *key, enum locale lacks)
{
	print_error("%s lacks %s\n", i18n_name(lacks), key);
}

static void our_own_catalogues_have_the_same_keys(void **state)
{
	static const char templates_dir[] = "templates";     /* unit tests run at the top of the source tree */

	(void)state;
	assert_true(i18n_load(templates_dir));
	assert_true(i18n_has(LOCALE_KO, S("problem.invalid")));
	assert_int_equal(i18n_differences(complain), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(places_are_filled_by_number_and_by_name),
	cmocka_unit_test(a_missing_key_shows_itself_and_an_unknown_place_stays),
	cmocka_unit_test(a_value_with_braces_is_not_filled_again),
	cmocka_unit_test(particles_follow_the_last_sound),
	cmocka_unit_test(to_a_word_on_rieul_it_is_ro),
	cmocka_unit_test(a_particle_may_stand_behind_marks),
	cmocka_unit_test(the_catalogues_are_compared),
	cmocka_unit_test(a_sentence_is_its_own_english),
	cmocka_unit_test(a_broken_catalogue_does_not_load),
	cmocka_unit_test(the_reader_gets_english_only_if_it_is_preferred),
	cmocka_unit_test(numbers_money_and_moments_look_as_people_write_them),
	cmocka_unit_test(our_own_catalogues_have_the_same_keys),
};
UNIT_GROUP(core_i18n, tests, make_words, drop_words)
