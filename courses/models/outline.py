"""Which lessons a course has, and in which order: the outline, and the only one."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User
    from courses.models.course import Course

SECTION_TITLE_LIMIT = 200


class Section(models.Model):
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="sections")
    title = models.CharField(_("title"), max_length=SECTION_TITLE_LIMIT)
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

    def reusable_in(self, course: "Course") -> "CourseLessonQuerySet":
        """Places elsewhere of lessons that this course doesn't have, newest first, with the course's title."""
        here = CourseLesson.objects.filter(course=course).values("lesson_id")
        elsewhere = self.exclude(lesson_id__in=here).select_related("course").only("lesson_id", "course__title")
        return elsewhere.order_by("-id")

    def elsewhere(self, lesson_id: str, course: "Course") -> "CourseLessonQuerySet":
        """The places that this lesson has in other courses."""
        return self.filter(lesson_id=lesson_id).exclude(course=course)

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
