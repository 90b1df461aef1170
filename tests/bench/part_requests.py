"""What a request costs: the fixed cost of all layers, and reading courses, against bare workers of the same make."""
import re
import subprocess

from front import Peer
from loads import load, wrk
from table import median, median_ratio

FRESH = "Cache-Control: no-cache"


def fixed_path(house):
    return "/api/v1/ping" if house.client().get("/api/v1/ping").status == 200 else "/healthz"


def recorded(house, path):
    """The product's answer as a FastCGI response, for bare workers to give the same bytes."""
    answer = house.client().get(path)
    answer.expect(200)
    own = ("content-type", "x-request-id", "cache-control", "content-length", "etag", "content-language", "vary")
    lines = ["Status: 200 OK"] + [f"{name}: {value}" for name, value in answer.headers.items() if name.lower() in own]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body


def interleave(sides, rounds):
    """{name: [result of each round]}: every round asks each side once, in turn forwards and backwards."""
    results = {name: [] for name in sides}
    for i in range(rounds):
        for name in list(sides)[:: 1 if i % 2 == 0 else -1]:
            results[name].append(sides[name]())
    return results


def rates(results, name):
    return [r["rate"] for r in results[name]]


def fixed(house, table, opts):
    path = fixed_path(house)
    answer = recorded(house, path)
    with Peer(house, "kept", "empty", answer) as kept, Peer(house, "per-request", "empty", answer) as single:
        fixed_cost(house, table, opts, path, kept, single)
    with Peer(house, "kept", "slow2", answer) as kept, Peer(house, "per-request", "slow2", answer) as single:
        slow_requests(house, table, opts, path, kept, single)


def fixed_cost(house, table, opts, path, kept, single):
    def side(to):
        return lambda: load(house, to, path=path, seconds=opts.seconds)
    results = interleave({"madang": side(house.to), "kept": side(kept.to), "single": side(single.to)}, opts.rounds)
    ours, bare, per_request = (rates(results, name) for name in ("madang", "kept", "single"))
    ratio = median_ratio(ours, bare)
    table.add(f"GET {path} through all layers", median(ours), "/s", "≥ 0.85 × bare worker, kept connections", median(bare), ratio,
              ratio >= 0.85, rounds=results)
    ratio = median_ratio(bare, per_request)
    table.add("bare worker, kept connections", median(bare), "/s", "≥ 1.5 × bare worker, a connection per request",
              median(per_request), ratio, ratio >= 1.5)
    for name, words in (("madang", "Madang"), ("kept", "bare, kept"), ("single", "bare, per request")):
        table.add(f"p99 of {words}", median([r["p99_us"] for r in results[name]]) / 1000, "ms")
    other = wrk(f"https://{house.to}", path, max(1, round(opts.seconds)))
    if other:
        table.add("the same by wrk", other, "/s", against=median(ours), ratio=other / median(ours), note="a check of the load generator")


def slow_requests(house, table, opts, path, kept, single):
    def side(to):
        return lambda: load(house, to, path=path, seconds=opts.seconds)
    results = interleave({"kept": side(kept.to), "single": side(single.to)}, opts.rounds)
    p99 = {name: [r["p99_us"] / 1000 for r in results[name]] for name in results}
    ratio = median_ratio(p99["kept"], p99["single"])
    table.add("p99 with 2 % slow requests (20 ms), kept connections", median(p99["kept"]), "ms", "≤ 1 × a connection per request",
              median(p99["single"]), ratio, ratio <= 1.0, rounds=results)
    table.add("rate with 2 % slow requests, kept connections", median(rates(results, "kept")), "/s",
              against=median(rates(results, "single")), ratio=median_ratio(rates(results, "kept"), rates(results, "single")))


# ---- reading ----

def literals(house, source, flags):
    """The string literals of a C file, with its macros and neighbours put together."""
    text = subprocess.run(["gcc", "-E", "-P", "-D_GNU_SOURCE", f"-I{house.root}/fcgi-app", *flags, source], capture_output=True,
                          text=True, check=True).stdout
    found = re.findall(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', text)
    return [re.sub(r'"\s*"', "", words)[1:-1] for words in found]


def statements_drifted(house):
    """The bare worker's statements that the course module doesn't have."""
    flags = subprocess.run(["pkg-config", "--cflags", "json-c", "libmariadb"], capture_output=True, text=True).stdout.split()
    texts = [t for name in ("course", "course_list") for t in literals(house, f"{house.root}/fcgi-app/course/{name}.c", flags)]
    whole = [t for t in texts if t.startswith("SELECT")]
    joins = [t for t in texts if t.startswith(" JOIN") and t.endswith("WHERE ")]
    bare = [t for t in literals(house, f"{house.root}/tests/bench/peer_rows.c", flags) if t.startswith("SELECT")]
    return [t for t in bare if t not in whole and not any(t.startswith(o + j) for o in whole for j in joins)]


def same_answer(house, peer, path, drop=()):
    ours = house.client().get(path, headers={"Cache-Control": "no-cache"}).expect(200)
    bare = peer.client().get(path).json()
    for name in drop:
        ours.pop(name, None)
        bare.pop(name, None)
    return ours == bare


def read(house, table, opts):
    house.need_courses(21)
    course = house.number("SELECT MIN(k.id) FROM course k JOIN course_session s ON s.course_id = k.id WHERE k.status = 'open'")
    one, many = f"/api/v1/courses/{course}", "/api/v1/courses?limit=20"
    with Peer(house, "kept", "course") as course_peer, Peer(house, "kept", "list") as list_peer:
        for peer, path, drop in ((course_peer, one, ()), (list_peer, many, ("next_cursor",))):
            if not same_answer(house, peer, path, drop):
                raise RuntimeError(f"the bare worker answers {path} otherwise than Madang: tests/bench/peer_rows.c is out of date")
        drifted = statements_drifted(house)
        if drifted:
            table.add("statements of the bare worker that Madang no longer has", len(drifted), holds=False, note=drifted[0][:80])
        measure_reading(house, table, opts, one, many, course_peer, list_peer)


def measure_reading(house, table, opts, one, many, course_peer, list_peer):
    ping = fixed_path(house)

    def side(to, path, *headers):
        return lambda: load(house, to, path=path, seconds=opts.seconds, header=headers)
    results = interleave({
        "ping": side(house.to, ping),
        "one": side(house.to, one, FRESH), "one bare": side(course_peer.to, one, FRESH), "one cached": side(house.to, one),
        "many": side(house.to, many, FRESH), "many bare": side(list_peer.to, many, FRESH), "many cached": side(house.to, many),
    }, opts.rounds)
    for name, words in (("one", "GET courses/{id}"), ("many", "GET courses?limit=20")):
        ours, bare = rates(results, name), rates(results, name + " bare")
        ratio = median_ratio(ours, bare)
        table.add(f"{words} past every cache", median(ours), "/s", "≥ 0.8 × bare worker with the same SQL", median(bare), ratio,
                  ratio >= 0.8, rounds={k: results[k] for k in (name, name + " bare")})
    for name, words in (("one", "GET courses/{id}"), ("many", "GET courses?limit=20")):
        ours, ceiling = rates(results, name + " cached"), rates(results, "ping")
        ratio = median_ratio(ours, ceiling)
        table.add(f"{words} cached", median(ours), "/s", f"≥ 0.7 × GET {ping}", median(ceiling), ratio, ratio >= 0.7)
