"""Percents, completions, counts and the epoch that aren't what the rows say."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event

import pytest
from django.db import connection, transaction

from accounts.models import AuditAction, AuditLog
from courses.content import progress
from courses.models import Course, CourseLesson, Enrollment, LessonProgress, StoreEpoch
from courses.services.consistency import counts
from courses.services.consistency import enrollments as examined
from courses.services.consistency.enrollments import Standings
from courses.services.deletions import work_off_deletions
from courses.services.enrollment import enroll, reset_progress, unenroll
from courses.services.lessons import add_lesson
from courses.services.outline import remove_lesson
from courses.services.progress import complete_lesson, reopen_lesson
from courses.services.projection import project_lagging
from learnflow.consistency import check
from tests.courses.consistency.conftest import look
from tests.factories import CourseFactory, EnrollmentFactory, lesson_ids, text_body
from tests.races import at_once, wait_until_somebody_waits

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def whole(course):
    """An enrollment whose learner has done all three lessons."""
    return EnrollmentFactory(course=course, done=3)


def change(enrollment, **fields):
    assert Enrollment.objects.filter(pk=enrollment.pk).update(**fields) == 1


def standing(enrollment):
    enrollment.refresh_from_db()
    return str(enrollment.progress), enrollment.status, enrollment.completed_at


# --- Percent, status, completion ------------------------------------------------------------------


@pytest.mark.parametrize("percent", ["0", "33.34", "99.99", "100"])
def test_a_wrong_percent_is_computed(enrollment, whole, mends, percent):
    change(enrollment, progress=Decimal(percent))
    mends(wrong_progress=1)
    assert standing(enrollment) == ("33.33", "active", None)


def test_the_report_says_both(enrollment):
    change(enrollment, progress=50)
    assert look()["wrong_progress"].examples == [
        f"enrollment {enrollment.pk} (person {enrollment.user_id} in “{enrollment.course.title}”) "
        "says 50.00 %, active; its lessons say 33.33 %, active"
    ]


def test_a_completion_that_was_lost_counts_from_now_on_and_is_recorded(whole, enrollment, mends):
    change(whole, status="active", completed_at=None)
    mends(wrong_progress=1)
    percent, status, completed_at = standing(whole)
    assert (percent, status) == ("100.00", "completed")
    assert datetime.now(UTC) - completed_at < timedelta(minutes=1)
    recorded = AuditLog.objects.get(action=AuditAction.COURSE_COMPLETED, resource_type="enrollment")
    assert (recorded.user_id, recorded.resource_id) == (None, str(whole.pk))


def test_a_status_that_contradicts_its_completion_is_set_right(whole, mends):
    completed_at = whole.completed_at
    change(whole, status="active")
    mends(wrong_progress=1)
    assert standing(whole) == ("100.00", "completed", completed_at)


def test_a_completion_without_a_single_lesson_is_taken_back(course, enrollment, mends):
    idle = EnrollmentFactory(course=course)
    change(idle, status="completed", completed_at=NOW)
    mends(wrong_progress=1)
    assert standing(idle) == ("0.00", "active", None)


def test_a_cancelled_one_stays_cancelled_when_its_completion_is_taken_back(course, learner, mends):
    enrollment = Enrollment.objects.get(user=learner)
    unenroll(learner=learner, course=course)
    change(enrollment, completed_at=NOW, progress=100)
    mends(wrong_progress=1)
    assert standing(enrollment) == ("0.00", "cancelled", None)


def test_lost_lesson_progress_lowers_the_percent_and_the_document_follows(whole, mends):
    last = lesson_ids(whole.course)[-1]
    LessonProgress.objects.filter(enrollment=whole, lesson_id=last).delete()
    mends(wrong_progress=1, progress_different=1)
    assert standing(whole)[:2] == ("66.66", "completed")
    document = progress.get_progress(user_id=whole.user_id, course_id=whole.course_id)
    assert last not in document["lessons"]
    assert document["version"] == whole.version == whole.projected_version


def test_an_outline_changed_by_hand_changes_percents(course, enrollment, whole, mends):
    CourseLesson.objects.filter(course=course, position=3).update(is_published=False)
    mends(wrong_progress=1, wrong_duration=1)
    assert standing(enrollment)[0] == "50.00"


def test_many_are_mended_in_pages(course, monkeypatch, mends):
    monkeypatch.setattr(examined, "PAGE", 2)
    monkeypatch.setattr("learnflow.consistency.BATCH", 3)
    made = [EnrollmentFactory(course=course) for _ in range(5)]
    Enrollment.objects.filter(pk__in=[each.pk for each in made]).update(progress=7)
    mends(wrong_progress=5)


def test_what_looks_odd_but_is_right_is_left_alone(author, course, enrollment, whole):
    """Completed below 100 when the course grew or a lesson was reopened; all done while cancelled; an empty course."""
    add_lesson(actor=author, course=course, body=text_body())
    reopened, cancelled = EnrollmentFactory(course=course, done=4), EnrollmentFactory(course=course, done=3)
    for lesson_id in lesson_ids(course):
        reopen_lesson(learner=reopened.user, course=course, lesson_id=lesson_id)
    unenroll(learner=cancelled.user, course=course)
    reset_progress(learner=EnrollmentFactory(course=course, done=4).user, course=course)
    EnrollmentFactory(course=CourseFactory(instructor=author))
    remove_lesson(actor=author, placement=course.placements.get(position=4))
    assert standing(reopened)[:2] == ("0.00", "completed")
    assert standing(cancelled)[:2] == ("100.00", "cancelled")
    work_off_deletions()
    assert look() == {}


def test_an_act_between_finding_and_mending_counts(enrollment, course):
    change(enrollment, progress=50)
    keys = [each.key for each in Standings().find(grace=timedelta(0), advance=lambda number: None)]
    complete_lesson(learner=enrollment.user, course=course, lesson_id=lesson_ids(course)[1])
    assert examined.WRONG_PROGRESS.mend(keys) == 0
    assert standing(enrollment)[0] == "66.66"


def test_an_act_that_isnt_committed_yet_is_waited_for(enrollment, course):
    """The learner's act has been done when the mending begins, and is committed while it waits."""
    change(enrollment, progress=50)
    acted = Event()

    def complete():
        with transaction.atomic():
            complete_lesson(learner=enrollment.user, course=course, lesson_id=lesson_ids(course)[1])
            acted.set()
            wait_until_somebody_waits()

    def mend():
        assert acted.wait(timeout=15)
        return examined.WRONG_PROGRESS.mend([(enrollment.pk,)])

    assert at_once([complete, mend]) == [None, 0]
    assert standing(enrollment)[0] == "66.66"
    assert look() == {}


