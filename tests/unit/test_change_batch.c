/* Decisions in bulk: the dry run and the real one, staging, undo, and notices that leave later. */
#include "change_fixtures.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "change/change_private.h"
#include "data/outbox.h"
#include "web/route.h"

SQL(count_batches, "SELECT COUNT(*) FROM change_batch");
SQL(count_notices, "SELECT COUNT(*) FROM change_notice WHERE batch_id = ?");
SQL(count_event, "SELECT COUNT(*) FROM outbox WHERE stream = ? AND type = ?");
SQL(count_logged, "SELECT COUNT(*) FROM staff_log WHERE object_type = 'change_request' AND object_id = ? AND action = ?");

#define MANY(...) .ids = (const int64_t[]){ __VA_ARGS__ }, .n = sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)

static struct change_result *bulk(struct ctx *c, const struct change_bulk *b, int64_t *batch_id)
{
	list results;

	as_operator(c);
	c->errors = NULL;
	assert_ptr_equal(change_bulk(c, b, &results, batch_id), OK);
	assert_ptr_equal(c->errors, NULL);
	assert_int_equal(results.n, b->n);
	return results.p;
}

static void undo(struct ctx *c, int64_t batch_id, struct change_result **x, size_t *n)
{
	list results;

	assert_ptr_equal(change_batch_undo(c, batch_id, &results), OK);
	*x = results.p;
	*n = results.n;
}

static int64_t submitted(struct ctx *c, int64_t course, const char *changes)
{
	return a_change(c, course, CHANGE_EDIT, changes, CHANGE_SUBMITTED);
}

static int64_t approved(struct ctx *c, int64_t course, const char *changes)
{
	return a_change(c, course, CHANGE_EDIT, changes, CHANGE_APPROVED);
}

RULE(each_of_a_batch_stands_or_falls_by_itself)
{
	int64_t one = submitted(c, a_course(c), "{\"price\":1}"), gone = a_change(c, a_course(c), CHANGE_EDIT, "{\"price\":1}", CHANGE_WITHDRAWN);
	int64_t moved = a_course(c), old = submitted(c, moved, "{\"price\":1}"), two = submitted(c, a_course(c), "{\"price\":1}"), batch;
	struct change_result *x;

	move_course(c, moved, "{\"price\":2}");
	x = bulk(c, &(struct change_bulk){ MANY(two, gone, INT64_C(1) << 40, old, one), .action = CHANGE_DO_APPROVE }, &batch);
	assert_true(x[0].ok && x[4].ok && batch);
	assert_int_equal(x[0].id, two);
	assert_str(x[1].code.v, "change_state_refused");
	assert_str(x[2].code.v, "change_unknown");
	assert_str(x[3].code.v, "change_stale");
	assert_true(x[3].message.v.n > 0);
	assert_int_equal(change_now(c, one).state, CHANGE_APPROVED);
	assert_int_equal(change_now(c, old).state, CHANGE_STALE);
	assert_int_equal(change_now(c, one).batch_id.v, batch);
}

RULE(all_or_nothing_leaves_all_as_it_was)
{
	int64_t one = submitted(c, a_course(c), "{\"price\":1}"), gone = a_change(c, a_course(c), CHANGE_EDIT, "{\"price\":1}", CHANGE_WITHDRAWN), batch;
	int64_t batches = db_int(c, &count_batches, 0);
	struct change_result *x = bulk(c, &(struct change_bulk){ MANY(one, gone), .action = CHANGE_DO_APPROVE, .all_or_nothing = true }, &batch);

	assert_int_equal(batch, 0);
	assert_str(x[0].code.v, "change_held_back");
	assert_str(x[1].code.v, "change_state_refused");
	assert_int_equal(change_now(c, one).state, CHANGE_SUBMITTED);
	assert_int_equal(db_int(c, &count_batches, 0), batches);
}

RULE(a_batch_in_which_nothing_was_done_is_none)
{
	int64_t gone = a_change(c, a_course(c), CHANGE_EDIT, "{\"price\":1}", CHANGE_WITHDRAWN), batch, batches = db_int(c, &count_batches, 0);

	bulk(c, &(struct change_bulk){ MANY(gone), .action = CHANGE_DO_APPROVE }, &batch);
	assert_int_equal(batch, 0);
	assert_int_equal(db_int(c, &count_batches, 0), batches);
}

