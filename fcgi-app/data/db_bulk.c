/* db_bulk.c -- one statement for many rows in one round trip: the values go out as arrays, a column at a time. */
#include "data/db_private.h"

#include <mariadb/mysqld_error.h>
#include <stdio.h>
#include <string.h>

#include "core/metrics.h"

/* Packets stay well below the server's max_allowed_packet (16 MiB). */
enum { PACKET_MOST = 4 * 1024 * 1024, VALUE_LEAST = 32, TIME_BYTES = 96 };

static const struct arg *value_at(const struct arg *args, size_t columns, size_t row, size_t column)
{
	return &args[row * columns + column];
}

/* All values of a column have one type; a column of nothing but NULLs may have any. */
static int type_of(struct ctx *c, const struct sql *sql, const struct arg *args, size_t rows, size_t columns, size_t column)
{
	int kind = ARG_NULL;

	for (size_t i = 0; i < rows; i++) {
		int k = value_at(args, columns, i, column)->kind;

		if (k != ARG_NULL && kind != ARG_NULL && k != kind)
			fault_at(c, FAULT_BUG, sql->file, sql->line, "%s: values of two types in column %zu", sql->name, column + 1);
		if (k != ARG_NULL)
			kind = k;
	}
	return kind == ARG_NULL ? ARG_INT : kind;
}

static void bind_texts(struct ctx *c, MYSQL_BIND *b, const struct arg *args, size_t rows, size_t columns, size_t column)
{
	const char **texts = arena_array(c->arena, const char *, rows);

	b->buffer_type = MYSQL_TYPE_STRING;
	b->buffer = texts;
	b->length = arena_array(c->arena, unsigned long, rows);
	for (size_t i = 0; i < rows; i++) {
		str s = value_at(args, columns, i, column)->s;

		texts[i] = s.p ? s.p : "";
		b->length[i] = s.n;
	}
}

/* As texts, because the client's arrays of times have no documented form. */
static void bind_times(struct ctx *c, MYSQL_BIND *b, const struct arg *args, size_t rows, size_t columns, size_t column,
	bool days)
{
	const char **texts = arena_array(c->arena, const char *, rows);

	b->buffer_type = MYSQL_TYPE_STRING;
	b->buffer = texts;
	b->length = arena_array(c->arena, unsigned long, rows);
	for (size_t i = 0; i < rows; i++) {
		int64_t n = value_at(args, columns, i, column)->n;
		char *p = arena_text(c->arena, TIME_BYTES);
		MYSQL_TIME t;

		db_time_of((when){ days ? n * DAY : n }, &t);
		b->length[i] = (unsigned long)snprintf(p, TIME_BYTES, "%04u-%02u-%02u %02u:%02u:%02u.%06lu", t.year, t.month,
			t.day, t.hour, t.minute, t.second, t.second_part);
		if (days)
			b->length[i] = sizeof("2026-11-20") - 1;
		texts[i] = p;
	}
}

static void bind_numbers(struct ctx *c, MYSQL_BIND *b, const struct arg *args, size_t rows, size_t columns, size_t column)
{
	int64_t *numbers = arena_array(c->arena, int64_t, rows);

	b->buffer_type = MYSQL_TYPE_LONGLONG;
	b->buffer = numbers;
	for (size_t i = 0; i < rows; i++)
		numbers[i] = value_at(args, columns, i, column)->n;
}

static void bind_column(struct ctx *c, const struct sql *sql, MYSQL_BIND *b, const struct arg *args, size_t rows,
	size_t columns, size_t column)
{
	int kind = type_of(c, sql, args, rows, columns, column);

	if (kind == ARG_STR)
		bind_texts(c, b, args, rows, columns, column);
	else if (kind == ARG_WHEN || kind == ARG_DAY)
		bind_times(c, b, args, rows, columns, column, kind == ARG_DAY);
	else
		bind_numbers(c, b, args, rows, columns, column);
	b->u.indicator = arena_text(c->arena, rows);
	for (size_t i = 0; i < rows; i++) {
		bool null = value_at(args, columns, i, column)->kind == ARG_NULL;

		b->u.indicator[i] = null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
	}
}

static int64_t send_rows(struct ctx *c, const struct sql *sql, const struct arg *args, size_t rows, size_t columns)
{
	struct db_statement *s = db_prepared(c, sql, DB_BULK);
	unsigned count = (unsigned)rows;
	MYSQL_BIND binds[DB_ARGS_MAX];

	if (columns == 0 || columns > DB_ARGS_MAX || columns != mysql_stmt_param_count(s->stmt))
		fault_at(c, FAULT_BUG, sql->file, sql->line, "%s: %zu values for %lu parameters", sql->name, columns,
			mysql_stmt_param_count(s->stmt));
	memset(binds, 0, sizeof(binds));
	for (size_t i = 0; i < columns; i++)
		bind_column(c, sql, &binds[i], args, rows, columns, i);
	metric_add(METRIC_db_statements, 1);
	if (mysql_stmt_attr_set(s->stmt, STMT_ATTR_ARRAY_SIZE, &count) || mysql_stmt_bind_param(s->stmt, binds) ||
	    mysql_stmt_execute(s->stmt))
		db_fail(c, sql, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt));
	return (int64_t)mysql_stmt_affected_rows(s->stmt);
}

int64_t db_bulk(struct ctx *c, const struct sql *sql, const struct arg *args, size_t rows, size_t columns)
{
	int64_t changed = 0;

	for (size_t first = 0, n; first < rows; first += n) {
		size_t bytes = 0;

		for (n = 0; first + n < rows && (n == 0 || bytes < PACKET_MOST); n++)
			for (size_t i = 0; i < columns; i++)
				bytes += VALUE_LEAST + value_at(args, columns, first + n, i)->s.n;
		changed += send_rows(c, sql, args + first * columns, n, columns);
	}
	return changed;
}
