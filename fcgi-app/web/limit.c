/* web/limit.c -- how often (docs/requirements.md, conventions). Counters live in memcached: when it is away nothing is limited,
 * and nothing that is decided here is about seats or money. */
#include "core/config.h"
#include "core/metrics.h"
#include "data/cache.h"
#include "web/read.h"

struct rate_rule {
	const char *name;
	int64_t allowed;
	int64_t allowed_in_sandbox;        /* from loopback */
	int64_t seconds;
	bool failures_only;
	bool per_email;                    /* also by the account that is named: whoever guesses may have many addresses */
	const char *with;                  /* counted only if this member was sent */
	bool per_caller;                   /* somebody who is logged in is counted as such, wherever from */
};

static const struct rate_rule rules[] = {
	[RATE_SIGNUP] = { "signup", 5, 1000, 60 },
	[RATE_LOGIN] = { "login", 10, 1000, 300, .failures_only = true, .per_email = true },
	[RATE_MAIL] = { "mail", 5, 1000, 60, .per_email = true },
	[RATE_CATALOGUE] = { "catalogue", 20, 10000, 1, .with = "q", .per_caller = true },
	[RATE_SEARCH] = { "search", 30, 1000, 1, .per_caller = true },
};

static bool from_loopback(str ip)
{
	return str_starts(ip, S("127.")) || str_eq(ip, S("::1"));
}

static int64_t allowed(const struct ctx *c, const struct rate_rule *r)
{
	return c->config->sandbox && from_loopback(c->ip) ? r->allowed_in_sandbox : r->allowed;
}

/* What is counted: the caller or the address, and the account that is named. How many keys. */
static size_t keys_of(const struct request *rq, const struct rate_rule *r, str keys[2])
{
	const struct ctx *c = rq->ctx;
	const struct field *email = r->per_email && rq->route->in ? shape_field(rq->route->in, S("email")) : NULL;
	long long window = (long long)(c->now.us / (r->seconds * SECOND));
	size_t n = 0;

	if (r->per_caller && c->who.id)
		keys[n++] = str_fmt(c->arena, "rate.%s.m.%lld.%lld", r->name, (long long)c->who.id, window);
	else
		keys[n++] = str_fmt(c->arena, "rate.%s.a.%.*s.%lld", r->name, STR(c->ip), window);
	if (email && email->kind == K_STR)
		keys[n++] = str_fmt(c->arena, "rate.%s.e.%.*s.%lld", r->name,
				    STR(str_lower(c->arena, *(str *)shape_at(rq->in, email))), window);
	return n;
}

outcome limit_check(struct request *rq)
{
	const struct rate_rule *r = &rules[rq->route->rate];
	int64_t most = 0;
	str keys[2];

	if (rq->route->rate == RATE_NONE || (r->with && !shape_is_set(shape_field(rq->route->in, str_of(r->with)), rq->in)))
		return OK;
	for (size_t i = 0, count = keys_of(rq, r, keys); i < count; i++) {
		int64_t n = r->failures_only ? cache_counter(rq->ctx, keys[i]) : cache_count(rq->ctx, keys[i], r->seconds * 2) - 1;

		most = n > most ? n : most;
	}
	if (most < allowed(rq->ctx, r))
		return OK;
	metric_add(METRIC_rate_limited, 1);
	rq->retry_after = r->seconds - rq->ctx->now.us / SECOND % r->seconds;      /* until the next window */
	return &too_many;
}

void limit_failed(struct request *rq)
{
	const struct rate_rule *r = &rules[rq->route->rate];
	str keys[2];

	if (rq->route->rate == RATE_NONE || !r->failures_only)
		return;
	for (size_t i = 0, count = keys_of(rq, r, keys); i < count; i++)
		cache_count(rq->ctx, keys[i], r->seconds * 2);
}
