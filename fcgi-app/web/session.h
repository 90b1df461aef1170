/* web/session.h -- who calls: bearer tokens and the console's cookie (ID-2, ID-7).
 *
 * Tokens are 32 random bytes in base64url; the database keeps only their SHA-256, so neither a look at it nor a backup
 * gives one away. Every call with a token looks its session up, so that a logout counts at once; a stream that is open ends
 * with its session (session_stream.c; docs/architecture.md, D8).
 *
 * Tables: session, session_refresh (sql/0002), session_stream (sql/0029).  Login and logout themselves are rules of the account module.
 */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include "web/request.h"

/* Fills ctx.who from the Authorization header or the cookie. OK with who.id 0: no credential at all. */
outcome session_identify(struct request *);

struct session_tokens {
	int64_t session_id;
	str access_token, refresh_token, csrf;
};

/* A new session for this member. Call within db_tx. kind: "api" (access + refresh) or "console" (cookie). */
struct session_tokens session_start(struct ctx *, int64_t member_id, str kind, str user_agent);

/* From here on the request is that of this new console session: sets the cookie, and ctx.who. */
outcome session_enter(struct request *, str access_token);

/* Changes the refresh token for a new pair (rotation). A token that was used before ends all sessions of its family. */
outcome session_refresh(struct ctx *, str refresh_token, struct session_tokens *);

/* These end the streams of the session as well; all in one transaction, the caller's if it has one. */
void session_end(struct ctx *, int64_t session_id);
void session_end_all(struct ctx *, int64_t member_id, int64_t but);
/* The member has these roles from now on: streams that need another one end. Call within db_tx. */
void session_roles_changed(struct ctx *, int64_t member_id, int64_t roles);

/* From now on the relay publishes this stream to the caller's session too, for as long as that stands and its member has one of these
 * roles. Call it before reading what was published so far. false: the session has ended meanwhile. */
bool session_listen(struct ctx *, str stream, int64_t roles);
/* Hands the caller over to nchan, where its session listens to this stream. */
outcome session_reply_stream(struct request *, str stream);
/* The channel for that. */
str session_channel(struct ctx *, str stream, int64_t session_id);

/* The console's cookie, __Host-madang, that session_enter() set. */
void session_clear_cookie(struct request *);

extern const struct failure refresh_invalid;        /* 401 */
extern const struct failure account_suspended;      /* 403 */

/* A one-use ticket for an EventSource that can send neither header nor cookie. */
str session_event_ticket(struct ctx *);
/* Who holds it. continuing: the caller shows a Last-Event-ID, so a ticket that was opened by the `sync` answer is good once more. */
outcome session_use_event_ticket(struct ctx *, str ticket, bool continuing);

#endif
