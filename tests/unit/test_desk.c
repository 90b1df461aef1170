/* The counter: nobody is overtaken, no seat is sold twice, and money follows its seat. */
#include "ask.h"

#include <stdatomic.h>
#include <string.h>

#include "data/db.h"
#include "desk/desk.h"
#include "enrolment/enrolment.h"
#include "refund/refund.h"

SQL(count_moved,
	"SELECT COUNT(*) FROM enrolment e JOIN payment p ON p.order_id = e.order_id WHERE e.id = ? AND e.course_id = ? AND p.course_id = e.course_id "
	"AND p.ticket_id = e.ticket_id AND p.status = 'paid' AND e.source = 'desk'");
SQL(count_log, "SELECT COUNT(*) FROM staff_log WHERE action = ? AND object_id = ? AND reason = 'test'");
SQL(count_sold, "SELECT COUNT(*) FROM enrolment WHERE course_id = ? AND status = 'active'");
SQL(count_paid, "SELECT COUNT(*) FROM payment WHERE course_id = ? AND status = 'paid'");
SQL(select_living, "SELECT id FROM ticket WHERE course_id = ? AND member_id = ? AND live = 1");

static void as_staff(struct ctx *c)
{
	c->who = (struct caller){ .id = a_member(c, .roles = ROLE_OPERATOR), .roles = ROLE_MEMBER | ROLE_OPERATOR };
}

static struct walk_in walking_in(int64_t course, int64_t member)
{
	return (struct walk_in){ course, { member > 0, member }, S("이창구"), S("010-5555-1234"), DESK_CASH, won(100000), false, S("test") };
}

RULE(a_walk_in_pays_the_price_and_is_enrolled_at_once)
{
	int64_t course = a_course(c, .capacity = 1), member = a_member(c), enrolment, ticket;
	struct walk_in w = walking_in(course, member);

	as_staff(c);
	w.amount = won(1);
	assert_ptr_not_equal(desk_enrol(c, &w, &enrolment, &ticket), OK);
	c->errors = NULL;
	w = walking_in(course, member);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), OK);
	assert_true(enrolment > 0);
	assert_int_equal(ticket, 0);
	assert_int_equal(db_int(c, &count_moved, 0, arg(enrolment), arg(course)), 1);
	assert_int_equal(told(c, member, "enrolment.confirmed"), 1);
	assert_int_equal(db_int(c, &count_log, 0, arg(S("desk.enrol")), arg(course)), 1);
	assert_int_equal(seats_of(c, course).enrolled, 1);
	assert_course_sound(c, course);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), &already_enrolled);
}

RULE(an_operator_who_takes_a_seat_at_the_desk_was_sold_it_there)
{
	int64_t course = a_course(c), enrolment, ticket;
	struct walk_in w;

	as_staff(c);
	w = walking_in(course, c->who.id);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), OK);
	assert_int_equal(db_int(c, &count_moved, 0, arg(enrolment), arg(course)), 1);
}

RULE(a_walk_in_never_overtakes_somebody_who_waits_even_without_a_number_yet)
{
	int64_t course = a_course(c, .capacity = 1), early = a_ticket(c, .course = course, .unserved = true), enrolment, ticket;
	struct walk_in w = walking_in(course, a_member(c));

	as_staff(c);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), &desk_seat_wanted);
	w.may_wait = true;
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), OK);
	assert_int_equal(enrolment, 0);
	assert_ticket(c, early, "active");
	assert_ticket(c, ticket, "waiting");
	assert_true(ticket_number(c, early) < ticket_number(c, ticket));
	assert_course_sound(c, course);
}

RULE(who_was_offered_a_seat_may_pay_for_it_at_the_desk)
{
	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course), enrolment, waits;
	struct walk_in w = walking_in(course, holder_of(c, ticket));

	as_staff(c);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &waits), OK);
	assert_int_equal(enrolment_of_ticket(c, ticket), enrolment);
	assert_course_sound(c, course);
}

RULE(nobody_is_sold_a_seat_before_the_opening_or_in_a_closed_course)
{
	int64_t early = a_course(c, .opens_in = 600), closed = a_course(c, .status = COURSE_CLOSED), enrolment, ticket;
	struct walk_in w = walking_in(early, a_member(c));

	as_staff(c);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), &enrolment_not_yet_open);
	w.course_id = closed;
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), &course_not_open);
}

