#include "mail_out/mail_out.h"

#include "core/json.h"
#include "data/db.h"
#include "outside/mail.h"
#include "web/crypto.h"
#include "web/route.h"

static const struct failure mail_server_away = { 503, "mail_server_away" };

struct queued_mail {
	int64_t id;
	str message_id, to_address, subject, body;
};
static const struct shape queued_mail_shape = SHAPE("QueuedMail", struct queued_mail,
	F(id), F(message_id), F(to_address), F(subject), F(body));

SQL(insert_mail, "INSERT INTO mail (message_id, to_address, subject, body, created_at) VALUES (?, ?, ?, ?, ?)");
SQL(select_mail, "SELECT id, message_id, to_address, subject, body FROM mail WHERE id = ? AND state = 'queued'");
SQL(forget_mails, "DELETE FROM mail WHERE to_address = ?");
SQL(finish_mail, "UPDATE mail SET state = ?, sent_at = ? WHERE id = ?");

bool mail_out(struct ctx *c, str name, str to, str subject, str body)
{
	str id = str_fmt(c->arena, "%.*s@madang", STR(name.n ? name : crypto_token(c)));
	int64_t mail_id = db_insert(c, &insert_mail, arg(id), arg(to), arg(subject), arg(body), arg(c->now));

	if (mail_id)
		outbox_add(c, LANE_MAIL, str_fmt(c->arena, "mail.%lld", (long long)mail_id), S("mail.send"),
			   str_fmt(c->arena, "{\"mail_id\":%lld}", (long long)mail_id));
	return mail_id != 0;
}

void mail_out_forget(struct ctx *c, str to)
{
	db_run(c, &forget_mails, arg(to));
}

/* Called without a transaction: the server is asked in between. What was sent and not noted is sent again with the same
 * Message-ID. */
static outcome send_mail(struct ctx *c, const struct event *e)
{
	int64_t id = json_int(json_parse(c, e->payload), "mail_id", 0);
	struct queued_mail q = { 0 };
	struct mail m = { 0 };
	enum mail_outcome o;
	str why = { NULL, 0 };

	if (!db_one(c, &select_mail, &queued_mail_shape, &q, arg(id)))
		return OK;
	m.to = q.to_address;
	m.subject = q.subject;
	m.text = q.body;
	m.message_id = q.message_id;
	m.at = e->created_at;
	o = mail_send(c, &m, &why);
	if (o == MAIL_TRY_AGAIN)
		return &mail_server_away;
	db_run(c, &finish_mail, arg(o == MAIL_SENT ? S("sent") : S("refused")), arg(c->now), arg(id));
	return OK;
}

const struct listener mail_out_listeners[] = {
	{ "mail.send", "mail_out.send", send_mail, .outside = true },
	{ 0 }
};

const struct route mail_out_routes[] = { { 0 } };
