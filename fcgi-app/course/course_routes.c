/* course/course_routes.c -- the catalogue for everybody, and administration for the staff, as JSON. */
#include "category/category.h"
#include "course/course.h"
#include "course/course_routes.h"
#include "instructor/instructor.h"
#include "queue/queue.h"

const char *const course_sorts[] = { "newest", "opening", NULL };

/* Which courses are short of people is nobody's business but the staff's. */
#define FILTER_FIELDS \
	F(q, .min = 1, .max = 60, .about = "Words that must all be in title, instructor, category or description, also inside longer words. " \
	  "Signs are as spaces; the spaces of a title may be left out."), \
	F(category_id, .min = 1, .about = "This category and all below it."), \
	F(instructor_id, .min = 1), \
	F(term_id, .min = 1), \
	F(status, .optional = true, .words = course_filter_statuses, .called = "course"), \
	F(sort, .optional = true, .words = course_sorts), \
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100)
const struct shape course_filter_shape = SHAPE("CourseFilter", struct course_filter_in, FILTER_FIELDS);
static const struct shape staff_filter_shape = SHAPE("StaffCourseFilter", struct course_filter_in, FILTER_FIELDS,
	F(to_decide, .optional = true, .about = "Fewer than the minimum came, and the day of the decision is past or within a week."));

/* "any" comes first, so that a filter that is left out means it. */
const char *const course_filter_statuses[] = { "any", "draft", "open", "closed", "cancelled", "finished", NULL };

const struct shape course_list_shape = PAGED_SHAPE("CourseList", course_row_shape);

const struct shape course_reason_shape = SHAPE("CourseDecision", struct course_reason_in,
	F(id, .read_only = true), F(reason, .optional = true, .max = 500));

static void keys_newest(const void *row, int64_t n[2])
{
	n[0] = ((const struct course *)row)->id;
}

static void keys_by_opening(const void *row, int64_t n[2])
{
	const struct course *k = row;

	n[0] = k->enrol_opens_at.us;
	n[1] = k->id;
}

static bool sees_drafts(const struct request *rq)
{
	return rq->route->access != ANYONE;
}

void course_list_page(struct request *rq, struct list_out *out)
{
	const struct course_filter_in *in = rq->in;
	struct course_filter f = { .q = in->q, .category_id = in->category_id, .instructor_id = in->instructor_id, .term_id = in->term_id,
				   .to_decide = in->to_decide, .has_status = in->status > 0,
				   .status = in->status - 1, .sort = in->sort, .drafts = sees_drafts(rq), .from = rq->cursor, .limit = in->limit };

	struct keyset stopped = { 0 };

	f.stopped = &stopped;
	list_page_so_far(rq, out, course_list(rq->ctx, &f), &course_row_shape, in->limit,
			 in->sort == COURSE_OPENING ? keys_by_opening : keys_newest, &stopped);
}

static outcome list_courses(struct request *rq)
{
	struct list_out out = { 0 };

	course_list_page(rq, &out);
	return reply(rq, &out);
}

static outcome show(struct request *rq)
{
	struct id_in *in = rq->in;
	struct course k;

	if (!course_find(rq->ctx, in->id, sees_drafts(rq), &k))
		return &course_unknown;
	return reply(rq, &k);
}

static outcome create(struct request *rq)
{
	struct course k;
	outcome o = course_create(rq->ctx, rq->in, &k);

	if (o != OK)
		return o;
	return reply(rq, &k);
}

static outcome edit(struct request *rq)
{
	const struct course_input *in = rq->in;
	struct course_patch p = { .id = in->id, .version = rq->if_match, .given = rq->given, .in = *in };
	struct course k;
	outcome o = course_edit(rq->ctx, &p, &k);

	if (o != OK)
		return o;
	return reply(rq, &k);
}

static outcome decide(struct request *rq)
{
	struct course_reason_in *in = rq->in;
	struct course k;
	outcome o = course_decide(rq->ctx, in->id, in->reason, &k);

	if (o != OK)
		return o;
	return reply(rq, &k);
}

/* -- copies, many at once -- */

const struct shape course_copying_shape = SHAPE("CourseCopy", struct course_copying,
	F(id, .read_only = true), F(first_day, .about = "Of the first session; all move by the same days."), F(term_id, .min = 1),
	F(title, .min = 1, .max = 120));

static outcome copy(struct request *rq)
{
	struct course k;
	outcome o = course_copy(rq->ctx, rq->in, &k);

	if (o != OK)
		return o;
	return reply(rq, &k);
}

struct bulk_in {
	list ids;
	int action;
	opt_int first_day_shift_days, term_id;
	str reason;
	bool dry_run;
};
static const struct shape bulk_in_shape = SHAPE("CourseBulk", struct bulk_in,
	F(ids, .of = &int_item_shape, .min = 1, .max = COURSE_BULK_MAX), F(action, .words = course_bulk_actions),
	F(first_day_shift_days, .min = -36500, .max = 36500, .about = "Of a copy: by how many days all of it moves. Left out: to the "
	  "first day of the term that is the same day of the week."), F(term_id, .min = 1),
	F(reason, .optional = true, .max = 500), F(dry_run, .optional = true, .about = "Says what would be done, and does nothing."));

struct bulk_out {
	list results;
};
static const struct shape bulk_out_shape = SHAPE("CourseBulkResults", struct bulk_out, F(results, .of = &course_bulk_result_shape));

static outcome bulk(struct request *rq)
{
	struct bulk_in *in = rq->in;
	const struct int_item *id = in->ids.p;
	int64_t ids[COURSE_BULK_MAX];
	struct course_bulk b = { ids, in->ids.n, in->action, in->first_day_shift_days, in->term_id, in->reason, in->dry_run };
	struct bulk_out out = { { NULL, 0 } };
	outcome o;

	for (size_t i = 0; i < b.n; i++)
		ids[i] = id[i].value;
	o = course_bulk(rq->ctx, &b, &out.results);
	return o == OK ? reply(rq, &out) : o;
}

