/* staff_log/staff_log.h -- who of the staff changed what (OP-5): before, after, reason.
 *
 * Written in the transaction of the change, so there is no change without its line and no line without its change.
 *
 * Tables: staff_log (sql/0002), staff_log_seal (sql/0014)   Chain: staff_log_seal.c
 * Routes: staff_log_routes.c   Page: staff_log_page.c, templates/staff_log/   Tests: tests/unit/test_staff_log.c, tests/chaos/test_audit.py
 */
#ifndef STAFF_LOG_H
#define STAFF_LOG_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/job.h"

/* before and after are things of that shape, or NULL (made, removed). Call within db_tx. */
void staff_log_add(struct ctx *, const char *action, const char *object_type, int64_t object_id, const struct shape *,
		   const void *before, const void *after, str reason);

/* A look at personal data: member.look, roster.look, member.phone … with what it was for. In a transaction of its own if none runs. */
void staff_log_look(struct ctx *, const char *action, const char *object_type, int64_t object_id, str purpose);

/* The same, but not again within a minute: what is asked for at each key is one look. */
void staff_log_look_once(struct ctx *, const char *action, const char *object_type, int64_t object_id, str purpose);

/* The chain (staff_log_seal): a job seals what was committed, in the order in which it finds it. */
extern const struct job staff_log_jobs[];
/* Goes over the whole chain. The number of the first seal that does not hold, or 0; *last: the last number and its hash, to be kept elsewhere. */
struct staff_log_head {
	int64_t n, unsealed;
	str hash;                  /* hex */
};
int64_t staff_log_verify(struct ctx *, struct staff_log_head *last);

#endif
