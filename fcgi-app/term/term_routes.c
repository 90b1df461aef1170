/* term/term_routes.c -- terms, as JSON and as pages. */
#include "term/term.h"
#include "web/request.h"

const struct route term_routes[] = {
	{ 0 }
};
