/* staff_log/staff_log_read.h -- the log as the staff read it: lines, and what changed from before to after. */
#ifndef STAFF_LOG_READ_H
#define STAFF_LOG_READ_H

#include "staff_log/staff_log.h"
#include "web/lists.h"
#include "web/request.h"

struct log_person {
	int64_t id;
	str name;
};
struct log_line {
	int64_t id;
	when at;
	struct log_person member;
	str action, object_type;
	int64_t object_id;
	json_text before, after;
	str reason, request_id;
};
extern const struct shape log_person_shape, log_line_shape;

/* One field of a thing that was changed; what stayed is not told. */
struct log_change {
	str field, before, after;
	bool has_before, has_after;    /* false: it was not there */
	bool long_text;                /* objects, lists, and long texts are folded */
};
extern const struct shape log_change_shape;
list log_changes(struct ctx *, str before, str after);

struct log_filter_in {
	opt_int member_id, object_id;
	opt_str object_type, action, q;
	opt_day from, to;
	opt_str cursor;
	int64_t limit;
};
extern const struct shape log_filter_shape, log_page_shape;
/* *recent: words in the reason were looked for among the newest lines only. */
void log_list_page(struct request *, struct list_out *, bool *recent);
handler log_page;

#endif
