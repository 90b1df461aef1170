#include "outside/mail.h"

#include <string.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/log.h"
#include "core/metrics.h"
#include "outside/curl_handle.h"

enum { MAIL_SECONDS = 30, ENCODED_WORD_BYTES = 45 };

/* ---- what may stand in a header ---- */

static bool letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool only(str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!letter_or_digit(s.p[i]) && (!s.p[i] || !strchr(others, s.p[i])))
			return false;
	return s.n > 0;
}

bool mail_address_ok(str s)
{
	str local, domain;

	if (s.n > 254 || !str_split(s, '@', &local, &domain))
		return false;
	return local.n <= 64 && only(local, "!#$%&'*+-/=?^_`{|}~.") && only(domain, "-.") && domain.p[0] != '-' &&
		domain.p[0] != '.' && !str_ends(domain, S("."));
}

static bool message_id_ok(str s)
{
	return s.n <= 250 && only(s, ".-_+=@") && str_find(s, S("@"), &(size_t){ 0 });
}

/* Printable ASCII that no reader takes for an encoded word. */
static bool plain(str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return !str_find(s, S("=?"), &(size_t){ 0 });
}

/* The length of the first whole characters that fit into `room` bytes; broken UTF-8 is cut where it falls. */
static size_t whole_characters(str s, size_t room)
{
	size_t n = room;

	if (s.n <= room)
		return s.n;
	while (n > room - 4 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n > room - 4 ? n : room;
}

/* Text as a header's value: as it stands if it is short and plain, else in encoded words (RFC 2047), one per line. */
static void add_words(struct ctx *c, struct buf *b, str text)
{
	str s = str_one_line(c->arena, text);

	if (s.n <= 60 && plain(s)) {
		buf_str(b, s);
		return;
	}
	while (s.n > 0) {
		size_t n = whole_characters(s, ENCODED_WORD_BYTES);

		buf_lit(b, "=?UTF-8?B?");
		buf_str(b, str_base64(c->arena, s.p, n));
		buf_lit(b, "?=");
		s = str_after(s, n);
		if (s.n > 0)
			buf_lit(b, "\r\n ");
	}
}

/* A name before an address: in quotes if it is plain, encoded if not. */
static void add_mailbox(struct ctx *c, struct buf *b, str name, str address)
{
	bool quoted = name.n <= 60 && plain(name) && !str_find(name, S("\""), &(size_t){ 0 }) &&
		!str_find(name, S("\\"), &(size_t){ 0 });

	if (name.n && quoted)
		buf_fmt(b, "\"%.*s\" ", STR(name));
	else if (name.n) {
		/* an encoded word may not stand in quotes; a plain name with quotes in it is made not plain */
		struct buf words = buf_in(c->arena);

		if (plain(name) && name.n <= 60)
			buf_fmt(&words, "=?UTF-8?B?%.*s?=", STR(str_base64(c->arena, name.p, name.n)));
		else
			add_words(c, &words, name);
		buf_str(b, buf_text(&words));
		buf_lit(b, "\r\n ");
	}
	buf_fmt(b, "<%.*s>\r\n", STR(address));
}

/* "마당 <no-reply@madang.example>" or a bare address. */
static bool split_sender(str from, str *name, str *address)
{
	str rest;

	if (str_split(from, '<', name, &rest)) {
		*name = str_trim(*name);
		str_split(rest, '>', address, &rest);
	} else {
		*name = S("");
		*address = str_trim(from);
	}
	return mail_address_ok(*address);
}

/* ---- the message ---- */

static void add_date(struct buf *b, when at)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
		"Dec" };
	struct clock_face f = when_in_seoul(at);

	buf_fmt(b, "Date: %s, %d %s %04d %02d:%02d:%02d +0900\r\n", days[f.weekday], (int)f.day, months[f.month - 1],
		(int)f.year, (int)f.hour, (int)f.minute, (int)f.second);
}

/* Base64 in lines of 76, of the text with CR LF at its line ends. */
static void add_part(struct ctx *c, struct buf *b, const char *type, str text)
{
	struct buf lines = buf_in(c->arena);
	str s;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n' && (i == 0 || text.p[i - 1] != '\r'))
			buf_char(&lines, '\r');
		buf_char(&lines, text.p[i]);
	}
	s = str_base64(c->arena, lines.p, lines.n);
	buf_fmt(b, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
	for (size_t n; s.n > 0; s = str_after(s, n)) {
		n = s.n < 76 ? s.n : 76;
		buf_add(b, s.p, n);
		buf_lit(b, "\r\n");
	}
}

