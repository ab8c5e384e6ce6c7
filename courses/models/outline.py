"""Which lessons a course has, and in which order: the outline, and the only one."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User

# The first key of the advisory locks below; the second is the course's id.
OUTLINE_LOCK = 1


def hold_outlines(course_ids: Iterable[int]) -> None:
    """Keep these outlines as they are until the transaction ends. Many may hold, none may change meanwhile.

    Progress is a mean over the outline: whoever writes it holds the outline, whoever changes the
    outline waits. Taken before any row lock, in the order of ids, so that nobody waits in a circle.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, id::int) FROM unnest(%s::bigint[]) AS id",
            [OUTLINE_LOCK, sorted(course_ids)],
        )


def hold_outlines_for_change(course_ids: Iterable[int]) -> None:
    """Keep these outlines for oneself until the transaction ends, in the order of ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, id::int) FROM unnest(%s::bigint[]) AS id",
            [OUTLINE_LOCK, sorted(course_ids)],
        )


class Section(models.Model):
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="sections")
    title = models.CharField(_("title"), max_length=200)
    position = models.PositiveIntegerField()

    class Meta:
        db_table = "sections"
        ordering = ["course", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["course", "position"],
                name="one_section_per_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(fields=["course", "id"], name="section_of_a_course"),
        ]

    def __str__(self) -> str:
        return self.title


class CourseLessonQuerySet(models.QuerySet["CourseLesson"]):
    def editable_by(self, user: "User") -> "CourseLessonQuerySet":
        """Placements in courses that this person may change."""
        if user.is_admin:
            return self
        return self.filter(course__instructor_id=user.pk)

    def in_order(self) -> "CourseLessonQuerySet":
        return self.select_related("section").order_by("position")


class CourseLesson(models.Model):
    """A lesson's place in a course. The lesson itself is a document with this `lesson_id`."""

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="placements")
    section = models.ForeignKey(Section, models.CASCADE, related_name="placements")
    lesson_id = models.CharField(max_length=24)
    position = models.PositiveIntegerField()
    is_preview = models.BooleanField(_("free preview"), default=False)
    is_published = models.BooleanField(_("published"), default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CourseLessonQuerySet.as_manager()

    class Meta:
        db_table = "course_lessons"
        ordering = ["course", "position"]
        constraints = [
            models.UniqueConstraint(fields=["course", "lesson_id"], name="one_place_per_course_and_lesson"),
            models.UniqueConstraint(
                fields=["course", "position"],
                name="one_lesson_per_course_and_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=models.Q(position__gt=0), name="positions_start_at_one"),
            models.CheckConstraint(
                condition=models.Q(lesson_id__regex=r"^[0-9a-f]{24}$"), name="lesson_id_is_24_hex_digits"
            ),
        ]
        indexes = [models.Index(fields=["lesson_id"], name="course_lessons_of_a_lesson")]

    def __str__(self) -> str:
        return f"{self.course_id}/{self.position}"
