/* check/check.c -- `madang check`: is what the program declares about itself true. */
#include "check/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "core/i18n.h"
#include "data/db.h"
#include "data/migrate.h"
#include "prepare.h"
#include "web/openapi.h"

enum { ROWS = 100000 };

void check_passed(struct check *k)
{
	k->passed++;
}

void check_failed(struct check *k, const char *fmt, ...)
{
	va_list ap;

	k->failed++;
	printf("FAILED  ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}

/* ---- words ---- */

static struct check *telling;      /* the catalogues' walk takes no argument of ours */

static void tell_difference(const char *key, enum locale lacks)
{
	check_failed(telling, "templates/words/%s lacks %s", i18n_name(lacks), key);
}

static void check_words(struct check *k)
{
	struct problem_row *all = arena_array(k->c->arena, struct problem_row, PROBLEMS_MAX);
	size_t n = problems_all(all);

	telling = k;
	if (i18n_differences(tell_difference) == 0)
		check_passed(k);
	for (size_t i = 0; i < n; i++) {
		str key = str_fmt(k->c->arena, "problem.%s", all[i].why->code);

		if (i18n_has(LOCALE_KO, key) && i18n_has(LOCALE_EN, key))
			check_passed(k);
		else
			check_failed(k, "%.*s: no words for a code of %s", STR(key), all[i].module);
	}
}

/* ---- routes ---- */

static bool declares(const struct route *r, const struct failure *why)
{
	for (const struct failure *const *f = r->fails; f && *f; f++)
		if (*f == why)
			return true;
	return false;
}

/* One code, one status: clients decide by the code. */
static void check_codes(struct check *k)
{
	struct problem_row *all = arena_array(k->c->arena, struct problem_row, PROBLEMS_MAX);
	size_t n = problems_all(all);

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(all[i].why->code, all[j].why->code) == 0)
				check_failed(k, "the code %s has the statuses %d and %d", all[i].why->code, all[i].why->status, all[j].why->status);
	check_passed(k);
}

static void check_route(struct check *k, const struct route *r)
{
	size_t before = k->failed;
	bool api = openapi_has(r);

	if (api && !r->about)
		check_failed(k, "%s %s: .about is missing", method_names[r->method], r->path);
	if (api && strchr(r->path, '{') && r->method != GET && !r->raw_body) {
		bool any = false;

		for (const struct failure *const *f = r->fails; f && *f; f++)
			any = any || (*f)->status == 404;
		if (!any)
			check_failed(k, "%s %s: nothing among its failures says that the thing is unknown", method_names[r->method], r->path);
	}
	if ((r->if_match || route_may_match(r)) && !declares(r, &version_stale))
		check_failed(k, "%s %s: heeds If-Match, but never says version_stale", method_names[r->method], r->path);
	if (k->failed == before)
		check_passed(k);
}

/* A client that is generated from the document has one type per name. */
static void check_shape_names(struct check *k)
{
	size_t n = route_count();

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct shape *a = route_at(i)->out, *b = route_at(j)->out;

			if (a && b && a != b && openapi_has(route_at(i)) && openapi_has(route_at(j)) && strcmp(a->name, b->name) == 0)
				check_failed(k, "two shapes are called %s: of %s and of %s", a->name, route_at(i)->path, route_at(j)->path);
		}
	check_passed(k);
}

/* A page and the JSON at its path are the same thing shown in two ways: for the same people. */
static void check_twins(struct check *k)
{
	const char *api = "/api/v1";

	for (size_t i = 0; i < route_count(); i++)
		for (size_t j = 0; j < route_count(); j++) {
			const struct route *page = route_at(i), *json = route_at(j);

			if (!page->page || page->method != json->method || strncmp(json->path, api, strlen(api)) != 0 ||
			    strcmp(json->path + strlen(api), page->path) != 0)
				continue;
			if (page->access == json->access)
				check_passed(k);
			else
				check_failed(k, "%s %s: the page is for others than the JSON of the same thing", method_names[page->method], page->path);
		}
}

static void check_routes(struct check *k)
{
	for (size_t i = 0; i < route_count(); i++)
		check_route(k, route_at(i));
	check_codes(k);
	check_shape_names(k);
	check_twins(k);
}

/* ---- documents ---- */

static str file_text(struct ctx *c, const char *path)
{
	FILE *f = fopen(path, "re");
	struct buf b = buf_in(c->arena);
	size_t n;

	while (f && (n = fread(buf_room(&b, 16384), 1, 16384, f)) > 0)
		b.n += n;
	if (f)
		fclose(f);
	return buf_text(&b);
}

static void check_documents(struct check *k)
{
	str is = file_text(k->c, str_z(k->c->arena, str_fmt(k->c->arena, "%s/docs/problems.md", k->c->config->root)));

	if (str_eq(is, problems_document(k->c)))
		check_passed(k);
	else
		check_failed(k, "docs/problems.md is not of today: madang routes --problems >docs/problems.md");
}

/* ---- the scratch database ---- */

static bool make_database(struct ctx *c)
{
	str why = { NULL, 0 };

	if (!db_create(c, &why)) {
		fprintf(stderr, "madang check: %.*s\n", STR(why));
		return false;
	}
	db_script(c, S("DROP DATABASE IF EXISTS madang_test_check; CREATE DATABASE madang_test_check "
		"CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; USE madang_test_check"));
	return migrate_run(c, c->config->sql_dir) == 0;
}

static void check_database(struct check *k, int64_t rows)
{
	struct fault_frame f;

	if (fault_caught(k->c, &f)) {
		fault_leave(k->c, &f);
		check_failed(k, "%s:%d: %s", f.file, f.line, f.what);
		return;
	}
	if (make_database(k->c)) {
		check_statements(k);
		check_fill(k, rows);
		check_plans(k);
		check_lists(k);
		db_script(k->c, S("DROP DATABASE madang_test_check"));
	} else {
		check_failed(k, "there is no database to check against");
	}
	fault_leave(k->c, &f);
}

int check_command(int argc, char **argv)
{
	static struct config config;
	const struct config *settings = prepare(argc, argv);
	struct check k = { 0 };
	int64_t rows = ROWS;

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--rows") == 0 && i + 1 < argc)
			str_int(str_of(argv[i + 1]), &rows);
		else if (strcmp(argv[i], "--plans") == 0)
			k.show_plans = true;
	if (!settings) {
		printf("0 passed, 1 failed\n");
		return 1;
	}
	config = *settings;
	config.db_name = "madang_test_check";
	k.c = ctx_new(&config);
	k.c->db = db_open(&config);
	ctx_begin(k.c);
	check_routes(&k);
	check_words(&k);
	check_reference(&k);
	check_documents(&k);
	check_database(&k, rows);
	db_close(k.c->db);
	ctx_free(k.c);
	printf("%zu passed, %zu failed\n", k.passed, k.failed);
	return k.failed ? 1 : 0;
}
