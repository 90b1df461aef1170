/* change/change_text.c -- what goes and what comes between two texts: by lines first, and by words where lines differ.
 *
 * E. Myers' algorithm (An O(ND) Difference Algorithm and Its Variations, 1986): long texts that are alike cost little. What differs in
 * more than DIFFERENCES places is no change but another text, and is shown as replaced as a whole; so two texts of 20,000 characters
 * take a few milliseconds, whatever they are. */
#include "change/change_private.h"

#include <string.h>

enum {
	DIFFERENCES = 400,         /* words, or lines, that go and come */
	FOLD_OVER = 240,           /* bytes that stay: more are folded to their ends */
	FOLD_END = 80,
	FOLD_LINES = 4,
};

struct token {
	str s;
	uint32_t hash;
};

struct tokens {
	struct token *t;
	size_t n;
};

struct diffing {
	struct ctx *c;
	struct diff_part *parts;
	size_t n, room;
	bool apart;                /* each token is a part of its own */
};

static void add(struct diffing *d, str s, bool ins, bool del)
{
	struct diff_part *last = d->n ? &d->parts[d->n - 1] : NULL;

	if (!s.n && !d->apart)
		return;
	/* Neighbours in the same text stand side by side in memory. */
	if (last && !d->apart && last->ins == ins && last->del == del && last->text.p + last->text.n == s.p) {
		last->text.n += s.n;
		return;
	}
	if (d->n == d->room) {
		struct diff_part *more = arena_array(d->c->arena, struct diff_part, d->room * 2);

		memcpy(more, d->parts, d->n * sizeof(*more));
		d->parts = more;
		d->room *= 2;
	}
	d->parts[d->n++] = (struct diff_part){ s, ins, del };
}

static struct diffing begin(struct ctx *c, bool apart)
{
	return (struct diffing){ c, arena_array(c->arena, struct diff_part, 64), 0, 64, apart };
}

static bool same(const struct token *a, const struct token *b)
{
	return a->hash == b->hash && str_eq(a->s, b->s);
}

static bool is_space(char ch)
{
	return ch == ' ' || ch == '\n' || ch == '\t';
}

/* Lines keep their line break; words and the white space between them are tokens alike. */
static size_t token_end(str s, size_t from, bool lines)
{
	size_t i = from;

	if (lines) {
		while (i < s.n && s.p[i] != '\n')
			i++;
		return i < s.n ? i + 1 : i;
	}
	while (i < s.n && is_space(s.p[i]) == is_space(s.p[from]))
		i++;
	return i;
}

static struct tokens cut(struct ctx *c, str s, bool lines)
{
	struct tokens out = { NULL, 0 };
	size_t n = 0, from;

	for (from = 0; from < s.n; from = token_end(s, from, lines))
		n++;
	out.t = arena_array(c->arena, struct token, n + 1);
	for (from = 0; from < s.n; ) {
		size_t end = token_end(s, from, lines);
		str t = { s.p + from, end - from };

		out.t[out.n++] = (struct token){ t, str_hash(t) };
		from = end;
	}
	return out;
}

typedef void differ(struct diffing *, struct tokens a, struct tokens b);

static void put_all(struct diffing *d, struct tokens t, bool ins, bool del)
{
	for (size_t i = 0; i < t.n; i++)
		add(d, t.t[i].s, ins, del);
}

static void put_replaced(struct diffing *d, struct tokens a, struct tokens b)
{
	put_all(d, a, false, true);
	put_all(d, b, true, false);
}

static struct tokens slice(struct tokens t, size_t from, size_t to)
{
	return (struct tokens){ t.t + from, to - from };
}

/* How far the paths with d differences have come, on each diagonal k = x - y from -d to d; one row for each d, behind each other. */
struct paths {
	int32_t *x;
	int64_t d;                 /* of the path that has come to the end */
};

static int32_t reached(const struct paths *p, int64_t d, int64_t k)
{
	return p->x[d * d + d + k];
}

/* Did the path on diagonal k come from the one above, by a word that comes? Else by one that goes. */
static bool came_down(const struct paths *p, int64_t d, int64_t k)
{
	return k == -d || (k != d && reached(p, d - 1, k - 1) < reached(p, d - 1, k + 1));
}

static bool find_path(struct tokens a, struct tokens b, struct paths *p, int64_t most)
{
	int64_t n = (int64_t)a.n, m = (int64_t)b.n;

	for (p->d = 0; p->d <= most; p->d++)
		for (int64_t d = p->d, k = -d; k <= d; k += 2) {
			int64_t x = d == 0 ? 0 : came_down(p, d, k) ? reached(p, d - 1, k + 1) : reached(p, d - 1, k - 1) + 1;

			while (x < n && x - k < m && same(&a.t[x], &b.t[x - k]))
				x++;
			p->x[d * d + d + k] = (int32_t)x;
			if (x >= n && x - k >= m)
				return true;
		}
	return false;
}

/* The tokens of b that those of a are the same as, back along the path; -1: none. */
static void go_back(const struct paths *p, int64_t x, int64_t y, int32_t *twin)
{
	for (int64_t d = p->d; d >= 0; d--) {
		int64_t k = x - y, from = d == 0 ? 0 : came_down(p, d, k) ? k + 1 : k - 1, px = d == 0 ? 0 : reached(p, d - 1, from);

		while (x > px && y > px - from && x > 0 && y > 0) {
			x--;
			y--;
			twin[x] = (int32_t)y;
		}
		x = px;
		y = px - from;
	}
}

