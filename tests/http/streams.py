"""Event streams: who may open one, and that no id which a client makes up brings anything down."""
import os
import random
import socket
import threading
import time

from client import TLS
from stream_ends import StreamEnds
from suite import SOON, eventually, same

HOSTILE = [
    "0", "1", "-1", "999999999999999999999", "1:0", "0:0", "1700000000:0", "1700000000:-1", "9999999999:99", "1:0,1:0", "1:0,1:-,2:[3]", "[0]", "-:0",
    "1700000000:[0],[1]", "1:" + "0," * 500, ":", "::", ",", "1:0;", "null", "undefined", "NaN", "latest", "oldest", "%00", "%n%n%n%s", "\x01", "\t",
    "Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "Thu, 32 Foo 9999 99:99:99 GMT", "W/\"1:0\"", "\"1:0\"", "*", "\"" + "a" * 2000 + "\"",
    "A" * 4000, "é", "\xff\xfe", "1e9", "0x10", "+5", " 5 ", "5:5:5:5", "-9223372036854775808:0", "9223372036854775807:32767", "1:32768", "1:65536",
]


class Streams:
    def __init__(self, suite, world):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case
        self.run = world.settings["run_dir"]

    # ---- the bare wire ----

    def open(self, target, headers, wanted=(), there=None):
        """Status, and the first bytes of the stream; reads on after the head, of which `there` (an Event) tells, until all that is wanted has come."""
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Connection: close", "Accept: text/event-stream"]
        lines += [f"{n}: {v}" for n, v in headers.items()]
        s = TLS.wrap_socket(socket.create_connection((self.client.url.hostname, self.client.url.port), 10), server_hostname="localhost")
        s.settimeout(10)
        out = b""
        try:
            s.sendall("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n")
            while b"\r\n\r\n" not in out:
                part = s.recv(4096)
                if not part:
                    return (int(out.split()[1]) if out else 0), out
                out += part
            if there:
                there.set()
            end = time.monotonic() + SOON
            while any(words not in out for words in wanted) and (left := end - time.monotonic()) > 0:
                s.settimeout(left)
                try:
                    part = s.recv(4096)
                except TimeoutError:
                    break
                if not part:
                    break
                out += part
        finally:
            s.close()
        return int(out.split()[1]), out

    def workers(self):
        """Process ids of the workers of both nginx instances."""
        out = {}
        for name in ("tls", "nchan"):
            with open(f"{self.run}/{name}.pid", encoding="ascii") as f:
                master = int(f.read())
            with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as f:
                out[name] = sorted(int(p) for p in f.read().split())
        return out

    # ---- cases ----

    def tickets(self):
        w, who = self.world, self.world.member()
        with self.case("A stream opens for a token, a cookie or a ticket, and for nobody else"):
            status, out = self.open("/api/v1/events", who.headers(), [b"event: sync"])
            same(status, 200)
            assert b"event: sync" in out and b"text/event-stream" in out, out[:400]
            cookie = w.console(who.email, csrf=False)
            same(self.open("/api/v1/events", cookie.headers())[0], 200)
            for bad in ("", "?ticket=", "?ticket=nonsense", "?ticket=" + "A" * 43):
                same(self.open("/api/v1/events" + bad, {})[0], 401, bad)
        with self.case("A ticket opens a stream once, also when it comes back after the sync; then it is used up"):
            r = self.client.post("/api/v1/events/ticket", who=who)
            same((r.status, r.json["expires_in"]), (201, 60))
            t = r.json["ticket"]
            status, out = self.open(f"/api/v1/events?ticket={t}", {}, [b"event: sync"])
            same(status, 200)
            same(self.open(f"/api/v1/events?ticket={t}", {})[0], 401, "a second client")
            same(self.open(f"/api/v1/events?ticket={t}", {"Last-Event-ID": "0"})[0], 200, "the same client, coming back")
            status, out = self.open(f"/api/v1/events?ticket={t}", {"Last-Event-ID": "0"}, [b"event: reauth"])
            assert status == 200 and b"event: reauth" in out, f"used up: {status} {out[-200:]!r}"
        with self.case("A ticket that is out of time opens nothing"):
            t = self.client.post("/api/v1/events/ticket", who=who).json["ticket"]
            w.sql(f"UPDATE event_ticket SET expires_at = '2020-01-01' WHERE hash = UNHEX(SHA2('{t}', 256))")
            same(self.open(f"/api/v1/events?ticket={t}", {})[0], 401)
        with self.case("What was missed is replayed, then the stream goes on live"):
            w.enrolled(w.course()["id"], who)
            eventually(lambda: self.client.get("/api/v1/notifications", who=who).json["unread"] >= 2)
            head = self.client.get("/api/v1/notifications", who=who).json["data"][0]["seq"]
            status, out = self.open("/api/v1/events", {**who.headers(), "Last-Event-ID": "0"}, [f"id: {head}".encode()])
            same([f"id: {n}".encode() in out for n in range(1, head + 1)], [True] * head, f"{out!r}")
            got, there = {}, threading.Event()
            t = threading.Thread(target=lambda: got.update(out=self.open("/api/v1/events", {**who.headers(), "Last-Event-ID": str(head)}, [f"id: {head + 1}".encode()], there)[1]))
            t.start()
            assert there.wait(10), "no stream"
            w.ticket(w.course()["id"], who)
            t.join()
            assert f"id: {head + 1}".encode() in got["out"] and b"seat.offered" in got["out"], got["out"][-400:]
        with self.case("The staff's stream of a course is the staff's own"):
            course = w.course()
            path = f"/api/v1/admin/courses/{course['id']}/events"
            staff = w.demo("operator")
            same(self.open(path, {})[0], 401)
            same(self.open(path, who.headers())[0], 403)
            same(self.open("/api/v1/admin/courses/999999999/events", staff.headers())[0], 404)
            same(self.open(path, staff.headers())[0], 200)

    def hostile(self, n):
        w, who = self.world, self.world.member()
        course = w.course()
        w.ticket(course["id"], who)
        head = str(self.wait_told(who)[0]["seq"])
        staff = w.demo("operator")
        admin = f"/api/v1/admin/courses/{course['id']}/events"
        # nchan aborts when an id of its own kind comes for a channel that is empty while others wait there.
        quiet = w.member()
        waiting = [self.wait_open(quiet) for _ in range(3)]
        callers = ((who, head), (quiet, "0"))
        with self.case(f"{n} made-up ids on streams end no worker, and none is a 500") as wrong:
            before = self.workers()
            numbers, lock = iter(range(n)), threading.Lock()
            seen = {}

            def work(seed):
                dice = random.Random(seed)
                while True:
                    with lock:
                        i = next(numbers, None)
                    if i is None:
                        return
                    target, headers = self.forged(dice, *dice.choice(callers), staff, admin)
                    try:
                        status, out = self.open(target, headers)
                    except OSError as e:
                        status, out = 0, repr(e).encode()
                    with lock:
                        seen[status] = seen.get(status, 0) + 1
                        if status not in (200, 400, 401, 422):
                            wrong.append(f"{target[:80]} {str(headers)[:200]}: {status} {out[:100]!r}")

            threads = [threading.Thread(target=work, args=(s,)) for s in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            same(self.workers(), before, "workers")
            assert seen.get(200, 0) > n // 4, f"too few were let through: {seen}"
            same([s.fileno() >= 0 and not self.is_closed(s) for s in waiting], [True] * 3, "those who waited still do")
        for s in waiting:
            s.close()
        with self.case("After that a stream still brings what happens"):
            got, there, next_id = {}, threading.Event(), f"id: {int(head) + 1}".encode()
            t = threading.Thread(target=lambda: got.update(out=self.open("/api/v1/events", {**who.headers(), "Last-Event-ID": head}, [next_id], there)[1]))
            t.start()
            assert there.wait(10), "no stream"
            w.ticket(w.course()["id"], who)
            t.join()
            assert next_id in got["out"] and b"seat.offered" in got["out"], got["out"][-400:]

    def wait_open(self, who):
        """A stream that is handed over and stays open."""
        s = TLS.wrap_socket(socket.create_connection((self.client.url.hostname, self.client.url.port), 10), server_hostname="localhost")
        lines = ["GET /api/v1/events HTTP/1.1", "Host: localhost", "Last-Event-ID: 0"] + [f"{n}: {v}" for n, v in who.headers().items()]
        s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        assert b" 200 " in s.recv(4096)[:20]
        return s

    @staticmethod
    def is_closed(s):
        s.settimeout(0.2)
        try:
            while part := s.recv(4096):
                if part.endswith(b"0\r\n\r\n"):
                    return True
            return True
        except TimeoutError:
            return False
        except OSError:
            return True

    def wait_told(self, who):
        return eventually(lambda: self.client.get("/api/v1/notifications", who=who).json["data"])

    @staticmethod
    def forged(dice, who, head, staff, admin):
        def value():
            if dice.random() < 0.5:
                return dice.choice(HOSTILE)
            return "".join(dice.choice("0123456789:,-[]\"W/ abcxyz*") for _ in range(dice.randrange(1, 60)))

        mine = dice.random() < 0.6
        headers = dict((who if mine else staff).headers())
        target = "/api/v1/events" if mine else admin
        # Half of the member's go through to nchan, which only a true id does.
        headers["Last-Event-ID"] = head if dice.random() < 0.5 else value().replace("\t", " ")
        if mine and dice.random() < 0.3:
            del headers["Last-Event-ID"]
            target += "?last_event_id=" + "".join(f"%{b:02X}" for b in value().encode("latin-1", "replace")[:190])
        for name in ("If-None-Match", "If-Modified-Since", "Range", "If-Range"):
            if dice.random() < 0.7:
                headers[name] = value().replace("\t", " ").replace("\x01", "?")
        headers["Last-Event-ID"] = headers.get("Last-Event-ID", "").replace("\x01", "?")
        return target, headers

    def all(self):
        long = bool(os.environ.get("MADANG_LONG"))
        self.tickets()
        StreamEnds(self.suite, self.world, self.workers).all(long)
        self.hostile(10000 if long else 2000)
