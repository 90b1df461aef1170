/* staff_log/staff_log_seal.c -- the chain over the staff's log, so that no row is changed or taken out unseen.
 *
 * A seal is SHA-256 of the hash before it (32 zero bytes before the first) and of the row as canonical bytes:
 *
 *	id, at, member_id, action, object_type, object_id, before_json, after_json, reason, request_id, ip
 *
 * in this order, each as its length in bytes in decimal, a colon, the value, a line feed; NULL is a hyphen and a line feed. Numbers are
 * decimal, at is RFC 3339 in UTC with six digits behind the second, or none if they are zero (2026-11-21T05:06:07.250000Z), texts are UTF-8.
 *
 * Rows are sealed after their commit, in the order in which they are found, so nobody waits for anybody: a row that commits late
 * comes later in the chain. A round looks back ROUND_BACK from the last seal; no transaction lives that long. Who cuts off the end of
 * the chain together with its rows is found only by a head that was kept elsewhere (docs/operating.md).
 */
#include "staff_log/staff_log.h"

#include <string.h>

#include "core/buf.h"
#include "data/db.h"
#include "web/crypto.h"

struct log_row {
	int64_t id;
	when at;
	int64_t member_id;
	str action, object_type;
	int64_t object_id;
	opt_str before_json, after_json;
	str reason, request_id, ip;
};
#define ROW_FIELDS F(id), F(at), F(member_id), F(action), F(object_type), F(object_id), F(before_json), F(after_json), F(reason), F(request_id), F(ip)
static const struct shape log_row_shape = SHAPE("StaffLogRow", struct log_row, ROW_FIELDS);

struct seal {
	int64_t n;
	when at;
	str hash;
};
static const struct shape seal_shape = SHAPE("StaffLogSeal", struct seal, F(n), F(at), F(hash));

struct sealed {
	int64_t n, log_id;
	str hash;
	opt_int found;
	opt_when at;
	opt_int member_id, object_id;
	opt_str action, object_type, before_json, after_json, reason, request_id, ip;
};
static const struct shape sealed_shape = SHAPE("StaffLogSealed", struct sealed,
	F(n), F(log_id), F(hash), F(found), F(at), F(member_id), F(action), F(object_type), F(object_id), F(before_json), F(after_json), F(reason),
	F(request_id), F(ip));

enum { HASH = 32, ROUND = 200, ROUND_BACK_MINUTES = 10 };

SQL(select_last, "SELECT n, at, hash FROM staff_log_seal ORDER BY n DESC LIMIT 1");
SQL(lock_last, "SELECT n, at, hash FROM staff_log_seal ORDER BY n DESC LIMIT 1 FOR UPDATE");
SQL(select_unsealed,
	"SELECT l.id, l.at, l.member_id, l.action, l.object_type, l.object_id, l.before_json, l.after_json, l.reason, l.request_id, l.ip "
	"FROM staff_log l FORCE INDEX (staff_log_by_time) LEFT JOIN staff_log_seal s ON s.log_id = l.id WHERE l.at >= ? AND s.n IS NULL ORDER BY l.at, l.id LIMIT 200");
SQL(is_unsealed,
	"SELECT COUNT(*) FROM (SELECT l.id FROM staff_log l FORCE INDEX (staff_log_by_time) LEFT JOIN staff_log_seal s ON s.log_id = l.id "
	"WHERE l.at >= ? AND s.n IS NULL LIMIT 1) u");
SQL(insert_seal, "INSERT INTO staff_log_seal (n, log_id, at, hash) VALUES (?, ?, ?, ?)");
SQL(select_sealed,
	"SELECT s.n, s.log_id, s.hash, l.id AS found, l.at, l.member_id, l.action, l.object_type, l.object_id, l.before_json, l.after_json, l.reason, "
	"l.request_id, l.ip FROM staff_log_seal s LEFT JOIN staff_log l ON l.id = s.log_id WHERE s.n > ? ORDER BY s.n LIMIT 500");
SQL_SCAN(count_unsealed, "SELECT COUNT(*) FROM staff_log l LEFT JOIN staff_log_seal s ON s.log_id = l.id WHERE s.n IS NULL");

/* ---- the canonical bytes ---- */

static void put_text(struct buf *b, str s)
{
	buf_int(b, (int64_t)s.n);
	buf_char(b, ':');
	buf_str(b, s);
	buf_char(b, '\n');
}

