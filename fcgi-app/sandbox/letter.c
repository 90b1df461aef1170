#include "sandbox/letter.h"

#include <string.h>

#include "core/buf.h"

/* ---- headers ---- */

/* Takes the next header, with its folded lines, off the front. false: the headers are over, *rest is the body. */
static bool next_header(str *rest, str *name, str *value)
{
	size_t end = 0;
	str line;

	if (rest->n == 0 || rest->p[0] == '\n' || str_starts(*rest, S("\r\n"))) {
		*rest = str_after(*rest, rest->n && rest->p[0] == '\r' ? 2 : 1);
		return false;
	}
	do {
		const char *lf = memchr(rest->p + end, '\n', rest->n - end);

		end = lf ? (size_t)(lf - rest->p) + 1 : rest->n;
	} while (end < rest->n && (rest->p[end] == ' ' || rest->p[end] == '\t'));
	line = (str){ rest->p, end };
	*rest = str_after(*rest, end);
	str_split(line, ':', name, value);
	*value = str_trim(*value);
	return true;
}

static str header(str raw, str wanted)
{
	str name, value;

	while (next_header(&raw, &name, &value))
		if (str_eq_nocase(name, wanted))
			return value;
	return S("");
}

static str body_of(str raw)
{
	str name, value;

	while (next_header(&raw, &name, &value))
		;
	return raw;
}

bool letter_was_delivered_to(str raw, str address)
{
	str name, value;

	while (next_header(&raw, &name, &value))
		if (str_eq_nocase(name, S("Delivered-To")) && str_eq_nocase(value, address))
			return true;
	return false;
}

/* ---- encodings ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static str quoted_printable(struct ctx *c, str s, bool in_header)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < s.n; i++) {
		int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;

		if (s.p[i] == '=' && high >= 0 && low >= 0) {
			buf_char(&b, (char)(high << 4 | low));
			i += 2;
		} else if (s.p[i] == '=' && !in_header) {
			while (i + 1 < s.n && s.p[i] != '\n')     /* a soft line break */
				i++;
		} else {
			buf_char(&b, in_header && s.p[i] == '_' ? ' ' : s.p[i]);
		}
	}
	return buf_text(&b);
}

static str base64(struct ctx *c, str s)
{
	struct buf b = buf_in(c->arena);
	str out;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > ' ')
			buf_char(&b, s.p[i]);
	return str_unbase64(c->arena, buf_text(&b), &out) ? out : S("");
}

/* One "=?UTF-8?B?…?=" at the front of s; *n is its length. */
static bool encoded_word(struct ctx *c, str s, str *text, size_t *n)
{
	str charset, kind, words;
	size_t end;

	if (!str_starts(s, S("=?")) || !str_split(str_after(s, 2), '?', &charset, &kind) ||
	    !str_split(kind, '?', &kind, &words) || !str_find(words, S("?="), &end) || kind.n != 1)
		return false;
	*n = (size_t)(words.p - s.p) + end + 2;
	words.n = end;
	*text = (kind.p[0] | 32) == 'b' ? base64(c, words) : quoted_printable(c, words, true);
	return true;
}

static void add_unfolded(struct buf *b, str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r' && s.p[i] != '\n')
			buf_char(b, s.p[i]);
}

static str decode_header(struct ctx *c, str s)
{
	struct buf b = buf_in(c->arena);
	bool after_word = false;
	str word;
	size_t n;

	while (s.n > 0) {
		size_t blank = 0;

		while (blank < s.n && strchr(" \t\r\n", s.p[blank]))
			blank++;
		if (encoded_word(c, str_after(s, blank), &word, &n)) {
			if (!after_word)                   /* white space between two encoded words is none */
				add_unfolded(&b, (str){ s.p, blank });
			buf_str(&b, word);
			s = str_after(s, blank + n);
			after_word = true;
			continue;
		}
		add_unfolded(&b, (str){ s.p, blank });
		if (blank < s.n)
			buf_char(&b, s.p[blank++]);
		s = str_after(s, blank);
		after_word = false;
	}
	return buf_text(&b);
}

/* ---- bodies ---- */

static str without_cr(struct ctx *c, str s)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n')
			buf_char(&b, s.p[i]);
	return buf_text(&b);
}

static str decode_body(struct ctx *c, str part)
{
	str how = header(part, S("Content-Transfer-Encoding")), body = body_of(part);

	if (str_eq_nocase(how, S("base64")))
		body = base64(c, body);
	else if (str_eq_nocase(how, S("quoted-printable")))
		body = quoted_printable(c, body, false);
	return without_cr(c, body);
}

static str boundary_of(struct ctx *c, str type)
{
	size_t at;
	str b;

	if (!str_find(str_lower(c->arena, type), S("boundary="), &at))
		return S("");
	b = str_after(type, at + 9);
	if (str_starts(b, S("\"")))
		str_split(str_after(b, 1), '"', &b, &(str){ NULL, 0 });
	else
		str_split(b, ';', &b, &(str){ NULL, 0 });
	return str_join(c->arena, S("--"), str_trim(b));
}

static str plain_text(struct ctx *c, str part, int depth)
{
	str type = header(part, S("Content-Type")), boundary, rest, text;
	size_t from, to;

	if (!str_starts(str_lower(c->arena, type), S("multipart/")) || depth > 4)
		return type.n == 0 || str_starts(str_lower(c->arena, type), S("text/plain")) ? decode_body(c, part) : S("");
	boundary = boundary_of(c, type);
	rest = body_of(part);
	while (boundary.n > 2 && str_find(rest, boundary, &from)) {
		rest = str_after(rest, from + boundary.n);
		if (str_starts(rest, S("--")))
			break;
		rest = str_after(rest, str_starts(rest, S("\r\n")) ? 2 : 1);
		if (!str_find(rest, boundary, &to))
			break;
		text = plain_text(c, (str){ rest.p, to }, depth + 1);
		if (text.n)
			return text;
	}
	return S("");
}

void letter_read(struct ctx *c, str raw, struct letter *l)
{
	l->subject = decode_header(c, header(raw, S("Subject")));
	l->message_id = header(raw, S("Message-ID"));
	l->text = plain_text(c, raw, 0);
}
