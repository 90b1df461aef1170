/* Idempotency-Key: the same request again has no second effect, whatever happened to the first. */
#include "ask.h"

#include <stdatomic.h>
#include <string.h>

#include "data/db.h"
#include "web/read.h"

SQL(insert_line, "INSERT INTO staff_log (at, member_id, action, object_type, object_id) VALUES (?, ?, 'test.once', 'test', 1)");
SQL(count_lines, "SELECT COUNT(*) FROM staff_log WHERE action = 'test.once' AND member_id = ?");
SQL(count_keys, "SELECT COUNT(*) FROM idempotency WHERE caller_id = ? AND idem_key = ?");
SQL(end_lease, "UPDATE idempotency SET lease_until = '2020-01-01' WHERE caller_id = ? AND idem_key = ?");

static const struct failure refused = { 409, "test_is_over" };

struct done {
	int64_t n;
};
static const struct shape done_shape = SHAPE("Done", struct done, F(n));

/* What the handler is to do, and what it did; shared by processes. */
static struct scene {
	outcome answer;
	int deadlocks;                 /* so often it faults first, after it has answered */
	bool dies;
	int64_t member;
	atomic_int ready, ran, ok, in_flight;
	uint32_t body[8];
} *scene;

static outcome act(struct request *rq)
{
	struct done d = { 7 };

	atomic_fetch_add(&scene->ran, 1);
	db_insert(rq->ctx, &insert_line, arg(rq->ctx->now), arg(rq->ctx->who.id));
	if (scene->answer != OK)
		return scene->answer;
	reply_etag(rq, 7);
	reply(rq, &d);
	if (scene->dies)
		fault(rq->ctx, "the worker dies");
	if (scene->deadlocks-- > 0)
		fault_at(rq->ctx, FAULT_RETRY, __FILE__, __LINE__, "a deadlock");
	return OK;
}

static const struct route in_tx = { POST, "/test", MEMBER, act, NULL, &done_shape, .status = 201, .once = ONCE_TX };
static const struct route required = { POST, "/test", MEMBER, act, NULL, &done_shape, .status = 201, .once = ONCE_TX_REQUIRED };
static const struct route leased = { POST, "/test", MEMBER, act, NULL, &done_shape, .status = 201, .once = ONCE_LEASED };

static void begin(int64_t member)
{
	if (!scene)
		scene = shared_memory(sizeof(*scene));
	memset(scene, 0, sizeof(*scene));
	scene->member = member;
}

static struct request *request(struct ctx *c, const struct route *route, const char *key, const char *body)
{
	struct request *rq = arena_new_of(c->arena, struct request);

	as(c, scene->member);
	c->now = when_now();
	rq->ctx = c;
	rq->route = route;
	rq->method = POST;
	rq->path = S("/test");
	rq->body = str_of(body);
	if (key)
		rq->params[rq->n_params++] = (struct param){ "HTTP_IDEMPOTENCY_KEY", 20, str_of(key) };
	return rq;
}

static outcome run(struct ctx *c, const struct route *route, const char *key, const char *body, struct request **out)
{
	struct request *rq = request(c, route, key, body);
	outcome o = once_read_key(rq);

	*out = rq;
	return o == OK ? once_run(rq) : o;
}

static int64_t effects(struct ctx *c)
{
	return db_int(c, &count_lines, 0, arg(scene->member));
}

static void an_effect_happens_once(struct ctx *c, const struct route *route)
{
	struct request *first, *again;

	begin(a_member(c));
	assert_ptr_equal(run(c, route, "k", "{}", &first), OK);
	assert_ptr_equal(run(c, route, "k", "{}", &again), OK);
	assert_int_equal(effects(c), 1);
	assert_int_equal(again->status, 201);
	assert_str(answered(again), "{\"n\":7}");
	assert_true(str_eq(answered(first), answered(again)));
	assert_ptr_equal(run(c, route, "\"k\"", "{}", &again), OK);      /* the same key, quoted */
	assert_ptr_equal(run(c, route, "other", "{}", &again), OK);
	assert_int_equal(effects(c), 2);
}

