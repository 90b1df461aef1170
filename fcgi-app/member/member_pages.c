/* member/member_pages.c -- members as pages. */
#include <stdlib.h>

#include "account/account.h"
#include "core/i18n.h"
#include "member/member_routes.h"
#include "saved_view/saved_view.h"

/* -- list ------------------------------------------------------------------------------------------------------------ */

struct list_page {
	list data;
	opt_str next_cursor, prev_cursor;
	list views;
	str q;
};
const struct shape member_list_page_shape = SHAPE("MemberListPage", struct list_page,
	F(data, .of = &account_person_shape), F(next_cursor), F(prev_cursor), F(views, .of = &saved_view_tab_shape), F(q));

outcome member_page_list(struct request *rq)
{
	const struct member_filter_in *in = rq->in;
	struct list_out found = { 0 };
	struct list_page out = { 0 };

	member_list_page(rq, &found);
	out = (struct list_page){ found.data, found.next_cursor, found.prev_cursor, saved_views(rq, "members"),
				  in->q.set ? in->q.v : (str){ NULL, 0 } };
	return reply(rq, &out);
}

/* -- what happened, in one line of time --------------------------------------------------------------------------------- */

struct moment {
	when at;
	str what, title, href;
	opt_money amount;
};
static const struct shape moment_shape = SHAPE("MemberMoment", struct moment, F(at), F(what), F(title), F(href), F(amount));

struct line {
	struct ctx *c;
	struct moment *m;
	size_t n;
};

enum { MOMENTS_SHOWN = 60 };

static void put(struct line *l, when at, const char *what, str title, str href, opt_money amount)
{
	const char *key = (const char *)str_z(l->c->arena, str_fmt(l->c->arena, "member.moment.%s", what));

	l->m[l->n++] = (struct moment){ at, i18n_text(l->c, key, NULL, 0), title, href, amount };
}

static opt_money sum(money m)
{
	return (opt_money){ m.won > 0, m };
}

static str course_href(struct ctx *c, const struct id_title *k)
{
	return str_fmt(c->arena, "/admin/courses/%lld", (long long)k->id);
}

static void put_seats(struct line *l, const struct member *m)
{
	const struct member_enrolment *e = m->enrolments.p;
	const struct member_ticket *t = m->tickets.p;

	for (size_t i = 0; i < m->enrolments.n; i++) {
		put(l, e[i].created_at, "enrolled", e[i].course.title, course_href(l->c, &e[i].course), sum(e[i].paid));
		if (e[i].cancelled_at.set)
			put(l, e[i].cancelled_at.v, "cancelled", e[i].course.title, course_href(l->c, &e[i].course), (opt_money){ 0 });
	}
	for (size_t i = 0; i < m->tickets.n; i++) {
		put(l, t[i].joined_at, "joined", t[i].course.title, course_href(l->c, &t[i].course), (opt_money){ 0 });
		if (t[i].ended_at.set)
			put(l, t[i].ended_at.v, "ended", t[i].course.title, course_href(l->c, &t[i].course), (opt_money){ 0 });
	}
}

static void put_money(struct line *l, const struct member *m)
{
	const struct member_payment *p = m->payments.p;
	const struct member_refund *r = m->refunds.p;

	for (size_t i = 0; i < m->payments.n; i++)
		if (p[i].paid_at.set)
			put(l, p[i].paid_at.v, "paid", str_fmt(l->c->arena, "P-%lld", (long long)p[i].id),
			    str_fmt(l->c->arena, "/admin/payments/%lld", (long long)p[i].id), sum(p[i].amount));
	for (size_t i = 0; i < m->refunds.n; i++)
		put(l, r[i].done_at.set ? r[i].done_at.v : r[i].created_at, r[i].done_at.set ? "refunded" : "refunding",
		    str_fmt(l->c->arena, "P-%lld", (long long)r[i].payment_id),
		    str_fmt(l->c->arena, "/admin/payments/%lld", (long long)r[i].payment_id), sum(r[i].amount));
}

static void put_requests(struct line *l, const struct member *m)
{
	const struct member_request *r = m->requests.p;

	for (size_t i = 0; i < m->requests.n; i++)
		put(l, r[i].created_at, "requested", r[i].course.title, str_fmt(l->c->arena, "/admin/requests/%lld", (long long)r[i].id),
		    (opt_money){ 0 });
}

static int newest_first(const void *a, const void *b)
{
	const struct moment *x = a, *y = b;

	return (x->at.us < y->at.us) - (x->at.us > y->at.us);
}

static list timeline(struct ctx *c, const struct member *m)
{
	size_t most = 2 * (m->enrolments.n + m->tickets.n) + m->payments.n + m->refunds.n + m->requests.n;
	struct line l = { c, arena_array(c->arena, struct moment, most + 1), 0 };

	put_seats(&l, m);
	put_money(&l, m);
	put_requests(&l, m);
	qsort(l.m, l.n, sizeof(*l.m), newest_first);
	return (list){ l.m, l.n < MOMENTS_SHOWN ? l.n : MOMENTS_SHOWN };
}

/* -- one member -------------------------------------------------------------------------------------------------------- */

const struct shape member_page_in_shape = SHAPE("MemberPageIn", struct member_look_in, F(id), F(purpose, .max = 100));

