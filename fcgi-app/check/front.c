/* check/front.c -- `madang routes --nginx`: what nginx must know of the program. */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "core/i18n.h"
#include "web/route.h"

/* ---- which pool ---- */

static bool is_plain(const char *path)
{
	return strchr(path, '{') == NULL;
}

/* Would the pattern of that route catch this plain path too? */
static bool catches(const struct route *r, const struct route *plain)
{
	str a = str_of(r->path), b = str_of(plain->path), x, y;
	bool more_a = true, more_b = true;

	if (r->method != plain->method || is_plain(r->path))
		return false;
	while (more_a && more_b) {
		more_a = str_split(a, '/', &x, &a);
		more_b = str_split(b, '/', &y, &b);
		if (!(x.n && x.p[0] == '{' && y.n) && !str_eq(x, y))
			return false;
	}
	return more_a == more_b;
}

/* An exact text wins over all patterns of a map: the usual pool names what would be caught otherwise. The simulator has a
 * server of its own. */
static bool is_in_map(const struct route *r)
{
	if (r->pool != POOL_WEB)
		return r->pool != POOL_PG;
	for (size_t i = 0; i < route_count(); i++)
		if (route_at(i)->pool == POOL_EDGE && is_plain(r->path) && catches(route_at(i), r))
			return true;
	return false;
}

static void put_map_line(struct buf *b, const struct route *r, const char *method, const char *pool)
{
	const char *p = r->path;

	if (is_plain(p)) {
		buf_fmt(b, "\t%s:%s %s;\n", method, p, pool);
		return;
	}
	buf_fmt(b, "\t~^%s:", method);
	for (; *p; p++)
		if (*p == '{') {
			buf_lit(b, "[^/]+");
			p = strchr(p, '}');
		} else if (*p == '.') {
			buf_lit(b, "\\.");
		} else {
			buf_char(b, *p);
		}
	buf_fmt(b, "$ %s;\n", pool);
}

void front_pools(struct buf *b)
{
	buf_lit(b, "# Which pool a request belongs to: made from the routes by `madang routes --nginx`.\n"
		"map $request_method:$uri $pool {\n\tdefault web;\n");
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);

		if (!is_in_map(r))
			continue;
		put_map_line(b, r, method_names[r->method], r->pool == POOL_EDGE ? "edge" : "web");
		if (r->method == GET)
			put_map_line(b, r, "HEAD", r->pool == POOL_EDGE ? "edge" : "web");
	}
	buf_lit(b, "}\n");
}

/* ---- what nginx says itself ---- */

/* By scheme and status, as nginx knows them when it answers (nginx/errors.conf.in): whatever came over plain HTTP got no further than that. */
static const struct {
	const char *seen;
	const struct failure *why;
} refusals[] = {
	{ "https:400", &not_readable }, { "http:400", &https_only }, { "https:404", &not_found }, { "https:405", &method_not_allowed },
	{ "https:412", &condition_failed }, { "https:413", &too_large }, { "https:414", &address_too_long },
	{ "https:431", &headers_too_large }, { "https:501", &encoding_unknown }, { "https:503", &unavailable },
	{ "https:505", &http_version_unknown },
};
enum { REFUSALS = sizeof(refusals) / sizeof(refusals[0]) };

static str words_for(struct ctx *c, enum locale l, const struct failure *why)
{
	return i18n_raw(l, str_fmt(c->arena, "problem.%s", why->code));
}

/* They stand in the configuration, in JSON and in HTML as they are. */
static bool is_harmless(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr("\"\\$<>&", s.p[i]))
			return false;
	return true;
}

static bool put_words(struct ctx *c, struct buf *b, const char *seen, const struct failure *why)
{
	for (int l = 0; l < LOCALES; l++) {
		str said = words_for(c, (enum locale)l, why);

		if (!is_harmless(said)) {
			fprintf(stderr, "problem.%s: nginx can't say this: %.*s\n", why->code, STR(said));
			return false;
		}
		if (seen)
			buf_fmt(b, "\t%s:%s", seen, i18n_name((enum locale)l));
		else if (l == LOCALE_KO)
			buf_lit(b, "\tdefault");
		else
			continue;
		buf_fmt(b, " \"%.*s\";\n", STR(said));
	}
	return true;
}

bool front_words(struct ctx *c, struct buf *b)
{
	bool good;

	buf_fmt(b, "# What nginx says itself, with the program's codes and words.\nmap $scheme:$status $refused_code {\n\tdefault %s;\n", internal_error.code);
	for (size_t i = 0; i < REFUSALS; i++)
		buf_fmt(b, "\t%s %s;\n", refusals[i].seen, refusals[i].why->code);
	buf_lit(b, "}\nmap $scheme:$status:$refused_lang $refused_words {\n");
	good = put_words(c, b, NULL, &internal_error);
	for (size_t i = 0; i < REFUSALS; i++)
		good = good && put_words(c, b, refusals[i].seen, refusals[i].why);
	buf_lit(b, "}\n");
	return good;
}
