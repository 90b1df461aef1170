/* course/course_conflict.h -- two who edit one course: what it was when the form was opened, what it is now, and what was typed.
 *
 * The form carries what it was opened with, as the text that a browser sends when nothing is touched (`_base`). So what somebody changed is known
 * without asking anything else: only that is saved, and what a colleague saved meanwhile stays unless both changed the same field.
 *
 * Tests: tests/http/courses.py, tests/browser/test_courses.js
 */
#ifndef COURSE_CONFLICT_H
#define COURSE_CONFLICT_H

#include "course/course.h"

/* The form of this course, untouched. */
str course_form_text(struct ctx *, const struct course_input *);

/* Bits of course_input_shape: the members of which `typed` says something else than `base`. */
uint64_t course_form_touched(struct ctx *, str typed, str base);

/* What was touched as it was typed, everything else as it is now. */
str course_form_merged(struct ctx *, str typed, str now, uint64_t touched);

/* The members that somebody else changed, or that both did. */
struct course_difference {
	str label, base, stored, typed;
	bool touched;                      /* also by who sees this page */
};
extern const struct shape course_difference_shape;
list course_differences(struct ctx *, str base, const struct course_input *stored, const struct course_input *typed, uint64_t touched);

#endif
