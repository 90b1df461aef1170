"""Change requests from end to end: filing, deciding, bulk, staging, undo."""
import json
import re
import secrets
import urllib.parse

from client import Caller
from suite import is_problem, same

API = "/api/v1/"
FORM = "application/x-www-form-urlencoded"


class Requests:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case
        self.staff = world.member("operator")

    # ---- calls ----

    def teacher(self):
        who = self.world.member("instructor")
        self.world.sql(f"INSERT INTO instructor (member_id, name, created_at) VALUES ({who.member_id}, '요청 강사', UTC_TIMESTAMP(6))")
        ((who.instructor,),) = self.world.sql(f"SELECT id FROM instructor WHERE member_id = {who.member_id}")
        return who

    def course(self, teacher, **more):
        return self.world.course(instructor_id=int(teacher.instructor), **more)["id"]

    def post(self, path, body=None, who=None, key=True, **more):
        return self.client.post(API + path, body or {}, who=who or self.staff, key=secrets.token_hex(8) if key else None, **more)

    def file(self, teacher, course, kind="edit", draft=False, **changes):
        r = self.post("teach/requests", {"course_id": course, "kind": kind, "changes": changes, "draft": draft, "note": "부탁합니다"}, teacher)
        same(r.status, 201, repr(r))
        return r.json["id"]

    def state(self, request):
        return self.client.get(f"{API}admin/requests/{request}", who=self.staff).json["state"]

    def bulk(self, ids, action, **more):
        r = self.post("admin/requests/bulk", {"ids": ids, "action": action, **more})
        same(r.status, 200, repr(r))
        return r.json

    # ---- stories ----

    def filing(self):
        t = self.teacher()
        k = self.course(t, price=50000)
        with self.case("An instructor sees their courses, files, sees the request with its history, and takes it back"):
            courses = self.client.get(API + "teach/courses", who=t).json["data"]
            same([c["id"] for c in courses], [k])
            same(self.client.get(f"{API}teach/courses/{k}", who=t).json["id"], k)
            r = self.post("teach/requests", {"course_id": k, "kind": "edit", "changes": {"price": 60000}, "note": "재료비"}, t)
            same((r.status, r.json["state"], r.json["n_fields"], r.json["sensitive"], r.json["changes"]), (201, "submitted", 1, True, {"price": 60000}))
            assert "staged" not in r.json and "batch_id" not in r.json, repr(r)
            one = self.client.get(f"{API}teach/requests/{r.json['id']}", who=t).json
            same([(s["state"], s["by"]["id"]) for s in one["history"]], [("submitted", t.member_id)])
            same([(d["field"], d["base"], d["proposed"], d["current"], d["conflict"]) for d in one["diff"]], [("price", 50000, 60000, 50000, False)])
            is_problem(self.post("teach/requests", {"course_id": k, "kind": "edit", "changes": {"price": 60000}}, t), 409, "change_twice")
            gone = self.post(f"teach/requests/{r.json['id']}/withdraw", {}, t)
            same((gone.status, gone.json["state"]), (200, "withdrawn"))
            same([x["id"] for x in self.client.get(API + "teach/requests?state=withdrawn", who=t).json["data"]], [r.json["id"]])
        with self.case("A draft is changed and then sent"):
            d = self.file(t, k, draft=True, title="새 이름")
            same(self.state(d), "draft")
            mine = f"{API}admin/requests?instructor_id={t.instructor}"
            assert d not in [x["id"] for x in self.client.get(mine, who=self.staff).json["data"]], "a draft among what was sent"
            same([x["id"] for x in self.client.get(mine + "&state=draft", who=self.staff).json["data"]], [d])
            r = self.client.patch(f"{API}teach/requests/{d}", {"changes": {"title": "더 새 이름"}}, who=t)
            same((r.status, r.json["changes"], r.json["note"]), (200, {"title": "더 새 이름"}, "부탁합니다"))
            r = self.client.patch(f"{API}teach/requests/{d}", {"note": "바뀐 말"}, who=t)
            same((r.json["changes"], r.json["note"]), ({"title": "더 새 이름"}, "바뀐 말"))
            same(self.post(f"teach/requests/{d}/submit", {}, t).json["state"], "submitted")
            is_problem(self.client.patch(f"{API}teach/requests/{d}", {"note": "x"}, who=t), 409, "change_state_refused", "state")
        with self.case("An edit of a draft is a merge patch within its changes as well: what it does not name stays, null takes out, a list is replaced"):
            meets = [{"starts_at": f"2047-01-0{day}T01:00:00Z", "ends_at": f"2047-01-0{day}T02:00:00Z", "room": f"초안 {self.world.mark}"} for day in (1, 2)]
            d = self.file(t, k, draft=True, title="초안 2")
            patch = lambda **changes: self.client.patch(f"{API}teach/requests/{d}", {"changes": changes}, who=t)
            for asked, kept in (({"capacity": 9}, {"title": "초안 2", "capacity": 9}), ({"sessions": meets}, {"title": "초안 2", "capacity": 9, "sessions": meets}),
                                ({"sessions": meets[:1], "capacity": 8}, {"title": "초안 2", "capacity": 8, "sessions": meets[:1]}),
                                ({"title": None, "sessions": None}, {"capacity": 8}), ({"title": None}, {"capacity": 8}), ({}, {"capacity": 8})):
                r = patch(**asked)
                same((r.status, r.json.get("changes")), (200, kept), repr(asked))
            is_problem(patch(title=None, colour=None), 422, "change_not_allowed", "changes.colour")
            is_problem(patch(price="1"), 422, "invalid", "changes.price")
        with self.case("A draft without any change is refused as it is when it is filed, and stays as it was"):
            for changes in ({"capacity": None}, None):
                is_problem(self.client.patch(f"{API}teach/requests/{d}", {"changes": changes}, who=t), 422, "change_empty", "changes")
            same(self.client.get(f"{API}teach/requests/{d}", who=t).json["changes"], {"capacity": 8})
            self.post(f"teach/requests/{d}/withdraw", {}, t)
        with self.case("What is not theirs, not possible or nothing is refused at its member, in both languages"):
            for lang in ("ko", "en"):
                for changes, status, code, field in (
                        ({"instructor_id": 1}, 422, "change_not_allowed", "changes.instructor_id"),
                        ({"hold_seconds": 5}, 422, "change_not_allowed", "changes.hold_seconds"),
                        ({"price": 50000}, 422, "change_empty", "changes"), ({}, 422, "change_empty", "changes"),
                        ({"price": "50000"}, 422, "invalid", "changes.price"), ({"capacity": 0}, 422, "invalid", "changes.capacity"),
                        ({"enrol_closes_at": "2001-01-01T00:00:00Z"}, 422, "invalid", "changes.enrol_closes_at")):
                    r = self.client.post(API + "teach/requests", {"course_id": k, "kind": "edit", "changes": changes}, who=t, lang=lang)
                    is_problem(r, status, code, field)
            is_problem(self.post("teach/requests", {"course_id": k, "kind": "status", "changes": {"status": "cancelled"}}, t), 422,
                       "change_not_allowed", "changes.status")
            is_problem(self.post("teach/requests", {"course_id": k, "kind": "status", "changes": {"status": "draft"}}, t), 422, "change_not_allowed")
            is_problem(self.post("teach/requests", {"course_id": k, "kind": "gift", "changes": {}}, t), 422, "invalid", "kind")
        with self.case("Nobody else files on it, whatever their role"):
            is_problem(self.post("teach/requests", {"course_id": k, "kind": "delete"}, self.world.member()), 403, "role_missing")
            is_problem(self.post("teach/requests", {"course_id": k, "kind": "delete"}, self.teacher()), 404, "course_unknown")
            is_problem(self.post("teach/requests", {"course_id": k, "kind": "delete"}, self.world.member("instructor")), 404, "course_unknown")

    def timetable(self):
        t = self.teacher()
        at = [{"starts_at": f"2046-0{m}-01T01:00:00Z", "ends_at": f"2046-0{m}-01T03:00:00Z", "room": f"요청실 {self.world.mark}"} for m in (1, 2)]
        k = self.course(t, sessions=at)
        with self.case("A timetable is asked for as it was got, and each session goes on as the one that it was"):
            got = self.client.get(f"{API}teach/courses/{k}", who=t).json["sessions"]
            asks = {"course_id": k, "kind": "edit", "changes": {"sessions": got}}
            is_problem(self.post("teach/requests", asks, t), 422, "change_empty", "changes")
            moved = [got[1], {**got[0], "starts_at": "2046-03-01T01:00:00Z", "ends_at": "2046-03-01T03:00:00Z"}]
            asks["changes"]["sessions"] = [moved[0], {**moved[1], "id": moved[0]["id"]}]
            is_problem(self.post("teach/requests", asks, t), 422, "invalid", "changes.sessions[1].id")
            asks["changes"]["sessions"] = moved
            r = self.post("teach/requests", asks, t)
            same((r.status, r.json["changes"]["sessions"]), (201, moved), repr(r))
            bare = [{n: v for n, v in s.items() if n != "id"} for s in moved]
            is_problem(self.post("teach/requests", {**asks, "changes": {"sessions": bare}}, t), 409, "change_twice")
            (d,) = self.client.get(f"{API}admin/requests/{r.json['id']}", who=self.staff).json["diff"]
            same((d["proposed"], d["base"], d["current"], d["conflict"]), (bare, at, at, False))
            for act in ("approve", "complete"):
                same(self.post(f"admin/requests/{r.json['id']}/{act}", {"tell": "later"}).status, 200)
            same(self.client.get(f"{API}courses/{k}").json["sessions"], moved)

    def deciding(self):
        t = self.teacher()
        k = self.course(t, price=50000)
        with self.case("A request is approved, completed, and over"):
            r = self.file(t, k, price=70000, description="새 소개")
            detail = self.client.get(f"{API}admin/requests/{r}", who=self.staff).json
            same(([d["field"] for d in detail["diff"]], detail["impact"]["final"], detail["impact"]["clashes"]), (["price", "description"], False, []))
            is_problem(self.post(f"admin/requests/{r}/complete"), 409, "change_state_refused", "state")
            same(self.post(f"admin/requests/{r}/approve").json["state"], "approved")
            done = self.post(f"admin/requests/{r}/complete")
            same((done.status, done.json["state"]), (200, "completed"))
            same(self.client.get(f"{API}courses/{k}").json["price"], 70000)
            for act in ("approve", "complete"):
                is_problem(self.post(f"admin/requests/{r}/{act}"), 409, "change_state_refused")
            is_problem(self.post(f"admin/requests/{r}/reject", {"reason": "늦음"}), 409, "change_state_refused")
            told = [n["type"] for n in self.client.get(API + "notifications", who=t).json["data"]]
            assert {"request.submitted", "request.approved", "request.completed"} <= set(told), told
        with self.case("A rejection needs its reason, and the instructor reads it"):
            r = self.file(t, k, capacity=33)
            is_problem(self.post(f"admin/requests/{r}/reject"), 422, "invalid", "reason")
            same(self.post(f"admin/requests/{r}/reject", {"reason": "방이 작습니다"}).json["reason"], "방이 작습니다")
            same(self.client.get(f"{API}teach/requests/{r}", who=t).json["reason"], "방이 작습니다")
        with self.case("A course that moved on makes the request stale: refused, kept, shown, filed again"):
            r = self.file(t, k, price=80000)
            same(self.post(f"admin/requests/{r}/approve").status, 200)
            version = self.client.get(f"{API}courses/{k}").json["version"]
            moved = self.client.patch(f"{API}admin/courses/{k}", {"price": 75000}, who=self.staff, headers={"If-Match": f'"{version}"'})
            same(moved.status, 200, repr(moved))
            is_problem(self.post(f"admin/requests/{r}/complete"), 409, "change_stale")
            detail = self.client.get(f"{API}admin/requests/{r}", who=self.staff).json
            same((detail["state"], detail["diff"][0]["conflict"], detail["diff"][0]["current"]), ("stale", True, 75000))
            same(self.client.get(f"{API}courses/{k}").json["price"], 75000)
            same(self.post(f"teach/requests/{r}/submit", {}, t).json["state"], "submitted")
        with self.case("A request whose course another instructor has by now says so before it is decided: as JSON, on the page, in a dry run"):
            moved = self.course(t, price=50000)
            r = self.file(t, moved, price=80000)
            version = self.client.get(f"{API}courses/{moved}").json["version"]
            given = self.client.patch(f"{API}admin/courses/{moved}", {"instructor_id": int(self.teacher().instructor)}, who=self.staff,
                                      headers={"If-Match": f'"{version}"'})
            same(given.status, 200, repr(given))
            same(self.client.get(f"{API}admin/requests/{r}", who=self.staff).json["impact"]["blocked"], "change_passed_on")
            (result,) = self.bulk([r], "approve", dry_run=True)["results"]
            same((result["code"], result["impact"]["blocked"]), ("change_passed_on", "change_passed_on"))
            shown = self.client.get(f"/admin/requests/{r}", who=self.world.console(self.staff.email)).body.decode()
            assert "지금은 적용할 수 없습니다: " + result["message"] in shown, shown[shown.index("<main"):]
            is_problem(self.post(f"admin/requests/{r}/approve"), 409, "change_passed_on")
        with self.case("A deletion cancels the course and can't be undone"):
            gone = self.course(t)
            r = self.file(t, gone, kind="delete")
            assert self.client.get(f"{API}admin/requests/{r}", who=self.staff).json["impact"]["final"]
            self.post(f"admin/requests/{r}/approve")
            batch = self.bulk([r], "complete", tell="later")["batch_id"]
            same(self.client.get(f"{API}admin/courses/{gone}", who=self.staff).json["status"], "cancelled")
            undone = self.post(f"admin/requests/batches/{batch}/undo").json
            same((undone["results"][0]["code"], undone["done"]), ("change_final", 0))
        with self.case("Whoever asks for a status that only a deletion brings is told how to ask for it"):
            for lang in ("ko", "en"):
                refused = self.post("teach/requests", {"course_id": self.course(t), "kind": "status", "changes": {"status": "cancelled"}}, t, lang=lang)
                is_problem(refused, 422, "change_not_allowed", "changes.status")
                assert "delete" in refused.json["errors"][0]["message"], refused.json
        with self.case("The page of an undo says one thing: that all, that some or that nothing could be taken back, and which"):
            cookie = self.world.console(self.staff.email)
            said = lambda b: re.findall(r'<p class="([a-z -]*band[a-z -]*)"[^>]*>(?:<svg.*?</svg>)?(?:<span>)?([^<]+)',
                                        self.client.get(f"/admin/requests/batches/{b}?done=undone", who=cookie).body.decode())
            same(said(batch), [("alert-band bad", f"되돌리지 못했습니다: R-{r}. 그 뒤에 강좌가 다시 바뀌었거나 환불이 시작된 요청입니다")])
            two = [self.file(t, self.course(t), kind="delete"), self.file(t, self.course(t, price=50000), price=60000)]
            self.bulk(two, "approve")
            other = self.bulk(two, "complete", tell="later")["batch_id"]
            self.post(f"admin/requests/batches/{other}/undo")
            same(said(other), [("alert-band", f"1건을 되돌렸고 1건은 되돌리지 못했습니다: R-{two[0]}. 그 뒤에 강좌가 다시 바뀌었거나 환불이 시작된 요청입니다")])
            one = self.file(t, self.course(t, price=50000), price=60000)
            other = self.bulk([one], "approve", tell="later")["batch_id"]
            self.post(f"admin/requests/batches/{other}/undo")
            self.post(f"admin/requests/{one}/approve")      # decided anew: that is no failure of the undo
            same([words for _, words in said(other)], ["모두 되돌렸습니다. 아무에게도 알리지 않았습니다"])
        with self.case("A batch of which a part failed warns, names what failed and why, and lists it first"):
            ids = [self.file(t, self.course(t, price=50000), price=60000 + i) for i in range(2)]
            self.post(f"teach/requests/{ids[1]}/withdraw", {}, t)
            other = self.bulk(ids, "approve")["batch_id"]
            ((kind, words),) = said(other)
            same((kind, words.startswith(f"1건 처리, 1건 실패: R-{ids[1]} (")), ("alert-band", True), words)
            page = self.client.get(f"/admin/requests/batches/{other}", who=cookie).body.decode()
            same(re.findall(r'<td class="id"[^>]*><a href="/admin/requests/(\d+)"', page), [str(ids[1]), str(ids[0])])
        with self.case("The log has who decided, what it was and became, and why"):
            lines = self.client.get(f"{API}admin/audit?object_type=change_request&object_id={r}", who=self.staff).json["data"]
            same([line["action"] for line in lines], ["change.complete", "change.approve"])
            same((lines[0]["before"]["state"], lines[0]["after"]["state"], lines[0]["after"]["batch_id"]), ("approved", "completed", batch))

    def many(self):
        t = self.teacher()
        ids = [self.file(t, self.course(t, price=50000), price=60000 + i) for i in range(4)]
        self.post(f"teach/requests/{ids[3]}/withdraw", {}, t)
        wanted = [(ids[0], True, None), (ids[1], True, None), (ids[3], False, "change_state_refused"), (999999999, False, "change_unknown")]
        names = [w[0] for w in wanted]
        shown = lambda r: [(x["id"], x["ok"], x["code"]) for x in r["results"]]
        with self.case("A dry run says what each would do and does nothing; the real one does just that"):
            dry = self.bulk(names, "approve", dry_run=True)
            same((shown(dry), dry["batch_id"], self.state(ids[0])), (wanted, None, "submitted"))
            same((dry["results"][0]["impact"]["course_id"] > 0, dry["results"][2]["message"] != ""), (True, True))
            nothing = self.bulk(names, "approve", all_or_nothing=True)
            same((nothing["done"], [x["code"] for x in nothing["results"]][:2], self.state(ids[0])), (0, ["change_held_back"] * 2, "submitted"))
            real = self.bulk(names, "approve")
            same((shown(real), self.state(ids[0]), real["results"][0]["impact"]), (wanted, "approved", None))
        with self.case("A batch is undone as long as nobody was told; then it is told"):
            batch = self.bulk(ids[:2], "complete", tell="later")["batch_id"]
            b = self.client.get(f"{API}admin/requests/batches/{batch}", who=self.staff).json
            same((len(b["results"]), b["told_at"], b["by"]["id"]), (2, None, self.staff.member_id))
            undone = self.post(f"admin/requests/batches/{batch}/undo")
            same((undone.status, undone.json["done"], self.state(ids[0])), (200, 2, "approved"))
            for what in ("undo", "tell"):
                for lang in ("ko", "en"):
                    is_problem(self.post(f"admin/requests/batches/{batch}/{what}", lang=lang), 409, "change_undone")
            batch = self.bulk(ids[:2], "complete", tell="later")["batch_id"]
            same(self.post(f"admin/requests/batches/{batch}/tell").json["tell_at"], None)
            for what in ("tell", "undo"):
                is_problem(self.post(f"admin/requests/batches/{batch}/{what}"), 409, "change_told")
        with self.case("A decision is staged for colleagues to see, and nothing happens"):
            path = f"{API}admin/requests/{ids[2]}/stage"
            r = self.client.call("PUT", path, {"decision": "reject", "reason": "확인 중"}, who=self.staff)
            same((r.status, r.json["staged"], r.json["staged_by"]["id"], r.json["state"]), (200, "reject", self.staff.member_id, "submitted"))
            same(self.client.call("PUT", path, {"decision": "none"}, who=self.staff).json["staged_by"], None)
            is_problem(self.client.call("PUT", path, {"decision": "maybe"}, who=self.staff), 422, "invalid", "decision")
            is_problem(self.client.call("PUT", f"{API}admin/requests/{ids[3]}/stage", {"decision": "approve"}, who=self.staff), 409, "change_state_refused")
        with self.case("A bulk without ids, with too many, or a rejection without a reason is refused as a whole"):
            for body, field in (({"ids": [], "action": "approve"}, "ids"), ({"ids": list(range(1, 202)), "action": "approve"}, "ids"),
                                ({"ids": ["x"], "action": "approve"}, "ids[0]"), ({"ids": [1], "action": "delete"}, "action"),
                                ({"ids": [1], "action": "reject"}, "reason"), ({"ids": [1], "action": "approve", "force": True}, "force")):
                is_problem(self.post("admin/requests/bulk", body), 422, "invalid", field)
        with self.case("The list is filtered and pages both ways"):
            mine = f"{API}admin/requests?instructor_id={t.instructor}&limit=2"
            first = self.client.get(mine, who=self.staff).json
            same([x["id"] for x in first["data"]], [ids[3], ids[2]])
            second = self.client.get(f"{mine}&cursor={first['next_cursor']}", who=self.staff).json
            same(([x["id"] for x in second["data"]], second["next_cursor"]), ([ids[1], ids[0]], None))
            same([x["id"] for x in self.client.get(f"{mine}&cursor={second['prev_cursor']}", who=self.staff).json["data"]], [ids[3], ids[2]])
            same([x["id"] for x in self.client.get(f"{mine}&state=completed&sort=oldest&kind=edit", who=self.staff).json["data"]], ids[:2])
            is_problem(self.client.get(API + "admin/requests?colour=red", who=self.staff), 422, "invalid", "colour")
        with self.case("The same key is the same decision"):
            r = self.file(t, self.course(t), price=1)
            key = secrets.token_hex(8)
            one, two = (self.client.post(f"{API}admin/requests/{r}/approve", {}, who=self.staff, key=key) for _ in range(2))
            same((one.status, two.status, json.dumps(one.json)), (200, 200, json.dumps(two.json)))

    def seen(self):
        t = self.teacher()
        k = self.course(t, price=50000)
        with self.case("A decision on a version that is no more is refused: by header, by member, and in bulk one by one"):
            r, other = self.file(t, k, price=60000), self.file(t, self.course(t), price=1)
            old = self.client.get(f"{API}admin/requests/{r}", who=self.staff)
            same(old.headers["etag"], f'"{old.json["version"]}"')
            version = self.client.get(f"{API}courses/{k}").json["version"]
            self.client.patch(f"{API}admin/courses/{k}", {"price": 55000}, who=self.staff, headers={"If-Match": f'"{version}"'})
            is_problem(self.post(f"admin/requests/{r}/approve"), 409, "change_stale")
            self.client.patch(f"{API}teach/requests/{r}", {"changes": {"price": 99000}}, who=t)
            self.post(f"teach/requests/{r}/submit", {}, t)
            for act in ("approve", "reject"):
                body = {"reason": "이유"}
                is_problem(self.client.post(f"{API}admin/requests/{r}/{act}", body, who=self.staff, headers={"If-Match": old.headers["etag"]}), 412,
                           "version_stale", "version")
                is_problem(self.post(f"admin/requests/{r}/{act}", {**body, "version": old.json["version"]}), 412, "version_stale", "version")
            is_problem(self.client.call("PUT", f"{API}admin/requests/{r}/stage", {"decision": "approve", "version": old.json["version"]}, who=self.staff),
                       412, "version_stale")
            done = self.bulk([r, other], "approve", seen=[{"id": r, "version": old.json["version"]}])
            same([(x["id"], x["code"]) for x in done["results"]], [(r, "version_stale"), (other, None)])
            now = self.client.get(f"{API}admin/requests/{r}", who=self.staff)
            same((now.json["state"], now.json["changes"]), ("submitted", {"price": 99000}))
            r = self.client.post(f"{API}admin/requests/{r}/approve", {}, who=self.staff, headers={"If-Match": now.headers["etag"]})
            same((r.status, r.json["state"]), (200, "approved"), repr(r))

    def form(self, path, *fields):
        body = urllib.parse.urlencode([*fields, ("csrf", self.cookie.csrf), ("_once", secrets.token_hex(8))]).encode()
        return self.client.post(path, body, who=Caller("form", cookie=self.cookie.cookie), kind=FORM)

    def page(self, path):
        r = self.client.get(path, who=Caller("form", cookie=self.cookie.cookie))
        same(r.status, 200, repr(r))
        return r.body.decode()

    def stage(self, request, reason):
        path = f"{API}admin/requests/{request}/stage"
        same(self.client.call("PUT", path, {"decision": "reject", "reason": reason}, who=self.staff).status, 200)

    def console(self):
        t = self.teacher()
        self.cookie = self.world.console(self.staff.email)
        with self.case("Each rejection keeps the reason it was staged with; what is typed is for those that had none"):
            own, bare = (self.file(t, self.course(t), price=1 + i) for i in range(2))
            self.stage(own, "방이 작습니다")
            shown = self.page(f"/admin/requests/decide?ids={own}&ids={bare}&action=reject")
            assert "방이 작습니다" in shown and 'name="reason"' in shown, "the check page shows the one reason and asks for the other"
            r = self.form("/admin/requests/decide", ("reject", own), ("reject", bare), ("reason", "서류가 없습니다"))
            same(r.status, 303, repr(r))
            same([self.client.get(f"{API}admin/requests/{i}", who=self.staff).json["reason"] for i in (own, bare)], ["방이 작습니다", "서류가 없습니다"])
        with self.case("What was decided or taken back by somebody else since it was ticked is said on the check page, and left out of what it does"):
            good, decided, gone = (self.file(t, self.course(t), price=1 + i) for i in range(3))
            self.post(f"admin/requests/{decided}/reject", {"reason": "먼저 봄"}, who=self.world.demo("operator"))
            self.post(f"teach/requests/{gone}/withdraw", {}, t)
            shown = self.page(f"/admin/requests/decide?ids={good}&ids={decided}&ids={gone}&action=approve")
            assert "선택 3건 중 1건에 적용할 수 있습니다" in shown and "1건 처리 (승인만)" in shown, shown[shown.index("<main"):]
            for request, state in ((decided, "반려"), (gone, "철회")):
                (row,) = re.findall(rf'<tr class="refused">(?:(?!</tr>).)*R-{request}<.*?</tr>', shown, re.S)
                assert "처리할 수 없음" in row and state in row, row
            (row,) = re.findall(rf'<tr>(?:(?!</tr>).)*R-{good}<.*?</tr>', shown, re.S)
            assert "처리할 수 없음" not in row, row
            same(self.form("/admin/requests/decide", ("approve", good), ("approve", decided), ("approve", gone)).status, 303)
            same([self.state(i) for i in (good, decided, gone)], ["approved", "rejected", "withdrawn"])
            shown = self.page(f"/admin/requests/decide?ids={decided}&ids={gone}&action=approve")
            assert "선택 2건 중 0건" in shown and 'name="apply"' not in shown and 'data-key="y"' not in shown, shown[shown.index("<main"):]
        with self.case("A page that shows an older request decides nothing, and comes back with the new one"):
            k = self.course(t, price=50000)
            r = self.file(t, k, price=60000)
            stale = lambda where: re.search(r'name="_version(?:\.\d+)?" value="(\d+)"', self.page(where))[1]
            old, old_check = stale(f"/admin/requests/{r}"), stale(f"/admin/requests/decide?ids={r}&action=approve")
            same(old, old_check)
            self.post(f"teach/requests/{r}/withdraw", {}, t)
            r2 = self.file(t, k, price=70000)
            self.stage(r2, "보는 중")
            for path, fields in ((f"/admin/requests/{r2}", [("decision", "approve"), ("_version", "1")]),
                                 (f"/admin/requests/{r2}/stage", [("decision", "approve"), ("_version", "1")]),
                                 ("/admin/requests/decide", [("approve", r2), (f"_version.{r2}", "1")])):
                shown = self.form(path, *fields)
                same(shown.status, 422, repr(shown))
                assert "화면을 연 뒤에 요청이 바뀌었습니다" in shown.body.decode(), path
                assert re.search(rf'name="_version(?:\.{r2})?" value="2"', shown.body.decode()), f"{path}: the new version does not come with the page"
            same(self.state(r2), "submitted")
            assert f"/admin/requests/{r2}\">바뀐 내용 보기" in shown.body.decode(), "where is what has changed?"
            same(self.form("/admin/requests/decide", ("approve", r2), (f"_version.{r2}", "2")).status, 303)
            same(self.state(r2), "approved")

    def looking(self):
        t = self.teacher()
        with self.case("Finance reads requests and batches, and is offered no decision"):
            r = self.file(t, self.course(t), price=1)
            batch = self.bulk([r], "approve", tell="later")["batch_id"]
            waits = self.file(t, self.course(t), price=2)
            cookies = {who: self.world.console(self.world.member(who).email) for who in ("finance", "operator")}
            for path, offer in ((f"/admin/requests/{r}", "action=reject"), (f"/admin/requests?id={waits}", 'name="decision"'),
                                ("/admin/requests", 'name="ids"'), (f"/admin/requests/batches/{batch}", "/undo")):
                for who, cookie in cookies.items():
                    shown = self.client.get(path, who=Caller(who, cookie=cookie.cookie))
                    same((shown.status, offer in shown.body.decode()), (200, who == "operator"), f"{who} at {path}")

    def teaching(self):
        t = self.teacher()
        cookie = self.world.console(t.email)
        look = lambda path: self.client.get(path, who=cookie).body.decode()
        k = self.course(t)
        with self.case("An instructor is offered what the course may become, and not what it is"):
            offered = lambda: re.findall(r'name="status"[^>]*value="([a-z]+)"', look(f"/teach/courses/{k}/request/status"))
            same(offered(), ["closed", "finished"])
            self.client.post(f"{API}admin/courses/{k}/status", {"status": "closed"}, who=self.staff, key=secrets.token_hex(8))
            same(offered(), ["open", "finished"])
        with self.case("What was sent is marked as it was when it was checked"):
            r = self.file(t, k, description="시험 삼아 바꾼 설명")
            main = look(f"/teach/requests/{r}")
            assert "<ins>" in main and re.search(r'<span class="text">시험<ins>', main), main[main.index("<main"):]
        with self.case("A request that clashes with both room and instructor says each once, and no more"):
            room, at = f"겹친 방 {self.world.mark}", lambda day: [{"starts_at": f"2046-{day}T01:00:00Z", "ends_at": f"2046-{day}T03:00:00Z", "room": room}]
            moving = self.course(t, sessions=at("01-01") + at("01-08"))
            r = self.file(t, moving, sessions=at("02-01") + at("02-08"))
            self.post(f"admin/requests/{r}/approve")
            taken = self.course(t, title="먼저 온 강좌", sessions=at("02-01") + at("02-08"))
            (result,) = self.bulk([r], "complete", dry_run=True)["results"]
            same((result["code"], result["message"]), ("room_taken", f"그 시간에 이 강의실은 먼저 온 강좌 (C-{taken}) 강좌가 씁니다. "
                                                                      f"그 시간에 강사가 먼저 온 강좌 (C-{taken}) 강좌를 맡고 있습니다"))

    def all(self):
        self.teaching()
        self.seen()
        self.looking()
        self.console()
        self.filing()
        self.timetable()
        self.deciding()
        self.many()
