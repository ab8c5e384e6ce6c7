"""What people did this week is counted from their lessons, and listed as they wish: triggers keep it so."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from courses.models import Enrollment, LessonProgress
from courses.services.enrollment import enroll, reset_progress, unenroll
from courses.services.outline import reuse_lesson
from courses.services.progress import complete_lesson, reopen_lesson
from telemetry.models import WeeklyStanding
from telemetry.models.standing import week_of
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.races import at_once, wait_until_somebody_waits
from tests.telemetry.standings import stand
from tests.telemetry.times import rolled_up, spend

pytestmark = pytest.mark.django_db
COMMITS = pytest.mark.django_db(transaction=True)

LAST_WEEK = timedelta(days=7)


def completed(person, course):
    """Lessons that the person's standing of this week counts; None without one."""
    monday = week_of(timezone.now())
    found = WeeklyStanding.objects.filter(enrollment__user=person, course=course, week=monday)
    return found.values_list("lessons_completed", flat=True).first()


def learn(person, course, *numbers):
    for number in numbers:
        complete_lesson(learner=person, course=course, lesson_id=lesson_ids(course)[number])


def date_back(person, **which):
    """As if these lessons had been completed in another week. They are no longer counted."""
    done = LessonProgress.objects.filter(enrollment__user=person, **which)
    done.update(completed_at=timezone.now() - LAST_WEEK)


def is_listed(person):
    return list(WeeklyStanding.objects.filter(enrollment__user=person).values_list("is_listed", flat=True))


def test_weeks_begin_on_monday_in_utc():
    assert week_of(datetime(2026, 11, 15, 23, 59, tzinfo=UTC)) == date(2026, 11, 9)
    assert week_of(datetime(2026, 11, 16, tzinfo=UTC)) == date(2026, 11, 16)
    in_auckland = datetime.fromisoformat("2026-11-16T08:00:00+13:00")
    assert week_of(in_auckland) == date(2026, 11, 9)


def test_postgresql_and_we_begin_weeks_alike():
    with connection.cursor() as cursor:
        for moment in ("2026-11-15T23:59:59Z", "2026-11-16T00:00:00Z", "2024-02-29T12:00:00Z"):
            cursor.execute("SELECT date_trunc('week', %s::timestamptz AT TIME ZONE 'UTC')::date", [moment])
            assert cursor.fetchone()[0] == week_of(datetime.fromisoformat(moment))


def test_completing_and_reopening_lessons_counts(learner, course):
    assert completed(learner, course) is None
    learn(learner, course, 0, 1)
    learn(learner, course, 1)
    assert completed(learner, course) == 2
    reopen_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    assert completed(learner, course) == 1


def test_what_was_completed_before_this_week_does_not_count(learner, course):
    learn(learner, course, 0, 1)
    date_back(learner, lesson_id=lesson_ids(course)[0])
    assert completed(learner, course) == 1
    learn(learner, course, 2)
    assert completed(learner, course) == 2
    reopen_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    assert completed(learner, course) == 2


def test_a_lesson_of_an_earlier_week_begins_no_standing(learner, course):
    long_ago = timezone.now() - LAST_WEEK
    enrollment = Enrollment.objects.get(user=learner)
    LessonProgress.objects.create(
        enrollment=enrollment, lesson_id=lesson_ids(course)[0], progress_percent=100, completed_at=long_ago
    )
    assert not WeeklyStanding.objects.exists()


def test_the_standing_of_an_earlier_week_stays(learner, course):
    learn(learner, course, 0)
    WeeklyStanding.objects.update(week=week_of(timezone.now() - LAST_WEEK))
    date_back(learner)
    learn(learner, course, 1)
    assert list(WeeklyStanding.objects.order_by("week").values_list("lessons_completed", flat=True)) == [1, 1]


def test_seconds_of_the_week_stay_when_lessons_are_counted_anew(learner, course):
    learn(learner, course, 0)
    WeeklyStanding.objects.update(seconds_spent=900)
    learn(learner, course, 1)
    reset_progress(learner=learner, course=course)
    assert WeeklyStanding.objects.values_list("lessons_completed", "seconds_spent").get() == (0, 900)


def test_a_lesson_shared_by_courses_counts_in_each(learner, course, author):
    other = CourseFactory(instructor=author, lessons=1)
    EnrollmentFactory(user=learner, course=other)
    shared = lesson_ids(course)[0]
    reuse_lesson(actor=author, course=other, section=other.sections.first(), lesson_id=shared)
    learn(learner, course, 0)
    assert completed(learner, course) == completed(learner, other) == 1


def test_sharing_what_many_have_done_counts_for_all_of_them(course, author, learner):
    """Also those who leave and come back; a lesson completed in an earlier week counts for that one."""
    other, people = CourseFactory(instructor=author, lessons=1), [learner]
    people += [EnrollmentFactory(course=course).user for _ in range(3)]
    for person in people:
        EnrollmentFactory(user=person, course=other)
        learn(person, course, 0)
    date_back(people[3])
    reuse_lesson(actor=author, course=other, section=other.sections.first(), lesson_id=lesson_ids(course)[0])
    assert [completed(person, other) for person in people] == [1, 1, 1, None]


