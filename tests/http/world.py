"""The running system as the tests need it: its database, people with roles, courses."""
import base64
import datetime
import hashlib
import json
import os
import secrets
import subprocess
import time
import urllib.parse

from client import Caller
from suite import SOON

ROLES = {"member": 1, "instructor": 2, "creator": 4, "operator": 8, "finance": 16, "admin": 32}
PASSWORD = "madang-demo-1234"
# What time and machines change by themselves.
RESTLESS = {"job", "outbox", "outbox_shard", "outbox_parked", "inbox", "mail", "session", "event_ticket", "session_stream", "notification", "member_stream",
            "payment_attempt", "staff_log_seal"}
# Of these, what doesn't move when a hold runs out or an answer comes late.
STEADY = {
    "ticket": "id, course_id, member_id, joined_at",
    "course_seat": "course_id, title, is_open, opens_at, closes_at, hold_seconds, capacity",
    "payment": "id, order_id, member_id, ticket_id, amount",
    # CHECKSUM TABLE gives another sum each time where a table has generated columns that are NULL.
    "member": "id, email, password_hash, name, phone, locale, roles, status, version",
}


def settings():
    path = os.environ.get("MADANG_CONFIG", "var/madang.conf")
    out = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if "=" in line and not line.startswith("#"):
                name, _, value = line.partition("=")
                out[name.strip()] = value.strip()
    return out


