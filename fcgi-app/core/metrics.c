#include "core/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/config.h"
#include "core/value.h"

enum { COUNTER, GAUGE, HISTOGRAM };

static const struct {
	int type;
	const char *name, *help;
} metrics[METRICS] = {
#define METRIC(id, type_, name_, help_) [METRIC_##id] = { type_, name_, help_ },
#include "core/metrics.def"
#undef METRIC
};

/* Upper bounds in microseconds; the last bucket of the file is for what is above all. */
static const int64_t bounds[] = {
	1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000
};

enum { BOUNDS = sizeof(bounds) / sizeof(bounds[0]), CLASSES = 5 };

typedef _Atomic int64_t number;

struct histogram {
	number bucket[BOUNDS + 1];     /* each observation counts in one of them; added up when printed */
	number sum;                    /* microseconds */
};

/* What one process counted. The file is this, so its layout is what `layout` in front says. */
struct metrics_file {
	uint64_t layout;               /* of this struct and the list of metrics */
	uint64_t program;              /* which build wrote it: another one may number the routes otherwise */
	number value[METRICS];
	number set_at[METRICS];        /* gauges: when; the newest of all files is printed */
	struct histogram time[METRICS];
	struct {
		number class[CLASSES];
		struct histogram time;
	} route[METRIC_ROUTES];
};

/* This process's file; NULL until metrics_open(), and then nothing is counted. Set before there are threads. */
static struct metrics_file *mine;

static void add(number *n, int64_t v)
{
	atomic_fetch_add_explicit(n, v, memory_order_relaxed);
}

static int64_t get(const number *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

static uint64_t mix(uint64_t h, const void *bytes, size_t n)
{
	return h * 1000003 + str_hash((str){ bytes, n });
}

static uint64_t layout_now(void)
{
	size_t size = sizeof(struct metrics_file);
	uint64_t h = mix(1, &size, sizeof(size));

	for (size_t i = 0; i < METRICS; i++)
		h = mix(h, metrics[i].name, strlen(metrics[i].name));
	return mix(h, bounds, sizeof(bounds));
}

static uint64_t program_now(void)
{
	struct stat st;

	if (stat("/proc/self/exe", &st) < 0)
		return 1;
	return mix(mix(mix(1, &st.st_size, sizeof(st.st_size)), &st.st_mtim, sizeof(st.st_mtim)), &st.st_ino, sizeof(st.st_ino));
}

static struct metrics_file *map(const char *path, bool fresh)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | (fresh ? O_CREAT | O_EXCL : 0), 0644);
	struct metrics_file *m = MAP_FAILED;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fresh ? ftruncate(fd, sizeof(*m)) == 0 : fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof(*m))
		m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return m == MAP_FAILED ? NULL : m;
}

static void unmap(struct metrics_file *m)
{
	if (m)
		munmap(m, sizeof(*m));
}

bool metrics_open(const struct config *config, const char *process, int slot)
{
	char folder[1024], path[1200];
	struct metrics_file *m;

	snprintf(folder, sizeof(folder), "%s/metrics", config->run_dir);
	snprintf(path, sizeof(path), "%s/%s-%d", folder, process, slot);
	if (mkdir(folder, 0755) < 0 && errno != EEXIST) {
		fprintf(stderr, "%s: %s\n", folder, strerror(errno));
		return false;
	}
	m = map(path, false);
	if (m && (m->layout != layout_now() || m->program != program_now())) {
		unmap(m);
		m = NULL;
	}
	if (!m) {
		unlink(path);     /* who still maps the old one may go on */
		m = map(path, true);
	}
	if (!m) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	m->layout = layout_now();
	m->program = program_now();
	unmap(mine);
	mine = m;
	return true;
}

void metric_add(enum metric id, int64_t n)
{
	if (mine)
		add(&mine->value[id], n);
}

void metric_set(enum metric id, int64_t v)
{
	if (!mine)
		return;
	atomic_store_explicit(&mine->value[id], v, memory_order_relaxed);
	atomic_store_explicit(&mine->set_at[id], when_now().us, memory_order_relaxed);
}

static void observe(struct histogram *h, int64_t us)
{
	size_t i = 0;

	while (i < BOUNDS && us > bounds[i])
		i++;
	add(&h->bucket[i], 1);
	add(&h->sum, us);
}

void metric_time(enum metric id, int64_t us)
{
	if (mine)
		observe(&mine->time[id], us);
}

void metric_request(size_t route, int status, int64_t us)
{
	if (!mine || route >= METRIC_ROUTES || status < 100 || status > 599)
		return;
	add(&mine->route[route].class[status / 100 - 1], 1);
	observe(&mine->route[route].time, us);
}

/* ---- adding the files together ---- */

static void add_histogram(struct histogram *to, const struct histogram *from)
{
	for (size_t i = 0; i <= BOUNDS; i++)
		add(&to->bucket[i], get(&from->bucket[i]));
	add(&to->sum, get(&from->sum));
}

