#include "notify/notify_mail.h"

#include "core/config.h"
#include "core/i18n.h"
#include "core/json.h"
#include "core/log.h"
#include "data/db.h"
#include "mail_out/mail_out.h"
#include "notify/notify.h"

/* What one would not want to miss because the app was closed. What is answered on the spot (payment.refused, payment.unknown), what follows from
 * the mail before it (seat.expired: that one says until when) and what the staff find in their lists (request.submitted) is not. */
static const struct mailed {
	const char *type;
	bool meeting;              /* says when the course meets next */
} mailed[] = {
	{ "seat.offered", true },
	{ "enrolment.confirmed", true },
	{ "enrolment.cancelled", false },
	{ "payment.refunded", false },
	{ "course.changed", true },
	{ "course.cancelled", false },
	{ "ticket.moved", true },
	{ "ticket.removed", false },
	{ "request.approved", false },
	{ "request.rejected", false },
	{ "request.completed", false },
	{ "request.stale", false },
	{ "request.passed_on", false },
};

struct due_mail {
	str type, data;
	when at;
};
static const struct shape due_mail_shape = SHAPE("DueNoticeMail", struct due_mail, F(type), F(data), F(at));

struct reader {
	str name, email, locale;
	bool active;
};
static const struct shape reader_shape = SHAPE("NoticeReader", struct reader, F(name), F(email), F(locale), F(active));

struct meeting {
	when starts_at;
	str room;
};
static const struct shape meeting_shape = SHAPE("NoticeMeeting", struct meeting, F(starts_at), F(room));

SQL(select_due, "SELECT type, data, at FROM notification WHERE member_id = ? AND seq = ? AND mail = 'due'");
/* Under the lock of the member: whoever withdraws takes the mails to their address along, so none may be written after that. */
SQL(lock_reader,
	"SELECT name, COALESCE(email, '') AS email, locale, status = 'active' AS active FROM member_contact WHERE id = ? LOCK IN SHARE MODE");
SQL(select_meeting, "SELECT starts_at, room FROM course_meeting WHERE course_id = ? AND starts_at >= ? ORDER BY starts_at LIMIT 1");
SQL(note_mail, "UPDATE notification SET mail = ? WHERE member_id = ? AND seq = ? AND mail = 'due'");

static const struct mailed *find(str type)
{
	for (size_t i = 0; i < sizeof(mailed) / sizeof(mailed[0]); i++)
		if (str_eq(str_of(mailed[i].type), type))
			return &mailed[i];
	return NULL;
}

bool notify_is_mailed(str type)
{
	return find(type) != NULL;
}

/* -- later ------------------------------------------------------------------------------------------------------------- */

enum { PER_EVENT = 50 };

static str payload(struct ctx *c, const struct notice_key *k, size_t n)
{
	struct buf b = buf_in(c->arena);

	buf_lit(&b, "{\"notices\":[");
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%s{\"member_id\":%lld,\"seq\":%lld}", i ? "," : "", (long long)k[i].member_id, (long long)k[i].seq);
	buf_lit(&b, "]}");
	return buf_text(&b);
}

/* A stream each: none waits for another. */
void notify_mail_later(struct ctx *c, const struct notice_key *k, size_t n)
{
	struct event *events = arena_array(c->arena, struct event, n / PER_EVENT + 1);
	size_t count = 0;

	for (size_t from = 0; from < n; from += PER_EVENT)
		events[count++] = (struct event){
			.stream = str_fmt(c->arena, "n.%lld.%lld", (long long)k[from].member_id, (long long)k[from].seq),
			.type = S("notify.mail"),
			.payload = payload(c, k + from, n - from < PER_EVENT ? n - from : PER_EVENT),
		};
	outbox_add_many(c, LANE_MAIL, events, count);
}

/* -- the text ---------------------------------------------------------------------------------------------------------- */

static void add_fact(struct ctx *c, enum locale l, struct buf *b, const char *key, str value, str more)
{
	const struct i18n_arg args[] = { { NULL, value }, { NULL, more } };

	if (!value.n)
		return;
	buf_str(b, i18n_in(c, l, str_of(key), args, 2));
	buf_char(b, '\n');
}

