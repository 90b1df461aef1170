/* account/account_find.c -- finding people: what somebody typed, who it means, and how much of a person a row shows. */
#include "account/account.h"
#include "staff_log/staff_log.h"

const char *const account_query_kinds[] = { "none", "id", "phone_tail", "phone", "email", "name", "name_or_email", NULL };

static bool only(str s, const char *allowed)
{
	str all = str_of(allowed);

	for (size_t i = 0; i < s.n; i++)
		if (!str_find(all, (str){ s.p + i, 1 }, NULL))
			return false;
	return s.n > 0;
}

static bool is_ascii(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7e)
			return false;
	return true;
}

static str without_zeros(str s)
{
	while (s.n && s.p[0] == '0')
		s = str_after(s, 1);
	return s;
}

static str digits_of(struct ctx *c, str s)
{
	char *p = arena_text(c->arena, s.n), *q = p;

	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			*q++ = s.p[i];
	return (str){ p, (size_t)(q - p) };
}

static bool has_plus(str written)
{
	return str_starts(str_trim(written), S("+"));
}

/* 82, with or without plus or zeros before it, is Korea: none of its own numbers begins so. */
str account_phone(struct ctx *c, str written)
{
	str digits = digits_of(c, written), bare = without_zeros(digits);

	if (str_starts(bare, S("82")) && (has_plus(written) || bare.n >= 10))
		return str_join(c->arena, S("0"), without_zeros(str_after(bare, 2)));
	return digits;
}

bool account_phone_good(str kept)
{
	return kept.n >= 8 && kept.n <= 15;
}

/* What people leave out: the zero (spreadsheets do), or 010. */
static str completed(struct ctx *c, str digits)
{
	if (digits.n == 10 && str_starts(digits, S("10")))
		return str_join(c->arena, S("0"), digits);
	if (digits.n == 8 && digits.p[0] != '0')
		return str_join(c->arena, S("010"), digits);
	return digits;
}

static struct account_query of_number(struct ctx *c, str q)
{
	struct account_query m = { .kind = FIND_NOTHING };
	str digits = digits_of(c, q), phone = has_plus(q) ? account_phone(c, q) : completed(c, account_phone(c, q));

	if (digits.n == 4 && !has_plus(q)) {
		m.kind = FIND_PHONE_TAIL;
		m.tail = digits;
	} else if (phone.n >= 3 && (phone.p[0] == '0' || has_plus(q))) {
		m.kind = FIND_PHONE;
		m.phone = db_beginning(c, phone);
	} else if (str_int(digits, &m.id) && m.id > 0) {
		m.kind = FIND_ID;
	}
	return m;
}

static bool named_id(str q, int64_t *id)
{
	if (str_starts(q, S("M-")) || str_starts(q, S("m-")))
		return str_int(str_after(q, 2), id) && *id > 0;
	return q.n > 1 && q.p[0] == '#' && str_int(str_after(q, 1), id) && *id > 0;
}

struct account_query account_query_of(struct ctx *c, str q)
{
	struct account_query m = { .kind = FIND_NOTHING };

	q = str_trim(q);
	if (q.n == 0)
		return m;
	if (named_id(q, &m.id)) {
		m.kind = FIND_ID;
		return m;
	}
	if (only(q, "0123456789 +-().") && digits_of(c, q).n)
		return of_number(c, q);
	m.name = db_beginning(c, q);
	if (is_ascii(q))
		m.email = db_beginning(c, str_lower(c->arena, q));
	m.kind = !m.email.n ? FIND_NAME : str_find(q, S("@"), NULL) ? FIND_EMAIL : FIND_NAME_OR_EMAIL;
	return m;
}

/* Where the area code and the last four digits stand. */
static size_t area_length(str phone)
{
	return str_starts(phone, S("02")) ? 2 : 3;
}

str account_masked_phone(struct ctx *c, str phone)
{
	if (phone.n == 0)
		return phone;
	if (phone.n < 8)
		return S("****");
	return str_fmt(c->arena, "%.*s-****-%.*s", (int)area_length(phone), phone.p, 4, phone.p + phone.n - 4);
}

str account_phone_words(struct ctx *c, str phone)
{
	size_t area = area_length(phone);

	if (phone.n < 9 || phone.p[0] != '0')                 /* of another country */
		return phone;
	return str_fmt(c->arena, "%.*s-%.*s-%.*s", (int)area, phone.p, (int)(phone.n - area - 4), phone.p + area, 4, phone.p + phone.n - 4);
}

str account_masked_email(struct ctx *c, str email)
{
	size_t at;

	if (!str_find(email, S("@"), &at) || at == 0)
		return email.n ? S("***") : email;
	return str_fmt(c->arena, "%.*s***%.*s", 1, email.p, STR(str_after(email, at)));
}

json_text account_role_words(struct ctx *c, int64_t roles)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; role_names[i]; i++)
		if (roles >> i & 1)
			buf_fmt(&b, "%s\"%s\"", b.n ? "," : "[", role_names[i]);
	buf_char(&b, ']');
	return (json_text){ buf_text(&b) };
}

void account_spell_roles(struct ctx *c, json_text *roles)
{
	int64_t bits;

	if (str_int(roles->s, &bits))
		*roles = account_role_words(c, bits);
}

/* -- who it means ------------------------------------------------------------------------------------------------------ */

