"""The outline: sections and lessons in one list, and what one does to them."""

import json

import pytest

from accounts.models import AuditAction, AuditLog
from courses.content import lessons
from courses.content.lessons import new_lesson_id
from courses.models import CourseLesson
from courses.services.lessons import add_lesson
from courses.services.outline import add_section
from tests.factories import CourseFactory, InstructorFactory, lesson_ids, text_body

pytestmark = pytest.mark.django_db(transaction=True)


def order_of(course):
    return [
        [section.pk, list(section.placements.order_by("position").values_list("pk", flat=True))]
        for section in course.sections.order_by("position")
    ]


def test_outline_lists_sections_and_lessons_with_their_type_and_length(desk):
    page = desk.get("course_outline").content.decode()
    assert all(words in page for words in ("Lesson 1", "Lesson 2", "Lesson 3", "Text", "10 min"))


def test_lesson_moves_up_and_down_and_says_where_it_went(desk):
    desk.post("move_lesson", lesson_ids(desk.course)[0], step="down")
    assert desk.titles == ["Lesson 2", "Lesson 1", "Lesson 3"]
    answer = desk.client.get(desk.url("course_outline"))
    assert "Moved to place 2." in answer.content.decode()


def test_lesson_at_the_edge_of_its_section_goes_into_the_next(desk, author):
    second = add_section(actor=author, course=desk.course, title="Second")
    desk.post("move_lesson", lesson_ids(desk.course)[2], step="down")
    assert list(second.placements.values_list("position", flat=True)) == [3]


def test_lesson_at_the_very_end_stays(desk):
    assert desk.post("move_lesson", lesson_ids(desk.course)[2], step="down").status_code == 302
    assert desk.titles == ["Lesson 1", "Lesson 2", "Lesson 3"]


