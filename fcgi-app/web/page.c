/* web/page.c -- the frame that every page has, and the set of templates. */
#include "web/page.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/arena.h"
#include "core/config.h"
#include "core/i18n.h"
#include "web/crypto.h"
#include "web/form.h"
#include "web/page_form.h"
#include "web/view.h"

enum { FILE_MOST = 256 * 1024 };

/* Filled by pages_load() before there are threads, and only read after that. */
static struct {
	struct template_set *set;
	str folder;
	const struct template *problem;
} pages;

struct page {
	struct request *rq;                /* NULL: only checked */
	const struct route *route;         /* NULL: a problem without a route */
	const struct shape *shape;
	const void *data;
	const char *name;                  /* of the template */
	struct page_forms forms;
};

struct problem_page {
	int64_t status;
	str code, title, detail;
};
static const struct shape problem_shape = SHAPE("ProblemPage", struct problem_page, F(status), F(code), F(title), F(detail));

struct user {
	str name, email;
};
static const struct shape user_shape = SHAPE("User", struct user, F(name), F(email));

/* ---- the frame: {{page.…}} ---- */

static enum view_kind object_kind(struct ctx *c, struct view v)
{
	(void)c, (void)v;
	return VIEW_OBJECT;
}

/* A cookie's word if it is one of these, else the first of them. */
static str preference(const struct page *p, str cookie, const char *const *words)
{
	str value = p->rq ? request_cookie(p->rq, cookie) : (str){ NULL, 0 };

	for (int i = 0; words[i]; i++)
		if (str_eq(value, str_of(words[i])))
			return value;
	return str_of(words[0]);
}

static bool is_preferred(const struct page *p, str name)
{
	return p->rq && (str_eq(name, S("is_dark")) ? str_eq(request_cookie(p->rq, S("theme")), S("dark")) :
			 str_eq(request_cookie(p->rq, S("density")), S("compact")));
}

/* title.course.list for course/list.html */
static str title_key(struct ctx *c, const char *name)
{
	char *key = str_z(c->arena, str_fmt(c->arena, "title.%s", name));
	char *dot = strrchr(key, '.');

	if (dot && strcmp(dot, ".html") == 0)
		*dot = '\0';
	for (char *at = key; *at; at++)
		if (*at == '/')
			*at = '.';
	return str_of(key);
}

str page_title(struct ctx *c, const char *name)
{
	str key = title_key(c, name);

	return i18n_has(c->locale, key) ? i18n_raw(c->locale, key) : (str){ NULL, 0 };
}

/* What narrows a list: not where one is in it, which row is open, and what has just been done. */
static str filters(struct ctx *c, const struct page *p)
{
	static const char *const others[] = { "cursor", "id", "done", NULL };

	return p->rq ? query_filters(c, p->rq->query, others) : (str){ NULL, 0 };
}

/* is_staff and is_teacher, and is_operator … for who has the role; of the staff's roles an administrator has all. */
static bool role_word(str name, unsigned *roles)
{
	str role = str_after(name, 3);

	if (!str_starts(name, S("is_")))
		return false;
	*roles = str_eq(role, S("staff")) ? ANY_STAFF : str_eq(role, S("teacher")) ? ROLE_INSTRUCTOR | ROLE_CREATOR : 0;
	for (size_t i = 1; role_names[i]; i++)
		if (str_eq(role, str_of(role_names[i])))
			*roles = 1u << i;
	if (*roles & ANY_STAFF)
		*roles |= ROLE_ADMIN;
	return *roles != 0;
}

static struct view page_user(struct ctx *c)
{
	struct user *u;

	if (c->who.id == 0)
		return view_of(&user_shape, NULL);
	u = arena_new_of(c->arena, struct user);
	*u = (struct user){ c->who.name, c->who.email };
	return view_of(&user_shape, u);
}

static bool page_words(struct ctx *c, const struct page *p, str name, str *out)
{
	static const char *const themes[] = { "auto", "light", "dark", NULL }, *const densities[] = { "cozy", "compact", NULL };

	if (str_eq(name, S("lang")))
		*out = str_of(i18n_name(c->locale));
	else if (str_eq(name, S("theme")))
		*out = preference(p, S("theme"), themes);
	else if (str_eq(name, S("density")))
		*out = preference(p, S("density"), densities);
	else if (str_eq(name, S("path")))
		*out = p->rq ? p->rq->path : (str){ NULL, 0 };
	else if (str_eq(name, S("filters")))
		*out = filters(c, p);
	else if (str_eq(name, S("csrf")))
		*out = c->who.csrf;
	else if (str_eq(name, S("once")))
		*out = crypto_token(c);
	else if (str_eq(name, S("request_id")))
		*out = c->request_id;
	else if (str_eq(name, S("version")))
		*out = S(MADANG_VERSION);
	else if (str_eq(name, S("now")))
		*out = i18n_when(c->arena, c->locale, c->now);
	else
		return false;
	return true;
}

