/* Who withdraws: nobody is left without an administrator or an instructor, and what they hold ends as if they had cancelled it themselves. */
#include "ask.h"
#include "refund_fixtures.h"

#include <stdatomic.h>

#include "account/account.h"
#include "data/db.h"
#include "fake_gateway.h"
#include "instructor/instructor.h"
#include "relay/listeners.h"

SQL(no_admins, "UPDATE member SET roles = 1 WHERE roles & 32");
SQL(count_admins, "SELECT COUNT(*) FROM member WHERE roles & 32 AND status = 'active'");
SQL(is_withdrawn, "SELECT status = 'withdrawn' FROM member WHERE id = ?");
SQL(set_person, "UPDATE member SET name = ?, phone = ? WHERE id = ?");
SQL(set_instructor, "UPDATE course SET instructor_id = ? WHERE id = ?");
SQL(set_over, "UPDATE course SET status = 'finished' WHERE id = ?");
SQL(set_past, "UPDATE course SET ends_on = ? WHERE id = ?");
SQL(add_session, "INSERT INTO course_session (course_id, n, starts_at, ends_at, room) VALUES (?, 1, ?, ?, '1')");
SQL(select_events,
	"SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE type IN ('member.withdrawn', 'refund.withdrawn') ORDER BY id");
SQL(delete_event, "DELETE FROM outbox WHERE shard = ? AND id = ?");
SQL(select_refund_of, "SELECT id FROM refund WHERE enrolment_id = ?");
SQL(use_fake, "UPDATE payment SET gateway = 'fake' WHERE id = ?");
SQL(select_attempt, "SELECT MAX(id) FROM payment_attempt WHERE payment_id = ?");
SQL(count_log, "SELECT COUNT(*) FROM staff_log WHERE before_json LIKE ? OR after_json LIKE ?");
SQL(count_named, "SELECT COUNT(*) FROM refund_payee WHERE member_id = ?");
SQL(bio_length, "SELECT CHAR_LENGTH(bio) FROM instructor WHERE id = ?");

static struct request *withdraw(struct ctx *c, int64_t member)
{
	return ask(c, "DELETE", "/api/v1/me", .as = member);
}

struct hearing {
	const struct listener *listener;
	const struct event *event;
};

static outcome hear(struct ctx *c, void *p)
{
	const struct hearing *h = p;

	return h->listener->act(c, h->event);
}

/* What the relay does with them, this much later. */
static void events_arrive(struct ctx *c, int64_t later)
{
	list l;

	while ((l = db_all(c, &select_events, &event_shape)).n) {
		const struct event *e = l.p;

		for (size_t i = 0; i < listener_count(); i++) {
			struct hearing h = { listener_at(i), e };

			if (!str_eq(str_of(h.listener->type), e->type))
				continue;
			as(c, 0);
			c->now = when_plus(when_now(), later);
			assert_ptr_equal(db_tx(c, hear, &h), OK);
		}
		db_run(c, &delete_event, arg(e->shard), arg(e->id));
	}
}

static struct refund refund_of(struct ctx *c, const struct sold *s)
{
	struct refund r = { 0 };

	assert_true(refund_find(c, db_int(c, &select_refund_of, 0, arg(s->enrolment)), &r));
	return r;
}

/* -- nobody else could do it -------------------------------------------------------------------------------------------- */

COMMITTED(the_only_administrator_stays)
{
	int64_t last;

	db_run(c, &no_admins);
	last = a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN);
	a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN, .status = "suspended");
	assert_problem(withdraw(c, last), 409, "account_last_admin");
	assert_int_equal(db_int(c, &is_withdrawn, 2, arg(last)), 0);
	a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN);
	assert_int_equal(withdraw(c, last)->status, 204);
	assert_int_equal(db_int(c, &count_admins, 0), 1);
}

static struct shared {
	int64_t admin[2];
	atomic_int ready, gone;
} *both;

static int go_at_once(struct ctx *c, int which)
{
	struct request *rq;

	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&both->ready, 1);
	while (atomic_load(&both->ready) < 2)
		;
	rq = withdraw(c, both->admin[which]);
	if (rq->status == 204)
		atomic_fetch_add(&both->gone, 1);
	return rq->status == 204 || rq->status == 409 ? 0 : 1;
}

