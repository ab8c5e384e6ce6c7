"""What a learner's page remembers: one document per learner and course.

The copies of what was completed and of the time it took are each written whole, and only over an older version: order
can't go wrong and repeating changes nothing.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne, WriteConcern
from pymongo.errors import BulkWriteError, OperationFailure

from courses.content.documents import Progress
from learnflow.mongo import Document, store

COLLECTIONS = (
    (
        "progress",
        Progress,
        [
            IndexModel(
                [("user_id", ASCENDING), ("course_id", ASCENDING)],
                name="one_progress_per_person_and_course",
                unique=True,
            ),
            IndexModel([("course_id", ASCENDING)], name="progress_of_a_course"),
        ],
    ),
)
logger = logging.getLogger(__name__)

DUPLICATE_KEY = 11000
# What a damaged document answers: by its validator, whatever is written; a field below one that isn't an object.
REFUSED, NO_PLACE = 121, 28
AT_HOME_HERE: Document = {"last_lesson": None, "positions": {}, "attempts": {}}
NOT_SUMMED_YET: Document = {"lesson_times": {}, "total_seconds_spent": 0}
NOT_COPIED_YET = {"version": -1, "completed_lessons": [], "lessons": {}}


@dataclass(frozen=True)
class ProgressCopy:
    """What PostgreSQL says of one enrollment at `version`: percent by lesson id."""

    enrollment_id: int
    user_id: int
    course_id: int
    version: int
    lessons: dict[str, int]

    @property
    def key(self) -> Document:
        return {"user_id": self.user_id, "course_id": self.course_id}

    def fields(self, now: datetime) -> Document:
        completed = [lesson_id for lesson_id, percent in self.lessons.items() if percent == 100]
        return {
            "version": self.version,
            "completed_lessons": sorted(completed),
            "lessons": self.lessons,
            "updated_at": now,
        }


@dataclass(frozen=True)
class TimesCopy:
    """Seconds that a learner spent in a course, by lesson, as they are summed at `version`."""

    user_id: int
    course_id: int
    version: int
    lessons: dict[str, int]

    @property
    def key(self) -> Document:
        return {"user_id": self.user_id, "course_id": self.course_id}

    def fields(self, now: datetime) -> Document:
        return {
            "times_version": self.version,
            "lesson_times": self.lessons,
            "total_seconds_spent": sum(self.lessons.values()),
            "updated_at": now,
        }


def write_copies(copies: Sequence[ProgressCopy], *, within: float | None = None) -> list[ProgressCopy]:
    """Write each copy over an older one; answer those that stand now, in this version or a newer one.

    A damaged document takes no copy until `check_stores` has mended it; it holds up no other. `within` bounds it all,
    in seconds. Raises `ContentUnavailable`.
    """
    if not copies:
        return []
    now = datetime.now(UTC)
    writes = [
        UpdateOne(
            {**copy.key, "version": {"$lt": copy.version}},
            {"$set": copy.fields(now), "$setOnInsert": {**NOT_SUMMED_YET, **AT_HOME_HERE}},
            upsert=True,
        )
        for copy in copies
    ]
    with store(within=within) as db:
        try:
            db.progress.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            if any(each["code"] not in {DUPLICATE_KEY, REFUSED} for each in refused):
                raise
            # The upsert met a document that isn't older. A newer copy is as good; anything else is looked at again.
            suspects = [copies[each["index"]] for each in refused]
            behind = [copy for copy in suspects if not _stands(db.progress.find_one(copy.key, {"version": 1}), copy)]
            if any(each["code"] == REFUSED for each in refused):
                logger.error("damaged progress takes no copies: %s", [copy.key for copy in behind])
            return [copy for copy in copies if copy not in behind]
    return list(copies)


def _stands(document: Document | None, copy: ProgressCopy) -> bool:
    version = document.get("version") if document else None
    return isinstance(version, int) and version >= copy.version


def write_times(copies: Sequence[TimesCopy]) -> None:
    """Write each copy of times over an older one.

    A damaged document takes none until `check_stores` has mended it; it holds up no other. Raises `ContentUnavailable`.
    """
    waiting, now = list(copies), datetime.now(UTC)
    # The second time without inserting: whoever met a document that was made at that moment finds it then.
    for upsert in (True, False):
        waiting = _write_times(waiting, now, upsert) if waiting else []


def _write_times(copies: Sequence[TimesCopy], now: datetime, upsert: bool) -> list[TimesCopy]:
    """Those for which there is a document that wasn't found to be older."""
    initial = {**AT_HOME_HERE, **NOT_COPIED_YET}
    writes = [
        UpdateOne(
            {**copy.key, "times_version": {"$not": {"$gte": copy.version}}},
            {"$set": copy.fields(now), "$setOnInsert": initial},
            upsert=upsert,
        )
        for copy in copies
    ]
    with store() as db:
        try:
            db.progress.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            if any(each["code"] not in {DUPLICATE_KEY, REFUSED} for each in refused):
                raise
            damaged = [copies[each["index"]].key for each in refused if each["code"] == REFUSED]
            if damaged:
                logger.error("damaged progress takes no times: %s", damaged)
            return [copies[each["index"]] for each in refused if each["code"] == DUPLICATE_KEY]
    return []


