/* What goes and what comes between two texts. */
#include "assert_str.h"
#include "change_fixtures.h"

#include <stdlib.h>

#include "change/change_private.h"

static str joined(struct ctx *c, list parts, bool proposal)
{
	const struct diff_part *p = parts.p;
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < parts.n; i++)
		if (proposal ? !p[i].del : !p[i].ins)
			buf_str(&b, p[i].text);
	return buf_text(&b);
}

/* "물과 [-색-]{+빛+}" */
static str marked(struct ctx *c, list parts)
{
	const struct diff_part *p = parts.p;
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < parts.n; i++)
		buf_fmt(&b, p[i].ins ? "{+%.*s+}" : p[i].del ? "[-%.*s-]" : "%.*s", STR(p[i].text));
	return buf_text(&b);
}

RULE(words_that_differ_are_marked_and_the_rest_stays)
{
	assert_str(marked(c, change_diff_text(c, S("물과 색을 배웁니다."), S("물과 빛을 배웁니다."))), "물과 [-색을-]{+빛을+} 배웁니다.");
	assert_str(marked(c, change_diff_text(c, S("하나\n둘\n셋"), S("하나\n셋"))), "하나\n[-둘\n-]셋");
	assert_str(marked(c, change_diff_text(c, S(""), S("새 글"))), "{+새 글+}");
	assert_str(marked(c, change_diff_text(c, S("옛 글"), S(""))), "[-옛 글-]");
	assert_int_equal(change_diff_text(c, S(""), S("")).n, 0);
	assert_int_equal(change_diff_text(c, S("같은 글"), S("같은 글")).n, 1);
}

static str random_text(struct ctx *c, size_t words)
{
	static const char *const some[] = { "물", "색", "붓", " ", "\n", " ", "종이 ", "  ", "먹", "\n\n", "수채화", "\t" };
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < words; i++)
		buf_str(&b, str_of(some[rand() % 12]));
	return buf_text(&b);
}

RULE(the_parts_give_both_texts_whatever_they_are)
{
	srand(7);
	for (int i = 0; i < 600; i++) {
		str a = random_text(c, (size_t)(rand() % 60)), b = random_text(c, (size_t)(rand() % 60));

		assert_true(str_eq(joined(c, change_diff_text(c, a, b), false), a));
		assert_true(str_eq(joined(c, change_diff_text(c, a, b), true), b));
		assert_true(str_eq(joined(c, change_diff_lines(c, a, b), false), a));
		assert_true(str_eq(joined(c, change_diff_lines(c, a, b), true), b));
	}
}

/* The table of two texts of that many words would have a hundred million cells. */
RULE(large_texts_that_have_nothing_in_common_are_not_compared_for_ever)
{
	struct buf a = buf_in(c->arena), b = buf_in(c->arena), d = buf_in(c->arena);

	for (int i = 0; i < 10000; i++) {
		buf_fmt(&a, "%c ", 'a' + rand() % 26);
		buf_fmt(&b, "%c\n", 'A' + rand() % 26);
		buf_fmt(&d, "%c\n", 'A' + rand() % 26);
	}
	assert_true(str_eq(joined(c, change_diff_text(c, buf_text(&a), buf_text(&b)), true), buf_text(&b)));
	assert_true(str_eq(joined(c, change_diff_text(c, buf_text(&d), buf_text(&b)), true), buf_text(&b)));
	assert_true(str_eq(joined(c, change_diff_text(c, buf_text(&d), buf_text(&b)), false), buf_text(&d)));
}

RULE(a_long_text_that_differs_at_both_ends_is_compared_word_by_word)
{
	str middle = { NULL, 0 };
	struct buf b = buf_in(c->arena);

	for (int i = 0; i < 3000; i++)
		buf_fmt(&b, "%d ", i % 977);
	middle = buf_text(&b);
	assert_true(str_eq(marked(c, change_diff_text(c, str_fmt(c->arena, "옛 %.*s끝", STR(middle)), str_fmt(c->arena, "새 %.*s마지막", STR(middle)))),
			   str_fmt(c->arena, "[-옛-]{+새+} %.*s[-끝-]{+마지막+}", STR(middle))));
}

RULE(long_stretches_that_stay_are_folded_to_their_ends)
{
	str words = random_text(c, 400), a = str_join(c->arena, words, S(" 끝")), b = str_join(c->arena, words, S(" 마지막"));
	list parts = change_fold(c, change_diff_text(c, a, b));
	const struct diff_part *p = parts.p;

	assert_true(p[0].text.n < 200 && str_find(p[0].text, S("…"), NULL));
	assert_true(str_chars(p[0].text) > 0);
	parts = change_fold_lines(c, change_diff_lines(c, S("1\n2\n3\n4\n5\n6\n7\n8\n"), S("1\n2\n3\n4\n5\n6\n7\n9\n")));
	assert_str(marked(c, parts), "1…7[-8-]{+9+}");
	parts = change_fold_lines(c, change_diff_lines(c, S("1\n2\n3"), S("1\n2\n4")));
	assert_str(marked(c, parts), "12[-3-]{+4+}");
}

RULE(values_are_told_in_words)
{
	int64_t course = a_course(c), id;
	struct change r;
	struct diff_words *w;
	list l;

	move_course(c, course, "{\"sessions\":[{\"starts_at\":\"2031-01-01T01:00:00Z\",\"ends_at\":\"2031-01-01T03:00:00Z\",\"room\":\"101호\"}]}");
	id = a_change(c, course, CHANGE_EDIT, "{\"price\":128000,\"capacity\":12,\"sessions\":["
		"{\"starts_at\":\"2031-01-01T01:00:00Z\",\"ends_at\":\"2031-01-01T03:00:00Z\",\"room\":\"101호\"},"
		"{\"starts_at\":\"2031-01-08T01:00:00Z\",\"ends_at\":\"2031-01-08T03:00:00Z\",\"room\":\"102호\"}]}", CHANGE_SUBMITTED);
	r = change_now(c, id);
	l = change_diff_words(c, &r);
	assert_int_equal(l.n, 3);
	w = l.p;
	assert_str(w[0].label, "수강료");
	assert_str(w[0].proposed, "128,000원");
	assert_str(w[0].current, "100,000원");
	assert_true(w[0].current_is_base && !w[0].current_is_proposed && w[0].sensitive && !w[0].is_text);
	assert_str(marked(c, w[0].parts), "[-100,000원-]{+128,000원+}");
	assert_str(w[1].proposed, "12명");
	assert_str(marked(c, w[2].parts), "2031. 1. 1. (수) 10:00–12:00 · 101호{+2031. 1. 8. (수) 10:00–12:00 · 102호+}");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(words_that_differ_are_marked_and_the_rest_stays),
	cmocka_unit_test(the_parts_give_both_texts_whatever_they_are),
	cmocka_unit_test(large_texts_that_have_nothing_in_common_are_not_compared_for_ever),
	cmocka_unit_test(a_long_text_that_differs_at_both_ends_is_compared_word_by_word),
	cmocka_unit_test(long_stretches_that_stay_are_folded_to_their_ends),
	cmocka_unit_test(values_are_told_in_words),
};

#include "core/i18n.h"
static int with_words(void **state)
{
	(void)state;
	return i18n_load("templates") ? 0 : -1;
}
UNIT_GROUP(change_text, tests, with_words, NULL)
