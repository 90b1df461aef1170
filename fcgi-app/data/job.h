/* data/job.h -- things that are done again and again, on every machine that runs a relay (EV-4).
 *
 * Most are safe to run anywhere at once. For those that are not, a row says when the job is due and who has it until
 * when, so several relays never do it twice at the same time, and a killed one's work is taken over when its lease is out.
 */
#ifndef DATA_JOB_H
#define DATA_JOB_H

#include "core/ctx.h"

struct job {
	const char *name;
	int64_t every_us;
	/* Does what is due. Returns when it wants to be called next if that is sooner than every_us, else 0. */
	int64_t (*run)(struct ctx *);
	/* By one relay at a time, under a lease in its row. Others decide under row locks or lease single rows, and may run
	 * anywhere at once. */
	bool alone;
};

/* Makes the job's row if there is none; it is due at once then. */
void job_register(struct ctx *, const struct job *);

/* true: it is due, or whoever had it died, and now it is the owner's until the lease is out. Its next turn is
 * every_us from now. */
bool job_claim(struct ctx *, const struct job *, str owner, int64_t lease_us);
/* Gives it back; it is due again at `next` if that is sooner. error is empty if it went well. false: the lease was lost. */
bool job_finish(struct ctx *, const struct job *, str owner, when next, int64_t took_us, str error);

/* Wake-ups: a datagram to the relays of this machine. Losing one costs half a second, nothing else.
 * To run_dir/relay-0.wake … relay-3.wake: a byte (enum wake) and an int64_t in the machine's order. */
enum wake { WAKE_OUTBOX = 1, WAKE_PROMOTE, WAKE_JOB };
/* what: the shards as a set of bits (a commit may touch all of them, and Linux queues ten datagrams), the course's id, 0. */
void wake_relay(struct ctx *, enum wake, int64_t what);          /* at once */
void wake_after_commit(struct ctx *, enum wake, int64_t what);

#endif
