/* course/course_list.c -- lists of courses: filters, orders, pages in both directions. */
#include "category/category.h"
#include "course/course_search.h"

/* An IN list has one of three lengths, so that only three texts have to be prepared: the last id fills it up. */
static void in_category(struct ctx *c, struct query *q, int64_t category_id)
{
	int64_t ids[CATEGORY_SUBTREE_MAX];
	size_t n = category_subtree(c, category_id, ids), wide = n <= 1 ? 1 : n <= 8 ? 8 : CATEGORY_SUBTREE_MAX;

	query_add(q, " AND k.category_id IN (?", arg(n ? ids[0] : (int64_t)0));
	for (size_t i = 1; i < wide; i++)
		query_add(q, ", ?", arg(n ? ids[i < n ? i : n - 1] : (int64_t)0));
	query_add(q, ")");
}

static const struct sort_key newest[] = { { "k.id", .descending = true } };
static const struct sort_key by_opening[] = { { "k.enrol_opens_at", .moment = true }, { "k.id", .descending = false } };

/* Courses first: left to itself the optimiser may begin with the few categories, and sort all courses. Those to decide on are few, so their
 * texts are looked into one by one. */
static struct query begin(struct ctx *c, const struct course_filter *f, list words)
{
	struct query q = query_from(c, "SELECT STRAIGHT_JOIN " COURSE_COLUMNS " FROM course k");

	if (f->to_decide)
		query_add(&q, " FORCE INDEX (course_to_decide)");
	if (words.n)
		query_add(&q, " JOIN course_text t ON t.course_id = k.id");
	query_add(&q, COURSE_JOINS "WHERE ");
	return q;
}

/* Each is one value of a statement or two: more than these are not asked. */
enum { WORDS_MOST = 40 };

list course_list(struct ctx *c, const struct course_filter *f)
{
	list words = f->q.set ? course_words(c, course_spelling(c, f->q.v)) : (list){ NULL, 0 };
	struct query q;

	if (words.n > WORDS_MOST)
		words.n = WORDS_MOST;
	if (f->q.set && !words.n)
		return words;                  /* nothing but signs: nothing was said to look for */
	if (words.n && !f->to_decide)
		return course_search(c, f, words);
	q = begin(c, f, words);
	query_add(&q, f->drafts ? "TRUE" : "k.published");
	if (f->has_status)
		query_add(&q, " AND k.status = ?", arg(str_of(course_statuses[f->status])));
	if (f->category_id.set)
		in_category(c, &q, f->category_id.v);
	if (f->instructor_id.set)
		query_add(&q, " AND k.instructor_id = ?", arg(f->instructor_id));
	if (f->term_id.set)
		query_add(&q, " AND k.term_id = ?", arg(f->term_id));
	if (f->to_decide)
		query_add(&q, " AND k.status IN ('open', 'closed') AND k.decision IS NULL AND k.decide_on <= ? AND s.enrolled < k.min_enrolled",
			  arg((day){ when_day_in_seoul(c->now).days + COURSE_DECIDE_AHEAD }));
	course_query_words(c, &q, words);
	if (f->sort == COURSE_OPENING)
		query_keyset(&q, &f->from, by_opening, 2, f->limit);
	else
		query_keyset(&q, &f->from, newest, 1, f->limit);
	return query_all(c, &q, &course_row_shape);
}

