"""What nginx refuses in its own name, before or instead of the program: in our two forms, with our words, never its own."""
import json
import socket
import ssl
import struct

from client import TLS, Reply
from suite import same
from world import load

HTML = "text/html; charset=utf-8"
LONG, TOO_LONG = 9000, 60000            # an address: too long for us, and for nginx


class Front:
    def __init__(self, suite, world):
        self.suite, self.world, self.client = suite, world, suite.client
        self.case, self.contract = suite.case, suite.client.contract
        self.words = {lang: {**load(f"templates/words/{lang}/core.json"), **load(f"templates/words/{lang}/web.json")} for lang in ("ko", "en")}

    # ---- bytes as they are ----

    def connect(self, tls=True):
        s = socket.create_connection((self.client.url.hostname, self.client.url.port), 10)
        return TLS.wrap_socket(s, server_hostname="localhost") if tls else s

    def raw(self, data, tls=True):
        """All that comes back; that the other end stops reading in the middle is no reason to listen no more."""
        s, out = self.connect(tls), b""
        try:
            s.sendall(data)
        except OSError:
            pass
        try:
            while part := s.recv(65536):
                out += part
        except OSError:
            pass
        s.close()
        return out

    @staticmethod
    def parsed(out, lang):
        head, _, body = out.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split(" ")[1]) if lines[0].startswith("HTTP/1.1 ") else 0
        return Reply(status, [tuple(line.split(": ", 1)) for line in lines[1:]], body, lang)

    def ask(self, line, more="", lang="en", tls=True, body=b""):
        head = f"{line}\r\nHost: localhost\r\nConnection: close\r\nAccept-Language: {lang}\r\n{more}\r\n"
        return self.parsed(self.raw(head.encode("latin-1") + body, tls), lang)

    # ---- what an answer must be ----

    def wrongs(self, r, status, code, lang, page):
        """Words for all in which it is not ours."""
        said = self.words[lang]["problem." + code]
        out = self.contract.check_headers(r)
        if r.status != status:
            return out + [f"got {r!r}, wanted {status}"]
        if b"nginx</center>" in r.body:
            out.append("nginx's own words")
        if page:
            text = r.body.decode()
            if r.headers.get("content-type") != HTML or f'<html lang="{lang}"' not in text or said.replace("'", "&#39;") not in text.replace("'", "&#39;"):
                out.append(f"no page of ours: {r.headers.get('content-type')} {text[:300]}")
            if r.headers["x-request-id"] not in text:
                out.append("the page doesn't name the request")
            return out
        if r.headers.get("content-type") != "application/problem+json":
            return out + [f"Content-Type {r.headers.get('content-type')} {r.body[:200]!r}"]
        d = json.loads(r.body)
        wanted = {"type": f"/docs/problems.html#{code}", "title": said, "status": status, "code": code, "request_id": r.headers["x-request-id"]}
        return out + ([] if d == wanted else [f"got {d}, wanted {wanted}"])

    def refused(self, status, code, ask):
        """ask(path, lang): of the API and of the console, in both languages."""
        with self.case(f"{status} {code} is said by nginx as by the program") as wrong:
            for path, page in (("/api/v1/auth/login", False), ("/admin/login", True)):
                for lang in ("ko", "en"):
                    r = ask(path, lang)
                    wrong += [f"{path} {lang}: {w}" for w in self.wrongs(r, status, code, lang, page)]

    # ---- the cases ----

    def requests(self):
        self.refused(501, "encoding_unknown", lambda path, lang: self.ask(f"POST {path} HTTP/1.1", "Transfer-Encoding: xchunked\r\n", lang))
        self.refused(400, "not_readable", lambda path, lang: self.ask(f"POST {path} HTTP/1.1", "Content-Length: -1\r\n", lang))
        self.refused(400, "not_readable", lambda path, lang: self.ask(
            f"POST {path} HTTP/1.1", "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n", lang, body=b"zz\r\n{}\r\n0\r\n\r\n"))
        self.refused(413, "too_large", lambda path, lang: self.ask(f"POST {path} HTTP/1.1", "Content-Length: 99999999\r\n", lang))
        self.refused(431, "headers_too_large", lambda path, lang: self.ask(f"GET {path} HTTP/1.1", f"X-Long: {'y' * 70000}\r\n", lang))
        self.refused(431, "headers_too_large", lambda path, lang: self.ask(
            f"GET {path} HTTP/1.1", "".join(f"X-Long-{i}: {'y' * 20000}\r\n" for i in range(9)), lang))
        self.refused(400, "https_only", lambda path, lang: self.ask(f"GET {path} HTTP/1.1", lang=lang, tls=False))

    def lengths(self):
        self.refused(414, "address_too_long", lambda path, lang: self.ask(f"GET {path}?q={'x' * LONG} HTTP/1.1", lang=lang))
        with self.case("414 address_too_long is said of an address that nginx doesn't take either, and not cut off") as wrong:
            for path, page in (("/api/v1/courses", False), ("/admin/login", True)):
                r = self.ask(f"GET {path}?q={'x' * TOO_LONG} HTTP/1.1")
                # Nothing behind the first line was read, so the language is the centre's.
                wrong += [f"{path}: {w}" for w in self.wrongs(r, 414, "address_too_long", "ko", page)]
        with self.case("An address of 8,000 characters is taken"):
            same(self.ask(f"GET /api/v1/courses?q={'x' * 7900} HTTP/1.1").code, "invalid")
        with self.case("414 address_too_long is said over HTTP/2") as wrong:
            for path in ("/api/v1/courses", "/admin/login"):
                body = self.over_h2(f"{path}?q={'x' * LONG}").decode()
                if ('"code":"address_too_long"' if "api" in path else self.words["ko"]["problem.address_too_long"]) not in body:
                    wrong.append(f"{path}: {body[:200]!r}")

    def over_h2(self, path):
        """The body of an answer to a GET, in as little of HTTP/2 as that needs."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        s = context.wrap_socket(socket.create_connection((self.client.url.hostname, self.client.url.port), 10), server_hostname="localhost")

        def length(n):
            """HPACK: a text of so many letters as they are."""
            out, n = b"\x7f", n - 127
            while n > 127:
                out, n = out + bytes([n % 128 | 128]), n // 128
            return out + bytes([n])

        def frame(kind, flags, stream, payload):
            return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload
        block = b"\x82\x87\x41\x09localhost\x44" + length(len(path)) + path.encode()
        parts = [block[i:i + 16000] for i in range(0, len(block), 16000)]
        out = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
        for i, part in enumerate(parts):
            out += frame(9 if i else 1, (1 if i == 0 else 0) | (4 if i == len(parts) - 1 else 0), 1, part)
        s.sendall(out)
        read, body, done = s.makefile("rb"), b"", False
        while not done and len(head := read.read(9)) == 9:
            size, kind, flags, stream = int.from_bytes(head[:3], "big"), head[3], head[4], int.from_bytes(head[5:], "big")
            payload = read.read(size)
            if kind == 0:
                body += payload
            done = kind == 7 or (stream == 1 and (kind == 3 or (kind in (0, 1) and flags & 1)))
        s.close()
        return body

    def methods(self):
        with self.case("TRACE is refused with what the path does take") as wrong:
            for path, page, allow in (("/api/v1/courses", False, "GET, HEAD"), ("/api/v1/auth/login", False, "POST"), ("/admin/login", True, "GET, HEAD, POST")):
                for lang in ("ko", "en"):
                    r = self.ask(f"TRACE {path} HTTP/1.1", lang=lang)
                    if r.status != 405 or r.headers.get("allow") != allow or (b"<html" in r.body) != page:
                        wrong.append(f"{path}: {r!r} Allow {r.headers.get('allow')}")
                    if not page:
                        wrong += self.wrongs(r, 405, "method_not_allowed", lang, page)
        with self.case("A file says that it can only be read") as wrong:
            for path in ("/static/admin/kit.js", "/docs/ko/problems.html", "/docs/"):
                r = self.ask(f"POST {path} HTTP/1.1", "Content-Length: 0\r\n")
                wrong += [f"{path}: {w}" for w in self.wrongs(r, 405, "method_not_allowed", "en", True)]
                if r.headers.get("allow") != "GET, HEAD":
                    wrong.append(f"{path}: Allow {r.headers.get('allow')}")

    def files(self):
        kit = "GET /static/admin/kit.js HTTP/1.1"
        for status, code, line, more in ((404, "not_found", "GET /static/nothing.js HTTP/1.1", ""), (404, "not_found", "GET /static/admin HTTP/1.1", ""),
                                         (412, "condition_failed", kit, 'If-Match: "other"\r\n')):
            with self.case(f"{status} {code} of a file is a page of ours") as wrong:
                for lang in ("ko", "en"):
                    wrong += self.wrongs(self.ask(line, more, lang), status, code, lang, True)
        with self.case("A file is sent whole, whatever part of it is asked for"):
            for part in ("0-9", "9999999-", "-1", "x"):
                r = self.ask(kit, f"Range: bytes={part}\r\n")
                same((r.status, "content-range" in r.headers), (200, False), part)

    def unreadable(self):
        with self.case("What has no address that can be read is answered as a program would want it") as wrong:
            for data, status, code in ((b"\x00\x01\x02\r\n\r\n", 400, "not_readable"), (b"nonsense\r\n\r\n", 400, "not_readable"),
                                       (b"GET /../../x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "not_readable"),
                                       (b"GET /api/v1/ping HTTP/9.9\r\nHost: localhost\r\n\r\n", 505, "http_version_unknown")):
                r = self.parsed(self.raw(data), "ko")
                page = data.startswith(b"GET /..")
                wrong += [f"{data[:20]!r}: {w}" for w in self.wrongs(r, status, code, "ko", page)]
        with self.case("What nginx uses inside can't be asked for"):
            for path in ("/_refused/api", "/_refused/page", "/_refused/", "/_sse/0/u.1"):
                same(self.ask(f"GET {path} HTTP/1.1").status, 404, path)

    def all(self):
        self.requests()
        self.lengths()
        self.methods()
        self.files()
        self.unreadable()
