/* payment/payment_jobs.c -- the janitor, and money that goes back. */
#include "data/db.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"
#include "payment/payment_private.h"

enum { AT_ONCE = 20, LEASE_SECONDS = 30 };

struct due {
	int64_t id, payment_id;
	str idem_key;
	when check_at;
};
static const struct shape due_shape = SHAPE("DueAttempt", struct due, F(id), F(payment_id), F(idem_key), F(check_at));

struct next_due {
	opt_when at;
};
static const struct shape next_due_shape = SHAPE("NextAttempt", struct next_due, F(at));

SQL(select_due, "SELECT id, payment_id, idem_key, check_at FROM payment_attempt WHERE check_at <= ? ORDER BY check_at LIMIT ?");
SQL(lease_attempt, "UPDATE payment_attempt SET check_at = ? WHERE id = ? AND check_at = ?");
SQL(select_next, "SELECT MIN(check_at) AS at FROM payment_attempt WHERE check_at > ?");
SQL(hint_by_order,
	"UPDATE payment_attempt a JOIN payment p ON p.id = a.payment_id SET a.check_at = ? WHERE p.order_id = ? AND a.check_at IS NOT NULL");
SQL(hint_by_key,
	"UPDATE payment_attempt a JOIN payment p ON p.id = a.payment_id SET a.check_at = ? WHERE p.payment_key = ? AND a.check_at IS NOT NULL");
SQL(note_returned, "UPDATE payment SET returned = ? WHERE id = ? AND returned <= ? AND ? <= approved");

/* Asks what became of it; if the gateway has it but did not charge yet, asks again to charge, with the same key. */
static void read_back(struct ctx *c, const struct due *d)
{
	struct payment p = { 0 };
	const struct gateway *gateway;
	struct gateway_result said;

	if (!payment_by_id(c, d->payment_id, &p) || !p.payment_key.set || !(gateway = gateway_find(p.gateway)))
		return;
	said = gateway->query(c, p.payment_key.v);
	if (said.outcome == GATEWAY_UNKNOWN && said.state == GATEWAY_OPEN) {
		struct gateway_confirm again = { d->idem_key, p.order_id, p.payment_key.v, p.amount };

		said = gateway->confirm(c, &again);
	}
	if (said.outcome == GATEWAY_NOT_SENT)
		said.outcome = GATEWAY_UNKNOWN;      /* this look was not sent; the first try may have been */
	c->now = when_now();
	payment_settle(c, d->id, &said);
}

int64_t payment_janitor(struct ctx *c)
{
	list l = db_all(c, &select_due, &due_shape, arg(c->now), arg(AT_ONCE));
	const struct due *d = l.p;
	struct next_due next = { 0 };

	for (size_t i = 0; i < l.n; i++)
		if (db_run(c, &lease_attempt, arg(when_plus(when_now(), LEASE_SECONDS * SECOND)), arg(d[i].id), arg(d[i].check_at)) == 1)
			read_back(c, &d[i]);
	db_one(c, &select_next, &next_due_shape, &next, arg(c->now));
	return next.at.set ? next.at.v.us : 0;
}

/* Strangers may call this: only what is really open makes anybody get up. */
void payment_hint(struct ctx *c, str order_id, str payment_key)
{
	int64_t open = order_id.n ? db_run(c, &hint_by_order, arg(c->now), arg(order_id))
				  : db_run(c, &hint_by_key, arg(c->now), arg(payment_key));

	if (open > 0)
		wake_relay(c, WAKE_JOB, 0);
}

static const struct failure return_unknown = { 503, "return_unknown" };

struct returning {
	int64_t payment_id;
	money returned;
};

static outcome note(struct ctx *c, void *v)
{
	const struct returning *r = v;
	struct payment p = { 0 };
	struct seat s = { 0 };

	if (!payment_lock(c, r->payment_id, &p, &s) || p.status != PAYMENT_RETURNING)
		return OK;
	db_run(c, &note_returned, arg(r->returned), arg(p.id), arg(r->returned), arg(r->returned));
	payment_set_status(c, &p, PAYMENT_RETURNED);
	payment_tell(c, &p, &s, "payment.refunded", r->returned);
	metric_add(METRIC_payments_returned, 1);
	return OK;
}

/* The key is the payment's own, so however often this runs the gateway gives the money back once; after anything but a
 * clear yes the books of the gateway decide. */
static outcome give_back(struct ctx *c, const struct event *e)
{
	int64_t id = json_int(json_parse(c, e->payload), "payment_id", 0);
	struct payment p = { 0 };
	const struct gateway *gateway;
	struct gateway_cancel ask;
	struct gateway_result said;
	struct returning r;

	if (!payment_by_id(c, id, &p) || p.status != PAYMENT_RETURNING || !p.payment_key.set)
		return OK;
	gateway = gateway_find(p.gateway);
	if (!gateway)
		return &return_unknown;
	ask = (struct gateway_cancel){ str_fmt(c->arena, "return-%.*s", STR(p.order_id)), p.payment_key.v, S("자리가 없어 자동 환불"), p.approved,
				       { true, p.approved } };
	said = gateway->cancel(c, &ask);
	if (said.outcome != GATEWAY_APPROVED)
		said = gateway->query(c, p.payment_key.v);
	if (said.returned.won < p.approved.won) {
		log_line(c, LOG_WARN, "money not returned yet", "order_id", p.order_id, "code", said.code);
		return &return_unknown;
	}
	c->now = when_now();
	r = (struct returning){ id, p.approved };
	return db_tx(c, note, &r);
}

struct ended {
	int64_t course_id;
	list ticket_ids;
};
static const struct shape ended_shape = SHAPE("HoldsEnded", struct ended, F(course_id), F(ticket_ids, .of = &int_item_shape));

/* Nobody pays for a hold that is over: an order that waited for it is closed. One that the gateway was asked about is not; it finds its own
 * end. Without the lock of the seat, as such a ticket never holds one again by an order that is ready. */
static outcome close_orders(struct ctx *c, const struct event *e)
{
	struct ended ended = { 0 };
	const struct int_item *id;
	int64_t *ids;

	if (json_read(c, &ended_shape, &ended, NULL, e->payload, false) != OK)
		fault(c, "holds.ended can't be read");
	id = ended.ticket_ids.p;
	ids = arena_array(c->arena, int64_t, ended.ticket_ids.n + 1);
	for (size_t i = 0; i < ended.ticket_ids.n; i++)
		ids[i] = id[i].value;
	payment_close(c, ids, ended.ticket_ids.n);
	return OK;
}

const struct listener payment_listeners[] = {
	{ "payment.return", "payment.give_back", give_back, .outside = true },
	{ "holds.ended", "payment.close_orders", close_orders },
	{ 0 }
};

const struct job payment_jobs[] = {
	{ "payment.janitor", SECOND, payment_janitor },
	{ 0 }
};
