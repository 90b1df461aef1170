/* web/openapi.c -- the API document: what every route takes and gives, read off the lines that serve it. */
#include "web/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/json.h"
#include "web/openapi_private.h"
#include "web/session.h"

/* ---- what a route may answer ---- */

struct failures {
	const struct failure **all;
	size_t n;
};

static void may_fail(struct failures *f, const struct failure *why)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->all[i] == why || strcmp(f->all[i]->code, why->code) == 0)
			return;
	if (f->n < FAILURES_MAX)
		f->all[f->n++] = why;
}

static bool reads_body(const struct route *r)
{
	return r->method != GET && r->method != DELETE && !r->raw_body;
}

static void by_caller(const struct route *r, struct failures *f)
{
	if (r->no_caller)
		return;
	may_fail(f, &not_logged_in);
	may_fail(f, &token_expired);
	may_fail(f, &account_suspended);
	if (r->access != ANYONE)
		may_fail(f, &role_missing);
	if (r->method != GET && !r->no_csrf)
		may_fail(f, &csrf_missing);
}

static bool has_own(const struct route *r, int status)
{
	for (const struct failure *const *own = r->fails; own && *own; own++)
		if ((*own)->status == status)
			return true;
	return false;
}

static void by_input(const struct route *r, struct failures *f)
{
	if (r->method != GET)
		may_fail(f, &too_large);
	if (!r->raw_body && (r->in || r->method == GET || r->method == DELETE || reads_body(r)))
		may_fail(f, &invalid);
	if (reads_body(r)) {
		may_fail(f, &json_broken);
		may_fail(f, &json_too_deep);
		may_fail(f, &json_duplicate_key);
		may_fail(f, &json_not_an_object);
	}
	if (reads_body(r) || r->raw_body)
		may_fail(f, &wrong_content_type);
	if (strchr(r->path, '{') && !has_own(r, 404))
		may_fail(f, &not_found);
	if (r->in && shape_field(r->in, S("cursor")))
		may_fail(f, &cursor_invalid);
}

static void by_rules(const struct route *r, struct failures *f)
{
	if (r->once != ONCE_NO) {
		if (r->once != ONCE_TX)
			may_fail(f, &key_missing);
		may_fail(f, &key_invalid);
		may_fail(f, &key_reused);
		may_fail(f, &key_in_flight);
	}
	if (r->if_match) {
		may_fail(f, &version_missing);
		may_fail(f, &version_stale);
	}
	if (route_may_match(r))
		may_fail(f, &version_stale);
	if (r->rate != RATE_NONE)
		may_fail(f, &too_many);
	if (r->method != GET)
		may_fail(f, &outcome_unknown);
	may_fail(f, &unavailable);
	may_fail(f, &internal_error);
}

static int by_status(const void *a, const void *b)
{
	const struct failure *x = *(const struct failure *const *)a, *y = *(const struct failure *const *)b;

	return x->status != y->status ? x->status - y->status : strcmp(x->code, y->code);
}

size_t openapi_failures(const struct route *r, const struct failure *all[FAILURES_MAX])
{
	struct failures f = { all, 0 };

	for (const struct failure *const *own = r->fails; own && *own; own++)
		may_fail(&f, *own);
	by_caller(r, &f);
	by_input(r, &f);
	by_rules(r, &f);
	qsort(all, f.n, sizeof(*all), by_status);
	return f.n;
}

size_t openapi_roles(unsigned access, const char *names[8])
{
	size_t n = 0;

	for (size_t i = 0; role_names[i]; i++)
		if (access >> i & 1)
			names[n++] = role_names[i];
	return n;
}

bool openapi_has(const struct route *r)
{
	str path = str_of(r->path);

	return !r->page && (str_starts(path, S("/api/v1/")) || str_eq(path, S("/healthz")) || str_eq(path, S("/readyz")));
}

/* ---- requests ---- */

