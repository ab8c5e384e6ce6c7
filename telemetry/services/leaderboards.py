"""Rungs of long leaderboards, so that a rank costs the same however many learn."""

from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from telemetry.models.leaderboard import Board
from telemetry.models.standing import week_of

LONG = 1_000  # learners; ranks of shorter boards, and the first so many of long ones, are counted
STEP = 256  # places from one rung to the next
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('leaderboard of ' || %s, 0))"

# Courses in which something happened since, or that were looked at an hour ago: nothing says that somebody hid or left.
# Time arrives up to a quarter of an hour late, so what happened shortly before counts, too.
# A board of a hundred thousand is made anew in well under a second, but no more often than each hundred seconds; and
# while an outline is being changed, no progress holds.
DUE = """
SELECT c.id, c.outline_version FROM courses c
  LEFT JOIN LATERAL (
       SELECT min(r.made_at) AS made_at, min(r.outline_version) AS outline_version FROM leaderboard_rungs r
        WHERE r.course_id = c.id AND r.above = 0 AND r.board IN ('', %(week)s)
       HAVING count(*) = 2) AS made ON true
 WHERE c.enrollment_count > %(long)s AND c.settled_version >= c.outline_version
   AND (made.made_at IS NULL OR made.outline_version <> c.outline_version
        OR made.made_at < now() - interval '1 hour'
        OR made.made_at < now() - c.enrollment_count * interval '1 millisecond'
           AND EXISTS (SELECT FROM enrollments e WHERE e.course_id = c.id
                         AND e.last_activity >= made.made_at - interval '20 minutes'))
 ORDER BY c.id
"""
# Of past weeks, and of courses that have few learners now.
FORGET = """
DELETE FROM leaderboard_rungs r USING courses c
 WHERE c.id = r.course_id AND (r.board NOT IN ('', %(week)s) OR c.enrollment_count <= %(long)s)
"""
# The first rung lies above all.
MAKE = """
WITH standings AS (
    SELECT {points} AS points, {seconds} AS seconds, count(*) AS n FROM {ranked} GROUP BY 1, 2
), places AS (
    SELECT points, seconds, sum(n) OVER (ORDER BY points * -1, seconds) - n AS above FROM standings
), steps AS (
    SELECT *, div(above, %(step)s) AS step, lag(div(above, %(step)s)) OVER (ORDER BY above) AS step_before
      FROM places WHERE above >= %(long)s
)
INSERT INTO leaderboard_rungs (course_id, board, points, seconds, above, outline_version)
SELECT c.id, %(board)s, found.points, found.seconds, found.above, c.outline_version
  FROM (SELECT points, seconds, above FROM steps WHERE step IS DISTINCT FROM step_before
         UNION ALL SELECT 99999, 0, 0) AS found
  JOIN courses c ON c.id = %(course)s
"""


class Long(NamedTuple):
    """A course with a long leaderboard."""

    course_id: int
    outline_version: int


def refresh_rungs(*, long: int = LONG, step: int = STEP) -> int:
    """Make the rungs of long leaderboards anew where something happened; of how many courses. Forget those of others.

    Boards of all time and of this week, of courses with more than `long` learners.
    """
    week = week_of(timezone.now())
    which: dict[str, Any] = {"week": week.isoformat(), "long": long}
    with connection.cursor() as cursor:
        cursor.execute(FORGET, which)
        cursor.execute(DUE, which)
        due = [Long(*row) for row in cursor.fetchall()]
    for course in due:
        for board in (Board(*course), Board(*course, week=week)):
            make_rungs(board, long=long, step=step)
    return len(due)


def make_rungs(board: Board, *, long: int = LONG, step: int = STEP) -> None:
    """The rungs of one leaderboard, as it stands now: one each `step` places, below the first `long`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD, [f"{board.course_id} {board.name}"])
        which: dict[str, Any] = {"course": board.course_id, "board": board.name}
        cursor.execute("DELETE FROM leaderboard_rungs WHERE course_id = %(course)s AND board = %(board)s", which)
        cursor.execute(board.sql(MAKE), board.arguments | {"long": long, "step": step})
