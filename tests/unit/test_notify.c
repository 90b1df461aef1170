/* What members are told: numbered without a gap, in their language, and streamed so that nothing is lost. */
#include "ask.h"

#include <stdatomic.h>

#include "core/i18n.h"
#include "data/db.h"
#include "data/outbox.h"
#include "notify/notify.h"

enum { PROCESSES = 8, EACH = 12 };

SQL(select_seqs, "SELECT seq AS value FROM notification WHERE member_id = ? ORDER BY seq");
SQL(select_pushed, "SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE stream = ? ORDER BY id");
SQL(count_unread, "SELECT unread FROM member_stream WHERE member_id = ?");

static const struct failure changed_our_mind = { 409, "test_is_over" };

/* A notice that the words of every kind can be made from. */
#define FULL "{\"course_title\":\"물\\u0022감\\n\",\"amount\":30000,\"refund\":1500000,\"hold_minutes\":10,\"reason\":\"r\",\"name\":\"n\"}"

static outcome tell(struct ctx *c, void *p)
{
	notify(c, *(int64_t *)p, "seat.offered", S(FULL));
	return OK;
}

static outcome tell_and_fail(struct ctx *c, void *p)
{
	tell(c, p);
	return &changed_our_mind;
}

/* 1, 2, 3 … n, in the table and on the wire. */
static void assert_dense(struct ctx *c, int64_t member, size_t n)
{
	list rows = db_all(c, &select_seqs, &int_item_shape, arg(member));
	list sent = db_all(c, &select_pushed, &event_shape, arg(str_fmt(c->arena, "u.%lld", (long long)member)));

	assert_int_equal(rows.n, n);
	assert_int_equal(sent.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(((struct int_item *)rows.p)[i].value, i + 1);
		assert_int_equal(json_int(json_parse(c, ((struct event *)sent.p)[i].payload), "seq", 0), i + 1);
	}
	assert_int_equal(notify_head(c, member), n);
}

RULE(a_members_notifications_are_numbered_from_one)
{
	int64_t member = a_member(c), other = a_member(c);

	assert_int_equal(notify_head(c, member), 0);
	for (int i = 0; i < 3; i++)
		tell(c, &member);
	tell(c, &other);
	assert_dense(c, member, 3);
	assert_dense(c, other, 1);
}

RULE(many_members_are_told_in_one_go)
{
	struct notice n[20];

	for (int i = 0; i < 20; i++)
		n[i] = (struct notice){ a_member(c), S("seat.offered"), S(FULL) };
	notify_many(c, n, 20);
	notify_many(c, n, 20);
	for (int i = 0; i < 20; i++)
		assert_dense(c, n[i].member_id, 2);
	notify_many(c, n, 0);
}

COMMITTED(what_was_rolled_back_leaves_no_gap)
{
	int64_t member = a_member(c);

	assert_ptr_equal(db_tx(c, tell_and_fail, &member), &changed_our_mind);
	assert_ptr_equal(db_tx(c, tell, &member), OK);
	assert_ptr_equal(db_tx(c, tell_and_fail, &member), &changed_our_mind);
	assert_ptr_equal(db_tx(c, tell, &member), OK);
	assert_dense(c, member, 2);
}

static struct shared {
	int64_t members[2];
	atomic_int ready;
} *all;

static int tell_many_times(struct ctx *c, int which)
{
	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&all->ready, 1);
	while (atomic_load(&all->ready) < PROCESSES)
		;
	for (int i = 0; i < EACH; i++) {
		int64_t *member = &all->members[(i + which) % 2];
		bool give_up = i % 4 == 3;

		ctx_begin(c);
		if (db_tx(c, give_up ? tell_and_fail : tell, member) != (give_up ? &changed_our_mind : OK))
			return 1;
	}
	return 0;
}

COMMITTED(many_processes_at_once_leave_no_gap_and_push_in_order)
{
	all = shared_memory(sizeof(*all));
	all->members[0] = a_member(c);
	all->members[1] = a_member(c);
	test_at_once(PROCESSES, tell_many_times);
	assert_int_equal(notify_head(c, all->members[0]) + notify_head(c, all->members[1]), PROCESSES * EACH / 4 * 3);
	assert_dense(c, all->members[0], (size_t)notify_head(c, all->members[0]));
	assert_dense(c, all->members[1], (size_t)notify_head(c, all->members[1]));
}

/* -- words -- */

RULE(an_empty_word_leaves_no_trace)
{
	struct notification_row row = { 1, 7, S("payment.refunded"), S("{\"course_title\":\"k\",\"amount\":0,\"note\":\"\"}"), c->now, { 0 } };
	struct notification n = { 0 };

	notify_words(c, LOCALE_EN, &row, &n);
	assert_true(str_find(n.body, S("0"), NULL));       /* a number that is zero is one */
	assert_true(str_ends(n.body, S(".")));
}

