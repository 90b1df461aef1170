/* Finding courses by words: against a naive look into every text, with random texts and questions. */
#include "fixtures.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "category/category.h"
#include "core/json.h"
#include "data/db.h"
#include "instructor/instructor.h"

SQL(select_text, "SELECT title AS text FROM course WHERE id = ?");
SQL(rename_instructor, "UPDATE instructor SET name = ? WHERE id = ?");
SQL(older_text, "UPDATE course_text SET text = ? WHERE course_id = ?");
SQL(forget_pair, "DELETE FROM course_gram WHERE gram = ?");
SQL(rename_category, "UPDATE category SET name = ? WHERE id = ?");

static int64_t titled(struct ctx *c, const char *title)
{
	return a_course(c, .title = title);
}

static bool finds_with(struct ctx *c, struct course_filter f, int64_t id)
{
	list l;

	f.limit = 100;
	l = course_list(c, &f);
	for (size_t i = 0; i < l.n; i++)
		if (((struct course *)l.p)[i].id == id)
			return true;
	return false;
}

static bool finds(struct ctx *c, const char *q, int64_t id)
{
	return finds_with(c, (struct course_filter){ .q = some_str(str_of(q)) }, id);
}

RULE(a_word_is_found_inside_longer_ones)
{
	int64_t id = titled(c, "손으로 빚는 생활도자기");

	assert_true(finds(c, "도자기", id) && finds(c, "자기", id) && finds(c, "활도", id) && finds(c, "손으로 빚는 생활도자기", id));
	assert_false(finds(c, "자도", id) || finds(c, "기손", id) || finds(c, "도자기기", id));
}

RULE(all_words_must_be_in_it_in_any_order)
{
	int64_t id = titled(c, "주말 수채화 교실");

	assert_true(finds(c, "수채화 주말", id) && finds(c, "교실  주말\t수채", id));
	assert_false(finds(c, "수채화 평일", id));
}

/* All of them are in it, so each is verified: as many as the console's search takes, in one statement. */
RULE(a_question_of_very_many_words_has_an_answer)
{
	struct course_input in = a_course_input(c);
	struct buf b = buf_in(c->arena);
	struct course k;

	for (int i = 0; i < 50; i++)
		buf_fmt(&b, "%c%cz ", 'a' + i % 26, 'a' + i / 26);
	for (int i = 0; i < 100; i++)
		buf_fmt(&b, "%c ", 'a' + i % 26);
	in.description = buf_text(&b);
	assert_ptr_equal(course_create(c, &in, &k), OK);
	assert_true(finds_with(c, (struct course_filter){ .q = some_str(in.description), .drafts = true }, k.id));
}

RULE(one_letter_is_a_word_too)
{
	int64_t id = titled(c, "봄 요가 Q반");

	assert_true(finds(c, "봄", id) && finds(c, "가", id) && finds(c, "q", id) && finds(c, "반 봄", id));
	assert_false(finds(c, "겨", id));
}

/* A Mac sends jamo; people type full-width letters, capitals, and too many spaces. */
RULE(spellings_of_the_same_are_the_same)
{
	int64_t id = titled(c, "도자기 Vlog 기초"), jamo = titled(c, "\u1103\u1169\u110c\u1161\u1100\u1175 \u1112\u1161\u11ab\u1100\u1173\u11af");

	assert_true(finds(c, "\u1103\u1169\u110c\u1161\u1100\u1175", id));
	assert_true(finds(c, "도자기", jamo) && finds(c, "한글", jamo));
	assert_true(finds(c, "vLOG", id) && finds(c, "ＶＬＯＧ", id) && finds(c, "　도자기　기초 ", id));
	assert_true(finds(c, "도\u200b자기", id));
}

/* People put words in quotes, and write stars, plus and minus as elsewhere. */
RULE(signs_are_as_spaces)
{
	int64_t id = titled(c, "엑셀로 살림(초급)·정리_반"), quoted = titled(c, "「봄」 수채화, '첫걸음'!");

	assert_true(finds(c, "\"살림\"", id) && finds(c, "살림*", id) && finds(c, "+살림 -정리", id) && finds(c, "초급/정리", id));
	assert_true(finds(c, "\u201c수채화\u201d", quoted) && finds(c, "봄·수채화", quoted) && finds(c, "(첫걸음)", quoted) && finds(c, "「봄」", quoted));
	assert_false(finds(c, "+살림 없는말", id) || finds(c, "초급\\살림없음", id));
	for (size_t i = 0; i < 6; i++) {
		static const char *const only[] = { "%", "\"\"", "***", "\\", "- _", "\u200b" };

		assert_false(finds(c, only[i], id) || finds(c, only[i], quoted));        /* nothing to look for finds nothing, not all */
	}
}

