/* Members: signing up, the mailed link, logging in, withdrawing. Sessions themselves: test_session.c. */
#include "ask.h"

#include <stdatomic.h>
#include <string.h>

#include "account/account.h"
#include "data/db.h"
#include "data/outbox.h"
#include "member/member.h"

#define PASSWORD "correct horse 8"

SQL(select_mail, "SELECT body AS data FROM mail WHERE to_address = ? ORDER BY id DESC LIMIT 1");
SQL(count_mails, "SELECT COUNT(*) FROM mail WHERE to_address = ?");
SQL(count_members, "SELECT COUNT(*) FROM member WHERE email = ?");
SQL(count_plain, "SELECT COUNT(*) FROM member WHERE id = ? AND (password_hash LIKE '%horse%' OR password_hash NOT LIKE '$argon2id$%')");
SQL(count_kept_tokens, "SELECT COUNT(*) FROM member_token WHERE hash = ? OR member_id = ?");
SQL(age_tokens, "UPDATE member_token SET expires_at = ? WHERE member_id = ?");
SQL(set_status, "UPDATE member SET status = ? WHERE id = ?");
SQL(count_sessions, "SELECT COUNT(*) FROM session WHERE member_id = ?");
SQL(count_traces,
	"SELECT COUNT(*) FROM member WHERE id = ? AND (email IS NOT NULL OR password_hash IS NOT NULL OR name <> '' OR phone <> '' OR roles <> 1)");
SQL(select_event, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE stream = ? AND type = 'member.withdrawn'");

struct letter {
	str data;
};
static const struct shape letter_shape = SHAPE("Letter", struct letter, F(data));

static str an_address(struct ctx *c)
{
	static int n;

	return str_fmt(c->arena, "New.%d.%lld@Test.Example", ++n, (long long)clock_us());
}

static outcome sign_up(struct ctx *c, str email, int64_t *id)
{
	struct signup in = { email, S(PASSWORD), S("정가람"), S("+82 10-1234 5678"), LOCALE_KO };

	return account_sign_up(c, &in, id);
}

/* The token in the newest mail to this address. */
static str mailed_token(struct ctx *c, str email)
{
	struct letter l = { { NULL, 0 } };
	size_t at;

	assert_true(db_one(c, &select_mail, &letter_shape, &l, arg(str_lower(c->arena, email))));
	assert_true(str_find(l.data, S("/verify?token="), &at));
	return str_dup(c->arena, (str){ l.data.p + at + 14, 43 });
}

static outcome log_in(struct ctx *c, str email, const char *password)
{
	struct session_tokens t;

	c->now = when_now();
	return account_log_in(c, email, str_of(password), S("api"), S("unit test"), &t);
}

/* A member who has verified. */
static int64_t an_account(struct ctx *c, str email)
{
	int64_t id, verified;

	assert_ptr_equal(sign_up(c, email, &id), OK);
	assert_ptr_equal(account_verify(c, mailed_token(c, email), &verified), OK);
	assert_int_equal(id, verified);
	return id;
}

COMMITTED(who_signs_up_gets_a_link_and_is_active_with_it)
{
	str email = an_address(c);
	struct account a;
	int64_t id, verified;

	assert_ptr_equal(sign_up(c, email, &id), OK);
	assert_true(account_read(c, id, &a));
	assert_str(str_of(account_statuses[a.status]), "pending");
	assert_true(str_eq(a.email, str_lower(c->arena, email)));
	assert_str(a.phone, "01012345678");
	assert_str(a.roles.s, "[\"member\"]");
	assert_ptr_equal(log_in(c, email, PASSWORD), &account_not_verified);
	assert_ptr_equal(account_verify(c, mailed_token(c, email), &verified), OK);
	assert_int_equal(verified, id);
	assert_ptr_equal(log_in(c, email, PASSWORD), OK);
}

COMMITTED(an_address_is_taken_once_however_it_is_written)
{
	str email = an_address(c);
	int64_t id, second;

	assert_ptr_equal(sign_up(c, email, &id), OK);
	assert_ptr_equal(sign_up(c, email, &second), &email_taken);
	assert_str(c->errors->field, "email");
	assert_ptr_equal(sign_up(c, str_lower(c->arena, email), &second), &email_taken);
	assert_int_equal(db_int(c, &count_members, 0, arg(str_lower(c->arena, email))), 1);
	assert_int_equal(db_int(c, &count_mails, 0, arg(str_lower(c->arena, email))), 1);
}

static struct shared {
	char email[100];
	atomic_int ready, made;
} *all;

static int sign_up_at_once(struct ctx *c, int which)
{
	int64_t id;
	outcome o;

	(void)which;
	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&all->ready, 1);
	while (atomic_load(&all->ready) < 4)
		;
	o = sign_up(c, str_of(all->email), &id);
	if (o == OK)
		atomic_fetch_add(&all->made, 1);
	return o == OK || o == &email_taken ? 0 : 1;
}

