/* How much goes back: the law's table line by line, the centre's steps, and what holds for any course at any moment. */
#include "fixtures.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "data/db.h"
#include "policy/policy.h"
#include "policy/policy_private.h"

enum { PRICE = 100000, MOST = 40, ROUNDS = 400, MOMENTS = 60 };

static const list no_steps = { NULL, 0 };

/* A course: sessions of so many minutes, the first at `first`, the others so many days apart. */
struct a_plan {
	const char *first;             /* 2026-03-02 10:00 in Seoul */
	int64_t n, days_apart, minutes;
};

struct plan {
	struct policy_session s[MOST];
	size_t n;
};

static when moment(const char *text)
{
	when t = { 0 };

	assert_true(when_parse(str_of(text), &t));
	return t;
}

static struct plan make_plan(const struct a_plan *a)
{
	struct plan p = { .n = (size_t)(a->n ? a->n : 4) };
	when first = moment(a->first ? a->first : "2026-03-02T10:00:00+09:00");

	for (size_t i = 0; i < p.n; i++) {
		p.s[i].starts_at = when_plus(first, (int64_t)i * (a->days_apart ? a->days_apart : 7) * DAY);
		p.s[i].ends_at = when_plus(p.s[i].starts_at, (a->minutes ? a->minutes : 120) * MINUTE);
	}
	return p;
}
#define a_plan(...) make_plan(&(struct a_plan){ __VA_ARGS__ })

static struct quote quote_of(struct ctx *c, const struct plan *p, const list *steps, int64_t price, int64_t left, when at)
{
	struct quote q = { 0 };
	const struct quote_line *l;
	int64_t sum = 0;

	policy_quote_steps(c, steps, won(price), won(left), p->s, p->n, false, at, &q);
	l = q.lines.p;
	for (size_t i = 0; i < q.lines.n; i++)
		sum += l[i].amount.won;
	assert_int_equal(sum, q.refund.won);
	return q;
}

/* What the law gives for a course of PRICE. */
static int64_t law_at(struct ctx *c, const struct plan *p, when at)
{
	return quote_of(c, p, &no_steps, PRICE, PRICE, at).by_law.won;
}

#define assert_first_line(q, wanted) assert_str_at(((const struct quote_line *)(q).lines.p)[0].code, (wanted), __FILE__, __LINE__)

RULE(before_the_first_session_all_of_it_goes_back)
{
	struct plan p = a_plan();
	when begins = p.s[0].starts_at;

	assert_int_equal(law_at(c, &p, when_plus(begins, -30 * DAY)), PRICE);
	assert_int_equal(law_at(c, &p, when_plus(begins, -1)), PRICE);
	assert_int_equal(law_at(c, &p, begins), 66667);       /* from its first moment on it has begun; rounded up, for the member */
	assert_first_line(quote_of(c, &p, &no_steps, PRICE, PRICE, when_plus(begins, -1)), "before_start");
	assert_first_line(quote_of(c, &p, &no_steps, PRICE, PRICE, begins), "law_third");
}

RULE(up_to_a_third_of_the_hours_two_thirds_go_back_and_up_to_a_half_one_half)
{
	struct plan p = a_plan(.n = 3, .minutes = 120);           /* six hours: a third is at the end of the first session */
	when third = p.s[0].ends_at, half = when_plus(p.s[1].starts_at, 60 * MINUTE);

	assert_int_equal(law_at(c, &p, when_plus(third, -1)), 66667);
	assert_int_equal(law_at(c, &p, third), 50000);
	assert_int_equal(law_at(c, &p, when_plus(half, -1)), 50000);
	assert_int_equal(law_at(c, &p, half), 0);
	assert_int_equal(law_at(c, &p, when_plus(p.s[2].ends_at, 90 * DAY)), 0);
	assert_first_line(quote_of(c, &p, &no_steps, PRICE, PRICE, third), "law_half");
	assert_first_line(quote_of(c, &p, &no_steps, PRICE, PRICE, half), "law_over");
	assert_int_equal(quote_of(c, &p, &no_steps, PRICE, PRICE, half).held_percent, 50);
}

