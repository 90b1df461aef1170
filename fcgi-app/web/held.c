/* web/held.c -- which forms are kept, and what of them. */
#include "web/held.h"

#include <string.h>

#include "core/arena.h"
#include "web/form.h"
#include "web/page.h"
#include "web/page_form.h"

enum { ADDRESS_MOST = 500 };

static const struct shape field_shape = SHAPE("HeldField", struct held_field, F(name), F(value));
const struct shape held_shape = SHAPE("Held", struct held,
	F(kept), F(lost), F(to), F(title), F(fields, .of = &field_shape), F(typed, .of = &field_shape));

/* A page's form that has something in it and needs a session: not the login's, nor a logout, nor the API. */
static bool is_kept(const struct route *r)
{
	return r && r->method == POST && r->in && r->access != ANYONE && !r->no_csrf && !r->raw_body &&
	       (str_starts(str_of(r->path), S("/admin/")) || str_starts(str_of(r->path), S("/teach/")));
}

static bool is_form(const struct request *rq)
{
	str type, rest;

	str_split(rq->content_type, ';', &type, &rest);
	return str_eq_nocase(str_trim(type), S("application/x-www-form-urlencoded"));
}

struct taking {
	struct request *rq;
	struct held *held;
	str prefix;
	struct page_forms forms;
	struct held_field *fields, *typed;
	bool unreadable;
};

static bool is_text(str s)
{
	return str_chars(s) >= 0 && !memchr(s.p ? s.p : "", '\0', s.n);
}

static bool is_dropped(const struct taking *t, str name)
{
	const struct field *f = shape_field(t->forms.form[0].shape, name);

	return str_eq(name, S("csrf")) || (f && f->secret) || str_find(str_lower(t->rq->ctx->arena, name), S("password"), NULL);
}

/* Choices are ids and words of the system, which say nothing to who reads them. */
static bool is_typed(const struct taking *t, const struct field *f)
{
	return f && f->kind != K_LIST && f->kind != K_OBJ && f->kind != K_BOOL && !page_field_is_choice(&t->forms, f);
}

/* A moment is sent as 2026-11-20T14:05. */
static str as_read(struct ctx *c, const struct field *f, str value)
{
	str date, clock;

	if (shape_plain_kind(f->kind) != K_WHEN || !str_split(value, 'T', &date, &clock))
		return value;
	return str_fmt(c->arena, "%.*s %.*s", STR(date), STR(clock));
}

static void take(void *p, str name, str value)
{
	struct taking *t = p;
	struct held *h = t->held;
	const struct field *f;
	str label;

	if (!str_starts(name, t->prefix))
		return;
	name = str_after(name, t->prefix.n);
	if (!name.n || is_dropped(t, name))
		return;
	if (!is_text(name) || !is_text(value))
		t->unreadable = true;
	else if (h->fields.n == HELD_FIELDS)
		h->lost = true;
	else {
		t->fields[h->fields.n++] = (struct held_field){ name, value };
		label = page_label(t->rq->ctx, &t->forms, name, &f);
		if (label.n && is_typed(t, f) && !str_is_blank(value))
			t->typed[h->typed.n++] = (struct held_field){ label, as_read(t->rq->ctx, f, value) };
	}
}

static const struct held *collect(struct request *rq, const struct route *r, str prefix, str to)
{
	struct held *h = arena_new_of(rq->ctx->arena, struct held);
	struct taking t = { .rq = rq, .held = h, .prefix = prefix };

	t.forms.form[t.forms.n++].shape = r->in;
	t.forms.shape = r->out;
	h->to = to;
	h->fields.p = t.fields = arena_array(rq->ctx->arena, struct held_field, HELD_FIELDS);
	h->typed.p = t.typed = arena_array(rq->ctx->arena, struct held_field, HELD_FIELDS);
	h->title = r->page ? page_title(rq->ctx, r->page) : (str){ NULL, 0 };
	if (!prefix.n && rq->body.n > HELD_BYTES)       /* the sign-in form is larger by what is its own */
		h->lost = true;
	else
		form_each(rq->ctx, rq->body, take, &t);
	h->kept = !h->lost && !t.unreadable;
	return h->kept || h->lost ? h : NULL;
}

const struct held *held_posted(struct request *rq)
{
	str to = request_header(rq, "REQUEST_URI");

	if (!is_kept(rq->route) || !is_form(rq) || request_sender(rq) != SENDER_OURS || to.n > ADDRESS_MOST || !is_own_path(to))
		return NULL;
	return collect(rq, rq->route, (str){ NULL, 0 }, to);
}

const struct held *held_carried(struct request *rq)
{
	struct path_part parts[4];
	const struct route *r;
	str to, path, query;
	unsigned allow;
	size_t n;
	int status;

	if (request_sender(rq) != SENDER_OURS || !form_value(rq->ctx, rq->body, S(HELD_TO), &to) || to.n > ADDRESS_MOST || !is_own_path(to))
		return NULL;
	str_split(to, '?', &path, &query);
	r = route_find(POST, str_url_decode(rq->ctx->arena, path, false), parts, &n, &status, &allow);
	return is_kept(r) ? collect(rq, r, S(HELD_PREFIX), to) : NULL;
}
