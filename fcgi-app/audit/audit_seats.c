/* audit/audit_seats.c -- seats and the order of the queue. */
#include "audit/audit.h"

SQL_SCAN(seats_counted,
	"SELECT CONCAT('course ', s.course_id, ': taken ', s.taken, ' of ', s.capacity, ' (enrolled ', s.enrolled, "
	"'), held tickets ', COALESCE(t.held, 0), ', enrolled tickets ', COALESCE(t.sold, 0), "
	"', living enrolments ', COALESCE(e.living, 0)) AS what "
	"FROM course_seat s "
	"LEFT JOIN (SELECT course_id, SUM(state IN ('active', 'paying')) AS held, SUM(state = 'enrolled') AS sold "
	"FROM ticket GROUP BY course_id) t ON t.course_id = s.course_id "
	"LEFT JOIN (SELECT course_id, COUNT(*) AS living FROM enrolment WHERE status = 'active' "
	"GROUP BY course_id) e ON e.course_id = s.course_id "
	"WHERE s.taken <> COALESCE(t.held, 0) + COALESCE(t.sold, 0) OR s.enrolled <> COALESCE(t.sold, 0) "
	"OR s.enrolled <> COALESCE(e.living, 0) OR s.taken > s.capacity LIMIT 200");

SQL_SCAN(waiting_counted,
	"SELECT CONCAT('course ', s.course_id, ': ', s.waiting, ' are said to wait, ', COALESCE(t.waits, 0), "
	"' do') AS what "
	"FROM course_seat s "
	"LEFT JOIN (SELECT course_id, COUNT(*) AS waits FROM ticket WHERE state = 'waiting' AND number IS NOT NULL "
	"GROUP BY course_id) t ON t.course_id = s.course_id "
	"WHERE s.waiting <> COALESCE(t.waits, 0) LIMIT 200");

/* Numbers are unique in a course, so as many as the last one and none above it means that none is missing. */
SQL_SCAN(numbers_dense,
	"SELECT CONCAT('course ', s.course_id, ': ', COALESCE(t.n, 0), ' numbers, from ', COALESCE(t.first, 0), "
	"' to ', COALESCE(t.last, 0), ', the last given is ', s.last_number) AS what "
	"FROM course_seat s "
	"LEFT JOIN (SELECT course_id, COUNT(number) AS n, MIN(number) AS first, MAX(number) AS last FROM ticket "
	"GROUP BY course_id) t ON t.course_id = s.course_id "
	"WHERE COALESCE(t.n, 0) <> s.last_number OR (s.last_number > 0 AND (t.first <> 1 "
	"OR t.last <> s.last_number)) LIMIT 200");

SQL_SCAN(newcomers_numbered,
	"SELECT CONCAT('ticket ', id, ' of course ', course_id, ' has waited for its number since ', "
	"joined_at) AS what "
	"FROM ticket "
	"WHERE state = 'waiting' AND number IS NULL AND joined_at < @audit_now - INTERVAL 5 SECOND LIMIT 200");

SQL_SCAN(nobody_overtaken,
	"SELECT CONCAT('course ', w.course_id, ': number ', h.last, ' holds a seat, number ', w.first, "
	"' waits') AS what "
	"FROM (SELECT course_id, MIN(number) AS first FROM ticket WHERE state = 'waiting' GROUP BY course_id) w "
	"JOIN (SELECT course_id, MAX(number) AS last FROM ticket WHERE state IN ('active', 'paying') "
	"GROUP BY course_id) h ON h.course_id = w.course_id "
	"WHERE h.last > w.first LIMIT 200");

SQL_SCAN(no_seat_idle,
	"SELECT CONCAT('course ', s.course_id, ': ', s.capacity - s.taken, ' seats are free, ', COUNT(*), "
	"' tickets wait') AS what "
	"FROM course_seat s "
	"JOIN ticket t ON t.course_id = s.course_id "
	"WHERE s.is_open AND s.taken < s.capacity AND t.state = 'waiting' "
	"AND t.joined_at < @audit_now - INTERVAL 5 SECOND GROUP BY s.course_id LIMIT 200");

