/* What is sold: its states, its edits, and what the queue learns of them. Every change is on the staff's log. */
#include "ask.h"

#include "category/category.h"
#include "data/db.h"
#include "instructor/instructor.h"
#include "web/route.h"

SQL(select_queue,
	"SELECT course_id, title, is_open AS open, opens_at, closes_at, hold_seconds, capacity FROM course_seat WHERE course_id = ?");
SQL(insert_category, "INSERT INTO category (parent_id, name) VALUES (?, 'k')");
SQL(count_log, "SELECT COUNT(*) FROM staff_log WHERE object_type = 'course' AND object_id = ?");
SQL(count_events, "SELECT COUNT(*) FROM outbox");
SQL(retire, "UPDATE instructor SET active = FALSE WHERE id = ?");

static const struct shape queue_shape = SHAPE("QueueCourse", struct queue_course,
	F(course_id), F(title), F(open), F(opens_at), F(closes_at), F(hold_seconds), F(capacity));

static struct course found(struct ctx *c, int64_t id)
{
	struct course k;

	assert_true(course_find(c, id, true, &k));
	return k;
}

/* The queue's copy says the same as the course. */
static void assert_queue_knows(struct ctx *c, int64_t id)
{
	struct course k = found(c, id);
	struct queue_course q = { 0 };

	assert_true(db_one(c, &select_queue, &queue_shape, &q, arg(id)));
	assert_true(str_eq(q.title, k.title));
	assert_int_equal(q.open, k.status == COURSE_OPEN);
	assert_int_equal(q.opens_at.us, k.enrol_opens_at.us);
	assert_int_equal(q.closes_at.us, k.enrol_closes_at.us);
	assert_int_equal(q.hold_seconds, k.hold_seconds);
	assert_int_equal(q.capacity, k.capacity);
}

/* The bit of this member in course_patch.given. */
static uint64_t bit(const char *member)
{
	return UINT64_C(1) << (shape_field(&course_input_shape, str_of(member)) - course_input_shape.fields);
}

static list sessions(struct ctx *c, int64_t first_day, size_t n)
{
	struct course_session *s = arena_array(c->arena, struct course_session, n + 1);

	for (size_t i = 0; i < n; i++) {
		when at = { (first_day + (int64_t)i * 7) * DAY + 1 * HOUR };

		s[i] = (struct course_session){ at, when_plus(at, 2 * HOUR), S("3층 화실") };
	}
	return (list){ s, n };
}

RULE(a_course_begins_as_a_draft_that_the_public_does_not_see)
{
	int64_t id = a_course(c, .draft = true);
	struct course k = found(c, id), hidden;

	assert_int_equal(k.status, COURSE_DRAFT);
	assert_int_equal(k.version, 1);
	assert_int_equal(k.seats_left, 10);
	assert_false(course_find(c, id, false, &hidden));
	assert_queue_knows(c, id);
}

RULE(only_these_changes_of_status_are_allowed)
{
	static const bool may[5][5] = {
		[COURSE_DRAFT] = { [COURSE_OPEN] = true, [COURSE_CANCELLED] = true },
		[COURSE_OPEN] = { [COURSE_CLOSED] = true, [COURSE_CANCELLED] = true, [COURSE_FINISHED] = true },
		[COURSE_CLOSED] = { [COURSE_OPEN] = true, [COURSE_CANCELLED] = true, [COURSE_FINISHED] = true },
	};

	for (int from = COURSE_DRAFT; from <= COURSE_FINISHED; from++)
		for (int to = COURSE_DRAFT; to <= COURSE_FINISHED; to++) {
			int64_t id = from == COURSE_DRAFT ? a_course(c, .draft = true) : a_course(c, .status = (enum course_status)from);
			int64_t version = found(c, id).version;
			struct course k;
			outcome o = course_set_status(c, id, (enum course_status)to, S("test"), &k);

			assert_ptr_equal(o, may[from][to] ? OK : &course_status_refused);
			assert_int_equal(found(c, id).status, may[from][to] ? to : from);
			assert_int_equal(found(c, id).version, version + may[from][to]);
			assert_queue_knows(c, id);
			c->errors = NULL;
		}
}

