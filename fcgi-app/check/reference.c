/* check/reference.c -- `madang openapi --html FOLDER`: the API reference as plain pages in both languages, one per group of routes, from
 * the same lines as the document. No script is needed, no style inline: the console's policy holds for them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "check/check.h"
#include "check/reference.h"
#include "check/reference_private.h"

static const char *const languages[LOCALES] = { "한국어", "English" };

static enum locale other_than(enum locale l)
{
	return l == LOCALE_KO ? LOCALE_EN : LOCALE_KO;
}

/* ---- words ---- */

void reference_put(struct book *k, str text)
{
	str piece;
	bool code = false;

	while (str_split(text, '`', &piece, &text)) {
		buf_html(&k->b, piece);
		code = !code;
		buf_str(&k->b, code ? S("<code>") : S("</code>"));
	}
	buf_html(&k->b, piece);
}

static str word(struct book *k, const char *name)
{
	return i18n_raw(k->c->locale, str_fmt(k->c->arena, "reference.%s", name));
}

void reference_say(struct book *k, const char *name)
{
	reference_put(k, word(k, name));
}

static void say_in(struct book *k, const char *element, const char *name)
{
	buf_fmt(&k->b, "<%s>", element);
	reference_say(k, name);
	buf_fmt(&k->b, "</%s>\n", element);
}

/* ---- tags ---- */

const char *reference_tag(size_t i)
{
	return route_at(i)->tag ? route_at(i)->tag : route_module(i);
}

static void find_tags(struct book *k)
{
	for (size_t i = 0; i < route_count(); i++) {
		bool known = !openapi_has(route_at(i)) || k->n_tags == REFERENCE_TAGS;

		for (size_t t = 0; t < k->n_tags && !known; t++)
			known = strcmp(k->tags[t], reference_tag(i)) == 0;
		if (!known)
			k->tags[k->n_tags++] = reference_tag(i);
	}
}

static str tag_name(struct book *k, const char *tag)
{
	return word(k, str_z(k->c->arena, str_fmt(k->c->arena, "tag.%s", tag)));
}

/* ---- the frame of a page ---- */

str reference_address(struct ctx *c, enum locale l, const char *file)
{
	if (strcmp(file, "index") == 0)
		return str_fmt(c->arena, "/docs/%s/", i18n_name(l));
	return str_fmt(c->arena, "/docs/%s/%s.html", i18n_name(l), file);
}

static void put_nav_line(struct book *k, const char *file, str name, const char *current)
{
	buf_fmt(&k->b, "<li><a href=\"%.*s\"%s>", STR(reference_address(k->c, k->c->locale, file)), strcmp(file, current) == 0 ? " aria-current=\"page\"" : "");
	buf_html(&k->b, name);
	buf_lit(&k->b, "</a></li>\n");
}

static void put_nav(struct book *k, const char *file)
{
	enum locale other = other_than(k->c->locale);
	const char *lang = i18n_name(other);

	buf_lit(&k->b, "<nav aria-label=\"");
	reference_say(k, "nav");
	buf_fmt(&k->b, "\">\n<ul>\n<li><a class=\"name\" href=\"%.*s\">", STR(reference_address(k->c, k->c->locale, "index")));
	reference_say(k, "title");
	buf_fmt(&k->b, "</a></li>\n<li><a class=\"other\" href=\"%.*s\" hreflang=\"%s\" lang=\"%s\">%s</a></li>\n",
		STR(reference_address(k->c, other, file)), lang, lang, languages[other]);
	for (size_t i = 0; i < k->n_tags; i++)
		put_nav_line(k, k->tags[i], tag_name(k, k->tags[i]), file);
	put_nav_line(k, "problems", word(k, "problems"), file);
	put_nav_line(k, "try", word(k, "try"), file);
	buf_lit(&k->b, "<li><a href=\"/api/v1/openapi.json\">openapi.json</a></li>\n</ul>\n</nav>\n");
}

