"""Telling the learners of a course of its new lessons: of any number, a batch at a time, each of them once."""

import time
from datetime import timedelta

from django.conf import settings
from django.db import connection

from discussions.models import Kind
from discussions.models.notification import USUAL
from discussions.services.notifications import COUNT_ONE_MORE, WHO_WANTS_TO_KNOW

BATCH = 1_000
# Whoever imports twenty lessons, or adds three in a row, is one piece of news.
GATHERING = timedelta(minutes=1)

ANNOUNCE = """
INSERT INTO announcements AS a (course_id, lesson_ids) VALUES (%s, ARRAY[%s]::varchar[])
    ON CONFLICT (course_id) WHERE reached = 0 DO UPDATE
   SET lesson_ids = ARRAY(SELECT DISTINCT unnest(a.lesson_ids || excluded.lesson_ids))
"""
# One batch, in one statement: the learners are told and `reached` moves, or neither. The announcement goes when nobody
# is left, or when the lessons are no longer there for learners.
STEP = f"""
WITH a AS MATERIALIZED (
    SELECT id, course_id, lesson_ids, reached FROM announcements
     WHERE created_at <= statement_timestamp() - %(gathering)s ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
), news AS MATERIALIZED (
    SELECT c.id AS course_id, count(*)::int AS times, (array_agg(cl.lesson_id ORDER BY cl.position))[1] AS lesson_id
      FROM a JOIN courses c ON c.id = a.course_id AND c.is_published
      JOIN course_lessons cl ON cl.course_id = c.id AND cl.is_published AND cl.lesson_id = ANY(a.lesson_ids)
     GROUP BY c.id
), batch AS MATERIALIZED (
    SELECT e.id, e.user_id, e.status, news.*
      FROM a JOIN news USING (course_id)
     CROSS JOIN LATERAL (SELECT id, user_id, status FROM enrollments
                          WHERE course_id = a.course_id AND id > a.reached ORDER BY id LIMIT %(size)s) AS e
), told AS (
    SELECT user_id, %(kind)s::text AS kind, %(usual)s::text AS usual, course_id, times, lesson_id
      FROM batch WHERE status <> 'cancelled'
), rows AS (
    INSERT INTO notifications AS n (user_id, kind, subject, course_id, lesson_id, times, email_due_at)
    SELECT u.id, told.kind, 'course ' || told.course_id, told.course_id, told.lesson_id, told.times, e.due
      FROM told {WHO_WANTS_TO_KNOW}
     ORDER BY u.id ON CONFLICT (user_id, kind, subject) WHERE read_at IS NULL {COUNT_ONE_MORE}
), moved AS (
    UPDATE announcements SET reached = (SELECT max(id) FROM batch)
     WHERE id = (SELECT id FROM a) AND EXISTS (SELECT FROM batch)
), done AS (
    DELETE FROM announcements WHERE id = (SELECT id FROM a) AND NOT EXISTS (SELECT FROM batch)
)
SELECT EXISTS (SELECT FROM a)
"""


def announce(*, course_id: int, lesson_id: str, **_of_the_signal: object) -> None:
    """Note that this course's learners are to be told of a lesson: one row, however many they are."""
    with connection.cursor() as cursor:
        cursor.execute(ANNOUNCE, [course_id, lesson_id])


def tell_learners(*, gathering: timedelta = GATHERING, seconds: float = 10, size: int = BATCH) -> int:
    """Go on with what was announced, for about so many seconds, at least a batch; how many batches that were.

    Any number of workers may do this at once, and end in the middle.
    """
    end = time.monotonic() + seconds
    values = {
        "gathering": gathering,
        "size": size,
        "kind": Kind.LESSON.value,
        "usual": USUAL[Kind.LESSON].value,
        "actor": None,
        "zone": settings.TIME_ZONE,
    }
    steps = 0
    with connection.cursor() as cursor:
        while not steps or time.monotonic() < end:
            cursor.execute(STEP, values)
            if not cursor.fetchone()[0]:
                break
            steps += 1
    return steps
