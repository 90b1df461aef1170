/* payment_fixtures.h -- orders for held seats, and what the gateway said of them. */
#ifndef UNIT_PAYMENT_FIXTURES_H
#define UNIT_PAYMENT_FIXTURES_H

#include "fake_gateway.h"
#include "fixtures.h"
#include "payment/payment.h"

enum { PRICE = 100000 };

struct attempt_look {
	int64_t id;
	str state;
	int64_t tries;
	opt_when check_at;
	str idem_key, code;
};
struct attempt_look attempt_of(struct ctx *, const struct payment *);

outcome try_check_out(struct ctx *, int64_t ticket, struct payment *order);
/* An order of the ticket's holder, who is the caller from then on. Janitors forget what earlier tests left open. */
struct payment check_out(struct ctx *, int64_t ticket);
struct payment read_order(struct ctx *, const struct payment *);
#define assert_status(c, p, wanted) assert_str_at(str_of(payment_statuses[read_order((c), (p)).status]), (wanted), __FILE__, __LINE__)

outcome confirm_order(struct ctx *, const struct payment *, struct payment *now);
/* For test_fault: the worker is gone before it hears the answer (fake.dies). */
void confirm_and_die(struct ctx *, void *order);
/* An order whose payment the gateway has been asked for, with this answer. */
struct payment confirmed(struct ctx *, int64_t ticket, struct gateway_result said);
/* The janitor looks after its attempt next; and does so at once. */
void make_due(struct ctx *, const struct payment *);
void run_janitor(struct ctx *, const struct payment *);

#endif
