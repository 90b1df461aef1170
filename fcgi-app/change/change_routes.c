/* change/change_routes.c -- change requests. */
#include "change/change.h"
#include "web/request.h"

const struct route change_routes[] = {
	{ 0 }
};
