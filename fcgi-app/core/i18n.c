#include "core/i18n.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

enum { FILE_MAX = 1024 * 1024 };

struct entry {
	str key, text;
};

/* Entries in a table that is at most half full; an empty place has no key. */
struct catalogue {
	struct entry *table;
	size_t room;           /* a power of two, or 0 */
	size_t n;
};

/* Written by i18n_load() before there are threads, and only read after that. */
static struct {
	struct arena *arena;
	struct catalogue in[LOCALES];
} words_of;

static const char *const names[LOCALES] = { "ko", "en" };

const char *i18n_name(enum locale l)
{
	return names[l];
}

/* ---- the catalogues ---- */

static struct entry *place(const struct catalogue *k, str key)
{
	size_t i = str_hash(key) & (k->room - 1);

	while (k->table[i].key.n && !str_eq(k->table[i].key, key))
		i = (i + 1) & (k->room - 1);
	return &k->table[i];
}

static void widen(struct catalogue *k, struct arena *a)
{
	struct catalogue wide = { .room = k->room ? k->room * 2 : 512, .n = k->n };

	wide.table = arena_array(a, struct entry, wide.room);
	for (size_t i = 0; i < k->room; i++)
		if (k->table[i].key.n)
			*place(&wide, k->table[i].key) = k->table[i];
	*k = wide;
}

struct loading {
	struct catalogue *into;
	const char *path;
	bool bad;
};

static void take(void *with, str key, const struct json *value)
{
	struct loading *l = with;
	struct entry *e;
	str text;

	if (l->into->n * 2 >= l->into->room)
		widen(l->into, words_of.arena);
	e = place(l->into, key);
	if (key.n == 0 || !json_text_value(value, &text)) {
		fprintf(stderr, "%s: \"%.*s\" is no text\n", l->path, STR(key));
		l->bad = true;
	} else if (e->key.n) {
		fprintf(stderr, "%s: \"%.*s\" stands in another file, too\n", l->path, STR(key));
		l->bad = true;
	} else {
		*e = (struct entry){ str_dup(words_of.arena, key), str_dup(words_of.arena, text) };
		l->into->n++;
	}
}

static bool read_all(struct arena *a, const char *path, str *text)
{
	FILE *f = fopen(path, "re");
	char *p;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	p = arena_text(a, FILE_MAX);
	*text = (str){ p, fread(p, 1, FILE_MAX, f) };
	fclose(f);
	return true;
}

static bool load_file(struct ctx *c, const char *path, struct catalogue *into)
{
	struct loading l = { into, path, false };
	struct json *j;
	str text;

	ctx_begin(c);
	if (!read_all(c->arena, path, &text))
		return false;
	j = json_parse(c, text);
	if (!j || str_trim(text).p[0] != '{') {
		fprintf(stderr, "%s: this is not a JSON object, or it has a key twice\n", path);
		return false;
	}
	json_each(j, take, &l);
	return !l.bad;
}

static bool load_locale(struct ctx *c, const char *templates_dir, enum locale l)
{
	char pattern[4096];
	glob_t files;
	bool good;

	snprintf(pattern, sizeof(pattern), "%s/words/%s/*.json", templates_dir, names[l]);
	good = glob(pattern, 0, NULL, &files) == 0;
	if (!good) {
		fprintf(stderr, "%s: there are no words\n", pattern);
		return false;
	}
	for (size_t i = 0; i < files.gl_pathc; i++)
		good &= load_file(c, files.gl_pathv[i], &words_of.in[l]);
	globfree(&files);
	return good;
}

bool i18n_load(const char *templates_dir)
{
	struct ctx *c = ctx_new(NULL);
	bool good = true;

	arena_free(words_of.arena);
	words_of.arena = arena_new();
	for (enum locale l = 0; l < LOCALES; l++) {
		words_of.in[l] = (struct catalogue){ NULL, 0, 0 };
		good &= load_locale(c, templates_dir, l);
	}
	ctx_free(c);
	return good;
}

bool i18n_has(enum locale l, str key)
{
	const struct catalogue *k = &words_of.in[l];

	return key.n && k->room && place(k, key)->key.n;
}

str i18n_raw(enum locale l, str key)
{
	return i18n_has(l, key) ? place(&words_of.in[l], key)->text : key;
}

bool i18n_is_english(str key)
{
	str head, rest;

	return str_ends(key, S(".")) || str_split(key, ' ', &head, &rest);
}

