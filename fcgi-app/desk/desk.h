/* desk/desk.h -- what operators do at the counter for somebody who stands there (QU-7): enrol a walk-in, move or remove a ticket.
 *
 * The same rules as for everybody: a walk-in gets a seat only if one is free and nobody waits for it, else a ticket at the end of the
 * queue; who is moved to another course stands there at its end. Always with a reason, always in the audit log, paid into the same books.
 *
 * Routes: desk_routes.c   Pages: desk_pages.c, templates/desk/   Tests: tests/unit/test_desk.c
 */
#ifndef DESK_H
#define DESK_H

#include "core/ctx.h"
#include "core/shape.h"
#include "queue/queue.h"

extern const struct failure desk_seat_wanted;          /* 409: others wait for the seat; the walk-in may join them */
extern const struct failure desk_price_differs;        /* 409: a paid seat moves only to a course of the same price */

enum desk_method { DESK_CASH, DESK_TERMINAL, DESK_TRANSFER, DESK_FREE };
extern const char *const desk_methods[];

/* Either member_id, or name and phone of somebody who has no account: one without e-mail and password is made then. */
struct walk_in {
	int64_t course_id;
	opt_int member_id;
	str name, phone;
	int method;
	money amount;              /* what was taken: the price, or 0 with DESK_FREE */
	bool may_wait;             /* no seat: join the queue instead; with an amount of 0, amount_differs if there is one by now */
	str reason;
};
/* *enrolment_id, or *ticket_id of somebody who waits now. Call within db_tx. */
outcome desk_enrol(struct ctx *, const struct walk_in *, int64_t *enrolment_id, int64_t *ticket_id);

/* What desk_enrol would refuse now, with nothing done. *waits: there is no seat, whether the walk-in may wait or not; the amount is not looked
 * at then, because nothing is taken. Not within db_tx. */
outcome desk_check(struct ctx *, const struct walk_in *, bool *waits);
/* Only who it is, so that a form says at once all that it lacks. */
outcome desk_check_person(struct ctx *, const struct walk_in *);

/* Of a waiting or active ticket, or an enrolled one with the same price; *to_ticket: the new one. Call within db_tx. */
outcome desk_move(struct ctx *, int64_t ticket_id, int64_t to_course_id, str reason, int64_t *to_ticket);
/* A waiting or active one; an enrolled one goes the way of refund_cancel, a paying one is payment_in_flight. expected: the refund that was
 * shown; quote_changed if it comes to less now. Call within db_tx. */
outcome desk_remove(struct ctx *, int64_t ticket_id, opt_money expected, str reason);

#endif
