#include "fixtures.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "data/db.h"
#include "web/crypto.h"

SQL(insert_member,
	"INSERT INTO member (email, password_hash, name, phone, locale, roles, status, created_at) VALUES (?, ?, ?, '01012345678', ?, ?, ?, ?)");
SQL(insert_category, "INSERT INTO category (name) VALUES ('미술')");
SQL(insert_instructor, "INSERT INTO instructor (member_id, name, created_at) VALUES (?, '한선생', ?)");
SQL(insert_ticket, "INSERT INTO ticket (course_id, member_id, joined_at) VALUES (?, ?, ?)");
SQL(select_member, "SELECT member_id FROM ticket WHERE id = ?");
SQL(select_ticket, "SELECT state, COALESCE(number, 0) AS number, hold_expires_at FROM ticket WHERE id = ?");
SQL(set_hold, "UPDATE ticket SET hold_expires_at = ? WHERE id = ?");
SQL(select_seats, "SELECT capacity, taken, enrolled, waiting, last_number FROM course_seat WHERE course_id = ?");
SQL(count_states, "SELECT COUNT(*) FROM ticket WHERE course_id = ? AND state IN (?, ?, ?)");
SQL(count_waiting, "SELECT COUNT(*) FROM ticket WHERE course_id = ? AND state = 'waiting' AND number IS NOT NULL");
SQL(select_numbers, "SELECT id, number FROM ticket WHERE course_id = ? AND number IS NOT NULL ORDER BY number");
SQL(count_told, "SELECT COUNT(*) FROM notification WHERE member_id = ? AND type = ?");
SQL(select_told, "SELECT data FROM notification WHERE member_id = ? AND type = ? ORDER BY seq DESC LIMIT 1");

struct ticket_look {
	str state;
	int64_t number;
	opt_when hold_expires_at;
};
static const struct shape ticket_look_shape = SHAPE("TicketLook", struct ticket_look, F(state), F(number), F(hold_expires_at));

static const struct shape seats_shape = SHAPE("Seats", struct seats, F(capacity), F(taken), F(enrolled), F(waiting), F(last_number));

struct numbered {
	int64_t id, number;
};
static const struct shape numbered_shape = SHAPE("Numbered", struct numbered, F(id), F(number));

struct told_row {
	str data;
};
static const struct shape told_row_shape = SHAPE("Told", struct told_row, F(data));

static void forget_earlier_runs(struct ctx *c, void *nothing)
{
	(void)nothing;
	db_script(c, S("SET FOREIGN_KEY_CHECKS = 0;"
		"DELETE FROM payment_attempt; DELETE FROM payment; DELETE FROM enrolment; DELETE FROM ticket; DELETE FROM course_seat;"
		"DELETE FROM course_session; DELETE FROM course_text; DELETE FROM course_gram; DELETE FROM room; DELETE FROM term_member; DELETE FROM course;"
		"DELETE FROM term; DELETE FROM instructor; DELETE FROM category;"
		"DELETE FROM notification; DELETE FROM member_stream; DELETE FROM mail; DELETE FROM outbox; DELETE FROM staff_log;"
		"DELETE FROM change_notice; DELETE FROM change_batch; DELETE FROM change_step; DELETE FROM change_request;"
		"DELETE FROM idempotency; DELETE FROM event_ticket; DELETE FROM session_refresh; DELETE FROM session;"
		"DELETE FROM member_token; DELETE FROM member; SET FOREIGN_KEY_CHECKS = 1"));
}

struct ctx *fixture_ctx(void)
{
	static bool clean;
	struct ctx *c = test_ctx();

	if (!clean && test_fault(c, forget_earlier_runs, NULL))
		fail_msg("madang_test can't be emptied: %s", test_fault_text());
	clean = true;
	return c;
}

static str or_else(const char *given, const char *otherwise)
{
	return str_of(given ? given : otherwise);
}

int64_t make_member(struct ctx *c, const struct a_member *m)
{
	static int64_t made;
	str email = m->email ? str_of(m->email) : str_fmt(c->arena, "m%lld.%d@test.example", (long long)++made, (int)getpid());
	opt_str hash = { 0 };

	if (m->password)
		hash = some_str(crypto_password_hash(c, str_of(m->password)));
	return db_insert(c, &insert_member, arg(email), arg(hash), arg(or_else(m->name, "이바다")), arg(or_else(m->locale, "ko")),
			 arg(m->roles ? m->roles : (int)ROLE_MEMBER), arg(or_else(m->status, "active")), arg(c->now));
}

struct course_input make_course_input(struct ctx *c, const struct a_course *k)
{
	return (struct course_input){
		.title = or_else(k->title, "수채화 입문"),
		.category_id = db_insert(c, &insert_category),
		.instructor_id = db_insert(c, &insert_instructor, arg(a_member(c, .name = "한선생", .roles = ROLE_INSTRUCTOR)), arg(c->now)),
		.price = { k->free_of_charge ? 0 : k->price ? k->price : 100000 },
		.capacity = k->capacity ? k->capacity : 10,
		.hold_seconds = k->hold_seconds ? k->hold_seconds : 600,
		.enrol_opens_at = when_plus(c->now, (k->opens_in ? k->opens_in : -3600) * SECOND),
		.enrol_closes_at = when_plus(c->now, (k->closes_in ? k->closes_in : 3600) * SECOND),
		.description = S("물과 색"),
	};
}

