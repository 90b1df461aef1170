/* test_page.c -- shapes, forms and the frame in templates, and the check at start. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/i18n.h"
#include "web/page.h"
#include "web/view.h"

/* ---- a page of a shop for lessons ---- */

struct slot { when starts_at; str room; };
static const struct shape slot_shape = SHAPE("Slot", struct slot, F(starts_at), F(room, .min = 1, .max = 20));

static const char *const statuses[] = { "draft", "open", NULL };
static const char *const levels[] = { "easy", "hard", NULL };

struct lesson_in {
	int64_t id;
	str title;
	money price;
	int level;
	bool evening;
	opt_when opens_at;
	str secret;
	int64_t teacher_id;
	list slots;
};
static const struct shape lesson_in_shape = SHAPE("LessonIn", struct lesson_in,
	F(id), F(title, .min = 1, .max = 50), F(price, .min = 100, .max = 1000000), F(level, .words = levels, .called = "lesson"), F(evening), F(opens_at),
	F(secret, .secret = true, .optional = true), F(teacher_id, .min = 1), F(slots, .of = &slot_shape, .optional = true, .max = 20));

struct person { int64_t id; str name; };
static const struct shape person_shape = SHAPE("Person", struct person, F(id), F(name));
struct option { int64_t value; str label; };
static const struct shape option_shape = SHAPE("Option", struct option, F(value), F(label));

struct lesson_page {
	str title;
	int64_t seats;
	money price;
	when at;
	opt_day ends_on;
	int status;
	bool paid;
	struct person teacher, helper;
	list slots;
	opt_str next_cursor;
	struct lesson_in form;
	list teacher_id_options;
};
static const struct shape lesson_page_shape = SHAPE("Lesson", struct lesson_page,
	F(title), F(seats), F(price), F(at), F(ends_on), F(status, .words = statuses), F(paid), F(teacher, .of = &person_shape),
	F(helper, .of = &person_shape, .or_null = true), F(slots, .of = &slot_shape), F(next_cursor), F(form, .of = &lesson_in_shape),
	F(teacher_id_options, .of = &option_shape));

static const struct route get_route = { GET, "/admin/lessons/{id}", STAFF, NULL, &person_shape, &lesson_page_shape, .page = "lesson.html" };
static const struct route post_route = { POST, "/admin/lessons/{id}", STAFF, NULL, &lesson_in_shape, &lesson_page_shape, .page = "lesson.html" };

/* ---- a folder of templates ---- */

static char folder[] = "/tmp/madang-pages-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void put_folder(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	mkdir(path, 0700);
}

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	put_folder("words");
	put_folder("words/ko");
	put_folder("words/en");
	put("words/ko/a.json", "{\"word.Lesson.status.draft\":\"작성 중\",\"word.status.open\":\"접수 중\",\"label.LessonIn.title\":\"강좌 이름\","
	    "\"label.price\":\"수강료\",\"label.Slot.room\":\"장소\",\"hint.title\":\"예: 도자기\",\"form.required\":\"{field|을/를} 입력하세요\","
	    "\"field.too_small\":\"{0} 이상이어야 합니다\",\"problem.lesson_full\":\"자리가 없습니다\",\"page.row\":\"{0}번째\",\"page.yes\":\"예\","
	    "\"page.no\":\"아니요\",\"hello\":\"{teacher.name|이/가} {seats}명을 가르칩니다\",\"title.lesson\":\"강좌\",\"word.level.easy\":\"쉬움\","
	    "\"word.lesson.level.hard\":\"어려움\",\"word.paid\":\"x\"}");
	put("words/en/a.json", "{\"page.yes\":\"Yes\",\"page.no\":\"No\",\"word.Lesson.status.draft\":\"Draft\"}");
	put("problem.html", "{{title}}|{{detail}}|{{code}}|{{page.request_id}}");
	put("lesson.html", "");
	return i18n_load(folder) ? 0 : -1;
}

