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
READ_ROWS = """
SELECT user_id, course_id, lesson_id, day, seconds_spent, events FROM telemetry
 WHERE user_id = ANY(%s) AND day BETWEEN %s AND %s
"""
WRITE_ROWS = """
INSERT INTO telemetry AS t (user_id, course_id, lesson_id, day, seconds_spent, events)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::int[], %s::int[])
    ON CONFLICT (user_id, course_id, lesson_id, day)
    DO UPDATE SET seconds_spent = excluded.seconds_spent, events = excluded.events, updated_at = now()
"""
DELETE_ROWS = """
DELETE FROM telemetry t
 USING unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[]) AS gone(user_id, course_id, lesson_id, day)
 WHERE t.user_id = gone.user_id AND t.course_id = gone.course_id AND t.lesson_id = gone.lesson_id AND t.day = gone.day
"""
# The sums of all rows of a person in a course, into the enrollment; with the seconds by lesson, for the document, and
# by week, for standings, from a day on.
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
    SELECT h.id, h.user_id, h.course_id, h.latest, s.*
      FROM held h CROSS JOIN LATERAL (
           SELECT coalesce(jsonb_object_agg(lesson_id, seconds) FILTER (WHERE lesson_id IS NOT NULL), '{}') AS lessons,
                  coalesce(jsonb_object_agg(week, seconds) FILTER (WHERE week IS NOT NULL), '{}') AS weeks,
                  coalesce(sum(seconds) FILTER (WHERE lesson_id IS NOT NULL), 0) AS seconds
             FROM (SELECT lesson_id, week, sum(seconds_spent) AS seconds
                     FROM telemetry t, CAST(CASE WHEN day >= %s THEN date_trunc('week', day) END AS date) AS week
                    WHERE t.user_id = h.user_id AND t.course_id = h.course_id
                    GROUP BY GROUPING SETS ((lesson_id), (week))) AS l) AS s
), changed AS (
    UPDATE enrollments e
       SET seconds_spent = s.seconds, last_activity = greatest(e.last_activity, s.latest)
      FROM sums s
     WHERE e.id = s.id AND (e.seconds_spent <> s.seconds OR e.last_activity < s.latest)
)
SELECT id, user_id, course_id, lessons, weeks FROM sums
"""
# Weeks are of the learners' own days. A standing that comes to nothing stays, with nothing.
WRITE_STANDINGS = """
INSERT INTO weekly_standings (enrollment_id, course_id, week, seconds_spent)
SELECT coalesce(s.id, o.enrollment_id), coalesce(s.course_id, o.course_id), coalesce(s.week, o.week),
       coalesce(s.seconds, 0)
  FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::int[]) AS s(id, course_id, week, seconds)
  FULL JOIN (SELECT * FROM weekly_standings WHERE enrollment_id = ANY(%s) AND week >= %s) AS o
    ON o.enrollment_id = s.id AND o.week = s.week
 WHERE coalesce(s.seconds, 0) <> coalesce(o.seconds_spent, 0)
 ORDER BY 1, 3
    ON CONFLICT (enrollment_id, week) DO UPDATE SET seconds_spent = excluded.seconds_spent, updated_at = now()
"""


@dataclass(frozen=True)
class Written:
    """How many rows differed from what stood, and how many went."""

    rows: int = 0
    deleted: int = 0


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
            copies = _sum_up(cursor, pairs, mine.version)
    write_times(copies)
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
    cursor.execute(READ_ROWS, [[each.person_id for each in sums], first_day, last_day])
    standing = {row[:4]: row[4:] for row in cursor.fetchall()}
    rows = {
        (each.person_id, *place): (spent.seconds, spent.events)
        for each in sums
        for place, spent in each.spent.items()
        if first_day <= place[2] <= last_day and spent.seconds
    }
    changed = [(*place, *says) for place, says in rows.items() if standing.get(place) != says]
    gone = list(standing.keys() - rows.keys())
    if changed:
        cursor.execute(WRITE_ROWS, _columns(changed, 6))
    if gone:
        cursor.execute(DELETE_ROWS, _columns(gone, 4))
    return Written(len(changed), len(gone)), {(person_id, course_id) for person_id, course_id, *_rest in gone}


def _sum_up(cursor: CursorWrapper, pairs: Sequence[Pair], version: int) -> list[TimesCopy]:
    """Write enrollments and standings; the copies that documents should be."""
    first = week_of(timezone.now()) - WEEKS_KEPT * WEEK
    cursor.execute(SUM_UP, [*_columns(pairs, 3), first])
    found = cursor.fetchall()
    weeks = [
        (enrollment_id, course_id, week, seconds)
        for enrollment_id, _user_id, course_id, _lessons, by_week in found
        for week, seconds in json.loads(by_week).items()
    ]
    cursor.execute(WRITE_STANDINGS, [*_columns(weeks, 4), [enrollment_id for enrollment_id, *_rest in found], first])
    return [TimesCopy(user, course, version, json.loads(lessons)) for _id, user, course, lessons, _weeks in found]


def _columns(rows: Sequence[tuple[object, ...]], number: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(number)]
