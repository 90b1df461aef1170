/* data/job.h -- things that are done again and again, by whichever relay gets to it first (EV-4).
 *
 * A row per job says when it is due and who has it until when, so several relays on several machines never do one
 * twice at the same time, and a killed one's work is taken over when its lease is out.
 */
#ifndef DATA_JOB_H
#define DATA_JOB_H

#include "core/ctx.h"

struct job {
	const char *name;
	int64_t every_us;
	/* Does what is due. Returns when it wants to be called next if that is sooner than every_us, else 0. */
	int64_t (*run)(struct ctx *);
};

/* Wake-ups: a datagram to the relays of this machine. Losing one costs half a second, nothing else. */
enum wake { WAKE_OUTBOX = 1, WAKE_PROMOTE, WAKE_JOB };
void wake_relay(struct ctx *, enum wake, int64_t what);          /* shard, course id, 0; at once */
void wake_after_commit(struct ctx *, enum wake, int64_t what);

#endif
