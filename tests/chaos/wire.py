"""HTTP/1.1 over TLS and event streams for many clients in one process: as little as these programs need."""
import asyncio
import codecs
import json
import re
import ssl
import time
import urllib.parse

TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE
LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


def now():
    """Nanoseconds of the clock that all processes of a machine share and nobody can set."""
    return time.monotonic_ns()


class Broken(Exception):
    """No answer came: the connection was refused, cut, or silent for too long. What was asked may have happened."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        try:
            return json.loads(self.body) if self.body else {}
        except ValueError:
            return {}

    @property
    def code(self):
        d = self.json
        return d.get("code") if isinstance(d, dict) else None


async def read_head(reader):
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(lines[0].split(" ", 2)[1]), headers


async def read_chunk(reader):
    """One chunk; empty at the end."""
    size = int((await reader.readline()).split(b";")[0] or b"0", 16)
    data = await reader.readexactly(size)
    await reader.readline()
    return data


async def read_body(reader, status, headers):
    if status in (204, 304):
        return b""
    if headers.get("transfer-encoding", "") == "chunked":
        parts = []
        while chunk := await read_chunk(reader):
            parts.append(chunk)
        return b"".join(parts)
    return await reader.readexactly(int(headers.get("content-length", "0")))


class Place:
    """One server: host and port of a base URL, and how to connect to it."""

    def __init__(self, base):
        url = urllib.parse.urlsplit(base)
        self.host, self.port = url.hostname, url.port
        self.tls = TLS if url.scheme == "https" else None

    async def connect(self, timeout=5):
        try:
            return await asyncio.wait_for(asyncio.open_connection(self.host, self.port, ssl=self.tls, limit=1 << 20), timeout)
        except (OSError, asyncio.TimeoutError, ssl.SSLError) as e:
            raise Broken(f"connect: {type(e).__name__}")

    def head(self, method, path, headers, body):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        lines += [f"{k}: {v}" for k, v in headers.items()]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        elif method in ("POST", "PUT", "PATCH"):
            lines.append("Content-Length: 0")
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Links:
    """A number of kept connections, shared by all members of a crowd as a browser pool is."""

    def __init__(self, base, n):
        self.place, self.idle, self.room = Place(base), [], asyncio.Semaphore(n)
        self.n = n

    async def warm(self):
        self.idle += await asyncio.gather(*(self.place.connect() for _ in range(self.n - len(self.idle))))

    async def close(self):
        for _, writer in self.idle:
            writer.close()
        self.idle = []

    def drop_idle(self):
        for _, writer in self.idle:
            writer.close()
        self.idle = []

    async def call(self, method, path, headers, body=None, timeout=30, on_send=None):
        """Sends once and gives the Answer; raises Broken. on_send() is called right before the first byte leaves."""
        data = None if body is None else json.dumps(body).encode()
        async with self.room:
            return await self.call_on_one(method, path, headers, data, timeout, on_send)

    async def call_on_one(self, method, path, headers, data, timeout, on_send):
        reader, writer = self.idle.pop() if self.idle else await self.place.connect()
        keep = False
        try:
            text = self.place.head(method, path, headers, data) + (data or b"")
            if on_send:
                on_send()
            writer.write(text)
            answer = await asyncio.wait_for(self.receive(reader), timeout)
            keep = answer.headers.get("connection", "").lower() != "close"
            return answer
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError, ssl.SSLError, ValueError, IndexError) as e:
            raise Broken(type(e).__name__)
        finally:
            if keep:
                self.idle.append((reader, writer))
            else:
                writer.close()

    @staticmethod
    async def receive(reader):
        status, headers = await read_head(reader)
        return Answer(status, headers, await read_body(reader, status, headers))


class EventParser:
    """The lines of an event stream, one event at a time: (id or None, event, data)."""

    def __init__(self):
        self.rest, self.data, self.kind, self.ident, self.retry = "", [], "message", None, None

    def feed(self, text):
        """A line ends with CR LF, LF, or CR; a CR at the very end may still be half of the first."""
        *lines, self.rest = LINE_END.split(self.rest + text)
        return [event for event in map(self.line, lines) if event]

    def line(self, line):
        if line == "":
            event = (self.ident, self.kind, "\n".join(self.data)) if self.data else None
            self.data, self.kind = [], "message"
            return event
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "data":
            self.data.append(value)
        elif name == "event":
            self.kind = value
        elif name == "id":
            self.ident = value
        elif name == "retry" and value.isdigit():
            self.retry = int(value) / 1000
        return None


class EventStream:
    """An EventSource: connects again after every end, says the last id it saw, honours retry. A status other than 200
    ends a browser's stream for ever: it is reported, and the stream goes on all the same, so that the rest is seen too."""

    def __init__(self, base, ticket, on_event, on_state):
        self.place, self.ticket = Place(base), ticket
        self.on_event, self.on_state = on_event, on_state
        self.last, self.retry, self.stopped, self.writer = None, 1.0, False, None
        self.opened = asyncio.Event()

    def cut(self):
        """Pulls the cable; it comes back by itself."""
        if self.writer:
            self.writer.transport.abort()

    def stop(self):
        self.stopped = True
        self.cut()

    async def run(self):
        while not self.stopped:
            try:
                await self.once()
            except (Broken, OSError, EOFError, ssl.SSLError, ValueError, asyncio.TimeoutError) as e:
                self.on_state("broken", type(e).__name__)
            finally:
                if self.writer:
                    self.writer.close()
                    self.writer = None
            if not self.stopped:
                await asyncio.sleep(self.retry)

    async def once(self):
        ticket = await self.ticket()
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-cache"}
        if self.last is not None:
            headers["Last-Event-ID"] = self.last
        reader, self.writer = await self.place.connect()
        self.writer.write(self.place.head("GET", "/api/v1/events?ticket=" + urllib.parse.quote(ticket), headers, None))
        status, head = await asyncio.wait_for(read_head(reader), 30)
        self.on_state("opened", status)
        if status != 200:
            return
        parser = EventParser()
        decode = codecs.getincrementaldecoder("utf-8")()
        chunked, left = head.get("transfer-encoding", "") == "chunked", int(head.get("content-length", 1 << 62))
        while not self.stopped and left > 0:
            part = await asyncio.wait_for(read_chunk(reader) if chunked else reader.read(min(left, 65536)), 120)
            if not part:
                return
            left -= len(part)
            for ident, kind, data in parser.feed(decode.decode(part)):
                self.retry = parser.retry or self.retry
                self.last = ident if ident is not None else self.last
                self.opened.set()
                self.on_event(kind, data)
            self.retry = parser.retry or self.retry
