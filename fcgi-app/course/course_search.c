/* course/course_search.c -- which courses have all these words: candidates from the index, verified in the text. */
#include "course/course_search.h"

#include <stdlib.h>

#include "course/course_private.h"

enum {
	PAIRS_COUNTED = 12,          /* of a question: the first ones in the order of their letters; with the marks 16 at most, more counts in one
	                              * statement are too many for the server */
	PAIRS_USED = 6,              /* the rarest of them; the rest is left to the text */
	RARE_ENOUGH = 64,            /* rows up to which they are counted */
	LOOKED_AT = 40,              /* candidates read at once */
	ROWS_AT_ONCE = 400,          /* of the index */
	ROWS_MOST = 1000000,
	FEW = 1000,                  /* candidates that are sorted rather than met on the way through the order */
	WALKED_AT_ONCE = 4000,
};

/* Sixty courses, and which of them. */
struct row {
	int64_t block, bits;
};
static const struct shape row_shape = SHAPE("GramRow", struct row, F(block), F(bits));

struct counted {
	int64_t n, found;
	str gram;
};
static const struct shape counted_shape = SHAPE("GramCount", struct counted, F(n), F(found));

struct place {
	int64_t id;
	when enrol_opens_at;
};
static const struct shape place_shape = SHAPE("CoursePlace", struct place, F(id), F(enrol_opens_at));

struct search {
	struct ctx *c;
	const struct course_filter *f;
	list words;
	str grams[PAIRS_USED + 5];
	size_t n_grams;
	struct course *out;                 /* limit + 1 */
	size_t n;
	int64_t look_most, looked;          /* at so many candidates */
	struct keyset last;                 /* the one that was looked at last */
};

/* -- which pairs -- */

static int by_rarity(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	return (x->found > y->found) - (x->found < y->found);
}

/* One text for each power of two: the last pair fills it up. */
static void count(struct ctx *c, struct counted *g, size_t n)
{
	struct query q = query_from(c, "");
	size_t wide = 1;
	list l;

	while (wide < n)
		wide *= 2;
	for (size_t i = 0; i < wide; i++) {
		size_t k = i < n ? i : n - 1;

		query_add(&q, i ? " UNION ALL SELECT ?" : "SELECT ? AS n", arg((int64_t)k));
		query_add(&q, i ? ", COUNT(*) FROM (SELECT 1 FROM course_gram WHERE gram = ? LIMIT ?) g"
				: ", COUNT(*) AS found FROM (SELECT 1 FROM course_gram WHERE gram = ? LIMIT ?) g", arg(g[k].gram), arg((int64_t)RARE_ENOUGH));
	}
	l = query_all(c, &q, &counted_shape);
	for (size_t i = 0; i < l.n; i++)
		g[((struct counted *)l.p)[i].n].found = ((struct counted *)l.p)[i].found;
}

static size_t pairs_of(struct search *s, struct counted *g)
{
	struct buf b = buf_in(s->c->arena);
	const str *w = s->words.p;
	list pairs;
	size_t n = 0;

	for (size_t i = 0; i < s->words.n; i++) {
		buf_str(&b, w[i]);
		buf_char(&b, ' ');
	}
	pairs = course_grams(s->c, buf_text(&b), false);
	for (; n < pairs.n && n < PAIRS_COUNTED; n++)
		g[n] = (struct counted){ 0, 0, ((const str *)pairs.p)[n] };
	return n;
}

static size_t marks_of(struct search *s, struct counted *g)
{
	const struct course_filter *f = s->f;
	size_t n = 0;

	if (f->category_id.set)
		g[n++].gram = course_mark(s->c, 'c', f->category_id.v);
	if (f->instructor_id.set)
		g[n++].gram = course_mark(s->c, 'i', f->instructor_id.v);
	if (f->term_id.set)
		g[n++].gram = course_mark(s->c, 't', f->term_id.v);
	if (f->has_status)
		g[n++].gram = str_fmt(s->c->arena, "\1s%s", course_statuses[f->status]);
	return n;
}

/* The rarest first. false: one of them is nowhere. */
static bool choose(struct search *s)
{
	struct counted g[PAIRS_COUNTED + 4] = { { 0 } };
	size_t n_pairs = pairs_of(s, g), n = n_pairs + marks_of(s, g + n_pairs), pairs_used = 0;

	count(s->c, g, n);
	qsort(g, n, sizeof(*g), by_rarity);
	for (size_t i = 0; i < n; i++) {
		bool mark = *g[i].gram.p == '\1';

		if (g[i].found == 0)
			return false;
		if (mark || pairs_used++ < PAIRS_USED)
			s->grams[s->n_grams++] = g[i].gram;
	}
	if (!s->f->drafts)
		s->grams[s->n_grams++] = S("\1p");
	return true;
}

