/* bench/load.c -- loads an HTTPS server over kept connections, and says how fast it answered, as one line of JSON.
 *
 *	load --to 127.0.0.1:8443 [--connections 32] [--threads 2] [--seconds 3] [--warm 0.3] [--count N] [--rate R]
 *	     [--method GET] (--path PATH)... [--paths FILE] [--header 'Name: value']... [--body TEXT]
 *	     [--tokens FILE [--once]] [--keys]
 *
 * Closed loop: each connection has one request under way; --rate makes it an open one, in which a request counts from the
 * moment at which it was due. Requests take the paths in turn. --tokens: a bearer token per request, line by line; --once:
 * each line only once, then it is over. --keys: a fresh Idempotency-Key in each. What happens in the first --warm
 * seconds does not count (with --count or --once everything does).
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>

#include "meter.h"
#include "wire.h"

enum { THREADS_MAX = 16, REQUEST_MAX = 8192, READ_ROOM = 65536, EVENTS = 64, PATIENCE_S = 20, LONG_S = 3600 };

struct lines {
	char **line;
	size_t n;
};

struct plan {
	struct sockaddr_in to;
	int connections, threads;
	double seconds, warm, rate;
	int64_t count;
	const char *method, *body;
	char headers[2048];
	struct lines paths, tokens;
	bool once, keys;
	uint64_t nonce;
	SSL_CTX *tls;
	int64_t start_us, measure_us, end_us;
	_Atomic int64_t started;                /* requests; also the number of the next one */
};

struct connection {
	struct wire wire;
	struct http_in in;
	char out[REQUEST_MAX];
	size_t out_n, out_at;
	bool busy;
	int64_t due_us;
};

struct loader {
	struct plan *plan;
	pthread_t id;
	int epoll_fd, nth;
	struct connection *connections;
	int n, busy;
	char *room;
	int64_t paced;                          /* requests of this thread that were due, with --rate */
	bool over;
	struct meter meter;
	uint64_t status[6];                     /* by hundreds */
	uint64_t answers, broken, refused, bytes;
	int first_bad;
	int64_t last_us;
};

/* ---- requests ---- */

static bool write_request(struct plan *p, struct connection *c)
{
	int64_t nth = atomic_fetch_add(&p->started, 1);
	int n;

	if ((p->count && nth >= p->count) || (p->once && (size_t)nth >= p->tokens.n))
		return false;
	n = snprintf(c->out, sizeof(c->out), "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", p->method,
		     p->paths.line[(size_t)nth % p->paths.n], p->headers);
	if (p->tokens.n)
		n += snprintf(c->out + n, sizeof(c->out) - (size_t)n, "Authorization: Bearer %s\r\n",
			      p->tokens.line[(size_t)nth % p->tokens.n]);
	if (p->keys)
		n += snprintf(c->out + n, sizeof(c->out) - (size_t)n, "Idempotency-Key: \"%016llx-%lld\"\r\n",
			      (unsigned long long)p->nonce, (long long)nth);
	if (p->body)
		n += snprintf(c->out + n, sizeof(c->out) - (size_t)n, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			      strlen(p->body));
	n += snprintf(c->out + n, sizeof(c->out) - (size_t)n, "\r\n%s", p->body ? p->body : "");
	if (n >= (int)sizeof(c->out)) {
		fprintf(stderr, "load: the request is too long\n");
		exit(2);
	}
	c->out_n = (size_t)n;
	c->out_at = 0;
	http_begin(&c->in);
	return true;
}

static void note_answer(struct loader *l, struct connection *c)
{
	int64_t now = monotonic_us();
	bool whole = l->plan->count || l->plan->once;

	c->busy = false;
	l->busy--;
	if (!whole && (now < l->plan->measure_us || now > l->plan->end_us))
		return;
	l->answers++;
	l->last_us = now;
	l->status[c->in.status / 100 % 6]++;
	if (c->in.status >= 400 && !l->first_bad)
		l->first_bad = c->in.status;
	meter_add(&l->meter, now - c->due_us);
}

/* ---- connections ---- */

static void connect_again(struct loader *l, struct connection *c)
{
	wire_close(&c->wire);
	if (wire_connect(&c->wire, l->plan->tls, &l->plan->to, l->epoll_fd, c) == WIRE_BROKEN)
		l->refused++;
}

