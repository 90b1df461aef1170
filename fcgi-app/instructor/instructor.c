#include "instructor/instructor.h"

#include "data/db.h"
#include "web/lists.h"
#include "web/request.h"

const struct failure instructor_unknown_ref = { 422, "instructor_unknown" };

const struct shape instructor_shape = SHAPE("Instructor", struct instructor, F(id), F(member_id), F(name), F(active), F(version));

static const struct shape instructor_list_shape = LIST_SHAPE("InstructorList", instructor_shape);

SQL(select_page, "SELECT id, member_id, name, active, version FROM instructor WHERE id > ? AND active ORDER BY id LIMIT ?");
SQL(select_exists, "SELECT COUNT(*) FROM instructor WHERE id = ? AND active");

list instructor_active(struct ctx *c, int64_t after_id, int64_t limit)
{
	return db_all(c, &select_page, &instructor_shape, arg(after_id), arg(limit));
}

bool instructor_exists(struct ctx *c, int64_t id)
{
	return db_int(c, &select_exists, 0, arg(id)) > 0;
}

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct instructor *)row)->id;
}

static outcome page(struct request *rq)
{
	struct page_in *in = rq->in;
	struct list_out out = { instructor_active(rq->ctx, rq->cursor.set ? rq->cursor.n[0] : 0, in->limit + 1), { 0 } };
	str next = cursor_next(rq, &out.data, sizeof(struct instructor), in->limit, keys);

	out.next_cursor = next_page(next);
	return reply(rq, &out);
}

const struct route instructor_routes[] = {
	{ GET, "/api/v1/admin/instructors", ANY_STAFF, page, &page_in_shape, &instructor_list_shape, .about = "The people who teach." },
	{ 0 }
};