def moment(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class World:
    def __init__(self, client):
        self.client = client
        self.settings = settings()
        self.mark = secrets.token_hex(4)
        self.made = self.days = 0
        self.staff = {}

    # ---- database ----

    def sql(self, text):
        s = self.settings
        r = subprocess.run(
            ["mariadb", "--no-defaults", "-N", "-B", "--raw", "-S", s["db_socket"], "-u", s["db_user"], s["db_name"], "-e", text],
            env={**os.environ, "MYSQL_PWD": s["db_password"]}, capture_output=True, text=True, check=False)
        if r.returncode:
            raise AssertionError(f"SQL: {r.stderr.strip()} in {text}")
        return [line.split("\t") for line in r.stdout.splitlines()]

    def tables(self):
        return [t for (t,) in self.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() "
                                       "AND table_type = 'BASE TABLE' ORDER BY 1") if t not in RESTLESS]

    def state(self):
        """A checksum of every table, of what only changes when somebody does something."""
        whole = [t for t in self.tables() if t not in STEADY]
        out = dict(zip(whole, (s for _, s in self.sql("CHECKSUM TABLE " + ", ".join(f"`{t}`" for t in whole)))))
        for table, columns in STEADY.items():
            out[table] = self.sql(f"SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', {columns}))) FROM {table}")[0]
        return out

    def quiet_state(self):
        """The same, once the relay has nothing left to do."""
        last = self.state()
        for _ in range(40):
            time.sleep(0.4)
            now = self.state()
            if now == last:
                return now
            last = now
        return last

    # ---- people ----

    def email(self):
        self.made += 1
        return f"t{self.made}.{self.mark}@example.com"

    def member(self, *roles, status="active"):
        """Somebody new with these roles, logged in. Put into the database, since signing up has its own tests."""
        email = self.email()
        bits = 1 | sum(ROLES[r] for r in roles)
        self.sql("INSERT INTO member (email, password_hash, name, phone, locale, roles, status, created_at) "
                 f"SELECT '{email}', password_hash, '시험 회원', '01012345678', 'ko', {bits}, '{status}', UTC_TIMESTAMP(6) "
                 "FROM member WHERE email = 'learner@madang.example'")
        ((member_id,),) = self.sql(f"SELECT id FROM member WHERE email = '{email}'")
        c = self.login(email) if status == "active" else Caller(email=email)
        c.member_id, c.name = int(member_id), "+".join(roles) or "member"
        return c

    def login(self, email, password=PASSWORD):
        r = self.client.post("/api/v1/auth/login", {"email": email, "password": password})
        if r.status != 200:
            raise AssertionError(f"login of {email}: {r!r}")
        c = Caller(email, r.json["access_token"], email=email)
        c.refresh = r.json["refresh_token"]
        return c

    def demo(self, name):
        if name not in self.staff:
            self.staff[name] = self.login(f"{name}@madang.example")
            self.staff[name].name = name
        return self.staff[name]

    def console(self, email, csrf=True):
        """A cookie, as the console's login gives it."""
        form = urllib.parse.urlencode({"email": email, "password": PASSWORD}).encode()
        r = self.client.post("/admin/login", form, kind="application/x-www-form-urlencoded")
        token = r.cookies.get("__Host-madang")
        if r.status != 303 or not token:
            raise AssertionError(f"console login of {email}: {r!r} {r.cookies}")
        ((value,),) = self.sql(f"SELECT csrf FROM session WHERE access_hash = UNHEX('{digest(token)}')")
        return Caller(f"{email} by cookie", cookie=token, csrf=value if csrf else None, email=email)

    def mails(self, to, at_least=1, seconds=SOON):
        end = time.monotonic() + seconds
        while True:
            r = self.client.get("/sandbox/mail?to=" + urllib.parse.quote(to))
            data = (r.json or {}).get("data", [])
            if len(data) >= at_least or time.monotonic() > end:
                return data
            time.sleep(0.1)

    def mailed_token(self, to, at_least=1):
        text = self.mails(to, at_least)[-1]["text"]
        return text.split("token=")[1].split()[0].strip(">)\"'").split("&")[0]

    # ---- courses ----

    def references(self):
        ((category,),) = self.sql("SELECT MIN(id) FROM category")
        ((instructor,),) = self.sql("SELECT MIN(id) FROM instructor WHERE active")
        return int(category), int(instructor)

    def instructor(self):
        """One who is busy nowhere."""
        r = self.client.post("/api/v1/admin/instructors", {"member_id": self.member().member_id, "name": "한가람"}, who=self.demo("operator"))
        assert r.status == 201, f"instructor: {r!r}"
        return r.json["id"]

    def session(self, hours=1):
        """A day at ten in the morning in Seoul, and a room, that no other test knows."""
        self.days += 1
        start = datetime.datetime.now(datetime.timezone.utc).replace(hour=1, minute=0, second=0) + datetime.timedelta(days=400 + self.days)
        return {"starts_at": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "ends_at": (start + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "room": f"시험실 {self.mark} {self.days}"}

    def course_body(self, **other):
        """A course that meets has an instructor of its own, so that no other course of any test can be in its way."""
        if other.get("sessions") and "instructor_id" not in other:
            other["instructor_id"] = self.instructor()
        category, instructor = self.references()
        return {"title": f"계약 시험 {self.mark}", "category_id": category, "instructor_id": instructor, "price": 50000, "capacity": 3,
                "hold_seconds": 600, "enrol_opens_at": moment(-60), "enrol_closes_at": moment(86400), "description": "시험",
                "sessions": [], **other}

    def course(self, status="open", **other):
        who = self.demo("operator")
        r = self.client.post("/api/v1/admin/courses", self.course_body(**other), who=who)
        assert r.status == 201, f"course: {r!r}"
        course = r.json
        path = {"draft": [], "open": ["open"], "closed": ["open", "closed"], "cancelled": ["open", "cancelled"],
                "given up": ["cancelled"]}[status]
        for word in path:
            r = self.client.post(f"/api/v1/admin/courses/{course['id']}/status", {"status": word, "reason": "시험"}, who=who)
            assert r.status == 200, f"status {word}: {r!r}"
            course = r.json
        return course

    def rows(self, path, who):
        """All of a list, page by page."""
        cursor = ""
        while cursor is not None:
            r = self.client.get(f"{path}{'&' if '?' in path else '?'}limit=100" + (f"&cursor={cursor}" if cursor else ""), who=who)
            assert r.status == 200, f"{path}: {r!r}"
            yield from r.json["data"]
            cursor = r.json["next_cursor"]

    def join(self, course_id, who, key=None):
        return self.client.post(f"/api/v1/courses/{course_id}/queue", who=who, key=key or secrets.token_hex(8))

    def ticket(self, course_id, who, state="active", seconds=SOON):
        """Joins, and waits until the ticket has this state."""
        r = self.join(course_id, who)
        assert r.status == 201, f"join: {r!r}"
        return self.wait_ticket(r.json["id"], who, state, seconds)

    def wait_ticket(self, ticket_id, who, state, seconds=SOON):
        end = time.monotonic() + seconds
        while True:
            r = self.client.get(f"/api/v1/tickets/{ticket_id}", who=who)
            if r.status == 200 and r.json["state"] == state and (state != "waiting" or r.json["numbered"]):
                return r.json               # who only just joined is not counted among those who wait
            if time.monotonic() > end:
                raise AssertionError(f"ticket {ticket_id} is not {state}: {r!r}")
            time.sleep(0.05)

    def checkout(self, ticket_id, who, key=None, **body):
        return self.client.post(f"/api/v1/tickets/{ticket_id}/checkout", {"method": "card", **body}, who=who, key=key or secrets.token_hex(8))

    def window(self, order_id, amount, fault=None):
        body = {"order_id": order_id, "amount": amount, **({"fault": fault} if fault else {})}
        r = self.client.post("/sandbox/pg/checkout", body)
        assert r.status == 201, f"payment window: {r!r}"
        return r.json["payment_key"]

    def confirm(self, order_id, who, payment_key, amount, key=None):
        return self.client.post(f"/api/v1/payments/{order_id}/confirm", {"payment_key": payment_key, "amount": amount}, who=who,
                                key=key or secrets.token_hex(8))

    def enrolled(self, course_id, who):
        """Joins, pays by card, and gives the confirmed order."""
        t = self.ticket(course_id, who)
        order = self.checkout(t["id"], who).json
        r = self.confirm(order["order_id"], who, self.window(order["order_id"], order["amount"]), order["amount"])
        assert r.status == 200 and r.json["status"] == "paid", f"confirm: {r!r}"
        return r.json


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def forged_token():
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)
