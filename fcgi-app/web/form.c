/* web/form.c -- pairs of a form or a query into structs. */
#include "web/form.h"

#include <string.h>

#include "core/arena.h"
#include "core/ctx.h"

enum { MAX_PAIRS = 500, MAX_ROW = 9999, SHOWN_NAME = 64 };

struct pair {
	str name, value;
	bool used;
};

struct reader {
	struct ctx *c;
	struct pair *pairs;
	size_t n;
	bool query;
};

/* ---- pairs ---- */

static bool next_pair(struct ctx *c, str *rest, str *name, str *value)
{
	str pair, k, v;

	while (rest->n) {
		str_split(*rest, '&', &pair, rest);
		if (pair.n == 0)
			continue;
		str_split(pair, '=', &k, &v);
		*name = str_url_decode(c->arena, k, true);
		*value = str_url_decode(c->arena, v, true);
		return true;
	}
	return false;
}

bool form_value(struct ctx *c, str form, str name, str *value)
{
	str n, v;

	while (next_pair(c, &form, &n, &v))
		if (str_eq(n, name)) {
			*value = v;
			return true;
		}
	return false;
}

int64_t form_version(struct ctx *c, str form, int64_t otherwise)
{
	int64_t v;
	str s;

	return form_value(c, form, S("_version"), &s) && str_int(s, &v) ? v : otherwise;
}

void form_each(struct ctx *c, str form, void (*fn)(void *, str name, str value), void *arg)
{
	str n, v;

	while (next_pair(c, &form, &n, &v))
		fn(arg, n, v);
}

static void read_pairs(struct reader *r, str text)
{
	size_t most = 1;
	str name, value;

	for (size_t i = 0; i < text.n; i++)
		most += text.p[i] == '&';
	if (most > MAX_PAIRS)
		most = MAX_PAIRS;
	r->pairs = arena_array(r->c->arena, struct pair, most);
	while (next_pair(r->c, &text, &name, &value)) {
		if (r->n == most) {
			shape_wrong(r->c, (str){ NULL, 0 }, "too_many", S("500"));
			return;
		}
		r->pairs[r->n++] = (struct pair){ name, value, false };
	}
}

/* ---- members ---- */

static bool read_object(struct reader *, const struct shape *, void *base, str prefix, uint64_t done, uint64_t *given);

/* The value of that name; of a check box with a hidden "false" before it, the last one. A name that comes twice is
 * otherwise wrong: two programs would read it in two ways. */
static bool take(struct reader *r, const struct field *f, str path, str *value)
{
	bool found = false, many = f->kind == K_BOOL && !r->query;

	for (size_t i = 0; i < r->n; i++) {
		struct pair *p = &r->pairs[i];

		if (!str_eq(p->name, path))
			continue;
		p->used = true;
		if (found && !many)
			shape_wrong(r->c, path, "duplicate", (str){ NULL, 0 });
		if (!found || many)
			*value = p->value;
		found = true;
	}
	return found;
}

static bool read_value(struct reader *r, const struct field *f, void *base, str path)
{
	str value = { NULL, 0 };
	bool found = take(r, f, path, &value), needed = !shape_optional_kind(f->kind) && !f->optional;

	if (f->kind == K_BOOL && !found)
		return false;           /* a box that isn't ticked sends nothing */
	if (f->kind == K_STR && needed && value.n == 0 && (!found || f->min > 0))
		shape_wrong(r->c, path, "required", (str){ NULL, 0 });
	else
		shape_from_text(r->c, f, base, value, path);
	return found;
}

/* The n of "sessions[n]…" if the name is one of this list; *rest is what stands behind the bracket. */
static bool row_of(str name, str path, int64_t *n, str *rest)
{
	str inside;

	if (!str_starts(name, path) || name.n <= path.n || name.p[path.n] != '[')
		return false;
	return str_split(str_after(name, path.n + 1), ']', &inside, rest) && inside.n && inside.n < 6 && inside.p[0] != '-' &&
	       str_int(inside, n) && *n <= MAX_ROW;
}

/* The smallest row above `after` in which something was typed; rows that were left empty are as if they weren't there. */
static bool next_row(struct reader *r, str path, int64_t after, int64_t *row)
{
	bool found = false;
	int64_t n;
	str rest;

	for (size_t i = 0; i < r->n; i++) {
		struct pair *p = &r->pairs[i];

		if (!row_of(p->name, path, &n, &rest) || n <= after || (found && n >= *row) || str_trim(p->value).n == 0)
			continue;
		*row = n;
		found = true;
	}
	return found;
}

