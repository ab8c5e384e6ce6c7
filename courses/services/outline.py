"""The outline of a course: its sections, and the places of its lessons.

Every change happens in one transaction that holds the outline for itself, leaves its positions without gaps, brings
every learner's percent up to date, and raises `courses.outline_version`, by which pages know that theirs is old.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext

from accounts.models import AuditAction
from accounts.services import audit
from courses.announcements import lesson_opened
from courses.models import Course, CourseLesson, PendingDeletion, Section
from courses.models.locks import hold_lessons, hold_outline_for_change
from courses.services.progress import recompute_course
from courses.services.settling import mark_outline_changed, settle_outlines

if TYPE_CHECKING:
    from accounts.models import User

ARRANGE_LESSONS = """
UPDATE course_lessons cl SET section_id = wanted.section_id, position = wanted.position
  FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS wanted(id, section_id, position)
 WHERE cl.id = wanted.id
"""
ARRANGE_SECTIONS = """
UPDATE sections s SET position = wanted.position
  FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted(id, position)
 WHERE s.id = wanted.id
"""


class OutlineConflict(Exception):
    """The outline isn't what the editor saw: a lesson or section came or went meanwhile."""


class LessonNotReusable(Exception):
    """The lesson is in this course already, or in no course of this person."""


@contextmanager
def changing_outline(course: Course) -> Iterator[None]:
    """A transaction that may change this outline, and marks it as changed.

    The mark comes first, so that the course's row is taken before the audit log's chain, as everywhere: of two acts
    that take them the other way round, one would be given up. Raises `Course.DoesNotExist` when the course is gone.
    """
    with transaction.atomic():
        hold_outline_for_change(course.pk)
        if not mark_outline_changed([course.pk]):
            raise Course.DoesNotExist
        yield


def add_section(*, actor: "User", course: Course, title: str) -> Section:
    """Add a section at the end. Again while it is the last and empty, as by a double click, adds nothing."""
    with changing_outline(course):
        section = course.sections.order_by("position").last()
        if section is None or section.title != title or section.placements.exists():
            position = section.position + 1 if section else 1
            section = Section.objects.create(course=course, title=title, position=position)
            _record(actor, course, {"new": {"section": title}})
    settle_outlines([course.pk])
    return section


def rename_section(*, actor: "User", section: Section, title: str) -> None:
    """Give a section another title."""
    old = section.title
    with changing_outline(section.course):
        Section.objects.filter(pk=section.pk).update(title=title)
        _record(actor, section.course, {"old": {"section": old}, "new": {"section": title}})
    settle_outlines([section.course_id])


def delete_section(*, actor: "User", section: Section) -> None:
    """Delete an empty section. Raises `OutlineConflict` when a lesson is in it."""
    course = section.course
    with changing_outline(course):
        if section.placements.exists():
            raise OutlineConflict
        section.delete()
        _renumber(course)
        _record(actor, course, {"old": {"section": section.title}})
    settle_outlines([course.pk])


def place_lesson(
    *,
    actor: "User",
    course: Course,
    lesson_id: str,
    section: Section | None = None,
    is_preview: bool = False,
    is_published: bool = True,
    details: dict[str, object] | None = None,
) -> CourseLesson:
    """Put a lesson, whose document stands, at the end of a section (the last, or a first one made for it).

    Placing it again answers the place it has. `details` go into the audit row. The caller settles the outline.
    """
    if present := course.placements.filter(lesson_id=lesson_id).first():
        return present
    with changing_outline(course):
        hold_lessons([lesson_id])
        if present := course.placements.filter(lesson_id=lesson_id).first():
            return present
        still_there = course.sections.filter(pk=section.pk).first() if section else None
        section = still_there or course.sections.order_by("position").last() or _first_section(course)
        last = course.placements.aggregate(last=Max("position"))["last"] or 0
        placement = CourseLesson.objects.create(
            course=course,
            section=section,
            lesson_id=lesson_id,
            position=last + 1,
            is_preview=is_preview,
            is_published=is_published,
        )
        _renumber(course)
        recompute_course(actor=actor, course=course)
        details = {"course": course.pk, **(details or {})}
        audit.record(actor=actor, action=AuditAction.LESSON_CREATED, resource=("lesson", lesson_id), details=details)
        if is_published:
            _announce(course, lesson_id)
    return placement


def reuse_lesson(*, actor: "User", course: Course, section: Section, lesson_id: str) -> CourseLesson:
    """Place a lesson of another course of this person here as well. Raises `LessonNotReusable`.

    The place it has elsewhere is held until the commit, so that its document can't be promised to the deletion.
    """
    with transaction.atomic():
        hold_outline_for_change(course.pk)
        if course.placements.filter(lesson_id=lesson_id).exists():
            raise LessonNotReusable
        elsewhere = CourseLesson.objects.editable_by(actor).filter(lesson_id=lesson_id).exclude(course=course)
        if elsewhere.select_for_update(of=("self",)).first() is None:
            raise LessonNotReusable
        placement = place_lesson(
            actor=actor, course=course, section=section, lesson_id=lesson_id, details={"reused": True}
        )
    settle_outlines([course.pk])
    return placement


