/* web/template.c -- reads Mustache text and compiles it to an array of ops.
 *
 * Two steps per line of the source: the scanner cuts it into pieces (text, tags), then emit_line() decides whether the
 * line's tags stand alone on it, which is what white space and indentation depend on, and appends ops.
 */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "web/template_ops.h"

enum { MAX_DEPTH = 100, MAX_PARTS = 8 };

struct template_set {
	struct arena *arena;
	bool (*load)(void *, str name, struct arena *, str *text);
	void *arg;
	struct template *first;
};

struct piece {
	char sigil;                /* 0: text; 'n': name, '&': raw, else the tag's own character */
	str s;                     /* the text, or the name in the tag */
	uint32_t line;
};

struct open_tag {
	uint32_t op;
	bool argument;             /* a block given to a parent: its body replaces another */
	str dedent;                /* white space that its lines lose */
};

struct parser {
	struct arena *arena;
	struct template *t;
	str src;
	size_t at;
	uint32_t line;
	str open, close;           /* the delimiters */
	struct piece *pieces;
	size_t n_pieces, room_pieces;
	struct op *ops;
	size_t n_ops, room_ops;
	struct open_tag stack[MAX_DEPTH];
	int depth;
	bool failed;
};

static void wrong(struct parser *p, uint32_t line, const char *what, str name)
{
	if (!p->failed)
		p->t->why = str_fmt(p->arena, "%.*s:%u: %s: %.*s", STR(p->t->name), (unsigned)line, what, STR(name));
	p->failed = true;
}

static bool blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

static bool all_blank(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!blank(s.p[i]))
			return false;
	return true;
}

/* The spaces and tabs at its beginning. */
static str leading(str s)
{
	size_t n = 0;

	while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return (str){ s.p, n };
}

static void *grow(struct arena *a, void *was, size_t n, size_t *room, size_t size)
{
	void *now = was;

	if (n == *room) {
		*room = *room ? *room * 2 : 64;
		now = arena_alloc(a, *room * size);
		if (n)
			memcpy(now, was, n * size);
	}
	return now;
}

/* ---- scanner: source to pieces ---- */

static void add_piece(struct parser *p, char sigil, str s)
{
	p->pieces = grow(p->arena, p->pieces, p->n_pieces, &p->room_pieces, sizeof(*p->pieces));
	p->pieces[p->n_pieces++] = (struct piece){ sigil, s, p->line };
}

static void scan_text(struct parser *p, str s)
{
	while (s.n) {
		const char *nl = memchr(s.p, '\n', s.n);
		size_t n = nl ? (size_t)(nl - s.p) + 1 : s.n;

		add_piece(p, 0, (str){ s.p, n });
		p->line += nl != NULL;
		s = str_after(s, n);
	}
}

/* {{=<% %>=}} */
static void set_delimiters(struct parser *p, str s)
{
	str open, close;

	s = str_trim(s);
	if (!str_split(s, ' ', &open, &close)) {
		wrong(p, p->line, "delimiters need a space between them", s);
		return;
	}
	close = str_trim(close);
	if (open.n == 0 || close.n == 0 || memchr(close.p, ' ', close.n)) {
		wrong(p, p->line, "not a pair of delimiters", s);
		return;
	}
	p->open = open;
	p->close = close;
}

/* One tag; p->at stands behind its opening delimiter. */
static void scan_tag(struct parser *p)
{
	str rest = str_after(p->src, p->at), body;
	char sigil = rest.n ? rest.p[0] : '\0';
	str closer = p->close;
	size_t n;

	if (sigil == '{')
		closer = str_join(p->arena, S("}"), p->close);
	else if (sigil == '=')
		closer = str_join(p->arena, S("="), p->close);
	if (!str_find(str_after(rest, 1), closer, &n)) {
		wrong(p, p->line, "a tag has no end", (str){ rest.p, rest.n < 30 ? rest.n : 30 });
		return;
	}
	if (sigil && strchr("{=&#^/>!<$", sigil)) {
		body = (str){ rest.p + 1, n };
		n += 1;
	} else {
		sigil = 'n';
		str_find(rest, closer, &n);
		body = (str){ rest.p, n };
	}
	add_piece(p, sigil == '{' ? '&' : sigil, str_trim(body));
	for (size_t i = 0; i < body.n; i++)
		p->line += body.p[i] == '\n';
	if (sigil == '=')
		set_delimiters(p, body);
	else if (sigil != '!' && str_trim(body).n == 0)
		wrong(p, p->line, "a tag is empty", p->open);
	p->at += n + closer.n;
}

