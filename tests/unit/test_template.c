/* test_template.c -- the Mustache engine against the official specification, and what it promises beyond it. */
#include "unit.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "web/template.h"

/* ---- json-c values as views ---- */

static struct view view_of(json_object *o);

static enum view_kind json_kind(struct ctx *c, struct view v)
{
	json_object *o = (json_object *)(uintptr_t)v.p;

	(void)c;
	switch (json_object_get_type(o)) {
	case json_type_null: return VIEW_NONE;
	case json_type_boolean: return json_object_get_boolean(o) ? VIEW_TRUE : VIEW_FALSE;
	case json_type_object: return VIEW_OBJECT;
	case json_type_array: return VIEW_LIST;
	default: return VIEW_TEXT;
	}
}

static bool json_member(struct ctx *c, struct view v, str name, struct view *out)
{
	json_object *o = (json_object *)(uintptr_t)v.p, *m;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, str_z(c->arena, name), &m))
		return false;
	*out = view_of(m);
	return true;
}

static size_t json_items(struct view v)
{
	return json_object_array_length(v.p);
}

static struct view json_item(struct ctx *c, struct view v, size_t i)
{
	(void)c;
	return view_of(json_object_array_get_idx(v.p, i));
}

static str json_shown(struct ctx *c, struct view v)
{
	json_object *o = (json_object *)(uintptr_t)v.p;

	(void)c;
	if (json_object_is_type(o, json_type_object) || json_object_is_type(o, json_type_array))
		return (str){ NULL, 0 };
	return str_of(json_object_get_string(o));
}

static const struct view_class json_class = {
	.kind = json_kind, .get = json_member, .length = json_items, .item = json_item, .text = json_shown,
};

static struct view view_of(json_object *o)
{
	return (struct view){ .class = &json_class, .p = o };
}

/* ---- one case ---- */

static bool load(void *arg, str name, struct arena *a, str *text)
{
	json_object *o;

	if (!json_object_object_get_ex(arg, str_z(a, name), &o))
		return false;
	*text = str_dup(a, (str){ json_object_get_string(o), (size_t)json_object_get_string_len(o) });
	return true;
}

static struct ctx *context(void)
{
	static struct ctx c;

	if (!c.arena)
		c.arena = arena_new();
	arena_reset(c.arena);
	return &c;
}

/* Renders `template` with these partials; what comes out, or the reason why nothing does. */
static str render(struct ctx *c, const char *template, json_object *partials, json_object *data)
{
	json_object *texts = json_object_new_object();
	struct template_set *set;
	const struct template *t;
	struct buf out = buf_in(c->arena);
	str why = { NULL, 0 };

	json_object_object_foreach(partials, key, text)
		json_object_object_add(texts, key, json_object_get(text));
	json_object_object_add(texts, "(the test)", json_object_new_string(template));
	set = template_set_new(load, texts);
	json_object_object_foreach(texts, name, unused) {
		(void)unused;
		template_get(set, str_of(name), NULL);
	}
	t = template_get(set, S("(the test)"), &why);
	if (t)
		template_render(c, t, view_of(data), &out);
	else
		out.p = str_z(c->arena, why), out.n = why.n;
	template_set_free(set);
	json_object_put(texts);
	return buf_text(&out);
}

static void expect(const char *template, const char *partials, const char *data, const char *wanted)
{
	struct ctx *c = context();
	json_object *p = json_tokener_parse(partials), *d = json_tokener_parse(data);
	str got = render(c, template, p, d);

	assert_string_equal(str_z(c->arena, got), wanted);
	json_object_put(p);
	json_object_put(d);
}

/* ---- the specification ---- */

static json_object *member(json_object *o, const char *key)
{
	json_object *m = NULL;

	json_object_object_get_ex(o, key, &m);
	return m;
}

static size_t run_module(const char *folder, const char *module, size_t *failed)
{
	char path[600];
	json_object *file, *tests, *none = json_object_new_object();
	size_t n;

	snprintf(path, sizeof(path), "%s/%s.json", folder, module);
	file = json_object_from_file(path);
	if (!file)
		fail_msg("can't read %s", path);
	tests = member(file, "tests");
	n = json_object_array_length(tests);
	for (size_t i = 0; i < n; i++) {
		struct ctx *c = context();
		json_object *test = json_object_array_get_idx(tests, i), *partials = member(test, "partials");
		const char *wanted = json_object_get_string(member(test, "expected"));
		str got = render(c, json_object_get_string(member(test, "template")), partials ? partials : none,
				 member(test, "data"));

		if (str_eq(got, str_of(wanted)))
			continue;
		++*failed;
		printf("%s: %s\n  template %s\n  wanted <%s>\n  got    <%.*s>\n", module,
		       json_object_get_string(member(test, "name")),
		       json_object_to_json_string(member(test, "template")), wanted, STR(got));
	}
	json_object_put(file);
	json_object_put(none);
	return n;
}

