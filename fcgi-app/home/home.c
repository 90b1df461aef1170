/* home/home.c -- Today: what needs somebody now.
 *
 * Each line is a count that stops at COUNTED, so that the page costs the same on the worst day, and leads to the list where the
 * work is done. Lines without work, and those whose page the caller may not see, are left out.
 */
#include "core/i18n.h"
#include "course/course.h"
#include "data/db.h"
#include "saved_view/saved_view.h"
#include "search/search.h"
#include "web/request.h"

struct task {
	str title, detail, href;
	int64_t count;
	bool more;                 /* than COUNTED */
	bool urgent;
};
static const struct shape task_shape = SHAPE("HomeTask", struct task, F(title), F(detail), F(href), F(count), F(more), F(urgent));

/* A saved view, and what its page is called. */
struct view_row {
	str page, name, query, where;
};
static const struct shape view_row_shape = SHAPE("HomeView", struct view_row, F(page), F(name), F(query), F(where));

struct home_page {
	when now;
	list tasks, opening, views;
};
static const struct shape home_shape = SHAPE("HomePage", struct home_page,
	F(now), F(tasks, .of = &task_shape), F(opening, .of = &course_row_shape), F(views, .of = &view_row_shape));

struct waiting {
	int64_t count;
	opt_when oldest;
};
static const struct shape waiting_shape = SHAPE("HomeWaiting", struct waiting, F(count), F(oldest));

enum { COUNTED = 999, OPENING_DAYS = 7, OPENING_SHOWN = 10 };

SQL(requests_in, "SELECT COUNT(*) AS count, MIN(at) AS oldest FROM (SELECT COALESCE(submitted_at, created_at) AS at FROM change_brief "
	"WHERE state = ? ORDER BY id LIMIT 1000) r");
SQL(refunds_by_hand, "SELECT COUNT(*) AS count, MIN(at) AS oldest FROM (SELECT created_at AS at FROM refund_brief WHERE state = 'by_hand' "
	"ORDER BY id LIMIT 1000) r");
/* The gateway is asked at once, so what is due for an hour has trouble. */
SQL(refunds_late, "SELECT COUNT(*) AS count, MIN(at) AS oldest FROM (SELECT created_at AS at FROM refund_brief WHERE state = 'due' "
	"ORDER BY id LIMIT 1000) r WHERE at < ?");
/* At most a thousand rows of a table that is all but empty. */
SQL_SCAN(jobs_failed, "SELECT COUNT(*) AS count, MIN(at) AS oldest FROM (SELECT parked_at AS at FROM parked_brief ORDER BY id LIMIT 1000) p");

struct tasks {
	struct ctx *c;
	struct task *t;
	size_t n;
};
enum { TASKS_MOST = 7 };

static str in_words(struct ctx *c, const char *what, const char *part)
{
	return i18n_text(c, str_z(c->arena, str_fmt(c->arena, "home.%s%s", what, part)), NULL, 0);
}

static void put(struct tasks *all, const char *what, struct waiting w, const char *href, bool urgent)
{
	struct ctx *c = all->c;
	str where = str_of(href), detail = in_words(c, what, ".hint");

	if (w.count == 0 || !search_may_see(c, where))
		return;
	if (w.oldest.set)
		detail = str_fmt(c->arena, "%.*s · %.*s %.*s", STR(detail), STR(i18n_text(c, "home.oldest", NULL, 0)),
				 STR(i18n_when(c->arena, c->locale, w.oldest.v)));
	all->t[all->n++] = (struct task){ in_words(c, what, ""), detail, where, w.count > COUNTED ? COUNTED : w.count, w.count > COUNTED, urgent };
}

static struct waiting look(struct ctx *c, const struct sql *sql)
{
	struct waiting w = { 0 };

	db_one(c, sql, &waiting_shape, &w);
	return w;
}

static struct waiting requests(struct ctx *c, str state)
{
	struct waiting w = { 0 };