RULE(a_course_that_is_not_there_is_unknown)
{
	struct course_patch p = { .id = INT64_C(1) << 40 };
	struct course k;

	assert_ptr_equal(course_edit(c, &p, &k), &course_unknown);
	assert_ptr_equal(course_set_status(c, p.id, COURSE_OPEN, S(""), &k), &course_unknown);
	assert_false(course_find(c, p.id, true, &k));
}

RULE(a_patch_changes_only_what_it_names)
{
	int64_t id = a_course(c);
	struct course before = found(c, id), now;
	struct course_patch p = { .id = id, .given = bit("price"), .in = { .title = S("not given"), .price = won(5000) } };

	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(now.price.won, 5000);
	assert_int_equal(now.version, before.version + 1);
	assert_true(str_eq(now.title, before.title));
	assert_true(str_eq(now.description, before.description));
	assert_int_equal(now.capacity, before.capacity);
	assert_int_equal(now.enrol_opens_at.us, before.enrol_opens_at.us);
	assert_int_equal(now.status, COURSE_OPEN);
	assert_queue_knows(c, id);
}

RULE(each_member_can_be_changed_by_itself)
{
	int64_t id = a_course(c);
	struct course_input other = a_course_input(c, .title = "판화", .capacity = 3, .price = 7000, .hold_seconds = 30, .opens_in = -7200,
						   .closes_in = 9000);
	struct course now;

	other.description = S("새 글");
	for (size_t i = 0; i < course_input_shape.n; i++) {
		struct course_patch p = { .id = id, .given = UINT64_C(1) << i, .in = other };

		assert_ptr_equal(course_edit(c, &p, &now), OK);
	}
	assert_str(now.title, "판화");
	assert_str(now.description, "새 글");
	assert_int_equal(now.category.id, other.category_id);
	assert_int_equal(now.instructor.id, other.instructor_id);
	assert_int_equal(now.capacity, 3);
	assert_int_equal(now.price.won, 7000);
	assert_int_equal(now.hold_seconds, 30);
	assert_int_equal(now.enrol_opens_at.us, other.enrol_opens_at.us);
	assert_int_equal(now.enrol_closes_at.us, other.enrol_closes_at.us);
	assert_queue_knows(c, id);
}

/* All members with the values that they have, one by one, and all at once. */
RULE(an_edit_that_changes_nothing_is_none)
{
	int64_t id = a_course(c);
	struct course_patch p = { .id = id, .given = bit("sessions") | bit("min_enrolled") | bit("term_id"),
				  .in = { .sessions = sessions(c, 20000, 3), .min_enrolled = 2 } };
	struct course before, now;
	int64_t logged, events;

	assert_ptr_equal(course_edit(c, &p, &before), OK);
	logged = db_int(c, &count_log, 0, arg(id));
	events = db_int(c, &count_events, 0);
	p.in = course_as_input(&before);
	p.version = some_int(before.version);
	for (size_t i = 0; i <= course_input_shape.n + 1; i++) {
		p.given = i <= course_input_shape.n ? (UINT64_C(1) << i) - 1 : UINT64_C(1) << (i - 2);
		assert_ptr_equal(course_edit(c, &p, &now), OK);
		assert_int_equal(now.version, before.version);
		assert_int_equal(now.sessions.n, 3);
	}
	assert_int_equal(db_int(c, &count_log, 0, arg(id)), logged);
	assert_int_equal(db_int(c, &count_events, 0), events);
	p.version.v--;
	assert_ptr_equal(course_edit(c, &p, &now), &version_stale);
}

