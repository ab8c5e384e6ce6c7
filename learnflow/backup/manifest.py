"""What a backup says of itself, and whether it is true."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from operator import index
from pathlib import Path, PurePosixPath
from typing import Any

from learnflow.backup import CannotRestore

FORMAT = 1
NAME, CHECKSUM_NAME = "manifest.json", "manifest.json.sha256"
BLOCK = 256 * 1024
SMALLEST_DOCUMENT, LARGEST_DOCUMENT = 5, 17 * 1024 * 1024  # bytes; MongoDB's own limit is 16 MB, and a little


@dataclass(frozen=True)
class Table:
    """Rows of one table: which columns, and how many there are."""

    columns: list[str]
    rows: int


@dataclass(frozen=True)
class File:
    """One file of the backup: its length in bytes, and the SHA-256 of its content."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """Everything that restoring needs to know. `files` are named by their path below the backup's folder."""

    made_at: str
    epoch: int
    servers: dict[str, str]
    migrations: dict[str, list[str]]
    sequences: dict[str, tuple[int, bool]]
    tables: dict[str, Table] = field(default_factory=dict)
    collections: dict[str, int] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    format: int = FORMAT

    def as_json(self) -> bytes:
        # A file's name may be bytes that are no text; they come back as they were.
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode(errors="surrogatepass")

    def __str__(self) -> str:
        rows, documents = sum(table.rows for table in self.tables.values()), sum(self.collections.values())
        moment = datetime.fromisoformat(self.made_at)
        return f"{rows:,} rows, {documents:,} documents and {len(self.uploads):,} uploads as of {moment:%F %T} UTC"

    @property
    def uploads(self) -> dict[str, File]:
        """Uploaded files by their name in the storage."""
        return {name.removeprefix("media/"): each for name, each in self.files.items() if name.startswith("media/")}


def table_path(table: str) -> str:
    return f"postgresql/{table}.copy.gz"


def collection_path(collection: str) -> str:
    return f"mongodb/{collection}.bson.gz"


def upload_path(name: str) -> str:
    return f"media/{name}"


def read(folder: Path) -> Manifest:
    """The manifest of this backup. Raises `CannotRestore` when it is missing, altered, or of an unknown format."""
    try:
        content, checksum = (folder / NAME).read_bytes(), (folder / CHECKSUM_NAME).read_text().split()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRestore(f"{folder} is no whole backup: {NAME} or {CHECKSUM_NAME} is missing.") from error
    if checksum[:1] != [hashlib.sha256(content).hexdigest()]:
        raise CannotRestore(f"{folder / NAME} isn't what was written: its checksum differs.")
    try:
        document = json.loads(content)
        if document.get("format") != FORMAT:
            raise CannotRestore(f"{folder} has format {document.get('format')}; this LearnFlow reads format {FORMAT}.")
        return _manifest(**document)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CannotRestore(f"{folder / NAME} isn't what LearnFlow writes: {error}.") from error


def _manifest(*, made_at: str, epoch: int, tables: Any, files: Any, collections: Any, **others: Any) -> Manifest:
    if datetime.fromisoformat(made_at).tzinfo is None:
        raise ValueError(f"{made_at} is in no time zone")
    return Manifest(
        made_at=made_at,
        epoch=_number(epoch),
        tables={name: Table([*map(str, each["columns"])], _number(each["rows"])) for name, each in tables.items()},
        files={name: File(_number(each["size"]), str(each["sha256"])) for name, each in files.items()},
        collections={name: _number(each) for name, each in collections.items()},
        migrations={app: [*map(str, names)] for app, names in others.pop("migrations").items()},
        sequences={name: (_number(last), bool(called)) for name, (last, called) in others.pop("sequences").items()},
        **others,
    )


def _number(value: Any) -> int:
    number = index(value)
    if number < 0:
        raise ValueError(f"{number} is less than nothing")
    return number


def verify(folder: Path, manifest: Manifest, advance: Callable[[int], None]) -> None:
    """Read every file and compare it with the manifest. Raises `CannotRestore` with the name of the first wrong one.

    `advance` is told how many bytes were read.
    """
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    expected = {NAME, CHECKSUM_NAME, *manifest.files}
    expected.update(map(table_path, manifest.tables), map(collection_path, manifest.collections))
    for name in sorted(expected - found):
        raise CannotRestore(f"{folder / name} is missing.")
    for name in sorted(found - expected):
        raise CannotRestore(f"{folder / name} doesn't belong to this backup.")
    for name, file in manifest.files.items():
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise CannotRestore(f"{name} is no path within a backup.")
        _verify_file(folder / name, file, advance)
    for table, content in manifest.tables.items():
        _verify_count(folder / table_path(table), content.rows, count_rows)
    for collection, documents in manifest.collections.items():
        _verify_count(folder / collection_path(collection), documents, lambda path: sum(1 for _ in documents_of(path)))


def _verify_file(path: Path, file: File, advance: Callable[[int], None]) -> None:
    if path.is_symlink() or not path.is_file() or path.stat().st_size != file.size:
        raise CannotRestore(f"{path} isn't whole: it should have {file.size} bytes.")
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(BLOCK):
            digest.update(block)
            advance(len(block))
    if digest.hexdigest() != file.sha256:
        raise CannotRestore(f"{path} isn't what was written: its checksum differs.")


def _verify_count(path: Path, expected: int, count: Callable[[Path], int]) -> None:
    try:
        found = count(path)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise CannotRestore(f"{path} can't be read: {error}.") from error
    if found != expected:
        raise CannotRestore(f"{path} holds {found} of {expected}.")


def blocks_of(path: Path) -> Iterator[bytes]:
    """The unpacked content of a file, some of it at a time."""
    with gzip.open(path) as content:
        while block := content.read(BLOCK):
            yield block


def count_rows(path: Path) -> int:
    """How many rows a table's file holds: a line break within a value is written as `\\n`."""
    return sum(block.count(b"\n") for block in blocks_of(path))


def documents_of(path: Path) -> Iterator[bytes]:
    """The documents of a collection's file; each begins with its length. Raises ValueError when one is cut off."""
    with gzip.open(path) as content:
        while head := content.read(4):
            length = int.from_bytes(head, "little")
            if not SMALLEST_DOCUMENT <= length <= LARGEST_DOCUMENT:
                raise ValueError("what should be a document is none")
            document = head + content.read(length - 4)
            if len(document) != length or document[-1]:
                raise ValueError("a document is cut off")
            yield document
