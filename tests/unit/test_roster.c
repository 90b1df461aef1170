/* Who is in a course and who was there: the file for spreadsheets, marks, and who hears of a change. */
#include "ask.h"

#include <malloc.h>

#include "core/json.h"
#include "data/db.h"
#include "data/outbox.h"
#include "enrolment/enrolment.h"
#include "notify/notify.h"
#include "roster/roster_private.h"

SQL(insert_session,
	"INSERT INTO course_session (course_id, n, starts_at, ends_at, room) SELECT ?, COALESCE(MAX(n), 0) + 1, ?, ?, '화실' "
	"FROM course_session WHERE course_id = ?");
SQL(select_session, "SELECT MAX(id) FROM course_session WHERE course_id = ?");
SQL(count_marks, "SELECT COUNT(*) FROM attendance WHERE session_id = ?");
SQL(select_noted_by, "SELECT noted_by FROM attendance WHERE session_id = ? AND enrolment_id = ?");
SQL(insert_crowd,
	"INSERT INTO member (id, email, name, created_at, status) SELECT ? + seq, CONCAT('crowd-', seq, '@test.example'), '군중', UTC_TIMESTAMP(6), "
	"'active' FROM seq_1_to_10000 WHERE seq <= ?");
SQL(enrol_crowd,
	"INSERT INTO enrolment (course_id, member_id, ticket_id, order_id, paid, policy_id, source, created_at) SELECT ?, ? + seq, ? + seq, "
	"CONCAT('crowd-', seq), 0, (SELECT MAX(id) FROM refund_policy), 'online', UTC_TIMESTAMP(6) FROM seq_1_to_10000 WHERE seq <= ?");
SQL(count_told, "SELECT COUNT(*) FROM notification WHERE member_id > ? AND member_id <= ? AND type = 'course.changed'");
SQL(count_log, "SELECT COUNT(*) FROM staff_log WHERE action = 'attendance.mark' AND object_id = ?");

static int64_t a_session(struct ctx *c, int64_t course)
{
	db_insert(c, &insert_session, arg(course), arg(c->now), arg(when_plus(c->now, HOUR)), arg(course));
	return db_int(c, &select_session, 0, arg(course));
}

static int64_t a_student(struct ctx *c, int64_t course, const char *name)
{
	int64_t ticket = a_ticket(c, .course = course, .member = a_member(c, .name = name));
	struct seat s;

	pay_seat(c, ticket);
	s = lock_seat(c, ticket);
	c->who = (struct caller){ 0 };
	return enrolment_create(c, &s, str_fmt(c->arena, "order-%lld", (long long)ticket), won(0), SOLD_ONLINE);
}

static str cell(struct ctx *c, str text)
{
	struct buf b = buf_in(c->arena);

	csv_text(&b, text);
	return buf_text(&b);
}

RULE(a_cell_that_a_spreadsheet_would_run_is_made_harmless)
{
	assert_str(cell(c, S("김하늘")), "김하늘");
	assert_str(cell(c, S("=cmd()")), "\"'=cmd()\"");
	assert_str(cell(c, S("+821012345678")), "\"'+821012345678\"");
	assert_str(cell(c, S("-1")), "\"'-1\"");
	assert_str(cell(c, S("@x")), "\"'@x\"");
	assert_str(cell(c, S("\tx")), "\"'\tx\"");
	assert_str(cell(c, S("a \"b\", c\nd")), "\"a \"\"b\"\", c\nd\"");
	assert_str(cell(c, S(" =x")), "\"' =x\"");
	assert_str(cell(c, S("\uFF1Dx")), "\"'\uFF1Dx\"");
	assert_str(cell(c, S("1=1")), "1=1");
	assert_str(cell(c, S("")), "");
}

static size_t lines(str file)
{
	size_t n = 0;

	for (size_t i = 1; i < file.n; i++)
		n += file.p[i - 1] == '\r' && file.p[i] == '\n';
	return n;
}

