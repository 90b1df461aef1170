/* bench/wire.h -- a client's TLS connection that never waits, and a reader of HTTP/1.1 answers that takes what comes.
 *
 * A wire sits in an epoll set, edge-triggered: after an event its owner goes on until a call says WIRE_WAIT.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WIRE_WAIT = 0, WIRE_BROKEN = -1 };

struct wire {
	int fd;                 /* -1: closed */
	SSL *ssl;
	SSL_SESSION *session;   /* of the last connection, to resume it */
	bool open;              /* the handshake is over */
};

/* host:port with an IPv4 address; false: not understood. */
bool wire_address(const char *text, struct sockaddr_in *);
SSL_CTX *wire_context(void);

/* Starts to connect; data goes into the epoll event. */
int wire_connect(struct wire *, SSL_CTX *, const struct sockaddr_in *, int epoll_fd, void *data);
/* 1: the handshake is over. */
int wire_shake(struct wire *);
/* Bytes moved (more than 0), WIRE_WAIT or WIRE_BROKEN. */
ssize_t wire_read(struct wire *, void *, size_t);
ssize_t wire_write(struct wire *, const void *, size_t);
void wire_close(struct wire *);

/* An answer as it comes in. */
enum { HTTP_HEAD_MAX = 8192 };
struct http_in {
	char head[HTTP_HEAD_MAX];
	size_t head_n;
	int status;                     /* 0 while the head is not complete */
	bool done, closes, chunked;
	int64_t left;                   /* bytes of the body or of this chunk; -1: until the connection closes */
	int phase;                      /* of the chunked form */
};

void http_begin(struct http_in *);
/* Takes bytes up to the end of the answer, handing the body on. Returns how many it took, or -1 if it is no HTTP. */
ssize_t http_take(struct http_in *, const char *bytes, size_t n, void (*body)(void *, const char *, size_t), void *arg);
/* Does this header line stand in the head, with this at the beginning of its value? Small letters. */
bool http_says(const struct http_in *, const char *name, const char *value);

#endif
