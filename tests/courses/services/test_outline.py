from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditAction, AuditLog
from courses.content import lessons
from courses.content.lessons import LessonNotFound
from courses.models import Course, CourseLesson, PendingDeletion
from courses.services import settling
from courses.services.courses import delete_course
from courses.services.deletions import work_off_deletions
from courses.services.moving import move
from courses.services.outline import (
    LessonNotReusable,
    OutlineConflict,
    add_section,
    arrange,
    delete_section,
    outline_order,
    place_lesson,
    remove_lesson,
    rename_section,
    reuse_lesson,
    set_placement,
)
from courses.services.settling import mark_outline_changed, settle_lagging, settle_outlines
from tests.factories import CourseFactory, InstructorFactory, lesson_ids
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other(author):
    """Another course of the same author, with one lesson."""
    return CourseFactory(instructor=author, lessons=1)


def positions(course):
    return list(course.placements.order_by("position").values_list("position", flat=True))


def minutes(course):
    return Course.objects.get(pk=course.pk).duration_minutes


def places(course):
    return list(course.placements.order_by("position"))


def test_lessons_stand_in_the_order_of_their_adding(course):
    titles = lessons.get_outline(lesson_ids(course))
    assert [titles[each]["title"] for each in lesson_ids(course)] == ["Lesson 1", "Lesson 2", "Lesson 3"]
    assert positions(course) == [1, 2, 3]


def test_a_course_takes_as_long_as_its_lessons(course):
    assert minutes(course) == 30


def test_a_hidden_lesson_takes_no_time(author, course):
    set_placement(actor=author, placement=places(course)[0], is_preview=False, is_published=False)
    assert minutes(course) == 20


def test_lessons_are_put_into_another_order(author, course):
    [(section, places)] = outline_order(course)
    before = lesson_ids(course)
    arrange(actor=author, course=course, order=[(section, places[::-1])])
    assert lesson_ids(course) == before[::-1] and positions(course) == [1, 2, 3]
    assert AuditLog.objects.filter(action=AuditAction.LESSON_MOVED, user_id=author.pk).exists()


def test_lessons_are_moved_into_another_section(author, course):
    second = add_section(actor=author, course=course, title="Part two")
    [(first, placed), _] = outline_order(course)
    arrange(actor=author, course=course, order=[(second.pk, placed[2:]), (first, placed[:2])])
    assert [placement.section_id for placement in places(course)] == [second.pk, first, first]
    assert positions(course) == [1, 2, 3]


def test_an_order_that_forgets_a_lesson_or_knows_another_is_refused(author, course, other):
    [(section, placed)] = outline_order(course)
    before = lesson_ids(course)
    for wrong in (placed[:2], [*placed, other.placements.get().pk], [placed[0], *placed]):
        with pytest.raises(OutlineConflict):
            arrange(actor=author, course=course, order=[(section, wrong)])
    assert lesson_ids(course) == before


@pytest.mark.parametrize(("which", "step", "after"), [(0, 1, [1, 0, 2]), (2, -1, [0, 2, 1]), (0, -1, [0, 1, 2])])
def test_a_lesson_moves_one_place(author, course, which, step, after):
    before = lesson_ids(course)
    move(actor=author, course=course, placement=places(course)[which], section=None, step=step)
    assert lesson_ids(course) == [before[each] for each in after]


def test_a_lesson_at_the_edge_moves_into_the_next_section(author, course):
    second = add_section(actor=author, course=course, title="Part two")
    last = places(course)[-1]
    move(actor=author, course=course, placement=last, section=None, step=1)
    last.refresh_from_db()
    assert last.section_id == second.pk and positions(course) == [1, 2, 3]


def test_a_section_moves_with_all_it_has(author, course):
    second = add_section(actor=author, course=course, title="Part two")
    before = lesson_ids(course)
    move(actor=author, course=course, placement=places(course)[-1], section=None, step=1)
    move(actor=author, course=course, placement=None, section=second, step=-1)
    assert lesson_ids(course) == [before[2], before[0], before[1]]


def test_a_section_is_renamed(author, course):
    section = course.sections.get()
    rename_section(actor=author, section=section, title="Warp and weft")
    section.refresh_from_db()
    assert section.title == "Warp and weft"


def test_only_an_empty_section_is_deleted(author, course):
    empty = add_section(actor=author, course=course, title="Nothing yet")
    delete_section(actor=author, section=empty)
    with pytest.raises(OutlineConflict):
        delete_section(actor=author, section=course.sections.get())


