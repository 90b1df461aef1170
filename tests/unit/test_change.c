/* Requests for change: what may be filed, how they go from state to state, and what makes them stale. */
#include "ask.h"
#include "change_fixtures.h"

#include <stdatomic.h>

#include "change/change_private.h"
#include "web/route.h"

SQL(count_steps, "SELECT COUNT(*) FROM change_step WHERE request_id = ? AND state = ?");
SQL(count_logged, "SELECT COUNT(*) FROM staff_log WHERE object_type = 'change_request' AND object_id = ? AND action = ?");

/* -- filing -- */

RULE(a_request_holds_what_was_and_what_shall_be)
{
	int64_t course = a_course(c), version = course_now(c, course).version;
	struct change r;

	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":5000,\"title\":\"판화\"}", false, &r), OK);
	assert_int_equal(r.state, CHANGE_SUBMITTED);
	assert_int_equal(r.base_version, version);
	assert_int_equal(r.n_fields, 2);
	assert_true(r.sensitive);
	assert_str(r.changes.s, "{\"title\":\"판화\",\"price\":5000}");
	assert_str(r.base.s, "{\"title\":\"수채화 입문\",\"price\":100000}");
	assert_int_equal(course_now(c, course).price.won, 100000);
	assert_int_equal(course_now(c, course).version, version);
	assert_int_equal(db_int(c, &count_steps, 0, arg(r.id), arg(S("submitted"))), 1);
}

RULE(what_is_so_already_is_dropped)
{
	int64_t course = a_course(c);
	struct change r;

	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":100000,\"title\":\"판화\"}", false, &r), OK);
	assert_str(r.changes.s, "{\"title\":\"판화\"}");
	assert_false(r.sensitive);
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":100000}", false, &r), &change_empty);
	assert_string_equal(first_error(c), "changes:nothing_changes");
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{}", true, &r), &change_empty);
	assert_ptr_equal(file_for(c, course, CHANGE_STATUS, "{\"status\":\"open\"}", false, &r), &change_empty);
}

RULE(nobody_files_on_a_course_of_somebody_else)
{
	int64_t course = a_course(c), other = a_course(c);
	struct change_filing f = { .course_id = course, .given = change_bit("price"), .changes = { .price = won(1) } };
	struct change r;

	as(c, teacher_of(c, other));
	assert_ptr_equal(change_file(c, &f, &r), &course_unknown);
	as(c, a_member(c));
	assert_ptr_equal(change_file(c, &f, &r), &course_unknown);
	f.course_id = INT64_C(1) << 40;
	as(c, teacher_of(c, other));
	assert_ptr_equal(change_file(c, &f, &r), &course_unknown);
}

RULE(each_kind_touches_its_own_fields_only)
{
	int64_t course = a_course(c);
	struct change r;

	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"status\":\"closed\"}", false, &r), &change_not_allowed);
	assert_string_equal(first_error(c), "changes.status:not_allowed");
	assert_ptr_equal(file_for(c, course, CHANGE_DELETE, "{\"price\":1}", false, &r), &change_not_allowed);
	assert_string_equal(first_error(c), "changes.price:not_allowed");
	assert_ptr_equal(file_for(c, course, CHANGE_STATUS, "{\"status\":\"closed\",\"price\":1}", false, &r), &change_not_allowed);
	assert_ptr_equal(file_for(c, course, CHANGE_STATUS, "{\"status\":\"cancelled\"}", false, &r), &change_not_allowed);
	assert_ptr_equal(file_for(c, course, CHANGE_STATUS, "{\"status\":\"draft\"}", false, &r), &change_not_allowed);
	assert_ptr_equal(file_for(c, course, CHANGE_STATUS, "{}", false, &r), &change_empty);
	assert_ptr_equal(file_for(c, course, CHANGE_STATUS, "{\"status\":\"closed\"}", false, &r), OK);
	assert_ptr_equal(file_for(c, course, CHANGE_DELETE, "{}", false, &r), OK);
}

