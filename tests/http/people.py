"""What the staff see of people and of each other: members, search, saved views, the log, today."""
import secrets
import urllib.parse

from client import Caller
from suite import is_problem, same

FORM = "application/x-www-form-urlencoded"


class People:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case

    def form(self, path, cookie, **fields):
        body = urllib.parse.urlencode({"csrf": cookie.csrf, "_once": secrets.token_hex(8), **fields}).encode()
        return self.client.post(path, body, who=Caller("form", cookie=cookie.cookie), kind=FORM)

    # ---- saved views ----

    def views(self):
        one, other, boss = self.world.member("operator"), self.world.member("finance"), self.world.member("admin")
        with self.case("A view is kept, seen by its owner, and by others only if it is shared"):
            made = self.client.post("/api/v1/admin/views", {"page": "courses", "name": "접수 중", "query": "status=open&done=saved"}, who=one)
            same(made.status, 201, repr(made))
            same(made.json["query"], "status=open")
            names = lambda who: [v["name"] for v in self.client.get("/api/v1/admin/views?page=courses", who=who).json["data"]]
            assert "접수 중" in names(one) and "접수 중" not in names(other)
            shared = self.client.post("/api/v1/admin/views", {"page": "/admin/courses", "name": "모두 " + self.world.mark, "shared": True}, who=one)
            same((shared.status, shared.json["page"]), (201, "courses"))
            assert shared.json["name"] in names(other)
        with self.case("A name stands once per page"):
            is_problem(self.client.post("/api/v1/admin/views", {"page": "courses", "name": "접수 중"}, who=one), 409, "view_name_taken", "name")
        with self.case("Only pages that there are, and queries without a place or strange signs, are kept"):
            for body, field in (({"page": "nothing", "name": "x"}, "page"), ({"page": "../login", "name": "x"}, "page"),
                                ({"page": "courses", "name": " "}, "name"), ({"page": "courses", "name": "x", "query": "cursor=abc"}, "query"),
                                ({"page": "courses", "name": "x", "query": "a=\r\nSet-Cookie: x=1"}, "query"),
                                ({"page": "courses", "name": "x", "query": "q=한글"}, "query"),
                                ({"page": "courses", "name": "x", "query": "x" * 501}, "query")):
                is_problem(self.client.post("/api/v1/admin/views", body, who=one), 422, "invalid", field)
        with self.case("Nobody takes away another's view; an administrator what is shared"):
            path = f"/api/v1/admin/views/{shared.json['id']}"
            is_problem(self.client.delete(path, who=other), 404, "view_unknown")
            is_problem(self.client.delete(f"/api/v1/admin/views/{made.json['id']}", who=boss), 404, "view_unknown")
            same(self.client.delete(path, who=boss).status, 204)
            same(self.client.delete(f"/api/v1/admin/views/{made.json['id']}", who=one).status, 204)
        with self.case("The form keeps a view and comes back to it; a refused one says why"):
            cookie = self.world.console(one.email)
            r = self.form("/admin/views", cookie, page="/admin/courses", name="초안", query="status=draft&")
            same((r.status, r.headers.get("location")), (303, "/admin/courses?status=draft"))
            again = self.form("/admin/views", cookie, page="/admin/courses", name="초안", query="status=draft&")
            assert again.status == 422 and "error-summary" in again.body.decode() and "초안" in again.body.decode(), repr(again)
            ((view,),) = self.world.sql(f"SELECT id FROM saved_view WHERE member_id = {one.member_id} AND name = '초안'")
            r = self.form("/admin/views/delete", cookie, id=view)
            same((r.status, r.headers.get("location")), (303, "/admin/courses?status=draft"))

    # ---- members ----

    def somebody(self, name, phone, **more):
        who = self.world.member(**more)
        self.world.sql(f"UPDATE member SET name = CONVERT(UNHEX('{name.encode().hex()}') USING utf8mb4), phone = '{phone}' WHERE id = {who.member_id}")
        return who

    def found(self, who, path="members", **query):
        r = self.client.get(f"/api/v1/admin/{path}?" + urllib.parse.urlencode({"limit": 100, **query}), who=who)
        assert r.status == 200, repr(r)
        return [m["id"] for m in r.json["data"]]

    def looks(self, action, object_id=None):
        where = f"action = '{action}'" + (f" AND object_id = {object_id}" if object_id is not None else "")
        return self.world.sql(f"SELECT member_id, reason FROM staff_log WHERE {where} ORDER BY id")

    def lookup(self):
        staff = self.world.member("operator")
        tail = f"{secrets.randbelow(9000) + 1000}"
        phone = "0107321" + tail
        name = "표" + "".join(secrets.choice("가나다라마바사아자차카타파하") for _ in range(5)) + "별"
        kim = self.somebody(name, phone)
        abroad = self.somebody("Ann_%'\"\\x", "82107321" + tail)
        with self.case("A member is found by any spelling of the number, its end, the name's beginnings, the address, the id"):
            for q in (phone, f"010-7321-{tail}", f"+82 10 7321 {tail}", f"+82-10-7321-{tail}", f"0082 10 7321 {tail}", f"(010) 7321.{tail}",
                      f"7321-{tail}", f"10 7321 {tail}", tail):
                got = self.found(staff, q=q)
                assert kim.member_id in got and abroad.member_id in got, (q, got)
            for q in (name, name[:4], name[1:5], kim.email, kim.email[:6].upper(), f"M-{kim.member_id}", f"m-{kim.member_id}", f" #{kim.member_id} "):
                assert kim.member_id in self.found(staff, q=q), q
        with self.case("Signs that mean something to the database mean themselves"):
            for q in ("%", "_", "%%%%", "Ann%x", "Ann_%'_", "표%", "' OR 1=1 --", '"', "\\", "Ann!", "표_"):
                assert kim.member_id not in self.found(staff, q=q), q
            assert abroad.member_id in self.found(staff, q="Ann_%'\"\\"), "the exact beginning"
            same(self.found(staff, q="없는이름" + secrets.token_hex(4)), [])
        with self.case("The list shows masked numbers only, and the search is on the log by its kind"):
            r = self.client.get(f"/api/v1/admin/members?q={phone}", who=staff)
            assert phone not in r.body.decode() and tail in r.body.decode(), repr(r)
            same(r.json["data"][0]["phone"], f"010-****-{tail}")
            words = {reason for who, reason in self.looks("member.search") if int(who) == staff.member_id}
            assert {"phone", "phone_tail", "email", "name", "id"} <= words, words
            assert not any(tail in w or name in w for w in words), words
        with self.case("Members are filtered by status and by role"):
            gone = self.somebody("김필터", "01011112222", status="suspended")
            assert gone.member_id in self.found(staff, status="suspended") and gone.member_id not in self.found(staff, status="active")
            assert staff.member_id in self.found(staff, role="operator") and kim.member_id not in self.found(staff, role="operator")
            is_problem(self.client.get("/api/v1/admin/members?role=king", who=staff), 422, "invalid", "role")
            is_problem(self.client.get("/api/v1/admin/members?q=" + "x" * 101, who=staff), 422, "invalid", "q")

    def detail(self):
        staff, kim = self.world.member("operator"), self.somebody("한수지", "01055556666")
        done = self.world.enrolled(self.world.course(price=30000)["id"], kim)
        with self.case("A member's page holds what they have, and the look is on the log with its purpose"):
            r = self.client.get(f"/api/v1/admin/members/{kim.member_id}?purpose=" + urllib.parse.quote("환불 상담"), who=staff)
            same(r.status, 200, repr(r))
            same([e["id"] for e in r.json["enrolments"]], [done["enrolment_id"]])
            same([p["order_id"] for p in r.json["payments"]], [done["order_id"]])
            same(([t["state"] for t in r.json["tickets"]], r.json["sessions"]), (["enrolled"], 1))
            assert r.json["notifications"] >= 1 and "01055556666" not in r.body.decode(), repr(r)
            self.client.get(f"/api/v1/admin/members/{kim.member_id}", who=staff)
            same([w for _, w in self.looks("member.look", kim.member_id)], ["환불 상담", "상담"])
        with self.case("The number in the clear needs a purpose, and is on the log"):
            path = f"/api/v1/admin/members/{kim.member_id}/phone"
            is_problem(self.client.post(path, {}, who=staff), 422, "invalid", "purpose")
            is_problem(self.client.post(path, {"purpose": ""}, who=staff), 422, "invalid", "purpose")
            r = self.client.post(path, {"purpose": "결제 확인"}, who=staff)
            same(r.json, {"phone": "010-5555-6666", "email": kim.email})
            same(self.looks("member.phone", kim.member_id), [[str(staff.member_id), "결제 확인"]])
        with self.case("Who has withdrawn is shown as erased"):
            same(self.client.delete("/api/v1/me", who=kim).status, 204)
            r = self.client.get(f"/api/v1/admin/members/{kim.member_id}", who=staff)
            same((r.json["status"], r.json["name"], r.json["phone"], r.json["email"]), ("withdrawn", "", "", ""))
            is_problem(self.client.get("/api/v1/admin/members/999999999", who=staff), 404, "account_unknown")
        with self.case("A nasty name is shown escaped on every page"):
            nasty = self.somebody("<script>alert(1)</script>", "01077778888")
            cookie = self.world.console(staff.email)
            for path in (f"/admin/members/{nasty.member_id}", "/admin/members?q=%3Cscript%3Ealert", f"/admin/search?q=M-{nasty.member_id}",
                         "/admin/search?q=%3Cscript%3Ealert", "/admin/audit"):
                text = self.client.get(path, who=cookie).body.decode()
                assert "<script>alert" not in text, path

    def suspending(self):
        staff, boss = self.world.member("operator"), self.world.member("admin")
        kim, clerk = self.world.member(), self.world.member("finance")
        path = f"/api/v1/admin/members/{kim.member_id}"
        with self.case("Who is suspended is logged out and stays out until it is lifted"):
            is_problem(self.client.post(path + "/suspend", {}, who=staff), 422, "invalid", "reason")
            r = self.client.post(path + "/suspend", {"reason": "민원"}, who=staff)
            same((r.status, r.json["status"]), (200, "suspended"), repr(r))
            same(self.client.get("/api/v1/me", who=kim).status, 401)
            is_problem(self.client.post("/api/v1/auth/login", {"email": kim.email, "password": "madang-demo-1234"}), 403, "account_suspended")
            for lang in ("ko", "en"):
                is_problem(self.client.post(path + "/suspend", {"reason": "민원"}, who=staff, lang=lang), 409, "account_state_refused")
            r = self.client.post(path + "/restore", {"reason": "오해"}, who=staff)
            same((r.status, r.json["status"]), (200, "active"), repr(r))
            self.world.login(kim.email)
            same(self.world.sql(f"SELECT action, reason FROM staff_log WHERE object_type = 'member' AND object_id = {kim.member_id} ORDER BY id"),
                 [["member.suspend", "민원"], ["member.restore", "오해"]])
        with self.case("Staff are suspended by administrators only"):
            path = f"/api/v1/admin/members/{clerk.member_id}"
            is_problem(self.client.post(path + "/suspend", {"reason": "x"}, who=staff), 403, "role_missing")
            same(self.client.post(path + "/suspend", {"reason": "x"}, who=boss).status, 200)
            is_problem(self.client.post(path + "/restore", {"reason": "x"}, who=staff), 403, "role_missing")
            same(self.client.post(path + "/restore", {"reason": "x"}, who=boss).status, 200)
            is_problem(self.client.post("/api/v1/admin/members/999999999/suspend", {"reason": "x"}, who=boss), 404, "account_unknown")

    def member_forms(self):
        staff, kim = self.world.member("operator"), self.somebody("나래", "01099991234")
        cookie = self.world.console(staff.email)
        path = f"/admin/members/{kim.member_id}"
        with self.case("Suspending, lifting it and seeing a number work as plain forms"):
            r = self.form(path + "/suspend", cookie, reason=" ")
            assert r.status == 422 and "error-summary" in r.body.decode(), repr(r)
            r = self.form(path + "/phone", cookie, purpose="")
            assert r.status == 422 and "01099991234" not in r.body.decode() and "9999-1234" not in r.body.decode(), repr(r)
            r = self.form(path + "/phone", cookie, purpose="상담 전화")
            assert r.status == 200 and "010-9999-1234" in r.body.decode(), repr(r)
            same(r.headers.get("cache-control"), "no-store")
            r = self.form(path + "/suspend", cookie, reason="민원")
            same((r.status, r.headers.get("location")), (303, path + "?done=suspended"))
            r = self.form(path + "/restore", cookie, reason="오해")
            same((r.status, r.headers.get("location")), (303, path + "?done=restored"))
            same(self.client.get(path + "?done=restored", who=cookie).status, 200)

    def all(self):
        self.views()
        self.lookup()
        self.detail()
        self.suspending()
        self.member_forms()
