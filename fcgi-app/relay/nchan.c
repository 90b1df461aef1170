#include "relay/nchan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/log.h"

/* At most so many requests are on their way at once, so that neither side's socket buffer fills while it writes. */
enum { IN_FLIGHT = 50, ANSWERS = 32 * 1024, TIMEOUT_S = 2 };

void nchan_close(struct nchan *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

static bool connected(struct ctx *c, struct nchan *n)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval timeout = { TIMEOUT_S, 0 };

	if (n->fd >= 0)
		return true;
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", c->config->nchan_pub_socket);
	n->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (n->fd < 0)
		return false;
	setsockopt(n->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(n->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	if (connect(n->fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return true;
	nchan_close(n);
	return false;
}

static bool send_all(int fd, str text)
{
	while (text.n) {
		ssize_t sent = send(fd, text.p, text.n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		text = str_after(text, (size_t)sent);
	}
	return true;
}

static void write_request(struct buf *b, const struct nchan_message *m)
{
	if (m->end) {
		buf_fmt(b, "DELETE /pub/%.*s HTTP/1.1\r\nHost: nchan\r\n\r\n", STR(m->channel));
		return;
	}
	buf_fmt(b, "POST /pub/%.*s HTTP/1.1\r\nHost: nchan\r\nContent-Type: text/plain\r\nX-EventSource-Event: %.*s\r\nContent-Length: %zu\r\n\r\n",
		STR(m->channel), STR(m->event), m->text.n);
	buf_str(b, m->text);
}

/* One answer at the front of the text: its status and length. 0: not all of it is there yet; -1: not HTTP. */
static ssize_t answer_length(str text, int *status)
{
	size_t head, at;
	int64_t body = 0;
	str rest;

	if (!str_find(text, S("\r\n\r\n"), &head))
		return text.n > 8192 ? -1 : 0;
	if (head < 12 || !str_starts(text, S("HTTP/1.1 ")) || sscanf(text.p + 9, "%3d", status) != 1)
		return -1;
	if (str_find((str){ text.p, head }, S("\r\nContent-Length: "), &at)) {
		rest = (str){ text.p + at + 18, head - at - 18 };
		for (size_t i = 0; i < rest.n && rest.p[i] >= '0' && rest.p[i] <= '9'; i++)
			body = body * 10 + (rest.p[i] - '0');
	}
	return text.n >= head + 4 + (size_t)body ? (ssize_t)(head + 4 + (size_t)body) : 0;
}

/* A channel that is not there has ended as well. */
static bool is_taken(const struct nchan_message *m, int status)
{
	return m->end ? status == 200 || status == 404 : status == 201 || status == 202;
}

/* Counts what was taken; stops at the first that was not. false: the connection is of no use any more. */
static bool take_answers(struct ctx *c, struct nchan *n, const struct nchan_message *m, size_t wanted, size_t *taken)
{
	char room[ANSWERS];
	size_t have = 0;

	while (*taken < wanted) {
		int status = 0;
		ssize_t length = answer_length((str){ room, have }, &status), got;

		if (length < 0)
			return false;
		if (length > 0) {
			if (status == 413)
				log_line(c, LOG_ERROR, "event too large to push", "channel", m[*taken].channel, "type", m[*taken].event);
			else if (!is_taken(&m[*taken], status))
				return false;
			memmove(room, room + length, have - (size_t)length);
			have -= (size_t)length;
			++*taken;
			continue;
		}
		if (have == sizeof(room))
			return false;
		got = recv(n->fd, room + have, sizeof(room) - have, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return have == 0;
}

/* How many go out together: of a channel at most one. If nchan refuses a message (507: its memory is full) and takes those
 * behind it, none of them may belong to the same channel, or its readers would believe that they have seen both. */
static size_t wave_of(const struct nchan_message *m, size_t n)
{
	size_t count = 0;

	for (; count < n && count < IN_FLIGHT; count++)
		for (size_t i = 0; i < count; i++)
			if (str_eq(m[i].channel, m[count].channel))
				return count;
	return count;
}

size_t nchan_publish(struct ctx *c, struct nchan *n, const struct nchan_message *m, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t wave = wave_of(m + done, count - done), taken = 0;
		struct buf b = buf_in(c->arena);
		bool good;

		if (!connected(c, n))
			return done;
		for (size_t i = 0; i < wave; i++)
			write_request(&b, &m[done + i]);
		good = send_all(n->fd, buf_text(&b)) && take_answers(c, n, m + done, wave, &taken);
		done += taken;
		if (!good) {
			nchan_close(n);
			return done;
		}
	}
	return done;
}
