/* What the gateway's answers mean: the difference between a refused card and a charge that nobody knows of. */
#include "assert_str.h"

#include <string.h>

#include "core/config.h"
#include "outside/gateway.h"
#include "outside/gateway_toss.h"

static const struct config config = {
	.gateway_url = "http://127.0.0.1:1", .gateway_secret = "test_sk_x", .gateway_timeout_ms = 2000,
};

static int set_up(void **state)
{
	*state = ctx_new(&config);
	return 0;
}

static int tear_down(void **state)
{
	ctx_free(*state);
	return 0;
}

static struct gateway_result read_answer(struct ctx *c, enum toss_call call, int status, str body)
{
	struct http_answer a = { .sent = true, .status = status, .body = body };

	return toss_read(c, call, &a);
}

static struct gateway_result read_code(struct ctx *c, enum toss_call call, int status, const char *code)
{
	return read_answer(c, call, status, str_fmt(c->arena, "{\"code\":\"%s\",\"message\":\"…\"}", code));
}

/* A payment as the gateway shows it, with this status, this much charged and this much left. */
static str payment(struct ctx *c, const char *status, int64_t total, int64_t balance, const char *cancels)
{
	return str_fmt(c->arena, "{\"version\":\"2022-11-16\",\"paymentKey\":\"pk_1\",\"orderId\":\"order-1\",\"status\":\"%s\","
		"\"method\":\"카드\",\"totalAmount\":%lld,\"balanceAmount\":%lld,\"requestedAt\":\"2026-11-20T14:05:06+09:00\","
		"\"approvedAt\":%s,\"secret\":\"ps_1\",\"cancels\":%s,\"failure\":null,\"somethingNew\":{\"code\":\"X\"}}",
		status, (long long)total, (long long)balance,
		strcmp(status, "IN_PROGRESS") ? "\"2026-11-20T14:06:00+09:00\"" : "null", cancels);
}

static void a_payment_that_is_done_is_approved(void **state)
{
	struct ctx *c = *state;
	struct gateway_result r = read_answer(c, TOSS_CONFIRM, 200, payment(c, "DONE", 30000, 30000, "null"));

	assert_int_equal(r.outcome, GATEWAY_APPROVED);
	assert_int_equal(r.state, GATEWAY_PAID);
	assert_int_equal(r.approved.won, 30000);
	assert_int_equal(r.returned.won, 0);
	assert_str(r.payment_key, "pk_1");
	assert_str(r.order_id, "order-1");
	assert_str(r.secret, "ps_1");
	assert_str(r.method, "카드");
	assert_int_equal(r.approved_at.us, 1795151160 * SECOND);
}

static void a_refused_card_is_refused(void **state)
{
	struct ctx *c = *state;
	struct gateway_result r = read_code(c, TOSS_CONFIRM, 403, "REJECT_CARD_COMPANY");

	assert_int_equal(r.outcome, GATEWAY_REFUSED);
	assert_int_equal(r.state, GATEWAY_DEAD);
	assert_str(r.code, "REJECT_CARD_COMPANY");
	assert_false(r.alarm);
}

/* It is kept in a column of ASCII, beside the money that it is about. */
static void a_code_that_is_none_is_known_as_such(void **state)
{
	struct ctx *c = *state;
	struct gateway_result r = read_code(c, TOSS_CONFIRM, 403, "거절");

	assert_int_equal(r.outcome, GATEWAY_UNKNOWN);
	assert_str(r.code, "UNREADABLE");
	r = read_answer(c, TOSS_QUERY, 200, S("{\"paymentKey\":\"k\",\"orderId\":\"o\",\"status\":\"ABORTED\",\"failure\":{\"code\":\"거절 \",\"message\":\"m\"}}"));
	assert_str(r.code, "UNREADABLE");
}

static void the_code_counts_and_not_the_http_status(void **state)
{
	struct ctx *c = *state;

	/* the money was taken, by an earlier call */
	assert_int_equal(read_code(c, TOSS_CONFIRM, 400, "ALREADY_PROCESSED_PAYMENT").outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_code(c, TOSS_CONFIRM, 400, "PROVIDER_ERROR").outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_code(c, TOSS_CONFIRM, 500, "FAILED_INTERNAL_SYSTEM_PROCESSING").outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_code(c, TOSS_CONFIRM, 500, "REJECT_CARD_PAYMENT").outcome, GATEWAY_REFUSED);
	assert_int_equal(read_code(c, TOSS_CONFIRM, 403, "A_CODE_FROM_NEXT_YEAR").outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_code(c, TOSS_CONFIRM, 200, "A_CODE_FROM_NEXT_YEAR").outcome, GATEWAY_UNKNOWN);
}

