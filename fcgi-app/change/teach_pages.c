/* change/teach_pages.c -- what instructors see of their courses. */
#include "change/teach_pages.h"

#include "instructor/instructor.h"
#include "queue/queue.h"

const struct shape teach_course_shape = SHAPE("TeachCourse", struct teach_course,
	F(course, .of = &course_row_shape), F(request, .of = &change_row_shape, .or_null = true));

outcome teach_find_course(struct ctx *c, int64_t id, struct course *k)
{
	int64_t me = instructor_of_member(c, c->who.id);

	if (me == 0 || !course_find(c, id, true, k) || k->instructor.id != me)
		return &course_unknown;
	return OK;
}

/* -- what waits for whom -------------------------------------------------------------------------------------------------------------------- */

enum { RECENT = 100 };

static bool is_over(int state)
{
	return state == CHANGE_COMPLETED || state == CHANGE_REJECTED || state == CHANGE_WITHDRAWN;
}

static list recent_requests(struct ctx *c)
{
	struct change_filter f = { .member_id = some_int(c->who.id), .limit = RECENT };

	return change_list(c, &f);
}

/* Each course with the newest of its requests that is not over. */
static list with_requests(struct ctx *c, list courses)
{
	list requests = courses.n ? recent_requests(c) : (list){ NULL, 0 };
	const struct course *k = courses.p;
	const struct change *r = requests.p;
	struct teach_course *rows = arena_array(c->arena, struct teach_course, courses.n + 1);

	for (size_t i = 0; i < courses.n; i++) {
		rows[i].course = k[i];
		for (size_t j = 0; j < requests.n && rows[i].request.id == 0; j++)
			if (r[j].course.id == k[i].id && !is_over(r[j].state))
				rows[i].request = r[j];
	}
	return (list){ rows, courses.n };
}

list teach_courses(struct ctx *c, struct keyset from, int64_t limit)
{
	int64_t me = instructor_of_member(c, c->who.id);
	struct course_filter f = { .instructor_id = some_int(me), .drafts = true, .from = from, .limit = limit };

	return me ? course_list(c, &f) : (list){ NULL, 0 };
}

/* -- the task list -------------------------------------------------------------------------------------------------------------------------- */

enum { HOME_COURSES = 30, HOME_TASKS = 10 };

struct home {
	list tasks;                        /* struct change: what waits for the instructor */
	list courses;
	bool more;
};
const struct shape teach_home_shape = SHAPE("TeachHome", struct home,
	F(tasks, .of = &change_row_shape), F(courses, .of = &teach_course_shape), F(more));

/* Drafts to be sent, and requests that the course has left behind. */
static list tasks_of(struct ctx *c)
{
	list all = recent_requests(c);
	const struct change *k = all.p;
	struct change *t = arena_array(c->arena, struct change, HOME_TASKS);
	size_t n = 0;

	for (size_t i = 0; i < all.n && n < HOME_TASKS; i++)
		if (k[i].state == CHANGE_DRAFT || k[i].state == CHANGE_STALE)
			t[n++] = k[i];
	return (list){ t, n };
}

/* Courses that are over need nobody any more: the list has them. */
static list living(struct ctx *c, list rows)
{
	const struct teach_course *from = rows.p;
	struct teach_course *to = arena_array(c->arena, struct teach_course, rows.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < rows.n; i++)
		if (from[i].course.status != COURSE_CANCELLED && from[i].course.status != COURSE_FINISHED)
			to[n++] = from[i];
	return (list){ to, n };
}

outcome teach_page_home(struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct home h = { .tasks = tasks_of(c) };
	list all = teach_courses(c, (struct keyset){ 0 }, HOME_COURSES);

	h.more = all.n > HOME_COURSES;
	if (h.more)
		all.n = HOME_COURSES;
	h.courses = living(c, with_requests(c, all));
	h.more |= h.courses.n < all.n;
	return reply(rq, &h);
}

/* -- the list --------------------------------------------------------------------------------------------------------------------------------- */

const struct shape teach_courses_shape = PAGED_SHAPE("TeachCourses", teach_course_shape);

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct course *)row)->id;
}

outcome teach_page_courses(struct request *rq)
{
	const struct page_in *in = rq->in;
	struct list_out out;

	list_page(rq, &out, teach_courses(rq->ctx, rq->cursor, in->limit), &course_row_shape, in->limit, keys);
	out.data = with_requests(rq->ctx, out.data);
	return reply(rq, &out);
}

/* -- one course ---------------------------------------------------------------------------------------------------------------------------- */

struct course_page {
	struct course course;
	int64_t enrolled;
	bool may_ask;                      /* a course that is over is not changed any more */
	bool may_cancel;
	list requests;
};
const struct shape teach_course_page_shape = SHAPE("TeachCoursePage", struct course_page,
	F(course, .of = &course_shape), F(enrolled), F(may_ask), F(may_cancel), F(requests, .of = &change_row_shape));

static outcome fill_course(struct ctx *c, int64_t id, struct course_page *p)
{
	struct change_filter f = { .course_id = some_int(id), .member_id = some_int(c->who.id), .limit = 20 };
	outcome o = teach_find_course(c, id, &p->course);

	if (o != OK)
		return o;
	p->enrolled = p->course.capacity - p->course.seats_left;
	p->may_ask = p->course.status != COURSE_CANCELLED && p->course.status != COURSE_FINISHED;
	p->may_cancel = p->may_ask;
	p->requests = change_list(c, &f);
	if (p->requests.n > 20)
		p->requests.n = 20;
	return OK;
}

outcome teach_page_course(struct request *rq)
{
	struct course_page p = { 0 };
	outcome o = fill_course(rq->ctx, ((struct id_in *)rq->in)->id, &p);

	return o == OK ? reply(rq, &p) : o;
}

outcome teach_page_choose(struct request *rq)
{
	return teach_page_course(rq);
}
