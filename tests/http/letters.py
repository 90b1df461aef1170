"""Texts of other letters in every text of every route: body, query, path, and the forms of pages. Whatever the answer is, it is one."""
import secrets
import unicodedata
import urllib.parse

from client import Caller, NOBODY

FORM = "application/x-www-form-urlencoded"
# Hangul, the same as it comes from a Mac, an emoji, what looks like an address and an id, and a lone half of a syllable.
LETTERS = ("한글", unicodedata.normalize("NFD", "한글"), "🎫", "김@한글.kr", "P-가", "ᄀ")


def fitting(letters, member):
    """As long as the member has to be."""
    least = max(member.get("min", 0), 1)
    return (letters * least)[:max(member.get("max", 1000), 1)] if len(letters) < least else letters[:member.get("max") or 1000]


class Letters:
    def __init__(self, bad):
        self.bad, self.suite, self.world, self.client = bad, bad.suite, bad.world, bad.client
        self.boss = bad.boss

    # ---- values of the other members ----

    def number(self, name):
        category, instructor = self.world.references()
        return {"category_id": category, "instructor_id": instructor, "price": 50000, "capacity": 3, "hold_seconds": 600, "limit": 20,
                "course_id": self.course, "member_id": self.boss.member_id, "id": self.course}.get(name.split(".")[-1], 1)

    def value(self, m):
        name = m["name"].split(".")[-1]
        if m["kind"] == "number":
            return str(min(max(self.number(name), m["min"]), m["max"]))
        if m["kind"] == "moment":
            return "2030-01-02T11:00" if name in ("ends_at", "enrol_closes_at", "to") else "2030-01-02T10:00"
        if m["kind"] == "text":
            return {"email": "nobody.at.all@example.com", "phone": "010-1234-5678", "cursor": "", "done": "saved"}.get(name, "가" * max(m["min"], 1))
        return {"truth": "true", "day": "2030-01-02", "word": m.get("word", ""), "json": "{}"}[m["kind"]]

    def path(self, r, texts=()):
        """With a course that there is where the path names one, so that the handler is reached."""
        out = r.path
        for m in r.members:
            if m["in_path"]:
                mine = texts[1] if texts and texts[0] == m["name"] else self.value(m) if m["kind"] == "text" else str(self.id_for(r))
                out = out.replace("{" + m["name"] + "}", urllib.parse.quote(mine, safe=""))
        return out

    def id_for(self, r):
        kind = r.path.split("/{")[0].removeprefix("/api/v1").strip("/")
        return self.ids.get(kind, self.course if kind.endswith("courses") else 999999999)

    # ---- calls ----

    def ask(self, wrong, r, path, body=None, kind=None):
        headers = {"If-Match": '"1"'} if r.if_match else {}
        who = Caller("form", cookie=self.cookie.cookie) if kind else self.boss if r.roles else NOBODY
        answer = self.client.call(r.method, path, body, who=who, kind=kind, headers=headers, key=secrets.token_hex(8) if r.once != "no" and not kind else None)
        if answer.status >= 500:
            wrong.append(f"{path} {body!r:.200}: {answer!r}")

    def pairs(self, r, changed=None):
        """All members of a form or a query; of a query only what is asked for."""
        query = r.method in ("GET", "DELETE")
        members = [m for m in r.members if not m["in_path"] and (not query or m is changed or m["min"] > 0 and m["kind"] == "text")]
        return {m["name"]: self.value(m) for m in members}

    def texts_of(self, r):
        return [m for m in r.members if m["kind"] == "text" and not m["in_path"]]

    def of_path(self, wrong, r):
        body = self.bad.sample(r.body_schema()) if r.body_schema() else None
        for m in r.members:
            if m["in_path"] and m["kind"] == "text":
                for letters in LETTERS:
                    self.ask(wrong, r, self.path(r, (m["name"], letters)), body)

    def of_pairs(self, wrong, r):
        for m in self.texts_of(r):
            for letters in LETTERS:
                text = urllib.parse.urlencode({**self.pairs(r, m), m["name"]: fitting(letters, m)})
                if r.method in ("GET", "DELETE"):
                    self.ask(wrong, r, self.path(r) + "?" + text)
                else:
                    text += "&" + urllib.parse.urlencode({"csrf": self.cookie.csrf, "_once": secrets.token_hex(8)})
                    self.ask(wrong, r, self.path(r), text.encode(), FORM)

    def of_body(self, wrong, r):
        schema = self.bad.deref(r.body_schema())
        for name, put in self.places(schema):
            for letters in LETTERS:
                self.ask(wrong, r, self.path(r), put(letters))

    def places(self, schema):
        """(name, what makes the least body with a text there) for each text, one level into objects and lists too."""
        good = self.good(schema)
        for name, member in schema.get("properties", {}).items():
            member = self.bad.deref(member)
            if self.is_text(member):
                yield name, lambda t, name=name, member=member: {**good, name: fitting(t, self.limits(member))}
            elif member.get("properties"):
                for inner, put in self.places(member):
                    yield inner, lambda t, name=name, put=put: {**good, name: put(t)}
            elif self.is_of(member, "array"):
                items = self.bad.deref(member["items"])
                if self.is_text(items):
                    yield name, lambda t, name=name: {**good, name: [t]}
                for inner, put in self.places(items) if items.get("properties") else ():
                    yield inner, lambda t, name=name, put=put: {**good, name: [put(t)]}

    def good(self, schema):
        d = self.bad.sample(schema)
        for name in d if isinstance(d, dict) else ():
            if isinstance(d[name], int) and not isinstance(d[name], bool):
                d[name] = min(max(self.number(name), schema["properties"][name].get("minimum", 0)), schema["properties"][name].get("maximum", 1 << 50))
        return d

    @staticmethod
    def is_of(schema, kind):
        return kind in ([schema.get("type")] if isinstance(schema.get("type"), str) else schema.get("type") or [])

    def is_text(self, schema):
        return self.is_of(schema, "string") and "enum" not in schema and schema.get("format") not in ("date", "date-time")

    @staticmethod
    def limits(schema):
        return {"min": schema.get("minLength", 0), "max": schema.get("maxLength", 1000)}

    def all(self):
        self.cookie = self.world.console(self.boss.email)
        for r in self.client.contract.routes:
            if r.pool == "pg" or r.stream or r.raw_body or r.path.startswith("/sandbox/") or not any(m["kind"] == "text" for m in r.members):
                continue
            self.course = self.world.course()["id"]
            self.ids = {"admin/members": self.world.member().member_id, "admin/instructors": self.number("instructor_id"), "admin/terms": 1}
            with self.suite.case(f"{r.name} takes texts of any letters") as wrong:
                self.of_path(wrong, r)
                if r.body_schema():
                    self.of_body(wrong, r)
                else:
                    self.of_pairs(wrong, r)
