"""What rush and kill have in common: a crowd is set up, does what it does, comes to rest, and is judged."""
import argparse
import asyncio
import json
import random
import time

import books
import checker
import house
import nemesis
from crowd import Crowd, Links, make_members, make_people, open_courses
from history import History
from watch import Watch
from wire import Broken


class Scene:
    def __init__(self, mode, seed, members, seats, hold, streams, links, **people):
        self.mode, self.seed, self.rng = mode, seed, random.Random(seed)
        self.name = mode                 # of the files in var/chaos/
        self.n_members, self.seats, self.hold = members, seats, hold       # seats: of each course
        self.n_streams, self.n_links, self.people_options = streams, links, people
        self.conf = house.settings()
        self.base = self.conf["base_url"]
        self.label = f"{mode}-{seed}-{int(time.time() * 1000):x}"
        self.storm_seconds, self.parts, self.cuts_every = 0, (), 0
        self.rest_seconds, self.arrive_within, self.hang_up = 120, 0.0, 0.0

    async def set_up(self):
        self.links = Links(self.base, self.n_links)
        self.courses = await open_courses(self.links, self.seats, self.hold)
        db = house.Database(self.conf)
        members = make_members(db, self.n_members, self.label)
        db.close()
        self.people = make_people(members, self.courses, self.rng, self.n_streams, **self.people_options)
        for p in self.people:
            p.delay = self.rng.uniform(0, self.arrive_within)
        self.history = History(house.report_path(f"{self.name}-{self.seed}.jsonl"))
        self.history.add("run", mode=self.mode, seed=self.seed, seats=self.seats, hold=self.hold, courses=self.courses, parts=list(self.parts),
                         sells_out=self.mode == "rush", people=[p.plan() for p in self.people])
        self.crowd = Crowd(self.base, self.links, self.history, self.people)
        self.crowd.hang_up = self.hang_up
        self.watch = Watch(self.conf, self.history, self.crowd, self.courses)
        await self.crowd.open_streams()
        await self.links.warm()

    async def play(self):
        """The crowd lives, the storm rages and ends, the system comes to rest."""
        watching = asyncio.create_task(self.watch.run())
        self.crowd.start()
        if self.storm_seconds:
            cutting = asyncio.create_task(self.crowd.cut_streams(self.rng, self.cuts_every))
            await nemesis.storm(self.history, random.Random(self.rng.getrandbits(64)), self.storm_seconds, targets=self.parts)
            cutting.cancel()
            await nemesis.all_running()
        else:
            await asyncio.sleep(self.hold)
        self.crowd.give_up_at = time.monotonic() + self.rest_seconds
        await self.watch.rest(self.rest_seconds)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await self.crowd.stop()

    async def ask_all(self):
        """What the public face says once all is quiet."""
        db = house.Database(self.conf)
        listeners = ",".join(str(p.id) for p in self.people if p.streams) or "0"
        heads = {int(m): int(h) for m, h in db.rows(f"SELECT member_id, head FROM member_stream WHERE member_id IN ({listeners})")}
        db.close()
        await self.crowd.streams_reach(heads, 20)
        self.crowd.give_up_at = time.monotonic() + 20
        await self.crowd.ask_payments()
        told = [p for p in self.people if p.ticket and p.offered.is_set()]
        await self.crowd.list_notifications(told[:200] + self.rng.sample(self.people, min(50, len(self.people))))
        await self.crowd.close_streams()
        await self.links.close()
        self.history.close()

    async def run(self):
        try:
            await self.set_up()
        except Broken as e:
            raise SystemExit(f"{self.base} does not answer ({e}): start the system first, ./madang up")
        await self.play()
        await self.ask_all()

    def judge(self):
        what = books.read_all(self.conf, self.courses, [p.id for p in self.people])
        with open(house.report_path(f"{self.name}-{self.seed}.books.json"), "w", encoding="utf-8") as f:
            json.dump(what, f, ensure_ascii=False)
        with open(self.history.path, encoding="utf-8") as f:
            lines = [json.loads(line) for line in f]
        report = checker.judge(lines, what)
        with open(house.report_path(f"{self.name}-{self.seed}.json"), "w", encoding="utf-8") as f:
            json.dump(report, f, ensure_ascii=False, indent=1)
        with open(house.report_path(f"{self.name}-{self.seed}.txt"), "w", encoding="utf-8") as f:
            f.write(checker.text(report) + "\n")
        return report


def rush(seed, members=1000, seats=30, hold=3):
    """All of them join one course within a second."""
    return Scene("rush", seed, members, (seats,), hold, streams=100, links=200, faulty=0.1)


def crossing(seed):
    """Joins, leaving and payments of few people with short holds, so that many transactions free seats at the same time."""
    return Scene("crossing", seed, 400, (60,), 1, streams=20, links=48, leaving=0.4, unpaid=0.3, faulty=0)


def cables(seed):
    """The members' cables are pulled all the time, and nchan, which has only its memory, is killed."""
    s = Scene("cables", seed, 120, (30,), 2, streams=100, links=16, leaving=0.1, unpaid=0.5, faulty=0)
    s.storm_seconds, s.arrive_within, s.cuts_every, s.parts = 12, 8, 1.0, ("nchan nginx",)
    return s


def kill(seed, members=300, seconds=25):
    """They come and go while everything around them is killed: to a course that fills up at once, and to roomier ones."""
    s = Scene("kill", seed, members, (members // 20, members // 8, members // 5), hold=4, streams=60, links=32, faulty=0.15, again=0.15)
    s.storm_seconds, s.arrive_within, s.cuts_every = seconds, seconds * 0.9, 4.0
    s.parts, s.rest_seconds, s.hang_up = tuple(nemesis.TARGETS), 180, 0.08
    return s


def run_one(make, seed, name=None):
    """Plays and judges a run: the report. One whose thousand joins took longer than a second, because the machine was busy,
    was no rush: it is repeated."""
    for _ in range(3):
        scene = make(seed)
        scene.name = name or scene.name
        asyncio.run(scene.run())
        report = scene.judge()
        if {c["check"] for c in report["checks"] if c["result"] != "pass"} != {"joins_came_at_once"}:
            break
    return report


def run_seeds(make, first, n):
    """Runs n seeds from the first; prints each report. The number of runs that did not pass."""
    bad = 0
    for seed in range(first, first + n):
        report = run_one(make, seed)
        print(checker.text(report), flush=True)
        bad += report["verdict"] != "pass"
    return bad


def main(name, make, about):
    """What rush.py and kill.py do. The exit status."""
    ap = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--seeds", type=int, default=1)
    ap.add_argument("--seed", type=int, default=None, help="the first seed; by chance if it is left out")
    o = ap.parse_args()
    first = o.seed if o.seed is not None else random.SystemRandom().randrange(1, 10**6)
    print(f"{name}: {o.seeds} run(s), first seed {first}", flush=True)
    bad = run_seeds(make, first, o.seeds)
    print(f"{o.seeds - bad} passed, {bad} failed")
    return 1 if bad else 0
