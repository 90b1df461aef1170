/* Who calls: tokens, cookies, rotation, and the one-use tickets of event streams; what ends with a session. */
#include "ask.h"

#include <stdatomic.h>
#include <string.h>

#include "core/config.h"
#include "data/db.h"
#include "web/crypto.h"
#include "web/session.h"

SQL(count_sessions, "SELECT COUNT(*) FROM session WHERE member_id = ?");
SQL(count_session, "SELECT COUNT(*) FROM session WHERE id = ?");
SQL(expire_access, "UPDATE session SET access_expires_at = ? WHERE id = ?");
SQL(expire_refresh, "UPDATE session SET refresh_expires_at = ? WHERE id = ?");
SQL(expire_tickets, "UPDATE event_ticket SET expires_at = ? WHERE member_id = ?");
SQL(set_status, "UPDATE member SET status = ? WHERE id = ?");
SQL(set_roles, "UPDATE member SET roles = ? WHERE id = ?");
SQL(count_listeners, "SELECT COUNT(*) FROM stream_listener WHERE stream = ?");
SQL(count_ended, "SELECT COUNT(*) FROM outbox WHERE stream = ? AND type = 'stream.end' AND payload = ?");
SQL(forget_ends, "DELETE FROM outbox WHERE stream = ?");
SQL(select_plain, "SELECT COUNT(*) FROM session WHERE access_hash = ? OR refresh_hash = ?");

struct starting {
	int64_t member;
	str kind;
	struct session_tokens tokens;
};

static outcome start_tx(struct ctx *c, void *p)
{
	struct starting *s = p;

	s->tokens = session_start(c, s->member, s->kind, S("unit test"));
	return OK;
}

static struct session_tokens start(struct ctx *c, int64_t member, const char *kind)
{
	struct starting s = { member, str_of(kind), { 0 } };

	c->now = when_now();
	db_tx(c, start_tx, &s);
	return s.tokens;
}

static const char *cookie_of(struct ctx *c, const struct session_tokens *t)
{
	return str_z(c->arena, str_fmt(c->arena, "lang=ko; __Host-madang=%.*s; theme=dark", STR(t->access_token)));
}

COMMITTED(a_token_says_who_calls)
{
	int64_t member = a_member(c, .name = "김한글", .roles = ROLE_MEMBER | ROLE_OPERATOR);
	struct session_tokens t = start(c, member, "api");
	struct request *rq = ask(c, "GET", "/api/v1/me", .token = t.access_token);

	assert_int_equal(rq->status, 200);
	assert_int_equal(c->who.id, member);
	assert_int_equal(c->who.session_id, t.session_id);
	assert_int_equal(c->who.roles, ROLE_MEMBER | ROLE_OPERATOR);
	assert_false(c->who.by_cookie);
}

COMMITTED(the_database_knows_no_token)
{
	struct session_tokens t = start(c, a_member(c), "api");

	assert_int_equal(t.access_token.n, 43);
	assert_int_equal(t.refresh_token.n, 43);
	assert_int_equal(db_int(c, &select_plain, 0, arg(t.access_token), arg(t.refresh_token)), 0);
}

COMMITTED(what_is_no_token_is_nobodys)
{
	struct session_tokens t = start(c, a_member(c), "api"), console = start(c, a_member(c), "console");

	assert_problem(ask(c, "GET", "/api/v1/me"), 401, "not_logged_in");
	assert_problem(ask(c, "GET", "/api/v1/me", .token = S("short")), 401, "not_logged_in");
	assert_problem(ask(c, "GET", "/api/v1/me", .token = crypto_token(c)), 401, "not_logged_in");
	assert_problem(ask(c, "GET", "/api/v1/me", .token = t.refresh_token), 401, "not_logged_in");
	assert_problem(ask(c, "GET", "/api/v1/me", .token = console.access_token), 401, "not_logged_in");
	assert_problem(ask(c, "GET", "/api/v1/me", .cookie = cookie_of(c, &t)), 401, "not_logged_in");
}

COMMITTED(an_access_token_runs_out)
{
	struct session_tokens t = start(c, a_member(c), "api");

	db_run(c, &expire_access, arg(when_now()), arg(t.session_id));
	assert_problem(ask(c, "GET", "/api/v1/me", .token = t.access_token), 401, "token_expired");
	assert_problem(ask(c, "GET", "/api/v1/courses", .token = t.access_token), 401, "token_expired");
}

