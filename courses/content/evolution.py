"""Lessons of earlier shapes: how they become today's, while code of two releases reads and writes them.

What an author writes, the body of a lesson and of its revisions, changes its shape from `schema_version` to the next by
the `STEPS` below; a revision from before versions were noted has the first one. Whoever reads gets today's shape,
whatever stands in the store; whoever saves, writes it. A migration walks through what nobody saves, and the worker once
a minute through what processes of the release before wrote after it. Steps stay, as migrations do: a backup may be old.

A field is renamed in four steps, in two releases:

1. In documents.py it gets its new name. The shape before stays beside it, as a subclass that needs the old name and not
   the new one, and `COLLECTIONS` takes `RootModel[Lesson | LessonBefore]`: MongoDB accepts both. An index on the field
   gets a twin under another name.
2. Here a `Step(reads=("old",), change=lambda body: {"new": body["old"]}, keep=lambda body: {"old": body["new"]})`: both
   names are written, for processes of the release before still read the old one. They also save over documents that
   have both and change only theirs; `schema_version` says which name counts.
3. A migration runs `content.set_up` and `evolve_documents`, and only then touches tables, which stay locked until it
   ends. Deploy: migrate, start new processes, end the old ones.
4. The release after takes `keep` out of that step, adds `Step(drops=("old",))`, and drops the shape before and the old
   index; its migration runs `evolve_documents` first, then `content.set_up`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from learnflow.mongo import Document, store

BATCH = 500
SECONDS = 60.0  # that a batch may take
BEFORE_ALL = ObjectId(bytes(12))
REFUSED = 121  # by the validator


def _nothing(body: Document) -> Document:
    return {}


@dataclass(frozen=True)
class Step:
    """From one shape of the body to the next; the first step leads to `schema_version` 2.

    `change` makes fields of the new shape out of those named in `reads`, and sees no others for sure; in a damaged
    document they may be anything, and it must not raise. `keep` makes, of the new shape, the fields that the release
    before reads. `drops` are fields that no running process reads any more.
    """

    reads: tuple[str, ...] = ()
    change: Callable[[Document], Document] = _nothing
    keep: Callable[[Document], Document] = _nothing
    drops: tuple[str, ...] = ()


STEPS: tuple[Step, ...] = ()


def schema_version() -> int:
    """Of what this code writes."""
    return len(STEPS) + 1


def in_todays_shape(document: Document) -> Document:
    """This lesson or revision, whole or the `fields` asked for, as if this code had written it; changed in place."""
    version = document.get("schema_version")
    version = version if isinstance(version, int) else 1
    if version < schema_version():
        _take(STEPS[version - 1 :], document.get("body", document))
        document["schema_version"] = schema_version()
    return document


def fields(*names: str, within: str = "") -> dict[str, int]:
    """What to ask the store for, to know these fields of the body in today's shape."""
    wanted = {*names, *(name for step in STEPS for name in step.reads)}
    return {"schema_version": 1} | {f"{within}{name}": 1 for name in wanted}


def as_stored(body: Document) -> Document:
    """This body with what processes of the release before read in it."""
    for step in STEPS:
        body = {**body, **step.keep(body)}
    return body


def evolve_documents() -> int:
    """Bring everything that stands in an earlier shape to today's; how many documents were changed.

    Goes on where a killed process stopped, runs beside others of its kind, and leaves alone what somebody saves at the
    same moment. Lessons keep their version: who has one open for editing meets no conflict. A document that isn't valid
    stays as it is until `check_stores` has mended it. Raises `ContentUnavailable`.
    """
    if not STEPS:
        return 0
    return sum(
        _walk(collection, within, version)
        for collection, within in (("lessons", ""), ("lesson_revisions", "body."))
        for version in (None, *range(1, schema_version()))
    )


def _walk(collection: str, within: str, version: int | None) -> int:
    """Evolve what stands in the shape of this version."""
    steps = STEPS[(version or 1) - 1 :]
    asked = {f"{within}{name}": 1 for step in steps for name in step.reads} | {"version": 1}
    done, last, is_last = 0, BEFORE_ALL, False
    while not is_last:
        query = {"schema_version": version, "_id": {"$gt": last}}
        with store(within=SECONDS) as db:
            batch = list(db[collection].find(query, asked).sort("_id").limit(BATCH))
            updates = [update for each in batch if (update := _update(each, within, version, steps))]
            if updates:
                done += _write(db[collection], updates)
        is_last = len(batch) < BATCH
        last = batch[-1]["_id"] if batch else last
    return done


def _update(document: Document, within: str, version: int | None, steps: Sequence[Step]) -> UpdateOne | None:
    """What brings a document to today's shape, if it is still the one that was read; None when it lacks a field."""
    before = document.get("body", {}) if within else document
    after = dict(before)
    if not _take(steps, after):
        return None
    changed = {name: value for name, value in after.items() if name not in before or value is not before[name]}
    change: Document = {"$set": {f"{within}{name}": value for name, value in changed.items()}}
    change["$set"]["schema_version"] = schema_version()
    dropped = {f"{within}{name}": "" for step in steps for name in step.drops if name not in after}
    if dropped:
        change["$unset"] = dropped
    return UpdateOne(
        {"_id": document["_id"], "version": document.get("version"), "schema_version": version},
        change,
    )


def _write(collection: Any, updates: list[UpdateOne]) -> int:
    try:
        return collection.bulk_write(updates, ordered=False).modified_count
    except BulkWriteError as error:
        if any(each["code"] != REFUSED for each in error.details["writeErrors"]):
            raise
        return error.details["nModified"]


def _take(steps: Iterable[Step], body: Document) -> bool:
    """Take a body through these steps, in place, up to one for which a field is missing; whether none was."""
    for step in steps:
        if any(name not in body for name in step.reads):
            return False
        body.update(step.change(body))
        for name in step.drops:
            body.pop(name, None)
    return True
