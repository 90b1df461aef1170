/* audit_log/audit_log_words.c -- the log in people's words: what a line did, to what, and how each field was before and is now.
 *
 * What the log keeps is JSON as the API shows it, also of things whose shape has changed since: so the words are looked up by name
 * ("audit_log.action.<action>", "audit_log.type.<type>", "audit_log.field.<field>"), and a name without words is shown as it is. */
#include "audit_log/audit_log.h"

#include "core/i18n.h"
#include "core/json.h"
#include "web/lists.h"
#include "web/route.h"

const struct shape log_change_shape = SHAPE("StaffLogChange", struct log_change,
	F(field), F(label), F(before), F(after), F(has_before), F(has_after), F(long_text));

enum { LONG_TEXT = 80 };

static const struct {
	str type;
	const char *letter, *folder;   /* C-2417, /admin/courses/2417; NULL: it has none */
} things[] = {
	{ S("course"), "C", "courses" },
	{ S("member"), "M", "members" },
	{ S("change_request"), "R", "requests" },
	{ S("payment"), "P", "payments" },
	{ S("enrolment"), "E", NULL },
	{ S("instructor"), "I", "instructors" },
	{ S("term"), "T", "terms" },
	{ S("refund"), NULL, "refunds" },
	{ S("ticket"), NULL, NULL },
	{ S("category"), NULL, NULL },
	{ S("room"), NULL, NULL },
	{ S("refund_policy"), NULL, NULL },
	{ S("event"), NULL, NULL },
	{ S("view"), NULL, NULL },
};
enum { THINGS = sizeof(things) / sizeof(things[0]) };

static size_t thing_of(str type)
{
	size_t i = 0;

	while (i < THINGS && !str_eq(things[i].type, type))
		i++;
	return i;
}

/* The catalogue's words for kind.name, else the name itself. */
static str words_or(struct ctx *c, const char *kind, str name)
{
	str key = str_fmt(c->arena, "audit_log.%s.%.*s", kind, STR(name));

	return i18n_has(c->locale, key) ? i18n_raw(c->locale, key) : name;
}

str log_action_words(struct ctx *c, str action)
{
	return words_or(c, "action", action);
}

list log_types(struct ctx *c)
{
	struct text_option *o = arena_array(c->arena, struct text_option, THINGS);

	for (size_t i = 0; i < THINGS; i++)
		o[i] = (struct text_option){ things[i].type, words_or(c, "type", things[i].type) };
	return (list){ o, THINGS };
}

str log_label(struct ctx *c, str type, int64_t id)
{
	size_t i = thing_of(type);

	if (!id)
		return (str){ NULL, 0 };
	if (i < THINGS && things[i].letter)
		return str_fmt(c->arena, "%s-%lld", things[i].letter, (long long)id);
	return str_fmt(c->arena, "%.*s %lld", STR(words_or(c, "type", type)), (long long)id);
}

str log_href(struct ctx *c, str type, int64_t id)
{
	struct path_part parts[4];
	size_t i = thing_of(type), n;
	int status;
	unsigned allow;
	const struct route *r;
	str href;

	if (!id || i == THINGS || !things[i].folder)
		return (str){ NULL, 0 };
	href = str_fmt(c->arena, "/admin/%s/%lld", things[i].folder, (long long)id);
	r = route_find(GET, href, parts, &n, &status, &allow);
	return r && r->page && (r->access & c->who.roles) ? href : (str){ NULL, 0 };
}

/* -- values ----------------------------------------------------------------------------------------------------------------------------- */

static bool is_money(str field)
{
	static const str all[] = { S("price"), S("amount"), S("approved"), S("promised"), S("returned"), S("refunds_due") };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (str_eq(field, all[i]))
			return true;
	return false;
}

struct joining {
	struct ctx *c;
	str type;
	struct buf *out;
};

static void write_value(struct ctx *, struct buf *, str type, str field, const struct json *);

/* The members of a thing without a name, one after the other; its number says nothing. */
static void join_member(void *p, str key, const struct json *value)
{
	struct joining *v = p;

	if (str_eq(key, S("id")))
		return;
	if (v->out->n && v->out->p[v->out->n - 1] != '\n')
		buf_str(v->out, S(" · "));
	write_value(v->c, v->out, v->type, key, value);
}

static void write_object(struct ctx *c, struct buf *out, str type, const struct json *value)
{
	str name = json_str(value, "name"), title = json_str(value, "title");
	struct buf parts = buf_in(c->arena);
	struct joining v = { c, type, &parts };

	if (name.n || title.n) {
		buf_str(out, name.n ? name : title);
	} else {
		json_each(value, join_member, &v);
		buf_str(out, buf_text(&parts));
	}
}

