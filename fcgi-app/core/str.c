#include "core/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

str str_of(const char *z)
{
	return (str){ z, z ? strlen(z) : 0 };
}

bool str_eq(str a, str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_eq_nocase(str a, str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

int str_cmp(str a, str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(str s, str head)
{
	return s.n >= head.n && str_eq((str){ s.p, head.n }, head);
}

bool str_ends(str s, str tail)
{
	return s.n >= tail.n && str_eq((str){ s.p + s.n - tail.n, tail.n }, tail);
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

str str_trim(str s)
{
	while (s.n && is_space(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

str str_after(str s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return (str){ s.p + n, s.n - n };
}

bool str_find(str s, str what, size_t *at)
{
	const char *p = s.n && what.n ? memmem(s.p, s.n, what.p, what.n) : NULL;

	if (!p)
		return false;
	if (at)
		*at = (size_t)(p - s.p);
	return true;
}

bool str_split(str s, char by, str *head, str *rest)
{
	const char *p = s.n ? memchr(s.p, by, s.n) : NULL;

	if (!p) {
		*head = s;
		*rest = (str){ NULL, 0 };
		return false;
	}
	*head = (str){ s.p, (size_t)(p - s.p) };
	*rest = (str){ p + 1, s.n - head->n - 1 };
	return true;
}

str str_dup(struct arena *a, str s)
{
	char *p = arena_text(a, s.n);

	if (s.n)
		memcpy(p, s.p, s.n);
	return (str){ p, s.n };
}

char *str_z(struct arena *a, str s)
{
	char *p = arena_text(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

str str_vfmt(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *p;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return (str){ NULL, 0 };
	p = arena_text(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return (str){ p, (size_t)n };
}

str str_fmt(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	str s;

	va_start(ap, fmt);
	s = str_vfmt(a, fmt, ap);
	va_end(ap);
	return s;
}

str str_join(struct arena *a, str x, str y)
{
	char *p = arena_text(a, x.n + y.n);

	if (x.n)
		memcpy(p, x.p, x.n);
	if (y.n)
		memcpy(p + x.n, y.p, y.n);
	return (str){ p, x.n + y.n };
}

str str_one_line(struct arena *a, str s)
{
	char *p = arena_text(a, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (unsigned char)s.p[i] < ' ' || s.p[i] == 127 ? ' ' : s.p[i];
	return (str){ p, s.n };
}

str str_lower(struct arena *a, str s)
{
	char *p = arena_text(a, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = lower(s.p[i]);
	return (str){ p, s.n };
}

bool str_int(str s, int64_t *n)
{
	bool minus = s.n && s.p[0] == '-';
	uint64_t v = 0;

	if (minus)
		s = str_after(s, 1);
	if (s.n == 0 || s.n > 19)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v > (uint64_t)INT64_MAX)
		return false;
	*n = minus ? -(int64_t)v : (int64_t)v;
	return true;
}

/* Length of the UTF-8 sequence at p, 0 if it is not valid (RFC 3629). */
static size_t utf8_len(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		return n >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
	if ((p[0] & 0xF0) == 0xE0) {
		if (n < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
			return 0;
		if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F))
			return 0;
		return 3;
	}
	if (p[0] >= 0xF0 && p[0] <= 0xF4) {
		if (n < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80)
			return 0;
		if ((p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
			return 0;
		return 4;
	}
	return 0;
}

int64_t str_chars(str s)
{
	int64_t chars = 0;

	for (size_t i = 0; i < s.n; chars++) {
		size_t n = utf8_len((const unsigned char *)s.p + i, s.n - i);

		if (n == 0)
			return -1;
		i += n;
	}
	return chars;
}

/* -- Hangul (Unicode 3.12): a leading consonant, a vowel, and perhaps a trailing consonant make a syllable --------------------------- */

enum { LEAD = 0x1100, LEADS = 19, VOWEL = 0x1161, VOWELS = 21, TRAIL = 0x11a7, TRAILS = 28, SYLLABLE = 0xac00 };

/* The letter of three bytes that stands at i, as all of Hangul is; 0: something else. */
static uint32_t letter_at(str s, size_t i)
{
	const unsigned char *p = (const unsigned char *)s.p + i;

	if ((p[0] & 0xF0) != 0xE0 || s.n - i < 3 || utf8_len(p, 3) != 3)
		return 0;
	return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (uint32_t)(p[2] & 0x3F);
}

static bool joined(uint32_t *a, uint32_t b)
{
	if (*a >= LEAD && *a < LEAD + LEADS && b >= VOWEL && b < VOWEL + VOWELS) {
		*a = SYLLABLE + ((*a - LEAD) * VOWELS + (b - VOWEL)) * TRAILS;
		return true;
	}
	if (*a >= SYLLABLE && *a < SYLLABLE + LEADS * VOWELS * TRAILS && (*a - SYLLABLE) % TRAILS == 0 && b > TRAIL && b < TRAIL + TRAILS) {
		*a += b - TRAIL;
		return true;
	}
	return false;
}

static bool has_jamo(str s)
{
	for (size_t i = 0; i + 2 < s.n; i++)
		if ((unsigned char)s.p[i] == 0xE1 && letter_at(s, i) >= VOWEL && letter_at(s, i) < TRAIL + TRAILS)
			return true;
	return false;
}

str str_composed(struct arena *a, str s)
{
	char *p, *q;
	uint32_t last = 0;

	if (!has_jamo(s))
		return s;
	p = q = arena_text(a, s.n);     /* it only becomes shorter */
	for (size_t i = 0; i < s.n;) {
		uint32_t ch = letter_at(s, i);

		if (!ch) {
			*q++ = s.p[i++];
			last = 0;
			continue;
		}
		if (joined(&last, ch))
			q -= 3;
		else
			last = ch;
		*q++ = (char)(0xE0 | last >> 12);
		*q++ = (char)(0x80 | (last >> 6 & 0x3F));
		*q++ = (char)(0x80 | (last & 0x3F));
		i += 3;
	}
	return (str){ p, (size_t)(q - p) };
}

static uint32_t code_point(const unsigned char *p, size_t n)
{
	uint32_t v = n == 1 ? p[0] : p[0] & (0xFFu >> (n + 1));

	for (size_t i = 1; i < n; i++)
		v = v << 6 | (p[i] & 0x3Fu);
	return v;
}

/* Unicode 15: White_Space, and those of Default_Ignorable_Code_Point that people paste without knowing. */
static bool is_unseen(uint32_t v)
{
	static const struct { uint32_t first, last; } all[] = {
		{ 0x00, 0x20 }, { 0x7F, 0xA0 }, { 0xAD, 0xAD }, { 0x115F, 0x1160 }, { 0x1680, 0x1680 }, { 0x180E, 0x180E }, { 0x2000, 0x200F },
		{ 0x2028, 0x202F }, { 0x205F, 0x206F }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F },
		{ 0xFEFF, 0xFEFF }, { 0xFFA0, 0xFFA0 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (v >= all[i].first && v <= all[i].last)
			return true;
	return false;
}

bool str_is_blank(str s)
{
	for (size_t i = 0; i < s.n; ) {
		const unsigned char *p = (const unsigned char *)s.p + i;
		size_t n = utf8_len(p, s.n - i);

		if (n == 0 || !is_unseen(code_point(p, n)))
			return false;
		i += n;
	}
	return true;
}

/* -- white space: Unicode's separators, of one line ---------------------------------------------------------------------------------- */

/* The length of the one that stands at i; 0: none does. */
static size_t space_at(str s, size_t i)
{
	const unsigned char *p = (const unsigned char *)s.p + i;
	uint32_t v;

	if (p[0] == ' ')
		return 1;
	if (p[0] == 0xC2)
		return s.n - i > 1 && p[1] == 0xA0 ? 2 : 0;
	v = letter_at(s, i);
	return v == 0x1680 || (v >= 0x2000 && v <= 0x200A) || v == 0x2028 || v == 0x2029 || v == 0x202F || v == 0x205F || v == 0x3000 ? 3 : 0;
}

static bool is_single_spaced(str s)
{
	for (size_t i = 0, n; i < s.n; i++)
		if ((n = space_at(s, i)) && (n > 1 || i == 0 || i + 1 == s.n || s.p[i - 1] == ' '))
			return false;
	return true;
}

str str_single_spaced(struct arena *a, str s)
{
	char *p, *q;

	if (is_single_spaced(s))
		return s;
	p = q = arena_text(a, s.n);     /* it only becomes shorter */
	for (size_t i = 0, n; i < s.n; i += n ? n : 1) {
		n = space_at(s, i);
		if (!n)
			*q++ = s.p[i];
		else if (q > p && q[-1] != ' ')
			*q++ = ' ';
	}
	if (q > p && q[-1] == ' ')
		q--;
	return (str){ p, (size_t)(q - p) };
}

str str_without_tail(str s)
{
	for (size_t n = 1; s.n && n; s.n -= n) {
		char last = s.p[s.n - 1];

		n = last == ' ' || last == '\n' || last == '\t' ? 1 : 0;
		for (size_t wide = 2; !n && wide <= 3 && wide <= s.n; wide++)
			n = space_at(s, s.n - wide) == wide ? wide : 0;
	}
	return s;
}

uint32_t str_hash(str s)
{
	uint32_t h = 2166136261u;     /* FNV-1a */

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 16777619u;
	return h;
}

str str_hex(struct arena *a, const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;
	char *p = arena_text(a, 2 * n);

	for (size_t i = 0; i < n; i++) {
		p[2 * i] = digits[b[i] >> 4];
		p[2 * i + 1] = digits[b[i] & 15];
	}
	return (str){ p, 2 * n };
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_unhex(str s, void *bytes, size_t n)
{
	unsigned char *b = bytes;

	if (s.n != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int hi = hex_digit(s.p[2 * i]), lo = hex_digit(s.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		b[i] = (unsigned char)(hi << 4 | lo);
	}
	return true;
}

static str base64(struct arena *a, const unsigned char *b, size_t n, const char *alphabet, bool pad)
{
	char *p = arena_text(a, (n + 2) / 3 * 4), *q = p;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (uint32_t)(i + 1 < n ? b[i + 1] : 0) << 8 | (uint32_t)(i + 2 < n ? b[i + 2] : 0);

		*q++ = alphabet[v >> 18];
		*q++ = alphabet[v >> 12 & 63];
		if (i + 1 < n)
			*q++ = alphabet[v >> 6 & 63];
		else if (pad)
			*q++ = '=';
		if (i + 2 < n)
			*q++ = alphabet[v & 63];
		else if (pad)
			*q++ = '=';
	}
	return (str){ p, (size_t)(q - p) };
}

str str_base64(struct arena *a, const void *bytes, size_t n)
{
	return base64(a, bytes, n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

str str_base64url(struct arena *a, const void *bytes, size_t n)
{
	return base64(a, bytes, n, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

bool str_unbase64(struct arena *a, str s, str *out)
{
	char *p = arena_text(a, s.n + 1), *q = p;
	uint32_t v = 0;
	int bits = 0;

	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	if (s.n % 4 == 1)
		return false;     /* six bits are no byte */
	for (size_t i = 0; i < s.n; i++) {
		int d = base64_digit(s.p[i]);

		if (d < 0)
			return false;
		v = (v << 6 | (uint32_t)d) & 0xFFFFFF;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*q++ = (char)(v >> bits & 0xFF);
		}
	}
	*out = (str){ p, (size_t)(q - p) };
	return true;
}

str str_url_decode(struct arena *a, str s, bool plus)
{
	char *p, *q;

	if (!memchr(s.n ? s.p : "", '%', s.n) && !(plus && s.n && memchr(s.p, '+', s.n)))
		return s;
	p = q = arena_text(a, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && hex_digit(s.p[i + 1]) >= 0 && hex_digit(s.p[i + 2]) >= 0) {
			*q++ = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
			i += 2;
		} else {
			*q++ = plus && s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	return (str){ p, (size_t)(q - p) };
}

str str_url_encode(struct arena *a, str s)
{
	static const char digits[] = "0123456789ABCDEF";
	char *p = arena_text(a, s.n * 3), *q = p;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("-._~", c));

		if (plain) {
			*q++ = (char)c;
		} else {
			*q++ = '%';
			*q++ = digits[c >> 4];
			*q++ = digits[c & 15];
		}
	}
	return (str){ p, (size_t)(q - p) };
}
