#!/usr/bin/env python3
"""The checker on made-up runs: a right one passes, and each planted wrong is found by the check that is meant for it.

Last line: `N passed, N failed`.
"""
import copy
import sys
import unittest

import checker

COURSE, PRICE, SEATS = 7, 30000, 2


def op(name, m, t0, t1, status, body, key=None, tries=1, code=None):
    return {"k": "op", "op": name, "m": m, "key": key or f"{name}-{m}", "t0": t0, "t1": t1, "tries": tries, "before": ["Broken"] * (tries - 1), "status": status, "code": code, "body": body}


def a_run(mode="kill"):
    """Five members, two seats: 1 and 3 pay, 2 lets the seat go, 4 leaves, 5 still waits. All is right."""
    ms = 1_000_000
    people = [{"m": m, "course": COURSE, "intent": "pays", "streams": m in (1, 2), "fault": None} for m in range(1, 6)]
    lines = [{"k": "run", "mode": mode, "seed": 1, "people": people, "parts": ["web", "relay"], "sells_out": True}]
    states = {1: "enrolled", 2: "expired", 3: "enrolled", 4: "left", 5: "waiting"}
    tickets, notifications, heads = [], {}, {}
    for m, state in states.items():
        lines.append(op("join", m, m * 10 * ms, (m * 10 + 5) * ms, 201, {"id": 100 + m}))
        tickets.append({"id": 100 + m, "course": COURSE, "member": m, "state": state, "number": m})
        rows = []
        if m <= 3:
            rows.append({"seq": 1, "type": "seat.offered", "data": {"course_id": COURSE, "ticket_id": 100 + m}})
        if m in (1, 3):
            rows.append({"seq": 2, "type": "enrolment.confirmed", "data": {"course_id": COURSE}})
        if m == 2:
            rows.append({"seq": 2, "type": "seat.expired", "data": {"ticket_id": 102}})
        notifications[m] = rows
        heads[m] = {"member": m, "head": len(rows), "unread": len(rows)}
        lines.append({"k": "listed", "m": m, "status": 200, "unread": len(rows), "seqs": [n["seq"] for n in rows], "types": [], "more": False})
    lines.append(op("join_again", 5, 90 * ms, 95 * ms, 201, {"id": 105}, key="join-5"))
    lines.append(op("leave", 4, 100 * ms, 101 * ms, 200, {}))
    payments, enrolments, gateway = [], [], {}
    for m in (1, 3):
        order = f"o-{m}"
        lines.append(op("confirm", m, 200 * ms, 210 * ms, 200, {"order_id": order, "status": "paid", "enrolment_id": 500 + m}))
        lines.append(op("payment", m, 300 * ms, 310 * ms, 200, {"order_id": order, "status": "paid"}))
        payments.append({"id": m, "order": order, "member": m, "ticket": 100 + m, "course": COURSE, "amount": PRICE, "approved": PRICE, "returned": 0,
                         "status": "paid"})
        enrolments.append({"id": 500 + m, "course": COURSE, "member": m, "ticket": 100 + m, "order": order, "paid": PRICE, "status": "active"})
        gateway[order] = {"charged": PRICE, "returned": 0, "charges": 1, "said": [PRICE, 0]}
    for m in (1, 2):
        lines.append({"k": "stream", "m": m, "t": 0, "what": "opened", "detail": 200})
        for n in notifications[m] + notifications[m]:          # the wire may repeat
            lines.append({"k": "event", "m": m, "t": 0, "event": n["type"], "seq": n["seq"], "type": n["type"], "data": n["data"]})
    lines.append({"k": "seen", "t": 0, "course": COURSE, "capacity": SEATS, "taken": 2, "enrolled": 1, "counted": 2, "last_number": 4, "held": 1, "sold": 1,
                  "waiting": 2, "first_waiting": 3, "last_offered": 2})
    lines += [{"k": "kill", "t": 0, "part": part, "pid": 1} for part in ("web", "relay")]
    lines.append({"k": "quiet", "reached": True, "seconds": 1.0, "why": ""})
    books = {"courses": {COURSE: {"id": COURSE, "capacity": SEATS, "taken": 2, "enrolled": 2, "waiting": 1, "last_number": 5, "price": PRICE}},
             "tickets": tickets, "enrolments": enrolments, "payments": payments, "open_attempts": [], "heads": heads, "notifications": notifications,
             "gateway": gateway, "audit": {"status": 0, "violations": []}}
    return lines, books


def find(lines, **what):
    return next(x for x in lines if all(x.get(k) == v for k, v in what.items()))


