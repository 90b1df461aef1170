/* web/serve.c -- the way of one request, step by step: find the route, see who calls, read and check, run, answer. */
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "data/cache.h"
#include "data/db.h"
#include "web/answers.h"
#include "web/crypto.h"
#include "web/form.h"
#include "web/read.h"
#include "web/session.h"

/* nginx takes four times as much, so that it is the program that says no, over HTTP/2 too. */
enum { ADDRESS_MOST = 8192 };

static outcome check_role(const struct request *rq)
{
	unsigned access = rq->route->access;

	if (access == ANYONE)
		return OK;
	if (rq->ctx->who.id == 0)
		return &not_logged_in;
	return rq->ctx->who.roles & access ? OK : &role_missing;
}

/* Unsafe methods by cookie carry the session's token: as X-CSRF-Token, or as a form's field. Without a session there is none, and then a form
 * that anyone may send (the login, the preferences) must come from a page of ours. */
static outcome check_csrf(const struct request *rq)
{
	const struct caller *who = &rq->ctx->who;
	str token;

	if (rq->method == GET)
		return OK;
	if (!who->by_cookie || rq->route->no_csrf)
		return rq->wants_html && rq->route->access == ANYONE && request_sender(rq) == SENDER_FOREIGN ? &csrf_missing : OK;
	token = request_header(rq, "HTTP_X_CSRF_TOKEN");
	if (!token.n && rq->wants_html && rq->body.p)       /* one that is too large was not read */
		form_value(rq->ctx, rq->body, S("csrf"), &token);
	return who->csrf.n && token.n == who->csrf.n && crypto_same(token.p, who->csrf.p, token.n) ? OK : &csrf_missing;
}

/* What the path does take (RFC 9110 section 10.2.1); whatever can be read has a HEAD. */
static str allow_text(struct ctx *c, unsigned methods)
{
	struct buf b = buf_in(c->arena);

	for (int m = 0; m < METHODS; m++)
		if (methods >> m & 1)
			buf_fmt(&b, "%s%s", b.n ? ", " : "", m == GET ? "GET, HEAD" : method_names[m]);
	return buf_text(&b);
}

/* A page that a form was answered with has no address to read it from again: its address leads to the page with the form, which is the nearest
 * one above it (/admin/payments/7/refund/check: /admin/payments/7/refund). */
static bool lead_to_form(struct request *rq)
{
	str path = rq->path;
	struct path_part parts[4];
	unsigned allow;
	size_t n;
	int status;

	if (!rq->wants_html || rq->method != GET)
		return false;
	while (path.n > 1) {
		const struct route *r;

		while (path.n > 1 && path.p[path.n - 1] != '/')
			path.n--;
		r = route_find(GET, path, parts, &n, &status, &allow);
		if (!r && path.n > 1)
			r = route_find(GET, (str){ path.p, --path.n }, parts, &n, &status, &allow);
		if (r && r->page && is_own_path(path)) {
			reply_see_other(rq, path);
			return true;
		}
	}
	return false;
}

static outcome find_route(struct request *rq, struct path_part parts[4], size_t *n)
{
	unsigned allow;
	int status;
	bool known;

	if (!request_begin(rq))
		return &not_found;
	if (rq->too_many_params)
		return &not_readable;
	if (request_header(rq, "REQUEST_URI").n > ADDRESS_MOST)
		return &address_too_long;
	known = route_method(request_header(rq, "REQUEST_METHOD"), &rq->method);
	rq->route = route_find(known ? rq->method : METHODS, rq->path, parts, n, &status, &allow);
	/* The simulated gateway is another system: it serves its own routes, and nobody else does. */
	if (rq->route && (rq->route->pool == POOL_PG) != (rq->pool == POOL_PG)) {
		rq->route = NULL;
		return &not_found;
	}
	if (rq->route)
		return OK;
	if (status == 404)
		return &not_found;
	if (known && lead_to_form(rq))
		return OK;
	reply_problem(rq, &method_not_allowed);
	reply_header(rq, S("Allow"), allow_text(rq->ctx, allow));
	return OK;
}

/* Anonymous reading of the catalogue: kept answers, unless the caller asks for a fresh one. */
static bool may_be_kept(const struct request *rq)
{
	return rq->route->cached == CACHED_CATALOGUE && rq->answers && rq->ctx->who.id == 0 &&
	       request_header(rq, "HTTP_CACHE_CONTROL").n == 0;
}

/* Of several versions one has to be the one that is there. Only the rule sees that, under its lock, and a stale one changes nothing: so they are
 * tried. */
