#include "web/view.h"

#include <string.h>

#include "core/arena.h"
#include "core/i18n.h"

enum { MAX_ARGS = 8 };

/* ---- plain values ---- */

static enum view_kind none_kind(struct ctx *c, struct view v)
{
	(void)c, (void)v;
	return VIEW_NONE;
}

static enum view_kind text_kind(struct ctx *c, struct view v)
{
	(void)c, (void)v;
	return VIEW_TEXT;
}

static str text_text(struct ctx *c, struct view v)
{
	(void)c;
	return (str){ v.p, (size_t)(uintptr_t)v.more };
}

static enum view_kind number_kind(struct ctx *c, struct view v)
{
	(void)c;
	return v.p ? VIEW_TEXT : VIEW_FALSE;
}

static str number_text(struct ctx *c, struct view v)
{
	return str_fmt(c->arena, "%lld", (long long)(intptr_t)v.p);
}

static enum view_kind bool_kind(struct ctx *c, struct view v)
{
	(void)c;
	return v.p ? VIEW_TRUE : VIEW_FALSE;
}

static str bool_text(struct ctx *c, struct view v)
{
	(void)c;
	return v.p ? S("true") : S("false");
}

static const struct view_class none_class = { .kind = none_kind };
static const struct view_class text_class = { .kind = text_kind, .text = text_text };
static const struct view_class number_class = { .kind = number_kind, .text = number_text };
static const struct view_class bool_class = { .kind = bool_kind, .text = bool_text };

struct view view_none(void)
{
	return (struct view){ .class = &none_class };
}

struct view view_text(str s)
{
	return (struct view){ .class = &text_class, .p = s.p, .more = (const void *)(uintptr_t)s.n };
}

struct view view_number(int64_t n)
{
	return (struct view){ .class = &number_class, .p = (const void *)(intptr_t)n };
}

struct view view_bool(bool yes)
{
	return (struct view){ .class = &bool_class, .p = yes ? "" : NULL };
}

/* ---- one member: p is the struct, more the field, of the shape ---- */

str view_word_key(struct ctx *c, const struct shape *s, const struct field *f, str word)
{
	str key = str_fmt(c->arena, "word.%s.%s.%.*s", s->name, f->name, STR(word));

	if (i18n_has(c->locale, key))
		return key;
	key = f->called ? str_fmt(c->arena, "word.%s.%s.%.*s", f->called, f->name, STR(word)) : (str){ NULL, 0 };
	if (i18n_has(c->locale, key))
		return key;
	key = str_eq(word, S("any")) ? S("word.any") : str_fmt(c->arena, "word.%s.%.*s", f->name, STR(word));
	return i18n_has(c->locale, key) ? key : (str){ NULL, 0 };
}

str view_word(struct ctx *c, const struct shape *s, const struct field *f, str word)
{
	str key = view_word_key(c, s, f, word);

	return key.n ? i18n_raw(c->locale, key) : word;
}

static enum view_kind member_kind(struct ctx *c, struct view v)
{
	const struct field *f = v.more;
	const void *at;

	(void)c;
	if (!v.p || !shape_is_set(f, v.p))
		return VIEW_NONE;
	at = shape_value(f, v.p);
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY: return *(const int64_t *)at ? VIEW_TEXT : VIEW_FALSE;
	case K_BOOL: return *(const bool *)at ? VIEW_TRUE : VIEW_FALSE;
	case K_WHEN: return ((const when *)at)->us ? VIEW_TEXT : VIEW_NONE;
	case K_DAY: return ((const day *)at)->days ? VIEW_TEXT : VIEW_NONE;
	default: return VIEW_TEXT;
	}
}

static str member_text(struct ctx *c, struct view v)
{
	const struct field *f = v.more;
	const void *at = shape_value(f, v.p);

	switch (shape_plain_kind(f->kind)) {
	case K_MONEY: return i18n_money(c->arena, c->locale, *(const money *)at);
	case K_WHEN: return i18n_when(c->arena, c->locale, *(const when *)at);
	case K_DAY: return i18n_day(c->arena, c->locale, *(const day *)at);
	case K_BOOL: return i18n_raw(c->locale, *(const bool *)at ? S("page.yes") : S("page.no"));
	case K_WORD: return view_word(c, v.of, f, shape_word_text(f, *(const int *)at));
	default: return shape_to_text(c->arena, f, v.p);
	}
}