static void write_text(struct ctx *c, struct buf *out, str type, str field, str text)
{
	when at;
	day d;
	str key = str_fmt(c->arena, "word.%.*s.%.*s.%.*s", STR(type), STR(field), STR(text));

	if (i18n_has(c->locale, key))
		buf_str(out, i18n_raw(c->locale, key));
	else if (when_parse(text, &at))
		buf_str(out, i18n_when(c->arena, c->locale, at));
	else if (day_parse(text, &d))
		buf_str(out, i18n_day(c->arena, c->locale, d));
	else
		buf_str(out, text);
}

/* A number that names another thing is no amount: 1000 stays 1000. */
static void write_number(struct ctx *c, struct buf *out, str field, int64_t n)
{
	if (is_money(field))
		buf_str(out, i18n_money(c->arena, c->locale, (money){ n }));
	else if (str_ends(field, S("_id")) || str_eq(field, S("id")))
		buf_fmt(out, "%lld", (long long)n);
	else
		buf_str(out, i18n_number(c->arena, n));
}

static void write_value(struct ctx *c, struct buf *out, str type, str field, const struct json *value)
{
	str plain = value ? json_compact(c, value) : (str){ NULL, 0 }, text;
	int64_t n;

	if (!value) {
		buf_str(out, words(c, "page.nothing"));
	} else if (json_text_value(value, &text)) {
		write_text(c, out, type, field, text);
	} else if (plain.p[0] == '[') {
		for (size_t i = 0; i < json_length(value); i++) {
			if (i)
				buf_char(out, '\n');
			write_value(c, out, type, field, json_at(value, i));
		}
	} else if (plain.p[0] == '{') {
		write_object(c, out, type, value);
	} else if (str_eq(plain, S("true")) || str_eq(plain, S("false"))) {
		buf_str(out, words(c, plain.p[0] == 't' ? "page.yes" : "page.no"));
	} else if (str_int(plain, &n)) {
		write_number(c, out, field, n);
	} else {
		buf_str(out, plain);
	}
}

static str shown(struct ctx *c, str type, str field, const struct json *value)
{
	struct buf b = buf_in(c->arena);

	write_value(c, &b, type, field, value);
	return b.n ? buf_text(&b) : words(c, "page.nothing");
}

/* -- what changed ----------------------------------------------------------------------------------------------------------------------- */

struct comparing {
	struct ctx *c;
	str type;
	const struct json *other;
	list *out;
	size_t room;
	bool gone_only;            /* the other side is the new one: only what it lacks */
};

static struct log_change *next(struct comparing *v)
{
	return v->out->n < v->room ? (struct log_change *)v->out->p + v->out->n++ : NULL;
}

/* A member that became null stands there already, from the new side. */
static bool listed(const struct comparing *v, str key)
{
	const struct log_change *k = v->out->p;

	for (size_t i = 0; i < v->out->n; i++)
		if (str_eq(k[i].field, key))
			return true;
	return false;
}

static void compare(void *p, str key, const struct json *value)
{
	struct comparing *v = p;
	struct ctx *c = v->c;
	const struct json *was = v->other ? json_get(v->other, str_z(c->arena, key)) : NULL;
	str here = value ? json_compact(c, value) : (str){ NULL, 0 }, there = was ? json_compact(c, was) : (str){ NULL, 0 };
	struct log_change *k;

	if ((v->gone_only && (was || listed(v, key))) || str_eq(here, there) || str_eq(key, S("version")) || !(k = next(v)))
		return;
	k->field = key;
	k->label = words_or(c, "field", key);
	k->has_after = !v->gone_only;
	k->has_before = v->gone_only || was != NULL;
	k->after = v->gone_only ? (str){ NULL, 0 } : shown(c, v->type, key, value);
	k->before = v->gone_only ? shown(c, v->type, key, value) : was ? shown(c, v->type, key, was) : (str){ NULL, 0 };
	k->long_text = k->before.n > LONG_TEXT || k->after.n > LONG_TEXT;
}

list log_changes(struct ctx *c, str type, str before, str after)
{
	struct json *was = before.n ? json_parse(c, before) : NULL, *now = after.n ? json_parse(c, after) : NULL;
	size_t room = (was ? json_length(was) : 0) + (now ? json_length(now) : 0);
	list out = { arena_array(c->arena, struct log_change, room + 1), 0 };
	struct comparing to_now = { c, type, was, &out, room, false }, gone = { c, type, now, &out, room, true };

	if (now)
		json_each(now, compare, &to_now);
	if (was)
		json_each(was, compare, &gone);
	return out;
}
