/* Mails: what is written can be read again, and nothing a member typed becomes a header. */
#include "assert_str.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/config.h"
#include "outside/mail.h"
#include "sandbox/letter.h"
#include "sandbox/mailbox.h"
#include "sandbox/sandbox.h"

static char folder[] = "/tmp/madang-mail-XXXXXX";
static const struct config config = {
	.mail_from = "마당 <madang@madang.example>", .smtp_url = "smtp://127.0.0.1:1", .mail_dir = folder,
};

static int set_up(void **state)
{
	*state = ctx_new(&config);
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[100];

	ctx_free(*state);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

/* A mail with everything in it; what a test cares about it says itself. */
static struct mail filled_in(struct mail m)
{
	m.to = m.to.p ? m.to : S("m1@example.com");
	m.to_name = m.to_name.p ? m.to_name : S("김새롬");
	m.subject = m.subject.p ? m.subject : S("자리가 났습니다");
	m.text = m.text.p ? m.text : S("안녕하세요\n두 번째 줄");
	m.message_id = m.message_id.p ? m.message_id : S("n.17.4@madang.example");
	m.at = (when){ 1795151160 * SECOND };
	return m;
}

#define A_MAIL(...) filled_in((struct mail){ .at = { 0 }, ##__VA_ARGS__ })

static str formatted(struct ctx *c, struct mail m)
{
	str raw;

	assert_true(mail_format(c, &m, &raw));
	return raw;
}

static bool accepted(struct ctx *c, struct mail m)
{
	str raw;

	return mail_format(c, &m, &raw);
}

static enum mail_outcome sent(struct ctx *c, struct mail m, str *why)
{
	return mail_send(c, &m, why);
}

static bool holds(str s, const char *what)
{
	return str_find(s, str_of(what), &(size_t){ 0 });
}

static void what_is_written_can_be_read_again(void **state)
{
	struct ctx *c = *state;
	str raw = formatted(c, A_MAIL(.subject = S("[마당] 기다리시던 ‘수채화 첫걸음’ 강좌에 자리가 났습니다. 15분 안에 결제해 주세요 (C-2417)")));
	struct letter l;

	letter_read(c, raw, &l);
	assert_str(l.subject, "[마당] 기다리시던 ‘수채화 첫걸음’ 강좌에 자리가 났습니다. 15분 안에 결제해 주세요 (C-2417)");
	assert_str(l.text, "안녕하세요\n두 번째 줄");
	assert_str(l.message_id, "<n.17.4@madang.example>");
	assert_true(holds(raw, "\r\nDate: Fri, 20 Nov 2026 14:06:00 +0900\r\n"));
	assert_true(holds(raw, "<madang@madang.example>\r\nTo: "));
}

static void no_line_is_long_and_all_end_with_cr_lf(void **state)
{
	struct ctx *c = *state;
	char many[3000];
	str raw;
	size_t length = 0;

	memset(many, 'x', sizeof(many));
	raw = formatted(c, A_MAIL(.subject = { many, 300 }, .text = { many, sizeof(many) }, .html = S("<p>안녕</p>")));
	for (size_t i = 0; i < raw.n; i++) {
		assert_true((unsigned char)raw.p[i] < 128);
		if (raw.p[i] != '\n') {
			length++;
			continue;
		}
		assert_true(i > 0 && raw.p[i - 1] == '\r');
		assert_true(length <= 99);
		length = 0;
	}
	assert_int_equal(length, 0);
}

static void with_a_page_the_plain_text_comes_first(void **state)
{
	struct ctx *c = *state;
	str raw = formatted(c, A_MAIL(.html = S("<p>안녕하세요</p>")));
	struct letter l;

	letter_read(c, raw, &l);
	assert_true(holds(raw, "multipart/alternative"));
	assert_str(l.text, "안녕하세요\n두 번째 줄");
}

static void nothing_typed_becomes_a_header(void **state)
{
	struct ctx *c = *state;
	str raw = formatted(c, A_MAIL(.subject = S("a\r\nBcc: x@example.com"), .to_name = S("b\r\nBcc: y@example.com\" <z@example.com>")));
	struct letter l;

	assert_false(holds(raw, "\nBcc:"));
	letter_read(c, raw, &l);
	assert_str(l.subject, "a  Bcc: x@example.com");
	assert_false(accepted(c, A_MAIL(.to = S("a@b.c\r\nBcc: x@y.z"))));
	assert_false(accepted(c, A_MAIL(.to = S("a@b.c,x@y.z"))));
	assert_false(accepted(c, A_MAIL(.to = S("a b@c.d"))));
	assert_false(accepted(c, A_MAIL(.to = S("a@b@c.d"))));
	assert_false(accepted(c, A_MAIL(.to = S("@c.d"))));
	assert_false(accepted(c, A_MAIL(.message_id = S("a@b>\r\nX: y"))));
}

static void a_server_that_is_away_is_tried_again(void **state)
{
	str why;

	assert_int_equal(sent(*state, A_MAIL(.to_name = S("")), &why), MAIL_TRY_AGAIN);
	assert_true(why.n > 0);
	assert_int_equal(sent(*state, A_MAIL(.to = S("nobody")), &why), MAIL_REFUSED);
}

static void other_peoples_mails_can_be_read(void **state)
{
	struct letter l;

	letter_read(*state, S("Subject: =?utf-8?Q?=EC=95=88=EB=85=95_a?=\r\n =?utf-8?B?4oCm?= tail\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\nsoft =\r\nbreak =3D\r\n"), &l);
	assert_str(l.subject, "안녕 a… tail");
	assert_str(l.text, "soft break =\n");
	letter_read(*state, S(""), &l);
	assert_int_equal(l.text.n, 0);
	letter_read(*state, S("Subject:\r\n\r\nplain"), &l);
	assert_str(l.text, "plain");
}

static void put_mail(struct ctx *c, const char *name, const char *to, str raw)
{
	char dir[MAIL_FOLDER_NAME], path[200];
	FILE *f;

	mail_folder(to, strlen(to), dir);
	snprintf(path, sizeof(path), "%s/%s", folder, dir);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "Return-Path: <madang@madang.example>\r\nDelivered-To: %s\r\n", to);
	fwrite(raw.p, 1, raw.n, f);
	fclose(f);
	(void)c;
}

