#include "core/config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ctx.h"
#include "core/str.h"

enum { LINE_BYTES = 4096 };

enum setting_kind { TEXT, PATH, NUMBER };

/* What may stand in the file. `dflt` of a path is under root; NULL: the setting must be given. */
struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset;
	const char *dflt;
	int64_t number, min, max;
};

#define T(key, dflt) { #key, TEXT, offsetof(struct config, key), dflt, 0, 0, 0 }
#define P(key, dflt) { #key, PATH, offsetof(struct config, key), dflt, 0, 0, 0 }
#define N(key, number, min, max) { #key, NUMBER, offsetof(struct config, key), NULL, number, min, max }

static const struct setting settings[] = {
	T(profile, "production"),
	P(run_dir, "var/run"),
	T(base_url, NULL),
	P(db_socket, "var/run/db.sock"),
	T(db_name, "madang"),
	T(db_user, "madang"),
	T(db_password, ""),
	P(memcached_socket, "var/run/memcached.sock"),
	P(web_socket, "var/run/web.sock"),
	P(edge_socket, "var/run/edge.sock"),
	P(pg_socket, "var/run/pg.sock"),
	P(nchan_pub_socket, "var/run/s0-pub.sock"),
	T(gateway_url, ""),
	T(gateway_secret, ""),
	T(smtp_url, ""),
	T(mail_from, "madang@localhost"),
	P(mail_dir, "var/mail"),
	P(templates_dir, "templates"),
	P(sql_dir, "sql"),
	N(web_processes, 2, 1, 64),
	N(web_threads, 8, 1, 256),
	N(edge_processes, 2, 1, 64),
	N(edge_threads, 16, 1, 256),
	N(access_seconds, 15 * 60, 1, 24 * 3600),
	N(refresh_seconds, 14 * 24 * 3600, 1, 400 * 24 * 3600),
	N(console_idle_seconds, 8 * 3600, 1, 14 * 24 * 3600),
	N(gateway_timeout_ms, 10000, 100, 120000),
};

enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

struct reading {
	const char *path;
	char *value[SETTINGS];
	char *root;
	char *secret_file;
	bool bad;
};

