/* test_form.c -- forms and queries into structs. */
#include "unit.h"

#include <stdbool.h>
#include <string.h>

#include "core/arena.h"
#include "core/ctx.h"
#include "web/form.h"

struct slot { when starts_at; str room; bool online; };
struct place { str city; opt_str street; };
struct lesson {
	int64_t id;
	str title;
	opt_str note;
	money price;
	int level;
	bool evening;
	opt_when opens_at;
	struct place place;
	list slots;
	list ids;
	int64_t limit;
};

static const char *const levels[] = { "easy", "hard", NULL };

static const struct shape slot_shape = SHAPE("Slot", struct slot, F(starts_at), F(room, .min = 1, .max = 20), F(online));
static const struct shape place_shape = SHAPE("Place", struct place, F(city, .min = 1), F(street));
static const struct shape lesson_shape = SHAPE("Lesson", struct lesson,
	F(id,       .read_only = true),
	F(title,    .min = 1, .max = 10),
	F(note,     .multiline = true),
	F(price,    .max = 1000000),
	F(level,    .words = levels),
	F(evening),
	F(opens_at),
	F(place,    .of = &place_shape, .optional = true),
	F(slots,    .of = &slot_shape, .optional = true, .max = 3),
	F(ids,      .of = &int_item_shape, .optional = true),
	F(limit,    .optional = true, .dflt = 20, .min = 1, .max = 100));

#define GOOD "title=%EB%AC%BC+%26+%EB%B6%88&price=128000&level=hard"

static struct ctx *context(void)
{
	static struct ctx c;

	if (!c.arena)
		c.arena = arena_new();
	arena_reset(c.arena);
	c.errors = NULL;
	return &c;
}

static outcome read_form(struct ctx *c, struct lesson *l, uint64_t *given, const char *form)
{
	memset(l, 0, sizeof(*l));
	*given = 0;
	return form_read(c, &lesson_shape, l, given, str_of(form));
}

/* What was found wrong, the first one first: "field:code field:code". */
static const char *wrongs(struct ctx *c)
{
	str all = { NULL, 0 };

	for (const struct field_error *e = c->errors; e; e = e->next)
		all = str_fmt(c->arena, "%.*s:%s%s%.*s", STR(e->field), e->code, all.n ? " " : "", STR(all));
	return str_z(c->arena, all);
}

static void expect_wrong(const char *form, const char *wanted)
{
	struct ctx *c = context();
	struct lesson l;
	uint64_t given;

	assert_ptr_equal(read_form(c, &l, &given, form), &invalid);
	assert_string_equal(wrongs(c), wanted);
}

static void a_form_becomes_a_struct(void **state)
{
	struct ctx *c = context();
	struct lesson l;
	uint64_t given;

	(void)state;
	assert_ptr_equal(read_form(c, &l, &given, GOOD "&note=a%0D%0Ab&evening=false&evening=on&opens_at=2026-11-20T14:05"
		"&place.city=Seoul&csrf=x&_tab=2"), OK);
	assert_true(str_eq(l.title, S("물 & 불")));
	assert_true(str_eq(l.note.v, S("a\nb")));
	assert_int_equal(l.price.won, 128000);
	assert_int_equal(l.level, 1);
	assert_true(l.evening);
	assert_true(str_eq(when_text(c->arena, l.opens_at.v), S("2026-11-20T05:05:00Z")));
	assert_true(str_eq(l.place.city, S("Seoul")));
	assert_false(l.place.street.set);
	assert_int_equal(l.limit, 20);
	assert_int_equal(given, 0xFE);     /* title to place */
}

static void an_empty_value_of_an_optional_member_is_null(void **state)
{
	struct ctx *c = context();
	struct lesson l;
	uint64_t given;

	(void)state;
	assert_ptr_equal(read_form(c, &l, &given, GOOD "&note=&opens_at=+"), OK);
	assert_false(l.note.set);
	assert_false(l.opens_at.set);
	assert_true(given >> 2 & 1);
}

static void rows_that_were_left_empty_do_not_count(void **state)
{
	struct ctx *c = context();
	struct lesson l;
	struct slot *s;
	uint64_t given;

	(void)state;
	assert_ptr_equal(read_form(c, &l, &given, GOOD "&slots[4].room=B&slots[4].starts_at=2026-11-21T10:00"
		"&slots[1].starts_at=2026-11-20T10:00&slots[1].room=A&slots[1].online=on&slots[2].room=&slots[2].starts_at="), OK);
	s = l.slots.p;
	assert_int_equal(l.slots.n, 2);
	assert_true(str_eq(s[0].room, S("A")) && s[0].online);
	assert_true(str_eq(s[1].room, S("B")) && !s[1].online);
}

