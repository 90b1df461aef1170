/* instructor/instructor_routes.c -- the people who teach, as JSON. */
#include "instructor/instructor_routes.h"

const char *const instructor_which_words[] = { "true", "false", "any", NULL };

const struct shape instructor_filter_shape = SHAPE("InstructorFilter", struct instructor_filter_in,
	F(q, .max = 60, .about = "How the name begins."),
	F(active, .optional = true, .words = instructor_which_words, .about = "Those who teach, unless said otherwise."),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

/* A page's rows are not the reader's business. */
const struct shape instructor_page_filter_shape = SHAPE("InstructorPageFilter", struct instructor_filter_in,
	F(q, .max = 60), F(active, .optional = true, .words = instructor_which_words), F(cursor));

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

static outcome show(struct request *rq)
{
	struct instructor k = { 0 };

	return instructor_find(rq->ctx, ((struct id_in *)rq->in)->id, &k) ? reply(rq, &k) : &instructor_unknown;
}

static outcome create(struct request *rq)
{
	struct instructor k = { 0 };
	outcome o = instructor_make(rq->ctx, rq->in, &k);

	return o == OK ? reply(rq, &k) : o;
}

static outcome edit(struct request *rq)
{
	const struct instructor_edit_in *in = rq->in;
	struct instructor_patch p = { .id = in->id, .version = rq->if_match, .name = { given(rq, "name"), in->name },
				      .bio = { given(rq, "bio"), in->bio }, .active = { given(rq, "active"), in->active } };
	struct instructor k = { 0 };
	outcome o = instructor_edit(rq->ctx, &p, &k);

	return o == OK ? reply(rq, &k) : o;
}

const struct route instructor_routes[] = {
	{ GET, "/api/v1/admin/instructors", ANY_STAFF, list_all, &instructor_filter_shape, &instructor_list_shape,
	  .about = "The people who teach." },
	{ POST, "/api/v1/admin/instructors", STAFF, create, &instructor_input_shape, &instructor_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&instructor_exists_already, &instructor_no_member), .about = "Makes a member an instructor." },
	{ GET, "/api/v1/admin/instructors/{id}", ANY_STAFF, show, &id_in_shape, &instructor_shape, .fails = FAILS(&instructor_unknown),
	  .about = "One instructor." },
	{ PATCH, "/api/v1/admin/instructors/{id}", STAFF, edit, &instructor_edit_shape, &instructor_shape, .if_match = true,
	  .fails = FAILS(&instructor_unknown, &instructor_teaches, &version_stale), .about = "Changes what is given (JSON merge patch)." },
	INSTRUCTOR_PAGE_ROUTES
	{ 0 }
};
