/* The queue's rules, one at a time: who may join, who is next, where a freed seat goes. What payment does with a
 * seat: test_queue_seat.c. Races: test_queue_race.c. */
#include "fixtures.h"

#include <string.h>

#include "data/db.h"
#include "web/route.h"

SQL(count_tickets, "SELECT COUNT(*) FROM ticket WHERE course_id = ?");
SQL(take_one, "UPDATE course_seat SET taken = taken + 1 WHERE course_id = ?");
SQL(count_course_events, "SELECT COUNT(*) FROM outbox WHERE stream = ? AND type = 'course.state'");

static unsigned char print_of(const char *body)
{
	return (unsigned char)strlen(body);
}

static outcome join(struct ctx *c, int64_t course, int64_t member, const char *key, const char *body, str *stored)
{
	unsigned char print[32];

	memset(print, print_of(body), sizeof(print));
	return queue_join(c, course, member, str_of(key), print, stored);
}

static outcome join_anew(struct ctx *c, int64_t course, int64_t member)
{
	str stored;

	return join(c, course, member, str_z(c->arena, str_fmt(c->arena, "key-%lld", (long long)clock_us())), "", &stored);
}

/* -- joining -- */

COMMITTED(a_join_gives_a_ticket_that_waits)
{
	int64_t course = a_course(c, .capacity = 1), member = a_member(c);
	struct ticket t;
	str stored;

	assert_ptr_equal(join(c, course, member, "first", "", &stored), OK);
	assert_true(str_starts(stored, S("{\"id\":")));
	assert_true(str_ends(stored, S("\"state\":\"waiting\",\"position\":1,\"ahead\":0,\"eta_seconds\":0,\"hold_expires_at\":null,"
				       "\"numbered\":false}")));
	assert_int_equal(db_int(c, &count_tickets, 0, arg(course)), 1);
	queue_serve(c, course);
	as(c, member);
	assert_int_equal(queue_tickets_of(c, member, INT64_MAX, 10).n, 1);
	t = *(struct ticket *)queue_tickets_of(c, member, INT64_MAX, 10).p;
	assert_int_equal(t.state, TICKET_ACTIVE);
	assert_false(t.position.set);
	assert_true(t.hold_expires_at.set);
	assert_course_sound(c, course);
}

COMMITTED(nobody_joins_before_the_window_opens_or_once_it_has_closed)
{
	int64_t member = a_member(c);

	assert_ptr_equal(join_anew(c, a_course(c, .opens_in = 60), member), &enrolment_not_yet_open);
	assert_ptr_equal(join_anew(c, a_course(c, .closes_in = -1), member), &enrolment_over);
}

COMMITTED(the_window_holds_its_first_moment_and_not_its_last)
{
	int64_t course = a_course(c), later = a_member(c), member = a_member(c);
	when now = c->now;

	c->now = (when){ now.us - 3600 * SECOND };
	assert_ptr_equal(join_anew(c, course, member), OK);
	c->now = (when){ now.us + 3600 * SECOND };
	assert_ptr_equal(join_anew(c, course, later), &enrolment_over);
	c->now = (when){ now.us + 3600 * SECOND - 1 };
	assert_ptr_equal(join_anew(c, course, later), OK);
}

COMMITTED(only_an_open_course_can_be_joined)
{
	int64_t member = a_member(c), course;
	struct course k;

	assert_ptr_equal(join_anew(c, a_course(c, .status = COURSE_CLOSED), member), &course_not_open);
	assert_ptr_equal(join_anew(c, a_course(c, .status = COURSE_CANCELLED), member), &course_not_open);
	assert_ptr_equal(join_anew(c, INT64_C(1) << 40, member), &course_unknown);
	course = a_course(c, .draft = true);           /* that there is one is the staff's business, also when it was given up */
	assert_ptr_equal(join_anew(c, course, member), &course_unknown);
	assert_ptr_equal(course_set_status(c, course, COURSE_CANCELLED, S("test"), &k), OK);
	assert_ptr_equal(join_anew(c, course, member), &course_unknown);
	course = a_course(c, .draft = true);
	assert_ptr_equal(course_set_status(c, course, COURSE_OPEN, S("test"), &k), OK);
	assert_ptr_equal(join_anew(c, course, member), OK);
	assert_ptr_equal(course_set_status(c, course, COURSE_CLOSED, S("test"), &k), OK);
	assert_ptr_equal(join_anew(c, course, a_member(c)), &course_not_open);
}

