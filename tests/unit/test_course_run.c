/* Running courses: calling off, deciding, copying, many at once, rooms and the timetable. */
#include "fixtures.h"

#include <string.h>

#include "data/db.h"
#include "term/term.h"
#include "web/route.h"

enum { FIRST = 41000 };

SQL(count_events, "SELECT COUNT(*) FROM outbox WHERE type = ? AND stream = ?");
SQL(select_copied_from, "SELECT copied_from FROM course WHERE id = ?");

static int64_t events(struct ctx *c, const char *type, int64_t course)
{
	return db_int(c, &count_events, 0, arg(str_of(type)), arg(str_fmt(c->arena, "k.%lld", (long long)course)));
}

static struct course with_sessions(struct ctx *c, const char *room, int64_t min, enum course_status status)
{
	struct course_input in = a_course_input(c);
	struct course_session *s = arena_array(c->arena, struct course_session, 2);
	struct course k;

	for (int i = 0; i < 2; i++)
		s[i] = (struct course_session){ { (FIRST + i * 7) * DAY }, { (FIRST + i * 7) * DAY + HOUR }, str_of(room), 0 };
	in.sessions = (list){ s, 2 };
	in.min_enrolled = min;
	if (course_create(c, &in, &k) != OK)
		fault(c, "no course");
	if (status != COURSE_DRAFT)
		course_set_status(c, k.id, status, S("test"), &k);
	return k;
}

RULE(a_course_is_called_off_with_a_word_to_those_who_refund)
{
	int64_t id = a_course(c);
	struct course k;
	int64_t ticket = a_ticket(c, .course = id);

	assert_ptr_equal(course_set_status(c, id, COURSE_CANCELLED, S("강사 사정"), &k), OK);
	assert_int_equal(events(c, "course.cancelled", id), 1);
	assert_ticket(c, ticket, "cancelled");
	assert_int_equal(told(c, holder_of(c, ticket), "course.cancelled"), 1);
	assert_ptr_equal(course_set_status(c, id, COURSE_OPEN, S(""), &k), &course_status_refused);
}

RULE(what_members_planned_with_is_told_when_it_changes)
{
	struct course k = with_sessions(c, "201호", 0, COURSE_OPEN), now;
	struct course_patch p = { .id = k.id, .given = 1u << 5, .in = { .capacity = 30 } };

	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(now.capacity, 30);
	assert_int_equal(events(c, "course.changed", k.id), 0);
	p = (struct course_patch){ .id = k.id, .given = 1u << 1, .in = { .title = S("다른 이름") } };
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(events(c, "course.changed", k.id), 1);
	p.in.title = S("또 다른 이름");
	p.quiet = true;
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(events(c, "course.changed", k.id), 1);
	k = with_sessions(c, "202호", 0, COURSE_DRAFT);
	p = (struct course_patch){ .id = k.id, .given = 1u << 1, .in = { .title = S("초안") } };
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(events(c, "course.changed", k.id), 0);
}

RULE(the_day_of_the_decision_is_three_days_before_the_first_session)
{
	struct course k = with_sessions(c, "203호", 5, COURSE_DRAFT), now;
	struct course_patch p = { .id = k.id, .given = 1u << 10 };
	struct course_session s[1];

	assert_true(k.decide_on.set);
	assert_int_equal(k.decide_on.v.days, FIRST - 3);
	s[0] = (struct course_session){ { (FIRST + 20) * DAY }, { (FIRST + 20) * DAY + HOUR }, S("203호"), 0 };
	p.in.sessions = (list){ s, 1 };
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_int_equal(now.decide_on.v.days, FIRST + 17);          /* it goes along */
	p = (struct course_patch){ .id = k.id, .given = UINT64_C(1) << 13, .in = { .decide_on = { true, { FIRST + 21 } } } };
	assert_ptr_equal(course_edit(c, &p, &now), &invalid);
	assert_str(c->errors->field, "decide_on");
	c->errors = NULL;
	p.in.decide_on = (opt_day){ 0 };
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_false(now.decide_on.set);
	p = (struct course_patch){ .id = k.id, .given = UINT64_C(1) << 12, .in = { .min_enrolled = 11 } };
	assert_ptr_equal(course_edit(c, &p, &now), &invalid);        /* more than there are seats */
}