static str refreshing(struct ctx *c, const struct session_tokens *t)
{
	return str_fmt(c->arena, "{\"refresh_token\":\"%.*s\"}", STR(t->refresh_token));
}

/* A client that sends its token with everything. */
COMMITTED(a_token_that_is_good_no_more_keeps_nobody_from_getting_a_new_one)
{
	struct session_tokens t = start(c, a_member(c), "api");
	str unknown = crypto_token(c);
	struct request *rq;

	db_run(c, &expire_access, arg(when_now()), arg(t.session_id));
	rq = ask(c, "POST", "/api/v1/auth/refresh", .token = t.access_token, .body = str_z(c->arena, refreshing(c, &t)));
	assert_int_equal(rq->status, 200);
	t.refresh_token = json_str(answered_json(rq), "refresh_token");
	rq = ask(c, "POST", "/api/v1/auth/refresh", .token = unknown, .body = str_z(c->arena, refreshing(c, &t)));
	assert_int_equal(rq->status, 200);
	rq = ask(c, "POST", "/api/v1/auth/login", .token = t.access_token, .body = "{\"email\":\"nobody@example.com\",\"password\":\"wrong wrong\"}");
	assert_problem(rq, 401, "login_wrong");
	rq = ask(c, "POST", "/api/v1/auth/verify", .token = unknown, .body = "{\"token\":\"never given\"}");
	assert_problem(rq, 404, "token_unknown");
	rq = ask(c, "POST", "/api/v1/auth/verify/resend", .token = unknown, .body = "{\"email\":\"nobody@example.com\"}");
	assert_int_equal(rq->status, 204);
	assert_problem(ask(c, "POST", "/api/v1/auth/signup", .token = unknown, .body = "{}"), 422, "invalid");
}

COMMITTED(a_member_who_is_suspended_or_gone_calls_no_more)
{
	int64_t member = a_member(c);
	struct session_tokens t = start(c, member, "api");

	db_run(c, &set_status, arg(S("suspended")), arg(member));
	assert_problem(ask(c, "GET", "/api/v1/me", .token = t.access_token), 403, "account_suspended");
	db_run(c, &set_status, arg(S("withdrawn")), arg(member));
	assert_problem(ask(c, "GET", "/api/v1/me", .token = t.access_token), 401, "not_logged_in");
}

COMMITTED(a_cookie_that_ran_out_keeps_nobody_from_what_anyone_may_read)
{
	int64_t member = a_member(c);
	struct session_tokens t = start(c, member, "console");
	struct request *rq;

	db_run(c, &expire_access, arg(when_now()), arg(t.session_id));
	assert_int_equal(ask(c, "GET", "/api/v1/courses", .cookie = cookie_of(c, &t))->status, 200);
	rq = ask(c, "GET", "/api/v1/events", .cookie = cookie_of(c, &t), .last_event_id = "3");
	assert_int_equal(rq->status, 200);
	assert_str(answered(rq), "retry: 5000\nevent: reauth\ndata: {}\n\n");
	assert_problem(ask(c, "GET", "/api/v1/me", .cookie = cookie_of(c, &t)), 401, "token_expired");
	t = start(c, member, "console");
	db_run(c, &set_status, arg(S("suspended")), arg(member));
	assert_int_equal(ask(c, "GET", "/api/v1/courses", .cookie = cookie_of(c, &t))->status, 200);
	assert_problem(ask(c, "GET", "/api/v1/me", .cookie = cookie_of(c, &t)), 403, "account_suspended");
}

COMMITTED(by_cookie_unsafe_methods_need_the_sessions_token)
{
	struct session_tokens t = start(c, a_member(c), "console");
	const char *cookie = cookie_of(c, &t), *patch = "{\"name\":\"새 이름\"}";

	assert_int_equal(ask(c, "GET", "/api/v1/me", .cookie = cookie)->status, 200);
	assert_problem(ask(c, "PATCH", "/api/v1/me", .cookie = cookie, .body = patch), 403, "csrf_missing");
	assert_problem(ask(c, "PATCH", "/api/v1/me", .cookie = cookie, .body = patch, .csrf = "wrong"), 403, "csrf_missing");
	assert_int_equal(ask(c, "PATCH", "/api/v1/me", .cookie = cookie, .body = patch, .csrf = str_z(c->arena, t.csrf))->status, 200);
}

