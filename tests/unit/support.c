#include "support.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/config.h"
#include "data/cache.h"
#include "data/db.h"
#include "data/migrate.h"

static const struct failure test_is_over = { 500, "test_is_over" };
static char fault_text[400];

const struct config *test_config(void)
{
	static struct config config;
	static const struct config *volatile running;     /* read for ever */
	const char *path = getenv("MADANG_CONFIG");

	if (config.db_name)
		return &config;
	if (!path)
		return NULL;
	running = config_read(path);
	if (!running)
		exit(1);
	config = *running;
	config.db_name = "madang_test";
	return &config;
}

static void make_new(struct ctx *c, void *arg)
{
	(void)arg;
	db_script(c, S("DROP DATABASE IF EXISTS madang_test; CREATE DATABASE madang_test "
		"CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; USE madang_test"));
}

/* A database whose migrations were changed since is of no use, so it is made anew. */
static void make_database(struct ctx *c)
{
	const char *folder = c->config->sql_dir;
	str why;

	if (!db_create(c, &why)) {
		fprintf(stderr, "no database for the tests: %.*s\n", STR(why));
		exit(1);
	}
	if (migrate_is_current(c, folder))
		return;
	if (test_fault(c, make_new, NULL) || migrate_run(c, folder)) {
		fprintf(stderr, "madang_test can't be migrated: %s\n", fault_text);
		exit(1);
	}
}

struct ctx *test_ctx_more(void)
{
	struct ctx *c = ctx_new(test_config());

	c->db = db_open(c->config);
	c->cache = cache_open(c->config);
	return c;
}

void test_ctx_close(struct ctx *c)
{
	db_close(c->db);
	cache_close(c->cache);
	ctx_free(c);
}

static struct ctx *the_ctx;

static void close_the_ctx(void)
{
	test_ctx_close(the_ctx);
}

struct ctx *test_ctx(void)
{
	static pid_t owner;

	if (!test_config()) {
		print_message("(needs MADANG_CONFIG)\n");
		skip();
	}
	if (!the_ctx) {
		the_ctx = test_ctx_more();
		make_database(the_ctx);
		owner = getpid();
		atexit(close_the_ctx);
	}
	assert_int_equal(owner, getpid());     /* a forked process has its own: test_at_once() */
	the_ctx->frame = NULL;
	if (db_in_tx(the_ctx)) {               /* a failed test jumped out of everything */
		db_close(the_ctx->db);
		the_ctx->db = db_open(the_ctx->config);
	}
	ctx_begin(the_ctx);
	return the_ctx;
}

struct body {
	void (*run)(struct ctx *, void *);
	void *arg;
};

static outcome run_and_give_up(struct ctx *c, void *arg)
{
	const struct body *b = arg;

	b->run(c, b->arg);
	return &test_is_over;
}

void test_rolled_back(struct ctx *c, void (*body)(struct ctx *, void *), void *arg)
{
	struct body b = { body, arg };
	struct fault_frame frame;

	if (fault_caught(c, &frame)) {
		fault_leave(c, &frame);
		fail_msg("fault at %s:%d: %s", frame.file, frame.line, frame.what);
	}
	assert_ptr_equal(db_tx(c, run_and_give_up, &b), &test_is_over);
	fault_leave(c, &frame);
}

int test_fault(struct ctx *c, void (*body)(struct ctx *, void *), void *arg)
{
	struct fault_frame frame;

	if (fault_caught(c, &frame)) {
		fault_leave(c, &frame);
		snprintf(fault_text, sizeof(fault_text), "%s", frame.what);
		return frame.kind;
	}
	body(c, arg);
	fault_leave(c, &frame);
	return 0;
}

const char *test_fault_text(void)
{
	return fault_text;
}

static int guarded(struct ctx *c, int (*body)(struct ctx *, int), int which)
{
	struct fault_frame frame;
	int result;

	if (fault_caught(c, &frame)) {
		fault_leave(c, &frame);
		fprintf(stderr, "process %d: fault at %s:%d: %s\n", which, frame.file, frame.line, frame.what);
		return 100 + frame.kind;
	}
	result = body(c, which);
	fault_leave(c, &frame);
	return result;
}

void test_at_once(int n, int (*body)(struct ctx *, int which))
{
	pid_t pids[64];
	int wrong = 0;

	assert_in_range(n, 1, 64);
	for (int i = 0; i < n; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(guarded(test_ctx_more(), body, i));
	}
	for (int i = 0; i < n; i++) {
		int status = 0;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			print_error("process %d ended with %d\n", i, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

void test_line_up(struct ctx *c, _Atomic int *ready, int n)
{
	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(ready, 1);
	while (atomic_load(ready) < n)
		;
	ctx_begin(c);
}

int64_t test_worked_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}
