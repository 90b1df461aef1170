/* relay/relay.h -- the process beside the workers: drains the outbox, promotes, does the jobs.
 *
 * Several may run, on one machine or many: shards, events and jobs are claimed in the database. Threads share one
 * struct relay, whose mutable parts are behind its mutex; everything else hangs on each thread's own ctx.
 *
 *	ear      takes wake-ups (datagrams) and hands them on; every half second it looks by itself
 *	push     publishes LANE_PUSH to nchan, a shard at a time, in order
 *	work     runs listeners of LANE_WORK: gateway, events between modules
 *	mail     runs listeners of LANE_MAIL: a server that lets them wait holds up nothing else
 *	promote  numbers and promotes the courses that were joined
 *	jobs     what is due
 */
#ifndef RELAY_H
#define RELAY_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/ctx.h"
#include "data/outbox.h"

enum { RELAY_COURSES = 4096, RELAY_JOBS = 64 };

/* A course that somebody joined. Between two rounds on the same course a moment passes, so that a rush is numbered in
 * batches; the first join on a quiet course is served at once. */
struct wanted_course {
	int64_t course_id;
	int64_t not_before;            /* clock_us() */
	bool running, again;
};

struct relay {
	const struct config *config;
	atomic_bool stopping;

	pthread_mutex_t lock;
	pthread_cond_t bell;           /* something to do, for whoever waits */
	uint64_t dirty;                /* shards to look at, by bit */
	int64_t rest_until[OUTBOX_SHARDS];     /* after a failure: clock_us() */
	int rest[OUTBOX_SHARDS];       /* failures in a row */
	struct wanted_course courses[RELAY_COURSES];
	size_t n_courses;
	int64_t job_due[RELAY_JOBS];           /* clock_us() */
	bool job_running[RELAY_JOBS];
};

/* Waits until `ready` says that there is something for this kind of thread; returns what it said, or -1 to stop. */
int64_t relay_wait(struct relay *, int64_t (*ready)(struct relay *, int64_t now, int64_t *look_again));

/* Runs one piece of work with a fresh arena; a fault is logged, and false. */
bool relay_guard(struct ctx *, void (*work)(struct ctx *, void *), void *p);

void *relay_push_main(void *);
void *relay_work_main(void *);
void *relay_mail_main(void *);
void *relay_promote_main(void *);
void *relay_jobs_main(void *);

struct ctx *relay_ctx(struct relay *);
void relay_ctx_free(struct ctx *);

/* A dirty shard of from … to − 1 that does not rest, taken; or -1, and when to look again. The lock is held. */
int64_t relay_take_shard(struct relay *, int from, int to, int64_t now, int64_t *look_again);
/* After a try at a shard: failed ones rest, longer each time, up to a second. */
void relay_shard_done(struct relay *, int64_t shard, bool failed, bool more);

#endif
