/* account/account.h -- members: signing up, logging in, who one is (ID-1, ID-2, ID-6, ID-7).
 *
 *	pending -> active (mailed link) -> suspended <-> active        any -> withdrawn (personal data erased, money records kept)
 *
 * An e-mail address is compared in lower case. Unknown address and wrong password look the same and take the same time.
 * Tokens of mailed links are kept as SHA-256, are good once, and for a day.
 *
 * Tables: member, member_token; view member_name; session with web/session (sql/0002)
 * Routes: account_routes.c   Pages: account_pages.c, templates/account/   For the staff: account_staff.c
 * Tests: tests/unit/test_account.c, test_account_staff.c, tests/http/
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "core/ctx.h"
#include "core/shape.h"
#include "web/session.h"

extern const char *const account_statuses[];
extern const char *const account_locales[];

struct account {
	int64_t id;
	str email, name, phone;
	int locale;
	int status;
	json_text roles;               /* ["member","operator"] */
	when created_at;
	int64_t version;
};
extern const struct shape account_shape;

struct signup {
	str email, password, name, phone;
	int locale;
};

extern const struct failure email_taken;            /* 409 */
extern const struct failure login_wrong;            /* 401 */
extern const struct failure account_not_verified;   /* 403 */
extern const struct failure token_unknown;          /* 404: used, too old, or never given */
extern const struct failure session_unknown;        /* 404 */

outcome account_sign_up(struct ctx *, const struct signup *, int64_t *id);
outcome account_verify(struct ctx *, str token, int64_t *id);
/* Says nothing about whether the address is known. */
void account_resend(struct ctx *, str email);
/* kind as in session_start. */
outcome account_log_in(struct ctx *, str email, str password, str kind, str user_agent, struct session_tokens *);
bool account_read(struct ctx *, int64_t id, struct account *);
outcome account_withdraw(struct ctx *);

/* For member, instructor and desk. */
extern const struct failure account_unknown;        /* 404 */
extern const struct failure account_state_refused;  /* 409: not in this state */
extern const struct failure account_last_admin;     /* 409: nobody else could undo it */
/* active -> suspended: ends the member's sessions; who is suspended cannot log in. Call within db_tx; the caller writes the log. Staff are
 * suspended by admins only (role_missing), and the last active admin not at all. */
outcome account_suspend(struct ctx *, int64_t id);
outcome account_restore(struct ctx *, int64_t id);  /* suspended -> active; staff by admins only */
/* Gives or takes one role; the staff's roles by admins only. Call within db_tx; the caller writes the log. */
outcome account_set_role(struct ctx *, int64_t id, enum role, bool has);
/* Somebody at the desk without an account: no e-mail, no password, active. Call within db_tx. */
int64_t account_at_desk(struct ctx *, str name, str phone);

/* A telephone number as it is kept: without what people write between the digits. */
str account_digits(struct ctx *, str phone);

#endif
