/* change/change.h -- what instructors ask to have changed in their courses, and what operators decide (RQ-1 to RQ-5).
 *
 *	draft -> submitted -> approved -> completed          completed: applied to the course, in the same transaction
 *	         submitted, approved -> rejected | withdrawn (submitted only, by the instructor) | stale
 *	         stale, draft -> submitted (filed again on the course as it is now) | withdrawn
 *	undo of a batch: approved, rejected, completed -> what it was before
 *
 * A request holds the fields that it touches as they were (base, with the course's version) and as they shall be (changes). Compared
 * with the course as it is (current), a field is in conflict if current is neither the base nor the proposal. A request with a
 * conflict is not approved and not completed: it becomes stale (409 change_stale, and the state is kept in a transaction of its
 * own), and the instructor may file it again. A course that moved on in other fields is no conflict. So does a request whose course
 * another instructor has by now (409 change_passed_on), but it is not filed again: whoever has the course asks for what they want.
 *
 * There is no second opinion on what is valid: filing and dry runs run course_edit / course_set_status themselves and take it back
 * (db_try).
 *
 * A decision may name the version of the request that it was made on: what has been filed anew with other values, or decided by somebody
 * else, is not decided by who has not seen it (version_stale).
 *
 * Decisions may be staged first (a, r, s in the console): kept on the server, seen by colleagues, nothing happens. Sending them
 * makes a batch. The notices of a batch leave at its tell_at; until then it can be undone as a whole, each by itself: an applied
 * edit only while the course is still at the version that it left (course_moved_on otherwise); a cancelled course never (its refunds
 * are on their way: change_final). All of a batch happens in one transaction, each request in a piece of its own (db_try), in the
 * order of (course, request): so a dry run, which is the same and then rolled back, says what the real one will do. all_or_nothing:
 * one that can't be done stops all.
 *
 * A request is told of once: a decision on one whose last notice has not left yet holds that notice back, and what is told is the later one.
 * Undoing the later one lets the earlier go, at its batch's time or now if that has passed. What becomes stale is told as stale alone.
 *
 * Told: request.submitted to the instructor and to operators; request.stale or .passed_on to the instructor, at once; request.approved, .rejected,
 * .completed {request_id, course_id, course_title, reason} to the instructor; course.changed when a completed edit touched what concerns
 * people (title, sessions; the price those who have not paid yet), as course's own event.
 *
 * Tables: change_request, change_step, change_batch, change_notice; view change_brief (sql/0013)
 * Rules: change.c (filing), change_diff.c (fields, conflicts, words), change_impact.c, change_decide.c (approve, reject, complete),
 * change_batch.c (bulk, stage, undo, notices)   Routes: change_routes.c   Pages: change_pages.c (operators), teach_pages.c
 * (instructors), templates/change/, templates/teach/
 * Tests: tests/unit/test_change.c, test_change_batch.c
 */
#ifndef CHANGE_H
#define CHANGE_H

#include "core/ctx.h"
#include "core/shape.h"
#include "course/course.h"
#include "data/db.h"
#include "data/job.h"

enum change_kind { CHANGE_EDIT, CHANGE_DELETE, CHANGE_STATUS };
enum change_state { CHANGE_DRAFT, CHANGE_SUBMITTED, CHANGE_APPROVED, CHANGE_COMPLETED, CHANGE_REJECTED, CHANGE_WITHDRAWN, CHANGE_STALE };
enum change_action { CHANGE_DO_APPROVE, CHANGE_DO_REJECT, CHANGE_DO_COMPLETE };
enum change_staged { CHANGE_STAGE_NONE, CHANGE_STAGE_APPROVE, CHANGE_STAGE_REJECT, CHANGE_STAGE_SKIP };
extern const char *const change_kinds[], *const change_states[], *const change_actions[], *const change_stages[];

/* What an instructor may ask for; a subset of course_input, with the same names and limits. The rest is for operators alone. */
struct change_fields {
	str title;
	money price;
	int64_t capacity, min_enrolled;
	when enrol_opens_at, enrol_closes_at;
	str description;
	list sessions;             /* struct course_session */
	int status;                /* kind status only: open or closed; finished */
};
extern const struct shape change_fields_shape;

