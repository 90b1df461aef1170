/* pool.c -- `madang serve --pool web`: opens the socket, forks the workers, starts again what dies, drains on SIGTERM.
 *
 * On SIGHUP it becomes the program file that now stands in its place, under the same process id: the listening socket
 * goes along, new workers are started, and the old ones leave when they have answered what they had. A program that
 * can't start (its templates or routes are wrong) is found out before, by `--try`, and changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "account/account.h"
#include "command.h"
#include "core/log.h"
#include "core/metrics.h"
#include "data/db.h"
#include "prepare.h"
#include "web/fcgi.h"
#include "worker.h"

enum { MAX_WORKERS = FCGI_PROCESSES, MAX_ARGUMENTS = 16 };

struct pool_state {
	const struct config *config;
	enum pool pool;
	const char *name;
	int listen_fd, processes, threads;
	struct fcgi_balance *balance;           /* shared by the workers */
	pid_t pid[MAX_WORKERS];
	struct timespec born[MAX_WORKERS];
	pid_t old[MAX_WORKERS];                 /* workers of the program before this one, told to leave */
	int n_old;
	char *argv[MAX_ARGUMENTS + 3];          /* as we were called, room for one more */
	int argc;
};

/* In the environment from one program to the next: the listening socket, and the workers that are there. */
static const char handover[] = "MADANG_POOL_HANDOVER";

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
	atomic_store(&s->balance->connections[slot], 0);
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
		worker_run(s->config, s->pool, s->listen_fd, s->threads, s->balance, slot);
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

/* ---- becoming the next program ---- */

/* Where our program file is, or the one that has replaced it. */
static bool program_path(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *gone;

	if (n <= 0)
		return false;
	path[n] = '\0';
	gone = strstr(path, " (deleted)");
	if (gone)
		*gone = '\0';
	return true;
}

static bool can_start(struct pool_state *s, const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		s->argv[s->argc] = (char[]){ "--try" };
		execv(path, s->argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void become_next(struct pool_state *s)
{
	char path[PATH_MAX], words[MAX_WORKERS * 24];
	int n;

	if (!program_path(path) || !can_start(s, path)) {
		fprintf(stderr, "{\"level\":\"error\",\"msg\":\"the new program can't start, the old one goes on\",\"pool\":\"%s\"}\n", s->name);
		return;
	}
	n = snprintf(words, sizeof(words), "%d", s->listen_fd);
	for (int i = 0; i < s->processes; i++)
		n += snprintf(words + n, sizeof(words) - (size_t)n, " %d", (int)s->pid[i]);
	setenv(handover, words, 1);
	fcntl(s->listen_fd, F_SETFD, 0);
	execv(path, s->argv);
	perror(path);
	fcntl(s->listen_fd, F_SETFD, FD_CLOEXEC);
	unsetenv(handover);
}

/* The other side of it. Gives the listening socket, or -1 if there was no program before us. */
static int take_over(struct pool_state *s)
{
	char *words = getenv(handover), *rest;
	long fd, pid;

	if (!words)
		return -1;
	fd = strtol(words, &rest, 10);
	while (s->n_old < MAX_WORKERS && (pid = strtol(rest, &rest, 10)) > 0)
		s->old[s->n_old++] = (pid_t)pid;
	unsetenv(handover);
	fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return (int)fd;
}

static void remember_call(struct pool_state *s, int argc, char **argv)
{
	static char program[] = "madang";

	s->argv[s->argc++] = program;
	for (int i = 0; i < argc && i < MAX_ARGUMENTS; i++)
		s->argv[s->argc++] = argv[i];
}

/* ---- the loop ---- */

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
	for (int i = 0; i < s->n_old; i++)
		kill(s->old[i], SIGTERM);
	for (;;) {
		sigwait(&set, &sig);
		if (sig == SIGCHLD)
			reap(s);
		else if (sig == SIGHUP)
			become_next(s);
		else
			break;
	}
	for (int i = 0; i < s->processes; i++)
		kill(s->pid[i], SIGTERM);
	for (int i = 0; i < s->processes; i++)
		stop_worker(s->pid[i]);
	while (waitpid(-1, NULL, 0) > 0)        /* those that were leaving already */
		;
}

static bool said(int argc, char **argv, const char *word)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], word) == 0)
			return true;
	return false;
}

static void count_demo(struct ctx *c, int64_t *n)
{
	struct fault_frame f;

	*n = -1;
	if (!fault_caught(c, &f))
		*n = account_demo_logins(c);
	fault_leave(c, &f);
}

/* Production serves neither the sandbox nor anybody whose password stands in the manual. */
static bool fit_for_production(const struct pool_state *s)
{
	struct ctx *c;
	int64_t n;

	if (s->config->sandbox)
		return true;
	if (s->pool == POOL_PG) {
		fprintf(stderr, "madang serve: the gateway simulator is for the sandbox only\n");
		return false;
	}
	c = ctx_new(s->config);
	c->db = db_open(s->config);
	count_demo(c, &n);
	db_close(c->db);
	ctx_free(c);
	if (n > 0)
		fprintf(stderr, "madang serve: %lld demo logins are still in the database; a production system does not start with them\n",
			(long long)n);
	return n == 0;
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
	if (said(argc, argv, "--try"))
		return 0;
	remember_call(&s, argc, argv);
	s.listen_fd = take_over(&s);
	if (s.listen_fd < 0 && fit_for_production(&s))
		s.listen_fd = fcgi_listen(socket_of(&s));
	if (s.listen_fd < 0)
		return 1;
	s.balance = mmap(NULL, sizeof(*s.balance), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s.balance == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	s.balance->processes = s.processes;
	watch(&s);
	return 0;
}
