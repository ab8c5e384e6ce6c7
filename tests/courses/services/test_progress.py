"""Completing lessons: each test commits, because `now()` and the projection belong to whole transactions."""

import pytest

from accounts.models import AuditAction, AuditLog
from courses.content import progress
from courses.models import Enrollment, LessonProgress, Status
from courses.services.enrollment import enroll, unenroll
from courses.services.outline import remove_lesson, reuse_lesson, set_placement
from courses.services.progress import NotEnrolled, complete_lesson, reopen_lesson
from tests.factories import CourseFactory, lesson_ids
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def standing(learner, course):
    enrollment = Enrollment.objects.get(user=learner, course=course)
    return enrollment.percent, enrollment.status


def complete_all(learner, course):
    for lesson_id in lesson_ids(course):
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id)


def document(learner, course):
    return progress.get_progress(user_id=learner.pk, course_id=course.pk)


def audited(action):
    return AuditLog.objects.filter(action=action).count()


def test_each_completed_lesson_brings_the_learner_further(learner, course):
    percents = [
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id).percent for lesson_id in lesson_ids(course)
    ]
    assert percents == [33, 66, 100]


def test_the_last_lesson_completes_the_course(learner, course):
    complete_all(learner, course)
    enrollment = Enrollment.objects.get(user=learner, course=course)
    assert enrollment.status == Status.COMPLETED and enrollment.completed_at
    assert audited(AuditAction.COURSE_COMPLETED) == 1


def test_only_the_lesson_that_completes_the_course_says_so(learner, course):
    outcomes = [
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id) for lesson_id in lesson_ids(course)
    ]
    assert [outcome.course_completed for outcome in outcomes] == [False, False, True]


def test_completing_a_lesson_again_changes_nothing(learner, course):
    first = lesson_ids(course)[0]
    complete_lesson(learner=learner, course=course, lesson_id=first)
    before = Enrollment.objects.values().get(user=learner)
    assert complete_lesson(learner=learner, course=course, lesson_id=first).changed is False
    assert Enrollment.objects.values().get(user=learner) == before
    assert audited(AuditAction.LESSON_COMPLETED) == 1


def test_a_reopened_lesson_counts_no_more(learner, course):
    first = lesson_ids(course)[0]
    complete_lesson(learner=learner, course=course, lesson_id=first)
    assert reopen_lesson(learner=learner, course=course, lesson_id=first).percent == 0
    assert standing(learner, course) == (0, Status.ACTIVE)


def test_reopening_what_was_never_completed_changes_nothing(learner, course):
    assert reopen_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0]).changed is False
    assert not LessonProgress.objects.exists() and audited(AuditAction.LESSON_REOPENED) == 0


def test_a_completed_course_stays_completed_since_the_same_day_when_a_lesson_is_reopened(learner, course):
    complete_all(learner, course)
    day = Enrollment.objects.get(user=learner).completed_at
    first = lesson_ids(course)[0]
    reopen_lesson(learner=learner, course=course, lesson_id=first)
    assert standing(learner, course) == (66, Status.COMPLETED)
    complete_lesson(learner=learner, course=course, lesson_id=first)
    assert Enrollment.objects.get(user=learner).completed_at == day
    assert audited(AuditAction.COURSE_COMPLETED) == 1


def test_a_stranger_completes_nothing(stranger, course):
    with pytest.raises(NotEnrolled):
        complete_lesson(learner=stranger, course=course, lesson_id=lesson_ids(course)[0])


def test_who_left_the_course_completes_nothing(learner, course):
    unenroll(learner=learner, course=course)
    with pytest.raises(NotEnrolled):
        complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])


def test_a_lesson_of_another_course_cannot_be_completed_here(learner, course):
    elsewhere = CourseFactory(lessons=1)
    with pytest.raises(NotEnrolled):
        complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(elsewhere)[0])


def test_a_hidden_lesson_cannot_be_completed_and_counts_nowhere(author, learner, course):
    hidden = course.placements.first()
    set_placement(actor=author, placement=hidden, is_preview=False, is_published=False)
    with pytest.raises(NotEnrolled):
        complete_lesson(learner=learner, course=course, lesson_id=hidden.lesson_id)
    complete_lesson(learner=learner, course=course, lesson_id=course.placements.last().lesson_id)
    assert standing(learner, course) == (50, Status.ACTIVE)


def test_percent_is_over_the_lessons_of_today(author, learner, course):
    first = course.placements.first()
    complete_lesson(learner=learner, course=course, lesson_id=first.lesson_id)
    remove_lesson(actor=author, placement=course.placements.last())
    assert standing(learner, course) == (50, Status.ACTIVE)
    remove_lesson(actor=author, placement=first)
    assert standing(learner, course) == (0, Status.ACTIVE)


def test_who_has_done_all_that_remains_completes_by_the_removal(author, learner, course):
    for lesson_id in lesson_ids(course)[:2]:
        complete_lesson(learner=learner, course=course, lesson_id=lesson_id)
    remove_lesson(actor=author, placement=course.placements.last())
    assert standing(learner, course) == (100, Status.COMPLETED)


