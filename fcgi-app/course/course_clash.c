/* course/course_clash.c -- a room, and an instructor, is in one place at a time.
 *
 * Decided under the rows of the rooms, ascending by name, and of the instructor: whoever books one of them waits until the other has
 * committed, and sees it then. */
#include <stdlib.h>

#include "course/course_private.h"
#include "instructor/instructor.h"

const struct failure room_taken = { 409, "room_taken" };
const struct failure instructor_busy = { 409, "instructor_busy" };

static const struct shape clash_shape = SHAPE("CourseClash", struct course_clash,
	F(course_id), F(title), F(room), F(starts_at), F(ends_at));

SQL(lock_room, "SELECT id FROM room WHERE name = ? FOR UPDATE");
SQL(insert_room, "INSERT INTO room (name) VALUES (?)");
#define CLASH "SELECT s.course_id, k.title, s.room, s.starts_at, s.ends_at FROM "
/* No session is longer than COURSE_SESSION_MOST, so that only those that begin a little before have to be looked at. */
SQL(select_in_room,
	CLASH "course_session s JOIN course k ON k.id = s.course_id WHERE s.room = ? AND s.starts_at > ? AND s.starts_at < ? "
	"AND s.course_id <> ? AND k.status IN " COURSE_LIVING " ORDER BY s.starts_at");
SQL(select_of_instructor,
	CLASH "course k JOIN course_session s ON s.course_id = k.id WHERE k.instructor_id = ? AND k.id <> ? AND k.status IN " COURSE_LIVING
	" AND k.ends_on >= ? AND s.starts_at > ? AND s.starts_at < ? ORDER BY s.starts_at");

/* -- looking -- */

struct span {
	when from, to;
};

static struct span span_of(const struct course_session *s, size_t n)
{
	struct span t = { s[0].starts_at, s[0].ends_at };

	for (size_t i = 1; i < n; i++) {
		if (s[i].starts_at.us < t.from.us)
			t.from = s[i].starts_at;
		if (s[i].ends_at.us > t.to.us)
			t.to = s[i].ends_at;
	}
	return t;
}

static bool overlap(when a_from, when a_to, when b_from, when b_to)
{
	return a_from.us < b_to.us && b_from.us < a_to.us;
}

struct clashes {
	struct course_clash *p;
	size_t n;
};

/* Those of the others that overlap session i. */
static void note(struct clashes *out, const char *kind, const struct course_session *s, size_t i, list others)
{
	const struct course_clash *o = others.p;

	for (size_t j = 0; j < others.n && out->n < COURSE_CLASHES_MAX; j++)
		if (overlap(s[i].starts_at, s[i].ends_at, o[j].starts_at, o[j].ends_at)) {
			out->p[out->n] = o[j];
			out->p[out->n].kind = str_of(kind);
			out->p[out->n++].n = (int64_t)i;
		}
}

static void look_in_rooms(struct ctx *c, struct clashes *out, int64_t id, const struct course_session *s, size_t n, struct span t)
{
	bool *done = arena_array(c->arena, bool, n);

	for (size_t i = 0; i < n; i++) {
		list others;

		if (done[i])
			continue;
		others = db_all(c, &select_in_room, &clash_shape, arg(s[i].room), arg(when_plus(t.from, -COURSE_SESSION_MOST)), arg(t.to), arg(id));
		for (size_t j = i; j < n; j++)
			if (!done[j] && str_eq(s[i].room, s[j].room)) {
				done[j] = true;
				note(out, "room", s, j, others);
			}
	}
}

static int by_session(const void *a, const void *b)
{
	const struct course_clash *x = a, *y = b;

	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return str_cmp(y->kind, x->kind);          /* the room first */
}

list course_clashes(struct ctx *c, int64_t id, int64_t instructor_id, const struct course_session *s, size_t n)
{
	struct clashes out = { arena_array(c->arena, struct course_clash, COURSE_CLASHES_MAX + 1), 0 };
	struct span t;
	list others;

	if (n == 0)
		return (list){ NULL, 0 };
	t = span_of(s, n);
	look_in_rooms(c, &out, id, s, n, t);
	others = db_all(c, &select_of_instructor, &clash_shape, arg(instructor_id), arg(id), arg(when_day_in_seoul(t.from)),
			arg(when_plus(t.from, -COURSE_SESSION_MOST)), arg(t.to));
	for (size_t i = 0; i < n; i++)
		note(&out, "instructor", s, i, others);
	qsort(out.p, out.n, sizeof(*out.p), by_session);
	return (list){ out.p, out.n };
}

/* -- booking -- */

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const str *)a, *(const str *)b);
}

static int64_t lock_room_of(struct ctx *c, str name)
{
	int64_t id = db_int(c, &lock_room, 0, arg(name));

	if (id)
		return id;
	id = db_insert(c, &insert_room, arg(name));
	return id ? id : db_int(c, &lock_room, 0, arg(name));
}

static void lock_rooms(struct ctx *c, const struct course_session *s, size_t n)
{
	str *names = arena_array(c->arena, str, n + 1);

	for (size_t i = 0; i < n; i++)
		names[i] = s[i].room;
	qsort(names, n, sizeof(str), by_name);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_eq(names[i], names[i - 1]))
			lock_room_of(c, names[i]);
}

static outcome refuse(struct ctx *c, outcome so_far, bool room, size_t i, str title, int64_t course_id)
{
	const struct failure *why = room ? &room_taken : &instructor_busy;
	str where = str_fmt(c->arena, "sessions[%zu].%s", i, room ? "room" : "starts_at");

	fail_field(c, where, why->code, course_id ? str_fmt(c->arena, "%.*s (C-%lld)", STR(title), (long long)course_id) : title);
	return so_far == OK ? why : so_far;
}

/* Its own instructor can't be in two of its own sessions either. */
static outcome check_among_themselves(struct ctx *c, int64_t id, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;
	outcome o = OK;

	for (size_t i = 1; i < in->sessions.n; i++)
		for (size_t j = 0; j < i; j++)
			if (overlap(s[i].starts_at, s[i].ends_at, s[j].starts_at, s[j].ends_at)) {
				o = refuse(c, o, str_eq(s[i].room, s[j].room), i, in->title, id);
				break;
			}
	return o;
}

outcome course_book(struct ctx *c, const struct course *before, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;
	int64_t id = before ? before->id : 0;
	outcome o = check_among_themselves(c, id, in);
	const struct course_clash *k;
	list l;

	lock_rooms(c, s, in->sessions.n);
	if (!instructor_lock(c, in->instructor_id) && !(before && before->instructor.id == in->instructor_id)) {
		fail_field(c, S("instructor_id"), instructor_unknown_ref.code, (str){ NULL, 0 });       /* has left a moment ago */
		return &invalid;
	}
	l = course_clashes(c, id, in->instructor_id, s, in->sessions.n);
	k = l.p;
	for (size_t i = 0; i < l.n; i++)
		if (i == 0 || k[i].n != k[i - 1].n || !str_eq(k[i].kind, k[i - 1].kind))
			o = refuse(c, o, str_eq(k[i].kind, S("room")), (size_t)k[i].n, k[i].title, k[i].course_id);
	return o;
}