def get_progress(*, user_id: int, course_id: int) -> Document | None:
    with store() as db:
        return db.progress.find_one({"user_id": user_id, "course_id": course_id})


def open_lesson(*, user_id: int, course_id: int, lesson_id: str) -> int:
    """Remember that this lesson was opened last; answer where its video stopped, in seconds.

    Nobody is told that it was saved, so it waits for one member only.
    """
    document: Document | None = None
    with _unless_damaged(user_id, course_id), store() as db:
        quick = db.progress.with_options(write_concern=WriteConcern(w=1, j=False))
        document = quick.find_one_and_update(
            {"user_id": user_id, "course_id": course_id},
            _remember({"last_lesson": lesson_id}),
            projection={f"positions.{lesson_id}": 1},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    return int((document or {}).get("positions", {}).get(lesson_id, 0))


def remember_position(*, user_id: int, course_id: int, lesson_id: str, seconds: int) -> None:
    """Remember where a video stopped, in seconds from its beginning."""
    with _unless_damaged(user_id, course_id), store() as db:
        db.progress.update_one(
            {"user_id": user_id, "course_id": course_id},
            _remember({"last_lesson": lesson_id, f"positions.{lesson_id}": seconds}),
            upsert=True,
        )


@contextmanager
def _unless_damaged(user_id: int, course_id: int) -> Iterator[None]:
    """A damaged document remembers nothing until `check_stores` has mended it; pages go on without."""
    try:
        yield
    except OperationFailure as error:
        if error.code not in {REFUSED, NO_PLACE}:
            raise
        logger.error("damaged progress remembers nothing: person %d, course %d", user_id, course_id)


def _remember(fields: Document) -> Document:
    taken = {name.split(".")[0] for name in fields}
    unset = {**AT_HOME_HERE, **NOT_SUMMED_YET, **NOT_COPIED_YET}
    initial = {name: value for name, value in unset.items() if name not in taken}
    return {"$set": {**fields, "updated_at": datetime.now(UTC)}, "$setOnInsert": initial}


def get_last_lessons(*, user_id: int, course_ids: Sequence[int]) -> dict[int, str]:
    """The lesson opened last, by course, for those courses where there is one; damaged documents say nothing."""
    with store() as db:
        found = db.progress.find(
            {"user_id": user_id, "course_id": {"$in": list(course_ids)}}, {"course_id": 1, "last_lesson": 1}
        )
        opened = {document["course_id"]: document.get("last_lesson") for document in found}
    return {course_id: lesson_id for course_id, lesson_id in opened.items() if isinstance(lesson_id, str)}


def delete_progress(*, course_id: int | None = None, user_id: int | None = None) -> None:
    """Delete the documents of a course, of a person, or of a person in a course."""
    query = {name: value for name, value in {"course_id": course_id, "user_id": user_id}.items() if value is not None}
    if not query:
        raise ValueError("whose progress?")
    with store() as db:
        db.progress.delete_many(query)
