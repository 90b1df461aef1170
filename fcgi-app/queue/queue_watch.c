#include "queue/queue_watch.h"

#include "core/json.h"
#include "data/db.h"
#include "data/outbox.h"
#include "queue/queue_private.h"
#include "staff_log/staff_log.h"
#include "web/lists.h"
#include "web/request.h"
#include "web/session.h"

static const struct shape person_name_shape = ID_NAME_SHAPE("PersonName");

struct watched_course {
	int64_t id;
	str title;
	bool open;
	when opens_at, closes_at;
	int64_t hold_seconds, capacity;
	str status;
	bool is_over;
	money price;
	int64_t version, sessions;
};
static const struct shape watched_course_shape = SHAPE("WatchedCourse", struct watched_course,
	F(id), F(title), F(open), F(opens_at), F(closes_at), F(hold_seconds), F(capacity), F(status),
	F(is_over, .about = "Cancelled or finished: nothing happens in it any more."), F(price), F(version),
	F(sessions, .about = "How many there are."));

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
	struct id_name member;
	str state;
	opt_when hold_expires_at;
};
static const struct shape hold_shape = SHAPE("Hold", struct hold,
	F(ticket_id), F(number), F(member, .of = &person_name_shape), F(state), F(hold_expires_at));

struct waiting_one {
	int64_t ticket_id, number;
	struct id_name member;
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

/* One of the wall of openings. */
struct opening {
	int64_t id;
	str title;
	when opens_at, closes_at;
	int64_t capacity, seats_left, waiting, held, enrolled;
	bool planned;
};
static const struct shape opening_shape = SHAPE("Opening", struct opening,
	F(id), F(title), F(opens_at), F(closes_at), F(capacity), F(seats_left), F(waiting), F(held), F(enrolled),
	F(planned, .about = "It has not begun yet."));

struct openings {
	when now;
	list data;
	opt_str next_cursor, prev_cursor;
};
const struct shape queue_openings_shape = SHAPE("Openings", struct openings,
	F(now), F(data, .of = &opening_shape), F(next_cursor), F(prev_cursor));

struct wall {
	when now;
	list data;
	bool more;                     /* others, in which less happens */
};
const struct shape queue_wall_shape = SHAPE("OpeningsWall", struct wall, F(now), F(data, .of = &opening_shape), F(more));

enum { WALL = 60 };

SQL(select_course,
	"SELECT s.course_id AS id, s.title, s.is_open AS open, s.opens_at, s.closes_at, s.hold_seconds, s.capacity, b.status, b.status IN ('cancelled', 'finished') AS is_over, b.price, b.version, "
	"(SELECT COUNT(*) FROM course_meeting m WHERE m.course_id = s.course_id) AS sessions "
	"FROM course_seat s JOIN course_brief b ON b.id = s.course_id WHERE s.course_id = ?");
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
/* The lowest number that still waits: all below it have been offered a seat, in the order of their numbers. */
SQL(select_next_number, "SELECT MIN(number) FROM ticket WHERE course_id = ? AND state = 'waiting' AND number IS NOT NULL");
/* What happened last, from the tickets themselves: the newest joins, offers, enrolments and ends. Offers go in the order of numbers;
 * enrolments nearly so, since a hold lasts minutes: the newest are among the highest numbers enrolled. So no index is needed that
 * joining and offering would have to keep. */
SQL(select_feed,
	"SELECT f.at, f.type, f.ticket_id, m.name AS member_name FROM ("
	"(SELECT joined_at AS at, 'joined' AS type, id AS ticket_id, member_id FROM ticket WHERE course_id = ? AND number > ? ORDER BY number DESC LIMIT 50) "
	"UNION ALL (SELECT o.offered_at, 'offered', o.id, o.member_id FROM (SELECT id, member_id, offered_at FROM ticket WHERE course_id = ? AND number < ? "
	"ORDER BY number DESC LIMIT 50) o WHERE o.offered_at IS NOT NULL) "
	"UNION ALL (SELECT e.enrolled_at, 'enrolled', e.id, e.member_id FROM (SELECT id, member_id, enrolled_at FROM ticket WHERE course_id = ? "
	"AND state = 'enrolled' ORDER BY number DESC LIMIT 100) e WHERE e.enrolled_at IS NOT NULL) "
	"UNION ALL (SELECT ended_at, state, id, member_id FROM ticket WHERE course_id = ? AND state IN ('expired', 'left', 'cancelled') "
	"AND ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 50)"
	") f JOIN member_name m ON m.id = f.member_id ORDER BY f.at DESC LIMIT 50");
/* Open now, or within a day. */
#define OPENING \
	"SELECT s.course_id AS id, s.title, s.opens_at, s.closes_at, s.capacity, s.capacity - s.taken AS seats_left, s.waiting, s.taken - s.enrolled AS held, " \
	"s.enrolled, s.opens_at > ? AS planned FROM course_seat s WHERE s.is_open AND s.closes_at > ? AND s.opens_at < ?"
/* What opens next first, then where somebody waits or holds a seat, each from what opened last. */
SQL(select_wall,
	OPENING " ORDER BY planned DESC, IF(s.opens_at > ?, s.opens_at, NULL), s.waiting > 0 OR s.taken > s.enrolled DESC, s.opens_at DESC LIMIT ?");

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
	staff_log_look_hourly(c, "queue.look", "course", id);        /* the page asks for it every moment */
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
	out.feed = db_all(c, &select_feed, &feed_line_shape, arg(id), arg(s.joined - 50), arg(id),
			  arg(db_int(c, &select_next_number, INT64_MAX, arg(id))), arg(id), arg(id));
	return reply(rq, &out);
}

