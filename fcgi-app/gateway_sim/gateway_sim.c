/* gateway_sim/gateway_sim.c -- the simulator's routes. Its answers are its own: no problem documents, no envelopes. */
#include "gateway_sim/gateway_sim.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "core/config.h"
#include "web/crypto.h"
#include "web/request.h"

struct payment_path { str payment_key; };
struct order_path { str order_id; };
struct transactions_query { str startDate, endDate, startingAfter, limit; };

static const struct shape payment_path_shape = SHAPE("PgsimPaymentPath", struct payment_path,
	F(payment_key, .min = 1, .max = 200));
static const struct shape order_path_shape = SHAPE("PgsimOrderPath", struct order_path,
	F(order_id, .min = 1, .max = 64));
static const struct shape transactions_shape = SHAPE("PgsimTransactionsQuery", struct transactions_query,
	F(startDate, .write_only = true, .optional = true),      /* all is checked by the books, which say it in their own words */
	F(endDate, .write_only = true, .optional = true),
	F(startingAfter, .write_only = true, .optional = true),
	F(limit, .write_only = true, .optional = true));

/* NULL: the caller has the secret key. */
static const char *who_is_wrong(struct request *rq)
{
	str basic = request_header(rq, "HTTP_AUTHORIZATION"), given_key, wanted;

	if (!str_starts(basic, S("Basic ")) || !str_unbase64(rq->ctx->arena, str_after(basic, 6), &given_key) ||
	    !str_ends(given_key, S(":")))
		return "INCORRECT_BASIC_AUTH_FORMAT";
	wanted = str_fmt(rq->ctx->arena, "%s:", rq->ctx->config->gateway_secret);
	if (given_key.n != wanted.n || !crypto_same(given_key.p, wanted.p, wanted.n))
		return "UNAUTHORIZED_KEY";
	return NULL;
}

static void wait_on_purpose(int64_t us)
{
	struct timespec t = { us / SECOND, us % SECOND * 1000 };

	while (us > 0 && nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* All is committed by now: nothing is locked while it waits or calls back. */
static outcome give(struct request *rq, const struct pgsim_answer *a)
{
	if (a->first.id)
		pgsim_webhook_deliver(rq->ctx, &a->first);
	wait_on_purpose(a->wait_us);
	return reply_text(rq, a->status, S("application/json;charset=UTF-8"), a->body);
}

static outcome give_error(struct request *rq, const char *code)
{
	struct pgsim_answer a = pgsim_error(rq->ctx, code);

	return give(rq, &a);
}

/* Only in the sandbox is there a simulator at all. */
#define ENTER(rq) do { \
	const char *wrong_; \
	if (!(rq)->ctx->config->sandbox) \
		return &not_found; \
	if ((wrong_ = who_is_wrong(rq))) \
		return give_error((rq), wrong_); \
} while (0)

static struct pgsim_call call_of(struct request *rq)
{
	return (struct pgsim_call){ .path = rq->path, .key = request_header(rq, "HTTP_IDEMPOTENCY_KEY"), .body = rq->body };
}

static outcome open_window(struct request *rq)
{
	struct pgsim_answer a;

	ENTER(rq);
	a = pgsim_open_window(rq->ctx, rq->body);
	return give(rq, &a);
}

static outcome confirm(struct request *rq)
{
	struct pgsim_call k = call_of(rq);
	struct pgsim_answer a;

	ENTER(rq);
	a = pgsim_confirm(rq->ctx, &k);
	return give(rq, &a);
}

static outcome cancel(struct request *rq)
{
	const struct payment_path *in = rq->in;
	struct pgsim_call k = call_of(rq);
	struct pgsim_answer a;

	ENTER(rq);
	k.payment_key = in->payment_key;
	a = pgsim_cancel(rq->ctx, &k);
	return give(rq, &a);
}

static outcome by_key(struct request *rq)
{
	const struct payment_path *in = rq->in;
	struct pgsim_answer a;

	ENTER(rq);
	a = pgsim_by_key(rq->ctx, in->payment_key);
	return give(rq, &a);
}

static outcome by_order(struct request *rq)
{
	const struct order_path *in = rq->in;
	struct pgsim_answer a;

	ENTER(rq);
	a = pgsim_by_order(rq->ctx, in->order_id);
	return give(rq, &a);
}

static outcome transactions(struct request *rq)
{
	const struct transactions_query *in = rq->in;
	struct pgsim_answer a;
	int64_t limit = 0;

	ENTER(rq);
	if (in->limit.n && !str_int(in->limit, &limit))
		return give_error(rq, "INVALID_REQUEST");
	a = pgsim_transactions(rq->ctx, in->startDate, in->endDate, in->startingAfter, limit);
	return give(rq, &a);
}

const struct route gateway_sim_routes[] = {
	{ POST, "/window/checkout", ANYONE, open_window, NULL, NULL, .status = 201, .pool = POOL_PG, .no_csrf = true,
		.raw_body = true, .about = "The payment window of the simulator: the payer agrees." },
	{ POST, "/v1/payments/confirm", ANYONE, confirm, NULL, NULL, .pool = POOL_PG, .no_csrf = true, .raw_body = true,
		.about = "Charges a payment that the payer agreed to." },
	{ GET, "/v1/payments/{payment_key}", ANYONE, by_key, &payment_path_shape, NULL, .pool = POOL_PG,
		.about = "A payment by its key." },
	{ GET, "/v1/payments/orders/{order_id}", ANYONE, by_order, &order_path_shape, NULL, .pool = POOL_PG,
		.about = "A payment by the order it is for." },
	{ POST, "/v1/payments/{payment_key}/cancel", ANYONE, cancel, &payment_path_shape, NULL, .pool = POOL_PG,
		.no_csrf = true, .raw_body = true, .about = "Gives back all or a part." },
	{ GET, "/v1/transactions", ANYONE, transactions, &transactions_shape, NULL, .pool = POOL_PG,
		.about = "All movements of money in a time." },
	{ 0 },
};