void i18n_each(enum locale l, void (*fn)(void *with, str key), void *with)
{
	const struct catalogue *k = &words_of.in[l];

	for (size_t i = 0; i < k->room; i++)
		if (k->table[i].key.n)
			fn(with, k->table[i].key);
}

static bool is_missing(enum locale l, str key)
{
	return !i18n_has(l, key) && !(l == LOCALE_EN && i18n_is_english(key));
}

size_t i18n_differences(void (*fn)(const char *key, enum locale lacks))
{
	struct arena *a = arena_new();
	size_t n = 0;

	for (enum locale l = 0; l < LOCALES; l++) {
		const struct catalogue *k = &words_of.in[l];

		for (size_t i = 0; i < k->room; i++)
			for (enum locale other = 0; other < LOCALES; other++)
				if (k->table[i].key.n && is_missing(other, k->table[i].key)) {
					fn(str_z(a, k->table[i].key), other);
					n++;
				}
	}
	arena_free(a);
	return n;
}

/* ---- particles ---- */

enum ending { VOWEL, CONSONANT, RIEUL };     /* ㄹ: like a vowel before 로 */

/* How the digits are read: 영 일 이 삼 사 오 육 칠 팔 구. */
static const enum ending digit_endings[] = {
	CONSONANT, RIEUL, VOWEL, CONSONANT, VOWEL, VOWEL, CONSONANT, RIEUL, RIEUL, VOWEL
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word that ends in l, m or n ends in that sound; so do the names of these letters, and of R, in an abbreviation. */
static enum ending letter_ending(str s)
{
	char last = s.p[s.n - 1];
	bool alone = s.n < 2 || !is_letter(s.p[s.n - 2]) || (s.p[s.n - 2] >= 'A' && s.p[s.n - 2] <= 'Z');

	if (last == 'l' || last == 'L' || (last == 'R' && alone))
		return RIEUL;
	return last == 'm' || last == 'n' || last == 'M' || last == 'N' ? CONSONANT : VOWEL;
}

/* The last character if it is a Hangul syllable (U+AC00 to U+D7A3), else 0. */
static uint32_t last_syllable(str s)
{
	const unsigned char *p = (const unsigned char *)s.p + s.n - 3;
	uint32_t u;

	if (s.n < 3 || (p[0] & 0xF0) != 0xE0)
		return 0;
	u = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (uint32_t)(p[2] & 0x3F);
	return u >= 0xAC00 && u <= 0xD7A3 ? u : 0;
}

/* Closing marks are not read aloud: what stands before them counts. */
static str without_marks(str s)
{
	static const str marks[] = { S("”"), S("’"), S("」"), S("』"), S("》"), S("〉"), S("\""), S("'"), S(")"), S("]"), S(" ") };
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
			if (str_ends(s, marks[i])) {
				s.n -= marks[i].n;
				again = true;
			}
	}
	return s;
}

static enum ending ending_of(str s)
{
	enum { RIEUL_FINAL = 8, FINALS = 28 };
	uint32_t u;
	char last;

	s = without_marks(s);
	if (s.n == 0)
		return VOWEL;
	u = last_syllable(s);
	if (u) {
		uint32_t final = (u - 0xAC00) % FINALS;

		return final == 0 ? VOWEL : final == RIEUL_FINAL ? RIEUL : CONSONANT;
	}
	last = s.p[s.n - 1];
	if (last >= '0' && last <= '9')
		return digit_endings[last - '0'];
	return is_letter(last) ? letter_ending(s) : VOWEL;
}

/* pair: "이/가" */
static str particle(str pair, str before)
{
	enum ending e = ending_of(before);
	str with, without;

	str_split(pair, '/', &with, &without);
	if (e == VOWEL || (e == RIEUL && str_starts(with, S("으로"))))
		return without;
	return with;
}

/* ---- filling in ---- */

static const str *find_arg(str name, const struct i18n_arg *args, size_t n)
{
	int64_t i;

	if (str_int(name, &i))
		return i >= 0 && (uint64_t)i < n ? &args[i].value : NULL;
	for (size_t k = 0; k < n; k++)
		if (args[k].name && str_eq(str_of(args[k].name), name))
			return &args[k].value;
	return NULL;
}

