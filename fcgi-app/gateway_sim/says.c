/* gateway_sim/says.c -- what the simulator says, in the gateway's own JSON: camelCase, Korean words, Seoul's time. */
#include "gateway_sim/gateway_sim.h"

static const struct {
	int status;
	const char *code, *message;
} errors[] = {
	{ 400, "INVALID_REQUEST", "요청의 형식이나 값이 올바르지 않습니다." },
	{ 400, "INVALID_IDEMPOTENCY_KEY", "멱등키는 300자를 넘을 수 없습니다." },
	{ 400, "ALREADY_PROCESSED_PAYMENT", "이미 승인이 끝난 결제입니다." },
	{ 400, "DUPLICATED_ORDER_ID", "같은 주문번호로 이미 승인된 결제가 있습니다." },
	{ 400, "ALREADY_CANCELED_PAYMENT", "이미 전액 취소된 결제입니다." },
	{ 400, "NOT_MATCHES_REFUNDABLE_AMOUNT", "취소 가능 금액이 요청한 값과 다릅니다." },
	{ 401, "UNAUTHORIZED_KEY", "시크릿 키를 확인할 수 없습니다." },
	{ 401, "INCORRECT_BASIC_AUTH_FORMAT", "Basic 인증 헤더가 필요합니다." },
	{ 403, "REJECT_CARD_COMPANY", "카드사가 승인을 거절했습니다." },
	{ 403, "NOT_CANCELABLE_AMOUNT", "취소할 수 있는 금액을 넘었습니다." },
	{ 403, "NOT_CANCELABLE_PAYMENT", "취소할 수 없는 결제입니다." },
	{ 404, "NOT_FOUND_PAYMENT", "결제를 찾을 수 없습니다." },
	{ 404, "NOT_FOUND_PAYMENT_SESSION", "인증된 결제가 없거나 승인 시간이 지났습니다." },
	{ 409, "IDEMPOTENT_REQUEST_PROCESSING", "같은 멱등키의 요청을 처리하고 있습니다." },
	{ 500, "FAILED_INTERNAL_SYSTEM_PROCESSING", "내부 처리에 실패했습니다. 잠시 뒤에 다시 요청해 주세요." },
};

static const char *message_of(str code, int *status)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (str_eq(code, str_of(errors[i].code))) {
			*status = errors[i].status;
			return errors[i].message;
		}
	*status = 400;
	return "";
}

struct pgsim_answer pgsim_error(struct ctx *c, const char *code)
{
	struct pgsim_answer a = { 0 };
	const char *message = message_of(str_of(code), &a.status);

	a.body = str_fmt(c->arena, "{\"code\":\"%s\",\"message\":\"%s\"}", code, message);
	a.failed = a.status >= 500;
	return a;
}

str pgsim_time(struct ctx *c, when t)
{
	struct clock_face f = when_in_seoul(t);

	return str_fmt(c->arena, "%04d-%02d-%02dT%02d:%02d:%02d+09:00", (int)f.year, (int)f.month, (int)f.day,
		(int)f.hour, (int)f.minute, (int)f.second);
}

/* ,"name":"text" or ,"name":null */
static void add_text(struct buf *b, const char *name, opt_str s)
{
	buf_fmt(b, ",\"%s\":", name);
	if (s.set)
		buf_json(b, s.v);
	else
		buf_lit(b, "null");
}

static void add_number(struct buf *b, const char *name, int64_t n)
{
	buf_fmt(b, ",\"%s\":%lld", name, (long long)n);
}

static void add_cancels(struct ctx *c, struct buf *b, list cancels)
{
	const struct pgsim_cancel *k = cancels.p;

	buf_lit(b, ",\"cancels\":");
	if (cancels.n == 0) {
		buf_lit(b, "null");
		return;
	}
	for (size_t i = 0; i < cancels.n; i++, k++) {
		buf_fmt(b, "%s{\"cancelStatus\":\"DONE\"", i ? "," : "[");
		add_text(b, "transactionKey", some_str(k->transaction_key));
		add_number(b, "cancelAmount", k->amount);
		add_text(b, "cancelReason", some_str(k->reason));
		add_number(b, "refundableAmount", k->refundable);
		add_text(b, "canceledAt", some_str(pgsim_time(c, k->canceled_at)));
		buf_lit(b, ",\"taxFreeAmount\":0,\"taxExemptionAmount\":0,\"cardDiscountAmount\":0,\"transferDiscountAmount\":0,"
			"\"easyPayDiscountAmount\":0,\"receiptKey\":null,\"cancelRequestId\":null}");
	}
	buf_char(b, ']');
}

