/* Who of the staff changed what: no change without its line, no line without its change. */
#include "ask.h"
#include "fixtures.h"

#include "audit_log/audit_log.h"
#include "core/i18n.h"
#include "core/json.h"
#include "data/db.h"
#include "staff_log/staff_log.h"

struct line {
	int64_t member_id;
	str action;
	opt_str before_json, after_json;
	str reason, request_id, ip;
};
static const struct shape line_shape = SHAPE("StaffLine", struct line,
	F(member_id), F(action), F(before_json), F(after_json), F(reason), F(request_id), F(ip));

SQL(select_lines,
	"SELECT member_id, action, before_json, after_json, reason, request_id, ip FROM staff_log WHERE object_type = ? AND object_id = ? ORDER BY id");

static const struct failure changed_our_mind = { 409, "test_is_over" };

static list lines(struct ctx *c, const char *type, int64_t id)
{
	return db_all(c, &select_lines, &line_shape, arg(str_of(type)), arg(id));
}

RULE(each_change_of_a_course_is_on_the_log_with_before_and_after)
{
	int64_t staff = a_member(c, .roles = ROLE_OPERATOR), id;
	struct course now;
	const struct line *l;
	list all;

	as(c, staff);
	c->ip = S("127.0.0.9");
	id = a_course(c);
	assert_ptr_equal(course_set_status(c, id, COURSE_CLOSED, S("강사 사정"), &now), OK);
	all = lines(c, "course", id);
	l = all.p;
	assert_int_equal(all.n, 3);
	assert_str(l[0].action, "course.create");
	assert_false(l[0].before_json.set);
	assert_str(json_str(json_parse(c, l[0].after_json.v), "status"), "draft");
	assert_str(l[2].action, "course.status");
	assert_str(json_str(json_parse(c, l[2].before_json.v), "status"), "open");
	assert_str(json_str(json_parse(c, l[2].after_json.v), "status"), "closed");
	assert_str(l[2].reason, "강사 사정");
	for (size_t i = 0; i < all.n; i++) {
		assert_int_equal(l[i].member_id, staff);
		assert_str(l[i].ip, "127.0.0.9");
		assert_true(str_eq(l[i].request_id, c->request_id));
	}
}

static int64_t undone;

static outcome change_and_fail(struct ctx *c, void *nothing)
{
	struct course now;

	(void)nothing;
	course_set_status(c, undone, COURSE_CLOSED, S("no"), &now);
	return &changed_our_mind;
}

COMMITTED(what_was_rolled_back_leaves_no_line)
{
	size_t before;

	undone = a_course(c);
	before = lines(c, "course", undone).n;
	assert_ptr_equal(db_tx(c, change_and_fail, NULL), &changed_our_mind);
	assert_int_equal(lines(c, "course", undone).n, before);
}

RULE(a_refused_change_leaves_no_line)
{
	int64_t id = a_course(c, .status = COURSE_FINISHED);
	size_t before = lines(c, "course", id).n;
	struct course now;

	assert_ptr_equal(course_set_status(c, id, COURSE_OPEN, S("no"), &now), &course_status_refused);
	assert_int_equal(lines(c, "course", id).n, before);
}

RULE(what_was_made_has_no_before_and_what_was_removed_no_after)
{
	struct course_session s = { { 0 }, { SECOND }, S("\"quoted\"\n") };
	const struct line *l;

	as(c, a_member(c));
	staff_log_add(c, "room.edit", "room", 1, &course_session_shape, NULL, &s, S("new"));
	staff_log_add(c, "room.edit", "room", 1, &course_session_shape, &s, NULL, (str){ NULL, 0 });
	l = lines(c, "room", 1).p;
	assert_false(l[0].before_json.set);
	assert_str(json_str(json_parse(c, l[0].after_json.v), "room"), "\"quoted\"\n");
	assert_true(l[1].before_json.set);
	assert_false(l[1].after_json.set);
	assert_str(l[1].reason, "");
}

