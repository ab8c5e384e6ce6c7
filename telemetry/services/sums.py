"""Writing what people's events come to: rows by day, and what is summed from these rows.

All values are absolute. Doing it again changes nothing.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from courses.content.progress import TimesCopy, write_times
from courses.models.locks import hold_both_stores
from telemetry.models.standing import week_of
from telemetry.services.rounds import Round
from telemetry.union import PersonSums

WEEKS_KEPT = 8  # of standings, beside the present one
WEEK = timedelta(days=7)

Pair = tuple[int, int, datetime | None]  # person, course, and when the last event there ended

# Whoever deletes one of these waits, or has done it and no row is written.
HOLD = "SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
WRITE_ROWS = """
INSERT INTO telemetry AS t (user_id, course_id, lesson_id, day, seconds_spent, events)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::int[], %s::int[])
    ON CONFLICT (user_id, course_id, lesson_id, day)
    DO UPDATE SET seconds_spent = excluded.seconds_spent, events = excluded.events, updated_at = now()
 WHERE (t.seconds_spent, t.events) <> (excluded.seconds_spent, excluded.events)
"""
# Of these people on these days, those that aren't among those written.
DELETE_ROWS = """
WITH written AS MATERIALIZED (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[]) AS w(user_id, course_id, lesson_id, day)
)
DELETE FROM telemetry t
 WHERE t.user_id = ANY(%s) AND t.day BETWEEN %s AND %s
   AND NOT EXISTS (SELECT FROM written w WHERE w.user_id = t.user_id AND w.course_id = t.course_id
                      AND w.lesson_id = t.lesson_id AND w.day = t.day)
RETURNING t.user_id, t.course_id
"""
# The sums of all rows of a person in a course, into the enrollment; with the seconds by lesson, for the document.
SUM_UP = """
WITH pairs AS MATERIALIZED (
    SELECT user_id, course_id, max(latest) AS latest
      FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS p(user_id, course_id, latest)
     GROUP BY user_id, course_id
), held AS MATERIALIZED (
    SELECT e.id, e.user_id, e.course_id, p.latest
      FROM enrollments e JOIN pairs p USING (user_id, course_id)
     ORDER BY e.id FOR NO KEY UPDATE OF e
), sums AS MATERIALIZED (
    SELECT h.id, h.user_id, h.course_id, h.latest, s.lessons, s.seconds
      FROM held h CROSS JOIN LATERAL (
           SELECT coalesce(jsonb_object_agg(lesson_id, seconds), '{}') AS lessons, coalesce(sum(seconds), 0) AS seconds
             FROM (SELECT lesson_id, sum(seconds_spent) AS seconds FROM telemetry t
                    WHERE t.user_id = h.user_id AND t.course_id = h.course_id GROUP BY lesson_id) AS l) AS s
), changed AS (
    UPDATE enrollments e
       SET seconds_spent = s.seconds, last_activity = greatest(e.last_activity, s.latest)
      FROM sums s
     WHERE e.id = s.id AND (e.seconds_spent <> s.seconds OR e.last_activity < s.latest)
)
SELECT id, user_id, course_id, lessons FROM sums
"""
# Weeks are of the learners' own days. A standing that comes to nothing stays, with nothing.
WRITE_STANDINGS = """
INSERT INTO weekly_standings AS w (enrollment_id, course_id, week, seconds_spent)
SELECT e.id, e.course_id, weeks.week, sums.seconds
  FROM enrollments e CROSS JOIN unnest(%s::date[]) AS weeks(week) CROSS JOIN LATERAL (
       SELECT coalesce(sum(t.seconds_spent), 0) AS seconds FROM telemetry t
        WHERE t.user_id = e.user_id AND t.course_id = e.course_id
          AND t.day >= weeks.week AND t.day < weeks.week + 7) AS sums
 WHERE e.id = ANY(%s) AND (sums.seconds > 0 OR EXISTS (
       SELECT FROM weekly_standings o WHERE o.enrollment_id = e.id AND o.week = weeks.week AND o.seconds_spent > 0))
 ORDER BY e.id, weeks.week
    ON CONFLICT (enrollment_id, week) DO UPDATE SET seconds_spent = excluded.seconds_spent, updated_at = now()
 WHERE w.seconds_spent <> excluded.seconds_spent
