#!/usr/bin/env python3
"""Judges a run from its recorded history and the books read afterwards: `checker.py HISTORY BOOKS` prints a verdict.

Each check says in its name what must hold. It passes, fails with evidence, or is unknown: when what it needs was not
seen, or the system did not come to rest. A run with an unknown in it is not a pass. Exit status: 0 pass, 1 fail, 2 unknown.
"""
import bisect
import json
import sys

import history as recorded

HELD = ("active", "paying")
GOT_A_SEAT = ("active", "paying", "enrolled", "expired")
EVIDENCE = 5
CHECKS = []


class Unknown(Exception):
    """The check can't be made."""


def check(about, modes=None, at_rest=False):
    """A check yields a line of evidence for each violation. modes: the kinds of runs it is for, all if left out. at_rest: it
    means something only when nothing is under way."""
    def add(f):
        CHECKS.append((f.__name__, about, modes, at_rest, f))
        return f
    return add


class Run:
    """A history, sorted by what is asked of it."""

    def __init__(self, lines, books):
        self.books = books
        self.head = next(x for x in lines if x["k"] == "run")
        self.mode = self.head["mode"]
        self.people = {p["m"]: p for p in self.head["people"]}
        self.ops, self.events, self.streams = {}, {}, {}
        self.seen = [x for x in lines if x["k"] == "seen"]
        self.listed = [x for x in lines if x["k"] == "listed"]
        self.kills = [x for x in lines if x["k"] == "kill"]
        self.quiet = next((x for x in lines if x["k"] == "quiet"), {"reached": False, "why": "the run ended early"})
        for x in lines:
            if x["k"] == "op":
                self.ops.setdefault(x["op"], []).append(x)
            elif x["k"] == "event":
                self.events.setdefault(x["m"], []).append(x)
            elif x["k"] == "stream":
                self.streams.setdefault(x["m"], []).append(x)
        self.tickets = {t["id"]: t for t in books["tickets"]}
        self.payments = {p["order"]: p for p in books["payments"]}
        self.seats_by_order = {e["order"]: e for e in books["enrolments"] if e["status"] == "active"}

    def op(self, name):
        return self.ops.get(name, [])

    def acked(self, name, *statuses):
        return [x for x in self.op(name) if x["status"] in statuses]


# ---- did the experiment happen? ----

@check("members joined, were offered seats and paid: a run without work proves nothing")
def work_was_done(run):
    for name, found in (("join", run.acked("join", 201)), ("confirm", run.acked("confirm", 200)),
                        ("seat", [t for t in run.books["tickets"] if t["state"] == "enrolled"])):
        if not found:
            raise Unknown(f"no {name} succeeded")
    if not run.seen:
        raise Unknown("nobody looked at the seats")
    if not any(run.events.get(m) and run.books["notifications"].get(m) for m, p in run.people.items() if p["streams"]):
        raise Unknown("nobody who listened was told anything")
    yield from ()


@check("every part that was to be killed was killed", modes=("kill", "cables"))
def faults_were_fired(run):
    missing = set(run.head["parts"]) - {k["part"] for k in run.kills}
    if missing or not run.kills:
        raise Unknown("never killed: " + ", ".join(sorted(missing) or ["anything"]))
    yield from ()


@check("all joins were sent within a second", modes=("rush",))
def joins_came_at_once(run):
    sent = [x["t0"] for x in run.op("join") if x["t0"]]
    if len(sent) < len(run.people) or max(sent) - min(sent) > 1_000_000_000:
        raise Unknown(f"{len(sent)} joins were sent within {(max(sent) - min(sent)) / 1e9 if sent else 0:.2f} s")
    yield from ()


@check("after the run the system comes to rest by itself")
def came_to_rest(run):
    if not run.quiet["reached"]:
        raise Unknown(run.quiet["why"])
    yield from ()


# ---- joins and their order ----

@check("every join is answered with 201")
def joins_are_answered(run):
    silent = [x for x in run.op("join") if x["status"] is None]
    for x in run.op("join"):
        if x["status"] not in (None, 201):
            yield f"member {x['m']} got {x['status']} {x['code']}" + (f" after {', '.join(x['before'])}" if x["before"] else "")
    if silent or len(run.op("join")) < len(run.people):
        raise Unknown(f"{len(silent) + len(run.people) - len(run.op('join'))} joins were never answered")


