/* The simulated gateway: the same key, the same answer; never charged twice; never more given back than was charged. */
#include "unit.h"

#include <pthread.h>
#include <stdio.h>

#include "core/config.h"
#include "core/json.h"
#include "gateway_sim/gateway_sim.h"
#include "outside/gateway_toss.h"
#include "support.h"
#include "web/crypto.h"

/* The books are those of the running system: what is written here lies so far ahead that nobody calls back about it, and
 * no day's match meets it. */
static void go_far_ahead(struct ctx *c)
{
	c->now = when_plus(c->now, 74 * 365 * DAY);
}

struct body { void (*run)(struct ctx *); };

/* Runs a test; a fault ends it with its words. */
static void run_body(void **state)
{
	const struct body *body = *state;
	struct ctx *c = test_ctx();
	struct fault_frame frame;

	go_far_ahead(c);
	if (fault_caught(c, &frame))
		fail_msg("%s:%d: %s", frame.file, frame.line, frame.what);
	else
		body->run(c);
	fault_leave(c, &frame);
}

#define TEST(f) { #f, run_body, NULL, NULL, &(struct body){ f } }

static str random_word(struct ctx *c)
{
	unsigned char r[8];

	crypto_random(r, sizeof(r));
	return str_hex(c->arena, r, sizeof(r));
}

struct sale {
	str order, payment_key;
	int64_t amount;
};

static struct sale a_sale(struct ctx *c, const char *fault)
{
	struct sale s = { .order = str_join(c->arena, S("test-"), random_word(c)), .amount = 30000 };
	struct pgsim_answer a = pgsim_open_window(c, str_fmt(c->arena,
		"{\"order_id\":\"%.*s\",\"amount\":30000,\"fault\":\"%s\"}", STR(s.order), fault));

	assert_int_equal(a.status, 201);
	s.payment_key = json_str(json_parse(c, a.body), "payment_key");
	return s;
}

static struct pgsim_answer confirm_of(struct ctx *c, const struct sale *s, int64_t amount, str key)
{
	struct pgsim_call k = { .path = S("/v1/payments/confirm"), .key = key, .body = str_fmt(c->arena,
		"{\"paymentKey\":\"%.*s\",\"orderId\":\"%.*s\",\"amount\":%lld}", STR(s->payment_key), STR(s->order), (long long)amount) };

	return pgsim_confirm(c, &k);
}

static struct pgsim_answer cancel_of(struct ctx *c, const struct sale *s, const char *body, str key)
{
	struct pgsim_call k = { .path = str_join(c->arena, s->payment_key, S("/cancel")), .key = key, .payment_key = s->payment_key,
		.body = str_of(body) };

	return pgsim_cancel(c, &k);
}

static struct gateway_result as_adapter(struct ctx *c, enum toss_call call, struct pgsim_answer a)
{
	struct http_answer h = { .sent = true, .status = a.status, .body = a.body };

	return toss_read(c, call, &h);
}

#define assert_code(answer, wanted) assert_true(str_eq(json_str(json_parse(c, (answer).body), "code"), S(wanted)))

static void a_confirm_charges_once_and_says_so_again(struct ctx *c)
{
	struct sale s = a_sale(c, "");
	str key = random_word(c);
	struct pgsim_answer one = confirm_of(c, &s, 30000, key), two = confirm_of(c, &s, 30000, key), other;
	struct gateway_result r = as_adapter(c, TOSS_CONFIRM, one);

	assert_int_equal(r.outcome, GATEWAY_APPROVED);
	assert_int_equal(r.approved.won, 30000);
	assert_true(str_eq(r.order_id, s.order) && str_eq(r.payment_key, s.payment_key));
	assert_true(str_eq(one.body, two.body) && one.status == two.status);
	other = confirm_of(c, &s, 30000, random_word(c));
	assert_code(other, "ALREADY_PROCESSED_PAYMENT");
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_order(c, s.order)).state, GATEWAY_PAID);
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_key(c, s.payment_key)).approved.won, 30000);
}

static void an_order_is_charged_once_however_many_windows_were_open(struct ctx *c)
{
	struct sale s = a_sale(c, ""), t = a_sale(c, "");
	struct pgsim_answer a, b;

	a = pgsim_open_window(c, str_fmt(c->arena, "{\"order_id\":\"%.*s\",\"amount\":30000}", STR(s.order)));
	t.order = s.order;
	t.payment_key = json_str(json_parse(c, a.body), "payment_key");
	assert_int_equal(confirm_of(c, &s, 30000, S("")).status, 200);
	b = confirm_of(c, &t, 30000, S(""));
	assert_code(b, "DUPLICATED_ORDER_ID");
	assert_true(str_eq(as_adapter(c, TOSS_QUERY, pgsim_by_order(c, s.order)).payment_key, s.payment_key));
}

