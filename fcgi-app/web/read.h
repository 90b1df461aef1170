/* web/read.h -- the steps from a raw request to a checked input, in the order in which web/serve.c takes them. */
#ifndef WEB_READ_H
#define WEB_READ_H

#include "web/request.h"

/* Path, query, locale, trace, request id. false: the path is not text. */
bool request_begin(struct request *);
outcome request_read_path(struct request *, const struct path_part *, size_t n, uint64_t *done);
/* Path, query or body into rq->in. */
outcome request_read_input(struct request *, const struct path_part *, size_t n);
outcome request_read_if_match(struct request *);

/* The member `cursor`, if the route has one: into rq->cursor. Call after the input was read. */
outcome cursor_read(struct request *);

/* Idempotency-Key: into rq->key and rq->fingerprint. */
outcome once_read_key(struct request *);
/* Runs the handler as route->once says. */
outcome once_run(struct request *);

/* 429 if there were too many; call before the work. */
outcome limit_check(struct request *);
/* Notes a failure for limits that count failures. */
void limit_failed(struct request *);

/* The whole way of one request: fills the reply. Never faults. */
void serve_request(struct request *);

#endif
