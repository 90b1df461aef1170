/* web/fcgi.h -- FastCGI connections that nginx keeps open, shared by threads over one epoll set (docs/architecture.md, D2).
 * fcgi.c is the only file with fcgiapp.h. */
#ifndef WEB_FCGI_H
#define WEB_FCGI_H

#include <stdbool.h>

#include "core/str.h"

/* What one thread of a worker process is made of. */
struct fcgi_thread {
	void *(*begin)(void *arg, int nth);
	/* Serves one request. Writes with fcgi_write through the given stream, after it read body by fcgi_body. */
	void (*serve)(void *thread, char **envp, void *io);
	void (*end)(void *thread);
	void *arg;
};

/* A listening unix socket, non-blocking, backlog 4096. -1: said on stderr. */
int fcgi_listen(const char *path);

/* How many connections each process of a pool has, in memory that they share: who has more than another lets the other
 * take the next one. Left to the kernel, the process that accepted last wakes first and gets nearly all of them. */
enum { FCGI_PROCESSES = 64 };
struct fcgi_balance {
	int processes;
	_Atomic int connections[FCGI_PROCESSES];
};

/* Runs `threads` threads until SIGTERM: then the requests that run are finished, kept connections are closed when they are
 * quiet. Blocks. */
void fcgi_run(int listen_fd, int threads, const struct fcgi_thread *, struct fcgi_balance *, int slot);

/* The first n bytes of the body. false: it broke off. */
bool fcgi_body(void *io, char *to, size_t n);
/* What is left of the body is read before the answer leaves. */
void fcgi_write(void *io, str head, str body);

#endif
