"""Which lessons and revisions stand, for whoever compares them with the outlines; and taking away what nobody names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.content.consistency import walks
from courses.content.evolution import in_todays_shape
from courses.content.lessons import COLLECTIONS, body_of
from courses.content.set_aside import set_aside
from learnflow.mongo import Document, json_schema, store

NO_ARRAY = {"$not": {"$type": "array"}}  # what is asked of a field, MongoDB also finds within an array
INTEGER = {"$type": ["int", "long"], **NO_ARRAY}
WHOLE = {name: json_schema(model) for name, model, _ in COLLECTIONS}


@dataclass(frozen=True)
class Found:
    """A document; `key` finds it as long as nobody has written it."""

    key: str
    lesson_id: str
    what: str
    since: datetime


def missing_lessons(lesson_ids: Iterable[str]) -> set[str]:
    """Those of these ids under which no document stands."""
    wanted = set(lesson_ids)
    with store() as db:
        found = db.lessons.find({"_id": {"$in": walks.object_ids(wanted)}}, ["_id"])
        return wanted - {str(each["_id"]) for each in found}


def is_any_stand_in() -> bool:
    """Whether some lesson's text was lost and nobody has written another one yet."""
    query = {"content.stand_in": {"$gt": ""}, "$expr": {"$eq": ["$content.markdown", "$content.stand_in"]}}
    with store(within=walks.SECONDS) as db:
        return db.lessons.find_one(query, ["_id"]) is not None


def newest_versions(lesson_ids: Iterable[str]) -> dict[str, int]:
    """The newest version that is kept as a revision, for those lessons that have any."""
    query = {"lesson_id": {"$in": list(lesson_ids), **NO_ARRAY}, "version": INTEGER}
    with store() as db:
        found = db.lesson_revisions.aggregate(
            [{"$match": query}, {"$group": {"_id": "$lesson_id", "version": {"$max": "$version"}}}]
        )
        return {each["_id"]: each["version"] for each in found}


def newest_body(lesson_id: str) -> Document | None:
    """The newest body that is kept as a revision and is whole, unless it stands in for a lost one."""
    query = {
        "lesson_id": lesson_id,
        "body.content.stand_in": {"$exists": False},
        "$jsonSchema": WHOLE["lesson_revisions"],
    }
    with store() as db:
        found = db.lesson_revisions.find(query).sort("version", -1).limit(1)
        return next((in_todays_shape(each)["body"] for each in found), None)


def set_aside_body(lesson_id: str) -> Document | None:
    """The body of this lesson as a repair took it away last, when it is whole and nobody has saved the lesson since."""
    query = {
        "collection": "lessons",
        "because": "lesson_unplaced",
        "document._id": {"$in": walks.object_ids([lesson_id])},
        "$jsonSchema": {"properties": {"document": WHOLE["lessons"]}},
    }
    with store(within=walks.SECONDS) as db:
        aside = next(iter(db.set_aside.find(query).sort("created_at", -1).limit(1)), None)
        if aside is None:
            return None
        later = {"lesson_id": lesson_id, "created_at": {"$gte": aside["created_at"]}}
        return None if db.lesson_revisions.find_one(later) else body_of(in_todays_shape(aside["document"]))


def walk_lessons() -> Iterator[list[Found]]:
    """Every lesson, a piece at a time. Raises `ContentUnavailable`."""
    for piece in walks.walk("lessons", "title", "updated_at"):
        yield [
            Found(
                walks.key_of(each, "updated_at"),
                walks.id_of(each),
                f"“{each.get('title')}”",
                walks.moment_of(each, "updated_at"),
            )
            for each in piece
        ]


def walk_revisions() -> Iterator[list[Found]]:
    """Every revision, a piece at a time; since when it was what the lesson was. Raises `ContentUnavailable`."""
    for piece in walks.walk("lesson_revisions", "lesson_id", "version", "created_at"):
        yield [
            Found(
                walks.key_of(each, "lesson_id", "version"),
                walks.text_of(each.get("lesson_id")),
                f"version {each.get('version')}",
                walks.moment_of(each, "created_at"),
            )
            for each in piece
        ]


def still_standing(found: Iterable[Found], collection: str) -> list[Found]:
    """Those of these that are still as they were found."""
    with store() as db:
        return [each for each in found if db[collection].find_one(walks.filter_of(each.key), ["_id"])]


def take_away_lesson(key: str, *, because: str) -> bool:
    """Set a lesson aside with its revisions, and delete them; False when somebody wrote it since it was found."""
    query = walks.filter_of(key)
    with store() as db:
        lesson = db.lessons.find_one(query)
        if lesson is None:
            return False
        revisions = list(db.lesson_revisions.find({"lesson_id": walks.id_of(lesson)}))
        set_aside("lessons", [lesson], because=because)
        set_aside("lesson_revisions", revisions, because=because)
        if not db.lessons.delete_one(query).deleted_count:
            return False
        db.lesson_revisions.delete_many({"_id": {"$in": [each["_id"] for each in revisions]}})
    return True


def take_away_revision(key: str, *, because: str) -> bool:
    """Set a revision aside and delete it; False when it isn't there any more."""
    return take_away("lesson_revisions", walks.filter_of(key), because=because)


def take_away(collection: str, query: dict[str, Any], *, because: str) -> bool:
    """Set the document that this finds aside and delete it; False when it finds none any more."""
    with store() as db:
        document = db[collection].find_one(query)
        if document is None:
            return False
        set_aside(collection, [document], because=because)
        return bool(db[collection].delete_one(query).deleted_count)
