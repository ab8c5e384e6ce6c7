"""A site whose parts may be killed at any moment: its stores, two web processes of four threads, and a worker."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from learnflow.embedded import Embedded
from learnflow.embedded.processes import free_port, is_alive
from tests.faults.clients import Browser, Unanswered, Unsent
from tests.sites import site_environment, stop
from tests.stores import ROOT

WEB = [sys.executable, "-m", "gunicorn", "learnflow.wsgi"]
WORKER = [sys.executable, "-m", "django", "procrastinate", "worker"]
WEB_PROCESSES, THREADS = 2, 4
READY_SECONDS = 120
LOOK_SECONDS = 0.1


class Site:
    """Runs from `start` to `stop`. One thread tends it: what has died is started again, as a supervisor would.

    The stores are durable: what a killed PostgreSQL or mongod hadn't written to its files would be lost otherwise.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stores = Embedded(folder / "var")
        self.port = free_port()
        self.variables: dict[str, str] = {}
        self.settings: dict[str, str] = {}
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.seen: set[int] = set()  # web processes: they outlive a killed master for a moment

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def make(self) -> None:
        """Start the stores and make the tables."""
        self.variables = self.stores.start()
        self.run("django", "migrate", "--verbosity=0")

    def cast(self, name: str) -> dict[str, Any]:
        """New people and courses."""
        return json.loads(self.run("tests.faults.cast", name).stdout)

    def run(self, *module: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command beside the site, as it is without the settings that web and worker were started with."""
        command = [sys.executable, "-W", "ignore", "-m", *module]
        ran = subprocess.run(command, cwd=ROOT, env=self._surroundings({}), capture_output=True, text=True)
        assert ran.returncode == 0 or not check, ran.stderr
        return ran

    def start(self, **settings: str) -> None:
        """Start web and worker with these variables, and wait until every part answers."""
        self.settings = settings
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            assert time.monotonic() < deadline, f"the site isn't ready: see {self.folder}"
            self.tend()
            time.sleep(LOOK_SECONDS)

    def note(self, event: str) -> None:
        """Write down, beside the logs, what was done to the site and when."""
        with (self.folder / "events.log").open("a") as stream:
            stream.write(f"{time.time():.3f} {event}\n")

    def tend(self) -> None:
        """Start what has died."""
        if not self.stores.are_running():
            self.variables = self.stores.start()
            self.note("stores started")
        if self.web is None or self.web.poll() is not None:
            self.web = self._start(WEB, "web.log")
            self.note("web started")
        if self.worker is None or self.worker.poll() is not None:
            self.worker = self._start(WORKER, "worker.log")
            self.note("worker started")
        self.seen.update(self.web_processes())

    def tend_for(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.tend()
            time.sleep(LOOK_SECONDS)

    def is_ready(self) -> bool:
        try:
            answer = Browser(self.host, "").get("/readyz")
        except (Unsent, Unanswered):
            return False
        return answer.status == 200 and json.loads(answer.text)["status"] == "ready"

    def web_processes(self) -> list[int]:
        return children_of(self.web.pid) if self.web else []

    def stop(self) -> None:
        """End web and worker, with whatever a killed master has left."""
        for process in (self.web, self.worker):
            if process:
                stop(process)
        for pid in filter(self._is_ours, self.seen):
            os.kill(pid, signal.SIGKILL)
        self.web, self.worker = None, None
        self.seen.clear()

    def end(self) -> None:
        """End everything."""
        self.stop()
        self.stores.release()

    def _start(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as stream:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._surroundings(self.settings), stdout=stream, stderr=stream
            )

    def _surroundings(self, settings: dict[str, str]) -> dict[str, str]:
        surroundings = site_environment(self.variables, self.folder, f"http://{self.host}")
        processes = {"WEB_WORKERS": str(WEB_PROCESSES), "WEB_THREADS": str(THREADS)}
        return surroundings | processes | {"HOST": "127.0.0.1", "PORT": str(self.port)} | settings

    def _is_ours(self, pid: int) -> bool:
        try:
            variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False
        return is_alive(pid) and f"PORT={self.port}".encode() in variables


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that still run."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
