/* enrolment/enrolment_tell.c -- who is enrolled, waits or holds a seat hears that the course has changed. */
#include "core/json.h"
#include "data/db.h"
#include "enrolment/enrolment.h"
#include "notify/notify.h"

struct seated {
	int64_t member_id;
};
static const struct shape seated_shape = SHAPE("Seated", struct seated, F(member_id));

struct titled {
	str title;
};
static const struct shape titled_shape = SHAPE("Titled", struct titled, F(title));

/* In the order of members, which is the order in which their streams are locked. */
SQL(select_seated,
	"SELECT member_id FROM enrolment WHERE course_id = ? AND live = 1 AND member_id > ? ORDER BY member_id LIMIT ?");
SQL(select_queued,
	"SELECT member_id FROM ticket_brief WHERE course_id = ? AND state IN ('waiting', 'active', 'paying') AND member_id > ? "
	"ORDER BY member_id LIMIT ?");
SQL(select_title, "SELECT title FROM course_title WHERE id = ?");

enum { BATCH = 500 };

/* Empty: nothing of that concerns them. Who has paid does not pay another price. */
static str data_of(struct ctx *c, int64_t course_id, const struct json *fields, bool have_paid)
{
	struct buf b = buf_in(c->arena);
	struct titled t = { 0 };
	size_t n = 0;
	str one;

	db_one(c, &select_title, &titled_shape, &t, arg(course_id));
	buf_fmt(&b, "{\"course_id\":%lld,\"fields\":[", (long long)course_id);
	for (size_t i = 0; i < json_length(fields); i++) {
		if (!json_text_value(json_at(fields, i), &one))
			fault(c, "course.changed of course %lld names a field that is no text", (long long)course_id);
		if (have_paid && str_eq(one, S("price")))
			continue;
		if (n++)
			buf_char(&b, ',');
		buf_json(&b, one);
	}
	buf_lit(&b, "],\"course_title\":");
	buf_json(&b, t.title);
	buf_char(&b, '}');
	return n ? buf_text(&b) : (str){ NULL, 0 };
}

static void tell(struct ctx *c, int64_t course_id, const struct sql *select, str data)
{
	int64_t after = 0;
	list l;

	if (!data.n)
		return;
	do {
		struct arena_mark m = arena_mark(c->arena);
		const struct seated *s;
		struct notice *n;

		l = db_all(c, select, &seated_shape, arg(course_id), arg(after), arg(BATCH));
		s = l.p;
		n = arena_array(c->arena, struct notice, l.n + 1);
		for (size_t i = 0; i < l.n; i++)
			n[i] = (struct notice){ s[i].member_id, S("course.changed"), data };
		notify_many(c, n, l.n);
		after = l.n ? s[l.n - 1].member_id : after;
		arena_rewind(c->arena, m);
	} while (l.n == BATCH);
}

static outcome enrolled_hear(struct ctx *c, const struct event *e)
{
	const struct json *payload = json_parse(c, e->payload);
	int64_t course_id = json_int(payload, "course_id", 0);

	tell(c, course_id, &select_seated, data_of(c, course_id, json_get(payload, "fields"), true));
	return OK;
}

static outcome queued_hear(struct ctx *c, const struct event *e)
{
	const struct json *payload = json_parse(c, e->payload);
	int64_t course_id = json_int(payload, "course_id", 0);

	tell(c, course_id, &select_queued, data_of(c, course_id, json_get(payload, "fields"), false));
	return OK;
}

/* Two, each in a transaction of its own with its members in their order. */
const struct listener enrolment_listeners[] = {
	{ "course.changed", "enrolment.tell", enrolled_hear, false },
	{ "course.changed", "enrolment.tell_queued", queued_hear, false },
	{ 0 }
};
