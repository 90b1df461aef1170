/* change/change_impact.c -- what a request would do to people: for the operator who decides, and for the dry run. */
#include "change/change_private.h"

#include <string.h>

#include "queue/queue.h"
#include "refund/refund.h"

static const struct shape clash_shape = SHAPE("ChangeClash", struct change_clash,
	F(kind), F(course_id), F(title), F(room), F(starts_at), F(ends_at));

const struct shape change_impact_shape = SHAPE("ChangeImpact", struct change_impact,
	F(course_id), F(enrolled), F(waiting), F(held, .about = "Seats that are offered or being paid."),
	F(offered, .about = "Of those who wait: they get a seat at once."), F(refunds_due, .about = "If it is completed now."), F(told, .about = "Members who will hear of it."),
	F(blocked, .about = "The code of why it can't be completed now; null: it can."), F(blocked_message),
	F(final, .about = "It can't be undone: refunds begin at once."), F(clashes, .of = &clash_shape));

struct load {
	int64_t enrolled, waiting, held, taken;
};
static const struct shape load_shape = SHAPE("CourseLoad", struct load, F(enrolled), F(waiting), F(held), F(taken));

SQL(select_load,
	"SELECT enrolled, queue_length AS waiting, capacity - seats_left - enrolled AS held, capacity - seats_left AS taken FROM seat_count "
	"WHERE course_id = ?");

static void count_people(struct ctx *c, const struct change *r, const struct asked *a, struct change_impact *i)
{
	struct load l = { 0 };
	struct course_cost cost;

	if (r->kind == CHANGE_DELETE) {
		refund_course_cost(c, r->course.id, &cost);
		i->refunds_due = cost.due;
	}
	db_one(c, &select_load, &load_shape, &l, arg(r->course.id));
	i->enrolled = l.enrolled;
	i->waiting = l.waiting;
	i->held = l.held;
	if (a->bits & change_bit("capacity") && a->proposed.capacity > l.taken)
		i->offered = a->proposed.capacity - l.taken < l.waiting ? a->proposed.capacity - l.taken : l.waiting;
}

/* Whoever is in the proposed rooms at these times, or where else the instructor is. */
static list clashes(struct ctx *c, const struct change *r, const struct asked *a)
{
	list found = course_clashes(c, r->course.id, r->instructor.id, a->proposed.sessions.p, a->proposed.sessions.n);
	const struct course_clash *k = found.p;
	struct change_clash *out = arena_array(c->arena, struct change_clash, found.n + 1);

	for (size_t i = 0; i < found.n; i++)
		out[i] = (struct change_clash){ k[i].kind, k[i].course_id, k[i].title, k[i].room, k[i].starts_at, k[i].ends_at };
	return (list){ out, found.n };
}

struct trying {
	const struct change *r;
	const struct asked *a;
	outcome why;
};

static outcome try_it(struct ctx *c, void *p)
{
	struct trying *t = p;
	struct course k, after;
	uint64_t changed;
	outcome o;

	if (!course_lock(c, t->r->course.id, &k))
		return &course_unknown;
	if ((o = change_stands(c, t->r, t->a, &k)) != OK)
		return o;
	return change_apply(c, t->r, t->a, &k, (str){ NULL, 0 }, &changed, &after);
}

/* By the course's own rules, and taken back. */
static outcome look(struct ctx *c, void *p)
{
	struct trying *t = p;

	t->why = db_probe(c, try_it, t);
	return OK;
}

static void look_whether(struct ctx *c, const struct change *r, const struct asked *a, struct change_impact *i)
{
	struct trying t = { r, a, OK };
	struct field_error *errors = c->errors;

	c->errors = NULL;
	if (db_in_tx(c))
		look(c, &t);
	else
		db_tx(c, look, &t);
	if (t.why != OK) {
		i->blocked = some_str(str_of(t.why->code));
		i->blocked_message = some_str(change_words_for(c, t.why));
	}
	c->errors = errors;
}

void change_impact(struct ctx *c, const struct change *r, struct change_impact *i)
{
	struct asked a;
	bool cancels = r->kind == CHANGE_DELETE, finishes;
	uint64_t planned = change_bit("title") | change_bit("sessions");

	memset(i, 0, sizeof(*i));
	change_asked(c, r, &a);
	i->course_id = r->course.id;
	count_people(c, r, &a, i);
	look_whether(c, r, &a, i);
	finishes = r->kind == CHANGE_STATUS && a.proposed.status == COURSE_FINISHED;
	i->final = cancels || finishes;
	i->told = cancels || finishes || a.bits & (planned | change_bit("price")) ? i->waiting + i->held : i->offered;
	if (cancels || a.bits & planned)
		i->told += i->enrolled;
	if (a.bits & change_bit("sessions") && a.proposed.sessions.n)
		i->clashes = clashes(c, r, &a);
}
