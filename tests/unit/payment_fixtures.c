#include "payment_fixtures.h"

#include "data/db.h"

SQL_SCAN(forget_others, "UPDATE payment_attempt SET check_at = NULL WHERE payment_id <> ? AND check_at IS NOT NULL");
SQL(use_fake, "UPDATE payment SET gateway = 'fake' WHERE id = ?");
SQL(select_attempt,
	"SELECT a.id, a.state, a.tries, a.check_at, a.idem_key, a.code FROM payment_attempt a WHERE a.payment_id = ? ORDER BY a.id DESC LIMIT 1");
SQL(set_check, "UPDATE payment_attempt SET check_at = ? WHERE id = ?");

static const struct shape attempt_look_shape = SHAPE("AttemptLook", struct attempt_look,
	F(id), F(state), F(tries), F(check_at), F(idem_key), F(code));

struct attempt_look attempt_of(struct ctx *c, const struct payment *p)
{
	struct attempt_look a = { 0 };

	assert_true(db_one(c, &select_attempt, &attempt_look_shape, &a, arg(p->id)));
	return a;
}

struct checking_out {
	int64_t ticket;
	struct payment order;
};

static outcome check_out_tx(struct ctx *c, void *p)
{
	struct checking_out *v = p;

	return payment_checkout(c, v->ticket, &v->order);
}

outcome try_check_out(struct ctx *c, int64_t ticket, struct payment *order)
{
	struct checking_out v = { ticket, { 0 } };
	outcome o;

	c->now = when_now();
	o = db_tx(c, check_out_tx, &v);
	*order = v.order;
	return o;
}

struct payment check_out(struct ctx *c, int64_t ticket)
{
	struct payment p;

	as_holder(c, ticket);
	assert_ptr_equal(try_check_out(c, ticket, &p), OK);
	db_run(c, &use_fake, arg(p.id));
	db_run(c, &forget_others, arg(p.id));
	return p;
}

struct payment read_order(struct ctx *c, const struct payment *p)
{
	struct payment now = { 0 };

	assert_true(payment_read(c, p->order_id, &now));
	return now;
}

outcome confirm_order(struct ctx *c, const struct payment *p, struct payment *now)
{
	return payment_confirm(c, p->order_id, str_fmt(c->arena, "pay-%.*s", STR(p->order_id)), won(PRICE), now);
}

struct payment confirmed(struct ctx *c, int64_t ticket, struct gateway_result said)
{
	struct payment p = check_out(c, ticket), now;

	fake_reset();
	fake.confirm = said;
	assert_ptr_equal(confirm_order(c, &p, &now), OK);
	return now;
}

void make_due(struct ctx *c, const struct payment *p)
{
	db_run(c, &set_check, arg(when_plus(when_now(), -1)), arg(attempt_of(c, p).id));
}

void run_janitor(struct ctx *c, const struct payment *p)
{
	make_due(c, p);
	c->now = when_now();
	payment_janitor(c);
}

void confirm_and_die(struct ctx *c, void *p)
{
	struct payment now;

	confirm_order(c, p, &now);
}
