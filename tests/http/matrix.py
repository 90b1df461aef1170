"""Who may call what: every route by every kind of caller, against matrix.txt, which was written by hand."""
import os
import urllib.parse

from client import NOBODY
from owners import Owners

GROUPS = {
    "anyone": {"anonymous", "member", "instructor", "creator", "operator", "finance", "admin"},
    "member": {"member", "instructor", "creator", "operator", "finance", "admin"},
    "instructor": {"instructor"},
    "creator": {"creator"},
    "staff": {"operator", "admin"},
    "finance": {"finance", "admin"},
    "any_staff": {"operator", "finance", "admin"},
    "admin": {"admin"},
}
# After these a caller's login or account is gone: each call gets somebody new.
ENDS_LOGINS = {"POST /api/v1/auth/logout", "DELETE /api/v1/me", "POST /admin/logout", "POST /api/v1/me/password",
               "DELETE /api/v1/me/sessions/{id}"}


def expectations():
    out = {}
    with open(os.path.join(os.path.dirname(__file__), "matrix.txt"), encoding="utf-8") as f:
        for line in f:
            words = line.split("#")[0].split()
            if words:
                out[f"{words[0]} {words[1]}"] = (words[2], words[3] if len(words) > 3 else None)
    return out


class Matrix:
    def __init__(self, suite, world):
        self.suite, self.world, self.client = suite, world, suite.client
        self.people = {}

    def caller(self, name, fresh):
        if name == "anonymous":
            return NOBODY
        if fresh or name not in self.people:
            who = self.world.member(*([] if name == "member" else [name]))
            if fresh:
                return who
            self.people[name] = who
        return self.people[name]

    def call(self, route, who):
        """As harmless as can be: an empty input, and ids that nobody has."""
        headers = {"If-Match": '"999999"'} if route.if_match else None
        form = route.page or (not route.path.startswith(("/api/", "/sandbox/")))
        if route.method in ("GET", "DELETE"):
            body, kind = None, None
        elif form:
            body, kind = urllib.parse.urlencode({"csrf": who.csrf or ""}).encode(), "application/x-www-form-urlencoded"
        else:
            body, kind = b"{}", None
        return self.client.call(route.method, route.fill(), body, who=who, key="matrix", headers=headers, kind=kind)

    @staticmethod
    def is_refused(route, r):
        """A page sends somebody who is not logged in to the login."""
        login = r.status == 303 and r.headers.get("location", "").startswith("/admin/login?next=")
        by_itself = r.code in ("login_wrong", "refresh_invalid", "account_not_verified", "state_invalid")
        return (r.status in (401, 403) and not by_itself) or (login and not route.path.startswith("/admin/log"))

    def all(self):
        expected = expectations()
        routes = [r for r in self.suite.client.contract.routes if r.pool != "pg"]
        with self.suite.case("Every route stands in matrix.txt, and nothing else does"):
            names = {r.name for r in routes}
            missing, surplus = sorted(names - set(expected)), sorted(set(expected) - names)
            assert not missing and not surplus, f"without an expectation: {missing}; no such route: {surplus}"
        for r in routes:
            if r.name in expected:
                role = expected[r.name][0]
                with self.suite.case(f"{r.name} is for {role} only") as wrong:
                    self.one(r, GROUPS[role], wrong)
        Owners(self.suite, self.world).all(expected)

    def one(self, route, allowed, wrong):
        fresh = route.name in ENDS_LOGINS
        for name in ("anonymous", "member", "instructor", "creator", "operator", "finance", "admin"):
            r = self.call(route, self.caller(name, fresh))
            # A stream answers a caller whom it doesn't know with 401, whatever its line says: a ticket may say who it is.
            if route.path == "/api/v1/events" and name == "anonymous" and r.status == 401:
                continue
            if self.is_refused(route, r) == (name in allowed):
                wrong.append(f"{name}: {r!r}")
            if name not in allowed and r.status != (401 if name == "anonymous" else 403) and r.status != 303:
                wrong.append(f"{name}: refused with {r.status}")
        if route.method != "GET" and not route.no_csrf and route.roles:
            cookie = self.world.console(self.caller("admin", False).email, csrf=False)
            r = self.call(route, cookie)
            if r.status != 403:
                wrong.append(f"admin's cookie without its CSRF token: {r!r}")
