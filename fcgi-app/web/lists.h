/* web/lists.h -- what routes have in common: a thing by its id, a page of a list. */
#ifndef WEB_LISTS_H
#define WEB_LISTS_H

#include "core/shape.h"

/* {id} of the path, and nothing else. */
struct id_in {
	int64_t id;
};
extern const struct shape id_in_shape;

/* A list without filters. */
struct page_in {
	opt_str cursor;
	int64_t limit;
};
extern const struct shape page_in_shape;

/* A choice of a <select>: a page's list called <field>_options (web/page.h). */
struct id_option {
	int64_t value;
	str label;
};
struct text_option {
	str value, label;
};
extern const struct shape id_option_shape, text_option_shape;
/* The label of that value; empty: there is none. */
str id_option_label(list options, int64_t value);

/* static const struct shape ticket_list_shape = LIST_SHAPE("TicketList", ticket_shape);
 * A route that answers with `data` and has no cursor in its in-shape gives the whole list: its next_cursor is always null. */
struct list_out {
	list data;
	opt_str next_cursor;
	opt_str prev_cursor;         /* of lists that go in both directions (list_page); not set on the first page */
};
#define LIST_SHAPE(title, item) SHAPE(title, struct list_out, F(data, .of = &(item)), F(next_cursor))
#define PAGED_SHAPE(title, item) SHAPE(title, struct list_out, F(data, .of = &(item)), F(next_cursor), F(prev_cursor))

/* A page of a list that goes in both directions: what query_all gave after query_keyset(q, &rq->cursor, …, limit). keys as in cursor_next.
 *
 *	static const struct sort_key newest[] = { { "e.id", .descending = true } };
 *	query_keyset(&q, &rq->cursor, newest, 1, in->limit);
 *	list_page(rq, &out, query_all(c, &q, &row_shape), &row_shape, in->limit, keys);
 */
struct request;
void list_page(struct request *, struct list_out *, list rows, const struct shape *row, int64_t limit, void (*keys)(const void *row, int64_t n[2]));

/* The same of rows that may be fewer than there are, because somebody stopped looking for more: at `stopped` (if it is set) the list goes on. A
 * page may then have fewer rows than `limit`, even none, and still another behind it. */
struct keyset;
void list_page_so_far(struct request *, struct list_out *, list rows, const struct shape *row, int64_t limit,
		      void (*keys)(const void *row, int64_t n[2]), const struct keyset *stopped);

/* The member next_cursor, from what cursor_next() gave. */
static inline opt_str next_page(str cursor)
{
	return (opt_str){ cursor.n > 0, cursor };
}

#endif
