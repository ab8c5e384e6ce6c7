"""Figures of courses: equal to what one counts by hand, and made anew when something happened."""

import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import override_settings

from courses.models import Enrollment, LessonProgress
from courses.services.courses import delete_course
from courses.services.enrollment import reset_progress, unenroll
from courses.services.lessons import add_lesson
from courses.services.outline import remove_lesson, set_placement
from courses.services.progress import complete_lesson, reopen_lesson
from telemetry.models import CourseDay, CourseFigures, LessonDay, LessonFigures, TimeSpent
from telemetry.services.figures import refresh_course, refresh_due
from telemetry.tasks import refresh_figures
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids, text_body
from tests.races import at_once

pytestmark = pytest.mark.django_db
ZONE = "America/New_York"
START = datetime(2026, 2, 1, tzinfo=UTC)


def spend_only(user, course, lesson_id, day, seconds):
    """Without the sums of it."""
    TimeSpent.objects.create(
        user=user, course=course, lesson_id=lesson_id, day=day, seconds_spent=seconds, events=1 + seconds // 30
    )


def spend(user, course, lesson_id, day, seconds):
    spend_only(user, course, lesson_id, day, seconds)
    mine = TimeSpent.objects.filter(user=user, course=course).values_list("seconds_spent", flat=True)
    Enrollment.objects.filter(user=user, course=course).update(seconds_spent=sum(mine))


def happen(course, lessons, rng, people=25):
    """Enrollments of every kind, with progress and time on random days, some of it in lessons that are gone."""
    for number in range(people):
        user = UserFactory()
        moments = sorted(START + timedelta(minutes=rng.randrange(40 * 24 * 60)) for _ in range(3))
        status = rng.choice(["active", "active", "completed", "cancelled"])
        was_done = status == "completed" or (status == "cancelled" and number % 2)
        enrollment = Enrollment.objects.create(
            user=user, course=course, status=status, progress=Decimal(rng.randrange(10_001)) / 100,
            enrolled_at=moments[0], completed_at=moments[1] if was_done else None,
            last_activity=datetime.now(UTC) - timedelta(days=rng.randrange(50), hours=1),
            cancelled_at=moments[2] if status == "cancelled" else None,
        )  # fmt: skip
        for lesson in lessons:
            if rng.random() < 0.6:
                percent, moment = rng.choice([0, 40, 100, 100]), rng.choice(moments)
                done = moment if percent == 100 else None
                LessonProgress.objects.create(
                    enrollment=enrollment, lesson_id=lesson, progress_percent=percent, completed_at=done,
                    updated_at=rng.choice(moments),
                )  # fmt: skip
            for day in {START.date() + timedelta(days=rng.randrange(40)) for _ in range(rng.randrange(3))}:
                spend(user, course, lesson, day, rng.choice([0, 7, 45, 600, 5_000]))


def day_of(moment):
    return moment.astimezone(ZoneInfo(ZONE)).date() if moment else None


def cut(value):
    return Decimal(value).quantize(Decimal("0.01"), ROUND_DOWN)


def share_of(seconds, share):
    """The least of these times that so many of them don't pass."""
    return sorted(seconds)[ceil(share * len(seconds)) - 1] if seconds else None


def course_by_hand(course):
    now = datetime.now(UTC)
    mine = list(Enrollment.objects.filter(course=course))
    standing = [each for each in mine if each.status != "cancelled"]
    return {
        "learners": len(standing),
        "completed": sum(each.status == "completed" for each in mine),
        "cancelled": len(mine) - len(standing),
        "mean_progress": cut(sum(each.progress for each in standing) / len(standing)),
        "median_seconds": share_of([each.seconds_spent for each in standing if each.seconds_spent], 0.5),
        "seconds_spent": sum(TimeSpent.objects.filter(course=course).values_list("seconds_spent", flat=True)),
        "active_in_7_days": sum(each.last_activity > now - timedelta(days=7) for each in standing),
        "active_in_30_days": sum(each.last_activity > now - timedelta(days=30) for each in standing),
    }


def days_by_hand(course):
    days = defaultdict(Counter)
    people = defaultdict(set)
    for each in Enrollment.objects.filter(course=course):
        for name, moment in (
            ("enrollments", each.enrolled_at), ("completions", each.completed_at), ("cancellations", each.cancelled_at)
        ):  # fmt: skip
            days[day_of(moment)][name] += 1
    for each in LessonProgress.objects.filter(enrollment__course=course, completed_at__isnull=False):
        days[day_of(each.completed_at)]["lessons_completed"] += 1
    for each in TimeSpent.objects.filter(course=course):
        days[each.day]["seconds_spent"] += each.seconds_spent
        people[each.day].add(each.user_id)
    for day, who in people.items():
        days[day]["active_learners"] = len(who)
    return {day: +counts for day, counts in days.items() if day}


