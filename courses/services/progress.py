"""Completing and reopening lessons: the main act of the whole platform.

The fact and its percent are one transaction in PostgreSQL; the document in MongoDB is projected after it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Course, Enrollment
from courses.models.enrollment import Standing
from courses.models.locks import hold_learner, hold_outlines_of_learner
from courses.services.projection import project_soon

if TYPE_CHECKING:
    from accounts.models import User

# A lesson counts in each course that has it and in which its learner is enrolled, so one act may touch several
# enrollments; they are locked in the order of their ids.
SET_PERCENT = """
WITH mine AS MATERIALIZED (
    SELECT e.id
      FROM enrollments e
      JOIN course_lessons cl ON cl.course_id = e.course_id AND cl.lesson_id = %(lesson)s AND cl.is_published
     WHERE e.user_id = %(user)s AND e.status <> 'cancelled'
     ORDER BY e.id FOR NO KEY UPDATE OF e
)
INSERT INTO lesson_progress AS p (enrollment_id, lesson_id, progress_percent, completed_at, updated_at)
SELECT id, %(lesson)s, %(percent)s, CASE WHEN %(percent)s = 100 THEN now() END, now() FROM mine
 WHERE %(percent)s > 0
    OR EXISTS (SELECT FROM lesson_progress begun WHERE begun.enrollment_id = mine.id AND begun.lesson_id = %(lesson)s)
    ON CONFLICT (enrollment_id, lesson_id) DO UPDATE
   SET progress_percent = excluded.progress_percent, completed_at = excluded.completed_at, updated_at = now()
 WHERE p.progress_percent <> excluded.progress_percent
RETURNING enrollment_id
"""

# Lessons of a course that its learners have finished elsewhere count here as well. Whatever follows from a lesson holds
# its enrollment, so all are held first, in the order of their ids.
BRING_SHARED = """
WITH held AS MATERIALIZED (
    SELECT id, user_id, course_id, status FROM enrollments e WHERE {which} ORDER BY id FOR NO KEY UPDATE
)
INSERT INTO lesson_progress AS here (enrollment_id, lesson_id, progress_percent, completed_at, updated_at)
SELECT e.id, cl.lesson_id, 100, max(p.completed_at), now()
  FROM held e
  JOIN course_lessons cl ON cl.course_id = e.course_id
  JOIN enrollments other ON other.user_id = e.user_id AND other.id <> e.id AND other.status <> 'cancelled'
  JOIN lesson_progress p
    ON p.enrollment_id = other.id AND p.lesson_id = cl.lesson_id AND p.completed_at IS NOT NULL
 WHERE e.status <> 'cancelled'
 GROUP BY e.id, cl.lesson_id
 ORDER BY e.id
    ON CONFLICT (enrollment_id, lesson_id) DO UPDATE
   SET progress_percent = 100, completed_at = excluded.completed_at, updated_at = now()
 WHERE here.progress_percent < 100
RETURNING here.enrollment_id
"""


class NotEnrolled(Exception):
    """The learner isn't enrolled in a course that has this lesson."""


@dataclass(frozen=True)
class Outcome:
    """What an act changed: False and no percent when it had been done before."""

    changed: bool
    percent: int | None = None
    course_completed: bool = False


def complete_lesson(*, learner: "User", course: Course, lesson_id: str) -> Outcome:
    """Note that the learner completed this lesson; again changes nothing. Raises `NotEnrolled`."""
    return _set_percent(learner, course, lesson_id, 100, AuditAction.LESSON_COMPLETED)


def reopen_lesson(*, learner: "User", course: Course, lesson_id: str) -> Outcome:
    """Take a completion back; a course once completed stays so. Raises `NotEnrolled`."""
    return _set_percent(learner, course, lesson_id, 0, AuditAction.LESSON_REOPENED)


def _set_percent(learner: "User", course: Course, lesson_id: str, percent: int, action: AuditAction) -> Outcome:
    with transaction.atomic():
        hold_learner(learner.pk)
        hold_outlines_of_learner(learner.pk)
        with connection.cursor() as cursor:
            cursor.execute(SET_PERCENT, {"lesson": lesson_id, "user": learner.pk, "percent": percent})
            touched = [row[0] for row in cursor.fetchall()]
        if not touched:
            _require_enrollment(learner, course, lesson_id)
            return Outcome(changed=False)
        standings = Enrollment.objects.record_activity(touched)
        audit.record(actor=learner, action=action, resource=("lesson", lesson_id), details={"course": course.pk})
        _record_completions(learner, standings)
        project_soon(touched)
    here = next((each for each in standings if each.course_id == course.pk), None)
    if here is None:
        return Outcome(changed=False)
    return Outcome(changed=True, percent=int(here.progress), course_completed=here.just_completed)


def _require_enrollment(learner: "User", course: Course, lesson_id: str) -> None:
    placed = course.placements.filter(lesson_id=lesson_id, is_published=True)
    if not Enrollment.objects.of(learner).standing().filter(course=course, course__placements__in=placed).exists():
        raise NotEnrolled


def _record_completions(actor: "User", standings: list[Standing]) -> None:
    for each in standings:
        if each.just_completed:
            audit.record(actor=actor, action=AuditAction.COURSE_COMPLETED, resource=("course", each.course_id))


def bring_shared_progress(*, enrollment_id: int | None = None, course_id: int | None = None) -> list[int]:
    """Count what was finished elsewhere, for one enrollment or for all of a course; the enrollments touched.

    Within the caller's transaction, which holds the outline.
    """
    which, argument = ("e.id = %s", enrollment_id) if enrollment_id is not None else ("e.course_id = %s", course_id)
    with connection.cursor() as cursor:
        cursor.execute(BRING_SHARED.format(which=which), [argument])
        return sorted({row[0] for row in cursor.fetchall()})


def recompute_course(*, actor: "User | None", course: Course) -> None:
    """After a change of the outline: shared lessons count, every percent is right, who is done by it is told so.

    Within the caller's transaction, which holds the outline for change.
    """
    touched = bring_shared_progress(course_id=course.pk)
    standings = Enrollment.objects.recompute_course(course.pk)
    if touched:
        standings += Enrollment.objects.record_activity(touched)
        project_soon(touched)
    audit.record_each(
        actor=actor,
        action=AuditAction.COURSE_COMPLETED,
        kind="enrollment",
        identifiers=[each.enrollment_id for each in standings if each.just_completed],
        details={"course": course.pk, "because": "the outline changed"},
    )
