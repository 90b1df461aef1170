#include "core/shape.h"

#include <inttypes.h>
#include <regex.h>
#include <string.h>

#include "core/ctx.h"
#include "core/i18n.h"
#include "core/json.h"

enum { LIST_MAX = 200, ERRORS_MAX = 50, JSON_MAX = 65536, EMAIL_MAX = 254 };

static const int64_t LAST_US = CALENDAR_DAYS * DAY - 1;
static const int64_t LAST_DAY = CALENDAR_DAYS - 1;

const struct shape int_item_shape = SHAPE("IntItem", struct int_item, F(value));
const struct shape id_name_shape = ID_NAME_SHAPE("IdName"), id_title_shape = ID_TITLE_SHAPE("IdTitle");

const struct field *shape_field(const struct shape *s, str name)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->fields[i].name_len == name.n && memcmp(s->fields[i].name, name.p, name.n) == 0)
			return &s->fields[i];
	return NULL;
}

int shape_word(const struct field *f, str word)
{
	for (int i = 0; f->words && f->words[i]; i++)
		if (str_eq(str_of(f->words[i]), word))
			return i;
	return -1;
}

str shape_word_text(const struct field *f, int word)
{
	for (int i = 0; f->words && f->words[i]; i++)
		if (i == word)
			return str_of(f->words[i]);
	return (str){ NULL, 0 };
}

bool shape_optional_kind(enum kind k)
{
	return k >= K_OPT_INT && k <= K_OPT_DAY;
}

enum kind shape_plain_kind(enum kind k)
{
	switch (k) {
	case K_OPT_INT: return K_INT;
	case K_OPT_BOOL: return K_BOOL;
	case K_OPT_STR: return K_STR;
	case K_OPT_MONEY: return K_MONEY;
	case K_OPT_WHEN: return K_WHEN;
	case K_OPT_DAY: return K_DAY;
	default: return k;
	}
}

bool shape_is_set(const struct field *f, const void *base)
{
	return !shape_optional_kind(f->kind) || *(const bool *)shape_at(base, f);
}

const void *shape_value(const struct field *f, const void *base)
{
	const char *p = shape_at(base, f);

	switch (f->kind) {
	case K_OPT_INT: return p + offsetof(opt_int, v);
	case K_OPT_BOOL: return p + offsetof(opt_bool, v);
	case K_OPT_STR: return p + offsetof(opt_str, v);
	case K_OPT_MONEY: return p + offsetof(opt_money, v);
	case K_OPT_WHEN: return p + offsetof(opt_when, v);
	case K_OPT_DAY: return p + offsetof(opt_day, v);
	default: return p;
	}
}

bool shape_is_scalar(const struct shape *s)
{
	return s->n == 1 && strcmp(s->fields[0].name, "value") == 0;
}

void shape_range(const struct field *f, int64_t *min, int64_t *max)
{
	int64_t top = INT_MAX_JSON;

	*min = f->min;
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
		if (f->min == 0 && f->max == 0)
			*min = -INT_MAX_JSON;
		break;
	case K_STR: top = TEXT_MAX; break;
	case K_JSON: top = JSON_MAX; break;
	case K_LIST: top = LIST_MAX; break;
	case K_WHEN: top = LAST_US; break;
	case K_DAY: top = LAST_DAY; break;
	default: break;
	}
	*max = f->max ? f->max : top;
	if (*max > top && top >= INT_MAX_JSON)     /* numbers and moments can't be larger than what their kind carries */
		*max = top;
}

void shape_wrong(struct ctx *c, str path, const char *code, str value)
{
	int n = 0;

	for (const struct field_error *e = c->errors; e; e = e->next)
		if (++n >= ERRORS_MAX || str_eq(e->field, path))
			return;
	fail_field(c, path, code, value);
}