static void what_cannot_be_read_is_unknown(void **state)
{
	struct ctx *c = *state;
	const char *const bodies[] = { "", "<html>", "{", "[]", "null", "{}", "{\"paymentKey\":5}", "\"DONE\"" };

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
		for (int status = 200; status <= 500; status += 100)
			assert_int_equal(read_answer(c, TOSS_CONFIRM, status, str_of(bodies[i])).outcome, GATEWAY_UNKNOWN);
	/* a payment in an answer that isn't a success proves nothing */
	assert_int_equal(read_answer(c, TOSS_CONFIRM, 502, payment(c, "DONE", 1, 1, "null")).outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_answer(c, TOSS_CONFIRM, 200, payment(c, "DONE", 100, 200, "null")).outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_answer(c, TOSS_CONFIRM, 200, payment(c, "A_NEW_STATUS", 1, 1, "null")).outcome, GATEWAY_UNKNOWN);
}

static void a_request_that_never_left_is_told_from_one_without_an_answer(void **state)
{
	struct ctx *c = *state;
	struct http_answer never = { .sent = false, .error = "nobody listens" }, lost = { .sent = true, .error = "timeout" };

	assert_int_equal(toss_read(c, TOSS_CONFIRM, &never).outcome, GATEWAY_NOT_SENT);
	assert_int_equal(toss_read(c, TOSS_CONFIRM, &lost).outcome, GATEWAY_UNKNOWN);
}

static void wrong_keys_are_an_alarm_and_no_refusal(void **state)
{
	struct ctx *c = *state;
	struct gateway_result r = read_code(c, TOSS_CONFIRM, 401, "UNAUTHORIZED_KEY");

	assert_int_equal(r.outcome, GATEWAY_UNKNOWN);
	assert_true(r.alarm);
	assert_true(read_code(c, TOSS_CONFIRM, 409, "IDEMPOTENT_REQUEST_PROCESSING").busy);
	assert_true(read_answer(c, TOSS_CONFIRM, 429, S("")).busy);
}

static void errors_of_version_two_are_read_too(void **state)
{
	struct gateway_result r = read_answer(*state, TOSS_CONFIRM, 400,
		S("{\"version\":\"2022-11-16\",\"traceId\":\"t\",\"error\":{\"code\":\"INVALID_CARD_NUMBER\",\"message\":\"m\"}}"));

	assert_int_equal(r.outcome, GATEWAY_REFUSED);
	assert_str(r.message, "m");
}

static void a_query_answers_whether_it_was_charged(void **state)
{
	struct ctx *c = *state;
	static const struct { const char *status; enum gateway_state state; enum gateway_outcome outcome; } rows[] = {
		{ "DONE", GATEWAY_PAID, GATEWAY_APPROVED },
		{ "PARTIAL_CANCELED", GATEWAY_PAID, GATEWAY_APPROVED },
		{ "CANCELED", GATEWAY_RETURNED, GATEWAY_APPROVED },
		{ "IN_PROGRESS", GATEWAY_OPEN, GATEWAY_UNKNOWN },
		{ "READY", GATEWAY_OPEN, GATEWAY_UNKNOWN },
		{ "WAITING_FOR_DEPOSIT", GATEWAY_OPEN, GATEWAY_UNKNOWN },
		{ "ABORTED", GATEWAY_DEAD, GATEWAY_REFUSED },
		{ "EXPIRED", GATEWAY_DEAD, GATEWAY_REFUSED },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct gateway_result r = read_answer(c, TOSS_QUERY, 200, payment(c, rows[i].status, 500, 300, "null"));

		assert_int_equal(r.state, rows[i].state);
		assert_int_equal(r.outcome, rows[i].outcome);
	}
	assert_int_equal(read_code(c, TOSS_QUERY, 404, "NOT_FOUND_PAYMENT").state, GATEWAY_DEAD);
	assert_int_equal(read_code(c, TOSS_QUERY, 401, "UNAUTHORIZED_KEY").outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_code(c, TOSS_QUERY, 403, "REJECT_CARD_COMPANY").outcome, GATEWAY_UNKNOWN);
}

static void a_cancel_tells_what_went_back(void **state)
{
	struct ctx *c = *state;
	struct gateway_result r = read_answer(c, TOSS_CANCEL, 200, payment(c, "PARTIAL_CANCELED", 500, 200,
		"[{\"cancelAmount\":100,\"cancelReason\":\"환불 7\",\"canceledAt\":\"2026-11-21T00:00:00+09:00\",\"transactionKey\":\"t1\","
		"\"cancelStatus\":\"DONE\"},{\"cancelAmount\":200,\"cancelReason\":\"환불 8\",\"transactionKey\":\"t2\",\"cancelStatus\":\"DONE\"},"
		"{\"cancelAmount\":50,\"transactionKey\":\"t3\",\"cancelStatus\":\"IN_PROGRESS\"}]"));
	const struct gateway_return *back = r.returns.p;

	assert_int_equal(r.outcome, GATEWAY_APPROVED);
	assert_int_equal(r.returned.won, 300);
	assert_int_equal(r.returns.n, 2);
	assert_int_equal(back[0].amount.won, 100);
	assert_str(back[1].reason, "환불 8");
	assert_str(back[1].key, "t2");

	/* a payment without any return, as the answer to a cancel, is no proof that it was done */
	assert_int_equal(read_answer(c, TOSS_CANCEL, 200, payment(c, "DONE", 500, 500, "null")).outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_code(c, TOSS_CANCEL, 400, "NOT_MATCHES_REFUNDABLE_AMOUNT").outcome, GATEWAY_REFUSED);
	assert_int_equal(read_code(c, TOSS_CANCEL, 400, "ALREADY_CANCELED_PAYMENT").outcome, GATEWAY_REFUSED);
	assert_int_equal(read_code(c, TOSS_CANCEL, 400, "PROVIDER_ERROR").outcome, GATEWAY_UNKNOWN);
	assert_int_equal(read_code(c, TOSS_CANCEL, 400, "REJECT_CARD_COMPANY").outcome, GATEWAY_UNKNOWN);
}

