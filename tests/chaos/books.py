"""What the database and the gateway's own books say after a run, as plain lists and dictionaries: the checker's other half.

	courses        {id: {capacity, taken, enrolled, waiting, last_number, price}}
	tickets        [{id, course, member, state, number}]
	enrolments     [{id, course, member, ticket, order, paid, status}]
	payments       [{id, order, member, ticket, course, amount, approved, returned, status}]
	open_attempts  confirmations or returns whose outcome is not known
	heads          {member: {head, unread}}
	notifications  {member: [{seq, type, data}]}
	gateway        {order: {charged: won taken, returned: won given back, charges: how often money was taken, said: [charged, returned]
	               as the gateway tells it}}
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


def gateway_books(conf, db, courses):
    """The gateway's rows for the orders of these courses, and what it tells a shop that asks for one."""
    ids = ",".join(map(str, courses))
    rows = db.rows("SELECT order_id, SUM(GREATEST(amount, 0)), -SUM(LEAST(amount, 0)), SUM(amount > 0) FROM madang_pg.pgsim_transaction "
                   f"WHERE order_id IN (SELECT order_id FROM {db.name}.payment WHERE course_id IN ({ids})) GROUP BY order_id")
    books = {order: {"charged": int(charged), "returned": int(returned), "charges": int(charges), "said": None} for order, charged, returned, charges in rows}
    for (order,) in db.rows(f"SELECT order_id FROM payment WHERE course_id IN ({ids})"):
        d = ask_gateway(conf, order)
        if d and d.get("status") in ("DONE", "CANCELED", "PARTIAL_CANCELED"):
            book = books.setdefault(order, {"charged": 0, "returned": 0, "charges": 0, "said": None})
            book["said"] = [d["totalAmount"], d["totalAmount"] - d["balanceAmount"]]
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
        state["gateway"] = gateway_books(conf, db, courses)
    finally:
        db.close()
    state["audit"] = audit()
    return state
