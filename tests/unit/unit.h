/* unit.h -- what every unit test file includes.
 *
 * The tests run at the top of the source tree. A file holds tests whose names are sentences, lists them, and gives the list a name:
 *
 *	static void a_percentage_is_rounded_down(void **state) { ... }
 *
 *	static const struct CMUnitTest tests[] = {
 *		cmocka_unit_test(a_percentage_is_rounded_down),
 *	};
 *	UNIT_GROUP(money, tests, NULL, NULL)       the last two: set-up and tear-down of the group
 *
 * `tests/unit/unit money 'coup*'` runs the groups with these names, `tests/unit/unit` all of them.
 */
#ifndef MADANG_UNIT_H
#define MADANG_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* fail() is a function of ours (core/outcome.h). */
#undef fail
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

struct unit_group {
	const char *name;
	int (*run)(void);       /* gives the number of failed tests */
	size_t n_tests;
};

/* A ctx without settings or a database, made and dropped by the group's set-up and tear-down, make_ctx and drop_ctx. */
#define OWN_CTX(c_) \
	static struct ctx *c_; \
	static int make_ctx(void **state) \
	{ \
		(void)state; \
		c_ = ctx_new(NULL); \
		return 0; \
	} \
	static int drop_ctx(void **state) \
	{ \
		(void)state; \
		ctx_free(c_); \
		return 0; \
	}

/* The linker gathers the groups of all files in one array. */
#define UNIT_GROUP(name_, tests_, setup_, teardown_) \
	static int run_group_##name_(void) \
	{ \
		return cmocka_run_group_tests_name(#name_, tests_, setup_, teardown_); \
	} \
	static const struct unit_group unit_group_##name_ \
		__attribute__((used, section("unit_groups"), aligned(_Alignof(struct unit_group)))) = \
		{ #name_, run_group_##name_, sizeof(tests_) / sizeof((tests_)[0]) };

#endif
