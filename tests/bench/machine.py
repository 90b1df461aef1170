"""Whether the machine is quiet enough to measure on, and who else used it meanwhile."""
import os
import pathlib
import time

TICKS = os.sysconf("SC_CLK_TCK")
MAY_BE_BUSY, MAY_BE_STOLEN, MAY_BE_OTHERS = 0.10, 0.02, 0.05


def processor_times():
    words = [int(w) for w in open("/proc/stat").readline().split()[1:]]
    return {"total": sum(words[:8]), "idle": words[3] + words[4], "stolen": words[7]}


def look(seconds):
    """(busy, stolen): which part of the machine works although nothing is measured, and which part the host takes away."""
    before = processor_times()
    time.sleep(seconds)
    after = processor_times()
    total = max(after["total"] - before["total"], 1)
    return 1 - (after["idle"] - before["idle"]) / total, (after["stolen"] - before["stolen"]) / total


def quiet(tries=4):
    """None if it is quiet, else what disturbs. A moment's noise may pass."""
    for _ in range(tries):
        busy, stolen = look(1.0)
        if busy <= MAY_BE_BUSY and stolen <= MAY_BE_STOLEN:
            return None
    return f"the machine is busy: {busy:.0%} in use, {stolen:.0%} stolen by its host"


def processes():
    """{pid: (parent, ticks used with the children it has waited for)}"""
    found = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(stat.parent.name)] = (int(words[1]), sum(int(w) for w in words[11:15]))
    return found


def family(found, roots):
    mine = set(roots)
    while True:
        more = {pid for pid, (parent, _) in found.items() if parent in mine} - mine
        if not more:
            return mine
        mine |= more


class Watch:
    """Around a measurement: how much of the machine processes used that belong neither to it nor to the running system."""

    def __init__(self, roots):
        self.roots = roots

    def foreign(self):
        found = processes()
        mine = family(found, self.roots)
        line, pid = set(), os.getpid()
        while pid in found:           # whoever started us collects our own time when we end, not before; but shells in between may
            line.add(pid)
            pid = found[pid][0]
        return {pid: ticks for pid, (_, ticks) in found.items() if pid not in mine and pid not in line}

    def __enter__(self):
        self.before, self.times, self.others = processor_times(), time.time(), self.foreign()
        return self

    def __exit__(self, *_):
        after, others = processor_times(), self.foreign()
        total = max(after["total"] - self.before["total"], 1)
        used = sum(ticks - self.others.get(pid, 0) for pid, ticks in others.items() if ticks > self.others.get(pid, 0))
        self.stolen = (after["stolen"] - self.before["stolen"]) / total
        self.used = used / (max(time.time() - self.times, 0.01) * TICKS * os.cpu_count())

    def trouble(self):
        if self.used > MAY_BE_OTHERS or self.stolen > MAY_BE_STOLEN:
            return f"others used {self.used:.0%} of the machine meanwhile, its host took {self.stolen:.0%}"
        return None