COMMITTED(a_member_has_one_living_ticket_per_course)
{
	int64_t course = a_course(c), member = a_member(c), ticket = a_ticket(c, .course = course, .member = member);

	assert_ptr_equal(join_anew(c, course, member), &already_in_queue);
	assert_ptr_equal(join_anew(c, a_course(c), member), OK);
	pay_seat(c, ticket);
	assert_ptr_equal(join_anew(c, course, member), &already_enrolled);
	assert_course_sound(c, course);
}

COMMITTED(the_same_key_again_gets_the_same_answer_and_no_second_ticket)
{
	int64_t course = a_course(c), member = a_member(c);
	str first, again;

	assert_ptr_equal(join(c, course, member, "k", "", &first), OK);
	queue_serve(c, course);
	assert_ptr_equal(join(c, course, member, "k", "", &again), OK);
	assert_true(str_eq(first, again));
	assert_int_equal(db_int(c, &count_tickets, 0, arg(course)), 1);
}

COMMITTED(a_key_used_for_something_else_is_refused)
{
	int64_t course = a_course(c), member = a_member(c);
	str stored;

	assert_ptr_equal(join(c, course, member, "k", "one body", &stored), OK);
	assert_ptr_equal(join(c, a_course(c), member, "k", "another body", &stored), &key_reused);
	assert_ptr_equal(join(c, course, a_member(c), "k", "another body", &stored), OK);      /* keys are each caller's own */
}

COMMITTED(a_refused_join_leaves_its_key_free)
{
	int64_t course = a_course(c, .opens_in = 60), member = a_member(c);
	when now = c->now;
	str stored;

	assert_ptr_equal(join(c, course, member, "k", "", &stored), &enrolment_not_yet_open);
	c->now = when_plus(now, 61 * SECOND);
	assert_ptr_equal(join(c, course, member, "k", "", &stored), OK);
}

COMMITTED(one_may_join_again_after_leaving_and_stands_at_the_end)
{
	int64_t course = a_course(c, .capacity = 1), member = a_member(c), first, other;
	list mine;

	a_ticket(c, .course = course);
	first = a_ticket(c, .course = course, .member = member);
	other = a_ticket(c, .course = course);
	as(c, member);
	assert_ptr_equal(queue_leave(c, first), OK);
	assert_ptr_equal(join_anew(c, course, member), OK);
	queue_serve(c, course);
	mine = queue_tickets_of(c, member, INT64_MAX, 10);
	assert_int_equal(mine.n, 2);
	assert_int_equal(((struct ticket *)mine.p)[0].position.v, 2);
	assert_true(ticket_number(c, ((struct ticket *)mine.p)[0].id) > ticket_number(c, other));
	assert_course_sound(c, course);
}

/* -- numbers and offers -- */

COMMITTED(numbers_are_dense_and_in_the_order_of_the_joins)
{
	int64_t course = a_course(c, .capacity = 3), tickets[8];

	for (int i = 0; i < 8; i++)
		tickets[i] = a_ticket(c, .course = course, .unserved = i % 3 != 2);
	queue_serve(c, course);
	for (int i = 0; i < 8; i++)
		assert_int_equal(ticket_number(c, tickets[i]), i + 1);
	for (int i = 0; i < 8; i++)
		assert_ticket(c, tickets[i], i < 3 ? "active" : "waiting");
	assert_course_sound(c, course);
}

