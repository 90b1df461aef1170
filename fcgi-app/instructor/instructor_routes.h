/* instructor/instructor_routes.h -- inputs and answers that the JSON routes and the pages share. */
#ifndef INSTRUCTOR_ROUTES_H
#define INSTRUCTOR_ROUTES_H

#include "instructor/instructor.h"
#include "web/lists.h"
#include "web/request.h"

/* "true" comes first, so that a filter that is left out means it. */
struct instructor_filter_in {
	opt_str q;
	int active;
	opt_str cursor;
	int64_t limit;
};
extern const struct shape instructor_filter_shape, instructor_input_shape, instructor_edit_shape;
extern const char *const instructor_which_words[];

struct instructor_edit_in {
	int64_t id;
	str name, bio;
	bool active;
};

void instructor_list_page(struct request *, struct list_out *);

#endif
