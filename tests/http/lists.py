"""Lists are walked by cursor: each row once, whatever the page's size; a cursor is good for its own list only."""
import datetime
import secrets
import urllib.parse

from suite import is_problem, same


class Lists:
    def __init__(self, suite, world, everybody):
        self.suite, self.world, self.client = suite, world, suite.client
        self.case, self.boss = suite.case, everybody

    def prepare(self):
        """Something to walk through for whoever is in every list."""
        w = self.world
        for _ in range(4):
            w.ticket(w.course()["id"], self.boss)
        for _ in range(3):
            w.enrolled(w.course()["id"], self.boss)
        start = datetime.datetime(2061, 5, 2, tzinfo=datetime.timezone.utc)
        times = [(start + datetime.timedelta(days=i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(4)]
        w.course("draft", instructor_id=w.instructor(), sessions=[
            {"starts_at": t, "ends_at": t.replace("00:00Z", "30:00Z"), "room": f"쪽 {w.mark} {i}"} for i, t in enumerate(times)])
        for i in range(4):
            self.client.post("/api/v1/admin/terms", {"name": f"쪽 {w.mark} {i}", "starts_on": "2061-03-01", "ends_on": "2061-08-31"}, who=self.boss)
            self.client.post("/api/v1/admin/views", {"page": "courses", "name": f"쪽 {i}"}, who=self.boss)
            w.login(self.boss.email)

    def all_lists(self):
        """Every route that answers with a list called data."""
        for r in self.client.contract.documented():
            if r.method == "GET" and not r.stream:
                answer = r.operation["responses"]["200"].get("content", {}).get("application/json", {}).get("schema", {})
                schema = self.client.contract.resolve(answer["$ref"]) if "$ref" in answer else answer
                if schema.get("properties", {}).get("data", {}).get("type") == "array":
                    yield r, schema

    def as_all_are(self, r, schema):
        """What a client can rely on in any list, by what the document says and by what happens."""
        query = {p["name"]: p["schema"] for p in r.parameters("query")}
        assert "next_cursor" in schema["required"], "no next_cursor"
        same("cursor" in query, "limit" in query, "a list that has pages takes a limit, a whole one doesn't")
        if "limit" in query:
            same([query["limit"].get(k) for k in ("minimum", "maximum", "default")], [1, 100, 20], "limit")
        for wrong in ("limit=0", "limit=101", "zzz=1", "offset=1"):
            is_problem(self.client.get(r.fill() + "?" + self.needed(r, wrong), who=self.boss), 422, "invalid", wrong.split("=")[0])

    NEEDED = {"/api/v1/admin/views": "page=courses", "/api/v1/admin/timetable": "from=2061-05-01&to=2061-05-31"}

    def needed(self, route, more=""):
        return "&".join(filter(None, (self.NEEDED.get(route.path), more)))

    def lists(self):
        return [r for r, _ in self.all_lists() if "{" not in r.path and any(p["name"] == "cursor" for p in r.parameters("query"))]

    def address(self, route):
        return route.path + ("?" + self.NEEDED[route.path] if route.path in self.NEEDED else "")

    @staticmethod
    def key(row):
        return row.get("id", row.get("seq", row.get("order_id", str(row))))

    def walk(self, path, limit, most=60):
        """Keys of all rows, page by page."""
        seen, cursor = [], None
        while len(seen) < most:
            r = self.client.get(path + f"{'&' if '?' in path else '?'}limit={limit}" + (f"&cursor={cursor}" if cursor else ""), who=self.boss)
            same(r.status, 200, repr(r))
            assert len(r.json["data"]) <= limit, f"{len(r.json['data'])} rows for limit={limit}"
            seen += [self.key(row) for row in r.json["data"]]
            cursor = r.json["next_cursor"]
            if not cursor:
                break
            same(len(r.json["data"]), limit, "rows on a page that isn't the last")
        return seen

    def walks(self, route):
        address = self.address(route)
        whole = self.walk(address, 100)
        for limit in (1, 2, 3):
            got = self.walk(address, limit, most=min(60, len(whole) * 2 + 4))
            same(len(got), len(set(got)), f"limit={limit}: rows that came twice")
            same(got, whole[:len(got)], f"limit={limit}")
            assert len(got) >= min(len(whole), 60), f"limit={limit}: {len(got)} of {len(whole)} rows"

    def page(self, route, query, **more):
        return self.client.get(route.path + "?" + self.needed(route, query), who=self.boss, **more)

    def cursor_of(self, route):
        return self.page(route, "limit=1").json["next_cursor"]

    def tampered(self, route):
        cursor = self.cursor_of(route)
        if not cursor:
            return
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for i, ch in enumerate(cursor):
            # Another top bit of the sixth that the letter stands for: the last letter's low bits may not count.
            other = alphabet[alphabet.index(ch) ^ 32]
            is_problem(self.page(route, f"limit=1&cursor={cursor[:i]}{other}{cursor[i + 1:]}"), 422, "cursor_invalid", "cursor")
        for bad in (cursor[:-4], cursor + "AAAA", cursor[::-1], cursor.lower()):
            is_problem(self.page(route, f"cursor={bad}"), 422, "cursor_invalid")

    def bound(self, route, foreign):
        mine = self.cursor_of(route)
        if mine:
            same(self.page(route, f"cursor={mine}").status, 200, "its own cursor")
        for other, cursor in foreign.items():
            if other != route.path and cursor:
                for lang in ("ko", "en"):
                    is_problem(self.page(route, f"cursor={cursor}", lang=lang), 422, "cursor_invalid")
        for p in route.parameters("query"):
            value = p["schema"].get("enum", [None])[-1] if "enum" in p["schema"] else 1 if p["schema"].get("type") == "integer" else None
            if p["name"] in ("cursor", "limit") or value is None or not mine:
                continue
            is_problem(self.page(route, f"{p['name']}={urllib.parse.quote(str(value))}&cursor={mine}"), 422, "cursor_invalid")

    def all(self):
        self.prepare()
        for r, schema in self.all_lists():
            with self.case(f"{r.name} is a list as all are"):
                self.as_all_are(r, schema)
        routes = self.lists()
        foreign = {r.path: self.cursor_of(r) for r in routes}
        for r in routes:
            with self.case(f"{r.name} is walked with pages of 1, 2 and 3, and each row comes once"):
                self.walks(r)
            with self.case(f"{r.name} knows a cursor that was tampered with"):
                self.tampered(r)
            with self.case(f"{r.name} takes its own cursor only, with the filters that it was made for"):
                self.bound(r, foreign)
