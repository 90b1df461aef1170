/* change/change_private.h -- what the files of change requests share among themselves (change*.c). */
#ifndef CHANGE_PRIVATE_H
#define CHANGE_PRIVATE_H

#include "change/change.h"
#include "notify/notify.h"

/* With what stays inside: of every row that a rule works on. */
extern const struct shape change_whole_shape;

/* -- change_fields.c: fields as JSON, one at a time --------------------------------------------------------------------- */

enum { CHANGE_FIELDS = 9 };
/* The bit of a field in a set of them. */
uint64_t change_bit(const char *field);
/* The fields of an object of JSON; *bits: which are there. What can't be read counts as not there. */
void change_read(struct ctx *, str json, struct change_fields *, uint64_t *bits);
/* These fields as an object of JSON: as it is kept, with the ids of the sessions that go on; and without, as it is compared. One of them as its
 * value, compared. */
str change_write(struct ctx *, const struct change_fields *, uint64_t bits);
str change_said(struct ctx *, const struct change_fields *, uint64_t bits);
str change_value(struct ctx *, const struct change_fields *, size_t nth);
struct change_fields change_fields_of(const struct course *);
/* Of these fields, those in which the two differ. */
uint64_t change_unlike(struct ctx *, const struct change_fields *, const struct change_fields *, uint64_t bits);
size_t change_count_bits(uint64_t bits);
bool change_is_sensitive(int kind, uint64_t bits);

/* What a request asks for, and what it was filed on: `status` cancelled for a deletion. */
struct asked {
	uint64_t bits;
	struct change_fields base, proposed;
};
void change_asked(struct ctx *, const struct change *, struct asked *);
/* The fields in which the course moved on to something else. */
uint64_t change_conflicts(struct ctx *, const struct asked *, const struct course *);

/* -- change_text.c: struct diff_part, from the one to the other ------------------------------------------------------------ */

/* Line by line, and word by word where lines differ. What stays and goes, joined, is `from`; what stays and comes is `to`. */
list change_diff_text(struct ctx *, str from, str to);
list change_diff_lines(struct ctx *, str from, str to);      /* each line a part */
list change_fold(struct ctx *, list parts);
list change_fold_lines(struct ctx *, list lines);

/* -- change_apply.c: on the course --------------------------------------------------------------------------------------- */

/* Edits the course, or changes its status. *changed: the fields that were not so already. Errors are at changes.<field>. */
outcome change_apply(struct ctx *, const struct change *, const struct asked *, const struct course *before, str reason, uint64_t *changed,
		     struct course *after);
/* A course that an undo has led back: at version `is` it is what it was at version `was`. */
struct led_back {
	int64_t course_id, is, was;
};
/* Back to what it was before. The course must be as the request left it, else course_moved_on; notes in *back where it is then. */
outcome change_apply_back(struct ctx *, const struct change *, struct led_back *back);
/* As change_apply, and takes it back. */
outcome change_probe(struct ctx *, const struct change *, const struct asked *, const struct course *);
/* Errors noted since `before` stand in the request's `changes`. */
void change_errors_inside(struct ctx *, const struct field_error *before);
/* A course that is over is not changed any more. */
outcome change_course_lives(struct ctx *, const struct course *);
/* Can this be decided on the course as it is? All but a rejection asks, and so does who shows the effect: nothing is said to be possible
 * that is refused then. course_status_refused, change_passed_on, change_stale; what the course's own rules say comes with change_apply. */
outcome change_stands(struct ctx *, const struct change *, const struct asked *, const struct course *);

/* -- rows ------------------------------------------------------------------------------------------------------------------ */

bool change_lock(struct ctx *, int64_t id);
/* All of them, locked in the order of their ids: struct change. */
list change_lock_many(struct ctx *, const int64_t *ids, size_t n);
/* Whose turn it is when many are worked on: by course, then by request. All are locked. */
struct turn {
	size_t nth;                    /* of the ids */
	struct change *r;              /* NULL: unknown */
};
struct turn *change_turns(struct ctx *, const int64_t *ids, size_t n);
/* A failure in the reader's words, with the first of c->errors. */
str change_words_for(struct ctx *, outcome why);
void change_step_add(struct ctx *, int64_t id, enum change_state, str reason, opt_int batch_id, bool undone);
outcome change_state_wrong(struct ctx *, const struct change *);
/* version_stale, unless it still is as it was seen. */
outcome change_as_seen(struct ctx *, const struct change *, opt_int seen);

/* The notices of a batch leave, its row being locked (0: of none), and more (struct notice) with them, all in the order of the members' streams. */
void change_tell(struct ctx *, int64_t batch_id, list more);
/* The notice of its last decision waits behind that of this batch, if it has not left yet; it goes again, if it still waits behind that
 * of this batch; and it never leaves. */
void change_notice_hold(struct ctx *, const struct change *before, int64_t batch_id);
void change_notice_let_go(struct ctx *, const struct change *now, int64_t batch_id);
void change_notice_drop(struct ctx *, const struct change *);
/* To the instructor: it has to be filed again; or it is over, because the course has been passed on. */
struct notice change_stale_notice(struct ctx *, const struct change *, bool passed_on);
/* It was filed: the instructor and the operators hear of it. */
void change_tell_submitted(struct ctx *, const struct change *);

#endif
