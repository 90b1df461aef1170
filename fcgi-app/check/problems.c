/* check/problems.c -- all codes that a client may meet, with their words: docs/problems.md. */
#include <string.h>

#include "check/check.h"
#include "core/buf.h"
#include "core/i18n.h"
#include "web/openapi.h"

/* What does not follow from any route's line. */
static const struct failure *const general[] = {
	&not_readable, &not_found, &method_not_allowed, &address_too_long, &headers_too_large, &https_only, &encoding_unknown,
	&http_version_unknown, &condition_failed, NULL };

static bool known(const struct problem_row *all, size_t n, const struct failure *why)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].why == why || (strcmp(all[i].why->code, why->code) == 0 && all[i].why->status == why->status))
			return true;
	return false;
}

static void add(struct problem_row *all, size_t *n, const struct failure *why, const char *module)
{
	if (*n < PROBLEMS_MAX && !known(all, *n, why))
		all[(*n)++] = (struct problem_row){ why, module };
}

/* Of many at once: why one of them is not done. */
static void add_items(struct problem_row *all, size_t *n, const struct route *r, const char *module)
{
	for (const struct failure *const *f = r->items_fail; f && *f; f++)
		add(all, n, *f, module);
}

static bool is_own(const struct route *r, const struct failure *why)
{
	for (const struct failure *const *f = r->fails; f && *f; f++)
		if (*f == why)
			return true;
	return false;
}

/* General codes are those that a route has without naming them; the same code may be named by another. */
size_t problems_all(struct problem_row all[PROBLEMS_MAX])
{
	const struct failure *some[FAILURES_MAX];
	size_t n = 0;

	for (size_t i = 0; general[i]; i++)
		add(all, &n, general[i], "all");
	for (int own = 0; own < 2; own++)
		for (size_t i = 0; i < route_count(); i++) {
			const struct route *r = route_at(i);
			size_t count = openapi_failures(r, some);

			if (r->pool == POOL_PG)
				continue;
			for (size_t f = 0; f < count; f++)
				if (is_own(r, some[f]) == (own == 1))
					add(all, &n, some[f], own ? route_module(i) : "all");
			if (own)
				add_items(all, &n, r, route_module(i));
		}
	return n;
}

static void put_rows(struct ctx *c, struct buf *b, const struct problem_row *all, size_t n, const char *module)
{
	buf_fmt(b, "\n## %s\n\n| code | status | meaning | 뜻 |\n|---|---|---|---|\n", strcmp(module, "all") == 0 ? "Any route" : module);
	for (size_t i = 0; i < n; i++) {
		str key = str_fmt(c->arena, "problem.%s", all[i].why->code);

		if (strcmp(all[i].module, module) == 0)
			buf_fmt(b, "| `%s` | %d | %.*s | %.*s |\n", all[i].why->code, all[i].why->status, STR(i18n_raw(LOCALE_EN, key)),
				STR(i18n_raw(LOCALE_KO, key)));
	}
}

str problems_document(struct ctx *c)
{
	struct problem_row *all = arena_array(c->arena, struct problem_row, PROBLEMS_MAX);
	size_t n = problems_all(all);
	struct buf b = buf_in(c->arena);

	buf_lit(&b, "# Problems\n\nMade from the routes by `madang routes --problems`; `madang check` fails when it is not of today.\n\n"
		"Errors are `application/problem+json` (RFC 9457): `{type, title, status, code, detail?, errors?, request_id}`. The `code` is\n"
		"stable and stands for one status; the words are in the caller's language (`Accept-Language`, Korean unless English is\n"
		"preferred). `errors` names the members that are wrong: `[{field, code, message}]`. `request_id` is also in the header\n"
		"`X-Request-Id`, and finds the request in the logs. What a route may answer stands in the API reference. Of many at once\n"
		"(bulk, undo), each result has the `code` why that one was not done: the same codes, listed at those routes (`x-item-codes`).\n");
	for (size_t i = 0; i < n; i++) {
		bool first = true;

		for (size_t j = 0; j < i; j++)
			first = first && strcmp(all[j].module, all[i].module) != 0;
		if (first)
			put_rows(c, &b, all, n, all[i].module);
	}
	return buf_text(&b);
}
