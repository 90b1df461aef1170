/* roster/roster.h -- who is in a course, and who was there (CO-3).
 *
 * Roster, attendance per session, CSV (UTF-8 with BOM, formula cells made harmless), printable sign-in sheet, the list of all enrolments.
 * Every look at a roster is a look at personal data, and is written down (staff_log_look).
 *
 * Tables: attendance (sql/0012)   Routes: roster_routes.c, roster_enrolments.c   Pages: roster_pages.c, roster_attendance.c,
 * templates/roster/   Tests: tests/unit/test_roster.c
 */
#ifndef ROSTER_H
#define ROSTER_H

#include "core/buf.h"
#include "core/ctx.h"
#include "core/shape.h"

enum attendance_state { ATTENDANCE_PRESENT, ATTENDANCE_LATE, ATTENDANCE_ABSENT, ATTENDANCE_EXCUSED };
extern const char *const attendance_states[];

extern const struct failure course_session_unknown;    /* 404 */

struct attendance_mark {
	int64_t enrolment_id;
	int state;
};
extern const struct shape attendance_mark_shape;
/* Of one session; marks of people who are not enrolled, and two for the same, are refused (422, at marks[i].enrolment_id). A mark that says
 * what was said before keeps who noted it, and when. Changes by the staff are logged. Call within db_tx. */
outcome roster_mark(struct ctx *, int64_t course_id, int64_t session_id, const struct attendance_mark *, size_t n);

/* One cell of a CSV file (RFC 4180): quoted where it must be; a text that a spreadsheet would take as a formula (= + - @, also
 * wide or behind blanks; tab or CR at its beginning) gets an apostrophe before it (OWASP, CSV injection). Numbers are written as they are. */
void csv_text(struct buf *, str);
void csv_int(struct buf *, int64_t);
void csv_next(struct buf *);           /* the comma */
void csv_end(struct buf *);            /* CR LF */

#endif