"""


@dataclass
class Written:
    """How many rows differed from what stood, and how many went."""

    rows: int = 0
    deleted: int = 0


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def write_sums(
    mine: Round,
    sums: Sequence[PersonSums],
    *,
    first_day: date,
    last_day: date,
    also: Iterable[tuple[int, int]] = (),
) -> Written:
    """Write what these people's events come to on these days, and what follows from it in both stores.

    `sums` holds everybody whose days these are, also those without events. The sums of `also`, people and courses,
    are written anew whether there are events or not. Called outside any transaction.
    Raises `RoundLost` and `ContentUnavailable`.
    """
    with transaction.atomic():
        hold_both_stores()
        mine.hold()
        with connection.cursor() as cursor:
            standing = _standing(cursor, sums)
            written, emptied = _write_rows(cursor, standing, first_day, last_day)
            pairs: list[tuple[int, int, datetime | None]] = [
                (each.person_id, *latest) for each in standing for latest in each.latest.items()
            ]
            pairs += [(person_id, course_id, None) for person_id, course_id in {*emptied, *also}]
            cursor.execute(SUM_UP, _columns(pairs, 3))
            found = cursor.fetchall()
            if weeks := _weeks(first_day, last_day):
                cursor.execute(WRITE_STANDINGS, [weeks, [enrollment_id for enrollment_id, *_rest in found]])
    write_times(
        [TimesCopy(user_id, course_id, mine.version, json.loads(lessons)) for _, user_id, course_id, lessons in found]
    )
    return written


def _standing(cursor: CursorWrapper, sums: Sequence[PersonSums]) -> list[PersonSums]:
    """Of these sums, those of people and courses that stand, and go on standing until the commit."""
    cursor.execute(HOLD.format(table="users"), [[each.person_id for each in sums]])
    people = {pk for (pk,) in cursor.fetchall()}
    # MongoDB's long is a type of its own, which PostgreSQL's driver won't mix with others.
    cursor.execute(HOLD.format(table="courses"), [sorted({int(course) for each in sums for course in each.latest})])
    courses = {pk for (pk,) in cursor.fetchall()}
    return [
        PersonSums(
            each.person_id,
            {
                (int(course), lesson, day): spent
                for (course, lesson, day), spent in each.spent.items()
                if course in courses
            },
            {int(course): latest for course, latest in each.latest.items() if course in courses},
        )
        for each in sums
        if each.person_id in people
    ]


def _write_rows(
    cursor: CursorWrapper, sums: Sequence[PersonSums], first_day: date, last_day: date
) -> tuple[Written, set[tuple[int, int]]]:
    """What was written; and the people and courses of rows that are no more."""
    rows = [
        (each.person_id, *place, spent.seconds, spent.events)
        for each in sums
        for place, spent in each.spent.items()
        if first_day <= place[2] <= last_day and spent.seconds
    ]
    columns = _columns(rows, 6)
    cursor.execute(WRITE_ROWS, columns)
    written = Written(rows=cursor.rowcount)
    cursor.execute(DELETE_ROWS, [*columns[:4], [each.person_id for each in sums], first_day, last_day])
    emptied = cursor.fetchall()
    written.deleted = len(emptied)
    return written, set(emptied)


def _columns(rows: Sequence[tuple[object, ...]], number: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(number)]


def _weeks(first_day: date, last_day: date) -> list[date]:
    """The Mondays of the weeks of these days, as far as standings are kept."""
    monday, weeks = max(monday_of(first_day), week_of(timezone.now()) - WEEKS_KEPT * WEEK), []
    while monday <= last_day:
        weeks.append(monday)
        monday += WEEK
    return weeks
