/* core/fault.h -- faults unwind.
 *
 * A broken database, a bug, an impossible state: fault() does not return. It jumps to the innermost frame, which is
 * either the transaction that runs (it rolls back, and passes the fault on or repeats) or the loop that serves
 * requests or jobs (it answers 500 and resets). There is no setjmp anywhere else (docs/architecture.md, D17).
 * Never call fault() from a callback of curl or json-c.
 */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include <setjmp.h>
#include <stdbool.h>

struct ctx;

enum fault_kind {
	FAULT_BUG = 1,             /* 500 */
	FAULT_DATABASE,            /* the database is away or refuses: 503 */
	FAULT_RETRY,               /* deadlock, lock wait timeout, snapshot conflict: db_tx repeats, else 503 */
	FAULT_OUTCOME_UNKNOWN,     /* the answer to a COMMIT was lost: 503 outcome_unknown, never repeated blindly */
};

struct fault_frame {
	jmp_buf jump;
	struct fault_frame *outer;
	enum fault_kind kind;
	const char *file;
	int line;
	char what[400];
};

/* if (fault_caught(c, &frame)) { after a fault: frame.kind, .what } else { work; } fault_leave(c, &frame);
 * Locals that are changed between the two must be volatile. */
#define fault_caught(c, frame) (fault_enter((c), (frame)), setjmp((frame)->jump) != 0)
void fault_enter(struct ctx *, struct fault_frame *);
void fault_leave(struct ctx *, struct fault_frame *);

_Noreturn void fault_at(struct ctx *, enum fault_kind, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Passes a caught fault on to the next frame outside. */
_Noreturn void fault_again(struct ctx *, const struct fault_frame *);

#define fault(c, ...) fault_at((c), FAULT_BUG, __FILE__, __LINE__, __VA_ARGS__)

#endif
