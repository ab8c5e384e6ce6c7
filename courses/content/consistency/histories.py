"""The versions of a lesson: what is kept of them, and whether they follow upon each other.

A lesson at version n has revisions 1 to n-1. One at n, with the same body, is what a crash between the two steps of a
save left; another body at n, or a revision beyond, means that the lesson fell behind its own history.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bson import ObjectId
from pymongo import UpdateOne

from courses.content.consistency import walks
from courses.content.consistency.inventory import INTEGER, NO_ARRAY
from courses.content.evolution import as_stored, in_todays_shape, schema_version
from courses.content.lessons import BODY_FIELDS
from courses.content.set_aside import set_aside
from courses.content.stand_ins import stand_in_revision
from learnflow.mongo import Document, store

MOST_LOST = 1_000  # versions of one lesson; more were never written: its version is wrong
Steps = list[tuple[int, int]]


@dataclass(frozen=True)
class History:
    """A lesson at `version` with the versions that are kept; `differs` when the one of the same number has another
    body."""

    lesson_id: str
    title: str
    version: int
    kept: frozenset[int]
    differs: bool

    @property
    def newest(self) -> int:
        return max(self.kept, default=0)

    @property
    def is_behind(self) -> bool:
        return self.newest > self.version or self.differs

    @property
    def gaps(self) -> Steps:
        """The versions that are missing, from and to."""
        gaps: Steps = []
        expected = 1
        for version in [*sorted(each for each in self.kept if 0 < each < self.version), self.version]:
            if version > expected:
                gaps.append((expected, version - 1))
            expected = version + 1
        return gaps

    @property
    def lost(self) -> int:
        """How many versions are missing."""
        return sum(last - first + 1 for first, last in self.gaps)


def walk_histories() -> Iterator[tuple[int, list[History]]]:
    """Of a piece of lessons those whose versions don't follow upon each other, and how many the piece has.

    They were looked at twice. Lessons without a version are left out. Raises `ContentUnavailable`.
    """
    for piece in walks.walk("lessons"):
        suspects = [each.lesson_id for each in _look([each["_id"] for each in piece]) if each.is_behind or each.gaps]
        yield len(piece), [each for each in look(suspects) if each.is_behind or each.gaps] if suspects else []


def look(lesson_ids: Iterable[str]) -> list[History]:
    """The histories of these lessons, as far as they stand."""
    return _look(walks.object_ids(lesson_ids))


def _look(ids: list[ObjectId]) -> list[History]:
    # What is ahead is sure when the revision was read before the lesson, a gap when it was read after it.
    before = _kept(ids)
    with store(within=walks.SECONDS) as db:
        lessons = list(db.lessons.find({"_id": {"$in": ids}, "version": INTEGER}, ["version", "title"]))
    after = _kept(ids)
    equal = [each for each in lessons if each["version"] in before.get(str(each["_id"]), ())]
    differing = _differing(equal)
    return [_history(each, before, after, differing) for each in lessons]


def _history(lesson: Document, before: dict[str, set[int]], after: dict[str, set[int]], differing: set[str]) -> History:
    lesson_id, version = str(lesson["_id"]), lesson["version"]
    ahead = {each for each in before.get(lesson_id, ()) if each >= version}
    earlier = {each for each in after.get(lesson_id, ()) if each < version}
    title = str(lesson.get("title"))
    return History(lesson_id, title, version, frozenset(ahead | earlier), lesson_id in differing)


def _kept(ids: list[ObjectId]) -> dict[str, set[int]]:
    query = {"lesson_id": {"$in": [str(each) for each in ids], **NO_ARRAY}, "version": INTEGER}
    kept: dict[str, set[int]] = {}
    with store(within=walks.SECONDS) as db:
        for each in db.lesson_revisions.find(query, {"_id": 0, "lesson_id": 1, "version": 1}):
            kept.setdefault(each["lesson_id"], set()).add(each["version"])
    return kept


def _differing(lessons: list[Document]) -> set[str]:
    """Those of these lessons whose revision of the same version has another body."""
    differing = set()
    with store(within=walks.SECONDS) as db:
        for each in lessons:
            revision = db.lesson_revisions.find_one({"lesson_id": str(each["_id"]), "version": each["version"]})
            lesson = db.lessons.find_one({"_id": each["_id"], "version": each["version"]})
            if revision and lesson and not _is_same(revision, lesson):
                differing.add(str(each["_id"]))
    return differing


def _is_same(revision: Document, lesson: Document) -> bool:
    if not isinstance(revision.get("body"), dict):
        return False
    body, lesson = in_todays_shape(revision)["body"], in_todays_shape(lesson)
    return all(body.get(name) == lesson.get(name) for name in BODY_FIELDS)


def take_away_impossible(history: History, *, because: str) -> bool:
    """Set revisions aside and delete them whose version is so far beyond their lesson's that it was never written."""
    query = {"lesson_id": history.lesson_id, "version": {"$gt": history.version + MOST_LOST}}
    with store() as db:
        impossible = list(db.lesson_revisions.find(query))
        set_aside("lesson_revisions", impossible, because=because)
        return bool(
            db.lesson_revisions.delete_many({"_id": {"$in": [each["_id"] for each in impossible]}}).deleted_count
        )


def catch_up(history: History) -> bool:
    """Move a lesson beyond its newest revision, unless somebody saved it since; what it says stays."""
    moved = {"version": history.newest + 1, "updated_at": datetime.now(UTC)}
    query = {"_id": ObjectId(history.lesson_id), "version": history.version}
    with store() as db:
        return bool(db.lessons.update_one(query, {"$set": moved}).matched_count)


def fill_gaps(history: History, *, language: str) -> None:
    """Put a stand-in where a version is missing; what stands stays."""
    lost = [version for first, last in history.gaps for version in range(first, last + 1)]
    as_of_now = {"author_id": None, "created_at": datetime.now(UTC), "schema_version": schema_version()}
    writes = [
        UpdateOne(
            {"lesson_id": history.lesson_id, "version": version},
            {"$setOnInsert": {"body": as_stored(stand_in_revision(version=version, language=language)), **as_of_now}},
            upsert=True,
        )
        for version in lost
    ]
    with store(within=walks.SECONDS) as db:
        db.lesson_revisions.bulk_write(writes)
