/* account/account_staff.c -- what the staff do with accounts: suspending, restoring, roles, accounts that are made for them,
 * people without a login.
 *
 * Who suspends or demotes an administrator, or is one and withdraws, first locks all of them, so that two who do it to each other
 * at the same time leave one.
 */
#include "account/account.h"
#include "data/db.h"
#include "web/crypto.h"
#include "web/route.h"

const struct failure account_unknown = { 404, "account_unknown" };
const struct failure account_state_refused = { 409, "account_state_refused" };
const struct failure account_last_admin = { 409, "account_last_admin" };

enum { STAFF_ROLES = ROLE_OPERATOR | ROLE_FINANCE | ROLE_ADMIN };

struct standing {
	int64_t id, roles;
	int status;
};
static const struct shape standing_shape = SHAPE("Standing", struct standing, F(id), F(roles), F(status, .words = account_statuses, .called = "member"));

SQL(lock_standing, "SELECT id, roles, status FROM member WHERE id = ? FOR UPDATE");
SQL(lock_admins, "SELECT id, roles, status FROM member FORCE INDEX (member_staff) WHERE is_staff = 1 AND roles & 32 AND status = 'active' ORDER BY id FOR UPDATE");
SQL(insert_at_desk, "INSERT INTO member (name, phone, status, created_at) VALUES (?, ?, 'active', ?)");
SQL(insert_active,
	"INSERT INTO member (email, password_hash, name, phone, locale, roles, status, created_at) VALUES (?, ?, ?, ?, ?, ?, 'active', ?)");
SQL(set_password, "UPDATE member SET password_hash = ?, version = version + 1 WHERE id = ?");
SQL(select_of_email, "SELECT id FROM member WHERE email = ?");
SQL(count_demo_logins, "SELECT COUNT(*) FROM member WHERE demo");
SQL(set_status, "UPDATE member SET status = ?, version = version + 1 WHERE id = ?");
SQL(set_roles, "UPDATE member SET roles = ?, version = version + 1 WHERE id = ?");

/* Is there an active administrator besides this one? */
static bool another_admin(struct ctx *c, int64_t id)
{
	list admins = db_all(c, &lock_admins, &standing_shape);
	const struct standing *a = admins.p;

	for (size_t i = 0; i < admins.n; i++)
		if (a[i].id != id)
			return true;
	return false;
}

/* Locks the account, and refuses what the caller may not touch. */
static outcome lock(struct ctx *c, int64_t id, struct standing *s)
{
	if (!db_one(c, &lock_standing, &standing_shape, s, arg(id)))
		return &account_unknown;
	if ((s->roles & STAFF_ROLES) && !(c->who.roles & ROLE_ADMIN))
		return &role_missing;
	return OK;
}

outcome account_lock_leaver(struct ctx *c, int64_t id)
{
	bool another = another_admin(c, id);
	struct standing s = { 0 };

	if (!db_one(c, &lock_standing, &standing_shape, &s, arg(id)) || s.status != ACCOUNT_ACTIVE)
		return &not_logged_in;
	return (s.roles & ROLE_ADMIN) && !another ? &account_last_admin : OK;
}

outcome account_suspend(struct ctx *c, int64_t id)
{
	bool another = another_admin(c, id);
	struct standing s = { 0 };
	outcome o = lock(c, id, &s);

	if (o != OK)
		return o;
	if (s.status != ACCOUNT_ACTIVE)
		return &account_state_refused;
	if ((s.roles & ROLE_ADMIN) && !another)
		return &account_last_admin;
	db_run(c, &set_status, arg(str_of(account_statuses[ACCOUNT_SUSPENDED])), arg(id));
	session_end_all(c, id, 0);
	account_gone(c, id, "member.suspended");
	return OK;
}

outcome account_restore(struct ctx *c, int64_t id)
{
	struct standing s = { 0 };
	outcome o = lock(c, id, &s);

	if (o != OK)
		return o;
	if (s.status != ACCOUNT_SUSPENDED)
		return &account_state_refused;
	db_run(c, &set_status, arg(str_of(account_statuses[ACCOUNT_ACTIVE])), arg(id));
	return OK;
}

outcome account_change_roles(struct ctx *c, int64_t id, int64_t give, int64_t take)
{
	bool another = !(take & ROLE_ADMIN) || another_admin(c, id), of_staff = ((give | take) & STAFF_ROLES) != 0;
	struct standing s = { 0 };
	outcome o = lock(c, id, &s);
	int64_t roles;

	/* A member who is staff may become an instructor by any operator. */
	if (o == &role_missing && !of_staff)
		o = OK;
	if (o != OK)
		return o;
	if (of_staff && !(c->who.roles & ROLE_ADMIN))
		return &role_missing;
	if (s.status == ACCOUNT_WITHDRAWN)
		return &account_state_refused;
	roles = (s.roles | give) & ~take;
	if (roles == s.roles)
		return OK;
	if ((s.roles & ~roles & ROLE_ADMIN) && !another && s.status == ACCOUNT_ACTIVE)
		return &account_last_admin;
	db_run(c, &set_roles, arg(roles), arg(id));
	session_roles_changed(c, id, roles);
	return OK;
}

outcome account_set_role(struct ctx *c, int64_t id, enum role role, bool has)
{
	return account_change_roles(c, id, has ? role : 0, has ? 0 : role);
}

outcome account_make(struct ctx *c, const struct signup *in, int64_t roles, int64_t *id)
{
	*id = db_insert(c, &insert_active, arg(str_lower(c->arena, in->email)), arg(crypto_password_hash(c, in->password)), arg(in->name),
			arg(account_phone(c, in->phone)), arg(str_of(account_locales[in->locale])), arg(roles | ROLE_MEMBER), arg(c->now));
	return *id ? OK : fail(c, &email_taken, "email", "taken", (str){ NULL, 0 });
}

outcome account_set_password(struct ctx *c, int64_t id, str password)
{
	struct standing s = { 0 };
	outcome o = lock(c, id, &s);

	if (o != OK)
		return o;
	if (s.status == ACCOUNT_WITHDRAWN)
		return &account_state_refused;
	db_run(c, &set_password, arg(crypto_password_hash(c, password)), arg(id));
	session_end_all(c, id, 0);
	return OK;
}

int64_t account_of_email(struct ctx *c, str email)
{
	return db_int(c, &select_of_email, 0, arg(str_lower(c->arena, email)));
}

int64_t account_demo_logins(struct ctx *c)
{
	return db_int(c, &count_demo_logins, 0);
}

int64_t account_at_desk(struct ctx *c, str name, str phone)
{
	return db_insert(c, &insert_at_desk, arg(name), arg(account_phone(c, phone)), arg(c->now));
}
