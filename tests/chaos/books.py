"""What the database and the gateway's own books say after a run, as plain lists and dictionaries: the checker's other half.

	courses        {id: {capacity, taken, enrolled, waiting, last_number, price}}
	tickets        [{id, course, member, state, number}]
	enrolments     [{id, course, member, ticket, order, paid, status}]
	payments       [{id, order, member, ticket, course, amount, approved, returned, status}]
	open_attempts  confirmations or returns whose outcome is not known
	heads          {member: {head, unread}}
	notifications  {member: [{seq, type, data}]}
	gateway        {order: {"charged": won taken, "returned": won given back, "charges": how many times money was taken}}
	audit          {"status": exit status, "violations": [...]}
"""
import base64
import json
import urllib.error
import urllib.request

import house


def table(db, names, sql, numbers=()):
    rows = []
    for row in db.rows(sql):
        d = dict(zip(names, row))
        for n in numbers:
            d[n] = None if d[n] is None else int(d[n])
        rows.append(d)
    return rows


def read_database(db, courses, members):
    ids = ",".join(map(str, courses))
    who = ",".join(map(str, members))
    seats = table(db, ("id", "capacity", "taken", "enrolled", "waiting", "last_number", "price"),
                  f"SELECT k.id, s.capacity, s.taken, s.enrolled, s.waiting, s.last_number, k.price FROM course k JOIN course_seat s ON s.course_id = k.id "
                  f"WHERE k.id IN ({ids})", ("id", "capacity", "taken", "enrolled", "waiting", "last_number", "price"))
    tickets = table(db, ("id", "course", "member", "state", "number"),
                    f"SELECT id, course_id, member_id, state, number FROM ticket WHERE course_id IN ({ids})", ("id", "course", "member", "number"))
    enrolments = table(db, ("id", "course", "member", "ticket", "order", "paid", "status"),
                       f"SELECT id, course_id, member_id, ticket_id, order_id, paid, status FROM enrolment WHERE course_id IN ({ids})",
                       ("id", "course", "member", "ticket", "paid"))
    payments = table(db, ("id", "order", "member", "ticket", "course", "amount", "approved", "returned", "status"),
                     f"SELECT id, order_id, member_id, ticket_id, course_id, amount, approved, returned, status FROM payment WHERE course_id IN ({ids})",
                     ("id", "member", "ticket", "course", "amount", "approved", "returned"))
    attempts = table(db, ("order", "kind", "state"),
                     f"SELECT p.order_id, a.kind, a.state FROM payment_attempt a JOIN payment p ON p.id = a.payment_id "
                     f"WHERE p.course_id IN ({ids}) AND a.state IN ('in_flight', 'unknown')")
    heads = table(db, ("member", "head", "unread"), f"SELECT member_id, head, unread FROM member_stream WHERE member_id IN ({who})",
                  ("member", "head", "unread"))
    told = table(db, ("member", "seq", "type", "data"),
                 f"SELECT member_id, seq, type, data FROM notification WHERE member_id IN ({who}) ORDER BY member_id, seq", ("member", "seq"))
    notifications = {}
    for n in told:
        notifications.setdefault(n["member"], []).append({"seq": n["seq"], "type": n["type"], "data": json.loads(n["data"])})
    return {"courses": {s["id"]: s for s in seats}, "tickets": tickets, "enrolments": enrolments, "payments": payments, "open_attempts": attempts,
            "heads": {h["member"]: h for h in heads}, "notifications": notifications}


def ask_gateway(conf, order):
    """What the gateway itself says about one order; None if it knows of no payment."""
    word = base64.b64encode((conf["gateway_secret"] + ":").encode()).decode()
    rq = urllib.request.Request(f"{conf['gateway_url']}/v1/payments/orders/{order}", headers={"Authorization": "Basic " + word})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(rq, timeout=20) as r:
            return json.load(r)
    except urllib.error.HTTPError as e:
        if e.code == 404:
            return None
        raise


def gateway_books(conf, payments):
    books = {}
    for p in payments:
        d = ask_gateway(conf, p["order"])
        if d and d.get("status") in ("DONE", "CANCELED", "PARTIAL_CANCELED"):
            returned = sum(c["cancelAmount"] for c in d.get("cancels") or [])
            books[p["order"]] = {"charged": d["totalAmount"], "returned": returned, "charges": 1, "cancels": len(d.get("cancels") or [])}
    return books


def audit():
    status, out, err = house.run("audit", "--json")
    try:
        d = json.loads(out)
    except ValueError:
        return {"status": None, "violations": [(err or out)[-500:]]}
    return {"status": status, "violations": [r for r in d["invariants"] if r["violations"]]}


def read_all(conf, courses, members):
    db = house.Database(conf)
    try:
        state = read_database(db, courses, members)
    finally:
        db.close()
    state["gateway"] = gateway_books(conf, state["payments"])
    state["audit"] = audit()
    return state
