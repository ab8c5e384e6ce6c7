"""How many are enrolled in a course, beside the enrollments themselves."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from django.db import connection, transaction

from courses.models import Course, Enrollment
from courses.services.consistency.outlines import course_batches
from learnflow.consistency import Difference, Key, Kind

WRONG = """
SELECT id, title, enrollment_count, counted
  FROM (SELECT c.id, c.title, c.enrollment_count,
               (SELECT count(*) FROM enrollments e WHERE e.course_id = c.id AND e.status <> 'cancelled') AS counted
          FROM courses c WHERE c.id = ANY(%s)) AS courses
 WHERE enrollment_count <> counted
 ORDER BY id
"""


def _count_again(keys: Sequence[Key]) -> int:
    return sum(_count(int(course_id)) for (course_id,) in keys)


def _count(course_id: int) -> int:
    """Count while the course is held: whoever enrolls waits with their own count, or is done and is seen."""
    with transaction.atomic():
        course = Course.objects.filter(pk=course_id)
        if not course.select_for_update(no_key=True).values_list("pk"):
            return 0
        counted = Enrollment.objects.standing().filter(course_id=course_id).count()
        return course.exclude(enrollment_count=counted).update(enrollment_count=counted)


WRONG_COUNT = Kind(
    name="wrong_enrollment_count",
    title="a course shows another number of learners than it has",
    remedy="count them",
    mend=_count_again,
)


class EnrollmentCounts:
    """The number of learners that each course shows."""

    title = "Numbers of learners"
    is_passing = False
    kinds: Sequence[Kind] = (WRONG_COUNT,)

    def size(self) -> int:
        return Course.objects.count()

    def find(self, *, grace: timedelta, advance: Callable[[int], None]) -> Iterator[Difference]:
        for batch in course_batches():
            with connection.cursor() as cursor:
                cursor.execute(WRONG, [batch])
                wrong = cursor.fetchall()
            for course_id, title, shown, counted in wrong:
                sentence = f"course {course_id} “{title}” shows {shown} learners and has {counted}"
                yield Difference(WRONG_COUNT, (course_id,), sentence)
            advance(len(batch))


EXAMINATIONS = (EnrollmentCounts(),)
