/* web/page_form.c -- the fields of a form, with what was typed and what is wrong with it. */
#include "web/page_form.h"

#include <string.h>

#include "core/arena.h"
#include "core/i18n.h"
#include "web/form.h"
#include "web/view.h"

struct form_field {
	const struct page_forms *all;
	const struct page_form *form;
	const struct shape *shape;
	const struct field *f;
	const void *base;
	str path;                  /* its name in the form */
	bool in_row;
};

struct form_row {
	const struct form_field *list;
	const void *base;
	str prefix;                /* "sessions[2]." */
	size_t index;
	bool blank;
};

struct choice {
	str value, label;
	bool selected;
};
static const struct shape choice_shape = SHAPE("Choice", struct choice, F(value), F(label), F(selected));

static const struct view_class field_class, rows_class, row_class, fields_class, root_class;

/* ---- names and words ---- */

str page_field_id(struct ctx *c, str path)
{
	struct buf b = buf_in(c->arena);

	buf_lit(&b, "f-");
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '[' || path.p[i] == '.')
			buf_char(&b, '-');
		else if (path.p[i] != ']')
			buf_char(&b, path.p[i]);
	return buf_text(&b);
}

str page_field_words(struct ctx *c, const char *kind, const struct shape *s, const struct field *f)
{
	str key = str_fmt(c->arena, "%s.%s.%s", kind, s->name, f->name);

	if (!i18n_has(c->locale, key))
		key = str_fmt(c->arena, "%s.%s", kind, f->name);
	return i18n_has(c->locale, key) ? i18n_raw(c->locale, key) : (str){ NULL, 0 };
}

static str label_of(struct ctx *c, const struct shape *s, const struct field *f)
{
	str label = page_field_words(c, "label", s, f);

	if (label.n)
		return label;
	return (str){ f->name, f->name_len };
}

static bool options_of(const struct shape *page, const struct field *of, const struct field **f)
{
	char name[80];
	size_t n = of->name_len;

	if (!page || n + 8 > sizeof(name))
		return false;
	memcpy(name, of->name, n);
	memcpy(name + n, "_options", 8);
	*f = shape_field(page, (str){ name, n + 8 });
	return *f && (*f)->kind == K_LIST && shape_field((*f)->of, S("value")) && shape_field((*f)->of, S("label"));
}

static bool options_list(const struct form_field *k, const struct field **f)
{
	return options_of(k->all->shape, k->f, f);
}

bool page_field_is_choice(const struct page_forms *all, const struct field *f)
{
	const struct field *unused;

	return shape_plain_kind(f->kind) == K_WORD || options_of(all->shape, f, &unused);
}

/* ---- values ---- */

static str value_of(struct ctx *c, const struct form_field *k)
{
	const struct field *f = k->f;
	const void *at;
	str typed = { NULL, 0 };

	if (f->secret || f->kind == K_OBJ || f->kind == K_LIST)
		return (str){ NULL, 0 };
	if (k->form->typed) {
		form_value(c, k->form->typed_text, k->path, &typed);
		return typed;
	}
	if (!k->base || !shape_is_set(f, k->base))
		return (str){ NULL, 0 };
	at = shape_value(f, k->base);
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY:
		if (*(const int64_t *)at == 0 && f->min > 0)
			return (str){ NULL, 0 };        /* a new form: nobody typed this 0 */
		break;
	case K_WHEN:
		return ((const when *)at)->us ? view_local(c->arena, *(const when *)at) : (str){ NULL, 0 };
	case K_DAY:
		if (((const day *)at)->days == 0)
			return (str){ NULL, 0 };
		break;
	default:
		break;
	}
	return shape_to_text(c->arena, f, k->base);
}

struct last {
	str name, value;
};

static void keep_last(void *arg, str name, str value)
{
	struct last *l = arg;

	if (str_eq(name, l->name))
		l->value = value;
}

static bool is_checked(struct ctx *c, const struct form_field *k)
{
	struct last l = { k->path, { NULL, 0 } };

	if (!k->form->typed)
		return k->base && shape_is_set(k->f, k->base) && *(const bool *)shape_value(k->f, k->base);
	form_each(c, k->form->typed_text, keep_last, &l);
	return str_eq(l.value, S("on")) || str_eq(l.value, S("true")) || str_eq(l.value, S("1"));
}

static const struct page_error *error_of(const struct form_field *k)
{
	const struct page_error *e = k->all->errors.p;

	for (size_t i = 0; i < k->all->errors.n; i++)
		if (str_eq(e[i].field, k->path))
			return &e[i];
	return NULL;
}

/* ---- choices ---- */

static struct view word_choices(struct ctx *c, const struct form_field *k)
{
	list *l = arena_new_of(c->arena, list);
	struct choice *o;
	str now = value_of(c, k);
	size_t n = 0;

