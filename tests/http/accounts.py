"""Signing up, logging in and out, sessions, and what ends them."""
import urllib.parse

from client import NOBODY, Caller
from suite import eventually, is_problem, same
from world import PASSWORD


class Accounts:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case

    def form(self, **values):
        return urllib.parse.urlencode(values).encode()

    def sign_up(self):
        w, c = self.world, self.client
        email = w.email()
        body = {"email": email, "password": "long enough 1", "name": "김시험", "phone": "010-9876-5432"}
        with self.case("An account is pending until its mailed token comes back"):
            r = c.post("/api/v1/auth/signup", body)
            same((r.status, r.json["status"], r.json["email"]), (201, "pending", email))
            is_problem(c.post("/api/v1/auth/login", {"email": email, "password": "long enough 1"}), 403, "account_not_verified")
            same(c.post("/api/v1/auth/verify/resend", {"email": email}).status, 204)
            same(c.post("/api/v1/auth/verify/resend", {"email": "nobody@example.com"}).status, 204, "an unknown address looks the same")
            token = w.mailed_token(email, at_least=2)
            is_problem(c.post("/api/v1/auth/verify", {"token": token[:-1] + ("A" if token[-1] != "A" else "B")}), 404, "token_unknown")
            r = c.post("/api/v1/auth/verify", {"token": token})
            same((r.status, r.json["status"]), (200, "active"), repr(r))
            is_problem(c.post("/api/v1/auth/verify", {"token": token}), 404, "token_unknown")
        with self.case("An address has one account, however it is written"):
            for again in (email, email.upper(), " " + email):
                r = c.post("/api/v1/auth/signup", {**body, "email": again})
                assert (r.status, r.code) in ((409, "email_taken"), (422, "invalid")), repr(r)
        with self.case("The page behind the mailed link makes the account active too"):
            email = w.email()
            c.post("/api/v1/auth/signup", {**body, "email": email})
            token = w.mailed_token(email)
            r = c.get("/verify?token=" + token)
            same(r.status, 200, "the page itself changes nothing")
            is_problem(c.post("/api/v1/auth/login", {"email": email, "password": "long enough 1"}), 403, "account_not_verified")
            r = c.post("/verify", self.form(token=token), kind="application/x-www-form-urlencoded")
            assert r.status in (200, 303), repr(r)
            same(c.post("/api/v1/auth/login", {"email": email, "password": "long enough 1"}).status, 200)

    def log_in(self):
        w, c = self.world, self.client
        who = w.member()
        with self.case("A wrong password and an unknown address look the same"):
            a = c.post("/api/v1/auth/login", {"email": who.email, "password": "wrong wrong"})
            b = c.post("/api/v1/auth/login", {"email": "nobody@example.com", "password": "wrong wrong"})
            is_problem(a, 401, "login_wrong")
            same(a.without_request_id, b.without_request_id)
        with self.case("A refresh token is good once; using it again ends the session"):
            first = w.login(who.email)
            r = c.post("/api/v1/auth/refresh", {"refresh_token": first.refresh})
            same(r.status, 200, repr(r))
            second = Caller("second", r.json["access_token"])
            is_problem(c.get("/api/v1/me", who=first), 401, "not_logged_in")
            same(c.get("/api/v1/me", who=second).status, 200)
            is_problem(c.post("/api/v1/auth/refresh", {"refresh_token": first.refresh}), 401, "refresh_invalid")
            is_problem(c.get("/api/v1/me", who=second), 401, "not_logged_in")
            is_problem(c.post("/api/v1/auth/refresh", {"refresh_token": r.json["refresh_token"]}), 401, "refresh_invalid")
            same(c.get("/api/v1/me", who=who).status, 200, "the member's other session")
        with self.case("Logging out ends one session, or all"):
            a, b = w.login(who.email), w.login(who.email)
            same(c.post("/api/v1/auth/logout", {}, who=a).status, 204)
            is_problem(c.get("/api/v1/me", who=a), 401, "not_logged_in")
            same(c.get("/api/v1/me", who=b).status, 200)
            same(c.post("/api/v1/auth/logout", {"everywhere": True}, who=b).status, 204)
            is_problem(c.get("/api/v1/me", who=b), 401, "not_logged_in")
            is_problem(c.get("/api/v1/me", who=who), 401, "not_logged_in")

    def me(self):
        w, c = self.world, self.client
        who, other = w.member(), w.member()
        with self.case("A member sees and ends their own sessions, and nobody else's"):
            second = w.login(who.email)
            data = c.get("/api/v1/me/sessions", who=who).json["data"]
            same(len(data), 2)
            same(sum(s["current"] for s in data), 1)
            mine = next(s["id"] for s in data if not s["current"])
            theirs = c.get("/api/v1/me/sessions", who=other).json["data"][0]["id"]
            a, b = c.delete(f"/api/v1/me/sessions/{theirs}", who=who), c.delete("/api/v1/me/sessions/999999999", who=who)
            is_problem(a, 404, "session_unknown")
            same(a.without_request_id, b.without_request_id)
            same(c.delete(f"/api/v1/me/sessions/{mine}", who=who).status, 204)
            is_problem(c.get("/api/v1/me", who=second), 401, "not_logged_in")
            same(c.get("/api/v1/me", who=other).status, 200)
        with self.case("A profile is changed where it is named"):
            before = c.get("/api/v1/me", who=who).json
            r = c.patch("/api/v1/me", {"name": "새 이름", "locale": "en"}, who=who)
            same((r.status, r.json["name"], r.json["locale"], r.json["email"]), (200, "새 이름", "en", before["email"]))
        with self.case("A suspended member is turned away everywhere"):
            w.sql(f"UPDATE member SET status = 'suspended' WHERE id = {other.member_id}")
            is_problem(c.get("/api/v1/me", who=other), 403, "account_suspended")
            is_problem(c.get("/api/v1/courses", who=other), 403, "account_suspended")
            r = c.post("/api/v1/auth/login", {"email": other.email, "password": PASSWORD})
            is_problem(r, 403, "account_suspended")
        with self.case("Who withdraws is forgotten, and can't log in"):
            same(c.delete("/api/v1/me", who=who).status, 204)
            is_problem(c.get("/api/v1/me", who=who), 401, "not_logged_in")
            is_problem(c.post("/api/v1/auth/login", {"email": who.email, "password": PASSWORD}), 401, "login_wrong")
            row = w.sql(f"SELECT COALESCE(email, ''), name, phone, status FROM member WHERE id = {who.member_id}")[0]
            assert row[0] == "" and "새 이름" not in row[1] and row[2] == "" and row[3] == "withdrawn", row

    def withdraw(self):
        w, c = self.world, self.client
        with self.case("Who withdraws gives the seat to the next, and gets the money back"):
            who, after, course = w.member(), w.member(), w.course(capacity=1)
            w.enrolled(course["id"], who)
            ticket = w.ticket(course["id"], after, "waiting")
            same(c.delete("/api/v1/me", who=who).status, 204)
            w.wait_ticket(ticket["id"], after, "active")
            refunds = c.get(f"/api/v1/admin/refunds?member_id={who.member_id}", who=w.demo("finance")).json["data"]
            same([(r["amount"], r["kind"], r["member"]["name"], r["payee"] is None or r["payee"]["name"] == "시험 회원") for r in refunds],
                 [(50000, "member", "", True)])
        with self.case("Who paid at the desk and withdraws can still be paid: the refund names them until it is done"):
            who, staff, course = w.member(), w.demo("operator"), w.course()
            same(c.patch("/api/v1/me", {"name": "남은이", "phone": "+82 10-7777-4321"}, who=who).status, 200)
            body = {"member_id": who.member_id, "method": "cash", "amount": 50000, "reason": "창구"}
            same(c.post(f"/api/v1/admin/courses/{course['id']}/walk-ins", body, who=staff, key="w-" + who.email).status, 201)
            same(c.delete("/api/v1/me", who=who).status, 204)
            listed = f"/api/v1/admin/refunds?member_id={who.member_id}"
            refund = eventually(lambda: c.get(listed, who=staff).json["data"])[0]
            same((refund["state"], refund["member"]["name"], refund["payee"]),
                 ("by_hand", "", {"member_id": who.member_id, "name": "남은이", "phone": "010-****-4321"}))
            page = c.get(f"/admin/refunds/{refund['id']}", who=w.console("operator@madang.example")).body.decode()
            assert "남은이" in page and "010-7777-4321" in page, page[page.index("<main"):]
            r = c.post(f"/api/v1/admin/refunds/{refund['id']}/done", {"reason": "계좌 이체"}, who=staff, key="d-" + who.email)
            same((r.status, r.json["payee"]), (200, None), repr(r))
            same(c.get(listed, who=staff).json["data"][0]["payee"], None)
            same(w.sql(f"SELECT COUNT(*) FROM refund_payee WHERE member_id = {who.member_id}"), [["0"]])
            same(w.sql("SELECT COUNT(*) FROM staff_log WHERE CONCAT_WS(' ', before_json, after_json) REGEXP '남은이|7777-?4321'"), [["0"]])
        with self.case("Who teaches a course that is not over can't withdraw"):
            who = w.member()
            teacher = c.post("/api/v1/admin/instructors", {"member_id": who.member_id}, who=w.demo("operator")).json
            course = w.course(instructor_id=teacher["id"])
            for lang in ("ko", "en"):
                r = c.delete("/api/v1/me", who=who, lang=lang)
                is_problem(r, 409, "instructor_teaches")
                assert f"C-{course['id']}" in r.json["errors"][0]["message"], repr(r)
            c.post(f"/api/v1/admin/courses/{course['id']}/status", {"status": "finished", "reason": "시험"}, who=w.demo("operator"))
            same(c.delete("/api/v1/me", who=who).status, 204)
            same(c.get(f"/api/v1/admin/instructors/{teacher['id']}", who=w.demo("operator")).json["active"], False)

    def console(self):
        w, c = self.world, self.client
        who = w.member("operator")
        with self.case("The console's cookie is safe, and its login can't be driven from elsewhere"):
            form = self.form(email=who.email, password=PASSWORD)
            kind = "application/x-www-form-urlencoded"
            for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                r = c.post("/admin/login", form, kind=kind, headers=header)
                assert r.status == 403 and not r.cookies, repr(r)
            r = c.post("/admin/login", form, kind=kind, headers={"Sec-Fetch-Site": "same-origin"})
            same(r.status, 303, repr(r))
            line = r.cookie_lines[0]
            for word in ("__Host-madang=", "Secure", "HttpOnly", "Path=/", "SameSite="):
                assert word in line, line
            assert "Domain" not in line, line
        with self.case("The console's login goes on to a path of our own only"):
            for where in ("//evil.example/", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "evil"):
                r = c.post("/admin/login", self.form(email=who.email, password=PASSWORD, next=where), kind=kind)
                location = r.headers.get("location", "")
                assert r.status == 303 and location.startswith("/") and location[1:2] not in ("/", "\\"), f"{where}: {location}"
        with self.case("A wrong console login shows the form again, without the password"):
            r = c.post("/admin/login", self.form(email=who.email, password="wrong-password-1"), kind=kind)
            assert r.status in (401, 422) and b"wrong-password-1" not in r.body and who.email.encode() in r.body, repr(r)
            assert not r.cookies, "a cookie"
        with self.case("A cookie's session is no Bearer token, and a token is no cookie"):
            cookie = w.console(who.email)
            is_problem(c.get("/api/v1/me", who=Caller("x", token=cookie.cookie)), 401, "not_logged_in")
            is_problem(c.get("/api/v1/me", who=Caller("x", cookie=who.token)), 401, "not_logged_in")
            same(c.get("/api/v1/me", who=cookie).status, 200)
        with self.case("A cookie with its CSRF token may change things, another session's CSRF token may not"):
            cookie, another = w.console(who.email), w.console(who.email)
            same(c.patch("/api/v1/me", {"name": "쿠키로"}, who=cookie).status, 200)
            mixed = Caller("mixed", cookie=cookie.cookie, csrf=another.csrf)
            is_problem(c.patch("/api/v1/me", {"name": "남의 토큰"}, who=mixed), 403, "csrf_missing")
        with self.case("Logging out of the console ends its session and clears the cookie"):
            r = c.post("/admin/logout", self.form(csrf=cookie.csrf), who=Caller("x", cookie=cookie.cookie), kind=kind)
            same((r.status, r.headers.get("location")), (303, "/admin/login"), repr(r))
            assert "Max-Age=0" in r.cookie_lines[0], r.cookie_lines
            is_problem(c.get("/api/v1/me", who=cookie), 401, "not_logged_in")

    def notifications(self):
        w, c = self.world, self.client
        who = w.member()
        with self.case("What a member is told is numbered from 1 without a gap, and read up to a number"):
            w.enrolled(w.course()["id"], who)
            for _ in range(2):
                w.ticket(w.course()["id"], who)
            eventually(lambda: len(c.get("/api/v1/notifications", who=who).json["data"]) >= 4)
            r = c.get("/api/v1/notifications", who=who).json
            same([n["seq"] for n in r["data"]], list(range(len(r["data"]), 0, -1)))
            same(r["unread"], len(r["data"]))
            same(c.post("/api/v1/notifications/read", {"up_to": 2}, who=who).json["unread"], r["unread"] - 2)
            same(c.post("/api/v1/notifications/read", {"up_to": 2}, who=who).json["unread"], r["unread"] - 2, "again")
            same(c.post("/api/v1/notifications/read", {"up_to": 10 ** 15}, who=who).json["unread"], 0)
            en = c.get("/api/v1/notifications", who=who, lang="en").json["data"]
            assert all(a["title"] != b["title"] for a, b in zip(r["data"], en)), "the same words in both languages"

    def plain(self):
        """Routes that nothing else has reason to call."""
        c = self.client
        with self.case("Health, time, the document and the catalogue answer anybody"):
            for path in ("/healthz", "/readyz", "/api/v1/ping", "/api/v1/openapi.json", "/api/v1/categories", "/api/v1/courses"):
                same(c.get(path, who=NOBODY).status, 200, path)
            course = self.world.course()
            r = c.get(f"/api/v1/courses/{course['id']}")
            same((r.status, r.json["capacity"], r.json["seats_left"]), (200, 3, 3))
        with self.case("A draft is the staff's own"):
            draft = self.world.course(status="draft")
            is_problem(c.get(f"/api/v1/courses/{draft['id']}"), 404, "course_unknown")
            is_problem(c.get(f"/api/v1/courses/{draft['id']}", who=self.world.demo("operator")), 404, "course_unknown")
            same(c.get(f"/api/v1/admin/courses/{draft['id']}", who=self.world.demo("finance")).status, 200)
        with self.case("The staff's lists and the watched queue answer"):
            staff = self.world.demo("operator")
            for path in ("/api/v1/admin/instructors", "/api/v1/admin/courses", f"/api/v1/admin/courses/{course['id']}/queue"):
                same(c.get(path, who=staff).status, 200, path)

    def all(self):
        self.sign_up()
        self.log_in()
        self.me()
        self.withdraw()
        self.console()
        self.notifications()
        self.plain()
