/* What the staff do with accounts: who may suspend whom, roles, and that one administrator is always left. */
#include "fixtures.h"

#include <stdatomic.h>

#include "account/account.h"
#include "data/db.h"
#include "web/request.h"

SQL(no_admins, "UPDATE member SET roles = 1 WHERE roles & 32");
SQL(select_status, "SELECT status = 'suspended' FROM member WHERE id = ?");
SQL(count_sessions, "SELECT COUNT(*) FROM session WHERE member_id = ?");
SQL(count_admins, "SELECT COUNT(*) FROM member WHERE roles & 32 AND status = 'active'");
SQL(select_roles, "SELECT roles FROM member WHERE id = ?");

static void as_role(struct ctx *c, unsigned roles)
{
	as(c, a_member(c, .roles = (int)(ROLE_MEMBER | roles)));
	c->who.roles = ROLE_MEMBER | roles;
}

RULE(who_is_suspended_loses_every_session_and_gets_none_back_when_restored)
{
	int64_t id = a_member(c);

	as_role(c, ROLE_OPERATOR);
	session_start(c, id, S("api"), S("unit test"));
	session_start(c, id, S("console"), S("unit test"));
	assert_ptr_equal(account_suspend(c, id), OK);
	assert_int_equal(db_int(c, &select_status, 0, arg(id)), 1);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(id)), 0);
	assert_ptr_equal(account_suspend(c, id), &account_state_refused);
	assert_ptr_equal(account_restore(c, id), OK);
	assert_int_equal(db_int(c, &select_status, 0, arg(id)), 0);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(id)), 0);
	assert_ptr_equal(account_restore(c, id), &account_state_refused);
}

RULE(only_the_active_are_suspended_and_the_unknown_are_not_found)
{
	as_role(c, ROLE_ADMIN);
	assert_ptr_equal(account_suspend(c, a_member(c, .status = "pending")), &account_state_refused);
	assert_ptr_equal(account_suspend(c, a_member(c, .status = "withdrawn")), &account_state_refused);
	assert_ptr_equal(account_suspend(c, INT64_C(1) << 40), &account_unknown);
	assert_ptr_equal(account_restore(c, INT64_C(1) << 40), &account_unknown);
}

RULE(staff_are_suspended_and_restored_by_administrators_only)
{
	const int staff[] = { ROLE_OPERATOR, ROLE_FINANCE, ROLE_ADMIN };

	for (size_t i = 0; i < sizeof(staff) / sizeof(staff[0]); i++) {
		int64_t id = a_member(c, .roles = ROLE_MEMBER | staff[i]);

		as_role(c, ROLE_OPERATOR);
		assert_ptr_equal(account_suspend(c, id), &role_missing);
		as_role(c, ROLE_ADMIN);
		assert_ptr_equal(account_suspend(c, id), OK);
		as_role(c, ROLE_OPERATOR);
		assert_ptr_equal(account_restore(c, id), &role_missing);
		as_role(c, ROLE_ADMIN);
		assert_ptr_equal(account_restore(c, id), OK);
	}
}

RULE(the_last_administrator_is_neither_suspended_nor_demoted)
{
	int64_t last;

	db_run(c, &no_admins);
	last = a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN);
	as(c, last);
	c->who.roles = ROLE_MEMBER | ROLE_ADMIN;
	a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN, .status = "suspended");
	assert_ptr_equal(account_suspend(c, last), &account_last_admin);
	assert_ptr_equal(account_set_role(c, last, ROLE_ADMIN, false), &account_last_admin);
	a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN);
	assert_ptr_equal(account_set_role(c, last, ROLE_ADMIN, false), OK);
	assert_int_equal(db_int(c, &count_admins, 0), 1);
}

RULE(roles_of_the_staff_are_given_by_administrators_and_others_by_operators)
{
	int64_t id = a_member(c);

	as_role(c, ROLE_OPERATOR);
	assert_ptr_equal(account_set_role(c, id, ROLE_INSTRUCTOR, true), OK);
	assert_ptr_equal(account_set_role(c, id, ROLE_INSTRUCTOR, true), OK);
	assert_ptr_equal(account_set_role(c, id, ROLE_OPERATOR, true), &role_missing);
	assert_int_equal(db_int(c, &select_roles, 0, arg(id)), ROLE_MEMBER | ROLE_INSTRUCTOR);
	as_role(c, ROLE_ADMIN);
	assert_ptr_equal(account_set_role(c, id, ROLE_OPERATOR, true), OK);
	as_role(c, ROLE_OPERATOR);
	assert_ptr_equal(account_set_role(c, id, ROLE_INSTRUCTOR, false), OK);
	assert_int_equal(db_int(c, &select_roles, 0, arg(id)), ROLE_MEMBER | ROLE_OPERATOR);
	assert_ptr_equal(account_set_role(c, a_member(c, .status = "withdrawn"), ROLE_INSTRUCTOR, true), &account_state_refused);
	assert_ptr_equal(account_set_role(c, INT64_C(1) << 40, ROLE_INSTRUCTOR, true), &account_unknown);
}

