"""A course's analytics: what its staff read on the page and in its tables."""

from datetime import timedelta

import pytest

from courses.services.enrollment import unenroll
from courses.services.outline import set_placement
from courses.services.progress import complete_lesson
from telemetry.models import CourseDay, LessonFigures, TimeSpent
from telemetry.periods import today
from telemetry.services.figures import refresh_course
from tests.factories import EnrollmentFactory, InstructorFactory, lesson_ids
from tests.telemetry.screens import assert_csv_says_the_same, csv_lines, tables

pytestmark = pytest.mark.django_db
URL = "/courses/weaving/analytics/"


@pytest.fixture
def figures(course, learner):
    """Three learners: one has done a lesson, one all of them in 25 minutes each, one has left."""
    first, second, third = lesson_ids(course)
    complete_lesson(learner=learner, course=course, lesson_id=first)
    quick = EnrollmentFactory(course=course, done=3).user
    unenroll(learner=EnrollmentFactory(course=course, done=2).user, course=course)
    day = today() - timedelta(days=2)
    times = [(learner, first, 60), (learner, second, 300), *((quick, each, 1_500) for each in (first, second, third))]
    for person, lesson, seconds in times:
        TimeSpent.objects.create(user=person, course=course, lesson_id=lesson, day=day, seconds_spent=seconds, events=1)
    refresh_course(course.pk)
    return course


def test_the_author_sees_how_the_course_is_used(as_author, figures):
    page = as_author.get(URL).content.decode()
    for words in (
        "Learners",
        "and 1 who left",
        "66%",
        "1 completed it (50%)",
        "1 h 21 min",
        "As of",
        "In these 30 days",
    ):
        assert words in page, words


def test_lessons_stand_in_order_with_who_reached_them_and_how_long_it_took(as_author, figures):
    table = tables(as_author.get(URL))["lessons"]
    assert table["rows"] == [
        ["1. Lesson 1", "2", "100", "2", "100", "60", "1500", "2"],
        ["2. Lesson 2", "2", "100", "1", "50", "300", "1500", "1"],
        ["3. Lesson 3", "1", "50", "1", "50", "1500", "1500", "1"],
    ]


def test_lessons_that_are_reached_and_not_completed_come_first_where_learners_stop(as_author, figures):
    assert tables(as_author.get(URL))["stops"]["rows"] == [["2. Lesson 2", "50", "1", "50.0"]]


def test_days_say_what_happened_on_them(as_author, figures):
    rows = {row[0]: row[1:] for row in tables(as_author.get(f"{URL}?days=7"))["days"]["rows"]}
    assert len(rows) == 7
    assert rows[today().isoformat()] == ["3", "1", "1", "6", "0", "0"]
    assert rows[(today() - timedelta(days=2)).isoformat()] == ["0", "0", "0", "0", "2", "4860"]


@pytest.mark.parametrize("asked", ["", "?days=7", "?days=90", "?from=2025-01-01&to=2025-11-30"])
@pytest.mark.parametrize("name", ["days", "lessons", "stops"])
def test_csv_says_what_the_screen_says(as_author, figures, name, asked):
    assert_csv_says_the_same(as_author, f"{URL}{asked}", name)


def test_a_long_range_is_shown_by_weeks(as_author, figures):
    rows = tables(as_author.get(f"{URL}?from=2026-01-01&to=2026-06-30"))["days"]["rows"]
    assert [row[0] for row in rows[:3]] == ["2026-01-01", "2026-01-05", "2026-01-12"]


def test_what_happened_is_compared_with_as_many_days_before(as_author, figures):
    CourseDay.objects.create(course=figures, day=today() - timedelta(days=8), enrollments=41)
    CourseDay.objects.create(course=figures, day=today() - timedelta(days=15), enrollments=500)
    page = as_author.get(f"{URL}?days=7").content.decode()
    assert "7 days before: 41" in page


def test_a_lesson_that_learners_do_not_see_is_marked(as_author, figures, author):
    set_placement(actor=author, placement=figures.placements.get(position=2), is_preview=False, is_published=False)
    refresh_course(figures.pk)
    rows = tables(as_author.get(URL))["lessons"]["rows"]
    assert [row[0] for row in rows] == ["1. Lesson 1", "2. Lesson 2 (Not published)", "3. Lesson 3"]


def test_a_lesson_newer_than_the_figures_has_none_yet(as_author, figures):
    LessonFigures.objects.filter(lesson_id=lesson_ids(figures)[2]).delete()
    assert tables(as_author.get(URL))["lessons"]["rows"][2] == ["3. Lesson 3", *[""] * 7]


def test_without_mongodb_lessons_are_named_by_their_place(as_author, figures, mongodb_is_away):
    with mongodb_is_away():
        response = as_author.get(URL)
    assert response.status_code == 200
    assert "The titles of lessons can't be read" in response.content.decode()
    assert tables(response)["lessons"]["rows"][1][:2] == ["2. Lesson 2", "2"]


def test_before_the_first_figures_the_page_says_when_they_come(as_author, course, learner):
    response = as_author.get(URL)
    assert "The first figures come within a minute" in response.content.decode()
    assert csv_lines(as_author.get(f"{URL}lessons.csv?days=7"))[1][:2] == ["1. Lesson 1", ""]


def test_a_course_without_learners_says_what_will_be_here(as_author, course):
    refresh_course(course.pk)
    assert "Nobody has enrolled yet" in as_author.get(URL).content.decode()


def test_a_range_that_cannot_be_comes_back_with_a_sentence_at_its_field(as_author, figures):
    response = as_author.get(f"{URL}?from=2026-05-02&to=2026-05-01")
    assert response.status_code == 422
    assert "Choose a first day" in response.content.decode()
    assert as_author.get(f"{URL}days.csv?from=yesterday").status_code == 422


@pytest.mark.parametrize("url", [URL, f"{URL}days.csv", f"{URL}lessons.csv", f"{URL}stops.csv"])
def test_only_the_staff_of_the_course_see_them(figures, as_learner, as_stranger, as_admin, sign_in, visitor, url):
    assert as_admin.get(url).status_code == 200
    assert [each.get(url).status_code for each in (as_learner, as_stranger, sign_in(InstructorFactory()))] == [404] * 3
    assert visitor.get(url).status_code == 302
    assert as_admin.post(url).status_code == 405


def test_a_table_that_there_is_not_is_no_address(as_author, figures):
    assert as_author.get(f"{URL}people.csv").status_code == 404


def test_the_course_page_leads_its_staff_to_them(as_author, as_learner, course):
    assert URL in as_author.get("/courses/weaving/").content.decode()
    assert URL not in as_learner.get("/courses/weaving/").content.decode()


def test_the_pages_of_authoring_lead_there_too(as_author, course):
    assert URL in as_author.get(f"/admin/courses/course/{course.pk}/outline/").content.decode()
