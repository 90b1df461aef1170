/* payment/payment_desk.c -- money that goes along with a seat to another course. */
#include "data/db.h"
#include "payment/payment.h"

SQL(update_place, "UPDATE payment SET course_id = ?, ticket_id = ? WHERE order_id = ?");

void payment_move(struct ctx *c, str order_id, int64_t to_course_id, int64_t to_ticket)
{
	db_run(c, &update_place, arg(to_course_id), arg(to_ticket), arg(order_id));
}
