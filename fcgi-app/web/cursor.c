/* web/cursor.c -- keyset cursors: the keys of the last row, bound by a MAC to the path and the filters. */
#include <string.h>

#include "web/crypto.h"
#include "web/read.h"

struct packed {
	int64_t n[2];
	unsigned char mac[8];
};

/* Path and filters: everything in the input but cursor and limit. */
static void mac_of(struct request *rq, const int64_t n[2], unsigned char out[32])
{
	struct buf b = buf_in(rq->ctx->arena);
	const struct shape *s = rq->route->in;

	buf_str(&b, rq->path);
	for (size_t i = 0; i < s->n; i++) {
		const struct field *f = &s->fields[i];

		if (strcmp(f->name, "cursor") == 0 || strcmp(f->name, "limit") == 0 || f->kind == K_OBJ || f->kind == K_LIST)
			continue;
		buf_char(&b, '\n');
		buf_str(&b, shape_to_text(rq->ctx->arena, f, rq->in));
	}
	buf_add(&b, n, sizeof(int64_t) * 2);
	crypto_mac(rq->ctx, "cursor", buf_text(&b), out);
}

outcome cursor_read(struct request *rq)
{
	const struct field *f = rq->route->in ? shape_field(rq->route->in, S("cursor")) : NULL;
	unsigned char mac[32];
	struct packed p;
	opt_str text;
	str raw;

	if (!f || f->kind != K_OPT_STR)
		return OK;
	text = *(opt_str *)shape_at(rq->in, f);
	if (!text.set)
		return OK;
	if (!str_unbase64(rq->ctx->arena, text.v, &raw) || raw.n != sizeof(p))
		return fail(rq->ctx, &cursor_invalid, "cursor", "cursor", (str){ NULL, 0 });
	memcpy(&p, raw.p, sizeof(p));
	mac_of(rq, p.n, mac);
	if (!crypto_same(mac, p.mac, sizeof(p.mac)))
		return fail(rq->ctx, &cursor_invalid, "cursor", "cursor", (str){ NULL, 0 });
	rq->cursor.set = true;
	memcpy(rq->cursor.n, p.n, sizeof(p.n));
	return OK;
}

str cursor_next(struct request *rq, list *rows, size_t row_size, int64_t limit, void (*keys)(const void *row, int64_t n[2]))
{
	unsigned char mac[32];
	struct packed p;

	if ((int64_t)rows->n <= limit)
		return (str){ NULL, 0 };
	rows->n = (size_t)limit;
	memset(&p, 0, sizeof(p));
	keys((char *)rows->p + row_size * (rows->n - 1), p.n);
	mac_of(rq, p.n, mac);
	memcpy(p.mac, mac, sizeof(p.mac));
	return str_base64url(rq->ctx->arena, &p, sizeof(p));
}
