import pytest

from accounts.models import AuditAction, AuditLog
from courses.content import lessons
from courses.content.lessons import EditConflict, LessonNotFound
from courses.models import Course, CourseLesson
from courses.services.courses import delete_course
from courses.services.deletions import work_off_deletions
from courses.services.history import record_missing_versions
from courses.services.lessons import add_lesson, change_lesson, duplicate_lesson, restore_revision
from courses.services.settling import mark_outline_changed, settle_lagging
from learnflow.mongo import ContentUnavailable
from tests.factories import CourseFactory, lesson_ids, text_body
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def title(lesson_id):
    return lessons.get_lesson(lesson_id)["title"]


def minutes(course):
    return Course.objects.get(pk=course.pk).duration_minutes


def test_a_lesson_is_added_at_the_end(author, course):
    placement = add_lesson(actor=author, course=course, body=text_body(title="Weft", duration=25))
    assert lesson_ids(course)[-1] == placement.lesson_id and title(placement.lesson_id) == "Weft"
    assert minutes(course) == 55
    assert AuditLog.objects.filter(action=AuditAction.LESSON_CREATED, resource_id=placement.lesson_id).count() == 1


def test_a_form_sent_twice_adds_one_lesson(author, course):
    lesson_id = lessons.new_lesson_id()
    for _ in range(2):
        add_lesson(actor=author, course=course, body=text_body(), lesson_id=lesson_id)
    assert lesson_ids(course).count(lesson_id) == 1 and len(lesson_ids(course)) == 4


def test_a_form_sent_twice_at_once_adds_one_lesson(author, course):
    lesson_id = lessons.new_lesson_id()
    outcomes = at_once([lambda: add_lesson(actor=author, course=course, body=text_body(), lesson_id=lesson_id)] * 3)
    assert {outcome.lesson_id for outcome in outcomes} == {lesson_id}
    assert len(lesson_ids(course)) == 4


def test_an_id_of_another_courses_lesson_brings_nothing_in(author, course):
    other = CourseFactory(lessons=1)
    with pytest.raises(LessonNotFound):
        add_lesson(actor=author, course=course, body=text_body(), lesson_id=lesson_ids(other)[0])
    assert len(lesson_ids(course)) == 3


def test_without_mongodb_nothing_is_added(author, course, mongodb_is_away):
    with mongodb_is_away(), pytest.raises(ContentUnavailable):
        add_lesson(actor=author, course=course, body=text_body())
    assert len(lesson_ids(course)) == 3


def test_a_changed_lesson_has_its_new_text_and_the_course_its_new_duration(author, course):
    first = lesson_ids(course)[0]
    assert change_lesson(actor=author, lesson_id=first, version=1, body=text_body(title="Looms", duration=40)) == 2
    assert title(first) == "Looms" and minutes(course) == 60


def test_pages_learn_that_a_title_changed(author, course):
    before = Course.objects.get(pk=course.pk).outline_version
    change_lesson(actor=author, lesson_id=lesson_ids(course)[0], version=1, body=text_body(title="Looms"))
    assert Course.objects.get(pk=course.pk).outline_version > before


def test_the_second_editor_is_told_and_overwrites_nothing(author, admin, course):
    first = lesson_ids(course)[0]
    change_lesson(actor=author, lesson_id=first, version=1, body=text_body(title="Ada's"))
    with pytest.raises(EditConflict) as conflict:
        change_lesson(actor=admin, lesson_id=first, version=1, body=text_body(title="Chief's"))
    assert conflict.value.current["title"] == title(first) == "Ada's"
    assert AuditLog.objects.filter(action=AuditAction.LESSON_CHANGED).count() == 1


def test_of_two_editors_at_the_same_instant_one_wins(author, course):
    first = lesson_ids(course)[0]
    outcomes = at_once(
        [
            lambda name=name: change_lesson(actor=author, lesson_id=first, version=1, body=text_body(title=name))
            for name in ("One", "Two")
        ]
    )
    assert sum(outcome == 2 for outcome in outcomes) == 1
    [winner] = [name for name, outcome in zip(("One", "Two"), outcomes, strict=True) if outcome == 2]
    assert title(first) == winner


