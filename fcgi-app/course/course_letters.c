/* course/course_letters.c -- how texts and questions are made alike before they are compared, and the letters and pairs of letters in them. */
#include <stdlib.h>
#include <string.h>

#include "course/course_search.h"

/* -- code points -- */

static uint32_t next_letter(str *s)
{
	const unsigned char *p = (const unsigned char *)s->p;
	size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t ch = n == 1 ? *p : *p & (0xffu >> (n + 1));

	if (n > s->n)
		n = s->n;
	for (size_t i = 1; i < n; i++)
		ch = ch << 6 | (p[i] & 0x3f);
	*s = str_after(*s, n);
	return ch;
}

static void put_letter(struct buf *b, uint32_t ch)
{
	if (ch < 0x80) {
		buf_char(b, (char)ch);
	} else if (ch < 0x800) {
		buf_char(b, (char)(0xc0 | ch >> 6));
		buf_char(b, (char)(0x80 | (ch & 0x3f)));
	} else if (ch < 0x10000) {
		buf_char(b, (char)(0xe0 | ch >> 12));
		buf_char(b, (char)(0x80 | (ch >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (ch & 0x3f)));
	} else {
		buf_char(b, (char)(0xf0 | ch >> 18));
		buf_char(b, (char)(0x80 | (ch >> 12 & 0x3f)));
		buf_char(b, (char)(0x80 | (ch >> 6 & 0x3f)));
		buf_char(b, (char)(0x80 | (ch & 0x3f)));
	}
}

/* -- one spelling -- */

static bool is_space(uint32_t ch)
{
	return ch <= ' ' || ch == 0x7f || ch == 0xa0 || ch == 0x3000 || (ch >= 0x2000 && ch <= 0x200a) || ch == 0x2028 || ch == 0x2029 ||
	       ch == 0x202f;
}

static bool is_unseen(uint32_t ch)
{
	return (ch >= 0x200b && ch <= 0x200f) || ch == 0xfeff || ch == 0xad;
}

static uint32_t folded(uint32_t ch)
{
	if (ch >= 0xff01 && ch <= 0xff5e)
		ch -= 0xff01 - '!';                /* full-width forms */
	if (ch >= 'A' && ch <= 'Z')
		ch += 'a' - 'A';
	return is_space(ch) ? ' ' : ch;
}

static bool is_sign(uint32_t ch)
{
	static const struct { uint32_t first, last; } all[] = {
		{ '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' }, { 0xa1, 0xa9 }, { 0xab, 0xb1 }, { 0xb4, 0xb4 },
		{ 0xb6, 0xb8 }, { 0xbb, 0xbb }, { 0xbf, 0xbf }, { 0xd7, 0xd7 }, { 0xf7, 0xf7 }, { 0x2010, 0x2027 },
		{ 0x2030, 0x205e }, { 0x20a0, 0x20cf }, { 0x2190, 0x245f }, { 0x2500, 0x2bff }, { 0x2e00, 0x2e7f },
		{ 0x3001, 0x3003 }, { 0x3008, 0x3020 }, { 0x3030, 0x3030 }, { 0x30fb, 0x30fb }, { 0xfe10, 0xfe19 },
		{ 0xfe30, 0xfe6f }, { 0xff5f, 0xff65 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (ch >= all[i].first && ch <= all[i].last)
			return true;
	return false;
}

static bool is_digit(uint32_t ch)
{
	return ch >= '0' && ch <= '9';
}

static bool is_plain(uint32_t ch)
{
	return is_digit(ch) || (ch >= 'a' && ch <= 'z');
}

/* C++, C# and 50% are other words than C and 50; 3.1 and 1:1 are no two numbers. Other signs are as spaces. */
static bool makes_the_word(uint32_t before, uint32_t sign, uint32_t after)
{
	switch (sign) {
	case '+': case '#': case '%':
		return (is_plain(before) || before == sign) && !is_plain(after);
	case '.': case ',': case ':': case '/': case '-':
		return is_digit(before) && is_digit(after);
	default:
		return false;
	}
}

static uint32_t letter_after(str s)
{
	return s.n ? folded(next_letter(&s)) : ' ';
}

str course_spelling(struct ctx *c, str s)
{
	struct buf b = buf_in(c->arena);
	uint32_t before = ' ';

	s = str_composed(c->arena, s);
	while (s.n) {
		uint32_t ch = next_letter(&s);

		if (is_unseen(ch))
			continue;
		ch = folded(ch);
		if (is_sign(ch) && !makes_the_word(before, ch, letter_after(s)))
			ch = ' ';
		if (ch != ' ' || before != ' ')
			put_letter(&b, ch);
		before = ch;
	}
	return str_trim(buf_text(&b));
}

str course_title_in(str text)
{
	str title, rest;

	return str_split(text, '\n', &title, &rest) ? title : (str){ NULL, 0 };
}

str course_unspaced(struct ctx *c, str spelled)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < spelled.n; i++)
		if (spelled.p[i] != ' ')
			buf_char(&b, spelled.p[i]);
	return buf_text(&b);
}

/* Fewer letters stand beside each other by chance too often. */
enum { LOOSE_LEAST = 3 };

/* As a regular expression: the word from where a word begins, whatever spaces are in it. */
static str loosely(struct ctx *c, str word)
{
	struct buf b = buf_in(c->arena);
	bool first = true;

	buf_lit(&b, "(^| )");
	while (word.n) {
		str letter = word;
		uint32_t ch = next_letter(&word);

		letter.n -= word.n;
		if (!first)
			buf_lit(&b, " ?");
		if (ch < 0x80 && !is_plain(ch))
			buf_char(&b, '\\');
		buf_str(&b, letter);
		first = false;
	}
	return buf_text(&b);
}

void course_query_words(struct ctx *c, struct query *q, list words)
{
	const str *w = words.p;

	for (size_t i = 0; i < words.n; i++)
		if (str_chars(w[i]) < LOOSE_LEAST)
			query_add(q, " AND LOCATE(?, t.text) > 0", arg(w[i]));
		else
			query_add(q, " AND (LOCATE(?, t.text) > 0 OR SUBSTRING_INDEX(t.text, '\n', 1) REGEXP ?)", arg(w[i]), arg(loosely(c, w[i])));
}

/* -- letters and pairs -- */

static int by_text(const void *a, const void *b)
{
	return str_cmp(*(const str *)a, *(const str *)b);
}

list course_sorted(struct ctx *c, str *p, size_t n)
{
	size_t kept = 0;

	(void)c;
	qsort(p, n, sizeof(*p), by_text);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !str_eq(p[i], p[kept - 1]))
			p[kept++] = p[i];
	return (list){ p, kept };
}

list course_words(struct ctx *c, str spelled)
{
	str *out = arena_array(c->arena, str, spelled.n / 2 + 1), word;
	size_t n = 0;

	while (spelled.n) {
		str_split(spelled, ' ', &word, &spelled);
		if (word.n)
			out[n++] = word;
	}
	return course_sorted(c, out, n);
}

static bool parts(char ch)
{
	return ch == ' ' || ch == '\n';
}

/* Pairs, and letters by themselves if asked for or if the word is one. */
list course_grams(struct ctx *c, str spelled, bool singles)
{
	str *out = arena_array(c->arena, str, 2 * spelled.n + 1), rest = spelled, before = { NULL, 0 };
	size_t n = 0;

	while (rest.n) {
		str letter = { rest.p, rest.n };

		next_letter(&rest);
		letter.n -= rest.n;
		if (parts(*letter.p)) {
			before.n = 0;
			continue;
		}
		if (singles || (before.n == 0 && (rest.n == 0 || parts(*rest.p))))
			out[n++] = letter;
		if (before.n)
			out[n++] = (str){ before.p, before.n + letter.n };
		before = letter;
	}
	return course_sorted(c, out, n);
}
