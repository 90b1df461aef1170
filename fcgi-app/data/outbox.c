#include "data/outbox.h"

#include "data/db.h"
#include "data/job.h"

const struct shape event_shape = SHAPE("Event", struct event,
	F(id), F(shard), F(stream), F(type), F(payload), F(created_at), F(tries));

SQL(insert_event, "INSERT INTO outbox (shard, stream, type, payload, created_at) VALUES (?, ?, ?, ?, ?)");

enum { EVENT_COLUMNS = 5 };

int64_t outbox_shard(enum lane lane, str stream)
{
	static const struct { uint32_t first, n; } lanes[] = {
		[LANE_PUSH] = { 0, OUTBOX_PUSH_SHARDS },
		[LANE_WORK] = { OUTBOX_PUSH_SHARDS, OUTBOX_WORK_SHARDS },
		[LANE_MAIL] = { OUTBOX_PUSH_SHARDS + OUTBOX_WORK_SHARDS, OUTBOX_MAIL_SHARDS },
	};

	return lanes[lane].first + str_hash(stream) % lanes[lane].n;
}

void outbox_add(struct ctx *c, enum lane lane, str stream, str type, str payload)
{
	int64_t shard = outbox_shard(lane, stream);

	db_run(c, &insert_event, arg(shard), arg(stream), arg(type), arg(payload), arg(c->now));
	wake_after_commit(c, WAKE_OUTBOX, INT64_C(1) << shard);
}

void outbox_add_many(struct ctx *c, enum lane lane, const struct event *events, size_t n)
{
	struct arg *values = arena_array(c->arena, struct arg, n * EVENT_COLUMNS), *v = values;
	uint64_t shards = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t shard = outbox_shard(lane, events[i].stream);

		shards |= UINT64_C(1) << shard;
		*v++ = arg(shard);
		*v++ = arg(events[i].stream);
		*v++ = arg(events[i].type);
		*v++ = arg(events[i].payload);
		*v++ = arg(c->now);
	}
	db_bulk(c, &insert_event, values, n, EVENT_COLUMNS);
	if (n)
		wake_after_commit(c, WAKE_OUTBOX, (int64_t)shards);
}

SQL(select_held,
	"SELECT EXISTS (SELECT 1 FROM outbox WHERE shard = ? AND stream = ? AND type = ?) "
	"OR EXISTS (SELECT 1 FROM outbox_parked WHERE stream = ? AND type = ?)");

bool outbox_holds(struct ctx *c, enum lane lane, str stream, str type)
{
	return db_int(c, &select_held, 0, arg(outbox_shard(lane, stream)), arg(stream), arg(type), arg(stream), arg(type)) != 0;
}

const struct shape parked_event_shape = SHAPE("ParkedEvent", struct parked_event,
	F(id), F(shard), F(stream), F(type), F(payload), F(created_at), F(parked_at), F(tries),
	F(reason, .about = "The code of the last failure."));

#define PARKED_COLUMNS "id, shard, stream, type, payload, created_at, parked_at, tries, reason"
SQL(select_parked, "SELECT " PARKED_COLUMNS " FROM outbox_parked WHERE id < ? ORDER BY id DESC LIMIT ?");
SQL(lock_parked, "SELECT " PARKED_COLUMNS " FROM outbox_parked WHERE id = ? FOR UPDATE");
SQL(insert_again, "INSERT INTO outbox (shard, id, stream, type, payload, created_at) VALUES (?, ?, ?, ?, ?, ?)");
SQL(delete_parked, "DELETE FROM outbox_parked WHERE id = ?");

list outbox_parked(struct ctx *c, int64_t before_id, int64_t limit)
{
	return db_all(c, &select_parked, &parked_event_shape, arg(before_id), arg(limit));
}

bool outbox_requeue(struct ctx *c, int64_t id, struct parked_event *was)
{
	if (!db_one(c, &lock_parked, &parked_event_shape, was, arg(id)))
		return false;
	db_run(c, &insert_again, arg(was->shard), arg(id), arg(was->stream), arg(was->type), arg(was->payload.s), arg(was->created_at));
	db_run(c, &delete_parked, arg(id));
	wake_after_commit(c, WAKE_OUTBOX, INT64_C(1) << was->shard);
	return true;
}
