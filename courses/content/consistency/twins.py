"""Documents of which there must be one and are more: they came while a unique index was gone, and it can't come back
before they go."""

from typing import Any

from bson import json_util

from courses.content.consistency import walks
from courses.content.set_aside import set_aside
from learnflow.mongo import Document, store

# By collection: what tells its documents apart, and which one stays of several: the last in this order.
ONE_OF = {
    "progress": (("user_id", "course_id"), ("version", "updated_at")),
    "lesson_revisions": (("lesson_id", "version"), ("created_at",)),
}


def find_twins(collection: str) -> list[tuple[str, int]]:
    """A key for each group of twins, and how many they are. Raises `ContentUnavailable`."""
    fields, _ = ONE_OF[collection]
    with store(within=walks.SECONDS) as db:
        if any(index.get("unique") and tuple(index["key"]) == fields for index in db[collection].list_indexes()):
            return []
        groups = db[collection].aggregate(
            [
                {"$group": {"_id": {name: f"${name}" for name in fields}, "count": {"$sum": 1}}},
                {"$match": {"count": {"$gt": 1}}},
            ],
            allowDiskUse=True,
        )
        return [(json_util.dumps(each["_id"], json_options=walks.EXACTLY), each["count"]) for each in groups]


def part_twins(collection: str, key: str, *, because: str) -> bool:
    """Keep the newest of several, set the others aside and delete them; False when there is but one by now."""
    _, order = ONE_OF[collection]
    with store(within=walks.SECONDS) as db:
        found = list(db[collection].find(walks.filter_of(key)).sort([(name, 1) for name in (*order, "_id")]))
        others: list[Document] = found[:-1]
        set_aside(collection, others, because=because)
        ids: list[Any] = [each["_id"] for each in others]
        return bool(db[collection].delete_many({"_id": {"$in": ids}}).deleted_count)


def said(key: str) -> str:
    """A key in words."""
    return ", ".join(f"{name} {value}" for name, value in json_util.loads(key, json_options=walks.EXACTLY).items())