	while (k->f->words && k->f->words[n])
		n++;
	o = arena_array(c->arena, struct choice, n + 1);
	for (size_t i = 0; i < n; i++) {
		str word = str_of(k->f->words[i]);

		o[i] = (struct choice){ word, view_word(c, k->shape, k->f, word), str_eq(word, now) };
		if (k->all->checking && view_word_key(c, k->shape, k->f, word).n == 0)
			fail_field(c, str_fmt(c->arena, "word.%s.%s.%.*s", k->shape->name, k->f->name, STR(word)), "unknown", (str){ NULL, 0 });
	}
	*l = (list){ o, n };
	return view_list(&choice_shape, l);
}

/* A list of the page that is called like the field with _options behind it. */
static struct view data_choices(struct ctx *c, const struct form_field *k, const struct field *f)
{
	const list *from = k->all->data ? shape_at(k->all->data, f) : NULL;
	const struct field *value = shape_field(f->of, S("value")), *label = shape_field(f->of, S("label"));
	list *l = arena_new_of(c->arena, list);
	struct choice *o = arena_array(c->arena, struct choice, from ? from->n + 1 : 1);
	str now = value_of(c, k);

	for (size_t i = 0; from && i < from->n; i++) {
		const char *item = (const char *)from->p + i * f->of->size;

		o[i].value = shape_to_text(c->arena, value, item);
		o[i].label = shape_to_text(c->arena, label, item);
		o[i].selected = str_eq(o[i].value, now);
	}
	*l = (list){ o, from ? from->n : 0 };
	return view_list(&choice_shape, l);
}

static struct view choices(struct ctx *c, const struct form_field *k)
{
	const struct field *f;

	return options_list(k, &f) ? data_choices(c, k, f) : word_choices(c, k);
}

/* Browsers empty an input whose value is not of its type: what was typed then has to stand in a plain one. */
static bool fits(struct ctx *c, const struct form_field *k)
{
	str typed = k->form->typed ? value_of(c, k) : (str){ NULL, 0 };
	int64_t n;
	when t;
	day d;

	if (typed.n == 0)
		return true;
	switch (shape_plain_kind(k->f->kind)) {
	case K_INT:
	case K_MONEY: return str_int(typed, &n);
	case K_WHEN: return typed.n == 16 && when_parse(str_join(c->arena, typed, S(":00Z")), &t);
	case K_DAY: return day_parse(typed, &d);
	default: return true;
	}
}

static str type_of(struct ctx *c, const struct form_field *k)
{
	const struct field *f = k->f, *unused;

	if (options_list(k, &unused))
		return S("select");
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY: return fits(c, k) && !f->letters ? S("number") : S("text");
	case K_BOOL: return S("checkbox");
	case K_WHEN: return fits(c, k) ? S("datetime-local") : S("text");
	case K_DAY: return fits(c, k) ? S("date") : S("text");
	case K_WORD: return S("select");
	case K_JSON: return S("textarea");
	case K_LIST: return S("rows");
	case K_OBJ: return S("group");
	default: break;
	}
	if (f->multiline)
		return S("textarea");
	if (f->format && strcmp(f->format, "email") == 0)
		return S("email");
	return f->secret || (f->format && strcmp(f->format, "password") == 0) ? S("password") : S("text");
}

/* ---- rows of a list ---- */

struct highest {
	struct ctx *c;
	str path;
	size_t rows;
};

static void note_row(void *arg, str name, str value)
{
	struct highest *h = arg;
	str inside, rest;
	int64_t n;

	if (!str_starts(name, h->path) || name.n <= h->path.n || name.p[h->path.n] != '[' || str_trim(value).n == 0)
		return;
	if (str_split(str_after(name, h->path.n + 1), ']', &inside, &rest) && str_int(inside, &n) && n >= (int64_t)h->rows && n < 1000)
		h->rows = (size_t)n + 1;
}

static size_t filled_rows(struct ctx *c, const struct form_field *k)
{
	struct highest h = { c, k->path, 0 };

	if (k->form->typed) {
		form_each(c, k->form->typed_text, note_row, &h);
		return h.rows;
	}
	return k->base ? ((const list *)shape_at(k->base, k->f))->n : 0;
}

/* p is the field, more the number of rows, of the number of those that hold something. */
static struct view rows_of(struct ctx *c, const struct form_field *k)
{
	size_t filled = filled_rows(c, k), n = filled + SPARE_ROWS;

	if (k->f->max > 0 && n > (size_t)k->f->max)
		n = filled > (size_t)k->f->max ? filled : (size_t)k->f->max;
	return (struct view){ &rows_class, k, (const void *)(uintptr_t)n, (const void *)(uintptr_t)filled };
}

static enum view_kind list_kind(struct ctx *c, struct view v)
{
	(void)c, (void)v;
	return VIEW_LIST;
}

