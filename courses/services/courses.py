"""Making, changing and deleting courses."""

from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db import transaction

from accounts.models import AuditAction
from accounts.services import audit
from courses.markdown import render
from courses.models import Course, PendingDeletion
from courses.models.course import summary_of
from courses.models.locks import hold_outline_for_change
from courses.services.outline import promise_deletion_of_unplaced
from courses.services.publishing import HOME_CACHE_KEY

if TYPE_CHECKING:
    from accounts.models import User

# What an author writes. The other columns (counters, marks, state) may have changed since the course was read, and are
# never written back.
WRITTEN = (
    "slug", "title", "summary", "description", "objectives", "category_id", "level", "language", "thumbnail",
    "instructor_id", "price", "currency", "is_leaderboard_public",
)  # fmt: skip


class CourseHasLearners(Exception):
    """People are enrolled: their work would go with the course."""


def save_course(*, actor: "User", course: Course) -> Course:
    """Save a new or changed course with its description rendered; what differs is audited. Raises `MarkdownTooLong`."""
    is_new = course.pk is None
    course.description_html = render(course.description)
    course.summary = course.summary or summary_of(course.description_html)
    with transaction.atomic():
        standing = Course.objects.filter(pk=course.pk).values(*WRITTEN)
        before = {} if is_new else standing.select_for_update(no_key=True).get()
        course.save(force_insert=is_new, update_fields=None if is_new else [*WRITTEN, "description_html", "updated_at"])
        after = Course.objects.values(*WRITTEN).get(pk=course.pk)
        differing = [name for name in WRITTEN if is_new or before[name] != after[name]]
        if differing:
            audit.record(
                actor=actor,
                action=AuditAction.COURSE_CREATED if is_new else AuditAction.COURSE_CHANGED,
                resource=course,
                details={
                    "old": {name: before[name] for name in differing} if before else None,
                    "new": {name: after[name] for name in differing},
                },
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
    cache.delete(HOME_CACHE_KEY)
