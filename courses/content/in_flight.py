"""Lessons that are being written while a picture of both stores is taken."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from learnflow.mongo import Document

if TYPE_CHECKING:
    from learnflow.mongo.collections import Snapshot


def in_the_picture(
    snapshot: "Snapshot", *, since: datetime, unplaced: Callable[[Iterable[str]], set[str]]
) -> dict[str, Document]:
    """Which documents of a snapshot belong to the point in time: a query for each collection that isn't taken whole.

    A new lesson is written before its place. Where the place isn't there yet, the document is of no use, for whoever
    is adding it will find it missing; `unplaced` says of which ids that is so. What was written before `since` and is
    nowhere placed is somebody's misfortune, and taken along.
    """
    young = snapshot.find_ids("lessons", {"updated_at": {"$gte": since}})
    without = unplaced(str(each) for each in young)
    return {
        "lessons": {"_id": {"$nin": [each for each in young if str(each) in without]}},
        "lesson_revisions": {"lesson_id": {"$nin": sorted(without)}},
    }