RULE(one_that_is_named_twice_is_decided_once)
{
	int64_t id = submitted(c, a_course(c), "{\"price\":1}"), batch;
	struct change_result *x = bulk(c, &(struct change_bulk){ MANY(id, id), .action = CHANGE_DO_APPROVE }, &batch);

	assert_true(x[0].ok);
	assert_str(x[1].code.v, "change_state_refused");
}

/* -- the dry run -- */

enum { COURSES = 5, REQUESTS = 14, ROUNDS = 12 };

static int64_t random_request(struct ctx *c, const int64_t *courses)
{
	static int serial;
	static const enum change_state states[] = { CHANGE_SUBMITTED, CHANGE_SUBMITTED, CHANGE_APPROVED, CHANGE_APPROVED, CHANGE_APPROVED,
						    CHANGE_WITHDRAWN, CHANGE_STALE, CHANGE_REJECTED };
	enum change_state state = states[rand() % 8];
	int64_t course = courses[rand() % COURSES];
	const char *changes;

	serial++;
	switch (rand() % 5) {
	case 0: changes = str_z(c->arena, str_fmt(c->arena, "{\"price\":%d}", 1000 + serial)); break;
	case 1: changes = str_z(c->arena, str_fmt(c->arena, "{\"title\":\"이름 %d\",\"capacity\":%d}", serial, 5 + serial % 20)); break;
	case 2: changes = str_z(c->arena, str_fmt(c->arena, "{\"capacity\":%d,\"description\":\"글 %d\"}", 3 + serial % 4, serial)); break;
	case 3: return a_change(c, course, CHANGE_STATUS, rand() % 2 ? "{\"status\":\"closed\"}" : "{\"status\":\"finished\"}", CHANGE_DRAFT);
	default:
		changes = str_z(c->arena, str_fmt(c->arena, "{\"sessions\":[{\"starts_at\":\"2033-01-%02dT01:00:00Z\","
			"\"ends_at\":\"2033-01-%02dT03:00:00Z\",\"room\":\"방 %d\"}]}", 1 + serial % 5, 1 + serial % 5, serial % 2));
		break;
	}
	c->errors = NULL;
	/* What can't be sent (a room that is taken by now) stays a draft. */
	{
		struct change r;

		if (file_for(c, course, CHANGE_EDIT, changes, true, &r) != OK)
			return INT64_C(1) << 40;
		if (change_submit(c, r.id, &r) != OK)
			return r.id;
		c->errors = NULL;
		if (state == CHANGE_APPROVED)
			decided(c, r.id, CHANGE_DO_APPROVE);
		else if (state == CHANGE_REJECTED)
			decided(c, r.id, CHANGE_DO_REJECT);
		else if (state == CHANGE_WITHDRAWN)
			change_withdraw(c, r.id, &r);
		return r.id;
	}
}

RULE(the_dry_run_says_what_the_real_one_does)
{
	srand(20261121);
	for (int round = 0; round < ROUNDS; round++) {
		int64_t courses[COURSES], ids[REQUESTS], batch, before;
		struct decision each[REQUESTS];
		struct change_bulk b = { .ids = ids, .each = each, .n = REQUESTS, .dry_run = true, .all_or_nothing = round % 4 == 3 };
		struct change_result *dry, *real;

		for (int i = 0; i < COURSES; i++) {
			courses[i] = a_course(c, .capacity = 10);
			for (int t = 0; t < 4; t++)
				a_ticket(c, .course = courses[i]);
		}
		for (int i = 0; i < REQUESTS; i++) {
			ids[i] = random_request(c, courses);
			each[i].action = rand() % 8 == 0 ? CHANGE_DO_REJECT : rand() % 3 ? CHANGE_DO_COMPLETE : CHANGE_DO_APPROVE;
			each[i].reason = rand() % 2 ? S("이유") : S("");
		}
		c->errors = NULL;
		for (int i = 0; i < 2; i++)
			move_course(c, courses[rand() % COURSES], rand() % 2 ? "{\"price\":90000}" : "{\"title\":\"옮겨 간 강좌\"}");
		before = db_int(c, &count_batches, 0);
		dry = bulk(c, &b, &batch);
		assert_int_equal(batch, 0);
		assert_int_equal(db_int(c, &count_batches, 0), before);
		b.dry_run = false;
		real = bulk(c, &b, &batch);
		for (int i = 0; i < REQUESTS; i++) {
			str d = dry[i].code.set ? dry[i].code.v : S("done"), r = real[i].code.set ? real[i].code.v : S("done");

			if (dry[i].id != real[i].id || dry[i].ok != real[i].ok || !str_eq(d, r))
				fail_msg("round %d, %d: dry %.*s, real %.*s", round, i, STR(d), STR(r));
		}
		for (int i = 0; i < COURSES; i++)
			assert_course_sound(c, courses[i]);
	}
}

