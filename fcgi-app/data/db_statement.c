/* db_statement.c -- prepared statements: kept per connection, bound anew and executed. */
#include "data/db_private.h"

#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/metrics.h"

static uint32_t hash_of(const struct sql *sql, enum db_how how)
{
	uint64_t h = (uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15);

	if (how == DB_COMPOSED)
		return str_hash(str_of(sql->text));
	return (uint32_t)(h >> 32) + how;
}

static bool is_it(const struct db_statement *s, const struct sql *sql, enum db_how how, uint32_t hash)
{
	if (s->hash != hash || s->how != how)
		return false;
	return how == DB_COMPOSED ? strcmp(s->text, sql->text) == 0 : s->sql == sql && s->text == sql->text;
}

static void note(struct db *db, size_t place)
{
	uint32_t at = db->statements[place].hash % DB_SLOTS;

	while (db->index[at])
		at = (at + 1) % DB_SLOTS;
	db->index[at] = (uint16_t)(place + 1);
}

static struct db_statement *find(struct db *db, const struct sql *sql, enum db_how how, uint32_t hash)
{
	for (uint32_t at = hash % DB_SLOTS; db->index[at]; at = (at + 1) % DB_SLOTS) {
		struct db_statement *s = &db->statements[db->index[at] - 1];

		if (is_it(s, sql, how, hash))
			return s;
	}
	return NULL;
}

static void release(struct db_statement *s)
{
	mysql_stmt_close(s->stmt);
	free(s->to);
	if (s->how == DB_COMPOSED)
		free((char *)(uintptr_t)s->text);
	*s = (struct db_statement){ 0 };
}

void db_forget(struct db *db, struct db_statement *s)
{
	if (db->reading == s->stmt)
		db->reading = NULL;
	release(s);
	*s = db->statements[--db->n];
	db->statements[db->n] = (struct db_statement){ 0 };
	memset(db->index, 0, sizeof(db->index));
	for (size_t i = 0; i < db->n; i++)
		note(db, i);
}

void db_forget_all(struct db *db)
{
	while (db->n)
		release(&db->statements[--db->n]);
	memset(db->index, 0, sizeof(db->index));
}

static void forget_least_used(struct db *db)
{
	struct db_statement *least = db->statements;

	for (size_t i = 1; i < db->n; i++)
		if (db->statements[i].used < least->used)
			least = &db->statements[i];
	db_forget(db, least);
}

static bool begins_with(const char *text, const char *word)
{
	while (*text == ' ' || *text == '\t' || *text == '\n' || *text == '(')
		text++;
	return strncasecmp(text, word, strlen(word)) == 0;
}

/* Adds the statement; NULL and db->error if the server refuses it. */
static struct db_statement *prepare(struct ctx *c, const struct sql *sql, enum db_how how)
{
	struct db *db = c->db;
	str text = str_of(sql->text);
	MYSQL_STMT *stmt = mysql_stmt_init(db->link);
	struct db_statement *s;

	if (!stmt)
		abort();
	if (how == DB_TRY)
		text = str_join(c->arena, S("SET STATEMENT innodb_lock_wait_timeout = 0 FOR "), text);
	if (mysql_stmt_prepare(stmt, text.p, text.n)) {
		db->error = mysql_stmt_errno(stmt);
		snprintf(db->error_text, sizeof(db->error_text), "%s", mysql_stmt_error(stmt));
		mysql_stmt_close(stmt);
		return NULL;
	}
	if (db->n == DB_STATEMENTS)
		forget_least_used(db);
	s = &db->statements[db->n++];
	*s = (struct db_statement){ .stmt = stmt, .sql = sql, .text = sql->text, .hash = hash_of(sql, how), .how = how };
	if (how == DB_COMPOSED && !(s->text = strdup(sql->text)))
		abort();
	s->reads = begins_with(sql->text, "SELECT") || begins_with(sql->text, "WITH");
	s->calls = begins_with(sql->text, "CALL");
	note(db, db->n - 1);
	return s;
}

/* Outside a transaction a statement that was not sent yet can't have done anything, so a dead connection is replaced. */
struct db_statement *db_prepared(struct ctx *c, const struct sql *sql, enum db_how how)
{
	struct db *db = c->db;
	struct db_statement *s;

	db_ready(c, sql);
	s = find(db, sql, how, hash_of(sql, how));
	if (s && !s->reads && !db->tx && db_hung_up(db)) {
		db_drop(db);
		db_ready(c, sql);
		s = NULL;
	}
	if (!s)
		s = prepare(c, sql, how);
	if (!s && db_lost(db->error) && !db->tx) {
		db_drop(db);
		db_ready(c, sql);
		s = prepare(c, sql, how);
	}
	if (!s)
		db_fail(c, sql, db->error, db->error_text);
	s->used = ++db->clock;
	return s;
}

void db_time_of(when t, MYSQL_TIME *m)
{
	struct clock_face f = when_in_utc(t);
	int64_t micro = t.us % SECOND;

	*m = (MYSQL_TIME){
		.year = (unsigned)f.year, .month = (unsigned)f.month, .day = (unsigned)f.day,
		.hour = (unsigned)f.hour, .minute = (unsigned)f.minute, .second = (unsigned)f.second,
		.second_part = (unsigned long)(micro < 0 ? micro + SECOND : micro),
		.time_type = MYSQL_TIMESTAMP_DATETIME,
	};
}

