"""A prepared query finds what the QuerySet it was made from would find."""

import pytest

from courses.models import Course, Enrollment
from learnflow.prepared import Prepared
from tests.factories import EnrollmentFactory

OF_SLUG = Prepared(lambda slug: Course.objects.published().for_page().filter(slug=slug), "?")
MINE = Prepared(
    lambda user, course: Enrollment.objects.filter(user_id=user, course_id=course).with_completed_lessons(), -1, -2
)


def test_it_is_what_the_queryset_finds(course):
    found, expected = OF_SLUG.first(course.slug), Course.objects.for_page().get(slug=course.slug)
    assert found == expected
    assert found.get_deferred_fields() == expected.get_deferred_fields()
    assert {name: vars(found)[name] for name in vars(expected) if name != "_state"} == {
        name: value for name, value in vars(expected).items() if name != "_state"
    }


def test_related_rows_come_with_it(course, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = OF_SLUG.first(course.slug)
        named = found.category.name, found.instructor.username
    assert named == (course.category.name, "author")


def test_annotations_come_with_it(course):
    enrollment = EnrollmentFactory(course=course, done=2)
    assert len(MINE.first(enrollment.user_id, course.pk).completed) == 2


def test_values_go_to_their_places(course):
    first, second = EnrollmentFactory(course=course), EnrollmentFactory(course=course)
    assert [MINE.first(each.user_id, course.pk) for each in (second, first)] == [second, first]


@pytest.mark.django_db
def test_nothing_is_none():
    assert OF_SLUG.first("nowhere") is None


def test_what_it_finds_can_be_saved(course):
    found = OF_SLUG.first(course.slug)
    found.title = "Knots"
    found.save(update_fields=["title"])
    assert Course.objects.get(pk=course.pk).title == "Knots"
