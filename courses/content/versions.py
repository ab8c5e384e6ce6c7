"""Who wrote which version of a lesson: from the lesson that stands and its revisions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bson import ObjectId

from courses.content.evolution import fields, in_todays_shape
from learnflow.mongo import store


@dataclass(frozen=True)
class Version:
    number: int
    title: str
    author_id: int | None


def get_changes(lesson_ids: Iterable[str]) -> dict[str, list[Version]]:
    """Every version after the first of these lessons, by lesson; lessons that were never changed are absent."""
    found: dict[str, list[Version]] = defaultdict(list)
    with store() as db:
        changed = {"_id": {"$in": [ObjectId(each) for each in lesson_ids]}, "version": {"$gt": 1}}
        for lesson in db.lessons.find(changed, {"version": 1, "updated_by": 1, **fields("title")}):
            title = in_todays_shape(lesson)["title"]
            found[str(lesson["_id"])].append(Version(lesson["version"], title, lesson["updated_by"]))
        earlier = {"lesson_id": {"$in": list(found)}, "version": {"$gt": 1}}
        asked = {"lesson_id": 1, "version": 1, "author_id": 1, **fields("title", within="body.")}
        for revision in db.lesson_revisions.find(earlier, asked):
            title = in_todays_shape(revision)["body"]["title"]
            # A crash may have left a revision of the version that still stands.
            if revision["version"] < found[revision["lesson_id"]][0].number:
                found[revision["lesson_id"]].append(Version(revision["version"], title, revision["author_id"]))
    return dict(found)
