/* refund/refund_routes.c -- quotes, cancelling, refunds. */
#include "refund/refund.h"
#include "web/request.h"

const struct route refund_routes[] = {
	{ 0 }
};
