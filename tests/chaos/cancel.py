#!/usr/bin/env python3
"""A course with paid seats is cancelled by the centre, while some of its members cancel by themselves and everything around them
is killed (QU-5, PA-3). Afterwards every won is back once, everybody was told once, and the gateway's books say the same as ours.

cancel.py [--seeds N] [--seed FIRST] [--seats N] [--seconds N]   Last line: `N passed, N failed`.
"""
import argparse
import asyncio
import http.client
import json
import os
import random
import ssl
import sys
import threading
import time

import books
import house
import nemesis
from history import History

sys.path.insert(0, os.path.join(house.ROOT, "tests", "http"))
os.environ.setdefault("MADANG_CONFIG", os.path.join(house.VAR, "madang.conf"))
from client import Client  # noqa: E402
from world import World  # noqa: E402

GONE = (http.client.HTTPException, OSError, ssl.SSLError)
PATIENCE_S = 180


def insist(call, good, seconds=90):
    """The same request with the same key until it is answered: what a careful client does."""
    end = time.monotonic() + seconds
    while True:
        try:
            r = call()
            if r.status in good:
                return r
            if r.status < 500 and r.status not in (409, 429) or time.monotonic() > end:
                raise AssertionError(f"not answered as it should be: {r!r}")
        except GONE as e:
            if time.monotonic() > end:
                raise AssertionError(f"never answered: {e}") from e
        time.sleep(0.2)


class Run:
    def __init__(self, seed, seats, seconds):
        self.seed, self.seats, self.seconds = seed, seats, seconds
        self.rng = random.Random(seed)
        self.conf = house.settings()
        self.world = World(Client(self.conf["base_url"]))
        self.label = f"cancel-{seed}-{int(time.time()):x}"
        self.wrong = []

    def sell(self):
        w = self.world
        self.course = w.course(capacity=self.seats, price=50000, enrol_closes_at="2099-01-01T00:00:00Z", sessions=[
            {"starts_at": "2099-02-01T01:00:00Z", "ends_at": "2099-02-01T03:00:00Z", "room": self.label}])["id"]
        self.people = [w.member() for _ in range(self.seats)]
        for who in self.people:
            who.enrolment = w.enrolled(self.course, who)["enrolment_id"]

    def member_cancels(self, who, pause):
        """May find that the centre was faster."""
        time.sleep(pause)
        client = Client(self.conf["base_url"])
        try:
            insist(lambda: client.post(f"/api/v1/enrolments/{who.enrolment}/cancel", {"reason": "일정이 바뀌었습니다"}, who=who, key=f"{self.label}-{who.enrolment}"),
                   (200, 409))
        except AssertionError as e:
            self.wrong.append(f"member {who.member_id}: {e}")

    def centre_cancels(self, pause):
        time.sleep(pause)
        client, staff = Client(self.conf["base_url"]), self.world.demo("operator")
        insist(lambda: client.post(f"/api/v1/admin/courses/{self.course}/status", {"status": "cancelled", "reason": "강사 사정"}, who=staff, key=self.label), (200,))

    def storm(self):
        history = History(house.report_path(f"cancel-{self.seed}.jsonl"))
        parts = tuple(t for t in nemesis.TARGETS if t != "memcached")
        asyncio.run(nemesis.storm(history, random.Random(self.seed), self.seconds, targets=parts))
        asyncio.run(nemesis.all_running())
        history.close()

    def play(self):
        self.world.demo("operator")
        alone = self.rng.sample(self.people, self.seats // 4)
        threads = [threading.Thread(target=self.member_cancels, args=(who, self.rng.uniform(0, self.seconds))) for who in alone]
        threads.append(threading.Thread(target=self.storm))
        for t in threads:
            t.start()
        self.centre_cancels(self.rng.uniform(0, self.seconds / 2))
        for t in threads:
            t.join()

    def rest(self):
        db = house.Database(self.conf)
        end = time.monotonic() + PATIENCE_S
        try:
            while time.monotonic() < end:
                left = db.one(f"SELECT (SELECT COUNT(*) FROM enrolment WHERE course_id = {self.course} AND status = 'active') + "
                              f"(SELECT COUNT(*) FROM refund r JOIN payment p ON p.id = r.payment_id WHERE p.course_id = {self.course} AND r.state <> 'done') + "
                              "(SELECT COUNT(*) FROM outbox)")
                if left == ["0"]:
                    return
                time.sleep(0.5)
            self.wrong.append(f"not at rest after {PATIENCE_S} s: {left[0]} things are left")
        finally:
            db.close()

    def judge(self):
        what = books.read_all(self.conf, [self.course], [who.member_id for who in self.people])
        for p in what["payments"]:
            book = what["gateway"].get(p["order"], {})
            if (book.get("charged"), book.get("returned"), p["returned"]) != (50000, 50000, 50000):
                self.wrong.append(f"{p['order']}: ours says {p['returned']} went back, the gateway's books {book}")
        if len(what["payments"]) != self.seats or any(e["status"] != "cancelled" for e in what["enrolments"]):
            self.wrong.append(f"{len(what['payments'])} orders, {sum(e['status'] != 'cancelled' for e in what['enrolments'])} not cancelled")
        for who in self.people:
            types = [n["type"] for n in what["notifications"].get(who.member_id, [])]
            ends = sum(t in ("enrolment.cancelled", "course.cancelled") for t in types)
            if ends != 1 or types.count("payment.refunded") != 1:
                self.wrong.append(f"member {who.member_id} was told {types}")
            wanted = sum(t in ("seat.offered", "enrolment.confirmed", "enrolment.cancelled", "course.cancelled", "payment.refunded") for t in types)
            got = self.world.mails(who.email, wanted)
            if len(got) != wanted:
                self.wrong.append(f"member {who.member_id} was told {types} and mailed {[m['subject'] for m in got]}")
        if what["audit"]["status"] != 0:
            self.wrong.append(f"audit: {json.dumps(what['audit']['violations'], ensure_ascii=False)[:500]}")

    def run(self):
        self.sell()
        self.play()
        self.rest()
        self.judge()
        print(f"{'pass' if not self.wrong else 'FAIL'}  cancel seed {self.seed}: {self.seats} paid seats, {self.seconds} s of kills", flush=True)
        for words in self.wrong[:10]:
            print("      " + words, flush=True)
        return not self.wrong


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--seeds", type=int, default=1)
    ap.add_argument("--seed", type=int, default=None, help="the first seed; by chance if it is left out")
    ap.add_argument("--seats", type=int, default=24)
    ap.add_argument("--seconds", type=int, default=12)
    o = ap.parse_args()
    first = o.seed if o.seed is not None else random.SystemRandom().randrange(1, 10**6)
    print(f"cancel: {o.seeds} run(s), first seed {first}", flush=True)
    good = sum(Run(first + i, o.seats, o.seconds).run() for i in range(o.seeds))
    print(f"{good} passed, {o.seeds - good} failed")
    return 0 if good == o.seeds else 1


if __name__ == "__main__":
    sys.exit(main())
