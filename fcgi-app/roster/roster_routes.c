/* roster/roster_routes.c -- rosters, attendance, enrolments. */
#include "roster/roster.h"
#include "web/request.h"

const struct route roster_routes[] = {
	{ 0 }
};
