/* support.h -- what tests need that talk to the database.
 *
 * They run against the database server that MADANG_CONFIG names, in a database of their own, madang_test, which is made
 * and migrated when the first test asks for it. Without MADANG_CONFIG they are skipped.
 */
#ifndef UNIT_SUPPORT_H
#define UNIT_SUPPORT_H

#include "core/ctx.h"
#include "unit.h"

/* The ctx of these tests, made fresh. Skips the test that asks for it if there is no database. */
struct ctx *test_ctx(void);

/* The settings of the tests; NULL without MADANG_CONFIG. */
const struct config *test_config(void);

/* Another ctx with connections of its own, for what happens at the same time (also in a forked process). */
struct ctx *test_ctx_more(void);
void test_ctx_close(struct ctx *);

/* Runs the body in a transaction that is rolled back in the end. */
void test_rolled_back(struct ctx *, void (*body)(struct ctx *, void *), void *arg);

/* Runs the body and returns the kind of its fault, or 0; its text is in test_fault_text() then. */
int test_fault(struct ctx *, void (*body)(struct ctx *, void *), void *arg);
const char *test_fault_text(void);

/* Runs the body in n forked processes at once, each with a ctx of its own. Fails if one of them doesn't return 0. */
void test_at_once(int n, int (*body)(struct ctx *, int which));
/* In such a process: waits until n of them are here, connected, and begins anew. `ready` lies in memory that they share. */
void test_line_up(struct ctx *, _Atomic int *ready, int n);

/* What this thread has worked, in microseconds: how much something costs, whatever else the machine does meanwhile. */
int64_t test_worked_us(void);

#endif
