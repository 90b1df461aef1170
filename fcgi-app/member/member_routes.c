/* member/member_routes.c -- members, for the staff. */
#include "member/member.h"
#include "web/request.h"

const struct route member_routes[] = {
	{ 0 }
};
