/* db_tx.c -- the only place that repeats anything. */
#include "data/db_private.h"

#include <mariadb/mysqld_error.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/log.h"
#include "core/metrics.h"

const struct failure piece_broke = { 500, "piece_broke" };

enum { TRIES = 5 };

static const int64_t WAIT_LEAST = 2000, WAIT_MOST = 40000;     /* microseconds between tries */

static const struct sql tx_begin = { "START TRANSACTION", "", __FILE__, __LINE__, false };
static const struct sql tx_commit = { "COMMIT", "", __FILE__, __LINE__, false };
/* A savepoint of the same name takes the place of the earlier one, so each depth has its own. */
enum { PIECES = 3 };
#define PIECE_COMMANDS(what) { \
	{ what " piece", "", __FILE__, __LINE__, false }, { what " piece_in", "", __FILE__, __LINE__, false }, \
	{ what " piece_within", "", __FILE__, __LINE__, false } }
static const struct sql tx_savepoint[PIECES] = PIECE_COMMANDS("SAVEPOINT");
static const struct sql tx_release[PIECES] = PIECE_COMMANDS("RELEASE SAVEPOINT");
static const struct sql tx_back[PIECES] = PIECE_COMMANDS("ROLLBACK TO SAVEPOINT");

bool db_in_tx(const struct ctx *c)
{
	return c->db && c->db->tx;
}

static void begin(struct ctx *c)
{
	struct db *db = c->db;
	unsigned code;

	db_ready(c, &tx_begin);
	code = db_command(db, "START TRANSACTION");
	if (db_lost(code)) {     /* nothing has happened yet, so a new connection is as good */
		db_drop(db);
		db_ready(c, &tx_begin);
		code = db_command(db, "START TRANSACTION");
	}
	if (code)
		db_fail(c, &tx_begin, code, mysql_error(db->link));
	db->tx = true;
	db->pieces = 0;
	arena_reset(db->kept);
	db->after = NULL;
	db->after_end = &db->after;
	db->otherwise = NULL;
}

static void commit(struct ctx *c)
{
	struct db *db = c->db;
	unsigned code;

	db_ready(c, &tx_commit);
	code = db_command(db, "COMMIT");
	if (code && db_lost(code))
		db_fail_unknown(c, &tx_commit, code, mysql_error(db->link));
	if (code)
		db_fail(c, &tx_commit, code, mysql_error(db->link));
	db->tx = false;
}

/* What can't be rolled back is hung up: the server rolls back then. */
static void roll_back(struct ctx *c)
{
	struct db *db = c->db;

	db->tx = false;
	db->after = NULL;
	if (db->reading)
		mysql_stmt_free_result(db->reading);
	db->reading = NULL;
	if (db->link && db_command(db, "ROLLBACK"))
		db_drop(db);
}

static struct db_after *keep(struct arena *in, void (*fn)(struct ctx *, void *), const void *p, size_t n)
{
	struct db_after *a = arena_new_of(in, struct db_after);

	a->fn = fn;
	a->n = n;
	if (n)
		a->p = memcpy(arena_alloc(in, n), p, n);
	return a;
}

/* A call may begin a transaction of its own, which empties the connection's arena. So they move to the caller's first: the
 * transaction is over, and whatever is given back from here on is younger. */
static void run_after(struct ctx *c, const struct db_after *from)
{
	struct db_after *first = NULL, **end = &first;

	for (; from; from = from->next) {
		*end = keep(c->arena, from->fn, from->p, from->n);
		end = &(*end)->next;
	}
	c->db->after = c->db->otherwise = NULL;
	for (; first; first = first->next)
		first->fn(c, first->p);
}

void tx_after_rollback(struct ctx *c, void (*fn)(struct ctx *, void *), const void *p, size_t n)
{
	struct db_after *a;

	if (!db_in_tx(c))
		fault(c, "tx_after_rollback outside of a transaction");
	a = keep(c->db->kept, fn, p, n);
	a->next = c->db->otherwise;
	c->db->otherwise = a;
}

void tx_after_commit(struct ctx *c, void (*fn)(struct ctx *, void *), const void *p, size_t n)
{
	struct db_after *a;

	if (!db_in_tx(c)) {
		a = keep(c->arena, fn, p, n);
		fn(c, a->p);
		return;
	}
	a = keep(c->db->kept, fn, p, n);
	*c->db->after_end = a;
	c->db->after_end = &a->next;
}

