/* core/outcome.h -- expected trouble is a value.
 *
 * A rule returns OK or the address of a failure that it declared: `return &coupon_expired;`. The failure carries the
 * HTTP status and the stable code; the words for it are in the catalogues under "problem.<code>".
 */
#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

#include "core/str.h"

struct ctx;

struct failure {
	int status;
	const char *code;
};

typedef const struct failure *outcome;

#define OK ((outcome)0)

/* One wrong member of an input: what the `errors` of a problem document are made of. */
struct field_error {
	str field;                /* "title", "sessions[0].room" */
	const char *code;         /* "required", "too_long", …: words under "field.<code>" */
	str value;                /* the limit or the word that the message names, for "{0}"; may be empty */
	struct field_error *next;
};

/* Returns `why`, and notes that this member is the reason; `value` is for the message. */
outcome fail(struct ctx *, outcome why, const char *field, const char *code, str value);

/* Notes a wrong member without deciding yet; the web layer answers 422 `invalid` if there was one. */
void fail_field(struct ctx *, str field, const char *code, str value);

/* Is this among the reasons why? */
bool failed_by(const struct ctx *, outcome why);

/* What any route may answer, whatever its own rules (RFC 9110). */
extern const struct failure not_readable;          /* 400 */
extern const struct failure invalid;               /* 422 */
extern const struct failure not_found;             /* 404 */

#endif