def test_htmx_gets_the_list_alone_with_what_to_say_aloud(desk):
    answer = desk.post("move_lesson", lesson_ids(desk.course)[0], step="down", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<html" not in page
    assert page.index("Lesson 2") < page.index("Lesson 1")
    assert "Moved to place 2." in page


def test_section_moves_with_all_it_has(desk, author, typed):
    second = add_section(actor=author, course=desk.course, title="Second")
    add_lesson(actor=author, course=desk.course, body=text_body(title="Last"), section=second)
    desk.post("move_section", second.pk, step="up")
    assert desk.titles == ["Last", "Lesson 1", "Lesson 2", "Lesson 3"]


@pytest.mark.parametrize("step", ["", "sideways", "1"])
def test_step_that_is_none_changes_nothing(desk, step):
    assert desk.post("move_lesson", lesson_ids(desk.course)[0], step=step).status_code == 422
    assert desk.titles == ["Lesson 1", "Lesson 2", "Lesson 3"]


def test_section_is_renamed(desk):
    section = desk.course.sections.get()
    desk.post("rename_section", section.pk, title="Warp and weft")
    assert "Warp and weft" in desk.get("course_outline").content.decode()
    assert desk.post("rename_section", section.pk, title=" ").status_code == 422


def test_section_sent_twice_is_added_once(desk):
    for _ in range(2):
        desk.post("add_section", title="Dyes")
    assert desk.course.sections.filter(title="Dyes").count() == 1


def test_empty_section_is_deleted_and_one_with_lessons_stays(desk, author):
    empty, full = add_section(actor=author, course=desk.course, title="Empty"), desk.course.sections.first()
    desk.post("delete_section", empty.pk)
    answer = desk.post("delete_section", full.pk)
    assert answer.status_code == 409
    assert "has lessons: move or remove them first." in answer.content.decode()
    assert list(desk.course.sections.all()) == [full]


def test_dragging_sends_the_whole_order(desk):
    order = order_of(desk.course)
    order[0][1].reverse()
    desk.post("arrange_outline", order=json.dumps(order), headers={"HX-Request": "true"})
    assert desk.titles == ["Lesson 3", "Lesson 2", "Lesson 1"]
    assert AuditLog.objects.filter(action=AuditAction.LESSON_MOVED).exists()


def test_order_of_an_outline_that_changed_meanwhile_is_a_conflict_and_moves_nothing(desk, author):
    order = order_of(desk.course)
    order[0][1].reverse()
    add_lesson(actor=author, course=desk.course, body=text_body(title="New"))
    answer = desk.post("arrange_outline", order=json.dumps(order), headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Somebody changed the outline meanwhile" in answer.content.decode()
    assert desk.titles == ["Lesson 1", "Lesson 2", "Lesson 3", "New"]


@pytest.mark.parametrize(
    "order", ["", "x", "{}", "7", "[[1]]", '[["1", []]]', "[[1, [-2]]]", "[[1, [1e3]]]", "[" * 5_000]
)
def test_what_is_no_order_is_refused(desk, order):
    assert desk.post("arrange_outline", order=order).status_code == 422
    assert desk.titles == ["Lesson 1", "Lesson 2", "Lesson 3"]


def test_marks_of_a_lesson_are_set_and_taken_back(desk, first):
    desk.post("mark_lesson", first, is_preview="on", is_published="on")
    assert "Free preview</span>" in desk.get("course_outline").content.decode()
    desk.post("mark_lesson", first)
    page = desk.get("course_outline").content.decode()
    assert "Hidden from learners" in page and "Free preview</span>" not in page


def test_duplicate_stands_in_the_same_section_and_a_double_click_makes_one(desk, first):
    copy_id = new_lesson_id()
    for _ in range(2):
        desk.post("duplicate_lesson", first, copy_id=copy_id)
    assert desk.titles == ["Lesson 1", "Lesson 2", "Lesson 3", "Lesson 1 (copy)"]


def test_removing_asks_first_and_says_what_goes(desk, first):
    question = desk.get("remove_lesson", first).content.decode()
    assert "Lesson 1" in question and "deleted for ever" in question
    desk.post("remove_lesson", first)
    assert desk.titles == ["Lesson 2", "Lesson 3"]
    assert AuditLog.objects.filter(action=AuditAction.LESSON_DELETED, resource_id=first).exists()


def test_lesson_of_another_course_of_mine_is_found_and_reused(desk, author, first):
    other = CourseFactory(instructor=author, title="Dyeing", lessons=0)
    knots = add_lesson(actor=author, course=other, body=text_body(title="Indigo"))
    assert "Indigo" in desk.get("reuse_lesson", q="indi").content.decode()
    assert "Indigo" not in desk.get("reuse_lesson", q="madder").content.decode()
    desk.post("reuse_lesson", lesson_id=knots.lesson_id, section=desk.course.sections.get().pk)
    assert desk.titles[-1] == "Indigo"
    assert "Indigo" not in desk.get("reuse_lesson").content.decode()
    assert "It stays in 1 other course." in desk.get("remove_lesson", knots.lesson_id).content.decode()


def test_lesson_of_somebody_else_is_neither_offered_nor_taken(desk):
    foreign = CourseFactory(instructor=InstructorFactory(), lessons=1)
    section = desk.course.sections.get().pk
    assert "Lesson 1" not in desk.get("reuse_lesson").content.decode().split("lf-found")[-1]
    answer = desk.post("reuse_lesson", lesson_id=lesson_ids(foreign)[0], section=section)
    assert answer.status_code == 409
    assert CourseLesson.objects.filter(course=desk.course).count() == 3


def test_without_mongodb_the_order_is_still_shown_and_changed(desk, mongodb_is_away):
    second = lesson_ids(desk.course)[1]
    with mongodb_is_away():
        page = desk.get("course_outline")
        assert page.status_code == 200 and "their titles are missing" in page.content.decode()
        desk.post("move_lesson", second, step="up")
        assert desk.post("duplicate_lesson", second, copy_id=new_lesson_id()).status_code == 503
    assert lesson_ids(desk.course)[0] == second
    assert lessons.get_lesson(second)["title"] == "Lesson 2"


def test_outline_costs_the_same_with_twice_the_lessons(desk, author, budget):
    desk.get("course_outline")
    with budget(postgresql=6, mongodb=1) as queries:
        desk.get("course_outline")
    before = len(queries)
    for _ in range(3):
        add_lesson(actor=author, course=desk.course, body=text_body())
        add_section(actor=author, course=desk.course, title="One more")
    with budget(postgresql=before, mongodb=1):
        desk.get("course_outline")


def test_removing_twice_by_a_double_click_is_no_error(desk, first):
    assert [desk.post("remove_lesson", first).status_code for _ in range(2)] == [302, 302]
    assert desk.get("remove_lesson", first).status_code == 404
