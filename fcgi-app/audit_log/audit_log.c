/* audit_log/audit_log.c -- the log by the API, and as a page: each line with what changed, field by field. */
#include "audit_log/audit_log.h"

#include "data/db.h"
#include "saved_view/saved_view.h"
#include "staff_log/staff_log.h"

static const struct shape log_list_shape = PAGED_SHAPE("StaffLog", log_line_shape);

struct page_line {
	int64_t id;
	when at;
	struct id_name member;
	str action, action_words, object_type, label, href;
	int64_t object_id;
	str reason, request_id;
	list changes;
	bool made;                 /* what it was made with, folded */
};
static const struct shape page_line_shape = SHAPE("StaffLogPageLine", struct page_line,
	F(id), F(at), F(member, .of = &log_person_shape, .or_null = true), F(action), F(action_words), F(object_type), F(label), F(href),
	F(object_id), F(reason), F(request_id), F(changes, .of = &log_change_shape), F(made));

SQL(select_course, "SELECT id, title FROM course_title WHERE id = ?");

struct page {
	struct id_title course;            /* whose history this is: the page is one of its pages then */
	list data;
	opt_str next_cursor, prev_cursor;
	list views, action_options, object_type_options;
	bool recent;
};
static const struct shape log_page_shape = SHAPE("StaffLogPage", struct page,
	F(course, .of = &id_title_shape, .or_null = true),
	F(data, .of = &page_line_shape), F(next_cursor), F(prev_cursor), F(views, .of = &saved_view_tab_shape),
	F(action_options, .of = &text_option_shape), F(object_type_options, .of = &text_option_shape), F(recent));

static list page_lines(struct ctx *c, list found)
{
	const struct log_line *l = found.p;
	struct page_line *p = arena_array(c->arena, struct page_line, found.n + 1);

	for (size_t i = 0; i < found.n; i++)
		p[i] = (struct page_line){
			.id = l[i].id, .at = l[i].at, .member = l[i].member, .action = l[i].action, .action_words = log_action_words(c, l[i].action),
			.object_type = l[i].object_type, .object_id = l[i].object_id, .reason = l[i].reason, .request_id = l[i].request_id,
			.label = log_label(c, l[i].object_type, l[i].object_id), .href = log_href(c, l[i].object_type, l[i].object_id),
			.made = !l[i].before.s.n && l[i].after.s.n,
			.changes = log_changes(c, l[i].object_type, l[i].before.s, l[i].after.s),
		};
	return (list){ p, found.n };
}

static list action_options(struct ctx *c)
{
	struct text_option *o;
	size_t n = 0;

	while (staff_actions[n])
		n++;
	o = arena_array(c->arena, struct text_option, n + 1);
	for (size_t i = 0; i < n; i++) {
		str action = str_of(staff_actions[i]);

		o[i] = (struct text_option){ action, log_action_words(c, action) };
	}
	return (list){ o, n };
}

static outcome search(struct request *rq)
{
	struct list_out out = { 0 };
	bool recent;

	log_list_page(rq, &out, &recent);
	return reply(rq, &out);
}

static outcome page(struct request *rq)
{
	const struct log_filter_in *in = rq->in;
	struct list_out found = { 0 };
	struct page out = {
		.views = saved_views(rq, "audit"), .action_options = action_options(rq->ctx), .object_type_options = log_types(rq->ctx),
	};

	if (in->object_id.set && in->object_type.set && str_eq(in->object_type.v, S("course")))
		db_one(rq->ctx, &select_course, &id_title_shape, &out.course, arg(in->object_id.v));
	log_list_page(rq, &found, &out.recent);
	out.data = page_lines(rq->ctx, found.data);
	out.next_cursor = found.next_cursor;
	out.prev_cursor = found.prev_cursor;
	return reply(rq, &out);
}

const struct route audit_log_routes[] = {
	{ GET, "/api/v1/admin/audit", ANY_STAFF, search, &log_filter_shape, &log_list_shape,
	  .about = "What the staff changed and looked at: who, when, what, before and after, why." },
	{ GET, "/admin/audit", ANY_STAFF, page, &log_filter_shape, &log_page_shape, .page = "audit_log/list.html" },
	{ 0 }
};
