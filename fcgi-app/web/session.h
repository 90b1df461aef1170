/* web/session.h -- who calls: bearer tokens and the console's cookie (ID-2, ID-7).
 *
 * Tokens are 32 random bytes in base64url; the database keeps only their SHA-256, so neither a look at it nor a backup
 * gives one away. Every call with a token looks its session up, so that a logout counts at once.
 *
 * Tables: session, session_refresh (sql/0001).  Login and logout themselves are rules of the account module.
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

void session_end(struct ctx *, int64_t session_id);
void session_end_all(struct ctx *, int64_t member_id, int64_t but);

/* The console's cookie, __Host-madang, that session_enter() set. */
void session_clear_cookie(struct request *);

extern const struct failure refresh_invalid;        /* 401 */
extern const struct failure account_suspended;      /* 403 */

/* A one-use ticket for an EventSource that can send neither header nor cookie. */
str session_event_ticket(struct ctx *);
/* Who holds it. continuing: the caller shows a Last-Event-ID, so a ticket that was opened by the `sync` answer is good once more. */
outcome session_use_event_ticket(struct ctx *, str ticket, bool continuing);

#endif