/* One field, three ways. The values are JSON as the API shows them; the pages get words made of them. */
struct change_diff {
	str field;                 /* "sessions" */
	json_text base, proposed, current;
	bool conflict;             /* somebody else changed it meanwhile, to something else */
	bool sensitive;            /* price, sessions, capacity, status: money or people's plans */
};
extern const struct shape change_diff_shape;

/* What a page shows of a field: the same as words in the reader's language, and for long texts the words that go and come.
 * Line by line for sessions ("12. 3. (목) 10:00–12:00 · 101호"), word by word for title and description. */
struct diff_part {
	str text;
	bool ins, del;             /* neither: it stays; long stretches that stay are folded to their ends */
};
extern const struct shape diff_part_shape;
struct diff_words {
	str field, label;
	str base, proposed, current;   /* plain words */
	bool conflict, sensitive, is_text, current_is_base, current_is_proposed;
	list parts;                    /* struct diff_part: from current to proposed */
};
extern const struct shape diff_words_shape;

struct change_clash {
	str kind;                  /* "room", "instructor" */
	int64_t course_id;
	str title, room;
	when starts_at, ends_at;
};
struct change_impact {
	int64_t course_id;
	int64_t enrolled, waiting, held;
	int64_t offered;           /* of those who wait: they get a seat at once */
	money refunds_due;         /* if it is completed now */
	int64_t told;              /* members who will hear of it */
	opt_str blocked, blocked_message;      /* why it can't be completed now: the failure's code and words */
	bool final;                /* can't be undone: refunds begin at once */
	list clashes;              /* struct change_clash */
};
extern const struct shape change_impact_shape;

struct change_course {
	int64_t id;
	str title;
	int64_t version;
};
struct change {
	int64_t id;
	struct change_course course;
	struct id_name instructor;
	int kind, state;
	int64_t base_version;
	str note, reason;
	json_text changes;
	int64_t n_fields;
	bool sensitive;
	int staged;                /* enum change_staged */
	str staged_reason;
	struct id_name staged_by, decided_by;          /* id 0, null: nobody */
	opt_int batch_id;
	when created_at;
	opt_when submitted_at, decided_at, completed_at;
	int64_t version;

	list diff, history;        /* of one that is shown: change_show */
	struct change_impact impact;

	/* What stays inside. */
	int64_t member_id;         /* who filed it */
	json_text base;            /* the touched fields as they were, like changes */
	json_text was;             /* those that completing it changed, as they were before */
	opt_int applied_version;   /* of the course, when it was completed */
};
extern const struct shape change_shape, change_row_shape;      /* row: without changes */
extern const struct shape change_detail_shape;                 /* with diff, impact, history: for operators */
extern const struct shape change_own_shape, change_own_row_shape, change_own_detail_shape;   /* for instructors: what is staged is not shown */

/* One change of its state. */
struct change_step {
	when at;
	struct id_name by;
	int state;
	str reason;
	bool undone;               /* an undo brought it here */
};
extern const struct shape change_step_shape;

extern const struct failure change_unknown;            /* 404 */
extern const struct failure change_batch_unknown;      /* 404 */
extern const struct failure change_state_refused;      /* 409: not from this state */
extern const struct failure change_stale;              /* 409: the course moved on in a touched field */
extern const struct failure change_passed_on;          /* 409: the course has another instructor by now */
extern const struct failure change_twice;              /* 409: the same is filed already */
extern const struct failure change_empty;              /* 422: nothing would change */
extern const struct failure change_not_allowed;        /* 422: a field that is not theirs to touch */
extern const struct failure course_moved_on;           /* 409: an undo came too late */
extern const struct failure change_final;              /* 409: a cancelled course is not undone */
extern const struct failure change_told;               /* 409: the notices have left */
extern const struct failure change_undone;             /* 409: it was undone already */
extern const struct failure change_held_back;          /* 409: could be done, but another of the batch could not (all_or_nothing) */

/* -- instructors -- the caller owns the course, else course_unknown; the request is theirs, else change_unknown. ------------------------- */