static void bind_one(const struct arg *a, MYSQL_BIND *b, MYSQL_TIME *t)
{
	switch (a->kind) {
	case ARG_NULL:
		b->buffer_type = MYSQL_TYPE_NULL;
		break;
	case ARG_INT:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = (void *)(uintptr_t)&a->n;
		break;
	case ARG_STR:
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer = (void *)(uintptr_t)(a->s.p ? a->s.p : "");
		b->buffer_length = b->length_value = a->s.n;
		b->length = &b->buffer_length;
		break;
	case ARG_WHEN:
		db_time_of((when){ a->n }, t);
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = t;
		break;
	case ARG_DAY:
		db_time_of((when){ a->n * DAY }, t);
		t->time_type = MYSQL_TIMESTAMP_DATE;
		b->buffer_type = MYSQL_TYPE_DATE;
		b->buffer = t;
		break;
	}
}

static bool is_beyond_ascii(const struct arg *a)
{
	for (size_t i = 0; a->kind == ARG_STR && i < a->s.n; i++)
		if ((unsigned char)a->s.p[i] > 0x7f)
			return true;
	return false;
}

/* Binds and sends once; 0 or the error. */
static unsigned send_once(struct ctx *c, const struct sql *sql, struct db_statement *s, const struct arg *args, size_t n)
{
	static const struct arg nothing = { ARG_NULL, 0, { 0 } };
	MYSQL_BIND binds[DB_ARGS_MAX];
	MYSQL_TIME times[DB_ARGS_MAX];

	if (n != mysql_stmt_param_count(s->stmt) || n > DB_ARGS_MAX)
		fault_at(c, FAULT_BUG, sql->file, sql->line, "%s: %zu values for %lu parameters", sql->name, n,
			mysql_stmt_param_count(s->stmt));
	memset(binds, 0, n * sizeof(binds[0]));
	for (size_t i = 0; i < n; i++)
		bind_one(s->ascii[i] && is_beyond_ascii(&args[i]) ? &nothing : &args[i], &binds[i], &times[i]);
	if (n && mysql_stmt_bind_param(s->stmt, binds))
		return mysql_stmt_errno(s->stmt);
	metric_add(METRIC_db_statements, 1);
	if (mysql_stmt_execute(s->stmt))
		return mysql_stmt_errno(s->stmt);
	if (mysql_stmt_field_count(s->stmt))
		c->db->reading = s->stmt;
	return 0;
}

/* The server does not compare a column with a text that its character set cannot hold. It says so before it reads or changes anything. */
static bool is_misfit(unsigned code)
{
	return code == ER_CANT_AGGREGATE_2COLLATIONS || code == ER_CANT_AGGREGATE_3COLLATIONS || code == ER_CANT_AGGREGATE_NCOLLATIONS;
}

/* Does the statement take this text where it stands? EXPLAIN compares the types, and runs nothing. */
static bool takes(struct ctx *c, const struct sql *sql, const struct arg *args, size_t n, size_t which)
{
	str text = str_join(c->arena, S("EXPLAIN "), str_of(sql->text));
	struct db_statement trial = { .stmt = mysql_stmt_init(c->db->link) };
	unsigned code;

	if (!trial.stmt)
		abort();
	for (size_t i = 0; i < n; i++)
		trial.ascii[i] = i != which;
	code = mysql_stmt_prepare(trial.stmt, text.p, text.n) ? mysql_stmt_errno(trial.stmt) : send_once(c, sql, &trial, args, n);
	if (code == 0 && mysql_stmt_store_result(trial.stmt))
		code = mysql_stmt_errno(trial.stmt);          /* it names its columns first */
	mysql_stmt_close(trial.stmt);
	c->db->reading = NULL;
	return !is_misfit(code);
}

/* Finds out which of the values are compared with columns of ASCII; false: nothing new. */
static bool learn(struct ctx *c, const struct sql *sql, struct db_statement *s, const struct arg *args, size_t n)
{
	bool new = false;

	for (size_t i = 0; i < n; i++)
		if (!s->ascii[i] && is_beyond_ascii(&args[i]) && !takes(c, sql, args, n, i))
			new = s->ascii[i] = true;
	return new;
}

/* 0, or an error that is a value to the caller (a taken key, a lock that is not waited for). All else is a fault. */
unsigned db_execute(struct ctx *c, const struct sql *sql, enum db_how how, const struct arg *args, size_t n,
	struct db_statement **out)
{
	struct db *db = c->db;

	for (bool again = false;; again = true) {
		struct db_statement *s = *out = db_prepared(c, sql, how);
		unsigned code = send_once(c, sql, s, args, n);
		bool lost = db_lost(code);

		if (code == 0 || code == ER_DUP_ENTRY || code == ER_DUP_ENTRY_WITH_KEY_NAME)
			return code;
		if (code == ER_LOCK_WAIT_TIMEOUT && how == DB_TRY)
			return code;
		if (is_misfit(code) && learn(c, sql, s, args, n))
			continue;
		if (!again && lost && s->reads && !db->tx) {
			db_drop(db);
			continue;
		}
		if (!again && (code == ER_UNKNOWN_STMT_HANDLER || code == ER_NEED_REPREPARE)) {
			db_forget(db, s);
			continue;
		}
		if (lost && code != CR_SERVER_GONE_ERROR && !s->reads && !db->tx)
			db_fail_unknown(c, sql, code, mysql_stmt_error(s->stmt));     /* it may have committed itself */
		db_fail(c, sql, code, mysql_stmt_error(s->stmt));
	}
}