RULE(several_roles_are_given_and_taken_at_once_and_what_follows_from_other_things_stays)
{
	int64_t id = a_member(c, .roles = ROLE_MEMBER | ROLE_INSTRUCTOR | ROLE_FINANCE);

	as_role(c, ROLE_ADMIN);
	assert_ptr_equal(account_change_roles(c, id, ROLE_OPERATOR | ROLE_ADMIN, ROLE_FINANCE | ROLE_CREATOR), OK);
	assert_int_equal(db_int(c, &select_roles, 0, arg(id)), ROLE_MEMBER | ROLE_INSTRUCTOR | ROLE_OPERATOR | ROLE_ADMIN);
	as_role(c, ROLE_OPERATOR);
	assert_ptr_equal(account_change_roles(c, id, 0, ROLE_CREATOR | ROLE_FINANCE), &role_missing);
	assert_ptr_equal(account_change_roles(c, a_member(c), ROLE_CREATOR | ROLE_FINANCE, 0), &role_missing);
	assert_ptr_equal(account_change_roles(c, INT64_C(1) << 40, ROLE_CREATOR, 0), &account_unknown);
}

RULE(an_account_is_made_active_with_its_roles_and_each_address_once)
{
	struct signup in = { S("Boss@Example.COM"), S("correct horse 8"), S("한도윤"), { NULL, 0 }, LOCALE_KO };
	struct session_tokens t;
	int64_t id, again;

	as_role(c, ROLE_ADMIN);
	assert_ptr_equal(account_make(c, &in, ROLE_ADMIN | ROLE_OPERATOR, &id), OK);
	assert_int_equal(db_int(c, &select_roles, 0, arg(id)), ROLE_MEMBER | ROLE_ADMIN | ROLE_OPERATOR);
	assert_int_equal(account_of_email(c, S("boss@example.com")), id);
	assert_int_equal(account_of_email(c, S("한글")), 0);
	assert_ptr_equal(account_log_in(c, S("boss@example.com"), S("correct horse 8"), S("api"), S("unit test"), &t), OK);
	assert_ptr_equal(account_make(c, &in, ROLE_ADMIN, &again), &email_taken);
}

RULE(a_new_password_ends_every_session)
{
	int64_t id = a_member(c);

	as_role(c, ROLE_ADMIN);
	session_start(c, id, S("api"), S("unit test"));
	assert_ptr_equal(account_set_password(c, id, S("another horse 9")), OK);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(id)), 0);
	assert_ptr_equal(account_set_password(c, INT64_C(1) << 40, S("another horse 9")), &account_unknown);
	assert_ptr_equal(account_set_password(c, a_member(c, .status = "withdrawn"), S("another horse 9")), &account_state_refused);
}

static struct shared {
	int64_t admin[2];
	atomic_int ready, done;
} *both;

static outcome suspend_the_other(struct ctx *c, void *id)
{
	return account_suspend(c, *(int64_t *)id);
}

static int each_the_other(struct ctx *c, int which)
{
	ctx_begin(c);
	c->who = (struct caller){ .id = both->admin[which], .roles = ROLE_MEMBER | ROLE_ADMIN };
	assert_true(db_alive(c));
	atomic_fetch_add(&both->ready, 1);
	while (atomic_load(&both->ready) < 2)
		;
	if (db_tx(c, suspend_the_other, &both->admin[1 - which]) == OK)
		atomic_fetch_add(&both->done, 1);
	return 0;
}

COMMITTED(two_administrators_who_suspend_each_other_at_once_leave_one)
{
	both = shared_memory(sizeof(*both));
	db_run(c, &no_admins);
	for (int i = 0; i < 2; i++)
		both->admin[i] = a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN);
	test_at_once(2, each_the_other);
	assert_int_equal(both->done, 1);
	assert_int_equal(db_int(c, &count_admins, 0), 1);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(who_is_suspended_loses_every_session_and_gets_none_back_when_restored),
	cmocka_unit_test(only_the_active_are_suspended_and_the_unknown_are_not_found),
	cmocka_unit_test(staff_are_suspended_and_restored_by_administrators_only),
	cmocka_unit_test(the_last_administrator_is_neither_suspended_nor_demoted),
	cmocka_unit_test(roles_of_the_staff_are_given_by_administrators_and_others_by_operators),
	cmocka_unit_test(several_roles_are_given_and_taken_at_once_and_what_follows_from_other_things_stays),
	cmocka_unit_test(an_account_is_made_active_with_its_roles_and_each_address_once),
	cmocka_unit_test(a_new_password_ends_every_session),
	cmocka_unit_test(two_administrators_who_suspend_each_other_at_once_leave_one),
};
UNIT_GROUP(account_staff, tests, NULL, NULL)
