"""Whether the loaded world is consistent: what the application keeps as copies is what it would compute."""

from django.db import connection

from courses.content.progress import get_progress
from courses.models import Course, Enrollment, LessonProgress

SAMPLE = 300
WRONG_PERCENT = """
SELECT count(*) FROM enrollments e JOIN (
    SELECT e.id, trunc(coalesce(avg(coalesce(p.progress_percent, 0)), 0), 2) AS progress
      FROM enrollments e
      JOIN course_lessons cl ON cl.course_id = e.course_id AND cl.is_published
      LEFT JOIN lesson_progress p ON p.enrollment_id = e.id AND p.lesson_id = cl.lesson_id
     GROUP BY e.id
) AS computed USING (id) WHERE e.progress <> computed.progress
"""
WRONG_COUNT = """
SELECT count(*) FROM courses c WHERE c.enrollment_count <>
    (SELECT count(*) FROM enrollments e WHERE e.course_id = c.id AND e.status <> 'cancelled')
"""


class Inconsistent(Exception):
    """The stores don't agree with themselves; the message says where."""


def check() -> str:
    """One sentence with what was compared. Raises `Inconsistent`."""
    for what, query in (("percents", WRONG_PERCENT), ("counts of enrollments", WRONG_COUNT)):
        with connection.cursor() as cursor:
            cursor.execute(query)
            (wrong,) = cursor.fetchone()
        if wrong:
            raise Inconsistent(f"{wrong} {what} are wrong")
    total = Enrollment.objects.count()
    step = max(1, total // SAMPLE)
    sample = Enrollment.objects.filter(pk__in=range(1, total, step)).with_completed_lessons()
    for enrollment in sample:
        _compare(enrollment)
    return (
        f"{LessonProgress.objects.count():,} lesson_progress rows, {total:,} enrollments, {Course.objects.count()} "
        f"courses; every percent and count recomputed, {len(sample)} progress documents compared."
    )


def _compare(enrollment: Enrollment) -> None:
    document = get_progress(user_id=enrollment.user_id, course_id=enrollment.course_id)
    if document is None or document["completed_lessons"] != sorted(enrollment.completed):
        raise Inconsistent(f"the progress document of enrollment {enrollment.pk} differs from its rows")
    if not enrollment.version == enrollment.projected_version == document["version"]:
        raise Inconsistent(f"the versions of enrollment {enrollment.pk} differ")