COMMITTED(the_same_key_again_gets_the_stored_answer)
{
	an_effect_happens_once(c, &in_tx);
	an_effect_happens_once(c, &required);
	an_effect_happens_once(c, &leased);
}

COMMITTED(a_key_belongs_to_its_caller_and_to_its_request)
{
	struct request *rq;

	begin(a_member(c));
	assert_ptr_equal(run(c, &in_tx, "k", "{}", &rq), OK);
	assert_ptr_equal(run(c, &in_tx, "k", "{ }", &rq), &key_reused);
	assert_ptr_equal(run(c, &leased, "k", "{ }", &rq), &key_reused);
	scene->member = a_member(c);
	assert_ptr_equal(run(c, &in_tx, "k", "{ }", &rq), OK);
	assert_int_equal(effects(c), 1);
}

COMMITTED(where_money_or_seats_move_a_key_must_be_there)
{
	char long_key[300];
	struct request *rq;

	begin(a_member(c));
	memset(long_key, 'k', sizeof(long_key));
	long_key[299] = '\0';
	assert_ptr_equal(run(c, &required, NULL, "{}", &rq), &key_missing);
	assert_ptr_equal(run(c, &leased, NULL, "{}", &rq), &key_missing);
	assert_ptr_equal(run(c, &leased, "\"\"", "{}", &rq), &key_missing);
	assert_ptr_equal(run(c, &required, long_key, "{}", &rq), &key_invalid);
	assert_ptr_equal(run(c, &required, "with space", "{}", &rq), &key_invalid);
	assert_int_equal(effects(c), 0);
	assert_ptr_equal(run(c, &in_tx, NULL, "{}", &rq), OK);
	assert_ptr_equal(run(c, &in_tx, NULL, "{}", &rq), OK);
	assert_int_equal(effects(c), 2);
	long_key[255] = '\0';
	assert_ptr_equal(run(c, &required, long_key, "{}", &rq), OK);
}

COMMITTED(a_failure_leaves_the_key_free)
{
	static const struct route *const routes[] = { &in_tx, &leased };
	struct request *rq;

	for (int i = 0; i < 2; i++) {
		begin(a_member(c));
		scene->answer = &refused;
		assert_ptr_equal(run(c, routes[i], "k", "{}", &rq), &refused);
		assert_int_equal(db_int(c, &count_keys, 0, arg(scene->member), arg(S("k"))), 0);
		scene->answer = OK;
		assert_ptr_equal(run(c, routes[i], "k", "{}", &rq), OK);
	}
}

COMMITTED(a_failure_takes_the_effect_back)
{
	struct request *rq;

	begin(a_member(c));
	scene->answer = &refused;
	assert_ptr_equal(run(c, &in_tx, "k", "{}", &rq), &refused);
	assert_int_equal(effects(c), 0);
}

COMMITTED(a_repeated_transaction_answers_once)
{
	struct request *rq;
	int etags = 0;

	begin(a_member(c));
	scene->deadlocks = 2;
	assert_ptr_equal(run(c, &in_tx, "k", "{}", &rq), OK);
	assert_int_equal(scene->ran, 3);
	assert_int_equal(effects(c), 1);
	for (const struct header *h = rq->reply_headers; h && etags < 10; h = h->next)
		etags++;
	assert_int_equal(etags, 1);
	assert_str(answered(rq), "{\"n\":7}");
}

static void run_leased(struct ctx *c, void *out)
{
	run(c, &leased, "k", "{}", out);
}

