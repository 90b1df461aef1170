/* payment/payment.c -- orders, and asking the gateway. What became of it is decided in payment_settle.c. */
#include "payment/payment.h"

#include "course/course.h"
#include "data/db.h"
#include "enrolment/enrolment.h"
#include "notify/notify.h"
#include "payment/payment_private.h"
#include "web/crypto.h"

const struct failure payment_unknown = { 404, "payment_unknown" };
const struct failure order_closed = { 409, "order_closed" };
const struct failure amount_differs = { 422, "amount_differs" };
const struct failure payment_key_used = { 409, "payment_key_used" };
const struct failure gateway_unavailable = { 503, "gateway_unavailable" };

const char *const payment_statuses[] = { "ready", "in_flight", "unknown", "paid", "refused", "returning", "returned", "cancelled", NULL };

const struct shape payment_row_shape = SHAPE("PaymentRow", struct payment,
	F(id), F(order_id), F(member_id), F(ticket_id), F(course_id), F(gateway), F(amount), F(approved), F(returned), F(promised),
	F(status, .words = payment_statuses, .called = "payment"), F(method), F(payment_key), F(created_at), F(paid_at));

const struct shape attempt_shape = SHAPE("PaymentAttempt", struct attempt,
	F(id), F(payment_id), F(kind), F(idem_key), F(amount), F(state), F(tries));

/* As the column holds them; an order through the gateway is called a card's, whatever the window then offered. */
const char *const payment_methods[] = { "card", "free", "cash", "terminal", "transfer", NULL };

static const char *const call_kinds[] = { "confirm", "cancel", NULL };
static const char *const call_states[] = { "in_flight", "unknown", "approved", "refused", "not_sent", NULL };
const struct shape payment_call_shape = SHAPE("PaymentCall", struct payment_call,
	F(id), F(kind, .words = call_kinds), F(state, .words = call_states), F(amount), F(tries), F(code), F(created_at), F(settled_at), F(check_at));

/* The janitor looks after a confirm that nobody came back from: a little later than the gateway could have answered. */
enum { LOOK_AFTER_SECONDS = 15 };

