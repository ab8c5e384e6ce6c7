"""Where backups lie, and how one comes to be there whole or not at all.

A backup is written to a folder whose name ends in `.partial`, brought to the disk, and renamed when nothing is missing.
"""

import errno
import fcntl
import gzip
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from learnflow.backup import CannotBackUp, CannotRestore
from learnflow.backup.manifest import CHECKSUM_NAME, NAME, File, Manifest

WHOLE = re.compile(r"learnflow-\d{8}T\d{6}Z")
PARTIAL = ".partial"
LOCK = ".learnflow-backup.lock"
COMPRESSION = 4  # of 9: half the time of the default, a tenth larger


class Writing:
    """A backup that is being written: files by their path below its folder, each with size and checksum."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[str, File] = {}

    def write(self, path: str, blocks: Iterable[bytes], *, packed: bool = False) -> None:
        """Write one file, on the disk when this returns; again replaces it. Raises OSError."""
        target = self.folder / path
        for folder in reversed(target.relative_to(self.folder).parents):
            (self.folder / folder).mkdir(mode=0o700, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with os.fdopen(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
            for block in _packed(blocks) if packed else blocks:
                digest.update(block)
                size += len(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        self.files[path] = File(size, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and its checksum, as `sha256sum --check` reads it."""
        manifest.files = dict(sorted(self.files.items()))
        content = manifest.as_json()
        self.write(NAME, [content])
        self.write(CHECKSUM_NAME, [f"{hashlib.sha256(content).hexdigest()}  {NAME}\n".encode()])
        for folder in (path for path in self.folder.rglob("*") if path.is_dir()):
            _to_the_disk(folder)
        _to_the_disk(self.folder)


def _packed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks compressed, in large pieces."""
    collected = _Pieces()
    with gzip.GzipFile(fileobj=collected, mode="wb", compresslevel=COMPRESSION, mtime=0) as packing:
        for block in blocks:
            packing.write(block)
            yield from collected.taken()
    yield from collected.taken()


class _Pieces:
    """A file that hands out what was written to it."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces


@contextmanager
def writing_backup(place: Path) -> Iterator[Writing]:
    """A new backup in `place`: whole when the block ends well, else not there.

    Raises `CannotBackUp` when another one is being written there, or when the disk refuses.
    """
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(place):
            for old in place.iterdir():
                if WHOLE.fullmatch(old.name.removesuffix(PARTIAL)) and old.name.endswith(PARTIAL):
                    shutil.rmtree(old, ignore_errors=True)  # somebody else's, or a link: it is let be
            final = _free_name(place)
            partial = final.with_name(final.name + PARTIAL)
            partial.mkdir(mode=0o700)
            try:
                yield Writing(partial)
                partial.rename(final)
                _to_the_disk(place)
            except BaseException:
                shutil.rmtree(partial, ignore_errors=True)
                raise
    except OSError as error:
        said = "the disk is full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else error.strerror or str(error)
        raise CannotBackUp(f"No backup was made, for {error.filename or place} can't be written: {said}.") from error


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    # Where others may write, the name may be a link that leads to something precious.
    with os.fdopen(os.open(place / LOCK, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600), "wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotBackUp(f"Another backup is being written to {place}; no second one was begun.") from error
        yield


def _free_name(place: Path) -> Path:
    while (path := place / f"learnflow-{datetime.now(UTC):%Y%m%dT%H%M%SZ}").exists():
        time.sleep(0.1)
    return path


def _to_the_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def whole_backups(place: Path) -> list[Path]:
    """The backups in this folder, oldest first; what links lead to lies elsewhere."""
    named = (path for path in place.iterdir() if WHOLE.fullmatch(path.name) and not path.is_symlink())
    return sorted(path for path in named if (path / NAME).is_file())


def remove_older(place: Path, *, keep: int) -> list[str]:
    """Remove all but the newest backups; the names of those removed. Each stops being one before its files go.

    Raises OSError when one can't be removed, and `CannotBackUp` when another backup is being written there.
    """
    removed = []
    with _alone(place):
        for path in whole_backups(place)[:-keep]:
            going = path.rename(path.with_name(path.name + PARTIAL))
            shutil.rmtree(going)
            removed.append(path.name)
    return removed


def find_backup(path: Path) -> Path:
    """The backup at this path, or the newest of those in it. Raises `CannotRestore`."""
    if (path / NAME).is_file() and not path.name.endswith(PARTIAL):
        return path
    found = whole_backups(path) if path.is_dir() else []
    if not found:
        raise CannotRestore(f"There is no backup in {path}.")
    return found[-1]
