"""The copy of progress in MongoDB: never ahead, never back, and found when it was left behind."""

import pytest

from courses.content import progress
from courses.models import Enrollment
from courses.services.enrollment import enroll
from courses.services.progress import complete_lesson
from courses.services.projection import project_lagging, project_progress
from learnflow.mongo import ContentUnavailable
from tests.factories import EnrollmentFactory, UserFactory, lesson_ids
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def enrollment(learner):
    return Enrollment.objects.get(user=learner)


def copy_of(enrollment):
    return progress.get_progress(user_id=enrollment.user_id, course_id=enrollment.course_id)


def test_the_copy_is_written_with_the_request_that_changed_it(enrollment, course, learner):
    first = lesson_ids(course)[0]
    complete_lesson(learner=learner, course=course, lesson_id=first)
    enrollment.refresh_from_db()
    assert enrollment.projected_version == enrollment.version == copy_of(enrollment)["version"]
    assert copy_of(enrollment)["completed_lessons"] == [first]


def test_completing_works_while_mongodb_is_away_and_the_worker_catches_up(enrollment, course, learner, mongodb_is_away):
    first = lesson_ids(course)[0]
    with mongodb_is_away():
        assert complete_lesson(learner=learner, course=course, lesson_id=first).percent == 33
    enrollment.refresh_from_db()
    assert enrollment.projected_version < enrollment.version
    assert project_lagging() == 1
    assert copy_of(enrollment)["completed_lessons"] == [first]
    assert project_lagging() == 0


def test_the_worker_says_that_mongodb_is_away(enrollment, mongodb_is_away):
    Enrollment.objects.update(projected_version=-1)
    with mongodb_is_away(), pytest.raises(ContentUnavailable):
        project_lagging()


def test_enrolling_works_while_mongodb_is_away(stranger, course, mongodb_is_away):
    with mongodb_is_away():
        assert enroll(learner=stranger, course=course) is True


def test_an_older_projection_that_arrives_late_changes_nothing(enrollment, course, learner):
    late = progress.ProgressCopy(
        enrollment_id=enrollment.pk, user_id=learner.pk, course_id=course.pk, version=enrollment.version, lessons={}
    )
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    assert progress.write_copies([late]) == [late]
    assert copy_of(enrollment)["completed_lessons"] == [lesson_ids(course)[0]]


def test_a_lost_document_is_written_again_when_its_mark_is_taken_back(enrollment):
    progress.delete_progress(user_id=enrollment.user_id)
    Enrollment.objects.update(projected_version=-1)
    assert project_lagging() == 1
    assert copy_of(enrollment)["version"] == enrollment.version


def test_projecting_twice_at_once_changes_nothing(enrollment):
    at_once([lambda: project_progress([enrollment.pk])] * 4)
    enrollment.refresh_from_db()
    assert copy_of(enrollment)["version"] == enrollment.version == enrollment.projected_version


def test_everything_that_lags_is_caught_up_in_batches(course, monkeypatch):
    monkeypatch.setattr("courses.services.projection.BATCH", 2)
    for _ in range(5):
        EnrollmentFactory(user=UserFactory(), course=course)
    Enrollment.objects.update(projected_version=-1)
    assert project_lagging() == 5
    assert not Enrollment.objects.lagging().exists()


def test_a_restored_postgresql_writes_above_what_mongodb_remembers(enrollment, course, learner):
    """A restore raises the epoch, the high bits of every version."""
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    progress.write_copies(
        [
            progress.ProgressCopy(
                enrollment_id=enrollment.pk, user_id=learner.pk, course_id=course.pk, version=99, lessons={}
            )
        ]
    )
    Enrollment.objects.update(version=(1 << 40) + 1)
    assert project_lagging() == 1
    assert copy_of(enrollment)["completed_lessons"] == [lesson_ids(course)[0]]
