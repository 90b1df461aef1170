/* web/template_render.c -- walks the ops of a template, to show it or to check its names. */
#include <string.h>

#include "core/arena.h"
#include "web/template_ops.h"

enum { DEEPEST = 200 };

struct scope {
	struct view v;
	const struct scope *outer;
};

/* The blocks that somebody gave to a parent which is being shown now. */
struct given {
	const struct template *t;
	uint32_t parent;                   /* the op */
	const struct given *outer;
};

/* Where we are. A change of place is a changed copy on the stack of C. */
struct place {
	const struct template *t;
	const struct scope *scope;
	const struct given *given;
	str indent;
	int depth;
	const struct place *from;          /* the place of the tag that led into this template; only for the check */
};

struct run {
	struct ctx *c;
	struct buf *out;
	void (*unknown)(void *, const struct template_fault *);
	void *arg;
	size_t faults;
};

/* ---- names ---- */

static bool member(struct ctx *c, struct view v, str name, struct view *out)
{
	return v.class && v.class->get && v.class->get(c, v, name, out);
}

/* What is left of a dotted name, parts n and on, asked from v. */
static bool descend(struct ctx *c, struct view *v, str whole, const str *parts, size_t n_parts)
{
	for (size_t i = 1; i < n_parts; i++) {
		if (v->class && v->class->rest)
			return v->class->rest(c, *v, str_after(whole, (size_t)(parts[i].p - whole.p)), v);
		if (!member(c, *v, parts[i], v))
			return false;
	}
	return true;
}

static bool look_up(struct ctx *c, const struct scope *scope, str whole, const str *parts, size_t n, struct view *out)
{
	if (n == 0) {
		*out = scope->v;
		return true;
	}
	for (; scope; scope = scope->outer)
		if (member(c, scope->v, parts[0], out))
			return descend(c, out, whole, parts, n);
	return false;
}

static bool find(struct ctx *c, const struct scope *scope, const struct op *op, struct view *out)
{
	return look_up(c, scope, op->text, op->parts, op->n_parts, out);
}

bool template_value(struct ctx *c, const struct scope *scope, str name, struct view *out)
{
	str parts[8], rest = name;
	size_t n = 0;
	bool more = true;

	if (str_eq(name, S(".")))
		more = false;
	while (more && n < 8)
		more = str_split(rest, '.', &parts[n++], &rest);
	return !more && look_up(c, scope, name, parts, n, out);
}

str template_text(struct ctx *c, struct view v, const struct scope *scope)
{
	if (v.class && v.class->said)
		return v.class->said(c, v, scope);
	if (!v.class || !v.class->text || (v.class->kind && v.class->kind(c, v) == VIEW_NONE))
		return (str){ NULL, 0 };
	return v.class->text(c, v);
}

static enum view_kind kind_of(struct ctx *c, struct view v)
{
	return v.class ? v.class->kind(c, v) : VIEW_NONE;
}

static bool is_true(struct ctx *c, struct view v, enum view_kind kind, const struct scope *scope)
{
	switch (kind) {
	case VIEW_TEXT: return template_text(c, v, scope).n > 0;
	case VIEW_LIST: return v.class->length(v) > 0;
	case VIEW_TRUE:
	case VIEW_OBJECT: return true;
	default: return false;
	}
}

/* ---- blocks and partials ---- */

/* The body that replaces this block: of those who gave one, the outermost wins. */
static const struct op *replacement(const struct given *g, str name, const struct given **by)
{
	const struct op *found = NULL;

	for (; g; g = g->outer) {
		const struct op *ops = g->t->ops;

		for (uint32_t i = g->parent + 1; i < ops[g->parent].end; i = ops[i].end)
			if (ops[i].kind == OP_BLOCK && str_eq(ops[i].text, name)) {
				found = &ops[i];
				*by = g;
				break;
			}
	}
	return found;
}

