"""What the staff see of people and of each other: members, search, saved views, the log, today."""
import os
import re
import secrets
import subprocess
import unicodedata
import urllib.parse

from client import Caller
from suite import eventually, is_problem, same
from world import moment

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
            names = lambda who: [v["name"] for v in self.world.rows("/api/v1/admin/views?page=courses", who)]
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
        tail = f"{secrets.randbelow(4000) + 1000}"        # everybody else that the tests make has 5678
        phone = "0107321" + tail
        name = "표" + "".join(secrets.choice("가나다라마바사아자차카타파하") for _ in range(5)) + "별"
        kim = self.somebody(name, phone)
        abroad = self.somebody("Ann_%'\"\\x", "")
        same(self.client.patch("/api/v1/me", {"phone": f"+82-(0)10-7321-{tail}"}, who=abroad).json["phone"], phone)
        with self.case("A member is found by any spelling of the number, its end, the name's beginnings, the address, the id"):
            for q in (phone, f"010-7321-{tail}", f"+82 10 7321 {tail}", f"+82-10-7321-{tail}", f"0082 10 7321 {tail}", f"(010) 7321.{tail}",
                      f"7321-{tail}", f"10 7321 {tail}", tail):
                got = self.found(staff, q=q)
                assert kim.member_id in got and abroad.member_id in got, (q, got)
            for q in (name, name[:4], name[1:5], kim.email, kim.email[:6].upper(), f"M-{kim.member_id}", f"m-{kim.member_id}", f" #{kim.member_id} "):
                assert kim.member_id in self.found(staff, q=q), q
        with self.case("Hangul is the same however it was typed, in what is asked for and in what is kept"):
            jamo = unicodedata.normalize("NFD", name)
            for q in (jamo, jamo[:8], unicodedata.normalize("NFD", name[1:5])):
                assert kim.member_id in self.found(staff, q=q), q
            same(self.client.patch("/api/v1/me", {"name": jamo}, who=kim).json["name"], name)
            same(self.world.sql(f"SELECT HEX(name) FROM member WHERE id = {kim.member_id}"), [[name.encode().hex().upper()]])
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
        with self.case("Addresses in rows are masked, and of the bare list each page is on the log with whom it showed"):
            assert kim.email not in self.client.get("/api/v1/admin/members?q=" + urllib.parse.quote(name), who=staff).body.decode()
            same(self.client.get(f"/api/v1/admin/members?q={kim.email}", who=staff).json["data"][0]["email"], kim.email[0] + "***@example.com")
            same(self.looks("member.list"), [line for line in self.looks("member.list") if int(line[0]) != staff.member_id], "nothing yet")
            pages, cursor = [], None
            for _ in range(3):
                r = self.client.get("/api/v1/admin/members?limit=2" + (f"&cursor={cursor}" if cursor else ""), who=staff)
                cursor = r.json["next_cursor"]
                pages.append("–".join(f"M-{m['id']}" for m in r.json["data"]))
            same([reason for who, reason in self.looks("member.list") if int(who) == staff.member_id], pages)
            before = len(self.looks("member.search"))
            r = self.client.get("/api/v1/admin/members?limit=1&q=" + urllib.parse.quote("시험"), who=staff)
            self.client.get(f"/api/v1/admin/members?limit=1&q={urllib.parse.quote('시험')}&cursor={r.json['next_cursor']}", who=staff)
            same(len(self.looks("member.search")), before + 2)
        with self.case("Who may become an instructor is found in the same ways, and that is on the log"):
            cookie = self.world.console(staff.email)
            for q in (name, name[1:5], f"+82 10 7321 {tail}", f"7321-{tail}", tail, kim.email, kim.email[:8], f"M-{kim.member_id}", unicodedata.normalize("NFD", name)):
                text = self.client.get("/admin/instructors/new?q=" + urllib.parse.quote(q), who=cookie).body.decode().replace(q, "")
                assert f'value="{kim.member_id}"' in text and kim.email not in text and phone not in text, q
            self.client.get(f"/admin/instructors/new?member_id={kim.member_id}", who=cookie)
            words = [reason for who, reason in self.looks("instructor.search") if int(who) == staff.member_id]
            same(words, ["name", "name", "phone", "phone", "phone_tail", "email", "name_or_email", "id", "name", "id"])
        with self.case("Payments are found by whose they are, and that is on the log by its kind"):
            money = self.world.member("finance")
            paid = self.world.enrolled(self.world.course(price=30000)["id"], kim)
            for q in (name, name[1:5], f"+82 10 7321 {tail}", kim.email, paid["order_id"], paid["order_id"][-4:]):
                got = self.found(money, path="payments", q=q)
                assert int(self.world.sql(f"SELECT id FROM payment WHERE order_id = '{paid['order_id']}'")[0][0]) in got, q
            same(self.found(money, path="payments", q="없는이름" + secrets.token_hex(4)), [])
            words = [reason for who, reason in self.looks("payment.search") if int(who) == money.member_id]
            same(words, ["name", "name", "phone", "email"])
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
            same([w for _, w in self.looks("member.look", kim.member_id)], ["환불 상담", ""])
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

    def roles(self):
        boss, clerk, kim = self.world.member("admin"), self.world.member("operator", "finance"), self.world.member("instructor")
        path = f"/api/v1/admin/members/{kim.member_id}/roles"
        with self.case("An administrator gives and takes roles with a reason; they count at the next request, and the log has both sides"):
            same(self.client.get("/api/v1/admin/members", who=kim).status, 403)
            for body, field in (({"roles": ["operator"]}, "reason"), ({"reason": "x"}, "roles"), ({"roles": ["king"], "reason": "x"}, "roles[0]"),
                                ({"roles": ["instructor"], "reason": "x"}, "roles[0]"), ({"roles": ["member"], "reason": "x"}, "roles[0]")):
                is_problem(self.client.call("PUT", path, body, who=boss), 422, "invalid", field)
            r = self.client.call("PUT", path, {"roles": ["finance", "operator"], "reason": "새 직원"}, who=boss)
            same((r.status, r.json["roles"]), (200, ["member", "instructor", "operator", "finance"]), repr(r))
            same(self.client.get("/api/v1/admin/members", who=kim).status, 200)
            r = self.client.call("PUT", path, {"roles": [], "reason": "그만둠"}, who=boss)
            same(r.json["roles"], ["member", "instructor"])
            same(self.client.get("/api/v1/admin/members", who=kim).status, 403)
            same(self.world.sql(f"SELECT member_id, before_json, after_json, reason FROM staff_log WHERE action = 'member.roles' AND object_id = {kim.member_id} "
                                "ORDER BY id"),
                 [[str(boss.member_id), f'{{"id":{kim.member_id},"roles":["member","instructor"]}}',
                   f'{{"id":{kim.member_id},"roles":["member","instructor","operator","finance"]}}', "새 직원"],
                  [str(boss.member_id), f'{{"id":{kim.member_id},"roles":["member","instructor","operator","finance"]}}',
                   f'{{"id":{kim.member_id},"roles":["member","instructor"]}}', "그만둠"]])
            is_problem(self.client.call("PUT", path, {"roles": ["admin"], "reason": "x"}, who=clerk), 403, "role_missing")
            is_problem(self.client.call("PUT", "/api/v1/admin/members/999999999/roles", {"roles": [], "reason": "x"}, who=boss), 404, "account_unknown")
        with self.case("The form on the member's page does the same, shows what was ticked when it is refused, and is for administrators only"):
            cookie, other = self.world.console(boss.email), self.world.console(clerk.email)
            page = f"/admin/members/{kim.member_id}"
            text = self.client.get(page, who=cookie).body.decode()
            assert f'action="{page}/roles"' in text and 'id="f-role-operator"' in text, text
            assert f'action="{page}/roles"' not in self.client.get(page, who=other).body.decode()
            r = self.form(page + "/roles", cookie, roles="finance", roles_reason="")
            assert r.status == 422 and "error-summary" in r.body.decode(), repr(r)
            assert 'value="finance" checked' in r.body.decode() and 'value="operator" checked' not in r.body.decode(), r.body.decode()
            r = self.form(page + "/roles", cookie, roles="finance", roles_reason="정산 담당")
            same((r.status, r.headers.get("location")), (303, page + "?done=roles"), repr(r))
            assert 'value="finance" checked' in self.client.get(page + "?done=roles", who=cookie).body.decode()
            same(self.form(page + "/roles", other, roles="admin", roles_reason="x").status, 403)
            same(self.form(page + "/roles", cookie, roles_reason="모두 거둠").status, 303)
            same(self.world.sql(f"SELECT roles FROM member WHERE id = {kim.member_id}"), [["3"]])

    # ---- the command ----

    def user(self, *words, typed=None):
        program = os.environ.get("MADANG_PROGRAM", "build/fcgi-app/madang")
        return subprocess.run([program, "user", *words], input=typed, capture_output=True, text=True, check=False)

    def system_lines(self, member_id):
        return [action for (action,) in self.world.sql(f"SELECT action FROM staff_log WHERE member_id = 0 AND object_id = {member_id} ORDER BY id")]

    def command(self):
        email = self.world.email()
        with self.case("The command makes an account that may log in at once, with a password that is read or made, and the log says that it was the system"):
            r = self.user("add", email.upper(), "--name", unicodedata.normalize("NFD", "한도윤"), "--role", "operator,admin", "--password-stdin", typed="typed-in-8\n")
            same(r.returncode, 0, r.stderr)
            assert "typed-in-8" not in r.stdout, r.stdout
            who = self.world.login(email, "typed-in-8")
            me = self.client.get("/api/v1/me", who=who).json
            same((me["name"], me["roles"], me["status"]), ("한도윤", ["member", "operator", "admin"], "active"))
            same(self.system_lines(me["id"]), ["member.create"])
            line = self.client.get(f"/api/v1/admin/audit?object_type=member&object_id={me['id']}", who=who).json["data"][0]
            same((line["member"], line["action"]), (None, "member.create"))
            other = self.world.email()
            r = self.user("add", other, "--name", "서지안", "--role", "finance")
            self.world.login(other, r.stdout.split("password: ")[1].split()[0])
        with self.case("What it cannot do it says, and does nothing"):
            for words, said in ((("add", email, "--name", "x", "--role", "operator"), "taken"), (("add", "nonsense", "--name", "x", "--role", "operator"), "email"),
                                (("add", self.world.email(), "--role", "operator"), "name"), (("add", self.world.email(), "--name", "x", "--role", "king"), "king"),
                                (("add", self.world.email(), "--name", "x"), "role"), (("role", "nobody@example.com", "+admin"), "no account"),
                                (("role", email, "+king"), "king"), (("role", email), "usage"), (("password", "nobody@example.com"), "no account"),
                                (("delete", email), "usage"), ((), "usage")):
                r = self.user(*words)
                assert r.returncode != 0 and said in r.stderr and r.stdout == "", (words, r)
            r = self.user("add", self.world.email(), "--name", "x", "--role", "operator", "--password-stdin", typed="short\n")
            assert r.returncode != 0 and "password" in r.stderr, r
        with self.case("Roles and passwords are changed by it; a new password ends the sessions"):
            same(self.user("role", email, "+finance", "-operator").returncode, 0)
            same(self.client.get("/api/v1/me", who=who).json["roles"], ["member", "finance", "admin"])
            r = self.user("password", email)
            same(r.returncode, 0, r.stderr)
            same(self.client.get("/api/v1/me", who=who).status, 401)
            self.world.login(email, r.stdout.split("password: ")[1].split()[0])
            same(self.user("password", email, "--password-stdin", typed="another one 9\n").returncode, 0)
            self.world.login(email, "another one 9")
            same(self.system_lines(me["id"]), ["member.create", "member.roles", "member.password", "member.password"])

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

    # ---- search ----

    def hits(self, who, q, lang="ko"):
        r = self.client.get("/api/v1/admin/search?" + urllib.parse.urlencode({"q": q}), who=who, lang=lang)
        assert r.status == 200, repr(r)
        return [(h["kind"], h["href"]) for h in r.json["data"]]

    def search(self):
        staff, finance = self.world.member("operator"), self.world.member("finance")
        course, kim = self.world.course(title="양모펠트 " + self.world.mark), self.somebody("서다래", "01033334444")
        done = self.world.enrolled(course["id"], kim)
        page = lambda kind, i: (kind, f"/admin/{kind}s/{i}")
        with self.case("What is named exactly is found alone, however it is written"):
            for q in (f"C-{course['id']}", f"c{course['id']}", f" C-{course['id']} ", f"https://elsewhere.example/admin/courses/{course['id']}/edit?x=1",
                      f"/admin/courses/{course['id']}"):
                same(self.hits(staff, q), [page("course", course["id"])], q)
            same(self.hits(staff, f"M-{kim.member_id}"), [page("member", kim.member_id)])
            same(self.hits(staff, f"E-{done['enrolment_id']}"), [("enrolment", f"/admin/members/{kim.member_id}#enrolments")])
            assert self.client.get(f"/admin/search?q=C-{course['id']}", who=self.world.console(staff.email)).headers.get("location") == \
                f"/admin/courses/{course['id']}"
        with self.case("What does not exist, or is no address of the console, is found nowhere"):
            for q in ("C-999999999", "M-0", "Z-1", "mdg-nothing", "https://evil.example/", "//evil.example", "/admin/../etc/passwd", "C-99999999999999999999"):
                assert not [h for h in self.hits(staff, q) if h[0] != "course"], q
        with self.case("A member is found by number, its end and address; an instructor and a page by name, in both languages"):
            for q in ("010-3333-4444", "+82 10-3333-4444", kim.email, "서다래", "다래"):
                assert page("member", kim.member_id) in self.hits(staff, q), q
            assert ("page", "/admin/members") in self.hits(staff, "회원") and ("page", "/admin/members") in self.hits(staff, "members")
            assert ("page", "/admin/courses/new") in self.hits(staff, "강좌 등") and ("page", "/admin/courses/new") not in self.hits(finance, "강좌 등")
            assert ("page", "/admin/audit") in self.hits(staff, ""), "an empty text finds the pages"
        with self.case("Nothing strange that is typed breaks the search"):
            for q in ("%", "_", "'", "\\", "!", "%27%20OR", "<script>", "가", "ㄱ", "🙂", "a" * 200, "C-", "-", "+", "#", "https://", "mdg-" + "가" * 5, "abcdefghijklmnopqrstuvwxyz",
                      "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허 일이삼사오육칠팔구십"):
                self.hits(staff, q)
            is_problem(self.client.get("/api/v1/admin/search?q=" + "x" * 201, who=staff), 422, "invalid", "q")
        with self.case("A search that shows people is on the log, once in a minute"):
            same(len([w for w, _ in self.looks("member.search") if int(w) == staff.member_id and True]) >= 1, True)
            one = self.world.member("operator")
            for q in ("서", "서다", "서다래"):
                self.hits(one, q)
            same(len([w for w, _ in self.looks("member.search") if int(w) == one.member_id]), 1)

    # ---- the log ----

    def log(self):
        boss, kim = self.world.member("admin"), self.world.member()
        word = "사유 100%_" + secrets.token_hex(4)
        self.client.post(f"/api/v1/admin/members/{kim.member_id}/suspend", {"reason": word}, who=boss)
        get = lambda **q: self.client.get("/api/v1/admin/audit?" + urllib.parse.urlencode(q), who=boss)
        today = self.world.sql("SELECT DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR), DATE(UTC_TIMESTAMP() + INTERVAL 9 HOUR + INTERVAL 1 DAY)")[0]
        with self.case("A line is found by who, what, whom, when, and words of its reason"):
            line = get(object_type="member", object_id=kim.member_id).json["data"][0]
            same((line["action"], line["reason"], line["member"]["id"]), ("member.suspend", word, boss.member_id))
            same((line["before"]["status"], line["after"]["status"]), ("active", "suspended"))
            for query in ({"member_id": boss.member_id}, {"action": "member.suspend"}, {"q": word}, {"q": word[3:9]}, {"q": line["request_id"]},
                          {"from": today[0]}, {"to": today[0]}, {"from": today[0], "to": today[0], "q": word}):
                assert line["id"] in [x["id"] for x in get(limit=100, **query).json["data"]], query
            for query in ({"action": "member.restore"}, {"q": "사유 100__"}, {"from": today[1]}, {"to": "2020-01-01"}, {"member_id": kim.member_id}):
                assert line["id"] not in [x["id"] for x in get(limit=100, **query).json["data"]], query
            for query, field in (({"from": "yesterday"}, "from"), ({"action": "a b"}, "action"), ({"q": "x" * 101}, "q")):
                is_problem(get(**query), 422, "invalid", field)
        with self.case("The log's page shows what changed, and leads to whom"):
            cookie = self.world.console(boss.email)
            text = self.client.get(f"/admin/audit?object_type=member&object_id={kim.member_id}", who=cookie).body.decode()
            assert "<del>이용 중</del> <ins>이용 정지</ins>" in text and f"/admin/members/{kim.member_id}" in text, text[-3000:]
            assert "<dt>번호</dt>" not in text, "what stayed is told"
        with self.case("Each line is sealed within seconds"):
            eventually(lambda: self.world.sql("SELECT COUNT(*) FROM staff_log l LEFT JOIN staff_log_seal s ON s.log_id = l.id WHERE s.n IS NULL "
                                              f"AND l.id <= {line['id']}") == [["0"]])

    # ---- what was given up ----

    def parked(self):
        w, event = self.world, 910_000_000_000 + secrets.randbelow(10**9)
        page = lambda who, lang="en": self.client.get("/admin/events", who=who, lang=lang).body.decode()  # noqa: E731
        operator, finance = (w.console(w.member(role).email) for role in ("operator", "finance"))
        w.sql("INSERT INTO outbox_parked (shard, id, stream, type, payload, created_at, tries, reason, parked_at) VALUES "
              f"(33, {event}, 'test', 'nobody.listens', '{{\"word\": \"<b>\"}}', UTC_TIMESTAMP(6), 12, 'test', UTC_TIMESTAMP(6))")
        with self.case("A parked event stands on its page with what it holds, and those who may put it back have a button"):
            text = page(operator)
            for part in ("nobody.listens", "&lt;b&gt;", f'action="/admin/events/{event}/requeue"'):
                assert part in text, part
            assert f"/admin/events/{event}/requeue" not in page(finance), "a button that would be refused"
        with self.case("A parked event is put back from its page once, and the page says so"):
            path = f"/admin/events/{event}/requeue"
            r = self.form(path, operator)
            same((r.status, r.headers["location"]), (303, "/admin/events?done=requeued"), repr(r))
            assert "Event requeued" in self.client.get("/admin/events?done=requeued", who=operator, lang="en").body.decode()
            same(self.form(path, operator).status, 404)
            assert path not in page(operator), "still there"

    # ---- today, preferences ----

    def today(self):
        cookie = self.world.console(self.world.member("operator").email)
        with self.case("Today leads to the work that waits"):
            self.world.course(title="내일 여는 강좌 " + self.world.mark, enrol_opens_at=moment(3600))
            text = self.client.get("/admin/", who=cookie).body.decode()
            assert "내일 여는 강좌 " + self.world.mark in text and "/admin/live/queue/" in text, text[-3000:]

    def preferences(self):
        post = lambda **f: self.client.post("/admin/preferences", urllib.parse.urlencode(f).encode(), kind=FORM)
        with self.case("A preference is kept in a cookie, and one is led back"):
            for name, value in (("lang", "en"), ("theme", "dark"), ("density", "compact")):
                r = post(**{name: value, "back": "/admin/login?next=%2Fadmin%2F"})
                same((r.status, r.headers.get("location"), r.cookies.get(name)), (303, "/admin/login?next=%2Fadmin%2F", value))
                same(len(r.cookie_lines), 1)
            assert post(lang="xx").status == 422 and post(theme="dark; Path=/x").status == 422
        with self.case("Who has a session sends its token, and a page's form does; nobody's comes from a page of ours"):
            cookie = self.world.console(self.world.member("operator").email)
            bare = Caller("cookie", cookie=cookie.cookie)
            send = lambda fields, **more: self.client.post("/admin/preferences", urllib.parse.urlencode(fields).encode(), kind=FORM, **more)
            for fields in ({"theme": "dark"}, {"theme": "dark", "csrf": "x" * 43}):
                r = send(fields, who=bare)
                assert (r.status, r.cookies) == (403, {}) and "csrf_missing" in r.body.decode(), repr(r)
            same(send({"theme": "dark"}, who=cookie).status, 303, "by the header")
            text = self.client.get("/admin/", who=bare).body.decode()
            form = text[text.index('action="/admin/preferences"'):]
            token = re.search(r'name="csrf" value="([^"]+)"', form[:form.index("</form>")])[1]
            same(token, cookie.csrf)
            same(send({"theme": "dark", "csrf": token}, who=bare).cookies, {"theme": "dark"})
            for headers, status in (({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "same-site"}, 403), ({"Origin": "https://evil.example"}, 403),
                                    ({"Sec-Fetch-Site": "same-origin"}, 303), ({}, 303)):
                same(send({"theme": "dark"}, headers=headers).status, status, str(headers))
        with self.case("Nobody is led to a foreign site, nor to what is no page"):
            for back in ("//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "\\\\evil.example", "javascript:alert(1)", "", "evil",
                         "/admin/ x", "/%0d%0aSet-Cookie:x=1", "///evil.example", "/api/v1/me"):
                r = post(theme="dark", back=back)
                assert r.status in (303, 422) and r.headers.get("location", "/admin/") == "/admin/", (back, r.status, r.headers.get("location"))
            same(post(theme="dark", back="/admin/members/1/suspend?x=1").headers.get("location"), "/admin/members/1")
            same(post(theme="dark", back="/admin/live/queue/1?x=1").headers.get("location"), "/admin/live/queue/1?x=1")

    def purchases(self):
        """Whoever sees who bought what is on the log: by the kind of the look, and whose it was if one was meant."""
        w, c = self.world, self.client
        boss, course, who = w.member("admin"), w.course(capacity=1), w.member()
        cookie = w.console(boss.email)
        order = w.enrolled(course["id"], who)
        waiting = w.ticket(course["id"], w.member(), "waiting")
        ((payment,),) = w.sql(f"SELECT id FROM payment WHERE order_id = '{order['order_id']}'")
        mine = lambda action: [line for line in w.sql(  # noqa: E731
            f"SELECT object_type, object_id, reason FROM staff_log WHERE action = '{action}' AND member_id = {boss.member_id} ORDER BY id")]
        with self.case("Lists of payments, enrolments, refunds and tickets are on the log, as JSON and as pages, with what they showed"):
            for action, path, of in (
                    ("payment.list", f"payments?member_id={who.member_id}", ["member", str(who.member_id), f"P-{payment}"]),
                    ("payment.list", f"payments?course_id={course['id']}", ["course", str(course["id"]), f"P-{payment}"]),
                    ("enrolment.list", f"enrolments?course_id={course['id']}", ["course", str(course["id"]), str(order["enrolment_id"])]),
                    ("ticket.list", f"courses/{course['id']}/tickets", ["course", str(course["id"]), str(waiting["id"])])):
                for target, caller in ((f"/api/v1/admin/{path}", boss), (f"/admin/{path}", cookie)):
                    before = mine(action)
                    same(c.get(target, who=caller).status, 200, target)
                    same(mine(action), before + [of], target)
        with self.case("A page of a list is on the log by its ends; an empty one showed nobody"):
            data = c.get("/api/v1/admin/payments?limit=2", who=boss).json["data"]
            same(mine("payment.list")[-1], ["payment", "0", f"P-{data[0]['id']}–P-{data[1]['id']}"])
            before = mine("refund.list")
            same(c.get(f"/api/v1/admin/refunds?member_id={who.member_id}", who=boss).json["data"], [])
            same(mine("refund.list"), before)
        with self.case("One payment and one refund are on the log each time, its form once a minute"):
            for target, caller in ((f"/api/v1/admin/payments/{payment}", boss), (f"/admin/payments/{payment}", cookie)):
                same(c.get(target, who=caller).status, 200, target)
            same(mine("payment.look"), [["payment", payment, ""]] * 2)
            for _ in range(2):
                same(c.get(f"/admin/payments/{payment}/refund", who=cookie).status, 200)
            same(len(mine("payment.look")), 2, "the same look")
            r = c.post(f"/api/v1/admin/payments/{payment}/refund", {"reason_code": "mistake"}, who=boss, key=secrets.token_hex(8))
            refund = str(r.json["refund"]["id"])
            same(c.get(f"/admin/refunds/{refund}", who=cookie).status, 200)
            same(mine("refund.look"), [["refund", refund, ""]])
            same(c.get(f"/api/v1/admin/refunds?member_id={who.member_id}", who=boss).status, 200)
            same(mine("refund.list"), [["member", str(who.member_id), refund]])
        with self.case("A queue that is watched is one look an hour, for each who watches"):
            for _ in range(3):
                same(c.get(f"/api/v1/admin/courses/{course['id']}/queue", who=boss).status, 200)
                same(c.get(f"/admin/live/queue/{course['id']}", who=cookie).status, 200)
                same(c.get(f"/api/v1/admin/payments/{payment}", who=boss).status, 200)        # whatever else they look at meanwhile
            same(mine("queue.look"), [["course", str(course["id"]), ""]])

    def all(self):
        self.search()
        self.log()
        self.parked()
        self.today()
        self.preferences()
        self.views()
        self.lookup()
        self.purchases()
        self.detail()
        self.suspending()
        self.roles()
        self.command()
        self.member_forms()