RULE(nothing_changes_between_two_sessions)
{
	struct plan p = a_plan(.n = 4);

	assert_int_equal(law_at(c, &p, p.s[0].ends_at), 66667);
	assert_int_equal(law_at(c, &p, when_plus(p.s[1].starts_at, -1)), 66667);
	assert_int_equal(law_at(c, &p, when_plus(p.s[1].ends_at, -1)), 50000);
	assert_int_equal(law_at(c, &p, p.s[1].ends_at), 0);
}

RULE(a_course_of_exactly_a_month_is_not_longer_than_one)
{
	struct plan within = a_plan(.first = "2026-01-05T10:00:00+09:00", .n = 2, .days_apart = 30);     /* 5 January and 4 February */
	struct plan longer = a_plan(.first = "2026-01-05T10:00:00+09:00", .n = 2, .days_apart = 31);     /* 5 February: the next month */
	struct plan short_month = a_plan(.first = "2026-01-31T10:00:00+09:00", .n = 2, .days_apart = 28); /* 28 February: the next month */

	assert_int_equal(law_at(c, &within, within.s[0].ends_at), 0);
	assert_int_equal(law_at(c, &longer, longer.s[0].ends_at), PRICE / 2);       /* all of the second month */
	assert_int_equal(law_at(c, &short_month, short_month.s[0].ends_at), PRICE / 2);
}

RULE(a_longer_course_gives_back_the_running_month_by_the_table_and_all_that_follow)
{
	struct plan p = a_plan(.n = 12);          /* 2 March to 18 May, months of 5, 4 and 3 sessions, of 8,333 won each */
	struct quote q;

	assert_int_equal(law_at(c, &p, when_plus(p.s[0].starts_at, -1)), PRICE);
	q = quote_of(c, &p, &no_steps, PRICE, PRICE, p.s[0].ends_at);          /* 1 of 5: two thirds of the month */
	assert_first_line(q, "law_month_third");
	assert_int_equal(q.lines.n, 2);
	assert_int_equal(q.refund.won, (PRICE * 5 * 2 / 3 + PRICE * 7) / 12 + 1);
	assert_str(((struct quote_line *)q.lines.p)[1].code, "law_later_months");
	assert_int_equal(((struct quote_line *)q.lines.p)[1].amount.won, PRICE * 7 / 12);
	q = quote_of(c, &p, &no_steps, PRICE, PRICE, p.s[1].ends_at);          /* 2 of 5 */
	assert_first_line(q, "law_month_half");
	assert_int_equal(q.refund.won, (PRICE * 5 / 2 + PRICE * 7) / 12 + 1);
	q = quote_of(c, &p, &no_steps, PRICE, PRICE, p.s[2].ends_at);          /* 3 of 5 */
	assert_first_line(q, "law_month_over");
	assert_int_equal(q.refund.won, PRICE * 7 / 12 + 1);
	q = quote_of(c, &p, &no_steps, PRICE, PRICE, when_plus(p.s[5].starts_at, -1));   /* the second month, before its first session */
	assert_first_line(q, "law_month_start");
	assert_int_equal(q.refund.won, PRICE * 7 / 12 + 1);
	q = quote_of(c, &p, &no_steps, PRICE, PRICE, p.s[5].starts_at);
	assert_first_line(q, "law_month_third");
	assert_int_equal(q.refund.won, (PRICE * 4 * 2 / 3 + PRICE * 3) / 12 + 1);
	assert_int_equal(law_at(c, &p, p.s[11].ends_at), 0);
}

RULE(months_begin_at_midnight_in_seoul)
{
	struct plan p = a_plan(.first = "2026-03-02T23:30:00+09:00", .n = 12);       /* still the first in Greenwich */

	assert_first_line(quote_of(c, &p, &no_steps, PRICE, PRICE, moment("2026-04-01T23:59:59+09:00")), "law_month_over");
	assert_first_line(quote_of(c, &p, &no_steps, PRICE, PRICE, moment("2026-04-02T00:00:00+09:00")), "law_month_start");
}

