/* The queue when several processes come at once: the order holds, no seat is sold twice, none is lost. */
#include "fixtures.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "data/db.h"
#include "web/route.h"

enum { PROCESSES = 8, JOINS = 25, PROMOTERS = 2 };

/* A join as its caller saw it, by a clock that all processes share. */
struct seen {
	int64_t sent, returned, ticket;
	int failed;
};

/* All that happens at once in one test; parent and children share it. */
static struct shared {
	int64_t course, members[PROCESSES * JOINS], tickets[PROCESSES * JOINS];
	struct seen seen[PROCESSES * JOINS];
	atomic_int ready, joining, wins;
	int64_t found[PROCESSES];
} *all;

SQL(select_ticket_of, "SELECT id FROM ticket WHERE course_id = ? AND member_id = ? AND live = 1");
SQL(count_tickets, "SELECT COUNT(*) FROM ticket WHERE course_id = ?");
SQL(count_state, "SELECT COUNT(*) FROM ticket WHERE course_id = ? AND state = ?");
SQL(count_waiters_overtaken,
	"SELECT COUNT(*) FROM ticket w JOIN ticket a ON a.course_id = w.course_id AND a.number > w.number AND a.state IN ('active', 'enrolled') "
	"WHERE w.course_id = ? AND w.state = 'waiting'");

static void begin(struct ctx *c, int64_t course)
{
	if (!all)
		all = shared_memory(sizeof(*all));
	memset(all, 0, sizeof(*all));
	all->course = course;
	(void)c;
}

static outcome join(struct ctx *c, int64_t course, int64_t member)
{
	static const unsigned char print[32] = { 1 };
	str stored;

	return queue_join(c, course, member, str_fmt(c->arena, "race-%lld", (long long)course), print, &stored);
}

static int join_many(struct ctx *c, int which)
{
	test_line_up(c, &all->ready, PROCESSES + PROMOTERS);
	for (int i = 0; i < JOINS; i++) {
		int n = which * JOINS + i;
		struct seen *s = &all->seen[n];

		ctx_begin(c);
		s->sent = clock_us();
		s->failed = join(c, all->course, all->members[n]) != OK;
		s->returned = clock_us();
		s->ticket = db_int(c, &select_ticket_of, 0, arg(all->course), arg(all->members[n]));
	}
	atomic_fetch_add(&all->joining, -1);
	return 0;
}

static int join_or_promote(struct ctx *c, int which)
{
	if (which < PROCESSES)
		return join_many(c, which);
	test_line_up(c, &all->ready, PROCESSES + PROMOTERS);
	while (atomic_load(&all->joining) > 0) {
		ctx_begin(c);
		queue_serve(c, all->course);
	}
	return 0;
}

COMMITTED(who_had_the_answer_before_another_asked_stands_before_them)
{
	begin(c, a_course(c, .capacity = 40));
	for (int i = 0; i < PROCESSES * JOINS; i++)
		all->members[i] = a_member(c);
	atomic_store(&all->joining, PROCESSES);
	test_at_once(PROCESSES + PROMOTERS, join_or_promote);
	ctx_begin(c);
	queue_serve(c, all->course);
	assert_int_equal(db_int(c, &count_tickets, 0, arg(all->course)), PROCESSES * JOINS);
	for (int a = 0; a < PROCESSES * JOINS; a++) {
		assert_false(all->seen[a].failed);
		for (int b = 0; b < PROCESSES * JOINS; b++)
			if (all->seen[a].returned < all->seen[b].sent)
				assert_true(ticket_number(c, all->seen[a].ticket) < ticket_number(c, all->seen[b].ticket));
	}
	assert_int_equal(seats_of(c, all->course).taken, 40);
	assert_int_equal(db_int(c, &count_waiters_overtaken, 0, arg(all->course)), 0);
	assert_course_sound(c, all->course);
}

static int promote(struct ctx *c, int which)
{
	(void)which;
	test_line_up(c, &all->ready, PROCESSES);
	queue_serve(c, all->course);
	return 0;
}

