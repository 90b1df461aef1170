"""Kills parts of this checkout's running system with SIGKILL, again and again. Processes are found by walking down from the
supervisor that var/run/stack.status names, never by name across the machine."""
import asyncio
import os
import signal

import house
from wire import now

# What can be killed: the part as stack.status names it, and whether its leader or one of its workers is meant.
TARGETS = {
    "web worker": ("web", False), "edge worker": ("edge", False), "gateway worker": ("pg", False),
    "web": ("web", True), "edge": ("edge", True), "relay": ("relay", True),
    "tls nginx": ("tls", True), "nchan nginx": ("nchan", True), "memcached": ("memcached", True), "mariadbd": ("mariadbd", True),
}


def status():
    """{part: (state, pid of its leader)}; the supervisor itself is "stack"."""
    with open(os.path.join(house.VAR, "run", "stack.status"), encoding="ascii") as f:
        rows = [line.split() for line in f]
    return {r[0]: (r[1], int(r[2])) for r in rows}


def parents():
    """{pid: parent} of all processes of the machine."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="latin-1") as f:
                    found[int(name)] = int(f.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                pass
    return found


def below(root, parent):
    children = {}
    for pid, up in parent.items():
        children.setdefault(up, []).append(pid)
    found, left = [], [root]
    while left:
        found += children.get(left[0], [])
        left += children.get(left.pop(0), [])
    return found


def pick(target, rng):
    """The process to kill, or None if the part isn't running just now."""
    part, leader = TARGETS[target]
    parts = status()
    supervisor, (state, pid) = parts["stack"][1], parts.get(part, ("stopped", 0))
    if state != "running" or pid <= 1:
        return None
    parent = parents()
    if parent.get(pid) != supervisor:
        return None
    if leader:
        return pid
    workers = sorted(below(pid, parent))
    return rng.choice(workers) if workers else None


async def storm(history, rng, seconds, pause=(0.5, 2.0), targets=tuple(TARGETS)):
    """Kills for so long, sometimes two at once; each target once before any comes again."""
    if not targets:
        await asyncio.sleep(seconds)
        return
    loop = asyncio.get_running_loop()
    end, bag = loop.time() + seconds, []
    while loop.time() < end:
        if rng.random() < 0.8:
            await asyncio.sleep(rng.uniform(*pause))
        bag = bag or rng.sample(targets, len(targets))
        target = bag.pop()
        try:
            pid = pick(target, rng)
            if pid is None:
                bag.insert(0, target)
                continue
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, FileNotFoundError):
            continue
        history.add("kill", t=now(), part=target, pid=pid)


async def all_running(seconds=60):
    """Waits until every part runs again."""
    loop = asyncio.get_running_loop()
    end, waiting = loop.time() + seconds, ["stack"]
    while loop.time() < end:
        waiting = [name for name, (state, _) in status().items() if state not in ("running", "done", "ready")]
        if not waiting:
            return
        await asyncio.sleep(0.2)
    raise SystemExit("not running again: " + ", ".join(waiting))