RULE(a_month_without_sessions_costs_nothing)
{
	struct plan p = a_plan(.n = 2, .days_apart = 70);          /* March and May */
	struct quote q = quote_of(c, &p, &no_steps, PRICE, PRICE, moment("2026-04-15T12:00:00+09:00"));

	assert_int_equal(q.refund.won, PRICE / 2);
	assert_int_equal(q.lines.n, 1);
	assert_first_line(q, "law_later_months");
}

RULE(a_course_without_sessions_has_not_begun)
{
	struct plan none = { .n = 0 };
	struct policy_step step = { STEP_DAYS_BEFORE, 7, 80 };
	struct quote q = quote_of(c, &none, &(list){ &step, 1 }, PRICE, PRICE, c->now);

	assert_int_equal(q.refund.won, PRICE);
	assert_int_equal(q.by_centre.won, 80000);
	assert_false(q.first_session_at.set);
	assert_first_line(q, "before_start");
}

RULE(nothing_was_paid_and_nothing_goes_back)
{
	struct plan p = a_plan();
	struct policy_step step = { STEP_SHARE_HELD, 100, 100 };
	struct quote q = quote_of(c, &p, &(list){ &step, 1 }, 0, 0, when_plus(p.s[0].starts_at, -DAY));

	assert_int_equal(q.refund.won, 0);
	assert_int_equal(quote_of(c, &p, &no_steps, 0, 0, p.s[1].starts_at).refund.won, 0);
}

RULE(what_had_gone_back_before_does_not_go_back_again)
{
	struct plan p = a_plan();
	struct quote q = quote_of(c, &p, &no_steps, PRICE, 70000, when_plus(p.s[0].starts_at, -DAY));
	const struct quote_line *l = q.lines.p;

	assert_int_equal(q.paid.won, 70000);
	assert_int_equal(q.refund.won, 70000);
	assert_int_equal(q.lines.n, 2);
	assert_str(l[1].code, "returned_before");
	assert_int_equal(l[1].amount.won, -30000);
	assert_int_equal(quote_of(c, &p, &no_steps, PRICE, 70000, p.s[0].starts_at).refund.won, 66667);   /* still less than is left */
	assert_int_equal(quote_of(c, &p, &no_steps, PRICE, 0, p.s[0].starts_at).refund.won, 0);
}

RULE(fractions_of_a_won_are_rounded_up_for_the_member)
{
	struct plan p = a_plan();
	struct policy_step step = { STEP_SHARE_HELD, 100, 33 };

	assert_int_equal(quote_of(c, &p, &no_steps, 1, 1, p.s[0].starts_at).refund.won, 1);
	assert_int_equal(quote_of(c, &p, &no_steps, 100001, 100001, p.s[0].starts_at).by_law.won % 10, 8);     /* 66,667.3… */
	assert_int_equal(quote_of(c, &p, &(list){ &step, 1 }, 101, 101, p.s[3].ends_at).refund.won, 34);
}

RULE(the_better_of_the_two_rules_counts)
{
	static const struct policy_step steps[] = { { STEP_DAYS_BEFORE, 7, 100 }, { STEP_DAYS_BEFORE, 1, 90 }, { STEP_SHARE_HELD, 25, 75 },
						    { STEP_SHARE_HELD, 60, 40 } };
	list l = { (void *)(uintptr_t)steps, 4 };
	struct plan p = a_plan();
	struct quote q = quote_of(c, &p, &l, PRICE, PRICE, when_plus(p.s[0].starts_at, -3 * DAY));

	assert_int_equal(q.by_centre.won, 90000);
	assert_int_equal(q.refund.won, PRICE);             /* the law gives all of it */
	assert_int_equal(q.basis, QUOTE_LAW);
	q = quote_of(c, &p, &l, PRICE, PRICE, p.s[0].ends_at);          /* a quarter: 75 % there, 66,667 by the law */
	assert_int_equal(q.refund.won, 75000);
	assert_int_equal(q.basis, QUOTE_CENTRE);
	assert_first_line(q, "centre_share_held");
	q = quote_of(c, &p, &l, PRICE, PRICE, when_plus(p.s[1].starts_at, 1));
	assert_int_equal(q.by_centre.won, 40000);
	assert_int_equal(q.refund.won, 66667);
	assert_int_equal(quote_of(c, &p, &l, PRICE, PRICE, p.s[1].ends_at).refund.won, 40000);          /* the law gives nothing any more */
	q = quote_of(c, &p, &l, PRICE, PRICE, p.s[2].ends_at);
	assert_int_equal(q.refund.won, 0);
}

