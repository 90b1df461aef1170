"""A stream ends with the login behind it: at once, however that ends, and no other stream with it."""
import asyncio
import os
import random
import re
import socket
import subprocess
import threading

from client import TLS
from suite import SOON, same


class Line:
    """One stream, read by a thread for as long as it lasts."""

    def __init__(self, client, target, headers):
        self.text, self.ended, self.news = b"", False, threading.Condition()
        self.socket = TLS.wrap_socket(socket.create_connection((client.url.hostname, client.url.port), 10), server_hostname="localhost")
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Accept: text/event-stream"] + [f"{n}: {v}" for n, v in headers.items()]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            try:
                part = self.socket.recv(4096)
            except OSError:
                part = b""
            with self.news:
                self.text += part
                # The end of a chunked body; the connection itself may be kept.
                self.ended = not part or self.text.endswith(b"\r\n0\r\n\r\n")
                self.news.notify_all()
                if self.ended:
                    return

    def wait(self, what, good, seconds):
        with self.news:
            if not self.news.wait_for(good, seconds):
                raise AssertionError(f"{what} within {seconds} s: {self.text[-400:]!r}")

    def gets(self, words, seconds=SOON):
        self.wait(f"did not get {words!r}", lambda: words in self.text, seconds)

    def ends(self, seconds=SOON):
        self.wait("did not end", lambda: self.ended, seconds)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class StreamEnds:
    def __init__(self, suite, world, workers):
        self.suite, self.world, self.client, self.case = suite, world, suite.client, suite.case
        self.workers, self.lines = workers, []
        self.run = world.settings["run_dir"]

    def open(self, headers, target="/api/v1/events"):
        line = Line(self.client, target, headers)
        self.lines.append(line)
        line.gets(b": hi")
        return line

    def stream(self, who):
        """Of a member who has been told nothing yet: level at once, and handed over."""
        return self.open({**who.headers(), "Last-Event-ID": "0"})

    def post(self, path, body, who, wanted):
        same(self.client.post(path, body, who=who).status, wanted, path)

    # ---- ways to end ----

    def old_refresh(self, who):
        first = who.refresh
        same(self.client.post("/api/v1/auth/refresh", {"refresh_token": first}).status, 200)
        same(self.client.post("/api/v1/auth/refresh", {"refresh_token": first}).status, 401)

    def by_the_other(self, who, other):
        mine = self.client.get("/api/v1/me/sessions", who=other).json["data"]
        (gone,) = [s["id"] for s in mine if not s["current"]]
        same(self.client.delete(f"/api/v1/me/sessions/{gone}", who=other).status, 204)

    def program(self, *words, given=None):
        program = os.environ.get("MADANG_PROGRAM", "build/fcgi-app/madang")
        subprocess.run([program, *words], input=given, capture_output=True, text=True, check=True,
                       env={**os.environ, "MADANG_CONFIG": os.environ.get("MADANG_CONFIG", "var/madang.conf")})

    def suspend(self, who):
        staff = self.world.demo("admin")
        self.post(f"/api/v1/admin/members/{who.member_id}/suspend", {"reason": "시험"}, staff, 200)

    def restore(self, who):
        self.post(f"/api/v1/admin/members/{who.member_id}/restore", {"reason": "시험"}, self.world.demo("admin"), 200)

    # ---- cases ----

    def one_of_two(self, name, end):
        w = self.world
        with self.case(f"{name} ends the stream of that login at once; another login of the member hears what comes after"):
            who = w.member()
            other = w.login(who.email)
            gone, stays = self.stream(who), self.stream(other)
            end(who, other)
            w.ticket(w.course()["id"], other)
            gone.ends()
            stays.gets(b"event: seat.offered")
            same((b"seat.offered" in gone.text, stays.ended, stays.text.count(b'"seq":1,')), (False, False, 1), "the ended one, the other one")
            same(self.client.get("/api/v1/events", who=who, headers={"Last-Event-ID": "0"}).status, 401, "and it comes back")

    def all_of_them(self, name, end, back=None):
        with self.case(f"{name} ends the streams of all logins at once"):
            who = self.world.member()
            lines = [self.stream(who), self.stream(self.world.login(who.email)), self.stream(self.world.console(who.email, csrf=False))]
            end(who)
            for line in lines:
                line.ends()
            if back:
                back(who)

    def cookies_and_tickets(self):
        w = self.world
        with self.case("A logout of the console ends its streams, in every tab, and no stream of an app"):
            who = w.member()
            cookie = w.console(who.email)
            tabs, app = [self.stream(cookie), self.stream(cookie)], self.stream(who)
            same(self.client.post("/admin/logout", f"csrf={cookie.csrf}".encode(), who=cookie, kind="application/x-www-form-urlencoded").status, 303)
            w.ticket(w.course()["id"], who)
            for tab in tabs:
                tab.ends()
                assert b"seat.offered" not in tab.text
            app.gets(b"event: seat.offered")
            again = self.client.get("/api/v1/events", who=cookie, headers={"Last-Event-ID": "0"})
            same((again.status, b"event: reauth" in again.body), (200, True), "a tab that comes back")
        with self.case("A stream that was opened by a ticket ends with the login that the ticket was for"):
            who = w.member()
            other = w.login(who.email)
            ticket = self.client.post("/api/v1/events/ticket", who=who).json["ticket"]
            gone, stays = self.open({"Last-Event-ID": "0"}, f"/api/v1/events?ticket={ticket}"), self.stream(other)
            self.post("/api/v1/auth/logout", {}, who, 204)
            gone.ends()
            w.ticket(w.course()["id"], other)
            stays.gets(b"event: seat.offered")

    def still_connected(self):
        """What is still connected, because nobody ended it, is not published to all the same."""
        w = self.world
        of = "member_id = {} ORDER BY id LIMIT 1"
        for name, change in (("has ended", "DELETE FROM session WHERE "), ("has run out", "UPDATE session SET refresh_expires_at = '2020-01-01' WHERE ")):
            with self.case(f"Nothing is published to a login that {name}, whatever is still connected"):
                who = w.member()
                other = w.login(who.email)
                gone, stays = self.stream(who), self.stream(other)
                w.sql(change + of.format(who.member_id))
                w.ticket(w.course()["id"], other)
                stays.gets(b"event: seat.offered")
                # Both logins are published to in one go, the newer first: a pass of the relay later it would be here.
                w.ticket(w.course()["id"], other)
                stays.gets(b'"seq":2,')
                same((b"seat.offered" in gone.text, gone.ended), (False, False))

    def of_a_course(self):
        w = self.world
        course = w.course(capacity=20)
        target = f"/api/v1/admin/courses/{course['id']}/events"

        def watch(who):
            line = self.open(who.headers(), target)
            line.gets(b"event: queue.state")
            return line

        ways = {
            "logs out": lambda s: self.post("/api/v1/auth/logout", {}, s, 204),
            "is suspended": self.suspend,
            "loses the role": lambda s: self.program("user", "role", s.email, "-operator"),
        }
        for name, end in ways.items():
            with self.case(f"A course's stream: of staff who {name} it ends at once, with a reauth; of others it goes on"):
                staff, other = w.member("operator"), w.member("operator")
                gone, stays = watch(staff), watch(other)
                news = self.stream(staff)
                end(staff)
                gone.ends()
                assert b"event: reauth" in gone.text, gone.text[-300:]
                had = stays.text.count(b"queue.state")
                w.ticket(course["id"], w.member())
                stays.wait("no state", lambda: stays.text.count(b"queue.state") > had, SOON)
                same(stays.ended, False, "the other's")
                if name == "loses the role":
                    same(news.ended, False, "their own notifications")
                    same(self.client.get(target, who=staff).status, 403)
        with self.case("A role that was taken away in any way at all ends what is published to its holder"):
            staff, other = w.member("operator"), w.member("operator")
            gone, stays = watch(staff), watch(other)
            w.sql(f"UPDATE member SET roles = 1 WHERE id = {staff.member_id}")
            had, seen = gone.text.count(b"queue.state"), stays.text.count(b"queue.state")
            for more in (1, 2):
                w.ticket(course["id"], w.member())
                stays.wait("no state", lambda: stays.text.count(b"queue.state") >= seen + more, SOON)
            same(gone.text.count(b"queue.state"), had)

    # ---- nchan itself ----

    def hammer(self, streams, operations):
        with self.case(f"{operations} deletions and publications on channels to which {streams} streams come and go end no worker of nchan"):
            before = self.workers()
            seen = asyncio.run(Hammer(self.run, streams, operations).all())
            same(self.workers(), before, "workers")
            same((seen["odd"], seen["ended"] > operations // 8), ([], True), f"{seen}")

    def all(self, long):
        self.one_of_two("A logout", lambda who, other: self.post("/api/v1/auth/logout", {}, who, 204))
        self.one_of_two("Ending one's session from another", self.by_the_other)
        self.one_of_two("An old refresh token seen again", lambda who, other: self.old_refresh(who))
        self.all_of_them("A logout everywhere", lambda who: self.post("/api/v1/auth/logout", {"everywhere": True}, who, 204))
        self.all_of_them("A suspension", self.suspend, self.restore)
        self.all_of_them("A new password", lambda who: self.program("user", "password", who.email, given="another-one-1234\n"))
        self.all_of_them("A withdrawal", lambda who: same(self.client.delete("/api/v1/me", who=who).status, 204))
        self.cookies_and_tickets()
        self.still_connected()
        self.of_a_course()
        for line in self.lines:
            line.close()
        self.hammer(*(300, 20000) if long else (100, 2000))


class Hammer:
    """Straight at nchan's sockets: few channels, so that newcomers, publications and deletions meet."""

    def __init__(self, run, streams, operations):
        self.run, self.streams, self.operations = run, streams, operations
        self.dice = random.Random(operations)
        self.seen = {"ended": 0, "odd": []}

    def channel(self):
        return f"hammer.{self.dice.randrange(self.streams // 15 + 1)}"

    async def listen(self):
        while True:
            reader, writer = await asyncio.open_unix_connection(f"{self.run}/s0-sub.sock")
            writer.write(f"GET /sub/{self.channel()} HTTP/1.1\r\nHost: nchan\r\nAccept: text/event-stream\r\n\r\n".encode())
            try:
                async with asyncio.timeout(self.dice.choice((0.01, 0.2, 30))):
                    out = await reader.read(-1)
                self.seen["ended"] += 1
                # A newcomer may find the channel just going, and is sent away with a 400.
                if not re.search(rb"\n:4(10|00): [^\n]*\n\n$", out):
                    self.seen["odd"].append(out[-100:])
            except TimeoutError:
                pass         # it goes by itself
            writer.close()

    async def publish(self, n):
        reader, writer = await asyncio.open_unix_connection(f"{self.run}/s0-pub.sock")
        while n > 0:
            wave = [(self.dice.choice(("POST", "POST", "DELETE")), self.channel()) for _ in range(self.dice.choice((1, 2, 10)))]
            n -= len(wave)
            for method, channel in wave:
                body = "" if method == "DELETE" else "Content-Length: 2\r\nX-EventSource-Event: x\r\n\r\n{}"
                writer.write(f"{method} /pub/{channel} HTTP/1.1\r\nHost: nchan\r\n{body or chr(13) + chr(10)}".encode())
            for method, _ in wave:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(re.search(rb"Content-Length: (\d+)", head)[1]))
                if int(head.split()[1]) not in ((200, 404) if method == "DELETE" else (201, 202)):
                    self.seen["odd"].append((method, head[:40]))
        writer.close()

    async def all(self):
        listeners = [asyncio.create_task(self.listen()) for _ in range(self.streams)]
        try:
            async with asyncio.timeout(300):
                await asyncio.gather(*(self.publish(self.operations // 4) for _ in range(4)))
        finally:
            broken = [t.exception() for t in listeners if t.done()]
            for t in listeners:
                t.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)
        self.seen["odd"] += broken
        return self.seen
