"""One learner's whole story, as administrators read it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Enrollment, LessonProgress
from courses.services.enrollment import unenroll
from courses.services.outline import set_placement
from learnflow import person_story
from telemetry.models import TimeSpent
from tests.factories import CommentFactory, CourseFactory, EnrollmentFactory, UserFactory, lesson_ids
from tests.telemetry.screens import tables

pytestmark = pytest.mark.django_db
URL = "/reports/people/learner/"


@pytest.fixture
def story(course, learner, author):
    """A lesson of weaving is done, in two sittings; a course was left; of two comments one was deleted."""
    first, second, _third = lesson_ids(course)
    enrollment = Enrollment.objects.get(user=learner, course=course)
    for lesson, percent, at in ((first, 100, timezone.now()), (second, 40, None)):
        LessonProgress.objects.create(
            enrollment=enrollment, lesson_id=lesson, progress_percent=percent, completed_at=at
        )
    Enrollment.objects.recompute([enrollment.pk])
    today = timezone.localdate()
    for lesson, day, seconds in ((first, today, 600), (first, today - timedelta(days=3), 300), (second, today, 65)):
        TimeSpent.objects.create(
            user=learner, course=course, lesson_id=lesson, day=day, seconds_spent=seconds, events=9
        )
    Enrollment.objects.filter(pk=enrollment.pk).update(seconds_spent=965, last_activity=timezone.now())
    other = CourseFactory(title="Dyeing", slug="dyeing", lessons=1)
    EnrollmentFactory(user=learner, course=other)
    unenroll(learner=learner, course=other)
    CommentFactory(course=course, user=learner)
    gone = CommentFactory(course=course, user=learner)
    type(gone).objects.filter(pk=gone.pk).update(deleted_at=timezone.now(), content="", content_html="")
    return enrollment


def test_each_course_has_its_lessons_with_percent_completion_and_time(as_admin, story):
    page = as_admin.get(URL)
    today = str(timezone.localdate())
    assert tables(page)[f"course-{story.pk}"]["rows"] == [
        ["1. Lesson 1", "100", today, "900"],
        ["2. Lesson 2", "40", "", "65"],
        ["3. Lesson 3", "0", "", "0"],
    ]
    for words in ("Lee Park", "Weaving for everyone", "46%", "16 min", "Dyeing", "Cancelled", "left on"):
        assert words in page.text, words


def test_totals_are_over_all_courses(as_admin, story):
    page = as_admin.get(URL)
    assert (page.context["stats"].courses, page.context["time"]) == (2, "16 min")
    assert page.context["person"].comment_count == 1
    assert sum(page.context["calendar"].seconds.values()) == 965


def test_courses_come_a_page_at_a_time(as_admin, story, monkeypatch):
    monkeypatch.setattr(person_story, "PAGE", 1)
    first = as_admin.get(URL)
    second = as_admin.get(f"{URL}{first.context['next_url']}")
    shown = [page.context["courses"][0]["course"].title for page in (first, second)]
    assert sorted(shown) == ["Dyeing", "Weaving for everyone"]
    assert second.context["stats"].courses == 2 and not second.context["next_url"]


def test_a_lesson_that_learners_do_not_see_is_left_out(as_admin, story, course, author):
    set_placement(actor=author, placement=course.placements.first(), is_preview=False, is_published=False)
    assert len(tables(as_admin.get(URL))[f"course-{story.pk}"]["rows"]) == 2


def test_without_mongodb_lessons_are_named_by_their_place(as_admin, story, mongodb_is_away):
    with mongodb_is_away():
        page = as_admin.get(URL)
    assert tables(page)[f"course-{story.pk}"]["rows"][0][0] == "1. Lesson 1"


def test_somebody_who_never_enrolled_has_a_page(as_admin):
    UserFactory(username="newcomer", first_name="<b>New", last_name="")
    page = as_admin.get("/reports/people/newcomer/")
    assert "has never enrolled in a course" in page.text and "<b>New" not in page.text


def test_nobody_but_administrators_reads_it(course, as_author, as_learner, as_admin, visitor):
    assert as_author.get(URL).status_code == as_learner.get(URL).status_code == 404
    assert visitor.get(URL).url.startswith("/accounts/login/")
    assert as_admin.get("/reports/people/nobody/").status_code == 404
    assert as_admin.post(URL).status_code == 405


def test_a_page_that_cannot_be_is_refused(as_admin, learner):
    assert as_admin.get(f"{URL}?after=x").status_code == 422


def test_administrators_find_it_and_the_reports(as_admin, as_author, learner):
    assert f'href="{URL}"' in as_admin.get("/people/learner/").text
    assert f'href="{URL}"' in as_admin.get(f"/admin/accounts/user/{learner.pk}/change/").text
    assert f'href="{URL}"' in as_admin.get("/courses/weaving/analytics/learners/learner/").text
    assert 'href="/reports/"' in as_admin.get("/").text
    assert 'href="/reports/"' in as_admin.get("/admin/accounts/user/").text
    for url in ("/", "/people/learner/", "/admin/courses/course/"):
        assert "/reports/" not in as_author.get(url).text