static void add_card(struct buf *b, const struct pgsim_payment *p)
{
	buf_fmt(b, ",\"card\":{\"amount\":%lld,\"issuerCode\":\"61\",\"acquirerCode\":\"31\",\"number\":\"12345678****000*\","
		"\"installmentPlanMonths\":0,\"approveNo\":\"%08lld\",\"useCardPoint\":false,\"cardType\":\"신용\","
		"\"ownerType\":\"개인\",\"acquireStatus\":\"READY\",\"isInterestFree\":false,\"interestPayer\":null}",
		(long long)p->approved, (long long)(p->id % 100000000));
}

static void add_failure(struct buf *b, const struct pgsim_payment *p)
{
	int status;

	buf_lit(b, ",\"failure\":");
	if (p->failure_code.set) {
		buf_lit(b, "{\"code\":");
		buf_json(b, p->failure_code.v);
		buf_fmt(b, ",\"message\":\"%s\"}", message_of(p->failure_code.v, &status));
	} else {
		buf_lit(b, "null");
	}
}

void pgsim_say_payment(struct ctx *c, struct buf *b, const struct pgsim_payment *p, list cancels)
{
	int64_t total = p->approved_at.set ? p->approved : p->amount;
	int64_t vat = (p->balance + 5) / 11;                     /* rounded, as the gateway does */

	buf_lit(b, "{\"version\":\"2022-11-16\",\"mId\":\"madang_sim\",\"type\":\"NORMAL\",\"currency\":\"KRW\","
		"\"country\":\"KR\"");
	add_text(b, "paymentKey", some_str(p->payment_key));
	add_text(b, "orderId", some_str(p->order_id));
	add_text(b, "orderName", some_str(S("마당 결제")));
	add_text(b, "status", some_str(p->status));
	add_text(b, "method", some_str(S("카드")));
	add_number(b, "totalAmount", total);
	add_number(b, "balanceAmount", p->approved_at.set ? p->balance : p->amount);
	add_number(b, "suppliedAmount", p->balance - vat);
	add_number(b, "vat", vat);
	add_text(b, "requestedAt", some_str(pgsim_time(c, p->requested_at)));
	add_text(b, "approvedAt", p->approved_at.set ? some_str(pgsim_time(c, p->approved_at.v)) : (opt_str){ 0 });
	add_text(b, "lastTransactionKey", p->last_transaction_key);
	add_text(b, "secret", some_str(p->secret));
	add_card(b, p);
	add_cancels(c, b, cancels);
	add_failure(b, p);
	buf_lit(b, ",\"taxFreeAmount\":0,\"taxExemptionAmount\":0,\"cultureExpense\":false,\"useEscrow\":false,"
		"\"isPartialCancelable\":true,\"virtualAccount\":null,\"transfer\":null,\"mobilePhone\":null,"
		"\"giftCertificate\":null,\"easyPay\":null,\"cashReceipt\":null,\"cashReceipts\":null,\"discount\":null,\"metadata\":null,"
		"\"receipt\":null,\"checkout\":null}");
}

str pgsim_say_webhook(struct ctx *c, const struct pgsim_payment *p, list cancels)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, "{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"createdAt\":\"%.*s\",\"data\":", STR(pgsim_time(c, c->now)));
	pgsim_say_payment(c, &b, p, cancels);
	buf_char(&b, '}');
	return buf_text(&b);
}

str pgsim_say_transactions(struct ctx *c, list transactions)
{
	const struct pgsim_transaction *t = transactions.p;
	struct buf b = buf_in(c->arena);

	buf_char(&b, '[');
	for (size_t i = 0; i < transactions.n; i++, t++) {
		buf_fmt(&b, "%s{\"mId\":\"madang_sim\",\"method\":\"카드\",\"currency\":\"KRW\",\"useEscrow\":false", i ? "," : "");
		add_text(&b, "transactionKey", some_str(t->transaction_key));
		add_text(&b, "paymentKey", some_str(t->payment_key));
		add_text(&b, "orderId", some_str(t->order_id));
		add_text(&b, "status", some_str(t->status));
		add_text(&b, "transactionAt", some_str(pgsim_time(c, t->transaction_at)));
		add_number(&b, "amount", t->amount);
		buf_lit(&b, ",\"customerKey\":null,\"receiptUrl\":null}");
	}
	buf_char(&b, ']');
	return buf_text(&b);
}
