/* sandbox/mailbox.c -- a mail server for machines that have none: every mail becomes a file.
 *
 *	madang mailbox PORT DIRECTORY
 *
 * It speaks as much of RFC 5321 as a sender needs (with PIPELINING, SIZE and 8BITMIME), on loopback only. An accepted
 * mail stands in DIRECTORY as <microseconds>-<number>.eml, on the disk and under its final name, before its sender
 * hears "250": so a mail is there if and only if its sender knows it. Names sort by the time of arrival. Above the
 * mail's own header stand Return-Path and one Delivered-To for each recipient of the envelope. Each
 * recipient has a folder with links to their mails (mailbox.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "sandbox/mailbox.h"

enum {
	CALLERS_MAX = 64,
	LINE_MAX_BYTES = 8192,          /* of a mail; commands are shorter still */
	REPLIES_MAX = 32768,
	RECIPIENTS_MAX = 100,
	ADDRESS_MAX = 320,
	MAIL_MAX = 10 << 20,
	IDLE_SECONDS = 300
};

struct mail {
	char from[ADDRESS_MAX];
	char to[RECIPIENTS_MAX][ADDRESS_MAX];
	int n_to;
	bool begun;                     /* MAIL was accepted */
	char *text;
	size_t size, room;
	bool too_large;
};

struct caller {
	int fd;                         /* -1: nobody */
	time_t last_heard;
	bool greeted, in_data, leaving;
	bool discarding;                /* the rest of a line that is too long */
	char in[LINE_MAX_BYTES];
	size_t n_in;
	char out[REPLIES_MAX];
	size_t n_out;
	struct mail mail;
};

struct mailbox {
	const char *dir;
	int dir_fd;
	unsigned number;
	struct caller caller[CALLERS_MAX];
};

