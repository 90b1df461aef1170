/* web/request.c -- from FastCGI parameters to a checked input. */
#include "web/request.h"

#include <string.h>

#include "core/config.h"
#include "core/i18n.h"
#include "core/json.h"
#include "web/form.h"
#include "web/read.h"

enum { MAX_BODY = 256 * 1024, PAGE_ROWS = 50 };

void request_params(struct request *rq, char **envp)
{
	for (char **e = envp; *e; e++) {
		const char *equals = strchr(*e, '=');
		struct param *p = &rq->params[rq->n_params];

		if (!equals)
			continue;
		if (rq->n_params == REQUEST_PARAMS) {
			rq->too_many_params = true;
			return;
		}
		*p = (struct param){ *e, (size_t)(equals - *e), str_of(equals + 1) };
		rq->n_params++;
	}
}

str request_header(const struct request *rq, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < rq->n_params; i++)
		if (rq->params[i].name_n == n && memcmp(rq->params[i].name, name, n) == 0)
			return rq->params[i].value;
	return (str){ NULL, 0 };
}

str request_cookie(const struct request *rq, str name)
{
	str rest = request_header(rq, "HTTP_COOKIE"), pair, k, v;

	while (rest.n) {
		str_split(rest, ';', &pair, &rest);
		if (str_split(str_trim(pair), '=', &k, &v) && str_eq(k, name))
			return v;
	}
	return (str){ NULL, 0 };
}

enum sender request_sender(const struct request *rq)
{
	str site = request_header(rq, "HTTP_SEC_FETCH_SITE"), origin = request_header(rq, "HTTP_ORIGIN");

	if (site.n && !str_eq(site, S("none")))
		return str_eq(site, S("same-origin")) ? SENDER_OURS : SENDER_FOREIGN;
	if (site.n || !origin.n)
		return SENDER_UNKNOWN;      /* "none": somebody typed it */
	return str_eq(origin, str_of(rq->ctx->config->base_url)) ? SENDER_OURS : SENDER_FOREIGN;
}

static str some_pairs(struct ctx *c, str query, const char *const *names, bool empty_ones)
{
	struct buf b = buf_in(c->arena);
	str pair, name, value;

	while (query.n) {
		bool out;

		str_split(query, '&', &pair, &query);
		str_split(pair, '=', &name, &value);
		out = !pair.n || (value.n == 0 && !empty_ones);
		for (size_t i = 0; names[i]; i++)
			out |= str_eq(name, str_of(names[i]));
		if (out)
			continue;
		buf_str(&b, pair);
		buf_char(&b, '&');
	}
	return buf_text(&b);
}

str query_without(struct ctx *c, str query, const char *const *names)
{
	return some_pairs(c, query, names, true);
}

str query_filters(struct ctx *c, str query, const char *const *names)
{
	return some_pairs(c, query, names, false);
}

bool given(const struct request *rq, const char *member)
{
	const struct field *f = rq->route->in ? shape_field(rq->route->in, str_of(member)) : NULL;

	return f && (rq->given >> (f - rq->route->in->fields) & 1);
}

static enum locale choose_locale(const struct request *rq)
{
	if (rq->wants_html) {
		str lang = request_cookie(rq, S("lang"));

		if (lang.n)
			return str_eq(lang, S("en")) ? LOCALE_EN : LOCALE_KO;
	}
	return i18n_locale(request_header(rq, "HTTP_ACCEPT_LANGUAGE"));
}

/* W3C Trace Context: 00-<32 hex>-<16 hex>-<2 hex>. What is not that begins a new trace. */
static void read_trace(struct request *rq)
{
	str t = request_header(rq, "HTTP_TRACEPARENT");
	struct trace *trace = &rq->ctx->trace;
	unsigned char id[16];

	if (t.n < 55 || !str_starts(t, S("00-")) || t.p[35] != '-' || t.p[52] != '-')
		return;
	if (!str_unhex((str){ t.p + 3, 32 }, id, 16) || !str_unhex((str){ t.p + 36, 16 }, id, 8))
		return;
	memcpy(trace->trace_id, t.p + 3, 32);
	trace->trace_id[32] = '\0';
	memcpy(trace->span_id, t.p + 36, 16);
	trace->span_id[16] = '\0';
}