static void add_file(struct metrics_file *sum, const struct metrics_file *m)
{
	for (size_t i = 0; i < METRICS; i++) {
		if (metrics[i].type == COUNTER) {
			add(&sum->value[i], get(&m->value[i]));
		} else if (metrics[i].type == GAUGE && get(&m->set_at[i]) > get(&sum->set_at[i])) {
			sum->value[i] = get(&m->value[i]);
			sum->set_at[i] = get(&m->set_at[i]);
		}
		add_histogram(&sum->time[i], &m->time[i]);
	}
	for (size_t r = 0; r < METRIC_ROUTES; r++) {
		for (size_t i = 0; i < CLASSES; i++)
			add(&sum->route[r].class[i], get(&m->route[r].class[i]));
		add_histogram(&sum->route[r].time, &m->route[r].time);
	}
}

static void add_all(const struct config *config, struct metrics_file *sum)
{
	char path[1400];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/metrics", config->run_dir);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		struct metrics_file *m;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/metrics/%s", config->run_dir, e->d_name);
		m = map(path, false);
		if (m && m->layout == layout_now())
			add_file(sum, m);
		unmap(m);
	}
	if (d)
		closedir(d);
}

/* ---- Prometheus' text format, version 0.0.4 ---- */

static void put_head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_fmt(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static str escaped(struct arena *a, const char *label)
{
	struct buf b = buf_in(a);

	for (; *label; label++) {
		if (*label == '\n') {
			buf_lit(&b, "\\n");
			continue;
		}
		if (*label == '\\' || *label == '"')
			buf_char(&b, '\\');
		buf_char(&b, *label);
	}
	return buf_text(&b);
}

/* labels: `route="…"`, or empty */
static void put_histogram(struct buf *b, const char *name, str labels, const struct histogram *h)
{
	const char *comma = labels.n ? "," : "", *open = labels.n ? "{" : "", *close = labels.n ? "}" : "";
	int64_t n = 0;

	for (size_t i = 0; i < BOUNDS; i++) {
		n += get(&h->bucket[i]);
		buf_fmt(b, "%s_bucket{%.*s%sle=\"%g\"} %" PRId64 "\n", name, STR(labels), comma, (double)bounds[i] / 1e6, n);
	}
	n += get(&h->bucket[BOUNDS]);
	buf_fmt(b, "%s_bucket{%.*s%sle=\"+Inf\"} %" PRId64 "\n", name, STR(labels), comma, n);
	buf_fmt(b, "%s_sum%s%.*s%s %.6f\n", name, open, STR(labels), close, (double)get(&h->sum) / 1e6);
	buf_fmt(b, "%s_count%s%.*s%s %" PRId64 "\n", name, open, STR(labels), close, n);
}

static bool was_called(const struct metrics_file *sum, size_t route)
{
	for (size_t i = 0; i < CLASSES; i++)
		if (get(&sum->route[route].class[i]))
			return true;
	return false;
}

static void put_routes(struct buf *b, const struct metrics_file *sum, const char *(*route_label)(size_t))
{
	str label[METRIC_ROUTES] = { { NULL, 0 } };

	for (size_t r = 0; r < METRIC_ROUTES; r++)
		if (was_called(sum, r) && route_label(r))
			label[r] = escaped(b->arena, route_label(r));
	put_head(b, "madang_requests_total", "counter", "Requests answered, by route and class of the status");
	for (size_t r = 0; r < METRIC_ROUTES; r++)
		for (int i = 0; label[r].n && i < CLASSES; i++)
			if (get(&sum->route[r].class[i]))
				buf_fmt(b, "madang_requests_total{route=\"%.*s\",class=\"%dxx\"} %" PRId64 "\n", STR(label[r]), i + 1,
					get(&sum->route[r].class[i]));
	put_head(b, "madang_request_seconds", "histogram", "Time that answers take, by route");
	for (size_t r = 0; r < METRIC_ROUTES; r++)
		if (label[r].n)
			put_histogram(b, "madang_request_seconds", str_fmt(b->arena, "route=\"%.*s\"", STR(label[r])), &sum->route[r].time);
}

void metrics_print(const struct config *config, struct buf *b, const char *(*route_label)(size_t))
{
	static const char *const types[] = { "counter", "gauge", "histogram" };
	struct metrics_file *sum = calloc(1, sizeof(*sum));

	if (!sum)
		return;
	add_all(config, sum);
	for (size_t i = 0; i < METRICS; i++) {
		put_head(b, metrics[i].name, types[metrics[i].type], metrics[i].help);
		if (metrics[i].type == HISTOGRAM)
			put_histogram(b, metrics[i].name, (str){ NULL, 0 }, &sum->time[i]);
		else
			buf_fmt(b, "%s %" PRId64 "\n", metrics[i].name, get(&sum->value[i]));
	}
	if (route_label)
		put_routes(b, sum, route_label);
	free(sum);
}