RULE(a_sign_that_makes_the_word_another_one_stays)
{
	int64_t percent = titled(c, "할인 50% 반"), number = titled(c, "할인 500 반"), plus = titled(c, "C++로 놀기"), plain = titled(c, "C 놀기"),
		one = titled(c, "1:1 영어"), history = titled(c, "3.1운동의 길 1 3");

	assert_true(finds(c, "50%", percent) && !finds(c, "50%", number));
	assert_true(finds(c, "C++", plus) && !finds(c, "C++", plain) && finds(c, "c", plus));
	assert_true(finds(c, "1:1", one) && !finds(c, "1:1", history) && finds(c, "3.1운동", history) && !finds(c, "3.1", one));
}

RULE(spaces_may_be_left_out_of_a_title)
{
	int64_t id = titled(c, "엑셀로 살림 정리"), sign = titled(c, "K-POP 댄스 교실"), inside = titled(c, "작은 살아 이런 사람");

	assert_true(finds(c, "엑셀로살림", id) && finds(c, "엑셀로살림정리", id) && finds(c, "살림정", id) && finds(c, "엑셀로살림 정리", id));
	assert_true(finds(c, "kpop댄스", sign) && finds(c, "댄스교", sign));
	assert_false(finds(c, "셀로살림", id));                       /* it begins where a word does */
	assert_false(finds(c, "아이런", inside) || finds(c, "이사", inside));   /* two letters meet by chance */
	assert_false(finds(c, "정리한선생", id));                     /* the name of the instructor is something else */
}

/* An index from before titles stood by themselves. */
RULE(what_was_indexed_in_another_way_is_indexed_anew)
{
	int64_t id = titled(c, "엑셀로 살림(정리)");

	db_run(c, &older_text, arg(S("엑셀로 살림(정리) 한선생 미술 물과 색")), arg(id));
	db_run(c, &forget_pair, arg(S("로살")));
	assert_false(finds(c, "엑셀로살림", id));
	assert_true(course_text_missing(c) > 0);
	assert_true(finds(c, "엑셀로살림", id) && finds(c, "살림정리", id));
	assert_int_equal(course_text_missing(c), 0);
}

RULE(instructor_category_and_description_are_looked_into)
{
	struct course_input in = a_course_input(c, .title = "무제");
	struct course made;

	in.description = S("물레를 돌리는 시간");
	assert_ptr_equal(course_create(c, &in, &made), OK);
	for (int i = 0; i < 3; i++) {
		struct course_filter f = { .q = some_str(i == 0 ? S("한선생") : i == 1 ? S("미술") : S("물레를")), .drafts = true };

		assert_true(finds_with(c, f, made.id));
		f.drafts = false;
		assert_false(finds_with(c, f, made.id));         /* a draft is not for the public */
	}
}

RULE(what_changes_is_found_by_its_new_words_only)
{
	int64_t id = titled(c, "가야금 산조");
	struct course_patch p = { .id = id, .given = 1u << 1, .in = { .title = S("거문고 산조") } };
	struct course now;

	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_true(finds(c, "거문고", id) && finds(c, "산조", id));
	assert_false(finds(c, "가야금", id));
}

static const struct listener *listener_of(const char *type)
{
	for (const struct listener *l = course_listeners; l->type; l++)
		if (strcmp(l->type, type) == 0)
			return l;
	return NULL;
}