RULE(days_before_are_days_of_the_calendar_in_seoul)
{
	struct policy_step step = { STEP_DAYS_BEFORE, 7, 100 };
	list l = { &step, 1 };
	struct plan p = a_plan();           /* 2 March, 10:00 */

	assert_int_equal(quote_of(c, &p, &l, PRICE, PRICE, moment("2026-02-23T23:59:59+09:00")).by_centre.won, PRICE);
	assert_int_equal(quote_of(c, &p, &l, PRICE, PRICE, moment("2026-02-24T00:00:00+09:00")).by_centre.won, 0);
	step.bound = 0;
	assert_int_equal(quote_of(c, &p, &l, PRICE, PRICE, when_plus(p.s[0].starts_at, -1)).by_centre.won, PRICE);
	assert_int_equal(quote_of(c, &p, &l, PRICE, PRICE, p.s[0].starts_at).by_centre.won, 0);        /* the same day, but it has begun */
}

RULE(if_it_is_the_centres_fault_the_hours_that_were_not_held_are_paid_back)
{
	struct plan p = a_plan(.n = 4);
	struct quote q;

	policy_quote_steps(c, &no_steps, won(PRICE), won(PRICE), p.s, p.n, true, when_plus(p.s[0].starts_at, -1), &q);
	assert_int_equal(q.refund.won, PRICE);
	assert_first_line(q, "centre_fault_before");
	policy_quote_steps(c, &no_steps, won(PRICE), won(PRICE), p.s, p.n, true, p.s[2].ends_at, &q);
	assert_int_equal(q.refund.won, PRICE / 4);             /* the member alone would get nothing */
	assert_int_equal(q.basis, QUOTE_CENTRE_FAULT);
	assert_first_line(q, "centre_fault");
	policy_quote_steps(c, &no_steps, won(PRICE), won(PRICE), p.s, p.n, true, p.s[3].ends_at, &q);
	assert_int_equal(q.refund.won, 0);
}

/* -- for any course ---------------------------------------------------------------------------------------------------- */

static int64_t upto(int64_t n)
{
	return n > 0 ? rand() % n : 0;
}

static struct plan any_plan(void)
{
	struct plan p = { .n = (size_t)upto(25) };
	int64_t at = INT64_C(1767225600) * SECOND + upto(400 * 24 * 60) * MINUTE;

	for (size_t i = 0; i < p.n; i++) {
		p.s[i].starts_at.us = at;
		p.s[i].ends_at.us = at + (1 + upto(300)) * MINUTE + upto(2);
		at = p.s[i].ends_at.us + upto(20 * 24 * 60) * MINUTE;
	}
	return p;
}

/* The law's amount for a course that is not longer than a month, in another way: by counting won in sixths. */
static bool short_law_holds(const struct plan *p, int64_t price, when at, int64_t got)
{
	double held = 0, whole = 0;

	for (size_t i = 0; i < p->n; i++) {
		double from = (double)p->s[i].starts_at.us, to = (double)p->s[i].ends_at.us, now = (double)at.us;

		whole += to - from;
		held += now >= to ? to - from : now > from ? now - from : 0;
	}
	if (!p->n || at.us < p->s[0].starts_at.us)
		return got == price;
	if (held < whole / 3)
		return got >= price * 2 / 3 && got <= price * 2 / 3 + 1;
	return held < whole / 2 ? got == (price + 1) / 2 : got == 0;
}

