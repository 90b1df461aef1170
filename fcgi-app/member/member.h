/* member/member.h -- members, for those who help them (ID-8): search by name, telephone (any spelling, last four digits), e-mail; all that
 * one holds on one page; suspending and restoring. Every look at a person's data is written down with its purpose (staff_log_look).
 *
 * Telephone numbers are masked (010-****-5678) until somebody says what for.
 *
 * Tables: none of its own; account's functions and views.   Search: member_find.c   Routes: member_routes.c
 * Pages: member_pages.c, templates/member/
 * Tests: tests/unit/test_member.c
 */
#ifndef MEMBER_H
#define MEMBER_H

#include "core/ctx.h"
#include "core/shape.h"

struct member_row {
	int64_t id;
	str name, email, phone;    /* phone masked */
	int status;                /* account_statuses */
	json_text roles;
	when created_at;
};
extern const struct shape member_row_shape;

/* The best matches, at most limit: for the search and the palette, and for the desk. Only masked numbers come out of it. */
list member_search(struct ctx *, str q, int64_t limit);
/* Masks the numbers of rows (struct member_row). */
void member_mask(struct ctx *, list rows);

#endif
