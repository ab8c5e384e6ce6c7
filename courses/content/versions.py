"""Who wrote which version of a lesson: from the lesson that stands and its revisions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bson import ObjectId

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
        for lesson in db.lessons.find(changed, {"version": 1, "title": 1, "updated_by": 1}):
            found[str(lesson["_id"])].append(Version(lesson["version"], lesson["title"], lesson["updated_by"]))
        earlier = {"lesson_id": {"$in": list(found)}, "version": {"$gt": 1}}
        for revision in db.lesson_revisions.find(
            earlier, {"lesson_id": 1, "version": 1, "author_id": 1, "body.title": 1}
        ):
            version = Version(revision["version"], revision["body"]["title"], revision["author_id"])
            # A crash may have left a revision of the version that still stands.
            if version.number < found[revision["lesson_id"]][0].number:
                found[revision["lesson_id"]].append(version)
    return dict(found)