static int drop_folder(void **state)
{
	static const char *const names[] = { "words/ko/a.json", "words/en/a.json", "problem.html", "lesson.html", "words/ko", "words/en", "words", "" };
	char path[200];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		remove(path);
	}
	return 0;
}

static struct request *a_request(const struct route *route, const char *form)
{
	static struct ctx c;
	static struct request rq;

	if (!c.arena)
		c.arena = arena_new();
	arena_reset(c.arena);
	c = (struct ctx){ .arena = c.arena, .request_id = S("req-1"), .locale = LOCALE_KO };
	rq = (struct request){ .ctx = &c, .route = route, .method = route ? route->method : GET, .form = str_of(form), .wants_html = true };
	return &rq;
}

/* The page's text with this template. */
static const char *shown(struct request *rq, const char *template, const void *data)
{
	struct buf out = buf_in(rq->ctx->arena);

	put("lesson.html", template);
	assert_true(pages_read(folder));
	page_render(rq, "lesson.html", &lesson_page_shape, data, &out);
	return str_z(rq->ctx->arena, buf_text(&out));
}

static void expect(const char *template, const struct lesson_page *data, const char *wanted)
{
	assert_string_equal(shown(a_request(&get_route, NULL), template, data), wanted);
}

/* ---- values for people ---- */

static void values_are_shown_for_people(void **state)
{
	struct lesson_page l = { .title = S("물 & 불"), .seats = 1234, .price = { 128000 }, .status = 1, .paid = true,
				 .teacher = { 7, S("김지우") } };

	(void)state;
	when_parse(S("2026-11-20T05:05:00Z"), &l.at);
	expect("{{title}} {{{title}}} {{seats}} {{seats.grouped}}", &l, "물 &amp; 불 물 & 불 1234 1,234");
	expect("{{price}} {{price.raw}}", &l, "128,000원 128000");
	expect("{{at}} {{at.raw}} {{at.local}} {{at.day}} {{at.time}}", &l,
	       "2026-11-20 (금) 14:05 2026-11-20T05:05:00Z 2026-11-20T14:05 2026-11-20 (금) 14:05");
	expect("{{status}} {{status.word}} {{#status.is_open}}O{{/status.is_open}}{{#status.is_draft}}D{{/status.is_draft}}", &l, "접수 중 open O");
	expect("{{paid}} {{paid.raw}}", &l, "예 true");
	expect("{{teacher.name}} {{#teacher}}{{id}}{{/teacher}}", &l, "김지우 7");
	expect("{{t.hello}}", &l, "김지우가 1234명을 가르칩니다");
}

static void what_is_not_there_is_false(void **state)
{
	struct lesson_page l = { .seats = 0 };

	(void)state;
	expect("{{#seats}}a{{/seats}}{{^seats}}{{seats}}{{/seats}} {{^price}}free{{/price}} {{#title}}t{{/title}}"
	       "{{#seats.is_set}}set{{/seats.is_set}}", &l, "0 free set");
	expect("{{^ends_on}}none{{/ends_on}}{{ends_on}}{{#helper}}h{{/helper}}{{^helper}}alone{{/helper}}{{^slots}} empty{{/slots}}", &l,
	       "nonealone empty");
}

static void lists_show_their_items(void **state)
{
	struct slot slots[] = { { .room = S("A") }, { .room = S("B") } };
	struct lesson_page l = { .title = S("T"), .slots = { slots, 2 } };

	(void)state;
	expect("{{#slots}}{{title}}{{room}} {{/slots}}{{slots.count}}", &l, "TA TB 2");
}

