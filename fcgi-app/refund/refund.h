/* refund/refund.h -- seats that are given back, and money that goes back for them (QU-5, first part of PA-6).
 *
 * Cancelling is one transaction: ticket and enrolment are cancelled, the seat goes to the next, the amount is promised (payment.promised,
 * the one accumulator, with a CHECK), a refund row is written and the member is told. The gateway is asked afterwards, by the
 * relay (event refund.send on stream p.<payment>, one at a time per payment), with the refund's own key, until it says yes; then the
 * refund is done, payment.returned grows, and the member gets payment.refunded. Money that was paid at the desk goes back by hand, and so
 * does what the gateway refuses for good and its books do not show.
 *
 *	due -> done        due -> by_hand        by_hand -> done (an operator says so)
 *
 * A course that is cancelled (event course.cancelled of course) cancels all its enrolments the same way, in batches, as the centre's fault; one
 * that fails gets an event of its own (refund.enrolment on stream e.<enrolment>), and is tried again by itself. Who leaves such a course before the
 * batch has come gets what the centre owes, too.
 * Who withdraws has their enrolments cancelled by an event as well (refund_withdrawn.c), with the amount of that moment.
 * Always true: for each payment, the sum of its refunds' amounts = promised <= approved; the done ones = returned.
 * Lock order: course_seat -> ticket -> enrolment -> payment -> refund -> member_stream -> outbox.
 *
 * Tables: refund (sql/0012), refund_payee (sql/0033)   Routes: refund_routes.c   Pages: refund_pages.c, templates/refund/
 * Listeners: refund_jobs.c, refund_withdrawn.c
 * Tests: tests/unit/test_refund.c, test_refund_course.c, test_withdraw.c
 */
#ifndef REFUND_H
#define REFUND_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/job.h"
#include "data/outbox.h"
#include "policy/policy.h"

enum refund_kind { REFUND_BY_MEMBER, REFUND_BY_STAFF, REFUND_BY_COURSE };
enum refund_state { REFUND_DUE, REFUND_BY_HAND, REFUND_DONE };
/* changed_mind, moved, ill, course_changed, course_cancelled, mistake, other: "other" needs words in `reason`. What the centre changed,
 * cancelled or got wrong is its fault: the hours that were not held are paid back. */
enum refund_reason { REASON_CHANGED_MIND, REASON_MOVED, REASON_ILL, REASON_COURSE_CHANGED, REASON_COURSE_CANCELLED, REASON_MISTAKE, REASON_OTHER };
extern const char *const refund_reasons[], *const refund_states[], *const refund_kinds[];

extern const struct failure enrolment_not_active;      /* 409: it was cancelled already */
extern const struct failure refund_too_large;          /* 422: more than is left of the payment */
extern const struct failure refund_nothing_left;       /* 409: all of the payment goes back or has gone back */
extern const struct failure refund_below_law;          /* 422: less than the law gives to who loses the seat */
extern const struct failure quote_changed;             /* 409: the amount that was agreed to is not what it comes to now */
extern const struct failure refund_unknown;            /* 404 */
extern const struct failure refund_not_by_hand;        /* 409: it is done, or the gateway does it */

/* What would go back now. enrolment_unknown, enrolment_not_active. */
outcome refund_quote(struct ctx *, int64_t enrolment_id, bool centre_fault, struct quote *);

struct cancelling {
	int64_t enrolment_id;
	enum refund_kind kind;
	bool centre_fault;
	opt_money expected;        /* the quote that was agreed to; quote_changed if it comes to less now */
	opt_money amount;          /* staff only: another amount than the quote, from what the law gives (if the seat ends) up to what is left */
	str reason_code, reason, note;
	bool keeps_seat;           /* staff only: a partial refund that leaves the enrolment as it is, also one that is cancelled already */
	opt_when as_of;            /* the moment whose rules count; now, if it is not set */
	int64_t of_course;         /* only if it is still of this course, or enrolment_not_active; 0: wherever it is */
};
/* Cancels, promises, tells; by staff it stands in the staff's log. *refund_id: 0 if nothing goes back. Call within db_tx. */
outcome refund_cancel(struct ctx *, const struct cancelling *, struct quote *, int64_t *refund_id);

/* A refund as people read it. */
struct refund_payee {
	int64_t member_id;
	str name, phone;
};
struct refund {
	int64_t id, payment_id;
	opt_int enrolment_id;
	str order_id, method;
	struct id_name member;
	struct refund_payee payee;     /* whom to pay, of a member who has withdrawn; member_id 0: as member says, or it is done */
	struct id_title course;
	money amount;
	bool by_hand;              /* not through the gateway */
	int kind;
	int reason_code;
	str reason, note;
	int state;
	str code;                  /* of the gateway's last answer */
	struct id_name by;   /* id 0: by itself, with the course */
	when created_at;
	opt_when done_at;
	when due_at;               /* the law: within five days */
};
extern const struct shape refund_shape;
bool refund_find(struct ctx *, int64_t id, struct refund *);
list refund_of_payment(struct ctx *, int64_t payment_id);

/* An operator has given it back: cash, a transfer. refund_unknown, refund_not_by_hand. Call within db_tx. */
outcome refund_done_by_hand(struct ctx *, int64_t id, str reason, struct refund *now);

/* They withdraw: their name and number are kept for as long as money may be owed to them. Call within db_tx, with their account locked, before
 * it is erased. */
void refund_keep_payee(struct ctx *, int64_t member_id);

/* What a course's cancellation would cost now: for change requests and the check page. */
struct course_cost {
	int64_t enrolled, waiting, held;
	money due;
	int64_t refunds;           /* how many payments money goes back for */
};
void refund_course_cost(struct ctx *, int64_t course_id, struct course_cost *);

/* A course is called off, by whoever: its enrolments are cancelled and refunded by the listeners, as the centre's fault. */
struct calling_off {
	int64_t course_id;
	str reason, note;              /* the note is told to the members */
	/* What was agreed to: quote_changed, with what it comes to now, if it is more. */
	opt_money expected;
	opt_int expected_enrolled;
};
struct course;
/* course_unknown, course_status_refused, quote_changed. */
outcome refund_call_off(struct ctx *, const struct calling_off *, struct course *now);

extern const struct listener refund_listeners[];
extern const struct job refund_jobs[];

#endif
