#include "web/session.h"

#include <string.h>

#include "core/config.h"
#include "data/db.h"
#include "web/crypto.h"

const struct failure refresh_invalid = { 401, "refresh_invalid" };
const struct failure account_suspended = { 403, "account_suspended" };

#define COOKIE "__Host-madang"

struct live_session {
	int64_t session_id, member_id, roles;
	str kind, csrf, status, name, email, locale;
	when access_expires_at, seen_at;
};

static const struct shape live_session_shape = SHAPE("LiveSession", struct live_session,
	F(session_id), F(member_id), F(roles), F(kind), F(csrf), F(status), F(name), F(email), F(locale), F(access_expires_at), F(seen_at));

SQL(select_session,
	"SELECT s.id AS session_id, s.member_id, s.kind, s.csrf, s.access_expires_at, s.seen_at, m.roles, m.status, m.name, m.locale, "
	"COALESCE(m.email, '') AS email FROM session s JOIN member m ON m.id = s.member_id WHERE s.access_hash = ?");
SQL(touch_session, "UPDATE session SET seen_at = ?, access_expires_at = ? WHERE id = ?");
SQL(insert_session,
	"INSERT INTO session (member_id, kind, access_hash, access_expires_at, refresh_hash, refresh_expires_at, csrf, user_agent, ip, created_at, seen_at) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
SQL(lock_by_refresh, "SELECT id, member_id, refresh_expires_at FROM session WHERE refresh_hash = ? FOR UPDATE");
SQL(rotate, "UPDATE session SET access_hash = ?, access_expires_at = ?, refresh_hash = ?, refresh_expires_at = ?, seen_at = ? WHERE id = ?");
SQL(note_used, "INSERT INTO session_refresh (hash, session_id, used_at) VALUES (?, ?, ?)");
SQL(select_used, "SELECT session_id FROM session_refresh WHERE hash = ?");
SQL(insert_ticket, "INSERT INTO event_ticket (hash, session_id, member_id, expires_at) VALUES (?, ?, ?, ?)");
SQL(select_ticket,
	"SELECT t.session_id, t.member_id, t.opened, t.expires_at, m.roles, m.status FROM event_ticket t "
	"JOIN session s ON s.id = t.session_id JOIN member m ON m.id = t.member_id WHERE t.hash = ?");
SQL(open_ticket, "UPDATE event_ticket SET opened = ? WHERE hash = ? AND opened = ?");

static str hash_of(struct ctx *c, str token)
{
	unsigned char *h = (unsigned char *)arena_text(c->arena, 32);

	crypto_sha256(token, h);
	return (str){ (const char *)h, 32 };
}

/* The console's session slides while it is used, a write a minute at most. */
static void keep_alive(struct ctx *c, const struct live_session *s)
{
	if (c->now.us - s->seen_at.us > MINUTE)
		db_run(c, &touch_session, arg(c->now), arg(when_plus(c->now, c->config->console_idle_seconds * SECOND)), arg(s->session_id));
}

static outcome identify(struct request *rq, str token, bool cookie)
{
	struct ctx *c = rq->ctx;
	struct live_session s = { 0 };

	if (token.n != 43 || !db_one(c, &select_session, &live_session_shape, &s, arg(hash_of(c, token))))
		return &not_logged_in;
	if (str_eq(s.kind, S("console")) != cookie)
		return &not_logged_in;
	if (s.access_expires_at.us <= c->now.us)
		return &token_expired;
	if (str_eq(s.status, S("suspended")))
		return &account_suspended;
	if (!str_eq(s.status, S("active")))
		return &not_logged_in;
	c->who = (struct caller){ .id = s.member_id, .session_id = s.session_id, .roles = (unsigned)s.roles | ROLE_MEMBER,
				  .by_cookie = cookie, .name = s.name, .email = s.email, .csrf = s.csrf };
	if (cookie)
		keep_alive(c, &s);
	return OK;
}

outcome session_identify(struct request *rq)
{
	str header = request_header(rq, "HTTP_AUTHORIZATION"), cookie;

	if (header.n) {
		if (header.n < 7 || !str_eq_nocase((str){ header.p, 7 }, S("Bearer ")))
			return &not_logged_in;
		return identify(rq, str_trim(str_after(header, 7)), false);
	}
	cookie = request_cookie(rq, S(COOKIE));
	return cookie.n ? identify(rq, cookie, true) : OK;
}

struct session_tokens session_start(struct ctx *c, int64_t member_id, str kind, str user_agent)
{
	bool console = str_eq(kind, S("console"));
	int64_t lives = console ? c->config->console_idle_seconds : c->config->access_seconds;
	struct session_tokens t = { 0, crypto_token(c), { NULL, 0 }, { NULL, 0 } };
	opt_str refresh = { 0 };
	opt_when refresh_until = { 0 };

	if (console) {
		t.csrf = crypto_token(c);
	} else {
		t.refresh_token = crypto_token(c);
		refresh = some_str(hash_of(c, t.refresh_token));
		refresh_until = some_when(when_plus(c->now, c->config->refresh_seconds * SECOND));
	}
	while (str_chars(user_agent) < 0 || str_chars(user_agent) > 200)
		user_agent.n = str_chars(user_agent) < 0 ? 0 : 200;
	t.session_id = db_insert(c, &insert_session, arg(member_id), arg(kind), arg(hash_of(c, t.access_token)),
				 arg(when_plus(c->now, lives * SECOND)), arg(refresh), arg(refresh_until), arg(t.csrf), arg(user_agent),
				 arg(c->ip), arg(c->now), arg(c->now));
	return t;
}

struct refreshing {
	str token;
	struct session_tokens *out;
	bool stolen;
};

struct refresh_row {
	int64_t id, member_id;
	when refresh_expires_at;
};
static const struct shape refresh_row_shape = SHAPE("RefreshRow", struct refresh_row, F(id), F(member_id), F(refresh_expires_at));

static outcome refresh(struct ctx *c, void *p)
{
	struct refreshing *r = p;
	struct session_tokens t = { 0 };
	struct refresh_row row = { 0 };
	int64_t used_by;

	if (!db_one(c, &lock_by_refresh, &refresh_row_shape, &row, arg(hash_of(c, r->token)))) {
		used_by = db_int(c, &select_used, 0, arg(hash_of(c, r->token)));
		if (used_by) {
			session_end(c, used_by);                    /* an old one again: the family is gone */
			r->stolen = true;
			return OK;
		}
		return &refresh_invalid;
	}
	if (row.refresh_expires_at.us <= c->now.us)
		return &refresh_invalid;
	t.session_id = row.id;
	t.access_token = crypto_token(c);
	t.refresh_token = crypto_token(c);
	db_run(c, &note_used, arg(hash_of(c, r->token)), arg(row.id), arg(c->now));
	db_run(c, &rotate, arg(hash_of(c, t.access_token)), arg(when_plus(c->now, c->config->access_seconds * SECOND)),
	       arg(hash_of(c, t.refresh_token)), arg(when_plus(c->now, c->config->refresh_seconds * SECOND)), arg(c->now), arg(row.id));
	*r->out = t;
	return OK;
}

outcome session_refresh(struct ctx *c, str token, struct session_tokens *out)
{
	struct refreshing r = { token, out, false };
	outcome o = db_tx(c, refresh, &r);

	return r.stolen ? &refresh_invalid : o;
}

outcome session_enter(struct request *rq, str token)
{
	reply_header(rq, S("Set-Cookie"), str_fmt(rq->ctx->arena, COOKIE "=%.*s; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=%lld",
						  STR(token), (long long)rq->ctx->config->console_idle_seconds * 30));
	return identify(rq, token, true);
}

void session_clear_cookie(struct request *rq)
{
	reply_header(rq, S("Set-Cookie"), S(COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
}

enum { EVENT_TICKET_SECONDS = 60 };

str session_event_ticket(struct ctx *c)
{
	str token = crypto_token(c);

	db_run(c, &insert_ticket, arg(hash_of(c, token)), arg(c->who.session_id), arg(c->who.id),
	       arg(when_plus(c->now, EVENT_TICKET_SECONDS * SECOND)));
	return token;
}

struct event_ticket {
	int64_t session_id, member_id, opened, roles;
	str status;
	when expires_at;
};
static const struct shape event_ticket_shape = SHAPE("EventTicket", struct event_ticket,
	F(session_id), F(member_id), F(opened), F(roles), F(status), F(expires_at));

/* 0 fresh -> 1 got its sync (the browser comes back at once with the same URL) -> 2 handed over. Who shows a
 * Last-Event-ID with a fresh ticket is handed over at once. */
outcome session_use_event_ticket(struct ctx *c, str token, bool continuing)
{
	struct event_ticket t = { 0 };
	str h = hash_of(c, token);

	if (!db_one(c, &select_ticket, &event_ticket_shape, &t, arg(h)) || t.expires_at.us <= c->now.us ||
	    !str_eq(t.status, S("active")))
		return &not_logged_in;
	if (t.opened == 2 || (t.opened == 1 && !continuing))
		return &not_logged_in;
	if (db_run(c, &open_ticket, arg(continuing ? 2 : 1), arg(h), arg(t.opened)) != 1)
		return &not_logged_in;
	c->who = (struct caller){ .id = t.member_id, .session_id = t.session_id, .roles = (unsigned)t.roles | ROLE_MEMBER };
	return OK;
}