static void break_off(struct loader *l, struct connection *c)
{
	if (c->busy) {
		c->busy = false;
		l->busy--;
		l->broken++;
	} else if (!c->wire.open) {
		l->refused++;
		if (l->refused > 1000) {
			fprintf(stderr, "load: can't connect\n");
			exit(1);
		}
	}
	if (!l->over)
		connect_again(l, c);
}

static void count_bytes(void *arg, const char *p, size_t n)
{
	struct loader *l = arg;

	(void)p;
	l->bytes += n;
}

/* Reads until there is nothing more, or the answer is complete. */
static bool receive(struct loader *l, struct connection *c)
{
	for (;;) {
		ssize_t n = wire_read(&c->wire, l->room, READ_ROOM);

		if (n == WIRE_WAIT)
			return true;
		if (n == WIRE_BROKEN || !c->busy || http_take(&c->in, l->room, (size_t)n, count_bytes, l) != n) {
			break_off(l, c);
			return false;
		}
		if (c->in.done) {
			note_answer(l, c);
			if (!c->in.closes)
				return true;
			connect_again(l, c);
			return false;
		}
	}
}

static void send_out(struct loader *l, struct connection *c)
{
	while (c->out_at < c->out_n) {
		ssize_t n = wire_write(&c->wire, c->out + c->out_at, c->out_n - c->out_at);

		if (n == WIRE_WAIT)
			return;
		if (n == WIRE_BROKEN) {
			break_off(l, c);
			return;
		}
		c->out_at += (size_t)n;
	}
}

/* The next request on an idle connection, if one is due. */
static void begin_request(struct loader *l, struct connection *c)
{
	int64_t now = monotonic_us(), due = now;

	if (c->busy || l->over || !c->wire.open)
		return;
	if (l->plan->rate > 0) {
		due = l->plan->start_us + (int64_t)((double)(l->paced * l->plan->threads + l->nth) * 1e6 / l->plan->rate);
		if (due > now)
			return;
		l->paced++;
	}
	if (now >= l->plan->end_us || !write_request(l->plan, c)) {
		l->over = true;
		return;
	}
	c->busy = true;
	l->busy++;
	c->due_us = due;
	send_out(l, c);
}

static void on_event(struct loader *l, struct connection *c)
{
	int shaken = wire_shake(&c->wire);

	if (shaken == WIRE_WAIT)
		return;
	if (shaken == WIRE_BROKEN) {
		break_off(l, c);
		return;
	}
	if (c->busy)
		send_out(l, c);
	if (receive(l, c))
		begin_request(l, c);
}

static void wait_and_serve(struct loader *l)
{
	struct epoll_event events[EVENTS];
	const struct timespec often = { 0, 1000 * 1000 }, seldom = { 0, 50 * 1000 * 1000 };
	int n = epoll_pwait2(l->epoll_fd, events, EVENTS, l->plan->rate > 0 ? &often : &seldom, NULL);

	for (int i = 0; i < n; i++)
		on_event(l, events[i].data.ptr);
	if (l->plan->rate > 0)
		for (int i = 0; i < l->n; i++)
			begin_request(l, &l->connections[i]);
	if (monotonic_us() >= l->plan->end_us)
		l->over = true;
}

static void *loader_main(void *p)
{
	struct loader *l = p;
	int64_t latest = l->plan->end_us + (int64_t)PATIENCE_S * 1000000;

	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->room = malloc(READ_ROOM);
	l->connections = calloc((size_t)l->n, sizeof(*l->connections));
	if (l->epoll_fd < 0 || !l->room || !l->connections)
		abort();
	for (int i = 0; i < l->n; i++) {
		l->connections[i].wire.fd = -1;
		connect_again(l, &l->connections[i]);
	}
	while (!l->over || (l->busy > 0 && monotonic_us() < latest))
		wait_and_serve(l);
	l->broken += (uint64_t)l->busy;
	return NULL;
}

/* ---- the beginning and the end ---- */

static void add_line(struct lines *l, const char *text)
{
	l->line = realloc(l->line, (l->n + 1) * sizeof(*l->line));
	if (!l->line || !(l->line[l->n++] = strdup(text)))
		abort();
}

static void read_lines(struct lines *l, const char *path)
{
	FILE *f = fopen(path, "r");
	char line[1024];

	if (!f) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0])
			add_line(l, line);
	}
	fclose(f);
}