static void another_amount_or_a_late_confirm_charges_nothing(struct ctx *c)
{
	struct sale s = a_sale(c, "");
	struct pgsim_answer a = confirm_of(c, &s, 100, random_word(c));

	assert_code(a, "NOT_FOUND_PAYMENT_SESSION");
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_key(c, s.payment_key)).state, GATEWAY_OPEN);
	c->now = when_plus(c->now, PGSIM_WINDOW_MINUTES * MINUTE);
	a = confirm_of(c, &s, 30000, random_word(c));
	assert_code(a, "NOT_FOUND_PAYMENT_SESSION");
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_key(c, s.payment_key)).state, GATEWAY_DEAD);
}

static void faults_do_what_they_are_called(struct ctx *c)
{
	struct sale refused = a_sale(c, "refuse"), failing = a_sale(c, "error"), wrong = a_sale(c, "wrong_amount");
	struct sale late = a_sale(c, "late"), lost = a_sale(c, "lost"), first = a_sale(c, "webhook_first");
	str key = random_word(c);
	struct pgsim_answer a;

	assert_int_equal(as_adapter(c, TOSS_CONFIRM, confirm_of(c, &refused, 30000, key)).outcome, GATEWAY_REFUSED);
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_order(c, refused.order)).state, GATEWAY_DEAD);

	key = random_word(c);
	assert_int_equal(as_adapter(c, TOSS_CONFIRM, confirm_of(c, &failing, 30000, key)).outcome, GATEWAY_UNKNOWN);
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_order(c, failing.order)).state, GATEWAY_OPEN);
	assert_int_equal(as_adapter(c, TOSS_CONFIRM, confirm_of(c, &failing, 30000, key)).outcome, GATEWAY_APPROVED);

	assert_int_equal(as_adapter(c, TOSS_CONFIRM, confirm_of(c, &wrong, 30000, S(""))).approved.won, 30000 + PGSIM_WRONG_BY);

	key = random_word(c);
	a = confirm_of(c, &late, 30000, key);
	assert_int_equal(a.wait_us, PGSIM_LATE_SECONDS * SECOND);
	a = confirm_of(c, &late, 30000, key);
	assert_code(a, "IDEMPOTENT_REQUEST_PROCESSING");
	c->now = when_plus(c->now, PGSIM_LATE_SECONDS * SECOND);
	assert_int_equal(as_adapter(c, TOSS_CONFIRM, confirm_of(c, &late, 30000, key)).outcome, GATEWAY_APPROVED);

	assert_true(confirm_of(c, &lost, 30000, S("")).wait_us > test_config()->gateway_timeout_ms * 1000);
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_order(c, lost.order)).state, GATEWAY_PAID);
	assert_true(confirm_of(c, &first, 30000, S("")).first.id > 0);
}

static void parts_go_back_until_nothing_is_left(struct ctx *c)
{
	struct sale s = a_sale(c, "");
	const char *first = "{\"cancelReason\":\"환불 1\",\"cancelAmount\":10000,\"refundableAmount\":30000}";
	str key = random_word(c);
	struct pgsim_answer a;
	struct gateway_result r;

	a = cancel_of(c, &s, "{\"cancelReason\":\"환불 1\"}", S(""));
	assert_code(a, "NOT_CANCELABLE_PAYMENT");
	confirm_of(c, &s, 30000, S(""));
	r = as_adapter(c, TOSS_CANCEL, cancel_of(c, &s, first, key));
	assert_int_equal(r.outcome, GATEWAY_APPROVED);
	assert_int_equal(r.returned.won, 10000);
	r = as_adapter(c, TOSS_CANCEL, cancel_of(c, &s, first, key));
	assert_int_equal(r.returned.won, 10000);                 /* the same key: not a second time */
	a = cancel_of(c, &s, "{\"cancelReason\":\"환불 2\",\"cancelAmount\":10000,\"refundableAmount\":30000}", random_word(c));
	assert_code(a, "NOT_MATCHES_REFUNDABLE_AMOUNT");
	a = cancel_of(c, &s, "{\"cancelReason\":\"환불 3\",\"cancelAmount\":20001}", random_word(c));
	assert_code(a, "NOT_CANCELABLE_AMOUNT");
	a = cancel_of(c, &s, "{\"cancelAmount\":1}", random_word(c));
	assert_code(a, "INVALID_REQUEST");
	r = as_adapter(c, TOSS_CANCEL, cancel_of(c, &s, "{\"cancelReason\":\"환불 4\"}", random_word(c)));
	assert_int_equal(r.state, GATEWAY_RETURNED);
	assert_int_equal(r.returns.n, 2);
	assert_int_equal(((const struct gateway_return *)r.returns.p)[1].amount.won, 20000);
	a = cancel_of(c, &s, "{\"cancelReason\":\"환불 5\"}", random_word(c));
	assert_code(a, "ALREADY_CANCELED_PAYMENT");
}

