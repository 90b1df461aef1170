/* queue/queue_jobs.h -- what the relay does for the queue: holds that run out, the net under lost wake-ups, people who withdrew. */
#ifndef QUEUE_JOBS_H
#define QUEUE_JOBS_H

#include "data/job.h"
#include "data/outbox.h"

extern const struct job queue_jobs[];
extern const struct listener queue_listeners[];

#endif