RULE(the_same_is_not_filed_twice_while_it_is_alive)
{
	int64_t course = a_course(c);
	struct change r, twin;

	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":5000}", false, &r), OK);
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":5000}", false, &twin), &change_twice);
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":5001}", false, &twin), OK);
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":5000}", true, &twin), OK);
	assert_ptr_equal(change_submit(c, twin.id, &twin), &change_twice);
	assert_ptr_equal(change_withdraw(c, r.id, &r), OK);
	assert_ptr_equal(change_submit(c, twin.id, &twin), OK);
}

RULE(what_the_course_refuses_is_refused_at_its_field)
{
	int64_t course = a_course(c, .capacity = 2);
	struct change r;

	a_ticket(c, .course = course);
	a_ticket(c, .course = course);
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"capacity\":1}", false, &r), &capacity_below_taken);
	assert_true(str_starts(c->errors->field, S("changes.capacity")));
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"enrol_closes_at\":\"2001-01-01T00:00:00Z\"}", false, &r), &invalid);
	assert_string_equal(first_error(c), "changes.enrol_closes_at:before_start");
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT,
				  "{\"sessions\":[{\"starts_at\":\"2031-01-01T03:00:00Z\",\"ends_at\":\"2031-01-01T02:00:00Z\",\"room\":\"r\"}]}", false, &r),
			 &invalid);
	assert_string_equal(first_error(c), "changes.sessions[0].ends_at:before_start");
	assert_int_equal(course_now(c, course).capacity, 2);
}

#define MEETING(room) "{\"sessions\":[{\"starts_at\":\"2031-01-01T01:00:00Z\",\"ends_at\":\"2031-01-01T03:00:00Z\",\"room\":\"" room "\"}]}"

RULE(a_room_that_is_taken_is_refused_at_filing)
{
	int64_t there = a_course(c), course = a_course(c);
	struct change r;

	move_course(c, there, MEETING("변경실"));
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, MEETING("변경실"), false, &r), &room_taken);
	assert_string_equal(first_error(c), "changes.sessions[0].room:room_taken");
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, MEETING("변경실"), true, &r), OK);     /* a draft may be unfinished */
	assert_ptr_equal(change_submit(c, r.id, &r), &room_taken);
	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, MEETING("다른 방"), false, &r), OK);
}

RULE(a_course_that_is_over_is_not_changed_any_more)
{
	int64_t course = a_course(c, .status = COURSE_FINISHED);
	struct change r;

	assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":1}", false, &r), &course_status_refused);
	assert_ptr_equal(file_for(c, course, CHANGE_DELETE, "{}", false, &r), &course_status_refused);
}

RULE(a_draft_is_changed_and_sent_on_the_course_as_it_is_then)
{
	int64_t course = a_course(c);
	struct change_filing f = { .given = change_bit("capacity") | change_bit("price"), .changes = { .capacity = 20, .price = won(7000) }, .draft = true };
	struct change r;

	f.id = a_change(c, course, CHANGE_EDIT, "{\"capacity\":30}", CHANGE_DRAFT);
	f.seen = some_int(99);
	assert_ptr_equal(change_file(c, &f, &r), &version_stale);
	f.seen = some_int(1);
	assert_ptr_equal(change_file(c, &f, &r), OK);
	assert_int_equal(r.state, CHANGE_DRAFT);
	assert_int_equal(r.id, f.id);
	move_course(c, course, "{\"price\":7000}");
	assert_ptr_equal(change_submit(c, f.id, &r), OK);
	assert_int_equal(r.state, CHANGE_SUBMITTED);
	assert_int_equal(r.base_version, course_now(c, course).version);
	assert_str(r.changes.s, "{\"capacity\":20}");
	assert_true(r.submitted_at.set);
}

/* -- states -- */

enum act { SUBMIT, WITHDRAW, REFILE, APPROVE, REJECT, COMPLETE, ACTS };

