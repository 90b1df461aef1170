/* check/statements.c -- every declared statement against the migrated schema: it prepares, and its plan holds when the
 * tables have grown. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "data/db.h"

enum { MANY = 5000 };      /* rows that a statement may look at without an excuse */

/* The column types of the schema, by name: what a `?` is compared with. Names mean the same in all tables. */
struct column {
	str name, type;
	str word;              /* one that a CHECK allows, in quotes; empty if there is none */
};
static const struct shape column_shape = SHAPE("Column", struct column, F(name), F(type), F(word));

SQL_SCAN(select_columns,
	"SELECT LOWER(column_name) AS name, LOWER(data_type) AS type, COALESCE((SELECT REGEXP_SUBSTR(k.check_clause, '''[a-z_]+''') "
	"FROM information_schema.check_constraints k WHERE k.constraint_schema = DATABASE() AND "
	"k.check_clause LIKE CONCAT('`', c.column_name, '` in (%') LIMIT 1), '') AS word "
	"FROM information_schema.columns c WHERE table_schema = DATABASE() GROUP BY column_name");

struct plan {
	opt_int id;
	opt_str select_type, table, type, possible_keys, key, key_len, ref, rows, Extra;
};
static const struct shape plan_shape = SHAPE("Plan", struct plan,
	F(id), F(select_type), F(table), F(type), F(possible_keys), F(key), F(key_len), F(ref), F(rows), F(Extra));

/* ---- preparing ---- */

/* The place behind a text in quotes that begins at p. */
static const char *after_quotes(const char *p)
{
	char quote = *p++;

	while (*p && *p != quote)
		p++;
	return *p ? p + 1 : p;
}

static size_t count_values(const char *text)
{
	size_t n = 0;

	for (const char *p = text; *p;) {
		if (*p == '\'' || *p == '"' || *p == '`') {
			p = after_quotes(p);
			continue;
		}
		n += *p++ == '?';
	}
	return n;
}

void check_statements(struct check *k)
{
	for (size_t i = 0; i < sql_count(); i++) {
		const struct sql *s = sql_at(i);
		struct db_columns columns;
		str why = { NULL, 0 };

		if (!db_describe(k->c, str_of(s->text), &columns, &why))
			check_failed(k, "%s:%d %s: %.*s", s->file, s->line, s->name, STR(why));
		else if (columns.params != count_values(s->text))
			check_failed(k, "%s:%d %s: %zu values, the server sees %zu", s->file, s->line, s->name, count_values(s->text), columns.params);
		else
			check_passed(k);
	}
}

/* ---- plans ---- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The word that ends before p, after skipping what may stand between a column and its value: `col >= (?`. */
static str word_before(const char *text, const char *p)
{
	const char *end;

	while (p > text && strchr(" (<>=!,+-", p[-1]))
		p--;
	end = p;
	while (p > text && is_word(p[-1]))
		p--;
	return (str){ p, (size_t)(end - p) };
}

static bool is_one_of(str word, const char *const *words)
{
	for (; *words; words++)
		if (str_eq_nocase(word, str_of(*words)))
			return true;
	return false;
}

/* The column that a value belongs to: the nearest word to its left that is one. */
static str column_before(const char *text, const char *p)
{
	static const char *const between[] = { "IN", "BETWEEN", "AND", "LIKE", "COALESCE", "GREATEST", "LEAST", "IF", NULL };
	str w = word_before(text, p);

	for (int i = 0; i < 3 && w.n && is_one_of(w, between); i++)
		w = word_before(text, w.p);
	return w;
}

static struct column column_of(struct check *k, const list *columns, str name)
{
	const struct column *all = columns->p;