uint64_t openapi_path_members(const struct route *r)
{
	uint64_t bits = 0;
	const char *p = r->path, *end;

	while (r->in && (p = strchr(p, '{')) && (end = strchr(p, '}'))) {
		const struct field *f = shape_field(r->in, (str){ p + 1, (size_t)(end - p - 1) });

		if (f)
			bits |= UINT64_C(1) << (f - r->in->fields);
		p = end;
	}
	return bits;
}

static void put_parameter(struct api *a, const struct field *f, const char *in, bool required)
{
	struct field plain = *f;

	plain.about = NULL;
	plain.kind = (uint8_t)shape_plain_kind(f->kind);       /* a query has no null: it is left out */
	put_open(a, NULL, '{');
	put_text(a, "name", f->name);
	put_text(a, "in", in);
	if (f->about)
		put_text(a, "description", f->about);
	if (required)
		put_true(a, "required");
	put_field(a, "schema", &plain, WAY_IN);
	put_close(a, '}');
}

static void put_header_parameter(struct api *a, const char *name)
{
	put_open(a, NULL, '{');
	put_str(a, "$ref", str_fmt(a->c->arena, "#/components/parameters/%s", name));
	put_close(a, '}');
}

static void put_parameters(struct api *a, const struct route *r, uint64_t in_path)
{
	bool query = r->method == GET || r->method == DELETE;

	put_open(a, "parameters", '[');
	for (size_t i = 0; r->in && i < r->in->n; i++) {
		const struct field *f = &r->in->fields[i];

		if (in_path >> i & 1)
			put_parameter(a, f, "path", true);
		else if (query && !f->read_only)
			put_parameter(a, f, "query", !f->optional && !shape_optional_kind(f->kind));
	}
	if (r->once != ONCE_NO)
		put_header_parameter(a, r->once == ONCE_TX ? "IdempotencyKeyOptional" : "IdempotencyKey");
	if (r->if_match)
		put_header_parameter(a, "IfMatch");
	if (route_may_match(r))
		put_header_parameter(a, "IfMatchOptional");
	if (r->stream)
		put_header_parameter(a, "LastEventId");
	put_header_parameter(a, "AcceptLanguage");
	put_close(a, ']');
}

static void put_media(struct api *a, const char *type, const struct route *r, enum way way, uint64_t in_path)
{
	put_open(a, type, '{');
	put_ref(a, "schema", way == WAY_OUT ? r->out : r->in, way, in_path);
	put_close(a, '}');
}

static void put_body(struct api *a, const struct route *r, uint64_t in_path)
{
	bool any = false, required = false, patch = r->method == PATCH;

	for (size_t i = 0; r->in && reads_body(r) && i < r->in->n; i++) {
		const struct field *f = &r->in->fields[i];

		if (f->read_only || (in_path >> i & 1))
			continue;
		any = true;
		required = required || (!patch && !f->optional && !shape_optional_kind(f->kind));
	}
	if (!any && !r->raw_body)
		return;
	put_open(a, "requestBody", '{');
	if (required || patch || r->raw_body)
		put_true(a, "required");
	put_open(a, "content", '{');
	if (r->raw_body) {
		put_raw(a, "application/json", "{\"schema\":{}}");
	} else {
		if (patch)
			put_media(a, "application/merge-patch+json", r, WAY_PATCH, in_path);
		put_media(a, "application/json", r, patch ? WAY_PATCH : WAY_IN, in_path);
	}
	put_close(a, '}');
	put_close(a, '}');
}

/* ---- answers ---- */

static const char *status_words(int status)
{
	switch (status) {
	case 200: return "OK.";
	case 201: return "Created.";
	case 202: return "Accepted; it is done later.";
	case 204: return "No content.";
	case 302:
	case 303: return "See other: `Location`.";
	case 400: return "The request can't be read.";
	case 401: return "Nobody is logged in.";
	case 403: return "The caller may not do this.";
	case 404: return "Unknown, or not the caller's: both look the same.";
	case 409: return "The state of things does not allow it.";
	case 412: return "Somebody else saved first.";
	case 413: return "Too large.";
	case 415: return "Of a type that is not accepted.";
	case 422: return "Readable, but wrong; `errors` names the members.";
	case 428: return "If-Match is missing.";
	case 429: return "Too many; Retry-After says when.";
	case 500: return "Internal error; it has been logged under the request id.";
	case 503: return "Busy, or the outcome is not known yet.";
	default: return "Not done.";
	}
}

