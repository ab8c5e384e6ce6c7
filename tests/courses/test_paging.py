"""The key of a page is an id, which anybody can write: it must tell nothing about what it belongs to."""

from datetime import timedelta

import pytest
from django.utils import timezone

from courses.models import Enrollment
from tests.factories import CourseFactory, EnrollmentFactory, UserFactory

pytestmark = pytest.mark.django_db


def titles(page):
    return [card.title for card in page.context["courses"]]


def test_next_page_begins_after_the_last_course(visitor):
    cheap, dear = CourseFactory(title="Cheap", price=1), CourseFactory(title="Dear", price=9)
    assert titles(visitor.get("/courses/", {"sort": "price", "after": cheap.pk})) == [dear.title]


def test_price_of_a_draft_cannot_be_found_by_what_comes_after_it(visitor):
    CourseFactory(price=1), CourseFactory(price=9)
    draft = CourseFactory(price=5, is_published=False)
    assert titles(visitor.get("/courses/", {"sort": "price", "after": draft.pk})) == []


def seen(enrollment, *, days_ago):
    Enrollment.objects.filter(pk=enrollment.pk).update(last_activity=timezone.now() - timedelta(days=days_ago))


def test_next_page_of_my_learning_begins_after_the_last_one(stranger, as_stranger):
    new, old = EnrollmentFactory(user=stranger), EnrollmentFactory(user=stranger)
    seen(new, days_ago=1), seen(old, days_ago=9)
    rows = as_stranger.get("/my-learning/", {"after": new.pk}).context["rows"]
    assert [row["enrollment"] for row in rows] == [old]


def test_when_somebody_else_was_here_cannot_be_found_by_their_enrollment(stranger, as_stranger):
    mine, theirs = EnrollmentFactory(user=stranger), EnrollmentFactory(user=UserFactory())
    seen(theirs, days_ago=5), seen(mine, days_ago=9)
    assert as_stranger.get("/my-learning/", {"after": theirs.pk}).context["rows"] == []
