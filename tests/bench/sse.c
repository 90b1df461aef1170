/* bench/sse.c -- many EventSource clients in one process, as browsers behave: they honour retry, come back with
 * Last-Event-ID, resume TLS sessions, use a connection again that ended in peace, and give up for ever on an answer that is
 * no 200 event stream. Each drops what it has seen (seq <= last) and looks whether a number is missing.
 *
 *	sse --to 127.0.0.1:8443 --clients FILE [--log FILE] [--ramp SECONDS]
 *
 * FILE: a line "MEMBER cookie|bearer TOKEN" per client. A bearer gets a fresh one-use ticket for each connection. Commands on
 * standard input, one line of JSON each as the answer:
 *	live S         waits until all are handed over to the live stream, or S seconds
 *	dropped S      waits until each has lost its stream once since the last mark
 *	until FILE S   waits until each has seen its member's number ("MEMBER SEQ" lines)
 *	mark           forgets latencies, counts and drops
 *	report         says all
 *	quit
 * --log: a line "ARRIVED MEMBER SEQ TYPE AT" for each event, microseconds.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sse.h"

enum { EVENTS = 256, TICK_MS = 5, FIRST_RETRY_MS = 3000 };

/* ---- connections ---- */

static void rest(struct client *c, int64_t ms)
{
	c->state = RESTING;
	c->due_us = monotonic_us() + ms * 1000;
}

static void lose_stream(struct client *c)
{
	if (!c->live)
		return;
	c->live = false;
	c->crowd->live--;
	c->crowd->dropped += !c->dropped;
	c->dropped = true;
}

static void connect_now(struct client *c)
{
	struct crowd *w = c->crowd;

	wire_close(&c->wire);
	c->state = CONNECTING;
	c->fresh = true;
	w->connects++;
	if (wire_connect(&c->wire, w->tls, &w->to, w->epoll_fd, c) == WIRE_BROKEN) {
		w->refused++;
		rest(c, c->retry_ms);
	}
}

/* A connection that was kept and then found closed is none of the server's faults: browsers try again at once. */
static void on_broken(struct client *c)
{
	bool stale = !c->fresh && c->in.status == 0 && c->in.head_n == 0;

	if (c->state == CONNECTING)
		c->crowd->refused++;
	lose_stream(c);
	wire_close(&c->wire);
	if (stale)
		connect_now(c);
	else
		rest(c, c->retry_ms);
}

static void send_request(struct client *c)
{
	while (c->out_at < c->out_n) {
		ssize_t n = wire_write(&c->wire, c->out + c->out_at, c->out_n - c->out_at);

		if (n == WIRE_WAIT)
			return;
		if (n == WIRE_BROKEN) {
			on_broken(c);
			return;
		}
		c->out_at += (size_t)n;
	}
}

static void begin(struct client *c, enum state state, int n)
{
	c->state = state;
	c->out_n = (size_t)n;
	c->out_at = 0;
	http_begin(&c->in);
	stream_begin(c);
	send_request(c);
}

static void ask_for_ticket(struct client *c)
{
	begin(c, TICKET, snprintf(c->out, sizeof(c->out),
		"POST /api/v1/events/ticket HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
		"Authorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", c->token));
}

static void ask_for_stream(struct client *c, const char *ticket)
{
	char last[48] = "", who[128];

	if (c->last_id >= 0)
		snprintf(last, sizeof(last), "Last-Event-ID: %lld\r\n", (long long)c->last_id);
	if (ticket)
		who[0] = '\0';
	else
		snprintf(who, sizeof(who), "Cookie: __Host-madang=%s\r\n", c->token);
	begin(c, STREAM, snprintf(c->out, sizeof(c->out),
		"GET /api/v1/events%s%s HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\nCache-Control: no-store\r\n%s%s\r\n",
		ticket ? "?ticket=" : "", ticket ? ticket : "", who, last));
}

static void on_open(struct client *c)
{
	if (c->by_cookie)
		ask_for_stream(c, NULL);
	else
		ask_for_ticket(c);
}

/* ---- answers ---- */

static void give_up(struct client *c)
{
	c->crowd->dead++;
	c->crowd->dead_status = c->in.status;
	lose_stream(c);
	wire_close(&c->wire);
	c->state = DEAD;
}

static void on_ticket(struct client *c)
{
	char ticket[200];
	const char *p = strstr(c->data, "\"ticket\":\"");

	if (c->in.status == 201 && p && sscanf(p + 10, "%199[A-Za-z0-9_-]", ticket) == 1) {
		ask_for_stream(c, ticket);
		return;
	}
	c->crowd->no_ticket++;
	if (c->in.status == 401 || c->in.status == 403)
		give_up(c);
	else
		rest(c, c->retry_ms);
}

static void on_answer_over(struct client *c)
{
	bool closes = c->in.closes;

	if (c->state == TICKET) {
		on_ticket(c);
	} else {
		lose_stream(c);
		rest(c, c->retry_ms);
	}
	if (closes)
		wire_close(&c->wire);
}

