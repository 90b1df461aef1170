/* member/member.h -- members, for those who help them (ID-8): a list to find them in (account_find.c); all that one holds on one page;
 * suspending and restoring. Every look at a person's data is written down with its purpose (staff_log_look).
 *
 * Telephone numbers are masked (010-****-5678) until somebody says what for.
 *
 * Tables: none of its own; account's functions and views, and the …_brief views of the others (sql/0014).
 * What one holds: member_held.c   What is done to their accounts: member_acts.c
 * Routes: member_routes.c   Pages: member_pages.c, templates/member/
 * Tests: tests/unit/test_member.c
 */
#ifndef MEMBER_H
#define MEMBER_H

#include "account/account.h"
#include "core/shape.h"
#include "data/db.h"

struct member_filter {
	str q;                     /* as in account_query; empty: everybody */
	int status;                /* of member_filter_statuses; 0: any */
	int role;                  /* of member_filter_roles; 0: any */
	struct keyset from;        /* id */
	int64_t limit;
};
extern const char *const member_filter_statuses[], *const member_filter_roles[];
/* The newest first; limit + 1 rows of account_person, for list_page. Each page is on the log: by the kind of what was looked for, or by whom it
 * showed. */
list member_list(struct ctx *, const struct member_filter *);

/* Everything that one holds, the newest first, at most 50 of each. The look is on the log with its purpose. */
struct member_enrolment {
	int64_t id;
	struct id_title course;
	int status, source;
	money paid;
	str order_id;
	when created_at;
	opt_when cancelled_at;
};
struct member_ticket {
	int64_t id;
	struct id_title course;
	int state;
	opt_int number;
	when joined_at;
	opt_when hold_expires_at, ended_at;
};
struct member_payment {
	int64_t id;
	str order_id;
	struct id_title course;
	int status, method;
	money amount, promised, returned, remaining;
	when created_at;
	opt_when paid_at;
};
struct member_refund {
	int64_t id, payment_id;
	money amount;
	int kind, state;
	when created_at;
	opt_when done_at;
};
struct member_request {
	int64_t id;
	struct id_title course;
	int kind, state;
	when created_at;
	opt_when decided_at;
};
struct member {
	int64_t id;
	str name, email, phone;    /* phone masked; all empty: withdrawn */
	int locale, status;
	json_text roles;
	when created_at;
	bool is_staff;
	int64_t version;
	int64_t sessions;          /* where the member is logged in now */
	int64_t notifications, unread;
	list enrolments, tickets, payments, refunds, requests;
};
extern const struct shape member_shape;
outcome member_look(struct ctx *, int64_t id, str purpose, struct member *);

/* With a reason, on the log; account_suspend and account_restore say what is refused. */
outcome member_suspend(struct ctx *, int64_t id, str reason, struct account_person *now);
outcome member_restore(struct ctx *, int64_t id, str reason, struct account_person *now);

/* The roles that are given by hand (ACCOUNT_GIVEN_ROLES), with a reason, on the log before and after. By admins only. */
outcome member_change_roles(struct ctx *, int64_t id, int64_t give, int64_t take, str reason, struct account_person *now);
/* What the command does (user.c): an account for staff, and a new password. */
outcome member_make(struct ctx *, const struct signup *, int64_t roles, str reason, int64_t *id);
outcome member_set_password(struct ctx *, int64_t id, str password, str reason);

/* The caller withdraws: personal data is erased, money records are kept. Nobody is the last administrator then (account_last_admin), nor has
 * courses to teach that are not over (instructor_teaches). What they hold ends by the event member.withdrawn: waiting and holding by the
 * queue, what was paid for by refund, as if they had cancelled it at that moment. */
outcome member_withdraw(struct ctx *);

/* The number and the address in the clear, on the log with what for. */
struct member_contact {
	str phone, email;
};
extern const struct shape member_contact_shape;
outcome member_contact(struct ctx *, int64_t id, str purpose, struct member_contact *);

#endif
