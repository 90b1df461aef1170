/* search/search.c -- one box for everything. */
#include "search/search.h"

#include <string.h>

#include "account/account.h"
#include "core/i18n.h"
#include "course/course.h"
#include "instructor/instructor.h"
#include "member/member.h"
#include "search/search_ids.h"
#include "staff_log/staff_log.h"
#include "web/lists.h"
#include "web/request.h"
#include "web/view.h"

const struct shape search_hit_shape = SHAPE("SearchHit", struct search_hit,
	F(kind, .about = "member, course, request, payment, enrolment, instructor, page."), F(title), F(detail), F(href));

struct search_in {
	opt_str q;
};
static const struct shape search_in_shape = SHAPE("Search", struct search_in,
	F(q, .max = 200, .about = "C-2417, R-511, M-17, an order id, an address of the console; a telephone number or its last four digits; words."));

static const struct shape search_out_shape = LIST_SHAPE("SearchHits", search_hit_shape);

struct hits {
	struct ctx *c;
	struct search_hit *h;
	size_t n, room;
};

/* What the caller may not see, and what stands there already, is left out. */
static void put(struct hits *all, struct search_hit hit)
{
	if (all->n == all->room || !search_may_see(all->c, hit.href))
		return;
	for (size_t i = 0; i < all->n; i++)
		if (str_eq(all->h[i].href, hit.href))
			return;
	all->h[all->n++] = hit;
}

static str word_of(struct ctx *c, const struct shape *s, const char *member, int value)
{
	const struct field *f = shape_field(s, str_of(member));

	return view_word(c, s, f, shape_word_text(f, value));
}

/* People are looked for by staff only, and it is on the log: by what was typed, not for whom. */
static void put_members(struct hits *all, str q, int64_t each)
{
	struct ctx *c = all->c;
	struct account_look look = { .action = "member.search", .object_type = "member", .purpose = S("search"), .once = true };
	list found = account_search(c, q, each, true, &look);
	const struct account_person *m = found.p;

	for (size_t i = 0; i < found.n; i++)
		put(all, (struct search_hit){ S("member"), m[i].name.n ? m[i].name : i18n_text(c, "member.erased", NULL, 0),
					      str_fmt(c->arena, "M-%lld · %.*s · %.*s", (long long)m[i].id, STR(m[i].phone.n ? m[i].phone : S("–")),
						      STR(word_of(c, &account_person_shape, "status", m[i].status))),
					      str_fmt(c->arena, "/admin/members/%lld", (long long)m[i].id) });
}

static void put_courses(struct hits *all, str q, int64_t each)
{
	struct ctx *c = all->c;
	struct course_filter f = { .q = some_str(q), .drafts = true, .limit = each };
	list found = course_list(c, &f);
	const struct course *k = found.p;

	for (size_t i = 0; i < found.n && (int64_t)i < each; i++)
		put(all, (struct search_hit){ S("course"), k[i].title,
					      str_fmt(c->arena, "C-%lld · %.*s · %.*s", (long long)k[i].id,
						      STR(word_of(c, &course_row_shape, "status", k[i].status)), STR(k[i].instructor.name)),
					      str_fmt(c->arena, "/admin/courses/%lld", (long long)k[i].id) });
}

static void put_instructors(struct hits *all, str q, int64_t each)
{
	struct instructor_filter f = { .q = some_str(q), .which = INSTRUCTOR_ALL, .limit = each };
	list found = instructor_list(all->c, &f);
	const struct instructor *k = found.p;

	for (size_t i = 0; i < found.n && (int64_t)i < each; i++)
		put(all, (struct search_hit){ S("instructor"), k[i].name, str_fmt(all->c->arena, "I-%lld", (long long)k[i].id),
					      str_fmt(all->c->arena, "/admin/instructors/%lld", (long long)k[i].id) });
}

/* "title.course.list" for course/list.html */
static str title_key(struct ctx *c, const char *template_name)
{
	char *key = str_z(c->arena, str_fmt(c->arena, "title.%.*s", (int)strcspn(template_name, "."), template_name));

	for (char *at = key; *at; at++)
		if (*at == '/')
			*at = '.';
	return str_of(key);
}

static bool says(struct ctx *c, str title, str q)
{
	return str_find(str_lower(c->arena, title), str_lower(c->arena, q), NULL);
}

