/* relay/relay.c -- threads, wake-ups, and who does what. */
#include "relay/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "core/config.h"
#include "core/log.h"
#include "core/metrics.h"
#include "data/cache.h"
#include "data/db.h"
#include "data/job.h"
#include "prepare.h"

enum { LOOK_MS = 500, PUSHERS = 3, WORKERS = 3, MAILERS = 3, PROMOTERS = 2, JOBBERS = 3, SLOTS = 4 };

struct ctx *relay_ctx(struct relay *r)
{
	struct ctx *c = ctx_new(r->config);

	c->db = db_open(r->config);
	c->cache = cache_open(r->config);
	return c;
}

void relay_ctx_free(struct ctx *c)
{
	cache_close(c->cache);
	db_close(c->db);
	ctx_free(c);
}

bool relay_guard(struct ctx *c, void (*work)(struct ctx *, void *), void *p)
{
	struct fault_frame f;

	ctx_begin(c);
	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		metric_add(METRIC_faults, 1);
		log_line(c, LOG_ERROR, "fault", "what", str_of(f.what), "file", str_of(f.file));
		arena_reset(c->arena);
		return false;
	}
	work(c, p);
	fault_leave(c, &f);
	arena_reset(c->arena);
	return true;
}

int64_t relay_wait(struct relay *r, int64_t (*ready)(struct relay *, int64_t, int64_t *))
{
	int64_t got = -1, look_again;

	pthread_mutex_lock(&r->lock);
	while (!r->stopping) {
		struct timespec until;
		int64_t now = clock_us(), wait = LOOK_MS * 1000;

		look_again = 0;
		got = ready(r, now, &look_again);
		if (got >= 0)
			break;
		if (look_again && look_again - now < wait)
			wait = look_again > now ? look_again - now : 1000;
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += wait % SECOND * 1000;
		until.tv_sec += wait / SECOND + until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&r->bell, &r->lock, &until);
	}
	pthread_mutex_unlock(&r->lock);
	return r->stopping ? -1 : got;
}

int64_t relay_take_shard(struct relay *r, int from, int to, int64_t now, int64_t *look_again)
{
	for (int s = from; s < to; s++) {
		if (!(r->dirty >> s & 1))
			continue;
		if (r->rest_until[s] > now) {
			if (!*look_again || r->rest_until[s] < *look_again)
				*look_again = r->rest_until[s];
			continue;
		}
		r->dirty &= ~(UINT64_C(1) << s);
		return s;
	}
	return -1;
}

void relay_shard_done(struct relay *r, int64_t shard, bool failed, bool more)
{
	pthread_mutex_lock(&r->lock);
	r->rest[shard] = failed ? r->rest[shard] + 1 : 0;
	r->rest_until[shard] = failed ? clock_us() + (r->rest[shard] > 4 ? 1000000 : 50000 << r->rest[shard]) : 0;
	if (failed || more) {
		r->dirty |= UINT64_C(1) << shard;
		pthread_cond_broadcast(&r->bell);
	}
	pthread_mutex_unlock(&r->lock);
}

/* The lock is held. */
static void want_course(struct relay *r, int64_t course_id)
{
	for (size_t i = 0; i < r->n_courses; i++)
		if (r->courses[i].course_id == course_id) {
			r->courses[i].again = true;
			return;
		}
	if (r->n_courses < RELAY_COURSES)
		r->courses[r->n_courses++] = (struct wanted_course){ course_id, 0, false, true };
}

static void hear(struct relay *r, const char *message, ssize_t n)
{
	int64_t what;

	if (n < 9)
		return;
	memcpy(&what, message + 1, sizeof(what));
	pthread_mutex_lock(&r->lock);
	switch (message[0]) {
	case WAKE_OUTBOX:
		r->dirty |= (uint64_t)what & ((UINT64_C(1) << OUTBOX_SHARDS) - 1);
		break;
	case WAKE_PROMOTE:
		want_course(r, what);
		break;
	default:
		memset(r->job_due, 0, sizeof(r->job_due));
		break;
	}
	pthread_cond_broadcast(&r->bell);
	pthread_mutex_unlock(&r->lock);
}

/* A slot is a datagram socket's name and a metrics file; held by a lock that dies with the process. */
static int take_slot(const struct config *config)
{
	char path[512];

	for (int slot = 0; slot < SLOTS; slot++) {
		int fd;

		snprintf(path, sizeof(path), "%s/relay-%d.lock", config->run_dir, slot);
		fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			return slot;
		if (fd >= 0)
			close(fd);
	}
	return -1;
}

static int open_ear(const struct config *config, int slot)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), room = 1 << 20;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/relay-%d.wake", config->run_dir, slot);
	unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		perror(a.sun_path);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

static volatile sig_atomic_t told_to_stop;

static void on_stop(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

/* The main thread: takes wake-ups; every half second it wakes everybody, which is the net under lost ones. */
static void listen_until_stopped(struct relay *r, int ear)
{
	int64_t next_look = 0;
	char message[64];

	while (!told_to_stop) {
		struct pollfd p = { ear, POLLIN, 0 };
		ssize_t n;

		poll(&p, 1, LOOK_MS);
		while ((n = recv(ear, message, sizeof(message), 0)) >= 0)
			hear(r, message, n);
		if (clock_us() >= next_look) {
			next_look = clock_us() + LOOK_MS * 1000;
			pthread_mutex_lock(&r->lock);
			r->dirty |= (UINT64_C(1) << OUTBOX_SHARDS) - 1;
			pthread_cond_broadcast(&r->bell);
			pthread_mutex_unlock(&r->lock);
		}
	}
}

static void start(pthread_t *t, void *(*main)(void *), struct relay *r)
{
	if (pthread_create(t, NULL, main, r) != 0)
		abort();
}

static void run(struct relay *r, int ear)
{
	pthread_t threads[PUSHERS + WORKERS + MAILERS + PROMOTERS + JOBBERS];
	size_t n = 0;

	for (int i = 0; i < PUSHERS; i++)
		start(&threads[n++], relay_push_main, r);
	for (int i = 0; i < WORKERS; i++)
		start(&threads[n++], relay_work_main, r);
	for (int i = 0; i < MAILERS; i++)
		start(&threads[n++], relay_mail_main, r);
	for (int i = 0; i < PROMOTERS; i++)
		start(&threads[n++], relay_promote_main, r);
	for (int i = 0; i < JOBBERS; i++)
		start(&threads[n++], relay_jobs_main, r);
	listen_until_stopped(r, ear);
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_cond_broadcast(&r->bell);
	pthread_mutex_unlock(&r->lock);
	alarm(20);
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

int relay_command(int argc, char **argv)
{
	static struct relay only;
	struct relay *r = &only;
	struct sigaction stop = { .sa_handler = on_stop };
	pthread_condattr_t monotonic;
	int slot, ear;

	r->config = prepare(argc, argv);
	if (!r->config)
		return 1;
	slot = take_slot(r->config);
	ear = slot < 0 ? -1 : open_ear(r->config, slot);
	if (ear < 0) {
		fprintf(stderr, "madang relay: no slot is free in %s\n", r->config->run_dir);
		return 1;
	}
	metrics_open(r->config, "relay", slot);
	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->bell, &monotonic);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	run(r, ear);
	return 0;
}
