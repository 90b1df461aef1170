/* bench/peer_rows.c -- the bare worker's database half: Madang's own SQL through prepared statements, and JSON written by
 * hand. The driver compares the bodies with Madang's before it measures, and looks whether the statements below still
 * stand in the program's sources, so neither can drift unseen. */
#include <mariadb/mysql.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

/* As long as a real cursor, which the bare worker does not make. */
#define CURSOR_LIKE "0000000000000000000000000000000000000000000"

enum { COLUMNS_MAX = 24, TEXT_ROOM = 65536, SHORT_ROOM = 1024 };

/* ---- the answer ---- */

void answer_add(struct answer *a, const void *bytes, size_t n)
{
	if (a->n + n > a->room) {
		a->room = (a->n + n) * 2;
		a->text = realloc(a->text, a->room);
		if (!a->text)
			abort();
	}
	memcpy(a->text + a->n, bytes, n);
	a->n += n;
}

void answer_text(struct answer *a, const char *z)
{
	answer_add(a, z, strlen(z));
}

void answer_number(struct answer *a, int64_t n)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t rest = n < 0 ? (uint64_t)-n : (uint64_t)n;

	do
		*--p = (char)('0' + rest % 10);
	while (rest /= 10);
	if (n < 0)
		*--p = '-';
	answer_add(a, p, (size_t)(digits + sizeof(digits) - p));
}

void answer_json(struct answer *a, const char *p, size_t n)
{
	size_t from = 0;

	answer_add(a, "\"", 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];
		char escaped[8];

		if (c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c != 127)
			continue;
		answer_add(a, p + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			snprintf(escaped, sizeof(escaped), "\\%c", c);
		else if (c == '\n')
			snprintf(escaped, sizeof(escaped), "\\n");
		else
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
		answer_text(a, escaped);
	}
	answer_add(a, p + from, n - from);
	answer_add(a, "\"", 1);
}

/* ---- statements ---- */

enum column_kind { NUMBER = 'n', TEXT = 't', LONG_TEXT = 'l', MOMENT = 'm', DATE = 'd' };

struct value {
	int64_t n;
	char *text;
	unsigned long length;
	MYSQL_TIME time;
	my_bool null;
};

struct statement {
	MYSQL_STMT *stmt;
	int64_t params[4];
	struct value values[COLUMNS_MAX];
	size_t columns;
};

struct rows {
	MYSQL *db;
	struct statement course, sessions, list;
};

static _Noreturn void give_up(const char *why)
{
	fprintf(stderr, "peer_bare: database: %s\n", why);
	exit(1);
}

static void bind_column(MYSQL_BIND *b, struct value *v, enum column_kind kind)
{
	*b = (MYSQL_BIND){ .is_null = &v->null, .length = &v->length };
	switch (kind) {
	case NUMBER:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->buffer = &v->n;
		break;
	case MOMENT:
	case DATE:
		b->buffer_type = kind == DATE ? MYSQL_TYPE_DATE : MYSQL_TYPE_DATETIME;
		b->buffer = &v->time;
		break;
	default:
		b->buffer_type = MYSQL_TYPE_STRING;
		b->buffer_length = kind == TEXT ? SHORT_ROOM : TEXT_ROOM;
		b->buffer = v->text = malloc(b->buffer_length);
	}
}

/* kinds: one letter per column. */
static void prepare(struct rows *r, struct statement *s, const char *sql, const char *kinds)
{
	MYSQL_BIND columns[COLUMNS_MAX], params[4] = { { 0 } };

	s->stmt = mysql_stmt_init(r->db);
	if (!s->stmt || mysql_stmt_prepare(s->stmt, sql, strlen(sql)) != 0)
		give_up(mysql_error(r->db));
	s->columns = strlen(kinds);
	if (mysql_stmt_field_count(s->stmt) != s->columns || mysql_stmt_param_count(s->stmt) > 4)
		give_up("another number of columns or parameters than expected");
	for (size_t i = 0; i < s->columns; i++)
		bind_column(&columns[i], &s->values[i], (enum column_kind)kinds[i]);
	for (size_t i = 0; i < 4; i++) {
		params[i].buffer_type = MYSQL_TYPE_LONGLONG;
		params[i].buffer = &s->params[i];
	}
	if (mysql_stmt_bind_param(s->stmt, params) != 0 || mysql_stmt_bind_result(s->stmt, columns) != 0)
		give_up(mysql_stmt_error(s->stmt));
}

