"""Who is enrolled, and how far they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, models
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from courses.models.store_epoch import FirstVersion

if TYPE_CHECKING:
    from accounts.models import User

# The mean over the lessons that the course of `e` has now, cut (not rounded) to two digits, so that 99.99 never
# reads as 100. A course without lessons stands at 0. For each enrollment by itself: joined for many at once, PostgreSQL
# reads all of lesson_progress.
STANDING = """
    SELECT trunc(coalesce(avg(coalesce(p.progress_percent, 0)), 0), 2) AS progress,
           count(cl.id) > 0 AND count(cl.id) = count(p.completed_at) AS is_whole
      FROM course_lessons cl
      LEFT JOIN lesson_progress p ON p.enrollment_id = e.id AND p.lesson_id = cl.lesson_id
     WHERE cl.course_id = e.course_id AND cl.is_published
"""
STATUS = """
    CASE WHEN e.status = 'cancelled' THEN 'cancelled'
         WHEN s.is_whole OR e.completed_at IS NOT NULL THEN 'completed'
         ELSE 'active' END
"""
RECOMPUTE = f"""
WITH held AS MATERIALIZED (
    SELECT id, course_id FROM enrollments WHERE {{which}} ORDER BY id FOR NO KEY UPDATE
), standing AS (
    SELECT e.id, s.progress, s.is_whole FROM held e CROSS JOIN LATERAL ({STANDING}) AS s
)
UPDATE enrollments e
   SET progress = s.progress,
       completed_at = CASE
           WHEN s.is_whole AND e.status <> 'cancelled' THEN coalesce(e.completed_at, now())
           ELSE e.completed_at END,
       status = {STATUS}
       {{also}}
  FROM standing s
 WHERE s.id = e.id {{only_if}}
RETURNING e.id, e.course_id, e.progress, e.completed_at IS NOT DISTINCT FROM now()
"""


@dataclass(frozen=True)
class Standing:
    """An enrollment after its progress was computed anew. `just_completed` is true in that transaction only."""

    enrollment_id: int
    course_id: int
    progress: Decimal
    just_completed: bool


class Status(models.TextChoices):
    ACTIVE = "active", _("In progress")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    def of(self, user: "User") -> "EnrollmentQuerySet":
        return self.filter(user_id=user.pk)

    def standing(self) -> "EnrollmentQuerySet":
        """Active and completed ones: those that count."""
        return self.exclude(status=Status.CANCELLED)

    def with_completed_lessons(self) -> "EnrollmentQuerySet":
        """Each with `completed`: the ids of the lessons its learner has done, in or out of today's outline."""
        done = models.Q(lesson_progress__completed_at__isnull=False)
        return self.annotate(completed=ArrayAgg("lesson_progress__lesson_id", filter=done, default=models.Value([])))

    def with_completed_count(self, user: "User") -> "EnrollmentQuerySet":
        """Each with `completed_count`: how many courses this person has completed."""
        completed = self.model.objects.of(user).with_status(Status.COMPLETED).order_by().values("user")
        counts = models.Subquery(completed.annotate(number=models.Count("pk")).values("number"))
        return self.annotate(completed_count=Coalesce(counts, 0))

    def lagging(self) -> "EnrollmentQuerySet":
        """Enrollments whose progress document is behind."""
        return self.filter(projected_version__lt=models.F("version")).order_by("id")

    def for_my_learning(self, user: "User") -> "EnrollmentQuerySet":
        """One person's enrollments in courses that exist for them, last used first."""
        from courses.models.course import Course

        return (
            self.of(user)
            .filter(course__in=Course.objects.visible_to(user))
            .select_related("course__category", "course__instructor")
            .defer("course__search", "course__description", "course__description_html", "course__objectives")
            .order_by("-last_activity", "-id")
        )

    def with_status(self, status: str) -> "EnrollmentQuerySet":
        return self.filter(status=status)

    def after(self, enrollment_id: int | None) -> "EnrollmentQuerySet":
        """Those used less recently than this one: the next page of a list in the order of last use."""
        if enrollment_id is None:
            return self
        # Only among these: the id of somebody else's would tell when they were here last.
        last = models.Subquery(self.order_by().filter(pk=enrollment_id).values("last_activity")[:1])
        return self.filter(last_activity__lte=last).filter(
            models.Q(last_activity__lt=last) | models.Q(pk__lt=enrollment_id)
        )

    def record_activity(self, enrollment_ids: Iterable[int]) -> list[Standing]:
        """Compute these enrollments anew after their own lessons changed: a new version, and seen now."""
        also = ", version = e.version + 1, last_activity = now()"
        return self._recompute("id = ANY(%s)", list(enrollment_ids), also=also)

    def recompute(self, enrollment_ids: Iterable[int]) -> list[Standing]:
        """Compute these enrollments anew without anybody's act: a new version."""
        return self._recompute("id = ANY(%s)", list(enrollment_ids), also=", version = e.version + 1")

    def recompute_course(self, course_id: int) -> list[Standing]:
        """Compute every enrollment of a course anew after its outline changed; those that differ are answered."""
        differs = "AND (e.progress <> s.progress OR s.is_whole AND e.completed_at IS NULL AND e.status <> 'cancelled')"
        return self._recompute("course_id = %s", course_id, only_if=differs)

    def _recompute(self, which: str, argument: object, *, also: str = "", only_if: str = "") -> list[Standing]:
        with connection.cursor() as cursor:
            cursor.execute(RECOMPUTE.format(which=which, also=also, only_if=only_if), [argument])
            return [Standing(*row) for row in cursor.fetchall()]


