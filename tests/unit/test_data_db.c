/* test_data_db.c -- statements and rows, against a real database. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/db.h"

enum colour { RED, GREEN };
static const char *const colours[] = { "red", "green", NULL };

struct maker {
	int64_t id;
	str name;
};

static const struct shape maker_shape = SHAPE("Maker", struct maker, F(id), F(name));

struct thing {
	int64_t id;
	str name;
	bool good;
	money price;
	when at;
	day born;
	int colour;
	json_text extra;
	opt_int n;
	opt_str note;
	opt_when gone_at;
	opt_bool maybe;
	opt_day last_day;
	opt_money paid;
	struct maker maker;
	list parts;
};

static const struct shape thing_shape = SHAPE("Thing", struct thing,
	F(id), F(name), F(good), F(price), F(at), F(born), F(colour, .words = colours), F(extra), F(n), F(note), F(gone_at), F(maybe),
	F(last_day), F(paid), F(maker, .of = &maker_shape), F(parts, .of = &maker_shape));

#define ALL "id, name, good, price, at, born, colour, extra, n, note, gone_at, maybe, last_day, paid"

SQL(insert_thing, "INSERT INTO test_thing (name, good, price, at, born, colour, extra, n, note, gone_at, maybe, last_day, paid) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
SQL(insert_name, "INSERT INTO test_thing (name) VALUES (?)");
SQL(insert_values, "INSERT INTO test_thing (name, n, gone_at, note) VALUES (?, ?, ?, ?)");
SQL(update_values, "UPDATE test_thing SET n = ?, gone_at = ? WHERE name = ?");
SQL(select_thing, "SELECT " ALL ", id AS `maker.id`, name AS `maker.name` FROM test_thing WHERE name = ?");
SQL_SCAN(select_all, "SELECT id, name, n, gone_at, note FROM test_thing ORDER BY id");
SQL_SCAN(count_all, "SELECT COUNT(*) FROM test_thing");
SQL(update_price, "UPDATE test_thing SET price = ? WHERE name = ?");
SQL(select_strange, "SELECT id, name AS nobody FROM test_thing WHERE name = ?");
SQL_SCAN(sum_of, "SELECT SUM(price) AS price, SUM(n) AS n FROM test_thing");
SQL(select_half, "SELECT 1.5 AS id");
SQL(select_session, "SELECT @@time_zone = '+00:00' AND @@tx_isolation = 'READ-COMMITTED' AND @@autocommit "
	"AND UNIX_TIMESTAMP('2026-01-01 00:00:00') = 1767225600 AND @@character_set_client = 'utf8mb4'");
SQL(by_colour, "SELECT id FROM test_thing WHERE colour = ?");
SQL(by_name_or_colour, "SELECT id FROM test_thing WHERE name LIKE ? OR colour LIKE ? OR name = ? ORDER BY id");
SQL(count_colours, "SELECT COUNT(*) FROM test_thing WHERE colour IN (?, ?)");
SQL(lock_colour, "SELECT id FROM test_thing WHERE colour = ? FOR UPDATE");
SQL(update_by_colour, "UPDATE test_thing SET note = ? WHERE colour = ?");
SQL(set_colour, "UPDATE test_thing SET colour = ?");
SQL(call_twice, "CALL test_twice(?)");
SQL(call_many, "CALL test_many(?)");
SQL(call_wrong, "CALL test_wrong()");

static void make_tables(struct ctx *c, void *arg)
{
	(void)arg;
	db_script(c, S("DROP TABLE IF EXISTS test_thing; CREATE TABLE test_thing ("
		" id BIGINT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(5000) CHARACTER SET utf8mb4 NOT NULL, good BOOL NOT NULL DEFAULT FALSE,"
		" price BIGINT NOT NULL DEFAULT 0, at DATETIME(6) NULL, born DATE NULL,"
		" colour VARCHAR(10) CHARACTER SET ascii NOT NULL DEFAULT 'red', extra MEDIUMTEXT NULL, n INT NULL, note TEXT NULL,"
		" gone_at DATETIME(6) NULL, maybe BOOL NULL, last_day DATE NULL, paid BIGINT UNSIGNED NULL,"
		" UNIQUE KEY (name(200)), CONSTRAINT test_thing_price CHECK (price >= 0));"
		"DROP PROCEDURE IF EXISTS test_twice; DROP PROCEDURE IF EXISTS test_many; DROP PROCEDURE IF EXISTS test_wrong;"
		"CREATE PROCEDURE test_twice (x BIGINT) BEGIN DECLARE y BIGINT DEFAULT 0; SET y = x + x; SELECT y AS id, 'y' AS name; END;"
		"CREATE PROCEDURE test_many (x BIGINT) BEGIN SELECT x AS id; SELECT 1, 2, 3; UPDATE test_thing SET price = x WHERE name = 'a'; END;"
		"CREATE PROCEDURE test_wrong () BEGIN SELECT 1 AS id; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no way'; END;"));
}

static struct ctx *with_tables(void)
{
	struct ctx *c = test_ctx();

	if (test_fault(c, make_tables, NULL))
		fail_msg("%s", test_fault_text());
	return c;
}

static void insert_full(struct ctx *c, str name, when at)
{
	assert_true(db_insert(c, &insert_thing, arg(name), arg(true), arg(won(12000)), arg(at), arg((day){ 20000 }),
		arg(str_of(colours[GREEN])), arg(S("{\"a\":[1]}")), arg(some_int(-7)), arg(some_str(S(""))), arg(some_when((when){ 1 })),
		arg(some_int(0)), arg(((opt_day){ true, { 1 } })), arg(((opt_money){ true, { 5 } }))) > 0);
}

static void a_full_row(struct ctx *c, void *arg)
{
	struct thing t = { .parts = { .n = 77 } };
	when at = { INT64_C(1795240799123456) };

	(void)arg;
	insert_full(c, S("한글 \xF0\x9F\x8E\xAB"), at);
	assert_true(db_one(c, &select_thing, &thing_shape, &t, arg(S("한글 \xF0\x9F\x8E\xAB"))));
	assert_true(str_eq(t.name, S("한글 \xF0\x9F\x8E\xAB")));
	assert_true(t.good);
	assert_int_equal(t.price.won, 12000);
	assert_int_equal(t.at.us, at.us);
	assert_int_equal(t.born.days, 20000);
	assert_int_equal(t.colour, GREEN);
	assert_true(str_eq(t.extra.s, S("{\"a\":[1]}")));
	assert_true(t.n.set && t.n.v == -7);
	assert_true(t.note.set && t.note.v.n == 0);
	assert_true(t.gone_at.set && t.gone_at.v.us == 1);
	assert_true(t.maybe.set && !t.maybe.v);
	assert_true(t.last_day.set && t.last_day.v.days == 1);
	assert_true(t.paid.set && t.paid.v.won == 5);
	assert_int_equal(t.maker.id, t.id);
	assert_true(str_eq(t.maker.name, t.name));
	assert_int_equal(t.parts.n, 77);     /* what no column is named after stays as it was */
}

