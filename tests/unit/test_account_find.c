/* Finding people: what somebody typed, who it means, and how little of a person comes out. */
#include "fixtures.h"

#include "account/account.h"
#include "data/db.h"

SQL(set_phone, "UPDATE member SET phone = ? WHERE id = ?");
SQL(set_status, "UPDATE member SET status = ? WHERE id = ?");
SQL(count_looks, "SELECT COUNT(*) FROM staff_log WHERE action = 'desk.search' AND object_id = 7 AND member_id = ? AND reason = ?");

static const struct account_look look = { .action = "desk.search", .object_type = "course", .object_id = 7 };

static list search(struct ctx *c, str q, int64_t limit)
{
	return account_search(c, q, limit, true, &look);
}

static void means(struct ctx *c, const char *q, enum account_query_kind kind)
{
	struct account_query m = account_query_of(c, str_of(q));

	if (m.kind != kind)
		fail_msg("%s: %s, wanted %s", q, account_query_kinds[m.kind], account_query_kinds[kind]);
}

RULE(what_is_typed_is_taken_for_what_it_looks_like)
{
	means(c, "", FIND_NOTHING);
	means(c, "   ", FIND_NOTHING);
	means(c, "5678", FIND_PHONE_TAIL);
	means(c, "010-1234-5678", FIND_PHONE);
	means(c, "+82 10 1234 5678", FIND_PHONE);
	means(c, "1234-5678", FIND_PHONE);
	means(c, "0101", FIND_PHONE_TAIL);
	means(c, "01012", FIND_PHONE);
	means(c, "17", FIND_ID);
	means(c, "M-17", FIND_ID);
	means(c, "#17", FIND_ID);
	means(c, "M-0", FIND_NAME_OR_EMAIL);
	means(c, "M-", FIND_NAME_OR_EMAIL);
	means(c, "0", FIND_NOTHING);
	means(c, "99999999999999999999999", FIND_NOTHING);
	means(c, "kim@", FIND_EMAIL);
	means(c, "kim", FIND_NAME_OR_EMAIL);
	means(c, "김서연", FIND_NAME);
	means(c, "김@서연", FIND_NAME);
	means(c, "+-", FIND_NAME_OR_EMAIL);
}

RULE(a_number_is_the_same_however_it_is_written)
{
	static const char *const same[] = { "01012345678", "010-1234-5678", "010 1234 5678", "(010)1234.5678", "+82 10-1234-5678", "+821012345678",
					    "82 10 1234 5678", "0082-10-1234-5678", "+82 (0)10 1234 5678", "1012345678", "1234-5678" };

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct account_query m = account_query_of(c, str_of(same[i]));

		assert_str(m.phone, "01012345678%");
		if (i < 9)                     /* in full: what is left out is only guessed when somebody looks for it */
			assert_str(account_phone(c, str_of(same[i])), "01012345678");
	}
	assert_str(account_query_of(c, S("+82 10 12")).phone, "01012%");
	assert_str(account_phone(c, S("+82-2-123-4567")), "021234567");
	assert_str(account_phone(c, S("1234-5678")), "12345678");
}

RULE(numbers_of_other_countries_stay_as_they_are)
{
	assert_str(account_phone(c, S("+1 (415) 555-2671")), "14155552671");
	assert_str(account_phone(c, S("+81 90-1234-5678")), "819012345678");
	assert_str(account_phone(c, S("001 415 555 2671")), "0014155552671");
	assert_int_equal(account_query_of(c, S("+1 415 555")).kind, FIND_PHONE);
	assert_str(account_query_of(c, S("+1 415 555")).phone, "1415555%");
}

RULE(signs_that_mean_something_to_the_database_mean_themselves)
{
	assert_str(db_beginning(c, S("100%_!'")), "100!%!_!!'%");
}

RULE(numbers_are_masked_but_for_their_ends)
{
	assert_str(account_masked_phone(c, S("01012345678")), "010-****-5678");
	assert_str(account_masked_phone(c, S("0212345678")), "02-****-5678");
	assert_str(account_masked_phone(c, S("1234567")), "****");
	assert_str(account_masked_phone(c, (str){ NULL, 0 }), "");
	assert_str(account_phone_words(c, S("01012345678")), "010-1234-5678");
	assert_str(account_phone_words(c, S("0212345678")), "02-1234-5678");
	assert_str(account_phone_words(c, S("14155552671")), "14155552671");
}