def test_mending_percents_beside_learners_leaves_them_right(course):
    """Percents are damaged and mended, again and again, while their learners go on."""
    made = [EnrollmentFactory(course=course) for _ in range(3)]
    stopped = []

    def learn(learner):
        try:
            while not stopped:
                for act in (complete_lesson, reopen_lesson):
                    for lesson_id in lesson_ids(course):
                        act(learner=learner, course=course, lesson_id=lesson_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        learning = [threads.submit(learn, each.user) for each in made]
        try:
            for percent in range(12):
                Enrollment.objects.filter(pk=made[percent % 3].pk).update(progress=percent)
                check([Standings()], repair=True)
        finally:
            stopped.append(True)
        [each.result() for each in learning]
    project_lagging()
    assert look() == {}


# --- Counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 1_000])
def test_a_wrong_number_of_learners_is_counted(course, enrollment, whole, mends, count):
    unenroll(learner=EnrollmentFactory(course=course).user, course=course)
    Course.objects.filter(pk=course.pk).update(enrollment_count=count)
    mends(wrong_enrollment_count=1)
    course.refresh_from_db()
    assert course.enrollment_count == 2


def test_learners_who_are_counted_beside_an_act_that_isnt_committed_are_counted_once(course, enrollment, stranger):
    Course.objects.filter(pk=course.pk).update(enrollment_count=7)
    acted = Event()

    def begin():
        with transaction.atomic():
            enroll(learner=stranger, course=course)
            acted.set()
            wait_until_somebody_waits()

    def mend():
        assert acted.wait(timeout=15)
        return counts.WRONG_COUNT.mend([(course.pk,)])

    assert at_once([begin, mend]) == [None, 1]
    course.refresh_from_db()
    assert course.enrollment_count == 2
    assert look() == {}


# --- The epoch ------------------------------------------------------------------------------------


def test_the_epoch_is_raised_to_that_of_the_versions(enrollment, whole, mends):
    StoreEpoch.objects.update(epoch=3)
    change(enrollment, version=5 << 40 | 1)
    change(whole, version=4 << 40 | 9)
    project_lagging()
    try:
        mends(version_beyond_epoch=1)
        assert StoreEpoch.objects.get().epoch == 5
    finally:
        StoreEpoch.objects.update(epoch=0)


def test_an_epoch_that_is_gone_comes_back(enrollment, mends):
    StoreEpoch.objects.all().delete()
    try:
        mends(version_beyond_epoch=1)
        assert StoreEpoch.objects.get().epoch == 0
    finally:
        StoreEpoch.objects.get_or_create(pk=1, defaults={"epoch": 0})
