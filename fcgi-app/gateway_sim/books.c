/* gateway_sim/books.c -- what the simulated gateway charges and gives back. */
#include "gateway_sim/gateway_sim.h"

#include <string.h>

#include "core/config.h"
#include "core/json.h"
#include "data/db.h"
#include "web/crypto.h"

static const struct shape payment_shape = SHAPE("PgsimPayment", struct pgsim_payment,
	F(id), F(payment_key), F(order_id), F(amount), F(approved), F(balance), F(status), F(fault), F(secret),
	F(last_transaction_key), F(failure_code), F(requested_at), F(approved_at));

static const struct shape cancel_shape = SHAPE("PgsimCancel", struct pgsim_cancel,
	F(transaction_key), F(amount), F(reason), F(refundable), F(canceled_at));

static const struct shape transaction_shape = SHAPE("PgsimTransaction", struct pgsim_transaction,
	F(id), F(transaction_key), F(payment_key), F(order_id), F(amount), F(status), F(transaction_at));

struct kept_answer {
	int64_t status;
	str body;
	when ready_at;
};

static const struct shape kept_shape = SHAPE("PgsimKept", struct kept_answer, F(status), F(body), F(ready_at));

#define PAYMENT_COLUMNS "id, payment_key, order_id, amount, approved, balance, status, fault, secret, last_transaction_key, " \
	"failure_code, requested_at, approved_at"

SQL(insert_payment, "INSERT INTO madang_pg.pgsim_payment (payment_key, order_id, amount, fault, secret, requested_at) "
	"VALUES (?, ?, ?, ?, ?, ?)");
SQL(select_by_key, "SELECT " PAYMENT_COLUMNS " FROM madang_pg.pgsim_payment WHERE payment_key = ?");
SQL(lock_by_key, "SELECT " PAYMENT_COLUMNS " FROM madang_pg.pgsim_payment WHERE payment_key = ? FOR UPDATE");
SQL(select_by_order, "SELECT " PAYMENT_COLUMNS " FROM madang_pg.pgsim_payment WHERE order_id = ? "
	"ORDER BY approved_at IS NULL, id DESC LIMIT 1");
SQL(select_paid_id, "SELECT id FROM madang_pg.pgsim_payment WHERE paid_order = ?");
SQL(update_charged, "UPDATE madang_pg.pgsim_payment SET status = 'DONE', approved = ?, balance = ?, last_transaction_key = ?, "
	"approved_at = ? WHERE id = ?");
SQL(update_dead, "UPDATE madang_pg.pgsim_payment SET status = ?, failure_code = ? WHERE id = ?");
SQL(clear_fault, "UPDATE madang_pg.pgsim_payment SET fault = '' WHERE id = ?");
SQL(update_balance, "UPDATE madang_pg.pgsim_payment SET status = ?, balance = ?, last_transaction_key = ? WHERE id = ?");
SQL(select_stale, "SELECT " PAYMENT_COLUMNS " FROM madang_pg.pgsim_payment WHERE status = 'IN_PROGRESS' AND requested_at < ? "
	"ORDER BY requested_at LIMIT 50 FOR UPDATE SKIP LOCKED");

SQL(insert_cancel, "INSERT INTO madang_pg.pgsim_cancel (payment_id, transaction_key, amount, reason, refundable, canceled_at) "
	"VALUES (?, ?, ?, ?, ?, ?)");
SQL(select_cancels, "SELECT transaction_key, amount, reason, refundable, canceled_at FROM madang_pg.pgsim_cancel "
	"WHERE payment_id = ? ORDER BY id");

#define TRANSACTION_COLUMNS "id, transaction_key, payment_key, order_id, amount, status, transaction_at"

SQL(insert_transaction, "INSERT INTO madang_pg.pgsim_transaction "
	"(transaction_key, payment_key, order_id, amount, status, transaction_at) VALUES (?, ?, ?, ?, ?, ?)");
