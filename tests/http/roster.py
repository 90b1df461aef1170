"""Rosters, attendance, the list of enrolments, and the desk."""
import csv
import io
import re
import secrets
import urllib.parse

from client import Caller
from owners import Owners
from suite import is_problem, same

FORM = "application/x-www-form-urlencoded"


class Roster:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case

    def put(self, path, body, who):
        return self.client.call("PUT", path, body, who=who)

    def form(self, path, cookie, **fields):
        body = urllib.parse.urlencode({"csrf": cookie.csrf, "_once": secrets.token_hex(8), **fields}).encode()
        return self.client.post(path, body, who=Caller("form", cookie=cookie.cookie), kind=FORM)

    def looks(self, action, course):
        return int(self.world.sql(f"SELECT COUNT(*) FROM staff_log WHERE action = '{action}' AND object_type = 'course' AND object_id = {course}")[0][0])

    # ---- who is in it ----

    def students(self, course, people, staff):
        path = f"/api/v1/admin/courses/{course}/students"
        with self.case("The roster names who is enrolled, with a masked telephone number, and the look is written down"):
            before = self.looks("roster.look", course)
            r = self.client.get(path + "?purpose=%EC%B6%9C%EC%84%9D", who=staff)
            same(r.status, 200, repr(r))
            same([s["member"]["id"] for s in r.json["data"]], [p.member_id for p in people])
            one = r.json["data"][0]
            same((one["status"], one["source"], one["paid"], one["attended"]),
                 ("active", "online", 50000, {"present": 0, "late": 0, "absent": 0, "excused": 0}))
            assert one["phone"] == "" or "****" in one["phone"], one["phone"]
            same(self.looks("roster.look", course), before + 1)
            same(self.world.sql(f"SELECT reason FROM staff_log WHERE action = 'roster.look' AND object_id = {course} ORDER BY id DESC LIMIT 1"),
                 [["출석"]])
        with self.case("The roster is paged in both directions"):
            first = self.client.get(path + "?limit=1", who=staff).json
            second = self.client.get(f"{path}?limit=1&cursor={first['next_cursor']}", who=staff).json
            back = self.client.get(f"{path}?limit=1&cursor={second['prev_cursor']}", who=staff).json
            same(first["data"], back["data"])
            same(second["data"][0]["member"]["id"], people[1].member_id)
        with self.case("A roster of an unknown course, or with an unknown filter, is refused"):
            is_problem(self.client.get("/api/v1/admin/courses/999999999/students", who=staff), 404, "course_unknown")
            is_problem(self.client.get(path + "?status=nothing", who=staff), 422, "invalid", "status")

    def file(self, course, people, cookie):
        path = f"/admin/courses/{course}/students.csv"
        with self.case("The file is for spreadsheets: BOM, CR LF, both names, no formula, whole numbers, and a purpose"):
            for query in ("", "?purpose=", "?status=any&purpose="):
                r = self.client.get(path + query, who=cookie)
                text = r.body.decode()
                assert r.status == 422 and "error-summary" in text and 'id="f-purpose-error"' in text and "<table" in text, repr(r)
            assert 'name="status" value="any"' in text, "what was chosen"
            same(self.client.get(path + "?status=nobody&purpose=x", who=cookie).status, 422, "a state that there is not")
            same(self.client.get("/admin/courses/999999999/students.csv?purpose=x", who=cookie).status, 404)
            names = ["=cmd()|' /C calc'!A0", "+82 김", "@x", '쉼표, "따옴표"']
            for p, name in zip(people, names):
                self.world.sql("UPDATE member SET name = '{}' WHERE id = {}".format(name.replace("'", "''"), p.member_id))
            before = self.looks("roster.csv", course)
            r = self.client.get(path + "?purpose=x", who=cookie)
            same((r.status, r.headers["content-type"]), (200, "text/csv; charset=utf-8"))
            d = r.headers["content-disposition"]
            assert d.startswith(f'attachment; filename="students-{course}.csv"; filename*=UTF-8\'\'') and d.isascii(), d
            assert r.body.startswith(b"\xef\xbb\xbf") and b"\r\n" in r.body and b"\n" not in r.body.replace(b"\r\n", b""), r.body[:80]
            rows = list(csv.reader(io.StringIO(r.body.decode("utf-8-sig"), newline="")))
            same([row[2] for row in rows[1:]], ["'" + n if n[0] in "=+-@" else n for n in names[:len(people)]])
            same({len(row) for row in rows}, {12})
            same({(row[4], row[6]) for row in rows[1:]}, {("수강 중", "온라인")})
            same(self.looks("roster.csv", course), before + 1)
        with self.case("The file's name holds no sign that a system takes no file name with"):
            odd = self.world.course(title='월/수 \\ 10:00 *"회화"* <1|2>?')["id"]
            name = self.client.get(f"/admin/courses/{odd}/students.csv?purpose=x", who=cookie).headers["content-disposition"].partition("UTF-8''")[2]
            assert re.fullmatch(r"월-수 - 10-00 --회화-- -1-2-- \d{4}-\d\d-\d\d\.csv", urllib.parse.unquote(name)), name

    # ---- who was there ----

    def attendance(self, course, session, people, staff, cookie):
        path = f"/api/v1/admin/courses/{course}/sessions/{session}/attendance"
        with self.case("Attendance is noted, read again, counted in the roster, and logged with what was before"):
            ids = [row["enrolment_id"] for row in self.client.get(path, who=staff).json["data"]]
            same(len(ids), len(people))
            r = self.put(path, {"marks": [{"enrolment_id": ids[1], "state": "late"}, {"enrolment_id": ids[0], "state": "present"}]}, staff)
            same([(x["enrolment_id"], x["state"]) for x in r.json["data"][:3]], [(ids[0], "present"), (ids[1], "late"), (ids[2], None)])
            students = self.client.get(f"/api/v1/admin/courses/{course}/students", who=staff).json["data"]
            same([s["attended"]["present"] + 10 * s["attended"]["late"] for s in students], [1, 10, 0])
            same(self.looks("attendance.mark", course), 1)
            self.put(path, {"marks": [{"enrolment_id": ids[0], "state": "present"}]}, staff)
            same(self.looks("attendance.mark", course), 1, "the same again changes nothing")
        with self.case("Marks of people who are not enrolled, two of one person, and of an unknown session are refused as a whole"):
            wrong = [{"enrolment_id": ids[2], "state": "absent"}, {"enrolment_id": 999999999, "state": "present"}]
            is_problem(self.put(path, {"marks": wrong}, staff), 422, "invalid", "marks[1].enrolment_id")
            is_problem(self.put(path, {"marks": [wrong[0], wrong[0]]}, staff), 422, "invalid", "marks[1].enrolment_id")
            is_problem(self.put(path, {"marks": [{"enrolment_id": ids[2], "state": "asleep"}]}, staff), 422, "invalid", "marks[0].state")
            is_problem(self.put(path.replace(f"/sessions/{session}/", "/sessions/999999999/"), {"marks": []}, staff), 404, "course_session_unknown")
            same(self.client.get(path, who=staff).json["data"][2]["state"], None)
        with self.case("The page marks all who have no mark as present with one button, and keeps the others"):
            fields = {"session": session, "all": "true"}
            for i, e in enumerate(ids):
                fields[f"marks[{i}].enrolment_id"] = e
            fields["marks[1].state"] = "excused"
            r = self.form(f"/admin/courses/{course}/attendance", cookie, **fields)
            same((r.status, r.headers.get("location")), (303, f"/admin/courses/{course}/attendance?session={session}&done=saved"), repr(r))
            same([x["state"] for x in self.client.get(path, who=staff).json["data"]], ["present", "excused", "present"])
        with self.case("A refused form keeps what was chosen"):
            fields = {"session": session, "marks[0].enrolment_id": ids[0], "marks[0].state": "absent", "marks[1].enrolment_id": 999999999,
                      "marks[1].state": "late"}
            r = self.form(f"/admin/courses/{course}/attendance", cookie, **fields)
            same(r.status, 422, repr(r))
            assert 'id="mark-0-absent" type="radio" name="marks[0].state" value="absent" checked' in r.body.decode(), "what was chosen is gone"

    def many(self, staff, cookie):
        """Two pages of attendance: what is typed on the second stays there."""
        course = self.world.course(capacity=210, price=0, sessions=[self.world.session()])["id"]
        for i in range(203):
            self.client.post(f"/api/v1/admin/courses/{course}/walk-ins", {"name": f"수강생 {i}", "phone": "010" + str(secrets.randbelow(10**8)).zfill(8),
                                                                          "method": "free", "amount": 0, "reason": "시험"}, who=staff, key=secrets.token_hex(8))
        path = f"/admin/courses/{course}/attendance"
        with self.case("After saving, a list of more than 200 students stays on its page, and so does a refused one"):
            first = self.client.get(path, who=cookie).body.decode()
            link = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
            second = self.client.get(link, who=cookie).body.decode()
            main = second[second.index("<main"):]
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main))
            fields.pop("csrf")
            same(sum(name.startswith("marks[") for name in fields), 3)
            r = self.form(path, cookie, **{**fields, "marks[2].state": "late"})
            same((r.status, r.headers.get("location")), (303, link.split("&")[0] + "&done=saved&cursor=" + link.split("cursor=")[1]), repr(r))
            saved = self.client.get(r.headers["location"], who=cookie).body.decode()
            assert 'value="late" checked' in saved and saved.count('role="radiogroup"') == 3, "another page"
            r = self.form(path, cookie, **{**fields, "marks[0].state": "absent", "marks[3].enrolment_id": "999999999", "marks[3].state": "late"})
            text = r.body.decode()
            assert r.status == 422 and 'id="mark-0-absent" type="radio" name="marks[0].state" value="absent" checked' in text, repr(r)
            same(text.count('role="radiogroup"'), 3)

    def taught(self):
        w = self.world
        teacher, other = w.member("instructor"), w.member("instructor")
        own = Owners(self.suite, w).teaching(teacher)
        Owners(self.suite, w).teaching(other)
        student = w.member()
        w.enrolled(own["id"], student)
        path = f"/api/v1/teach/courses/{own['id']}/sessions/{own['session_id']}/attendance"
        with self.case("Instructors note the attendance of their own courses, by names only, and it says who noted it"):
            row = self.client.get(path, who=teacher).json["data"][0]
            same(sorted(row), ["enrolment_id", "member", "noted_at", "noted_by", "state"])
            same(sorted(row["member"]), ["id", "name"])
            r = self.put(path, {"marks": [{"enrolment_id": row["enrolment_id"], "state": "present"}]}, teacher)
            same((r.status, r.json["data"][0]["state"]), (200, "present"), repr(r))
            same(w.sql(f"SELECT noted_by FROM attendance WHERE session_id = {own['session_id']}"), [[str(teacher.member_id)]])
            is_problem(self.client.get(path, who=other), 404, "course_unknown")
        with self.case("The instructor's page has no telephone numbers, and is nobody else's"):
            page = self.client.get(f"/teach/courses/{own['id']}/attendance", who=w.console(teacher.email))
            same(page.status, 200, repr(page))
            assert "****" not in page.body.decode()
            page = self.client.get(f"/teach/courses/{own['id']}", who=w.console(teacher.email)).body.decode()
            assert f'href="/teach/courses/{own["id"]}/attendance"' in page, "no link from the course"
            same(self.client.get(f"/teach/courses/{own['id']}/attendance", who=w.console(other.email)).status, 404)
            saved = self.form(f"/teach/courses/{own['id']}/attendance", w.console(teacher.email), session=own["session_id"],
                              **{"marks[0].enrolment_id": row["enrolment_id"], "marks[0].state": "late"})
            same(saved.status, 303, repr(saved))

    # ---- all enrolments ----

    def enrolments(self, course, people, staff):
        path = "/api/v1/admin/enrolments"
        with self.case("All enrolments are listed, the newest first, by course, member, status, source and day, and counted"):
            r = self.client.get(f"{path}?course_id={course}", who=staff)
            same([e["member"]["id"] for e in r.json["data"]], [p.member_id for p in reversed(people)])
            same((r.json["count"], r.json["more_than_count"]), (len(people), False))
            same(self.client.get(f"{path}?member_id={people[0].member_id}", who=staff).json["count"], 1)
            same(self.client.get(f"{path}?course_id={course}&status=cancelled", who=staff).json["data"], [])
            same(self.client.get(f"{path}?course_id={course}&source=desk", who=staff).json["data"], [])
            same(self.client.get(f"{path}?course_id={course}&to=2020-01-01", who=staff).json["data"], [])
            same(len(self.client.get(f"{path}?course_id={course}&from=2020-01-01&to=2099-01-01", who=staff).json["data"]), len(people))
            same(self.client.get(f"{path}?status=active&source=online", who=staff).json["count"], None)
            is_problem(self.client.get(path + "?from=soon", who=staff), 422, "invalid", "from")
        with self.case("They are paged in both directions"):
            first = self.client.get(f"{path}?course_id={course}&limit=1", who=staff).json
            second = self.client.get(f"{path}?course_id={course}&limit=1&cursor={first['next_cursor']}", who=staff).json
            back = self.client.get(f"{path}?course_id={course}&limit=1&cursor={second['prev_cursor']}", who=staff).json
            same(first["data"], back["data"])

    def all(self):
        w, staff = self.world, self.world.member("operator")
        course = w.course(sessions=[w.session()])["id"]
        ((session,),) = w.sql(f"SELECT id FROM course_session WHERE course_id = {course}")
        people = [w.member() for _ in range(3)]
        for p in people:
            w.enrolled(course, p)
        cookie = w.console(staff.email)
        self.students(course, people, staff)
        self.attendance(course, int(session), people, staff, cookie)
        self.file(course, people, cookie)
        self.many(staff, cookie)
        self.taught()
        self.enrolments(course, people, staff)
