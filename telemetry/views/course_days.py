"""What happened in a course over some days: a table, the charts of it, and how it compares to as many days before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from courses.models import Course
from telemetry.charts import Chart, Unit, over_steps
from telemetry.models import CourseDay
from telemetry.periods import Period
from telemetry.scales import value_label
from telemetry.tables import Column, Kind, Table

SUMMED = ("enrollments", "cancellations", "completions", "lessons_completed", "seconds_spent")


class Step(NamedTuple):
    """A day, or a week from `first` on; `active_learners` are those of its busiest day."""

    first: date
    enrollments: int
    cancellations: int
    completions: int
    lessons_completed: int
    active_learners: int
    seconds_spent: int


class Fact(NamedTuple):
    """Something there was in these days, and how much of it in as many days before."""

    label: str
    value: str
    before: str


@dataclass(frozen=True)
class CourseDays:
    period: Period
    steps: list[Step]
    facts: list[Fact]

    def table(self) -> Table:
        is_by_week = self.period.is_by_week
        columns = (
            Column("first", _("Week from") if is_by_week else _("Day"), Kind.DATE),
            Column("enrollments", _("Enrolled"), Kind.NUMBER),
            Column("cancellations", _("Unenrolled"), Kind.NUMBER),
            Column("completions", _("Completed the course"), Kind.NUMBER),
            Column("lessons", _("Lessons completed"), Kind.NUMBER),
            Column("active", _("Active on the busiest day") if is_by_week else _("Active learners"), Kind.NUMBER),
            Column("time", _("Time"), Kind.DURATION),
        )
        return Table("days", _("Week by week") if is_by_week else _("Day by day"), columns, self.steps)

    def charts(self) -> list[dict[str, Any]]:
        """Bars for what adds up, a line for what doesn't."""
        active = _("Active learners, on the busiest day") if self.period.is_by_week else _("Active learners")
        return [
            {"bars": self._chart(_("Enrollments"), "enrollments", empty=_("Nobody enrolled in these days."))},
            {"bars": self._chart(_("Completions"), "completions", empty=_("Nobody finished in these days."))},
            {"line": self._chart(active, "active_learners", empty=_("Nobody was here in these days."), adds_up=False)},
            {"bars": self._chart(_("Time"), "seconds_spent", unit=Unit.SECONDS, empty=_("No time was spent."))},
        ]

    def _chart(self, title: str, name: str, *, unit: Unit = Unit.NUMBER, **also: Any) -> Chart:
        return over_steps(title, unit, [getattr(step, name) for step in self.steps], self.period, **also)


def read_days(course: Course, period: Period) -> CourseDays:
    """What happened in these days, and for comparison in as many before, in one query."""
    rows = list(CourseDay.objects.of(course).within(Period(period.before.first, period.last)))
    mine = {row.day: row for row in rows if row.day in period}
    steps = [_step(step, [mine[day] for day in step.days() if day in mine]) for step in period.steps()]
    return CourseDays(period, steps, _facts(_sums(mine.values()), _sums(row for row in rows if row.day not in mine)))


def _step(step: Period, rows: list[CourseDay]) -> Step:
    return Step(step.first, active_learners=max((row.active_learners for row in rows), default=0), **_sums(rows))


def _sums(rows: Iterable[CourseDay]) -> dict[str, int]:
    rows = list(rows)
    return {name: sum(getattr(row, name) for row in rows) for name in SUMMED}


def _facts(sums: dict[str, int], before: dict[str, int]) -> list[Fact]:
    labels = {
        "enrollments": _("New enrollments"),
        "completions": _("Completed the course"),
        "lessons_completed": _("Lessons completed"),
        "seconds_spent": _("Time spent"),
    }
    return [Fact(label, _amount(name, sums[name]), _amount(name, before[name])) for name, label in labels.items()]


def _amount(name: str, value: int) -> str:
    return value_label(Unit.SECONDS if name == "seconds_spent" else Unit.NUMBER, value)