static void a_row_comes_back_as_it_was_written(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), a_full_row, NULL);
}

static void an_empty_row(struct ctx *c, void *arg)
{
	struct thing t;

	(void)arg;
	memset(&t, 1, sizeof(t));
	assert_int_equal(db_run(c, &insert_name, arg(S("a"))), 1);
	assert_true(db_one(c, &select_thing, &thing_shape, &t, arg(S("a"))));
	assert_false(t.n.set || t.note.set || t.gone_at.set || t.maybe.set || t.last_day.set || t.paid.set);
	assert_int_equal(t.at.us, 0);
	assert_int_equal(t.born.days, 0);
	assert_int_equal(t.extra.s.n, 0);
	assert_int_equal(t.n.v, 0);
	assert_false(db_one(c, &select_thing, &thing_shape, &t, arg(S("nobody"))));
}

static void null_is_zero_or_not_set(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), an_empty_row, NULL);
}

static void texts_of_all_lengths(struct ctx *c, void *arg)
{
	char *text = arena_text(c->arena, 4000);

	(void)arg;
	for (size_t n = 0; n <= 4000; n += n < 480 || n > 520 ? 160 : 1) {
		struct thing t;
		str name;

		memset(text, 'a' + (int)(n % 26), n);
		if (n > 8)
			text[snprintf(text, 8, "%zu", n)] = ' ';
		name = (str){ text, n };
		assert_true(db_insert(c, &insert_name, arg(name)) > 0);
		assert_true(db_one(c, &select_thing, &thing_shape, &t, arg(name)));
		assert_int_equal(t.name.n, n);
		assert_memory_equal(t.name.p ? t.name.p : "", text, n);
		assert_int_equal(t.maker.name.n, n);
	}
}