static outcome run_on_version(struct request *rq)
{
	outcome o;

	for (size_t i = 0; ; i++) {
		if (rq->n_versions)
			rq->if_match = some_int(rq->versions[i]);
		o = once_run(rq);
		if (o != &version_stale || i + 1 >= rq->n_versions)
			return o;
		rq->ctx->errors = NULL;
	}
}

static outcome run(struct request *rq, const struct path_part *parts, size_t n)
{
	outcome o;

	if ((o = request_read_input(rq, parts, n)) != OK)
		return o;
	if ((o = request_read_if_match(rq)) != OK)
		return o;
	if (rq->ctx->errors)
		return &invalid;
	if ((o = cursor_read(rq)) != OK)
		return o;
	if ((o = once_read_key(rq)) != OK)
		return o;
	if ((o = limit_check(rq)) != OK)
		return o;
	return run_on_version(rq);
}

/* What the handler of this route says about an unknown thing, for ids that cannot be one ("courses/abc"). */
static outcome unknown_thing(const struct request *rq)
{
	for (const struct failure *const *f = rq->route->fails; f && *f; f++)
		if ((*f)->status == 404)
			return *f;
	return &not_found;
}

/* A browser sends its cookie whether it is still good or not: where anyone may come, an old one counts as none. A token that a program
 * sends does not, so that it hears when to get a new one; where it gets that, nobody looks at the old one (no_caller). */
static bool nobody_will_do(const struct request *rq)
{
	return rq->route->access == ANYONE && request_header(rq, "HTTP_AUTHORIZATION").n == 0;
}

static outcome handle(struct request *rq)
{
	struct path_part parts[4];
	str uri = request_header(rq, "REQUEST_URI");
	uint64_t generation_before = 0;
	size_t n;
	bool keep;
	outcome o = find_route(rq, parts, &n);

	if (o != OK && rq->wants_html && rq->pool != POOL_PG)
		session_identify(rq);           /* so that the page that says so has the frame that the reader knows */
	if (o != OK || rq->replied)
		return o;
	/* The simulated gateway is another company: its keys are no logins of ours. */
	if (rq->route->pool != POOL_PG && !rq->route->no_caller && (o = session_identify(rq)) != OK && !nobody_will_do(rq))
		return o;
	if ((o = check_role(rq)) != OK || (o = check_csrf(rq)) != OK)
		return o;
	keep = may_be_kept(rq);
	if (keep) {
		generation_before = generation(rq->ctx, GEN_CATALOGUE);
		if (answers_find(rq->answers, rq, uri))
			return OK;
	}
	o = run(rq, parts, n);
	if (o == &not_found)
		return unknown_thing(rq);
	if (o == OK && !rq->replied)
		fault(rq->ctx, "the handler of %s said nothing", rq->route->path);
	if (o == OK && keep)
		answers_keep(rq->answers, rq, uri, generation_before);
	return o;
}

static outcome fault_outcome(enum fault_kind kind)
{
	switch (kind) {
	case FAULT_DATABASE:
	case FAULT_RETRY:
		return &unavailable;
	case FAULT_OUTCOME_UNKNOWN:
		return &outcome_unknown;
	case FAULT_BUG:
		break;
	}
	return &internal_error;
}

static void log_request(const struct request *rq, int64_t us)
{
	struct arena *a = rq->ctx->arena;

	if (rq->status < 500 && us < 500000)
		return;
	log_line(rq->ctx, LOG_WARN, "request", "method", str_of(method_names[rq->method]), "path", rq->path,
		 "status", str_fmt(a, "%d", rq->status), "us", str_fmt(a, "%lld", (long long)us));
}

void serve_request(struct request *rq)
{
	struct ctx *c = rq->ctx;
	int64_t began = clock_us(), took;
	struct fault_frame f;
	outcome o;

	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		metric_add(METRIC_faults, 1);
		log_line(c, LOG_ERROR, "fault", "what", str_of(f.what), "file", str_of(f.file), "line", str_fmt(c->arena, "%d", f.line),
			 "path", rq->path);
		c->errors = NULL;
		reply_problem(rq, fault_outcome(f.kind));
	} else {
		o = handle(rq);
		if (o != OK)
			reply_problem(rq, o);
		fault_leave(c, &f);
	}
	took = clock_us() - began;
	metric_request(rq->route ? route_index(rq->route) : METRIC_ROUTES - 1, rq->status, took);
	log_request(rq, took);
}
