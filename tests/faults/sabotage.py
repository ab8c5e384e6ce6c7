"""Ways to break the promise that the stores agree, from outside the product: a harness that can't fail proves nothing.

Each takes one rule of DESIGN.md, section 1, away from the web server and the worker that run with `broken_settings`.
"""

import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Timer
from typing import Any

from django.apps import AppConfig
from django.db import connection, transaction

LONGEST_DELAY = 1.0
ROLLED_BACK = 0.3  # of all completions


class Sabotage(AppConfig):
    name = "tests.faults"
    label = "sabotage"

    def ready(self) -> None:
        WAYS[os.environ["SABOTAGE"]]()


def pointer_before_body() -> None:
    """The note that a copy stands is written before the copy."""
    from courses.content.progress import ProgressCopy
    from courses.services import projection

    write = projection.progress.write_copies

    def note_and_write(copies: Sequence[ProgressCopy], *, within: float | None = None) -> list[ProgressCopy]:
        with connection.cursor() as cursor:
            marks = [[copy.enrollment_id for copy in copies], [copy.version for copy in copies]]
            cursor.execute(projection.NOTE_PROJECTED, marks)
        return write(copies, within=within)

    projection.progress.write_copies = note_and_write


def no_version_guard() -> None:
    """A copy is written over whatever stands, some time after its home was read."""
    from courses.content.progress import AT_HOME_HERE, NOT_SUMMED_YET, ProgressCopy
    from courses.services import projection
    from learnflow.mongo import store

    def write(copies: Sequence[ProgressCopy]) -> None:
        with store() as db:
            for copy in copies:
                beside = {**NOT_SUMMED_YET, **AT_HOME_HERE}
                copied = {"$set": copy.fields(datetime.now(UTC)), "$setOnInsert": beside}
                db.progress.update_one(copy.key, copied, upsert=True)

    def write_late(copies: Sequence[ProgressCopy], *, within: float | None = None) -> list[ProgressCopy]:
        Timer(random.uniform(0, LONGEST_DELAY), write, [copies]).start()
        return list(copies)

    projection.progress.write_copies = write_late


def answer_before_commit() -> None:
    """Now and then a completion is acknowledged whose transaction was rolled back."""
    from courses.services.progress import complete_lesson
    from courses.views import lesson

    def promise(**act: Any) -> object:
        with transaction.atomic():
            outcome = complete_lesson(**act)
            transaction.set_rollback(random.random() < ROLLED_BACK)
        return outcome

    lesson.complete_lesson = promise


def place_before_document() -> None:
    """A lesson is placed before its document is written."""
    from courses.admin import lesson
    from courses.services import lessons

    add = lessons.add_lesson

    def place_and_add(*, lesson_id: str, body: dict[str, Any], section: Any = None, **act: Any) -> object:
        lessons.place_lesson(actor=act["actor"], course=act["course"], lesson_id=lesson_id, section=section)
        return add(lesson_id=lesson_id, body=body, section=section, **act)

    lesson.add_lesson = place_and_add


def beats_in_memory() -> None:
    """Beats are acknowledged before they are written, a moment later."""
    from telemetry.services import beats

    add = beats.add_events

    def add_later(events: Sequence[dict[str, Any]]) -> list[str]:
        Timer(random.uniform(0, LONGEST_DELAY), add, [events]).start()
        return [event["_id"] for event in events]

    beats.add_events = add_later


WAYS = {
    way.__name__: way
    for way in (pointer_before_body, no_version_guard, answer_before_commit, place_before_document, beats_in_memory)
}