/* What is common stays, what lies between is handed to `between`. */
static void walk(struct diffing *d, struct tokens a, struct tokens b, const int32_t *twin, differ *between)
{
	size_t p = 0, q = 0;

	for (size_t i = 0; i < a.n; i++) {
		size_t j = (size_t)twin[i];

		if (twin[i] < 0)
			continue;
		between(d, slice(a, p, i), slice(b, q, j));
		add(d, b.t[j].s, false, false);
		p = i + 1;
		q = j + 1;
	}
	between(d, slice(a, p, a.n), slice(b, q, b.n));
}

static void compare(struct diffing *d, struct tokens a, struct tokens b, differ *between)
{
	int64_t most = a.n + b.n < DIFFERENCES ? (int64_t)(a.n + b.n) : DIFFERENCES;
	struct paths p = { NULL, 0 };
	struct arena_mark mark;
	int32_t *twin;
	bool found;

	if (!a.n || !b.n) {
		between(d, a, b);
		return;
	}
	twin = arena_array(d->c->arena, int32_t, a.n);
	memset(twin, 0xFF, a.n * sizeof(*twin));
	mark = arena_mark(d->c->arena);
	p.x = arena_array(d->c->arena, int32_t, (size_t)((most + 1) * (most + 1)));
	found = find_path(a, b, &p, most);
	if (found)
		go_back(&p, (int64_t)a.n, (int64_t)b.n, twin);
	arena_rewind(d->c->arena, mark);
	if (!found) {
		between(d, a, b);
		return;
	}
	walk(d, a, b, twin, between);
}

/* Equal beginnings and ends cost nothing. */
static void diff_tokens(struct diffing *d, struct tokens a, struct tokens b, differ *between)
{
	size_t head = 0, tail = 0;

	while (head < a.n && head < b.n && same(&a.t[head], &b.t[head]))
		head++;
	while (tail < a.n - head && tail < b.n - head && same(&a.t[a.n - 1 - tail], &b.t[b.n - 1 - tail]))
		tail++;
	put_all(d, slice(b, 0, head), false, false);
	compare(d, slice(a, head, a.n - tail), slice(b, head, b.n - tail), between);
	put_all(d, slice(b, b.n - tail, b.n), false, false);
}

static str joined(struct tokens t)
{
	return t.n ? (str){ t.t[0].s.p, (size_t)(t.t[t.n - 1].s.p + t.t[t.n - 1].s.n - t.t[0].s.p) } : (str){ NULL, 0 };
}

/* Lines that differ: word by word. */
static void diff_words_of(struct diffing *d, struct tokens a, struct tokens b)
{
	if (a.n || b.n)
		diff_tokens(d, cut(d->c, joined(a), false), cut(d->c, joined(b), false), put_replaced);
}

list change_diff_text(struct ctx *c, str from, str to)
{
	struct diffing d = begin(c, false);

	diff_tokens(&d, cut(c, from, true), cut(c, to, true), diff_words_of);
	return (list){ d.parts, d.n };
}

list change_diff_lines(struct ctx *c, str from, str to)
{
	struct diffing d = begin(c, true);

	diff_tokens(&d, cut(c, from, true), cut(c, to, true), put_replaced);
	return (list){ d.parts, d.n };
}

/* -- folded ---------------------------------------------------------------------------------------------------------------- */

/* Not within a character. */
static size_t boundary(str s, size_t at)
{
	while (at < s.n && ((unsigned char)s.p[at] & 0xC0) == 0x80)
		at++;
	return at;
}

list change_fold(struct ctx *c, list parts)
{
	struct diff_part *p = parts.p;

	for (size_t i = 0; i < parts.n; i++) {
		str s = p[i].text;
		size_t head = i > 0 ? boundary(s, FOLD_END) : 0, tail = i + 1 < parts.n ? boundary(s, s.n < FOLD_END ? 0 : s.n - FOLD_END) : s.n;

		if (!p[i].ins && !p[i].del && s.n > FOLD_OVER)
			p[i].text = str_fmt(c->arena, "%.*s … %.*s", (int)head, s.p, (int)(s.n - tail), s.p + tail);
	}
	return parts;
}

static bool stays(const struct diff_part *p)
{
	return !p->ins && !p->del;
}

/* Each line a part without its break; of many lines that stay, the first and the last of them. */
list change_fold_lines(struct ctx *c, list lines)
{
	struct diff_part *p = lines.p, *out = arena_array(c->arena, struct diff_part, lines.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < lines.n; ) {
		size_t end = i;

		while (end < lines.n && stays(&p[end]))
			end++;
		for (; i < end; i++) {
			if (end - i > FOLD_LINES && n && stays(&out[n - 1])) {
				out[n++] = (struct diff_part){ .text = S("…") };
				i = end - 1;
			}
			out[n++] = p[i];
		}
		if (i < lines.n)
			out[n++] = p[i++];
	}
	for (size_t i = 0; i < n; i++)
		if (str_ends(out[i].text, S("\n")))
			out[i].text.n--;
	return (list){ out, n };
}