	db_one(c, &requests_in, &waiting_shape, &w, arg(state));
	return w;
}

static struct waiting late(struct ctx *c)
{
	struct waiting w = { 0 };

	db_one(c, &refunds_late, &waiting_shape, &w, arg(when_plus(c->now, -HOUR)));
	return w;
}

static struct waiting to_decide(struct ctx *c)
{
	struct course_filter f = { .drafts = true, .to_decide = true, .limit = COUNTED };

	return (struct waiting){ (int64_t)course_list(c, &f).n, { 0 } };
}

static when midnight(struct ctx *c, int64_t days)
{
	return (when){ (when_day_in_seoul(c->now).days + days) * DAY - 9 * HOUR };
}

/* Open courses whose window begins from `from` on, the next first. */
static list opening(struct ctx *c, when from, int64_t limit)
{
	struct course_filter f = { .drafts = true, .has_status = true, .status = COURSE_OPEN, .sort = COURSE_OPENING,
				   .from = { true, false, { from.us - 1, 0 } }, .limit = limit };
	list all = course_list(c, &f);

	if ((int64_t)all.n > limit)
		all.n = (size_t)limit;
	return all;
}

static size_t before(list courses, when end)
{
	const struct course *k = courses.p;
	size_t n = 0;

	while (n < courses.n && k[n].enrol_opens_at.us < end.us)
		n++;
	return n;
}

static struct waiting opening_by_tomorrow(struct ctx *c)
{
	return (struct waiting){ (int64_t)before(opening(c, midnight(c, 0), 100), midnight(c, 2)), { 0 } };
}

/* "courses" is called what its page is: title.course.list, of course/list.html. */
static str page_words(struct ctx *c, str page)
{
	struct path_part parts[4];
	size_t n;
	int status;
	unsigned allow;
	const struct route *r = route_find(GET, str_join(c->arena, S("/admin/"), page), parts, &n, &status, &allow);
	str folder, file, key;

	if (!r || !r->page || !str_split(str_of(r->page), '/', &folder, &file) || file.n < 5)
		return page;
	key = str_fmt(c->arena, "title.%.*s.%.*s", STR(folder), (int)(file.n - 5), file.p);
	return i18n_has(c->locale, key) ? i18n_raw(c->locale, key) : page;
}

static list own_views(struct ctx *c)
{
	list l = saved_views_mine(c);
	const struct saved_view *v = l.p;
	struct view_row *r = arena_array(c->arena, struct view_row, l.n + 1);

	for (size_t i = 0; i < l.n; i++)
		r[i] = (struct view_row){ v[i].page, v[i].name, v[i].query, page_words(c, v[i].page) };
	return (list){ r, l.n };
}

static outcome today(struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct tasks all = { c, arena_array(c->arena, struct task, TASKS_MOST), 0 };
	struct home_page p = { .now = c->now };

	put(&all, "requests", requests(c, S("submitted")), "/admin/requests?state=submitted", false);
	put(&all, "approved", requests(c, S("approved")), "/admin/requests?state=approved", false);
	put(&all, "decide", to_decide(c), "/admin/courses?to_decide=true", true);
	put(&all, "by_hand", look(c, &refunds_by_hand), "/admin/refunds?state=by_hand", false);
	put(&all, "late", late(c), "/admin/refunds?state=due", true);
	put(&all, "opening", opening_by_tomorrow(c), "/admin/courses?sort=opening&status=open", false);
	put(&all, "failed", look(c, &jobs_failed), "/admin/events", true);
	p.tasks = (list){ all.t, all.n };
	p.opening = opening(c, c->now, OPENING_SHOWN);
	p.opening.n = before(p.opening, midnight(c, OPENING_DAYS));
	p.views = own_views(c);
	return reply(rq, &p);
}

const struct route home_routes[] = {
	{ GET, "/admin/", ANY_STAFF, today, NULL, &home_shape, .page = "home/today.html", .about = "What needs somebody now." },
	{ 0 }
};
