/* web/cursor.c -- keyset cursors: the keys of the last row, bound by a MAC to the path and the filters. */
#include <string.h>

#include "web/crypto.h"
#include "web/lists.h"
#include "web/read.h"

struct packed {
	int64_t n[2];
	unsigned char back;
	unsigned char mac[10];
};
enum { PACKED = 27 };              /* bytes, without the padding: three make four letters, so no letter has bits to spare */

/* What is no filter: where one is, what is open beside the list, and what was done just now. */
static bool is_passing(const struct field *f)
{
	static const char *const names[] = { "cursor", "limit", "id", "done", NULL };

	for (int i = 0; names[i]; i++)
		if (strcmp(f->name, names[i]) == 0)
			return true;
	return f->kind == K_OBJ || f->kind == K_LIST;
}

/* Path and filters. An id that stands in the path is part of that. */
static void mac_of(struct request *rq, const struct packed *p, unsigned char out[32])
{
	struct buf b = buf_in(rq->ctx->arena);
	const struct shape *s = rq->route->in;

	buf_str(&b, rq->path);
	for (size_t i = 0; i < s->n; i++) {
		const struct field *f = &s->fields[i];

		if (is_passing(f))
			continue;
		buf_char(&b, '\n');
		buf_str(&b, shape_to_text(rq->ctx->arena, f, rq->in));
	}
	buf_add(&b, p->n, sizeof(p->n));
	buf_add(&b, &p->back, sizeof(p->back));
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
	if (!str_unbase64(rq->ctx->arena, text.v, &raw) || raw.n != PACKED)
		return fail(rq->ctx, &cursor_invalid, "cursor", "cursor", (str){ NULL, 0 });
	memcpy(&p, raw.p, PACKED);
	mac_of(rq, &p, mac);
	if (!crypto_same(mac, p.mac, sizeof(p.mac)))
		return fail(rq->ctx, &cursor_invalid, "cursor", "cursor", (str){ NULL, 0 });
	rq->cursor.set = true;
	rq->cursor.back = p.back != 0;
	memcpy(rq->cursor.n, p.n, sizeof(p.n));
	return OK;
}

static str cursor_of(struct request *rq, const int64_t n[2], bool back)
{
	unsigned char mac[32];
	struct packed p;

	memset(&p, 0, sizeof(p));
	memcpy(p.n, n, sizeof(p.n));
	p.back = back;
	mac_of(rq, &p, mac);
	memcpy(p.mac, mac, sizeof(p.mac));
	return str_base64url(rq->ctx->arena, &p, PACKED);
}

static str cursor_at(struct request *rq, const void *row, bool back, list_keys *keys)
{
	int64_t n[2] = { 0 };

	keys(row, n);
	return cursor_of(rq, n, back);
}

str cursor_next(struct request *rq, list *rows, size_t row_size, int64_t limit, list_keys *keys)
{
	if ((int64_t)rows->n <= limit)
		return (str){ NULL, 0 };
	rows->n = (size_t)limit;
	return cursor_at(rq, (char *)rows->p + row_size * (rows->n - 1), false, keys);
}

static void turn_round(struct ctx *c, list *rows, size_t row_size)
{
	char *to = arena_alloc(c->arena, rows->n * row_size + 1);

	for (size_t i = 0; i < rows->n; i++)
		memcpy(to + i * row_size, (char *)rows->p + (rows->n - 1 - i) * row_size, row_size);
	rows->p = to;
}

void list_page(struct request *rq, struct list_out *out, list rows, const struct shape *row, int64_t limit, list_keys *keys)
{
	bool back = rq->cursor.set && rq->cursor.back, more = (int64_t)rows.n > limit;

	*out = (struct list_out){ 0 };
	if (more)
		rows.n = (size_t)limit;
	if (back)
		turn_round(rq->ctx, &rows, row->size);
	out->data = rows;
	if (rows.n == 0)
		return;
	if (back || more)          /* going back, the row that the cursor names comes next */
		out->next_cursor = next_page(cursor_at(rq, (char *)rows.p + row->size * (rows.n - 1), false, keys));
	if (back ? more : rq->cursor.set)
		out->prev_cursor = next_page(cursor_at(rq, rows.p, true, keys));
}

/* Where nothing was found there is no row to name: the place where the looking stopped lies between the pages on either side. */
void list_page_so_far(struct request *rq, struct list_out *out, list rows, const struct shape *row, int64_t limit, list_keys *keys,
		      const struct keyset *stopped)
{
	bool back = rq->cursor.set && rq->cursor.back;
	opt_str on;

	list_page(rq, out, rows, row, limit, keys);
	if (!stopped->set || (int64_t)rows.n > limit)
		return;
	on = next_page(cursor_of(rq, stopped->n, back));
	*(back ? &out->prev_cursor : &out->next_cursor) = on;
	if (rows.n == 0 && rq->cursor.set)
		*(back ? &out->next_cursor : &out->prev_cursor) = next_page(cursor_of(rq, stopped->n, !back));
}
