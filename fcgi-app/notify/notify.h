/* notify/notify.h -- what members are told (NO-1 to NO-5).
 *
 * A notification is a row per member, numbered 1, 2, 3 … without a gap: the number is given under the lock of the
 * member's stream row, so the order of the numbers is the order of the commits. It is pushed by the relay after the
 * commit (event "notify" on stream "u.<member>"), and read again from the table by whoever was away.
 * The words are made from type and data when it is shown, in the language of the reader ("notify.<type>.title", ".body").
 *
 * Tables: member_stream, notification (sql/0005, sql/0038)   Routes: notify_routes.c   Stream: notify_stream.c   Mail: notify_mail.h
 * Tests: tests/unit/test_notify.c
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "core/ctx.h"
#include "core/shape.h"

struct notification {
	int64_t seq;
	str type;              /* "seat.offered" */
	str title, body;
	when at;
	bool read;
	json_text data;
};
extern const struct shape notification_shape;

/* A number of members told in one go; in ascending order of member_id (lock order), those of one member in the order of their
 * numbers. Call within db_tx. */
struct notice {
	int64_t member_id;
	str type;
	str data;              /* JSON object: ids and values that the words name */
};
void notify_many(struct ctx *, const struct notice *, size_t n);
void notify(struct ctx *, int64_t member_id, const char *type, str data);

/* What the member reads: pushed, replayed and mailed alike, so that one number never comes in two languages. */
enum locale notify_locale(struct ctx *, int64_t member_id);
/* Rows after `seq`, at most limit, in order; title and body in the member's language. */
list notify_after(struct ctx *, int64_t member_id, int64_t seq, int64_t limit);
int64_t notify_head(struct ctx *, int64_t member_id);

/* One notification as an SSE message: event, data (JSON with our seq), and the id trick of nchan where asked for.
 * Used by the relay (push) and by the replay. */
struct notification_row {
	int64_t member_id, seq;
	str type, data;
	when at;
	opt_when read_at;
};
void notify_words(struct ctx *, enum locale, const struct notification_row *, struct notification *out);
void notify_json(struct ctx *, const struct notification *, struct buf *);      /* {"seq":17,"type":…,"at":…,"title":…,"body":…,"data":{…}} */

#endif
