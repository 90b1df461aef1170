/* instructor/instructor_routes.c -- the people who teach, as JSON. */
#include "instructor/instructor_routes.h"

static const char *const which_words[] = { "true", "false", "any", NULL };

const struct shape instructor_filter_shape = SHAPE("InstructorFilter", struct instructor_filter_in,
	F(q, .max = 60, .about = "How the name begins."),
	F(active, .optional = true, .words = which_words, .about = "Those who teach, unless said otherwise."),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

/* A page's rows are not the reader's business. */
const struct shape instructor_page_filter_shape = SHAPE("InstructorPageFilter", struct instructor_filter_in,
	F(q, .max = 60), F(active, .optional = true, .words = which_words), F(cursor));

const struct shape instructor_input_shape = SHAPE("InstructorInput", struct instructor_making,
	F(member_id, .min = 1),
	F(name, .min = 1, .max = 60, .about = "The member's own name unless another is given."),
	F(bio, .max = 5000, .multiline = true));

const struct shape instructor_edit_shape = SHAPE("InstructorEdit", struct instructor_edit_in,
	F(id, .read_only = true, .about = "Of the path."),
	F(name, .optional = true, .min = 1, .max = 60),
	F(bio, .optional = true, .max = 5000, .multiline = true),
	F(active, .optional = true, .about = "false takes the role of an instructor away."));

static const struct shape instructor_list_shape = PAGED_SHAPE("InstructorList", instructor_shape);

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct instructor *)row)->id;
}

static outcome list_all(struct request *rq)
{
	const struct instructor_filter_in *in = rq->in;
	struct instructor_filter f = { .q = in->q, .which = in->active, .from = rq->cursor, .limit = in->limit };

	struct list_out out = { 0 };

	list_page(rq, &out, instructor_list(rq->ctx, &f), &instructor_shape, in->limit, keys);
	return reply(rq, &out);
}

/* -- one of them, with what they do -- */

static const char *const course_words[] = { "draft", "open", "closed", "cancelled", "finished", NULL };
static const char *const request_words[] = { "draft", "submitted", "approved", "completed", "rejected", "withdrawn", "stale", NULL };
static const char *const request_kinds[] = { "edit", "delete", "status", NULL };

const struct shape instructor_course_shape = SHAPE("InstructorCourse", struct instructor_course,
	F(id), F(enrolled), F(capacity), F(title), F(status, .words = course_words, .called = "course"), F(enrol_opens_at), F(starts_on), F(ends_on));
const struct shape instructor_request_shape = SHAPE("InstructorRequest", struct instructor_request,
	F(id), F(course_id), F(title, .about = "Of the course."), F(kind, .words = request_kinds, .called = "change_request"),
	F(state, .words = request_words, .called = "change_request"), F(created_at));

SQL(select_courses,
	"SELECT k.id, k.title, k.status, k.enrol_opens_at, k.starts_on, k.ends_on, s.enrolled, s.capacity FROM course_brief k "
	"JOIN seat_count s ON s.course_id = k.id WHERE k.instructor_id = ? ORDER BY k.id DESC LIMIT 50");
SQL(select_requests,
	"SELECT r.id, r.course_id, t.title, r.kind, r.state, r.created_at FROM change_brief r JOIN course_title t ON t.id = r.course_id "
	"WHERE r.instructor_id = ? AND r.state <> 'draft' ORDER BY r.id DESC LIMIT 20");

list instructor_courses(struct ctx *c, int64_t id)
{
	return db_all(c, &select_courses, &instructor_course_shape, arg(id));
}

list instructor_requests(struct ctx *c, int64_t id)
{
	return db_all(c, &select_requests, &instructor_request_shape, arg(id));
}

struct detail {
	int64_t id, member_id;
	str name, bio;
	bool active;
	int64_t version;
	list courses, requests;
};
static const struct shape detail_shape = SHAPE("InstructorDetail", struct detail,
	F(id), F(member_id), F(name), F(bio, .multiline = true), F(active), F(version),
	F(courses, .of = &instructor_course_shape, .about = "The newest 50."), F(requests, .of = &instructor_request_shape, .about = "The newest 20."));

static outcome reply_detail(struct request *rq, const struct instructor *k)
{
	struct detail d = { k->id, k->member_id, k->name, k->bio, k->active, k->version, instructor_courses(rq->ctx, k->id),
			    instructor_requests(rq->ctx, k->id) };

	return reply(rq, &d);
}

static outcome show(struct request *rq)
{
	struct instructor k = { 0 };

	return instructor_find(rq->ctx, ((struct id_in *)rq->in)->id, &k) ? reply_detail(rq, &k) : &instructor_unknown;
}

static outcome create(struct request *rq)
{
	struct instructor k = { 0 };
	outcome o = instructor_make(rq->ctx, rq->in, &k);

	return o == OK ? reply_detail(rq, &k) : o;
}

static outcome edit(struct request *rq)
{
	const struct instructor_edit_in *in = rq->in;
	struct instructor_patch p = { .id = in->id, .version = rq->if_match, .name = { given(rq, "name"), in->name },
				      .bio = { given(rq, "bio"), in->bio }, .active = { given(rq, "active"), in->active } };
	struct instructor k = { 0 };
	outcome o = instructor_edit(rq->ctx, &p, &k);

	return o == OK ? reply_detail(rq, &k) : o;
}

const struct route instructor_routes[] = {
	{ GET, "/api/v1/admin/instructors", ANY_STAFF, list_all, &instructor_filter_shape, &instructor_list_shape,
	  .about = "The people who teach." },
	{ POST, "/api/v1/admin/instructors", STAFF, create, &instructor_input_shape, &detail_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&instructor_exists_already, &instructor_no_member), .about = "Makes a member an instructor." },
	{ GET, "/api/v1/admin/instructors/{id}", ANY_STAFF, show, &id_in_shape, &detail_shape, .fails = FAILS(&instructor_unknown),
	  .about = "One instructor, with the courses and the change requests." },
	{ PATCH, "/api/v1/admin/instructors/{id}", STAFF, edit, &instructor_edit_shape, &detail_shape, .if_match = true,
	  .fails = FAILS(&instructor_unknown, &instructor_teaches, &version_stale), .about = "Changes what is given (JSON merge patch)." },
	INSTRUCTOR_PAGE_ROUTES
	{ 0 }
};
