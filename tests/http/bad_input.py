"""What is wrong with an input is said with the right code, in both languages, on every route, and changes nothing."""
import json
import urllib.parse

from client import NOBODY, Caller
from letters import Letters
from suite import is_problem, same
from world import digest, forged_token

BIG = 99999999999999999999999999
TEN_MEGABYTES = b'{"title":"' + b"x" * (10 << 20) + b'"}'


class BadInput:
    def __init__(self, suite, world, everybody):
        self.suite, self.world, self.client = suite, world, suite.client
        self.contract = suite.client.contract
        self.boss = everybody            # has every role

    # ---- samples ----

    def deref(self, schema):
        while "$ref" in schema:
            schema = self.contract.resolve(schema["$ref"])
        return next((self.deref(s) for s in schema["anyOf"] if s.get("type") != "null"), schema) if "anyOf" in schema else schema

    def sample(self, schema):
        """The least that the schema lets through."""
        schema = self.deref(schema)
        kinds = schema.get("type", "object")
        kind = kinds if isinstance(kinds, str) else kinds[0]
        if "enum" in schema:
            return schema["enum"][-1]
        if kind == "object":
            return {n: self.sample(schema["properties"][n]) for n in schema.get("required", [])}
        if kind == "array":
            return [self.sample(schema["items"]) for _ in range(schema.get("minItems", 0))]
        if kind == "integer":
            return max(schema.get("minimum", 1), min(1, schema.get("maximum", 1)))
        if kind == "boolean":
            return False
        return self.text(schema)

    @staticmethod
    def text(schema):
        kind = schema.get("format")
        if kind == "date-time":
            return "2030-01-02T03:04:05Z"
        if kind == "date":
            return "2030-01-02"
        if kind == "email":
            return "nobody.at.all@example.com"
        if "0-9" in schema.get("pattern", "") and "A-Z" not in schema.get("pattern", ""):
            return "010-1234-5678"
        letter = "a" if "[a-z]" in schema.get("pattern", "") else "A"
        return letter * max(schema.get("minLength", 0), 8 if "pattern" in schema else 1)

    @staticmethod
    def wrong_values(schema):
        """Values of the wrong kind, size or range, with the code that names each."""
        kinds = schema.get("type", [])
        kinds = [kinds] if isinstance(kinds, str) else kinds
        out = []
        if not kinds:
            return out
        kind = kinds[0]
        other = {"integer": ["seven", 1.5, True, [], {}], "string": [7, True, [], {}], "boolean": ["yes", 1], "array": [{}, "x", 1],
                 "object": [[], "x", 1]}[kind]
        out += [(v, "type") for v in other]
        if "null" not in kinds:
            out.append((None, "null"))
        if "enum" in schema:
            return [(v, c) for v, c in out] + [("no such word", "word"), ("", "word")]
        if kind == "integer":
            if "minimum" in schema:
                out += [(schema["minimum"] - 1, "too_small"), (-BIG, "too_small")]
            if "maximum" in schema:
                out += [(schema["maximum"] + 1, "too_large")]
            out += [(BIG, "too_large")]
        if kind == "string":
            if schema.get("format") in ("date-time", "date"):
                return out + [(v, "type") for v in ("yesterday", "2026-13-45", "2026-02-30T00:00:00Z", "9" * 400, "")]
            if "maxLength" in schema and schema["maxLength"] < 100000:
                out.append(("x" * (schema["maxLength"] + 1), "too_long"))
            if schema.get("minLength"):
                out.append(("", "too_short"))
            if schema.get("format") == "email":
                out += [(v, "email") for v in ("x", "a@b", "a@@b.c", "@example.com", "a b@example.com")]
            out += [("a\u0000b", None), ("a\u0007b", "control"), ("a\u0085b", "control")]
        if kind == "array" and "maxItems" in schema:
            out.append(([1] * (schema["maxItems"] + 1), "too_many"))
        return out

    # ---- sending ----

    def refused(self, route, status, code, body=None, field=None, path=None, query="", who=None, headers=None, kind=None, key="k-bad"):
        """Refused in Korean and in English, with other words in each."""
        replies = []
        more = dict(headers or {})
        if route.if_match:
            more.setdefault("If-Match", '"1"')
        for lang in ("ko", "en"):
            r = self.client.call(route.method, (path or route.fill()) + query, body, who=who or self.boss, lang=lang, headers=more, kind=kind,
                                 key=key if route.once != "no" else None)
            codes = code if isinstance(code, tuple) else (code,)
            if r.status != status or r.code not in codes:
                raise AssertionError(f"{str(body)[:120]!r} {query}: got {r!r}, wanted {status} {code}")
            if field:
                is_problem(r, status, r.code, field)
            replies.append(r.json)
        if replies[0]["title"] == replies[1]["title"]:
            raise AssertionError(f"the same words in both languages: {replies[0]['title']!r}")
        return replies[0]

    def error_code(self, problem, field):
        return next((e["code"] for e in problem.get("errors", []) if e["field"].split("[")[0] == field), None)

    # ---- bodies ----

    def bodies(self):
        for r in self.contract.documented():
            if r.body_schema() and not r.raw_body:
                with self.suite.case(f"{r.name} refuses a body that can't be read") as wrong:
                    self.each(wrong, self.unreadable(r))
                with self.suite.case(f"{r.name} refuses members that are wrong") as wrong:
                    self.each(wrong, self.wrong_members(r))
            elif r.method == "POST" and not r.raw_body:
                with self.suite.case(f"{r.name} wants no body, and refuses one that can't be read") as wrong:
                    self.each(wrong, self.unreadable(r))

    @staticmethod
    def each(wrong, steps):
        for step in steps:
            try:
                step()
            except AssertionError as e:
                wrong.append(str(e))

    def unreadable(self, r):
        deep = b'{"a":' * 5000 + b"1" + b"}" * 5000
        lists = b'{"a":' + b"[" * 100000 + b"]" * 100000 + b"}"
        texts = [
            (b"{", "json_broken"), (b"{} {}", "json_broken"), (b"nonsense", "json_broken"), (b'{"a":1,}', "json_broken"),
            (b'{"a":01}', "json_broken"), (b"{'a':1}", "json_broken"), (b'{"a":NaN}', "json_broken"), (b'{"a":"\xff\xfe"}', "json_broken"),
            (b'{"a":"\xc0\xaf"}', "json_broken"), (b'{"a":"\xed\xa0\x80"}', "json_broken"), (b'{"a":"x\x00y"}', "json_broken"),
            (b'{"a":"x\ny"}', "json_broken"), (b"\xef\xbb\xbf{}", "json_broken"), (b'{"a":"\\ud800"}', "json_broken"),
            (b"   ", "json_broken"), (b"\x00", "json_broken"),
            (b"[]", "json_not_an_object"), (b'"text"', "json_not_an_object"), (b"7", "json_not_an_object"), (b"null", "json_not_an_object"),
            (deep, "json_too_deep"), (lists, "json_too_deep"), (b'{"a":1,"a":2}', "json_duplicate_key"),
            (b'{"a":{"b":1,"\\u0062":2}}', "json_duplicate_key"),
        ]
        for body, code in texts:
            yield lambda body=body, code=code: self.refused(r, 400, code, body)
        for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            yield lambda kind=kind: self.refused(r, 415, "wrong_content_type", b"{}", kind=kind)
        yield lambda: self.refused(r, 413, "too_large", TEN_MEGABYTES)
        yield lambda: self.refused(r, 413, "too_large", b'{"title":"' + b"x" * (300 << 10) + b'"}')

    def wrong_members(self, r):
        schema = self.deref(r.body_schema())
        good = self.sample(schema)
        yield lambda: self.refused(r, 422, "invalid", {**good, "no_such_member": 1}, "no_such_member")
        for name in schema.get("required", []):
            yield lambda name=name: self.refused(r, 422, "invalid", {n: v for n, v in good.items() if n != name}, name)
        for name, member in schema["properties"].items():
            for value, code in self.wrong_values(self.deref(member)):
                yield lambda name=name, value=value, code=code: self.wrong_member(r, good, name, value, code)
            yield from self.wrong_items(r, good, name, self.deref(member))

    def wrong_member(self, r, good, name, value, code):
        body = json.dumps({**good, name: value}).encode()
        if isinstance(value, str) and "\0" in value:
            self.refused(r, 400, "json_broken", body) if self.says_broken(r, body) else self.refused(r, 422, "invalid", body, name)
            return
        problem = self.refused(r, 422, "invalid", body, name)
        if code and self.error_code(problem, name) not in (code, "type"):
            raise AssertionError(f"{name} = {str(value)[:60]!r}: {problem['errors']}, wanted {code}")

    def says_broken(self, r, body):
        more = {"If-Match": '"1"'} if r.if_match else None
        return self.client.call(r.method, r.fill(), body, who=self.boss, key="k-bad", headers=more).status == 400

    def wrong_items(self, r, good, name, member):
        """One level into lists of objects."""
        items = self.deref(member["items"]) if member.get("type") == "array" else {}
        if "properties" not in items:
            return
        item = self.sample(items)
        yield lambda: self.refused(r, 422, "invalid", {**good, name: [{**item, "no_such": 1}]}, f"{name}[0].no_such")
        for inner in items.get("required", []):
            yield lambda inner=inner: self.refused(
                r, 422, "invalid", {**good, name: [item, {n: v for n, v in item.items() if n != inner}]}, f"{name}[1].{inner}")

    # ---- paths and queries ----

    def paths(self):
        for r in self.contract.documented():
            if "{" in r.path and not r.raw_body:
                with self.suite.case(f"{r.name} answers 404 for an id that can't be one, or is nobody's"):
                    self.unknown_ids(r)

    def unknown_ids(self, r):
        numbers = [p for p in r.parameters("path") if p["schema"].get("type") == "integer"]
        body = self.sample(r.body_schema()) if r.body_schema() else None
        codes = tuple(code for status, code in r.codes if status == 404)
        seen = []
        for bad in ("abc", "0", "-1", "1.5", "99999999999999999999999", "%ff", "1%20", "٣", "1;drop", "9223372036854775807"):
            if not numbers and bad not in ("abc", "-1"):
                continue
            path = r.path
            for p in r.parameters("path"):
                path = path.replace("{" + p["name"] + "}", urllib.parse.quote(bad, safe="%;"))
            seen.append(self.refused(r, 404, codes + ("not_found",), body, path=path)["code"])
        seen.append(self.refused(r, 404, codes, body)["code"])
        same(len(set(seen) - {"not_found"}), 1, f"codes {seen}")

    def queries(self):
        for r in self.contract.documented():
            if r.method in ("GET", "DELETE") and r.operation:
                with self.suite.case(f"{r.name} refuses a query that is wrong") as wrong:
                    self.each(wrong, self.wrong_queries(r))

    def wrong_queries(self, r):
        required = "".join(f"&{p['name']}={self.sample(p['schema'])}" for p in r.parameters("query") if p.get("required"))
        yield lambda: self.refused(r, 422, "invalid", query="?no_such_filter=1" + required, field="no_such_filter")
        yield lambda: self.refused(r, 422, "invalid", query="?%00=1" + required)
        for p in [] if r.stream else r.parameters("query"):
            name, schema = p["name"], self.deref(p["schema"])
            if name == "cursor":
                for bad in ("x", "AAAA", "%00", "A" * 900, "%ff%fe", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "-1"):
                    yield lambda bad=bad: self.refused(r, 422, ("cursor_invalid", "invalid"), query=f"?cursor={bad}" + required, field="cursor")
                continue
            for bad in self.wrong_texts(schema):
                yield lambda name=name, bad=bad: self.refused(
                    r, 422, "invalid", query=f"?{name}={urllib.parse.quote(bad, safe='%')}" + required, field=name)

    @staticmethod
    def wrong_texts(schema):
        if "enum" in schema:
            return ["no-such-word", "%00"]
        if schema.get("type") == "integer":
            out = ["seven", "1.5", "0x10", "1e3", str(BIG), str(-BIG), "%ff"]
            return out + [str(schema[edge] + by) for edge, by in (("minimum", -1), ("maximum", 1)) if edge in schema]
        if schema.get("type") == "boolean":
            return ["maybe"]
        if schema.get("format") in ("date", "date-time"):
            return ["yesterday", "2026-02-31"]
        return ["%ff%fe", "%00x"] + ["x" * (schema["maxLength"] + 1)] * (schema.get("maxLength", 9999) < 5000)

    def page_queries(self):
        with self.suite.case("A page refuses a query that it doesn't know") as wrong:
            for r in self.contract.routes:
                if r.method == "GET" and not r.documented and r.pool != "pg":
                    answer = self.client.get(r.fill(id=1) + "?no_such_filter=1", who=self.boss)
                    if answer.status != 422 and "/sandbox/" not in r.path:
                        wrong.append(f"{r.path}: {answer.status}")

    def longest_questions(self):
        """All filters of a list at once, its texts as long as they may be and of as many words as that holds: an answer, no fault."""
        for r in self.contract.documented():
            if r.method == "GET" and r.operation and not r.stream and any(p["name"] == "q" for p in r.parameters("query")):
                with self.suite.case(f"{r.name} answers its longest question"):
                    asked = {p["name"]: self.longest(self.deref(p["schema"])) for p in r.parameters("query") if p["name"] != "cursor"}
                    self.served(r.fill(id=1) + "?" + urllib.parse.urlencode(asked))
                    if r.path.startswith("/api/v1/admin/"):
                        self.served(r.path.removeprefix("/api/v1") + "?" + urllib.parse.urlencode({n: asked[n] for n in asked if n != "limit"}))

    def served(self, path):
        r = self.client.get(path, who=self.boss)
        assert r.status in (200, 303, 404, 422), f"{path}: {r!r}"

    def longest(self, schema):
        if "enum" in schema:
            return schema["enum"][-1]
        if schema.get("type") == "boolean":
            return "true"
        if schema.get("type") == "string" and "pattern" not in schema and "format" not in schema:
            return " ".join("abcdefghijklmnopqrstuvwxyz"[i % 26] for i in range((schema.get("maxLength", 100) + 1) // 2))
        return self.sample(schema)

    # ---- who calls ----

    def callers(self):
        expired = self.world.login(self.boss.email)
        self.world.sql(f"UPDATE session SET access_expires_at = '2020-01-01' WHERE access_hash = UNHEX('{digest(expired.token)}')")
        cookie = self.world.console(self.boss.email, csrf=False)
        wrong_csrf = Caller("a wrong CSRF token", cookie=cookie.cookie, csrf="x" * 43)
        for r in self.contract.documented():
            if r.no_caller:
                with self.suite.case(f"{r.name} does not look at who calls"):
                    plain = self.client.call(r.method, r.fill(), {}, who=NOBODY)
                    for header in (f"Bearer {expired.token}", f"Bearer {forged_token()}", "Basic YTpi", "nonsense"):
                        same(self.client.call(r.method, r.fill(), {}, who=NOBODY, headers={"Authorization": header}).without_request_id,
                             plain.without_request_id, header)
                continue
            with self.suite.case(f"{r.name} refuses callers who are nobody") as wrong:
                self.each(wrong, self.nobodies(r, expired))
            if r.method != "GET" and not r.no_csrf and r.roles:
                with self.suite.case(f"{r.name} refuses a cookie without its CSRF token"):
                    self.refused(r, 403, "csrf_missing", who=cookie)
                    self.refused(r, 403, "csrf_missing", who=wrong_csrf)

        with self.suite.case("A page takes nothing by a cookie without its CSRF token, but what needs no session at all"):
            for r in self.contract.routes:
                if r.method != "GET" and not r.documented and r.pool != "pg" and not r.path.startswith("/sandbox/"):
                    answer = self.client.call(r.method, r.fill(), b"", who=cookie, kind="application/x-www-form-urlencoded")
                    same((answer.status == 403, r.no_csrf), (not r.no_csrf, r.path in ("/admin/login", "/verify")), r.name)

    def nobodies(self, r, expired):
        if r.roles:
            yield lambda: self.refused(r, 401, "not_logged_in", who=NOBODY)
        yield lambda: self.refused(r, 401, "token_expired", who=expired)
        for header in (f"Bearer {forged_token()}", "Bearer x", "Bearer " + "A" * 4000, "Basic YTpi", "Bearer", "Bearer a b", "nonsense",
                       f"Bearer {self.boss.token[:-1]}", f"Bearer {self.boss.token}x", "Bearer ' OR 1=1"):
            yield lambda header=header: self.refused(r, 401, "not_logged_in", who=NOBODY, headers={"Authorization": header})

    def keys(self):
        for r in self.contract.documented():
            if r.once in ("no", "optional"):
                continue
            with self.suite.case(f"{r.name} wants an Idempotency-Key that is one"):
                body = self.sample(r.body_schema()) if r.body_schema() else None
                for key in (None, '""'):
                    self.refused(r, 400, "key_missing", body, key=key)
                for key in ("x" * 256, "with space", "키".encode().decode("latin-1")):
                    self.refused(r, 400, "key_invalid", body, key=key)

    def if_match(self):
        for r in self.contract.documented():
            if r.if_match:
                with self.suite.case(f"{r.name} wants an If-Match"):
                    self.refused(r, 428, "version_missing", {}, headers={"If-Match": None})
                    self.no_versions(r)
            elif r.may_match:
                with self.suite.case(f"{r.name} heeds an If-Match"):
                    self.no_versions(r)

    def no_versions(self, r):
        body = self.sample(r.body_schema()) if r.method != "PATCH" else {}
        for bad in ('W/"1"', "1", '"x"', '""', '"1" "2"', 'W/"1", "x"', "\"1", '*, "1"'):
            self.refused(r, 412, "version_stale", body, headers={"If-Match": bad})

    def all(self):
        before = self.world.quiet_state()
        self.bodies()
        self.paths()
        self.queries()
        self.callers()
        self.keys()
        self.if_match()
        with self.suite.case("Nothing that was refused has left a trace in the data"):
            after = self.world.quiet_state()
            same({t: v for t, v in after.items() if before.get(t) != v}, {}, "tables that changed")
        self.page_queries()              # these are answered with what is there: a look at people is written down
        self.longest_questions()
        Letters(self).all()
