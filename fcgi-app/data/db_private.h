/* data/db_private.h -- what the files of the database share among themselves (db*.c). */
#ifndef DATA_DB_PRIVATE_H
#define DATA_DB_PRIVATE_H

#include <mariadb/mysql.h>

#include "data/db.h"

enum {
	DB_COLUMNS = 64,           /* of a result */
	DB_STATEMENTS = 256,       /* kept per connection; the least used go first */
	DB_SLOTS = 1024,           /* of the index over them */
	DB_SMALL_TEXT = 512,       /* texts up to here come with the row, longer ones are fetched on their own */
};

/* Where a column's value lands before it goes into the struct. All statements of a connection share them, because
 * only one is read at a time. */
struct db_cell {
	union {
		int64_t n;
		MYSQL_TIME t;
		char text[DB_SMALL_TEXT];
	};
	unsigned long length;
	my_bool null, error;
};

/* Where a column's value goes. */
struct db_target {
	const struct field *field;
	size_t set;                /* offset of the member's `set`, if it is optional */
	size_t value;
	enum kind kind;
	bool optional;
};

/* The same text may be prepared in more than one way. */
enum db_how { DB_PLAIN, DB_TRY, DB_BULK, DB_COMPOSED };

struct db_statement {
	MYSQL_STMT *stmt;
	const struct sql *sql;     /* not for DB_COMPOSED */
	const char *text;          /* of the sql, or a copy of our own */
	uint32_t hash;
	enum db_how how;
	bool reads;                /* changes nothing, so it may be sent twice */
	bool calls;                /* a procedure: what it returns is only known afterwards */
	bool bound;
	bool ascii[DB_ARGS_MAX];   /* values that are compared with columns of ASCII, as far as that was found out */
	uint64_t used;
	const struct shape *shape; /* that `to` is for; NULL: only the first column, as a number */
	struct db_target *to;
	unsigned columns;
};

/* In an arena of the connection's own: the caller's may be rewound while the transaction goes on. */
struct db_after {
	void (*fn)(struct ctx *, void *);
	void *p;                   /* a copy of n bytes; NULL: there are none */
	size_t n;
	struct db_after *next;
};

struct db {
	const struct config *config;
	MYSQL *link;               /* NULL: not connected */
	bool was_connected;
	bool patient;              /* waits for answers as long as a migration may take */
	bool tx;                   /* a transaction runs */
	MYSQL_STMT *reading;       /* has rows that were not fetched yet */
	unsigned pieces;           /* of db_try, one in another */
	struct arena *kept;        /* what the next two hold; emptied when a transaction begins */
	struct db_after *after, **after_end;
	struct db_after *otherwise; /* after a rollback */
	unsigned error;            /* of the last attempt to connect or to prepare */
	char error_text[256];
	uint64_t clock;            /* counts executions, for `used` */
	size_t n;
	struct db_statement statements[DB_STATEMENTS];
	uint16_t index[DB_SLOTS];  /* 1 + place in statements; open addressing */
	char *rows;                /* of a list that is being read */
	size_t rows_room;
	struct db_cell cells[DB_COLUMNS];
};

/* db.c: the connection. */
bool db_connect(struct db *, bool with_database);
void db_drop(struct db *);                           /* forgets the connection and its statements */
bool db_lost(unsigned code);                         /* does this error mean that the connection is gone? */
bool db_hung_up(const struct db *);                  /* the server closed the connection while it was idle */
void db_ready(struct ctx *, const struct sql *);     /* connected, and nothing left to read; or a fault */
_Noreturn void db_fail(struct ctx *, const struct sql *, unsigned code, const char *text);
_Noreturn void db_fail_unknown(struct ctx *, const struct sql *, unsigned code, const char *text);
unsigned db_command(struct db *, const char *text);  /* no rows, no parameters: 0 or the error */

/* db_statement.c: prepared statements. */
struct db_statement *db_prepared(struct ctx *, const struct sql *, enum db_how);
void db_forget(struct db *, struct db_statement *);
void db_forget_all(struct db *);
void db_time_of(when, MYSQL_TIME *);
unsigned db_execute(struct ctx *, const struct sql *, enum db_how, const struct arg *, size_t n, struct db_statement **);

/* db.c, for composed statements */
list db_list(struct ctx *, const struct sql *, enum db_how, const struct shape *, const struct arg *, size_t n);
int64_t db_number(struct ctx *, const struct sql *, enum db_how, int64_t dflt, const struct arg *, size_t n);

#endif