COMMITTED(an_address_that_several_sign_up_with_at_once_is_one_account)
{
	str email = an_address(c);

	all = shared_memory(sizeof(*all));
	memcpy(all->email, email.p, email.n);
	test_at_once(4, sign_up_at_once);
	assert_int_equal(all->made, 1);
	assert_int_equal(db_int(c, &count_mails, 0, arg(str_lower(c->arena, email))), 1);
}

COMMITTED(a_link_is_good_once_and_for_a_day)
{
	str email = an_address(c), token;
	int64_t id, verified;

	assert_ptr_equal(sign_up(c, email, &id), OK);
	token = mailed_token(c, email);
	db_run(c, &age_tokens, arg(c->now), arg(id));
	assert_ptr_equal(account_verify(c, token, &verified), &token_unknown);
	account_resend(c, email);
	token = mailed_token(c, email);
	assert_ptr_equal(account_verify(c, token, &verified), OK);
	assert_ptr_equal(account_verify(c, token, &verified), &token_unknown);
	assert_ptr_equal(account_verify(c, S("never-given-out"), &verified), &token_unknown);
	assert_ptr_equal(account_verify(c, (str){ NULL, 0 }, &verified), &token_unknown);
}

COMMITTED(a_new_link_makes_the_one_before_void)
{
	str email = an_address(c), first, second;
	int64_t id, verified;

	assert_ptr_equal(sign_up(c, email, &id), OK);
	first = mailed_token(c, email);
	account_resend(c, email);
	second = mailed_token(c, email);
	assert_ptr_equal(account_verify(c, first, &verified), &token_unknown);
	assert_ptr_equal(account_verify(c, second, &verified), OK);
}

COMMITTED(asking_for_a_link_again_says_and_mails_nothing_to_others)
{
	str unknown = an_address(c), active = an_address(c);

	an_account(c, active);
	account_resend(c, unknown);
	account_resend(c, active);
	assert_int_equal(db_int(c, &count_mails, 0, arg(str_lower(c->arena, unknown))), 0);
	assert_int_equal(db_int(c, &count_mails, 0, arg(str_lower(c->arena, active))), 1);
}

COMMITTED(neither_passwords_nor_tokens_are_kept)
{
	str email = an_address(c);
	int64_t id;

	assert_ptr_equal(sign_up(c, email, &id), OK);
	assert_int_equal(db_int(c, &count_plain, 0, arg(id)), 0);
	assert_int_equal(db_int(c, &count_kept_tokens, 0, arg(mailed_token(c, email)), arg((int64_t)0)), 0);
}

COMMITTED(a_wrong_password_and_an_unknown_address_look_the_same)
{
	str email = an_address(c);
	int64_t id = an_account(c, email);

	assert_ptr_equal(log_in(c, email, PASSWORD " "), &login_wrong);
	assert_ptr_equal(log_in(c, email, ""), &login_wrong);
	assert_ptr_equal(log_in(c, an_address(c), PASSWORD), &login_wrong);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(id)), 0);
	assert_ptr_equal(log_in(c, str_lower(c->arena, email), PASSWORD), OK);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(id)), 1);
}

