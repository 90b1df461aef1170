/* web/once.h -- what is known of an idempotency key: for rules that write it themselves, with their row (ONCE_OWN), and for check pages. */
#ifndef WEB_ONCE_H
#define WEB_ONCE_H

#include "core/outcome.h"

/* What this caller's key says. *known: it is there; then OK and *stored (the same request was answered), key_reused (another
 * request's), or key_in_flight (nobody knows yet). */
outcome once_look(struct ctx *, int64_t caller_id, str key, const unsigned char fingerprint[32], bool *known, str *stored);

/* The caller's form with this key was sent already, and led to this place. */
bool once_led_to(struct ctx *, str key, str *where);

#endif