static const struct view_class may_class, may_teach_class, can_class, at_class, at_teach_class, done_class;

static bool page_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct page *p = v.p;
	unsigned roles;
	str text;

	if (page_words(c, p, name, &text))
		*out = view_text(text);
	else if (role_word(name, &roles))
		*out = view_bool(c->who.roles & roles);
	else if (str_eq(name, S("user")))
		*out = page_user(c);
	else if (str_eq(name, S("is_dark")) || str_eq(name, S("is_compact")))
		*out = view_bool(is_preferred(p, name));
	else if (str_eq(name, S("title"))) {
		str key = title_key(c, p->name);

		if (!i18n_has(c->locale, key))
			fail_field(c, key, "unknown", (str){ NULL, 0 });
		*out = view_text(i18n_raw(c->locale, key));
	} else if (str_eq(name, S("may")))
		*out = (struct view){ .class = &may_class, .p = p };
	else if (str_eq(name, S("may_teach")))
		*out = (struct view){ .class = &may_teach_class, .p = p };
	else if (str_eq(name, S("can")))
		*out = (struct view){ .class = &can_class, .p = p };
	else if (str_eq(name, S("at")))
		*out = (struct view){ .class = &at_class, .p = p };
	else if (str_eq(name, S("at_teach")))
		*out = (struct view){ .class = &at_teach_class, .p = p };
	else if (str_eq(name, S("done")))
		*out = (struct view){ .class = &done_class, .p = p };
	else
		return false;
	return true;
}

/* ---- where one may go ---- */

/* There is such a page (or form), and the reader may see it; false: there is none for anybody, so the name is wrong. */
static bool may(const struct ctx *c, enum method method, const char *area, str name, struct view *out)
{
	size_t n = strlen(area);
	bool any = str_eq(name, S("any")), known = false, allowed = false;

	if (str_eq(name, S("home")))
		name.n = 0;
	for (size_t i = 0; i < route_count(); i++) {
		const struct route *r = route_at(i);

		if (r->method != method || strncmp(r->path, area, n) != 0 || (method == GET && !r->page))
			continue;
		if (any || str_eq(str_of(r->path + n), name)) {
			known = true;
			allowed |= r->access == ANYONE || (c->who.roles & r->access);
		}
	}
	*out = view_bool(allowed);
	return known;
}

static bool may_get(struct ctx *c, struct view v, str name, struct view *out)
{
	(void)v;
	return may(c, GET, "/admin/", name, out);
}

static bool may_teach_get(struct ctx *c, struct view v, str name, struct view *out)
{
	(void)v;
	return may(c, GET, "/teach/", name, out);
}

static bool can_get(struct ctx *c, struct view v, str name, struct view *out)
{
	(void)v;
	return may(c, POST, "/admin/", name, out);
}

/* Areas without an entry of their own in the rail stand under another's. */
static str entry_of(str area)
{
	static const char *const under[][2] = { { "categories", "courses" }, { "timetable", "courses" }, { "tickets", "courses" },
						{ "refund-policies", "refunds" } };

	for (size_t i = 0; i < sizeof(under) / sizeof(under[0]); i++)
		if (str_eq(area, str_of(under[i][0])))
			return str_of(under[i][1]);
	return area;
}

static bool stands_under(const struct page *p, str face, str name)
{
	str path = p->rq ? p->rq->path : (str){ NULL, 0 }, first, second, rest;

	str_split(str_after(path, 1), '/', &first, &rest);
	str_split(rest, '/', &second, &rest);
	return str_eq(first, face) && (str_eq(name, S("home")) ? !second.n : str_eq(entry_of(second), name));
}

static bool at_get(struct ctx *c, struct view v, str name, struct view *out)
{
	(void)c;
	*out = view_bool(stands_under(v.p, S("admin"), name));
	return true;
}

static bool at_teach_get(struct ctx *c, struct view v, str name, struct view *out)
{
	(void)c;
	*out = view_bool(stands_under(v.p, S("teach"), name));
	return true;
}

static bool done_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct page *p = v.p;
	str done;

	*out = view_bool(p->rq && p->rq->method == GET && form_value(c, p->rq->query, S("done"), &done) && str_eq(done, name));
	return true;
}

