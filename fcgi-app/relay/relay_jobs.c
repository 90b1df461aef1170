#include "relay/relay_jobs.h"

#include "core/metrics.h"
#include "core/shape.h"
#include "data/db.h"

struct gauges {
	int64_t waiting, parked, lag, seats_taken, queue_waiting;
};
static const struct shape gauges_shape = SHAPE("Gauges", struct gauges, F(waiting), F(parked), F(lag), F(seats_taken), F(queue_waiting));

SQL_SCAN(select_gauges,
	"SELECT o.n AS waiting, o.lag, p.n AS parked, s.taken AS seats_taken, s.waiting AS queue_waiting FROM "
	"(SELECT COUNT(*) AS n, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(created_at), UTC_TIMESTAMP(6)), 0) AS lag FROM "
	"(SELECT created_at FROM outbox LIMIT 10000) w) o, (SELECT COUNT(*) AS n FROM outbox_parked) p, "
	"(SELECT COALESCE(SUM(taken), 0) AS taken, COALESCE(SUM(waiting), 0) AS waiting FROM seat_load) s");
SQL(sweep_tokens, "DELETE FROM member_token WHERE expires_at < ? LIMIT 1000");
SQL(sweep_tickets, "DELETE FROM event_ticket WHERE expires_at < ? LIMIT 1000");
SQL(sweep_keys, "DELETE FROM idempotency WHERE created_at < ? LIMIT 1000");
SQL(sweep_refresh, "DELETE FROM session_refresh WHERE used_at < ? LIMIT 1000");
SQL(sweep_sessions, "DELETE FROM session WHERE seen_at < ? LIMIT 1000");
SQL(sweep_mails, "DELETE FROM mail WHERE created_at < ? AND state <> 'queued' LIMIT 1000");
SQL(sweep_inbox, "DELETE FROM inbox WHERE done_at < ? LIMIT 1000");

static int64_t show_gauges(struct ctx *c)
{
	struct gauges g = { 0 };

	if (db_one(c, &select_gauges, &gauges_shape, &g)) {
		metric_set(METRIC_outbox_waiting, g.waiting);
		metric_set(METRIC_outbox_parked, g.parked);
		metric_set(METRIC_outbox_lag, g.lag);
		metric_set(METRIC_seats_taken, g.seats_taken);
		metric_set(METRIC_queue_waiting, g.queue_waiting);
	}
	return 0;
}

/* A thousand rows at a time, so that no sweep holds locks for long; while there are more it comes again soon. */
static int64_t sweep(struct ctx *c)
{
	const struct {
		const struct sql *sql;
		int64_t age;
	} dust[] = {
		{ &sweep_tokens, 0 }, { &sweep_tickets, MINUTE }, { &sweep_keys, 24 * HOUR }, { &sweep_refresh, 30 * DAY },
		{ &sweep_sessions, 30 * DAY }, { &sweep_inbox, 30 * DAY }, { &sweep_mails, 90 * DAY },
	};
	bool more = false;

	for (size_t i = 0; i < sizeof(dust) / sizeof(dust[0]); i++)
		more |= db_run(c, dust[i].sql, arg(when_plus(c->now, -dust[i].age))) == 1000;
	return more ? c->now.us + SECOND : 0;
}

const struct job relay_jobs[] = {
	{ "relay.gauges", 2 * SECOND, show_gauges },
	{ "relay.sweep", 10 * MINUTE, sweep, .alone = true },
	{ 0 }
};