static void take_body(void *arg, const char *p, size_t n)
{
	struct client *c = arg;

	if (c->state == STREAM)
		stream_take(c, p, n);
	else if (c->data_n + n < sizeof(c->data)) {
		memcpy(c->data + c->data_n, p, n);
		c->data_n += n;
		c->data[c->data_n] = '\0';
	}
}

static bool is_stream(const struct client *c)
{
	return c->in.status == 200 && http_says(&c->in, "content-type", "text/event-stream");
}

static void receive(struct client *c)
{
	char *room = c->crowd->room;

	while (c->state == TICKET || c->state == STREAM) {
		ssize_t n = wire_read(&c->wire, room, READ_ROOM);

		if (n == WIRE_WAIT)
			return;
		if (n == WIRE_BROKEN || http_take(&c->in, room, (size_t)n, take_body, c) < 0) {
			on_broken(c);
			return;
		}
		c->fresh = false;
		if (c->state == STREAM && c->in.status && !is_stream(c)) {
			give_up(c);
			return;
		}
		if (c->in.done)
			on_answer_over(c);
	}
}

static void on_event(struct client *c)
{
	char byte;
	int shaken;

	if (c->wire.fd < 0)
		return;
	shaken = wire_shake(&c->wire);
	if (shaken == WIRE_BROKEN) {
		on_broken(c);
		return;
	}
	if (shaken == WIRE_WAIT)
		return;
	if (c->state == CONNECTING) {
		c->crowd->resumed += (uint64_t)SSL_session_reused(c->wire.ssl);
		on_open(c);
	}
	if (c->state == TICKET || c->state == STREAM) {
		send_request(c);
		receive(c);
	} else if (c->state == RESTING && wire_read(&c->wire, &byte, 1) == WIRE_BROKEN) {
		wire_close(&c->wire);
	}
}

static void look_at_clock(struct crowd *w)
{
	int64_t now = monotonic_us();

	for (size_t i = 0; i < w->n; i++) {
		struct client *c = &w->clients[i];

		if (c->state != RESTING || c->due_us > now)
			continue;
		if (c->wire.open)
			on_open(c);
		else
			connect_now(c);
	}
}

/* ---- the beginning ---- */

static struct client *add_client(struct crowd *w)
{
	if ((w->n & (w->n - 1)) == 0) {
		w->clients = realloc(w->clients, (w->n ? w->n * 2 : 1) * sizeof(*w->clients));
		if (!w->clients)
			abort();
	}
	memset(&w->clients[w->n], 0, sizeof(*w->clients));
	return &w->clients[w->n++];
}

static bool read_clients(struct crowd *w, const char *path, double ramp)
{
	FILE *f = fopen(path, "r");
	char kind[16], token[96];
	long long member;

	if (!f)
		return false;
	while (fscanf(f, "%lld %15s %95s", &member, kind, token) == 3) {
		struct client *c = add_client(w);

		c->crowd = w;
		c->member = member;
		c->by_cookie = strcmp(kind, "cookie") == 0;
		snprintf(c->token, sizeof(c->token), "%s", token);
		c->wire.fd = -1;
		c->last = c->last_id = -1;
		c->retry_ms = FIRST_RETRY_MS;
	}
	fclose(f);
	for (size_t i = 0; i < w->n; i++)
		rest(&w->clients[i], (int64_t)(ramp * 1000.0 * (double)i / (double)w->n));
	return w->n > 0;
}

static bool prepare(struct crowd *w, int argc, char **argv)
{
	const char *clients = NULL, *log = NULL;
	double ramp = 2;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--to") == 0 && !wire_address(argv[i + 1], &w->to))
			return false;
		else if (strcmp(argv[i], "--clients") == 0)
			clients = argv[i + 1];
		else if (strcmp(argv[i], "--log") == 0)
			log = argv[i + 1];
		else if (strcmp(argv[i], "--ramp") == 0)
			ramp = atof(argv[i + 1]);
	}
	w->tls = wire_context();
	w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	w->room = malloc(READ_ROOM);
	if (log && !(w->log = fopen(log, "w")))
		return false;
	return w->to.sin_port && clients && w->room && w->epoll_fd >= 0 && read_clients(w, clients, ramp);
}

int main(int argc, char **argv)
{
	static struct crowd w;
	struct epoll_event events[EVENTS], orders = { .events = EPOLLIN, .data.ptr = NULL };
	struct rlimit files;

	if (!prepare(&w, argc, argv)) {
		fprintf(stderr, "sse: --to HOST:PORT --clients FILE are needed (sse.c says what else there is)\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	epoll_ctl(w.epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &orders);
	while (!w.over) {
		int n = epoll_wait(w.epoll_fd, events, EVENTS, TICK_MS);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr)
				on_event(events[i].data.ptr);
			else
				orders_read(&w);
		}
		look_at_clock(&w);
		orders_look(&w);
	}
	return 0;
}