/* A type: are all its words in the catalogues? */
static str member_said(struct ctx *c, struct view v, const struct scope *scope)
{
	const struct field *f = v.more;

	(void)scope;
	if (v.p)
		return member_kind(c, v) == VIEW_NONE ? (str){ NULL, 0 } : member_text(c, v);
	for (int i = 0; f->words && f->words[i]; i++)
		if (view_word_key(c, v.of, f, str_of(f->words[i])).n == 0)
			fail_field(c, str_fmt(c->arena, "word.%s.%s.%s", ((const struct shape *)v.of)->name, f->name, f->words[i]),
				   "unknown", (str){ NULL, 0 });
	return (str){ NULL, 0 };
}

str view_local(struct arena *a, when t)
{
	struct clock_face k = when_in_seoul(t);

	return str_fmt(a, "%04lld-%02lld-%02lldT%02lld:%02lld", (long long)k.year, (long long)k.month, (long long)k.day,
		       (long long)k.hour, (long long)k.minute);
}

/* HTML knows thousandths of a second at most: 2026-11-20T05:06:07.123456Z loses its last three digits. */
static str moment_raw(struct arena *a, when t)
{
	str text = when_text(a, t);

	return text.n > 24 ? str_fmt(a, "%.*sZ", (int)text.n - 4, text.p) : text;
}

static bool moment_part(struct ctx *c, const when *t, str name, struct view *out)
{
	if (str_eq(name, S("local")))
		*out = view_text(t ? view_local(c->arena, *t) : (str){ NULL, 0 });
	else if (str_eq(name, S("day")))
		*out = view_text(t ? i18n_day(c->arena, c->locale, when_day_in_seoul(*t)) : (str){ NULL, 0 });
	else if (str_eq(name, S("time")))
		*out = view_text(t ? str_after(view_local(c->arena, *t), 11) : (str){ NULL, 0 });
	else if (str_eq(name, S("is_future")))
		*out = view_bool(t && t->us > c->now.us);
	else
		return false;
	return true;
}

static bool word_part(struct view v, const struct field *f, str name, struct view *out)
{
	int wanted;

	if (!str_starts(name, S("is_")))
		return false;
	wanted = shape_word(f, str_after(name, 3));
	if (wanted < 0)
		return false;
	*out = view_bool(v.p && *(const int *)shape_at(v.p, f) == wanted);
	return true;
}

static bool member_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct field *f = v.more;
	enum kind k = shape_plain_kind(f->kind);
	bool set = v.p && shape_is_set(f, v.p);
	const void *at = set ? shape_value(f, v.p) : NULL;

	if (k == K_WHEN && str_eq(name, S("raw"))) {
		*out = view_text(set ? moment_raw(c->arena, *(const when *)at) : (str){ NULL, 0 });
		return true;
	}
	if (str_eq(name, S("raw")) || (k == K_WORD && str_eq(name, S("word")))) {
		*out = view_text(set ? shape_to_text(c->arena, f, v.p) : (str){ NULL, 0 });
		return true;
	}
	if (str_eq(name, S("is_set")) && k != K_WORD) {
		*out = view_bool(set);
		return true;
	}
	if ((k == K_INT || k == K_MONEY) && str_eq(name, S("grouped"))) {
		*out = view_text(set ? i18n_number(c->arena, *(const int64_t *)at) : (str){ NULL, 0 });
		return true;
	}
	if (k == K_WHEN)
		return moment_part(c, at, name, out);
	return k == K_WORD && word_part(v, f, name, out);
}

static const struct view_class member_class = {
	.kind = member_kind, .get = member_get, .text = member_text, .said = member_said,
};

/* ---- objects: p is the struct, more the shape ---- */

static enum view_kind object_kind(struct ctx *c, struct view v)
{
	(void)c;
	return v.p ? VIEW_OBJECT : VIEW_NONE;
}

