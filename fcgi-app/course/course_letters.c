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

str course_spelling(struct ctx *c, str s)
{
	struct buf b = buf_in(c->arena);
	uint32_t last = ' ';

	s = str_composed(c->arena, s);
	while (s.n) {
		uint32_t ch = next_letter(&s);

		if (is_unseen(ch))
			continue;
		ch = folded(ch);
		if (last != ' ' || (ch != ' ' && b.n))
			put_letter(&b, last);
		last = ch;
	}
	if (last != ' ')
		put_letter(&b, last);
	return str_trim(buf_text(&b));
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

/* Pairs, and letters by themselves if asked for or if the word is one. */
list course_grams(struct ctx *c, str spelled, bool singles)
{
	str *out = arena_array(c->arena, str, 2 * spelled.n + 1), rest = spelled, before = { NULL, 0 };
	size_t n = 0;

	while (rest.n) {
		str letter = { rest.p, rest.n };

		next_letter(&rest);
		letter.n -= rest.n;
		if (*letter.p == ' ') {
			before.n = 0;
			continue;
		}
		if (singles || (before.n == 0 && (rest.n == 0 || *rest.p == ' ')))
			out[n++] = letter;
		if (before.n)
			out[n++] = (str){ before.p, before.n + letter.n };
		before = letter;
	}
	return course_sorted(c, out, n);
}
