/* core/metrics.h -- counters, gauges and histograms that many processes add to and one prints.
 *
 * Every process maps a file of its own (run_dir/metrics/<name>-<slot>); a slot is used again by the next process in
 * it, so counters never go backwards until another build of the program starts. The relay adds all files together and
 * prints them in Prometheus' text format. Adding is an atomic add without a lock; before metrics_open() nothing happens.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include "core/buf.h"

struct config;

enum metric {
#define METRIC(id, type, name, help) METRIC_##id,
#include "core/metrics.def"
#undef METRIC
	METRICS
};

/* In each process after fork, before it has threads. false: said on stderr. */
bool metrics_open(const struct config *, const char *process, int slot);
void metric_add(enum metric, int64_t n);
void metric_set(enum metric, int64_t v);                 /* gauges: of all processes, what was set last counts */
void metric_time(enum metric, int64_t us);               /* histograms: seconds in the output */

/* Requests by route: count by status class and a latency histogram. */
void metric_request(size_t route, int status, int64_t us);
enum { METRIC_ROUTES = 512 };

/* route_label(i): "GET /api/v1/courses", NULL if there is no such route. */
void metrics_print(const struct config *, struct buf *, const char *(*route_label)(size_t));

#endif
