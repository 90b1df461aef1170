"""The running system as the measurements see it: its settings, database, processes, and members made for the purpose."""
import base64
import hashlib
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import time

MEMBER_MAIL = "bench-%d@bench.example"
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE


def read_config(path):
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body) if self.body else None

    def expect(self, *statuses):
        if self.status not in statuses:
            raise RuntimeError(f"expected {statuses}, got {self.status}: {self.body[:300]!r}")
        return self.json()


class Client:
    """One kept connection; opened again when it was closed."""

    def __init__(self, to, token=None):
        self.to, self.token, self.connection = to, token, None

    def call(self, method, path, body=None, headers=None, key=None):
        h = {"Accept": "application/json"}
        if self.token:
            h["Authorization"] = "Bearer " + self.token
        if body is not None:
            h["Content-Type"] = "application/json"
        if key:
            h["Idempotency-Key"] = f'"{key}"'
        h.update(headers or {})
        data = None if body is None else json.dumps(body)
        if self.connection is None:
            host, port = self.to.split(":")
            self.connection = http.client.HTTPSConnection(host, int(port), context=TLS, timeout=30)
        try:
            self.connection.request(method, path, data, h)
            r = self.connection.getresponse()
            return Answer(r.status, r.headers, r.read())
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def get(self, path, **more):
        return self.call("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.call("POST", path, {} if body is None else body, **more)


class House:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.var = self.root / "var"
        self.run = self.var / "run"
        self.work = self.var / "bench"
        self.work.mkdir(parents=True, exist_ok=True)
        self.config = read_config(self.var / "madang.conf")
        self.to = "127.0.0.1:" + (self.var / "port").read_text().strip()

        self.made = 0
        self.program = str(self.root / "build" / "fcgi-app" / "madang")

    def stack(self):
        """The supervisor's process."""
        return int((self.run / "stack.lock").read_text())

    def tool(self, name):
        return str(self.root / "build" / "tests" / "bench" / name)

    def client(self, token=None):
        return Client(self.to, token)

    # ---- the database ----

    def sql(self, text, database=None):
        """Runs the statements; the rows of what they select, as lists of texts."""
        c = self.config
        command = ["mariadb", "--no-defaults", "--batch", "--raw", "--skip-column-names", "--default-character-set=utf8mb4",
                   f"--socket={c['db_socket']}", f"--user={c['db_user']}", database or c["db_name"]]
        done = subprocess.run(command, input=text, capture_output=True, text=True,
                              env=dict(os.environ, MYSQL_PWD=c["db_password"]))
        if done.returncode != 0:
            raise RuntimeError(f"SQL: {done.stderr.strip()[:500]}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def number(self, text):
        rows = self.sql(text)
        return int(rows[0][0]) if rows and rows[0][0] != "NULL" else 0

    # ---- members ----

    def token(self, kind, nth):
        """A token that can be made again: from the installation's secret, so it is as secret as that."""
        secret = (self.var / "secret").read_bytes()
        digest = hashlib.sha256(secret + f"bench {kind} {nth}".encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def members(self, count, kind="api"):
        """[(member id, token)] of `count` active members, each with a session of that kind that lives for a day."""
        self.sql(f"""INSERT IGNORE INTO member (email, password_hash, name, phone, status, created_at)
            SELECT CONCAT('bench-', seq, '@bench.example'),
                (SELECT password_hash FROM member d WHERE d.email = 'learner@madang.example'),
                CONCAT('측정 ', seq), CONCAT('0109', LPAD(seq, 7, '0')), 'active', UTC_TIMESTAMP(6) FROM seq_1_to_{count};""")
        ids = [int(r[0]) for r in self.sql(f"""SELECT m.id FROM seq_1_to_{count} n
            JOIN member m ON m.email = CONCAT('bench-', n.seq, '@bench.example') ORDER BY n.seq""")]
        tokens = [self.token(kind, i) for i in range(count)]
        statements = []
        for at in range(0, count, 1000):
            rows = ",".join(f"({ids[i]},'{kind}',UNHEX(SHA2('{tokens[i]}',256)),UTC_TIMESTAMP(6)+INTERVAL 1 DAY,"
                            f"'bench','bench',UTC_TIMESTAMP(6),UTC_TIMESTAMP(6))" for i in range(at, min(at + 1000, count)))
            statements.append("INSERT INTO session (member_id, kind, access_hash, access_expires_at, csrf, user_agent, "
                              f"created_at, seen_at) VALUES {rows} ON DUPLICATE KEY UPDATE "
                              "access_expires_at = VALUES(access_expires_at), seen_at = VALUES(seen_at);")
        self.sql("\n".join(statements))
        return list(zip(ids, tokens))

    def write_lines(self, name, lines):
        path = self.work / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)

    # ---- a course ----

    def operator(self):
        answer = self.client().post("/api/v1/auth/login", {"email": "operator@madang.example", "password": "madang-demo-1234"})
        return self.client(answer.expect(200)["access_token"])

    def make_course(self, title, capacity, hold_seconds=3600, instructor=None):
        """An open course, through the public API, as an operator makes it."""
        operator = self.operator()
        category = self.number("SELECT MIN(id) FROM category")
        instructor = instructor or self.number("SELECT MIN(id) FROM instructor WHERE active")
        now = time.time()

        def at(seconds):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + seconds))
        self.made += 1           # nobody teaches two courses at the same time
        far = 400 * 86400 + int(now) % 86400 * 3600 + self.made * 7200
        course = operator.post("/api/v1/admin/courses", {
            "title": title, "category_id": category, "instructor_id": instructor, "price": 1000, "capacity": capacity,
            "hold_seconds": hold_seconds, "enrol_opens_at": at(-3600), "enrol_closes_at": at(86400), "description": title,
            "sessions": [{"starts_at": at(far), "ends_at": at(far + 3600), "room": f"측정실 {int(now * 1000)}"}],
        }, key=f"bench-{now}").expect(201)
        operator.post(f"/api/v1/admin/courses/{course['id']}/status", {"status": "open"}, key=f"bench-open-{now}").expect(200)
        return course["id"]

    def need_courses(self, count):
        """At least so many that the public list shows."""
        for i in range(count - self.number("SELECT COUNT(*) FROM course WHERE status <> 'draft'")):
            self.make_course(f"측정: 강좌 {i + 1}", 20)

    def clear(self):
        """Takes away what measurements left behind: their courses and members, with all that hangs on them."""
        mine = "SELECT id FROM member WHERE email LIKE 'bench-%@bench.example'"
        courses = "SELECT id FROM course WHERE title LIKE '측정: %'"
        self.sql(f"""SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
            CREATE TEMPORARY TABLE m (id BIGINT PRIMARY KEY) AS {mine};
            CREATE TEMPORARY TABLE k (id BIGINT PRIMARY KEY) AS {courses};
            START TRANSACTION;
            DELETE s FROM course_seat s JOIN k ON k.id = s.course_id;
            DELETE t FROM ticket t JOIN k ON k.id = t.course_id;
            DELETE s FROM course_session s JOIN k ON k.id = s.course_id;
            DELETE n FROM change_notice n JOIN change_request r ON r.id = n.request_id JOIN k ON k.id = r.course_id;
            DELETE s FROM change_step s JOIN change_request r ON r.id = s.request_id JOIN k ON k.id = r.course_id;
            DELETE r FROM change_request r JOIN k ON k.id = r.course_id;
            DELETE t FROM course_text t JOIN k ON k.id = t.course_id;
            DELETE c FROM course c JOIN k ON k.id = c.id;
            DELETE i FROM idempotency i JOIN m ON m.id = i.caller_id;
            DELETE n FROM notification n JOIN m ON m.id = n.member_id;
            DELETE s FROM member_stream s JOIN m ON m.id = s.member_id;
            DELETE e FROM event_ticket e JOIN m ON m.id = e.member_id;
            DELETE s FROM session s JOIN m ON m.id = s.member_id;
            DELETE p FROM member p JOIN m ON m.id = p.id;
            COMMIT;""")

    # ---- processes ----

    def part(self, name):
        """The process of one part of the running system."""
        for line in (self.run / "stack.status").read_text().splitlines():
            words = line.split()
            if words[0] == name:
                return int(words[2])
        raise RuntimeError(f"no part {name} runs")

    def children(self, pid):
        return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def workers(self, pool="web"):
        return self.children(self.part(pool))


def private_kib(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))
