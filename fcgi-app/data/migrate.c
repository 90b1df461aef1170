#include "data/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/shape.h"
#include "data/db.h"

enum { NAME_LEAST = sizeof("0000_a.sql") - 1, FILE_MOST = 8 * 1024 * 1024, DIGITS = 4 };

struct migration {
	int64_t number;
	str name;                  /* 0003_course.sql */
	str text;
	str sha256;
};

/* A row: what has run, or (ran_at not set) what began and was never heard of again. */
struct done {
	int64_t number;
	str name;
	str sha256;
	opt_when ran_at;
};

static const struct shape done_shape = SHAPE("Migration", struct done, F(number), F(name), F(sha256), F(ran_at));

SQL_SCAN(select_done, "SELECT number, name, sha256, ran_at FROM schema_migration ORDER BY number");
SQL(insert_begun, "INSERT INTO schema_migration (number, name, sha256) VALUES (?, ?, ?)");
SQL(update_ran, "UPDATE schema_migration SET ran_at = ? WHERE number = ?");
SQL(insert_lock, "INSERT INTO schema_migration_lock (id) VALUES (1)");

static const char tables[] =
	"CREATE TABLE IF NOT EXISTS schema_migration ("
	" number INT PRIMARY KEY, name VARCHAR(120) CHARACTER SET ascii NOT NULL, sha256 CHAR(64) CHARACTER SET ascii NOT NULL,"
	" ran_at DATETIME(6) NULL);"
	"CREATE TABLE IF NOT EXISTS schema_migration_lock (id INT PRIMARY KEY)";

static const struct failure migrated = { 200, "migrated" }, refused = { 500, "refused" };

static bool is_migration(const char *name)
{
	size_t n = strlen(name);

	if (n < NAME_LEAST || strcmp(name + n - 4, ".sql") != 0 || name[DIGITS] != '_')
		return false;
	return strspn(name, "0123456789") == DIGITS;
}

static int in_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int wanted(const struct dirent *e)
{
	return is_migration(e->d_name);
}

static bool read_text(struct ctx *c, const char *folder, const char *name, str *text)
{
	FILE *f = fopen(str_z(c->arena, str_fmt(c->arena, "%s/%s", folder, name)), "re");
	struct buf b = buf_in(c->arena);
	size_t n;
	bool ok;

	if (!f)
		return false;
	while ((n = fread(buf_room(&b, 16384), 1, 16384, f)) > 0 && b.n < FILE_MOST)
		b.n += n;
	ok = !ferror(f) && b.n > 0 && b.n < FILE_MOST;
	fclose(f);
	*text = buf_text(&b);
	return ok;
}

static str sha256_of(struct ctx *c, str text)
{
	unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
	unsigned n = 0;

	EVP_Digest(text.p, text.n, sum, &n, EVP_sha256(), NULL);
	return str_hex(c->arena, sum, n);
}

/* The files of the folder, in order; false after saying why not. */
static bool read_folder(struct ctx *c, const char *folder, struct migration **out, size_t *count)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, wanted, in_order);
	bool ok = n >= 0;

	if (n < 0)
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
	*count = n > 0 ? (size_t)n : 0;
	*out = arena_array(c->arena, struct migration, *count + 1);
	for (int i = 0; i < n; i++) {
		struct migration *m = *out + i;

		m->name = str_dup(c->arena, str_of(names[i]->d_name));
		str_int((str){ m->name.p, DIGITS }, &m->number);
		if (!read_text(c, folder, names[i]->d_name, &m->text)) {
			fprintf(stderr, "%s/%s can't be read, or is empty or too long\n", folder, names[i]->d_name);
			ok = false;
		}
		m->sha256 = sha256_of(c, m->text);
		if (i && m[-1].number == m->number) {
			fprintf(stderr, "two migrations have the number of %s\n", names[i]->d_name);
			ok = false;
		}
		free(names[i]);
	}
	free(names);
	return ok;
}

static const struct done *find_done(list done, int64_t number)
{
	const struct done *d = done.p;

	for (size_t i = 0; i < done.n; i++)
		if (d[i].number == number)
			return &d[i];
	return NULL;
}

