/* test_data_tx.c -- transactions: what they keep, what they repeat, and what they never repeat. */
#include "support.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/config.h"
#include "data/db.h"

static const struct failure no_luck = { 409, "no_luck" };

SQL(insert_row, "INSERT INTO test_tx (id, n) VALUES (?, ?)");
SQL(add_one, "UPDATE test_tx SET n = n + 1 WHERE id = ?");
SQL(add_row, "UPDATE test_tx SET n = n + ? WHERE id = ?");
SQL(select_n, "SELECT n FROM test_tx WHERE id = ?");
SQL_SCAN(count_rows, "SELECT COUNT(*) FROM test_tx");
SQL_SCAN(sum_rows, "SELECT SUM(n) FROM test_tx");
SQL(never_sent, "SELECT 5");
SQL(my_connection, "SELECT CONNECTION_ID()");
SQL_SCAN(count_connections, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ?");

static void make_table(struct ctx *c, void *arg)
{
	(void)arg;
	db_script(c, S("DROP TABLE IF EXISTS test_tx; CREATE TABLE test_tx (id BIGINT PRIMARY KEY, n BIGINT NOT NULL);"
		"INSERT INTO test_tx VALUES (1, 0), (2, 0)"));
}

static struct ctx *with_table(void)
{
	struct ctx *c = test_ctx();

	if (test_fault(c, make_table, NULL))
		fail_msg("%s", test_fault_text());
	return c;
}

static int64_t n_of(struct ctx *c, int64_t id)
{
	return db_int(c, &select_n, -1, arg(id));
}

static outcome add_then_fail(struct ctx *c, void *arg)
{
	(void)arg;
	db_run(c, &add_one, arg(1));
	return fail(c, &no_luck, "n", "too_large", (str){ NULL, 0 });
}

static outcome add(struct ctx *c, void *arg)
{
	(void)arg;
	db_run(c, &add_one, arg(1));
	assert_true(db_in_tx(c));
	return OK;
}

static void ok_commits_and_a_failure_rolls_back(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	assert_false(db_in_tx(c));
	assert_ptr_equal(db_tx(c, add, NULL), OK);
	assert_false(db_in_tx(c));
	assert_int_equal(n_of(c, 1), 1);
	assert_ptr_equal(db_tx(c, add_then_fail, NULL), &no_luck);
	assert_int_equal(n_of(c, 1), 1);
	assert_non_null(c->errors);     /* the reason is still told */
}

static outcome nest(struct ctx *c, void *arg)
{
	outcome o = db_tx(c, add, NULL);

	assert_ptr_equal(o, OK);
	assert_true(db_in_tx(c));
	return arg;
}

static void a_transaction_inside_another_joins_it(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	assert_ptr_equal(db_tx(c, nest, (void *)(uintptr_t)&no_luck), &no_luck);
	assert_int_equal(n_of(c, 1), 0);
	assert_ptr_equal(db_tx(c, nest, NULL), OK);
	assert_int_equal(n_of(c, 1), 1);
}

struct tries {
	int wanted, seen;
	char calls[32];
	void *first;
};

static void note(struct ctx *c, void *p)
{
	struct tries *t = *(struct tries **)p;

	assert_false(db_in_tx(c));
	strcat(t->calls, "x");
}

static void note_second(struct ctx *c, void *p)
{
	struct tries *t = *(struct tries **)p;

	(void)c;
	strcat(t->calls, "y");
}

static outcome stumble(struct ctx *c, void *arg)
{
	struct tries *t = arg;
	void *here = arena_alloc(c->arena, 100);

	if (t->seen++ == 0)
		t->first = here;
	assert_ptr_equal(t->first, here);     /* nothing is left of the try before */
	assert_null(c->errors);
	db_run(c, &add_one, arg(1));
	tx_after_commit(c, note, &t, sizeof(t));
	tx_after_commit(c, note_second, &t, sizeof(t));
	fail_field(c, S("n"), "too_large", (str){ NULL, 0 });
	if (t->seen < t->wanted)
		fault_at(c, FAULT_RETRY, __FILE__, __LINE__, "stumbled");
	return OK;
}

static void a_repeated_transaction_starts_from_nothing(void **state)
{
	struct ctx *c = with_table();
	struct tries t = { .wanted = 4 };

	(void)state;
	assert_ptr_equal(db_tx(c, stumble, &t), OK);
	assert_int_equal(t.seen, 4);
	assert_int_equal(n_of(c, 1), 1);
	assert_string_equal(t.calls, "xy");     /* once, in order, after the commit */
}

static void stumble_for_ever(struct ctx *c, void *arg) { db_tx(c, stumble, arg); }

static void repeating_ends_after_a_few_tries(void **state)
{
	struct ctx *c = with_table();
	struct tries t = { .wanted = 100 };

	(void)state;
	assert_int_equal(test_fault(c, stumble_for_ever, &t), FAULT_RETRY);
	assert_int_equal(t.seen, 5);
	assert_string_equal(t.calls, "");
	assert_int_equal(n_of(c, 1), 0);
	assert_false(db_in_tx(c));
}

static outcome break_down(struct ctx *c, void *arg)
{
	int *times = arg;

	++*times;
	db_run(c, &add_one, arg(1));
	fault(c, "a bug");
}

static void run_break_down(struct ctx *c, void *arg) { db_tx(c, break_down, arg); }

static void a_fault_rolls_back_and_goes_on(void **state)
{
	struct ctx *c = with_table();
	int times = 0;

	(void)state;
	assert_int_equal(test_fault(c, run_break_down, &times), FAULT_BUG);
	assert_int_equal(times, 1);
	assert_false(db_in_tx(c));
	assert_int_equal(n_of(c, 1), 0);
}

static void without_a_transaction_the_call_comes_at_once(void **state)
{
	struct ctx *c = with_table();
	struct tries t = { 0 }, *p = &t;

	(void)state;
	tx_after_commit(c, note, &p, sizeof(p));
	assert_string_equal(t.calls, "x");
}

struct crossing {
	int64_t first, second;
};

static outcome cross(struct ctx *c, void *arg)
{
	const struct crossing *x = arg;

	db_run(c, &add_one, arg(x->first));
	db_run(c, &add_one, arg(x->second));
	return OK;
}

static void cross_once(struct ctx *c, void *x)
{
	db_tx(c, cross, x);
}

/* On a busy machine all the tries of one may meet a deadlock: that is said, and rare. */
static int cross_often(struct ctx *c, int which)
{
	struct crossing x = { 1 + which % 2, 2 - which % 2 };
	int given_up = 0, kind;

	for (int i = 0; i < 40; i++) {
		while ((kind = test_fault(c, cross_once, &x)) == FAULT_RETRY)
			given_up++;
		if (kind)
			return 1;
	}
	return given_up > 4;
}

static void deadlocks_are_repeated_until_all_is_done(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	test_at_once(4, cross_often);
	assert_int_equal(n_of(c, 1), 160);
	assert_int_equal(n_of(c, 2), 160);
}

struct lock {
	struct ctx *other;
	int64_t got, after;
};

static outcome try_to_insert(struct ctx *c, void *arg)
{
	struct lock *l = arg;

	db_run(c, &insert_row, arg(8), arg(1));
	l->got = db_try_insert(c, &insert_row, arg(7), arg(2));
	l->after = db_try_insert(c, &insert_row, arg(9), arg(2));
	return OK;
}

static outcome hold_and_let_try(struct ctx *c, void *arg)
{
	struct lock *l = arg;
	int64_t begun = clock_us();

	db_run(c, &insert_row, arg(7), arg(1));
	assert_ptr_equal(db_tx(l->other, try_to_insert, l), OK);
	assert_true(clock_us() - begun < 4 * SECOND);        /* waiting for the lock would be five */
	return OK;
}

static void a_locked_key_is_not_waited_for_and_the_transaction_goes_on(void **state)
{
	struct ctx *c = with_table();
	struct lock l = { test_ctx_more(), 5, 5 };

	(void)state;
	assert_ptr_equal(db_tx(c, hold_and_let_try, &l), OK);
	assert_int_equal(l.got, -1);
	assert_int_equal(l.after, 1);
	assert_int_equal(n_of(c, 8), 1);
	assert_int_equal(n_of(c, 9), 2);
	assert_int_equal(n_of(c, 7), 1);
	assert_int_equal(db_try_insert(l.other, &insert_row, arg(7), arg(1)), 0);
	assert_int_equal(db_run(c, &add_one, arg(7)), 1);
	test_ctx_close(l.other);
}

/* Cuts the connection of c, as a server that goes down does. */
static void cut(struct ctx *c, struct ctx *other)
{
	static const struct timespec moment = { 0, 1000 * 1000 };
	int64_t id = db_int(c, &my_connection, 0);

	db_script(other, str_fmt(other->arena, "KILL %lld", (long long)id));
	while (db_int(other, &count_connections, 0, arg(id)) > 0)
		nanosleep(&moment, NULL);
}

static void a_dead_connection_is_replaced_before_anything_is_sent(void **state)
{
	struct ctx *c = with_table(), *other = test_ctx_more();

	(void)state;
	cut(c, other);
	assert_int_equal(n_of(c, 1), 0);
	assert_int_equal(db_run(c, &add_one, arg(1)), 1);
	cut(c, other);
	assert_int_equal(db_run(c, &add_one, arg(1)), 1);
	cut(c, other);
	assert_ptr_equal(db_tx(c, add, NULL), OK);
	assert_int_equal(n_of(c, 1), 3);
	cut(c, other);
	assert_int_equal(db_int(c, &never_sent, -1), 5);     /* prepared only now */
	cut(c, other);
	assert_true(db_alive(c));
	test_ctx_close(other);
}

static outcome cut_in_between(struct ctx *c, void *other)
{
	db_run(c, &add_one, arg(1));
	cut(c, other);
	n_of(c, 1);
	return OK;
}

static outcome cut_at_the_end(struct ctx *c, void *other)
{
	db_run(c, &add_one, arg(1));
	cut(c, other);
	return OK;
}

static void run_cut_in_between(struct ctx *c, void *other) { db_tx(c, cut_in_between, other); }
static void run_cut_at_the_end(struct ctx *c, void *other) { db_tx(c, cut_at_the_end, other); }

static void a_connection_lost_inside_a_transaction_is_a_fault(void **state)
{
	struct ctx *c = with_table(), *other = test_ctx_more();

	(void)state;
	assert_int_equal(test_fault(c, run_cut_in_between, other), FAULT_DATABASE);
	assert_false(db_in_tx(c));
	assert_int_equal(n_of(c, 1), 0);
	test_ctx_close(other);
}

static void the_outcome_of_a_lost_commit_is_unknown(void **state)
{
	struct ctx *c = with_table(), *other = test_ctx_more();

	(void)state;
	assert_int_equal(test_fault(c, run_cut_at_the_end, other), FAULT_OUTCOME_UNKNOWN);
	assert_false(db_in_tx(c));
	assert_ptr_equal(db_tx(c, add, NULL), OK);
	test_ctx_close(other);
}

static void ask(struct ctx *c, void *arg)
{
	(void)arg;
	n_of(c, 1);
}

static void a_server_that_is_away_is_a_quick_fault(void **state)
{
	struct ctx *c = test_ctx(), *lost;
	struct config k = *c->config;
	int64_t begun = clock_us();

	(void)state;
	k.db_socket = "/nowhere/db.sock";
	lost = ctx_new(&k);
	lost->db = db_open(&k);
	assert_false(db_alive(lost));
	assert_int_equal(test_fault(lost, ask, NULL), FAULT_DATABASE);
	assert_true(clock_us() - begun < 4 * SECOND);
	db_close(lost->db);
	ctx_free(lost);
}

static int noted;

static void note_one(struct ctx *c, void *p)
{
	(void)c;
	(void)p;
	noted++;
}

static outcome add_and_note(struct ctx *c, void *p)
{
	tx_after_commit(c, note_one, NULL, 0);
	return p ? add_then_fail(c, NULL) : add(c, NULL);
}

/* Of three pieces the second fails. */
static outcome in_pieces(struct ctx *c, void *p)
{
	int64_t before = n_of(c, 1);

	(void)p;
	assert_ptr_equal(db_try(c, add_and_note, NULL), OK);
	assert_ptr_equal(db_try(c, add_and_note, &noted), &no_luck);
	assert_int_equal(n_of(c, 1), before + 1);
	assert_ptr_equal(db_try(c, add_and_note, NULL), OK);
	return OK;
}

static outcome take_all_back(struct ctx *c, void *p)
{
	in_pieces(c, p);
	return &no_luck;
}

static void a_piece_that_fails_takes_back_what_it_did_and_no_more(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	noted = 0;
	assert_ptr_equal(db_tx(c, in_pieces, NULL), OK);
	assert_int_equal(n_of(c, 1), 2);
	assert_int_equal(noted, 2);                /* not for the piece that failed */
	assert_ptr_equal(db_tx(c, take_all_back, NULL), &no_luck);
	assert_int_equal(n_of(c, 1), 2);           /* pieces that went well go with the whole */
	assert_int_equal(noted, 2);
}

static outcome a_piece_of_pieces(struct ctx *c, void *p)
{
	in_pieces(c, NULL);
	return p ? &no_luck : OK;
}

static outcome pieces_of_pieces(struct ctx *c, void *p)
{
	(void)p;
	assert_ptr_equal(db_try(c, a_piece_of_pieces, NULL), OK);
	assert_int_equal(n_of(c, 1), 2);
	assert_ptr_equal(db_try(c, a_piece_of_pieces, &noted), &no_luck);
	assert_int_equal(n_of(c, 1), 2);
	return OK;
}

static void a_piece_takes_back_the_pieces_in_it_too(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	noted = 0;
	assert_ptr_equal(db_tx(c, pieces_of_pieces, NULL), OK);
	assert_int_equal(n_of(c, 1), 2);
	assert_int_equal(noted, 2);
}

static outcome note_and_break(struct ctx *c, void *p)
{
	int times = 0;

	(void)p;
	add_and_note(c, NULL);
	return break_down(c, &times);
}

static outcome break_within(struct ctx *c, void *p)
{
	return db_try(c, note_and_break, p);
}

static outcome retry_at_once(struct ctx *c, void *p)
{
	if (++*(int *)p == 1)
		fault_at(c, FAULT_RETRY, __FILE__, __LINE__, "stumbled");
	return add(c, NULL);
}

static outcome in_pieces_apart(struct ctx *c, void *p)
{
	assert_ptr_equal(db_try_apart(c, retry_at_once, p), OK);           /* the whole is repeated, as everywhere */
	assert_ptr_equal(db_try_apart(c, note_and_break, NULL), &piece_broke);
	assert_ptr_equal(db_try_apart(c, break_within, NULL), &piece_broke);
	assert_ptr_equal(db_try_apart(c, add_and_note, &noted), &no_luck);
	assert_ptr_equal(db_try_apart(c, add_and_note, NULL), OK);
	return OK;
}

static void a_piece_with_a_bug_takes_back_no_more_than_itself_where_that_is_wanted(void **state)
{
	struct ctx *c = with_table();
	int tries = 0;

	(void)state;
	noted = 0;
	assert_ptr_equal(db_tx(c, in_pieces_apart, &tries), OK);
	assert_int_equal(tries, 2);
	assert_int_equal(n_of(c, 1), 2);
	assert_int_equal(noted, 1);
}

/* Once it goes well, once it does not: nothing of it stays. */
static outcome probing(struct ctx *c, void *p)
{
	(void)p;
	assert_ptr_equal(db_probe(c, add_and_note, NULL), OK);
	assert_ptr_equal(db_probe(c, add_and_note, &noted), &no_luck);
	assert_int_equal(n_of(c, 1), 0);
	return db_try(c, add_and_note, NULL);
}

static void a_probe_says_what_would_be_and_leaves_nothing(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	noted = 0;
	assert_ptr_equal(db_tx(c, probing, NULL), OK);
	assert_int_equal(n_of(c, 1), 1);
	assert_int_equal(noted, 1);                /* not for what was only tried */
}

static outcome note_for_a_rollback(struct ctx *c, void *p)
{
	tx_after_rollback(c, note_one, NULL, 0);
	return p ? add_then_fail(c, NULL) : add(c, NULL);
}

static void what_is_for_after_a_rollback_happens_then_only(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	noted = 0;
	assert_ptr_equal(db_tx(c, note_for_a_rollback, NULL), OK);
	assert_int_equal(noted, 0);
	assert_ptr_equal(db_tx(c, note_for_a_rollback, &noted), &no_luck);
	assert_int_equal(noted, 1);
	assert_ptr_equal(db_tx(c, add_then_fail, NULL), &no_luck);
	assert_int_equal(noted, 1);
}

struct word {
	char text[16];
};
static char heard[64];

static void hear(struct ctx *c, void *p)
{
	void *spoil = arena_alloc(c->arena, 64 * 1024);      /* a call that takes memory itself */

	memset(spoil, 'z', 64 * 1024);
	strcat(heard, ((struct word *)p)->text);
}

/* Batches that give their memory back before the commit, as work on many rows does. */
static outcome note_in_batches(struct ctx *c, void *p)
{
	static const char *const words[] = { "one ", "two ", "three" };

	for (size_t i = 0; i < 3; i++) {
		struct arena_mark m = arena_mark(c->arena);
		struct word *w = arena_new_of(c->arena, struct word);

		strcpy(w->text, words[i]);
		if (p)
			tx_after_rollback(c, hear, w, sizeof(*w));
		else
			tx_after_commit(c, hear, w, sizeof(*w));
		memset(arena_alloc(c->arena, 64 * 1024), 'x', 64 * 1024);
		arena_rewind(c->arena, m);
		memset(arena_alloc(c->arena, 256), 'y', 256);
	}
	return p ? &no_luck : OK;
}

static void what_is_noted_for_later_outlives_the_memory_it_was_noted_from(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	heard[0] = '\0';
	assert_ptr_equal(db_tx(c, note_in_batches, NULL), OK);
	assert_string_equal(heard, "one two three");
	heard[0] = '\0';
	assert_ptr_equal(db_tx(c, note_in_batches, heard), &no_luck);
	assert_string_equal(heard, "threetwo one ");          /* the last first, as what is taken back */
}

static void try_outside(struct ctx *c, void *arg)
{
	db_try(c, add, arg);
}

static void a_piece_needs_a_transaction_around_it(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	assert_int_equal(test_fault(c, try_outside, NULL), FAULT_BUG);
}

static int add_many(struct ctx *c, int which)
{
	for (int i = 0; i < 25; i++)
		db_run(c, &add_row, arg(1 + which), arg(1));
	return 0;
}

static void no_change_is_lost_between_processes(void **state)
{
	struct ctx *c = with_table();

	(void)state;
	test_at_once(4, add_many);
	assert_int_equal(n_of(c, 1), 25 * (1 + 2 + 3 + 4));
	assert_int_equal(db_int(c, &sum_rows, -1), 250);
	assert_int_equal(db_int(c, &count_rows, -1), 2);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ok_commits_and_a_failure_rolls_back),
	cmocka_unit_test(a_transaction_inside_another_joins_it),
	cmocka_unit_test(a_repeated_transaction_starts_from_nothing),
	cmocka_unit_test(repeating_ends_after_a_few_tries),
	cmocka_unit_test(a_fault_rolls_back_and_goes_on),
	cmocka_unit_test(without_a_transaction_the_call_comes_at_once),
	cmocka_unit_test(deadlocks_are_repeated_until_all_is_done),
	cmocka_unit_test(a_locked_key_is_not_waited_for_and_the_transaction_goes_on),
	cmocka_unit_test(a_dead_connection_is_replaced_before_anything_is_sent),
	cmocka_unit_test(a_connection_lost_inside_a_transaction_is_a_fault),
	cmocka_unit_test(the_outcome_of_a_lost_commit_is_unknown),
	cmocka_unit_test(a_server_that_is_away_is_a_quick_fault),
	cmocka_unit_test(a_piece_that_fails_takes_back_what_it_did_and_no_more),
	cmocka_unit_test(what_is_noted_for_later_outlives_the_memory_it_was_noted_from),
	cmocka_unit_test(a_piece_with_a_bug_takes_back_no_more_than_itself_where_that_is_wanted),
	cmocka_unit_test(a_piece_needs_a_transaction_around_it),
	cmocka_unit_test(a_piece_takes_back_the_pieces_in_it_too),
	cmocka_unit_test(a_probe_says_what_would_be_and_leaves_nothing),
	cmocka_unit_test(what_is_for_after_a_rollback_happens_then_only),
	cmocka_unit_test(no_change_is_lost_between_processes),
};
UNIT_GROUP(data_tx, tests, NULL, NULL)
