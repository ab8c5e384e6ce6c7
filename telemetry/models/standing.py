"""What leaderboards are read from, beside the enrollments themselves."""

from datetime import UTC, date, datetime

from django.db import models
from django.db.models.functions import Now

from telemetry.periods import monday_of


def week_of(moment: datetime) -> date:
    """The Monday of the week that counts at this moment: weeks begin at 0:00 UTC, for whoever is on one board."""
    return monday_of(moment.astimezone(UTC).date())


class WeeklyStanding(models.Model):
    """What one learner did in one course in one week: weeks begin on Monday, 0:00 UTC.

    Completions are kept by a trigger, seconds by the roll-up. Whoever writes one holds the enrollment first.
    """

    enrollment = models.ForeignKey("courses.Enrollment", models.CASCADE, related_name="+", db_index=False)
    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="+", db_index=False)
    week = models.DateField()
    lessons_completed = models.PositiveIntegerField(default=0, db_default=0)
    seconds_spent = models.PositiveIntegerField(default=0, db_default=0)
    # A copy, kept by triggers: the enrollment is listed, and has not been cancelled.
    is_listed = models.BooleanField(default=True, db_default=True, editable=False)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "weekly_standings"
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "week"], name="one_standing_per_enrollment_and_week"),
        ]
        indexes = [
            # In one direction, so that "better than this one" is one stretch of it, however many are equal.
            models.Index(
                "course",
                "week",
                -models.F("lessons_completed"),
                "seconds_spent",
                "enrollment",
                name="weekly_standings_in_order",
                include=["lessons_completed"],
                condition=models.Q(is_listed=True, lessons_completed__gt=0),
            ),
            models.Index(fields=["week"], name="weekly_standings_by_week"),
        ]

    def __str__(self) -> str:
        return f"{self.enrollment_id} in the week of {self.week}"


class LeaderboardRung(models.Model):
    """Every some hundredth place of a long leaderboard: how many are above it. Made anew by the worker.

    `board` is empty for all time, else the Monday of its week. A rank is what stands at the rung above, and those
    between are counted: the same cost however many learn. A rung holds for the outline that it was made of: another one
    gives everybody another progress. The first one of a board lies above all of it and says when it was made.
    """

    course = models.ForeignKey("courses.Course", models.CASCADE, related_name="+", db_index=False)
    board = models.CharField(max_length=10, blank=True)
    points = models.DecimalField(max_digits=7, decimal_places=2)
    seconds = models.PositiveIntegerField()
    above = models.PositiveIntegerField()
    outline_version = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "leaderboard_rungs"
        constraints = [
            models.UniqueConstraint(
                "course", "board", -models.F("points"), "seconds", name="one_rung_per_board_and_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.above} above {self.points} in {self.course_id}"
