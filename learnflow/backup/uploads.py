"""Uploaded files, wherever the storage keeps them. Their names are random and their content never changes."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File as DjangoFile
from django.core.files.storage import default_storage

from learnflow.backup import CannotRestore
from learnflow.backup.folder import Writing
from learnflow.backup.manifest import BLOCK, File, Manifest, upload_path


def names(folder: str = "") -> Iterator[str]:
    """The names of all files in the storage, folder by folder."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from sorted(f"{folder}/{name}" if folder else name for name in files)
    for name in sorted(folders):
        yield from names(f"{folder}/{name}" if folder else name)


def would_hold(place: Path) -> bool:
    """Whether this folder lies within the storage."""
    try:
        return place.resolve().is_relative_to(Path(default_storage.path("")).resolve())
    except NotImplementedError:  # it isn't on a disk
        return False


def save_new(writing: Writing, advance: Callable[[int], None]) -> None:
    """Copy those that aren't in the backup yet, and once more those that were still growing when they were copied.

    What is deleted meanwhile is left as it is. `advance` is told how many were looked at.
    """
    for name in names():
        advance(1)
        copied = writing.files.get(upload_path(name))
        try:
            if copied is None or _has_grown(name, copied):
                writing.write(upload_path(name), _blocks(name))
        except FileNotFoundError:
            continue


def _has_grown(name: str, copied: File) -> bool:
    """Whether a file was still being written when it was copied. Elsewhere than on a disk they appear whole."""
    try:
        default_storage.path(name)
    except NotImplementedError:
        return False
    return copied.size != default_storage.size(name)


def _blocks(name: str) -> Iterator[bytes]:
    with default_storage.open(name) as file:
        yield from file.chunks(BLOCK)


def _checksum(name: str) -> str:
    digest = hashlib.sha256()
    for block in _blocks(name):
        digest.update(block)
    return digest.hexdigest()


def bring_back(folder: Path, manifest: Manifest, advance: Callable[[int], None]) -> None:
    """Store the files of a backup under their names; those that stand already stay.

    `advance` is told how many bytes more there are. Raises `CannotRestore` when the storage doesn't take one.
    """
    for name, file in manifest.uploads.items():
        advance(file.size)
        try:
            _bring_one_back(folder / upload_path(name), name, file)
        except SuspiciousFileOperation as error:
            raise CannotRestore(_refused(name)) from error


def _bring_one_back(path: Path, name: str, file: File) -> None:
    if default_storage.exists(name):
        if default_storage.size(name) == file.size and _checksum(name) == file.sha256:
            return
        default_storage.delete(name)  # a name is given once: it is the same file, damaged
    with path.open("rb") as content:
        stored = default_storage.save(name, DjangoFile(content))
    if stored != name:
        _call_as_it_was(stored, name)


def _call_as_it_was(stored: str, name: str) -> None:
    """A storage writes some names otherwise; on a disk there is nothing against the one that the file had."""
    try:
        Path(default_storage.path(stored)).rename(default_storage.path(name))
    except NotImplementedError as error:
        default_storage.delete(stored)
        raise CannotRestore(_refused(name)) from error


def _refused(name: str) -> str:
    return f"The storage doesn't take a file named {name}; neither store was changed."
