/* change/teach_requests.c -- an instructor's own requests: the list, one with what became of it, and sending it. */
#include "change/teach_pages.h"

/* -- the list ------------------------------------------------------------------------------------------------------------------------------- */

static const char *const states[] = { "any", "draft", "submitted", "approved", "completed", "rejected", "stale", "withdrawn", NULL };
static const enum change_state state_of[] = { CHANGE_DRAFT, CHANGE_DRAFT, CHANGE_SUBMITTED, CHANGE_APPROVED, CHANGE_COMPLETED, CHANGE_REJECTED,
					      CHANGE_STALE, CHANGE_WITHDRAWN };

struct requests_in {
	int state;
	opt_str cursor;
	int64_t limit;
};
const struct shape teach_requests_in_shape = SHAPE("TeachRequestsIn", struct requests_in,
	F(state, .optional = true, .words = states, .called = "change_request"), F(cursor), F(limit, .optional = true, .dflt = 20, .min = 1, .max = 100));

struct requests_page {
	list data;
	opt_str next_cursor, prev_cursor;
};
const struct shape teach_requests_shape = SHAPE("TeachRequests", struct requests_page,
	F(data, .of = &change_row_shape), F(next_cursor), F(prev_cursor));

static void keys(const void *row, int64_t n[2])
{
	n[0] = ((const struct change *)row)->id;
}

outcome teach_page_requests(struct request *rq)
{
	const struct requests_in *in = rq->in;
	struct change_filter f = { .has_state = in->state > 0, .state = (int)state_of[in->state], .member_id = some_int(rq->ctx->who.id),
				   .from = rq->cursor, .limit = in->limit };
	struct list_out found;
	struct requests_page p;

	list_page(rq, &found, change_list(rq->ctx, &f), &change_row_shape, in->limit, keys);
	p = (struct requests_page){ found.data, found.next_cursor, found.prev_cursor };
	return reply(rq, &p);
}

/* -- one request ------------------------------------------------------------------------------------------------------------------------------ */

/* A station on its way: sent, decided, applied. */
struct station {
	int state;
	opt_when at;
	bool here, bad;
	str reason;
};
static const struct shape station_shape = SHAPE("TeachStation", struct station,
	F(state, .words = change_states, .called = "change_request"), F(at), F(here), F(bad), F(reason));

struct request_page {
	struct change change;
	list fields, history, way;
	bool may_withdraw, may_send, may_file_again, passed_on, conflict;
};
const struct shape teach_request_shape = SHAPE("TeachRequest", struct request_page,
	F(change, .of = &change_row_shape), F(fields, .of = &diff_words_shape), F(history, .of = &change_step_shape), F(way, .of = &station_shape),
	F(may_withdraw), F(may_send), F(may_file_again), F(passed_on), F(conflict));

static const struct change_step *last_step(const list *history, int state)
{
	const struct change_step *s = history->p, *found = NULL;

	for (size_t i = 0; i < history->n; i++)
		if (s[i].state == state)
			found = &s[i];
	return found;
}

static void add_station(const struct request_page *p, struct station *way, size_t *n, int state, bool reached)
{
	const struct change_step *s = reached ? last_step(&p->history, state) : NULL;
	bool bad = state == CHANGE_REJECTED || state == CHANGE_WITHDRAWN || state == CHANGE_STALE;

	way[*n] = (struct station){ .state = state, .here = p->change.state == state, .bad = bad };
	if (s) {
		way[*n].at = some_when(s->at);
		way[*n].reason = s->reason;
	}
	(*n)++;
}

/* Sent, then decided, then applied; or where it ended instead. */
static list way_of(struct ctx *c, const struct request_page *p)
{
	struct station *way = arena_array(c->arena, struct station, 4);
	int state = p->change.state;
	bool ended = state == CHANGE_REJECTED || state == CHANGE_WITHDRAWN || state == CHANGE_STALE;
	size_t n = 0;

	add_station(p, way, &n, CHANGE_SUBMITTED, state != CHANGE_DRAFT);
	if (ended) {
		add_station(p, way, &n, state, true);
	} else {
		add_station(p, way, &n, CHANGE_APPROVED, state == CHANGE_APPROVED || state == CHANGE_COMPLETED);
		add_station(p, way, &n, CHANGE_COMPLETED, state == CHANGE_COMPLETED);
	}
	return (list){ way, n };
}

static outcome fill(struct ctx *c, int64_t id, struct request_page *p)
{
	const struct diff_words *d;
	struct course course;

	if (!change_find_own(c, id, &p->change))
		return &change_unknown;
	p->fields = change_diff_words(c, &p->change);
	p->history = change_history(c, id);
	p->way = way_of(c, p);
	p->may_withdraw = p->change.state == CHANGE_SUBMITTED || p->change.state == CHANGE_DRAFT || p->change.state == CHANGE_STALE;
	p->passed_on = teach_find_course(c, p->change.course.id, &course) != OK;
	p->may_send = !p->passed_on && (p->change.state == CHANGE_DRAFT || p->change.state == CHANGE_STALE);
	p->may_file_again = !p->passed_on && (p->change.state == CHANGE_STALE || p->change.state == CHANGE_REJECTED);
	d = p->fields.p;
	for (size_t i = 0; i < p->fields.n; i++)
		p->conflict |= d[i].conflict;
	return OK;
}

outcome teach_page_request(struct request *rq)
{
	const struct id_in *in = rq->in;
	struct request_page p = { 0 };
	outcome o = fill(rq->ctx, in->id, &p);

	if (o != OK)
		return o;
	return reply(rq, &p);
}

outcome teach_page_request_again(struct request *rq)
{
	struct request_page p = { 0 };
	outcome o = fill(rq->ctx, ((struct id_in *)rq->in)->id, &p);

	return o == OK ? reply(rq, &p) : o;
}

outcome teach_page_withdraw(struct request *rq)
{
	int64_t id = ((struct id_in *)rq->in)->id;
	struct change k;
	outcome o = change_withdraw(rq->ctx, id, &k);

	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/teach/requests/%lld?done=withdrawn", (long long)id));
}

/* -- looking over it, and sending ------------------------------------------------------------------------------------------------------------ */

outcome teach_page_check(struct request *rq)
{
	struct request_page p = { 0 };
	int64_t id = ((struct id_in *)rq->in)->id;
	outcome o = fill(rq->ctx, id, &p);

	if (o != OK)
		return o;
	if (!p.may_send && rq->method == GET)
		return reply_see_other(rq, str_fmt(rq->ctx->arena, "/teach/requests/%lld", (long long)id));
	return reply(rq, &p);
}

outcome teach_page_submit(struct request *rq)
{
	int64_t id = ((struct id_in *)rq->in)->id;
	struct change k;
	outcome o = change_submit(rq->ctx, id, &k);

	if (o != OK)
		return o;
	return reply_see_other(rq, str_fmt(rq->ctx->arena, "/teach/requests/%lld?done=sent", (long long)id));
}
