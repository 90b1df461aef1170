#include "member/member_find.h"

#include "account/account.h"
#include "core/arena.h"
#include "core/buf.h"

const char *const member_query_kinds[] = { "none", "id", "phone_tail", "phone", "email", "name", "name_or_email", NULL };

str member_like(struct ctx *c, str text)
{
	struct buf b = buf_in(c->arena);

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' || text.p[i] == '_' || text.p[i] == '!')
			buf_char(&b, '!');
		buf_char(&b, text.p[i]);
	}
	buf_char(&b, '%');
	return buf_text(&b);
}

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

/* Numbers as they are dialled within the country: 82, with or without plus or zeros before it, is Korea. */
static str national(struct ctx *c, str digits)
{
	str bare = without_zeros(digits);

	if (str_starts(bare, S("82")) && bare.n >= 10)
		return str_join(c->arena, S("0"), without_zeros(str_after(bare, 2)));
	return digits;
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

static struct member_query of_number(struct ctx *c, str q)
{
	struct member_query m = { .kind = FIND_NOTHING };
	str digits = account_digits(c, q), phone = completed(c, national(c, digits));

	if (digits.n == 4) {
		m.kind = FIND_PHONE_TAIL;
		m.tail = digits;
	} else if (phone.n >= 3 && phone.p[0] == '0') {
		m.kind = FIND_PHONE;
		m.phone = member_like(c, phone);
		m.phone_abroad = member_like(c, str_join(c->arena, S("82"), without_zeros(phone)));
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

struct member_query member_query_of(struct ctx *c, str q)
{
	struct member_query m = { .kind = FIND_NOTHING };

	q = str_trim(q);
	if (q.n == 0)
		return m;
	if (named_id(q, &m.id)) {
		m.kind = FIND_ID;
		return m;
	}
	if (only(q, "0123456789 +-().") && account_digits(c, q).n)
		return of_number(c, q);
	m.name = member_like(c, q);
	if (is_ascii(q))
		m.email = member_like(c, str_lower(c->arena, q));
	m.kind = !m.email.n ? FIND_NAME : str_find(q, S("@"), NULL) ? FIND_EMAIL : FIND_NAME_OR_EMAIL;
	return m;
}

/* Where the area code and the last four digits stand. */
static size_t area_length(str phone)
{
	return str_starts(phone, S("02")) ? 2 : 3;
}

str member_masked(struct ctx *c, str phone)
{
	phone = national(c, phone);
	if (phone.n == 0)
		return phone;
	if (phone.n < 8)
		return S("****");
	return str_fmt(c->arena, "%.*s-****-%.*s", (int)area_length(phone), phone.p, 4, phone.p + phone.n - 4);
}

str member_phone_words(struct ctx *c, str phone)
{
	size_t area;

	phone = national(c, phone);
	area = area_length(phone);
	if (phone.n < 8)
		return phone;
	return str_fmt(c->arena, "%.*s-%.*s-%.*s", (int)area, phone.p, (int)(phone.n - area - 4), phone.p + area, 4, phone.p + phone.n - 4);
}
