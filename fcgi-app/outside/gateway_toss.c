/* outside/gateway_toss.c -- Toss Payments, API version 1 (docs.tosspayments.com).
 *
 * Facts that shape it: a 400 can mean that money was taken (ALREADY_PROCESSED_PAYMENT) or that nobody knows
 * (PROVIDER_ERROR), so only the code in the body counts. New members and codes come without notice, so what is not
 * listed is UNKNOWN. The same Idempotency-Key gets the same answer for 15 days. A payment that was not confirmed within 10
 * minutes of its authentication becomes EXPIRED, which closes every open question.
 */
#include "outside/gateway_toss.h"

#include <string.h>

#include "core/config.h"
#include "core/json.h"
#include "core/log.h"
#include "core/metrics.h"

/* ---- codes ---- */

enum {
	NO_CONFIRM = 1,       /* refuses a confirm: not charged, and this payment never will be */
	NO_QUERY = 2,         /* as an answer to a query: there is no such payment */
	NO_CANCEL = 4,        /* refuses a cancel: this call gave nothing back */
	OUR_FAULT = 8,        /* keys or format: a person must look */
	LATER = 16,           /* the same call with the same key may be made again */
};

static const struct {
	const char *code;
	unsigned means;
} codes[] = {
	{ "REJECT_CARD_COMPANY", NO_CONFIRM },
	{ "REJECT_CARD_PAYMENT", NO_CONFIRM },
	{ "REJECT_ACCOUNT_PAYMENT", NO_CONFIRM },
	{ "REJECT_TOSSPAY_INVALID_ACCOUNT", NO_CONFIRM },
	{ "INVALID_REJECT_CARD", NO_CONFIRM },
	{ "INVALID_CARD_NUMBER", NO_CONFIRM },
	{ "INVALID_CARD_EXPIRATION", NO_CONFIRM },
	{ "INVALID_STOPPED_CARD", NO_CONFIRM },
	{ "INVALID_CARD_LOST_OR_STOLEN", NO_CONFIRM },
	{ "INVALID_PASSWORD", NO_CONFIRM },
	{ "INVALID_ACCOUNT_INFO_RE_REGISTER", NO_CONFIRM },
	{ "BELOW_MINIMUM_AMOUNT", NO_CONFIRM },
	{ "EXCEED_MAX_AMOUNT", NO_CONFIRM },
	{ "EXCEED_MAX_PAYMENT_AMOUNT", NO_CONFIRM },
	{ "EXCEED_MAX_ONE_DAY_AMOUNT", NO_CONFIRM },
	{ "EXCEED_MAX_MONTHLY_PAYMENT_AMOUNT", NO_CONFIRM },
	{ "EXCEED_MAX_DAILY_PAYMENT_COUNT", NO_CONFIRM },
	{ "EXCEED_MAX_AUTH_COUNT", NO_CONFIRM },
	{ "EXCEED_MAX_ONE_DAY_WITHDRAW_AMOUNT", NO_CONFIRM },
	{ "EXCEED_MAX_ONE_TIME_WITHDRAW_AMOUNT", NO_CONFIRM },
	{ "EXCEED_MAX_CARD_INSTALLMENT_PLAN", NO_CONFIRM },
	{ "NOT_SUPPORTED_INSTALLMENT_PLAN_CARD_OR_MERCHANT", NO_CONFIRM },
	{ "INVALID_CARD_INSTALLMENT_PLAN", NO_CONFIRM },
	{ "NOT_SUPPORTED_MONTHLY_INSTALLMENT_PLAN", NO_CONFIRM },
	{ "NOT_ALLOWED_POINT_USE", NO_CONFIRM },
	{ "RESTRICTED_TRANSFER_ACCOUNT", NO_CONFIRM },
	{ "NOT_AVAILABLE_BANK", NO_CONFIRM | LATER },
	{ "NOT_AVAILABLE_PAYMENT", NO_CONFIRM },
	{ "FDS_ERROR", NO_CONFIRM },
	{ "NOT_FOUND_PAYMENT_SESSION", NO_CONFIRM },
	{ "NOT_FOUND_PAYMENT", NO_CONFIRM | NO_QUERY },

	{ "ALREADY_CANCELED_PAYMENT", NO_CANCEL },
	{ "ALREADY_REFUND_PAYMENT", NO_CANCEL },
	{ "EXCEED_CANCEL_AMOUNT_DISCOUNT_AMOUNT", NO_CANCEL },
	{ "NOT_MATCHES_REFUNDABLE_AMOUNT", NO_CANCEL },
	{ "REFUND_REJECTED", NO_CANCEL },
	{ "NOT_CANCELABLE_AMOUNT", NO_CANCEL },
	{ "NOT_CANCELABLE_PAYMENT", NO_CANCEL },
	{ "NOT_CANCELABLE_PAYMENT_FOR_DORMANT_USER", NO_CANCEL },
	{ "EXCEED_MAX_REFUND_DUE", NO_CANCEL },
	{ "NOT_ALLOWED_PARTIAL_REFUND", NO_CANCEL },

	{ "INVALID_REQUEST", NO_CANCEL | OUR_FAULT },
	{ "UNAUTHORIZED_KEY", OUR_FAULT },
	{ "INVALID_API_KEY", OUR_FAULT },
	{ "INCORRECT_BASIC_AUTH_FORMAT", OUR_FAULT },
	{ "FORBIDDEN_REQUEST", OUR_FAULT },
	{ "INVALID_IDEMPOTENCY_KEY", OUR_FAULT },

	{ "IDEMPOTENT_REQUEST_PROCESSING", LATER },
	{ "FORBIDDEN_CONSECUTIVE_REQUEST", LATER },
	{ "TOO_MANY_REQUESTS", LATER },
};

