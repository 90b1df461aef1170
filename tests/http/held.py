"""A form that comes when its session is over: it is kept by the page of the login, and sent after a look at it. Nothing else is kept."""
import concurrent.futures
import html.parser
import secrets
import urllib.parse

from client import NOBODY, Caller
from suite import same
from world import PASSWORD

FORM = "application/x-www-form-urlencoded"
OURS = {"Sec-Fetch-Site": "same-origin"}
LONGEST, MOST = 240 * 1024, 480
NASTY = "</dd></script><script>alert(1)</script>\"'&amp; <b>"


class Forms(html.parser.HTMLParser):
    """The forms of a page: method, action, and what a browser would send of the inputs."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.scripts = [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append((a.get("method"), a.get("action"), []))
        elif tag == "input" and self.forms and a.get("name"):
            self.forms[-1][2].append((a["name"], a.get("value", "")))
        elif tag == "script" and not a.get("src"):
            self.scripts += 1

    def to(self, action):
        return next((fields for method, at, fields in self.forms if method == "post" and at == action), None)


def main(reply):
    text = reply.body.decode()
    return text[text.index("<main"):text.index("</main")]


def page(reply):
    return Forms(reply.body.decode())


class Held:
    def __init__(self, suite, world):
        self.world, self.client, self.case = world, suite.client, suite.case

    def send(self, path, fields, who=NOBODY, headers=OURS, **more):
        if who.csrf:      # a form carries its token as a field
            who = Caller(who.name, cookie=who.cookie)
        return self.client.post(path, urllib.parse.urlencode(fields).encode(), who=who, kind=FORM, headers=headers, **more)

    def operator(self, *roles):
        return self.world.console(self.world.member(*(roles or ("operator",))).email)

    def ended(self):
        """Whose form it was, and the same without a session."""
        who = self.operator()
        same(self.send("/admin/logout", {"csrf": who.csrf}, who=who).status, 303)
        return who

    def log_in(self, reply, email, password=PASSWORD):
        fields = dict(page(reply).to("/admin/login"), email=email, password=password)
        r = self.send("/admin/login", fields)
        return r, Caller(email, cookie=r.cookies.get("__Host-madang"), email=email)

    def category(self, name, who, **more):
        return {"csrf": who.csrf or "", "_once": secrets.token_hex(12), "name": name, "parent_id": "", **more}

    def count(self, name):
        return int(self.world.sql(f"SELECT COUNT(*) FROM category WHERE name = '{name}'")[0][0])

    def name(self):
        return "분류 " + secrets.token_hex(4)

    def all(self):
        self.kept()
        self.another_session()
        self.another_person()
        self.not_kept()
        self.hostile()
        self.bounds()

    def kept(self):
        for how in ("no cookie", "an ended session", "an expired one"):
            with self.case(f"A form without its session ({how}) is kept by the login and sent by its button"):
                name = self.name()
                who = self.operator()
                caller = who
                if how == "an expired one":
                    self.world.sql(f"UPDATE session SET access_expires_at = '2020-01-01' WHERE csrf = '{who.csrf}'")
                else:
                    self.world.sql(f"DELETE FROM session WHERE csrf = '{who.csrf}'")
                    caller = NOBODY if how == "no cookie" else who
                sent = self.category(name, who)
                r = self.send("/admin/categories", sent, who=caller)
                same(r.status, 401, repr(r))
                same(r.headers.get("cache-control"), "private, no-cache")
                assert "입력한 내용은 그대로 있습니다" in r.body.decode() and name in r.body.decode(), main(r)
                for _ in range(2):
                    r, nobody = self.log_in(r, who.email, "not-the-password")
                    assert r.status == 422 and not r.cookies and "입력한 내용은 그대로 있습니다" in r.body.decode(), repr(r)
                r, now = self.log_in(r, who.email)
                same((r.status, self.count(name)), (200, 0), "nothing is sent by itself")
                fields = page(r).to("/admin/categories")
                same([(n, v) for n, v in fields if n != "csrf"], [(n, v) for n, v in sent.items() if n != "csrf"])
                assert dict(fields)["csrf"] != who.csrf and f"<dt>분류 이름</dt><dd class=\"text\">{name}</dd>" in r.body.decode(), main(r)
                done = self.send("/admin/categories", fields, who=now)
                again = self.send("/admin/categories", fields, who=now)
                same((done.status, again.status, again.headers.get("location")), (303, 303, done.headers.get("location")), repr(done))
                same(self.count(name), 1, "pressed twice")
        with self.case("It is said in both languages"):
            r = self.send("/admin/categories", self.category("x", NOBODY), lang="en")
            assert "What you typed is kept" in r.body.decode(), main(r)
        with self.case("A form whose answer was lost with the session is not done twice when it is sent again"):
            name, who = self.name(), self.operator()
            sent = self.category(name, who)
            first = self.send("/admin/categories", sent, who=who)
            self.send("/admin/logout", {"csrf": who.csrf}, who=who)
            r, now = self.log_in(self.send("/admin/categories", sent, who=who), who.email)
            r = self.send("/admin/categories", page(r).to("/admin/categories"), who=now)
            same((r.status, r.headers.get("location"), self.count(name)), (303, first.headers.get("location"), 1), repr(r))
        with self.case("A key that was used for something else still is, whatever the token"):
            r = self.send("/admin/categories", {**sent, "csrf": self.operator().csrf, "name": name + "!"}, who=now)
            same(r.status, 403, "a token of somebody else's session")
            r = self.send("/admin/categories", [(n, v + "!" if n == "name" else v) for n, v in page(r).to("/admin/categories")], who=now)
            same((r.status, self.count(name + "!")), (422, 0), repr(r))
        with self.case("The query of the address goes along"):
            r = self.send("/admin/requests/1/stage?state=submitted", {"csrf": "", "decision": "none"})
            r, now = self.log_in(r, self.operator().email)
            assert page(r).to("/admin/requests/1/stage?state=submitted"), main(r)

    def another_session(self):
        with self.case("A form of an older session, sent from a page of ours, is asked about again instead of being lost"):
            name, before, now = self.name(), self.ended(), self.operator()
            sent = self.category(name, before)
            r = self.send("/admin/categories", sent, who=now)
            same((r.status, self.count(name)), (403, 0))
            assert page(r).to("/admin/login") is None and now.email in r.body.decode(), main(r)
            r = self.send("/admin/categories", page(r).to("/admin/categories"), who=now)
            same((r.status, self.count(name)), (303, 1), repr(r))
        with self.case("From elsewhere, or from who doesn't say where, it is refused and not kept"):
            for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://evil.example"},
                            {"Origin": "null"}):
                r = self.send("/admin/categories", self.category(name + "2", before), who=now, headers=headers)
                assert r.status == 403 and name + "2" not in r.body.decode(), f"{headers}: {r!r}"
            same(self.count(name + "2"), 0)

    def another_person(self):
        with self.case("Who logs in may be somebody else: the path's own rights decide"):
            name = self.name()
            r = self.send("/admin/categories", self.category(name, self.ended()))
            r, now = self.log_in(r, self.world.member("finance").email)
            same(r.status, 200, repr(r))
            r = self.send("/admin/categories", page(r).to("/admin/categories"), who=now)
            same((r.status, self.count(name)), (403, 0), repr(r))
        with self.case("What is not theirs stays unknown to them"):
            fields = {"csrf": "x", "_once": secrets.token_hex(8)}
            r, now = self.log_in(self.send("/teach/requests/999999999/withdraw", fields), self.world.member("instructor").email)
            r = self.send("/teach/requests/999999999/withdraw", page(r).to("/teach/requests/999999999/withdraw"), who=now)
            same(r.status, 404, repr(r))

    def not_kept(self):
        with self.case("The login, the logout and the preferences are not kept, nor what is no form"):
            for path in ("/admin/login", "/admin/logout", "/admin/preferences", "/verify"):
                r = self.send(path, {"email": "kept-words", "password": "kept-words-1", "token": "kept-words", "back": "/kept-words"})
                assert "_held" not in r.body.decode(), f"{path}: {r!r}"
            for kind, body in (("application/json", b'{"name":"kept-words"}'), ("multipart/form-data; boundary=b", b"--b\r\n\r\nkept-words"), (None, b"name=kept-words")):
                r = self.client.post("/admin/categories", body, kind=kind, headers=OURS)
                assert r.status == 401 and b"kept-words" not in r.body, repr(r)
        with self.case("The API says 401 as ever"):
            r = self.client.post("/api/v1/admin/courses", {"title": "x"}, headers=OURS)
            same((r.status, r.code), (401, "not_logged_in"))
        with self.case("CSRF tokens and passwords are left out"):
            sent = {"csrf": "old-token", "name": "x", "password": "secret-1", "new_password": "secret-2", "userPassword2": "secret-3"}
            r = self.send("/admin/categories", sent)
            assert all(w not in r.body.decode() for w in ("old-token", "secret-")), main(r)
            fields = dict(page(r).to("/admin/login"))
            same({n for n in fields if n.startswith("_held")}, {"_held_to", "_held.name"})

    def hostile(self):
        who = self.operator()
        with self.case("What a foreign page posts is not kept"):
            for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "https://evil.example"},
                            {"Sec-Fetch-Site": "cross-site", "Origin": self.world.settings["base_url"]}):
                r = self.send("/admin/categories", self.category("planted", NOBODY), headers=headers)
                assert r.status == 401 and "planted" not in r.body.decode(), f"{headers}: {r!r}"
            r = self.send("/admin/categories", self.category("ours", NOBODY), headers={"Origin": self.world.settings["base_url"]})
            assert r.status == 401 and "ours" in r.body.decode(), repr(r)
        with self.case("A login form that a foreign page made plants nothing"):
            planted = {"email": who.email, "password": PASSWORD, "next": "/admin/courses", "_held_to": "/admin/categories", "_held.name": "planted"}
            r = self.send("/admin/login", planted, headers={"Sec-Fetch-Site": "cross-site"})
            assert r.status == 403 and not r.cookies and "planted" not in r.body.decode(), repr(r)
            r = self.send("/admin/login", planted, headers={})
            assert r.status == 303 and r.headers["location"] == "/admin/courses", repr(r)
        with self.case("A kept form goes to a path of ours that takes one, nowhere else"):
            for to in ("https://evil.example/", "//evil.example/admin/categories", "/\\evil.example", "javascript:alert(1)", "/admin/login", "/admin/logout",
                       "/admin/preferences", "/verify", "/api/v1/admin/courses", "/admin/courses/1", "/admin/nothing", "/", "", "/admin/categories?a\r\nX: y", "/admin/courses/\\evil/edit", "/admin/%2e%2e/x",
                       "/admin/categories" + "?" + "x" * 600):
                r = self.send("/admin/login", {**planted, "_held_to": to})
                assert r.status == 303 and "planted" not in r.body.decode(), f"{to}: {r!r}"
        with self.case("Names and values are shown as text, and come through as they were"):
            sent = {"csrf": "", "name": NASTY + "\r\n 둘째 줄 ", NASTY: NASTY, "_held.name": "a name like ours", "_held_to": "/admin/login", "action": "x", "submit": "y"}
            r = self.send("/admin/categories", sent)
            for turn in range(2):
                text = r.body.decode()
                assert page(r).scripts == 0 and "<b>" not in text and "<script>" not in text, text
                if turn == 0:
                    r, now = self.log_in(r, who.email)
            same([(n, v) for n, v in page(r).to("/admin/categories") if n != "csrf"], [(n, v) for n, v in sent.items() if n != "csrf"])
        with self.case("What is no text is not kept"):
            for body in (b"name=%ff%fe", b"%ff=x", b"name=a%00b"):
                r = self.client.post("/admin/categories", body, kind=FORM, headers=OURS)
                assert r.status == 401 and b"_held" not in r.body, repr(r)

    def bounds(self):
        who = self.operator()
        with self.case("A long form is kept up to the bound, with the whole way to go"):
            sent = [(f"_x{i}", "가") for i in range(MOST - 1)] + [("name", "long-words ")]
            room = LONGEST - len(urllib.parse.urlencode(sent))
            sent[-1] = ("name", "long-words " + "x" * room)
            r, now = self.log_in(self.send("/admin/categories", sent), who.email)
            same([p for p in page(r).to("/admin/categories") if p[0] != "csrf"], sent)
            r = self.send("/admin/categories", page(r).to("/admin/categories"), who=now)
            same(r.status, 422, repr(r))
            many = [(f"x{i}", "가") for i in range(MOST)]
            r, now = self.log_in(self.send("/admin/categories", many), who.email)
            same([p for p in page(r).to("/admin/categories") if p[0] != "csrf"], many)
        with self.case("Long forms with long answers arrive whole, however many are sent at once"):
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _nth: self.send("/admin/categories", sent, checked=False), range(200)))
            same({(r.status, r.body.endswith(b"</html>\n")) for r in answers}, {(401, True)})
        with self.case("A longer one is not, and the page says so"):
            for sent in ([*sent[:-1], ("name", "long-words " + "x" * (room + 1))], [("name", "long-words " + "x" * 300000)], [("name", "long-words " + "x" * 900000)],
                         [*many, ("one", "more")]):
                r = self.send("/admin/categories", sent)
                text = r.body.decode()
                assert r.status == 401 and "너무 길어" in text and "long-words" not in text and "_held" not in text, repr(r)
                r, now = self.log_in(r, who.email)
                same((r.status, r.headers.get("location")), (303, "/admin/categories"), repr(r))