/* -- rotation -- */

COMMITTED(a_refresh_token_is_changed_for_a_new_pair)
{
	struct session_tokens t = start(c, a_member(c), "api"), next = { 0 };

	assert_ptr_equal(session_refresh(c, t.refresh_token, &next), OK);
	assert_int_equal(next.session_id, t.session_id);
	assert_false(str_eq(next.refresh_token, t.refresh_token));
	assert_int_equal(ask(c, "GET", "/api/v1/me", .token = next.access_token)->status, 200);
	assert_problem(ask(c, "GET", "/api/v1/me", .token = t.access_token), 401, "not_logged_in");
}

COMMITTED(an_old_refresh_token_seen_again_ends_the_session)
{
	int64_t member = a_member(c);
	struct session_tokens t = start(c, member, "api"), next = { 0 }, other = start(c, member, "api"), none;

	assert_ptr_equal(session_refresh(c, t.refresh_token, &next), OK);
	assert_ptr_equal(session_refresh(c, t.refresh_token, &none), &refresh_invalid);
	assert_ptr_equal(session_refresh(c, next.refresh_token, &none), &refresh_invalid);
	assert_problem(ask(c, "GET", "/api/v1/me", .token = next.access_token), 401, "not_logged_in");
	assert_int_equal(ask(c, "GET", "/api/v1/me", .token = other.access_token)->status, 200);
}

COMMITTED(a_refresh_token_that_ran_out_or_was_never_given_is_refused)
{
	struct session_tokens t = start(c, a_member(c), "api"), none;

	assert_ptr_equal(session_refresh(c, crypto_token(c), &none), &refresh_invalid);
	assert_ptr_equal(session_refresh(c, (str){ NULL, 0 }, &none), &refresh_invalid);
	db_run(c, &expire_refresh, arg(c->now), arg(t.session_id));
	assert_ptr_equal(session_refresh(c, t.refresh_token, &none), &refresh_invalid);
	assert_int_equal(db_int(c, &count_session, 0, arg(t.session_id)), 1);
}

static struct shared {
	char token[44];
	atomic_int ready, good;
} *all;

static int refresh_at_once(struct ctx *c, int which)
{
	struct session_tokens t;

	(void)which;
	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&all->ready, 1);
	while (atomic_load(&all->ready) < 4)
		;
	if (session_refresh(c, str_of(all->token), &t) == OK)
		atomic_fetch_add(&all->good, 1);
	return 0;
}

COMMITTED(a_refresh_token_used_by_several_at_once_is_good_for_one_at_most)
{
	int64_t member = a_member(c);
	struct session_tokens t = start(c, member, "api");

	all = shared_memory(sizeof(*all));
	memcpy(all->token, t.refresh_token.p, t.refresh_token.n);
	test_at_once(4, refresh_at_once);
	assert_int_equal(all->good, 1);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(member)), 0);      /* the others looked like thieves */
}

COMMITTED(the_name_of_a_client_is_kept_as_far_as_it_is_text)
{
	struct starting s = { a_member(c), S("api"), { 0 } };
	char *name = arena_text(c->arena, 900);

	for (int i = 0; i < 900; i += 3)
		memcpy(name + i, "가", 3);
	c->now = when_now();
	s.tokens = session_start(c, s.member, S("api"), (str){ name, 900 });
	assert_int_equal(db_int(c, &count_session, 0, arg(s.tokens.session_id)), 1);
	s.tokens = session_start(c, s.member, S("api"), S("\xff\xfe"));
	assert_int_equal(db_int(c, &count_session, 0, arg(s.tokens.session_id)), 1);
}

COMMITTED(logging_out_ends_this_session_or_all_of_them)
{
	int64_t member = a_member(c), other = a_member(c);
	struct session_tokens one = start(c, member, "api"), two = start(c, member, "api"), three = start(c, member, "console");

	start(c, other, "api");
	assert_int_equal(ask(c, "POST", "/api/v1/auth/logout", .token = one.access_token, .body = "{}")->status, 204);
	assert_problem(ask(c, "GET", "/api/v1/me", .token = one.access_token), 401, "not_logged_in");
	assert_int_equal(db_int(c, &count_sessions, 0, arg(member)), 2);
	assert_int_equal(ask(c, "POST", "/api/v1/auth/logout", .token = two.access_token, .body = "{\"everywhere\":true}")->status, 204);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(member)), 0);
	assert_int_equal(db_int(c, &count_session, 0, arg(three.session_id)), 0);
	assert_int_equal(db_int(c, &count_sessions, 0, arg(other)), 1);
}

