/* audit/audit.c -- looks, and prints what it found. */
#include "audit/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "core/config.h"
#include "core/metrics.h"
#include "staff_log/staff_log.h"

enum { EXAMPLES = 5, COULD_NOT_LOOK = 2 };

static const struct shape row_shape = SHAPE("AuditRow", struct audit_row, F(what));

static size_t look_at(struct ctx *c, const struct invariant *list_of, struct finding *out, size_t n)
{
	for (const struct invariant *v = list_of; v->name && n < AUDIT_MAX; v++) {
		out[n] = (struct finding){ .of = v, .rows = v->look ? v->look(c) : db_all(c, v->violations, &row_shape) };
		out[n].n = out[n].rows.n;
		n++;
	}
	return n;
}

/* Not db_tx: the one reader that needs the same picture through many statements. The level holds for this session,
 * so whoever calls this does nothing else with the connection. */
size_t audit_look(struct ctx *c, struct finding *out)
{
	size_t n = 0;

	db_script(c, S("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ; "
		       "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY; SET @audit_now = UTC_TIMESTAMP(6)"));
	n = look_at(c, audit_seats, out, n);
	n = look_at(c, audit_money, out, n);
	n = look_at(c, audit_events, out, n);
	n = look_at(c, audit_changes, out, n);
	n = look_at(c, audit_staff, out, n);
	db_script(c, S("COMMIT"));
	return n;
}

static size_t count(const struct finding *f, size_t n, bool warnings)
{
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (f[i].of->warning == warnings)
			sum += f[i].n;
	return sum;
}

static void print_table(const struct finding *f, size_t n, const struct staff_log_head *head)
{
	for (size_t i = 0; i < n; i++) {
		const struct audit_row *row = f[i].rows.p;

		printf("%-7s %-26s %s\n", f[i].n == 0 ? "ok" : f[i].of->warning ? "look" : "BROKEN", f[i].of->name,
		       f[i].of->about);
		for (size_t k = 0; k < f[i].n && k < EXAMPLES; k++)
			printf("            %.*s\n", STR(row[k].what));
		if (f[i].n > EXAMPLES)
			printf("            … %zu in all%s\n", f[i].n, f[i].n == AUDIT_ROWS ? ", or more" : "");
	}
	printf("staff log: %lld lines sealed, %lld not yet, head %.*s\n", (long long)head->n, (long long)head->unsealed, STR(head->hash));
	printf("%zu invariants, %zu violations, %zu warnings\n", n, count(f, n, false), count(f, n, true));
}

static void finding_json(struct buf *b, const struct finding *f)
{
	const struct audit_row *row = f->rows.p;

	buf_lit(b, "{\"name\":");
	buf_json(b, str_of(f->of->name));
	buf_lit(b, ",\"about\":");
	buf_json(b, str_of(f->of->about));
	buf_fmt(b, ",\"warning\":%s,\"violations\":%zu,\"examples\":[", f->of->warning ? "true" : "false",
		f->of->warning ? 0 : f->n);
	for (size_t k = 0; k < f->n && k < EXAMPLES; k++) {
		if (k)
			buf_char(b, ',');
		buf_json(b, row[k].what);
	}
	buf_lit(b, "]}");
}

static void print_json(struct ctx *c, const struct finding *f, size_t n, const struct staff_log_head *head)
{
	struct buf b = buf_in(c->arena);

	buf_fmt(&b, "{\"violations\":%zu,\"warnings\":%zu,\"invariants\":[", count(f, n, false), count(f, n, true));
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(&b, ',');
		finding_json(&b, &f[i]);
	}
	buf_fmt(&b, "],\"staff_log\":{\"sealed\":%lld,\"unsealed\":%lld,\"head\":\"%.*s\"}}\n", (long long)head->n, (long long)head->unsealed,
		STR(head->hash));
	fwrite(b.p, 1, b.n, stdout);
}

static int look_and_print(struct ctx *c, bool json)
{
	struct finding found[AUDIT_MAX];
	size_t n = audit_look(c, found);
	size_t broken = count(found, n, false);
	struct staff_log_head head;

	metric_set(METRIC_audit_violations, (int64_t)broken);
	staff_log_verify(c, &head);
	if (json)
		print_json(c, found, n, &head);
	else
		print_table(found, n, &head);
	return broken ? 1 : 0;
}

int audit_command(int argc, char **argv)
{
	bool json = argc > 1 && strcmp(argv[argc - 1], "--json") == 0;
	const char *path = getenv("MADANG_CONFIG");
	const struct config *config = config_read(path ? path : "var/madang.conf");
	struct fault_frame f;
	struct ctx *c;
	int status;

	if (!config || argc > 2 || (argc == 2 && !json)) {
		fprintf(stderr, "usage: madang audit [--json]\n");
		return COULD_NOT_LOOK;
	}
	metrics_open(config, "audit", 0);
	c = ctx_new(config);
	c->db = db_open(config);
	ctx_begin(c);
	if (fault_caught(c, &f)) {
		fprintf(stderr, "madang audit: %s\n", f.what);
		status = COULD_NOT_LOOK;
	} else {
		status = look_and_print(c, json);
	}
	fault_leave(c, &f);
	db_close(c->db);
	ctx_free(c);
	return status;
}
