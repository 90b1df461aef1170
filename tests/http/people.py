"""What the staff see of people and of each other: members, search, saved views, the log, today."""
import secrets
import urllib.parse

from client import Caller
from suite import is_problem, same

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
            names = lambda who: [v["name"] for v in self.client.get("/api/v1/admin/views?page=courses", who=who).json["data"]]
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

    def all(self):
        self.views()
