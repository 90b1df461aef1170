/* web/problem.h -- the words of a wrong field, for problem documents and for forms. */
#ifndef WEB_PROBLEM_H
#define WEB_PROBLEM_H

#include "core/outcome.h"

/* Filled with what is wrong: {0} is its value (the limit, the word), {number} and {money} the same as people read it, {field} the label. */
str problem_words(struct ctx *, str key, const struct field_error *, str label);
/* Those under "field.<code>". */
str problem_field_message(struct ctx *, const struct field_error *);

#endif