static bool is_short(const struct plan *p)
{
	return !p->n || p->s[p->n - 1].starts_at.us - p->s[0].starts_at.us < 27 * DAY;
}

static void look_at_any(struct ctx *c)
{
	struct policy_step steps[2] = { { STEP_DAYS_BEFORE, upto(30), upto(101) }, { STEP_SHARE_HELD, upto(101), upto(101) } };
	list l = { steps, (size_t)upto(3) };
	struct plan p = any_plan();
	int64_t price = upto(3) ? upto(1000000) : upto(10), left = upto(3) ? price : upto(price + 1), law_before = INT64_MAX;
	when first = p.n ? p.s[0].starts_at : c->now, last = p.n ? p.s[p.n - 1].ends_at : c->now, at = when_plus(first, -40 * DAY);
	int64_t step = (last.us - first.us + 80 * DAY) / MOMENTS;

	for (int i = 0; i < MOMENTS; i++, at.us += 1 + upto(2 * step)) {
		struct quote q = quote_of(c, &p, &l, price, left, at), fault;
		int64_t law = quote_of(c, &p, &no_steps, price, price, at).by_law.won;

		assert_in_range(q.refund.won, 0, left);
		assert_true(q.refund.won >= (law < left ? law : left));
		assert_true(law <= law_before);
		law_before = law;
		if (is_short(&p))
			assert_true(short_law_holds(&p, price, at, law));
		policy_quote_steps(c, &l, won(price), won(left), p.s, p.n, true, at, &fault);
		assert_true(fault.refund.won >= q.refund.won);
		assert_true(fault.refund.won <= left);
	}
}

static unsigned seed;

RULE(for_any_course_at_any_moment_the_law_is_the_floor_and_what_is_left_the_ceiling)
{
	const char *wanted = getenv("MADANG_TEST_SEED");

	seed = wanted ? (unsigned)strtoul(wanted, NULL, 10) : (unsigned)when_now().us ^ (unsigned)getpid();
	printf("MADANG_TEST_SEED=%u\n", seed);
	srand(seed);
	for (int i = 0; i < ROUNDS; i++)
		look_at_any(c);
}

/* -- the policies themselves ------------------------------------------------------------------------------------------ */

static struct policy_input an_input(struct policy_step *steps, size_t n)
{
	return (struct policy_input){ S("봄 학기 규정"), S(""), { steps, n } };
}

RULE(a_new_policy_takes_the_place_of_the_one_before_which_stays_as_it_was)
{
	struct policy_step steps[] = { { STEP_DAYS_BEFORE, 3, 100 }, { STEP_SHARE_HELD, 50, 60 } };
	struct policy_input in = an_input(steps, 2);
	struct refund_policy made = { 0 }, old = { 0 };
	int64_t before = policy_current(c);

	as(c, a_member(c, .roles = ROLE_OPERATOR));
	assert_ptr_equal(policy_create(c, &in, &made), OK);
	assert_int_equal(policy_current(c), made.id);
	assert_true(made.id > before);
	assert_int_equal(made.steps.n, 2);
	assert_true(policy_find(c, before, &old));
	assert_int_equal(old.id, before);
}

RULE(a_step_that_is_never_reached_is_refused)
{
	struct policy_step again[] = { { STEP_DAYS_BEFORE, 3, 100 }, { STEP_DAYS_BEFORE, 3, 50 } };
	struct policy_step after_share[] = { { STEP_SHARE_HELD, 10, 100 }, { STEP_DAYS_BEFORE, 3, 50 } };
	struct policy_step too_much[] = { { STEP_SHARE_HELD, 101, 100 } };
	struct policy_step more_later[] = { { STEP_DAYS_BEFORE, 3, 50 }, { STEP_DAYS_BEFORE, 1, 60 } };
	struct policy_input in = an_input(again, 2);

	assert_ptr_equal(policy_check(c, &in), &steps_out_of_order);
	in = an_input(after_share, 2);
	assert_ptr_equal(policy_check(c, &in), &steps_out_of_order);
	in = an_input(too_much, 1);
	assert_ptr_equal(policy_check(c, &in), &steps_out_of_order);
	in = an_input(more_later, 2);
	assert_ptr_equal(policy_check(c, &in), &steps_out_of_order);
}

