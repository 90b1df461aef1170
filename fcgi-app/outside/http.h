/* outside/http.h -- asks another system over HTTP. Only this folder knows curl.
 *
 * One warm handle per thread. A call never redirects, takes no proxy from the environment, raises no signal, speaks
 * http and https only, waits at most 1 s for the connection and at most timeout_ms in all, and takes an answer of at most
 * 1 MiB. It never faults but for one thing: asked while a transaction is open, which would hold its locks for as long
 * as the other side likes, it calls fault(), because that is a bug.
 *
 * What matters when money moves is `sent`. It is false only if the request surely never began to leave: the name was
 * not found, nobody listened, TLS failed. Anything else, a kept connection that broke while it was used included, is true,
 * and then the other side may have acted. (On a kept connection that the peer had closed, curl itself sends
 * the request once more; so what must not happen twice needs an idempotency key.)
 */
#ifndef OUTSIDE_HTTP_H
#define OUTSIDE_HTTP_H

#include "core/ctx.h"

enum { HTTP_ANSWER_MAX = 1 << 20, HTTP_CONNECT_MS = 1000, HTTP_HEADERS_MAX = 16 };

struct http_pair {
	const char *name;
	str value;                         /* with CR, LF or NUL in it the call is not made: sent = false */
};

struct http_call {
	const char *method;                /* "GET", "POST" … */
	str url;                           /* http:// or https:// */
	const struct http_pair *headers;   /* ends with a name NULL; may be NULL. Content-Type too */
	str body;                          /* sent if not empty, or if the method is POST, PUT or PATCH */
	int64_t timeout_ms;                /* of all; 0: 10 s */
	const char *unix_socket;           /* connects there, whatever the url's host says; may be NULL */
	bool any_certificate;              /* does not check the certificate: for the sandbox's own, on loopback */
};

struct http_answer {
	bool sent;
	int status;                        /* 0: no complete answer came */
	str body;                          /* in the arena; empty unless a complete answer came */
	str content_type;
	int64_t retry_after;               /* seconds from Retry-After, 0 without it */
	int64_t us;                        /* how long it took */
	const char *error;                 /* why no complete answer came, for logs; NULL if one did */
};

struct http_answer http_send(struct ctx *, const struct http_call *);

#endif
