/* check/reference_route.c -- a route on its page of the API reference: who may call it, what it takes, gives, and says when it fails. */
#include <string.h>

#include "check/reference_private.h"

enum { DEPTH = 3 };

/* The words of reference.<name>, filled in, then escaped. */
#define say_with(k, name, ...) reference_put(k, words((k)->c, "reference." name, __VA_ARGS__))

static void code(struct book *k, const char *z)
{
	buf_lit(&k->b, "<code>");
	buf_html(&k->b, str_of(z));
	buf_lit(&k->b, "</code>");
}

static str number(struct book *k, int64_t n)
{
	return str_fmt(k->c->arena, "%lld", (long long)n);
}

/* ---- members ---- */

/* The rest of the name of its words. */
static const char *kind_name(const struct field *f)
{
	switch (shape_plain_kind(f->kind)) {
	case K_INT: return "int";
	case K_MONEY: return "won";
	case K_BOOL: return "bool";
	case K_STR: return f->format ? f->format : "text";
	case K_WHEN: return "moment";
	case K_DAY: return "day";
	case K_WORD: return "word";
	case K_OBJ: return "object";
	case K_LIST: return shape_is_scalar(f->of) ? "ints" : "list";
	default: return "json";
	}
}

static void put_kind(struct book *k, const struct field *f, bool or_null)
{
	str name = i18n_raw(k->c->locale, str_fmt(k->c->arena, "reference.kind.%s", kind_name(f)));

	if (or_null)
		say_with(k, "or_null", { NULL, name });
	else
		reference_put(k, name);
}

static void put_range(struct book *k, const struct field *f)
{
	int64_t min, max;

	shape_range(f, &min, &max);
	if (min > -INT_MAX_JSON && max < INT_MAX_JSON && shape_plain_kind(f->kind) == K_STR)
		say_with(k, "range.text", { NULL, number(k, min) }, { NULL, number(k, max) });
	else if (min > -INT_MAX_JSON && max < INT_MAX_JSON)
		say_with(k, "range", { NULL, number(k, min) }, { NULL, number(k, max) });
	else if (min > -INT_MAX_JSON)
		say_with(k, "range.from", { NULL, number(k, min) });
}

static void put_limits(struct book *k, const struct field *f, bool in)
{
	enum kind kind = shape_plain_kind(f->kind);

	for (int i = 0; f->words && f->words[i]; i++) {
		buf_str(&k->b, i ? S(", ") : S(""));
		code(k, f->words[i]);
	}
	if (!in || f->words || kind == K_BOOL || kind == K_OBJ || kind == K_JSON || kind == K_WHEN || kind == K_DAY)
		return;
	put_range(k, f);
	if (f->pattern) {
		buf_lit(&k->b, ", ");
		say_with(k, "pattern", { NULL, str_of(f->pattern) });
	}
}

static void put_members(struct book *k, const struct shape *s, bool in, uint64_t left_out, bool patch, int depth);

static void put_member(struct book *k, const struct field *f, bool in, bool patch, int depth)
{
	bool optional = shape_optional_kind(f->kind) || f->optional || patch;

	buf_fmt(&k->b, "<tr><td class=\"in-%d\">", depth);
	code(k, f->name);
	buf_lit(&k->b, "</td><td>");
	put_kind(k, f, !in && (shape_optional_kind(f->kind) || f->or_null));
	if (in && !optional) {
		buf_lit(&k->b, " <span class=\"must\">");
		reference_say(k, "required");
		buf_lit(&k->b, "</span>");
	}
	buf_lit(&k->b, "</td><td>");
	put_limits(k, f, in);
	buf_lit(&k->b, "</td><td>");
	reference_put_about(k, f->about);
	if (in && f->optional && f->dflt) {
		buf_lit(&k->b, " <span class=\"dim\">");
		say_with(k, "default", { NULL, number(k, f->dflt) });
		buf_lit(&k->b, "</span>");
	}
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

static void begin_table(struct book *k)
{
	static const char *const columns[] = { "name", "type", "values", "meaning" };

	buf_lit(&k->b, "<div class=\"wide\"><table>\n<thead><tr>");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		buf_lit(&k->b, "<th scope=\"col\">");
		reference_say(k, columns[i]);
		buf_lit(&k->b, "</th>");
	}
	buf_lit(&k->b, "</tr></thead>\n<tbody>\n");
}

static void end_table(struct book *k)
{
	buf_lit(&k->b, "</tbody></table></div>\n");
}

static void put_heading(struct book *k, const char *name)
{
	buf_lit(&k->b, "<h3>");
	reference_say(k, name);
	buf_lit(&k->b, "</h3>\n");
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
	put_heading(k, "curl");
	buf_lit(&k->b, "<pre>");
	buf_html(&k->b, buf_text(&b));
	buf_lit(&k->b, "</pre>\n");
}

