/* policy/policy_rows.c -- the centre's policies as data. */
#include "core/i18n.h"
#include "data/db.h"
#include "policy/policy_private.h"
#include "staff_log/staff_log.h"

const char *const step_bases[] = { "days_before", "share_held", NULL };

const struct failure policy_unknown = { 404, "policy_unknown" };
const struct failure steps_out_of_order = { 422, "steps_out_of_order" };

enum { MOST_DAYS = 365, EXAMPLE_PRICE = 100000 };

const struct shape policy_step_shape = SHAPE("RefundStep", struct policy_step,
	F(basis, .words = step_bases, .about = "days_before: at least so many days before the first session; share_held: at most this share of the hours."),
	F(bound, .max = MOST_DAYS), F(percent, .max = 100));

const struct shape refund_policy_shape = SHAPE("RefundPolicy", struct refund_policy,
	F(id), F(name), F(about), F(created_at), F(steps, .of = &policy_step_shape));

const struct shape policy_input_shape = SHAPE("RefundPolicyInput", struct policy_input,
	F(name, .min = 1, .max = 60), F(about, .max = 1000, .optional = true, .multiline = true),
	F(steps, .of = &policy_step_shape, .min = 1, .max = POLICY_STEPS));

const struct shape policy_example_shape = SHAPE("PolicyExample", struct policy_example,
	F(moment), F(by_centre), F(by_law), F(counts), F(below));

static const struct shape policy_row_shape = SHAPE("PolicyRow", struct refund_policy, F(id), F(name), F(about), F(created_at));

SQL(select_current, "SELECT MAX(id) AS id FROM refund_policy");
SQL(select_policy, "SELECT id, name, about, created_at FROM refund_policy WHERE id = ?");
SQL(select_page, "SELECT id, name, about, created_at FROM refund_policy WHERE id < ? ORDER BY id DESC LIMIT ?");
SQL(select_steps, "SELECT basis, bound, percent FROM refund_step WHERE policy_id = ? ORDER BY n");
SQL(insert_policy, "INSERT INTO refund_policy (name, about, created_at, created_by) VALUES (?, ?, ?, ?)");
SQL(insert_step, "INSERT INTO refund_step (policy_id, n, basis, bound, percent) VALUES (?, ?, ?, ?, ?)");

int64_t policy_current(struct ctx *c)
{
	return db_int(c, &select_current, 0);
}

bool policy_find(struct ctx *c, int64_t id, struct refund_policy *p)
{
	if (!db_one(c, &select_policy, &policy_row_shape, p, arg(id)))
		return false;
	p->steps = db_all(c, &select_steps, &policy_step_shape, arg(id));
	return true;
}

list policy_list(struct ctx *c, int64_t before_id, int64_t limit)
{
	list l = db_all(c, &select_page, &policy_row_shape, arg(before_id), arg(limit));
	struct refund_policy *p = l.p;

	for (size_t i = 0; i < l.n; i++)
		p[i].steps = db_all(c, &select_steps, &policy_step_shape, arg(p[i].id));
	return l;
}

static const char *wrong_with(const struct policy_step *before, const struct policy_step *k)
{
	if (k->basis == STEP_SHARE_HELD && k->bound > 100)
		return "share";
	if (!before)
		return NULL;
	if (k->basis == before->basis ? (k->basis == STEP_DAYS_BEFORE ? k->bound >= before->bound : k->bound <= before->bound)
				      : k->basis == STEP_DAYS_BEFORE)
		return "never_reached";        /* what holds here has held one step before */
	return NULL;
}

outcome policy_check(struct ctx *c, const struct policy_input *in)
{
	const struct policy_step *k = in->steps.p;
	outcome o = OK;

	for (size_t i = 0; i < in->steps.n; i++) {
		const char *wrong = wrong_with(i ? &k[i - 1] : NULL, &k[i]);

		if (wrong)
			o = fail(c, &steps_out_of_order, str_z(c->arena, str_fmt(c->arena, "steps[%zu].bound", i)), wrong, (str){ NULL, 0 });
		if (i && k[i].percent > k[i - 1].percent)
			o = fail(c, &steps_out_of_order, str_z(c->arena, str_fmt(c->arena, "steps[%zu].percent", i)), "more_than_before",
				 str_fmt(c->arena, "%lld", (long long)k[i - 1].percent));
	}
	return o;
}

struct making {
	const struct policy_input *in;
	struct refund_policy *made;
};

static outcome create(struct ctx *c, void *p)
{
	const struct policy_input *in = ((struct making *)p)->in;
	struct refund_policy *made = ((struct making *)p)->made;
	const struct policy_step *k = in->steps.p;
	outcome o = policy_check(c, in);
	struct refund_policy before = { 0 };
	opt_int by = { c->who.id > 0, c->who.id };
	int64_t id;

	if (o != OK)
		return o;
	policy_find(c, policy_current(c), &before);
	id = db_insert(c, &insert_policy, arg(in->name), arg(in->about), arg(c->now), arg(by));
	for (size_t i = 0; i < in->steps.n; i++)
		db_run(c, &insert_step, arg(id), arg((int64_t)i + 1), arg(str_of(step_bases[k[i].basis])), arg(k[i].bound), arg(k[i].percent));
	policy_find(c, id, made);
	staff_log_add(c, "policy.create", "refund_policy", id, &refund_policy_shape, &before, made, (str){ NULL, 0 });
	return OK;
}

outcome policy_create(struct ctx *c, const struct policy_input *in, struct refund_policy *made)
{
	struct making v = { in, made };

	return db_tx(c, create, &v);
}

/* -- examples --------------------------------------------------------------------------------------------------------- */

/* Weekly, two hours; from a Monday at ten in the morning in Seoul (2 March 2026). */
#define EXAMPLE_BEGINS (INT64_C(1772413200) * SECOND)
enum { EXAMPLE_WEEKS = 12 };

static void add_example(struct ctx *c, list *out, const list *steps, int64_t weeks, const char *moment, int64_t n, int64_t at)
{
	struct policy_session s[EXAMPLE_WEEKS];
	struct policy_example *e = (struct policy_example *)out->p + out->n++;
	struct quote q;

	for (int64_t i = 0; i < weeks; i++)
		s[i] = (struct policy_session){ { EXAMPLE_BEGINS + i * 7 * DAY }, { EXAMPLE_BEGINS + i * 7 * DAY + 2 * HOUR } };
	policy_quote_steps(c, steps, won(EXAMPLE_PRICE), won(EXAMPLE_PRICE), s, (size_t)weeks, false, (when){ at }, &q);
	*e = (struct policy_example){ words(c, moment, { NULL, i18n_number(c->arena, n) }), q.by_centre, q.by_law, q.refund,
				      q.by_centre.won < q.by_law.won };
}

list policy_examples(struct ctx *c, const list *steps, int64_t weeks)
{
	static const int days[] = { 30, 14, 7, 3, 1 };
	list out = { arena_array(c->arena, struct policy_example, 24), 0 };

	weeks = weeks < EXAMPLE_WEEKS ? weeks : EXAMPLE_WEEKS;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		add_example(c, &out, steps, weeks, "policy.moment.days_before", days[i], EXAMPLE_BEGINS - days[i] * DAY);
	add_example(c, &out, steps, weeks, "policy.moment.same_day", 0, EXAMPLE_BEGINS - HOUR);
	for (int64_t held = 1; held < weeks; held += weeks > 4 ? 2 : 1)
		add_example(c, &out, steps, weeks, "policy.moment.held", held, EXAMPLE_BEGINS + (held - 1) * 7 * DAY + 2 * HOUR);
	return out;
}
