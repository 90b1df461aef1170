/* check/reference.c -- `madang openapi --html FOLDER`: the API reference as plain pages, one per group of routes, from the
 * same lines as the document. No script, no inline style: the console's policy holds for them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "check/reference.h"
#include "core/buf.h"
#include "core/i18n.h"
#include "web/openapi.h"

enum { DEPTH = 3, TAGS = 64 };

struct book {
	struct ctx *c;
	struct buf b;
	const char *folder;
	const char *tags[TAGS];
	size_t n_tags;
};

static void html(struct book *k, const char *z)
{
	buf_html(&k->b, str_of(z));
}

/* ---- tags ---- */

static const char *tag_of(size_t i)
{
	return route_at(i)->tag ? route_at(i)->tag : route_module(i);
}

static void find_tags(struct book *k)
{
	for (size_t i = 0; i < route_count(); i++) {
		bool known = !openapi_has(route_at(i)) || k->n_tags == TAGS;

		for (size_t t = 0; t < k->n_tags && !known; t++)
			known = strcmp(k->tags[t], tag_of(i)) == 0;
		if (!known)
			k->tags[k->n_tags++] = tag_of(i);
	}
}

/* ---- the frame of a page ---- */

static void put_nav_line(struct book *k, const char *file, const char *name, const char *current)
{
	buf_fmt(&k->b, "<li><a href=\"/docs/%s.html\"%s>", file, strcmp(file, current) == 0 ? " aria-current=\"page\"" : "");
	html(k, name);
	buf_lit(&k->b, "</a></li>\n");
}

