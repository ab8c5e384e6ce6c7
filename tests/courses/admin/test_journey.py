"""An instructor makes a whole course without leaving the admin, and a learner takes it."""

import re

import pytest
from django.urls import reverse

from courses.models import Course
from tests.courses.admin.conftest import Desk
from tests.factories import CategoryFactory, InstructorFactory, UserFactory, lesson_ids

pytestmark = pytest.mark.django_db(transaction=True)

ABOUT = {
    "title": "Knots for sailors",
    "slug": "",
    "summary": "",
    "description": "Ropes, **bends** and hitches.",
    "objectives": "Tie a bowline",
    "level": "beginner",
    "language": "en",
    "price": "0",
    "currency": "EUR",
}


def begin(client, **changes):
    fields = {**ABOUT, "category": CategoryFactory().pk, **changes}
    return client.post(reverse("admin:courses_course_add"), fields)


def add_lesson(desk, typed, **fields):
    page = desk.get("add_lesson", "text").content.decode()
    minted = re.search(r'name="lesson_id" value="([0-9a-f]{24})"', page)[1]
    return desk.post("add_lesson", "text", **typed(lesson_id=minted, **fields))


def test_instructor_writes_a_course_and_a_learner_completes_it(author, sign_in, typed):
    client = sign_in(author)
    begin(client)
    course = Course.objects.get(slug="knots-for-sailors")
    desk = Desk(client, course)
    assert course.instructor == author and not course.is_published

    desk.post("add_section", title="First knots")
    section = course.sections.get().pk
    add_lesson(desk, typed, title="The bowline", section=section)
    add_lesson(desk, typed, title="The reef knot", section=section, markdown="Left over right.")
    assert desk.titles == ["The bowline", "The reef knot"]

    desk.post("move_lesson", lesson_ids(course)[1], step="up")
    assert desk.titles == ["The reef knot", "The bowline"]

    assert "Every lesson has content" in desk.get("course_publishing").content.decode()
    desk.post("publish_course")
    assert client.get("/courses/").content.decode().count("Knots for sailors")

    learner = sign_in(UserFactory())
    learner.post("/courses/knots-for-sailors/enroll/")
    page = learner.get(f"/courses/knots-for-sailors/lessons/{lesson_ids(course)[0]}/")
    assert "Left over right." in page.content.decode()
    for lesson_id in lesson_ids(course):
        learner.post(f"/courses/knots-for-sailors/lessons/{lesson_id}/complete/")
    assert course.enrollments.get().percent == 100


def test_course_begun_twice_by_a_double_click_is_one_draft(author, sign_in):
    client, category = sign_in(author), CategoryFactory().pk
    answers = [begin(client, category=category) for _ in range(2)]
    draft = Course.objects.get(title="Knots for sailors")
    assert {answer.url for answer in answers} == {reverse("admin:course_outline", args=[draft.pk])}


def test_two_courses_of_one_title_get_two_addresses(author, sign_in):
    begin(sign_in(InstructorFactory()))
    begin(sign_in(author))
    assert len(set(Course.objects.filter(title="Knots for sailors").values_list("slug", flat=True))) == 2


def test_address_that_is_taken_is_said_at_its_field(course, as_author):
    answer = begin(as_author, slug=course.slug)
    assert answer.status_code == 422
    assert "Course with this Address already exists" in answer.content.decode()
    assert "Knots for sailors" in answer.content.decode()


def test_title_without_latin_letters_still_gets_an_address(author, sign_in):
    assert begin(sign_in(author), title="آموزش گره").status_code == 302


def test_author_cannot_give_a_course_to_somebody_else(author, sign_in):
    begin(sign_in(author), instructor=InstructorFactory().pk)
    assert Course.objects.get(slug="knots-for-sailors").instructor == author


def test_admin_says_who_teaches(as_admin):
    teacher = InstructorFactory()
    begin(as_admin, instructor=teacher.pk)
    assert Course.objects.get(slug="knots-for-sailors").instructor == teacher


def test_preview_button_shows_the_description_and_saves_nothing(as_author):
    answer = begin(as_author, act="preview")
    assert "<strong>bends</strong>" in answer.content.decode()
    assert 'value="Knots for sailors"' in answer.content.decode()
    assert not Course.objects.filter(title="Knots for sailors").exists()


def test_first_lesson_of_a_course_sent_twice_is_one_in_one_section(author, sign_in, typed):
    client = sign_in(author)
    begin(client)
    desk = Desk(client, Course.objects.get(slug="knots-for-sailors"))
    fields = typed(lesson_id="a" * 24)
    for _ in range(2):
        desk.post("add_lesson", "text", **fields)
    assert desk.titles == ["Knots"]
    assert desk.course.sections.count() == 1
