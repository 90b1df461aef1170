/* change/change_apply.c -- a request is put on its course by the course's own rules, or put and taken back. */
#include "change/change_private.h"

#include <string.h>

#include "core/i18n.h"
#include "queue/queue.h"
#include "web/route.h"

/* The fields under the names that an edit of the course knows; *given: their bits there. */
static struct course_input as_input(const struct change_fields *f, uint64_t bits, uint64_t *given)
{
	struct course_input in = { .title = f->title, .price = f->price, .capacity = f->capacity, .min_enrolled = f->min_enrolled,
				   .enrol_opens_at = f->enrol_opens_at, .enrol_closes_at = f->enrol_closes_at,
				   .description = f->description, .sessions = f->sessions };

	*given = 0;
	for (size_t i = 0; i < change_fields_shape.n; i++) {
		const struct field *to = shape_field(&course_input_shape, str_of(change_fields_shape.fields[i].name));

		if (bits >> i & 1 && to)
			*given |= UINT64_C(1) << (to - course_input_shape.fields);
	}
	return in;
}

void change_errors_inside(struct ctx *c, const struct field_error *before)
{
	for (struct field_error *e = c->errors; e && e != before; e = e->next)
		e->field = str_join(c->arena, S("changes."), e->field);
}

outcome change_course_lives(struct ctx *c, const struct course *k)
{
	if (k->status != COURSE_CANCELLED && k->status != COURSE_FINISHED)
		return OK;
	return fail(c, &course_status_refused, "course_id", "not_from_here",
		    words(c, str_z(c->arena, str_fmt(c->arena, "word.course.status.%s", course_statuses[k->status]))));
}

outcome change_stands(struct ctx *c, const struct change *r, const struct asked *a, const struct course *k)
{
	outcome o = change_course_lives(c, k);

	if (o != OK)
		return o;
	if (k->instructor.id != r->instructor.id)
		return &change_passed_on;
	return change_conflicts(c, a, k) ? &change_stale : OK;
}

static outcome put(struct ctx *c, const struct change *r, const struct change_fields *f, uint64_t bits, opt_int version, str reason,
		   struct course *after)
{
	struct course_patch p = { .id = r->course.id, .version = version, .quiet = true };

	if (r->kind != CHANGE_EDIT)
		return course_set_status(c, r->course.id, (enum course_status)f->status, reason, after);
	p.in = as_input(f, bits, &p.given);
	return course_edit(c, &p, after);
}

outcome change_apply(struct ctx *c, const struct change *r, const struct asked *a, const struct course *before, str reason, uint64_t *changed,
		     struct course *after)
{
	struct field_error *errors = c->errors;
	struct change_fields now = change_fields_of(before);
	outcome o;

	*changed = change_unlike(c, &now, &a->proposed, a->bits);
	*after = *before;
	if (!*changed)
		return OK;
	c->errors = NULL;            /* the course's check refuses while there are any */
	o = put(c, r, &a->proposed, *changed, (opt_int){ 0 }, reason, after);
	change_errors_inside(c, NULL);
	if (!c->errors)
		c->errors = errors;
	return o;
}

/* The version that the course stands for. */
static int64_t stands_for(const struct course *k, const struct led_back *b)
{
	return b->course_id == k->id && b->is == k->version ? b->was : k->version;
}

outcome change_apply_back(struct ctx *c, const struct change *r, struct led_back *back)
{
	struct change_fields was;
	struct course k;
	uint64_t bits;
	outcome o;

	if (!course_lock(c, r->course.id, &k))
		return &course_unknown;
	if (k.status == COURSE_CANCELLED || (r->kind == CHANGE_STATUS && k.status == COURSE_FINISHED))
		return &change_final;
	if (stands_for(&k, back) != r->applied_version.v)
		return &course_moved_on;
	change_read(c, r->was.s, &was, &bits);
	if (!bits)
		return OK;
	c->errors = NULL;
	o = put(c, r, &was, bits, (opt_int){ 0 }, (str){ NULL, 0 }, &k);
	change_errors_inside(c, NULL);
	if (o == OK)
		*back = (struct led_back){ k.id, k.version, r->applied_version.v - 1 };
	return o;
}

struct probing {
	const struct change *r;
	const struct asked *a;
	const struct course *k;
};

static outcome probe(struct ctx *c, void *p)
{
	struct probing *v = p;
	struct course after;
	uint64_t changed;

	return change_apply(c, v->r, v->a, v->k, (str){ NULL, 0 }, &changed, &after);
}

outcome change_probe(struct ctx *c, const struct change *r, const struct asked *a, const struct course *k)
{
	struct probing v = { r, a, k };

	return db_probe(c, probe, &v);
}