COMMITTED(of_the_last_two_administrators_who_go_at_once_one_stays)
{
	both = shared_memory(sizeof(*both));
	db_run(c, &no_admins);
	for (int i = 0; i < 2; i++)
		both->admin[i] = a_member(c, .roles = ROLE_MEMBER | ROLE_ADMIN);
	test_at_once(2, go_at_once);
	assert_int_equal(both->gone, 1);
	assert_int_equal(db_int(c, &count_admins, 0), 1);
}

/* -- who teaches -------------------------------------------------------------------------------------------------------- */

static struct instructor an_instructor(struct ctx *c, int64_t member)
{
	struct instructor k = { 0 };
	struct instructor_making in = { .member_id = member, .bio = { true, S("흙을 빚습니다") } };

	as(c, a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR));
	assert_ptr_equal(instructor_make(c, &in, &k), OK);
	return k;
}

COMMITTED(who_teaches_what_is_not_over_goes_on_teaching)
{
	int64_t member = a_member(c), course = a_course(c);
	struct instructor k = an_instructor(c, member);
	struct request *rq;

	db_run(c, &set_instructor, arg(k.id), arg(course));
	rq = withdraw(c, member);
	assert_problem(rq, 409, "instructor_teaches");
	assert_true(str_find(answered(rq), str_fmt(c->arena, "C-%lld", (long long)course), NULL));
	assert_int_equal(db_int(c, &is_withdrawn, 2, arg(member)), 0);
	assert_true(instructor_exists(c, k.id));
	db_run(c, &set_over, arg(course));
	assert_int_equal(withdraw(c, member)->status, 204);
	assert_false(instructor_exists(c, k.id));
	assert_false(instructor_lock(c, k.id));
	assert_int_equal(db_int(c, &bio_length, -1, arg(k.id)), 0);
	assert_int_equal(instructor_of_member(c, member), 0);
}

/* -- what they hold ----------------------------------------------------------------------------------------------------- */

COMMITTED(every_seat_goes_to_the_next_and_the_money_back)
{
	int64_t course = a_course(c, .capacity = 1), other = a_course(c), next;
	struct sold s = a_sale(c, .course = course), t = a_sale(c, .course = other, .member = s.member);

	next = a_ticket(c, .course = course);
	assert_ticket(c, next, "waiting");
	assert_int_equal(withdraw(c, s.member)->status, 204);
	events_arrive(c, 0);
	assert_ticket(c, s.ticket, "cancelled");
	assert_ticket(c, t.ticket, "cancelled");
	assert_ticket(c, next, "active");
	assert_int_equal(refund_of(c, &s).amount.won, PRICE);
	assert_int_equal(refund_of(c, &s).state, REFUND_DUE);
	assert_int_equal(refund_of(c, &s).kind, REFUND_BY_MEMBER);
	assert_int_equal(read_payment(c, &s).promised.won, PRICE);
	assert_int_equal(read_payment(c, &t).promised.won, PRICE);
	assert_course_sound(c, course);
	assert_course_sound(c, other);
}

COMMITTED(what_goes_back_is_what_it_was_when_they_withdrew)
{
	struct sold s = a_sale(c);

	when tomorrow = when_plus(when_now(), DAY);

	db_run(c, &add_session, arg(s.course), arg(tomorrow), arg(when_plus(tomorrow, HOUR)));
	assert_int_equal(withdraw(c, s.member)->status, 204);
	events_arrive(c, 3 * DAY);               /* after it has been held */
	assert_int_equal(refund_of(c, &s).amount.won, PRICE);
}

COMMITTED(courses_that_are_over_stay_as_they_are)
{
	struct sold s = a_sale(c), past = a_sale(c, .member = s.member);

	db_run(c, &set_over, arg(s.course));
	db_run(c, &set_past, arg((day){ when_day_in_seoul(when_now()).days - 1 }), arg(past.course));
	assert_int_equal(withdraw(c, s.member)->status, 204);
	events_arrive(c, 0);
	assert_ticket(c, s.ticket, "enrolled");
	assert_ticket(c, past.ticket, "enrolled");
	assert_int_equal(read_payment(c, &s).promised.won, 0);
	assert_int_equal(read_payment(c, &past).promised.won, 0);
}

/* An order whose payment the gateway has not answered. */
static struct sold in_flight(struct ctx *c, int64_t course)
{
	struct sold s = { .course = course, .ticket = a_ticket(c, .course = course) };

