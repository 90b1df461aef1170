/* web/request.h -- what a handler gets, and how it answers.
 *
 * When a handler runs, the caller is allowed, the input is read and valid, and the transaction of an idempotent
 * route is open. It calls rules, and ends with `return reply(rq, out)` or with a failure.
 */
#ifndef WEB_REQUEST_H
#define WEB_REQUEST_H

#include "core/buf.h"
#include "core/ctx.h"
#include "core/shape.h"
#include "data/db.h"
#include "web/route.h"

struct answers;
struct held;

struct header {
	str name, value;
	struct header *next;
};

/* A FastCGI parameter, found by its length first. */
struct param {
	const char *name;
	size_t name_n;
	str value;
};
enum { REQUEST_PARAMS = 64, REQUEST_VERSIONS = 8 };

struct request {
	struct ctx *ctx;
	const struct route *route;
	void *in;                    /* of route->in's struct; zeroed, filled, checked */
	uint64_t given;              /* which members were in the body (bit = index in the shape) */
	struct keyset cursor;        /* decoded from the member `cursor`, bound to path and filters */
	opt_int if_match;            /* version from If-Match; of several, the one that is tried (serve.c) */
	int64_t versions[REQUEST_VERSIONS];
	size_t n_versions;
	str key;                     /* Idempotency-Key, without quotes */
	unsigned char fingerprint[32];

	enum pool pool;              /* of the process that serves it */
	enum method method;
	str path, query, body, content_type;
	struct param params[REQUEST_PARAMS];
	size_t n_params;
	bool too_many_params;        /* a key or a condition may be among those that were left out: nothing is done then */
	str form;                    /* a form's body, kept so that a refused form shows what was typed */
	bool wants_html;
	const struct held *held;     /* of the sign-in page: the form that came without a session (web/held.h) */
	str focus;                         /* of a page with a form: the field that gets the focus, as it is called in the form */

	int status;
	str reply_type;
	struct buf reply_body;
	struct header *reply_headers;
	bool replied;
	int64_t retry_after;         /* seconds, for 429; 0: one */
	struct answers *answers;     /* this thread's kept catalogue answers, or NULL */
};

/* Was this member in the body? For merge patches: absent = unchanged. */
bool given(const struct request *, const char *member);

/* Takes FastCGI's "NAME=value" strings; they must outlive the request. */
void request_params(struct request *, char **envp);

/* A header of the request: request_header(rq, "HTTP_IF_MATCH"); empty if absent. */
str request_header(const struct request *, const char *fcgi_name);
str request_cookie(const struct request *, str name);
/* Whose page sends this, as the browser says (Fetch Metadata, else Origin). Programs and old browsers say nothing. */
enum sender { SENDER_UNKNOWN, SENDER_OURS, SENDER_FOREIGN };
enum sender request_sender(const struct request *);
/* A query's pairs, each followed by an ampersand, without those of the names (ends in NULL). */
str query_without(struct ctx *, str query, const char *const *names);
/* The same without empty ones ("q=") either: what narrows a list. */
str query_filters(struct ctx *, str query, const char *const *names);

/* Answers with the route's status and out-shape: JSON, with an ETag if the shape has a version, or the route's page. */
outcome reply(struct request *, const void *out);
outcome reply_none(struct request *);                               /* 204 */
outcome reply_see_other(struct request *, str where);               /* 303, the answer to a form */
/* A path of our own, as a form or a query may name where to go back to: nothing that a browser takes for another host. */
bool is_own_path(str path);
outcome reply_text(struct request *, int status, str type, str body);
void reply_forget(struct request *);                                 /* as if nothing had been answered yet */
outcome reply_stored(struct request *, int status, str json);       /* a body made earlier */
void reply_header(struct request *, str name, str value);
void reply_etag(struct request *, int64_t version);
/* Hands the request to an internal location of nginx. */
outcome reply_internal(struct request *, str uri);

/* Keyset paging, forwards only. Ask the database for limit + 1 rows; this cuts the last one off and makes the cursor from the keys
 * of the last row that stays. keys(row, n) writes the sort keys into n[0], n[1]. Lists that people page through: list_page (web/lists.h). */
typedef void list_keys(const void *row, int64_t n[2]);
str cursor_next(struct request *, list *rows, size_t row_size, int64_t limit, list_keys *keys);

/* Turns an outcome or a fault into a problem document (RFC 9457), or into the page again if it was a form. */
void reply_problem(struct request *, outcome why);

#endif
