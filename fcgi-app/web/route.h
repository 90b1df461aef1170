/* web/route.h -- one line per route: what it is, who may, what goes in and out, how it can fail.
 *
 * The router, the access check, validation, CSRF, idempotency, rate limits, the pools that nginx maps to, the OpenAPI
 * document, the role matrix test and the contract tests read the same line. A handler never checks a role, never
 * parses text, never picks a status for an error.
 *
 *	{ GET, "/api/v1/courses/{id}", ANYONE, show, &course_id_shape, &course_shape, .fails = FAILS(&course_unknown) },
 */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "core/ctx.h"
#include "core/shape.h"

enum method { GET, POST, PUT, PATCH, DELETE, METHODS };
extern const char *const method_names[];

/* Who may call: any of these roles. */
enum access {
	ANYONE = 0,
	MEMBER = ROLE_MEMBER,
	INSTRUCTOR = ROLE_INSTRUCTOR,
	CREATOR = ROLE_CREATOR,
	STAFF = ROLE_OPERATOR | ROLE_ADMIN,
	FINANCE = ROLE_FINANCE | ROLE_ADMIN,
	ANY_STAFF = ROLE_OPERATOR | ROLE_FINANCE | ROLE_ADMIN,
	ADMIN = ROLE_ADMIN,
};

enum pool { POOL_WEB, POOL_EDGE, POOL_PG, POOLS };       /* PG: the gateway simulator, a system of its own */

/* Idempotency-Key (docs/architecture.md, D19). */
enum once {
	ONCE_NO,
	ONCE_TX,             /* key and effect commit together; the web layer opens the transaction. Key optional */
	ONCE_TX_REQUIRED,    /* the same; 400 without a key: money or seats move */
	ONCE_LEASED,         /* the handler asks the outside: the key is committed first, with a lease. Key required */
	ONCE_OWN,            /* the rule itself writes the key with its row (joining a queue). Key required */
};

enum rate {
	RATE_NONE,
	RATE_SIGNUP,         /* per address: 5 a minute (1,000 in the sandbox, from loopback) */
	RATE_LOGIN,          /* failures per address and per account: 10 in 5 minutes (1,000 in the sandbox) */
	RATE_MAIL,           /* per address and per account: what sends a mail */
	RATE_SEARCH,         /* per caller: 30 a second */
	RATE_CATALOGUE,      /* per caller or address: 20 questions (q) a second (10,000 in the sandbox, from loopback); lists are not counted */
};

enum cached {
	CACHED_NO,
	CACHED_CATALOGUE,    /* anonymous answers may be kept while GEN_CATALOGUE stays the same */
};

struct request;
typedef outcome handler(struct request *);

struct route {
	enum method method;
	const char *path;                            /* "/api/v1/courses/{id}": {x} is a member of the in-shape */
	unsigned access;                             /* of enum access */
	handler *handle;
	const struct shape *in, *out;                /* NULL: nothing */
	const struct failure *const *fails;          /* FAILS(&a, &b): beyond those that every route has */
	const struct failure *const *items_fail;     /* of many at once: why one of them is not done, as `code` of its result */
	int status;                                  /* of success; 0: 200 */
	enum pool pool;
	enum once once;
	enum rate rate;
	enum cached cached;
	bool if_match;                               /* 428 without If-Match; a merge patch needs it on courses and items */
	bool may_match;                              /* If-Match is heeded if it is there: 412 stale. Edits of what has an ETag do so anyway */
	bool stream;                                 /* text/event-stream */
	bool no_caller;                              /* who calls is not looked at, an old token is no obstacle: logging in, webhooks */
	bool no_csrf;                                /* no session is needed: a form must come from a page of ours, a webhook proves itself */
	bool raw_body;                               /* the handler reads the JSON of rq->body itself (webhooks) */
	const char *page;                            /* template: answers are HTML, errors are pages */
	handler *again;                              /* of a form's POST: shows the form again with errors */
	const char *tag;                             /* group in the API reference; the module's name if NULL */
	const char *about;                           /* one sentence for the API reference */
};

#define FAILS(...) (const struct failure *const[]){ __VA_ARGS__, NULL }

/* All modules' routes, in the order of modules.def. */
size_t route_count(void);
const struct route *route_at(size_t i);
const char *route_module(size_t i);
size_t route_index(const struct route *);

/* Its answer has an ETag: a version. */
bool route_has_version(const struct route *);
/* It needs no If-Match, and heeds one. */
bool route_may_match(const struct route *);

/* Builds the tree; prints to stderr and returns false if a route contradicts itself (two of the same method and
 * path, a {name} that is no member of the in-shape, a page without a template, a handler missing). */
bool routes_prepare(void);

/* The route for a request; *id_at gets the path's parts for {names}. NULL: *status is 404 or 405, *allow the methods. */
struct path_part { str name, value; };
const struct route *route_find(enum method, str path, struct path_part parts[4], size_t *n, int *status, unsigned *allow);
bool route_method(str word, enum method *);

/* What every route may answer. All codes stand in web/problem.c. */
extern const struct failure not_logged_in;           /* 401 */
extern const struct failure token_expired;           /* 401 */
extern const struct failure role_missing;            /* 403 */
extern const struct failure csrf_missing;            /* 403 */
extern const struct failure method_not_allowed;      /* 405 */
extern const struct failure version_missing;         /* 428 */
extern const struct failure version_stale;           /* 412 */
extern const struct failure too_large;               /* 413 */
extern const struct failure wrong_content_type;      /* 415 */
extern const struct failure too_many;                /* 429 */
extern const struct failure key_missing;             /* 400 */
extern const struct failure key_invalid;             /* 400: too long, or not printable ASCII */
extern const struct failure key_reused;              /* 422 */
extern const struct failure key_in_flight;           /* 409 */
extern const struct failure cursor_invalid;          /* 422 */
extern const struct failure internal_error;          /* 500 */
extern const struct failure unavailable;             /* 503 */
extern const struct failure outcome_unknown;         /* 503 */

/* What may be said before it is known which route is meant, or of a file. */
extern const struct failure address_too_long;        /* 414 */
extern const struct failure headers_too_large;       /* 431 */
extern const struct failure https_only;              /* 400: plain HTTP on this port */
extern const struct failure encoding_unknown;        /* 501: a Transfer-Encoding that isn't chunked */
extern const struct failure http_version_unknown;    /* 505 */
extern const struct failure condition_failed;        /* 412 */

#endif