static void the_mailbox_shows_each_mail_once_and_the_oldest_first(void **state)
{
	struct ctx *c = *state;
	const struct sandbox_mail *m;
	list all;

	put_mail(c, "1795151161000000-000002.eml", "M1@example.com", formatted(c, A_MAIL(.subject = S("둘째"), .message_id = S("b@x"))));
	put_mail(c, "1795151160000000-000001.eml", "m1@example.com", formatted(c, A_MAIL(.subject = S("첫째"), .message_id = S("a@x"))));
	put_mail(c, "1795151162000000-000003.eml", "m1@example.com", formatted(c, A_MAIL(.subject = S("첫째"), .message_id = S("a@x"))));
	put_mail(c, "1795151163000000-000004.eml", "m2@example.com", formatted(c, A_MAIL(.message_id = S("c@x"))));
	all = sandbox_mails(c, S("m1@example.com"));
	m = all.p;
	assert_int_equal(all.n, 2);
	assert_str(m[0].subject, "첫째");
	assert_str(m[1].subject, "둘째");
	assert_int_equal(m[0].at.us, 1795151160000000);
	assert_int_equal(sandbox_mails(c, S("nobody@example.com")).n, 0);
	assert_int_equal(sandbox_mails(c, S("../../etc")).n, 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_written_can_be_read_again),
	cmocka_unit_test(no_line_is_long_and_all_end_with_cr_lf),
	cmocka_unit_test(with_a_page_the_plain_text_comes_first),
	cmocka_unit_test(nothing_typed_becomes_a_header),
	cmocka_unit_test(a_server_that_is_away_is_tried_again),
	cmocka_unit_test(other_peoples_mails_can_be_read),
	cmocka_unit_test(the_mailbox_shows_each_mail_once_and_the_oldest_first),
};

UNIT_GROUP(mail, tests, set_up, tear_down)