/* -- rooms -- */

static const struct shape room_list_shape = LIST_SHAPE("RoomList", course_room_shape);

static void room_keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct course_room *)row)->id;
}

static outcome rooms(struct request *rq)
{
	const struct page_in *in = rq->in;
	struct list_out l = { .data = course_rooms(rq->ctx, rq->cursor.n[0], in->limit + 1) };

	l.next_cursor = next_page(cursor_next(rq, &l.data, sizeof(struct course_room), in->limit, room_keys));
	return reply(rq, &l);
}

struct room_in {
	int64_t id;
	opt_int seats;
	bool active;
};
static const struct shape room_in_shape = SHAPE("RoomPatch", struct room_in,
	F(id, .read_only = true), F(seats, .min = 1, .max = 100000), F(active, .optional = true));

static outcome edit_room(struct request *rq)
{
	struct room_in *in = rq->in;
	struct course_room_patch p = { in->id, given(rq, "seats"), in->seats, { given(rq, "active"), in->active } };
	struct course_room r;
	outcome o = course_room_edit(rq->ctx, &p, &r);

	return o == OK ? reply(rq, &r) : o;
}

/* -- timetable -- */

struct timetable_in {
	day from, to;
	opt_str room, cursor;
	opt_int instructor_id;
	int64_t limit;
};
static const struct shape timetable_in_shape = SHAPE("TimetableFilter", struct timetable_in,
	F(from), F(to, .about = "The last day; at most 62 days in all."), F(room, .min = 1, .max = 60), F(instructor_id, .min = 1),
	F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));
static const struct shape timetable_shape = PAGED_SHAPE("Timetable", course_slot_shape);

static void slot_keys(const void *row, int64_t n[2])
{
	const struct course_slot *s = row;

	n[0] = s->starts_at.us;
	n[1] = s->id;
}

static outcome timetable(struct request *rq)
{
	const struct timetable_in *in = rq->in;
	struct course_timetable_filter f = { in->from, in->to, in->room, in->instructor_id, in->limit, rq->cursor };
	struct list_out out;
	list slots;
	outcome o = course_timetable(rq->ctx, &f, &slots);

	if (o != OK)
		return o;
	list_page(rq, &out, slots, &course_slot_shape, in->limit, slot_keys);
	return reply(rq, &out);
}

const struct route course_routes[] = {
	{ GET, "/api/v1/courses", ANYONE, list_courses, &course_filter_shape, &course_list_shape, .cached = CACHED_CATALOGUE, .rate = RATE_CATALOGUE,
	  .about = "The public catalogue. A page of a search may be shorter than `limit` although another follows." },
	{ GET, "/api/v1/courses/{id}", ANYONE, show, &id_in_shape, &course_shape, .cached = CACHED_CATALOGUE,
	  .fails = FAILS(&course_unknown), .about = "One course, with its timetable and live numbers." },
	{ GET, "/api/v1/admin/courses", ANY_STAFF, list_courses, &staff_filter_shape, &course_list_shape, .about = "All courses, drafts too." },
	{ POST, "/api/v1/admin/courses", STAFF, create, &course_input_shape, &course_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&room_taken, &instructor_busy), .about = "A new course; it begins as a draft." },
	{ GET, "/api/v1/admin/courses/{id}", ANY_STAFF, show, &id_in_shape, &course_shape, .fails = FAILS(&course_unknown),
	  .about = "One course, drafts too." },
	{ PATCH, "/api/v1/admin/courses/{id}", STAFF, edit, &course_input_shape, &course_shape, .if_match = true,
	  .fails = FAILS(&course_unknown, &capacity_below_taken, &version_stale, &room_taken, &instructor_busy, &session_attended),
	  .about = "Changes what is given (JSON merge patch). If all of it is so already, the version stays." },
	{ POST, "/api/v1/admin/courses/{id}/decision", STAFF, decide, &course_reason_shape, &course_shape, .once = ONCE_TX,
	  .fails = FAILS(&course_unknown, &course_status_refused, &course_decided), .about = "It runs although fewer than the minimum came." },
	{ POST, "/api/v1/admin/courses/{id}/copy", STAFF, copy, &course_copying_shape, &course_shape, .status = 201, .once = ONCE_TX,
	  .fails = FAILS(&course_unknown, &room_taken, &instructor_busy), .about = "A draft of the same course at another time." },
	{ POST, "/api/v1/admin/courses/bulk", STAFF, bulk, &bulk_in_shape, &bulk_out_shape, .once = ONCE_TX,
	  .items_fail = FAILS(&course_unknown, &course_status_refused, &room_taken, &instructor_busy, &invalid),
	  .about = "Opens, closes or copies up to 200 courses, each by itself; a dry run only says what would be done." },
	{ GET, "/api/v1/admin/timetable", ANY_STAFF, timetable, &timetable_in_shape, &timetable_shape,
	  .about = "Sessions of courses that are not cancelled, between two days, as they follow each other." },
	{ GET, "/api/v1/admin/rooms", ANY_STAFF, rooms, &page_in_shape, &room_list_shape, .about = "The rooms that were ever booked, by name." },
	{ PATCH, "/api/v1/admin/rooms/{id}", STAFF, edit_room, &room_in_shape, &course_room_shape, .fails = FAILS(&room_unknown),
	  .about = "Changes what is given (JSON merge patch)." },
	COURSE_PAGE_ROUTES
	{ 0 }
};
