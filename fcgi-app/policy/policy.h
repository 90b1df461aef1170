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
 * A month begins at midnight in Seoul, on the day of the month of the first session (or the last day of a shorter month); a session
 * belongs to the month in which it begins, and each month costs its share of the course's hours. A session that is under way counts for the
 * minutes that have passed. The centre's steps look at calendar days in Seoul and at the same hours.
 *
 * Tables: refund_policy, refund_step (sql/0012)   Routes: policy_routes.c   Pages: policy_pages.c, templates/policy/
 * Tests: tests/unit/test_policy.c
 */
#ifndef POLICY_H
#define POLICY_H

#include "core/ctx.h"
#include "core/shape.h"

enum { POLICY_STEPS = 12, POLICY_PAY_DAYS = 5 };         /* steps of a policy at most; days within which the money is to be back */

/* The policy that is frozen into what is bought now. */
int64_t policy_current(struct ctx *);

/* One line of the calculation. The amounts of all lines make up the refund. */
struct quote_line {
	str code;                  /* "before_start", "law_third", "law_half", "law_later_months", "centre_days_before", "centre_fault" … */
	int64_t percent;           /* of `of`, rounded down: for the words only */
	int64_t bound;             /* of a step of the centre's policy: days, or per cent of the hours */
	money of, amount;          /* amount: below 0 for what had gone back before ("returned_before") */
	str text;                  /* words "policy.line.<code>", in the reader's language */
};
extern const struct shape quote_line_shape;

enum quote_basis { QUOTE_LAW, QUOTE_CENTRE, QUOTE_CENTRE_FAULT };
extern const char *const quote_bases[];

struct quote {
	money paid;                /* what is left of what was paid: earlier refunds are taken off */
	money refund;              /* what goes back: the larger of the next two, never above `paid` */
	money by_law, by_centre;   /* never above `paid` either */
	int basis;                 /* which of the two counted */
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

/* Writes the lines' words again, in the reader's language: for a quote that was kept. */
void policy_words(struct ctx *, struct quote *);

/* -- the centre's own policies -------------------------------------------------------------------------------------- */

enum step_basis { STEP_DAYS_BEFORE, STEP_SHARE_HELD };
extern const char *const step_bases[];

/* The first step that holds counts. days_before: at least `bound` days before the first session; share_held: at most `bound` per cent
 * of the hours were held. Nothing holds: 0 %. */
struct policy_step {
	int basis;
	int64_t bound, percent;
};
extern const struct shape policy_step_shape;

struct refund_policy {
	int64_t id;
	str name, about;
	when created_at;
	list steps;                /* of struct policy_step */
};
extern const struct shape refund_policy_shape;

struct policy_input {
	str name, about;
	list steps;
};
extern const struct shape policy_input_shape;

extern const struct failure policy_unknown;            /* 404 */
extern const struct failure steps_out_of_order;        /* 422: a step that is never reached, or gives more later than before */

bool policy_find(struct ctx *, int64_t id, struct refund_policy *);
/* The newest first, before this id. */
list policy_list(struct ctx *, int64_t before_id, int64_t limit);
outcome policy_check(struct ctx *, const struct policy_input *);
outcome policy_create(struct ctx *, const struct policy_input *, struct refund_policy *made);

/* What these steps give for an example course of 100,000 won, beside the law: once a course of four weeks, once of twelve. */
struct policy_example {
	str moment;                /* words "policy.moment.<moment>", in the reader's language */
	money by_centre, by_law, counts;
	bool below;                /* the centre's is less than the law's, which counts then */
};
extern const struct shape policy_example_shape;
list policy_examples(struct ctx *, const list *steps, int64_t weeks);

#endif
