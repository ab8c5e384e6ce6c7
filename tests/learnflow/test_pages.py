"""Home, dashboard and a person's page: what one sees there, with the stores up and without MongoDB."""

import pytest
from django.core.cache import cache

from courses.content import progress
from courses.services.enrollment import unenroll
from courses.services.progress import complete_lesson
from courses.services.publishing import unpublish
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory, lesson_ids


def text(response):
    return response.content.decode()


def test_home_shows_courses_to_visitors(visitor, course):
    assert "Weaving for everyone" in text(visitor.get("/"))


def test_home_forgets_a_course_when_it_is_unpublished(visitor, author, course):
    visitor.get("/")
    unpublish(actor=author, course=course)
    assert "Weaving for everyone" not in text(visitor.get("/"))


def test_home_without_any_course_says_so_and_stays_whole(visitor):
    cache.clear()
    assert visitor.get("/").status_code == 200


def test_dashboard_goes_on_at_the_first_missing_lesson(as_learner, learner, course):
    first, second, _ = lesson_ids(course)
    complete_lesson(learner=learner, course=course, lesson_id=first)
    page = text(as_learner.get("/dashboard/"))
    assert f"/courses/weaving/lessons/{second}/" in page and "Lesson 2" in page and "33%" in page


def test_dashboard_goes_on_at_the_lesson_opened_last(as_learner, learner, course):
    third = lesson_ids(course)[2]
    as_learner.get(f"/courses/weaving/lessons/{third}/")
    assert f"/courses/weaving/lessons/{third}/" in text(as_learner.get("/dashboard/"))


def test_dashboard_without_mongodb_goes_on_at_the_first_missing_lesson(as_learner, learner, course, mongodb_is_away):
    progress.open_lesson(user_id=learner.pk, course_id=course.pk, lesson_id=lesson_ids(course)[2])
    with mongodb_is_away():
        page = as_learner.get("/dashboard/")
    assert page.status_code == 200 and f"/lessons/{lesson_ids(course)[0]}/" in text(page)


def test_dashboard_of_somebody_new_offers_courses(as_stranger, course):
    page = text(as_stranger.get("/dashboard/"))
    assert "Your courses will be here" in page and "Weaving for everyone" in page


def test_dashboard_recommends_nothing_that_one_takes_or_left(as_learner, learner, course):
    unenroll(learner=learner, course=course)
    other = CourseFactory(title="Felting", lessons=1)
    page = text(as_learner.get("/dashboard/"))
    assert other.title in page and "Weaving for everyone" not in page


def test_dashboard_of_an_author_lists_drafts_to_them_only(as_author, as_stranger, author):
    CourseFactory(instructor=author, title="Unfinished felting", is_published=False)
    assert "Unfinished felting" in text(as_author.get("/dashboard/"))
    assert "Unfinished felting" not in text(as_stranger.get("/dashboard/"))


def test_a_persons_page_shows_what_they_teach_and_nothing_private(visitor, author, course):
    CourseFactory(instructor=author, title="Unfinished felting", is_published=False)
    page = text(visitor.get("/people/author/"))
    assert "Ada Weaver" in page and "Weaving for everyone" in page
    assert author.email not in page and "Unfinished felting" not in page


def test_a_learners_page_tells_nobody_what_they_learn(visitor, learner, course):
    page = text(visitor.get("/people/learner/"))
    assert "Lee Park" in page and "Weaving for everyone" not in page and learner.email not in page


@pytest.mark.parametrize("query", ["", "?status=active", "?status=completed", "?status=cancelled"])
def test_my_learning_lists_only_what_is_mine(as_learner, learner, course, query):
    EnrollmentFactory(user=UserFactory(), course=CourseFactory(title="Felting", lessons=1))
    page = text(as_learner.get(f"/my-learning/{query}"))
    assert ("Weaving for everyone" in page) == (query in ("", "?status=active"))
    assert "Felting" not in page


def test_a_course_one_left_waits_with_its_progress(as_learner, learner, course):
    complete_lesson(learner=learner, course=course, lesson_id=lesson_ids(course)[0])
    unenroll(learner=learner, course=course)
    page = text(as_learner.get("/my-learning/?status=cancelled"))
    assert "Weaving for everyone" in page and "33%" in page
