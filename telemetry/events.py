"""Events of time in MongoDB: the home of all time that is counted. Nothing here knows a row of PostgreSQL."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

from bson import Timestamp, decode_all
from bson.codec_options import CodecOptions, DatetimeConversion
from pydantic import Field
from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern

from courses.content.consistency import walks
from courses.content.documents import HexId, Moment, Shape
from courses.content.set_aside import set_aside
from learnflow import mongo
from learnflow.mongo import Document
from telemetry.union import LONGEST, Event, is_whole

NAME = "course_telemetry"
KEPT_DAYS = 400
SUMMED = ("user_id", "started_at", "ended_at", "course_id", "lesson_id", "utc_offset")
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
        NAME,
        TimeEvent,
        [
            # All that is summed, in the order in which it is: documents need not be fetched for it.
            IndexModel([(name, ASCENDING) for name in SUMMED], name="events_as_they_are_summed"),
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


# --- Reading --------------------------------------------------------------------------------------

MOST_MINUTES = 1440  # that a clock is ahead of UTC, or behind it
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WITHIN = 60.0  # seconds: nobody's page waits for sums
BATCH, SLICE = 20_000, 100_000
STANDING = ReadConcern("majority")  # what a member that fails next could take back isn't summed
AS_TUPLES = itemgetter(*SUMMED)
AWARE: CodecOptions[Document] = CodecOptions(tz_aware=True, datetime_conversion=DatetimeConversion.DATETIME_CLAMP)
# Comparing finds values of one type only: what is damaged is left out by the index alone.
SOUND: Document = {
    "ended_at": {"$gt": EPOCH},
    "course_id": {"$gt": 0},
    "lesson_id": {"$gt": ""},
    "utc_offset": {"$gte": -MOST_MINUTES, "$lte": MOST_MINUTES},
}
PERSON: Document = {"$gt": 0, "$lt": 2**63 - 1}
# Only of an array would its elements be compared; the least of values that are arrays is one of these.
NO_ARRAY: Document = {"$not": {"$type": "array"}}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What arrived of one person: when the first and the last of it began, and how far ahead of UTC their clock was.

    That is in minutes, least and most.
    """

    person_id: int
    begins: datetime
    ends: datetime
    least_ahead: int
    most_ahead: int
    events: int

    def with_others(self, others: "Arrivals") -> "Arrivals":
        """With more of the same person."""
        return Arrivals(
            self.person_id,
            min(self.begins, others.begins),
            max(self.ends, others.ends),
            min(self.least_ahead, others.least_ahead),
            max(self.most_ahead, others.most_ahead),
            self.events + others.events,
        )


def clock() -> int:
    """A moment by MongoDB's own clock until which every event can be seen, seconds << 32 | count within the second.

    Raises `ContentUnavailable`.
    """
    with mongo.store() as db, db.client.start_session() as session:
        db.course_telemetry.with_options(read_concern=STANDING).find_one({}, {"_id": 1}, session=session)
        return _number(session.operation_time)


def find_arrivals(*, after: int, begins: datetime, ends: datetime) -> Iterator[list[Arrivals]]:
    """Whose events arrived after a moment of the clock, `SLICE` events at a time, of those that began in this time.

    Raises `ContentUnavailable`.
    """
    within = {"$gte": begins, "$lt": ends, **NO_ARRAY}
    ahead = {**SOUND["utc_offset"], **NO_ARRAY}
    last: int | None = after
    while last is not None:
        first, last = last, _end_of_slice(last)
        bounds = {"$gt": _timestamp(first)} | ({"$lte": _timestamp(last)} if last else {})
        pipeline = [
            {"$match": {"arrived": bounds, "user_id": PERSON, **SOUND, "started_at": within, "utc_offset": ahead}},
            {
                "$group": {
                    "_id": "$user_id",
                    "begins": {"$min": "$started_at"},
                    "ends": {"$max": "$started_at"},
                    "least_ahead": {"$min": "$utc_offset"},
                    "most_ahead": {"$max": "$utc_offset"},
                    "events": {"$sum": 1},
                }
            },
        ]
        with mongo.store(within=WITHIN) as db:
            events = db.course_telemetry.with_options(read_concern=STANDING)
            found = list(events.aggregate(pipeline, allowDiskUse=True))
        yield [Arrivals(person_id=int(each.pop("_id")), **each) for each in found]


def _end_of_slice(after: int) -> int | None:
    """The arrival of the last event of a slice; None when there aren't as many."""
    with mongo.store(within=WITHIN) as db:
        arrivals = db.course_telemetry.find({"arrived": {"$gt": _timestamp(after)}}, {"_id": 0, "arrived": 1})
        found = list(arrivals.sort("arrived", ASCENDING).skip(SLICE - 1).limit(1))
    return _number(found[0]["arrived"]) if found else None


def _number(moment: Timestamp | None) -> int:
    return moment.time << 32 | moment.inc if moment else 0