static void put_opt(struct buf *b, opt_str s)
{
	if (s.set)
		put_text(b, s.v);
	else
		buf_lit(b, "-\n");
}

static void put_int(struct buf *b, int64_t n)
{
	put_text(b, str_fmt(b->arena, "%lld", (long long)n));
}

static str sealing(struct ctx *c, str before, const struct log_row *l)
{
	struct buf b = buf_in(c->arena);
	unsigned char *h = (unsigned char *)arena_text(c->arena, HASH);

	buf_str(&b, before);
	put_int(&b, l->id);
	put_text(&b, when_text(c->arena, l->at));
	put_int(&b, l->member_id);
	put_text(&b, l->action);
	put_text(&b, l->object_type);
	put_int(&b, l->object_id);
	put_opt(&b, l->before_json);
	put_opt(&b, l->after_json);
	put_text(&b, l->reason);
	put_text(&b, l->request_id);
	put_text(&b, l->ip);
	crypto_sha256(buf_text(&b), h);
	return (str){ (const char *)h, HASH };
}

/* ---- sealing ---- */

static const char zeros[HASH];

static struct seal nothing_yet(void)
{
	return (struct seal){ 0, { 0 }, { zeros, HASH } };
}

/* Clocks may have been set back since the last seal. */
static when look_from(const struct ctx *c, const struct seal *last)
{
	int64_t us = last->at.us < c->now.us ? last->at.us : c->now.us;

	us -= ROUND_BACK_MINUTES * MINUTE;
	return (when){ us > 0 ? us : 0 };
}

static const struct failure sealed_elsewhere = { 409, "sealed_elsewhere" };      /* only ever seen here */

static outcome seal_round(struct ctx *c, void *done)
{
	struct seal last = nothing_yet();
	list rows;
	const struct log_row *l;

	db_one(c, &lock_last, &seal_shape, &last);
	rows = db_all(c, &select_unsealed, &log_row_shape, arg(look_from(c, &last)));
	l = rows.p;
	for (size_t i = 0; i < rows.n; i++) {
		last = (struct seal){ last.n + 1, l[i].at, sealing(c, last.hash, &l[i]) };
		if (!db_insert(c, &insert_seal, arg(last.n), arg(l[i].id), arg(last.at), arg(last.hash)))
			return &sealed_elsewhere;
	}
	*(bool *)done = rows.n < ROUND;
	return OK;
}

/* Anywhere at once: whoever has the last seal's row goes on from it. */
static int64_t seal_all(struct ctx *c)
{
	struct seal last = nothing_yet();
	bool done = false;

	db_one(c, &select_last, &seal_shape, &last);
	if (!db_int(c, &is_unsealed, 0, arg(look_from(c, &last))))
		return 0;
	for (struct arena_mark mark = arena_mark(c->arena); !done; arena_rewind(c->arena, mark))
		if (db_tx(c, seal_round, &done) != OK)
			break;
	return 0;
}

const struct job staff_log_jobs[] = {
	{ "staff_log.seal", SECOND, seal_all },
	{ 0 }
};

/* ---- going over it ---- */

static bool holds(struct ctx *c, int64_t n, str before, const struct sealed *s)
{
	struct log_row l = { s->log_id, s->at.v, s->member_id.v, s->action.v, s->object_type.v, s->object_id.v, s->before_json, s->after_json,
			     s->reason.v, s->request_id.v, s->ip.v };
	str hash;

	if (s->n != n || !s->found.set)
		return false;
	hash = sealing(c, before, &l);
	return s->hash.n == HASH && memcmp(hash.p, s->hash.p, HASH) == 0;
}

int64_t staff_log_verify(struct ctx *c, struct staff_log_head *last)
{
	char before[HASH] = { 0 };
	int64_t n = 0, broken = 0;
	size_t found;

	do {
		struct arena_mark mark = arena_mark(c->arena);
		list rows = db_all(c, &select_sealed, &sealed_shape, arg(n));
		const struct sealed *s = rows.p;

		found = rows.n;
		for (size_t i = 0; i < rows.n && !broken; i++) {
			if (!holds(c, n + 1, (str){ before, HASH }, &s[i])) {
				broken = s[i].n;
				break;
			}
			n = s[i].n;
			memcpy(before, s[i].hash.p, HASH);
		}
		arena_rewind(c->arena, mark);
	} while (found > 0 && !broken);
	*last = (struct staff_log_head){ n, db_int(c, &count_unsealed, 0), str_hex(c->arena, before, HASH) };
	return broken;
}
