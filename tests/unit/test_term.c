/* Terms: their rules, and how many of their courses one member may have or wait for. */
#include "fixtures.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "data/db.h"
#include "term/term.h"
#include "web/route.h"

enum { PROCESSES = 6 };

SQL(count_living, "SELECT COUNT(*) FROM ticket WHERE member_id = ? AND live = 1");
SQL(select_limit, "SELECT per_member_limit FROM course_seat WHERE course_id = ?");

static int64_t a_term(struct ctx *c, const char *name, int64_t limit)
{
	struct term in = { .name = str_of(name), .starts_on = { 40000 }, .ends_on = { 40090 }, .per_member_limit = limit }, made;

	if (term_create(c, &in, &made) != OK)
		fault(c, "no term");
	return made.id;
}

/* An open course of the term. */
static int64_t course_in(struct ctx *c, int64_t term)
{
	struct course_input in = a_course_input(c);
	struct course k;

	in.term_id = some_int(term);
	if (course_create(c, &in, &k) != OK || course_set_status(c, k.id, COURSE_OPEN, S("test"), &k) != OK)
		fault(c, "no course");
	return k.id;
}

static outcome join(struct ctx *c, int64_t course, int64_t member)
{
	static const unsigned char print[32] = { 1 };
	str stored;

	return queue_join(c, course, member, str_fmt(c->arena, "term-%lld", (long long)course), print, &stored);
}

RULE(a_term_ends_after_it_begins_and_has_a_name_of_its_own)
{
	struct term in = { .name = S("봄"), .starts_on = { 40000 }, .ends_on = { 39999 } }, made;

	assert_ptr_equal(term_create(c, &in, &made), &invalid);
	assert_str(c->errors->field, "ends_on");
	c->errors = NULL;
	in.ends_on = in.starts_on;
	assert_ptr_equal(term_create(c, &in, &made), OK);
	assert_int_equal(made.version, 1);
	assert_ptr_equal(term_create(c, &in, &made), &term_name_taken);
}

RULE(a_patch_of_a_term_changes_what_it_names)
{
	int64_t id = a_term(c, "여름", 2), other = a_term(c, "가을", 0);
	struct term_patch p = { .id = id, .version = some_int(1), .given = 1u << 4, .in = { .per_member_limit = 3 } };
	struct term now;

	assert_ptr_equal(term_edit(c, &p, &now), OK);
	assert_int_equal(now.per_member_limit, 3);
	assert_str(now.name, "여름");
	assert_int_equal(now.version, 2);
	assert_ptr_equal(term_edit(c, &p, &now), &version_stale);
	p = (struct term_patch){ .id = id, .given = 1u << 1, .in = { .name = S("가을") } };
	assert_ptr_equal(term_edit(c, &p, &now), &term_name_taken);
	p.id = other;
	assert_ptr_equal(term_edit(c, &p, &now), OK);
	p.id = INT64_C(1) << 40;
	assert_ptr_equal(term_edit(c, &p, &now), &term_unknown);
}

RULE(a_new_limit_reaches_the_courses_of_the_term)
{
	int64_t term = a_term(c, "겨울", 0), course = course_in(c, term);
	struct term_patch p = { .id = term, .given = 1u << 4, .in = { .per_member_limit = 2 } };
	struct term now;

	assert_int_equal(db_int(c, &select_limit, -1, arg(course)), 0);
	assert_ptr_equal(term_edit(c, &p, &now), OK);
	assert_int_equal(db_int(c, &select_limit, -1, arg(course)), 2);
	assert_int_equal(db_int(c, &select_limit, -1, arg(course_in(c, term))), 2);
}

RULE(a_course_names_a_term_that_there_is)
{
	struct course_input in = a_course_input(c);
	struct course k;

	in.term_id = some_int(INT64_C(1) << 40);
	assert_ptr_equal(course_create(c, &in, &k), &invalid);
	assert_str(c->errors->field, "term_id");
}

COMMITTED(beyond_the_limit_of_its_term_nobody_joins)
{
	int64_t term = a_term(c, "한도 둘", 2), member = a_member(c), k[4];

	for (int i = 0; i < 4; i++)
		k[i] = course_in(c, term);
	assert_ptr_equal(join(c, k[0], member), OK);
	assert_ptr_equal(join(c, k[1], member), OK);
	assert_ptr_equal(join(c, k[2], member), &term_limit_reached);
	assert_ptr_equal(join(c, k[1], member), OK);                     /* the same request again has its answer */
	assert_ptr_equal(join(c, k[2], a_member(c)), OK);
	assert_ptr_equal(join(c, a_course(c), member), OK);              /* of no term */
	assert_ptr_equal(join(c, course_in(c, a_term(c, "다른 학기", 1)), member), OK);
	assert_int_equal(db_int(c, &count_living, 0, arg(member)), 4);
}

/* -- in many windows at once -- */

static struct shared {
	int64_t courses[PROCESSES], member;
	atomic_int ready, joined, refused;
} *all;

static int join_one(struct ctx *c, int which)
{
	outcome o;

	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&all->ready, 1);
	while (atomic_load(&all->ready) < PROCESSES)
		;
	ctx_begin(c);
	o = join(c, all->courses[which], all->member);
	if (o != OK && o != &term_limit_reached)
		return 1;
	atomic_fetch_add(o == OK ? &all->joined : &all->refused, 1);
	return 0;
}