RULE(a_course_is_decided_once)
{
	struct course k = with_sessions(c, "204호", 5, COURSE_DRAFT), now;

	assert_ptr_equal(course_decide(c, k.id, S("그래도"), &now), &course_status_refused);
	c->errors = NULL;
	course_set_status(c, k.id, COURSE_OPEN, S(""), &now);
	assert_ptr_equal(course_decide(c, k.id, S("그래도"), &now), OK);
	assert_str(now.decision.v, "run");
	assert_ptr_equal(course_decide(c, k.id, S("그래도"), &now), &course_decided);
	assert_ptr_equal(course_decide(c, INT64_C(1) << 40, S(""), &now), &course_unknown);
}

SQL(insert_category, "INSERT INTO category (parent_id, name) VALUES (?, ?)");

static bool to_decide(struct ctx *c, int64_t id)
{
	struct course_filter f = { .limit = 100, .drafts = true, .to_decide = true };
	list l = course_list(c, &f);

	for (size_t i = 0; i < l.n; i++)
		if (((struct course *)l.p)[i].id == id)
			return true;
	return false;
}

RULE(what_is_to_be_decided_is_on_a_list)
{
	struct course k = with_sessions(c, "205호", 1, COURSE_OPEN), now;
	struct course_patch p = { .id = k.id, .given = UINT64_C(1) << 13 };
	int64_t ticket;

	assert_false(to_decide(c, k.id));                            /* years from now */
	p.in.decide_on = (opt_day){ true, { when_day_in_seoul(c->now).days + 7 } };
	assert_ptr_equal(course_edit(c, &p, &now), OK);
	assert_true(to_decide(c, k.id));
	ticket = a_ticket(c, .course = k.id);
	assert_true(to_decide(c, k.id));
	pay_seat(c, ticket);
	assert_false(to_decide(c, k.id));
}

/* All that a page's form may ask at once is one statement. */
RULE(the_longest_question_about_what_is_to_be_decided_has_an_answer)
{
	int64_t parent = db_insert(c, &insert_category, arg((opt_int){ 0 }), arg(S("위")));
	struct course_filter f = { .limit = 100, .drafts = true, .to_decide = true, .has_status = true, .status = COURSE_OPEN,
				   .category_id = some_int(parent), .instructor_id = some_int(1), .term_id = some_int(1), .sort = COURSE_OPENING,
				   .from = { true, false, { 0, 0 } } };
	struct buf b = buf_in(c->arena);

	for (int i = 0; i < 20; i++)
		db_insert(c, &insert_category, arg(some_int(parent)), arg(str_fmt(c->arena, "아래 %d", i)));
	for (int i = 0; i < 33; i++)
		buf_fmt(&b, "%c%c ", 'a' + i % 26, 'a' + i / 26);
	f.q = some_str(buf_text(&b));
	assert_int_equal(course_list(c, &f).n, 0);
	b = buf_in(c->arena);
	for (int i = 0; i < 25; i++)            /* of three letters: their spaces may be left out */
		buf_fmt(&b, "%c%cz ", 'a' + i % 26, 'a' + i / 26);
	f.q = some_str(buf_text(&b));
	assert_int_equal(course_list(c, &f).n, 0);
}

RULE(the_day_of_a_decision_stays_in_the_calendar)
{
	struct course_input in = a_course_input(c);
	struct course_session s[] = { { { DAY }, { DAY + HOUR }, S("첫날 방"), 0 } };
	struct course_copying v = { .first_day = { 0 } };
	struct course k, made;

	in.min_enrolled = 5;
	in.sessions = (list){ s, 1 };
	assert_ptr_equal(course_create(c, &in, &k), OK);             /* three days before it there was no calendar yet */
	assert_int_equal(k.decide_on.v.days, 0);
	v.id = k.id;
	assert_ptr_equal(course_copy(c, &v, &made), &invalid);
	assert_string_equal(c->errors->code, "out_of_calendar");
}

