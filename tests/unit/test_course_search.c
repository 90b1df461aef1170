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

RULE(signs_of_patterns_are_letters)
{
	int64_t percent = titled(c, "할인 50% 반"), under = titled(c, "가_나 다"), plain = titled(c, "할인 500 반");

	assert_true(finds(c, "50%", percent) && finds(c, "%", percent) && finds(c, "가_나", under));
	assert_false(finds(c, "50%", plain) || finds(c, "할_인", plain) || finds(c, "%", plain));
	assert_false(finds(c, "\\", plain) || finds(c, "'", plain));
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
	static const char *const syllables[] = { "가", "나", "도", "자", "기", "요", "수", "채", "화", "a", "B", "7", "%" };
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

static bool naive(struct ctx *c, int64_t id, str question)
{
	struct text_row t = { { NULL, 0 } };
	str text, word, rest = str_lower(c->arena, question);

	db_one(c, &select_text, &text_row_shape, &t, arg(id));
	text = str_fmt(c->arena, "%.*s 한선생 미술 물과 색", STR(str_lower(c->arena, t.text)));
	while (rest.n) {
		str_split(rest, ' ', &word, &rest);
		if (!str_find(text, word, NULL))
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
	cmocka_unit_test(one_letter_is_a_word_too),
	cmocka_unit_test(spellings_of_the_same_are_the_same),
	cmocka_unit_test(signs_of_patterns_are_letters),
	cmocka_unit_test(instructor_category_and_description_are_looked_into),
	cmocka_unit_test(what_changes_is_found_by_its_new_words_only),
	cmocka_unit_test(new_names_of_people_and_categories_come_along),
	cmocka_unit_test(filters_and_words_hold_together),
	cmocka_unit_test(a_question_whose_pairs_meet_nowhere_does_not_read_every_text),
	cmocka_unit_test(the_index_finds_what_a_look_into_every_text_finds),
};
UNIT_GROUP(course_search, tests, NULL, NULL)
