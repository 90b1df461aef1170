/* json-c has a type of the name of one of our functions. */
#define json_bool json_c_bool
#include <json-c/json.h>
#undef json_bool

#include "core/json.h"

#include <limits.h>
#include <string.h>

#include "core/ctx.h"

const struct failure json_broken = { 400, "json_broken" };
const struct failure json_too_deep = { 400, "json_too_deep" };
const struct failure json_duplicate_key = { 400, "json_duplicate_key" };
const struct failure json_not_an_object = { 400, "json_not_an_object" };

enum { DEPTH_MAX = 16, SHOWN_KEY_MAX = 64 };

/* ---- the scan before json-c: depth, tokens of RFC 8259, number of members ---- */

/* json-c alone takes 'a', NaN, 1. and raw line breaks in texts even when it is strict, drops the first of two members
 * of one name, and cuts names at a NUL. So every token is looked at here, and members are counted; what follows what is
 * left to json-c. One pass, so a bomb of brackets costs nothing. */
struct scan {
	const char *p, *end;
	int depth;
	size_t members;
	bool nul;              /* the last text held a NUL */
};

/* \uD800 to \uDFFF stand for nothing by themselves: the two halves have to follow each other. At the backslash. */
static bool is_half(const struct scan *s, const char *p, const char *second)
{
	return s->end - p > 5 && p[0] == '\\' && p[1] == 'u' && (p[2] == 'd' || p[2] == 'D') && strchr(second, p[3]);
}

static bool scan_text(struct scan *s)
{
	s->nul = false;
	for (s->p++; s->p < s->end; s->p++) {
		if ((unsigned char)*s->p < 0x20)
			return false;
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if (*s->p != '\\')
			continue;
		if (s->end - s->p > 5 && memcmp(s->p, "\\u0000", 6) == 0)
			s->nul = true;
		if (is_half(s, s->p, "cdefCDEF"))
			return false;
		if (is_half(s, s->p, "89abAB")) {
			s->p += 6;
			if (!is_half(s, s->p, "cdefCDEF"))
				return false;
		}
		if (++s->p == s->end)
			return false;
	}
	return false;
}

static bool scan_digits(struct scan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static bool scan_number(struct scan *s)
{
	s->p += *s->p == '-';
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!scan_digits(s))
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!scan_digits(s))
			return false;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		s->p += s->p < s->end && (*s->p == '+' || *s->p == '-');
		if (!scan_digits(s))
			return false;
	}
	return true;
}

static bool scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static outcome scan(struct scan *s)
{
	bool good = true;

	while (good && s->p < s->end) {
		switch (*s->p) {
		case ' ': case '\t': case '\n': case '\r': case ',':
			s->p++;
			break;
		case '{': case '[':
			if (++s->depth > DEPTH_MAX)
				return &json_too_deep;
			s->p++;
			break;
		case '}': case ']':
			good = --s->depth >= 0;
			s->p++;
			break;
		case ':':
			good = !s->nul;
			s->members++;
			s->p++;
			break;
		case '"': good = scan_text(s); break;
		case 't': good = scan_word(s, "true"); break;
		case 'f': good = scan_word(s, "false"); break;
		case 'n': good = scan_word(s, "null"); break;
		default: good = scan_number(s); break;
		}
	}
	return good ? OK : &json_broken;
}

static size_t count_members(struct json_object *o)
{
	size_t n = 0;

	if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			n += count_members(json_object_array_get_idx(o, i));
	} else if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, v) {
			(void)key;
			n += 1 + count_members(v);
		}
	}
	return n;
}

static void drop(void *tree)
{
	json_object_put(tree);
}

static struct json_object *tokenise(str text)
{
	struct json_tokener *t = json_tokener_new_ex(DEPTH_MAX + 2);
	struct json_object *o;

	if (!t)
		return NULL;
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text.p, (int)text.n);
	if (!o && json_tokener_get_error(t) == json_tokener_continue)
		o = json_tokener_parse_ex(t, "", 1);     /* a number at the top ends only where the text does */
	else if (o && json_tokener_get_parse_end(t) != text.n) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

static outcome parse(struct ctx *c, str text, struct json_object **tree)
{
	struct scan s;
	outcome o;

	*tree = NULL;
	while (text.n && strchr(" \t\n\r", text.p[text.n - 1]) && text.p[text.n - 1])
		text.n--;
	if (text.n == 0 || text.n > INT_MAX / 2 || str_chars(text) < 0)
		return &json_broken;
	s = (struct scan){ .p = text.p, .end = text.p + text.n };
	o = scan(&s);
	if (o != OK)
		return o;
	*tree = tokenise(text);
	if (!*tree)
		return &json_broken;
	arena_defer(c->arena, drop, *tree);
	return count_members(*tree) == s.members ? OK : &json_duplicate_key;
}

/* ---- in ---- */