RULE(an_edit_made_on_an_older_version_is_stale)
{
	int64_t id = a_course(c);
	struct course_patch p = { .id = id, .version = some_int(found(c, id).version), .given = bit("price"), .in = { .price = won(1) } };
	struct course now;

	assert_ptr_equal(course_edit(c, &p, &now), OK);
	p.in.price = won(2);
	assert_ptr_equal(course_edit(c, &p, &now), &version_stale);
	assert_int_equal(found(c, id).price.won, 1);
	p.version = (opt_int){ 0 };                    /* of any version */
	assert_ptr_equal(course_edit(c, &p, &now), OK);
}

RULE(sessions_are_replaced_as_a_whole)
{
	int64_t id = a_course(c);
	struct course_patch p = { .id = id, .given = bit("sessions"), .in = { .sessions = sessions(c, 20000, 3) } };
	struct course now;

	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(now.sessions.n, 3);
	assert_int_equal(now.starts_on.v.days, 20000);
	assert_int_equal(now.ends_on.v.days, 20014);
	p.in.sessions = sessions(c, 20100, 1);
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(now.sessions.n, 1);
	assert_int_equal(((struct course_session *)now.sessions.p)[0].starts_at.us, 20100 * DAY + HOUR);
	assert_int_equal(now.ends_on.v.days, 20100);
	p.given = bit("title");                        /* not named: they stay */
	p.in.title = S("다른 이름");
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(now.sessions.n, 1);
	p.given = bit("sessions");
	p.in.sessions = (list){ NULL, 0 };
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(now.sessions.n, 0);
	assert_false(now.starts_on.set);
}

/* From half past eleven in the evening in Seoul the day is another one than in UTC. */
RULE(the_days_of_a_course_are_those_in_seoul)
{
	struct course_session s = { { 20000 * DAY + 14 * HOUR + 30 * MINUTE }, { 20000 * DAY + 16 * HOUR }, S("r") };
	struct course_input in = a_course_input(c);
	struct course made;

	in.sessions = (list){ &s, 1 };
	assert_ptr_equal(course_create(c, &in, &made), OK);
	assert_int_equal(made.starts_on.v.days, 20000);
	assert_int_equal(made.ends_on.v.days, 20001);
}

/* Which members are wrong, the newest first. */
static const char *wrong(struct ctx *c, const struct course_input *in)
{
	struct buf b = buf_in(c->arena);
	struct course made;

	c->errors = NULL;
	if (course_create(c, in, &made) == OK)
		return "";
	for (const struct field_error *e = c->errors; e; e = e->next)
		buf_fmt(&b, "%.*s:%s ", STR(e->field), e->code);
	return str_z(c->arena, buf_text(&b));
}

RULE(what_does_not_fit_together_is_refused_by_its_members)
{
	struct course_input in = a_course_input(c);
	struct course_session *s;

	in.enrol_closes_at = in.enrol_opens_at;
	assert_string_equal(wrong(c, &in), "enrol_closes_at:before_start ");
	in = a_course_input(c);
	in.sessions = sessions(c, 20000, 2);
	s = in.sessions.p;
	s[1].ends_at = s[1].starts_at;
	assert_string_equal(wrong(c, &in), "sessions[1].ends_at:before_start ");
	in = a_course_input(c);
	in.category_id = in.instructor_id = INT64_C(1) << 40;
	assert_string_equal(wrong(c, &in), "instructor_id:instructor_unknown category_id:category_not_listed ");
	in = a_course_input(c);
	db_run(c, &retire, arg(in.instructor_id));
	assert_string_equal(wrong(c, &in), "instructor_id:instructor_unknown ");
}

RULE(capacity_below_the_seats_taken_is_refused_on_the_course_too)
{
	int64_t id = a_course(c, .capacity = 2);
	struct course_patch p = { .id = id, .given = bit("capacity"), .in = { .capacity = 1 } };
	struct course now;

	a_ticket(c, .course = id);
	a_ticket(c, .course = id);
	assert_ptr_equal(course_edit(c, &p, &now), &capacity_below_taken);
}