static outcome act_on(struct ctx *c, int64_t id, enum act act)
{
	struct change_filing f = { .id = id, .given = change_bit("price"), .changes = { .price = won(777) }, .draft = true };
	struct change now;

	c->errors = NULL;
	switch (act) {
	case SUBMIT: return change_submit(c, id, &now);
	case WITHDRAW: return change_withdraw(c, id, &now);
	case REFILE: return change_file(c, &f, &now);
	case APPROVE: return decided(c, id, CHANGE_DO_APPROVE);
	case REJECT: return decided(c, id, CHANGE_DO_REJECT);
	default: return decided(c, id, CHANGE_DO_COMPLETE);
	}
}

RULE(only_these_steps_lead_from_state_to_state)
{
	static const int becomes[][ACTS] = {           /* -1: refused */
		[CHANGE_DRAFT] = { CHANGE_SUBMITTED, CHANGE_WITHDRAWN, CHANGE_DRAFT, -1, -1, -1 },
		[CHANGE_SUBMITTED] = { -1, CHANGE_WITHDRAWN, -1, CHANGE_APPROVED, CHANGE_REJECTED, -1 },
		[CHANGE_APPROVED] = { -1, -1, -1, -1, CHANGE_REJECTED, CHANGE_COMPLETED },
		[CHANGE_COMPLETED] = { -1, -1, -1, -1, -1, -1 },
		[CHANGE_REJECTED] = { -1, -1, -1, -1, -1, -1 },
		[CHANGE_WITHDRAWN] = { -1, -1, -1, -1, -1, -1 },
		[CHANGE_STALE] = { CHANGE_SUBMITTED, CHANGE_WITHDRAWN, CHANGE_STALE, -1, -1, -1 },
	};

	for (int state = CHANGE_DRAFT; state <= CHANGE_STALE; state++)
		for (int act = SUBMIT; act < ACTS; act++) {
			int64_t id = a_change(c, a_course(c), CHANGE_EDIT, "{\"price\":5000}", (enum change_state)state);
			int wanted = becomes[state][act];
			outcome o = act_on(c, id, (enum act)act);

			c->errors = NULL;

			if (o != (wanted < 0 ? &change_state_refused : OK) || change_now(c, id).state != (wanted < 0 ? state : wanted))
				fail_msg("%s, step %d: %s, now %s", change_states[state], act, o ? o->code : "OK", change_states[change_now(c, id).state]);
		}
}

RULE(a_rejection_says_why)
{
	int64_t id = a_change(c, a_course(c), CHANGE_EDIT, "{\"price\":5000}", CHANGE_SUBMITTED);
	struct change now;

	as_operator(c);
	assert_ptr_equal(change_decide(c, id, (opt_int){ 0 }, CHANGE_DO_REJECT, S("  "), CHANGE_TELL_NOW, &now), &invalid);
	assert_string_equal(first_error(c), "reason:required");
	assert_int_equal(change_now(c, id).state, CHANGE_SUBMITTED);
	assert_ptr_equal(change_decide(c, id, (opt_int){ 0 }, CHANGE_DO_REJECT, S("이유"), CHANGE_TELL_NOW, &now), OK);
	assert_str(change_now(c, id).reason, "이유");
	assert_int_equal(change_now(c, id).decided_by.id, c->who.id);
	assert_int_equal(db_int(c, &count_logged, 0, arg(id), arg(S("change.reject"))), 1);
}

RULE(completing_puts_the_request_on_the_course)
{
	int64_t course = a_course(c, .capacity = 1), waits, id;

	a_ticket(c, .course = course);
	waits = a_ticket(c, .course = course);
	id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000,\"capacity\":2}", CHANGE_COMPLETED);
	assert_int_equal(course_now(c, course).price.won, 5000);
	assert_int_equal(course_now(c, course).capacity, 2);
	assert_ticket(c, waits, "active");
	assert_int_equal(change_now(c, id).applied_version.v, course_now(c, course).version);
	assert_str(change_now(c, id).was.s, "{\"price\":100000,\"capacity\":1}");
	assert_course_sound(c, course);
}

