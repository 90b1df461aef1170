/* enrolment/enrolment.h -- seats that are sold: what was paid, by which order.
 *
 *	active -> cancelled
 * Always true: an active enrolment belongs to one enrolled ticket, and to one paid order (or a price of 0).
 *
 * Tables: enrolment (sql/0004)   Routes: end of enrolment.c   Desk: enrolment_desk.c   Listener: enrolment_tell.c   Tests: tests/unit/test_payment.c
 */
#ifndef ENROLMENT_H
#define ENROLMENT_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/outbox.h"
#include "queue/queue.h"

enum enrolment_status { ENROLMENT_ACTIVE, ENROLMENT_CANCELLED };
extern const char *const enrolment_statuses[];
extern const struct failure enrolment_unknown;         /* 404 */

/* The seat was given by queue_enrol in the same transaction. The member is told. Who calls does not say where it was sold: an operator
 * may settle an order, and take a seat at the desk for himself. */
enum enrolment_source { SOLD_ONLINE, SOLD_AT_DESK };
int64_t enrolment_create(struct ctx *, const struct seat *, str order_id, money paid, enum enrolment_source);
int64_t enrolment_of_ticket(struct ctx *, int64_t ticket_id);          /* active; 0: none */
int64_t enrolment_of_order(struct ctx *, str order_id);                /* active; 0: none */

/* As the API shows one of the caller's own. */
struct enrolment {
	int64_t id;
	struct id_title course;
	int64_t ticket_id;
	str order_id;
	money paid;
	int status;
	when created_at;
	opt_when cancelled_at;
};
extern const struct shape enrolment_shape;
bool enrolment_read(struct ctx *, int64_t id, struct enrolment *);     /* the caller's */

/* For refund, desk and roster. */
struct enrolled {
	int64_t id, course_id, member_id, ticket_id, policy_id;
	str order_id;
	money paid;
	int status;
	when created_at;
};
extern const struct shape enrolled_shape;
bool enrolment_find(struct ctx *, int64_t id, struct enrolled *);
bool enrolment_lock(struct ctx *, int64_t id, struct enrolled *);      /* after its seat: queue_lock */
void enrolment_cancel(struct ctx *, int64_t id, str reason);           /* active -> cancelled, by the caller */
/* The active ones of a course, ascending, after this id. */
list enrolment_of_course(struct ctx *, int64_t course_id, int64_t after_id, int64_t limit);

/* The seat is in another course now (queue_move), and its money with it; attendance stays with the sessions of the old one. */
void enrolment_move(struct ctx *, int64_t id, int64_t to_course_id, int64_t to_ticket);

/* course.changed: tells those who are enrolled. */
extern const struct listener enrolment_listeners[];

#endif
