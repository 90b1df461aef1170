/* system/system.c -- is it alive, is it ready, what can it do. */
#include "core/config.h"
#include "core/metrics.h"
#include "data/db.h"
#include "data/migrate.h"
#include "system/preferences.h"
#include "web/openapi.h"
#include "web/request.h"

struct health {
	str status;
};
static const struct shape health_shape = SHAPE("Health", struct health, F(status));

static outcome health(struct request *rq)
{
	struct health h = { S("ok") };

	return reply(rq, &h);
}

/* Ready: the database answers, with all migrations. memcached may be away. */
static outcome ready(struct request *rq)
{
	struct health h = { S("ready") };

	if (!db_alive(rq->ctx) || !migrate_is_current(rq->ctx, rq->ctx->config->sql_dir))
		return &unavailable;
	return reply(rq, &h);
}

struct pong {
	str pong;
	when now;
};
static const struct shape pong_shape = SHAPE("Pong", struct pong, F(pong), F(now));

static outcome ping(struct request *rq)
{
	struct pong p = { S("pong"), rq->ctx->now };

	return reply(rq, &p);
}

static outcome openapi(struct request *rq)
{
	return reply_text(rq, 200, S("application/json"), openapi_document(rq->ctx));
}

static const char *route_label(size_t i)
{
	const struct route *r = route_at(i);

	return r ? r->path : "unknown";
}

/* Only the inner listener of nginx says MADANG_INSIDE; a client's header would be HTTP_MADANG_INSIDE. */
static outcome metrics(struct request *rq)
{
	struct buf b = buf_in(rq->ctx->arena);

	if (!request_header(rq, "MADANG_INSIDE").n)
		return &not_found;
	metrics_print(rq->ctx->config, &b, route_label);
	return reply_text(rq, 200, S("text/plain; version=0.0.4"), buf_text(&b));
}

/* Everybody to where their work is. */
static outcome door(struct request *rq)
{
	const struct caller *who = &rq->ctx->who;

	if (who->id == 0)
		return reply_see_other(rq, S("/admin/login"));
	return reply_see_other(rq, !(who->roles & ANY_STAFF) && (who->roles & INSTRUCTOR) ? S("/teach/") : S("/admin/"));
}

const struct route system_routes[] = {
	{ GET, "/healthz", ANYONE, health, NULL, &health_shape, .about = "The process answers." },
	{ GET, "/readyz", ANYONE, ready, NULL, &health_shape, .about = "The database answers and is up to date." },
	{ GET, "/api/v1/ping", ANYONE, ping, NULL, &pong_shape, .about = "Answers from memory: for clocks and load balancers." },
	{ GET, "/api/v1/openapi.json", ANYONE, openapi, NULL, NULL, .about = "This document." },
	{ GET, "/metrics", ANYONE, metrics, NULL, NULL, .about = "Prometheus, on the inner listener only." },
	{ GET, "/", ANYONE, door, NULL, NULL, .status = 303, .about = "The way to the console, or to the instructors' pages." },
	{ POST, "/admin/preferences", ANYONE, system_preferences, &system_preferences_shape, NULL, .status = 303,
	  .about = "Language, theme and density, kept in cookies." },
	{ 0 }
};