static void the_frame_is_there(void **state)
{
	struct request *rq = a_request(&get_route, NULL);
	char *env[] = { (char *)(uintptr_t)"HTTP_COOKIE=a=b; theme=dark; density=evil", NULL };
	struct lesson_page l = { .title = S("T") };

	(void)state;
	request_params(rq, env);
	rq->path = S("/admin/lessons/7");
	rq->query = S("q=a%20b&cursor=xyz&n=1");
	rq->ctx->who = (struct caller){ .id = 3, .roles = ROLE_MEMBER | ROLE_FINANCE, .name = S("이서연"), .csrf = S("tok") };
	assert_string_equal(shown(rq, "{{page.lang}} {{page.theme}} {{page.density}} {{page.path}} {{{page.filters}}} {{page.csrf}} "
		"{{page.title}} {{#page.user}}{{name}}{{/page.user}} {{#page.is_staff}}S{{/page.is_staff}}{{#page.is_admin}}A{{/page.is_admin}}"
		"{{#page.is_finance}}F{{/page.is_finance}} {{#page.at.lessons}}here{{/page.at.lessons}}{{#page.at.courses}}there{{/page.at.courses}}", &l),
		"ko dark cozy /admin/lessons/7 q=a%20b&n=1& tok 강좌 이서연 SF here");
}

static void a_page_knows_what_was_done_before_one_came_back(void **state)
{
	static const char text[] = "{{#page.done.saved}}saved{{/page.done.saved}}{{#page.done.sent}}sent{{/page.done.sent}}";
	struct request *rq = a_request(&get_route, NULL);
	struct lesson_page l = { .title = S("T") };

	(void)state;
	assert_string_equal(shown(rq, text, &l), "");
	rq->query = S("q=1&done=saved");
	assert_string_equal(shown(rq, text, &l), "saved");
	rq = a_request(&post_route, "");     /* the page again, because a form was refused: nothing was done */
	rq->query = S("done=saved");
	assert_string_equal(shown(rq, text, &l), "");
}

static void a_problem_has_its_page(void **state)
{
	struct request *rq = a_request(NULL, NULL);
	struct buf out = buf_in(rq->ctx->arena);

	(void)state;
	assert_true(pages_read(folder));
	page_problem(rq, 404, S("not_found"), S("<없음>"), S("d"), &out);
	assert_string_equal(str_z(rq->ctx->arena, buf_text(&out)), "&lt;없음&gt;|d|not_found|req-1");
}

/* ---- forms ---- */

static void a_form_begins_with_what_is_stored(void **state)
{
	struct slot slots[] = { { .room = S("A") } };
	struct option teachers[] = { { 7, S("김") }, { 8, S("이") } };
	struct lesson_page l = { .form = { .title = S("T\""), .level = 1, .evening = true, .secret = S("pw"), .teacher_id = 8,
		.slots = { slots, 1 } }, .teacher_id_options = { teachers, 2 } };

	(void)state;
	when_parse(S("2026-11-20T05:05:00Z"), &l.form.opens_at.v);
	l.form.opens_at.set = true;
	when_parse(S("2026-11-21T05:05:00Z"), &slots[0].starts_at);
	expect("{{#field.title}}{{name}} {{id}} {{label}} {{hint}} {{value}} {{type}} {{#required}}R{{/required}} {{maxlength}} {{described_by}}"
	       "{{/field.title}}", &l, "title f-title 강좌 이름 예: 도자기 T&quot; text R 50 f-title-hint");
	expect("{{#field.price}}{{value}}|{{type}} {{min}} {{max}}{{/field.price}} {{field.opens_at.value}} {{field.opens_at.type}}", &l,
	       "|number 100 1000000 2026-11-20T14:05 datetime-local");
	expect("{{#field.level}}{{#options}}{{value}}={{label}}{{#selected}}*{{/selected}} {{/options}}{{/field.level}}", &l,
	       "easy=쉬움 hard=어려움* ");
	expect("{{#field.teacher_id}}{{type}} {{#options}}{{value}}={{label}}{{#selected}}*{{/selected}} {{/options}}{{/field.teacher_id}}", &l,
	       "select 7=김 8=이* ");
	expect("{{#field.evening}}{{type}} {{#checked}}on{{/checked}}{{/field.evening}} <{{field.secret.value}}>", &l, "checkbox on <>");
	expect("{{#field.slots.rows}}{{number}}{{#blank}}-{{/blank}}{{#room}}{{name}}:{{id}}:{{value}}{{/room}} {{/field.slots.rows}}", &l,
	       "1slots[0].room:f-slots-0-room:A 2-slots[1].room:f-slots-1-room: 3-slots[2].room:f-slots-2-room: 4-slots[3].room:f-slots-3-room: ");
	expect("{{#fields}}{{name}} {{/fields}}", &l, "title price level evening opens_at secret teacher_id ");
}

