/* test_data_migrate.c -- migrations, in a database of their own: madang_test_migrate. */
#include "support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/config.h"
#include "data/db.h"
#include "data/migrate.h"

SQL_SCAN(count_a, "SELECT COUNT(*) FROM test_migrate_a");
SQL_SCAN(count_ran, "SELECT COUNT(*) FROM schema_migration WHERE ran_at IS NOT NULL");
SQL_SCAN(count_sleepers, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = 'DO SLEEP(1.25)'");
SQL_SCAN(count_locks, "SELECT COUNT(*) FROM schema_migration_lock");

static struct config config;
static char folder[] = "/tmp/madang-test-XXXXXX";
static int quiet[2];

/* What migrations say is not of interest here. */
static void hush(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		quiet[i] = dup(i + 1);
		dup2(null, i + 1);
	}
	close(null);
}

static void speak(void)
{
	fflush(stdout);
	for (int i = 0; i < 2; i++) {
		dup2(quiet[i], i + 1);
		close(quiet[i]);
	}
}

static int run(struct ctx *c)
{
	int status;

	hush();
	status = migrate_run(c, folder);
	speak();
	return status;
}

static void write_file(const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void drop_database(struct ctx *c, void *arg)
{
	(void)arg;
	db_script(c, S("DROP DATABASE IF EXISTS madang_test_migrate"));
}

static struct ctx *empty_database(void)
{
	struct ctx *c = test_ctx();

	test_fault(c, drop_database, NULL);
	config = *c->config;
	config.db_name = "madang_test_migrate";
	c = ctx_new(&config);
	c->db = db_open(&config);
	return c;
}

static void finish(struct ctx *c)
{
	db_close(c->db);
	ctx_free(c);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "0001_a.sql", "0002_b.sql", "0003_c.sql", "demo.sql" };
	char path[200];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static const char table_a[] = "-- a remark\nCREATE TABLE test_migrate_a (id BIGINT PRIMARY KEY);\n\n"
	"INSERT INTO test_migrate_a VALUES (1); -- with a remark behind it\n";
static const char procedures[] =
	"CREATE PROCEDURE test_migrate_p (n BIGINT)\nBEGIN\n\tDECLARE i BIGINT DEFAULT 10;\n"
	"\tIF n > 0 THEN\n\t\tINSERT INTO test_migrate_a VALUES (n);\n\tEND IF;\n\tWHILE i < 12 DO\n"
	"\t\tINSERT INTO test_migrate_a VALUES (i); SET i = i + 1;\n\tEND WHILE;\nEND;\n\n"
	"CALL test_migrate_p(2);\n/* the end; of it */\n";

static void each_file_runs_once_in_order_also_with_procedures(void **state)
{
	struct ctx *c = empty_database();

	(void)state;
	write_file("0002_b.sql", procedures);
	write_file("0001_a.sql", table_a);
	write_file("demo.sql", "this is not SQL");
	assert_false(migrate_is_current(c, folder));
	assert_int_equal(run(c), 0);
	assert_true(migrate_is_current(c, folder));
	assert_int_equal(db_int(c, &count_a, -1), 4);
	assert_int_equal(run(c), 0);
	assert_int_equal(db_int(c, &count_a, -1), 4);
	assert_int_equal(db_int(c, &count_ran, -1), 2);
	assert_int_equal(db_int(c, &count_locks, -1), 0);
	write_file("0003_c.sql", "INSERT INTO test_migrate_a VALUES (100);");
	assert_false(migrate_is_current(c, folder));
	assert_int_equal(run(c), 0);
	assert_int_equal(db_int(c, &count_a, -1), 5);
	finish(c);
}

static void a_changed_file_is_refused(void **state)
{
	struct ctx *c = empty_database();

	(void)state;
	write_file("0001_a.sql", table_a);
	write_file("0002_b.sql", procedures);
	write_file("0003_c.sql", "INSERT INTO test_migrate_a VALUES (100);");
	assert_int_equal(run(c), 0);
	write_file("0003_c.sql", "INSERT INTO test_migrate_a VALUES (101);");
	assert_false(migrate_is_current(c, folder));
	assert_int_equal(run(c), 1);
	assert_int_equal(db_int(c, &count_a, -1), 5);
	finish(c);
}

static void what_broke_half_way_is_not_run_again_blindly(void **state)
{
	struct ctx *c = empty_database();

	(void)state;
	write_file("0001_a.sql", table_a);
	write_file("0002_b.sql", "INSERT INTO test_migrate_a VALUES (7); INSERT INTO test_migrate_nowhere VALUES (8);");
	write_file("0003_c.sql", "INSERT INTO test_migrate_a VALUES (100);");
	assert_int_equal(run(c), 1);
	assert_int_equal(run(c), 1);
	assert_int_equal(db_int(c, &count_a, -1), 2);
	assert_int_equal(db_int(c, &count_ran, -1), 1);
	finish(c);
}

static int run_at_once(struct ctx *test, int which)
{
	struct ctx *c = ctx_new(&config);

	(void)test;
	(void)which;
	c->db = db_open(&config);
	return run(c);
}

static void processes_that_migrate_at_once_wait_for_each_other(void **state)
{
	struct ctx *c = empty_database();

	(void)state;
	write_file("0001_a.sql", table_a);
	write_file("0002_b.sql", procedures);
	write_file("0003_c.sql", "DO SLEEP(0.3); INSERT INTO test_migrate_a VALUES (100);");
	test_at_once(5, run_at_once);
	assert_int_equal(db_int(c, &count_a, -1), 5);
	finish(c);
}

static void whoever_is_killed_lets_the_next_one_in(void **state)
{
	struct ctx *c = empty_database(), *looking = test_ctx_more();
	pid_t pid;

	(void)state;
	write_file("0001_a.sql", "CREATE TABLE test_migrate_a (id BIGINT PRIMARY KEY);");
	write_file("0002_b.sql", "DO SLEEP(1.25);");
	write_file("0003_c.sql", "INSERT INTO test_migrate_a VALUES (100);");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run_at_once(NULL, 0));
	while (db_int(looking, &count_sleepers, 0) == 0 && waitpid(pid, NULL, WNOHANG) == 0)
		usleep(10 * 1000);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(run(c), 1);     /* it says that 0002 was begun, and does not hang */
	assert_int_equal(db_int(c, &count_a, -1), 0);
	test_fault(c, drop_database, NULL);
	test_ctx_close(looking);
	finish(c);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_file_runs_once_in_order_also_with_procedures),
	cmocka_unit_test(a_changed_file_is_refused),
	cmocka_unit_test(what_broke_half_way_is_not_run_again_blindly),
	cmocka_unit_test(processes_that_migrate_at_once_wait_for_each_other),
	cmocka_unit_test(whoever_is_killed_lets_the_next_one_in),
};
UNIT_GROUP(data_migrate, tests, make_folder, remove_folder)
