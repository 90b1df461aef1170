/* change/change_fields.c -- the fields that a request may touch: as JSON, and compared with the course. */
#include "change/change_private.h"

#include <string.h>

#include "core/json.h"

/* A session without its id, as it is compared: two that meet at the same time in the same room are the same. */
static const struct shape meeting_shape = SHAPE("ChangeSession", struct course_session, F(starts_at), F(ends_at), F(room));

const struct shape change_fields_shape = SHAPE("ChangeFields", struct change_fields,
	F(title, .min = 1, .max = 120, .optional = true),
	F(price, .max = 100000000, .optional = true),
	F(capacity, .min = 1, .max = 10000, .optional = true),
	F(min_enrolled, .min = 0, .max = 10000, .optional = true),
	F(enrol_opens_at, .optional = true),
	F(enrol_closes_at, .optional = true),
	F(description, .max = 20000, .multiline = true, .optional = true),
	F(sessions, .of = &course_session_shape, .max = 200, .optional = true),
	F(status, .words = course_statuses, .called = "course", .optional = true, .about = "Of a change of status: open, closed or finished."));

uint64_t change_bit(const char *field)
{
	return UINT64_C(1) << (shape_field(&change_fields_shape, str_of(field)) - change_fields_shape.fields);
}

void change_read(struct ctx *c, str json, struct change_fields *f, uint64_t *bits)
{
	struct field_error *before = c->errors;

	memset(f, 0, sizeof(*f));
	*bits = 0;
	if (json.n && json_read(c, &change_fields_shape, f, bits, json, true) != OK)
		*bits = 0;
	c->errors = before;
}

static str write_as(struct ctx *c, const struct change_fields *f, uint64_t bits, const struct shape *session)
{
	struct field some[CHANGE_FIELDS];
	struct shape part = { change_fields_shape.name, sizeof(*f), some, 0 };
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < change_fields_shape.n; i++)
		if (bits >> i & 1) {
			some[part.n] = change_fields_shape.fields[i];
			if (some[part.n].of)
				some[part.n].of = session;
			part.n++;
		}
	json_write(&b, &part, f);
	return buf_text(&b);
}

static bool names_ids(list sessions)
{
	const struct course_session *s = sessions.p;

	for (size_t i = 0; i < sessions.n; i++)
		if (s[i].id)
			return true;
	return false;
}

str change_write(struct ctx *c, const struct change_fields *f, uint64_t bits)
{
	return write_as(c, f, bits, names_ids(f->sessions) ? &course_session_shape : &meeting_shape);
}

str change_said(struct ctx *c, const struct change_fields *f, uint64_t bits)
{
	return write_as(c, f, bits, &meeting_shape);
}

/* The object of one member without its name. */
str change_value(struct ctx *c, const struct change_fields *f, size_t nth)
{
	str s = change_said(c, f, UINT64_C(1) << nth);
	size_t head = change_fields_shape.fields[nth].name_len + 4u;      /* {"…": */

	return (str){ s.p + head, s.n - head - 1 };
}

struct change_fields change_fields_of(const struct course *k)
{
	return (struct change_fields){ k->title, k->price, k->capacity, k->min_enrolled, k->enrol_opens_at, k->enrol_closes_at,
				       k->description, k->sessions, k->status };
}

uint64_t change_unlike(struct ctx *c, const struct change_fields *a, const struct change_fields *b, uint64_t bits)
{
	uint64_t unlike = 0;

	for (size_t i = 0; i < change_fields_shape.n; i++)
		if (bits >> i & 1 && !str_eq(change_value(c, a, i), change_value(c, b, i)))
			unlike |= UINT64_C(1) << i;
	return unlike;
}

size_t change_count_bits(uint64_t bits)
{
	size_t n = 0;

	for (; bits; bits &= bits - 1)
		n++;
	return n;
}

bool change_is_sensitive(int kind, uint64_t bits)
{
	return kind != CHANGE_EDIT || (bits & (change_bit("price") | change_bit("capacity") | change_bit("sessions") | change_bit("status")));
}

void change_asked(struct ctx *c, const struct change *r, struct asked *a)
{
	uint64_t based;

	change_read(c, r->base.s, &a->base, &based);
	change_read(c, r->changes.s, &a->proposed, &a->bits);
	if (r->kind == CHANGE_DELETE) {
		a->bits = change_bit("status");
		a->proposed.status = COURSE_CANCELLED;
	}
	a->bits &= based;
}

uint64_t change_conflicts(struct ctx *c, const struct asked *a, const struct course *k)
{
	struct change_fields now = change_fields_of(k);

	return change_unlike(c, &now, &a->proposed, change_unlike(c, &now, &a->base, a->bits));
}
