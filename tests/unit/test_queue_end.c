/* What becomes of those who wait or hold a seat when a course is over. */
#include "fixtures.h"

#include <stdatomic.h>
#include <string.h>

#include "core/json.h"
#include "data/db.h"

SQL(count_notices, "SELECT COUNT(*) FROM notification WHERE member_id = ? AND type = 'course.changed'");
SQL(insert_ticket, "INSERT INTO ticket (course_id, member_id, joined_at) VALUES (?, ?, ?)");
SQL(count_idle, "SELECT COUNT(*) FROM ticket WHERE course_id = ? AND state IN ('waiting', 'active')");
SQL(member_of_ticket, "SELECT member_id FROM ticket WHERE id = ?");

RULE(who_waits_or_holds_a_seat_leaves_a_finished_course_with_a_word)
{
	int64_t course = a_course(c, .capacity = 2), sold = a_ticket(c, .course = course), held = a_ticket(c, .course = course),
		waits = a_ticket(c, .course = course);
	const struct json *fields;
	struct seat s = { 0 };
	struct course k;
	str field;

	assert_ptr_equal(queue_lock(c, sold, &s), OK);
	assert_ptr_equal(queue_pin(c, &s), OK);
	assert_true(queue_enrol(c, &s));
	assert_ptr_equal(course_set_status(c, course, COURSE_FINISHED, S("학기가 끝났습니다"), &k), OK);
	assert_ticket(c, sold, "enrolled");
	assert_ticket(c, held, "cancelled");
	assert_ticket(c, waits, "cancelled");
	assert_int_equal(k.queue_length, 0);
	assert_int_equal(k.seats_left, 1);
	assert_int_equal(db_int(c, &count_notices, 0, arg(db_int(c, &member_of_ticket, 0, arg(waits)))), 1);
	fields = json_get(json_parse(c, told_data(c, holder_of(c, waits), "course.changed")), "fields");
	assert_int_equal(json_length(fields), 1);
	assert_true(json_text_value(json_at(fields, 0), &field));
	assert_str(field, "status");
	assert_str(json_str(json_parse(c, told_data(c, holder_of(c, waits), "course.changed")), "ended"), "waiting");
	assert_str(json_str(json_parse(c, told_data(c, holder_of(c, held), "course.changed")), "ended"), "active");
	assert_course_sound(c, course);
}

RULE(a_payment_in_flight_keeps_its_seat_when_the_course_ends)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
	struct seat s = { 0 };
	struct course k;

	assert_ptr_equal(queue_lock(c, ticket, &s), OK);
	assert_ptr_equal(queue_pin(c, &s), OK);
	assert_ptr_equal(course_set_status(c, course, COURSE_FINISHED, (str){ NULL, 0 }, &k), OK);
	assert_ticket(c, ticket, "paying");
	assert_int_equal(k.seats_left, 0);
	assert_course_sound(c, course);
}

/* -- who comes at the last moment ---------------------------------------------------------------------------------------- */

struct last_moment {
	struct ctx *more;
	int64_t course, member, ticket;
	enum course_status to;
};

/* Joining looks at the door, and commits later: the course ends between the two. */
static outcome join_while_it_ends(struct ctx *c, void *p)
{
	struct last_moment *m = p;
	struct course k;

	m->ticket = db_insert(c, &insert_ticket, arg(m->course), arg(m->member), arg(c->now));
	assert_ptr_equal(course_set_status(m->more, m->course, m->to, S("끝"), &k), OK);
	return OK;
}

COMMITTED(a_join_that_was_under_way_when_the_course_ended_ends_with_it)
{
	for (int i = 0; i < 2; i++) {
		struct last_moment m = { test_ctx_more(), a_course(c), a_member(c), 0, i ? COURSE_CANCELLED : COURSE_FINISHED };

		assert_ptr_equal(db_tx(c, join_while_it_ends, &m), OK);
		test_ctx_close(m.more);
		assert_ticket(c, m.ticket, "waiting");
		queue_sweep(c);                         /* the net under the promoter, if its wake-up was lost */
		assert_ticket(c, m.ticket, "cancelled");
		assert_int_equal(told(c, m.member, i ? "course.cancelled" : "course.changed"), 1);
		assert_course_sound(c, m.course);
	}
}