SQL(select_transaction, "SELECT " TRANSACTION_COLUMNS " FROM madang_pg.pgsim_transaction WHERE transaction_key = ?");
SQL(select_transactions, "SELECT " TRANSACTION_COLUMNS " FROM madang_pg.pgsim_transaction "
	"WHERE transaction_at >= ? AND transaction_at < ? AND (transaction_at > ? OR id > ?) "
	"ORDER BY transaction_at, id LIMIT ?");

SQL(insert_key, "INSERT INTO madang_pg.pgsim_key (key_hash, ready_at, created_at) VALUES (?, ?, ?)");
SQL(select_kept, "SELECT status, body, ready_at FROM madang_pg.pgsim_key WHERE key_hash = ?");
SQL(update_key, "UPDATE madang_pg.pgsim_key SET status = ?, body = ?, ready_at = ? WHERE key_hash = ?");
SQL(delete_key, "DELETE FROM madang_pg.pgsim_key WHERE key_hash = ?");
SQL(delete_old_keys, "DELETE FROM madang_pg.pgsim_key WHERE created_at < ? LIMIT 1000");

static const char *const faults[] = { "late", "lost", "twice", "refuse", "error", "wrong_amount", "webhook_first", NULL };

/* ---- small things ---- */

static str random_key(struct ctx *c, const char *head, size_t bytes)
{
	unsigned char r[32];

	crypto_random(r, bytes);
	return str_fmt(c->arena, "%s%.*s", head, STR(str_hex(c->arena, r, bytes)));
}

static bool has_fault(const struct pgsim_payment *p, const char *fault)
{
	return str_eq(p->fault, str_of(fault));
}