static const struct view_class page_class = { .kind = object_kind, .get = page_get };
static const struct view_class may_class = { .kind = object_kind, .get = may_get };
static const struct view_class may_teach_class = { .kind = object_kind, .get = may_teach_get };
static const struct view_class can_class = { .kind = object_kind, .get = can_get };
static const struct view_class at_class = { .kind = object_kind, .get = at_get };
static const struct view_class done_class = { .kind = object_kind, .get = done_get };
static const struct view_class at_teach_class = { .kind = object_kind, .get = at_teach_get };

/* ---- the root: the answer's members, then the frame ---- */

static bool root_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct page *p = v.p;
	const struct field *f = p->shape ? shape_field(p->shape, name) : NULL;

	(void)c;
	if (f)
		*out = view_member(p->shape, p->data, f);
	else if (str_eq(name, S("page")))
		*out = (struct view){ .class = &page_class, .p = p };
	else if (str_eq(name, S("t")))
		*out = view_words();
	else if (str_eq(name, S("field")))
		*out = page_field_root(&p->forms);
	else if (str_eq(name, S("fields")))
		*out = page_fields(&p->forms);
	else if (str_eq(name, S("errors")))
		*out = view_list(&page_error_shape, &p->forms.errors);
	else if (str_eq(name, S("has_errors")))
		*out = view_bool(p->forms.errors.n > 0);
	else
		return false;
	return true;
}

static const struct view_class root_class = { .kind = object_kind, .get = root_get };

/* ---- which form a page holds ---- */

static void add_form(struct page_forms *all, const struct shape *s, const void *base, bool typed, str text)
{
	if (s && all->n < PAGE_FORMS)
		all->form[all->n++] = (struct page_form){ s, base, typed, text };
}

/* The input of the POST that shows the same page again. */
static const struct shape *posted_here(const struct route *route)
{
	for (size_t i = 0; route->page && i < route_count(); i++) {
		const struct route *r = route_at(i);

		if (r->method != GET && r->page && r->in && strcmp(r->page, route->page) == 0)
			return r->in;
	}
	return NULL;
}

static void find_forms(struct page *p)
{
	struct page_forms *all = &p->forms;
	const struct field *form = p->shape ? shape_field(p->shape, S("form")) : NULL;
	const struct shape *in = p->route ? p->route->in : NULL;
	str text = p->rq ? p->rq->form : (str){ NULL, 0 };
	bool typed = p->rq && p->rq->method != GET && text.p;

	all->shape = p->shape;
	all->data = p->data;
	all->path = p->route ? p->route->path : NULL;
	all->checking = p->rq == NULL;
	all->focus = p->rq ? p->rq->focus : (str){ NULL, 0 };
	if (form && form->kind == K_OBJ)
		add_form(all, form->of, p->data ? shape_at(p->data, form) : NULL, typed && form->of == in, text);
	add_form(all, in, p->rq ? p->rq->in : NULL, typed, text);
	if (p->route)
		add_form(all, posted_here(p->route), NULL, false, text);
}

/* ---- rendering ---- */

static void render(struct page *p, struct ctx *c, const struct template *t, struct buf *out)
{
	find_forms(p);
	page_errors(c, &p->forms);
	template_render(c, t, (struct view){ .class = &root_class, .p = p }, out);
}

void page_render(struct request *rq, const char *name, const struct shape *s, const void *data, struct buf *out)
{
	struct page p = { rq, rq->route, s, data, name, { .n = 0 } };
	const struct template *t = pages.set ? template_known(pages.set, str_of(name)) : NULL;

	if (!t)
		fault(rq->ctx, "there is no template %s", name);
	render(&p, rq->ctx, t, out);
}

/* Who is turned away hears who is not. */
static str who_may(const struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct buf b = buf_in(c->arena);

	for (size_t i = 1; role_names[i]; i++)
		if (rq->route && rq->route->access >> i & 1)
			buf_fmt(&b, "%s%.*s", b.n ? ", " : "", STR(i18n_raw(c->locale, str_fmt(c->arena, "page.role.%s", role_names[i]))));
	return b.n ? words(c, "page.who_may", { NULL, buf_text(&b) }) : (str){ NULL, 0 };
}

void page_problem(struct request *rq, int status, str code, str title, str detail, struct buf *out)
{
	struct problem_page data = { status, code, title, detail };
	struct page p = { rq, rq->route, &problem_shape, &data, "problem.html", { .n = 0 } };

	if (status == role_missing.status && str_eq(code, str_of(role_missing.code)) && !detail.n)
		data.detail = who_may(rq);
	if (pages.problem) {
		render(&p, rq->ctx, pages.problem, out);
		return;
	}
	buf_lit(out, "<!DOCTYPE html>\n<html lang=\"");
	buf_str(out, str_of(i18n_name(rq->ctx->locale)));
	buf_lit(out, "\"><meta charset=\"utf-8\"><title>");
	buf_html(out, title);
	buf_lit(out, "</title><h1>");
	buf_html(out, title);
	buf_lit(out, "</h1><p>");
	buf_html(out, detail);
	buf_lit(out, "</p></html>\n");
}

