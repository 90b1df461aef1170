#include "member/member.h"

#include "account/account.h"
#include "data/db.h"
#include "staff_log/staff_log.h"

const char *const member_filter_statuses[] = { "any", "pending", "active", "suspended", "withdrawn", NULL };
const char *const member_filter_roles[] = { "any", "instructor", "creator", "operator", "finance", "admin", NULL };

/* -- the list ---------------------------------------------------------------------------------------------------------- */

static const struct sort_key newest[] = { { "m.id", .descending = true } };

list member_list(struct ctx *c, const struct member_filter *f)
{
	struct account_query m = account_query_of(c, f->q);
	struct query q = query_from(c, "SELECT " ACCOUNT_PERSON_COLUMNS " FROM member_contact m WHERE TRUE");
	list rows;

	account_query_add(&q, &m);
	if (f->status)
		query_add(&q, " AND m.status = ?", arg(str_of(member_filter_statuses[f->status])));
	if (f->role)
		query_add(&q, " AND m.has_role = 1 AND m.roles & ?", arg((int64_t)ROLE_MEMBER << f->role));
	query_keyset(&q, &f->from, newest, 1, f->limit);
	rows = query_all(c, &q, &account_person_shape);
	account_show_persons(c, rows);
	if (m.kind != FIND_NOTHING)
		staff_log_look(c, "member.search", "member", m.id, str_of(account_query_kinds[m.kind]));
	else
		staff_log_look_list(c, &(struct staff_log_list){ .action = "member.list", .object_type = "member", .letters = "M-" },
				    (list){ rows.p, rows.n > (size_t)f->limit ? (size_t)f->limit : rows.n }, sizeof(struct account_person));
	return rows;
}