static void scan(struct parser *p)
{
	while (!p->failed && p->at < p->src.n) {
		str rest = str_after(p->src, p->at);
		size_t n = rest.n;
		bool tag = str_find(rest, p->open, &n);

		scan_text(p, (str){ rest.p, n });
		p->at += n;
		if (tag) {
			p->at += p->open.n;
			scan_tag(p);
		}
	}
}

/* ---- pieces to ops ---- */

static struct op *add_op(struct parser *p, enum op_kind kind, const struct piece *from)
{
	struct op *op;

	p->ops = grow(p->arena, p->ops, p->n_ops, &p->room_ops, sizeof(*p->ops));
	op = &p->ops[p->n_ops++];
	*op = (struct op){ .kind = (uint8_t)kind, .line = from->line, .text = from->s, .end = (uint32_t)p->n_ops };
	return op;
}

/* In a parent, only blocks count. */
static bool ignored_here(const struct parser *p)
{
	return p->depth && p->ops[p->stack[p->depth - 1].op].kind == OP_PARENT;
}

static void add_text(struct parser *p, const struct piece *from, str s)
{
	if (s.n && !ignored_here(p))
		add_op(p, OP_TEXT, from)->text = s;
}

static void add_line(struct parser *p, const struct piece *from)
{
	if (!ignored_here(p))
		add_op(p, OP_LINE, from)->text = (str){ NULL, 0 };
}

static void split_name(struct parser *p, struct op *op)
{
	str rest = op->text, parts[MAX_PARTS];
	uint32_t n = 0;
	bool more = true;

	if (str_eq(rest, S(".")))
		return;
	while (more) {
		if (n == MAX_PARTS) {
			wrong(p, op->line, "too many dots in", op->text);
			return;
		}
		more = str_split(rest, '.', &parts[n++], &rest);
	}
	op->parts = memcpy(arena_array(p->arena, str, n), parts, n * sizeof(str));
	op->n_parts = n;
}

static str dedent_here(const struct parser *p)
{
	for (int i = p->depth; i-- > 0;)
		if (p->stack[i].argument)
			return p->stack[i].dedent;
	return (str){ NULL, 0 };
}

/* A line's beginning without the indentation that its block loses. */
static str without_dedent(const struct parser *p, str s)
{
	str d = dedent_here(p);
	size_t n = 0;

	while (n < d.n && n < s.n && s.p[n] == d.p[n])
		n++;
	return str_after(s, n);
}

/* The indentation of the first line of a block's body, which begins at piece i; *none: the block ends there at once. */
static str first_indent(const struct parser *p, size_t i, bool *none)
{
	str lead = { NULL, 0 };

	for (; i < p->n_pieces; i++) {
		const struct piece *k = &p->pieces[i];

		if (k->sigil == 0 && all_blank(k->s) && memchr(k->s.p, '\n', k->s.n))
			continue;       /* an empty line */
		if (k->sigil == 0)
			lead = leading(k->s);
		if (k->sigil == 0 && all_blank(k->s) && i + 1 < p->n_pieces)
			k++;
		*none = k->sigil == '/';
		return lead;
	}
	*none = true;
	return lead;
}

static void open_tag(struct parser *p, enum op_kind kind, size_t i, enum op_place place, str lead, bool body_below)
{
	bool argument = kind == OP_BLOCK && ignored_here(p), none = true;
	struct op *op;
	str first = { NULL, 0 };

	if (p->depth == MAX_DEPTH) {
		wrong(p, p->pieces[i].line, "tags nest too deep", p->pieces[i].s);
		return;
	}
	op = add_op(p, kind, &p->pieces[i]);
	op->place = (uint8_t)place;
	op->indent = lead;
	op->same_line = !body_below;
	op->dynamic = kind == OP_PARENT && str_starts(op->text, S("*"));
	if (kind == OP_BLOCK && body_below)
		first = first_indent(p, i + 2, &none);
	if (!none && !argument)
		op->indent = without_dedent(p, first);
	if (kind == OP_SECTION || kind == OP_INVERTED)
		split_name(p, op);
	p->stack[p->depth++] = (struct open_tag){ (uint32_t)(p->n_ops - 1), argument, none ? (str){ NULL, 0 } : first };
}

