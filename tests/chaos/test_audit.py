#!/usr/bin/env python3
"""`madang audit` on a database of its own, madang_test_audit: a right one is clean, and each planted wrong is found by the
invariant that is meant for it. It needs the database of the running system (./madang up). Last line: `N passed, N failed`.
"""
import hashlib
import json
import os
import subprocess
import sys
import unittest

import house

NAME = "madang_test_audit"
PROGRAM = os.path.join(house.ROOT, "build", "fcgi-app", "madang")
OWN = os.path.join(house.VAR, "tmp", "audit.conf")

# Two seats, one sold and one held; a member waits, one left. Times long ago, so that no grace hides anything.
PEOPLE = """
INSERT INTO member (id, email, name, created_at, status) VALUES (1, 't@example.com', '가', '2026-01-01', 'active'), (2, 'a@example.com', '나', '2026-01-01', 'active'),
	(3, 'b@example.com', '다', '2026-01-01', 'active'), (4, 'c@example.com', '라', '2026-01-01', 'active'), (5, 'd@example.com', '마', '2026-01-01', 'active');
INSERT INTO category (id, name) VALUES (1, '갈래');
INSERT INTO instructor (id, member_id, name, created_at) VALUES (1, 1, '선생', '2026-01-01');
INSERT INTO course (id, title, category_id, instructor_id, price, status, published, hold_seconds, enrol_opens_at, enrol_closes_at, created_at)
	VALUES (1, '강좌', 1, 1, 30000, 'open', TRUE, 300, '2026-01-01', '2036-01-01', '2026-01-01');
INSERT INTO course_seat (course_id, title, is_open, published, opens_at, closes_at, hold_seconds, capacity, taken, enrolled, waiting, last_number)
	VALUES (1, '강좌', 1, 1, '2026-01-01', '2036-01-01', 300, 2, 2, 1, 1, 4);
INSERT INTO ticket (id, course_id, member_id, state, number, joined_at, hold_expires_at) VALUES (11, 1, 2, 'enrolled', 1, '2026-01-02', NULL),
	(12, 1, 3, 'active', 2, '2026-01-02', '2036-01-01'), (13, 1, 4, 'left', 3, '2026-01-02', NULL), (14, 1, 5, 'waiting', 4, '2026-01-02', NULL);
INSERT INTO payment (id, order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, payment_key, created_at, paid_at)
	VALUES (21, 'o-1', 2, 11, 1, 'toss', 30000, 30000, 'paid', 'k-1', '2026-01-02', '2026-01-02');
INSERT INTO payment_attempt (id, payment_id, kind, idem_key, amount, state, created_at, settled_at)
	VALUES (31, 21, 'confirm', 'i-1', 30000, 'approved', '2026-01-02', '2026-01-02');
INSERT INTO enrolment (id, course_id, member_id, ticket_id, order_id, paid, created_at) VALUES (41, 1, 2, 11, 'o-1', 30000, '2026-01-02');
INSERT INTO member_stream (member_id, head, unread) VALUES (2, 2, 1), (3, 1, 1);
INSERT INTO notification (member_id, seq, type, data, at, read_at) VALUES (2, 1, 'seat.offered', '{"ticket_id":11}', '2026-01-02', '2026-01-02'),
	(2, 2, 'enrolment.confirmed', '{"enrolment_id":41}', '2026-01-02', NULL), (3, 1, 'seat.offered', '{"ticket_id":12}', '2026-01-02', NULL)"""
# Lines of the staff's log, sealed here as staff_log_seal.c says in words: what it means has two readers.
LINES = ((1, "2026-01-02T03:04:05Z", 1, "course.create", "course", 1, None, '{"id":1}', "", "r1", "127.0.0.1"),
         (2, "2026-01-02T03:04:06.500000Z", 1, "course.edit", "course", 1, '{"id":1,"title":"가"}', '{"id":1,"title":"나"}', "고침", "r2", ""),
         (3, "2026-01-02T03:04:06.000001Z", 2, "member.look", "member", 1, None, None, "상담", "r3", "::1"))


