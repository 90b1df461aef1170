/* member/member_routes.c -- members, for the staff, as JSON. */
#include "account/account.h"
#include "instructor/instructor.h"
#include "member/member_routes.h"

const struct shape member_filter_shape = SHAPE("MemberFilter", struct member_filter_in,
	F(q, .max = 100, .about = "How the name, the given name or the e-mail address begins; a telephone number, or its last four digits; M-17."),
	F(status, .optional = true, .words = member_filter_statuses, .called = "member"),
	F(role, .optional = true, .words = member_filter_roles, .called = "member"),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

static const struct shape member_list_shape = PAGED_SHAPE("MemberList", account_person_shape);

struct look_in {
	int64_t id;
	opt_str purpose;
};
static const struct shape look_in_shape = SHAPE("MemberLook", struct look_in,
	F(id), F(purpose, .max = 100, .about = "What the look is for; it is kept with the look."));

struct reason_in {
	int64_t id;
	str reason;
};
static const struct shape reason_in_shape = SHAPE("MemberReason", struct reason_in, F(id, .read_only = true), F(reason, .min = 1, .max = 500));

struct purpose_in {
	int64_t id;
	str purpose;
};
static const struct shape purpose_in_shape = SHAPE("MemberPurpose", struct purpose_in, F(id, .read_only = true), F(purpose, .min = 1, .max = 100));

static const char *const given_roles[] = { "creator", "operator", "finance", "admin", NULL };
const struct shape member_role_shape = SHAPE("MemberRole", struct member_role, F(value, .words = given_roles));

int64_t member_role_bits(list roles)
{
	const struct member_role *r = roles.p;
	int64_t bits = 0;

	for (size_t i = 0; i < roles.n; i++)
		if (r[i].value >= 0)             /* a form that is shown again may name one that there is not */
			bits |= (int64_t)ROLE_CREATOR << r[i].value;
	return bits;
}

struct roles_in {
	int64_t id;
	list roles;
	str reason;
};
static const struct shape roles_in_shape = SHAPE("MemberRolesIn", struct roles_in,
	F(id, .read_only = true), F(roles, .of = &member_role_shape, .max = 4, .about = "All that the member shall have; member and instructor stay as they are."),
	F(reason, .min = 1, .max = 500));

str member_purpose(opt_str said)
{
	return said.set ? str_trim(said.v) : (str){ NULL, 0 };
}

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct account_person *)row)->id;
}

void member_list_page(struct request *rq, struct list_out *out)
{
	const struct member_filter_in *in = rq->in;
	struct member_filter f = { in->q.set ? in->q.v : (str){ NULL, 0 }, in->status, in->role, rq->cursor, in->limit };

	list_page(rq, out, member_list(rq->ctx, &f), &account_person_shape, in->limit, keys);
}

static outcome list_members(struct request *rq)
{
	struct list_out out = { 0 };

	member_list_page(rq, &out);
	return reply(rq, &out);
}

static outcome show(struct request *rq)
{
	struct look_in *in = rq->in;
	struct member m = { 0 };
	outcome o = member_look(rq->ctx, in->id, member_purpose(in->purpose), &m);

	if (o != OK)
		return o;
	return reply(rq, &m);
}

static outcome suspend(struct request *rq)
{
	struct reason_in *in = rq->in;
	struct account_person now = { 0 };
	outcome o = member_suspend(rq->ctx, in->id, in->reason, &now);

	return o == OK ? reply(rq, &now) : o;
}

static outcome restore(struct request *rq)
{
	struct reason_in *in = rq->in;
	struct account_person now = { 0 };
	outcome o = member_restore(rq->ctx, in->id, in->reason, &now);

	return o == OK ? reply(rq, &now) : o;
}

static outcome roles(struct request *rq)
{
	struct roles_in *in = rq->in;
	struct account_person now = { 0 };
	int64_t give = member_role_bits(in->roles);
	outcome o = member_change_roles(rq->ctx, in->id, give, ACCOUNT_GIVEN_ROLES & ~give, in->reason, &now);

	return o == OK ? reply(rq, &now) : o;
}

static outcome contact(struct request *rq)
{
	struct purpose_in *in = rq->in;
	struct member_contact to = { 0 };
	outcome o = member_contact(rq->ctx, in->id, in->purpose, &to);

	return o == OK ? reply(rq, &to) : o;
}

static outcome withdraw(struct request *rq)
{
	outcome o = member_withdraw(rq->ctx);

	return o == OK ? reply_none(rq) : o;
}

const struct route member_routes[] = {
	{ DELETE, "/api/v1/me", MEMBER, withdraw, NULL, NULL, .status = 204, .tag = "account", .fails = FAILS(&account_last_admin, &instructor_teaches),
	  .about = "Withdraws: personal data is erased, money records are kept. What the caller holds ends as if they had cancelled it now." },
	{ GET, "/api/v1/admin/members", ANY_STAFF, list_members, &member_filter_shape, &member_list_shape,
	  .about = "Members, the newest first; the search is on the log." },
	{ GET, "/api/v1/admin/members/{id}", ANY_STAFF, show, &look_in_shape, &member_shape, .fails = FAILS(&account_unknown),
	  .about = "One member with everything they hold; the look is on the log." },
	{ POST, "/api/v1/admin/members/{id}/suspend", STAFF, suspend, &reason_in_shape, &account_person_shape, .once = ONCE_TX,
	  .fails = FAILS(&account_unknown, &account_state_refused, &account_last_admin), .about = "Ends the member's sessions; nobody logs in until it is restored." },
	{ POST, "/api/v1/admin/members/{id}/restore", STAFF, restore, &reason_in_shape, &account_person_shape, .once = ONCE_TX,
	  .fails = FAILS(&account_unknown, &account_state_refused), .about = "Takes a suspension back." },
	{ PUT, "/api/v1/admin/members/{id}/roles", ADMIN, roles, &roles_in_shape, &account_person_shape, .once = ONCE_TX,
	  .fails = FAILS(&account_unknown, &account_state_refused, &account_last_admin),
	  .about = "Gives and takes roles; they count from the next request on. One administrator is always left." },
	{ POST, "/api/v1/admin/members/{id}/phone", ANY_STAFF, contact, &purpose_in_shape, &member_contact_shape, .fails = FAILS(&account_unknown),
	  .about = "The telephone number and the e-mail address in the clear; on the log with the purpose." },
	MEMBER_PAGE_ROUTES
	{ 0 }
};
