"""A small HTTP client that notes every call, and holds every answer against the contract."""
import http.client
import json
import ssl
import threading
import urllib.parse

TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


class Reply:
    def __init__(self, status, headers, body, language):
        self.status, self.body, self.language = status, body, language
        self.headers = {}
        for name, value in headers:
            self.headers[name.lower()] = ", ".join(filter(None, (self.headers.get(name.lower()), value)))
        self.cookies = dict(v.split(";")[0].split("=", 1) for n, v in headers if n.lower() == "set-cookie")
        self.cookie_lines = [v for n, v in headers if n.lower() == "set-cookie"]

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def code(self):
        d = self.json
        return d.get("code") if isinstance(d, dict) and self.status >= 400 else None

    @property
    def without_request_id(self):
        d = dict(self.json)
        d.pop("request_id", None)
        return d

    def server_names(self):
        return [v for n, v in self.headers.items() if n in ("server", "x-powered-by") and any(c.isdigit() for c in v)]

    def __repr__(self):
        return f"{self.status} {self.body[:300].decode('utf-8', 'replace')}"


class Caller:
    """Who calls: nobody, a token, or a console cookie with or without its CSRF token."""

    def __init__(self, name="anonymous", token=None, cookie=None, csrf=None, member_id=None, email=None):
        self.name, self.token, self.cookie, self.csrf, self.member_id, self.email = name, token, cookie, csrf, member_id, email

    def headers(self):
        out = {}
        if self.token:
            out["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            out["Cookie"] = f"__Host-madang={self.cookie}"
        if self.csrf:
            out["X-CSRF-Token"] = self.csrf
        return out


NOBODY = Caller()


class Client:
    def __init__(self, base, contract=None):
        self.url = urllib.parse.urlsplit(base)
        self.contract = contract
        self.violations = []
        self.calls = 0
        self.local = threading.local()

    def connection(self, timeout=30):
        made = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        more = {"context": TLS} if self.url.scheme == "https" else {}
        return made(self.url.hostname, self.url.port, timeout=timeout, **more)

    def send(self, method, target, body, headers):
        for attempt in (1, 2):
            kept = getattr(self.local, "kept", None)
            c = kept or self.connection()
            try:
                c.request(method, target, body=body, headers=headers)
                r = c.getresponse()
                data = r.read()
                self.local.kept = c
                if r.getheader("connection", "").lower() == "close":
                    c.close()
                    self.local.kept = None
                return r.status, r.getheaders(), data
            except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError, http.client.CannotSendRequest):
                c.close()
                self.local.kept = None
                if not kept or attempt == 2:
                    raise
        raise AssertionError

    def call(self, method, target, body=None, who=NOBODY, key=None, lang=None, headers=None, kind=None, checked=True):
        """body: bytes go as they are, everything else as JSON."""
        h = {**who.headers(), "Accept-Language": lang or "ko"}
        if body is not None:
            h["Content-Type"] = kind or "application/json"
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        elif method in ("POST", "PUT", "PATCH"):
            body = b""
        if key:
            h["Idempotency-Key"] = key
        h.update(headers or {})
        h = {n: v for n, v in h.items() if v is not None}
        status, got, data = self.send(method, target, body, h)
        self.calls += 1
        reply = Reply(status, got, data, lang or "ko")
        if self.contract and checked:
            self.violations += self.contract.check(method, target.split("?")[0], reply)
        return reply

    def get(self, target, **more):
        return self.call("GET", target, **more)

    def post(self, target, body=None, **more):
        return self.call("POST", target, body, **more)

    def patch(self, target, body=None, **more):
        return self.call("PATCH", target, body, **more)

    def delete(self, target, **more):
        return self.call("DELETE", target, **more)
