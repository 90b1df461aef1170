/* bench/peer_bare.c -- bare FastCGI workers, the ceilings of the measurements.
 *
 *	peer_bare --mode kept|per-request --handler empty|slow2|course|list --socket PATH
 *	          [--processes 2] [--threads 8] [--answer FILE] [--config FILE]
 *
 * kept: kept connections in one epoll set per process, shared by its threads (docs/architecture.md, D2).
 * per-request: each thread accepts, answers and closes, as libfcgi's own examples do.
 * empty sends the bytes of --answer (header lines, an empty line, body); slow2 does too, but sleeps 20 ms in 2 of 100
 * requests; course and list ask the database that --config names. Until SIGTERM.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"

enum { BACKLOG = 4096, PROCESSES_MAX = 16, THREADS_MAX = 64, ANSWER_MAX = 1 << 20, SLOW_EVERY = 50, SLOW_MS = 20 };

enum handler { EMPTY, SLOW2, COURSE, LIST };

struct settings {
	bool kept;
	enum handler handler;
	const char *socket;
	int processes, threads, listen_fd, epoll_fd;
	char *answer;
	size_t answer_n;
	struct rows_settings rows;
};

struct worker {
	const struct settings *s;
	struct rows *rows;
	struct answer body, all;
	unsigned served;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "peer_bare: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- handlers ---- */

static int64_t number_after(const char *text, const char *mark, int64_t otherwise)
{
	const char *p = strstr(text, mark);

	return p ? strtoll(p + strlen(mark), NULL, 10) : otherwise;
}

static void answer_from_rows(struct worker *w, FCGX_Request *r)
{
	const char *uri = FCGX_GetParam("REQUEST_URI", r->envp);
	const char *id = FCGX_GetParam("REQUEST_ID", r->envp);

	w->body.n = 0;
	w->all.n = 0;
	if (w->s->handler == COURSE)
		rows_course(w->rows, number_after(uri, "/courses/", 1), &w->body);
	else
		rows_list(w->rows, number_after(uri, "limit=", 20), &w->body);
	answer_text(&w->all, "Status: 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: ");
	answer_text(&w->all, id ? id : "-");
	answer_text(&w->all, "\r\nCache-Control: no-store\r\nContent-Length: ");
	answer_number(&w->all, (int64_t)w->body.n);
	answer_text(&w->all, "\r\n\r\n");
	answer_add(&w->all, w->body.text, w->body.n);
	FCGX_PutStr(w->all.text, (int)w->all.n, r->out);
}

static void drain(FCGX_Request *r)
{
	char waste[4096];

	while (FCGX_GetStr(waste, sizeof(waste), r->in) == (int)sizeof(waste))
		;
}

static void serve(struct worker *w, FCGX_Request *r)
{
	const struct timespec nap = { 0, SLOW_MS * 1000 * 1000 };

	if (w->s->handler == SLOW2 && ++w->served % SLOW_EVERY == 0)
		nanosleep(&nap, NULL);
	if (w->s->handler == EMPTY || w->s->handler == SLOW2)
		FCGX_PutStr(w->s->answer, (int)w->s->answer_n, r->out);
	else
		answer_from_rows(w, r);
	drain(r);
	FCGX_Finish_r(r);
}

/* ---- the two makes ---- */

static void arm(const struct settings *s, int fd, int how)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT, .data.fd = fd };

	if (epoll_ctl(s->epoll_fd, how, fd, &e) < 0)
		close(fd);
}

/* libfcgi reads from the connection that stands in ipcFd, and tries the non-blocking listener if it was closed. */
static void serve_kept(struct worker *w, FCGX_Request *r, int fd, bool known)
{
	r->ipcFd = fd;
	r->keepConnection = 1;
	if (FCGX_Accept_r(r) < 0) {
		r->ipcFd = -1;
		return;
	}
	if (r->ipcFd != fd)
		known = false;
	serve(w, r);
	fd = r->ipcFd;
	r->ipcFd = -1;
	if (fd >= 0)
		arm(w->s, fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD);
}

static void run_kept(struct worker *w, FCGX_Request *r)
{
	struct epoll_event e;

	for (;;) {
		if (epoll_wait(w->s->epoll_fd, &e, 1, -1) <= 0)
			continue;
		if (e.data.fd != w->s->listen_fd) {
			serve_kept(w, r, e.data.fd, true);
			continue;
		}
		int fd = accept4(w->s->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0)
			serve_kept(w, r, fd, false);
	}
}