static void run(struct statement *s, int64_t param)
{
	s->params[0] = param;
	if (mysql_stmt_execute(s->stmt) != 0)
		give_up(mysql_stmt_error(s->stmt));
}

static bool next(struct statement *s)
{
	int got = mysql_stmt_fetch(s->stmt);

	if (got == 1)
		give_up(mysql_stmt_error(s->stmt));
	return got != MYSQL_NO_DATA;
}

/* ---- parts of the JSON ---- */

static void put_digits(char *to, unsigned n, int width)
{
	while (width--) {
		to[width] = (char)('0' + n % 10);
		n /= 10;
	}
}

static void add_text(struct answer *a, const char *name, const struct value *v)
{
	answer_text(a, name);
	answer_json(a, v->text, v->length);
}

static void add_text_or_null(struct answer *a, const char *name, const struct value *v)
{
	if (v->null) {
		answer_text(a, name);
		answer_text(a, "null");
	} else {
		add_text(a, name, v);
	}
}

static void add_number(struct answer *a, const char *name, const struct value *v)
{
	answer_text(a, name);
	answer_number(a, v->n);
}

static void add_date(struct answer *a, const char *name, const struct value *v)
{
	char t[] = "\"0000-00-00\"";

	answer_text(a, name);
	if (v->null) {
		answer_text(a, "null");
		return;
	}
	put_digits(t + 1, v->time.year, 4);
	put_digits(t + 6, v->time.month, 2);
	put_digits(t + 9, v->time.day, 2);
	answer_add(a, t, sizeof(t) - 1);
}

static void add_moment(struct answer *a, const char *name, const struct value *v)
{
	char t[] = "\"0000-00-00T00:00:00", micro[] = ".000000";

	answer_text(a, name);
	put_digits(t + 1, v->time.year, 4);
	put_digits(t + 6, v->time.month, 2);
	put_digits(t + 9, v->time.day, 2);
	put_digits(t + 12, v->time.hour, 2);
	put_digits(t + 15, v->time.minute, 2);
	put_digits(t + 18, v->time.second, 2);
	answer_add(a, t, sizeof(t) - 1);
	if (v->time.second_part) {
		put_digits(micro + 1, (unsigned)v->time.second_part, 6);
		answer_add(a, micro, sizeof(micro) - 1);
	}
	answer_text(a, "Z\"");
}

/* ---- courses ---- */

/* As in fcgi-app/course/course.c, whose reader wants the columns by name. */
#define COLUMNS \
	"k.id, k.title, k.category_id AS `category.id`, g.name AS `category.name`, k.instructor_id AS `instructor.id`, " \
	"i.name AS `instructor.name`, k.price, s.capacity, s.seats_left, s.queue_length, k.status, k.enrol_opens_at, k.enrol_closes_at, " \
	"k.starts_on, k.ends_on, k.hold_seconds, k.min_enrolled, k.decide_on, k.decision, COALESCE(k.term_id, 0) AS `term.id`, " \
	"COALESCE(m.name, '') AS `term.name`, k.version"
#define FROM \
	" FROM course k JOIN category g ON g.id = k.category_id JOIN instructor_name i ON i.id = k.instructor_id " \
	"JOIN seat_count s ON s.course_id = k.id LEFT JOIN term_name m ON m.id = k.term_id "

static const char course_sql[] = "SELECT " COLUMNS ", k.description" FROM "WHERE k.id = ? AND (k.published OR ?)";
static const char sessions_sql[] = "SELECT starts_at, ends_at, room, id FROM course_session WHERE course_id = ? ORDER BY n";
static const char list_sql[] = "SELECT STRAIGHT_JOIN " COLUMNS FROM "WHERE k.published ORDER BY k.id DESC LIMIT ?";

