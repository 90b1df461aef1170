#include "core/buf.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"

char *buf_room(struct buf *b, size_t n)
{
	if (n > b->room - b->n) {
		size_t room = b->room ? b->room * 2 : 512;

		while (room < b->n + n)
			room *= 2;
		b->p = arena_grow(b->arena, b->p, b->room, room);
		b->room = room;
	}
	return b->p + b->n;
}

void buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (n) {
		memcpy(buf_room(b, n), bytes, n);
		b->n += n;
	}
}

void buf_str(struct buf *b, str s)
{
	buf_add(b, s.p, s.n);
}

void buf_char(struct buf *b, char c)
{
	*buf_room(b, 1) = c;
	b->n++;
}

void buf_int(struct buf *b, int64_t v)
{
	char digits[20], *p = digits + sizeof(digits);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u);
	if (v < 0)
		buf_char(b, '-');
	buf_add(b, p, (size_t)(digits + sizeof(digits) - p));
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n > 0) {
		vsnprintf(buf_room(b, (size_t)n + 1), (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

/* 0: copied as it is; else the letter after the backslash, or 'u'. */
static const char json_escape[256] = {
	['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['"'] = '"', ['\\'] = '\\',
	[0] = 'u', [1] = 'u', [2] = 'u', [3] = 'u', [4] = 'u', [5] = 'u', [6] = 'u', [7] = 'u', [11] = 'u', [14] = 'u', [15] = 'u',
	[16] = 'u', [17] = 'u', [18] = 'u', [19] = 'u', [20] = 'u', [21] = 'u', [22] = 'u', [23] = 'u', [24] = 'u', [25] = 'u',
	[26] = 'u', [27] = 'u', [28] = 'u', [29] = 'u', [30] = 'u', [31] = 'u', [127] = 'u', ['<'] = 'u', ['>'] = 'u', ['&'] = 'u',
};

void buf_json(struct buf *b, str s)
{
	size_t from = 0;

	buf_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char e = json_escape[c];

		if (c == 0xE2 && i + 2 < s.n && s.p[i + 1] == '\x80' && (s.p[i + 2] == '\xA8' || s.p[i + 2] == '\xA9')) {
			buf_add(b, s.p + from, i - from);
			buf_fmt(b, "\\u20%02x", (unsigned)((unsigned char)s.p[i + 2] - 0x80));
			i += 2;
			from = i + 1;
		} else if (e) {
			buf_add(b, s.p + from, i - from);
			if (e == 'u')
				buf_fmt(b, "\\u%04x", c);
			else {
				buf_char(b, '\\');
				buf_char(b, e);
			}
			from = i + 1;
		}
	}
	buf_add(b, s.p + from, s.n - from);
	buf_char(b, '"');
}

void buf_html(struct buf *b, str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		str e;

		switch (s.p[i]) {
		case '&': e = S("&amp;"); break;
		case '<': e = S("&lt;"); break;
		case '>': e = S("&gt;"); break;
		case '"': e = S("&quot;"); break;
		case '\'': e = S("&#39;"); break;
		default: continue;
		}
		buf_add(b, s.p + from, i - from);
		buf_str(b, e);
		from = i + 1;
	}
	buf_add(b, s.p + from, s.n - from);
}