bool mail_format(struct ctx *c, const struct mail *m, str *message)
{
	struct buf b = buf_in(c->arena);
	str from_name, from;

	if (!mail_address_ok(m->to) || !message_id_ok(m->message_id) ||
	    !split_sender(str_of(c->config->mail_from), &from_name, &from))
		return false;
	buf_lit(&b, "From: ");
	add_mailbox(c, &b, from_name, from);
	buf_lit(&b, "To: ");
	add_mailbox(c, &b, m->to_name, m->to);
	buf_lit(&b, "Subject: ");
	add_words(c, &b, m->subject);
	buf_lit(&b, "\r\n");
	add_date(&b, m->at);
	buf_fmt(&b, "Message-ID: <%.*s>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n", STR(m->message_id));
	if (m->html.n == 0) {
		add_part(c, &b, "text/plain", m->text);
	} else {
		/* base64 has no underscore, so that no part can hold the boundary */
		str boundary = str_fmt(c->arena, "=_%08x", str_hash(m->message_id));

		buf_fmt(&b, "Content-Type: multipart/alternative; boundary=\"%.*s\"\r\n\r\n--%.*s\r\n", STR(boundary),
			STR(boundary));
		add_part(c, &b, "text/plain", m->text);
		buf_fmt(&b, "--%.*s\r\n", STR(boundary));
		add_part(c, &b, "text/html", m->html);
		buf_fmt(&b, "--%.*s--\r\n", STR(boundary));
	}
	*message = buf_text(&b);
	return true;
}

/* ---- sending ---- */

static size_t give_text(char *to, size_t size, size_t n, void *arg)
{
	str *rest = arg;

	n *= size;
	if (n > rest->n)
		n = rest->n;
	if (n) {
		memcpy(to, rest->p, n);
		*rest = str_after(*rest, n);
	}
	return n;
}

/* A 5xx that speaks of this mail or its recipient; those that speak of us (not allowed in, wrong order) may pass. */
static bool refused_for_ever(CURLcode code, long status)
{
	if (code == CURLE_LOGIN_DENIED || status < 550 || status > 559)
		return false;
	return code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_UPLOAD_FAILED ||
		code == CURLE_RECV_ERROR;
}

static CURLcode perform(struct ctx *c, const struct mail *m, str message, long *status, char *error)
{
	CURL *h = curl_handle(c);
	struct curl_slist *to = curl_slist_append(NULL, str_fmt(c->arena, "<%.*s>%c", STR(m->to), 0).p);
	str name, from, rest = message, url = str_of(c->config->smtp_url);
	bool with_login = str_find(url, S("@"), &(size_t){ 0 });
	CURLcode code;

	if (!to)
		return CURLE_OUT_OF_MEMORY;
	split_sender(str_of(c->config->mail_from), &name, &from);
	curl_easy_setopt(h, CURLOPT_URL, str_z(c->arena, url));
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_USE_SSL, (long)(with_login ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, MAIL_SECONDS * 1000L);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, str_fmt(c->arena, "<%.*s>%c", STR(from), 0).p);
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, give_text);
	curl_easy_setopt(h, CURLOPT_READDATA, &rest);
	curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message.n);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, status);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(to);
	return code;
}

enum mail_outcome mail_send(struct ctx *c, const struct mail *m, str *why)
{
	char error[CURL_ERROR_SIZE] = "";
	enum mail_outcome result;
	str message, reason;
	long status = 0;
	CURLcode code;

	if (!mail_format(c, m, &message)) {
		if (why)
			*why = S("an address or the Message-ID is not acceptable");
		return MAIL_REFUSED;
	}
	code = perform(c, m, message, &status, error);
	if (code == CURLE_OK) {
		metric_add(METRIC_mails_sent, 1);
		return MAIL_SENT;
	}
	result = refused_for_ever(code, status) ? MAIL_REFUSED : MAIL_TRY_AGAIN;
	reason = str_fmt(c->arena, "%s", error[0] ? error : curl_easy_strerror(code));
	if (why)
		*why = reason;
	log_line(c, LOG_WARN, "mail", "why", reason, "message_id", m->message_id);
	return result;
}
