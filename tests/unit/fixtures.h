/* fixtures.h -- people, courses and tickets for the tests of rules, with defaults for what a test does not care about.
 *
 *	int64_t course = a_course(c, .capacity = 1), ticket = a_ticket(c, .course = course);
 *
 * What is left out, or zero, takes the default that stands at the member. Everything is made by the rules themselves
 * where a rule exists, in the transaction that runs if there is one.
 */
#ifndef UNIT_FIXTURES_H
#define UNIT_FIXTURES_H

#include "assert_str.h"
#include "course/course.h"
#include "queue/queue.h"
#include "support.h"

/* A test whose effects are rolled back. */
#define RULE(name) \
	static void name##_body(struct ctx *c, void *nothing); \
	static void name(void **state) \
	{ \
		(void)state; \
		test_rolled_back(fixture_ctx(), name##_body, NULL); \
	} \
	static void name##_body(struct ctx *c, void *nothing __attribute__((unused)))

/* A test of what has its own transactions, or happens in several processes: what it makes stays until the next run. */
#define COMMITTED(name) \
	static void name##_body(struct ctx *c, void *nothing); \
	static void name(void **state) \
	{ \
		struct ctx *c_ = fixture_ctx(); \
		(void)state; \
		if (test_fault(c_, name##_body, NULL)) \
			fail_msg("fault: %s", test_fault_text()); \
	} \
	static void name##_body(struct ctx *c, void *nothing __attribute__((unused)))

/* test_ctx() in a database that holds nothing of earlier runs. */
struct ctx *fixture_ctx(void);

struct a_member {
	const char *name;              /* 이바다 */
	const char *email;             /* one that nobody has */
	const char *password;          /* none: cannot log in */
	const char *status;            /* active */
	const char *locale;            /* ko */
	int roles;                     /* ROLE_MEMBER */
};
#define a_member(c, ...) make_member((c), &(struct a_member){ __VA_ARGS__ })
int64_t make_member(struct ctx *, const struct a_member *);

struct a_course {
	const char *title;             /* 수채화 입문 */
	int64_t capacity;              /* 10 */
	int64_t price;                 /* 100,000 */
	bool free_of_charge;           /* price 0 */
	int64_t hold_seconds;          /* 600 */
	int64_t opens_in;              /* seconds from now: an hour ago */
	int64_t closes_in;             /* in an hour */
	enum course_status status;     /* open (a draft: .draft) */
	bool draft;
};
#define a_course(c, ...) make_course((c), &(struct a_course){ __VA_ARGS__ })
int64_t make_course(struct ctx *, const struct a_course *);
/* The input that it is made of, for tests of course itself. */
#define a_course_input(c, ...) make_course_input((c), &(struct a_course){ __VA_ARGS__ })
struct course_input make_course_input(struct ctx *, const struct a_course *);

struct a_ticket {
	int64_t course;                /* a new one */
	int64_t member;                /* a new one */
	bool unserved;                 /* the promoter has not come by yet */
};
#define a_ticket(c, ...) make_ticket((c), &(struct a_ticket){ __VA_ARGS__ })
int64_t make_ticket(struct ctx *, const struct a_ticket *);

/* From now on this member is the caller. */
void as(struct ctx *, int64_t member);
int64_t holder_of(struct ctx *, int64_t ticket);
/* The holder of the ticket is the caller. */
void as_holder(struct ctx *, int64_t ticket);

/* The ticket's state as a word, its number (0: none yet), and until when it holds its seat (0: it holds none). */
#define assert_ticket(c, ticket, wanted) assert_str_at(ticket_word((c), (ticket)), (wanted), __FILE__, __LINE__)
str ticket_word(struct ctx *, int64_t ticket);
int64_t ticket_number(struct ctx *, int64_t ticket);
when ticket_hold(struct ctx *, int64_t ticket);
/* The hold ran out a moment ago. */
void age_hold(struct ctx *, int64_t ticket);

/* The seat of a ticket, as payment sees it under the lock; and one that is paid for. */
struct seat lock_seat(struct ctx *, int64_t ticket);
void pay_seat(struct ctx *, int64_t ticket);

struct seats {
	int64_t capacity, taken, enrolled, waiting, last_number;
};
struct seats seats_of(struct ctx *, int64_t course);
/* What is always true of a course's queue (queue/queue.h); fails the test if it is not. */
#define assert_course_sound(c, course) check_course((c), (course), __FILE__, __LINE__)
void check_course(struct ctx *, int64_t course, const char *file, int line);

/* How often this member was told of this, and the newest of it. */
int64_t told(struct ctx *, int64_t member, const char *type);
str told_data(struct ctx *, int64_t member, const char *type);

/* Memory that forked processes share. */
void *shared_memory(size_t n);

/* In two processes: `first` does its work in a transaction that stays open a while longer, and in that while `second` begins.
 * Fails if first is not OK, or second gives anything but 0. */
void test_in_between(outcome (*first)(struct ctx *, void *), int (*second)(struct ctx *), void *arg);

#endif