struct change_filing {
	int64_t id;                    /* of the request; 0: a new one */
	opt_int seen;                  /* the version of it that this was made on, not set: any */
	int64_t course_id;
	enum change_kind kind;
	uint64_t given;                /* of change_fields_shape: which fields are asked for; those equal to the course's own are dropped */
	struct change_fields changes;
	str note;
	bool draft;                    /* keep it, don't send it */
};
/* Files a new one, or changes a draft or stale one (its base becomes the course as it is now). */
outcome change_file(struct ctx *, const struct change_filing *, struct change *);
outcome change_submit(struct ctx *, int64_t id, struct change *);
outcome change_withdraw(struct ctx *, int64_t id, struct change *);
/* The course with the proposals put over it: what a form begins with. */
void change_proposed(struct ctx *, const struct change *, const struct course *, struct change_fields *);

/* -- operators -------------------------------------------------------------------------------------------------------------------------- */

bool change_find(struct ctx *, int64_t id, struct change *);
bool change_find_own(struct ctx *, int64_t id, struct change *);
/* Fills in diff, history, and for operators impact. */
void change_show(struct ctx *, struct change *, bool impact);
list change_diffs(struct ctx *, const struct change *);                    /* struct change_diff */
list change_diff_words(struct ctx *, const struct change *);               /* struct diff_words */
void change_impact(struct ctx *, const struct change *, struct change_impact *);
list change_history(struct ctx *, int64_t id);                             /* struct change_step, oldest first */

struct change_filter {
	bool has_state, has_kind;
	int state, kind;
	opt_int course_id, instructor_id, member_id;
	bool sent;                     /* not what is still a draft */
	bool oldest_first;             /* the order of deciding; else the newest first */
	struct keyset from;
	int64_t limit;
};
list change_list(struct ctx *, const struct change_filter *);              /* limit + 1 rows, for list_page */
int64_t change_count(struct ctx *, enum change_state);                     /* counted up to 1,000 */

enum change_tell { CHANGE_TELL_LATER, CHANGE_TELL_NOW };

struct decision {
	enum change_action action;
	str reason;
};
enum { CHANGE_BULK_MAX = 200 };
struct change_bulk {
	const int64_t *ids;            /* at most CHANGE_BULK_MAX */
	const struct decision *each;   /* one per id; NULL: action and reason count for all */
	const opt_int *seen;           /* one per id: the version that the decision was made on, not set: any; NULL: any of all */
	size_t n;
	enum change_action action;
	str reason;                    /* of a rejection: required */
	enum change_tell tell;
	bool dry_run, all_or_nothing;
};
struct change_result {
	int64_t id;
	int action;
	bool ok;
	opt_str code;                  /* of the failure */
	opt_str message;               /* its words, with the field where there is one */
	struct change_impact impact;   /* dry run only, else null */
	str reason;                    /* stays inside: what the notice of a decision says */
};
extern const struct shape change_result_shape;
/* One transaction, locks in order, results in the order of ids. *batch_id 0 for a dry run, or if nothing was done. */
outcome change_bulk(struct ctx *, const struct change_bulk *, list *results, int64_t *batch_id);
/* A single decision: a bulk of one whose failure is the outcome. */
outcome change_decide(struct ctx *, int64_t id, opt_int seen, enum change_action, str reason, enum change_tell, struct change *now);

outcome change_stage(struct ctx *, int64_t id, opt_int seen, enum change_staged, str reason, struct change *now);
list change_staged_by(struct ctx *, int64_t member_id);                    /* struct change, oldest first, at most 200 */

struct change_batch {
	int64_t id;
	struct id_name by;
	when at;
	opt_when tell_at, told_at, undone_at;
	list results;                  /* struct change_result */
};
extern const struct shape change_batch_shape;
bool change_batch_find(struct ctx *, int64_t id, struct change_batch *);
/* The undo of this batch took this decision back. */
bool change_was_taken_back(struct ctx *, int64_t request_id, int64_t batch_id);
outcome change_batch_undo(struct ctx *, int64_t id, list *results);        /* struct change_result: what could be undone */
outcome change_batch_tell(struct ctx *, int64_t id);                       /* its notices leave now */
enum { CHANGE_UNDO_SECONDS = 600 };

extern const struct job change_jobs[];                                     /* change.tell: notices that are due */

#endif
