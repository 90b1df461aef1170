/* payment/payment_routes.c -- checkout, confirm, what became of it, and the gateway's webhooks. */
#include "data/db.h"
#include "enrolment/enrolment.h"
#include "payment/payment.h"
#include "payment/payment_admin.h"
#include "queue/queue.h"
#include "web/request.h"

static const char *const methods[] = { "card", NULL };

struct checkout_in {
	int64_t id;
	int method;
};
static const struct shape checkout_in_shape = SHAPE("Checkout", struct checkout_in,
	F(id, .read_only = true, .about = "The ticket."), F(method, .words = methods));

struct order_out {
	str order_id;
	money amount;
	int status;
	opt_int enrolment_id;
};
static const struct shape order_out_shape = SHAPE("Order", struct order_out,
	F(order_id), F(amount), F(status, .words = payment_statuses, .called = "payment"), F(enrolment_id, .about = "While it is active; also if all the money has gone back, and the seat was kept."));

struct confirm_in {
	str order_id, payment_key;
	money amount;
};
static const struct shape confirm_in_shape = SHAPE("Confirm", struct confirm_in,
	F(order_id, .read_only = true), F(payment_key, .min = 1, .max = 200, .pattern = "^[!-~]+$"), F(amount, .max = 100000000));

struct order_in {
	str order_id;
};
static const struct shape order_in_shape = SHAPE("OrderId", struct order_in, F(order_id, .max = 64));

struct webhook_in {
	str gateway;
};
static const struct shape webhook_in_shape = SHAPE("Webhook", struct webhook_in, F(gateway, .max = 16));

struct webhook_out {
	bool received;
};
static const struct shape webhook_out_shape = SHAPE("WebhookReceived", struct webhook_out, F(received));

static outcome reply_order(struct request *rq, const struct payment *p)
{
	int64_t enrolment_id = enrolment_of_order(rq->ctx, p->order_id);
	struct order_out out = { p->order_id, p->amount, p->status, { enrolment_id > 0, enrolment_id } };

	return reply(rq, &out);
}

static outcome checkout(struct request *rq)
{
	struct payment p = { 0 };
	outcome o = payment_checkout(rq->ctx, ((struct checkout_in *)rq->in)->id, &p);

	return o == OK ? reply_order(rq, &p) : o;
}

/* To a client an order whose outcome nobody knows is "unknown", whoever is asking the gateway at the moment; and one whose
 * money goes back was not paid. */
static outcome confirm(struct request *rq)
{
	struct confirm_in *in = rq->in;
	struct payment p = { 0 };
	outcome o = payment_confirm(rq->ctx, in->order_id, in->payment_key, in->amount, &p);

	if (o != OK)
		return o;
	if (p.status == PAYMENT_IN_FLIGHT)
		p.status = PAYMENT_UNKNOWN;
	else if (p.status == PAYMENT_RETURNING || p.status == PAYMENT_RETURNED)
		p.status = PAYMENT_REFUSED;
	return reply_order(rq, &p);
}

static outcome show(struct request *rq)
{
	struct payment p = { 0 };

	if (!payment_read(rq->ctx, ((struct order_in *)rq->in)->order_id, &p))
		return &payment_unknown;
	return reply_order(rq, &p);
}

/* A webhook proves nothing, and is not answered with anything that a stranger could learn from. */
static outcome webhook(struct request *rq)
{
	const struct gateway *gateway = gateway_find(((struct webhook_in *)rq->in)->gateway);
	struct gateway_hint hint = { 0 };
	struct webhook_out out = { true };

	if (!gateway)
		return &not_found;
	if (!gateway->read_webhook(rq->ctx, rq->body, &hint))
		return &not_readable;
	if (hint.order_id.n || hint.payment_key.n)
		payment_hint(rq->ctx, hint.order_id, hint.payment_key);
	return reply(rq, &out);          /* a 200: anything else is called again (Toss, webhook guide) */
}

const struct route payment_routes[] = {
	{ POST, "/api/v1/tickets/{id}/checkout", MEMBER, checkout, &checkout_in_shape, &order_out_shape, .status = 201, .once = ONCE_TX_REQUIRED,
	  .fails = FAILS(&ticket_unknown, &ticket_not_active, &payment_in_flight), .about = "An order for a held seat." },
	{ POST, "/api/v1/payments/{order_id}/confirm", MEMBER, confirm, &confirm_in_shape, &order_out_shape, .once = ONCE_LEASED, .pool = POOL_EDGE,
	  .fails = FAILS(&payment_unknown, &order_closed, &amount_differs, &payment_key_used, &ticket_not_active, &gateway_unavailable),
	  .about = "Charges what the payment window authorised. `unknown` is found out by itself: look again, or wait for the event." },
	{ GET, "/api/v1/payments/{order_id}", MEMBER, show, &order_in_shape, &order_out_shape, .fails = FAILS(&payment_unknown),
	  .about = "What became of an order." },
	{ POST, "/api/v1/webhooks/payments/{gateway}", ANYONE, webhook, &webhook_in_shape, &webhook_out_shape, .raw_body = true, .no_caller = true,
	  .fails = FAILS(&not_readable), .about = "Where a payment gateway calls back. It is only a hint to ask the gateway." },
	{ GET, "/api/v1/admin/payments", ANY_STAFF, payment_admin_list, &payment_filter_shape, &payment_list_shape,
	  .about = "Payments, the newest first." },
	{ GET, "/admin/payments", ANY_STAFF, payment_page_list, &payment_filter_shape, &payment_page_list_shape, .page = "payment/list.html" },
	{ 0 }
};
