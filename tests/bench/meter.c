#include "meter.h"

#include <string.h>
#include <time.h>

static int64_t us_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t monotonic_us(void)
{
	return us_of(CLOCK_MONOTONIC);
}

int64_t wall_us(void)
{
	return us_of(CLOCK_REALTIME);
}

void meter_reset(struct meter *m)
{
	memset(m, 0, sizeof(*m));
}

/* Up to 127 microseconds singly; from there on a step is twice as wide with each doubling. */
static size_t place(int64_t us)
{
	uint64_t v = us < 0 ? 0 : (uint64_t)us;
	unsigned doublings = v < METER_STEPS ? 0 : 63 - (unsigned)__builtin_clzll(v) - METER_STEPS_LOG2;
	size_t i = (size_t)doublings * METER_STEPS + (size_t)(v >> doublings);

	return i < METER_PLACES ? i : METER_PLACES - 1;
}

static int64_t value_at(size_t i)
{
	size_t doublings = i < METER_STEPS ? 0 : i / METER_STEPS - 1;

	return (int64_t)((i - doublings * METER_STEPS + 1) << doublings) - 1;
}

void meter_add(struct meter *m, int64_t us)
{
	m->count[place(us)]++;
	m->n++;
	if (us > m->max)
		m->max = us;
}

void meter_merge(struct meter *to, const struct meter *from)
{
	for (size_t i = 0; i < METER_PLACES; i++)
		to->count[i] += from->count[i];
	to->n += from->n;
	if (from->max > to->max)
		to->max = from->max;
}

int64_t meter_at(const struct meter *m, double share)
{
	uint64_t wanted = (uint64_t)((double)m->n * share), seen = 0;

	for (size_t i = 0; i < METER_PLACES; i++) {
		seen += m->count[i];
		if (seen > wanted)
			return value_at(i) < m->max ? value_at(i) : m->max;
	}
	return m->max;
}

void meter_print(FILE *f, const struct meter *m)
{
	fprintf(f, "\"p50_us\":%lld,\"p90_us\":%lld,\"p99_us\":%lld,\"max_us\":%lld", (long long)meter_at(m, 0.5),
		(long long)meter_at(m, 0.9), (long long)meter_at(m, 0.99), (long long)m->max);
}