static str deeper(struct ctx *c, str indent, const struct op *op)
{
	if (op->place == PLACE_INLINE)
		return (str){ NULL, 0 };
	if (op->indent.n == 0)
		return indent;
	return indent.n ? str_join(c->arena, indent, op->indent) : op->indent;
}

/* {{>*name}} may name any template that was read at start. */
static const struct template *other_of(struct ctx *c, const struct place *at, const struct op *op)
{
	struct view v;

	if (!op->dynamic)
		return op->other;
	if (!template_value(c, at->scope, str_trim(str_after(op->text, 1)), &v))
		return NULL;
	return template_known(at->t->set, template_text(c, v, at->scope));
}

static struct place inside(struct ctx *c, const struct place *at, const struct op *op, const struct template *t)
{
	struct place in = *at;

	in.t = t;
	in.indent = deeper(c, at->indent, op);
	in.depth++;
	in.from = at;
	return in;
}

/* ---- showing ---- */

static void show(struct run *, const struct place *, uint32_t from, uint32_t to);

static void show_body(struct run *r, const struct place *at, const struct op *op)
{
	uint32_t i = (uint32_t)(op - at->t->ops);

	show(r, at, i + 1, op->end);
}

static void show_name(struct run *r, const struct place *at, const struct op *op)
{
	struct view v;
	str s;

	if (!find(r->c, at->scope, op, &v))
		return;
	s = template_text(r->c, v, at->scope);
	if (op->kind == OP_NAME)
		buf_html(r->out, s);
	else
		buf_str(r->out, s);
}

static void show_section(struct run *r, const struct place *at, const struct op *op)
{
	struct view v = { 0 };
	bool known = find(r->c, at->scope, op, &v);
	enum view_kind kind = known ? kind_of(r->c, v) : VIEW_NONE;
	bool yes = is_true(r->c, v, kind, at->scope);
	struct scope scope = { v, at->scope };
	struct place in = *at;

	if (op->kind == OP_INVERTED) {
		if (!yes)
			show_body(r, at, op);
		return;
	}
	if (!yes)
		return;
	in.scope = &scope;
	if (kind != VIEW_LIST) {
		show_body(r, &in, op);
		return;
	}
	for (size_t i = 0, n = v.class->length(v); i < n; i++) {
		scope.v = v.class->item(r->c, v, i);
		show_body(r, &in, op);
	}
}

static void show_other(struct run *r, const struct place *at, const struct op *op)
{
	const struct template *t = other_of(r->c, at, op);
	struct given g = { at->t, (uint32_t)(op - at->t->ops), at->given };
	struct place in;

	if (!t)
		return;
	if (at->depth > DEEPEST)
		fault(r->c, "template %.*s:%u includes without end", STR(at->t->name), (unsigned)op->line);
	in = inside(r->c, at, op, t);
	if (op->kind == OP_PARENT)
		in.given = &g;
	show(r, &in, 0, t->n);
}

static void show_block(struct run *r, const struct place *at, const struct op *op)
{
	const struct given *by = NULL;
	const struct op *body = replacement(at->given, op->text, &by);
	struct place in;

	if (!body) {
		show_body(r, at, op);
		return;
	}
	if (at->depth > DEEPEST)
		fault(r->c, "template %.*s:%u includes without end", STR(at->t->name), (unsigned)op->line);
	in = inside(r->c, at, op, by->t);
	in.given = by->outer;
	if (op->place != PLACE_INLINE && body->same_line)
		buf_str(r->out, in.indent);
	show_body(r, &in, body);
}

static void show(struct run *r, const struct place *at, uint32_t from, uint32_t to)
{
	const struct op *ops = at->t->ops;

	for (uint32_t i = from; i < to; i = ops[i].end) {
		const struct op *op = &ops[i];

		switch (op->kind) {
		case OP_TEXT: buf_str(r->out, op->text); break;
		case OP_LINE: buf_str(r->out, at->indent); break;
		case OP_NAME:
		case OP_RAW: show_name(r, at, op); break;
		case OP_SECTION:
		case OP_INVERTED: show_section(r, at, op); break;
		case OP_PARTIAL:
		case OP_PARENT: show_other(r, at, op); break;
		case OP_BLOCK: show_block(r, at, op); break;
		default: break;
		}
	}
}