def test_nothing_is_left_of_enrollments_people_and_courses_that_are_deleted(course, author, learner):
    other = CourseFactory(instructor=author, lessons=1)
    people = [learner, UserFactory(), UserFactory()]
    for person in people[1:]:
        EnrollmentFactory(user=person, course=course)
    for person in people:
        EnrollmentFactory(user=person, course=other, done=1)
        learn(person, course, 0, 1)
    Enrollment.objects.filter(user=people[0], course=course).delete()
    assert completed(people[0], course) is None and completed(people[0], other) == 1
    people[1].delete()
    other.delete()
    assert list(WeeklyStanding.objects.values_list("enrollment__user", "lessons_completed")) == [(people[2].pk, 2)]


def test_who_hides_or_leaves_is_listed_no_more_and_comes_back(learner, course):
    learn(learner, course, 0)
    assert is_listed(learner) == [True]
    hide(learner)
    assert is_listed(learner) == [False]
    show(learner)
    assert is_listed(learner) == [True]
    unenroll(learner=learner, course=course)
    assert is_listed(learner) == [False]
    enroll(learner=learner, course=course)
    assert is_listed(learner) == [True]


def hide(person):
    User.objects.filter(pk=person.pk).update(leaderboard_visible=False)


def show(person):
    User.objects.filter(pk=person.pk).update(leaderboard_visible=True)


def test_who_hid_before_is_never_listed(course):
    hidden = UserFactory(leaderboard_visible=False)
    EnrollmentFactory(user=hidden, course=course, done=1)
    assert is_listed(hidden) == [False] and not Enrollment.objects.get(user=hidden).is_listed


def test_one_cannot_be_listed_against_ones_wish(course):
    hidden = stand(course, leaderboard_visible=False)
    Enrollment.objects.filter(user=hidden).update(is_listed=True)
    assert not Enrollment.objects.get(user=hidden).is_listed


@COMMITS
def test_whoever_enrolls_while_somebody_hides_them_is_hidden(course):
    """Whichever comes first waits for nothing, the other for it, and sees what it did."""
    for _ in range(8):
        person = UserFactory()
        at_once([partial(hide, person), partial(enroll, learner=person, course=course)])
        assert not Enrollment.objects.get(user=person).is_listed


@COMMITS
def test_enrolling_waits_for_somebody_who_is_just_hiding(course):
    person, is_hiding = UserFactory(), Event()

    def hide_slowly():
        with transaction.atomic():
            hide(person)
            is_hiding.set()
            wait_until_somebody_waits()

    def enroll_meanwhile():
        is_hiding.wait(timeout=10)
        return enroll(learner=person, course=course)

    assert at_once([hide_slowly, enroll_meanwhile]) == [None, True]
    assert not Enrollment.objects.get(user=person).is_listed


@COMMITS
def test_acts_on_one_enrollment_at_once_leave_no_wrong_count(learner, course):
    """Completions, hiding and leaving: nobody waits in a circle, and what stands is what was done."""
    lessons = lesson_ids(course)
    for turn in range(4):
        acts = [partial(complete_lesson, learner=learner, course=course, lesson_id=each) for each in lessons]
        acts += [partial(show if turn % 2 else hide, learner)]
        raised = [each for each in at_once(acts) if isinstance(each, Exception)]
        assert raised == [] and completed(learner, course) == 3
        assert is_listed(learner) == [bool(turn % 2)]
        undone = at_once([partial(reopen_lesson, learner=learner, course=course, lesson_id=each) for each in lessons])
        assert [each for each in undone if isinstance(each, Exception)] == [] and completed(learner, course) == 0


@COMMITS
def test_sharing_a_lesson_while_people_hide_and_time_is_summed_ends_well(course, author):
    """Everybody holds enrollments in the order of their ids, so nobody waits in a circle."""
    shared, people = lesson_ids(course)[0], [EnrollmentFactory(course=course, done=1).user for _ in range(6)]
    for _ in range(2):
        other = CourseFactory(instructor=author, lessons=1)
        for person in reversed(people):
            EnrollmentFactory(user=person, course=other)
        for person in people:
            spend(person, other, lesson_ids(other)[0], began=timezone.now() - timedelta(minutes=9), seconds=60)
        share = partial(reuse_lesson, actor=author, course=other, section=other.sections.get(), lesson_id=shared)
        done = at_once([share, rolled_up, *(partial(hide, person) for person in people)])
        assert [each for each in done if isinstance(each, Exception)] == []
        found = WeeklyStanding.objects.filter(course=other, lessons_completed=1)
        assert list(found.values_list("is_listed", flat=True)) == [False] * 6
        User.objects.update(leaderboard_visible=True)
