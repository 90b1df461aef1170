/* course/course_status.c -- the state machine, and the decision whether a course runs. */
#include "course/course_private.h"
#include "queue/queue.h"
#include "staff_log/staff_log.h"

const struct failure course_status_refused = { 409, "course_status_refused" };
const struct failure course_decided = { 409, "course_decided" };

SQL(update_status, "UPDATE course SET status = ?, published = published OR ?, version = version + 1 WHERE id = ?");
SQL(update_decision, "UPDATE course SET decision = 'run', version = version + 1 WHERE id = ?");

/* Which status may follow which. */
static const unsigned may_become[] = {
	[COURSE_DRAFT] = 1u << COURSE_OPEN | 1u << COURSE_CANCELLED,
	[COURSE_OPEN] = 1u << COURSE_CLOSED | 1u << COURSE_CANCELLED | 1u << COURSE_FINISHED,
	[COURSE_CLOSED] = 1u << COURSE_OPEN | 1u << COURSE_CANCELLED | 1u << COURSE_FINISHED,
};

struct changing {
	int64_t id;
	enum course_status to;
	str reason;
	struct course *now;
};

/* Those who wait or hold a seat leave; who is enrolled is refunded by the listeners of course.cancelled. */
static void end(struct ctx *c, const struct changing *v)
{
	struct buf b = buf_in(c->arena);

	queue_end(c, v->id, v->to == COURSE_CANCELLED);
	if (v->to != COURSE_CANCELLED)
		return;
	buf_lit(&b, ",\"reason\":");
	buf_json(&b, v->reason);
	course_event(c, v->id, "course.cancelled", buf_text(&b));
}

static outcome change_status(struct ctx *c, void *p)
{
	struct changing *v = p;
	struct course before;
	struct course_input in;
	outcome o;

	if (!course_lock(c, v->id, &before))
		return &course_unknown;
	if ((size_t)before.status >= sizeof(may_become) / sizeof(may_become[0]) || !(may_become[before.status] >> v->to & 1))
		return fail(c, &course_status_refused, "status", "not_from_here", str_of(course_statuses[before.status]));
	in = course_as_input(&before);
	db_run(c, &update_status, arg(str_of(course_statuses[v->to])), arg(v->to == COURSE_OPEN), arg(v->id));
	if ((o = course_tell_queue(c, v->id, &in, v->to == COURSE_OPEN)) != OK)
		return o;
	if (v->to == COURSE_FINISHED || v->to == COURSE_CANCELLED)
		end(c, v);
	course_text_refresh(c, v->id);
	course_find(c, v->id, true, v->now);
	staff_log_add(c, "course.status", "course", v->id, &course_shape, &before, v->now, v->reason);
	return OK;
}

outcome course_set_status(struct ctx *c, int64_t id, enum course_status to, str reason, struct course *now)
{
	struct changing v = { id, to, reason, now };

	return db_tx(c, change_status, &v);
}

static outcome decide(struct ctx *c, void *p)
{
	struct changing *v = p;
	struct course before;

	if (!course_lock(c, v->id, &before))
		return &course_unknown;
	if (!course_is_on(before.status))
		return fail(c, &course_status_refused, "status", "not_from_here", str_of(course_statuses[before.status]));
	if (before.decision.set)
		return &course_decided;
	db_run(c, &update_decision, arg(v->id));
	course_find(c, v->id, true, v->now);
	staff_log_add(c, "course.decide", "course", v->id, &course_shape, &before, v->now, v->reason);
	return OK;
}

outcome course_decide(struct ctx *c, int64_t id, str reason, struct course *now)
{
	struct changing v = { id, COURSE_OPEN, reason, now };

	return db_tx(c, decide, &v);
}
