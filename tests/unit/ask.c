#include "ask.h"

#include <string.h>

#include "core/i18n.h"
#include "data/db.h"
#include "web/read.h"
#include "web/session.h"

int with_routes(void **state)
{
	(void)state;
	return i18n_load("templates") && routes_prepare() ? 0 : -1;
}

struct starting {
	int64_t member;
	struct session_tokens tokens;
};

static outcome start(struct ctx *c, void *p)
{
	struct starting *s = p;

	s->tokens = session_start(c, s->member, S("api"), S("unit test"));
	return OK;
}

str token_of(struct ctx *c, int64_t member)
{
	struct starting s = { member, { 0 } };

	db_tx(c, start, &s);
	return s.tokens.access_token;
}

static void add(struct request *rq, const char *name, str value)
{
	rq->params[rq->n_params++] = (struct param){ name, strlen(name), value };
}

static void add_given(struct request *rq, const char *name, const char *value)
{
	if (value)
		add(rq, name, str_of(value));
}

struct request *make_request(struct ctx *c, const char *method, const char *target, const struct asking *a)
{
	struct request *rq = arena_new_of(c->arena, struct request);
	str token = a->as ? token_of(c, a->as) : a->token;

	c->who = (struct caller){ 0 };
	c->errors = NULL;
	c->fail_detail = NULL;
	c->now = when_now();
	rq->ctx = c;
	add(rq, "REQUEST_METHOD", str_of(method));
	add(rq, "REQUEST_URI", str_of(target));
	add(rq, "REMOTE_ADDR", S("127.0.0.1"));
	if (token.n)
		add(rq, "HTTP_AUTHORIZATION", str_fmt(c->arena, "Bearer %.*s", STR(token)));
	add_given(rq, "HTTP_COOKIE", a->cookie);
	add_given(rq, "HTTP_IDEMPOTENCY_KEY", a->key);
	add_given(rq, "HTTP_IF_MATCH", a->if_match);
	add_given(rq, "HTTP_ACCEPT_LANGUAGE", a->language);
	add_given(rq, "HTTP_LAST_EVENT_ID", a->last_event_id);
	add_given(rq, "HTTP_X_CSRF_TOKEN", a->csrf);
	if (a->body) {
		rq->body = str_of(a->body);
		add(rq, "CONTENT_TYPE", str_of(a->type ? a->type : "application/json"));
	}
	serve_request(rq);
	return rq;
}

str answered_header(const struct request *rq, const char *name)
{
	for (const struct header *h = rq->reply_headers; h; h = h->next)
		if (str_eq_nocase(h->name, str_of(name)))
			return h->value;
	return (str){ NULL, 0 };
}

str answered(const struct request *rq)
{
	struct buf b = rq->reply_body;

	return buf_text(&b);
}

struct json *answered_json(const struct request *rq)
{
	return json_parse(rq->ctx, answered(rq));
}

void check_problem(const struct request *rq, int status, const char *code, const char *file, int line)
{
	const struct json *j = answered_json(rq);

	if (rq->status != status || !str_eq(json_str(j, "code"), str_of(code))) {
		print_error("got    %d %.*s\nwanted %d %s\n", rq->status, STR(answered(rq)), status, code);
		_fail(file, line);
	}
	assert_str_at(rq->reply_type, "application/problem+json", file, line);
	_assert_int_equal((uintmax_t)json_int(j, "status", 0), (uintmax_t)status, file, line);
	_assert_true(json_str(j, "title").n > 0 && json_str(j, "type").n > 0, "title and type", file, line);
	_assert_true(str_eq(json_str(j, "request_id"), rq->ctx->request_id), "request_id", file, line);
}
