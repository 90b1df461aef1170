/* stack/stack.c -- the story of the supervisor: start in order, restart what dies, stop in reverse order. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "stack/stack.h"

enum {
	QUICK_DEATH_MS = 1000,          /* who dies sooner than this after its start is given a pause */
	FIRST_PAUSE_MS = 100,
	LONGEST_PAUSE_MS = 2000,
	TRIES_TO_COME_UP = 6,           /* of a part that never was ready, before the whole start is given up */
	TRIES_OF_ONCE = 3,
	HOUSEKEEPING_MS = 10000
};

enum phase { COMING_UP, SERVING, RELOADING, GOING_DOWN, GONE };

struct stack {
	struct part_list parts;
	enum phase phase;
	int at;                         /* the part the phase has come to */
	bool entered;                   /* reload: the part at `at` has been told */
	bool reload_asked;
	bool changed;                   /* the status file is out of date */
	int exit_status;
	time_t since;
	int64_t housekeeping_ms;
	const char *root, *log_dir, *run_dir;
	char status_path[PATH_MAX];
};

static void set_state(struct stack *s, struct part *p, enum part_state state)
{
	p->state = state;
	s->changed = true;
}

static void start(struct stack *s, struct part *p)
{
	p->wanted = true;
	if (stack_spawn(p, s->log_dir)) {
		stack_log("%s: started, process %d", p->name, (int)p->pid);
		set_state(s, p, PART_STARTING);
		return;
	}
	stack_log("%s: can't be started: %s", p->name, strerror(errno));
	p->due_ms = stack_now_ms() + LONGEST_PAUSE_MS;
	set_state(s, p, PART_PAUSED);
}

static void stop(struct stack *s, struct part *p)
{
	kill(p->pid, p->stop_signal);
	p->due_ms = stack_now_ms() + p->stop_ms;
	set_state(s, p, PART_STOPPING);
}

static void go_down(struct stack *s, int exit_status)
{
	if (s->phase >= GOING_DOWN)
		return;
	s->phase = GOING_DOWN;
	s->at = s->parts.n - 1;
	s->exit_status = exit_status;
	for (int i = 0; i < s->parts.n; i++)
		s->parts.part[i].wanted = false;
	s->changed = true;
}

/* ---- a part's life ---- */

static int pause_for(const struct part *p)
{
	int ms = FIRST_PAUSE_MS;

	if (p->quick_deaths == 0)
		return 0;
	for (int i = 1; i < p->quick_deaths && ms < LONGEST_PAUSE_MS; i++)
		ms *= 2;
	return ms < LONGEST_PAUSE_MS ? ms : LONGEST_PAUSE_MS;
}

static void on_once_over(struct stack *s, struct part *p)
{
	if (WIFEXITED(p->exit_status) && WEXITSTATUS(p->exit_status) == 0) {
		p->quick_deaths = 0;
		set_state(s, p, PART_DONE);
		return;
	}
	stack_log("%s: failed", p->name);
	if (++p->quick_deaths < TRIES_OF_ONCE) {
		p->due_ms = stack_now_ms() + pause_for(p);
		set_state(s, p, PART_PAUSED);
		return;
	}
	p->quick_deaths = 0;
	set_state(s, p, PART_FAILED);
	if (s->phase == COMING_UP)
		go_down(s, 1);
}

/* Called when no process of the part is left. */
static void on_gone(struct stack *s, struct part *p)
{
	int64_t lived = stack_now_ms() - p->started_ms;

	p->pid = 0;
	if (!p->wanted) {
		set_state(s, p, PART_STOPPED);
		return;
	}
	if (p->once) {
		on_once_over(s, p);
		return;
	}
	p->quick_deaths = lived < QUICK_DEATH_MS ? p->quick_deaths + 1 : 0;
	p->restarts++;
	p->due_ms = stack_now_ms() + pause_for(p);
	set_state(s, p, PART_PAUSED);
	if (s->phase == COMING_UP && !p->was_ready && p->quick_deaths >= TRIES_TO_COME_UP) {
		stack_log("%s: does not come up, see %s/%s.log", p->name, s->log_dir, p->name);
		go_down(s, 1);
	}
}

