/* data/migrate.h -- numbered, append-only changes of the schema: sql/NNNN_name.sql, each run once, in order.
 * The text of a migration that has run may not change: its SHA-256 is kept and compared. */
#ifndef DATA_MIGRATE_H
#define DATA_MIGRATE_H

#include "core/ctx.h"

/* Brings the database up to date; prints what it does. 0, or 1 with the reason on stderr. */
int migrate_run(struct ctx *, const char *folder);
bool migrate_is_current(struct ctx *, const char *folder);

#endif