static void close_tag(struct parser *p, const struct piece *k)
{
	struct op *op = p->depth ? &p->ops[p->stack[p->depth - 1].op] : NULL;

	if (!op) {
		wrong(p, k->line, "this closes nothing", k->s);
	} else if (!str_eq(op->text, k->s)) {
		wrong(p, k->line, "this closes another tag", k->s);
	} else {
		op->end = (uint32_t)p->n_ops;
		p->depth--;
	}
}

static void emit_tag(struct parser *p, size_t i, enum op_place place, str lead, bool body_below)
{
	const struct piece *k = &p->pieces[i];
	struct op *op;

	switch (k->sigil) {
	case 'n':
	case '&':
		split_name(p, add_op(p, k->sigil == 'n' ? OP_NAME : OP_RAW, k));
		break;
	case '#': open_tag(p, OP_SECTION, i, place, lead, body_below); break;
	case '^': open_tag(p, OP_INVERTED, i, place, lead, body_below); break;
	case '$': open_tag(p, OP_BLOCK, i, place, lead, body_below); break;
	case '<': open_tag(p, OP_PARENT, i, place, lead, body_below); break;
	case '/': close_tag(p, k); break;
	case '>':
		op = add_op(p, OP_PARTIAL, k);
		op->place = (uint8_t)place;
		op->indent = lead;
		op->dynamic = str_starts(k->s, S("*"));
		break;
	default:            /* comments, delimiters */
		break;
	}
}

/* A line of several tags counts as standing alone if all of them are parents and blocks, and none of them is a place
 * where a block's own text is shown: {{<page}}{{$content}} and {{/content}}{{/page}} do, {{$content}}{{/content}} not. */
static bool inheritance_alone(const struct parser *p, size_t from, size_t to)
{
	char here[8];
	int n = 0, depth = p->depth;

	for (size_t i = from; i < to; i++) {
		char s = p->pieces[i].sigil;

		if (s == 0)
			continue;
		if (s == '<' || s == '$') {
			if (n == 8)
				return false;
			here[n++] = s;
		} else if (s != '/') {
			return false;
		} else if (n) {
			bool in_parent = n > 1 ? here[n - 2] == '<' : depth && p->ops[p->stack[depth - 1].op].kind == OP_PARENT;

			if (here[--n] == '$' && !in_parent)
				return false;
		} else if (depth == 0 || p->ops[p->stack[--depth].op].kind < OP_PARENT) {
			return false;
		}
	}
	return true;
}

static bool stands_alone(const struct parser *p, size_t from, size_t to)
{
	size_t tags = 0;
	char sigil = 0;

	for (size_t i = from; i < to; i++) {
		const struct piece *k = &p->pieces[i];

		if (k->sigil == 0 && !all_blank(k->s))
			return false;
		if (k->sigil) {
			tags++;
			sigil = k->sigil;
		}
	}
	if (tags == 1)
		return sigil != 'n' && sigil != '&';
	return tags > 1 && inheritance_alone(p, from, to);
}

static void emit_alone(struct parser *p, size_t from, size_t to)
{
	str lead = p->pieces[from].sigil ? (str){ NULL, 0 } : without_dedent(p, leading(p->pieces[from].s));
	size_t last = to;

	while (last > from && p->pieces[last - 1].sigil == 0)
		last--;
	for (size_t i = from; i < last && !p->failed; i++)
		if (p->pieces[i].sigil) {
			emit_tag(p, i, PLACE_ALONE, lead, i == last - 1);
			lead = (str){ NULL, 0 };
		}
}

/* A line that shows something. A block at its beginning takes the white space before it into its body, so that what
 * replaces the block can bring its own. */
