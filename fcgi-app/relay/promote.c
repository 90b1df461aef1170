/* relay/promote.c -- courses that were joined: numbered and promoted, one thread at a time on each. */
#include "core/config.h"
#include "queue/queue.h"
#include "relay/relay.h"

enum { ROUND_US = 15000 };

/* The index of a course whose turn it is. */
static int64_t ready(struct relay *r, int64_t now, int64_t *look_again)
{
	for (size_t i = 0; i < r->n_courses; i++) {
		struct wanted_course *w = &r->courses[i];

		if (w->running || !w->again)
			continue;
		if (w->not_before > now) {
			if (!*look_again || w->not_before < *look_again)
				*look_again = w->not_before;
			continue;
		}
		w->running = true;
		w->again = false;
		return w->course_id;
	}
	return -1;
}

static void done(struct relay *r, int64_t course_id, bool failed)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->n_courses; i++) {
		struct wanted_course *w = &r->courses[i];

		if (w->course_id != course_id)
			continue;
		w->running = false;
		w->again |= failed;
		w->not_before = clock_us() + (failed ? 200000 : ROUND_US);
		if (w->again)
			pthread_cond_broadcast(&r->bell);
		break;
	}
	/* Quiet ones make room. */
	for (size_t i = 0; i < r->n_courses;) {
		struct wanted_course *w = &r->courses[i];

		if (!w->running && !w->again && w->not_before < clock_us())
			*w = r->courses[--r->n_courses];
		else
			i++;
	}
	pthread_mutex_unlock(&r->lock);
}

static void serve(struct ctx *c, void *p)
{
	queue_serve(c, *(int64_t *)p);
}

void *relay_promote_main(void *p)
{
	struct relay *r = p;
	struct ctx *c = relay_ctx(r);
	int64_t course_id;

	while ((course_id = relay_wait(r, ready)) >= 0)
		done(r, course_id, !relay_guard(c, serve, &course_id));
	relay_ctx_free(c);
	return NULL;
}
