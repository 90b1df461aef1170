#include "core/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/ctx.h"

/* A line is one write(2), so lines of many threads and processes never mix; what is too long is cut. */
enum { LINE_MAX_BYTES = 16 * 1024, VALUE_MAX = 2000, TAIL = 8 };

static const char *const level_names[] = { "info", "warn", "error" };

/* What a careless caller may name: it still never reaches a log. */
static bool is_secret(str name)
{
	static const char *const parts[] = { "password", "secret", "token", "cookie", "authorization", "csrf", "payment_key" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (str_find(name, str_of(parts[i]), NULL))
			return true;
	return false;
}

/* As much of s as fits, whatever of it has to be escaped, and always valid UTF-8. */
static void put_text(struct buf *b, str s)
{
	size_t fits = (b->room - b->n - TAIL) / 6;
	char ascii[VALUE_MAX];

	if (fits > VALUE_MAX)
		fits = VALUE_MAX;
	if (s.n > fits)
		for (s.n = fits; s.n && ((unsigned char)s.p[s.n] & 0xC0) == 0x80; s.n--)
			;
	if (str_chars(s) < 0) {
		for (size_t i = 0; i < s.n; i++)
			ascii[i] = (unsigned char)s.p[i] < 0x80 ? s.p[i] : '?';
		s.p = ascii;
	}
	buf_json(b, s);
}

static void put_pair(struct buf *b, const char *name, str value)
{
	size_t n = strlen(name);

	if (b->room - b->n < n + 64)
		return;
	buf_lit(b, ",\"");
	buf_add(b, name, n);
	buf_lit(b, "\":");
	put_text(b, is_secret((str){ name, n }) ? S("***") : value);
}

void log_write(const struct ctx *c, enum log_level level, const char *message, ...)
{
	char line[LINE_MAX_BYTES];
	struct buf b = { NULL, line, 0, sizeof(line) };
	int before = errno;
	const char *name;
	ssize_t written;
	va_list ap;

	buf_lit(&b, "{\"time\":\"");
	b.n += when_write(when_now(), buf_room(&b, 32));
	buf_lit(&b, "\"");
	put_pair(&b, "level", str_of(level_names[level]));
	put_pair(&b, "msg", str_of(message));
	if (c && c->request_id.n)
		put_pair(&b, "request_id", c->request_id);
	if (c && c->trace.trace_id[0])
		put_pair(&b, "trace_id", str_of(c->trace.trace_id));
	va_start(ap, message);
	while ((name = va_arg(ap, const char *)))
		put_pair(&b, name, va_arg(ap, str));
	va_end(ap);
	buf_lit(&b, "}\n");
	written = write(STDERR_FILENO, b.p, b.n);
	(void)written;     /* if that fails, nobody is left to tell */
	errno = before;
}