def seals(lines=LINES):
    before, out = b"\0" * 32, []
    for n, line in enumerate(lines, 1):
        texts = [None if v is None else str(v).encode() for v in line]
        before = hashlib.sha256(before + b"".join(b"-\n" if t is None else b"%d:%s\n" % (len(t), t) for t in texts)).digest()
        out.append((n, line, before.hex()))
    return out


def log_sql():
    word = lambda v: "NULL" if v is None else str(v) if isinstance(v, int) else "'" + v.rstrip("Z").replace("T", " ") + "'" if v[4:5] == "-" else "'" + v + "'"
    rows = ", ".join("(" + ", ".join(word(v) for v in line) + ")" for line in LINES)
    made = ", ".join(f"({n}, {line[0]}, {word(line[1])}, UNHEX('{h}'))" for n, line, h in seals())
    return ("; INSERT INTO staff_log (id, at, member_id, action, object_type, object_id, before_json, after_json, reason, request_id, ip) VALUES "
            f"{rows}; INSERT INTO staff_log_seal (n, log_id, at, hash) VALUES {made}")


TABLES = ("staff_log_seal", "staff_log", "member", "category", "instructor", "course", "course_seat", "ticket", "payment", "payment_attempt", "enrolment", "member_stream",
          "notification", "mail", "outbox", "outbox_parked", "idempotency", "refund", "change_notice", "change_batch", "change_step", "change_request")

REFUND = ("INSERT INTO refund (payment_id, enrolment_id, member_id, amount, kind, reason_code, state, by_member_id, created_at) "
          "VALUES (21, 41, 2, 10000, 'staff', 'mistake', '{}', 1, '2026-01-02')")


def asked(kind, state, applied, history):
    """A change request, and what its history says (None: nothing)."""
    sql = ("INSERT INTO change_request (id, course_id, instructor_id, member_id, kind, state, base_version, base, changes, print, applied_version, created_at) "
           f"VALUES (51, 1, 1, 1, '{kind}', '{state}', 1, '{{}}', '{{}}', REPEAT('x', 32), {applied}, '2026-01-02')")
    for n, step in enumerate(history, 1):
        sql += f"; INSERT INTO change_step (request_id, n, at, member_id, state) VALUES (51, {n}, '2026-01-02', 1, '{step}')"
    return sql