static void a_refused_form_shows_what_was_typed(void **state)
{
	struct slot slots[] = { { .room = S("A") } };
	struct lesson_page l = { .form = { .title = S("stored"), .evening = true, .slots = { slots, 1 } } };
	const char *typed = "title=&price=12%3C&level=hard&slots[1].room=B&slots[1].starts_at=&secret=pw";
	const char *template = "{{field.title.value}}|{{field.title.error}}|{{#field.price}}{{value}} {{type}} {{min}}{{#wrong}}!{{/wrong}}{{described_by}}{{/field.price}}|"
		"{{#field.level.options}}{{#selected}}{{value}}{{/selected}}{{/field.level.options}}|{{#field.evening.checked}}x{{/field.evening.checked}}|"
		"{{field.secret.value}}|{{#field.slots.rows}}{{room.value}},{{/field.slots.rows}}|"
		"{{#errors}}{{id}}:{{^named}}{{label}}: {{/named}}{{message}};{{/errors}}{{#has_errors}}E{{/has_errors}}";
	struct request *rq = a_request(&post_route, typed);

	(void)state;
	fail_field(rq->ctx, S(""), "lesson_full", S(""));
	fail_field(rq->ctx, S("slots[1].room"), "required", S(""));
	fail_field(rq->ctx, S("price"), "too_small", S("100"));
	fail_field(rq->ctx, S("title"), "required", S(""));
	assert_string_equal(shown(rq, template, &l), "|강좌 이름을 입력하세요|12&lt; text !f-price-error|hard|||,B,,,,|"
		"f-title:강좌 이름을 입력하세요;f-price:수강료: 100 이상이어야 합니다;f-slots-1-room:2번째 장소를 입력하세요;:: 자리가 없습니다;E");
}

/* ---- the check at start ---- */

/* What page_check says on stderr about this template, or the empty text if it is content. */
static const char *complaints(const char *template)
{
	static char said[4000];
	int keep = dup(STDERR_FILENO);
	FILE *to = tmpfile();
	bool good;
	size_t n;

	put("lesson.html", template);
	assert_true(pages_read(folder));
	fflush(stderr);
	dup2(fileno(to), STDERR_FILENO);
	good = page_check(&get_route);
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
	rewind(to);
	n = fread(said, 1, sizeof(said) - 1, to);
	said[n] = '\0';
	fclose(to);
	assert_int_equal(good, n == 0);
	return said;
}

static void unknown_names_are_found_at_start(void **state)
{
	(void)state;
	assert_string_equal(complaints("{{title}}{{#slots}}{{room}}{{/slots}}{{status}}{{price.raw}}{{page.title}}{{t.hello}}{{#helper}}{{name}}{{/helper}}"
		"{{#field.title}}{{label}}{{value}}{{/field.title}}{{#field.slots.rows}}{{#room}}{{label}}{{/room}}{{/field.slots.rows}}"
		"{{#errors}}{{message}}{{/errors}}{{field.id.name}}"), "");
	assert_string_equal(complaints("\n{{titel}}"), "templates/lesson.html:2: unknown name: titel  (GET /admin/lessons/{id})\n");
	assert_non_null(strstr(complaints("{{#slots}}{{rooom}}{{/slots}}"), "unknown name: rooom"));
	assert_non_null(strstr(complaints("{{^slots}}{{room}}{{/slots}}"), "unknown name: room"));
	assert_non_null(strstr(complaints("{{#status.is_full}}x{{/status.is_full}}"), "unknown name: status.is_full"));
	assert_non_null(strstr(complaints("{{t.nothing}}"), "unknown name: t.nothing"));
	assert_non_null(strstr(complaints("{{field.titel.value}}"), "unknown name: field.titel.value"));
	assert_non_null(strstr(complaints("{{#page.nobody}}{{/page.nobody}}"), "unknown name: page.nobody"));
	assert_non_null(strstr(complaints("{{>gone}}"), "unknown name: gone"));
	assert_non_null(strstr(complaints("{{field.level.label}}"), "no words for: label.LessonIn.level"));
	assert_non_null(strstr(complaints("{{#slots}}{{t.hello}}{{/slots}}{{#teacher_id_options}}{{value.local}}{{/teacher_id_options}}"),
			       "unknown name: value.local"));
}