/* For the message: money as it is read everywhere. */
static str limit_text(struct ctx *c, const struct field *f, int64_t v)
{
	return shape_plain_kind(f->kind) == K_MONEY ? i18n_money(c->arena, c->locale, won(v)) : str_fmt(c->arena, "%" PRId64, v);
}

/* The words that are allowed, as one text. */
static str words_of(struct ctx *c, const struct field *f)
{
	struct buf b = buf_in(c->arena);

	for (int i = 0; f->words && f->words[i]; i++) {
		if (i)
			buf_lit(&b, ", ");
		buf_str(&b, str_of(f->words[i]));
	}
	return buf_text(&b);
}

static bool check_range(struct ctx *c, const struct field *f, int64_t v, str path, const char *below, const char *above)
{
	int64_t min, max;

	shape_range(f, &min, &max);
	if (v < min)
		shape_wrong(c, path, below, limit_text(c, f, min));
	else if (v > max)
		shape_wrong(c, path, above, limit_text(c, f, max));
	return v >= min && v <= max;
}

/* NUL, C0 and C1 controls and DEL are never text. */
static bool has_controls(str s, bool multiline)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];

		if (ch == 0x7F || (ch < 0x20 && !(multiline && (ch == '\n' || ch == '\t'))))
			return true;
		if (ch == 0xC2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xA0)
			return true;
	}
	return false;
}

/* Good enough to be written to: whether it arrives, only a mail can tell. */
static bool is_email(str s)
{
	str local, domain;

	if (s.n > EMAIL_MAX || !str_split(s, '@', &local, &domain) || local.n == 0 || local.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7F || strchr("<>()[]\\,;:\"", s.p[i]))
			return false;
	return !memchr(domain.p, '@', domain.n) && str_find(domain, S("."), NULL) && !str_find(domain, S(".."), NULL) &&
	       !str_starts(domain, S(".")) && !str_ends(domain, S("."));
}

static bool matches(struct ctx *c, const char *pattern, str s)
{
	regex_t re;
	int wrong = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), found;

	if (wrong)
		fault(c, "the pattern %s can't be compiled", pattern);
	found = regexec(&re, str_z(c->arena, s), 0, NULL, 0);
	regfree(&re);
	return found == 0;
}

bool shape_clears(const struct field *f)
{
	return f->kind == K_STR && f->min == 0 && !f->secret;
}

static void check_text(struct ctx *c, const struct field *f, str s, str path)
{
	int64_t chars = str_chars(s);

	if (chars < 0)
		shape_wrong(c, path, "utf8", (str){ NULL, 0 });
	else if (has_controls(s, f->multiline))
		shape_wrong(c, path, "control", (str){ NULL, 0 });
	else if (!check_range(c, f, chars, path, "too_short", "too_long"))
		return;
	else if (f->min > 0 && !f->secret && str_is_blank(s))
		shape_wrong(c, path, "required", (str){ NULL, 0 });
	else if (f->pattern && !matches(c, f->pattern, s))
		shape_wrong(c, path, "pattern", str_of(f->pattern));
	else if (f->format && strcmp(f->format, "email") == 0 && !is_email(s))
		shape_wrong(c, path, "email", (str){ NULL, 0 });
}

static void check_moment(struct ctx *c, int64_t v, int64_t last, str path)
{
	if (v < 0)
		shape_wrong(c, path, "too_small", S("1970-01-01"));
	else if (v > last)
		shape_wrong(c, path, "too_large", S(CALENDAR_LAST));
}

void shape_check(struct ctx *c, const struct field *f, const void *base, str path)
{
	const void *v = shape_value(f, base);

	if (!shape_is_set(f, base))
		return;
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY:
		check_range(c, f, *(const int64_t *)v, path, "too_small", "too_large");
		break;
	case K_STR:
		check_text(c, f, *(const str *)v, path);
		break;
	case K_WHEN:
		check_moment(c, ((const when *)v)->us, LAST_US, path);
		break;
	case K_DAY:
		check_moment(c, ((const day *)v)->days, LAST_DAY, path);
		break;
	case K_JSON:
		check_range(c, f, (int64_t)((const json_text *)v)->s.n, path, "too_short", "too_long");
		break;
	case K_LIST:
		check_range(c, f, (int64_t)((const list *)v)->n, path, "too_few", "too_many");
		break;
	case K_WORD:
		if (shape_word_text(f, *(const int *)v).n == 0)
			shape_wrong(c, path, "word", words_of(c, f));
		break;
	default:
		break;
	}
}