static void begin(struct book *k, const char *file, str title, const char *script)
{
	k->b = buf_in(k->c->arena);
	buf_fmt(&k->b, "<!DOCTYPE html>\n<html lang=\"%s\" data-theme=\"auto\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>", i18n_name(k->c->locale));
	if (strcmp(file, "index") != 0) {
		buf_html(&k->b, title);
		buf_lit(&k->b, " · ");
	}
	reference_say(k, "title");
	buf_lit(&k->b, "</title>\n");
	for (enum locale l = 0; l < LOCALES; l++)
		buf_fmt(&k->b, "<link rel=\"alternate\" hreflang=\"%s\" href=\"%.*s\">\n", i18n_name(l), STR(reference_address(k->c, l, file)));
	buf_fmt(&k->b, "<link rel=\"stylesheet\" href=\"/static/admin/madang.css\">\n"
		"<link rel=\"stylesheet\" href=\"/static/admin/parts.css\">\n<link rel=\"stylesheet\" href=\"/static/admin/print.css\" media=\"print\">\n"
		"<link rel=\"stylesheet\" href=\"/static/docs/docs.css\">\n<link rel=\"icon\" href=\"/static/admin/icon.svg\" type=\"image/svg+xml\">\n"
		"<script type=\"module\" src=\"/static/docs/%s\"></script>\n</head>\n<body class=\"reference\">\n<a class=\"skip\" href=\"#main\">", script);
	buf_html(&k->b, i18n_raw(k->c->locale, S("page.skip")));
	buf_lit(&k->b, "</a>\n<div class=\"frame\">\n");
	put_nav(k, file);
	buf_lit(&k->b, "<main id=\"main\">\n<h1>");
	buf_html(&k->b, title);
	buf_lit(&k->b, "</h1>\n");
}

/* A file appears whole, or not at all. */
bool reference_keep(struct book *k, const char *name, str content)
{
	struct arena *a = k->c->arena;
	const char *lang = i18n_name(k->c->locale);
	const char *path = str_z(a, str_fmt(a, "%s/%s/%s", k->folder, lang, name));
	const char *fresh = str_z(a, str_fmt(a, "%s/%s/.%s.new", k->folder, lang, name));
	FILE *f = fopen(fresh, "we");
	bool good = f && fwrite(content.p, 1, content.n, f) == content.n;

	if (f && fclose(f) != 0)
		good = false;
	if (!good || rename(fresh, path) != 0) {
		perror(path);
		return false;
	}
	return true;
}

static bool end(struct book *k, const char *file)
{
	buf_lit(&k->b, "</main>\n</div>\n</body>\n</html>\n");
	return reference_keep(k, str_z(k->c->arena, str_fmt(k->c->arena, "%s.html", file)), buf_text(&k->b));
}

/* ---- pages ---- */

static bool write_tag(struct book *k, const char *tag)
{
	struct arena_mark mark = arena_mark(k->c->arena);
	bool good;

	begin(k, tag, tag_name(k, tag), "docs.js");
	for (size_t i = 0; i < route_count(); i++)
		if (openapi_has(route_at(i)) && strcmp(reference_tag(i), tag) == 0)
			reference_put_route(k, route_at(i));
	good = end(k, tag);
	arena_rewind(k->c->arena, mark);
	return good;
}

static void put_introduction(struct book *k)
{
	static const char *const rules[] = { "rule.units", "rule.members", "rule.lists", "rule.key", "rule.patch", "rule.errors", "rule.request_id", "rule.openapi" };

	say_in(k, "p", "lead");
	say_in(k, "h2", "calling");
	say_in(k, "p", "calling.text");
	buf_lit(&k->b, "<pre>curl -H 'Authorization: Bearer …' -H 'Idempotency-Key: 4f7c' -X POST /api/v1/courses/17/queue</pre>\n");
	say_in(k, "h2", "rules");
	buf_lit(&k->b, "<ul>\n");
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		buf_lit(&k->b, "<li>");
		reference_say(k, rules[i]);
		if (strcmp(rules[i], "rule.errors") == 0) {
			buf_fmt(&k->b, " <a href=\"%.*s\">", STR(reference_address(k->c, k->c->locale, "problems")));
			reference_say(k, "rule.errors_all");
			buf_lit(&k->b, "</a>");
		}
		buf_lit(&k->b, "</li>\n");
	}
	buf_lit(&k->b, "</ul>\n");
}

static bool write_front(struct book *k)
{
	begin(k, "index", word(k, "title"), "docs.js");
	put_introduction(k);
	say_in(k, "h2", "routes");
	buf_lit(&k->b, "<div class=\"wide\"><table>\n<tbody>\n");
	for (size_t t = 0; t < k->n_tags; t++)
		for (size_t i = 0; i < route_count(); i++) {
			const struct route *r = route_at(i);

			if (!openapi_has(r) || strcmp(reference_tag(i), k->tags[t]) != 0)
				continue;
			buf_fmt(&k->b, "<tr><td><a href=\"%.*s#%.*s\"><code>%s %s</code></a></td><td>", STR(reference_address(k->c, k->c->locale, k->tags[t])),
				STR(reference_place(k->c, r)), method_names[r->method], r->path);
			reference_put_about(k, r->about);
			buf_lit(&k->b, "</td></tr>\n");
		}
	buf_lit(&k->b, "</tbody></table></div>\n");
	return end(k, "index");
}

