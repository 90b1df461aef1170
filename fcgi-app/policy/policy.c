/* policy/policy.c -- the calculation. The centre's policies as data: policy_rows.c. */
#include "policy/policy.h"

#include "core/i18n.h"
#include "policy/policy_private.h"

const char *const quote_bases[] = { "law", "centre", "centre_fault", NULL };

const struct shape quote_line_shape = SHAPE("QuoteLine", struct quote_line,
	F(code, .about = "Which rule: before_start, law_third, law_half, law_over, law_month_…, law_later_months, centre_…, returned_before."),
	F(percent), F(bound), F(of), F(amount, .min = -INT_MAX_JSON), F(text));

const struct shape quote_shape = SHAPE("RefundQuote", struct quote,
	F(paid, .about = "What is left of what was paid."), F(refund, .about = "What goes back."), F(by_law), F(by_centre),
	F(basis, .words = quote_bases), F(policy_name), F(first_session_at),
	F(held_percent, .about = "Of the hours of the course that were held."), F(lines, .of = &quote_line_shape), F(at));

/* Won times microseconds do not fit into 64 bits. */
__extension__ typedef __int128 wide;

static int64_t share_up(int64_t won, int64_t part, int64_t whole)
{
	return whole > 0 ? (int64_t)(((wide)won * part + whole - 1) / whole) : 0;
}