RULE(each_action_has_words_in_both_languages)
{
	for (size_t i = 0; staff_actions[i]; i++) {
		str key = str_fmt(c->arena, "audit_log.action.%s", staff_actions[i]);

		if (!i18n_has(LOCALE_KO, key) || !i18n_has(LOCALE_EN, key))
			fail_msg("%.*s has no words", STR(key));
		if (i)
			assert_true(strcmp(staff_actions[i - 1], staff_actions[i]) < 0);
	}
}

static const struct log_change *change_of(list all, const char *field)
{
	const struct log_change *k = all.p;

	for (size_t i = 0; i < all.n; i++)
		if (str_eq(k[i].field, str_of(field)))
			return &k[i];
	fail_msg("%s did not change", field);
	return NULL;
}

RULE(what_changed_is_told_in_the_readers_words)
{
	list all;

	c->locale = LOCALE_KO;
	all = log_changes(c, S("course"),
		S("{\"id\":1,\"price\":96000,\"status\":\"open\",\"term\":null,\"category\":{\"id\":1,\"name\":\"미술\"},\"capacity\":1000,"
		  "\"enrol_opens_at\":\"2026-11-20T01:00:00Z\",\"sessions\":[{\"id\":7,\"room\":\"101호\"}]}"),
		S("{\"id\":1,\"price\":128000,\"status\":\"closed\",\"term\":{\"id\":2,\"name\":\"봄 학기\"},\"category\":{\"id\":2,\"name\":\"서예\"},"
		  "\"capacity\":1200,\"enrol_opens_at\":\"2026-11-21T01:00:00Z\",\"sessions\":[{\"id\":7,\"room\":\"101호\"},{\"id\":8,\"room\":\"102호\"}],"
		  "\"odd_name\":true}"));
	assert_int_equal(all.n, 8);
	assert_str(change_of(all, "price")->label, "수강료");
	assert_str(change_of(all, "price")->before, "96,000원");
	assert_str(change_of(all, "price")->after, "128,000원");
	assert_str(change_of(all, "status")->before, "접수 중");
	assert_false(change_of(all, "term")->has_before);
	assert_str(change_of(all, "term")->after, "봄 학기");
	assert_str(change_of(all, "category")->after, "서예");
	assert_str(change_of(all, "capacity")->after, "1,200");
	assert_str(change_of(all, "enrol_opens_at")->before, "2026-11-20 (금) 10:00");
	assert_str(change_of(all, "sessions")->after, "101호\n102호");
	assert_str(change_of(all, "odd_name")->label, "odd_name");
	assert_str(change_of(all, "odd_name")->after, "예");
	assert_false(change_of(all, "odd_name")->has_before);
}

RULE(a_thing_is_named_as_people_say_it)
{
	c->locale = LOCALE_EN;
	assert_str(log_label(c, S("course"), 2417), "C-2417");
	assert_str(log_label(c, S("room"), 3), "Room 3");
	assert_str(log_label(c, S("of_old"), 3), "of_old 3");
	assert_int_equal(log_label(c, S("course"), 0).n, 0);
	c->who.roles = ROLE_OPERATOR;
	assert_str(log_href(c, S("course"), 2417), "/admin/courses/2417");
	c->who.roles = 0;
	assert_int_equal(log_href(c, S("course"), 2417).n, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_change_of_a_course_is_on_the_log_with_before_and_after),
	cmocka_unit_test(what_was_rolled_back_leaves_no_line),
	cmocka_unit_test(a_refused_change_leaves_no_line),
	cmocka_unit_test(what_was_made_has_no_before_and_what_was_removed_no_after),
	cmocka_unit_test(each_action_has_words_in_both_languages),
	cmocka_unit_test(what_changed_is_told_in_the_readers_words),
	cmocka_unit_test(a_thing_is_named_as_people_say_it),
};
UNIT_GROUP(staff_log, tests, with_routes, NULL)
