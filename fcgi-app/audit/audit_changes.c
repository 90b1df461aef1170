/* audit/audit_changes.c -- change requests: their history, what they did to courses, and who was told. */
#include "audit/audit.h"

SQL_SCAN(changes_have_history,
	"SELECT CONCAT('request ', r.id, ' is ', r.state, ', its history ends with ', COALESCE(s.state, 'nothing')) AS what "
	"FROM change_request r "
	"LEFT JOIN (SELECT request_id, MAX(n) AS n FROM change_step GROUP BY request_id) l ON l.request_id = r.id "
	"LEFT JOIN change_step s ON s.request_id = r.id AND s.n = l.n "
	"WHERE s.state IS NULL OR s.state <> r.state LIMIT 200");

SQL_SCAN(changes_applied,
	"SELECT CONCAT('request ', r.id, ' is ', r.state, ', applied at version ', COALESCE(r.applied_version, 'none'), ' of course ', r.course_id, "
	"', which is at ', k.version) AS what "
	"FROM change_request r JOIN course k ON k.id = r.course_id "
	"WHERE (r.state = 'completed') <> (r.applied_version IS NOT NULL) OR r.applied_version > k.version "
	"OR (r.state = 'completed' AND r.kind = 'delete' AND k.status <> 'cancelled') LIMIT 200");

SQL_SCAN(changes_told,
	"SELECT CONCAT('batch ', b.id, ' was to be told at ', b.tell_at) AS what "
	"FROM change_batch b "
	"WHERE b.tell_at < @audit_now - INTERVAL 60 SECOND LIMIT 200");

SQL_SCAN(notices_leave_once,
	"SELECT CONCAT('batch ', n.batch_id, ' has notices left, told at ', COALESCE(b.told_at, 'no time')) AS what "
	"FROM change_notice n JOIN change_batch b ON b.id = n.batch_id "
	"WHERE b.tell_at IS NULL GROUP BY n.batch_id LIMIT 200");

const struct invariant audit_changes[] = {
	MUST(changes_have_history, "a request is in the state in which its history ends"),
	MUST(changes_applied, "what is completed, and nothing else, was applied to its course"),
	MUST(changes_told, "the notices of a batch leave when their time has come"),
	MUST(notices_leave_once, "a batch that was told has nothing left to tell"),
	{ 0 }
};