RULE(a_dry_run_changes_nothing_and_shows_the_effect)
{
	int64_t course = a_course(c), id = approved(c, course, "{\"title\":\"판화\"}"), version = course_now(c, course).version, batch, ticket;
	struct change_result *x;

	ticket = a_ticket(c, .course = course);
	pay_seat(c, ticket);
	x = bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_COMPLETE, .dry_run = true }, &batch);
	assert_true(x[0].ok);
	assert_int_equal(x[0].impact.enrolled, 1);
	assert_int_equal(x[0].impact.told, 1);
	assert_false(x[0].impact.final);
	assert_int_equal(change_now(c, id).state, CHANGE_APPROVED);
	assert_int_equal(course_now(c, course).version, version);
	assert_int_equal(told(c, teacher_of(c, course), "request.completed"), 0);
}

/* -- staging -- */

RULE(what_is_staged_is_seen_and_does_nothing_until_it_is_decided)
{
	int64_t id = submitted(c, a_course(c), "{\"price\":1}"), me = as_operator(c), batch;
	struct change now;
	list mine;

	assert_ptr_equal(change_stage(c, id, (opt_int){ 0 }, CHANGE_STAGE_REJECT, S("정원"), &now), OK);
	assert_int_equal(now.staged, CHANGE_STAGE_REJECT);
	assert_str(now.staged_reason, "정원");
	assert_int_equal(now.staged_by.id, me);
	assert_int_equal(now.state, CHANGE_SUBMITTED);
	mine = change_staged_by(c, me);
	assert_int_equal(mine.n, 1);
	assert_int_equal(((struct change *)mine.p)[0].id, id);
	assert_ptr_equal(change_stage(c, id, (opt_int){ 0 }, CHANGE_STAGE_NONE, S(""), &now), OK);
	assert_int_equal(now.staged, CHANGE_STAGE_NONE);
	assert_int_equal(now.staged_by.id, 0);
	assert_ptr_equal(change_stage(c, id, (opt_int){ 0 }, CHANGE_STAGE_APPROVE, S(""), &now), OK);
	bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_APPROVE }, &batch);
	assert_int_equal(change_now(c, id).staged, CHANGE_STAGE_NONE);
	assert_ptr_equal(change_stage(c, a_change(c, a_course(c), CHANGE_EDIT, "{\"price\":1}", CHANGE_REJECTED), (opt_int){ 0 }, CHANGE_STAGE_APPROVE, S(""), &now),
			 &change_state_refused);
	assert_ptr_equal(change_stage(c, INT64_C(1) << 40, (opt_int){ 0 }, CHANGE_STAGE_SKIP, S(""), &now), &change_unknown);
}