COMMITTED(a_dead_workers_key_is_taken_over_when_its_lease_is_out)
{
	struct request *rq = NULL;

	begin(a_member(c));
	scene->dies = true;
	assert_int_equal(test_fault(c, run_leased, &rq), FAULT_BUG);
	scene->dies = false;
	assert_ptr_equal(run(c, &leased, "k", "{}", &rq), &key_in_flight);
	assert_int_equal(scene->ran, 1);
	db_run(c, &end_lease, arg(scene->member), arg(S("k")));
	assert_ptr_equal(run(c, &leased, "k", "{ }", &rq), &key_reused);
	assert_ptr_equal(run(c, &leased, "k", "{}", &rq), OK);
	assert_int_equal(scene->ran, 2);
	assert_ptr_equal(run(c, &leased, "k", "{}", &rq), OK);
	assert_int_equal(scene->ran, 2);
}

/* -- at the same time -- */

static const struct route *at_once;

static int run_at_once(struct ctx *c, int which)
{
	struct request *rq;
	outcome o;

	ctx_begin(c);
	assert_true(db_alive(c));
	atomic_fetch_add(&scene->ready, 1);
	while (atomic_load(&scene->ready) < 8)
		;
	o = run(c, at_once, "k", "{}", &rq);
	if (o == &key_in_flight) {
		atomic_fetch_add(&scene->in_flight, 1);
		return 0;
	}
	atomic_fetch_add(&scene->ok, 1);
	scene->body[which] = str_hash(answered(rq));
	return o != OK || rq->status != 201;
}

static void one_effect(struct ctx *c, const struct route *route)
{
	at_once = route;
	for (int i = 0; i < 5; i++) {
		begin(a_member(c));
		test_at_once(8, run_at_once);
		assert_int_equal(effects(c), 1);
		assert_int_equal(scene->ran, 1);
		assert_true(scene->ok >= 1);
		assert_int_equal(scene->ok + scene->in_flight, 8);
	}
}

COMMITTED(several_processes_with_one_key_have_one_effect)
{
	one_effect(c, &in_tx);
}

COMMITTED(several_processes_with_one_leased_key_have_one_effect)
{
	one_effect(c, &leased);
}

/* -- through the whole web layer -- */

COMMITTED(a_checkout_without_a_key_is_refused_and_with_one_done_once)
{
	int64_t ticket = a_ticket(c), member = holder_of(c, ticket);
	const char *path = str_z(c->arena, str_fmt(c->arena, "/api/v1/tickets/%lld/checkout", (long long)ticket));
	struct request *first, *again;

	assert_problem(ask(c, "POST", path, .as = member, .body = "{\"method\":\"card\"}"), 400, "key_missing");
	first = ask(c, "POST", path, .as = member, .body = "{\"method\":\"card\"}", .key = "k");
	again = ask(c, "POST", path, .as = member, .body = "{\"method\":\"card\"}", .key = "k");
	assert_int_equal(first->status, 201);
	assert_int_equal(again->status, 201);
	assert_true(str_eq(answered(first), answered(again)));
	assert_problem(ask(c, "POST", path, .as = member, .body = "{\"method\": \"card\"}", .key = "k"), 422, "key_reused");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_same_key_again_gets_the_stored_answer),
	cmocka_unit_test(a_key_belongs_to_its_caller_and_to_its_request),
	cmocka_unit_test(where_money_or_seats_move_a_key_must_be_there),
	cmocka_unit_test(a_failure_leaves_the_key_free),
	cmocka_unit_test(a_failure_takes_the_effect_back),
	cmocka_unit_test(a_repeated_transaction_answers_once),
	cmocka_unit_test(a_dead_workers_key_is_taken_over_when_its_lease_is_out),
	cmocka_unit_test(several_processes_with_one_key_have_one_effect),
	cmocka_unit_test(several_processes_with_one_leased_key_have_one_effect),
	cmocka_unit_test(a_checkout_without_a_key_is_refused_and_with_one_done_once),
};
UNIT_GROUP(once, tests, with_routes, NULL)
