"""Streams: 2,000 EventSource clients in steady state and across restarts of either nginx; the outbox' throughput."""
import json
import os
import signal
import subprocess
import time

from loads import Crowd
from table import median


class Emitter:
    """bench/emit in the background."""

    def __init__(self, house, ids, rate, seconds):
        self.command = [house.tool("emit"), "--config", str(house.var / "madang.conf"), "--members", house.write_lines("ids", sorted(ids)),
                        "--rate", str(rate), "--seconds", str(seconds)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def result(self):
        out = self.process.stdout.read()
        if self.process.wait() != 0:
            raise RuntimeError("bench/emit failed")
        return json.loads(out)

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def crowd_of(house, n):
    """Half of them with the console's cookie, half with a fresh ticket for each connection."""
    by_cookie, by_ticket = house.members(n, "console"), house.members(n)
    return [(by_cookie[i][0], "cookie", by_cookie[i][1]) if i % 2 else (by_ticket[i][0], "bearer", by_ticket[i][1]) for i in range(n)]


def sse(house, table, opts):
    n, rate, seconds = (200, 50, 5) if opts.quick else (2000, 200, 30)
    clients = crowd_of(house, n)
    ids = [member for member, _, _ in clients]
    with Crowd(house, clients, ramp=n / 500) as crowd:
        started = crowd.all_live(120)
        table.add(f"{n} streams live", started["waited_ms"] / 1000, "s", note="from the first connection")
        crowd.order("mark")
        with Emitter(house, ids, rate, seconds) as emitter:
            told = emitter.result()["told"]
        crowd.until_heads(10)
        r = crowd.order("report")
        table.add(f"commit → client, p99, {n} clients, {rate} events/s", r["p99_us"] / 1000, "ms", "≤ 300 ms",
                  holds=r["p99_us"] <= 300000 and r["events"] == told and clean(r), note=f"median {r['p50_us'] / 1000:.1f} ms, {told} events",
                  report=r)
        for part, words in (("tls", "the TLS nginx"), ("nchan", "nchan's nginx")):
            restart(house, table, crowd, ids, rate, part, words)


def clean(r):
    return r["missing"] == 0 and r["mismatched"] == 0 and r["dead"] == 0 and r["too_long"] == 0


def restart(house, table, crowd, ids, rate, part, words):
    """kill -9 of the master while events go on; the supervisor brings it back."""
    crowd.order("mark")
    with Emitter(house, ids, rate, 12) as emitter:
        time.sleep(2)
        killed = time.time()
        os.kill(house.part(part), signal.SIGKILL)
        lost = crowd.order("dropped 10")
        live = crowd.order("live 30")
        all_here = crowd.until_heads(30)
        whole = max(live["now_us"], all_here["now_us"]) / 1e6 - killed
        told = emitter.result()["told"]
    end = crowd.until_heads(10)
    r = crowd.order("report")
    complete = lost["behind"] == 0 and live["behind"] == 0 and all_here["behind"] == 0
    table.add(f"kill -9 of {words}: every client has everything again", whole, "s", "≤ 5 s", holds=complete and whole <= 5,
              note=f"from the kill: all cut off after {lost['now_us'] / 1e6 - killed:.1f} s, all live again after "
                   f"{live['now_us'] / 1e6 - killed:.1f} s" + ("" if complete else f"; {lost['behind']} were not cut off, "
                   f"{live['behind']} not back, {all_here['behind']} behind"))
    table.add("after it, dropping seq ≤ last: exactly once and in order", r["missing"] + r["mismatched"] + end["behind"], "missing or wrong", "0",
              holds=end["behind"] == 0 and clean(r) and r["events"] == told,
              note=f"{r['events']} of {told} events, {r['repeats']} repeats dropped, {r['connects']} new connections", report=r)


def outbox(house, table, opts):
    n, count, rounds = (100, 1000, 1) if opts.quick else (500, 10000, 3)
    clients = crowd_of(house, n)
    ids = house.write_lines("ids", sorted(member for member, _, _ in clients))
    took, whole = [], True
    with Crowd(house, clients) as crowd:
        crowd.all_live(60)
        for _ in range(rounds):
            crowd.order("mark")
            done = subprocess.run([house.tool("emit"), "--config", str(house.var / "madang.conf"), "--members", ids, "--count", str(count)],
                                  capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"emit: {done.stderr.strip()[-300:]}")
            heads = crowd.until_heads(30)
            r = crowd.order("report")
            whole = whole and heads["behind"] == 0 and r["events"] == count and clean(r)
            took.append((r["last_arrival_us"] - json.loads(done.stdout)["commit_us"]) / 1e6)
            time.sleep(1)
    table.add(f"{count:,} committed events published and delivered", median(took), "s", "≤ 1.0 s",
              holds=whole and median(took) <= 1.0, note=f"{n} members; from the one commit to the last arrival" + ("" if whole else "; some lost"))
