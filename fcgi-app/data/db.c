/* db.c -- the connection: made when it is needed, dropped when it broke; what its errors mean. */
#include "data/db_private.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/metrics.h"

/* Strict, so that a value that doesn't fit is an error and never a warning. */
#define SESSION "SET sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION', " \
	"time_zone = '+00:00', tx_isolation = 'READ-COMMITTED', collation_connection = 'utf8mb4_unicode_ci'"

enum { CONNECT_SECONDS = 2, ANSWER_SECONDS = 20, PATIENT_SECONDS = 24 * 3600 };

extern const struct sql *const __start_madang_sql[] __attribute__((weak));
extern const struct sql *const __stop_madang_sql[] __attribute__((weak));

size_t sql_count(void)
{
	return ((uintptr_t)__stop_madang_sql - (uintptr_t)__start_madang_sql) / sizeof(void *);
}

const struct sql *sql_at(size_t i)
{
	return __start_madang_sql[i];
}

static void begin_library(void)
{
	if (mysql_library_init(0, NULL, NULL))
		abort();
}

struct db *db_open(const struct config *config)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct db *db = calloc(1, sizeof(*db));

	pthread_once(&once, begin_library);
	if (!db)
		abort();
	db->config = config;
	db->kept = arena_new();
	return db;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	db_drop(db);
	free(db->rows);
	arena_free(db->kept);
	free(db);
}

void db_drop(struct db *db)
{
	MYSQL *link = db->link;

	db->link = NULL;
	db->reading = NULL;
	if (link)
		mysql_close(link);     /* first, so that the statements are not closed one by one over a dead line */
	db_forget_all(db);
}

bool db_connect(struct db *db, bool with_database)
{
	const struct config *k = db->config;
	unsigned connect = CONNECT_SECONDS, answer = db->patient ? PATIENT_SECONDS : ANSWER_SECONDS;
	my_bool reconnect = 0;
	MYSQL *m = mysql_init(NULL);

	if (!m)
		abort();
	mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &answer);
	mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &answer);
	mysql_options(m, MYSQL_OPT_RECONNECT, &reconnect);     /* it would lose a transaction silently */
	mysql_options(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(m, MYSQL_INIT_COMMAND, SESSION);
	if (!mysql_real_connect(m, NULL, k->db_user, k->db_password, with_database ? k->db_name : NULL, 0, k->db_socket,
			CLIENT_FOUND_ROWS)) {
		db->error = mysql_errno(m);
		snprintf(db->error_text, sizeof(db->error_text), "%s", mysql_error(m));
		mysql_close(m);
		return false;
	}
	if (db->was_connected)
		metric_add(METRIC_db_reconnects, 1);
	db->was_connected = true;
	db->link = m;
	return true;
}

bool db_lost(unsigned code)
{
	switch (code) {
	case CR_CONNECTION_ERROR:
	case CR_CONN_HOST_ERROR:
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case CR_COMMANDS_OUT_OF_SYNC:
	case CR_MALFORMED_PACKET:
	case ER_SERVER_SHUTDOWN:
	case ER_NEW_ABORTING_CONNECTION:
	case ER_CONNECTION_KILLED:
	case ER_NET_READ_ERROR:
	case ER_NET_READ_INTERRUPTED:
	case ER_NET_ERROR_ON_WRITE:
	case ER_NET_WRITE_INTERRUPTED:
		return true;
	default:
		return false;
	}
}

bool db_hung_up(const struct db *db)
{
	struct pollfd p = { mysql_get_socket(db->link), POLLIN, 0 };

	return poll(&p, 1, 0) != 0;     /* nobody speaks to us unasked, but to say good-bye */
}

/* Which kind of fault it is: what we did wrong, what may go well the next time, or a database in trouble. */
static enum fault_kind kind_of(unsigned code)
{
	switch (code) {
	case ER_LOCK_DEADLOCK:
	case ER_LOCK_WAIT_TIMEOUT:
	case ER_CHECKREAD:
		return FAULT_RETRY;
	case ER_CON_COUNT_ERROR:
	case ER_OUT_OF_RESOURCES:
	case ER_OUTOFMEMORY:
	case ER_OUT_OF_SORTMEMORY:
	case ER_DISK_FULL:
	case ER_RECORD_FILE_FULL:
	case ER_GET_ERRNO:
	case ER_ERROR_DURING_COMMIT:
	case ER_ERROR_DURING_ROLLBACK:
	case ER_UNKNOWN_COM_ERROR:
	case ER_QUERY_INTERRUPTED:
	case ER_STATEMENT_TIMEOUT:
	case ER_OPTION_PREVENTS_STATEMENT:
	case ER_READ_ONLY_MODE:
	case ER_MAX_PREPARED_STMT_COUNT_REACHED:
	case ER_LOCK_TABLE_FULL:
	case ER_CANT_CREATE_THREAD:
	case ER_TOO_MANY_USER_CONNECTIONS:
	case ER_USER_LIMIT_REACHED:
		return FAULT_DATABASE;
	default:
		return FAULT_BUG;
	}
}

