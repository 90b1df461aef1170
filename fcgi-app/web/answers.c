#include "web/answers.h"

#include <stdlib.h>
#include <string.h>

#include "core/metrics.h"
#include "data/cache.h"

enum { SLOTS = 32, MAX_ANSWER = 64 * 1024, MAX_URI = 200, KEEP_US = SECOND };

struct answer {
	uint32_t hash;
	uint64_t generation;
	int64_t until;                     /* clock_us() */
	size_t uri_n, body_n;
	int64_t etag;                      /* version, or -1 */
	char *text;                        /* the URI, then the body */
};

struct answers {
	struct answer slot[SLOTS];
};

struct answers *answers_new(void)
{
	return calloc(1, sizeof(struct answers));
}

void answers_free(struct answers *a)
{
	for (size_t i = 0; a && i < SLOTS; i++)
		free(a->slot[i].text);
	free(a);
}

bool answers_find(struct answers *all, struct request *rq, str uri)
{
	uint32_t hash = str_hash(uri);
	struct answer *a = &all->slot[hash % SLOTS];

	if (!a->text || a->hash != hash || a->generation != generation(rq->ctx, GEN_CATALOGUE) || a->until < clock_us() ||
	    !str_eq((str){ a->text, a->uri_n }, uri)) {
		metric_add(METRIC_cache_misses, 1);
		return false;
	}
	metric_add(METRIC_cache_hits, 1);
	reply_stored(rq, 200, (str){ a->text + a->uri_n, a->body_n });
	if (a->etag >= 0)
		reply_etag(rq, a->etag);
	return true;
}

void answers_keep(struct answers *all, struct request *rq, str uri, uint64_t made_at)
{
	uint32_t hash = str_hash(uri);
	struct answer *a = &all->slot[hash % SLOTS];
	int64_t etag = -1;

	if (rq->status != 200 || uri.n > MAX_URI || rq->reply_body.n > MAX_ANSWER)
		return;
	for (const struct header *h = rq->reply_headers; h; h = h->next) {
		if (!str_eq(h->name, S("ETag")) || !str_int((str){ h->value.p + 1, h->value.n - 2 }, &etag))
			return;
	}
	free(a->text);
	a->text = malloc(uri.n + rq->reply_body.n + 1);
	if (!a->text)
		return;
	memcpy(a->text, uri.p, uri.n);
	memcpy(a->text + uri.n, rq->reply_body.p, rq->reply_body.n);
	a->hash = hash;
	a->generation = made_at;
	a->until = clock_us() + KEEP_US;
	a->uri_n = uri.n;
	a->body_n = rq->reply_body.n;
	a->etag = etag;
}