enum { JOINERS = 3, JOINS = 12, ROUNDS = 4 };

static struct rush {
	int64_t course, members[JOINERS * JOINS];
	atomic_int ready;
} *rush;

static int join_or_end(struct ctx *c, int which)
{
	static const unsigned char print[32] = { 1 };
	struct course k;
	str stored;

	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&rush->ready, 1);
	while (atomic_load(&rush->ready) <= JOINERS)
		;
	if (which == JOINERS)
		return course_set_status(c, rush->course, COURSE_FINISHED, S("끝"), &k) != OK;
	for (int i = 0; i < JOINS; i++) {
		ctx_begin(c);
		queue_join(c, rush->course, rush->members[which * JOINS + i], S("rush"), print, &stored);
		queue_serve(c, rush->course);
	}
	return 0;
}

COMMITTED(a_rush_that_the_end_runs_into_leaves_nobody_behind)
{
	rush = shared_memory(sizeof(*rush));
	for (int round = 0; round < ROUNDS; round++) {
		memset(rush, 0, sizeof(*rush));
		rush->course = a_course(c, .capacity = 5);
		for (int i = 0; i < JOINERS * JOINS; i++)
			rush->members[i] = a_member(c);
		test_at_once(JOINERS + 1, join_or_end);
		queue_serve(c, rush->course);
		assert_int_equal(db_int(c, &count_idle, -1, arg(rush->course)), 0);
		assert_course_sound(c, rush->course);
	}
}

/* -- payments in flight --------------------------------------------------------------------------------------------------- */

RULE(a_refused_payment_in_a_course_that_is_over_has_no_seat_to_try_again)
{
	int64_t course = a_course(c), ticket = a_ticket(c, .course = course);
	struct seat s = lock_seat(c, ticket), again;
	struct course k;

	assert_ptr_equal(queue_pin(c, &s), OK);
	assert_ptr_equal(course_set_status(c, course, COURSE_FINISHED, (str){ NULL, 0 }, &k), OK);
	s = lock_seat(c, ticket);
	queue_unpin(c, &s);
	assert_int_equal(s.state, TICKET_CANCELLED);
	assert_ticket(c, ticket, "cancelled");
	assert_int_equal(told(c, holder_of(c, ticket), "course.changed"), 1);
	assert_str(json_str(json_parse(c, told_data(c, holder_of(c, ticket), "course.changed")), "ended"), "paying");
	assert_int_equal(seats_of(c, course).taken, 0);
	again = lock_seat(c, ticket);
	assert_ptr_equal(queue_pin(c, &again), &ticket_not_active);
	assert_course_sound(c, course);
}

RULE(in_a_course_that_is_over_no_seat_is_pinned_or_sold)
{
	int64_t course = a_course(c), held = a_ticket(c, .course = course), pays = a_ticket(c, .course = course);
	struct seat s = lock_seat(c, pays), stale = lock_seat(c, held);
	struct course k;

	assert_ptr_equal(queue_pin(c, &s), OK);
	assert_ptr_equal(course_set_status(c, course, COURSE_FINISHED, (str){ NULL, 0 }, &k), OK);
	stale.is_over = lock_seat(c, held).is_over;
	assert_ptr_equal(queue_pin(c, &stale), &ticket_not_active);
	s = lock_seat(c, pays);
	assert_false(queue_enrol(c, &s));
	queue_unpin(c, &s);                             /* as the money goes back */
	assert_ticket(c, pays, "cancelled");
	assert_int_equal(seats_of(c, course).taken, 0);
	assert_course_sound(c, course);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(who_waits_or_holds_a_seat_leaves_a_finished_course_with_a_word),
	cmocka_unit_test(a_payment_in_flight_keeps_its_seat_when_the_course_ends),
	cmocka_unit_test(a_join_that_was_under_way_when_the_course_ended_ends_with_it),
	cmocka_unit_test(a_rush_that_the_end_runs_into_leaves_nobody_behind),
	cmocka_unit_test(a_refused_payment_in_a_course_that_is_over_has_no_seat_to_try_again),
	cmocka_unit_test(in_a_course_that_is_over_no_seat_is_pinned_or_sold),
};
UNIT_GROUP(queue_end, tests, NULL, NULL)
