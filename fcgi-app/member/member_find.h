/* member/member_find.h -- what somebody typed who looks for a person, and the statements that find one. */
#ifndef MEMBER_FIND_H
#define MEMBER_FIND_H

#include "core/ctx.h"
#include "core/shape.h"

enum member_query_kind { FIND_NOTHING, FIND_ID, FIND_PHONE_TAIL, FIND_PHONE, FIND_EMAIL, FIND_NAME, FIND_NAME_OR_EMAIL };
extern const char *const member_query_kinds[];

struct member_query {
	enum member_query_kind kind;
	int64_t id;
	str tail;                  /* four digits */
	str phone, phone_abroad;   /* patterns: 010…% and 8210…% */
	str name, email;           /* patterns for LIKE … ESCAPE '!' */
};

/* M-17, #17; 010-1234-5678, +82 10 1234 5678, 1234-5678; 5678; kim@…; 김서, 서연. */
struct member_query member_query_of(struct ctx *, str q);

/* The beginning of a text, as a pattern for LIKE … ESCAPE '!': signs that mean something there mean themselves. */
str member_like(struct ctx *, str text);

/* 010-****-5678 */
str member_masked(struct ctx *, str phone);
/* 010-1234-5678 */
str member_phone_words(struct ctx *, str phone);

#endif
