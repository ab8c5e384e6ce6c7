"""Beats: what a lesson page says of how long it was used. Nothing of it is believed that the clock doesn't allow."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from accounts.rate_limits import COUNT_A_TRY, Limit, take_try_back
from learnflow.mongo import ContentUnavailable, Document
from telemetry.events import add_events
from telemetry.page_views import PageView

if TYPE_CHECKING:
    from accounts.models import User

LONGEST_MS = 30_000
OLDEST_MS = 900_000
# A page sends about 200 an hour, and those twice of which it can't know that they arrived; one may use several devices.
# Rounds of summing read a person's day whole, so a day bounds what one can make each of them cost.
BEATS = Limit("beats", 8_000, timedelta(days=1))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

# Which of the lessons asked for count for this person now, by their numbers, and how often they tried, in one
# statement. Nobody misses the count of a few tries after a crash, so the commit doesn't wait for the disk.
MAY_BE_COUNTED = f"""
WITH tried AS ({COUNT_A_TRY})
SELECT tried.count, tried.window_start, set_config('synchronous_commit', 'off', true), ARRAY(
    SELECT asked.number
      FROM unnest(%(courses)s::bigint[], %(lessons)s::text[]) WITH ORDINALITY AS asked (course_id, lesson_id, number)
      JOIN enrollments e ON e.user_id = %(user)s AND e.course_id = asked.course_id AND e.status <> 'cancelled'
      JOIN courses c ON c.id = e.course_id AND (c.is_published OR %(sees_all)s OR c.instructor_id = %(teaches)s)
      JOIN course_lessons cl ON cl.course_id = c.id AND cl.lesson_id = asked.lesson_id AND cl.is_published
) FROM tried
"""


class NotCounted(Exception):
    """None of it may be counted: another's page, no standing enrollment, or the lesson is gone."""


class Beat(NamedTuple):
    """What the page claims: it was used for so many seconds, which ended `age` seconds ago. Any finite numbers."""

    id: str
    view: PageView
    seconds: float
    age: float


class Interval(NamedTuple):
    """On the web server's clock, in milliseconds since 1970."""

    start: int
    end: int


def record_beats(*, learner: "User", beats: Sequence[Beat], now: datetime | None = None) -> list[str]:
    """Count these beats; the ids of those that are counted, now or before. The same again changes nothing.

    Those without any time in them, or of which it isn't so, are left out. Raises `NotCounted` when none may be
    counted, `TooManyTries`, and `ContentUnavailable`: then they may be sent again. Within no transaction, for its
    commit wouldn't wait for the disk.
    """
    now_ms = (now - EPOCH) // MILLISECOND if now else time.time_ns() // 1_000_000
    mine = [beat for beat in beats if beat.view.person_id == learner.pk]
    allowed = _counting_lessons(learner, mine, tries=len(beats))
    if not allowed:
        raise NotCounted
    events = [
        _event(beat, learner, interval, now_ms)
        for beat in mine
        if (beat.view.course_id, beat.view.lesson_id) in allowed and (interval := place(beat, now_ms))
    ]
    try:
        standing = add_events(events)
    except ContentUnavailable:
        take_try_back(BEATS, str(learner.pk), number=len(beats))  # the page can't help it, and will ask again
        raise
    return [event_id.partition(":")[2] for event_id in standing]


def place(beat: Beat, now_ms: int) -> Interval | None:
    """Where a beat lies on our clock: at most 30 s, ended within the last 900 s, never before its page view began.

    None when nothing is left of it.
    """
    end = now_ms - _clamped(beat.age, OLDEST_MS)
    start = max(end - _clamped(beat.seconds, LONGEST_MS), beat.view.begun_ms)
    return Interval(start, end) if start < end else None


def _clamped(seconds: float, most_ms: int) -> int:
    return round(1000 * min(max(seconds, 0.0), most_ms / 1000))


def _counting_lessons(learner: "User", beats: Sequence[Beat], *, tries: int) -> set[tuple[int, str]]:
    """(course, lesson) of those that count. Raises `TooManyTries`."""
    asked = sorted({(beat.view.course_id, beat.view.lesson_id) for beat in beats})
    arguments: dict[str, Any] = {
        **BEATS.arguments(str(learner.pk), number=tries),
        "user": learner.pk,
        "courses": [course_id for course_id, _ in asked],
        "lessons": [lesson_id for _, lesson_id in asked],
        "sees_all": learner.is_admin,
        "teaches": learner.pk if learner.is_staff else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(MAY_BE_COUNTED, arguments)
        count, window_start, _, numbers = cursor.fetchone()
    BEATS.check(count, window_start)
    return {asked[number - 1] for number in numbers}


def _event(beat: Beat, learner: "User", interval: Interval, now_ms: int) -> Document:
    started_at = moment(interval.start)
    offset = started_at.astimezone(learner.zone).utcoffset() or timedelta()
    return {
        "_id": f"{learner.pk}:{beat.id}",
        "user_id": learner.pk,
        "course_id": beat.view.course_id,
        "lesson_id": beat.view.lesson_id,
        "started_at": started_at,
        "ended_at": moment(interval.end),
        "seconds_spent": (interval.end - interval.start) / 1000,
        "utc_offset": offset // timedelta(minutes=1),
        "claimed": {"seconds": beat.seconds, "age": beat.age},
        "session": beat.view.session,
        "created_at": moment(now_ms),
    }


def moment(milliseconds: int) -> datetime:
    """So many milliseconds after the beginning of 1970."""
    return EPOCH + milliseconds * MILLISECOND