RULE(new_names_of_people_and_categories_come_along)
{
	int64_t id = titled(c, "합창");
	struct course k;
	struct event e = { .stream = S("t") };

	course_find(c, id, true, &k);
	db_run(c, &rename_instructor, arg(S("남궁슬기")), arg(k.instructor.id));
	db_run(c, &rename_category, arg(S("노래마당")), arg(k.category.id));
	assert_false(finds(c, "남궁슬기", id));
	e.payload = str_fmt(c->arena, "{\"instructor_id\":%lld}", (long long)k.instructor.id);
	assert_ptr_equal(listener_of("instructor.changed")->act(c, &e), OK);
	assert_true(finds(c, "남궁슬기", id));
	e.payload = str_fmt(c->arena, "{\"category_id\":%lld}", (long long)k.category.id);
	assert_ptr_equal(listener_of("category.changed")->act(c, &e), OK);
	assert_true(finds(c, "노래마당", id));
	assert_false(finds(c, "한선생", id) || finds(c, "미술", id));
}

RULE(filters_and_words_hold_together)
{
	int64_t open = titled(c, "서예 첫걸음"), closed = a_course(c, .title = "서예 둘째", .status = COURSE_CLOSED);
	struct course k;
	struct course_filter f = { .q = some_str(S("서예")) };

	course_find(c, open, true, &k);
	assert_true(finds_with(c, f, open) && finds_with(c, f, closed));
	f.has_status = true;
	f.status = COURSE_CLOSED;
	assert_true(finds_with(c, f, closed) && !finds_with(c, f, open));
	f.has_status = false;
	f.category_id = some_int(k.category.id);
	assert_true(finds_with(c, f, open) && !finds_with(c, f, closed));
	f.category_id = (opt_int){ 0 };
	f.instructor_id = some_int(k.instructor.id);
	assert_true(finds_with(c, f, open) && !finds_with(c, f, closed));
	f.term_id = some_int(1);
	assert_false(finds_with(c, f, open));
}

/* -- against a naive look -- */

enum { TEXTS = 140, QUESTIONS = 250 };

static unsigned seed;

static int64_t any(int64_t n)
{
	return rand_r(&seed) % n;
}

/* Few syllables, so that pairs meet by chance. */
static str random_words(struct ctx *c, int64_t words, int64_t letters)
{
	static const char *const syllables[] = { "가", "나", "도", "자", "기", "요", "수", "채", "화", "a", "B", "7", "8" };
	struct buf b = buf_in(c->arena);

	for (int64_t i = 0; i < words; i++) {
		if (i)
			buf_char(&b, ' ');
		for (int64_t j = 1 + any(letters); j > 0; j--)
			buf_str(&b, str_of(syllables[any(13)]));
	}
	return buf_text(&b);
}

struct text_row {
	str text;
};
static const struct shape text_row_shape = SHAPE("TextRow", struct text_row, F(text));

/* At the beginning of the text, whose spaces don't count. */
static bool begins_loosely(str text, str word)
{
	size_t i = 0;

	for (size_t j = 0; j < word.n; i++) {
		if (i == text.n || (text.p[i] != ' ' && text.p[i] != word.p[j]))
			return false;
		j += text.p[i] != ' ';
	}
	return true;
}

static bool has_loosely(str title, str word)
{
	for (size_t i = 0; i < title.n; i++)
		if ((i == 0 || title.p[i - 1] == ' ') && begins_loosely(str_after(title, i), word))
			return true;
	return false;
}

static bool naive(struct ctx *c, int64_t id, str question)
{
	struct text_row t = { { NULL, 0 } };
	str text, title, word, rest = str_lower(c->arena, question);

	db_one(c, &select_text, &text_row_shape, &t, arg(id));
	title = str_lower(c->arena, t.text);
	text = str_fmt(c->arena, "%.*s 한선생 미술 물과 색", STR(title));
	while (rest.n) {
		str_split(rest, ' ', &word, &rest);
		if (!str_find(text, word, NULL) && (str_chars(word) < 3 || !has_loosely(title, word)))
			return false;
	}
	return true;
}