static void begin(struct book *k, const char *file, const char *title)
{
	k->b = buf_in(k->c->arena);
	buf_lit(&k->b, "<!DOCTYPE html>\n<html lang=\"en\" data-theme=\"auto\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
	html(k, title);
	buf_lit(&k->b, " · Madang API</title>\n<link rel=\"stylesheet\" href=\"/static/admin/madang.css\">\n"
		"<link rel=\"stylesheet\" href=\"/static/admin/parts.css\">\n<link rel=\"stylesheet\" href=\"/static/admin/print.css\" media=\"print\">\n"
		"<link rel=\"stylesheet\" href=\"/static/docs/docs.css\">\n<link rel=\"icon\" href=\"/static/admin/icon.svg\" type=\"image/svg+xml\">\n"
		"<script type=\"module\" src=\"/static/docs/docs.js\"></script>\n</head>\n<body class=\"reference\">\n"
		"<a class=\"skip\" href=\"#main\">To the content</a>\n<div class=\"frame\">\n<nav aria-label=\"API\">\n<ul>\n"
		"<li><a class=\"name\" href=\"/docs/\">Madang API</a></li>\n");
	for (size_t i = 0; i < k->n_tags; i++)
		put_nav_line(k, k->tags[i], k->tags[i], file);
	put_nav_line(k, "problems", "Problems", file);
	buf_lit(&k->b, "<li><a href=\"/docs/try/\">Try it</a></li>\n<li><a href=\"/api/v1/openapi.json\">openapi.json</a></li>\n</ul>\n</nav>\n<main id=\"main\">\n<h1>");
	html(k, title);
	buf_lit(&k->b, "</h1>\n");
}

static bool end(struct book *k, const char *file)
{
	const char *path = str_z(k->c->arena, str_fmt(k->c->arena, "%s/%s.html", k->folder, file));
	const char *fresh = str_z(k->c->arena, str_fmt(k->c->arena, "%s/.%s.new", k->folder, file));
	FILE *f = fopen(fresh, "we");
	bool good;

	buf_lit(&k->b, "</main>\n</div>\n</body>\n</html>\n");
	good = f && fwrite(k->b.p, 1, k->b.n, f) == k->b.n;
	if (f && fclose(f) != 0)
		good = false;
	if (!good || rename(fresh, path) != 0) {
		perror(path);
		return false;
	}
	return true;
}

/* ---- members ---- */

static const char *kind_name(const struct field *f)
{
	switch (shape_plain_kind(f->kind)) {
	case K_INT: return "integer";
	case K_MONEY: return "won";
	case K_BOOL: return "boolean";
	case K_STR: return f->format ? f->format : "text";
	case K_WHEN: return "moment";
	case K_DAY: return "day";
	case K_WORD: return "word";
	case K_OBJ: return "object";
	case K_LIST: return shape_is_scalar(f->of) ? "list of integers" : "list";
	default: return "any JSON";
	}
}

static void put_limits(struct book *k, const struct field *f, bool in)
{
	int64_t min, max;

	for (int i = 0; f->words && f->words[i]; i++) {
		buf_str(&k->b, i ? S(", <code>") : S("<code>"));
		html(k, f->words[i]);
		buf_lit(&k->b, "</code>");
	}
	if (!in || f->words || shape_plain_kind(f->kind) == K_BOOL || f->kind == K_OBJ || f->kind == K_JSON)
		return;
	if (shape_plain_kind(f->kind) == K_WHEN || shape_plain_kind(f->kind) == K_DAY)
		return;
	shape_range(f, &min, &max);
	if (min > -INT_MAX_JSON && max < INT_MAX_JSON)
		buf_fmt(&k->b, "%lld to %lld%s", (long long)min, (long long)max, shape_plain_kind(f->kind) == K_STR ? " characters" : "");
	else if (min > -INT_MAX_JSON)
		buf_fmt(&k->b, "from %lld", (long long)min);
	if (f->pattern) {
		buf_lit(&k->b, ", like <code>");
		html(k, f->pattern);
		buf_lit(&k->b, "</code>");
	}
}

static void put_members(struct book *k, const struct shape *s, bool in, uint64_t left_out, bool patch, int depth);

static void put_member(struct book *k, const struct field *f, bool in, bool patch, int depth)
{
	bool optional = shape_optional_kind(f->kind) || f->optional || patch;

	buf_fmt(&k->b, "<tr><td class=\"in-%d\"><code>", depth);
	html(k, f->name);
	buf_lit(&k->b, "</code></td><td>");
	html(k, kind_name(f));
	if (!in && (shape_optional_kind(f->kind) || f->or_null))
		buf_lit(&k->b, " or null");
	if (in && !optional)
		buf_lit(&k->b, " <span class=\"must\">required</span>");
	buf_lit(&k->b, "</td><td>");
	put_limits(k, f, in);
	buf_lit(&k->b, "</td><td>");
	if (f->about)
		html(k, f->about);
	if (in && f->optional && f->dflt)
		buf_fmt(&k->b, " <span class=\"dim\">%lld unless said.</span>", (long long)f->dflt);
	buf_lit(&k->b, "</td></tr>\n");
	if (f->of && depth < DEPTH && !shape_is_scalar(f->of))
		put_members(k, f->of, in, 0, false, depth + 1);
}

static void put_members(struct book *k, const struct shape *s, bool in, uint64_t left_out, bool patch, int depth)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct field *f = &s->fields[i];

		if ((left_out >> i & 1) == 0 && !(in ? f->read_only : f->write_only))
			put_member(k, f, in, patch, depth);
	}
}

static bool has_members(const struct shape *s, uint64_t left_out)
{
	for (size_t i = 0; s && i < s->n; i++)
		if (!s->fields[i].read_only && !(left_out >> i & 1))
			return true;
	return false;
}

static void begin_table(struct book *k, const char *title)
{
	buf_lit(&k->b, "<h3>");
	html(k, title);
	buf_lit(&k->b, "</h3>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">name</th><th scope=\"col\">type</th><th scope=\"col\">values</th><th scope=\"col\">meaning</th></tr></thead>\n<tbody>\n");
}

static void end_table(struct book *k)
{
	buf_lit(&k->b, "</tbody></table></div>\n");
}

/* ---- examples ---- */

static void put_sample(struct buf *b, const struct shape *s, bool in, uint64_t left_out, int indent);