RULE(what_has_come_about_by_itself_is_completed_without_an_edit)
{
	int64_t course = a_course(c), id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000}", CHANGE_APPROVED), version;

	move_course(c, course, "{\"price\":5000}");
	version = course_now(c, course).version;
	assert_ptr_equal(decided(c, id, CHANGE_DO_COMPLETE), OK);
	assert_int_equal(course_now(c, course).version, version);
	assert_int_equal(change_now(c, id).applied_version.v, version);
}

RULE(a_deletion_cancels_the_course_and_a_change_of_status_changes_it)
{
	int64_t gone = a_course(c), shut = a_course(c), waits = a_ticket(c, .course = gone);

	a_change(c, gone, CHANGE_DELETE, "{}", CHANGE_COMPLETED);
	assert_int_equal(course_now(c, gone).status, COURSE_CANCELLED);
	assert_ticket(c, waits, "cancelled");
	a_change(c, shut, CHANGE_STATUS, "{\"status\":\"closed\"}", CHANGE_COMPLETED);
	assert_int_equal(course_now(c, shut).status, COURSE_CLOSED);
}

RULE(what_the_course_refuses_is_not_half_applied)
{
	int64_t course = a_course(c, .capacity = 10), id = a_change(c, course, CHANGE_EDIT, "{\"title\":\"판화\",\"capacity\":1}", CHANGE_APPROVED);

	a_ticket(c, .course = course);
	a_ticket(c, .course = course);
	assert_ptr_equal(decided(c, id, CHANGE_DO_COMPLETE), &capacity_below_taken);
	assert_true(str_starts(c->errors->field, S("changes.capacity")));
}

/* -- conflicts -- */

static struct change_diff diff_in(struct ctx *c, int64_t id, const char *field)
{
	struct change r = change_now(c, id);
	list l = change_diffs(c, &r);
	struct change_diff *d = l.p;

	for (size_t i = 0; i < l.n; i++)
		if (str_eq(d[i].field, str_of(field)))
			return d[i];
	fail_msg("no %s", field);
	return (struct change_diff){ 0 };
}

RULE(a_field_is_in_conflict_if_it_moved_on_to_something_else)
{
	int64_t course = a_course(c), id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000,\"title\":\"판화\"}", CHANGE_SUBMITTED);

	move_course(c, course, "{\"price\":6000,\"capacity\":12}");
	assert_true(diff_in(c, id, "price").conflict);
	assert_str(diff_in(c, id, "price").base.s, "100000");
	assert_str(diff_in(c, id, "price").proposed.s, "5000");
	assert_str(diff_in(c, id, "price").current.s, "6000");
	assert_false(diff_in(c, id, "title").conflict);
	assert_ptr_equal(decided(c, id, CHANGE_DO_APPROVE), &change_stale);
	move_course(c, course, "{\"price\":5000}");
	assert_false(diff_in(c, id, "price").conflict);
	assert_ptr_equal(decided(c, id, CHANGE_DO_APPROVE), OK);
}

RULE(a_course_that_moved_on_elsewhere_is_no_conflict)
{
	int64_t course = a_course(c), id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000}", CHANGE_APPROVED);

	move_course(c, course, "{\"title\":\"다른 이름\",\"capacity\":12}");
	assert_ptr_equal(decided(c, id, CHANGE_DO_COMPLETE), OK);
	assert_str(course_now(c, course).title, "다른 이름");
	assert_int_equal(course_now(c, course).price.won, 5000);
}

