#include "staff_log/staff_log.h"

#include "core/json.h"
#include "data/db.h"
#include "web/route.h"

SQL(insert_line,
	"INSERT INTO staff_log (at, member_id, action, object_type, object_id, before_json, after_json, reason, request_id, ip) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

static opt_str as_json(struct ctx *c, const struct shape *s, const void *thing)
{
	struct buf b = buf_in(c->arena);

	if (!thing)
		return (opt_str){ 0 };
	json_write(&b, s, thing);
	return some_str(buf_text(&b));
}

void staff_log_add(struct ctx *c, const char *action, const char *object_type, int64_t object_id, const struct shape *s,
		   const void *before, const void *after, str reason)
{
	db_insert(c, &insert_line, arg(c->now), arg(c->who.id), arg(str_of(action)), arg(str_of(object_type)), arg(object_id),
		  arg(as_json(c, s, before)), arg(as_json(c, s, after)), arg(reason), arg(c->request_id), arg(c->ip));
}

const struct route staff_log_routes[] = { { 0 } };
