/* core/log.h -- one JSON object per line on stderr: time, level, message, request id, then the given pairs. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/str.h"

struct ctx;

enum log_level { LOG_INFO, LOG_WARN, LOG_ERROR };

/* log_line(c, LOG_WARN, "gateway slow", "order_id", id, "ms", str): pairs of a name and a str; c may be NULL. */
#define log_line(c, level, ...) log_write((c), (level), __VA_ARGS__, (const char *)0)
void log_write(const struct ctx *, enum log_level, const char *message, ...);

#endif
