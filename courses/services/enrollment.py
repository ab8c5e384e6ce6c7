"""Enrolling, unenrolling, beginning anew."""

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import AuditAction
from accounts.services import audit
from courses.models import Course, Enrollment, LessonProgress, Status
from courses.models.locks import hold_learner, hold_outlines
from courses.services.progress import bring_shared_progress
from courses.services.projection import project_soon

if TYPE_CHECKING:
    from accounts.models import User

ENROLL = """
INSERT INTO enrollments AS e (user_id, course_id, last_activity) SELECT %s, id, now() FROM courses WHERE id = %s
    ON CONFLICT (user_id, course_id) DO UPDATE
   SET status = CASE WHEN e.completed_at IS NULL THEN 'active' ELSE 'completed' END,
       cancelled_at = NULL, last_activity = now()
 WHERE e.status = 'cancelled'
RETURNING e.id
"""


class EnrollmentClosed(Exception):
    """This course can't be joined by oneself: it is a draft, or it costs something."""


def enroll(*, learner: "User", course: Course, actor: "User | None" = None) -> bool:
    """Enroll a learner; False when they already are, or somebody deleted the course a moment ago.

    What was learned before an unenrollment comes back.
    `actor` is who does it when it isn't the learner: an admin may enroll anyone, also into a paid course.
    Raises `EnrollmentClosed`.
    """
    actor = actor or learner
    if not actor.is_admin and not (course.is_published and course.is_free):
        raise EnrollmentClosed
    with transaction.atomic():
        hold_learner(learner.pk)
        hold_outlines([course.pk])
        with connection.cursor() as cursor:
            cursor.execute(ENROLL, [learner.pk, course.pk])
            row = cursor.fetchone()
        if row is None:
            return False
        bring_shared_progress(enrollment_id=row[0])
        Enrollment.objects.record_activity([row[0]])
        audit.record(actor=actor, action=AuditAction.ENROLLED, resource=course, details={"learner": learner.pk})
        project_soon([row[0]])
    return True


def unenroll(*, learner: "User", course: Course) -> bool:
    """End an enrollment and keep its progress; False when there was none to end."""
    with transaction.atomic():
        hold_learner(learner.pk)
        hold_outlines([course.pk])
        standing = Enrollment.objects.of(learner).standing().filter(course=course)
        if not standing.update(status=Status.CANCELLED, cancelled_at=Now()):
            return False
        audit.record(actor=learner, action=AuditAction.UNENROLLED, resource=course)
    return True


def reset_progress(*, learner: "User", course: Course) -> bool:
    """Begin a course anew: nothing of it is completed any more; False when not enrolled."""
    with transaction.atomic():
        hold_learner(learner.pk)
        hold_outlines([course.pk])
        enrollment = Enrollment.objects.of(learner).standing().filter(course=course).select_for_update().first()
        if enrollment is None:
            return False
        done = LessonProgress.objects.filter(enrollment=enrollment)
        old = {"progress": str(enrollment.progress), "lessons": list(done.done().values_list("lesson_id", flat=True))}
        done.delete()
        Enrollment.objects.filter(pk=enrollment.pk).update(
            progress=0, status=Status.ACTIVE, completed_at=None, version=F("version") + 1, last_activity=Now()
        )
        audit.record(actor=learner, action=AuditAction.PROGRESS_RESET, resource=course, details={"old": old})
        project_soon([enrollment.pk])
    return True
