/* policy/policy_pages.c -- the policy that counts, those before it, and a new one with what it would give. */
#include "policy/policy_pages.h"

#include "web/form.h"

enum { SHORT_WEEKS = 4, LONG_WEEKS = 12, SHOWN = 50 };

struct list_page {
	struct refund_policy current;
	list earlier;
	list short_course, long_course;
};
const struct shape policy_page_list_shape = SHAPE("PolicyListPage", struct list_page,
	F(current, .of = &refund_policy_shape), F(earlier, .of = &refund_policy_shape), F(short_course, .of = &policy_example_shape),
	F(long_course, .of = &policy_example_shape));

outcome policy_page_list(struct request *rq)
{
	struct list_page p = { 0 };

	if (!policy_find(rq->ctx, policy_current(rq->ctx), &p.current))
		return &policy_unknown;
	p.earlier = policy_list(rq->ctx, p.current.id, SHOWN);
	p.short_course = policy_examples(rq->ctx, &p.current.steps, SHORT_WEEKS);
	p.long_course = policy_examples(rq->ctx, &p.current.steps, LONG_WEEKS);
	return reply(rq, &p);
}

struct pair {
	str name, value;
};
static const struct shape pair_shape = SHAPE("HiddenField", struct pair, F(name), F(value));

struct form_page {
	struct policy_input form;
	bool checking, is_below;
	list short_course, long_course;
	list hidden;                   /* of struct pair: the steps, to be sent again */
	str once;
};
const struct shape policy_page_form_shape = SHAPE("PolicyFormPage", struct form_page,
	F(form, .of = &policy_input_shape), F(checking), F(is_below), F(short_course, .of = &policy_example_shape),
	F(long_course, .of = &policy_example_shape), F(hidden, .of = &pair_shape), F(once));

outcome policy_page_new(struct request *rq)
{
	struct form_page p = { 0 };

	return reply(rq, &p);
}

static bool lies_below(const list *examples)
{
	const struct policy_example *e = examples->p;

	for (size_t i = 0; i < examples->n; i++)
		if (e[i].below)
			return true;
	return false;
}

static list hidden_steps(struct ctx *c, const list *steps)
{
	const struct policy_step *k = steps->p;
	struct pair *p = arena_array(c->arena, struct pair, steps->n * 3 + 1);

	for (size_t i = 0; i < steps->n; i++) {
		p[3 * i] = (struct pair){ str_fmt(c->arena, "steps[%zu].basis", i), str_of(step_bases[k[i].basis]) };
		p[3 * i + 1] = (struct pair){ str_fmt(c->arena, "steps[%zu].bound", i), str_fmt(c->arena, "%lld", (long long)k[i].bound) };
		p[3 * i + 2] = (struct pair){ str_fmt(c->arena, "steps[%zu].percent", i), str_fmt(c->arena, "%lld", (long long)k[i].percent) };
	}
	return (list){ p, steps->n * 3 };
}

outcome policy_page_check(struct request *rq)
{
	const struct policy_input *in = rq->in;
	struct form_page p = { .form = *in, .checking = true };
	outcome o = policy_check(rq->ctx, in);

	if (o != OK)
		return o;
	p.short_course = policy_examples(rq->ctx, &in->steps, SHORT_WEEKS);
	p.long_course = policy_examples(rq->ctx, &in->steps, LONG_WEEKS);
	p.is_below = lies_below(&p.short_course) || lies_below(&p.long_course);
	p.hidden = hidden_steps(rq->ctx, &in->steps);
	form_value(rq->ctx, rq->body, S("_once"), &p.once);
	return reply(rq, &p);
}

outcome policy_page_create(struct request *rq)
{
	struct refund_policy made = { 0 };
	outcome o = policy_create(rq->ctx, rq->in, &made);

	return o == OK ? reply_see_other(rq, S("/admin/refund-policies?done=created")) : o;
}