RULE(what_nobody_has_seen_is_not_decided)
{
	int64_t course = a_course(c), id = submitted(c, course, "{\"price\":5000}"), other = submitted(c, a_course(c), "{\"price\":1}"), batch;
	opt_int seen[] = { some_int(change_now(c, id).version), some_int(change_now(c, other).version) };
	struct change_filing f = { .id = id, .given = change_bit("price"), .changes = { .price = won(9000) } };
	struct change_result *x;
	struct change now;

	move_course(c, course, "{\"price\":6000}");
	bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_APPROVE }, &batch);
	as(c, teacher_of(c, course));
	assert_ptr_equal(change_file(c, &f, &now), OK);              /* the same request, with another price */
	x = bulk(c, &(struct change_bulk){ MANY(id, other), .seen = seen, .action = CHANGE_DO_APPROVE }, &batch);
	assert_str(x[0].code.v, "version_stale");
	assert_true(x[1].ok);
	assert_ptr_equal(change_stage(c, id, seen[0], CHANGE_STAGE_APPROVE, S(""), &now), &version_stale);
	assert_string_equal(first_error(c), "version:request_moved");
	c->errors = NULL;
	/* Said twice by the same person, from the same page, it is said once. */
	seen[0] = some_int(change_now(c, id).version);
	for (int i = 0; i < 2; i++)
		assert_ptr_equal(change_stage(c, id, seen[0], CHANGE_STAGE_REJECT, S("방"), &now), OK);
	assert_ptr_equal(change_stage(c, id, seen[0], CHANGE_STAGE_REJECT, S("다른 이유"), &now), &version_stale);
	c->errors = NULL;
	assert_ptr_equal(change_decide(c, id, seen[0], CHANGE_DO_REJECT, S("r"), CHANGE_TELL_NOW, &now), &version_stale);
	c->errors = NULL;
	assert_int_equal(change_now(c, id).state, CHANGE_SUBMITTED);
	assert_ptr_equal(change_decide(c, id, some_int(change_now(c, id).version), CHANGE_DO_APPROVE, S(""), CHANGE_TELL_NOW, &now), OK);
}

/* -- undo -- */

RULE(a_batch_is_taken_back_to_where_it_came_from)
{
	int64_t course = a_course(c), edit = approved(c, course, "{\"price\":5000,\"title\":\"판화\"}"), shut = a_course(c), batch;
	int64_t status = a_change(c, shut, CHANGE_STATUS, "{\"status\":\"closed\"}", CHANGE_APPROVED), yes = submitted(c, a_course(c), "{\"price\":1}");
	int64_t no = approved(c, a_course(c), "{\"price\":1}");
	struct decision each[] = { { CHANGE_DO_COMPLETE, S("") }, { CHANGE_DO_COMPLETE, S("") }, { CHANGE_DO_APPROVE, S("") }, { CHANGE_DO_REJECT, S("r") } };
	struct change_result *x;
	size_t n;

	x = bulk(c, &(struct change_bulk){ MANY(edit, status, yes, no), .each = each }, &batch);
	for (int i = 0; i < 4; i++)
		assert_true(x[i].ok);
	assert_int_equal(course_now(c, course).price.won, 5000);
	undo(c, batch, &x, &n);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_true(x[i].ok);
	assert_int_equal(change_now(c, edit).state, CHANGE_APPROVED);
	assert_int_equal(change_now(c, status).state, CHANGE_APPROVED);
	assert_int_equal(change_now(c, yes).state, CHANGE_SUBMITTED);
	assert_int_equal(change_now(c, no).state, CHANGE_APPROVED);
	assert_false(change_now(c, yes).decided_at.set);
	assert_true(change_now(c, no).decided_at.set);
	assert_int_equal(course_now(c, course).price.won, 100000);
	assert_str(course_now(c, course).title, "수채화 입문");
	assert_int_equal(course_now(c, shut).status, COURSE_OPEN);
	assert_int_equal(db_int(c, &count_notices, 0, arg(batch)), 0);
	assert_int_equal(db_int(c, &count_logged, 0, arg(edit), arg(S("change.undo_complete"))), 1);
	assert_ptr_equal(change_batch_undo(c, batch, &(list){ 0 }), &change_undone);
	assert_ptr_equal(decided(c, edit, CHANGE_DO_COMPLETE), OK);      /* and may be done again */
}

RULE(two_edits_of_one_course_are_taken_back_one_after_the_other)
{
	int64_t course = a_course(c), one = approved(c, course, "{\"price\":5000}"), two = approved(c, course, "{\"title\":\"판화\"}"), batch;
	struct change_result *x;
	size_t n;

	bulk(c, &(struct change_bulk){ MANY(two, one), .action = CHANGE_DO_COMPLETE }, &batch);
	assert_str(course_now(c, course).title, "판화");
	undo(c, batch, &x, &n);
	for (size_t i = 0; i < n; i++)
		if (!x[i].ok)
			fail_msg("%zu: %.*s", i, STR(x[i].code.v));
	assert_int_equal(course_now(c, course).price.won, 100000);
	assert_str(course_now(c, course).title, "수채화 입문");
}

