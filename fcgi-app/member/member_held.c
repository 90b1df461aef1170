/* member/member_held.c -- what one member holds, and how to reach them. */
#include "account/account.h"
#include "change/change.h"
#include "enrolment/enrolment.h"
#include "member/member.h"
#include "payment/payment.h"
#include "queue/queue.h"
#include "refund/refund.h"
#include "staff_log/staff_log.h"

static const char *const sources[] = { "online", "desk", NULL };

static const struct shape course_shape_of = ID_TITLE_SHAPE("MemberCourse");

static const struct shape held_enrolment_shape = SHAPE("MemberEnrolment", struct member_enrolment,
	F(id), F(course, .of = &course_shape_of), F(status, .words = enrolment_statuses, .called = "enrolment"),
	F(source, .words = sources, .called = "enrolment"), F(paid), F(order_id),
	F(created_at), F(cancelled_at));

static const struct shape held_ticket_shape = SHAPE("MemberTicket", struct member_ticket,
	F(id), F(course, .of = &course_shape_of), F(state, .words = ticket_states, .called = "ticket"), F(number), F(joined_at), F(hold_expires_at), F(ended_at));

static const struct shape held_payment_shape = SHAPE("MemberPayment", struct member_payment,
	F(id), F(order_id), F(course, .of = &course_shape_of), F(status, .words = payment_statuses, .called = "payment"),
	F(method, .words = payment_methods, .called = "payment"), F(amount),
	F(promised, .about = "What goes back or has gone back."), F(returned), F(remaining, .about = "What may still go back."), F(created_at), F(paid_at));

static const struct shape held_refund_shape = SHAPE("MemberRefund", struct member_refund,
	F(id), F(payment_id), F(amount), F(kind, .words = refund_kinds, .called = "refund"), F(state, .words = refund_states, .called = "refund"),
	F(created_at), F(done_at));

static const struct shape held_request_shape = SHAPE("MemberRequest", struct member_request,
	F(id), F(course, .of = &course_shape_of), F(kind, .words = change_kinds, .called = "change_request"),
	F(state, .words = change_states, .called = "change_request"), F(created_at), F(decided_at));

const struct shape member_shape = SHAPE("MemberDetail", struct member,
	F(id), F(name, .about = "Empty: withdrawn."), F(email), F(phone, .about = "Masked."), F(locale, .words = account_locales),
	F(status, .words = account_statuses, .called = "member"), F(roles), F(created_at), F(is_staff), F(version),
	F(sessions, .about = "Where the member is logged in."),
	F(notifications), F(unread), F(enrolments, .of = &held_enrolment_shape, .about = "The newest 50, like all lists here."),
	F(tickets, .of = &held_ticket_shape), F(payments, .of = &held_payment_shape), F(refunds, .of = &held_refund_shape),
	F(requests, .of = &held_request_shape));

const struct shape member_contact_shape = SHAPE("MemberContact", struct member_contact, F(phone), F(email));

SQL(select_member,
	"SELECT m.id, m.name, COALESCE(m.email, '') AS email, m.phone, m.locale, m.status, m.roles, m.created_at, "
	"COALESCE(m.is_staff, 0) AS is_staff, m.version, (SELECT COUNT(*) FROM session_brief s WHERE s.member_id = m.id) AS sessions, "
	"COALESCE(n.head, 0) AS notifications, COALESCE(n.unread, 0) AS unread "
	"FROM member_contact m LEFT JOIN notice_count n ON n.member_id = m.id WHERE m.id = ?");
SQL(select_enrolments,
	"SELECT e.id, e.course_id AS `course.id`, k.title AS `course.title`, e.status, e.source, e.paid, e.order_id, e.created_at, e.cancelled_at "
	"FROM enrolment_brief e JOIN course_title k ON k.id = e.course_id WHERE e.member_id = ? ORDER BY e.id DESC LIMIT 50");
SQL(select_tickets,
	"SELECT t.id, t.course_id AS `course.id`, k.title AS `course.title`, t.state, t.number, t.joined_at, t.hold_expires_at, t.ended_at "
	"FROM ticket_brief t JOIN course_title k ON k.id = t.course_id WHERE t.member_id = ? ORDER BY t.id DESC LIMIT 50");
SQL(select_payments,
	"SELECT p.id, p.order_id, p.course_id AS `course.id`, k.title AS `course.title`, p.status, p.method, p.amount, p.promised, p.returned, "
	"p.approved - p.promised AS remaining, p.created_at, p.paid_at FROM payment_brief p JOIN course_title k ON k.id = p.course_id WHERE p.member_id = ? ORDER BY p.id DESC LIMIT 50");
SQL(select_refunds,
	"SELECT id, payment_id, amount, kind, state, created_at, done_at FROM refund_brief WHERE member_id = ? ORDER BY id DESC LIMIT 50");
SQL(select_requests,
	"SELECT r.id, r.course_id AS `course.id`, k.title AS `course.title`, r.kind, r.state, r.created_at, r.decided_at "
	"FROM change_brief r JOIN course_title k ON k.id = r.course_id WHERE r.member_id = ? ORDER BY r.id DESC LIMIT 50");
SQL(select_contact, "SELECT phone, COALESCE(email, '') AS email FROM member_contact WHERE id = ?");

outcome member_look(struct ctx *c, int64_t id, str purpose, struct member *m)
{
	if (!db_one(c, &select_member, &member_shape, m, arg(id)))
		return &account_unknown;
	m->phone = account_masked_phone(c, m->phone);
	account_spell_roles(c, &m->roles);
	m->enrolments = db_all(c, &select_enrolments, &held_enrolment_shape, arg(id));
	m->tickets = db_all(c, &select_tickets, &held_ticket_shape, arg(id));
	m->payments = db_all(c, &select_payments, &held_payment_shape, arg(id));
	m->refunds = db_all(c, &select_refunds, &held_refund_shape, arg(id));
	m->requests = db_all(c, &select_requests, &held_request_shape, arg(id));
	staff_log_look(c, "member.look", "member", id, purpose);
	return OK;
}

outcome member_contact(struct ctx *c, int64_t id, str purpose, struct member_contact *to)
{
	if (!db_one(c, &select_contact, &member_contact_shape, to, arg(id)))
		return &account_unknown;
	to->phone = account_phone_words(c, to->phone);
	staff_log_look(c, "member.phone", "member", id, purpose);
	return OK;
}