str shape_spelling(struct ctx *c, const struct field *f, str text)
{
	str s = f->secret ? text : str_composed(c->arena, text);

	if (f->secret || f->pattern || shape_plain_kind(f->kind) != K_STR)
		return s;
	/* Nothing but blanks where something must stand: the check says so. */
	if (f->kind == K_STR && f->min > 0 && str_is_blank(s))
		return s;
	return f->multiline ? str_without_tail(s) : str_single_spaced(c->arena, s);
}

/* Browsers send CR LF from a textarea, whatever was typed. */
static str with_plain_breaks(struct arena *a, str s)
{
	char *p, *q;

	if (s.n == 0 || !memchr(s.p, '\r', s.n))
		return s;
	p = q = arena_text(a, s.n);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r' || i + 1 >= s.n || s.p[i + 1] != '\n')
			*q++ = s.p[i];
	return (str){ p, (size_t)(q - p) };
}

/* An <input type="datetime-local"> says what the clock on the wall shows. */
static bool moment(struct arena *a, str s, when *t)
{
	if (s.n == 16)
		return when_parse(str_join(a, s, S(":00+09:00")), t);
	return when_parse(s, t) || (s.n == 19 && when_parse(str_join(a, s, S("+09:00")), t));
}

static bool whole_number(struct ctx *c, const struct field *f, str s, int64_t *v, str path)
{
	str digits = str_starts(s, S("-")) ? str_after(s, 1) : s;
	bool all = digits.n > 0;
	int64_t min, max;

	if (str_int(s, v))
		return true;
	for (size_t i = 0; i < digits.n; i++)
		all = all && digits.p[i] >= '0' && digits.p[i] <= '9';
	shape_range(f, &min, &max);
	if (!all)
		shape_wrong(c, path, "type", (str){ NULL, 0 });
	else if (digits.n < s.n)
		shape_wrong(c, path, "too_small", limit_text(c, f, min));
	else
		shape_wrong(c, path, "too_large", limit_text(c, f, max));
	return false;
}

static bool truth(str s, bool *v)
{
	*v = str_eq(s, S("true")) || str_eq(s, S("1")) || str_eq(s, S("on"));
	return *v || str_eq(s, S("false")) || str_eq(s, S("0"));
}

static bool read_plain(struct ctx *c, const struct field *f, void *v, str s, str path)
{
	bool ok = false;

	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY:
		return whole_number(c, f, s, v, path);
	case K_STR:
		*(str *)v = s;
		return true;
	case K_BOOL:
		ok = truth(s, v);
		break;
	case K_WHEN:
		ok = moment(c->arena, s, v);
		break;
	case K_DAY:
		ok = day_parse(s, v);
		break;
	case K_WORD:
		*(int *)v = shape_word(f, s);     /* -1 is found by the check */
		return true;
	case K_JSON: {
		struct json *j = json_parse(c, s);

		ok = j != NULL;
		if (ok)
			((json_text *)v)->s = shape_spelling(c, f, json_compact(c, j));
		break;
	}
	default:
		break;
	}
	if (!ok)
		shape_wrong(c, path, "type", (str){ NULL, 0 });
	return ok;
}