static void wrong_rows_are_named_as_they_were_sent(void **state)
{
	(void)state;
	expect_wrong(GOOD "&slots[5].room=B&slots[5].starts_at=never&slots[2].starts_at=2026-11-20T10:00",
		     "slots[2].room:required slots[5].starts_at:type");
	expect_wrong(GOOD "&slots[0].room=A&slots[0].starts_at=2026-11-20T10:00&slots[0].floor=2", "slots[0].floor:unknown");
}

static void ticked_boxes_become_a_list(void **state)
{
	struct ctx *c = context();
	struct lesson l;
	struct int_item *n;
	uint64_t given;

	(void)state;
	assert_ptr_equal(read_form(c, &l, &given, GOOD "&ids=7&ids=9&ids="), OK);
	n = l.ids.p;
	assert_int_equal(l.ids.n, 2);
	assert_int_equal(n[0].value, 7);
	assert_int_equal(n[1].value, 9);
	expect_wrong(GOOD "&ids=7&ids=x", "ids[1]:type");
}

static void all_that_is_wrong_is_noted(void **state)
{
	(void)state;
	expect_wrong("title=&level=odd", "title:required price:required level:word");
	expect_wrong(GOOD "&title=x", "title:duplicate");
	expect_wrong(GOOD "&id=7", "id:unknown");
	expect_wrong(GOOD "&colour=red", "colour:unknown");
	expect_wrong("title=%FF&price=1&level=easy", "title:utf8");
	expect_wrong("title=12345678901&price=-1&level=easy", "title:too_long price:too_small");
	expect_wrong(GOOD "&place.street=a", "place.city:required");
	expect_wrong(GOOD "&limit=500", "limit:too_large");
}

static void a_form_has_at_most_500_pairs(void **state)
{
	struct ctx *c = context();
	struct buf b = buf_in(c->arena);
	struct lesson l = { 0 };
	uint64_t given = 0;

	(void)state;
	buf_lit(&b, GOOD);
	for (int i = 0; i < 600; i++)
		buf_lit(&b, "&_x=1");
	assert_ptr_equal(form_read(c, &lesson_shape, &l, &given, buf_text(&b)), &invalid);
	assert_string_equal(wrongs(c), ":too_many");
}

struct search { int64_t course_id; opt_str q; int64_t limit; list data; };
static const struct shape search_shape = SHAPE("Search", struct search, F(course_id), F(q, .max = 5), F(limit, .optional = true,
	.dflt = 20, .min = 1, .max = 100), F(data, .of = &slot_shape, .read_only = true));

static void a_query_fills_what_the_path_did_not(void **state)
{
	struct ctx *c = context();
	struct search s = { .course_id = 7 };

	(void)state;
	assert_ptr_equal(form_read_query(c, &search_shape, &s, 1, S("q=%EB%AC%BC&limit=50")), OK);
	assert_int_equal(s.course_id, 7);
	assert_int_equal(s.limit, 50);
	assert_true(str_eq(s.q.v, S("물")));
	assert_ptr_equal(form_read_query(c, &search_shape, &s, 1, S("course_id=8&q=1&q=2&limit=0&_a=1&data=x")), &invalid);
	assert_string_equal(wrongs(c), "q:duplicate limit:too_small course_id:unknown _a:unknown data:unknown");
}

static void one_value_can_be_asked_for(void **state)
{
	struct ctx *c = context();
	str v;

	(void)state;
	assert_true(form_value(c, S("a=1&b=x%20y&b=z"), S("b"), &v));
	assert_true(str_eq(v, S("x y")));
	assert_false(form_value(c, S("a=1"), S("c"), &v));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_form_becomes_a_struct),
	cmocka_unit_test(an_empty_value_of_an_optional_member_is_null),
	cmocka_unit_test(rows_that_were_left_empty_do_not_count),
	cmocka_unit_test(wrong_rows_are_named_as_they_were_sent),
	cmocka_unit_test(ticked_boxes_become_a_list),
	cmocka_unit_test(all_that_is_wrong_is_noted),
	cmocka_unit_test(a_form_has_at_most_500_pairs),
	cmocka_unit_test(a_query_fills_what_the_path_did_not),
	cmocka_unit_test(one_value_can_be_asked_for),
};

UNIT_GROUP(form, tests, NULL, NULL)
