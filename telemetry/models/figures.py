"""Figures of courses, made anew by the worker: no page counts what grows with all learners."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Now

from telemetry.periods import Period

if TYPE_CHECKING:
    from courses.models import Course
    from courses.models.course import CourseQuerySet


class CourseFiguresQuerySet(models.QuerySet["CourseFigures"]):
    def for_analytics(self, courses: "CourseQuerySet") -> "CourseFiguresQuerySet":
        """Figures of these courses, each with its course as pages show it."""
        unseen = ["course__search", "course__description", "course__description_html", "course__objectives"]
        return self.filter(course__in=courses).select_related("course").defer(*unseen)


class CourseFigures(models.Model):
    """A course as it stood at `computed_at`; it took `took_ms` to look, and is looked at again the later for it.

    Learners are those who didn't cancel; the median is of those who spent any time.
    """

    course = models.OneToOneField("courses.Course", models.CASCADE, primary_key=True, related_name="+")
    learners = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    mean_progress = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    median_seconds = models.PositiveIntegerField(null=True)
    seconds_spent = models.BigIntegerField(default=0)
    active_in_7_days = models.PositiveIntegerField(default=0)
    active_in_30_days = models.PositiveIntegerField(default=0)
    outline_version = models.BigIntegerField(default=0)
    computed_at = models.DateTimeField(db_default=Now())
    took_ms = models.PositiveIntegerField(default=0)

    objects = CourseFiguresQuerySet.as_manager()

    class Meta:
        db_table = "course_figures"

    def __str__(self) -> str:
        return f"figures of {self.course_id}"


class CourseDayQuerySet(models.QuerySet["CourseDay"]):
    def of(self, course: "Course") -> "CourseDayQuerySet":
        return self.filter(course_id=course.pk)

    def within(self, period: Period) -> "CourseDayQuerySet":
        """The days of a period on which something happened, first to last."""
        return self.filter(day__range=(period.first, period.last)).order_by("day")


class CourseDay(models.Model):
    """What happened in a course on one day of the site's time zone; time and people active by their own days."""

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    enrollments = models.PositiveIntegerField(default=0)
    cancellations = models.PositiveIntegerField(default=0)
    completions = models.PositiveIntegerField(default=0)
    lessons_completed = models.PositiveIntegerField(default=0)
    active_learners = models.PositiveIntegerField(default=0)
    seconds_spent = models.BigIntegerField(default=0)

    objects = CourseDayQuerySet.as_manager()

    class Meta:
        db_table = "course_days"
        constraints = [models.UniqueConstraint(fields=["course", "day"], name="one_row_per_course_and_day")]
        indexes = [models.Index(fields=["day"], name="course_days_by_day")]

    def __str__(self) -> str:
        return f"{self.course_id} on {self.day}"


class LessonFigures(models.Model):
    """A lesson in a course: how many began and completed it, the mean over all learners of the course, and their time.

    Seconds are those of learners who spent any.
    """

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="+", db_index=False)
    lesson_id = models.CharField(max_length=24)
    reached = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    mean_progress = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    median_seconds = models.PositiveIntegerField(null=True)
    p90_seconds = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "lesson_figures"
        constraints = [models.UniqueConstraint(fields=["course", "lesson_id"], name="one_row_per_course_and_lesson")]
        indexes = [models.Index(fields=["mean_progress", "id"], name="lesson_figures_by_progress")]

    def __str__(self) -> str:
        return f"{self.lesson_id} in {self.course_id}"


class LessonDayQuerySet(models.QuerySet["LessonDay"]):
    def sums(self, course: "Course", period: Period) -> dict[str, dict[str, int]]:
        """Of each lesson to which something happened in these days: reached, completed, seconds_spent."""
        names = ("reached", "completed", "seconds_spent")
        mine = self.filter(course_id=course.pk, day__range=(period.first, period.last))
        sums = mine.values("lesson_id").annotate(**{f"sum_{name}": models.Sum(name) for name in names})
        return {each["lesson_id"]: {name: each[f"sum_{name}"] for name in names} for each in sums}


class LessonDay(models.Model):
    """How many reached a lesson for the first time on a day, and how many completed it."""

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="+", db_index=False)
    lesson_id = models.CharField(max_length=24)
    day = models.DateField()
    reached = models.PositiveIntegerField(default=0)
    completed = models.PositiveIntegerField(default=0)
    seconds_spent = models.BigIntegerField(default=0)

    objects = LessonDayQuerySet.as_manager()

    class Meta:
        db_table = "lesson_days"
        constraints = [
            models.UniqueConstraint(fields=["course", "day", "lesson_id"], name="one_row_per_course_day_and_lesson")
        ]

    def __str__(self) -> str:
        return f"{self.lesson_id} on {self.day}"
