/* db_rows.c -- what comes back: rows into structs, counts, ids. */
#include "data/db_private.h"

#include <mariadb/mysqld_error.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROWS = 16 * 1024, KEPT_ROWS = 1024 * 1024 };

/* The member that a column belongs to; "category.id" is the member id of the object category. */
static bool find_target(const struct shape *shape, str column, struct db_target *t)
{
	size_t base = 0;
	str head;

	while (shape && str_split(column, '.', &head, &column)) {
		const struct field *f = shape_field(shape, head);

		if (!f || f->kind != K_OBJ)
			return false;
		base += f->offset;
		shape = f->of;
	}
	t->field = shape ? shape_field(shape, head) : NULL;
	if (!t->field || t->field->kind == K_OBJ || t->field->kind == K_LIST)
		return false;
	t->kind = shape_plain_kind(t->field->kind);
	t->optional = shape_optional_kind(t->field->kind);
	t->set = t->value = base + t->field->offset;
	if (t->optional)
		t->value += t->kind == K_BOOL ? offsetof(opt_bool, v) : offsetof(opt_int, v);
	return true;
}

static void bind_cell(MYSQL_BIND *b, struct db_cell *cell, enum kind kind)
{
	b->length = &cell->length;
	b->is_null = &cell->null;
	b->error = &cell->error;
	switch (kind) {
	case K_INT:
	case K_MONEY:
	case K_BOOL:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &cell->n;
		b->buffer_length = sizeof(cell->n);
		break;
	case K_WHEN:
	case K_DAY:
		b->buffer_type = kind == K_DAY ? MYSQL_TYPE_DATE : MYSQL_TYPE_DATETIME;
		b->buffer = &cell->t;
		b->buffer_length = sizeof(cell->t);
		break;
	default:
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer = cell->text;
		b->buffer_length = sizeof(cell->text);
		break;
	}
}

/* Finds out where the columns go, once per statement and shape. */
static void bind_columns(struct ctx *c, const struct sql *sql, struct db_statement *s, const struct shape *shape)
{
	MYSQL_BIND binds[DB_COLUMNS];
	MYSQL_RES *meta = mysql_stmt_result_metadata(s->stmt);
	unsigned n = mysql_stmt_field_count(s->stmt), wrong = n;
	struct db_target *to = n ? calloc(n, sizeof(*to)) : NULL;
	str name = { NULL, 0 };

	if (!meta || !to)
		abort();
	memset(binds, 0, sizeof(binds));
	for (unsigned i = 0; i < n && i < DB_COLUMNS && wrong == n; i++) {
		to[i].kind = i ? K_STR : K_INT;
		if (shape && !find_target(shape, str_of(mysql_fetch_field_direct(meta, i)->name), &to[i]))
			wrong = i;
		bind_cell(&binds[i], &c->db->cells[i], to[i].kind);
	}
	if (wrong < n)
		name = str_dup(c->arena, str_of(mysql_fetch_field_direct(meta, wrong)->name));
	mysql_free_result(meta);
	free(s->to);
	s->to = to;
	s->bound = false;
	if (n > DB_COLUMNS)
		fault_at(c, FAULT_BUG, sql->file, sql->line, "%s: %u columns", sql->name, n);
	if (wrong < n)
		fault_at(c, FAULT_BUG, sql->file, sql->line, "%s: %s has no member for the column %.*s", sql->name, shape->name,
			STR(name));
	s->columns = n;
	s->shape = shape;
	mysql_stmt_bind_result(s->stmt, binds);
	s->bound = true;
}

/* What else a procedure returns, so that the connection is free for the next statement. */
static void drain(struct ctx *c, const struct sql *sql, struct db_statement *s)
{
	c->db->reading = NULL;
	while (mysql_stmt_more_results(s->stmt)) {
		if (mysql_stmt_next_result(s->stmt) > 0)
			db_fail(c, sql, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt));
		if (mysql_stmt_field_count(s->stmt))
			mysql_stmt_free_result(s->stmt);
	}
}

