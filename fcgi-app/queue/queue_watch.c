#include "queue/queue_watch.h"

#include "core/json.h"
#include "data/db.h"
#include "queue/queue.h"
#include "web/lists.h"
#include "web/request.h"

struct person_name {
	int64_t id;
	str name;
};
static const struct shape person_name_shape = SHAPE("PersonName", struct person_name, F(id), F(name));

struct watched_course {
	int64_t id;
	str title;
	bool open;
	when opens_at, closes_at;
	int64_t hold_seconds, capacity;
};
static const struct shape watched_course_shape = SHAPE("WatchedCourse", struct watched_course,
	F(id), F(title), F(open), F(opens_at), F(closes_at), F(hold_seconds), F(capacity));

struct queue_state {
	when now;
	int64_t seats_left, waiting, held, paying, enrolled, joined;
	int64_t joins_per_second;
};
static const struct shape queue_state_shape = SHAPE("QueueState", struct queue_state,
	F(now), F(seats_left), F(waiting), F(held), F(paying), F(enrolled), F(joined, .about = "Tickets given out so far."),
	F(joins_per_second, .about = "Over the last ten seconds."));

struct hold {
	int64_t ticket_id, number;
	struct person_name member;
	str state;
	opt_when hold_expires_at;
};
static const struct shape hold_shape = SHAPE("Hold", struct hold,
	F(ticket_id), F(number), F(member, .of = &person_name_shape), F(state), F(hold_expires_at));

struct waiting_one {
	int64_t ticket_id, number;
	struct person_name member;
	when joined_at;
};
static const struct shape waiting_one_shape = SHAPE("WaitingOne", struct waiting_one,
	F(ticket_id), F(number), F(member, .of = &person_name_shape), F(joined_at));

struct feed_line {
	when at;
	str type;
	int64_t ticket_id;
	str member_name;
};
static const struct shape feed_line_shape = SHAPE("FeedLine", struct feed_line, F(at), F(type), F(ticket_id), F(member_name));

struct snapshot {
	struct watched_course course;
	when now;
	int64_t seats_left, waiting, held, paying, enrolled, joined, joins_per_second;
	list holds, waiting_head, feed;
};
const struct shape queue_snapshot_shape = SHAPE("QueueSnapshot", struct snapshot,
	F(course, .of = &watched_course_shape), F(now), F(seats_left), F(waiting), F(held), F(paying), F(enrolled), F(joined),
	F(joins_per_second), F(holds, .of = &hold_shape), F(waiting_head, .of = &waiting_one_shape), F(feed, .of = &feed_line_shape));

SQL(select_course,
	"SELECT course_id AS id, title, is_open AS open, opens_at, closes_at, hold_seconds, capacity FROM course_seat WHERE course_id = ?");
SQL(select_state,
	"SELECT UTC_TIMESTAMP(6) AS now, s.capacity - s.taken AS seats_left, s.waiting, s.taken - s.enrolled - p.n AS held, p.n AS paying, "
	"s.enrolled, s.last_number AS joined, (SELECT COUNT(*) DIV 10 FROM ticket t WHERE t.course_id = s.course_id AND "
	"t.number > s.last_number - 20000 AND t.joined_at > UTC_TIMESTAMP(6) - INTERVAL 10 SECOND) AS joins_per_second FROM course_seat s "
	"JOIN (SELECT COUNT(*) AS n FROM ticket WHERE course_id = ? AND state = 'paying') p WHERE s.course_id = ?");
SQL(select_holds,
	"SELECT t.id AS ticket_id, t.number, m.id AS `member.id`, m.name AS `member.name`, t.state, t.hold_expires_at FROM ticket t "
	"JOIN member_name m ON m.id = t.member_id WHERE t.course_id = ? AND t.state IN ('active', 'paying') ORDER BY t.number LIMIT 200");
SQL(select_waiting_head,
	"SELECT t.id AS ticket_id, t.number, m.id AS `member.id`, m.name AS `member.name`, t.joined_at FROM ticket t "
	"JOIN member_name m ON m.id = t.member_id WHERE t.course_id = ? AND t.state = 'waiting' AND t.number IS NOT NULL "
	"ORDER BY t.number LIMIT 20");
/* What happened last, from the tickets themselves: the newest joins, and the newest ends. */
SQL(select_feed,
	"SELECT f.at, f.type, f.ticket_id, m.name AS member_name FROM ("
	"(SELECT joined_at AS at, 'joined' AS type, id AS ticket_id, member_id FROM ticket WHERE course_id = ? AND number > ? ORDER BY number DESC LIMIT 50) "
	"UNION ALL (SELECT ended_at, state, id, member_id FROM ticket WHERE course_id = ? AND state IN ('expired', 'left', 'cancelled') "
	"AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 50)"
	") f JOIN member_name m ON m.id = f.member_id ORDER BY f.at DESC LIMIT 50");

static bool read_state(struct ctx *c, int64_t course_id, struct queue_state *s)
{
	return db_one(c, &select_state, &queue_state_shape, s, arg(course_id), arg(course_id));
}

outcome queue_watch_snapshot(struct request *rq)
{
	struct ctx *c = rq->ctx;
	int64_t id = ((struct id_in *)rq->in)->id;
	struct snapshot out = { 0 };
	struct queue_state s = { 0 };

	if (!db_one(c, &select_course, &watched_course_shape, &out.course, arg(id)) || !read_state(c, id, &s))
		return &course_unknown;
	out.now = s.now;
	out.seats_left = s.seats_left;
	out.waiting = s.waiting;
	out.held = s.held;
	out.paying = s.paying;
	out.enrolled = s.enrolled;
	out.joined = s.joined;
	out.joins_per_second = s.joins_per_second;
	out.holds = db_all(c, &select_holds, &hold_shape, arg(id));
	out.waiting_head = db_all(c, &select_waiting_head, &waiting_one_shape, arg(id));
	out.feed = db_all(c, &select_feed, &feed_line_shape, arg(id), arg(s.joined - 50), arg(id));
	return reply(rq, &out);
}

outcome queue_watch_events(struct request *rq)
{
	struct watched_course k = { 0 };
	int64_t id = ((struct id_in *)rq->in)->id;

	if (!db_one(rq->ctx, &select_course, &watched_course_shape, &k, arg(id)))
		return &course_unknown;
	return reply_internal(rq, str_fmt(rq->ctx->arena, "/_sse/0/c.%lld", (long long)id));
}

str queue_watch_state(struct ctx *c, int64_t course_id)
{
	struct queue_state s = { 0 };
	struct buf b = buf_in(c->arena);

	if (!read_state(c, course_id, &s))
		return (str){ NULL, 0 };
	json_write(&b, &queue_state_shape, &s);
	return buf_text(&b);
}