bool request_begin(struct request *rq)
{
	struct ctx *c = rq->ctx;
	str uri = request_header(rq, "REQUEST_URI"), raw, id = request_header(rq, "REQUEST_ID");

	if (id.n)
		c->request_id = id;
	c->ip = request_header(rq, "REMOTE_ADDR");
	str_split(uri, '?', &raw, &rq->query);
	rq->path = str_url_decode(c->arena, raw, false);
	rq->content_type = request_header(rq, "CONTENT_TYPE");
	rq->wants_html = !str_starts(rq->path, S("/api/")) && !str_starts(rq->path, S("/sandbox/")) && !str_eq(rq->path, S("/healthz")) &&
			 !str_eq(rq->path, S("/readyz"));
	c->locale = choose_locale(rq);
	read_trace(rq);
	return str_chars(rq->path) >= 0 && !memchr(rq->path.p ? rq->path.p : "", '\0', rq->path.n);
}

/* The parts of the path go into the members of their name. A number that cannot be one is an unknown thing. */
outcome request_read_path(struct request *rq, const struct path_part *parts, size_t n, uint64_t *done)
{
	const struct shape *s = rq->route->in;

	for (size_t i = 0; i < n; i++) {
		const struct field *f = shape_field(s, parts[i].name);
		int64_t v;

		*done |= UINT64_C(1) << (f - s->fields);
		if (f->kind == K_INT) {
			if (!str_int(parts[i].value, &v) || v < 1)
				return &not_found;
			*(int64_t *)shape_at(rq->in, f) = v;
		} else if (!shape_from_text(rq->ctx, f, rq->in, parts[i].value, str_of(f->name))) {
			rq->ctx->errors = NULL;
			return &not_found;
		}
	}
	return OK;
}

static str media_type(str content_type)
{
	str type, rest;

	str_split(content_type, ';', &type, &rest);
	return str_trim(type);
}

static bool is_json(str type)
{
	return str_eq_nocase(type, S("application/json")) || str_eq_nocase(type, S("application/merge-patch+json"));
}

static outcome read_body(struct request *rq, uint64_t done)
{
	bool partial = rq->method == PATCH, form = rq->route->page != NULL || rq->wants_html;
	str type = media_type(rq->content_type);
	outcome o;

	if (form) {
		if (rq->body.n && !str_eq_nocase(type, S("application/x-www-form-urlencoded")))
			return &wrong_content_type;
		rq->form = rq->body;
		return form_read(rq->ctx, rq->route->in, rq->in, &rq->given, rq->body);
	}
	if (rq->body.n == 0) {
		o = json_read(rq->ctx, rq->route->in, rq->in, &rq->given, S("{}"), partial);
	} else {
		if (!is_json(type))
			return &wrong_content_type;
		o = json_read(rq->ctx, rq->route->in, rq->in, &rq->given, rq->body, partial);
	}
	rq->given &= ~done;
	return o;
}

/* Members that stand in the path are neither in the body nor in the query: the readers get a shape without them. */
static const struct shape *without(struct ctx *c, const struct shape *s, uint64_t done)
{
	struct shape *t;
	struct field *f;

	if (!done)
		return s;
	t = arena_new_of(c->arena, struct shape);
	f = arena_array(c->arena, struct field, s->n);
	memcpy(f, s->fields, sizeof(*f) * s->n);
	for (size_t i = 0; i < s->n; i++)
		if (done >> i & 1)
			f[i].read_only = true;      /* a client that sends it gets "unknown" */
	*t = *s;
	t->fields = f;
	return t;
}

