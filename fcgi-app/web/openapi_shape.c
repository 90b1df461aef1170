/* web/openapi_shape.c -- shapes as JSON Schema (2020-12), for the components of the API document. */
#include <string.h>

#include "web/openapi_private.h"

/* ---- JSON ---- */

static void put_key(struct api *a, const char *key)
{
	char last = a->b.n ? a->b.p[a->b.n - 1] : '{';

	if (last != '{' && last != '[')
		buf_char(&a->b, ',');
	if (key) {
		buf_json(&a->b, str_of(key));
		buf_char(&a->b, ':');
	}
}

void put_open(struct api *a, const char *key, char bracket)
{
	put_key(a, key);
	buf_char(&a->b, bracket);
}

void put_close(struct api *a, char bracket)
{
	buf_char(&a->b, bracket);
}

void put_str(struct api *a, const char *key, str text)
{
	put_key(a, key);
	buf_json(&a->b, text);
}

void put_text(struct api *a, const char *key, const char *text)
{
	put_str(a, key, str_of(text));
}

void put_int(struct api *a, const char *key, int64_t n)
{
	put_key(a, key);
	buf_int(&a->b, n);
}

void put_raw(struct api *a, const char *key, const char *json)
{
	put_key(a, key);
	buf_str(&a->b, str_of(json));
}

void put_true(struct api *a, const char *key)
{
	put_raw(a, key, "true");
}

/* ---- names ---- */

static bool name_is_taken(const struct api *a, str name)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_eq(a->parts[i].name, name))
			return true;
	return str_eq(name, S("Problem"));
}

/* What only goes one way keeps its plain name. */
static str choose_name(struct api *a, const struct shape *s, enum way way)
{
	str plain = str_of(s->name), name = plain;

	if (way == WAY_PATCH) {
		if (str_ends(plain, S("Input")))
			plain.n -= 5;
		name = str_ends(plain, S("Patch")) ? plain : str_join(a->c->arena, plain, S("Patch"));
	} else if (way == WAY_IN && name_is_taken(a, name)) {
		name = str_join(a->c->arena, plain, S("Input"));
	}
	plain = name;
	for (int i = 2; name_is_taken(a, name); i++)
		name = str_fmt(a->c->arena, "%.*s%d", STR(plain), i);
	return name;
}

str part_of(struct api *a, const struct shape *s, enum way way, uint64_t in_path)
{
	struct part *p;

	for (size_t i = 0; i < a->n; i++)
		if (a->parts[i].shape == s && a->parts[i].way == way && a->parts[i].in_path == in_path)
			return a->parts[i].name;
	if (a->n == PARTS_MAX)
		fault(a->c, "more than %d components in the API document", PARTS_MAX);
	p = &a->parts[a->n];
	*p = (struct part){ s, way, in_path, choose_name(a, s, way) };
	a->n++;
	for (size_t i = 0; way == WAY_OUT && i < s->n; i++)      /* so that no input takes one of their names */
		if (s->fields[i].of && !s->fields[i].write_only && !shape_is_scalar(s->fields[i].of))
			part_of(a, s->fields[i].of, WAY_OUT, 0);
	return p->name;
}

void put_ref(struct api *a, const char *key, const struct shape *s, enum way way, uint64_t in_path)
{
	str name = part_of(a, s, way, in_path);

	put_open(a, key, '{');
	put_str(a, "$ref", str_join(a->c->arena, S("#/components/schemas/"), name));
	put_close(a, '}');
}

/* ---- schemas ---- */

static void put_type(struct api *a, const char *type, bool null)
{
	if (!null) {
		put_text(a, "type", type);
		return;
	}
	put_open(a, "type", '[');
	put_text(a, NULL, type);
	put_text(a, NULL, "null");
	put_close(a, ']');
}

/* A reply may hold what was stored under an older limit, so limits are only promised for what comes in. */
static void put_range(struct api *a, const struct field *f, enum way way, const char *least, const char *most)
{
	int64_t min, max;

	if (way == WAY_OUT)
		return;
	shape_range(f, &min, &max);
	if (min > -INT_MAX_JSON && (min != 0 || strcmp(least, "minimum") == 0))
		put_int(a, least, min);
	if (max < INT_MAX_JSON)
		put_int(a, most, max);
}

