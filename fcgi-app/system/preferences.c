#include "system/preferences.h"

struct preferences {
	int lang, theme, density;
	str back;
};
static const char *const langs[] = { "ko", "en", NULL }, *const themes[] = { "light", "dark", "auto", NULL }, *const densities[] = { "cozy", "compact", NULL };

const struct shape system_preferences_shape = SHAPE("Preferences", struct preferences,
	F(lang, .optional = true, .words = langs), F(theme, .optional = true, .words = themes), F(density, .optional = true, .words = densities),
	F(back, .optional = true, .max = 2000));

enum { YEAR_S = 365 * 24 * 3600 };

/* Readable by scripts: static pages ask for them. */
static void keep(struct request *rq, const char *name, const char *value)
{
	if (given(rq, name))
		reply_header(rq, S("Set-Cookie"), str_fmt(rq->ctx->arena, "%s=%s; Path=/; Max-Age=%d; SameSite=Lax; Secure", name, value, YEAR_S));
}

/* What was on the screen may have been the answer to a form, which has no page of its own: then the next one above it. */
static str page_above(str path)
{
	struct path_part parts[4];
	size_t n;
	int status;
	unsigned allow;

	while (path.n > 1) {
		const struct route *r = route_find(GET, path, parts, &n, &status, &allow);

		if (r && r->page)
			return path;
		while (path.n > 0 && path.p[--path.n] != '/')
			;
	}
	return S("/admin/");
}

static str back_to(str back)
{
	str path, query;

	if (!is_own_path(back))
		return S("/admin/");
	str_split(back, '?', &path, &query);
	if (str_eq(page_above(path), path))
		return back;
	return page_above(path);
}

outcome system_preferences(struct request *rq)
{
	const struct preferences *in = rq->in;
	outcome o = reply_see_other(rq, back_to(in->back));

	keep(rq, "lang", langs[in->lang]);
	keep(rq, "theme", themes[in->theme]);
	keep(rq, "density", densities[in->density]);
	return o;
}
