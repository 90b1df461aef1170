/* Important notices by mail: whose, in which words, and each once, whatever happens in between. */
#include "relay_fixtures.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "account/account.h"
#include "ask.h"
#include "command.h"
#include "core/config.h"
#include "core/i18n.h"
#include "data/db.h"
#include "member/member.h"
#include "notify/notify.h"
#include "notify/notify_mail.h"
#include "sandbox/sandbox.h"

SQL_SCAN(empty_outbox, "DELETE FROM outbox");
SQL_SCAN(empty_mail, "DELETE FROM mail");
SQL_SCAN(all_due_again, "UPDATE outbox SET not_before = NULL");
SQL_SCAN(count_mail_events, "SELECT COUNT(*) FROM outbox WHERE shard >= 40");
SQL(select_mail_events,
	"SELECT id, shard, stream, type, payload, created_at, tries FROM outbox WHERE shard >= 40 AND type = 'notify.mail' ORDER BY id");
SQL(select_state, "SELECT COALESCE(mail, '-') AS word FROM notification WHERE member_id = ? AND seq = ?");
SQL(select_mail, "SELECT to_address, subject, body, state FROM mail WHERE message_id = ?");
SQL(count_mails_to, "SELECT COUNT(*) FROM mail m JOIN member_contact k ON k.email = m.to_address WHERE k.id = ?");
SQL_SCAN(count_mails, "SELECT COUNT(*) FROM mail WHERE state = 'sent'");
SQL(select_address, "SELECT email AS word FROM member WHERE id = ?");

struct word {
	str word;
};
static const struct shape word_shape = SHAPE("TestWord", struct word, F(word));

struct kept_mail {
	str to_address, subject, body, state;
};
static const struct shape kept_mail_shape = SHAPE("TestMail", struct kept_mail, F(to_address), F(subject), F(body), F(state));

#define OFFER "\"course_title\":\"수채화 입문\",\"hold_expires_at\":\"2100-01-02T03:04:05Z\",\"hold_minutes\":10"

struct telling {
	const struct notice *n;
	size_t count;
};

static outcome tell_tx(struct ctx *c, void *p)
{
	const struct telling *t = p;

	notify_many(c, t->n, t->count);
	return OK;
}

static void tell(struct ctx *c, int64_t member, const char *type, str data)
{
	struct notice n = { member, str_of(type), data };

	db_tx(c, tell_tx, &(struct telling){ &n, 1 });
}

static void begin(struct ctx *c)
{
	db_run(c, &empty_outbox);
	db_run(c, &empty_mail);
}

static str state_of(struct ctx *c, int64_t member, int64_t seq)
{
	struct word w = { 0 };

	db_one(c, &select_state, &word_shape, &w, arg(member), arg(seq));
	return w.word;
}

static str address_of(struct ctx *c, int64_t member)
{
	struct word w = { 0 };

	db_one(c, &select_address, &word_shape, &w, arg(member));
	return w.word;
}

static struct kept_mail mail_of(struct ctx *c, int64_t member, int64_t seq)
{
	struct kept_mail m = { 0 };

	db_one(c, &select_mail, &kept_mail_shape, &m, arg(str_fmt(c->arena, "n.%lld.%lld@madang", (long long)member, (long long)seq)));
	return m;
}

/* -- a mail server of the test's own ----------------------------------------------------------------------------------- */

static struct post {
	struct config config;      /* the tests', but for where mails go */
	char folder[40], url[40], port[8];
	pid_t server;
} post;

static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	close(fd);
	return ntohs(a.sin_port);
}

static void close_post(void)
{
	char command[80];

	if (!post.folder[0])
		return;
	if (post.server > 0) {
		kill(post.server, SIGKILL);
		waitpid(post.server, NULL, 0);
	}
	snprintf(command, sizeof(command), "rm -rf '%s'", post.folder);
	assert_int_equal(system(command), 0);
	post = (struct post){ .server = 0 };
}

/* Also after a test that failed. */
static int clean_up(void **state)
{
	(void)state;
	close_post();
	return 0;
}

/* Nobody listens yet. */
static const struct config *a_post(void)
{
	close_post();
	post.config = *test_config();
	strcpy(post.folder, "/tmp/madang-post-XXXXXX");
	assert_non_null(mkdtemp(post.folder));
	snprintf(post.port, sizeof(post.port), "%d", free_port());
	snprintf(post.url, sizeof(post.url), "smtp://127.0.0.1:%s", post.port);
	post.config.smtp_url = post.url;
	post.config.mail_dir = post.folder;
	post.server = 0;
	return &post.config;
}