RULE(a_ticket_that_is_taken_out_gives_its_seat_to_the_next)
{
	int64_t course = a_course(c, .capacity = 1), first = a_ticket(c, .course = course), next = a_ticket(c, .course = course);
	int64_t newcomer = a_ticket(c, .course = course, .unserved = true);

	as_staff(c);
	assert_ptr_equal(desk_remove(c, first, (opt_money){ 0 }, S("test")), OK);
	assert_ticket(c, first, "cancelled");
	assert_ticket(c, next, "active");
	assert_int_equal(told(c, holder_of(c, first), "ticket.removed"), 1);
	assert_str(json_str(json_parse(c, told_data(c, holder_of(c, first), "ticket.removed")), "reason"), "test");
	assert_ptr_equal(desk_remove(c, newcomer, (opt_money){ 0 }, S("test")), OK);
	assert_course_sound(c, course);
	assert_ptr_equal(desk_remove(c, first, (opt_money){ 0 }, S("test")), &ticket_over);
	assert_ptr_equal(desk_remove(c, INT64_C(1) << 40, (opt_money){ 0 }, S("test")), &ticket_unknown);
	assert_int_equal(db_int(c, &count_log, 0, arg(S("ticket.remove")), arg(first)), 1);
}

RULE(an_enrolled_ticket_is_not_taken_out_for_a_smaller_refund_than_was_shown)
{
	int64_t course = a_course(c), member = a_member(c), enrolment, ticket;
	struct walk_in w = walking_in(course, member);

	as_staff(c);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), OK);
	ticket = db_int(c, &select_living, 0, arg(course), arg(member));
	assert_ptr_equal(desk_remove(c, ticket, (opt_money){ true, { 100001 } }, S("test")), &quote_changed);
	c->errors = NULL;
	assert_ticket(c, ticket, "enrolled");
	assert_ptr_equal(desk_remove(c, ticket, (opt_money){ true, { 100000 } }, S("test")), OK);
	assert_ticket(c, ticket, "cancelled");
}

RULE(a_ticket_that_is_being_paid_stays_where_it_is)
{
	int64_t ticket = a_ticket(c), to = a_course(c), moved;
	struct seat s = lock_seat(c, ticket);

	assert_ptr_equal(queue_pin(c, &s), OK);
	as_staff(c);
	assert_ptr_equal(desk_remove(c, ticket, (opt_money){ 0 }, S("test")), &payment_in_flight);
	assert_ptr_equal(desk_move(c, ticket, to, S("test"), &moved), &payment_in_flight);
}

RULE(a_ticket_that_moves_stands_at_the_end_of_the_other_queue)
{
	int64_t from = a_course(c, .capacity = 1), to = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = from), moved;
	int64_t next = a_ticket(c, .course = from), held = a_ticket(c, .course = to), before = a_ticket(c, .course = to);

	as_staff(c);
	assert_ptr_equal(desk_move(c, ticket, to, S("test"), &moved), OK);
	assert_ticket(c, ticket, "cancelled");
	assert_ticket(c, next, "active");
	assert_ticket(c, held, "active");
	assert_ticket(c, moved, "waiting");
	assert_true(ticket_number(c, before) < ticket_number(c, moved));
	assert_int_equal(told(c, holder_of(c, ticket), "ticket.moved"), 1);
	assert_course_sound(c, from);
	assert_course_sound(c, to);
	assert_ptr_equal(desk_move(c, moved, to, S("test"), &moved), &already_in_queue);
}

RULE(a_paid_seat_moves_with_its_money_to_a_free_seat_of_the_same_price_only)
{
	int64_t from = a_course(c, .capacity = 1), dear = a_course(c, .price = 120000), full = a_course(c, .capacity = 1), to = a_course(c);
	int64_t member = a_member(c), next, enrolment, ticket, moved;
	struct walk_in w = walking_in(from, member);

	as_staff(c);
	a_ticket(c, .course = full);
	assert_ptr_equal(desk_enrol(c, &w, &enrolment, &ticket), OK);
	next = a_ticket(c, .course = from);
	ticket = db_int(c, &select_living, 0, arg(from), arg(member));
	assert_ptr_equal(desk_move(c, ticket, dear, S("test"), &moved), &desk_price_differs);
	assert_ptr_equal(desk_move(c, ticket, full, S("test"), &moved), &desk_seat_wanted);
	assert_ticket(c, ticket, "enrolled");
	assert_ptr_equal(desk_move(c, ticket, to, S("test"), &moved), OK);
	assert_ticket(c, moved, "enrolled");
	assert_ticket(c, next, "active");
	assert_int_equal(db_int(c, &count_moved, 0, arg(enrolment), arg(to)), 1);
	assert_int_equal(enrolment_of_ticket(c, moved), enrolment);
	assert_course_sound(c, from);
	assert_course_sound(c, to);
	assert_course_sound(c, full);
}

/* -- several at once ---------------------------------------------------------------------------------------------------- */

enum { DESKS = 4, PROMOTERS = 2, JOINERS = 2, ALL = DESKS + PROMOTERS + JOINERS };

static struct shared {
	int64_t course, other, members[ALL], tickets[ALL];
	atomic_int ready, sold, wrong;
} *all;

static void line_up(struct ctx *c)
{
	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&all->ready, 1);
	while (atomic_load(&all->ready) < ALL)
		;
	ctx_begin(c);
}