static void on_death(struct stack *s, struct part *p, int status)
{
	p->exit_status = status;
	if (WIFSIGNALED(status))
		stack_log("%s: killed by signal %d", p->name, WTERMSIG(status));
	else
		stack_log("%s: exited with %d", p->name, WEXITSTATUS(status));
	set_state(s, p, PART_CLEANING);
}

static void reap(struct stack *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < s->parts.n; i++)
			if (s->parts.part[i].pid == pid && s->parts.part[i].state != PART_CLEANING)
				on_death(s, &s->parts.part[i], status);
}

static void tend(struct stack *s, struct part *p)
{
	int64_t now = stack_now_ms();

	switch (p->state) {
	case PART_STARTING:
		if (p->once || !stack_is_ready(p->ready))
			break;
		p->was_ready = true;
		stack_log("%s: ready after %d ms", p->name, (int)(now - p->started_ms));
		set_state(s, p, PART_RUNNING);
		break;
	case PART_STOPPING:
		if (now < p->due_ms)
			break;
		stack_log("%s: did not stop in time", p->name);
		kill(-p->pid, SIGKILL);
		p->due_ms = now + 1000;
		break;
	case PART_CLEANING:
		if (stack_clean(p, &s->parts))
			on_gone(s, p);
		break;
	case PART_PAUSED:
		if (!p->wanted)
			set_state(s, p, PART_STOPPED);
		else if (now >= p->due_ms)
			start(s, p);
		break;
	default:
		break;
	}
}

/* ---- the phases ---- */

static bool is_up(const struct part *p)
{
	return p->state == PART_RUNNING || p->state == PART_DONE;
}

static void come_up(struct stack *s)
{
	while (s->at < s->parts.n && is_up(&s->parts.part[s->at]))
		s->at++;
	if (s->at == s->parts.n) {
		stack_log("all parts are up");
		s->phase = SERVING;
		s->changed = true;
	} else if (s->parts.part[s->at].state == PART_STOPPED) {
		start(s, &s->parts.part[s->at]);
	}
}

static void tell_to_reload(struct stack *s, struct part *p)
{
	if (p->reload == RELOAD_HUP && p->state == PART_RUNNING)
		kill(p->pid, SIGHUP);
	if (p->reload == RELOAD_RESTART && p->state == PART_RUNNING)
		stop(s, p);
	if (p->reload == RELOAD_AGAIN && (p->state == PART_DONE || p->state == PART_FAILED))
		start(s, p);
}

static void reload(struct stack *s)
{
	while (s->at < s->parts.n) {
		struct part *p = &s->parts.part[s->at];

		if (!s->entered) {
			tell_to_reload(s, p);
			s->entered = true;
		}
		if (p->state == PART_FAILED) {
			stack_log("reload given up: %s failed", p->name);
			break;
		}
		if (!is_up(p))
			return;
		s->at++;
		s->entered = false;
	}
	stack_log("reload is over");
	s->phase = SERVING;
	s->changed = true;
}

static void come_down(struct stack *s)
{
	while (s->at >= 0) {
		struct part *p = &s->parts.part[s->at];

		if (p->state == PART_STARTING || p->state == PART_RUNNING)
			stop(s, p);
		if (p->pid != 0 || p->state == PART_PAUSED)
			return;
		s->at--;
	}
	stack_log("all parts are down");
	s->phase = GONE;
}

static void advance(struct stack *s)
{
	if (s->phase == SERVING && s->reload_asked) {
		stack_log("reload");
		s->reload_asked = false;
		s->phase = RELOADING;
		s->at = 0;
		s->entered = false;
		s->changed = true;
	}
	if (s->phase == COMING_UP)
		come_up(s);
	else if (s->phase == RELOADING)
		reload(s);
	else if (s->phase == GOING_DOWN)
		come_down(s);
}

