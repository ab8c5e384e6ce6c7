"""Who may enter the admin, and what instructors see of each other there: nothing."""

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.http import Http404
from django.urls import reverse

from courses.admin.urls import authoring_urls
from courses.models import Course
from tests.factories import CourseFactory, InstructorFactory, lesson_ids

pytestmark = pytest.mark.django_db(transaction=True)

OF_A_COURSE = [
    "courses_course_change",
    "courses_course_delete",
    "courses_course_history",
    "course_outline",
    "course_publishing",
    "publish_course",
    "unpublish_course",
    "upload_picture",
    "arrange_outline",
    "add_section",
    "reuse_lesson",
]
OF_A_SECTION = ["rename_section", "delete_section", "move_section"]
OF_A_LESSON = [
    "edit_lesson",
    "preview_lesson",
    "move_lesson",
    "mark_lesson",
    "duplicate_lesson",
    "remove_lesson",
    "lesson_revisions",
]


def addresses(course):
    lesson_id, section = lesson_ids(course)[0], course.sections.first().pk
    yield from (reverse(f"admin:{name}", args=[course.pk]) for name in OF_A_COURSE)
    yield from (reverse(f"admin:{name}", args=[course.pk, section]) for name in OF_A_SECTION)
    yield from (reverse(f"admin:{name}", args=[course.pk, lesson_id]) for name in OF_A_LESSON)
    yield reverse("admin:add_lesson", args=[course.pk, "text"])
    yield reverse("admin:lesson_revision", args=[course.pk, lesson_id, 1])
    yield reverse("admin:restore_revision", args=[course.pk, lesson_id, 1])


def answers(client, course):
    """What GET and POST answer on every address of this course; a wrong method counts as nothing."""
    for address in addresses(course):
        for response in (client.get(address), client.post(address)):
            if response.status_code != 405:
                yield address, response


def test_every_address_of_authoring_is_asked_for_here(course):
    known = {*OF_A_COURSE, *OF_A_SECTION, *OF_A_LESSON, "add_lesson", "lesson_revision", "restore_revision"}
    without_course = {"courses_course_add", "preview_markdown"}
    assert {each.name for each in authoring_urls(admin.site)} == known | without_course


def test_another_instructor_finds_nothing_of_my_course(course, sign_in):
    client = sign_in(InstructorFactory())
    assert {response.status_code for _, response in answers(client, course)} == {404}


def test_my_lesson_isnt_found_below_a_course_of_somebody_else(course, as_author):
    elsewhere = CourseFactory(lessons=1)
    wrong = reverse("admin:edit_lesson", args=[elsewhere.pk, lesson_ids(course)[0]])
    assert as_author.get(wrong).status_code == 404


def test_learner_finds_no_admin(course, as_learner):
    assert {response.status_code for _, response in answers(as_learner, course)} == {404}
    assert as_learner.get("/admin/").status_code == 404
    assert as_learner.get("/admin/login/").status_code == 404


def test_visitor_is_asked_to_sign_in_where_everybody_does(course, visitor):
    first = visitor.get(reverse("admin:course_outline", args=[course.pk]), follow=True)
    assert first.request["PATH_INFO"] == reverse("account_login")
    assert {response.status_code for _, response in answers(visitor, course)} == {302}


def test_admin_opens_every_course(course, as_admin):
    pages = [address for address in addresses(course) if "/versions/1/" not in address]
    assert {as_admin.get(address).status_code for address in pages} == {200, 405}


def test_list_holds_my_courses_only(course, author, sign_in):
    CourseFactory(title="Somebody else's")
    page = sign_in(author).get(reverse("admin:courses_course_changelist")).content.decode()
    assert "Weaving for everyone" in page
    assert "Somebody else" not in page
    assert reverse("admin:courses_course_change", args=[course.pk]) in page


def test_list_of_an_admin_holds_all_and_says_whose_they_are(course, as_admin):
    CourseFactory(title="Somebody else's")
    page = as_admin.get(reverse("admin:courses_course_changelist"))
    assert "Somebody else" in page.content.decode()
    assert "Ada Weaver" in page.content.decode()


@pytest.mark.parametrize(
    ("query", "is_found"), [("q=weav", True), ("q=zebra", False), ("state=draft", False), ("state=published", True)]
)
def test_list_is_searched_and_filtered(course, as_author, query, is_found):
    page = as_author.get(f"{reverse('admin:courses_course_changelist')}?{query}")
    assert ("Weaving for everyone" in page.content.decode()) is is_found


@pytest.mark.parametrize("page", ["category_changelist", "enrollment_changelist", "enrollment_add"])
def test_categories_and_enrollments_are_for_admins(as_author, as_admin, page):
    assert as_author.get(reverse(f"admin:courses_{page}")).status_code == 404
    assert as_admin.get(reverse(f"admin:courses_{page}")).status_code == 200


def test_instructor_comes_from_the_door_to_the_courses(as_author, as_admin):
    assert as_author.get("/admin/").url == reverse("admin:courses_course_changelist")
    assert as_admin.get("/admin/").status_code == 200


def test_list_costs_the_same_with_twice_the_courses(course, author, as_author, django_assert_max_num_queries):
    address = reverse("admin:courses_course_changelist")
    as_author.get(address)
    with django_assert_max_num_queries(8) as queries:
        as_author.get(address)
    before = len(queries)
    CourseFactory.create_batch(3, instructor=author)
    with django_assert_max_num_queries(before):
        as_author.get(address)


def test_drafts_of_others_have_no_address_that_tells_theirs(sign_in, author, course):
    kind = ContentType.objects.get_for_model(course)
    for person in (author, InstructorFactory()):
        assert sign_in(person).get(f"/admin/r/{kind.pk}/{course.pk}/").status_code == 404


def test_what_somebody_deleted_a_moment_ago_does_not_exist(rf, author):
    request = rf.post("/admin/")
    request.user, request._dont_enforce_csrf_checks = author, True
    too_late = admin.site.admin_view(lambda request: Course.objects.get(pk=0))
    with pytest.raises(Http404):
        too_late(request)
