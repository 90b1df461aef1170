/* web/openapi.h -- the OpenAPI 3.1 document, made from the same routes and shapes that route and validate (OP-2). */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "core/ctx.h"
#include "web/route.h"

/* The whole document; in the arena. Pages are not in it, nor the sandbox. */
str openapi_document(struct ctx *);

/* Is the route in the document? */
bool openapi_has(const struct route *);

/* All that the route may answer when it is not done: its own failures, and those that follow from its line (a cursor,
 * an Idempotency-Key, a body …). Sorted by status, none twice. Gives how many; the contract tests let no other pass. */
enum { FAILURES_MAX = 64 };
size_t openapi_failures(const struct route *, const struct failure *all[FAILURES_MAX]);

/* "operator", "admin" …, in the order of enum role; n of them. Nothing: anybody. */
size_t openapi_roles(unsigned access, const char *names[8]);

/* The members of the in-shape that stand in the path, a bit each. */
uint64_t openapi_path_members(const struct route *);

/* The headers that a route may take. id: NULL at the end. */
struct openapi_header {
	const char *id, *name;
	const char *schema;            /* JSON */
	const char *about;
	bool required;
};
extern const struct openapi_header openapi_headers[];

#endif