def lessons_by_hand(course):
    """(figures by lesson, days by lesson) of the learners whom the course has now."""
    standing = {each.pk: each.user_id for each in Enrollment.objects.filter(course=course).standing()}
    figures, days = {}, defaultdict(Counter)
    for lesson in course.placements.values_list("lesson_id", flat=True):
        progress = {
            standing[each.enrollment_id]: each
            for each in LessonProgress.objects.filter(enrollment__in=standing, lesson_id=lesson)
        }
        seconds, reached = Counter(), defaultdict(list)
        for each in TimeSpent.objects.filter(course=course, lesson_id=lesson, user__in=standing.values()):
            seconds[each.user_id] += each.seconds_spent
            reached[each.user_id].append(each.day)
            days[lesson, each.day]["seconds_spent"] += each.seconds_spent
        for user, each in progress.items():
            reached[user] += [day_of(each.completed_at) or date.max, day_of(each.updated_at)]
            if each.completed_at:
                days[lesson, day_of(each.completed_at)]["completed"] += 1
        for mine in reached.values():
            days[lesson, min(mine)]["reached"] += 1
        spent = [each for each in seconds.values() if each]
        figures[lesson] = {
            "reached": len(reached),
            "completed": sum(each.completed_at is not None for each in progress.values()),
            "mean_progress": cut(Decimal(sum(each.progress_percent for each in progress.values())) / len(standing)),
            "median_seconds": share_of(spent, 0.5),
            "p90_seconds": share_of(spent, 0.9),
        }
    return figures, {key: +counts for key, counts in days.items()}


def assert_as_counted_by_hand(course):
    figures, lessons, lesson_days = CourseFigures.objects.get(course=course), *lessons_by_hand(course)
    assert {name: getattr(figures, name) for name in course_by_hand(course)} == course_by_hand(course)
    names = ("enrollments", "cancellations", "completions", "lessons_completed", "active_learners", "seconds_spent")
    days = {
        each.day: +Counter({name: getattr(each, name) for name in names})
        for each in CourseDay.objects.filter(course=course)
    }
    assert days == days_by_hand(course)
    found = {each.lesson_id: each for each in LessonFigures.objects.filter(course=course)}
    assert {key: {name: getattr(each, name) for name in lessons[key]} for key, each in found.items()} == lessons
    names = ("reached", "completed", "seconds_spent")
    found = LessonDay.objects.filter(course=course)
    counted = {(each.lesson_id, each.day): +Counter({name: getattr(each, name) for name in names}) for each in found}
    assert {key: counts for key, counts in counted.items() if counts} == {k: c for k, c in lesson_days.items() if c}


@pytest.mark.parametrize("seed", range(4))
@override_settings(TIME_ZONE=ZONE)
def test_figures_are_what_one_counts_by_hand(author, seed):
    rng = random.Random(seed)
    course, elsewhere = (CourseFactory(instructor=author, lessons=number) for number in (4, 2))
    happen(elsewhere, lesson_ids(elsewhere), rng, people=3)
    happen(course, [*lesson_ids(course), "0" * 24], rng)
    assert refresh_course(course.pk)
    assert_as_counted_by_hand(course)
    assert not CourseFigures.objects.filter(course=elsewhere).exists()


def test_figures_follow_what_happens_to_learners_and_lessons(course, author, learner):
    classmate = EnrollmentFactory(course=course, done=3).user
    first, second, _third = places = list(course.placements.order_by("position"))
    complete_lesson(learner=learner, course=course, lesson_id=first.lesson_id)
    spend(learner, course, second.lesson_id, START.date(), 90)
    refresh_course(course.pk)
    assert_as_counted_by_hand(course)
    reopen_lesson(learner=learner, course=course, lesson_id=first.lesson_id)
    unenroll(learner=classmate, course=course)
    set_placement(actor=author, placement=second, is_preview=False, is_published=False)
    remove_lesson(actor=author, placement=places[2])
    add_lesson(actor=author, course=course, body=text_body())
    refresh_course(course.pk)
    assert_as_counted_by_hand(course)
    reset_progress(learner=learner, course=course)
    TimeSpent.objects.filter(user=learner).delete()
    refresh_course(course.pk)
    assert_as_counted_by_hand(course)
    assert LessonFigures.objects.get(course=course, lesson_id=first.lesson_id).reached == 0
    assert CourseDay.objects.get(course=course).cancellations == 1


