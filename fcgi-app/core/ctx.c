#include "core/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/log.h"

const struct failure not_readable = { 400, "not_readable" };
const struct failure invalid = { 422, "invalid" };
const struct failure not_found = { 404, "not_found" };

const char *const role_names[] = { "member", "instructor", "creator", "operator", "finance", "admin", NULL };

struct ctx *ctx_new(const struct config *config)
{
	struct ctx *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->arena = arena_new();
	c->config = config;
	if (getrandom(&c->next_id, sizeof(c->next_id), 0) < 0)
		c->next_id = (uint64_t)clock_us();
	ctx_begin(c);
	return c;
}

void ctx_free(struct ctx *c)
{
	for (size_t i = 0; i < KEPT_SLOTS; i++)
		free(c->kept[i]);
	arena_free(c->arena);
	free(c);
}

void *ctx_keep(struct ctx *c, enum kept slot, size_t n)
{
	if (!c->kept[slot] && !(c->kept[slot] = calloc(1, n)))
		abort();
	return c->kept[slot];
}

void ctx_begin(struct ctx *c)
{
	arena_reset(c->arena);
	c->who = (struct caller){ 0 };
	c->locale = LOCALE_KO;
	c->ip = (str){ NULL, 0 };
	c->errors = NULL;
	c->fail_detail = NULL;
	c->trace = (struct trace){ "", "" };
	c->now = when_now();
	c->next_id++;
	c->request_id = str_hex(c->arena, &c->next_id, sizeof(c->next_id));
}

void fail_field(struct ctx *c, str field, const char *code, str value)
{
	struct field_error *e = arena_new_of(c->arena, struct field_error);

	e->field = field;
	e->code = code;
	e->value = value;
	e->next = c->errors;
	c->errors = e;
}

outcome fail(struct ctx *c, outcome why, const char *field, const char *code, str value)
{
	fail_field(c, str_of(field), code, value);
	return why;
}

void fault_enter(struct ctx *c, struct fault_frame *f)
{
	f->outer = c->frame;
	f->what[0] = '\0';
	c->frame = f;
}

void fault_leave(struct ctx *c, struct fault_frame *f)
{
	c->frame = f->outer;
}

_Noreturn static void jump(struct ctx *c, enum fault_kind kind, const char *file, int line, const char *what)
{
	struct fault_frame *f = c->frame;

	if (!f) {
		log_line(c, LOG_ERROR, "fault without a frame", "what", str_of(what));
		abort();
	}
	f->kind = kind;
	f->file = file;
	f->line = line;
	if (f->what != what)
		snprintf(f->what, sizeof(f->what), "%s", what);
	longjmp(f->jump, 1);
}

void fault_at(struct ctx *c, enum fault_kind kind, const char *file, int line, const char *fmt, ...)
{
	char what[sizeof(c->frame->what)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	jump(c, kind, file, line, what);
}

void fault_again(struct ctx *c, const struct fault_frame *f)
{
	c->frame = f->outer;
	jump(c, f->kind, f->file, f->line, f->what);
}

bool failed_by(const struct ctx *c, outcome why)
{
	for (const struct field_error *e = c->errors; e; e = e->next)
		if (strcmp(e->code, why->code) == 0)
			return true;
	return false;
}