COMMITTED(one_ends_ones_own_sessions_only)
{
	int64_t member = a_member(c);
	struct session_tokens mine = start(c, member, "api"), theirs = start(c, a_member(c), "api");
	const char *path = str_z(c->arena, str_fmt(c->arena, "/api/v1/me/sessions/%lld", (long long)theirs.session_id));

	assert_problem(ask(c, "DELETE", path, .token = mine.access_token), 404, "session_unknown");
	assert_int_equal(db_int(c, &count_session, 0, arg(theirs.session_id)), 1);
	assert_int_equal(ask(c, "DELETE", path, .token = theirs.access_token)->status, 204);
	assert_int_equal(db_int(c, &count_session, 0, arg(theirs.session_id)), 0);
}

/* -- tickets of event streams -- */

static str a_stream_ticket(struct ctx *c, int64_t member)
{
	struct session_tokens t = start(c, member, "api");

	as(c, member);
	c->who.session_id = t.session_id;
	return session_event_ticket(c);
}

COMMITTED(an_event_ticket_is_good_for_the_sync_and_once_more)
{
	int64_t member = a_member(c);
	str ticket = a_stream_ticket(c, member);

	c->who = (struct caller){ 0 };
	assert_ptr_equal(session_use_event_ticket(c, ticket, false), OK);
	assert_int_equal(c->who.id, member);
	assert_ptr_equal(session_use_event_ticket(c, ticket, false), &not_logged_in);
	assert_ptr_equal(session_use_event_ticket(c, ticket, true), OK);
	assert_ptr_equal(session_use_event_ticket(c, ticket, true), &not_logged_in);
	assert_ptr_equal(session_use_event_ticket(c, ticket, false), &not_logged_in);
}

COMMITTED(who_goes_on_from_a_number_uses_a_fresh_ticket_up_at_once)
{
	str ticket = a_stream_ticket(c, a_member(c));

	assert_ptr_equal(session_use_event_ticket(c, ticket, true), OK);
	assert_ptr_equal(session_use_event_ticket(c, ticket, true), &not_logged_in);
}

COMMITTED(an_event_ticket_ends_with_its_minute_its_session_and_its_member)
{
	int64_t member = a_member(c);
	str ticket = a_stream_ticket(c, member);

	db_run(c, &expire_tickets, arg(c->now), arg(member));
	assert_ptr_equal(session_use_event_ticket(c, ticket, false), &not_logged_in);
	ticket = a_stream_ticket(c, member);
	session_end_all(c, member, 0);
	assert_ptr_equal(session_use_event_ticket(c, ticket, false), &not_logged_in);
	ticket = a_stream_ticket(c, member);
	db_run(c, &set_status, arg(S("suspended")), arg(member));
	assert_ptr_equal(session_use_event_ticket(c, ticket, false), &not_logged_in);
	assert_ptr_equal(session_use_event_ticket(c, S("nonsense"), false), &not_logged_in);
}

/* -- streams -- */

/* How many listen to the stream; how many of the events that wait there end a session's listening. */
static int64_t listeners(struct ctx *c, str stream)
{
	return db_int(c, &count_listeners, -1, arg(stream));
}

static int64_t ended(struct ctx *c, str stream, int64_t session_id)
{
	return db_int(c, &count_ended, -1, arg(stream), arg(str_fmt(c->arena, "{\"session_id\":%lld}", (long long)session_id)));
}

static bool listen_as(struct ctx *c, const struct session_tokens *t, str stream, int64_t roles)
{
	c->who.session_id = t->session_id;
	return session_listen(c, stream, roles);
}

