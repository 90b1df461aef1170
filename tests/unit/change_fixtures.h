/* change_fixtures.h -- requests for change, for the tests of their rules. */
#ifndef UNIT_CHANGE_FIXTURES_H
#define UNIT_CHANGE_FIXTURES_H

#include "change/change.h"
#include "fixtures.h"

/* The member who teaches this course. */
int64_t teacher_of(struct ctx *, int64_t course);
struct course course_now(struct ctx *, int64_t course);

/* Files by the course's teacher, who is the caller afterwards. "price": 5000 … as JSON. */
outcome file_for(struct ctx *, int64_t course, enum change_kind, const char *changes, bool draft, struct change *);
/* A request in this state. */
int64_t a_change(struct ctx *, int64_t course, enum change_kind, const char *changes, enum change_state);
struct change change_now(struct ctx *, int64_t id);
/* Now an operator is the caller, a new one. */
int64_t as_operator(struct ctx *);
/* Edits the course behind the request's back. */
void move_course(struct ctx *, int64_t course, const char *changes);
outcome decided(struct ctx *, int64_t id, enum change_action);
const char *first_error(struct ctx *);

#endif