static void texts_come_by_their_real_length(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), texts_of_all_lengths, NULL);
}

static void many_rows(struct ctx *c, void *arg)
{
	struct thing *t;
	list l;

	(void)arg;
	assert_int_equal(db_all(c, &select_all, &thing_shape).n, 0);
	for (int i = 0; i < 300; i++)
		assert_true(db_insert(c, &insert_name, arg(str_fmt(c->arena, "thing %d", i))) > 0);
	l = db_all(c, &select_all, &thing_shape);
	assert_int_equal(l.n, 300);
	t = l.p;
	for (int i = 0; i < 300; i++)
		assert_true(str_eq(t[i].name, str_fmt(c->arena, "thing %d", i)));
	assert_int_equal(db_int(c, &count_all, -1), 300);
}

static void a_list_holds_all_rows_in_order(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), many_rows, NULL);
}

static void counts(struct ctx *c, void *arg)
{
	(void)arg;
	assert_int_equal(db_int(c, &select_strange, -5, arg(S("a"))), -5);
	assert_true(db_insert(c, &insert_name, arg(S("a"))) > 0);
	assert_int_equal(db_insert(c, &insert_name, arg(S("a"))), 0);
	assert_int_equal(db_run(c, &update_price, arg(won(3)), arg(S("a"))), 1);
	assert_int_equal(db_run(c, &update_price, arg(won(3)), arg(S("a"))), 1);     /* found, though nothing changed */
	assert_int_equal(db_run(c, &update_price, arg(won(3)), arg(S("b"))), 0);
}

static void found_rows_count_as_changed_and_a_taken_key_is_zero(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), counts, NULL);
}

static void sums(struct ctx *c, void *arg)
{
	struct thing t;

	(void)arg;
	assert_true(db_insert(c, &insert_name, arg(S("a"))) && db_insert(c, &insert_name, arg(S("b"))));
	db_run(c, &update_price, arg(won(INT64_C(4000000000000))), arg(S("a")));
	db_run(c, &update_values, arg(-3), arg((when){ 0 }), arg(S("b")));
	assert_true(db_one(c, &sum_of, &thing_shape, &t));
	assert_int_equal(t.price.won, INT64_C(4000000000000));
	assert_true(t.n.set && t.n.v == -3);
}

static void sums_are_whole_numbers(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), sums, NULL);
}

static void call_procedures(struct ctx *c, void *arg)
{
	struct maker m;

	(void)arg;
	db_insert(c, &insert_name, arg(S("a")));
	for (int64_t i = 1; i <= 3; i++) {
		assert_true(db_one(c, &call_twice, &maker_shape, &m, arg(i)));
		assert_int_equal(m.id, 2 * i);
		assert_true(db_one(c, &call_many, &maker_shape, &m, arg(i)));
		assert_int_equal(m.id, i);
		assert_int_equal(db_int(c, &call_many, 0, arg(i)), i);
		db_run(c, &call_many, arg(i));
	}
	assert_int_equal(db_int(c, &count_all, -1), 1);
}

static void procedures_leave_the_connection_free(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), call_procedures, NULL);
}

