/* course/course_room.c -- rooms, and what happens when in them. */
#include "course/course_private.h"
#include "staff_log/staff_log.h"

const struct failure room_unknown = { 404, "room_unknown" };

const struct shape course_room_shape = SHAPE("Room", struct course_room,
	F(id), F(name), F(seats, .about = "null: not known. A course may have more seats than its room: it is only said."),
	F(active, .about = "Offered in forms."));

const struct shape course_slot_shape = SHAPE("TimetableSlot", struct course_slot,
	F(id, .about = "The session's."), F(course_id), F(title), F(status, .words = course_statuses, .called = "course"), F(n, .about = "Which of its sessions, from 1."), F(starts_at), F(ends_at),
	F(room), F(instructor, .of = &course_ref_shape));

#define ROOM "SELECT id, name, seats, active FROM room "
SQL(select_rooms, ROOM "WHERE name > COALESCE((SELECT name FROM room WHERE id = ?), '') ORDER BY name LIMIT ?");
SQL(lock_room, ROOM "WHERE id = ? FOR UPDATE");
SQL(update_room, "UPDATE room SET seats = ?, active = ? WHERE id = ?");

list course_rooms(struct ctx *c, int64_t after_id, int64_t limit)
{
	return db_all(c, &select_rooms, &course_room_shape, arg(after_id), arg(limit));
}

struct changing {
	const struct course_room_patch *patch;
	struct course_room *now;
};

static outcome change(struct ctx *c, void *p)
{
	struct changing *v = p;
	struct course_room was;

	if (!db_one(c, &lock_room, &course_room_shape, &was, arg(v->patch->id)))
		return &room_unknown;
	*v->now = was;
	if (v->patch->sets_seats)
		v->now->seats = v->patch->seats;
	if (v->patch->active.set)
		v->now->active = v->patch->active.v;
	db_run(c, &update_room, arg(v->now->seats), arg(v->now->active), arg(was.id));
	staff_log_add(c, "room.edit", "room", was.id, &course_room_shape, &was, v->now, (str){ NULL, 0 });
	return OK;
}

outcome course_room_edit(struct ctx *c, const struct course_room_patch *p, struct course_room *now)
{
	struct changing v = { p, now };

	return db_tx(c, change, &v);
}

/* -- timetable -- */

static when midnight_of(day d)
{
	return (when){ d.days * DAY - 9 * HOUR };
}

outcome course_timetable(struct ctx *c, const struct course_timetable_filter *f, list *slots)
{
	static const struct sort_key in_time[] = { { "s.starts_at", .moment = true }, { "s.id", .descending = false } };
	struct query q = query_from(c,
		"SELECT STRAIGHT_JOIN s.id, s.course_id, k.title, k.status, s.n, s.starts_at, s.ends_at, s.room, k.instructor_id AS `instructor.id`, "
		"i.name AS `instructor.name` FROM course_session s JOIN course k ON k.id = s.course_id JOIN instructor_name i ON i.id = k.instructor_id "
		"WHERE s.starts_at >= ? AND s.starts_at < ? AND k.status <> 'cancelled'");

	if (f->to.days < f->from.days)
		fail_field(c, S("to"), "before_start", (str){ NULL, 0 });
	else if (f->to.days - f->from.days >= COURSE_TIMETABLE_DAYS)
		fail_field(c, S("to"), "too_far", str_fmt(c->arena, "%d", (int)COURSE_TIMETABLE_DAYS));
	if (c->errors)
		return &invalid;
	query_add(&q, "", arg(midnight_of(f->from)), arg(midnight_of((day){ f->to.days + 1 })));
	if (f->room.set)
		query_add(&q, " AND s.room = ?", arg(f->room));
	if (f->instructor_id.set)
		query_add(&q, " AND k.instructor_id = ?", arg(f->instructor_id));
	query_keyset(&q, &f->after, in_time, 2, f->limit);
	*slots = query_all(c, &q, &course_slot_shape);
	return OK;
}
