/* course/course_sessions.c -- the timetable of one course. A session keeps its id as long as it is there: attendance hangs on it. */
#include "course/course_private.h"

const struct failure session_attended = { 409, "session_attended" };

struct kept_session {
	int64_t id, n;
	when starts_at;
	bool attended;
	bool taken;                        /* one of the new ones goes on with its id */
};
static const struct shape kept_session_shape = SHAPE("KeptSession", struct kept_session, F(id), F(n), F(starts_at), F(attended));

/* Under lock, so that nobody is marked as present in a session that goes at this moment. */
SQL(lock_sessions,
	"SELECT s.id, s.n, s.starts_at, EXISTS (SELECT 1 FROM session_attended a WHERE a.session_id = s.id) AS attended FROM course_session s "
	"WHERE s.course_id = ? ORDER BY s.n FOR UPDATE");
/* Out of the way first, because two of them may change places. */
SQL(lift_sessions, "UPDATE course_session SET n = n + 1000 WHERE course_id = ? ORDER BY n DESC");
SQL(change_session, "UPDATE course_session SET n = ?, starts_at = ?, ends_at = ?, room = ? WHERE id = ?");
SQL(insert_session, "INSERT INTO course_session (course_id, n, starts_at, ends_at, room) VALUES (?, ?, ?, ?, ?)");
SQL(delete_session, "DELETE FROM course_session WHERE id = ?");

bool course_same_sessions(list a, list b)
{
	const struct course_session *x = a.p, *y = b.p;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (x[i].starts_at.us != y[i].starts_at.us || x[i].ends_at.us != y[i].ends_at.us || !str_eq(x[i].room, y[i].room))
			return false;
	return true;
}

static bool is_one_of(const struct course_session *s, size_t n, int64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].id == id)
			return true;
	return false;
}

bool course_swaps_sessions(list before, list now)
{
	const struct course_session *was = before.p, *is = now.p;

	for (size_t i = 0; i < before.n && i < now.n; i++)
		if (is[i].id && is[i].id != was[i].id && is_one_of(was, before.n, is[i].id))
			return true;
	return false;
}

/* Goes on with the old one at j. */
static void go_on(struct kept_session *old, size_t j, int64_t *with)
{
	old[j].taken = true;
	*with = (int64_t)j;
}

/* Which old one each new one goes on with: the one that it names, the one at the same time, else the one that stood at its place. Who names some
 * does not mean the others by where they stand. -1: none. */
static void pair_up(const struct course_session *s, size_t n, struct kept_session *old, size_t n_old, int64_t *with)
{
	bool named = false;

	for (size_t i = 0; i < n; i++) {
		with[i] = -1;
		for (size_t j = 0; j < n_old && with[i] < 0; j++)
			if (!old[j].taken && old[j].id == s[i].id)
				go_on(old, j, &with[i]);
		named |= with[i] >= 0;
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n_old && with[i] < 0; j++)
			if (!old[j].taken && old[j].starts_at.us == s[i].starts_at.us)
				go_on(old, j, &with[i]);
	for (size_t i = 0; i < n && i < n_old && !named; i++)
		if (with[i] < 0 && !old[i].taken)
			go_on(old, i, &with[i]);
}

static outcome drop_the_rest(struct ctx *c, const struct kept_session *old, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!old[i].taken && old[i].attended)
			return fail(c, &session_attended, "sessions", "session_attended", str_fmt(c->arena, "%lld", (long long)old[i].n));
	for (size_t i = 0; i < n; i++)
		if (!old[i].taken)
			db_run(c, &delete_session, arg(old[i].id));
	return OK;
}

outcome course_keep_sessions(struct ctx *c, int64_t id, const struct course_input *in)
{
	const struct course_session *s = in->sessions.p;
	list l = db_all(c, &lock_sessions, &kept_session_shape, arg(id));
	struct kept_session *old = l.p;
	int64_t *with = arena_array(c->arena, int64_t, in->sessions.n + 1);
	struct arg *changed = arena_array(c->arena, struct arg, in->sessions.n * 5 + 1);
	struct arg *made = arena_array(c->arena, struct arg, in->sessions.n * 5 + 1);
	size_t n_changed = 0, n_made = 0;
	outcome o;

	pair_up(s, in->sessions.n, old, l.n, with);
	o = drop_the_rest(c, old, l.n);
	if (o != OK)
		return o;
	if (l.n)
		db_run(c, &lift_sessions, arg(id));
	for (size_t i = 0; i < in->sessions.n; i++) {
		struct arg *row = with[i] < 0 ? &made[5 * n_made++] : &changed[5 * n_changed++];
		struct arg n = arg((int64_t)i + 1), from = arg(s[i].starts_at), to = arg(s[i].ends_at), room = arg(s[i].room);

		if (with[i] < 0) {
			row[0] = arg(id);
			row[1] = n, row[2] = from, row[3] = to, row[4] = room;
		} else {
			row[0] = n, row[1] = from, row[2] = to, row[3] = room;
			row[4] = arg(old[with[i]].id);
		}
	}
	if (n_changed)
		db_bulk(c, &change_session, changed, n_changed, 5);
	if (n_made)
		db_bulk(c, &insert_session, made, n_made, 5);
	return OK;
}
