"""What PostgreSQL says of progress, read in the order in which the documents stand."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from courses.content.consistency.copies import PersonAndCourse
from courses.services.projection import PERCENTS

READ_HOMES = f"""
SELECT e.id, e.user_id, e.course_id, e.version, e.projected_version, home.percents
  FROM chosen AS e
 CROSS JOIN LATERAL (SELECT {PERCENTS} AS percents FROM lesson_progress p WHERE p.enrollment_id = e.id) AS home
 ORDER BY e.user_id, e.course_id
"""
READ_AFTER_A_KEY = f"""
WITH chosen AS MATERIALIZED (
    SELECT * FROM enrollments WHERE (user_id, course_id) > (%s, %s) ORDER BY user_id, course_id LIMIT %s
) {READ_HOMES}
"""
READ_OF_KEYS = f"""
WITH wanted AS (
    SELECT DISTINCT * FROM unnest(%s::bigint[], %s::bigint[]) AS pair(user_id, course_id)
), chosen AS MATERIALIZED (
    SELECT enrollments.* FROM enrollments JOIN wanted USING (user_id, course_id)
) {READ_HOMES}
"""


@dataclass(frozen=True, slots=True)
class Home:
    """One enrollment as its document should show it: percent by lesson id, at `version`."""

    enrollment_id: int
    user_id: int
    course_id: int
    version: int
    projected_version: int
    percents: dict[str, int]

    @property
    def key(self) -> PersonAndCourse:
        return self.user_id, self.course_id


def read_homes(*, after: PersonAndCourse, limit: int) -> list[Home]:
    """The first enrollments after this key, in order."""
    return _read(READ_AFTER_A_KEY, [*after, limit])


def get_homes(keys: Iterable[PersonAndCourse]) -> dict[PersonAndCourse, Home]:
    """The enrollments of these people in these courses, by key."""
    pairs = list(keys)
    found = _read(READ_OF_KEYS, [[user for user, _course in pairs], [course for _user, course in pairs]])
    return {each.key: each for each in found}


def _read(query: str, arguments: Sequence[int | list[int]]) -> list[Home]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        rows = cursor.fetchall()
    return [
        Home(enrollment, user, course, version, projected_version, json.loads(percents))
        for enrollment, user, course, version, projected_version, percents in rows
    ]
