/* bench/sse.h -- what the crowd of EventSource clients is made of: sse.c connects, sse_stream.c reads events,
 * sse_orders.c does what standard input says. */
#ifndef BENCH_SSE_H
#define BENCH_SSE_H

#include <stdio.h>

#include "meter.h"
#include "wire.h"

enum { READ_ROOM = 65536, TEXT_ROOM = 8192 };

enum state {
	RESTING,                /* until due_us */
	CONNECTING,
	TICKET,                 /* asked for one */
	STREAM,
	DEAD,                   /* an EventSource that got something else than a stream never comes back */
};

struct crowd;
struct client {
	struct crowd *crowd;
	int64_t member;
	char token[96];
	bool by_cookie;
	enum state state;
	struct wire wire;
	struct http_in in;
	char out[1024];
	size_t out_n, out_at;
	bool fresh;             /* nothing was answered yet on this connection */
	bool live;              /* nchan has greeted */
	bool dropped;           /* since the last mark */
	int64_t due_us, retry_ms;
	int64_t last_id;        /* what the browser sends as Last-Event-ID: that of the last event; -1: none yet */
	int64_t last;           /* the highest number the page has seen */
	/* the event that comes in */
	char line[TEXT_ROOM], data[TEXT_ROOM], type[64];
	size_t line_n, data_n;
	int64_t id;
	bool after_cr;
};

struct crowd {
	struct client *clients;
	size_t n;
	struct sockaddr_in to;
	SSL_CTX *tls;
	int epoll_fd;
	char *room;
	FILE *log;
	bool over;
	/* now */
	size_t live, dead;
	int dead_status;
	/* since the last mark */
	size_t dropped;
	uint64_t connects, resumed, refused, no_ticket;
	uint64_t events, repeats, missing, mismatched, backwards, syncs, beats, reauths, too_long;
	int64_t last_arrival_us;
	struct meter meter;             /* from the commit to here */
	/* the order that waits */
	char orders[4096];
	size_t orders_n;
	char waiting[16];
	int64_t waiting_since_us, waiting_until_us;
	int64_t *wanted;                /* by client: the number to wait for */
};

void stream_begin(struct client *);
void stream_take(struct client *, const char *, size_t);
void orders_read(struct crowd *);
void orders_look(struct crowd *);

#endif
