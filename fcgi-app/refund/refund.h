/* refund/refund.h -- seats that are given back, and money that goes back for them (QU-5, first part of PA-6).
 *
 * Cancelling is one transaction: ticket and enrolment are cancelled, the seat goes to the next, the amount is promised (payment.promised,
 * the one accumulator, with a CHECK), a refund row is written and the member is told. The gateway is asked afterwards, by the
 * relay (event refund.send on stream p.<payment>, one at a time per payment), with the refund's own key, until it says yes; then the
 * refund is done, payment.returned grows, and the member gets payment.refunded. Money that was paid at the desk goes back by hand.
 *
 *	due -> done        by_hand -> done (an operator says so)
 *
 * A course that is cancelled (event course.cancelled of course) cancels all its enrolments the same way, in batches, as the centre's fault.
 * Always true: for each payment, the sum of its refunds' amounts = promised <= approved; the done ones = returned.
 * Lock order: course_seat -> ticket -> enrolment -> payment -> refund -> member_stream -> outbox.
 *
 * Tables: refund (sql/0012)   Routes: refund_routes.c   Pages: refund_pages.c, templates/refund/   Listener: refund_jobs.c
 * Tests: tests/unit/test_refund.c
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
/* changed_mind, moved, ill, course_changed, course_cancelled, mistake, other: "other" needs words in `reason`. */
extern const char *const refund_reasons[], *const refund_states[], *const refund_kinds[];

extern const struct failure enrolment_not_active;      /* 409: it was cancelled already */
extern const struct failure refund_too_large;          /* 422: more than is left of the payment */
extern const struct failure quote_changed;             /* 409: the amount that was agreed to is not what it comes to now */

/* What would go back now. enrolment_unknown, enrolment_not_active. */
outcome refund_quote(struct ctx *, int64_t enrolment_id, bool centre_fault, struct quote *);

struct cancelling {
	int64_t enrolment_id;
	enum refund_kind kind;
	bool centre_fault;
	opt_money expected;        /* the quote that was agreed to; quote_changed if it comes to less now */
	opt_money amount;          /* staff only: another amount than the quote, up to what is left */
	str reason_code, reason, note;
	bool keeps_seat;           /* staff only: a partial refund that leaves the enrolment as it is */
	bool quiet;                /* the caller tells the member */
};
/* Cancels, promises, tells. *refund_id: 0 if nothing goes back. Call within db_tx. */
outcome refund_cancel(struct ctx *, const struct cancelling *, struct quote *, int64_t *refund_id);

/* What a course's cancellation would cost now: for change requests and the check page. */
struct course_cost {
	int64_t enrolled, waiting, held;
	money due;
};
void refund_course_cost(struct ctx *, int64_t course_id, struct course_cost *);

extern const struct listener refund_listeners[];
extern const struct job refund_jobs[];

#endif