COMMITTED(many_promoters_at_once_do_the_work_of_one)
{
	int64_t tickets[30];

	begin(c, a_course(c, .capacity = 7));
	for (int i = 0; i < 30; i++)
		tickets[i] = a_ticket(c, .course = all->course, .unserved = true);
	test_at_once(PROCESSES, promote);
	assert_course_sound(c, all->course);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(ticket_number(c, tickets[i]), i + 1);
		assert_ticket(c, tickets[i], i < 7 ? "active" : "waiting");
		assert_int_equal(told(c, holder_of(c, tickets[i]), "seat.offered"), i < 7);
	}
}

static int join_the_same(struct ctx *c, int which)
{
	static const unsigned char print[32] = { 1 };
	outcome o;
	str stored;

	test_line_up(c, &all->ready, PROCESSES);
	o = queue_join(c, all->course, all->members[0], str_fmt(c->arena, "key-%d", which), print, &stored);
	if (o == OK)
		atomic_fetch_add(&all->wins, 1);
	return o == OK || o == &already_in_queue ? 0 : 1;
}

COMMITTED(one_member_in_many_windows_gets_one_ticket)
{
	begin(c, a_course(c));
	all->members[0] = a_member(c);
	test_at_once(PROCESSES, join_the_same);
	assert_int_equal(all->wins, 1);
	assert_int_equal(db_int(c, &count_tickets, 0, arg(all->course)), 1);
}

static int join_with_the_same_key(struct ctx *c, int which)
{
	static const unsigned char print[32] = { 1 };
	outcome o;
	str stored = { NULL, 0 };

	test_line_up(c, &all->ready, PROCESSES);
	o = queue_join(c, all->course, all->members[0], S("once"), print, &stored);
	if (o != OK)
		return o == &key_in_flight ? 0 : 1;
	atomic_fetch_add(&all->wins, 1);
	all->found[which] = (int64_t)str_hash(stored);
	return 0;
}

COMMITTED(the_same_key_in_many_processes_has_one_effect)
{
	int64_t answer = 0;

	begin(c, a_course(c));
	all->members[0] = a_member(c);
	test_at_once(PROCESSES, join_with_the_same_key);
	assert_true(all->wins >= 1);
	assert_int_equal(db_int(c, &count_tickets, 0, arg(all->course)), 1);
	for (int i = 0; i < PROCESSES; i++) {
		if (!all->found[i])
			continue;
		assert_true(answer == 0 || all->found[i] == answer);
		answer = all->found[i];
	}
}

/* Members whose rows stand next to each other in the index leave and come back again and again. */
static int leave_and_return(struct ctx *c, int which)
{
	static const unsigned char print[32] = { 1 };
	int64_t member = all->members[which];
	int wrong = 0;
	str stored;

	test_line_up(c, &all->ready, PROCESSES);
	for (int i = 0; i < 60; i++) {
		outcome o;

		ctx_begin(c);
		as(c, member);
		o = queue_join(c, all->course, member, str_fmt(c->arena, "again-%d", i), print, &stored);
		wrong += o != OK;
		if (queue_leave(c, db_int(c, &select_ticket_of, 0, arg(all->course), arg(member))) != OK)
			wrong++;
	}
	return wrong;
}

COMMITTED(a_neighbour_who_comes_back_keeps_nobody_out)
{
	begin(c, a_course(c, .capacity = 1));
	for (int i = 0; i < PROCESSES; i++)
		all->members[i] = a_member(c);
	test_at_once(PROCESSES, leave_and_return);
	assert_course_sound(c, all->course);
	assert_int_equal(seats_of(c, all->course).taken, 0);
}

/* -- one hold, three ends -- */

static outcome confirm(struct ctx *c, void *p)
{
	struct seat s = { 0 };
	outcome o = queue_lock(c, *(int64_t *)p, &s);

	if (o != OK || (o = queue_pin(c, &s)) != OK)
		return o;
	return queue_enrol(c, &s) ? OK : &ticket_not_active;
}

