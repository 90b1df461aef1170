#include "web/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 4096, LOOK_UP_MS = 500, LEAVE_AFTER_S = 1, HARD_STOP_S = 30 };

struct set {
	int epoll_fd, listen_fd;
	const struct fcgi_thread *thread;
	struct fcgi_balance *balance;
	int slot;
	_Atomic bool stopping, leaving;
};

struct member {
	struct set *set;
	int nth;
	pthread_t id;
};

int fcgi_listen(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		fprintf(stderr, "%s: too long for a unix socket\n", path);
		return -1;
	}
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, BACKLOG) < 0) {
		perror(path);
		return -1;
	}
	return fd;
}

static void count(struct set *s, int n)
{
	atomic_fetch_add(&s->balance->connections[s->slot], n);
}

static bool has_more_than_another(struct set *s)
{
	int mine = atomic_load(&s->balance->connections[s->slot]);

	for (int i = 0; i < s->balance->processes; i++)
		if (atomic_load(&s->balance->connections[i]) < mine)
			return true;
	return false;
}

/* A kept connection is armed for one event at a time, so that only one thread ever reads it. Whether the set knows it
 * already can't be told from its number: a connection that was accepted in place of a closed one often gets the same. */
static void arm(struct set *s, int fd)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.fd = fd };

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, fd, &e) < 0 && epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0) {
		close(fd);
		count(s, -1);
	}
}

/* Serves the request that is ready on fd, and gives the connection back to the set. libfcgi gets the connection through
 * the public struct: with keepConnection set, FCGX_Accept_r reads from ipcFd instead of accepting; if the peer had
 * gone it closes it and tries the non-blocking listener, which fails at once or gives a new connection. */
static void serve_ready(struct set *s, FCGX_Request *r, void *thread, int fd)
{
	r->ipcFd = fd;
	r->keepConnection = 1;
	if (FCGX_Accept_r(r) < 0) {
		r->ipcFd = -1;
		count(s, -1);
		return;
	}
	s->thread->serve(thread, r->envp, r);
	if (s->leaving)
		r->keepConnection = 0;     /* the answer is the last on this connection; nginx opens another one elsewhere */
	FCGX_Finish_r(r);
	fd = r->ipcFd;
	r->ipcFd = -1;
	if (fd >= 0)
		arm(s, fd);
	else
		count(s, -1);
}

static void take_connection(struct set *s, FCGX_Request *r, void *thread)
{
	const struct timespec politely = { 0, 100 * 1000 };
	int fd;

	/* Every process hears of a new connection. If nobody else takes it, it is ours after a moment. */
	if (has_more_than_another(s))
		nanosleep(&politely, NULL);
	fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return;
	count(s, 1);
	serve_ready(s, r, thread, fd);
}

static void loop(struct set *s, void *thread)
{
	FCGX_Request r;
	struct epoll_event e;

	FCGX_InitRequest(&r, s->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR);
	for (;;) {
		int n = epoll_wait(s->epoll_fd, &e, 1, LOOK_UP_MS);

		if (n == 0 && s->stopping)
			break;             /* quiet for half a second: nginx has gone elsewhere */
		if (n <= 0)
			continue;
		if (e.data.fd == s->listen_fd)
			take_connection(s, &r, thread);
		else
			serve_ready(s, &r, thread, e.data.fd);
	}
	FCGX_Free(&r, 1);
}

static void *member_main(void *p)
{
	struct member *m = p;
	void *thread = m->set->thread->begin(m->set->thread->arg, m->nth);

	loop(m->set, thread);
	m->set->thread->end(thread);
	return NULL;
}

static void wait_for_stop(struct set *s, const sigset_t *stop, struct member *members, int threads)
{
	int sig;

	sigwait(stop, &sig);
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->listen_fd, NULL);
	s->stopping = true;
	alarm(HARD_STOP_S);
	sleep(LEAVE_AFTER_S);
	s->leaving = true;
	for (int i = 0; i < threads; i++)
		pthread_join(members[i].id, NULL);
}

void fcgi_run(int listen_fd, int threads, const struct fcgi_thread *thread, struct fcgi_balance *balance, int slot)
{
	struct set s = { .epoll_fd = epoll_create1(EPOLL_CLOEXEC), .listen_fd = listen_fd, .thread = thread, .balance = balance, .slot = slot };
	struct epoll_event e = { .events = EPOLLIN, .data.fd = listen_fd };
	struct member *members = calloc((size_t)threads, sizeof(*members));
	sigset_t stop;

	setenv("LIBFCGI_IS_AF_UNIX_KEEPER_POLL_TIMEOUT", "200", 1);
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "200", 1);
	FCGX_Init();
	/* FCGX_Init catches SIGTERM with a handler that only sets a flag; ours goes on top: blocked, and waited for. */
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	if (!members || s.epoll_fd < 0 || epoll_ctl(s.epoll_fd, EPOLL_CTL_ADD, listen_fd, &e) < 0)
		_exit(1);
	for (int i = 0; i < threads; i++) {
		members[i].set = &s;
		members[i].nth = i;
		if (pthread_create(&members[i].id, NULL, member_main, &members[i]) != 0)
			_exit(1);
	}
	wait_for_stop(&s, &stop, members, threads);
	close(s.epoll_fd);
	free(members);
}

bool fcgi_body(void *io, char *to, size_t n)
{
	FCGX_Request *r = io;

	return FCGX_GetStr(to, (int)n, r->in) == (int)n;
}

/* nginx sends no more of the request once it has seen the beginning of the answer, and an answer without the end of the request is not over:
 * with both of them long, each side would wait for the other. */
static void drain(FCGX_Request *r)
{
	char waste[4096];

	while (FCGX_GetStr(waste, sizeof(waste), r->in) == (int)sizeof(waste))
		;
}

void fcgi_write(void *io, str head, str body)
{
	FCGX_Request *r = io;

	drain(r);
	FCGX_PutStr(head.p, (int)head.n, r->out);
	if (body.n)
		FCGX_PutStr(body.p, (int)body.n, r->out);
}
