"""Times in progress documents, as copies of what PostgreSQL sums."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne

from courses.content.consistency.copies import WITHIN, PersonAndCourse
from learnflow.mongo import store

READ = {"_id": 0, "user_id": 1, "course_id": 1, "lesson_times": 1, "total_seconds_spent": 1, "times_version": 1}


@dataclass(frozen=True, slots=True)
class StandingTimes:
    """What a document says of seconds spent. Its fields may be anything when it fails its validator."""

    lessons: Any
    total: Any
    version: Any

    @property
    def is_legible(self) -> bool:
        numbers = self.lessons.values() if isinstance(self.lessons, dict) else [None]
        return isinstance(self.total, int) and self.total >= 0 and all(isinstance(each, int) for each in numbers)


NOTHING = StandingTimes({}, 0, None)
TWINS = StandingTimes(None, None, None)


def get_times(keys: Iterable[PersonAndCourse]) -> dict[PersonAndCourse, StandingTimes]:
    """What the documents of these people in these courses say, by key; of twins, nothing that can be compared.

    Raises `ContentUnavailable`.
    """
    wanted = set(keys)
    query = {
        "user_id": {"$in": sorted({user for user, _course in wanted})},
        "course_id": {"$in": sorted({course for _user, course in wanted})},
    }
    standing: dict[PersonAndCourse, StandingTimes] = {}
    with store(within=WITHIN) as db:
        for each in db.progress.find(query, READ):
            key = int(each["user_id"]), int(each["course_id"])
            if key in wanted:
                says = each.get("lesson_times"), each.get("total_seconds_spent"), each.get("times_version")
                standing[key] = TWINS if key in standing else StandingTimes(*says)
    return standing


def take_times_back(seen: dict[PersonAndCourse, StandingTimes]) -> None:
    """Make these older than any version, as long as they are what was seen, so that the next copy is written."""
    changes = [
        UpdateOne(
            {"user_id": user, "course_id": course, "times_version": each.version}, {"$set": {"times_version": -1}}
        )
        for (user, course), each in seen.items()
    ]
    if changes:
        with store(within=WITHIN) as db:
            db.progress.bulk_write(changes, ordered=False)
