#include "member/member.h"

#include "account/account.h"
#include "data/db.h"
#include "member/member_find.h"

const struct shape member_row_shape = SHAPE("MemberRow", struct member_row,
	F(id), F(name, .about = "Empty: withdrawn."), F(email), F(phone, .about = "Masked."), F(status, .words = account_statuses), F(roles),
	F(created_at));

#define COLUMNS "SELECT m.id, m.name, COALESCE(m.email, '') AS email, m.phone, m.status, m.role_words AS roles, m.created_at FROM member_contact m "
SQL(by_id, COLUMNS "WHERE m.id = ?");
SQL(by_tail, COLUMNS "WHERE m.phone_tail = ? ORDER BY m.id DESC LIMIT ?");
SQL(by_phone, COLUMNS "WHERE m.phone LIKE ? ESCAPE '!' ORDER BY m.phone, m.id LIMIT ?");
SQL(by_name, COLUMNS "WHERE m.name LIKE ? ESCAPE '!' ORDER BY m.name, m.id LIMIT ?");
SQL(by_given_name, COLUMNS "WHERE m.given_name LIKE ? ESCAPE '!' ORDER BY m.given_name, m.id LIMIT ?");
SQL(by_email, COLUMNS "WHERE m.email LIKE ? ESCAPE '!' ORDER BY m.email, m.id LIMIT ?");

struct gathering {
	struct member_row *rows;
	size_t n, most;
};

/* Each person once, however many ways lead to them. */
static void gather(struct gathering *g, list found)
{
	const struct member_row *r = found.p;

	for (size_t i = 0; i < found.n && g->n < g->most; i++) {
		size_t k = 0;

		while (k < g->n && g->rows[k].id != r[i].id)
			k++;
		if (k == g->n)
			g->rows[g->n++] = r[i];
	}
}

void member_mask(struct ctx *c, list rows)
{
	struct member_row *r = rows.p;

	for (size_t i = 0; i < rows.n; i++)
		r[i].phone = member_masked(c, r[i].phone);
}

static void look(struct ctx *c, struct gathering *g, const struct sql *sql, str text, int64_t limit)
{
	if (text.n && g->n < g->most)
		gather(g, db_all(c, sql, &member_row_shape, arg(text), arg(limit)));
}

list member_search(struct ctx *c, str q, int64_t limit)
{
	struct member_query m = member_query_of(c, q);
	struct gathering g = { arena_array(c->arena, struct member_row, (size_t)limit + 1), 0, (size_t)limit };
	list all;

	if (m.kind == FIND_ID)
		gather(&g, db_all(c, &by_id, &member_row_shape, arg(m.id)));
	look(c, &g, &by_tail, m.tail, limit);
	look(c, &g, &by_phone, m.phone, limit);
	look(c, &g, &by_phone, m.phone_abroad, limit);
	if (m.kind != FIND_EMAIL) {
		look(c, &g, &by_name, m.name, limit);
		look(c, &g, &by_given_name, m.name, limit);
	}
	look(c, &g, &by_email, m.email, limit);
	all = (list){ g.rows, g.n };
	member_mask(c, all);
	return all;
}
