#include "data/job.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/config.h"
#include "data/db.h"

enum { RELAYS = 4, ERROR_MOST = 400 };

SQL(insert_job, "INSERT IGNORE INTO job (name, due_at) VALUES (?, ?)");
SQL(claim_job, "UPDATE job SET owner = ?, lease_until = ?, due_at = ? "
	"WHERE name = ? AND ((owner IS NULL AND due_at <= ?) OR lease_until <= ?)");
SQL(finish_job, "UPDATE job SET owner = NULL, lease_until = NULL, due_at = LEAST(due_at, ?), last_run_at = ?, last_us = ?, last_error = ? "
	"WHERE name = ? AND owner = ?");

void job_register(struct ctx *c, const struct job *j)
{
	db_run(c, &insert_job, arg(str_of(j->name)), arg(c->now));
}

bool job_claim(struct ctx *c, const struct job *j, str owner, int64_t lease_us)
{
	return db_run(c, &claim_job, arg(owner), arg(when_plus(c->now, lease_us)), arg(when_plus(c->now, j->every_us)),
		arg(str_of(j->name)), arg(c->now), arg(c->now)) == 1;
}

/* As much of it as the column holds, and never broken text. */
static str cut(str s)
{
	if (s.n > ERROR_MOST)
		for (s.n = ERROR_MOST; s.n && ((unsigned char)s.p[s.n] & 0xC0) == 0x80; s.n--)
			;
	return str_chars(s) < 0 ? S("its text can't be read") : s;
}

bool job_finish(struct ctx *c, const struct job *j, str owner, when next, int64_t took_us, str error)
{
	return db_run(c, &finish_job, arg(next), arg(c->now), arg(took_us), arg(cut(error)), arg(str_of(j->name)), arg(owner)) == 1;
}

/* One unbound socket serves all threads of the process. */
static int wake_socket(void)
{
	static _Atomic int shared = -1;
	int fd = atomic_load(&shared), none = -1;

	if (fd >= 0)
		return fd;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !atomic_compare_exchange_strong(&shared, &none, fd)) {
		close(fd);
		fd = none;     /* another thread was quicker */
	}
	return fd;
}

/* Relays that nobody answered for are left alone for a moment: joining a hot course sends thousands of these a second. */
enum { SILENCE_US = 250 * 1000 };

void wake_relay(struct ctx *c, enum wake kind, int64_t what)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int64_t *silent_until = ctx_keep(c, KEPT_RELAYS, sizeof(int64_t) * RELAYS), now = clock_us();
	unsigned char message[1 + sizeof(what)];
	int fd = wake_socket();

	message[0] = (unsigned char)kind;
	memcpy(message + 1, &what, sizeof(what));
	for (int i = 0; i < RELAYS && fd >= 0; i++) {
		int n;

		if (silent_until[i] > now)
			continue;
		n = snprintf(to.sun_path, sizeof(to.sun_path), "%s/relay-%d.wake", c->config->run_dir, i);
		/* A relay that is not there, or that is too busy to read, looks by itself within half a second. */
		if (n > 0 && (size_t)n < sizeof(to.sun_path) &&
		    sendto(fd, message, sizeof(message), MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof(to)) < 0 && errno != EAGAIN)
			silent_until[i] = now + SILENCE_US;
	}
}

struct wish {
	enum wake kind;
	int64_t what;
};

static void wake_wished(struct ctx *c, void *p)
{
	const struct wish *w = p;

	wake_relay(c, w->kind, w->what);
}

void wake_after_commit(struct ctx *c, enum wake kind, int64_t what)
{
	const struct wish w = { kind, what };

	tx_after_commit(c, wake_wished, &w, sizeof(w));
}