static void wait_until_it_listens(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(post.port)) };
	bool there = false;

	for (int i = 0; i < 2000 && !there; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		there = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
		close(fd);
		if (!there)
			nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
	}
	assert_true(there);
}

static void open_post(void)
{
	post.server = fork();
	if (post.server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);          /* nothing stays behind a test that fails */
		_exit(mailbox_command(3, (char *[]){ "mailbox", post.port, post.folder, NULL }));
	}
	wait_until_it_listens();
}

/* As many mails as the server took, also those that came twice. */
static int arrived(void)
{
	DIR *d = opendir(post.folder);
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		n += e->d_name[0] != '.' && strstr(e->d_name, ".eml") != NULL;
	closedir(d);
	return n;
}

static void let_mail(struct ctx *c)
{
	let_relay(c, &post.config, relay_mail_main, 40, 43);
}

/* What came for a member, each Message-ID once. */
static list came_for(struct ctx *c, int64_t member)
{
	const struct config *kept = c->config;
	list l;

	c->config = &post.config;
	l = sandbox_mails(c, address_of(c, member));
	c->config = kept;
	return l;
}

/* -- which, and when --------------------------------------------------------------------------------------------------- */

static const char *const by_mail[] = { "seat.offered", "enrolment.confirmed", "enrolment.cancelled", "payment.refunded", "course.changed", "course.cancelled",
	"ticket.moved", "ticket.removed", "request.approved", "request.rejected", "request.completed", "request.stale", "request.passed_on", NULL };
static const char *const not_by_mail[] = { "seat.expired", "payment.refused", "payment.unknown", "request.submitted", NULL };

static bool is_of(const char *const *words, str type)
{
	for (; *words; words++)
		if (str_eq(str_of(*words), type))
			return true;
	return false;
}

static void look_at_kind(void *p, str key)
{
	str type = key;

	if (!str_starts(key, S("notify.")) || !str_ends(key, S(".title")) || str_starts(key, S("notify.course.field.")))
		return;
	type = (str){ key.p + 7, key.n - 7 - 6 };
	if (str_ends(type, S(".waiting")) || str_ends(type, S(".active")) || str_ends(type, S(".paying")))
		return;                         /* other words for some of those who are told the same */
	++*(int *)p;
	if (is_of(by_mail, type) == is_of(not_by_mail, type))
		fail_msg("%.*s: nobody has decided whether it goes by mail", STR(type));
	assert_int_equal(notify_is_mailed(type), is_of(by_mail, type));
}

RULE(of_every_kind_it_is_decided_whether_it_goes_by_mail)
{
	int n = 0;

	(void)c;
	i18n_each(LOCALE_KO, look_at_kind, &n);
	assert_int_equal(n, 17);
}

RULE(a_call_writes_an_event_for_fifty_mails_and_none_for_what_is_not_mailed)
{
	struct notice n[120];
	size_t named = 0;
	list l;

	db_run(c, &empty_outbox);
	for (int i = 0; i < 120; i++)
		n[i] = (struct notice){ a_member(c), i % 6 ? S("seat.offered") : S("seat.expired"), S("{" OFFER "}") };
	notify_many(c, n, 120);
	l = db_all(c, &select_mail_events, &event_shape);
	assert_int_equal(l.n, 2);
	for (size_t i = 0; i < l.n; i++)
		named += json_length(json_get(json_parse(c, ((struct event *)l.p)[i].payload), "notices"));
	assert_int_equal(named, 100);
	assert_str(state_of(c, n[0].member_id, 1), "-");
	assert_str(state_of(c, n[1].member_id, 1), "due");
	db_run(c, &empty_outbox);
	notify_many(c, n, 1);
	assert_int_equal(db_int(c, &count_mail_events, -1), 0);
}

/* -- the words --------------------------------------------------------------------------------------------------------- */

/* What the listener makes of all that is due, in the transaction that runs. */
static void write_all(struct ctx *c)
{
	list l = db_all(c, &select_mail_events, &event_shape);

	for (size_t i = 0; i < l.n; i++)
		assert_ptr_equal(notify_listeners[0].act(c, (struct event *)l.p + i), OK);
}