def test_a_change_without_mongodb_changes_nothing_and_is_settled_later(author, course, mongodb_is_away):
    first = lesson_ids(course)[0]
    with mongodb_is_away(), pytest.raises(ContentUnavailable):
        change_lesson(actor=author, lesson_id=first, version=1, body=text_body(title="Lost"))
    assert settle_lagging() == 1
    assert title(first) == "Lesson 1" and minutes(course) == 30


def test_a_change_whose_author_process_died_is_recorded_by_whoever_settles(author, admin, course):
    first = lesson_ids(course)[0]
    change_lesson(actor=author, lesson_id=first, version=1, body=text_body(title="Two"))
    mark_outline_changed([course.pk])
    lessons.save_lesson(first, version=2, body=text_body(title="Three"), author_id=admin.pk)
    lessons.save_lesson(first, version=3, body=text_body(title="Four"), author_id=author.pk)
    at_once([settle_lagging] * 3)
    rows = AuditLog.objects.filter(action=AuditAction.LESSON_CHANGED).order_by("id")
    assert [(row.user_id, row.details["new"]) for row in rows] == [
        (author.pk, {"version": 2, "title": "Two"}),
        (admin.pk, {"version": 3, "title": "Three"}),
        (author.pk, {"version": 4, "title": "Four"}),
    ]


def test_changes_that_are_recorded_already_cost_one_question(author, course, django_assert_num_queries):
    changed = lesson_ids(course)
    for each in changed:
        change_lesson(actor=author, lesson_id=each, version=1, body=text_body(title="Two"))
    with django_assert_num_queries(1):
        record_missing_versions(changed)


def test_a_change_whose_process_died_is_recorded_although_others_went_on(author, course):
    first, second, _third = lesson_ids(course)
    mark_outline_changed([course.pk])
    lessons.save_lesson(first, version=1, body=text_body(title="Unrecorded"), author_id=author.pk)
    change_lesson(actor=author, lesson_id=second, version=1, body=text_body(title="Recorded"))
    change_lesson(actor=author, lesson_id=first, version=2, body=text_body(title="Recorded, too"))
    with pytest.raises(EditConflict):
        change_lesson(actor=author, lesson_id=first, version=2, body=text_body(title="Too late"))
    assert settle_lagging() == 1
    rows = AuditLog.objects.filter(action=AuditAction.LESSON_CHANGED).values_list("details__new__title", flat=True)
    assert sorted(rows) == ["Recorded", "Recorded, too", "Unrecorded"]


def test_an_earlier_version_is_brought_back_as_a_new_one(author, course):
    first = lesson_ids(course)[0]
    change_lesson(actor=author, lesson_id=first, version=1, body=text_body(title="Worse"))
    assert restore_revision(actor=author, lesson_id=first, version=2, revision=1) == 3
    assert title(first) == "Lesson 1"
    assert [each["title"] for each in lessons.get_revisions(first)] == ["Worse", "Lesson 1"]


def test_a_duplicate_is_a_lesson_of_its_own(author, course):
    first = course.placements.first()
    copy = duplicate_lesson(actor=author, placement=first, title="Lesson 1, again")
    change_lesson(actor=author, lesson_id=copy.lesson_id, version=1, body=text_body(title="Other"))
    assert title(first.lesson_id) == "Lesson 1" and CourseLesson.objects.filter(course=course).count() == 4


def test_a_lesson_for_a_course_that_was_deleted_meanwhile_leaves_nothing(author):
    course = CourseFactory(instructor=author, is_published=False)
    as_opened = Course.objects.get(pk=course.pk)
    delete_course(actor=author, course=course)
    lesson_id = lessons.new_lesson_id()
    with pytest.raises(Course.DoesNotExist):
        add_lesson(actor=author, course=as_opened, body=text_body(), lesson_id=lesson_id)
    work_off_deletions()
    with pytest.raises(LessonNotFound):
        lessons.get_lesson(lesson_id)