	s.member = holder_of(c, s.ticket);
	as(c, s.member);
	c->now = when_now();
	assert_ptr_equal(db_tx(c, check_out_tx, &s), OK);
	db_run(c, &use_fake, arg(s.payment.id));
	fake_reset();
	fake.confirm = fake_says(GATEWAY_UNKNOWN, 0);
	payment_confirm(c, s.payment.order_id, str_fmt(c->arena, "pay-%.*s", STR(s.payment.order_id)), s.payment.amount, &s.payment);
	assert_ticket(c, s.ticket, "paying");
	return s;
}

COMMITTED(money_that_arrives_after_they_have_gone_returns_by_itself_and_the_seat_goes_on)
{
	struct gateway_result said[] = { fake_says(GATEWAY_APPROVED, PRICE), fake_says(GATEWAY_REFUSED, 0) };

	for (size_t i = 0; i < 2; i++) {
		struct sold s = in_flight(c, a_course(c, .capacity = 1));
		int64_t next = a_ticket(c, .course = s.course);

		assert_int_equal(withdraw(c, s.member)->status, 204);
		events_arrive(c, 0);
		assert_ticket(c, s.ticket, "paying");
		as(c, 0);
		payment_settle(c, db_int(c, &select_attempt, 0, arg(s.payment.id)), &said[i]);
		assert_int_equal(read_payment_only(c, &s).status, i == 0 ? PAYMENT_RETURNING : PAYMENT_REFUSED);
		assert_ticket(c, s.ticket, "left");
		assert_ticket(c, next, "active");
		assert_course_sound(c, s.course);
	}
	fake_reset();
}

/* -- whom to pay -------------------------------------------------------------------------------------------------------- */

COMMITTED(who_is_owed_money_by_hand_is_known_until_it_is_paid)
{
	struct sold s = a_sale(c, .at_desk = true), t = a_sale(c, .at_desk = true, .member = s.member);
	struct refund r, now;

	db_run(c, &set_person, arg(S("정가람")), arg(S("01098765432")), arg(s.member));
	assert_int_equal(withdraw(c, s.member)->status, 204);
	assert_int_equal(db_int(c, &count_named, 0, arg(s.member)), 1);
	events_arrive(c, 0);
	for (int i = 0; i < 2; i++) {
		r = refund_of(c, i ? &t : &s);
		assert_int_equal(r.state, REFUND_BY_HAND);
		assert_str(r.member.name, "");
		assert_str(r.payee.name, "정가람");
		assert_str(r.payee.phone, "010-9876-5432");
		as(c, a_member(c, .roles = ROLE_FINANCE));
		assert_ptr_equal(refund_done_by_hand(c, r.id, S("계좌 이체"), &now), OK);
		assert_int_equal(now.payee.member_id, 0);
		assert_int_equal(db_int(c, &count_named, 0, arg(s.member)), 1 - i);
	}
	assert_int_equal(db_int(c, &count_log, 0, arg(S("%98765432%")), arg(S("%98765432%"))), 0);
}

COMMITTED(who_is_owed_nothing_is_not_kept)
{
	struct sold over = a_sale(c, .at_desk = true);
	int64_t free_member = a_member(c);

	db_run(c, &set_over, arg(over.course));
	assert_int_equal(withdraw(c, free_member)->status, 204);
	assert_int_equal(db_int(c, &count_named, 0, arg(free_member)), 0);
	assert_int_equal(withdraw(c, over.member)->status, 204);
	events_arrive(c, 0);
	assert_int_equal(db_int(c, &count_named, 0, arg(over.member)), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_only_administrator_stays),
	cmocka_unit_test(of_the_last_two_administrators_who_go_at_once_one_stays),
	cmocka_unit_test(who_teaches_what_is_not_over_goes_on_teaching),
	cmocka_unit_test(every_seat_goes_to_the_next_and_the_money_back),
	cmocka_unit_test(what_goes_back_is_what_it_was_when_they_withdrew),
	cmocka_unit_test(courses_that_are_over_stay_as_they_are),
	cmocka_unit_test(money_that_arrives_after_they_have_gone_returns_by_itself_and_the_seat_goes_on),
	cmocka_unit_test(who_is_owed_money_by_hand_is_known_until_it_is_paid),
	cmocka_unit_test(who_is_owed_nothing_is_not_kept),
};
UNIT_GROUP(withdraw, tests, with_routes, NULL)
