/* web/page_errors.c -- what is wrong with a form, in words. */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/i18n.h"
#include "web/page_form.h"
#include "web/problem.h"

const struct shape page_error_shape = SHAPE("PageError", struct page_error, F(field), F(id), F(label), F(message), F(named));

str page_label(struct ctx *c, const struct page_forms *all, str path, const struct field **last)
{
	str rest = path, label = { NULL, 0 }, row = { NULL, 0 };
	const struct shape *s = NULL;

	*last = NULL;
	while (rest.n) {
		size_t n = strcspn(str_z(c->arena, rest), "[.");
		const struct field *f = NULL;
		str name = { rest.p, n }, inside;
		int64_t number;

		for (size_t i = 0; !f && i < (s ? 1 : all->n); i++) {
			const struct shape *from = s ? s : all->form[i].shape;

			f = shape_field(from, name);
			if (f)
				label = page_field_words(c, "label", from, f), s = f->of, *last = f;
		}
		if (!f)
			break;
		rest = str_after(rest, n);
		if (str_starts(rest, S("["))) {
			str_split(str_after(rest, 1), ']', &inside, &rest);
			if (str_int(inside, &number))
				row = str_trim(str_fmt(c->arena, "%.*s %.*s", STR(label), STR(words(c, "page.row",
					{ NULL, str_fmt(c->arena, "%lld", (long long)number + 1) }))));
			label = (str){ NULL, 0 };
		}
		rest = str_starts(rest, S(".")) && s ? str_after(rest, 1) : (str){ NULL, 0 };
	}
	return str_trim(row.n ? str_fmt(c->arena, "%.*s %.*s", STR(row), STR(label)) : label);
}

/* A form names what it wants ("form.<code>", of a list "form.<code>.choice"), where the API only says what is wrong ("field.<code>"). */
static void put_message(struct ctx *c, const struct field_error *e, bool choice, struct page_error *r)
{
	str key = str_fmt(c->arena, "form.%s%s", e->code, choice ? ".choice" : "");

	if (i18n_has(c->locale, str_fmt(c->arena, "form.%s.%.*s", e->code, STR(e->field))))
		key = str_fmt(c->arena, "form.%s.%.*s", e->code, STR(e->field));
	else if (choice && !i18n_has(c->locale, key))
		key = str_fmt(c->arena, "form.%s", e->code);
	r->named = r->label.n && i18n_has(c->locale, key);
	if (!r->named)
		key = str_fmt(c->arena, "field.%s", e->code);
	if (!i18n_has(c->locale, key))
		key = str_fmt(c->arena, "problem.%s", e->code);
	r->message = problem_words(c, key, e, r->label.n ? r->label : e->field);
}

/* Where in the form the field stands; what is wrong with the form as a whole comes last. */
static ptrdiff_t place_of(const struct page_forms *all, str field)
{
	str name = { field.p, 0 };

	while (name.n < field.n && field.p[name.n] != '[' && field.p[name.n] != '.')
		name.n++;
	for (size_t i = 0; name.n && i < all->n; i++) {
		const struct field *f = shape_field(all->form[i].shape, name);

		if (f)
			return f - all->form[i].shape->fields;
	}
	return PTRDIFF_MAX;
}

/* In the order of the fields; of one field, as they were found. */
static void put_in_order(const struct page_forms *all, struct page_error *rows, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && place_of(all, rows[k - 1].field) > place_of(all, rows[k].field); k--) {
			struct page_error r = rows[k];

			rows[k] = rows[k - 1];
			rows[k - 1] = r;
		}
}

void page_errors(struct ctx *c, struct page_forms *all)
{
	size_t n = 0, found;
	struct page_error *rows;

	for (const struct field_error *e = c->errors; e; e = e->next)
		n++;
	rows = arena_array(c->arena, struct page_error, n + 1);
	found = n;
	all->errors = (list){ rows, n };
	for (const struct field_error *e = c->errors; e; e = e->next) {
		struct page_error *r = &rows[--n];
		const struct field *f = NULL;

		r->field = e->field;
		r->id = e->field.n ? page_field_id(c, e->field) : (str){ NULL, 0 };
		r->label = e->field.n ? page_label(c, all, e->field, &f) : (str){ NULL, 0 };
		put_message(c, e, f && page_field_is_choice(all, f), r);
	}
	put_in_order(all, rows, found);
}
