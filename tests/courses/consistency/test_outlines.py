"""Positions with gaps, and durations that are no sums."""

import pytest
from bson import ObjectId
from django.db.models import F

from accounts.models import AuditLog
from courses.content import lessons
from courses.models import Course, CourseLesson, Section
from courses.services.consistency import outlines
from courses.services.lessons import add_lesson, change_lesson
from courses.services.outline import add_section, set_placement
from tests.courses.consistency.conftest import look
from tests.factories import lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sections(author, course):
    """The course's three lessons in its first section, two more in its second."""
    second = add_section(actor=author, course=course, title="Second")
    for number in (4, 5):
        add_lesson(actor=author, course=course, section=second, body=text_body(title=f"Lesson {number}"))
    return list(course.sections.order_by("position"))


def positions(course):
    return list(course.placements.order_by("position").values_list("position", flat=True))


def test_a_gap_between_lessons_is_closed(course, mends):
    before = lesson_ids(course)
    course.placements.filter(position=3).update(position=7)
    course.placements.filter(position=2).update(position=5)
    mends(outline_gap=1)
    assert positions(course) == [1, 2, 3] and lesson_ids(course) == before


def test_a_gap_between_sections_is_closed(course, sections, mends):
    before = lesson_ids(course)
    Section.objects.filter(pk=sections[1].pk).update(position=4)
    Section.objects.filter(pk=sections[0].pk).update(position=3)
    mends(outline_gap=1)
    assert list(course.sections.order_by("position")) == sections
    assert list(course.sections.order_by("position").values_list("position", flat=True)) == [1, 2]
    assert lesson_ids(course) == before


def test_lessons_that_are_not_in_the_order_of_their_sections_are_put_in_it(course, sections, mends):
    moved = course.placements.get(position=1)
    CourseLesson.objects.filter(pk=moved.pk).update(section=sections[1])
    mends(outline_gap=1)
    in_order = list(course.placements.order_by("position").values_list("section__position", flat=True))
    assert in_order == [1, 1, 2, 2, 2] and positions(course) == [1, 2, 3, 4, 5]


def test_the_report_says_where_a_gap_is(course, sections):
    course.placements.filter(position=5).update(position=9)
    assert look()["outline_gap"].examples == [f"course {course.pk} “{course.title}”: lesson 5 stands at position 9"]
    Section.objects.filter(pk=sections[1].pk).update(position=4)
    assert look()["outline_gap"].examples == [f"course {course.pk} “{course.title}”: section 2 stands at position 4"]


def test_pages_forget_the_outline_that_was_mended(course, mends):
    course.placements.filter(position=3).update(position=7)
    before = Course.objects.get().outline_version
    mends(outline_gap=1)
    assert Course.objects.get().outline_version > before
    assert AuditLog.objects.filter(action="stores_mended", resource_id="outline_gap").exists()


def test_an_outline_that_was_mended_meanwhile_is_left_alone(course):
    version = Course.objects.get().outline_version
    assert outlines.Positions.gap.mend([(course.pk,), (0,)]) == 0
    assert Course.objects.get().outline_version == version


def test_a_duration_that_is_not_the_sum_is_added_up_anew(course, mends):
    Course.objects.update(duration_minutes=77)
    assert look()["wrong_duration"].examples == [
        f"course {course.pk} “{course.title}” lasts 77 min, its lessons 30 min together"
    ]
    mends(wrong_duration=1)
    assert Course.objects.get().duration_minutes == 30


def test_a_document_whose_duration_changed_by_hand_changes_the_course(course, documents, mends):
    documents.lessons.update_one({"_id": ObjectId(lesson_ids(course)[0])}, {"$set": {"duration": 25}})
    mends(wrong_duration=1)
    assert Course.objects.get().duration_minutes == 45


def test_only_what_learners_have_counts(course, author):
    placement = course.placements.first()
    set_placement(actor=author, placement=placement, is_preview=False, is_published=False)
    assert Course.objects.get().duration_minutes == 20 and look() == {}


def test_a_course_that_is_yet_to_be_settled_is_not_wrong_but_late(course):
    Course.objects.update(duration_minutes=77, outline_version=F("outline_version") + 1)
    assert look().keys() == {"outline_unsettled"}


def test_a_course_whose_lesson_is_lost_is_judged_when_it_is_back(course, documents):
    documents.lessons.delete_one({"_id": ObjectId(lesson_ids(course)[0])})
    assert look().keys() == {"lesson_missing"}


def test_an_author_who_is_saving_is_not_reported(course, author, documents, monkeypatch):
    """The course is read as settled; then a lesson is saved; then the documents are read."""
    outline = lessons.get_outline

    def save_first(ids):
        monkeypatch.undo()
        body = text_body(duration=45)
        change_lesson(actor=author, lesson_id=lesson_ids(course)[0], version=1, body=body)
        return outline(ids)

    monkeypatch.setattr(lessons, "get_outline", save_first)
    assert look() == {}
    assert Course.objects.get().duration_minutes == 65
