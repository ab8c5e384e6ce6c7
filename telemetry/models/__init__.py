"""Rows and their rules, one file a noun."""

from telemetry.models.figures import CourseDay, CourseFigures, LessonDay, LessonFigures
from telemetry.models.metric import AggregatedMetric, UserMetric
from telemetry.models.rollup import Rollup
from telemetry.models.site_day import SiteDay
from telemetry.models.slow_command import SlowCommand
from telemetry.models.standing import LeaderboardRung, WeeklyStanding
from telemetry.models.time_spent import TimeSpent

__all__ = [
    "AggregatedMetric",
    "CourseDay",
    "CourseFigures",
    "LeaderboardRung",
    "LessonDay",
    "LessonFigures",
    "Rollup",
    "SiteDay",
    "SlowCommand",
    "TimeSpent",
    "UserMetric",
    "WeeklyStanding",
]