@check("and at the first try", modes=("rush",))
def the_first_answer_counts(run):
    for x in run.op("join"):
        if x["tries"] > 1:
            yield f"member {x['m']} had to ask {x['tries']} times: {', '.join(x['before'])}"


@check("an acknowledged ticket is in the database, and belongs to the one who got it")
def joins_are_kept(run):
    for x in run.acked("join", 201):
        t = run.tickets.get(x["body"]["id"])
        if not t or t["member"] != x["m"]:
            yield f"ticket {x['body']['id']} of member {x['m']} is lost"


@check("nobody has a ticket that was not asked for, or two for one key")
def no_ticket_from_nowhere(run):
    tried = {x["m"] for x in run.op("join") if x["t0"]}
    count = {}
    for t in run.books["tickets"]:
        count[t["member"]] = count.get(t["member"], 0) + 1
    for m, n in count.items():
        if m not in tried or n > 1:
            yield f"member {m} has {n} tickets and asked for {int(m in tried)}"


@check("the same key gets the same answer again")
def one_key_one_answer(run):
    first = {x["key"]: x for x in run.op("join")}
    for x in run.op("join_again"):
        if x["status"] is not None and (x["status"], x["body"].get("id")) != (201, first[x["key"]]["body"]["id"]):
            yield f"member {x['m']} got ticket {first[x['key']]['body']['id']}, then {x['status']} {x['body'].get('id') or x['code']}"


@check("whose 201 had arrived before another's join was sent stands before him", at_rest=True)
def order_is_kept(run):
    """For all pairs: a sweep over the joins by the time they were sent, beside the highest number acknowledged so far."""
    for course in run.books["courses"]:
        joins = [(x["t0"], x["t1"], run.tickets[x["body"]["id"]]) for x in run.acked("join", 201) if x["body"]["id"] in run.tickets]
        joins = [j for j in joins if j[2]["course"] == course]
        unnumbered = [j for j in joins if j[2]["number"] is None and j[2]["state"] not in ("left", "cancelled")]
        for _, _, t in unnumbered:
            yield f"ticket {t['id']} never got a number"
        joins = [j for j in joins if j[2]["number"] is not None]
        answered = sorted((t1, t["number"], t["id"]) for _, t1, t in joins)
        times, highest, best = [], [], (0, 0)
        for t1, number, ident in answered:
            best = max(best, (number, ident))
            times.append(t1)
            highest.append(best)
        for t0, _, t in joins:
            at = bisect.bisect_left(times, t0) - 1
            if at >= 0 and highest[at][0] > t["number"]:
                yield f"ticket {t['id']} is number {t['number']}, but ticket {highest[at][1]}, number {highest[at][0]}, was answered before it was asked for"


@check("numbers are 1, 2, 3 … without a gap or a double", at_rest=True)
def numbers_are_dense(run):
    for course, seat in run.books["courses"].items():
        numbers = sorted(t["number"] for t in run.books["tickets"] if t["course"] == course and t["number"] is not None)
        if numbers != list(range(1, seat["last_number"] + 1)):
            wrong = sorted(set(range(1, seat["last_number"] + 1)) ^ set(numbers))[:5]
            yield f"course {course}: {len(numbers)} numbers, the last is {seat['last_number']}, wrong near {wrong}"


# ---- seats ----

@check("at every look: seats taken = held + sold, never above the capacity")
def seats_hold_at_every_look(run):
    for s in run.seen:
        if s["taken"] != s["held"] + s["sold"] or s["enrolled"] != s["sold"] or s["taken"] > s["capacity"] or s["counted"] != s["waiting"]:
            yield f"course {s['course']}: taken {s['taken']} of {s['capacity']}, held {s['held']}, sold {s['sold']}, enrolled {s['enrolled']}, " \
                  f"waiting {s['waiting']} counted as {s['counted']}"


@check("at every look: nobody was offered a seat while somebody before him waited")
def nobody_is_overtaken(run):
    for s in run.seen:
        if s["first_waiting"] is not None and (s["last_offered"] or 0) > s["first_waiting"]:
            yield f"course {s['course']}: number {s['last_offered']} got a seat, number {s['first_waiting']} still waited"
    for course in run.books["courses"]:
        mine = [t for t in run.books["tickets"] if t["course"] == course and t["number"] is not None]
        offered = max((t["number"] for t in mine if t["state"] in GOT_A_SEAT), default=0)
        for t in mine:
            if t["state"] == "waiting" and t["number"] < offered:
                yield f"course {course}: number {offered} got a seat, number {t['number']} waits"


