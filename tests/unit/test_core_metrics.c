/* Counters of many processes: core/metrics.h. */
#include "assert_str.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/config.h"
#include "core/metrics.h"

static struct config config;
static struct arena *a;
static char folder[64];

static void empty_folder(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[512];

	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		unlink(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static int make_folder(void **state)
{
	(void)state;
	a = arena_new();
	strcpy(folder, "/tmp/madang-unit-XXXXXX");
	config.run_dir = mkdtemp(folder);
	return config.run_dir ? 0 : -1;
}

static int drop_folder(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/metrics", folder);
	empty_folder(path);
	rmdir(folder);
	arena_free(a);
	return 0;
}

static const char *label_of(size_t route)
{
	return route == 1 ? "GET /api/v1/\"x\"\\y\n" : route == 2 ? "GET /" : NULL;
}

/* Is this line part of what is printed? */
static void assert_printed(const char *line)
{
	struct buf b = buf_in(a);

	metrics_print(&config, &b, label_of);
	if (!str_find(buf_text(&b), str_join(a, str_of(line), S("\n")), NULL))
		fail_msg("wanted %s\ngot %.*s", line, STR(buf_text(&b)));
}

static void assert_not_printed(const char *part)
{
	struct buf b = buf_in(a);

	metrics_print(&config, &b, label_of);
	if (str_find(buf_text(&b), str_of(part), NULL))
		fail_msg("%s is printed", part);
}

/* Counts in a process of its own, as the pools do. */
static void in_process(const char *name, int slot, void (*work)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (!metrics_open(&config, name, slot))
			_exit(1);
		work();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void before_a_file_is_open_nothing_happens(void **state)
{
	(void)state;
	metric_add(METRIC_joins, 1);
	metric_set(METRIC_outbox_lag, 1);
	metric_time(METRIC_gateway_time, 1);
	metric_request(1, 200, 1);
	assert_printed("madang_queue_joins_total 0");
	assert_printed("# TYPE madang_queue_joins_total counter");
	assert_printed("# HELP madang_queue_joins_total Tickets given out");
	assert_printed("# TYPE madang_outbox_waiting gauge");
}

static void three_joins(void)
{
	metric_add(METRIC_joins, 1);
	metric_add(METRIC_joins, 2);
}

static void counters_of_all_processes_are_added_and_survive_them(void **state)
{
	(void)state;
	in_process("web", 0, three_joins);
	in_process("web", 1, three_joins);
	in_process("web", 0, three_joins);     /* the next one in this slot */
	in_process("edge", 0, three_joins);
	assert_printed("madang_queue_joins_total 12");
}

static void lag_of_five(void)
{
	metric_set(METRIC_outbox_lag, 5);
}

static void lag_of_seven(void)
{
	metric_set(METRIC_outbox_lag, 7);
}

static void a_gauge_shows_what_was_set_last(void **state)
{
	(void)state;
	in_process("web", 0, lag_of_seven);
	usleep(10);
	in_process("relay", 0, lag_of_five);
	assert_printed("madang_outbox_lag_microseconds 5");
	usleep(10);
	in_process("web", 0, lag_of_seven);
	assert_printed("madang_outbox_lag_microseconds 7");
}

static void some_times(void)
{
	metric_time(METRIC_gateway_time, 1000);         /* just in the first bucket */
	metric_time(METRIC_gateway_time, 1001);
	metric_time(METRIC_gateway_time, 2000000);
	metric_time(METRIC_gateway_time, 99000000);     /* above all bounds */
}

static void buckets_add_up_and_end_with_all(void **state)
{
	(void)state;
	in_process("edge", 0, some_times);
	assert_printed("madang_gateway_seconds_bucket{le=\"0.001\"} 1");
	assert_printed("madang_gateway_seconds_bucket{le=\"0.0025\"} 2");
	assert_printed("madang_gateway_seconds_bucket{le=\"1\"} 2");
	assert_printed("madang_gateway_seconds_bucket{le=\"2.5\"} 3");
	assert_printed("madang_gateway_seconds_bucket{le=\"10\"} 3");
	assert_printed("madang_gateway_seconds_bucket{le=\"+Inf\"} 4");
	assert_printed("madang_gateway_seconds_count 4");
	assert_printed("madang_gateway_seconds_sum 101.002001");
}

static void some_requests(void)
{
	metric_request(1, 200, 3000);
	metric_request(1, 204, 3000);
	metric_request(1, 404, 3000);
	metric_request(2, 503, 3000);
	metric_request(3, 200, 3000);                   /* a route that nobody knows */
	metric_request(METRIC_ROUTES, 200, 3000);
	metric_request(1, 99, 3000);
	metric_request(1, 600, 3000);
}

static void requests_are_counted_by_route_and_class(void **state)
{
	(void)state;
	in_process("web", 0, some_requests);
	assert_printed("madang_requests_total{route=\"GET /api/v1/\\\"x\\\"\\\\y\\n\",class=\"2xx\"} 2");
	assert_printed("madang_requests_total{route=\"GET /api/v1/\\\"x\\\"\\\\y\\n\",class=\"4xx\"} 1");
	assert_printed("madang_requests_total{route=\"GET /\",class=\"5xx\"} 1");
	assert_printed("madang_request_seconds_bucket{route=\"GET /\",le=\"0.0025\"} 0");
	assert_printed("madang_request_seconds_bucket{route=\"GET /\",le=\"0.005\"} 1");
	assert_printed("madang_request_seconds_count{route=\"GET /\"} 1");
	assert_not_printed("class=\"1xx\"");
}

static void a_file_of_another_layout_is_made_anew_and_never_added(void **state)
{
	char path[128];
	uint64_t other = 1;
	int fd;

	(void)state;
	in_process("old", 0, three_joins);
	assert_printed("madang_queue_joins_total 15");
	snprintf(path, sizeof(path), "%s/metrics/old-0", folder);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, &other, sizeof(other), 0), sizeof(other));
	assert_printed("madang_queue_joins_total 12");
	in_process("old", 0, three_joins);
	assert_printed("madang_queue_joins_total 15");
	close(fd);
	assert_int_equal(truncate(path, 100), 0);
	assert_printed("madang_queue_joins_total 12");
	in_process("old", 0, three_joins);
	assert_printed("madang_queue_joins_total 15");
}

static void a_file_of_another_build_is_made_anew(void **state)
{
	char path[128];
	uint64_t other = 1;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/metrics/old-0", folder);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, &other, sizeof(other), sizeof(other)), sizeof(other));
	close(fd);
	in_process("old", 0, three_joins);
	assert_printed("madang_queue_joins_total 15");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(before_a_file_is_open_nothing_happens),
	cmocka_unit_test(counters_of_all_processes_are_added_and_survive_them),
	cmocka_unit_test(a_gauge_shows_what_was_set_last),
	cmocka_unit_test(buckets_add_up_and_end_with_all),
	cmocka_unit_test(requests_are_counted_by_route_and_class),
	cmocka_unit_test(a_file_of_another_layout_is_made_anew_and_never_added),
	cmocka_unit_test(a_file_of_another_build_is_made_anew),
};
UNIT_GROUP(core_metrics, tests, make_folder, drop_folder)