static unsigned meaning(str code)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (str_eq(code, str_of(codes[i].code)))
			return codes[i].means;
	return 0;
}

/* ---- answers ---- */

/* A code is written beside the money, in a column of ASCII. */
static str code_of(const struct json *error)
{
	str code = json_str(error, "code");

	for (size_t i = 0; i < code.n; i++)
		if (code.p[i] < '!' || code.p[i] > '~')
			return S("UNREADABLE");
	return code;
}

static void read_error(struct gateway_result *r, enum toss_call call, str code, str message)
{
	static const unsigned refusal[] = {
		[TOSS_CONFIRM] = NO_CONFIRM, [TOSS_QUERY] = NO_QUERY, [TOSS_CANCEL] = NO_CANCEL,
	};
	unsigned means = meaning(code);

	r->code = code;
	r->message = message;
	r->alarm = means & OUR_FAULT;
	if (means & refusal[call]) {
		r->outcome = GATEWAY_REFUSED;
		r->state = call == TOSS_CANCEL ? GATEWAY_STATE_NONE : GATEWAY_DEAD;
	} else {
		r->busy = means & LATER;
	}
}

static enum gateway_state read_state(str word, bool approved)
{
	if (str_eq(word, S("DONE")) || str_eq(word, S("PARTIAL_CANCELED")))
		return GATEWAY_PAID;
	if (str_eq(word, S("CANCELED")))          /* never approved: a virtual account that nobody paid into */
		return approved ? GATEWAY_RETURNED : GATEWAY_DEAD;
	if (str_eq(word, S("READY")) || str_eq(word, S("IN_PROGRESS")) || str_eq(word, S("WAITING_FOR_DEPOSIT")))
		return GATEWAY_OPEN;
	if (str_eq(word, S("ABORTED")) || str_eq(word, S("EXPIRED")))
		return GATEWAY_DEAD;
	return GATEWAY_STATE_NONE;
}

/* Only movements that are done: some methods report them while they are still under way. */
static list read_returns(struct ctx *c, const struct json *cancels)
{
	size_t n = json_length(cancels);
	struct gateway_return *all = arena_array(c->arena, struct gateway_return, n);
	list done = { all, 0 };

	for (size_t i = 0; i < n; i++) {
		const struct json *k = json_at(cancels, i);
		str status = json_str(k, "cancelStatus");

		if (status.n && !str_eq(status, S("DONE")))
			continue;
		all[done.n].key = json_str(k, "transactionKey");
		all[done.n].amount = won(json_int(k, "cancelAmount", 0));
		all[done.n].reason = json_str(k, "cancelReason");
		when_parse(json_str(k, "canceledAt"), &all[done.n].at);
		done.n++;
	}
	return done;
}

static enum gateway_outcome charged(enum gateway_state state)
{
	switch (state) {
	case GATEWAY_PAID:
	case GATEWAY_RETURNED:
		return GATEWAY_APPROVED;
	case GATEWAY_DEAD:
		return GATEWAY_REFUSED;
	default:
		return GATEWAY_UNKNOWN;
	}
}

static void read_payment(struct ctx *c, struct gateway_result *r, enum toss_call call, const struct json *p)
{
	int64_t total = json_int(p, "totalAmount", -1), balance = json_int(p, "balanceAmount", -1);
	const struct json *failure = json_get(p, "failure");

	r->order_id = json_str(p, "orderId");
	r->payment_key = json_str(p, "paymentKey");
	r->method = json_str(p, "method");
	r->secret = json_str(p, "secret");
	r->returns = read_returns(c, json_get(p, "cancels"));
	r->code = failure ? code_of(failure) : S("");
	r->message = failure ? json_str(failure, "message") : S("");
	when_parse(json_str(p, "approvedAt"), &r->approved_at);
	r->state = read_state(json_str(p, "status"), r->approved_at.us != 0);
	if (charged(r->state) == GATEWAY_APPROVED) {
		if (total < 0 || balance < 0 || balance > total) {
			r->state = GATEWAY_STATE_NONE;
			r->message = S("the amounts make no sense");
			return;
		}
		r->approved = won(total);
		r->returned = won(total - balance);
	}
	if (call != TOSS_CANCEL)
		r->outcome = charged(r->state);
	else if (charged(r->state) == GATEWAY_APPROVED && r->returns.n > 0 && r->returned.won > 0)
		r->outcome = GATEWAY_APPROVED;
}