/* The templates that are shipped, for all routes. */
static void our_own_pages_ask_only_for_what_there_is(void **state)
{
	static const char templates_dir[] = "templates";     /* unit tests run at the top of the source tree */

	(void)state;
	assert_true(i18n_load(templates_dir));
	assert_true(pages_load(templates_dir));
	assert_true(i18n_load(folder));
}

/* Words of the same list, as two shapes show them. */
struct called {
	const struct field *f;
	const struct shape *s;
};
enum { CALLED_MOST = 2000 };
static struct called_all {
	struct called one[CALLED_MOST];
	size_t n;
} called;

static void gather_words(const struct shape *s, int depth)
{
	for (size_t i = 0; s && depth < 6 && i < s->n; i++) {
		const struct field *f = &s->fields[i];

		gather_words(f->of, depth + 1);
		if (f->kind == K_WORD && f->words && called.n < CALLED_MOST)
			called.one[called.n++] = (struct called){ f, s };
	}
}

static void compare_words(struct ctx *c, const struct called *a, const struct called *b)
{
	for (size_t w = 0; a->f->words[w]; w++) {
		str word = str_of(a->f->words[w]);

		if (!view_word_key(c, a->s, a->f, word).n || !view_word_key(c, b->s, b->f, word).n)
			continue;
		if (!str_eq(view_word(c, a->s, a->f, word), view_word(c, b->s, b->f, word)))
			fail_msg("%s is called otherwise in %s.%s than in %s.%s", a->f->words[w], a->s->name, a->f->name, b->s->name, b->f->name);
	}
}

static void what_a_word_is_called_does_not_depend_on_where_it_stands(void **state)
{
	struct ctx c = { .arena = arena_new() };

	(void)state;
	assert_true(i18n_load("templates"));
	called.n = 0;
	for (size_t i = 0; i < route_count(); i++) {
		gather_words(route_at(i)->in, 0);
		gather_words(route_at(i)->out, 0);
	}
	assert_true(called.n > 50 && called.n < CALLED_MOST);
	for (c.locale = LOCALE_KO; c.locale <= LOCALE_EN; c.locale++)
		for (size_t a = 0; a < called.n; a++)
			for (size_t b = 0; b < a; b++)
				if (called.one[a].f->words == called.one[b].f->words)
					compare_words(&c, &called.one[a], &called.one[b]);
	arena_free(c.arena);
	assert_true(i18n_load(folder));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(values_are_shown_for_people),
	cmocka_unit_test(what_is_not_there_is_false),
	cmocka_unit_test(lists_show_their_items),
	cmocka_unit_test(the_frame_is_there),
	cmocka_unit_test(a_page_knows_what_was_done_before_one_came_back),
	cmocka_unit_test(a_problem_has_its_page),
	cmocka_unit_test(a_form_begins_with_what_is_stored),
	cmocka_unit_test(a_refused_form_shows_what_was_typed),
	cmocka_unit_test(unknown_names_are_found_at_start),
	cmocka_unit_test(our_own_pages_ask_only_for_what_there_is),
	cmocka_unit_test(what_a_word_is_called_does_not_depend_on_where_it_stands),
};

UNIT_GROUP(page, tests, make_folder, drop_folder)