RULE(what_was_approved_and_then_applied_is_taken_back_batch_by_batch)
{
	int64_t course = a_course(c), id = submitted(c, course, "{\"price\":5000}"), first, second;
	struct change_result *x;
	size_t n;

	bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_APPROVE }, &first);
	bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_COMPLETE }, &second);
	undo(c, second, &x, &n);
	assert_true(n == 1 && x[0].ok);
	assert_int_equal(change_now(c, id).state, CHANGE_APPROVED);
	undo(c, first, &x, &n);
	if (n != 1 || !x[0].ok)
		fail_msg("%.*s", STR(x[0].code.v));
	assert_int_equal(change_now(c, id).state, CHANGE_SUBMITTED);
	assert_int_equal(course_now(c, course).price.won, 100000);
}

RULE(an_approval_is_staged_of_what_waits_for_one_only)
{
	int64_t id = approved(c, a_course(c), "{\"price\":5000}");
	struct change now;

	as_operator(c);
	assert_ptr_equal(change_stage(c, id, (opt_int){ 0 }, CHANGE_STAGE_APPROVE, S(""), &now), &change_state_refused);
	assert_ptr_equal(change_stage(c, id, (opt_int){ 0 }, CHANGE_STAGE_REJECT, S("정원"), &now), OK);
}

RULE(what_can_not_be_taken_back_says_so_and_is_told)
{
	int64_t moved = a_course(c), gone = a_course(c), edit = approved(c, moved, "{\"price\":5000}"), batch;
	int64_t del = a_change(c, gone, CHANGE_DELETE, "{}", CHANGE_APPROVED), fine = submitted(c, a_course(c), "{\"price\":1}");
	struct decision each[] = { { CHANGE_DO_COMPLETE, S("") }, { CHANGE_DO_COMPLETE, S("") }, { CHANGE_DO_APPROVE, S("") } };
	struct change_result *x;
	struct change_batch b;
	size_t n;

	bulk(c, &(struct change_bulk){ MANY(edit, del, fine), .each = each }, &batch);
	move_course(c, moved, "{\"title\":\"그 뒤\"}");
	undo(c, batch, &x, &n);
	assert_str(x[0].code.v, "course_moved_on");
	assert_str(x[1].code.v, "change_final");
	assert_true(x[2].ok);
	assert_int_equal(change_now(c, edit).state, CHANGE_COMPLETED);
	assert_int_equal(course_now(c, gone).status, COURSE_CANCELLED);
	assert_true(change_batch_find(c, batch, &b));
	assert_true(b.undone_at.set && b.tell_at.set);
	assert_int_equal(db_int(c, &count_notices, 0, arg(batch)), 2);
}

RULE(an_undone_rejection_does_not_come_to_life_beside_its_twin)
{
	int64_t course = a_course(c), id = submitted(c, course, "{\"price\":5000}"), batch;
	struct change_result *x;
	size_t n;

	bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_REJECT, .reason = S("r") }, &batch);
	submitted(c, course, "{\"price\":5000}");
	undo(c, batch, &x, &n);
	assert_str(x[0].code.v, "change_twice");
	assert_int_equal(change_now(c, id).state, CHANGE_REJECTED);
}

static int64_t contested, rejection;

static outcome undo_first(struct ctx *c, void *nothing)
{
	list results;
	outcome o = change_batch_undo(c, rejection, &results);

	(void)nothing;
	return o == OK && !((struct change_result *)results.p)->ok ? &change_told : o;
}

static int file_second(struct ctx *c)
{
	struct change r;

	return file_for(c, contested, CHANGE_EDIT, "{\"price\":5000}", false, &r) != &change_twice;
}

static int send_draft_second(struct ctx *c)
{
	struct change r;

	return file_for(c, contested, CHANGE_EDIT, "{\"price\":5000}", true, &r) != OK || change_submit(c, r.id, &r) != &change_twice;
}

COMMITTED(what_is_filed_while_its_twin_comes_back_to_life_is_filed_twice)
{
	for (int i = 0; i < 2; i++) {
		int64_t id;

		contested = a_course(c);
		id = submitted(c, contested, "{\"price\":5000}");
		bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_REJECT, .reason = S("r") }, &rejection);
		test_in_between(undo_first, i ? send_draft_second : file_second, NULL);
		ctx_begin(c);
	}
}