RULE(a_raised_capacity_is_offered_to_those_who_wait)
{
	int64_t id = a_course(c, .capacity = 1), waits;
	struct course_patch p = { .id = id, .given = bit("capacity"), .in = { .capacity = 2 } };
	struct course now;

	a_ticket(c, .course = id);
	waits = a_ticket(c, .course = id);
	assert_int_equal(found(c, id).queue_length, 1);
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_ticket(c, waits, "active");
	assert_int_equal(now.seats_left, 0);
	assert_int_equal(now.queue_length, 0);
}

/* -- lists -- */

static bool listed(struct ctx *c, const struct course_filter *f, int64_t id)
{
	list l = course_list(c, f);

	for (size_t i = 0; i < l.n; i++)
		if (((struct course *)l.p)[i].id == id)
			return true;
	return false;
}

RULE(lists_are_filtered_and_drafts_are_for_staff)
{
	int64_t draft = a_course(c, .draft = true), open = a_course(c), closed = a_course(c, .status = COURSE_CLOSED);
	struct course_filter f = { .limit = 100 };

	assert_true(listed(c, &f, open) && listed(c, &f, closed));
	assert_false(listed(c, &f, draft));
	f.drafts = true;
	assert_true(listed(c, &f, draft));
	f.has_status = true;
	f.status = COURSE_OPEN;
	assert_true(listed(c, &f, open));
	assert_false(listed(c, &f, closed) || listed(c, &f, draft));
	f = (struct course_filter){ .limit = 100, .has_status = true, .status = COURSE_DRAFT };
	assert_int_equal(course_list(c, &f).n, 0);
	f = (struct course_filter){ .limit = 100, .instructor_id = some_int(found(c, open).instructor.id) };
	assert_int_equal(course_list(c, &f).n, 1);
}

RULE(what_was_given_up_as_a_draft_stays_with_the_staff)
{
	int64_t draft = a_course(c, .draft = true), sold = a_course(c);
	struct course_filter all = { .limit = 100 }, cancelled = all, words = all;
	struct course k;

	cancelled.has_status = true;
	cancelled.status = COURSE_CANCELLED;
	assert_ptr_equal(course_set_status(c, draft, COURSE_CANCELLED, S("test"), &k), OK);
	assert_ptr_equal(course_set_status(c, sold, COURSE_CANCELLED, S("test"), &k), OK);
	words.q = some_str(k.title);
	assert_false(course_find(c, draft, false, &k));
	assert_true(course_find(c, sold, false, &k));
	for (int i = 0; i < 3; i++) {
		struct course_filter *f = (struct course_filter *[]){ &all, &cancelled, &words }[i];

		assert_false(listed(c, f, draft));
		assert_true(listed(c, f, sold));
		f->drafts = true;
		assert_true(listed(c, f, draft));
	}
}

RULE(a_category_holds_what_is_below_it)
{
	int64_t top = db_insert(c, &insert_category, arg((opt_int){ 0 })), middle = db_insert(c, &insert_category, arg(some_int(top)));
	int64_t bottom = db_insert(c, &insert_category, arg(some_int(middle))), ids[CATEGORY_SUBTREE_MAX];
	struct course_input in = a_course_input(c);
	struct course_filter f = { .limit = 10, .drafts = true, .category_id = some_int(top) };
	struct course made;

	in.category_id = bottom;
	assert_ptr_equal(course_create(c, &in, &made), OK);
	assert_int_equal(category_subtree(c, top, ids), 3);
	assert_int_equal(category_subtree(c, INT64_C(1) << 40, ids), 0);
	assert_true(listed(c, &f, made.id));
	f.category_id = some_int(middle);
	assert_true(listed(c, &f, made.id));
	f.category_id = some_int(INT64_C(1) << 40);
	assert_int_equal(course_list(c, &f).n, 0);
}

