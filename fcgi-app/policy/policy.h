/* policy/policy.h -- how much goes back to somebody who leaves a course (QU-5).
 *
 * Two rules are looked at, and the better one for the member counts: the law's table (평생교육법 시행령 별표 3), which is the floor,
 * and the centre's own policy, which is data. A policy never changes: a new one takes its place, and an enrolment keeps the one
 * that was current when it was bought.
 *
 * The law's table, for a course of sessions (비고 5: the share is that of the hours that were held):
 *	not longer than a month     before the first session all of it; before a third of the hours 2/3; before half of them 1/2; then nothing
 *	longer than a month         by months from the first session on: of the month that it falls in by the table above,
 *	                            and all of the months that follow
 *	the centre's fault          before the first session all of it; then the share of the hours that were not held
 * Fractions of a won are rounded up, for the member. It is to be paid back within five days.
 *
 * Tables: refund_policy, refund_step (sql/0012)   Pages: policy_pages.c, templates/policy/   Tests: tests/unit/test_policy.c
 */
#ifndef POLICY_H
#define POLICY_H

#include "core/ctx.h"
#include "core/shape.h"

/* The policy that is frozen into what is bought now. */
int64_t policy_current(struct ctx *);

/* One line of the calculation: words "policy.line.<code>"; amount may be 0. */
struct quote_line {
	str code;                  /* "before_start", "law_third", "law_half", "law_later_months", "centre_days_before", "centre_fault" … */
	int64_t percent;           /* of `of`, rounded down: for the words only */
	money of, amount;
};
extern const struct shape quote_line_shape;

struct quote {
	money paid;                /* what is left of what was paid: earlier refunds are taken off */
	money refund;              /* what goes back: the larger of the next two, never above `paid` */
	money by_law, by_centre;
	str basis;                 /* "law" or "centre": which of the two counted; "centre_fault" */
	str policy_name;
	opt_when first_session_at;
	int64_t held_percent;      /* of the hours of the course that were held, rounded down */
	list lines;                /* of struct quote_line, of the one that counted */
	when at;                   /* the moment that it is for */
};
extern const struct shape quote_shape;

/* A session as the calculation needs it. In the order of time. */
struct policy_session {
	when starts_at, ends_at;
};

/* Pure but for the policy's row: the same inputs give the same quote. `price` is what the whole course cost the member, `left` what
 * has not gone back yet. A course without sessions counts as not begun. */
void policy_quote(struct ctx *, int64_t policy_id, money price, money left, const struct policy_session *, size_t n, bool centre_fault,
		  when at, struct quote *);

#endif
