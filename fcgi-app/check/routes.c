/* check/routes.c -- `madang routes`: what the program serves, for people, for tests, for nginx; `madang openapi`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "check/reference.h"
#include "command.h"
#include "core/buf.h"
#include "core/i18n.h"
#include "prepare.h"
#include "web/openapi.h"

static const char *const pool_names[POOLS] = { "web", "edge", "pg" };
static const char *const once_names[] = { "no", "optional", "required", "leased", "own" };

static bool asked(int argc, char **argv, const char *option)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return true;
	return false;
}

static void print(const struct buf *b)
{
	fwrite(b->p, 1, b->n, stdout);
}

static void put_roles(struct buf *b, const struct route *r, const char *between)
{
	const char *roles[8];
	size_t n = openapi_roles(r->access, roles);

	for (size_t i = 0; i < n; i++)
		buf_fmt(b, "%s%s", i ? between : "", roles[i]);
}

/* ---- for people ---- */

static void as_text(struct buf *b)
{
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);

		buf_fmt(b, "%-6s %-52s %-10s %-4s ", method_names[r->method], r->path, route_module(i), pool_names[r->pool]);
		if (r->access == ANYONE)
			buf_lit(b, "anyone");
		put_roles(b, r, ",");
		buf_fmt(b, "%s%s\n", r->page ? "  page " : "", r->page ? r->page : "");
	}
}

/* ---- for tests ---- */

static void put_failures(struct buf *b, const struct route *r)
{
	const struct failure *all[FAILURES_MAX];
	size_t n = openapi_failures(r, all);

	buf_lit(b, ",\"fails\":[");
	for (size_t i = 0; i < n; i++)
		buf_fmt(b, "%s{\"status\":%d,\"code\":\"%s\"}", i ? "," : "", all[i]->status, all[i]->code);
	buf_char(b, ']');
}

static void put_flag(struct buf *b, const char *name, bool value)
{
	buf_fmt(b, ",\"%s\":%s", name, value ? "true" : "false");
}

static const char *kind_name(const struct field *f)
{
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY: return "number";
	case K_BOOL: return "truth";
	case K_WHEN: return "moment";
	case K_DAY: return "day";
	case K_JSON: return "json";
	case K_WORD: return "word";
	default: return "text";
	}
}

static void put_members(struct buf *b, const struct shape *s, const char *prefix, uint64_t in_path);

/* As a form names it: "sessions[0].room" for the first row of a list. */
static void put_member(struct buf *b, const struct field *f, const char *prefix, bool in_path)
{
	char name[200];
	int64_t min, max;

	snprintf(name, sizeof(name), "%s%s%s", prefix, f->name, f->kind == K_LIST ? "[0]" : "");
	if (f->kind == K_OBJ || (f->kind == K_LIST && !shape_is_scalar(f->of))) {
		strncat(name, ".", sizeof(name) - strlen(name) - 1);
		put_members(b, f->of, name, 0);
		return;
	}
	shape_range(f, &min, &max);
	buf_fmt(b, "%s{\"name\":\"%s\",\"kind\":\"%s\",\"min\":%lld,\"max\":%lld", b->p[b->n - 1] == '[' ? "" : ",", name,
		kind_name(f->kind == K_LIST ? f->of->fields : f), (long long)min, (long long)max);
	if (f->words)
		buf_fmt(b, ",\"word\":\"%s\"", f->words[0]);
	put_flag(b, "in_path", in_path);
	put_flag(b, "patterned", f->pattern || f->format);
	buf_char(b, '}');
}

static void put_members(struct buf *b, const struct shape *s, const char *prefix, uint64_t in_path)
{
	for (size_t i = 0; i < s->n; i++)
		if (!s->fields[i].read_only || (in_path >> i & 1))
			put_member(b, &s->fields[i], prefix, in_path >> i & 1);
}

static void put_route(struct buf *b, size_t i)
{
	const struct route *r = route_at(i);

	buf_fmt(b, "{\"method\":\"%s\",\"path\":\"%s\",\"module\":\"%s\",\"pool\":\"%s\",\"status\":%d,\"once\":\"%s\",\"roles\":[",
		method_names[r->method], r->path, route_module(i), pool_names[r->pool], r->status ? r->status : 200, once_names[r->once]);
	if (r->access != ANYONE) {
		buf_char(b, '"');
		put_roles(b, r, "\",\"");
		buf_char(b, '"');
	}
	buf_char(b, ']');
	put_flag(b, "documented", openapi_has(r));
	put_flag(b, "page", r->page != NULL);
	put_flag(b, "in", r->in != NULL);
	put_flag(b, "out", r->out != NULL);
	put_flag(b, "if_match", r->if_match);
	put_flag(b, "may_match", route_may_match(r));
	put_flag(b, "stream", r->stream);
	put_flag(b, "no_csrf", r->no_csrf);
	put_flag(b, "no_caller", r->no_caller);
	put_flag(b, "raw_body", r->raw_body);
	put_flag(b, "limited", r->rate != RATE_NONE);
	put_flag(b, "cached", r->cached != CACHED_NO);
	put_failures(b, r);
	buf_lit(b, ",\"item_codes\":[");
	for (const struct failure *const *f = r->items_fail; f && *f; f++)
		buf_fmt(b, "%s\"%s\"", f == r->items_fail ? "" : ",", (*f)->code);
	buf_lit(b, "]");
	buf_lit(b, ",\"members\":[");
	if (r->in)
		put_members(b, r->in, "", openapi_path_members(r));
	buf_lit(b, "]}");
}

static void as_json(struct buf *b)
{
	buf_char(b, '[');
	for (size_t i = 0; i < route_count(); i++) {
		if (i)
			buf_lit(b, ",\n");
		put_route(b, i);
	}
	buf_lit(b, "]\n");
}

/* ---- commands ---- */

/* The settings if there are any: the document names the address, the words come from the templates. */
const struct config *check_settings(int argc, char **argv)
{
	bool named = getenv("MADANG_CONFIG") || asked(argc, argv, "--config");

	return named || access("var/madang.conf", R_OK) == 0 ? prepare_config(argc, argv) : NULL;
}

static bool load_words(int argc, char **argv)
{
	const struct config *k = check_settings(argc, argv);

	return i18n_load(k ? k->templates_dir : "templates");
}

int routes_command(int argc, char **argv)
{
	struct ctx *c = ctx_new(NULL);
	struct buf b;

	ctx_begin(c);
	b = buf_in(c->arena);
	if (!routes_prepare())
		return 1;
	if (asked(argc, argv, "--problems")) {
		if (!load_words(argc, argv))
			return 1;
		buf_str(&b, problems_document(c));
	} else if (asked(argc, argv, "--json")) {
		as_json(&b);
	} else if (asked(argc, argv, "--nginx")) {
		front_pools(&b);
		if (!load_words(argc, argv) || !front_words(c, &b))
			return 1;
	} else {
		as_text(&b);
	}
	print(&b);
	ctx_free(c);
	return 0;
}

int openapi_command(int argc, char **argv)
{
	const struct config *settings = check_settings(argc, argv);
	struct ctx *c = ctx_new(settings);
	str s;

	ctx_begin(c);
	if (!routes_prepare())
		return 1;
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--html") == 0)
			return i18n_load(settings ? settings->templates_dir : "templates") && reference_write(c, argv[i + 1]) ? 0 : 1;
	s = openapi_document(c);
	fwrite(s.p, 1, s.n, stdout);
	putchar('\n');
	ctx_free(c);
	return 0;
}