RULE(both_orders_page_without_a_hole)
{
	int64_t ids[6], seen;

	for (int i = 0; i < 6; i++)
		ids[i] = a_course(c, .opens_in = i % 2 ? -100 : -200);
	for (int sort = COURSE_NEWEST; sort <= COURSE_OPENING; sort++) {
		struct course_filter f = { .limit = 2, .sort = sort };
		list l;

		seen = 0;
		while ((l = course_list(c, &f)).n > 0) {
			const struct course *k = l.p, *last = &k[(l.n > 2 ? 2 : l.n) - 1];

			for (size_t i = 0; i < l.n && (l.n <= 2 || i < 2); i++)
				for (int j = 0; j < 6; j++)
					seen += k[i].id == ids[j] ? 1 << (4 * j) : 0;
			if (l.n <= 2)
				break;
			f.from = (struct keyset){ true, false, { sort == COURSE_OPENING ? last->enrol_opens_at.us : last->id, last->id } };
		}
		assert_int_equal(seen, 0x111111);
	}
}

/* -- over HTTP -- */

COMMITTED(an_edit_names_its_version_and_gets_the_new_one)
{
	int64_t id = a_course(c), staff = a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR);
	const char *path = str_z(c->arena, str_fmt(c->arena, "/api/v1/admin/courses/%lld", (long long)id));
	str version = str_fmt(c->arena, "\"%lld\"", (long long)found(c, id).version);
	struct request *rq;

	assert_problem(ask(c, "PATCH", path, .as = staff, .body = "{}"), 428, "version_missing");
	assert_problem(ask(c, "PATCH", path, .as = staff, .body = "{}", .if_match = "\"99\""), 412, "version_stale");
	assert_problem(ask(c, "PATCH", path, .as = staff, .body = "{}", .if_match = "W/\"1\""), 412, "version_stale");
	assert_problem(ask(c, "PATCH", path, .as = a_member(c), .body = "{}", .if_match = "*"), 403, "role_missing");
	assert_problem(ask(c, "PATCH", path, .as = staff, .body = "{\"status\":\"open\"}", .if_match = "*"), 422, "invalid");
	rq = ask(c, "PATCH", path, .as = staff, .body = "{\"description\":\"\",\"price\":1}", .if_match = str_z(c->arena, version));
	assert_int_equal(rq->status, 200);
	assert_str(json_str(answered_json(rq), "description"), "");
	assert_false(str_eq(answered_header(rq, "ETag"), version));
	assert_int_equal(found(c, id).price.won, 1);
	rq = ask(c, "PATCH", path, .as = staff, .body = "{\"description\":\"new\"}", .if_match = "*");
	assert_str(json_str(answered_json(rq), "description"), "new");
	rq = ask(c, "PATCH", path, .as = staff, .body = "{\"description\":null}", .if_match = "*");
	assert_str(json_str(answered_json(rq), "description"), "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_course_begins_as_a_draft_that_the_public_does_not_see),
	cmocka_unit_test(what_was_given_up_as_a_draft_stays_with_the_staff),
	cmocka_unit_test(only_these_changes_of_status_are_allowed),
	cmocka_unit_test(a_course_that_is_not_there_is_unknown),
	cmocka_unit_test(a_patch_changes_only_what_it_names),
	cmocka_unit_test(each_member_can_be_changed_by_itself),
	cmocka_unit_test(an_edit_that_changes_nothing_is_none),
	cmocka_unit_test(an_edit_made_on_an_older_version_is_stale),
	cmocka_unit_test(sessions_are_replaced_as_a_whole),
	cmocka_unit_test(the_days_of_a_course_are_those_in_seoul),
	cmocka_unit_test(what_does_not_fit_together_is_refused_by_its_members),
	cmocka_unit_test(capacity_below_the_seats_taken_is_refused_on_the_course_too),
	cmocka_unit_test(a_raised_capacity_is_offered_to_those_who_wait),
	cmocka_unit_test(lists_are_filtered_and_drafts_are_for_staff),
	cmocka_unit_test(a_category_holds_what_is_below_it),
	cmocka_unit_test(both_orders_page_without_a_hole),
	cmocka_unit_test(an_edit_names_its_version_and_gets_the_new_one),
};
UNIT_GROUP(course, tests, with_routes, NULL)