static void emit_shown(struct parser *p, size_t from, size_t to)
{
	size_t i = from;
	str lead = { NULL, 0 };

	if (p->pieces[i].sigil == 0) {
		str s = without_dedent(p, p->pieces[i].s);

		if (all_blank(s) && i + 1 < to && p->pieces[i + 1].sigil == '$') {
			lead = s;
		} else {
			if (!all_blank(s) || to - from > 1)
				add_line(p, &p->pieces[i]);
			add_text(p, &p->pieces[i], s);
		}
		i++;
	} else if (p->pieces[i].sigil != '$') {
		add_line(p, &p->pieces[i]);
	}
	if (i < to && p->pieces[i].sigil == '$' && (i == from || lead.p)) {
		emit_tag(p, i, PLACE_FIRST, lead, false);
		if (p->depth && !p->stack[p->depth - 1].argument) {
			add_line(p, &p->pieces[i]);
			add_text(p, &p->pieces[i], lead);
		}
		i++;
	}
	for (; i < to && !p->failed; i++)
		if (p->pieces[i].sigil)
			emit_tag(p, i, PLACE_INLINE, (str){ NULL, 0 }, false);
		else
			add_text(p, &p->pieces[i], p->pieces[i].s);
}

static void emit(struct parser *p)
{
	for (size_t from = 0, to; from < p->n_pieces && !p->failed; from = to) {
		to = from;
		while (to < p->n_pieces) {
			const struct piece *k = &p->pieces[to++];

			if (k->sigil == 0 && memchr(k->s.p, '\n', k->s.n))
				break;
		}
		if (stands_alone(p, from, to))
			emit_alone(p, from, to);
		else
			emit_shown(p, from, to);
	}
	if (p->depth && !p->failed) {
		const struct op *op = &p->ops[p->stack[p->depth - 1].op];

		wrong(p, op->line, "this is never closed", op->text);
	}
}

/* ---- the set ---- */

struct template_set *template_set_new(bool (*load)(void *, str, struct arena *, str *), void *arg)
{
	struct arena *a = arena_new();
	struct template_set *set = arena_new_of(a, struct template_set);

	*set = (struct template_set){ a, load, arg, NULL };
	return set;
}

void template_set_free(struct template_set *set)
{
	if (set)
		arena_free(set->arena);
}

static struct template *known(const struct template_set *set, str name)
{
	for (struct template *t = set->first; t; t = t->next)
		if (str_eq(t->name, name))
			return t;
	return NULL;
}

const struct template *template_known(const struct template_set *set, str name)
{
	struct template *t = known(set, name);

	return t && t->why.n == 0 ? t : NULL;
}

static struct template *compile(struct template_set *set, str name);

/* Templates may include each other, and themselves: who is being compiled is known already. */
static void compile_others(struct template_set *set, struct template *t, struct op *ops)
{
	for (uint32_t i = 0; i < t->n; i++) {
		struct template *other;

		if ((ops[i].kind != OP_PARTIAL && ops[i].kind != OP_PARENT) || ops[i].dynamic)
			continue;
		other = compile(set, ops[i].text);
		if (other && other->why.n && t->why.n == 0)
			t->why = other->why;
		ops[i].other = other;
	}
}

static struct template *compile(struct template_set *set, str name)
{
	struct template *t = known(set, name);
	struct parser p = { .arena = set->arena, .line = 1, .open = S("{{"), .close = S("}}") };

	if (t)
		return t;
	if (!set->load(set->arg, name, set->arena, &p.src))
		return NULL;
	t = arena_new_of(set->arena, struct template);
	t->name = str_dup(set->arena, name);
	t->set = set;
	t->next = set->first;
	set->first = t;
	p.t = t;
	scan(&p);
	if (!p.failed)
		emit(&p);
	if (p.failed)
		return t;
	t->ops = p.ops;
	t->n = (uint32_t)p.n_ops;
	compile_others(set, t, p.ops);
	return t;
}

const struct template *template_get(struct template_set *set, str name, str *why)
{
	struct template *t = compile(set, name);

	if (t && t->why.n == 0)
		return t;
	if (why)
		*why = t ? t->why : str_fmt(set->arena, "there is no template %.*s", STR(name));
	return NULL;
}