RULE(the_effect_says_who_gets_a_seat_and_what_stands_in_the_way)
{
	int64_t course = a_course(c, .capacity = 2);
	struct change more = change_now(c, a_change(c, course, CHANGE_EDIT, "{\"capacity\":3}", CHANGE_SUBMITTED));
	struct change less = change_now(c, a_change(c, course, CHANGE_EDIT, "{\"capacity\":1}", CHANGE_SUBMITTED));
	struct change_impact i;

	for (int n = 0; n < 4; n++)
		a_ticket(c, .course = course);
	change_impact(c, &more, &i);
	assert_int_equal(i.waiting, 2);
	assert_int_equal(i.offered, 1);
	assert_int_equal(i.told, 1);
	assert_false(i.blocked.set);
	change_impact(c, &less, &i);
	assert_int_equal(i.offered, 0);
	assert_true(i.blocked.set);
	assert_str(i.blocked.v, "capacity_below_taken");
	assert_ptr_equal(c->errors, NULL);
	assert_int_equal(course_now(c, course).capacity, 2);
}

COMMITTED(a_stale_request_is_refused_not_applied_and_may_be_filed_again)
{
	int64_t course = a_course(c), id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000,\"title\":\"판화\"}", CHANGE_APPROVED), version;
	struct change now;

	move_course(c, course, "{\"price\":6000}");
	version = course_now(c, course).version;
	as_operator(c);
	assert_ptr_equal(change_decide(c, id, (opt_int){ 0 }, CHANGE_DO_COMPLETE, S(""), CHANGE_TELL_NOW, &now), &change_stale);
	assert_int_equal(change_now(c, id).state, CHANGE_STALE);
	assert_int_equal(course_now(c, course).version, version);
	assert_true(diff_in(c, id, "price").conflict);
	assert_int_equal(db_int(c, &count_steps, 0, arg(id), arg(S("stale"))), 1);
	assert_int_equal(told(c, teacher_of(c, course), "request.stale"), 1);
	as(c, teacher_of(c, course));
	assert_ptr_equal(change_submit(c, id, &now), OK);
	assert_str(now.base.s, "{\"title\":\"수채화 입문\",\"price\":6000}");
	assert_ptr_equal(decided(c, id, CHANGE_DO_APPROVE), OK);
	assert_ptr_equal(decided(c, id, CHANGE_DO_COMPLETE), OK);
	assert_int_equal(course_now(c, course).price.won, 5000);
}

RULE(what_has_become_so_meanwhile_is_completed_without_an_edit)
{
	int64_t course = a_course(c), id = a_change(c, course, CHANGE_EDIT, "{\"title\":\"판화\",\"price\":5000}", CHANGE_APPROVED);
	struct course before;

	move_course(c, course, "{\"title\":\"판화\",\"price\":5000}");
	before = course_now(c, course);
	assert_ptr_equal(decided(c, id, CHANGE_DO_COMPLETE), OK);
	assert_int_equal(change_now(c, id).state, CHANGE_COMPLETED);
	assert_int_equal(change_now(c, id).applied_version.v, before.version);
	assert_str(change_now(c, id).was.s, "{}");
	assert_int_equal(course_now(c, course).version, before.version);
}

/* Another instructor has the course from now on; their member. */
static int64_t passed_on(struct ctx *c, int64_t course)
{
	struct course_patch p = { .id = course, .given = UINT64_C(1) << 3, .in = { .instructor_id = course_now(c, a_course(c)).instructor.id } };
	struct course now;

	assert_ptr_equal(course_edit(c, &p, &now), OK);
	return teacher_of(c, course);
}

COMMITTED(a_request_does_not_outlive_its_owner)
{
	static const enum change_state from[] = { CHANGE_SUBMITTED, CHANGE_APPROVED };
	static const enum change_action action[] = { CHANGE_DO_APPROVE, CHANGE_DO_COMPLETE };

	for (int i = 0; i < 2; i++) {
		int64_t course = a_course(c), old = teacher_of(c, course), id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000}", from[i]);
		int64_t heir = passed_on(c, course);
		struct change now;

		as_operator(c);
		assert_ptr_equal(change_decide(c, id, (opt_int){ 0 }, action[i], S(""), CHANGE_TELL_NOW, &now), &change_passed_on);
		assert_int_equal(change_now(c, id).state, CHANGE_STALE);
		assert_int_equal(course_now(c, course).price.won, 100000);
		assert_int_equal(told(c, old, "request.passed_on"), 1);
		assert_int_equal(told(c, old, "request.stale"), 0);
		as(c, old);
		assert_ptr_equal(change_submit(c, id, &now), &course_unknown);
		as(c, heir);
		assert_ptr_equal(file_for(c, course, CHANGE_EDIT, "{\"price\":5000}", false, &now), OK);       /* whoever has it may ask for the same */
		as(c, old);
		assert_ptr_equal(change_withdraw(c, id, &now), OK);
	}
}

