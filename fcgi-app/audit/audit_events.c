/* audit/audit_events.c -- notifications, the outbox, answers kept for retries. */
#include "audit/audit.h"

/* The numbers of a member are unique and above 0, so as many as the head and none above it means that none is missing. */
SQL_SCAN(notifications_dense,
	"SELECT CONCAT('member ', s.member_id, ': head ', s.head, ', notifications ', COALESCE(n.n, 0), ' up to ', "
	"COALESCE(n.last, 0), ' from ', COALESCE(n.first, 0)) AS what "
	"FROM member_stream s "
	"LEFT JOIN (SELECT member_id, COUNT(*) AS n, MIN(seq) AS first, MAX(seq) AS last FROM notification "
	"GROUP BY member_id) n ON n.member_id = s.member_id "
	"WHERE s.head <> COALESCE(n.n, 0) OR s.head <> COALESCE(n.last, 0) OR (s.head > 0 AND n.first <> 1) LIMIT 200");

SQL_SCAN(notifications_have_streams,
	"SELECT CONCAT('member ', n.member_id, ' has notifications but no stream') AS what "
	"FROM notification n "
	"WHERE NOT EXISTS (SELECT 1 FROM member_stream s WHERE s.member_id = n.member_id) GROUP BY n.member_id "
	"LIMIT 200");

SQL_SCAN(unread_counted,
	"SELECT CONCAT('member ', s.member_id, ': ', s.unread, ' are said to be unread, ', COALESCE(n.n, 0), "
	"' are') AS what "
	"FROM member_stream s "
	"LEFT JOIN (SELECT member_id, COUNT(*) AS n FROM notification WHERE read_at IS NULL GROUP BY member_id) n "
	"ON n.member_id = s.member_id "
	"WHERE s.unread <> COALESCE(n.n, 0) LIMIT 200");

SQL_SCAN(offers_told,
	"SELECT CONCAT('ticket ', t.id, ' holds a seat, and member ', t.member_id, ' was told of it ', COUNT(n.seq), "
	"' times') AS what "
	"FROM ticket t "
	"LEFT JOIN notification n ON n.member_id = t.member_id AND n.type = 'seat.offered' AND JSON_VALUE(n.data, "
	"'$.ticket_id') = t.id "
	"WHERE t.state IN ('active', 'paying') GROUP BY t.id, t.member_id HAVING COUNT(n.seq) <> 1 LIMIT 200");

/* Whose mail is not written yet has an event that writes it: waiting, or given up where an operator sees it. */
SQL_SCAN(notices_mailed,
	"SELECT CONCAT('notification ', n.seq, ' of member ', n.member_id, ' (', n.type, ') of ', n.at, ' is to be mailed, and nothing writes it') AS what "
	"FROM notification n WHERE n.mail = 'due' "
	"AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.type = 'notify.mail' "
	"AND LOCATE(CONCAT('{\"member_id\":', n.member_id, ',\"seq\":', n.seq, '}'), o.payload) > 0) "
	"AND NOT EXISTS (SELECT 1 FROM outbox_parked p WHERE p.type = 'notify.mail' "
	"AND LOCATE(CONCAT('{\"member_id\":', n.member_id, ',\"seq\":', n.seq, '}'), p.payload) > 0) LIMIT 200");

/* Sent ones are swept after three months; those of who withdrew are gone with the address. */
SQL_SCAN(mails_written,
	"SELECT CONCAT('notification ', n.seq, ' of member ', n.member_id, ' (', n.type, ') says that its mail was written, and there is none') AS what "
	"FROM notification n JOIN member r ON r.id = n.member_id AND r.status <> 'withdrawn' "
	"LEFT JOIN mail m ON m.message_id = CONVERT(CONCAT('n.', n.member_id, '.', n.seq, '@madang') USING ascii) "
	"WHERE n.mail = 'written' AND n.at > @audit_now - INTERVAL 60 DAY AND m.id IS NULL LIMIT 200");

SQL_SCAN(mails_leave,
	"SELECT CONCAT('mail ', m.id, ' of ', m.created_at, ' waits, and nothing sends it') AS what FROM mail m WHERE m.state = 'queued' "
	"AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.type = 'mail.send' AND o.payload = CONCAT('{\"mail_id\":', m.id, '}')) "
	"AND NOT EXISTS (SELECT 1 FROM outbox_parked p WHERE p.type = 'mail.send' AND p.payload = CONCAT('{\"mail_id\":', m.id, '}')) LIMIT 200");

/* A later event of a stream waits for the earlier ones. */
SQL_SCAN(outbox_leaves,
	"SELECT CONCAT('event ', o.id, ' (', o.type, ' of ', o.stream, ') waits since ', o.created_at, ', tried ', o.tries, ' times') AS what "
	"FROM outbox o "
	"WHERE COALESCE(o.not_before, o.created_at) < @audit_now - INTERVAL 60 SECOND AND NOT EXISTS (SELECT 1 FROM outbox e "
	"WHERE e.shard = o.shard AND e.stream = o.stream AND e.id < o.id) LIMIT 200");

/* Each try and each lease moves the event's time, so one that is tried for ever, or whose relay dies of it, is never late. What asks the
 * outside may be tried for three days (relay/work.c); tests/unit/test_relay.c holds the types against the listeners. */
SQL_SCAN(outbox_not_stuck,
	"SELECT CONCAT('event ', o.id, ' (', o.type, ' of ', o.stream, ') was written at ', o.created_at, ' and tried ', o.tries, ' times') AS what "
	"FROM outbox o "
	"WHERE o.tries > 12 AND o.created_at < @audit_now - INTERVAL 10 MINUTE AND (o.created_at < @audit_now - INTERVAL 73 HOUR "
	"OR o.type NOT IN (" AUDIT_OUTSIDE_TYPES ")) LIMIT 200");

SQL_SCAN(outbox_parked_none,
	"SELECT CONCAT('event ', id, ' (', type, ' of ', stream, ') was given up at ', parked_at, ': ', reason) AS what "
	"FROM outbox_parked LIMIT 200");

SQL_SCAN(answers_kept,
	"SELECT CONCAT('key of caller ', caller_id, ' has been in flight since ', created_at) AS what "
	"FROM idempotency "
	"WHERE status IS NULL AND COALESCE(lease_until, created_at) < @audit_now - INTERVAL 10 MINUTE LIMIT 200");

const struct invariant audit_events[] = {
	MUST(notifications_dense, "a member's notifications are numbered 1, 2, 3 … up to the head"),
	MUST(notifications_have_streams, "who has notifications has a stream"),
	MUST(unread_counted, "as many are unread as is said"),
	MUST(offers_told, "who holds a seat was told so, once"),
	MUST(notices_mailed, "an important notice is mailed, or says why not, or its event waits"),
	MUST(mails_written, "a notice whose mail was written has it"),
	MUST(mails_leave, "a mail that waits has an event that sends it"),
	MUST(outbox_leaves, "an event leaves within a minute of its time"),
	MUST(outbox_not_stuck, "no event is tried again and again for longer than it takes to give it up"),
	SHOULD(outbox_parked_none, "no event was given up and waits for an operator"),
	SHOULD(answers_kept, "a key that was in flight got its answer, or its caller never came back"),
	{ 0 }
};
