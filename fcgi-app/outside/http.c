#include "outside/http.h"

#include <string.h>

#include "core/buf.h"
#include "outside/curl_handle.h"

/* What the callbacks of one call write to. They run inside curl, so they never fault; they return errors. */
struct hearing {
	struct buf body;
	bool asked;
	bool too_large;
};

static size_t hear_body(char *p, size_t size, size_t n, void *arg)
{
	struct hearing *h = arg;

	n *= size;
	if (h->body.n + n > HTTP_ANSWER_MAX) {
		h->too_large = true;
		return 0;
	}
	buf_add(&h->body, p, n);
	return n;
}

/* Called when a connection stands (TLS included) and the request is about to leave, again if curl repeats it. */
static int hear_asking(void *arg, char *to_ip, char *from_ip, int to_port, int from_port)
{
	struct hearing *h = arg;

	(void)to_ip, (void)from_ip, (void)to_port, (void)from_port;
	h->asked = true;
	return CURL_PREREQFUNC_OK;
}

static bool one_line(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return false;
	return true;
}

static struct curl_slist *add_header(struct curl_slist *to, const char *line)
{
	struct curl_slist *more = to ? curl_slist_append(to, line) : NULL;

	if (to && !more)
		curl_slist_free_all(to);
	return more;
}

/* NULL: a header is not acceptable, or no memory. */
static struct curl_slist *make_headers(struct ctx *c, const struct http_pair *h)
{
	struct curl_slist *to = curl_slist_append(NULL, "Expect:");     /* no waiting for a 100 */

	for (size_t n = 0; to && h && h->name; h++, n++) {
		if (n == HTTP_HEADERS_MAX || !one_line(h->value)) {
			curl_slist_free_all(to);
			return NULL;
		}
		/* "Name;" is how curl wants a header without a value */
		to = add_header(to, str_fmt(c->arena, h->value.n ? "%s: %.*s%c" : "%s;%.*s%c", h->name, STR(h->value), 0).p);
	}
	return to;
}

static void set_body(CURL *h, const struct http_call *call)
{
	bool with_body = call->body.n > 0 || strcmp(call->method, "POST") == 0 || strcmp(call->method, "PUT") == 0 ||
		strcmp(call->method, "PATCH") == 0;

	if (with_body) {
		curl_easy_setopt(h, CURLOPT_POST, 1L);
		curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, call->body.n ? call->body.p : "");
	}
	if (strcmp(call->method, "HEAD") == 0)
		curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, call->method);
}

static void set_options(CURL *h, const struct http_call *call, const char *url, struct hearing *hearing)
{
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(call->timeout_ms > 0 ? call->timeout_ms : 10000));
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, hear_body);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, hearing);
	curl_easy_setopt(h, CURLOPT_PREREQFUNCTION, hear_asking);
	curl_easy_setopt(h, CURLOPT_PREREQDATA, hearing);
	if (call->unix_socket)
		curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, call->unix_socket);
	if (call->any_certificate) {
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	set_body(h, call);
}

static void read_answer(struct ctx *c, CURL *h, const struct hearing *hearing, struct http_answer *a)
{
	long status = 0;
	curl_off_t wait = 0;
	const char *type = NULL;

	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_RETRY_AFTER, &wait);
	curl_easy_getinfo(h, CURLINFO_CONTENT_TYPE, &type);
	a->status = (int)status;
	a->retry_after = wait;
	a->content_type = str_dup(c->arena, str_of(type));
	a->body = buf_text(&hearing->body);
}

struct http_answer http_send(struct ctx *c, const struct http_call *call)
{
	struct hearing hearing = { .body = buf_in(c->arena) };
	struct http_answer a = { .error = "the call is not acceptable" };
	int64_t began = clock_us();
	CURL *h = curl_handle(c);
	struct curl_slist *headers;
	CURLcode code;

	if (!one_line(call->url) || !one_line(str_of(call->method)) || !(headers = make_headers(c, call->headers)))
		return a;
	set_options(h, call, str_z(c->arena, call->url), &hearing);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	code = curl_easy_perform(h);
	curl_slist_free_all(headers);
	a.sent = hearing.asked;
	a.us = clock_us() - began;
	a.error = NULL;
	if (code == CURLE_OK)
		read_answer(c, h, &hearing, &a);
	else
		a.error = hearing.too_large ? "the answer is too large" : curl_easy_strerror(code);
	return a;
}
