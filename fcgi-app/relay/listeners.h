/* relay/listeners.h -- who listens, and what is done again and again: gathered from the modules. */
#ifndef RELAY_LISTENERS_H
#define RELAY_LISTENERS_H

#include "data/job.h"
#include "data/outbox.h"

size_t listener_count(void);
const struct listener *listener_at(size_t i);
size_t job_count(void);
const struct job *job_at(size_t i);

#endif
