/* course/course_routes.c -- the catalogue for everybody, and administration for the staff, as JSON. */
#include "category/category.h"
#include "course/course.h"
#include "course/course_routes.h"
#include "instructor/instructor.h"
#include "queue/queue.h"

const char *const course_sorts[] = { "newest", "opening", NULL };

const struct shape course_filter_shape = SHAPE("CourseFilter", struct course_filter_in,
	F(q, .min = 1, .max = 60, .about = "Words that must all be in title, instructor, category or description, also inside longer words."),
	F(category_id, .min = 1, .about = "This category and all below it."),
	F(instructor_id, .min = 1),
	F(term_id, .min = 1),
	F(to_decide, .optional = true, .about = "Fewer than the minimum came, and the day of the decision is past or within a week."),
	F(status, .optional = true, .words = course_filter_statuses),
	F(sort, .optional = true, .words = course_sorts),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

/* "any" comes first, so that a filter that is left out means it. */
const char *const course_filter_statuses[] = { "any", "draft", "open", "closed", "cancelled", "finished", NULL };

const struct shape course_list_shape = PAGED_SHAPE("CourseList", course_row_shape);

const struct shape course_status_shape = SHAPE("CourseStatusChange", struct course_status_in,
	F(id, .read_only = true), F(status, .words = course_statuses), F(reason, .optional = true, .max = 500));

struct course_reason_in {
	int64_t id;
	str reason;
};
static const struct shape course_reason_shape = SHAPE("CourseDecision", struct course_reason_in,
	F(id, .read_only = true), F(reason, .optional = true, .max = 500));

static void keys_newest(const void *row, int64_t n[2])
{
	n[0] = ((const struct course *)row)->id;
}

static void keys_by_opening(const void *row, int64_t n[2])
{
	const struct course *k = row;

	n[0] = k->enrol_opens_at.us;
	n[1] = k->id;
}

static bool sees_drafts(const struct request *rq)
{
	return rq->route->access != ANYONE;
}

void course_list_page(struct request *rq, struct list_out *out)
{
	const struct course_filter_in *in = rq->in;
	struct course_filter f = { .q = in->q, .category_id = in->category_id, .instructor_id = in->instructor_id, .term_id = in->term_id,
				   .to_decide = in->to_decide, .has_status = in->status > 0,
				   .status = in->status - 1, .sort = in->sort, .drafts = sees_drafts(rq), .from = rq->cursor, .limit = in->limit };

	list_page(rq, out, course_list(rq->ctx, &f), &course_row_shape, in->limit, in->sort == COURSE_OPENING ? keys_by_opening : keys_newest);
}

static outcome list_courses(struct request *rq)
{
	struct list_out out = { 0 };

	course_list_page(rq, &out);
	return reply(rq, &out);
}

static outcome show(struct request *rq)
{
	struct id_in *in = rq->in;
	struct course k;

	if (!course_find(rq->ctx, in->id, sees_drafts(rq), &k))
		return &course_unknown;
	reply_etag(rq, k.version);
	return reply(rq, &k);
}

static outcome create(struct request *rq)
{
	struct course k;
	outcome o = course_create(rq->ctx, rq->in, &k);

	if (o != OK)
		return o;
	reply_etag(rq, k.version);
	return reply(rq, &k);
}

static outcome edit(struct request *rq)
{
	const struct course_input *in = rq->in;
	struct course_patch p = { .id = in->id, .version = rq->if_match, .given = rq->given, .in = *in };
	struct course k;
	outcome o = course_edit(rq->ctx, &p, &k);

	if (o != OK)
		return o;
	reply_etag(rq, k.version);
	return reply(rq, &k);
}

static outcome set_status(struct request *rq)
{
	struct course_status_in *in = rq->in;
	struct course k;
	outcome o = course_set_status(rq->ctx, in->id, (enum course_status)in->status, in->reason, &k);

	if (o != OK)
		return o;
	reply_etag(rq, k.version);
	return reply(rq, &k);
}

static outcome decide(struct request *rq)
{
	struct course_reason_in *in = rq->in;
	struct course k;
	outcome o = course_decide(rq->ctx, in->id, in->reason, &k);

	if (o != OK)
		return o;
	reply_etag(rq, k.version);
	return reply(rq, &k);
}

const struct route course_routes[] = {
	{ GET, "/api/v1/courses", ANYONE, list_courses, &course_filter_shape, &course_list_shape, .cached = CACHED_CATALOGUE,
	  .about = "The public catalogue." },
	{ GET, "/api/v1/courses/{id}", ANYONE, show, &id_in_shape, &course_shape, .cached = CACHED_CATALOGUE,
	  .fails = FAILS(&course_unknown), .about = "One course, with its timetable and live numbers." },
	{ GET, "/api/v1/admin/courses", ANY_STAFF, list_courses, &course_filter_shape, &course_list_shape, .about = "All courses, drafts too." },
	{ POST, "/api/v1/admin/courses", STAFF, create, &course_input_shape, &course_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&room_taken, &instructor_busy), .about = "A new course; it begins as a draft." },
	{ GET, "/api/v1/admin/courses/{id}", ANY_STAFF, show, &id_in_shape, &course_shape, .fails = FAILS(&course_unknown),
	  .about = "One course, drafts too." },
	{ PATCH, "/api/v1/admin/courses/{id}", STAFF, edit, &course_input_shape, &course_shape, .if_match = true,
	  .fails = FAILS(&course_unknown, &capacity_below_taken, &version_stale, &room_taken, &instructor_busy, &session_attended),
	  .about = "Changes what is given (JSON merge patch)." },
	{ POST, "/api/v1/admin/courses/{id}/status", STAFF, set_status, &course_status_shape, &course_shape, .once = ONCE_TX,
	  .fails = FAILS(&course_unknown, &course_status_refused), .about = "Opens, closes, cancels or finishes a course." },
	{ POST, "/api/v1/admin/courses/{id}/decision", STAFF, decide, &course_reason_shape, &course_shape, .once = ONCE_TX,
	  .fails = FAILS(&course_unknown, &course_status_refused, &course_decided), .about = "It runs although fewer than the minimum came." },
	COURSE_PAGE_ROUTES
	{ 0 }
};
