"""Members and what they do: they join, wait to be told, and then pay, leave, or do nothing. All through the public face,
except that the members themselves are written straight into the database: signing up is not what is tried here.
"""
import asyncio
import base64
import hashlib
import json
import os
import random
import time
import uuid

from wire import Broken, EventStream, Links, now

FAULTS = ["late", "lost", "twice", "refuse", "error", "wrong_amount", "webhook_first"]
STAFF = {"email": "admin@madang.example", "password": "madang-demo-1234"}
KEPT_IN_HISTORY = ("id", "course_id", "ticket_id", "state", "number", "position", "order_id", "amount", "status", "enrolment_id", "payment_key", "code")


class Person:
    def __init__(self, ident, token, course, intent, rng):
        self.id, self.token, self.course, self.intent = ident, token, course, intent
        self.rng = rng
        self.streams = False         # keeps an event stream, and learns of an offer by it and by nothing else
        self.fault = None            # what the gateway is to do with the payment
        self.asks_twice = False      # sends the same join again after it was answered
        self.leaves_after = None     # seconds in the queue; None: leaves when a seat is offered
        self.delay = 0.0             # seconds after the start
        self.ticket = None
        self.offered = asyncio.Event()
        self.stream = None
        self.last_seq = 0
        self.early_offer = None      # the ticket of an offer that came before the answer to the join
        self.settled = False         # will not do anything more by itself

    def plan(self):
        return {"m": self.id, "course": self.course, "intent": self.intent, "streams": self.streams, "fault": self.fault}


def make_members(db, n, label):
    """n active members with a login each: [(id, access token)]. The rows are those that a sign-up and a login leave."""
    tokens = [base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode() for _ in range(n)]
    for at in range(0, n, 500):
        values = ",".join(f"('{label}-{i}@example.com', '사람 {i}', '010{i:08d}', 'active', UTC_TIMESTAMP(6))" for i in range(at, min(n, at + 500)))
        db.rows(f"INSERT INTO member (email, name, phone, status, created_at) VALUES {values}")
    rows = db.rows(f"SELECT id, email FROM member WHERE email LIKE '{label}-%@example.com'")
    ids = {int(email.split("@")[0].rsplit("-", 1)[1]): int(ident) for ident, email in rows}
    for at in range(0, n, 500):
        values = ",".join(f"({ids[i]}, 'api', UNHEX('{hashlib.sha256(tokens[i].encode()).hexdigest()}'), UTC_TIMESTAMP(6) + INTERVAL 1 DAY, "
                          "UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))" for i in range(at, min(n, at + 500)))
        db.rows(f"INSERT INTO session (member_id, kind, access_hash, access_expires_at, created_at, seen_at) VALUES {values}")
    return [(ids[i], tokens[i]) for i in range(n)]


