/* Who teaches: members become instructors, and stop only when nothing of theirs goes on. */
#include "ask.h"

#include "data/db.h"
#include "instructor/instructor.h"
#include "web/route.h"

SQL(select_roles, "SELECT roles FROM member WHERE id = ?");
SQL(count_log, "SELECT COUNT(*) FROM staff_log WHERE action = ? AND object_type = 'instructor' AND object_id = ?");
SQL(select_instructor, "SELECT instructor_id FROM course_brief WHERE id = ?");

static struct instructor an_instructor(struct ctx *c, int64_t member)
{
	struct instructor k = { 0 };

	assert_ptr_equal(instructor_make(c, &(struct instructor_making){ .member_id = member }, &k), OK);
	return k;
}

static bool teaches(struct ctx *c, int64_t member)
{
	return db_int(c, &select_roles, 0, arg(member)) & ROLE_INSTRUCTOR;
}

RULE(a_member_becomes_an_instructor_under_their_own_name_and_gets_the_role)
{
	int64_t member = a_member(c, .name = "이바다");
	struct instructor k;

	as(c, a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR));
	assert_false(teaches(c, member));
	assert_int_equal(instructor_of_member(c, member), 0);
	k = an_instructor(c, member);
	assert_str(k.name, "이바다");
	assert_true(k.active);
	assert_true(teaches(c, member));
	assert_int_equal(instructor_of_member(c, member), k.id);
	assert_int_equal(db_int(c, &count_log, 0, arg(S("instructor.create")), arg(k.id)), 1);
}

RULE(nobody_becomes_an_instructor_twice)
{
	int64_t member = a_member(c);
	struct instructor k;

	an_instructor(c, member);
	assert_ptr_equal(instructor_make(c, &(struct instructor_making){ .member_id = member }, &k), &instructor_exists_already);
	assert_str(c->errors->field, "member_id");
}

RULE(who_is_not_an_active_member_is_refused_at_the_member)
{
	struct instructor k;

	assert_ptr_equal(instructor_make(c, &(struct instructor_making){ .member_id = INT64_C(1) << 40 }, &k), &instructor_no_member);
	assert_str(c->errors->field, "member_id");
	assert_ptr_equal(instructor_make(c, &(struct instructor_making){ .member_id = a_member(c, .status = "suspended") }, &k), &instructor_no_member);
}

RULE(who_stops_teaching_loses_the_role_and_gets_it_back)
{
	int64_t member = a_member(c);
	struct instructor k = an_instructor(c, member), now;

	assert_ptr_equal(instructor_edit(c, &(struct instructor_patch){ .id = k.id, .active = { true, false } }, &now), OK);
	assert_false(now.active);
	assert_false(teaches(c, member));
	assert_int_equal(instructor_of_member(c, member), 0);
	assert_false(instructor_lock(c, k.id));
	assert_ptr_equal(instructor_edit(c, &(struct instructor_patch){ .id = k.id, .active = { true, true } }, &now), OK);
	assert_true(teaches(c, member));
	assert_int_equal(now.version, k.version + 2);
	assert_int_equal(db_int(c, &count_log, 0, arg(S("instructor.edit")), arg(k.id)), 2);
}

RULE(an_edit_that_says_nothing_new_changes_nothing)
{
	struct instructor k = an_instructor(c, a_member(c, .name = "이바다")), now = { 0 };
	struct instructor_patch same = { .id = k.id, .name = { true, S("이바다") }, .bio = { true, S("") }, .active = { true, true } };

	assert_ptr_equal(instructor_edit(c, &same, &now), OK);
	assert_int_equal(now.version, k.version);
	assert_str(now.name, "이바다");
	assert_ptr_equal(instructor_edit(c, &(struct instructor_patch){ .id = k.id }, &now), OK);
	assert_int_equal(now.version, k.version);
	assert_int_equal(db_int(c, &count_log, 0, arg(S("instructor.edit")), arg(k.id)), 0);
}

RULE(who_has_courses_that_are_not_over_goes_on_teaching)
{
	enum course_status living[] = { COURSE_DRAFT, COURSE_OPEN, COURSE_CLOSED };

	for (size_t i = 0; i < 3; i++) {
		int64_t course = living[i] == COURSE_DRAFT ? a_course(c, .draft = true) : a_course(c, .status = living[i]);
		int64_t id = db_int(c, &select_instructor, 0, arg(course));
		struct instructor_patch stop = { .id = id, .active = { true, false } };
		struct instructor now;
		struct course k;

		assert_ptr_equal(instructor_edit(c, &stop, &now), &instructor_teaches);
		assert_str(c->errors->field, "active");
		assert_true(str_starts(c->errors->value, str_fmt(c->arena, "C-%lld ", (long long)course)));
		c->errors = NULL;
		assert_ptr_equal(course_set_status(c, course, living[i] == COURSE_DRAFT ? COURSE_CANCELLED : COURSE_FINISHED, S("test"), &k), OK);
		assert_ptr_equal(instructor_edit(c, &stop, &now), OK);
	}
}

