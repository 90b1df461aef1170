"""The counter: walk-ins, tickets moved and taken out, with the rules that everybody has."""
import re
import secrets
import unicodedata
import urllib.parse

from client import Caller
from refunds import Refunds
from suite import is_problem, same

FORM = "application/x-www-form-urlencoded"


class Desk:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case

    def walk_in(self, course, who, key=None, **body):
        return self.client.post(f"/api/v1/admin/courses/{course}/walk-ins", {"method": "cash", "amount": 50000, "reason": "창구 접수", **body},
                                who=who, key=key or secrets.token_hex(8))

    def form(self, path, cookie, **fields):
        body = urllib.parse.urlencode({"csrf": cookie.csrf, "_once": secrets.token_hex(8), **fields}).encode()
        return self.client.post(path, body, who=Caller("form", cookie=cookie.cookie), kind=FORM)

    def walk_ins(self, staff):
        w = self.world
        course = w.course(capacity=2)["id"]
        with self.case("A walk-in without an account is enrolled, paid at the desk, told, and logged with the reason; once per key"):
            phone = "010" + str(secrets.randbelow(10**8)).zfill(8)
            r = self.walk_in(course, staff, key="k-" + phone, name="이창구", phone=phone)
            same(r.status, 201, repr(r))
            again = self.walk_in(course, staff, key="k-" + phone, name="이창구", phone=phone)
            same((again.status, again.body), (r.status, r.body))
            e = r.json["enrolment_id"]
            same(w.sql(f"SELECT e.source, e.paid, p.gateway, p.method, p.status, p.approved FROM enrolment e JOIN payment p ON p.order_id = e.order_id "
                       f"WHERE e.id = {e}"), [["desk", "50000", "desk", "cash", "paid", "50000"]])
            same(w.sql(f"SELECT reason FROM staff_log WHERE action = 'desk.enrol' AND object_id = {course}"), [["창구 접수"]])
            same(w.sql(f"SELECT COUNT(*) FROM notification n JOIN enrolment e ON e.member_id = n.member_id WHERE e.id = {e} AND n.type = "
                       "'enrolment.confirmed'"), [["1"]])
            same(len(w.sql(f"SELECT id FROM member WHERE phone = '{phone}' AND status = 'active' AND email IS NULL")), 1)
        with self.case("Who comes twice is the same person"):
            for number in (phone, f"+82 10-{phone[3:7]}-{phone[7:]}", f"+82-(0)10 {phone[3:7]} {phone[7:]}", f"0082 10 {phone[3:]}"):
                is_problem(self.walk_in(course, staff, name="이창구", phone=number), 409, "already_enrolled")
        with self.case("The amount is the price, or nothing if it is free; and a key, a reason and a person are needed"):
            m = w.member()
            is_problem(self.walk_in(course, staff, member_id=m.member_id, amount=49999), 422, "amount_differs", "amount")
            is_problem(self.walk_in(course, staff, member_id=m.member_id, method="free"), 422, "amount_differs", "amount")
            is_problem(self.walk_in(course, staff, member_id=999999999), 422, "invalid", "member_id")
            is_problem(self.walk_in(course, staff, name="누구"), 422, "invalid", "phone")
            is_problem(self.walk_in(course, staff, member_id=m.member_id, reason=""), 422, "invalid", "reason")
            is_problem(self.client.post(f"/api/v1/admin/courses/{course}/walk-ins", {"member_id": m.member_id, "method": "cash", "amount": 50000,
                                                                                              "reason": "x"}, who=staff), 400, "key_missing")
            is_problem(self.walk_in(999999999, staff, member_id=m.member_id), 404, "course_unknown")
            same(self.walk_in(course, staff, member_id=m.member_id, method="free", amount=0).status, 201)
        with self.case("Without a seat a walk-in is refused, or waits behind the others"):
            first, late = w.member(), w.member()
            w.ticket(course, first, "waiting")
            is_problem(self.walk_in(course, staff, member_id=late.member_id), 409, "desk_seat_wanted")
            r = self.walk_in(course, staff, member_id=late.member_id, may_wait=True)
            same((r.status, r.json["enrolment_id"]), (201, None), repr(r))
            rows = self.client.get(f"/api/v1/admin/courses/{course}/tickets", who=staff).json["data"]
            same([x["member"]["id"] for x in rows], [first.member_id, late.member_id])
            same({x["state"] for x in rows}, {"waiting"})
        with self.case("A seat that was offered to somebody is paid at the desk"):
            other = w.course(capacity=1)["id"]
            m = w.member()
            w.ticket(other, m)
            same(self.walk_in(other, staff, member_id=m.member_id).status, 201)

    def tickets(self, staff):
        w = self.world
        one, two = w.course(capacity=1)["id"], w.course(capacity=1)["id"]
        a, b, d = w.member(), w.member(), w.member()
        w.enrolled(one, a)
        tb, td = w.ticket(one, b, "waiting")["id"], w.ticket(two, d)["id"]
        with self.case("A ticket moves to the end of another course's queue, and its member is told"):
            r = self.client.post(f"/api/v1/admin/tickets/{tb}/move", {"course_id": two, "reason": "반을 바꿈"}, who=staff, key=secrets.token_hex(8))
            same(r.status, 200, repr(r))
            same(self.client.get(f"/api/v1/tickets/{tb}", who=b).json["state"], "cancelled")
            same(self.client.get(f"/api/v1/tickets/{r.json['ticket_id']}", who=b).json["position"], 1)
            note = self.client.get("/api/v1/notifications", who=b).json["data"]
            moved = next(n for n in note if n["type"] == "ticket.moved")
            assert "반을 바꿈" in moved["body"], moved
            tb = r.json["ticket_id"]
        with self.case("A ticket is taken out, its seat goes on, and its member is told why"):
            r = self.client.post(f"/api/v1/admin/tickets/{td}/remove", {"reason": "연락 안 됨"}, who=staff, key=secrets.token_hex(8))
            same((r.status, r.json["state"]), (200, "cancelled"), repr(r))
            w.wait_ticket(tb, b, "active")
            assert "연락 안 됨" in self.client.get("/api/v1/notifications", who=d).json["data"][0]["body"]
            is_problem(self.client.post(f"/api/v1/admin/tickets/{td}/remove", {"reason": "x"}, who=staff, key=secrets.token_hex(8)), 409,
                       "ticket_over")
            is_problem(self.client.post("/api/v1/admin/tickets/999999999/remove", {"reason": "x"}, who=staff, key=secrets.token_hex(8)), 404,
                       "ticket_unknown")
        with self.case("A paid seat moves to a course of the same price, with its money, and to no other"):
            dear, same_price = w.course(price=60000)["id"], w.course()["id"]
            ((ticket, order, enrolment),) = w.sql(f"SELECT ticket_id, order_id, id FROM enrolment WHERE course_id = {one} AND member_id = {a.member_id}")
            path = f"/api/v1/admin/tickets/{ticket}/move"
            is_problem(self.client.post(path, {"course_id": dear, "reason": "x"}, who=staff, key=secrets.token_hex(8)), 409, "desk_price_differs")
            is_problem(self.client.post(path, {"course_id": 999999999, "reason": "x"}, who=staff, key=secrets.token_hex(8)), 404, "course_unknown")
            r = self.client.post(path, {"course_id": same_price, "reason": "시간이 맞지 않음"}, who=staff, key=secrets.token_hex(8))
            same(r.status, 200, repr(r))
            same(w.sql(f"SELECT e.course_id, e.ticket_id, p.course_id, p.ticket_id FROM enrolment e JOIN payment p ON p.order_id = e.order_id WHERE e.id = "
                       f"{enrolment} AND p.order_id = '{order}'"), [[str(same_price), str(r.json["ticket_id"])] * 2])
            same(w.sql(f"SELECT enrolled, taken FROM course_seat WHERE course_id IN ({one}, {same_price}) ORDER BY course_id"), [["0", "0"], ["1", "1"]])

    def pages(self, staff):
        w, cookie = self.world, self.world.console(staff.email)
        course, m = w.course(capacity=1)["id"], w.member()
        path = f"/admin/courses/{course}/desk"
        with self.case("The desk finds a member, refuses a wrong amount with what was typed, and enrols"):
            phone = "010" + str(10**7 + secrets.randbelow(9 * 10**7))      # no exchange begins with 0
            w.sql(f"UPDATE member SET phone = '{phone}' WHERE id = {m.member_id}")
            page = self.client.get(f"{path}?q={phone[-4:]}", who=cookie)
            assert page.status == 200 and f"?member={m.member_id}" in page.body.decode() and phone not in page.body.decode(), repr(page)
            r = self.form(path, cookie, member_id=m.member_id, method="cash", amount="1", reason="현장 접수")
            assert r.status == 422 and "현장 접수" in r.body.decode() and "error-summary" in r.body.decode(), repr(r)
        with self.case("The desk finds by part of the name, the number in any spelling, its end, and the address; the log says how, not whom"):
            name = "표" + "".join(secrets.choice("가나다라마바사아자차카타파하") for _ in range(6))
            w.sql(f"UPDATE member SET name = CONVERT(UNHEX('{name.encode().hex()}') USING utf8mb4) WHERE id = {m.member_id}")
            asked = (name, name[:4], name[1:6], unicodedata.normalize("NFD", name), f"+82 10-{phone[3:7]}-{phone[7:]}", f"{phone[3:7]}-{phone[7:]}", phone,
                     phone[-4:], m.email, m.email[:9].upper(), f"M-{m.member_id}")
            for q in asked:
                text = self.client.get(f"{path}?q={urllib.parse.quote(q)}", who=cookie).body.decode().replace(q, "")
                assert f"?member={m.member_id}" in text and m.email not in text and phone not in text, q
            reasons = [reason for (reason,) in w.sql(f"SELECT reason FROM staff_log WHERE action = 'desk.search' AND object_id = {course} ORDER BY id")]
            same(reasons[-len(asked):], ["name"] * 4 + ["phone"] * 3 + ["phone_tail", "email", "name_or_email", "id"])
            same(self.client.get(f"{path}?q=" + urllib.parse.quote("100%_"), who=cookie).status, 200)
        with self.case("Who is shown at the desk was looked at, and that is on the log"):
            looks = lambda: w.sql(f"SELECT member_id FROM staff_log WHERE action = 'desk.look' AND object_type = 'member' AND object_id = {m.member_id}")
            before = looks()
            self.client.get(f"{path}?member={m.member_id}", who=cookie)
            same(looks(), before + [[str(staff.member_id)]])
        once = secrets.token_hex(8)
        with self.case("Before money is taken, a check page says from whom, how much and how; it does nothing, and a person's input is checked"):
            r = self.form(path + "/check", cookie, member_id=m.member_id, method="cash", amount="1", reason="현장 접수")
            assert r.status == 422 and "현장 접수" in r.body.decode() and "error-summary" in r.body.decode(), repr(r)
            same(self.form(path + "/check", cookie, name="", phone="1", method="cash", amount="50000", reason="x").status, 422)
            r = self.form(path + "/check", cookie, _once=once, member_id=m.member_id, method="cash", amount="50000", reason="현장 접수")
            text = r.body.decode()
            assert r.status == 200 and "50,000원 받고 접수" in text and phone not in text, text[text.index("<main"):]
            fields = Refunds.hidden(text)
            same((fields["_once"], fields["amount"], fields["method"], fields["member_id"]), (once, "50000", "cash", str(m.member_id)))
            same(w.sql(f"SELECT COUNT(*) FROM enrolment WHERE course_id = {course}"), [["0"]])
        with self.case("The desk's forms need their key, and the one that was checked enrols once"):
            fields.pop("csrf")
            r = self.form(path, cookie, **{**fields, "_once": ""})
            same(w.sql(f"SELECT COUNT(*) FROM enrolment WHERE course_id = {course}"), [["0"]], repr(r))
            r = self.form(path, cookie, **fields)
            ((e,),) = w.sql(f"SELECT id FROM enrolment WHERE course_id = {course}")
            same((r.status, r.headers.get("location")), (303, f"{path}?enrolled={e}"), repr(r))
            r = self.form(path, cookie, **fields)
            same((r.status, r.headers.get("location")), (303, f"{path}?enrolled={e}"), repr(r))
            ((name,),) = w.sql(f"SELECT name FROM member WHERE id = {m.member_id}")
            said = self.client.get(f"{path}?enrolled={e}", who=cookie).body.decode()
            assert f"{name} 님을 수강생으로 접수했습니다: E-{e}, 50,000원" in said, said[said.index("<main"):]
        with self.case("A form that lacks reason and person says both at once, and neither name nor number is said to be optional"):
            r = self.form(path + "/check", cookie, method="cash", amount="50000", reason="")
            text = r.body.decode()
            same(re.findall(r'<li><a href="#(f-[a-z]+)"', text), ["f-name", "f-phone", "f-reason"])
            same(re.findall(r'<label[^>]*for="f-(?:name|phone)">[^<]*<span', text), [])
        with self.case("The check page of a full course takes no money, says what is left, and its form only waits"):
            full, n = w.course(capacity=1)["id"], w.member()
            w.ticket(full, w.member())
            w.ticket(full, w.member(), "waiting")
            there = f"/admin/courses/{full}/desk"
            for wish in ({}, {"may_wait": "true"}):
                text = self.form(there + "/check", cookie, member_id=n.member_id, method="cash", amount="50000", reason="현장 접수", **wish).body.decode()
                main = text[text.index("<main"):]
                assert "받고 접수" not in main and "대기 명단에 올리기" in main and "2번째" in main, main
                same("alert-band" in main, not wish)
                sent = Refunds.hidden(text)
                same((sent["amount"], sent["may_wait"]), ("0", "true"))
            sent.pop("csrf")
            r = self.form(there, cookie, **sent)
            ((t,),) = w.sql(f"SELECT id FROM ticket WHERE course_id = {full} AND member_id = {n.member_id}")
            same((r.status, r.headers.get("location")), (303, f"{there}?queued={t}"), repr(r))
            assert "대기 순서 2번째" in self.client.get(f"{there}?queued={t}", who=cookie).body.decode()
            rows = self.client.get(f"/api/v1/admin/courses/{full}/tickets", who=staff).json["data"]
            same([(x["state"], x["position"]) for x in rows], [("active", None), ("waiting", 1), ("waiting", 2)])
        with self.case("Who would wait, and finds a seat after all, pays for it first"):
            empty = w.course(capacity=1)["id"]
            r = self.walk_in(empty, staff, member_id=w.member().member_id, amount=0, may_wait=True)
            is_problem(r, 422, "amount_differs", "amount")
            same(w.sql(f"SELECT COUNT(*) FROM ticket WHERE course_id = {empty}"), [["0"]])
        with self.case("At the desk of a course that was called off there is nothing to fill in"):
            gone = w.course()["id"]
            self.client.post(f"/api/v1/admin/courses/{gone}/status", {"status": "cancelled"}, who=staff, key=secrets.token_hex(8))
            text = self.client.get(f"/admin/courses/{gone}/desk", who=cookie).body.decode()
            assert f"/admin/courses/{gone}/desk/check" not in text and "접수할 수 없습니다" in text, text
        with self.case("A ticket's page moves and removes it, with a reason only"):
            n = w.member()
            t = w.ticket(course, n, "waiting")["id"]
            other = w.course()["id"]
            page = self.client.get(f"/admin/tickets/{t}?to={other}", who=cookie)
            assert page.status == 200 and f'action="/admin/tickets/{t}/move"' in page.body.decode(), repr(page)
            same(self.form(f"/admin/tickets/{t}/move", cookie, course_id=other, reason="").status, 422)
            r = self.form(f"/admin/tickets/{t}/move", cookie, course_id=other, reason="옮김")
            same((r.status, r.headers.get("location")), (303, f"/admin/courses/{course}/tickets?done=moved"))
            ((t2,),) = w.sql(f"SELECT id FROM ticket WHERE course_id = {other} AND member_id = {n.member_id}")
            r = self.form(f"/admin/tickets/{t2}/remove", cookie, reason="그만둠")
            same((r.status, r.headers.get("location")), (303, f"/admin/courses/{other}/tickets?done=removed"))
        with self.case("An enrolled ticket's page says what goes back before it is taken out, and does not give less than it said"):
            n = w.member()
            k = w.course(price=30000)["id"]
            w.enrolled(k, n)
            ((t,),) = w.sql(f"SELECT ticket_id FROM enrolment WHERE course_id = {k}")
            text = self.client.get(f"/admin/tickets/{t}", who=cookie).body.decode()
            assert "수강을 취소하고 30,000원 환불" in text and 'name="expected" value="30000"' in text and "전액 30,000원" in text, text
            r = self.form(f"/admin/tickets/{t}/remove", cookie, reason="이사", expected=30001)
            assert r.status == 422 and "지금은 30,000원입니다" in r.body.decode() and "수강을 취소하고 30,000원 환불" in r.body.decode(), repr(r)
            for key in ("", None):
                r = self.form(f"/admin/tickets/{t}/remove", cookie, reason="이사", expected=30000, **({} if key is None else {"_once": key}))
            same((r.status, r.headers.get("location")), (303, f"/admin/courses/{k}/tickets?done=removed"), repr(r))
            same(w.sql(f"SELECT amount, kind FROM refund f JOIN enrolment e ON e.id = f.enrolment_id WHERE e.course_id = {k}"), [["30000", "staff"]])

    def all(self):
        staff = self.world.member("operator")
        self.walk_ins(staff)
        self.tickets(staff)
        self.pages(staff)