static void put_sample_value(struct buf *b, const struct field *f, bool in, int indent)
{
	switch (shape_plain_kind(f->kind)) {
	case K_INT: buf_int(b, f->dflt ? f->dflt : f->min > 17 ? f->min : f->max && f->max < 17 ? f->max : 17); break;
	case K_MONEY: buf_lit(b, "50000"); break;
	case K_BOOL: buf_lit(b, "true"); break;
	case K_WHEN: buf_lit(b, "\"2026-11-20T05:06:07Z\""); break;
	case K_DAY: buf_lit(b, "\"2026-11-20\""); break;
	case K_WORD: buf_json(b, f->words ? str_of(f->words[f->words[1] && in ? 1 : 0]) : S("")); break;
	case K_STR: buf_json(b, f->format && strcmp(f->format, "email") == 0 ? S("hong@example.com") : S("…")); break;
	case K_OBJ: put_sample(b, f->of, in, 0, indent + 2); break;
	case K_LIST:
		buf_char(b, '[');
		if (shape_is_scalar(f->of))
			buf_lit(b, "17");
		else
			put_sample(b, f->of, in, 0, indent + 2);
		buf_char(b, ']');
		break;
	default: buf_lit(b, "{}"); break;
	}
}

static void put_sample(struct buf *b, const struct shape *s, bool in, uint64_t left_out, int indent)
{
	const char *before = "";

	buf_char(b, '{');
	for (size_t i = 0; i < s->n; i++) {
		const struct field *f = &s->fields[i];

		if ((left_out >> i & 1) || (in ? f->read_only : f->write_only) || indent > 8)
			continue;
		buf_fmt(b, "%s\n%*s\"%s\": ", before, indent + 2, "", f->name);
		put_sample_value(b, f, in, indent);
		before = ",";
	}
	buf_fmt(b, "\n%*s}", indent, "");
}

static void put_answer(struct book *k, const struct shape *s)
{
	struct buf b = buf_in(k->c->arena);

	put_sample(&b, s, false, 0, 0);
	buf_lit(&k->b, "<pre>");
	buf_html(&k->b, buf_text(&b));
	buf_lit(&k->b, "</pre>\n");
}

/* ---- a route ---- */

static const char *status_name(int status)
{
	switch (status) {
	case 201: return "201 Created";
	case 204: return "204 No Content";
	case 302: return "302 Found";
	case 303: return "303 See Other";
	default: return "200 OK";
	}
}

/* The route as one would type it in a shell: 17 for each thing of the path. */
static void put_curl(struct book *k, const struct route *r, uint64_t in_path)
{
	struct buf b = buf_in(k->c->arena);
	bool body = r->method != GET && r->method != DELETE && has_members(r->in, in_path), inside = false;

	buf_fmt(&b, "curl%s%s \"$MADANG", r->method == GET ? "" : " -X ", r->method == GET ? "" : method_names[r->method]);
	for (const char *p = r->path; *p; p++) {
		if (*p == '{')
			buf_lit(&b, "17");
		inside = *p == '{' || (inside && *p != '}');
		if (!inside && *p != '}')
			buf_char(&b, *p);
	}
	buf_char(&b, '"');
	if (r->access != ANYONE)
		buf_lit(&b, " \\\n  -H \"Authorization: Bearer $TOKEN\"");
	if (r->once != ONCE_NO)
		buf_lit(&b, " \\\n  -H \"Idempotency-Key: $(uuidgen)\"");
	if (r->if_match)
		buf_lit(&b, " \\\n  -H 'If-Match: \"3\"'");
	if (body) {
		buf_fmt(&b, " \\\n  -H 'Content-Type: application/%s' \\\n  -d '", r->method == PATCH ? "merge-patch+json" : "json");
		put_sample(&b, r->in, true, in_path, 0);
		buf_char(&b, '\'');
	}
	buf_lit(&k->b, "<h3>By hand</h3>\n<pre>");
	buf_html(&k->b, buf_text(&b));
	buf_lit(&k->b, "</pre>\n");
}

static void put_facts(struct book *k, const struct route *r)
{
	const char *roles[8];
	size_t n = openapi_roles(r->access, roles);

	buf_lit(&k->b, "<p class=\"facts\">");
	for (size_t i = 0; i < n; i++) {
		buf_str(&k->b, i ? S(", ") : S("For "));
		html(k, roles[i]);
	}
	buf_str(&k->b, n ? S(".") : S("For anyone."));
	if (r->once == ONCE_TX)
		buf_lit(&k->b, " Takes an <code>Idempotency-Key</code>.");
	else if (r->once != ONCE_NO)
		buf_lit(&k->b, " Needs an <code>Idempotency-Key</code>.");
	if (r->if_match)
		buf_lit(&k->b, " Needs <code>If-Match</code> with the ETag of the version that is changed.");
	if (r->may_match)
		buf_lit(&k->b, " Takes <code>If-Match</code> with the ETag of what was seen.");
	if (r->method == PATCH)
		buf_lit(&k->b, " A merge patch: what is left out stays as it is.");
	if (r->stream)
		buf_lit(&k->b, " Answers with <code>text/event-stream</code>; comes back with <code>Last-Event-ID</code>.");
	buf_lit(&k->b, "</p>\n");
}