/* Pages of the console by their titles, in either language; all of them for an empty text. */
static void put_pages(struct hits *all, str q, int64_t each)
{
	struct ctx *c = all->c;
	size_t began = all->n;

	for (size_t i = 0; i < route_count() && all->n - began < (size_t)each; i++) {
		const struct route *r = route_at(i);
		str path = str_of(r->path), key;

		if (r->method != GET || !r->page || r->access == ANYONE || strchr(r->path, '{') || !(r->access & c->who.roles))
			continue;
		key = title_key(c, r->page);
		if (q.n == 0 || says(c, i18n_raw(LOCALE_KO, key), q) || says(c, i18n_raw(LOCALE_EN, key), q))
			put(all, (struct search_hit){ S("page"), i18n_raw(c->locale, key), path, path });
	}
}

enum { KINDS = 4, PAGES_MOST = 30 };

list search_all(struct ctx *c, str q, int64_t each)
{
	struct search_hit exact;
	struct hits all = { c, NULL, 0, 1 + (size_t)each * KINDS + PAGES_MOST };
	bool staff = (c->who.roles & ANY_STAFF) != 0;

	q = str_trim(q);
	all.h = arena_array(c->arena, struct search_hit, all.room);
	if (staff && q.n && search_exact(c, q, &exact)) {
		put(&all, exact);
		if (str_eq(exact.kind, S("member")))
			staff_log_look_once(c, "member.search", "member", 0, S("id"));
		return (list){ all.h, all.n };
	}
	if (staff && q.n)
		put_members(&all, q, each);
	if (staff && q.n && !str_find(q, S("@"), NULL)) {
		put_courses(&all, q, each);
		put_instructors(&all, q, each);
	}
	put_pages(&all, q, q.n ? each : PAGES_MOST);
	return (list){ all.h, all.n };
}

/* -- handlers ---------------------------------------------------------------------------------------------------------- */

enum { EACH_IN_PALETTE = 8, EACH_ON_PAGE = 20 };

static outcome search(struct request *rq)
{
	struct search_in *in = rq->in;
	struct list_out out = { .data = search_all(rq->ctx, in->q.set ? in->q.v : (str){ NULL, 0 }, EACH_IN_PALETTE) };

	return reply(rq, &out);
}

struct group {
	str name;
	list hits;
};
static const struct shape group_shape = SHAPE("SearchGroup", struct group, F(name), F(hits, .of = &search_hit_shape));

struct search_page {
	str q;
	list groups;
};
static const struct shape search_page_shape = SHAPE("SearchPage", struct search_page, F(q), F(groups, .of = &group_shape));

/* Hits of a kind stand side by side already. */
static list in_groups(struct ctx *c, list found)
{
	const struct search_hit *h = found.p;
	struct group *g = arena_array(c->arena, struct group, found.n + 1);
	size_t n = 0, from = 0;

	for (size_t i = 1; i <= found.n; i++) {
		if (i < found.n && str_eq(h[i].kind, h[from].kind))
			continue;
		g[n].name = i18n_text(c, str_z(c->arena, str_fmt(c->arena, "search.kind.%.*s", STR(h[from].kind))), NULL, 0);
		g[n++].hits = (list){ (struct search_hit *)found.p + from, i - from };
		from = i;
	}
	return (list){ g, n };
}

/* What is named exactly is opened at once. */
static outcome search_page(struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct search_in *in = rq->in;
	struct search_page out = { in->q.set ? str_trim(in->q.v) : (str){ NULL, 0 }, { NULL, 0 } };
	struct search_hit exact;

	if (out.q.n && search_exact(c, out.q, &exact))
		return reply_see_other(rq, exact.href);
	out.groups = in_groups(c, search_all(c, out.q, EACH_ON_PAGE));
	return reply(rq, &out);
}

const struct route search_routes[] = {
	{ GET, "/api/v1/admin/search", ANY_STAFF, search, &search_in_shape, &search_out_shape, .rate = RATE_SEARCH,
	  .about = "Members, courses, instructors, requests, payments, pages: what the caller may see, the surest first." },
	{ GET, "/admin/search", ANY_STAFF, search_page, &search_in_shape, &search_page_shape, .page = "search/list.html" },
	{ 0 }
};
