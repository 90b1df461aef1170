/* search/search.c -- one box for everything. */
#include "search/search.h"
#include "web/request.h"

const struct route search_routes[] = {
	{ 0 }
};