static bool order_id_ok(str s)
{
	if (s.n < 6 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=", s.p[i]))
			return false;
	return true;
}

static list cancels_of(struct ctx *c, const struct pgsim_payment *p)
{
	return p->approved == p->balance ? (list){ NULL, 0 } : db_all(c, &select_cancels, &cancel_shape, arg(p->id));
}

static struct pgsim_answer say(struct ctx *c, const struct pgsim_payment *p)
{
	struct buf b = buf_in(c->arena);

	pgsim_say_payment(c, &b, p, cancels_of(c, p));
	return (struct pgsim_answer){ .status = 200, .body = buf_text(&b) };
}

static bool too_old(const struct ctx *c, const struct pgsim_payment *p)
{
	return str_eq(p->status, S("IN_PROGRESS")) && c->now.us >= p->requested_at.us + PGSIM_WINDOW_MINUTES * MINUTE;
}

/* ---- the same key, the same answer ---- */

/* A step is the work behind a POST; it runs in a transaction together with its key. */
struct step {
	const struct pgsim_call *call;
	struct pgsim_answer (*work)(struct ctx *, const struct pgsim_call *);
	struct pgsim_answer answer;
};

static str hash_of_key(struct ctx *c, const struct pgsim_call *k)
{
	unsigned char h[32];

	crypto_sha256(str_fmt(c->arena, "%s\n%.*s\n%.*s", c->config->gateway_secret, STR(k->path), STR(k->key)), h);
	return str_hex(c->arena, h, sizeof(h));
}

static struct pgsim_answer kept_answer(struct ctx *c, str hash)
{
	struct kept_answer kept = { 0 };

	if (!db_one(c, &select_kept, &kept_shape, &kept, arg(hash)) || c->now.us < kept.ready_at.us)
		return pgsim_error(c, "IDEMPOTENT_REQUEST_PROCESSING");
	return (struct pgsim_answer){ .status = (int)kept.status, .body = kept.body };
}

static outcome run_step(struct ctx *c, void *p)
{
	struct step *s = p;
	str hash = s->call->key.n ? hash_of_key(c, s->call) : S("");
	int64_t fresh = hash.n ? db_try_insert(c, &insert_key, arg(hash), arg(c->now), arg(c->now)) : 1;

	if (fresh < 0) {
		s->answer = pgsim_error(c, "IDEMPOTENT_REQUEST_PROCESSING");
		return OK;
	}
	if (fresh == 0) {
		s->answer = kept_answer(c, hash);
		return OK;
	}
	s->answer = s->work(c, s->call);
	if (hash.n && s->answer.failed)
		db_run(c, &delete_key, arg(hash));
	else if (hash.n)
		db_run(c, &update_key, arg(s->answer.status), arg(s->answer.body),
			arg(when_plus(c->now, s->answer.wait_us)), arg(hash));
	return OK;
}

static struct pgsim_answer take_step(struct ctx *c, const struct pgsim_call *k,
	struct pgsim_answer (*work)(struct ctx *, const struct pgsim_call *))
{
	struct step s = { .call = k, .work = work };

	if (k->key.n > 300)
		return pgsim_error(c, "INVALID_IDEMPOTENCY_KEY");
	db_tx(c, run_step, &s);
	return s.answer;
}

/* ---- the window ---- */

struct pgsim_answer pgsim_open_window(struct ctx *c, str body)
{
	const struct json *b = json_parse(c, body);
	str order_id = b ? json_str(b, "order_id") : S(""), fault = b ? json_str(b, "fault") : S("");
	int64_t amount = b ? json_int(b, "amount", 0) : 0;
	str key = random_key(c, "sim_", 20);
	bool known = fault.n == 0;

	for (size_t i = 0; faults[i]; i++)
		known = known || str_eq(fault, str_of(faults[i]));
	if (!order_id_ok(order_id) || amount <= 0 || amount > INT64_C(10000000000) || !known)
		return pgsim_error(c, "INVALID_REQUEST");
	db_insert(c, &insert_payment, arg(key), arg(order_id), arg(amount), arg(fault), arg(random_key(c, "ps_", 16)),
		arg(c->now));
	return (struct pgsim_answer){ .status = 201, .body = str_fmt(c->arena, "{\"payment_key\":\"%.*s\"}", STR(key)) };
}

/* ---- charging ---- */

static void add_webhook(struct ctx *c, const struct pgsim_payment *p, when due, struct pgsim_webhook *w)
{
	pgsim_webhook_add(c, pgsim_say_webhook(c, p, cancels_of(c, p)), due, w);
}

static struct pgsim_answer refuse_card(struct ctx *c, struct pgsim_payment *p)
{
	p->status = S("ABORTED");
	p->failure_code = some_str(S("REJECT_CARD_COMPANY"));
	db_run(c, &update_dead, arg(p->status), arg(p->failure_code), arg(p->id));
	add_webhook(c, p, c->now, NULL);
	return pgsim_error(c, "REJECT_CARD_COMPANY");
}

/* How the answer to a charge, and the call back about it, travel. */
static struct pgsim_answer tell_charged(struct ctx *c, const struct pgsim_payment *p)
{
	struct pgsim_answer a = say(c, p);

	if (has_fault(p, "lost")) {
		/* longer than any client waits; nginx takes the answer back from one who has gone */
		a.wait_us = (c->config->gateway_timeout_ms + 2000) * 1000;
		return a;
	}
	if (has_fault(p, "late"))
		a.wait_us = PGSIM_LATE_SECONDS * SECOND;
	if (has_fault(p, "webhook_first"))
		add_webhook(c, p, when_plus(c->now, 2 * SECOND), &a.first);
	else
		add_webhook(c, p, when_plus(c->now, a.wait_us), NULL);
	if (has_fault(p, "twice"))
		add_webhook(c, p, c->now, NULL);
	return a;
}

static struct pgsim_answer charge(struct ctx *c, struct pgsim_payment *p)
{
	p->status = S("DONE");
	p->approved = p->balance = p->amount + (has_fault(p, "wrong_amount") ? PGSIM_WRONG_BY : 0);
	p->approved_at = some_when(c->now);
	p->last_transaction_key = some_str(random_key(c, "", 16));
	db_run(c, &update_charged, arg(p->approved), arg(p->balance), arg(p->last_transaction_key), arg(c->now), arg(p->id));
	db_run(c, &insert_transaction, arg(p->last_transaction_key), arg(p->payment_key), arg(p->order_id), arg(p->approved),
		arg(p->status), arg(c->now));
	return tell_charged(c, p);
}

static struct pgsim_answer confirm_work(struct ctx *c, const struct pgsim_call *k)
{
	const struct json *b = json_parse(c, k->body);
	struct pgsim_payment p = { 0 };

	if (!b || !json_str(b, "paymentKey").n || !order_id_ok(json_str(b, "orderId")) || json_int(b, "amount", 0) <= 0)
		return pgsim_error(c, "INVALID_REQUEST");
	if (!db_one(c, &lock_by_key, &payment_shape, &p, arg(json_str(b, "paymentKey"))))
		return pgsim_error(c, "NOT_FOUND_PAYMENT");
	if (p.approved_at.set)
		return pgsim_error(c, "ALREADY_PROCESSED_PAYMENT");
	if (str_eq(p.status, S("ABORTED")))
		return pgsim_error(c, "REJECT_CARD_COMPANY");
	if (!str_eq(p.status, S("IN_PROGRESS")) || too_old(c, &p) || !str_eq(p.order_id, json_str(b, "orderId")) ||
	    p.amount != json_int(b, "amount", 0))
		return pgsim_error(c, "NOT_FOUND_PAYMENT_SESSION");
	if (db_int(c, &select_paid_id, 0, arg(p.order_id)))
		return pgsim_error(c, "DUPLICATED_ORDER_ID");
	if (has_fault(&p, "error")) {
		db_run(c, &clear_fault, arg(p.id));
		return pgsim_error(c, "FAILED_INTERNAL_SYSTEM_PROCESSING");
	}
	return has_fault(&p, "refuse") ? refuse_card(c, &p) : charge(c, &p);
}

struct pgsim_answer pgsim_confirm(struct ctx *c, const struct pgsim_call *k)
{
	return take_step(c, k, confirm_work);
}

/* ---- giving back ---- */

static struct pgsim_answer give_back(struct ctx *c, struct pgsim_payment *p, int64_t amount, str reason)
{
	str key = random_key(c, "", 16);

	p->balance -= amount;
	p->status = p->balance ? S("PARTIAL_CANCELED") : S("CANCELED");
	p->last_transaction_key = some_str(key);
	db_run(c, &insert_cancel, arg(p->id), arg(key), arg(amount), arg(reason), arg(p->balance), arg(c->now));
	db_run(c, &update_balance, arg(p->status), arg(p->balance), arg(key), arg(p->id));
	db_run(c, &insert_transaction, arg(key), arg(p->payment_key), arg(p->order_id), arg(-amount), arg(p->status),
		arg(c->now));
	add_webhook(c, p, c->now, NULL);
	return say(c, p);
}

static struct pgsim_answer cancel_work(struct ctx *c, const struct pgsim_call *k)
{
	const struct json *b = json_parse(c, k->body);
	str reason = b ? json_str(b, "cancelReason") : S("");
	struct pgsim_payment p = { 0 };
	int64_t amount, refundable;

	if (!b || reason.n == 0 || str_chars(reason) < 1 || str_chars(reason) > 200)
		return pgsim_error(c, "INVALID_REQUEST");
	if (!db_one(c, &lock_by_key, &payment_shape, &p, arg(k->payment_key)))
		return pgsim_error(c, "NOT_FOUND_PAYMENT");
	if (!p.approved_at.set)
		return pgsim_error(c, "NOT_CANCELABLE_PAYMENT");
	if (p.balance == 0)
		return pgsim_error(c, "ALREADY_CANCELED_PAYMENT");
	amount = json_int(b, "cancelAmount", p.balance);
	refundable = json_int(b, "refundableAmount", p.balance);
	if (refundable != p.balance)
		return pgsim_error(c, "NOT_MATCHES_REFUNDABLE_AMOUNT");
	if (amount <= 0)
		return pgsim_error(c, "INVALID_REQUEST");
	if (amount > p.balance)
		return pgsim_error(c, "NOT_CANCELABLE_AMOUNT");
	return give_back(c, &p, amount, reason);
}

struct pgsim_answer pgsim_cancel(struct ctx *c, const struct pgsim_call *k)
{
	return take_step(c, k, cancel_work);
}

/* ---- reading ---- */

static struct pgsim_answer found(struct ctx *c, struct pgsim_payment *p)
{
	if (too_old(c, p))
		p->status = S("EXPIRED");
	return say(c, p);
}

struct pgsim_answer pgsim_by_key(struct ctx *c, str payment_key)
{
	struct pgsim_payment p = { 0 };

	if (!db_one(c, &select_by_key, &payment_shape, &p, arg(payment_key)))
		return pgsim_error(c, "NOT_FOUND_PAYMENT");
	return found(c, &p);
}

struct pgsim_answer pgsim_by_order(struct ctx *c, str order_id)
{
	struct pgsim_payment p = { 0 };

	if (!db_one(c, &select_by_order, &payment_shape, &p, arg(order_id)))
		return pgsim_error(c, "NOT_FOUND_PAYMENT");
	return found(c, &p);
}

/* "2026-11-20T14:05:06" or "2026-11-20" in Seoul's time, or with an offset. */
static bool read_time(struct ctx *c, str s, when *t)
{
	if (s.n == 10)
		return when_parse(str_join(c->arena, s, S("T00:00:00+09:00")), t);
	return s.n == 19 ? when_parse(str_join(c->arena, s, S("+09:00")), t) : when_parse(s, t);
}

struct pgsim_answer pgsim_transactions(struct ctx *c, str start, str end, str after, int64_t limit)
{
	struct pgsim_transaction last = { .id = 0 };
	when from, to;
	list rows;

	if (!read_time(c, start, &from) || !read_time(c, end, &to))
		return pgsim_error(c, "INVALID_REQUEST");
	if (limit <= 0 || limit > 5000)
		limit = limit <= 0 ? 100 : 5000;
	last.transaction_at = when_plus(from, -1);
	if (after.n && !db_one(c, &select_transaction, &transaction_shape, &last, arg(after)))
		return pgsim_error(c, "INVALID_REQUEST");
	if (after.n && last.transaction_at.us > from.us)
		from = last.transaction_at;
	/* both ends count, and moments have no fractions in what is told */
	rows = db_all(c, &select_transactions, &transaction_shape, arg(from), arg(when_plus(to, SECOND)),
		arg(last.transaction_at), arg(last.id), arg(limit));
	return (struct pgsim_answer){ .status = 200, .body = pgsim_say_transactions(c, rows) };
}

/* ---- what time does ---- */

static outcome expire_some(struct ctx *c, void *count)
{
	list stale = db_all(c, &select_stale, &payment_shape, arg(when_plus(c->now, -PGSIM_WINDOW_MINUTES * MINUTE)));
	struct pgsim_payment *p = stale.p;

	for (size_t i = 0; i < stale.n; i++, p++) {
		p->status = S("EXPIRED");
		db_run(c, &update_dead, arg(p->status), arg(p->failure_code), arg(p->id));
		add_webhook(c, p, c->now, NULL);
	}
	*(int64_t *)count = (int64_t)stale.n;
	return OK;
}

int64_t pgsim_expire(struct ctx *c)
{
	int64_t n = 0;

	db_tx(c, expire_some, &n);
	db_run(c, &delete_old_keys, arg(when_plus(c->now, -15 * DAY)));
	return n;
}