static void put_success(struct api *a, const struct route *r)
{
	int status = r->status ? r->status : 200;

	put_open(a, str_z(a->c->arena, str_fmt(a->c->arena, "%d", status)), '{');
	put_text(a, "description", status_words(status));
	put_open(a, "headers", '{');
	put_raw(a, "X-Request-Id", "{\"$ref\":\"#/components/headers/RequestId\"}");
	if (r->out && shape_field(r->out, S("version")))
		put_raw(a, "ETag", "{\"$ref\":\"#/components/headers/ETag\"}");
	if (status == 303 || status == 302)
		put_raw(a, "Location", "{\"$ref\":\"#/components/headers/Location\"}");
	put_close(a, '}');
	if (r->stream) {
		put_raw(a, "content", "{\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}");
	} else if (r->out && status != 204) {
		put_open(a, "content", '{');
		put_media(a, "application/json", r, WAY_OUT, 0);
		put_close(a, '}');
	} else if (status == 200 || status == 201) {
		put_raw(a, "content", str_ends(str_of(r->path), S(".json")) ? "{\"application/json\":{\"schema\":{\"type\":\"object\"}}}"
			: "{\"*/*\":{\"schema\":{}}}");
	}
	put_close(a, '}');
}

/* The codes of one status, some[0..n). */
static void put_problem(struct api *a, const struct failure *const *some, size_t n)
{
	int status = some[0]->status;

	put_open(a, str_z(a->c->arena, str_fmt(a->c->arena, "%d", status)), '{');
	put_text(a, "description", status_words(status));
	put_open(a, "headers", '{');
	put_raw(a, "X-Request-Id", "{\"$ref\":\"#/components/headers/RequestId\"}");
	if (status == 429 || status == 503)
		put_raw(a, "Retry-After", "{\"$ref\":\"#/components/headers/RetryAfter\"}");
	put_close(a, '}');
	put_open(a, "content", '{');
	put_open(a, "application/problem+json", '{');
	put_open(a, "schema", '{');
	put_text(a, "$ref", "#/components/schemas/Problem");
	put_open(a, "properties", '{');
	put_open(a, "code", '{');
	put_open(a, "enum", '[');
	for (size_t i = 0; i < n; i++)
		put_text(a, NULL, some[i]->code);
	put_close(a, ']');
	for (int i = 0; i < 5; i++)
		put_close(a, '}');
	put_close(a, '}');
}

static void put_answers(struct api *a, const struct route *r)
{
	const struct failure *some[FAILURES_MAX];
	size_t n = openapi_failures(r, some), to;

	put_open(a, "responses", '{');
	put_success(a, r);
	for (size_t i = 0; i < n; i = to) {
		for (to = i + 1; to < n && some[to]->status == some[i]->status; to++)
			;
		put_problem(a, some + i, to - i);
	}
	put_close(a, '}');
}

/* ---- routes ---- */

static const char *tag_of(size_t i)
{
	const struct route *r = route_at(i);

	return r->tag ? r->tag : route_module(i);
}

/* get_courses_id: the method, and the path in letters. */
static str operation_id(struct ctx *c, const struct route *r)
{
	struct buf b = buf_in(c->arena);
	str path = str_of(r->path);

	buf_str(&b, str_lower(c->arena, str_of(method_names[r->method])));
	if (str_starts(path, S("/api/v1/")))
		path = str_after(path, 7);
	for (size_t i = 0; i < path.n; i++) {
		if (path.p[i] == '{' || path.p[i] == '}')
			continue;
		buf_char(&b, strchr("/-.", path.p[i]) ? '_' : path.p[i]);
	}
	return buf_text(&b);
}

