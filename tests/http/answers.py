"""What holds for answers of every kind: HEAD, methods, languages, headers, requests that nobody should send."""
import html
import re
import socket
import ssl

from client import TLS, NOBODY, Reply
from suite import is_problem, same

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


class Answers:
    def __init__(self, suite, world, everybody):
        self.suite, self.world, self.client = suite, world, suite.client
        self.case, self.boss = suite.case, everybody
        self.contract = suite.client.contract

    def methods(self):
        by_path = {}
        for r in self.contract.routes:
            if r.pool != "pg" and not r.stream:
                by_path.setdefault(r.path, []).append(r)
        for path, routes in by_path.items():
            if not path.startswith("/api/"):
                continue
            have = {r.method for r in routes}
            with self.case(f"{path} says which methods it has"):
                for method in METHODS + ["BREW", "OPTIONS"]:
                    if method in have or self.contract.find(method, routes[0].fill()):
                        continue
                    for lang in ("ko", "en"):
                        r = self.client.call(method, routes[0].fill(), who=self.boss, lang=lang)
                        is_problem(r, 405, "method_not_allowed")
                    allowed = {m.strip() for m in r.headers.get("allow", "").split(",")}
                    same(allowed, have | ({"HEAD"} if "GET" in have else set()), f"Allow for {method}")

    def heads(self):
        for r in self.contract.documented():
            if r.method != "GET" or r.stream or "{" in r.path or any(p.get("required") for p in r.parameters("query")):
                continue
            with self.case(f"HEAD {r.path} is GET without the body"):
                got, head = self.client.get(r.path, who=self.boss), self.client.call("HEAD", r.path, who=self.boss)
                same(head.body, b"")
                same(head.status, got.status)
                for name in ("content-type", "etag", "cache-control"):
                    same(head.headers.get(name), got.headers.get(name), name)

    def languages(self):
        with self.case("The caller's language is understood"):
            wanted = {"en": "en", "en-GB,en;q=0.8": "en", "ko": "ko", "ko-KR,ko;q=0.9,en;q=0.8": "ko", "fr,en;q=0.5,ko;q=0.4": "en",
                      "en;q=0.3, ko;q=0.9": "ko", "": "ko", "xx": "ko", "*": "ko", "en;q=0": "ko", ";;;,,,q=": "ko", "e" * 4000: "ko"}
            titles = {lang: self.client.get("/api/v1/me", lang=lang).json["title"] for lang in ("ko", "en")}
            for header, lang in wanted.items():
                r = self.client.get("/api/v1/me", headers={"Accept-Language": header})
                same(r.json["title"], titles[lang], f"Accept-Language: {header[:40]}")
        with self.case("Every code that was seen in both languages has other words in each"):
            alike = [c for c, t in self.contract.titles.items() if len(t) == 2 and t["ko"] == t["en"]]
            same(alike, [])

    def request_ids(self):
        with self.case("Every request has an id of its own, which a client can't choose"):
            ids = [self.client.get("/api/v1/ping", headers={"X-Request-Id": "chosen-by-me-chosen-by-me"}).headers["x-request-id"] for _ in range(50)]
            same(len(set(ids)), 50)
            assert "chosen-by-me-chosen-by-me" not in ids
        with self.case("A broken traceparent harms nothing"):
            for t in ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-" + "g" * 32 + "-" + "h" * 16 + "-01", "x" * 3000, "00--", ""):
                same(self.client.get("/api/v1/ping", headers={"traceparent": t}).status, 200, t[:60])

    def nowhere(self):
        with self.case("An unknown path of the API is a problem in both languages"):
            for path in ("/api/v1/nothing", "/api/v1/", "/api/", "/api/v2/courses", "/api/v1/courses/", "/api/v1/courses//queue", "/api/v1//courses",
                         "/api/v1/courses/1/2/3/4/5/6", "/api/v1/%2e%2e/%2e%2e/etc/passwd", "/api/v1/courses%00"):
                for lang in ("ko", "en"):
                    r = self.client.get(path, lang=lang)
                    assert r.status in (404, 400) and r.code in ("not_found", "course_unknown", "not_readable"), f"{path}: {r!r}"
        with self.case("What is internal can't be asked for"):
            for path in ("/_sse/0/u.1", "/_files/x", "/sub/u.1", "/pub/u.1", "/metrics", "/static/../madang", "/static/%2e%2e/madang",
                         "/docs/../var/secret", "/docs/%2e%2e/secret", "/.git/config", "/var/secret", "/static/..%2f..%2fsecret", "/nginx_status"):
                r = self.client.get(path, who=self.boss)
                assert r.status in (400, 403, 404), f"{path}: {r.status} {r.body[:80]!r}"

    def raw(self, data, timeout=8):
        """Bytes as they are; the answer's first bytes, or nothing if the connection was closed."""
        s = socket.create_connection((self.client.url.hostname, self.client.url.port), timeout)
        s = TLS.wrap_socket(s, server_hostname="localhost")
        try:
            s.sendall(data)
            out = b""
            while len(out) < 20000:
                part = s.recv(4096)
                if not part:
                    break
                out += part
                head, _, body = out.partition(b"\r\n\r\n")
                if b"Content-Length: " in head and len(body) >= int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0]):
                    break
            return out
        except (OSError, ssl.SSLError):
            return b""
        finally:
            s.close()

    def junk(self):
        with self.case("Bytes that are no request are refused and never a 500") as wrong:
            host = b"Host: localhost\r\nConnection: close\r\n"
            for data in (
                    b"GET / HTTP/1.1\r\n\r\n", b"\x00\x01\x02\x03\r\n\r\n", b"GET /api/v1/ping HTTP/9.9\r\n" + host + b"\r\n",
                    b"GET " + b"/x" * 20000 + b" HTTP/1.1\r\n" + host + b"\r\n",
                    b"GET /api/v1/ping HTTP/1.1\r\n" + host + b"X-Long: " + b"y" * 70000 + b"\r\n\r\n",
                    b"POST /api/v1/auth/login HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n",
                    b"POST /api/v1/auth/login HTTP/1.1\r\n" + host + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
                    b"POST /api/v1/auth/login HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
                    b"POST /api/v1/auth/login HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                    b"GET /api/v1/%zz HTTP/1.1\r\n" + host + b"\r\n", b"GET /api/v1/\xff\xfe HTTP/1.1\r\n" + host + b"\r\n",
                    b"GET http://evil.example/api/v1/ping HTTP/1.1\r\n" + host + b"\r\n",
                    b"CONNECT localhost:1 HTTP/1.1\r\n" + host + b"\r\n", b"TRACE / HTTP/1.1\r\n" + host + b"\r\n"):
                out = self.raw(data)
                status = int(out.split(b" ", 2)[1]) if out.startswith(b"HTTP/1.") else 0
                if status >= 500 and status != 505 or (status == 200 and b"evil" not in data):
                    wrong.append(f"{data[:60]!r}: {out[:120]!r}")
                if status >= 400 and b"\r\n" in out:
                    head = [line.split(b": ", 1) for line in out.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]]
                    reply = Reply(status, [(n.decode(), v.decode("latin-1")) for n, v in head], b"", "ko")
                    wrong += [f"{data[:40]!r}: {w}" for w in self.contract.check_headers(reply)]
        with self.case("A body in chunks is a body"):
            out = self.raw(b"POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n5\r\n{\"ema\r\n8\r\nil\":\"x\"}\r\n0\r\n\r\n")
            assert b" 422 " in out[:20], out[:200]

    def caching(self):
        with self.case("What is somebody's own is never kept by anybody else"):
            for path in ("/api/v1/me", "/api/v1/me/tickets", "/api/v1/notifications", "/api/v1/admin/courses"):
                r = self.client.get(path, who=self.boss)
                assert "no-store" in r.headers.get("cache-control", ""), f"{path}: Cache-Control {r.headers.get('cache-control')!r}"
        with self.case("A file that hasn't changed isn't sent again"):
            for path in ("/static/admin/kit.js", "/static/admin/icon.svg", "/docs/ko/problems.html", "/docs/en/course.html", "/docs/try/"):
                for packed in ("identity", "gzip"):
                    more = {"Accept-Encoding": packed}
                    tag = self.client.get(path, headers=more).headers["etag"]
                    for tags, status in ((tag, 304), (f'"other", {tag}', 304), ("*", 304), (f"W/{tag.removeprefix('W/')}", 304), ('"other"', 200)):
                        r = self.client.get(path, headers={**more, "If-None-Match": tags})
                        same((r.status, r.body == b""), (status, status == 304), f"{path} {packed} {tags}")
                        assert r.headers.get("cache-control"), f"{path}: no Cache-Control"
        with self.case("An answer with live numbers is sent whatever version of it is known"):
            course = self.world.course()
            path = f"/api/v1/courses/{course['id']}"
            before = self.client.get(path)
            self.world.ticket(course["id"], self.world.member())
            r = self.client.get(path, headers={"If-None-Match": before.headers["etag"]})
            same((r.status, r.headers["etag"], r.json["seats_left"]), (200, before.headers["etag"], before.json["seats_left"] - 1))
        with self.case("A change by the staff is seen at once by everybody"):
            staff = self.world.demo("operator")
            course = self.world.course()
            for i in range(5):
                tag = self.client.get(f"/api/v1/admin/courses/{course['id']}", who=staff).headers["etag"]
                title = f"바로 보이는 이름 {i}"
                self.client.patch(f"/api/v1/admin/courses/{course['id']}", {"title": title}, who=staff, headers={"If-Match": tag})
                same(self.client.get(f"/api/v1/courses/{course['id']}", who=NOBODY).json["title"], title)

    def walk_reference(self):
        """{path: (text, marks)} of all pages under /docs/, from its front page on, and nothing that they link to is missing."""
        seen, todo, asked = {}, ["/docs/"], set()
        while todo:
            path = todo.pop()
            if path in asked:
                continue
            asked.add(path)
            r = self.client.get(path)
            same(r.status, 200, path)
            if path.startswith("/docs/"):
                page = r.body.decode()
                seen[path] = page, set(re.findall(r'id="([^"]+)"', page))
                bad = re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page)
                same(bad, [], f"{path}: what its policy forbids")
                todo += [link.split("#")[0] for link in re.findall(r'href="(/[^"]*)"', page)]
        return seen

    def reference(self):
        pages = self.walk_reference()
        with self.case("The reference under /docs/ has every route and every code in both languages, and no link of it leads nowhere") as wrong:
            for path, (text, _) in pages.items():
                for link in set(re.findall(r'href="(/docs/[^"]+#[^"]+)"', text)):
                    at, _, mark = link.partition("#")
                    if mark not in pages[at][1]:
                        wrong.append(f"{path}: {link}: no such place")
            for lang in ("ko", "en"):
                marks = set().union(*(m for path, (_, m) in pages.items() if path.startswith(f"/docs/{lang}/")))
                for route in self.contract.documented():
                    if route.method + re.sub(r"[/.]", "-", re.sub(r"[{}]", "", route.path)) not in marks:
                        wrong.append(f"{route.name} is not in the reference ({lang})")
                    wrong += [f"{code} is not among the problems ({lang})" for _, code in route.codes if code not in pages[f"/docs/{lang}/problems.html"][1]]
        with self.case("Each page of the reference is in its address's language, and has the same places in the other"):
            for path, (text, marks) in pages.items():
                lang = (re.match(r"/docs/(ko|en)/", path) or [None, "ko"])[1]
                assert f'<html lang="{lang}"' in text, path
                if path != "/docs/":
                    twin = path.replace("/ko/", "/en/") if lang == "ko" else path.replace("/en/", "/ko/")
                    assert f'href="{twin}"' in text, f"{path}: no link to {twin}"
                    same(pages[twin][1], marks, path)
        with self.case("What the declarations say stands in the reference in Korean"):
            document = self.client.get("/api/v1/openapi.json").json
            korean, english = ("".join(text for path, (text, _) in pages.items() if path.startswith(f"/docs/{lang}/")) for lang in ("ko", "en"))
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    said = html.escape(operation["summary"].split("`")[0]).replace("&#x27;", "&#39;")
                    assert said in english, f"{method} {path}: {said!r} is not in the English reference"
                    assert said not in korean, f"{method} {path}: {said!r} is in the Korean reference"
        self.reference_languages()

    def reference_languages(self):
        def lang_of(path, accept, cookie=None):
            r = self.client.get(path, headers={"Accept-Language": accept, **({"Cookie": f"lang={cookie}"} if cookie else {})})
            same(r.status, 200, path)
            return re.search(r'<html lang="(..)"', r.body.decode())[1], r
        with self.case("A page of the reference without a language in its address is in the reader's, as a page of the console"):
            for page, mark in (("/docs/", 'id="main"'), ("/docs/course.html", 'id="GET-api-v1-courses"'), ("/docs/problems.html", 'id="not_found"'), ("/docs/try/", 'id="operation"')):
                for accept, cookie, wanted in (("", None, "ko"), ("ko-KR,ko;q=0.9,en;q=0.8", None, "ko"), ("en-GB,en;q=0.8", None, "en"), ("fr,en;q=0.5,ko;q=0.4", None, "en"),
                                               ("en;q=0", None, "ko"), ("xx", None, "ko"), ("en", "ko", "ko"), ("ko", "en", "en"), ("en", "xx", "ko")):
                    lang, r = lang_of(page, accept, cookie)
                    same(lang, wanted, f"{page}, Accept-Language {accept!r}, cookie {cookie}")
                    assert mark in r.body.decode(), f"{page} ({lang}) is another page"
                    vary = r.headers.get("vary", "")
                    assert "Cookie" in vary and "Accept-Language" in vary, f"{page}: Vary {vary!r}"
            for page in ("/docs/ko/course.html", "/docs/en/course.html", "/docs/en/try.html"):
                lang, r = lang_of(page, "en" if "/ko/" in page else "ko", "en" if "/ko/" in page else "ko")
                same(lang, page[6:8], page)
                assert "Cookie" not in r.headers.get("vary", ""), f"{page} is the same for all readers"
        with self.case("Nothing else is under /docs/"):
            for path in ("/docs/fr/", "/docs/nothing.html", "/docs/ko/nothing.html", "/docs/ko/en/", "/docs/en/try/x"):
                for accept in ("ko", "en"):
                    same(self.client.get(path, headers={"Accept-Language": accept}).status, 404, path)

    def all(self):
        self.reference()
        self.methods()
        self.heads()
        self.request_ids()
        self.nowhere()
        self.junk()
        self.caching()
        self.languages()