/* The codes, with what they say: in the reader's language first. */
static bool write_problems(struct book *k)
{
	struct problem_row *all = arena_array(k->c->arena, struct problem_row, PROBLEMS_MAX);
	size_t n = problems_all(all);
	enum locale own = k->c->locale, other = other_than(own);

	begin(k, "problems", word(k, "problems"), "docs.js");
	say_in(k, "p", "problems.lead");
	buf_lit(&k->b, "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">code</th><th scope=\"col\">");
	reference_say(k, "problems.status");
	buf_fmt(&k->b, "</th><th scope=\"col\">%s</th><th scope=\"col\" lang=\"%s\">%s</th></tr></thead>\n<tbody>\n", languages[own], i18n_name(other), languages[other]);
	for (size_t i = 0; i < n; i++) {
		str key = str_fmt(k->c->arena, "problem.%s", all[i].why->code);

		buf_fmt(&k->b, "<tr id=\"%s\"><td><code>%s</code></td><td>%d</td><td>", all[i].why->code, all[i].why->code, all[i].why->status);
		buf_html(&k->b, i18n_raw(own, key));
		buf_fmt(&k->b, "</td><td lang=\"%s\">", i18n_name(other));
		buf_html(&k->b, i18n_raw(other, key));
		buf_lit(&k->b, "</td></tr>\n");
	}
	buf_lit(&k->b, "</tbody></table></div>\n");
	return end(k, "problems");
}

/* ---- the page on which the API can be tried; all that happens on it is static/docs/try.js ---- */

static void put_try_form(struct book *k)
{
	buf_lit(&k->b, "<form id=\"request\" novalidate>\n<div class=\"field\"><label class=\"field-label\" for=\"token\">");
	reference_say(k, "try.token");
	buf_lit(&k->b, "</label><span class=\"field-hint\" id=\"token-hint\">");
	reference_say(k, "try.token.hint");
	buf_lit(&k->b, "</span><input id=\"token\" type=\"password\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"token-hint\"></div>\n"
		"<div class=\"field\"><label class=\"field-label\" for=\"operation\">");
	reference_say(k, "try.route");
	buf_lit(&k->b, "</label><select id=\"operation\"></select></div>\n<p id=\"about\" class=\"facts\"></p>\n<div id=\"fields\" class=\"form\"></div>\n"
		"<div class=\"actions\"><button class=\"btn btn-primary\" type=\"submit\">");
	reference_say(k, "try.send");
	buf_lit(&k->b, "</button></div>\n</form>\n");
}

static void put_try_answer(struct book *k)
{
	buf_lit(&k->b, "<section aria-labelledby=\"curl-title\"><h2 id=\"curl-title\">");
	reference_say(k, "curl");
	buf_lit(&k->b, "</h2><pre id=\"curl\"></pre></section>\n<section aria-labelledby=\"answer-title\" id=\"answer\" hidden>\n<h2 id=\"answer-title\">");
	reference_say(k, "try.answer");
	buf_lit(&k->b, "</h2>\n<p id=\"status\" role=\"status\"></p>\n");
	say_in(k, "h3", "try.headers");
	buf_lit(&k->b, "<pre id=\"headers\"></pre>\n");
	say_in(k, "h3", "try.body");
	buf_lit(&k->b, "<pre id=\"body\"></pre>\n</section>\n");
}

static bool write_try(struct book *k)
{
	begin(k, "try", word(k, "try"), "try.js");
	buf_lit(&k->b, "<div class=\"try\">\n<noscript><p class=\"alert-band\">");
	reference_say(k, "try.no_script");
	buf_fmt(&k->b, " <a href=\"%.*s\">", STR(reference_address(k->c, k->c->locale, "index")));
	reference_say(k, "try.no_script.link");
	buf_lit(&k->b, "</a></p></noscript>\n<p class=\"facts\">");
	reference_say(k, "try.facts");
	buf_lit(&k->b, "</p>\n");
	put_try_form(k);
	put_try_answer(k);
	buf_lit(&k->b, "</div>\n");
	return end(k, "try");
}

/* ---- all of it ---- */

static bool make_folder(struct ctx *c, const char *folder, const char *lang)
{
	const char *path = str_z(c->arena, str_fmt(c->arena, "%s/%s", folder, lang));

	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		return true;
	perror(path);
	return false;
}

static bool write_in(struct ctx *c, enum locale l, const char *folder)
{
	struct book k = { .c = c, .folder = folder };
	bool good;

	c->locale = l;
	find_tags(&k);
	good = make_folder(c, folder, i18n_name(l)) && write_front(&k) && write_problems(&k) && write_try(&k) &&
	       (l == LOCALE_EN || reference_write_words(&k));
	for (size_t i = 0; i < k.n_tags && good; i++)
		good = write_tag(&k, k.tags[i]);
	return good;
}

bool reference_write(struct ctx *c, const char *folder)
{
	bool good = true;

	for (enum locale l = 0; l < LOCALES && good; l++)
		good = write_in(c, l, folder);
	return good;
}