static int64_t takes(struct ctx *c, str email)
{
	int64_t best = INT64_MAX;

	for (int i = 0; i < 5; i++) {
		int64_t began = test_worked_us(), took;

		log_in(c, email, "not the password");
		took = test_worked_us() - began;
		best = took < best ? took : best;
	}
	return best;
}

COMMITTED(an_unknown_address_takes_as_long_as_a_known_one)
{
	str email = an_address(c);

	an_account(c, email);
	assert_true(takes(c, an_address(c)) * 2 > takes(c, email));
}

COMMITTED(who_is_suspended_learns_it_only_with_the_right_password)
{
	str email = an_address(c);
	int64_t id = an_account(c, email);

	db_run(c, &set_status, arg(S("suspended")), arg(id));
	assert_ptr_equal(log_in(c, email, PASSWORD), &account_suspended);
	assert_ptr_equal(log_in(c, email, "wrong"), &login_wrong);
}

COMMITTED(who_has_no_password_cannot_log_in_with_one)
{
	str email = an_address(c);

	a_member(c, .email = str_z(c->arena, str_lower(c->arena, email)));
	assert_ptr_equal(log_in(c, email, ""), &login_wrong);
	assert_ptr_equal(log_in(c, email, PASSWORD), &login_wrong);
}

COMMITTED(roles_are_shown_by_their_names)
{
	struct account a;

	assert_true(account_read(c, a_member(c, .roles = ROLE_MEMBER | ROLE_INSTRUCTOR | ROLE_FINANCE | ROLE_ADMIN), &a));
	assert_str(a.roles.s, "[\"member\",\"instructor\",\"finance\",\"admin\"]");
	assert_false(account_read(c, INT64_C(1) << 40, &a));
}

COMMITTED(withdrawing_erases_the_person_and_frees_the_address)
{
	str email = an_address(c);
	int64_t id = an_account(c, email), again;
	struct event e = { 0 };

	assert_ptr_equal(log_in(c, email, PASSWORD), OK);
	account_resend(c, email);
	as(c, id);
	assert_ptr_equal(member_withdraw(c), OK);
	assert_int_equal(db_int(c, &count_traces, 0, arg(id)), 0);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(id)), 0);
	assert_ptr_equal(log_in(c, email, PASSWORD), &login_wrong);
	assert_true(db_one(c, &select_event, &event_shape, &e, arg(str_fmt(c->arena, "m.%lld", (long long)id))));
	assert_int_equal(json_int(json_parse(c, e.payload), "member_id", 0), id);
	assert_ptr_equal(sign_up(c, email, &again), OK);
	assert_true(again != id);
}

COMMITTED(nothing_that_was_mailed_to_a_withdrawn_member_is_kept)
{
	str email = an_address(c);

	as(c, an_account(c, email));
	assert_ptr_equal(member_withdraw(c), OK);
	assert_int_equal(db_int(c, &count_mails, 0, arg(str_lower(c->arena, email))), 0);
}

COMMITTED(a_profile_changes_only_what_is_given)
{
	int64_t id = a_member(c, .name = "옛 이름");
	struct request *rq = ask(c, "PATCH", "/api/v1/me", .as = id, .body = "{\"phone\":\"+82 (0)10\"}");
	struct account a;

	assert_problem(rq, 422, "invalid");
	assert_problem(ask(c, "PATCH", "/api/v1/me", .as = id, .body = "{\"phone\":\"1234567890123456\"}"), 422, "invalid");
	rq = ask(c, "PATCH", "/api/v1/me", .as = id, .body = "{\"phone\":\"+82-(0)10-9876-5432\",\"locale\":\"en\"}");
	assert_int_equal(rq->status, 200);
	assert_true(account_read(c, id, &a));
	assert_str(a.phone, "01098765432");
	assert_str(a.name, "옛 이름");
	assert_int_equal(a.locale, LOCALE_EN);
	assert_str(answered_header(rq, "ETag"), str_z(c->arena, str_fmt(c->arena, "\"%lld\"", (long long)a.version)));
}

