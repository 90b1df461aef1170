/* audit/audit_money.c -- payments: every won has its seat or went back, and no question to the gateway stays open. */
#include "audit/audit.h"

SQL_SCAN(enrolments_paid,
	"SELECT CONCAT('enrolment ', e.id, ' paid ', e.paid, ' won with order ', e.order_id, '; the payment is ', "
	"COALESCE(p.status, 'unknown to us'), ': ', COALESCE(p.approved, 0), ' taken, ', COALESCE(p.returned, 0), "
	"' returned') AS what "
	"FROM enrolment e "
	"LEFT JOIN payment p ON p.order_id = e.order_id "
	"WHERE e.status = 'active' AND e.paid > 0 AND (p.id IS NULL OR p.status <> 'paid' "
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

const struct invariant audit_money[] = {
	MUST(enrolments_paid, "a living enrolment has one paid payment, of the amount it says"),
	MUST(payments_have_seats, "money that was taken is an enrolment, or went back"),
	MUST(payments_add_up, "what was taken and returned fits the state of the payment"),
	MUST(paid_once, "nobody pays twice for one ticket"),
	MUST(attempts_settled, "a question to the gateway is asked again until it is answered"),
	MUST(open_payments_asked, "a payment without an outcome has a question under way"),
	{ 0 }
};