static void put_security(struct api *a, const struct route *r)
{
	put_open(a, "security", '[');
	if (r->access == ANYONE)
		put_raw(a, NULL, "{}");
	if (r->no_caller) {
		put_close(a, ']');
		return;
	}
	put_raw(a, NULL, "{\"bearer\":[]}");
	put_raw(a, NULL, r->method == GET || r->no_csrf ? "{\"cookie\":[]}" : "{\"cookie\":[],\"csrf\":[]}");
	put_close(a, ']');
}

/* Of many at once: what the `code` of one result may be. */
static void put_item_codes(struct api *a, const struct route *r)
{
	if (!r->items_fail)
		return;
	put_open(a, "x-item-codes", '[');
	for (const struct failure *const *f = r->items_fail; *f; f++)
		put_text(a, NULL, (*f)->code);
	put_close(a, ']');
}

static void put_operation(struct api *a, size_t i)
{
	const struct route *r = route_at(i);
	const char *roles[8];
	size_t n = openapi_roles(r->access, roles);
	uint64_t in_path = openapi_path_members(r);

	put_open(a, str_z(a->c->arena, str_lower(a->c->arena, str_of(method_names[r->method]))), '{');
	put_str(a, "operationId", operation_id(a->c, r));
	put_open(a, "tags", '[');
	put_text(a, NULL, tag_of(i));
	put_close(a, ']');
	if (r->about)
		put_text(a, "summary", r->about);
	put_security(a, r);
	put_open(a, "x-roles", '[');
	for (size_t k = 0; k < n; k++)
		put_text(a, NULL, roles[k]);
	put_close(a, ']');
	put_item_codes(a, r);
	put_parameters(a, r, in_path);
	put_body(a, r, in_path);
	put_answers(a, r);
	put_close(a, '}');
}

static bool came_before(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (openapi_has(route_at(k)) && strcmp(route_at(k)->path, route_at(i)->path) == 0)
			return true;
	return false;
}

static void put_paths(struct api *a)
{
	size_t n = route_count();

	put_open(a, "paths", '{');
	for (size_t i = 0; i < n; i++) {
		if (!openapi_has(route_at(i)) || came_before(i))
			continue;
		put_open(a, route_at(i)->path, '{');
		for (size_t k = i; k < n; k++)
			if (openapi_has(route_at(k)) && strcmp(route_at(k)->path, route_at(i)->path) == 0)
				put_operation(a, k);
		put_close(a, '}');
	}
	put_close(a, '}');
}

static void put_tags(struct api *a)
{
	const char *seen[64];
	size_t n = 0;

	put_open(a, "tags", '[');
	for (size_t i = 0; i < route_count(); i++) {
		const char *tag = tag_of(i);
		bool known = !openapi_has(route_at(i)) || n == 64;

		for (size_t k = 0; k < n && !known; k++)
			known = strcmp(seen[k], tag) == 0;
		if (known)
			continue;
		seen[n++] = tag;
		put_open(a, NULL, '{');
		put_text(a, "name", tag);
		put_close(a, '}');
	}
	put_close(a, ']');
}

/* ---- what all routes share ---- */

static const char problem_schema[] =
	"{\"type\":\"object\",\"description\":\"RFC 9457. `code` is stable; the words are in the caller's language.\",\"properties\":{"
	"\"type\":{\"type\":\"string\",\"format\":\"uri-reference\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
	"\"code\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\","
	"\"properties\":{\"field\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}},"
	"\"required\":[\"field\",\"code\",\"message\"]}},\"request_id\":{\"type\":\"string\"}},"
	"\"required\":[\"type\",\"title\",\"status\",\"code\",\"request_id\"]}";

#define KEY_SCHEMA "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255}"
#define KEY_ABOUT "Your own name for this request: sent again with the same key it gets the stored answer. Kept for 24 hours."

