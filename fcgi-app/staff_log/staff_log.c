#include "staff_log/staff_log.h"

#include <string.h>

#include "core/json.h"
#include "data/db.h"
#include "web/route.h"

const char *const staff_actions[] = {
	"attendance.look", "attendance.mark", "category.create", "category.delete", "category.edit", "change.approve", "change.complete",
	"change.reject", "change.stale", "change.undo_approve", "change.undo_complete", "change.undo_reject", "course.copy", "course.create",
	"course.decide", "course.edit", "course.status", "desk.enrol", "desk.look", "desk.search", "enrolment.cancel", "enrolment.list", "event.requeue",
	"instructor.create", "instructor.edit", "instructor.search", "member.create", "member.list", "member.look", "member.password",
	"member.phone", "member.restore", "member.roles", "member.search", "member.suspend", "payment.list", "payment.look",
	"payment.refund", "payment.search", "policy.create", "queue.look", "refund.done", "refund.list", "refund.look", "room.edit", "roster.csv", "roster.look", "roster.sheet", "term.create",
	"term.edit", "ticket.list", "ticket.look", "ticket.move", "ticket.remove", "view.create", "view.delete", NULL,
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

/* One statement: looking and writing. The index is that of the thing, so the last look is among the first that are read. */
SQL(insert_first_look,
	"INSERT INTO staff_log (at, member_id, action, object_type, object_id, request_id, ip) SELECT ?, ?, ?, ?, ?, ?, ? FROM DUAL WHERE NOT EXISTS "
	"(SELECT 1 FROM staff_log l WHERE l.object_type = ? AND l.object_id = ? AND l.member_id = ? AND l.action = ? AND l.at > ?)");

void staff_log_look_hourly(struct ctx *c, const char *action, const char *object_type, int64_t object_id)
{
	str what = str_of(action), type = str_of(object_type);

	if (!is_action(action))
		fault(c, "no action of the staff's log is called %s", action);
	db_run(c, &insert_first_look, arg(c->now), arg(c->who.id), arg(what), arg(type), arg(object_id), arg(c->request_id), arg(c->ip), arg(type),
	       arg(object_id), arg(c->who.id), arg(what), arg(when_plus(c->now, -HOUR)));
}

static int64_t id_at(list rows, size_t row_size, size_t i)
{
	return *(const int64_t *)(const void *)((const char *)rows.p + i * row_size);
}

void staff_log_look_list(struct ctx *c, const struct staff_log_list *l, list rows, size_t row_size)
{
	opt_int of = l->member_id.set ? l->member_id : l->course_id;
	const char *type = l->member_id.set ? "member" : l->course_id.set ? "course" : l->object_type;
	str ends;

	if (rows.n == 0)
		return;
	ends = str_fmt(c->arena, "%s%lld", l->letters, (long long)id_at(rows, row_size, 0));
	if (rows.n > 1)
		ends = str_fmt(c->arena, "%.*s–%s%lld", STR(ends), l->letters, (long long)id_at(rows, row_size, rows.n - 1));
	staff_log_look(c, l->action, type, of.v, ends);
}

const struct route staff_log_routes[] = { { 0 } };
