/* instructor/instructor_pages.c -- the people who teach, as pages: they work without JavaScript. */
#include "account/account.h"
#include "instructor/instructor_routes.h"
#include "saved_view/saved_view.h"
#include "web/form.h"

/* -- list ------------------------------------------------------------------------------------------------------------ */

const struct shape instructor_row_shape = SHAPE("InstructorRow", struct instructor_row,
	F(id), F(member_id), F(name), F(active), F(courses), F(requests));

struct list_page {
	list data;
	opt_str next_cursor, prev_cursor;
	list views;
	bool filtered;
};
const struct shape instructor_page_list_shape = SHAPE("InstructorListPage", struct list_page,
	F(data, .of = &instructor_row_shape), F(next_cursor), F(prev_cursor), F(views, .of = &saved_view_tab_shape), F(filtered));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct instructor_row *)row)->id;
}

outcome instructor_page_list(struct request *rq)
{
	const struct instructor_filter_in *in = rq->in;
	struct instructor_filter f = { .q = in->q, .which = in->active, .from = rq->cursor, .limit = INSTRUCTOR_PAGE };
	struct list_out found = { 0 };
	struct list_page out = { .views = saved_views(rq, "instructors") };

	out.filtered = (in->q.set && in->q.v.n) || in->active != INSTRUCTOR_ACTIVE;
	list_page(rq, &found, instructor_rows(rq->ctx, &f), &instructor_row_shape, f.limit, keys);
	out.data = found.data;
	out.next_cursor = found.next_cursor;
	out.prev_cursor = found.prev_cursor;
	return reply(rq, &out);
}

/* -- one instructor -------------------------------------------------------------------------------------------------- */

SQL(count_students,
	"SELECT COALESCE(SUM(s.enrolled), 0) FROM course_brief k JOIN seat_count s ON s.course_id = k.id "
	"WHERE k.instructor_id = ? AND k.status IN ('draft', 'open', 'closed')");
SQL(count_courses, "SELECT COUNT(*) FROM course_brief WHERE instructor_id = ? AND status IN ('draft', 'open', 'closed')");
SQL(count_requests, "SELECT COUNT(*) FROM change_brief WHERE instructor_id = ? AND state = 'submitted'");

struct show_page {
	struct instructor instructor;
	list courses, requests;
	int64_t living, students, waiting;
};
const struct shape instructor_page_shape = SHAPE("InstructorPage", struct show_page,
	F(instructor, .of = &instructor_shape), F(courses, .of = &instructor_course_shape), F(requests, .of = &instructor_request_shape),
	F(living), F(students), F(waiting));

const struct shape instructor_active_shape = SHAPE("InstructorActive", struct instructor_active_in,
	F(id, .read_only = true), F(active));

outcome instructor_page_show(struct request *rq)
{
	struct show_page p = { 0 };
	struct ctx *c = rq->ctx;
	int64_t id = *(int64_t *)rq->in;

	if (!instructor_find(c, id, &p.instructor))
		return &instructor_unknown;
	p.courses = instructor_courses(c, id);
	p.requests = instructor_requests(c, id);
	p.living = db_int(c, &count_courses, 0, arg(id));
	p.students = db_int(c, &count_students, 0, arg(id));
	p.waiting = db_int(c, &count_requests, 0, arg(id));
	return reply(rq, &p);
}

static outcome to_instructor(struct request *rq, int64_t id, const char *done)
{
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/admin/instructors/%lld?done=%s", (long long)id, done));
}

outcome instructor_page_active(struct request *rq)
{
	const struct instructor_active_in *in = rq->in;
	struct instructor_patch p = { .id = in->id, .active = { true, in->active } };
	struct instructor k = { 0 };
	outcome o = instructor_edit(rq->ctx, &p, &k);

	return o == OK ? to_instructor(rq, in->id, in->active ? "back" : "stopped") : o;
}

/* -- a member becomes one -------------------------------------------------------------------------------------------- */

struct candidate {
	int64_t id, instructor_id;
	str name, email, phone;
	bool chosen;
};
static const struct shape candidate_shape = SHAPE("InstructorCandidate", struct candidate,
	F(id), F(instructor_id), F(name), F(email), F(phone), F(chosen));

struct new_in {
	opt_str q;
	opt_int member_id;
};
const struct shape instructor_new_in_shape = SHAPE("InstructorNewIn", struct new_in, F(q, .max = 254), F(member_id, .min = 1));

struct new_page {
	list found;
	str q;
	bool searched;
};
const struct shape instructor_new_page_shape = SHAPE("InstructorNewPage", struct new_page,
	F(found, .of = &candidate_shape), F(q), F(searched));

struct profile {
	int64_t id, member_id;
};
static const struct shape profile_shape = SHAPE("InstructorProfile", struct profile, F(id), F(member_id));