const struct openapi_header openapi_headers[] = {
	{ "IdempotencyKey", "Idempotency-Key", KEY_SCHEMA, KEY_ABOUT, .required = true },
	{ "IdempotencyKeyOptional", "Idempotency-Key", KEY_SCHEMA, KEY_ABOUT },
	{ "IfMatch", "If-Match", "{\"type\":\"string\"}", "The ETag of the version that is edited.", .required = true },
	{ "IfMatchOptional", "If-Match", "{\"type\":\"string\"}", "The ETag of what was seen: nothing is done if it has changed since." },
	{ "LastEventId", "Last-Event-ID", "{\"type\":\"string\"}", "The id of the last event that was seen, when coming back." },
	{ "AcceptLanguage", "Accept-Language", "{\"type\":\"string\"}", "ko (unless said otherwise) or en: the language of messages." },
	{ NULL },
};

static void put_headers(struct api *a)
{
	put_open(a, "parameters", '{');
	for (const struct openapi_header *h = openapi_headers; h->id; h++) {
		put_open(a, h->id, '{');
		put_text(a, "name", h->name);
		put_text(a, "in", "header");
		if (h->required)
			put_true(a, "required");
		put_raw(a, "schema", h->schema);
		put_text(a, "description", h->about);
		put_close(a, '}');
	}
	put_close(a, '}');
}

static const char headers[] =
	"{\"RequestId\":{\"schema\":{\"type\":\"string\"},\"description\":\"Names this request in our logs.\"},"
	"\"ETag\":{\"schema\":{\"type\":\"string\"},\"description\":\"The version, for If-Match. Live numbers change without it, so there is no 304.\"},"
	"\"Location\":{\"schema\":{\"type\":\"string\"}},"
	"\"RetryAfter\":{\"schema\":{\"type\":\"integer\"},\"description\":\"Seconds.\"}}";

static const char schemes[] =
	"{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"The access token of auth/login.\"},"
	"\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-madang\",\"description\":\"The console's session.\"},"
	"\"csrf\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-CSRF-Token\",\"description\":\"With the cookie, for all methods "
	"but GET.\"}}";

static void put_head(struct api *a)
{
	const struct config *k = a->c->config;

	put_text(a, "openapi", "3.1.0");
	put_open(a, "info", '{');
	put_text(a, "title", "Madang");
	put_text(a, "version", MADANG_VERSION);
	put_text(a, "description",
		 "Courses, fair queues with timed holds, card payment, cancellation and refunds, and what happens, live. Money is KRW, a whole number; moments are RFC 3339 in UTC. "
		 "Errors are problem documents (RFC 9457) with a stable `code`. Lists are paged by cursor: pass `next_cursor` on as "
		 "`cursor`, with the same filters; a list without `limit` and `cursor` is given whole. Members that are not listed are refused: "
		 "in the query where that is read (GET, DELETE), in the body elsewhere.");
	put_close(a, '}');
	put_open(a, "servers", '[');
	put_open(a, NULL, '{');
	put_text(a, "url", k && k->base_url && *k->base_url ? k->base_url : "/");
	put_close(a, '}');
	put_close(a, ']');
}

static void put_components(struct api *a)
{
	put_open(a, "components", '{');
	put_open(a, "schemas", '{');
	put_raw(a, "Problem", problem_schema);
	put_parts(a);
	put_close(a, '}');
	put_headers(a);
	put_raw(a, "headers", headers);
	put_raw(a, "securitySchemes", schemes);
	put_close(a, '}');
}

str openapi_document(struct ctx *c)
{
	struct api *a = arena_new_of(c->arena, struct api);

	a->c = c;
	a->b = buf_in(c->arena);
	for (size_t i = 0; i < route_count(); i++)      /* what goes out has the first choice of names */
		if (openapi_has(route_at(i)) && route_at(i)->out)
			part_of(a, route_at(i)->out, WAY_OUT, 0);
	buf_char(&a->b, '{');
	put_head(a);
	put_tags(a);
	put_paths(a);
	put_components(a);
	buf_char(&a->b, '}');
	return buf_text(&a->b);
}