static void read_strange(struct ctx *c, void *arg) { struct thing t; (void)arg; db_one(c, &select_strange, &thing_shape, &t, arg(S("a"))); }
static void insert_black(struct ctx *c, void *arg) { (void)arg; db_script(c, S("INSERT INTO test_thing (name, colour) VALUES ('a', 'black')")); }
static void read_a(struct ctx *c, void *arg) { struct thing t; (void)arg; db_one(c, &select_thing, &thing_shape, &t, arg(S("a"))); }
static void read_two(struct ctx *c, void *arg) { struct thing t; (void)arg; db_one(c, &select_all, &thing_shape, &t); }
static void too_few(struct ctx *c, void *arg) { struct thing t; (void)arg; db_one(c, &select_thing, &thing_shape, &t); }
static void negative(struct ctx *c, void *arg) { (void)arg; db_run(c, &update_price, arg(won(-1)), arg(S("a"))); }
static void twice(struct ctx *c, void *arg) { (void)arg; db_run(c, &insert_name, arg(S("a"))); }
static void signalled(struct ctx *c, void *arg) { struct maker m; (void)arg; db_one(c, &call_wrong, &maker_shape, &m); }

static void too_long(struct ctx *c, void *arg) { (void)arg; db_run(c, &insert_name, arg(((str){ arena_alloc(c->arena, 5001), 5001 }))); }
static void half(struct ctx *c, void *arg) { struct thing t; (void)arg; db_one(c, &select_half, &thing_shape, &t); }

static void what_can_not_be_is_a_fault(void **state)
{
	struct ctx *c = with_tables();

	(void)state;
	assert_int_equal(test_fault(c, too_long, NULL), FAULT_BUG);
	assert_int_equal(test_fault(c, half, NULL), FAULT_BUG);
	assert_int_equal(test_fault(c, read_strange, NULL), FAULT_BUG);
	assert_non_null(strstr(test_fault_text(), "nobody"));
	assert_int_equal(test_fault(c, too_few, NULL), FAULT_BUG);
	assert_non_null(strstr(test_fault_text(), "0 values for 1"));
	assert_int_equal(test_fault(c, insert_black, NULL), 0);
	assert_int_equal(test_fault(c, read_a, NULL), FAULT_BUG);
	assert_non_null(strstr(test_fault_text(), "colour"));
	assert_int_equal(test_fault(c, twice, NULL), FAULT_BUG);
	assert_int_equal(test_fault(c, negative, NULL), FAULT_BUG);
	assert_non_null(strstr(test_fault_text(), "test_thing_price"));
	assert_non_null(strstr(test_fault_text(), "update_price"));
	assert_int_equal(test_fault(c, signalled, NULL), FAULT_BUG);
	assert_non_null(strstr(test_fault_text(), "no way"));
	db_insert(c, &insert_name, arg(S("b")));
	assert_int_equal(test_fault(c, read_two, NULL), FAULT_BUG);
	assert_int_equal(db_int(c, &count_all, -1), 2);     /* whatever was left unread, the connection still serves */
}

static void composed(struct ctx *c, void *arg)
{
	(void)arg;
	for (int i = 0; i < 600; i++) {     /* more texts than a connection keeps */
		struct query q = query_from(c, "SELECT id, name FROM test_thing WHERE 1 = 1");

		db_insert(c, &insert_name, arg(str_fmt(c->arena, "thing %d", i)));
		if (i % 2)
			query_add(&q, " AND name = ?", arg(str_fmt(c->arena, "thing %d", i)));
		query_add(&q, str_z(c->arena, str_fmt(c->arena, " AND id > -%d", i / 2 % 280)));
		query_add(&q, " ORDER BY id LIMIT ?", arg(7));
		assert_int_equal(query_all(c, &q, &maker_shape).n, i % 2 ? 1 : i < 7 ? i + 1 : 7);
	}
}

static void composed_statements_are_kept_within_bounds(void **state)
{
	struct ctx *c = with_tables();

	(void)state;
	test_rolled_back(c, composed, NULL);
	assert_int_equal(db_int(c, &count_all, -1), 0);
}

