"""Pages: each is shown to whom it is for; forms need their token, and show again what was typed and what is wrong."""
import re
import secrets
import urllib.parse

from client import Caller
from owners import Owners
from suite import same

FORM = "application/x-www-form-urlencoded"


class Pages:
    def __init__(self, suite, world, everybody):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case
        self.boss = everybody
        self.contract = suite.client.contract

    def ids(self):
        """An id that exists, by the words of the path before it."""
        w, own = self.world, Owners(self.suite, self.world)
        course, who = w.course(price=30000), w.member()
        paid = w.enrolled(course["id"], who)
        ((payment, ticket),) = w.sql(f"SELECT id, ticket_id FROM payment WHERE order_id = '{paid['order_id']}'")
        refunded = w.sql("SELECT MAX(id) FROM refund")[0][0]
        if refunded == "NULL":
            self.client.post(f"/api/v1/admin/payments/{payment}/refund", {"amount": 1000, "reason_code": "mistake", "keeps_seat": True}, who=self.boss,
                             key=secrets.token_hex(8))
            refunded = w.sql("SELECT MAX(id) FROM refund")[0][0]
        request = own.request(self.boss)["id"]
        decided = self.client.post("/api/v1/admin/requests/bulk", {"ids": [own.request(self.boss)["id"]], "action": "approve"}, who=self.boss,
                                   key=secrets.token_hex(8)).json
        return {"admin/members": who.member_id, "admin/payments": payment, "admin/refunds": refunded, "admin/tickets": ticket,
                "admin/categories": course["category"]["id"], "admin/courses": course["id"], "admin/live/queue": course["id"], "admin/instructors": course["instructor"]["id"], "admin/terms": 1, "admin/requests": request,
                "admin/requests/batches": decided["batch_id"], "teach/courses": own.teaching(self.boss)["id"],
                "teach/requests": own.draft(self.boss)["id"]}

    @staticmethod
    def kind(path):
        return path.split("/{")[0].strip("/") if "{" in path else ""

    def shown(self, cookie):
        ids = self.ids()
        for r in self.contract.routes:
            if not r.page or r.method != "GET" or r.path.endswith(".csv"):      # a file
                continue
            kind = self.kind(r.path)
            path = r.fill(id=ids[kind] if kind else 0) + ("?token=nonsense" if r.path == "/verify" else "")
            with self.case(f"The page {r.path} is shown in both languages"):
                for lang in ("ko", "en"):
                    page = self.client.get(path, who=cookie, lang=lang)
                    same(page.status, 200, repr(page))
                    text = page.body.decode()
                    assert f'lang="{lang}"' in text[:300], text[:300]
                    for bad in ("{{", "}}", "undefined", "(null)"):
                        assert bad not in text, f"{bad!r} in the page"
                    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S|<style|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=", text)
                    same(inline, [], "what its own policy forbids")
                    keys = re.findall(r"(?<!<code)>\s*((?:word|field|problem|page|course|account|t)\.[a-z_.]+)\s*<", text)
                    same(keys, [], "keys without words")

    def questions(self, cookie):
        """Each field of each form that asks (method get), with a word that none of them knows: an answer, no fault."""
        ids, asked = self.ids(), set()
        for r in self.contract.routes:
            if not r.page or r.method != "GET" or r.path.endswith(".csv") or r.path == "/verify":
                continue
            kind = self.kind(r.path)
            text = self.client.get(r.fill(id=ids[kind] if kind else 0), who=cookie).body.decode()
            for action, form in re.findall(r'<form[^>]*method="get" action="([^"?]+)[^>]*>(.*?)</form>', text, re.S):
                asked |= {(action, name) for name in re.findall(r'<(?:select|input)[^>]* name="([^"]+)"', form)}
        with self.case("What a form asks with a word that there is not is refused, or finds nothing") as wrong:
            for action, name in sorted(asked):
                page = self.client.get(f"{action}?{name}=no-such-word", who=cookie)
                if page.status not in (200, 303, 404, 422):
                    wrong.append(f"{action}?{name}=: {page!r}")
            assert len(asked) > 20, asked

    def forms(self, cookie):
        ids = self.ids()
        for r in self.contract.routes:
            if r.method != "POST" or r.path.startswith(("/api/", "/sandbox/")) or r.pool == "pg" or r.path in ("/admin/logout",):
                continue
            path = r.fill(id=ids.get(self.kind(r.path), 999999999))
            if r.roles and not r.no_csrf:
                with self.case(f"The form {r.path} needs its token"):
                    bare = Caller("bare", cookie=cookie.cookie)
                    for body in (b"", b"csrf=", b"csrf=nonsense", b"_csrf=" + cookie.csrf.encode()):
                        same(self.client.post(path, body, who=bare, kind=FORM).status, 403, str(body))
            with self.case(f"The form {r.path} says what is wrong, as a page"):
                for body in (urllib.parse.urlencode({"csrf": cookie.csrf, "no_such_member": "1"}).encode(),
                             b"csrf=" + cookie.csrf.encode() + b"&%ff=%ff&=&&&a&%00=1", b"csrf=" + cookie.csrf.encode()):
                    page = self.client.post(path, body, who=Caller("form", cookie=cookie.cookie), kind=FORM)
                    assert page.status in (200, 303, 400, 401, 404, 409, 422), repr(page)
                page = self.client.post(path, b'{"csrf":1}', who=Caller("form", cookie=cookie.cookie, csrf=cookie.csrf), kind="application/json")
                assert page.status in (415, 422), repr(page)

    def typed_text(self, cookie):
        with self.case("What was typed into a refused form comes back, escaped"):
            nasty = "</textarea><script>alert(1)</script>\"'&"
            body = urllib.parse.urlencode({"csrf": cookie.csrf, "title": nasty, "description": nasty, "capacity": "-5"}).encode()
            page = self.client.post("/admin/courses/new", body, who=Caller("form", cookie=cookie.cookie), kind=FORM)
            same(page.status, 422)
            text = page.body.decode()
            assert "<script>alert(1)" not in text, "not escaped"
            assert "&lt;script&gt;alert(1)" in text, "what was typed is gone"
        with self.case("A course with a nasty name is shown escaped everywhere"):
            nasty = '<img src=x onerror=alert(1)>"\'&amp;'
            course = self.world.course(title=nasty)
            for path in ("/admin/courses", f"/admin/courses/{course['id']}", f"/admin/courses/{course['id']}/edit"):
                text = self.client.get(path, who=cookie, lang="ko").body.decode()
                assert "<img src=x" not in text, path
        with self.case("The wall shows what is open, and not what is closed"):
            shut = self.world.course()
            self.client.post(f"/api/v1/admin/courses/{shut['id']}/status", {"status": "closed"}, who=self.boss, key="wall-shut")
            opens = self.world.course()
            seen = self.client.get("/api/v1/admin/openings?limit=100", who=self.boss).json["data"]
            assert opens["id"] in [one["id"] for one in seen], [one["id"] for one in seen]
            assert shut["id"] not in [one["id"] for one in seen]
        with self.case("Who isn't logged in is led to the login and back"):
            page = self.client.get("/admin/courses")
            same((page.status, page.headers.get("location")), (303, "/admin/login?next=%2Fadmin%2Fcourses"))
        with self.case("Who may not see a page gets a page that says so"):
            page = self.client.get("/admin/courses", who=self.world.member())
            assert page.status == 403 and b"<html" in page.body, repr(page)
        with self.case("An unknown page is a page, in the frame that the reader knows"):
            page = self.client.get("/admin/nothing", who=cookie)
            assert page.status == 404 and b"<html" in page.body and b'class="rail"' in page.body, repr(page)
        with self.case("Who is turned away hears who is not, sees where they may go, and is not sent to the same refusal again"):
            page = self.client.get("/admin/tickets/1", who=self.world.console(self.world.member("finance").email)).body.decode()
            assert "운영자, 관리자만" in page and 'href="/admin/payments"' in page and 'class="btn" href="/admin/"' in page, page
            page = self.client.get("/admin/courses", who=self.world.console(self.world.member().email)).body.decode()
            main = page[page.index("<main"):]
            assert 'action="/admin/logout"' in main and 'href="/"' not in main, main
        with self.case("The address of a page that a form was answered with leads to its form, and browsers may keep that page for the way back"):
            course = self.world.course()["id"]
            for path, form in ((f"/admin/courses/{course}/desk/check", f"/admin/courses/{course}/desk"), ("/admin/payments/1/refund/check", "/admin/payments/1/refund"),
                               (f"/admin/courses/{course}/status", f"/admin/courses/{course}"), ("/admin/refunds/1/done/check", "/admin/refunds/1")):
                page = self.client.get(path, who=cookie)
                same((page.status, page.headers.get("location")), (303, form), path)
            body = urllib.parse.urlencode({"csrf": cookie.csrf, "title": ""}).encode()
            page = self.client.post("/admin/courses/new", body, who=Caller("form", cookie=cookie.cookie), kind=FORM)
            same((page.status, page.headers.get("cache-control")), (422, "private, no-cache"))
            same(self.client.get("/admin/courses/new", who=cookie).headers.get("cache-control"), "no-store")
            out = self.world.console(self.world.member("operator").email)
            page = self.client.post("/admin/logout", urllib.parse.urlencode({"csrf": out.csrf}).encode(), who=Caller("form", cookie=out.cookie), kind=FORM)
            same((page.status, page.headers.get("clear-site-data")), (303, '"cache"'))
        with self.case("The pages of a course have the same tabs, in the same order; who may not see one does not see its tab"):
            for who, words in ((cookie, ["개요", "신청", "대기", "출석부", "변경 요청", "변경 이력"]),
                               (self.world.console(self.world.member("finance").email), ["개요", "변경 요청", "변경 이력"])):
                for path in (f"courses/{course}", f"courses/{course}/students", f"courses/{course}/tickets", f"courses/{course}/attendance",
                             f"requests?state=any&course_id={course}", f"audit?object_type=course&object_id=C-{course}", f"live/queue/{course}"):
                    page = self.client.get("/admin/" + path, who=who)
                    if page.status == 403 and who is not cookie:
                        continue
                    tabs = re.search(r'<nav class="tabs no-print".*?</nav>', page.body.decode(), re.S)
                    assert page.status == 200 and tabs, repr(page)
                    same(re.findall(r">([^<]+)</a>", tabs[0]), words, path)
                    same(tabs[0].count("aria-current"), 1, path)
                    for href in re.findall(r'href="([^"]+)"', tabs[0]):
                        same(self.client.get(href.replace("&amp;", "&"), who=who).status, 200, href)
        with self.case("A saved view on Today says in words which list it narrows"):
            body = urllib.parse.urlencode({"csrf": cookie.csrf, "page": "/admin/courses", "query": "status=open", "name": f"열린 것 {self.world.mark}"}).encode()
            same(self.client.post("/admin/views", body, who=Caller("form", cookie=cookie.cookie), kind=FORM).status, 303)
            today = self.client.get("/admin/", who=cookie).body.decode()
            assert re.search(rf'열린 것 {self.world.mark}</a> <span class="muted small">강좌</span>', today), today[today.index('id="views"'):][:400]
        with self.case("Any page may be asked to say what was done, which is no input of it; an unknown name is still wrong"):
            for path in ("courses/1", "members", "events"):
                same(self.client.get(f"/admin/{path}?done=saved", who=cookie).status, 200, path)
                same(self.client.get(f"/admin/{path}?done=saved&dine=saved", who=cookie).status, 422, path)
            same(self.client.get("/api/v1/admin/members?done=saved", who=self.boss).status, 422)
        with self.case("A filter shows what it is set to, whatever else the page holds; numbers stand in inputs that take C-17"):
            course = self.world.course()["id"]
            for path, shown in (("payments?status=paid&method=cash", '<option value="paid" selected>'), ("payments?method=cash", '<option value="cash" selected>'),
                                (f"courses/{course}/students?status=any", '<option value="any" selected>'),
                                ("requests?kind=edit", '<option value="edit" selected>'), ("members?role=operator", '<option value="operator" selected>'),
                                (f"courses?category_id={self.world.references()[0]}", f'<option value="{self.world.references()[0]}" selected>'),
                                ("instructors", '<option value="true" selected>'), ("audit?action=course.create", '<option value="course.create" selected>'),
                                (f"enrolments?course_id=C-{course}", f'name="course_id" type="text" value="{course}"'),
                                ("timetable?week=2026-11-18", 'name="week" type="date" value="2026-11-16"')):
                page = self.client.get("/admin/" + path, who=cookie).body.decode()
                assert shown in page, (path, page[page.index('class="filters"'):][:1500])
        with self.case("Filters take a number as the console prints it, and pages show fifty rows where the API gives twenty"):
            for path in ("enrolments?course_id=C-1&member_id=m-1", "requests?course_id=C-1", "audit?member_id=M-1&object_type=payment&object_id=P-1"):
                same(self.client.get("/admin/" + path, who=cookie).status, 200, path)
            same(self.client.get("/admin/enrolments?course_id=E-1", who=cookie).status, 422)
            n = len(re.findall(r'<th scope="row">', self.client.get("/admin/audit", who=cookie).body.decode()))
            same((n, len(self.client.get("/api/v1/admin/audit", who=self.boss).json["data"])), (50, 20))

    def all(self):
        cookie = self.world.console(self.boss.email)
        self.shown(Caller("boss by cookie", cookie=cookie.cookie))
        self.questions(Caller("boss by cookie", cookie=cookie.cookie))
        self.forms(cookie)
        self.typed_text(Caller("boss", cookie=cookie.cookie, csrf=cookie.csrf))
