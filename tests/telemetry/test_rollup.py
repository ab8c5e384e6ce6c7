"""Events become sums: rows by day, enrollments, standings of weeks, documents."""

from datetime import UTC, date, datetime, timedelta

from courses.content.progress import get_progress
from courses.models import Enrollment
from telemetry.models import TimeSpent
from tests.factories import lesson_ids
from tests.telemetry.times import rolled_up, spend

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def times(person):
    """Seconds by lesson number and day."""
    rows = TimeSpent.objects.of(person).select_related("course").order_by("day", "lesson_id")
    return [(lesson_ids(each.course).index(each.lesson_id) + 1, each.day, each.seconds_spent) for each in rows]


def test_time_of_a_learner_is_summed_everywhere(learner, course):
    first, second, _ = lesson_ids(course)
    spend(learner, course, first, began=NOON, seconds=100)
    spend(learner, course, second, began=NOON + timedelta(minutes=5), seconds=45.5)
    rolled_up()
    assert times(learner) == [(1, date(2026, 11, 18), 100), (2, date(2026, 11, 18), 45)]
    assert Enrollment.objects.get(user=learner).seconds_spent == 145
    document = get_progress(user_id=learner.pk, course_id=course.pk)
    assert document["lesson_times"] == {first: 100, second: 45}
    assert document["total_seconds_spent"] == 145
