#include "notify/notify.h"

#include <string.h>

#include "core/i18n.h"
#include "core/json.h"
#include "data/db.h"
#include "data/outbox.h"
#include "notify/notify_mail.h"

const struct shape notification_shape = SHAPE("Notification", struct notification,
	F(seq, .about = "The member's own number: 1, 2, 3 … without a gap."),
	F(type), F(title), F(body), F(at), F(read), F(data));

struct reading {
	str word;
};
static const struct shape reading_shape = SHAPE("NotificationReading", struct reading, F(word));

static const struct shape notification_row_shape = SHAPE("NotificationRow", struct notification_row,
	F(member_id), F(seq), F(type), F(data), F(at), F(read_at));

/* INSERT … ON DUPLICATE: members get their stream with their first notification. LAST_INSERT_ID carries the number out. */
SQL(next_seq,
	"INSERT INTO member_stream (member_id, head, unread) VALUES (?, LAST_INSERT_ID(1), 1) "
	"ON DUPLICATE KEY UPDATE head = LAST_INSERT_ID(head + 1), unread = unread + 1");
SQL(insert_notification, "INSERT INTO notification (member_id, seq, type, data, at, mail) VALUES (?, ?, ?, ?, ?, ?)");
SQL(select_after,
	"SELECT member_id, seq, type, data, at, read_at FROM notification WHERE member_id = ? AND seq > ? ORDER BY seq LIMIT ?");
SQL(select_locale, "SELECT locale AS word FROM member_name WHERE id = ?");
SQL(select_head, "SELECT head FROM member_stream WHERE member_id = ?");

/* What the relay needs to push it without reading the row again. */
static str pushed(struct ctx *c, const struct notice *n, int64_t seq)
{
	return str_fmt(c->arena, "{\"member_id\":%lld,\"seq\":%lld,\"type\":\"%.*s\",\"at\":\"%.*s\",\"data\":%.*s}",
		       (long long)n->member_id, (long long)seq, STR(n->type), STR(when_text(c->arena, c->now)), STR(n->data));
}

enum { ROW = 6 };

void notify_many(struct ctx *c, const struct notice *n, size_t count)
{
	struct arg *rows = arena_array(c->arena, struct arg, count * ROW);
	struct event *events = arena_array(c->arena, struct event, count);
	struct notice_key *due = arena_array(c->arena, struct notice_key, count);
	size_t n_due = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t seq = db_insert(c, &next_seq, arg(n[i].member_id));
		struct arg *r = &rows[i * ROW];
		opt_str mail = { notify_is_mailed(n[i].type), S("due") };

		r[0] = arg(n[i].member_id);
		r[1] = arg(seq);
		r[2] = arg(n[i].type);
		r[3] = arg(n[i].data);
		r[4] = arg(c->now);
		r[5] = arg(mail);
		if (mail.set)
			due[n_due++] = (struct notice_key){ n[i].member_id, seq };
		events[i].stream = str_fmt(c->arena, "u.%lld", (long long)n[i].member_id);
		events[i].type = S("notify");
		events[i].payload = pushed(c, &n[i], seq);
	}
	if (count) {
		db_bulk(c, &insert_notification, rows, count, ROW);
		outbox_add_many(c, LANE_PUSH, events, count);
	}
	if (n_due)
		notify_mail_later(c, due, n_due);
}

void notify(struct ctx *c, int64_t member_id, const char *type, str data)
{
	struct notice n = { member_id, str_of(type), data };

	notify_many(c, &n, 1);
}

/* The words may name any member of the data: {course_title}, {amount}. A reason may have several lines; a title has one,
 * whatever was typed into it. */
enum { MAX_WORDS = 12 };
static const char *const named[] = { "course_title", "amount", "refund", "hold_minutes", "reason", "fields", "name", "from_title", "note" };

/* ["title","sessions"] as a reader calls them. */
static str field_names(struct ctx *c, enum locale locale, const struct json *fields)
{
	struct buf b = buf_in(c->arena);
	str one, key;

	for (size_t i = 0; i < json_length(fields); i++) {
		if (!json_text_value(json_at(fields, i), &one))
			continue;
		key = str_fmt(c->arena, "notify.course.field.%.*s", STR(one));
		if (b.n)
			buf_lit(&b, ", ");
		buf_str(&b, i18n_has(locale, key) ? i18n_raw(locale, key) : one);
	}
	return buf_text(&b);
}

/* Whose ticket has ended with its course has other words, where there are some: by what the ticket was. Who was told
 * before the notices said which, gets those of who waited. */
static str key_of(struct ctx *c, enum locale locale, str type, const struct json *data, const char *what)
{
	str ended = json_str(data, "ended"), key;

	if (!ended.n && json_get(data, "ticket_id"))
		ended = S("waiting");
	key = str_fmt(c->arena, "notify.%.*s.%.*s.%s", STR(type), STR(ended), what);
	return i18n_has(locale, key) ? key : str_fmt(c->arena, "notify.%.*s.%s", STR(type), what);
}

void notify_words(struct ctx *c, enum locale locale, const struct notification_row *row, struct notification *out)
{
	const struct json *data = json_parse(c, row->data);
	struct i18n_arg args[MAX_WORDS];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		const struct json *value = json_get(data, named[i]);
		str text = { NULL, 0 };

		if (value && !json_text_value(value, &text))
			text = i18n_number(c->arena, json_int(data, named[i], 0));
		else if (strcmp(named[i], "reason") != 0 && strcmp(named[i], "note") != 0)
			text = str_one_line(c->arena, text);
		if (strcmp(named[i], "fields") == 0)
			text = field_names(c, locale, value);
		args[n++] = (struct i18n_arg){ named[i], text };
	}
	out->seq = row->seq;
	out->type = row->type;
	out->at = row->at;
	out->read = row->read_at.set;
	out->data.s = row->data;
	out->title = i18n_in(c, locale, key_of(c, locale, row->type, data, "title"), args, n);
	out->body = str_trim(i18n_in(c, locale, key_of(c, locale, row->type, data, "body"), args, n));
}

void notify_json(struct ctx *c, const struct notification *n, struct buf *b)
{
	char at[32];

	(void)c;
	buf_fmt(b, "{\"seq\":%lld,\"type\":", (long long)n->seq);
	buf_json(b, n->type);
	buf_lit(b, ",\"at\":\"");
	buf_add(b, at, when_write(n->at, at));
	buf_lit(b, "\",\"title\":");
	buf_json(b, n->title);
	buf_lit(b, ",\"body\":");
	buf_json(b, n->body);
	buf_lit(b, ",\"data\":");
	buf_str(b, n->data.s);
	buf_char(b, '}');
}

enum locale notify_locale(struct ctx *c, int64_t member_id)
{
	struct reading r = { 0 };

	db_one(c, &select_locale, &reading_shape, &r, arg(member_id));
	return i18n_locale(r.word);
}

list notify_after(struct ctx *c, int64_t member_id, int64_t seq, int64_t limit)
{
	list rows = db_all(c, &select_after, &notification_row_shape, arg(member_id), arg(seq), arg(limit));
	list out = { arena_array(c->arena, struct notification, rows.n), rows.n };
	enum locale locale = rows.n ? notify_locale(c, member_id) : LOCALE_KO;

	for (size_t i = 0; i < rows.n; i++)
		notify_words(c, locale, (struct notification_row *)rows.p + i, (struct notification *)out.p + i);
	return out;
}

int64_t notify_head(struct ctx *c, int64_t member_id)
{
	return db_int(c, &select_head, 0, arg(member_id));
}