def test_a_course_without_learners_and_one_without_lessons_have_figures(author):
    for number in (0, 2):
        course = CourseFactory(instructor=author, lessons=number)
        refresh_course(course.pk)
        figures = CourseFigures.objects.get(course=course)
        assert (figures.learners, figures.mean_progress, figures.median_seconds) == (0, 0, None)
        assert LessonFigures.objects.filter(course=course).count() == number


def test_making_figures_anew_changes_no_row_that_is_right(course, learner):
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    spend(learner, course, lesson_ids(course)[1], START.date(), 90)
    refresh_course(course.pk)
    before = rows()
    refresh_course(course.pk)
    assert rows() == before


def rows():
    """Where PostgreSQL keeps each row: a row that is written again is elsewhere."""
    tables = ("course_days", "lesson_figures", "lesson_days")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{each}', ctid::text FROM {each}" for each in tables))
        return sorted(cursor.fetchall())


def rested(course, seconds=61, **fields):
    """As if the figures had been made this long ago."""
    CourseFigures.objects.filter(course=course).update(
        computed_at=datetime.now(UTC) - timedelta(seconds=seconds), **fields
    )


def quiet(course):
    """As if nobody had done anything for a week."""
    Enrollment.objects.filter(course=course).update(last_activity=datetime.now(UTC) - timedelta(days=7))


def test_a_course_that_was_never_looked_at_is_due(course, learner):
    assert (refresh_due(), refresh_due()) == (1, 0)


def test_the_figures_of_a_course_in_use_are_made_anew_when_they_have_rested(course, learner):
    refresh_due()
    rested(course, 50)
    assert refresh_due() == 0
    rested(course)
    assert refresh_due() == 1


def test_what_took_long_rests_a_hundred_times_as_long(course, learner):
    refresh_due()
    rested(course, 900, took_ms=10_000)
    assert refresh_due() == 0
    rested(course, 1_100, took_ms=10_000)
    assert refresh_due() == 1


def test_a_quiet_course_is_left_alone_for_a_day(course, learner):
    refresh_due()
    quiet(course)
    rested(course, 80_000)
    assert refresh_due() == 0
    rested(course, 90_000)
    assert refresh_due() == 1


def test_who_leaves_and_a_lesson_that_goes_are_noticed_in_a_quiet_course(course, learner, author):
    refresh_due()
    for act in (
        lambda: unenroll(learner=learner, course=course),
        lambda: remove_lesson(actor=author, placement=course.placements.latest("position")),
    ):
        quiet(course)
        rested(course)
        assert refresh_due() == 0
        act()
        quiet(course)
        assert refresh_due() == 1


def test_the_oldest_figures_are_made_first(author, learner, course):
    refresh_due()
    rested(course)
    newer = EnrollmentFactory(course=CourseFactory(instructor=author)).course
    assert refresh_due(limit=1) == 1
    assert CourseFigures.objects.filter(course=newer).exists()


def test_a_course_that_cannot_be_counted_keeps_no_other_waiting(author, learner, course, caplog):
    """It comes first again in each round, for it has no figures yet; its seconds are beyond what a row can say."""
    other = CourseFactory(instructor=author)
    for day in (START.date(), START.date() + timedelta(days=1)):
        spend_only(learner, course, lesson_ids(course)[0], day, 2**31 - 1)
    assert refresh_due() == 1 and f"course {course.pk} couldn't be made" in caplog.text
    assert CourseFigures.objects.get().course == other


def test_a_course_of_many_may_take_longer_than_a_page(course):
    refresh_course(course.pk)
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")  # lasts as long as the transaction, here that of the test
        assert cursor.fetchone() == ("10min",)


def test_a_course_that_is_gone_has_no_figures(course, author):
    refresh_course(course.pk)
    delete_course(actor=author, course=course)
    assert not CourseFigures.objects.exists() and not LessonDay.objects.exists()
    assert not refresh_course(course.pk)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_work(course, learner):
    done = at_once([refresh_due, refresh_due])
    assert sorted(done) == [0, 1]
    refresh_due()
    assert_as_counted_by_hand(course)


@pytest.mark.django_db(transaction=True)
def test_figures_are_whole_when_the_outline_changes_meanwhile(course, author, learner):
    last = course.placements.latest("position")
    answers = at_once(
        [
            lambda: refresh_course(course.pk),
            lambda: remove_lesson(actor=author, placement=last),
            lambda: complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0]),
        ]
    )
    assert not [each for each in answers if isinstance(each, Exception)]
    rested(course)
    refresh_due()
    assert_as_counted_by_hand(course)


def test_every_minute_the_worker_looks_which_are_due(course, learner):
    refresh_figures(timestamp=0)
    assert CourseFigures.objects.get(course=course).learners == 1
