/* stack/process.c -- what the supervisor asks of the operating system. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "stack/stack.h"

enum { LOG_SIZE_MAX = 64 << 20 };

int64_t stack_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void stack_log(const char *format, ...)
{
	char when[32], line[512];
	time_t now = time(NULL);
	struct tm utc;
	va_list values;

	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	va_start(values, format);
	vsnprintf(line, sizeof(line), format, values);
	va_end(values);
	fprintf(stderr, "%s %s\n", when, line);
}

/* ---- starting ---- */

static void become_part(const struct part *p, const char *log_dir, pid_t supervisor)
{
	char path[PATH_MAX];
	sigset_t none;
	int log, null;

	setpgid(0, 0);
	/* If the supervisor is killed, its parts go too: a second set of them could not start beside the first. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != supervisor)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* What our caller ignored (nohup: SIGHUP) is inherited, and a shell could not even trap it. */
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);

	snprintf(path, sizeof(path), "%s/%s.log", log_dir, p->name);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (log < 0 || null < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	execl("/bin/sh", "sh", "-c", p->command, (char *)NULL);
	_exit(127);
}

bool stack_spawn(struct part *p, const char *log_dir)
{
	pid_t supervisor = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return false;
	if (pid == 0)
		become_part(p, log_dir, supervisor);
	setpgid(pid, pid);      /* in both, so that it is true whichever runs first */
	p->pid = pid;
	p->started_ms = stack_now_ms();
	p->started_at = time(NULL);
	return true;
}

/* ---- being ready ---- */

static bool accepts(int family, const struct sockaddr *address, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ok;

	if (fd < 0)
		return false;
	ok = connect(fd, address, size) == 0;
	if (!ok && errno == EINPROGRESS) {      /* TCP on loopback answers within the same call, or nearly */
		struct sockaddr_in peer;
		socklen_t n = sizeof(peer);

		ok = getpeername(fd, (struct sockaddr *)&peer, &n) == 0;
	}
	close(fd);
	return ok;
}

bool stack_is_ready(const char *ready)
{
	if (strncmp(ready, "unix:", 5) == 0) {
		struct sockaddr_un a = { .sun_family = AF_UNIX };

		if (strlen(ready + 5) >= sizeof(a.sun_path))
			return false;
		strcpy(a.sun_path, ready + 5);
		return accepts(AF_UNIX, (struct sockaddr *)&a, sizeof(a));
	}
	if (strncmp(ready, "tcp:", 4) == 0) {
		struct sockaddr_in a = { .sin_family = AF_INET };

		a.sin_port = htons((uint16_t)strtoul(ready + 4, NULL, 10));
		a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return accepts(AF_INET, (struct sockaddr *)&a, sizeof(a));
	}
	return true;
}

/* ---- cleaning up ---- */

struct seen {
	pid_t pid, parent, group;
	char state;
};

static bool look_at(const char *name, struct seen *s)
{
	char path[64], text[512];
	char *after_name;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	after_name = strrchr(text, ')');        /* the name itself may hold brackets and spaces */
	s->pid = (pid_t)strtol(name, NULL, 10);
	return after_name && sscanf(after_name, ") %c %d %d", &s->state, &s->parent, &s->group) == 3;
}

/* Calls visit for each process there is; gives the number of times it said true. */
static int for_each_process(bool (*visit)(const struct seen *, const void *), const void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	struct seen s;
	int n = 0;

	if (!proc)
		return 0;
	while ((e = readdir(proc)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && look_at(e->d_name, &s) && visit(&s, arg))
			n++;
	closedir(proc);
	return n;
}

static bool kill_if_orphan(const struct seen *s, const void *arg)
{
	const struct part_list *parts = arg;

	if (s->parent != getpid())
		return false;
	for (int i = 0; i < parts->n; i++)
		if (parts->part[i].pid == s->group && parts->part[i].state != PART_CLEANING)
			return false;
	if (s->state != 'Z')
		kill(s->pid, SIGKILL);
	return true;
}

bool stack_clean(const struct part *p, const struct part_list *parts)
{
	bool group_gone = kill(-p->pid, SIGKILL) < 0 && errno == ESRCH;

	/* A process that left its group is found by having become our child. */
	return for_each_process(kill_if_orphan, parts) == 0 && group_gone;
}

struct leftover {
	pid_t group;
	const char *root;
};

/* The number alone proves nothing, it may have been given to somebody else since. */
static bool kill_if_leftover(const struct seen *s, const void *arg)
{
	const struct leftover *l = arg;
	char path[64], cwd[PATH_MAX];
	size_t root_length = strlen(l->root);
	ssize_t n;

	if (s->group != l->group || s->state == 'Z')
		return false;
	snprintf(path, sizeof(path), "/proc/%d/cwd", (int)s->pid);
	n = readlink(path, cwd, sizeof(cwd) - 1);
	if (n < (ssize_t)root_length || strncmp(cwd, l->root, root_length) != 0)
		return false;
	kill(s->pid, SIGKILL);
	return true;
}

void stack_kill_leftovers(const char *status_path, const char *root)
{
	const struct timespec pause = { 0, 20 * 1000 * 1000 };
	char line[256];
	FILE *f = fopen(status_path, "re");

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		struct leftover l = { 0, root };
		char name[64];

		if (sscanf(line, "%63s %*s %d", name, &l.group) != 2 || l.group <= 1 || strcmp(name, "stack") == 0)
			continue;
		for (int i = 0; i < 250 && for_each_process(kill_if_leftover, &l) > 0; i++)
			nanosleep(&pause, NULL);
	}
	fclose(f);
}

/* ---- what it leaves for others to read ---- */

/* Whoever writes a log has it open for appending, so it can be copied and emptied under him. */
static void rotate_log(const char *path)
{
	char old[PATH_MAX + 4];
	struct stat st;
	int from, to;

	from = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (from < 0)
		return;
	snprintf(old, sizeof(old), "%s.1", path);
	if (fstat(from, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > LOG_SIZE_MAX) {
		to = open(old, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (to >= 0) {
			while (sendfile(to, from, NULL, 1 << 20) > 0)
				continue;
			if (ftruncate(from, 0) < 0)
				stack_log("%s: can't be emptied", path);
			close(to);
		}
	}
	close(from);
}

void stack_rotate_logs(const char *log_dir)
{
	DIR *dir = opendir(log_dir);
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		char path[PATH_MAX];
		size_t n = strlen(e->d_name);

		if (n > 4 && strcmp(e->d_name + n - 4, ".log") == 0 &&
		    snprintf(path, sizeof(path), "%s/%s", log_dir, e->d_name) < (int)sizeof(path))
			rotate_log(path);
	}
	closedir(dir);
}

static const char *state_word(enum part_state state)
{
	static const char *const words[] = { "stopped", "starting", "running", "stopping",
		"cleaning", "paused", "done", "failed" };

	return words[state];
}

bool stack_write_status(const char *path, const char *phase, time_t since, const struct part_list *parts)
{
	char tmp[PATH_MAX];
	FILE *f;

	if (snprintf(tmp, sizeof(tmp), "%s.new", path) >= (int)sizeof(tmp))
		return false;
	f = fopen(tmp, "we");
	if (!f)
		return false;
	fprintf(f, "stack %s %d %lld 0\n", phase, (int)getpid(), (long long)since);
	for (int i = 0; i < parts->n; i++) {
		const struct part *p = &parts->part[i];

		fprintf(f, "%s %s %d %lld %d\n", p->name, state_word(p->state), (int)p->pid,
			(long long)p->started_at, p->restarts);
	}
	return fclose(f) == 0 && rename(tmp, path) == 0;
}
