/* gateway_sim/webhook.c -- calling back: PAYMENT_STATUS_CHANGED to the centre's webhook address.
 *
 * A row is written with what it tells. Two threads of every process take rows that are due: a row is claimed by raising
 * its `tries` and moving its due time behind the call's own limit, so a killed process loses nothing but time. What is not
 * answered with 200 is tried again after 1, 4, 16 … 4096 s: the documented delays with seconds for minutes.
 */
#include "gateway_sim/gateway_sim.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/config.h"
#include "core/log.h"
#include "data/db.h"
#include "outside/http.h"
#include "web/crypto.h"

enum { MESSENGERS = 2, TAKE = 20, CALL_MS = 10000, EXPIRE_EVERY_S = 5 };

static const int64_t delays_s[] = { 1, 4, 16, 64, 256, 1024, 4096 };

static const struct shape webhook_shape = SHAPE("PgsimWebhook", struct pgsim_webhook,
	F(id), F(transmission_id), F(body), F(tries));

SQL(insert_webhook, "INSERT INTO madang_pg.pgsim_webhook (transmission_id, body, due_at, created_at) VALUES (?, ?, ?, ?)");
SQL(select_due, "SELECT id, transmission_id, body, tries FROM madang_pg.pgsim_webhook WHERE due_at <= ? "
	"ORDER BY due_at LIMIT ?");
SQL(claim, "UPDATE madang_pg.pgsim_webhook SET tries = tries + 1, due_at = ? "
	"WHERE id = ? AND tries = ? AND due_at IS NOT NULL");
SQL(set_due, "UPDATE madang_pg.pgsim_webhook SET due_at = ? WHERE id = ? AND tries = ?");

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;
static int rung;                               /* under the lock, as is the next */
static const struct config *config_of_messengers;

/* ---- writing and delivering ---- */

static void ring(struct ctx *c, void *p)
{
	(void)c, (void)p;
	pthread_mutex_lock(&lock);
	rung++;
	pthread_cond_signal(&bell);
	pthread_mutex_unlock(&lock);
}

int64_t pgsim_webhook_add(struct ctx *c, str body, when due, struct pgsim_webhook *w)
{
	unsigned char r[16];
	struct pgsim_webhook made = { .body = body };

	crypto_random(r, sizeof(r));
	made.transmission_id = str_hex(c->arena, r, sizeof(r));
	made.id = db_insert(c, &insert_webhook, arg(made.transmission_id), arg(body), arg(due), arg(c->now));
	if (w)
		*w = made;
	if (due.us <= c->now.us)
		tx_after_commit(c, ring, NULL, 0);
	return made.id;
}

static bool post(struct ctx *c, const struct pgsim_webhook *w)
{
	struct http_pair headers[] = {
		{ "Content-Type", S("application/json") },
		{ "tosspayments-webhook-transmission-time", pgsim_time(c, when_now()) },
		{ "tosspayments-webhook-transmission-id", w->transmission_id },
		{ "tosspayments-webhook-transmission-retried-count", str_fmt(c->arena, "%lld", (long long)w->tries) },
		{ NULL, S("") },
	};
	struct http_call call = {
		.method = "POST",
		.url = str_join(c->arena, str_of(c->config->base_url), S("/api/v1/webhooks/payments/toss")),
		.headers = headers,
		.body = w->body,
		.timeout_ms = CALL_MS,
		.any_certificate = c->config->sandbox,
	};
	struct http_answer a = http_send(c, &call);

	if (a.status != 200)
		log_line(c, LOG_INFO, "webhook not taken", "id", w->transmission_id,
			"why", a.error ? str_of(a.error) : str_fmt(c->arena, "%d", a.status));
	return a.status == 200;
}

bool pgsim_webhook_deliver(struct ctx *c, const struct pgsim_webhook *w)
{
	size_t n_delays = sizeof(delays_s) / sizeof(delays_s[0]);
	opt_when next = { 0 };
	when now = when_now();

	if (db_run(c, &claim, arg(when_plus(now, CALL_MS * 1000 + 5 * SECOND)), arg(w->id), arg(w->tries)) == 0)
		return false;                   /* another messenger has it */
	if (!post(c, w) && (size_t)w->tries < n_delays)
		next = some_when(when_plus(when_now(), delays_s[w->tries] * SECOND));
	db_run(c, &set_due, arg(next), arg(w->id), arg(w->tries + 1));
	return !next.set;
}

/* ---- the messengers ---- */

static void go_round(struct ctx *c, int64_t *expired_at)
{
	list due = db_all(c, &select_due, &webhook_shape, arg(c->now), arg((int64_t)TAKE));
	const struct pgsim_webhook *w = due.p;

	for (size_t i = 0; i < due.n; i++)
		pgsim_webhook_deliver(c, &w[i]);
	if (due.n == TAKE)
		ring(c, NULL);
	if (c->now.us - *expired_at > EXPIRE_EVERY_S * SECOND) {
		*expired_at = c->now.us;
		pgsim_expire(c);
	}
}

/* Until the bell rings, or for half a second. */
static void rest(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 500 * 1000 * 1000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&lock);
	while (rung == 0 && pthread_cond_timedwait(&bell, &lock, &until) == 0)
		;
	if (rung > 0)
		rung--;
	pthread_mutex_unlock(&lock);
}

static void *messenger(void *unused)
{
	struct ctx *c;
	struct fault_frame frame;
	static _Thread_local int64_t expired_at;

	(void)unused;
	pthread_mutex_lock(&lock);
	c = ctx_new(config_of_messengers);
	pthread_mutex_unlock(&lock);
	c->db = db_open(c->config);
	for (;;) {
		ctx_begin(c);
		if (fault_caught(c, &frame))
			log_line(c, LOG_WARN, "webhook messenger", "what", str_of(frame.what));
		else
			go_round(c, &expired_at);
		fault_leave(c, &frame);
		rest();
	}
	return NULL;
}

static void start(void)
{
	pthread_attr_t detached;
	pthread_t t;

	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < MESSENGERS; i++)
		if (pthread_create(&t, &detached, messenger, NULL) != 0)
			abort();
	pthread_attr_destroy(&detached);
}

void gateway_sim_start(const struct config *config)
{
	pthread_mutex_lock(&lock);
	config_of_messengers = config;
	pthread_mutex_unlock(&lock);
	pthread_once(&once, start);
}
