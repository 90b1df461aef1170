/* core/buf.h -- text that grows, in an arena. */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include "core/str.h"

struct buf {
	struct arena *arena;
	char *p;
	size_t n;
	size_t room;
};

static inline struct buf buf_in(struct arena *a)
{
	return (struct buf){ a, NULL, 0, 0 };
}

static inline str buf_text(const struct buf *b)
{
	return (str){ b->p, b->n };
}

/* Makes room for n more bytes and returns where they go; the caller then adds to b->n what it wrote. */
char *buf_room(struct buf *, size_t n);

void buf_add(struct buf *, const void *bytes, size_t n);
void buf_str(struct buf *, str);
void buf_char(struct buf *, char);
void buf_int(struct buf *, int64_t);
void buf_fmt(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_json(struct buf *, str);      /* "…" with all that RFC 8259 wants escaped, and CR, U+2028, U+2029, <, >, & too */
void buf_html(struct buf *, str);      /* & < > " ' escaped: good in text and in quoted attributes */

#define buf_lit(b, literal) buf_add((b), "" literal, sizeof(literal) - 1)

#endif
