/* worker.h -- one process of a pool: threads that serve requests until they are told to stop. */
#ifndef WORKER_H
#define WORKER_H

#include "core/config.h"
#include "web/route.h"

/* Serves until SIGTERM, then returns. */
struct fcgi_balance;
void worker_run(const struct config *, enum pool, int listen_fd, int threads, struct fcgi_balance *, int slot);

#endif
