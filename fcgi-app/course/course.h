/* course/course.h -- what is sold: title, people, dates, price, and when one may enrol (CO-1, CO-2).
 *
 * The text of a course changes rarely and carries a version, which every edit raises: an edit names the version that it
 * was made on (If-Match). One that changes nothing is no edit: no version, no line on the log, no event. Seats are the queue's: each change of
 * capacity, window or status is handed to it in the same transaction (queue_course_set), and live numbers are read through its view seat_count.
 *
 *	draft -> open <-> closed        draft, open, closed -> cancelled        open, closed -> finished
 *
 * A cancelled course writes the event course.cancelled {course_id, reason} (LANE_WORK, stream k.<id>): the refund module cancels its
 * enrolments. An edit of what enrolled members planned with (title, sessions) writes course.changed {course_id, fields}: enrolment tells them.
 *
 * A room, and an instructor, is in one place at a time: sessions of living courses (not cancelled, not finished) that overlap are refused.
 * Bookings are decided under the rows of the rooms (ascending by name) and then of the instructor, after the course's own row and before its seats.
 *
 * Tables: course, course_session (sql/0003)   Routes: course_routes.c   Pages: course_pages.c, templates/course/
 * Tests: tests/unit/test_course.c, tests/http/
 */
#ifndef COURSE_H
#define COURSE_H

#include "core/ctx.h"
#include "core/shape.h"
#include "data/db.h"
#include "data/outbox.h"

enum course_status { COURSE_DRAFT, COURSE_OPEN, COURSE_CLOSED, COURSE_CANCELLED, COURSE_FINISHED };
extern const char *const course_statuses[];

struct course_session {
	when starts_at, ends_at;
	str room;
	int64_t id;                /* stays when the course is edited; what is sent with it goes on with it */
};

/* As the API shows it. In lists, sessions and description stay out (course_row_shape). */
struct course {
	int64_t id;
	str title;
	struct id_name category, instructor;
	money price;
	int64_t capacity, seats_left, queue_length;
	int status;
	when enrol_opens_at, enrol_closes_at;
	opt_day starts_on, ends_on;
	list sessions;
	str description;
	int64_t hold_seconds;
	int64_t min_enrolled;
	opt_day decide_on;
	opt_str decision;          /* "run" */
	struct id_name term;       /* or_null */
	int64_t version;
};
extern const struct shape course_shape, course_row_shape, course_session_shape, course_ref_shape;

/* What staff send: everything to create one; what is given, to edit one. */
struct course_input {
	int64_t id;
	str title;
	int64_t category_id, instructor_id;
	money price;
	int64_t capacity, hold_seconds;
	when enrol_opens_at, enrol_closes_at;
	str description;
	list sessions;
	opt_int term_id;
	int64_t min_enrolled;
	opt_day decide_on;             /* needed only with min_enrolled; three days before the first session if left out */
};
extern const struct shape course_input_shape;

/* Bits of course_patch.given, in the order of the members of course_input. */
struct course_patch {
	int64_t id;
	opt_int version;                    /* that the edit was made on; absent: any */
	uint64_t given;                     /* of course_input_shape */
	struct course_input in;
	bool quiet;                         /* the caller sends course.changed itself, later */
};

/* Writes course.changed {course_id, fields}, if anything is: who is enrolled hears of title and sessions, who waits or holds a seat
 * of the price too. */
void course_changed(struct ctx *, int64_t id, bool title, bool sessions, bool price);

enum course_sort { COURSE_NEWEST, COURSE_OPENING };
enum { COURSE_DECIDE_AHEAD = 7, COURSE_LOOK_MOST = 2000 };
struct course_filter {
	opt_int category_id, instructor_id, term_id;
	opt_str q;                          /* words that must all be in it, also inside longer ones */
	bool has_status;
	int status;
	int sort;
	bool drafts;                        /* staff see them */
	bool to_decide;                     /* fewer than min_enrolled, and decide_on is past or within COURSE_DECIDE_AHEAD days */
	struct keyset from;                 /* keys of enum course_sort: opening, id */
	int64_t limit;
	/* A search looks into the texts of at most so many candidates (0: COURSE_LOOK_MOST). If that is not enough to fill the page, it gives what it
	 * found and, if somebody asks, where it stopped: the list goes on from there. */
	int64_t look_most;
	struct keyset *stopped;
};

extern const struct failure course_status_refused;     /* 409 */
extern const struct failure room_taken;                /* 409: at sessions[i].room */
extern const struct failure instructor_busy;           /* 409: at sessions[i].starts_at */
extern const struct failure session_attended;          /* 409: a session with attendance can't be taken out */
extern const struct failure sessions_to_come;          /* 409: more than the caller knew of */
extern const struct failure course_decided;            /* 409 */