def test_percent_never_reads_100_before_everything_is_done(sign_in, learner):
    long = CourseFactory(lessons=7)
    enroll(learner=learner, course=long)
    percents = [complete_lesson(learner=learner, course=long, lesson_id=each).percent for each in lesson_ids(long)]
    assert percents == [14, 28, 42, 57, 71, 85, 100]


class TestSharedLessons:
    """One lesson in two courses of the same author is learned once."""

    @pytest.fixture
    def twin(self, author, course):
        """Another course with the first lesson of `course` and one of its own."""
        twin = CourseFactory(instructor=author, lessons=1)
        reuse_lesson(actor=author, course=twin, section=twin.sections.get(), lesson_id=lesson_ids(course)[0])
        return twin

    def test_completing_it_counts_in_both(self, learner, course, twin):
        enroll(learner=learner, course=twin)
        complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
        assert standing(learner, course)[0] == 33 and standing(learner, twin)[0] == 50
        assert document(learner, twin)["completed_lessons"] == [lesson_ids(course)[0]]

    def test_reopening_it_counts_in_both(self, learner, course, twin):
        enroll(learner=learner, course=twin)
        complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
        reopen_lesson(learner=learner, course=twin, lesson_id=lesson_ids(course)[0])
        assert standing(learner, course)[0] == 0 and standing(learner, twin)[0] == 0

    def test_who_enrolls_later_finds_it_done(self, learner, course, twin):
        complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
        enroll(learner=learner, course=twin)
        assert standing(learner, twin)[0] == 50
        assert document(learner, twin)["completed_lessons"] == [lesson_ids(course)[0]]

    def test_who_is_enrolled_in_both_finds_it_done_when_it_is_placed_later(self, author, learner, course, twin):
        enroll(learner=learner, course=twin)
        second = lesson_ids(course)[1]
        complete_lesson(learner=learner, course=course, lesson_id=second)
        reuse_lesson(actor=author, course=twin, section=twin.sections.get(), lesson_id=second)
        assert standing(learner, twin)[0] == 33
        assert document(learner, twin)["completed_lessons"] == [second]

    def test_it_counts_nowhere_where_its_learner_left(self, learner, course, twin):
        enroll(learner=learner, course=twin)
        unenroll(learner=learner, course=twin)
        complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
        assert standing(learner, twin) == (0, Status.CANCELLED)


class TestAtTheSameInstant:
    def test_two_tabs_complete_a_lesson_once(self, learner, course):
        first = lesson_ids(course)[0]
        outcomes = at_once([lambda: complete_lesson(learner=learner, course=course, lesson_id=first)] * 2)
        assert sorted(outcome.changed for outcome in outcomes) == [False, True]
        assert audited(AuditAction.LESSON_COMPLETED) == 1

    def test_all_lessons_in_as_many_tabs_complete_the_course_once(self, learner, course):
        acts = [
            lambda each=each: complete_lesson(learner=learner, course=course, lesson_id=each)
            for each in lesson_ids(course)
        ]
        outcomes = at_once(acts)
        assert sum(outcome.course_completed for outcome in outcomes) == 1
        assert standing(learner, course) == (100, Status.COMPLETED)
        assert document(learner, course)["completed_lessons"] == sorted(lesson_ids(course))

    def test_twenty_clients_toggling_one_lesson_leave_one_exact_state(self, learner, course):
        first = lesson_ids(course)[0]
        acts = [
            lambda act=act: act(learner=learner, course=course, lesson_id=first)
            for act in [complete_lesson, reopen_lesson] * 10
        ]
        outcomes = at_once(acts)
        assert not [each for each in outcomes if isinstance(each, Exception)]
        row = LessonProgress.objects.get()
        enrollment = Enrollment.objects.get(user=learner)
        assert enrollment.percent == (33 if row.completed_at else 0)
        # Every change raised the version by one, and the copy shows the last of them.
        changes = sum(outcome.changed for outcome in outcomes)
        assert audited(AuditAction.LESSON_COMPLETED) + audited(AuditAction.LESSON_REOPENED) == changes
        assert enrollment.version == enrollment.projected_version == 1 + changes
        copy = document(learner, course)
        assert copy["version"] == enrollment.version
        assert copy["completed_lessons"] == ([first] if row.completed_at else [])

    def test_completing_a_lesson_that_is_just_removed_leaves_percent_of_what_remains(self, author, learner, course):
        going = course.placements.last()
        outcomes = at_once(
            [
                lambda: complete_lesson(learner=learner, course=course, lesson_id=going.lesson_id),
                lambda: remove_lesson(actor=author, placement=going),
            ]
        )
        assert outcomes[1] is None and (isinstance(outcomes[0], NotEnrolled) or outcomes[0].percent == 33)
        assert standing(learner, course) == (0, Status.ACTIVE)

    def test_completing_the_last_lesson_while_another_is_removed_completes_the_course(self, author, learner, course):
        first, second, third = lesson_ids(course)
        complete_lesson(learner=learner, course=course, lesson_id=first)
        at_once(
            [
                lambda: complete_lesson(learner=learner, course=course, lesson_id=second),
                lambda: remove_lesson(actor=author, placement=course.placements.get(lesson_id=third)),
            ]
        )
        assert standing(learner, course) == (100, Status.COMPLETED)
        assert audited(AuditAction.COURSE_COMPLETED) == 1
