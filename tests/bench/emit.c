/* bench/emit.c -- tells members something, by the program's own notify(): the source of events for the SSE measurements.
 *
 *	emit --config FILE --members FILE --rate R --seconds S        one event per transaction, members in turn
 *	emit --config FILE --members FILE --count N                   N events in one transaction: one commit shows them all
 *
 * FILE: a member id per line, ascending. Prints a line of JSON: how many, and when the (last) commit began, in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/config.h"
#include "data/cache.h"
#include "data/db.h"
#include "notify/notify.h"

/* A kind that is pushed and not mailed too: what is measured is the push. */
#define TYPE "seat.expired"
#define DATA "{\"course_id\":1,\"ticket_id\":1,\"course_title\":\"\xec\xb8\xa1\xec\xa0\x95\"}"

struct emitter {
	struct ctx *ctx;
	int64_t *members;
	size_t n, at;
	int64_t count;
	int64_t commit_us;
};

static int64_t wall_us(void)
{
	return when_now().us;
}

static outcome tell_one(struct ctx *c, void *p)
{
	struct emitter *e = p;

	notify(c, e->members[e->at % e->n], TYPE, S(DATA));
	e->commit_us = wall_us();
	return OK;
}

static outcome tell_all(struct ctx *c, void *p)
{
	struct emitter *e = p;
	struct notice *notices = arena_array(c->arena, struct notice, e->n);
	int64_t left = e->count;

	for (size_t i = 0; i < e->n; i++)
		notices[i] = (struct notice){ e->members[i], S(TYPE), S(DATA) };
	while (left > 0) {
		size_t now = (size_t)left < e->n ? (size_t)left : e->n;

		notify_many(c, notices, now);
		left -= (int64_t)now;
	}
	e->commit_us = wall_us();
	return OK;
}

static bool tell(struct emitter *e, outcome (*work)(struct ctx *, void *))
{
	struct fault_frame f;
	volatile bool told = false;

	ctx_begin(e->ctx);
	if (fault_caught(e->ctx, &f))
		fprintf(stderr, "emit: %s:%d: %s\n", f.file, f.line, f.what);
	else
		told = db_tx(e->ctx, work, e) == OK;
	fault_leave(e->ctx, &f);
	arena_reset(e->ctx->arena);
	return told;
}

static int64_t run_paced(struct emitter *e, double rate, double seconds)
{
	int64_t begun = wall_us(), told = 0;

	for (int64_t i = 0; (double)i < rate * seconds; i++) {
		int64_t wait = begun + (int64_t)((double)i * 1e6 / rate) - wall_us();
		struct timespec pause = { wait / 1000000, wait % 1000000 * 1000 };

		if (wait > 0)
			nanosleep(&pause, NULL);
		told += tell(e, tell_one);
		e->at++;
	}
	return told;
}

static bool read_members(struct emitter *e, const char *path)
{
	FILE *f = fopen(path, "r");
	long long id;

	if (!f)
		return false;
	while (fscanf(f, "%lld", &id) == 1) {
		e->members = realloc(e->members, (e->n + 1) * sizeof(*e->members));
		if (!e->members)
			abort();
		e->members[e->n++] = id;
	}
	fclose(f);
	return e->n > 0;
}

int main(int argc, char **argv)
{
	const struct config *config = NULL;
	static struct emitter e;
	double rate = 0, seconds = 0;
	int64_t told;
	bool ready = true;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--config") == 0)
			config = config_read(argv[i + 1]);
		else if (strcmp(argv[i], "--members") == 0)
			ready = read_members(&e, argv[i + 1]);
		else if (strcmp(argv[i], "--rate") == 0)
			rate = atof(argv[i + 1]);
		else if (strcmp(argv[i], "--seconds") == 0)
			seconds = atof(argv[i + 1]);
		else if (strcmp(argv[i], "--count") == 0)
			e.count = atoll(argv[i + 1]);
	}
	if (!config || !ready || !e.n || (rate <= 0 && e.count <= 0)) {
		fprintf(stderr, "usage: emit --config FILE --members FILE (--rate R --seconds S | --count N)\n");
		return 2;
	}
	e.ctx = ctx_new(config);
	e.ctx->db = db_open(config);
	e.ctx->cache = cache_open(config);
	told = e.count > 0 ? (tell(&e, tell_all) ? e.count : 0) : run_paced(&e, rate, seconds);
	printf("{\"told\":%lld,\"commit_us\":%lld}\n", (long long)told, (long long)e.commit_us);
	return told > 0 ? 0 : 1;
}