static size_t rows_length(struct view v)
{
	return (size_t)(uintptr_t)v.more;
}

static struct view rows_item(struct ctx *c, struct view v, size_t i)
{
	const struct form_field *k = v.p;
	struct form_row *row = arena_new_of(c->arena, struct form_row);
	const list *l = k->base && !k->form->typed ? shape_at(k->base, k->f) : NULL;

	row->list = k;
	row->base = l && i < l->n ? (const char *)l->p + i * k->f->of->size : NULL;
	row->prefix = str_fmt(c->arena, "%.*s[%zu].", STR(k->path), i);
	row->index = i;
	row->blank = i >= (size_t)(uintptr_t)v.of;
	return (struct view){ .class = &row_class, .p = row };
}

static enum view_kind object_kind(struct ctx *c, struct view v)
{
	(void)c, (void)v;
	return VIEW_OBJECT;
}

static struct view field_view(struct ctx *c, const struct form_field *like, const struct shape *s, const struct field *f,
			      const void *base, str prefix, bool in_row)
{
	struct form_field *k = arena_new_of(c->arena, struct form_field);

	*k = *like;
	k->shape = s;
	k->f = f;
	k->base = base;
	k->path = str_join(c->arena, prefix, (str){ f->name, f->name_len });
	k->in_row = in_row;
	return (struct view){ .class = &field_class, .p = k };
}

static bool row_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct form_row *row = v.p;
	const struct shape *of = row->list->f->of;
	const struct field *f = shape_field(of, name);

	if (f)
		*out = field_view(c, row->list, of, f, row->base, row->prefix, true);
	else if (str_eq(name, S("index")))
		*out = view_text(str_fmt(c->arena, "%zu", row->index));
	else if (str_eq(name, S("number")))
		*out = view_number((int64_t)row->index + 1);
	else if (str_eq(name, S("blank")))
		*out = view_bool(row->blank);
	else
		return false;
	return true;
}

/* ---- one field ---- */

static bool is_needed(const struct form_field *k)
{
	return !k->f->optional && !shape_optional_kind(k->f->kind) && k->f->kind != K_BOOL && k->f->kind != K_LIST &&
	       !(k->f->kind == K_STR && k->f->min == 0 && !k->f->pattern && !k->f->format);
}

static bool is_number(const struct form_field *k)
{
	enum kind p = shape_plain_kind(k->f->kind);

	return (p == K_INT && !k->f->letters) || p == K_MONEY;
}

/* {{#is_select}}: the type, or one of the few words that stand for several types. */
static bool is_a(struct ctx *c, const struct form_field *k, str what)
{
	str type = type_of(c, k);
	enum kind kind = shape_plain_kind(k->f->kind);

	if (str_eq(what, S("money")))
		return kind == K_MONEY;
	if (str_eq(what, S("number")))
		return is_number(k) && !str_eq(type, S("select"));
	if (str_eq(what, S("word")))
		return kind == K_WORD;
	if (str_eq(what, S("moment")))
		return kind == K_WHEN || kind == K_DAY;
	if (str_eq(what, S("input")))
		return !str_eq(type, S("select")) && !str_eq(type, S("textarea")) && !str_eq(type, S("checkbox")) &&
		       k->f->kind != K_LIST && k->f->kind != K_OBJ;
	return str_eq(what, type);
}

/* min, max, minlength, maxlength: only those that the field itself names. */
static struct view limit(struct ctx *c, const struct form_field *k, str name)
{
	bool of_length = str_ends(name, S("length")), of_text = shape_plain_kind(k->f->kind) == K_STR;
	bool upper = str_starts(name, S("max"));
	int64_t min, max;

	if (of_length ? !of_text : !is_number(k) || !fits(c, k))
		return view_none();
	shape_range(k->f, &min, &max);
	if (upper)
		return k->f->max || of_length ? view_text(str_fmt(c->arena, "%lld", (long long)max)) : view_none();
	return k->f->max || k->f->min ? view_text(str_fmt(c->arena, "%lld", (long long)min)) : view_none();
}

static struct view label_view(struct ctx *c, const struct form_field *k)
{
	if (k->all->checking && page_field_words(c, "label", k->shape, k->f).n == 0)
		fail_field(c, str_fmt(c->arena, "label.%s.%s", k->shape->name, k->f->name), "unknown", (str){ NULL, 0 });
	return view_text(label_of(c, k->shape, k->f));
}

static struct view described_by(struct ctx *c, const struct form_field *k)
{
	struct buf b = buf_in(c->arena);
	str id = page_field_id(c, k->path);

	if (page_field_words(c, "hint", k->shape, k->f).n)
		buf_fmt(&b, "%.*s-hint", STR(id));
	if (error_of(k))
		buf_fmt(&b, "%s%.*s-error", b.n ? " " : "", STR(id));
	return view_text(buf_text(&b));
}