static void forgive_empty(struct reader *r, str path)
{
	int64_t n;
	str rest;

	for (size_t i = 0; i < r->n; i++)
		if (str_trim(r->pairs[i].value).n == 0 && row_of(r->pairs[i].name, path, &n, &rest))
			r->pairs[i].used = true;
}

static bool read_rows(struct reader *r, const struct field *f, list *l, str path)
{
	const struct shape *of = f->of;
	bool given = false;

	for (int64_t row = -1; l->n < r->n && next_row(r, path, row, &row); l->n++) {
		str at = str_fmt(r->c->arena, "%.*s[%lld]", STR(path), (long long)row);
		void *item = (char *)l->p + l->n * of->size;

		given = true;
		if (shape_is_scalar(of))
			read_value(r, of->fields, item, at);
		else
			read_object(r, of, item, str_join(r->c->arena, at, S(".")), 0, NULL);
	}
	return given;
}

/* ids=3&ids=5: what check boxes of a table send. */
static bool read_repeated(struct reader *r, const struct field *f, list *l, str path)
{
	bool given = false;

	for (size_t i = 0; i < r->n; i++) {
		struct pair *p = &r->pairs[i];

		if (!str_eq(p->name, path))
			continue;
		p->used = true;
		given = true;
		if (str_trim(p->value).n == 0 || l->n >= r->n)
			continue;
		shape_from_text(r->c, f->of->fields, (char *)l->p + l->n * f->of->size, p->value,
				str_fmt(r->c->arena, "%.*s[%zu]", STR(path), l->n));
		l->n++;
	}
	return given;
}

static bool read_list(struct reader *r, const struct field *f, void *base, str path)
{
	list *l = shape_at(base, f);
	bool given = false;

	l->p = arena_alloc(r->c->arena, f->of->size * (r->n + 1));
	l->n = 0;
	if (shape_is_scalar(f->of))
		given = read_repeated(r, f, l, path);
	given |= read_rows(r, f, l, path);
	forgive_empty(r, path);
	if (given || !f->optional)
		shape_check(r->c, f, base, path);
	return given;
}

static bool anything_under(const struct reader *r, str prefix)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_starts(r->pairs[i].name, prefix))
			return true;
	return false;
}

static bool read_member(struct reader *r, const struct field *f, void *base, str prefix)
{
	str path = str_join(r->c->arena, prefix, (str){ f->name, f->name_len });

	if (f->kind == K_LIST)
		return read_list(r, f, base, path);
	if (f->kind == K_OBJ) {
		path = str_join(r->c->arena, path, S("."));
		if ((f->optional || f->or_null) && !anything_under(r, path))
			return false;
		return read_object(r, f->of, shape_at(base, f), path, 0, NULL);
	}
	return read_value(r, f, base, path);
}

/* true: something of it was there. */
static bool read_object(struct reader *r, const struct shape *s, void *base, str prefix, uint64_t done, uint64_t *given)
{
	bool any = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct field *f = &s->fields[i];

		if (f->read_only || (done >> i & 1) || !read_member(r, f, base, prefix))
			continue;
		any = true;
		if (given)
			*given |= UINT64_C(1) << i;
	}
	return any;
}

/* Names go into answers and pages: only what can be shown there. */
static str presentable(str name)
{
	if (name.n > SHOWN_NAME)
		name.n = SHOWN_NAME;
	while (name.n && str_chars(name) < 0)
		name.n--;
	return name;
}

static void refuse_the_rest(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		str name = r->pairs[i].name;

		if (r->pairs[i].used || (!r->query && (str_eq(name, S("csrf")) || str_starts(name, S("_")))))
			continue;
		shape_wrong(r->c, presentable(name), "unknown", (str){ NULL, 0 });
	}
}

static outcome read_all(struct ctx *c, const struct shape *s, void *out, uint64_t done, uint64_t *given, str text, bool query)
{
	struct reader r = { .c = c, .query = query };
	const struct field_error *before = c->errors;

	read_pairs(&r, text);
	read_object(&r, s, out, (str){ NULL, 0 }, done, given);
	refuse_the_rest(&r);
	return c->errors == before ? OK : &invalid;
}

outcome form_read(struct ctx *c, const struct shape *s, void *out, uint64_t *given, str form)
{
	return read_all(c, s, out, 0, given, form, false);
}

outcome form_read_query(struct ctx *c, const struct shape *s, void *out, uint64_t done, str query)
{
	return read_all(c, s, out, done, NULL, query, true);
}
