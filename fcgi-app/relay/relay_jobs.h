/* relay/relay_jobs.h -- the house's own jobs: gauges, and sweeping out what is too old. */
#ifndef RELAY_JOBS_H
#define RELAY_JOBS_H

#include "data/job.h"

extern const struct job relay_jobs[];

#endif
