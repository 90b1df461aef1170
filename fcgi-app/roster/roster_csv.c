/* roster/roster_csv.c -- a roster as a file for spreadsheets. */
#include <string.h>

#include "account/account.h"
#include "core/i18n.h"
#include "roster/roster_private.h"

/* -- cells ------------------------------------------------------------------------------------------------------------ */

/* What a spreadsheet may take as a formula: by its first sign, also behind blanks, and in the full width that Korean input methods type
 * (OWASP, CSV injection). */
static bool is_formula(str s)
{
	static const str wide[] = { S("\uFF1D"), S("\uFF0B"), S("\uFF0D"), S("\uFF20") };

	if (s.n && memchr("\t\r", s.p[0], 2))
		return true;
	s = str_trim(s);
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (str_starts(s, wide[i]))
			return true;
	return s.n && memchr("=+-@", s.p[0], 4);
}

void csv_text(struct buf *b, str s)
{
	bool formula = is_formula(s), quoted = formula;

	for (size_t i = 0; i < s.n && !quoted; i++)
		quoted = memchr("\",\n\r;\t", s.p[i], 6) != NULL;
	if (quoted)
		buf_char(b, '"');
	if (formula)
		buf_char(b, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"')
			buf_char(b, '"');
		buf_char(b, s.p[i]);
	}
	if (quoted)
		buf_char(b, '"');
}

void csv_int(struct buf *b, int64_t n)
{
	buf_int(b, n);
}

void csv_next(struct buf *b)
{
	buf_char(b, ',');
}

void csv_end(struct buf *b)
{
	buf_lit(b, "\r\n");
}

/* -- the roster --------------------------------------------------------------------------------------------------------- */

/* ROW_MOST: a name of 60 characters of four bytes, all of them doubled, and all the rest. */
enum { BATCH = 200, ROW_MOST = 1024 };

static const char *const columns[] = { "enrolment_id", "member_id", "name", "phone", "status", "paid", "source", "enrolled_at", "present", "late",
				       "absent", "excused" };
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void put_word(struct ctx *c, struct buf *b, const char *member, const char *word)
{
	csv_text(b, i18n_in(c, c->locale, str_fmt(c->arena, "word.enrolment.%s.%s", member, word), NULL, 0));
	csv_next(b);
}

static void put_head(struct ctx *c, struct buf *b)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		if (i)
			csv_next(b);
		csv_text(b, i18n_in(c, c->locale, str_fmt(c->arena, "roster.csv.%s", columns[i]), NULL, 0));
	}
	csv_end(b);
}

static void put_moment(struct buf *b, when at)
{
	struct clock_face f = when_in_seoul(at);

	buf_fmt(b, "%04lld-%02lld-%02lld %02lld:%02lld", (long long)f.year, (long long)f.month, (long long)f.day, (long long)f.hour,
		(long long)f.minute);
	csv_next(b);
}

static void put_number(struct buf *b, int64_t n, bool last)
{
	csv_int(b, n);
	if (last)
		csv_end(b);
	else
		csv_next(b);
}

static void put_student(struct ctx *c, struct buf *b, const struct student *s)
{
	static const char *const statuses[] = { "active", "cancelled" };

	put_number(b, s->enrolment_id, false);
	put_number(b, s->member.id, false);
	csv_text(b, s->member.name);
	csv_next(b);
	csv_text(b, account_phone_words(c, s->phone));          /* with signs between, so that a spreadsheet leaves the first zero alone */
	csv_next(b);
	put_word(c, b, "status", statuses[s->status]);
	put_number(b, s->paid.won, false);
	put_word(c, b, "source", roster_sources[s->source]);
	put_moment(b, s->enrolled_at);
	put_number(b, s->attended.present, false);
	put_number(b, s->attended.late, false);
	put_number(b, s->attended.absent, false);
	put_number(b, s->attended.excused, true);
}

/* In batches; the room for a batch's text is made before its rows are read, so that the rows can be given back behind it. */
str roster_csv(struct ctx *c, int64_t course_id, enum roster_wanted wanted)
{
	struct buf b = buf_in(c->arena);
	struct keyset from = { 0 };
	list l;

	buf_lit(&b, "\xEF\xBB\xBF");
	put_head(c, &b);
	do {
		struct arena_mark m;
		const struct student *s;

		buf_room(&b, (size_t)BATCH * ROW_MOST);
		m = arena_mark(c->arena);
		l = roster_students(c, course_id, wanted, &from, BATCH - 1, true);
		s = l.p;
		for (size_t i = 0; i < l.n; i++)
			put_student(c, &b, &s[i]);
		if (l.n)
			from = (struct keyset){ true, false, { s[l.n - 1].enrolment_id, 0 } };
		arena_rewind(c->arena, m);
	} while (l.n == BATCH);
	return buf_text(&b);
}