RULE(every_kind_has_its_words_in_both_languages)
{
	static const char *const types[] = { "seat.offered", "seat.expired", "enrolment.confirmed", "enrolment.cancelled",
					     "payment.refused", "payment.unknown", "payment.refunded", "course.changed", "course.cancelled",
					     "request.submitted", "request.approved", "request.rejected", "request.completed", "request.stale", "request.passed_on",
					     "ticket.moved", "ticket.removed" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (enum locale l = 0; l < LOCALES; l++) {
			struct notification_row row = { 1, 7, str_of(types[i]), S(FULL), c->now, { 0 } };
			struct notification n = { 0 };
			size_t at;

			notify_words(c, l, &row, &n);
			assert_true(i18n_has(l, str_fmt(c->arena, "notify.%s.title", types[i])));
			assert_true(n.title.n > 0 && n.body.n > 0);
			assert_false(str_find(n.title, S("{"), &at) || str_find(n.body, S("{"), &at));
			assert_int_equal(n.seq, 7);
			assert_false(n.read);
		}
}

RULE(amounts_are_written_for_people)
{
	struct notification_row row = { 1, 1, S("payment.refused"), S("{\"course_title\":\"도예\",\"amount\":1230000}"), c->now, { 0 } };
	struct notification n = { 0 };

	notify_words(c, LOCALE_KO, &row, &n);
	assert_str(n.body, "도예 강좌의 결제 1,230,000원이 거절되었습니다. 다른 카드로 다시 하세요.");
}

RULE(as_an_event_it_is_one_line_of_json)
{
	struct notification_row row = { 1, 1, S("seat.offered"), S(FULL), c->now, { 0 } };
	struct notification n = { 0 };
	struct buf b = buf_in(c->arena);
	size_t at;

	notify_words(c, LOCALE_KO, &row, &n);
	notify_json(c, &n, &b);
	assert_non_null(json_parse(c, buf_text(&b)));
	assert_false(str_find(buf_text(&b), S("\n"), &at));
	assert_int_equal(json_int(json_get(json_parse(c, buf_text(&b)), "data"), "amount", 0), 30000);
}

/* -- the list -- */

COMMITTED(the_list_is_newest_first_and_pages_without_a_hole)
{
	int64_t member = a_member(c), seen = 6;
	const char *target = "/api/v1/notifications?limit=2";

	for (int i = 0; i < 5; i++)
		db_tx(c, tell, &member);
	while (target) {
		const struct request *rq = ask(c, "GET", target, .as = member);
		const struct json *j = answered_json(rq);
		str next = json_str(j, "next_cursor");

		assert_int_equal(rq->status, 200);
		assert_int_equal(json_int(j, "unread", -1), 5);
		for (size_t i = 0; i < json_length(json_get(j, "data")); i++)
			assert_int_equal(json_int(json_at(json_get(j, "data"), i), "seq", 0), --seen);
		target = next.n ? str_z(c->arena, str_fmt(c->arena, "/api/v1/notifications?limit=2&cursor=%.*s", STR(next))) : NULL;
	}
	assert_int_equal(seen, 1);
}

COMMITTED(the_list_is_in_the_language_that_is_asked_for_or_else_in_the_members_own)
{
	int64_t korean = a_member(c), english = a_member(c, .locale = "en");
	size_t at;

	db_tx(c, tell, &korean);
	db_tx(c, tell, &english);
	assert_true(str_find(answered(ask(c, "GET", "/api/v1/notifications", .as = korean)), S("자리가 났습니다"), &at));
	assert_true(str_find(answered(ask(c, "GET", "/api/v1/notifications", .as = english)), S("A seat is yours"), &at));
	assert_true(str_find(answered(ask(c, "GET", "/api/v1/notifications", .as = english, .language = "ko")), S("자리가 났습니다"), &at));
	assert_true(str_find(answered(ask(c, "GET", "/api/v1/notifications", .as = korean, .language = "en")), S("A seat is yours"), &at));
}

COMMITTED(reading_up_to_one_leaves_the_later_ones_unread)
{
	int64_t member = a_member(c), other = a_member(c);
	struct request *rq;

	db_tx(c, tell, &other);
	for (int i = 0; i < 4; i++)
		db_tx(c, tell, &member);
	rq = ask(c, "POST", "/api/v1/notifications/read", .as = member, .body = "{\"up_to\":3}");
	assert_str(answered(rq), "{\"unread\":1}");
	rq = ask(c, "POST", "/api/v1/notifications/read", .as = member, .body = "{\"up_to\":1}");
	assert_str(answered(rq), "{\"unread\":1}");
	rq = ask(c, "POST", "/api/v1/notifications/read", .as = member);
	assert_str(answered(rq), "{\"unread\":0}");
	db_tx(c, tell, &member);
	assert_int_equal(db_int(c, &count_unread, 0, arg(member)), 1);
	assert_int_equal(db_int(c, &count_unread, 0, arg(other)), 1);
}

/* -- the stream -- */

COMMITTED(who_comes_for_the_first_time_is_told_where_the_stream_stands)
{
	int64_t member = a_member(c);
	struct request *rq;

	db_tx(c, tell, &member);
	db_tx(c, tell, &member);
	rq = ask(c, "GET", "/api/v1/events", .as = member);
	assert_int_equal(rq->status, 200);
	assert_str(rq->reply_type, "text/event-stream");
	assert_str(answered(rq), "retry: 100\nid: 2\nevent: sync\ndata: {\"head\":2}\n\n");
	rq = ask(c, "GET", "/api/v1/events", .as = member, .last_event_id = "9");          /* a number we never gave out */
	assert_true(str_starts(answered(rq), S("retry: 100\nid: 2\nevent: sync\n")));
	rq = ask(c, "GET", "/api/v1/events", .as = member, .last_event_id = "1700000000:0");
	assert_true(str_starts(answered(rq), S("retry: 100\nid: 2\nevent: sync\n")));
}

COMMITTED(who_was_away_gets_what_was_missed_in_order)
{
	int64_t member = a_member(c, .locale = "en");
	struct request *rq;
	size_t second, third;

	for (int i = 0; i < 3; i++)
		db_tx(c, tell, &member);
	rq = ask(c, "GET", "/api/v1/events", .as = member, .last_event_id = "1", .language = "ko");      /* pushed in English, replayed in English */
	assert_int_equal(rq->status, 200);
	assert_true(str_find(answered(rq), S("id: 2\nevent: seat.offered\ndata: {\"seq\":2,"), &second));
	assert_true(str_find(answered(rq), S("id: 3\nevent: seat.offered\ndata: {\"seq\":3,"), &third));
	assert_true(second < third);
	assert_false(str_find(answered(rq), S("id: 1\n"), &second));
	assert_true(str_find(answered(rq), S("A seat is yours"), &second));
	assert_str(answered_header(rq, "X-Accel-Redirect"), "");
}

COMMITTED(who_is_level_is_handed_to_the_live_stream)
{
	int64_t member = a_member(c);
	struct request *rq;

	db_tx(c, tell, &member);
	rq = ask(c, "GET", "/api/v1/events", .as = member, .last_event_id = "1");
	assert_true(str_eq(answered_header(rq, "X-Accel-Redirect"),
			   str_fmt(c->arena, "/_sse/0/u.%lld.%lld", (long long)member, (long long)c->who.session_id)));
}

COMMITTED(a_login_that_ended_is_told_inside_the_stream)
{
	struct request *rq = ask(c, "GET", "/api/v1/events?ticket=never-given-out", .last_event_id = "4");

	assert_int_equal(rq->status, 200);
	assert_str(answered(rq), "retry: 5000\nevent: reauth\ndata: {}\n\n");
	assert_problem(ask(c, "GET", "/api/v1/events"), 401, "not_logged_in");
	assert_problem(ask(c, "GET", "/api/v1/events?ticket=never-given-out"), 401, "not_logged_in");
}

COMMITTED(a_ticket_wants_no_body_and_takes_none_that_says_anything)
{
	int64_t member = a_member(c);
	const char *path = "/api/v1/events/ticket";

	assert_problem(ask(c, "POST", path, .as = member, .body = "[]"), 400, "json_not_an_object");
	assert_problem(ask(c, "POST", path, .as = member, .body = "{"), 400, "json_broken");
	assert_problem(ask(c, "POST", path, .as = member, .body = "{}", .type = "text/plain"), 415, "wrong_content_type");
	assert_problem(ask(c, "POST", path, .as = member, .body = "{\"x\":1}"), 422, "invalid");
	assert_int_equal(ask(c, "POST", path, .as = member, .body = "{}")->status, 201);
	assert_int_equal(ask(c, "POST", path, .as = member)->status, 201);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_ticket_wants_no_body_and_takes_none_that_says_anything),
	cmocka_unit_test(a_members_notifications_are_numbered_from_one),
	cmocka_unit_test(many_members_are_told_in_one_go),
	cmocka_unit_test(what_was_rolled_back_leaves_no_gap),
	cmocka_unit_test(many_processes_at_once_leave_no_gap_and_push_in_order),
	cmocka_unit_test(an_empty_word_leaves_no_trace),
	cmocka_unit_test(every_kind_has_its_words_in_both_languages),
	cmocka_unit_test(amounts_are_written_for_people),
	cmocka_unit_test(as_an_event_it_is_one_line_of_json),
	cmocka_unit_test(the_list_is_newest_first_and_pages_without_a_hole),
	cmocka_unit_test(the_list_is_in_the_language_that_is_asked_for_or_else_in_the_members_own),
	cmocka_unit_test(reading_up_to_one_leaves_the_later_ones_unread),
	cmocka_unit_test(who_comes_for_the_first_time_is_told_where_the_stream_stands),
	cmocka_unit_test(who_was_away_gets_what_was_missed_in_order),
	cmocka_unit_test(who_is_level_is_handed_to_the_live_stream),
	cmocka_unit_test(a_login_that_ended_is_told_inside_the_stream),
};
UNIT_GROUP(notify, tests, with_routes, NULL)