static void say(struct caller *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Who does not read his answers is dropped. */
static void say(struct caller *c, const char *format, ...)
{
	size_t room = sizeof(c->out) - c->n_out;
	va_list values;
	int n;

	va_start(values, format);
	n = vsnprintf(c->out + c->n_out, room, format, values);
	va_end(values);
	if (n < 0 || (size_t)n + 2 >= room) {
		c->leaving = true;
		return;
	}
	c->n_out += (size_t)n;
	memcpy(c->out + c->n_out, "\r\n", 2);
	c->n_out += 2;
}

/* ---- the mail ---- */

static void forget_mail(struct mail *m)
{
	free(m->text);
	memset(m, 0, sizeof(*m));
}

static void append(struct mail *m, const char *p, size_t n)
{
	if (m->too_large || m->size + n > MAIL_MAX) {
		m->too_large = true;
		return;
	}
	if (m->size + n > m->room) {
		size_t room = (m->size + n) * 2;
		char *grown = realloc(m->text, room);

		if (!grown) {
			m->too_large = true;
			return;
		}
		m->text = grown;
		m->room = room;
	}
	memcpy(m->text + m->size, p, n);
	m->size += n;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static bool write_mail(int fd, const struct mail *m)
{
	bool ok = dprintf(fd, "Return-Path: <%s>\r\n", m->from) > 0;

	for (int i = 0; i < m->n_to; i++)
		ok = ok && dprintf(fd, "Delivered-To: %s\r\n", m->to[i]) > 0;
	return ok && write_all(fd, m->text, m->size) && fsync(fd) == 0;
}

/* Files the mail with each recipient. Twice the same one: the link is there already. */
static bool link_mail(struct mailbox *box, const struct mail *m, const char *tmp, const char *name)
{
	char folder[MAIL_FOLDER_NAME], path[96];

	for (int i = 0; i < m->n_to; i++) {
		mail_folder(m->to[i], strlen(m->to[i]), folder);
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		if (mkdirat(box->dir_fd, folder, 0700) < 0 && errno != EEXIST)
			return false;
		if (linkat(box->dir_fd, tmp, box->dir_fd, path, 0) < 0 && errno != EEXIST)
			return false;
	}
	return true;
}

/* The file under its final name is complete and on the disk, or there is none. */
static bool keep_mail(struct mailbox *box, const struct mail *m, char name[64])
{
	struct timespec t;
	char tmp[72];
	bool ok;
	int fd;

	clock_gettime(CLOCK_REALTIME, &t);
	snprintf(name, 64, "%lld%06ld-%06u.eml", (long long)t.tv_sec, t.tv_nsec / 1000, box->number++ % 1000000);
	snprintf(tmp, sizeof(tmp), ".%s.tmp", name);
	fd = openat(box->dir_fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	ok = write_mail(fd, m);
	ok = close(fd) == 0 && ok;
	ok = ok && link_mail(box, m, tmp, name);
	ok = ok && renameat(box->dir_fd, tmp, box->dir_fd, name) == 0 && fsync(box->dir_fd) == 0;
	if (!ok)
		unlinkat(box->dir_fd, tmp, 0);
	return ok;
}

/* ---- commands ---- */

/* Takes "FROM:<a@b> PARAMETERS" apart. False if it does not look so, or the address holds what a header may not. */
static bool read_path(const char *arg, const char *word, char address[ADDRESS_MAX], const char **parameters)
{
	const char *end;
	size_t n;

	if (strncasecmp(arg, word, strlen(word)) != 0)
		return false;
	arg += strlen(word);
	arg += strspn(arg, " ");
	if (*arg != '<' || !(end = strchr(arg, '>')))
		return false;
	n = (size_t)(end - arg) - 1;
	if (n >= ADDRESS_MAX)
		return false;
	memcpy(address, arg + 1, n);
	address[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)address[i] <= ' ' || address[i] == 127 || address[i] == '<')
			return false;
	*parameters = end + 1;
	return true;
}

static void hear_mail(struct caller *c, const char *arg)
{
	char address[ADDRESS_MAX];
	const char *parameters, *size;

	if (!c->greeted || c->mail.begun) {
		say(c, "503 5.5.1 not now");
	} else if (!read_path(arg, "FROM:", address, &parameters)) {
		say(c, "501 5.5.4 MAIL FROM:<address>");
	} else if ((size = strcasestr(parameters, "SIZE=")) && strtoll(size + 5, NULL, 10) > MAIL_MAX) {
		say(c, "552 5.3.4 larger than %d bytes", MAIL_MAX);
	} else {
		memcpy(c->mail.from, address, sizeof(address));
		c->mail.begun = true;
		say(c, "250 2.1.0 ok");
	}
}

static void hear_rcpt(struct caller *c, const char *arg)
{
	char address[ADDRESS_MAX];
	const char *parameters;

	if (!c->mail.begun) {
		say(c, "503 5.5.1 MAIL comes first");
	} else if (!read_path(arg, "TO:", address, &parameters) || !strchr(address, '@')) {
		say(c, "501 5.5.4 RCPT TO:<address>");
	} else if (c->mail.n_to == RECIPIENTS_MAX) {
		say(c, "452 4.5.3 no more recipients");
	} else {
		memcpy(c->mail.to[c->mail.n_to++], address, sizeof(address));
		say(c, "250 2.1.5 ok");
	}
}

static void hear_data(struct caller *c)
{
	if (c->mail.n_to == 0) {
		say(c, "503 5.5.1 no recipients");
		return;
	}
	c->in_data = true;
	say(c, "354 end with a line that holds only a dot");
}

static void hear_hello(struct caller *c, bool extended)
{
	forget_mail(&c->mail);
	c->greeted = true;
	if (!extended) {
		say(c, "250 localhost");
		return;
	}
	say(c, "250-localhost");
	say(c, "250-PIPELINING");
	say(c, "250-SIZE %d", MAIL_MAX);
	say(c, "250-8BITMIME");
	say(c, "250-SMTPUTF8");
	say(c, "250 ENHANCEDSTATUSCODES");
}

static void hear_command(struct caller *c, char *line)
{
	size_t n = strcspn(line, " ");
	const char *arg = line + n + strspn(line + n, " ");

	line[n] = '\0';
	if (strcasecmp(line, "EHLO") == 0 || strcasecmp(line, "HELO") == 0) {
		hear_hello(c, strcasecmp(line, "EHLO") == 0);
	} else if (strcasecmp(line, "MAIL") == 0) {
		hear_mail(c, arg);
	} else if (strcasecmp(line, "RCPT") == 0) {
		hear_rcpt(c, arg);
	} else if (strcasecmp(line, "DATA") == 0) {
		hear_data(c);
	} else if (strcasecmp(line, "RSET") == 0) {
		forget_mail(&c->mail);
		say(c, "250 2.0.0 forgotten");
	} else if (strcasecmp(line, "NOOP") == 0) {
		say(c, "250 2.0.0 ok");
	} else if (strcasecmp(line, "VRFY") == 0) {
		say(c, "252 2.5.0 send it and see");
	} else if (strcasecmp(line, "QUIT") == 0) {
		say(c, "221 2.0.0 bye");
		c->leaving = true;
	} else {
		say(c, "500 5.5.2 unknown command");
	}
}

static void end_of_data(struct mailbox *box, struct caller *c)
{
	char name[64];

	c->in_data = false;
	if (c->mail.too_large)
		say(c, "552 5.3.4 larger than %d bytes", MAIL_MAX);
	else if (keep_mail(box, &c->mail, name))
		say(c, "250 2.0.0 kept as %s", name);
	else
		say(c, "451 4.3.0 can't be kept: %s", strerror(errno));
	forget_mail(&c->mail);
}

/* ---- lines ---- */

/* A line of a mail ends with CR LF only: a lone LF is part of it, so that no mail can hold the end of another. */
static char *end_of_line(struct caller *c, size_t from)
{
	char *at = c->in + from;
	char *end = c->in + c->n_in;

	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		if (!c->in_data || (at > c->in + from && at[-1] == '\r'))
			return at;
		at++;
	}
	return NULL;
}

static void hear_line(struct mailbox *box, struct caller *c, char *line, size_t n)
{
	if (c->in_data) {
		if (n == 3 && line[0] == '.' && !c->discarding)
			end_of_data(box, c);
		else if (line[0] == '.' && !c->discarding)
			append(&c->mail, line + 1, n - 1);
		else
			append(&c->mail, line, n);
		c->discarding = false;
		return;
	}
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	line[n] = '\0';
	if (c->discarding)
		say(c, "500 5.5.2 line too long");
	else
		hear_command(c, line);
	c->discarding = false;
}

/* A piece of a line that fills the buffer: of a mail it is kept, of a command it is thrown away. */
static void hear_piece(struct caller *c)
{
	size_t keep = c->in[c->n_in - 1] == '\r' ? 1 : 0;
	size_t dot = c->in_data && !c->discarding && c->in[0] == '.' ? 1 : 0;

	if (c->in_data)
		append(&c->mail, c->in + dot, c->n_in - keep - dot);
	c->discarding = true;
	c->in[0] = '\r';
	c->n_in = keep;
}

static void hear(struct mailbox *box, struct caller *c)
{
	size_t from = 0;
	char *end;

	while (!c->leaving && (end = end_of_line(c, from))) {
		size_t n = (size_t)(end - c->in) + 1 - from;

		hear_line(box, c, c->in + from, n);
		from += n;
	}
	memmove(c->in, c->in + from, c->n_in - from);
	c->n_in -= from;
	if (c->n_in == sizeof(c->in))
		hear_piece(c);
}

/* ---- connections ---- */

static void hang_up(struct caller *c)
{
	close(c->fd);
	forget_mail(&c->mail);
	memset(c, 0, sizeof(*c));
	c->fd = -1;
}

static void answer(struct caller *c)
{
	ssize_t n = send(c->fd, c->out, c->n_out, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		c->leaving = true;
		c->n_out = 0;
	} else if (n > 0) {
		c->n_out -= (size_t)n;
		memmove(c->out, c->out + n, c->n_out);
	}
}

static void serve(struct mailbox *box, struct caller *c, short events)
{
	ssize_t n;

	c->last_heard = time(NULL);
	if (!(events & POLLOUT)) {
		n = recv(c->fd, c->in + c->n_in, sizeof(c->in) - c->n_in, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
			hang_up(c);
			return;
		}
		if (n > 0) {
			c->n_in += (size_t)n;
			hear(box, c);
		}
	}
	if (c->n_out > 0)
		answer(c);
	if (c->leaving && c->n_out == 0)
		hang_up(c);
}

static void welcome(struct mailbox *box, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (int i = 0; i < CALLERS_MAX; i++) {
		struct caller *c = &box->caller[i];

		if (c->fd >= 0)
			continue;
		c->fd = fd;
		c->last_heard = time(NULL);
		say(c, "220 localhost ESMTP mailbox");
		answer(c);
		return;
	}
	send(fd, "421 4.3.2 too many callers\r\n", 28, MSG_NOSIGNAL);
	close(fd);
}

static void run(struct mailbox *box, int listener)
{
	for (;;) {
		struct pollfd fds[CALLERS_MAX + 1] = { { .fd = listener, .events = POLLIN } };
		time_t now;

		for (int i = 0; i < CALLERS_MAX; i++) {
			fds[i + 1].fd = box->caller[i].fd;
			fds[i + 1].events = box->caller[i].n_out > 0 ? POLLOUT : POLLIN;
		}
		poll(fds, CALLERS_MAX + 1, 10000);
		now = time(NULL);
		for (int i = 0; i < CALLERS_MAX; i++) {
			struct caller *c = &box->caller[i];

			if (c->fd >= 0 && fds[i + 1].revents)
				serve(box, c, fds[i + 1].revents);
			else if (c->fd >= 0 && now - c->last_heard > IDLE_SECONDS)
				hang_up(c);
		}
		if (fds[0].revents)
			welcome(box, listener);
	}
}

static int listen_on(const char *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 128) < 0)
		return -1;
	return fd;
}

int mailbox_command(int argc, char **argv)
{
	static struct mailbox box;
	int listener;

	if (argc != 3) {
		fprintf(stderr, "usage: madang mailbox PORT DIRECTORY\n");
		return 2;
	}
	box.dir = argv[2];
	box.dir_fd = open(box.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (box.dir_fd < 0) {
		perror(box.dir);
		return 1;
	}
	for (int i = 0; i < CALLERS_MAX; i++)
		box.caller[i].fd = -1;
	listener = listen_on(argv[1]);
	if (listener < 0) {
		perror("madang mailbox");
		return 1;
	}
	run(&box, listener);
	return 0;
}
