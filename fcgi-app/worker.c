/* worker.c -- the story of a request: a thread keeps its ctx, its connections and its arena for ever; for each request
 * it reads the body, lets web/serve.c answer, writes head and body, and forgets everything. */
#include "worker.h"

#include <stdlib.h>
#include <string.h>

#include "data/cache.h"
#include "data/db.h"
#include "gateway_sim/gateway_sim.h"
#include "web/answers.h"
#include "web/fcgi.h"
#include "web/request.h"
#include "web/read.h"

enum { BODY_LIMIT = 1024 * 1024 };

struct worker {
	const struct config *config;
	enum pool pool;
};

struct thread {
	struct ctx *ctx;
	struct answers *answers;
	enum pool pool;
};

static void *thread_begin(void *arg, int nth)
{
	const struct worker *w = arg;
	struct thread *t = calloc(1, sizeof(*t));

	(void)nth;
	if (!t)
		abort();
	t->ctx = ctx_new(w->config);
	t->ctx->db = db_open(w->config);
	t->ctx->cache = cache_open(w->config);
	t->pool = w->pool;
	t->answers = w->pool == POOL_WEB ? answers_new() : NULL;
	return t;
}

static void thread_end(void *p)
{
	struct thread *t = p;

	answers_free(t->answers);
	cache_close(t->ctx->cache);
	db_close(t->ctx->db);
	ctx_free(t->ctx);
	free(t);
}

static str reason(int status)
{
	switch (status) {
	case 200: return S("200 OK");
	case 201: return S("201 Created");
	case 204: return S("204 No Content");
	case 303: return S("303 See Other");
	case 404: return S("404 Not Found");
	case 503: return S("503 Service Unavailable");
	default: return (str){ NULL, 0 };
	}
}

static bool says_itself(const struct request *rq)
{
	for (const struct header *h = rq->reply_headers; h; h = h->next)
		if (str_eq(h->name, S("Cache-Control")))
			return true;
	return false;
}

/* Nothing is kept, but the page that a form was answered with (to be checked, or with what was wrong): the way back leads to it, and a browser
 * that has not kept it shows an error instead, and what was typed is gone. It is asked for anew whenever it is not the way back; logging out
 * clears it away (docs/decisions.md). */
static str caching(const struct request *rq)
{
	bool answers_form = rq->method == POST && rq->wants_html && rq->route && rq->route->page && (rq->status == 200 || rq->status == 422);

	return answers_form ? S("private, no-cache") : S("no-store");
}

static void write_head(struct request *rq, struct buf *head)
{
	str words = reason(rq->status);

	buf_lit(head, "Status: ");
	if (words.n)
		buf_str(head, words);
	else
		buf_fmt(head, "%d .", rq->status);
	if (rq->reply_type.n) {
		buf_lit(head, "\r\nContent-Type: ");
		buf_str(head, rq->reply_type);
	}
	buf_lit(head, "\r\nX-Request-Id: ");
	buf_str(head, rq->ctx->request_id);
	if (!says_itself(rq)) {
		buf_lit(head, "\r\nCache-Control: ");
		buf_str(head, caching(rq));
	}
	for (const struct header *h = rq->reply_headers; h; h = h->next) {
		buf_lit(head, "\r\n");
		buf_str(head, h->name);
		buf_lit(head, ": ");
		buf_str(head, h->value);
	}
	if (rq->status != 204 && rq->status != 303) {
		buf_lit(head, "\r\nContent-Length: ");
		buf_int(head, (int64_t)rq->reply_body.n);
	}
	buf_lit(head, "\r\n\r\n");
}

static void read_body(struct request *rq, void *io)
{
	str length = request_header(rq, "CONTENT_LENGTH");
	int64_t n;
	char *p;

	if (!str_int(length, &n) || n <= 0)
		return;
	if (n > BODY_LIMIT) {
		rq->body.n = BODY_LIMIT + 1;      /* refused by its length alone, before a byte of it is read */
		return;
	}
	p = arena_text(rq->ctx->arena, (size_t)n);
	if (fcgi_body(io, p, (size_t)n))
		rq->body = (str){ p, (size_t)n };
}

static void serve(void *p, char **envp, void *io)
{
	struct thread *t = p;
	struct request rq = { .ctx = t->ctx, .answers = t->answers, .pool = t->pool };
	struct buf head;

	ctx_begin(t->ctx);
	request_params(&rq, envp);
	read_body(&rq, io);
	serve_request(&rq);
	head = buf_in(t->ctx->arena);
	write_head(&rq, &head);
	fcgi_write(io, buf_text(&head), buf_text(&rq.reply_body));
	arena_reset(t->ctx->arena);
}

void worker_run(const struct config *config, enum pool pool, int listen_fd, int threads, struct fcgi_balance *balance, int slot)
{
	struct worker w = { config, pool };
	struct fcgi_thread thread = { thread_begin, serve, thread_end, &w };

	if (pool == POOL_PG)
		gateway_sim_start(config);
	fcgi_run(listen_fd, threads, &thread, balance, slot);
}
