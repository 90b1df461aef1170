#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

bool wire_address(const char *text, struct sockaddr_in *a)
{
	char host[64];
	int port;

	*a = (struct sockaddr_in){ .sin_family = AF_INET };
	if (sscanf(text, "%63[^:]:%d", host, &port) != 2 || inet_pton(AF_INET, host, &a->sin_addr) != 1)
		return false;
	a->sin_port = htons((uint16_t)port);
	return true;
}

/* A ticket has come. OpenSSL spoils the session of a connection that breaks, so what is kept is a copy, as browsers do. */
static int keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct wire *w = SSL_get_app_data(ssl);

	SSL_SESSION_free(w->session);
	w->session = SSL_SESSION_dup(session);
	return 0;
}

/* The other side is this machine with a certificate of its own making; it is not what is measured here. */
SSL_CTX *wire_context(void)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	if (!c)
		abort();
	SSL_CTX_set_verify(c, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c, keep_session);
	return c;
}

int wire_connect(struct wire *w, SSL_CTX *context, const struct sockaddr_in *to, int epoll_fd, void *data)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = data };
	int one = 1;

	w->open = false;
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		return WIRE_BROKEN;
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	w->ssl = SSL_new(context);
	if (!w->ssl)
		abort();
	SSL_set_app_data(w->ssl, w);
	SSL_set_fd(w->ssl, w->fd);
	SSL_set_connect_state(w->ssl);
	if (w->session)
		SSL_set_session(w->ssl, w->session);
	if ((connect(w->fd, (const struct sockaddr *)to, sizeof(*to)) < 0 && errno != EINPROGRESS) ||
	    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, w->fd, &e) < 0) {
		wire_close(w);
		return WIRE_BROKEN;
	}
	return WIRE_WAIT;
}

static int after(struct wire *w, int result)
{
	int why = SSL_get_error(w->ssl, result);

	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? WIRE_WAIT : WIRE_BROKEN;
}

int wire_shake(struct wire *w)
{
	int got;

	if (w->open)
		return 1;
	errno = 0;
	got = SSL_do_handshake(w->ssl);
	if (got == 1) {
		w->open = true;
		return 1;
	}
	/* Before the TCP connection stands, the socket says so by ENOTCONN. */
	if (SSL_get_error(w->ssl, got) == SSL_ERROR_SYSCALL && (errno == ENOTCONN || errno == EAGAIN))
		return WIRE_WAIT;
	return after(w, got);
}

ssize_t wire_read(struct wire *w, void *to, size_t n)
{
	int got = SSL_read(w->ssl, to, (int)n);

	return got > 0 ? got : after(w, got);
}

ssize_t wire_write(struct wire *w, const void *from, size_t n)
{
	int got = SSL_write(w->ssl, from, (int)n);

	return got > 0 ? got : after(w, got);
}

void wire_close(struct wire *w)
{
	if (w->fd < 0)
		return;
	SSL_free(w->ssl);
	close(w->fd);
	w->fd = -1;
	w->ssl = NULL;
	w->open = false;
}

/* ---- answers ---- */

enum phase { SIZE, EXTENSION, DATA, DATA_END, TRAILER, TRAILER_LINE };

void http_begin(struct http_in *h)
{
	h->head_n = 0;
	h->status = 0;
	h->done = h->closes = h->chunked = false;
	h->left = 0;
	h->phase = SIZE;
}

static const char *value_of(const struct http_in *h, const char *name)
{
	const char *p = h->head, *end = h->head + h->head_n;
	size_t n = strlen(name);

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		if ((size_t)(end - p) > n && strncasecmp(p, name, n) == 0 && p[n] == ':') {
			p += n + 1;
			while (p < end && *p == ' ')
				p++;
			return p;
		}
	}
	return NULL;
}

bool http_says(const struct http_in *h, const char *name, const char *value)
{
	const char *p = value_of(h, name);

	return p && strncasecmp(p, value, strlen(value)) == 0;
}

static bool read_head(struct http_in *h)
{
	const char *length;

	if (h->head_n < 12 || memcmp(h->head, "HTTP/1.", 7) != 0)
		return false;
	h->status = atoi(h->head + 9);
	length = value_of(h, "content-length");
	h->chunked = http_says(h, "transfer-encoding", "chunked");
	h->closes = http_says(h, "connection", "close");
	if (h->chunked || h->status == 204 || h->status == 304)
		h->left = 0;
	else
		h->left = length ? strtoll(length, NULL, 10) : -1;
	h->done = !h->chunked && h->left == 0;
	return h->status >= 100;
}

/* The head, with what belongs to it of these bytes. */
static ssize_t take_head(struct http_in *h, const char *p, size_t n)
{
	size_t before = h->head_n, room = HTTP_HEAD_MAX - 1 - h->head_n, more = n < room ? n : room;
	char *end;

	memcpy(h->head + h->head_n, p, more);
	h->head_n += more;
	end = memmem(h->head, h->head_n, "\r\n\r\n", 4);
	if (!end)
		return h->head_n == HTTP_HEAD_MAX - 1 ? -1 : (ssize_t)more;
	h->head_n = (size_t)(end - h->head) + 4;
	h->head[h->head_n] = '\0';
	return read_head(h) ? (ssize_t)(h->head_n - before) : -1;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One letter of what stands between the chunks. */
static bool take_frame(struct http_in *h, char c)
{
	switch ((enum phase)h->phase) {
	case SIZE:
		if (hex_digit(c) >= 0) {
			h->left = h->left * 16 + hex_digit(c);
			return h->left < INT32_MAX;
		}
		h->phase = c == '\n' ? (h->left ? DATA : TRAILER) : EXTENSION;
		return true;
	case EXTENSION:
		if (c == '\n')
			h->phase = h->left ? DATA : TRAILER;
		return true;
	case DATA_END:
		if (c == '\n')
			h->phase = SIZE;
		return c == '\n' || c == '\r';
	case TRAILER:
		h->done = c == '\n';
		if (c != '\n' && c != '\r')
			h->phase = TRAILER_LINE;
		return true;
	case TRAILER_LINE:
		if (c == '\n')
			h->phase = TRAILER;
		return true;
	default:
		return false;
	}
}

static size_t take_data(struct http_in *h, const char *p, size_t n, void (*body)(void *, const char *, size_t), void *arg)
{
	size_t now = h->left >= 0 && (size_t)h->left < n ? (size_t)h->left : n;

	if (body)
		body(arg, p, now);
	if (h->left > 0)
		h->left -= (int64_t)now;
	return now;
}

ssize_t http_take(struct http_in *h, const char *p, size_t n, void (*body)(void *, const char *, size_t), void *arg)
{
	size_t at = 0;

	if (h->status == 0) {
		ssize_t took = take_head(h, p, n);

		if (took < 0)
			return -1;
		at = (size_t)took;
		if (h->status == 0)
			return took;
	}
	while (at < n && !h->done) {
		if (!h->chunked) {
			at += take_data(h, p + at, n - at, body, arg);
			h->done = h->left == 0;
		} else if (h->phase == DATA) {
			at += take_data(h, p + at, n - at, body, arg);
			if (h->left == 0)
				h->phase = DATA_END;
		} else if (!take_frame(h, p[at++])) {
			return -1;
		}
	}
	return (ssize_t)at;
}
