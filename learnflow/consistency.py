"""Do the stores agree? What an examination is, how differences are counted, mended and reported.

An examination reads homes and copies side by side, beside a living site: it looks again at what seems to differ before
it says so. What is examined, the apps know; this only counts, and calls what mends.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Protocol

from django.db import Error as DatabaseFailure
from django.db import OperationalError

from accounts.models import AuditAction
from accounts.services import audit
from learnflow import mongo

BATCH = 500  # differences mended at a time
EXAMPLES = 5
LONGEST = 1_000  # characters of an example
LOOK_SECONDS = 1.0  # between two looks at what the worker should be mending

BUSY = {"55P03", "40P01", "57014"}  # PostgreSQL: a lock held for too long, a deadlock, a statement too slow

Key = tuple[int | str, ...]


class CannotMend(Exception):
    """A repair that isn't possible as things are; its text is a sentence that says what to do."""


@dataclass(frozen=True)
class Difference:
    """One thing that isn't as it must be; `key` tells it from others of its kind, and its state from a later one."""

    kind: "Kind"
    key: Key
    sentence: str


@dataclass(frozen=True)
class Kind:
    """One way in which the stores can differ.

    `title` says what was found, `remedy` what mending does. `mend` takes keys, looks at each once more, and answers how
    many it mended; what has become right meanwhile isn't counted. None when only a person can mend it.
    """

    name: str
    title: str
    remedy: str
    mend: Callable[[Sequence[Key]], int] | None


class Examination(Protocol):
    """One walk through some rows or documents, which may find several kinds of differences.

    `is_passing` says that the worker mends by itself what it finds: it counts only when it stays.
    """

    @property
    def title(self) -> str: ...

    @property
    def kinds(self) -> Sequence[Kind]: ...

    @property
    def is_passing(self) -> bool: ...

    def size(self) -> int:
        """How much there is to look at, roughly: for the progress bar."""
        ...

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        """What differs. What nobody names is a difference only when it is older than `grace`.

        Calls `advance` with how much it has looked at since the last call.
        """
        ...


@dataclass
class Finding:
    """How often one kind of difference was met, the first few of them, how many were mended, and why not all."""

    kind: Kind
    count: int = 0
    examples: list[str] = field(default_factory=list)
    mended: int = 0
    obstacle: str = ""

    @property
    def left(self) -> int:
        return self.count - self.mended


@dataclass(frozen=True)
class Watch:
    """What a command shows meanwhile: `begin` is told what is looked at and how much of it, `advance` how much was."""

    begin: Callable[[str, int], None] = lambda title, size: None
    advance: Callable[[int], None] = lambda number: None


def check(
    examinations: Sequence[Examination],
    *,
    repair: bool = False,
    grace: timedelta = timedelta(days=1),
    patience: timedelta = timedelta(seconds=90),
    watch: Watch | None = None,
) -> list[Finding]:
    """Examine everything; every kind with its count, also those that weren't met.

    `grace` is how old something that nobody names must be, `patience` how long the worker is given for what it mends by
    itself. With `repair`, differences are mended while they are found, and the audit log says how many, also when it
    is broken off. Raises `ContentUnavailable` and `OperationalError` when one can't be looked into.
    """
    mongo.ping()  # who walks through a store is patient with it; whether it is there at all is known at once
    watch = watch or Watch()
    findings = {kind.name: Finding(kind) for each in examinations for kind in each.kinds}
    try:
        for examination in examinations:
            watch.begin(examination.title, examination.size())
            differences = examination.find(grace=grace, advance=watch.advance)
            if examination.is_passing and patience:
                differences = _staying(examination, differences, grace, patience)
            while batch := list(islice(differences, BATCH)):
                _count(batch, findings)
                if repair:
                    _mend(batch, findings)
    except BaseException:
        with suppress(DatabaseFailure):
            _record(findings.values())
        raise
    _record(findings.values())
    return list(findings.values())


def _staying(
    examination: Examination, differences: Iterator[Difference], grace: timedelta, patience: timedelta
) -> Iterator[Difference]:
    """Those that are still there when the worker has had its time.

    Only a number is remembered of each: after a long outage there may be as many as enrollments.
    """

    def look_again() -> Iterator[Difference]:
        return examination.find(grace=grace, advance=lambda number: None)

    staying = {_mark(each) for each in differences}
    deadline = time.monotonic() + patience.total_seconds()
    while staying and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        staying &= {mark for each in look_again() if (mark := _mark(each)) in staying}
    if staying:
        yield from (each for each in look_again() if _mark(each) in staying)


def _mark(difference: Difference) -> int:
    return hash((difference.kind.name, difference.key))


def _count(differences: Sequence[Difference], findings: dict[str, Finding]) -> None:
    for each in differences:
        finding = findings[each.kind.name]
        finding.count += 1
        if len(finding.examples) < EXAMPLES:
            finding.examples.append(_legible(each.sentence))


def _legible(sentence: str) -> str:
    """In it are titles that people typed, or what damage put in their place: it is to be shown and kept."""
    shown = sentence if len(sentence) <= LONGEST else f"{sentence[:LONGEST]}…"
    return "".join(each if each.isprintable() else "\ufffd" for each in shown)


def _mend(differences: Sequence[Difference], findings: dict[str, Finding]) -> None:
    for kind in {each.kind.name: each.kind for each in differences}.values():
        if kind.mend:
            keys = [each.key for each in differences if each.kind.name == kind.name]
            try:
                findings[kind.name].mended += kind.mend(keys)
            except CannotMend as error:
                findings[kind.name].obstacle = str(error)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) not in BUSY:
                    raise
                findings[kind.name].obstacle = "others held the rows for too long; run it again"


def _record(findings: Iterable[Finding]) -> None:
    for each in findings:
        if each.mended:
            details = {"mended": each.mended, "found": each.count, "examples": each.examples}
            audit.record(
                actor=None, action=AuditAction.STORES_MENDED, resource=("stores", each.kind.name), details=details
            )