RULE(a_request_of_a_former_owner_may_be_rejected)
{
	int64_t course = a_course(c), old = teacher_of(c, course), id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000}", CHANGE_SUBMITTED);

	passed_on(c, course);
	assert_ptr_equal(decided(c, id, CHANGE_DO_REJECT), OK);
	assert_int_equal(told(c, old, "request.rejected"), 1);
}

/* -- two at once -- */

static struct {
	int64_t id;
	atomic_int ready, won, refused;
} *race;
enum { OPERATORS = 4 };

static int decide_at_once(struct ctx *c, int which)
{
	struct change now;
	outcome o;

	ctx_begin(c);
	as(c, a_member(c, .roles = ROLE_OPERATOR));
	atomic_fetch_add(&race->ready, 1);
	while (atomic_load(&race->ready) < OPERATORS)
		;
	o = change_decide(c, race->id, (opt_int){ 0 }, which % 2 ? CHANGE_DO_APPROVE : CHANGE_DO_REJECT, S("동시에"), CHANGE_TELL_NOW, &now);
	if (o == OK && which % 2)            /* an approval may still be rejected by another */
		return 0;
	atomic_fetch_add(o == OK ? &race->won : &race->refused, 1);
	return o == OK || o == &change_state_refused ? 0 : 1;
}

COMMITTED(of_operators_who_reject_at_once_exactly_one_wins)
{
	race = shared_memory(sizeof(*race));
	for (int round = 0; round < 5; round++) {
		race->id = a_change(c, a_course(c), CHANGE_EDIT, "{\"price\":5000}", CHANGE_SUBMITTED);
		race->ready = race->won = race->refused = 0;
		test_at_once(OPERATORS, decide_at_once);
		assert_int_equal(race->won, 1);
		assert_int_equal(change_now(c, race->id).state, CHANGE_REJECTED);
		assert_int_equal(db_int(c, &count_steps, 0, arg(race->id), arg(S("rejected"))), 1);
		assert_true(db_int(c, &count_steps, 0, arg(race->id), arg(S("approved"))) <= 1);
	}
}

/* -- who is told -- */

RULE(the_instructor_and_the_operators_hear_of_it)
{
	int64_t operator = a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR), finance = a_member(c, .roles = ROLE_MEMBER | ROLE_FINANCE);
	int64_t course = a_course(c), teacher = teacher_of(c, course), id = a_change(c, course, CHANGE_EDIT, "{\"title\":\"판화\"}", CHANGE_SUBMITTED);

	assert_int_equal(told(c, teacher, "request.submitted"), 1);
	assert_int_equal(told(c, operator, "request.submitted"), 1);
	assert_int_equal(told(c, finance, "request.submitted"), 0);
	assert_ptr_equal(decided(c, id, CHANGE_DO_APPROVE), OK);
	assert_int_equal(told(c, teacher, "request.approved"), 1);
	assert_ptr_equal(decided(c, id, CHANGE_DO_COMPLETE), OK);
	assert_int_equal(told(c, teacher, "request.completed"), 1);
	assert_int_equal(json_int(json_parse(c, told_data(c, teacher, "request.completed")), "request_id", 0), id);
}

/* -- over HTTP -- */

static const char *path_of(struct ctx *c, const char *format, int64_t id)
{
	struct buf b = buf_in(c->arena);

	for (; *format; format++)
		if (*format == '#')
			buf_int(&b, id);
		else
			buf_char(&b, *format);
	return str_z(c->arena, buf_text(&b));
}

