/* data/cache.h -- memcached, which holds only numbers that can be lost. cache.c is the only file that knows libmemcached.
 *
 * Nothing about seats, money or idempotency is decided from it. When it is away the system works, slower: after
 * three failures in a row it is left alone for a second. Keys are ours; a key with foreign text in it is hashed.
 */
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include "core/ctx.h"

struct cache *cache_open(const struct config *);
void cache_close(struct cache *);

/* Adds 1 to a counter that lives for `seconds` from its first use; 0 if the cache is away. */
int64_t cache_count(struct ctx *, str key, int64_t seconds);
int64_t cache_counter(struct ctx *, str key);                            /* reads it; 0 if it is not there */

/* Generations: numbers that say "what was made before this is stale". The local ones are words in shared memory,
 * so that looking costs nothing; a bump also reaches the other machines, by memcached, within half a second. */
enum generation { GEN_CATALOGUE, GENERATIONS };
uint64_t generation(struct ctx *, enum generation);
void generation_bump(struct ctx *, enum generation);                     /* after commit: tx_after_commit */

#endif
