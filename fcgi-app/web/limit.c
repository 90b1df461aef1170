/* web/limit.c -- how often (PRODUCT.md, conventions). Counters live in memcached: when it is away nothing is limited,
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
};

static const struct rate_rule rules[] = {
	[RATE_SIGNUP] = { "signup", 5, 1000, 60, false },
	[RATE_LOGIN] = { "login", 10, 1000, 300, true },
	[RATE_MAIL] = { "mail", 5, 1000, 60, false },
	[RATE_SEARCH] = { "search", 30, 1000, 1, false },
};

static bool from_loopback(str ip)
{
	return str_starts(ip, S("127.")) || str_eq(ip, S("::1"));
}

static int64_t allowed(const struct ctx *c, const struct rate_rule *r)
{
	return c->config->sandbox && from_loopback(c->ip) ? r->allowed_in_sandbox : r->allowed;
}

static str key_of(const struct ctx *c, const struct rate_rule *r)
{
	int64_t window = c->now.us / (r->seconds * SECOND);

	if (c->who.id)
		return str_fmt(c->arena, "rate.%s.m%lld.%lld", r->name, (long long)c->who.id, (long long)window);
	return str_fmt(c->arena, "rate.%s.%.*s.%lld", r->name, STR(c->ip), (long long)window);
}

outcome limit_check(struct request *rq)
{
	const struct rate_rule *r = &rules[rq->route->rate];
	int64_t n;

	if (rq->route->rate == RATE_NONE)
		return OK;
	n = r->failures_only ? cache_counter(rq->ctx, key_of(rq->ctx, r)) : cache_count(rq->ctx, key_of(rq->ctx, r), r->seconds * 2) - 1;
	if (n < allowed(rq->ctx, r))
		return OK;
	metric_add(METRIC_rate_limited, 1);
	return &too_many;
}

void limit_failed(struct request *rq)
{
	const struct rate_rule *r = &rules[rq->route->rate];

	if (rq->route->rate != RATE_NONE && r->failures_only)
		cache_count(rq->ctx, key_of(rq->ctx, r), r->seconds * 2);
}