const struct shape account_person_shape = SHAPE("MemberRow", struct account_person,
	F(id), F(name, .about = "Empty: withdrawn."), F(email, .about = "Masked."), F(phone, .about = "Masked."),
	F(status, .words = account_statuses, .called = "member"),
	F(roles), F(created_at));

#define PERSON "SELECT " ACCOUNT_PERSON_COLUMNS " FROM member_contact m WHERE "
#define ACTIVE " AND (? OR m.status = 'active') "
SQL(by_id, PERSON "m.id = ?");
SQL(by_tail, PERSON "m.phone_tail = ?" ACTIVE "ORDER BY m.id DESC LIMIT ?");
SQL(by_phone, PERSON "m.phone LIKE ? ESCAPE '!'" ACTIVE "ORDER BY m.phone, m.id LIMIT ?");
SQL(by_name, PERSON "m.name LIKE ? ESCAPE '!'" ACTIVE "ORDER BY m.name, m.id LIMIT ?");
SQL(by_given_name, PERSON "m.given_name LIKE ? ESCAPE '!'" ACTIVE "ORDER BY m.given_name, m.id LIMIT ?");
SQL(by_email, PERSON "m.email LIKE ? ESCAPE '!'" ACTIVE "ORDER BY m.email, m.id LIMIT ?");

void account_show_persons(struct ctx *c, list rows)
{
	struct account_person *r = rows.p;

	for (size_t i = 0; i < rows.n; i++) {
		r[i].phone = account_masked_phone(c, r[i].phone);
		r[i].email = account_masked_email(c, r[i].email);
		account_spell_roles(c, &r[i].roles);
	}
}

void account_query_add(struct query *q, const struct account_query *m)
{
	switch (m->kind) {
	case FIND_NOTHING:
		break;
	case FIND_ID:
		query_add(q, " AND m.id = ?", arg(m->id));
		break;
	case FIND_PHONE_TAIL:
		query_add(q, " AND m.phone_tail = ?", arg(m->tail));
		break;
	case FIND_PHONE:
		query_add(q, " AND m.phone LIKE ? ESCAPE '!'", arg(m->phone));
		break;
	case FIND_EMAIL:
		query_add(q, " AND m.email LIKE ? ESCAPE '!'", arg(m->email));
		break;
	case FIND_NAME:
		query_add(q, " AND (m.name LIKE ? ESCAPE '!' OR m.given_name LIKE ? ESCAPE '!')", arg(m->name), arg(m->name));
		break;
	case FIND_NAME_OR_EMAIL:
		query_add(q, " AND (m.name LIKE ? ESCAPE '!' OR m.given_name LIKE ? ESCAPE '!' OR m.email LIKE ? ESCAPE '!')", arg(m->name),
			  arg(m->name), arg(m->email));
		break;
	}
}

struct gathering {
	struct ctx *c;
	bool any;
	struct account_person *rows;
	size_t n, most;
};

/* Each person once, however many ways lead to them. */
static void gather(struct gathering *g, list found)
{
	const struct account_person *r = found.p;

	for (size_t i = 0; i < found.n && g->n < g->most; i++) {
		size_t k = 0;

		while (k < g->n && g->rows[k].id != r[i].id)
			k++;
		if (k == g->n)
			g->rows[g->n++] = r[i];
	}
}

static void look_by(struct gathering *g, const struct sql *sql, str text)
{
	if (text.n && g->n < g->most)
		gather(g, db_all(g->c, sql, &account_person_shape, arg(text), arg(g->any), arg((int64_t)g->most)));
}

static void look_by_id(struct gathering *g, int64_t id)
{
	struct account_person p = { 0 };

	if (db_one(g->c, &by_id, &account_person_shape, &p, arg(id)) && (g->any || p.status == ACCOUNT_ACTIVE))
		gather(g, (list){ &p, 1 });
}

static void write_look(struct ctx *c, const struct account_look *l, enum account_query_kind kind, int64_t id)
{
	str purpose = l->purpose.n ? l->purpose : str_of(account_query_kinds[kind]);

	(l->once ? staff_log_look_once : staff_log_look)(c, l->action, l->object_type, l->object_id ? l->object_id : id, purpose);
}

list account_search(struct ctx *c, str q, int64_t limit, bool any, const struct account_look *l)
{
	struct account_query m = account_query_of(c, q);
	struct gathering g = { c, any, arena_array(c->arena, struct account_person, (size_t)limit + 1), 0, (size_t)limit };
	list found;

	if (m.kind == FIND_ID)
		look_by_id(&g, m.id);
	look_by(&g, &by_tail, m.tail);
	look_by(&g, &by_phone, m.phone);
	if (m.kind != FIND_EMAIL) {
		look_by(&g, &by_name, m.name);
		look_by(&g, &by_given_name, m.name);
	}
	look_by(&g, &by_email, m.email);
	found = (list){ g.rows, g.n };
	account_show_persons(c, found);
	if (found.n)
		write_look(c, l, m.kind, 0);
	return found;
}

bool account_person(struct ctx *c, int64_t id, const struct account_look *l, struct account_person *p)
{
	if (!db_one(c, &by_id, &account_person_shape, p, arg(id)))
		return false;
	account_show_persons(c, (list){ p, 1 });
	if (l)
		write_look(c, l, FIND_ID, id);
	return true;
}
