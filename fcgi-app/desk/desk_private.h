/* desk/desk_private.h -- between the files of this module: lists, inputs and answers that the JSON routes and the pages share. */
#ifndef DESK_PRIVATE_H
#define DESK_PRIVATE_H

#include "data/db.h"
#include "desk/desk.h"
#include "web/lists.h"
#include "web/request.h"

struct desk_ticket {
	int64_t id, course_id, member_id;
	int state;
};
extern const struct shape desk_ticket_shape;
bool desk_ticket_find(struct ctx *, int64_t id, struct desk_ticket *);

/* Somebody in a course's queue, in its order. */
struct queued {
	int64_t id, number;
	opt_int position;          /* 1 is next; only of who waits */
	int state;
	struct id_name member;
	when joined_at;
	opt_when hold_expires_at;
};
extern const struct shape queued_shape;
void desk_queue_page(struct request *, int64_t course_id, int64_t limit, struct list_out *);

struct walk_in_in {
	int64_t id;
	opt_int member_id;
	str name, phone;
	int method;
	money amount;
	bool may_wait;
	str reason;
};
extern const struct shape walk_in_in_shape;
/* Within the transaction of the request's key, or one of its own. */
outcome desk_walk_in(struct request *, const struct walk_in_in *, int64_t *enrolment_id, int64_t *ticket_id);

struct move_in {
	int64_t id, course_id;
	str reason;
};
struct remove_in {
	int64_t id;
	opt_money expected;
	str reason;
};
extern const struct shape desk_move_in_shape, desk_remove_in_shape;
outcome desk_do_move(struct request *, const struct move_in *, int64_t *to_ticket);
outcome desk_do_remove(struct request *, const struct remove_in *);

/* Pages (desk_pages.c). */
handler desk_page_desk, desk_page_enrol, desk_page_check, desk_page_tickets, desk_page_ticket, desk_page_move, desk_page_remove;
extern const struct shape desk_in_shape, desk_page_shape, desk_tickets_in_shape, desk_tickets_page_shape, desk_ticket_in_shape,
	desk_ticket_page_shape;

#define DESK_FAILS_ENROL &course_unknown, &desk_seat_wanted, &amount_differs, &already_enrolled, &already_in_queue, &course_not_open, \
	&enrolment_not_yet_open, &term_limit_reached
#define DESK_FAILS_MOVE &ticket_unknown, &course_unknown, &desk_seat_wanted, &desk_price_differs, &payment_in_flight, &ticket_over, \
	&already_enrolled, &already_in_queue, &course_not_open, &enrolment_not_yet_open, &term_limit_reached
#define DESK_FAILS_REMOVE &ticket_unknown, &payment_in_flight, &ticket_over, &enrolment_not_active, &quote_changed

#define DESK_PAGE_ROUTES \
	{ GET, "/admin/courses/{id}/desk", STAFF, desk_page_desk, &desk_in_shape, &desk_page_shape, .page = "desk/desk.html", \
	  .fails = FAILS(&course_unknown) }, \
	{ POST, "/admin/courses/{id}/desk/check", STAFF, desk_page_check, &walk_in_in_shape, &desk_page_shape, .page = "desk/desk.html", \
	  .again = desk_page_desk, .fails = FAILS(DESK_FAILS_ENROL) }, \
	{ POST, "/admin/courses/{id}/desk", STAFF, desk_page_enrol, &walk_in_in_shape, &desk_page_shape, .page = "desk/desk.html", \
	  .again = desk_page_desk, .once = ONCE_TX_REQUIRED, .fails = FAILS(DESK_FAILS_ENROL) }, \
	{ GET, "/admin/courses/{id}/tickets", STAFF, desk_page_tickets, &desk_tickets_in_shape, &desk_tickets_page_shape, \
	  .page = "desk/tickets.html", .fails = FAILS(&course_unknown) }, \
	{ GET, "/admin/tickets/{id}", STAFF, desk_page_ticket, &desk_ticket_in_shape, &desk_ticket_page_shape, .page = "desk/ticket.html", \
	  .fails = FAILS(&ticket_unknown) }, \
	{ POST, "/admin/tickets/{id}/move", STAFF, desk_page_move, &desk_move_in_shape, &desk_ticket_page_shape, .page = "desk/ticket.html", \
	  .again = desk_page_ticket, .once = ONCE_TX_REQUIRED, .fails = FAILS(DESK_FAILS_MOVE) }, \
	{ POST, "/admin/tickets/{id}/remove", STAFF, desk_page_remove, &desk_remove_in_shape, &desk_ticket_page_shape, \
	  .page = "desk/ticket.html", .again = desk_page_ticket, .once = ONCE_TX_REQUIRED, .fails = FAILS(DESK_FAILS_REMOVE) },

#endif