/* What, when and where, a line each. The instructors' pages are ours, the learners' apps are not: they have no link. */
static str facts(struct ctx *c, enum locale l, const struct due_mail *d, const struct json *data)
{
	const str none = { NULL, 0 };
	int64_t request_id = json_int(data, "request_id", 0);
	struct meeting m = { 0 };
	struct buf b = buf_in(c->arena);
	when until;

	add_fact(c, l, &b, "mail.notice.course", str_one_line(c->arena, json_str(data, "course_title")), none);
	if (when_parse(json_str(data, "hold_expires_at"), &until))
		add_fact(c, l, &b, "mail.notice.pay_until", i18n_when(c->arena, l, until), none);
	if (find(d->type)->meeting && db_one(c, &select_meeting, &meeting_shape, &m, arg(json_int(data, "course_id", 0)), arg(c->now)))
		add_fact(c, l, &b, m.room.n ? "mail.notice.meeting" : "mail.notice.meeting_nowhere", i18n_when(c->arena, l, m.starts_at),
			 str_one_line(c->arena, m.room));
	add_fact(c, l, &b, "mail.notice.order", json_str(data, "order_id"), none);
	if (request_id)
		add_fact(c, l, &b, "mail.notice.request",
			 str_fmt(c->arena, "%s/teach/requests/%lld", c->config->base_url, (long long)request_id), none);
	return buf_text(&b);
}

static bool write_mail(struct ctx *c, const struct notice_key *k, const struct due_mail *d, const struct reader *to)
{
	enum locale l = i18n_locale(to->locale);
	struct notification_row row = { k->member_id, k->seq, d->type, d->data, d->at, { 0 } };
	const struct json *data = json_parse(c, d->data);
	str course = str_one_line(c->arena, json_str(data, "course_title"));
	struct notification n = { 0 };

	notify_words(c, l, &row, &n);
	{
		const struct i18n_arg args[] = {
			{ "name", str_one_line(c->arena, to->name) }, { "title", n.title }, { "course", course }, { "body", n.body }, { "facts", facts(c, l, d, data) },
		};
		size_t count = sizeof(args) / sizeof(args[0]);

		return mail_out(c, str_fmt(c->arena, "n.%lld.%lld", (long long)k->member_id, (long long)k->seq), to->email,
				i18n_in(c, l, S("mail.notice.subject"), args, count), i18n_in(c, l, S("mail.notice.body"), args, count));
	}
}

/* -- the listener ------------------------------------------------------------------------------------------------------ */

static bool has_run_out(struct ctx *c, const struct due_mail *d)
{
	when until;

	return when_parse(json_str(json_parse(c, d->data), "hold_expires_at"), &until) && until.us <= c->now.us;
}

/* What becomes of it, as notification.mail says it. A member's own wish belongs here. */
static str become(struct ctx *c, const struct notice_key *k, const struct due_mail *d)
{
	struct reader to = { 0 };

	if (!db_one(c, &lock_reader, &reader_shape, &to, arg(k->member_id)) || !to.active || !to.email.n)
		return S("nobody");
	if (has_run_out(c, d))
		return S("late");
	write_mail(c, k, d, &to);
	return S("written");
}

static outcome mail_one(struct ctx *c, void *p)
{
	const struct notice_key *k = p;
	struct due_mail d = { 0 };

	if (db_one(c, &select_due, &due_mail_shape, &d, arg(k->member_id), arg(k->seq)))
		db_run(c, &note_mail, arg(become(c, k, &d)), arg(k->member_id), arg(k->seq));
	return OK;
}

/* One that can't be written holds back none of the others: it gets an event of its own, is tried again, and is given up where an operator sees it. */
static outcome write_mails(struct ctx *c, const struct event *e)
{
	const struct json *all = json_get(json_parse(c, e->payload), "notices");
	size_t n = json_length(all);

	for (size_t i = 0; i < n; i++) {
		struct notice_key k = { json_int(json_at(all, i), "member_id", 0), json_int(json_at(all, i), "seq", 0) };

		if (n == 1)
			return mail_one(c, &k);
		if (db_try_apart(c, mail_one, &k) != OK) {
			log_line(c, LOG_WARN, "a notice's mail is not written yet", "stream", e->stream);
			notify_mail_later(c, &k, 1);
		}
	}
	return OK;
}

const struct listener notify_listeners[] = {
	{ "notify.mail", "notify.mail", write_mails, false },
	{ 0 }
};
