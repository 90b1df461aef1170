"""Where this checkout's running system is: its settings, its database, its processes.

Everything is found from the folder of the checkout, so two systems on one machine never meet.
"""
import os
import subprocess
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VAR = os.path.join(ROOT, "var")
REPORTS = os.path.join(VAR, "chaos")


class Down(Exception):
    """Something of the system can't be reached at the moment."""


def settings():
    path = os.path.join(VAR, "madang.conf")
    try:
        with open(path, encoding="utf-8") as f:
            lines = f.read().splitlines()
    except OSError as e:
        raise SystemExit(f"{path} can't be read ({e.strerror}): start the system first, ./madang up")
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {k.strip(): v.strip() for k, _, v in pairs}


def report_path(name):
    os.makedirs(REPORTS, exist_ok=True)
    return os.path.join(REPORTS, name)


def run(*words, timeout=300):
    """A command of ./madang: exit status and output."""
    p = subprocess.run([os.path.join(ROOT, "madang"), *words], capture_output=True, text=True, timeout=timeout)
    return p.returncode, p.stdout, p.stderr


UNESCAPE = {"t": "\t", "n": "\n", "0": "\0", "\\": "\\"}


def unescape(text):
    if text == "NULL":
        return None
    if "\\" not in text:
        return text
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text):
            out.append(UNESCAPE.get(text[at + 1], text[at + 1]))
            at += 2
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


class Database:
    """One session of the mariadb client, kept open. rows() raises Down when the server is away; the next call tries anew."""
    END = "--end-of-answer--"

    def __init__(self, conf, name=None):
        self.conf, self.name, self.process = conf, name or conf["db_name"], None
        self.lock = threading.Lock()

    def open(self):
        words = ["mariadb", "--no-defaults", "--batch", "--skip-column-names", "--unbuffered", "--default-character-set=utf8mb4",
                 "--skip-reconnect", "--socket=" + self.conf["db_socket"], "--user=" + self.conf["db_user"], self.name]
        env = dict(os.environ, MYSQL_PWD=self.conf["db_password"])
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        encoding="utf-8", env=env)

    def close(self):
        process, self.process = self.process, None
        if process:
            process.stdin.close()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def rows(self, sql):
        """Runs one or more statements; the rows of all of them, as lists of text (None for NULL)."""
        with self.lock:
            if not self.process or self.process.poll() is not None:
                self.close_quietly()
                self.open()
            try:
                self.process.stdin.write(f"{sql};\nSELECT '{self.END}';\n")
                self.process.stdin.flush()
                return self.read()
            except (BrokenPipeError, ValueError):
                raise self.gone()

    def read(self):
        out = []
        for line in self.process.stdout:
            line = line[:-1]
            if line == self.END:
                return out
            out.append([unescape(x) for x in line.split("\t")])
        raise self.gone()

    def gone(self):
        why = self.process.stderr.read().strip() if self.process else "closed"
        self.close_quietly()
        return Down(why)

    def close_quietly(self):
        try:
            self.close()
        except OSError:
            pass

    def one(self, sql):
        rows = self.rows(sql)
        return rows[0] if rows else None
