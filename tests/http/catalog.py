"""What is offered and who teaches it: instructors, terms, categories and lists of courses, as the staff keep them."""
import secrets
from urllib.parse import quote, urlencode

from client import Caller
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
            same(r.json, {**made, "courses": [], "requests": []})
            name = "나래" + secrets.token_hex(4)
            r = c.patch(one, {"name": name}, who=staff, headers=self.version(r))
            same((r.status, r.json["name"], r.json["bio"]), (200, name, "흙을 빚습니다"), repr(r))
            is_problem(c.patch(one, {"name": "x"}, who=staff, headers={"If-Match": f'"{made["version"]}"'}), 412, "version_stale")
            is_problem(c.patch(one, {"name": "x"}, who=staff), 428, "version_missing")
            is_problem(c.patch(one, {"name": "x"}, who=staff, headers={"If-Match": f'"99", W/{r.headers["etag"]}'}), 412, "version_stale")
            same_again = c.patch(one, {"name": name}, who=staff, headers={"If-Match": f'"99", {r.headers["etag"]}'})
            same((same_again.status, same_again.json), (200, r.json), "nothing new is no new version")
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
            assert made in self.world.rows(path, staff), "not listed"
            for lang in ("ko", "en"):
                is_problem(c.post(path, body, who=staff, lang=lang), 409, "term_name_taken", "name")
                is_problem(c.get(f"{path}/999999999", who=staff, lang=lang), 404, "term_unknown")
        with self.case("A term's last day is not before its first, and an edit names its version"):
            is_problem(c.patch(f"{path}/{made['id']}", {"ends_on": "2031-02-28"}, who=staff, headers={"If-Match": "*"}), 422, "invalid", "ends_on")
            r = c.patch(f"{path}/{made['id']}", {"per_member_limit": 0}, who=staff, headers={"If-Match": '"1"'})
            same((r.status, r.json["per_member_limit"], r.json["name"]), (200, 0, name), repr(r))
            is_problem(c.patch(f"{path}/{made['id']}", {"per_member_limit": 1}, who=staff, headers={"If-Match": '"1"'}), 412, "version_stale")

    def form(self, path, fields):
        body = [(k, v) for k, v in fields] + [("csrf", self.console.csrf), ("_once", secrets.token_hex(8))]
        return self.client.post(path, urlencode(body).encode(), who=self.by_cookie, kind="application/x-www-form-urlencoded")

    def page(self, path):
        r = self.client.get(path, who=self.by_cookie, lang="en")
        same(r.status, 200, repr(r))
        return r.body.decode()

    def course(self, status="open", **other):
        """Of an instructor of its own, who is nowhere else."""
        member = self.world.member()
        r = self.client.post("/api/v1/admin/instructors", {"member_id": member.member_id}, who=self.staff())
        return self.world.course(status, instructor_id=r.json["id"], **other)

    def bulk(self):
        w = self.world
        draft, over = w.course("draft"), w.course("cancelled")
        ids = f"ids={draft['id']}&ids={over['id']}&ids={draft['id']}"
        with self.case("Several courses at once: the check says what would happen, and changes nothing"):
            text = self.page(f"/admin/courses/bulk?{ids}&action=open")
            assert "1 of the 2 selected" in text, text
            same(self.client.get(f"/api/v1/admin/courses/{draft['id']}", who=self.staff()).json["status"], "draft")
            same(len(w.sql(f"SELECT id FROM staff_log WHERE object_type = 'course' AND object_id = {draft['id']} AND action = 'course.status'")), 0)
            assert "No courses are selected" in self.page("/admin/courses/bulk?action=close"), "an empty choice"
        with self.case("Several courses at once: what can be done is done, the rest says why"):
            r = self.form("/admin/courses/bulk", [("ids", draft["id"]), ("ids", over["id"]), ("action", "open")])
            same(r.status, 303, repr(r))
            text = self.page(r.headers["location"])
            assert "1 done" in text and "1 not changed" in text and "It cannot be changed so" in text, text
            same(self.client.get(f"/api/v1/admin/courses/{draft['id']}", who=self.staff()).json["status"], "open")
        with self.case("Several courses are copied to a term, on the same day of the week"):
            name = f"복사 학기 {w.mark}"
            t = self.client.post("/api/v1/admin/terms", {"name": name, "starts_on": "2035-03-01", "ends_on": "2035-06-30"}, who=self.staff()).json
            k = self.course("draft", sessions=[{"starts_at": "2034-12-20T01:00:00Z", "ends_at": "2034-12-20T03:00:00Z", "room": f"복사실 {w.mark}"}])
            assert "2035-03-07" in self.page(f"/admin/courses/bulk?ids={k['id']}&action=copy&term_id={t['id']}"), "a Wednesday"
            r = self.form("/admin/courses/bulk", [("ids", k["id"]), ("action", "copy"), ("term_id", t["id"])])
            copy = self.client.get(f"/api/v1/admin/courses/{r.headers['location'].split('done=')[1].split('&')[0]}", who=self.staff()).json
            same((copy["starts_on"], copy["term"]["id"], copy["status"], copy["title"]), ("2035-03-07", t["id"], "draft", k["title"]))
        with self.case("A copy that clashes says with what, and is not made"):
            r = self.form(f"/admin/courses/{k['id']}/copy", [("first_day", "2034-12-20")])
            same(r.status, 422, repr(r))
            assert f"C-{k['id']}" in r.body.decode(), "the course in the way"
            r = self.form(f"/admin/courses/{k['id']}/copy", [("first_day", "2035-09-05"), ("title", "새 이름")])
            same(r.status, 303, repr(r))

    def decision(self):
        w = self.world
        start = {"starts_at": "2033-05-10T01:00:00Z", "ends_at": "2033-05-10T03:00:00Z", "room": f"결정실 {w.mark}"}
        course = self.course(min_enrolled=2, sessions=[start])
        with self.case("Fewer than the minimum: the page asks, and a decision is made once"):
            same(course["decide_on"], "2033-05-07")
            assert "Run or cancel" in self.page(f"/admin/courses/{course['id']}"), "nobody asks"
            same(self.form(f"/admin/courses/{course['id']}/decision", []).status, 303)
            assert "Run or cancel" not in self.page(f"/admin/courses/{course['id']}"), "still asked"
            same(self.form(f"/admin/courses/{course['id']}/decision", []).status, 422)
        with self.case("A week's timetable has the sessions of that week, by room and by instructor"):
            text = self.page("/admin/timetable?week=2033-05-12")
            assert start["room"] in text and f"/admin/courses/{course['id']}" in text, text[-3000:]
            assert course["instructor"]["name"] in self.page("/admin/timetable?week=2033-05-10&by=instructor"), "not by instructor"
            assert start["room"] not in self.page("/admin/timetable?week=2033-05-16"), "in another week"

    def kept(self):
        course = self.course("draft", min_enrolled=2, sessions=[
            {"starts_at": "2033-08-09T01:00:00Z", "ends_at": "2033-08-09T03:00:00Z", "room": f"보존실 {self.world.mark}"}])
        path, about = f"/admin/courses/{course['id']}/edit", f"/api/v1/admin/courses/{course['id']}"
        fields = [("title", "새 제목"), ("category_id", course["category"]["id"]), ("instructor_id", course["instructor"]["id"]), ("price", "1000"),
                  ("capacity", "5"), ("enrol_opens_at", "2033-01-01T10:00"), ("enrol_closes_at", "2033-02-01T10:00")]
        with self.case("A course's form changes what it has fields for; a field that was emptied counts"):
            same(self.form(path, fields + [("_version", course["version"])]).status, 303)
            now = self.client.get(about, who=self.staff()).json
            same((now["title"], now["min_enrolled"], now["decide_on"], len(now["sessions"])), ("새 제목", 2, course["decide_on"], 1))
            r = self.form(path, fields + [("_version", now["version"]), ("min_enrolled", ""), ("decide_on", ""), ("sessions[0].starts_at", ""),
                                          ("sessions[0].ends_at", ""), ("sessions[0].room", "")])
            same(r.status, 303, repr(r))
            now = self.client.get(about, who=self.staff()).json
            same((now["min_enrolled"], now["decide_on"], now["sessions"]), (0, None, []))

    def categories(self):
        w, path = self.world, "/admin/categories"
        find = lambda name: next((k for k in self.client.get("/api/v1/categories").json["data"] if k["name"] == name), None)  # noqa: E731
        names = [f"{what} {w.mark}" for what in ("공예", "목공", "금속")]
        with self.case("The tree is kept with plain forms: added, renamed, moved up and down, deleted when unused"):
            same(self.form(path, [("name", names[0]), ("parent_id", "")]).status, 303)
            top = find(names[0])["id"]
            for name in names[1:]:
                same(self.form(path, [("name", name), ("parent_id", top)]).status, 303)
            one, two = find(names[1])["id"], find(names[2])["id"]
            text = self.page(path)
            assert text.index(names[0]) < text.index(names[1]) < text.index(names[2]), "not in the tree's order"
            same(self.form(f"{path}/{two}/shift", [("way", "up")]).status, 303)
            text = self.page(path)
            assert text.index(names[2]) < text.index(names[1]), "not moved up"
            same(self.form(f"{path}/{two}/shift", [("way", "up")]).status, 303)        # it is the first already
            same(self.form(f"{path}/{two}/shift", [("way", "down")]).status, 303)
            text = self.page(path)
            assert text.index(names[1]) < text.index(names[2]), "not moved down"
            assert names[1] in self.page(f"{path}/{one}/edit"), "no form"
            same(self.form(f"{path}/{one}/edit", [("name", names[1] + "!"), ("parent_id", "")]).status, 303)
            same(find(names[1] + "!")["parent_id"], None)
        with self.case("A name that is missing, a place in itself, and a category in use are refused with words"):
            r = self.form(path, [("name", ""), ("parent_id", top)])
            same(r.status, 422, repr(r))
            assert 'id="f-name-error"' in r.body.decode(), "not at the field"
            r = self.form(f"{path}/{top}/edit", [("name", names[0]), ("parent_id", two)])
            assert r.status == 422 and 'id="f-parent_id-error"' in r.body.decode(), repr(r)
            assert f"{path}/{top}/delete" not in self.page(path), "offers what is refused"
            same(self.form(f"{path}/{top}/delete", []).status, 422)
            for gone in (one, two, top):
                same(self.form(f"{path}/{gone}/delete", []).status, 303)
            assert names[0] not in self.page(path), "still there"

    def rows(self):
        """The form of a course without JavaScript: rows are added by the server, and nothing typed is lost."""
        w = self.world
        course = self.course(sessions=[{"starts_at": "2033-06-07T01:00:00Z", "ends_at": "2033-06-07T03:00:00Z", "room": f"반복실 {w.mark}"}])
        with self.case("The button of a course's form adds rows a week apart and judges nothing yet"):
            r = self.form("/admin/courses/new", [("title", ""), ("price", "x"), ("sessions[2].starts_at", "2033-07-05T10:00"), (
                "sessions[2].ends_at", "2033-07-05T12:00"), ("sessions[2].room", "새 방"), ("_weeks", "2"), ("_repeat", "1")])
            text = r.body.decode()
            for i, day in enumerate(("2033-07-05", "2033-07-12", "2033-07-19")):
                assert f'name="sessions[{i}].starts_at" type="datetime-local" value="{day}T10:00"' in text, f"{i}: {day}"
            assert "error-summary" not in text and 'value="x"' in text, "judged, or lost"
        with self.case("A clash stands at its row, with a link to the other course, and what was typed is kept"):
            category = course["category"]["id"]
            r = self.form("/admin/courses/new", [("title", "겹치는 강좌"), ("category_id", category), ("instructor_id", self.course("cancelled")["instructor"]["id"]), ("price", "1000"),
                          ("capacity", "5"), ("enrol_opens_at", "2033-01-01T10:00"), ("enrol_closes_at", "2033-02-01T10:00"),
                          ("sessions[3].starts_at", "2033-06-07T11:00"), ("sessions[3].ends_at", "2033-06-07T13:00"),
                          ("sessions[3].room", f"반복실 {w.mark}")])
            text = r.body.decode()
            same(r.status, 422, repr(r))
            assert f'href="/admin/courses/{course["id"]}"' in text, "no link"
            assert 'id="f-sessions-0-room-error"' in text, "not at the row"
            assert 'value="겹치는 강좌"' in text, "the title is gone"

    def all(self):
        self.console = self.world.console("operator@madang.example")
        self.by_cookie = Caller("operator by cookie", cookie=self.console.cookie, csrf=self.console.csrf)
        self.bulk()
        self.decision()
        self.rows()
        self.categories()
        self.kept()
        self.terms()
        self.instructors()