/* Who of them has a profile already, also one that is not active. */
static void mark_instructors(struct ctx *c, struct candidate *k, size_t n)
{
	struct query q = query_from(c, "SELECT i.id, i.member_id FROM instructor i WHERE i.member_id IN (0");
	list known;

	for (size_t i = 0; i < n; i++)
		query_add(&q, ", ?", arg(k[i].id));
	query_add(&q, ")");
	known = query_all(c, &q, &profile_shape);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < known.n; j++)
			if (((const struct profile *)known.p)[j].member_id == k[i].id)
				k[i].instructor_id = ((const struct profile *)known.p)[j].id;
}

static list candidates(struct ctx *c, list people)
{
	const struct account_person *p = people.p;
	struct candidate *k = arena_array(c->arena, struct candidate, people.n + 1);

	for (size_t i = 0; i < people.n; i++)
		k[i] = (struct candidate){ .id = p[i].id, .name = p[i].name, .email = p[i].email, .phone = p[i].phone };
	if (people.n)
		mark_instructors(c, k, people.n);
	return (list){ k, people.n };
}

enum { PEOPLE = 20 };

static const struct account_look look = { .action = "instructor.search", .object_type = "member" };

static list person(struct ctx *c, int64_t id)
{
	struct account_person p = { 0 };

	if (!account_person(c, id, &look, &p) || p.status != ACCOUNT_ACTIVE)
		return (list){ NULL, 0 };
	return candidates(c, (list){ &p, 1 });
}

/* What was typed, also when the form was refused: then it stands in the form. */
static void read_search(struct request *rq, str *q, int64_t *member_id)
{
	str text = { NULL, 0 };

	if (rq->method == GET) {
		const struct new_in *in = rq->in;

		*q = in->q.set ? str_trim(in->q.v) : (str){ NULL, 0 };
		*member_id = in->member_id.set ? in->member_id.v : 0;
		return;
	}
	if (form_value(rq->ctx, rq->form, S("_q"), &text) && str_chars(text) >= 0)
		*q = str_single_spaced(rq->ctx->arena, str_composed(rq->ctx->arena, text));
	*member_id = ((const struct instructor_making *)rq->in)->member_id;
}

outcome instructor_page_new(struct request *rq)
{
	struct new_page p = { 0 };
	int64_t member_id = 0;
	struct candidate *k;

	read_search(rq, &p.q, &member_id);
	p.searched = p.q.n > 0 || member_id > 0;
	if (p.q.n)
		p.found = candidates(rq->ctx, account_search(rq->ctx, p.q, PEOPLE, false, &look));
	else if (member_id)
		p.found = person(rq->ctx, member_id);
	k = p.found.p;
	for (size_t i = 0; i < p.found.n; i++)
		k[i].chosen = k[i].id == member_id || (p.found.n == 1 && k[i].instructor_id == 0);
	return reply(rq, &p);
}

outcome instructor_page_create(struct request *rq)
{
	struct instructor k = { 0 };
	outcome o = instructor_make(rq->ctx, rq->in, &k);

	return o == OK ? to_instructor(rq, k.id, "created") : o;
}

/* -- edit ------------------------------------------------------------------------------------------------------------ */

struct edit_page {
	struct instructor_edit_in form;
	str stored_name;
	int64_t version;
	bool conflict;
	struct instructor stored;          /* what somebody else saved meanwhile */
};
const struct shape instructor_edit_page_shape = SHAPE("InstructorEditPage", struct edit_page,
	F(form, .of = &instructor_form_shape), F(stored_name), F(version), F(conflict), F(stored, .of = &instructor_shape));

const struct shape instructor_form_shape = SHAPE("InstructorForm", struct instructor_edit_in,
	F(id, .read_only = true), F(name, .min = 1, .max = 60), F(bio, .optional = true, .max = 5000, .multiline = true));

outcome instructor_page_edit(struct request *rq)
{
	struct edit_page p = { 0 };

	if (!instructor_find(rq->ctx, *(int64_t *)rq->in, &p.stored))
		return &instructor_unknown;
	p.form = (struct instructor_edit_in){ p.stored.id, p.stored.name, p.stored.bio, p.stored.active };
	p.stored_name = p.stored.name;
	/* Who has been shown the other's change may save over it. */
	p.conflict = failed_by(rq->ctx, &version_stale);
	p.version = p.conflict ? p.stored.version : form_version(rq->ctx, rq->form, p.stored.version);
	return reply(rq, &p);
}

outcome instructor_page_save(struct request *rq)
{
	const struct instructor_edit_in *in = rq->in;
	struct instructor_patch p = { .id = in->id, .version = some_int(form_version(rq->ctx, rq->form, 0)), .name = some_str(in->name),
				      .bio = some_str(in->bio) };
	struct instructor k = { 0 };
	outcome o = instructor_edit(rq->ctx, &p, &k);

	return o == OK ? to_instructor(rq, in->id, "saved") : o;
}
