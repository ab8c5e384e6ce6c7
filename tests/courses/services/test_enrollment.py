import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditAction, AuditLog
from courses.content import progress
from courses.models import Course, Enrollment, LessonProgress, Status
from courses.services.courses import delete_course
from courses.services.enrollment import EnrollmentClosed, enroll, reset_progress, unenroll
from courses.services.progress import complete_lesson
from tests.factories import CourseFactory, UserFactory, lesson_ids
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def status(person, course):
    return Enrollment.objects.get(user=person, course=course).status


def count(course):
    return Course.objects.get(pk=course.pk).enrollment_count


def test_a_stranger_enrolls(stranger, course):
    assert enroll(learner=stranger, course=course) is True
    assert status(stranger, course) == Status.ACTIVE and count(course) == 1
    assert progress.get_progress(user_id=stranger.pk, course_id=course.pk)["completed_lessons"] == []


def test_enrolling_twice_is_enrolling_once(learner, course):
    assert enroll(learner=learner, course=course) is False
    assert count(course) == 1
    assert AuditLog.objects.filter(action=AuditAction.ENROLLED, user_id=learner.pk).count() == 1


@pytest.mark.parametrize("fields", [{"is_published": False}, {"price": 49}])
def test_nobody_joins_a_draft_or_a_paid_course_by_themselves(stranger, author, fields):
    closed = CourseFactory(instructor=author, **fields)
    for person in (stranger, author):
        with pytest.raises(EnrollmentClosed):
            enroll(learner=person, course=closed)
    assert not Enrollment.objects.exists()


def test_an_admin_enrolls_anybody_into_a_paid_course(admin, stranger):
    paid = CourseFactory(price=49)
    assert enroll(actor=admin, learner=stranger, course=paid) is True
    assert AuditLog.objects.get(action=AuditAction.ENROLLED).user_id == admin.pk


def test_leaving_keeps_what_was_learned(learner, course):
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    assert unenroll(learner=learner, course=course) is True
    assert status(learner, course) == Status.CANCELLED and count(course) == 0
    assert LessonProgress.objects.count() == 1


def test_leaving_twice_is_leaving_once(learner, course):
    unenroll(learner=learner, course=course)
    assert unenroll(learner=learner, course=course) is False


def test_leaving_what_one_never_joined_changes_nothing(stranger, course):
    assert unenroll(learner=stranger, course=course) is False


def test_who_comes_back_goes_on_where_they_were(learner, course):
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    unenroll(learner=learner, course=course)
    assert enroll(learner=learner, course=course) is True
    enrollment = Enrollment.objects.get(user=learner)
    assert (enrollment.percent, enrollment.status, enrollment.cancelled_at) == (33, Status.ACTIVE, None)
    assert count(course) == 1


def test_who_comes_back_to_a_completed_course_has_completed_it(learner, course):
    for lesson_id in lesson_ids(course):
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id)
    unenroll(learner=learner, course=course)
    enroll(learner=learner, course=course)
    assert status(learner, course) == Status.COMPLETED


def test_who_comes_back_meets_the_outline_of_today(author, learner, course):
    from courses.services.outline import remove_lesson

    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    unenroll(learner=learner, course=course)
    remove_lesson(actor=author, placement=course.placements.last())
    enroll(learner=learner, course=course)
    assert Enrollment.objects.get(user=learner).percent == 50


def test_beginning_anew_forgets_what_was_completed(learner, course):
    for lesson_id in lesson_ids(course):
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id)
    assert reset_progress(learner=learner, course=course) is True
    enrollment = Enrollment.objects.get(user=learner)
    assert (enrollment.percent, enrollment.status, enrollment.completed_at) == (0, Status.ACTIVE, None)
    assert progress.get_progress(user_id=learner.pk, course_id=course.pk)["completed_lessons"] == []


def test_what_was_forgotten_stands_in_the_audit_log(learner, course):
    first = lesson_ids(course)[0]
    complete_lesson(learner=learner, course=course, lesson_id=first)
    reset_progress(learner=learner, course=course)
    assert AuditLog.objects.get(action=AuditAction.PROGRESS_RESET).details["old"]["lessons"] == [first]


def test_a_stranger_has_nothing_to_begin_anew(stranger, course):
    assert reset_progress(learner=stranger, course=course) is False


def test_nobody_joins_a_course_that_was_deleted_a_moment_ago(author, stranger, course):
    delete_course(actor=author, course=Course.objects.get(pk=course.pk))
    assert enroll(learner=stranger, course=course) is False
    assert not Enrollment.objects.exists()


def test_leaving_waits_for_the_outline_as_every_act_of_learning_does(learner, course):
    with CaptureQueriesContext(connection) as queries:
        unenroll(learner=learner, course=course)
    statements = [query["sql"] for query in queries]
    held = max(at for at, sql in enumerate(statements) if "advisory" in sql)
    assert held < next(at for at, sql in enumerate(statements) if sql.startswith("UPDATE"))


def test_two_clicks_at_once_enroll_once(stranger, course):
    assert sorted(at_once([lambda: enroll(learner=stranger, course=course)] * 2)) == [False, True]
    assert count(course) == 1


def test_many_people_enroll_at_once(course):
    people = UserFactory.create_batch(8)
    assert all(at_once([lambda each=each: enroll(learner=each, course=course) for each in people]))
    assert count(course) == 8


def test_enrolling_against_leaving_ends_in_one_or_the_other(learner, course):
    at_once([lambda: unenroll(learner=learner, course=course), lambda: enroll(learner=learner, course=course)] * 3)
    enrollment = Enrollment.objects.get(user=learner)
    assert (enrollment.status == Status.CANCELLED) == (enrollment.cancelled_at is not None)
    assert count(course) == (0 if enrollment.status == Status.CANCELLED else 1)


def test_beginning_anew_against_completing_ends_in_one_exact_state(learner, course):
    first = lesson_ids(course)[0]
    at_once(
        [
            lambda: complete_lesson(learner=learner, course=course, lesson_id=first),
            lambda: reset_progress(learner=learner, course=course),
        ]
    )
    enrollment = Enrollment.objects.get(user=learner)
    done = list(LessonProgress.objects.done().values_list("lesson_id", flat=True))
    assert enrollment.percent == 33 * len(done)
    copy = progress.get_progress(user_id=learner.pk, course_id=course.pk)
    assert (copy["version"], copy["completed_lessons"]) == (enrollment.version, done)
