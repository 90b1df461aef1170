/* check/fill.c -- generated rows, so that plans are those of a centre that has been open for years. */
#include <string.h>

#include "check/check.h"
#include "data/db.h"

/* Tables that stay small however long the centre is open, and those that are filled already. All others grow. */
static const char *const small[] = { "category", "subject", "gateway", "room", "term", NULL };
static const char *const fixed[] = { "job", "outbox_shard", "schema_migration", "schema_migration_lock", NULL };
enum { FEW = 200 };

struct filled {
	str name;
};
static const struct shape filled_shape = SHAPE("FilledTable", struct filled, F(name));

struct part {
	str name, type, words, generated;
	int64_t length, ordinal;
	bool nullable, auto_id, is_unique, only_key;
};
static const struct shape part_shape = SHAPE("FilledColumn", struct part,
	F(name), F(type), F(words), F(generated), F(length), F(ordinal), F(nullable), F(auto_id), F(is_unique), F(only_key));

SQL_SCAN(select_tables,
	"SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1");
/* words: of a CHECK like `state in ('a','b')`. */
SQL_SCAN(select_parts,
	"SELECT c.column_name AS name, LOWER(c.data_type) AS type, COALESCE(c.character_maximum_length, 0) AS length, "
	"c.ordinal_position AS ordinal, c.is_nullable = 'YES' AS nullable, c.extra LIKE '%auto_increment%' AS auto_id, "
	"COALESCE(c.generation_expression, '') AS generated, "
	"COALESCE((SELECT REGEXP_SUBSTR(k.check_clause, '(?<=^`)[^`]*` in \\\\(.*\\\\)') FROM information_schema.check_constraints k "
	" WHERE k.constraint_schema = c.table_schema AND k.table_name = c.table_name AND k.check_clause LIKE CONCAT('`', c.column_name, '` in (%') LIMIT 1), '') AS words, "
	"EXISTS (SELECT 1 FROM information_schema.statistics s WHERE s.table_schema = c.table_schema AND s.table_name = c.table_name "
	" AND s.column_name = c.column_name AND s.non_unique = 0) AS is_unique, "
	"(SELECT COUNT(*) FROM information_schema.statistics s JOIN information_schema.statistics o USING (table_schema, table_name, index_name) "
	" WHERE s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name AND s.non_unique = 0 "
	" GROUP BY s.index_name ORDER BY COUNT(*) LIMIT 1) <=> 1 AS only_key "
	"FROM information_schema.columns c WHERE c.table_schema = DATABASE() AND c.table_name = ? ORDER BY c.ordinal_position");

static bool is_among(str name, const char *const *names)
{
	for (; *names; names++)
		if (str_eq(name, str_of(*names)))
			return true;
	return false;
}

/* 'a','b','c' of "state` in ('a','b','c')"; the number of them. */
static int64_t word_list(str words, str *inside)
{
	size_t open, n = 1;

	if (!str_find(words, S("("), &open))
		return 0;
	*inside = (str){ words.p + open + 1, words.n - open - 2 };
	for (size_t i = 0; i < inside->n; i++)
		n += inside->p[i] == ',';
	return (int64_t)n;
}

/* How many different values: people are many, courses fewer. */
static int64_t spread(str name, int64_t rows)
{
	if (str_eq(name, S("category_id")) || str_eq(name, S("subject_id")) || str_eq(name, S("parent_id")))
		return FEW;
	if (str_eq(name, S("course_id")))
		return rows / 100 + 1;
	if (str_eq(name, S("member_id")) || str_eq(name, S("caller_id")))
		return rows / 4 + 1;
	return rows / 10 + 1;
}

static void put_number(struct buf *b, const struct part *p, int64_t rows)
{
	static const int64_t strides[] = { 1, 7919, 104729, 15485863, 32452843 };

	if (p->only_key)
		buf_lit(b, "seq");
	else if (str_eq(p->type, S("tinyint")))
		buf_lit(b, "seq % 50 = 0");      /* flags are rare: that is what they are for */
	else if (str_eq(p->name, S("n")) || str_eq(p->name, S("seq")) || str_eq(p->name, S("number")))
		buf_lit(b, "seq");
	else if (str_ends(p->name, S("_id")))
		buf_fmt(b, "1 + (seq * %lld) %% %lld", (long long)strides[p->ordinal % 5], (long long)spread(p->name, rows));
	else
		buf_lit(b, "1 + seq % 1000");
}

static void put_text(struct buf *b, const struct part *p)
{
	str inside;
	int64_t n = word_list(p->words, &inside);

	if (n)
		buf_fmt(b, "ELT(1 + seq %% %lld, %.*s)", (long long)n, STR(inside));
	else if (p->length >= 12 || p->length == 0)
		buf_lit(b, "CONCAT('x', seq)");
	else
		buf_fmt(b, "LEFT(CONCAT('x', seq %% 90), %lld)", (long long)p->length);
}

static void put_plain(struct buf *b, const struct part *p, int64_t rows)
{
	if (str_eq(p->type, S("datetime")))
		buf_lit(b, "UTC_TIMESTAMP(6) - INTERVAL seq * 37 SECOND");
	else if (str_eq(p->type, S("date")))
		buf_lit(b, "CURRENT_DATE - INTERVAL seq % 2000 DAY");
	else if (str_eq(p->type, S("binary")))
		buf_fmt(b, "LEFT(UNHEX(SHA2(seq, 512)), %lld)", (long long)p->length);
	else if (str_find(p->type, S("int"), NULL))
		put_number(b, p, rows);
	else
		put_text(b, p);
}

/* What may be absent mostly is: holds, leases, retries. */
static void put_part(struct buf *b, const struct part *p, int64_t rows)
{
	bool rare = p->nullable && !p->is_unique && !p->words.n;

	if (rare)
		buf_lit(b, "IF(seq % 10 = 0, ");
	put_plain(b, p, rows);
	if (rare)
		buf_lit(b, ", NULL)");
}

static void fill(struct check *k, str table, int64_t rows)
{
	struct ctx *c = k->c;
	list parts = db_all(c, &select_parts, &part_shape, arg(table));
	const struct part *p = parts.p;
	struct buf names = buf_in(c->arena), values = buf_in(c->arena), all = buf_in(c->arena);

	for (size_t i = 0; i < parts.n; i++) {
		if (p[i].generated.n || p[i].auto_id)
			continue;
		if (names.n) {
			buf_lit(&names, ", ");
			buf_lit(&values, ", ");
		}
		buf_fmt(&names, "`%.*s`", STR(p[i].name));
		put_part(&values, &p[i], rows);
	}
	buf_fmt(&all, "INSERT IGNORE INTO `%.*s` (%.*s) SELECT %.*s FROM seq_1_to_%lld; ANALYZE TABLE `%.*s`", STR(table), STR(buf_text(&names)),
		STR(buf_text(&values)), (long long)rows, STR(table));
	db_script(c, buf_text(&all));
}

/* Rows only have to look right to the optimiser: who they belong to is not looked at. */
void check_fill(struct check *k, int64_t rows)
{
	list tables = db_all(k->c, &select_tables, &filled_shape);
	const struct filled *t = tables.p;

	db_script(k->c, S("SET SESSION foreign_key_checks = 0, check_constraint_checks = 0, unique_checks = 0"));
	for (size_t i = 0; i < tables.n; i++)
		if (!is_among(t[i].name, fixed))
			fill(k, t[i].name, is_among(t[i].name, small) ? FEW : rows);
}