/* Other tests' courses may hold the words too. */
static bool is_among(int64_t id, const int64_t *ids)
{
	for (size_t i = 0; i < TEXTS; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Pages of three, forwards to the end and back to the beginning: the same courses as the naive look finds, in order. */
static void compare(struct ctx *c, const int64_t *ids, str question, int sort, int64_t look_most)
{
	struct keyset stopped = { 0 };
	struct course_filter f = { .q = some_str(question), .sort = sort, .limit = 3, .look_most = look_most, .stopped = &stopped };
	int64_t wanted[TEXTS + 8], seen[TEXTS + 8];
	size_t n = 0, n_seen = 0;

	for (size_t i = 0; i < TEXTS; i++)
		if (naive(c, ids[sort == COURSE_OPENING ? i : TEXTS - 1 - i], question))
			wanted[n++] = ids[sort == COURSE_OPENING ? i : TEXTS - 1 - i];
	for (;;) {
		list l = course_list(c, &f);
		const struct course *k = l.p;

		for (size_t i = 0; i < l.n && i < 3; i++)
			if (is_among(k[i].id, ids))
				seen[n_seen++] = k[i].id;
		if (l.n <= 3 && !stopped.set)
			break;
		f.from = l.n <= 3 ? stopped : (struct keyset){ true, false, { sort == COURSE_OPENING ? k[2].enrol_opens_at.us : k[2].id, k[2].id } };
	}
	assert_int_equal(n_seen, n);
	assert_memory_equal(seen, wanted, n * sizeof(*seen));
	f.from = (struct keyset){ true, true, { sort == COURSE_OPENING ? c->now.us + 3650 * DAY : 0, INT64_MAX } };        /* behind the last one */
	for (n_seen = n; n_seen > 0;) {
		list l = course_list(c, &f);
		const struct course *k = l.p;

		for (size_t i = 0; i < l.n && i < 3; i++)
			if (is_among(k[i].id, ids))
				assert_int_equal(k[i].id, wanted[--n_seen]);
		if (l.n <= 3 && !stopped.set)
			break;
		f.from = l.n <= 3 ? stopped : (struct keyset){ true, true, { sort == COURSE_OPENING ? k[2].enrol_opens_at.us : k[2].id, k[2].id } };
	}
	assert_int_equal(n_seen, 0);
}

RULE(the_index_finds_what_a_look_into_every_text_finds)
{
	int64_t ids[TEXTS];

	seed = (unsigned)time(NULL);
	print_message("seed %u\n", seed);
	for (int i = 0; i < TEXTS; i++)
		ids[i] = a_course(c, .title = str_z(c->arena, random_words(c, 1 + any(3), 6)), .opens_in = -3600 + i);
	for (int i = 0; i < QUESTIONS; i++) {
		struct arena_mark m = arena_mark(c->arena);

		compare(c, ids, random_words(c, 1 + any(3), 3), i % 2 ? COURSE_OPENING : COURSE_NEWEST, i % 3 ? 0 : 1 + any(9));
		arena_rewind(c->arena, m);
	}
}

RULE(a_question_whose_pairs_meet_nowhere_does_not_read_every_text)
{
	struct keyset stopped = { 0 };
	struct course_filter f = { .q = some_str(S("훈민정")), .limit = 3, .look_most = 20, .stopped = &stopped };
	int64_t oldest = titled(c, "훈민정음"), calls = 1;
	list l;

	for (int i = 0; i < 59; i++)
		titled(c, "훈민 민정");
	for (l = course_list(c, &f); l.n == 0 && stopped.set && calls < 10; calls++) {
		f.from = stopped;
		l = course_list(c, &f);
	}
	assert_int_equal(calls, 3);                  /* twenty texts each time */
	assert_int_equal(l.n, 1);
	assert_int_equal(((struct course *)l.p)[0].id, oldest);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_word_is_found_inside_longer_ones),
	cmocka_unit_test(all_words_must_be_in_it_in_any_order),
	cmocka_unit_test(a_question_of_very_many_words_has_an_answer),
	cmocka_unit_test(one_letter_is_a_word_too),
	cmocka_unit_test(spellings_of_the_same_are_the_same),
	cmocka_unit_test(signs_are_as_spaces),
	cmocka_unit_test(a_sign_that_makes_the_word_another_one_stays),
	cmocka_unit_test(spaces_may_be_left_out_of_a_title),
	cmocka_unit_test(what_was_indexed_in_another_way_is_indexed_anew),
	cmocka_unit_test(instructor_category_and_description_are_looked_into),
	cmocka_unit_test(what_changes_is_found_by_its_new_words_only),
	cmocka_unit_test(new_names_of_people_and_categories_come_along),
	cmocka_unit_test(filters_and_words_hold_together),
	cmocka_unit_test(a_question_whose_pairs_meet_nowhere_does_not_read_every_text),
	cmocka_unit_test(the_index_finds_what_a_look_into_every_text_finds),
};
UNIT_GROUP(course_search, tests, NULL, NULL)