struct gateway_result toss_read(struct ctx *c, enum toss_call call, const struct http_answer *a)
{
	struct gateway_result r = { .http_status = a->status, .us = a->us };
	const struct json *body, *error;

	if (!a->sent || a->status == 0) {
		r.outcome = a->sent ? GATEWAY_UNKNOWN : GATEWAY_NOT_SENT;
		r.message = str_of(a->error);
		return r;
	}
	body = json_parse(c, a->body);
	error = body ? json_get(body, "error") : NULL;           /* version 2 of the API wraps its errors */
	if (!error || json_str(error, "code").n == 0)
		error = body;
	if (body && json_str(error, "code").n)
		read_error(&r, call, code_of(error), json_str(error, "message"));
	else if (body && a->status == 200 && json_str(body, "paymentKey").n)
		read_payment(c, &r, call, body);
	else
		r.message = S("the answer is no payment and no error");
	if (a->status == 429 && r.outcome == GATEWAY_UNKNOWN)
		r.busy = true;
	return r;
}

/* The page of lines stands in an array, which json_at and json_length read too. */
bool toss_read_entries(struct ctx *c, const struct http_answer *a, list *lines)
{
	const struct json *body = a->status == 200 ? json_parse(c, a->body) : NULL;
	struct gateway_entry *e;

	*lines = (list){ NULL, 0 };
	if (!body || str_trim(a->body).p[0] != '[')
		return false;
	lines->n = json_length(body);
	lines->p = e = arena_array(c->arena, struct gateway_entry, lines->n);
	for (size_t i = 0; i < lines->n; i++, e++) {
		const struct json *t = json_at(body, i);
		str status = json_str(t, "status");
		int64_t amount = json_int(t, "amount", INT64_MIN);

		e->key = json_str(t, "transactionKey");
		e->payment_key = json_str(t, "paymentKey");
		e->order_id = json_str(t, "orderId");
		e->method = json_str(t, "method");
		if (!e->key.n || amount == INT64_MIN || !when_parse(json_str(t, "transactionAt"), &e->at))
			return false;
		/* the sign is ours: what the status calls a return is below zero */
		if (amount < 0)
			amount = -amount;
		e->amount = won(str_eq(status, S("CANCELED")) || str_eq(status, S("PARTIAL_CANCELED")) ? -amount : amount);
	}
	return true;
}

/* ---- webhooks ---- */

/* What a look-up may be made with: anything else from a stranger is as good as empty. */
static str plain_id(str s, size_t max)
{
	if (s.n > max)
		return S("");
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=", s.p[i]) || !s.p[i])
			return S("");
	return s;
}

bool toss_read_webhook(struct ctx *c, str body, struct gateway_hint *hint)
{
	const struct json *b = json_parse(c, body), *data;

	*hint = (struct gateway_hint){ .event = S("") };
	if (!b || str_trim(body).p[0] != '{')
		return false;
	hint->event = json_str(b, "eventType");
	if (hint->event.n == 0 && json_str(b, "transactionKey").n) {     /* a deposit: the only one without a type */
		hint->event = S("DEPOSIT_CALLBACK");
		hint->order_id = plain_id(json_str(b, "orderId"), 64);
		hint->secret = json_str(b, "secret");
		return true;
	}
	data = json_get(b, "data");
	if (data && (str_eq(hint->event, S("PAYMENT_STATUS_CHANGED")) || str_eq(hint->event, S("CANCEL_STATUS_CHANGED")))) {
		hint->order_id = plain_id(json_str(data, "orderId"), 64);
		hint->payment_key = plain_id(json_str(data, "paymentKey"), 200);
		hint->secret = json_str(data, "secret");
	}
	return true;
}

/* ---- calls ---- */

static struct http_answer ask(struct ctx *c, const char *method, str path, str key, str body)
{
	str secret = str_fmt(c->arena, "%s:", c->config->gateway_secret);
	str basic = str_join(c->arena, S("Basic "), str_base64(c->arena, secret.p, secret.n));
	struct http_pair headers[] = {
		{ "Authorization", basic },
		{ "Content-Type", S("application/json") },
		{ key.n ? "Idempotency-Key" : NULL, key },
		{ NULL, S("") },
	};
	struct http_call call = {
		.method = method,
		.url = str_join(c->arena, str_of(c->config->gateway_url), path),
		.headers = headers,
		.body = body,
		.timeout_ms = c->config->gateway_timeout_ms,
		.any_certificate = c->config->sandbox,
	};
	struct http_answer a = http_send(c, &call);

