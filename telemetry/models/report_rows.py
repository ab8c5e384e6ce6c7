"""Rows of the administrators' reports: of courses, their categories and their lessons, from the figures of courses."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from telemetry.periods import Period

# Courses with what they had within a period.
COURSES = """
WITH had AS (
    SELECT course_id, sum(enrollments) AS enrollments, sum(completions) AS completions,
           sum(active_learners) AS active, sum(seconds_spent) AS seconds
      FROM course_days WHERE day BETWEEN %(first)s AND %(last)s GROUP BY course_id
), report AS MATERIALIZED (
    SELECT courses.id, courses.slug, title, is_published, categories.name AS category, enrollment_count AS enrolled,
           coalesce(completed, 0) AS completed, coalesce(mean_progress, 0) AS progress,
           coalesce(enrollments, 0) AS enrollments, coalesce(completions, 0) AS completions,
           round(coalesce(active, 0)::numeric / %(days)s, 1) AS active, coalesce(had.seconds, 0) AS seconds
      FROM courses
      JOIN categories ON categories.id = category_id
      LEFT JOIN course_figures ON course_figures.course_id = courses.id
      LEFT JOIN had ON had.course_id = courses.id
)
SELECT * FROM report
 WHERE %(after)s::bigint IS NULL
    OR ({by}, id) {beyond} (SELECT {by}, id FROM report WHERE id = %(after)s)
 ORDER BY {by} {direction}, id {direction} LIMIT %(limit)s
"""
COURSE_SORTS = ("enrolled", "completed", "progress", "enrollments", "completions", "active", "seconds")

CATEGORIES = """
WITH had AS (
    SELECT category_id, sum(enrollments) AS enrollments, sum(completions) AS completions, sum(seconds_spent) AS seconds
      FROM course_days JOIN courses ON courses.id = course_id
     WHERE day BETWEEN %(first)s AND %(last)s GROUP BY category_id
), stand AS (
    SELECT category_id, count(*) FILTER (WHERE is_published) AS courses, sum(enrollment_count) AS enrolled,
           sum(mean_progress * learners) / nullif(sum(learners), 0) AS progress
      FROM courses LEFT JOIN course_figures ON course_figures.course_id = courses.id GROUP BY category_id
)
SELECT id, slug, name, coalesce(stand.courses, 0), coalesce(enrolled, 0), coalesce(progress, 0),
       coalesce(enrollments, 0), coalesce(completions, 0), coalesce(seconds, 0)
  FROM categories
  LEFT JOIN stand ON stand.category_id = id
  LEFT JOIN had ON had.category_id = id
 ORDER BY coalesce(enrolled, 0) DESC, name, id
"""

LESSONS = """
SELECT f.id, f.lesson_id, c.slug, c.title, cl.position, f.mean_progress, k.learners, f.reached, f.completed,
       f.median_seconds
  FROM lesson_figures f
  JOIN course_figures k ON k.course_id = f.course_id AND k.learners >= %(at_least)s
  JOIN course_lessons cl ON cl.course_id = f.course_id AND cl.lesson_id = f.lesson_id AND cl.is_published
  JOIN courses c ON c.id = f.course_id
 WHERE %(after)s::bigint IS NULL
    OR (f.mean_progress, f.id) > (SELECT mean_progress, id FROM lesson_figures WHERE id = %(after)s)
 ORDER BY f.mean_progress, f.id LIMIT %(limit)s
"""

TOTALS = """
SELECT (SELECT coalesce(sum(sign_ups), 0) FROM site_days), (SELECT count(*) FROM courses WHERE is_published),
       (SELECT coalesce(sum(enrollment_count), 0) FROM courses), coalesce(sum(completed), 0),
       coalesce(sum(seconds_spent), 0), (SELECT max(computed_at) FROM site_days)
  FROM course_figures
"""


class Totals(NamedTuple):
    """Of the whole site as it stands; `courses` are the published ones, `as_of` is when a day was last counted."""

    people: int
    courses: int
    enrollments: int
    completions: int
    seconds_spent: int
    as_of: datetime | None


class CourseRow(NamedTuple):
    """Counts but for `progress` (the mean of its learners), `active` (learners on a day) and `seconds`."""

    id: int
    slug: str
    title: str
    is_published: bool
    category: str
    enrolled: int
    completed: int
    progress: Decimal
    enrollments: int
    completions: int
    active: Decimal
    seconds: int


class CategoryRow(NamedTuple):
    id: int
    slug: str
    name: str
    courses: int
    enrolled: int
    progress: Decimal
    enrollments: int
    completions: int
    seconds: int


class LessonRow(NamedTuple):
    """Of one lesson in one course."""

    id: int
    lesson_id: str
    slug: str
    course_title: str
    position: int
    progress: Decimal
    learners: int
    reached: int
    completed: int
    median_seconds: int | None


def site_totals() -> Totals:
    """In one query, which goes through days and courses, not through people."""
    [row] = _rows(TOTALS, {})
    return Totals(*row)


def course_rows(period: Period, *, sort: str, after: int | None, limit: int) -> list[CourseRow]:
    """All courses, drafts as well, by one of `COURSE_SORTS` (with a minus: the largest first)."""
    by = sort.removeprefix("-")
    assert by in COURSE_SORTS
    direction, beyond = ("DESC", "<") if sort.startswith("-") else ("ASC", ">")
    statement = COURSES.format(by=by, direction=direction, beyond=beyond)
    given = {"first": period.first, "last": period.last, "days": period.length, "after": after, "limit": limit}
    return [CourseRow(*row) for row in _rows(statement, given)]


def category_rows(period: Period) -> list[CategoryRow]:
    """All categories, those with most enrollments first."""
    return [CategoryRow(*row) for row in _rows(CATEGORIES, {"first": period.first, "last": period.last})]


def lesson_rows(*, at_least: int, after: int | None, limit: int) -> list[LessonRow]:
    """Lessons that learners see, in courses with at least so many of them: the lowest mean progress first."""
    return [LessonRow(*row) for row in _rows(LESSONS, {"at_least": at_least, "after": after, "limit": limit})]


def _rows(statement: str, given: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()