def _timestamp(number: int) -> Timestamp:
    return Timestamp(number >> 32, number & 0xFFFFFFFF)


def read_events(person_ids: Sequence[int], *, begins: datetime, ends: datetime) -> Iterator[Event]:
    """The events of these people that began in this time, by person and in the order in which they are summed.

    Raises `ContentUnavailable`.
    """
    order = [(name, ASCENDING) for name in SUMMED]
    with mongo.store() as db:
        events = db.course_telemetry.with_options(read_concern=STANDING)
        query = _of(person_ids, begins, ends)
        projection = {"_id": 0, **dict.fromkeys(SUMMED, 1)}
        for batch in events.find_raw_batches(query, projection, sort=order, batch_size=BATCH, allow_disk_use=True):
            yield from map(AS_TUPLES, decode_all(batch, AWARE))


def find_travellers(person_ids: Sequence[int], *, begins: datetime, ends: datetime, ahead: int) -> set[int]:
    """Who of these people has events in this time when their clock was not so many minutes ahead of UTC."""
    elsewhere = {**_of(person_ids, begins, ends), "utc_offset": {"$ne": ahead}}
    with mongo.store() as db:
        events = db.course_telemetry.with_options(read_concern=STANDING)
        return {int(each["_id"]) for each in events.aggregate([{"$match": elsewhere}, {"$group": {"_id": "$user_id"}}])}


def count_events(person_id: int | None = None) -> int:
    """How many there are, roughly; or of one person. Raises `ContentUnavailable`."""
    with mongo.store(within=WITHIN) as db:
        if person_id is None:
            return db.course_telemetry.estimated_document_count()
        return db.course_telemetry.count_documents({"user_id": person_id})


def _of(person_ids: Sequence[int], begins: datetime, ends: datetime) -> Document:
    return {"user_id": {"$in": list(person_ids)}, "started_at": {"$gte": begins, "$lt": ends}, **SOUND}


# --- Damage ---------------------------------------------------------------------------------------

# In the order of their cases: nothing is added to what is no time.
TAKES_NO_TIME = {
    "$switch": {
        "branches": [
            {"case": {"$ne": [{"$type": "$started_at"}, "date"]}, "then": True},
            {"case": {"$lte": ["$ended_at", "$started_at"]}, "then": True},
            {
                "case": {"$gt": ["$ended_at", {"$add": ["$started_at", LONGEST // timedelta(milliseconds=1)]}]},
                "then": True,
            },
        ],
        "default": False,
    }
}
DAMAGED: Document = {
    "$or": [
        {"$nor": [{"$jsonSchema": mongo.json_schema(TimeEvent)}]},
        {"arrived": {"$not": {"$type": "timestamp"}}},
        {"$expr": TAKES_NO_TIME},
    ]
}


def take_away_damaged(keys: Sequence[str], *, because: str) -> int:
    """Delete those of these events that are damaged still, set aside; how many. Raises `ContentUnavailable`."""
    taken = 0
    with mongo.store(within=WITHIN) as db:
        for key in keys:
            found = {**walks.filter_of(key), **DAMAGED}
            if damaged := db.course_telemetry.find_one(found):
                set_aside(NAME, [damaged], because=because)
                taken += db.course_telemetry.delete_one(found).deleted_count
    return taken


def find_strangers(
    *, after: int, until: int, people: Sequence[int], courses: Sequence[int], written: datetime
) -> list[tuple[int, int, int]]:
    """Who, of the numbers after one up to another, isn't among these people, or learned in none of these courses.

    With the course, and how many events were written up to then. Raises `ContentUnavailable`.
    """
    here = {"$gt": after, "$lte": until}
    elsewhere = {"user_id": {"$in": list(people)}, "course_id": {"$nin": list(courses)}}
    found: list[tuple[int, int, int]] = []
    for query in ({"user_id": {**here, "$nin": list(people)}}, elsewhere):
        pipeline = [
            {"$match": {**query, "created_at": {"$lte": written}}},
            {"$group": {"_id": {"person": "$user_id", "course": "$course_id"}, "events": {"$sum": 1}}},
        ]
        with mongo.store(within=WITHIN) as db:
            groups = [(each["_id"], each["events"]) for each in db.course_telemetry.aggregate(pipeline)]
        found += [
            (int(each["person"]), int(each["course"]), number)
            for each, number in groups
            if is_whole(each.get("person")) and is_whole(each.get("course"))
        ]
    return sorted(found)


def delete_events(*, course_id: int | None = None, user_id: int | None = None) -> int:
    """Delete the events of a course, or of a person; how many. Raises `ContentUnavailable`."""
    query = {name: value for name, value in {"course_id": course_id, "user_id": user_id}.items() if value is not None}
    if not query:
        raise ValueError("whose events?")
    with mongo.store(within=WITHIN) as db:
        return db.course_telemetry.delete_many(query).deleted_count
