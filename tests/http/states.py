"""What the state of things does not allow has its own code; what is repeated with its key gets the same bytes."""
import hashlib
import json
import os
import secrets
import subprocess
import threading
import time

from suite import eventually, is_problem, same
from world import moment


class States:
    def __init__(self, suite, world):
        self.suite, self.world, self.client = suite, world, suite.client
        self.case = suite.case

    def both(self, make, status, code):
        """make(lang) is refused so in both languages."""
        ko, en = make("ko"), make("en")
        is_problem(ko, status, code)
        is_problem(en, status, code)
        assert ko.json["title"] != en.json["title"], f"the same words in both languages: {ko.json['title']!r}"

    def join(self, course_id, who):
        return lambda lang: self.client.post(f"/api/v1/courses/{course_id}/queue", who=who, key=secrets.token_hex(8), lang=lang)

    # ---- queue ----

    def queue(self):
        w, who = self.world, self.world.member()
        before = w.sql("SELECT COUNT(*) FROM ticket")
        for name, course, code in (
                ("not open yet", {"enrol_opens_at": moment(3600)}, "enrolment_not_yet_open"),
                ("closed", {"status": "closed"}, "course_not_open"),
                ("cancelled", {"status": "cancelled"}, "course_not_open"),
                ("over", {"enrol_opens_at": moment(-7200), "enrol_closes_at": moment(-3600)}, "enrolment_over")):
            with self.case(f"Nobody joins the queue of a course that is {name}"):
                self.both(self.join(w.course(**course)["id"], who), 409, code)
        with self.case("A draft, and one that was given up, looks like nobody's to who would join"):
            hidden = [w.course(status)["id"] for status in ("draft", "given up")]
            for lang in ("ko", "en"):
                wanted = self.join(999999999, who)(lang)
                same((wanted.status, wanted.code), (404, "course_unknown"))
                for course in hidden:
                    same(self.join(course, who)(lang).without_request_id, wanted.without_request_id)
        with self.case("A refused join leaves no ticket"):
            same(w.sql("SELECT COUNT(*) FROM ticket"), before)
        with self.case("A member has one live ticket per course, and may join again after leaving"):
            course = w.course()
            t = w.ticket(course["id"], who)
            self.both(self.join(course["id"], who), 409, "already_in_queue")
            same(self.client.delete(f"/api/v1/tickets/{t['id']}", who=who).status, 204, "leave")
            w.wait_ticket(t["id"], who, "left")
            same(self.client.delete(f"/api/v1/tickets/{t['id']}", who=who).status, 204, "leaving again does no harm")
            assert w.ticket(course["id"], who)["id"] != t["id"]
        with self.case("Who is enrolled joins no more"):
            course = w.course()
            w.enrolled(course["id"], who)
            r = w.join(course["id"], who)
            assert r.status == 409 and r.code in ("already_enrolled", "already_in_queue"), repr(r)

    def not_leaving(self):
        w, who = self.world, self.world.member()
        leave = lambda t: lambda lang: self.client.delete(f"/api/v1/tickets/{t}", who=who, lang=lang)
        with self.case("Who is enrolled doesn't leave by the ticket, and reads that the enrolment is what to cancel"):
            done = w.enrolled(w.course()["id"], who)
            t = self.client.get(f"/api/v1/enrolments/{done['enrolment_id']}", who=who).json["ticket_id"]
            self.both(leave(t), 409, "ticket_enrolled")
            assert "수강을 취소" in leave(t)("ko").json["title"] and "cancel the enrolment" in leave(t)("en").json["title"]
        with self.case("A ticket that has ended otherwise than by leaving says that it is over"):
            r = self.client.post(f"/api/v1/enrolments/{done['enrolment_id']}/cancel", {}, who=who, key=secrets.token_hex(8))
            same(r.status, 200, repr(r))
            self.both(leave(t), 409, "ticket_over")
            t = w.ticket(w.course()["id"], who)["id"]
            w.sql(f"UPDATE ticket SET hold_expires_at = UTC_TIMESTAMP(6) WHERE id = {t}")
            w.wait_ticket(t, who, "expired")
            self.both(leave(t), 409, "ticket_over")

    def foreign(self):
        w, owner, stranger = self.world, self.world.member(), self.world.member()
        course = w.course()
        t = w.ticket(course["id"], owner)
        order = w.checkout(t["id"], owner).json
        nobodys = 999999999

        def alike(name, call):
            with self.case(f"{name}: somebody else's looks like nobody's"):
                for lang in ("ko", "en"):
                    a, b = call(True, lang), call(False, lang)
                    same(a.status, 404, "foreign")
                    same((a.status, a.without_request_id), (b.status, b.without_request_id), "foreign and unknown")

        alike("GET tickets/{id}", lambda theirs, lang: self.client.get(f"/api/v1/tickets/{t['id'] if theirs else nobodys}", who=stranger, lang=lang))
        alike("DELETE tickets/{id}", lambda theirs, lang: self.client.delete(
            f"/api/v1/tickets/{t['id'] if theirs else nobodys}", who=stranger, lang=lang))
        alike("POST tickets/{id}/checkout", lambda theirs, lang: self.client.post(
            f"/api/v1/tickets/{t['id'] if theirs else nobodys}/checkout", {"method": "card"}, who=stranger, key=secrets.token_hex(8), lang=lang))
        alike("GET payments/{order_id}", lambda theirs, lang: self.client.get(
            f"/api/v1/payments/{order['order_id'] if theirs else 'no-such-order'}", who=stranger, lang=lang))
        alike("POST payments/{order_id}/confirm", lambda theirs, lang: self.client.post(
            f"/api/v1/payments/{order['order_id'] if theirs else 'no-such-order'}/confirm", {"payment_key": "pk_x", "amount": order["amount"]},
            who=stranger, key=secrets.token_hex(8), lang=lang))
        done = w.enrolled(w.course()["id"], owner)
        alike("GET enrolments/{id}", lambda theirs, lang: self.client.get(
            f"/api/v1/enrolments/{done['enrolment_id'] if theirs else nobodys}", who=stranger, lang=lang))
        with self.case("A stranger's attempts have changed nothing"):
            same(w.wait_ticket(t["id"], owner, "active")["id"], t["id"])
            same(self.client.get(f"/api/v1/payments/{order['order_id']}", who=owner).json["status"], "ready")

    # ---- money ----

    def money(self):
        w, who = self.world, self.world.member()
        course = w.course(capacity=1)
        with self.case("Only a held seat is paid for"):
            t = w.ticket(course["id"], who)
            second = w.member()
            late = w.ticket(course["id"], second, state="waiting")
            self.both(lambda lang: self.client.post(f"/api/v1/tickets/{late['id']}/checkout", {"method": "card"}, who=second,
                                                    key=secrets.token_hex(8), lang=lang), 409, "ticket_not_active")
        with self.case("An amount that isn't the order's is refused"):
            order = w.checkout(t["id"], who).json
            key = w.window(order["order_id"], order["amount"])
            for wrong in (order["amount"] - 1, order["amount"] + 1, 0):
                r = w.confirm(order["order_id"], who, key, wrong)
                assert r.status in (409, 422) and r.code == "amount_differs", repr(r)
            same(self.client.get(f"/api/v1/payments/{order['order_id']}", who=who).json["status"], "ready")
        with self.case("A payment's key pays one order only"):
            r = w.confirm(order["order_id"], who, key, order["amount"])
            same((r.status, (r.json or {}).get("status")), (200, "paid"), repr(r))
            other = w.member()
            t2 = w.ticket(w.course()["id"], other)
            order2 = w.checkout(t2["id"], other).json
            mine = self.client.get(f"/api/v1/enrolments/{r.json['enrolment_id']}", who=who)
            same((mine.status, mine.json["order_id"]), (200, order["order_id"]), repr(mine))
            self.both(lambda lang: self.client.post(f"/api/v1/payments/{order2['order_id']}/confirm",
                                                    {"payment_key": key, "amount": order2["amount"]}, who=other, key=secrets.token_hex(8),
                                                    lang=lang), 409, "payment_key_used")
            same(w.wait_ticket(t2["id"], other, "active")["state"], "active")
        with self.case("A refused card is an answer, not a failure, and the seat stays held"):
            other = w.member()
            t3 = w.ticket(w.course()["id"], other)
            order3 = w.checkout(t3["id"], other).json
            r = w.confirm(order3["order_id"], other, w.window(order3["order_id"], order3["amount"], "refuse"), order3["amount"])
            same((r.status, r.json.get("status"), r.json.get("enrolment_id")), (200, "refused", None), repr(r))
        with self.case("A webhook that can't be read is refused, one that knows nothing does nothing, one for no gateway is unknown"):
            is_problem(self.client.post("/api/v1/webhooks/payments/toss", b"{broken"), 400, "not_readable")
            same(self.client.post("/api/v1/webhooks/payments/toss", {"eventType": "PAYMENT_STATUS_CHANGED", "data": {
                "paymentKey": "pk_of_nobody", "orderId": "no-such-order", "status": "DONE"}}).status, 200)
            is_problem(self.client.post("/api/v1/webhooks/payments/nobody", {}), 404, "not_found")
        with self.case("A webhook that is no JSON is told so by its type, and the reference names all that it may be told"):
            for lang in ("ko", "en"):
                for kind in ("application/x-www-form-urlencoded", "text/plain"):
                    is_problem(self.client.post("/api/v1/webhooks/payments/toss", b"orderId=1&status=DONE", kind=kind, lang=lang), 415, "wrong_content_type")
                for body in (b"{", b"[]", b""):
                    is_problem(self.client.post("/api/v1/webhooks/payments/toss", body, lang=lang), 400, "not_readable")
            same(self.client.post("/api/v1/webhooks/payments/toss", {"eventType": "SOMETHING_NEW", "data": {}}, kind="application/json;charset=utf-8").status, 200)
            route = self.client.contract.find("POST", "/api/v1/webhooks/payments/toss")
            declared = {int(status) for status in route.operation["responses"] if status.isdigit()}
            assert {200, 400, 404, 413, 415} <= declared, declared
        with self.case("What was lost on the way is found out by itself"):
            other = w.member()
            t4 = w.ticket(w.course()["id"], other)
            order4 = w.checkout(t4["id"], other).json
            r = w.confirm(order4["order_id"], other, w.window(order4["order_id"], order4["amount"], "lost"), order4["amount"])
            assert r.status == 200 and r.json["status"] in ("unknown", "paid"), repr(r)
            self.wait_paid(order4["order_id"], other)

    def wait_paid(self, order_id, who, seconds=30):
        end = time.monotonic() + seconds
        while True:
            r = self.client.get(f"/api/v1/payments/{order_id}", who=who)
            if r.json.get("status") == "paid":
                return r.json
            assert time.monotonic() < end, f"not paid: {r!r}"
            time.sleep(0.2)

    # ---- a course that ends ----

    def told_of(self, who, course):
        rows = self.client.get("/api/v1/notifications?limit=100", who=who).json["data"]
        return [n for n in rows if n["data"].get("course_id") == course and n["type"] not in ("seat.offered", "payment.unknown")]

    def paying(self, course, fault):
        """Somebody whose payment is under way, the order, and the thread that waits for the gateway."""
        w, who = self.world, self.world.member()
        order = w.checkout(w.ticket(course, who)["id"], who).json
        key = w.window(order["order_id"], order["amount"], fault)
        t = threading.Thread(target=lambda: w.confirm(order["order_id"], who, key, order["amount"]))
        t.start()
        ((ticket,),) = w.sql(f"SELECT ticket_id FROM payment WHERE order_id = '{order['order_id']}'")
        w.wait_ticket(ticket, who, "paying")
        return who, order, t

    def endings(self):
        w = self.world
        ends = {"cancelled": ("course.cancelled", "강좌가 폐강되었습니다", "강좌가 열리지 않게 되어"), "finished": ("course.changed", "강좌가 종료되었습니다", "강좌가 종료되어")}
        begun = {}
        for to in ends:
            course = w.course(capacity=2, title=f"끝나는 강좌 {to} {w.mark}")["id"]
            pays, order, thread = self.paying(course, "late")
            holds, waits = w.member(), w.member()
            w.ticket(course, holds)
            w.ticket(course, waits, "waiting")
            r = self.client.post(f"/api/v1/admin/courses/{course}/status", {"status": to, "reason": "시험"}, who=w.demo("operator"))
            same(r.status, 200, repr(r))
            begun[to] = course, pays, order, thread, holds, waits
        for to, (kind, title, why) in ends.items():
            course, pays, order, thread, holds, waits = begun[to]
            with self.case(f"Who waits for or holds a seat of a course that is {to} is told once that it is over for them"):
                for who, ended, words in ((waits, "waiting", "대기를 끝냈습니다. 결제한 금액은 없습니다"), (holds, "active", "잡아 둔 자리를 끝냈습니다. 결제하지 않으셔도 됩니다")):
                    (n,) = self.told_of(who, course)
                    same((n["type"], n["title"], n["data"]["ended"]), (kind, title, ended))
                    assert why in n["body"] and words in n["body"], n
                    same(n["data"].get("fields"), ["status"] if to == "finished" else None)
            with self.case(f"Whose payment was under way when the course was {to} is not told that nothing was paid"):
                thread.join()
                eventually(lambda: self.client.get(f"/api/v1/payments/{order['order_id']}", who=pays).json["status"] == "returned")
                told = {n["type"]: n for n in self.told_of(pays, course)}
                same(sorted(told), sorted([kind, "payment.refunded"]))
                n = told[kind]
                same((n["title"], n["data"]["ended"]), (title, "paying"))
                assert why in n["body"] and "결제 중이던 금액이 있으면 저절로 돌려드립니다" in n["body"], n
                english = {n["type"]: n["body"] for n in self.client.get("/api/v1/notifications", who=pays, lang="en").json["data"]}[kind]
                assert "If your payment went through, it is returned by itself" in english, english

    def orders_over(self):
        w, staff = self.world, self.world.demo("operator")
        status = lambda order, who: self.client.get(f"/api/v1/payments/{order}", who=who).json["status"]
        listed = lambda order, word: len(self.client.get(f"/api/v1/admin/payments?order_id={order}&status={word}", who=staff).json["data"])

        def expires(ticket, who, course):
            w.sql(f"UPDATE ticket SET hold_expires_at = UTC_TIMESTAMP(6) WHERE id = {ticket}")

        def leaves(ticket, who, course):
            same(self.client.delete(f"/api/v1/tickets/{ticket}", who=who).status, 204)

        def removed(ticket, who, course):
            self.client.post(f"/api/v1/admin/tickets/{ticket}/remove", {"reason": "시험"}, who=staff, key=secrets.token_hex(8))

        def called_off(ticket, who, course):
            self.client.post(f"/api/v1/admin/courses/{course}/status", {"status": "cancelled", "reason": "시험"}, who=staff)

        for name, end, state in (("ran out", expires, "expired"), ("was given back", leaves, "left"), ("was taken away", removed, "cancelled"),
                                 ("ended with the course", called_off, "cancelled")):
            with self.case(f"An order whose hold {name} is cancelled, in the list of the staff as well, and can't be confirmed"):
                who, course = w.member(), w.course()["id"]
                ticket = w.ticket(course, who)["id"]
                first, order = (w.checkout(ticket, who).json for _ in range(2))
                order, key = order["order_id"], w.window(order["order_id"], order["amount"])
                same((status(order, who), listed(order, "ready")), ("ready", 1))
                end(ticket, who, course)
                w.wait_ticket(ticket, who, state)
                eventually(lambda: status(order, who) == "cancelled")
                same((listed(order, "cancelled"), listed(order, "ready")), (1, 0))
                for one in (order, first["order_id"]):
                    is_problem(w.confirm(one, who, key, first["amount"]), 409, "ticket_not_active")
                same(status(order, who), "cancelled")

    # ---- keys ----

    def keys(self):
        w, who = self.world, self.world.member()
        course, other = w.course(), w.course()
        join = f"/api/v1/courses/{course['id']}/queue"
        with self.case("Joining: the same key gets the same bytes, another path is 422") as wrong:
            first = self.client.post(join, who=who, key="j-1")
            self.replays(wrong, first, lambda: self.client.post(join, who=who, key="j-1"))
            self.replays(wrong, first, lambda: self.client.post(join, who=who, key='"j-1"'))
            self.both(lambda lang: self.client.post(f"/api/v1/courses/{other['id']}/queue", who=who, key="j-1", lang=lang), 422, "key_reused")
            same(w.join(other["id"], w.member(), key="j-1").status, 201, "a key is its caller's own")
        t = w.wait_ticket(first.json["id"], who, "active")
        pay = f"/api/v1/tickets/{t['id']}/checkout"
        with self.case("Checkout: the same key gets the same bytes, another body is 422") as wrong:
            first = self.client.post(pay, {"method": "card"}, who=who, key="c-1")
            same(first.status, 201, repr(first))
            self.replays(wrong, first, lambda: self.client.post(pay, {"method": "card"}, who=who, key="c-1"))
            self.both(lambda lang: self.client.post(pay, b'{"method": "card" }', who=who, key="c-1", lang=lang), 422, "key_reused")
            self.both(lambda lang: self.client.post(join, who=who, key="c-1", lang=lang), 422, "key_reused")
        order = first.json
        confirm = f"/api/v1/payments/{order['order_id']}/confirm"
        body = {"payment_key": w.window(order["order_id"], order["amount"]), "amount": order["amount"]}
        with self.case("Confirming: the same key gets the same bytes, another body is 422") as wrong:
            first = self.client.post(confirm, body, who=who, key="p-1")
            same(first.json.get("status"), "paid", repr(first))
            self.replays(wrong, first, lambda: self.client.post(confirm, body, who=who, key="p-1"))
            self.both(lambda lang: self.client.post(confirm, {**body, "amount": 1}, who=who, key="p-1", lang=lang), 422, "key_reused")
            same(len(w.sql(f"SELECT id FROM enrolment WHERE order_id = '{order['order_id']}'")), 1, "enrolments")
        with self.case("A new course: the same key makes one, and gets the same bytes") as wrong:
            make, staff = w.course_body(title=f"한 번만 {w.mark}"), w.demo("operator")
            first = self.client.post("/api/v1/admin/courses", make, who=staff, key=f"n-{w.mark}")
            self.replays(wrong, first, lambda: self.client.post("/api/v1/admin/courses", make, who=staff, key=f"n-{w.mark}"))
            same(w.sql(f"SELECT COUNT(*) FROM course WHERE title = '한 번만 {w.mark}'"), [["1"]])
        self.in_flight(who, other["id"])
        self.many_at_once(other["id"])

    @staticmethod
    def replays(wrong, first, again):
        r = again()
        if (r.status, r.body) != (first.status, first.body):
            wrong.append(f"first {first!r}, again {r!r}")

    def in_flight(self, who, course_id):
        """Another transaction has just written the key, and has not committed."""
        w, s = self.world, self.world.settings
        member = w.sql(f"SELECT id FROM member WHERE email = '{who.email}'")[0][0]
        ticket = w.ticket(w.course()["id"], who)
        cases = (("Joining", f"/api/v1/courses/{course_id}/queue", None), ("Checkout", f"/api/v1/tickets/{ticket['id']}/checkout", {"method": "card"}))
        for name, path, body in cases:
            with self.case(f"{name}: the same key in flight is 409 at once, and done when it is free"):
                key = secrets.token_hex(8)
                text = (f"START TRANSACTION; INSERT INTO idempotency (caller_id, idem_key, fingerprint, created_at) VALUES ({member}, '{key}', "
                        "REPEAT('x', 32), UTC_TIMESTAMP(6)); SELECT SLEEP(2); ROLLBACK")
                p = subprocess.Popen(["mariadb", "--no-defaults", "-S", s["db_socket"], "-u", s["db_user"], s["db_name"], "-e", text],
                                     env={**os.environ, "MYSQL_PWD": s["db_password"]}, stdout=subprocess.DEVNULL)
                eventually(lambda: w.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(2)%'") == [["1"]])
                started = time.monotonic()
                self.both(lambda lang: self.client.post(path, body, who=who, key=key, lang=lang), 409, "key_in_flight")
                took = time.monotonic() - started
                p.wait()
                assert took < 1, f"it waited {took:.2f} s"
                same(self.client.post(path, body, who=who, key=key).status, 201, "afterwards")
        with self.case("Confirming: the same key in flight is 409 while its lease runs"):
            order = self.client.get("/api/v1/me/tickets", who=who) and self.world.checkout(self.world.ticket(self.world.course()["id"], who)["id"], who).json
            path, key = f"/api/v1/payments/{order['order_id']}/confirm", secrets.token_hex(8)
            body = json.dumps({"payment_key": "pk_lease", "amount": order["amount"]}).encode()
            mark = hashlib.sha256(f"POST {path}\n".encode() + body).hexdigest()
            w.sql("INSERT INTO idempotency (caller_id, idem_key, fingerprint, lease_until, created_at) VALUES "
                  f"({member}, '{key}', UNHEX('{mark}'), UTC_TIMESTAMP(6) + INTERVAL 20 SECOND, UTC_TIMESTAMP(6))")
            self.both(lambda lang: self.client.post(path, body, who=who, key=key, lang=lang), 409, "key_in_flight")

    def many_at_once(self, course_id):
        with self.case("Twenty times the same join at once: one ticket, one body, or 409 in flight"):
            who, got = self.world.member(), []
            threads = [threading.Thread(target=lambda: got.append(
                self.client.call("POST", f"/api/v1/courses/{course_id}/queue", None, who=who, key="at-once"))) for _ in range(20)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            bodies = {r.body for r in got if r.status == 201}
            same(len(bodies), 1, f"bodies of {[r.status for r in got]}")
            same({r.status for r in got} - {201, 409}, set(), "other answers")

    # ---- versions ----

    def versions(self):
        w, who = self.world, self.world.demo("operator")
        course = w.course(status="draft")
        path = f"/api/v1/admin/courses/{course['id']}"
        with self.case("An edit needs the ETag of the version it was made on"):
            r = self.client.get(path, who=who)
            tag = r.headers["etag"]
            same(tag, f'"{r.json["version"]}"')
            self.both(lambda lang: self.client.patch(path, {"title": "x"}, who=who, lang=lang), 428, "version_missing")
            r = self.client.patch(path, {"title": "바뀐 이름"}, who=who, headers={"If-Match": tag})
            same((r.status, r.json.get("title")), (200, "바뀐 이름"), repr(r))
            assert r.headers["etag"] != tag, "the ETag did not change"
            self.both(lambda lang: self.client.patch(path, {"title": "y"}, who=who, headers={"If-Match": tag}, lang=lang), 412, "version_stale")
            self.both(lambda lang: self.client.patch(path, {"title": "y"}, who=who, headers={"If-Match": "W/" + r.headers["etag"]}, lang=lang),
                      412, "version_stale")
            same(self.client.get(path, who=who).json["title"], "바뀐 이름")
        with self.case("A merge patch changes what it names and nothing else"):
            before = self.client.get(path, who=who)
            r = self.client.patch(path, {"description": "새 소개"}, who=who, headers={"If-Match": before.headers["etag"]},
                                  kind="application/merge-patch+json")
            same(r.status, 200, repr(r))
            changed = {n for n in r.json if r.json[n] != before.json[n]}
            same(changed - {"version"}, {"description"})
            r2 = self.client.patch(path, {}, who=who, headers={"If-Match": r.headers["etag"]})
            same(r2.status, 200, "an empty patch")
            r3 = self.client.patch(path, {"title": None}, who=who, headers={"If-Match": r2.headers["etag"]})
            is_problem(r3, 422, "invalid", "title")
        with self.case("Two edits of one version: one wins"):
            tag, got = self.client.get(path, who=who).headers["etag"], []
            threads = [threading.Thread(target=lambda i=i: got.append(self.client.call(
                "PATCH", path, {"title": f"이름 {i}"}, who=who, headers={"If-Match": tag}))) for i in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            same(sorted(r.status for r in got), [200] + [412] * 7)

    # ---- what staff see and put right ----

    def staff(self):
        w, who = self.world, self.world.member("operator")
        event = 900_000_000_000 + secrets.randbelow(10**9)
        w.sql("INSERT INTO outbox_parked (shard, id, stream, type, payload, created_at, tries, reason, parked_at) VALUES "
              f"(33, {event}, 'test', 'nobody.listens', '{{}}', UTC_TIMESTAMP(6), 12, 'test', UTC_TIMESTAMP(6))")
        with self.case("A parked event is seen by staff, and put back once"):
            seen = self.client.get("/api/v1/admin/events?limit=1", who=who).json["data"][0]
            same((seen["id"], seen["type"], seen["reason"]), (event, "nobody.listens", "test"))
            path = f"/api/v1/admin/events/{event}/requeue"
            same(self.client.post(path, who=who).status, 200)
            is_problem(self.client.post(path, who=who), 404, "event_unknown")
            eventually(lambda: w.sql(f"SELECT COUNT(*) FROM outbox WHERE id = {event}") == [["0"]])        # nobody listens, so the relay forgets it
            same(w.sql(f"SELECT COUNT(*) FROM outbox_parked WHERE id = {event}")[0][0], "0")
        with self.case("The staff's log says who changed what, from what to what"):
            course = w.course()
            r = self.client.get(f"/api/v1/admin/audit?object_type=course&object_id={course['id']}", who=who)
            lines = r.expect(200).json["data"] if hasattr(r, "expect") else r.json["data"]
            same([x["action"] for x in lines][-1], "course.create")
            same(lines[-1]["before"], None)
            same(lines[-1]["after"]["title"], course["title"])
            mine = self.client.get(f"/api/v1/admin/audit?member_id={lines[-1]['member']['id']}&limit=1", who=who).json["data"]
            same(mine[0]["member"]["id"], lines[-1]["member"]["id"])

    def all(self):
        self.staff()
        self.queue()
        self.not_leaving()
        self.foreign()
        self.money()
        self.endings()
        self.orders_over()
        self.keys()
        self.versions()