RULE(an_edit_of_an_instructor_made_on_an_older_version_is_stale)
{
	struct instructor k = an_instructor(c, a_member(c)), now;
	struct instructor_patch p = { .id = k.id, .version = some_int(k.version), .name = some_str(S("윤슬")) };

	assert_ptr_equal(instructor_edit(c, &p, &now), OK);
	assert_str(now.name, "윤슬");
	assert_str(now.bio, "");
	assert_ptr_equal(instructor_edit(c, &p, &now), &version_stale);
	p.id = INT64_C(1) << 40;
	assert_ptr_equal(instructor_edit(c, &p, &now), &instructor_unknown);
}

static bool listed(struct ctx *c, int64_t id, int which, const char *q)
{
	struct instructor_filter f = { .which = which, .q = { q != NULL, str_of(q) }, .limit = 100, .from = { true, false, { id - 1 } } };
	list l = instructor_list(c, &f);

	for (size_t i = 0; i < l.n; i++)
		if (((struct instructor *)l.p)[i].id == id)
			return true;
	return false;
}

RULE(instructors_are_found_by_how_their_name_begins_and_whether_they_teach)
{
	struct instructor k = an_instructor(c, a_member(c, .name = "50%_물레")), now;

	assert_true(listed(c, k.id, INSTRUCTOR_ACTIVE, NULL));
	assert_true(listed(c, k.id, INSTRUCTOR_ACTIVE, "50%"));
	assert_true(listed(c, k.id, INSTRUCTOR_ALL, " 50%_ "));
	assert_false(listed(c, k.id, INSTRUCTOR_ACTIVE, "물레"));
	assert_false(listed(c, k.id, INSTRUCTOR_ACTIVE, "5_%"));
	assert_false(listed(c, k.id, INSTRUCTOR_INACTIVE, NULL));
	assert_ptr_equal(instructor_edit(c, &(struct instructor_patch){ .id = k.id, .active = { true, false } }, &now), OK);
	assert_false(listed(c, k.id, INSTRUCTOR_ACTIVE, NULL));
	assert_true(listed(c, k.id, INSTRUCTOR_INACTIVE, NULL));
	assert_true(listed(c, k.id, INSTRUCTOR_ALL, NULL));
}

COMMITTED(an_instructor_over_http_is_made_and_changed_by_version)
{
	int64_t staff = a_member(c, .roles = ROLE_MEMBER | ROLE_OPERATOR), member = a_member(c);
	const char *body = str_z(c->arena, str_fmt(c->arena, "{\"member_id\":%lld,\"bio\":\"흙\"}", (long long)member)), *path;
	struct request *rq = ask(c, "POST", "/api/v1/admin/instructors", .as = staff, .body = body);

	assert_int_equal(rq->status, 201);
	path = str_z(c->arena, str_fmt(c->arena, "/api/v1/admin/instructors/%lld", (long long)instructor_of_member(c, member)));
	assert_problem(ask(c, "POST", "/api/v1/admin/instructors", .as = staff, .body = body), 409, "instructor_exists_already");
	assert_problem(ask(c, "POST", "/api/v1/admin/instructors", .as = staff, .body = "{\"member_id\":999999999}"), 422, "instructor_no_member");
	assert_problem(ask(c, "PATCH", path, .as = staff, .body = "{\"name\":\"가\"}"), 428, "version_missing");
	assert_problem(ask(c, "PATCH", path, .as = staff, .body = "{\"name\":\"\"}", .if_match = "*"), 422, "invalid");
	rq = ask(c, "PATCH", path, .as = staff, .body = "{\"active\":false}", .if_match = "\"1\"");
	assert_int_equal(rq->status, 200);
	assert_str(json_str(answered_json(rq), "bio"), "흙");
	assert_problem(ask(c, "PATCH", path, .as = staff, .body = "{\"active\":true}", .if_match = "\"1\""), 412, "version_stale");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_member_becomes_an_instructor_under_their_own_name_and_gets_the_role),
	cmocka_unit_test(nobody_becomes_an_instructor_twice),
	cmocka_unit_test(who_is_not_an_active_member_is_refused_at_the_member),
	cmocka_unit_test(who_stops_teaching_loses_the_role_and_gets_it_back),
	cmocka_unit_test(an_edit_that_says_nothing_new_changes_nothing),
	cmocka_unit_test(who_has_courses_that_are_not_over_goes_on_teaching),
	cmocka_unit_test(an_edit_of_an_instructor_made_on_an_older_version_is_stale),
	cmocka_unit_test(instructors_are_found_by_how_their_name_begins_and_whether_they_teach),
	cmocka_unit_test(an_instructor_over_http_is_made_and_changed_by_version),
};
UNIT_GROUP(instructor, tests, with_routes, NULL)
