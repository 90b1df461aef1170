"""Runs the load tools and gives their reports as dictionaries."""
import json
import re
import subprocess


def load_command(house, to, **more):
    command = [house.tool("load"), "--to", to]
    for name, value in more.items():
        option = "--" + name.replace("_", "-")
        if value is True:
            command.append(option)
        elif isinstance(value, (list, tuple)):
            for v in value:
                command += [option, str(v)]
        elif value is not None and value is not False:
            command += [option, str(value)]
    return command


def load(house, to, **more):
    """One run of bench/load; its options by name. Answers that are no success are an error unless any_status is set."""
    any_status = more.pop("any_status", False)
    done = subprocess.run(load_command(house, to, **more), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"load: {done.stderr.strip() or done.returncode}")
    r = json.loads(done.stdout)
    if not any_status and (r["broken"] or r["first_bad"] or not r["answers"]):
        raise RuntimeError(f"load of {more.get('path') or more.get('paths')}: {r['broken']} broken, first bad status {r['first_bad']}")
    return r


def wrk(base, path, seconds, connections=32):
    """The same load by wrk, as a check of our own tool; None if wrk is not there."""
    try:
        done = subprocess.run(["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", base + path], capture_output=True, text=True)
    except FileNotFoundError:
        return None
    found = re.search(r"Requests/sec:\s+([0-9.]+)", done.stdout)
    return float(found[1]) if found else None


class Background:
    """A load that runs beside a measurement."""

    def __init__(self, house, to, **more):
        self.command = load_command(house, to, **more)

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()
        self.process.stdout.close()

    def result(self):
        out = self.process.stdout.read()
        self.process.wait()
        return json.loads(out)


class Crowd:
    """bench/sse: clients are (member id, "cookie" or "bearer", token)."""

    def __init__(self, house, clients, ramp=2.0, log=None):
        lines = [f"{member} {kind} {token}" for member, kind, token in clients]
        self.house, self.n = house, len(lines)
        self.command = [house.tool("sse"), "--to", house.to, "--clients", house.write_lines("crowd", lines), "--ramp", str(ramp)]
        if log:
            self.command += ["--log", log]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.write("quit\n")
            self.process.stdin.close()
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def order(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("bench/sse ended")
        return json.loads(line)

    def all_live(self, seconds):
        r = self.order(f"live {seconds}")
        if not r["live"]:
            raise RuntimeError(f"{r['behind']} of {self.n} streams are not live after {seconds} s: {self.order('report')}")
        return r

    def until_heads(self, seconds):
        """Waits until each has what its member's stream holds now."""
        ids = f"SELECT m.member_id, m.head FROM member_stream m JOIN member p ON p.id = m.member_id WHERE p.email LIKE 'bench-%'"
        heads = self.house.write_lines("heads", (f"{member} {head}" for member, head in self.house.sql(ids)))
        return self.order(f"until {heads} {seconds}")