RULE(a_copy_moves_by_whole_days)
{
	struct course k = with_sessions(c, "206호", 5, COURSE_OPEN), made;
	struct course_copying v = { k.id, { FIRST + 91 }, { 0 }, { 0 } };
	const struct course_session *s;

	assert_ptr_equal(course_copy(c, &v, &made), OK);
	s = made.sessions.p;
	assert_int_equal(made.status, COURSE_DRAFT);
	assert_int_equal(made.sessions.n, 2);
	assert_int_equal(s[0].starts_at.us, (FIRST + 91) * DAY);
	assert_int_equal(s[1].ends_at.us, (FIRST + 98) * DAY + HOUR);
	assert_int_equal(made.enrol_opens_at.us, k.enrol_opens_at.us + 91 * DAY);
	assert_int_equal(made.decide_on.v.days, FIRST + 88);
	assert_int_equal(made.min_enrolled, 5);
	assert_true(str_eq(made.title, k.title));
	assert_int_equal(db_int(c, &select_copied_from, 0, arg(made.id)), k.id);
	assert_ptr_equal(course_copy(c, &v, &made), &room_taken);    /* there it is already */
	c->errors = NULL;
	v.first_day.days = CALENDAR_DAYS - 1;                          /* the second session would be beyond it */
	assert_ptr_equal(course_copy(c, &v, &made), &invalid);
	c->errors = NULL;
	v.id = INT64_C(1) << 40;
	assert_ptr_equal(course_copy(c, &v, &made), &course_unknown);
}

RULE(many_are_changed_each_by_itself_and_a_dry_run_says_the_same)
{
	struct course draft = with_sessions(c, "207호", 0, COURSE_DRAFT), open = with_sessions(c, "208호", 0, COURSE_OPEN), now;
	int64_t ids[3] = { open.id, draft.id, INT64_C(1) << 40 };
	struct course_bulk b = { .ids = ids, .n = 3, .action = COURSE_BULK_OPEN, .dry_run = true };

	for (int real = 0; real < 2; real++) {
		const struct course_bulk_result *r;
		list l;

		b.dry_run = !real;
		assert_ptr_equal(course_bulk(c, &b, &l), OK);
		r = l.p;
		assert_int_equal(l.n, 3);
		assert_false(r[0].ok);
		assert_str(r[0].code.v, "course_status_refused");
		assert_true(r[0].message.set && r[0].message.v.n > 0);
		assert_true(r[1].ok);
		assert_str(r[2].code.v, "course_unknown");
		course_find(c, draft.id, true, &now);
		assert_int_equal(now.status, real ? COURSE_OPEN : COURSE_DRAFT);
	}
}

RULE(copies_of_one_run_see_each_other)
{
	struct course one = with_sessions(c, "209호", 0, COURSE_DRAFT);
	int64_t ids[2] = { one.id, one.id };
	struct course_bulk b = { .ids = ids, .n = 2, .action = COURSE_BULK_COPY, .shift_days = some_int(70), .dry_run = true };
	const struct course_bulk_result *r;
	list l;

	for (int real = 0; real < 2; real++) {
		b.dry_run = !real;
		assert_ptr_equal(course_bulk(c, &b, &l), OK);
		r = l.p;
		assert_true(r[0].ok != r[1].ok);
		assert_str(r[r[0].ok ? 1 : 0].code.v, "room_taken");
		assert_int_equal(r[r[0].ok ? 0 : 1].made_id.set, real);
	}
}

RULE(copies_into_a_term_keep_their_weekday)
{
	struct course k = with_sessions(c, "211호", 0, COURSE_DRAFT), made;
	struct term t, in = { .name = S("복사할 학기"), .starts_on = { FIRST + 200 }, .ends_on = { FIRST + 300 } };
	struct course_bulk b = { .ids = &k.id, .n = 1, .action = COURSE_BULK_COPY };
	const struct course_bulk_result *r;
	list l;

	assert_ptr_equal(course_bulk(c, &b, &l), &invalid);          /* neither days nor a term */
	c->errors = NULL;
	b.term_id = some_int(INT64_C(1) << 40);
	assert_ptr_equal(course_bulk(c, &b, &l), &invalid);
	c->errors = NULL;
	assert_ptr_equal(term_create(c, &in, &t), OK);
	b.term_id = some_int(t.id);
	b.dry_run = true;
	assert_ptr_equal(course_bulk(c, &b, &l), OK);
	r = l.p;
	assert_false(r[0].made_id.set);
	assert_int_equal(r[0].first_day.v.days, FIRST + 203);        /* 29 weeks later: the first such weekday of the term */
	b.dry_run = false;
	assert_ptr_equal(course_bulk(c, &b, &l), OK);
	r = l.p;
	assert_true(course_find(c, r[0].made_id.v, true, &made));
	assert_int_equal(made.starts_on.v.days, FIRST + 203);
	assert_int_equal(made.term.id, t.id);
}