/* Fetches the next row into the cells; false: there was none, and the statement is done with. */
static bool fetch(struct ctx *c, const struct sql *sql, struct db_statement *s)
{
	int r = c->db->reading ? mysql_stmt_fetch(s->stmt) : MYSQL_NO_DATA;

	if (r == 0 || r == MYSQL_DATA_TRUNCATED)
		return true;
	if (r != MYSQL_NO_DATA)
		db_fail(c, sql, mysql_stmt_errno(s->stmt), mysql_stmt_error(s->stmt));
	drain(c, sql, s);
	return false;
}

_Noreturn static void misfit(struct ctx *c, const struct sql *sql, const struct db_target *t)
{
	fault_at(c, FAULT_BUG, sql->file, sql->line, "%s: the value of the column %s does not fit its member", sql->name,
		t->field ? t->field->name : "0");
}

static str text_of(struct ctx *c, struct db_statement *s, unsigned i)
{
	struct db_cell *cell = &c->db->cells[i];
	char *p = arena_text(c->arena, cell->length);

	if (cell->length <= sizeof(cell->text)) {
		memcpy(p, cell->text, cell->length);
	} else {
		MYSQL_BIND b = { .buffer_type = MYSQL_TYPE_STRING, .buffer = p, .buffer_length = cell->length };

		mysql_stmt_fetch_column(s->stmt, &b, i, 0);
	}
	return (str){ p, cell->length };
}

static when moment_of(struct ctx *c, const struct sql *sql, const struct db_target *t, const MYSQL_TIME *m)
{
	struct clock_face f = { m->year, m->month, m->day, m->hour, m->minute, m->second, 0 };
	when w;

	if (!when_from_utc(f, (int64_t)m->second_part, &w))
		misfit(c, sql, t);
	return w;
}

static void put_value(struct ctx *c, const struct sql *sql, struct db_statement *s, unsigned i, char *row)
{
	const struct db_target *t = &s->to[i];
	const struct db_cell *cell = &c->db->cells[i];
	char *to = row + t->value;

	switch (t->kind) {
	case K_INT:
	case K_MONEY:
		if (cell->error)
			misfit(c, sql, t);
		*(int64_t *)to = cell->n;
		break;
	case K_BOOL:
		*(bool *)to = cell->n != 0;
		break;
	case K_WHEN:
		((when *)to)->us = moment_of(c, sql, t, &cell->t).us;
		break;
	case K_DAY:
		((day *)to)->days = moment_of(c, sql, t, &cell->t).us / DAY;
		break;
	case K_WORD:
		if (cell->length > sizeof(cell->text))
			misfit(c, sql, t);
		*(int *)to = shape_word(t->field, (str){ cell->text, cell->length });
		if (*(int *)to < 0)
			misfit(c, sql, t);
		break;
	default:
		*(str *)to = text_of(c, s, i);
		break;
	}
}

static void put_nothing(const struct db_target *t, char *row)
{
	static const size_t sizes[] = {
		[K_INT] = sizeof(int64_t), [K_MONEY] = sizeof(money), [K_BOOL] = sizeof(bool), [K_WHEN] = sizeof(when),
		[K_DAY] = sizeof(day), [K_WORD] = sizeof(int), [K_STR] = sizeof(str), [K_JSON] = sizeof(json_text),
	};

	memset(row + t->value, 0, sizes[t->kind]);
	if (t->optional)
		*(bool *)(row + t->set) = false;
}

static void put_row(struct ctx *c, const struct sql *sql, struct db_statement *s, void *row)
{
	for (unsigned i = 0; i < s->columns; i++) {
		if (c->db->cells[i].null) {
			put_nothing(&s->to[i], row);
			continue;
		}
		put_value(c, sql, s, i, row);
		if (s->to[i].optional)
			*(bool *)((char *)row + s->to[i].set) = true;
	}
}

/* Sends a statement that is expected to return rows. */
static struct db_statement *ask(struct ctx *c, const struct sql *sql, enum db_how how, const struct shape *shape,
	const struct arg *args, size_t n)
{
	struct db_statement *s;
	unsigned code = db_execute(c, sql, how, args, n, &s);

	if (code)
		db_fail(c, sql, code, mysql_stmt_error(s->stmt));
	if (c->db->reading && (!s->bound || s->shape != shape || s->calls))
		bind_columns(c, sql, s, shape);
	return s;
}