static void put_text_kind(struct api *a, const struct field *f, enum way way, bool null)
{
	put_type(a, "string", null);
	if (f->format)
		put_text(a, "format", f->format);
	if (way != WAY_OUT && f->pattern)
		put_text(a, "pattern", f->pattern);
	put_range(a, f, way, "minLength", "maxLength");
}

static void put_word_kind(struct api *a, const struct field *f, enum way way)
{
	put_type(a, "string", false);
	put_open(a, "enum", '[');
	for (int i = 0; f->words && f->words[i]; i++)
		put_text(a, NULL, f->words[i]);
	put_close(a, ']');
	if (way == WAY_IN && f->optional && f->words)
		put_text(a, "default", f->words[0]);
}

static void put_number_kind(struct api *a, const struct field *f, enum way way, bool null)
{
	put_type(a, "integer", null);
	put_text(a, "format", "int64");
	put_range(a, f, way, "minimum", "maximum");
	if (way == WAY_IN && f->optional && f->dflt)
		put_int(a, "default", f->dflt);
}

static void put_list_kind(struct api *a, const struct field *f, enum way way)
{
	put_type(a, "array", false);
	if (shape_is_scalar(f->of))
		put_field(a, "items", f->of->fields, way);
	else
		put_ref(a, "items", f->of, way == WAY_PATCH ? WAY_IN : way, 0);
	put_range(a, f, way, "minItems", "maxItems");
}

static void put_object_kind(struct api *a, const struct field *f, enum way way)
{
	enum way inner = way == WAY_PATCH ? WAY_IN : way;      /* an object is replaced as a whole */

	if (!f->or_null) {
		put_str(a, "$ref", str_join(a->c->arena, S("#/components/schemas/"), part_of(a, f->of, inner, 0)));
		return;
	}
	put_open(a, "anyOf", '[');
	put_ref(a, NULL, f->of, inner, 0);
	put_raw(a, NULL, "{\"type\":\"null\"}");
	put_close(a, ']');
}

void put_field(struct api *a, const char *key, const struct field *f, enum way way)
{
	bool null = shape_optional_kind(f->kind) || (way == WAY_PATCH && shape_clears(f));

	put_open(a, key, '{');
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY:
		put_number_kind(a, f, way, null);
		break;
	case K_BOOL:
		put_type(a, "boolean", null);
		break;
	case K_STR:
		put_text_kind(a, f, way, null);
		break;
	case K_WHEN:
		put_type(a, "string", null);
		put_text(a, "format", "date-time");
		break;
	case K_DAY:
		put_type(a, "string", null);
		put_text(a, "format", "date");
		break;
	case K_WORD:
		put_word_kind(a, f, way);
		break;
	case K_LIST:
		put_list_kind(a, f, way);
		break;
	case K_OBJ:
		put_object_kind(a, f, way);
		break;
	default:           /* K_JSON: any value */
		break;
	}
	if (f->about)
		put_text(a, "description", f->about);
	put_close(a, '}');
}

static bool is_part_of(const struct part *p, size_t i)
{
	const struct field *f = &p->shape->fields[i];

	if (p->way == WAY_OUT)
		return !f->write_only;
	return !f->read_only && !(p->in_path >> i & 1);
}

static bool is_required(const struct part *p, size_t i)
{
	const struct field *f = &p->shape->fields[i];

	if (p->way == WAY_OUT)
		return true;
	return p->way == WAY_IN && !f->optional && !shape_optional_kind(f->kind);
}

static void put_part(struct api *a, const struct part *p)
{
	bool any = false;

	put_open(a, str_z(a->c->arena, p->name), '{');
	put_text(a, "type", "object");
	put_open(a, "properties", '{');
	for (size_t i = 0; i < p->shape->n; i++)
		if (is_part_of(p, i)) {
			put_field(a, p->shape->fields[i].name, &p->shape->fields[i], p->way);
			any = any || is_required(p, i);
		}
	put_close(a, '}');
	if (any) {
		put_open(a, "required", '[');
		for (size_t i = 0; i < p->shape->n; i++)
			if (is_part_of(p, i) && is_required(p, i))
				put_text(a, NULL, p->shape->fields[i].name);
		put_close(a, ']');
	}
	if (p->way != WAY_OUT)
		put_raw(a, "additionalProperties", "false");
	put_close(a, '}');
}

/* Writing one may add others at the end. */
void put_parts(struct api *a)
{
	for (size_t i = 0; i < a->n; i++) {
		struct part p = a->parts[i];

		put_part(a, &p);
	}
}
