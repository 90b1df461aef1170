/* A room, and an instructor, is in one place at a time: by the rules, and when several operators book at once. */
#include "fixtures.h"

#include <stdatomic.h>
#include <string.h>

#include "data/db.h"
#include "instructor/instructor.h"

enum { PROCESSES = 6, FIRST = 40000 };

SQL(count_in_room,
	"SELECT COUNT(*) FROM course_session s JOIN course k ON k.id = s.course_id WHERE s.room = ? AND s.starts_at = ? AND k.status <> 'cancelled'");
SQL(select_instructor, "SELECT instructor_id FROM course WHERE id = ?");
SQL(insert_attendance, "INSERT INTO attendance (session_id, enrolment_id, state, noted_at, noted_by) VALUES (?, ?, 'present', ?, 1)");
SQL(checks_off, "SET SESSION foreign_key_checks = 0");
SQL(checks_on, "SET SESSION foreign_key_checks = 1");

/* Sessions of two hours at seven in the evening, one a week. */
static struct course_input evening(struct ctx *c, const char *room, int64_t first, size_t n)
{
	struct course_input in = a_course_input(c);
	struct course_session *s = arena_array(c->arena, struct course_session, n + 1);

	for (size_t i = 0; i < n; i++) {
		when at = { (first + (int64_t)i * 7) * DAY + 10 * HOUR };

		s[i] = (struct course_session){ at, when_plus(at, 2 * HOUR), str_of(room), 0 };
	}
	in.sessions = (list){ s, n };
	return in;
}

static struct course_session *session(struct course_input *in, size_t i)
{
	return (struct course_session *)in->sessions.p + i;
}

static str wrong_field(struct ctx *c)
{
	return c->errors ? c->errors->field : S("");
}

RULE(a_room_is_used_by_one_course_at_a_time)
{
	struct course_input first = evening(c, "101호", FIRST, 3), second = evening(c, "101호", FIRST + 7, 1);
	struct course made, other;

	first.title = S("첫 강좌");
	assert_ptr_equal(course_create(c, &first, &made), OK);
	assert_ptr_equal(course_create(c, &second, &other), &room_taken);
	assert_str(wrong_field(c), "sessions[0].room");
	assert_str(c->errors->value, str_z(c->arena, str_fmt(c->arena, "첫 강좌 (C-%lld)", (long long)made.id)));
	c->errors = NULL;
	session(&second, 0)->room = S("102호");
	assert_ptr_equal(course_create(c, &second, &other), OK);
}

RULE(one_may_begin_when_the_other_ends)
{
	struct course_input first = evening(c, "103호", FIRST, 1), second = evening(c, "103호", FIRST, 1);
	struct course made;

	assert_ptr_equal(course_create(c, &first, &made), OK);
	session(&second, 0)->starts_at = session(&first, 0)->ends_at;
	session(&second, 0)->ends_at = when_plus(session(&first, 0)->ends_at, HOUR);
	assert_ptr_equal(course_create(c, &second, &made), OK);
	session(&second, 0)->starts_at.us--;
	assert_ptr_equal(course_create(c, &second, &made), &room_taken);
}

RULE(an_instructor_is_in_one_place_at_a_time)
{
	struct course_input first = evening(c, "104호", FIRST, 2), second = evening(c, "105호", FIRST + 7, 1);
	struct course made;

	second.instructor_id = first.instructor_id;
	assert_ptr_equal(course_create(c, &first, &made), OK);
	assert_ptr_equal(course_create(c, &second, &made), &instructor_busy);
	assert_str(wrong_field(c), "sessions[0].starts_at");
}

RULE(sessions_of_one_course_do_not_overlap_either)
{
	struct course_input in = evening(c, "106호", FIRST, 2);
	struct course made;

	session(&in, 1)->starts_at = when_plus(session(&in, 0)->starts_at, HOUR);
	session(&in, 1)->ends_at = when_plus(session(&in, 0)->starts_at, 3 * HOUR);
	assert_ptr_equal(course_create(c, &in, &made), &room_taken);
	assert_str(wrong_field(c), "sessions[1].room");
	c->errors = NULL;
	session(&in, 1)->room = S("107호");
	assert_ptr_equal(course_create(c, &in, &made), &instructor_busy);
}

RULE(a_course_that_is_over_or_called_off_frees_its_room)
{
	struct course_input first = evening(c, "108호", FIRST, 1), second = evening(c, "108호", FIRST, 1);
	struct course made, other;

	assert_ptr_equal(course_create(c, &first, &made), OK);
	assert_ptr_equal(course_create(c, &second, &other), &room_taken);
	assert_ptr_equal(course_set_status(c, made.id, COURSE_CANCELLED, S("test"), &made), OK);
	c->errors = NULL;
	assert_ptr_equal(course_create(c, &second, &other), OK);
}

