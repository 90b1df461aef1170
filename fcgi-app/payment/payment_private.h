/* payment/payment_private.h -- between the files of this module. */
#ifndef PAYMENT_PRIVATE_H
#define PAYMENT_PRIVATE_H

#include "payment/payment.h"
#include "queue/queue.h"

struct attempt {
	int64_t id, payment_id;
	str kind, idem_key;
	money amount;
	str state;
	int64_t tries;
};
extern const struct shape attempt_shape;

#define PAYMENT_COLUMNS \
	"id, order_id, member_id, ticket_id, course_id, gateway, amount, approved, returned, promised, status, method, payment_key, created_at, " \
	"paid_at"

/* Locks seat, ticket and payment, in the order of the house. */
bool payment_lock(struct ctx *, int64_t payment_id, struct payment *, struct seat *);
bool payment_by_id(struct ctx *, int64_t payment_id, struct payment *);
/* Orders of these tickets that nobody has paid yet are cancelled. */
void payment_close(struct ctx *, const int64_t *ticket_ids, size_t n);
void payment_set_status(struct ctx *, struct payment *, enum payment_status);
void payment_tell(struct ctx *, const struct payment *, const struct seat *, const char *type, money amount);

#endif
