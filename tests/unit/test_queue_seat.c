/* What payment may do with a ticket: pin its seat, let it go, make it an enrolment, and late money. */
#include "fixtures.h"

#include "data/db.h"

SQL(force_state, "UPDATE ticket SET state = ?, hold_expires_at = NULL WHERE id = ?");
SQL(give_seat_back, "UPDATE course_seat SET taken = taken - 1 WHERE course_id = ?");

RULE(only_a_hold_that_runs_can_be_pinned)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course), waits = a_ticket(c, .course = course);
	struct seat s = lock_seat(c, waits);

	assert_ptr_equal(queue_pin(c, &s), &ticket_not_active);
	age_hold(c, ticket);
	c->now = when_now();
	s = lock_seat(c, ticket);
	assert_ptr_equal(queue_pin(c, &s), &ticket_not_active);
	assert_ticket(c, ticket, "active");
}

RULE(a_refused_payment_leaves_time_for_another_card)
{
	int64_t ticket = a_ticket(c);
	struct seat s = lock_seat(c, ticket);
	when had = ticket_hold(c, ticket);

	assert_ptr_equal(queue_pin(c, &s), OK);
	queue_unpin(c, &s);
	assert_ticket(c, ticket, "active");
	assert_int_equal(ticket_hold(c, ticket).us, had.us);
	s = lock_seat(c, ticket);
	assert_ptr_equal(queue_pin(c, &s), OK);
	age_hold(c, ticket);
	s = lock_seat(c, ticket);
	queue_unpin(c, &s);
	assert_int_equal(ticket_hold(c, ticket).us, when_plus(c->now, MINUTE).us);
	queue_unpin(c, &s);                           /* not paying any more: nothing */
	assert_ticket(c, ticket, "active");
}

RULE(the_time_for_another_card_is_never_longer_than_the_courses_hold)
{
	int64_t ticket = a_ticket(c, .course = a_course(c, .hold_seconds = 5));
	struct seat s = lock_seat(c, ticket);

	assert_ptr_equal(queue_pin(c, &s), OK);
	age_hold(c, ticket);
	s = lock_seat(c, ticket);
	queue_unpin(c, &s);
	assert_int_equal(ticket_hold(c, ticket).us, when_plus(c->now, 5 * SECOND).us);
}

SQL(select_times_kept, "SELECT COUNT(*) FROM ticket WHERE id = ? AND (offered_at IS NOT NULL) = ? AND (enrolled_at IS NOT NULL) = ?");

RULE(a_ticket_keeps_when_its_seat_was_offered_and_when_it_was_sold)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course), waits = a_ticket(c, .course = course);

	assert_int_equal(db_int(c, &select_times_kept, 0, arg(ticket), arg(true), arg(false)), 1);
	assert_int_equal(db_int(c, &select_times_kept, 0, arg(waits), arg(false), arg(false)), 1);
	pay_seat(c, ticket);
	assert_int_equal(db_int(c, &select_times_kept, 0, arg(ticket), arg(true), arg(true)), 1);
}

RULE(a_paid_seat_is_enrolled_and_counted_once)
{
	int64_t course = a_course(c, .capacity = 2), ticket = a_ticket(c, .course = course);
	struct seat s;

	pay_seat(c, ticket);
	s = lock_seat(c, ticket);
	assert_true(queue_enrol(c, &s));
	assert_int_equal(seats_of(c, course).enrolled, 1);
	assert_int_equal(seats_of(c, course).taken, 1);
	assert_int_equal(ticket_hold(c, ticket).us, 0);
	assert_course_sound(c, course);
}

/* The ticket lost its seat while its money was under way. */
static void lose_seat(struct ctx *c, int64_t course, int64_t ticket)
{
	db_run(c, &force_state, arg(S("expired")), arg(ticket));
	db_run(c, &give_seat_back, arg(course));
}