/* What stands there already is not asked again when something else is edited. */
RULE(an_edit_is_asked_only_when_it_books)
{
	struct course_input first = evening(c, "109호", FIRST, 1), second = evening(c, "110호", FIRST, 1);
	struct course made, other, now;
	struct course_patch p = { .given = 1u << 10 };

	assert_ptr_equal(course_create(c, &first, &made), OK);
	assert_ptr_equal(course_create(c, &second, &other), OK);
	session(&second, 0)->room = S("109호");
	p.id = other.id;
	p.in = second;
	assert_ptr_equal(course_edit(c, &p, &now), &room_taken);
	c->errors = NULL;
	p.id = made.id;
	p.in = first;
	session(&first, 0)->ends_at = when_plus(session(&first, 0)->ends_at, HOUR);
	assert_ptr_equal(course_edit(c, &p, &now), OK);              /* its own time is no clash */
	p.given = 1u << 3;
	p.in.instructor_id = db_int(c, &select_instructor, 0, arg(other.id));
	assert_ptr_equal(course_edit(c, &p, &now), &instructor_busy);
}

/* -- sessions keep their ids -- */

static outcome give(struct ctx *c, int64_t id, struct course_session *s, size_t n, struct course *now)
{
	struct course_patch p = { .id = id, .given = 1u << 10, .in = { .sessions = { s, n } } };

	c->errors = NULL;
	return course_edit(c, &p, now);
}

static int64_t id_of(const struct course *k, size_t i)
{
	return ((const struct course_session *)k->sessions.p)[i].id;
}

RULE(a_session_keeps_its_id_as_long_as_it_is_there)
{
	struct course_input in = evening(c, "111호", FIRST, 3);
	struct course was, now;
	struct course_session s[4];

	assert_ptr_equal(course_create(c, &in, &was), OK);
	memcpy(s, in.sessions.p, 3 * sizeof(*s));
	s[1].room = S("112호");                                      /* the same time in another room */
	assert_ptr_equal(give(c, was.id, s, 3, &now), OK);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(id_of(&now, i), id_of(&was, i));
	s[0] = s[1];                                                 /* without the first, and a new one at the end */
	s[1] = s[2];
	s[2].starts_at.us += 7 * DAY;
	s[2].ends_at.us += 7 * DAY;
	assert_ptr_equal(give(c, was.id, s, 3, &now), OK);
	assert_int_equal(id_of(&now, 0), id_of(&was, 1));
	assert_int_equal(id_of(&now, 1), id_of(&was, 2));
	assert_true(id_of(&now, 2) != id_of(&was, 0));
	s[0].starts_at.us += HOUR;                                   /* later on the same day */
	s[0].ends_at.us += HOUR;
	assert_ptr_equal(give(c, was.id, s, 3, &now), OK);
	assert_int_equal(id_of(&now, 0), id_of(&was, 1));
}

RULE(a_session_with_attendance_stays)
{
	struct course_input in = evening(c, "113호", FIRST, 3);
	struct course was, now;
	struct course_session s[3];

	assert_ptr_equal(course_create(c, &in, &was), OK);
	db_run(c, &checks_off);
	db_run(c, &insert_attendance, arg(id_of(&was, 0)), arg(1), arg(c->now));
	db_run(c, &checks_on);
	memcpy(s, in.sessions.p, sizeof(s));
	assert_ptr_equal(give(c, was.id, s + 1, 2, &now), &session_attended);
	assert_str(wrong_field(c), "sessions");
	assert_ptr_equal(give(c, was.id, NULL, 0, &now), &session_attended);
	assert_ptr_equal(give(c, was.id, s, 2, &now), OK);
	s[0].room = S("114호");
	assert_ptr_equal(give(c, was.id, s, 2, &now), OK);
	assert_int_equal(id_of(&now, 0), id_of(&was, 0));
}

