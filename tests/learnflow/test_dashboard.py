"""The dashboard: time, streak, measures, messages, what one teaches, what one might like."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils.formats import date_format

from accounts.models import User
from courses.models import Course, Enrollment
from courses.services.enrollment import unenroll
from discussions.services.messages import mute, send, unmute
from telemetry.services.metrics import record_metric, sum_metrics
from tests.factories import CourseFactory, EnrollmentFactory, lesson_ids
from tests.telemetry.times import rolled_up, spend

DAY = timedelta(days=1)
# The last Wednesday: sessions of the browsers are good by PostgreSQL's own clock, which nobody sets.
NOW = datetime.now(UTC)
NOON = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - (NOW.weekday() - 2) % 7 * DAY


@pytest.fixture(autouse=True)
def _a_wednesday():
    with time_machine.travel(NOON, tick=False):
        yield


def learn(person, course, *, ago=0, minutes=10, lesson=0, at=NOON):
    spend(person, course, lesson_ids(course)[lesson], began=at - ago * DAY - timedelta(hours=1), seconds=minutes * 60)


def said(day):
    """A day as the page says it."""
    return date_format(day, "DATE_FORMAT")


def text(client, url="/dashboard/"):
    """What the page says, tags left out."""
    page = client.get(url).content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_time_is_shown_by_day_and_compared_with_last_week(as_learner, learner, course):
    learn(learner, course, minutes=25)
    learn(learner, course, ago=1, minutes=20, lesson=1)
    learn(learner, course, ago=7, minutes=15)
    rolled_up()
    page = text(as_learner)
    assert "This week 45 min 30 min more than by Wednesday last week." in page
    assert "2 days in a row Your longest yet." in page
    assert "Last 12 weeks 1 h On 3 days." in page
    assert f"{said(NOON)}: 25 min" in page and f"{said(NOON - DAY)}: 20 min" in page and said(NOON + DAY) not in page


def test_time_of_each_course_stands_at_its_ring(as_learner, learner, course):
    other = EnrollmentFactory(user=learner, course=CourseFactory(title="Felting", lessons=1)).course
    learn(learner, course, minutes=200)
    learn(learner, other, ago=1, minutes=5)
    rolled_up()
    Enrollment.objects.filter(course=other).update(last_activity=NOON - DAY)
    page = text(as_learner)
    assert "0% 3 h 20 min so far" in page and "Felting 5 min" in page
    assert "3 h 20 min spent" in text(as_learner, "/my-learning/")
    assert "Time you have spent: 3 h 20 min." in text(as_learner, "/courses/weaving/progress/")


def test_who_lives_elsewhere_sees_their_own_days(sign_in, learner, course):
    learner.time_zone = "Pacific/Tongatapu"  # thirteen hours ahead all year
    learner.save()
    learn(learner, course, minutes=20, at=NOON)  # past midnight over there
    rolled_up()
    page = text(sign_in(learner))
    assert f"{said(NOON + DAY)}: 20 min" in page and f"{said(NOON)}: 0 min" in page


def test_who_flew_west_does_not_see_tomorrow(sign_in, learner, course):
    learner.time_zone = "Pacific/Tongatapu"  # thirteen hours ahead all year
    learner.save()
    learn(learner, course, minutes=20)
    rolled_up()
    User.objects.filter(pk=learner.pk).update(time_zone="America/Los_Angeles")
    page = text(sign_in(learner))
    assert said(NOON + DAY) not in page and "Open a lesson, and the time you spend" in page


def test_somebody_who_has_not_learned_yet_is_told_what_will_show(as_learner):
    page = text(as_learner)
    assert "Open a lesson, and the time you spend on it shows here, day by day." in page and "Streak" not in page


def test_somebody_new_sees_neither_time_nor_messages(as_stranger):
    page = text(as_stranger)
    assert "Your courses will be here" in page
    assert "Your time" not in page and "Unread messages" not in page and "You teach" not in page


def test_others_time_is_not_mine(as_learner, course, stranger):
    EnrollmentFactory(user=stranger, course=course)
    learn(stranger, course)
    rolled_up()
    assert "Streak" not in text(as_learner)


def test_measures_show_with_their_mean_and_a_chart(as_learner, learner):
    for ago, minutes in ((0, 30), (1, 40), (40, 999)):
        record_metric(person=learner, metric_type="coding_time", value=minutes, at=NOON - ago * DAY)
    record_metric(person=learner, metric_type="mood", value={"is": "fine"})
    sum_metrics()
    page = text(as_learner)
    assert "Coding time 35 a day, on 2 days." in page and "Mood Recorded on 1 day." in page and "999" not in page


def test_measures_beyond_drawing_are_counted(as_learner, learner):
    for value in (1e308, 1e308, -5):
        record_metric(person=learner, metric_type="grains_of_sand", value=value)
    sum_metrics()
    assert "Grains of sand Recorded on 1 day." in text(as_learner)


def test_only_three_measures_show_those_recorded_last(as_learner, learner):
    for ago, kind in enumerate(("newest", "second", "third", "oldest")):
        record_metric(person=learner, metric_type=kind, value=1, at=NOON - ago * DAY)
    sum_metrics()
    page = text(as_learner)
    assert "Newest" in page and "Third" in page and "Oldest" not in page


def test_unread_messages_show_until_they_are_read_or_muted(as_learner, learner, author, course):
    send(sender=author, receiver=learner, content="Bring a shuttle.", key=uuid4())
    assert "Unread messages" in text(as_learner) and "Bring a shuttle." in text(as_learner)
    mute(person=learner, other=author)
    assert "Unread messages" not in text(as_learner)
    unmute(person=learner, other=author)
    as_learner.get("/messages/author/")
    assert "Unread messages" not in text(as_learner)


def test_what_one_teaches_leads_to_its_analytics(as_author, as_stranger, course):
    page = as_author.get("/dashboard/").content.decode()
    assert "You teach" in page and "/courses/weaving/analytics/" in page
    assert "/analytics/" not in as_stranger.get("/dashboard/").content.decode()


def test_administrators_are_led_to_reports(as_admin, as_author, course):
    page = as_admin.get("/dashboard/").content.decode()
    assert {f"/reports/{each}/" for each in ("enrollments", "progress", "lessons")} <= set(
        re.findall(r'href="(.*?)"', page)
    )
    assert "/reports/" not in as_author.get("/dashboard/").content.decode()


def test_a_course_completed_is_counted_when_none_is_in_progress(as_stranger, stranger):
    EnrollmentFactory(user=stranger, course=CourseFactory(lessons=1), done=1)
    assert "1 course completed" in text(as_stranger)


def test_courses_of_the_same_category_are_recommended_however_few_take_them(learner, course):
    for _ in range(25):
        popular = CourseFactory(lessons=0)
        Course.objects.filter(pk=popular.pk).update(enrollment_count=1_000)
    near = CourseFactory(title="Felting", category=course.category, lessons=0)
    assert Course.objects.recommended_to(learner)[0] == near


def test_nothing_is_recommended_that_one_has_left_teaches_or_cannot_see(learner, course, author):
    unenroll(learner=learner, course=course)
    CourseFactory(category=course.category, is_published=False, lessons=0)
    CourseFactory(category=course.category, instructor=author, title="Mine", lessons=0)
    assert [each.title for each in Course.objects.recommended_to(learner)] == ["Mine"]
    assert not Course.objects.recommended_to(author).exists()
