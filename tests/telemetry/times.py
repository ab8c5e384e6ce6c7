"""Time that people spend in tests: real events, as the site inserts them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bson import Timestamp

from learnflow import mongo
from telemetry.services.rollup import roll_up

PIECE = 30.0  # seconds of one beat
KEPT = datetime(2100, 1, 1, tzinfo=UTC)  # whatever a test says of today, MongoDB deletes by its own clock


def spend(person, course, lesson_id, *, began: datetime, seconds: float, zone=None):
    """Events of 30 seconds and less, one after the other; the keys of them. `zone` is the person's own by default."""
    events, end = [], began + timedelta(seconds=seconds)
    while began < end:
        until = min(began + timedelta(seconds=PIECE), end)
        events.append(an_event(person, course, lesson_id, began, until, zone or person.zone))
        began = until
    if events:
        mongo.database().course_telemetry.insert_many(events, ordered=False)
    return [each["_id"] for each in events]


def an_event(person, course, lesson_id, began, ended, zone):
    offset = began.astimezone(zone).utcoffset()
    length = (ended - began).total_seconds()
    return {
        "_id": f"{person.pk}:{uuid4()}",
        "user_id": person.pk,
        "course_id": course.pk,
        "lesson_id": lesson_id,
        "started_at": began,
        "ended_at": ended,
        "seconds_spent": length,
        "utc_offset": int(offset.total_seconds() // 60),
        "claimed": {"seconds": length, "age": 0.0},
        "session": "a page view",
        "created_at": KEPT,
        "arrived": Timestamp(0, 0),
    }


def rolled_up():
    """Do what the worker does every minute."""
    return roll_up()