/* -- notices -- */

RULE(notices_leave_when_their_time_has_come)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = approved(c, course, "{\"title\":\"판화\"}"), batch;
	str stream = str_fmt(c->arena, "k.%lld", (long long)course);
	struct change_batch b;

	bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_COMPLETE, .tell = CHANGE_TELL_LATER }, &batch);
	change_jobs[0].run(c);
	assert_int_equal(told(c, teacher, "request.completed"), 0);
	assert_int_equal(db_int(c, &count_event, 0, arg(stream), arg(S("course.changed"))), 0);
	c->now = when_plus(c->now, CHANGE_UNDO_SECONDS * SECOND);
	change_jobs[0].run(c);
	change_jobs[0].run(c);
	assert_int_equal(told(c, teacher, "request.completed"), 1);
	assert_int_equal(db_int(c, &count_event, 0, arg(stream), arg(S("course.changed"))), 1);
	assert_true(change_batch_find(c, batch, &b));
	assert_true(b.told_at.set && !b.tell_at.set);
	assert_ptr_equal(change_batch_undo(c, batch, &(list){ 0 }), &change_told);
	assert_ptr_equal(change_batch_tell(c, batch), &change_told);
}

RULE(notices_may_leave_at_once_and_what_concerns_nobody_is_told_to_nobody)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = approved(c, course, "{\"capacity\":50}"), other = a_course(c), batch;
	str stream = str_fmt(c->arena, "k.%lld", (long long)course);
	int64_t wait = submitted(c, other, "{\"price\":1}");

	bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_COMPLETE, .tell = CHANGE_TELL_NOW }, &batch);
	assert_int_equal(told(c, teacher, "request.completed"), 1);
	assert_int_equal(db_int(c, &count_event, 0, arg(stream), arg(S("course.changed"))), 0);
	bulk(c, &(struct change_bulk){ MANY(wait), .action = CHANGE_DO_APPROVE }, &batch);
	assert_int_equal(told(c, teacher_of(c, other), "request.approved"), 0);
	assert_ptr_equal(change_batch_tell(c, batch), OK);
	assert_int_equal(told(c, teacher_of(c, other), "request.approved"), 1);
}

static int64_t later(struct ctx *c, int64_t id, enum change_action action, str reason)
{
	int64_t batch;

	assert_true(bulk(c, &(struct change_bulk){ MANY(id), .action = action, .reason = reason, .tell = CHANGE_TELL_LATER }, &batch)->ok);
	return batch;
}

static void minutes_pass(struct ctx *c, int64_t minutes)
{
	c->now = when_plus(c->now, minutes * MINUTE);
	change_jobs[0].run(c);
}

RULE(an_approval_that_became_a_rejection_is_told_as_that_alone)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = submitted(c, course, "{\"price\":5000}");
	size_t at;

	later(c, id, CHANGE_DO_APPROVE, S("좋습니다"));
	minutes_pass(c, 3);
	later(c, id, CHANGE_DO_REJECT, S("정원이 부족합니다"));
	minutes_pass(c, 20);
	assert_int_equal(told(c, teacher, "request.approved"), 0);
	assert_int_equal(told(c, teacher, "request.rejected"), 1);
	assert_true(str_find(told_data(c, teacher, "request.rejected"), S("정원이 부족합니다"), &at));
}

RULE(an_approval_that_became_stale_is_never_told)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = submitted(c, course, "{\"price\":5000}"), batch;

	later(c, id, CHANGE_DO_APPROVE, S(""));
	move_course(c, course, "{\"price\":6000}");
	assert_false(bulk(c, &(struct change_bulk){ MANY(id), .action = CHANGE_DO_COMPLETE }, &batch)->ok);
	assert_int_equal(change_now(c, id).state, CHANGE_STALE);
	minutes_pass(c, 20);
	assert_int_equal(told(c, teacher, "request.approved"), 0);
	assert_int_equal(told(c, teacher, "request.stale"), 1);
}