/* ---- start ---- */

/* "layout" is layout.html. Names are written by us, but none leads out of the folder. */
static bool load(void *arg, str name, struct arena *a, str *text)
{
	bool plain = !memchr(name.p, '.', name.n);
	char *path = str_z(a, str_fmt(a, "%.*s/%.*s%s", STR(pages.folder), STR(name), plain ? ".html" : ""));
	char *bytes;
	FILE *f;
	size_t n;

	(void)arg;
	if (str_find(name, S(".."), NULL) || !(f = fopen(path, "r")))
		return false;
	bytes = arena_text(a, FILE_MOST);
	n = fread(bytes, 1, FILE_MOST, f);
	fclose(f);
	if (n == FILE_MOST)
		return false;
	*text = (str){ bytes, n };
	return true;
}

/* All that end in .html, so that a broken one is found even if no page uses it. */
static bool load_folder(struct ctx *c, str folder, str prefix)
{
	DIR *d = opendir(str_z(c->arena, folder));
	struct dirent *e;
	bool good = d != NULL;

	while (d && (e = readdir(d))) {
		str name = str_of(e->d_name), path, why;
		struct stat st;

		if (name.p[0] == '.')
			continue;
		name = str_join(c->arena, prefix, name);
		path = str_fmt(c->arena, "%.*s/%s", STR(folder), e->d_name);
		if (stat(str_z(c->arena, path), &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode)) {
			good &= load_folder(c, path, str_join(c->arena, name, S("/")));
		} else if (str_ends(name, S(".html")) && !template_get(pages.set, name, &why)) {
			fprintf(stderr, "templates/%.*s\n", STR(why));
			good = false;
		}
	}
	if (d)
		closedir(d);
	else
		fprintf(stderr, "can't read %.*s\n", STR(folder));
	return good;
}

static void say_unknown(void *arg, const struct template_fault *f)
{
	fprintf(stderr, "templates/%.*s%s:%d: unknown name: %.*s  (%s)\n", STR(f->template),
		memchr(f->template.p, '.', f->template.n) ? "" : ".html", f->line, STR(f->name), (const char *)arg);
}

static bool check_page(struct ctx *c, struct page *p, const struct template *t, str about)
{
	char *whose = str_z(c->arena, about);
	size_t faults;

	c->errors = NULL;
	find_forms(p);
	faults = template_check(c, t, (struct view){ .class = &root_class, .p = p }, say_unknown, whose);
	for (const struct field_error *e = c->errors; e; e = e->next, faults++)
		fprintf(stderr, "templates/%s: no words for: %.*s  (%s)\n", p->name, STR(e->field), whose);
	return faults == 0;
}

static struct ctx checker(void)
{
	return (struct ctx){ .arena = arena_new(), .locale = LOCALE_KO };
}

bool page_check(const struct route *r)
{
	struct page p = { NULL, r, r->out, NULL, r->page, { .n = 0 } };
	struct ctx c = checker();
	str why, about = str_fmt(c.arena, "%s %s", method_names[r->method], r->path);
	const struct template *t = template_get(pages.set, str_of(r->page), &why);
	bool good = false;

	if (t)
		good = check_page(&c, &p, t, about);
	else
		fprintf(stderr, "%.*s: %.*s\n", STR(about), STR(why));
	arena_free(c.arena);
	return good;
}

static bool check_problem_page(struct ctx *c)
{
	struct page p = { NULL, NULL, &problem_shape, NULL, "problem.html", { .n = 0 } };
	str why;

	pages.problem = template_get(pages.set, S("problem.html"), &why);
	if (!pages.problem) {
		fprintf(stderr, "%.*s\n", STR(why));
		return false;
	}
	return check_page(c, &p, pages.problem, S("problems"));
}

bool pages_read(const char *folder)
{
	struct ctx c = checker();
	bool good;

	pages.folder = str_of(folder);
	template_set_free(pages.set);
	pages.set = template_set_new(load, NULL);
	good = load_folder(&c, pages.folder, (str){ NULL, 0 }) && check_problem_page(&c);
	arena_free(c.arena);
	return good;
}

bool pages_load(const char *folder)
{
	bool good = pages_read(folder);

	for (size_t i = 0, n = good ? route_count() : 0; i < n; i++)
		if (route_at(i)->page)
			good &= page_check(route_at(i));
	return good;
}
