/* web/problem.h -- the words of a wrong field, for problem documents and for forms. */
#ifndef WEB_PROBLEM_H
#define WEB_PROBLEM_H

#include "core/outcome.h"

str problem_field_message(struct ctx *, const struct field_error *);

#endif
