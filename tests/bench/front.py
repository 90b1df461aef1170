"""Peers behind a front door of the same make: the product's own nginx templates, filled in for a port and a folder of
their own, so that TLS, headers, buffers and the FastCGI parameters are the same on both sides of a comparison."""
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import time

from house import Client


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, test, seconds=10):
    end = time.time() + seconds
    while time.time() < end:
        if test():
            return
        time.sleep(0.02)
    raise RuntimeError(f"{what} did not come up in {seconds} s")


def takes_connections(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def without_kept_connections(text):
    text = re.sub(r"upstream \w+ \{[^}]*\}", lambda m: re.sub(r"(?m)^\s*keepalive\w* [^;]*;\n", "", m[0]), text)
    return text.replace("fastcgi_keep_conn on;", "fastcgi_keep_conn off;")


class Peer:
    """A bare worker and its nginx. mode: kept or per-request."""

    def __init__(self, house, mode, handler, answer=None):
        self.house, self.mode, self.handler, self.answer = house, mode, handler, answer
        self.name = f"{mode}-{handler}"
        self.var = house.work / self.name
        self.run = os.path.join(os.path.realpath(house.run), f"b-{self.name}")
        self.worker = self.nginx = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self.nginx, self.worker):
            if process and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(self.run, ignore_errors=True)

    def client(self):
        return Client(self.to)

    def _start(self):
        for folder in ("nginx", "log"):
            (self.var / folder).mkdir(parents=True, exist_ok=True)
        os.makedirs(self.run, exist_ok=True)
        if not (self.var / "tls").exists():
            (self.var / "tls").symlink_to(self.house.var / "tls")
        self._start_worker()
        self._start_nginx()
        self.to = f"127.0.0.1:{self.port}"
        self.base = f"https://{self.to}"

    def _start_worker(self):
        c = self.house.config
        path = os.path.join(self.run, "web.sock")
        command = [self.house.tool("peer_bare"), "--mode", self.mode, "--handler", self.handler, "--socket", path,
                   "--processes", c.get("web_processes", "2"), "--threads", c.get("web_threads", "8")]
        if self.answer is not None:
            (self.var / "answer").write_bytes(self.answer)
            command += ["--answer", str(self.var / "answer")]
        if self.handler in ("course", "list"):
            command += ["--config", str(self.house.var / "madang.conf")]
        self.worker = subprocess.Popen(command)
        wait_for("the bare worker", lambda: os.path.exists(path) or self.worker.poll() is not None)
        if self.worker.poll() is not None:
            raise RuntimeError(f"the bare worker ended with {self.worker.returncode}")

    def _settings(self):
        files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 262144)
        return {"ROOT": self.house.root, "VAR": self.var, "RUN": self.run, "LOG": self.var / "log", "PORT": self.port,
                "LISTEN6": "", "USER": "user root;" if os.geteuid() == 0 else "", "NOFILE": files,
                "CONNECTIONS": min(files - 64, 16384), "MODULES": "/usr/lib/nginx/modules"}

    @staticmethod
    def _fill(text, settings):
        """Ports that nobody asks here (the gateway's, the metrics') are any free ones."""
        def value(m):
            return str(settings[m[1]] if m[1] in settings else free_port() if m[1].endswith("_PORT") else m[0])
        return re.sub(r"@([A-Z0-9_]+)@", value, text)

    def _start_nginx(self):
        self.port = free_port()
        settings = self._settings()
        for template in sorted((self.house.root / "nginx").glob("*.conf.in")):
            text = self._fill(template.read_text(), settings)
            if self.mode == "per-request":
                text = without_kept_connections(text)
            (self.var / "nginx" / template.name.removesuffix(".in")).write_text(text)
        shutil.copy(self.house.var / "nginx" / "program.conf", self.var / "nginx" / "program.conf")    # made from the routes
        log = open(self.var / "log" / "nginx.log", "ab")
        self.nginx = subprocess.Popen(["nginx", "-e", "stderr", "-p", f"{self.var}/nginx/", "-c", f"{self.var}/nginx/tls.conf",
                                       "-g", "daemon off;"], stdout=log, stderr=log,
                                      env=dict(os.environ, PATH=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"))
        wait_for(f"nginx of {self.name} (log: {self.var}/log/nginx.log)",
                 lambda: takes_connections(self.port) or self.nginx.poll() is not None)
        if self.nginx.poll() is not None:
            raise RuntimeError(f"nginx of {self.name} ended; see {self.var}/log/nginx.log")
