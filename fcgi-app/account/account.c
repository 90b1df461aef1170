#include "account/account.h"

#include "core/config.h"
#include "core/i18n.h"
#include "core/metrics.h"
#include "data/db.h"
#include "data/outbox.h"
#include "mail_out/mail_out.h"
#include "web/crypto.h"
#include "web/route.h"

const struct failure email_taken = { 409, "email_taken" };
const struct failure login_wrong = { 401, "login_wrong" };
const struct failure account_not_verified = { 403, "account_not_verified" };
const struct failure token_unknown = { 404, "token_unknown" };
const struct failure session_unknown = { 404, "session_unknown" };

const char *const account_statuses[] = { "pending", "active", "suspended", "withdrawn", NULL };
const char *const account_locales[] = { "ko", "en", NULL };

const struct shape account_shape = SHAPE("Account", struct account,
	F(id), F(email), F(name), F(phone), F(locale, .words = account_locales), F(status, .words = account_statuses, .called = "member"),
	F(roles), F(created_at), F(version));

struct credentials {
	int64_t id;
	str password_hash;
	int status;
};
static const struct shape credentials_shape = SHAPE("Credentials", struct credentials,
	F(id), F(password_hash), F(status, .words = account_statuses, .called = "member"));

struct token_row {
	int64_t member_id;
	when expires_at;
};
static const struct shape token_row_shape = SHAPE("MailedToken", struct token_row, F(member_id), F(expires_at));

SQL(insert_member,
	"INSERT INTO member (email, password_hash, name, phone, locale, created_at) VALUES (?, ?, ?, ?, ?, ?)");
SQL(insert_token, "INSERT INTO member_token (hash, member_id, purpose, expires_at) VALUES (?, ?, ?, ?)");
SQL(select_token, "SELECT member_id, expires_at FROM member_token WHERE hash = ? AND purpose = ? FOR UPDATE");
SQL(delete_tokens, "DELETE FROM member_token WHERE member_id = ? AND purpose = ?");
SQL(activate, "UPDATE member SET status = 'active', version = version + 1 WHERE id = ? AND status = 'pending'");
SQL(select_credentials, "SELECT id, COALESCE(password_hash, '') AS password_hash, status FROM member WHERE email = ?");
SQL(select_pending, "SELECT id FROM member WHERE email = ? AND status = 'pending'");
SQL(select_account,
	"SELECT id, COALESCE(email, '') AS email, name, phone, locale, status, created_at, version, roles FROM member WHERE id = ?");
SQL(lock_account,
	"SELECT id, COALESCE(email, '') AS email, name, phone, locale, status, created_at, version, roles FROM member WHERE id = ? FOR UPDATE");
SQL(update_account, "UPDATE member SET name = ?, phone = ?, locale = ?, version = version + 1 WHERE id = ?");
SQL(erase_member,
	"UPDATE member SET email = NULL, password_hash = NULL, name = '', phone = '', status = 'withdrawn', roles = 1, version = version + 1 "
	"WHERE id = ?");

enum { LINK_HOURS = 24 };

static str hash_of(struct ctx *c, str token)
{
	unsigned char *h = (unsigned char *)arena_text(c->arena, 32);

	crypto_sha256(token, h);
	return (str){ (const char *)h, 32 };
}

/* The older links of the same purpose are void with the new one. */
static void mail_link(struct ctx *c, int64_t member_id, str email, const char *purpose, const char *path, enum locale locale)
{
	str token = crypto_token(c);
	str link = str_fmt(c->arena, "%s%s?token=%.*s", c->config->base_url, path, STR(token));
	const struct i18n_arg args[] = { { "link", link } };
	str subject = i18n_in(c, locale, str_fmt(c->arena, "mail.%s.subject", purpose), args, 1);
	str body = i18n_in(c, locale, str_fmt(c->arena, "mail.%s.body", purpose), args, 1);

	db_run(c, &delete_tokens, arg(member_id), arg(str_of(purpose)));
	db_insert(c, &insert_token, arg(hash_of(c, token)), arg(member_id), arg(str_of(purpose)), arg(when_plus(c->now, LINK_HOURS * HOUR)));
	mail_out(c, (str){ NULL, 0 }, email, subject, body);
}

struct signing_up {
	const struct signup *in;
	str hash, phone;
	int64_t *id;
};

static outcome sign_up(struct ctx *c, void *p)
{
	struct signing_up *v = p;
	str email = str_lower(c->arena, v->in->email);

	*v->id = db_insert(c, &insert_member, arg(email), arg(v->hash), arg(v->in->name), arg(v->phone),
			   arg(str_of(account_locales[v->in->locale])), arg(c->now));
	if (!*v->id)
		return fail(c, &email_taken, "email", "taken", (str){ NULL, 0 });
	mail_link(c, *v->id, email, "verify", "/verify", (enum locale)v->in->locale);
	return OK;
}

static outcome no_phone(struct ctx *c)
{
	return fail(c, &invalid, "phone", "pattern", (str){ NULL, 0 });
}