static bool take_argument(struct plan *p, const char *name, const char *value)
{
	if (strcmp(name, "--to") == 0)
		return wire_address(value, &p->to);
	if (strcmp(name, "--connections") == 0)
		p->connections = atoi(value);
	else if (strcmp(name, "--threads") == 0)
		p->threads = atoi(value);
	else if (strcmp(name, "--seconds") == 0)
		p->seconds = atof(value);
	else if (strcmp(name, "--warm") == 0)
		p->warm = atof(value);
	else if (strcmp(name, "--rate") == 0)
		p->rate = atof(value);
	else if (strcmp(name, "--count") == 0)
		p->count = atoll(value);
	else if (strcmp(name, "--method") == 0)
		p->method = value;
	else if (strcmp(name, "--body") == 0)
		p->body = value;
	else if (strcmp(name, "--path") == 0)
		add_line(&p->paths, value);
	else if (strcmp(name, "--paths") == 0)
		read_lines(&p->paths, value);
	else if (strcmp(name, "--tokens") == 0)
		read_lines(&p->tokens, value);
	else if (strcmp(name, "--header") == 0)
		snprintf(p->headers + strlen(p->headers), sizeof(p->headers) - strlen(p->headers), "%s\r\n", value);
	else
		return false;
	return true;
}

static bool read_arguments(struct plan *p, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--once") == 0)
			p->once = true;
		else if (strcmp(argv[i], "--keys") == 0)
			p->keys = true;
		else if (i + 1 == argc || !take_argument(p, argv[i], argv[i + 1]))
			return false;
		else
			i++;
	}
	return p->to.sin_port && p->paths.n && p->threads > 0 && p->threads <= THREADS_MAX && p->connections >= p->threads;
}

static void print_result(const struct plan *p, const struct loader *l, int64_t from_us)
{
	int64_t until = p->count || p->once ? l->last_us : p->end_us;
	double seconds = (double)(until > from_us ? until - from_us : 1) / 1e6;

	printf("{\"answers\":%llu,\"seconds\":%.3f,\"rate\":%.1f,\"bytes\":%llu,\"broken\":%llu,\"refused\":%llu,\"first_bad\":%d,"
	       "\"status\":{", (unsigned long long)l->answers, seconds, (double)l->answers / seconds,
	       (unsigned long long)l->bytes, (unsigned long long)l->broken, (unsigned long long)l->refused, l->first_bad);
	for (int i = 1; i < 6; i++)
		printf("%s\"%dxx\":%llu", i > 1 ? "," : "", i, (unsigned long long)l->status[i]);
	printf("},");
	meter_print(stdout, &l->meter);
	printf("}\n");
}

static void gather(struct loader *all, const struct loader *l)
{
	meter_merge(&all->meter, &l->meter);
	for (int i = 0; i < 6; i++)
		all->status[i] += l->status[i];
	all->answers += l->answers;
	all->broken += l->broken;
	all->refused += l->refused;
	all->bytes += l->bytes;
	if (!all->first_bad)
		all->first_bad = l->first_bad;
	if (l->last_us > all->last_us)
		all->last_us = l->last_us;
}

int main(int argc, char **argv)
{
	static struct plan p = { .connections = 32, .threads = 2, .warm = 0.3, .method = "GET" };
	static struct loader loaders[THREADS_MAX], all;

	if (!read_arguments(&p, argc, argv)) {
		fprintf(stderr, "load: --to HOST:PORT --path PATH are needed (load.c says what else there is)\n");
		return 2;
	}
	if (getrandom(&p.nonce, sizeof(p.nonce), 0) != sizeof(p.nonce))
		return 1;
	if ((p.count || p.once) && p.seconds == 0)
		p.seconds = LONG_S;
	if (p.seconds == 0)
		p.seconds = 3;
	p.tls = wire_context();
	p.start_us = monotonic_us();
	p.measure_us = p.start_us + (int64_t)(p.warm * 1e6);
	p.end_us = p.measure_us + (int64_t)(p.seconds * 1e6);
	for (int i = 0; i < p.threads; i++) {
		loaders[i].plan = &p;
		loaders[i].nth = i;
		loaders[i].n = p.connections / p.threads + (i < p.connections % p.threads);
		if (pthread_create(&loaders[i].id, NULL, loader_main, &loaders[i]) != 0)
			return 1;
	}
	for (int i = 0; i < p.threads; i++) {
		pthread_join(loaders[i].id, NULL);
		gather(&all, &loaders[i]);
	}
	print_result(&p, &all, p.count || p.once ? p.start_us : p.measure_us);
	return 0;
}