RULE(a_person_is_found_once_by_family_name_and_by_given_name_with_the_exact_name_first)
{
	int64_t longer = a_member(c, .name = "뷁서연희"), exact = a_member(c, .name = "뷁서연");
	list by_name = search(c, S("뷁서연"), 10), by_given = search(c, S("서연"), 10);
	const struct account_person *r = by_name.p;
	bool seen = false;

	assert_int_equal(by_name.n, 2);
	assert_int_equal(r[0].id, exact);
	assert_int_equal(r[1].id, longer);
	r = by_given.p;
	for (size_t i = 0; i < by_given.n; i++)
		seen |= r[i].id == exact;
	assert_true(seen);
	assert_int_equal(search(c, S("뷁"), 1).n, 1);
}

RULE(a_search_gives_no_number_in_the_clear)
{
	int64_t id = a_member(c);
	const struct account_person *r;

	db_run(c, &set_phone, arg(S("01098761357")), arg(id));
	r = search(c, S("010 9876 1357"), 10).p;
	assert_int_equal(r->id, id);
	assert_str(r->phone, "010-****-1357");
}

RULE(addresses_are_masked_but_for_their_first_letter)
{
	assert_str(account_masked_email(c, S("hong@example.com")), "h***@example.com");
	assert_str(account_masked_email(c, S("h@example.com")), "h***@example.com");
	assert_str(account_masked_email(c, S("nonsense")), "***");
	assert_str(account_masked_email(c, (str){ NULL, 0 }), "");
}

RULE(who_is_found_was_looked_at_and_the_log_says_how_and_not_whom)
{
	as(c, a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR));
	a_member(c, .name = "뷁다희");
	search(c, S("뷁다희"), 10);
	search(c, S("다희"), 10);
	search(c, S("뷁없음"), 10);
	search(c, S("  "), 10);
	assert_int_equal(db_int(c, &count_looks, 0, arg(c->who.id), arg(S("name"))), 2);
}

RULE(only_the_active_are_found_unless_all_are_asked_for)
{
	int64_t id = a_member(c, .name = "뷁정지", .status = "suspended");

	assert_int_equal(account_search(c, S("뷁정지"), 10, false, &look).n, 0);
	assert_int_equal(account_search(c, str_fmt(c->arena, "M-%lld", (long long)id), 10, false, &look).n, 0);
	assert_int_equal(search(c, S("뷁정지"), 10).n, 1);
	db_run(c, &set_status, arg(S("active")), arg(id));
	assert_int_equal(account_search(c, S("정지"), 10, false, &look).n, 1);
}

RULE(a_person_in_a_row_shows_roles_in_words)
{
	struct account_person p = { 0 };

	assert_true(account_person(c, a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR | ROLE_ADMIN), NULL, &p));
	assert_str(p.roles.s, "[\"member\",\"operator\",\"admin\"]");
	assert_false(account_person(c, INT64_C(1) << 40, &look, &p));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_typed_is_taken_for_what_it_looks_like),
	cmocka_unit_test(a_number_is_the_same_however_it_is_written),
	cmocka_unit_test(numbers_of_other_countries_stay_as_they_are),
	cmocka_unit_test(signs_that_mean_something_to_the_database_mean_themselves),
	cmocka_unit_test(numbers_are_masked_but_for_their_ends),
	cmocka_unit_test(a_person_is_found_once_by_family_name_and_by_given_name_with_the_exact_name_first),
	cmocka_unit_test(a_search_gives_no_number_in_the_clear),
	cmocka_unit_test(addresses_are_masked_but_for_their_first_letter),
	cmocka_unit_test(who_is_found_was_looked_at_and_the_log_says_how_and_not_whom),
	cmocka_unit_test(only_the_active_are_found_unless_all_are_asked_for),
	cmocka_unit_test(a_person_in_a_row_shows_roles_in_words),
};
UNIT_GROUP(account_find, tests, NULL, NULL)
