/* staff_log/staff_log_read.c -- looking things up in the log. */
#include "data/db.h"
#include "staff_log/staff_log.h"

const struct shape log_person_shape = ID_NAME_SHAPE("StaffPerson");

const struct shape log_line_shape = SHAPE("StaffLogLine", struct log_line,
	F(id), F(at), F(member, .of = &log_person_shape, .or_null = true, .about = "null: the system itself."), F(action), F(object_type), F(object_id),
	F(before, .about = "null: it was made, or only looked at."), F(after, .about = "null: it was removed, or only looked at."), F(reason),
	F(request_id));

const struct shape log_filter_shape = SHAPE("StaffLogFilter", struct log_filter_in,
	F(member_id, .min = 1, .letters = "M", .about = "Who did it."), F(object_id, .min = 1, .letters = "CEMPRT"), F(object_type, .max = 24, .pattern = "^[a-z_]+$"),
	F(action, .max = 40, .pattern = "^[a-z_.]+$"), F(q, .max = 100, .about = "In the reason, or a request id."),
	F(from, .about = "From this day on, in Seoul."), F(to, .about = "Up to and with this day, in Seoul."),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

/* Words in reasons have no index: without anything else to go by, only so many of the newest lines are looked at. */
enum { RECENT = 100000 };

SQL(first_since, "SELECT id FROM staff_log WHERE at >= ? ORDER BY at, id LIMIT 1");
SQL(select_last_change,
	"SELECT l.id, l.at, COALESCE(m.id, 0) AS `member.id`, COALESCE(m.name, '') AS `member.name`, l.action, l.object_type, l.object_id, "
	"l.before_json AS `before`, l.after_json AS `after`, l.reason, l.request_id FROM staff_log l LEFT JOIN member_name m ON m.id = l.member_id "
	"WHERE l.object_type = ? AND l.object_id = ? AND l.after_json IS NOT NULL ORDER BY l.id DESC LIMIT 1");
SQL(newest_id, "SELECT id FROM staff_log ORDER BY id DESC LIMIT 1");

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct log_line *)row)->id;
}

static const struct sort_key newest[] = { { "l.id", .descending = true } };

static when begin_of(day d)
{
	return (when){ d.days * DAY - 9 * HOUR };
}

/* Ids follow the time but for transactions that overlap: with an hour to spare they narrow the search, and the time decides. */
static void add_days(struct ctx *c, struct query *q, const struct log_filter_in *in)
{
	if (in->from.set) {
		when from = begin_of(in->from.v);

		query_add(q, " AND l.id >= ? AND l.at >= ?", arg(db_int(c, &first_since, INT64_MAX, arg(when_plus(from, -HOUR)))), arg(from));
	}
	if (in->to.set) {
		when end = begin_of((day){ in->to.v.days + 1 });

		query_add(q, " AND l.id < ? AND l.at < ?", arg(db_int(c, &first_since, INT64_MAX, arg(when_plus(end, HOUR)))), arg(end));
	}
}

static bool is_request_id(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f')))
			return false;
	return s.n == 32;
}

static bool add_words(struct ctx *c, struct query *q, const struct log_filter_in *in)
{
	str text = in->q.set ? str_trim(in->q.v) : (str){ NULL, 0 };
	bool recent = !in->from.set && !in->member_id.set && !in->object_id.set;

	if (text.n == 0)
		return false;
	if (is_request_id(text)) {
		query_add(q, " AND l.request_id = ?", arg(text));
		return false;
	}
	if (recent)
		query_add(q, " AND l.id > ?", arg(db_int(c, &newest_id, 0) - RECENT));
	query_add(q, " AND l.reason LIKE ? ESCAPE '!'", arg(db_anywhere(c, text)));
	return recent;
}

bool staff_log_last_change(struct ctx *c, const char *object_type, int64_t object_id, struct log_line *l)
{
	return db_one(c, &select_last_change, &log_line_shape, l, arg(str_of(object_type)), arg(object_id));
}

void log_list_page(struct request *rq, struct list_out *out, bool *recent)
{
	const struct log_filter_in *in = rq->in;
	struct ctx *c = rq->ctx;
	struct query q = query_from(c, "SELECT STRAIGHT_JOIN l.id, l.at, COALESCE(m.id, 0) AS `member.id`, COALESCE(m.name, '') AS `member.name`, l.action, "
		"l.object_type, l.object_id, l.before_json AS `before`, l.after_json AS `after`, l.reason, l.request_id "
		"FROM staff_log l LEFT JOIN member_name m ON m.id = l.member_id WHERE TRUE");

	if (in->member_id.set)
		query_add(&q, " AND l.member_id = ?", arg(in->member_id));
	if (in->object_type.set)
		query_add(&q, " AND l.object_type = ?", arg(in->object_type));
	if (in->object_id.set)
		query_add(&q, " AND l.object_id = ?", arg(in->object_id));
	if (in->action.set)
		query_add(&q, " AND l.action = ?", arg(in->action));
	add_days(c, &q, in);
	*recent = add_words(c, &q, in);
	query_keyset(&q, &rq->cursor, newest, 1, in->limit);
	list_page(rq, out, query_all(c, &q, &log_line_shape), &log_line_shape, in->limit, keys);
}
