/* account/account_routes.c -- auth/… and me/… */
#include "account/account.h"
#include "account/account_pages.h"
#include "core/config.h"
#include "data/db.h"
#include "web/lists.h"
#include "web/read.h"
#include "web/request.h"

static const struct shape signup_shape = SHAPE("Signup", struct signup,
	F(email, .format = "email", .max = 254),
	F(password, .min = 8, .max = 128, .secret = true, .format = "password"),
	F(name, .min = 1, .max = 60),
	F(phone, ACCOUNT_PHONE_WRITTEN, .about = "Any usual way of writing it."),
	F(locale, .optional = true, .words = account_locales));

struct signed_up {
	int64_t id;
	str email, status;
};
static const struct shape signed_up_shape = SHAPE("SignedUp", struct signed_up, F(id), F(email), F(status));

struct token_in {
	str token;
};
static const struct shape token_in_shape = SHAPE("MailedTokenIn", struct token_in, F(token, .min = 1, .max = 200, .secret = true));

struct verified {
	int64_t id;
	str status;
};
static const struct shape verified_shape = SHAPE("Verified", struct verified, F(id), F(status));

struct email_in {
	str email;
};
static const struct shape email_in_shape = SHAPE("EmailIn", struct email_in, F(email, .format = "email", .max = 254));

struct login_in {
	str email, password;
};
static const struct shape login_in_shape = SHAPE("Login", struct login_in,
	F(email, .min = 1, .max = 254), F(password, .min = 1, .max = 128, .secret = true, .format = "password"));

struct tokens_out {
	str access_token, token_type;
	int64_t expires_in;
	str refresh_token;
};
static const struct shape tokens_out_shape = SHAPE("Tokens", struct tokens_out,
	F(access_token), F(token_type), F(expires_in, .about = "Seconds."), F(refresh_token));

struct refresh_in {
	str refresh_token;
};
static const struct shape refresh_in_shape = SHAPE("Refresh", struct refresh_in, F(refresh_token, .min = 1, .max = 200, .secret = true));

struct logout_in {
	bool everywhere;
};
static const struct shape logout_in_shape = SHAPE("Logout", struct logout_in, F(everywhere, .optional = true));

struct me_patch {
	str name, phone;
	int locale;
};
static const struct shape me_patch_shape = SHAPE("AccountPatch", struct me_patch,
	F(name, .min = 1, .max = 60), F(phone, ACCOUNT_PHONE_WRITTEN), F(locale, .words = account_locales));

struct session_row {
	int64_t id;
	str kind, user_agent, ip;
	when created_at, seen_at;
	bool current;
};
static const struct shape session_row_shape = SHAPE("Session", struct session_row,
	F(id), F(kind), F(user_agent), F(ip), F(created_at), F(seen_at), F(current));

static const struct shape session_list_shape = PAGED_SHAPE("SessionList", session_row_shape);
static const struct sort_key newest_session[] = { { "id", .descending = true } };

SQL(select_own, "SELECT id FROM session WHERE id = ? AND member_id = ?");

static outcome sign_up(struct request *rq)
{
	struct signup *in = rq->in;
	struct signed_up out = { 0, str_lower(rq->ctx->arena, in->email), S("pending") };
	outcome o = account_sign_up(rq->ctx, in, &out.id);

	return o == OK ? reply(rq, &out) : o;
}

static outcome verify(struct request *rq)
{
	struct token_in *in = rq->in;
	struct verified out = { 0, S("active") };
	outcome o = account_verify(rq->ctx, in->token, &out.id);

	return o == OK ? reply(rq, &out) : o;
}

static outcome resend(struct request *rq)
{
	account_resend(rq->ctx, ((struct email_in *)rq->in)->email);
	return reply_none(rq);
}

static outcome reply_tokens(struct request *rq, const struct session_tokens *t)
{
	struct tokens_out out = { t->access_token, S("Bearer"), rq->ctx->config->access_seconds, t->refresh_token };

	return reply(rq, &out);
}

static outcome log_in(struct request *rq)
{
	struct login_in *in = rq->in;
	struct session_tokens t;
	outcome o = account_log_in(rq->ctx, in->email, in->password, S("api"), request_header(rq, "HTTP_USER_AGENT"), &t);

	if (o == &login_wrong)
		limit_failed(rq);
	return o == OK ? reply_tokens(rq, &t) : o;
}