const struct shape member_act_in_shape = SHAPE("MemberAct", struct member_act_in,
	F(id, .read_only = true), F(reason, .max = 500), F(purpose, .max = 100), F(roles_reason, .max = 500),
	F(roles, .of = &member_role_shape, .optional = true, .max = 4));

/* One of all roles but member, as the page shows it. */
struct role_shown {
	str name, label;
	bool has, given_by_hand;
};
static const struct shape role_shown_shape = SHAPE("MemberRoleShown", struct role_shown, F(name), F(label), F(has), F(given_by_hand));

struct show_page {
	struct member member;
	list moments, all_roles;
	bool may_suspend, may_restore, may_change_roles, only_admins;
	opt_str shown_phone;
};
const struct shape member_show_page_shape = SHAPE("MemberPage", struct show_page,
	F(member, .of = &member_shape), F(moments, .of = &moment_shape), F(all_roles, .of = &role_shown_shape), F(may_suspend), F(may_restore),
	F(may_change_roles), F(only_admins), F(shown_phone));

/* What the member has, or what was ticked in a form that was refused. */
static list roles_shown(struct request *rq, const struct member *m)
{
	struct ctx *c = rq->ctx;
	struct role_shown *r = arena_array(c->arena, struct role_shown, 8);
	bool refused = rq->route->handle == member_page_roles;
	int64_t ticked = refused ? member_role_bits(((const struct member_act_in *)rq->in)->roles) : 0;
	size_t n = 0;

	for (size_t i = 1; role_names[i]; i++, n++) {
		str key = str_fmt(c->arena, "word.member.role.%s", role_names[i]), quoted = str_fmt(c->arena, "\"%s\"", role_names[i]);
		bool by_hand = ACCOUNT_GIVEN_ROLES >> i & 1;

		r[n] = (struct role_shown){ str_of(role_names[i]), i18n_raw(c->locale, key),
					    refused && by_hand ? ticked >> i & 1 : str_find(m->roles.s, quoted, NULL), by_hand };
	}
	return (list){ r, n };
}

static outcome fill(struct request *rq, int64_t id, opt_str purpose, struct show_page *p)
{
	struct ctx *c = rq->ctx;
	outcome o = member_look(c, id, member_purpose(purpose), &p->member);
	bool staff = (c->who.roles & STAFF) != 0, admin = (c->who.roles & ADMIN) != 0;
	int status = p->member.status;

	if (o != OK)
		return o;
	p->moments = timeline(c, &p->member);
	p->only_admins = p->member.is_staff && !admin;
	p->all_roles = roles_shown(rq, &p->member);
	p->may_suspend = staff && !p->only_admins && status == ACCOUNT_ACTIVE;
	p->may_restore = staff && !p->only_admins && status == ACCOUNT_SUSPENDED;
	p->may_change_roles = admin && status != ACCOUNT_WITHDRAWN;
	return OK;
}

outcome member_page_show(struct request *rq)
{
	struct show_page p = { 0 };
	const struct member_look_in *in = rq->in;
	outcome o = fill(rq, in->id, rq->method == GET ? in->purpose : (opt_str){ 0 }, &p);

	return o == OK ? reply(rq, &p) : o;
}

static outcome come_back(struct request *rq, outcome o, const char *done)
{
	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/members/%lld?done=%s", (long long)((struct member_act_in *)rq->in)->id, done));
}

/* The forms of the page share a shape, so what each of them needs is said here. */
static outcome needed(struct ctx *c, opt_str *given, const char *field)
{
	given->v = str_trim(given->v);
	return given->set && given->v.n ? OK : fail(c, &invalid, field, "required", (str){ NULL, 0 });
}

outcome member_page_suspend(struct request *rq)
{
	struct member_act_in *in = rq->in;
	struct account_person now = { 0 };
	outcome o = needed(rq->ctx, &in->reason, "reason");

	return come_back(rq, o == OK ? member_suspend(rq->ctx, in->id, in->reason.v, &now) : o, "suspended");
}

outcome member_page_restore(struct request *rq)
{
	struct member_act_in *in = rq->in;
	struct account_person now = { 0 };
	outcome o = needed(rq->ctx, &in->reason, "reason");

	return come_back(rq, o == OK ? member_restore(rq->ctx, in->id, in->reason.v, &now) : o, "restored");
}

outcome member_page_roles(struct request *rq)
{
	struct member_act_in *in = rq->in;
	struct account_person now = { 0 };
	int64_t give = member_role_bits(in->roles);
	outcome o = needed(rq->ctx, &in->roles_reason, "roles_reason");

	if (o == OK)
		o = member_change_roles(rq->ctx, in->id, give, ACCOUNT_GIVEN_ROLES & ~give, in->roles_reason.v, &now);
	return come_back(rq, o, "roles");
}

/* Not led elsewhere afterwards: the number stands in no address and in no cache. */
outcome member_page_phone(struct request *rq)
{
	struct member_act_in *in = rq->in;
	struct member_contact to = { 0 };
	struct show_page p = { 0 };
	outcome o = needed(rq->ctx, &in->purpose, "purpose");

	if (o == OK)
		o = member_contact(rq->ctx, in->id, in->purpose.v, &to);
	if (o == OK)
		o = fill(rq, in->id, in->purpose, &p);
	if (o != OK)
		return o;
	p.shown_phone = some_str(to.phone);     /* the address stands there in any case */
	reply_header(rq, S("Cache-Control"), S("no-store"));
	return reply(rq, &p);
}