static void put_failures(struct book *k, const struct route *r)
{
	const struct failure *all[FAILURES_MAX];
	size_t n = openapi_failures(r, all);
	int status = 0;

	buf_lit(&k->b, "<h3>When it is not done</h3>\n<p class=\"facts\">");
	for (size_t i = 0; i < n; i++) {
		if (all[i]->status != status)
			buf_fmt(&k->b, "%s<b>%d</b> ", status ? "<br>\n" : "", all[i]->status);
		else
			buf_lit(&k->b, ", ");
		status = all[i]->status;
		buf_fmt(&k->b, "<a href=\"/docs/problems.html#%s\"><code>%s</code></a>", all[i]->code, all[i]->code);
	}
	buf_lit(&k->b, "</p>\n");
	if (r->items_fail)
		buf_lit(&k->b, "<h3>When one of many is not done</h3>\n<p class=\"facts\">The <code>code</code> of its result: ");
	for (const struct failure *const *f = r->items_fail; f && *f; f++)
		buf_fmt(&k->b, "%s<a href=\"/docs/problems.html#%s\"><code>%s</code></a>", f == r->items_fail ? "" : ", ", (*f)->code, (*f)->code);
	if (r->items_fail)
		buf_lit(&k->b, ".</p>\n");
}

static void put_id(struct book *k, const struct route *r)
{
	buf_fmt(&k->b, "%s", method_names[r->method]);
	for (const char *p = r->path; *p; p++)
		if (*p == '{' || *p == '}')
			continue;
		else
			buf_char(&k->b, *p == '/' || *p == '.' ? '-' : *p);
}

static void put_route(struct book *k, const struct route *r)
{
	uint64_t in_path = openapi_path_members(r);
	bool query = r->method == GET || r->method == DELETE;

	buf_lit(&k->b, "<section class=\"route\" id=\"");
	put_id(k, r);
	buf_lit(&k->b, "\">\n<h2><span class=\"method ");
	buf_str(&k->b, str_lower(k->c->arena, str_of(method_names[r->method])));
	buf_fmt(&k->b, "\">%s</span> %s</h2>\n<p>", method_names[r->method], r->path);
	html(k, r->about ? r->about : "");
	buf_lit(&k->b, "</p>\n");
	put_facts(k, r);
	if (in_path) {
		begin_table(k, "In the path");
		for (size_t i = 0; i < r->in->n; i++)
			if (in_path >> i & 1)
				put_member(k, &r->in->fields[i], true, false, 0);
		end_table(k);
	}
	if (has_members(r->in, in_path)) {
		begin_table(k, query ? "In the query" : "In the body");
		put_members(k, r->in, true, in_path, r->method == PATCH, 0);
		end_table(k);
	}
	put_curl(k, r, in_path);
	if (r->out) {
		begin_table(k, status_name(r->status));
		put_members(k, r->out, false, 0, false, 0);
		end_table(k);
		put_answer(k, r->out);
	} else {
		buf_fmt(&k->b, "<h3>%s</h3>\n", status_name(r->status));
	}
	put_failures(k, r);
	buf_lit(&k->b, "</section>\n");
}

/* ---- pages ---- */

static bool write_tag(struct book *k, const char *tag)
{
	struct arena_mark mark = arena_mark(k->c->arena);
	bool good;

	begin(k, tag, tag);
	for (size_t i = 0; i < route_count(); i++)
		if (openapi_has(route_at(i)) && strcmp(tag_of(i), tag) == 0)
			put_route(k, route_at(i));
	good = end(k, tag);
	arena_rewind(k->c->arena, mark);
	return good;
}