# What is planted, and the invariants that must find it: exactly these.
PLANTED = {
    "a seat that nobody has": ("UPDATE course_seat SET taken = 2, enrolled = 1 WHERE course_id = 1; DELETE FROM ticket WHERE id = 12",
                               {"seats_counted", "numbers_dense"}),
    "an enrolment that is not counted": ("UPDATE course_seat SET enrolled = 0", {"seats_counted"}),
    "a queue said to be longer": ("UPDATE course_seat SET waiting = 2", {"waiting_counted"}),
    "a gap in the numbers": ("UPDATE ticket SET number = 5 WHERE id = 14", {"numbers_dense"}),
    "a newcomer forgotten": ("INSERT INTO ticket (course_id, member_id, joined_at) VALUES (1, 1, '2026-01-02')", {"newcomers_numbered"}),
    "somebody overtaken": ("UPDATE ticket SET number = 9 WHERE id = 12; UPDATE ticket SET number = 2 WHERE id = 14; UPDATE ticket SET number = 4 WHERE id = 12",
                           {"nobody_overtaken"}),
    "a seat left idle": ("UPDATE course_seat SET capacity = 3", {"no_seat_idle"}),
    "a queue that thinks its course is closed": ("UPDATE course_seat SET is_open = 0", {"seat_rows_current"}),
    "people left behind in a course that is over": ("UPDATE course SET status = 'finished'; UPDATE course_seat SET is_open = 0, over_at = '2026-01-03'", {"nobody_left_behind"}),
    "a queue that does not know that its course is over": ("UPDATE course SET status = 'cancelled'; UPDATE course_seat SET is_open = 0; "
                                                           "UPDATE ticket SET state = 'left', hold_expires_at = NULL WHERE id IN (12, 14); "
                                                           "UPDATE course_seat SET taken = 1, waiting = 0", {"seat_rows_current"}),
    "a limit that its term does not have": ("UPDATE course_seat SET per_member_limit = 2", {"seat_rows_current"}),
    "a hold that has run out": ("UPDATE ticket SET hold_expires_at = '2026-01-03' WHERE id = 12", {"holds_end"}),
    "a hold without an end": ("UPDATE ticket SET hold_expires_at = NULL WHERE id = 12", {"holds_end"}),
    "a pinned hold that nobody pays": ("UPDATE ticket SET state = 'paying' WHERE id = 12", {"pinned_holds_pay"}),
    "an enrolled ticket without enrolment": ("UPDATE enrolment SET status = 'cancelled'", {"seats_counted", "enrolled_once", "cancelled_tickets"}),
    "an enrolment of somebody else": ("UPDATE enrolment SET member_id = 4", {"enrolled_once", "enrolments_paid"}),
    "an enrolment that paid less": ("UPDATE enrolment SET paid = 20000", {"enrolments_paid"}),
    "an enrolment whose payment is lost": ("DELETE FROM payment_attempt; DELETE FROM payment", {"enrolments_paid"}),
    "money without a seat": ("INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, created_at) "
                             "VALUES ('o-2', 4, 13, 1, 'toss', 30000, 30000, 'paid', '2026-01-02')", {"payments_have_seats"}),
    "money returned in part only": ("INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, returned, status, created_at) "
                                    "VALUES ('o-2', 4, 13, 1, 'toss', 30000, 30000, 10000, 'returned', '2026-01-02')", {"payments_add_up", "refunds_promised"}),
    "refused, and taken all the same": ("INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, created_at) "
                                        "VALUES ('o-2', 4, 13, 1, 'toss', 30000, 30000, 'refused', '2026-01-02')", {"payments_add_up"}),
    "paid twice": ("INSERT INTO payment (order_id, member_id, ticket_id, course_id, gateway, amount, approved, status, created_at) "
                   "VALUES ('o-2', 2, 11, 1, 'toss', 30000, 30000, 'paid', '2026-01-02')", {"payments_have_seats", "paid_once"}),
    "a question that nobody asks again": ("INSERT INTO payment (id, order_id, member_id, ticket_id, course_id, gateway, amount, status, created_at) "
                                          "VALUES (22, 'o-2', 3, 12, 1, 'toss', 30000, 'unknown', '2026-01-02'); UPDATE ticket SET state = 'paying' WHERE id = 12; "
                                          "INSERT INTO payment_attempt (payment_id, kind, idem_key, amount, state, created_at) "
                                          "VALUES (22, 'confirm', 'i-2', 30000, 'unknown', '2026-01-02')", {"attempts_settled"}),
    "an outcome that nobody asks for": ("INSERT INTO payment (id, order_id, member_id, ticket_id, course_id, gateway, amount, status, created_at) "
                                        "VALUES (22, 'o-2', 3, 12, 1, 'toss', 30000, 'unknown', '2026-01-02'); UPDATE ticket SET state = 'paying' WHERE id = 12",
                                        {"open_payments_asked"}),
    "a promise without a refund": ("UPDATE payment SET promised = 10000", {"refunds_promised"}),
    "a refund that nobody promised": (REFUND.format("by_hand"), {"refunds_promised"}),
    "a refund that is done and did not go back": ("UPDATE payment SET promised = 10000; " + REFUND.format("done"), {"refunds_returned"}),
    "a refund that nobody sends": ("UPDATE payment SET promised = 10000; " + REFUND.format("due"), {"refunds_sent"}),
    "a cancelled enrolment whose ticket is not": ("INSERT INTO enrolment (course_id, member_id, ticket_id, order_id, paid, status, created_at) "
                                                  "VALUES (1, 4, 13, 'o-9', 0, 'cancelled', '2026-01-02')", {"cancelled_tickets"}),
    "a gap in the notifications": ("UPDATE notification SET seq = 3 WHERE member_id = 2 AND seq = 2", {"notifications_dense"}),
    "notifications without a stream": ("INSERT INTO notification (member_id, seq, type, data, at) VALUES (5, 1, 'x', '{}', '2026-01-02')",
                                       {"notifications_have_streams"}),
    "a wrong unread": ("UPDATE member_stream SET unread = 2 WHERE member_id = 2", {"unread_counted"}),
    "an offer that was not told": ("UPDATE notification SET data = '{\"ticket_id\":99}' WHERE member_id = 3", {"offers_told"}),
    "a line of the log that was changed": ("UPDATE staff_log SET reason = '그냥' WHERE id = 2", {"staff_log_chain"}),
    "a line whose author was changed": ("UPDATE staff_log SET member_id = 2 WHERE id = 1", {"staff_log_chain"}),
    "a line that was dated back": ("UPDATE staff_log SET at = at - INTERVAL 1 MICROSECOND WHERE id = 3", {"staff_log_chain"}),
    "a line that was taken out": ("DELETE FROM staff_log WHERE id = 2", {"staff_log_chain"}),
    "a line that was taken out with its seal": ("DELETE FROM staff_log WHERE id = 2; DELETE FROM staff_log_seal WHERE n = 2", {"staff_log_chain"}),
    "a line put in the place of another": ("UPDATE staff_log_seal SET log_id = 99 WHERE n = 2; UPDATE staff_log SET id = 99 WHERE id = 2", {"staff_log_chain"}),
    "a line that nobody sealed": ("INSERT INTO staff_log (at, member_id, action, object_type, object_id) VALUES ('2026-01-02', 1, 'x', 'course', 1)",
                                  {"staff_log_sealed"}),
    "a request without a history": (asked("edit", "submitted", "NULL", ()), {"changes_have_history"}),
    "a request whose history ends elsewhere": (asked("edit", "rejected", "NULL", ("submitted", "approved")), {"changes_have_history"}),
    "a completed request that was not applied": (asked("edit", "completed", "NULL", ("submitted", "completed")), {"changes_applied"}),
    "a request that was applied before it was approved": (asked("edit", "submitted", "1", ("submitted",)), {"changes_applied"}),
    "a request applied to a version that never was": (asked("edit", "completed", "99", ("submitted", "completed")), {"changes_applied"}),
    "a course that was to end and goes on": (asked("delete", "completed", "1", ("submitted", "completed")), {"changes_applied"}),
    "a decision that nobody tells": ("INSERT INTO change_batch (id, member_id, at, tell_at) VALUES (61, 1, '2026-01-02', '2026-01-02')", {"changes_told"}),
    "a decision told, with notices left": ("INSERT INTO change_batch (id, member_id, at, told_at) VALUES (61, 1, '2026-01-02', '2026-01-03'); "
                                           "INSERT INTO change_notice (batch_id, request_id, action) VALUES (61, 51, 'approve')", {"notices_leave_once"}),
    "an important notice whose mail nobody writes": ("UPDATE member_stream SET head = head + 1, unread = unread + 1 WHERE member_id = 2; INSERT INTO notification "
                                                    "(member_id, seq, type, data, at, mail) SELECT 2, head, 'payment.refunded', '{}', '2026-01-02', 'due' "
                                                    "FROM member_stream WHERE member_id = 2", {"notices_mailed"}),
    "a notice whose mail is gone": ("UPDATE member_stream SET head = head + 1, unread = unread + 1 WHERE member_id = 2; INSERT INTO notification "
                                    "(member_id, seq, type, data, at, mail) SELECT 2, head, 'payment.refunded', '{}', UTC_TIMESTAMP(6), 'written' "
                                    "FROM member_stream WHERE member_id = 2", {"mails_written"}),
    "a mail that nobody sends": ("INSERT INTO mail (message_id, to_address, subject, body, created_at) VALUES ('x@madang', 'a@example.com', 's', 'b', '2026-01-02')",
                                 {"mails_leave"}),
    "an event that does not leave": ("INSERT INTO outbox (shard, stream, type, payload, created_at) VALUES (1, 'u.2', 'notify', '{}', '2026-01-02')",
                                     {"outbox_leaves"}),
    "an event that is tried for ever": ("INSERT INTO outbox (shard, stream, type, payload, created_at, tries, not_before) VALUES (33, 'k.1', 'course.changed', '{}', "
                                        "UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, 40, UTC_TIMESTAMP(6) + INTERVAL 50 SECOND)", {"outbox_not_stuck"}),
    "money whose return is tried for longer than its gateway may be away": (
        "INSERT INTO outbox (shard, stream, type, payload, created_at, tries, not_before) VALUES (33, 'p.21', 'payment.return', '{}', "
        "UTC_TIMESTAMP(6) - INTERVAL 4 DAY, 400, UTC_TIMESTAMP(6) + INTERVAL 9 MINUTE)", {"outbox_not_stuck"}),
}


