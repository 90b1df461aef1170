/* test_data_cache.c -- what may be lost: against a real memcached, and with none. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/config.h"
#include "data/cache.h"

static str fresh_key(struct ctx *c)
{
	return str_fmt(c->arena, "test.%lld", (long long)when_now().us);
}

static void any_text_can_be_part_of_a_key(void **state)
{
	struct ctx *c = test_ctx();
	char *n = arena_text(c->arena, 3000);
	str fresh = fresh_key(c), strange[] = { S("a b"), S("a\r\nflush_all\r\n"), S("한글"), { n, 3000 } };
	enum { STRANGE = sizeof(strange) / sizeof(strange[0]) };

	(void)state;
	memset(n, 'k', 3000);
	for (int i = 0; i < STRANGE; i++) {
		strange[i] = str_join(c->arena, fresh, strange[i]);
		for (int k = 0; k <= i; k++)
			assert_int_equal(cache_count(c, strange[i], 60), k + 1);
	}
	assert_int_equal(cache_counter(c, str_join(c->arena, fresh, S("a\r\nflush_all\r"))), 0);
	for (int i = 0; i < STRANGE; i++)
		assert_int_equal(cache_counter(c, strange[i]), i + 1);
}

static str counted;

static int count_often(struct ctx *c, int which)
{
	(void)which;
	for (int i = 0; i < 100; i++)
		if (cache_count(c, counted, 60) == 0)
			return 1;
	return 0;
}

static void no_count_is_lost_between_processes(void **state)
{
	struct ctx *c = test_ctx();

	(void)state;
	counted = fresh_key(c);
	assert_int_equal(cache_counter(c, counted), 0);
	assert_int_equal(cache_count(c, counted, 60), 1);
	test_at_once(4, count_often);
	assert_int_equal(cache_counter(c, counted), 401);
}

static void a_counter_ends_when_its_time_is_over(void **state)
{
	struct ctx *c = test_ctx();
	str key = fresh_key(c);

	(void)state;
	assert_int_equal(cache_count(c, key, 1), 1);
	assert_int_equal(cache_count(c, key, 1), 2);
	for (int i = 0; i < 200 && cache_counter(c, key) != 0; i++)
		nanosleep(&(struct timespec){ 0, 50 * 1000 * 1000 }, NULL);
	assert_int_equal(cache_counter(c, key), 0);
}

/* A ctx whose memcached and run_dir are elsewhere. */
static struct ctx *elsewhere(struct config *k, const char *socket, const char *run_dir)
{
	struct ctx *c;

	*k = *test_config();
	k->memcached_socket = socket;
	k->run_dir = run_dir;
	c = ctx_new(k);
	c->cache = cache_open(k);
	return c;
}

static void close_elsewhere(struct ctx *c)
{
	cache_close(c->cache);
	ctx_free(c);
}

static void without_memcached_nothing_is_found_and_nothing_is_slow(void **state)
{
	struct ctx *c = test_ctx(), *lost;
	struct config k;
	int64_t begun = clock_us();

	(void)state;
	lost = elsewhere(&k, "/nowhere/memcached.sock", c->config->run_dir);
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(cache_counter(lost, S("a")), 0);
		assert_int_equal(cache_count(lost, S("a"), 60), 0);
	}
	assert_true(clock_us() - begun < 10 * SECOND);        /* waiting each time would be a hundred */
	close_elsewhere(lost);
}

static void a_memcached_that_hangs_slows_down_a_few_requests_only(void **state)
{
	struct ctx *c = test_ctx(), *lost;
	char folder[] = "/tmp/madang-test-XXXXXX";
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct config k;
	int64_t begun;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 100), 0);     /* takes connections, and never says a word */
	lost = elsewhere(&k, at.sun_path, c->config->run_dir);
	begun = clock_us();
	for (int i = 0; i < 100; i++)
		assert_int_equal(cache_counter(lost, S("a")), 0);
	assert_in_range(clock_us() - begun, 2 * 50 * 1000, 4 * SECOND);        /* waiting each time would be five */
	close_elsewhere(lost);
	close(fd);
	assert_int_equal(unlink(at.sun_path), 0);
	assert_int_equal(rmdir(folder), 0);
}

static int bump_ten_times(struct ctx *c, int which)
{
	(void)which;
	for (int i = 0; i < 10; i++)
		generation_bump(c, GEN_CATALOGUE);
	return 0;
}

static void a_bump_is_seen_by_all_processes_at_once(void **state)
{
	struct ctx *c = test_ctx();
	uint64_t before = generation(c, GEN_CATALOGUE);

	(void)state;
	assert_true(before > 0);
	assert_true(generation(c, GEN_CATALOGUE) == before);
	test_at_once(3, bump_ten_times);
	assert_true(generation(c, GEN_CATALOGUE) >= before + 30);
}

/* Two folders of sockets on one memcached are two machines. */
static void a_bump_reaches_other_machines_soon_and_once(void **state)
{
	struct ctx *c = test_ctx(), *far;
	char folder[] = "/tmp/madang-test-XXXXXX";
	struct timespec pause = { 0, 600 * 1000 * 1000 };
	uint64_t here, there;
	struct config k;

	(void)state;
	assert_non_null(mkdtemp(folder));
	far = elsewhere(&k, c->config->memcached_socket, folder);
	generation_bump(c, GEN_CATALOGUE);     /* so that the number in memcached exists */
	generation(far, GEN_CATALOGUE);
	nanosleep(&pause, NULL);
	here = generation(c, GEN_CATALOGUE);
	there = generation(far, GEN_CATALOGUE);
	generation_bump(c, GEN_CATALOGUE);
	nanosleep(&pause, NULL);
	assert_true(generation(far, GEN_CATALOGUE) == there + 1);
	assert_true(generation(c, GEN_CATALOGUE) == here + 1);     /* its own bump isn't found a second time */
	close_elsewhere(far);
	assert_int_equal(unlink(str_z(c->arena, str_fmt(c->arena, "%s/generations", folder))), 0);
	assert_int_equal(rmdir(folder), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(any_text_can_be_part_of_a_key),
	cmocka_unit_test(no_count_is_lost_between_processes),
	cmocka_unit_test(a_counter_ends_when_its_time_is_over),
	cmocka_unit_test(without_memcached_nothing_is_found_and_nothing_is_slow),
	cmocka_unit_test(a_memcached_that_hangs_slows_down_a_few_requests_only),
	cmocka_unit_test(a_bump_is_seen_by_all_processes_at_once),
	cmocka_unit_test(a_bump_reaches_other_machines_soon_and_once),
};
UNIT_GROUP(data_cache, tests, NULL, NULL)
