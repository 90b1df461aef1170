/* policy/policy_routes.c -- refund policies: those there were, and a new one. */
#include "policy/policy.h"
#include "policy/policy_pages.h"
#include "web/lists.h"
#include "web/request.h"

static const struct shape policy_list_shape = LIST_SHAPE("RefundPolicyList", refund_policy_shape);

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct refund_policy *)row)->id;
}

static outcome list_policies(struct request *rq)
{
	struct page_in *in = rq->in;
	struct list_out out = { policy_list(rq->ctx, rq->cursor.set ? rq->cursor.n[0] : INT64_MAX, in->limit + 1), { 0 }, { 0 } };

	out.next_cursor = next_page(cursor_next(rq, &out.data, sizeof(struct refund_policy), in->limit, keys));
	return reply(rq, &out);
}

static outcome create(struct request *rq)
{
	struct refund_policy made = { 0 };
	outcome o = policy_create(rq->ctx, rq->in, &made);

	return o == OK ? reply(rq, &made) : o;
}

const struct route policy_routes[] = {
	{ GET, "/api/v1/admin/refund-policies", ANY_STAFF, list_policies, &page_in_shape, &policy_list_shape,
	  .about = "The centre's refund policies, the newest first; that one counts for what is bought now." },
	{ POST, "/api/v1/admin/refund-policies", STAFF, create, &policy_input_shape, &refund_policy_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&steps_out_of_order), .about = "A new policy takes the place of the one before; who has bought keeps theirs." },
	POLICY_PAGE_ROUTES
	{ 0 }
};
