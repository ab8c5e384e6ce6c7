"""One learner's story in one course, as its staff read it."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditAction, AuditLog
from accounts.services.people import block
from courses.models import Enrollment
from courses.services.enrollment import unenroll
from courses.services.progress import complete_lesson
from telemetry.models import TimeSpent
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, InstructorFactory, lesson_ids
from tests.telemetry.screens import assert_csv_says_the_same, tables

pytestmark = pytest.mark.django_db
URL = "/courses/weaving/analytics/learners/learner/"
DAY = date(2026, 3, 2)


@pytest.fixture
def story(course, learner):
    """A lesson done in two days, another begun, time in one that is gone, and two comments."""
    first, second, _third = lesson_ids(course)
    complete_lesson(learner=learner, course=course, lesson_id=first)
    today = timezone.localdate()
    times = [(first, DAY, 600), (first, today, 45), (second, DAY, 3_600), ("0" * 24, DAY - timedelta(days=1), 7)]
    for lesson, day, seconds in times:
        TimeSpent.objects.create(
            user=learner, course=course, lesson_id=lesson, day=day, seconds_spent=seconds, events=1
        )
    elsewhere = EnrollmentFactory(user=learner).course
    TimeSpent.objects.create(user=learner, course=elsewhere, lesson_id=first, day=DAY, seconds_spent=99_999, events=1)
    Enrollment.objects.filter(user=learner, course=course).update(seconds_spent=4_252)
    for is_private in (False, True):
        CommentFactory(course=course, user=learner, is_private=is_private)
    return course


def test_the_author_reads_how_far_and_how_long(as_author, story):
    page = as_author.get(URL).content.decode()
    for words in ("Lee Park", "@learner", "33%", "1 h 10 min", "on 3 days", "In progress", "12 weeks"):
        assert words in page, words
    assert "<dd>2</dd>" in page and 'href="/messages/learner/"' in page


def test_lessons_stand_in_order_with_time_and_completion(as_author, story):
    today = timezone.localdate().isoformat()
    assert tables(as_author.get(URL))["lessons"]["rows"] == [
        ["1. Lesson 1", "100", today, "645", today],
        ["2. Lesson 2", "0", "", "3600", "2026-03-02"],
        ["3. Lesson 3", "0", "", "0", ""],
        ["Lessons that were removed", "", "", "7", "2026-03-01"],
    ]


def test_csv_says_what_the_screen_says_and_is_noted(as_author, author, story, learner):
    assert_csv_says_the_same(as_author, URL, "lessons")
    entry = AuditLog.objects.get(action=AuditAction.DATA_EXPORTED)
    assert (entry.user_id, entry.resource_type, entry.resource_id) == (author.pk, "learner", str(learner.pk))
    assert entry.details == {"course": story.pk}


def test_who_left_and_who_is_blocked_is_said(as_author, story, learner, admin):
    unenroll(learner=learner, course=story)
    block(actor=admin, person=learner, reason="Spam")
    page = as_author.get(URL).content.decode()
    for words in ("Cancelled", "left on", ">Blocked<"):
        assert words in page, words
    assert "Write a message" not in page


def test_an_administrator_is_led_to_their_other_courses_an_author_is_not(as_admin, as_author, story):
    assert 'href="/reports/people/learner/"' in as_admin.get(URL).content.decode()
    assert "/reports/" not in as_author.get(URL).content.decode()


def test_without_mongodb_the_story_is_told_by_places(as_author, story, mongodb_is_away):
    with mongodb_is_away():
        response = as_author.get(URL)
    assert response.status_code == 200
    assert tables(response)["lessons"]["rows"][1][0] == "2. Lesson 2"


def test_somebody_who_never_learned_here_has_no_story(as_author, course, stranger):
    assert as_author.get("/courses/weaving/analytics/learners/stranger/").status_code == 404
    assert as_author.get("/courses/weaving/analytics/learners/nobody_here/").status_code == 404


@pytest.mark.parametrize("url", [URL, URL.removesuffix("/") + ".csv"])
def test_only_the_staff_of_this_course_read_it(
    story, as_learner, as_stranger, as_admin, sign_in, visitor, learner, url
):
    assert as_admin.get(url).status_code == 200
    other_author = InstructorFactory()
    EnrollmentFactory(user=learner, course=CourseFactory(instructor=other_author, lessons=1))
    assert [each.get(url).status_code for each in (as_learner, as_stranger, sign_in(other_author))] == [404] * 3
    assert visitor.get(url).status_code == 302
    assert as_admin.post(url).status_code == 405