class Planted(unittest.TestCase):
    def setUp(self):
        self.lines, self.books = a_run()

    def report(self):
        return checker.judge(copy.deepcopy(self.lines), copy.deepcopy(self.books))

    def found_by(self, *names):
        """Exactly these checks fail."""
        report = self.report()
        self.assertEqual({c["check"] for c in report["checks"] if c["result"] == "fail"}, set(names), checker.text(report))
        self.assertEqual(report["verdict"], "fail")

    def unknown_by(self, *names):
        report = self.report()
        self.assertEqual({c["check"] for c in report["checks"] if c["result"] == "unknown"}, set(names), checker.text(report))
        self.assertNotEqual(report["verdict"], "pass")

    def ticket(self, ident):
        return next(t for t in self.books["tickets"] if t["id"] == ident)

    def drop(self, **what):
        self.lines.remove(find(self.lines, **what))

    # ---- right runs ----

    def test_a_right_run_passes(self):
        report = self.report()
        self.assertEqual(report["verdict"], "pass", checker.text(report))
        self.assertEqual((report["lost"], report["duplicated"], report["violations"]), (0, 0, 0))

    def test_a_right_rush_passes(self):
        self.lines, self.books = a_run("rush")
        self.assertEqual(self.report()["verdict"], "pass", checker.text(self.report()))

    def test_joins_at_the_same_time_may_fall_either_way(self):
        find(self.lines, op="join", m=1)["t1"] = 25_000_000         # answered while 2 was asking
        self.ticket(101)["number"], self.ticket(102)["number"] = 2, 1
        self.assertEqual(self.report()["verdict"], "pass", checker.text(self.report()))

    # ---- runs that prove nothing ----

    def test_a_run_without_rest_is_unknown(self):
        find(self.lines, k="quiet").update(reached=False, why="1 events have not left yet")
        report = self.report()
        self.assertEqual(report["verdict"], "unknown")

    def test_a_part_that_was_never_killed(self):
        self.drop(k="kill", part="relay")
        self.unknown_by("faults_were_fired")

    def test_a_join_without_an_answer(self):
        find(self.lines, op="join", m=5).update(status=None, t1=None, body={})
        find(self.lines, op="join_again").update(status=None)
        self.unknown_by("joins_are_answered")

    def test_a_run_in_which_nobody_who_listens_was_told_anything(self):
        self.lines[0]["people"][0]["streams"] = self.lines[0]["people"][1]["streams"] = False
        self.lines[0]["people"][4]["streams"] = True
        self.unknown_by("work_was_done")

    def test_an_audit_that_did_not_run(self):
        self.books["audit"] = {"status": None, "violations": ["no program"]}
        self.unknown_by("audit_is_clean")

    def test_seats_that_nobody_would_buy(self):
        self.books["courses"][COURSE].update(capacity=3, waiting=0)
        self.ticket(105)["state"] = "left"
        self.unknown_by("seats_are_sold")

    def test_a_slow_rush(self):
        self.lines, self.books = a_run("rush")
        find(self.lines, op="join", m=5).update(t0=2_000_000_000, t1=2_100_000_000)
        self.unknown_by("joins_came_at_once")

    # ---- planted wrongs ----

    def test_a_lost_ticket(self):
        self.books["tickets"].remove(self.ticket(105))
        self.books["courses"][COURSE].update(last_number=4)
        self.found_by("joins_are_kept")

    def test_a_refused_join(self):
        find(self.lines, op="join", m=5).update(status=409, code="ticket_exists", tries=2, body={"id": 105})
        self.found_by("joins_are_answered")

    def test_a_second_try_in_a_rush(self):
        self.lines, self.books = a_run("rush")
        find(self.lines, op="join", m=3)["tries"] = 2
        self.found_by("the_first_answer_counts")

    def test_two_tickets_for_one_key(self):
        self.books["tickets"].append({"id": 106, "course": COURSE, "member": 5, "state": "waiting", "number": 6})
        self.books["courses"][COURSE].update(last_number=6)
        find(self.lines, op="join_again")["body"]["id"] = 106
        self.found_by("no_ticket_from_nowhere", "one_key_one_answer")

    def test_the_order_turned_round(self):
        self.ticket(104)["number"], self.ticket(105)["number"] = 5, 4
        self.found_by("order_is_kept")

    def test_a_ticket_that_never_got_a_number(self):
        self.ticket(105)["number"] = None
        self.books["courses"][COURSE].update(last_number=4)
        self.found_by("order_is_kept")

    def test_a_gap_in_the_numbers(self):
        self.ticket(105)["number"] = 6
        self.found_by("numbers_are_dense")

    def test_overtaken_at_a_look(self):
        find(self.lines, k="seen").update(first_waiting=2, last_offered=3)
        self.found_by("nobody_is_overtaken")

    def test_overtaken_in_the_end(self):
        self.ticket(102)["state"] = "waiting"
        self.found_by("nobody_is_overtaken", "offers_are_told")

    def test_a_seat_too_many_at_a_look(self):
        find(self.lines, k="seen").update(taken=3, held=2)
        self.found_by("seats_hold_at_every_look")

    def test_a_hold_that_is_not_counted(self):
        find(self.lines, k="seen").update(held=2)
        self.found_by("seats_hold_at_every_look")

    def test_seats_that_do_not_add_up(self):
        self.books["courses"][COURSE].update(taken=1)
        self.found_by("seats_add_up")

    def test_a_seat_free_while_somebody_waits(self):
        self.books["courses"][COURSE].update(capacity=3)
        self.found_by("seats_are_sold")

    def test_leaving_forgotten(self):
        self.ticket(104)["state"] = "waiting"
        self.found_by("leaving_is_kept")

    def test_an_offer_that_was_not_told(self):
        self.books["notifications"][3][0]["type"] = "course.changed"
        self.found_by("offers_are_told")

    def test_an_offer_told_twice(self):
        self.books["notifications"][3][1].update(type="seat.offered", data={"ticket_id": 103})
        self.found_by("offers_are_told")

    def test_a_gap_in_the_notifications(self):
        self.books["notifications"][3][1]["seq"] = 3
        find(self.lines, k="listed", m=3)["seqs"] = [1, 3]
        self.found_by("notifications_have_no_gaps")

    def test_a_wrong_unread(self):
        self.books["heads"][3]["unread"] = 1
        self.found_by("notifications_have_no_gaps")

    def test_a_notification_that_never_came(self):
        for _ in range(2):
            self.drop(k="event", m=2, seq=2)
        self.found_by("streams_lose_nothing")

    def test_notifications_in_the_wrong_order(self):
        events = [x for x in self.lines if x["k"] == "event" and x["m"] == 1]
        for x, seq in zip(events, (2, 1, 2, 1)):
            x["seq"] = seq
        self.found_by("streams_lose_nothing")

    def test_a_notification_from_nowhere(self):
        self.lines.append({"k": "event", "m": 1, "t": 0, "event": "x", "seq": 3, "type": "x", "data": {}})
        self.found_by("streams_lose_nothing")

    def test_a_stream_that_was_refused(self):
        find(self.lines, k="stream")["detail"] = 502
        self.found_by("streams_are_never_refused")

    def test_a_list_that_hides_something(self):
        find(self.lines, k="listed", m=1)["seqs"] = [1]
        self.found_by("lists_are_true")

    def test_a_lost_payment(self):
        self.books["payments"] = [p for p in self.books["payments"] if p["order"] != "o-3"]
        self.found_by("payments_are_kept", "every_won_has_its_seat", "books_agree", "nothing_stays_unknown")

    def test_a_paid_seat_taken_away(self):
        next(e for e in self.books["enrolments"] if e["order"] == "o-3")["status"] = "cancelled"
        self.ticket(103)["state"] = "cancelled"
        self.books["courses"][COURSE].update(taken=1, enrolled=1, waiting=0)
        self.ticket(105)["state"] = "left"
        self.lines[0]["sells_out"] = False
        self.found_by("payments_are_kept", "every_won_has_its_seat")

    def test_a_refused_payment_that_was_taken(self):
        find(self.lines, op="confirm", m=3)["body"].update(status="refused", enrolment_id=None)
        self.found_by("payments_are_kept")

    def test_money_without_a_seat(self):
        self.books["payments"].append({"id": 9, "order": "o-2", "member": 2, "ticket": 102, "course": COURSE, "amount": PRICE, "approved": PRICE,
                                       "returned": 0, "status": "paid"})
        self.books["gateway"]["o-2"] = {"charged": PRICE, "returned": 0, "charges": 1, "said": [PRICE, 0]}
        self.found_by("every_won_has_its_seat")

    def test_money_that_only_the_gateway_knows_of(self):
        self.books["gateway"]["o-2"] = {"charged": PRICE, "returned": 0, "charges": 1, "said": [PRICE, 0]}
        self.found_by("books_agree")

    def test_money_that_only_we_know_of(self):
        del self.books["gateway"]["o-3"]
        self.found_by("books_agree")

    def test_charged_twice_for_an_order(self):
        self.books["gateway"]["o-3"].update(charges=2)
        self.found_by("nobody_is_charged_twice")

    def test_charged_twice_for_a_ticket(self):
        self.books["payments"].append({"id": 9, "order": "o-3b", "member": 3, "ticket": 103, "course": COURSE, "amount": PRICE, "approved": PRICE,
                                       "returned": 0, "status": "paid"})
        self.books["gateway"]["o-3b"] = {"charged": PRICE, "returned": 0, "charges": 1, "said": [PRICE, 0]}
        self.found_by("every_won_has_its_seat", "nobody_is_charged_twice")

    def test_a_question_left_open(self):
        self.books["open_attempts"].append({"order": "o-3", "kind": "confirm", "state": "unknown"})
        self.found_by("nothing_stays_unknown")

    def test_what_the_audit_found(self):
        self.books["audit"] = {"status": 1, "violations": [{"name": "seats", "violations": 1}]}
        self.found_by("audit_is_clean")


if __name__ == "__main__":
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromTestCase(Planted))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(1 if bad or not result.testsRun else 0)