/* false, after saying why: this file isn't what the database has. */
static bool agrees(const struct migration *m, const struct done *d)
{
	if (!d->ran_at.set)
		fprintf(stderr, "%.*s was begun and did not end: undo by hand what it did, delete the row %lld of schema_migration, "
			"and run it again\n", STR(m->name), (long long)m->number);
	else if (!str_eq(m->sha256, d->sha256))
		fprintf(stderr, "%.*s was changed after it ran: a migration is never edited, write a new one\n", STR(m->name));
	return d->ran_at.set && str_eq(m->sha256, d->sha256);
}

struct run {
	struct ctx *c;
	const struct migration *of;
	size_t n;
};

static void run_one(struct ctx *c, const struct migration *m)
{
	int64_t begun = clock_us();

	db_run(c, &insert_begun, arg(m->number), arg(m->name), arg(m->sha256));
	db_script(c, m->text);
	db_run(c, &update_ran, arg(when_now()), arg(m->number));
	printf("%.*s: %lld ms\n", STR(m->name), (long long)((clock_us() - begun) / 1000));
}

/* Runs in a transaction on a connection of its own, whose only purpose is to hold the row of the lock: it is never
 * committed, so whoever dies here frees it by dying. The migrations go over the other connection, because each
 * change of a table commits by itself. */
static outcome with_lock(struct ctx *lock, void *p)
{
	const struct run *run = p;
	struct timespec pause = { 0, 100 * 1000 * 1000 };
	struct ctx *c = run->c;
	bool said = false;
	list done;

	while (db_try_insert(lock, &insert_lock) < 0) {
		if (!said)
			printf("another process is at the migrations: waiting\n");
		said = true;
		fflush(stdout);
		nanosleep(&pause, NULL);
	}
	done = db_all(c, &select_done, &done_shape);
	for (size_t i = 0; i < run->n; i++) {
		const struct done *d = find_done(done, run->of[i].number);

		if (d && !agrees(&run->of[i], d))
			return &refused;
	}
	for (size_t i = 0; i < run->n; i++)
		if (!find_done(done, run->of[i].number))
			run_one(c, &run->of[i]);
	return &migrated;     /* no success in the sense of db_tx, so that the lock's row is rolled back */
}

int migrate_run(struct ctx *c, const char *folder)
{
	struct ctx *volatile lock = NULL;
	struct fault_frame frame, lock_frame;
	struct run run = { c, NULL, 0 };
	struct migration *of;
	volatile int status = 1;
	str why;

	if (!read_folder(c, folder, &of, &run.n))
		return 1;
	run.of = of;
	if (!db_create(c, &why)) {
		fprintf(stderr, "no database: %.*s\n", STR(why));
		return 1;
	}
	lock = ctx_new(c->config);
	lock->db = db_open(c->config);
	if (fault_caught(c, &frame)) {
		fprintf(stderr, "%s\n", frame.what);
	} else if (fault_caught(lock, &lock_frame)) {
		fprintf(stderr, "%s\n", lock_frame.what);
	} else {
		db_script(c, str_of(tables));
		status = db_tx(lock, with_lock, &run) == &migrated ? 0 : 1;
	}
	fault_leave(c, &frame);
	db_close(lock->db);
	ctx_free(lock);
	fflush(stdout);
	return status;
}

static bool all_ran(struct ctx *c, const struct migration *of, size_t n)
{
	list done = db_all(c, &select_done, &done_shape);

	for (size_t i = 0; i < n; i++) {
		const struct done *d = find_done(done, of[i].number);

		if (!d || !d->ran_at.set || !str_eq(d->sha256, of[i].sha256))
			return false;
	}
	return true;
}

bool migrate_is_current(struct ctx *c, const char *folder)
{
	struct fault_frame frame;
	struct db_columns columns;
	struct migration *of;
	bool current;
	size_t n;
	str why;

	if (!read_folder(c, folder, &of, &n) || !db_alive(c))
		return false;
	if (fault_caught(c, &frame)) {
		fault_leave(c, &frame);
		return false;
	}
	current = db_describe(c, str_of(select_done.text), &columns, &why) && all_ran(c, of, n);
	fault_leave(c, &frame);
	return current;
}