COMMITTED(bad_filings_are_refused_at_their_member)
{
	static const struct { const char *changes, *field, *code; } bad[] = {
		{ "{\"instructor_id\":1}", "changes.instructor_id", "change_not_allowed" },
		{ "{\"category_id\":1}", "changes.category_id", "change_not_allowed" },
		{ "{\"hold_seconds\":1}", "changes.hold_seconds", "change_not_allowed" },
		{ "{\"nonsense\":1}", "changes.nonsense", "change_not_allowed" },
		{ "{\"price\":\"1000\"}", "changes.price", "invalid" },
		{ "{\"price\":-1}", "changes.price", "invalid" },
		{ "{\"price\":null}", "changes.price", "invalid" },
		{ "{\"title\":\"\"}", "changes.title", "invalid" },
		{ "{\"capacity\":0}", "changes.capacity", "invalid" },
		{ "{\"sessions\":[{}]}", "changes.sessions[0].starts_at", "invalid" },
		{ "{\"sessions\":[{\"n\":1}]}", "changes.sessions[0].n", "invalid" },
		{ "{\"sessions\":[{\"id\":-1}]}", "changes.sessions[0].id", "invalid" },
		{ "{\"enrol_opens_at\":\"tomorrow\"}", "changes.enrol_opens_at", "invalid" },
		{ "{}", "changes", "change_empty" },
		{ "[]", "changes", "invalid" },
		{ "\"x\"", "changes", "invalid" },
		{ "null", "changes", "invalid" },
	};
	int64_t course = a_course(c), teacher = teacher_of(c, course);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *body = str_z(c->arena, str_fmt(c->arena, "{\"course_id\":%lld,\"kind\":\"edit\",\"changes\":%s}", (long long)course, bad[i].changes));
		struct request *rq = ask(c, "POST", "/api/v1/teach/requests", .as = teacher, .body = body);
		const struct json *errors = json_get(answered_json(rq), "errors");
		bool there = false;

		assert_problem(rq, 422, bad[i].code);
		for (size_t j = 0; j < json_length(errors); j++)
			there |= str_eq(json_str(json_at(errors, j), "field"), str_of(bad[i].field));
		if (!there)
			fail_msg("%s: %.*s", bad[i].changes, STR(answered(rq)));
	}
}

COMMITTED(the_longest_description_can_be_asked_for)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course);
	struct buf b = buf_in(c->arena);
	struct request *rq;

	buf_fmt(&b, "{\"course_id\":%lld,\"kind\":\"edit\",\"changes\":{\"description\":\"", (long long)course);
	for (int i = 0; i < 20000; i++)
		buf_lit(&b, "글");
	buf_lit(&b, "\"}}");
	rq = ask(c, "POST", "/api/v1/teach/requests", .as = teacher, .body = str_z(c->arena, buf_text(&b)));
	assert_int_equal(rq->status, 201);
}

COMMITTED(the_role_comes_first_then_the_course)
{
	int64_t course = a_course(c), teacher = teacher_of(c, course), stranger = teacher_of(c, a_course(c));
	const char *body = path_of(c, "{\"course_id\":#,\"kind\":\"delete\"}", course);
	struct request *rq;
	int64_t id;

	assert_problem(ask(c, "POST", "/api/v1/teach/requests", .as = a_member(c), .body = body), 403, "role_missing");
	assert_problem(ask(c, "POST", "/api/v1/teach/requests", .as = stranger, .body = body), 404, "course_unknown");
	assert_problem(ask(c, "GET", path_of(c, "/api/v1/teach/courses/#", course), .as = stranger), 404, "course_unknown");
	rq = ask(c, "POST", "/api/v1/teach/requests", .as = teacher, .body = body);
	assert_int_equal(rq->status, 201);
	id = json_int(answered_json(rq), "id", 0);
	assert_problem(ask(c, "GET", path_of(c, "/api/v1/teach/requests/#", id), .as = stranger), 404, "change_unknown");
	assert_problem(ask(c, "POST", path_of(c, "/api/v1/teach/requests/#/withdraw", id), .as = stranger, .body = "{}"), 404, "change_unknown");
	assert_problem(ask(c, "POST", path_of(c, "/api/v1/admin/requests/#/approve", id), .as = teacher, .body = "{}"), 403, "role_missing");
	rq = ask(c, "GET", path_of(c, "/api/v1/teach/requests/#", id), .as = teacher);
	assert_int_equal(rq->status, 200);
	assert_ptr_equal(json_get(answered_json(rq), "staged"), NULL);
}

