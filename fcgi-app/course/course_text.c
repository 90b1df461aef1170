/* course/course_text.c -- the index that courses are found by, kept in the transaction that changes a course. */
#include <stdlib.h>
#include <string.h>

#include "category/category.h"
#include "core/json.h"
#include "course/course_search.h"

struct indexed {
	int64_t id;
	str title, instructor, category, description, status;
	bool published;
	int64_t category_id, instructor_id, term_id;
	str text, marks;                   /* as the index has them; empty: not yet */
};
static const struct shape indexed_shape = SHAPE("IndexedCourse", struct indexed,
	F(id), F(title), F(instructor), F(category), F(description), F(status), F(published), F(category_id), F(instructor_id), F(term_id),
	F(text), F(marks));

#define INDEXED \
	"SELECT k.id, k.title, i.name AS instructor, g.name AS category, k.description, k.status, k.published, k.category_id, k.instructor_id, " \
	"COALESCE(k.term_id, 0) AS term_id, COALESCE(t.text, '') AS text, COALESCE(t.marks, '') AS marks FROM course k " \
	"JOIN instructor_name i ON i.id = k.instructor_id JOIN category g ON g.id = k.category_id LEFT JOIN course_text t ON t.course_id = k.id "
SQL(select_indexed, INDEXED "WHERE k.id = ?");
SQL(lock_some, "SELECT id AS value FROM course WHERE id > ? ORDER BY id LIMIT ? FOR UPDATE");
SQL(select_some, INDEXED "WHERE k.id BETWEEN ? AND ? ORDER BY k.id");
SQL(upsert_text,
	"INSERT INTO course_text (course_id, text, marks) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE text = VALUES(text), marks = VALUES(marks)");
/* Takes bits out and puts bits in. */
SQL(change_bits, "INSERT INTO course_gram (gram, block, bits) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE bits = bits & ~? | VALUES(bits)");
SQL_SCAN(forget_grams, "DELETE FROM course_gram");
SQL_SCAN(forget_texts, "DELETE FROM course_text");
SQL_SCAN(select_first_missing,
	"SELECT MIN(k.id) FROM course k LEFT JOIN course_text t ON t.course_id = k.id WHERE (t.course_id IS NULL OR LOCATE('\n', t.text) = 0) AND k.id > ?");
SQL(select_of_instructor, "SELECT id AS value FROM course WHERE instructor_id = ? AND id > ? ORDER BY id LIMIT ?");
SQL(select_of_category, "SELECT id AS value FROM course WHERE category_id = ? AND id > ? ORDER BY id LIMIT ?");
SQL(lock_one, "SELECT id FROM course WHERE id = ? FOR UPDATE");

/* -- what a course has -- */

str course_mark(struct ctx *c, char kind, int64_t id)
{
	return str_fmt(c->arena, "\1%c%lld", kind, (long long)id);
}

static str text_of(struct ctx *c, const struct indexed *k)
{
	str title = course_spelling(c, k->title), instructor = course_spelling(c, k->instructor), category = course_spelling(c, k->category);

	return str_fmt(c->arena, "%.*s\n%.*s\n%.*s\n%.*s", STR(title), STR(instructor), STR(category), STR(course_spelling(c, k->description)));
}

/* Separated by spaces. A category is marked with all that it lies in. */
static str marks_of(struct ctx *c, const struct indexed *k)
{
	struct buf b = buf_in(c->arena);
	int64_t above[CATEGORY_DEPTH_MAX];
	size_t n = category_path(c, k->category_id, above);

	if (k->published)
		buf_lit(&b, "\1p ");
	buf_fmt(&b, "\1s%.*s \1i%lld", STR(k->status), (long long)k->instructor_id);
	if (k->term_id)
		buf_fmt(&b, " \1t%lld", (long long)k->term_id);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&b, " \1c%lld", (long long)above[i]);
	return buf_text(&b);
}

static list all_grams(struct ctx *c, str text, str marks)
{
	list of[] = { course_grams(c, text, true), course_grams(c, course_unspaced(c, course_title_in(text)), false), course_words(c, marks) };
	str *p = arena_array(c->arena, str, of[0].n + of[1].n + of[2].n + 1);
	size_t n = 0;

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		if (of[i].n)
			memcpy(p + n, of[i].p, of[i].n * sizeof(str));
		n += of[i].n;
	}
	return course_sorted(c, p, n);
}

/* -- changes of the index -- */

struct change {
	str gram;
	int64_t block, in, out;
};

struct changes {
	struct change *p;
	size_t n, room;
};

static void add_change(struct ctx *c, struct changes *l, struct change one)
{
	if (l->n == l->room) {
		struct change *old = l->p;

		l->room = l->room ? l->room * 2 : 512;
		l->p = arena_array(c->arena, struct change, l->room);
		if (l->n)
			memcpy(l->p, old, l->n * sizeof(*old));
	}
	l->p[l->n++] = one;
}