@check("in the end: seats taken = held + sold = living enrolments", at_rest=True)
def seats_add_up(run):
    for course, seat in run.books["courses"].items():
        mine = [t for t in run.books["tickets"] if t["course"] == course]
        held = sum(t["state"] in HELD for t in mine)
        sold = sum(t["state"] == "enrolled" for t in mine)
        living = sum(e["status"] == "active" for e in run.books["enrolments"] if e["course"] == course)
        if not (seat["taken"] == held + sold and seat["enrolled"] == sold == living and seat["taken"] <= seat["capacity"]):
            yield f"course {course}: {seat}, held {held}, enrolled tickets {sold}, living enrolments {living}"


@check("all seats are sold, or nobody waits for one", at_rest=True)
def seats_are_sold(run):
    for course, seat in run.books["courses"].items():
        waiting = sum(t["course"] == course and t["state"] == "waiting" for t in run.books["tickets"])
        if seat["enrolled"] < seat["capacity"] and waiting:
            yield f"course {course}: {seat['enrolled']} of {seat['capacity']} sold, {waiting} wait"
    short = [c for c, s in run.books["courses"].items() if s["enrolled"] < s["capacity"]]
    if short and run.head.get("sells_out"):
        raise Unknown(f"courses {short} did not sell out: too few who would pay")


@check("who left has no seat and pays nothing")
def leaving_is_kept(run):
    for x in run.acked("leave", 200, 204):
        ticket = next((t for t in run.books["tickets"] if t["member"] == x["m"]), None)
        if not ticket or ticket["state"] != "left":
            yield f"member {x['m']} left and was told so, the ticket is {ticket and ticket['state']}"


# ---- being told ----

@check("every offer was told once to the one who got it")
def offers_are_told(run):
    told = {}
    for m, rows in run.books["notifications"].items():
        for n in rows:
            if n["type"] == "seat.offered":
                key = (m, n["data"].get("ticket_id"))
                told[key] = told.get(key, 0) + 1
    for t in run.books["tickets"]:
        n = told.pop((t["member"], t["id"]), 0)
        if n != 1 and t["state"] in GOT_A_SEAT or n > 1 or (n and t["state"] == "waiting"):
            yield f"ticket {t['id']} ({t['state']}) was offered {n} times to member {t['member']}"
    for m, ticket in told:
        yield f"member {m} was offered ticket {ticket}, which is not in this run"


@check("each member's notifications are numbered 1, 2, 3 … and counted as unread")
def notifications_have_no_gaps(run):
    for m in run.people:
        rows = [n["seq"] for n in run.books["notifications"].get(m, [])]
        head = run.books["heads"].get(m, {"head": 0, "unread": 0})
        if rows != list(range(1, head["head"] + 1)) or head["unread"] != len(rows):
            yield f"member {m}: numbers {rows}, head {head['head']}, unread {head['unread']}"


@check("a stream, less what was seen already, is exactly what is stored, in order", at_rest=True)
def streams_lose_nothing(run):
    listeners = [m for m, p in run.people.items() if p["streams"]]
    if not listeners:
        raise Unknown("nobody listened")
    for m in listeners:
        last, got = 0, []
        for e in run.events.get(m, []):
            if e["seq"] is not None and e["seq"] > last:
                last = e["seq"]
                got.append((e["seq"], e["type"]))
        stored = [(n["seq"], n["type"]) for n in run.books["notifications"].get(m, [])]
        if got != stored:
            missing = [n for n in stored if n not in got]
            yield f"member {m}: missing {missing}, not stored {[n for n in got if n not in stored]}"


@check("no stream is ended for ever by a status other than 200")
def streams_are_never_refused(run):
    for m, rows in run.streams.items():
        wrong = [s["detail"] for s in rows if s["what"] == "opened" and s["detail"] != 200]
        if wrong:
            yield f"member {m}: the stream answered {wrong}"


@check("GET notifications lists what is stored", at_rest=True)
def lists_are_true(run):
    for x in run.listed:
        stored = [n["seq"] for n in run.books["notifications"].get(x["m"], [])]
        if x["status"] != 200 or (not x["more"] and sorted(x["seqs"]) != stored):
            yield f"member {x['m']}: {x['status']}, listed {sorted(x['seqs'])}, stored {stored}"
    if not run.listed:
        raise Unknown("nobody asked")


# ---- money ----

