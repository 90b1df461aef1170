"""Lists, searches and decisions in a big centre (tests/bench/centre.py)."""
import json
import urllib.parse

from centre import Centre, FIRST
from house import Client
from loads import load
from table import median

LIST_MS, SEARCH_MS, BULK_S, BULK = 50.0, 30.0, 2.0, 200
# Every list of the console and of its API, with the filters that people use. Two of each: the first page, and one behind (next, and back again).
LISTS = ["courses", "courses?status=open", "courses?category_id=1", "courses?sort=opening", f"courses?instructor_id={FIRST + 7}",
         "enrolments", "enrolments?status=cancelled", "enrolments?source=desk", f"enrolments?course_id={FIRST + 77}", "members", "members?status=suspended", "members?role=finance", "members?q=김서", "members?q=7919",
         "members?q=%EC%84%9C%EC%97%B0", "payments", "payments?status=paid", "payments?status=unknown", "payments?method=cash", "refunds", "requests", "requests?state=submitted&sort=oldest", "requests?kind=delete", "audit",
         "audit?action=course.edit", "audit?object_type=course", "instructors"]
SEARCHES = ["도자기", "자기", "수채화 주말", "요가", "피아노 어린이", "가", "첫걸음", "드론 새벽", "가야금 23기", "없는말입니다", "판소리 판소리", "캘리 심화",
            "온가족 서예 여름", "한결", "코딩 부모와 한낮 탐구"]


def cursor_paths(client, path):
    """The page behind the first, and the way back from it."""
    at = "&" if "?" in path else "?"
    first = client.get(path + at + "limit=50").expect(200)
    if not first["next_cursor"]:
        return []
    second = f"{path}{at}limit=50&cursor={first['next_cursor']}"
    back = client.get(second).expect(200)["prev_cursor"]
    return [second] + ([f"{path}{at}limit=50&cursor={back}"] if back else [])


def paced(house, to, path, opts, header, rate=None):
    """Two people at a time: what a request takes, not what it waits for others."""
    return load(house, to, path=path, seconds=opts.seconds, connections=2, threads=1, header=header, rate=rate)


def worst(house, centre, table, opts, what, paths, header, bar_ms, rate=None):
    slow = []
    for path in paths:
        r = paced(house, centre.to, path, opts, header, rate)
        slow.append((r["p99_us"] / 1000, path))
    slow.sort(reverse=True)
    ms, path = slow[0]
    table.add(f"{what}: the slowest of {len(paths)}, p99", ms, "ms", f"≤ {bar_ms:.0f} ms", holds=ms <= bar_ms,
              note=urllib.parse.unquote(path)[:70], all=slow)
    table.add(f"{what}: the middle one, p99", median([ms for ms, _ in slow]), "ms")


def lists(house, table, opts):
    short = type(opts)(**{**vars(opts), "seconds": min(opts.seconds, 1.0)})
    with Centre(house) as centre:
        token = centre.login("admin")
        client = Client(centre.to, token)
        header = [f"Authorization: Bearer {token}", "Cache-Control: no-cache"]
        paths = []
        for path in LISTS:
            api = "/api/v1/admin/" + urllib.parse.quote(path, safe="?&=%")
            paths += [api, *cursor_paths(client, api)]
        worst(house, centre, table, short, "lists by the API", paths, header, LIST_MS)
        pages = ["/admin/" + urllib.parse.quote(path.replace("&sort=oldest", ""), safe="?&=%") for path in LISTS]
        worst(house, centre, table, short, "the same as pages", pages, header, LIST_MS)
        people = centre.sql(f"SELECT id FROM member WHERE id > {FIRST} LIMIT 1")[0][0]
        worst(house, centre, table, short, "details", [f"/api/v1/admin/members/{people}", f"/admin/members/{people}", f"/admin/courses/{FIRST + 77}",
              f"/api/v1/admin/courses/{FIRST + 77}/students", "/admin/"], header, LIST_MS)
        words = [f"/api/v1/courses?limit=20&q={urllib.parse.quote(q)}" for q in SEARCHES]
        worst(house, centre, table, short, "course search", words + [w + "&sort=opening" for w in words], header[1:], SEARCH_MS)
        worst(house, centre, table, short, "search for everything", [f"/api/v1/admin/search?q={urllib.parse.quote(q)}" for q in ("김서연", "7919", "도자기", "C-1000077")],
              header, SEARCH_MS, rate=200)      # people may ask so often, and no more


# ---- deciding 200 requests at once ----

def file_requests(house, operator, count):
    """That many requests, on as many courses of the demo teacher, filed through the API."""
    teacher = house.client(house.client().post("/api/v1/auth/login", {"email": "teacher@madang.example", "password": "madang-demo-1234"})
                           .expect(200)["access_token"])
    instructor = house.number("SELECT i.id FROM instructor i JOIN member m ON m.id = i.member_id WHERE m.email = 'teacher@madang.example'")
    ids = []
    for i in range(count):
        course = house.make_course(f"측정: 결정 {i}", 10, instructor=instructor)
        made = teacher.post("/api/v1/teach/requests", {"course_id": course, "kind": "edit", "changes": {"description": f"새 소개 {i}", "capacity": 12}},
                            key=f"bench-request-{course}").expect(201)
        ids.append(made["id"])
    return ids


def bulk(house, table, opts):
    import time
    operator = house.operator()
    count = 20 if opts.quick else BULK
    ids = file_requests(house, operator, count)
    times = {}
    for action in ("approve", "complete"):
        for dry in (True, False):
            began = time.monotonic()
            r = operator.post("/api/v1/admin/requests/bulk", {"ids": ids, "action": action, "dry_run": dry, "tell": "later"},
                              key=f"bench-{action}-{dry}-{ids[0]}").expect(200)
            times[action, dry] = time.monotonic() - began
            if dry:
                said = r["results"]
            elif [(x["id"], x["ok"], x.get("code")) for x in said] != [(x["id"], x["ok"], x.get("code")) for x in r["results"]]:
                raise RuntimeError(f"the dry run said otherwise: {json.dumps(said)[:300]}")
        if not all(x["ok"] for x in r["results"]):
            raise RuntimeError(f"not all could be done: {[x for x in r['results'] if not x['ok']][:3]}")
    table.add(f"approving {count} requests", times["approve", False], "s", f"≤ {BULK_S:.0f} s", holds=times["approve", False] <= BULK_S)
    table.add(f"applying {count} edits", times["complete", False], "s", f"≤ {BULK_S:.0f} s", holds=times["complete", False] <= BULK_S)
    table.add("their dry runs", max(times["approve", True], times["complete", True]), "s", note="both said what then happened")