RULE(the_file_of_a_big_course_has_every_student_once)
{
	int64_t course = a_course(c, .capacity = 450);
	size_t at;
	str file;

	for (int i = 0; i < 401; i++)
		a_student(c, course, i == 400 ? "마지막" : i == 200 ? "\"큰\", 이름" : "김학생");
	file = roster_csv(c, course, ROSTER_ACTIVE);
	assert_true(str_starts(file, S("\xEF\xBB\xBF")));
	assert_int_equal(lines(file), 402);
	assert_true(str_find(file, S(",마지막,010-1234-5678,"), &at));
	assert_true(str_find(file, S(",\"\"\"큰\"\", 이름\","), &at));
	assert_int_equal(lines(roster_csv(c, course, ROSTER_CANCELLED)), 1);
}

RULE(a_mark_is_kept_with_who_noted_it_until_somebody_says_otherwise)
{
	int64_t course = a_course(c, .capacity = 3), session = a_session(c, course), one = a_student(c, course, "가"), two = a_student(c, course, "나");
	struct attendance_mark m[] = { { two, ATTENDANCE_LATE }, { one, ATTENDANCE_PRESENT } };
	int64_t first = a_member(c), second = a_member(c);
	static const struct keyset beginning;
	const struct student *s;

	c->who = (struct caller){ .id = first, .roles = ROLE_OPERATOR };
	assert_ptr_equal(roster_mark(c, course, session, m, 2), OK);
	c->who.id = second;
	m[0].state = ATTENDANCE_EXCUSED;
	assert_ptr_equal(roster_mark(c, course, session, m, 2), OK);
	assert_int_equal(db_int(c, &select_noted_by, 0, arg(session), arg(one)), first);
	assert_int_equal(db_int(c, &select_noted_by, 0, arg(session), arg(two)), second);
	assert_int_equal(db_int(c, &count_log, 0, arg(course)), 2);
	assert_ptr_equal(roster_mark(c, course, session, m, 2), OK);
	assert_int_equal(db_int(c, &count_log, 0, arg(course)), 2);
	s = roster_students(c, course, ROSTER_ACTIVE, &beginning, 10, false).p;
	assert_int_equal(s[0].attended.present, 1);
	assert_int_equal(s[1].attended.excused, 1);
	assert_int_equal(s[1].attended.late, 0);
	assert_str(s[0].phone, "010-****-5678");
}

RULE(marks_of_others_refuse_the_whole)
{
	int64_t course = a_course(c), session = a_session(c, course), one = a_student(c, course, "가");
	int64_t other = a_course(c), stranger = a_student(c, other, "나");
	struct attendance_mark m[] = { { one, ATTENDANCE_PRESENT }, { stranger, ATTENDANCE_PRESENT } };

	assert_ptr_equal(roster_mark(c, course, session, m, 2), &invalid);
	assert_str(c->errors->field, "marks[1].enrolment_id");
	c->errors = NULL;
	m[1] = m[0];
	assert_ptr_equal(roster_mark(c, course, session, m, 2), &invalid);
	c->errors = NULL;
	assert_ptr_equal(roster_mark(c, other, session, m, 1), &course_session_unknown);
	assert_int_equal(db_int(c, &count_marks, 0, arg(session)), 0);
	enrolment_cancel(c, one, S("test"));
	assert_ptr_equal(roster_mark(c, course, session, m, 1), &invalid);
}

SQL(delete_session, "DELETE FROM course_session WHERE id = ?");

static struct {
	int64_t course, session, student;
} marked;

static outcome drop_session(struct ctx *c, void *nothing)
{
	(void)nothing;
	return db_run(c, &delete_session, arg(marked.session)) == 1 ? OK : &course_session_unknown;
}

static outcome mark_it(struct ctx *c, void *nothing)
{
	struct attendance_mark m = { marked.student, ATTENDANCE_PRESENT };

	(void)nothing;
	return roster_mark(c, marked.course, marked.session, &m, 1);
}

static int mark_second(struct ctx *c)
{
	return db_tx(c, mark_it, NULL) != &course_session_unknown;
}

COMMITTED(nobody_is_marked_in_a_session_that_goes_at_this_moment)
{
	marked.course = a_course(c);
	marked.session = a_session(c, marked.course);
	marked.student = a_student(c, marked.course, "다");
	test_in_between(drop_session, mark_second, NULL);
}

