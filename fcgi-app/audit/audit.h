/* audit/audit.h -- proves on the live database what must always hold (OP-6).
 *
 * Each invariant is one named statement that finds what breaks it, a row for each violation, with a sentence about what
 * it means. All of them look at one snapshot, so a moving system shows no false alarms; what may be broken for a moment
 * (a hold that has just run out) has its grace written into the statement.
 * `madang audit` prints a table and exits with 0, or 1 if something is broken, 2 if it could not look; --json for
 * programs.
 *
 * Statements: audit_seats.c, audit_money.c, audit_events.c, audit_staff.c, audit_changes.c.   Tests: tests/chaos/ (every run ends with it)
 */
#ifndef AUDIT_H
#define AUDIT_H

#include "core/ctx.h"
#include "data/db.h"

struct invariant {
	const char *name;
	const char *about;              /* what must hold */
	const struct sql *violations;   /* one column `what`, a line for each; @audit_now is the time of the snapshot */
	list (*look)(struct ctx *);     /* what no statement can say, instead of one: struct audit_row */
	bool warning;                   /* worth a look, but nothing is wrong */
};

/* A row is named like its statement. */
#define MUST(statement, about) { #statement, about, &statement, NULL, false }
#define SHOULD(statement, about) { #statement, about, &statement, NULL, true }
#define MUST_CALL(function, about) { #function, about, NULL, function, false }

/* Events whose listeners ask the gateway or the mail server. */
#define AUDIT_OUTSIDE_TYPES "'mail.send', 'payment.return', 'refund.send'"

/* The lists of the files; each ends with a row without a name. */
extern const struct invariant audit_seats[], audit_money[], audit_events[], audit_staff[], audit_changes[];

struct finding {
	const struct invariant *of;
	size_t n;                       /* violations, counted up to AUDIT_ROWS */
	list rows;                      /* struct audit_row */
};
struct audit_row { str what; };

enum { AUDIT_ROWS = 200, AUDIT_MAX = 64 };

/* Looks at everything in one snapshot of the connection of this ctx. Fills out[AUDIT_MAX], returns how many. */
size_t audit_look(struct ctx *, struct finding *out);

int audit_command(int argc, char **argv);

#endif