/* Leaves the member as it is when nothing was given. */
static bool nothing_given(struct ctx *c, const struct field *f, void *base, str path)
{
	enum kind k = f->kind;

	if (shape_optional_kind(k)) {
		*(bool *)shape_at(base, f) = false;
		return true;
	}
	if (f->optional) {
		if (k == K_INT || k == K_MONEY)
			*(int64_t *)shape_at(base, f) = f->dflt;
		return true;
	}
	shape_wrong(c, path, "required", (str){ NULL, 0 });
	return false;
}

/* The number in "C-17". */
static str without_letter(const struct field *f, str text)
{
	char letter = text.n > 2 && text.p[1] == '-' ? text.p[0] : '\0';

	if (letter >= 'a' && letter <= 'z')
		letter = (char)(letter - 'a' + 'A');
	return letter && f->letters && strchr(f->letters, letter) ? str_after(text, 2) : text;
}

bool shape_from_text(struct ctx *c, const struct field *f, void *base, str text, str path)
{
	const struct field_error *before = c->errors;
	enum kind plain = shape_plain_kind(f->kind);

	if (plain == K_STR)
		text = shape_spelling(c, f, f->multiline ? with_plain_breaks(c->arena, text) : text);
	else
		text = without_letter(f, str_trim(text));
	if (text.n == 0 && (plain != K_STR || f->kind == K_OPT_STR || f->optional))
		return nothing_given(c, f, base, path);
	if (!read_plain(c, f, (void *)(uintptr_t)shape_value(f, base), text, path))
		return false;
	if (shape_optional_kind(f->kind))
		*(bool *)shape_at(base, f) = true;
	shape_check(c, f, base, path);
	return c->errors == before;
}

str shape_to_text(struct arena *a, const struct field *f, const void *base)
{
	const void *v = shape_value(f, base);

	if (!shape_is_set(f, base))
		return (str){ NULL, 0 };
	switch (shape_plain_kind(f->kind)) {
	case K_INT:
	case K_MONEY: return str_fmt(a, "%" PRId64, *(const int64_t *)v);
	case K_BOOL: return *(const bool *)v ? S("true") : S("false");
	case K_STR: return *(const str *)v;
	case K_JSON: return ((const json_text *)v)->s;
	case K_WHEN: return when_text(a, *(const when *)v);
	case K_DAY: return day_text(a, *(const day *)v);
	case K_WORD: return shape_word_text(f, *(const int *)v);
	default: return (str){ NULL, 0 };
	}
}

static void dump(struct buf *b, const struct shape *s, const void *base, int depth);

static void dump_member(struct buf *b, const struct field *f, const void *base, int depth)
{
	const list *l = shape_at(base, f);

	if (f->secret) {
		buf_lit(b, "***\n");
	} else if (f->kind == K_OBJ) {
		buf_char(b, '\n');
		dump(b, f->of, l, depth + 1);
	} else if (f->kind == K_LIST) {
		buf_fmt(b, "%zu of %s\n", l->n, f->of->name);
		for (size_t i = 0; i < l->n; i++) {
			buf_fmt(b, "%*s[%zu]\n", (depth + 1) * 2, "", i);
			dump(b, f->of, (const char *)l->p + i * f->of->size, depth + 2);
		}
	} else if (!shape_is_set(f, base)) {
		buf_lit(b, "not set\n");
	} else {
		str text = shape_to_text(b->arena, f, base);

		if (shape_plain_kind(f->kind) == K_STR)
			buf_json(b, text);
		else
			buf_str(b, text);
		buf_char(b, '\n');
	}
}

static void dump(struct buf *b, const struct shape *s, const void *base, int depth)
{
	for (size_t i = 0; i < s->n; i++) {
		buf_fmt(b, "%*s%s: ", depth * 2, "", s->fields[i].name);
		dump_member(b, &s->fields[i], base, depth);
	}
}

str shape_dump(struct arena *a, const struct shape *s, const void *base)
{
	struct buf b = buf_in(a);

	buf_str(&b, str_of(s->name));
	buf_char(&b, '\n');
	dump(&b, s, base, 1);
	return buf_text(&b);
}