	metric_time(METRIC_gateway_time, a.us);
	if (a.status != 200)
		log_line(c, LOG_WARN, "gateway", "path", path, "status", str_fmt(c->arena, "%d", a.status),
			"error", a.error ? str_of(a.error) : (str){ a.body.p, a.body.n < 300 ? a.body.n : 300 });
	return a;
}

/* An answer about another payment than the one that was asked about proves nothing about ours. */
static struct gateway_result about(struct gateway_result r, str payment_key, str order_id)
{
	bool ours = (!payment_key.n || str_eq(r.payment_key, payment_key)) && (!order_id.n || str_eq(r.order_id, order_id));

	if (r.state == GATEWAY_STATE_NONE || r.payment_key.n == 0 || ours)
		return r;
	return (struct gateway_result){ .http_status = r.http_status, .us = r.us, .alarm = true,
		.message = S("the answer is about another payment") };
}

static struct gateway_result confirm(struct ctx *c, const struct gateway_confirm *k)
{
	struct buf b = buf_in(c->arena);
	struct http_answer a;

	buf_lit(&b, "{\"paymentKey\":");
	buf_json(&b, k->payment_key);
	buf_lit(&b, ",\"orderId\":");
	buf_json(&b, k->order_id);
	buf_lit(&b, ",\"amount\":");
	buf_int(&b, k->amount.won);
	buf_char(&b, '}');
	a = ask(c, "POST", S("/v1/payments/confirm"), k->key, buf_text(&b));
	return about(toss_read(c, TOSS_CONFIRM, &a), k->payment_key, k->order_id);
}

static struct gateway_result query(struct ctx *c, str payment_key)
{
	str path = str_join(c->arena, S("/v1/payments/"), str_url_encode(c->arena, payment_key));
	struct http_answer a = ask(c, "GET", path, S(""), S(""));

	return about(toss_read(c, TOSS_QUERY, &a), payment_key, S(""));
}

static struct gateway_result query_by_order(struct ctx *c, str order_id)
{
	str path = str_join(c->arena, S("/v1/payments/orders/"), str_url_encode(c->arena, order_id));
	struct http_answer a = ask(c, "GET", path, S(""), S(""));

	return about(toss_read(c, TOSS_QUERY, &a), S(""), order_id);
}

static struct gateway_result cancel(struct ctx *c, const struct gateway_cancel *k)
{
	str path = str_fmt(c->arena, "/v1/payments/%.*s/cancel", STR(str_url_encode(c->arena, k->payment_key)));
	struct buf b = buf_in(c->arena);
	struct http_answer a;

	buf_lit(&b, "{\"cancelReason\":");
	buf_json(&b, k->reason);
	buf_lit(&b, ",\"cancelAmount\":");
	buf_int(&b, k->amount.won);
	if (k->returnable.set) {
		buf_lit(&b, ",\"refundableAmount\":");
		buf_int(&b, k->returnable.v.won);
	}
	buf_char(&b, '}');
	a = ask(c, "POST", path, k->key, buf_text(&b));
	return about(toss_read(c, TOSS_CANCEL, &a), k->payment_key, S(""));
}

/* Toss takes moments in Seoul's time, to the second, both ends included. */
static str seoul(struct ctx *c, when t)
{
	struct clock_face f = when_in_seoul(t);

	return str_fmt(c->arena, "%04d-%02d-%02dT%02d:%02d:%02d", (int)f.year, (int)f.month, (int)f.day,
		(int)f.hour, (int)f.minute, (int)f.second);
}

static bool entries(struct ctx *c, when from, when to, str after, int64_t limit, list *lines)
{
	struct buf path = buf_in(c->arena);
	struct http_answer a;

	buf_fmt(&path, "/v1/transactions?startDate=%.*s&endDate=%.*s&limit=%lld", STR(seoul(c, from)),
		STR(seoul(c, when_plus(to, -SECOND))), (long long)limit);
	if (after.n) {
		buf_lit(&path, "&startingAfter=");
		buf_str(&path, str_url_encode(c->arena, after));
	}
	a = ask(c, "GET", buf_text(&path), S(""), S(""));
	return toss_read_entries(c, &a, lines);
}

const struct gateway gateway_toss = {
	.name = "toss",
	.confirm = confirm,
	.query = query,
	.query_by_order = query_by_order,
	.cancel = cancel,
	.entries = entries,
	.read_webhook = toss_read_webhook,
};