COMMITTED(numbering_goes_on_beyond_one_batch)
{
	enum { MANY = 501 };
	int64_t course = a_course(c, .capacity = 2), last = 0;

	for (int i = 0; i < MANY; i++)
		last = a_ticket(c, .course = course, .unserved = true);
	queue_serve(c, course);
	assert_int_equal(ticket_number(c, last), MANY);
	assert_int_equal(seats_of(c, course).waiting, MANY - 2);
	assert_course_sound(c, course);
}

RULE(an_offered_seat_is_held_for_the_courses_time_and_its_holder_is_told)
{
	int64_t course = a_course(c, .capacity = 1, .hold_seconds = 90), ticket = a_ticket(c, .course = course);
	int64_t left = ticket_hold(c, ticket).us - when_now().us, waits = a_ticket(c, .course = course);

	assert_in_range(left, 85 * SECOND, 90 * SECOND);
	assert_int_equal(told(c, holder_of(c, ticket), "seat.offered"), 1);
	assert_true(str_ends(told_data(c, holder_of(c, ticket), "seat.offered"), S("\"hold_minutes\":2}")));
	assert_int_equal(told(c, holder_of(c, waits), "seat.offered"), 0);
}

COMMITTED(those_who_look_on_are_told_of_each_change)
{
	int64_t course = a_course(c, .capacity = 1);
	str stream = str_fmt(c->arena, "c.%lld", (long long)course);
	int64_t before = db_int(c, &count_course_events, 0, arg(stream));

	queue_serve(c, course);                       /* nothing to do: nothing to say */
	assert_int_equal(db_int(c, &count_course_events, 0, arg(stream)), before);
	a_ticket(c, .course = course);
	assert_int_equal(db_int(c, &count_course_events, 0, arg(stream)), before + 1);
}

RULE(a_waiting_ticket_says_how_many_are_ahead)
{
	int64_t course = a_course(c, .capacity = 2), last, new;
	struct ticket t;

	for (int i = 0; i < 4; i++)
		a_ticket(c, .course = course);
	last = a_ticket(c, .course = course);
	as_holder(c, last);
	assert_ptr_equal(queue_ticket(c, last, &t), OK);
	assert_int_equal(t.ahead.v, 2);
	assert_int_equal(t.position.v, 3);
	assert_int_equal(t.eta_seconds.v, 1200);      /* two holds of ten minutes before it */
	assert_true(t.numbered);
	new = a_ticket(c, .course = course, .unserved = true);
	as_holder(c, new);
	assert_ptr_equal(queue_ticket(c, new, &t), OK);
	assert_int_equal(t.ahead.v, 3);
	assert_false(t.numbered);
}

RULE(a_ticket_of_somebody_else_is_unknown)
{
	int64_t ticket = a_ticket(c);
	struct ticket t;

	as(c, a_member(c));
	assert_ptr_equal(queue_ticket(c, ticket, &t), &ticket_unknown);
	assert_ptr_equal(queue_leave(c, ticket), &ticket_unknown);
	assert_ptr_equal(queue_ticket(c, INT64_C(1) << 40, &t), &ticket_unknown);
	assert_ticket(c, ticket, "active");
}

RULE(while_a_course_is_closed_nobody_is_offered_a_seat)
{
	int64_t course = a_course(c, .capacity = 1), holds = a_ticket(c, .course = course), waits = a_ticket(c, .course = course);
	struct course k;

	assert_ptr_equal(course_set_status(c, course, COURSE_CLOSED, S("pause"), &k), OK);
	as_holder(c, holds);
	assert_ptr_equal(queue_leave(c, holds), OK);
	assert_ticket(c, waits, "waiting");
	assert_ptr_equal(course_set_status(c, course, COURSE_OPEN, S("again"), &k), OK);
	assert_ticket(c, waits, "active");
	assert_course_sound(c, course);
}

/* -- holds that end -- */

COMMITTED(a_hold_that_ran_out_passes_its_seat_to_the_next)
{
	int64_t course = a_course(c, .capacity = 1), slow = a_ticket(c, .course = course), next = a_ticket(c, .course = course);
	int64_t third = a_ticket(c, .course = course);

	age_hold(c, slow);
	c->now = when_now();
	queue_expire(c);
	assert_ticket(c, slow, "expired");
	assert_ticket(c, next, "active");
	assert_ticket(c, third, "waiting");
	assert_int_equal(told(c, holder_of(c, slow), "seat.expired"), 1);
	assert_int_equal(told(c, holder_of(c, next), "seat.offered"), 1);
	assert_course_sound(c, course);
}