def net(p):
    return p["approved"] - p["returned"]


@check("a payment that was acknowledged is an enrolment, or was returned in full", at_rest=True)
def payments_are_kept(run):
    for x in run.acked("checkout", 201):
        if x["body"].get("order_id") not in run.payments:
            yield f"order {x['body'].get('order_id')} of member {x['m']} is lost since its checkout"
    for x in run.acked("confirm", 200):
        order, seat = x["body"].get("order_id"), x["body"].get("enrolment_id")
        p = run.payments.get(order)
        if not p:
            yield f"order {order} of member {x['m']} is lost"
        elif x["body"]["status"] == "paid" and seat and run.seats_by_order.get(order, {}).get("id") != seat:
            yield f"order {order} was acknowledged as enrolment {seat}; it is {p['status']}, enrolment {run.seats_by_order.get(order)}"
        elif x["body"]["status"] == "paid" and not seat and order not in run.seats_by_order and (net(p) or p["status"] == "paid"):
            yield f"order {order} was acknowledged as paid; it is {p['status']}, {net(p)} won kept, no seat"
        elif x["body"]["status"] == "refused" and net(p):
            yield f"order {order} was acknowledged as refused, {net(p)} won are kept"


@check("every won that was kept has its seat, every seat its won", at_rest=True)
def every_won_has_its_seat(run):
    for p in run.books["payments"]:
        if net(p) and p["order"] not in run.seats_by_order:
            yield f"order {p['order']} ({p['status']}) keeps {net(p)} won without a seat"
    for order, e in run.seats_by_order.items():
        p = run.payments.get(order)
        if not p or p["status"] != "paid" or not (net(p) == p["amount"] == e["paid"] == run.books["courses"][e["course"]]["price"]):
            yield f"enrolment {e['id']} paid {e['paid']}: {p}"


@check("the gateway's books and ours are the same for every order", at_rest=True)
def books_agree(run):
    nothing = {"charged": 0, "returned": 0, "charges": 0, "said": [0, 0]}
    for p in run.books["payments"]:
        g = run.books["gateway"].get(p["order"], nothing)
        if (g["charged"], g["returned"]) != (p["approved"], p["returned"]):
            yield f"order {p['order']} ({p['status']}): ours {p['approved']} - {p['returned']}, the gateway's {g['charged']} - {g['returned']}"
    for order, g in run.books["gateway"].items():
        if order not in run.payments:
            yield f"the gateway took money for {order}, which we don't know"
        if g["said"] != [g["charged"], g["returned"]]:
            yield f"order {order}: the gateway says {g['said']}, its rows say {g['charged']} - {g['returned']}"


@check("nobody is charged twice: not for an order, not for a ticket", at_rest=True)
def nobody_is_charged_twice(run):
    kept = {}
    for order, g in run.books["gateway"].items():
        p = run.payments.get(order)
        if g["charges"] > 1 or (p and g["charged"] - g["returned"] > p["amount"]) or g["returned"] > g["charged"]:
            yield f"order {order}: {g}"
        if p and g["charged"] > g["returned"]:
            kept.setdefault(p["ticket"], []).append(order)
    for ticket, orders in kept.items():
        if len(orders) > 1:
            yield f"ticket {ticket} was paid {len(orders)} times: {orders}"


@check("no question to the gateway is left without an answer", at_rest=True)
def nothing_stays_unknown(run):
    for a in run.books["open_attempts"]:
        yield f"order {a['order']}: {a['kind']} is {a['state']}"
    for x in run.acked("payment", 200):
        p = run.payments.get(x["body"].get("order_id"))
        if not p or p["status"] != x["body"]["status"]:
            yield f"order {x['body'].get('order_id')} is told to be {x['body']['status']}, it is {p and p['status']}"


@check("madang audit finds nothing", at_rest=True)
def audit_is_clean(run):
    a = run.books["audit"]
    if a["status"] not in (0, 1):
        raise Unknown(f"it did not run: {a['violations']}")
    for v in a["violations"]:
        yield json.dumps(v, ensure_ascii=False)[:300]
    if a["status"] == 1 and not a["violations"]:
        yield "it failed and did not say why"


# ---- the verdict ----

