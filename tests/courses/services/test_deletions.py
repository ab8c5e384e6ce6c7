import pytest

from courses.content import lessons
from courses.models import PendingDeletion
from courses.services.deletions import work_off_deletions
from courses.services.outline import remove_lesson
from tests.factories import CourseFactory

pytestmark = pytest.mark.django_db


def test_a_promise_that_cannot_be_kept_does_not_hold_up_the_others(author):
    broken = PendingDeletion.objects.create(collection="progress", filter={"whose": "nobody knows"})
    placement = CourseFactory(instructor=author, lessons=1).placements.get()
    remove_lesson(actor=author, placement=placement)
    assert work_off_deletions() == 1
    assert lessons.get_bodies([placement.lesson_id]) == {}
    assert list(PendingDeletion.objects.all()) == [broken]


def test_what_is_not_due_yet_stays(author):
    PendingDeletion.objects.create(collection="progress", filter={"course_id": 1}, due_at="2999-01-01T00:00Z")
    assert work_off_deletions() == 0 and PendingDeletion.objects.count() == 1