static void *thread_main(void *p)
{
	struct worker w = { .s = p };
	FCGX_Request r;

	/* Threads start out of step, so that their slow requests don't fall together. */
	w.served = (unsigned)(uintptr_t)&w / 4096 % SLOW_EVERY;
	if (w.s->handler == COURSE || w.s->handler == LIST)
		w.rows = rows_open(&w.s->rows);
	FCGX_InitRequest(&r, w.s->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR);
	if (w.s->kept)
		run_kept(&w, &r);
	for (;;)
		if (FCGX_Accept_r(&r) == 0)
			serve(&w, &r);
	return NULL;
}

static void run_process(struct settings *s, const sigset_t *stop)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = s->listen_fd };
	int sig;

	FCGX_Init();
	signal(SIGPIPE, SIG_IGN);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0 || epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->listen_fd, &e) < 0)
		die("epoll");
	for (int i = 0; i < s->threads; i++) {
		pthread_t id;

		if (pthread_create(&id, NULL, thread_main, s) != 0)
			die("pthread_create");
	}
	sigwait(stop, &sig);
	_exit(0);
}

/* ---- the beginning ---- */

static int listen_at(const char *path, bool blocking)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);

	if (snprintf(a.sun_path, sizeof(a.sun_path), "%s", path) >= (int)sizeof(a.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, BACKLOG) < 0)
		die(path);
	return fd;
}

static void read_answer(struct settings *s, const char *path)
{
	FILE *f = fopen(path, "r");

	s->answer = malloc(ANSWER_MAX);
	if (!f || !s->answer)
		die(path);
	s->answer_n = fread(s->answer, 1, ANSWER_MAX, f);
	fclose(f);
}

/* The program's own settings file says where the database is. */
static void read_config(struct settings *s, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[512];

	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "db_socket = %255s", s->rows.socket);
		sscanf(line, "db_name = %63s", s->rows.name);
		sscanf(line, "db_user = %63s", s->rows.user);
		sscanf(line, "db_password = %127s", s->rows.password);
	}
	fclose(f);
}

static enum handler handler_of(const char *word)
{
	static const char *const words[] = { "empty", "slow2", "course", "list" };

	for (int i = 0; i < 4; i++)
		if (strcmp(word, words[i]) == 0)
			return (enum handler)i;
	errno = EINVAL;
	die(word);
}

static void read_arguments(struct settings *s, int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		const char *name = argv[i], *value = argv[i + 1];

		if (strcmp(name, "--mode") == 0)
			s->kept = strcmp(value, "kept") == 0;
		else if (strcmp(name, "--handler") == 0)
			s->handler = handler_of(value);
		else if (strcmp(name, "--socket") == 0)
			s->socket = value;
		else if (strcmp(name, "--processes") == 0)
			s->processes = atoi(value);
		else if (strcmp(name, "--threads") == 0)
			s->threads = atoi(value);
		else if (strcmp(name, "--answer") == 0)
			read_answer(s, value);
		else if (strcmp(name, "--config") == 0)
			read_config(s, value);
		else
			s->socket = NULL, i = argc;
	}
}

static void run_all(struct settings *s, const sigset_t *stop)
{
	pid_t parent = getpid(), children[PROCESSES_MAX];
	int sig;

	for (int i = 0; i < s->processes; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (getppid() == parent)
				run_process(s, stop);
			_exit(1);
		}
	}
	sigwait(stop, &sig);
	for (int i = 0; i < s->processes; i++)
		if (children[i] > 0)
			kill(children[i], SIGTERM);
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	static struct settings s = { .kept = true, .processes = 2, .threads = 8 };
	sigset_t stop;

	read_arguments(&s, argc, argv);
	if (!s.socket || s.processes < 1 || s.processes > PROCESSES_MAX || s.threads < 1 || s.threads > THREADS_MAX ||
	    (s.handler <= SLOW2 && !s.answer) || (s.handler > SLOW2 && !s.rows.socket[0])) {
		fprintf(stderr, "usage: peer_bare --mode kept|per-request --handler empty|slow2|course|list --socket PATH "
			"[--processes N] [--threads N] [--answer FILE] [--config FILE]\n");
		return 2;
	}
	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 1);
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 1);
	s.listen_fd = listen_at(s.socket, !s.kept);
	/* Before the threads and libfcgi's own handler, which would only set a flag. */
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	run_all(&s, &stop);
	unlink(s.socket);
	return 0;
}
