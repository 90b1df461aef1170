/* bench/joins.c -- how much of what bare inserts make the queue's rule keeps: threads that call queue_join() on one hot
 * course, against threads that call a stored procedure which inserts the same two rows, in turn, on a scratch database.
 *
 *	joins --config FILE --course ID [--threads 16] [--seconds 2] [--rounds 3] [--only rule|promoted|bare] [--first-member 1]
 *
 * Prints a line of JSON per round: calls per second of the rule, of the rule while a promoter numbers behind it, and of the
 * bare inserts. The driver makes the database, the course and the procedure bench_join.
 */
#include <mariadb/mysql.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/config.h"
#include "data/cache.h"
#include "data/db.h"
#include "queue/queue.h"

enum { THREADS_MAX = 256, BODY_ROOM = 256, BARE_PARAMS = 6, PROMOTER_PAUSE_US = 15000 };
enum phase { RULE, PROMOTED, BARE, PHASES };
static const char *const words[PHASES] = { "rule", "promoted", "bare" };

struct bench {
	const struct config *config;
	int64_t course_id;
	int threads, rounds;
	const char *only;
	double seconds;
	enum phase phase;
	int64_t until_us;
	_Atomic int64_t next_member, done, failed;
	_Atomic bool promoting;
	struct ctx *promoter;
};

struct bare {
	MYSQL *db;
	MYSQL_STMT *stmt;
	int64_t numbers[2];
	char key[64], now[40], body[BODY_ROOM];
	unsigned char print[32];
	unsigned long key_n, now_n, body_n, print_n;
};

struct caller_thread {
	struct bench *bench;
	pthread_t id;
	struct ctx *ctx;
	struct bare bare;
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static _Noreturn void die(const char *what, const char *why)
{
	fprintf(stderr, "joins: %s: %s\n", what, why);
	exit(1);
}

/* ---- the rule ---- */

static bool join_by_rule(struct caller_thread *t, int64_t member)
{
	unsigned char print[32] = { 1 };
	struct fault_frame f;
	volatile bool joined = false;
	str stored, key;

	ctx_begin(t->ctx);
	if (fault_caught(t->ctx, &f)) {
		fprintf(stderr, "joins: %s:%d: %s\n", f.file, f.line, f.what);
	} else {
		key = str_fmt(t->ctx->arena, "bench-%lld", (long long)member);
		joined = queue_join(t->ctx, t->bench->course_id, member, key, print, &stored) == OK;
	}
	fault_leave(t->ctx, &f);
	arena_reset(t->ctx->arena);
	return joined;
}

/* Numbers all who came so far. */
static void serve_course(struct bench *b)
{
	struct ctx *c = b->promoter;
	struct fault_frame f;

	ctx_begin(c);
	if (fault_caught(c, &f))
		fprintf(stderr, "joins: %s:%d: %s\n", f.file, f.line, f.what);
	else
		queue_serve(c, b->course_id);
	fault_leave(c, &f);
	arena_reset(c->arena);
}

/* In the rhythm of the relay. */
static void *promoter_main(void *p)
{
	const struct timespec pause = { 0, PROMOTER_PAUSE_US * 1000 };
	struct bench *b = p;

	while (b->promoting) {
		serve_course(b);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* ---- bare inserts ---- */

static void bare_open(struct bare *b, const struct config *k)
{
	MYSQL_BIND in[BARE_PARAMS] = { 0 };
	static const char call[] = "CALL bench_join(?, ?, ?, ?, ?, ?)";

	b->db = mysql_init(NULL);
	if (!mysql_real_connect(b->db, NULL, k->db_user, k->db_password, k->db_name, 0, k->db_socket, CLIENT_MULTI_RESULTS))
		die("connect", mysql_error(b->db));
	mysql_query(b->db, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
	b->stmt = mysql_stmt_init(b->db);
	if (mysql_stmt_prepare(b->stmt, call, sizeof(call) - 1) != 0)
		die("prepare", mysql_error(b->db));
	for (int i = 0; i < 2; i++)
		in[i] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &b->numbers[i] };
	in[2] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_BLOB, .buffer = b->key, .length = &b->key_n };
	in[3] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_BLOB, .buffer = b->print, .length = &b->print_n };
	in[4] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = b->now, .length = &b->now_n };
	in[5] = (MYSQL_BIND){ .buffer_type = MYSQL_TYPE_STRING, .buffer = b->body, .length = &b->body_n };
	b->print_n = sizeof(b->print);
	if (mysql_stmt_bind_param(b->stmt, in) != 0)
		die("bind", mysql_stmt_error(b->stmt));
}

