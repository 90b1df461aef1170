"""Lists are walked by cursor: each row once, whatever the page's size; a cursor is good for its own list only."""
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

    def lists(self):
        out = []
        for r in self.client.contract.documented():
            if r.method == "GET" and "{" not in r.path and any(p["name"] == "cursor" for p in r.parameters("query")):
                out.append(r)
        return out

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
        whole = self.walk(route.path, 100)
        for limit in (1, 2, 3):
            got = self.walk(route.path, limit, most=min(60, len(whole) * 2 + 4))
            same(len(got), len(set(got)), f"limit={limit}: rows that came twice")
            same(got, whole[:len(got)], f"limit={limit}")
            assert len(got) >= min(len(whole), 60), f"limit={limit}: {len(got)} of {len(whole)} rows"

    def cursor_of(self, path):
        r = self.client.get(f"{path}{'&' if '?' in path else '?'}limit=1", who=self.boss)
        return r.json["next_cursor"]

    def tampered(self, route):
        cursor = self.cursor_of(route.path)
        if not cursor:
            return
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for i, ch in enumerate(cursor):
            # Another top bit of the sixth that the letter stands for: the last letter's low bits may not count.
            other = alphabet[alphabet.index(ch) ^ 32]
            r = self.client.get(f"{route.path}?limit=1&cursor={cursor[:i]}{other}{cursor[i + 1:]}", who=self.boss)
            is_problem(r, 422, "cursor_invalid", "cursor")
        for bad in (cursor[:-4], cursor + "AAAA", cursor[::-1], cursor.lower()):
            is_problem(self.client.get(f"{route.path}?cursor={bad}", who=self.boss), 422, "cursor_invalid")

    def bound(self, route, foreign):
        mine = self.cursor_of(route.path)
        if mine:
            same(self.client.get(f"{route.path}?cursor={mine}", who=self.boss).status, 200, "its own cursor")
        for other, cursor in foreign.items():
            if other != route.path and cursor:
                for lang in ("ko", "en"):
                    is_problem(self.client.get(f"{route.path}?cursor={cursor}", who=self.boss, lang=lang), 422, "cursor_invalid")
        for p in route.parameters("query"):
            value = p["schema"].get("enum", [None])[-1] if "enum" in p["schema"] else 1 if p["schema"].get("type") == "integer" else None
            if p["name"] in ("cursor", "limit") or value is None or not mine:
                continue
            r = self.client.get(f"{route.path}?{p['name']}={urllib.parse.quote(str(value))}&cursor={mine}", who=self.boss)
            is_problem(r, 422, "cursor_invalid")

    def all(self):
        self.prepare()
        routes = self.lists()
        foreign = {r.path: self.cursor_of(r.path) for r in routes}
        for r in routes:
            with self.case(f"{r.name} is walked with pages of 1, 2 and 3, and each row comes once"):
                self.walks(r)
            with self.case(f"{r.name} knows a cursor that was tampered with"):
                self.tampered(r)
            with self.case(f"{r.name} takes its own cursor only, with the filters that it was made for"):
                self.bound(r, foreign)