static void bulk(struct ctx *c, void *arg)
{
	struct arg rows[50][4], changes[50][3];
	struct thing *t;
	list l;

	(void)arg;
	for (int i = 0; i < 50; i++) {
		rows[i][0] = arg(str_fmt(c->arena, "한 %d", i));
		rows[i][1] = i % 3 ? arg(i) : (struct arg){ .kind = ARG_NULL };
		rows[i][2] = i % 2 ? arg((when){ i * SECOND + 5 }) : (struct arg){ .kind = ARG_NULL };
		rows[i][3] = (struct arg){ .kind = ARG_NULL };
	}
	assert_int_equal(db_bulk(c, &insert_values, rows[0], 50, 4), 50);
	l = db_all(c, &select_all, &thing_shape);
	t = l.p;
	assert_int_equal(l.n, 50);
	for (int i = 0; i < 50; i++) {
		assert_true(str_eq(t[i].name, rows[i][0].s));
		assert_true(t[i].n.set == (i % 3 != 0) && t[i].n.v == (i % 3 ? i : 0));
		assert_true(t[i].gone_at.set == (i % 2 != 0) && t[i].gone_at.v.us == (i % 2 ? i * SECOND + 5 : 0));
		assert_false(t[i].note.set);
		changes[i][0] = i % 2 ? arg(1000 + i) : (struct arg){ .kind = ARG_NULL };
		changes[i][1] = arg((when){ i });
		changes[i][2] = i == 49 ? arg(S("nobody")) : arg(t[i].name);
	}
	assert_int_equal(db_bulk(c, &update_values, changes[0], 50, 3), 49);
	t = db_all(c, &select_all, &thing_shape).p;
	assert_true(!t[0].n.set && t[1].n.v == 1001 && t[48].gone_at.v.us == 48);
	assert_int_equal(t[49].gone_at.v.us, 49 * SECOND + 5);
	assert_int_equal(db_bulk(c, &insert_values, rows[0], 0, 4), 0);
	assert_int_equal(db_insert(c, &insert_values, arg(S("one")), arg(1), arg((when){ 1 }), arg(S("x"))) > 0, 1);
}

static void many_rows_are_written_in_one_go(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), bulk, NULL);
}

static void long_texts(struct ctx *c, void *arg)
{
	enum { ROWS = 90, BYTES = 60000 };
	struct arg rows[ROWS][4];
	char *text = arena_text(c->arena, BYTES);
	struct thing *t;

	(void)arg;
	memset(text, 'z', BYTES);
	for (int i = 0; i < ROWS; i++) {
		rows[i][0] = arg(str_fmt(c->arena, "%d", i));
		rows[i][1] = arg(i);
		rows[i][2] = (struct arg){ .kind = ARG_NULL };
		rows[i][3] = arg(((str){ text, BYTES - (size_t)i }));
	}
	assert_int_equal(db_bulk(c, &insert_values, rows[0], ROWS, 4), ROWS);
	t = db_all(c, &select_all, &thing_shape).p;
	for (int i = 0; i < ROWS; i++)
		assert_true(t[i].n.v == i && t[i].note.v.n == (size_t)(BYTES - i));
}

static void what_is_too_much_for_one_packet_goes_in_several(void **state)
{
	(void)state;
	test_rolled_back(with_tables(), long_texts, NULL);
}

static void altered(struct ctx *c, void *arg)
{
	(void)arg;
	db_script(c, S("ALTER TABLE test_thing MODIFY n BIGINT NULL, MODIFY note VARCHAR(70) NULL, ADD more INT NULL"));
}

static void a_prepared_statement_survives_a_change_of_its_table(void **state)
{
	struct ctx *c = with_tables();
	struct thing *t;

	(void)state;
	db_insert(c, &insert_values, arg(S("a")), arg(5), arg((when){ 7 }), arg(S("note")));
	assert_int_equal(db_all(c, &select_all, &thing_shape).n, 1);
	assert_int_equal(test_fault(c, altered, NULL), 0);
	t = db_all(c, &select_all, &thing_shape).p;
	assert_true(t->n.v == 5 && t->gone_at.v.us == 7 && str_eq(t->note.v, S("note")));
	db_insert(c, &insert_values, arg(S("b")), arg(INT64_C(5000000000)), arg((when){ 7 }), arg(S("note")));
	t = db_all(c, &select_all, &thing_shape).p;
	assert_true(t[1].n.v == INT64_C(5000000000));
}

