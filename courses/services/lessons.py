"""Writing lessons: the document first, then the place that names it.

A change of a document marks the outlines that show its title and duration before it is written; after it, the audit log
is told and the outlines are settled. A crash in between leaves the mark, and the worker does the rest.
"""

from typing import TYPE_CHECKING

from django.db import transaction

from courses.content import lessons
from courses.content.versions import Version
from courses.models import Course, CourseLesson, Section
from courses.services.history import record_versions
from courses.services.outline import place_lesson, promise_deletion_of_unplaced
from courses.services.settling import mark_outline_changed, settle_outlines
from learnflow.mongo import Document

if TYPE_CHECKING:
    from accounts.models import User


def add_lesson(
    *,
    actor: "User",
    course: Course,
    body: Document,
    lesson_id: str | None = None,
    section: Section | None = None,
    is_preview: bool = False,
    source: Document | None = None,
) -> CourseLesson:
    """Write a lesson and place it at the end of a section. The same `lesson_id` again adds nothing.

    Raises `ContentUnavailable` and `Course.DoesNotExist`, and then nothing was added.
    """
    lesson_id = lesson_id or lessons.new_lesson_id()
    document: Document = {"course_id": course.pk, "body": body, "author_id": actor.pk, "source": source}
    is_new = lessons.add_lesson(lesson_id=lesson_id, **document)
    if not is_new and lessons.get_lesson(lesson_id)["course_id"] != course.pk:
        raise lessons.LessonNotFound(lesson_id)
    try:
        placement = place_lesson(
            actor=actor,
            course=course,
            lesson_id=lesson_id,
            section=section,
            is_preview=is_preview,
            details={"new": {"title": body["title"], "type": body["type"]}},
        )
    except Course.DoesNotExist:
        # Deleted while the document was written: nobody else will see to it.
        with transaction.atomic():
            promise_deletion_of_unplaced([lesson_id])
        raise
    if not is_new:
        # It may have been taken out and promised to the deletion, which came first; from now on none will come.
        lessons.add_lesson(lesson_id=lesson_id, **document)
    settle_outlines([course.pk])
    return placement


def change_lesson(
    *, actor: "User", lesson_id: str, version: int, body: Document, source: Document | None = None
) -> int:
    """Save a lesson that was opened at `version`; its new version.

    Raises `EditConflict` when somebody saved it meanwhile (nothing is overwritten), `LessonNotFound`,
    `ContentUnavailable`.
    """
    courses = list(CourseLesson.objects.filter(lesson_id=lesson_id).values_list("course_id", flat=True))
    mark_outline_changed(courses)
    try:
        saved = lessons.save_lesson(lesson_id, version=version, body=body, author_id=actor.pk, source=source)
    except (lessons.EditConflict, lessons.LessonNotFound):
        settle_outlines(courses)  # nothing changed; whether it did when MongoDB went away, the worker will see
        raise
    record_versions(lesson_id, [Version(saved, body["title"], actor.pk)])
    settle_outlines(courses)
    return saved


def restore_revision(*, actor: "User", lesson_id: str, version: int, revision: int) -> int:
    """Bring back what the lesson was at `revision`, as a new version after `version`. Raises like `change_lesson`."""
    body = lessons.get_revision(lesson_id, revision)["body"]
    return change_lesson(actor=actor, lesson_id=lesson_id, version=version, body=body)


def duplicate_lesson(
    *, actor: "User", placement: CourseLesson, title: str, lesson_id: str | None = None
) -> CourseLesson:
    """Add a copy of a lesson, under this title, to the same section."""
    body = {**lessons.body_of(lessons.get_lesson(placement.lesson_id)), "title": title}
    return add_lesson(actor=actor, course=placement.course, section=placement.section, body=body, lesson_id=lesson_id)
