/* web/once.c -- Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header; docs/architecture.md, D19).
 *
 * In-transaction: key, fingerprint and effect commit together; whoever comes second does not wait, but gets 409.
 * Leased, for what asks the outside: the key is committed first; while its lease runs a second caller gets 409, after
 * that (the worker died) the same request takes it over. Failures that changed nothing are not stored.
 * Table: idempotency (sql/0002).
 */
#include <string.h>
#include <time.h>

#include "core/config.h"
#include "core/json.h"
#include "data/db.h"
#include "web/crypto.h"
#include "web/form.h"
#include "web/once.h"
#include "web/read.h"

enum { KEY_MAX = 255, LEASE_SECONDS = 30 };

struct stored {
	str fingerprint;
	opt_int status;
	opt_str body;
	bool leased;
};

static const struct shape stored_shape = SHAPE("StoredAnswer", struct stored,
	F(fingerprint), F(status), F(body), F(leased));

SQL(insert_key, "INSERT INTO idempotency (caller_id, idem_key, fingerprint, lease_until, created_at) VALUES (?, ?, ?, ?, ?)");
SQL(select_key, "SELECT fingerprint, status, body, COALESCE(lease_until > UTC_TIMESTAMP(6), FALSE) AS leased "
	"FROM idempotency WHERE caller_id = ? AND idem_key = ?");
SQL(take_over, "UPDATE idempotency SET lease_until = ? WHERE caller_id = ? AND idem_key = ? AND status IS NULL AND lease_until < UTC_TIMESTAMP(6)");
SQL(store_answer, "UPDATE idempotency SET status = ?, body = ?, lease_until = NULL WHERE caller_id = ? AND idem_key = ?");
SQL(drop_key, "DELETE FROM idempotency WHERE caller_id = ? AND idem_key = ? AND status IS NULL");

/* A form carries its key as a hidden field, so that two clicks, or a page sent again, make one thing. */
static str key_sent(struct request *rq)
{
	str key = str_trim(request_header(rq, "HTTP_IDEMPOTENCY_KEY")), field;

	if (!key.n && rq->wants_html && form_value(rq->ctx, rq->body, S("_once"), &field))
		key = field;
	return key;
}

/* A form is the same one whatever session sends it: its CSRF token does not count, so that one whose answer was lost with the session is not
 * done twice (web/held.h). */
static void put_body(struct buf *b, const struct request *rq)
{
	str rest = rq->body, pair;

	if (!rq->wants_html) {
		buf_str(b, rest);
		return;
	}
	while (rest.n) {
		str_split(rest, '&', &pair, &rest);
		if (pair.n && !str_starts(pair, S("csrf="))) {
			buf_str(b, pair);
			buf_char(b, '&');
		}
	}
}

outcome once_read_key(struct request *rq)
{
	str key = key_sent(rq);
	struct buf b = buf_in(rq->ctx->arena);
	enum once once = rq->route->once;

	if (once == ONCE_NO)
		return OK;
	if (key.n >= 2 && key.p[0] == '"' && key.p[key.n - 1] == '"')
		key = (str){ key.p + 1, key.n - 2 };
	if (key.n == 0)
		return once == ONCE_TX ? OK : &key_missing;
	if (key.n > KEY_MAX)
		return &key_invalid;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] < 0x21 || key.p[i] > 0x7e)
			return &key_invalid;
	buf_fmt(&b, "%s %.*s\n", method_names[rq->method], STR(rq->path));
	put_body(&b, rq);
	crypto_sha256(buf_text(&b), rq->fingerprint);
	rq->key = sabotaged(rq->ctx, "inbox_key") ? rq->ctx->request_id : key;
	return OK;
}

static str fingerprint(const struct request *rq)
{
	return (str){ (const char *)rq->fingerprint, sizeof(rq->fingerprint) };
}

/* The stored answer, with the ETag that it had: of a body's own version. Of a form's answer the place is stored to which it led. */
static outcome replay(struct request *rq, const struct stored *s)
{
	const struct shape *out = rq->route->out;
	int64_t version;

	if (s->status.v == 303)
		return reply_see_other(rq, s->body.v);
	version = out && shape_field(out, S("version")) ? json_int(json_parse(rq->ctx, s->body.v), "version", 0) : 0;
	reply_stored(rq, (int)s->status.v, s->body.v);
	if (version)
		reply_etag(rq, version);
	return OK;
}

