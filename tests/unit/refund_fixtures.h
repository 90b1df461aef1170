/* refund_fixtures.h -- seats that were paid for, for the tests of what becomes of them. */
#ifndef UNIT_REFUND_FIXTURES_H
#define UNIT_REFUND_FIXTURES_H

#include "fixtures.h"
#include "payment/payment.h"
#include "refund/refund_private.h"

enum { PRICE = 100000 };

/* Somebody who has paid for a seat. */
struct sold {
	int64_t course, ticket, member, enrolment;
	struct payment payment;
};

struct a_sale {
	int64_t course, member;        /* new ones; the course of PRICE */
	bool at_desk;                  /* in cash */
};

struct sold make_sale(struct ctx *, const struct a_sale *);
#define a_sale(c, ...) make_sale((c), &(struct a_sale){ __VA_ARGS__ })
/* Only the order, of a struct sold with its ticket, for its holder who is the caller. */
outcome check_out_tx(struct ctx *, void *sold);

outcome try_cancel(struct ctx *, const struct cancelling *, int64_t *refund_id);
/* The member of the sale leaves; the refund's id. */
int64_t leave(struct ctx *, const struct sold *);
int64_t give_part(struct ctx *, const struct sold *, int64_t amount);
const struct listener *listener_of(const char *type);
struct payment read_payment(struct ctx *, const struct sold *);
/* Without its refunds: money without a seat goes back whole. */
struct payment read_payment_only(struct ctx *, const struct sold *);
/* Sessions of an hour each, one that was held and one that will be. */
void half_held(struct ctx *, int64_t course);

#endif