static bool join_bare(struct caller_thread *t, int64_t member)
{
	struct bare *b = &t->bare;
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	b->numbers[0] = member;
	b->numbers[1] = t->bench->course_id;
	b->key_n = (unsigned long)snprintf(b->key, sizeof(b->key), "bench-%lld", (long long)member);
	b->now_n = (unsigned long)strftime(b->now, sizeof(b->now), "%Y-%m-%d %H:%M:%S", &utc);
	b->now_n += (unsigned long)snprintf(b->now + b->now_n, sizeof(b->now) - b->now_n, ".%06ld", now.tv_nsec / 1000);
	b->body_n = (unsigned long)snprintf(b->body, sizeof(b->body),
		"{\"id\":%lld,\"course_id\":%lld,\"state\":\"waiting\",\"position\":%lld,\"ahead\":%lld,\"eta_seconds\":%lld,"
		"\"hold_expires_at\":null,\"numbered\":false}", (long long)member, (long long)t->bench->course_id,
		(long long)member, (long long)member, (long long)member * 600);
	if (mysql_stmt_execute(b->stmt) != 0) {
		fprintf(stderr, "joins: bare: %s\n", mysql_stmt_error(b->stmt));
		return false;
	}
	while (mysql_stmt_next_result(b->stmt) == 0)
		;
	return true;
}

/* ---- phases ---- */

static void *caller_main(void *p)
{
	struct caller_thread *t = p;
	struct bench *b = t->bench;
	int64_t done = 0, failed = 0;

	while (now_us() < b->until_us) {
		int64_t member = atomic_fetch_add(&b->next_member, 1);
		bool good = b->phase == BARE ? join_bare(t, member) : join_by_rule(t, member);

		done += good;
		failed += !good;
		if (failed > 100)
			die(words[b->phase], "too many calls fail");
	}
	atomic_fetch_add(&b->done, done);
	atomic_fetch_add(&b->failed, failed);
	return NULL;
}

static double run_phase(struct bench *b, struct caller_thread *threads, enum phase phase, double seconds)
{
	const int n = b->threads;
	pthread_t promoter;
	int64_t began;

	if (phase == PROMOTED)
		serve_course(b);      /* those whom the other phases left without a number */
	began = now_us();
	b->phase = phase;
	b->done = 0;
	b->until_us = began + (int64_t)(seconds * 1e6);
	b->promoting = phase == PROMOTED;
	if (b->promoting && pthread_create(&promoter, NULL, promoter_main, b) != 0)
		die("thread", "none to be had");
	for (int i = 0; i < n; i++)
		if (pthread_create(&threads[i].id, NULL, caller_main, &threads[i]) != 0)
			die("thread", "none to be had");
	for (int i = 0; i < n; i++)
		pthread_join(threads[i].id, NULL);
	seconds = (double)(now_us() - began) / 1e6;
	if (b->promoting) {
		b->promoting = false;
		pthread_join(promoter, NULL);
	}
	return (double)b->done / seconds;
}

static void run_all(struct bench *b, struct caller_thread *threads)
{
	/* Connections, statements and the first pages of the tables: not what is asked for. */
	for (int phase = 0; phase < PHASES; phase++)
		run_phase(b, threads, (enum phase)phase, 0.2);
	for (int round = 0; round < b->rounds; round++) {
		printf("{");
		/* Each round begins with another one, so that none always has the warmest or the fullest tables. */
		for (int i = 0; i < PHASES; i++) {
			enum phase phase = (enum phase)((i + round) % PHASES);

			if (b->only && strcmp(b->only, words[phase]) != 0)
				continue;
			printf("\"%s\":%.1f,", words[phase], run_phase(b, threads, phase, b->seconds));
		}
		printf("\"failed\":%lld}\n", (long long)b->failed);
		fflush(stdout);
	}
}

static struct ctx *open_ctx(const struct config *config)
{
	struct ctx *c = ctx_new(config);

	c->db = db_open(config);
	c->cache = cache_open(config);
	return c;
}

static void open_all(struct bench *b, struct caller_thread *threads)
{
	const struct config *config = b->config;

	b->promoter = open_ctx(config);
	for (int i = 0; i < b->threads; i++) {
		struct caller_thread *t = &threads[i];

		t->bench = b;
		t->ctx = open_ctx(config);
		bare_open(&t->bare, config);
	}
}

int main(int argc, char **argv)
{
	static struct bench b = { .threads = 16, .seconds = 2, .rounds = 3, .next_member = 1 };
	static struct caller_thread threads[THREADS_MAX];

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--config") == 0)
			b.config = config_read(argv[i + 1]);
		else if (strcmp(argv[i], "--course") == 0)
			b.course_id = atoll(argv[i + 1]);
		else if (strcmp(argv[i], "--threads") == 0)
			b.threads = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--seconds") == 0)
			b.seconds = atof(argv[i + 1]);
		else if (strcmp(argv[i], "--first-member") == 0)
			b.next_member = atoll(argv[i + 1]);
		else if (strcmp(argv[i], "--only") == 0)
			b.only = argv[i + 1];
		else if (strcmp(argv[i], "--rounds") == 0)
			b.rounds = atoi(argv[i + 1]);
	}
	if (!b.config || !b.course_id || b.threads < 1 || b.threads > THREADS_MAX) {
		fprintf(stderr, "usage: joins --config FILE --course ID [--threads N] [--seconds S] [--rounds N]\n");
		return 2;
	}
	mysql_library_init(0, NULL, NULL);
	open_all(&b, threads);
	run_all(&b, threads);
	return 0;
}