class Enrollment(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrollments")
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="enrollments", db_index=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE, db_default=Status.ACTIVE)
    enrolled_at = models.DateTimeField(db_default=Now(), editable=False)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    progress = models.DecimalField(max_digits=5, decimal_places=2, default=0, db_default=0)
    version = models.BigIntegerField(db_default=FirstVersion())
    projected_version = models.BigIntegerField(default=-1, db_default=-1)
    seconds_spent = models.PositiveIntegerField(default=0, db_default=0)
    last_activity = models.DateTimeField(db_default=Now())
    # A copy, kept by triggers: the person shows themselves on leaderboards, and is neither blocked nor gone.
    is_listed = models.BooleanField(default=True, db_default=True, editable=False)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        db_table = "enrollments"
        verbose_name = _("enrollment")
        verbose_name_plural = _("enrollments")
        constraints = [
            models.UniqueConstraint(fields=["user", "course"], name="one_enrollment_per_person_and_course"),
            models.CheckConstraint(
                condition=models.Q(progress__gte=0, progress__lte=100), name="progress_is_between_0_and_100"
            ),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="enrollment_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(version__gte=0, version__lt=2**62), name="a_version_leaves_room_for_the_next"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="completed") | models.Q(completed_at__isnull=False),
                name="a_completed_enrollment_has_completed_at",
            ),
            models.CheckConstraint(
                condition=models.Q(status="cancelled", cancelled_at__isnull=False)
                | (~models.Q(status="cancelled") & models.Q(cancelled_at__isnull=True)),
                name="a_cancelled_enrollment_has_cancelled_at",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "status", "-last_activity", "-id"], name="enrollments_of_a_person"),
            models.Index(fields=["course", "status"], name="enrollments_of_a_course"),
            models.Index(fields=["course", "id"], name="enrollments_in_order"),
            models.Index(
                fields=["course", "-progress", "seconds_spent", "id"],
                name="enrollments_by_standing",
                include=["is_listed", "status"],
            ),
            # In one direction, so that "better than this one" is one stretch of it, however many are equal, hidden
            # or gone.
            models.Index(
                "course",
                -models.F("progress"),
                "seconds_spent",
                "id",
                name="enrollments_ranked",
                include=["progress"],
                condition=models.Q(is_listed=True, progress__gt=0) & ~models.Q(status="cancelled"),
            ),
            models.Index(fields=["course", "-last_activity", "-id"], name="enrollments_by_activity"),
            models.Index(fields=["course", "-seconds_spent", "-id"], name="enrollments_by_time"),
            models.Index(fields=["completed_at"], name="enrollments_by_completion"),
            models.Index(
                fields=["id"],
                name="enrollments_lagging",
                condition=models.Q(projected_version__lt=models.F("version")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.course_id}"

    @property
    def percent(self) -> int:
        """Whole percent for the page, cut: only what is done reads 100."""
        return int(self.progress)

    @property
    def is_standing(self) -> bool:
        return self.status != Status.CANCELLED


class LessonProgressQuerySet(models.QuerySet["LessonProgress"]):
    def done(self) -> "LessonProgressQuerySet":
        return self.filter(completed_at__isnull=False)


class LessonProgress(models.Model):
    """How far one learner is in one lesson of one course: the fact of learning that must never be lost."""

    enrollment = models.ForeignKey(Enrollment, models.CASCADE, related_name="lesson_progress")
    lesson_id = models.CharField(max_length=24)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    completed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(db_default=Now())

    objects = LessonProgressQuerySet.as_manager()

    class Meta:
        db_table = "lesson_progress"
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "lesson_id"], name="one_progress_per_enrollment_and_lesson"),
            models.CheckConstraint(
                condition=models.Q(progress_percent__lte=100), name="lesson_progress_is_between_0_and_100"
            ),
            models.CheckConstraint(
                condition=models.Q(progress_percent=100, completed_at__isnull=False)
                | models.Q(progress_percent__lt=100, completed_at__isnull=True),
                name="a_lesson_is_completed_exactly_at_100",
            ),
            models.CheckConstraint(
                condition=models.Q(lesson_id__regex=r"^[0-9a-f]{24}$"), name="progress_lesson_id_is_24_hex_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.progress_percent} %"