COMMITTED(expiry_says_when_the_next_hold_is_due)
{
	int64_t ticket = a_ticket(c, .course = a_course(c, .capacity = 1, .hold_seconds = 2));

	c->now = when_now();
	assert_int_equal(queue_expire(c), ticket_hold(c, ticket).us);
	assert_ticket(c, ticket, "active");
}

COMMITTED(a_payment_in_flight_pins_the_hold)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
	struct seat s = lock_seat(c, ticket);

	assert_ptr_equal(queue_pin(c, &s), OK);
	assert_ticket(c, ticket, "paying");
	age_hold(c, ticket);
	c->now = when_now();
	queue_expire(c);
	assert_ticket(c, ticket, "paying");
	assert_course_sound(c, course);
}

/* -- leaving -- */

RULE(leaving_a_held_seat_gives_it_to_the_next)
{
	int64_t course = a_course(c, .capacity = 1), holds = a_ticket(c, .course = course), next = a_ticket(c, .course = course);

	as_holder(c, holds);
	assert_ptr_equal(queue_leave(c, holds), OK);
	assert_ticket(c, holds, "left");
	assert_ticket(c, next, "active");
	assert_ptr_equal(queue_leave(c, holds), OK);     /* once more changes nothing */
	assert_int_equal(seats_of(c, course).taken, 1);
	assert_course_sound(c, course);
}

RULE(leaving_while_waiting_moves_those_behind_up)
{
	int64_t course = a_course(c, .capacity = 1), gone, behind;
	struct ticket t;

	a_ticket(c, .course = course);
	gone = a_ticket(c, .course = course);
	behind = a_ticket(c, .course = course);
	as_holder(c, gone);
	assert_ptr_equal(queue_leave(c, gone), OK);
	as_holder(c, behind);
	assert_ptr_equal(queue_ticket(c, behind, &t), OK);
	assert_int_equal(t.position.v, 1);
	assert_course_sound(c, course);
}

RULE(leaving_before_the_promoter_came_keeps_the_numbers_dense)
{
	int64_t course = a_course(c, .capacity = 1), first = a_ticket(c, .course = course, .unserved = true);
	int64_t gone = a_ticket(c, .course = course, .unserved = true), last = a_ticket(c, .course = course, .unserved = true);

	as_holder(c, gone);
	assert_ptr_equal(queue_leave(c, gone), OK);
	assert_ticket(c, first, "active");
	assert_ticket(c, gone, "left");
	assert_ticket(c, last, "waiting");
	assert_int_equal(ticket_number(c, last), 3);
	assert_course_sound(c, course);
}

RULE(nobody_leaves_while_a_payment_is_in_flight_or_once_enrolled)
{
	int64_t ticket = a_ticket(c);
	struct seat s = lock_seat(c, ticket);

	as_holder(c, ticket);
	assert_ptr_equal(queue_pin(c, &s), OK);
	assert_ptr_equal(queue_leave(c, ticket), &payment_in_flight);
	assert_true(queue_enrol(c, &s));
	assert_ptr_equal(queue_leave(c, ticket), &ticket_enrolled);
	assert_ticket(c, ticket, "enrolled");
}

/* -- capacity -- */

static struct queue_course as_it_is(struct ctx *c, int64_t course, int64_t capacity)
{
	return (struct queue_course){ course, S("수채화 입문"), true, when_plus(c->now, -HOUR), when_plus(c->now, HOUR), 600, capacity };
}