static void put_roles(struct book *k, unsigned access)
{
	const char *roles[8];
	size_t n = openapi_roles(access, roles);
	struct buf all = buf_in(k->c->arena);

	for (size_t i = 0; i < n; i++) {
		str name = i18n_raw(k->c->locale, str_fmt(k->c->arena, "page.role.%s", roles[i]));

		buf_str(&all, i ? S(", ") : S(""));
		buf_str(&all, words(k->c, "reference.role", { NULL, str_of(roles[i]) }, { NULL, name }));
	}
	if (n)
		say_with(k, "roles", { NULL, buf_text(&all) });
	else
		reference_say(k, "anyone");
}

static void put_fact(struct book *k, bool holds, const char *name)
{
	if (!holds)
		return;
	buf_char(&k->b, ' ');
	reference_say(k, name);
}

static void put_facts(struct book *k, const struct route *r)
{
	buf_lit(&k->b, "<p class=\"facts\">");
	put_roles(k, r->access);
	put_fact(k, r->once == ONCE_TX, "key.optional");
	put_fact(k, r->once != ONCE_TX && r->once != ONCE_NO, "key.required");
	put_fact(k, r->if_match, "if_match");
	put_fact(k, route_may_match(r), "may_match");
	put_fact(k, r->method == PATCH, "patch");
	put_fact(k, r->stream, "stream");
	buf_lit(&k->b, "</p>\n");
}

static void put_code(struct book *k, const struct failure *why)
{
	buf_fmt(&k->b, "<a href=\"%.*s#%s\"><code>%s</code></a>", STR(reference_address(k->c, k->c->locale, "problems")), why->code, why->code);
}

static void put_item_failures(struct book *k, const struct route *r)
{
	if (!r->items_fail)
		return;
	put_heading(k, "item_failures");
	buf_lit(&k->b, "<p class=\"facts\">");
	reference_say(k, "item_failures.lead");
	for (const struct failure *const *f = r->items_fail; *f; f++) {
		buf_str(&k->b, f == r->items_fail ? S(" ") : S(", "));
		put_code(k, *f);
	}
	buf_lit(&k->b, "</p>\n");
}

static void put_failures(struct book *k, const struct route *r)
{
	const struct failure *all[FAILURES_MAX];
	size_t n = openapi_failures(r, all);
	int status = 0;

	put_heading(k, "failures");
	buf_lit(&k->b, "<p class=\"facts\">");
	for (size_t i = 0; i < n; i++) {
		if (all[i]->status != status)
			buf_fmt(&k->b, "%s<b>%d</b> ", status ? "<br>\n" : "", all[i]->status);
		else
			buf_lit(&k->b, ", ");
		status = all[i]->status;
		put_code(k, all[i]);
	}
	buf_lit(&k->b, "</p>\n");
	put_item_failures(k, r);
}

str reference_place(struct ctx *c, const struct route *r)
{
	struct buf b = buf_in(c->arena);

	buf_str(&b, str_of(method_names[r->method]));
	for (const char *p = r->path; *p; p++)
		if (*p != '{' && *p != '}')
			buf_char(&b, *p == '/' || *p == '.' ? '-' : *p);
	return buf_text(&b);
}

static void put_head(struct book *k, const struct route *r)
{
	buf_fmt(&k->b, "<section class=\"route\" id=\"%.*s\">\n<h2><span class=\"method %.*s\">%s</span> %s</h2>\n<p>", STR(reference_place(k->c, r)),
		STR(str_lower(k->c->arena, str_of(method_names[r->method]))), method_names[r->method], r->path);
	reference_put_about(k, r->about);
	buf_lit(&k->b, "</p>\n");
}

static void put_input(struct book *k, const struct route *r, uint64_t in_path)
{
	if (in_path) {
		put_heading(k, "path");
		begin_table(k);
		for (size_t i = 0; i < r->in->n; i++)
			if (in_path >> i & 1)
				put_member(k, &r->in->fields[i], true, false, 0);
		end_table(k);
	}
	if (has_members(r->in, in_path)) {
		put_heading(k, r->method == GET || r->method == DELETE ? "query" : "body");
		begin_table(k);
		put_members(k, r->in, true, in_path, r->method == PATCH, 0);
		end_table(k);
	}
}

void reference_put_route(struct book *k, const struct route *r)
{
	uint64_t in_path = openapi_path_members(r);

	put_head(k, r);
	put_facts(k, r);
	put_input(k, r, in_path);
	put_curl(k, r, in_path);
	buf_fmt(&k->b, "<h3>%s</h3>\n", status_name(r->status));
	if (r->out) {
		begin_table(k);
		put_members(k, r->out, false, 0, false, 0);
		end_table(k);
		put_answer(k, r->out);
	}
	put_failures(k, r);
	buf_lit(&k->b, "</section>\n");
}