def judge_one(run, name, about, at_rest, f):
    """pass, fail, or unknown. Violations that were found count even if the rest could not be seen."""
    evidence, reason = [], ""
    try:
        for line in f(run):
            evidence.append(line)
    except Unknown as e:
        reason = str(e)
    except (KeyError, TypeError, IndexError) as e:
        reason = f"the history can't be read: {type(e).__name__} {e}"
    if at_rest and not run.quiet["reached"]:
        evidence, reason = [], "the system did not come to rest" + (f" ({len(evidence)} suspicions, {evidence[0]})" if evidence else "")
    result = "fail" if evidence else "unknown" if reason else "pass"
    return {"check": name, "about": about, "result": result, "violations": len(evidence), "evidence": evidence[:EVIDENCE], "reason": reason}


def percentile(values, p):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * p))] if values else None


def figures(run):
    took = [(x["t1"] - x["t0"]) / 1e6 for x in run.acked("join", 201)]
    sent = [x["t0"] for x in run.op("join") if x["t0"]]
    kills = {}
    for k in run.kills:
        kills[k["part"]] = kills.get(k["part"], 0) + 1
    ops = {name: {"attempted": len(rows), "acknowledged": sum(x["status"] is not None for x in rows),
                  "sent_again": sum(x["tries"] - 1 for x in rows)} for name, rows in run.ops.items()}
    return {"attempted": sum(o["attempted"] for o in ops.values()), "acknowledged": sum(o["acknowledged"] for o in ops.values()),
            "ops": ops, "join_ms": {"p50": percentile(took, 0.5), "p99": percentile(took, 0.99), "max": max(took, default=None)},
            "joins_sent_within_s": round((max(sent) - min(sent)) / 1e9, 3) if sent else None,
            "kills": kills, "streams_opened": sum(s["what"] == "opened" for rows in run.streams.values() for s in rows),
            "streams_cut": sum(s["what"] == "cut" for rows in run.streams.values() for s in rows),
            "sold": sum(s["enrolled"] for s in run.books["courses"].values()),
            "seats": sum(s["capacity"] for s in run.books["courses"].values()), "rest_s": run.quiet.get("seconds")}


def judge(lines, books):
    run = Run(lines, books)
    checks = [judge_one(run, name, about, at_rest, f) for name, about, modes, at_rest, f in CHECKS if not modes or run.mode in modes]
    results = {c["result"] for c in checks}
    verdict = "fail" if "fail" in results else "unknown" if "unknown" in results else "pass"
    count = {c["check"]: c["violations"] for c in checks}
    return {"verdict": verdict, "mode": run.mode, "seed": run.head["seed"], **figures(run),
            "lost": count["joins_are_kept"] + count["payments_are_kept"] + count["streams_lose_nothing"],
            "duplicated": count["no_ticket_from_nowhere"] + count["nobody_is_charged_twice"],
            "violations": sum(count.values()), "checks": checks}


def text(report):
    """The report as a person reads it."""
    r = report
    out = [f"{r['mode']} seed {r['seed']}: {r['verdict']}",
           f"  attempted {r['attempted']}, acknowledged {r['acknowledged']}, lost {r['lost']}, duplicated {r['duplicated']}, violations {r['violations']}",
           f"  seats sold {r['sold']} of {r['seats']}; joins sent within {r['joins_sent_within_s']} s, answered p50 "
           f"{r['join_ms']['p50'] or 0:.0f} ms, p99 {r['join_ms']['p99'] or 0:.0f} ms, max {r['join_ms']['max'] or 0:.0f} ms; at rest after {r['rest_s']} s",
           f"  streams opened {r['streams_opened']} times, cut {r['streams_cut']} times"]
    if r["kills"]:
        out.append("  killed: " + ", ".join(f"{part} {n}" for part, n in sorted(r["kills"].items())))
    for c in r["checks"]:
        if c["result"] != "pass":
            out.append(f"  {c['result']:7} {c['check']}: {c['about']}" + (f" -- {c['reason']}" if c["reason"] else ""))
            out += [f"            {line}" for line in c["evidence"]]
    return "\n".join(out)


def books_from(text_of_books):
    """JSON has no numbers as keys: they become numbers again."""
    d = json.loads(text_of_books)
    for name in ("courses", "heads", "notifications"):
        d[name] = {int(k): v for k, v in d[name].items()}
    return d


def main():
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    with open(sys.argv[2], encoding="utf-8") as f:
        report = judge(recorded.read(sys.argv[1]), books_from(f.read()))
    print(text(report))
    return {"pass": 0, "fail": 1, "unknown": 2}[report["verdict"]]


if __name__ == "__main__":
    sys.exit(main())
