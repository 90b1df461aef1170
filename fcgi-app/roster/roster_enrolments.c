/* roster/roster_enrolments.c -- all enrolments of the centre. */
#include "enrolment/enrolment.h"
#include "roster/roster_routes.h"
#include "saved_view/saved_view.h"
#include "staff_log/staff_log.h"

static const char *const wanted_statuses[] = { "any", "active", "cancelled", NULL };
static const char *const wanted_sources[] = { "any", "online", "desk", NULL };

struct enrolments_in {
	opt_int course_id, member_id;
	int status, source;
	opt_day from, to;
	opt_str cursor;
	int64_t limit;
};
const struct shape enrolments_in_shape = SHAPE("EnrolmentFilter", struct enrolments_in,
	F(course_id, .min = 1, .letters = "C"), F(member_id, .min = 1, .letters = "M"),
	F(status, .optional = true, .words = wanted_statuses, .called = "enrolment"),
	F(source, .optional = true, .words = wanted_sources, .called = "enrolment"), F(from, .about = "The first day, in Seoul."),
	F(to, .about = "The last day, in Seoul."),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

static const struct shape any_course_shape = ID_TITLE_SHAPE("EnrolmentCourse");

struct any_enrolment {
	int64_t id;
	struct id_title course;
	struct id_name member;
	str order_id;
	money paid;
	int status, source;
	when created_at;
	opt_when cancelled_at;
};
static const struct shape any_enrolment_shape = SHAPE("AnyEnrolment", struct any_enrolment,
	F(id), F(course, .of = &any_course_shape), F(member, .of = &roster_person_shape), F(order_id), F(paid),
	F(status, .words = enrolment_statuses, .called = "enrolment"), F(source, .words = roster_sources, .called = "enrolment"), F(created_at), F(cancelled_at));

enum { COUNTED = 10000 };

struct enrolments_out {
	list data;
	opt_str next_cursor, prev_cursor;
	opt_int count;
	bool more_than_count;
};
#define ENROLMENTS_FIELDS \
	F(data, .of = &any_enrolment_shape), F(next_cursor), F(prev_cursor), \
	F(count, .about = "How many there are, up to 10,000; null where counting would take long."), \
	F(more_than_count, .about = "There are more than that.")
const struct shape enrolments_shape = SHAPE("AnyEnrolmentList", struct enrolments_out, ENROLMENTS_FIELDS);

static when midnight(day d)
{
	return (when){ d.days * DAY - 9 * HOUR };
}

static void conditions(struct query *q, const struct enrolments_in *in)
{
	if (in->course_id.set)
		query_add(q, " AND e.course_id = ?", arg(in->course_id));
	if (in->member_id.set)
		query_add(q, " AND e.member_id = ?", arg(in->member_id));
	if (in->status)
		query_add(q, " AND e.status = ?", arg(str_of(wanted_statuses[in->status])));
	if (in->source)
		query_add(q, " AND e.source = ?", arg(str_of(wanted_sources[in->source])));
	if (in->from.set)
		query_add(q, " AND e.created_at >= ?", arg(midnight(in->from.v)));
	if (in->to.set)
		query_add(q, " AND e.created_at < ?", arg(midnight((day){ in->to.v.days + 1 })));
}

/* Only what an index answers: of one course, of one member, or by one filter. */
static void count(struct request *rq, struct enrolments_out *out)
{
	const struct enrolments_in *in = rq->in;
	int filters = (in->status > 0) + (in->source > 0) + (in->from.set || in->to.set);
	struct query q = query_from(rq->ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM enrolment_brief e WHERE e.id > 0");     /* a range: all of them */
	int64_t n;

	if (!in->course_id.set && !in->member_id.set && filters > 1)
		return;
	conditions(&q, in);
	query_add(&q, " LIMIT ?) few", arg((int64_t)COUNTED + 1));
	n = query_int(rq->ctx, &q, 0);
	out->more_than_count = n > COUNTED;
	out->count = some_int(out->more_than_count ? COUNTED : n);
}

static void keys(const void *row, int64_t n[2])
{
	const struct any_enrolment *e = row;

	n[0] = e->created_at.us;
	n[1] = e->id;
}

static const struct sort_key newest[] = { { "e.created_at", .descending = true, .moment = true }, { "e.id", .descending = true } };

static void find(struct request *rq, struct enrolments_out *out)
{
	const struct enrolments_in *in = rq->in;
	struct query q = query_from(rq->ctx, "SELECT STRAIGHT_JOIN e.id, t.id AS `course.id`, t.title AS `course.title`, m.id AS `member.id`, "
		"m.name AS `member.name`, e.order_id, e.paid, e.status, e.source, e.created_at, e.cancelled_at "
		"FROM enrolment_brief e JOIN course_title t ON t.id = e.course_id JOIN member_name m ON m.id = e.member_id WHERE TRUE");
	struct list_out page = { 0 };

	conditions(&q, in);
	query_keyset(&q, &rq->cursor, newest, 2, in->limit);
	list_page(rq, &page, query_all(rq->ctx, &q, &any_enrolment_shape), &any_enrolment_shape, in->limit, keys);
	out->data = page.data;
	out->next_cursor = page.next_cursor;
	out->prev_cursor = page.prev_cursor;
	staff_log_look_list(rq->ctx, &(struct staff_log_list){ "enrolment.list", "enrolment", "", in->member_id, in->course_id }, page.data,
			    sizeof(struct any_enrolment));
	count(rq, out);
}

outcome roster_enrolments(struct request *rq)
{
	struct enrolments_out out = { 0 };

	find(rq, &out);
	return reply(rq, &out);
}

/* -- the page ----------------------------------------------------------------------------------------------------------- */

struct enrolments_page {
	list data;
	opt_str next_cursor, prev_cursor;
	opt_int count;
	bool more_than_count;
	list views;
	bool filtered;
};
const struct shape roster_enrolments_page_shape = SHAPE("EnrolmentsPage", struct enrolments_page,
	ENROLMENTS_FIELDS, F(views, .of = &saved_view_tab_shape), F(filtered));

outcome roster_page_enrolments(struct request *rq)
{
	const struct enrolments_in *in = rq->in;
	struct enrolments_out found = { 0 };
	struct enrolments_page out = { .views = saved_views(rq, "enrolments") };

	find(rq, &found);
	out.data = found.data;
	out.next_cursor = found.next_cursor;
	out.prev_cursor = found.prev_cursor;
	out.count = found.count;
	out.more_than_count = found.more_than_count;
	out.filtered = in->course_id.set || in->member_id.set || in->status || in->source || in->from.set || in->to.set;
	return reply(rq, &out);
}
