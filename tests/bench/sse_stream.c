/* bench/sse_stream.c -- an event stream read by the rules of the HTML standard, and what a client checks in it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sse.h"

void stream_begin(struct client *c)
{
	c->line_n = c->data_n = 0;
	c->data[0] = '\0';
	c->type[0] = '\0';
	c->id = c->last_id;
	c->after_cr = false;
}

/* "2026-03-01T02:03:04.123456Z" in microseconds since 1970; -1: something else. */
static int64_t moment(const char *text)
{
	struct tm t = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
	int64_t micro = 0, unit = 100000;

	if (!rest)
		return -1;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
			micro += (*rest - '0') * unit;
	return *rest == 'Z' ? (int64_t)timegm(&t) * 1000000 + micro : -1;
}

static int64_t number_in(const char *json, const char *key)
{
	const char *p = strstr(json, key);

	return p ? strtoll(p + strlen(key), NULL, 10) : -1;
}

static void take_notification(struct client *c, int64_t seq)
{
	struct crowd *w = c->crowd;
	const char *at = strstr(c->data, "\"at\":\"");
	int64_t at_us = at ? moment(at + 6) : -1, now = wall_us();

	if (c->id != seq || c->data[c->data_n - 1] != '}')
		w->mismatched++;
	if (c->last >= 0 && seq <= c->last) {
		w->repeats++;
		return;
	}
	if (c->last >= 0 && seq > c->last + 1)
		w->missing += (uint64_t)(seq - c->last - 1);
	c->last = seq;
	w->events++;
	w->last_arrival_us = now;
	if (at_us >= 0)
		meter_add(&w->meter, now - at_us);
	if (w->log)
		fprintf(w->log, "%lld %lld %lld %s %lld\n", (long long)now, (long long)c->member, (long long)seq,
			c->type, (long long)at_us);
}

/* An empty line: the event is complete. A repeat may carry a smaller id than one that was seen: the browser takes it as it
 * comes, the page keeps the highest number. */
static void dispatch(struct client *c)
{
	struct crowd *w = c->crowd;
	int64_t seq = c->data_n ? number_in(c->data, "\"seq\":") : -1;

	c->last_id = c->id;
	if (seq >= 0) {
		take_notification(c, seq);
	} else {
		if (c->id > c->last)
			c->last = c->id;
		w->syncs += strcmp(c->type, "sync") == 0;
		w->beats += strcmp(c->type, "hb") == 0;
		w->reauths += strcmp(c->type, "reauth") == 0;
	}
	c->data_n = 0;
	c->data[0] = '\0';
	c->type[0] = '\0';
}

static bool named(const char *line, const char *name, const char **value)
{
	size_t n = strlen(name);

	if (strncmp(line, name, n) != 0 || line[n] != ':')
		return false;
	*value = line + n + (line[n + 1] == ' ' ? 2 : 1);
	return true;
}

static void take_line(struct client *c)
{
	const char *value;

	c->line[c->line_n] = '\0';
	if (c->line_n == 0) {
		dispatch(c);
	} else if (c->line[0] == ':') {
		if (!c->live && strncmp(c->line, ": hi", 4) == 0) {
			c->live = true;
			c->crowd->live++;
		}
	} else if (named(c->line, "data", &value)) {
		size_t n = strlen(value);

		if (c->data_n + n + 2 > sizeof(c->data)) {
			c->crowd->too_long++;
			return;
		}
		if (c->data_n)
			c->data[c->data_n++] = '\n';
		memcpy(c->data + c->data_n, value, n + 1);
		c->data_n += n;
	} else if (named(c->line, "event", &value)) {
		snprintf(c->type, sizeof(c->type), "%.63s", value);
	} else if (named(c->line, "id", &value)) {
		c->id = strtoll(value, NULL, 10);
	} else if (named(c->line, "retry", &value)) {
		c->retry_ms = strtoll(value, NULL, 10);
	}
}

/* Lines end with CR, LF or both. */
void stream_take(struct client *c, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool second = p[i] == '\n' && c->after_cr;

		c->after_cr = p[i] == '\r';
		if (second)
			continue;
		if (p[i] == '\n' || p[i] == '\r') {
			take_line(c);
			c->line_n = 0;
		} else if (c->line_n < sizeof(c->line) - 1) {
			c->line[c->line_n++] = p[i];
		} else {
			c->crowd->too_long++;
		}
	}
}
