/* refund/refund_private.h -- between the files of this module. */
#ifndef REFUND_PRIVATE_H
#define REFUND_PRIVATE_H

#include "data/db.h"
#include "enrolment/enrolment.h"
#include "notify/notify.h"
#include "refund/refund.h"

/* The gateway is asked after the commit. */
void refund_send_later(struct ctx *, int64_t payment_id, int64_t refund_id);
/* struct policy_session, in the order of time. */
list refund_sessions(struct ctx *, int64_t course_id);
extern const struct shape course_cost_shape;

struct refund_filter_in {
	int state;                     /* 0: any */
	opt_int member_id, course_id;
	opt_str cursor;
	int64_t limit;
};
/* limit + 1 rows, for list_page. */
list refund_list(struct ctx *, const struct refund_filter_in *, const struct keyset *);
/* How its amount was found; false: nobody noted it. */
bool refund_kept_quote(struct ctx *, int64_t id, struct quote *);
/* Of that order, active or not. */
bool refund_enrolment_of(struct ctx *, str order_id, struct enrolled *);
/* refund_cancel, and the caller tells the member: for those who cancel many, and tell all of them in their order. */
outcome refund_cancel_untold(struct ctx *, const struct cancelling *, struct quote *, int64_t *refund_id, struct notice *);
/* What refund_cancel would say, with nothing locked and nothing done; *amount is what would go back. */
outcome refund_check(struct ctx *, const struct cancelling *, struct quote *, money *amount);
/* Reasons for which the hours that were not held are paid back. */
bool refund_is_centre_fault(int reason_code);

/* refund_withdrawn.c: the listeners, and what is done after each refund. */
outcome refund_of_withdrawn(struct ctx *, const struct event *);
outcome refund_cancel_withdrawn(struct ctx *, const struct event *);
void refund_forget_payee(struct ctx *, int64_t member_id);

extern const struct failure payment_not_paid;          /* 409: there is nothing to give back */

#endif