_Noreturn static void fail_as(struct ctx *c, enum fault_kind kind, const struct sql *sql, unsigned code, const char *text)
{
	char what[360];

	snprintf(what, sizeof(what), "%s: error %u: %s", sql->name, code, text);     /* the text dies with the connection */
	if (db_lost(code))
		db_drop(c->db);
	fault_at(c, kind, sql->file, sql->line, "%s", what);
}

_Noreturn void db_fail(struct ctx *c, const struct sql *sql, unsigned code, const char *text)
{
	fail_as(c, db_lost(code) ? FAULT_DATABASE : kind_of(code), sql, code, text);
}

_Noreturn void db_fail_unknown(struct ctx *c, const struct sql *sql, unsigned code, const char *text)
{
	fail_as(c, FAULT_OUTCOME_UNKNOWN, sql, code, text);
}

void db_ready(struct ctx *c, const struct sql *sql)
{
	struct db *db = c->db;

	if (db->reading) {
		mysql_stmt_free_result(db->reading);     /* a fault left the rest of its rows unread */
		db->reading = NULL;
	}
	if (db->link)
		return;
	if (db->tx)
		fault_at(c, FAULT_DATABASE, sql->file, sql->line, "%s: the transaction's connection is gone", sql->name);
	if (!db_connect(db, true))
		fault_at(c, FAULT_DATABASE, sql->file, sql->line, "%s: no database: error %u: %s", sql->name, db->error,
			db->error_text);
}

unsigned db_command(struct db *db, const char *text)
{
	metric_add(METRIC_db_statements, 1);
	return mysql_real_query(db->link, text, strlen(text)) ? mysql_errno(db->link) : 0;
}

bool db_alive(struct ctx *c)
{
	struct db *db = c->db;

	if (db->link && !db->reading && mysql_ping(db->link) == 0)
		return true;
	if (db->tx || (db->reading && db->link))
		return false;
	db_drop(db);
	return db_connect(db, true);
}

bool db_create(struct ctx *c, str *why)
{
	struct db *db = c->db;
	char quoted[200];
	size_t n = 0;
	bool made;

	db_drop(db);
	db->patient = true;
	if (db_connect(db, true))
		return true;
	*why = str_dup(c->arena, str_of(db->error_text));
	if (db->error != ER_BAD_DB_ERROR || !db_connect(db, false))
		return false;
	for (const char *p = db->config->db_name; *p && n < sizeof(quoted) - 3; p++) {
		quoted[n++] = *p;
		if (*p == '`')
			quoted[n++] = '`';
	}
	quoted[n] = '\0';
	made = db_command(db, str_z(c->arena, str_fmt(c->arena,
		"CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", quoted))) == 0;
	*why = str_dup(c->arena, str_of(mysql_error(db->link)));
	db_drop(db);
	return made && db_connect(db, true);
}

/* Reads all answers of a script; the first error ends it, because the server stops there too. */
static unsigned read_answers(MYSQL *m)
{
	int more = 0;

	while (more == 0) {
		MYSQL_RES *rows = mysql_store_result(m);

		if (rows)
			mysql_free_result(rows);
		else if (mysql_errno(m))
			return mysql_errno(m);
		more = mysql_next_result(m);
	}
	return more > 0 ? mysql_errno(m) : 0;
}

void db_script(struct ctx *c, str text)
{
	static const struct sql script = { "script", "", __FILE__, __LINE__, true };
	struct db *db = c->db;
	unsigned code;

	db_ready(c, &script);
	mysql_set_server_option(db->link, MYSQL_OPTION_MULTI_STATEMENTS_ON);
	code = mysql_real_query(db->link, text.p, text.n) ? mysql_errno(db->link) : read_answers(db->link);
	if (code) {
		char why[256];

		snprintf(why, sizeof(why), "%s", mysql_error(db->link));
		if (!db_lost(code))
			mysql_set_server_option(db->link, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
		db_fail(c, &script, code, why);
	}
	mysql_set_server_option(db->link, MYSQL_OPTION_MULTI_STATEMENTS_OFF);
}

bool db_describe(struct ctx *c, str text, struct db_columns *out, str *why)
{
	static const struct sql describe = { "describe", "", __FILE__, __LINE__, true };
	MYSQL_STMT *s;
	MYSQL_RES *meta;
	bool ok;

	db_ready(c, &describe);
	*out = (struct db_columns){ 0 };
	s = mysql_stmt_init(c->db->link);
	if (!s)
		abort();
	ok = mysql_stmt_prepare(s, text.p, text.n) == 0;
	if (ok) {
		out->params = mysql_stmt_param_count(s);
		meta = mysql_stmt_result_metadata(s);
		for (unsigned i = 0; meta && i < mysql_num_fields(meta) && i < sizeof(out->names) / sizeof(out->names[0]); i++)
			out->names[out->n++] = str_dup(c->arena, str_of(mysql_fetch_field_direct(meta, i)->name));
		if (meta)
			mysql_free_result(meta);
	} else {
		*why = str_fmt(c->arena, "error %u: %s", mysql_stmt_errno(s), mysql_stmt_error(s));
	}
	mysql_stmt_close(s);
	return ok;
}
