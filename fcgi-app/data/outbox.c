#include "data/outbox.h"

#include "data/db.h"
#include "data/job.h"

const struct shape event_shape = SHAPE("Event", struct event,
	F(id), F(shard), F(stream), F(type), F(payload), F(created_at), F(tries));

SQL(insert_event, "INSERT INTO outbox (shard, stream, type, payload, created_at) VALUES (?, ?, ?, ?, ?)");

enum { EVENT_COLUMNS = 5 };

int64_t outbox_shard(enum lane lane, str stream)
{
	uint32_t h = str_hash(stream);

	if (lane == LANE_PUSH)
		return h % OUTBOX_PUSH_SHARDS;
	return OUTBOX_PUSH_SHARDS + h % (OUTBOX_SHARDS - OUTBOX_PUSH_SHARDS);
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
