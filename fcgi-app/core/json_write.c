/* The half of core/json.h that writes: every reply goes through here, so nothing is allocated but the buffer. */
#include <string.h>

#include "core/json.h"

static void write_quoted_when(struct buf *b, when t)
{
	char *p = buf_room(b, 40), *q = p;

	*q++ = '"';
	q += when_write(t, q);
	*q++ = '"';
	b->n += (size_t)(q - p);
}

static void write_quoted_day(struct buf *b, day d)
{
	char *p = buf_room(b, 16), *q = p;

	*q++ = '"';
	q += day_write(d, q);
	*q++ = '"';
	b->n += (size_t)(q - p);
}

/* Is the object one that is not there: its first member is zero, empty or not set. */
static bool is_absent(const struct field *f, const void *base)
{
	const struct field *first = &f->of->fields[0];
	const void *object = shape_at(base, f), *v = shape_value(first, object);

	if (!f->or_null)
		return false;
	if (!shape_is_set(first, object))
		return true;
	switch (shape_plain_kind(first->kind)) {
	case K_STR: return ((const str *)v)->n == 0;
	case K_WORD: return *(const int *)v == 0;
	case K_INT: case K_MONEY: case K_WHEN: case K_DAY: return *(const int64_t *)v == 0;
	default: return false;
	}
}

static void write_value(struct buf *b, const struct field *f, const void *base)
{
	const void *v = shape_value(f, base);

	if (!shape_is_set(f, base)) {
		buf_lit(b, "null");
		return;
	}
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY:
		buf_int(b, *(const int64_t *)v);
		break;
	case K_BOOL:
		if (*(const bool *)v)
			buf_lit(b, "true");
		else
			buf_lit(b, "false");
		break;
	case K_STR: buf_json(b, *(const str *)v); break;
	case K_WHEN: write_quoted_when(b, *(const when *)v); break;
	case K_DAY: write_quoted_day(b, *(const day *)v); break;
	case K_WORD: buf_json(b, shape_word_text(f, *(const int *)v)); break;
	case K_JSON:
		if (((const json_text *)v)->s.n)
			buf_str(b, ((const json_text *)v)->s);
		else
			buf_lit(b, "null");
		break;
	case K_LIST: json_write_list(b, f->of, ((const list *)v)->p, ((const list *)v)->n); break;
	case K_OBJ:
		if (is_absent(f, base))
			buf_lit(b, "null");
		else
			json_write(b, f->of, v);
		break;
	default: break;
	}
}

void json_write(struct buf *b, const struct shape *s, const void *base)
{
	char before = '{';

	for (size_t i = 0; i < s->n; i++) {
		const struct field *f = &s->fields[i];
		char *p;

		if (f->write_only)
			continue;
		p = buf_room(b, (size_t)f->name_len + 4);
		p[0] = before;
		p[1] = '"';
		memcpy(p + 2, f->name, f->name_len);
		p[f->name_len + 2] = '"';
		p[f->name_len + 3] = ':';
		b->n += (size_t)f->name_len + 4;
		before = ',';
		write_value(b, f, base);
	}
	if (before == '{')
		buf_char(b, '{');
	buf_char(b, '}');
}

void json_write_list(struct buf *b, const struct shape *s, const void *items, size_t n)
{
	bool scalar = shape_is_scalar(s);

	buf_char(b, '[');
	for (size_t i = 0; i < n; i++) {
		const char *item = (const char *)items + i * s->size;

		if (i)
			buf_char(b, ',');
		if (scalar)
			write_value(b, &s->fields[0], item);
		else
			json_write(b, s, item);
	}
	buf_char(b, ']');
}