RULE(what_was_approved_and_then_applied_is_told_once)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = submitted(c, course, "{\"price\":5000}"), at_once;
	size_t at;

	later(c, id, CHANGE_DO_APPROVE, S("좋습니다"));
	later(c, id, CHANGE_DO_COMPLETE, S(""));
	minutes_pass(c, 20);
	assert_int_equal(told(c, teacher, "request.approved"), 0);
	assert_int_equal(told(c, teacher, "request.completed"), 1);
	assert_true(str_find(told_data(c, teacher, "request.completed"), S("좋습니다"), &at));
	/* Nor is the approval told after an application that was told at once. */
	at_once = submitted(c, course, "{\"capacity\":12}");
	later(c, at_once, CHANGE_DO_APPROVE, S(""));
	assert_ptr_equal(decided(c, at_once, CHANGE_DO_COMPLETE), OK);
	minutes_pass(c, 20);
	assert_int_equal(told(c, teacher, "request.approved"), 0);
	assert_int_equal(told(c, teacher, "request.completed"), 2);
}

RULE(an_approval_is_told_after_all_when_only_what_came_of_it_is_undone)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = submitted(c, course, "{\"price\":5000}"), second, third;
	struct change_result *x;
	size_t n, at;

	later(c, id, CHANGE_DO_APPROVE, S("좋습니다"));
	minutes_pass(c, 5);
	second = later(c, id, CHANGE_DO_COMPLETE, S("적용했습니다"));
	minutes_pass(c, 8);                    /* the approval's time has come and gone */
	assert_int_equal(told(c, teacher, "request.approved"), 0);
	undo(c, second, &x, &n);
	assert_true(n == 1 && x[0].ok);
	minutes_pass(c, 0);
	assert_int_equal(told(c, teacher, "request.approved"), 1);
	assert_true(str_find(told_data(c, teacher, "request.approved"), S("좋습니다"), &at));
	/* It was told now: a second undo does not tell it again. */
	third = later(c, id, CHANGE_DO_REJECT, S("r"));
	undo(c, third, &x, &n);
	assert_true(n == 1 && x[0].ok);
	minutes_pass(c, 20);
	assert_int_equal(told(c, teacher, "request.approved"), 1);
	assert_int_equal(told(c, teacher, "request.completed"), 0);
	assert_int_equal(told(c, teacher, "request.rejected"), 0);
}

RULE(an_approval_that_comes_back_waits_for_its_own_time)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = submitted(c, course, "{\"price\":5000}"), first, second;
	struct change_result *x;
	size_t n;

	first = later(c, id, CHANGE_DO_APPROVE, S(""));
	second = later(c, id, CHANGE_DO_COMPLETE, S(""));
	undo(c, second, &x, &n);
	minutes_pass(c, 9);
	assert_int_equal(told(c, teacher, "request.approved"), 0);
	undo(c, first, &x, &n);                /* so it can still be taken back */
	assert_true(n == 1 && x[0].ok);
	minutes_pass(c, 20);
	assert_int_equal(told(c, teacher, "request.approved"), 0);
}

RULE(two_hundred_are_decided_in_one_go)
{
	int64_t ids[CHANGE_BULK_MAX], batch, courses[20];
	struct change_result *x;

	for (int i = 0; i < 20; i++)
		courses[i] = a_course(c);
	for (int i = 0; i < CHANGE_BULK_MAX; i++)
		ids[i] = submitted(c, courses[i % 20], str_z(c->arena, str_fmt(c->arena, "{\"description\":\"%d번째 글\"}", i)));
	x = bulk(c, &(struct change_bulk){ .ids = ids, .n = CHANGE_BULK_MAX, .action = CHANGE_DO_APPROVE, .tell = CHANGE_TELL_NOW }, &batch);
	for (int i = 0; i < CHANGE_BULK_MAX; i++)
		assert_true(x[i].ok && x[i].id == ids[i]);
	/* Of those on one course only the first finds what it was filed on. */
	x = bulk(c, &(struct change_bulk){ .ids = ids, .n = CHANGE_BULK_MAX, .action = CHANGE_DO_COMPLETE, .tell = CHANGE_TELL_NOW }, &batch);
	for (int i = 0; i < CHANGE_BULK_MAX; i++)
		assert_int_equal(x[i].ok, i < 20);
	c->errors = NULL;
	assert_ptr_equal(change_bulk(c, &(struct change_bulk){ .ids = ids, .n = CHANGE_BULK_MAX + 1 }, &(list){ 0 }, &batch), &invalid);
}

/* -- at once -- */

