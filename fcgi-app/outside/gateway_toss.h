/* outside/gateway_toss.h -- how answers of Toss Payments (API version 1) are read; for gateway_toss.c and its tests. */
#ifndef OUTSIDE_GATEWAY_TOSS_H
#define OUTSIDE_GATEWAY_TOSS_H

#include "outside/gateway.h"
#include "outside/http.h"

enum toss_call { TOSS_CONFIRM, TOSS_QUERY, TOSS_CANCEL };

/* Makes a result of what http_send gave. No network. */
struct gateway_result toss_read(struct ctx *, enum toss_call, const struct http_answer *);

bool toss_read_entries(struct ctx *, const struct http_answer *, list *lines);
bool toss_read_webhook(struct ctx *, str body, struct gateway_hint *);

#endif
