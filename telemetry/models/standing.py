"""What leaderboards are read from, beside the enrollments themselves."""

from django.db import models
from django.db.models.functions import Now


class WeeklyStanding(models.Model):
    """What one learner did in one course in one week: weeks begin on Monday, 0:00 UTC.

    Completions are kept by a trigger, seconds by the roll-up.
    """

    enrollment = models.ForeignKey("courses.Enrollment", models.CASCADE, related_name="+", db_index=False)
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="+", db_index=False)
    week = models.DateField()
    lessons_completed = models.PositiveIntegerField(default=0, db_default=0)
    seconds_spent = models.PositiveIntegerField(default=0, db_default=0)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "weekly_standings"
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "week"], name="one_standing_per_enrollment_and_week"),
        ]
        indexes = [
            models.Index(
                fields=["course", "week", "-lessons_completed", "seconds_spent", "enrollment"],
                name="weekly_standings_in_order",
            ),
            models.Index(fields=["week"], name="weekly_standings_by_week"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} in the week of {self.week}"


class LeaderboardRung(models.Model):
    """Every some hundredth place of a long leaderboard: how many are above it. Made anew by the worker.

    `board` is empty for all time, else the Monday of its week. A rank is what stands at the rung above, and those
    between are counted: the same cost however many learn.
    """

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="+", db_index=False)
    board = models.CharField(max_length=10, blank=True)
    points = models.DecimalField(max_digits=7, decimal_places=2)
    seconds = models.PositiveIntegerField()
    above = models.PositiveIntegerField()

    class Meta:
        db_table = "leaderboard_rungs"
        constraints = [
            models.UniqueConstraint(
                fields=["course", "board", "points", "seconds"], name="one_rung_per_board_and_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.above} above {self.points} in {self.course_id}"
