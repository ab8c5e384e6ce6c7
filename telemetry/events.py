"""Events of time in MongoDB: the home of all time that is counted. Nothing here knows a row of PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from bson import Timestamp
from pydantic import Field
from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError

from courses.content.documents import HexId, Moment, Shape
from learnflow import mongo
from learnflow.mongo import Document

KEPT_DAYS = 400
DUPLICATE_KEY = 11000
WHEN_IT_ARRIVES = Timestamp(0, 0)  # MongoDB itself puts its own clock, which only grows, in its place


class TimeEvent(Shape):
    """An interval on the server's clock during which somebody learned; `_id` is `<user>:<uuid made by the page>`.

    `seconds_spent` is its length, `claimed` what the page said of it (seconds and age), `utc_offset` the minutes that
    the person's clock was ahead of UTC. `arrived` is given by MongoDB, in the order of arrival.
    """

    user_id: int
    course_id: int
    lesson_id: HexId
    started_at: Moment
    ended_at: Moment
    seconds_spent: float = Field(gt=0, le=30)
    utc_offset: int = Field(ge=-1440, le=1440)
    claimed: dict[str, Any]
    session: str = Field(max_length=40)
    created_at: Moment
    arrived: Any


COLLECTIONS = (
    (
        "course_telemetry",
        TimeEvent,
        [
            IndexModel([("user_id", ASCENDING), ("started_at", ASCENDING)], name="events_of_a_person"),
            IndexModel([("arrived", ASCENDING)], name="events_in_order_of_arrival"),
            IndexModel(
                [("created_at", ASCENDING)], name="events_are_kept_400_days", expireAfterSeconds=KEPT_DAYS * 86_400
            ),
        ],
    ),
)


def set_up() -> None:
    """Collection, validator and indexes; called by migrations, again and again if need be."""
    for collection, model, indexes in COLLECTIONS:
        mongo.ensure_collection(collection, model, indexes)


def add_events(events: Sequence[Document]) -> list[str]:
    """Insert those whose `_id` isn't there yet; the ids of those that stand then, all of them.

    Raises `ContentUnavailable`: some may stand, and all may be added again.
    """
    if not events:
        return []
    with mongo.store() as db:
        try:
            db.course_telemetry.insert_many([event | {"arrived": WHEN_IT_ARRIVES} for event in events], ordered=False)
        except BulkWriteError as error:
            refused = error.details["writeErrors"]
            # The write concern holds for what was there already, too: MongoDB waits for all that it has seen.
            if error.details["writeConcernErrors"] or any(each["code"] != DUPLICATE_KEY for each in refused):
                raise
    return [event["_id"] for event in events]