	name = str_lower(k->c->arena, name);
	for (size_t i = 0; i < columns->n; i++)
		if (str_eq(all[i].name, name))
			return all[i];
	return (struct column){ { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
}

/* Something that could stand there. */
static void put_value(struct check *k, struct buf *b, const list *columns, const char *text, const char *p)
{
	str name = column_before(text, p), type;
	struct column column;

	if (str_eq_nocase(name, S("LIMIT"))) {
		buf_lit(b, "21");
		return;
	}
	column = column_of(k, columns, name);
	type = column.type;
	if (column.word.n)
		buf_str(b, column.word);
	else if (str_eq(type, S("datetime")))
		buf_lit(b, "UTC_TIMESTAMP(6) - INTERVAL 1 HOUR");
	else if (str_eq(type, S("date")))
		buf_lit(b, "CURRENT_DATE");
	else if (str_eq(type, S("binary")) || str_eq(type, S("varbinary")))
		buf_lit(b, "UNHEX(SHA2('42', 256))");
	else if (str_find(type, S("char"), NULL) || str_find(type, S("text"), NULL))
		buf_lit(b, "'x42'");
	else
		buf_lit(b, "42");
}

static str with_values(struct check *k, const list *columns, const char *text)
{
	struct buf b = buf_in(k->c->arena);

	buf_lit(&b, "EXPLAIN ");
	for (const char *p = text; *p;) {
		if (*p == '\'' || *p == '"' || *p == '`') {
			const char *end = after_quotes(p);

			buf_add(&b, p, (size_t)(end - p));
			p = end;
		} else if (*p == '?') {
			put_value(k, &b, columns, text, p++);
		} else {
			buf_char(&b, *p++);
		}
	}
	return buf_text(&b);
}

static bool has_plan(const char *text)
{
	str s = str_of(text);

	return str_starts(s, S("SELECT")) || str_starts(s, S("UPDATE")) || str_starts(s, S("DELETE")) || str_starts(s, S("WITH")) ||
	       str_starts(s, S("(SELECT")) || (str_starts(s, S("INSERT")) && str_find(s, S("SELECT"), NULL) && str_find(s, S("FROM"), NULL));
}

/* Reads a table or an index from one end to the other, or sorts more than a person could wait for. Derived tables hold
 * what another line has found. */
static const char *what_is_bad(const struct plan *p)
{
	int64_t rows = 0;

	if (!p->table.set || !p->type.set || !p->rows.set || str_starts(p->table.v, S("<")) || !str_int(p->rows.v, &rows) || rows < MANY)
		return NULL;
	if (str_eq(p->type.v, S("ALL")))
		return "reads the whole table";
	if (str_eq(p->type.v, S("index")))
		return "reads the whole index";
	if (p->Extra.set && str_find(p->Extra.v, S("filesort"), NULL))
		return "sorts too many rows";
	return NULL;
}

static const list *schema_columns(struct check *k)
{
	list *l;

	if (!k->columns) {
		l = arena_new_of(k->c->arena, list);
		*l = db_all(k->c, &select_columns, &column_shape);
		k->columns = l;
	}
	return k->columns;
}

void check_plan(struct check *k, const struct sql *s)
{
	const list *columns = schema_columns(k);
	struct arena_mark mark = arena_mark(k->c->arena);
	str text = with_values(k, columns, s->text);
	struct query q = query_from(k->c, str_z(k->c->arena, text));
	list plans = query_all(k->c, &q, &plan_shape);
	const char *bad = NULL;

	for (size_t i = 0; i < plans.n && !bad; i++) {
		const struct plan *p = (const struct plan *)plans.p + i;

		bad = what_is_bad(p);
		if (k->show_plans)
			printf("%-28s %-16.*s %-6.*s %-22.*s %7.*s  %.*s\n", s->name, STR(p->table.v), STR(p->type.v), STR(p->key.v), STR(p->rows.v),
			       STR(p->Extra.v));
		if (bad)
			check_failed(k, "%s:%d %s %s: %.*s, %.*s rows, key %.*s, %.*s\n        %.*s", s->file, s->line, s->name, bad, STR(p->table.v),
				     STR(p->rows.v), STR(p->key.v), STR(p->Extra.v), STR(text));
	}
	if (!bad)
		check_passed(k);
	arena_rewind(k->c->arena, mark);
}

void check_plans(struct check *k)
{
	for (size_t i = 0; i < sql_count(); i++)
		if (!sql_at(i)->scans && has_plan(sql_at(i)->text))
			check_plan(k, sql_at(i));
}