/* Writes what stands between the braces; false: it names nothing that is known. */
static bool put_place(struct buf *b, str inside, const struct i18n_arg *args, size_t n)
{
	str name, pair;
	bool has_pair = str_split(inside, '|', &name, &pair) && str_find(pair, S("/"), NULL);
	const str *value = name.n ? find_arg(name, args, n) : NULL;

	if ((name.n ? !value : !has_pair) || (pair.n && !has_pair))
		return false;
	if (value)
		buf_str(b, *value);
	if (has_pair)
		buf_str(b, particle(pair, value ? *value : buf_text(b)));
	return true;
}

str i18n_in(struct ctx *c, enum locale l, str key, const struct i18n_arg *args, size_t n)
{
	str rest = i18n_raw(l, key), head, inside, after;
	struct buf b = buf_in(c->arena);

	if (!str_find(rest, S("{"), NULL))
		return rest;
	while (str_split(rest, '{', &head, &after)) {
		buf_str(&b, head);
		if (str_split(after, '}', &inside, &rest) && put_place(&b, inside, args, n))
			continue;
		buf_char(&b, '{');
		rest = after;
	}
	buf_str(&b, head);
	return buf_text(&b);
}

str i18n_text(struct ctx *c, const char *key, const struct i18n_arg *args, size_t n)
{
	return i18n_in(c, c->locale, str_of(key), args, n);
}

/* ---- the reader's language ---- */

/* "0.8" in thousandths; RFC 9110 section 12.4.2. What can't be read counts as 1. */
static int weight(str parameters)
{
	str head, rest = parameters, digits;
	int q = 0, unit = 100;

	while (rest.n) {
		str_split(rest, ';', &head, &rest);
		head = str_trim(head);
		if (!str_starts(head, S("q=")) && !str_starts(head, S("Q=")))
			continue;
		digits = str_after(head, 2);
		if (!str_starts(digits, S("0")))
			return 1000;
		for (size_t i = 2; i < digits.n && i < 5; i++, unit /= 10)
			q += digits.p[i] >= '0' && digits.p[i] <= '9' ? (digits.p[i] - '0') * unit : 0;
		return q;
	}
	return 1000;
}

static bool is_language(str range, str tag)
{
	return str_eq_nocase(range, tag) ||
	       (range.n > tag.n && range.p[tag.n] == '-' && str_eq_nocase((str){ range.p, tag.n }, tag));
}

enum locale i18n_locale(str accept_language)
{
	str rest = accept_language, item, range, parameters;
	enum locale best = LOCALE_KO;
	int best_q = 0;

	while (rest.n) {
		int q;

		str_split(rest, ',', &item, &rest);
		str_split(item, ';', &range, &parameters);
		range = str_trim(range);
		q = weight(parameters);
		if (q <= best_q)
			continue;
		for (enum locale l = 0; l < LOCALES; l++)
			if (is_language(range, str_of(names[l]))) {
				best = l;
				best_q = q;
			}
	}
	return best;
}

/* ---- numbers and moments ---- */

str i18n_number(struct arena *a, int64_t v)
{
	char digits[32], *end = digits + sizeof(digits), *p = end;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	int n = 0;

	do {
		if (n && n % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + u % 10);
		u /= 10;
		n++;
	} while (u);
	if (v < 0)
		*--p = '-';
	return str_dup(a, (str){ p, (size_t)(end - p) });
}

str i18n_money(struct arena *a, enum locale l, money m)
{
	str n = i18n_number(a, m.won);

	if (l == LOCALE_KO)
		return str_join(a, n, S("원"));
	if (m.won < 0)
		return str_join(a, S("-₩"), str_after(n, 1));
	return str_join(a, S("₩"), n);
}

static const char *const weekdays[LOCALES][7] = {
	{ "일", "월", "화", "수", "목", "금", "토" },
	{ "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" },
};

static str face_of_day(struct arena *a, enum locale l, struct clock_face f)
{
	return str_fmt(a, "%04d-%02d-%02d (%s)", (int)f.year, (int)f.month, (int)f.day, weekdays[l][f.weekday]);
}

str i18n_when(struct arena *a, enum locale l, when t)
{
	struct clock_face f = when_in_seoul(t);

	return str_fmt(a, "%.*s %02d:%02d", STR(face_of_day(a, l, f)), (int)f.hour, (int)f.minute);
}

str i18n_day(struct arena *a, enum locale l, day d)
{
	return face_of_day(a, l, when_in_utc((when){ d.days * DAY }));
}
