/* refund/refund_withdrawn.c -- what was paid for by somebody who withdraws: cancelled as if they had done it themselves at that moment.
 *
 * Their enrolments are found when the event member.withdrawn arrives, and cancelled one by one (refund.withdrawn on stream e.<enrolment>), each in a
 * transaction of its own. Courses that are over, or whose last day has passed, stay as they are.
 *
 * Money that was paid at the desk, and what the gateway refuses later, is given back by a person, who has to know to whom: so name and
 * telephone number are kept in refund_payee, if anything may be owed, and go with the last refund that is done. They are shown with the
 * refunds, and nowhere else.
 */
#include "core/json.h"
#include "data/db.h"
#include "refund/refund_private.h"

struct held {
	int64_t id;
};
static const struct shape held_shape = SHAPE("HeldEnrolment", struct held, F(id));

SQL(select_held,
	"SELECT e.id FROM enrolment_brief e JOIN course_brief k ON k.id = e.course_id WHERE e.member_id = ? AND e.status = 'active' AND "
	"k.status IN ('draft', 'open', 'closed') AND (k.ends_on IS NULL OR k.ends_on >= ?) ORDER BY e.id");
SQL(keep_payee,
	"INSERT INTO refund_payee (member_id, name, phone, kept_at) SELECT m.id, m.name, m.phone, ? FROM member_contact m WHERE m.id = ? AND "
	"(EXISTS (SELECT 1 FROM refund r WHERE r.member_id = ? AND r.state <> 'done') OR "
	"EXISTS (SELECT 1 FROM enrolment_brief e WHERE e.member_id = ? AND e.status = 'active' AND e.paid > 0))");
SQL(note_to_cancel, "UPDATE refund_payee SET to_cancel = ? WHERE member_id = ?");
SQL(one_less, "UPDATE refund_payee SET to_cancel = to_cancel - 1 WHERE member_id = ?");
SQL(forget_payee,
	"DELETE FROM refund_payee WHERE member_id = ? AND to_cancel = 0 AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.member_id = ? AND r.state <> 'done')");

void refund_keep_payee(struct ctx *c, int64_t member_id)
{
	db_run(c, &keep_payee, arg(c->now), arg(member_id), arg(member_id), arg(member_id));
}

void refund_forget_payee(struct ctx *c, int64_t member_id)
{
	db_run(c, &forget_payee, arg(member_id), arg(member_id));
}

outcome refund_of_withdrawn(struct ctx *c, const struct event *e)
{
	int64_t member_id = json_int(json_parse(c, e->payload), "member_id", 0);
	list l = db_all(c, &select_held, &held_shape, arg(member_id), arg(when_day_in_seoul(e->created_at)));
	const struct held *h = l.p;

	for (size_t i = 0; i < l.n; i++)
		outbox_add(c, LANE_WORK, str_fmt(c->arena, "e.%lld", (long long)h[i].id), S("refund.withdrawn"),
			   str_fmt(c->arena, "{\"enrolment_id\":%lld,\"member_id\":%lld,\"at\":%lld}", (long long)h[i].id, (long long)member_id,
				   (long long)e->created_at.us));
	db_run(c, &note_to_cancel, arg((int64_t)l.n), arg(member_id));
	refund_forget_payee(c, member_id);
	return OK;
}

outcome refund_cancel_withdrawn(struct ctx *c, const struct event *e)
{
	const struct json *in = json_parse(c, e->payload);
	int64_t member_id = json_int(in, "member_id", 0), refund_id;
	struct cancelling v = { .enrolment_id = json_int(in, "enrolment_id", 0), .kind = REFUND_BY_MEMBER, .reason_code = S("changed_mind"),
				.reason = S("회원 탈퇴"), .as_of = some_when((when){ json_int(in, "at", 0) }) };
	struct quote q;
	outcome o;

	c->who.id = member_id;
	o = refund_cancel(c, &v, &q, &refund_id);
	if (o != OK && o != &enrolment_not_active)
		return o;
	db_run(c, &one_less, arg(member_id));
	refund_forget_payee(c, member_id);
	return OK;
}