RULE(an_offer_says_what_until_when_and_when_it_meets)
{
	int64_t course = a_course(c), korean = a_member(c, .name = "김새롬"), english = a_member(c, .name = "Ann Lee", .locale = "en");
	str data = str_fmt(c->arena, "{\"course_id\":%lld," OFFER "}", (long long)course);
	struct kept_mail m;

	db_script(c, str_fmt(c->arena, "INSERT INTO course_session (course_id, n, starts_at, ends_at, room) VALUES "
			     "(%lld, 1, '2020-01-01 01:00', '2020-01-01 02:00', ''), (%lld, 2, '2099-12-31 15:30', '2099-12-31 16:30', '3층 화실')",
			     (long long)course, (long long)course));
	begin(c);
	tell(c, korean, "seat.offered", data);
	tell(c, english, "seat.offered", data);
	write_all(c);
	m = mail_of(c, korean, 1);
	assert_str(m.subject, "[마당] 자리가 났습니다: 수채화 입문");
	assert_str(m.body, "김새롬님, 안녕하세요.\n\n수채화 입문 강좌에 자리가 났습니다. 10분 안에 결제하세요.\n\n강좌: 수채화 입문\n"
		   "결제 기한: 2100-01-02 (토) 12:04 (한국 시간)\n다음 수업: 2100-01-01 (금) 00:30 (한국 시간), 3층 화실\n\n마당 드림\n");
	assert_true(str_eq(m.to_address, address_of(c, korean)));
	m = mail_of(c, english, 1);
	assert_str(m.subject, "[Madang] A seat is yours: 수채화 입문");
	assert_str(m.body, "Hello Ann Lee,\n\nA seat in 수채화 입문 is held for you. Pay within 10 min.\n\nCourse: 수채화 입문\n"
		   "Pay before: 2100-01-02 (Sat) 12:04 (Seoul time)\nNext class: 2100-01-01 (Fri) 00:30 (Seoul time), 3층 화실\n\nMadang\n");
	assert_str(state_of(c, korean, 1), "written");
}

RULE(every_kind_reads_well_in_both_languages)
{
	int64_t members[LOCALES] = { a_member(c), a_member(c, .locale = "en") };

	begin(c);
	for (enum locale l = 0; l < LOCALES; l++)
		for (int i = 0; by_mail[i]; i++) {
			struct kept_mail m;

			tell(c, members[l], by_mail[i], S("{" OFFER ",\"course_id\":1,\"request_id\":7,\"amount\":30000,\"refund\":1500000,\"reason\":\"까닭\","
							  "\"note\":\"말씀\",\"from_title\":\"유화\",\"fields\":[\"title\"],\"order_id\":\"mdg-1\"}"));
			write_all(c);
			m = mail_of(c, members[l], i + 1);
			assert_true(m.subject.n && m.body.n);
			if (str_find(m.subject, S("{"), NULL) || str_find(m.body, S("{"), NULL) || str_find(m.body, S("\n\n\n"), NULL) ||
			    str_find(m.body, S("mail."), NULL) || !str_find(m.body, S("mdg-1"), NULL))
				fail_msg("%s: %.*s\n%.*s", by_mail[i], STR(m.subject), STR(m.body));
		}
}

RULE(the_instructor_gets_the_reason_and_the_way_to_the_request)
{
	int64_t teacher = a_member(c);
	str link = str_fmt(c->arena, "\n요청 보기: %s/teach/requests/41\n", c->config->base_url);
	struct kept_mail m;

	begin(c);
	tell(c, teacher, "request.rejected", S("{\"request_id\":41,\"course_id\":1,\"course_title\":\"도예\",\"reason\":\"방이 작습니다\"}"));
	write_all(c);
	m = mail_of(c, teacher, 1);
	assert_str(m.subject, "[마당] 변경 요청을 반려했습니다: 도예");
	assert_true(str_find(m.body, S("사유: 방이 작습니다"), NULL));
	assert_true(str_find(m.body, link, NULL));
}

RULE(a_title_of_two_lines_is_one_line)
{
	int64_t member = a_member(c, .name = "a\nb");
	struct kept_mail m;

	begin(c);
	tell(c, member, "seat.offered", S("{\"course_title\":\"도예\\r\\nBcc: x@y.z\",\"hold_expires_at\":\"2100-01-02T03:04:05Z\",\"hold_minutes\":10}"));
	write_all(c);
	m = mail_of(c, member, 1);
	assert_str(m.subject, "[마당] 자리가 났습니다: 도예  Bcc: x@y.z");
	assert_true(str_starts(m.body, S("a b님")));
	assert_false(str_find(m.body, S("\nBcc"), NULL));
}

/* -- who gets none ----------------------------------------------------------------------------------------------------- */