/* Whoever joins as it ends is ended by the promoter; payments in flight are settled first. */
SQL_SCAN(nobody_left_behind,
	"SELECT CONCAT('ticket ', t.id, ' is ', t.state, ', and course ', k.id, ' is ', k.status) AS what "
	"FROM course k "
	"JOIN ticket t ON t.course_id = k.id "
	"WHERE k.status IN ('finished', 'cancelled') AND t.state IN ('waiting', 'active') "
	"AND t.joined_at < @audit_now - INTERVAL 5 SECOND LIMIT 200");

SQL_SCAN(seat_rows_current,
	"SELECT CONCAT('course ', k.id, ' is ', k.status, ', its queue is ', IF(s.course_id IS NULL, 'missing', "
	"IF(s.over_at IS NOT NULL, 'over', IF(s.is_open, 'open', 'closed'))), ', holds are ', k.hold_seconds, ' s there, ', COALESCE(s.hold_seconds, 0), ' s here') AS what "
	"FROM course k "
	"LEFT JOIN course_seat s ON s.course_id = k.id "
	"WHERE s.course_id IS NULL OR s.is_open <> (k.status = 'open') OR s.hold_seconds <> k.hold_seconds "
	"OR s.opens_at <> k.enrol_opens_at OR s.closes_at <> k.enrol_closes_at OR s.title <> k.title "
	"OR NOT s.term_id <=> k.term_id "
	"OR s.per_member_limit <> COALESCE((SELECT t.per_member_limit FROM term t WHERE t.id = k.term_id), 0) "
	"OR (s.over_at IS NOT NULL) <> (k.status IN ('finished', 'cancelled')) LIMIT 200");

SQL_SCAN(holds_end,
	"SELECT CONCAT('ticket ', id, ' (', state, ') holds a seat of course ', course_id, ' until ', "
	"COALESCE(hold_expires_at, 'nobody knows when')) AS what "
	"FROM ticket "
	"WHERE (state = 'active' AND (hold_expires_at IS NULL OR hold_expires_at < @audit_now - INTERVAL 5 SECOND)) "
	"OR (state IN ('waiting', 'enrolled', 'expired', 'left', 'cancelled') AND hold_expires_at IS NOT NULL) "
	"LIMIT 200");

SQL_SCAN(pinned_holds_pay,
	"SELECT CONCAT('ticket ', t.id, ' is paying, but no payment of it is under way') AS what "
	"FROM ticket t "
	"WHERE t.state = 'paying' AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.ticket_id = t.id "
	"AND p.status IN ('in_flight', 'unknown', 'paid')) LIMIT 200");

SQL_SCAN(enrolled_once,
	"SELECT CONCAT('ticket ', t.id, ' is ', t.state, ', its enrolment ', COALESCE(e.id, 'is missing'), ' ', "
	"COALESCE(e.status, '')) AS what "
	"FROM ticket t "
	"LEFT JOIN enrolment e ON e.ticket_id = t.id "
	"WHERE (t.state = 'enrolled' AND (e.id IS NULL OR e.status <> 'active' OR e.course_id <> t.course_id "
	"OR e.member_id <> t.member_id)) OR (t.state <> 'enrolled' AND e.status = 'active') LIMIT 200");

const struct invariant audit_seats[] = {
	MUST(seats_counted, "taken = held + enrolled tickets, enrolled = living enrolments, never above the capacity"),
	MUST(waiting_counted, "a course's queue is as long as it is said to be"),
	MUST(numbers_dense, "the numbers of a course's tickets are 1, 2, 3 … without a gap"),
	MUST(newcomers_numbered, "who joins gets a number within 5 seconds"),
	MUST(nobody_overtaken, "nobody holds a seat while one with a smaller number waits"),
	MUST(no_seat_idle, "no seat of an open course stays free while somebody waits, for longer than 5 seconds"),
	MUST(nobody_left_behind, "nobody waits or holds a seat in a course that is over"),
	MUST(seat_rows_current, "what the queue knows of a course is what the course says"),
	MUST(holds_end, "a hold ends within 5 seconds of its time, and only a hold has one"),
	MUST(pinned_holds_pay, "a hold that can't run out belongs to a payment that is under way"),
	MUST(enrolled_once, "an enrolled ticket has its living enrolment, and nobody else has one"),
	{ 0 }
};
