/* payment/payment_settle.c -- the one way from what the gateway said to what is true here. */
#include "core/metrics.h"
#include "data/db.h"
#include "enrolment/enrolment.h"
#include "payment/payment_private.h"

/* Read-back after 2 s … 11 min (docs/architecture.md, D9); then every 11 minutes until it is known. */
static const int64_t read_back[] = { 2, 3, 5, 8, 15, 30, 60, 120, 300, 660 };

SQL(lock_attempt, "SELECT id, payment_id, kind, idem_key, amount, state, tries FROM payment_attempt WHERE id = ? FOR UPDATE");
SQL(select_attempt, "SELECT id, payment_id, kind, idem_key, amount, state, tries FROM payment_attempt WHERE id = ?");
SQL(settle_attempt, "UPDATE payment_attempt SET state = ?, code = ?, check_at = NULL, settled_at = ? WHERE id = ?");
SQL(free_attempt, "UPDATE payment_attempt SET state = 'not_sent', code = ?, payment_key = NULL, check_at = NULL, settled_at = ? WHERE id = ?");
SQL(look_again, "UPDATE payment_attempt SET state = 'unknown', code = ?, tries = tries + 1, check_at = ? WHERE id = ?");
SQL(note_approved, "UPDATE payment SET approved = ?, paid_at = ?, code = '' WHERE id = ?");
SQL(promise_all, "UPDATE payment SET promised = approved WHERE id = ?");
SQL(note_code, "UPDATE payment SET code = ? WHERE id = ?");

struct settling {
	int64_t attempt_id;
	const struct gateway_result *said;
};

/* There is no seat for this money, or it is the wrong amount: it goes back by itself. */
static void send_back(struct ctx *c, struct payment *p, struct seat *s)
{
	queue_unpin(c, s);
	db_run(c, &promise_all, arg(p->id));
	p->promised = p->approved;
	payment_set_status(c, p, PAYMENT_RETURNING);
	outbox_add(c, LANE_WORK, str_fmt(c->arena, "p.%lld", (long long)p->id), S("payment.return"),
		   str_fmt(c->arena, "{\"payment_id\":%lld}", (long long)p->id));
}

static void approved(struct ctx *c, const struct attempt *a, struct payment *p, struct seat *s, const struct gateway_result *said)
{
	db_run(c, &settle_attempt, arg(S("approved")), arg(S("")), arg(c->now), arg(a->id));
	db_run(c, &note_approved, arg(said->approved), arg(c->now), arg(p->id));
	p->approved = said->approved;
	if (said->approved.won != p->amount.won || !queue_enrol(c, s)) {
		send_back(c, p, s);
		return;
	}
	payment_set_status(c, p, PAYMENT_PAID);
	enrolment_create(c, s, p->order_id, p->amount, SOLD_ONLINE);
	metric_add(METRIC_payments_paid, 1);
}

static str short_code(str code)
{
	return code.n > 80 ? (str){ code.p, 80 } : code;
}

static void refused(struct ctx *c, const struct attempt *a, struct payment *p, struct seat *s, const struct gateway_result *said)
{
	db_run(c, &settle_attempt, arg(S("refused")), arg(short_code(said->code)), arg(c->now), arg(a->id));
	db_run(c, &note_code, arg(short_code(said->code)), arg(p->id));
	payment_set_status(c, p, PAYMENT_REFUSED);
	queue_unpin(c, s);
	payment_tell(c, p, s, "payment.refused", p->amount);
	metric_add(METRIC_payments_refused, 1);
}

static void not_sent(struct ctx *c, const struct attempt *a, struct payment *p, struct seat *s, const struct gateway_result *said)
{
	db_run(c, &free_attempt, arg(short_code(said->code)), arg(c->now), arg(a->id));
	payment_set_status(c, p, PAYMENT_READY);
	queue_unpin(c, s);
}

static void unknown(struct ctx *c, const struct attempt *a, struct payment *p, struct seat *s, const struct gateway_result *said)
{
	size_t last = sizeof(read_back) / sizeof(read_back[0]) - 1;
	int64_t pause = read_back[(size_t)a->tries < last ? (size_t)a->tries : last];

	db_run(c, &look_again, arg(short_code(said->code)), arg(when_plus(c->now, pause * SECOND)), arg(a->id));
	if (p->status == PAYMENT_UNKNOWN)
		return;
	payment_set_status(c, p, PAYMENT_UNKNOWN);
	payment_tell(c, p, s, "payment.unknown", p->amount);
	metric_add(METRIC_payments_unknown, 1);
}

static outcome settle(struct ctx *c, void *v)
{
	const struct settling *g = v;
	struct attempt a = { 0 };
	struct payment p = { 0 };
	struct seat s = { 0 };

	if (!db_one(c, &select_attempt, &attempt_shape, &a, arg(g->attempt_id)) || !payment_lock(c, a.payment_id, &p, &s) ||
	    !db_one(c, &lock_attempt, &attempt_shape, &a, arg(g->attempt_id)))
		fault(c, "attempt %lld is gone", (long long)g->attempt_id);
	if (!str_eq(a.state, S("in_flight")) && !str_eq(a.state, S("unknown")))
		return OK;                    /* somebody was faster */
	switch (g->said->outcome) {
	case GATEWAY_APPROVED:
		approved(c, &a, &p, &s, g->said);
		break;
	case GATEWAY_REFUSED:
		refused(c, &a, &p, &s, g->said);
		break;
	case GATEWAY_NOT_SENT:
		/* A repeat that was not sent says nothing about the first try. */
		if (str_eq(a.state, S("in_flight")))
			not_sent(c, &a, &p, &s, g->said);
		else
			unknown(c, &a, &p, &s, g->said);
		break;
	case GATEWAY_UNKNOWN:
		unknown(c, &a, &p, &s, g->said);
		break;
	}
	return OK;
}

void payment_settle(struct ctx *c, int64_t attempt_id, const struct gateway_result *said)
{
	struct settling g = { attempt_id, said };

	db_tx(c, settle, &g);
}