def test_every_change_of_an_outline_says_that_what_pages_remember_is_old(author, course):
    before = Course.objects.get(pk=course.pk).outline_version
    rename_section(actor=author, section=course.sections.get(), title="Warp and weft")
    assert Course.objects.get(pk=course.pk).outline_version > before


class TestRemoving:
    def test_a_removed_lesson_leaves_no_gap_and_its_document_goes(self, author, course):
        gone = places(course)[1]
        remove_lesson(actor=author, placement=gone)
        assert positions(course) == [1, 2] and minutes(course) == 20
        assert PendingDeletion.objects.get().filter == {"lesson_ids": [gone.lesson_id]}
        assert work_off_deletions() == 1
        with pytest.raises(LessonNotFound):
            lessons.get_lesson(gone.lesson_id)
        assert not PendingDeletion.objects.exists()

    def test_removing_it_twice_is_removing_it_once(self, author, course):
        gone = places(course)[1]
        remove_lesson(actor=author, placement=gone)
        remove_lesson(actor=author, placement=gone)
        assert positions(course) == [1, 2] and PendingDeletion.objects.count() == 1

    def test_a_lesson_that_another_course_has_keeps_its_document(self, author, course, other):
        shared = places(course)[0]
        reuse_lesson(actor=author, course=other, section=other.sections.get(), lesson_id=shared.lesson_id)
        remove_lesson(actor=author, placement=shared)
        assert not PendingDeletion.objects.exists()
        assert lessons.get_lesson(shared.lesson_id)

    def test_what_two_courses_remove_at_once_goes_once(self, author, course, other):
        shared = lesson_ids(course)[0]
        twin = reuse_lesson(actor=author, course=other, section=other.sections.get(), lesson_id=shared)
        outcomes = at_once(
            [
                lambda: remove_lesson(actor=author, placement=course.placements.get(lesson_id=shared)),
                lambda: remove_lesson(actor=author, placement=twin),
            ]
        )
        assert outcomes == [None, None]
        assert PendingDeletion.objects.get().filter == {"lesson_ids": [shared]}

    def test_the_promise_waits_while_mongodb_is_away(self, author, course, mongodb_is_away):
        with mongodb_is_away():
            remove_lesson(actor=author, placement=places(course)[0])
        assert minutes(course) == 30
        assert work_off_deletions() == 1 and settle_lagging() == 1
        assert minutes(course) == 20


class TestReusing:
    def test_an_author_reuses_a_lesson_of_another_course_of_theirs(self, author, course, other):
        shared = lesson_ids(course)[0]
        reuse_lesson(actor=author, course=other, section=other.sections.get(), lesson_id=shared)
        assert shared in lesson_ids(other) and minutes(other) == 20

    def test_nobody_reuses_what_belongs_to_others(self, course):
        thief = InstructorFactory()
        theirs = CourseFactory(instructor=thief, lessons=1)
        with pytest.raises(LessonNotReusable):
            reuse_lesson(actor=thief, course=theirs, section=theirs.sections.get(), lesson_id=lesson_ids(course)[0])

    def test_a_course_has_a_lesson_once(self, author, course):
        with pytest.raises(LessonNotReusable):
            reuse_lesson(actor=author, course=course, section=course.sections.get(), lesson_id=lesson_ids(course)[0])

    def test_reused_twice_at_once_it_is_placed_once(self, author, course, other):
        section, shared = other.sections.get(), lesson_ids(course)[0]
        outcomes = at_once([lambda: reuse_lesson(actor=author, course=other, section=section, lesson_id=shared)] * 2)
        assert sum(isinstance(each, CourseLesson) for each in outcomes) == 1
        assert sum(isinstance(each, LessonNotReusable) for each in outcomes) == 1
        assert positions(other) == [1, 2]

    def test_reusing_against_removing_never_leaves_a_place_without_its_document(self, author, course, other):
        section, shared = other.sections.get(), course.placements.first()
        reused, removed = at_once(
            [
                lambda: reuse_lesson(actor=author, course=other, section=section, lesson_id=shared.lesson_id),
                lambda: remove_lesson(actor=author, placement=shared),
            ]
        )
        assert removed is None
        work_off_deletions()
        stands = bool(lessons.get_outline([shared.lesson_id]))
        assert stands == (shared.lesson_id in lesson_ids(other)) == isinstance(reused, CourseLesson)


