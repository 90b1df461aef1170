"""How a query is read: the same of the API and of the console, and one meaning for every oddity."""
from suite import is_problem, same

CAN, LIST = "/api/v1/admin/courses", "/admin/courses"

# Refused with 422: what is wrong is named.
REFUSED = {
    "limit=5&limit=7": ("limit", "duplicate"), "limit=5&limit=5": ("limit", "duplicate"), "limit=5&%6Cimit=7": ("limit", "duplicate"),
    "limit=&limit=5": ("limit", "duplicate"), "q=%EB%AC%BC&q=": ("q", "duplicate"),
    "limit=%zz": ("limit", "type"), "limit=5;sort=newest": ("limit", "type"), "limit=5#x": ("limit", "type"), "limit=%2B5": ("limit", "type"),
    "limit=5%00": ("limit", "type"), "limit=%EF%BC%95": ("limit", "type"), "limit=5,7": ("limit", "type"),
    "status=open;status=draft": ("status", "word"), "status=OPEN": ("status", "word"), "status=%C0%AF": ("status", "word"),
    "q=%C0%AF": ("q", "utf8"), "q=%E0%80%AF": ("q", "utf8"), "q=%ED%A0%80": ("q", "utf8"), "q=%F4%90%80%80": ("q", "utf8"), "q=%FF": ("q", "utf8"), "q=%EB%AC": ("q", "utf8"),
    "q=a%00b": ("q", "control"), "q=a%0Ab": ("q", "control"), "q=%1B": ("q", "control"),
    "Limit=5": ("Limit", "unknown"), "limit%00=5": ("limit\0", "unknown"), "limit+=5": ("limit ", "unknown"), "limit[]=5": ("limit[]", "unknown"),
    "limit[0]=5": ("limit[0]", "unknown"), "=5": ("", "unknown"), "%zz=5": ("%zz", "unknown"), "csrf=x": ("csrf", "unknown"), "_once=x": ("_once", "unknown"),
    "&".join(["x=1"] * 501): ("", "too_many"),
}
# Taken, and the same as the other one.
EQUAL = {
    "": ("&", "&&&", "status=", "status", "limit=", "limit", "q=", "q", "status=&q=&sort=&cursor=", "category_id="),
    "limit=3": ("%6Cimit=3", "%6c%69mit=%33", "&limit=3&", "limit=3&status=", "limit=003", "limit=+3", "limit=3+"),
    "q=%25zz": ("q=%zz",), "q=a%20b": ("q=a+b", "q=%61+%62", "q=+a+b+"), "q=5%25": ("q=5%",), "q=a%3Bb": ("q=a;b",), "q=a%3Db": ("q=a=b",),
    "status=open&limit=2": ("limit=2&status=open", "status=+open+&limit=2", "st%61tus=op%65n&limit=2"),
}


class Queries:
    def __init__(self, suite, world, everybody):
        self.suite, self.world, self.client = suite, world, suite.client
        self.case, self.boss = suite.case, everybody

    def refused(self):
        for query, (field, code) in REFUSED.items():
            with self.case(f"?{query[:60]} is refused: {field!r} {code}"):
                for lang in ("ko", "en"):
                    r = self.client.get(f"{CAN}?{query}", who=self.boss, lang=lang)
                    is_problem(r, 422, "invalid", field or None)
                    assert (field, code) in [(e["field"], e["code"]) for e in r.json["errors"]], r.json["errors"]
                    page = self.client.get(f"{LIST}?{query}", who=self.boss, lang=lang)
                    assert page.status == 422 and b"<html" in page.body, f"the page: {page!r}"

    def equal(self):
        for query, others in EQUAL.items():
            with self.case(f"?{query} is what is meant by {' '.join(others)}"):
                wanted, page = (self.rows(path, query) for path in (CAN, LIST))
                for other in others:
                    same(self.rows(CAN, other), wanted, other)
                    same(self.rows(LIST, other), page, f"{other} on the page")

    def rows(self, path, query):
        r = self.client.get(f"{path}?{query}", who=self.boss)
        same(r.status, 200, f"{path}?{query}: {r!r}")
        if path == CAN:
            return [k["id"] for k in r.json["data"]]
        return [part.split(b'"')[0] for part in r.body.split(b'<tr data-id="')[1:]]

    def paths(self):
        with self.case("A path is read by the same rules: what it can't be is nothing"):
            k = self.world.course()["id"]
            for path, status in ((f"{k}", 200), (f"%3{str(k)[0]}{str(k)[1:]}", 200), (f"{k}?", 200), (f"+{k}", 404), (f"{k}+", 404), (f"{k}%20", 404), (f"{k};x=1", 404),
                                 (f"{k}%2F", 404), (f"{k}/", 404), (f"{k}%00", 400), ("%zz", 400), ("%C0%AF", 404), (f"0{k}", 200)):
                same(self.client.get(f"{CAN}/{path}", who=self.boss).status, status, path)

    def all(self):
        for _ in range(4):
            self.world.course()
        self.world.course(title="a b 5% a;b a=b %zz")
        self.refused()
        self.equal()
        self.paths()