/* The key's transaction is rolled back, the state is kept. */
COMMITTED(a_stale_request_stays_stale_although_the_call_was_refused)
{
	int64_t course = a_course(c), id = a_change(c, course, CHANGE_EDIT, "{\"price\":5000}", CHANGE_SUBMITTED), staff;

	move_course(c, course, "{\"price\":6000}");
	staff = a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR);
	assert_problem(ask(c, "POST", path_of(c, "/api/v1/admin/requests/#/approve", id), .as = staff, .body = "{}", .key = "stale-1"), 409,
		       "change_stale");
	assert_int_equal(change_now(c, id).state, CHANGE_STALE);
	assert_problem(ask(c, "POST", path_of(c, "/api/v1/admin/requests/#/approve", id), .as = staff, .body = "{}", .key = "stale-2"), 409,
		       "change_state_refused");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_request_holds_what_was_and_what_shall_be),
	cmocka_unit_test(what_is_so_already_is_dropped),
	cmocka_unit_test(nobody_files_on_a_course_of_somebody_else),
	cmocka_unit_test(each_kind_touches_its_own_fields_only),
	cmocka_unit_test(the_same_is_not_filed_twice_while_it_is_alive),
	cmocka_unit_test(what_the_course_refuses_is_refused_at_its_field),
	cmocka_unit_test(a_room_that_is_taken_is_refused_at_filing),
	cmocka_unit_test(a_course_that_is_over_is_not_changed_any_more),
	cmocka_unit_test(a_draft_is_changed_and_sent_on_the_course_as_it_is_then),
	cmocka_unit_test(only_these_steps_lead_from_state_to_state),
	cmocka_unit_test(a_rejection_says_why),
	cmocka_unit_test(completing_puts_the_request_on_the_course),
	cmocka_unit_test(what_has_come_about_by_itself_is_completed_without_an_edit),
	cmocka_unit_test(a_deletion_cancels_the_course_and_a_change_of_status_changes_it),
	cmocka_unit_test(what_the_course_refuses_is_not_half_applied),
	cmocka_unit_test(a_field_is_in_conflict_if_it_moved_on_to_something_else),
	cmocka_unit_test(a_course_that_moved_on_elsewhere_is_no_conflict),
	cmocka_unit_test(the_effect_says_who_gets_a_seat_and_what_stands_in_the_way),
	cmocka_unit_test(a_stale_request_is_refused_not_applied_and_may_be_filed_again),
	cmocka_unit_test(what_has_become_so_meanwhile_is_completed_without_an_edit),
	cmocka_unit_test(a_request_does_not_outlive_its_owner),
	cmocka_unit_test(a_request_of_a_former_owner_may_be_rejected),
	cmocka_unit_test(of_operators_who_reject_at_once_exactly_one_wins),
	cmocka_unit_test(the_instructor_and_the_operators_hear_of_it),
	cmocka_unit_test(bad_filings_are_refused_at_their_member),
	cmocka_unit_test(the_longest_description_can_be_asked_for),
	cmocka_unit_test(the_role_comes_first_then_the_course),
	cmocka_unit_test(a_stale_request_stays_stale_although_the_call_was_refused),
};
UNIT_GROUP(change, tests, with_routes, NULL)