static void the_official_specification_is_met(void **state)
{
	static const char *const modules[] = { "comments", "delimiters", "interpolation", "inverted", "partials", "sections",
					       "~inheritance", "~dynamic-names" };
	const char *folder = getenv("MUSTACHE_SPEC");
	char probe[600];
	size_t n = 0, failed = 0;
	FILE *f;

	(void)state;
	if (!folder)
		folder = "../shared/mustache-spec";
	snprintf(probe, sizeof(probe), "%s/sections.json", folder);
	f = fopen(probe, "r");
	if (!f) {
		printf("no Mustache specification in %s (MUSTACHE_SPEC names its folder): skipped\n", folder);
		skip();
	}
	fclose(f);
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		n += run_module(folder, modules[i], &failed);
	printf("Mustache specification: %zu cases, %zu failed\n", n, failed);
	assert_int_equal(failed, 0);
}

/* ---- beyond it ---- */

static void names_are_escaped_unless_they_are_asked_for_raw(void **state)
{
	(void)state;
	expect("{{x}} {{{x}}} {{&x}}", "{}", "{\"x\":\"<b a='1'>\"}", "&lt;b a=&#39;1&#39;&gt; <b a='1'> <b a='1'>");
}

static void a_block_given_to_an_inner_parent_is_not_taken_for_the_outer_one(void **state)
{
	(void)state;
	expect("{{<page}}{{$title}}P{{/title}}{{$body}}{{<card}}{{$text}}x{{/text}}{{/card}}{{/body}}{{/page}}",
	       "{\"page\":\"[{{$title}}{{/title}}|{{$body}}{{/body}}]\",\"card\":\"({{$title}}C{{/title}} {{$text}}{{/text}})\"}",
	       "{}", "[P|(C x)]");
}

static void a_page_keeps_its_lines_in_its_layout(void **state)
{
	(void)state;
	expect("{{<page}}\n  {{$title}}T{{/title}}\n  {{$body}}\n  <p>\n    {{x}}\n  </p>\n  {{/body}}\n{{/page}}\n",
	       "{\"page\":\"<h1>{{$title}}{{/title}}</h1>\\n<main>\\n  {{$body}}{{/body}}\\n</main>\\n\"}", "{\"x\":\"a\\nb\"}",
	       "<h1>T</h1>\n<main>\n  <p>\n    a\nb\n  </p>\n\n</main>\n");
}

static void a_syntax_error_says_where(void **state)
{
	(void)state;
	expect("a\n{{#b}}\n", "{}", "{}", "(the test):2: this is never closed: b");
	expect("a\n{{/b}}\n", "{}", "{}", "(the test):2: this closes nothing: b");
	expect("{{#a}}{{/b}}\n", "{}", "{}", "(the test):1: this closes another tag: b");
	expect("\n\n{{a", "{}", "{}", "(the test):3: a tag has no end: a");
	expect("{{>p}}", "{\"p\":\"{{=x}}\"}", "{}", "p:1: a tag has no end: =x}}");
}

static void note_fault(void *arg, const struct template_fault *f)
{
	struct buf *b = arg;

	buf_fmt(b, "%.*s:%d:%.*s ", STR(f->template), f->line, STR(f->name));
}

static void unknown_names_and_missing_partials_are_found(void **state)
{
	struct ctx *c = context();
	json_object *texts = json_object_new_object(), *data = json_tokener_parse("{\"a\":[{\"b\":1}],\"tree\":[{\"tree\":[]}]}");
	struct template_set *set;
	struct buf said = buf_in(c->arena);

	(void)state;
	json_object_object_add(texts, "t", json_object_new_string("{{#a}}{{b}}{{c}}{{/a}}\n{{^a}}{{b}}{{/a}}\n{{>p}}{{>gone}}"));
	json_object_object_add(texts, "p", json_object_new_string("\n{{#tree}}{{>p}}{{/tree}}{{a.b.c}}"));
	set = template_set_new(load, texts);
	assert_int_equal(template_check(c, template_get(set, S("t"), NULL), view_of(data), note_fault, &said) > 0, true);
	assert_true(str_find(buf_text(&said), S("t:1:c "), NULL));
	assert_true(str_find(buf_text(&said), S("t:2:b "), NULL));
	assert_true(str_find(buf_text(&said), S("p:2:a.b.c "), NULL));
	assert_true(str_find(buf_text(&said), S("t:3:gone "), NULL));
	assert_false(str_find(buf_text(&said), S("t:1:b "), NULL));
	template_set_free(set);
	json_object_put(texts);
	json_object_put(data);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_official_specification_is_met),
	cmocka_unit_test(names_are_escaped_unless_they_are_asked_for_raw),
	cmocka_unit_test(a_block_given_to_an_inner_parent_is_not_taken_for_the_outer_one),
	cmocka_unit_test(a_page_keeps_its_lines_in_its_layout),
	cmocka_unit_test(a_syntax_error_says_where),
	cmocka_unit_test(unknown_names_and_missing_partials_are_found),
};

UNIT_GROUP(template, tests, NULL, NULL)