static void the_list_of_movements_adds_up_page_by_page(struct ctx *c)
{
	struct sale s;
	str start, end, after = S("");
	int64_t sum = 0, lines = 0;
	list page;

	c->now.us += c->now.us / SECOND % 1000 * DAY;           /* so that two runs don't meet either */
	s = a_sale(c, "");
	confirm_of(c, &s, 30000, S(""));
	cancel_of(c, &s, "{\"cancelReason\":\"환불\",\"cancelAmount\":10000}", S(""));
	start = end = str_fmt(c->arena, "%.19s", pgsim_time(c, c->now).p);
	do {
		struct http_answer h = { .sent = true };
		struct pgsim_answer a = pgsim_transactions(c, start, end, after, 1);

		h.status = a.status;
		h.body = a.body;
		assert_true(toss_read_entries(c, &h, &page));
		for (size_t i = 0; i < page.n; i++) {
			const struct gateway_entry *e = (const struct gateway_entry *)page.p + i;

			if (str_eq(e->order_id, s.order)) {
				sum += e->amount.won;
				lines++;
			}
			after = e->key;
		}
	} while (page.n > 0);
	assert_int_equal(lines, 2);
	assert_int_equal(sum, 20000);
	assert_int_equal(pgsim_transactions(c, S("yesterday"), end, S(""), 10).status, 400);
}

/* ---- many at once ---- */

struct racer {
	struct sale sale;
	str key;
	bool cancels;
	pthread_t thread;
	struct pgsim_answer answer;
	char code[400];
	bool faulted;
};

static void *race(void *arg)
{
	struct racer *r = arg;
	struct ctx *c = test_ctx_more();
	struct fault_frame frame;

	go_far_ahead(c);
	if (fault_caught(c, &frame)) {
		r->faulted = true;
		snprintf(r->code, sizeof(r->code), "%s", frame.what);
	} else {
		r->answer = r->cancels ? cancel_of(c, &r->sale, "{\"cancelReason\":\"한 번만\",\"cancelAmount\":20000}", r->key) :
			confirm_of(c, &r->sale, 30000, r->key);
		snprintf(r->code, sizeof(r->code), "%.*s", STR(json_str(json_parse(c, r->answer.body), "code")));
	}
	fault_leave(c, &frame);
	test_ctx_close(c);
	return NULL;
}

static int run_race(struct ctx *c, const struct sale *s, bool cancels, bool same_key)
{
	struct racer r[8];
	str key = random_word(c);
	int done = 0;

	for (int i = 0; i < 8; i++) {
		r[i] = (struct racer){ .sale = *s, .key = same_key ? key : random_word(c), .cancels = cancels };
		pthread_create(&r[i].thread, NULL, race, &r[i]);
	}
	for (int i = 0; i < 8; i++) {
		pthread_join(r[i].thread, NULL);
		if (r[i].faulted)
			fail_msg("%s", r[i].code);
		done += r[i].answer.status == 200;
	}
	return done;
}

static void of_many_at_once_one_acts(struct ctx *c)
{
	struct sale s = a_sale(c, ""), t = a_sale(c, "");

	assert_int_equal(run_race(c, &s, false, false), 1);
	assert_true(run_race(c, &t, false, true) >= 1);          /* the others get the same answer, or hear that it is being made */
	assert_int_equal(run_race(c, &s, true, false), 1);
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_order(c, s.order)).returned.won, 20000);
	run_race(c, &t, true, true);
	assert_int_equal(as_adapter(c, TOSS_QUERY, pgsim_by_order(c, t.order)).returned.won, 20000);
}

static const struct CMUnitTest tests[] = {
	TEST(a_confirm_charges_once_and_says_so_again),
	TEST(an_order_is_charged_once_however_many_windows_were_open),
	TEST(another_amount_or_a_late_confirm_charges_nothing),
	TEST(faults_do_what_they_are_called),
	TEST(parts_go_back_until_nothing_is_left),
	TEST(the_list_of_movements_adds_up_page_by_page),
	TEST(of_many_at_once_one_acts),
};

UNIT_GROUP(gateway_sim, tests, NULL, NULL)