RULE(who_is_enrolled_hears_once_what_has_changed)
{
	int64_t course = a_course(c, .capacity = 2), cancelled, waits;
	int64_t ticket = a_ticket(c, .course = course), gone = a_ticket(c, .course = course);
	struct notification_row row = { 0 };
	struct notification shown;
	const struct json *fields;
	struct seat s;
	str field;
	struct event e = { .type = S("course.changed"), .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"fields\":[\"title\",\"sessions\"]}",
									   (long long)course) };

	waits = holder_of(c, a_ticket(c, .course = course));
	for (int i = 0; i < 2; i++) {
		int64_t id, t = i ? gone : ticket;

		pay_seat(c, t);
		s = lock_seat(c, t);
		id = enrolment_create(c, &s, str_fmt(c->arena, "order-%lld", (long long)t), won(0), SOLD_ONLINE);
		if (i)
			enrolment_cancel(c, id, S("test"));
	}
	cancelled = holder_of(c, gone);
	assert_ptr_equal(enrolment_listeners[0].act(c, &e), OK);
	assert_int_equal(told(c, holder_of(c, ticket), "course.changed"), 1);
	assert_int_equal(told(c, cancelled, "course.changed"), 0);
	assert_int_equal(told(c, waits, "course.changed"), 0);
	e.payload = str_fmt(c->arena, "{\"course_id\":%lld,\"fields\":[\"price\"]}", (long long)course);
	for (int i = 0; i < 2; i++)
		assert_ptr_equal(enrolment_listeners[i].act(c, &e), OK);
	assert_int_equal(told(c, holder_of(c, ticket), "course.changed"), 1);      /* has paid */
	assert_int_equal(told(c, waits, "course.changed"), 1);
	row.type = e.type;
	row.data = told_data(c, holder_of(c, ticket), "course.changed");
	fields = json_get(json_parse(c, row.data), "fields");
	assert_int_equal(json_length(fields), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(json_text_value(json_at(fields, i), &field));
		assert_str(field, i ? "sessions" : "title");
	}
	notify_words(c, LOCALE_KO, &row, &shown);
	assert_str(shown.body, "수채화 입문 강좌에서 바뀐 것: 강좌 이름, 수업 시간과 장소. 강좌 안내를 확인하세요.");
}

/* As many as do not fit into the first blocks of the arena: what is noted for after the commit must still be there then. */
enum { CROWD = 2100 };
static const int64_t BEFORE_CROWD = 9000000000;

static outcome tell_the_crowd(struct ctx *c, void *p)
{
	return enrolment_listeners[0].act(c, p);
}

COMMITTED(a_crowd_hears_what_has_changed_and_the_wake_ups_outlive_the_batches)
{
	int64_t course = a_course(c, .capacity = CROWD);
	struct event e = { .type = S("course.changed"), .payload = str_fmt(c->arena, "{\"course_id\":%lld,\"fields\":[\"title\"]}",
									   (long long)course) };

	mallopt(M_PERTURB, 0xA5);                       /* what is freed is spoiled at once */
	db_run(c, &insert_crowd, arg(BEFORE_CROWD), arg(CROWD));
	db_run(c, &enrol_crowd, arg(course), arg(BEFORE_CROWD), arg(BEFORE_CROWD), arg(CROWD));
	assert_ptr_equal(db_tx(c, tell_the_crowd, &e), OK);
	mallopt(M_PERTURB, 0);
	assert_int_equal(db_int(c, &count_told, 0, arg(BEFORE_CROWD), arg(BEFORE_CROWD + CROWD)), CROWD);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_cell_that_a_spreadsheet_would_run_is_made_harmless),
	cmocka_unit_test(the_file_of_a_big_course_has_every_student_once),
	cmocka_unit_test(a_mark_is_kept_with_who_noted_it_until_somebody_says_otherwise),
	cmocka_unit_test(marks_of_others_refuse_the_whole),
	cmocka_unit_test(nobody_is_marked_in_a_session_that_goes_at_this_moment),
	cmocka_unit_test(who_is_enrolled_hears_once_what_has_changed),
	cmocka_unit_test(a_crowd_hears_what_has_changed_and_the_wake_ups_outlive_the_batches),
};
UNIT_GROUP(roster, tests, with_routes, NULL)
