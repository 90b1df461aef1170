"""Leaving a course with its refund, and what the staff give back: by API and by plain forms."""
import re
import secrets
import threading
import urllib.parse

from suite import eventually, is_problem, same


class Refunds:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case

    def sold(self, **course):
        """Somebody who has paid by card: caller, enrolment, payment."""
        w, who = self.world, self.world.member()
        k = w.course(**{"price": 30000, **course})
        done = w.enrolled(k["id"], who)
        ((payment,),) = w.sql(f"SELECT id FROM payment WHERE order_id = '{done['order_id']}'")
        return who, done["enrolment_id"], int(payment), k

    def post(self, path, body, who, key=None, **more):
        return self.client.post("/api/v1/" + path, body, who=who, key=key or secrets.token_hex(8), **more)

    def refunded(self, payment):
        """Waits until nothing of this payment is under way any more."""
        eventually(lambda: self.world.sql(f"SELECT COUNT(*) FROM refund WHERE payment_id = {payment} AND state = 'due'") == [["0"]])
        return self.world.sql(f"SELECT promised, returned, status FROM payment WHERE id = {payment}")[0]

    # ---- members ----

    def leaving(self):
        who, enrolment, payment, course = self.sold(capacity=1)
        path = f"enrolments/{enrolment}"
        with self.case("Before the course begins the quote is all of it, with the words of the law"):
            r = self.client.get(f"/api/v1/{path}/refund-quote", who=who)
            same((r.status, r.json["refund"], r.json["basis"], r.json["lines"][0]["code"]), (200, 30000, "law", "before_start"), repr(r))
            assert "30,000" in r.json["lines"][0]["text"], r.json
        with self.case("Cancelling needs a key, and a quote that still holds"):
            is_problem(self.client.post(f"/api/v1/{path}/cancel", {}, who=who), 400, "key_missing")
            for lang in ("ko", "en"):
                is_problem(self.post(path + "/cancel", {"expected": 30001}, who, lang=lang), 409, "quote_changed", "expected")
        with self.case("Who leaves gets the seat back on sale and the money back on the card, once"):
            key = secrets.token_hex(8)
            body = {"reason": "일정이 바뀌었습니다", "expected": 30000}
            r = self.post(path + "/cancel", body, who, key=key)
            same((r.status, r.json["enrolment"]["status"], r.json["refund"]["amount"], r.json["refund"]["state"]), (200, "cancelled", 30000, "due"), repr(r))
            same(self.post(path + "/cancel", body, who, key=key).body, r.body, "the same key")
            for lang in ("ko", "en"):
                is_problem(self.post(path + "/cancel", {}, who, lang=lang), 409, "enrolment_not_active")
                is_problem(self.client.get(f"/api/v1/{path}/refund-quote", who=who, lang=lang), 409, "enrolment_not_active")
            same(self.client.get(f"/api/v1/courses/{course['id']}", who=who).json["seats_left"], 1)
            same(self.refunded(payment), ["30000", "30000", "returned"])
            same(len(self.world.sql(f"SELECT 1 FROM refund WHERE payment_id = {payment}")), 1)
        with self.case("The member is told that it is cancelled, and that the money has gone back"):
            types = [n["type"] for n in self.client.get("/api/v1/notifications", who=who).json["data"]]
            assert types.count("enrolment.cancelled") == 1 and types.count("payment.refunded") == 1, types
        stranger = self.world.member()
        with self.case("Somebody else's enrolment looks like nobody's"):
            is_problem(self.client.get(f"/api/v1/{path}/refund-quote", who=stranger), 404, "enrolment_unknown")
            is_problem(self.post(path + "/cancel", {}, stranger), 404, "enrolment_unknown")

    # ---- staff ----

    def giving(self):
        who, _, payment, course = self.sold()
        staff = self.world.member("finance")
        path = f"admin/payments/{payment}"
        with self.case("A payment is found by its order, by the end of it, by its number, by member and course"):
            order = self.client.get(f"/api/v1/{path}", who=staff).json["payment"]["order_id"]
            for query in (f"q={order}", f"q={order[-4:]}", f"q=P-{payment}", f"order_id={order}", f"member_id={who.member_id}",
                          f"course_id={course['id']}&status=paid&method=card"):
                r = self.client.get(f"/api/v1/admin/payments?{query}", who=staff)
                assert payment in [p["id"] for p in r.json["data"]], (query, r.json)
            same(self.client.get("/api/v1/admin/payments?q=zzzz", who=staff).json["data"], [])
        with self.case("More than is left is refused at the amount; another reason needs words"):
            for lang in ("ko", "en"):
                is_problem(self.post(path + "/refund", {"amount": 30001, "reason_code": "mistake"}, staff, lang=lang), 422, "refund_too_large", "amount")
            is_problem(self.post(path + "/refund", {"reason_code": "other"}, staff), 422, "invalid", "reason")
            is_problem(self.post(path + "/refund", {"reason_code": "mistake", "keeps_seat": True}, staff), 422, "invalid", "amount")
            is_problem(self.client.post(f"/api/v1/{path}/refund", {"reason_code": "mistake"}, who=staff), 400, "key_missing")
            is_problem(self.post("admin/payments/999999999/refund", {"reason_code": "mistake"}, staff), 404, "payment_unknown")
        with self.case("Less than the law gives is refused if the seat ends with it, with the least amount"):
            for lang, least in (("ko", "30,000원"), ("en", "₩30,000")):
                r = self.post(path + "/refund", {"amount": 29999, "reason_code": "ill"}, staff, lang=lang)
                is_problem(r, 422, "refund_below_law", "amount")
                assert least in r.json["errors"][0]["message"], repr(r)
        with self.case("Of two parts sent at once that are too much together, one is given"):
            answers = []
            part = {"amount": 20000, "reason_code": "mistake", "keeps_seat": True}
            threads = [threading.Thread(target=lambda: answers.append(self.post(path + "/refund", part, staff))) for _ in range(2)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            same(sorted(r.status for r in answers), [200, 422], repr(answers))
            same(self.refunded(payment), ["20000", "20000", "paid"])
        with self.case("The rest goes back with the seat, and the payment shows it all"):
            r = self.post(path + "/refund", {"reason_code": "ill", "note": "쾌차하세요"}, staff)
            same((r.status, r.json["refund"]["amount"], r.json["enrolment_status"]), (200, 10000, "cancelled"), repr(r))
            same(self.refunded(payment), ["30000", "30000", "returned"])
            d = self.client.get(f"/api/v1/{path}", who=staff).json
            same(([x["amount"] for x in d["refunds"]], d["left"], d["enrolment"]["status"]), ([20000, 10000], 0, "cancelled"))
            logged = self.world.sql(f"SELECT action FROM staff_log WHERE member_id = {staff.member_id} ORDER BY id")
            same([a for (a,) in logged if not a.endswith((".look", ".list"))], ["payment.refund", "enrolment.cancel"])
        with self.case("Of a payment that has gone back whole nothing is left to refund, whatever is asked for"):
            for body in ({"reason_code": "ill"}, {"reason_code": "ill", "amount": 1}, {"reason_code": "mistake", "amount": 30001, "keeps_seat": True}):
                for lang in ("ko", "en"):
                    is_problem(self.post(path + "/refund", body, staff, lang=lang), 409, "refund_nothing_left")
        with self.case("Who gets all of it back and keeps the seat stays enrolled, and the order still shows the enrolment"):
            kept, enrolment, other, _ = self.sold()
            order = self.client.get(f"/api/v1/admin/payments/{other}", who=staff).json["payment"]["order_id"]
            look = lambda: self.client.get(f"/api/v1/payments/{order}", who=kept).json
            r = self.post(f"admin/payments/{other}/refund", {"amount": 30000, "reason_code": "mistake", "keeps_seat": True}, staff)
            same((r.status, r.json["enrolment_status"]), (200, "active"), repr(r))
            same(self.refunded(other), ["30000", "30000", "returned"])
            same((look()["status"], look()["enrolment_id"]), ("returned", enrolment))
            is_problem(self.post(f"admin/payments/{other}/refund", {"reason_code": "mistake", "keeps_seat": True, "amount": 1}, staff), 409,
                       "refund_nothing_left")
            r = self.post(f"admin/payments/{other}/refund", {"reason_code": "moved"}, staff)
            same((r.status, r.json["refund"], r.json["enrolment_status"]), (200, None, "cancelled"), "the seat ends, and nothing is left to give back")
            same(look()["enrolment_id"], None)
        with self.case("Refunds are listed by state, member and course"):
            for query in ("state=done", f"member_id={who.member_id}", f"course_id={course['id']}"):
                r = self.client.get(f"/api/v1/admin/refunds?limit=100&{query}", who=staff)
                assert any(x["payment_id"] == payment for x in r.json["data"]), query

    def by_hand(self):
        who, _, payment, _ = self.sold()
        staff = self.world.member("operator")
        self.world.sql(f"UPDATE payment SET gateway = 'desk', method = 'cash' WHERE id = {payment}")
        refund = self.post(f"admin/payments/{payment}/refund", {"reason_code": "moved"}, staff).json["refund"]
        path = f"admin/refunds/{refund['id']}/done"
        with self.case("What was paid at the desk waits until somebody says that it was given back"):
            same(refund["state"], "by_hand")
            is_problem(self.post(path, {"reason": ""}, staff), 422, "invalid", "reason")
            r = self.post(path, {"reason": "창구에서 현금"}, staff)
            same((r.status, r.json["state"]), (200, "done"), repr(r))
            for lang in ("ko", "en"):
                is_problem(self.post(path, {"reason": "또"}, staff, lang=lang), 409, "refund_not_by_hand")
                is_problem(self.post("admin/refunds/999999999/done", {"reason": "x"}, staff, lang=lang), 404, "refund_unknown")
            same(self.refunded(payment), ["30000", "30000", "returned"])
            assert who

    # ---- forms ----

    def form(self, path, who, **fields):
        body = urllib.parse.urlencode({"csrf": who.csrf, **fields}).encode()
        return self.client.post(path, body, who=who, kind="application/x-www-form-urlencoded")

    @staticmethod
    def hidden(page):
        """The fields of the page's own form."""
        main = page[page.index("<main"):]
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main))

    def forms(self):
        _, _, payment, _ = self.sold()
        cookie = self.world.console(self.world.member("operator").email)
        path = f"/admin/payments/{payment}"
        with self.case("The form comes back with its input and says what is wrong"):
            page = self.client.get(path + "/refund", who=cookie).body.decode()
            once = self.hidden(page)["_once"]
            r = self.form(path + "/refund/check", cookie, _once=once, amount="40000", reason_code="other", reason="", note="메모")
            text = r.body.decode()
            assert r.status == 422 and "error-summary" in text and 'value="40000"' in text and "메모" in text, repr(r)
            same(re.findall(r'<li><a href="#(f-[a-z_]+)"', text), ["f-amount", "f-reason"], "both at once")
        with self.case("No reason is chosen for whoever orders a refund, so that it is really asked; an amount that is too high is said with it"):
            same(re.findall(r'name="reason_code"[^>]*checked', page), [])
            r = self.form(path + "/refund/check", cookie, _once=once, amount="40000", reason="", note="")
            same((r.status, re.findall(r'<li><a href="#(f-[a-z_]+)"', r.body.decode())), (422, ["f-amount", "f-reason_code"]))
        with self.case("An amount below what the law gives comes back with the least one"):
            r = self.form(path + "/refund/check", cookie, _once=once, amount="20000", reason_code="ill", reason="", note="")
            text = r.body.decode()
            assert r.status == 422 and "error-summary" in text and 'value="20000"' in text and "30,000원" in text, repr(r)
        with self.case("The check page carries the form's key; sent twice, it leads to one refund and one page"):
            r = self.form(path + "/refund/check", cookie, _once=once, amount="", reason_code="mistake", reason="", note="")
            text = r.body.decode()
            assert r.status == 200 and "30,000원 환불" in text, repr(r)
            fields = self.hidden(text)
            same(fields["_once"], once)
            fields.pop("csrf")
            first, second = self.form(path + "/refund", cookie, **fields), self.form(path + "/refund", cookie, **fields)
            same((first.status, first.headers.get("location")), (303, second.headers.get("location")), repr(second))
            same(len(self.world.sql(f"SELECT 1 FROM refund WHERE payment_id = {payment}")), 1)
            page = self.client.get(first.headers["location"], who=cookie)
            same(page.status, 200)
            self.refunded(payment)
        with self.case("Back in the browser: the check of a form that has done its work leads to the result, whatever was changed in it"):
            for changed in ({"amount": ""}, {"amount": "1"}):
                r = self.form(path + "/refund/check", cookie, **{**fields, **changed})
                same((r.status, r.headers.get("location")), (303, first.headers["location"]), repr(r))
        with self.case("The pages of a payment that was refunded meanwhile lead to it, and it says so"):
            fresh = {**fields, "_once": secrets.token_hex(8)}
            for r in (self.form(path + "/refund/check", cookie, **fresh), self.form(path + "/refund", cookie, **fresh),
                      self.client.get(path + "/refund", who=cookie)):
                same((r.status, r.headers.get("location")), (303, path + "?done=refunded"), repr(r))
            assert "더 환불할 금액은 없습니다" in self.client.get(path + "?done=refunded", who=cookie).body.decode()
            same(len(self.world.sql(f"SELECT 1 FROM refund WHERE payment_id = {payment}")), 1)
        with self.case("A payment of which a part goes back says so in the list, on its page and on the member's"):
            who, _, part, _ = self.sold()
            self.post(f"admin/payments/{part}/refund", {"amount": 1000, "reason_code": "mistake", "keeps_seat": True}, self.world.demo("operator"))
            for where in (f"payments?q=P-{part}", f"payments/{part}", f"members/{who.member_id}"):
                text = self.client.get("/admin/" + where, who=cookie).body.decode()
                assert "부분 환불</span>" in text, where
            assert f'href="/admin/payments/{part}/refund"' in text, "no way to refund from the member's page"
            same(self.client.get(f"/api/v1/admin/payments?q=P-{part}", who=self.world.demo("operator")).json["data"][0]["remaining"], 29000)
        with self.case("Payments of which a part goes back are listed by that: not those that nothing, or all of it, goes back of"):
            _, _, whole, course = self.sold()
            staff, everybody = self.world.demo("operator"), {part, payment, whole}

            def listed(status):
                found, cursor = set(), ""
                while cursor is not None:
                    r = self.client.get(f"/api/v1/admin/payments?status={status}&limit=2" + (f"&cursor={cursor}" if cursor else ""), who=staff).json
                    found |= {p["id"] for p in r["data"] if p["id"] in everybody}
                    cursor = r["next_cursor"]
                return found

            same(listed("part_refunded"), {part})
            same(self.refunded(part), ["1000", "1000", "paid"], "and still when it is done")
            same(listed("part_refunded"), {part})
            text = self.client.get("/admin/payments?status=part_refunded", who=cookie).body.decode()
            assert f"P-{part}<" in text and f"P-{whole}<" not in text and '<option value="part_refunded" selected>부분 환불' in text, text[text.index("<main"):]
            self.post(f"admin/payments/{part}/refund", {"amount": 29000, "reason_code": "mistake", "keeps_seat": True}, staff)
            same(listed("part_refunded"), set(), "all of it goes back")
        with self.case("A refund by hand is ended by its form"):
            _, _, other, _ = self.sold()
            self.world.sql(f"UPDATE payment SET gateway = 'desk', method = 'transfer' WHERE id = {other}")
            staff = self.world.demo("operator")
            refund = self.post(f"admin/payments/{other}/refund", {"reason_code": "moved"}, staff).json["refund"]["id"]
            page = self.client.get(f"/admin/refunds/{refund}", who=cookie).body.decode()
            once, path = self.hidden(page)["_once"], f"/admin/refunds/{refund}/done"
            assert f'action="{path}/check"' in page and f'action="{path}"' not in page, "no check page"
            for reason in ("", "  "):
                r = self.form(path + "/check", cookie, _once=once, reason=reason)
                assert r.status == 422 and "error-summary" in r.body.decode(), repr(r)
            r = self.form(path + "/check", cookie, _once=once, reason="계좌로 보냄")
            text = r.body.decode()
            assert r.status == 200 and "30,000원 환불 완료 처리" in text and "계좌로 보냄" in text, repr(r)
            same(self.world.sql(f"SELECT state FROM refund WHERE id = {refund}"), [["by_hand"]])
            fields = self.hidden(text)
            fields.pop("csrf")
            same(fields, {"_once": once, "reason": "계좌로 보냄"})
            for _ in range(2):
                r = self.form(path, cookie, **fields)
                same((r.status, r.headers.get("location")), (303, f"/admin/refunds/{refund}"))
            r = self.form(path + "/check", cookie, **fields)
            same((r.status, r.headers.get("location")), (303, f"/admin/refunds/{refund}"), "back in the browser")

    def calling_off(self):
        w = self.world
        one, enrolment, payment, course = self.sold(capacity=3)
        cookie = w.console(w.member("operator").email)
        path = f"/admin/courses/{course['id']}/cancel"
        with self.case("A course is called off with its refunds, and the members are told why"):
            page = self.client.get(path, who=cookie).body.decode()
            assert "폐강하고 1건 30,000원 환불" in page, page[page.index("<main"):]
            same(self.hidden(page)["expected"], "30000")
            r = self.form(path, cookie, _once=secrets.token_hex(8), reason=" ", note="", expected=30000)
            assert r.status == 422 and "error-summary" in r.body.decode(), repr(r)
            w.enrolled(course["id"], w.member())
            r = self.form(path, cookie, _once=secrets.token_hex(8), reason="신청이 적어서", note="다음 학기에 만나요", expected=30000, expected_enrolled=1)
            text = r.body.decode()
            assert r.status == 422 and "지금은 모두 60,000원을 환불합니다" in text and "폐강하고 2건 60,000원 환불" in text, repr(r)
            assert "지금은 수강생이 2명입니다" in text, text
            same((self.hidden(text)["expected"], self.hidden(text)["expected_enrolled"], w.sql(f"SELECT status FROM course WHERE id = {course['id']}")), ("60000", "2", [["open"]]))
            same(self.form(path, cookie, _once=secrets.token_hex(8), reason="신청이 적어서").status, 422, "without a total")
            r = self.form(path, cookie, _once=secrets.token_hex(8), reason="신청이 적어서", note="다음 학기에 만나요", expected=60000, expected_enrolled=2)
            same((r.status, r.headers.get("location")), (303, path), repr(r))
            eventually(lambda: self.client.get(f"/api/v1/enrolments/{enrolment}", who=one).json["status"] == "cancelled")
            same(self.refunded(payment), ["30000", "30000", "returned"])
            told = [n for n in self.client.get("/api/v1/notifications", who=one).json["data"] if n["type"] == "course.cancelled"]
            same([n["data"]["note"] for n in told], ["다음 학기에 만나요"])
        with self.case("What a course that is called off brings is said: how many enrolments, how much goes back, what somebody has to give back by hand"):
            two = w.course(price=30000, capacity=3)["id"]
            there = f"/admin/courses/{two}/cancel"
            w.enrolled(two, w.member())
            r = self.client.post(f"/api/v1/admin/courses/{two}/walk-ins", {"member_id": w.member().member_id, "method": "cash", "amount": 30000,
                                                                           "reason": "창구"}, who=w.demo("operator"), key=secrets.token_hex(8))
            same(r.status, 201, repr(r))
            same(self.form(there, cookie, _once=secrets.token_hex(8), reason="신청이 적어서", expected=60000, expected_enrolled=2).headers.get("location"), there)
            for _ in range(2):          # at once, and when all are cancelled
                page = self.client.get(there, who=cookie).body.decode()
                same(re.findall(r"<dd>([^<]*)</dd>", page[page.index("<main"):]), ["2", "60,000원", "1"])
                assert 'href="/admin/refunds?state=by_hand"' in page and "창구에서 받은 돈" in page, page
                eventually(lambda: w.sql(f"SELECT COUNT(*) FROM enrolment WHERE course_id = {two} AND status = 'active'") == [["0"]])
            page = self.client.get(f"/admin/courses/{two}", who=cookie).body.decode()
            assert f'href="{there}"' in page, "no way to what became of it"
            for gone in ("/desk", "/live/queue"):
                assert f'{gone}"' not in page.replace(f'/admin/live/queue/{two}"', gone + '"'), gone

    def calling_off_by_program(self):
        w = self.world
        one, enrolment, payment, course = self.sold(capacity=3)
        staff, path = w.demo("operator"), f"/api/v1/admin/courses/{course['id']}"

        def send(lang=None, **body):
            return self.client.post(path + "/status", body, who=staff, lang=lang)

        with self.case("A program calls a course off as the page does: what it was shown must hold, and the members are told its note"):
            quoted = self.client.get(path + "/cancel-quote", who=staff).json
            same(quoted, {"enrolled": 1, "waiting": 0, "held": 0, "due": 30000, "refunds": 1})
            same(self.client.get("/api/v1/admin/courses/99999999/cancel-quote", who=staff).json["code"], "course_unknown")
            w.enrolled(course["id"], w.member())
            for lang, words in (("ko", "지금은 모두 60,000원을 환불합니다"), ("en", "The refunds come to ₩60,000 now")):
                r = send(lang, status="cancelled", reason="신청이 적어서", expected=quoted["due"], expected_enrolled=quoted["enrolled"])
                is_problem(r, 409, "quote_changed", "expected")
                same([e["field"] for e in r.json["errors"]], ["expected_enrolled", "expected"])
                same(r.json["errors"][1]["message"], words)
            is_problem(send(status="cancelled", expected_enrolled=1), 409, "quote_changed", "expected_enrolled")
            same(self.client.get(path, who=staff).json["status"], "open", "a refused one changes nothing")
            for more in ({"note": "x"}, {"expected": 1}, {"expected_enrolled": 1}):
                is_problem(send(status="closed", **more), 422, "invalid", next(iter(more)))
            r = send(status="cancelled", reason="신청이 적어서", note="다음 학기에 만나요", expected=60000, expected_enrolled=2)
            same((r.status, r.json["status"]), (200, "cancelled"), repr(r))
            eventually(lambda: self.refunded(payment) == ["30000", "30000", "returned"])
            told = [n for n in self.client.get("/api/v1/notifications", who=one).json["data"] if n["type"] == "course.cancelled"]
            same([n["data"]["note"] for n in told], ["다음 학기에 만나요"])
        with self.case("A course is called off by its status alone, as ever"):
            _, _, payment, course = self.sold(capacity=3)
            r = self.client.post(f"/api/v1/admin/courses/{course['id']}/status", {"status": "cancelled"}, who=staff)
            same((r.status, r.json["status"]), (200, "cancelled"), repr(r))
            eventually(lambda: self.refunded(payment) == ["30000", "30000", "returned"])

    # ---- policies ----

    def policies(self):
        staff = self.world.member("operator")
        steps = [{"basis": "days_before", "bound": 3, "percent": 100}, {"basis": "share_held", "bound": 30, "percent": 50}]
        before = self.world.sql("SELECT MAX(id) FROM refund_policy")[0][0]
        try:
            with self.case("A policy is listed and made; steps that are never reached are refused at the step"):
                r = self.client.post("/api/v1/admin/refund-policies", {"name": "시험", "steps": steps}, who=staff)
                same(r.status, 201, repr(r))
                same(self.client.get("/api/v1/admin/refund-policies?limit=1", who=staff).json["data"][0]["id"], r.json["id"])
                for lang in ("ko", "en"):
                    is_problem(self.client.post("/api/v1/admin/refund-policies", {"name": "x", "steps": [steps[1], steps[0]]}, who=staff, lang=lang),
                               422, "steps_out_of_order", "steps[1].bound")
            with self.case("What is bought now keeps this policy"):
                _, enrolment, _, _ = self.sold(sessions=[self.world.session()])
                same(self.world.sql(f"SELECT policy_id FROM enrolment WHERE id = {enrolment}"), [[str(r.json["id"])]])
            cookie = self.world.console(staff.email)
            fields = {"_once": secrets.token_hex(8), "name": "양식", "about": "설명", "steps[0].basis": "days_before", "steps[0].bound": "7",
                      "steps[0].percent": "100", "steps[1].basis": "", "steps[1].bound": "", "steps[1].percent": ""}
            with self.case("The check page shows where a policy lies below the law, and its form makes it"):
                text = self.client.get("/admin/refund-policies/new", who=cookie).body.decode()
                assert "steps[0].basis" in text
                r = self.form("/admin/refund-policies/check", cookie, **fields)
                text = r.body.decode()
                assert r.status == 200 and "법정 기준 적용" in text, repr(r)
                hidden = self.hidden(text)
                hidden.pop("csrf")
                r = self.form("/admin/refund-policies", cookie, **hidden)
                same((r.status, r.headers.get("location")), (303, "/admin/refund-policies?done=created"), repr(r))
                same(self.client.get("/admin/refund-policies?done=created", who=cookie).status, 200)
        finally:
            self.world.sql(f"UPDATE enrolment SET policy_id = {before} WHERE policy_id > {before}; DELETE FROM refund_step WHERE policy_id > {before}; "
                           f"DELETE FROM refund_policy WHERE id > {before}")

    def all(self):
        self.leaving()
        self.giving()
        self.by_hand()
        self.forms()
        self.calling_off()
        self.calling_off_by_program()
        self.policies()
