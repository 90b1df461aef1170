#include "data/cache.h"

#include <fcntl.h>
#include <libmemcached/memcached.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/config.h"
#include "core/log.h"

enum {
	KEY_MOST = 240,              /* memcached's own limit is 250 */
	FOREIGN_MOST = 200,
	SECONDS_MOST = 30 * 24 * 3600,     /* memcached takes more than this for a date */
	WAIT_MS = 50,
	FAILURES = 3,
};

static const int64_t BREAK_US = SECOND, LOOK_US = SECOND / 2;

/* The generations of this machine, in a file that all processes map. */
struct page {
	struct {
		_Atomic uint64_t local;        /* 0: not begun */
		_Atomic int64_t seen;          /* memcached's number when we looked */
		_Atomic int64_t looked_at;
	} of[GENERATIONS];
};

struct cache {
	memcached_st *mc;
	int failures;                /* in a row */
	int64_t away_until;
	struct page *page;
	char prefix[72];             /* so that databases can share a memcached */
};

static struct page *map_page(const struct config *k)
{
	char path[4096];
	void *p = MAP_FAILED;
	int fd;

	snprintf(path, sizeof(path), "%s/generations", k->run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && ftruncate(fd, sizeof(struct page)) == 0)
		p = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (p == MAP_FAILED) {
		log_line(NULL, LOG_WARN, "generations are not shared", "file", str_of(path));
		p = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	if (p == MAP_FAILED)
		abort();
	return p;
}

struct cache *cache_open(const struct config *k)
{
	struct cache *h = calloc(1, sizeof(*h));

	if (!h || !(h->mc = memcached_create(NULL)))
		abort();
	memcached_behavior_set(h->mc, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, WAIT_MS);
	memcached_behavior_set(h->mc, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, WAIT_MS);
	memcached_behavior_set(h->mc, MEMCACHED_BEHAVIOR_SND_TIMEOUT, WAIT_MS * 1000);
	memcached_behavior_set(h->mc, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, WAIT_MS * 1000);
	memcached_behavior_set(h->mc, MEMCACHED_BEHAVIOR_BUFFER_REQUESTS, 0);
	memcached_behavior_set(h->mc, MEMCACHED_BEHAVIOR_NOREPLY, 0);
	memcached_behavior_set(h->mc, MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 0);     /* our own breaker decides that */
	memcached_server_add_unix_socket(h->mc, k->memcached_socket);
	snprintf(h->prefix, sizeof(h->prefix), "%s.", k->db_name);
	h->page = map_page(k);
	return h;
}

void cache_close(struct cache *h)
{
	if (!h)
		return;
	memcached_free(h->mc);
	munmap(h->page, sizeof(*h->page));
	free(h);
}

static bool is_away(const struct cache *h)
{
	return !h || (h->failures >= FAILURES && clock_us() < h->away_until);
}

/* Takes note of how it went. After anything odd the connection is given up: a late answer must never be taken for the
 * answer to another question. */
static bool went_well(struct cache *h, memcached_return_t r)
{
	switch (r) {
	case MEMCACHED_SUCCESS:
	case MEMCACHED_STORED:
	case MEMCACHED_DELETED:
	case MEMCACHED_NOTFOUND:
	case MEMCACHED_NOTSTORED:
	case MEMCACHED_DATA_EXISTS:
		h->failures = 0;
		return true;
	default:
		memcached_quit(h->mc);
		if (++h->failures >= FAILURES)
			h->away_until = clock_us() + BREAK_US;
		return false;
	}
}

struct key {
	char text[KEY_MOST];
	size_t n;
};

static bool is_plain(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x21 || (unsigned char)s.p[i] > 0x7E)
			return false;
	return s.n > 0 && s.n <= FOREIGN_MOST;
}

static struct key key_of(const struct cache *h, str s)
{
	struct key k;
	int n;

