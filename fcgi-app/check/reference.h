/* check/reference.h -- the API reference as pages for people, in Korean and in English. */
#ifndef CHECK_REFERENCE_H
#define CHECK_REFERENCE_H

#include "core/ctx.h"

/* Writes ko/ and en/ into the folder, which exists: index.html, problems.html, try.html, a page per group. false: said on stderr. */
bool reference_write(struct ctx *, const char *folder);

#endif
