/* check/check.h -- what is proved or printed about the program itself: its routes, words, templates, statements.
 *
 * `madang check` needs a database server: it makes a scratch database, madang_test_check, with the schema of the
 * migrations and 100,000 generated rows in every table that grows, and asks for the plan of every statement. The other
 * commands need nothing that runs.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "core/buf.h"
#include "core/config.h"
#include "core/ctx.h"
#include "core/value.h"

/* The settings, or NULL when there are none. */
const struct config *check_settings(int argc, char **argv);

/* For nginx: which pool a request goes to, and the words for what it refuses itself (front.c). */
void front_pools(struct buf *);
bool front_words(struct ctx *, struct buf *);

/* docs/problems.md: all codes, with their words. */
str problems_document(struct ctx *);

/* Every code that any route may answer, the general ones first, then by module; gives how many. */
enum { PROBLEMS_MAX = 512 };
struct problem_row {
	const struct failure *why;
	const char *module;            /* the first that declares it; "all" for the general ones */
};
size_t problems_all(struct problem_row all[PROBLEMS_MAX]);

/* ---- madang check [--rows N] [--plans] ---- */

struct check {
	struct ctx *c;
	size_t passed, failed;
	bool show_plans;
	const list *columns;           /* of the schema, for check_plan() */
};

void check_passed(struct check *);
void check_failed(struct check *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Every sentence of the API reference has its Korean, and no Korean is left of what nothing says any more. */
void check_reference(struct check *);
/* Statements against the schema of the scratch database: do they prepare, do they count their values. */
void check_statements(struct check *);
/* What a statement does with large tables. Call check_fill() first. */
void check_plans(struct check *);
struct sql;
void check_plan(struct check *, const struct sql *);
/* The handlers of all GET routes with all their filters, and the plans of what they put together. */
void check_lists(struct check *);
/* Generated rows in all tables that grow. */
void check_fill(struct check *, int64_t rows);

#endif