int64_t make_course(struct ctx *c, const struct a_course *k)
{
	enum course_status status = k->draft ? COURSE_DRAFT : k->status ? k->status : COURSE_OPEN;
	struct course_input in = make_course_input(c, k);
	struct course made;

	if (course_create(c, &in, &made) != OK)
		fault(c, "no course");
	if (status == COURSE_CLOSED || status == COURSE_FINISHED || status == COURSE_CANCELLED)
		course_set_status(c, made.id, COURSE_OPEN, S("for a test"), &made);
	if (status != COURSE_DRAFT && course_set_status(c, made.id, status, S("for a test"), &made) != OK)
		fault(c, "no such status");
	return made.id;
}

int64_t make_ticket(struct ctx *c, const struct a_ticket *t)
{
	int64_t course = t->course ? t->course : a_course(c), member = t->member ? t->member : a_member(c);
	int64_t id = db_insert(c, &insert_ticket, arg(course), arg(member), arg(c->now));

	if (!t->unserved && db_in_tx(c))
		queue_promote(c, course);
	else if (!t->unserved)
		queue_serve(c, course);
	return id;
}

void as(struct ctx *c, int64_t member)
{
	c->who = (struct caller){ .id = member, .roles = ROLE_MEMBER };
}

int64_t holder_of(struct ctx *c, int64_t ticket)
{
	return db_int(c, &select_member, 0, arg(ticket));
}

void as_holder(struct ctx *c, int64_t ticket)
{
	as(c, holder_of(c, ticket));
}

static struct ticket_look look_at(struct ctx *c, int64_t ticket)
{
	struct ticket_look t = { 0 };

	if (!db_one(c, &select_ticket, &ticket_look_shape, &t, arg(ticket)))
		fault(c, "no ticket %lld", (long long)ticket);
	return t;
}

str ticket_word(struct ctx *c, int64_t ticket)
{
	return look_at(c, ticket).state;
}

int64_t ticket_number(struct ctx *c, int64_t ticket)
{
	return look_at(c, ticket).number;
}

when ticket_hold(struct ctx *c, int64_t ticket)
{
	return look_at(c, ticket).hold_expires_at.v;
}

void age_hold(struct ctx *c, int64_t ticket)
{
	db_run(c, &set_hold, arg(when_plus(when_now(), -1)), arg(ticket));
}

struct seat lock_seat(struct ctx *c, int64_t ticket)
{
	struct seat s = { 0 };

	assert_ptr_equal(queue_lock(c, ticket, &s), OK);
	return s;
}

void pay_seat(struct ctx *c, int64_t ticket)
{
	struct seat s = lock_seat(c, ticket);

	assert_ptr_equal(queue_pin(c, &s), OK);
	assert_true(queue_enrol(c, &s));
}

struct seats seats_of(struct ctx *c, int64_t course)
{
	struct seats s = { 0 };

	if (!db_one(c, &select_seats, &seats_shape, &s, arg(course)))
		fault(c, "course %lld has no seats", (long long)course);
	return s;
}

static void same(int64_t got, int64_t wanted, const char *what, const char *file, int line)
{
	if (got == wanted)
		return;
	print_error("%s: the course says %lld, its tickets say %lld\n", what, (long long)got, (long long)wanted);
	_fail(file, line);
}

void check_course(struct ctx *c, int64_t course, const char *file, int line)
{
	struct seats s = seats_of(c, course);
	list l = db_all(c, &select_numbers, &numbered_shape, arg(course));
	const struct numbered *t = l.p;

	same(s.taken, db_int(c, &count_states, 0, arg(course), arg(S("active")), arg(S("paying")), arg(S("enrolled"))), "taken", file, line);
	same(s.enrolled, db_int(c, &count_states, 0, arg(course), arg(S("enrolled")), arg(S("")), arg(S(""))), "enrolled", file, line);
	same(s.waiting, db_int(c, &count_waiting, 0, arg(course)), "waiting", file, line);
	same(s.last_number, (int64_t)l.n, "last_number", file, line);
	for (size_t i = 0; i < l.n; i++)
		same((int64_t)i + 1, t[i].number, "numbers without a gap", file, line);
}

int64_t told(struct ctx *c, int64_t member, const char *type)
{
	return db_int(c, &count_told, 0, arg(member), arg(str_of(type)));
}

str told_data(struct ctx *c, int64_t member, const char *type)
{
	struct told_row r = { 0 };

	db_one(c, &select_told, &told_row_shape, &r, arg(member), arg(str_of(type)));
	return r.data;
}

void *shared_memory(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static struct meeting {
	outcome (*first)(struct ctx *, void *);
	int (*second)(struct ctx *);
	void *arg;
	atomic_int done;
} *meeting;

static outcome first_and_wait(struct ctx *c, void *arg)
{
	static const struct timespec a_while = { 0, 200 * 1000 * 1000 };
	outcome o = meeting->first(c, arg);

	atomic_store(&meeting->done, 1);
	nanosleep(&a_while, NULL);
	return o;
}

static int meet(struct ctx *c, int which)
{
	ctx_begin(c);
	if (which == 0)
		return db_tx(c, first_and_wait, meeting->arg) != OK;
	assert_true(db_alive(c));
	while (!atomic_load(&meeting->done))
		;
	ctx_begin(c);
	return meeting->second(c);
}

void test_in_between(outcome (*first)(struct ctx *, void *), int (*second)(struct ctx *), void *arg)
{
	meeting = meeting ? meeting : shared_memory(sizeof(*meeting));
	meeting->first = first;
	meeting->second = second;
	meeting->arg = arg;
	atomic_store(&meeting->done, 0);
	test_at_once(2, meet);
}
