#include "search/search_ids.h"

#include "data/db.h"
#include "web/request.h"

struct named {
	str title;
	int64_t other_id;
};
static const struct shape named_shape = SHAPE("SearchNamed", struct named, F(title), F(other_id));

SQL(course_named, "SELECT title, id AS other_id FROM course_title WHERE id = ?");
SQL(member_named, "SELECT name AS title, id AS other_id FROM member_name WHERE id = ?");
SQL(request_named, "SELECT k.title, r.id AS other_id FROM change_brief r JOIN course_title k ON k.id = r.course_id WHERE r.id = ?");
SQL(payment_named, "SELECT p.order_id AS title, p.id AS other_id FROM payment_brief p WHERE p.id = ?");
SQL(order_named, "SELECT p.order_id AS title, p.id AS other_id FROM payment_brief p WHERE p.order_id = ?");
SQL(enrolment_named, "SELECT k.title, e.member_id AS other_id FROM enrolment_brief e JOIN course_title k ON k.id = e.course_id WHERE e.id = ?");
SQL(instructor_named, "SELECT name AS title, id AS other_id FROM instructor_name WHERE id = ?");

static const struct name {
	char letter;
	const char *kind, *folder;
	const struct sql *sql;
} names[] = {
	{ 'C', "course", "courses", &course_named },
	{ 'M', "member", "members", &member_named },
	{ 'R', "request", "requests", &request_named },
	{ 'P', "payment", "payments", &payment_named },
	{ 'I', "instructor", "instructors", &instructor_named },
	{ 'E', "enrolment", "members", &enrolment_named },       /* shown where its member is */
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

bool search_may_see(struct ctx *c, str href)
{
	struct path_part parts[4];
	size_t n;
	int status;
	unsigned allow;
	str path, rest;
	const struct route *r;

	str_split(href, '#', &path, &rest);
	str_split(path, '?', &path, &rest);
	r = route_find(GET, path, parts, &n, &status, &allow);
	return r && r->page && (r->access == ANYONE || (r->access & c->who.roles));
}

static bool of_name(struct ctx *c, const struct name *k, int64_t id, struct search_hit *hit)
{
	struct named found = { { NULL, 0 }, 0 };
	long long shown;

	if (id <= 0 || !db_one(c, k->sql, &named_shape, &found, arg(id)))
		return false;
	shown = found.other_id;
	*hit = (struct search_hit){ str_of(k->kind), found.title, str_fmt(c->arena, "%c-%lld", k->letter, (long long)id),
				    str_fmt(c->arena, "/admin/%s/%lld%s", k->folder, shown, k->letter == 'E' ? "#enrolments" : "") };
	return search_may_see(c, hit->href);
}

/* The letter, a hyphen or none, digits. */
static bool of_letter(struct ctx *c, str q, struct search_hit *hit)
{
	char letter = q.n > 1 ? (char)(q.p[0] & ~0x20) : '\0';
	str digits = str_after(q, q.n > 1 && q.p[1] == '-' ? 2 : 1);
	int64_t id;

	if (digits.n == 0 || digits.p[0] < '0' || digits.p[0] > '9' || !str_int(digits, &id))
		return false;
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].letter == letter)
			return of_name(c, &names[i], id, hit);
	return false;
}

static bool of_order(struct ctx *c, str q, struct search_hit *hit)
{
	struct named found = { { NULL, 0 }, 0 };

	if (!str_starts(q, S("mdg-")) || q.n > 64 || str_chars(q) != (int64_t)q.n || !db_one(c, &order_named, &named_shape, &found, arg(q)))
		return false;
	*hit = (struct search_hit){ S("payment"), found.title, str_fmt(c->arena, "P-%lld", (long long)found.other_id),
				    str_fmt(c->arena, "/admin/payments/%lld", (long long)found.other_id) };
	return search_may_see(c, hit->href);
}

/* What stands behind the host, if there is one; nothing outside the console. */
static str path_of(str q)
{
	size_t at;

	if (str_find(q, S("://"), &at)) {
		q = str_after(q, at + 3);
		if (!str_find(q, S("/"), &at))
			return (str){ NULL, 0 };
		q = str_after(q, at);
	}
	return str_starts(q, S("/admin/")) || str_starts(q, S("/teach/")) ? q : (str){ NULL, 0 };
}

static size_t digits(str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

static bool is_plain(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x21 || (unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

static bool of_address(struct ctx *c, str q, struct search_hit *hit)
{
	str path = path_of(q), folder, rest, id_text;
	int64_t id;

	if (path.n == 0 || !is_plain(path))
		return false;
	str_split(str_after(path, 7), '/', &folder, &rest);
	id_text = (str){ rest.p, digits(rest) };
	for (size_t i = 0; i < NAMES; i++)
		if (str_eq(folder, str_of(names[i].folder)) && str_int(id_text, &id))
			return of_name(c, &names[i], id, hit);
	*hit = (struct search_hit){ S("page"), path, { NULL, 0 }, path };
	return search_may_see(c, path);
}

bool search_exact(struct ctx *c, str q, struct search_hit *hit)
{
	q = str_trim(q);
	return of_address(c, q, hit) || of_order(c, q, hit) || of_letter(c, q, hit);
}