COMMITTED(who_joins_two_courses_at_once_with_a_limit_of_one_gets_one)
{
	all = all ? all : shared_memory(sizeof(*all));
	for (int round = 0; round < 5; round++) {
		int64_t term = a_term(c, str_z(c->arena, str_fmt(c->arena, "한도 하나 %d", round)), 1);

		memset(all, 0, sizeof(*all));
		all->member = a_member(c);
		for (int i = 0; i < PROCESSES; i++)
			all->courses[i] = course_in(c, term);
		test_at_once(PROCESSES, join_one);
		ctx_begin(c);
		assert_int_equal(all->joined, 1);
		assert_int_equal(all->refused, PROCESSES - 1);
		assert_int_equal(db_int(c, &count_living, 0, arg(all->member)), 1);
	}
}

/* -- a course is edited while its term is -------------------------------------------------------------------------------- */

static struct edits {
	int64_t course, term, to_term;
	atomic_int locked;
} *edits;

static void wait_300ms(void)
{
	nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
}

static void limit_to(struct ctx *c, int64_t term, int64_t limit)
{
	struct term_patch p = { .id = term, .in.per_member_limit = limit };
	struct term now;

	p.given = UINT64_C(1) << (shape_field(&term_input_shape, S("per_member_limit")) - term_input_shape.fields);
	if (term_edit(c, &p, &now) != OK)
		fault(c, "no term edit");
}

/* The course's row in the queue is locked first, so that the edit of the course stands still after it has looked at the term. */
static outcome limit_slowly(struct ctx *c, void *p)
{
	(void)p;
	if (!edits->to_term)
		queue_lock_course(c, edits->course);
	else
		limit_to(c, edits->to_term, 5);
	atomic_store(&edits->locked, 1);
	wait_300ms();
	if (!edits->to_term)
		limit_to(c, edits->term, 5);
	return OK;
}

static int edit_both(struct ctx *c, int which)
{
	struct course_patch p = { .id = edits->course };
	struct course now;
	const char *member = edits->to_term ? "term_id" : "title";

	ctx_begin(c);
	assert_true(db_alive(c));
	if (!which)
		return db_tx(c, limit_slowly, NULL) != OK;
	while (!atomic_load(&edits->locked))
		;
	p.in.title = S("유화 입문");
	p.in.term_id = some_int(edits->to_term);
	p.given = UINT64_C(1) << (shape_field(&course_input_shape, str_of(member)) - course_input_shape.fields);
	return course_edit(c, &p, &now) != OK;
}

COMMITTED(a_new_limit_is_not_lost_to_an_edit_of_a_course)
{
	edits = shared_memory(sizeof(*edits));
	edits->term = a_term(c, "겨울 1", 2);
	edits->course = course_in(c, edits->term);
	assert_int_equal(db_int(c, &select_limit, -1, arg(edits->course)), 2);
	test_at_once(2, edit_both);
	assert_int_equal(db_int(c, &select_limit, -1, arg(edits->course)), 5);
}

COMMITTED(a_course_that_comes_into_a_term_has_the_limit_that_it_has_then)
{
	edits = shared_memory(sizeof(*edits));
	edits->course = course_in(c, a_term(c, "겨울 2", 2));
	edits->to_term = a_term(c, "겨울 3", 3);
	test_at_once(2, edit_both);
	assert_int_equal(db_int(c, &select_limit, -1, arg(edits->course)), 5);
}

static int64_t renamed, beside;

static outcome rename_to(struct ctx *c, int64_t id)
{
	struct term_patch p = { .id = id, .given = UINT64_C(1) << 1, .in = { .name = S("같은 이름") } };
	struct term now;

	return term_edit(c, &p, &now);
}

static outcome rename_first(struct ctx *c, void *nothing)
{
	(void)nothing;
	return rename_to(c, renamed);
}

static int rename_second(struct ctx *c)
{
	return rename_to(c, beside) != &term_name_taken || strcmp(c->errors->code, "term_name_taken") != 0;
}

COMMITTED(two_that_rename_to_one_name_leave_it_to_one)
{
	renamed = a_term(c, "먼저 바꿀 학기", 0);
	beside = a_term(c, "나중에 바꿀 학기", 0);
	test_in_between(rename_first, rename_second, NULL);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_term_ends_after_it_begins_and_has_a_name_of_its_own),
	cmocka_unit_test(a_patch_of_a_term_changes_what_it_names),
	cmocka_unit_test(a_new_limit_reaches_the_courses_of_the_term),
	cmocka_unit_test(a_course_names_a_term_that_there_is),
	cmocka_unit_test(beyond_the_limit_of_its_term_nobody_joins),
	cmocka_unit_test(two_that_rename_to_one_name_leave_it_to_one),
	cmocka_unit_test(who_joins_two_courses_at_once_with_a_limit_of_one_gets_one),
	cmocka_unit_test(a_new_limit_is_not_lost_to_an_edit_of_a_course),
	cmocka_unit_test(a_course_that_comes_into_a_term_has_the_limit_that_it_has_then),
};
UNIT_GROUP(term, tests, NULL, NULL)
