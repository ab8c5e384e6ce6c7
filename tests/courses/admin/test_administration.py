"""What only admins do: enrolling people, and saying which categories there are."""

import pytest
from django.urls import reverse

from accounts.models import AuditAction, AuditLog
from courses.models import Category, Enrollment
from tests.factories import CourseFactory, EnrollmentFactory

pytestmark = pytest.mark.django_db(transaction=True)

ENROLL = "/admin/courses/enrollment/add/"


def test_admin_enrolls_a_person_into_a_paid_course(as_admin, admin, stranger):
    paid = CourseFactory(price=49, lessons=1)
    as_admin.post(ENROLL, {"email": "Stranger@Example.org", "course": paid.pk})
    assert Enrollment.objects.get().user == stranger
    assert AuditLog.objects.get(action=AuditAction.ENROLLED).user_id == admin.pk


def test_address_that_nobody_has_is_said(as_admin, course):
    answer = as_admin.post(ENROLL, {"email": "nobody@example.org", "course": course.pk})
    assert answer.status_code == 422
    assert "Nobody has signed up with this address." in answer.content.decode()


def test_enrolling_again_says_that_it_was_so(as_admin, learner, course):
    answer = as_admin.post(ENROLL, {"email": learner.email, "course": course.pk}, follow=True)
    assert "Lee Park was enrolled already." in answer.content.decode()


def test_list_of_enrollments_is_searched_and_changes_nothing(as_admin, learner):
    address = reverse("admin:courses_enrollment_changelist")
    assert "Lee Park" in as_admin.get(f"{address}?q=learner@").content.decode()
    assert "Lee Park" not in as_admin.get(f"{address}?q=zebra").content.decode()
    assert "Lee Park" in as_admin.get(f"{address}?status__exact=active").content.decode()
    assert as_admin.get(f"{address}{Enrollment.objects.get().pk}/change/").status_code == 404


def test_list_of_enrollments_costs_the_same_with_more_of_them(as_admin, learner, django_assert_max_num_queries):
    address = reverse("admin:courses_enrollment_changelist")
    with django_assert_max_num_queries(6) as queries:
        as_admin.get(address)
        before = len(queries)
    EnrollmentFactory.create_batch(2)
    with django_assert_max_num_queries(before):
        as_admin.get(address)


def test_admin_adds_a_category_and_authors_choose_it(as_admin, as_author):
    address = reverse("admin:courses_category_add")
    as_admin.post(address, {"name": "Textiles", "slug": "textiles", "icon": "brush"})
    assert Category.objects.get(slug="textiles").icon == "brush"
    assert "Textiles" in as_author.get(reverse("admin:courses_course_add")).content.decode()


def test_category_with_courses_cant_be_deleted(as_admin, course):
    address = reverse("admin:courses_category_delete", args=[course.category_id])
    as_admin.post(address, {"post": "yes"})
    assert Category.objects.filter(pk=course.category_id).exists()


def test_category_that_isnt_there_is_not_found(as_admin):
    assert as_admin.get(reverse("admin:courses_category_change", args=[10**18])).status_code == 404
