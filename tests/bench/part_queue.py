"""Joins on one hot course, and how soon a freed seat is offered to the next."""
import json
import os
import subprocess
import time

from loads import Background, Crowd, load
from table import median, median_ratio

SCRATCH = "madang_test_bench"
PROCEDURE = """DELIMITER //
CREATE PROCEDURE bench_join(p_member BIGINT, p_course BIGINT, p_key VARBINARY(255), p_print BINARY(32), p_now DATETIME(6), p_body TEXT)
MODIFIES SQL DATA
BEGIN
	START TRANSACTION;
	INSERT INTO idempotency (caller_id, idem_key, fingerprint, status, body, created_at) VALUES (p_member, p_key, p_print, 201, p_body, p_now);
	INSERT INTO ticket (course_id, member_id, joined_at) VALUES (p_course, p_member, p_now);
	COMMIT;
END //
DELIMITER ;"""
COURSE = """INSERT INTO member (email, name, status, created_at) SELECT CONCAT('bench-', seq, '@bench.example'), seq, 'active', UTC_TIMESTAMP(6) FROM seq_1_to_1000;
INSERT INTO category (id, name) VALUES (1, '측정');
INSERT INTO instructor (id, member_id, name, bio, created_at) VALUES (1, 1, '측정', '', UTC_TIMESTAMP(6));
INSERT INTO course (id, title, category_id, instructor_id, price, status, published, hold_seconds, enrol_opens_at, enrol_closes_at, description, created_at)
	VALUES (1, '측정', 1, 1, 1000, 'open', TRUE, 600, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, UTC_TIMESTAMP(6) + INTERVAL 1 DAY, '', UTC_TIMESTAMP(6));
INSERT INTO course_seat (course_id, title, is_open, published, opens_at, closes_at, hold_seconds, capacity)
	VALUES (1, '측정', TRUE, TRUE, UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, UTC_TIMESTAMP(6) + INTERVAL 1 DAY, 600, 1);"""
# In an empty table all threads wait for its one page, whatever they do; a real one has some depth.
FILL = """INSERT INTO idempotency (caller_id, idem_key, fingerprint, status, body, created_at)
	SELECT 1000000000 + seq, CONCAT('before-', seq), '', 201, REPEAT('x', 150), UTC_TIMESTAMP(6) FROM seq_1_to_50000;
INSERT INTO ticket (course_id, member_id, state, number, joined_at, ended_at)
	SELECT 1, 1000000000 + seq, 'left', seq, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) FROM seq_1_to_50000;
UPDATE course_seat SET last_number = 50000;"""


