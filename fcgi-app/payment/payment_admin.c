/* payment/payment_admin.c -- payments as the staff look at them: a list to find one in, as JSON and as a page. */
#include "payment/payment_admin.h"

#include "account/account.h"
#include "saved_view/saved_view.h"
#include "staff_log/staff_log.h"
#include "web/lists.h"

/* Those of a payment, and what people call one that is paid and of which a part goes back. */
enum { PART_REFUNDED = 5 };
static const char *const filter_statuses[] = { "any", "ready", "in_flight", "unknown", "paid", "part_refunded", "refused", "returning",
					       "returned", "cancelled", NULL };
static const char *const filter_methods[] = { "any", "card", "free", "cash", "terminal", "transfer", NULL };

static const struct shape person_shape = ID_NAME_SHAPE("PaymentPerson");
static const struct shape course_ref_shape = ID_TITLE_SHAPE("PaymentCourse");

const struct shape payment_look_shape = SHAPE("PaymentLook", struct payment_look,
	F(id), F(order_id), F(member, .of = &person_shape), F(course, .of = &course_ref_shape), F(gateway),
	F(method, .words = payment_methods, .called = "payment"), F(amount), F(approved, .about = "What was taken."),
	F(promised, .about = "What goes back or has gone back."), F(returned, .about = "What has gone back."),
	F(remaining, .about = "What may still go back."),
	F(status, .words = payment_statuses, .called = "payment"), F(code, .about = "Of the gateway's last refusal."), F(payment_key), F(created_at), F(paid_at));

const struct shape payment_filter_shape = SHAPE("PaymentFilter", struct payment_filter,
	F(status, .optional = true, .words = filter_statuses, .called = "payment",
	  .about = "part_refunded: paid, and a part of it goes back or has gone back. They are among the paid ones, too."),
	F(method, .optional = true, .words = filter_methods, .called = "payment"),
	F(member_id, .min = 1), F(course_id, .min = 1), F(order_id, .max = 64),
	F(q, .max = 100, .about = "An order id, the last four characters of one, P-17; or whose: a name, a telephone number, an e-mail address."),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

const struct shape payment_list_shape = PAGED_SHAPE("PaymentList", payment_look_shape);

/* Payments first: left to itself the optimiser may begin with the courses, and sort all payments. */
#define LOOK \
	"SELECT STRAIGHT_JOIN p.id, p.order_id, p.member_id AS `member.id`, m.name AS `member.name`, p.course_id AS `course.id`, k.title AS `course.title`, " \
	"p.gateway, p.method, p.amount, p.approved, p.promised, p.returned, p.approved - p.promised AS remaining, p.status, p.code, p.payment_key, p.created_at, p.paid_at " \
	"FROM payment p JOIN member_name m ON m.id = p.member_id JOIN course_title k ON k.id = p.course_id WHERE 1 = 1"

/* More have one name than anybody looks through; and they stand in the statement one by one. */
enum { PEOPLE = 50, ORDER_LEAST = 16, ORDER_TAIL = 4 };

/* Somebody's name, number or address: the payments of those who are found. */
static void add_people(struct ctx *c, struct query *q, str text)
{
	struct account_look look = { .action = "payment.search", .object_type = "member" };
	list found = account_search(c, text, PEOPLE, true, &look);
	const struct account_person *p = found.p;

	query_add(q, " AND p.member_id IN (0");
	for (size_t i = 0; i < found.n; i++)
		query_add(q, ", ?", arg(p[i].id));
	query_add(q, ")");
}

static bool is_order_id(str s)
{
	bool tail = s.n == ORDER_TAIL;

	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '-' || s.p[i] == '_'))
			return false;
	return tail || (s.n >= ORDER_LEAST && s.p[0] >= 'a');
}

/* P-17 or p-17; an order's id as it is written on the receipt, in any case, or its end; else it is about a person. */
static void add_q(struct ctx *c, struct query *q, str text)
{
	str s = str_lower(c->arena, str_trim(text));
	int64_t id;

	if (str_starts(s, S("p-")) && str_int(str_after(s, 2), &id))
		query_add(q, " AND p.id = ?", arg(id));
	else if (is_order_id(s) && s.n == ORDER_TAIL)
		query_add(q, " AND p.order_tail = ?", arg(s));
	else if (is_order_id(s))
		query_add(q, " AND p.order_id = ?", arg(s));
	else if (s.n > 0)
		add_people(c, q, text);
}

list payment_list(struct ctx *c, const struct payment_filter *f)
{
	static const struct sort_key newest[] = { { "p.id", .descending = true } };
	struct query q = query_from(c, LOOK);

	if (f->id.set)
		query_add(&q, " AND p.id = ?", arg(f->id));
	if (f->status == PART_REFUNDED)
		query_add(&q, " AND p.part_refunded = 1");
	else if (f->status > 0)
		query_add(&q, " AND p.status = ?", arg(str_of(filter_statuses[f->status])));
	if (f->method > 0)
		query_add(&q, " AND p.method = ?", arg(str_of(filter_methods[f->method])));
	if (f->member_id.set)
		query_add(&q, " AND p.member_id = ?", arg(f->member_id));
	if (f->course_id.set)
		query_add(&q, " AND p.course_id = ?", arg(f->course_id));
	if (f->order_id.set)
		query_add(&q, " AND p.order_id = ?", arg(f->order_id));
	if (f->q.set)
		add_q(c, &q, f->q.v);
	query_keyset(&q, &f->from, newest, 1, f->limit);
	return query_all(c, &q, &payment_look_shape);
}

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct payment_look *)row)->id;
}

static void list_in(struct request *rq, struct list_out *out)
{
	struct payment_filter f = *(struct payment_filter *)rq->in;

	f.from = rq->cursor;
	list_page(rq, out, payment_list(rq->ctx, &f), &payment_look_shape, f.limit, keys);
	staff_log_look_list(rq->ctx, &(struct staff_log_list){ "payment.list", "payment", "P-", f.member_id, f.course_id }, out->data,
			    sizeof(struct payment_look));
}

outcome payment_admin_list(struct request *rq)
{
	struct list_out out = { 0 };

	list_in(rq, &out);
	return reply(rq, &out);
}

/* -- the page ------------------------------------------------------------------------------------------------------- */

struct list_page {
	list data;
	opt_str next_cursor, prev_cursor;
	list views;
};
const struct shape payment_page_list_shape = SHAPE("PaymentListPage", struct list_page,
	F(data, .of = &payment_look_shape), F(next_cursor), F(prev_cursor), F(views, .of = &saved_view_tab_shape));

outcome payment_page_list(struct request *rq)
{
	struct list_out found = { 0 };
	struct list_page out;

	list_in(rq, &found);
	out = (struct list_page){ found.data, found.next_cursor, found.prev_cursor, saved_views(rq, "payments") };
	return reply(rq, &out);
}
