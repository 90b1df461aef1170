/* audit_log/audit_log.h -- the staff's log (staff_log/) as the staff read it (OP-5): by the API as it was kept, on the page in words.
 *
 * Tables: none of its own   Routes and page: audit_log.c, templates/audit_log/   Words: audit_log_words.c
 * Tests: tests/unit/test_staff_log.c, tests/http/people.py
 */
#ifndef AUDIT_LOG_H
#define AUDIT_LOG_H

#include "core/ctx.h"
#include "core/shape.h"

/* The words of an action; the action itself where the catalogue has none. */
str log_action_words(struct ctx *, str action);
/* The types that have words, and those. */
list log_types(struct ctx *);       /* of struct text_option */
/* C-2417; the words of its type and the number for what has no letter; empty for 0. */
str log_label(struct ctx *, str type, int64_t id);
/* Its page, if there is one and the caller may see it; else empty. */
str log_href(struct ctx *, str type, int64_t id);

/* One field of a thing that was changed; what stayed is not told. */
struct log_change {
	str field, label;
	str before, after;             /* in the reader's language: money, times, words, names; a list line by line */
	bool has_before, has_after;    /* false: it was not there */
	bool long_text;                /* to be folded */
};
extern const struct shape log_change_shape;
/* type: of the thing. before, after: JSON objects, or empty (made, removed). Its version goes without saying. */
list log_changes(struct ctx *, str type, str before, str after);

#endif