RULE(the_timetable_shows_who_is_where)
{
	struct course k = with_sessions(c, "210호", 0, COURSE_DRAFT), now;
	struct course_timetable_filter f = { { FIRST }, { FIRST + 6 }, some_str(S("210호")), .limit = 10 };
	list l;

	assert_ptr_equal(course_timetable(c, &f, &l), OK);
	assert_int_equal(l.n, 1);
	assert_int_equal(((struct course_slot *)l.p)[0].course_id, k.id);
	f.to.days++;
	assert_ptr_equal(course_timetable(c, &f, &l), OK);
	assert_int_equal(l.n, 2);
	f.instructor_id = some_int(k.instructor.id + 1);
	assert_ptr_equal(course_timetable(c, &f, &l), OK);
	assert_int_equal(l.n, 0);
	f.instructor_id = some_int(k.instructor.id);
	course_set_status(c, k.id, COURSE_CANCELLED, S(""), &now);
	assert_ptr_equal(course_timetable(c, &f, &l), OK);
	assert_int_equal(l.n, 0);
	f.to.days = FIRST + 62;
	assert_ptr_equal(course_timetable(c, &f, &l), &invalid);
	c->errors = NULL;
	f.to.days = FIRST - 1;
	assert_ptr_equal(course_timetable(c, &f, &l), &invalid);
}

RULE(a_room_is_there_from_its_first_booking_on)
{
	list l;
	const struct course_room *r = NULL;
	struct course_room now;

	with_sessions(c, "211호", 0, COURSE_DRAFT);
	l = course_rooms(c, 0, 1000);
	for (size_t i = 0; i < l.n; i++)
		if (str_eq(((const struct course_room *)l.p)[i].name, S("211호")))
			r = (const struct course_room *)l.p + i;
	assert_non_null(r);
	assert_true(r->active && !r->seats.set);
	assert_ptr_equal(course_room_edit(c, &(struct course_room_patch){ r->id, true, some_int(24), { true, false } }, &now), OK);
	assert_int_equal(now.seats.v, 24);
	assert_false(now.active);
	assert_ptr_equal(course_room_edit(c, &(struct course_room_patch){ r->id, true, { 0 }, { 0 } }, &now), OK);
	assert_false(now.seats.set || now.active);
	assert_ptr_equal(course_room_edit(c, &(struct course_room_patch){ .id = INT64_C(1) << 40 }, &now), &room_unknown);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_course_is_called_off_with_a_word_to_those_who_refund),
	cmocka_unit_test(what_members_planned_with_is_told_when_it_changes),
	cmocka_unit_test(the_day_of_the_decision_is_three_days_before_the_first_session),
	cmocka_unit_test(a_course_is_decided_once),
	cmocka_unit_test(what_is_to_be_decided_is_on_a_list),
	cmocka_unit_test(the_longest_question_about_what_is_to_be_decided_has_an_answer),
	cmocka_unit_test(the_day_of_a_decision_stays_in_the_calendar),
	cmocka_unit_test(a_copy_moves_by_whole_days),
	cmocka_unit_test(many_are_changed_each_by_itself_and_a_dry_run_says_the_same),
	cmocka_unit_test(copies_of_one_run_see_each_other),
	cmocka_unit_test(copies_into_a_term_keep_their_weekday),
	cmocka_unit_test(the_timetable_shows_who_is_where),
	cmocka_unit_test(a_room_is_there_from_its_first_booking_on),
};
UNIT_GROUP(course_run, tests, NULL, NULL)