/* -- candidates -- */

static void put_all_bits(struct query *q, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[] = { i ? '&' : ' ', (char)('a' + i), '.', 'b', 'i', 't', 's', '\0' };

		query_add(q, name + (i == 0));
	}
}

/* Rows of the index in which all pairs have a course in common, in the order of the blocks. */
static list candidates(struct search *s, int64_t from, int64_t to, bool descending, int64_t limit)
{
	struct query q = query_from(s->c, "SELECT STRAIGHT_JOIN a.block, ");

	put_all_bits(&q, s->n_grams);
	query_add(&q, " AS bits FROM course_gram a");
	for (size_t i = 1; i < s->n_grams; i++) {
		char join[] = " JOIN course_gram ?", on[] = " ON ?.block = a.block AND ", gram[] = "?.gram = ?";

		join[sizeof(join) - 2] = on[4] = gram[0] = (char)('a' + i);
		query_add(&q, join);
		query_add(&q, on);
		query_add(&q, gram, arg(s->grams[i]));
		query_add(&q, " AND (");
		put_all_bits(&q, i + 1);
		query_add(&q, ") <> 0");
	}
	query_add(&q, " WHERE a.gram = ? AND a.block BETWEEN ? AND ? AND a.bits <> 0 ORDER BY a.block", arg(s->grams[0]), arg(from), arg(to));
	query_add(&q, descending ? " DESC LIMIT ?" : " LIMIT ?", arg(limit));
	return query_all(s->c, &q, &row_shape);
}

/* -- what candidates say -- */

static bool full(const struct search *s)
{
	return s->n > (size_t)s->f->limit;
}

/* Words whose pairs are everywhere and meet nowhere have all courses for candidates. */
static bool tired(const struct search *s)
{
	return s->looked >= s->look_most;
}

static bool done(const struct search *s)
{
	return full(s) || tired(s);
}

static size_t at_once(const struct search *s)
{
	return s->look_most - s->looked < LOOKED_AT ? (size_t)(s->look_most - s->looked) : LOOKED_AT;
}

/* Those of the courses whose text has the words, in the order given. */
static void look_at(struct search *s, const int64_t *ids, size_t n)
{
	struct query q = query_from(s->c, "SELECT STRAIGHT_JOIN " COURSE_COLUMNS
		" FROM JSON_TABLE(?, '$[*]' COLUMNS(at FOR ORDINALITY, id BIGINT PATH '$')) j JOIN course k ON k.id = j.id"
		" JOIN course_text t ON t.course_id = k.id" COURSE_JOINS "WHERE ");
	struct buf b = buf_in(s->c->arena);
	const struct course *found;
	list l;

	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, "%c%lld", i ? ',' : '[', (long long)ids[i]);
	buf_char(&b, ']');
	query_add(&q, "", arg(buf_text(&b)));
	query_add(&q, s->f->drafts ? "TRUE" : "k.published");
	course_query_words(s->c, &q, s->words);
	query_add(&q, " ORDER BY j.at");
	l = query_all(s->c, &q, &course_row_shape);
	found = l.p;
	for (size_t i = 0; i < l.n && !full(s); i++)
		s->out[s->n++] = found[i];
	s->looked += (int64_t)n;
}

/* -- the newest first -- */

static void by_id(struct search *s)
{
	const struct keyset *from = &s->f->from;
	bool up = from->set && from->back;
	int64_t first = 0, last = INT64_MAX / 2, ids[LOOKED_AT];
	size_t n = 0;

	if (from->set && up)
		first = from->n[0] / COURSES_PER_ROW;
	else if (from->set)
		last = from->n[0] / COURSES_PER_ROW;
	while (!done(s)) {
		list rows = candidates(s, first, last, !up, ROWS_AT_ONCE);
		const struct row *r = rows.p;

		for (size_t i = 0; i < rows.n && !done(s); i++)
			for (int j = 0; j < COURSES_PER_ROW && !done(s); j++) {
				int bit = up ? j : COURSES_PER_ROW - 1 - j;
				int64_t id = r[i].block * COURSES_PER_ROW + bit;

				if (!(r[i].bits >> bit & 1) || (from->set && (up ? id <= from->n[0] : id >= from->n[0])))
					continue;
				ids[n++] = id;
				s->last = (struct keyset){ true, up, { id, 0 } };
				if (n == at_once(s)) {
					look_at(s, ids, n);
					n = 0;
				}
			}
		if (rows.n < ROWS_AT_ONCE)
			break;
		if (up)
			first = r[rows.n - 1].block + 1;
		else
			last = r[rows.n - 1].block - 1;
	}
	if (n && !done(s))
		look_at(s, ids, n);
}