SQL(insert_payment,
	"INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, method, created_at, paid_at) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
SQL(cancel_ready, "UPDATE payment SET status = 'cancelled' WHERE ticket_id = ? AND status = 'ready'");
SQL(select_by_order, "SELECT " PAYMENT_COLUMNS " FROM payment WHERE order_id = ?");
SQL(select_by_id, "SELECT " PAYMENT_COLUMNS " FROM payment WHERE id = ?");
SQL(lock_by_id, "SELECT " PAYMENT_COLUMNS " FROM payment WHERE id = ? FOR UPDATE");
SQL(begin_payment, "UPDATE payment SET status = 'in_flight', payment_key = ? WHERE id = ?");
SQL(set_status, "UPDATE payment SET status = ? WHERE id = ?");
SQL(promise, "UPDATE payment SET promised = promised + ? WHERE id = ? AND status = 'paid' AND promised + ? <= approved");
SQL(go_back, "UPDATE payment SET returned = returned + ? WHERE id = ? AND returned + ? <= promised");
SQL(all_went_back, "UPDATE payment SET status = 'returned' WHERE id = ? AND status = 'paid' AND returned = approved");
SQL(select_calls,
	"SELECT id, kind, state, amount, tries, code, created_at, settled_at, check_at FROM payment_attempt WHERE payment_id = ? ORDER BY id");
SQL(insert_attempt,
	"INSERT INTO payment_attempt (payment_id, kind, idem_key, payment_key, amount, check_at, created_at) VALUES (?, 'confirm', ?, ?, ?, ?, ?)");

bool payment_by_id(struct ctx *c, int64_t id, struct payment *p)
{
	return db_one(c, &select_by_id, &payment_row_shape, p, arg(id));
}

bool payment_find(struct ctx *c, int64_t id, struct payment *p)
{
	return payment_by_id(c, id, p);
}

bool payment_of_order(struct ctx *c, str order_id, struct payment *p)
{
	return db_one(c, &select_by_order, &payment_row_shape, p, arg(order_id));
}

bool payment_lock_row(struct ctx *c, int64_t id, struct payment *p)
{
	return db_one(c, &lock_by_id, &payment_row_shape, p, arg(id));
}

bool payment_promise(struct ctx *c, int64_t id, money amount)
{
	return db_run(c, &promise, arg(amount), arg(id), arg(amount)) == 1;
}

void payment_went_back(struct ctx *c, int64_t id, money amount)
{
	if (db_run(c, &go_back, arg(amount), arg(id), arg(amount)) != 1)
		fault(c, "more goes back for payment %lld than was promised", (long long)id);
	db_run(c, &all_went_back, arg(id));
}

list payment_calls(struct ctx *c, int64_t payment_id)
{
	return db_all(c, &select_calls, &payment_call_shape, arg(payment_id));
}

bool payment_read(struct ctx *c, str order_id, struct payment *p)
{
	return db_one(c, &select_by_order, &payment_row_shape, p, arg(order_id)) && p->member_id == c->who.id;
}

bool payment_lock(struct ctx *c, int64_t id, struct payment *p, struct seat *s)
{
	if (!payment_by_id(c, id, p) || queue_lock(c, p->ticket_id, s) != OK)
		return false;
	return db_one(c, &lock_by_id, &payment_row_shape, p, arg(id));
}

void payment_set_status(struct ctx *c, struct payment *p, enum payment_status status)
{
	db_run(c, &set_status, arg(str_of(payment_statuses[status])), arg(p->id));
	p->status = (int)status;
}

void payment_tell(struct ctx *c, const struct payment *p, const struct seat *s, const char *type, money amount)
{
	struct buf b = buf_in(c->arena);

	buf_lit(&b, "{\"order_id\":");
	buf_json(&b, p->order_id);
	buf_fmt(&b, ",\"amount\":%lld,\"course_id\":%lld,\"ticket_id\":%lld,\"course_title\":", (long long)amount.won,
		(long long)p->course_id, (long long)p->ticket_id);
	buf_json(&b, s->title);
	buf_str(&b, s->is_over && s->state == TICKET_CANCELLED ? S(",\"ended\":\"paying\",\"note\":\"\"}") : S(",\"note\":\"\"}"));
	notify(c, p->member_id, type, buf_text(&b));
}

static str new_order_id(struct ctx *c)
{
	unsigned char bytes[15];

	crypto_random(bytes, sizeof(bytes));
	return str_fmt(c->arena, "mdg-%.*s", STR(str_hex(c->arena, bytes, sizeof(bytes))));
}

/* The approved amount of what is paid at once is the amount: nobody is asked. */
static void insert(struct ctx *c, struct payment *p)
{
	if (p->status == PAYMENT_PAID) {
		p->paid_at = some_when(c->now);
		p->approved = p->amount;
	}
	p->order_id = new_order_id(c);
	p->created_at = c->now;
	p->id = db_insert(c, &insert_payment, arg(p->order_id), arg(p->member_id), arg(p->ticket_id), arg(p->course_id), arg(p->gateway),
			  arg(p->amount), arg(p->approved), arg(str_of(payment_statuses[p->status])), arg(p->method), arg(c->now),
			  arg(p->paid_at));
}

void payment_close(struct ctx *c, const int64_t *ticket_ids, size_t n)
{
	struct arg *rows = arena_array(c->arena, struct arg, n + 1);

	for (size_t i = 0; i < n; i++)
		rows[i] = arg(ticket_ids[i]);
	if (n)
		db_bulk(c, &cancel_ready, rows, n, 1);
}

outcome payment_at_desk(struct ctx *c, const struct seat *s, str method, money amount, struct payment *paid)
{
	payment_close(c, &s->ticket_id, 1);
	*paid = (struct payment){ .member_id = s->member_id, .ticket_id = s->ticket_id, .course_id = s->course_id, .gateway = S("desk"),
				  .amount = amount, .status = PAYMENT_PAID, .method = method };
	insert(c, paid);
	return OK;
}

outcome payment_checkout(struct ctx *c, int64_t ticket_id, struct payment *out)
{
	struct course_terms terms = { 0 };
	struct seat s = { 0 };
	outcome o = queue_lock(c, ticket_id, &s);
	bool free_of_charge;

	if (o != OK || s.member_id != c->who.id)
		return &ticket_unknown;
	if (s.state == TICKET_PAYING)
		return &payment_in_flight;
	if (s.is_over || s.state != TICKET_ACTIVE || !s.hold_expires_at.set || s.hold_expires_at.v.us <= c->now.us)
		return &ticket_not_active;
	if (!course_terms(c, s.course_id, &terms))
		return &ticket_unknown;
	free_of_charge = terms.price.won == 0;
	payment_close(c, &ticket_id, 1);
	*out = (struct payment){ .member_id = c->who.id, .ticket_id = ticket_id, .course_id = s.course_id,
				 .gateway = str_of(gateway_default->name), .amount = terms.price,
				 .status = free_of_charge ? PAYMENT_PAID : PAYMENT_READY, .method = free_of_charge ? S("free") : S("card") };
	insert(c, out);
	if (free_of_charge && queue_enrol(c, &s))
		enrolment_create(c, &s, out->order_id, out->amount, SOLD_ONLINE);
	return OK;
}

struct beginning {
	str order_id, payment_key;
	money amount;
	struct payment *payment;
	int64_t attempt_id;
	str idem_key;
};

/* Commits the attempt before the gateway hears of it, so that whatever happens then somebody looks. */
static outcome begin(struct ctx *c, void *v)
{
	struct beginning *b = v;
	struct payment *p = b->payment;
	struct seat s = { 0 };
	outcome o;

	b->attempt_id = 0;
	if (!payment_read(c, b->order_id, p) || !payment_lock(c, p->id, p, &s))
		return &payment_unknown;
	if (p->status == PAYMENT_CANCELLED && s.state != TICKET_ACTIVE && s.state != TICKET_PAYING && s.state != TICKET_ENROLLED)
		return &ticket_not_active;
	if (p->status == PAYMENT_CANCELLED || p->status == PAYMENT_RETURNING || p->status == PAYMENT_RETURNED)
		return &order_closed;
	if (b->amount.won != p->amount.won)
		return fail(c, &amount_differs, "amount", "differs", str_fmt(c->arena, "%lld", (long long)p->amount.won));
	if (p->status != PAYMENT_READY)
		return OK;                    /* under way, or done: the caller gets what is known */
	if ((o = queue_pin(c, &s)) != OK)
		return o;
	b->idem_key = str_fmt(c->arena, "%.*s-%.*s", STR(p->order_id), STR(crypto_token(c)));
	if (b->idem_key.n > 64)
		b->idem_key.n = 64;
	b->attempt_id = db_insert(c, &insert_attempt, arg(p->id), arg(b->idem_key), arg(b->payment_key), arg(p->amount),
				  arg(when_plus(c->now, LOOK_AFTER_SECONDS * SECOND)), arg(c->now));
	if (!b->attempt_id)
		return &payment_key_used;
	db_run(c, &begin_payment, arg(b->payment_key), arg(p->id));
	p->status = PAYMENT_IN_FLIGHT;
	return OK;
}

outcome payment_confirm(struct ctx *c, str order_id, str payment_key, money amount, struct payment *now)
{
	struct beginning b = { order_id, payment_key, amount, now, 0, { NULL, 0 } };
	outcome o = db_tx(c, begin, &b);
	struct gateway_confirm ask;
	struct gateway_result said;
	const struct gateway *gateway;

	if (o != OK || !b.attempt_id)
		return o;
	gateway = gateway_find(now->gateway);
	if (!gateway)
		fault(c, "order %.*s names a gateway that is gone", STR(now->order_id));
	ask = (struct gateway_confirm){ b.idem_key, now->order_id, payment_key, now->amount };
	said = gateway->confirm(c, &ask);
	c->now = when_now();
	payment_settle(c, b.attempt_id, &said);
	if (!payment_by_id(c, now->id, now))
		fault(c, "order %.*s vanished", STR(order_id));
	return now->status == PAYMENT_READY ? &gateway_unavailable : OK;
}