static void command(struct ctx *c, const struct sql *what)
{
	unsigned code = db_command(c->db, what->name);

	if (code)
		db_fail(c, what, code, mysql_error(c->db->link));
}

static outcome run_piece(struct ctx *c, outcome (*work)(struct ctx *, void *), void *arg, bool keep)
{
	struct db_after **end = c->db->after_end;
	unsigned depth = c->db->pieces;
	outcome o;

	if (!db_in_tx(c) || depth == PIECES)
		fault(c, "a piece outside of a transaction, or too deep in it");
	c->db->pieces++;
	command(c, &tx_savepoint[depth]);
	o = work(c, arg);
	keep = keep && o == OK;
	command(c, keep ? &tx_release[depth] : &tx_back[depth]);
	c->db->pieces = depth;
	if (!keep) {
		*end = NULL;
		c->db->after_end = end;
	}
	return o;
}

/* The piece did not come to its end: the rest of its rows, its savepoint and what it noted are put away here. */
static void take_back(struct ctx *c, unsigned depth, struct db_after **end)
{
	struct db *db = c->db;

	if (db->reading)
		mysql_stmt_free_result(db->reading);
	db->reading = NULL;
	command(c, &tx_back[depth]);
	db->pieces = depth;
	*end = NULL;
	db->after_end = end;
}

outcome db_try_apart(struct ctx *c, outcome (*work)(struct ctx *, void *), void *arg)
{
	struct db_after **end = c->db->after_end;
	unsigned depth = c->db->pieces;
	struct fault_frame f;
	outcome o;

	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		if (f.kind != FAULT_BUG || !db_in_tx(c) || depth == PIECES)
			fault_again(c, &f);
		metric_add(METRIC_faults, 1);
		log_line(c, LOG_ERROR, "fault in a piece of a transaction", "what", str_of(f.what), "file", str_of(f.file));
		take_back(c, depth, end);
		return &piece_broke;
	}
	o = db_try(c, work, arg);
	fault_leave(c, &f);
	return o;
}

outcome db_try(struct ctx *c, outcome (*work)(struct ctx *, void *), void *arg)
{
	return run_piece(c, work, arg, true);
}

outcome db_probe(struct ctx *c, outcome (*work)(struct ctx *, void *), void *arg)
{
	return run_piece(c, work, arg, false);
}

static void wait_a_little(unsigned try)
{
	static _Thread_local unsigned seed;
	int64_t most = WAIT_LEAST << try;
	struct timespec t = { 0, 0 };

	if (seed == 0)
		seed = (unsigned)clock_us() ^ (unsigned)(uintptr_t)&seed;
	if (most > WAIT_MOST)
		most = WAIT_MOST;
	t.tv_nsec = (WAIT_LEAST + rand_r(&seed) % (most - WAIT_LEAST + 1)) * 1000;
	nanosleep(&t, NULL);
}

/* One try. False: it met a fault, and was rolled back. */
static bool attempt(struct ctx *c, outcome (*work)(struct ctx *, void *), void *arg, struct fault_frame *frame, outcome *result)
{
	if (fault_caught(c, frame)) {
		fault_leave(c, frame);
		roll_back(c);
		return false;
	}
	begin(c);
	*result = work(c, arg);
	if (*result == OK)
		commit(c);
	else
		roll_back(c);
	fault_leave(c, frame);
	return true;
}

outcome db_tx(struct ctx *c, outcome (*work)(struct ctx *, void *), void *arg)
{
	struct arena_mark mark = arena_mark(c->arena);
	struct field_error *errors = c->errors;
	const char *detail = c->fail_detail;
	struct fault_frame frame;
	outcome result = OK;

	if (db_in_tx(c))
		return work(c, arg);
	for (unsigned try = 1; !attempt(c, work, arg, &frame, &result); try++) {
		if (frame.kind != FAULT_RETRY || try == TRIES)
			fault_again(c, &frame);
		metric_add(METRIC_db_retries, 1);
		arena_rewind(c->arena, mark);
		c->errors = errors;
		c->fail_detail = detail;
		wait_a_little(try);
	}
	run_after(c, result == OK ? c->db->after : c->db->otherwise);
	return result;
}