RULE(who_is_not_active_or_has_no_address_gets_none)
{
	const int64_t members[] = { a_member(c, .status = "suspended"), a_member(c, .status = "pending"), a_member(c, .status = "withdrawn"),
				    account_at_desk(c, S("오창구"), S("010-1111-2222")) };

	begin(c);
	for (size_t i = 0; i < 4; i++)
		tell(c, members[i], "course.cancelled", S("{\"course_title\":\"도예\",\"refund\":0,\"note\":\"\"}"));
	write_all(c);
	for (size_t i = 0; i < 4; i++) {
		assert_str(state_of(c, members[i], 1), "nobody");
		assert_int_equal(mail_of(c, members[i], 1).subject.n, 0);
	}
}

RULE(an_offer_that_has_run_out_is_not_mailed_any_more)
{
	int64_t member = a_member(c);

	begin(c);
	tell(c, member, "seat.offered", S("{\"course_title\":\"도예\",\"hold_expires_at\":\"2020-01-02T03:04:05Z\",\"hold_minutes\":10}"));
	write_all(c);
	assert_str(state_of(c, member, 1), "late");
	assert_int_equal(mail_of(c, member, 1).subject.n, 0);
}

static struct leaving {
	int64_t member;
} *leaver;

static outcome withdraw(struct ctx *c, void *p)
{
	(void)p;
	as(c, leaver->member);
	return member_withdraw(c);
}

static outcome write_all_tx(struct ctx *c, void *p)
{
	(void)p;
	write_all(c);
	return OK;
}

static int write_meanwhile(struct ctx *c)
{
	return db_tx(c, write_all_tx, NULL) != OK;
}

COMMITTED(who_withdraws_while_the_mail_is_written_leaves_none_behind)
{
	leaver = shared_memory(sizeof(*leaver));
	leaver->member = a_member(c);
	begin(c);
	tell(c, leaver->member, "enrolment.confirmed", S("{\"course_title\":\"도예\",\"order_id\":\"x\"}"));
	test_in_between(withdraw, write_meanwhile, NULL);
	assert_str(state_of(c, leaver->member, 1), "nobody");
	assert_int_equal(mail_of(c, leaver->member, 1).subject.n, 0);
	db_run(c, &empty_outbox);
}

COMMITTED(who_withdraws_takes_along_what_was_written)
{
	int64_t member = a_member(c);

	begin(c);
	tell(c, member, "enrolment.confirmed", S("{\"course_title\":\"도예\",\"order_id\":\"x\"}"));
	db_tx(c, write_all_tx, NULL);
	assert_str(state_of(c, member, 1), "written");
	as(c, member);
	assert_ptr_equal(member_withdraw(c), OK);
	assert_int_equal(mail_of(c, member, 1).subject.n, 0);
	db_run(c, &empty_outbox);
}

/* -- once -------------------------------------------------------------------------------------------------------------- */

/* A title that no mail's row takes: the text is made, and the database refuses it. */
static str too_long(struct ctx *c)
{
	struct buf b = buf_in(c->arena);

	buf_lit(&b, "{\"refund\":0,\"note\":\"\",\"course_title\":\"");
	for (int i = 0; i < 70; i++)
		buf_lit(&b, "아무개");
	buf_lit(&b, "\"}");
	return buf_text(&b);
}

COMMITTED(one_that_cannot_be_written_holds_back_none_of_the_others)
{
	int64_t first = a_member(c), broken = a_member(c), last = a_member(c);
	const struct notice n[] = { { first, S("course.cancelled"), S("{\"course_title\":\"도예\",\"refund\":0,\"note\":\"\"}") },
				    { broken, S("course.cancelled"), too_long(c) },
				    { last, S("course.cancelled"), S("{\"course_title\":\"도예\",\"refund\":0,\"note\":\"\"}") } };
	list left;

	begin(c);
	a_post();
	open_post();
	db_tx(c, tell_tx, &(struct telling){ n, 3 });
	let_mail(c);
	assert_str(mail_of(c, first, 1).state, "sent");
	assert_str(mail_of(c, last, 1).state, "sent");
	assert_str(state_of(c, broken, 1), "due");
	left = db_all(c, &select_mail_events, &event_shape);
	assert_int_equal(left.n, 1);
	assert_true(((struct event *)left.p)->tries > 0);          /* by itself: it is tried again, and given up where somebody sees it */
	assert_int_equal(json_length(json_get(json_parse(c, ((struct event *)left.p)->payload), "notices")), 1);
	close_post();
	db_run(c, &empty_outbox);
}

