/* enrolment/enrolment_desk.c -- a seat that goes to another course. */
#include "data/db.h"
#include "enrolment/enrolment.h"

SQL(update_place, "UPDATE enrolment SET course_id = ?, ticket_id = ? WHERE id = ? AND status = 'active'");

void enrolment_move(struct ctx *c, int64_t id, int64_t to_course_id, int64_t to_ticket)
{
	if (db_run(c, &update_place, arg(to_course_id), arg(to_ticket), arg(id)) == 0)
		fault(c, "enrolment %lld moves, but is not active", (long long)id);
}