RULE(raised_capacity_gives_seats_to_those_who_wait)
{
	int64_t course = a_course(c, .capacity = 1), waits[3];
	struct queue_course k = as_it_is(c, course, 3);

	a_ticket(c, .course = course);
	for (int i = 0; i < 3; i++)
		waits[i] = a_ticket(c, .course = course);
	assert_ptr_equal(queue_course_set(c, &k), OK);
	assert_ticket(c, waits[0], "active");
	assert_ticket(c, waits[1], "active");
	assert_ticket(c, waits[2], "waiting");
	assert_course_sound(c, course);
}

RULE(capacity_is_not_lowered_below_the_seats_that_are_taken)
{
	int64_t course = a_course(c, .capacity = 3);
	struct queue_course k = as_it_is(c, course, 1);

	pay_seat(c, a_ticket(c, .course = course));
	a_ticket(c, .course = course);
	assert_ptr_equal(queue_course_set(c, &k), &capacity_below_taken);
	assert_str(c->errors->field, "capacity");
	assert_str(c->errors->value, "2");
	assert_int_equal(seats_of(c, course).capacity, 3);
	k.capacity = 2;
	assert_ptr_equal(queue_course_set(c, &k), OK);
	assert_course_sound(c, course);
}

/* -- nets -- */

COMMITTED(the_sweep_serves_what_a_lost_wake_up_left)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course, .unserved = true);

	queue_sweep(c);
	assert_ticket(c, ticket, "active");
}

static void take_one_too_many(struct ctx *c, void *course)
{
	db_run(c, &take_one, arg(*(int64_t *)course));
}

COMMITTED(the_database_itself_refuses_a_seat_too_many)
{
	int64_t course = a_course(c, .capacity = 1);

	a_ticket(c, .course = course);
	assert_int_equal(test_fault(c, take_one_too_many, &course), FAULT_BUG);
	assert_int_equal(seats_of(c, course).taken, 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_join_gives_a_ticket_that_waits),
	cmocka_unit_test(nobody_joins_before_the_window_opens_or_once_it_has_closed),
	cmocka_unit_test(the_window_holds_its_first_moment_and_not_its_last),
	cmocka_unit_test(only_an_open_course_can_be_joined),
	cmocka_unit_test(a_member_has_one_living_ticket_per_course),
	cmocka_unit_test(the_same_key_again_gets_the_same_answer_and_no_second_ticket),
	cmocka_unit_test(a_key_used_for_something_else_is_refused),
	cmocka_unit_test(a_refused_join_leaves_its_key_free),
	cmocka_unit_test(one_may_join_again_after_leaving_and_stands_at_the_end),
	cmocka_unit_test(numbers_are_dense_and_in_the_order_of_the_joins),
	cmocka_unit_test(numbering_goes_on_beyond_one_batch),
	cmocka_unit_test(an_offered_seat_is_held_for_the_courses_time_and_its_holder_is_told),
	cmocka_unit_test(those_who_look_on_are_told_of_each_change),
	cmocka_unit_test(a_waiting_ticket_says_how_many_are_ahead),
	cmocka_unit_test(a_ticket_of_somebody_else_is_unknown),
	cmocka_unit_test(while_a_course_is_closed_nobody_is_offered_a_seat),
	cmocka_unit_test(a_hold_that_ran_out_passes_its_seat_to_the_next),
	cmocka_unit_test(expiry_says_when_the_next_hold_is_due),
	cmocka_unit_test(a_payment_in_flight_pins_the_hold),
	cmocka_unit_test(leaving_a_held_seat_gives_it_to_the_next),
	cmocka_unit_test(leaving_while_waiting_moves_those_behind_up),
	cmocka_unit_test(leaving_before_the_promoter_came_keeps_the_numbers_dense),
	cmocka_unit_test(nobody_leaves_while_a_payment_is_in_flight_or_once_enrolled),
	cmocka_unit_test(raised_capacity_gives_seats_to_those_who_wait),
	cmocka_unit_test(capacity_is_not_lowered_below_the_seats_that_are_taken),
	cmocka_unit_test(the_sweep_serves_what_a_lost_wake_up_left),
	cmocka_unit_test(the_database_itself_refuses_a_seat_too_many),
};
UNIT_GROUP(queue, tests, NULL, NULL)
