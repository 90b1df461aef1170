#include "change_fixtures.h"

#include "change/change_private.h"
#include "instructor/instructor.h"

SQL(make_stale, "UPDATE change_request SET state = 'stale' WHERE id = ?");

struct course course_now(struct ctx *c, int64_t course)
{
	struct course k;

	assert_true(course_find(c, course, true, &k));
	return k;
}

int64_t teacher_of(struct ctx *c, int64_t course)
{
	struct instructor k;

	assert_true(instructor_find(c, course_now(c, course).instructor.id, &k));
	return k.member_id;
}

outcome file_for(struct ctx *c, int64_t course, enum change_kind kind, const char *changes, bool draft, struct change *r)
{
	struct change_filing f = { .course_id = course, .kind = kind, .note = S("부탁합니다"), .draft = draft };

	change_read(c, str_of(changes), &f.changes, &f.given);
	as(c, teacher_of(c, course));
	c->errors = NULL;
	return change_file(c, &f, r);
}

int64_t as_operator(struct ctx *c)
{
	as(c, a_member(c, .name = "운영자", .roles = ROLE_MEMBER | ROLE_OPERATOR));
	return c->who.id;
}

outcome decided(struct ctx *c, int64_t id, enum change_action action)
{
	struct caller who = c->who;
	struct change now;
	outcome o;

	as_operator(c);
	c->errors = NULL;
	o = change_decide(c, id, (opt_int){ 0 }, action, action == CHANGE_DO_REJECT ? S("정원이 부족합니다") : S(""), CHANGE_TELL_NOW, &now);
	c->who = who;
	return o;
}

int64_t a_change(struct ctx *c, int64_t course, enum change_kind kind, const char *changes, enum change_state state)
{
	struct change r;

	assert_ptr_equal(file_for(c, course, kind, changes, state == CHANGE_DRAFT, &r), OK);
	switch (state) {
	case CHANGE_APPROVED: assert_ptr_equal(decided(c, r.id, CHANGE_DO_APPROVE), OK); break;
	case CHANGE_REJECTED: assert_ptr_equal(decided(c, r.id, CHANGE_DO_REJECT), OK); break;
	case CHANGE_WITHDRAWN: assert_ptr_equal(change_withdraw(c, r.id, &r), OK); break;
	case CHANGE_STALE: db_run(c, &make_stale, arg(r.id)); break;
	case CHANGE_COMPLETED:
		assert_ptr_equal(decided(c, r.id, CHANGE_DO_APPROVE), OK);
		assert_ptr_equal(decided(c, r.id, CHANGE_DO_COMPLETE), OK);
		break;
	default: break;
	}
	return r.id;
}

struct change change_now(struct ctx *c, int64_t id)
{
	struct change r;

	assert_true(change_find(c, id, &r));
	return r;
}

void move_course(struct ctx *c, int64_t course, const char *changes)
{
	struct course_patch p = { .id = course };
	struct change_fields f;
	struct course now;
	uint64_t bits;

	change_read(c, str_of(changes), &f, &bits);
	p.in = (struct course_input){ .title = f.title, .price = f.price, .capacity = f.capacity, .description = f.description,
				      .sessions = f.sessions };
	for (size_t i = 0; i < change_fields_shape.n; i++) {
		const struct field *to = shape_field(&course_input_shape, str_of(change_fields_shape.fields[i].name));

		if (bits >> i & 1 && to)
			p.given |= UINT64_C(1) << (to - course_input_shape.fields);
	}
	c->errors = NULL;
	assert_ptr_equal(course_edit(c, &p, &now), OK);
}

const char *first_error(struct ctx *c)
{
	return c->errors ? str_z(c->arena, str_fmt(c->arena, "%.*s:%s", STR(c->errors->field), c->errors->code)) : "";
}