def make_scratch(house):
    """A database of its own, and settings that name it and a folder without a relay that could be woken."""
    house.sql(f"DROP DATABASE IF EXISTS {SCRATCH}; CREATE DATABASE {SCRATCH} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;")
    run = house.work / "scratch-run"
    run.mkdir(exist_ok=True)
    lines = dict(house.config, db_name=SCRATCH, run_dir=str(run))
    config = house.work / "scratch.conf"
    config.touch(0o600)
    config.write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))
    done = subprocess.run([house.program, "migrate"], env=dict(os.environ, MADANG_CONFIG=str(config)), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the scratch database could not be migrated: {done.stderr.strip()[-300:]}")
    house.sql("\n".join((COURSE, FILL, PROCEDURE)), SCRATCH)
    return config


def join(house, table, opts):
    config = make_scratch(house)
    threads = int(house.config.get("web_processes", 2)) * int(house.config.get("web_threads", 8))
    try:
        done = subprocess.run([house.tool("joins"), "--config", str(config), "--course", "1", "--threads", str(threads), "--seconds",
                               str(opts.seconds), "--rounds", str(opts.rounds)], capture_output=True, text=True)
    finally:
        house.sql(f"DROP DATABASE IF EXISTS {SCRATCH};")
        config.unlink()
    if done.returncode != 0:
        raise RuntimeError(f"joins: {done.stderr.strip()[-300:]}")
    rounds = [json.loads(line) for line in done.stdout.splitlines()]
    bare = [r["bare"] for r in rounds]
    failed = sum(r["failed"] for r in rounds)
    for name, words, bar in (("rule", "joins on one course by the rule", True), ("promoted", "the same while a promoter numbers behind", False)):
        ours = [r[name] for r in rounds]
        ratio = median_ratio(ours, bare)
        table.add(words, median(ours), "/s", "≥ 0.7 × bare durable inserts of the same rows" if bar else "", median(bare), ratio,
                  (ratio >= 0.7 and failed == 0) if bar else None, note=f"{threads} connections", rounds=rounds)
    time.sleep(0.5 if opts.quick else 5)        # the server is still busy with taking the scratch tables away
    join_by_https(house, table, opts, median(bare))


def join_by_https(house, table, opts, bare):
    count = 1000 if opts.quick else 10000
    course = house.make_course("측정: 모두 한꺼번에", 10)
    tokens = house.write_lines("tokens", (token for _, token in house.members(count)))
    r = load(house, house.to, path=f"/api/v1/courses/{course}/queue", method="POST", body="{}", tokens=tokens, once=True, keys=True,
             connections=64)
    table.add("joins through HTTPS, relay and promoter running", r["rate"], "/s", against=bare, ratio=r["rate"] / bare,
              note=f"{count} members, p99 {r['p99_us'] / 1000:.1f} ms")
    began = time.time()
    unnumbered = f"SELECT COUNT(*) FROM ticket WHERE course_id = {course} AND number IS NULL"
    while house.number(unnumbered) and time.time() < began + 30:
        time.sleep(0.05)
    table.add("until the last of them had a number", time.time() - began, "s", note=f"{house.number(unnumbered)} without")


# ---- a freed seat ----

def seat(house, table, opts):
    rounds = 20 if opts.quick else 200
    members = house.members(rounds + 1)
    course = house.make_course("측정: 자리가 나면", 1)
    log = str(house.work / "seat.log")
    tickets = {}
    with Crowd(house, [(member, "bearer", token) for member, token in members], log=log) as crowd:
        crowd.all_live(60)
        for member, token in members:        # one after the other, so that the order is known
            tickets[member] = house.client(token).post(f"/api/v1/courses/{course}/queue", key=f"bench-{course}-{member}").expect(201)["id"]
        crowd.until_heads(10)
        time.sleep(1)
        paths = house.write_lines("paths", ("/api/v1/courses?limit=20", f"/api/v1/courses/{course}", "/api/v1/ping"))
        with Background(house, house.to, paths=paths, rate=100, seconds=3600, connections=8, threads=1, header="Cache-Control: no-cache"):
            sent = free_one_by_one(house, members, tickets, rounds)
            time.sleep(1)
        report = crowd.order("report")
    took = offers(log, sent)
    took.sort()
    p99 = took[min(len(took) - 1, int(len(took) * 0.99))] if took else float("inf")
    table.add("freed seat → seat.offered on the next one's stream, p99", p99, "ms", "≤ 300 ms while 100 requests/s run",
              holds=p99 <= 300 and len(took) == rounds and report["missing"] == 0,
              note=f"{len(took)} of {rounds} offers, median {median(took) if took else 0:.1f} ms, from the moment the DELETE is sent")


def free_one_by_one(house, members, tickets, rounds):
    """{next member: when the seat before them was given up}"""
    sent = {}
    for i in range(rounds):
        (member, token), (follower, _) = members[i], members[i + 1]
        client = house.client(token)
        client.get(f"/api/v1/tickets/{tickets[member]}").expect(200)          # the TLS handshake is not what is measured
        sent[follower] = time.time()
        client.call("DELETE", f"/api/v1/tickets/{tickets[member]}", key=f"bench-leave-{tickets[member]}").expect(200, 204)
        client.connection.close()
        time.sleep(0.02)
    return sent


def offers(log, sent):
    """Milliseconds from giving up to the offer, for each that came."""
    took = []
    for line in open(log):
        arrived, member, _, kind, _ = line.split()
        if kind == "seat.offered" and int(member) in sent:
            ms = int(arrived) / 1000 - sent[int(member)] * 1000
            if ms >= 0:
                took.append(ms)
    return took
