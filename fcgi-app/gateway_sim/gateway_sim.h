/* gateway_sim/gateway_sim.h -- a payment gateway that speaks as Toss Payments does (API version 1), for the sandbox.
 *
 * It plays another company's system: a pool of its own, a database of its own, and it knows Madang only as an address
 * that webhooks go to. It knows no module, and no module may include this header.
 *
 *	POST /window/checkout                      {order_id, amount, fault?}: the payer agrees in the payment window
 *	POST /v1/payments/confirm                  {paymentKey, orderId, amount}: charges
 *	GET  /v1/payments/{payment_key}            GET /v1/payments/orders/{order_id}
 *	POST /v1/payments/{payment_key}/cancel     {cancelReason, cancelAmount?, refundableAmount?}: gives back
 *	GET  /v1/transactions                      ?startDate&endDate&startingAfter&limit
 *
 * Basic auth with the secret key, Idempotency-Key on POST (15 days; a first call that is still running: 409), errors
 * as {code, message}, webhooks PAYMENT_STATUS_CHANGED. A payment that is not confirmed within 10 minutes expires.
 *
 * Always true: what is answered is on the disk; 0 <= balance <= approved; an order is charged at most once;
 * the transactions of a payment add up to its balance; no lock is held while it waits on purpose.
 *
 * How it may misbehave is chosen per payment in the window (`fault`): late (charges, answers after 8 s), lost (charges,
 * never answers, calls nobody back), twice (calls back twice), refuse (the card is refused), error (500 once, nothing
 * charged), wrong_amount (charges 1,000 won more), webhook_first (calls back before it answers).
 *
 * Files: books.c (what is charged and given back), says.c (its JSON), webhook.c (calling back), gateway_sim.c (routes)
 * Tables: sql/0010_gateway_sim.sql   Tests: tests/unit/test_gateway_sim.c
 */
#ifndef GATEWAY_SIM_GATEWAY_SIM_H
#define GATEWAY_SIM_GATEWAY_SIM_H

#include "core/buf.h"
#include "core/ctx.h"
#include "core/shape.h"
#include "web/route.h"

extern const struct route gateway_sim_routes[];

/* Starts the threads that call back: at the beginning of each process of the pool, so that what an earlier one owed
 * is delivered. */
void gateway_sim_start(const struct config *);

struct pgsim_payment {
	int64_t id;
	str payment_key, order_id;
	int64_t amount, approved, balance;
	str status, fault, secret;
	opt_str last_transaction_key, failure_code;
	when requested_at;
	opt_when approved_at;
};

struct pgsim_cancel {
	str transaction_key;
	int64_t amount;
	str reason;
	int64_t refundable;
	when canceled_at;
};

struct pgsim_transaction {
	int64_t id;
	str transaction_key, payment_key, order_id;
	int64_t amount;
	str status;
	when transaction_at;
};

struct pgsim_webhook {
	int64_t id;
	str transmission_id, body;
	int64_t tries;
};

/* What is answered, and what is done around it. Made by the books; the handler acts on it after the commit. */
struct pgsim_answer {
	int status;
	str body;
	int64_t wait_us;              /* before the answer goes */
	struct pgsim_webhook first;   /* id not 0: this is delivered before the answer goes */
	bool failed;                  /* our own trouble (500): not kept for the key */
};

struct pgsim_call {
	str path;                     /* for the scope of the key */
	str key;                      /* Idempotency-Key; may be empty */
	str payment_key;              /* of a cancel */
	str body;
};

/* books.c: each is one transaction of its own. */
struct pgsim_answer pgsim_open_window(struct ctx *, str body);
struct pgsim_answer pgsim_confirm(struct ctx *, const struct pgsim_call *);
struct pgsim_answer pgsim_cancel(struct ctx *, const struct pgsim_call *);
struct pgsim_answer pgsim_by_key(struct ctx *, str payment_key);
struct pgsim_answer pgsim_by_order(struct ctx *, str order_id);
struct pgsim_answer pgsim_transactions(struct ctx *, str start, str end, str after, int64_t limit);
/* Ends payments that nobody confirmed, with webhooks. A few at a time; how many it did. */
int64_t pgsim_expire(struct ctx *);
enum { PGSIM_WINDOW_MINUTES = 10, PGSIM_LATE_SECONDS = 8, PGSIM_WRONG_BY = 1000 };

/* says.c */
struct pgsim_answer pgsim_error(struct ctx *, const char *code);
void pgsim_say_payment(struct ctx *, struct buf *, const struct pgsim_payment *, list cancels);
str pgsim_say_webhook(struct ctx *, const struct pgsim_payment *, list cancels);
str pgsim_say_transactions(struct ctx *, list transactions);
str pgsim_time(struct ctx *, when);                  /* 2026-11-20T14:05:06+09:00 */

/* webhook.c */
int64_t pgsim_webhook_add(struct ctx *, str body, when due, struct pgsim_webhook *);    /* within the transaction */
bool pgsim_webhook_deliver(struct ctx *, const struct pgsim_webhook *);                 /* once; not in a transaction */

#endif
