/* relay_fixtures.h -- a relay in the test's own process, or its threads as of several. */
#ifndef UNIT_RELAY_FIXTURES_H
#define UNIT_RELAY_FIXTURES_H

#include "fixtures.h"
#include "relay/relay.h"

struct relay *a_relay(const struct config *);
/* Stops the threads, n of them, and frees it. */
void stop_relay(struct relay *, pthread_t *threads, int n);

/* Three threads of this kind work until nothing of these shards is due. */
void let_relay(struct ctx *, const struct config *, void *(*thread)(void *), int64_t from_shard, int64_t to_shard);

#endif