static outcome refresh(struct request *rq)
{
	struct refresh_in *in = rq->in;
	struct session_tokens t;
	outcome o = session_refresh(rq->ctx, in->refresh_token, &t);

	return o == OK ? reply_tokens(rq, &t) : o;
}

static outcome log_out(struct request *rq)
{
	struct logout_in *in = rq->in;

	if (in->everywhere)
		session_end_all(rq->ctx, rq->ctx->who.id, 0);
	else
		session_end(rq->ctx, rq->ctx->who.session_id);
	return reply_none(rq);
}

static outcome reply_me(struct request *rq)
{
	struct account a = { 0 };

	if (!account_read(rq->ctx, rq->ctx->who.id, &a))
		return &not_logged_in;
	return reply(rq, &a);
}

static outcome change_me(struct request *rq)
{
	const struct me_patch *in = rq->in;
	struct account_patch p = { .version = rq->if_match, .name = { given(rq, "name"), in->name }, .phone = { given(rq, "phone"), in->phone },
				   .locale = { given(rq, "locale"), in->locale } };
	struct account a = { 0 };
	outcome o = account_edit(rq->ctx, rq->ctx->who.id, &p, &a);

	return o == OK ? reply(rq, &a) : o;
}

static void session_keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct session_row *)row)->id;
}

static outcome my_sessions(struct request *rq)
{
	struct ctx *c = rq->ctx;
	const struct page_in *in = rq->in;
	struct query q = query_from(c, "SELECT id, kind, user_agent, ip, created_at, seen_at, ");
	struct list_out out;

	query_add(&q, "id = ? AS current FROM session WHERE member_id = ?", arg(c->who.session_id), arg(c->who.id));
	query_keyset(&q, &rq->cursor, newest_session, 1, in->limit);
	list_page(rq, &out, query_all(c, &q, &session_row_shape), &session_row_shape, in->limit, session_keys);
	return reply(rq, &out);
}

static outcome end_my_session(struct request *rq)
{
	struct id_in *in = rq->in;

	if (!db_int(rq->ctx, &select_own, 0, arg(in->id), arg(rq->ctx->who.id)))
		return &session_unknown;
	session_end(rq->ctx, in->id);
	return reply_none(rq);
}

const struct route account_routes[] = {
	{ POST, "/api/v1/auth/signup", ANYONE, sign_up, &signup_shape, &signed_up_shape, .status = 201, .rate = RATE_SIGNUP,
	  .fails = FAILS(&email_taken), .no_caller = true, .about = "A new member; a link is mailed to make the account active." },
	{ POST, "/api/v1/auth/verify", ANYONE, verify, &token_in_shape, &verified_shape, .rate = RATE_LOGIN, .fails = FAILS(&token_unknown),
	  .no_caller = true, .about = "Makes the account active by the mailed token." },
	{ POST, "/api/v1/auth/verify/resend", ANYONE, resend, &email_in_shape, NULL, .status = 204, .rate = RATE_MAIL,
	  .no_caller = true, .about = "Mails the link again. Says nothing about whether the address is known." },
	{ POST, "/api/v1/auth/login", ANYONE, log_in, &login_in_shape, &tokens_out_shape, .rate = RATE_LOGIN,
	  .fails = FAILS(&login_wrong, &account_not_verified, &account_suspended), .no_caller = true, .about = "A short-lived access token and a refresh token." },
	{ POST, "/api/v1/auth/refresh", ANYONE, refresh, &refresh_in_shape, &tokens_out_shape, .fails = FAILS(&refresh_invalid),
	  .no_caller = true, .about = "A new pair for a refresh token. Using an old one again ends the session." },
	{ POST, "/api/v1/auth/logout", MEMBER, log_out, &logout_in_shape, NULL, .status = 204, .about = "Ends this session, or all of them." },
	{ GET, "/api/v1/me", MEMBER, reply_me, NULL, &account_shape, .about = "The caller's profile." },
	{ PATCH, "/api/v1/me", MEMBER, change_me, &me_patch_shape, &account_shape, .fails = FAILS(&version_stale), .about = "Changes what is given." },
	{ GET, "/api/v1/me/sessions", MEMBER, my_sessions, &page_in_shape, &session_list_shape,
	  .about = "Where the caller is logged in, the newest login first." },
	{ DELETE, "/api/v1/me/sessions/{id}", MEMBER, end_my_session, &id_in_shape, NULL, .status = 204, .fails = FAILS(&session_unknown),
	  .about = "Ends one of the caller's sessions." },
	ACCOUNT_PAGE_ROUTES
	{ 0 }
};
