/* refund/refund_routes.h -- inputs and answers that the JSON routes and the pages share. */
#ifndef REFUND_ROUTES_H
#define REFUND_ROUTES_H

#include "enrolment/enrolment.h"
#include "course/course.h"
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
/* The enrolment that this is about, and what is to be done with it. payment_unknown, payment_not_paid. */
outcome refund_meant(struct ctx *, const struct refund_in *, struct cancelling *, struct enrolled *);
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
handler refund_page_payment, refund_page_form, refund_page_check, refund_page_order, refund_page_list, refund_page_show, refund_page_done,
	refund_page_done_check;
handler refund_page_course, refund_page_call_off;
extern const struct shape refund_page_payment_shape, refund_page_form_shape, refund_page_list_shape;
extern const struct shape refund_page_show_shape, refund_page_course_shape, refund_call_off_shape;

#define REFUND_PAGE_ROUTES \
	{ GET, "/admin/payments/{id}", ANY_STAFF, refund_page_payment, &id_in_shape, &refund_page_payment_shape, \
	  .page = "refund/payment.html", .fails = FAILS(&payment_unknown) }, \
	{ GET, "/admin/payments/{id}/refund", ANY_STAFF, refund_page_form, &id_in_shape, &refund_page_form_shape, .page = "refund/order.html", \
	  .fails = FAILS(&payment_unknown, &payment_not_paid) }, \
	{ POST, "/admin/payments/{id}/refund/check", ANY_STAFF, refund_page_check, &refund_in_shape, &refund_page_form_shape, \
	  .page = "refund/order.html", .again = refund_page_form, .fails = FAILS(&payment_unknown, &payment_not_paid, &refund_too_large, &refund_below_law) }, \
	{ POST, "/admin/payments/{id}/refund", ANY_STAFF, refund_page_order, &refund_in_shape, &refund_page_form_shape, \
	  .page = "refund/order.html", .again = refund_page_form, .once = ONCE_TX_REQUIRED, \
	  .fails = FAILS(&payment_unknown, &payment_not_paid, &enrolment_not_active, &refund_too_large, &refund_below_law) }, \
	{ GET, "/admin/refunds", ANY_STAFF, refund_page_list, &refund_filter_shape, &refund_page_list_shape, .page = "refund/list.html" }, \
	{ GET, "/admin/refunds/{id}", ANY_STAFF, refund_page_show, &id_in_shape, &refund_page_show_shape, .page = "refund/show.html", \
	  .fails = FAILS(&refund_unknown) }, \
	{ POST, "/admin/refunds/{id}/done/check", ANY_STAFF, refund_page_done_check, &refund_done_in_shape, &refund_page_show_shape, \
	  .page = "refund/show.html", .again = refund_page_show, .fails = FAILS(&refund_unknown, &refund_not_by_hand) }, \
	{ POST, "/admin/refunds/{id}/done", ANY_STAFF, refund_page_done, &refund_done_in_shape, &refund_page_show_shape, \
	  .page = "refund/show.html", .again = refund_page_show, .once = ONCE_TX_REQUIRED, \
	  .fails = FAILS(&refund_unknown, &refund_not_by_hand) }, \
	{ GET, "/admin/courses/{id}/cancel", STAFF, refund_page_course, &id_in_shape, &refund_page_course_shape, .page = "refund/course.html", \
	  .fails = FAILS(&course_unknown) }, \
	{ POST, "/admin/courses/{id}/cancel", STAFF, refund_page_call_off, &refund_call_off_shape, &refund_page_course_shape, \
	  .page = "refund/course.html", .again = refund_page_course, .once = ONCE_TX_REQUIRED, \
	  .fails = FAILS(&course_unknown, &course_status_refused, &quote_changed) },

#endif