def arrange(*, actor: "User", course: Course, order: Sequence[tuple[int, Sequence[int]]]) -> None:
    """Put sections and lessons in this order: (section id, its placement ids), all of them.

    Raises `OutlineConflict` when these aren't exactly the sections and places that the course has.
    """
    section_ids = [section for section, _ in order]
    placed = [(placement, section) for section, placements in order for placement in placements]
    with changing_outline(course):
        have_sections = sorted(course.sections.values_list("pk", flat=True))
        have_lessons = sorted(course.placements.values_list("pk", flat=True))
        if have_sections != sorted(section_ids) or have_lessons != sorted(placement for placement, _ in placed):
            raise OutlineConflict
        with connection.cursor() as cursor:
            cursor.execute(ARRANGE_SECTIONS, [section_ids])
            cursor.execute(ARRANGE_LESSONS, [[each for each, _ in placed], [section for _, section in placed]])
        audit.record(actor=actor, action=AuditAction.LESSON_MOVED, resource=course, details={"new": placed})
    settle_outlines([course.pk])


def outline_order(course: Course) -> list[tuple[int, list[int]]]:
    """The outline as `arrange` takes it."""
    order: dict[int, list[int]] = {pk: [] for pk in course.sections.order_by("position").values_list("pk", flat=True)}
    for pk, section_id in course.placements.order_by("position").values_list("pk", "section_id"):
        order[section_id].append(pk)
    return list(order.items())


def set_placement(*, actor: "User", placement: CourseLesson, is_preview: bool, is_published: bool) -> None:
    """Say whether a lesson is a free preview, and whether learners have it at all."""
    course = placement.course
    old = {"is_preview": placement.is_preview, "is_published": placement.is_published}
    new = {"is_preview": is_preview, "is_published": is_published}
    with changing_outline(course):
        CourseLesson.objects.filter(pk=placement.pk).update(**new)
        recompute_course(actor=actor, course=course)
        audit.record(
            actor=actor,
            action=AuditAction.LESSON_CHANGED,
            resource=("lesson", placement.lesson_id),
            details={"course": course.pk, "old": old, "new": new},
        )
        if is_published and not placement.is_published:
            _announce(course, placement.lesson_id)
    settle_outlines([course.pk])


def remove_lesson(*, actor: "User", placement: CourseLesson) -> None:
    """Take a lesson out of a course; when no other course has it, its document is promised to the deletion."""
    course = placement.course
    with changing_outline(course):
        if CourseLesson.objects.filter(pk=placement.pk).delete()[0]:
            promise_deletion_of_unplaced([placement.lesson_id])
            _renumber(course)
            recompute_course(actor=actor, course=course)
            audit.record(
                actor=actor,
                action=AuditAction.LESSON_DELETED,
                resource=("lesson", placement.lesson_id),
                details={"course": course.pk},
            )
    settle_outlines([course.pk])


def close_gaps(*, course: Course) -> None:
    """Number sections and lessons anew, in the order in which they stand. Raises `Course.DoesNotExist`."""
    with changing_outline(course):
        _renumber(course)
    settle_outlines([course.pk])


def promise_deletion_of_unplaced(lesson_ids: Sequence[str]) -> None:
    """Promise the documents of those lessons to the deletion that no course places any more.

    One at a time for each lesson: two courses may let go of it at once.
    """
    hold_lessons(lesson_ids)
    placed = set(CourseLesson.objects.filter(lesson_id__in=lesson_ids).values_list("lesson_id", flat=True))
    unplaced = sorted(set(lesson_ids) - placed)
    if unplaced:
        PendingDeletion.objects.create(collection=PendingDeletion.Collection.LESSONS, filter={"lesson_ids": unplaced})


def _announce(course: Course, lesson_id: str) -> None:
    """Learners have this lesson from now on, unless the course is a draft: then they will have it with the course."""
    if Course.objects.published().filter(pk=course.pk).exists():
        lesson_opened.send(Course, course_id=course.pk, lesson_id=lesson_id)


def _first_section(course: Course) -> Section:
    return Section.objects.create(course=course, title=gettext("Lessons"), position=1)


def _renumber(course: Course) -> None:
    """Positions 1, 2, 3 … in the order of sections, then of what was."""
    places = course.placements.order_by("section__position", "position").values_list("pk", "section_id")
    with connection.cursor() as cursor:
        cursor.execute(ARRANGE_SECTIONS, [list(course.sections.order_by("position").values_list("pk", flat=True))])
        cursor.execute(ARRANGE_LESSONS, [[pk for pk, _ in places], [section for _, section in places]])


def _record(actor: "User", course: Course, details: dict[str, object]) -> None:
    audit.record(actor=actor, action=AuditAction.COURSE_CHANGED, resource=course, details=details)