RULE(examples_say_where_a_policy_lies_below_the_law)
{
	struct policy_step steps[] = { { STEP_DAYS_BEFORE, 7, 100 } };
	list l = policy_examples(c, &(list){ steps, 1 }, 4);
	const struct policy_example *e = l.p;

	assert_true(l.n >= 8);
	assert_false(e[0].below);              /* 30 days before */
	assert_true(e[3].below);               /* 3 days before: nothing there, all by the law */
	assert_int_equal(e[3].by_centre.won, 0);
	assert_int_equal(e[3].counts.won, 100000);
}

RULE(a_course_at_the_end_of_the_calendar_has_a_quote)
{
	struct plan p = a_plan(.first = "9999-12-01T10:00:00+09:00");

	assert_int_equal(quote_of(c, &p, &no_steps, PRICE, PRICE, when_plus(p.s[0].ends_at, HOUR)).refund.won, 66667);
	p = (struct plan){ .s = { p.s[0], { { INT64_C(253402300799) * SECOND }, { INT64_C(253402300800) * SECOND } } }, .n = 2 };
	quote_of(c, &p, &no_steps, PRICE, PRICE, when_plus(p.s[1].ends_at, HOUR));
}

SQL(count_policies, "SELECT COUNT(*) FROM refund_policy");

/* The second step breaks a rule of the table, which the input can't. */
static void half_a_policy(struct ctx *c, void *nothing)
{
	struct policy_step steps[] = { { STEP_DAYS_BEFORE, 7, 100 }, { STEP_DAYS_BEFORE, 3, -1 } };
	struct policy_input in = { S("반쪽"), S(""), { steps, 2 } };
	struct refund_policy made;

	(void)nothing;
	policy_create(c, &in, &made);
}

COMMITTED(a_policy_is_there_with_all_its_steps_or_not_at_all)
{
	int64_t before = db_int(c, &count_policies, 0);

	assert_int_equal(test_fault(c, half_a_policy, NULL), FAULT_BUG);
	assert_int_equal(db_int(c, &count_policies, 0), before);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(before_the_first_session_all_of_it_goes_back),
	cmocka_unit_test(up_to_a_third_of_the_hours_two_thirds_go_back_and_up_to_a_half_one_half),
	cmocka_unit_test(nothing_changes_between_two_sessions),
	cmocka_unit_test(a_course_of_exactly_a_month_is_not_longer_than_one),
	cmocka_unit_test(a_longer_course_gives_back_the_running_month_by_the_table_and_all_that_follow),
	cmocka_unit_test(months_begin_at_midnight_in_seoul),
	cmocka_unit_test(a_month_without_sessions_costs_nothing),
	cmocka_unit_test(a_course_without_sessions_has_not_begun),
	cmocka_unit_test(nothing_was_paid_and_nothing_goes_back),
	cmocka_unit_test(what_had_gone_back_before_does_not_go_back_again),
	cmocka_unit_test(fractions_of_a_won_are_rounded_up_for_the_member),
	cmocka_unit_test(the_better_of_the_two_rules_counts),
	cmocka_unit_test(days_before_are_days_of_the_calendar_in_seoul),
	cmocka_unit_test(if_it_is_the_centres_fault_the_hours_that_were_not_held_are_paid_back),
	cmocka_unit_test(for_any_course_at_any_moment_the_law_is_the_floor_and_what_is_left_the_ceiling),
	cmocka_unit_test(a_new_policy_takes_the_place_of_the_one_before_which_stays_as_it_was),
	cmocka_unit_test(a_step_that_is_never_reached_is_refused),
	cmocka_unit_test(a_course_at_the_end_of_the_calendar_has_a_quote),
	cmocka_unit_test(a_policy_is_there_with_all_its_steps_or_not_at_all),
	cmocka_unit_test(examples_say_where_a_policy_lies_below_the_law),
};
UNIT_GROUP(policy, tests, NULL, NULL)
