"""Making, changing and deleting courses."""

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import AuditAction
from accounts.services import audit
from courses.markdown import render
from courses.models import Course, PendingDeletion
from courses.models.course import summary_of
from courses.models.locks import hold_outline_for_change
from courses.services.outline import promise_deletion_of_unplaced

if TYPE_CHECKING:
    from accounts.models import User

AUDITED = ("slug", "title", "category_id", "level", "language", "instructor_id", "price", "currency")


class CourseHasLearners(Exception):
    """People are enrolled: their work would go with the course."""


def save_course(*, actor: "User", course: Course) -> Course:
    """Save a new or changed course with its description rendered. Raises `MarkdownTooLong`."""
    is_new = course.pk is None
    course.description_html = render(course.description)
    course.summary = course.summary or summary_of(course.description_html)
    with transaction.atomic():
        before = None if is_new else Course.objects.filter(pk=course.pk).values(*AUDITED).first()
        course.save(force_insert=is_new)
        new = {name: getattr(course, name) for name in AUDITED}
        audit.record(
            actor=actor,
            action=AuditAction.COURSE_CREATED if is_new else AuditAction.COURSE_CHANGED,
            resource=course,
            details={"old": before, "new": new},
        )
    return course


def delete_course(*, actor: "User", course: Course) -> None:
    """Delete a course and what only it has: outline, lessons, progress documents.

    Raises `CourseHasLearners` when anybody ever enrolled: such a course is unpublished instead.
    """
    with transaction.atomic():
        hold_outline_for_change(course.pk)
        if course.enrollments.exists():
            raise CourseHasLearners
        course_id, title = course.pk, course.title
        placed = list(course.placements.values_list("lesson_id", flat=True))
        course.delete()
        promise_deletion_of_unplaced(placed)
        PendingDeletion.objects.create(collection=PendingDeletion.Collection.PROGRESS, filter={"course_id": course_id})
        audit.record(
            actor=actor, action=AuditAction.COURSE_DELETED, resource=("course", course_id), details={"old": title}
        )
