#include "relay_fixtures.h"

#include <stdlib.h>
#include <time.h>

#include "data/db.h"

enum { THREADS = 3 };

SQL(count_due, "SELECT COUNT(*) FROM outbox WHERE shard BETWEEN ? AND ? AND (not_before IS NULL OR not_before <= ?)");

struct relay *a_relay(const struct config *config)
{
	struct relay *r = calloc(1, sizeof(*r));
	pthread_condattr_t monotonic;

	assert_non_null(r);
	r->config = config;
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->bell, &monotonic);
	r->dirty = (UINT64_C(1) << OUTBOX_SHARDS) - 1;
	return r;
}

void stop_relay(struct relay *r, pthread_t *threads, int n)
{
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_broadcast(&r->bell);
	pthread_mutex_unlock(&r->lock);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&r->bell);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* Nobody wakes this relay for what its listeners write: it looks again and again. */
static void look_again(struct relay *r)
{
	pthread_mutex_lock(&r->lock);
	r->dirty = (UINT64_C(1) << OUTBOX_SHARDS) - 1;
	pthread_cond_broadcast(&r->bell);
	pthread_mutex_unlock(&r->lock);
}

static int64_t due(struct ctx *c, int64_t from_shard, int64_t to_shard)
{
	return db_int(c, &count_due, 0, arg(from_shard), arg(to_shard), arg(when_now()));
}

/* An event that is being handled is not due, and may write others: so it is looked again when all threads have ended. */
void let_relay(struct ctx *c, const struct config *config, void *(*thread)(void *), int64_t from_shard, int64_t to_shard)
{
	struct timespec moment = { 0, 5000000 };
	int rounds = 0;

	do {
		struct relay *r = a_relay(config);
		pthread_t threads[THREADS];

		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, thread, r), 0);
		for (int i = 0; i < 4000 && due(c, from_shard, to_shard) > 0; i++) {
			look_again(r);
			nanosleep(&moment, NULL);
		}
		stop_relay(r, threads, THREADS);
	} while (due(c, from_shard, to_shard) > 0 && ++rounds < 10);
	assert_int_equal(due(c, from_shard, to_shard), 0);
	c->now = when_now();
}
