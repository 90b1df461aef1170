"""Whose is it: every route of members, instructors and creators that names a thing in its path, by its owner and by somebody else of
the same role. Generated from the route table and the fourth column of matrix.txt; a route without a word there fails."""
import json
import secrets
import urllib.parse

from suite import same

ROLE_OF = {"member": (), "instructor": ("instructor",), "creator": ("creator",)}
# What a call needs to get past reading its input; each other one gets an empty body.
BODIES = {
    "POST /api/v1/tickets/{id}/checkout": {"method": "card"},
    "POST /api/v1/payments/{order_id}/confirm": {"payment_key": "nobody-gave-this", "amount": 50000},
    "PATCH /api/v1/teach/requests/{id}": {"changes": {"capacity": 30}},
    "PUT /api/v1/teach/courses/{id}/sessions/{session_id}/attendance": {"marks": []},
    "POST /teach/courses/{id}/request/edit": {"title": "시험", "price": "50000", "capacity": "31", "enrol_opens_at": "2026-01-01T10:00",
                                              "enrol_closes_at": "2026-12-31T10:00"},
    "POST /teach/courses/{id}/attendance": {"session": "{session_id}"},
    "POST /teach/courses/{id}/request/status": {"status": "closed"},
    "POST /teach/courses/{id}/request/delete": {"note": "강사가 아픕니다"},
}


class Owners:
    def __init__(self, suite, world):
        self.suite, self.world, self.client = suite, world, suite.client
        self.strangers = {}

    # ---- things that belong to somebody: (owner, {name in the path: value}) ----

    def ticket(self, owner):
        return {"id": self.world.ticket(self.world.course()["id"], owner)["id"]}

    def order(self, owner):
        return {"order_id": self.world.checkout(self.ticket(owner)["id"], owner).json["order_id"]}

    def enrolment(self, owner):
        return {"id": self.world.enrolled(self.world.course()["id"], owner)["enrolment_id"]}

    def session(self, owner):
        self.world.login(owner.email)
        rows = self.client.get("/api/v1/me/sessions", who=owner).json["data"]
        return {"id": next(r["id"] for r in rows if not r.get("current"))}

    def teaching(self, owner):
        """A course of this instructor, open, with a session."""
        w = self.world
        w.sql(f"INSERT IGNORE INTO instructor (member_id, name, created_at) VALUES ({owner.member_id}, '시험 강사', UTC_TIMESTAMP(6))")
        ((instructor,),) = w.sql(f"SELECT id FROM instructor WHERE member_id = {owner.member_id}")
        course = w.course(instructor_id=int(instructor), sessions=[w.session()])
        ((session,),) = w.sql(f"SELECT id FROM course_session WHERE course_id = {course['id']}")
        return {"id": course["id"], "session_id": int(session)}

    def request(self, owner, draft=False):
        course = self.teaching(owner)
        r = self.client.post("/api/v1/teach/requests", {"course_id": course["id"], "kind": "edit", "changes": {"description": secrets.token_hex(8)},
                                                        "draft": draft}, who=owner, key=secrets.token_hex(8))
        same(r.status, 201, repr(r))
        return {"id": r.json["id"]}

    def draft(self, owner):
        return self.request(owner, draft=True)

    # ---- calls ----

    def stranger(self, role):
        """Somebody of the role who has things of the kind as well, so that it is not the lack of them that refuses."""
        if role not in self.strangers:
            who = self.world.member(*ROLE_OF[role])
            if role == "instructor":
                self.teaching(who)
            self.strangers[role] = who
        return self.strangers[role]

    def call(self, route, who, ids):
        headers = {"If-Match": '"1"'} if route.if_match else None
        body, kind = BODIES.get(route.name, {}), None
        cookie = None
        if route.page or not route.path.startswith("/api/"):
            cookie = self.world.console(who.email)
            body = urllib.parse.urlencode({"csrf": cookie.csrf, **{k: v.format(**ids) for k, v in body.items()}}).encode()
            kind = "application/x-www-form-urlencoded"
        else:
            body = json.dumps(body).encode()
        if route.method in ("GET", "DELETE"):
            body, kind = None, None
        return self.client.call(route.method, route.fill(**ids), body, who=cookie or who, key=secrets.token_hex(8), headers=headers, kind=kind)

    def one(self, route, role, kind, wrong):
        owner = self.world.member(*ROLE_OF[role])
        ids = getattr(self, kind)(owner)
        nobodys = {name: 999999999 if isinstance(v, int) else "nobody-has-this" for name, v in ids.items()}
        foreign, unknown = self.call(route, self.stranger(role), ids), self.call(route, self.stranger(role), nobodys)
        if foreign.status != 404:
            wrong.append(f"somebody else's: {foreign!r}")
        if not route.page and (foreign.status, foreign.without_request_id) != (unknown.status, unknown.without_request_id):
            wrong.append(f"somebody else's {foreign!r} does not look like nobody's {unknown!r}")
        mine = self.call(route, owner, ids)
        if mine.status in (401, 403, 404) or mine.status >= 500:
            wrong.append(f"the owner's own: {mine!r}")

    def all(self, expected):
        for route in self.client.contract.routes:
            if route.pool == "pg" or "{" not in route.path or route.name not in expected:
                continue
            role, whose = expected[route.name]
            if role not in ROLE_OF:
                continue
            with self.suite.case(f"{route.name}: only for whose it is") as wrong:
                if whose is None:
                    wrong.append("matrix.txt does not say whose it is: own:<kind>, or everybodys")
                elif whose != "everybodys":
                    self.one(route, role, whose.removeprefix("own:"), wrong)