def audit():
    p = subprocess.run([PROGRAM, "audit", "--json"], capture_output=True, text=True, env=dict(os.environ, MADANG_CONFIG=OWN), timeout=60)
    if p.returncode not in (0, 1):
        raise SystemExit(f"madang audit: {p.stderr}")
    d = json.loads(p.stdout)
    return p.returncode, {v["name"] for v in d["invariants"] if v["violations"]}, d


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        conf = house.settings()
        root = house.Database(conf)
        root.rows(f"DROP DATABASE IF EXISTS {NAME}; CREATE DATABASE {NAME} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        root.close()
        with open(OWN, "w", encoding="utf-8") as f:
            f.writelines(f"{k} = {NAME if k == 'db_name' else v}\n" for k, v in conf.items())
        os.chmod(OWN, 0o600)
        subprocess.run([PROGRAM, "migrate"], env=dict(os.environ, MADANG_CONFIG=OWN), check=True, stdout=subprocess.DEVNULL)
        cls.db = house.Database(conf, NAME)

    @classmethod
    def tearDownClass(cls):
        cls.db.rows(f"DROP DATABASE {NAME}")
        cls.db.close()
        os.remove(OWN)

    def setUp(self):
        self.db.rows("SET foreign_key_checks = 0; " + "; ".join(f"DELETE FROM {t}" for t in TABLES) + f"; SET foreign_key_checks = 1; {PEOPLE}{log_sql()}")

    def test_a_right_database_is_clean(self):
        status, red, d = audit()
        self.assertEqual((status, red), (0, set()))
        self.assertGreater(len(d["invariants"]), 20)
        self.assertEqual(d["staff_log"], {"sealed": 3, "unsealed": 0, "head": seals()[-1][2]})

    def test_the_end_of_the_log_is_missed_by_a_head_that_was_kept_elsewhere(self):
        kept = audit()[2]["staff_log"]["head"]
        self.db.rows("DELETE FROM staff_log WHERE id = 3; DELETE FROM staff_log_seal WHERE n = 3")
        status, red, d = audit()
        self.assertEqual((status, red), (0, set()))
        self.assertNotEqual(d["staff_log"]["head"], kept)

    def test_a_gateway_may_be_away_for_a_night(self):
        self.db.rows("INSERT INTO outbox (shard, stream, type, payload, created_at, tries, not_before) VALUES (33, 'p.21', 'payment.return', '{}', "
                     "UTC_TIMESTAMP(6) - INTERVAL 9 HOUR, 80, UTC_TIMESTAMP(6) + INTERVAL 9 MINUTE)")
        self.assertEqual(audit()[:2], (0, set()))

    def test_an_invariant_without_a_planted_wrong_is_not_believed(self):
        named = {v["name"] for v in audit()[2]["invariants"] if not v["warning"]}
        self.assertEqual(named - set().union(*(names for _, names in PLANTED.values())), set())


def planted(sql, names):
    def test(self):
        self.db.rows(sql)
        status, red, _ = audit()
        self.assertEqual((status, red), (1, names))
    return test


for title, (sql, names) in PLANTED.items():
    setattr(Audit, "test_" + title.replace(" ", "_").replace(",", ""), planted(sql, names))

if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromTestCase(Audit))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad or not result.testsRun else 0)
