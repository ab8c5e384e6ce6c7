"""Days of the whole site, made anew from their homes: who joined, what courses had on them, who learned, what was said.

A day is always written whole, so doing it twice changes nothing. What courses had is taken from their own days: a page
of the site never says another sum than the pages of its courses.
"""

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.db import connection, transaction

from telemetry.conversation import comments_by_day
from telemetry.models.site_day import LEADERS, SAMPLE
from telemetry.periods import DAY, Period, today
from telemetry.services.figures import HAVE_TIME

# A statement goes through as many days.
BATCH_DAYS = 31
# Yesterday may still be today where a learner lives, and time arrives up to a quarter of an hour late.
RECENT_DAYS = 2
# People's own day may already be tomorrow.
AHEAD = DAY

EARLIEST = """
SELECT least((SELECT min(day) FROM course_days),
             (SELECT (min(created_at) AT TIME ZONE %(zone)s)::date FROM users))
"""
REFRESH = """
WITH joined AS (
    SELECT (created_at AT TIME ZONE %(zone)s)::date AS day, count(*) AS number FROM users
     WHERE created_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
       AND created_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
     GROUP BY 1
), happened AS (
    SELECT day, sum(enrollments) AS enrollments, sum(cancellations) AS cancellations, sum(completions) AS completions,
           sum(lessons_completed) AS lessons_completed, sum(seconds_spent) AS seconds_spent
      FROM course_days WHERE day BETWEEN %(first)s AND %(last)s GROUP BY day
), learning AS (
    SELECT day, user_id, sum(seconds_spent) AS seconds, hashint8extended(user_id, 0) AS mark
      FROM telemetry WHERE day BETWEEN %(first)s AND %(last)s AND seconds_spent > 0 GROUP BY day, user_id
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY day ORDER BY mark) AS place_by_mark,
           row_number() OVER (PARTITION BY day ORDER BY seconds DESC, user_id) AS place
      FROM learning
), learned AS (
    SELECT day, count(*) AS number,
           array_agg(mark ORDER BY mark) FILTER (WHERE place_by_mark <= %(sample)s) AS marks,
           array_agg(user_id ORDER BY place) FILTER (WHERE place <= %(leaders)s) AS leaders,
           array_agg(seconds ORDER BY place) FILTER (WHERE place <= %(leaders)s) AS leader_seconds
      FROM ranked GROUP BY day
), said AS (
    SELECT * FROM unnest(%(said_on)s::date[], %(said)s::int[]) AS said (day, number)
)
INSERT INTO site_days (day, sign_ups, enrollments, cancellations, completions, lessons_completed, active_people,
                       seconds_spent, comments, marks, leaders, leader_seconds, computed_at)
SELECT each::date, coalesce(joined.number, 0), coalesce(enrollments, 0), coalesce(cancellations, 0),
       coalesce(completions, 0), coalesce(lessons_completed, 0), coalesce(learned.number, 0),
       coalesce(seconds_spent, 0), coalesce(said.number, 0), coalesce(marks, '{}'), coalesce(leaders, '{}'),
       coalesce(leader_seconds, '{}'), now()
  FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS each
  LEFT JOIN joined ON joined.day = each::date
  LEFT JOIN happened ON happened.day = each::date
  LEFT JOIN learned ON learned.day = each::date
  LEFT JOIN said ON said.day = each::date
 ORDER BY each
    ON CONFLICT (day) DO UPDATE SET
       sign_ups = excluded.sign_ups, enrollments = excluded.enrollments, cancellations = excluded.cancellations,
       completions = excluded.completions, lessons_completed = excluded.lessons_completed,
       active_people = excluded.active_people, seconds_spent = excluded.seconds_spent, comments = excluded.comments,
       marks = excluded.marks, leaders = excluded.leaders, leader_seconds = excluded.leader_seconds,
       computed_at = excluded.computed_at
"""


def refresh_site_days(first: date | None = None) -> int:
    """Make the days from `first` on anew; without it the last ones, or all of them when there are none yet.

    A statement goes through 31 days, each in a transaction of its own. Returns how many days there were.
    """
    period = Period(first or _first_due(), today() + AHEAD)
    for batch in _batches(period):
        _refresh(batch)
    return period.length


def refresh_all_site_days() -> int:
    """Make all days anew, from the first on which anything happened; how many there were."""
    return refresh_site_days(_earliest())


def _first_due() -> date:
    """The last days, and those since the worker did this last: it may have been away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT (max(computed_at) AT TIME ZONE %s)::date FROM site_days", [settings.TIME_ZONE])
        row = cursor.fetchone()
    recent = today() - (RECENT_DAYS - 1) * DAY
    return min(recent, row[0] - DAY) if row and row[0] else _earliest()


def _earliest() -> date:
    with connection.cursor() as cursor:
        cursor.execute(EARLIEST, {"zone": settings.TIME_ZONE})
        row = cursor.fetchone()
    return min(row[0], today()) if row and row[0] else today()


def _batches(period: Period) -> Iterator[Period]:
    for number in range(0, period.length, BATCH_DAYS):
        first = period.first + number * DAY
        yield Period(first, min(first + (BATCH_DAYS - 1) * DAY, period.last))


def _refresh(period: Period) -> None:
    said = comments_by_day(period)
    given = {
        "first": period.first,
        "last": period.last,
        "zone": settings.TIME_ZONE,
        "sample": SAMPLE,
        "leaders": LEADERS,
        "said_on": list(said),
        "said": list(said.values()),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HAVE_TIME)
        cursor.execute(REFRESH, given)
