/* web/session_stream.c -- the streams that a session listens to, and the end of both.
 *
 * What ends a session writes an event for each of its streams in the same transaction. From its commit on the relay finds nobody there
 * to publish to, whatever is still connected; the event makes it end the connection as well.
 */
#include "data/db.h"
#include "data/outbox.h"
#include "web/session.h"

struct listening {
	int64_t session_id;
	str stream;
	int64_t roles;
};
static const struct shape listening_shape = SHAPE("Listening", struct listening, F(session_id), F(stream), F(roles));

SQL(select_listening, "SELECT EXISTS (SELECT 1 FROM session_stream WHERE session_id = ? AND stream = ?)");
/* The lock makes it wait for whoever is just ending the session, and find none. */
SQL(insert_listening, "INSERT INTO session_stream (session_id, stream, roles) SELECT id, ?, ? FROM session WHERE id = ? LOCK IN SHARE MODE");
/* The sessions are locked before their streams are read, so none is opened in between. */
#define STREAMS "SELECT s.id AS session_id, COALESCE(l.stream, '') AS stream, COALESCE(l.roles, 0) AS roles FROM session s " \
	"LEFT JOIN session_stream l ON l.session_id = s.id "
SQL(lock_session, STREAMS "WHERE s.id = ? FOR UPDATE");
SQL(lock_sessions, STREAMS "WHERE s.member_id = ? AND s.id <> ? FOR UPDATE");
SQL(end_session, "DELETE FROM session WHERE id = ?");
SQL(end_sessions, "DELETE FROM session WHERE member_id = ? AND id <> ?");
SQL(end_listening, "DELETE FROM session_stream WHERE session_id = ? AND stream = ?");

struct wish {
	str stream;
	int64_t roles;
};

static outcome listen_to(struct ctx *c, void *p)
{
	const struct wish *w = p;

	db_insert(c, &insert_listening, arg(w->stream), arg(w->roles), arg(c->who.session_id));
	return OK;
}

bool session_listen(struct ctx *c, str stream, int64_t roles)
{
	if (db_int(c, &select_listening, 0, arg(c->who.session_id), arg(stream)))
		return true;
	db_tx(c, listen_to, &(struct wish){ stream, roles });
	return db_int(c, &select_listening, 0, arg(c->who.session_id), arg(stream)) != 0;
}

str session_channel(struct ctx *c, str stream, int64_t session_id)
{
	return str_fmt(c->arena, "%.*s.%lld", STR(stream), (long long)session_id);
}

outcome session_reply_stream(struct request *rq, str stream)
{
	str channel = session_channel(rq->ctx, stream, rq->ctx->who.session_id);

	return reply_internal(rq, str_fmt(rq->ctx->arena, "/_sse/0/%.*s", STR(channel)));
}

/* Each event goes into the stream's own shard, behind what was told there before. */
static void tell_ended(struct ctx *c, const struct listening *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (l[i].stream.n)
			outbox_add(c, LANE_PUSH, l[i].stream, S("stream.end"),
				   str_fmt(c->arena, "{\"session_id\":%lld}", (long long)l[i].session_id));
}

static outcome end_one(struct ctx *c, void *p)
{
	int64_t session_id = *(int64_t *)p;
	list l = db_all(c, &lock_session, &listening_shape, arg(session_id));

	tell_ended(c, l.p, l.n);
	db_run(c, &end_session, arg(session_id));
	return OK;
}

void session_end(struct ctx *c, int64_t session_id)
{
	db_tx(c, end_one, &session_id);
}

struct ending {
	int64_t member_id, but;
};

static outcome end_all(struct ctx *c, void *p)
{
	const struct ending *e = p;
	list l = db_all(c, &lock_sessions, &listening_shape, arg(e->member_id), arg(e->but));

	tell_ended(c, l.p, l.n);
	db_run(c, &end_sessions, arg(e->member_id), arg(e->but));
	return OK;
}

void session_end_all(struct ctx *c, int64_t member_id, int64_t but)
{
	db_tx(c, end_all, &(struct ending){ member_id, but });
}

void session_roles_changed(struct ctx *c, int64_t member_id, int64_t roles)
{
	list all = db_all(c, &lock_sessions, &listening_shape, arg(member_id), arg((int64_t)0));
	const struct listening *l = all.p;

	for (size_t i = 0; i < all.n; i++) {
		if (!l[i].stream.n || (l[i].roles & (roles | ROLE_MEMBER)))
			continue;
		tell_ended(c, &l[i], 1);
		db_run(c, &end_listening, arg(l[i].session_id), arg(l[i].stream));
	}
}
