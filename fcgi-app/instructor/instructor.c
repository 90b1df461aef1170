#include "instructor/instructor.h"

#include "account/account.h"
#include "data/db.h"
#include "staff_log/staff_log.h"
#include "web/route.h"

const struct failure instructor_unknown_ref = { 422, "instructor_unknown" };
const struct failure instructor_unknown = { 404, "instructor_unknown" };
const struct failure instructor_exists_already = { 409, "instructor_exists_already" };
const struct failure instructor_teaches = { 409, "instructor_teaches" };
const struct failure instructor_no_member = { 422, "instructor_no_member" };

const struct shape instructor_shape = SHAPE("Instructor", struct instructor,
	F(id), F(member_id), F(name), F(bio, .multiline = true), F(active), F(version));

#define INSTRUCTOR_COLUMNS "i.id, i.member_id, i.name, i.bio, i.active, i.version"

SQL(select_active, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE i.id > ? AND i.active ORDER BY i.id LIMIT ?");
SQL(select_exists, "SELECT COUNT(*) FROM instructor WHERE id = ? AND active");
SQL(select_one, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE i.id = ?");
SQL(select_of_member, "SELECT id FROM instructor WHERE member_id = ? AND active");
SQL(select_member, "SELECT member_id FROM instructor WHERE id = ?");
SQL(lock_active, "SELECT active FROM instructor WHERE id = ? FOR UPDATE");

list instructor_active(struct ctx *c, int64_t after_id, int64_t limit)
{
	return db_all(c, &select_active, &instructor_shape, arg(after_id), arg(limit));
}

bool instructor_exists(struct ctx *c, int64_t id)
{
	return db_int(c, &select_exists, 0, arg(id)) > 0;
}

int64_t instructor_of_member(struct ctx *c, int64_t member_id)
{
	return db_int(c, &select_of_member, 0, arg(member_id));
}

int64_t instructor_member(struct ctx *c, int64_t id)
{
	return db_int(c, &select_member, 0, arg(id));
}

bool instructor_lock(struct ctx *c, int64_t id)
{
	return db_int(c, &lock_active, 0, arg(id)) != 0;
}

bool instructor_find(struct ctx *c, int64_t id, struct instructor *k)
{
	return db_one(c, &select_one, &instructor_shape, k, arg(id));
}

/* What LIKE takes for this beginning, with its own signs made plain. */
static str beginning(struct ctx *c, str q)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < q.n; i++) {
		if (q.p[i] == '%' || q.p[i] == '_' || q.p[i] == '\\')
			buf_char(&b, '\\');
		buf_char(&b, q.p[i]);
	}
	buf_char(&b, '%');
	return buf_text(&b);
}

static const struct sort_key by_id[] = { { "i.id", .descending = false } };

list instructor_list(struct ctx *c, const struct instructor_filter *f)
{
	struct query q = query_from(c, "SELECT " INSTRUCTOR_COLUMNS " FROM instructor i WHERE ");

	query_add(&q, f->which == INSTRUCTOR_ALL ? "TRUE" : f->which == INSTRUCTOR_ACTIVE ? "i.active" : "NOT i.active");
	if (f->q.set)
		query_add(&q, " AND i.name LIKE ?", arg(beginning(c, f->q.v)));
	query_keyset(&q, &f->from, by_id, 1, f->limit);
	return query_all(c, &q, &instructor_shape);
}
