"""PostgreSQL and MongoDB without an installation, for development, tests and small sites.

The servers come from wheels, listen on loopback only, and keep their data below VAR_DIR. Any number of processes may
use them: each holds a shared lock on `stores.lock`, which the kernel takes back however the process dies, and the last
one to leave stops the servers. What a `kill -9` left behind is found and put right by the next start.
"""

import atexit
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from learnflow.embedded.mongodb import MongoDB
from learnflow.embedded.place import Place, StoresUnavailable
from learnflow.embedded.postgresql import PostgreSQL
from learnflow.embedded.server import STOP_SECONDS, Server

__all__ = ["SERVERS", "Embedded", "StoresUnavailable", "are_running", "environment", "release", "revive"]

HANGING_SECONDS = 3.0  # how long a server that doesn't answer may take to stop by itself
SERVERS: tuple[type[Server], ...] = (PostgreSQL, MongoDB)


class Embedded:
    """The embedded servers of one VAR_DIR, used by this process until `release`."""

    def __init__(
        self, var_dir: Path | str, *, servers: tuple[type[Server], ...] = SERVERS, durable: bool = True
    ) -> None:
        self.place = Place(Path(var_dir))
        self.servers = [server(self.place, durable=durable) for server in servers]
        self.registration: int | None = None
        self.process = os.getpid()

    def start(self) -> dict[str, str]:
        """Find the servers or start them, register this process as a user, and return the variables that lead there.

        Raises StoresUnavailable. May be called again to start what has died meanwhile.
        """
        with self.place.changing():
            if self.registration is None:
                self.registration = self.place.enter()
            self._check_secrets()
            missing = [server for server in self.servers if not server.answers()]
            if missing:
                self.place.check_space(first=any(server.is_new() for server in missing))
                self.place.secrets()
                self._stop_what_hangs(missing)
                with ThreadPoolExecutor(max_workers=len(missing)) as pool:
                    list(pool.map(lambda server: server.start(), missing))
        return self.environment()

    def environment(self) -> dict[str, str]:
        found = {"SECRET_KEY": self.place.secrets()["secret_key"]}
        for server in self.servers:
            found |= server.environment()
        return found

    def are_running(self) -> bool:
        """Whether the servers' processes live; costs two small file reads."""
        return all(server.pid() is not None for server in self.servers)

    def release(self) -> None:
        """Leave the stores. The last process to leave stops the servers."""
        if self.registration is None or os.getpid() != self.process:
            return
        with self.place.changing():
            if self.place.is_alone(self.registration):
                _stop([server(self.place, durable=True) for server in SERVERS])
            os.close(self.registration)
            self.registration = None

    def _check_secrets(self) -> None:
        if not self.place.has_secrets() and not all(server.is_new() for server in self.servers):
            raise StoresUnavailable(
                f"{self.place.secrets_file} is missing, so nobody can sign in to the databases in {self.place.folder}; "
                "restore it from a backup, or remove that folder to begin anew."
            )

    def _stop_what_hangs(self, servers: list[Server]) -> None:
        """Stop servers that run but don't answer, unless somebody else is using them."""
        hanging = [server for server in servers if server.pid() is not None]
        if hanging and not self.place.is_alone(self.registration):
            names = " and ".join(f"{server.title} (process {server.pid()})" for server in hanging)
            raise StoresUnavailable(f"The embedded {names} runs but doesn't answer; stop LearnFlow and start it again.")
        _stop(hanging, HANGING_SECONDS)


def _stop(servers: list[Server], patience: float = STOP_SECONDS) -> None:
    """Stop them all at the same time. Without threads: this also runs at exit, when none can be started any more."""
    for server in servers:
        server.ask_to_stop()
    for server in servers:
        server.stop(patience)


_in_use: dict[Path, Embedded] = {}


def environment(
    var_dir: Path | str, *, servers: tuple[type[Server], ...] = SERVERS, durable: bool = True
) -> dict[str, str]:
    """Start or find the embedded stores below `var_dir` and return the variables that lead to them.

    They stay until `release`, which also happens at exit. `durable=False` trades safety for speed: tests only.
    Raises StoresUnavailable.
    """
    if not _in_use:
        atexit.register(release)
    folder = Path(var_dir).absolute()
    stores = _in_use.setdefault(folder, Embedded(folder, servers=servers, durable=durable))
    return stores.start()


def are_running() -> bool:
    """Whether all embedded servers that this process uses are alive."""
    return all(stores.are_running() for stores in _in_use.values())


def revive() -> dict[str, str]:
    """Start what has died of the stores that this process uses; the variables that lead there now.

    Raises StoresUnavailable.
    """
    found: dict[str, str] = {}
    for stores in _in_use.values():
        found |= stores.start()
    return found


def release() -> None:
    """Leave all embedded stores that this process uses; those that nobody else uses are stopped."""
    for stores in list(_in_use.values()):
        stores.release()
    _in_use.clear()