void template_render(struct ctx *c, const struct template *t, struct view root, struct buf *out)
{
	struct scope scope = { root, NULL };
	struct run r = { .c = c, .out = out };
	struct place at = { .t = t, .scope = &scope };

	show(&r, &at, 0, t->n);
}

/* ---- checking ---- */

static void check(struct run *, const struct place *, uint32_t from, uint32_t to);

static void complain(struct run *r, const struct place *at, const struct op *op)
{
	struct template_fault f = { at->t->name, (int)op->line, op->text };

	r->faults++;
	r->unknown(r->arg, &f);
}

static void check_section(struct run *r, const struct place *at, const struct op *op)
{
	uint32_t i = (uint32_t)(op - at->t->ops);
	struct scope scope = { .outer = at->scope };
	struct place in = *at;

	if (!find(r->c, at->scope, op, &scope.v)) {
		complain(r, at, op);
		return;
	}
	if (op->kind == OP_SECTION) {
		in.scope = &scope;
		if (scope.v.class && scope.v.class->item)
			scope.v = scope.v.class->item(r->c, scope.v, 0);
	}
	check(r, &in, i + 1, op->end);
}

/* A template that shows a tree includes itself: twice is enough to have seen all of it. */
static bool seen_enough(const struct place *at, const struct template *t)
{
	int times = 0;

	for (; at; at = at->from)
		times += at->t == t;
	return times > 2;
}

static void check_other(struct run *r, const struct place *at, const struct op *op)
{
	struct given g = { at->t, (uint32_t)(op - at->t->ops), at->given };
	struct place in;
	struct view v;

	if (op->dynamic) {
		if (!template_value(r->c, at->scope, str_trim(str_after(op->text, 1)), &v))
			complain(r, at, op);
		return;
	}
	if (!op->other) {
		complain(r, at, op);
		return;
	}
	if (seen_enough(at, op->other))
		return;
	in = inside(r->c, at, op, op->other);
	if (op->kind == OP_PARENT)
		in.given = &g;
	check(r, &in, 0, op->other->n);
}

static void check_block(struct run *r, const struct place *at, const struct op *op)
{
	const struct given *by = NULL;
	const struct op *body = replacement(at->given, op->text, &by);
	struct place in = *at;

	if (body) {
		in = inside(r->c, at, op, by->t);
		in.given = by->outer;
	} else {
		body = op;
	}
	if (in.depth < DEEPEST)
		check(r, &in, (uint32_t)(body - in.t->ops) + 1, body->end);
}

static void check_name(struct run *r, const struct place *at, const struct op *op)
{
	struct view v;

	if (!find(r->c, at->scope, op, &v))
		complain(r, at, op);
	else if (v.class && v.class->said)
		v.class->said(r->c, v, at->scope);
}

static void check(struct run *r, const struct place *at, uint32_t from, uint32_t to)
{
	const struct op *ops = at->t->ops;

	for (uint32_t i = from; i < to; i = ops[i].end) {
		const struct op *op = &ops[i];

		switch (op->kind) {
		case OP_NAME:
		case OP_RAW: check_name(r, at, op); break;
		case OP_SECTION:
		case OP_INVERTED: check_section(r, at, op); break;
		case OP_PARTIAL:
		case OP_PARENT: check_other(r, at, op); break;
		case OP_BLOCK: check_block(r, at, op); break;
		default: break;
		}
	}
}

size_t template_check(struct ctx *c, const struct template *t, struct view root,
		      void (*unknown)(void *, const struct template_fault *), void *arg)
{
	struct scope scope = { root, NULL };
	struct run r = { .c = c, .unknown = unknown, .arg = arg };
	struct place at = { .t = t, .scope = &scope };

	check(&r, &at, 0, t->n);
	return r.faults;
}
