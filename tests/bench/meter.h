/* bench/meter.h -- how long things took, in microseconds: a histogram whose steps are at most 1.6 % wide. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>
#include <stdio.h>

enum { METER_STEPS_LOG2 = 6, METER_STEPS = 1 << METER_STEPS_LOG2, METER_PLACES = METER_STEPS * 30 };

struct meter {
	uint64_t n;
	int64_t max;
	uint32_t count[METER_PLACES];
};

void meter_reset(struct meter *);
void meter_add(struct meter *, int64_t us);
void meter_merge(struct meter *to, const struct meter *from);
int64_t meter_at(const struct meter *, double share);        /* 0.99: 99 of 100 took at most this long */
void meter_print(FILE *, const struct meter *);              /* "p50_us":…,"p90_us":…,"p99_us":…,"max_us":… */

int64_t monotonic_us(void);
int64_t wall_us(void);

#endif
