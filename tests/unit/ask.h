/* ask.h -- a request to the whole web layer, without a server: routes, roles, reading, idempotency, answers.
 *
 *	struct request *rq = ask(c, "POST", "/api/v1/notifications/read", .as = member, .body = "{\"up_to\":2}");
 *	assert_int_equal(rq->status, 200);
 */
#ifndef UNIT_ASK_H
#define UNIT_ASK_H

#include "core/json.h"
#include "fixtures.h"
#include "web/request.h"

struct asking {
	int64_t as;                    /* a member, by a new session; 0: nobody */
	str token;                     /* or by this access token */
	const char *cookie;            /* or by this Cookie header */
	const char *body;
	const char *type;              /* application/json */
	const char *key;               /* Idempotency-Key */
	const char *if_match;
	const char *language;          /* Accept-Language */
	const char *last_event_id;
	const char *csrf;              /* X-CSRF-Token */
};
#define ask(c, method, target, ...) make_request((c), (method), (target), &(struct asking){ __VA_ARGS__ })
struct request *make_request(struct ctx *, const char *method, const char *target, const struct asking *);

str token_of(struct ctx *, int64_t member);
str answered_header(const struct request *, const char *name);        /* empty: not there */
str answered(const struct request *);                                  /* the body */
struct json *answered_json(const struct request *);
/* The code of a problem document; the whole must be one. */
#define assert_problem(rq, status, code) check_problem((rq), (status), (code), __FILE__, __LINE__)
void check_problem(const struct request *, int status, const char *code, const char *file, int line);

/* Group set-up: words and routes. */
int with_routes(void **state);

#endif
