#include "queue/queue_jobs.h"

#include "core/json.h"
#include "data/db.h"
#include "queue/queue.h"

struct live_ticket {
	int64_t id;
};
static const struct shape live_ticket_shape = SHAPE("LiveTicket", struct live_ticket, F(id));

SQL(select_live, "SELECT id FROM ticket WHERE member_id = ? AND state IN ('waiting', 'active') ORDER BY course_id LIMIT 100");

/* Who withdrew, or may not come in any more, leaves all queues: a seat that nobody can pay is the next one's. */
static outcome leave_all(struct ctx *c, const struct event *e)
{
	int64_t member_id = json_int(json_parse(c, e->payload), "member_id", 0);
	list l = db_all(c, &select_live, &live_ticket_shape, arg(member_id));
	struct live_ticket *t = l.p;

	c->who.id = member_id;
	for (size_t i = 0; i < l.n; i++)
		queue_leave(c, t[i].id);
	return OK;
}

const struct listener queue_listeners[] = {
	{ "member.withdrawn", "queue.leave_all", leave_all, false },
	{ "member.suspended", "queue.leave_suspended", leave_all, false },
	{ 0 }
};

const struct job queue_jobs[] = {
	{ "queue.expire", SECOND / 2, queue_expire },
	{ "queue.sweep", SECOND, queue_sweep },
	{ 0 }
};
