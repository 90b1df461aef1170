/* web/problem.c -- what every route may answer, and how trouble is told: problem documents (RFC 9457), or pages. */
#include <string.h>

#include "core/i18n.h"
#include "core/json.h"
#include "web/held.h"
#include "web/page.h"
#include "web/problem.h"
#include "web/request.h"

#define LOGIN "/admin/login"

const struct failure not_logged_in = { 401, "not_logged_in" };
const struct failure token_expired = { 401, "token_expired" };
const struct failure role_missing = { 403, "role_missing" };
const struct failure csrf_missing = { 403, "csrf_missing" };
const struct failure method_not_allowed = { 405, "method_not_allowed" };
const struct failure version_missing = { 428, "version_missing" };
const struct failure version_stale = { 412, "version_stale" };
const struct failure too_large = { 413, "too_large" };
const struct failure wrong_content_type = { 415, "wrong_content_type" };
const struct failure too_many = { 429, "too_many" };
const struct failure key_missing = { 400, "key_missing" };
const struct failure key_invalid = { 400, "key_invalid" };
const struct failure key_reused = { 422, "key_reused" };
const struct failure key_in_flight = { 409, "key_in_flight" };
const struct failure cursor_invalid = { 422, "cursor_invalid" };
const struct failure internal_error = { 500, "internal_error" };
const struct failure unavailable = { 503, "unavailable" };
const struct failure outcome_unknown = { 503, "outcome_unknown" };

/* The program says the first of these; all may be said by nginx in front of it (check/front.c). */
const struct failure address_too_long = { 414, "address_too_long" };
const struct failure headers_too_large = { 431, "headers_too_large" };
const struct failure https_only = { 400, "https_only" };
const struct failure encoding_unknown = { 501, "encoding_unknown" };
const struct failure http_version_unknown = { 505, "http_version_unknown" };
const struct failure condition_failed = { 412, "condition_failed" };

static str title_of(struct ctx *c, const char *code)
{
	return i18n_text(c, (const char *)str_z(c->arena, str_fmt(c->arena, "problem.%s", code)), NULL, 0);
}

str problem_words(struct ctx *c, str key, const struct field_error *e, str label)
{
	struct i18n_arg args[] = { { NULL, e->value }, { "field", label }, { "number", e->value }, { "money", e->value } };
	int64_t n;

	if (str_int(e->value, &n)) {
		args[2].value = i18n_number(c->arena, n);
		args[3].value = i18n_money(c->arena, c->locale, won(n));
	}
	return i18n_in(c, c->locale, key, args, sizeof(args) / sizeof(args[0]));
}

str problem_field_message(struct ctx *c, const struct field_error *e)
{
	return problem_words(c, str_fmt(c->arena, "field.%s", e->code), e, e->field);
}

static void write_errors(struct ctx *c, struct buf *b)
{
	const struct field_error *in_order[64];
	size_t n = 0;

	for (const struct field_error *e = c->errors; e && n < 64; e = e->next)
		in_order[n++] = e;
	if (n == 0)
		return;
	buf_lit(b, ",\"errors\":[");
	while (n--) {
		buf_lit(b, "{\"field\":");
		buf_json(b, in_order[n]->field);
		buf_fmt(b, ",\"code\":\"%s\",\"message\":", in_order[n]->code);
		buf_json(b, problem_field_message(c, in_order[n]));
		buf_char(b, '}');
		if (n)
			buf_char(b, ',');
	}
	buf_char(b, ']');
}

static void write_document(struct request *rq, outcome why, struct buf *b)
{
	struct ctx *c = rq->ctx;

	buf_fmt(b, "{\"type\":\"/docs/problems.html#%s\",\"title\":", why->code);
	buf_json(b, title_of(c, why->code));
	buf_fmt(b, ",\"status\":%d,\"code\":\"%s\"", why->status, why->code);
	if (c->fail_detail) {
		buf_lit(b, ",\"detail\":");
		buf_json(b, i18n_text(c, c->fail_detail, NULL, 0));
	}
	write_errors(c, b);
	buf_lit(b, ",\"request_id\":");
	buf_json(b, c->request_id);
	buf_char(b, '}');
}

/* Somebody who is not logged in and wants a page is shown the way. */
static bool send_to_login(struct request *rq, outcome why)
{
	str next = rq->path;

	if (why->status != 401 || rq->method != GET)
		return false;
	if (rq->query.n)
		next = str_fmt(rq->ctx->arena, "%.*s?%.*s", STR(rq->path), STR(rq->query));
	reply_see_other(rq, str_fmt(rq->ctx->arena, LOGIN "?next=%.*s", STR(str_url_encode(rq->ctx->arena, next))));
	return true;
}

/* A form without its session is kept in the page of the login, or, if there is a session of now, in the one that asks whether to send it. */
static bool keep_form(struct request *rq, outcome why)
{
	const struct route *posted_to = rq->route;
	struct path_part parts[4];
	const struct held *held;
	unsigned allow;
	size_t n;
	int status;

	if (why->status != 401 && why != &csrf_missing)
		return false;
	held = held_posted(rq);
	if (!held || (held->lost && rq->ctx->who.id))
		return false;
	rq->held = held;
	rq->route = route_find(GET, S(LOGIN), parts, &n, &status, &allow);
	rq->route->handle(rq);
	rq->route = posted_to;
	rq->status = why->status;
	reply_header(rq, S("Cache-Control"), S("private, no-cache"));      /* for the way back, like every answer to a form */
	return true;
}

/* A refused form is shown again, with what was typed and what is wrong with it. */
static bool show_form_again(struct request *rq, outcome why)
{
	const struct route *r = rq->route;
	struct fault_frame f;
	outcome o;

	if (!r || !r->again || !rq->in || why->status == 403 || why->status >= 500)      /* no input yet: who calls is not known to be allowed */
		return false;
	if (!rq->ctx->errors)
		fail_field(rq->ctx, (str){ NULL, 0 }, why->code, (str){ NULL, 0 });
	if (fault_caught(rq->ctx, &f)) {
		fault_leave(rq->ctx, &f);
		return false;
	}
	o = r->again(rq);
	fault_leave(rq->ctx, &f);
	rq->status = why->status == 404 ? 404 : 422;
	return o == OK;
}

void reply_problem(struct request *rq, outcome why)
{
	struct ctx *c = rq->ctx;

	rq->reply_headers = NULL;
	if (rq->wants_html && (send_to_login(rq, why) || keep_form(rq, why) || show_form_again(rq, why)))
		return;
	rq->status = why->status;
	rq->reply_body = buf_in(c->arena);
	rq->replied = true;
	if (why->status == 429 || why->status == 503 || why == &key_in_flight)
		reply_header(rq, S("Retry-After"), str_fmt(c->arena, "%lld", (long long)(rq->retry_after ? rq->retry_after : 1)));
	if (why->status == 401)
		reply_header(rq, S("WWW-Authenticate"), S("Bearer"));
	if (rq->wants_html) {
		rq->reply_type = S("text/html; charset=utf-8");
		page_problem(rq, why->status, str_of(why->code), title_of(c, why->code),
			     c->fail_detail ? i18n_text(c, c->fail_detail, NULL, 0) : (str){ NULL, 0 }, &rq->reply_body);
	} else {
		rq->reply_type = S("application/problem+json");
		write_document(rq, why, &rq->reply_body);
	}
}
