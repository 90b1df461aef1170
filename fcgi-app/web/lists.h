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

/* static const struct shape ticket_list_shape = LIST_SHAPE("TicketList", ticket_shape); */
struct list_out {
	list data;
	opt_str next_cursor;
};
#define LIST_SHAPE(title, item) SHAPE(title, struct list_out, F(data, .of = &(item)), F(next_cursor))

/* The member next_cursor, from what cursor_next() gave. */
static inline opt_str next_page(str cursor)
{
	return (opt_str){ cursor.n > 0, cursor };
}

#endif
