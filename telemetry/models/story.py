"""One person's courses with all their lessons, as administrators read them: one query, over this person's rows."""

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

COURSES = """
WITH mine AS MATERIALIZED (
    SELECT *, count(*) OVER () AS courses, sum(seconds_spent) OVER () AS all_seconds,
           max(last_activity) OVER () AS last_of_all
      FROM enrollments WHERE user_id = %(user)s
), shown AS MATERIALIZED (
    SELECT * FROM mine
     WHERE %(after)s::bigint IS NULL
        OR (last_activity, id) < (SELECT last_activity, id FROM mine WHERE id = %(after)s)
     ORDER BY last_activity DESC, id DESC LIMIT %(limit)s
), spent AS (
    SELECT course_id, lesson_id, sum(seconds_spent) AS seconds FROM telemetry
     WHERE user_id = %(user)s AND course_id IN (SELECT course_id FROM shown) GROUP BY course_id, lesson_id
)
SELECT e.id, c.slug, c.title, e.status, e.progress, e.seconds_spent, e.enrolled_at, e.completed_at, e.cancelled_at,
       e.last_activity, e.courses, e.all_seconds, e.last_of_all,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(
                   cl.lesson_id, cl.position, coalesce(p.progress_percent, 0), p.completed_at,
                   coalesce(spent.seconds, 0)) ORDER BY cl.position), '[]')
          FROM course_lessons cl
          LEFT JOIN lesson_progress p ON p.enrollment_id = e.id AND p.lesson_id = cl.lesson_id
          LEFT JOIN spent ON spent.course_id = e.course_id AND spent.lesson_id = cl.lesson_id
         WHERE cl.course_id = e.course_id AND cl.is_published)
  FROM shown e JOIN courses c ON c.id = e.course_id
 ORDER BY e.last_activity DESC, e.id DESC
"""


class LessonStory(NamedTuple):
    lesson_id: str
    position: int
    percent: int
    completed_at: datetime | None
    seconds: int


@dataclass(frozen=True)
class CourseStory:
    """One enrollment; `courses`, `all_seconds` and `last_of_all` are over all of this person's enrollments."""

    id: int
    slug: str
    title: str
    status: str
    progress: Decimal
    seconds: int
    enrolled_at: datetime
    completed_at: datetime | None
    cancelled_at: datetime | None
    last_activity: datetime
    courses: int
    all_seconds: int
    last_of_all: datetime
    lessons: list[LessonStory]

    @property
    def percent(self) -> int:
        """Cut: only what is done reads 100."""
        return int(self.progress)


def courses_of(user_id: int, *, after: int | None, limit: int) -> list[CourseStory]:
    """What they are or were enrolled in, used last first; `after` is an enrollment."""
    with connection.cursor() as cursor:
        cursor.execute(COURSES, {"user": user_id, "after": after, "limit": limit})
        return [CourseStory(*row[:-1], _lessons(row[-1])) for row in cursor.fetchall()]


def _lessons(found: str) -> list[LessonStory]:
    return [
        LessonStory(lesson_id, position, percent, datetime.fromisoformat(at) if at else None, seconds)
        for lesson_id, position, percent, at, seconds in json.loads(found)
    ]
