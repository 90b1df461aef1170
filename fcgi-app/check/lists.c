/* check/lists.c -- the handlers of all GET routes, run against the grown tables with each of their filters and sorts: so that
 * their columns meet their shapes, and the statements that they put together are known and can be looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "data/cache.h"
#include "data/db.h"
#include "web/form.h"
#include "web/openapi.h"
#include "web/read.h"

/* Some lists go once through a grown table and say so (SQL_SCAN); none goes through it for each of its rows. */
enum { READ_MOST = 150 * 1000, SOMEBODY = 42 };

/* A value that a filter could have. */
static str sample(struct ctx *c, const struct field *f, int word)
{
	if (f->words)
		return shape_word_text(f, word);
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY: return f->dflt ? str_fmt(c->arena, "%lld", (long long)f->dflt) : S("42");
	case K_BOOL: return S("true");
	case K_WHEN: return S("2026-06-01T00:00:00Z");
	case K_DAY: return S("2026-06-01");
	default: return f->format && strcmp(f->format, "email") == 0 ? S("x42@example.com") : S("x42");
	}
}

static void put_pair(struct ctx *c, struct buf *b, const struct field *f, int word)
{
	buf_fmt(b, "%s%s=", b->n ? "&" : "", f->name);
	buf_str(b, str_url_encode(c->arena, sample(c, f, word)));
}

static bool is_filter(const struct route *r, size_t i)
{
	const struct field *f = &r->in->fields[i];

	return !f->read_only && f->kind != K_OBJ && f->kind != K_LIST && strcmp(f->name, "cursor") != 0 && strcmp(f->name, "limit") != 0 &&
	       !(openapi_path_members(r) >> i & 1);
}

static bool is_required(const struct field *f)
{
	return !f->optional && !shape_optional_kind(f->kind);
}

/* What must be there, and of the others: the one chosen, or all. */
enum { NONE = -1, ALL = -2 };
static str query_of(struct ctx *c, const struct route *r, int chosen, int word)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; r->in && i < r->in->n; i++)
		if (is_filter(r, i) && ((int)i == chosen || chosen == ALL || is_required(&r->in->fields[i])))
			put_pair(c, &b, &r->in->fields[i], (int)i == chosen ? word : 0);
	return buf_text(&b);
}

static void fill_path(struct request *rq)
{
	const struct shape *s = rq->route->in;
	uint64_t bits = openapi_path_members(rq->route);

	for (size_t i = 0; s && i < s->n; i++)
		if (bits >> i & 1)
			shape_from_text(rq->ctx, &s->fields[i], rq->in, sample(rq->ctx, &s->fields[i], 0), str_of(s->fields[i].name));
}

static outcome run(struct request *rq)
{
	const struct route *r = rq->route;

	if (r->in) {
		rq->in = arena_alloc(rq->ctx->arena, r->in->size);
		form_read_query(rq->ctx, r->in, rq->in, openapi_path_members(r), rq->query);
		rq->ctx->errors = NULL;
		fill_path(rq);
		if (rq->ctx->errors)
			return &invalid;
	}
	return r->handle(rq);
}

/* What the server has handed over on this connection: a list's cost that no other load on the machine changes. */
SQL(select_rows_read,
	"SELECT CAST(SUM(VARIABLE_VALUE) AS SIGNED) AS n FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME IN "
	"('HANDLER_READ_FIRST', 'HANDLER_READ_KEY', 'HANDLER_READ_NEXT', 'HANDLER_READ_PREV', 'HANDLER_READ_RND', 'HANDLER_READ_RND_NEXT')");

static int64_t rows_read(struct ctx *c)
{
	return db_int(c, &select_rows_read, 0);
}

static void try_once(struct check *k, struct ctx *c, const struct route *r, str query, bool paged)
{
	struct request rq = { .ctx = c, .route = r, .method = GET, .path = str_of(r->path), .query = query,
			      .wants_html = r->page != NULL, .cursor = { paged, false, { c->now.us - DAY, 50000 } } };
	struct fault_frame f;
	int64_t read;

	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		check_failed(k, "GET %s?%.*s: %s (%s:%d)", r->path, STR(query), f.what, f.file, f.line);
		return;
	}
	read = rows_read(c);
	run(&rq);
	read = rows_read(c) - read;
	fault_leave(c, &f);
	if (read > READ_MOST)
		check_failed(k, "GET %s?%.*s reads %lld rows of grown tables", r->path, STR(query), (long long)read);
	else
		check_passed(k);
}

/* With and without a cursor; each time as somebody who may do everything. */
static void try_query(struct check *k, struct ctx *c, const struct route *r, int chosen, int word)
{
	int pages = r->in && shape_field(r->in, S("cursor")) ? 2 : 1;

	for (int page = 0; page < pages; page++) {
		ctx_begin(c);
		c->who = (struct caller){ .id = SOMEBODY, .session_id = SOMEBODY, .roles = 63 };
		try_once(k, c, r, query_of(c, r, chosen, word), page > 0);
	}
}

static void try_route(struct check *k, struct ctx *c, const struct route *r)
{
	try_query(k, c, r, NONE, 0);
	try_query(k, c, r, ALL, 0);
	for (size_t i = 0; r->in && i < r->in->n; i++) {
		const struct field *f = &r->in->fields[i];
		int words = 1;

		if (!is_filter(r, i))
			continue;
		while (f->words && f->words[words])
			words++;
		for (int w = 0; w < words; w++)
			try_query(k, c, r, (int)i, w);
	}
}

/* Health, metrics and the sandbox look at the machine, streams leave to nchan, and edge routes ask the outside world. */
static bool is_tried(const struct route *r)
{
	str path = str_of(r->path);

	return r->method == GET && r->pool == POOL_WEB && !r->stream && (r->page || str_starts(path, S("/api/v1/")));
}

void check_lists(struct check *k)
{
	struct config quiet = *k->c->config;
	struct ctx *c;
	str texts[DB_COMPOSED_MAX];
	size_t n;

	quiet.memcached_socket = "/nowhere";      /* an answer from the cache asks the database nothing */
	c = ctx_new(&quiet);
	c->db = db_open(&quiet);
	c->cache = cache_open(&quiet);
	for (size_t i = 0; i < route_count(); i++)
		if (is_tried(route_at(i)))
			try_route(k, c, route_at(i));
	n = db_composed(c, texts);
	for (size_t i = 0; i < n; i++) {
		struct sql composed = { "composed", str_z(k->c->arena, texts[i]), "fcgi-app", 0, false };

		check_plan(k, &composed);
	}
	cache_close(c->cache);
	db_close(c->db);
	ctx_free(c);
}