RULE(a_session_that_is_sent_with_its_id_goes_on_wherever_it_is_moved)
{
	struct course_input in = evening(c, "115호", FIRST, 3), others = evening(c, "116호", FIRST + 1, 1);
	struct course was, now, other;
	struct course_session s[3];

	others.instructor_id = db_int(c, &select_instructor, 0, arg(a_course(c)));
	assert_ptr_equal(course_create(c, &in, &was), OK);
	assert_ptr_equal(course_create(c, &others, &other), OK);
	db_run(c, &checks_off);
	db_run(c, &insert_attendance, arg(id_of(&was, 0)), arg(1), arg(c->now));
	db_run(c, &checks_on);
	s[0] = ((struct course_session *)was.sessions.p)[1];         /* the first is held after the others */
	s[1] = ((struct course_session *)was.sessions.p)[2];
	s[2] = ((struct course_session *)was.sessions.p)[0];
	s[2].starts_at.us += 100 * DAY;
	s[2].ends_at.us += 100 * DAY;
	assert_ptr_equal(give(c, was.id, s, 3, &now), OK);
	assert_int_equal(id_of(&now, 0), id_of(&was, 1));
	assert_int_equal(id_of(&now, 1), id_of(&was, 2));
	assert_int_equal(id_of(&now, 2), id_of(&was, 0));
	s[1].id = 0;                                                 /* one without an id, where ids are named, is new */
	s[1].starts_at.us += 3 * DAY;
	s[1].ends_at.us += 3 * DAY;
	assert_ptr_equal(give(c, was.id, s, 3, &now), OK);
	assert_int_equal(id_of(&now, 0), id_of(&was, 1));
	assert_true(id_of(&now, 1) != id_of(&was, 2));
	assert_int_equal(id_of(&now, 2), id_of(&was, 0));
	s[0].id = id_of(&was, 0);                                    /* they change places, and the times stay */
	s[1].id = id_of(&now, 1);
	s[2].id = id_of(&was, 1);
	was = now;
	assert_ptr_equal(give(c, was.id, s, 3, &now), OK);
	assert_int_equal(id_of(&now, 0), id_of(&was, 2));
	assert_int_equal(id_of(&now, 1), id_of(&was, 1));
	assert_int_equal(id_of(&now, 2), id_of(&was, 0));
	s[1].id = id_of(&other, 0);                                  /* somebody else's is as none */
	assert_ptr_equal(give(c, was.id, s, 3, &now), OK);
	assert_int_equal(id_of(&now, 1), id_of(&was, 1));
	s[1].id = s[0].id;
	assert_ptr_equal(give(c, was.id, s, 3, &now), &invalid);
	assert_str(wrong_field(c), "sessions[1].id");
	assert_string_equal(c->errors->code, "duplicate");
}

/* -- many operators at once -- */

static struct shared {
	struct course_input in[PROCESSES];
	int64_t courses[PROCESSES];
	atomic_int ready, booked, refused, edits;
} *all;

static void line_up(struct ctx *c)
{
	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&all->ready, 1);
	while (atomic_load(&all->ready) < PROCESSES)
		;
	ctx_begin(c);
}

static int book(struct ctx *c, int which)
{
	struct course_session s[2];
	struct course_input in = all->in[which];
	struct course made;
	outcome o;

	for (int i = 0; i < 2; i++) {
		when at = { (FIRST + 1000 + i + 10 * all->edits) * DAY };

		/* The two rooms in either order: locks are taken in one. */
		s[i] = (struct course_session){ at, when_plus(at, HOUR), (which + i) % 2 ? S("경주 1") : S("경주 2"), 0 };
	}
	in.title = S("경주");
	in.description = S("");
	in.sessions = (list){ s, 2 };
	line_up(c);
	if (all->edits) {
		struct course_patch p = { .id = all->courses[which], .given = 1u << 10, .in = in };

		o = course_edit(c, &p, &made);
	} else {
		o = course_create(c, &in, &made);
	}
	if (o != OK && o != &room_taken)
		return 1;
	atomic_fetch_add(o == OK ? &all->booked : &all->refused, 1);
	return 0;
}

static void begin(struct ctx *c, bool edits)
{
	if (!all)
		all = shared_memory(sizeof(*all));
	memset(all, 0, sizeof(*all));
	all->edits = edits;
	for (int i = 0; i < PROCESSES; i++) {
		all->in[i] = a_course_input(c);
		if (edits)
			all->courses[i] = a_course(c);
	}
}

/* Half of them want the first room first and then the second, the others the other way round: one of each half gets what it wants. */
COMMITTED(of_operators_who_book_the_same_room_at_once_one_gets_it)
{
	for (int edits = 0; edits < 2; edits++) {
		when first = { (FIRST + 1000 + 10 * edits) * DAY };

		begin(c, edits);
		test_at_once(PROCESSES, book);
		ctx_begin(c);
		assert_int_equal(all->booked + all->refused, PROCESSES);
		assert_true(db_int(c, &count_in_room, 0, arg(S("경주 1")), arg(first)) == 1);
		assert_true(db_int(c, &count_in_room, 0, arg(S("경주 2")), arg(first)) == 1);
		assert_int_equal(all->booked, 2);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_room_is_used_by_one_course_at_a_time),
	cmocka_unit_test(one_may_begin_when_the_other_ends),
	cmocka_unit_test(an_instructor_is_in_one_place_at_a_time),
	cmocka_unit_test(sessions_of_one_course_do_not_overlap_either),
	cmocka_unit_test(a_course_that_is_over_or_called_off_frees_its_room),
	cmocka_unit_test(an_edit_is_asked_only_when_it_books),
	cmocka_unit_test(a_session_keeps_its_id_as_long_as_it_is_there),
	cmocka_unit_test(a_session_with_attendance_stays),
	cmocka_unit_test(a_session_that_is_sent_with_its_id_goes_on_wherever_it_is_moved),
	cmocka_unit_test(of_operators_who_book_the_same_room_at_once_one_gets_it),
};
UNIT_GROUP(course_clash, tests, NULL, NULL)
