/* pool.c -- `madang serve --pool web`: opens the socket, forks the workers, starts again what dies, drains on SIGTERM,
 * replaces the workers one by one on SIGHUP. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "core/log.h"
#include "core/metrics.h"
#include "prepare.h"
#include "web/fcgi.h"
#include "worker.h"

enum { MAX_WORKERS = 64 };

struct pool_state {
	const struct config *config;
	enum pool pool;
	const char *name;
	int listen_fd, processes, threads;
	pid_t pid[MAX_WORKERS];
	struct timespec born[MAX_WORKERS];
};

static const char *const pool_names[] = { "web", "edge", "pg" };

static bool choose(struct pool_state *s, const char *name)
{
	const struct config *k = s->config;

	for (int i = 0; i < POOLS; i++)
		if (strcmp(name, pool_names[i]) == 0) {
			s->pool = (enum pool)i;
			s->name = pool_names[i];
			s->processes = i == POOL_WEB ? (int)k->web_processes : i == POOL_EDGE ? (int)k->edge_processes : 1;
			s->threads = i == POOL_WEB ? (int)k->web_threads : (int)k->edge_threads;
			return s->processes > 0 && s->processes <= MAX_WORKERS && s->threads > 0;
		}
	return false;
}

static const char *socket_of(const struct pool_state *s)
{
	return s->pool == POOL_WEB ? s->config->web_socket : s->pool == POOL_EDGE ? s->config->edge_socket : s->config->pg_socket;
}

static void start_worker(struct pool_state *s, int slot)
{
	pid_t parent = getpid(), pid;
	struct timespec pause = { 0, 200 * 1000 * 1000 }, now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (s->born[slot].tv_sec && now.tv_sec - s->born[slot].tv_sec < 1)
		nanosleep(&pause, NULL);      /* it died at once: not in a spin */
	clock_gettime(CLOCK_MONOTONIC, &s->born[slot]);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return;
	}
	if (pid == 0) {
		sigset_t none;

		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(1);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		metrics_open(s->config, s->name, slot);
		worker_run(s->config, s->pool, s->listen_fd, s->threads);
		_exit(0);
	}
	s->pid[slot] = pid;
}

static int slot_of(const struct pool_state *s, pid_t pid)
{
	for (int i = 0; i < s->processes; i++)
		if (s->pid[i] == pid)
			return i;
	return -1;
}

static void reap(struct pool_state *s)
{
	int status, slot;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		slot = slot_of(s, pid);
		if (slot < 0)
			continue;
		if (WIFSIGNALED(status))
			fprintf(stderr, "{\"level\":\"error\",\"msg\":\"worker died\",\"pool\":\"%s\",\"signal\":%d}\n", s->name, WTERMSIG(status));
		start_worker(s, slot);
	}
}

static void stop_worker(pid_t pid)
{
	int status;

	kill(pid, SIGTERM);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

/* One by one: the others go on serving. The new one is there before the old one leaves. */
static void replace_all(struct pool_state *s)
{
	for (int i = 0; i < s->processes; i++) {
		pid_t old = s->pid[i];

		s->born[i].tv_sec = 0;
		start_worker(s, i);
		stop_worker(old);
	}
}

static void watch(struct pool_state *s)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < s->processes; i++)
		start_worker(s, i);
	for (;;) {
		sigwait(&set, &sig);
		if (sig == SIGCHLD)
			reap(s);
		else if (sig == SIGHUP)
			replace_all(s);
		else
			break;
	}
	for (int i = 0; i < s->processes; i++)
		kill(s->pid[i], SIGTERM);
	for (int i = 0; i < s->processes; i++)
		stop_worker(s->pid[i]);
}

int serve_command(int argc, char **argv)
{
	struct pool_state s = { .config = prepare(argc, argv) };
	const char *name = "web";

	if (!s.config)
		return 1;
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--pool") == 0)
			name = argv[i + 1];
	if (!choose(&s, name)) {
		fprintf(stderr, "madang serve: --pool web, edge or pg\n");
		return 2;
	}
	s.listen_fd = fcgi_listen(socket_of(&s));
	if (s.listen_fd < 0)
		return 1;
	watch(&s);
	return 0;
}
