/* demo/demo.c -- `madang migrate`, `madang demo`, `madang search`: the schema, data that a person would believe, and the index of both. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "core/config.h"
#include "course/course.h"
#include "data/cache.h"
#include "data/db.h"
#include "data/migrate.h"
#include "prepare.h"
#include "web/crypto.h"

SQL_SCAN(count_members, "SELECT COUNT(*) FROM member");

static struct ctx *begin(int argc, char **argv)
{
	const struct config *config = prepare_config(argc, argv);
	struct ctx *c;

	if (!config)
		return NULL;
	c = ctx_new(config);
	c->db = db_open(config);
	c->cache = cache_open(config);
	return c;
}

static void end(struct ctx *c)
{
	cache_close(c->cache);
	db_close(c->db);
	ctx_free(c);
}

int migrate_command(int argc, char **argv)
{
	struct ctx *c = begin(argc, argv);
	struct fault_frame f;
	int status;

	if (!c)
		return 1;
	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		fprintf(stderr, "madang migrate: %s\n", f.what);
		return 1;
	}
	status = migrate_run(c, c->config->sql_dir);
	if (status == 0)
		course_text_missing(c);
	fault_leave(c, &f);
	end(c);
	return status;
}

static str read_file(struct ctx *c, const char *path)
{
	FILE *file = fopen(path, "r");
	struct buf b = buf_in(c->arena);
	size_t n;

	if (!file)
		fault(c, "%s cannot be read", path);
	while ((n = fread(buf_room(&b, 65536), 1, 65536, file)) > 0)
		b.n += n;
	fclose(file);
	return buf_text(&b);
}

static outcome load(struct ctx *c, void *p)
{
	struct buf b = buf_in(c->arena);

	(void)p;
	buf_fmt(&b, "SET @password = '%.*s';\n", STR(crypto_password_hash(c, S("madang-demo-1234"))));
	buf_str(&b, read_file(c, str_z(c->arena, str_fmt(c->arena, "%s/demo/demo.sql", c->config->sql_dir))));
	db_script(c, buf_text(&b));
	return OK;
}

int demo_command(int argc, char **argv)
{
	struct ctx *c = begin(argc, argv);
	struct fault_frame f;

	if (!c)
		return 1;
	if (!c->config->sandbox) {
		fprintf(stderr, "madang demo: only for the sandbox profile\n");
		return 1;
	}
	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		fprintf(stderr, "madang demo: %s\n", f.what);
		return 1;
	}
	if (db_int(c, &count_members, 0) == 0)
		db_tx(c, load, NULL);
	course_text_missing(c);
	fault_leave(c, &f);
	end(c);
	return 0;
}

int search_command(int argc, char **argv)
{
	struct ctx *c = begin(argc, argv);
	bool anew = false;
	struct fault_frame f;
	int64_t n;

	if (!c)
		return 1;
	for (int i = 1; i < argc; i++)
		anew = anew || strcmp(argv[i], "--rebuild") == 0;
	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		fprintf(stderr, "madang search: %s\n", f.what);
		return 1;
	}
	n = anew ? course_text_rebuild(c) : course_text_missing(c);
	printf("%lld courses\n", (long long)n);
	fault_leave(c, &f);
	end(c);
	return 0;
}