COMMITTED(one_character_is_no_plural)
{
	struct request *rq = ask(c, "PATCH", "/api/v1/me", .as = a_member(c), .body = "{\"name\":\"\"}", .language = "en");

	assert_problem(rq, 422, "invalid");
	assert_true(str_find(answered(rq), S("\"Enter 1 or more characters\""), NULL));
}

static str tag_of(struct ctx *c, int64_t id)
{
	return answered_header(ask(c, "GET", "/api/v1/me", .as = id), "ETag");
}

COMMITTED(a_profile_is_changed_on_the_version_that_was_seen)
{
	int64_t id = a_member(c, .name = "옛 이름");
	const char *seen = str_z(c->arena, tag_of(c, id)), *name = "{\"name\":\"새 이름\"}";
	const char *stale[] = { "\"99\"", "\"99\", \"98\"", "W/\"1\"", "1", "\"x\"", "\"\"", "\"1", "*, \"99\"", "," };
	struct request *rq;
	struct account a;

	assert_string_equal(seen, "\"1\"");
	for (size_t i = 0; i < sizeof(stale) / sizeof(stale[0]); i++)
		assert_problem(ask(c, "PATCH", "/api/v1/me", .as = id, .body = name, .if_match = stale[i]), 412, "version_stale");
	assert_true(account_read(c, id, &a));
	assert_str(a.name, "옛 이름");
	rq = ask(c, "PATCH", "/api/v1/me", .as = id, .body = name, .if_match = "W/\"1\" , \"a, b\",\"99\", \"1\"");
	assert_int_equal(rq->status, 200);
	assert_str(answered_header(rq, "ETag"), "\"2\"");
	assert_problem(ask(c, "PATCH", "/api/v1/me", .as = id, .body = "{\"locale\":\"en\"}", .if_match = seen), 412, "version_stale");
	rq = ask(c, "PATCH", "/api/v1/me", .as = id, .body = "{\"locale\":\"en\",\"phone\":\"010-9876-5432\"}", .if_match = "*");
	assert_int_equal(rq->status, 200);
	assert_str(answered_header(rq, "ETag"), "\"3\"");
	rq = ask(c, "PATCH", "/api/v1/me", .as = id, .body = "{\"locale\":\"en\",\"name\":\"새 이름\"}");
	assert_int_equal(rq->status, 200);
	assert_str(answered_header(rq, "ETag"), "\"3\"");               /* nothing new */
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(who_signs_up_gets_a_link_and_is_active_with_it),
	cmocka_unit_test(an_address_is_taken_once_however_it_is_written),
	cmocka_unit_test(an_address_that_several_sign_up_with_at_once_is_one_account),
	cmocka_unit_test(a_link_is_good_once_and_for_a_day),
	cmocka_unit_test(a_new_link_makes_the_one_before_void),
	cmocka_unit_test(asking_for_a_link_again_says_and_mails_nothing_to_others),
	cmocka_unit_test(neither_passwords_nor_tokens_are_kept),
	cmocka_unit_test(a_wrong_password_and_an_unknown_address_look_the_same),
	cmocka_unit_test(an_unknown_address_takes_as_long_as_a_known_one),
	cmocka_unit_test(who_is_suspended_learns_it_only_with_the_right_password),
	cmocka_unit_test(who_has_no_password_cannot_log_in_with_one),
	cmocka_unit_test(roles_are_shown_by_their_names),
	cmocka_unit_test(withdrawing_erases_the_person_and_frees_the_address),
	cmocka_unit_test(nothing_that_was_mailed_to_a_withdrawn_member_is_kept),
	cmocka_unit_test(a_profile_changes_only_what_is_given),
	cmocka_unit_test(one_character_is_no_plural),
	cmocka_unit_test(a_profile_is_changed_on_the_version_that_was_seen),
};
UNIT_GROUP(account, tests, with_routes, NULL)
