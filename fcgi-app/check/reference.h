/* check/reference.h -- the API reference as pages for people. */
#ifndef CHECK_REFERENCE_H
#define CHECK_REFERENCE_H

#include "core/ctx.h"

/* Writes index.html, problems.html and a page per group into the folder, which exists. false: said on stderr. */
bool reference_write(struct ctx *, const char *folder);

#endif
