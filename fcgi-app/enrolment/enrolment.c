#include "enrolment/enrolment.h"

#include "data/db.h"
#include "notify/notify.h"
#include "policy/policy.h"
#include "web/lists.h"
#include "web/request.h"

const char *const enrolment_statuses[] = { "active", "cancelled", NULL };
const struct failure enrolment_unknown = { 404, "enrolment_unknown" };

static const struct shape enrolled_course_shape = ID_TITLE_SHAPE("EnrolledCourse");

const struct shape enrolment_shape = SHAPE("Enrolment", struct enrolment,
	F(id), F(course, .of = &enrolled_course_shape), F(ticket_id), F(order_id), F(paid), F(status, .words = enrolment_statuses, .called = "enrolment"),
	F(created_at), F(cancelled_at));

const struct shape enrolled_shape = SHAPE("Enrolled", struct enrolled,
	F(id), F(course_id), F(member_id), F(ticket_id), F(policy_id), F(order_id), F(paid),
	F(status, .words = enrolment_statuses, .called = "enrolment"), F(created_at));

static const struct shape list_out_shape = LIST_SHAPE("EnrolmentList", enrolment_shape);

#define ENROLMENT_ROW \
	"SELECT e.id, e.course_id AS `course.id`, t.title AS `course.title`, e.ticket_id, e.order_id, e.paid, e.status, e.created_at, " \
	"e.cancelled_at FROM enrolment e JOIN course_title t ON t.id = e.course_id "
SQL(insert_enrolment,
	"INSERT INTO enrolment (course_id, member_id, ticket_id, order_id, paid, policy_id, source, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
SQL(select_of_ticket, "SELECT id FROM enrolment WHERE ticket_id = ? AND status = 'active'");
SQL(select_of_order, "SELECT id FROM enrolment WHERE order_id = ? AND status = 'active'");
#define ENROLLED "SELECT id, course_id, member_id, ticket_id, policy_id, order_id, paid, status, created_at FROM enrolment "
SQL(select_enrolled, ENROLLED "WHERE id = ?");
SQL(lock_enrolled, ENROLLED "WHERE id = ? FOR UPDATE");
SQL(select_of_course, ENROLLED "WHERE course_id = ? AND status = 'active' AND id > ? ORDER BY id LIMIT ?");
SQL(cancel_active,
	"UPDATE enrolment SET status = 'cancelled', cancelled_at = ?, cancelled_by = ?, cancel_reason = ? WHERE id = ? AND status = 'active'");
SQL(select_own, ENROLMENT_ROW "WHERE e.id = ? AND e.member_id = ?");
SQL(select_mine, ENROLMENT_ROW "WHERE e.member_id = ? AND e.id < ? ORDER BY e.id DESC LIMIT ?");

int64_t enrolment_create(struct ctx *c, const struct seat *s, str order_id, money paid, enum enrolment_source source)
{
	int64_t id = db_insert(c, &insert_enrolment, arg(s->course_id), arg(s->member_id), arg(s->ticket_id), arg(order_id), arg(paid),
			       arg(policy_current(c)), arg(source == SOLD_AT_DESK ? S("desk") : S("online")), arg(c->now));
	struct buf data = buf_in(c->arena);

	if (!id)
		fault(c, "ticket %lld is enrolled twice", (long long)s->ticket_id);
	buf_fmt(&data, "{\"course_id\":%lld,\"enrolment_id\":%lld,\"order_id\":", (long long)s->course_id, (long long)id);
	buf_json(&data, order_id);
	buf_lit(&data, ",\"course_title\":");
	buf_json(&data, s->title);
	buf_char(&data, '}');
	notify(c, s->member_id, "enrolment.confirmed", buf_text(&data));
	return id;
}

int64_t enrolment_of_ticket(struct ctx *c, int64_t ticket_id)
{
	return db_int(c, &select_of_ticket, 0, arg(ticket_id));
}

int64_t enrolment_of_order(struct ctx *c, str order_id)
{
	return db_int(c, &select_of_order, 0, arg(order_id));
}

bool enrolment_find(struct ctx *c, int64_t id, struct enrolled *e)
{
	return db_one(c, &select_enrolled, &enrolled_shape, e, arg(id));
}

bool enrolment_lock(struct ctx *c, int64_t id, struct enrolled *e)
{
	return db_one(c, &lock_enrolled, &enrolled_shape, e, arg(id));
}

void enrolment_cancel(struct ctx *c, int64_t id, str reason)
{
	opt_int by = { c->who.id > 0, c->who.id };

	db_run(c, &cancel_active, arg(c->now), arg(by), arg(reason), arg(id));
}

list enrolment_of_course(struct ctx *c, int64_t course_id, int64_t after_id, int64_t limit)
{
	return db_all(c, &select_of_course, &enrolled_shape, arg(course_id), arg(after_id), arg(limit));
}

bool enrolment_read(struct ctx *c, int64_t id, struct enrolment *e)
{
	return db_one(c, &select_own, &enrolment_shape, e, arg(id), arg(c->who.id));
}

static outcome show(struct request *rq)
{
	struct enrolment e = { 0 };

	if (!enrolment_read(rq->ctx, ((struct id_in *)rq->in)->id, &e))
		return &enrolment_unknown;
	return reply(rq, &e);
}

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct enrolment *)row)->id;
}

static outcome mine(struct request *rq)
{
	struct page_in *in = rq->in;
	struct list_out out = { db_all(rq->ctx, &select_mine, &enrolment_shape, arg(rq->ctx->who.id),
				       arg(rq->cursor.set ? rq->cursor.n[0] : INT64_MAX), arg(in->limit + 1)), { 0 } };
	str next = cursor_next(rq, &out.data, sizeof(struct enrolment), in->limit, keys);

	out.next_cursor = next_page(next);
	return reply(rq, &out);
}

const struct route enrolment_routes[] = {
	{ GET, "/api/v1/enrolments/{id}", MEMBER, show, &id_in_shape, &enrolment_shape, .fails = FAILS(&enrolment_unknown),
	  .about = "One of the caller's enrolments." },
	{ GET, "/api/v1/me/enrolments", MEMBER, mine, &page_in_shape, &list_out_shape, .about = "The caller's enrolments, the newest first." },
	{ 0 }
};
