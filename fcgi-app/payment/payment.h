/* payment/payment.h -- money for a seat, by a gateway that may not answer (QU-3, PA-1, PA-2, PA-3; docs/architecture.md, D9).
 *
 *	ready -> in_flight -> paid                    approved, and the seat is sold
 *	         in_flight -> refused                 the gateway said no; the hold goes on
 *	         in_flight -> unknown -> paid, refused, returning     no answer: read back until known
 *	         in_flight, unknown -> returning -> returned          taken, but there is no seat for it (late, or a wrong amount)
 *	ready -> cancelled                            another order for the same ticket took its place, or its hold is over
 *
 * There is one way to an outcome: payment_settle(). The browser's confirm, the webhook (a hint to read back, never believed),
 * the janitor and operators all go through it, and whoever comes second finds it done. No lock is held while the
 * gateway is asked: the attempt is committed first, with a moment at which the janitor looks what became of it.
 * Always true: returned <= approved; paid orders belong to an enrolment; an attempt is settled once.
 *
 * Tables: payment, payment_attempt (sql/0004)   Routes: payment_routes.c, payment_admin.c   Janitor, listeners: payment_jobs.c
 * Tests: tests/unit/test_payment.c, test_payment_end.c, tests/chaos/
 */
#ifndef PAYMENT_H
#define PAYMENT_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/db.h"
#include "data/job.h"
#include "data/outbox.h"
#include "outside/gateway.h"
#include "queue/queue.h"

enum payment_status {
	PAYMENT_READY, PAYMENT_IN_FLIGHT, PAYMENT_UNKNOWN, PAYMENT_PAID, PAYMENT_REFUSED, PAYMENT_RETURNING, PAYMENT_RETURNED,
	PAYMENT_CANCELLED
};
extern const char *const payment_statuses[];

struct payment {
	int64_t id;
	str order_id;
	int64_t member_id, ticket_id, course_id;
	str gateway;
	money amount, approved, returned, promised;
	int status;
	str method;                /* card, free, cash, terminal, transfer */
	opt_str payment_key;
	when created_at;
	opt_when paid_at;
};
extern const struct shape payment_row_shape;

extern const struct failure payment_unknown;           /* 404 */
extern const struct failure order_closed;              /* 409: another order took its place, or its money went back */
extern const struct failure amount_differs;            /* 422 */
extern const struct failure payment_key_used;          /* 409 */
extern const struct failure gateway_unavailable;       /* 503: nothing was sent; try again */

/* An order for an active ticket of the caller. A price of 0 is enrolled at once. Call within db_tx. */
outcome payment_checkout(struct ctx *, int64_t ticket_id, struct payment *order);

/* Asks the gateway to charge. *now: the order afterwards; UNKNOWN if nobody knows yet. Not within db_tx. */
outcome payment_confirm(struct ctx *, str order_id, str payment_key, money amount, struct payment *now);

/* Money that was taken at the desk for the ticket of a member, paid at once; gateway "desk". The enrolment is the caller's business.
 * Call within db_tx, with the seat locked. */
outcome payment_at_desk(struct ctx *, const struct seat *, str method, money amount, struct payment *paid);
/* The seat that it paid for is in another course now (queue_move). Call within db_tx, with both courses locked. */
void payment_move(struct ctx *, str order_id, int64_t to_course_id, int64_t to_ticket);

/* The caller's own order. */
bool payment_read(struct ctx *, str order_id, struct payment *);

/* What the gateway said about an attempt. Once it is settled, nothing changes it. Not within db_tx. */
void payment_settle(struct ctx *, int64_t attempt_id, const struct gateway_result *);

/* Reads back attempts that are due; when the next one is. Gives the job's wish (data/job.h). */
int64_t payment_janitor(struct ctx *);
/* A webhook said that something happened to this order: the janitor looks at once. */
void payment_hint(struct ctx *, str order_id, str payment_key);

/* -- for refund: what goes back ---------------------------------------------------------------------------------------- */

bool payment_find(struct ctx *, int64_t id, struct payment *);
bool payment_of_order(struct ctx *, str order_id, struct payment *);
bool payment_lock_row(struct ctx *, int64_t id, struct payment *);     /* after its seat and its enrolment, if those are needed */
/* Speaks for this much of it: promised grows. false: not paid, or more than is left. */
bool payment_promise(struct ctx *, int64_t id, money amount);
/* This much of what was promised has gone back: returned grows, and when that is all of it the payment is returned. */
void payment_went_back(struct ctx *, int64_t id, money amount);

/* The calls to the gateway, the oldest first: for the staff. */
struct payment_call {
	int64_t id;
	int kind, state;
	money amount;
	int64_t tries;
	str code;
	when created_at;
	opt_when settled_at, check_at;
};
extern const struct shape payment_call_shape;
list payment_calls(struct ctx *, int64_t payment_id);

extern const char *const payment_methods[];

/* -- as the staff look at them --------------------------------------------------------------------------------------- */

struct payment_look {
	int64_t id;
	str order_id;
	struct id_name member;
	struct id_title course;
	str gateway;
	int method;
	money amount, approved, promised, returned, remaining;
	int status;
	str code;                      /* of the gateway's last refusal */
	opt_str payment_key;
	when created_at;
	opt_when paid_at;
};
extern const struct shape payment_look_shape;

struct payment_filter {
	int status, method;            /* 0: any; else one above enum payment_status, and the place in payment_methods */
	opt_int id, member_id, course_id;
	opt_str order_id;
	opt_str q;                     /* an order id, the last four characters of one, or P-17 */
	opt_str cursor;
	int64_t limit;
	struct keyset from;
};

/* limit + 1 rows, for list_page. */
list payment_list(struct ctx *, const struct payment_filter *);

extern const struct job payment_jobs[];
extern const struct listener payment_listeners[];

#endif