class TestAtTheSameInstant:
    def test_two_editors_who_arrange_at_once_leave_one_of_their_orders(self, author, course):
        [(section, placed)] = outline_order(course)
        orders = [placed[::-1], placed[1:] + placed[:1]]
        at_once(
            [lambda order=order: arrange(actor=author, course=course, order=[(section, order)]) for order in orders]
        )
        assert outline_order(course) in ([(section, order)] for order in orders)
        assert positions(course) == [1, 2, 3]

    def test_arranging_against_removing_leaves_no_gap(self, author, course):
        [(section, placed)] = outline_order(course)
        arranged, removed = at_once(
            [
                lambda: arrange(actor=author, course=course, order=[(section, placed[::-1])]),
                lambda: remove_lesson(actor=author, placement=CourseLesson.objects.get(pk=placed[0])),
            ]
        )
        assert removed is None and (arranged is None or isinstance(arranged, OutlineConflict))
        assert positions(course) == [1, 2]

    def test_settled_durations_are_right_after_many_removals_at_once(self, author):
        course = CourseFactory(instructor=author, lessons=6)
        at_once([lambda place=place: remove_lesson(actor=author, placement=place) for place in places(course)[:4]])
        settle_lagging()
        assert minutes(course) == 20 and positions(course) == [1, 2]


def test_the_course_is_taken_before_the_chain_of_the_audit_log(author, course):
    """Publishing and enrolling take them in this order: the other way round, one of two acts would be given up."""
    with CaptureQueriesContext(connection) as queries:
        set_placement(actor=author, placement=course.placements.first(), is_preview=True, is_published=True)
    statements = [query["sql"] for query in queries]
    marked = next(at for at, sql in enumerate(statements) if sql.startswith('UPDATE "courses"'))
    assert marked < next(at for at, sql in enumerate(statements) if "audit_logs" in sql)


def test_an_outline_is_not_changed_when_its_course_was_deleted_a_moment_ago(author, course):
    delete_course(actor=author, course=Course.objects.get(pk=course.pk))
    with pytest.raises(Course.DoesNotExist):
        add_section(actor=author, course=course, title="Too late")


def test_a_change_amid_settling_is_never_taken_for_settled(author, course):
    """Between two questions of the settling, somebody else removes a lesson and settles that."""
    others = [lambda: remove_lesson(actor=author, placement=places(course)[0])]

    def let_others_act(execute, *query):
        answer = execute(*query)
        while others:
            at_once([others.pop()])
        return answer

    with connection.execute_wrapper(let_others_act):
        settle_outlines([course.pk])
    settle_lagging()
    assert minutes(course) == 20


def is_settled(course):
    return Course.objects.filter(pk=course.pk, settled_version=F("outline_version")).exists()


def test_acts_that_are_done_leave_the_marks_of_those_under_way(author, course):
    mark_outline_changed([course.pk])
    add_section(actor=author, course=course, title="Meanwhile")
    rename_section(actor=author, section=course.sections.first(), title="And again")
    assert not is_settled(course)
    settle_outlines([course.pk])
    assert is_settled(course)


def test_acts_that_find_nothing_to_do_leave_no_mark(author, course):
    placement = places(course)[0]
    for _ in range(2):
        add_section(actor=author, course=course, title="Once")
        remove_lesson(actor=author, placement=placement)
        place_lesson(actor=author, course=course, lesson_id=lesson_ids(course)[0])
    assert is_settled(course)


def test_an_act_that_outlives_its_mark_is_settled_all_the_same(author, course):
    mark_outline_changed([course.pk])
    assert settle_lagging() == 1
    before = Course.objects.get(pk=course.pk).outline_version
    settle_outlines([course.pk])
    assert is_settled(course) and Course.objects.get(pk=course.pk).outline_version > before


def test_what_may_be_under_way_is_left_alone_by_the_worker(course):
    mark_outline_changed([course.pk])
    assert settle_lagging(resting=timedelta(seconds=15)) == 0
    Course.objects.update(outline_marked_at=Now() - timedelta(seconds=16))
    assert settle_lagging(resting=timedelta(seconds=15)) == 1


def test_many_courses_are_settled_a_few_at_a_time(author, course, monkeypatch):
    monkeypatch.setattr(settling, "SETTLED_AT_ONCE", 2)
    courses = [course, *(CourseFactory(instructor=author, lessons=3) for _ in range(2))]
    Course.objects.update(outline_version=F("outline_version") + 1, duration_minutes=0)
    assert settle_lagging() == 3
    assert [minutes(each) for each in courses] == [30, 30, 30]
    assert settle_lagging() == 0