enum { SENDERS = 3, SENT = 30 };
static struct {
	int64_t ids[SENT];
	atomic_int ready, done, refused;
} *crossing;

/* Each from another end. */
static int send_at_once(struct ctx *c, int which)
{
	int64_t ids[SENT], batch;
	list results;
	struct change_bulk b = { .ids = ids, .n = SENT, .action = which % 2 ? CHANGE_DO_COMPLETE : CHANGE_DO_REJECT, .reason = S("동시에"),
				 .tell = CHANGE_TELL_NOW };

	for (int i = 0; i < SENT; i++)
		ids[i] = crossing->ids[which % 2 ? SENT - 1 - i : i];
	ctx_begin(c);
	as_operator(c);
	atomic_fetch_add(&crossing->ready, 1);
	while (atomic_load(&crossing->ready) < SENDERS)
		;
	if (change_bulk(c, &b, &results, &batch) != OK)
		return 1;
	for (size_t i = 0; i < results.n; i++)
		atomic_fetch_add(((struct change_result *)results.p)[i].ok ? &crossing->done : &crossing->refused, 1);
	return 0;
}

COMMITTED(batches_that_cross_decide_each_request_once)
{
	int64_t courses[6];

	crossing = shared_memory(sizeof(*crossing));
	for (int i = 0; i < 6; i++)
		courses[i] = a_course(c);
	for (int i = 0; i < SENT; i++)
		crossing->ids[i] = approved(c, courses[i % 6], str_z(c->arena, str_fmt(c->arena, i < 6 ? "{\"price\":%d}" : "{\"capacity\":%d}", 20 + i)));
	test_at_once(SENDERS, send_at_once);
	/* Of the five that ask for another capacity of one course, completing the first makes the others stale. */
	assert_int_equal(crossing->done + crossing->refused, SENDERS * SENT);
	for (int i = 0; i < SENT; i++) {
		int state = change_now(c, crossing->ids[i]).state;

		assert_true(state == CHANGE_REJECTED || state == CHANGE_COMPLETED || state == CHANGE_STALE);
		crossing->done -= state != CHANGE_STALE;
	}
	assert_int_equal(crossing->done, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_of_a_batch_stands_or_falls_by_itself),
	cmocka_unit_test(all_or_nothing_leaves_all_as_it_was),
	cmocka_unit_test(a_batch_in_which_nothing_was_done_is_none),
	cmocka_unit_test(one_that_is_named_twice_is_decided_once),
	cmocka_unit_test(the_dry_run_says_what_the_real_one_does),
	cmocka_unit_test(a_dry_run_changes_nothing_and_shows_the_effect),
	cmocka_unit_test(what_is_staged_is_seen_and_does_nothing_until_it_is_decided),
	cmocka_unit_test(what_nobody_has_seen_is_not_decided),
	cmocka_unit_test(a_batch_is_taken_back_to_where_it_came_from),
	cmocka_unit_test(two_edits_of_one_course_are_taken_back_one_after_the_other),
	cmocka_unit_test(what_was_approved_and_then_applied_is_taken_back_batch_by_batch),
	cmocka_unit_test(an_approval_is_staged_of_what_waits_for_one_only),
	cmocka_unit_test(what_can_not_be_taken_back_says_so_and_is_told),
	cmocka_unit_test(an_undone_rejection_does_not_come_to_life_beside_its_twin),
	cmocka_unit_test(what_is_filed_while_its_twin_comes_back_to_life_is_filed_twice),
	cmocka_unit_test(notices_leave_when_their_time_has_come),
	cmocka_unit_test(notices_may_leave_at_once_and_what_concerns_nobody_is_told_to_nobody),
	cmocka_unit_test(an_approval_that_became_a_rejection_is_told_as_that_alone),
	cmocka_unit_test(an_approval_that_became_stale_is_never_told),
	cmocka_unit_test(what_was_approved_and_then_applied_is_told_once),
	cmocka_unit_test(an_approval_is_told_after_all_when_only_what_came_of_it_is_undone),
	cmocka_unit_test(an_approval_that_comes_back_waits_for_its_own_time),
	cmocka_unit_test(batches_that_cross_decide_each_request_once),
	cmocka_unit_test(two_hundred_are_decided_in_one_go),
};
UNIT_GROUP(change_batch, tests, NULL, NULL)