bool course_find(struct ctx *, int64_t id, bool drafts, struct course *);
/* Locks the course's own row, which comes before all others, and shows it with its sessions. Call within db_tx. */
bool course_lock(struct ctx *, int64_t id, struct course *);
/* limit + 1 rows, for list_page. */
list course_list(struct ctx *, const struct course_filter *);
outcome course_create(struct ctx *, const struct course_input *, struct course *made);
outcome course_edit(struct ctx *, const struct course_patch *, struct course *now);
outcome course_set_status(struct ctx *, int64_t id, enum course_status, str reason, struct course *now);
/* The same for finished. sessions_to_come if more are to come than were seen; absent: it ends whatever is to come. */
outcome course_finish(struct ctx *, int64_t id, opt_int sessions_seen, str reason, struct course *now);
/* How many of its sessions have not begun, and when the next one does. */
int64_t course_sessions_to_come(const struct ctx *, const struct course *, opt_when *next);
/* Runs although fewer than min_enrolled came. Not to run is the status cancelled. */
outcome course_decide(struct ctx *, int64_t id, str reason, struct course *now);

/* A draft of the same course: sessions moved by whole days, so that the first is on `first_day` (the weekday is the caller's business) and the
 * hours stay; the enrolment window moved by the same days. */
struct course_copying {
	int64_t id;
	day first_day;
	opt_int term_id;
	opt_str title;                      /* else the same */
};
outcome course_copy(struct ctx *, const struct course_copying *, struct course *made);

/* Many at once, each by itself, in the order of their ids. A dry run does the same and takes it back. */
enum course_bulk_action { COURSE_BULK_OPEN, COURSE_BULK_CLOSE, COURSE_BULK_COPY };
extern const char *const course_bulk_actions[];
enum { COURSE_BULK_MAX = 200 };
struct course_bulk {
	const int64_t *ids;
	size_t n;
	int action;
	/* Of a copy: its first day is so many days after the first day of what is copied; not set: the first day of the term that is the same
	 * day of the week. One of the two is needed. */
	opt_int shift_days;
	opt_int term_id;                    /* of a copy; else the same */
	str reason;
	bool dry_run;
};
struct course_bulk_result {
	int64_t id;
	bool ok;
	opt_str code, message;
	opt_int made_id;
	opt_day first_day;                  /* of a copy, also of one that is only tried */
};
extern const struct shape course_bulk_result_shape;
outcome course_bulk(struct ctx *, const struct course_bulk *, list *results);

/* A room exists from its first booking on. */
struct course_room {
	int64_t id;
	str name;
	opt_int seats;
	bool active;                        /* offered in forms; a booking is never refused for it */
};
extern const struct shape course_room_shape;
extern const struct failure room_unknown;              /* 404 */
/* In the order of their names, from the one behind that room on (0: from the first). A room is never taken away. */
list course_rooms(struct ctx *, int64_t after_id, int64_t limit);
struct course_room_patch {
	int64_t id;
	bool sets_seats;
	opt_int seats;
	opt_bool active;
};
outcome course_room_edit(struct ctx *, const struct course_room_patch *, struct course_room *now);

/* Who is where between two days (in Seoul, both included, at most COURSE_TIMETABLE_DAYS): of courses that are not cancelled. One row more than limit
 * (list_page). */
enum { COURSE_TIMETABLE_DAYS = 62 };
struct course_slot {
	int64_t id, course_id;
	str title;
	int status;
	int64_t n;
	when starts_at, ends_at;
	str room;
	struct id_name instructor;
};
extern const struct shape course_slot_shape;
struct course_timetable_filter {
	day from, to;
	opt_str room;
	opt_int instructor_id;
	int64_t limit;
	struct keyset after;
};
outcome course_timetable(struct ctx *, const struct course_timetable_filter *, list *slots);

/* Who else is in these rooms, or where else the instructor is, at these times; not counting course `id` itself (0: a new one). */
struct course_clash {
	str kind;                           /* "room", "instructor" */
	int64_t n;                          /* which of the sessions, from 0 */
	int64_t course_id;
	str title, room;
	when starts_at, ends_at;
};
list course_clashes(struct ctx *, int64_t id, int64_t instructor_id, const struct course_session *, size_t n);

/* What a course is found by (course_search.h): kept with every change of the course itself, by the two listeners with the events
 * instructor.changed {instructor_id} and category.changed {category_id}. Call within db_tx, with the course's row locked. */
void course_text_refresh(struct ctx *, int64_t id);
extern const struct listener course_listeners[];
/* Of courses that came in by SQL (demo data, an older schema); of all. How many; in transactions of their own. */
int64_t course_text_missing(struct ctx *);
int64_t course_text_rebuild(struct ctx *);

/* The course as an input: what an edit starts from. */
struct course_input course_as_input(const struct course *);

/* What a checkout needs. */
struct course_terms {
	int64_t id;
	str title;
	money price;
};
bool course_terms(struct ctx *, int64_t id, struct course_terms *);

#endif