static void *must(void *p)
{
	if (!p) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

static char *copy(str s)
{
	return must(strndup(s.n ? s.p : "", s.n));
}

static void take(struct reading *r, int line, str key, str value)
{
	char **to = NULL;

	for (size_t i = 0; i < SETTINGS; i++)
		if (str_eq(key, str_of(settings[i].name)))
			to = &r->value[i];
	if (str_eq(key, S("root")))
		to = &r->root;
	if (str_eq(key, S("secret_file")))
		to = &r->secret_file;
	if (!to) {
		fprintf(stderr, "%s:%d: there is no setting called %.*s\n", r->path, line, STR(key));
		return;
	}
	if (*to) {
		fprintf(stderr, "%s:%d: %.*s is set twice\n", r->path, line, STR(key));
		r->bad = true;
		free(*to);
	}
	*to = copy(value);
}

static bool read_lines(struct reading *r)
{
	char bytes[LINE_BYTES];
	FILE *f = fopen(r->path, "re");

	if (!f) {
		fprintf(stderr, "%s: %s\n", r->path, strerror(errno));
		return false;
	}
	for (int line = 1; fgets(bytes, sizeof(bytes), f); line++) {
		str s = str_trim(str_of(bytes)), key, value;

		if (s.n == 0 || s.p[0] == '#')
			continue;
		if (!str_split(s, '=', &key, &value)) {
			fprintf(stderr, "%s:%d: this is not `key = value`\n", r->path, line);
			r->bad = true;
			continue;
		}
		take(r, line, str_trim(key), str_trim(value));
	}
	fclose(f);
	return true;
}

/* `name` under `folder`, unless it begins with a slash. */
static char *under(const char *folder, const char *name)
{
	char *p;

	if (name[0] == '/')
		return copy(str_of(name));
	if (asprintf(&p, "%s/%s", folder, name) < 0)
		p = NULL;
	return must(p);
}

/* A relative root is seen from the folder of the file. */
static char *find_root(const char *path, const char *root)
{
	char *path_copy = copy(str_of(path)), *near = under(dirname(path_copy), root ? root : ".");
	char *real = realpath(near, NULL);

	if (!real)
		fprintf(stderr, "%s: root = %s: %s\n", path, near, strerror(errno));
	free(path_copy);
	free(near);
	return real;
}

static void put_number(struct reading *r, const struct setting *s, const char *value, int64_t *to)
{
	*to = s->number;
	if (value && (!str_int(str_of(value), to) || *to < s->min || *to > s->max)) {
		fprintf(stderr, "%s: %s must be a whole number from %lld to %lld\n", r->path, s->name, (long long)s->min,
			(long long)s->max);
		r->bad = true;
	}
}

static void put(struct reading *r, const struct setting *s, const char *value, struct config *c)
{
	void *to = (char *)c + s->offset;

	if (s->kind == NUMBER) {
		put_number(r, s, value, to);
		return;
	}
	if (!value)
		value = s->dflt;
	if (!value) {
		fprintf(stderr, "%s: %s is missing\n", r->path, s->name);
		r->bad = true;
		value = "";
	}
	*(char **)to = s->kind == PATH ? under(c->root, value) : copy(str_of(value));
}

/* 32 bytes, or 64 digits that stand for them, with a line break at most. */
static bool read_secret(const char *path, unsigned char secret[32])
{
	char bytes[128];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
	bool good = n == 32;

	if (good)
		memcpy(secret, bytes, 32);
	else if (n > 0)
		good = str_unhex(str_trim((str){ bytes, (size_t)n }), secret, 32);
	if (fd < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	else if (!good)
		fprintf(stderr, "%s: it must hold 32 bytes, or 64 hexadecimal digits\n", path);
	if (fd >= 0)
		close(fd);
	explicit_bzero(bytes, sizeof(bytes));
	return good;
}

/* A word from the environment and not from the file, so that no installation can be left in that state. */
static void read_sabotage(struct reading *r, struct config *c)
{
	static const char *const known[] = { "course_lock", "inbox_key", "replay" };
	const char *word = getenv("MADANG_SABOTAGE");

	if (!word || !word[0])
		return;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(word, known[i]) == 0)
			c->sabotage = known[i];
	if (c->sandbox && c->sabotage)
		return;
	fprintf(stderr, "MADANG_SABOTAGE is set: it needs the sandbox profile, and one of course_lock, inbox_key, replay\n");
	r->bad = true;
}

bool sabotaged(const struct ctx *c, const char *safety)
{
	return c->config && c->config->sabotage && strcmp(c->config->sabotage, safety) == 0;
}

/* What one setting alone does not show. */
static void finish(struct reading *r, struct config *c)
{
	char *url = (char *)(uintptr_t)c->base_url, *secret_file;

	while (url[0] && url[strlen(url) - 1] == '/')
		url[strlen(url) - 1] = '\0';
	if (url[0] && strncmp(url, "https://", 8) != 0) {
		fprintf(stderr, "%s: base_url must begin with https://\n", r->path);
		r->bad = true;
	}
	c->sandbox = strcmp(c->profile, "sandbox") == 0;
	if (!c->sandbox && strcmp(c->profile, "production") != 0) {
		fprintf(stderr, "%s: profile must be sandbox or production\n", r->path);
		r->bad = true;
	}
	read_sabotage(r, c);
	secret_file = under(c->root, r->secret_file ? r->secret_file : "var/secret");
	r->bad |= !read_secret(secret_file, c->secret);
	free(secret_file);
}

static void drop(struct config *c)
{
	for (size_t i = 0; i < SETTINGS; i++)
		if (settings[i].kind != NUMBER)
			free(*(char **)((char *)c + settings[i].offset));
	free((char *)(uintptr_t)c->root);
	explicit_bzero(c, sizeof(*c));
	free(c);
}

const struct config *config_read(const char *path)
{
	struct config *c = must(calloc(1, sizeof(*c)));
	struct reading r = { .path = path };
	bool good = read_lines(&r) && (c->root = find_root(path, r.root));

	for (size_t i = 0; good && i < SETTINGS; i++)
		put(&r, &settings[i], r.value[i], c);
	if (good)
		finish(&r, c);
	for (size_t i = 0; i < SETTINGS; i++)
		free(r.value[i]);
	free(r.root);
	free(r.secret_file);
	if (good && !r.bad)
		return c;
	drop(c);
	return NULL;
}