/* ---- the loop ---- */

static const char *phase_word(enum phase phase)
{
	static const char *const words[] = { "starting", "ready", "reloading", "stopping", "stopped" };

	return words[phase];
}

/* Until something must be looked at again; deaths and signals wake us anyway. */
static int time_to_wait(const struct stack *s)
{
	int64_t now = stack_now_ms(), until = s->housekeeping_ms;

	for (int i = 0; i < s->parts.n; i++) {
		const struct part *p = &s->parts.part[i];
		int64_t due = until;

		if (p->state == PART_CLEANING)
			due = now + 5;
		else if (p->state == PART_STARTING && !p->once)
			due = now + 20;
		else if (p->state == PART_STOPPING || p->state == PART_PAUSED)
			due = p->due_ms;
		if (due < until)
			until = due;
	}
	return until > now ? (int)(until - now) : 0;
}

static void take_signals(struct stack *s, int fd)
{
	struct signalfd_siginfo info;

	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			go_down(s, s->exit_status);
		else if (info.ssi_signo == SIGHUP)
			s->reload_asked = true;
	}
}

static void run(struct stack *s, int signals)
{
	while (s->phase != GONE) {
		struct pollfd wake = { .fd = signals, .events = POLLIN };

		poll(&wake, 1, time_to_wait(s));
		take_signals(s, signals);
		reap(s);
		for (int i = 0; i < s->parts.n; i++)
			tend(s, &s->parts.part[i]);
		advance(s);
		if (stack_now_ms() >= s->housekeeping_ms) {
			stack_rotate_logs(s->log_dir);
			s->housekeeping_ms = stack_now_ms() + HOUSEKEEPING_MS;
		}
		if (s->changed && stack_write_status(s->status_path, phase_word(s->phase), s->since, &s->parts))
			s->changed = false;
	}
	unlink(s->status_path);
}

/* ---- the beginning ---- */

static int catch_signals(void)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaddset(&set, wanted[i]);
	sigprocmask(SIG_SETMASK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void raise_file_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

/* One supervisor per run directory: the lock is held as long as it lives. Whoever merely looks whether it is held
 * holds it for a moment himself, hence the patience. */
static bool take_lock(const char *run_dir)
{
	const struct timespec pause = { 0, 20 * 1000 * 1000 };
	char path[PATH_MAX], text[32];
	bool mine = false;
	int fd;

	snprintf(path, sizeof(path), "%s/stack.lock", run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	for (int i = 0; i < 50 && !(mine = flock(fd, LOCK_EX | LOCK_NB) == 0); i++)
		nanosleep(&pause, NULL);
	if (!mine)
		return false;
	snprintf(text, sizeof(text), "%d\n", (int)getpid());
	return ftruncate(fd, 0) == 0 && write(fd, text, strlen(text)) > 0;
}

int stack_command(int argc, char **argv)
{
	static struct stack s;
	int signals;

	if (argc != 5) {
		fprintf(stderr, "usage: madang stack PARTS-FILE ROOT LOG-DIR RUN-DIR\n");
		return 2;
	}
	s.root = argv[2];
	s.log_dir = argv[3];
	s.run_dir = argv[4];
	s.since = time(NULL);
	snprintf(s.status_path, sizeof(s.status_path), "%s/stack.status", s.run_dir);

	close_range(3, ~0U, 0);         /* whoever called us must not be held open */
	if (!stack_read(argv[1], &s.parts) || chdir(s.root) < 0)
		return 1;
	if (!take_lock(s.run_dir)) {
		fprintf(stderr, "madang stack: another one runs in %s\n", s.run_dir);
		return 1;
	}
	signals = catch_signals();
	if (signals < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
		perror("madang stack");
		return 1;
	}
	raise_file_limit();
	stack_kill_leftovers(s.status_path, s.root);
	stack_log("stack: process %d, %d parts", (int)getpid(), s.parts.n);
	run(&s, signals);
	return s.exit_status;
}
