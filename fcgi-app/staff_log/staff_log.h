/* staff_log/staff_log.h -- who of the staff changed what (OP-5): before, after, reason.
 *
 * Written in the transaction of the change, so there is no change without its line and no line without its change.
 *
 * Tables: staff_log (sql/0002)   Routes: end of staff_log.c   Tests: tests/unit/test_staff_log.c
 */
#ifndef STAFF_LOG_H
#define STAFF_LOG_H

#include "core/ctx.h"
#include "core/shape.h"

/* before and after are things of that shape, or NULL (made, removed). Call within db_tx. */
void staff_log_add(struct ctx *, const char *action, const char *object_type, int64_t object_id, const struct shape *,
		   const void *before, const void *after, str reason);

#endif
