/* db_query.c -- statements that are put together from fragments. */
#include "data/db_private.h"

#include <string.h>

struct query query_from(struct ctx *c, const char *text)
{
	struct query q = { .text = buf_in(c->arena) };

	buf_str(&q.text, str_of(text));
	return q;
}

/* Values beyond the room are counted, so that sending it fails with the right number. */
void query_add_args(struct query *q, const char *fragment, const struct arg *args, size_t n)
{
	buf_str(&q->text, str_of(fragment));
	for (size_t i = 0; i < n; i++, q->n++)
		if (q->n < sizeof(q->args) / sizeof(q->args[0]))
			q->args[q->n] = args[i];
}

static str like(struct ctx *c, const char *before, str text)
{
	struct buf b = buf_in(c->arena);

	buf_str(&b, str_of(before));
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '!')
			buf_char(&b, '!');
		buf_char(&b, text.p[i]);
	}
	buf_char(&b, '%');
	return buf_text(&b);
}

str db_beginning(struct ctx *c, str text)
{
	return like(c, "", text);
}

str db_anywhere(struct ctx *c, str text)
{
	return like(c, "%", text);
}

static struct arg key_arg(const struct sort_key *k, int64_t n)
{
	return k->moment ? arg((when){ n }) : k->day ? arg((day){ n }) : arg(n);
}

static void compare(struct query *q, const struct sort_key *k, bool back, const char *more, int64_t n)
{
	struct arg a = key_arg(k, n);

	query_add(q, k->column);
	query_add(q, k->descending != back ? " <" : " >");
	query_add_args(q, more, &a, 1);
}

void query_keyset(struct query *q, const struct keyset *from, const struct sort_key *k, size_t n_keys, int64_t limit)
{
	bool back = from->set && from->back;

	if (from->set) {
		/* (a, b) behind (x, y), in words that the optimiser makes a range of. */
		query_add(q, " AND ");
		compare(q, &k[0], back, n_keys > 1 ? "= ? AND (" : " ?", from->n[0]);
		if (n_keys > 1) {
			compare(q, &k[0], back, " ? OR ", from->n[0]);
			compare(q, &k[1], back, " ?)", from->n[1]);
		}
	}
	for (size_t i = 0; i < n_keys; i++) {
		query_add(q, i ? ", " : " ORDER BY ");
		query_add(q, k[i].column);
		query_add(q, k[i].descending != back ? " DESC" : "");
	}
	query_add(q, " LIMIT ?", arg(limit + 1));
}

/* The statement as the others see it; its text says where it comes from. */
static struct sql sql_of(struct ctx *c, struct query *q)
{
	size_t most = sizeof(q->args) / sizeof(q->args[0]);

	if (q->n > most)
		fault(c, "a composed statement has %zu values, more than %zu: %.*s", q->n, most, STR(buf_text(&q->text)));
	buf_char(&q->text, '\0');
	q->text.n--;
	return (struct sql){ q->text.p, q->text.p, __FILE__, __LINE__, false };
}

list query_all(struct ctx *c, struct query *q, const struct shape *shape)
{
	struct sql sql = sql_of(c, q);

	return db_list(c, &sql, DB_COMPOSED, shape, q->args, q->n);
}

int64_t query_int(struct ctx *c, struct query *q, int64_t dflt)
{
	struct sql sql = sql_of(c, q);

	return db_number(c, &sql, DB_COMPOSED, dflt, q->args, q->n);
}

size_t db_composed(const struct ctx *c, str texts[DB_COMPOSED_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < c->db->n && n < DB_COMPOSED_MAX; i++)
		if (c->db->statements[i].how == DB_COMPOSED)
			texts[n++] = str_of(c->db->statements[i].text);
	return n;
}
