"""The folder in which the embedded stores live: its secrets, its ports, its locks."""

import base64
import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

FIRST_START_BYTES = 800_000_000
LATER_START_BYTES = 200_000_000


class StoresUnavailable(Exception):
    """The stores can't be used. The message is one sentence for the person at the terminal."""


def _new_secrets() -> dict[str, str]:
    names = ("superuser", "owner", "app", "mongo_root", "mongo_owner", "mongo_app")
    return {name: secrets.token_hex(24) for name in names} | {
        "secret_key": secrets.token_urlsafe(64),
        "mongo_key_file": base64.b64encode(secrets.token_bytes(96)).decode(),
    }


class Place:
    """VAR_DIR, made if it's missing. Raises StoresUnavailable where it can't be used."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).absolute()
        self.secrets_file = self.folder / "secrets.json"
        self.ports_file = self.folder / "stores.json"
        with self.problems_as_a_sentence():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @contextlib.contextmanager
    def problems_as_a_sentence(self) -> Iterator[None]:
        """Turn what the operating system says about a full or forbidden disk into StoresUnavailable."""
        try:
            yield
        except PermissionError as problem:
            raise StoresUnavailable(
                f"{problem.filename or self.folder} can't be written by this user; run LearnFlow as the user who owns "
                f"{self.folder}, or set VAR_DIR to a folder of your own."
            ) from problem
        except OSError as problem:
            if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise StoresUnavailable(f"{self.folder} can't be used: {problem}.") from problem
            raise StoresUnavailable(
                f"The disk that holds {self.folder} is full; free some space, or set VAR_DIR to a folder "
                "on another disk."
            ) from problem

    def check_space(self, *, first: bool) -> None:
        """Raise StoresUnavailable when the disk hasn't the room that a start needs."""
        wanted = FIRST_START_BYTES if first else LATER_START_BYTES
        free = shutil.disk_usage(self.folder).free
        if free < wanted:
            raise StoresUnavailable(
                f"The disk that holds {self.folder} is too full: the embedded databases need {wanted // 1_000_000} MB "
                f"and {free // 1_000_000} MB are free; free some space, or set VAR_DIR to a folder on another disk."
            )

    def secrets(self) -> dict[str, str]:
        """The passwords and keys of this place, made once."""
        with self.problems_as_a_sentence():
            known = self._read(self.secrets_file)
            complete = _new_secrets() | known
            if complete != known:
                self._write(self.secrets_file, complete, mode=0o600)
            return complete

    def has_secrets(self) -> bool:
        return self.secrets_file.exists()

    def port(self, server: str) -> int | None:
        """The port that `server` was last given, None if it never had one."""
        return self._read(self.ports_file).get(server)

    def remember_port(self, server: str, port: int) -> None:
        with self.problems_as_a_sentence():
            self._write(self.ports_file, self._read(self.ports_file) | {server: port}, mode=0o644)

    def _read(self, file: Path) -> dict:
        try:
            return json.loads(file.read_text())
        except FileNotFoundError:
            return {}
        except ValueError as problem:
            raise StoresUnavailable(f"{file} is damaged; restore it from a backup or remove it.") from problem

    def _write(self, file: Path, values: dict, *, mode: int) -> None:
        """Replace `file` whole, so that a kill in between leaves the old one."""
        descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=file.name)
        try:
            with open(descriptor, "w") as stream:
                os.fchmod(descriptor, mode)
                json.dump(values, stream, indent=2)
                stream.flush()
                os.fsync(descriptor)
            os.replace(name, file)
        except BaseException:
            os.unlink(name)
            raise

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock under which stores are started and stopped: one process at a time."""
        descriptor = self._open_lock("stores.starting")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def enter(self) -> int:
        """Register this process as a user of the stores. The kernel ends that with the process, however it dies."""
        descriptor = self._open_lock("stores.lock")
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        return descriptor

    def is_alone(self, descriptor: int) -> bool:
        """Whether no other process uses the stores. Call it only while `changing`; keeps this process registered."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        return True

    def _open_lock(self, name: str) -> int:
        with self.problems_as_a_sentence():
            return os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