/* Both sorted: what is in only one of them. */
static void compare(struct ctx *c, struct changes *l, int64_t id, list was, list is)
{
	const str *a = was.p, *b = is.p;
	int64_t block = id / COURSES_PER_ROW, bit = INT64_C(1) << (id % COURSES_PER_ROW);
	size_t i = 0, j = 0;

	while (i < was.n || j < is.n) {
		int order = i == was.n ? 1 : j == is.n ? -1 : str_cmp(a[i], b[j]);

		if (order < 0)
			add_change(c, l, (struct change){ a[i++], block, 0, bit });
		else if (order > 0)
			add_change(c, l, (struct change){ b[j++], block, bit, 0 });
		else
			i++, j++;
	}
}

static int by_place(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int order = str_cmp(x->gram, y->gram);

	return order ? order : (x->block > y->block) - (x->block < y->block);
}

/* In one order, so that two who change courses next to each other wait for each other and don't lock crosswise. */
static void apply(struct ctx *c, struct changes *l)
{
	struct arg *rows = arena_array(c->arena, struct arg, l->n * 4 + 1);
	size_t n = 0;

	if (l->n == 0)
		return;
	qsort(l->p, l->n, sizeof(*l->p), by_place);
	for (size_t i = 0; i < l->n; i++) {
		struct change *k = &l->p[i], *last = n ? &l->p[n - 1] : NULL;

		if (last && by_place(k, last) == 0) {
			last->in |= k->in;
			last->out |= k->out;
		} else {
			l->p[n++] = *k;
		}
	}
	for (size_t i = 0; i < n; i++) {
		rows[4 * i] = arg(l->p[i].gram);
		rows[4 * i + 1] = arg(l->p[i].block);
		rows[4 * i + 2] = arg(l->p[i].in);
		rows[4 * i + 3] = arg(l->p[i].out);
	}
	db_bulk(c, &change_bits, rows, n, 4);
}

static void index_course(struct ctx *c, const struct indexed *k, struct changes *l)
{
	str text = text_of(c, k), marks = marks_of(c, k);

	if (str_eq(text, k->text) && str_eq(marks, k->marks))
		return;
	compare(c, l, k->id, all_grams(c, k->text, k->marks), all_grams(c, text, marks));
	db_run(c, &upsert_text, arg(k->id), arg(text), arg(marks));
}

void course_text_refresh(struct ctx *c, int64_t id)
{
	struct indexed k = { 0 };
	struct changes l = { NULL, 0, 0 };

	if (!db_one(c, &select_indexed, &indexed_shape, &k, arg(id)))
		return;
	index_course(c, &k, &l);
	apply(c, &l);
}

/* -- many -- */

enum { SOME = 300 };

struct going {
	int64_t after;
	size_t n;
};

static outcome index_some(struct ctx *c, void *p)
{
	struct going *v = p;
	list ids = db_all(c, &lock_some, &int_item_shape, arg(v->after), arg(SOME)), rows;
	const struct int_item *id = ids.p;
	struct changes l = { NULL, 0, 0 };

	v->n = ids.n;
	if (ids.n == 0)
		return OK;
	rows = db_all(c, &select_some, &indexed_shape, arg(id[0].value), arg(id[ids.n - 1].value));
	for (size_t i = 0; i < rows.n; i++)
		index_course(c, (const struct indexed *)rows.p + i, &l);
	apply(c, &l);
	v->after = id[ids.n - 1].value;
	return OK;
}

static int64_t index_from(struct ctx *c, int64_t after)
{
	struct going v = { after, SOME };
	int64_t all = 0;

	while (v.n == SOME) {
		struct arena_mark m = arena_mark(c->arena);

		db_tx(c, index_some, &v);
		all += (int64_t)v.n;
		arena_rewind(c->arena, m);
	}
	return all;
}

int64_t course_text_missing(struct ctx *c)
{
	int64_t first = db_int(c, &select_first_missing, 0, arg(0));

	return first ? index_from(c, first - 1) : 0;
}

int64_t course_text_rebuild(struct ctx *c)
{
	db_run(c, &forget_grams);
	db_run(c, &forget_texts);
	return index_from(c, 0);
}

/* -- names that others change -- */

/* A hundred at a time: the rest by another event, so that no transaction holds many rows for long. */
enum { AT_ONCE = 100 };

static outcome refresh_those(struct ctx *c, const struct event *e, const char *member, const struct sql *select)
{
	const struct json *j = json_parse(c, e->payload);
	int64_t id = json_int(j, member, 0), after = json_int(j, "after", 0);
	list ids = db_all(c, select, &int_item_shape, arg(id), arg(after), arg(AT_ONCE));
	const struct int_item *k = ids.p;

	for (size_t i = 0; i < ids.n; i++) {
		db_int(c, &lock_one, 0, arg(k[i].value));
		course_text_refresh(c, k[i].value);
	}
	if (ids.n == AT_ONCE)
		outbox_add(c, LANE_WORK, e->stream, e->type,
			   str_fmt(c->arena, "{\"%s\":%lld,\"after\":%lld}", member, (long long)id, (long long)k[ids.n - 1].value));
	return OK;
}

static outcome instructor_changed(struct ctx *c, const struct event *e)
{
	return refresh_those(c, e, "instructor_id", &select_of_instructor);
}

static outcome category_changed(struct ctx *c, const struct event *e)
{
	return refresh_those(c, e, "category_id", &select_of_category);
}

const struct listener course_listeners[] = {
	{ "instructor.changed", "course.text_instructor", instructor_changed, false },
	{ "category.changed", "course.text_category", category_changed, false },
	{ 0 }
};
