/* staff_log/staff_log.h -- who of the staff changed what (OP-5): before, after, reason.
 *
 * Written in the transaction of the change, so there is no change without its line and no line without its change.
 *
 * Tables: staff_log (sql/0002), staff_log_seal (sql/0014)   Chain: staff_log_seal.c
 * Reading it: staff_log_read.c; as API and page: audit_log/   Tests: tests/unit/test_staff_log.c, tests/chaos/test_audit.py
 */
#ifndef STAFF_LOG_H
#define STAFF_LOG_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/job.h"
#include "web/lists.h"
#include "web/request.h"

/* All that the log may say was done, sorted; NULL at the end. Each has words for people ("audit_log.action.<action>"). */
extern const char *const staff_actions[];

/* action is one of staff_actions. before and after are things of that shape, or NULL (made, removed). Call within db_tx. */
void staff_log_add(struct ctx *, const char *action, const char *object_type, int64_t object_id, const struct shape *,
		   const void *before, const void *after, str reason);

/* A look at personal data: member.look, roster.look, member.phone … with what it was for. In a transaction of its own if none runs. */
void staff_log_look(struct ctx *, const char *action, const char *object_type, int64_t object_id, str purpose);

/* The same, but not again within a minute: what is asked for at each key is one look. */
void staff_log_look_once(struct ctx *, const char *action, const char *object_type, int64_t object_id, str purpose);

/* The same for what a page asks for again and again by itself: one line per person, thing and hour. */
void staff_log_look_hourly(struct ctx *, const char *action, const char *object_type, int64_t object_id);

/* A page of a list that shows people, by its ends ("P-120–P-101"): of one member or one course, if it was asked for so. An empty one showed
 * nobody. The rows begin with their ids. */
struct staff_log_list {
	const char *action, *object_type, *letters;
	opt_int member_id, course_id;
};
void staff_log_look_list(struct ctx *, const struct staff_log_list *, list rows, size_t row_size);

/* The chain (staff_log_seal): a job seals what was committed, in the order in which it finds it. */
extern const struct job staff_log_jobs[];
/* Goes over the whole chain. The number of the first seal that does not hold, or 0; *last: the last number and its hash, to be kept elsewhere. */
struct staff_log_head {
	int64_t n, unsealed;
	str hash;                  /* hex */
};
int64_t staff_log_verify(struct ctx *, struct staff_log_head *last);

/* -- the log as it is read (staff_log_read.c) ------------------------------------------------------------------------------------------- */

struct log_line {
	int64_t id;
	when at;
	struct id_name member;
	str action, object_type;
	int64_t object_id;
	json_text before, after;
	str reason, request_id;
};
extern const struct shape log_person_shape, log_line_shape;

/* The newest line that changed this thing. */
bool staff_log_last_change(struct ctx *, const char *object_type, int64_t object_id, struct log_line *);

struct log_filter_in {
	opt_int member_id, object_id;
	opt_str object_type, action, q;
	opt_day from, to;
	opt_str cursor;
	int64_t limit;
};
extern const struct shape log_filter_shape;
/* *recent: words in the reason were looked for among the newest lines only. */
void log_list_page(struct request *, struct list_out *, bool *recent);

#endif