static int64_t share_down(int64_t won, int64_t part, int64_t whole)
{
	return whole > 0 ? (int64_t)((wide)won * part / whole) : 0;
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const int8_t n[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : n[month - 1];
}

/* Midnight in Seoul on the day of the first session, k months later; never, if the calendar has no such month. */
static int64_t month_begins(when first, int64_t k)
{
	struct clock_face f = when_in_seoul(first), t = { 0 };
	int64_t months = f.month - 1 + k;
	when at = { 0 };

	t.year = f.year + months / 12;
	t.month = months % 12 + 1;
	t.day = f.day < days_in(t.year, t.month) ? f.day : days_in(t.year, t.month);
	return when_from_utc(t, 0, &at) ? at.us - 9 * HOUR : INT64_MAX;
}

static int64_t month_of(when first, when at)
{
	int64_t k = 0;

	while (month_begins(first, k + 1) <= at.us)
		k++;
	return k;
}

/* The hours of a course as they stand at a moment, in microseconds. */
struct hours {
	int64_t whole, held;              /* of the course */
	bool longer;                      /* than a month */
	int64_t month, month_held;        /* of the month that the moment falls in; of the course if it is not longer */
	bool month_begun;
	int64_t later;                    /* of the months that follow */
};

static int64_t held_of(const struct policy_session *s, when at)
{
	int64_t until = at.us < s->ends_at.us ? at.us : s->ends_at.us;

	return until > s->starts_at.us ? until - s->starts_at.us : 0;
}

static struct hours hours_at(const struct policy_session *s, size_t n, when at)
{
	struct hours h = { .longer = n > 0 && month_of(s[0].starts_at, s[n - 1].starts_at) > 0 };
	int64_t now = h.longer && at.us >= s[0].starts_at.us ? month_of(s[0].starts_at, at) : 0;

	for (size_t i = 0; i < n; i++) {
		int64_t length = s[i].ends_at.us - s[i].starts_at.us, month = h.longer ? month_of(s[0].starts_at, s[i].starts_at) : 0;

		h.whole += length;
		h.held += held_of(&s[i], at);
		if (month > now)
			h.later += length;
		if (month != now)
			continue;
		h.month += length;
		h.month_held += held_of(&s[i], at);
		h.month_begun |= at.us >= s[i].starts_at.us;
	}
	return h;
}

/* The lines of one rule, and what they come to. */
struct sum {
	struct quote_line line[3];
	size_t n;
	int64_t amount;
};

static void add_line(struct sum *s, const char *code, int64_t bound, int64_t of, int64_t amount)
{
	s->line[s->n++] = (struct quote_line){ str_of(code), of > 0 && amount > 0 ? amount * 100 / of : 0, bound, { of }, { amount }, { NULL, 0 } };
	s->amount += amount;
}

/* Sixths of what the month costs, and the words for it. */
static int64_t sixths(const struct hours *h, const char **code)
{
	if (!h->month_begun) {
		*code = h->longer ? "law_month_start" : "before_start";
		return 6;
	}
	if (3 * h->month_held < h->month) {
		*code = h->longer ? "law_month_third" : "law_third";
		return 4;
	}
	if (2 * h->month_held < h->month) {
		*code = h->longer ? "law_month_half" : "law_half";
		return 3;
	}
	*code = h->longer ? "law_month_over" : "law_over";
	return 0;
}

/* Rounded up once, over all months: the lines are made to add up. */
static void law(struct sum *s, int64_t price, const struct hours *h, bool begun)
{
	const char *code;
	int64_t six, all, later;

	if (!begun) {
		add_line(s, "before_start", 0, price, price);
		return;
	}
	six = sixths(h, &code);
	all = share_up(price, six * h->month + 6 * h->later, 6 * h->whole);
	later = share_down(price, h->later, h->whole);
	if (h->month > 0 || h->later == 0)
		add_line(s, code, 0, share_up(price, h->month, h->whole), all - later);
	else
		later = all;
	if (h->later > 0)
		add_line(s, "law_later_months", 0, later, later);
}

static void fault_of_centre(struct sum *s, int64_t price, const struct hours *h, bool begun)
{
	if (!begun)
		add_line(s, "centre_fault_before", 0, price, price);
	else
		add_line(s, "centre_fault", 0, price, share_up(price, h->whole - h->held, h->whole));
}

/* A course that has begun is no days before its first session, and one without sessions is as many as one likes. */
static bool step_holds(const struct policy_step *k, const struct hours *h, opt_when first, when at)
{
	if (k->basis == STEP_SHARE_HELD)
		return h->held * 100 <= k->bound * h->whole;
	return !first.set || (at.us < first.v.us && when_day_in_seoul(first.v).days - when_day_in_seoul(at).days >= k->bound);
}

static void centre(struct sum *s, const list *steps, int64_t price, const struct hours *h, opt_when first, when at)
{
	const struct policy_step *k = steps->p;

	for (size_t i = 0; i < steps->n; i++)
		if (step_holds(&k[i], h, first, at)) {
			add_line(s, k[i].basis == STEP_DAYS_BEFORE ? "centre_days_before" : "centre_share_held", k[i].bound, price,
				 share_up(price, k[i].percent, 100));
			return;
		}
	add_line(s, "centre_nothing", 0, price, 0);
}

void policy_words(struct ctx *c, struct quote *q)
{
	struct quote_line *l = q->lines.p;

	for (size_t i = 0; i < q->lines.n; i++) {
		bool first_day = l[i].bound == 0 && str_eq(l[i].code, S("centre_days_before"));
		const struct i18n_arg args[] = {
			{ "percent", i18n_number(c->arena, l[i].percent) }, { "bound", i18n_number(c->arena, l[i].bound) },
			{ "of", i18n_money(c->arena, c->locale, l[i].of) },
			{ "amount", i18n_money(c->arena, c->locale, won(l[i].amount.won < 0 ? -l[i].amount.won : l[i].amount.won)) },
		};

		l[i].text = i18n_text(c, str_z(c->arena, str_join(c->arena, S("policy.line."), first_day ? S("centre_day_of") : l[i].code)), args, 4);
	}
}

static int64_t at_most(int64_t n, int64_t limit)
{
	return n < limit ? n : limit;
}

void policy_quote_steps(struct ctx *c, const list *steps, money price, money left, const struct policy_session *s, size_t n,
			bool centre_fault, when at, struct quote *q)
{
	struct hours h = hours_at(s, n, at);
	opt_when first = { n > 0, n > 0 ? s[0].starts_at : (when){ 0 } };
	bool begun = first.set && at.us >= first.v.us;
	struct sum by_law = { .n = 0 }, by_centre = { .n = 0 }, *counts;

	if (centre_fault)
		fault_of_centre(&by_law, price.won, &h, begun);
	else
		law(&by_law, price.won, &h, begun);
	centre(&by_centre, steps, price.won, &h, first, at);
	counts = by_law.amount >= by_centre.amount ? &by_law : &by_centre;
	*q = (struct quote){ .paid = left, .by_law = { at_most(by_law.amount, left.won) }, .by_centre = { at_most(by_centre.amount, left.won) },
			     .basis = counts == &by_centre ? QUOTE_CENTRE : centre_fault ? QUOTE_CENTRE_FAULT : QUOTE_LAW,
			     .first_session_at = first, .held_percent = h.whole > 0 ? h.held * 100 / h.whole : 0, .at = at };
	if (counts->amount > left.won)
		add_line(counts, "returned_before", 0, price.won - left.won, left.won - counts->amount);
	q->refund = won(counts->amount);
	q->lines.p = arena_array(c->arena, struct quote_line, 3);
	q->lines.n = counts->n;
	for (size_t i = 0; i < counts->n; i++)
		((struct quote_line *)q->lines.p)[i] = counts->line[i];
	policy_words(c, q);
}

void policy_quote(struct ctx *c, int64_t policy_id, money price, money left, const struct policy_session *s, size_t n, bool centre_fault,
		  when at, struct quote *q)
{
	struct refund_policy p = { 0 };

	if (!policy_find(c, policy_id, &p))
		fault(c, "refund policy %lld is gone", (long long)policy_id);
	policy_quote_steps(c, &p.steps, price, left, s, n, centre_fault, at, q);
	q->policy_name = p.name;
}
