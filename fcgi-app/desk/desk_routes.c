/* desk/desk_routes.c -- the counter. */
#include "desk/desk.h"
#include "web/request.h"

const struct route desk_routes[] = {
	{ 0 }
};
