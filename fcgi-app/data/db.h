/* data/db.h -- the database, as typed statements and rows. db.c is the only file that knows MariaDB's client.
 *
 * A thread has one connection; it is made when it is first needed, and again after it broke. Statements are prepared
 * once per connection and kept (bounded, the least used go first). Parameters are bound anew at each execution.
 * A broken database never comes back as a value: it is a fault (core/fault.h). "Not found", "row unchanged" and
 * "key taken" are values, because rules live from them.
 *
 *	SQL(take_one_use, "UPDATE coupon SET uses_left = uses_left - 1 WHERE id = ? AND uses_left > 0");
 *	if (db_run(c, &take_one_use, arg(k.id)) == 0) return &coupon_used_up;
 *
 * A text that is compared with a column of ASCII (addresses, order ids, words) may hold any letters: one that the column cannot hold is
 * sent as NULL, which is equal to nothing and like nothing. What is written into such a column has to fit: its shape says so.
 *
 * Columns go into members of the same name; "category.id" goes into the member id of the object category. A column
 * without a member, or a member (that is not write_only, a list or left to the caller) without a column, is found by `madang check`.
 */
#ifndef DATA_DB_H
#define DATA_DB_H

#include "core/ctx.h"
#include "core/shape.h"

struct sql {
	const char *name;
	const char *text;
	const char *file;
	int line;
	bool scans;              /* a full scan is meant: small tables, start-up, audit */
};

/* A statement, known to `madang check`. SQL_SCAN: it may read a whole table. */
#define SQL(id, statement) SQL_DECLARE_(id, statement, false)
#define SQL_SCAN(id, statement) SQL_DECLARE_(id, statement, true)
#define SQL_DECLARE_(id, statement, scan) \
	static const struct sql id = { #id, statement, __FILE__, __LINE__, scan }; \
	static const struct sql *const id##_listed __attribute__((section("madang_sql"), used)) = &id

/* All declared statements: for (i < sql_count()) sql_at(i). */
size_t sql_count(void);
const struct sql *sql_at(size_t i);

struct arg {
	enum { ARG_NULL, ARG_INT, ARG_STR, ARG_WHEN, ARG_DAY } kind;
	int64_t n;
	str s;
};

static inline struct arg arg_int_(int64_t v) { return (struct arg){ ARG_INT, v, { 0 } }; }
static inline struct arg arg_i32_(int v) { return (struct arg){ ARG_INT, v, { 0 } }; }
static inline struct arg arg_bool_(bool v) { return (struct arg){ ARG_INT, v, { 0 } }; }
static inline struct arg arg_str_(str v) { return (struct arg){ ARG_STR, 0, v }; }
static inline struct arg arg_when_(when v) { return (struct arg){ ARG_WHEN, v.us, { 0 } }; }
static inline struct arg arg_day_(day v) { return (struct arg){ ARG_DAY, v.days, { 0 } }; }
static inline struct arg arg_money_(money v) { return arg_int_(v.won); }
static inline struct arg arg_opt_int_(opt_int v) { return v.set ? arg_int_(v.v) : (struct arg){ ARG_NULL, 0, { 0 } }; }
static inline struct arg arg_opt_str_(opt_str v) { return v.set ? arg_str_(v.v) : (struct arg){ ARG_NULL, 0, { 0 } }; }
static inline struct arg arg_opt_when_(opt_when v) { return v.set ? arg_when_(v.v) : (struct arg){ ARG_NULL, 0, { 0 } }; }
static inline struct arg arg_opt_day_(opt_day v) { return v.set ? arg_day_(v.v) : (struct arg){ ARG_NULL, 0, { 0 } }; }
static inline struct arg arg_opt_money_(opt_money v) { return v.set ? arg_money_(v.v) : (struct arg){ ARG_NULL, 0, { 0 } }; }

/* The value for one `?`; a type that no column can hold doesn't compile. Words: arg(str_of(words[v])). */
#define arg(x) _Generic((x), int64_t: arg_int_, int: arg_i32_, bool: arg_bool_, str: arg_str_, when: arg_when_, day: arg_day_, \
	money: arg_money_, opt_int: arg_opt_int_, opt_str: arg_opt_str_, opt_when: arg_opt_when_, opt_day: arg_opt_day_, \
	opt_money: arg_opt_money_)(x)

#define DB_ARGS(...) ((const struct arg[]){ { ARG_NULL, 0, { 0 } }, __VA_ARGS__ } + 1), \
	(sizeof((const struct arg[]){ { ARG_NULL, 0, { 0 } }, __VA_ARGS__ }) / sizeof(struct arg) - 1)

/* One row into *out. false: there is none. Two rows are a fault. */
#define db_one(c, sql, shape, out, ...) db_one_args((c), (sql), (shape), (out), DB_ARGS(__VA_ARGS__))
bool db_one_args(struct ctx *, const struct sql *, const struct shape *, void *out, const struct arg *, size_t n);

/* All rows, in the arena. */
#define db_all(c, sql, shape, ...) db_all_args((c), (sql), (shape), DB_ARGS(__VA_ARGS__))
list db_all_args(struct ctx *, const struct sql *, const struct shape *, const struct arg *, size_t n);

/* The first column of the first row as a number; dflt if there is no row or it is NULL. */
#define db_int(c, sql, dflt, ...) db_int_args((c), (sql), (dflt), DB_ARGS(__VA_ARGS__))
int64_t db_int_args(struct ctx *, const struct sql *, int64_t dflt, const struct arg *, size_t n);

/* Rows changed (found but unchanged ones count too). A taken unique key is a fault here. */
#define db_run(c, sql, ...) db_run_args((c), (sql), DB_ARGS(__VA_ARGS__))
int64_t db_run_args(struct ctx *, const struct sql *, const struct arg *, size_t n);

