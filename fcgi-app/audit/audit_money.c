/* audit/audit_money.c -- payments: every won has its seat or went back, and no question to the gateway stays open. Refunds: what was
 * promised is what the payment says, and somebody is at it. */
#include "audit/audit.h"

SQL_SCAN(enrolments_paid,
	"SELECT CONCAT('enrolment ', e.id, ' paid ', e.paid, ' won with order ', e.order_id, '; the payment is ', "
	"COALESCE(p.status, 'unknown to us'), ': ', COALESCE(p.approved, 0), ' taken, ', COALESCE(p.returned, 0), "
	"' returned') AS what "
	"FROM enrolment e "
	"LEFT JOIN payment p ON p.order_id = e.order_id "
	"WHERE e.status = 'active' AND e.paid > 0 AND (p.id IS NULL OR (p.status <> 'paid' AND NOT (p.status = 'returned' "
	"AND EXISTS (SELECT 1 FROM refund r WHERE r.enrolment_id = e.id))) "
	"OR p.approved <> e.paid OR p.ticket_id <> e.ticket_id OR p.member_id <> e.member_id) LIMIT 200");

SQL_SCAN(payments_have_seats,
	"SELECT CONCAT('order ', p.order_id, ' (', p.status, ') took ', p.approved, ' won, returned ', p.returned, "
	"', and has no enrolment') AS what "
	"FROM payment p "
	"WHERE p.approved > p.returned AND (p.status = 'paid' OR (p.status = 'returning' "
	"AND p.paid_at < @audit_now - INTERVAL 30 MINUTE)) AND NOT EXISTS (SELECT 1 FROM enrolment e "
	"WHERE e.order_id = p.order_id) LIMIT 200");

SQL_SCAN(payments_add_up,
	"SELECT CONCAT('order ', order_id, ' over ', amount, ' won is ', status, ': ', approved, ' taken, ', "
	"returned, ' returned') AS what "
	"FROM payment "
	"WHERE (status = 'paid' AND approved <> amount) OR (status = 'returned' "
	"AND returned <> approved) OR (status IN ('ready', 'in_flight', 'unknown', 'refused', 'cancelled') "
	"AND approved <> returned) LIMIT 200");

SQL_SCAN(paid_once,
	"SELECT CONCAT('ticket ', ticket_id, ' was paid ', COUNT(*), ' times: ', GROUP_CONCAT(order_id)) AS what "
	"FROM payment "
	"WHERE status = 'paid' AND approved > returned GROUP BY ticket_id HAVING COUNT(*) > 1 LIMIT 200");

SQL_SCAN(attempts_settled,
	"SELECT CONCAT(a.kind, ' of payment ', a.payment_id, ' is ', a.state, ' since ', a.created_at, "
	"', to be looked at ', COALESCE(CONCAT('at ', a.check_at), 'never'), ', tried ', a.tries, ' times') AS what "
	"FROM payment_attempt a "
	"WHERE a.state IN ('in_flight', 'unknown') AND (a.check_at IS NULL "
	"OR a.check_at < @audit_now - INTERVAL 60 SECOND) LIMIT 200");

SQL_SCAN(open_payments_asked,
	"SELECT CONCAT('order ', p.order_id, ' is ', p.status, ', but nobody asks the gateway') AS what "
	"FROM payment p "
	"WHERE p.status IN ('in_flight', 'unknown') AND NOT EXISTS (SELECT 1 FROM payment_attempt a "
	"WHERE a.payment_id = p.id AND a.state IN ('in_flight', 'unknown')) LIMIT 200");

/* What went back by itself, because there was no seat for it, has no refund: then all of it is promised. */
SQL_SCAN(refunds_promised,
	"SELECT CONCAT('order ', p.order_id, ': ', p.promised, ' won are promised, its refunds come to ', COALESCE(r.n, 0)) AS what "
	"FROM payment p "
	"LEFT JOIN (SELECT payment_id, SUM(amount) AS n FROM refund GROUP BY payment_id) r ON r.payment_id = p.id "
	"WHERE p.promised <> IF(r.n IS NULL AND p.status IN ('returning', 'returned'), p.approved, COALESCE(r.n, 0)) LIMIT 200");

SQL_SCAN(refunds_returned,
	"SELECT CONCAT('order ', p.order_id, ': ', p.returned, ' won went back, its refunds say ', r.n) AS what "
	"FROM payment p "
	"JOIN (SELECT payment_id, SUM(IF(state = 'done', amount, 0)) AS n FROM refund GROUP BY payment_id) r ON r.payment_id = p.id "
	"WHERE p.returned <> r.n LIMIT 200");

SQL_SCAN(refunds_sent,
	"SELECT CONCAT('refund ', r.id, ' over ', r.amount, ' won is due since ', r.created_at, ', but nobody asks the gateway') AS what "
	"FROM refund r "
	"WHERE r.state = 'due' AND r.created_at < @audit_now - INTERVAL 60 SECOND "
	"AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.stream = CONCAT('p.', r.payment_id) AND o.type = 'refund.send' "
	"AND JSON_VALUE(o.payload, '$.refund_id') = r.id) "
	"AND NOT EXISTS (SELECT 1 FROM outbox_parked k WHERE k.stream = CONCAT('p.', r.payment_id) AND k.type = 'refund.send' "
	"AND JSON_VALUE(k.payload, '$.refund_id') = r.id) LIMIT 200");

SQL_SCAN(refunds_in_time,
	"SELECT CONCAT('refund ', id, ' over ', amount, ' won is ', state, ' since ', created_at) AS what "
	"FROM refund "
	"WHERE state <> 'done' AND created_at < @audit_now - INTERVAL 5 DAY LIMIT 200");

SQL_SCAN(cancelled_tickets,
	"SELECT CONCAT('enrolment ', e.id, ' is cancelled, its ticket ', e.ticket_id, ' is ', COALESCE(t.state, 'missing')) AS what "
	"FROM enrolment e "
	"LEFT JOIN ticket t ON t.id = e.ticket_id "
	"WHERE e.status = 'cancelled' AND (t.state IS NULL OR t.state <> 'cancelled') LIMIT 200");

const struct invariant audit_money[] = {
	MUST(enrolments_paid, "a living enrolment has one paid payment, of the amount it says"),
	MUST(payments_have_seats, "money that was taken is an enrolment, or went back"),
	MUST(payments_add_up, "what was taken and returned fits the state of the payment"),
	MUST(paid_once, "nobody pays twice for one ticket"),
	MUST(attempts_settled, "a question to the gateway is asked again until it is answered"),
	MUST(open_payments_asked, "a payment without an outcome has a question under way"),
	MUST(refunds_promised, "the refunds of a payment come to what is promised of it"),
	MUST(refunds_returned, "the refunds that are done come to what went back"),
	MUST(refunds_sent, "a refund that is due is on its way to the gateway"),
	SHOULD(refunds_in_time, "a refund is done within the five days of the law"),
	MUST(cancelled_tickets, "a cancelled enrolment has a cancelled ticket"),
	{ 0 }
};
