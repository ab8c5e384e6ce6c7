"""Who wrote which version of a lesson: from the lesson that stands and its revisions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from courses.content.evolution import fields, in_todays_shape
from learnflow.mongo import Document, store

NO_ARRAY = {"$not": {"$type": "array"}}  # what is asked of a field, MongoDB also finds within an array
WRITTEN = {"$type": ["int", "long"], "$gt": 1, **NO_ARRAY}


@dataclass(frozen=True)
class Version:
    number: int
    title: str
    author_id: int | None


def get_changes(lesson_ids: Iterable[str]) -> dict[str, list[Version]]:
    """Every version after the first of these lessons, by lesson; lessons that were never changed are absent."""
    found: dict[str, list[Version]] = defaultdict(list)
    with store() as db:
        changed = {"_id": {"$in": [ObjectId(each) for each in lesson_ids]}, "version": WRITTEN}
        for lesson in db.lessons.find(changed, {"version": 1, "updated_by": 1, **fields("title")}):
            found[str(lesson["_id"])].append(_version(lesson, in_todays_shape(lesson), lesson.get("updated_by")))
        earlier = {"lesson_id": {"$in": list(found), **NO_ARRAY}, "version": WRITTEN}
        asked = {"lesson_id": 1, "version": 1, "author_id": 1, **fields("title", within="body.")}
        for revision in db.lesson_revisions.find(earlier, asked):
            # A crash may have left a revision of the version that still stands.
            if revision["version"] < found[revision["lesson_id"]][0].number:
                version = _version(revision, in_todays_shape(revision).get("body"), revision.get("author_id"))
                found[revision["lesson_id"]].append(version)
    return dict(found)


def _version(document: Document, body: Any, author_id: Any) -> Version:
    """Fields of a damaged document may be missing, or be anything."""
    title = body.get("title") if isinstance(body, dict) else None
    return Version(document["version"], str(title or ""), author_id if isinstance(author_id, int) else None)