/* -- by opening -- */

static void put_order(struct query *q, const struct course_filter *f, int64_t limit)
{
	static const struct sort_key by_opening[] = { { "k.enrol_opens_at", .moment = true }, { "k.id", .descending = false } };

	query_keyset(q, &f->from, by_opening, 2, limit - 1);
}

static void look_at_places(struct search *s, const struct place *p, size_t n, bool (*is_one)(const list *, int64_t id), const list *rows)
{
	int64_t ids[LOOKED_AT];
	size_t m = 0;

	for (size_t i = 0; i < n && !done(s); i++) {
		if (is_one && !is_one(rows, p[i].id))
			continue;
		ids[m++] = p[i].id;
		s->last = (struct keyset){ true, s->f->from.set && s->f->from.back, { p[i].enrol_opens_at.us, p[i].id } };
		if (m == at_once(s)) {
			look_at(s, ids, m);
			m = 0;
		}
	}
	if (m && !done(s))
		look_at(s, ids, m);
}

/* Few: all of them, put in order. */
static void sort_few(struct search *s, list rows)
{
	struct query q = query_from(s->c, "SELECT STRAIGHT_JOIN k.id, k.enrol_opens_at FROM "
		"JSON_TABLE(?, '$[*]' COLUMNS(id BIGINT PATH '$')) j JOIN course k ON k.id = j.id WHERE TRUE");
	struct buf b = buf_in(s->c->arena);
	const struct row *r = rows.p;
	list places;

	buf_char(&b, '[');
	for (size_t i = 0; i < rows.n; i++)
		for (int j = 0; j < COURSES_PER_ROW; j++)
			if (r[i].bits >> j & 1) {
				if (b.n > 1)
					buf_char(&b, ',');
				buf_int(&b, r[i].block * COURSES_PER_ROW + j);
			}
	buf_char(&b, ']');
	query_add(&q, "", arg(buf_text(&b)));
	put_order(&q, s->f, FEW + 1);
	places = query_all(s->c, &q, &place_shape);
	look_at_places(s, places.p, places.n, NULL, NULL);
}

static int row_order(const void *key, const void *row)
{
	int64_t block = *(const int64_t *)key;

	return (block > ((const struct row *)row)->block) - (block < ((const struct row *)row)->block);
}

static bool is_candidate(const list *rows, int64_t id)
{
	int64_t block = id / COURSES_PER_ROW;
	const struct row *r = bsearch(&block, rows->p, rows->n, sizeof(struct row), row_order);

	return r && (r->bits >> (id % COURSES_PER_ROW) & 1);
}

/* Many: they are met soon on the way through the order. */
static void walk(struct search *s, list rows)
{
	const struct row *r = rows.p;
	struct course_filter at = *s->f;
	int64_t step = WALKED_AT_ONCE / 8;

	while (!done(s)) {
		struct query q = query_from(s->c, "SELECT k.id, k.enrol_opens_at FROM course k FORCE INDEX (course_by_opening) WHERE k.id BETWEEN ? AND ?");
		const struct place *p;
		list places;

		query_add(&q, "", arg(r[0].block * COURSES_PER_ROW), arg((r[rows.n - 1].block + 1) * COURSES_PER_ROW));
		put_order(&q, &at, step);
		places = query_all(s->c, &q, &place_shape);
		p = places.p;
		look_at_places(s, p, places.n, is_candidate, &rows);
		if (places.n < (size_t)step)
			return;
		at.from.set = true;
		at.from.n[0] = p[places.n - 1].enrol_opens_at.us;
		at.from.n[1] = p[places.n - 1].id;
		step = WALKED_AT_ONCE;
	}
}

static void by_opening(struct search *s)
{
	list rows = candidates(s, 0, INT64_MAX / 2, false, ROWS_MOST);
	const struct row *r = rows.p;
	int64_t n = 0;

	for (size_t i = 0; i < rows.n; i++)
		n += __builtin_popcountll((unsigned long long)r[i].bits);
	if (n > FEW)
		walk(s, rows);
	else if (n)
		sort_few(s, rows);
}

list course_search(struct ctx *c, const struct course_filter *f, list words)
{
	struct search s = { .c = c, .f = f, .words = words, .look_most = f->look_most ? f->look_most : COURSE_LOOK_MOST };

	s.out = arena_array(c->arena, struct course, (size_t)f->limit + 1);
	if (!(f->has_status && f->status == COURSE_DRAFT && !f->drafts) && choose(&s)) {
		if (f->sort == COURSE_OPENING)
			by_opening(&s);
		else
			by_id(&s);
	}
	if (f->stopped)
		*f->stopped = tired(&s) && !full(&s) ? s.last : (struct keyset){ 0 };
	return (list){ s.out, s.n };
}
