/* saved_view/saved_view.c -- saved views of lists. */
#include "saved_view/saved_view.h"
#include "web/request.h"

const struct route saved_view_routes[] = {
	{ 0 }
};
