/* relay/jobs.c -- what is due, by whichever thread is free: a slow one (the gateway doesn't answer) holds up no other.
 *
 * A job is safe to run on several machines at once (it decides under row locks, or leases single rows), or runs alone, by a lease on its row.
 */
#include <unistd.h>

#include "core/config.h"
#include "relay/listeners.h"
#include "relay/relay.h"

#define LOOK_AT_ROW (5 * SECOND)
#define LEASE (2 * MINUTE)

static int64_t ready(struct relay *r, int64_t now, int64_t *look_again)
{
	for (size_t i = 0; i < job_count() && i < RELAY_JOBS; i++) {
		if (r->job_running[i])
			continue;
		if (r->job_due[i] > now) {
			if (!*look_again || r->job_due[i] < *look_again)
				*look_again = r->job_due[i];
			continue;
		}
		r->job_running[i] = true;
		/* A wake-up while it runs makes it run again. For one that runs alone, its row says when it is due. */
		r->job_due[i] = now + (job_at(i)->alone ? LOOK_AT_ROW : job_at(i)->every_us);
		return (int64_t)i;
	}
	return -1;
}

struct running {
	size_t job;
	when next;
};

static void run_alone(struct ctx *c, const struct job *j)
{
	str owner = str_fmt(c->arena, "%d.%.*s", (int)getpid(), STR(c->request_id));
	int64_t began = clock_us();
	when next = { 0 };

	job_register(c, j);
	if (!job_claim(c, j, owner, LEASE))
		return;
	next.us = j->run(c);
	if (next.us == 0)
		next = when_plus(c->now, j->every_us);
	job_finish(c, j, owner, next, clock_us() - began, (str){ NULL, 0 });
}

static void run(struct ctx *c, void *p)
{
	struct running *v = p;
	const struct job *j = job_at(v->job);

	if (j->alone)
		run_alone(c, j);
	else
		v->next.us = j->run(c);
}

/* The job may wish to be called sooner than its rhythm says, at a moment by the wall clock. */
static void done(struct relay *r, const struct running *v)
{
	int64_t wish = v->next.us ? clock_us() + v->next.us - when_now().us : INT64_MAX;

	pthread_mutex_lock(&r->lock);
	r->job_running[v->job] = false;
	if (wish < r->job_due[v->job])
		r->job_due[v->job] = wish;
	pthread_cond_broadcast(&r->bell);
	pthread_mutex_unlock(&r->lock);
}

void *relay_jobs_main(void *p)
{
	struct relay *r = p;
	struct ctx *c = relay_ctx(r);
	int64_t i;

	while ((i = relay_wait(r, ready)) >= 0) {
		struct running v = { (size_t)i, { 0 } };

		relay_guard(c, run, &v);
		done(r, &v);
	}
	relay_ctx_free(c);
	return NULL;
}
