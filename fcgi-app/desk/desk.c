#include "desk/desk.h"

#include "account/account.h"
#include "course/course.h"
#include "data/db.h"
#include "desk/desk_private.h"
#include "enrolment/enrolment.h"
#include "payment/payment.h"
#include "refund/refund.h"
#include "staff_log/staff_log.h"

const struct failure desk_seat_wanted = { 409, "desk_seat_wanted" };
const struct failure desk_price_differs = { 409, "desk_price_differs" };

const char *const desk_methods[] = { "cash", "terminal", "transfer", "free", NULL };

const struct shape desk_ticket_shape = SHAPE("TicketAtDesk", struct desk_ticket,
	F(id), F(course_id), F(member_id), F(state, .words = ticket_states, .called = "ticket"));

/* What the log says of a walk-in. */
struct walked_in {
	int64_t course_id, member_id, enrolment_id, ticket_id;
	int method;
	money amount;
};
static const struct shape walked_in_shape = SHAPE("WalkedIn", struct walked_in,
	F(course_id), F(member_id), F(enrolment_id), F(ticket_id), F(method, .words = desk_methods, .called = "payment"), F(amount));

SQL(select_ticket, "SELECT id, course_id, member_id, state FROM ticket_brief WHERE id = ?");
SQL(select_held, "SELECT id FROM ticket_brief WHERE course_id = ? AND member_id = ? AND state = 'active'");
/* Locked, so that they do not withdraw while they are enrolled. */
SQL(share_member, "SELECT id FROM member_contact WHERE id = ? AND status = 'active' LOCK IN SHARE MODE");
SQL(share_same_person,
	"SELECT id FROM member_contact WHERE phone = ? AND name = ? AND status = 'active' ORDER BY id LIMIT 1 LOCK IN SHARE MODE");

bool desk_ticket_find(struct ctx *c, int64_t id, struct desk_ticket *t)
{
	return db_one(c, &select_ticket, &desk_ticket_shape, t, arg(id));
}

static int64_t due(const struct walk_in *w, money price)
{
	return w->method == DESK_FREE ? 0 : price.won;
}

/* Nothing was taken from who may wait: that is enough for a place in the queue, but not for a seat. */
static bool is_for_the_queue(const struct walk_in *w)
{
	return w->may_wait && w->amount.won == 0;
}

/* The price, or nothing where nothing is to be paid. */
static outcome check_amount(struct ctx *c, const struct walk_in *w, money price)
{
	int64_t d = due(w, price);

	if (w->amount.won == d)
		return OK;
	return fail(c, &amount_differs, "amount", is_for_the_queue(w) ? "seat_is_free" : "differs", str_fmt(c->arena, "%lld", (long long)d));
}

outcome desk_check_person(struct ctx *c, const struct walk_in *w)
{
	str phone = account_phone(c, w->phone);

	if (w->member_id.set)
		return db_int(c, &share_member, 0, arg(w->member_id)) ? OK :
		       fail(c, &invalid, "member_id", "member_not_active", (str){ NULL, 0 });
	if (!str_trim(w->name).n)
		fail_field(c, S("name"), "required", (str){ NULL, 0 });
	if (!account_phone_good(phone))
		fail_field(c, S("phone"), phone.n ? "pattern" : "required", (str){ NULL, 0 });
	return c->errors ? &invalid : OK;
}

/* Who comes for the second time, by name and telephone number, is the same person. */
static outcome who_is_it(struct ctx *c, const struct walk_in *w, int64_t *member_id)
{
	str phone = account_phone(c, w->phone), name = str_trim(w->name);
	outcome o = desk_check_person(c, w);

	*member_id = w->member_id.v;
	if (o != OK || w->member_id.set)
		return o;
	*member_id = db_int(c, &share_same_person, 0, arg(phone), arg(name));
	if (!*member_id)
		*member_id = account_at_desk(c, name, phone);
	return OK;
}

/* Paid into the same books, and enrolled. */
static int64_t sell(struct ctx *c, const struct walk_in *w, int64_t ticket_id)
{
	struct seat s = { 0 };
	struct payment paid;

	if (queue_lock(c, ticket_id, &s) != OK)
		fault(c, "ticket %lld vanished under the lock of its course", (long long)ticket_id);
	payment_at_desk(c, &s, w->amount.won ? str_of(desk_methods[w->method]) : S("free"), w->amount, &paid);
	if (!queue_enrol(c, &s))
		fault(c, "ticket %lld had a seat, and lost it", (long long)ticket_id);
	return enrolment_create(c, &s, paid.order_id, w->amount, SOLD_AT_DESK);
}

/* A seat that is held for this member already, or one that nobody waits for; 0: there is none. */
static outcome find_seat(struct ctx *c, const struct walk_in *w, int64_t member_id, int64_t *ticket_id)
{
	if (!queue_lock_course(c, w->course_id))
		return &course_unknown;
	*ticket_id = db_int(c, &select_held, 0, arg(w->course_id), arg(member_id));
	return *ticket_id ? OK : queue_add(c, w->course_id, member_id, true, ticket_id);
}

