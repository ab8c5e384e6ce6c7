"""How long somebody learned: one row per person, course, lesson and day, computed from the events."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    from accounts.models import User


class TimeSpentQuerySet(models.QuerySet["TimeSpent"]):
    def of(self, user: "User") -> "TimeSpentQuerySet":
        return self.filter(user_id=user.pk)


class TimeSpent(models.Model):
    """Seconds of one person's clock, each counted once, whatever the number of their tabs and devices.

    `day` is the day of the person who learned, in the time zone they had then. The table is partitioned by its month.
    """

    pk = models.CompositePrimaryKey("user_id", "course_id", "lesson_id", "day")
    # The database itself deletes with the person and the course.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_index=False)
    course = models.ForeignKey("courses.Course", models.DO_NOTHING, related_name="+", db_index=False)
    lesson_id = models.CharField(max_length=24)
    day = models.DateField()
    seconds_spent = models.PositiveIntegerField()
    events = models.PositiveIntegerField()
    updated_at = models.DateTimeField(db_default=Now())

    objects = TimeSpentQuerySet.as_manager()

    class Meta:
        db_table = "telemetry"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(lesson_id__regex=r"^[0-9a-f]{24}$"), name="time_is_spent_on_24_hex_digits"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "day"], name="time_of_a_person"),
            models.Index(fields=["course", "day"], name="time_in_a_course"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.day}: {self.seconds_spent} s"