struct reading {
	struct ctx *c;
	const struct shape *shape;
	char *base;
	str prefix;            /* "sessions[0]." */
	uint64_t given;
	bool partial;
};

static void read_object(struct reading *r, struct json_object *o);
static void read_value(struct reading *r, const struct field *f, struct json_object *v, str path);

static str path_of(struct reading *r, str name)
{
	if (name.n > SHOWN_KEY_MAX)
		for (name.n = SHOWN_KEY_MAX; name.n && ((unsigned char)name.p[name.n] & 0xC0) == 0x80; name.n--)
			;
	return r->prefix.n ? str_join(r->c->arena, r->prefix, name) : name;
}

static bool accept_type(struct reading *r, struct json_object *v, enum json_type type, str path)
{
	if (json_object_is_type(v, type))
		return true;
	shape_wrong(r->c, path, "type", (str){ NULL, 0 });
	return false;
}

static str text_of(struct json_object *v)
{
	return (str){ json_object_get_string(v), (size_t)json_object_get_string_len(v) };
}

static void read_items(struct reading *r, const struct field *f, struct json_object *v, str path)
{
	list *l = shape_at(r->base, f);
	size_t n = json_object_array_length(v);
	int64_t min, max;

	shape_range(f, &min, &max);
	l->n = n;
	if ((int64_t)n > max || (int64_t)n < min)
		return;     /* the check says so */
	l->p = arena_alloc(r->c->arena, n * f->of->size);
	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(v, i);
		str at = str_fmt(r->c->arena, "%.*s[%zu]", STR(path), i);
		struct reading sub = { r->c, f->of, (char *)l->p + i * f->of->size, str_join(r->c->arena, at, S(".")), 0, false };

		if (shape_is_scalar(f->of) && !json_object_is_type(item, json_type_object))
			read_value(&sub, &f->of->fields[0], item, at);
		else if (accept_type(&sub, item, json_type_object, at))
			read_object(&sub, item);
	}
}

/* Moments, days and words arrive as texts. */
static bool read_from_text(struct reading *r, const struct field *f, void *to, struct json_object *v, str path)
{
	str s = text_of(v);

	switch (shape_plain_kind(f->kind)) {
	case K_STR:
		*(str *)to = shape_spelling(r->c, f, s);
		return true;
	case K_WHEN:
		if (when_parse(s, to))
			return true;
		break;
	case K_DAY:
		if (day_parse(s, to))
			return true;
		break;
	case K_WORD:
		*(int *)to = shape_word(f, s);
		return true;
	default:
		break;
	}
	shape_wrong(r->c, path, "type", (str){ NULL, 0 });
	return false;
}

static bool read_kind(struct reading *r, const struct field *f, void *to, struct json_object *v, str path)
{
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY:     /* beyond 64 bits json-c gives the largest number, which no limit lets through */
		if (!accept_type(r, v, json_type_int, path))
			return false;
		*(int64_t *)to = json_object_get_int64(v);
		return true;
	case K_BOOL:
		if (!accept_type(r, v, json_type_boolean, path))
			return false;
		*(bool *)to = json_object_get_boolean(v);
		return true;
	case K_JSON:
		((json_text *)to)->s = shape_spelling(r->c, f, json_compact(r->c, (const struct json *)v));
		return true;
	case K_OBJ: {
		struct reading sub = { r->c, f->of, to, str_join(r->c->arena, path, S(".")), 0, false };

		if (!accept_type(r, v, json_type_object, path))
			return false;
		read_object(&sub, v);
		return true;
	}
	case K_LIST:
		if (!accept_type(r, v, json_type_array, path))
			return false;
		read_items(r, f, v, path);
		return true;
	default:
		return accept_type(r, v, json_type_string, path) && read_from_text(r, f, to, v, path);
	}
}

static void read_value(struct reading *r, const struct field *f, struct json_object *v, str path)
{
	void *at = shape_at(r->base, f);

	if (!v) {
		if (shape_optional_kind(f->kind))
			*(bool *)at = false;
		else if (f->kind == K_JSON)
			((json_text *)at)->s = S("null");
		else if (f->kind == K_OBJ && f->or_null)
			memset(at, 0, f->of->size);
		else if (r->partial && shape_clears(f))
			*(str *)at = (str){ NULL, 0 };
		else
			shape_wrong(r->c, path, "null", (str){ NULL, 0 });
		return;
	}
	if (!read_kind(r, f, (void *)(uintptr_t)shape_value(f, r->base), v, path))
		return;
	if (shape_optional_kind(f->kind))
		*(bool *)at = true;
	shape_check(r->c, f, r->base, path);
}

static void left_out(struct reading *r, const struct field *f)
{
	if (f->read_only || shape_optional_kind(f->kind) || r->partial)
		return;
	if (!f->optional)
		shape_wrong(r->c, path_of(r, (str){ f->name, f->name_len }), "required", (str){ NULL, 0 });
	else if (f->kind == K_INT || f->kind == K_MONEY)
		*(int64_t *)shape_at(r->base, f) = f->dflt;
}