/* The id of the new row (1 in a table that gives none), or 0 if a unique key is taken. */
#define db_insert(c, sql, ...) db_insert_args((c), (sql), DB_ARGS(__VA_ARGS__))
int64_t db_insert_args(struct ctx *, const struct sql *, const struct arg *, size_t n);

/* The same statement for many rows in one round trip: `rows` times `columns` arguments, row by row. Rows changed. */
int64_t db_bulk(struct ctx *, const struct sql *, const struct arg *, size_t rows, size_t columns);

/* Statements that are put together from whitelisted fragments (filters, sorts). Every text that can come out is
 * prepared once and cached like the others.
 *	struct query q = query_from(c, "SELECT … FROM course k WHERE k.published");
 *	if (in->category_id.set) query_add(&q, " AND k.category_id = ?", arg(in->category_id)); */
enum { DB_ARGS_MAX = 96 };                /* of one statement */
struct query {
	struct buf text;
	struct arg args[DB_ARGS_MAX];
	size_t n;
};
struct query query_from(struct ctx *, const char *text);
#define query_add(q, fragment, ...) query_add_args((q), (fragment), DB_ARGS(__VA_ARGS__))
void query_add_args(struct query *, const char *fragment, const struct arg *, size_t n);
/* For LIKE … ESCAPE '!': what begins so, and what holds it. Signs that mean something to LIKE mean themselves. */
str db_beginning(struct ctx *, str text);
str db_anywhere(struct ctx *, str text);
/* A page of a keyset list, in both directions. The sort ends with a unique column, so that no row is shown twice or left out.
 * Called when WHERE has begun: appends the comparison with the row that the cursor names, ORDER BY, and LIMIT limit + 1. Going
 * back, the rows come in the opposite order. */
struct keyset {
	bool set;                    /* continue from this row */
	bool back;                   /* towards the beginning */
	int64_t n[2];                /* its sort keys */
};
struct sort_key {
	const char *column;          /* "k.enrol_opens_at" */
	bool descending;
	bool moment;                 /* a DATETIME: n is its microseconds */
	bool day;                    /* a DATE: n is its days */
};
void query_keyset(struct query *, const struct keyset *, const struct sort_key *, size_t n_keys, int64_t limit);
list query_all(struct ctx *, struct query *, const struct shape *);
int64_t query_int(struct ctx *, struct query *, int64_t dflt);

/* Runs work in a transaction (READ COMMITTED). OK commits, a failure rolls back; deadlocks, snapshot conflicts and
 * lock timeouts repeat all of it, a few times. Inside another db_tx it just joins that one. */
outcome db_tx(struct ctx *, outcome (*work)(struct ctx *, void *), void *arg);
bool db_in_tx(const struct ctx *);

/* One piece of a transaction that may fail by itself: what it did is taken back then (a savepoint), with what it noted for
 * after the commit, and the transaction goes on. Its field errors stay in ctx.errors, for the caller to read or to put back.
 * Only within db_tx. A piece may hold pieces, two deep. */
outcome db_try(struct ctx *, outcome (*work)(struct ctx *, void *), void *arg);
/* What it would do: the same, and also taken back if it goes well. Its outcome, its field errors and what it wrote behind arg stay. */
outcome db_probe(struct ctx *, outcome (*work)(struct ctx *, void *), void *arg);

/* As db_try, and a bug in the piece takes back only the piece too: it is logged, and piece_broke comes back. For one of many that must not
 * hold up the others. Whatever else faults ends the transaction, as everywhere. */
outcome db_try_apart(struct ctx *, outcome (*work)(struct ctx *, void *), void *arg);
extern const struct failure piece_broke;               /* 500 */

/* Calls fn after the commit of the transaction that runs (at once if there is none); not if it rolls back. It gets a copy of the
 * n bytes at p (NULL if there are none), so that nothing of it dies with memory that is given back before the commit: what is
 * handed over is plain values, no pointers into the arena.
 * For wake-ups and cache marks: fn must not fault. */
void tx_after_commit(struct ctx *, void (*fn)(struct ctx *, void *), const void *p, size_t n);
/* The same after the transaction that runs was rolled back for a failure, the last noted first; not if it commits, and not after a fault.
 * For what must be kept although nothing else is: fn begins a transaction of its own. Only within db_tx. */
void tx_after_rollback(struct ctx *, void (*fn)(struct ctx *, void *), const void *p, size_t n);

/* Connection. db_open only makes room: it connects at the first statement. */
struct db *db_open(const struct config *);
void db_close(struct db *);
bool db_alive(struct ctx *);                        /* one round trip; never a fault */
/* The next statement does not wait for row locks, but gives up at once: FAULT_RETRY, or -1 from db_try_insert. */
int64_t db_try_insert_args(struct ctx *, const struct sql *, const struct arg *, size_t n);   /* id, 0 taken, -1 locked */
#define db_try_insert(c, sql, ...) db_try_insert_args((c), (sql), DB_ARGS(__VA_ARGS__))

/* Connects, and makes the database of the settings first if there is none; false and *why if that can't be done.
 * From then on answers may take as long as they like: for migrations. */
bool db_create(struct ctx *, str *why);

/* For migrations, `madang check` and tests only: text without parameters, several statements allowed. */
void db_script(struct ctx *, str text);
/* Prepares the text and reports columns and parameters; false and *why if the server refuses. For `madang check`. */
struct db_columns { size_t params; size_t n; str names[64]; };
bool db_describe(struct ctx *, str text, struct db_columns *, str *why);
/* The texts of the composed statements that this connection has prepared (query_from). */
enum { DB_COMPOSED_MAX = 256 };
size_t db_composed(const struct ctx *, str texts[DB_COMPOSED_MAX]);

#endif