outcome desk_enrol(struct ctx *c, const struct walk_in *w, int64_t *enrolment_id, int64_t *ticket_id)
{
	struct course_terms terms = { 0 };
	struct walked_in log = { w->course_id, 0, 0, 0, w->method, w->amount };
	int64_t member_id, seat = 0;
	outcome o;

	*enrolment_id = *ticket_id = 0;
	if (!course_terms(c, w->course_id, &terms))
		return &course_unknown;
	if ((!is_for_the_queue(w) && (o = check_amount(c, w, terms.price)) != OK) || (o = who_is_it(c, w, &member_id)) != OK ||
	    (o = find_seat(c, w, member_id, &seat)) != OK || (seat && (o = check_amount(c, w, terms.price)) != OK))
		return o;
	if (seat)
		*enrolment_id = sell(c, w, seat);
	else if (!w->may_wait)
		return &desk_seat_wanted;
	else if ((o = queue_add(c, w->course_id, member_id, false, ticket_id)) != OK)
		return o;
	log.member_id = member_id;
	log.enrolment_id = *enrolment_id;
	log.ticket_id = seat ? seat : *ticket_id;
	if (!seat)
		log.amount = won(0);            /* nothing is taken from who waits */
	staff_log_add(c, "desk.enrol", "course", w->course_id, &walked_in_shape, NULL, &log, w->reason);
	return OK;
}

/* -- before it is done: the real thing, taken back ------------------------------------------------------------------------- */

struct looking {
	struct walk_in w;
	int64_t enrolment_id, ticket_id;
};

static outcome try_it(struct ctx *c, void *p)
{
	struct looking *v = p;

	return desk_enrol(c, &v->w, &v->enrolment_id, &v->ticket_id);
}

static outcome take_it_back(struct ctx *c, void *p)
{
	return db_probe(c, try_it, p);
}

outcome desk_check(struct ctx *c, const struct walk_in *w, bool *waits)
{
	struct looking v = { .w = *w };
	struct course_terms terms = { 0 };
	outcome o;

	*waits = false;
	if (!course_terms(c, w->course_id, &terms))
		return &course_unknown;
	v.w.amount = won(due(w, terms.price));
	v.w.may_wait = true;
	if ((o = desk_check_person(c, w)) != OK || (o = db_tx(c, take_it_back, &v)) != OK)
		return o;
	*waits = v.enrolment_id == 0;
	return *waits ? OK : check_amount(c, w, terms.price);
}

/* What a seat is worth goes along, so both courses cost the same. */
static outcome same_price(struct ctx *c, int64_t a, int64_t b)
{
	struct course_terms one = { 0 }, other = { 0 };

	if (!course_terms(c, a, &one) || !course_terms(c, b, &other))
		return &course_unknown;
	return one.price.won == other.price.won ? OK : &desk_price_differs;
}

static void money_follows(struct ctx *c, int64_t enrolment_id, int64_t to_course_id, int64_t to_ticket)
{
	struct enrolled e = { 0 };

	if (!enrolment_lock(c, enrolment_id, &e))
		fault(c, "enrolment %lld is not there", (long long)enrolment_id);
	enrolment_move(c, enrolment_id, to_course_id, to_ticket);
	payment_move(c, e.order_id, to_course_id, to_ticket);
}

outcome desk_move(struct ctx *c, int64_t ticket_id, int64_t to_course_id, str reason, int64_t *to_ticket)
{
	struct desk_ticket before = { 0 }, after = { 0 };
	int64_t enrolment_id;
	outcome o;

	*to_ticket = 0;
	if (!desk_ticket_find(c, ticket_id, &before))
		return &ticket_unknown;
	if ((o = same_price(c, before.course_id, to_course_id)) == &course_unknown)
		return o;
	enrolment_id = enrolment_of_ticket(c, ticket_id);
	if (enrolment_id && o != OK)
		return o;
	if ((o = queue_move(c, ticket_id, to_course_id, reason, to_ticket)) != OK)
		return o;
	if (!*to_ticket)
		return &desk_seat_wanted;
	/* Under the lock now; a payment may have come in between. */
	enrolment_id = enrolment_of_ticket(c, ticket_id);
	if (enrolment_id && same_price(c, before.course_id, to_course_id) != OK)
		return &desk_price_differs;
	if (enrolment_id)
		money_follows(c, enrolment_id, to_course_id, *to_ticket);
	desk_ticket_find(c, *to_ticket, &after);
	staff_log_add(c, "ticket.move", "ticket", ticket_id, &desk_ticket_shape, &before, &after, reason);
	return OK;
}

/* An enrolled one is cancelled, and paid back as the policy says. */
static outcome give_back(struct ctx *c, int64_t enrolment_id, opt_money expected, str reason)
{
	struct cancelling how = { .enrolment_id = enrolment_id, .kind = REFUND_BY_STAFF, .expected = expected,
				  .reason_code = str_of(refund_reasons[REASON_OTHER]), .reason = reason };
	struct quote q;
	int64_t refund_id;

	return refund_cancel(c, &how, &q, &refund_id);
}

outcome desk_remove(struct ctx *c, int64_t ticket_id, opt_money expected, str reason)
{
	struct desk_ticket before = { 0 };
	int64_t enrolment_id;
	outcome o;

	if (!desk_ticket_find(c, ticket_id, &before))
		return &ticket_unknown;
	enrolment_id = enrolment_of_ticket(c, ticket_id);
	o = enrolment_id ? give_back(c, enrolment_id, expected, reason) : queue_remove(c, ticket_id, reason);
	if (o == OK)
		staff_log_add(c, "ticket.remove", "ticket", ticket_id, &desk_ticket_shape, &before, NULL, reason);
	return o;
}