static void read_object(struct reading *r, struct json_object *o)
{
	json_object_object_foreach(o, key, v) {
		str name = str_of(key);
		const struct field *f = shape_field(r->shape, name);

		if (!f || f->read_only) {
			shape_wrong(r->c, path_of(r, name), "unknown", (str){ NULL, 0 });
			continue;
		}
		r->given |= UINT64_C(1) << (f - r->shape->fields);
		read_value(r, f, v, path_of(r, name));
	}
	for (size_t i = 0; i < r->shape->n; i++)
		if (!(r->given >> i & 1))
			left_out(r, &r->shape->fields[i]);
}

outcome json_read(struct ctx *c, const struct shape *shape, void *out, uint64_t *given, str text, bool partial)
{
	const struct field_error *before = c->errors;
	struct reading r = { c, shape, out, { NULL, 0 }, 0, partial };
	struct json_object *tree;
	outcome o = parse(c, text, &tree);

	if (given)
		*given = 0;
	if (!tree && o == &json_broken && str_eq(str_trim(text), S("null")))
		return &json_not_an_object;     /* json-c's tree of `null` is NULL */
	if (o != OK)
		return o;
	if (!json_object_is_type(tree, json_type_object))
		return &json_not_an_object;
	read_object(&r, tree);
	if (given)
		*given = r.given;
	return c->errors == before ? OK : &invalid;
}

/* ---- look-ups ---- */

static struct json_object *tree_of(const struct json *j)
{
	return (struct json_object *)(uintptr_t)j;
}

static struct json_object *member(const struct json *j, const char *key)
{
	struct json_object *v = NULL;

	if (json_object_is_type(tree_of(j), json_type_object))
		json_object_object_get_ex(tree_of(j), key, &v);
	return v;
}

struct json *json_parse(struct ctx *c, str text)
{
	struct json_object *tree;

	return parse(c, text, &tree) == OK ? (struct json *)tree : NULL;
}

struct json *json_get(const struct json *j, const char *key)
{
	return (struct json *)member(j, key);
}

struct json *json_at(const struct json *j, size_t i)
{
	if (!json_object_is_type(tree_of(j), json_type_array))
		return NULL;
	return (struct json *)json_object_array_get_idx(tree_of(j), i);
}

size_t json_length(const struct json *j)
{
	if (json_object_is_type(tree_of(j), json_type_array))
		return json_object_array_length(tree_of(j));
	if (json_object_is_type(tree_of(j), json_type_object))
		return (size_t)json_object_object_length(tree_of(j));
	return 0;
}

void json_each(const struct json *j, void (*fn)(void *, str key, const struct json *), void *with)
{
	if (json_object_is_type(tree_of(j), json_type_object)) {
		json_object_object_foreach(tree_of(j), key, v)
			fn(with, str_of(key), (const struct json *)v);
	}
}

bool json_text_value(const struct json *j, str *text)
{
	if (!json_object_is_type(tree_of(j), json_type_string))
		return false;
	*text = text_of(tree_of(j));
	return true;
}

str json_str(const struct json *j, const char *key)
{
	struct json_object *v = member(j, key);

	return json_object_is_type(v, json_type_string) ? text_of(v) : (str){ NULL, 0 };
}

int64_t json_int(const struct json *j, const char *key, int64_t dflt)
{
	struct json_object *v = member(j, key);

	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : dflt;
}

bool json_bool(const struct json *j, const char *key)
{
	struct json_object *v = member(j, key);

	return json_object_is_type(v, json_type_boolean) && json_object_get_boolean(v);
}

/* Not json-c's own writer: texts get the same escapes as in all our replies, so that they may stand in a page. */
static void compact(struct buf *b, struct json_object *o)
{
	bool first = true;

	switch (json_object_get_type(o)) {
	case json_type_object:
		buf_char(b, '{');
		json_object_object_foreach(o, key, v) {
			if (!first)
				buf_char(b, ',');
			first = false;
			buf_json(b, str_of(key));
			buf_char(b, ':');
			compact(b, v);
		}
		buf_char(b, '}');
		break;
	case json_type_array:
		buf_char(b, '[');
		for (size_t i = 0; i < json_object_array_length(o); i++) {
			if (i)
				buf_char(b, ',');
			compact(b, json_object_array_get_idx(o, i));
		}
		buf_char(b, ']');
		break;
	case json_type_string: buf_json(b, text_of(o)); break;
	default: buf_str(b, str_of(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN))); break;
	}
}

str json_compact(struct ctx *c, const struct json *j)
{
	struct buf b = buf_in(c->arena);

	compact(&b, tree_of(j));
	return buf_text(&b);
}