static const char introduction[] =
	"<p>Everything that a learner's app, a web shop or a kiosk needs: courses and their queues, payment, cancellation and refunds, "
	"and what happens, live.</p>\n"
	"<h2>Calling</h2>\n<p>Log in at <code>POST /api/v1/auth/login</code>, then send <code>Authorization: Bearer …</code>. The access token "
	"lives shortly; <code>auth/refresh</code> gives a new pair for the refresh token, which is good once. A browser with the console's cookie may call "
	"too; then all methods but GET need the <code>X-CSRF-Token</code>.</p>\n"
	"<pre>curl -H 'Authorization: Bearer …' -H 'Idempotency-Key: 4f7c' -X POST /api/v1/courses/17/queue</pre>\n"
	"<h2>What holds everywhere</h2>\n<ul>\n"
	"<li>Money is KRW, a whole number. Moments are RFC 3339 in UTC. Names are snake_case, ids are integers.</li>\n"
	"<li>Members that are not listed here are refused, in a body and in a query.</li>\n"
	"<li>Lists are <code>{\"data\": […], \"next_cursor\": …}</code>: send <code>next_cursor</code> as <code>cursor</code>, with the same filters; null is the end.</li>\n"
	"<li>An <code>Idempotency-Key</code> names a request: the same again gets the stored answer, byte for byte, for 24 hours.</li>\n"
	"<li>PATCH is a merge patch (RFC 7396): left out is unchanged, null is cleared. Where an <code>ETag</code> is given, <code>If-Match</code> guards an edit.</li>\n"
	"<li>Errors are <code>application/problem+json</code> (RFC 9457) with a stable <code>code</code>: <a href=\"/docs/problems.html\">all of them</a>. "
	"Their words follow <code>Accept-Language</code>.</li>\n"
	"<li>Every answer has an <code>X-Request-Id</code>. 429 and 503 say in <code>Retry-After</code> when to come again.</li>\n</ul>\n"
	"<h2>Routes</h2>\n";

static bool write_front(struct book *k)
{
	begin(k, "index", "Madang API");
	buf_str(&k->b, str_of(introduction));
	buf_lit(&k->b, "<div class=\"wide\"><table>\n<tbody>\n");
	for (size_t t = 0; t < k->n_tags; t++)
		for (size_t i = 0; i < route_count(); i++) {
			const struct route *r = route_at(i);

			if (!openapi_has(r) || strcmp(tag_of(i), k->tags[t]) != 0)
				continue;
			buf_fmt(&k->b, "<tr><td><a href=\"/docs/%s.html#", k->tags[t]);
			put_id(k, r);
			buf_fmt(&k->b, "\"><code>%s %s</code></a></td><td>", method_names[r->method], r->path);
			html(k, r->about ? r->about : "");
			buf_lit(&k->b, "</td></tr>\n");
		}
	buf_lit(&k->b, "</tbody></table></div>\n");
	return end(k, "index");
}

static bool write_problems(struct book *k)
{
	struct problem_row *all = arena_array(k->c->arena, struct problem_row, PROBLEMS_MAX);
	size_t n = problems_all(all);

	begin(k, "problems", "Problems");
	buf_lit(&k->b, "<p>The <code>code</code> of a problem document, and what it says.</p>\n<div class=\"wide\"><table>\n"
		"<thead><tr><th scope=\"col\">code</th><th scope=\"col\">status</th><th scope=\"col\">English</th><th scope=\"col\" lang=\"ko\">한국어</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < n; i++) {
		str key = str_fmt(k->c->arena, "problem.%s", all[i].why->code);

		buf_fmt(&k->b, "<tr id=\"%s\"><td><code>%s</code></td><td>%d</td><td>", all[i].why->code, all[i].why->code, all[i].why->status);
		buf_html(&k->b, i18n_raw(LOCALE_EN, key));
		buf_lit(&k->b, "</td><td lang=\"ko\">");
		buf_html(&k->b, i18n_raw(LOCALE_KO, key));
		buf_lit(&k->b, "</td></tr>\n");
	}
	buf_lit(&k->b, "</tbody></table></div>\n");
	return end(k, "problems");
}

bool reference_write(struct ctx *c, const char *folder)
{
	struct book k = { .c = c, .folder = folder };
	bool good;

	find_tags(&k);
	good = write_front(&k) && write_problems(&k);
	for (size_t i = 0; i < k.n_tags && good; i++)
		good = write_tag(&k, k.tags[i]);
	return good;
}
