/* course/course_search.h -- finding courses by words.
 *
 * course_text holds what a course is found by, in one spelling: its title, instructor, category and description, a line each. course_gram
 * says for each letter, each pair of letters that stand side by side, and each filter (a mark: \1 and a name), which courses have it, as
 * bits: 60 courses to a row. A word is looked for by the AND of its pairs, so a word is found inside longer ones, and what many courses have
 * costs a few rows. Korean is also written without its spaces: in a title letters stand side by side across them too, and a word of three
 * letters or more may begin where a word of the title does and go on over its spaces. In descriptions that would find what only meets by
 * chance, and the index would be much larger. What comes out is verified in the text. Both are kept in the transaction that changes the
 * course; names of instructors and categories come along by events.
 */
#ifndef COURSE_SEARCH_H
#define COURSE_SEARCH_H

#include "course/course_private.h"

enum { COURSES_PER_ROW = 60 };

/* One spelling for texts and questions: jamo composed, full-width and capital ASCII folded, signs as spaces but where they make the word another
 * one (C++, 50%, 3.1), spaces single. */
str course_spelling(struct ctx *, str);
/* The title in a text of the index; empty if it is an older one, without lines. */
str course_title_in(str text);
str course_unspaced(struct ctx *, str spelled);
/* AND each of these words is in the text t.text. */
void course_query_words(struct ctx *, struct query *, list words);
/* Its words, and its pairs of letters (with singles: every letter too; else only words of one letter): lists of str, sorted, each once. */
list course_words(struct ctx *, str spelled);
list course_grams(struct ctx *, str spelled, bool singles);
list course_sorted(struct ctx *, str *, size_t n);

/* "\1c17": courses in category 17 or below it; "\1i5" instructor, "\1t3" term, "\1sopen" status, "\1p" not a draft. */
str course_mark(struct ctx *, char kind, int64_t id);

/* course_list for filters with words in q. */
list course_search(struct ctx *, const struct course_filter *, list words);

#endif
