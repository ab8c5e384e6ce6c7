"""People who do things to the same rows at the same instant, a hundred times over: each time one exact state."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import AuditAction, AuditLog
from courses.content import progress
from courses.models import Course, CourseLesson, Enrollment, LessonProgress, Status
from courses.services.courses import CourseHasLearners, delete_course
from courses.services.deletions import work_off_deletions
from courses.services.enrollment import enroll, unenroll
from courses.services.outline import remove_lesson
from courses.services.progress import NotEnrolled, complete_lesson, reopen_lesson
from courses.services.projection import project_lagging
from learnflow import mongo
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 100
CLIENTS = 50


def audited(learner, *actions):
    """What the learner did, in the order in which it became so."""
    rows = AuditLog.objects.filter(user_id=learner.pk, action__in=actions).order_by("id")
    return list(rows.values_list("action", flat=True))


def state(learner, course):
    """(status, percent, completed lessons, what the document says of them): the first three from their home."""
    project_lagging()  # what a writer left to the worker, because another was quicker
    enrollment = Enrollment.objects.get(user=learner, course=course)
    assert enrollment.projected_version == enrollment.version
    done = set(LessonProgress.objects.done().filter(enrollment=enrollment).values_list("lesson_id", flat=True))
    document = progress.get_progress(user_id=learner.pk, course_id=course.pk)
    assert document["version"] == enrollment.version
    return enrollment.status, enrollment.percent, done, set(document["completed_lessons"])


def completing(learner, course, lessons):
    """One tab for each of these lessons, in which it is completed."""
    return [partial(complete_lesson, learner=learner, course=course, lesson_id=lesson) for lesson in lessons]


def test_two_tabs_complete_different_lessons(course):
    first, second, _third = lesson_ids(course)
    for _ in range(ROUNDS):
        learner = EnrollmentFactory(course=course).user
        outcomes = at_once(completing(learner, course, [first, second]))
        assert sorted(each.percent for each in outcomes) == [33, 66]
        assert state(learner, course) == (Status.ACTIVE, 66, {first, second}, {first, second})


def test_two_tabs_complete_a_course_once():
    course = CourseFactory(lessons=2)
    lessons = lesson_ids(course)
    for _ in range(ROUNDS):
        learner = EnrollmentFactory(course=course).user
        outcomes = at_once(completing(learner, course, lessons))
        assert sorted(each.course_completed for each in outcomes) == [False, True]
        assert state(learner, course) == (Status.COMPLETED, 100, set(lessons), set(lessons))
        assert audited(learner, AuditAction.COURSE_COMPLETED) == [AuditAction.COURSE_COMPLETED]


def test_fifty_clients_toggle_one_lesson(learner, course):
    """Half of them want it done and half open: what changed something alternates, and the last change stands."""
    lesson = lesson_ids(course)[0]
    barrier = Barrier(CLIENTS)

    def toggle(client):
        changed = 0
        for number in range(ROUNDS):
            act = complete_lesson if (client + number) % 2 else reopen_lesson
            barrier.wait(timeout=60)
            changed += act(learner=learner, course=course, lesson_id=lesson).changed
            connection.close()
        return changed

    with ThreadPoolExecutor(CLIENTS) as clients:
        changed = sum(clients.map(toggle, range(CLIENTS)))
    acts = audited(learner, AuditAction.LESSON_COMPLETED, AuditAction.LESSON_REOPENED)
    assert len(acts) == changed >= ROUNDS
    assert acts[0] == AuditAction.LESSON_COMPLETED
    assert all(act != following for act, following in pairwise(acts))
    done = {lesson} if acts[-1] == AuditAction.LESSON_COMPLETED else set()
    assert state(learner, course) == (Status.ACTIVE, 33 if done else 0, done, done)


def test_enrolling_meets_unenrolling(course):
    """Whoever was enrolled leaves, or leaves and comes back; whoever wasn't comes, or comes and leaves again."""
    possible = {
        True: [(False, True, Status.CANCELLED), (True, True, Status.ACTIVE)],
        False: [(True, False, Status.ACTIVE), (True, True, Status.CANCELLED)],
    }
    for number in range(ROUNDS):
        was_enrolled = bool(number % 2)
        learner = EnrollmentFactory(course=course, done=1).user if was_enrolled else UserFactory()
        joined, left = at_once([partial(act, learner=learner, course=course) for act in (enroll, unenroll)])
        status, percent, done, copied = state(learner, course)
        assert (joined, left, status) in possible[was_enrolled]
        assert (percent, len(done), done) == ((33, 1, copied) if was_enrolled else (0, 0, set()))
    course.refresh_from_db()
    assert course.enrollment_count == Enrollment.objects.standing().filter(course=course).count()


def test_deleting_a_course_meets_learning_in_it(author):
    """A course that has a learner stays; one that is gone has none, and nothing is left of it."""
    for number in range(ROUNDS):
        course = CourseFactory(instructor=author, lessons=1)
        learner, lesson = UserFactory(), lesson_ids(course)[0]
        if number % 2:
            enroll(learner=learner, course=course)
        seen_by_author = Course.objects.get(pk=course.pk)
        learned, deleted = at_once(
            [partial(learn, learner, course, lesson), partial(delete_course, actor=author, course=seen_by_author)]
        )
        if Course.objects.filter(pk=course.pk).exists():
            assert isinstance(deleted, CourseHasLearners) and learned.course_completed
            assert state(learner, course) == (Status.COMPLETED, 100, {lesson}, {lesson})
        else:
            assert (deleted, number % 2) == (None, 0) and isinstance(learned, NotEnrolled)
            assert not LessonProgress.objects.filter(lesson_id=lesson).exists()
    work_off_deletions()
    standing = set(CourseLesson.objects.values_list("lesson_id", flat=True))
    assert standing == {str(each["_id"]) for each in mongo.database().lessons.find({}, {"_id": 1})}


def learn(learner, course, lesson):
    enroll(learner=learner, course=course)
    return complete_lesson(learner=learner, course=course, lesson_id=lesson)


def test_taking_a_lesson_out_meets_completing_it(author):
    """The percent is right for the lesson that is left, whichever came first; what was completed stays on record."""
    for _ in range(ROUNDS):
        course = CourseFactory(instructor=author, lessons=2)
        learner = EnrollmentFactory(course=course, done=1).user
        first, second = lesson_ids(course)
        completed, _removed = at_once(
            [*completing(learner, course, [second]),
             partial(remove_lesson, actor=author, placement=course.placements.get(lesson_id=second))]
        )  # fmt: skip
        came_first = not isinstance(completed, NotEnrolled)
        assert state(learner, course) == (Status.COMPLETED, 100, *[{first, second} if came_first else {first}] * 2)
        assert audited(learner, AuditAction.COURSE_COMPLETED) == [AuditAction.COURSE_COMPLETED] * came_first