bool db_one_args(struct ctx *c, const struct sql *sql, const struct shape *shape, void *out, const struct arg *args, size_t n)
{
	struct db_statement *s = ask(c, sql, DB_PLAIN, shape, args, n);

	if (!fetch(c, sql, s))
		return false;
	put_row(c, sql, s, out);
	if (fetch(c, sql, s))
		fault_at(c, FAULT_BUG, sql->file, sql->line, "%s: more than one row", sql->name);
	return true;
}

static char *room_for(struct db *db, size_t bytes)
{
	if (bytes > db->rows_room) {
		size_t room = db->rows_room ? db->rows_room : FIRST_ROWS;

		while (room < bytes)
			room *= 2;
		db->rows = realloc(db->rows, room);
		if (!db->rows)
			abort();
		db->rows_room = room;
	}
	return db->rows;
}

/* The rows gather in memory of the connection, so that the arena gets one array of the right length. */
list db_list(struct ctx *c, const struct sql *sql, enum db_how how, const struct shape *shape, const struct arg *args, size_t n)
{
	struct db *db = c->db;
	struct db_statement *s = ask(c, sql, how, shape, args, n);
	list l = { NULL, 0 };

	while (fetch(c, sql, s)) {
		char *row = room_for(db, (l.n + 1) * shape->size) + l.n * shape->size;

		memset(row, 0, shape->size);
		put_row(c, sql, s, row);
		l.n++;
	}
	if (l.n) {
		l.p = arena_alloc(c->arena, l.n * shape->size);
		memcpy(l.p, db->rows, l.n * shape->size);
	}
	if (db->rows_room > KEPT_ROWS) {
		free(db->rows);
		db->rows = NULL;
		db->rows_room = 0;
	}
	return l;
}

list db_all_args(struct ctx *c, const struct sql *sql, const struct shape *shape, const struct arg *args, size_t n)
{
	return db_list(c, sql, DB_PLAIN, shape, args, n);
}

int64_t db_number(struct ctx *c, const struct sql *sql, enum db_how how, int64_t dflt, const struct arg *args, size_t n)
{
	struct db_statement *s = ask(c, sql, how, NULL, args, n);
	int64_t v;

	if (!fetch(c, sql, s))
		return dflt;
	if (c->db->cells[0].error && !c->db->cells[0].null)
		misfit(c, sql, &s->to[0]);
	v = c->db->cells[0].null ? dflt : c->db->cells[0].n;
	if (fetch(c, sql, s)) {
		mysql_stmt_free_result(s->stmt);
		drain(c, sql, s);
	}
	return v;
}

int64_t db_int_args(struct ctx *c, const struct sql *sql, int64_t dflt, const struct arg *args, size_t n)
{
	return db_number(c, sql, DB_PLAIN, dflt, args, n);
}

/* What it changed is counted before the rows that it may return are thrown away. */
static int64_t changed(struct ctx *c, const struct sql *sql, struct db_statement *s)
{
	int64_t n = c->db->reading ? 0 : (int64_t)mysql_stmt_affected_rows(s->stmt);

	if (c->db->reading)
		mysql_stmt_free_result(s->stmt);
	drain(c, sql, s);
	return n;
}

int64_t db_run_args(struct ctx *c, const struct sql *sql, const struct arg *args, size_t n)
{
	struct db_statement *s;
	unsigned code = db_execute(c, sql, DB_PLAIN, args, n, &s);

	if (code)
		db_fail(c, sql, code, mysql_stmt_error(s->stmt));
	return changed(c, sql, s);
}

static int64_t insert(struct ctx *c, const struct sql *sql, enum db_how how, const struct arg *args, size_t n)
{
	struct db_statement *s;
	unsigned code = db_execute(c, sql, how, args, n, &s);
	int64_t id;

	if (code)
		return code == ER_LOCK_WAIT_TIMEOUT ? -1 : 0;
	id = (int64_t)mysql_stmt_insert_id(s->stmt);
	if (changed(c, sql, s) == 0)
		return 0;
	return id ? id : 1;
}

int64_t db_insert_args(struct ctx *c, const struct sql *sql, const struct arg *args, size_t n)
{
	return insert(c, sql, DB_PLAIN, args, n);
}

int64_t db_try_insert_args(struct ctx *c, const struct sql *sql, const struct arg *args, size_t n)
{
	return insert(c, sql, DB_TRY, args, n);
}
