"""What is offered and who teaches it: instructors, terms, categories and lists of courses, as the staff keep them."""
import secrets
from urllib.parse import quote

from suite import is_problem, same


class Catalog:
    def __init__(self, suite, world):
        self.suite, self.world, self.client = suite, world, suite.client
        self.case = suite.case

    def staff(self):
        return self.world.demo("operator")

    def version(self, reply):
        return {"If-Match": reply.headers["etag"]}

    def instructors(self):
        w, c, staff = self.world, self.client, self.staff()
        member = w.member()
        path = "/api/v1/admin/instructors"
        with self.case("A member becomes an instructor once, and may file requests from then on"):
            r = c.post(path, {"member_id": member.member_id, "bio": "흙을 빚습니다"}, who=staff)
            same((r.status, r.json["active"], r.json["name"]), (201, True, "시험 회원"), repr(r))
            made = r.json
            assert "instructor" in c.get("/api/v1/me", who=member).json["roles"], "the role is missing"
            for lang in ("ko", "en"):
                is_problem(c.post(path, {"member_id": member.member_id}, who=staff, lang=lang), 409, "instructor_exists_already", "member_id")
                is_problem(c.post(path, {"member_id": 999999999}, who=staff, lang=lang), 422, "instructor_no_member", "member_id")
        one = f"{path}/{made['id']}"
        with self.case("An instructor is read, renamed by version, and found by how the name begins"):
            r = c.get(one, who=staff)
            same(r.json, made)
            name = "나래" + secrets.token_hex(4)
            r = c.patch(one, {"name": name}, who=staff, headers=self.version(r))
            same((r.status, r.json["name"], r.json["bio"]), (200, name, "흙을 빚습니다"), repr(r))
            is_problem(c.patch(one, {"name": "x"}, who=staff, headers={"If-Match": f'"{made["version"]}"'}), 412, "version_stale")
            is_problem(c.patch(one, {"name": "x"}, who=staff), 428, "version_missing")
            same([k["id"] for k in c.get(f"{path}?q={quote(name[:-2])}", who=staff).json["data"]], [made["id"]])
            is_problem(c.get(f"{path}/999999999", who=staff), 404, "instructor_unknown")
        with self.case("Who has courses that are not over can't be retired; who has none loses the role"):
            course = w.course(instructor_id=made["id"], status="open")
            for lang in ("ko", "en"):
                r = c.patch(one, {"active": False}, who=staff, headers={"If-Match": "*"}, lang=lang)
                is_problem(r, 409, "instructor_teaches", "active")
                assert f"C-{course['id']}" in r.json["errors"][0]["message"], repr(r)
            c.post(f"/api/v1/admin/courses/{course['id']}/status", {"status": "finished", "reason": "시험"}, who=staff)
            r = c.patch(one, {"active": False}, who=staff, headers={"If-Match": "*"})
            same((r.status, r.json["active"]), (200, False), repr(r))
            assert "instructor" not in c.get("/api/v1/me", who=member).json["roles"], "the role is still there"
            same(c.get(f"{path}?q={quote(name)}", who=staff).json["data"], [])
            same([k["id"] for k in c.get(f"{path}?q={quote(name)}&active=false", who=staff).json["data"]], [made["id"]])

    def terms(self):
        c, staff, path = self.client, self.staff(), "/api/v1/admin/terms"
        name = f"시험 학기 {self.world.mark}"
        body = {"name": name, "starts_on": "2031-03-01", "ends_on": "2031-05-31", "per_member_limit": 2}
        with self.case("A term is made once under its name, read, and listed"):
            r = c.post(path, body, who=staff)
            same((r.status, r.json["per_member_limit"], r.json["version"]), (201, 2, 1), repr(r))
            made = r.json
            same(c.get(f"{path}/{made['id']}", who=staff).json, made)
            assert made in c.get(path, who=staff).json["data"], "not listed"
            for lang in ("ko", "en"):
                is_problem(c.post(path, body, who=staff, lang=lang), 409, "term_name_taken", "name")
                is_problem(c.get(f"{path}/999999999", who=staff, lang=lang), 404, "term_unknown")
        with self.case("A term's last day is not before its first, and an edit names its version"):
            is_problem(c.patch(f"{path}/{made['id']}", {"ends_on": "2031-02-28"}, who=staff, headers={"If-Match": "*"}), 422, "invalid", "ends_on")
            r = c.patch(f"{path}/{made['id']}", {"per_member_limit": 0}, who=staff, headers={"If-Match": '"1"'})
            same((r.status, r.json["per_member_limit"], r.json["name"]), (200, 0, name), repr(r))
            is_problem(c.patch(f"{path}/{made['id']}", {"per_member_limit": 1}, who=staff, headers={"If-Match": '"1"'}), 412, "version_stale")

    def all(self):
        self.terms()
        self.instructors()
