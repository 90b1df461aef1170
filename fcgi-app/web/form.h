/* web/form.h -- forms (application/x-www-form-urlencoded), queries and paths into structs, by their shape. */
#ifndef WEB_FORM_H
#define WEB_FORM_H

#include "core/shape.h"
#include "core/outcome.h"

/* The value of one parameter (decoded, in the arena). false: it is not there. */
bool form_value(struct ctx *, str form, str name, str *value);

/* The version that a form was made on, which it sends as _version; `otherwise` if it doesn't. */
int64_t form_version(struct ctx *, str form, int64_t otherwise);

/* Calls fn for each pair, decoded. */
void form_each(struct ctx *, str form, void (*fn)(void *, str name, str value), void *);

/* Reads a form's body. Names are members; "sessions[0].room" for lists; an empty value of an optional member is null;
 * datetime-local values ("2026-11-20T14:05") are taken as Seoul time. Unknown names (but csrf, and names that begin
 * with "_") are noted as wrong, like all that is. *given as in json_read. */
outcome form_read(struct ctx *, const struct shape *, void *out, uint64_t *given, str form);

/* Reads the query into the members that have no place in a body (of GET and DELETE routes): unknown names, names
 * given twice and bad values are noted as wrong. Members in `done` (bits) were read from the path. */
outcome form_read_query(struct ctx *, const struct shape *, void *out, uint64_t done, str query);

#endif
