#include "staff_log/staff_log.h"

#include <string.h>

#include "core/json.h"
#include "data/db.h"
#include "web/route.h"

const char *const staff_actions[] = {
	"attendance.look", "attendance.mark", "category.create", "category.delete", "category.edit", "change.approve", "change.complete",
	"change.reject", "change.stale", "change.undo_approve", "change.undo_complete", "change.undo_reject", "course.copy", "course.create",
	"course.decide", "course.edit", "course.status", "desk.enrol", "desk.look", "desk.search", "enrolment.cancel", "event.requeue",
	"instructor.create", "instructor.edit", "instructor.search", "member.create", "member.list", "member.look", "member.password",
	"member.phone", "member.restore", "member.roles", "member.search", "member.suspend", "payment.refund", "payment.search",
	"policy.create", "refund.done", "room.edit", "roster.csv", "roster.look", "roster.sheet", "term.create",
	"term.edit", "ticket.look", "ticket.move", "ticket.remove", "view.create", "view.delete", NULL,
};

SQL(insert_line,
	"INSERT INTO staff_log (at, member_id, action, object_type, object_id, before_json, after_json, reason, request_id, ip) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

static opt_str as_json(struct ctx *c, const struct shape *s, const void *thing)
{
	struct buf b = buf_in(c->arena);

	if (!thing)
		return (opt_str){ 0 };
	json_write(&b, s, thing);
	return some_str(buf_text(&b));
}

static bool is_action(const char *action)
{
	size_t i = 0;

	while (staff_actions[i] && strcmp(staff_actions[i], action) != 0)
		i++;
	return staff_actions[i] != NULL;
}

void staff_log_add(struct ctx *c, const char *action, const char *object_type, int64_t object_id, const struct shape *s,
		   const void *before, const void *after, str reason)
{
	if (!is_action(action))
		fault(c, "no action of the staff's log is called %s", action);
	db_insert(c, &insert_line, arg(c->now), arg(c->who.id), arg(str_of(action)), arg(str_of(object_type)), arg(object_id),
		  arg(as_json(c, s, before)), arg(as_json(c, s, after)), arg(reason), arg(c->request_id), arg(c->ip));
}

void staff_log_look(struct ctx *c, const char *action, const char *object_type, int64_t object_id, str purpose)
{
	staff_log_add(c, action, object_type, object_id, NULL, NULL, NULL, purpose);
}

SQL(select_last_look, "SELECT COUNT(*) FROM (SELECT action, object_type, object_id, reason, at FROM staff_log WHERE member_id = ? ORDER BY id DESC LIMIT 1) l "
	"WHERE l.action = ? AND l.object_type = ? AND l.object_id = ? AND l.reason = ? AND l.at > ?");

void staff_log_look_once(struct ctx *c, const char *action, const char *object_type, int64_t object_id, str purpose)
{
	if (!db_int(c, &select_last_look, 0, arg(c->who.id), arg(str_of(action)), arg(str_of(object_type)), arg(object_id), arg(purpose),
		    arg(when_plus(c->now, -MINUTE))))
		staff_log_look(c, action, object_type, object_id, purpose);
}

const struct route staff_log_routes[] = { { 0 } };