/* A third of the processes each: the member leaves, the hold runs out, the payment is confirmed. */
static int end_holds(struct ctx *c, int which)
{
	test_line_up(c, &all->ready, 6);
	for (int i = 0; i < JOINS; i++) {
		int64_t ticket = all->tickets[i];
		outcome o;

		ctx_begin(c);
		as_holder(c, ticket);
		switch (which % 3) {
		case 0:
			o = queue_leave(c, ticket);
			if (o != OK && o != &ticket_over && o != &ticket_enrolled && o != &payment_in_flight)
				return 1;
			break;
		case 1:
			queue_expire(c);
			break;
		default:
			o = db_tx(c, confirm, &ticket);
			if (o != OK && o != &ticket_not_active)
				return 1;
			break;
		}
	}
	return 0;
}

COMMITTED(a_hold_ends_in_one_way_only)
{
	int64_t ended;

	begin(c, a_course(c, .capacity = JOINS));
	for (int i = 0; i < JOINS; i++)
		all->tickets[i] = a_ticket(c, .course = all->course);
	for (int i = 0; i < 5; i++)
		a_ticket(c, .course = all->course);
	for (int i = 1; i < JOINS; i += 2)
		age_hold(c, all->tickets[i]);
	test_at_once(6, end_holds);
	ctx_begin(c);
	assert_course_sound(c, all->course);
	ended = db_int(c, &count_state, 0, arg(all->course), arg(S("left"))) + db_int(c, &count_state, 0, arg(all->course), arg(S("expired"))) +
		db_int(c, &count_state, 0, arg(all->course), arg(S("enrolled")));
	assert_int_equal(ended, JOINS);
	assert_true(seats_of(c, all->course).waiting == 0 || seats_of(c, all->course).taken == JOINS);
	assert_int_equal(db_int(c, &count_waiters_overtaken, 0, arg(all->course)), 0);
}

/* -- capacity against joins and leaves -- */

static outcome set_capacity(struct ctx *c, void *p)
{
	struct queue_course k = { all->course, S("수채화 입문"), true, when_plus(c->now, -HOUR), when_plus(c->now, HOUR), 600, *(int64_t *)p };

	return queue_course_set(c, &k);
}

static int move_capacity(struct ctx *c, int which)
{
	test_line_up(c, &all->ready, PROCESSES);
	for (int i = 0; i < 15; i++) {
		int64_t capacity = 3 + (i + which) % 5;

		ctx_begin(c);
		if (which < 2) {
			outcome o = db_tx(c, set_capacity, &capacity);

			if (o != OK && o != &capacity_below_taken)
				return 1;
			continue;
		}
		as(c, all->members[which]);
		if (i % 3 != 2 && !all->tickets[which]) {
			all->tickets[which] = make_ticket(c, &(struct a_ticket){ .course = all->course, .member = all->members[which] });
		} else if (all->tickets[which]) {
			if (queue_leave(c, all->tickets[which]) != OK)
				return 1;
			all->tickets[which] = 0;
		}
	}
	return 0;
}

COMMITTED(capacity_may_change_while_people_come_and_go)
{
	struct seats s;

	begin(c, a_course(c, .capacity = 3));
	for (int i = 0; i < PROCESSES; i++)
		all->members[i] = a_member(c);
	test_at_once(PROCESSES, move_capacity);
	ctx_begin(c);
	queue_serve(c, all->course);
	assert_course_sound(c, all->course);
	s = seats_of(c, all->course);
	assert_true(s.waiting == 0 || s.taken == s.capacity);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(who_had_the_answer_before_another_asked_stands_before_them),
	cmocka_unit_test(many_promoters_at_once_do_the_work_of_one),
	cmocka_unit_test(one_member_in_many_windows_gets_one_ticket),
	cmocka_unit_test(the_same_key_in_many_processes_has_one_effect),
	cmocka_unit_test(a_neighbour_who_comes_back_keeps_nobody_out),
	cmocka_unit_test(a_hold_ends_in_one_way_only),
	cmocka_unit_test(capacity_may_change_while_people_come_and_go),
};
UNIT_GROUP(queue_race, tests, NULL, NULL)
