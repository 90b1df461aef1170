/* data/outbox.h -- events that leave with the transaction that made them (EV-1, NO-4).
 *
 * outbox_add() writes a row in the running transaction; after the commit the relay is woken and passes it on. Rows of one stream leave in the
 * order in which they were written: the caller holds a row lock that belongs to the stream (the member's stream row,
 * the course's seat row). Lanes keep slow work (mail, gateway) from holding up pushes, and a mail server that is slow or away, or a thousand
 * mails at once, from holding up money.
 *
 * Tables: outbox, outbox_shard, outbox_parked, inbox (sql/0001_relay.sql).  Drained by relay/.
 */
#ifndef DATA_OUTBOX_H
#define DATA_OUTBOX_H

#include "core/ctx.h"
#include "core/shape.h"

enum lane {
	LANE_PUSH,             /* to nchan: shards 0 to 31 */
	LANE_WORK,             /* listeners that may be slow: shards 32 to 39 */
	LANE_MAIL,             /* listeners that write and send mails: shards 40 to 43 */
};
enum { OUTBOX_PUSH_SHARDS = 32, OUTBOX_WORK_SHARDS = 8, OUTBOX_MAIL_SHARDS = 4,
       OUTBOX_SHARDS = OUTBOX_PUSH_SHARDS + OUTBOX_WORK_SHARDS + OUTBOX_MAIL_SHARDS };

struct event {
	int64_t id;
	int64_t shard;
	str stream;            /* "u.17", "c.2417", "mail" … */
	str type;              /* "seat.offered", "mail.send", "payment.return" */
	str payload;           /* JSON */
	when created_at;
	int64_t tries;
};
extern const struct shape event_shape;

int64_t outbox_shard(enum lane, str stream);
void outbox_add(struct ctx *, enum lane, str stream, str type, str payload);
/* Many at once, in this order; only stream, type, payload are read. */
void outbox_add_many(struct ctx *, enum lane, const struct event *, size_t n);

/* Does an event of this type wait on this stream, or was it given up there? Whoever looks again and again for what is left to do adds no
 * second one then. */
bool outbox_holds(struct ctx *, enum lane, str stream, str type);

/* A listener acts once per event: its effect and the key (event id, listener) commit together (EV-2). When it returns
 * a failure or has a bug, the event is tried again later, and parked after many tries; after trouble with the database it is tried
 * again later for as long as that lasts. It begins with a clean ctx: nobody is the caller, the clock is read anew. LANE_WORK and LANE_MAIL. */
struct listener {
	const char *type;
	const char *name;
	outcome (*act)(struct ctx *, const struct event *);      /* runs inside db_tx unless outside is set */
	bool outside;          /* talks to the outside world: called without a transaction, must be idempotent by event id */
};

/* Events that were given up after many tries. The newest first, before this id. */
struct parked_event {
	int64_t id, shard;
	str stream, type;
	json_text payload;
	when created_at, parked_at;
	int64_t tries;
	str reason;            /* the code of the last failure */
};
extern const struct shape parked_event_shape;

list outbox_parked(struct ctx *, int64_t before_id, int64_t limit);
/* Puts one back to where it was, under its own id, so that listeners that had acted know it again. Call within db_tx.
 * false: there is none of this id. */
bool outbox_requeue(struct ctx *, int64_t id, struct parked_event *was);

#endif