/* A page has room for more rows than a client of the API asks for by saying nothing. */
static void fill_the_page(struct request *rq)
{
	const struct field *f = rq->route->page && rq->route->in ? shape_field(rq->route->in, S("limit")) : NULL;
	str said;

	if (f && f->kind == K_INT && f->max >= PAGE_ROWS && !form_value(rq->ctx, rq->query, S("limit"), &said))
		*(int64_t *)shape_at(rq->in, f) = PAGE_ROWS;
}

/* ?done=saved says what was done just now: it is read by the frame of any page (web/page.h), and by no route. */
static str page_query(struct request *rq)
{
	static const char *const of_the_frame[] = { "done", NULL };
	const struct shape *in = rq->route->in;

	return rq->route->page && !(in && shape_field(in, S("done"))) ? query_without(rq->ctx, rq->query, of_the_frame) : rq->query;
}

/* Of routes that want nothing: what is sent can be read, and says nothing. A name that was mistyped, or a filter that isn't there, is never
 * passed over. */
static const struct shape nothing = { .name = "Nothing" };

outcome request_read_input(struct request *rq, const struct path_part *parts, size_t n)
{
	bool by_query = rq->method == GET || rq->method == DELETE;
	const struct shape *in = rq->route->in;
	struct route reading = *rq->route;
	const struct route *route = rq->route;
	uint64_t done = 0;
	outcome o;

	if (rq->body.n > MAX_BODY)
		return &too_large;
	if (!in && rq->route->raw_body)
		return OK;
	if (!in && by_query)
		return form_read_query(rq->ctx, &nothing, NULL, 0, page_query(rq));
	rq->in = in ? arena_alloc(rq->ctx->arena, in->size) : NULL;
	o = in ? request_read_path(rq, parts, n, &done) : OK;
	if (o != OK)
		return o;
	if (rq->route->raw_body)
		return rq->body.n == 0 || is_json(media_type(rq->content_type)) ? OK : &wrong_content_type;
	if (by_query) {
		o = form_read_query(rq->ctx, in, rq->in, done, page_query(rq));
		fill_the_page(rq);
		return o;
	}
	reading.in = in ? without(rq->ctx, in, done) : &nothing;
	rq->route = &reading;
	o = read_body(rq, done);
	rq->route = route;
	return o;
}

/* The next tag of a list, a comma between any two; a tag may hold commas itself. false: that is none. */
static bool next_tag(str *rest, str *tag, bool *weak)
{
	str t = str_trim(*rest);
	size_t end;

	*weak = str_starts(t, S("W/"));
	if (*weak)
		t = str_after(t, 2);
	if (t.n < 2 || t.p[0] != '"' || !str_find(str_after(t, 1), S("\""), &end))
		return false;
	*tag = (str){ t.p + 1, end };
	*rest = str_trim(str_after(t, end + 2));
	if (rest->n == 0)
		return true;
	if (rest->p[0] != ',')
		return false;
	*rest = str_trim(str_after(*rest, 1));
	return rest->n > 0;
}

/* If-Match: "7", or a list, of which one has to be the version that is there (RFC 9110 section 13.1.1). Weak tags never match. * is any. */
outcome request_read_if_match(struct request *rq)
{
	str rest = str_trim(request_header(rq, "HTTP_IF_MATCH")), tag;
	bool weak;

	if (!rq->route->if_match && !route_may_match(rq->route))
		return OK;
	if (rest.n == 0)
		return rq->route->if_match ? &version_missing : OK;
	if (str_eq(rest, S("*")))
		return OK;
	while (rest.n) {
		int64_t version;

		if (!next_tag(&rest, &tag, &weak))
			return &version_stale;
		if (!weak && rq->n_versions < REQUEST_VERSIONS && str_int(tag, &version))
			rq->versions[rq->n_versions++] = version;
	}
	return rq->n_versions ? OK : &version_stale;
}
