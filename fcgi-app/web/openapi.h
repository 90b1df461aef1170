/* web/openapi.h -- the OpenAPI 3.1 document, made from the same routes and shapes that route and validate (OP-2). */
#ifndef WEB_OPENAPI_H
#define WEB_OPENAPI_H

#include "core/ctx.h"

/* The whole document; in the arena. Pages are not in it. */
str openapi_document(struct ctx *);

/* The component name of a shape that goes in (without what only comes out) or out. */
int openapi_command(int argc, char **argv);         /* prints it */
int routes_command(int argc, char **argv);          /* a line per route; --json; --nginx: the map of paths to pools */

#endif
