/* What somebody typed who looks for a person; and that numbers come out masked. */
#include "fixtures.h"

#include "data/db.h"
#include "member/member.h"
#include "member/member_find.h"
#include "staff_log/staff_log.h"

SQL(set_phone, "UPDATE member SET phone = ? WHERE id = ?");
SQL(change_line, "UPDATE staff_log SET reason = 'changed' WHERE id = ?");
SQL(first_sealed, "SELECT log_id FROM staff_log_seal WHERE n = ?");
SQL(count_looks, "SELECT COUNT(*) FROM staff_log WHERE action = ? AND member_id = ?");

static void means(struct ctx *c, const char *q, enum member_query_kind kind)
{
	struct member_query m = member_query_of(c, str_of(q));

	if (m.kind != kind)
		fail_msg("%s: %s, wanted %s", q, member_query_kinds[m.kind], member_query_kinds[kind]);
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
		struct member_query m = member_query_of(c, str_of(same[i]));

		assert_str(m.phone, "01012345678%");
		assert_str(m.phone_abroad, "821012345678%");
	}
}

RULE(signs_that_mean_something_to_the_database_mean_themselves)
{
	assert_str(member_like(c, S("100%_!'")), "100!%!_!!'%");
}

RULE(numbers_are_masked_but_for_their_ends)
{
	assert_str(member_masked(c, S("01012345678")), "010-****-5678");
	assert_str(member_masked(c, S("821012345678")), "010-****-5678");
	assert_str(member_masked(c, S("0212345678")), "02-****-5678");
	assert_str(member_masked(c, S("1234567")), "****");
	assert_str(member_masked(c, (str){ NULL, 0 }), "");
	assert_str(member_phone_words(c, S("821012345678")), "010-1234-5678");
	assert_str(member_phone_words(c, S("0212345678")), "02-1234-5678");
}

RULE(a_person_is_found_once_by_family_name_and_by_given_name_with_the_exact_name_first)
{
	int64_t longer = a_member(c, .name = "뷁서연희"), exact = a_member(c, .name = "뷁서연");
	list by_name = member_search(c, S("뷁서연"), 10), by_given = member_search(c, S("서연"), 10);
	const struct member_row *r = by_name.p;
	bool seen = false;

	assert_int_equal(by_name.n, 2);
	assert_int_equal(r[0].id, exact);
	assert_int_equal(r[1].id, longer);
	r = by_given.p;
	for (size_t i = 0; i < by_given.n; i++)
		seen |= r[i].id == exact;
	assert_true(seen);
	assert_int_equal(member_search(c, S("뷁"), 1).n, 1);
}

RULE(a_search_gives_no_number_in_the_clear)
{
	int64_t id = a_member(c);
	const struct member_row *r;

	db_run(c, &set_phone, arg(S("01098761357")), arg(id));
	r = member_search(c, S("010 9876 1357"), 10).p;
	assert_int_equal(r->id, id);
	assert_str(r->phone, "010-****-1357");
}

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
	cmocka_unit_test(what_is_typed_is_taken_for_what_it_looks_like),
	cmocka_unit_test(a_number_is_the_same_however_it_is_written),
	cmocka_unit_test(signs_that_mean_something_to_the_database_mean_themselves),
	cmocka_unit_test(numbers_are_masked_but_for_their_ends),
	cmocka_unit_test(a_person_is_found_once_by_family_name_and_by_given_name_with_the_exact_name_first),
	cmocka_unit_test(a_search_gives_no_number_in_the_clear),
	cmocka_unit_test(a_look_that_is_repeated_at_each_key_is_one_look),
	cmocka_unit_test(the_log_is_sealed_in_a_chain_and_a_changed_line_breaks_it_where_it_stands),
};
UNIT_GROUP(member, tests, NULL, NULL)
