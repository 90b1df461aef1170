#include "member/member.h"

#include "account/account.h"
#include "data/db.h"
#include "member/member_find.h"
#include "staff_log/staff_log.h"

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

const char *const member_filter_statuses[] = { "any", "pending", "active", "suspended", "withdrawn", NULL };
const char *const member_filter_roles[] = { "any", "instructor", "creator", "operator", "finance", "admin", NULL };

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

static void mask(struct ctx *c, list rows)
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
	mask(c, all);
	return all;
}

/* -- the list ---------------------------------------------------------------------------------------------------------- */

static void add_query(struct query *q, const struct member_query *m)
{
	switch (m->kind) {
	case FIND_NOTHING:
		break;
	case FIND_ID:
		query_add(q, " AND m.id = ?", arg(m->id));
		break;
	case FIND_PHONE_TAIL:
		query_add(q, " AND m.phone_tail = ?", arg(m->tail));
		break;
	case FIND_PHONE:
		query_add(q, " AND (m.phone LIKE ? ESCAPE '!' OR m.phone LIKE ? ESCAPE '!')", arg(m->phone), arg(m->phone_abroad));
		break;
	case FIND_EMAIL:
		query_add(q, " AND m.email LIKE ? ESCAPE '!'", arg(m->email));
		break;
	case FIND_NAME:
		query_add(q, " AND (m.name LIKE ? ESCAPE '!' OR m.given_name LIKE ? ESCAPE '!')", arg(m->name), arg(m->name));
		break;
	case FIND_NAME_OR_EMAIL:
		query_add(q, " AND (m.name LIKE ? ESCAPE '!' OR m.given_name LIKE ? ESCAPE '!' OR m.email LIKE ? ESCAPE '!')", arg(m->name),
			  arg(m->name), arg(m->email));
		break;
	}
}

static const struct sort_key newest[] = { { "m.id", .descending = true } };

list member_list(struct ctx *c, const struct member_filter *f)
{
	struct member_query m = member_query_of(c, f->q);
	struct query q = query_from(c, COLUMNS "WHERE TRUE");
	list rows;

	add_query(&q, &m);
	if (f->status)
		query_add(&q, " AND m.status = ?", arg(str_of(member_filter_statuses[f->status])));
	if (f->role)
		query_add(&q, " AND m.has_role = 1 AND m.roles & ?", arg((int64_t)ROLE_MEMBER << f->role));
	query_keyset(&q, &f->from, newest, 1, f->limit);
	rows = query_all(c, &q, &member_row_shape);
	mask(c, rows);
	if (m.kind != FIND_NOTHING && !f->from.set)
		staff_log_look(c, "member.search", "member", m.id, str_of(member_query_kinds[m.kind]));
	return rows;
}

/* -- acts -------------------------------------------------------------------------------------------------------------- */

struct state {
	int64_t id;
	int status;
};
static const struct shape state_shape = SHAPE("MemberState", struct state, F(id), F(status, .words = account_statuses));

struct acting {
	int64_t id;
	str reason;
	outcome (*act)(struct ctx *, int64_t id);
	const char *action;
	struct member_row *now;
};

/* Of the person only the state is on the log: it is kept after they have withdrawn. */
static outcome act(struct ctx *c, void *p)
{
	struct acting *v = p;
	struct member_row was = { 0 };
	struct state before, after;
	outcome o;

	if (!db_one(c, &by_id, &member_row_shape, &was, arg(v->id)))
		return &account_unknown;
	if ((o = v->act(c, v->id)) != OK)
		return o;
	db_one(c, &by_id, &member_row_shape, v->now, arg(v->id));
	mask(c, (list){ v->now, 1 });
	before = (struct state){ v->id, was.status };
	after = (struct state){ v->id, v->now->status };
	staff_log_add(c, v->action, "member", v->id, &state_shape, &before, &after, v->reason);
	return OK;
}

outcome member_suspend(struct ctx *c, int64_t id, str reason, struct member_row *now)
{
	struct acting v = { id, reason, account_suspend, "member.suspend", now };

	return db_tx(c, act, &v);
}

outcome member_restore(struct ctx *c, int64_t id, str reason, struct member_row *now)
{
	struct acting v = { id, reason, account_restore, "member.restore", now };

	return db_tx(c, act, &v);
}
