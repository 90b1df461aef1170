"""Important notices by mail: each once, in the member's language, also when the mail server lets them wait."""
import os
import secrets
import signal
import time

from suite import same


class Mails:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case
        self.status = os.path.join(world.settings["run_dir"], "stack.status")

    def member(self, locale="ko", *roles):
        who = self.world.member(*roles)
        self.world.sql(f"UPDATE member SET locale = '{locale}' WHERE id = {who.member_id}")
        return who

    def subjects(self, who, at_least):
        return sorted(m["subject"] for m in self.world.mails(who.email, at_least))

    def rest(self):
        """Nothing is to be mailed any more."""
        for _ in range(200):
            if self.world.sql("SELECT COUNT(*) FROM outbox WHERE shard >= 40") == [["0"]]:
                return
            time.sleep(0.05)
        raise AssertionError("mails do not leave")

    def post(self, path, body, who):
        return self.client.post("/api/v1/" + path, body, who=who, key=secrets.token_hex(8))

    def server(self):
        with open(self.status, encoding="ascii") as f:
            return next(int(line.split()[2]) for line in f if line.split()[0] == "mailbox")

    # ---- stories ----

    def paying(self):
        w = self.world
        title = f"민화 {secrets.token_hex(3)}"
        with self.case("Who is offered a seat and pays has a mail for each, in the member's own language"):
            k, one, two = w.course(title=title)["id"], self.member(), self.member("en")
            for who in (one, two):
                order = w.enrolled(k, who)["order_id"]
            same(self.subjects(one, 2), [f"[마당] 수강 신청이 끝났습니다: {title}", f"[마당] 자리가 났습니다: {title}"])
            same(self.subjects(two, 2), [f"[Madang] A seat is yours: {title}", f"[Madang] You are enrolled: {title}"])
            text = next(m["text"] for m in w.mails(two.email) if "enrolled" in m["subject"])
            assert text.startswith("Hello 시험 회원,\n") and order in text and text.endswith("\nMadang\n") and "{" not in text, text
        with self.case("What was pushed in a language is replayed in it, whatever the connection asks for; the list is in the one that it asks for"):
            for lang, words in (("ko", "수강 신청이 끝났습니다"), ("en", "You are enrolled")):
                assert words in repr(self.client.get("/api/v1/notifications", who=two, lang=lang).json), lang
                r = self.client.get("/api/v1/events", who=two, lang=lang, headers={"Last-Event-ID": "0"}, checked=False)
                assert "You are enrolled" in r.body.decode() and "끝났습니다" not in r.body.decode(), r.body
        with self.case("Who has no account's address, or is suspended, gets none"):
            gone, staff = self.member(), w.member("operator")
            before = len(w.mails(gone.email, 0))
            w.enrolled(k, gone)
            self.rest()
            had = len(w.mails(gone.email, 0))
            same(had - before, 2)
            r = self.client.post(f"/api/v1/admin/members/{gone.member_id}/suspend", {"reason": "시험"}, who=staff, key=secrets.token_hex(8))
            same(r.status, 200, repr(r))
            same(self.post(f"admin/courses/{k}/status", {"status": "cancelled", "reason": "시험"}, staff).status, 200)
            same(len(w.mails(one.email, 4)), 4, "cancelled, and refunded")
            self.rest()
            same(len(w.mails(gone.email, 0)), had)

    def waiting(self):
        w, staff = self.world, self.world.member("operator")
        with self.case("A mail server that does not answer holds up no refund, and afterwards each mail comes once"):
            title = f"서예 {secrets.token_hex(3)}"
            k, people = w.course(title=title, capacity=5)["id"], [self.member() for _ in range(5)]
            for who in people:
                w.enrolled(k, who)
                w.mails(who.email, 2)
            self.rest()
            server = self.server()
            os.kill(server, signal.SIGSTOP)
            try:
                same(self.post(f"admin/courses/{k}/status", {"status": "cancelled", "reason": "시험"}, staff).status, 200)
                for _ in range(200):
                    if w.sql(f"SELECT COUNT(*) FROM payment WHERE course_id = {k} AND returned = amount") == [["5"]]:
                        break
                    time.sleep(0.05)
                else:
                    raise AssertionError("the money waits for the mails")
                same([len(w.mails(who.email, 0)) for who in people], [2] * 5)
            finally:
                os.kill(server, signal.SIGCONT)
            for who in people:
                same(self.subjects(who, 4)[:2], [f"[마당] 강좌가 폐강되었습니다: {title}", f"[마당] 결제 금액을 환불했습니다: {title}"])
            self.rest()
            same([len(w.mails(who.email, 0)) for who in people], [4] * 5)
            ids = ",".join(str(who.member_id) for who in people)
            same(w.sql(f"SELECT DISTINCT mail FROM notification WHERE member_id IN ({ids})"), [["written"]])

    def deciding(self):
        w, staff = self.world, self.world.member("operator")
        with self.case("The instructor is mailed why a request was rejected, and where it is"):
            teacher = self.member("ko", "instructor")
            w.sql(f"INSERT INTO instructor (member_id, name, created_at) VALUES ({teacher.member_id}, '요청 강사', UTC_TIMESTAMP(6))")
            ((instructor,),) = w.sql(f"SELECT id FROM instructor WHERE member_id = {teacher.member_id}")
            k = w.course(instructor_id=int(instructor))["id"]
            r = self.post("teach/requests", {"course_id": k, "kind": "edit", "changes": {"capacity": 33}, "note": ""}, teacher)
            same(r.status, 201, repr(r))
            same(self.post(f"admin/requests/{r.json['id']}/reject", {"reason": "방이 작습니다"}, staff).status, 200)
            (mail,) = w.mails(teacher.email)
            assert mail["subject"].startswith("[마당] 변경 요청을 반려했습니다: "), mail
            assert "사유: 방이 작습니다" in mail["text"] and f"{w.settings['base_url']}/teach/requests/{r.json['id']}\n" in mail["text"], mail
            self.rest()
            same(len(w.mails(teacher.email)), 1)

    def all(self):
        self.paying()
        self.waiting()
        self.deciding()