	if (is_plain(s) && strlen(h->prefix) + s.n < sizeof(k.text)) {
		n = snprintf(k.text, sizeof(k.text), "%s%.*s", h->prefix, STR(s));
	} else {
		unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
		char hex[65];

		EVP_Digest(s.n ? s.p : "", s.n, sum, NULL, EVP_sha256(), NULL);
		for (int i = 0; i < 32; i++)
			snprintf(hex + 2 * i, 3, "%02x", sum[i]);
		n = snprintf(k.text, sizeof(k.text), "%s#%s", h->prefix, hex);
	}
	k.n = (size_t)n;
	return k;
}

static time_t lifetime(int64_t seconds)
{
	return seconds < 0 ? 1 : seconds > SECONDS_MOST ? SECONDS_MOST : seconds;
}

/* Adds 1, or begins with `first`. Somebody else may begin at the same time, so it asks twice. */
static int64_t count_from(struct ctx *c, str key, int64_t seconds, int64_t first)
{
	struct cache *h = c->cache;
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%lld", (long long)first);
	struct key k;

	if (is_away(h))
		return 0;
	k = key_of(h, key);
	for (int i = 0; i < 2; i++) {
		uint64_t v = 0;
		memcached_return_t r = memcached_increment(h->mc, k.text, k.n, 1, &v);

		if (!went_well(h, r))
			return 0;
		if (r == MEMCACHED_SUCCESS)
			return (int64_t)v;
		r = memcached_add(h->mc, k.text, k.n, digits, (size_t)length, lifetime(seconds), 0);
		if (!went_well(h, r))
			return 0;
		if (r == MEMCACHED_SUCCESS || r == MEMCACHED_STORED)
			return first;
	}
	return 0;
}

int64_t cache_count(struct ctx *c, str key, int64_t seconds)
{
	return count_from(c, key, seconds, 1);
}

int64_t cache_counter(struct ctx *c, str key)
{
	struct cache *h = c->cache;
	memcached_return_t r;
	struct key k;
	size_t length;
	uint32_t flags;
	int64_t n = 0;
	char *p;

	if (is_away(h))
		return 0;
	k = key_of(h, key);
	p = memcached_get(h->mc, k.text, k.n, &length, &flags, &r);
	if (!went_well(h, r) || !p || !str_int(str_trim((str){ p, length }), &n))
		n = 0;
	free(p);
	return n;
}

static str name_of(enum generation g, char *to, size_t room)
{
	return (str){ to, (size_t)snprintf(to, room, "gen.%d", (int)g) };
}

/* A number that no earlier life of the file has used: it begins with the time. */
static uint64_t local_of(struct page *p, enum generation g)
{
	uint64_t v = atomic_load(&p->of[g].local), begin = (uint64_t)when_now().us;

	if (v == 0 && atomic_compare_exchange_strong(&p->of[g].local, &v, begin))
		return begin;
	return v;
}

uint64_t generation(struct ctx *c, enum generation g)
{
	struct page *p = c->cache ? c->cache->page : NULL;
	int64_t now = clock_us(), before;
	char name[32];

	if (!p)
		return 0;
	local_of(p, g);
	before = atomic_load(&p->of[g].looked_at);
	/* One thread of the machine looks; a time in the future is from before a restart of the machine. */
	if ((now - before >= LOOK_US || before > now) && !is_away(c->cache) &&
	    atomic_compare_exchange_strong(&p->of[g].looked_at, &before, now)) {
		int64_t there = cache_counter(c, name_of(g, name, sizeof(name)));

		if (c->cache->failures == 0 && atomic_exchange(&p->of[g].seen, there) != there)
			atomic_fetch_add(&p->of[g].local, 1);
	}
	return atomic_load(&p->of[g].local);
}

/* The shared counter begins with the time too: one that was lost and begun anew never looks like the one before. */
void generation_bump(struct ctx *c, enum generation g)
{
	struct page *p = c->cache ? c->cache->page : NULL;
	char name[32];
	int64_t there, before;

	if (!p)
		return;
	local_of(p, g);
	atomic_fetch_add(&p->of[g].local, 1);
	there = count_from(c, name_of(g, name, sizeof(name)), 0, when_now().us);
	before = there - 1;
	if (there)     /* if nobody else bumped, we need not find our own bump again */
		atomic_compare_exchange_strong(&p->of[g].seen, &before, there);
}