/* As often as it is asked: the first time is found out by trying, the others are known. */
static void other_letters(struct ctx *c, void *arg)
{
	(void)arg;
	db_insert(c, &insert_name, arg(S("가")));
	db_insert(c, &insert_name, arg(S("나")));
	for (int i = 0; i < 3; i++) {
		struct query q = query_from(c, "SELECT id FROM test_thing WHERE TRUE");
		list all;

		assert_int_equal(db_all(c, &by_colour, &maker_shape, arg(S("빨강"))).n, 0);
		assert_int_equal(db_all(c, &by_colour, &maker_shape, arg(S("red"))).n, 2);
		all = db_all(c, &by_name_or_colour, &maker_shape, arg(S("가%")), arg(S("\xF0\x9F\x8E\xAB%")), arg(S("다")));
		assert_int_equal(all.n, 1);
		assert_int_equal(((struct maker *)all.p)->id, 1);
		assert_int_equal(db_all(c, &by_name_or_colour, &maker_shape, arg(S("다%")), arg(S("re%")), arg(S("다"))).n, 2);
		assert_int_equal(db_int(c, &count_colours, -1, arg(S("빨강")), arg(S("red"))), 2);
		assert_int_equal(db_int(c, &count_colours, -1, arg(S("빨강")), arg(S("파랑"))), 0);
		assert_int_equal(db_int(c, &lock_colour, -1, arg(S("빨강"))), -1);
		assert_int_equal(db_run(c, &update_by_colour, arg(S("쪽지")), arg(S("빨강"))), 0);
		assert_int_equal(db_run(c, &update_by_colour, arg(S("쪽지")), arg(S("red"))), 2);
		query_add(&q, " AND colour = ?", arg(S("빨강")));
		assert_int_equal(query_all(c, &q, &maker_shape).n, 0);
	}
}

static void write_other_letters(struct ctx *c, void *arg)
{
	(void)arg;
	db_run(c, &set_colour, arg(S("빨강")));
}

static void a_text_is_equal_to_nothing_in_a_column_that_cannot_hold_it(void **state)
{
	struct ctx *c = with_tables();

	(void)state;
	if (test_fault(c, other_letters, NULL))
		fail_msg("%s", test_fault_text());
	assert_int_equal(test_fault(c, write_other_letters, NULL), FAULT_BUG);
}

static void a_session_is_strict_and_lives_in_utc(void **state)
{
	(void)state;
	assert_int_equal(db_int(test_ctx(), &select_session, -1), 1);
}

static void a_statement_can_be_described(void **state)
{
	struct ctx *c = with_tables();
	struct db_columns d;
	str why;

	(void)state;
	assert_true(db_describe(c, S("SELECT id, name AS `maker.name` FROM test_thing WHERE id = ? AND name = ?"), &d, &why));
	assert_int_equal(d.params, 2);
	assert_int_equal(d.n, 2);
	assert_true(str_eq(d.names[1], S("maker.name")));
	assert_false(db_describe(c, S("SELECT nothing FROM test_thing"), &d, &why));
	assert_true(str_find(why, S("nothing"), NULL));
	assert_true(sql_count() >= 10);
	for (size_t i = 0; i < sql_count(); i++)
		assert_non_null(sql_at(i)->text);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_row_comes_back_as_it_was_written),
	cmocka_unit_test(null_is_zero_or_not_set),
	cmocka_unit_test(texts_come_by_their_real_length),
	cmocka_unit_test(a_list_holds_all_rows_in_order),
	cmocka_unit_test(found_rows_count_as_changed_and_a_taken_key_is_zero),
	cmocka_unit_test(sums_are_whole_numbers),
	cmocka_unit_test(procedures_leave_the_connection_free),
	cmocka_unit_test(what_can_not_be_is_a_fault),
	cmocka_unit_test(composed_statements_are_kept_within_bounds),
	cmocka_unit_test(many_rows_are_written_in_one_go),
	cmocka_unit_test(what_is_too_much_for_one_packet_goes_in_several),
	cmocka_unit_test(a_prepared_statement_survives_a_change_of_its_table),
	cmocka_unit_test(a_text_is_equal_to_nothing_in_a_column_that_cannot_hold_it),
	cmocka_unit_test(a_session_is_strict_and_lives_in_utc),
	cmocka_unit_test(a_statement_can_be_described),
};
UNIT_GROUP(data_db, tests, NULL, NULL)
