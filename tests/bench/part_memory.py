"""What a worker process keeps to itself, and whether it grows."""
import threading
import time

from house import private_kib
from loads import load

LIMIT_KIB, NOISE_KIB, LOGINS_PER_SECOND = 24 * 1024, 256, 10


class Logins(threading.Thread):
    """Logins beside the load, below what the sandbox allows in a minute; each member once more and again."""

    def __init__(self, house, members):
        super().__init__(daemon=True)
        self.house, self.members, self.over, self.done, self.refused = house, members, False, 0, 0
        self.start()

    def run(self):
        client = self.house.client()
        while not self.over:
            began = time.time()
            mail = f"bench-{self.done % self.members + 1}@bench.example"
            try:
                answer = client.post("/api/v1/auth/login", {"email": mail, "password": "madang-demo-1234"})
                self.refused += answer.status != 200
            except OSError:
                self.refused += 1
            self.done += 1
            time.sleep(max(0, 1 / LOGINS_PER_SECOND - (time.time() - began)))


def memory(house, table, opts):
    each = 5000 if opts.quick else 100000
    workers = house.workers("web")
    members = house.members(200)
    tokens = house.write_lines("tokens", (token for _, token in members))
    house.need_courses(21)
    course = house.number("SELECT MAX(id) FROM course WHERE status = 'open'")
    paths = house.write_lines("paths", ["/api/v1/ping", f"/api/v1/courses/{course}", "/api/v1/courses?limit=20", "/api/v1/courses?limit=100",
                                        "/api/v1/me", "/api/v1/notifications", "/api/v1/me/tickets", "/api/v1/categories"])
    sizes, logins = [], 0
    for _ in range(3):
        beside = Logins(house, len(members))
        # Spread over the processes by the kernel: each gets about its share, so all together get `each` times their number.
        load(house, house.to, paths=paths, tokens=tokens, count=each * len(workers), rate=3500, any_status=True)
        beside.over = True
        beside.join()
        logins += beside.done - beside.refused
        time.sleep(3)
        if house.workers("web") != workers:
            raise RuntimeError("worker processes were replaced meanwhile")
        sizes.append([private_kib(pid) for pid in workers])
    tell(table, sizes, each, logins)


def tell(table, sizes, each, logins):
    second = max(sizes[1])
    table.add(f"private memory of an idle worker after {2 * each:,} requests", second / 1024, "MiB", "≤ 24 MiB", holds=second <= LIMIT_KIB,
              note=f"{logins} logins among them", kib=sizes)
    for at, words in ((1, "second"), (2, "third")):
        growth = max(b - a for a, b in zip(sizes[at - 1], sizes[at]))
        table.add(f"its growth in the {words} {each:,}", growth, "KiB", f"none (≤ {NOISE_KIB} KiB)", holds=growth <= NOISE_KIB)