async def staff_call(links, method, path, body, token, wanted):
    headers = {"Accept": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    if token:
        headers["Authorization"] = "Bearer " + token
    a = await links.call(method, "/api/v1/" + path, headers, body)
    if a.status not in wanted:
        raise SystemExit(f"{method} {path} answered {a.status} {a.body[:300]!r}")
    return a


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


async def open_courses(links, capacities, hold, price=30000):
    """New courses that are open for enrolment, one for each capacity, each in a room of its own: their ids."""
    token = (await staff_call(links, "POST", "auth/login", STAFF, None, (200,))).json["access_token"]
    category = (await staff_call(links, "GET", "categories", None, token, (200,))).json["data"][0]["id"]
    teacher = (await staff_call(links, "GET", "admin/instructors", None, token, (200,))).json["data"][0]["id"]
    courses = []
    while len(courses) < len(capacities):
        starts = time.time() + 86400 * (30 + uuid.uuid4().int % 3000) + uuid.uuid4().int % 86400
        body = {"title": "몰리는 강좌 " + uuid.uuid4().hex[:8], "category_id": category, "instructor_id": teacher, "price": price,
                "capacity": capacities[len(courses)], "hold_seconds": hold, "enrol_opens_at": stamp(time.time() - 3600),
                "enrol_closes_at": stamp(time.time() + 86400), "description": "한꺼번에 몰리는 강좌",
                "sessions": [{"starts_at": stamp(starts), "ends_at": stamp(starts + 3600), "room": "방 " + uuid.uuid4().hex[:8]}]}
        made = await staff_call(links, "POST", "admin/courses", body, token, (201, 409))
        if made.status == 409:
            continue             # the teacher is busy at that hour: another one
        courses.append(made.json["id"])
        await staff_call(links, "POST", f"admin/courses/{courses[-1]}/status", {"status": "open"}, token, (200,))
    return courses


class Crowd:
    def __init__(self, base, links, history, people):
        self.base, self.links, self.history, self.people = base, links, history, people
        self.by_ticket = {}
        self.give_up_at = time.monotonic() + 3600     # patience ends
        self.tasks, self.stream_tasks = [], []
        self.retries = 0
        self.asking = 0                               # calls that wait for their answer
        self.hang_up = 0.0                            # how many of the first tries are cut off by the member, answered or not

    # ---- one operation, asked with the same key until it is answered ----

    async def call(self, p, op, method, path, body=None, key=None):
        key = key or str(uuid.UUID(int=p.rng.getrandbits(128), version=4))
        headers = {"Accept": "application/json", "Authorization": "Bearer " + p.token}
        if method != "GET":
            headers["Idempotency-Key"] = f'"{key}"'
        sent, tries, answer, pause, before = [], 0, None, 0.1, []
        self.asking += 1
        while answer is None and time.monotonic() < self.give_up_at:
            tries += 1
            cut = method != "GET" and tries == 1 and p.rng.random() < self.hang_up
            try:
                answer = await self.links.call(method, path, headers, body, p.rng.uniform(0.001, 0.05) if cut else 30, lambda: sent.append(now()))
            except Broken as e:
                before.append(str(e))
            if answer and self.may_be_asked_again(answer):
                before.append(f"{answer.status} {answer.code}")
                answer = None
            if answer is None:
                self.retries += 1
                await asyncio.sleep(pause * (0.5 + p.rng.random()))
                pause = min(pause * 2, 1.0)
        self.asking -= 1
        kept = {k: v for k, v in answer.json.items() if k in KEPT_IN_HISTORY} if answer and isinstance(answer.json, dict) else {}
        self.history.add("op", op=op, m=p.id, key=key, t0=sent[0] if sent else None, t1=now() if answer else None, tries=tries,
                         before=before[:10], status=answer.status if answer else None, code=answer.code if answer else None, body=kept)
        return answer

    @staticmethod
    def may_be_asked_again(a):
        return a.status >= 500 or a.status == 429 or (a.status == 409 and a.code == "key_in_flight")

    # ---- a member's life ----

    async def live(self, p):
        await asyncio.sleep(p.delay)
        key = str(uuid.UUID(int=p.rng.getrandbits(128), version=4))
        a = await self.call(p, "join", "POST", f"/api/v1/courses/{p.course}/queue", {}, key)
        if a and a.status == 201:
            p.ticket = a.json["id"]
            if p.early_offer == p.ticket:
                p.offered.set()
            self.by_ticket[p.ticket] = p
            if p.asks_twice:
                await self.call(p, "join_again", "POST", f"/api/v1/courses/{p.course}/queue", {}, key)
            await self.act(p)
        p.settled = True

    async def act(self, p):
        if p.intent == "leaves" and p.leaves_after is not None:
            await asyncio.sleep(p.leaves_after)
            await self.call(p, "leave", "DELETE", f"/api/v1/tickets/{p.ticket}")
            return
        await p.offered.wait()
        if p.intent == "pays":
            await self.pay(p, p.fault)
        elif p.intent == "leaves":
            await self.call(p, "leave", "DELETE", f"/api/v1/tickets/{p.ticket}")

    async def pay(self, p, fault):
        a = await self.call(p, "checkout", "POST", f"/api/v1/tickets/{p.ticket}/checkout", {"method": "card"})
        if not a or a.status != 201:
            return
        order, amount = a.json["order_id"], a.json["amount"]
        window = {"order_id": order, "amount": amount, **({"fault": fault} if fault else {})}
        a = await self.call(p, "window", "POST", "/sandbox/pg/checkout", window)
        if not a or a.status not in (200, 201):
            return
        body = {"payment_key": a.json["payment_key"], "amount": amount}
        a = await self.call(p, "confirm", "POST", f"/api/v1/payments/{order}/confirm", body)
        if a and a.status == 200 and a.json.get("status") == "refused" and fault:
            await self.pay(p, None)          # with another card

    def tell(self, ticket):
        """The harness saw that this ticket got its seat. Members with a stream are not told: they must hear it there."""
        p = self.by_ticket.get(ticket)
        if p and not p.streams:
            p.offered.set()

    # ---- event streams ----

    def on_event(self, p, kind, data):
        try:
            d = json.loads(data)
        except ValueError:
            d = None
        d = d if isinstance(d, dict) else {}
        self.history.add("event", m=p.id, t=now(), w=time.time(), event=kind, seq=d.get("seq"), type=d.get("type"), data=d.get("data"), at=d.get("at"))
        p.last_seq = max(p.last_seq, d.get("seq") or 0)
        if kind == "seat.offered" and d.get("data", {}).get("ticket_id") == p.ticket:
            p.offered.set()
        elif kind == "seat.offered":
            p.early_offer = d.get("data", {}).get("ticket_id")

    def open_stream(self, p):
        async def ticket():
            headers = {"Accept": "application/json", "Authorization": "Bearer " + p.token}
            a = await self.links.call("POST", "/api/v1/events/ticket", headers, {})
            if a.status != 201:
                raise Broken(f"events/ticket {a.status}")
            return a.json["ticket"]
        p.stream = EventStream(self.base, ticket, lambda kind, data: self.on_event(p, kind, data),
                               lambda what, detail: self.history.add("stream", m=p.id, t=now(), what=what, detail=detail))
        self.stream_tasks.append(asyncio.create_task(p.stream.run()))

    async def open_streams(self):
        listeners = [p for p in self.people if p.streams]
        for p in listeners:
            self.open_stream(p)
        try:
            await asyncio.wait_for(asyncio.gather(*(p.stream.opened.wait() for p in listeners)), 30)
        except asyncio.TimeoutError:
            raise SystemExit(f"{sum(not p.stream.opened.is_set() for p in listeners)} of {len(listeners)} event streams did not open")

    async def cut_streams(self, rng, every):
        """Pulls a cable here and there until cancelled."""
        listeners = [p for p in self.people if p.streams]
        while listeners:
            await asyncio.sleep(rng.uniform(0.5, 1.5) * every / len(listeners))
            p = rng.choice(listeners)
            self.history.add("stream", m=p.id, t=now(), what="cut", detail="")
            p.stream.retry = max(p.stream.retry, rng.choice([0.1, 0.5, 2.0]))
            p.stream.cut()

    async def streams_reach(self, heads, seconds):
        """Waits until every stream has brought its member's last notification."""
        end = time.monotonic() + seconds
        behind = [p for p in self.people if p.streams]
        while time.monotonic() < end:
            behind = [p for p in behind if p.last_seq < heads.get(p.id, 0)]
            if not behind:
                break
            await asyncio.sleep(0.1)
        return len(behind)

    async def close_streams(self):
        for p in self.people:
            if p.stream:
                p.stream.stop()
        for task in self.stream_tasks:
            task.cancel()
        await asyncio.gather(*self.stream_tasks, return_exceptions=True)

    # ---- the run ----

    def start(self):
        self.tasks = [asyncio.create_task(self.live(p)) for p in self.people]

    def busy(self):
        """Members who will still do something by themselves; those who only wait to be told don't count."""
        about_to = sum(1 for p in self.people if not p.settled and (p.ticket is None or p.offered.is_set() or
                                                                    (p.intent == "leaves" and p.leaves_after is not None)))
        return about_to + self.asking

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        for result in await asyncio.gather(*self.tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, asyncio.CancelledError):
                raise result

    async def list_notifications(self, people):
        async def one(p):
            headers = {"Accept": "application/json", "Authorization": "Bearer " + p.token}
            try:
                a = await self.links.call("GET", "/api/v1/notifications?limit=100", headers)
            except Broken:
                return
            d = a.json if a.status == 200 else {}
            self.history.add("listed", m=p.id, status=a.status, unread=d.get("unread"), seqs=[x["seq"] for x in d.get("data", [])],
                             types=[x["type"] for x in d.get("data", [])], more=d.get("next_cursor") is not None)
        await asyncio.gather(*(one(p) for p in people))

    async def ask_payments(self):
        """What the public face says at the end about each order that was confirmed."""
        async def one(p, order):
            await self.call(p, "payment", "GET", f"/api/v1/payments/{order}")
        pairs = []
        people = {p.id: p for p in self.people}
        self.history.flush()
        with open(self.history.path, encoding="utf-8") as f:
            for line in f:
                d = json.loads(line)
                if d["k"] == "op" and d["op"] == "checkout" and d["status"] == 201:
                    pairs.append((people[d["m"]], d["body"]["order_id"]))
        await asyncio.gather(*(one(p, order) for p, order in pairs))


def make_people(members, courses, rng, streams, unpaid=1 / 3, leaving=0.1, faulty=0.1, again=0.05):
    """Who does what: a part never pays, a part leaves, the rest pay."""
    people = []
    for n, (ident, token) in enumerate(members):
        x = rng.random()
        intent = "idles" if x < unpaid else "leaves" if x < unpaid + leaving else "pays"
        p = Person(ident, token, courses[n % len(courses)], intent, random.Random(rng.getrandbits(64)))
        p.fault = rng.choice(FAULTS) if intent == "pays" and rng.random() < faulty else None
        p.asks_twice = rng.random() < again
        p.leaves_after = rng.uniform(0, 5) if rng.random() < 0.8 else None
        people.append(p)
    for p in rng.sample(people, min(streams, len(people))):
        p.streams = True
    return people


__all__ = ["Crowd", "Links", "Person", "make_members", "make_people", "open_courses"]