COMMITTED(what_ends_a_session_ends_the_streams_that_it_listens_to)
{
	int64_t member = a_member(c);
	struct session_tokens one = start(c, member, "api"), two = start(c, member, "console");
	str stream = str_fmt(c->arena, "test.%lld", (long long)member), other = str_fmt(c->arena, "test.other.%lld", (long long)member);

	assert_true(listen_as(c, &one, stream, ROLE_MEMBER));
	assert_true(listen_as(c, &one, stream, ROLE_MEMBER));           /* it comes again */
	assert_true(listen_as(c, &one, other, ROLE_MEMBER));
	assert_true(listen_as(c, &two, stream, ROLE_MEMBER));
	assert_int_equal(listeners(c, stream), 2);
	session_end(c, one.session_id);
	assert_int_equal(listeners(c, stream), 1);
	assert_int_equal(listeners(c, other), 0);
	assert_int_equal(ended(c, stream, one.session_id), 1);
	assert_int_equal(ended(c, other, one.session_id), 1);
	assert_int_equal(ended(c, stream, two.session_id), 0);
	assert_false(listen_as(c, &one, stream, ROLE_MEMBER));
	assert_int_equal(ended(c, stream, one.session_id), 1);
	session_end_all(c, member, 0);
	assert_int_equal(listeners(c, stream), 0);
	assert_int_equal(ended(c, stream, two.session_id), 1);
	db_run(c, &forget_ends, arg(stream));
	db_run(c, &forget_ends, arg(other));
}

static outcome only_member(struct ctx *c, void *p)
{
	session_roles_changed(c, *(int64_t *)p, ROLE_MEMBER);
	return OK;
}

COMMITTED(a_stream_needs_a_login_that_stands_and_one_of_its_roles)
{
	int64_t member = a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR);
	struct session_tokens t = start(c, member, "api");
	str own = str_fmt(c->arena, "test.%lld", (long long)member), staffs = str_fmt(c->arena, "test.staff.%lld", (long long)member);

	assert_true(listen_as(c, &t, own, ROLE_MEMBER));
	assert_true(listen_as(c, &t, staffs, ROLE_OPERATOR | ROLE_ADMIN));
	assert_int_equal(listeners(c, staffs), 1);
	db_run(c, &set_roles, arg((int64_t)ROLE_MEMBER), arg(member));
	assert_int_equal(listeners(c, staffs), 0);                      /* whether it was told or not */
	assert_int_equal(listeners(c, own), 1);
	db_tx(c, only_member, &member);
	assert_int_equal(ended(c, staffs, t.session_id), 1);
	assert_int_equal(ended(c, own, t.session_id), 0);
	db_run(c, &expire_access, arg(c->now), arg(t.session_id));
	assert_int_equal(listeners(c, own), 1);                         /* a login that can still be refreshed stands */
	db_run(c, &expire_refresh, arg(c->now), arg(t.session_id));
	assert_int_equal(listeners(c, own), 0);
	db_run(c, &forget_ends, arg(staffs));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_ends_a_session_ends_the_streams_that_it_listens_to),
	cmocka_unit_test(a_stream_needs_a_login_that_stands_and_one_of_its_roles),
	cmocka_unit_test(a_token_says_who_calls),
	cmocka_unit_test(the_database_knows_no_token),
	cmocka_unit_test(what_is_no_token_is_nobodys),
	cmocka_unit_test(an_access_token_runs_out),
	cmocka_unit_test(a_token_that_is_good_no_more_keeps_nobody_from_getting_a_new_one),
	cmocka_unit_test(a_member_who_is_suspended_or_gone_calls_no_more),
	cmocka_unit_test(a_cookie_that_ran_out_keeps_nobody_from_what_anyone_may_read),
	cmocka_unit_test(by_cookie_unsafe_methods_need_the_sessions_token),
	cmocka_unit_test(a_refresh_token_is_changed_for_a_new_pair),
	cmocka_unit_test(an_old_refresh_token_seen_again_ends_the_session),
	cmocka_unit_test(a_refresh_token_that_ran_out_or_was_never_given_is_refused),
	cmocka_unit_test(a_refresh_token_used_by_several_at_once_is_good_for_one_at_most),
	cmocka_unit_test(the_name_of_a_client_is_kept_as_far_as_it_is_text),
	cmocka_unit_test(logging_out_ends_this_session_or_all_of_them),
	cmocka_unit_test(one_ends_ones_own_sessions_only),
	cmocka_unit_test(an_event_ticket_is_good_for_the_sync_and_once_more),
	cmocka_unit_test(who_goes_on_from_a_number_uses_a_fresh_ticket_up_at_once),
	cmocka_unit_test(an_event_ticket_ends_with_its_minute_its_session_and_its_member),
};
UNIT_GROUP(session, tests, with_routes, NULL)
