/* Looks at members, and the log that they are on. */
#include "fixtures.h"

#include "data/db.h"
#include "member/member.h"
#include "staff_log/staff_log.h"

SQL(change_line, "UPDATE staff_log SET reason = 'changed' WHERE id = ?");
SQL(first_sealed, "SELECT log_id FROM staff_log_seal WHERE n = ?");
SQL(count_looks, "SELECT COUNT(*) FROM staff_log WHERE action = ? AND member_id = ?");

RULE(a_look_that_is_repeated_at_each_key_is_one_look)
{
	int64_t staff = a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR);

	as(c, staff);
	for (int i = 0; i < 3; i++)
		staff_log_look_once(c, "member.search", "member", 0, S("search"));
	assert_int_equal(db_int(c, &count_looks, 0, arg(S("member.search")), arg(staff)), 1);
	c->now = when_plus(c->now, 2 * MINUTE);
	staff_log_look_once(c, "member.search", "member", 0, S("search"));
	assert_int_equal(db_int(c, &count_looks, 0, arg(S("member.search")), arg(staff)), 2);
}

RULE(what_is_asked_for_again_and_again_is_one_look_an_hour)
{
	int64_t staff = a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR);

	as(c, staff);
	for (int i = 0; i < 3; i++) {
		staff_log_look_hourly(c, "queue.look", "course", 7);
		staff_log_look_hourly(c, "queue.look", "course", 8);
		staff_log_look(c, "member.look", "member", 7, S("상담"));
		c->now = when_plus(c->now, 19 * MINUTE);
	}
	assert_int_equal(db_int(c, &count_looks, 0, arg(S("queue.look")), arg(staff)), 2);
	c->now = when_plus(c->now, 4 * MINUTE);
	staff_log_look_hourly(c, "queue.look", "course", 7);
	assert_int_equal(db_int(c, &count_looks, 0, arg(S("queue.look")), arg(staff)), 3);
	as(c, a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR));
	staff_log_look_hourly(c, "queue.look", "course", 7);
	assert_int_equal(db_int(c, &count_looks, 0, arg(S("queue.look")), arg(c->who.id)), 1);
}

RULE(the_log_is_sealed_in_a_chain_and_a_changed_line_breaks_it_where_it_stands)
{
	struct staff_log_head head, again;

	as(c, a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR));
	for (int i = 0; i < 3; i++)
		staff_log_look(c, "member.look", "member", i + 1, S("상담"));
	staff_log_jobs[0].run(c);
	assert_int_equal(staff_log_verify(c, &head), 0);
	assert_int_equal(head.unsealed, 0);
	assert_true(head.n >= 3);
	staff_log_jobs[0].run(c);
	assert_int_equal(staff_log_verify(c, &again), 0);
	assert_true(str_eq(head.hash, again.hash));
	staff_log_look(c, "member.look", "member", 9, S("상담"));
	assert_int_equal(staff_log_verify(c, &again), 0);
	assert_int_equal(again.unsealed, 1);
	db_run(c, &change_line, arg(db_int(c, &first_sealed, 0, arg(head.n - 1))));
	assert_int_equal(staff_log_verify(c, &again), head.n - 1);
	assert_int_equal(again.n, head.n - 2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_look_that_is_repeated_at_each_key_is_one_look),
	cmocka_unit_test(what_is_asked_for_again_and_again_is_one_look_an_hour),
	cmocka_unit_test(the_log_is_sealed_in_a_chain_and_a_changed_line_breaks_it_where_it_stands),
};
UNIT_GROUP(member, tests, NULL, NULL)
