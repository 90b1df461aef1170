/* instructor/instructor_routes.c -- the people who teach, as JSON. */
#include "instructor/instructor_routes.h"

const char *const instructor_which_words[] = { "true", "false", "any", NULL };

const struct shape instructor_filter_shape = SHAPE("InstructorFilter", struct instructor_filter_in,
	F(q, .max = 60, .about = "How the name begins."),
	F(active, .optional = true, .words = instructor_which_words, .about = "Those who teach, unless said otherwise."),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

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

void instructor_list_page(struct request *rq, struct list_out *out)
{
	const struct instructor_filter_in *in = rq->in;
	struct instructor_filter f = { .q = in->q, .which = in->active, .from = rq->cursor, .limit = in->limit };

	list_page(rq, out, instructor_list(rq->ctx, &f), &instructor_shape, in->limit, keys);
}

static outcome list_all(struct request *rq)
{
	struct list_out out = { 0 };

	instructor_list_page(rq, &out);
	return reply(rq, &out);
}

static outcome answer(struct request *rq, const struct instructor *k)
{
	reply_etag(rq, k->version);
	return reply(rq, k);
}

static outcome show(struct request *rq)
{
	struct instructor k = { 0 };

	return instructor_find(rq->ctx, ((struct id_in *)rq->in)->id, &k) ? answer(rq, &k) : &instructor_unknown;
}

const struct route instructor_routes[] = {
	{ GET, "/api/v1/admin/instructors", ANY_STAFF, list_all, &instructor_filter_shape, &instructor_list_shape,
	  .about = "The people who teach." },
	{ GET, "/api/v1/admin/instructors/{id}", ANY_STAFF, show, &id_in_shape, &instructor_shape, .fails = FAILS(&instructor_unknown),
	  .about = "One instructor." },
	{ 0 }
};
