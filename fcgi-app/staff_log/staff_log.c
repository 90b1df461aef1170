#include "staff_log/staff_log.h"

#include "core/json.h"
#include "data/db.h"
#include "web/lists.h"
#include "web/request.h"

SQL(insert_line,
	"INSERT INTO staff_log (at, member_id, action, object_type, object_id, before_json, after_json, reason, request_id, ip) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

static opt_str as_json(struct ctx *c, const struct shape *s, const void *thing)
{
	struct buf b = buf_in(c->arena);

	if (!thing)
		return (opt_str){ 0 };
	json_write(&b, s, thing);
	return some_str(buf_text(&b));
}

void staff_log_add(struct ctx *c, const char *action, const char *object_type, int64_t object_id, const struct shape *s,
		   const void *before, const void *after, str reason)
{
	db_insert(c, &insert_line, arg(c->now), arg(c->who.id), arg(str_of(action)), arg(str_of(object_type)), arg(object_id),
		  arg(as_json(c, s, before)), arg(as_json(c, s, after)), arg(reason), arg(c->request_id), arg(c->ip));
}

void staff_log_look(struct ctx *c, const char *action, const char *object_type, int64_t object_id, str purpose)
{
	staff_log_add(c, action, object_type, object_id, NULL, NULL, NULL, purpose);
}

SQL(select_last_look, "SELECT COUNT(*) FROM (SELECT action, object_type, object_id, reason, at FROM staff_log WHERE member_id = ? ORDER BY id DESC LIMIT 1) l "
	"WHERE l.action = ? AND l.object_type = ? AND l.object_id = ? AND l.reason = ? AND l.at > ?");

void staff_log_look_once(struct ctx *c, const char *action, const char *object_type, int64_t object_id, str purpose)
{
	if (!db_int(c, &select_last_look, 0, arg(c->who.id), arg(str_of(action)), arg(str_of(object_type)), arg(object_id), arg(purpose),
		    arg(when_plus(c->now, -MINUTE))))
		staff_log_look(c, action, object_type, object_id, purpose);
}

/* -- reading it ------------------------------------------------------------------------------------------------------- */

struct person {
	int64_t id;
	str name;
};
static const struct shape person_shape = SHAPE("StaffPerson", struct person, F(id), F(name));

struct log_line {
	int64_t id;
	when at;
	struct person member;
	str action, object_type;
	int64_t object_id;
	json_text before, after;
	str reason, request_id;
};
static const struct shape log_line_shape = SHAPE("StaffLogLine", struct log_line,
	F(id), F(at), F(member, .of = &person_shape), F(action), F(object_type), F(object_id),
	F(before, .about = "null: it was made."), F(after, .about = "null: it was removed."), F(reason), F(request_id));

struct filter {
	opt_int member_id, object_id;
	opt_str object_type;
	opt_str cursor;
	int64_t limit;
};
static const struct shape filter_shape = SHAPE("StaffLogFilter", struct filter,
	F(member_id, .min = 1), F(object_id, .min = 1), F(object_type, .max = 24, .pattern = "^[a-z_]+$"),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

static const struct shape log_list_shape = PAGED_SHAPE("StaffLog", log_line_shape);

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct log_line *)row)->id;
}

static const struct sort_key newest[] = { { "l.id", .descending = true } };

static outcome search(struct request *rq)
{
	const struct filter *in = rq->in;
	struct query q = query_from(rq->ctx, "SELECT STRAIGHT_JOIN l.id, l.at, m.id AS `member.id`, m.name AS `member.name`, l.action, "
		"l.object_type, l.object_id, l.before_json AS `before`, l.after_json AS `after`, l.reason, l.request_id "
		"FROM staff_log l JOIN member_name m ON m.id = l.member_id WHERE ");
	struct list_out out = { 0 };

	query_add(&q, "TRUE");
	if (in->member_id.set)
		query_add(&q, " AND l.member_id = ?", arg(in->member_id));
	if (in->object_type.set)
		query_add(&q, " AND l.object_type = ?", arg(in->object_type));
	if (in->object_id.set)
		query_add(&q, " AND l.object_id = ?", arg(in->object_id));
	query_keyset(&q, &rq->cursor, newest, 1, in->limit);
	list_page(rq, &out, query_all(rq->ctx, &q, &log_line_shape), &log_line_shape, in->limit, keys);
	return reply(rq, &out);
}

const struct route staff_log_routes[] = {
	{ GET, "/api/v1/admin/audit", ANY_STAFF, search, &filter_shape, &log_list_shape,
	  .about = "What the staff changed: who, when, what, before and after, why." },
	{ 0 }
};
