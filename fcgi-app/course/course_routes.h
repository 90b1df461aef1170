/* course/course_routes.h -- inputs and answers that the JSON routes and the pages share. */
#ifndef COURSE_ROUTES_H
#define COURSE_ROUTES_H

#include "core/shape.h"
#include "web/lists.h"
#include "web/request.h"

struct course_filter_in {
	opt_str q;
	opt_int category_id, instructor_id, term_id;
	bool to_decide;
	int status, sort;
	opt_str cursor;
	int64_t limit;
};
extern const char *const course_sorts[], *const course_filter_statuses[];
extern const struct shape course_filter_shape;

extern const struct shape course_list_shape;

struct course_reason_in {
	int64_t id;
	str reason;
};
extern const struct shape course_reason_shape;

extern const struct shape course_copying_shape;          /* of struct course_copying */

void course_list_page(struct request *, struct list_out *);

#include "course/course_pages.h"

#endif
