/* refund/refund_routes.h -- inputs and answers that the JSON routes and the pages share. */
#ifndef REFUND_ROUTES_H
#define REFUND_ROUTES_H

#include "enrolment/enrolment.h"
#include "payment/payment.h"
#include "refund/refund_private.h"
#include "web/lists.h"
#include "web/request.h"

extern const struct shape refund_filter_shape;
extern const char *const refund_filter_states[];
void refund_list_page(struct request *, struct list_out *);

struct refund_in {
	int64_t id;
	opt_money amount;
	int reason_code;
	str reason, note;
	bool keeps_seat;
};
extern const struct shape refund_in_shape;

struct refund_out {
	struct refund refund;          /* or_null */
	struct quote quote;
	int64_t enrolment_id;
	int enrolment_status;
};
extern const struct shape refund_out_shape;
outcome refund_order(struct ctx *, const struct refund_in *, struct refund_out *);

struct refund_done_in {
	int64_t id;
	str reason;
};
extern const struct shape refund_done_in_shape;

/* All about one payment. */
struct payment_detail {
	struct payment_look payment;
	list calls, refunds;
	struct enrolled enrolment;     /* or_null */
	struct quote quote;            /* or_null */
	money left;
};
extern const struct shape payment_detail_shape;
bool refund_detail(struct ctx *, int64_t payment_id, struct payment_detail *);

/* Pages (refund_pages.c). */
#define REFUND_PAGE_ROUTES

#endif
