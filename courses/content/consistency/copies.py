"""Progress documents as copies of what PostgreSQL says: how they stand, in the order of their keys.

What a repair takes back or takes away is set aside first, and done only to a document that is still as it was seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DeleteOne, UpdateOne

from courses.content.set_aside import set_aside
from learnflow.mongo import Document, store

PersonAndCourse = tuple[int, int]
FIRST, LAST = (-(2**63), -(2**63)), (2**63 - 1, 2**63 - 1)  # before and after every key

READ = {"_id": 0, "user_id": 1, "course_id": 1, "version": 1, "completed_lessons": 1, "lessons": 1, "updated_at": 1}
BY_KEY = [("user_id", ASCENDING), ("course_id", ASCENDING)]
# A document with another key fails its validator, which names it. One in an array would do without the second rule.
WHOLE_NUMBER = {"$type": ["int", "long"], "$not": {"$type": "array"}}
WITHIN = 60.0  # seconds: nobody's page waits, and without its index the collection is read through


@dataclass(frozen=True, slots=True)
class StandingCopy:
    """What a document says. Its fields may be anything when it fails its validator."""

    user_id: int
    course_id: int
    version: Any
    completed_lessons: Any
    lessons: Any
    updated_at: Any

    @property
    def key(self) -> PersonAndCourse:
        return self.user_id, self.course_id

    @property
    def is_legible(self) -> bool:
        """Whether it can be compared."""
        return (
            isinstance(self.version, int)
            and isinstance(self.updated_at, datetime)
            and isinstance(self.completed_lessons, list)
            and isinstance(self.lessons, dict)
            and all(isinstance(each, str) for each in self.completed_lessons)
            and all(isinstance(each, int) for each in self.lessons.values())
        )

    def shows(self, percents: dict[str, int]) -> bool:
        """Whether it says exactly this: percent by lesson id."""
        completed = sorted(lesson_id for lesson_id, percent in percents.items() if percent == 100)
        return bool(self.lessons == percents and self.completed_lessons == completed)

    def completed_only_here(self, percents: dict[str, int]) -> list[str]:
        """The lessons that it says are completed and these percents don't."""
        return [lesson_id for lesson_id in self.completed_lessons if percents.get(lesson_id) != 100]


def read_copies(*, after: PersonAndCourse, until: PersonAndCourse, limit: int) -> list[StandingCopy]:
    """The first documents after one key, up to and including another, in order. Raises `ContentUnavailable`."""
    with store(within=WITHIN) as db:
        return [_standing(each) for each in db.progress.find(_between(after, until), READ).sort(BY_KEY).limit(limit)]


def get_copies(keys: Iterable[PersonAndCourse]) -> dict[PersonAndCourse, StandingCopy]:
    """The documents of these people in these courses, by key. Raises `ContentUnavailable`."""
    wanted = set(keys)
    with store(within=WITHIN) as db:
        found = map(_standing, db.progress.find(_about(wanted), READ))
        return {each.key: each for each in found if each.key in wanted}


def take_back(copies: Sequence[StandingCopy], *, because: str) -> None:
    """Make these older than any version, so that the next projection writes over them."""
    lowered = {"$set": {"version": -1}}
    as_seen = [{"user_id": each.user_id, "course_id": each.course_id, "version": each.version} for each in copies]
    _change(copies, [UpdateOne(each, lowered) for each in as_seen], because)


def take_away(copies: Sequence[StandingCopy], *, because: str) -> int:
    """Delete these documents, unless they were written since they were read; how many went."""
    # A time that Python has no year for was read as the nearest that it has: equal would find none.
    as_seen = [
        {
            "user_id": each.user_id,
            "course_id": each.course_id,
            "version": each.version,
            "updated_at": {"$lte": each.updated_at},
        }
        for each in copies
    ]
    return _change(copies, [DeleteOne(each) for each in as_seen], because)


def _change(copies: Sequence[StandingCopy], changes: Sequence[UpdateOne | DeleteOne], because: str) -> int:
    if not copies:
        return 0
    wanted = {each.key for each in copies}
    with store(within=WITHIN) as db:
        found = db.progress.find(_about(wanted))
        set_aside(
            "progress", [each for each in found if (each["user_id"], each["course_id"]) in wanted], because=because
        )
        return db.progress.bulk_write(changes, ordered=False).deleted_count


def _about(keys: set[PersonAndCourse]) -> Document:
    """These keys and a few more, which the index finds at once; a thousand alternatives would take it long."""
    return {
        "user_id": {"$in": sorted({user for user, _course in keys})},
        "course_id": {"$in": sorted({course for _user, course in keys})},
    }


def _between(after: PersonAndCourse, until: PersonAndCourse) -> Document:
    (first, after_course), (last, until_course) = after, until
    if first == last:
        return {"user_id": first, "course_id": {"$gt": after_course, "$lte": until_course, **WHOLE_NUMBER}}
    return {
        "$or": [
            {"user_id": first, "course_id": {"$gt": after_course, **WHOLE_NUMBER}},
            {"user_id": {"$gt": first, "$lt": last, **WHOLE_NUMBER}, "course_id": WHOLE_NUMBER},
            {"user_id": last, "course_id": {"$lte": until_course, **WHOLE_NUMBER}},
        ]
    }


def _standing(document: Document) -> StandingCopy:
    return StandingCopy(
        user_id=int(document["user_id"]),  # MongoDB's long is a type of its own, which PostgreSQL's driver won't mix
        course_id=int(document["course_id"]),
        version=document.get("version"),
        completed_lessons=document.get("completed_lessons"),
        lessons=document.get("lessons"),
        updated_at=document.get("updated_at"),
    )
