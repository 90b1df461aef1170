/* home/home.c -- Today: what needs somebody now. */
#include "web/request.h"

const struct route home_routes[] = {
	{ 0 }
};