static bool field_words(struct ctx *c, const struct form_field *k, str name, struct view *out)
{
	const struct page_error *e;

	if (str_eq(name, S("name")))
		*out = view_text(k->path);
	else if (str_eq(name, S("id")))
		*out = view_text(page_field_id(c, k->path));
	else if (str_eq(name, S("label")))
		*out = label_view(c, k);
	else if (str_eq(name, S("hint")))
		*out = view_text(page_field_words(c, "hint", k->shape, k->f));
	else if (str_eq(name, S("value")))
		*out = view_text(value_of(c, k));
	else if (str_eq(name, S("type")))
		*out = view_text(type_of(c, k));
	else if (str_eq(name, S("described_by")))
		*out = described_by(c, k);
	else if (str_eq(name, S("error")))
		*out = (e = error_of(k)) ? view_text(e->message) : view_none();
	else if (str_eq(name, S("min")) || str_eq(name, S("max")) || str_eq(name, S("minlength")) || str_eq(name, S("maxlength")))
		*out = limit(c, k, name);
	else
		return false;
	return true;
}

static bool field_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct form_field *k = v.p;
	const struct field *f;

	if (field_words(c, k, name, out))
		return true;
	if (str_eq(name, S("wrong")))
		*out = view_bool(error_of(k) != NULL);
	else if (str_eq(name, S("has_focus")))
		*out = view_bool(k->all->focus.n && str_eq(k->all->focus, k->path));
	else if (str_eq(name, S("required")))
		*out = view_bool(is_needed(k) && !k->in_row);
	else if (str_eq(name, S("optional")))
		*out = view_bool(!is_needed(k) && k->f->kind != K_BOOL);
	else if (str_eq(name, S("checked")))
		*out = view_bool(k->f->kind == K_BOOL && is_checked(c, k));
	else if (str_eq(name, S("options")))
		*out = choices(c, k);
	else if (str_starts(name, S("is_")))
		*out = view_bool(is_a(c, k, str_after(name, 3)));
	else if (k->f->kind == K_LIST && str_eq(name, S("rows")))
		*out = rows_of(c, k);
	else if (k->f->kind == K_OBJ && (f = shape_field(k->f->of, name)) != NULL)
		*out = field_view(c, k, k->f->of, f, k->base ? shape_at(k->base, k->f) : NULL, str_join(c->arena, k->path, S(".")), k->in_row);
	else
		return false;
	return true;
}

/* ---- the form ---- */

static bool in_path(const char *path, const struct field *f)
{
	const char *at = path ? strstr(path, f->name) : NULL;

	return at && at > path && at[-1] == '{' && at[f->name_len] == '}';
}

static struct view field_of_form(struct ctx *c, const struct page_forms *all, const struct page_form *form, const struct field *f)
{
	struct form_field like = { .all = all, .form = form };

	return field_view(c, &like, form->shape, f, form->base, (str){ NULL, 0 }, false);
}

static bool root_get(struct ctx *c, struct view v, str name, struct view *out)
{
	const struct page_forms *all = v.p;

	for (size_t i = 0; i < all->n; i++) {
		const struct field *f = shape_field(all->form[i].shape, name);

		if (f && !f->read_only) {
			*out = field_of_form(c, all, &all->form[i], f);
			return true;
		}
	}
	return false;
}

struct view page_field_root(const struct page_forms *all)
{
	return (struct view){ .class = &root_class, .p = all };
}

static const struct field *nth_plain(const struct page_forms *all, size_t i)
{
	const struct shape *s = all->n ? all->form[0].shape : NULL;

	for (size_t k = 0; s && k < s->n; k++) {
		const struct field *f = &s->fields[k];

		if (!f->read_only && f->kind != K_OBJ && f->kind != K_LIST && !in_path(all->path, f) && i-- == 0)
			return f;
	}
	return NULL;
}

static size_t fields_length(struct view v)
{
	size_t n = 0;

	while (nth_plain(v.p, n))
		n++;
	return n;
}

static struct view fields_item(struct ctx *c, struct view v, size_t i)
{
	const struct page_forms *all = v.p;
	const struct field *f = nth_plain(all, i);

	return f ? field_of_form(c, all, &all->form[0], f) : view_none();
}

struct view page_fields(const struct page_forms *all)
{
	return (struct view){ .class = &fields_class, .p = all };
}

static const struct view_class field_class = { .kind = object_kind, .get = field_get };
static const struct view_class rows_class = { .kind = list_kind, .length = rows_length, .item = rows_item };
static const struct view_class row_class = { .kind = object_kind, .get = row_get };
static const struct view_class fields_class = { .kind = list_kind, .length = fields_length, .item = fields_item };
static const struct view_class root_class = { .kind = object_kind, .get = root_get };
