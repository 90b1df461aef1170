/* policy/policy_routes.c -- refund policies. */
#include "policy/policy.h"
#include "web/request.h"

const struct route policy_routes[] = {
	{ 0 }
};
