"""Running courses: searching, clashes, copies, many at once, decisions, rooms, the timetable, the tree of categories, limits of terms."""
import re
import secrets
import unicodedata
from urllib.parse import quote, urlencode

from client import Caller
from suite import is_problem, same

ADMIN = "/api/v1/admin"


class Courses:
    def __init__(self, suite, world):
        self.suite, self.world, self.client = suite, world, suite.client
        self.case = suite.case
        self.room = f"시험실 {world.mark}"
        self.day = 0

    def staff(self):
        return self.world.demo("operator")

    def sessions(self, room=None, n=2):
        """In a month that no other test knows."""
        self.day += 1
        return [{"starts_at": f"2041-{1 + i:02}-{1 + self.day % 28:02}T01:00:00Z", "ends_at": f"2041-{1 + i:02}-{1 + self.day % 28:02}T03:00:00Z",
                 "room": room or self.room} for i in range(n)]

    def search(self):
        w, c = self.world, self.client
        word = "도깨비" + "".join(chr(0xAC00 + b * 40) for b in secrets.token_bytes(3))
        made = [w.course(title=f"주말{word}교실 {i}") for i in range(5)]
        with self.case("A word is found inside longer ones, by everybody, in either order and both directions"):
            for path in ("/api/v1/courses", f"{ADMIN}/courses"):
                for sort in ("newest", "opening"):
                    url = f"{path}?q={quote(word[1:])}&sort={sort}&limit=2"
                    seen, cursor, pages = [], "", []
                    while cursor is not None:
                        r = c.get(url + (f"&cursor={cursor}" if cursor else ""), who=self.staff())
                        pages.append([k["id"] for k in r.json["data"]])
                        seen += pages[-1]
                        cursor, back = r.json["next_cursor"], r.json["prev_cursor"]
                    same(sorted(seen), [k["id"] for k in made], url)
                    same([k["id"] for k in c.get(f"{url}&cursor={back}", who=self.staff()).json["data"]], pages[-2], "the page before")
        with self.case("Several words must all be in it; other spellings of the same find the same"):
            one = quote(f"{word} 교실")
            same(len(c.get(f"/api/v1/courses?q={one}").json["data"]), 5)
            same(len(c.get(f"/api/v1/courses?q={quote(unicodedata.normalize('NFD', word))}").json["data"]), 5)
            same(len(c.get(f"/api/v1/courses?q={quote(word + ' 없는낱말')}").json["data"]), 0)
            for signs in (f'"{word}"', f"{word}*", f"+{word} -교실", f"({word})", f"{word} %"):
                same(len(c.get(f"/api/v1/courses?q={quote(signs)}").json["data"]), 5, signs)
            for nothing in ("%", '""', "***", "+ -", "\\"):
                r = c.get(f"/api/v1/courses?q={quote(nothing)}")
                same((r.status, r.json["data"], r.json["next_cursor"]), (200, [], None), nothing)
            same(len(c.get(f"/api/v1/courses?q={quote('  ')}&limit=1").json["data"]), 1, "nothing asked")
            same(len(c.get(f"/api/v1/courses?q={quote(f'주말{word}교실3')}").json["data"]), 1, "the space left out")
        with self.case("What is looked for has 1 to 60 characters"):
            for bad in ("", "가" * 61):
                if bad:
                    is_problem(c.get(f"/api/v1/courses?q={quote(bad)}"), 422, "invalid", "q")
            same(c.get(f"/api/v1/courses?q={quote('가' * 60)}").status, 200)

    def clashes(self):
        w, c, staff = self.world, self.client, self.staff()
        with self.case("A room and an instructor are in one place at a time, and the answer names the other course"):
            first = w.course("draft", sessions=self.sessions(), instructor_id=w.instructor(), title=f"먼저 {w.mark}")
            body = w.course_body(sessions=[{k: s[k] for k in ("starts_at", "ends_at", "room")} for s in first["sessions"]],
                                 instructor_id=w.instructor())
            for lang in ("ko", "en"):
                r = c.post(f"{ADMIN}/courses", body, who=staff, lang=lang)
                is_problem(r, 409, "room_taken", "sessions[0].room")
                assert f"C-{first['id']}" in r.json["errors"][0]["message"], repr(r)
            jamo = {**body, "sessions": [{**s, "room": unicodedata.normalize("NFD", s["room"])} for s in body["sessions"]]}
            is_problem(c.post(f"{ADMIN}/courses", jamo, who=staff), 409, "room_taken", "sessions[0].room")
            rooms = c.get(f"{ADMIN}/rooms", who=staff).json["data"]
            for odd in (f" {self.room}", f"{self.room} ", self.room.replace(" ", "  "), self.room.replace(" ", "\u00a0"), f"\u3000{self.room}"):
                spaced = {**body, "sessions": [{**s, "room": odd} for s in body["sessions"]]}
                is_problem(c.post(f"{ADMIN}/courses", spaced, who=staff), 409, "room_taken", "sessions[0].room")
            same(c.get(f"{ADMIN}/rooms", who=staff).json["data"], rooms, "rooms")
            for s in body["sessions"]:
                s["room"] += " 옆"
            body["instructor_id"] = first["instructor"]["id"]
            is_problem(c.post(f"{ADMIN}/courses", body, who=staff), 409, "instructor_busy", "sessions[0].starts_at")
        with self.case("White space around a title is not kept, and of many spaces one; a description keeps its lines"):
            r = c.post(f"{ADMIN}/courses", w.course_body(title="  아침\u3000 \u00a0수채화 ", description="  하나\n\n  둘 \n \n"), who=staff)
            same((r.status, r.json["title"], r.json["description"]), (201, "아침 수채화", "  하나\n\n  둘"), repr(r))
            is_problem(c.post(f"{ADMIN}/courses", w.course_body(title=" \u3000 "), who=staff), 422, "invalid", "title")
        with self.case("Impossible dates, a title of 5,000 characters and a minimum above the seats are refused at their members"):
            s = self.sessions(n=1)[0]
            for wrong, field in (({"sessions": [{**s, "ends_at": s["starts_at"]}]}, "sessions[0].ends_at"),
                                 ({"sessions": [{**s, "ends_at": "2042-01-01T00:00:00Z"}]}, "sessions[0].ends_at"),
                                 ({"title": "가" * 5000}, "title"), ({"min_enrolled": 4}, "min_enrolled"),
                                 ({"sessions": [s], "min_enrolled": 1, "decide_on": "2041-12-31"}, "decide_on"),
                                 ({"term_id": 999999999}, "term_id"), ({"enrol_closes_at": "2020-01-01T00:00:00Z"}, "enrol_closes_at")):
                is_problem(c.post(f"{ADMIN}/courses", w.course_body(**wrong), who=staff), 422, "invalid", field)

    def runs(self):
        w, c, staff = self.world, self.client, self.staff()
        course = w.course(sessions=self.sessions(), instructor_id=w.instructor(), min_enrolled=2)
        one = f"{ADMIN}/courses/{course['id']}"
        with self.case("A course with too few members is decided once"):
            r = c.patch(one, {"decide_on": "2026-01-01"}, who=staff, headers={"If-Match": f'"{course["version"]}"'})
            same((r.status, r.json["decide_on"]), (200, "2026-01-01"), repr(r))
            assert course["id"] in [k["id"] for k in c.get(f"{ADMIN}/courses?to_decide=true&limit=100", who=staff).json["data"]], "not to decide"
            r = c.post(f"{one}/decision", {"reason": "그래도 엽니다"}, who=staff)
            same((r.status, r.json["decision"]), (200, "run"), repr(r))
            is_problem(c.post(f"{one}/decision", {}, who=staff), 409, "course_decided")
            assert course["id"] not in [k["id"] for k in c.get(f"{ADMIN}/courses?to_decide=true&limit=100", who=staff).json["data"]], "still to decide"
        with self.case("An instructor is shown with what they teach and what they asked for"):
            r = c.get(f"{ADMIN}/instructors/{course['instructor']['id']}", who=staff).json
            same([(k["id"], k["status"], k["capacity"]) for k in r["courses"]], [(course["id"], "open", 3)])
            same(r["requests"], [])
        with self.case("Who may not come yet is not missing: a course that opens later is upcoming, and nothing is to be decided before its day is near"):
            boss = w.console(staff.email)
            later = {"enrol_opens_at": "2041-01-01T00:00:00Z", "enrol_closes_at": "2041-06-01T00:00:00Z", "min_enrolled": 2}
            far = w.course(sessions=[{**s, "starts_at": s["starts_at"].replace("2041", "2042"), "ends_at": s["ends_at"].replace("2041", "2042")}
                                     for s in self.sessions()], instructor_id=w.instructor(), **later)
            text = c.get(f"/admin/courses/{far['id']}", who=boss).body.decode()
            assert "접수 예정</span>" in text and "최소 인원 미달" not in text, text[text.index("<main"):]
            assert re.search(rf'courses/{far["id"]}">.*?접수 예정</span>', c.get(f"/admin/courses?q={quote(far['title'])}&limit=100", who=boss).body.decode(), re.S)
            near = c.patch(f"{ADMIN}/courses/{far['id']}", {"decide_on": "2026-01-01"}, who=staff, headers={"If-Match": "*"})
            same(near.status, 200, repr(near))
            assert "결정일이 지났습니다" in c.get(f"/admin/courses/{far['id']}", who=boss).body.decode(), "the day of the decision is near"
        with self.case("Null clears what may be absent; a session keeps its id"):
            term = c.post(f"{ADMIN}/terms", {"name": f"강좌 학기 {w.mark}", "starts_on": "2041-01-01", "ends_on": "2041-12-31", "per_member_limit": 1},
                          who=staff).json
            r = c.patch(one, {"term_id": term["id"]}, who=staff, headers={"If-Match": "*"})
            same(r.json["term"], {"id": term["id"], "name": term["name"]}, repr(r))
            r = c.patch(one, {"term_id": None, "decide_on": None, "min_enrolled": 0,
                              "sessions": [{**{k: s[k] for k in ("starts_at", "ends_at")}, "room": self.room + " 위"} for s in course["sessions"]]},
                        who=staff, headers={"If-Match": "*"})
            same((r.status, r.json["term"], r.json["decide_on"]), (200, None, None), repr(r))
            same([s["id"] for s in r.json["sessions"]], [s["id"] for s in course["sessions"]])
        with self.case("Who sends nothing new, by program or by form, is in nobody's way: the version stays, and the log has no line"):
            log = f"{ADMIN}/audit?object_type=course&object_id={course['id']}"
            was, lines = c.get(one, who=staff), c.get(log, who=w.demo("admin")).json["data"]
            same_again = {n: was.json[n] for n in ("title", "price", "capacity", "hold_seconds", "enrol_opens_at", "description", "sessions", "min_enrolled")}
            for body in ({}, same_again):
                r = c.patch(one, body, who=staff, headers={"If-Match": was.headers["etag"]})
                same((r.status, r.headers["etag"], r.json), (200, was.headers["etag"], was.json), repr(r))
            form = {n: was.json[n] for n in ("price", "capacity", "hold_seconds", "enrol_opens_at", "enrol_closes_at", "description", "min_enrolled")}
            form |= {"title": f" {was.json['title']}  ", "category_id": was.json["category"]["id"], "instructor_id": was.json["instructor"]["id"],
                     "csrf": boss.csrf, "_version": was.json["version"]}
            r = c.post(f"/admin/courses/{course['id']}/edit", urlencode(form).encode(), who=boss, kind="application/x-www-form-urlencoded")
            same(r.status, 303, repr(r))
            same(c.get(one, who=staff).headers["etag"], was.headers["etag"])
            same(c.get(log, who=w.demo("admin")).json["data"], lines)
        with self.case("The timetable is sent back as it was got: by a program that moves a session, and to make another course of it"):
            got = c.get(one, who=staff).json["sessions"]
            moved = [got[1], {**got[0], "starts_at": "2041-12-30T01:00:00Z", "ends_at": "2041-12-30T03:00:00Z"}]
            r = c.patch(one, {"sessions": moved}, who=staff, headers={"If-Match": "*"})
            same((r.status, r.json["sessions"]), (200, moved), repr(r))
            later = [{**s, "starts_at": s["starts_at"].replace("2041", "2045"), "ends_at": s["ends_at"].replace("2041", "2045")} for s in moved]
            later.append({**later[0], "starts_at": "2045-12-31T01:00:00Z", "ends_at": "2045-12-31T03:00:00Z"})
            r = c.post(f"{ADMIN}/courses", w.course_body(sessions=later, instructor_id=w.instructor()), who=staff)
            same((r.status, len(r.json["sessions"])), (201, 3), repr(r))
            assert not {s["id"] for s in r.json["sessions"]} & {s["id"] for s in moved}, "a session is taken from another course"
            r = c.patch(one, {"sessions": [moved[0], {**moved[1], "id": moved[0]["id"]}]}, who=staff, headers={"If-Match": "*"})
            is_problem(r, 422, "invalid", "sessions[1].id")
            r = c.patch(one, {"sessions": got}, who=staff, headers={"If-Match": "*"})
            same((r.status, r.json["sessions"]), (200, got), repr(r))
        with self.case("A copy is a draft at another time, and is refused where it clashes"):
            r = c.post(f"{one}/copy", {"first_day": "2043-02-01", "title": "다시 여는 강좌"}, who=staff)
            same((r.status, r.json["status"], r.json["starts_on"], r.json["title"]), (201, "draft", "2043-02-01", "다시 여는 강좌"), repr(r))
            is_problem(c.post(f"{one}/copy", {"first_day": "2043-02-01"}, who=staff), 409, "room_taken", "sessions[0].room")
            is_problem(c.post(f"{one}/copy", {"first_day": "9999-12-31"}, who=staff), 422, "invalid", "first_day")
            is_problem(c.post(f"{ADMIN}/courses/999999999/copy", {"first_day": "2043-02-01"}, who=staff), 404, "course_unknown")
        with self.case("A copy lies within its term, or is told at its first day that it would not"):
            span = c.post(f"{ADMIN}/terms", {"name": f"짧은 학기 {w.mark}", "starts_on": "2044-03-01", "ends_on": "2044-03-31"}, who=staff).json
            few = w.course("draft", sessions=self.sessions(n=1), instructor_id=w.instructor())
            for day in ("2044-02-29", "2044-04-01"):
                for lang in ("ko", "en"):
                    r = c.post(f"{ADMIN}/courses/{few['id']}/copy", {"first_day": day, "term_id": span["id"]}, who=staff, lang=lang)
                    is_problem(r, 422, "invalid", "first_day")
            assert f"짧은 학기 {w.mark}, 2044-03-01" in r.json["errors"][0]["message"], r.json
            same(c.post(f"{ADMIN}/courses/{few['id']}/copy", {"first_day": "2044-03-31", "term_id": span["id"]}, who=staff).status, 201)
        with self.case("Which courses are short of people is only for the staff"):
            is_problem(c.get("/api/v1/courses?to_decide=true"), 422, "invalid", "to_decide")
        with self.case("A day that nobody plans for is refused at its member, and the first days of the calendar are served"):
            far = {"starts_at": "2200-01-01T01:00:00Z", "ends_at": "2200-01-01T03:00:00Z", "room": self.room}
            is_problem(c.patch(one, {"sessions": [far]}, who=staff, headers={"If-Match": "*"}), 422, "invalid", "sessions[0].starts_at")
            is_problem(c.patch(one, {"enrol_closes_at": "9999-12-31T00:00:00Z"}, who=staff, headers={"If-Match": "*"}), 422, "invalid", "enrol_closes_at")
            for path in ("/api/v1/admin/timetable?from=1970-01-01&to=1970-01-07", "/admin/timetable?week=1970-01-01", "/admin/timetable?week=2199-12-31",
                         "/api/v1/admin/timetable?from=2199-12-31&to=2199-12-31"):
                r = c.get(path, who=staff)
                same(r.status, 200, repr(r))
            first = [{"starts_at": "1970-01-02T01:00:00Z", "ends_at": "1970-01-02T03:00:00Z", "room": self.room + " 처음"}]
            early = w.course("draft", sessions=first, min_enrolled=2, instructor_id=w.instructor())
            same((early["starts_on"], early["decide_on"]), ("1970-01-02", "1970-01-01"))
            is_problem(c.post(f"{ADMIN}/courses/{early['id']}/copy", {"first_day": "1970-01-01"}, who=staff), 422, "invalid", "first_day")
        with self.case("Many at once: the dry run says what the run does, and does nothing"):
            drafts = [w.course("draft")["id"] for _ in range(2)]
            body = {"ids": [*drafts, course["id"]], "action": "open", "reason": "시험", "dry_run": True}
            dry = c.post(f"{ADMIN}/courses/bulk", body, who=staff)
            same([(x["id"], x["ok"]) for x in dry.json["results"]], [(drafts[0], True), (drafts[1], True), (course["id"], False)], repr(dry))
            same(c.get(f"{ADMIN}/courses/{drafts[0]}", who=staff).json["status"], "draft")
            same(c.post(f"{ADMIN}/courses/bulk", {**body, "dry_run": False}, who=staff).json, dry.json)
            same(c.get(f"{ADMIN}/courses/{drafts[0]}", who=staff).json["status"], "open")
            r = c.post(f"{ADMIN}/courses/bulk", {"ids": drafts, "action": "copy", "first_day_shift_days": 91}, who=staff)
            assert all(x["ok"] and x["made_id"] for x in r.json["results"]), repr(r)
            is_problem(c.post(f"{ADMIN}/courses/bulk", {"ids": drafts, "action": "copy", "term_id": 999999999}, who=staff), 422, "invalid", "term_id")
            is_problem(c.post(f"{ADMIN}/courses/bulk", {"ids": drafts, "action": "copy"}, who=staff), 422, "invalid", "first_day_shift_days")
            is_problem(c.post(f"{ADMIN}/courses/bulk", {"ids": list(range(1, 202)), "action": "open"}, who=staff), 422, "invalid", "ids")
        with self.case("Nobody joins beyond the limit of a term"):
            member = w.member()
            ids = [w.course(term_id=term["id"])["id"] for _ in range(2)]
            w.ticket(ids[0], member)
            for lang in ("ko", "en"):
                is_problem(self.client.post(f"/api/v1/courses/{ids[1]}/queue", who=member, key=secrets.token_hex(8), lang=lang), 409, "term_limit_reached")
        with self.case("A course that is open is called off, and is over then"):
            r = c.post(f"{one}/status", {"status": "cancelled", "reason": "강사 사정"}, who=staff)
            same((r.status, r.json["status"]), (200, "cancelled"), repr(r))
            for lang, words in (("ko", "지금 상태(폐강)에서는 바꿀 수 없습니다"), ("en", "Not possible from the present status (Cancelled)")):
                r = c.post(f"{one}/status", {"status": "open"}, who=staff, lang=lang)
                is_problem(r, 409, "course_status_refused", "status")
                same(r.json["errors"][0]["message"], words)

    def places(self):
        w, c, staff = self.world, self.client, self.staff()
        with self.case("The timetable shows who is where, in a room or by an instructor"):
            teacher = w.instructor()
            course = w.course("draft", sessions=self.sessions(n=1), instructor_id=teacher)
            day = course["starts_on"]
            r = c.get(f"{ADMIN}/timetable?from={day}&to={day}&instructor_id={teacher}", who=staff)
            same([(s["course_id"], s["n"], s["room"], s["instructor"]["id"]) for s in r.json["data"]], [(course["id"], 1, self.room, teacher)], repr(r))
            same(len(c.get(f"{ADMIN}/timetable?from={day}&to={day}&room={quote(self.room)}", who=staff).json["data"]), 1)
            is_problem(c.get(f"{ADMIN}/timetable?from=2041-01-01&to=2041-03-04", who=staff), 422, "invalid", "to")
            is_problem(c.get(f"{ADMIN}/timetable?from=2041-01-02&to=2041-01-01", who=staff), 422, "invalid", "to")
        with self.case("A room has seats once somebody says how many"):
            room = next(k for k in w.rows(f"{ADMIN}/rooms", staff) if k["name"] == self.room)
            r = c.patch(f"{ADMIN}/rooms/{room['id']}", {"seats": 30}, who=staff)
            same(r.json, {**room, "seats": 30})
            same(c.patch(f"{ADMIN}/rooms/{room['id']}", {"seats": None, "active": False}, who=staff).json, {**room, "seats": None, "active": False})
            is_problem(c.patch(f"{ADMIN}/rooms/999999999", {"seats": 1}, who=staff), 404, "room_unknown")
            is_problem(c.patch(f"{ADMIN}/rooms/{room['id']}", {"seats": 0}, who=staff), 422, "invalid", "seats")

    def finishing(self):
        w, c = self.world, self.client
        staff = self.staff()
        cookie = w.console(staff.email)
        course = w.course(sessions=self.sessions(n=2), capacity=1, instructor_id=w.instructor())["id"]
        path = f"/admin/courses/{course}/finish"

        def send(where, **fields):
            body = urlencode({"csrf": cookie.csrf, "_once": secrets.token_hex(8), **fields}).encode()
            return c.post(where, body, who=Caller("form", cookie=cookie.cookie), kind="application/x-www-form-urlencoded")

        with self.case("A course is finished on a page that says what it brings, and with a reason"):
            w.enrolled(course, w.member())
            w.ticket(course, w.member(), "waiting")
            page = c.get(path, who=cookie).body.decode()
            main = page[page.index("<main"):]
            for said in ("아직 하지 않은 수업이 2회 있습니다", "1명 · 신청과 출석 기록은 그대로", "1명 · 대기가 끝나고"):
                assert said in main, main
            r = send(f"/admin/courses/{course}/status", status="finished")
            same((r.status, r.headers.get("location")), (303, path))
            same(send(path, reason=" ").status, 422)
            same(w.sql(f"SELECT status FROM course WHERE id = {course}"), [["open"]])
            r = send(path, reason="모두 마침", expected_sessions=1)
            assert r.status == 422 and "수업이 2회 남아 있습니다" in r.body.decode(), repr(r)
            assert 'name="expected_sessions" value="2"' in r.body.decode(), "the form goes on from what holds now"
            r = send(path, reason="모두 마침", expected_sessions=2)
            same((r.status, r.headers.get("location")), (303, f"/admin/courses/{course}?done=finished"), repr(r))
            same(w.sql(f"SELECT reason FROM staff_log WHERE action = 'course.status' AND object_id = {course} ORDER BY id DESC LIMIT 1"), [["모두 마침"]])
            assert f'action="{path}"' not in c.get(path, who=cookie).body.decode(), "finished once"

    def finishing_by_program(self):
        w, c, staff = self.world, self.client, self.staff()
        course = w.course(sessions=self.sessions(n=2), instructor_id=w.instructor())["id"]
        path = f"{ADMIN}/courses/{course}/status"
        with self.case("A program that says how many sessions are still to come is refused when more are"):
            for lang in ("ko", "en"):
                is_problem(c.post(path, {"status": "finished", "expected_sessions": 0}, who=staff, lang=lang), 409, "sessions_to_come", "expected_sessions")
            is_problem(c.post(path, {"status": "closed", "expected_sessions": 0}, who=staff), 422, "invalid", "expected_sessions")
            same(c.get(f"{ADMIN}/courses/{course}", who=staff).json["status"], "open", "a refused one changes nothing")
            r = c.post(path, {"status": "finished", "expected_sessions": 2}, who=staff)
            same((r.status, r.json["status"]), (200, "finished"), repr(r))
        with self.case("One that says nothing of it finishes a course with sessions to come, as ever"):
            course = w.course(sessions=self.sessions(n=2), instructor_id=w.instructor())["id"]
            r = c.post(f"{ADMIN}/courses/{course}/status", {"status": "finished"}, who=staff)
            same((r.status, r.json["status"]), (200, "finished"), repr(r))

    def categories(self):
        w, c, staff, path = self.world, self.client, self.staff(), f"{ADMIN}/categories"
        with self.case("Categories are made, renamed, moved and taken out"):
            top = c.post(path, {"name": f"갈래 {w.mark}"}, who=staff)
            same((top.status, top.json["parent_id"]), (201, None), repr(top))
            leaf = c.post(path, {"name": f"잎 {w.mark}", "parent_id": top.json["id"]}, who=staff).json
            for lang in ("ko", "en"):
                is_problem(c.post(path, {"name": f" 잎 {w.mark} ", "parent_id": top.json["id"]}, who=staff, lang=lang), 409, "category_name_taken", "name")
            twin = c.post(path, {"name": f"다른 잎 {w.mark}", "parent_id": top.json["id"]}, who=staff).json
            is_problem(c.patch(f"{path}/{twin['id']}", {"name": f"잎 {w.mark}"}, who=staff), 409, "category_name_taken", "name")
            elsewhere = c.post(path, {"name": f"잎 {w.mark}", "parent_id": twin["id"]}, who=staff).json
            is_problem(c.patch(f"{path}/{elsewhere['id']}", {"parent_id": top.json["id"]}, who=staff), 409, "category_name_taken", "name")
            for gone in (elsewhere, twin):
                same(c.delete(f"{path}/{gone['id']}", who=staff).status, 204)
            r = c.patch(f"{path}/{leaf['id']}", {"name": f"새 잎 {w.mark}", "position": 3}, who=staff)
            same(r.json, {**leaf, "name": f"새 잎 {w.mark}", "position": 3}, repr(r))
            is_problem(c.patch(f"{path}/{top.json['id']}", {"parent_id": leaf["id"]}, who=staff), 422, "invalid", "parent_id")
            is_problem(c.post(path, {"name": "x", "parent_id": 999999999}, who=staff), 422, "invalid", "parent_id")
            is_problem(c.delete(f"{path}/{top.json['id']}", who=staff), 409, "category_used")
            course = w.course("draft", category_id=leaf["id"])
            is_problem(c.delete(f"{path}/{leaf['id']}", who=staff), 409, "category_used")
            same([k["id"] for k in c.get(f"{ADMIN}/courses?category_id={top.json['id']}", who=staff).json["data"]], [course["id"]])
            r = c.patch(f"{path}/{leaf['id']}", {"parent_id": None}, who=staff)
            same(r.json["parent_id"], None, repr(r))
            same(c.delete(f"{path}/{top.json['id']}", who=staff).status, 204)
            is_problem(c.delete(f"{path}/{top.json['id']}", who=staff), 404, "category_unknown")

    def all(self):
        self.search()
        self.clashes()
        self.runs()
        self.places()
        self.finishing()
        self.finishing_by_program()
        self.categories()