outcome account_sign_up(struct ctx *c, const struct signup *in, int64_t *id)
{
	/* Hashing takes its time, so it is done before the transaction. */
	struct signing_up v = { in, { NULL, 0 }, account_phone(c, in->phone), id };

	if (!account_phone_good(v.phone))
		return no_phone(c);
	v.hash = crypto_password_hash(c, in->password);
	return db_tx(c, sign_up, &v);
}

struct verifying {
	str token;
	int64_t *id;
};

static outcome verify(struct ctx *c, void *p)
{
	struct verifying *v = p;
	struct token_row t = { 0 };

	if (!db_one(c, &select_token, &token_row_shape, &t, arg(hash_of(c, v->token)), arg(S("verify"))) || t.expires_at.us <= c->now.us)
		return &token_unknown;
	db_run(c, &delete_tokens, arg(t.member_id), arg(S("verify")));
	if (db_run(c, &activate, arg(t.member_id)) == 0)
		return &token_unknown;
	*v->id = t.member_id;
	return OK;
}

outcome account_verify(struct ctx *c, str token, int64_t *id)
{
	struct verifying v = { token, id };

	return db_tx(c, verify, &v);
}

static outcome resend(struct ctx *c, void *p)
{
	str email = str_lower(c->arena, *(str *)p);
	int64_t id = db_int(c, &select_pending, 0, arg(email));

	if (id)
		mail_link(c, id, email, "verify", "/verify", c->locale);
	return OK;
}

void account_resend(struct ctx *c, str email)
{
	db_tx(c, resend, &email);
}

/* Argon2id of a password that nobody has, so that an unknown address takes as long as a known one. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$bWFkYW5nbWFkYW5nbWFkYQ$7l4wz0mN1Ihv4Tn3gq2mUoEMQzq3c0nUq3b7w4lQ0xY";

struct logging_in {
	int64_t member_id;
	str kind, user_agent;
	struct session_tokens *out;
};

static outcome begin_session(struct ctx *c, void *p)
{
	struct logging_in *v = p;

	*v->out = session_start(c, v->member_id, v->kind, v->user_agent);
	return OK;
}

outcome account_log_in(struct ctx *c, str email, str password, str kind, str user_agent, struct session_tokens *out)
{
	struct credentials k = { 0 };
	bool known = db_one(c, &select_credentials, &credentials_shape, &k, arg(str_lower(c->arena, email))) && k.password_hash.n > 0;
	bool good = crypto_password_good(c, password, known ? k.password_hash : str_of(nobody));
	struct logging_in v = { k.id, kind, user_agent, out };

	if (!known || !good) {
		metric_add(METRIC_logins_failed, 1);
		return &login_wrong;
	}
	if (k.status == ACCOUNT_PENDING)
		return &account_not_verified;
	if (k.status == ACCOUNT_SUSPENDED)
		return &account_suspended;
	return db_tx(c, begin_session, &v);
}

bool account_read(struct ctx *c, int64_t id, struct account *a)
{
	if (!db_one(c, &select_account, &account_shape, a, arg(id)))
		return false;
	account_spell_roles(c, &a->roles);
	return true;
}

struct editing {
	int64_t id;
	const struct account_patch *patch;
	struct account *now;
};

static outcome edit(struct ctx *c, void *p)
{
	struct editing *v = p;
	const struct account_patch *to = v->patch;
	struct account *a = v->now, was;

	if (!db_one(c, &lock_account, &account_shape, a, arg(v->id)) || a->status == ACCOUNT_WITHDRAWN)
		return &not_logged_in;
	account_spell_roles(c, &a->roles);
	if (to->version.set && to->version.v != a->version)
		return &version_stale;
	was = *a;
	if (to->name.set)
		a->name = to->name.v;
	if (to->phone.set)
		a->phone = account_phone(c, to->phone.v);
	if (to->phone.set && !account_phone_good(a->phone))
		return no_phone(c);
	if (to->locale.set)
		a->locale = (int)to->locale.v;
	if (str_eq(a->name, was.name) && str_eq(a->phone, was.phone) && a->locale == was.locale)
		return OK;
	db_run(c, &update_account, arg(a->name), arg(a->phone), arg(str_of(account_locales[a->locale])), arg(a->id));
	a->version++;
	return OK;
}

outcome account_edit(struct ctx *c, int64_t id, const struct account_patch *patch, struct account *now)
{
	struct editing v = { id, patch, now };

	return db_tx(c, edit, &v);
}

void account_gone(struct ctx *c, int64_t id, const char *event)
{
	outbox_add(c, LANE_WORK, str_fmt(c->arena, "m.%lld", (long long)id), str_of(event), str_fmt(c->arena, "{\"member_id\":%lld}", (long long)id));
}

void account_erase(struct ctx *c, int64_t id)
{
	struct account a = { 0 };
	bool known = account_read(c, id, &a);

	/* The member's row first: who writes a mail reads the address under its lock, so from here on nobody writes one. */
	db_run(c, &erase_member, arg(id));
	if (known && a.email.n)
		mail_out_forget(c, a.email);
	session_end_all(c, id, 0);
	account_gone(c, id, "member.withdrawn");
}
