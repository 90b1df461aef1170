/* payment/payment_admin.h -- the routes of payment_admin.c. */
#ifndef PAYMENT_ADMIN_H
#define PAYMENT_ADMIN_H

#include "payment/payment.h"
#include "web/request.h"

handler payment_page_list;
extern const struct shape payment_filter_shape, payment_page_list_shape, payment_list_shape;
handler payment_admin_list;

#endif