static void opening_keys(const void *row, int64_t n[2])
{
	const struct opening *o = row;

	n[0] = o->opens_at.us;
	n[1] = o->id;
}

/* In an order that stands still while somebody pages. */
outcome queue_watch_openings(struct request *rq)
{
	static const struct sort_key latest[] = { { "s.opens_at", .descending = true, .moment = true }, { "s.course_id", .descending = true } };
	struct ctx *c = rq->ctx;
	const struct page_in *in = rq->in;
	struct query q = query_from(c, OPENING);
	struct list_out l;
	struct openings out;

	query_add(&q, "", arg(c->now), arg(c->now), arg(when_plus(c->now, 24 * HOUR)));
	query_keyset(&q, &rq->cursor, latest, 2, in->limit);
	list_page(rq, &l, query_all(c, &q, &opening_shape), &opening_shape, in->limit, opening_keys);
	out = (struct openings){ c->now, l.data, l.next_cursor, l.prev_cursor };
	return reply(rq, &out);
}

outcome queue_watch_wall(struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct wall out = { .now = c->now };

	out.data = db_all(c, &select_wall, &opening_shape, arg(c->now), arg(c->now), arg(when_plus(c->now, 24 * HOUR)), arg(c->now),
			  arg(WALL + 1));
	if (out.data.n > WALL) {
		out.data.n = WALL;
		out.more = true;
	}
	return reply(rq, &out);
}

static str stream_of(struct ctx *c, int64_t course_id)
{
	return str_fmt(c->arena, "c.%lld", (long long)course_id);
}

void queue_tell_state(struct ctx *c, int64_t course_id)
{
	outbox_add(c, LANE_PUSH, stream_of(c, course_id), S("course.state"), str_fmt(c->arena, "{\"course_id\":%lld}", (long long)course_id));
}

outcome queue_watch_events(struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct watched_course k = { 0 };
	int64_t id = ((struct id_in *)rq->in)->id;
	str stream = stream_of(c, id);

	if (!db_one(c, &select_course, &watched_course_shape, &k, arg(id)))
		return &course_unknown;
	if (!session_listen(c, stream, STAFF))
		return &not_logged_in;
	queue_tell_state(c, id);         /* so that whoever comes has it at once */
	return session_reply_stream(rq, stream);
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
