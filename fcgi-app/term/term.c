#include "term/term.h"

#include <string.h>

#include "data/db.h"
#include "queue/queue.h"
#include "staff_log/staff_log.h"
#include "web/route.h"

const struct failure term_unknown = { 404, "term_unknown" };
const struct failure term_unknown_ref = { 422, "term_not_listed" };
const struct failure term_name_taken = { 409, "term_name_taken" };

const struct shape term_shape = SHAPE("Term", struct term,
	F(id), F(name), F(starts_on), F(ends_on),
	F(per_member_limit, .about = "How many courses of this term one member may have or wait for. 0: any number."), F(version));

const struct shape term_input_shape = SHAPE("TermInput", struct term,
	F(id, .read_only = true), F(name, .min = 1, .max = 60), F(starts_on), F(ends_on),
	F(per_member_limit, .min = 0, .max = 1000, .optional = true), F(version, .read_only = true));

#define TERM_COLUMNS "SELECT id, name, starts_on, ends_on, per_member_limit, version FROM term "
SQL(select_term, TERM_COLUMNS "WHERE id = ?");
SQL(lock_term, TERM_COLUMNS "WHERE id = ? FOR UPDATE");
SQL(select_all, TERM_COLUMNS "ORDER BY starts_on DESC, id DESC LIMIT 200");
SQL(insert_term, "INSERT INTO term (name, starts_on, ends_on, per_member_limit, created_at) VALUES (?, ?, ?, ?, ?)");
/* As an insert: a name that is taken is an answer. */
SQL(update_term,
	"UPDATE term SET name = ?, starts_on = ?, ends_on = ?, per_member_limit = ?, version = version + 1 WHERE id = ?");

bool term_find(struct ctx *c, int64_t id, struct term *t)
{
	return db_one(c, &select_term, &term_shape, t, arg(id));
}

list term_all(struct ctx *c)
{
	return db_all(c, &select_all, &term_shape);
}

list term_page(struct ctx *c, const struct keyset *from, int64_t limit)
{
	static const struct sort_key newest[] = { { "starts_on", .descending = true, .day = true }, { "id", .descending = true } };
	struct query q = query_from(c, TERM_COLUMNS "WHERE TRUE");

	query_keyset(&q, from, newest, 2, limit);
	return query_all(c, &q, &term_shape);
}

static outcome check(struct ctx *c, const struct term *in)
{
	if (in->ends_on.days >= in->starts_on.days)
		return OK;
	fail_field(c, S("ends_on"), "before_start", (str){ NULL, 0 });
	return &invalid;
}

struct making {
	const struct term *in;
	struct term *made;
};

static outcome create(struct ctx *c, void *p)
{
	struct making *v = p;
	const struct term *in = v->in;
	outcome o = check(c, in);
	int64_t id;

	if (o != OK)
		return o;
	id = db_insert(c, &insert_term, arg(in->name), arg(in->starts_on), arg(in->ends_on), arg(in->per_member_limit), arg(c->now));
	if (id == 0)
		return fail(c, &term_name_taken, "name", "term_name_taken", (str){ NULL, 0 });
	term_find(c, id, v->made);
	staff_log_add(c, "term.create", "term", id, &term_shape, NULL, v->made, (str){ NULL, 0 });
	return OK;
}

outcome term_create(struct ctx *c, const struct term *in, struct term *made)
{
	struct making v = { in, made };

	return db_tx(c, create, &v);
}

static struct term merged(const struct term *was, const struct term_patch *p)
{
	struct term t = *was;

	for (size_t i = 0; i < term_input_shape.n; i++) {
		const struct field *f = &term_input_shape.fields[i];

		if (p->given >> i & 1)
			memcpy(shape_at(&t, f), shape_at(&p->in, f), f->kind == K_STR ? sizeof(str) : sizeof(int64_t));
	}
	t.id = was->id;
	t.version = was->version;
	return t;
}

struct editing {
	const struct term_patch *patch;
	struct term *now;
};

static outcome edit(struct ctx *c, void *p)
{
	struct editing *v = p;
	struct term was, in;
	outcome o;

	if (!db_one(c, &lock_term, &term_shape, &was, arg(v->patch->id)))
		return &term_unknown;
	if (v->patch->version.set && v->patch->version.v != was.version)
		return &version_stale;
	in = merged(&was, v->patch);
	if ((o = check(c, &in)) != OK)
		return o;
	if (!db_insert(c, &update_term, arg(in.name), arg(in.starts_on), arg(in.ends_on), arg(in.per_member_limit), arg(was.id)))
		return fail(c, &term_name_taken, "name", "term_name_taken", (str){ NULL, 0 });
	if (in.per_member_limit != was.per_member_limit)
		queue_term_set(c, was.id, in.per_member_limit);
	term_find(c, was.id, v->now);
	staff_log_add(c, "term.edit", "term", was.id, &term_shape, &was, v->now, (str){ NULL, 0 });
	return OK;
}

outcome term_edit(struct ctx *c, const struct term_patch *p, struct term *now)
{
	struct editing v = { p, now };

	return db_tx(c, edit, &v);
}
