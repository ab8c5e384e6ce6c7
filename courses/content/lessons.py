"""Lessons and their revisions.

A lesson moves from version to version by one conditional update; what it was before is kept as a revision, written
first. A crash in between leaves a revision equal to the lesson that stands: nothing is lost and nothing lies.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, TEXT, IndexModel
from pymongo.errors import DuplicateKeyError

from courses.content.documents import Lesson, LessonBody, LessonRevision
from courses.content.evolution import as_stored, fields, in_todays_shape, schema_version
from learnflow.mongo import Document, store

BY_SHAPE = [("schema_version", ASCENDING), ("_id", ASCENDING)]
COLLECTIONS = (
    (
        "lessons",
        Lesson,
        [
            IndexModel([("course_id", ASCENDING)], name="lessons_of_a_course"),
            IndexModel(BY_SHAPE, name="lessons_by_shape"),
            IndexModel(
                [("course_id", ASCENDING), ("source.format", ASCENDING), ("source.package", ASCENDING)],
                name="lessons_by_source",
                partialFilterExpression={"source.package": {"$exists": True}},
            ),
            IndexModel(
                [("title", TEXT), ("content.markdown", TEXT), ("notes", TEXT)],
                name="lessons_text",
                default_language="none",
                language_override="search_language",
                weights={"title": 10},
            ),
        ],
    ),
    (
        "lesson_revisions",
        LessonRevision,
        [
            IndexModel(
                [("lesson_id", ASCENDING), ("version", ASCENDING)], name="one_revision_per_version", unique=True
            ),
            IndexModel(BY_SHAPE, name="revisions_by_shape"),
        ],
    ),
)
BODY_FIELDS = tuple(LessonBody.model_fields)
LAST_VERSION = 2**63 - 1  # what a document can hold
OUTLINE_FIELDS = ("title", "type", "duration")
LEGIBLE = {"title": str, "type": str, "duration": int, "language": str, "content": dict}


class LessonNotFound(Exception):
    """No document stands under this id."""


class EditConflict(Exception):
    """Somebody saved the lesson since it was opened; `current` is the lesson as it stands now."""

    def __init__(self, current: Document) -> None:
        super().__init__(f"lesson {current['id']} is at version {current['version']}")
        self.current = current


def new_lesson_id() -> str:
    """An id for a lesson to be: minted for the form, so that sending it twice makes one lesson."""
    return str(ObjectId())


def get_lesson(lesson_id: str) -> Document:
    """The whole lesson, its id as text under `id`. Raises `LessonNotFound`, `ContentUnavailable`."""
    with store() as db:
        document = db.lessons.find_one({"_id": ObjectId(lesson_id)})
    if document is None:
        raise LessonNotFound(lesson_id)
    return _as_known(document)


def is_legible(lesson: Document) -> bool:
    """Whether a page can show it; a damaged one waits for `check_stores`."""
    return all(isinstance(lesson.get(name), kind) for name, kind in LEGIBLE.items())


def get_outline(lesson_ids: Iterable[str]) -> dict[str, Document]:
    """Title, type and duration of these lessons by id, in one query; ids without a document are absent, and so is what
    is damaged."""
    with store() as db:
        found = db.lessons.find({"_id": {"$in": [ObjectId(each) for each in lesson_ids]}}, fields(*OUTLINE_FIELDS))
        return {str(document["_id"]): _in_outline(document) for document in found}


def get_lesson_and_outline(lesson_id: str, lesson_ids: Iterable[str]) -> tuple[Document, dict[str, Document]]:
    """One whole lesson and the outline around it, in one query. Raises `LessonNotFound`."""
    wanted = ObjectId(lesson_id)
    whole = {"$cond": [{"$eq": ["$_id", wanted]}, "$$ROOT", None]}
    with store() as db:
        found = db.lessons.aggregate(
            [
                {"$match": {"_id": {"$in": [wanted, *(ObjectId(each) for each in lesson_ids)]}}},
                {"$project": {**fields(*OUTLINE_FIELDS), "whole": whole}},
            ]
        )
        outline = {str(document["_id"]): _in_outline(document) for document in found}
    if lesson_id not in outline:
        raise LessonNotFound(lesson_id)
    return _as_known(outline[lesson_id]["whole"]), outline


def get_bodies(lesson_ids: Iterable[str]) -> dict[str, Document]:
    """These lessons whole, by id: for the publish check list and the export, not for pages."""
    with store() as db:
        found = db.lessons.find({"_id": {"$in": [ObjectId(each) for each in lesson_ids]}})
        return {str(document["_id"]): _as_known(document) for document in found}


def find_imported(course_id: int, *, format: str, package: str) -> dict[str, Document]:
    """What an earlier import of this package made in this course: {identifier: {id, checksum, version}}."""
    query = {"course_id": course_id, "source.format": format, "source.package": package}
    with store() as db:
        found = db.lessons.find(query, {"source": 1, "version": 1})
        return {
            document["source"]["identifier"]: {
                "id": str(document["_id"]),
                "checksum": document["source"]["checksum"],
                "version": document["version"],
            }
            for document in found
        }


def add_lesson(
    *,
    lesson_id: str,
    course_id: int,
    body: Document,
    author_id: int | None,
    source: Document | None = None,
    version: int = 1,
) -> bool:
    """Write a new lesson, or a lost one at the version after the last that is known; False, and nothing changed, when
    this id stands already."""
    now = datetime.now(UTC)
    document = {
        "_id": ObjectId(lesson_id),
        **as_stored(body_of(body)),
        "course_id": course_id,
        "version": version,
        "schema_version": schema_version(),
        "source": source,
        "created_at": now,
        "updated_at": now,
        "updated_by": author_id,
    }
    with store() as db:
        try:
            db.lessons.insert_one(document)
        except DuplicateKeyError:
            return False
    return True


def save_lesson(
    lesson_id: str, *, version: int, body: Document, author_id: int | None, source: Document | None = None
) -> int:
    """Move a lesson from `version` to the next; the new version.

    `source` replaces where it came from, when given. Raises `EditConflict` when the lesson isn't at `version` any
    more, and `LessonNotFound`.
    """
    current = get_lesson(lesson_id)
    if current["version"] != version:
        raise EditConflict(current)
    changed: Document = {
        **as_stored(body_of(body)),
        "version": version + 1,
        "schema_version": schema_version(),
        "updated_at": datetime.now(UTC),
        "updated_by": author_id,
    }
    if source is not None:
        changed["source"] = source
    with store() as db:
        db.lesson_revisions.update_one(
            {"lesson_id": lesson_id, "version": version},
            {
                "$setOnInsert": {
                    "body": as_stored(body_of(current)),
                    "schema_version": schema_version(),
                    "author_id": current["updated_by"],
                    "created_at": current["updated_at"],
                }
            },
            upsert=True,
        )
        moved = db.lessons.update_one({"_id": ObjectId(lesson_id), "version": version}, {"$set": changed})
    if not moved.matched_count:
        raise EditConflict(get_lesson(lesson_id))
    return version + 1


def get_revisions(lesson_id: str) -> list[Document]:
    """Earlier versions, newest first, without their bodies: version, title, author_id, created_at."""
    asked = {"version": 1, "author_id": 1, "created_at": 1, **fields("title", within="body.")}
    with store() as db:
        found = db.lesson_revisions.find({"lesson_id": lesson_id}, asked).sort("version", -1)
        return [{**each, "title": in_todays_shape(each)["body"]["title"]} for each in found]


def get_revision(lesson_id: str, version: int) -> Document:
    """The body that the lesson had at `version`. Raises `LessonNotFound`."""
    query = {"lesson_id": lesson_id, "version": min(version, LAST_VERSION)}
    with store() as db:
        found = db.lesson_revisions.find_one(query)
    if found is None:
        raise LessonNotFound(f"{lesson_id} at version {version}")
    return in_todays_shape(found)


def delete_lessons(lesson_ids: Iterable[str]) -> None:
    """Delete lessons with their revisions; what is gone already is no matter."""
    ids = list(lesson_ids)
    with store() as db:
        db.lessons.delete_many({"_id": {"$in": [ObjectId(each) for each in ids]}})
        db.lesson_revisions.delete_many({"lesson_id": {"$in": ids}})


def body_of(document: Document) -> Document:
    """Only what an author writes, of a lesson or of what a form gave."""
    return {name: document[name] for name in BODY_FIELDS}


def _in_outline(document: Document) -> Document:
    """In today's shape, without the fields that can't be read: one damaged lesson keeps no page of its course away."""
    known = in_todays_shape(document)
    damaged = [name for name in LEGIBLE if name in known and not isinstance(known[name], LEGIBLE[name])]
    return {name: value for name, value in known.items() if name not in damaged}


def _as_known(document: dict[str, Any]) -> Document:
    """In today's shape, its id as text under `id`."""
    document["id"] = str(document.pop("_id"))
    return in_todays_shape(document)