COMMITTED(while_the_server_is_away_mails_wait_and_then_come_once)
{
	int64_t members[5];
	list came;

	begin(c);
	a_post();
	for (int i = 0; i < 5; i++) {
		members[i] = a_member(c);
		tell(c, members[i], "enrolment.confirmed", S("{\"course_title\":\"도예\",\"order_id\":\"x\"}"));
	}
	let_mail(c);
	assert_int_equal(db_int(c, &count_mail_events, -1), 5);
	assert_str(mail_of(c, members[0], 1).state, "queued");
	open_post();
	db_run(c, &all_due_again);
	let_mail(c);
	assert_int_equal(db_int(c, &count_mail_events, -1), 0);
	assert_int_equal(arrived(), 5);
	for (int i = 0; i < 5; i++) {
		came = came_for(c, members[i]);
		assert_int_equal(came.n, 1);
		assert_str(((struct sandbox_mail *)came.p)->subject, "[마당] 수강 신청이 끝났습니다: 도예");
	}
	close_post();
}

/* A relay of its own process, killed as soon as the server has taken some more. */
static void kill_a_relay_at_work(int more)
{
	int before = arrived();
	pid_t relay = fork();

	if (relay == 0) {
		struct relay *r = a_relay(&post.config);
		pthread_t threads[3];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, relay_mail_main, r);
		for (;;) {
			pthread_mutex_lock(&r->lock);
			r->dirty = (UINT64_C(1) << OUTBOX_SHARDS) - 1;
			pthread_cond_broadcast(&r->bell);
			pthread_mutex_unlock(&r->lock);
			nanosleep(&(struct timespec){ 0, 2000000 }, NULL);
		}
	}
	for (int i = 0; i < 5000 && arrived() < before + more; i++)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	kill(relay, SIGKILL);
	waitpid(relay, NULL, 0);
}

COMMITTED(a_relay_that_is_killed_again_and_again_mails_nobody_twice)
{
	enum { MANY = 60 };
	int64_t members[MANY];

	begin(c);
	a_post();
	open_post();
	for (int i = 0; i < MANY; i++) {
		members[i] = a_member(c);
		tell(c, members[i], "enrolment.confirmed", S("{\"course_title\":\"도예\",\"order_id\":\"x\"}"));
	}
	for (int i = 0; i < 4; i++) {
		kill_a_relay_at_work(5);
		db_run(c, &all_due_again);         /* the leases of the dead */
	}
	let_mail(c);
	assert_int_equal(db_int(c, &count_mails, 0), MANY);
	assert_in_range(arrived(), MANY, MANY + 4 * 3);            /* one that was on the wire comes again, under the same Message-ID */
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(came_for(c, members[i]).n, 1);
		assert_str(state_of(c, members[i], 1), "written");
	}
	close_post();
}

COMMITTED(an_event_that_comes_again_writes_no_second_mail)
{
	int64_t member = a_member(c);
	struct event e;
	list l;

	begin(c);
	tell(c, member, "enrolment.confirmed", S("{\"course_title\":\"도예\",\"order_id\":\"x\"}"));
	l = db_all(c, &select_mail_events, &event_shape);
	assert_int_equal(l.n, 1);
	e = *(struct event *)l.p;
	for (int i = 0; i < 3; i++)
		assert_ptr_equal(notify_listeners[0].act(c, &e), OK);
	assert_int_equal(db_int(c, &count_mails_to, 0, arg(member)), 1);
	db_run(c, &empty_outbox);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(of_every_kind_it_is_decided_whether_it_goes_by_mail),
	cmocka_unit_test(a_call_writes_an_event_for_fifty_mails_and_none_for_what_is_not_mailed),
	cmocka_unit_test(an_offer_says_what_until_when_and_when_it_meets),
	cmocka_unit_test(every_kind_reads_well_in_both_languages),
	cmocka_unit_test(the_instructor_gets_the_reason_and_the_way_to_the_request),
	cmocka_unit_test(a_title_of_two_lines_is_one_line),
	cmocka_unit_test(who_is_not_active_or_has_no_address_gets_none),
	cmocka_unit_test(an_offer_that_has_run_out_is_not_mailed_any_more),
	cmocka_unit_test(who_withdraws_while_the_mail_is_written_leaves_none_behind),
	cmocka_unit_test(who_withdraws_takes_along_what_was_written),
	cmocka_unit_test(one_that_cannot_be_written_holds_back_none_of_the_others),
	cmocka_unit_test(while_the_server_is_away_mails_wait_and_then_come_once),
	cmocka_unit_test(a_relay_that_is_killed_again_and_again_mails_nobody_twice),
	cmocka_unit_test(an_event_that_comes_again_writes_no_second_mail),
};
UNIT_GROUP(notify_mail, tests, with_routes, clean_up)
