/* bench/sse_orders.c -- commands from standard input, and their answers. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sse.h"

static void answer_wait(struct crowd *w, bool reached, size_t behind)
{
	printf("{\"%s\":%s,\"waited_ms\":%lld,\"now_us\":%lld,\"behind\":%zu,\"live\":%zu,\"last_arrival_us\":%lld}\n", w->waiting,
	       reached ? "true" : "false", (long long)(monotonic_us() - w->waiting_since_us) / 1000, (long long)wall_us(), behind,
	       w->live, (long long)w->last_arrival_us);
	fflush(stdout);
	w->waiting[0] = '\0';
}

static void mark(struct crowd *w)
{
	for (size_t i = 0; i < w->n; i++)
		w->clients[i].dropped = false;
	w->dropped = 0;
	w->connects = w->resumed = w->refused = w->no_ticket = 0;
	w->events = w->repeats = w->missing = w->mismatched = w->syncs = w->beats = w->reauths = w->too_long = 0;
	meter_reset(&w->meter);
	printf("{\"marked\":true}\n");
}

static void report(const struct crowd *w)
{
	printf("{\"clients\":%zu,\"live\":%zu,\"dead\":%zu,\"dead_status\":%d,\"dropped\":%zu,\"connects\":%llu,\"resumed\":%llu,"
	       "\"refused\":%llu,\"no_ticket\":%llu,", w->n, w->live, w->dead, w->dead_status, w->dropped,
	       (unsigned long long)w->connects, (unsigned long long)w->resumed, (unsigned long long)w->refused,
	       (unsigned long long)w->no_ticket);
	printf("\"events\":%llu,\"repeats\":%llu,\"missing\":%llu,\"mismatched\":%llu,\"syncs\":%llu,\"beats\":%llu,\"reauths\":%llu,"
	       "\"too_long\":%llu,\"last_arrival_us\":%lld,", (unsigned long long)w->events, (unsigned long long)w->repeats,
	       (unsigned long long)w->missing, (unsigned long long)w->mismatched, (unsigned long long)w->syncs,
	       (unsigned long long)w->beats, (unsigned long long)w->reauths, (unsigned long long)w->too_long,
	       (long long)w->last_arrival_us);
	meter_print(stdout, &w->meter);
	printf("}\n");
}

/* ---- waiting ---- */

static int by_member(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* Lines "MEMBER SEQ", into the wanted number of each client; members that are not named want nothing. */
static bool read_wanted(struct crowd *w, const char *path)
{
	FILE *f = fopen(path, "r");
	int64_t(*rows)[2] = NULL;
	size_t n = 0;
	long long member, seq;

	if (!f)
		return false;
	while (fscanf(f, "%lld %lld", &member, &seq) == 2) {
		rows = realloc(rows, (n + 1) * sizeof(*rows));
		if (!rows)
			abort();
		rows[n][0] = member;
		rows[n++][1] = seq;
	}
	fclose(f);
	if (n)
		qsort(rows, n, sizeof(*rows), by_member);
	free(w->wanted);
	w->wanted = calloc(w->n, sizeof(*w->wanted));
	if (!w->wanted)
		abort();
	for (size_t i = 0; i < w->n && n; i++) {
		int64_t key[2] = { w->clients[i].member, 0 };
		const int64_t *row = bsearch(key, rows, n, sizeof(*rows), by_member);

		w->wanted[i] = row ? row[1] : 0;
	}
	free(rows);
	return true;
}

static size_t how_many_behind(const struct crowd *w)
{
	size_t behind = 0;

	if (strcmp(w->waiting, "live") == 0)
		return w->n - w->live;
	if (strcmp(w->waiting, "dropped") == 0)
		return w->n - w->dropped;
	for (size_t i = 0; i < w->n; i++)
		behind += w->clients[i].last < w->wanted[i];
	return behind;
}

void orders_look(struct crowd *w)
{
	size_t behind;

	if (!w->waiting[0])
		return;
	behind = how_many_behind(w);
	if (behind == 0 || monotonic_us() > w->waiting_until_us)
		answer_wait(w, behind == 0, behind);
}

static void wait_for(struct crowd *w, const char *what, double seconds)
{
	snprintf(w->waiting, sizeof(w->waiting), "%s", what);
	w->waiting_since_us = monotonic_us();
	w->waiting_until_us = w->waiting_since_us + (int64_t)(seconds * 1e6);
}

/* ---- reading ---- */

static void obey(struct crowd *w, const char *order)
{
	char path[1024];
	double seconds;

	if (sscanf(order, "live %lf", &seconds) == 1)
		wait_for(w, "live", seconds);
	else if (sscanf(order, "dropped %lf", &seconds) == 1)
		wait_for(w, "dropped", seconds);
	else if (sscanf(order, "until %1023s %lf", path, &seconds) == 2 && read_wanted(w, path))
		wait_for(w, "until", seconds);
	else if (strcmp(order, "mark") == 0)
		mark(w);
	else if (strcmp(order, "report") == 0)
		report(w);
	else if (strcmp(order, "quit") == 0)
		w->over = true;
	else
		printf("{\"error\":\"not understood\"}\n");
	if (w->log)
		fflush(w->log);
	fflush(stdout);
}

void orders_read(struct crowd *w)
{
	ssize_t n = read(STDIN_FILENO, w->orders + w->orders_n, sizeof(w->orders) - 1 - w->orders_n);
	char *end;

	if (n <= 0) {
		w->over = true;
		return;
	}
	w->orders_n += (size_t)n;
	w->orders[w->orders_n] = '\0';
	while ((end = strchr(w->orders, '\n')) != NULL) {
		*end = '\0';
		obey(w, w->orders);
		w->orders_n -= (size_t)(end + 1 - w->orders);
		memmove(w->orders, end + 1, w->orders_n + 1);
	}
}
