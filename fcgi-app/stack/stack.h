/* stack/stack.h -- the local supervisor, for the files of this folder only.
 *
 * It starts the parts of the system in order, each when the one before is ready, restarts at once what dies, and stops
 * them in reverse order. It uses the C library and nothing else of the program, so that it outlives any of their bugs.
 *
 * The parts stand in a file that the script at the top writes (stack.conf.in), a line for each:
 *
 *	name | run or once | ready when | on reload | how to stop | command for sh
 *
 *	ready when    unix:PATH or tcp:PORT accept a connection; - at once (a "once" part is ready when it exited with 0)
 *	on reload     keep, hup (send it SIGHUP), restart, again (run a "once" part once more)
 *	how to stop   the signal and the seconds after which it is killed: TERM 10
 *
 * What must hold: a part is never started while a process of its former life is alive. Each part is the leader of a
 * process group; the supervisor is the reaper of orphans, so that workers whose master was killed come to it.
 */
#ifndef MADANG_STACK_H
#define MADANG_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum part_state {
	PART_STOPPED,
	PART_STARTING,  /* runs, not ready yet */
	PART_RUNNING,
	PART_STOPPING,  /* told to stop; killed when due */
	PART_CLEANING,  /* its leader is dead; the rest of its processes are being killed */
	PART_PAUSED,    /* died too quickly; started again when due */
	PART_DONE,      /* a "once" part that succeeded */
	PART_FAILED     /* a "once" part that did not, and isn't tried again */
};

enum part_reload { RELOAD_KEEP, RELOAD_HUP, RELOAD_RESTART, RELOAD_AGAIN };

struct part {
	const char *name;
	bool once;
	const char *ready;
	enum part_reload reload;
	int stop_signal;
	int stop_ms;
	const char *command;

	enum part_state state;
	bool wanted;            /* false while the system goes down */
	bool was_ready;         /* in this or an earlier life */
	pid_t pid;              /* of its leader, and its process group; 0 if none */
	int exit_status;        /* as from waitpid, of its last life */
	int64_t started_ms;
	time_t started_at;
	int64_t due_ms;
	int quick_deaths;       /* in a row */
	int restarts;
};

enum { PARTS_MAX = 32 };

struct part_list {
	struct part part[PARTS_MAX];
	int n;
};

/* conf.c: reads the file. False, with a line on stderr, if it can't be used. */
bool stack_read(const char *path, struct part_list *parts);

/* process.c */
int64_t stack_now_ms(void);
void stack_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool stack_spawn(struct part *p, const char *log_dir);
bool stack_is_ready(const char *ready);
/* Kills what is left of the part's group and orphans that belong to no living part. True when nothing is left. */
bool stack_clean(const struct part *p, const struct part_list *parts);
/* Kills what an earlier supervisor, itself killed, has left: groups named in its status file, in this checkout. */
void stack_kill_leftovers(const char *status_path, const char *root);
void stack_rotate_logs(const char *log_dir);
bool stack_write_status(const char *path, const char *phase, time_t since, const struct part_list *parts);

#endif