static void entries_carry_their_sign(void **state)
{
	struct http_answer a = { .sent = true, .status = 200, .body = S("[{\"transactionKey\":\"a\",\"paymentKey\":\"p\",\"orderId\":\"o\","
		"\"method\":\"카드\",\"status\":\"DONE\",\"amount\":500,\"transactionAt\":\"2026-11-20T00:00:00+09:00\"},"
		"{\"transactionKey\":\"b\",\"paymentKey\":\"p\",\"orderId\":\"o\",\"status\":\"PARTIAL_CANCELED\",\"amount\":200,"
		"\"transactionAt\":\"2026-11-20T01:00:00+09:00\"}]") };
	const struct gateway_entry *e;
	list lines;

	assert_true(toss_read_entries(*state, &a, &lines));
	e = lines.p;
	assert_int_equal(lines.n, 2);
	assert_int_equal(e[0].amount.won, 500);
	assert_int_equal(e[1].amount.won, -200);
	a.body = S("{\"code\":\"X\"}");
	assert_false(toss_read_entries(*state, &a, &lines));
}

static void a_webhook_is_only_a_hint(void **state)
{
	struct gateway_hint h;

	assert_true(toss_read_webhook(*state, S("{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"createdAt\":\"x\",\"data\":"
		"{\"paymentKey\":\"pk_1\",\"orderId\":\"order-1\",\"secret\":\"s\",\"status\":\"DONE\"}}"), &h));
	assert_true(str_eq(h.order_id, S("order-1")) && str_eq(h.payment_key, S("pk_1")) && str_eq(h.secret, S("s")));
	assert_true(toss_read_webhook(*state, S("{\"createdAt\":\"x\",\"secret\":\"s\",\"status\":\"DONE\",\"transactionKey\":\"t\","
		"\"orderId\":\"order-2\"}"), &h));
	assert_str(h.event, "DEPOSIT_CALLBACK");
	assert_str(h.order_id, "order-2");
	assert_true(toss_read_webhook(*state, S("{\"eventType\":\"SOMETHING_NEW\",\"data\":{\"orderId\":\"order-1\"}}"), &h));
	assert_int_equal(h.order_id.n, 0);
	assert_true(toss_read_webhook(*state, S("{\"eventType\":\"PAYMENT_STATUS_CHANGED\",\"data\":{\"orderId\":\"a' OR 1=1\"}}"), &h));
	assert_int_equal(h.order_id.n, 0);
	assert_false(toss_read_webhook(*state, S("[]"), &h));
	assert_false(toss_read_webhook(*state, S("nonsense"), &h));
	assert_false(toss_read_webhook(*state, S(""), &h));
}

static void where_nobody_listens_nothing_was_sent(void **state)
{
	struct gateway_confirm k = { S("key"), S("order-1"), S("pk_1"), { 100 } };

	assert_int_equal(gateway_default->confirm(*state, &k).outcome, GATEWAY_NOT_SENT);
	assert_ptr_equal(gateway_find(S("toss")), &gateway_toss);
	assert_null(gateway_find(S("another")));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_payment_that_is_done_is_approved),
	cmocka_unit_test(a_refused_card_is_refused),
	cmocka_unit_test(a_code_that_is_none_is_known_as_such),
	cmocka_unit_test(the_code_counts_and_not_the_http_status),
	cmocka_unit_test(what_cannot_be_read_is_unknown),
	cmocka_unit_test(a_request_that_never_left_is_told_from_one_without_an_answer),
	cmocka_unit_test(wrong_keys_are_an_alarm_and_no_refusal),
	cmocka_unit_test(errors_of_version_two_are_read_too),
	cmocka_unit_test(a_query_answers_whether_it_was_charged),
	cmocka_unit_test(a_cancel_tells_what_went_back),
	cmocka_unit_test(entries_carry_their_sign),
	cmocka_unit_test(a_webhook_is_only_a_hint),
	cmocka_unit_test(where_nobody_listens_nothing_was_sent),
};

UNIT_GROUP(gateway, tests, set_up, tear_down)
