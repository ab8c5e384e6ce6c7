"""Fills stores of this release, in a process of its own, with many lessons; prints what people need to work at some."""

import json
import sys
from datetime import UTC, datetime

import django

NOBODYS_LESSONS, NOBODYS_REVISIONS = 1_200, 300


def fill() -> dict[str, object]:
    from courses import content
    from telemetry import events
    from tests.faults.world import fill

    content.set_up()
    events.set_up()
    known = fill()
    _add_what_nobody_touches()
    return known


def _add_what_nobody_touches() -> None:
    """Lessons beyond one batch of the walk, and revisions from before they said in which shape they are."""
    from bson import ObjectId

    from courses.content import lessons
    from learnflow import mongo
    from tests.factories import text_body

    db = mongo.database()
    pattern = db.lessons.find_one()
    db.lessons.insert_many([{**pattern, "_id": ObjectId()} for _ in range(NOBODYS_LESSONS)])
    revision = {"version": 1, "body": text_body(), "author_id": None, "created_at": datetime.now(UTC)}
    ids = (lessons.new_lesson_id() for _ in range(NOBODYS_REVISIONS))
    db.lesson_revisions.insert_many([{"_id": ObjectId(), "lesson_id": each, **revision} for each in ids])


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(fill()))
