/* course/course_status.c -- the state machine, and the decision whether a course runs. */
#include "core/i18n.h"
#include "course/course_private.h"
#include "queue/queue.h"
#include "staff_log/staff_log.h"

const struct failure course_status_refused = { 409, "course_status_refused" };
const struct failure sessions_to_come = { 409, "sessions_to_come" };
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
	opt_int sessions_seen;
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

static outcome not_from(struct ctx *c, const struct course *k)
{
	str key = str_fmt(c->arena, "word.course.status.%s", course_statuses[k->status]);

	return fail(c, &course_status_refused, "status", "not_from_here", words(c, str_z(c->arena, key)));
}

int64_t course_sessions_to_come(const struct ctx *c, const struct course *k, opt_when *next)
{
	const struct course_session *s = k->sessions.p;
	int64_t n = 0;

	*next = (opt_when){ 0 };
	for (size_t i = 0; i < k->sessions.n; i++) {
		if (s[i].starts_at.us <= c->now.us)
			continue;
		n++;
		if (!next->set || s[i].starts_at.us < next->v.us)
			*next = (opt_when){ true, s[i].starts_at };
	}
	return n;
}

/* More are to come than whoever ends the course knows of. */
static outcome check_sessions(struct ctx *c, const struct changing *v, const struct course *before)
{
	opt_when next;
	int64_t n = course_sessions_to_come(c, before, &next);

	return v->sessions_seen.set && n > v->sessions_seen.v ?
		fail(c, &sessions_to_come, "expected_sessions", "more_sessions", str_fmt(c->arena, "%lld", (long long)n)) : OK;
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
		return not_from(c, &before);
	if ((o = check_sessions(c, v, &before)) != OK)
		return o;
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
	struct changing v = { id, to, reason, now, { 0 } };

	return db_tx(c, change_status, &v);
}

outcome course_finish(struct ctx *c, int64_t id, opt_int sessions_seen, str reason, struct course *now)
{
	struct changing v = { id, COURSE_FINISHED, reason, now, sessions_seen };

	return db_tx(c, change_status, &v);
}

static outcome decide(struct ctx *c, void *p)
{
	struct changing *v = p;
	struct course before;

	if (!course_lock(c, v->id, &before))
		return &course_unknown;
	if (!course_is_on(before.status))
		return not_from(c, &before);
	if (before.decision.set)
		return &course_decided;
	db_run(c, &update_decision, arg(v->id));
	course_find(c, v->id, true, v->now);
	staff_log_add(c, "course.decide", "course", v->id, &course_shape, &before, v->now, v->reason);
	return OK;
}

outcome course_decide(struct ctx *c, int64_t id, str reason, struct course *now)
{
	struct changing v = { id, COURSE_OPEN, reason, now, { 0 } };

	return db_tx(c, decide, &v);
}
