/* web/reply.c -- answers: JSON from the shape, pages, redirects. Complete in the arena before the first byte leaves. */
#include <string.h>

#include "core/json.h"
#include "web/page.h"
#include "web/request.h"

/* A thing that has a version says it (RFC 9110 section 8.8.3): If-Match names it at an edit. */
static void tag(struct request *rq, const void *out)
{
	if (route_has_version(rq->route))
		reply_etag(rq, *(const int64_t *)shape_value(shape_field(rq->route->out, S("version")), out));
}

outcome reply(struct request *rq, const void *out)
{
	const struct route *r = rq->route;

	rq->status = r->status ? r->status : 200;
	rq->reply_body = buf_in(rq->ctx->arena);
	if (r->page) {
		rq->reply_type = S("text/html; charset=utf-8");
		page_render(rq, r->page, r->out, out, &rq->reply_body);
	} else {
		rq->reply_type = S("application/json");
		json_write(&rq->reply_body, r->out, out);
		tag(rq, out);
	}
	rq->replied = true;
	return OK;
}

outcome reply_none(struct request *rq)
{
	rq->status = 204;
	rq->reply_type = (str){ NULL, 0 };
	rq->reply_body = buf_in(rq->ctx->arena);
	rq->replied = true;
	return OK;
}

outcome reply_see_other(struct request *rq, str where)
{
	reply_none(rq);
	rq->status = 303;
	reply_header(rq, S("Location"), where);
	return OK;
}

/* "//host" and "/\\host" lead elsewhere, and browsers drop tabs and line breaks before they look. */
bool is_own_path(str path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] < 0x21 || path.p[i] > 0x7e || path.p[i] == '\\')
			return false;
	return path.n > 0 && path.p[0] == '/' && (path.n == 1 || path.p[1] != '/');
}

outcome reply_text(struct request *rq, int status, str type, str body)
{
	rq->status = status;
	rq->reply_type = type;
	rq->reply_body = buf_in(rq->ctx->arena);
	buf_str(&rq->reply_body, body);
	rq->replied = true;
	return OK;
}

outcome reply_stored(struct request *rq, int status, str json)
{
	return reply_text(rq, status, json.n ? S("application/json") : (str){ NULL, 0 }, json);
}

outcome reply_internal(struct request *rq, str uri)
{
	reply_text(rq, 200, (str){ NULL, 0 }, (str){ NULL, 0 });
	reply_header(rq, S("X-Accel-Redirect"), uri);
	return OK;
}

void reply_forget(struct request *rq)
{
	rq->reply_headers = NULL;
	rq->reply_body = buf_in(rq->ctx->arena);
	rq->replied = false;
}

static str one_line(struct ctx *c, str s)
{
	char *p = arena_text(c->arena, s.n), *q = p;

	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f)
			*q++ = s.p[i];
	return (str){ p, (size_t)(q - p) };
}

void reply_header(struct request *rq, str name, str value)
{
	struct header *h = arena_new_of(rq->ctx->arena, struct header);

	h->name = name;
	h->value = one_line(rq->ctx, value);
	h->next = rq->reply_headers;
	rq->reply_headers = h;
}

void reply_etag(struct request *rq, int64_t version)
{
	reply_header(rq, S("ETag"), str_fmt(rq->ctx->arena, "\"%lld\"", (long long)version));
}