static void prepare_all(struct rows *r)
{
	prepare(r, &r->course, course_sql, "ntntntnnnntmmddnndtntnl");
	prepare(r, &r->sessions, sessions_sql, "mmtn");
	prepare(r, &r->list, list_sql, "ntntntnnnntmmddnndtntn");
}

static void add_course(struct answer *a, const struct value *v)
{
	add_number(a, "{\"id\":", &v[0]);
	add_text(a, ",\"title\":", &v[1]);
	add_number(a, ",\"category\":{\"id\":", &v[2]);
	add_text(a, ",\"name\":", &v[3]);
	add_number(a, "},\"instructor\":{\"id\":", &v[4]);
	add_text(a, ",\"name\":", &v[5]);
	add_number(a, "},\"price\":", &v[6]);
	add_number(a, ",\"capacity\":", &v[7]);
	add_number(a, ",\"seats_left\":", &v[8]);
	add_number(a, ",\"queue_length\":", &v[9]);
	add_text(a, ",\"status\":", &v[10]);
	add_moment(a, ",\"enrol_opens_at\":", &v[11]);
	add_moment(a, ",\"enrol_closes_at\":", &v[12]);
	add_date(a, ",\"starts_on\":", &v[13]);
	add_date(a, ",\"ends_on\":", &v[14]);
	add_number(a, ",\"hold_seconds\":", &v[15]);
	add_number(a, ",\"min_enrolled\":", &v[16]);
	add_date(a, ",\"decide_on\":", &v[17]);
	add_text_or_null(a, ",\"decision\":", &v[18]);
	if (v[19].n) {
		add_number(a, ",\"term\":{\"id\":", &v[19]);
		add_text(a, ",\"name\":", &v[20]);
		answer_text(a, "}");
	} else {
		answer_text(a, ",\"term\":null");
	}
	add_number(a, ",\"version\":", &v[21]);
}

static void add_sessions(struct rows *r, int64_t course_id, struct answer *a)
{
	const char *before = "";

	run(&r->sessions, course_id);
	answer_text(a, ",\"sessions\":[");
	while (next(&r->sessions)) {
		answer_text(a, before);
		add_moment(a, "{\"starts_at\":", &r->sessions.values[0]);
		add_moment(a, ",\"ends_at\":", &r->sessions.values[1]);
		add_text(a, ",\"room\":", &r->sessions.values[2]);
		add_number(a, ",\"id\":", &r->sessions.values[3]);
		answer_text(a, "}");
		before = ",";
	}
	answer_text(a, "]");
}

void rows_course(struct rows *r, int64_t id, struct answer *a)
{
	run(&r->course, id);
	if (!next(&r->course)) {
		answer_text(a, "null");
		return;
	}
	add_course(a, r->course.values);
	mysql_stmt_free_result(r->course.stmt);
	add_sessions(r, id, a);
	add_text(a, ",\"description\":", &r->course.values[22]);
	answer_text(a, "}");
}

void rows_list(struct rows *r, int64_t limit, struct answer *a)
{
	const char *before = "";
	int64_t shown = 0;
	bool more = false;

	run(&r->list, limit + 1);
	answer_text(a, "{\"data\":[");
	while (next(&r->list)) {
		more = ++shown > limit;
		if (more)
			continue;
		answer_text(a, before);
		add_course(a, r->list.values);
		answer_text(a, "}");
		before = ",";
	}
	answer_text(a, more ? "],\"next_cursor\":\"" CURSOR_LIKE "\",\"prev_cursor\":null}" : "],\"next_cursor\":null,\"prev_cursor\":null}");
}

/* ---- the connection ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_client(void)
{
	mysql_library_init(0, NULL, NULL);
}

struct rows *rows_open(const struct rows_settings *s)
{
	struct rows *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	pthread_once(&once, init_client);
	mysql_thread_init();
	r->db = mysql_init(NULL);
	mysql_options(r->db, MYSQL_INIT_COMMAND, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
	mysql_options(r->db, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (!mysql_real_connect(r->db, NULL, s->user, s->password, s->name, 0, s->socket, 0))
		give_up(mysql_error(r->db));
	prepare_all(r);
	return r;
}

void rows_close(struct rows *r)
{
	mysql_close(r->db);
	free(r);
}