static bool object_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct field *f = shape_field(v.more, name);

	(void)c;
	if (!f)
		return false;
	*out = view_member(v.more, v.p, f);
	return true;
}

static str object_text(struct ctx *c, struct view v)
{
	const struct shape *s = v.more;

	return shape_is_scalar(s) ? member_said(c, (struct view){ .p = v.p, .more = s->fields, .of = s }, NULL) : (str){ NULL, 0 };
}

static const struct view_class object_class = { .kind = object_kind, .get = object_get, .text = object_text };

struct view view_of(const struct shape *s, const void *base)
{
	return (struct view){ .class = &object_class, .p = base, .more = s };
}

/* ---- lists: p is the list, more the shape of its items ---- */

static enum view_kind list_kind(struct ctx *c, struct view v)
{
	(void)c, (void)v;
	return VIEW_LIST;
}

static size_t list_length(struct view v)
{
	const list *l = v.p;

	return l ? l->n : 0;
}

static struct view list_item(struct ctx *c, struct view v, size_t i)
{
	const list *l = v.p;
	const struct shape *of = v.more;

	(void)c;
	return view_of(of, l ? (const char *)l->p + i * of->size : NULL);
}

static bool list_get(struct ctx *c, struct view v, str name, struct view *out)
{
	(void)c;
	if (!str_eq(name, S("count")))
		return false;
	*out = view_number((int64_t)list_length(v));
	return true;
}

static const struct view_class list_class = {
	.kind = list_kind, .get = list_get, .length = list_length, .item = list_item,
};

struct view view_list(const struct shape *of, const list *l)
{
	return (struct view){ .class = &list_class, .p = l, .more = of };
}

/* An .or_null object is absent while its first member is zero. */
static bool absent(const struct field *f, const void *base)
{
	return f->or_null && *(const int64_t *)shape_at(shape_at(base, f), f->of->fields) == 0;
}

struct view view_member(const struct shape *s, const void *base, const struct field *f)
{
	if (f->kind == K_OBJ)
		return view_of(f->of, base && !absent(f, base) ? shape_at(base, f) : NULL);
	if (f->kind == K_LIST)
		return view_list(f->of, base ? shape_at(base, f) : NULL);
	return (struct view){ .class = &member_class, .p = base, .more = f, .of = s };
}

/* ---- words of the catalogues ---- */

static bool words_rest(struct ctx *c, struct view v, str key, struct view *out);

/* The next {name} or {name|…} at or behind *at. */
static bool next_name(str text, size_t *at, str *name)
{
	for (size_t i = *at; i < text.n; i++) {
		size_t n = i + 1;

		if (text.p[i] != '{')
			continue;
		while (n < text.n && text.p[n] != '}' && text.p[n] != '|')
			n++;
		*name = (str){ text.p + i + 1, n - i - 1 };
		*at = n;
		if (name->n && (name->p[0] < '0' || name->p[0] > '9'))
			return true;
	}
	return false;
}

static str words_said(struct ctx *c, struct view v, const struct scope *scope)
{
	str key = text_text(c, v), text = i18n_raw(c->locale, key), name;
	struct i18n_arg args[MAX_ARGS];
	struct view value;
	size_t n = 0, at = 0;

	if (!text.n || !memchr(text.p, '{', text.n) || !scope)
		return text;
	while (n < MAX_ARGS && next_name(text, &at, &name)) {
		if (!template_value(c, scope, name, &value)) {
			fail_field(c, str_fmt(c->arena, "%.*s {%.*s}", STR(key), STR(name)), "unknown", (str){ NULL, 0 });
			continue;
		}
		args[n++] = (struct i18n_arg){ str_z(c->arena, name), template_text(c, value, scope) };
	}
	return i18n_in(c, c->locale, key, args, n);
}

static const struct view_class words_class = { .kind = text_kind, .said = words_said };
static const struct view_class words_root_class = { .kind = none_kind, .rest = words_rest };

static bool words_rest(struct ctx *c, struct view v, str key, struct view *out)
{
	(void)v;
	if (!i18n_has(c->locale, key))
		return false;
	*out = view_text(key);
	out->class = &words_class;
	return true;
}

struct view view_words(void)
{
	return (struct view){ .class = &words_root_class };
}