struct selling {
	struct walk_in w;
	int64_t enrolment, ticket;
};

static outcome sell(struct ctx *c, void *p)
{
	struct selling *v = p;

	return desk_enrol(c, &v->w, &v->enrolment, &v->ticket);
}

static int compete(struct ctx *c, int which)
{
	static const unsigned char print[32] = { 1 };
	struct selling v = { walking_in(all->course, all->members[which]), 0, 0 };
	outcome o;
	str stored;

	line_up(c);
	if (which < DESKS) {
		c->who = (struct caller){ .id = all->members[ALL - 1], .roles = ROLE_MEMBER | ROLE_OPERATOR };
		o = db_tx(c, sell, &v);
		atomic_fetch_add(&all->sold, o == OK);
		return o == OK || o == &desk_seat_wanted ? 0 : 1;
	}
	if (which < DESKS + PROMOTERS) {
		for (int i = 0; i < 20; i++, ctx_begin(c))
			queue_serve(c, all->course);
		return 0;
	}
	return queue_join(c, all->course, all->members[which], str_fmt(c->arena, "desk-%d", which), print, &stored) == OK ? 0 : 1;
}

COMMITTED(the_last_seat_goes_to_one_of_the_desk_and_the_queue)
{
	for (int round = 0; round < 5; round++) {
		struct seats s;

		if (!all)
			all = shared_memory(sizeof(*all));
		memset(all, 0, sizeof(*all));
		all->course = a_course(c, .capacity = 1);
		for (int i = 0; i < ALL; i++)
			all->members[i] = a_member(c);
		test_at_once(ALL, compete);
		ctx_begin(c);
		queue_serve(c, all->course);
		s = seats_of(c, all->course);
		assert_int_equal(s.taken, 1);
		assert_int_equal(s.enrolled, all->sold);
		assert_int_equal(s.waiting, JOINERS - (s.taken - s.enrolled));
		assert_int_equal(db_int(c, &count_sold, 0, arg(all->course)), s.enrolled);
		assert_int_equal(db_int(c, &count_paid, 0, arg(all->course)), s.enrolled);
		assert_course_sound(c, all->course);
	}
}

struct moving {
	int64_t ticket, to, moved;
};

static outcome move(struct ctx *c, void *p)
{
	struct moving *v = p;

	return desk_move(c, v->ticket, v->to, S("test"), &v->moved);
}

/* Half of them go one way, half the other. */
static int cross(struct ctx *c, int which)
{
	struct moving v = { all->tickets[which], which % 2 ? all->course : all->other, 0 };

	line_up(c);
	c->who = (struct caller){ .id = all->members[0], .roles = ROLE_MEMBER | ROLE_OPERATOR };
	return db_tx(c, move, &v) == OK ? 0 : 1;
}

COMMITTED(moves_in_both_directions_at_once_all_arrive)
{
	if (!all)
		all = shared_memory(sizeof(*all));
	memset(all, 0, sizeof(*all));
	all->course = a_course(c, .capacity = 2);
	all->other = a_course(c, .capacity = 2);
	for (int i = 0; i < ALL; i++) {
		all->members[i] = a_member(c);
		all->tickets[i] = a_ticket(c, .course = i % 2 ? all->other : all->course, .member = all->members[i]);
	}
	test_at_once(ALL, cross);
	ctx_begin(c);
	for (int i = 0; i < ALL; i++)
		assert_true(db_int(c, &select_living, 0, arg(i % 2 ? all->course : all->other), arg(all->members[i])) > 0);
	assert_course_sound(c, all->course);
	assert_course_sound(c, all->other);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_walk_in_pays_the_price_and_is_enrolled_at_once),
	cmocka_unit_test(an_operator_who_takes_a_seat_at_the_desk_was_sold_it_there),
	cmocka_unit_test(a_walk_in_never_overtakes_somebody_who_waits_even_without_a_number_yet),
	cmocka_unit_test(who_was_offered_a_seat_may_pay_for_it_at_the_desk),
	cmocka_unit_test(nobody_is_sold_a_seat_before_the_opening_or_in_a_closed_course),
	cmocka_unit_test(a_ticket_that_is_taken_out_gives_its_seat_to_the_next),
	cmocka_unit_test(an_enrolled_ticket_is_not_taken_out_for_a_smaller_refund_than_was_shown),
	cmocka_unit_test(a_ticket_that_is_being_paid_stays_where_it_is),
	cmocka_unit_test(a_ticket_that_moves_stands_at_the_end_of_the_other_queue),
	cmocka_unit_test(a_paid_seat_moves_with_its_money_to_a_free_seat_of_the_same_price_only),
	cmocka_unit_test(the_last_seat_goes_to_one_of_the_desk_and_the_queue),
	cmocka_unit_test(moves_in_both_directions_at_once_all_arrive),
};
UNIT_GROUP(desk, tests, with_routes, NULL)