RULE(late_money_becomes_a_seat_if_one_is_free)
{
	int64_t course = a_course(c, .capacity = 1), late = a_ticket(c, .course = course);
	struct seat s;

	lose_seat(c, course, late);
	s = lock_seat(c, late);
	assert_int_equal(s.free, 1);
	assert_true(queue_enrol(c, &s));
	assert_ticket(c, late, "enrolled");
	assert_course_sound(c, course);
}

RULE(late_money_never_overtakes_somebody_who_waits)
{
	int64_t course = a_course(c, .capacity = 1), late = a_ticket(c, .course = course), waits = a_ticket(c, .course = course);
	struct seat s;

	lose_seat(c, course, late);
	s = lock_seat(c, late);
	assert_false(queue_enrol(c, &s));
	assert_ticket(c, late, "expired");
	queue_promote(c, course);
	assert_ticket(c, waits, "active");
	assert_course_sound(c, course);
}

COMMITTED(late_money_never_overtakes_somebody_who_has_no_number_yet)
{
	int64_t course = a_course(c, .capacity = 1), late = a_ticket(c, .course = course), joined;
	struct seat s;

	lose_seat(c, course, late);
	joined = a_ticket(c, .course = course, .unserved = true);
	s = lock_seat(c, late);
	assert_false(queue_enrol(c, &s));
	assert_course_sound(c, course);
	queue_serve(c, course);
	assert_ticket(c, joined, "active");
	assert_int_equal(ticket_number(c, joined), 2);
	a_ticket(c, .course = course);
	assert_course_sound(c, course);
}

RULE(late_money_finds_no_seat_in_a_full_course)
{
	int64_t course = a_course(c, .capacity = 1), late = a_ticket(c, .course = course);
	struct seat s;

	lose_seat(c, course, late);
	pay_seat(c, a_ticket(c, .course = course));
	s = lock_seat(c, late);
	assert_false(queue_enrol(c, &s));
	assert_course_sound(c, course);
}

RULE(late_money_of_somebody_who_joined_again_is_for_the_new_ticket_only)
{
	int64_t course = a_course(c, .capacity = 2), late = a_ticket(c, .course = course), again;
	struct seat s;

	lose_seat(c, course, late);
	again = a_ticket(c, .course = course, .member = holder_of(c, late));
	s = lock_seat(c, late);
	assert_false(queue_enrol(c, &s));
	assert_ticket(c, late, "expired");
	assert_ticket(c, again, "active");
	assert_course_sound(c, course);
}

RULE(a_released_seat_goes_to_the_next_in_the_same_transaction)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course), next;
	struct seat s;

	pay_seat(c, ticket);
	next = a_ticket(c, .course = course);
	s = lock_seat(c, ticket);
	queue_release(c, &s);
	assert_ticket(c, ticket, "cancelled");
	assert_ticket(c, next, "active");
	queue_release(c, &s);                         /* once only */
	assert_int_equal(seats_of(c, course).taken, 1);
	assert_int_equal(seats_of(c, course).enrolled, 0);
	assert_course_sound(c, course);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(only_a_hold_that_runs_can_be_pinned),
	cmocka_unit_test(a_refused_payment_leaves_time_for_another_card),
	cmocka_unit_test(the_time_for_another_card_is_never_longer_than_the_courses_hold),
	cmocka_unit_test(a_ticket_keeps_when_its_seat_was_offered_and_when_it_was_sold),
	cmocka_unit_test(a_paid_seat_is_enrolled_and_counted_once),
	cmocka_unit_test(late_money_becomes_a_seat_if_one_is_free),
	cmocka_unit_test(late_money_never_overtakes_somebody_who_waits),
	cmocka_unit_test(late_money_never_overtakes_somebody_who_has_no_number_yet),
	cmocka_unit_test(late_money_finds_no_seat_in_a_full_course),
	cmocka_unit_test(late_money_of_somebody_who_joined_again_is_for_the_new_ticket_only),
	cmocka_unit_test(a_released_seat_goes_to_the_next_in_the_same_transaction),
};
UNIT_GROUP(queue_seat, tests, NULL, NULL)