/* What the key says: OK and replied if the answer is there. *free: nobody has it, or its lease is out. */
static outcome look(struct request *rq, bool *expired)
{
	struct stored s = { 0 };

	*expired = false;
	if (!db_one(rq->ctx, &select_key, &stored_shape, &s, arg(rq->ctx->who.id), arg(rq->key)))
		return &key_in_flight;          /* the first caller rolled back this moment */
	if (!str_eq(s.fingerprint, fingerprint(rq)))
		return &key_reused;
	if (s.status.set)
		return replay(rq, &s);
	*expired = !s.leased;
	return &key_in_flight;
}

bool once_led_to(struct ctx *c, str key, str *where)
{
	struct stored s = { 0 };

	if (!key.n || !db_one(c, &select_key, &stored_shape, &s, arg(c->who.id), arg(key)) || !s.status.set || s.status.v != 303)
		return false;
	*where = s.body.v;
	return true;
}

outcome once_look(struct ctx *c, int64_t caller_id, str key, const unsigned char print[32], bool *known, str *stored)
{
	struct stored s = { 0 };

	*known = db_one(c, &select_key, &stored_shape, &s, arg(caller_id), arg(key));
	if (!*known || !s.status.set)
		return &key_in_flight;
	if (!str_eq(s.fingerprint, (str){ (const char *)print, 32 }))
		return &key_reused;
	*stored = s.body.v;
	return OK;
}

static void store(struct request *rq)
{
	str body = buf_text(&rq->reply_body);

	for (const struct header *h = rq->reply_headers; h; h = h->next)
		if (rq->status == 303 && str_eq(h->name, S("Location")))
			body = h->value;
	db_run(rq->ctx, &store_answer, arg(rq->status), arg(body), arg(rq->ctx->who.id), arg(rq->key));
}

static outcome in_transaction(struct ctx *c, void *p)
{
	struct request *rq = p;
	int64_t id = db_try_insert(c, &insert_key, arg(c->who.id), arg(rq->key), arg(fingerprint(rq)), arg((opt_when){ 0 }), arg(c->now));
	bool expired;
	outcome o;

	reply_forget(rq);            /* of a try that was rolled back: its memory is gone */
	if (id < 0)
		return &key_in_flight;
	if (id == 0)
		return look(rq, &expired);
	rq->reply_headers = NULL;      /* of a try that was rolled back: their memory is gone */
	o = rq->route->handle(rq);
	if (o == OK)
		store(rq);
	return o;
}

static outcome run_in_transaction(struct request *rq)
{
	struct ctx *c = rq->ctx;
	struct fault_frame f;
	outcome o;
	bool expired;

	if (fault_caught(c, &f)) {
		fault_leave(c, &f);
		if (f.kind != FAULT_OUTCOME_UNKNOWN)
			fault_again(c, &f);
		/* The answer to COMMIT was lost: the key says whether it happened. */
		reply_forget(rq);
		o = look(rq, &expired);
		return o == OK ? OK : &outcome_unknown;
	}
	o = db_tx(c, in_transaction, rq);
	fault_leave(c, &f);
	return o;
}

static outcome take_lease(struct ctx *c, void *p)
{
	struct request *rq = p;
	opt_when until = some_when(when_plus(when_now(), LEASE_SECONDS * SECOND));
	bool expired;
	outcome o;

	if (db_insert(c, &insert_key, arg(c->who.id), arg(rq->key), arg(fingerprint(rq)), arg(until), arg(c->now)))
		return OK;
	o = look(rq, &expired);
	if (o == &key_in_flight && expired && db_run(c, &take_over, arg(until), arg(c->who.id), arg(rq->key)) == 1)
		return OK;
	return o;
}

static outcome run_leased(struct request *rq)
{
	outcome o = db_tx(rq->ctx, take_lease, rq);

	if (o != OK || rq->replied)
		return o;
	o = rq->route->handle(rq);
	if (o == OK)
		store(rq);
	else
		db_run(rq->ctx, &drop_key, arg(rq->ctx->who.id), arg(rq->key));
	return o;
}

/* The browser shows the answer to the second click, so that one waits for the first. */
static outcome run_form(struct request *rq)
{
	const struct timespec pause = { 0, 50 * 1000 * 1000 };
	outcome o = run_in_transaction(rq);

	for (int i = 0; i < 60 && o == &key_in_flight; i++) {
		nanosleep(&pause, NULL);
		o = run_in_transaction(rq);
	}
	return o;
}

outcome once_run(struct request *rq)
{
	switch (rq->route->once) {
	case ONCE_TX:
	case ONCE_TX_REQUIRED:
		if (rq->key.n)
			return rq->wants_html ? run_form(rq) : run_in_transaction(rq);
		break;
	case ONCE_LEASED:
		return run_leased(rq);
	case ONCE_NO:
	case ONCE_OWN:
		break;
	}
	return rq->route->handle(rq);
}
