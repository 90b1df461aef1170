/* What becomes of those who wait or hold a seat when a course is over. */
#include "fixtures.h"

#include "data/db.h"

SQL(count_notices, "SELECT COUNT(*) FROM notification WHERE member_id = ? AND type = 'course.changed'");
SQL(member_of_ticket, "SELECT member_id FROM ticket WHERE id = ?");

RULE(who_waits_or_holds_a_seat_leaves_a_finished_course_with_a_word)
{
	int64_t course = a_course(c, .capacity = 2), sold = a_ticket(c, .course = course), held = a_ticket(c, .course = course),
		waits = a_ticket(c, .course = course);
	struct seat s = { 0 };
	struct course k;

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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(who_waits_or_holds_a_seat_leaves_a_finished_course_with_a_word),
	cmocka_unit_test(a_payment_in_flight_keeps_its_seat_when_the_course_ends),
};
UNIT_GROUP(queue_end, tests, NULL, NULL)
