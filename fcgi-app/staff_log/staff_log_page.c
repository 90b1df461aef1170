/* staff_log/staff_log_page.c -- the log as a page: each line with what changed, field by field. */
#include "core/json.h"
#include "staff_log/staff_log_read.h"

const struct shape log_change_shape = SHAPE("StaffLogChange", struct log_change,
	F(field), F(before), F(after), F(has_before), F(has_after), F(long_text));

enum { LONG_TEXT = 80 };

/* A text without its quotes, everything else as JSON. */
static str shown(struct ctx *c, const struct json *v)
{
	str text;

	return json_text_value(v, &text) ? text : json_compact(c, v);
}

struct comparing {
	struct ctx *c;
	const struct json *other;
	list *out;
	size_t room;
	bool gone_only;            /* the other side is the new one: only what it lacks */
};

static struct log_change *next(struct comparing *v)
{
	return v->out->n < v->room ? (struct log_change *)v->out->p + v->out->n++ : NULL;
}

/* A member that became null stands there already, from the new side. */
static bool listed(const struct comparing *v, str key)
{
	const struct log_change *k = v->out->p;

	for (size_t i = 0; i < v->out->n; i++)
		if (str_eq(k[i].field, key))
			return true;
	return false;
}

static void compare(void *p, str key, const struct json *value)
{
	struct comparing *v = p;
	const struct json *was = v->other ? json_get(v->other, str_z(v->c->arena, key)) : NULL;
	str here = value ? json_compact(v->c, value) : (str){ NULL, 0 }, there = was ? json_compact(v->c, was) : (str){ NULL, 0 };
	struct log_change *k;

	if ((v->gone_only && (was || listed(v, key))) || str_eq(here, there) || !(k = next(v)))
		return;
	k->field = key;
	k->has_after = !v->gone_only;
	k->has_before = v->gone_only || was != NULL;
	k->after = v->gone_only ? (str){ NULL, 0 } : shown(v->c, value);
	k->before = v->gone_only ? shown(v->c, value) : was ? shown(v->c, was) : (str){ NULL, 0 };
	k->long_text = k->before.n > LONG_TEXT || k->after.n > LONG_TEXT;
}

list log_changes(struct ctx *c, str before, str after)
{
	struct json *was = before.n ? json_parse(c, before) : NULL, *now = after.n ? json_parse(c, after) : NULL;
	size_t room = (was ? json_length(was) : 0) + (now ? json_length(now) : 0);
	list out = { arena_array(c->arena, struct log_change, room + 1), 0 };
	struct comparing to_now = { c, was, &out, room, false }, gone = { c, now, &out, room, true };

	if (now)
		json_each(now, compare, &to_now);
	if (was)
		json_each(was, compare, &gone);
	return out;
}

struct page_line {
	int64_t id;
	when at;
	struct log_person member;
	str action, object_type, label, href;
	int64_t object_id;
	str reason, request_id;
	list changes;
};
static const struct shape page_line_shape = SHAPE("StaffLogPageLine", struct page_line,
	F(id), F(at), F(member, .of = &log_person_shape, .or_null = true), F(action), F(object_type), F(label), F(href), F(object_id), F(reason),
	F(request_id), F(changes, .of = &log_change_shape));

struct page {
	list data;
	opt_str next_cursor, prev_cursor;
	bool recent;
	opt_int member_id, object_id;
	opt_str object_type, action, q;
	opt_day from, to;
};
const struct shape log_page_shape = SHAPE("StaffLogPage", struct page,
	F(data, .of = &page_line_shape), F(next_cursor), F(prev_cursor), F(recent), F(member_id), F(object_id), F(object_type), F(action), F(q),
	F(from), F(to));

static const struct {
	str type;
	const char *letter, *folder;
} things[] = {
	{ S("course"), "C", "courses" }, { S("member"), "M", "members" }, { S("change_request"), "R", "requests" },
	{ S("payment"), "P", "payments" }, { S("instructor"), "I", "instructors" }, { S("term"), "T", "terms" },
};

/* C-2417 and where it is seen; what has no page has its number only. */
static void name_thing(struct ctx *c, struct page_line *l)
{
	struct path_part parts[4];
	size_t n;
	int status;
	unsigned allow;

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]) && l->object_id; i++)
		if (str_eq(l->object_type, things[i].type)) {
			str href = str_fmt(c->arena, "/admin/%s/%lld", things[i].folder, (long long)l->object_id);
			const struct route *r = route_find(GET, href, parts, &n, &status, &allow);

			l->label = str_fmt(c->arena, "%s-%lld", things[i].letter, (long long)l->object_id);
			if (r && r->page && (r->access & c->who.roles))
				l->href = href;
		}
	if (!l->label.n && l->object_id)
		l->label = str_fmt(c->arena, "%.*s %lld", STR(l->object_type), (long long)l->object_id);
}

static list as_page_lines(struct ctx *c, list found)
{
	const struct log_line *l = found.p;
	struct page_line *p = arena_array(c->arena, struct page_line, found.n + 1);

	for (size_t i = 0; i < found.n; i++) {
		p[i] = (struct page_line){ .id = l[i].id, .at = l[i].at, .member = l[i].member, .action = l[i].action,
					   .object_type = l[i].object_type, .object_id = l[i].object_id, .reason = l[i].reason,
					   .request_id = l[i].request_id,
					   .changes = log_changes(c, l[i].before.s, l[i].after.s) };
		name_thing(c, &p[i]);
	}
	return (list){ p, found.n };
}

outcome log_page(struct request *rq)
{
	const struct log_filter_in *in = rq->in;
	struct list_out found = { 0 };
	struct page out = { .member_id = in->member_id, .object_id = in->object_id, .object_type = in->object_type, .action = in->action, .q = in->q,
			    .from = in->from, .to = in->to };

	log_list_page(rq, &found, &out.recent);
	out.data = as_page_lines(rq->ctx, found.data);
	out.next_cursor = found.next_cursor;
	out.prev_cursor = found.prev_cursor;
	return reply(rq, &out);
}
