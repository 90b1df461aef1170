/* account/account.h -- members: signing up, logging in, who one is (ID-1, ID-2, ID-6, ID-7).
 *
 *	pending -> active (mailed link) -> suspended <-> active        any -> withdrawn (personal data erased, money records kept)
 *
 * An e-mail address is compared in lower case. Unknown address and wrong password look the same and take the same time.
 * Tokens of mailed links are kept as SHA-256, are good once, and for a day.
 *
 * Whoever shows a person to the staff finds them here, so that all ways of finding are one, rows show as little as they must, and each look
 * is on the staff's log: not with what was typed, but with its kind, because the log outlives the person's data.
 *
 * Tables: member, member_token; view member_name; session with web/session (sql/0002)
 * Routes: account_routes.c   Pages: account_pages.c, templates/account/   For the staff: account_staff.c
 * Finding people: account_find.c
 * Tests: tests/unit/test_account.c, test_account_staff.c, tests/http/
 */
#ifndef ACCOUNT_H
#define ACCOUNT_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/db.h"
#include "web/session.h"

enum account_status { ACCOUNT_PENDING, ACCOUNT_ACTIVE, ACCOUNT_SUSPENDED, ACCOUNT_WITHDRAWN };
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
/* What is given changes; if that is nothing new, there is no new version. version_stale if it was made on another one. */
struct account_patch {
	opt_int version;               /* that was seen, not set: any */
	opt_str name, phone;
	opt_int locale;
};
outcome account_edit(struct ctx *, int64_t id, const struct account_patch *, struct account *now);

/* Withdrawing is member_withdraw (member/), which knows what one must not leave behind. What of it is the account's, called within db_tx: locks
 * the account of who goes; account_last_admin, not_logged_in if they are gone already. Then the personal data is erased, and sessions end. */
outcome account_lock_leaver(struct ctx *, int64_t id);
void account_erase(struct ctx *, int64_t id);

/* Writes the event by which those hear who hold something for the member (queue leaves all queues, refund cancels what was paid for):
 * "member.withdrawn", "member.suspended". */
void account_gone(struct ctx *, int64_t id, const char *event);

/* For member, instructor and desk. */
extern const struct failure account_unknown;        /* 404 */
extern const struct failure account_state_refused;  /* 409: not in this state */
extern const struct failure account_last_admin;     /* 409: nobody else could undo it */
/* active -> suspended: ends the member's sessions; who is suspended cannot log in. Call within db_tx; the caller writes the log. Staff are
 * suspended by admins only (role_missing), and the last active admin not at all. */
outcome account_suspend(struct ctx *, int64_t id);
outcome account_restore(struct ctx *, int64_t id);  /* suspended -> active; staff by admins only */
/* Gives these roles and takes those; the staff's roles by admins only. They count from the next request on, because each reads them anew; the
 * last active admin cannot be taken away. Call within db_tx; the caller writes the log. */
outcome account_change_roles(struct ctx *, int64_t id, int64_t give, int64_t take);
outcome account_set_role(struct ctx *, int64_t id, enum role, bool has);
/* What an administrator gives and takes by hand: everybody is a member, and who teaches is an instructor by their profile (instructor/). */
enum { ACCOUNT_GIVEN_ROLES = ROLE_CREATOR | ROLE_OPERATOR | ROLE_FINANCE | ROLE_ADMIN };
/* Somebody who proves no address: active at once. Call within db_tx; the caller writes the log. */
outcome account_make(struct ctx *, const struct signup *, int64_t roles, int64_t *id);
/* Ends all sessions. Call within db_tx; the caller writes the log. */
outcome account_set_password(struct ctx *, int64_t id, str password);
int64_t account_of_email(struct ctx *, str email);  /* 0: nobody's */
/* Logins of the demo, with which no production system starts. */
int64_t account_demo_logins(struct ctx *);
/* Somebody at the desk without an account: no e-mail, no password, active. Call within db_tx. */
int64_t account_at_desk(struct ctx *, str name, str phone);

/* A telephone number as it is kept: without what people write between the digits, Korea's as it is dialled within the country however it is
 * written (+82 10-…, +82-(0)10-…, 0082 10 …: 010…), those of other countries with their code. Whether that may be a number: 8 to 15 digits. */
str account_phone(struct ctx *, str written);
bool account_phone_good(str kept);
/* How people may write one. */
#define ACCOUNT_PHONE_WRITTEN .pattern = "^\\+?[0-9(][0-9 ().-]{6,22}$", .max = 24

/* -- finding people (account_find.c) ------------------------------------------------------------------------------------- */

enum account_query_kind { FIND_NOTHING, FIND_ID, FIND_PHONE_TAIL, FIND_PHONE, FIND_EMAIL, FIND_NAME, FIND_NAME_OR_EMAIL };
extern const char *const account_query_kinds[];

/* M-17, #17; 010-1234-5678, +82 10 1234 5678, 1234-5678; 5678; kim@…; 김서, 서연. */
struct account_query {
	enum account_query_kind kind;
	int64_t id;
	str tail;                  /* four digits */
	str phone, name, email;    /* patterns (db_beginning) */
};
struct account_query account_query_of(struct ctx *, str q);
/* The same as conditions of a statement in which member_contact is m. */
void account_query_add(struct query *, const struct account_query *);

/* A person in a row. */
struct account_person {
	int64_t id;
	str name, email, phone;    /* e-mail and number masked; all empty: withdrawn */
	int status;                /* account_statuses */
	json_text roles;           /* ["member","operator"] */
	when created_at;
};
extern const struct shape account_person_shape;
#define ACCOUNT_PERSON_COLUMNS "m.id, m.name, COALESCE(m.email, '') AS email, m.phone, m.status, m.roles, m.created_at"
/* Makes rows of these columns what may be shown. */
void account_show_persons(struct ctx *, list);

/* The line that is written of it (staff_log_look). */
struct account_look {
	const char *action, *object_type;
	int64_t object_id;         /* 0: the person, if one was named */
	str purpose;               /* empty: the kind of what was typed */
	bool once;                 /* staff_log_look_once */
};
/* The best matches, at most limit; any: not only the active. No line if nobody was found, because nobody was seen. */
list account_search(struct ctx *, str q, int64_t limit, bool any, const struct account_look *);
/* false: there is no such member. look NULL: the caller writes what it does to them. */
bool account_person(struct ctx *, int64_t id, const struct account_look *, struct account_person *);

str account_masked_phone(struct ctx *, str phone);     /* 010-****-5678 */
str account_masked_email(struct ctx *, str email);     /* h***@example.com */
str account_phone_words(struct ctx *, str phone);      /* 010-1234-5678 */
json_text account_role_words(struct ctx *, int64_t roles);
/* From the bits, as a column gives them, to words. */
void account_spell_roles(struct ctx *, json_text *roles);

#endif
