/* member/member_acts.c -- what is done to members' accounts, each with its line on the log.
 *
 * Of the person only the state and the roles are on the log: it is kept after they have withdrawn. */
#include "instructor/instructor.h"
#include "member/member.h"
#include "refund/refund.h"
#include "staff_log/staff_log.h"

struct state {
	int64_t id;
	int status;
};
static const struct shape state_shape = SHAPE("MemberState", struct state, F(id), F(status, .words = account_statuses, .called = "member"));

struct acting {
	int64_t id;
	str reason;
	outcome (*act)(struct ctx *, int64_t id);
	const char *action;
	struct account_person *now;
};

static outcome act(struct ctx *c, void *p)
{
	struct acting *v = p;
	struct account_person was = { 0 };
	struct state before, after;
	outcome o;

	if (!account_person(c, v->id, NULL, &was))
		return &account_unknown;
	if ((o = v->act(c, v->id)) != OK)
		return o;
	account_person(c, v->id, NULL, v->now);
	before = (struct state){ v->id, was.status };
	after = (struct state){ v->id, v->now->status };
	staff_log_add(c, v->action, "member", v->id, &state_shape, &before, &after, v->reason);
	return OK;
}

outcome member_suspend(struct ctx *c, int64_t id, str reason, struct account_person *now)
{
	struct acting v = { id, reason, account_suspend, "member.suspend", now };

	return db_tx(c, act, &v);
}

outcome member_restore(struct ctx *c, int64_t id, str reason, struct account_person *now)
{
	struct acting v = { id, reason, account_restore, "member.restore", now };

	return db_tx(c, act, &v);
}

/* -- roles and passwords -------------------------------------------------------------------------------------------------- */

struct role_state {
	int64_t id;
	json_text roles;
};
static const struct shape role_state_shape = SHAPE("MemberRoles", struct role_state, F(id), F(roles));

struct changing {
	int64_t id, give, take;
	str reason;
	struct account_person *now;
};

static outcome change_roles(struct ctx *c, void *p)
{
	struct changing *v = p;
	struct account_person was = { 0 };
	struct role_state before, after;
	outcome o;

	if (!account_person(c, v->id, NULL, &was))
		return &account_unknown;
	if ((o = account_change_roles(c, v->id, v->give, v->take)) != OK)
		return o;
	account_person(c, v->id, NULL, v->now);
	before = (struct role_state){ v->id, was.roles };
	after = (struct role_state){ v->id, v->now->roles };
	staff_log_add(c, "member.roles", "member", v->id, &role_state_shape, &before, &after, v->reason);
	return OK;
}

outcome member_change_roles(struct ctx *c, int64_t id, int64_t give, int64_t take, str reason, struct account_person *now)
{
	struct changing v = { id, give, take, reason, now };

	return db_tx(c, change_roles, &v);
}

struct making {
	const struct signup *in;
	int64_t roles;
	str reason;
	int64_t *id;
};

static outcome make(struct ctx *c, void *p)
{
	struct making *v = p;
	outcome o = account_make(c, v->in, v->roles, v->id);
	struct role_state made = { *v->id, account_role_words(c, v->roles | ROLE_MEMBER) };

	if (o == OK)
		staff_log_add(c, "member.create", "member", *v->id, &role_state_shape, NULL, &made, v->reason);
	return o;
}

outcome member_make(struct ctx *c, const struct signup *in, int64_t roles, str reason, int64_t *id)
{
	struct making v = { in, roles, reason, id };

	return db_tx(c, make, &v);
}

struct setting {
	int64_t id;
	str password, reason;
};

static outcome set_password(struct ctx *c, void *p)
{
	struct setting *v = p;
	outcome o = account_set_password(c, v->id, v->password);

	if (o == OK)
		staff_log_add(c, "member.password", "member", v->id, NULL, NULL, NULL, v->reason);
	return o;
}

outcome member_set_password(struct ctx *c, int64_t id, str password, str reason)
{
	struct setting v = { id, password, reason };

	return db_tx(c, set_password, &v);
}

/* -- who goes ------------------------------------------------------------------------------------------------------------ */

/* Their account is locked first: whoever sells them a seat does it before, and it is seen, or comes too late (queue_enrol). */
static outcome withdraw(struct ctx *c, void *p)
{
	int64_t id = c->who.id;
	outcome o;

	(void)p;
	if ((o = account_lock_leaver(c, id)) != OK || (o = instructor_withdraw(c, id)) != OK)
		return o;
	refund_keep_payee(c, id);
	account_erase(c, id);
	return OK;
}

outcome member_withdraw(struct ctx *c)
{
	return db_tx(c, withdraw, NULL);
}
